//! Operations that are small pipelines of others.

use super::chain::Chain;
pub use super::links::Operand;
use super::links::{Link, finished, inferred, window};
use rotifer_registry::op::Ports;
use rotifer_registry::*;

/// `Compose::of(GaussianFilter { .. }, [Operand::Input(0)]).then(Divide { .. }, [Operand::Input(0), Operand::Part(0)])`: the output of the
/// last part is that of the operation.
pub struct Compose(Vec<Link>);

impl Compose {
    pub fn of<const N: usize>(op: impl Op + 'static, inputs: [Operand; N]) -> Compose {
        Compose(Vec::new()).then(op, inputs)
    }

    pub fn then<const N: usize>(mut self, op: impl Op + 'static, inputs: [Operand; N]) -> Compose {
        self.0.push(Link { op: Box::new(op), inputs: inputs.to_vec() });
        self
    }

    /// Goes through the parts: `step` makes the primary output of one from its inputs.
    fn go<T: Clone>(
        &self,
        inputs: &[Option<T>],
        mut step: impl FnMut(&dyn Op, &[Option<T>]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut made: Vec<T> = Vec::new();
        for part in &self.0 {
            let item = |operand: &Operand| match *operand {
                Operand::Input(i) => inputs.get(i).cloned().flatten(),
                Operand::Part(i) => made.get(i).cloned(),
            };
            let items: Vec<Option<T>> = part.inputs.iter().map(item).collect();
            let output = step(&*part.op, &items).map_err(|error| error.op(part.op.spec().id))?;
            made.push(output);
        }
        made.pop().ok_or_else(|| Error::new(Code::Internal, "a pipeline without parts"))
    }
}

fn metas(items: &[Option<Datum>]) -> Vec<Option<DatumMeta>> {
    items.iter().map(|datum| datum.as_ref().map(Datum::meta)).collect()
}

/// A reference's output, rounded as the part declares.
fn rounded(plain: Plain, meta: &DatumMeta) -> Result<Datum, Error> {
    fn volume<T: Element>(meta: &VolumeMeta, data: &[f64]) -> Result<Volume, Error>
    where
        Pixels: From<ndarray::Array3<T>>,
    {
        Volume::from_vec(meta, data.iter().map(|v| T::from_f64(*v)).collect::<Vec<T>>())
    }
    match (plain, meta) {
        (Plain::Image(grid), DatumMeta::Volume(meta)) => {
            let data = &grid.data;
            if meta.kind != Kind::Image && data.iter().any(|v| v.is_nan()) {
                return Err(Error::new(Code::Internal, "rounding decides a mask between parts"));
            }
            Ok(Datum::Volume(match meta.dtype {
                Dtype::U8 => volume::<u8>(meta, data)?,
                Dtype::U16 => volume::<u16>(meta, data)?,
                Dtype::I16 => volume::<i16>(meta, data)?,
                Dtype::U32 => volume::<u32>(meta, data)?,
                Dtype::I32 => volume::<i32>(meta, data)?,
                Dtype::F32 => volume::<f32>(meta, data)?,
            }))
        }
        (Plain::Number(x), DatumMeta::Number) => Ok(Datum::Number(x)),
        _ => Err(Error::new(Code::Internal, "a part gives neither an image nor a number")),
    }
}

/// Whether a buffer of this kind holds u32.
fn whole_numbers(kind: DatumKind) -> bool {
    matches!(kind, DatumKind::Mask | DatumKind::Labels)
}

fn takes_whole_numbers(port: &Port) -> bool {
    matches!(port.kind, PortKind::Mask | PortKind::Labels | PortKind::MaskOrLabels)
}

impl Kernel for Compose {
    const DEVICE: bool = true;

    fn reach(&self, _spec: &'static Spec, inputs: &Metas) -> Result<Reach, Error> {
        // Each value with its reach into the inputs of the whole operation.
        let start: Vec<_> = inputs.items().iter().map(|m| m.clone().map(|m| (m, Reach::Point))).collect();
        let (_, reach) = self.go(&start, |op, items| {
            let metas: Vec<_> = items.iter().map(|i| i.as_ref().map(|(meta, _)| meta.clone())).collect();
            let mut halo = Some([0; 3]);
            for (_, reach) in items.iter().flatten() {
                let far = window(*reach);
                halo = halo.zip(far).map(|(a, b)| [0, 1, 2].map(|i| a[i].max(b[i])));
            }
            let own = window(op.reach(&Ports::new(op.spec().inputs, &metas))?);
            let sum = halo.zip(own).map(|(a, b)| [0, 1, 2].map(|i| a[i].saturating_add(b[i])));
            let reach = match sum {
                None => Reach::Whole,
                Some([0, 0, 0]) => Reach::Point,
                Some(halo) => Reach::Window(halo),
            };
            Ok((inferred(op, &metas)?, reach))
        })?;
        Ok(reach)
    }

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let meta = self.go(inputs.items(), inferred)?;
        if let (Some(volume), Some(output)) =
            (meta.volume(), outputs.first_mut().and_then(DatumMeta::volume_mut))
        {
            *output = volume.with(output.kind, output.dtype);
        }
        Ok(())
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let made = self.go(inputs.items(), |op, items| {
            let meta = inferred(op, &metas(items))?;
            let first = op.run(&Ports::new(op.spec().inputs, items))?.into_iter().next();
            finished(first.ok_or_else(|| Error::new(Code::Internal, "a part without an output"))?, &meta)
        })?;
        Ok(vec![made])
    }

    fn streamed(self, _spec: &'static Spec, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        Ok(Chain::new(self.0, inputs)?.map(|chain| Box::new(chain) as Box<dyn Streamed>))
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let mut last = None;
        let count = self.0.len();
        let mut at = 0;
        self.go(inputs.items(), |op, items| {
            at += 1;
            let plain = op.plain(&Ports::new(op.spec().inputs, items));
            let none = || Error::new(Code::Internal, "a part has no reference");
            let plain = plain.ok_or_else(none)??.into_iter().next().ok_or_else(none)?;
            let meta = inferred(op, &metas(items))?;
            if at == count {
                // The last part's is rounded by whoever asks.
                last = Some(plain);
                return items.iter().flatten().next().cloned().ok_or_else(none);
            }
            rounded(plain, &meta)
        })?;
        Ok(last.into_iter().collect())
    }

    fn effort(&self, _spec: &'static Spec, inputs: &Metas) -> Option<usize> {
        let mut sum = 0usize;
        let all = self.go(inputs.items(), |op, items| {
            sum = sum.saturating_add(op.effort(&Ports::new(op.spec().inputs, items)));
            inferred(op, items)
        });
        all.ok().map(|_| sum)
    }

    fn fits(&self, _spec: &'static Spec, inputs: &Metas) -> Result<(), Error> {
        // Values between parts, which nobody rounds or converts on the device.
        let start: Vec<_> = inputs.items().iter().map(|m| m.clone().map(|m| (m, false))).collect();
        self.go(&start, |op, items| {
            let spec = op.spec();
            let device = op.device().ok_or_else(|| Error::new(Code::Unavailable, "no device kernel"))?;
            for (item, port) in items.iter().zip(spec.inputs) {
                let Some((meta, true)) = item else { continue };
                let integers = meta.volume().is_some_and(|m| m.kind == Kind::Image && m.dtype.is_integer());
                if meta.volume().is_none()
                    || integers
                    || whole_numbers(meta.kind()) != takes_whole_numbers(port)
                {
                    return Err(Error::new(
                        Code::Unavailable,
                        "a value between its parts is not float32 or a mask",
                    ));
                }
            }
            let metas: Vec<_> = items.iter().map(|i| i.as_ref().map(|(meta, _)| meta.clone())).collect();
            device.fits(&Ports::new(spec.inputs, &metas))?;
            Ok((inferred(op, &metas)?, true))
        })?;
        Ok(())
    }

    fn record(
        &self,
        _spec: &'static Spec,
        inputs: &DeviceInputs,
        recorder: &mut Recorder,
    ) -> Result<Vec<DeviceOutput>, Error> {
        let mut last = None;
        self.go(inputs.items(), |op, items| {
            let device = op.device().ok_or_else(|| Error::new(Code::Internal, "no device kernel"))?;
            let metas: Vec<_> = items.iter().map(|i| i.as_ref().map(device_meta)).collect();
            let outputs = device.record(&Ports::new(op.spec().inputs, items), recorder)?;
            let (output, meta) = (outputs.into_iter().next(), inferred(op, &metas)?);
            match (output, meta) {
                (Some(DeviceOutput::Volume { buffer, whole }), DatumMeta::Volume(meta)) => {
                    last = Some(DeviceOutput::Volume { buffer, whole });
                    Ok(DeviceDatum::Volume(DeviceVolume { buffer, meta }))
                }
                _ => Err(Error::new(Code::Internal, "a part gives no image on the device")),
            }
        })?;
        Ok(last.into_iter().collect())
    }
}

fn device_meta(datum: &DeviceDatum) -> DatumMeta {
    match datum {
        DeviceDatum::Volume(v) => DatumMeta::Volume(v.meta.clone()),
        DeviceDatum::Rgb([r, _, _]) => DatumMeta::Rgb(r.meta.clone()),
        DeviceDatum::Number(_) => DatumMeta::Number,
    }
}
