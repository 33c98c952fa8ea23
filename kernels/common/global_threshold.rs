//! The skeleton of thresholds of a whole image: a rule makes a number of the pixels that count, and those above it are the
//! mask.

use super::fresh;
use super::histogram::{self, Histogram, SourceRange};
use super::shape::same_shape;
use crate::simd;
use rayon::prelude::*;
use rotifer_registry::*;
use std::cmp::Ordering;

/// The finite pixels of an image, or of its part inside a mask.
#[derive(Clone, Copy)]
pub struct Counted<'a> {
    pub image: &'a Volume,
    pub mask: Option<&'a [u8]>,
    /// By the plainest means, for the reference.
    pub plain: bool,
}

/// Pixels that are summed at a time; the parts are added up in order, so that the result does not depend on the threads.
const PART: usize = 1 << 14;

impl Counted<'_> {
    /// The histogram: a bin for each whole number, `nbins` of equal width of floats. None where fewer than two bins have pixels.
    pub fn bins(&self, nbins: u32) -> Option<Histogram> {
        let make = if self.plain { histogram::reference } else { histogram::histogram };
        let found = make(self.image, nbins as usize, SourceRange::Image, self.mask);
        (found.counts.iter().filter(|n| **n > 0).nth(1).is_some()).then_some(found)
    }

    /// Each value with the number of its pixels, ascending.
    pub fn distribution(&self) -> Histogram {
        match self.image.pixels() {
            Pixels::U8(_) | Pixels::U16(_) | Pixels::I16(_) if !self.plain => {
                let found = histogram::histogram(self.image, 1, SourceRange::Image, self.mask);
                let used = found.counts.into_iter().zip(found.centers).filter(|(n, _)| *n > 0);
                let (counts, centers) = used.unzip();
                Histogram { counts, centers }
            }
            pixels => each_dtype!(pixels, |p| self.sorted(p)),
        }
    }

    /// The distribution; none where there are fewer than two values.
    pub fn values(&self) -> Option<Histogram> {
        Some(self.distribution()).filter(|found| found.counts.len() > 1)
    }

    fn sorted<T: Element>(&self, pixels: &[T]) -> Histogram {
        let mut kept: Vec<T> = match self.mask {
            None => pixels.iter().copied().filter(|v| v.to_f64().is_finite()).collect(),
            Some(_) => self.inside(pixels, 0).collect(),
        };
        kept.par_sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
        let runs = kept.chunk_by(|a, b| a == b).map(|run| (run.len() as u64, run[0].to_f64() + 0.0));
        let (counts, centers) = runs.unzip();
        Histogram { counts, centers }
    }

    /// The counted pixels of a part of the image that begins at an index.
    fn inside<'p, T: Element>(&'p self, part: &'p [T], first: usize) -> impl Iterator<Item = T> + 'p {
        let on = move |i: usize| self.mask.is_none_or(|mask| mask[first + i] != 0);
        part.iter().enumerate().filter(move |(i, v)| on(*i) && v.to_f64().is_finite()).map(|(_, v)| *v)
    }

    /// Pixels and sum of each part.
    fn sums<T: Element>(&self, pixels: &[T]) -> Vec<(usize, f64)> {
        let sum = |(i, part): (usize, &[T])| {
            self.inside(part, i * PART).fold((0, 0.0), |(n, sum), v| (n + 1, sum + v.to_f64()))
        };
        pixels.par_chunks(PART).enumerate().map(sum).collect()
    }

    /// The mean; none of no pixel.
    pub fn mean(&self) -> Option<f64> {
        let parts = each_dtype!(self.image.pixels(), |p| self.sums(p));
        let (n, sum) = parts.into_iter().fold((0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
        (n > 0).then(|| sum / n as f64)
    }

    /// The first counted pixel: the threshold where a rule has nothing to part.
    pub fn only(&self) -> Option<f64> {
        each_dtype!(self.image.pixels(), |p| self.inside(p, 0).next().map(|v| v.to_f64()))
    }
}

/// Factor and bounds of the number that a rule finds.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub factor: f64,
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
}

impl Bounds {
    /// Times the factor, then no less and no more than the bounds.
    pub fn of(&self, threshold: f64) -> f64 {
        let product = threshold * self.factor;
        match (self.minimum, self.maximum) {
            (Some(minimum), _) if product < minimum => minimum,
            (_, Some(maximum)) if product > maximum => maximum,
            _ => product,
        }
    }

    /// Whether a threshold stays what it is.
    pub fn leave_all(&self) -> bool {
        self.factor == 1.0 && self.minimum.is_none() && self.maximum.is_none()
    }

    pub fn check(&self) -> Result<(), Error> {
        match (self.minimum, self.maximum) {
            (Some(minimum), Some(maximum)) if minimum > maximum => {
                let error = Error::new(Code::OutOfRange, "the least threshold is above the largest one");
                Err(error.argument("minimum").value(minimum).allowed(format!("at most {maximum}")))
            }
            _ => Ok(()),
        }
    }
}

/// The largest pixel that is not above a threshold: as good to compare with. None where all are above it.
fn not_above<T: Element>(threshold: f64) -> Option<T> {
    if T::DTYPE != Dtype::F32 {
        return (threshold >= T::DTYPE.range().0).then(|| T::from_f64(threshold.floor()));
    }
    let nearest = threshold as f32;
    Some(T::from_f32(if nearest as f64 > threshold { nearest.next_down() } else { nearest }))
}

simd! {
    fn compare<T: Element>(mask: &mut [u8], pixels: &[T], limit: T) {
        for (m, v) in mask.iter_mut().zip(pixels) {
            *m = (*v > limit) as u8;
        }
    }
}

/// The mask of the pixels above a threshold; nothing is above NaN.
pub fn above(image: &Volume, threshold: f64) -> Result<Volume, Error> {
    if threshold.is_nan() {
        return image.mask(vec![0; image.len()]);
    }
    image.mask(each_dtype!(image.pixels(), |p| match not_above(threshold) {
        Some(limit) => fresh::map(p, |mask, pixels| compare(mask, pixels, limit)),
        None => vec![1; p.len()],
    }))
}

/// [`above`] for references: NaN where a float is so near that the rounding of the threshold decides.
pub fn above_plain(image: &Volume, threshold: f64) -> Grid {
    let float = image.dtype() == Dtype::F32;
    Grid::from(image).map(|v| {
        let unsure = float && v != threshold && (v - threshold).abs() < 1e-6 * threshold.abs();
        if unsure { f64::NAN } else { (v > threshold) as u8 as f64 }
    })
}

/// Outputs: the mask, and the threshold.
pub struct GlobalThreshold<R> {
    /// The threshold that the counted pixels give; none where there is nothing to part.
    pub rule: R,
    pub bounds: Bounds,
}

impl<R: Fn(&Counted) -> Option<f64> + Send + Sync> GlobalThreshold<R> {
    /// 0 where no pixel counts.
    fn threshold(&self, inputs: &Inputs, plain: bool) -> Result<f64, Error> {
        let mask = inputs.optional_volume("mask").map(Volume::mask_slice).transpose()?;
        let counted = Counted { image: inputs.volume("image")?, mask, plain };
        Ok(self.bounds.of((self.rule)(&counted).or_else(|| counted.only()).unwrap_or(0.0)))
    }
}

impl<R: Fn(&Counted) -> Option<f64> + Send + Sync> Kernel for GlobalThreshold<R> {
    const DEVICE: bool = false;

    fn reach(&self, _spec: &'static Spec, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Statistic)
    }

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        self.bounds.check()?;
        same_shape(inputs, &["image", "mask"])
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let threshold = self.threshold(inputs, false)?;
        Ok(vec![Datum::Volume(above(inputs.volume("image")?, threshold)?), Datum::Number(threshold)])
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let threshold = self.threshold(inputs, true)?;
        let mask = above_plain(inputs.volume("image")?, threshold);
        Ok(vec![Plain::Image(mask), Plain::Number(threshold)])
    }
}
