//! Percentiles of each line along an axis.

use super::axis_fold::{Axis, projected, split};
use super::order::{self, Ordered};
use super::parts;
use super::ranks::{interpolate, position};
use crate::simd;
use rotifer_registry::*;
use std::ops::Range;

/// Bytes of keys that a thread compares: they stay in cache, as they are read once for each of their bits.
const BLOCK: usize = 64 << 10;

simd! {
    /// How many keys of each column are less than that column's candidate.
    fn count_less(keys: &[u32], candidates: &[u32], counts: &mut [u32]) {
        counts.fill(0);
        for line in keys.chunks_exact(candidates.len()) {
            for ((count, key), candidate) in counts.iter_mut().zip(line).zip(candidates) {
                *count += (key < candidate) as u32;
            }
        }
    }

    /// How many keys of each column are at most its value, and the least key above it.
    fn find_next(keys: &[u32], values: &[u32], counts: &mut [u32], next: &mut [u32]) {
        counts.fill(0);
        next.fill(u32::MAX);
        for line in keys.chunks_exact(values.len()) {
            for (((count, next), key), value) in counts.iter_mut().zip(&mut *next).zip(line).zip(values) {
                *count += (key <= value) as u32;
                *next = (*next).min(if key > value { *key } else { u32::MAX });
            }
        }
    }
}

/// The least key that pixels of a dtype have, and the bits that others add to it.
fn span_of_keys(dtype: Dtype) -> (u32, u32) {
    match dtype {
        Dtype::U8 => (1 << 15, 8),
        Dtype::U16 => (1 << 15, 16),
        Dtype::I16 => (0, 16),
        Dtype::U32 | Dtype::I32 | Dtype::F32 => (0, 32),
    }
}

/// Scratch of a thread for a block of columns.
#[derive(Default)]
struct Block {
    keys: Vec<u32>,
    values: Vec<u32>,
    candidates: Vec<u32>,
    counts: Vec<u32>,
    next: Vec<u32>,
    nan: Vec<bool>,
}

impl Block {
    /// Takes lines of equal length, whose pixels of one column are compared.
    fn fill<'a, T: Ordered>(&mut self, lines: impl Iterator<Item = &'a [T]>, columns: usize) {
        self.keys.clear();
        self.nan.clear();
        self.nan.resize(columns, false);
        for line in lines {
            self.keys.extend(line.iter().map(|v| v.ordered()));
            if T::DTYPE == Dtype::F32 {
                self.nan.iter_mut().zip(line).for_each(|(nan, v)| *nan |= v.to_f32().is_nan());
            }
        }
        for column in [&mut self.candidates, &mut self.counts, &mut self.next] {
            column.clear();
            column.resize(columns, 0);
        }
    }

    /// The percentile of each column: its key is found from the highest bit to the lowest, for all columns at once.
    fn percentiles(&mut self, dtype: Dtype, (rank, fraction): (usize, f64), out: &mut [f32]) {
        let (least, bits) = span_of_keys(dtype);
        self.values.clear();
        self.values.resize(out.len(), least);
        for bit in (0..bits).rev() {
            self.candidates.iter_mut().zip(&self.values).for_each(|(c, v)| *c = v + (1 << bit));
            count_less(&self.keys, &self.candidates, &mut self.counts);
            for ((value, candidate), count) in self.values.iter_mut().zip(&self.candidates).zip(&self.counts)
            {
                *value = if *count as usize <= rank { *candidate } else { *value };
            }
        }
        if fraction > 0.0 {
            find_next(&self.keys, &self.values, &mut self.counts, &mut self.next);
        }
        for (i, o) in out.iter_mut().enumerate() {
            let value = self.values[i];
            let next =
                if fraction > 0.0 && self.counts[i] as usize <= rank + 1 { self.next[i] } else { value };
            let ends = [value, next].map(|key| order::value(key, dtype));
            *o = if self.nan[i] { f32::NAN } else { interpolate(ends[0], ends[1], fraction) as f32 };
        }
    }
}

/// The percentile of every line along an axis, by numpy's linear definition; NaN where a pixel is.
fn percentiles<T: Ordered>(pixels: &[T], [outer, n, inner]: [usize; 3], percentile: f64) -> Vec<f32> {
    let place = position(n, percentile);
    if inner == 1 {
        let body = |block: &mut Block, _, first: usize, out: &mut [f32]| {
            for (o, line) in out.iter_mut().zip(pixels[first * n..].chunks_exact(n)) {
                block.keys.clear();
                block.keys.extend(line.iter().map(|v| v.ordered()));
                let nan = T::DTYPE == Dtype::F32 && line.iter().any(|v| v.to_f32().is_nan());
                *o = if nan { f32::NAN } else { of_line(&mut block.keys, T::DTYPE, place) };
            }
        };
        return parts::by_parts(1, outer, 256, 0.0, Block::default, body);
    }
    let body = |block: &mut Block, outer: usize, first: usize, out: &mut [f32]| {
        let lines = (0..n).map(|k| &pixels[(outer * n + k) * inner + first..][..out.len()]);
        block.fill(lines, out.len());
        block.percentiles(T::DTYPE, place, out);
    };
    let columns = (BLOCK / size_of::<u32>() / n.max(1)).clamp(16, 1 << 10);
    parts::by_parts(outer, inner, columns, 0.0, Block::default, body)
}

/// The percentile of a line by its keys, which are put in another order.
fn of_line(keys: &mut [u32], dtype: Dtype, (rank, fraction): (usize, f64)) -> f32 {
    let (_, &mut value, above) = keys.select_nth_unstable(rank);
    let next = if fraction > 0.0 { above.iter().copied().min().unwrap_or(value) } else { value };
    interpolate(order::value(value, dtype), order::value(next, dtype), fraction) as f32
}

/// A percentile along an axis.
#[derive(Clone, Copy)]
pub struct PercentileAlongAxis {
    pub axis: Axis,
    pub keep_dims: bool,
    pub percentile: f64,
}

impl PercentileAlongAxis {
    fn pixels(&self, image: &Volume) -> Vec<f32> {
        let split = split(image.shape(), self.axis);
        each_dtype!(image.pixels(), |pixels| percentiles(pixels, split, self.percentile))
    }

    /// The projection of an image with such metadata.
    fn projected(&self, image: &VolumeMeta) -> VolumeMeta {
        projected(image, self.axis, self.keep_dims).with(Kind::Image, Dtype::F32)
    }
}

impl Kernel for PercentileAlongAxis {
    const DEVICE: bool = false;

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let image = inputs.volume("image")?;
        if let Some(out) = outputs[0].volume_mut() {
            *out = self.projected(image);
        }
        Ok(())
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let meta = self.projected(&image.meta());
        Ok(vec![Datum::Volume(Volume::from_vec(&meta, self.pixels(image))?)])
    }

    fn streamed(self, _spec: &'static Spec, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let image = inputs.volume("image")?;
        Ok(Some(Box::new(InParts {
            along: self,
            image: VolumeMeta { spacing: None, ..image.clone() },
            out: self.projected(image),
            across: Span::axis_of(image) != self.axis as usize,
            most: 0,
            put_by: None,
            pixels: Vec::new(),
        })))
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let image = inputs.volume("image")?;
        let out = self.projected(&image.meta());
        let (values, [outer, n, inner]) = (image.f64s(), split(image.shape(), self.axis));
        let at = (n - 1) as f64 * (self.percentile / 100.0);
        let of = |i: usize| {
            let (o, i) = (i / inner, i % inner);
            let mut line: Vec<f64> = (0..n).map(|k| values[(o * n + k) * inner + i]).collect();
            line.sort_by(f64::total_cmp);
            let (lower, upper) = (line[at.floor() as usize], line[at.ceil() as usize]);
            let nan = line.iter().any(|v| v.is_nan());
            match lower.is_infinite() || upper.is_infinite() {
                _ if nan => f64::NAN,
                _ if lower == upper => lower,
                true => lower + upper,
                false => lower + (upper - lower) * at.fract(),
            }
        };
        let data = (0..outer * inner).map(of).collect();
        Ok(vec![Plain::Image(Grid { shape: out.shape, ndim: out.ndim, data })])
    }
}

/// [`PercentileAlongAxis`] of an image that comes in parts. Parts that follow each other along the axis itself are put by
/// and read again as columns.
struct InParts {
    along: PercentileAlongAxis,
    image: VolumeMeta,
    out: VolumeMeta,
    /// Whether each part has whole lines: then it gives its own pixels of the projection.
    across: bool,
    /// Pixels of the largest part.
    most: usize,
    put_by: Option<Box<dyn Spill>>,
    pixels: Vec<f32>,
}

impl Streamed for InParts {
    fn spills(&self, _parts: usize) -> u64 {
        if self.across { 0 } else { self.image.bytes() as u64 }
    }

    fn begin(&mut self, room: Room) -> Result<(), Error> {
        if !self.across {
            self.put_by = Some(room(&self.image)?);
        }
        Ok(())
    }

    fn see(&mut self, span: &Span, inputs: &Inputs) -> Result<(), Error> {
        let image = inputs.volume("image")?;
        let Some(put_by) = &mut self.put_by else {
            self.pixels.extend(self.along.pixels(image));
            return Ok(());
        };
        self.most = self.most.max(image.len());
        let [z, y, _] = span.origin();
        put_by.write([z, y], image)
    }

    fn finish(&mut self) -> Result<Vec<Datum>, Error> {
        if let Some(put_by) = &self.put_by {
            // The axis that lines are cut along: y of a volume, x of an image.
            let cut = Span::axis_of(&self.image) + 1;
            let [length, others] = [self.image.shape[cut], self.image.len() / self.image.shape[cut].max(1)];
            let lines = (self.most / others.max(1)).max(1);
            for first in (0..length).step_by(lines) {
                let mut zyx: [Range<usize>; 3] = self.image.shape.map(|n| 0..n);
                zyx[cut] = first..(first + lines).min(length);
                self.pixels.extend(self.along.pixels(&put_by.read(zyx)?));
            }
        }
        let pixels = std::mem::take(&mut self.pixels);
        Ok(vec![Datum::Volume(Volume::from_vec(&self.out, pixels)?)])
    }
}
