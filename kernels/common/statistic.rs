//! Numbers of many pixels: of all, of a line, of an object.

use crate::simd;
use rotifer_registry::*;

/// One number of some pixels; NaN where a pixel is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    Sum,
    Mean,
    Minimum,
    Maximum,
    /// Squared distances from the mean are summed and divided by n − `ddof`.
    StandardDeviation {
        ddof: u32,
    },
}

impl Statistic {
    /// The definition, in float64.
    pub fn plain(self, values: &[f64]) -> f64 {
        let n = values.len() as f64;
        let sum: f64 = values.iter().sum();
        match self {
            Statistic::Sum => sum,
            Statistic::Mean => sum / n,
            Statistic::StandardDeviation { ddof } => {
                let squares: f64 = values.iter().map(|v| (v - sum / n).powi(2)).sum();
                (squares / (n - ddof as f64)).sqrt()
            }
            _ if values.iter().any(|v| v.is_nan()) => f64::NAN,
            Statistic::Minimum => values.iter().copied().fold(f64::INFINITY, f64::min),
            Statistic::Maximum => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }
}

/// An end of the order of values.
pub trait End: Copy + Send + Sync {
    fn is_beyond<T: PartialOrd>(self, a: T, b: T) -> bool;
}

#[derive(Clone, Copy)]
pub struct Least;

#[derive(Clone, Copy)]
pub struct Greatest;

impl End for Least {
    #[inline(always)]
    fn is_beyond<T: PartialOrd>(self, a: T, b: T) -> bool {
        a < b
    }
}

impl End for Greatest {
    #[inline(always)]
    fn is_beyond<T: PartialOrd>(self, a: T, b: T) -> bool {
        a > b
    }
}

/// The value of two that is nearer to an end; NaN where either is.
#[inline(always)]
pub fn further<E: End, T: Element>(end: E, a: T, b: T) -> T {
    if end.is_beyond(b, a) || T::DTYPE == Dtype::F32 && b.to_f32().is_nan() { b } else { a }
}

simd! {
    /// The value of a line, which is not empty, that is nearest to an end.
    pub fn furthest<E: End, T: Element>(end: E, line: &[T]) -> T {
        let mut lanes = [line[0]; 32];
        for block in line.chunks(32) {
            for (lane, v) in lanes.iter_mut().zip(block) {
                *lane = further(end, *lane, *v);
            }
        }
        lanes.into_iter().fold(line[0], |a, b| further(end, a, b))
    }

    /// The sum of squared distances from a number.
    pub fn squares<T: Element>(pixels: &[T], from: f64) -> f64 {
        let mut lanes = [0.0f64; 16];
        for block in pixels.chunks(16) {
            for (lane, v) in lanes.iter_mut().zip(block) {
                let distance = v.to_f64() - from;
                *lane += distance * distance;
            }
        }
        lanes.iter().sum()
    }
}
