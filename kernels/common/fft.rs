//! Fourier transforms of real z, y, x images, in f32 or f64, on every core.

use rayon::prelude::*;
pub use rustfft::num_complex::{Complex, Complex64};
use rustfft::{Fft, FftNum, FftPlanner};
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
pub struct RealFft<T> {
    shape: [usize; 3],
    padded: [usize; 3],
    forward: [Arc<dyn Fft<T>>; 3],
    inverse: [Arc<dyn Fft<T>>; 3],
}

/// Lines that are moved together, so that each memory line is read once.
const BLOCK: usize = 16;

/// No number.
fn zero<T: FftNum>() -> Complex<T> {
    Complex::new(T::zero(), T::zero())
}

impl<T: FftNum> RealFft<T> {
    /// `padded` is not below `shape` along any axis.
    pub fn new(shape: [usize; 3], padded: [usize; 3]) -> RealFft<T> {
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
    pub fn forward(&self, image: &[T]) -> Vec<Complex<T>> {
        let ([nz, ny, nx], [_, py, px]) = (self.shape, self.padded);
        let half = px / 2 + 1;
        let half_of = T::one() / (T::one() + T::one());
        // Two rows at once, as real and imaginary part.
        let mut rows = vec![zero(); nz * ny * half];
        rows.par_chunks_mut(2 * half).zip(image.par_chunks(2 * nx)).with_min_len(4).for_each_init(
            || (vec![zero(); px], vec![zero(); self.forward[2].get_inplace_scratch_len()]),
            |(line, scratch), (out, pair)| {
                let (a, b) = pair.split_at(nx);
                line.fill(zero());
                for (i, (to, re)) in line.iter_mut().zip(a).enumerate() {
                    *to = Complex::new(*re, b.get(i).copied().unwrap_or(T::zero()));
                }
                self.forward[2].process_with_scratch(line, scratch);
                let (first, second) = out.split_at_mut(half);
                for (k, to) in first.iter_mut().enumerate() {
                    *to = (line[k] + line[(px - k) % px].conj()) * half_of;
                }
                for (k, to) in second.iter_mut().enumerate() {
                    *to = (line[k] - line[(px - k) % px].conj()) * Complex::new(T::zero(), -half_of);
                }
            },
        );
        let planes: Vec<Vec<Complex<T>>> =
            rows.chunks(ny * half).map(|plane| self.transform(plane, half, py, 1)).collect();
        drop(rows);
        if self.padded[0] == 1 {
            return planes.into_iter().next().unwrap_or_default();
        }
        self.transform(&planes.concat(), half * py, self.padded[0], 0)
    }

    /// The image of a spectrum, divided by the number of padded pixels.
    pub fn inverse(&self, mut spectrum: Vec<Complex<T>>) -> Vec<T> {
        let ([nz, ny, nx], [pz, py, px]) = (self.shape, self.padded);
        let half = px / 2 + 1;
        if pz > 1 {
            self.lines(&mut spectrum, pz, 0);
            spectrum = turn(&spectrum, pz, nz);
        }
        let mut image = vec![T::zero(); nz * ny * nx];
        let scale = T::one() / T::from_usize(pz * py * px).unwrap_or_else(T::one);
        for (plane, out) in spectrum.chunks_mut(half * py).zip(image.chunks_mut(ny * nx)) {
            self.lines(plane, py, 1);
            let rows = turn(plane, py, ny);
            out.par_chunks_mut(2 * nx).zip(rows.par_chunks(2 * half)).with_min_len(4).for_each_init(
                || (vec![zero(); px], vec![zero(); self.inverse[2].get_inplace_scratch_len()]),
                |(line, scratch), (out, pair)| {
                    let (a, b) = pair.split_at(half);
                    for k in 0..half {
                        let b = b.get(k).copied().unwrap_or_else(zero);
                        let turned = Complex::new(-b.im, b.re);
                        line[(px - k) % px] = a[k].conj() + Complex::new(b.im, b.re);
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
    fn transform(&self, input: &[Complex<T>], width: usize, n: usize, axis: usize) -> Vec<Complex<T>> {
        let mut output = vec![zero(); width * n];
        let fft = &self.forward[axis];
        output.par_chunks_mut(BLOCK * n).enumerate().for_each_init(
            || vec![zero(); fft.get_inplace_scratch_len()],
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

    fn lines(&self, data: &mut [Complex<T>], n: usize, axis: usize) {
        let fft = &self.inverse[axis];
        data.par_chunks_mut(BLOCK * n).for_each_init(
            || vec![zero(); fft.get_inplace_scratch_len()],
            |scratch, lines| fft.process_with_scratch(lines, scratch),
        );
    }
}

/// Turns lines of `n` into rows, of which the first `keep` stay.
fn turn<T: FftNum>(input: &[Complex<T>], n: usize, keep: usize) -> Vec<Complex<T>> {
    let width = input.len() / n;
    let mut output = vec![zero(); keep * width];
    output.par_chunks_mut(BLOCK * width).enumerate().for_each(|(block, rows)| {
        for (at, line) in input.chunks(n).enumerate() {
            for (row, v) in line[block * BLOCK..].iter().take(rows.len() / width).enumerate() {
                rows[row * width + at] = *v;
            }
        }
    });
    output
}
