//! Values that spread over an image until nothing changes: reconstruction, and plateaus that nothing exceeds.

use crate::common::spreading::Beside;
use crate::common::threads;
use crate::common::written;
use rotifer_registry::Grid;
use std::collections::VecDeque;
use std::ops::Range;

/// Offsets of the neighbours that differ along at most `connectivity` axes, in raster order.
pub fn neighbours(connectivity: u32) -> Vec<[isize; 3]> {
    let mut all = Vec::new();
    for z in -1..=1isize {
        for y in -1..=1isize {
            for x in -1..=1isize {
                let axes = (z.abs() + y.abs() + x.abs()) as u32;
                // A single plane has nothing above or below: those neighbours do not exist.
                if (1..=connectivity).contains(&axes) {
                    all.push([z, y, x]);
                }
            }
        }
    }
    all
}

/// An image with a frame of `blank`, so that every pixel has all of its neighbours.
struct Framed<K> {
    pixels: Vec<K>,
    shape: [usize; 3],
    wide: [usize; 3],
}

impl<K: Copy + Send + Sync> Framed<K> {
    fn new(shape: [usize; 3], blank: K, pixel: impl Fn(usize) -> K + Sync) -> Framed<K> {
        let flat = (shape[0] > 1) as usize;
        let wide = [shape[0] + 2 * flat, shape[1] + 2, shape[2] + 2];
        let mut pixels = vec![blank; wide.iter().product()];
        let [_, ny, nx] = shape;
        threads::each_row(&mut pixels, wide[2], |row, line| {
            let (z, y) = ((row / wide[1]).wrapping_sub(flat), (row % wide[1]).wrapping_sub(1));
            if z < shape[0] && y < ny {
                let first = (z * ny + y) * nx;
                line[1..=nx].iter_mut().enumerate().for_each(|(x, to)| *to = pixel(first + x));
            }
        });
        Framed { pixels, shape, wide }
    }

    /// First pixels of the rows that are not frame.
    fn rows(&self) -> Vec<usize> {
        let flat = (self.shape[0] > 1) as usize;
        let row = |z: usize, y: usize| ((z + flat) * self.wide[1] + y + 1) * self.wide[2] + 1;
        (0..self.shape[0]).flat_map(|z| (0..self.shape[1]).map(move |y| row(z, y))).collect()
    }

    /// Distances to the neighbours in memory.
    fn steps(&self, connectivity: u32) -> Vec<isize> {
        let single = self.shape[0] == 1;
        let [_, ny, nx] = self.wide.map(|n| n as isize);
        let around = neighbours(connectivity).into_iter().filter(|o| !single || o[0] == 0);
        around.map(|[z, y, x]| (z * ny + y) * nx + x).collect()
    }

    /// The pixels without their frame.
    fn inner(&self) -> Vec<K>
    where
        K: Default,
    {
        let nx = self.shape[2];
        let first = self.rows();
        written::rows(first.len(), nx, |row, to| to.copy(&self.pixels[first[row]..first[row] + nx]))
    }
}

/// Layers of a framed image that one thread works on: rows of a plane, or planes.
struct Strip<'a, K> {
    pixels: &'a mut [K],
    limits: &'a [K],
    /// Pixels of a layer.
    layer: usize,
    /// First pixels of the rows of a layer that are not frame, and pixels of such a row.
    rows: &'a [usize],
    nx: usize,
    /// Steps to the neighbours, and how many layers on each goes.
    steps: &'a [(isize, isize)],
}

/// Steps from a layer that stay within so many.
fn within(steps: &[(isize, isize)], layer: usize, layers: usize) -> Vec<isize> {
    let stays = |on: isize| layer.checked_add_signed(on).is_some_and(|to| to < layers);
    steps.iter().filter(|(_, on)| stays(*on)).map(|(step, _)| *step).collect()
}

/// Lets the values of the queue's pixels spread until nothing changes.
fn spread<'s, K: Copy + Ord>(
    pixels: &mut [K],
    limits: &[K],
    queue: &mut VecDeque<usize>,
    steps: impl Fn(usize) -> &'s [isize],
) {
    while let Some(i) = queue.pop_front() {
        for s in steps(i) {
            let j = i.wrapping_add_signed(*s);
            let value = pixels[i].min(limits[j]);
            if pixels[j] < value {
                pixels[j] = value;
                queue.push_back(j);
            }
        }
    }
}

impl<K: Copy + Ord> Strip<'_, K> {
    /// Reconstructs the strip as if there were nothing beside it.
    fn settle(self) {
        let Strip { pixels, limits, layer, rows, nx, steps } = self;
        let layers = pixels.len() / layer;
        let steps: Vec<Vec<isize>> = (0..layers).map(|l| within(steps, l, layers)).collect();
        let near = |i: usize, step: isize| i.wrapping_add_signed(step);
        for (l, steps) in steps.iter().enumerate() {
            let before: Vec<isize> = steps.iter().copied().filter(|s| *s < 0).collect();
            for row in rows.iter().map(|row| l * layer + row) {
                for i in row..row + nx {
                    let most = before.iter().fold(pixels[i], |v, s| v.max(pixels[near(i, *s)]));
                    pixels[i] = most.min(limits[i]);
                }
            }
        }
        let mut queue = VecDeque::new();
        for (l, steps) in steps.iter().enumerate().rev() {
            let after: Vec<isize> = steps.iter().copied().filter(|s| *s > 0).collect();
            for row in rows.iter().rev().map(|row| l * layer + row) {
                for i in (row..row + nx).rev() {
                    let most = after.iter().fold(pixels[i], |v, s| v.max(pixels[near(i, *s)]));
                    pixels[i] = most.min(limits[i]);
                    let spreads = |s: &isize| {
                        let j = near(i, *s);
                        pixels[j] < pixels[i] && pixels[j] < limits[j]
                    };
                    if after.iter().any(spreads) {
                        queue.push_back(i);
                    }
                }
            }
        }
        spread(pixels, limits, &mut queue, |i| &steps[i / layer]);
    }
}

/// Fewer pixels are not worth a strip.
const STRIP: usize = 1 << 15;

/// The greatest image that is at most `limit` and to which values of `seed` spread between neighbours: reconstruction by
/// dilation of min(seed, limit). `least` is a key below which none lies. Two sweeps over each of several strips do most of
/// it, and a queue the rest (Vincent 1993); a last queue begins at the seams. There is but one such image, so that the number
/// of strips does not show.
pub fn reconstruct<K: Copy + Default + Ord + Send + Sync>(
    shape: [usize; 3],
    connectivity: u32,
    least: K,
    seed: impl Fn(usize) -> K + Sync,
    limit: impl Fn(usize) -> K + Sync,
) -> Vec<K> {
    let strips = rayon::current_num_threads().min(shape.iter().product::<usize>() / STRIP).max(1);
    in_strips(shape, connectivity, least, seed, limit, strips)
}

/// [`reconstruct`] of a part of an image, beside which lie one plane or row each of these values, as far as they are known.
pub fn reconstruct_part<K: Copy + Default + Ord + Send + Sync>(
    mut shape: [usize; 3],
    connectivity: u32,
    least: K,
    seed: impl Fn(usize) -> K + Sync,
    limit: impl Fn(usize) -> K + Sync,
    [before, after]: &Beside<K>,
    axis: usize,
) -> Vec<K> {
    let inner: usize = shape.iter().product();
    let first = before.as_ref().map_or(0, Vec::len);
    shape[axis] += before.iter().chain(after).count();
    let beside = |i: usize| match (before, after) {
        (Some(before), _) if i < first => Some(before[i]),
        (_, Some(after)) if i >= first + inner => Some(after[i - first - inner]),
        _ => None,
    };
    // Values at the sides are at their limits: they spread, and nothing spreads into them.
    let seed = |i: usize| beside(i).unwrap_or_else(|| seed(i - first));
    let limit = |i: usize| beside(i).unwrap_or_else(|| limit(i - first));
    let mut values = reconstruct(shape, connectivity, least, seed, limit);
    values.truncate(first + inner);
    values.drain(..first);
    values
}

pub fn in_strips<K: Copy + Default + Ord + Send + Sync>(
    shape: [usize; 3],
    connectivity: u32,
    least: K,
    seed: impl Fn(usize) -> K + Sync,
    limit: impl Fn(usize) -> K + Sync,
    strips: usize,
) -> Vec<K> {
    // No value spreads into the frame: its limit is the least one.
    let mut out = Framed::new(shape, least, |i| seed(i).min(limit(i)));
    let limits = Framed::new(shape, least, limit);
    let (axis, nx) = (if shape[0] > 1 { 0 } else { 1 }, shape[2]);
    let layer: usize = out.wide[axis + 1..].iter().product();
    let layers = shape[axis];
    if shape.contains(&0) {
        return Vec::new();
    }
    let thick = layers.div_ceil(strips.max(1));
    let rows: Vec<usize> = match axis {
        0 => (0..shape[1]).map(|y| (y + 1) * out.wide[2] + 1).collect(),
        _ => vec![1],
    };
    let around = neighbours(connectivity).into_iter().filter(|o| axis == 0 || o[0] == 0);
    let steps: Vec<(isize, isize)> =
        out.steps(connectivity).into_iter().zip(around.map(|o| o[axis])).collect();
    // Without the frame before and behind: a strip does not look there.
    let inner = layer..(layers + 1) * layer;
    let parts = out.pixels[inner.clone()].chunks_mut(thick * layer);
    threads::each(parts.zip(limits.pixels[inner].chunks(thick * layer)), |(pixels, limits)| {
        Strip { pixels, limits, layer, rows: &rows, nx, steps: &steps }.settle();
    });
    let (pixels, limits) = (&mut out.pixels, &limits.pixels);
    let steps: Vec<isize> = steps.into_iter().map(|(step, _)| step).collect();
    let mut queue = VecDeque::new();
    for seam in (thick..layers).step_by(thick) {
        // A layer of the image is one further on with the frame.
        for i in [seam, seam + 1]
            .iter()
            .flat_map(|l| rows.iter().flat_map(move |row| l * layer + row..l * layer + row + nx))
        {
            let spreads = |s: &isize| {
                let j = i.wrapping_add_signed(*s);
                pixels[j] < pixels[i] && pixels[j] < limits[j]
            };
            if steps.iter().any(spreads) {
                queue.push_back(i);
            }
        }
    }
    spread(pixels, limits, &mut queue, |_| &steps);
    out.inner()
}

/// [`reconstruct`] by sweeps to and fro until nothing changes.
pub fn reconstruct_plain(seed: &Grid, limit: &Grid, connectivity: u32) -> Grid {
    let mut out = seed.map_at(|p| seed.at(p).min(limit.at(p)));
    let mut places = Vec::new();
    out.map_at(|p| {
        places.push(p);
        0.0
    });
    let around = neighbours(connectivity);
    loop {
        let mut changed = false;
        for _ in 0..2 {
            for p in &places {
                let most = around
                    .iter()
                    .filter_map(|o| beside(*p, *o, out.shape))
                    .fold(out.at(*p), |v, q| v.max(out.at(q)))
                    .min(limit.at(*p));
                changed |= most > out.at(*p);
                out.set(*p, most);
            }
            places.reverse();
        }
        if !changed {
            return out;
        }
    }
}

/// A neighbour, if it lies in the image.
pub fn beside(p: [usize; 3], offset: [isize; 3], shape: [usize; 3]) -> Option<[usize; 3]> {
    let q = [0, 1, 2].map(|a| p[a].wrapping_add_signed(offset[a]));
    (0..3).all(|a| q[a] < shape[a]).then_some(q)
}

/// 1 at the pixels of plateaus that no neighbour exceeds, 0 elsewhere; nowhere where all pixels are equal. `least` is a key
/// below which none lies. Without `borders` no plateau counts that touches the border along one of the last `ndim` axes.
pub fn maxima<K: Copy + Ord + Send + Sync>(
    shape: [usize; 3],
    ndim: usize,
    connectivity: u32,
    borders: bool,
    least: K,
    key: impl Fn(usize) -> K + Sync,
) -> Vec<u8> {
    let keys = Framed::new(shape, least, key);
    let (rows, nx) = (keys.rows(), shape[2]);
    if rows.iter().all(|row| keys.pixels[*row..row + nx].iter().all(|k| *k == keys.pixels[rows[0]])) {
        return vec![0; shape.iter().product()];
    }
    let counts = |i: usize| borders || !in_border(i, shape, ndim, [0; 3], shape);
    plateaus(&keys, connectivity, counts, 0..keys.shape.iter().product())
}

/// Whether a pixel of a part that begins at `first` lies in the border of the whole image along one of its last `ndim` axes.
pub fn in_border(i: usize, part: [usize; 3], ndim: usize, first: [usize; 3], whole: [usize; 3]) -> bool {
    let [_, ny, nx] = part;
    let p = [i / nx / ny, i / nx % ny, i % nx];
    (3 - ndim..3).any(|a| p[a] + first[a] == 0 || p[a] + first[a] + 1 == whole[a])
}

/// [`maxima`] of a part of an image and what lies beside it, as far as these pixels tell: 0 where a plateau is exceeded, or
/// holds a pixel that does not count. Pixels that are not `inner` count as they are said to.
pub fn maxima_part<K: Copy + Ord + Send + Sync>(
    shape: [usize; 3],
    connectivity: u32,
    least: K,
    key: impl Fn(usize) -> K + Sync,
    counts: impl Fn(usize) -> bool + Sync,
    inner: Range<usize>,
) -> Vec<u8> {
    let mut flags = plateaus(&Framed::new(shape, least, key), connectivity, counts, inner.clone());
    flags.truncate(inner.end);
    flags.drain(..inner.start);
    flags
}

/// 1 at pixels of plateaus whose pixels all count and are not exceeded; exceeded are only `tested` pixels.
fn plateaus<K: Copy + Ord + Send + Sync>(
    keys: &Framed<K>,
    connectivity: u32,
    counts: impl Fn(usize) -> bool + Sync,
    tested: Range<usize>,
) -> Vec<u8> {
    let steps = keys.steps(connectivity);
    let ([_, ny, nx], wide, pixels) = (keys.shape, keys.wide, &keys.pixels);
    let near = |i: usize, step: isize| i.wrapping_add_signed(step);
    // 1: not exceeded so far, 0: exceeded, 2: frame.
    let mut flags = Framed::new(keys.shape, 2u8, |i| counts(i) as u8);
    let flat = (keys.shape[0] > 1) as usize;
    threads::each_row(&mut flags.pixels, wide[2], |row, line| {
        if line[1..=nx].first().is_none_or(|flag| *flag == 2) {
            return;
        }
        let first = ((row / wide[1] - flat) * ny + row % wide[1] - 1) * nx;
        line[1..=nx].iter_mut().enumerate().for_each(|(x, flag)| {
            let i = row * wide[2] + 1 + x;
            let exceeded = || steps.iter().any(|s| pixels[near(i, *s)] > pixels[i]);
            if *flag == 1 && tested.contains(&(first + x)) && exceeded() {
                *flag = 0;
            }
        });
    });
    let rows = flags.rows();
    let mut stack = Vec::new();
    for &row in &rows {
        for i in row..row + nx {
            let equal = |s: &isize| {
                let j = near(i, *s);
                flags.pixels[j] == 1 && pixels[j] == pixels[i]
            };
            if flags.pixels[i] == 0 && steps.iter().any(equal) {
                stack.push(i);
            }
        }
    }
    while let Some(i) = stack.pop() {
        for s in &steps {
            let j = near(i, *s);
            if flags.pixels[j] == 1 && pixels[j] == pixels[i] {
                flags.pixels[j] = 0;
                stack.push(j);
            }
        }
    }
    flags.inner()
}
