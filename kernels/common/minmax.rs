//! Least and greatest values in a footprint. Rows are looked up in tables of the extremes of 2^k pixels, so that the
//! cost of a run does not grow with its length; boxes go one axis at a time, and along y and z by van Herk's blocks.

use crate::common::fresh::{Tile, fresh, tiles};
use crate::common::threads::share;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::footprint::{Offsets, Run};
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

/// Pixels beyond the border.
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
    extreme(pixels, shape, &footprint.mirrored(), border, Greatest)
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
    if !footprint.is_box() {
        return runs(pixels, shape, &footprint.runs().collect::<Vec<_>>(), border, which);
    }
    let [rz, ry, rx] = footprint.radius;
    let [nz, ny, nx] = shape;
    let outside = border.constant.key();
    let mut out = None;
    if ry > 0 {
        // Rows are filtered along x when the window along y needs them.
        let row = |lines: &mut Lines<T>, keys: &mut [T::Key], z: usize, y: isize, left: usize| match border
            .edge
            .index(y, ny)
        {
            Some(y) => lines.extreme(keys, &pixels[(z * ny + y) * nx..][..nx], left, rx, border, which),
            None => keys.fill(outside),
        };
        out = Some(sliding(shape, ry, row, which));
    } else if rx > 0 {
        out = Some(runs(pixels, shape, &[(0, 0, -(rx as i32), rx as i32)], border, which));
    }
    if rz > 0 {
        let (below, length) = (out.as_deref().unwrap_or(pixels), ny * nx);
        let row = |_: &mut Lines<T>, keys: &mut [T::Key], _, z: isize, left: usize| match border
            .edge
            .index(z, nz)
        {
            Some(z) => copy_keys(keys, &below[z * length + left..][..keys.len()]),
            None => keys.fill(outside),
        };
        out = Some(sliding([1, nz, length], rz, row, which));
    }
    out.unwrap_or_else(|| pixels.to_vec())
}

/// Buffers for a row that is filtered along x.
struct Lines<T: Pixel> {
    line: Vec<T::Key>,
    spare: Vec<T::Key>,
}

impl<T: Pixel> Lines<T> {
    /// Extremes of `2 radius + 1` pixels of a line, from `left` on.
    fn extreme<E: Extreme>(
        &mut self,
        keys: &mut [T::Key],
        line: &[T],
        left: usize,
        radius: usize,
        border: Border<T>,
        which: E,
    ) {
        if radius == 0 {
            return copy_keys(keys, &line[left..left + keys.len()]);
        }
        let n = keys.len() + 2 * radius;
        self.line.resize(n, T::Key::default());
        self.spare.resize(n, T::Key::default());
        load_row(&mut self.line, line, left, radius, border);
        // Of 2, 4, 8, ... pixels; two of the last make a window.
        let (window, mut size) = (2 * radius + 1, 1);
        while 4 * size <= window {
            extreme_of_two(&mut self.spare, &self.line, size, which);
            std::mem::swap(&mut self.spare, &mut self.line);
            size *= 2;
        }
        extreme_of_four(keys, &self.line, [size, window - 2 * size], which);
    }
}

/// Extremes of `2 radius + 1` lines of `count` times `n` lines of `length` pixels, by van Herk's blocks: of each block of
/// lines the extremes of its last 1, 2, ... lines, joined with the first ones of the next block. `line` gives the keys of
/// a line, which may lie outside, from a column on.
fn sliding<T: Pixel, E: Extreme>(
    [count, n, length]: [usize; 3],
    radius: usize,
    line: impl Fn(&mut Lines<T>, &mut [T::Key], usize, isize, usize) + Sync,
    which: E,
) -> Vec<T> {
    let window = 2 * radius + 1;
    let block = T::BLOCK.as_ref().len();
    let wide = (CACHE / (window * size_of::<T::Key>())).clamp(512, 4096).next_multiple_of(block);
    // Lines above and below a band are made twice.
    let bands = (4 * rayon::current_num_threads()).div_ceil(count * length.div_ceil(wide));
    let high = n.div_ceil(bands).max(4 * window).max(64);
    let init = || {
        let lines = Lines { line: Vec::new(), spare: Vec::new() };
        (lines, Vec::new(), Vec::new(), Vec::new())
    };
    fresh(count * n * length, |out| {
        share(tiles(out, [count, n, length], [high, wide]), init, |(lines, suffix, next, prefix), tile| {
            let Tile { plane, top, left, width, mut rows } = tile;
            suffix.resize(window * width, T::Key::default());
            next.resize(window * width, T::Key::default());
            prefix.resize(width, T::Key::default());
            let mut make = |keys: &mut [T::Key], i: usize| {
                line(lines, keys, plane, (top + i) as isize - radius as isize, left);
            };
            for k in 0..window {
                make(&mut suffix[k * width..][..width], k);
            }
            let count = rows.len();
            for first in (0..count).step_by(window) {
                // suffix[k]: lines first + k to first + window - 1.
                for k in (0..window - 1).rev() {
                    let (here, after) = suffix[k * width..].split_at_mut(width);
                    extend(here, &after[..width], which);
                }
                for k in 0..window.min(count - first) {
                    let out = rows[first + k].row(width);
                    let suffix = &suffix[k * width..][..width];
                    if k == 0 {
                        out.iter_mut().zip(suffix).for_each(|(o, k)| *o = T::of(*k));
                        continue;
                    }
                    let line = &mut next[(k - 1) * width..][..width];
                    make(line, first + window + k - 1);
                    if k == 1 {
                        prefix.copy_from_slice(line);
                    }
                    join_prefix(out, prefix, line, suffix, which);
                }
                if first + window < count {
                    make(&mut next[(window - 1) * width..][..width], first + 2 * window - 1);
                    std::mem::swap(suffix, next);
                }
            }
        });
    })
}

/// Bytes of tables that stay in a core's cache.
const CACHE: usize = 192 << 10;
/// Bytes of tables that a thread may take. A ball in 3-D would have them for as many planes as it is high.
const TABLES: usize = 8 << 20;

/// Extremes over a footprint given as runs z, y, first x, last x.
pub fn runs<T: Pixel, E: Extreme>(
    pixels: &[T],
    shape: [usize; 3],
    runs: &[Run],
    border: Border<T>,
    which: E,
) -> Vec<T> {
    let [nz, ny, nx] = shape;
    let reach = |f: fn(&Run) -> i32| runs.iter().map(f).max().unwrap_or(0).max(0) as usize;
    let (rz, ry) = (reach(|r| r.0.abs()), reach(|r| r.1.abs()));
    let rx = reach(|r| r.2.abs().max(r.3.abs()));
    let level = |length: i32| length.ilog2() as usize;
    let levels = 1 + runs.iter().map(|r| level(r.3 - r.2 + 1)).max().unwrap_or(0);

    // A task is a strip of rows and a block of columns; each row of it has a table for each level.
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

    if planes * height * row * size_of::<T::Key>() > TABLES {
        return runs_by_row(pixels, shape, runs, [rz, ry, rx], levels, border, which);
    }
    fresh(pixels.len(), |out| {
        share(
            tiles(out, shape, [strip, columns]),
            || (vec![T::Key::default(); planes * height * row], lookups.clone()),
            |(tables, starts), tile| {
                let Tile { plane: z, top, left, width: used, rows: mut out } = tile;
                let rows = out.len();
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
                for (r, line) in out.iter_mut().enumerate() {
                    starts.iter_mut().zip(&lookups).for_each(|(s, l)| *s = l + r * row);
                    look_up(line.row(used), tables, starts, which);
                }
            },
        );
    })
}

/// The same where tables of all rows around would take too much memory: one row at a time, into all rows that reach it.
pub fn runs_by_row<T: Pixel, E: Extreme>(
    pixels: &[T],
    shape: [usize; 3],
    runs: &[Run],
    [rz, ry, rx]: [usize; 3],
    levels: usize,
    border: Border<T>,
    which: E,
) -> Vec<T> {
    let [nz, ny, nx] = shape;
    let (high, wide) = (32, 512);
    // The runs of every row of the footprint.
    let mut rows_of: Vec<&[Run]> = vec![&[]; (2 * rz + 1) * (2 * ry + 1)];
    for row in runs.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let (z, y) = ((row[0].0 + rz as i32) as usize, (row[0].1 + ry as i32) as usize);
        rows_of[z * (2 * ry + 1) + y] = row;
    }
    let width = wide + 2 * rx;
    fresh(pixels.len(), |out| {
        share(
            tiles(out, shape, [high, wide]),
            || (vec![T::Key::default(); levels * width], vec![T::Key::default(); high * wide]),
            |(tables, found), tile| {
                let Tile { plane, top, left, width: used, mut rows } = tile;
                let mut begun = [false; 32];
                for z in 0..2 * rz + 1 {
                    let source_z = border.edge.index((plane + z) as isize - rz as isize, nz);
                    for r in 0..rows.len() + 2 * ry {
                        let source_y = border.edge.index((top + r) as isize - ry as isize, ny);
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
                        // Output row i sees this row at r - i of the footprint.
                        for i in r.saturating_sub(2 * ry)..(r + 1).min(rows.len()) {
                            let found = &mut found[i * wide..][..used];
                            for &(_, _, first, last) in rows_of[z * (2 * ry + 1) + r - i] {
                                let k = (last - first + 1).ilog2() as usize;
                                for x in [first, last + 1 - (1 << k)] {
                                    let keys = &tables[k * width + (x + rx as i32) as usize..][..used];
                                    if begun[i] {
                                        extend(found, keys, which);
                                    } else {
                                        found.copy_from_slice(keys);
                                        begun[i] = true;
                                    }
                                }
                            }
                        }
                    }
                }
                for (row, found) in rows.iter_mut().zip(found.chunks(wide)) {
                    row.row(used).iter_mut().zip(found).for_each(|(o, key)| *o = T::of(*key));
                }
            },
        );
    })
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

    /// Extremes of two windows of `at[0]` pixels side by side, and of two more `at[1]` further on: of `out`'s whole window.
    fn extreme_of_four<K: KeyBound, E: Extreme>(out: &mut [K], row: &[K], at: [usize; 2], which: E) {
        let n = out.len();
        let (a, b) = (&row[..n], &row[at[0]..at[0] + n]);
        let (c, d) = (&row[at[1]..at[1] + n], &row[at[0] + at[1]..at[0] + at[1] + n]);
        for i in 0..n {
            out[i] = which.pick(which.pick(a[i], b[i]), which.pick(c[i], d[i]));
        }
    }

    /// Takes the extreme of two lines into the first.
    fn extend<K: KeyBound, E: Extreme>(line: &mut [K], next: &[K], which: E) {
        for (o, k) in line.iter_mut().zip(next) {
            *o = which.pick(*o, *k);
        }
    }

    /// Extends the prefix by a line and gives the extreme of prefix and suffix.
    fn join_prefix<T: Pixel, E: Extreme>(
        out: &mut [T], prefix: &mut [T::Key], line: &[T::Key], suffix: &[T::Key], which: E,
    ) {
        for (((o, p), k), s) in out.iter_mut().zip(prefix).zip(line).zip(suffix) {
            *p = which.pick(*p, *k);
            *o = T::of(which.pick(*p, *s));
        }
    }
}

/// A key's bounds in one, for `simd!`, whose bounds are single paths.
trait KeyBound: Ord + Copy {}
impl<K: Ord + Copy> KeyBound for K {}

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
    footprint.iter().filter_map(move |o| {
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
    record(recorder, pixels, shape, &footprint.mirrored(), [border.edge.code(), constant, 1, 1])
}

/// Records the least or the greatest value of a mask over a footprint; what lies outside does not count.
pub fn record_mask(
    recorder: &mut Recorder,
    mask: Buffer,
    shape: [usize; 3],
    footprint: &Offsets,
    greatest: bool,
) -> Result<Buffer, Error> {
    record(recorder, mask, shape, footprint, [Edge::Constant.code(), !greatest as u32, greatest as u32, 0])
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
    let parts: Vec<Vec<Run>> = if footprint.is_box() {
        vec![
            vec![(0, 0, -r[2], r[2])],
            (-r[1]..=r[1]).map(|y| (0, y, 0, 0)).collect(),
            (-r[0]..=r[0]).map(|z| (z, 0, 0, 0)).collect(),
        ]
    } else {
        vec![footprint.runs().collect()]
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
