use crate::common::pointwise::{self, Operand, Params};
use crate::common::shape::same_shape;
use rotifer_registry::*;
use rotifer_shaders::math::GREATER;

op! {
    /// Mask of the pixels that are greater than another image or than a number.
    ///
    /// With a number this is a fixed threshold. Numbers are compared as they are, whatever the dtypes. NaN is never greater.
    pub struct Greater {
        /// The number to compare with where `other` is not given.
        value: f64 = 0.0;
    }
    id: "greater", revision: 1, family: Math,
    memory: host_and_device,
    inputs: { image: Image, other: ImageOrNumber optional },
    outputs: { mask: Mask },
    agrees: Exact, follows: "numpy.greater 2.4",
    python: "np.greater(f64(image), value if other is None else np.float64(other))",
    examples: ["value = 100", "value = 0.1"],
}

impl Host for Greater {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Point)
    }

    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "other"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let other = Operand::from_port(inputs, "other", self.value);
        let out = pointwise::combine(image, other, |a, b| (a > b) as u8);
        Ok(vec![Datum::Volume(image.mask(out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let image = inputs.volume("image").map(Grid::from);
        Some(image.map(|image| {
            let other = Operand::from_port(inputs, "other", self.value).grid(&image);
            vec![Plain::Image(image.map_at(|p| if image.at(p) > other.at(p) { 1.0 } else { 0.0 }))]
        }))
    }
}

impl Device for Greater {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?.buffer;
        let (other, stride) = pointwise::device_operand(recorder, inputs, "other", round_down(self.value));
        let out = recorder.buffer(image.len);
        let params = Params { stride, ..Params::default() };
        pointwise::record(recorder, &GREATER, params, &[image, other, out], image.len)?;
        Ok(vec![DeviceOutput::volume(out)])
    }
}

/// The largest float32 that is not above a number: a float32 is greater than both or than none.
fn round_down(value: f64) -> f32 {
    let near = value as f32;
    if near as f64 > value { near.next_down() } else { near }
}
