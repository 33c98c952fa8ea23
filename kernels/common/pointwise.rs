//! Operations on one pixel at a time.

use crate::simd;
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;
use rotifer_registry::*;

/// Pixels a thread works on at a time: operands stay in the first cache.
const CHUNK: usize = 4096;

/// A function of every pixel.
pub fn map<A: Element, B: Element>(pixels: &[A], f: impl Fn(A) -> B + Sync) -> Vec<B> {
    let mut out = vec![B::default(); pixels.len()];
    out.par_chunks_mut(CHUNK)
        .zip(pixels.par_chunks(CHUNK))
        .for_each(|(out, pixels)| map_chunk(out, pixels, &f));
    out
}

/// A function of two pixels at the same place.
pub fn zip<A: Element, B: Element, C: Element>(a: &[A], b: &[B], f: impl Fn(A, B) -> C + Sync) -> Vec<C> {
    let mut out = vec![C::default(); a.len()];
    let pairs = a.par_chunks(CHUNK).zip(b.par_chunks(CHUNK));
    out.par_chunks_mut(CHUNK).zip(pairs).for_each(|(out, (a, b))| zip_chunk(out, a, b, &f));
    out
}

simd! {
    fn map_chunk<A: Copy, B: Copy, F: Fn(A) -> B>(out: &mut [B], pixels: &[A], f: &F) {
        for (o, v) in out.iter_mut().zip(pixels) {
            *o = f(*v);
        }
    }

    fn zip_chunk<A: Copy, B: Copy, C: Copy, F: Fn(A, B) -> C>(out: &mut [C], a: &[A], b: &[B], f: &F) {
        for ((o, a), b) in out.iter_mut().zip(a).zip(b) {
            *o = f(*a, *b);
        }
    }
}

/// The second of two operands.
#[derive(Clone, Copy)]
pub enum Operand<'a> {
    Image(&'a Volume),
    Number(f64),
}

impl<'a> Operand<'a> {
    /// What the port gives, or the value where it gives nothing.
    pub fn from_port(inputs: &Inputs<'a>, port: &str, value: f64) -> Operand<'a> {
        match inputs.optional_volume(port) {
            Some(volume) => Operand::Image(volume),
            None => Operand::Number(inputs.optional_number(port).unwrap_or(value)),
        }
    }

    pub fn grid(self, like: &Grid) -> Grid {
        match self {
            Operand::Image(volume) => volume.into(),
            Operand::Number(value) => like.map(|_| value),
        }
    }
}

/// A function of an image and an operand, of any two dtypes, computed in f64.
pub fn combine<B: Element>(image: &Volume, other: Operand, f: impl Fn(f64, f64) -> B + Sync) -> Vec<B> {
    let mut out = vec![B::default(); image.len()];
    out.par_chunks_mut(CHUNK).enumerate().for_each_init(
        || (vec![0.0f64; CHUNK], vec![0.0f64; CHUNK]),
        |(a, b), (i, out)| {
            let n = out.len();
            widen(image, i * CHUNK, &mut a[..n]);
            match other {
                Operand::Image(volume) => widen(volume, i * CHUNK, &mut b[..n]),
                Operand::Number(value) => b.fill(value),
            }
            zip_chunk(out, &a[..n], &b[..n], &f);
        },
    );
    out
}

/// Pixels from an index on, as f64.
pub fn widen(volume: &Volume, from: usize, out: &mut [f64]) {
    each_dtype!(volume.pixels(), |p| map_widen(out, &p[from..from + out.len()]))
}

simd! {
    fn map_widen<A: Element>(out: &mut [f64], pixels: &[A]) {
        for (o, v) in out.iter_mut().zip(pixels) {
            *o = v.to_f64();
        }
    }
}

/// The uniform of `shaders/shared/pointwise.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Default, Pod, Zeroable)]
pub struct Params {
    pub len: u32,
    /// From one element of the second operand to the next: 0 where it is one number.
    pub stride: u32,
    /// What else the operation wants to know.
    pub flags: [u32; 2],
    pub numbers: [f32; 4],
}

/// Records a shader that includes `shared/pointwise.wgsl`, one thread for each pixel.
pub fn record(
    recorder: &mut Recorder,
    shader: &'static Shader,
    params: Params,
    buffers: &[Buffer],
    len: usize,
) -> Result<(), Error> {
    let params = Params { len: len as u32, ..params };
    recorder.pass(shader).uniform(&params).bind(buffers).over(len)
}

/// The second operand on the device, and its stride.
pub fn device_operand(
    recorder: &mut Recorder,
    inputs: &DeviceInputs,
    port: &str,
    value: f32,
) -> (Buffer, u32) {
    match (inputs.optional_volume(port), inputs.optional_number(port)) {
        (Some(volume), _) => (volume.buffer, 1),
        (None, Some(number)) => (number, 0),
        (None, None) => (recorder.constant(&[value]), 0),
    }
}
