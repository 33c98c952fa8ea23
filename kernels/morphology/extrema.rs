use crate::common::components;
use crate::common::order::{Ordered, ordered_f64, value_f64};
use crate::common::parts::by_pixels;
use crate::common::reconstruct::{
    beside, in_border, maxima, maxima_part, neighbours, reconstruct, reconstruct_part, reconstruct_plain,
};
use crate::common::spreading::{Beside, Spread, Spreading};
use crate::common::threads;
use rotifer_registry::*;

/// Plateaus that nothing around exceeds, or falls below.
struct Regional {
    connectivity: Option<u32>,
    allow_borders: bool,
    minima: bool,
}

/// Extrema that stand out by at least `h`.
struct Extended {
    h: f64,
    connectivity: Option<u32>,
    minima: bool,
}

op! {
    /// Finds local maxima: connected pixels of one value whose neighbours are all darker.
    ///
    /// A plateau counts whole. An image whose pixels are all equal has none. NaN counts as infinity.
    pub struct LocalMaxima {
        /// Along how many axes at once neighbours may differ: 1 is faces only, the number of spatial axes is all, as where
        /// it is left out.
        connectivity: Option<u32> = None, range(1, 3);
        /// Whether plateaus that touch the border of the image count.
        allow_borders: bool = true;
    }
    id: "local_maxima", revision: 1, family: Morphology,
    kernel: Regional { connectivity, allow_borders, minima: false },
    inputs: { image: Image },
    outputs: { mask: Mask },
    agrees: Exact, follows: "skimage.morphology.local_maxima 0.26",
    python: "ski.morphology.local_maxima(image, connectivity=connectivity, allow_borders=allow_borders)",
    examples: ["connectivity = 1", "allow_borders = false", "connectivity = 2\nallow_borders = false"],
}

op! {
    /// Finds local minima: connected pixels of one value whose neighbours are all brighter.
    ///
    /// A plateau counts whole. An image whose pixels are all equal has none. NaN counts as infinity.
    pub struct LocalMinima {
        /// Along how many axes at once neighbours may differ: 1 is faces only, the number of spatial axes is all, as where
        /// it is left out.
        connectivity: Option<u32> = None, range(1, 3);
        /// Whether plateaus that touch the border of the image count.
        allow_borders: bool = true;
    }
    id: "local_minima", revision: 1, family: Morphology,
    kernel: Regional { connectivity, allow_borders, minima: true },
    inputs: { image: Image },
    outputs: { mask: Mask },
    agrees: Exact, follows: "skimage.morphology.local_minima 0.26",
    python: "ski.morphology.local_minima(image, connectivity=connectivity, allow_borders=allow_borders)",
    examples: ["connectivity = 1", "allow_borders = false", "connectivity = 2\nallow_borders = false"],
}

op! {
    /// Finds maxima of at least a height: to climb higher, a path must first fall by that height.
    ///
    /// A pixel counts if the image less `h`, reconstructed under the image, stays `h` below it there. The brightest pixels
    /// always count, but where `h` is more than the range of the image nothing does. NaN counts as infinity.
    pub struct HMaxima {
        /// The least height, in units of the image.
        h: f64 = 1.0, range(1e-9, 1e12);
        /// Along how many axes at once neighbours may differ: 1 is faces only, the number of spatial axes is all, as where
        /// it is left out.
        connectivity: Option<u32> = None, range(1, 3);
    }
    id: "h_maxima", revision: 1, family: Morphology,
    kernel: Extended { h, connectivity, minima: false },
    inputs: { image: Image },
    outputs: { mask: Mask },
    agrees: Exact, follows: "skimage.morphology.h_maxima 0.26",
    python: "ski.morphology.h_maxima(f64(image), h, ndi.generate_binary_structure(image.ndim, connectivity or image.ndim)) > 0",
    examples: ["h = 20", "h = 12.5\nconnectivity = 1", "h = 0.25", "h = 300\nconnectivity = 2"],
}

op! {
    /// Finds minima of at least a depth: to get lower, a path must first rise by that depth.
    ///
    /// A pixel counts if the image plus `h`, reconstructed by erosion above the image, stays `h` above it there. The darkest
    /// pixels always count, but where `h` is more than the range of the image nothing does. NaN counts as infinity.
    pub struct HMinima {
        /// The least depth, in units of the image.
        h: f64 = 1.0, range(1e-9, 1e12);
        /// Along how many axes at once neighbours may differ: 1 is faces only, the number of spatial axes is all, as where
        /// it is left out.
        connectivity: Option<u32> = None, range(1, 3);
    }
    id: "h_minima", revision: 1, family: Morphology,
    kernel: Extended { h, connectivity, minima: true },
    inputs: { image: Image },
    outputs: { mask: Mask },
    agrees: Exact, follows: "skimage.morphology.h_minima 0.26",
    python: "ski.morphology.h_minima(f64(image), h, ndi.generate_binary_structure(image.ndim, connectivity or image.ndim)) > 0",
    examples: ["h = 20", "h = 12.5\nconnectivity = 1", "h = 0.25", "h = 300\nconnectivity = 2"],
}

fn fitting(connectivity: Option<u32>, inputs: &Metas) -> Result<(), Error> {
    components::connectivity(connectivity, inputs.volume("image")?).map(drop)
}

/// The image with NaN as infinity, turned where minima are asked for.
fn plain(image: &Volume, minima: bool) -> Grid {
    let sign = if minima { -1.0 } else { 1.0 };
    Grid::from(image).map(|v| sign * if v.is_nan() { f64::INFINITY } else { v })
}

impl Kernel for Regional {
    const DEVICE: bool = false;

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        fitting(self.connectivity, inputs)
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let connectivity = components::connectivity(self.connectivity, &image.meta())?;
        let turn = if self.minima { u32::MAX } else { 0 };
        let found = each_dtype!(image.pixels(), |p| {
            maxima(image.shape(), image.ndim(), connectivity, self.allow_borders, 0, |i| {
                p[i].ordered() ^ turn
            })
        });
        Ok(vec![Datum::Volume(image.mask(found)?)])
    }

    fn streamed(self, _spec: &'static Spec, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let image = inputs.volume("image")?;
        let connectivity = components::connectivity(self.connectivity, image)?;
        let (ndim, shape) = (image.ndim, image.shape);
        let parts = RegionalInParts { of: self, connectivity, ndim, shape, extent: (u32::MAX, 0) };
        Ok(Some(Box::new(Spreading::new(parts, image))))
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let image = inputs.volume("image")?;
        let around = neighbours(components::connectivity(self.connectivity, &image.meta())?);
        let grid = plain(image, self.minima);
        let mut out = grid.map(|_| 0.0);
        if grid.data.iter().all(|v| *v == grid.data[0]) {
            return Ok(vec![Plain::Image(out)]);
        }
        let mut seen = out.clone();
        grid.map_at(|start| {
            if seen.at(start) != 0.0 {
                return 0.0;
            }
            let (mut plateau, mut next, mut counts) = (vec![start], 0, true);
            seen.set(start, 1.0);
            while let Some(&p) = plateau.get(next) {
                next += 1;
                let border = (3 - grid.ndim..3).any(|a| p[a] == 0 || p[a] + 1 == grid.shape[a]);
                counts &= self.allow_borders || !border;
                for q in around.iter().filter_map(|o| beside(p, *o, grid.shape)) {
                    counts &= grid.at(q) <= grid.at(p);
                    if grid.at(q) == grid.at(p) && seen.at(q) == 0.0 {
                        seen.set(q, 1.0);
                        plateau.push(q);
                    }
                }
            }
            plateau.iter().for_each(|p| out.set(*p, counts as u8 as f64));
            0.0
        });
        Ok(vec![Plain::Image(out)])
    }
}

/// [`Regional`] of an image in parts: a pixel that does not count spreads over its plateau.
struct RegionalInParts {
    of: Regional,
    connectivity: u32,
    ndim: usize,
    /// Of the whole image.
    shape: [usize; 3],
    /// Least and greatest key of the parts so far.
    extent: (u32, u32),
}

impl Spread for RegionalInParts {
    type Value = u8;

    fn halo(&self) -> usize {
        1
    }

    fn work(&self) -> usize {
        24
    }

    fn settle(
        &mut self,
        span: &Span,
        inputs: &Inputs,
        so_far: Option<Vec<u8>>,
        [before, after]: Beside<u8>,
    ) -> Result<Vec<u8>, Error> {
        let image = inputs.volume("image")?;
        let turn = if self.of.minima { u32::MAX } else { 0 };
        let shape = image.shape();
        let line = image.len() / shape[span.axis].max(1);
        let inner = span.inside().start * line..span.inside().end * line;
        let counts = |i: usize| match &so_far {
            _ if i < inner.start => before.as_ref().is_none_or(|before| before[i] != 0),
            _ if i >= inner.end => after.as_ref().is_none_or(|after| after[i - inner.end] != 0),
            Some(so_far) => so_far[i - inner.start] != 0,
            None => self.of.allow_borders || !in_border(i, shape, self.ndim, span.origin(), self.shape),
        };
        let (least, most) = self.extent;
        let (flags, extent) = each_dtype!(image.pixels(), |p| {
            let key = |i: usize| p[i].ordered() ^ turn;
            let flags = maxima_part(shape, self.connectivity, 0, key, counts, inner.clone());
            let extents = threads::of_chunks(&p[inner.clone()], 1 << 14, |_, part| {
                let keys = part.iter().map(|v| v.ordered() ^ turn);
                keys.fold((least, most), |(least, most), key| (key.min(least), key.max(most)))
            });
            (flags, extents.into_iter().fold((least, most), |a, b| (a.0.min(b.0), a.1.max(b.1))))
        });
        self.extent = extent;
        Ok(flags)
    }

    fn paint(&self, span: &Span, inputs: &Inputs, mut flags: Vec<u8>) -> Result<Volume, Error> {
        // Nothing stands out of an image that is the same everywhere.
        if self.extent.0 == self.extent.1 {
            flags.fill(0);
        }
        inputs.volume("image")?.cut(span.axis, span.inside()).mask(flags)
    }
}

/// [`Extended`] of an image in parts.
struct ExtendedInParts {
    of: Extended,
    connectivity: u32,
    /// Least and greatest value of the parts so far.
    extent: (f64, f64),
}

impl Spread for ExtendedInParts {
    type Value = u64;

    fn work(&self) -> usize {
        72
    }

    fn settle(
        &mut self,
        span: &Span,
        inputs: &Inputs,
        so_far: Option<Vec<u64>>,
        beside: Beside<u64>,
    ) -> Result<Vec<u64>, Error> {
        let image = inputs.volume("image")?;
        let (h, shape) = (self.of.h, image.shape());
        let (keys, (least, most)) = each_dtype!(image.pixels(), |p| {
            let value = |i: usize| self.of.value(p[i].to_f64());
            let limit = |i: usize| ordered_f64(value(i));
            let seed = |i: usize| match &so_far {
                Some(so_far) => so_far[i],
                None => ordered_f64(value(i) - h),
            };
            let keys = reconstruct_part(shape, self.connectivity, 0, seed, limit, &beside, span.axis);
            (keys, extent(p.len(), value))
        });
        self.extent = (self.extent.0.min(least), self.extent.1.max(most));
        Ok(keys)
    }

    fn paint(&self, _span: &Span, inputs: &Inputs, keys: Vec<u64>) -> Result<Volume, Error> {
        let image = inputs.volume("image")?;
        if self.of.exceeds(self.extent) {
            return image.mask(vec![0; image.len()]);
        }
        image.mask(each_dtype!(image.pixels(), |p| self.of.found(&keys, |i| p[i].to_f64())))
    }
}

/// Least and greatest of some values.
fn extent(count: usize, value: impl Fn(usize) -> f64 + Sync) -> (f64, f64) {
    const PART: usize = 1 << 14;
    let none = (f64::INFINITY, f64::NEG_INFINITY);
    let part = |first: usize| {
        let values = (first..count.min(first + PART)).map(&value);
        values.fold(none, |(a, b), v| (a.min(v), b.max(v)))
    };
    let extents = threads::collect((0..count).step_by(PART), part);
    extents.into_iter().fold(none, |a, b| (a.0.min(b.0), a.1.max(b.1)))
}

impl Extended {
    /// A pixel with NaN as infinity, turned where minima are asked for.
    fn value(&self, v: f64) -> f64 {
        let sign = if self.minima { -1.0 } else { 1.0 };
        sign * if v.is_nan() { f64::INFINITY } else { v }
    }

    /// The pixels that count, from what the reconstruction gives.
    fn found(&self, keys: &[u64], pixel: impl Fn(usize) -> f64 + Sync) -> Vec<u8> {
        by_pixels(keys.len(), |i| self.stands_out(self.value(pixel(i)), value_f64(keys[i])) as u8)
    }

    /// Whether the height is more than the range of the image.
    fn exceeds(&self, (least, most): (f64, f64)) -> bool {
        self.h > most - least
    }

    /// Whether a pixel counts, from its value, and what the reconstruction gives.
    fn stands_out(&self, value: f64, reconstructed: f64) -> bool {
        reconstructed == value - self.h || value - reconstructed >= self.h
    }
}

impl Kernel for Extended {
    const DEVICE: bool = false;

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        fitting(self.connectivity, inputs)
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let connectivity = components::connectivity(self.connectivity, &image.meta())?;
        let found = each_dtype!(image.pixels(), |p| {
            let value = |i: usize| self.value(p[i].to_f64());
            if self.exceeds(extent(p.len(), value)) {
                vec![0; p.len()]
            } else {
                let seed = |i: usize| ordered_f64(value(i) - self.h);
                let limit = |i: usize| ordered_f64(value(i));
                let keys = reconstruct(image.shape(), connectivity, 0, seed, limit);
                self.found(&keys, |i| p[i].to_f64())
            }
        });
        Ok(vec![Datum::Volume(image.mask(found)?)])
    }

    fn streamed(self, _spec: &'static Spec, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let image = inputs.volume("image")?;
        let connectivity = components::connectivity(self.connectivity, image)?;
        let extent = (f64::INFINITY, f64::NEG_INFINITY);
        Ok(Some(Box::new(Spreading::new(ExtendedInParts { of: self, connectivity, extent }, image))))
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let image = inputs.volume("image")?;
        let connectivity = components::connectivity(self.connectivity, &image.meta())?;
        let grid = plain(image, self.minima);
        if self.exceeds(extent(grid.data.len(), |i| grid.data[i])) {
            return Ok(vec![Plain::Image(grid.map(|_| 0.0))]);
        }
        let low = reconstruct_plain(&grid.map(|v| v - self.h), &grid, connectivity);
        Ok(vec![Plain::Image(grid.map_at(|p| self.stands_out(grid.at(p), low.at(p)) as u8 as f64))])
    }

    fn effort(&self, _spec: &'static Spec, inputs: &Metas) -> Option<usize> {
        inputs.first().map(|image| image.len().saturating_mul(400))
    }
}
