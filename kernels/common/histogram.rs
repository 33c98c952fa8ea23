//! Counts of pixels over bins, as `skimage.exposure.histogram` and `numpy.histogram` place them.
//!
//! Images of whole numbers have one bin for each value. Float images, and 32-bit images whose values span more than
//! [`MAX_VALUES`], have bins of equal width: bin i holds edge i ≤ value < edge i + 1, the last one its upper edge too.
//! Values that are not finite are not counted. Edges of float images are float32, as numpy has them, unless their range or
//! their middles overflow it: those are float64.

use crate::common::readback::words;
use crate::common::threads;
use crate::simd;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::*;
use rotifer_shaders::exposure::HISTOGRAM;

/// Most values that 32-bit images get a bin each for.
pub const MAX_VALUES: usize = 1 << 16;

choice! {
    /// The values that the bins cover.
    pub enum SourceRange {
        /// From the smallest to the largest value of the image.
        Image = "image",
        /// The whole range of the dtype; of float32, -1 to 1.
        Dtype = "dtype",
    }
}

/// Counts over bins. Never empty: an image without a countable pixel has bins of 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    pub counts: Vec<u64>,
    /// Middle of each bin; with one bin for each value, the value.
    pub centers: Vec<f64>,
}

/// The histogram of an image, or of its pixels where a mask is not 0. `nbins` counts where bins have equal width.
pub fn histogram(image: &Volume, nbins: usize, range: SourceRange, mask: Option<&[u8]>) -> Histogram {
    let nbins = nbins.max(1);
    match image.pixels() {
        Pixels::U8(a) => values(tally(volume::slice(a), mask, 1 << 8, |v| v as usize), 0, range),
        Pixels::U16(a) => values(tally(volume::slice(a), mask, 1 << 16, |v| v as usize), 0, range),
        Pixels::I16(a) => {
            let first = i16::MIN as i64;
            values(tally(volume::slice(a), mask, 1 << 16, |v| (v as i64 - first) as usize), first, range)
        }
        Pixels::U32(a) => wide(volume::slice(a), mask, nbins, range, |v| v as i64),
        Pixels::I32(a) => wide(volume::slice(a), mask, nbins, range, |v| v as i64),
        Pixels::F32(a) => {
            let pixels = volume::slice(a);
            let edges = match (range, mask) {
                (SourceRange::Dtype, _) => dtype_edges(nbins),
                (SourceRange::Image, None) => {
                    let (lo, hi) = finite_extent(pixels);
                    image_edges(lo, hi, nbins)
                }
                (SourceRange::Image, Some(_)) => {
                    let (lo, hi) = extent(pixels, mask, f32::INFINITY, f32::NEG_INFINITY, f32::is_finite);
                    image_edges(lo, hi, nbins)
                }
            };
            let bins = Bins::new(&edges);
            let counts = match mask {
                None => tally_floats(pixels, &bins),
                Some(_) => tally(pixels, mask, nbins, |v| bins.of(v as f64)),
            };
            Histogram { counts, centers: centers(&edges) }
        }
    }
}

/// The histogram of an image that comes in parts: all parts once, and once more where the image gives the edges of its bins.
pub struct Counter {
    dtype: Dtype,
    nbins: usize,
    range: SourceRange,
    state: Counting,
}

enum Counting {
    /// Smallest and largest value; the first above the second where there is none.
    Extent(f64, f64),
    /// A bin for each whole number from `first` on.
    Values { first: i64, counts: Vec<u64> },
    /// Bins between edges.
    Edges { edges: Vec<f64>, counts: Vec<u64> },
}

impl Counter {
    pub fn new(dtype: Dtype, nbins: usize, range: SourceRange) -> Counter {
        let nbins = nbins.max(1);
        let state = match dtype {
            Dtype::U8 => Counting::Values { first: 0, counts: vec![0; 1 << 8] },
            Dtype::U16 => Counting::Values { first: 0, counts: vec![0; 1 << 16] },
            Dtype::I16 => Counting::Values { first: i16::MIN as i64, counts: vec![0; 1 << 16] },
            Dtype::F32 if range == SourceRange::Dtype => {
                Counting::Edges { edges: dtype_edges(nbins), counts: vec![0; nbins] }
            }
            dtype if range == SourceRange::Dtype => {
                let (low, high) = dtype.range();
                Counting::Edges { edges: edges_f64(low, high, nbins), counts: vec![0; nbins] }
            }
            _ => Counting::Extent(f64::INFINITY, f64::NEG_INFINITY),
        };
        Counter { dtype, nbins, range, state }
    }

    pub fn see(&mut self, image: &Volume, mask: Option<&[u8]>) {
        let add = |counts: &mut [u64], more: Vec<u64>| {
            counts.iter_mut().zip(more).for_each(|(sum, n)| *sum += n);
        };
        match &mut self.state {
            Counting::Extent(low, high) => {
                let (least, most) = match image.pixels() {
                    Pixels::F32(a) => {
                        let pixels = volume::slice(a);
                        let (low, high) = match mask {
                            None => finite_extent(pixels),
                            Some(_) => extent(pixels, mask, f32::INFINITY, f32::NEG_INFINITY, f32::is_finite),
                        };
                        (low as f64, high as f64)
                    }
                    other => each_dtype!(other, |pixels| whole_extent(pixels, mask)),
                };
                (*low, *high) = (low.min(least), high.max(most));
            }
            Counting::Values { first, counts } => {
                let (first, n) = (*first, counts.len());
                let more = match image.pixels() {
                    Pixels::U8(a) => tally(volume::slice(a), mask, n, |v| v as usize),
                    Pixels::U16(a) => tally(volume::slice(a), mask, n, |v| v as usize),
                    Pixels::I16(a) => tally(volume::slice(a), mask, n, |v| (v as i64 - first) as usize),
                    Pixels::U32(a) => tally(volume::slice(a), mask, n, |v| (v as i64 - first) as usize),
                    Pixels::I32(a) => tally(volume::slice(a), mask, n, |v| (v as i64 - first) as usize),
                    Pixels::F32(_) => Vec::new(),
                };
                add(counts, more);
            }
            Counting::Edges { edges, counts } => {
                let (bins, n) = (Bins::new(edges), counts.len());
                let more = match image.pixels() {
                    Pixels::F32(a) if mask.is_none() => tally_floats(volume::slice(a), &bins),
                    other => each_dtype!(other, |p| tally(p, mask, n, |v| bins.of(v.to_f64()))),
                };
                add(counts, more);
            }
        }
    }

    /// Whether all parts have to be seen once more.
    pub fn again(&mut self) -> bool {
        let Counting::Extent(low, high) = self.state else { return false };
        let (dtype, nbins) = (self.dtype, self.nbins);
        if dtype == Dtype::F32 {
            let edges = image_edges(low as f32, high as f32, nbins);
            self.state = Counting::Edges { edges, counts: vec![0; nbins] };
            return true;
        }
        let (low, high) = if low <= high { (low, high) } else { (0.0, 0.0) };
        let span = (high - low) as usize + 1;
        self.state = if span <= MAX_VALUES {
            Counting::Values { first: low as i64, counts: vec![0; span] }
        } else {
            Counting::Edges { edges: edges_f64(low, high, nbins), counts: vec![0; nbins] }
        };
        true
    }

    /// [`Counter::finish`] of one that is counted anew from here on.
    pub fn take(&mut self) -> Histogram {
        let anew = Counter::new(self.dtype, self.nbins, self.range);
        std::mem::replace(self, anew).finish()
    }

    pub fn finish(self) -> Histogram {
        match self.state {
            Counting::Values { first, counts } => {
                // The bins of 32-bit integers begin and end with a value.
                let range = if self.dtype.size() < 4 { self.range } else { SourceRange::Dtype };
                values(counts, first, range)
            }
            Counting::Edges { edges, counts } if self.dtype == Dtype::F32 => {
                Histogram { counts, centers: centers(&edges) }
            }
            Counting::Edges { edges, counts } => {
                let centers = edges.windows(2).map(|e| (e[0] + e[1]) / 2.0).collect();
                Histogram { counts, centers }
            }
            Counting::Extent(..) => Histogram { counts: vec![0; self.nbins], centers: vec![0.0; self.nbins] },
        }
    }
}

/// Smallest and largest of whole numbers; the first above the second where there is none.
fn whole_extent<T: Element + PartialOrd>(pixels: &[T], mask: Option<&[u8]>) -> (f64, f64) {
    let all = (T::from_f64(f64::MAX), T::from_f64(f64::MIN));
    let (low, high) = extent(pixels, mask, all.0, all.1, |_| true);
    if low <= high { (low.to_f64(), high.to_f64()) } else { (f64::INFINITY, f64::NEG_INFINITY) }
}

/// One bin for each value; where the image gives the range, without the empty bins at both ends.
fn values(mut counts: Vec<u64>, mut first: i64, range: SourceRange) -> Histogram {
    if range == SourceRange::Image {
        let used = counts.iter().position(|&n| n > 0).zip(counts.iter().rposition(|&n| n > 0));
        let (lo, hi) = used.unwrap_or(((-first).max(0) as usize, (-first).max(0) as usize));
        first += lo as i64;
        counts.truncate(hi + 1);
        counts.drain(..lo);
    }
    let centers = (0..counts.len()).map(|i| (first + i as i64) as f64).collect();
    Histogram { counts, centers }
}

fn wide<T: Element + Ord>(
    pixels: &[T],
    mask: Option<&[u8]>,
    nbins: usize,
    range: SourceRange,
    whole: impl Fn(T) -> i64 + Sync,
) -> Histogram {
    let (lo, hi) = match range {
        SourceRange::Dtype => T::DTYPE.range(),
        SourceRange::Image => {
            let (lo, hi) = whole_extent(pixels, mask);
            if lo <= hi { (lo, hi) } else { (0.0, 0.0) }
        }
    };
    let span = (hi - lo) as usize + 1;
    if span <= MAX_VALUES {
        let first = lo as i64;
        return values(tally(pixels, mask, span, |v| (whole(v) - first) as usize), first, SourceRange::Dtype);
    }
    let edges = edges_f64(lo, hi, nbins);
    let centers = edges.windows(2).map(|e| (e[0] + e[1]) / 2.0).collect();
    let bins = Bins::new(&edges);
    Histogram { counts: tally(pixels, mask, nbins, |v| bins.of(v.to_f64())), centers }
}

/// Ascending edges of neighbouring bins, at about equal distances.
pub struct Bins<'a> {
    edges: &'a [f64],
    first: f64,
    last: f64,
    bins_per_unit: f64,
}

impl<'a> Bins<'a> {
    /// At least two edges.
    pub fn new(edges: &'a [f64]) -> Bins<'a> {
        let n = edges.len() - 1;
        let (first, last) = (edges[0], edges[n]);
        Bins { edges, first, last, bins_per_unit: n as f64 / (last - first) }
    }

    /// The largest i with edge i ≤ value; the number of bins for a value that is in none.
    #[inline(always)]
    pub fn of(&self, value: f64) -> usize {
        let n = self.edges.len() - 1;
        if !(value >= self.first && value <= self.last) {
            return n;
        }
        // Arithmetic gives the bin within rounding, the edges decide.
        let mut bin = (((value - self.first) * self.bins_per_unit) as usize).min(n - 1);
        while bin > 0 && value < self.edges[bin] {
            bin -= 1;
        }
        while bin + 1 < n && value >= self.edges[bin + 1] {
            bin += 1;
        }
        bin
    }
}

/// Bins of floats from arithmetic, where it is sure.
struct Guess {
    first: f32,
    last: f32,
    bins_per_unit: f32,
    /// How far from the edge of a bin, in bins, the arithmetic may be off.
    error: f32,
    bins: f32,
    /// True where bin 0 has a width, so that the least value, which often has many pixels, is surely in it.
    first_is_alone: bool,
}

impl Guess {
    fn new(bins: &Bins) -> Guess {
        let n = (bins.edges.len() - 1) as f32;
        let (first, last) = (bins.first as f32, bins.last as f32);
        let bins_per_unit = n / (last - first);
        // Of the edges: their own rounding, twice over; of the value: its distance from the first, and the product.
        let error = f32::EPSILON * (8.0 * n + 4.0 * first.abs().max(last.abs()) * bins_per_unit);
        Guess { first, last, bins_per_unit, error, bins: n, first_is_alone: bins.edges[1] > bins.first }
    }
}

/// [`tally`] of floats whose edges may be float64, without a mask.
fn tally_floats(pixels: &[f32], bins: &Bins) -> Vec<u64> {
    let guess = Guess::new(bins);
    let row = bins.edges.len();
    let stride = row.max(FEW);
    let tables = if row <= 4096 { TABLES } else { 1 };
    let chunk = pixels.len().div_ceil(rayon::current_num_threads()).clamp(1 << 16, 1 << 30);
    let part = |part: &[f32]| {
        let mut counts = vec![0u32; stride * tables];
        match counts.as_chunks_mut::<FEW>().0.first_chunk_mut::<TABLES>() {
            Some(tables) if stride == FEW => count_in_few(tables, part, bins, &guess),
            _ => count_floats(&mut counts, part, bins, &guess),
        }
        counts
    };
    let parts = threads::collect(pixels.chunks(chunk), part);
    let mut total = sum_of_tables(&parts, stride);
    total.truncate(row - 1);
    total
}

/// The sums of tables of `row` counts, without the last count of each.
fn sum_of_tables(parts: &[Vec<u32>], row: usize) -> Vec<u64> {
    let mut total = vec![0u64; row - 1];
    for counts in parts.iter().flat_map(|counts| counts.chunks(row)) {
        total.iter_mut().zip(counts).for_each(|(sum, &n)| *sum += n as u64);
    }
    total
}

/// Pixels that are looked at together.
const LANES: usize = 16;

/// Floats from here on, up to twice this, are whole numbers: their lowest bits count from 0.
pub const WHOLE: f32 = WHOLE_BITS as f32;
pub const WHOLE_BITS: u32 = 1 << 23;

/// Tables of so many counts need no check of the index, which is cut to its lowest bits.
const FEW: usize = 512;

/// The bin of each pixel of a block; one more than there are for a pixel that is in none.
#[inline(always)]
fn bins_of(block: &[f32; LANES], bins: &Bins<'_>, guess: &Guess) -> [i32; LANES] {
    let bins_in_all = bins.edges.len() as i32 - 1;
    let mut index = [0i32; LANES];
    let mut unsure = [0u32; LANES];
    for i in 0..LANES {
        let v = block[i];
        let inside = (v >= guess.first) & (v <= guess.last);
        let at = (v - guess.first) * guess.bins_per_unit;
        let at = if at < guess.bins { at } else { guess.bins };
        let at = if at > 0.0 { at } else { 0.0 };
        // Of such a sum the lowest bits are the nearest whole number.
        let sum = at + WHOLE;
        let edge = sum - WHOLE;
        let bin = (sum.to_bits() & (WHOLE_BITS - 1)) as i32 - (at < edge) as i32;
        let known = (at - edge).abs() > guess.error;
        let least = (v == guess.first) & guess.first_is_alone;
        // The bin that is none.
        index[i] = if inside { bin } else { bins_in_all };
        unsure[i] = (inside & !known & !least) as u32;
    }
    if unsure.iter().fold(0, |any, n| any | n) != 0 {
        for i in 0..LANES {
            if unsure[i] != 0 {
                index[i] = bins.of(block[i] as f64) as i32;
            }
        }
    }
    index
}

simd! {
    /// Counts into as many tables as there is room for: neighbours often fall into one bin, and a count would wait for the
    /// one before.
    fn count_floats(counts: &mut [u32], pixels: &[f32], bins: &Bins<'_>, guess: &Guess) {
        let row = bins.edges.len();
        let stride = if counts.len() > row { row } else { 0 };
        let (blocks, rest) = pixels.as_chunks::<LANES>();
        for block in blocks {
            let index = bins_of(block, bins, guess);
            for i in 0..LANES {
                counts[(i % TABLES) * stride + index[i] as usize] += 1;
            }
        }
        for v in rest {
            counts[bins.of(*v as f64)] += 1;
        }
    }

    /// [`count_floats`] of at most so many bins.
    fn count_in_few(tables: &mut [[u32; FEW]; TABLES], pixels: &[f32], bins: &Bins<'_>, guess: &Guess) {
        let (blocks, rest) = pixels.as_chunks::<LANES>();
        for block in blocks {
            let index = bins_of(block, bins, guess);
            for i in 0..LANES {
                tables[i % TABLES][index[i] as usize % FEW] += 1;
            }
        }
        for v in rest {
            tables[0][bins.of(*v as f64) % FEW] += 1;
        }
    }

    /// Least and largest finite value of each lane.
    fn finite_extent_of(pixels: &[f32]) -> (f32, f32) {
        let (mut low, mut high) = ([f32::INFINITY; 2 * LANES], [f32::NEG_INFINITY; 2 * LANES]);
        let (blocks, rest) = pixels.as_chunks::<{ 2 * LANES }>();
        for block in blocks {
            for i in 0..2 * LANES {
                let v = block[i];
                let finite = v.abs() <= f32::MAX;
                low[i] = if finite & (v < low[i]) { v } else { low[i] };
                high[i] = if finite & (v > high[i]) { v } else { high[i] };
            }
        }
        for (i, v) in rest.iter().enumerate().filter(|(_, v)| v.is_finite()) {
            low[i] = if *v < low[i] { *v } else { low[i] };
            high[i] = if *v > high[i] { *v } else { high[i] };
        }
        let low = low.into_iter().fold(f32::INFINITY, |a, b| if b < a { b } else { a });
        (low, high.into_iter().fold(f32::NEG_INFINITY, |a, b| if b > a { b } else { a }))
    }
}

/// Smallest and largest finite value; infinity and less where there is none.
fn finite_extent(pixels: &[f32]) -> (f32, f32) {
    let join = |a: (f32, f32), b: (f32, f32)| (a.0.min(b.0), a.1.max(b.1));
    let parts = threads::collect(pixels.chunks(1 << 16), finite_extent_of);
    parts.into_iter().fold((f32::INFINITY, f32::NEG_INFINITY), join)
}

/// Counts the bin of every pixel; a bin of `bins` is not counted.
pub fn tally<T: Copy + Sync>(
    pixels: &[T],
    mask: Option<&[u8]>,
    bins: usize,
    bin: impl Fn(T) -> usize + Sync,
) -> Vec<u64> {
    let chunk = pixels.len().div_ceil(rayon::current_num_threads()).clamp(1 << 16, 1 << 30);
    let row = bins + 1;
    // Neighbours often fall into one bin: rows of their own keep one count from waiting for the other.
    let stride = if row <= 4096 { row } else { 0 };
    let part = |(i, part): (usize, &[T])| {
        let mut counts = vec![0u32; row + 3 * stride];
        match mask {
            Some(mask) => {
                for (&v, _) in part.iter().zip(&mask[i * chunk..]).filter(|(_, m)| **m != 0) {
                    counts[bin(v)] += 1;
                }
            }
            None => {
                let fours = part.chunks_exact(4);
                fours.remainder().iter().for_each(|&v| counts[bin(v)] += 1);
                for four in fours {
                    for lane in 0..4 {
                        counts[lane * stride + bin(four[lane])] += 1;
                    }
                }
            }
        }
        counts
    };
    let parts = threads::collect(pixels.chunks(chunk).enumerate(), part);
    sum_of_tables(&parts, row)
}

/// Smallest and largest of the pixels that `keep` keeps; `(most, least)` where there is none.
fn extent<T: Copy + PartialOrd + Send + Sync>(
    pixels: &[T],
    mask: Option<&[u8]>,
    most: T,
    least: T,
    keep: impl Fn(T) -> bool + Sync,
) -> (T, T) {
    const CHUNK: usize = 1 << 16;
    let join = |a: (T, T), b: (T, T)| (if b.0 < a.0 { b.0 } else { a.0 }, if b.1 > a.1 { b.1 } else { a.1 });
    let part = |(i, part): (usize, &[T])| {
        // Lanes of their own let the loop run in vectors.
        let mut lanes = [(most, least); 16];
        let step = |lane: &mut (T, T), v: T, on: bool| {
            let on = on && keep(v);
            lane.0 = if on && v < lane.0 { v } else { lane.0 };
            lane.1 = if on && v > lane.1 { v } else { lane.1 };
        };
        match mask {
            Some(mask) => {
                part.iter().zip(&mask[i * CHUNK..]).for_each(|(&v, &m)| step(&mut lanes[0], v, m != 0))
            }
            None => {
                for sixteen in part.chunks(16) {
                    lanes.iter_mut().zip(sixteen).for_each(|(lane, &v)| step(lane, v, true));
                }
            }
        }
        lanes.into_iter().fold((most, least), join)
    };
    let parts = threads::collect(pixels.chunks(CHUNK).enumerate(), part);
    parts.into_iter().fold((most, least), join)
}

/// Edges as `numpy.linspace` gives them in float32, over the range that `numpy.histogram` takes; in float64 where the
/// distance from the least to the largest value is no float32.
fn image_edges(lo: f32, hi: f32, nbins: usize) -> Vec<f64> {
    let (lo, hi) = match (lo <= hi, lo == hi) {
        (false, _) => (0.0, 1.0),
        (true, true) => (lo - 0.5, hi + 0.5),
        _ => (lo, hi),
    };
    if (hi - lo).is_infinite() {
        return edges_f64(lo as f64, hi as f64, nbins);
    }
    let step = (hi - lo) / nbins as f32;
    (0..=nbins).map(|i| (if i == nbins { hi } else { i as f32 * step + lo }) as f64).collect()
}

/// Edges of floats that fill the range of their dtype.
fn dtype_edges(nbins: usize) -> Vec<f64> {
    edges_f64(-1.0, 1.0, nbins).into_iter().map(|e| e as f32 as f64).collect()
}

/// The middle between edges of a float image, rounded as these are.
fn centers(edges: &[f64]) -> Vec<f64> {
    let single = ((edges[edges.len() - 1] - edges[0]) as f32).is_finite();
    let center = |e: &[f64]| {
        let sum = e[0] as f32 + e[1] as f32;
        if single && sum.is_finite() { (sum / 2.0) as f64 } else { (e[0] + e[1]) / 2.0 }
    };
    edges.windows(2).map(center).collect()
}

fn edges_f64(lo: f64, hi: f64, nbins: usize) -> Vec<f64> {
    let step = (hi - lo) / nbins as f64;
    (0..=nbins).map(|i| if i == nbins { hi } else { i as f64 * step + lo }).collect()
}

/// The same one pixel at a time, every bin tried.
pub fn reference(image: &Volume, nbins: usize, range: SourceRange, mask: Option<&[u8]>) -> Histogram {
    let nbins = nbins.max(1);
    let mut pixels = image.f64s();
    if let Some(mask) = mask {
        pixels = pixels.into_iter().zip(mask).filter(|(_, m)| **m != 0).map(|(v, _)| v).collect();
    }
    pixels.retain(|v| v.is_finite());
    let float = image.dtype() == Dtype::F32;
    let (mut lo, mut hi) = match range {
        SourceRange::Dtype if float => (-1.0, 1.0),
        SourceRange::Dtype => image.dtype().range(),
        SourceRange::Image if pixels.is_empty() => (0.0, float as u8 as f64),
        SourceRange::Image => {
            (pixels.iter().copied().fold(f64::MAX, f64::min), pixels.iter().copied().fold(f64::MIN, f64::max))
        }
    };
    if !float && hi - lo < MAX_VALUES as f64 {
        let mut counts = vec![0; (hi - lo) as usize + 1];
        pixels.iter().for_each(|v| counts[(v - lo) as usize] += 1);
        let centers = (0..counts.len()).map(|i| lo + i as f64).collect();
        return Histogram { counts, centers };
    }
    let rounds = float && ((hi - lo) as f32).is_finite();
    let single = |x: f64| if rounds { x as f32 as f64 } else { x };
    if lo == hi {
        (lo, hi) = (single(lo - 0.5), single(hi + 0.5));
    }
    let step = single(single(hi - lo) / nbins as f64);
    let edge = |i: usize| match range {
        _ if i == nbins => hi,
        SourceRange::Image => single(single(i as f64 * step) + lo),
        // numpy makes these in float64.
        SourceRange::Dtype => single(i as f64 * ((hi - lo) / nbins as f64) + lo),
    };
    let edges: Vec<f64> = (0..=nbins).map(edge).collect();
    let mut counts = vec![0; nbins];
    for v in pixels.into_iter().filter(|v| (edges[0]..=edges[nbins]).contains(v)) {
        if let Some(bin) = (0..nbins).rev().find(|&i| edges[i] <= v) {
            counts[bin] += 1;
        }
    }
    let center = |e: &[f64]| match single(e[0] + e[1]) {
        sum if sum.is_finite() => single(sum / 2.0),
        _ => (e[0] + e[1]) / 2.0,
    };
    Histogram { counts, centers: edges.windows(2).map(center).collect() }
}

/// A histogram on the device. Images of whole numbers have a bin for every value of the dtype, empty or not.
#[derive(Clone, Copy, Debug)]
pub struct DeviceHistogram {
    /// u32 for each bin.
    pub counts: Buffer,
    /// Middle of each bin, f32.
    pub centers: Buffer,
    /// Order keys of the smallest and the largest value that the bins of floats span.
    pub extent: Option<Buffer>,
    pub bins: usize,
    /// True where each value has its own bin, so that bin i is of value `first` + i.
    pub values: bool,
    pub first: f32,
}

#[repr(C)]
#[derive(Clone, Copy, Default, Pod, Zeroable)]
struct Params {
    len: u32,
    bins: u32,
    /// Counts are spread over so many tables.
    tables: u32,
    masked: u32,
    values: u32,
    first: f32,
    /// Keeps products from being fused with sums: the shader cannot know that it is 0.
    zero: u32,
    padding: u32,
}

/// Bins that fit into workgroup memory, as in the shader.
const SHARED_BINS: usize = 1024;
/// Tables that wider histograms are spread over.
const TABLES: usize = 8;

/// Records the histogram of an image, or of its pixels where a mask (u32) is not 0.
pub fn record_histogram(
    recorder: &mut Recorder,
    image: &DeviceVolume,
    nbins: usize,
    range: SourceRange,
    mask: Option<Buffer>,
) -> Result<DeviceHistogram, Error> {
    fits(&image.meta)?;
    let (values, first, bins) = match image.meta.dtype {
        Dtype::U8 => (true, 0.0, 1 << 8),
        Dtype::U16 => (true, 0.0, 1 << 16),
        Dtype::I16 => (true, i16::MIN as f32, 1 << 16),
        Dtype::F32 | Dtype::U32 | Dtype::I32 => (false, 0.0, nbins.max(1)),
    };
    let pixels = image.buffer;
    let mut params = Params {
        len: pixels.len as u32,
        bins: bins as u32,
        tables: if bins > SHARED_BINS { TABLES as u32 } else { 1 },
        masked: mask.is_some() as u32,
        values: values as u32,
        first,
        ..Params::default()
    };
    // Without a mask the binding is the image: it is not read.
    let mask = mask.unwrap_or(pixels);
    let groups = (pixels.len / (256 * 32)).clamp(1, 2048);
    let centers = recorder.buffer(bins);
    let mut found = None;
    let edges = match range {
        _ if values => pixels,
        SourceRange::Dtype => {
            let edges: Vec<f32> = dtype_edges(bins).into_iter().map(|e| e as f32).collect();
            recorder.constant(&edges)
        }
        SourceRange::Image => {
            let extent = recorder.constant(&[u32::MAX, 0]);
            let edges = recorder.buffer(bins + 1);
            recorder
                .pass(&HISTOGRAM)
                .entry("find_extent")
                .uniform(&params)
                .bind(&[pixels, mask, extent])
                .groups(groups)?;
            recorder
                .pass(&HISTOGRAM)
                .entry("place_edges")
                .uniform(&params)
                .bind(&[extent, edges])
                .over(bins + 1)?;
            found = Some(extent);
            edges
        }
    };
    recorder.pass(&HISTOGRAM).entry("find_centers").uniform(&params).bind(&[edges, centers]).over(bins)?;
    let counts = recorder.zeros(bins * params.tables as usize);
    recorder
        .pass(&HISTOGRAM)
        .entry("count")
        .uniform(&params)
        .bind(&[pixels, mask, edges, counts])
        .groups(groups)?;
    let counts = if params.tables == 1 {
        counts
    } else {
        params.len = bins as u32;
        let sums = recorder.buffer(bins);
        recorder.pass(&HISTOGRAM).entry("sum_tables").uniform(&params).bind(&[counts, sums]).over(bins)?;
        sums
    };
    Ok(DeviceHistogram { counts, centers, extent: found, bins, values, first })
}

/// The histogram from the bytes of `counts` and, where there is one, of `extent`; empty bins at both ends left out as on
/// the host.
pub fn read_back(meta: &VolumeMeta, counts: &[u8], extent: Option<&[u8]>, range: SourceRange) -> Histogram {
    let counts: Vec<u64> = words(counts).into_iter().map(u64::from).collect();
    match meta.dtype {
        Dtype::F32 => {
            let found = extent.map(words).unwrap_or_default();
            let edges = match found[..] {
                [lo, hi] if lo <= hi => image_edges(from_order_key(lo), from_order_key(hi), counts.len()),
                [_, _] => image_edges(f32::INFINITY, f32::NEG_INFINITY, counts.len()),
                _ => dtype_edges(counts.len()),
            };
            Histogram { counts, centers: centers(&edges) }
        }
        dtype => values(counts, dtype.range().0 as i64, range),
    }
}

/// Arguments of [`record_histogram`].
pub fn fits(meta: &VolumeMeta) -> Result<(), Error> {
    match meta.dtype {
        Dtype::U32 | Dtype::I32 => {
            Err(Error::new(Code::Unavailable, "histograms of 32-bit integers are made there")
                .value(meta.dtype))
        }
        _ => Ok(()),
    }
}

/// The float of an order key of `shared/float.wgsl`.
fn from_order_key(key: u32) -> f32 {
    f32::from_bits(if key >> 31 == 1 { key & !(1 << 31) } else { !key })
}
