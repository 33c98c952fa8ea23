//! Fourier transforms of real z, y, x images, in f64, on every core.

use rayon::prelude::*;
pub use rustfft::num_complex::Complex64;
use rustfft::{Fft, FftPlanner};
use std::sync::Arc;

/// Smallest length of factors 2, 3, 5 and 7 that is not below `n`: quick to transform.
pub fn fast_length(n: usize) -> usize {
    let smooth = |mut m: usize| {
        for p in [2, 3, 5, 7] {
            while m.is_multiple_of(p) {
                m /= p;
            }
        }
        m == 1
    };
    (n.max(1)..).find(|m| smooth(*m)).unwrap_or(n)
}

/// Transforms of real images of one shape, zero-padded at the far ends.
///
/// A spectrum is kept as x, y, z: `x < padded[2] / 2 + 1` only, since the rest mirrors it, and lines along z contiguous.
pub struct RealFft {
    shape: [usize; 3],
    padded: [usize; 3],
    forward: [Arc<dyn Fft<f64>>; 3],
    inverse: [Arc<dyn Fft<f64>>; 3],
}

/// Lines that are moved together, so that each memory line is read once.
const BLOCK: usize = 16;

impl RealFft {
    /// `padded` is not below `shape` along any axis.
    pub fn new(shape: [usize; 3], padded: [usize; 3]) -> RealFft {
        let mut planner = FftPlanner::new();
        RealFft {
            shape,
            padded,
            forward: padded.map(|n| planner.plan_fft_forward(n)),
            inverse: padded.map(|n| planner.plan_fft_inverse(n)),
        }
    }

    /// Extent of a spectrum along x, y, z.
    pub fn spectrum_shape(&self) -> [usize; 3] {
        [self.padded[2] / 2 + 1, self.padded[1], self.padded[0]]
    }

    /// The spectrum of an image.
    pub fn forward(&self, image: &[f64]) -> Vec<Complex64> {
        let ([nz, ny, nx], [_, py, px]) = (self.shape, self.padded);
        let half = px / 2 + 1;
        // Two rows at once, as real and imaginary part.
        let mut rows = vec![Complex64::ZERO; nz * ny * half];
        rows.par_chunks_mut(2 * half).zip(image.par_chunks(2 * nx)).with_min_len(4).for_each_init(
            || (vec![Complex64::ZERO; px], vec![Complex64::ZERO; self.forward[2].get_inplace_scratch_len()]),
            |(line, scratch), (out, pair)| {
                let (a, b) = pair.split_at(nx);
                line.fill(Complex64::ZERO);
                for (i, (to, re)) in line.iter_mut().zip(a).enumerate() {
                    *to = Complex64::new(*re, b.get(i).copied().unwrap_or(0.0));
                }
                self.forward[2].process_with_scratch(line, scratch);
                let (first, second) = out.split_at_mut(half);
                for (k, to) in first.iter_mut().enumerate() {
                    *to = (line[k] + line[(px - k) % px].conj()) * 0.5;
                }
                for (k, to) in second.iter_mut().enumerate() {
                    *to = (line[k] - line[(px - k) % px].conj()) * Complex64::new(0.0, -0.5);
                }
            },
        );
        let planes: Vec<Vec<Complex64>> =
            rows.chunks(ny * half).map(|plane| self.transform(plane, half, py, 1)).collect();
        drop(rows);
        if self.padded[0] == 1 {
            return planes.into_iter().next().unwrap_or_default();
        }
        self.transform(&planes.concat(), half * py, self.padded[0], 0)
    }

    /// The image of a spectrum, divided by the number of padded pixels.
    pub fn inverse(&self, mut spectrum: Vec<Complex64>) -> Vec<f64> {
        let ([nz, ny, nx], [pz, py, px]) = (self.shape, self.padded);
        let half = px / 2 + 1;
        if pz > 1 {
            self.lines(&mut spectrum, pz, 0);
            spectrum = turn(&spectrum, pz, nz);
        }
        let mut image = vec![0.0; nz * ny * nx];
        let scale = 1.0 / (pz * py * px) as f64;
        for (plane, out) in spectrum.chunks_mut(half * py).zip(image.chunks_mut(ny * nx)) {
            self.lines(plane, py, 1);
            let rows = turn(plane, py, ny);
            out.par_chunks_mut(2 * nx).zip(rows.par_chunks(2 * half)).with_min_len(4).for_each_init(
                || {
                    (
                        vec![Complex64::ZERO; px],
                        vec![Complex64::ZERO; self.inverse[2].get_inplace_scratch_len()],
                    )
                },
                |(line, scratch), (out, pair)| {
                    let (a, b) = pair.split_at(half);
                    for k in 0..half {
                        let b = b.get(k).copied().unwrap_or_default();
                        let turned = Complex64::new(-b.im, b.re);
                        line[(px - k) % px] = a[k].conj() + Complex64::new(b.im, b.re);
                        line[k] = a[k] + turned;
                    }
                    self.inverse[2].process_with_scratch(line, scratch);
                    let (first, second) = out.split_at_mut(nx);
                    for (to, v) in first.iter_mut().zip(line.iter()) {
                        *to = v.re * scale;
                    }
                    for (to, v) in second.iter_mut().zip(line.iter()) {
                        *to = v.im * scale;
                    }
                },
            );
        }
        image
    }

    /// Turns rows of `width` into columns of `n`, padded with zeros, and transforms them.
    fn transform(&self, input: &[Complex64], width: usize, n: usize, axis: usize) -> Vec<Complex64> {
        let mut output = vec![Complex64::ZERO; width * n];
        let fft = &self.forward[axis];
        output.par_chunks_mut(BLOCK * n).enumerate().for_each_init(
            || vec![Complex64::ZERO; fft.get_inplace_scratch_len()],
            |scratch, (block, lines)| {
                for (i, row) in input.chunks(width).enumerate() {
                    for (line, v) in row[block * BLOCK..].iter().take(lines.len() / n).enumerate() {
                        lines[line * n + i] = *v;
                    }
                }
                fft.process_with_scratch(lines, scratch);
            },
        );
        output
    }

    fn lines(&self, data: &mut [Complex64], n: usize, axis: usize) {
        let fft = &self.inverse[axis];
        data.par_chunks_mut(BLOCK * n).for_each_init(
            || vec![Complex64::ZERO; fft.get_inplace_scratch_len()],
            |scratch, lines| fft.process_with_scratch(lines, scratch),
        );
    }
}

/// Turns lines of `n` into rows, of which the first `keep` stay.
fn turn(input: &[Complex64], n: usize, keep: usize) -> Vec<Complex64> {
    let width = input.len() / n;
    let mut output = vec![Complex64::ZERO; keep * width];
    output.par_chunks_mut(BLOCK * width).enumerate().for_each(|(block, rows)| {
        for (at, line) in input.chunks(n).enumerate() {
            for (row, v) in line[block * BLOCK..].iter().take(rows.len() / width).enumerate() {
                rows[row * width + at] = *v;
            }
        }
    });
    output
}
