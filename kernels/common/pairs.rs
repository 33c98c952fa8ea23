//! The skeleton of numbers that the pixels of two images give, pair by pair.

use super::chunks::Chunks;
use super::pointwise::widen;
use super::shape::same_shape;
use crate::common::threads;
use rotifer_registry::*;

/// Sums over pairs of pixels, the first ones less one number, the second ones less another.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    pub n: f64,
    pub first: f64,
    pub second: f64,
    pub first_squared: f64,
    pub second_squared: f64,
    pub product: f64,
    pub difference_squared: f64,
    /// Pairs of which the first is below 0 as it is.
    pub negative: f64,
}

impl Sums {
    fn add(&mut self, a: f64, b: f64, from: [f64; 2]) {
        let (x, y) = (a - from[0], b - from[1]);
        self.n += 1.0;
        self.first += x;
        self.second += y;
        self.first_squared += x * x;
        self.second_squared += y * y;
        self.product += x * y;
        self.difference_squared += (x - y) * (x - y);
        self.negative += (a < 0.0) as u8 as f64;
    }

    fn joined(mut self, other: &Sums) -> Sums {
        self.n += other.n;
        self.first += other.first;
        self.second += other.second;
        self.first_squared += other.first_squared;
        self.second_squared += other.second_squared;
        self.product += other.product;
        self.difference_squared += other.difference_squared;
        self.negative += other.negative;
        self
    }
}

/// The number is `of(sums, dtype of the first image)`.
pub struct Pairs<F> {
    /// Names of the ports.
    pub ports: [&'static str; 2],
    /// Whether the means are taken off first.
    pub centered: bool,
    pub of: F,
}

/// Pairs that are summed at a time; the parts are added up in order, so that the result does not depend on the threads.
const PART: usize = 1 << 12;

fn sums(images: [&Volume; 2], mask: Option<&[u8]>, from: [f64; 2]) -> Sums {
    let n = images[0].len();
    let part = |buffers: &mut [Vec<f64>; 2], i: usize| {
        let (first, count) = (i * PART, PART.min(n - i * PART));
        for (buffer, image) in buffers.iter_mut().zip(images) {
            buffer.resize(count, 0.0);
            widen(image, first, buffer);
        }
        let mut sums = Sums::default();
        for (i, (a, b)) in buffers[0].iter().zip(&buffers[1]).enumerate() {
            if mask.is_none_or(|mask| mask[first + i] != 0) {
                sums.add(*a, *b, from);
            }
        }
        sums
    };
    let parts = threads::gather(0..n.div_ceil(PART), Default::default, part);
    parts.iter().fold(Sums::default(), Sums::joined)
}

/// The same one pair after another.
fn plain(images: [&Volume; 2], mask: Option<&[u8]>, from: [f64; 2]) -> Sums {
    let mut sums = Sums::default();
    for (i, (a, b)) in images[0].f64s().into_iter().zip(images[1].f64s()).enumerate() {
        if mask.is_none_or(|mask| mask[i] != 0) {
            sums.add(a, b, from);
        }
    }
    sums
}

impl<F: Fn(&Sums, Dtype) -> f64 + Send + Sync> Pairs<F> {
    /// Name of the port of the pixels that count.
    fn mask(&self) -> &'static str {
        if self.ports.contains(&"mask") { "within" } else { "mask" }
    }

    fn number(
        &self,
        inputs: &Inputs,
        sums: impl Fn([&Volume; 2], Option<&[u8]>, [f64; 2]) -> Sums,
    ) -> Result<f64, Error> {
        let images = [inputs.volume(self.ports[0])?, inputs.volume(self.ports[1])?];
        let mask = inputs.optional_volume(self.mask()).map(Volume::mask_slice).transpose()?;
        let mut found = sums(images, mask, [0.0; 2]);
        if self.centered {
            found = sums(images, mask, [found.first / found.n, found.second / found.n]);
        }
        Ok((self.of)(&found, images[0].dtype()))
    }
}

/// [`Pairs`] of images that come in parts.
struct PairsInParts<F> {
    pairs: Pairs<F>,
    dtype: Dtype,
    from: [f64; 2],
    /// Pairs, and whether they count.
    chunks: Chunks<(f64, f64, bool), Sums>,
    centered: bool,
    found: Sums,
}

impl<F: Fn(&Sums, Dtype) -> f64 + Send + Sync> PairsInParts<F> {
    fn sums(from: [f64; 2]) -> impl Fn(&[(f64, f64, bool)]) -> Sums + Sync {
        move |part| {
            let mut sums = Sums::default();
            part.iter().filter(|(.., counts)| *counts).for_each(|(a, b, _)| sums.add(*a, *b, from));
            sums
        }
    }
}

impl<F: Fn(&Sums, Dtype) -> f64 + Send + Sync> Streamed for PairsInParts<F> {
    fn see(&mut self, _span: &Span, inputs: &Inputs) -> Result<(), Error> {
        let images = [inputs.volume(self.pairs.ports[0])?, inputs.volume(self.pairs.ports[1])?];
        let mask = inputs.optional_volume(self.pairs.mask()).map(Volume::mask_slice).transpose()?;
        let [first, second] = images.map(Volume::f64s);
        let counts = |i: usize| mask.is_none_or(|mask| mask[i] != 0);
        let pairs = first.into_iter().zip(second).enumerate().map(|(i, (a, b))| (a, b, counts(i)));
        let pairs: Vec<(f64, f64, bool)> = pairs.collect();
        self.chunks.add(&pairs, Self::sums(self.from));
        Ok(())
    }

    fn again(&mut self) -> Result<bool, Error> {
        let chunks = std::mem::replace(&mut self.chunks, Chunks::new(PART));
        self.found = chunks.finish(Self::sums(self.from)).iter().fold(Sums::default(), Sums::joined);
        let again = self.pairs.centered && !self.centered;
        if again {
            self.from = [self.found.first / self.found.n, self.found.second / self.found.n];
            self.centered = true;
        }
        Ok(again)
    }

    fn finish(&mut self) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Number((self.pairs.of)(&self.found, self.dtype))])
    }
}

impl<F: Fn(&Sums, Dtype) -> f64 + Send + Sync + 'static> Kernel for Pairs<F> {
    const DEVICE: bool = false;

    fn reach(&self, _spec: &'static Spec, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Statistic)
    }

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &[self.ports[0], self.ports[1], self.mask()])
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Number(self.number(inputs, sums)?)])
    }

    fn streamed(self, _spec: &'static Spec, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        // A port converts every part as it converts the whole image.
        let dtype = inputs.volume(self.ports[0])?.dtype;
        let chunks = Chunks::new(PART);
        let found = Sums::default();
        let parts = PairsInParts { pairs: self, dtype, from: [0.0; 2], chunks, centered: false, found };
        Ok(Some(Box::new(parts)))
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        Ok(vec![Plain::Number(self.number(inputs, plain)?)])
    }
}
