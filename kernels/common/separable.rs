//! Correlation one axis at a time, with an odd number of weights.

use crate::common::fresh::{Tile, fresh, share, tiles};
use crate::common::rows::Extended;
use crate::simd;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::{Buffer, Edge, Element, Error, Recorder};
use rotifer_shaders::filters::SEPARABLE;
use std::ops::{Add, Mul, Sub};

/// Weights along z, y, x; an empty list leaves the axis as it is.
pub type Weights<A = f32> = [Vec<A>; 3];

/// The numbers that sums are made of.
pub trait Sum:
    Copy + Default + Send + Sync + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + 'static
{
    /// Sums that stay in registers over all taps.
    type Block: Copy + AsRef<[Self]> + AsMut<[Self]>;
    const ONE: Self;
    const LANES: usize;

    fn block(value: Self) -> Self::Block;
    fn of<T: Element>(pixel: T) -> Self;
    fn from_f64(value: f64) -> Self;
    fn to_f32(self) -> f32;
}

impl Sum for f32 {
    type Block = [f32; 64];
    const ONE: f32 = 1.0;
    const LANES: usize = 64;

    #[inline(always)]
    fn block(value: f32) -> [f32; 64] {
        [value; 64]
    }

    #[inline(always)]
    fn of<T: Element>(pixel: T) -> f32 {
        pixel.to_f32()
    }

    fn from_f64(value: f64) -> f32 {
        value as f32
    }

    #[inline(always)]
    fn to_f32(self) -> f32 {
        self
    }
}

impl Sum for f64 {
    type Block = [f64; 32];
    const ONE: f64 = 1.0;
    const LANES: usize = 32;

    #[inline(always)]
    fn block(value: f64) -> [f64; 32] {
        [value; 32]
    }

    #[inline(always)]
    fn of<T: Element>(pixel: T) -> f64 {
        pixel.to_f64()
    }

    fn from_f64(value: f64) -> f64 {
        value
    }

    #[inline(always)]
    fn to_f32(self) -> f32 {
        self as f32
    }
}

/// Correlates an image along each axis that has weights. All passes of a few rows run while these are in cache.
pub fn correlate<T: Element>(image: Extended<T>, weights: &Weights) -> Vec<f32> {
    correlate_tiles(&image, &[weights])
}

/// The difference of two correlations of an image, in one go: in float64, since it loses the digits that both have in common.
pub fn correlate_difference<T: Element>(
    image: Extended<T>,
    plus: &Weights<f64>,
    minus: &Weights<f64>,
) -> Vec<f32> {
    correlate_tiles(&image, &[plus, minus])
}

/// Rows that are computed together: what they read stays in the first cache.
const ROWS: usize = 8;
/// Bytes of rows that stay in the second cache.
const CACHE: usize = 384 << 10;

/// The correlation by the first weights, less that by the second where there are two.
///
/// Rows of the image come into a ring as numbers of the sums, those beyond the border too, correlated along z if there are weights; from
/// there along y, and then along x. Rows of the ring begin at different places of a page, so that they do not push each
/// other out of the cache as rows of an image of 2^n pixels do.
fn correlate_tiles<T: Element, A: Sum>(image: &Extended<T>, filters: &[&Weights<A>]) -> Vec<f32> {
    let lanes = A::LANES;
    let [nz, ny, nx] = image.shape;
    if image.pixels.is_empty() {
        return Vec::new();
    }
    let longest = |axis: usize| filters.iter().map(|w| w[axis].len() / 2).max().unwrap_or(0);
    let [ry, rx] = [longest(1), longest(2)];
    let solid = filters.iter().any(|w| !w[0].is_empty());
    // Without weights along z all filters read the same rows.
    let rings = if solid { filters.len() } else { 1 };
    let held = 2 * ry + ROWS;
    let wide = (CACHE / (size_of::<A>() * rings * held))
        .saturating_sub(2 * rx)
        .max(512)
        .max(4 * rx)
        .next_multiple_of(lanes);
    let wide = nx.div_ceil(nx.div_ceil(wide).max(1)).next_multiple_of(lanes);
    let bands = (4 * rayon::current_num_threads()).div_ceil((nz * nx.div_ceil(wide)).max(1));
    let high = ny.div_ceil(bands).max(if solid { 4 * ry } else { ry }).max(32);
    let one = [A::ONE];
    fresh(nz * ny * nx, |out| {
        share(tiles(out, image.shape, [high, wide]), Scratch::<A>::default, |scratch, tile| {
            let Tile { plane, top, left, width, mut rows } = tile;
            let padded = width + 2 * rx;
            let stride = padded.next_multiple_of(16) + 16;
            scratch.ring.resize(rings * held * stride, A::default());
            scratch.middle.resize(ROWS * stride, A::default());
            scratch.sums.resize(ROWS * width, A::default());
            let slot = |filter: usize, row: usize| (filter * held + row % held) * stride;
            let mut ready = 0;
            for first in (0..rows.len()).step_by(ROWS) {
                let count = ROWS.min(rows.len() - first);
                for row in ready..first + count + 2 * ry {
                    let y = (top + row) as isize - ry as isize;
                    for (filter, weights) in filters.iter().enumerate().take(rings) {
                        let line = &mut scratch.ring[slot(filter, row)..][..padded];
                        load(image, [plane as isize, y], left as isize - rx as isize, &weights[0], line);
                    }
                }
                ready = first + count + 2 * ry;
                for (filter, weights) in filters.iter().enumerate() {
                    let along =
                        |axis: usize| if weights[axis].is_empty() { &one[..] } else { &weights[axis][..] };
                    let (along_y, along_x) = (along(1), along(2));
                    let (before, beside) = (ry - along_y.len() / 2, rx - along_x.len() / 2);
                    let used = padded - 2 * beside;
                    // Columns of which all rows that are read stay in the first cache.
                    let columns = (24576 / size_of::<A>() / (along_y.len() + ROWS) / lanes).max(1) * lanes;
                    for x in (0..used).step_by(columns) {
                        // The last columns overlap those before, so that all are whole.
                        let x = if used >= columns { x.min(used - columns) } else { x };
                        let end = (x + columns).min(used);
                        for row in 0..count {
                            scratch.starts.clear();
                            let from = first + row + before;
                            let taps = (from..from + along_y.len()).map(|row| slot(filter % rings, row));
                            scratch.starts.extend(taps);
                            let line = &mut scratch.middle[row * stride..][x..end];
                            sum_rows(line, &scratch.ring[beside + x..], &scratch.starts, along_y);
                        }
                    }
                    for row in 0..count {
                        let line = &scratch.middle[row * stride..][..used];
                        let sums = &mut scratch.sums[row * width..][..width];
                        if filter + 1 < filters.len() {
                            correlate_row(sums, line, along_x);
                        } else if filter == 0 {
                            finish_row(rows[first + row].row(width), line, along_x);
                        } else {
                            finish_difference(rows[first + row].row(width), sums, line, along_x);
                        }
                    }
                }
            }
        });
    })
}

#[derive(Default)]
struct Scratch<A> {
    ring: Vec<A>,
    middle: Vec<A>,
    sums: Vec<A>,
    starts: Vec<usize>,
}

/// Pixels of the row at z, y from column `left` on, correlated along z. All may lie beyond the border.
fn load<T: Element, A: Sum>(
    image: &Extended<T>,
    [z, y]: [isize; 2],
    left: isize,
    weights: &[A],
    line: &mut [A],
) {
    let [nz, ny, nx] = image.shape;
    let constant = A::from_f64(image.constant);
    let Some(y) = image.edge.index(y, ny) else { return line.fill(constant) };
    let from = left.max(0) as usize;
    let to = ((left + line.len() as isize).max(0) as usize).min(nx).max(from);
    let skip = (from as isize - left) as usize;
    let inner = skip..skip + to - from;
    let (mut bias, mut starts, mut used) = (A::default(), Vec::new(), Vec::new());
    if weights.is_empty() {
        starts.push((z as usize * ny + y) * nx);
        convert(&mut line[inner.clone()], &image.pixels[starts[0] + from..starts[0] + to]);
    } else {
        let taps = weights.iter().zip(z - weights.len() as isize / 2..);
        for (w, z) in taps {
            match image.edge.index(z, nz) {
                Some(z) => {
                    starts.push((z * ny + y) * nx);
                    used.push(*w);
                }
                None => bias = bias + *w * constant,
            }
        }
        let pixels = &image.pixels[from.min(image.pixels.len())..];
        sum_pixels(&mut line[inner.clone()], pixels, &starts, &used, bias);
    }
    let at = |x: usize| match weights.is_empty() {
        true => A::of(image.pixels[starts[0] + x]),
        false => starts.iter().zip(&used).fold(bias, |sum, (s, w)| sum + *w * A::of(image.pixels[s + x])),
    };
    for i in (0..inner.start).chain(inner.end..line.len()) {
        line[i] = image.edge.index(left + i as isize, nx).map_or(constant, at);
    }
}

/// The weighted sums at pixels from x on, of rows that begin at these places.
#[inline(always)]
fn block_of<T: Copy, A: Sum>(
    x: usize,
    rows: &[T],
    starts: impl Iterator<Item = usize>,
    weights: &[A],
    bias: A,
    number: impl Fn(T) -> A,
) -> A::Block {
    let mut block = A::block(bias);
    for (start, &w) in starts.zip(weights) {
        let row = &rows[start + x..start + x + A::LANES];
        for (sum, v) in block.as_mut().iter_mut().zip(row) {
            *sum = *sum + w * number(*v);
        }
    }
    block
}

/// Gives each part of `out` the sums at its pixels, and the place of the first. The last parts overlap those before, so that all
/// are whole, but where `out` is too short.
#[inline(always)]
fn sums<T: Copy, A: Sum, O, S: Iterator<Item = usize>>(
    out: &mut [O],
    rows: &[T],
    starts: impl Fn() -> S,
    weights: &[A],
    bias: A,
    number: impl Fn(T) -> A,
    put: impl Fn(&mut [O], usize, &[A]),
) {
    let n = out.len();
    let mut x = 0;
    while n >= A::LANES && x < n {
        x = x.min(n - A::LANES);
        let sums = block_of(x, rows, starts(), weights, bias, &number);
        put(&mut out[x..x + A::LANES], x, sums.as_ref());
        x += A::LANES;
    }
    for x in x..n {
        let sum = starts().zip(weights).fold(bias, |sum, (start, w)| sum + *w * number(rows[start + x]));
        put(&mut out[x..x + 1], x, &[sum]);
    }
}

simd! {
    fn convert<T: Element, A: Sum>(out: &mut [A], pixels: &[T]) {
        for (o, v) in out.iter_mut().zip(pixels) {
            *o = A::of(*v);
        }
    }

    /// Sums of weighted rows.
    fn sum_rows<A: Sum>(out: &mut [A], rows: &[A], starts: &[usize], weights: &[A]) {
        let starts = || starts.iter().copied();
        sums(out, rows, starts, weights, A::default(), |v| v, |out, _, sum| out.copy_from_slice(sum));
    }

    /// Sums of weighted rows of an image.
    fn sum_pixels<T: Element, A: Sum>(out: &mut [A], rows: &[T], starts: &[usize], weights: &[A], bias: A) {
        let starts = || starts.iter().copied();
        sums(out, rows, starts, weights, bias, A::of, |out, _, sum| out.copy_from_slice(sum));
    }

    fn correlate_row<A: Sum>(out: &mut [A], padded: &[A], weights: &[A]) {
        sums(out, padded, || 0.., weights, A::default(), |v| v, |out, _, sum| out.copy_from_slice(sum));
    }

    fn finish_row<A: Sum>(out: &mut [f32], padded: &[A], weights: &[A]) {
        let put = |out: &mut [f32], _: usize, sum: &[A]| {
            out.iter_mut().zip(sum).for_each(|(o, sum)| *o = sum.to_f32());
        };
        sums(out, padded, || 0.., weights, A::default(), |v| v, put);
    }

    /// These sums less those of the row.
    fn finish_difference<A: Sum>(out: &mut [f32], from: &[A], padded: &[A], weights: &[A]) {
        let put = |out: &mut [f32], x: usize, sum: &[A]| {
            let pairs = from[x..x + sum.len()].iter().zip(sum);
            out.iter_mut().zip(pairs).for_each(|(o, (from, sum))| *o = (*from - *sum).to_f32());
        };
        sums(out, padded, || 0.., weights, A::default(), |v| v, put);
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    shape: [u32; 3],
    axis: u32,
    radius: u32,
    edge: u32,
    constant: f32,
    padding: u32,
}

/// Records [`correlate`]: one pass for each axis that has weights.
pub fn record_correlate(
    recorder: &mut Recorder,
    input: Buffer,
    shape: [usize; 3],
    weights: &Weights,
    edge: Edge,
    constant: f32,
) -> Result<Buffer, Error> {
    let mut image = input;
    for axis in (0..3).filter(|&a| !weights[a].is_empty()) {
        let taps = recorder.constant(&weights[axis]);
        let output = recorder.buffer(input.len);
        let params = Params {
            shape: shape.map(|n| n as u32),
            axis: axis as u32,
            radius: (weights[axis].len() / 2) as u32,
            edge: edge.code(),
            constant,
            padding: 0,
        };
        recorder.pass(&SEPARABLE).uniform(&params).bind(&[image, taps, output]).over(input.len)?;
        image = output;
    }
    Ok(image)
}
