use crate::common::all_pixels::AllPixels;
use crate::common::statistic::Statistic;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::*;
use rotifer_shaders::math::MEAN_OF_ALL_PIXELS;

op! {
    /// Mean of all pixels of an image.
    ///
    /// Integers are summed exactly and floats in f64, on the device in pairs of float32; the device's result is a float32.
    /// A NaN among the pixels makes the mean NaN.
    pub struct MeanOfAllPixels {}
    id: "mean_of_all_pixels", revision: 1, family: Math,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { mean: Number },
    agrees: Relative(3e-7), follows: "numpy.mean 2.4",
    python: "np.mean(image, dtype=np.float64)",
    examples: [],
}

const MEAN: AllPixels = AllPixels(Statistic::Mean);

impl Host for MeanOfAllPixels {
    fn reach(&self, inputs: &Metas) -> Result<Reach, Error> {
        MEAN.reach(Self::SPEC, inputs)
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        MEAN.run(Self::SPEC, inputs)
    }

    fn streamed(&self, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        MEAN.streamed(Self::SPEC, inputs)
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(MEAN.reference(Self::SPEC, inputs))
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    len: u32,
    partials: u32,
    divisor: f32,
    zero: u32,
}

impl Device for MeanOfAllPixels {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?.buffer;
        let groups = (image.len / (256 * 16)).clamp(1, 1024);
        let params = Params {
            len: image.len as u32,
            partials: groups as u32,
            divisor: (image.len as f64 / (1u64 << 32) as f64) as f32,
            zero: 0,
        };
        let (partials, mean) = (recorder.buffer(groups * 4), recorder.buffer(1));
        let pass = recorder.pass(&MEAN_OF_ALL_PIXELS).entry("add_pixels");
        pass.uniform(&params).bind(&[image, partials]).groups(groups)?;
        let pass = recorder.pass(&MEAN_OF_ALL_PIXELS).entry("add_partials");
        pass.uniform(&params).bind(&[partials, mean]).groups(1)?;
        Ok(vec![DeviceOutput::Number(mean)])
    }
}
