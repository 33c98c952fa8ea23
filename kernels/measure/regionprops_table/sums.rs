//! Sums over the runs of an object.

use super::object::Object;
use crate::common::label_reduce::Run;
use rotifer_registry::Element;

/// Whole sums of an object's pixel indices.
#[derive(Clone)]
pub struct Extent {
    pub count: u64,
    pub first: [usize; 3],
    pub end: [usize; 3],
    pub sums: [u64; 3],
    /// Sums of z², y², x², yx, zx, zy.
    pub squares: [u128; 6],
}

impl Default for Extent {
    fn default() -> Extent {
        Extent { count: 0, first: [usize::MAX; 3], end: [0; 3], sums: [0; 3], squares: [0; 6] }
    }
}

impl Extent {
    pub fn add(&mut self, run: Run) {
        let (n, [x0, x1]) = (run.length() as u64, run.x);
        for (a, (first, end)) in [(run.z, run.z + 1), (run.y, run.y + 1), (x0, x1)].into_iter().enumerate() {
            self.first[a] = self.first[a].min(first);
            self.end[a] = self.end[a].max(end);
        }
        let (z, y) = (run.z as u64, run.y as u64);
        let upto =
            |n: u64| (n as u128) * (n as u128).saturating_sub(1) * (2 * n as u128).saturating_sub(1) / 6;
        let x = n * (x0 as u64 + x1 as u64 - 1) / 2;
        let xx = upto(x1 as u64) - upto(x0 as u64);
        self.count += n;
        for (sum, v) in self.sums.iter_mut().zip([n * z, n * y, x]) {
            *sum += v;
        }
        let wide = |a: u64, b: u64| a as u128 * b as u128;
        let squares = [wide(n * z, z), wide(n * y, y), xx, wide(y, x), wide(z, x), wide(n * z, y)];
        for (sum, v) in self.squares.iter_mut().zip(squares) {
            *sum += v;
        }
    }

    pub fn merge(&mut self, other: Extent) {
        self.count += other.count;
        for a in 0..3 {
            self.first[a] = self.first[a].min(other.first[a]);
            self.end[a] = self.end[a].max(other.end[a]);
            self.sums[a] += other.sums[a];
        }
        for (sum, v) in self.squares.iter_mut().zip(other.squares) {
            *sum += v;
        }
    }

    pub fn object(&self, label: u32) -> Object {
        let n = self.count as i128;
        // n·Σab − Σa·Σb is exact; only the division rounds.
        let central = |a: usize, b: usize, square: usize| {
            let moment = n * self.squares[square] as i128 - self.sums[a] as i128 * self.sums[b] as i128;
            moment as f64 / (n as f64 * n as f64)
        };
        let (zz, yy, xx) = (central(0, 0, 0), central(1, 1, 1), central(2, 2, 2));
        let (yx, zx, zy) = (central(1, 2, 3), central(0, 2, 4), central(0, 1, 5));
        Object {
            label,
            area: n as f64,
            bbox: [self.first, self.end],
            centroid: self.sums.map(|s| s as f64 / n as f64),
            covariance: [[zz, zy, zx], [zy, yy, yx], [zx, yx, xx]],
            ..Object::default()
        }
    }
}

/// Sums of an object's intensities, taken from its first one so that they do not cancel.
#[derive(Clone, Default)]
pub struct Intensity {
    count: f64,
    pivot: f64,
    sum: f64,
    squares: f64,
    /// Σ value·index along z, y, x, and Σ value.
    weighted: [f64; 4],
    range: Option<[f64; 2]>,
}

impl Intensity {
    pub fn add<T: Element>(&mut self, pixels: &[T], run: Run) {
        let pixels = &pixels[run.pixels()];
        if self.range.is_none() {
            let first = pixels[0].to_f64();
            self.pivot = if first.is_finite() { first } else { 0.0 };
        }
        let (mut sum, mut squares, mut total, mut along) = (0.0, 0.0, 0.0, 0.0);
        let [mut lo, mut hi] = self.range.unwrap_or([f64::INFINITY, f64::NEG_INFINITY]);
        for (i, v) in pixels.iter().enumerate() {
            let v = v.to_f64();
            let d = v - self.pivot;
            sum += d;
            squares += d * d;
            total += v;
            along += v * i as f64;
            lo = if lo < v || lo.is_nan() { lo } else { v };
            hi = if hi > v || hi.is_nan() { hi } else { v };
        }
        self.count += run.length() as f64;
        self.sum += sum;
        self.squares += squares;
        let weighted = [total * run.z as f64, total * run.y as f64, along + total * run.x[0] as f64, total];
        for (sum, v) in self.weighted.iter_mut().zip(weighted) {
            *sum += v;
        }
        self.range = Some([lo, hi]);
    }

    pub fn merge(&mut self, other: Intensity) {
        let Some([lo, hi]) = self.range else {
            *self = other;
            return;
        };
        let Some([other_lo, other_hi]) = other.range else { return };
        let step = other.pivot - self.pivot;
        self.squares += other.squares + 2.0 * step * other.sum + step * step * other.count;
        self.sum += other.sum + step * other.count;
        self.count += other.count;
        for (sum, v) in self.weighted.iter_mut().zip(other.weighted) {
            *sum += v;
        }
        self.range = Some([
            if lo < other_lo || lo.is_nan() { lo } else { other_lo },
            if hi > other_hi || hi.is_nan() { hi } else { other_hi },
        ]);
    }

    pub fn write(&self, object: &mut Object) {
        let mean = self.sum / self.count;
        let variance = self.squares / self.count - mean * mean;
        object.mean = self.pivot + mean;
        object.std = if variance < 0.0 { 0.0 } else { variance.sqrt() };
        [object.min, object.max] = self.range.unwrap_or_default();
        object.weighted = std::array::from_fn(|a| self.weighted[a] / self.weighted[3]);
    }
}
