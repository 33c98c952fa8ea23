//! Device steps as passes: values come to the device, go from step to step there, and are read back.

use super::forms::takes_float;
use super::host::rejoin;
use crate::plan::PlannedStep;
use rotifer_registry::op::{DeviceDatum, DeviceOutput, DeviceVolume, Metas, Port, Ports};
use rotifer_registry::pipeline::CheckedStep;
use rotifer_registry::{
    Buffer, Code, Datum, DatumMeta, Dtype, Error, Kind, OutKind, Recorder, Volume, VolumeMeta,
};
use std::collections::HashMap;

/// A value on the device.
#[derive(Clone)]
pub enum OnDevice {
    /// Pixels of the dtype `stored`: packed as the host has them, or f32 or u32 each. Another form is made when it is needed.
    Volume {
        buffer: Buffer,
        stored: Dtype,
        meta: VolumeMeta,
    },
    Rgb {
        planes: [Buffer; 3],
        stored: Dtype,
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
    /// Buffers that have been uploaded, by step, port and frame.
    uploaded: HashMap<(usize, usize, usize), OnDevice>,
    /// Buffers as f32 (true) or u32 elements, which several steps may read.
    pub(super) spread: HashMap<(Buffer, Dtype, bool), Buffer>,
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

impl Recording {
    /// Brings a datum to the device: its bytes as they are.
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
                OnDevice::Volume { buffer: self.raw(&v)?, stored: v.dtype(), meta: v.meta() }
            }
            Datum::Rgb(planes) => {
                let planes = planes.each_ref().map(cut);
                let [r, g, b] = &planes;
                let buffers = [self.raw(r)?, self.raw(g)?, self.raw(b)?];
                OnDevice::Rgb { planes: buffers, stored: r.dtype(), meta: r.meta() }
            }
            Datum::Number(x) => OnDevice::Number(self.recorder.constant(&number(*x))),
            _ => return Err(Error::new(Code::Internal, "the device takes images and numbers")),
        };
        self.uploaded.insert(key, item.clone());
        Ok(item)
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
            .map(|item| item.map(|item| self.whole(item)).transpose())
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
                let spread = |item: Option<OnDevice>| item.map(|item| self.spread_out(item)).transpose();
                let inputs: Vec<_> = inputs.into_iter().map(spread).collect::<Result<_, _>>()?;
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
            OnDevice::Volume { buffer, stored, meta } => {
                let buffer = self.elements(buffer, stored, takes_float(port), &meta)?;
                DeviceDatum::Volume(DeviceVolume { buffer, meta })
            }
            OnDevice::Rgb { planes: [r, g, b], stored, meta } => {
                let mut spread = |buffer| self.elements(buffer, stored, true, &meta);
                let planes = [spread(r)?, spread(g)?, spread(b)?];
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
                    return Ok(OnDevice::Volume { buffer, stored: Dtype::U32, meta });
                }
                let mut buffer = if integers { self.as_float(buffer)? } else { buffer };
                if meta.dtype.is_integer() && !(whole && native == Some(meta.dtype)) {
                    buffer = self.quantize(buffer, meta.dtype)?;
                }
                if meta.kind != Kind::Image {
                    let buffer = self.as_integer(buffer)?;
                    return Ok(OnDevice::Volume { buffer, stored: Dtype::U32, meta });
                }
                Ok(OnDevice::Volume { buffer, stored: Dtype::F32, meta })
            }
            (DeviceOutput::Rgb(planes), DatumMeta::Rgb(meta)) => {
                let mut made = planes;
                if meta.dtype.is_integer() {
                    for plane in &mut made {
                        *plane = self.quantize(*plane, meta.dtype)?;
                    }
                }
                Ok(OnDevice::Rgb { planes: made, stored: Dtype::F32, meta })
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
            OnDevice::Volume { buffer, stored, meta } => vec![self.packed(*buffer, *stored, meta)?],
            OnDevice::Rgb { planes: [r, g, b], stored, meta } => {
                let mut packed = |buffer: &Buffer| self.packed(*buffer, *stored, meta);
                vec![packed(r)?, packed(g)?, packed(b)?]
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
        let volume = |bytes: &[u8], stored: Dtype, meta: &VolumeMeta| {
            let stored = match stored {
                Dtype::F32 if meta.dtype.size() == 4 => meta.with(Kind::Image, Dtype::F32),
                _ => meta.clone(),
            };
            let bytes = bytes.get(..stored.bytes()).unwrap_or(bytes);
            Volume::from_bytes(&stored, bytes).map(|v| v.cast(meta.dtype))
        };
        match self {
            OnDevice::Volume { stored, meta, .. } => {
                volume(&read.remove(0), *stored, meta).map(Datum::Volume)
            }
            OnDevice::Rgb { stored, meta, .. } => Ok(Datum::Rgb([
                volume(&read[0], *stored, meta)?,
                volume(&read[1], *stored, meta)?,
                volume(&read[2], *stored, meta)?,
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
