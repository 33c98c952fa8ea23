use crate::common::pointwise;
use rotifer_registry::*;
use rotifer_shaders::math::ABSOLUTE;

op! {
    /// Absolute value of every pixel.
    ///
    /// The smallest value of a signed integer dtype has no counterpart and becomes the largest. NaN stays NaN.
    pub struct AbsoluteValue {}
    id: "absolute", revision: 1, family: Math,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.absolute 2.4",
    python: "np.absolute(f64(image))",
    examples: [],
}

impl Host for AbsoluteValue {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Point)
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let out = match image.pixels() {
            Pixels::I16(a) => image.image(pointwise::map(volume::slice(a), i16::saturating_abs)),
            Pixels::I32(a) => image.image(pointwise::map(volume::slice(a), i32::saturating_abs)),
            Pixels::F32(a) => image.image(pointwise::map(volume::slice(a), f32::abs)),
            Pixels::U8(a) => image.image(volume::slice(a).to_vec()),
            Pixels::U16(a) => image.image(volume::slice(a).to_vec()),
            Pixels::U32(a) => image.image(volume::slice(a).to_vec()),
        };
        Ok(vec![Datum::Volume(out?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let image = inputs.volume("image").map(Grid::from);
        Some(image.map(|image| vec![Plain::Image(image.map(f64::abs))]))
    }
}

impl Device for AbsoluteValue {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?.buffer;
        let out = recorder.buffer(image.len);
        pointwise::record(recorder, &ABSOLUTE, pointwise::Params::default(), &[image, out], image.len)?;
        Ok(vec![DeviceOutput::volume(out)])
    }
}
