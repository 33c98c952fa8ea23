//! The least and the largest finite pixel of an image.

use crate::common::threads;
use rotifer_registry::*;

/// Of the pixels inside a mask, if there is one. Zeros where there is none.
pub fn finite_range(image: &Volume, mask: Option<&[u8]>) -> [f64; 2] {
    let found = range_of(image, mask);
    if found[0] <= found[1] { found } else { [0.0; 2] }
}

/// The range of no pixel.
pub const NO_RANGE: [f64; 2] = [f64::INFINITY, f64::NEG_INFINITY];

/// [`finite_range`], but [`NO_RANGE`] where there is none.
pub fn range_of(image: &Volume, mask: Option<&[u8]>) -> [f64; 2] {
    const PART: usize = 1 << 16;
    fn of<T: Element>(pixels: &[T], mask: Option<&[u8]>) -> [f64; 2] {
        let none = NO_RANGE;
        let join = |a: [f64; 2], b: [f64; 2]| [a[0].min(b[0]), a[1].max(b[1])];
        let part = |(k, part): (usize, &[T])| {
            let counts = |i: usize| mask.is_none_or(|mask| mask[k * PART + i] != 0);
            let values = part.iter().map(|v| v.to_f64()).enumerate();
            values.filter(|(i, v)| counts(*i) && v.is_finite()).fold(none, |a, (_, v)| join(a, [v, v]))
        };
        threads::collect(pixels.chunks(PART).enumerate(), part).into_iter().fold(none, join)
    }
    each_dtype!(image.pixels(), |p| of(p, mask))
}
