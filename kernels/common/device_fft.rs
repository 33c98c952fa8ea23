//! Fourier transforms on the device: complex z, y, x arrays of f32 pairs, of any lengths.

use bytemuck::{Pod, Zeroable};
use rotifer_registry::{Buffer, Error, Recorder};
use rotifer_shaders::fft::{STAGE, STAGE_OF_PAIRS};
use std::f64::consts::TAU;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    shape: [u32; 3],
    axis: u32,
    done: u32,
    factor: u32,
    inverse: u32,
    zero: u32,
    scale: f32,
    padding: [u32; 3],
}

/// Factors of a length, each one stage; large primes are stages of their own.
fn factors(mut n: usize) -> Vec<usize> {
    let mut factors = if n == 1 { vec![1] } else { Vec::new() };
    let mut p = 8;
    while n > 1 {
        if n.is_multiple_of(p) {
            factors.push(p);
            n /= p;
        } else {
            p = match p {
                8 => 7,
                7 => 5,
                5 => 4,
                4 => 3,
                3 => 2,
                2 => 11,
                p if p * p > n => n,
                p => p + 2,
            };
        }
    }
    factors
}

/// A number as the sum of two floats, high and low.
pub fn pair(x: f64) -> [f32; 2] {
    [x as f32, (x - x as f32 as f64) as f32]
}

/// Transforms of arrays of one shape.
pub struct DeviceFft {
    shape: [usize; 3],
    /// exp(−2πi·k/n) for each axis, from f64.
    roots: [Buffer; 3],
    pairs: bool,
}

impl DeviceFft {
    pub fn new(recorder: &mut Recorder, shape: [usize; 3]) -> DeviceFft {
        let roots = shape.map(|n| {
            let root = |k: usize| {
                let (sin, cos) = (-TAU * k as f64 / n as f64).sin_cos();
                [cos as f32, sin as f32]
            };
            recorder.constant(&(0..n).map(root).collect::<Vec<_>>())
        });
        DeviceFft { shape, roots, pairs: false }
    }

    /// Of complex numbers whose parts are pairs of floats, as in `shared/pairs.wgsl`. The inverse is not divided.
    pub fn of_pairs(recorder: &mut Recorder, shape: [usize; 3]) -> DeviceFft {
        let roots = shape.map(|n| {
            let root = |k: usize| {
                let (sin, cos) = (-TAU * k as f64 / n as f64).sin_cos();
                [pair(cos), pair(sin)]
            };
            recorder.constant(&(0..n).map(root).collect::<Vec<_>>())
        });
        DeviceFft { shape, roots, pairs: true }
    }

    /// Elements of a complex number.
    fn width(&self) -> usize {
        if self.pairs { 4 } else { 2 }
    }

    /// Elements of a complex array.
    pub fn elements(&self) -> usize {
        self.width() * self.shape.iter().product::<usize>()
    }

    pub fn forward(&self, recorder: &mut Recorder, data: Buffer) -> Result<Buffer, Error> {
        self.transform(recorder, data, false)
    }

    /// Divided by the number of pixels, unless of pairs.
    pub fn inverse(&self, recorder: &mut Recorder, data: Buffer) -> Result<Buffer, Error> {
        self.transform(recorder, data, true)
    }

    fn transform(&self, recorder: &mut Recorder, mut data: Buffer, inverse: bool) -> Result<Buffer, Error> {
        // A stage along x in any case: the result is another buffer.
        for axis in (0..3).filter(|&a| self.shape[a] > 1 || a == 2) {
            let mut done = 1;
            let factors = factors(self.shape[axis]);
            for (i, &factor) in factors.iter().enumerate() {
                let last = inverse && i + 1 == factors.len();
                let params = Params {
                    shape: self.shape.map(|n| n as u32),
                    axis: axis as u32,
                    done: done as u32,
                    factor: factor as u32,
                    inverse: inverse as u32,
                    zero: 0,
                    // The inverse of a pair of floats would need a division of pairs: it stays undivided.
                    scale: if last && !self.pairs { 1.0 / self.shape[axis] as f32 } else { 1.0 },
                    padding: [0; 3],
                };
                let output = recorder.buffer(data.len);
                recorder
                    .pass(if self.pairs { &STAGE_OF_PAIRS } else { &STAGE })
                    .uniform(&params)
                    .bind(&[data, self.roots[axis], output])
                    .over(data.len / self.width())?;
                data = output;
                done *= factor;
            }
        }
        Ok(data)
    }
}
