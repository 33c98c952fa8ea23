//! Correlation one axis at a time, with an odd number of weights.

use crate::common::fresh::{Tile, fresh, share, tiles};
use crate::common::rows::Extended;
use crate::simd;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::{Buffer, Edge, Element, Error, Recorder};
use rotifer_shaders::filters::SEPARABLE;

/// Weights along z, y, x; an empty list leaves the axis as it is.
pub type Weights = [Vec<f32>; 3];

/// Correlates an image along each axis that has weights. All passes of a few rows run while these are in cache.
pub fn correlate<T: Element>(image: Extended<T>, weights: &Weights) -> Vec<f32> {
    correlate_tiles(&image, 0.0, &[weights])
}

/// The difference of two correlations of an image, of which `level` is taken first, in one go.
pub fn correlate_difference<T: Element>(
    image: Extended<T>,
    level: f32,
    plus: &Weights,
    minus: &Weights,
) -> Vec<f32> {
    correlate_tiles(&image, level, &[plus, minus])
}

/// Rows that are computed together: what they read stays in the first cache.
const ROWS: usize = 8;
/// Bytes of rows that stay in the second cache.
const CACHE: usize = 384 << 10;

/// The correlation by the first weights, less that by the second where there are two.
///
/// Rows of the image come into a ring as f32, those beyond the border too, correlated along z if there are weights; from
/// there along y, and then along x. Rows of the ring begin at different places of a page, so that they do not push each
/// other out of the cache as rows of an image of 2^n pixels do.
fn correlate_tiles<T: Element>(image: &Extended<T>, level: f32, filters: &[&Weights]) -> Vec<f32> {
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
    let wide =
        (CACHE / (4 * rings * held)).saturating_sub(2 * rx).max(512).max(4 * rx).next_multiple_of(LANES);
    let wide = nx.div_ceil(nx.div_ceil(wide).max(1)).next_multiple_of(LANES);
    let bands = (4 * rayon::current_num_threads()).div_ceil((nz * nx.div_ceil(wide)).max(1));
    let high = ny.div_ceil(bands).max(if solid { 4 * ry } else { ry }).max(32);
    let one = [1.0];
    fresh(nz * ny * nx, |out| {
        share(tiles(out, image.shape, [high, wide]), Scratch::default, |scratch, tile| {
            let Tile { plane, top, left, width, mut rows } = tile;
            let padded = width + 2 * rx;
            let stride = padded.next_multiple_of(16) + 16;
            scratch.ring.resize(rings * held * stride, 0.0);
            scratch.middle.resize(ROWS * stride, 0.0);
            scratch.sums.resize(ROWS * width, 0.0);
            let slot = |filter: usize, row: usize| (filter * held + row % held) * stride;
            let mut ready = 0;
            for first in (0..rows.len()).step_by(ROWS) {
                let count = ROWS.min(rows.len() - first);
                for row in ready..first + count + 2 * ry {
                    let y = (top + row) as isize - ry as isize;
                    for (filter, weights) in filters.iter().enumerate().take(rings) {
                        let line = &mut scratch.ring[slot(filter, row)..][..padded];
                        load(
                            image,
                            [plane as isize, y],
                            left as isize - rx as isize,
                            &weights[0],
                            level,
                            line,
                        );
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
                    let columns = (6144 / (along_y.len() + ROWS) / LANES).max(1) * LANES;
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
                            sum_rows(line, &scratch.ring[beside + x..], &scratch.starts, along_y, 0.0);
                        }
                    }
                    for row in 0..count {
                        let line = &scratch.middle[row * stride..][..used];
                        if filters.len() == 1 {
                            correlate_row(rows[first + row].row(width), line, along_x);
                            continue;
                        }
                        let sums = &mut scratch.sums[row * width..][..width];
                        if filter == 0 {
                            correlate_row(sums, line, along_x);
                        } else {
                            let out = rows[first + row].row(width);
                            correlate_row(out, line, along_x);
                            out.iter_mut().zip(sums.iter()).for_each(|(b, a)| *b = *a - *b);
                        }
                    }
                }
            }
        });
    })
}

#[derive(Default)]
struct Scratch {
    ring: Vec<f32>,
    middle: Vec<f32>,
    sums: Vec<f32>,
    starts: Vec<usize>,
}

/// Pixels of the row at z, y from column `left` on, less `level`, correlated along z. All may lie beyond the border.
fn load<T: Element>(
    image: &Extended<T>,
    [z, y]: [isize; 2],
    left: isize,
    weights: &[f32],
    level: f32,
    line: &mut [f32],
) {
    let [nz, ny, nx] = image.shape;
    let constant = image.constant as f32 - level;
    let Some(y) = image.edge.index(y, ny) else { return line.fill(constant) };
    let from = left.max(0) as usize;
    let to = ((left + line.len() as isize).max(0) as usize).min(nx).max(from);
    let skip = (from as isize - left) as usize;
    let inner = skip..skip + to - from;
    let (mut bias, mut starts, mut used) = (0.0, Vec::new(), Vec::new());
    if weights.is_empty() {
        starts.push((z as usize * ny + y) * nx);
        subtract(&mut line[inner.clone()], &image.pixels[starts[0] + from..starts[0] + to], level);
    } else {
        let taps = weights.iter().zip(z - weights.len() as isize / 2..);
        for (w, z) in taps {
            match image.edge.index(z, nz) {
                Some(z) => {
                    starts.push((z * ny + y) * nx);
                    used.push(*w);
                }
                None => bias += w * constant,
            }
        }
        let pixels = &image.pixels[from.min(image.pixels.len())..];
        sum_levelled(&mut line[inner.clone()], pixels, &starts, &used, bias, level);
    }
    let at = |x: usize| match weights.is_empty() {
        true => image.pixels[starts[0] + x].to_f32() - level,
        false => starts
            .iter()
            .zip(&used)
            .fold(bias, |sum, (s, w)| sum + w * (image.pixels[s + x].to_f32() - level)),
    };
    for i in (0..inner.start).chain(inner.end..line.len()) {
        line[i] = image.edge.index(left + i as isize, nx).map_or(constant, at);
    }
}

/// Pixels that stay in registers over all taps.
const LANES: usize = 64;

simd! {
    fn subtract<T: Element>(out: &mut [f32], pixels: &[T], level: f32) {
        for (o, v) in out.iter_mut().zip(pixels) {
            *o = v.to_f32() - level;
        }
    }

    /// Sum of weighted rows that begin at these places.
    fn sum_rows(out: &mut [f32], rows: &[f32], starts: &[usize], weights: &[f32], bias: f32) {
        let n = out.len();
        let mut x = 0;
        while n >= LANES && x < n {
            // The last block overlaps the one before.
            x = x.min(n - LANES);
            let mut sum = [bias; LANES];
            for (start, &w) in starts.iter().zip(weights) {
                let row = &rows[start + x..start + x + LANES];
                for i in 0..LANES {
                    sum[i] += w * row[i];
                }
            }
            out[x..x + LANES].copy_from_slice(&sum);
            x += LANES;
        }
        for x in x..n {
            out[x] = starts.iter().zip(weights).fold(bias, |sum, (start, w)| sum + w * rows[start + x]);
        }
    }

    /// [`sum_rows`] of pixels less a level.
    fn sum_levelled<T: Element>(
        out: &mut [f32], rows: &[T], starts: &[usize], weights: &[f32], bias: f32, level: f32,
    ) {
        let n = out.len();
        let mut x = 0;
        while n >= LANES && x < n {
            x = x.min(n - LANES);
            let mut sum = [bias; LANES];
            for (start, &w) in starts.iter().zip(weights) {
                let row = &rows[start + x..start + x + LANES];
                for i in 0..LANES {
                    sum[i] += w * (row[i].to_f32() - level);
                }
            }
            out[x..x + LANES].copy_from_slice(&sum);
            x += LANES;
        }
        for x in x..n {
            let taps = starts.iter().zip(weights);
            out[x] = taps.fold(bias, |sum, (start, w)| sum + w * (rows[start + x].to_f32() - level));
        }
    }

    fn correlate_row(out: &mut [f32], padded: &[f32], weights: &[f32]) {
        let n = out.len();
        let mut x = 0;
        while n >= LANES && x < n {
            x = x.min(n - LANES);
            let mut sum = [0.0f32; LANES];
            for (k, &w) in weights.iter().enumerate() {
                let taps = &padded[x + k..x + k + LANES];
                for i in 0..LANES {
                    sum[i] += w * taps[i];
                }
            }
            out[x..x + LANES].copy_from_slice(&sum);
            x += LANES;
        }
        for x in x..n {
            out[x] = weights.iter().zip(&padded[x..]).fold(0.0, |sum, (w, v)| sum + w * v);
        }
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
