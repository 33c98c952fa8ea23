//! Pixels of any dtype as unsigned integers of the same order, so that one comparison serves all.

use rayon::prelude::*;
use rotifer_registry::{Dtype, Element, Pixels, each_dtype, volume};

/// The order of floats as unsigned integers. −0 equals 0, NaN equals infinity; no float has the key 0.
#[inline(always)]
pub fn ordered_f32(value: f32) -> u32 {
    let bits = (if value.is_nan() { f32::INFINITY } else { value + 0.0 }).to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}

/// As [`ordered_f32`], in 64 bits.
#[inline(always)]
pub fn ordered_f64(value: f64) -> u64 {
    let bits = (if value.is_nan() { f64::INFINITY } else { value + 0.0 }).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The key of every pixel.
pub fn keys(pixels: &Pixels) -> Vec<u32> {
    fn map<T: Element>(pixels: &[T], key: impl Fn(T) -> u32 + Sync) -> Vec<u32> {
        pixels.par_iter().with_min_len(1 << 14).map(|v| key(*v)).collect()
    }
    match pixels {
        Pixels::F32(a) => map(volume::slice(a), ordered_f32),
        Pixels::U32(a) => map(volume::slice(a), |v| v),
        Pixels::I32(a) => map(volume::slice(a), |v| v as u32 ^ 1 << 31),
        small => each_dtype!(small, |p| map(p, |v| (v.to_f32() + 32768.0) as u32)),
    }
}

/// The number that a key of [`keys`] stands for.
pub fn value(key: u32, dtype: Dtype) -> f64 {
    match dtype {
        Dtype::F32 if key >> 31 == 1 => f32::from_bits(key ^ 1 << 31) as f64,
        Dtype::F32 => f32::from_bits(!key) as f64,
        Dtype::U32 => key as f64,
        Dtype::I32 => (key ^ 1 << 31) as i32 as f64,
        Dtype::U8 | Dtype::U16 | Dtype::I16 => key as f64 - 32768.0,
    }
}
