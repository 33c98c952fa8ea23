//! The skeleton of numbers that all pixels of an image give.

use super::statistic::{End, Greatest, Least, Statistic, further, furthest, squares};
use crate::simd;
use rayon::prelude::*;
use rotifer_registry::*;

/// A number of all pixels.
pub struct AllPixels(pub Statistic);

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

/// The greatest or the least pixel; NaN of none.
fn extreme<E: End, T: Element>(end: E, pixels: &[T]) -> f64 {
    let parts: Vec<T> = pixels.par_chunks(CHUNK).with_min_len(4).map(|part| furthest(end, part)).collect();
    parts.into_iter().reduce(|a, b| further(end, a, b)).map_or(f64::NAN, T::to_f64)
}

impl Kernel for AllPixels {
    const DEVICE: bool = false;

    fn reach(&self, _spec: &'static Spec, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Statistic)
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let n = image.len() as f64;
        Ok(vec![Datum::Number(match self.0 {
            Statistic::Sum => sum(image),
            Statistic::Mean => sum(image) / n,
            Statistic::Minimum => each_dtype!(image.pixels(), |p| extreme(Least, p)),
            Statistic::Maximum => each_dtype!(image.pixels(), |p| extreme(Greatest, p)),
            Statistic::StandardDeviation { ddof } => {
                let mean = sum(image) / n;
                let parts: Vec<f64> = each_dtype!(image.pixels(), |pixels| {
                    pixels.par_chunks(CHUNK).with_min_len(4).map(|part| squares(part, mean)).collect()
                });
                (parts.iter().sum::<f64>() / (n - ddof as f64)).sqrt()
            }
        })])
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        Ok(vec![Plain::Number(self.0.plain(&inputs.volume("image")?.f64s()))])
    }
}
