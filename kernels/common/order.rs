//! Pixels of any dtype as unsigned integers of the same order, so that one comparison serves all.

use rayon::prelude::*;
use rotifer_registry::{Dtype, Element, Pixels, each_dtype};

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

/// The number that a key of [`ordered_f64`] stands for.
#[inline(always)]
pub fn value_f64(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key ^ 1 << 63 } else { !key })
}

/// Pixels whose order unsigned integers keep.
pub trait Ordered: Element {
    /// The key of [`keys`].
    fn ordered(self) -> u32;
}

macro_rules! ordered {
    ($($t:ty: |$v:ident| $key:expr),*) => {$(
        impl Ordered for $t {
            #[inline(always)]
            fn ordered(self) -> u32 {
                let $v = self;
                $key
            }
        }
    )*};
}
ordered!(
    f32: |v| ordered_f32(v),
    u32: |v| v,
    i32: |v| v as u32 ^ 1 << 31,
    u8: |v| v as u32 + (1 << 15),
    u16: |v| v as u32 + (1 << 15),
    i16: |v| (v as i32 + (1 << 15)) as u32
);

/// The key of every pixel.
pub fn keys(pixels: &Pixels) -> Vec<u32> {
    each_dtype!(pixels, |p| p.par_iter().with_min_len(1 << 14).map(|v| v.ordered()).collect())
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
