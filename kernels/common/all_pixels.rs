//! The skeleton of numbers that all pixels of an image give.

use super::chunks::Chunks;
use super::statistic::{End, Greatest, Least, Statistic, further, furthest, squares};
use crate::common::threads;
use crate::simd;
use rotifer_registry::*;

/// A number of all pixels.
#[derive(Clone, Copy)]
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

/// Sum of all pixels of whole numbers; 0 of floats.
fn whole_sum(image: &Volume) -> i128 {
    fn whole<T: Sync>(pixels: &[T], sum: fn(&[T]) -> i64) -> i128 {
        threads::of_chunks(pixels, CHUNK, |_, part| sum(part)).into_iter().map(i128::from).sum()
    }
    match image.pixels() {
        Pixels::U8(a) => whole(volume::slice(a), sum_u8),
        Pixels::U16(a) => whole(volume::slice(a), sum_u16),
        Pixels::I16(a) => whole(volume::slice(a), sum_i16),
        Pixels::U32(a) => whole(volume::slice(a), sum_u32),
        Pixels::I32(a) => whole(volume::slice(a), sum_i32),
        Pixels::F32(_) => 0,
    }
}

/// Sum of all pixels: exact of integers, by parts in float64 of floats.
pub fn sum(image: &Volume) -> f64 {
    let Pixels::F32(a) = image.pixels() else { return whole_sum(image) as f64 };
    threads::of_chunks(volume::slice(a), CHUNK, |_, part| sum_f32(part)).iter().sum()
}

/// The greatest or the least pixel; none of no pixel.
fn extreme_of<E: End, T: Element>(end: E, pixels: &[T]) -> Option<T> {
    let parts = threads::of_chunks(pixels, CHUNK, |_, part| furthest(end, part));
    parts.into_iter().reduce(|a, b| further(end, a, b))
}

/// The greatest or the least pixel; NaN of none.
fn extreme<E: End, T: Element>(end: E, pixels: &[T]) -> f64 {
    extreme_of(end, pixels).map_or(f64::NAN, T::to_f64)
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
                let parts = each_dtype!(image.pixels(), |pixels| {
                    threads::of_chunks(pixels, CHUNK, |_, part| squares(part, mean))
                });
                (parts.iter().sum::<f64>() / (n - ddof as f64)).sqrt()
            }
        })])
    }

    fn streamed(self, _spec: &'static Spec, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        fn of<T: Element>(statistic: Statistic, pixels: usize) -> Box<dyn Streamed> {
            Box::new(Parts::<T> {
                statistic,
                pixels,
                whole: 0,
                chunks: Chunks::new(CHUNK),
                extreme: None,
                mean: None,
                number: f64::NAN,
            })
        }
        let meta = inputs.volume("image")?;
        let n = meta.len();
        Ok(Some(match meta.dtype {
            Dtype::U8 => of::<u8>(self.0, n),
            Dtype::U16 => of::<u16>(self.0, n),
            Dtype::I16 => of::<i16>(self.0, n),
            Dtype::U32 => of::<u32>(self.0, n),
            Dtype::I32 => of::<i32>(self.0, n),
            Dtype::F32 => of::<f32>(self.0, n),
        }))
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        Ok(vec![Plain::Number(self.0.plain(&inputs.volume("image")?.f64s()))])
    }
}

/// [`AllPixels`] of an image that comes in parts.
struct Parts<T> {
    statistic: Statistic,
    /// Of the whole image.
    pixels: usize,
    /// Sum of whole numbers.
    whole: i128,
    /// Sums of floats, then sums of squares.
    chunks: Chunks<T, f64>,
    extreme: Option<T>,
    /// Of a standard deviation, after the first pass.
    mean: Option<f64>,
    number: f64,
}

/// The sum of a chunk of floats.
fn float_sum<T: Element>(chunk: &[T]) -> f64 {
    bytemuck::try_cast_slice(chunk).map_or(0.0, sum_f32)
}

impl<T: Element> Streamed for Parts<T> {
    fn see(&mut self, _span: &Span, inputs: &Inputs) -> Result<(), Error> {
        let image = inputs.volume("image")?;
        let wrong = || Error::new(Code::Internal, "a part of another dtype");
        let pixels = image.as_slice::<T>().ok_or_else(wrong)?;
        let end = match self.statistic {
            Statistic::Minimum => extreme_of(Least, pixels),
            Statistic::Maximum => extreme_of(Greatest, pixels),
            _ => {
                match self.mean {
                    Some(mean) => self.chunks.add(pixels, |chunk| squares(chunk, mean)),
                    None if T::DTYPE == Dtype::F32 => self.chunks.add(pixels, float_sum),
                    None => self.whole += whole_sum(image),
                }
                None
            }
        };
        self.extreme = match (self.extreme, end) {
            (Some(a), Some(b)) if self.statistic == Statistic::Minimum => Some(further(Least, a, b)),
            (Some(a), Some(b)) => Some(further(Greatest, a, b)),
            (a, b) => a.or(b),
        };
        Ok(())
    }

    fn again(&mut self) -> Result<bool, Error> {
        let n = self.pixels as f64;
        let chunks = std::mem::replace(&mut self.chunks, Chunks::new(CHUNK));
        if let (Some(mean), Statistic::StandardDeviation { ddof }) = (self.mean, self.statistic) {
            let parts = chunks.finish(|chunk| squares(chunk, mean));
            self.number = (parts.iter().sum::<f64>() / (n - ddof as f64)).sqrt();
            return Ok(false);
        }
        let parts = chunks.finish(float_sum);
        let sum = if T::DTYPE == Dtype::F32 { parts.iter().sum::<f64>() } else { self.whole as f64 };
        self.number = match self.statistic {
            Statistic::Sum => sum,
            Statistic::Mean => sum / n,
            Statistic::Minimum | Statistic::Maximum => self.extreme.map_or(f64::NAN, T::to_f64),
            Statistic::StandardDeviation { .. } => {
                self.mean = Some(sum / n);
                return Ok(true);
            }
        };
        Ok(false)
    }

    fn finish(&mut self) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Number(self.number)])
    }
}
