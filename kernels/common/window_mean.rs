//! The mean over a window: sums of blocks of rows for a box, running sums of planes for one in 3-D, prefix sums along rows
//! for any other footprint. All are exact to float64.

use crate::common::fresh::{Fresh, Tile, blocks, fresh, tiles};
use crate::common::rows::{Extended, pad};
use crate::common::threads::{each, share};
use crate::common::{rank, separable};
use crate::simd;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::footprint::{Offsets, Run};
use rotifer_registry::*;
use rotifer_shaders::filters::MEAN_FILTER;

/// The mean of the pixels at these offsets around every pixel.
pub fn mean<T: Element>(image: &Extended<T>, offsets: &Offsets) -> Vec<f32> {
    let [rz, ry, rx] = offsets.radius;
    if offsets.is_box() && rz == 0 && !image.pixels.is_empty() {
        // Sums of few small whole numbers are whole numbers of 32 bits.
        let whole = image.constant.fract() == 0.0 && image.constant.abs() <= 65_535.0;
        let few = offsets.len() <= 32_767 && (whole || image.edge != Edge::Constant);
        let Extended { shape, edge, constant, .. } = *image;
        macro_rules! small {
            ($t:ty) => {
                if let Ok(pixels) = bytemuck::try_cast_slice::<T, $t>(image.pixels) {
                    let image = Extended { pixels, shape, edge, constant };
                    return mean_of_rectangle::<$t, i32>(&image, [ry, rx], constant as i32);
                }
            };
        }
        match T::DTYPE {
            Dtype::U8 if few => small!(u8),
            Dtype::U16 if few => small!(u16),
            Dtype::I16 if few => small!(i16),
            _ => {}
        }
        return mean_of_rectangle::<T, f64>(image, [ry, rx], constant);
    }
    match (image.pixels.is_empty(), offsets.is_box()) {
        (true, _) => Vec::new(),
        (_, true) => mean_of_box(image, offsets.radius),
        (_, false) => mean_of_runs(image, offsets),
    }
}

/// Type of running sums.
trait Add: Copy + Default + Send + Sync + 'static {
    fn add(self, other: Self) -> Self;
    fn value(self) -> f64;
}

impl Add for i32 {
    #[inline(always)]
    fn add(self, other: i32) -> i32 {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn value(self) -> f64 {
        self as f64
    }
}

impl Add for f64 {
    #[inline(always)]
    fn add(self, other: f64) -> f64 {
        self + other
    }
    #[inline(always)]
    fn value(self) -> f64 {
        self
    }
}

/// Sums of these pixels.
trait Sum<T>: Add {
    fn of(value: T) -> Self;
}

macro_rules! whole {
    ($($t:ty),*) => {$(
        impl Sum<$t> for i32 {
            #[inline(always)]
            fn of(value: $t) -> i32 { value as i32 }
        }
    )*};
}
whole!(u8, u16, i16);

impl<T: Element> Sum<T> for f64 {
    #[inline(always)]
    fn of(value: T) -> f64 {
        value.to_f64()
    }
}

/// The mean over a box of one plane. Down the image sums of the last rows of a block of rows are joined with those of the
/// first rows of the next (van Herk's way), so that nothing is ever taken out of a sum: what is huge or no number leaves
/// no trace. Along a row sums of 3, 9, 27, ... pixels make up the window.
fn mean_of_rectangle<T: Element, S: Sum<T>>(
    image: &Extended<T>,
    [ry, rx]: [usize; 2],
    constant: S,
) -> Vec<f32> {
    const CACHE: usize = 256 << 10;
    let [nz, ny, nx] = image.shape;
    let [high, across] = [2 * ry + 1, 2 * rx + 1];
    let scale = 1.0 / (high * across) as f64;
    let wide = (CACHE / (2 * high * size_of::<S>())).clamp(512, 2048).max(4 * rx).next_multiple_of(LANES);
    let bands = (4 * rayon::current_num_threads()).div_ceil(nz * nx.div_ceil(wide));
    // Blocks begin at the same rows in tiles of any height.
    let tall = ny.div_ceil(bands).max(4 * high).max(64).next_multiple_of(high);
    // Sums that make up the window: of 3^level pixels, from a place on.
    let mut pieces = Vec::new();
    let levels = (0..).take_while(|level| 3usize.pow(*level) <= across).count();
    let (mut at, mut left_over) = (0, across);
    for level in (0..levels).rev() {
        let size = 3usize.pow(level as u32);
        while left_over >= size {
            pieces.push((level, at));
            at += size;
            left_over -= size;
        }
    }
    let init = || (Vec::new(), Vec::new(), Vec::new(), vec![Vec::new(); levels]);
    fresh(nz * ny * nx, |out| {
        share(tiles(out, image.shape, [tall, wide]), init, |(suffix, next, prefix, lines), tile| {
            let Tile { plane, top, left, width, mut rows } = tile;
            let padded = width + 2 * rx;
            suffix.resize(high * padded, S::default());
            next.resize(high * padded, S::default());
            prefix.resize(padded, S::default());
            lines.iter_mut().for_each(|line| line.resize(padded, S::default()));
            let make = |sums: &mut [S], row: usize| match image
                .row(plane as isize, (top + row) as isize - ry as isize)
            {
                Some(row) => {
                    let from = left.saturating_sub(rx);
                    let to = (left + width + rx).min(nx);
                    let skip = from + rx - left;
                    let inner = skip..skip + to - from;
                    convert(&mut sums[inner.clone()], &row[from..to]);
                    for i in (0..inner.start).chain(inner.end..padded) {
                        let x = image.edge.index((left + i) as isize - rx as isize, nx);
                        sums[i] = x.map_or(constant, |x| S::of(row[x]));
                    }
                }
                None => sums.fill(constant),
            };
            for k in 0..high {
                make(&mut suffix[k * padded..][..padded], k);
            }
            let count = rows.len();
            for first in (0..count).step_by(high) {
                // suffix[k]: the sum of rows first + k to first + high - 1.
                for k in (0..high - 1).rev() {
                    let (here, after) = suffix[k * padded..].split_at_mut(padded);
                    add_to(here, &after[..padded]);
                }
                for k in 0..high.min(count - first) {
                    let suffix = &suffix[k * padded..][..padded];
                    if k == 0 {
                        lines[0].copy_from_slice(suffix);
                    } else {
                        let line = &mut next[(k - 1) * padded..][..padded];
                        make(line, first + high + k - 1);
                        if k == 1 {
                            prefix.fill(S::default());
                        }
                        join_sums(&mut lines[0], prefix, line, suffix);
                    }
                    let mut size = 1;
                    for level in 1..levels {
                        let (below, here) = lines.split_at_mut(level);
                        let n = padded + 1 - 3 * size;
                        add_three(&mut here[0][..n], &below[level - 1], size);
                        size *= 3;
                    }
                    add_pieces(rows[first + k].row(width), lines, &pieces, scale);
                }
                if first + high < count {
                    make(&mut next[(high - 1) * padded..][..padded], first + 2 * high - 1);
                    std::mem::swap(suffix, next);
                }
            }
        });
    })
}

/// Takes a value out of a sum; true where what is left has lost digits to it, or is no number.
#[inline(always)]
fn take(sum: &mut f64, value: f64) -> bool {
    const TRUSTED: f64 = (1 << 24) as f64;
    *sum -= value;
    // 0 may be right, or be left of something small.
    let zero = (*sum == 0.0) & (value.abs() < 1e9);
    !((sum.abs() * TRUSTED >= value.abs()) & (*sum != 0.0) | zero)
}

/// Pixels whose sums stay in registers.
const LANES: usize = 32;

/// Blocks of rows go down z together, so that planes, then rows, come into the sum and leave it.
fn mean_of_box<T: Element>(image: &Extended<T>, [rz, ry, rx]: [usize; 3]) -> Vec<f32> {
    fresh(image.pixels.len(), |out| mean_of_blocks(image, [rz, ry, rx], out))
}

fn mean_of_blocks<T: Element>(image: &Extended<T>, [rz, ry, rx]: [usize; 3], output: Fresh<f32>) {
    let [_, ny, nx] = image.shape;
    let rows = (4 * ry).clamp(32, 256);
    let window = [rz, ry, rx].map(|r| 2 * r + 1);
    let constant = image.constant;
    let border = constant * (window[0] * window[1]) as f64;
    let scale = 1.0 / window.iter().product::<usize>() as f64;
    let mut blocks: Vec<Vec<Fresh<f32>>> = (0..ny).step_by(rows).map(|_| Vec::new()).collect();
    for plane in output.parts(ny * nx) {
        blocks.iter_mut().zip(plane.parts(rows * nx)).for_each(|(block, part)| block.push(part));
    }
    each(blocks.into_iter().enumerate(), |(b, block)| {
        let high = block.first().map_or(0, |part| part.len() / nx) + 2 * ry;
        let mut planes = vec![0.0f64; high * nx];
        let mut sum = vec![0.0f64; nx + 2 * rx];
        let mut spare = [vec![0.0f64; nx + 2 * rx], vec![0.0f64; nx + 2 * rx]];
        let beyond = vec![constant; nx];
        let row_of = |z: isize, i: usize| image.row(z, (b * rows + i) as isize - ry as isize);
        let add_plane = |planes: &mut [f64], z: isize| {
            for (i, sum) in planes.chunks_mut(nx).enumerate() {
                match row_of(z, i) {
                    Some(row) => add_row(sum, row),
                    None => add_sums(sum, &beyond),
                }
            }
        };
        // Whether all digits are still there.
        let take_plane = |planes: &mut [f64], z: isize| {
            let mut rows = planes.chunks_mut(nx).enumerate();
            rows.all(|(i, sum)| match row_of(z, i) {
                Some(row) => take_row(sum, row),
                None => take_sums(sum, &beyond),
            })
        };
        for (z, out) in block.into_iter().enumerate() {
            let z = z as isize;
            let r = rz as isize;
            let mut anew = z == 0 || rz == 0;
            if !anew {
                add_plane(&mut planes, z + r);
                anew = !take_plane(&mut planes, z - r - 1);
            }
            if anew {
                planes.fill(0.0);
                (z - r..=z + r).for_each(|z| add_plane(&mut planes, z));
            }
            let row = |i: usize| &planes[i * nx..(i + 1) * nx];
            let mut dirty = true;
            for (i, out) in out.rows(nx).enumerate() {
                let whole = |sum: &mut [f64]| {
                    sum.fill(0.0);
                    (i..i + window[1]).for_each(|k| add_sums(sum, row(k)));
                };
                if dirty {
                    whole(&mut sum[rx..rx + nx]);
                } else {
                    add_sums(&mut sum[rx..rx + nx], row(i + window[1] - 1));
                    if !take_sums(&mut sum[rx..rx + nx], row(i - 1)) {
                        whole(&mut sum[rx..rx + nx]);
                    }
                }
                dirty = false;
                pad(&mut sum, rx, image.edge, border);
                sum_along(out, &sum, &mut spare, window[2], scale);
            }
        }
    });
}

/// Sums of `width` neighbours by doubling: few additions for any width, none of them undone.
fn sum_along(out: &mut [f32], line: &[f64], spare: &mut [Vec<f64>; 2], width: usize, scale: f64) {
    let n = out.len();
    let [ones, total] = spare;
    total[..n].fill(0.0);
    ones.copy_from_slice(line);
    let (mut size, mut at, mut used) = (1, 0, line.len());
    loop {
        if width & size != 0 {
            add_sums(&mut total[..n], &ones[at..at + n]);
            at += size;
        }
        if at == width {
            break;
        }
        double(&mut ones[..used], size);
        used -= size;
        size *= 2;
    }
    scale_row(out, total, scale);
}

simd! {
    fn convert<S: Sum<T>, T: Element>(sums: &mut [S], row: &[T]) {
        for (s, v) in sums.iter_mut().zip(row) {
            *s = S::of(*v);
        }
    }

    fn add_to<S: Add>(sums: &mut [S], more: &[S]) {
        for (s, v) in sums.iter_mut().zip(more) {
            *s = s.add(*v);
        }
    }

    /// Adds a line to the prefix, and gives the sum of prefix and suffix.
    fn join_sums<S: Add>(out: &mut [S], prefix: &mut [S], line: &[S], suffix: &[S]) {
        for (((o, p), v), s) in out.iter_mut().zip(prefix).zip(line).zip(suffix) {
            *p = p.add(*v);
            *o = p.add(*s);
        }
    }

    /// Sums of three values that lie `step` apart.
    fn add_three<S: Add>(out: &mut [S], line: &[S], step: usize) {
        let n = out.len();
        let (a, b, c) = (&line[..n], &line[step..step + n], &line[2 * step..2 * step + n]);
        for i in 0..n {
            out[i] = a[i].add(b[i]).add(c[i]);
        }
    }

    fn add_pieces<S: Add>(out: &mut [f32], lines: &[Vec<S>], pieces: &[(usize, usize)], scale: f64) {
        let n = out.len();
        let mut x = 0;
        while n >= LANES && x < n {
            // The last block overlaps the one before.
            x = x.min(n - LANES);
            let mut sum = [S::default(); LANES];
            for &(level, at) in pieces {
                let line = &lines[level][at + x..at + x + LANES];
                for i in 0..LANES {
                    sum[i] = sum[i].add(line[i]);
                }
            }
            for i in 0..LANES {
                out[x + i] = (sum[i].value() * scale) as f32;
            }
            x += LANES;
        }
        for x in x..n {
            let sum = pieces.iter().fold(S::default(), |sum, &(level, at)| sum.add(lines[level][at + x]));
            out[x] = (sum.value() * scale) as f32;
        }
    }

    fn add_row<T: Element>(sum: &mut [f64], row: &[T]) {
        for (s, v) in sum.iter_mut().zip(row) {
            *s += v.to_f64();
        }
    }

    fn add_sums(sum: &mut [f64], row: &[f64]) {
        for (s, v) in sum.iter_mut().zip(row) {
            *s += v;
        }
    }

    /// Takes a row out of sums; false where one of them has lost digits to what was taken, or is no number any more.
    fn take_row<T: Element>(sum: &mut [f64], row: &[T]) -> bool {
        let mut lost = false;
        for (s, v) in sum.iter_mut().zip(row) {
            lost |= take(s, v.to_f64());
        }
        !lost
    }

    fn take_sums(sum: &mut [f64], row: &[f64]) -> bool {
        let mut lost = false;
        for (s, v) in sum.iter_mut().zip(row) {
            lost |= take(s, *v);
        }
        !lost
    }

    fn add_difference(sum: &mut [f64], last: &[f64], first: &[f64]) {
        for ((s, b), a) in sum.iter_mut().zip(last).zip(first) {
            *s += b - a;
        }
    }

    /// Adds to each value the one `step` further on.
    fn double(line: &mut [f64], step: usize) {
        const BLOCK: usize = 32;
        let n = line.len() - step;
        let mut start = 0;
        while start + BLOCK <= n {
            let mut next = [0.0; BLOCK];
            next.copy_from_slice(&line[start + step..start + step + BLOCK]);
            for (v, next) in line[start..start + BLOCK].iter_mut().zip(&next) {
                *v += next;
            }
            start += BLOCK;
        }
        for i in start..n {
            line[i] += line[i + step];
        }
    }

    fn scale_row(out: &mut [f32], sums: &[f64], scale: f64) {
        for (o, s) in out.iter_mut().zip(sums) {
            *o = (s * scale) as f32;
        }
    }
}

/// Each run of the footprint is a difference of two prefix sums; what is huge, as marks of no data are, or not finite is
/// kept apart from these. A row of the
/// image goes into all rows that reach it before the next one comes.
fn mean_of_runs<T: Element>(image: &Extended<T>, offsets: &Offsets) -> Vec<f32> {
    const ROWS: usize = 16;
    const HUGE: f64 = 1e30;
    let nx = image.shape[2];
    let [rz, ry, rx] = offsets.radius;
    let (width, high) = (nx + 2 * rx, 2 * ry + 1);
    let runs: Vec<Run> = offsets.runs().collect();
    let mut runs_of: Vec<&[Run]> = vec![&[]; (2 * rz + 1) * high];
    for row in runs.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        runs_of[(row[0].0 + rz as i32) as usize * high + (row[0].1 + ry as i32) as usize] = row;
    }
    let scale = 1.0 / offsets.len() as f64;
    let init = || (vec![0.0f64; width], vec![0.0f64; width + 1], vec![0.0f64; ROWS * nx], Vec::new());
    blocks(image.shape, ROWS, init, |(line, prefix, sums, odd), z, y, out: Fresh<f32>| {
        let count = out.len() / nx;
        sums.fill(0.0);
        for (dz, runs_of) in runs_of.chunks(high).enumerate() {
            for row in 0..count + 2 * ry {
                let reached = row.saturating_sub(2 * ry)..(row + 1).min(count);
                if reached.clone().all(|i| runs_of[row - i].is_empty()) {
                    continue;
                }
                let at = ((z + dz) as isize - rz as isize, (y + row) as isize - ry as isize);
                image.padded(at.0, at.1, rx, line, image.constant, T::to_f64);
                let mut total = 0.0;
                odd.clear();
                for (x, (v, p)) in line.iter().zip(&mut prefix[1..]).enumerate() {
                    if v.abs() < HUGE {
                        total += v;
                    } else {
                        odd.push((x, *v));
                    }
                    *p = total;
                }
                for i in reached {
                    let sum = &mut sums[i * nx..(i + 1) * nx];
                    for &(_, _, a, b) in runs_of[row - i] {
                        let (a, b) = ((a + rx as i32) as usize, (b + rx as i32) as usize);
                        add_difference(sum, &prefix[b + 1..b + 1 + nx], &prefix[a..a + nx]);
                        for &(x, v) in odd.iter() {
                            // Pixel x of the padded row lies in the runs of these output pixels.
                            for s in &mut sum[x.saturating_sub(b).min(nx)..(x + 1).saturating_sub(a).min(nx)]
                            {
                                *s += v;
                            }
                        }
                    }
                }
            }
        }
        for (out, sum) in out.rows(nx).zip(sums.chunks(nx)) {
            scale_row(out, sum, scale);
        }
    })
}

/// The mean of every window by itself.
pub fn reference(grid: &Grid, offsets: &Offsets, edge: Edge, constant: f64) -> Grid {
    grid.map_at(|p| {
        let at = |o: [i32; 3]| [0, 1, 2].map(|a| p[a] as isize + o[a] as isize);
        let sum: f64 = offsets.iter().map(|o| grid.sample(at(o), edge, constant)).sum();
        sum / offsets.len() as f64
    })
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    shape: [u32; 3],
    edge: u32,
    runs: u32,
    scale: f32,
    constant: f32,
    padding: u32,
}

/// Share of one device thread.
pub fn fits(offsets: &Offsets) -> Result<(), Error> {
    if offsets.is_box() { Ok(()) } else { rank::fits(offsets) }
}

/// Records the mean: three passes for a box, else one over the runs of the footprint.
pub fn record_mean(
    recorder: &mut Recorder,
    image: &DeviceVolume,
    offsets: &Offsets,
    edge: Edge,
    constant: f64,
) -> Result<Buffer, Error> {
    let shape = image.meta.shape;
    if offsets.is_box() {
        let weights = offsets
            .radius
            .map(|r| if r == 0 { Vec::new() } else { vec![1.0 / (2 * r + 1) as f32; 2 * r + 1] });
        return separable::record_correlate(recorder, image.buffer, shape, &weights, edge, constant as f32);
    }
    let n = offsets.len();
    let runs: Vec<[i32; 4]> = offsets.runs().map(|(z, y, a, b)| [z, y, a, b]).collect();
    let params = Params {
        shape: shape.map(|n| n as u32),
        edge: edge.code(),
        runs: runs.len() as u32,
        scale: 1.0 / n as f32,
        constant: constant as f32,
        padding: 0,
    };
    let runs = recorder.constant(&runs);
    let out = recorder.buffer(image.buffer.len);
    recorder.pass(&MEAN_FILTER).uniform(&params).bind(&[image.buffer, runs, out]).over(out.len)?;
    Ok(out)
}
