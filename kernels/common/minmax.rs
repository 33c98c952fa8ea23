//! Least and greatest values in a footprint. Rows are looked up in tables of the extremes of 2^k pixels, so that the
//! cost of a run does not grow with its length; boxes go one axis at a time, and along y and z by van Herk's blocks.

use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;
use rotifer_registry::footprint::Offsets;
use rotifer_registry::{Buffer, Edge, Element, Error, Grid, Recorder};
use rotifer_shaders::morphology::EXTREMUM;
use std::cmp::Ordering;

use crate::simd;

/// A pixel that can be ranked: integers by value, floats with NaN above every number.
pub trait Pixel: Element {
    /// Ordered as the pixels are.
    type Key: Ord + Copy + Default + Send + Sync;
    /// As many keys as stay in registers.
    type Block: Copy + AsRef<[Self::Key]> + AsMut<[Self::Key]>;
    const BLOCK: Self::Block;
    fn key(self) -> Self::Key;
    fn of(key: Self::Key) -> Self;
}

macro_rules! integers {
    ($($t:ty, $block:literal);*) => {$(
        impl Pixel for $t {
            type Key = $t;
            type Block = [$t; $block];
            const BLOCK: Self::Block = [0; $block];
            #[inline(always)]
            fn key(self) -> $t { self }
            #[inline(always)]
            fn of(key: $t) -> $t { key }
        }
    )*};
}
integers!(u8, 128; u16, 64; i16, 64; u32, 32; i32, 32);

impl Pixel for f32 {
    type Key = i32;
    type Block = [i32; 32];
    const BLOCK: Self::Block = [0; 32];
    #[inline(always)]
    fn key(self) -> i32 {
        let bits = self.to_bits() as i32;
        if self.is_nan() { i32::MAX } else { bits ^ ((bits >> 31) & i32::MAX) }
    }
    #[inline(always)]
    fn of(key: i32) -> f32 {
        f32::from_bits((key ^ ((key >> 31) & i32::MAX)) as u32)
    }
}

/// Which of two values is looked for.
pub trait Extreme: Copy + Send + Sync {
    fn pick<K: Ord>(self, a: K, b: K) -> K;
}

#[derive(Clone, Copy, Debug)]
pub struct Least;

#[derive(Clone, Copy, Debug)]
pub struct Greatest;

impl Extreme for Least {
    #[inline(always)]
    fn pick<K: Ord>(self, a: K, b: K) -> K {
        a.min(b)
    }
}

impl Extreme for Greatest {
    #[inline(always)]
    fn pick<K: Ord>(self, a: K, b: K) -> K {
        a.max(b)
    }
}

/// What lies beyond the border.
#[derive(Clone, Copy, Debug)]
pub struct Border<T> {
    pub edge: Edge,
    /// Where `edge` is constant.
    pub constant: T,
}

/// The least value of each pixel's neighbours: erosion.
pub fn erode<T: Pixel>(pixels: &[T], shape: [usize; 3], footprint: &Offsets, border: Border<T>) -> Vec<T> {
    extreme(pixels, shape, footprint, border, Least)
}

/// The greatest value over the mirrored footprint: dilation, as it stands in an opening.
pub fn dilate<T: Pixel>(pixels: &[T], shape: [usize; 3], footprint: &Offsets, border: Border<T>) -> Vec<T> {
    extreme(pixels, shape, &mirrored(footprint), border, Greatest)
}

fn mirrored(footprint: &Offsets) -> Offsets {
    let offsets = footprint.offsets.iter().rev().map(|o| o.map(|i| -i)).collect();
    Offsets { offsets, ..*footprint }
}

fn extreme<T: Pixel, E: Extreme>(
    pixels: &[T],
    shape: [usize; 3],
    footprint: &Offsets,
    border: Border<T>,
    which: E,
) -> Vec<T> {
    if pixels.is_empty() || footprint.radius == [0; 3] {
        return pixels.to_vec();
    }
    if !footprint.is_box {
        return runs(pixels, shape, &footprint.runs(), border, which);
    }
    let [rz, ry, rx] = footprint.radius;
    let [nz, ny, nx] = shape;
    let mut out = None;
    if rx > 0 {
        out = Some(runs(pixels, shape, &[(0, 0, -(rx as i32), rx as i32)], border, which));
    }
    for (radius, lines) in [(ry, [nz, ny, nx]), (rz, [1, nz, ny * nx])] {
        if radius > 0 {
            out = Some(columns(out.as_deref().unwrap_or(pixels), lines, radius, border, which));
        }
    }
    out.unwrap_or_else(|| pixels.to_vec())
}

/// Bytes of tables that stay in a core's cache.
const CACHE: usize = 192 << 10;

/// Extremes over a footprint given as runs z, y, first x, last x.
fn runs<T: Pixel, E: Extreme>(
    pixels: &[T],
    shape: [usize; 3],
    runs: &[(i32, i32, i32, i32)],
    border: Border<T>,
    which: E,
) -> Vec<T> {
    let [nz, ny, nx] = shape;
    let reach = |f: fn(&(i32, i32, i32, i32)) -> i32| runs.iter().map(f).max().unwrap_or(0).max(0) as usize;
    let (rz, ry) = (reach(|r| r.0.abs()), reach(|r| r.1.abs()));
    let rx = reach(|r| r.2.abs().max(r.3.abs()));
    let level = |length: i32| length.ilog2() as usize;
    let levels = 1 + runs.iter().map(|r| level(r.3 - r.2 + 1)).max().unwrap_or(0);

    // A task is a strip of rows, done in blocks of columns; each row of a block has a table for each level.
    let block = T::BLOCK.as_ref().len();
    let strip = (4 * ry + 2).clamp(8, 64).min(ny);
    let planes = 2 * rz + 1;
    let bytes = planes * (strip + 2 * ry) * levels * size_of::<T::Key>();
    let columns = (CACHE / bytes).saturating_sub(2 * rx).clamp(4 * block, 64 * block).min(nx);
    let columns = columns.next_multiple_of(block);
    let width = columns + 2 * rx;
    let height = strip + 2 * ry;
    // Where each run is looked up, from the table of the first row that an output row needs.
    let row = levels * width;
    let mut lookups: Vec<usize> = Vec::new();
    for &(z, y, first, last) in runs {
        let k = level(last - first + 1);
        let line = ((z + rz as i32) as usize * height + (y + ry as i32) as usize) * row + k * width;
        for x in [first, last + 1 - (1 << k)] {
            let at = line + (x + rx as i32) as usize;
            if lookups.last() != Some(&at) {
                lookups.push(at);
            }
        }
    }

    let mut out = vec![T::default(); pixels.len()];
    out.par_chunks_mut(ny * nx).enumerate().for_each(|(z, plane)| {
        plane.par_chunks_mut(strip * nx).enumerate().for_each_init(
            || (vec![T::Key::default(); planes * height * row], lookups.clone()),
            |(tables, starts), (s, out)| {
                let top = s * strip;
                let rows = out.len() / nx;
                for left in (0..nx).step_by(columns) {
                    let used = columns.min(nx - left);
                    for p in 0..planes {
                        let source_z = border.edge.index((z + p) as isize - rz as isize, nz);
                        for r in 0..rows + 2 * ry {
                            let source_y = border.edge.index((top + r) as isize - ry as isize, ny);
                            let tables = &mut tables[(p * height + r) * row..][..row];
                            match source_z.zip(source_y) {
                                Some((z, y)) => {
                                    let line = &pixels[(z * ny + y) * nx..][..nx];
                                    load_row::<T>(&mut tables[..used + 2 * rx], line, left, rx, border);
                                    for k in 1..levels {
                                        let (below, here) =
                                            tables[(k - 1) * width..(k + 1) * width].split_at_mut(width);
                                        extreme_of_two(here, below, 1 << (k - 1), which);
                                    }
                                }
                                None => tables.fill(border.constant.key()),
                            }
                        }
                    }
                    for (r, line) in out.chunks_exact_mut(nx).enumerate() {
                        starts.iter_mut().zip(&lookups).for_each(|(s, l)| *s = l + r * row);
                        look_up(&mut line[left..left + used], tables, starts, which);
                    }
                }
            },
        );
    });
    out
}

/// Keys of a line from `left - radius` on, beyond the border by its rule.
fn load_row<T: Pixel>(keys: &mut [T::Key], line: &[T], left: usize, radius: usize, border: Border<T>) {
    let n = line.len();
    let from = left.saturating_sub(radius);
    let to = (left + keys.len() - radius).min(n);
    let skip = from + radius - left;
    copy_keys(&mut keys[skip..skip + to - from], &line[from..to]);
    let outside = |i: usize| {
        border.edge.index((left + i) as isize - radius as isize, n).map_or(border.constant, |i| line[i])
    };
    for i in (0..skip).chain(skip + to - from..keys.len()) {
        keys[i] = outside(i).key();
    }
}

simd! {
    fn copy_keys<T: Pixel>(keys: &mut [T::Key], line: &[T]) {
        for (k, v) in keys.iter_mut().zip(line) {
            *k = v.key();
        }
    }

    /// Extremes of twice as many pixels from those that lie `step` apart.
    fn extreme_of_two<K: KeyBound, E: Extreme>(out: &mut [K], row: &[K], step: usize, which: E) {
        for ((o, a), b) in out.iter_mut().zip(row).zip(&row[step.min(row.len())..]) {
            *o = which.pick(*a, *b);
        }
    }

    /// The extreme of all the tables' entries at each pixel of a line.
    fn look_up<T: Pixel, E: Extreme>(out: &mut [T], tables: &[T::Key], starts: &[usize], which: E) {
        let n = T::BLOCK.as_ref().len();
        let mut x = 0;
        for out in out.chunks_mut(n) {
            let mut found = T::BLOCK;
            let found = found.as_mut();
            found.copy_from_slice(&tables[starts[0] + x..][..n]);
            for &start in &starts[1..] {
                let entries = &tables[start + x..][..n];
                for i in 0..n {
                    found[i] = which.pick(found[i], entries[i]);
                }
            }
            for (o, key) in out.iter_mut().zip(found.iter()) {
                *o = T::of(*key);
            }
            x += n;
        }
    }

    /// `out = extreme(line, next)` as keys.
    fn extend_suffix<T: Pixel, E: Extreme>(out: &mut [T::Key], line: &[T], next: &[T::Key], which: E) {
        for ((o, v), k) in out.iter_mut().zip(line).zip(next) {
            *o = which.pick(v.key(), *k);
        }
    }

    /// Extends the prefix by a line and gives the extreme of prefix and suffix.
    fn join_prefix<T: Pixel, E: Extreme>(
        out: &mut [T], prefix: &mut [T::Key], line: &[T], suffix: &[T::Key], which: E,
    ) {
        for (((o, p), v), s) in out.iter_mut().zip(prefix).zip(line).zip(suffix) {
            *p = which.pick(*p, v.key());
            *o = T::of(which.pick(*p, *s));
        }
    }
}

/// What a key is, for `simd!`, whose bounds are single paths.
trait KeyBound: Ord + Copy {}
impl<K: Ord + Copy> KeyBound for K {}

/// Extremes of `2 radius + 1` lines. The image is `count` times `n` lines of `length` pixels.
fn columns<T: Pixel, E: Extreme>(
    pixels: &[T],
    [_, n, length]: [usize; 3],
    radius: usize,
    border: Border<T>,
    which: E,
) -> Vec<T> {
    let window = 2 * radius + 1;
    let height = n.div_ceil(2 * rayon::current_num_threads()).max(window.min(n));
    let block = (CACHE / (window * size_of::<T::Key>())).clamp(128, 4096).min(length);
    let outside = vec![border.constant; block];
    let mut out = vec![T::default(); pixels.len()];
    out.par_chunks_mut(n * length).zip(pixels.par_chunks(n * length)).for_each(|(out, pixels)| {
        out.par_chunks_mut(height * length).enumerate().for_each_init(
            || (vec![T::Key::default(); window * block], vec![T::Key::default(); block]),
            |(suffix, prefix), (s, out)| {
                let top = s * height;
                let rows = out.len() / length;
                for left in (0..length).step_by(block) {
                    let width = block.min(length - left);
                    let line = |i: usize| match border.edge.index((top + i) as isize - radius as isize, n) {
                        Some(i) => &pixels[i * length + left..][..width],
                        None => &outside[..width],
                    };
                    for first in (0..rows).step_by(window) {
                        // suffix[k]: lines first + k to first + window - 1.
                        copy_keys(&mut suffix[(window - 1) * block..][..width], line(first + window - 1));
                        for k in (0..window - 1).rev() {
                            let (here, next) = suffix[k * block..].split_at_mut(block);
                            extend_suffix(&mut here[..width], line(first + k), &next[..width], which);
                        }
                        let at = |row: usize| row * length + left..row * length + left + width;
                        for (o, k) in out[at(first)].iter_mut().zip(&suffix[..width]) {
                            *o = T::of(*k);
                        }
                        for k in 1..window.min(rows - first) {
                            let line = line(first + window + k - 1);
                            if k == 1 {
                                copy_keys(&mut prefix[..width], line);
                            }
                            let suffix = &suffix[k * block..][..width];
                            join_prefix(&mut out[at(first + k)], &mut prefix[..width], line, suffix, which);
                        }
                    }
                }
            },
        );
    });
    out
}

/// NaN above every number.
fn rank(a: &f64, b: &f64) -> Ordering {
    a.partial_cmp(b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// [`erode`] one pixel at a time, for reference implementations; `border` absent: what lies outside does not count.
pub fn erode_plain(grid: &Grid, footprint: &Offsets, border: Option<Border<f64>>) -> Grid {
    grid.map_at(|p| neighbours(grid, p, footprint, 1, border).min_by(rank).unwrap_or(f64::INFINITY))
}

/// [`dilate`] one pixel at a time.
pub fn dilate_plain(grid: &Grid, footprint: &Offsets, border: Option<Border<f64>>) -> Grid {
    grid.map_at(|p| neighbours(grid, p, footprint, -1, border).max_by(rank).unwrap_or(f64::NEG_INFINITY))
}

fn neighbours<'a>(
    grid: &'a Grid,
    p: [usize; 3],
    footprint: &'a Offsets,
    sign: i32,
    border: Option<Border<f64>>,
) -> impl Iterator<Item = f64> + 'a {
    footprint.offsets.iter().filter_map(move |o| {
        let q = [0, 1, 2].map(|a| p[a] as isize + (sign * o[a]) as isize);
        match border {
            Some(border) => Some(grid.sample(q, border.edge, border.constant)),
            None => {
                let inside = (0..3).all(|a| (0..grid.shape[a] as isize).contains(&q[a]));
                inside.then(|| grid.at(q.map(|i| i as usize)))
            }
        }
    })
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    shape: [u32; 3],
    edge: u32,
    /// Bits of the value beyond the border.
    constant: u32,
    runs: u32,
    greatest: u32,
    /// 1: pixels are f32; 0: u32, as masks are.
    float: u32,
}

/// Records [`erode`] of an image of f32.
pub fn record_erode(
    recorder: &mut Recorder,
    pixels: Buffer,
    shape: [usize; 3],
    footprint: &Offsets,
    border: Border<f32>,
) -> Result<Buffer, Error> {
    let constant = border.constant.to_bits();
    record(recorder, pixels, shape, footprint, [border.edge.code(), constant, 0, 1])
}

/// Records [`dilate`] of an image of f32.
pub fn record_dilate(
    recorder: &mut Recorder,
    pixels: Buffer,
    shape: [usize; 3],
    footprint: &Offsets,
    border: Border<f32>,
) -> Result<Buffer, Error> {
    let constant = border.constant.to_bits();
    record(recorder, pixels, shape, &mirrored(footprint), [border.edge.code(), constant, 1, 1])
}

/// Records the opening of a mask; what lies outside does not count.
pub fn record_open_mask(
    recorder: &mut Recorder,
    mask: Buffer,
    shape: [usize; 3],
    footprint: &Offsets,
) -> Result<Buffer, Error> {
    let outside = Edge::Constant.code();
    let eroded = record(recorder, mask, shape, footprint, [outside, 1, 0, 0])?;
    record(recorder, eroded, shape, &mirrored(footprint), [outside, 0, 1, 0])
}

/// `[edge, constant, greatest, float]`, as in [`Params`].
fn record(
    recorder: &mut Recorder,
    pixels: Buffer,
    shape: [usize; 3],
    footprint: &Offsets,
    [edge, constant, greatest, float]: [u32; 4],
) -> Result<Buffer, Error> {
    let r = footprint.radius.map(|r| r as i32);
    let parts: Vec<Vec<(i32, i32, i32, i32)>> = if footprint.is_box {
        vec![
            vec![(0, 0, -r[2], r[2])],
            (-r[1]..=r[1]).map(|y| (0, y, 0, 0)).collect(),
            (-r[0]..=r[0]).map(|z| (z, 0, 0, 0)).collect(),
        ]
    } else {
        vec![footprint.runs()]
    };
    let mut image = pixels;
    for runs in parts.iter().filter(|runs| !matches!(runs.as_slice(), [(0, 0, 0, 0)])) {
        let list: Vec<[i32; 4]> = runs.iter().map(|&(z, y, first, last)| [z, y, first, last]).collect();
        let list = recorder.constant(&list);
        let out = recorder.buffer(pixels.len);
        let params = Params {
            shape: shape.map(|n| n as u32),
            edge,
            constant,
            runs: runs.len() as u32,
            greatest,
            float,
        };
        recorder.pass(&EXTREMUM).uniform(&params).bind(&[image, list, out]).over(pixels.len)?;
        image = out;
    }
    Ok(image)
}
