//! Correlation one axis at a time, with an odd number of weights.

use crate::simd;
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;
use rotifer_registry::{Buffer, Edge, Error, Recorder};
use rotifer_shaders::filters::SEPARABLE;

/// Correlates `input` (z, y, x) along each axis that has weights; an empty list leaves the axis as it is.
/// Beyond the border the image is `edge`, with `constant` where that is asked for.
pub fn correlate(
    input: &[f32],
    shape: [usize; 3],
    weights: [&[f32]; 3],
    edge: Edge,
    constant: f32,
) -> Vec<f32> {
    let mut image = input.to_vec();
    for axis in (0..3).filter(|&a| !weights[a].is_empty()) {
        let mut output = vec![0.0; image.len()];
        correlate_axis(&image, &mut output, shape, axis, weights[axis], edge, constant);
        image = output;
    }
    image
}

/// Correlates one axis of `input` into `output`.
pub fn correlate_axis(
    input: &[f32],
    output: &mut [f32],
    shape: [usize; 3],
    axis: usize,
    weights: &[f32],
    edge: Edge,
    constant: f32,
) {
    if input.is_empty() {
        return;
    }
    let [_, ny, nx] = shape;
    let radius = weights.len() / 2;
    if axis == 2 {
        // Rows are extended by the edge rule once, then the inner loop knows no border.
        output.par_chunks_mut(nx).zip(input.par_chunks(nx)).with_min_len(16).for_each_init(
            || vec![0.0f32; nx + 2 * radius],
            |padded, (out, row)| {
                padded[radius..radius + nx].copy_from_slice(row);
                for k in 0..radius {
                    let read = |i: isize| edge.index(i, nx).map_or(constant, |i| row[i]);
                    padded[k] = read(k as isize - radius as isize);
                    padded[radius + nx + k] = read((nx + k) as isize);
                }
                correlate_row(out, padded, weights);
            },
        );
        return;
    }
    // Along y and z whole rows are added up, eight output rows' worth of cache at a time.
    let n = shape[axis];
    let stride = if axis == 0 { ny * nx } else { nx };
    output.par_chunks_mut(nx).enumerate().with_min_len(16).for_each(|(row, out)| {
        let (z, y) = (row / ny, row % ny);
        let at = if axis == 0 { z } else { y };
        let first = row * nx - at * stride;
        out.fill(0.0);
        for (k, &w) in weights.iter().enumerate() {
            match edge.index((at + k) as isize - radius as isize, n) {
                Some(i) => add_scaled(out, &input[first + i * stride..][..nx], w),
                None => out.iter_mut().for_each(|o| *o += w * constant),
            }
        }
    });
}

simd! {
    fn correlate_row(out: &mut [f32], padded: &[f32], weights: &[f32]) {
        let n = out.len();
        let mut start = 0;
        // Blocks of 32 stay in registers over all taps.
        while start + 32 <= n {
            let mut sum = [0.0f32; 32];
            for (k, &w) in weights.iter().enumerate() {
                let taps = &padded[start + k..start + k + 32];
                for i in 0..32 {
                    sum[i] += w * taps[i];
                }
            }
            out[start..start + 32].copy_from_slice(&sum);
            start += 32;
        }
        for i in start..n {
            let mut sum = 0.0;
            for (k, &w) in weights.iter().enumerate() {
                sum += w * padded[i + k];
            }
            out[i] = sum;
        }
    }

    fn add_scaled(out: &mut [f32], row: &[f32], weight: f32) {
        for (o, v) in out.iter_mut().zip(row) {
            *o += weight * v;
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
    weights: [&[f32]; 3],
    edge: Edge,
    constant: f32,
) -> Result<Buffer, Error> {
    let mut image = input;
    for axis in (0..3).filter(|&a| !weights[a].is_empty()) {
        let taps = recorder.constant(weights[axis]);
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
