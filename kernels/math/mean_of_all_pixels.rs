use crate::simd;
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;
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

/// Pixels summed at a time; the parts are added up in order, so that the result does not depend on the threads.
const CHUNK: usize = 1 << 14;

simd! {
    fn sum_u8(pixels: &[u8]) -> i64 {
        pixels.iter().map(|v| *v as u32).sum::<u32>() as i64
    }

    fn sum_u16(pixels: &[u16]) -> i64 {
        pixels.iter().map(|v| *v as u32).sum::<u32>() as i64
    }

    fn sum_i16(pixels: &[i16]) -> i64 {
        pixels.iter().map(|v| *v as i32).sum::<i32>() as i64
    }

    fn sum_u32(pixels: &[u32]) -> i64 {
        pixels.iter().map(|v| *v as i64).sum()
    }

    fn sum_i32(pixels: &[i32]) -> i64 {
        pixels.iter().map(|v| *v as i64).sum()
    }

    fn sum_f32(pixels: &[f32]) -> f64 {
        let mut lanes = [0.0f64; 32];
        let blocks = pixels.chunks_exact(32);
        let rest: f64 = blocks.remainder().iter().map(|v| *v as f64).sum();
        for block in blocks {
            for i in 0..32 {
                lanes[i] += block[i] as f64;
            }
        }
        lanes.iter().sum::<f64>() + rest
    }
}

/// Sum of all pixels: exact of integers, by parts in float64 of floats.
pub fn sum(image: &Volume) -> f64 {
    fn whole<T: Sync>(pixels: &[T], sum: fn(&[T]) -> i64) -> f64 {
        pixels.par_chunks(CHUNK).with_min_len(4).map(|part| sum(part) as i128).sum::<i128>() as f64
    }
    match image.pixels() {
        Pixels::U8(a) => whole(volume::slice(a), sum_u8),
        Pixels::U16(a) => whole(volume::slice(a), sum_u16),
        Pixels::I16(a) => whole(volume::slice(a), sum_i16),
        Pixels::U32(a) => whole(volume::slice(a), sum_u32),
        Pixels::I32(a) => whole(volume::slice(a), sum_i32),
        Pixels::F32(a) => {
            let parts: Vec<f64> = volume::slice(a).par_chunks(CHUNK).with_min_len(4).map(sum_f32).collect();
            parts.iter().sum()
        }
    }
}

/// Mean of all pixels; NaN of none.
fn mean(image: &Volume) -> f64 {
    sum(image) / image.len() as f64
}

impl Host for MeanOfAllPixels {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Statistic)
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        Ok(vec![Datum::Number(mean(image))])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(inputs.volume("image").map(|image| {
            let pixels = image.f64s();
            vec![Plain::Number(pixels.iter().sum::<f64>() / pixels.len() as f64)]
        }))
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
