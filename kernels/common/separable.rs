//! Correlation one axis at a time, with an odd number of weights.

use crate::common::fresh::{Tile, fresh, tiles};
use crate::common::rows::Extended;
use crate::common::threads::share;
use crate::{simd, wide_simd};
use bytemuck::{Pod, Zeroable};
use rotifer_registry::{Buffer, Edge, Element, Error, Recorder};
use rotifer_shaders::filters::SEPARABLE;
use std::ops::{Add, Mul, Sub};

/// Weights along z, y, x; an empty list leaves the axis as it is.
pub type Weights<A = f32> = [Vec<A>; 3];

/// The numbers that sums are made of.
pub trait Sum:
    Copy
    + Default
    + PartialEq
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + 'static
{
    /// Sums that stay in registers over all taps.
    type Block: Copy + AsRef<[Self]> + AsMut<[Self]>;
    const ONE: Self;
    const LANES: usize;
    /// Whether the sum of two pixels is a number: of float32 it may be beyond its range.
    const PAIRS: bool;

    fn block(value: Self) -> Self::Block;
    fn of<T: Element>(pixel: T) -> Self;
    fn from_f64(value: f64) -> Self;
    fn to_f32(self) -> f32;
}

macro_rules! sum {
    ($($t:ty: $lanes:literal lanes, pairs: $pairs:literal, $of:ident);*) => {$(
        impl Sum for $t {
            type Block = [$t; $lanes];
            const ONE: $t = 1.0;
            const LANES: usize = $lanes;
            const PAIRS: bool = $pairs;

            #[inline(always)]
            fn block(value: $t) -> [$t; $lanes] {
                [value; $lanes]
            }

            #[inline(always)]
            fn of<T: Element>(pixel: T) -> $t {
                pixel.$of()
            }

            fn from_f64(value: f64) -> $t {
                value as $t
            }

            #[inline(always)]
            fn to_f32(self) -> f32 {
                self as f32
            }
        }
    )*};
}
sum!(f32: 64 lanes, pairs: false, to_f32; f64: 32 lanes, pairs: true, to_f64);

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
    let taps: Vec<[Taps<A>; 2]> = filters
        .iter()
        .map(|w| [1, 2].map(|a| Taps::new(if w[a].is_empty() { &one[..] } else { &w[a][..] })))
        .collect();
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
                for (filter, [along_y, along_x]) in taps.iter().copied().enumerate() {
                    let length = along_y.weights.len();
                    let (before, beside) = (ry - length / 2, rx - along_x.weights.len() / 2);
                    let used = padded - 2 * beside;
                    // Columns of which all rows that are read stay in the first cache.
                    let columns = (24576 / size_of::<A>() / (length + ROWS) / lanes).max(1) * lanes;
                    scratch.starts.clear();
                    let read = (0..count + length - 1).map(|row| slot(filter % rings, first + before + row));
                    scratch.starts.extend(read);
                    for x in (0..used).step_by(columns) {
                        // The last columns overlap those before, so that all are whole.
                        let x = if used >= columns { x.min(used - columns) } else { x };
                        let end = (x + columns).min(used);
                        for row in 0..count {
                            let line = &mut scratch.middle[row * stride..][x..end];
                            let starts = &scratch.starts[row..row + length];
                            sum_rows(line, &scratch.ring[beside + x..], starts, along_y);
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
        sum_pixels(&mut line[inner.clone()], pixels, &starts, Taps::new(&used), bias);
    }
    let taps = Taps::new(&used);
    let at = |x: usize| match weights.is_empty() {
        true => A::of(image.pixels[starts[0] + x]),
        false => sum_of(|k| A::of(image.pixels[starts[k] + x]), taps, bias),
    };
    for i in (0..inner.start).chain(inner.end..line.len()) {
        line[i] = image.edge.index(left + i as isize, nx).map_or(constant, at);
    }
}

/// Weights along one axis.
#[derive(Clone, Copy)]
struct Taps<'a, A> {
    weights: &'a [A],
    /// Whether pixels at equal distances from the middle have equal weights, as those of a Gaussian have, and are added first:
    /// that saves a multiplication.
    pairs: bool,
}

impl<'a, A: Sum> Taps<'a, A> {
    fn new(weights: &'a [A]) -> Self {
        let even = || weights.iter().zip(weights.iter().rev()).all(|(a, b)| a == b);
        Taps { weights, pairs: A::PAIRS && weights.len() % 2 == 1 && even() }
    }
}

/// The weighted sums at pixels from x on, of rows of which that for weight k begins at `start(k)`.
#[inline(always)]
fn block_of<T: Copy, A: Sum>(
    x: usize,
    rows: &[T],
    start: impl Fn(usize) -> usize,
    Taps { weights, pairs }: Taps<A>,
    bias: A,
    number: impl Fn(T) -> A,
) -> A::Block {
    let row = |k: usize| &rows[start(k) + x..][..A::LANES];
    let mut block = A::block(bias);
    let middle = weights.len() / 2;
    let single = if pairs { middle..middle + 1 } else { 0..weights.len() };
    for (k, &w) in single.clone().zip(&weights[single]) {
        for (sum, v) in block.as_mut().iter_mut().zip(row(k)) {
            *sum = *sum + w * number(*v);
        }
    }
    let before = if pairs { middle } else { 0 };
    for (k, &w) in weights[..before].iter().enumerate() {
        let both = row(k).iter().zip(row(weights.len() - 1 - k));
        for (sum, (a, b)) in block.as_mut().iter_mut().zip(both) {
            *sum = *sum + w * (number(*a) + number(*b));
        }
    }
    block
}

/// Gives each part of `out` the sums at its pixels, and the place of the first. The last parts overlap those before, so that all
/// are whole, but where `out` is too short.
#[inline(always)]
fn sums<T: Copy, A: Sum, O>(
    out: &mut [O],
    rows: &[T],
    start: impl Fn(usize) -> usize,
    taps: Taps<A>,
    bias: A,
    number: impl Fn(T) -> A,
    put: impl Fn(&mut [O], usize, &[A]),
) {
    let n = out.len();
    let mut x = 0;
    while n >= A::LANES && x < n {
        x = x.min(n - A::LANES);
        let sums = block_of(x, rows, &start, taps, bias, &number);
        put(&mut out[x..x + A::LANES], x, sums.as_ref());
        x += A::LANES;
    }
    for x in x..n {
        let sum = sum_of(|k| number(rows[start(k) + x]), taps, bias);
        put(&mut out[x..x + 1], x, &[sum]);
    }
}

/// One sum, in the order of [`block_of`].
#[inline(always)]
fn sum_of<A: Sum>(at: impl Fn(usize) -> A, Taps { weights, pairs }: Taps<A>, bias: A) -> A {
    let middle = weights.len() / 2;
    match pairs {
        true => (0..middle).fold(bias + weights[middle] * at(middle), |sum, k| {
            sum + weights[k] * (at(k) + at(weights.len() - 1 - k))
        }),
        false => (0..weights.len()).fold(bias, |sum, k| sum + weights[k] * at(k)),
    }
}

simd! {
    fn convert<T: Element, A: Sum>(out: &mut [A], pixels: &[T]) {
        for (o, v) in out.iter_mut().zip(pixels) {
            *o = A::of(*v);
        }
    }
}

wide_simd! {
    /// Sums of weighted rows.
    fn sum_rows<A: Sum>(out: &mut [A], rows: &[A], starts: &[usize], taps: Taps<A>) {
        sums(out, rows, |k| starts[k], taps, A::default(), |v| v, |out, _, sum| out.copy_from_slice(sum));
    }

    /// Sums of weighted rows of an image.
    fn sum_pixels<T: Element, A: Sum>(out: &mut [A], rows: &[T], starts: &[usize], taps: Taps<A>, bias: A) {
        sums(out, rows, |k| starts[k], taps, bias, A::of, |out, _, sum| out.copy_from_slice(sum));
    }

    fn correlate_row<A: Sum>(out: &mut [A], padded: &[A], taps: Taps<A>) {
        sums(out, padded, |k| k, taps, A::default(), |v| v, |out, _, sum| out.copy_from_slice(sum));
    }

    fn finish_row<A: Sum>(out: &mut [f32], padded: &[A], taps: Taps<A>) {
        let put = |out: &mut [f32], _: usize, sum: &[A]| {
            out.iter_mut().zip(sum).for_each(|(o, sum)| *o = sum.to_f32());
        };
        sums(out, padded, |k| k, taps, A::default(), |v| v, put);
    }

    /// These sums less those of the row.
    fn finish_difference<A: Sum>(out: &mut [f32], from: &[A], padded: &[A], taps: Taps<A>) {
        let put = |out: &mut [f32], x: usize, sum: &[A]| {
            let pairs = from[x..x + sum.len()].iter().zip(sum);
            out.iter_mut().zip(pairs).for_each(|(o, (from, sum))| *o = (*from - *sum).to_f32());
        };
        sums(out, padded, |k| k, taps, A::default(), |v| v, put);
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
