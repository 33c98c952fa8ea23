//! Correlation one axis at a time, with an odd number of weights.

use crate::common::rows::{Extended, for_blocks, pad};
use crate::simd;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::{Buffer, Edge, Element, Error, Recorder};
use rotifer_shaders::filters::SEPARABLE;

/// Weights along z, y, x; an empty list leaves the axis as it is.
pub type Weights = [Vec<f32>; 3];

/// Correlates an image along each axis that has weights. All passes of a few rows run while these are in cache.
pub fn correlate<T: Element>(image: Extended<T>, weights: &Weights) -> Vec<f32> {
    let mut output = vec![0.0; image.pixels.len()];
    let rows = block_rows(image.shape, weights);
    for_blocks(&mut output, image.shape, rows, Scratch::default, |scratch, z, y, out| {
        correlate_block(&image, weights, z, y, scratch, out);
    });
    output
}

/// The difference of two correlations of one image, in one go.
pub fn correlate_difference<T: Element>(image: Extended<T>, plus: &Weights, minus: &Weights) -> Vec<f32> {
    let mut output = vec![0.0; image.pixels.len()];
    let rows = block_rows(image.shape, minus);
    let init = || (Scratch::default(), Vec::new());
    for_blocks(&mut output, image.shape, rows, init, |(scratch, other), z, y, out| {
        other.resize(out.len(), 0.0);
        correlate_block(&image, plus, z, y, scratch, out);
        correlate_block(&image, minus, z, y, scratch, other);
        out.iter_mut().zip(other).for_each(|(a, b)| *a -= *b);
    });
    output
}

/// Rows of a block: more where rows beside the block are computed for it alone.
fn block_rows(shape: [usize; 3], weights: &Weights) -> usize {
    let halo = if weights[0].is_empty() { 0 } else { weights[1].len() };
    (2 * halo).clamp(16, shape[1].max(16))
}

#[derive(Default)]
struct Scratch {
    stage: Vec<f32>,
    padded: Vec<f32>,
}

/// Correlates the rows from z, y on that fill `out`.
fn correlate_block<T: Element>(
    image: &Extended<T>,
    weights: &Weights,
    z: usize,
    y: usize,
    scratch: &mut Scratch,
    out: &mut [f32],
) {
    let nx = image.shape[2];
    let constant = image.constant as f32;
    let [rz, ry, rx] = weights.each_ref().map(|w| w.len() / 2);
    let count = out.len() / nx + 2 * ry;
    let at = |i: usize| (y + i) as isize - ry as isize;
    let outside = |i: usize| image.edge.index(at(i), image.shape[1]).is_none();

    // The rows that the pass along y reads: those of the image, or made here by the pass along z.
    let as_f32: Option<&[f32]> =
        if T::DTYPE == f32::DTYPE { bytemuck::try_cast_slice(image.pixels).ok() } else { None };
    let whole = as_f32.filter(|_| weights[0].is_empty());
    if whole.is_none() {
        scratch.stage.resize(count * nx, 0.0);
        let mut taps = Vec::new();
        for (i, row) in scratch.stage.chunks_mut(nx).enumerate().filter(|(i, _)| !outside(*i)) {
            taps.clear();
            if weights[0].is_empty() {
                taps.extend(image.row(z as isize, at(i)).map(|row| (row, 1.0)));
                sum_rows(row, &taps, 0.0);
            } else {
                let bias = gather(&mut taps, &weights[0], constant, |k| {
                    image.row((z + k) as isize - rz as isize, at(i))
                });
                sum_rows(row, &taps, bias);
            }
        }
    }
    let row = |i: usize| match whole {
        _ if outside(i) => None,
        Some(_) => Extended { pixels: whole?, shape: image.shape, edge: image.edge, constant: 0.0 }
            .row(z as isize, at(i)),
        None => Some(&scratch.stage[i * nx..][..nx]),
    };

    scratch.padded.resize(nx + 2 * rx, 0.0);
    let mut taps = Vec::new();
    for (i, out) in out.chunks_mut(nx).enumerate() {
        taps.clear();
        let bias = if weights[1].is_empty() {
            taps.extend(row(i).map(|row| (row, 1.0)));
            0.0
        } else {
            gather(&mut taps, &weights[1], constant, |k| row(i + k))
        };
        if weights[2].is_empty() {
            sum_rows(out, &taps, bias);
        } else {
            sum_rows(&mut scratch.padded[rx..rx + nx], &taps, bias);
            pad(&mut scratch.padded, rx, image.edge, constant);
            correlate_row(out, &scratch.padded, &weights[2]);
        }
    }
}

/// The rows that stand at the weights, and what the constant adds where there is none.
fn gather<'a, T>(
    taps: &mut Vec<(&'a [T], f32)>,
    weights: &[f32],
    constant: f32,
    row: impl Fn(usize) -> Option<&'a [T]>,
) -> f32 {
    let mut bias = 0.0;
    for (k, &w) in weights.iter().enumerate() {
        match row(k) {
            Some(row) => taps.push((row, w)),
            None => bias += w * constant,
        }
    }
    bias
}

/// Pixels that stay in registers over all taps.
const LANES: usize = 64;

simd! {
    /// Sum of weighted rows.
    fn sum_rows<T: Element>(out: &mut [f32], taps: &[(&[T], f32)], bias: f32) {
        let n = out.len();
        let mut start = 0;
        while n >= LANES && start < n {
            // The last block overlaps the one before.
            start = start.min(n - LANES);
            let mut sum = [bias; LANES];
            for (row, w) in taps {
                let row = &row[start..start + LANES];
                for i in 0..LANES {
                    sum[i] += w * row[i].to_f32();
                }
            }
            out[start..start + LANES].copy_from_slice(&sum);
            start += LANES;
        }
        for i in start..n {
            out[i] = taps.iter().fold(bias, |sum, (row, w)| sum + w * row[i].to_f32());
        }
    }

    fn correlate_row(out: &mut [f32], padded: &[f32], weights: &[f32]) {
        let n = out.len();
        let mut start = 0;
        while n >= LANES && start < n {
            start = start.min(n - LANES);
            let mut sum = [0.0f32; LANES];
            for (k, &w) in weights.iter().enumerate() {
                let taps = &padded[start + k..start + k + LANES];
                for i in 0..LANES {
                    sum[i] += w * taps[i];
                }
            }
            out[start..start + LANES].copy_from_slice(&sum);
            start += LANES;
        }
        for i in start..n {
            out[i] = weights.iter().zip(&padded[i..]).fold(0.0, |sum, (w, v)| sum + w * v);
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
