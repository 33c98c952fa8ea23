//! The skeleton of operations that are another one, with arguments that hang on the image: on its shape, or its pixel size.

use rotifer_registry::op::Ports;
use rotifer_registry::*;

/// The other operation of an image, and where it is not that operation's, the pixel size of its output.
pub struct ByMeta<F>(F);

impl<O: Op + Device, F> ByMeta<F>
where
    F: Fn(&VolumeMeta) -> Result<(O, Option<Spacing>), Error> + Send + Sync,
{
    pub fn of(other: F) -> ByMeta<F> {
        ByMeta(other)
    }

    fn made(&self, first: Option<&VolumeMeta>) -> Result<(O, Option<Spacing>), Error> {
        (self.0)(first.ok_or_else(|| Error::new(Code::WrongKind, "an image is needed"))?)
    }
}

impl<O: Op + Device, F> Kernel for ByMeta<F>
where
    F: Fn(&VolumeMeta) -> Result<(O, Option<Spacing>), Error> + Send + Sync,
{
    const DEVICE: bool = true;

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let (op, spacing) = self.made(inputs.first())?;
        op.infer(&Ports::new(op.spec().inputs, inputs.items()), outputs)?;
        if let (Some(_), Some(meta)) = (spacing, outputs[0].volume_mut()) {
            meta.spacing = spacing;
        }
        Ok(())
    }

    fn run(&self, spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let (op, _) = self.made(Some(&inputs.volume(spec.inputs[0].name)?.meta()))?;
        op.run(&Ports::new(op.spec().inputs, inputs.items()))
    }

    fn reference(&self, spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let (op, _) = self.made(Some(&inputs.volume(spec.inputs[0].name)?.meta()))?;
        let plain = op.plain(&Ports::new(op.spec().inputs, inputs.items()));
        plain.unwrap_or_else(|| Err(Error::new(Code::Internal, "the other operation has no reference")))
    }

    fn effort(&self, _spec: &'static Spec, inputs: &Metas) -> Option<usize> {
        let (op, _) = self.made(inputs.first()).ok()?;
        Some(op.effort(&Ports::new(op.spec().inputs, inputs.items())))
    }

    fn fits(&self, _spec: &'static Spec, inputs: &Metas) -> Result<(), Error> {
        let (op, _) = self.made(inputs.first())?;
        op.fits(&Ports::new(op.spec().inputs, inputs.items()))
    }

    fn record(
        &self,
        spec: &'static Spec,
        inputs: &DeviceInputs,
        recorder: &mut Recorder,
    ) -> Result<Vec<DeviceOutput>, Error> {
        let (op, _) = self.made(Some(&inputs.volume(spec.inputs[0].name)?.meta))?;
        op.record(&Ports::new(op.spec().inputs, inputs.items()), recorder)
    }
}
