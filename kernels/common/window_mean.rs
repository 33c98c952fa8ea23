//! The mean over a window: running sums in float64 for a box, prefix sums along rows for any other footprint.

use crate::common::rows::{Extended, for_blocks, pad};
use crate::common::separable;
use crate::simd;
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;
use rotifer_registry::footprint::Offsets;
use rotifer_registry::*;
use rotifer_shaders::filters::MEAN_FILTER;

/// The mean of the pixels at these offsets around every pixel.
pub fn mean<T: Element>(image: &Extended<T>, offsets: &Offsets) -> Vec<f32> {
    let mut output = vec![0.0; image.pixels.len()];
    match (output.is_empty(), offsets.is_box) {
        (true, _) => {}
        (_, true) => mean_of_box(image, offsets.radius, &mut output),
        (_, false) => mean_of_runs(image, offsets, &mut output),
    }
    output
}

/// Blocks of rows go down z together, so that planes, then rows, come into the sum and leave it.
fn mean_of_box<T: Element>(image: &Extended<T>, [rz, ry, rx]: [usize; 3], output: &mut [f32]) {
    let [_, ny, nx] = image.shape;
    let rows = (4 * ry).clamp(32, 256);
    let window = [rz, ry, rx].map(|r| 2 * r + 1);
    let constant = image.constant;
    let border = constant * (window[0] * window[1]) as f64;
    let scale = 1.0 / window.iter().product::<usize>() as f64;
    let mut blocks: Vec<Vec<&mut [f32]>> = (0..ny).step_by(rows).map(|_| Vec::new()).collect();
    for plane in output.chunks_mut(ny * nx) {
        blocks.iter_mut().zip(plane.chunks_mut(rows * nx)).for_each(|(block, part)| block.push(part));
    }
    blocks.into_par_iter().enumerate().for_each(|(b, block)| {
        let high = block.first().map_or(0, |part| part.len() / nx) + 2 * ry;
        let mut planes = vec![0.0f64; high * nx];
        let mut sum = vec![0.0f64; nx + 2 * rx];
        let mut spare = [vec![0.0f64; nx + 2 * rx], vec![0.0f64; nx + 2 * rx]];
        let add_plane = |planes: &mut [f64], z: isize, sign: f64| {
            for (i, sum) in planes.chunks_mut(nx).enumerate() {
                match image.row(z, (b * rows + i) as isize - ry as isize) {
                    Some(row) => add_row(sum, row, sign),
                    None => sum.iter_mut().for_each(|s| *s += sign * constant),
                }
            }
        };
        for (z, out) in block.into_iter().enumerate() {
            let z = z as isize;
            let r = rz as isize;
            let mut anew = z == 0 || rz == 0;
            if !anew {
                add_plane(&mut planes, z + r, 1.0);
                add_plane(&mut planes, z - r - 1, -1.0);
                // What is not finite does not leave a sum by subtraction.
                anew = !all_finite(&planes);
            }
            if anew {
                planes.fill(0.0);
                (z - r..=z + r).for_each(|z| add_plane(&mut planes, z, 1.0));
            }
            let row = |i: usize| &planes[i * nx..(i + 1) * nx];
            let mut dirty = true;
            for (i, out) in out.chunks_mut(nx).enumerate() {
                let whole = |sum: &mut [f64]| {
                    sum.fill(0.0);
                    (i..i + window[1]).for_each(|k| add_sums(sum, row(k), 1.0));
                };
                if dirty {
                    whole(&mut sum[rx..rx + nx]);
                } else {
                    add_sums(&mut sum[rx..rx + nx], row(i + window[1] - 1), 1.0);
                    add_sums(&mut sum[rx..rx + nx], row(i - 1), -1.0);
                    if !all_finite(&sum[rx..rx + nx]) {
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
            add_sums(&mut total[..n], &ones[at..at + n], 1.0);
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
    fn add_row<T: Element>(sum: &mut [f64], row: &[T], sign: f64) {
        for (s, v) in sum.iter_mut().zip(row) {
            *s += sign * v.to_f64();
        }
    }

    fn add_sums(sum: &mut [f64], row: &[f64], sign: f64) {
        for (s, v) in sum.iter_mut().zip(row) {
            *s += sign * v;
        }
    }

    fn add_difference(sum: &mut [f64], last: &[f64], first: &[f64]) {
        for ((s, b), a) in sum.iter_mut().zip(last).zip(first) {
            *s += b - a;
        }
    }

    fn all_finite(values: &[f64]) -> bool {
        // 0 times what is not finite is NaN.
        let mut lanes = [0.0f64; 16];
        let (blocks, rest) = values.as_chunks::<16>();
        for block in blocks {
            for i in 0..16 {
                lanes[i] += 0.0 * block[i];
            }
        }
        lanes.iter().all(|v| *v == 0.0) && rest.iter().all(|v| v.is_finite())
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

/// Each run of the footprint is a difference of two prefix sums; what is not finite is kept apart from these.
fn mean_of_runs<T: Element>(image: &Extended<T>, offsets: &Offsets, output: &mut [f32]) {
    const ROWS: usize = 16;
    let nx = image.shape[2];
    let [rz, ry, rx] = offsets.radius;
    let width = nx + 2 * rx;
    let runs = offsets.runs();
    let scale = 1.0 / offsets.offsets.len() as f64;
    let init = || (vec![0.0f64; width], Vec::new(), vec![0.0f64; nx]);
    for_blocks(output, image.shape, ROWS, init, |(line, prefix, sum), z, y, out| {
        let high = out.len() / nx + 2 * ry;
        prefix.resize((2 * rz + 1) * high * (width + 1), 0.0);
        let mut odd: Vec<(usize, usize, f64)> = Vec::new();
        for (i, prefix) in prefix.chunks_mut(width + 1).enumerate() {
            let at = ((z + i / high) as isize - rz as isize, (y + i % high) as isize - ry as isize);
            image.padded(at.0, at.1, rx, line, image.constant, T::to_f64);
            let mut total = 0.0;
            prefix[0] = 0.0;
            for (x, (v, p)) in line.iter().zip(&mut prefix[1..]).enumerate() {
                if v.is_finite() {
                    total += v;
                } else {
                    odd.push((i, x, *v));
                }
                *p = total;
            }
        }
        for (i, out) in out.chunks_mut(nx).enumerate() {
            sum.fill(0.0);
            for &(dz, dy, a, b) in &runs {
                let row = (dz + rz as i32) as usize * high + i + (dy + ry as i32) as usize;
                let (a, b) = ((a + rx as i32) as usize, (b + rx as i32) as usize);
                let prefix = &prefix[row * (width + 1)..][..width + 1];
                add_difference(sum, &prefix[b + 1..b + 1 + nx], &prefix[a..a + nx]);
                for &(_, x, v) in odd.iter().filter(|(at, ..)| *at == row) {
                    // Pixel x of the padded row lies in the runs of these output pixels.
                    for s in &mut sum[x.saturating_sub(b).min(nx)..(x + 1).saturating_sub(a).min(nx)] {
                        *s += v;
                    }
                }
            }
            scale_row(out, sum, scale);
        }
    });
}

/// The mean of every window by itself.
pub fn reference(grid: &Grid, offsets: &Offsets, edge: Edge, constant: f64) -> Grid {
    grid.map_at(|p| {
        let at = |o: &[i32; 3]| [0, 1, 2].map(|a| p[a] as isize + o[a] as isize);
        let sum: f64 = offsets.offsets.iter().map(|o| grid.sample(at(o), edge, constant)).sum();
        sum / offsets.offsets.len() as f64
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

/// Records the mean: three passes for a box, else one over the runs of the footprint.
pub fn record_mean(
    recorder: &mut Recorder,
    image: &DeviceVolume,
    offsets: &Offsets,
    edge: Edge,
    constant: f64,
) -> Result<Buffer, Error> {
    let shape = image.meta.shape;
    if offsets.is_box {
        let weights = offsets
            .radius
            .map(|r| if r == 0 { Vec::new() } else { vec![1.0 / (2 * r + 1) as f32; 2 * r + 1] });
        return separable::record_correlate(recorder, image.buffer, shape, &weights, edge, constant as f32);
    }
    let n = offsets.offsets.len();
    // Software adapters stop a thread after 65,535 steps.
    if n > 60_000 {
        return Err(
            Error::new(Code::Unavailable, "windows of more than 60,000 pixels run on the host").value(n)
        );
    }
    let runs: Vec<[i32; 4]> = offsets.runs().into_iter().map(|(z, y, a, b)| [z, y, a, b]).collect();
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
