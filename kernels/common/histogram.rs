//! Counts of pixels over bins, as `skimage.exposure.histogram` and `numpy.histogram` place them.
//!
//! Images of whole numbers have one bin for each value. Float images, and 32-bit images whose values span more than
//! [`MAX_VALUES`], have bins of equal width: bin i holds edge i ≤ value < edge i + 1, the last one its upper edge too.
//! Values that are not finite are not counted.

use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;
use rotifer_registry::*;
use rotifer_shaders::exposure::HISTOGRAM;

/// Most values that 32-bit images get a bin each for.
pub const MAX_VALUES: usize = 1 << 16;

choice! {
    /// What the bins cover.
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
            let edges = match range {
                SourceRange::Dtype => edges_f64(-1.0, 1.0, nbins).into_iter().map(|e| e as f32).collect(),
                SourceRange::Image => {
                    let (lo, hi) = extent(pixels, mask, f32::INFINITY, f32::NEG_INFINITY, f32::is_finite);
                    edges_f32(lo, hi, nbins)
                }
            };
            let centers = edges.windows(2).map(|e| ((e[0] + e[1]) / 2.0) as f64).collect();
            let edges: Vec<f64> = edges.into_iter().map(f64::from).collect();
            let bins = Bins::new(&edges);
            Histogram { counts: tally(pixels, mask, nbins, |v| bins.of(v as f64)), centers }
        }
    }
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
            let all = (T::from_f64(f64::MAX), T::from_f64(f64::MIN));
            let (lo, hi) = extent(pixels, mask, all.0, all.1, |_| true);
            if lo <= hi { (lo.to_f64(), hi.to_f64()) } else { (0.0, 0.0) }
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
    let parts: Vec<Vec<u32>> = pixels.par_chunks(chunk).enumerate().map(part).collect();
    let mut total = vec![0u64; bins];
    for counts in &parts {
        for counts in counts.chunks(row) {
            total.iter_mut().zip(counts).for_each(|(sum, &n)| *sum += n as u64);
        }
    }
    total
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
    pixels.par_chunks(CHUNK).enumerate().map(part).reduce(|| (most, least), join)
}

/// Edges as `numpy.linspace` gives them in float32, over the range that `numpy.histogram` takes.
fn edges_f32(lo: f32, hi: f32, nbins: usize) -> Vec<f32> {
    let (lo, hi) = match (lo <= hi, lo == hi) {
        (false, _) => (0.0, 1.0),
        (true, true) => (lo - 0.5, hi + 0.5),
        _ => (lo, hi),
    };
    let n = nbins as f32;
    let step = if (hi - lo).is_finite() { (hi - lo) / n } else { hi / n - lo / n };
    (0..=nbins).map(|i| if i == nbins { hi } else { i as f32 * step + lo }).collect()
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
    let single = |x: f64| if float { x as f32 as f64 } else { x };
    if lo == hi {
        (lo, hi) = (single(lo - 0.5), single(hi + 0.5));
    }
    let edges: Vec<f64> = match (range, float) {
        (SourceRange::Image, true) => {
            edges_f32(lo as f32, hi as f32, nbins).into_iter().map(f64::from).collect()
        }
        _ => edges_f64(lo, hi, nbins).into_iter().map(single).collect(),
    };
    let mut counts = vec![0; nbins];
    for v in pixels.into_iter().filter(|v| (edges[0]..=edges[nbins]).contains(v)) {
        if let Some(bin) = (0..nbins).rev().find(|&i| edges[i] <= v) {
            counts[bin] += 1;
        }
    }
    let centers = edges.windows(2).map(|e| single(single(e[0] + e[1]) / 2.0)).collect();
    Histogram { counts, centers }
}

/// A histogram on the device. Images of whole numbers have a bin for every value of the dtype, empty or not.
#[derive(Clone, Copy, Debug)]
pub struct DeviceHistogram {
    /// u32 for each bin.
    pub counts: Buffer,
    /// Middle of each bin, f32.
    pub centers: Buffer,
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
    let (values, first, bins) = match image.meta.dtype {
        Dtype::U8 => (true, 0.0, 1 << 8),
        Dtype::U16 => (true, 0.0, 1 << 16),
        Dtype::I16 => (true, i16::MIN as f32, 1 << 16),
        Dtype::F32 => (false, 0.0, nbins.max(1)),
        other => {
            return Err(Error::new(Code::Unavailable, "histograms of 32-bit integers are made on the host")
                .value(other));
        }
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
    let edges = match range {
        _ if values => pixels,
        SourceRange::Dtype => {
            let edges: Vec<f32> = edges_f64(-1.0, 1.0, bins).into_iter().map(|e| e as f32).collect();
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
    Ok(DeviceHistogram { counts, centers, bins, values, first })
}

/// The histogram from the bytes of `counts` and `centers`, empty bins at both ends left out as on the host.
pub fn read_back(meta: &VolumeMeta, counts: &[u8], centers: &[u8], range: SourceRange) -> Histogram {
    let words = |bytes: &[u8]| -> Vec<[u8; 4]> { bytes.as_chunks().0.to_vec() };
    let counts: Vec<u64> = words(counts).into_iter().map(|w| u32::from_ne_bytes(w) as u64).collect();
    let centers: Vec<f64> = words(centers).into_iter().map(|w| f32::from_ne_bytes(w) as f64).collect();
    match meta.dtype {
        Dtype::F32 => Histogram { counts, centers },
        _ => values(counts, centers.first().map_or(0, |&c| c as i64), range),
    }
}
