//! Pixels of given ranks among all pixels of an image that comes in parts, exactly: counts by the upper half of their keys,
//! then of those that share it by the lower half.

use super::histogram::tally;
use super::order::{keys, value};
use rotifer_registry::*;
use std::collections::BTreeMap;

pub struct Ranks {
    dtype: Dtype,
    ranks: Vec<usize>,
    nan: bool,
    /// Bits of a key that the first pass leaves.
    rest: u32,
    upper: Vec<u64>,
    /// For each upper half that a rank falls in, the counts by lower half.
    lower: BTreeMap<u32, Vec<u64>>,
    found: Vec<f64>,
}

/// Keys of 8 and 16 bits have one half.
const SMALL_KEYS: usize = 1 << 17;
const HALF: usize = 1 << 16;

impl Ranks {
    /// Ranks from 0; each less than the number of pixels.
    pub fn new(dtype: Dtype, ranks: Vec<usize>) -> Ranks {
        let (rest, n) = if dtype.size() > 2 { (16, HALF) } else { (0, SMALL_KEYS) };
        let (upper, lower, found) = (vec![0; n], BTreeMap::new(), Vec::new());
        Ranks { dtype, ranks, nan: false, rest, upper, lower, found }
    }

    pub fn see(&mut self, image: &Volume) {
        if let Some(pixels) = image.as_slice::<f32>() {
            self.nan |= pixels.iter().any(|v| v.is_nan());
        }
        let (keys, rest) = (keys(image.pixels()), self.rest);
        let add = |all: &mut [u64], more: Vec<u64>| all.iter_mut().zip(more).for_each(|(sum, n)| *sum += n);
        if self.lower.is_empty() {
            let n = self.upper.len();
            add(&mut self.upper, tally(&keys, None, n, |key| (key >> rest) as usize));
            return;
        }
        for (half, counts) in &mut self.lower {
            let bin = |key: u32| if key >> 16 == *half { (key & 0xffff) as usize } else { HALF };
            add(counts, tally(&keys, None, HALF, bin));
        }
    }

    /// Whether all parts have to be seen once more.
    pub fn again(&mut self) -> bool {
        // The bin that holds a rank, and the pixels before it.
        let bin = |counts: &[u64], rank: usize| {
            let mut before = 0;
            for (i, n) in counts.iter().enumerate() {
                if before + n > rank as u64 {
                    return (i, before);
                }
                before += n;
            }
            (counts.len() - 1, before)
        };
        let places: Vec<(usize, u64)> = self.ranks.iter().map(|rank| bin(&self.upper, *rank)).collect();
        if self.rest > 0 && self.lower.is_empty() {
            self.lower = places.into_iter().map(|(half, _)| (half as u32, vec![0; HALF])).collect();
            return true;
        }
        let key = |(rank, (half, before)): (&usize, (usize, u64))| match self.lower.get(&(half as u32)) {
            Some(counts) => (half as u32) << 16 | bin(counts, rank - before as usize).0 as u32,
            None => half as u32,
        };
        let keys = self.ranks.iter().zip(places).map(key);
        self.found = keys.map(|key| value(key, self.dtype)).collect();
        false
    }

    /// The pixel of each rank; NaN where a pixel is NaN.
    pub fn values(&self) -> Vec<f64> {
        if self.nan { vec![f64::NAN; self.ranks.len()] } else { self.found.clone() }
    }
}

/// Rank of the lower neighbour of a percentile among n values in order, and how far towards the next one it lies.
pub fn position(n: usize, percentile: f64) -> (usize, f64) {
    let at = (n.max(1) - 1) as f64 * (percentile / 100.0);
    let rank = (at.floor() as usize).min(n.max(1) - 1);
    (rank, if rank + 1 < n { at - rank as f64 } else { 0.0 })
}

/// A point between neighbours, from the nearer one, as numpy takes it. Between a number and an infinite one all is infinite.
pub fn interpolate(a: f64, b: f64, t: f64) -> f64 {
    match t {
        _ if a == b => a,
        0.0 => a,
        _ if a.is_finite() != b.is_finite() => a + b,
        t if t < 0.5 => a + (b - a) * t,
        t => b - (b - a) * (1.0 - t),
    }
}
