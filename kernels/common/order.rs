//! Pixels of any dtype as unsigned integers of the same order, so that one comparison serves all.

use crate::common::pointwise;
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

/// Sorts by keys of 32 bits, 11 bits at a time from the lowest. Items of one key keep their order.
pub fn sort_by_key<T: Copy + Default>(items: &mut Vec<T>, key: impl Fn(T) -> u32) {
    const BITS: u32 = 11;
    const DIGITS: usize = 1 << BITS;
    // Counting digits takes longer than sorting few items.
    if items.len() < 512 || items.len() > u32::MAX as usize {
        return items.sort_by_key(|item| key(*item));
    }
    let digit = |item: T, pass: u32| (key(item) >> (BITS * pass)) as usize % DIGITS;
    let mut counts = [[0u32; DIGITS]; 3];
    for item in items.iter() {
        (0..3).for_each(|pass| counts[pass as usize][digit(*item, pass)] += 1);
    }
    let mut sorted = vec![T::default(); items.len()];
    for (pass, places) in (0..3).zip(&mut counts) {
        if places[digit(items[0], pass)] as usize == items.len() {
            continue;
        }
        let mut next = 0;
        for place in places.iter_mut() {
            (*place, next) = (next, next + *place);
        }
        for item in items.iter() {
            let place = &mut places[digit(*item, pass)];
            sorted[*place as usize] = *item;
            *place += 1;
        }
        std::mem::swap(items, &mut sorted);
    }
}

/// Whether float32 holds all of these.
pub fn are_singles(values: &[f64]) -> bool {
    values.iter().all(|v| f64::from(*v as f32) == *v)
}

/// Values in order, none of which is NaN.
pub fn sorted(values: &[f64]) -> Vec<f64> {
    if !are_singles(values) {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        return sorted;
    }
    let mut keys: Vec<u32> = values.iter().map(|v| ordered_f32(*v as f32)).collect();
    sort_by_key(&mut keys, |key| key);
    keys.into_iter().map(|key| value(key, Dtype::F32)).collect()
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
    each_dtype!(pixels, |p| pointwise::map(p, |v| v.ordered()))
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
