use crate::common::pointwise::{self, Operand, Params};
use crate::common::shape::same_shape;
use rotifer_registry::*;
use rotifer_shaders::math::SUBTRACT;

op! {
    /// Subtracts an image or a number from an image.
    ///
    /// The difference has a sign, so it is float32 whatever the inputs are. With `dtype = "preserve"` on the step it is
    /// stored as the first input: what is below the range of an integer dtype becomes its smallest value.
    pub struct Subtract {
        /// The number to subtract where `other` is not given.
        value: f64 = 0.0;
    }
    id: "subtract", revision: 1, family: Math,
    memory: host_and_device,
    inputs: { image: Image, other: ImageOrNumber optional },
    outputs: { image: Image(F32) },
    agrees: Relative(2e-7), follows: "numpy.subtract 2.4",
    python: "f64(image) - (value if other is None else np.float64(other))",
    examples: ["value = 10.5", "value = -0.1"],
}

impl Host for Subtract {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Point)
    }

    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "other"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let other = Operand::from_port(inputs, "other", self.value);
        let out = pointwise::combine(image, other, |a, b| (a - b) as f32);
        Ok(vec![Datum::Volume(image.image(out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let image = inputs.volume("image").map(Grid::from);
        Some(image.map(|image| {
            let other = Operand::from_port(inputs, "other", self.value).grid(&image);
            vec![Plain::Image(image.map_at(|p| image.at(p) - other.at(p)))]
        }))
    }
}

impl Device for Subtract {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?.buffer;
        let high = self.value as f32;
        let (other, stride) = pointwise::device_operand(recorder, inputs, "other", high);
        let low = if inputs.get("other").is_none() && high.is_finite() {
            (self.value - high as f64) as f32
        } else {
            0.0
        };
        let out = recorder.buffer(image.len);
        let params = Params { stride, numbers: [low, 0.0, 0.0, 0.0], ..Params::default() };
        pointwise::record(recorder, &SUBTRACT, params, &[image, other, out], image.len)?;
        Ok(vec![DeviceOutput::volume(out)])
    }
}
