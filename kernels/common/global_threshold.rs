//! The skeleton of thresholds of a whole image: a rule makes a number of the pixels that count, and those above it are the
//! mask.

use super::chunks::Chunks;
use super::fresh;
use super::histogram::{self, Counter, Histogram, SourceRange};
use super::shape::same_shape;
use crate::common::threads;
use crate::simd;
use rayon::prelude::*;
use rotifer_registry::*;
use std::cmp::Ordering;
use std::sync::{Mutex, PoisonError};

/// The finite pixels of an image, or of its part inside a mask.
pub struct Counted<'a> {
    pixels: Held<'a>,
}

enum Held<'a> {
    Image {
        image: &'a Volume,
        mask: Option<&'a [u8]>,
        /// By the plainest means, for the reference.
        plain: bool,
    },
    /// An image that comes in parts.
    Parts(&'a Seen),
}

/// Pixels that are summed at a time; the parts are added up in order, so that the result does not depend on the threads.
const PART: usize = 1 << 14;

impl<'a> Counted<'a> {
    pub fn new(image: &'a Volume, mask: Option<&'a [u8]>, plain: bool) -> Counted<'a> {
        Counted { pixels: Held::Image { image, mask, plain } }
    }

    pub fn dtype(&self) -> Dtype {
        match self.pixels {
            Held::Image { image, .. } => image.dtype(),
            Held::Parts(seen) => seen.dtype,
        }
    }

    /// The histogram: a bin for each whole number, `nbins` of equal width of floats. None where fewer than two bins have pixels.
    pub fn bins(&self, nbins: u32) -> Option<Histogram> {
        let found = match self.pixels {
            Held::Image { image, mask, plain } => {
                let make = if plain { histogram::reference } else { histogram::histogram };
                make(image, nbins as usize, SourceRange::Image, mask)
            }
            Held::Parts(seen) => seen.histogram(nbins as usize)?,
        };
        (found.counts.iter().filter(|n| **n > 0).nth(1).is_some()).then_some(found)
    }

    /// Each value with the number of its pixels, ascending.
    pub fn distribution(&self) -> Histogram {
        let used = |found: Histogram| {
            let used = found.counts.into_iter().zip(found.centers).filter(|(n, _)| *n > 0);
            let (counts, centers) = used.unzip();
            Histogram { counts, centers }
        };
        match self.pixels {
            Held::Image { image, mask, plain } => match image.pixels() {
                Pixels::U8(_) | Pixels::U16(_) | Pixels::I16(_) if !plain => {
                    used(histogram::histogram(image, 1, SourceRange::Image, mask))
                }
                pixels => each_dtype!(pixels, |p| sorted(p, mask)),
            },
            Held::Parts(seen) => used(seen.distribution()),
        }
    }

    /// The distribution; none where there are fewer than two values.
    pub fn values(&self) -> Option<Histogram> {
        Some(self.distribution()).filter(|found| found.counts.len() > 1)
    }

    /// The mean; none of no pixel.
    pub fn mean(&self) -> Option<f64> {
        let (n, sum) = match self.pixels {
            Held::Image { image, mask, .. } => {
                let parts = each_dtype!(image.pixels(), |p| sums(p, mask));
                parts.into_iter().fold((0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1))
            }
            Held::Parts(seen) => seen.sums(),
        };
        (n > 0).then(|| sum / n as f64)
    }

    /// The first counted pixel: the threshold where a rule has nothing to part.
    pub fn only(&self) -> Option<f64> {
        match self.pixels {
            Held::Image { image, mask, .. } => {
                each_dtype!(image.pixels(), |p| inside(p, mask, 0).next().map(|v| v.to_f64()))
            }
            Held::Parts(seen) => seen.first,
        }
    }
}

fn sorted<T: Element>(pixels: &[T], mask: Option<&[u8]>) -> Histogram {
    let mut kept: Vec<T> = match mask {
        None => pixels.iter().copied().filter(|v| v.to_f64().is_finite()).collect(),
        Some(_) => inside(pixels, mask, 0).collect(),
    };
    kept.par_sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    let runs = kept.chunk_by(|a, b| a == b).map(|run| (run.len() as u64, run[0].to_f64() + 0.0));
    let (counts, centers) = runs.unzip();
    Histogram { counts, centers }
}

/// The counted pixels of a part of the image that begins at an index.
fn inside<'p, T: Element>(
    part: &'p [T],
    mask: Option<&'p [u8]>,
    first: usize,
) -> impl Iterator<Item = T> + 'p {
    let on = move |i: usize| mask.is_none_or(|mask| mask[first + i] != 0);
    part.iter().enumerate().filter(move |(i, v)| on(*i) && v.to_f64().is_finite()).map(|(_, v)| *v)
}

/// Pixels and sum of each part.
fn sums<T: Element>(pixels: &[T], mask: Option<&[u8]>) -> Vec<(usize, f64)> {
    let sum = |i: usize, part: &[T]| {
        inside(part, mask, i * PART).fold((0, 0.0), |(n, sum), v| (n + 1, sum + v.to_f64()))
    };
    threads::of_chunks(pixels, PART, sum)
}

/// Numbers known of the counted pixels of an image that comes in parts: all that were asked for before its last pass.
struct Seen {
    dtype: Dtype,
    first: Option<f64>,
    /// By their number of bins.
    histograms: Vec<(usize, Histogram)>,
    sums: Option<(usize, f64)>,
    asked: Mutex<Vec<Ask>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Ask {
    Histogram(usize),
    /// Of floats and 32-bit integers a distribution is as large as the image.
    Distribution,
    Sums,
}

impl Seen {
    fn ask(&self, what: Ask) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if !asked.contains(&what) {
            asked.push(what);
        }
    }

    fn histogram(&self, nbins: usize) -> Option<Histogram> {
        // Few whole numbers have a bin each, however many are asked for.
        let nbins = if self.dtype.size() > 2 { nbins } else { 1 };
        let known = self.histograms.iter().find(|(n, _)| *n == nbins).map(|(_, found)| found.clone());
        if known.is_none() {
            self.ask(Ask::Histogram(nbins));
        }
        known
    }

    fn distribution(&self) -> Histogram {
        let none = Histogram { counts: Vec::new(), centers: Vec::new() };
        if self.dtype.size() > 2 {
            self.ask(Ask::Distribution);
            return none;
        }
        self.histogram(1).unwrap_or(none)
    }

    fn sums(&self) -> (usize, f64) {
        self.sums.unwrap_or_else(|| {
            self.ask(Ask::Sums);
            (0, 0.0)
        })
    }

    fn asked(&mut self) -> Vec<Ask> {
        std::mem::take(self.asked.get_mut().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A rule on an image that comes in parts: it is tried on what is known, and all parts are seen once more for what it
/// asks for.
pub struct Parted<R> {
    rule: R,
    bounds: Bounds,
    seen: Seen,
    counters: Vec<(usize, Counter)>,
    sums: Option<Chunks<f64, (usize, f64)>>,
    threshold: f64,
}

impl<R: Fn(&Counted) -> Option<f64> + Send> Parted<R> {
    /// None where the rule needs more of such an image than can be kept.
    pub fn new(rule: R, bounds: Bounds, dtype: Dtype) -> Option<Parted<R>> {
        let seen = Seen { dtype, first: None, histograms: Vec::new(), sums: None, asked: Mutex::default() };
        let mut parted = Parted { rule, bounds, seen, counters: Vec::new(), sums: None, threshold: 0.0 };
        parted.plan().then_some(parted)
    }

    /// Tries the rule, and prepares to count what it asks for. False where that is too much.
    fn plan(&mut self) -> bool {
        let counted = Counted { pixels: Held::Parts(&self.seen) };
        let found = (self.rule)(&counted).or_else(|| counted.only()).unwrap_or(0.0);
        self.threshold = self.bounds.of(found);
        for ask in self.seen.asked() {
            match ask {
                Ask::Histogram(nbins) => {
                    self.counters.push((nbins, Counter::new(self.seen.dtype, nbins, SourceRange::Image)));
                }
                Ask::Sums => self.sums = Some(Chunks::new(PART)),
                Ask::Distribution => return false,
            }
        }
        true
    }
}

/// Counted pixels and their sum; pixels that do not count are NaN.
fn sum_of_finite(part: &[f64]) -> (usize, f64) {
    part.iter().filter(|v| v.is_finite()).fold((0, 0.0), |(n, sum), v| (n + 1, sum + v))
}

impl<R: Fn(&Counted) -> Option<f64> + Send> Streamed for Parted<R> {
    fn see(&mut self, _span: &Span, inputs: &Inputs) -> Result<(), Error> {
        let image = inputs.volume("image")?;
        let mask = inputs.optional_volume("mask").map(Volume::mask_slice).transpose()?;
        if self.seen.first.is_none() {
            self.seen.first = Counted::new(image, mask, false).only();
        }
        self.counters.iter_mut().for_each(|(_, counter)| counter.see(image, mask));
        if let Some(sums) = &mut self.sums {
            let on = |i: usize| mask.is_none_or(|mask| mask[i] != 0);
            let values: Vec<f64> = each_dtype!(image.pixels(), |p| p
                .iter()
                .enumerate()
                .map(|(i, v)| if on(i) { v.to_f64() } else { f64::NAN })
                .collect());
            sums.add(&values, sum_of_finite);
        }
        Ok(())
    }

    fn again(&mut self) -> Result<bool, Error> {
        let mut more = false;
        for (nbins, mut counter) in std::mem::take(&mut self.counters) {
            if counter.again() {
                more = true;
                self.counters.push((nbins, counter));
            } else {
                self.seen.histograms.push((nbins, counter.finish()));
            }
        }
        if let Some(sums) = self.sums.take() {
            let parts = sums.finish(sum_of_finite);
            self.seen.sums = Some(parts.into_iter().fold((0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1)));
        }
        if more {
            return Ok(true);
        }
        if !self.plan() {
            return Err(Error::new(Code::Unavailable, "the threshold needs the whole image at once"));
        }
        Ok(!self.counters.is_empty() || self.sums.is_some())
    }

    fn makes(&self) -> bool {
        true
    }

    fn make(&mut self, _span: &Span, inputs: &Inputs) -> Result<Datum, Error> {
        above(inputs.volume("image")?, self.threshold).map(Datum::Volume)
    }

    fn finish(&mut self) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Number(self.threshold)])
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
        let counted = Counted::new(inputs.volume("image")?, mask, plain);
        Ok(self.bounds.of((self.rule)(&counted).or_else(|| counted.only()).unwrap_or(0.0)))
    }
}

impl<R: Fn(&Counted) -> Option<f64> + Send + Sync + 'static> Kernel for GlobalThreshold<R> {
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

    fn streamed(self, _spec: &'static Spec, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let parted = Parted::new(self.rule, self.bounds, inputs.volume("image")?.dtype);
        Ok(parted.map(|parted| Box::new(parted) as Box<dyn Streamed>))
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let threshold = self.threshold(inputs, true)?;
        let mask = above_plain(inputs.volume("image")?, threshold);
        Ok(vec![Plain::Image(mask), Plain::Number(threshold)])
    }
}
