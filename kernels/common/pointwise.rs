//! Operations on one pixel at a time that are no expressions: `pixel` has those that are.

use super::fresh;
use crate::simd;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::*;

/// A function of every pixel.
pub fn map<A: Element, B: Element>(pixels: &[A], f: impl Fn(A) -> B + Sync) -> Vec<B> {
    fresh::map(pixels, |out, pixels| map_chunk(out, pixels, &f))
}

simd! {
    fn map_chunk<A: Copy, B: Copy, F: Fn(A) -> B>(out: &mut [B], pixels: &[A], f: &F) {
        for (o, v) in out.iter_mut().zip(pixels) {
            *o = f(*v);
        }
    }
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
    /// Flags of the operation.
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
