//! Device steps as passes: values come to the device, go from step to step there, and are read back.

use super::host::rejoin;
use crate::plan::PlannedStep;
use rotifer_registry::op::{DeviceDatum, DeviceOutput, DeviceVolume, Metas, Port, PortKind, Ports};
use rotifer_registry::pipeline::CheckedStep;
use rotifer_registry::{
    Buffer, Code, Datum, DatumMeta, Dtype, Error, Kind, OutKind, Recorder, Volume, VolumeMeta,
};
use rotifer_shaders::memory::{CONVERT, PACK, UNPACK};
use std::collections::HashMap;

/// A value on the device.
#[derive(Clone)]
pub enum OnDevice {
    /// Elements as f32 or as u32; the other is made when it is needed.
    Volume {
        buffer: Buffer,
        float: bool,
        meta: VolumeMeta,
    },
    Rgb {
        planes: [Buffer; 3],
        meta: VolumeMeta,
    },
    /// Two f32, as [`number`] gives them.
    Number(Buffer),
    /// Bytes that the op turns into a table or number; metadata of the inputs for that.
    Unfinished {
        buffers: Vec<Buffer>,
        inputs: Vec<Option<DatumMeta>>,
    },
    /// Planes of a step that ran slice by slice.
    Slices(Vec<OnDevice>),
}

/// A number as the sum of two f32: the largest that is not above it, and the rest. NaN and infinity have no rest.
fn number(x: f64) -> [f32; 2] {
    let near = x as f32;
    let low = if near as f64 > x { near.next_down() } else { near };
    let rest = x - low as f64;
    [low, if low.is_finite() && rest.is_finite() { rest as f32 } else { 0.0 }]
}

/// The passes of one submission, put together.
#[derive(Default)]
pub struct Recording {
    pub recorder: Recorder,
    /// Bytes that the first passes find in these buffers.
    pub uploads: Vec<(Buffer, Volume)>,
    /// What has been uploaded, by step, port and frame.
    uploaded: HashMap<(usize, usize, usize), OnDevice>,
}

/// A range of one axis of the image.
#[derive(Clone, Copy)]
pub struct Window {
    pub axis: usize,
    pub from: usize,
    pub to: usize,
}

impl Window {
    fn of(self, meta: &mut DatumMeta) {
        if let Some(v) = meta.volume_mut() {
            v.shape[self.axis] = self.to - self.from;
        }
    }
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct UnpackParams {
    len: u32,
    bits: u32,
    is_signed: u32,
    to_float: u32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct PackParams {
    len: u32,
    bits: u32,
    from_float: u32,
    padding: u32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct ConvertParams {
    len: u32,
    way: u32,
    lowest: f32,
    highest: f32,
}

/// Ways of `memory/convert.wgsl`.
const QUANTIZE: u32 = 0;
const FROM_INTEGER: u32 = 1;
const TO_INTEGER: u32 = 2;

impl Recording {
    /// Brings a datum to the device: its bytes as they are, spread to 4-byte elements there.
    pub fn upload(
        &mut self,
        datum: &Datum,
        key: (usize, usize, usize),
        window: Option<Window>,
    ) -> Result<OnDevice, Error> {
        if let Some(item) = self.uploaded.get(&key) {
            return Ok(item.clone());
        }
        let cut = |v: &Volume| match window {
            Some(w) => v.cut(w.axis, w.from..w.to),
            None => v.clone(),
        };
        let item = match datum {
            Datum::Volume(v) => {
                let v = cut(v);
                let (buffer, float) = self.raw(&v)?;
                OnDevice::Volume { buffer, float, meta: v.meta() }
            }
            Datum::Rgb(planes) => {
                let planes = planes.each_ref().map(cut);
                let [r, g, b] = &planes;
                let buffers = [self.raw(r)?.0, self.raw(g)?.0, self.raw(b)?.0];
                OnDevice::Rgb { planes: buffers, meta: planes[0].meta() }
            }
            Datum::Number(x) => OnDevice::Number(self.recorder.constant(&number(*x))),
            _ => return Err(Error::new(Code::Internal, "the device takes images and numbers")),
        };
        self.uploaded.insert(key, item.clone());
        Ok(item)
    }

    /// A volume as a buffer of elements; true where they are f32.
    fn raw(&mut self, v: &Volume) -> Result<(Buffer, bool), Error> {
        // The same pixels at several ports travel once.
        let same = self
            .uploads
            .iter()
            .position(|(_, u)| u.bytes().as_ptr() == v.bytes().as_ptr() && u.len() == v.len());
        let external = match same {
            Some(i) => self.uploads[i].0,
            None => {
                let buffer = self.recorder.external(v.bytes().len().div_ceil(4));
                self.uploads.push((buffer, v.clone()));
                buffer
            }
        };
        let float = v.kind() == Kind::Image;
        let bits = match v.dtype() {
            Dtype::F32 => return Ok((external, true)),
            Dtype::U32 if v.kind() == Kind::Labels => return Ok((external, false)),
            Dtype::U32 | Dtype::I32 => {
                return Err(Error::new(Code::Internal, "uint32 and int32 intensities stay on the host"));
            }
            dtype => 8 * dtype.size() as u32,
        };
        let output = self.recorder.buffer(v.len());
        let params = UnpackParams {
            len: v.len() as u32,
            bits,
            is_signed: (v.dtype() == Dtype::I16) as u32,
            to_float: float as u32,
        };
        self.recorder.pass(&UNPACK).uniform(&params).bind(&[external, output]).over(v.len())?;
        Ok((output, float))
    }

    fn as_float(&mut self, buffer: Buffer) -> Result<Buffer, Error> {
        self.convert(buffer, FROM_INTEGER, [0.0; 2])
    }

    fn quantize(&mut self, buffer: Buffer, dtype: Dtype) -> Result<Buffer, Error> {
        let (lowest, highest) = dtype.range();
        self.convert(buffer, QUANTIZE, [lowest, highest])
    }

    fn convert(&mut self, buffer: Buffer, way: u32, [lowest, highest]: [f64; 2]) -> Result<Buffer, Error> {
        let output = self.recorder.buffer(buffer.len);
        let (lowest, highest) = (lowest as f32, highest as f32);
        let params = ConvertParams { len: buffer.len as u32, way, lowest, highest };
        self.recorder.pass(&CONVERT).uniform(&params).bind(&[buffer, output]).over(buffer.len)?;
        Ok(output)
    }

    /// Records one step for one frame.
    pub fn step(
        &mut self,
        step: &CheckedStep,
        planned: &PlannedStep,
        inputs: Vec<Option<OnDevice>>,
        window: Option<Window>,
    ) -> Result<Vec<OnDevice>, Error> {
        let inputs: Vec<Option<OnDevice>> = inputs
            .into_iter()
            .map(|item| match item {
                Some(OnDevice::Slices(planes)) => self.stacked(planes).map(Some),
                other => Ok(other),
            })
            .collect::<Result<_, _>>()?;
        let solid = |item: &OnDevice| match item {
            OnDevice::Volume { meta, .. } | OnDevice::Rgb { meta, .. } => {
                (meta.ndim == 3).then_some(meta.shape[0])
            }
            _ => None,
        };
        let depth = inputs.iter().flatten().filter_map(solid).max();
        match (step.step.slice_by_slice, depth) {
            (true, Some(depth)) => {
                let mut outputs: Vec<Vec<OnDevice>> = vec![Vec::new(); step.entry.spec.outputs.len()];
                for z in 0..depth {
                    let plane: Vec<Option<OnDevice>> = inputs
                        .iter()
                        .map(|item| item.as_ref().map(|item| self.plane(item, z)).transpose())
                        .collect::<Result<_, _>>()?;
                    for (all, item) in outputs.iter_mut().zip(self.flat_step(step, planned, plane, None)?) {
                        all.push(item);
                    }
                }
                Ok(outputs.into_iter().map(OnDevice::Slices).collect())
            }
            _ => self.flat_step(step, planned, inputs, window),
        }
    }

    /// One z plane of a value.
    fn plane(&mut self, item: &OnDevice, z: usize) -> Result<OnDevice, Error> {
        let mut cut = |buffer: Buffer, meta: &VolumeMeta| {
            let n = meta.shape[1] * meta.shape[2];
            let plane = self.recorder.buffer(n);
            self.recorder.copy_part(buffer, z * n, plane, 0, n);
            plane
        };
        let flat = |meta: &VolumeMeta| VolumeMeta {
            shape: [1, meta.shape[1], meta.shape[2]],
            ndim: 2,
            ..meta.clone()
        };
        Ok(match item {
            OnDevice::Volume { buffer, float, meta } => {
                OnDevice::Volume { buffer: cut(*buffer, meta), float: *float, meta: flat(meta) }
            }
            OnDevice::Rgb { planes, meta } => {
                OnDevice::Rgb { planes: planes.map(|buffer| cut(buffer, meta)), meta: flat(meta) }
            }
            other => other.clone(),
        })
    }

    /// Planes as one volume again.
    fn stacked(&mut self, planes: Vec<OnDevice>) -> Result<OnDevice, Error> {
        let depth = planes.len();
        let mixed = || Error::new(Code::Internal, "slices of different kinds");
        let mut solid = |buffers: Vec<Buffer>| {
            let n = buffers[0].len;
            let whole = self.recorder.buffer(n * depth);
            for (z, buffer) in buffers.into_iter().enumerate() {
                self.recorder.copy_part(buffer, 0, whole, z * n, n);
            }
            whole
        };
        match planes.first() {
            Some(OnDevice::Volume { float, meta, .. }) => {
                let buffers: Vec<Buffer> = planes
                    .iter()
                    .filter_map(
                        |p| if let OnDevice::Volume { buffer, .. } = p { Some(*buffer) } else { None },
                    )
                    .collect();
                let mut meta = meta.clone();
                (meta.shape[0], meta.ndim) = (depth, 3);
                Ok(OnDevice::Volume { buffer: solid(buffers), float: *float, meta })
            }
            Some(OnDevice::Rgb { meta, .. }) => {
                let mut meta = meta.clone();
                (meta.shape[0], meta.ndim) = (depth, 3);
                let channel = |c: usize| -> Vec<Buffer> {
                    planes
                        .iter()
                        .filter_map(
                            |p| if let OnDevice::Rgb { planes, .. } = p { Some(planes[c]) } else { None },
                        )
                        .collect()
                };
                let channels = [channel(0), channel(1), channel(2)];
                Ok(OnDevice::Rgb { planes: channels.map(&mut solid), meta })
            }
            _ => Err(mixed()),
        }
    }

    fn flat_step(
        &mut self,
        step: &CheckedStep,
        planned: &PlannedStep,
        inputs: Vec<Option<OnDevice>>,
        window: Option<Window>,
    ) -> Result<Vec<OnDevice>, Error> {
        let spec = step.entry.spec;
        let device = step
            .op
            .device()
            .ok_or_else(|| Error::new(Code::Internal, "a host step was planned on the device"))?;
        let mut items = Vec::new();
        for (item, port) in inputs.into_iter().zip(spec.inputs) {
            items.push(match item {
                None => None,
                Some(item) => Some(self.device_datum(item, port)?),
            });
        }
        let outputs = device.record(&Ports::new(spec.inputs, &items), &mut self.recorder)?;
        if outputs.len() != spec.outputs.len() {
            return Err(Error::new(Code::Internal, format!("{} outputs are declared", spec.outputs.len()))
                .value(outputs.len()));
        }
        let mut metas = planned.inputs.clone();
        if let Some(window) = window {
            metas.iter_mut().flatten().for_each(|meta| window.of(meta));
        }
        let mut made = Vec::new();
        for ((output, port), flow) in outputs.into_iter().zip(spec.outputs).zip(&planned.flows) {
            let mut meta = flow.datum.clone();
            if step.step.slice_by_slice
                && planned.inputs.iter().flatten().any(|m| m.volume().is_some_and(|v| v.ndim == 2))
                && let Some(v) = meta.volume_mut()
            {
                (v.shape[0], v.ndim) = (1, 2);
            }
            if let Some(window) = window {
                window.of(&mut meta);
            }
            made.push(self.output(output, port.kind, meta, &metas)?);
        }
        Ok(made)
    }

    fn device_datum(&mut self, item: OnDevice, port: &Port) -> Result<DeviceDatum, Error> {
        Ok(match item {
            OnDevice::Volume { buffer, float, meta } => {
                let wants_float =
                    !matches!(port.kind, PortKind::Mask | PortKind::Labels | PortKind::MaskOrLabels);
                let buffer = match (float, wants_float) {
                    (false, true) => self.as_float(buffer)?,
                    (true, false) => {
                        return Err(Error::new(Code::Internal, "intensities where a mask is needed"));
                    }
                    _ => buffer,
                };
                DeviceDatum::Volume(DeviceVolume { buffer, meta })
            }
            OnDevice::Rgb { planes, meta } => {
                DeviceDatum::Rgb(planes.map(|buffer| DeviceVolume { buffer, meta: meta.clone() }))
            }
            OnDevice::Number(buffer) => DeviceDatum::Number(buffer),
            OnDevice::Unfinished { .. } | OnDevice::Slices(_) => {
                return Err(Error::new(Code::Internal, "this value is read on the host"));
            }
        })
    }

    /// An op's output with the dtype the plan says.
    fn output(
        &mut self,
        output: DeviceOutput,
        kind: OutKind,
        meta: DatumMeta,
        inputs: &[Option<DatumMeta>],
    ) -> Result<OnDevice, Error> {
        let native = |first: Option<&VolumeMeta>| first.and_then(|v| kind.meta(v).volume().map(|m| m.dtype));
        let native = native(inputs.iter().flatten().find_map(DatumMeta::volume));
        match (output, meta) {
            (DeviceOutput::Volume { buffer, whole }, DatumMeta::Volume(meta)) => {
                let integers = matches!(kind, OutKind::Mask | OutKind::Labels);
                if integers && meta.kind != Kind::Image {
                    return Ok(OnDevice::Volume { buffer, float: false, meta });
                }
                let mut buffer = if integers { self.as_float(buffer)? } else { buffer };
                if meta.dtype.is_integer() && !(whole && native == Some(meta.dtype)) {
                    buffer = self.quantize(buffer, meta.dtype)?;
                }
                if meta.kind != Kind::Image {
                    let buffer = self.convert(buffer, TO_INTEGER, [0.0; 2])?;
                    return Ok(OnDevice::Volume { buffer, float: false, meta });
                }
                Ok(OnDevice::Volume { buffer, float: true, meta })
            }
            (DeviceOutput::Rgb(planes), DatumMeta::Rgb(meta)) => {
                let mut made = planes;
                if meta.dtype.is_integer() {
                    for plane in &mut made {
                        *plane = self.quantize(*plane, meta.dtype)?;
                    }
                }
                Ok(OnDevice::Rgb { planes: made, meta })
            }
            // Numbers made on the device are f32: nothing is left over. A number of each plane becomes a table.
            (DeviceOutput::Number(buffer), DatumMeta::Number | DatumMeta::Table) => {
                let number = self.recorder.zeros(2);
                self.recorder.copy_part(buffer, 0, number, 0, 1);
                Ok(OnDevice::Number(number))
            }
            (DeviceOutput::Readback(buffers), _) => {
                Ok(OnDevice::Unfinished { buffers, inputs: inputs.to_vec() })
            }
            _ => Err(Error::new(Code::Internal, "an output is of another kind than was planned")),
        }
    }

    /// Buffers to read back for a value, packed to its dtype.
    pub fn download(&mut self, item: &OnDevice) -> Result<Vec<Buffer>, Error> {
        Ok(match item {
            OnDevice::Volume { buffer, float, meta } => vec![self.packed(*buffer, *float, meta)?],
            OnDevice::Rgb { planes, meta } => {
                let [r, g, b] = *planes;
                vec![self.packed(r, true, meta)?, self.packed(g, true, meta)?, self.packed(b, true, meta)?]
            }
            OnDevice::Number(buffer) => vec![*buffer],
            OnDevice::Unfinished { buffers, .. } => buffers.clone(),
            OnDevice::Slices(items) => {
                let mut buffers = Vec::new();
                for item in items {
                    buffers.extend(self.download(item)?);
                }
                buffers
            }
        })
    }

    fn packed(&mut self, buffer: Buffer, float: bool, meta: &VolumeMeta) -> Result<Buffer, Error> {
        if meta.dtype.size() == 4 {
            return Ok(buffer);
        }
        let per_word = 4 / meta.dtype.size();
        let words = meta.len().div_ceil(per_word);
        let output = self.recorder.buffer(words);
        let params = PackParams {
            len: meta.len() as u32,
            bits: 8 * meta.dtype.size() as u32,
            from_float: float as u32,
            padding: 0,
        };
        self.recorder.pass(&PACK).uniform(&params).bind(&[buffer, output]).over(words)?;
        Ok(output)
    }
}

impl OnDevice {
    /// How many buffers [`Recording::download`] reads for this value.
    fn reads(&self) -> usize {
        match self {
            OnDevice::Volume { .. } | OnDevice::Number(_) => 1,
            OnDevice::Rgb { .. } => 3,
            OnDevice::Unfinished { buffers, .. } => buffers.len(),
            OnDevice::Slices(items) => items.iter().map(OnDevice::reads).sum(),
        }
    }

    /// The value from the bytes that were read back.
    pub fn datum(&self, step: &CheckedStep, output: usize, mut read: Vec<Vec<u8>>) -> Result<Datum, Error> {
        let volume = |bytes: &[u8], float: bool, meta: &VolumeMeta| {
            let stored = if float && meta.dtype.size() == 4 {
                meta.with(Kind::Image, Dtype::F32)
            } else {
                meta.clone()
            };
            let bytes = bytes.get(..stored.bytes()).unwrap_or(bytes);
            Volume::from_bytes(&stored, bytes).map(|v| v.cast(meta.dtype))
        };
        match self {
            OnDevice::Volume { float, meta, .. } => volume(&read.remove(0), *float, meta).map(Datum::Volume),
            OnDevice::Rgb { meta, .. } => Ok(Datum::Rgb([
                volume(&read[0], true, meta)?,
                volume(&read[1], true, meta)?,
                volume(&read[2], true, meta)?,
            ])),
            OnDevice::Number(_) => {
                let bytes = read.first().and_then(|b| b.get(..8));
                let bytes = bytes.ok_or_else(|| Error::new(Code::Internal, "a number of no bytes"))?;
                let [low, rest] = bytemuck::pod_read_unaligned::<[f32; 2]>(bytes).map(f64::from);
                Ok(Datum::Number(low + rest))
            }
            OnDevice::Unfinished { inputs, .. } => {
                let device =
                    step.op.device().ok_or_else(|| Error::new(Code::Internal, "no device kernel"))?;
                device.finish(&Metas::new(step.entry.spec.inputs, inputs), output, &read)
            }
            OnDevice::Slices(items) => {
                let mut read = read.into_iter();
                let data = items.iter().map(|item| {
                    let some: Vec<Vec<u8>> = read.by_ref().take(item.reads()).collect();
                    item.datum(step, output, some)
                });
                rejoin(data.collect::<Result<_, _>>()?, step.entry.spec.outputs[output].name)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_two_floats_the_first_not_above() {
        let values = [0.0, 0.1, -0.1, 100.3, 16777217.0, -16777217.0, 1.0 / 3.0, 1e-30, 3e38];
        for x in values {
            let [low, rest] = number(x);
            assert!(low as f64 <= x && low.next_up() as f64 > x && rest >= 0.0, "{x}");
            assert!((low as f64 + rest as f64 - x).abs() <= x.abs() * f64::EPSILON * 32.0, "{x}");
        }
        assert_eq!(number(f64::INFINITY), [f32::INFINITY, 0.0]);
        assert_eq!(number(f64::NEG_INFINITY), [f32::NEG_INFINITY, 0.0]);
        assert!(number(f64::NAN)[0].is_nan() && number(f64::NAN)[1] == 0.0);
        // Beyond the range of f32 the comparison with a f32 still holds.
        assert_eq!((number(1e300)[0], number(-1e300)[0]), (f32::MAX, f32::NEG_INFINITY));
    }
}
