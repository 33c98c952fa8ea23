//! Fourier transforms of real z, y, x images, in f32 or f64, on every core.

use crate::common::parts;
use crate::common::threads;
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

/// Bytes of each line that are moved together, so that each memory line is read once.
const BLOCK: usize = 128;

/// Pairs of rows that a thread takes at a time.
const PAIRS: usize = 4;

/// No number.
fn zero<T: FftNum>() -> Complex<T> {
    Complex::new(T::zero(), T::zero())
}

/// Memory for a transform of two rows at once.
struct Line<T> {
    line: Vec<Complex<T>>,
    scratch: Vec<Complex<T>>,
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

    fn line(&self) -> Line<T> {
        let [forward, inverse] =
            [&self.forward[2], &self.inverse[2]].map(|fft| fft.get_inplace_scratch_len());
        Line { line: vec![zero(); self.padded[2]], scratch: vec![zero(); forward.max(inverse)] }
    }

    /// Half the spectra of one row or two, which are transformed at once, as real and imaginary part.
    fn rows_forward(&self, memory: &mut Line<T>, rows: [&[T]; 2], out: [&mut [Complex<T>]; 2]) {
        let Line { line, scratch } = memory;
        let (px, half_of) = (self.padded[2], T::one() / (T::one() + T::one()));
        line.fill(zero());
        for (i, (to, re)) in line.iter_mut().zip(rows[0]).enumerate() {
            *to = Complex::new(*re, rows[1].get(i).copied().unwrap_or_else(T::zero));
        }
        self.forward[2].process_with_scratch(line, scratch);
        let [first, second] = out;
        for (k, to) in first.iter_mut().enumerate() {
            *to = (line[k] + line[(px - k) % px].conj()) * half_of;
        }
        for (k, to) in second.iter_mut().enumerate() {
            *to = (line[k] - line[(px - k) % px].conj()) * Complex::new(T::zero(), -half_of);
        }
    }

    /// One row or two from half their spectra, divided by the number of padded pixels.
    fn rows_inverse(&self, memory: &mut Line<T>, spectra: [&[Complex<T>]; 2], out: [&mut [T]; 2]) {
        let Line { line, scratch } = memory;
        let [pz, py, px] = self.padded;
        let scale = T::one() / T::from_usize(pz * py * px).unwrap_or_else(T::one);
        let [a, b] = spectra;
        for (k, a) in a.iter().enumerate() {
            let b = b.get(k).copied().unwrap_or_else(zero);
            line[(px - k) % px] = a.conj() + Complex::new(b.im, b.re);
            line[k] = *a + Complex::new(-b.im, b.re);
        }
        self.inverse[2].process_with_scratch(line, scratch);
        let [first, second] = out;
        for (to, v) in first.iter_mut().zip(line.iter()) {
            *to = v.re * scale;
        }
        for (to, v) in second.iter_mut().zip(line.iter()) {
            *to = v.im * scale;
        }
    }

    /// The spectrum of an image whose pixels, from an index on, `fill` gives row by row.
    pub fn forward(&self, fill: impl Fn(usize, &mut [T]) + Sync) -> Vec<Complex<T>> {
        let ([nz, ny, nx], [pz, py, px]) = (self.shape, self.padded);
        let half = px / 2 + 1;
        let init = || (self.line(), vec![T::zero(); 2 * nx]);
        let rows = parts::by_parts(
            1,
            nz * ny * half,
            2 * PAIRS * half,
            zero(),
            init,
            |(memory, pixels), _, first, out| {
                for (pair, out) in out.chunks_mut(2 * half).enumerate() {
                    let row = first / half + 2 * pair;
                    let pixels = &mut pixels[..nx * (out.len() / half)];
                    for (i, pixels) in pixels.chunks_mut(nx).enumerate() {
                        fill((row + i) * nx, pixels);
                    }
                    self.rows_forward(memory, split(pixels, nx), split_mut(out, half));
                }
            },
        );
        let planes = self.transform(&rows, nz, half, py, 1);
        drop(rows);
        if pz == 1 { planes } else { self.transform(&planes, 1, half * py, pz, 0) }
    }

    /// The image of a spectrum, divided by the number of padded pixels.
    pub fn inverse(&self, spectrum: &[Complex<T>]) -> Vec<T> {
        let ([nz, ny, nx], [pz, py, px]) = (self.shape, self.padded);
        let half = px / 2 + 1;
        let plane = half * py;
        let lines = if pz > 1 {
            self.lines(&turn(&self.lines(spectrum, pz, 0), pz, nz), py, 1)
        } else {
            self.lines(spectrum, py, 1)
        };
        let init = || (self.line(), Vec::new());
        parts::by_parts(nz, ny * nx, 2 * PAIRS * nx, T::zero(), init, |(memory, rows), z, first, out| {
            let y = first / nx;
            gather(&lines[z * plane..][..plane], py, y..y + out.len() / nx, rows);
            for (rows, out) in rows.chunks(2 * half).zip(out.chunks_mut(2 * nx)) {
                self.rows_inverse(memory, split(rows, half), split_mut(out, nx));
            }
        })
    }

    /// Turns the rows of `width` of each plane into columns of `n`, padded with zeros, and transforms them.
    fn transform(
        &self,
        input: &[Complex<T>],
        planes: usize,
        width: usize,
        n: usize,
        axis: usize,
    ) -> Vec<Complex<T>> {
        let (fft, block) = (&self.forward[axis], BLOCK / size_of::<Complex<T>>());
        let scratch = || vec![zero(); fft.get_inplace_scratch_len()];
        let plane = input.len() / planes.max(1);
        parts::by_parts(planes, width * n, block * n, zero(), scratch, |scratch, z, first, lines| {
            let (x, count, given) = (first / n, lines.len() / n, plane / width);
            transpose(&input[z * plane + x..], width, lines, n, [given, count]);
            lines.chunks_mut(n).for_each(|line| line[given..].fill(zero()));
            fft.process_with_scratch(lines, scratch);
        })
    }

    /// Lines of `n` transformed back.
    fn lines(&self, data: &[Complex<T>], n: usize, axis: usize) -> Vec<Complex<T>> {
        let (fft, block) = (&self.inverse[axis], BLOCK / size_of::<Complex<T>>());
        let scratch = || vec![zero(); fft.get_inplace_scratch_len()];
        parts::by_parts(1, data.len(), block * n, zero(), scratch, |scratch, _, first, lines| {
            lines.copy_from_slice(&data[first..first + lines.len()]);
            fft.process_with_scratch(lines, scratch);
        })
    }
}

/// One row or two of so many elements; the second is empty where it is not there.
fn split<T>(rows: &[T], len: usize) -> [&[T]; 2] {
    rows.split_at(len.min(rows.len())).into()
}

fn split_mut<T>(rows: &mut [T], len: usize) -> [&mut [T]; 2] {
    let (first, second) = rows.split_at_mut(len.min(rows.len()));
    [first, second]
}

/// Writes `rows` rows, that lie `from_stride` apart, as the columns of `to`, whose rows lie `to_stride` apart: a memory line
/// of these at a time.
fn transpose<T: Copy>(
    from: &[T],
    from_stride: usize,
    to: &mut [T],
    to_stride: usize,
    [rows, columns]: [usize; 2],
) {
    let tile = (64 / size_of::<T>()).max(1);
    for row in (0..rows).step_by(tile) {
        let some = tile.min(rows - row);
        for column in 0..columns {
            let to = &mut to[column * to_stride + row..][..some];
            for (to, from) in
                to.iter_mut().zip(from[row * from_stride + column..].iter().step_by(from_stride))
            {
                *to = *from;
            }
        }
    }
}

/// Elements `range` of lines of `n`, as rows.
fn gather<T: FftNum>(
    lines: &[Complex<T>],
    n: usize,
    range: std::ops::Range<usize>,
    rows: &mut Vec<Complex<T>>,
) {
    let width = lines.len() / n;
    rows.resize(range.len() * width, zero());
    transpose(&lines[range.start..], n, rows, width, [width, range.len()]);
}

/// Turns lines of `n` into rows, of which the first `keep` stay.
fn turn<T: FftNum>(input: &[Complex<T>], n: usize, keep: usize) -> Vec<Complex<T>> {
    let width = input.len() / n;
    let block = BLOCK / size_of::<Complex<T>>();
    parts::by_parts(
        1,
        keep * width,
        block * width,
        zero(),
        || (),
        |_, _, first, rows| {
            transpose(&input[first / width..], n, rows, width, [width, rows.len() / width]);
        },
    )
}

/// Convolutions of images of one shape one after the other, with what lies between them done row by row.
///
/// An image is transformed along x where its rows are made, and along y and z, multiplied and transformed back in one go,
/// so that it crosses memory four times in all.
pub struct Convolver<T> {
    fft: RealFft<T>,
    /// Rows transformed along x: z, y, x.
    rows: Vec<Complex<T>>,
    /// Convolved, but for the transform back along x: x, z, y, with the lines along y padded.
    columns: Vec<Complex<T>>,
}

/// Which transforms along x surround the work on rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sweep {
    /// The rows are made.
    First,
    /// The rows come from a convolution and go to the next.
    Between,
    /// The rows come from a convolution.
    Last,
}

impl<T: FftNum> Convolver<T> {
    /// `padded` is not below `shape` along any axis.
    pub fn new(shape: [usize; 3], padded: [usize; 3]) -> Convolver<T> {
        let half = padded[2] / 2 + 1;
        Convolver {
            fft: RealFft::new(shape, padded),
            rows: vec![zero(); shape[0] * shape[1] * half],
            columns: vec![zero(); half * shape[0] * padded[1]],
        }
    }

    /// Calls `work(first pixel, row, own row)` for every row, in parallel, with the rows of the image as they are between
    /// two convolutions and the rows of `own`.
    pub fn sweep(&mut self, sweep: Sweep, own: &mut [T], work: impl Fn(usize, &mut [T], &mut [T]) + Sync) {
        let Convolver { fft, rows, columns } = self;
        let ([nz, ny, nx], [_, py, px]) = (fft.shape, fft.padded);
        let half = px / 2 + 1;
        let group = BLOCK / size_of::<Complex<T>>();
        let planes = rows.chunks_mut(ny * half).zip(own.chunks_mut(ny * nx)).enumerate();
        threads::each(planes, |(z, (rows, own))| {
            let groups = rows.chunks_mut(group * half).zip(own.chunks_mut(group * nx)).enumerate();
            threads::share(
                groups,
                || (fft.line(), Vec::new(), vec![T::zero(); 2 * nx]),
                |(memory, spectra, pixels), (i, (rows, own))| {
                    let y = i * group;
                    if sweep != Sweep::First {
                        // As `gather`, with planes between the lines.
                        spectra.resize(rows.len(), zero());
                        let from = &columns[z * py + y..];
                        transpose(from, nz * py, spectra, half, [half, rows.len() / half]);
                    }
                    for (pair, (rows, own)) in
                        rows.chunks_mut(2 * half).zip(own.chunks_mut(2 * nx)).enumerate()
                    {
                        let pixels = &mut pixels[..own.len()];
                        if sweep != Sweep::First {
                            let spectra = &spectra[2 * pair * half..][..rows.len()];
                            fft.rows_inverse(memory, split(spectra, half), split_mut(pixels, nx));
                        }
                        let first = (z * ny + y + 2 * pair) * nx;
                        for (i, (pixels, own)) in pixels.chunks_mut(nx).zip(own.chunks_mut(nx)).enumerate() {
                            work(first + i * nx, pixels, own);
                        }
                        if sweep != Sweep::Last {
                            fft.rows_forward(memory, split(pixels, nx), split_mut(rows, half));
                        }
                    }
                },
            );
        });
    }

    /// Convolves with an image whose spectrum, of the padded shape, is given.
    pub fn convolve(&mut self, spectrum: &[Complex<T>]) {
        let Convolver { fft, rows, columns } = self;
        let ([nz, ny, _], [pz, py, px]) = (fft.shape, fft.padded);
        let half = px / 2 + 1;
        // Whole memory lines, unless threads would be idle.
        let whole = BLOCK / size_of::<Complex<T>>();
        let block = if half >= 4 * whole * rayon::current_num_threads() { whole } else { whole / 2 };
        let scratch = fft.forward[0].get_inplace_scratch_len().max(fft.inverse[0].get_inplace_scratch_len());
        let scratch = scratch.max(fft.forward[1].get_inplace_scratch_len());
        let scratch = scratch.max(fft.inverse[1].get_inplace_scratch_len());
        threads::share(
            columns.chunks_mut(block * nz * py).enumerate(),
            || (vec![zero(); scratch], vec![zero(); if pz > 1 { block * pz } else { 0 }]),
            |(scratch, lines), (i, columns)| {
                let (x, count) = (i * block, columns.len() / (nz * py));
                for z in 0..nz {
                    transpose(&rows[z * ny * half + x..], half, &mut columns[z * py..], nz * py, [ny, count]);
                    for line in 0..count {
                        let line = &mut columns[(line * nz + z) * py..][..py];
                        line[ny..].fill(zero());
                        fft.forward[1].process_with_scratch(line, scratch);
                    }
                }
                for (line, plane) in columns.chunks_mut(nz * py).enumerate() {
                    let spectrum = &spectrum[(x + line) * py * pz..][..py * pz];
                    if pz == 1 {
                        plane.iter_mut().zip(spectrum).for_each(|(v, with)| *v = *v * *with);
                    } else {
                        // Some lines along z at a time.
                        for y in (0..py).step_by(block) {
                            let some = block.min(py - y);
                            let lines = &mut lines[..some * pz];
                            transpose(&plane[y..], py, lines, pz, [nz, some]);
                            lines.chunks_mut(pz).for_each(|line| line[nz..].fill(zero()));
                            fft.forward[0].process_with_scratch(lines, scratch);
                            let with = &spectrum[y * pz..][..some * pz];
                            lines.iter_mut().zip(with).for_each(|(v, with)| *v = *v * *with);
                            fft.inverse[0].process_with_scratch(lines, scratch);
                            transpose(lines, pz, &mut plane[y..], py, [some, nz]);
                        }
                    }
                    fft.inverse[1].process_with_scratch(plane, scratch);
                }
            },
        );
    }
}
