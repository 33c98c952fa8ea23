use crate::common::pointwise::{self, Params};
use crate::common::shape::same_shape;
use rotifer_registry::*;
use rotifer_shaders::math::LOGICAL_AND;

op! {
    /// Mask of the pixels that are in both of two masks.
    pub struct LogicalAnd {}
    id: "logical_and", revision: 1, family: Math,
    memory: host_and_device,
    inputs: { mask: Mask, other: Mask },
    outputs: { mask: Mask },
    agrees: Exact, follows: "numpy.logical_and 2.4",
    python: "np.logical_and(mask, other)",
    examples: [],
}

impl Host for LogicalAnd {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Point)
    }

    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["mask", "other"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let (mask, other) = (inputs.volume("mask")?, inputs.volume("other")?);
        let out = pointwise::zip(mask.mask_slice()?, other.mask_slice()?, |a, b| (a != 0 && b != 0) as u8);
        Ok(vec![Datum::Volume(mask.mask(out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let both = || {
            let (mask, other) = (Grid::from(inputs.volume("mask")?), Grid::from(inputs.volume("other")?));
            let and = mask.map_at(|p| if mask.at(p) * other.at(p) != 0.0 { 1.0 } else { 0.0 });
            Ok(vec![Plain::Image(and)])
        };
        Some(both())
    }
}

impl Device for LogicalAnd {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let (mask, other) = (inputs.volume("mask")?.buffer, inputs.volume("other")?.buffer);
        let out = recorder.buffer(mask.len);
        pointwise::record(recorder, &LOGICAL_AND, Params::default(), &[mask, other, out], mask.len)?;
        Ok(vec![DeviceOutput::volume(out)])
    }
}
