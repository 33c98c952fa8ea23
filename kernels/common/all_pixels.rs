//! The skeleton of numbers that all pixels of an image give.

use crate::math::mean_of_all_pixels::sum;
use rayon::prelude::*;
use rotifer_registry::*;

/// A number of all pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    Sum,
    Minimum,
    Maximum,
    /// Squares are divided by n − `ddof`.
    StandardDeviation {
        ddof: u32,
    },
}

pub struct AllPixels(pub Statistic);

/// Pixels that are added up at a time; the parts are added in order, so that the result does not depend on the threads.
const CHUNK: usize = 1 << 14;

fn extreme<T: Element>(pixels: &[T], takes: impl Fn(f64, f64) -> bool + Sync) -> f64 {
    let better = |a: f64, b: f64| if a.is_nan() || takes(a, b) { a } else { b };
    let part = |part: &[T]| part.iter().map(|v| v.to_f64()).reduce(|a, b| better(b, a)).unwrap_or(f64::NAN);
    let parts: Vec<f64> = pixels.par_chunks(CHUNK).map(part).collect();
    parts.into_iter().reduce(|a, b| better(b, a)).unwrap_or(f64::NAN)
}

impl Kernel for AllPixels {
    const DEVICE: bool = false;

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        Ok(vec![Datum::Number(match self.0 {
            Statistic::Sum => sum(image),
            Statistic::Minimum => each_dtype!(image.pixels(), |p| extreme(p, |a, b| a < b)),
            Statistic::Maximum => each_dtype!(image.pixels(), |p| extreme(p, |a, b| a > b)),
            Statistic::StandardDeviation { ddof } => {
                let n = image.len() as f64;
                let mean = sum(image) / n;
                let squares: Vec<f64> = each_dtype!(image.pixels(), |pixels| pixels
                    .par_chunks(CHUNK)
                    .map(|part| part.iter().map(|v| (v.to_f64() - mean).powi(2)).sum())
                    .collect());
                (squares.iter().sum::<f64>() / (n - ddof as f64)).sqrt()
            }
        })])
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let pixels = inputs.volume("image")?.f64s();
        let n = pixels.len() as f64;
        let nan = pixels.iter().any(|v| v.is_nan());
        let sum: f64 = pixels.iter().sum();
        Ok(vec![Plain::Number(match self.0 {
            Statistic::Sum => sum,
            _ if nan => f64::NAN,
            Statistic::Minimum => pixels.iter().copied().fold(f64::INFINITY, f64::min),
            Statistic::Maximum => pixels.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Statistic::StandardDeviation { ddof } => {
                let squares: f64 = pixels.iter().map(|v| (v - sum / n).powi(2)).sum();
                (squares / (n - ddof as f64)).sqrt()
            }
        })])
    }
}
