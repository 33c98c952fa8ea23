//! Pixels as whole numbers of the same order, and blocks of them that are compared at once.

use crate::common::column_histograms::{of_bytes, of_words};
use crate::common::rows::Extended;
use rotifer_registry::Element;

/// Pixels that are ordered as whole numbers. Of floats, NaN is the largest.
pub trait Ranked: Element {
    type Key: Lanes;
    fn key(self) -> Self::Key;
    fn from_key(key: Self::Key) -> Self;

    /// The value of this rank in the box around every pixel, at a cost that does not grow with the box; none where there
    /// is no such way.
    fn counted(_image: &Extended<Self>, _radius: [usize; 3], _rank: usize) -> Option<Vec<Self>> {
        None
    }
}

/// Keys of one wire for 256 bytes' worth of pixels, compared at once.
pub trait Block: Copy + Send {
    fn exchange(low: &mut Self, high: &mut Self);
    fn least(low: &mut Self, high: &Self);
    fn most(low: &Self, high: &mut Self);
}

/// A whole number that is ordered in blocks.
pub trait Lanes: Copy + Ord + Default + Send + Sync + 'static {
    const LANES: usize;
    type Block: Block + AsRef<[Self]> + AsMut<[Self]>;
    fn block() -> Self::Block;
}

macro_rules! lanes {
    ($($t:ty),*) => {$(
        impl Lanes for $t {
            const LANES: usize = 256 / size_of::<$t>();
            type Block = [$t; 256 / size_of::<$t>()];
            fn block() -> Self::Block {
                [0; 256 / size_of::<$t>()]
            }
        }

        impl Block for [$t; 256 / size_of::<$t>()] {
            #[inline(always)]
            fn exchange(low: &mut Self, high: &mut Self) {
                for (a, b) in low.iter_mut().zip(high) {
                    (*a, *b) = ((*a).min(*b), (*a).max(*b));
                }
            }
            #[inline(always)]
            fn least(low: &mut Self, high: &Self) {
                for (a, b) in low.iter_mut().zip(high) {
                    *a = (*a).min(*b);
                }
            }
            #[inline(always)]
            fn most(low: &Self, high: &mut Self) {
                for (a, b) in low.iter().zip(high) {
                    *b = (*a).max(*b);
                }
            }
        }
    )*};
}
lanes!(u8, u16, i16, u32, i32);

macro_rules! ranked {
    ($($t:ty $(: $counted:expr)?;)*) => {$(
        impl Ranked for $t {
            type Key = $t;
            #[inline(always)]
            fn key(self) -> $t { self }
            #[inline(always)]
            fn from_key(key: $t) -> $t { key }
            $(fn counted(image: &Extended<$t>, radius: [usize; 3], rank: usize) -> Option<Vec<$t>> {
                let counted: fn(&Extended<$t>, [usize; 3], usize) -> Vec<$t> = $counted;
                Some(counted(image, radius, rank))
            })?
        }
    )*};
}
ranked! {
    u8: of_bytes;
    u16: |image, radius, rank| of_words(image, radius, rank, |v| v, |v| v);
    i16: |image, radius, rank| of_words(image, radius, rank, |v| v as u16 ^ 1 << 15, |v| (v ^ 1 << 15) as i16);
    u32;
    i32;
}

impl Ranked for f32 {
    type Key = i32;
    #[inline(always)]
    fn key(self) -> i32 {
        let bits = self.to_bits() as i32;
        let ordered = bits ^ (((bits >> 31) as u32) >> 1) as i32;
        if self.is_nan() { i32::MAX } else { ordered }
    }
    #[inline(always)]
    fn from_key(key: i32) -> f32 {
        f32::from_bits((key ^ (((key >> 31) as u32) >> 1) as i32) as u32)
    }
}
