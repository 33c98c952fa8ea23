//! Loops over lanes: one for each kind of node, type of lane and SIMD level.
#![allow(clippy::manual_clamp, reason = "of NaN, and of vectors")]

use super::functions;
use crate::simd;
use rotifer_registry::expr::{Binary, Unary};
use rotifer_registry::{Dtype, Element, Pixels, each_dtype, volume};

pub type Fill<T> = fn(&mut [T], &[T]);
pub type Combine<T> = fn(&mut [T], &[T], &[T]);
/// Pixels as bytes, in the machine's order.
pub type Write<T> = fn(&mut [u8], &[T]);

/// A type of number that loops compute in.
pub trait Lane: bytemuck::Pod + Default + Send + Sync {
    /// The dtype of the same numbers.
    const DTYPE: Option<Dtype>;
    /// A constant that the lane can hold.
    fn constant(value: f64) -> Self;
    fn unary(op: Unary) -> Option<Fill<Self>>;
    fn binary(op: Binary) -> Option<Combine<Self>>;
    /// The number as another dtype stores it.
    fn cast(dtype: Dtype) -> Option<Fill<Self>>;
    fn truth(self) -> bool;
    /// `yes` where the condition is true, else `no`, by bits: an `if` becomes a branch, and masks are as good as random to a
    /// processor.
    fn pick(condition: Self, yes: Self, no: Self) -> Self;
    /// Pixels from an index on.
    fn load(out: &mut [Self], pixels: &Pixels, from: usize);
    /// Writes pixels of this dtype.
    fn store(dtype: Dtype) -> Option<Write<Self>>;
}

trait Op1<T>: Default {
    fn of(a: T) -> T;
}

trait Op2<T>: Default {
    fn of(a: T, b: T) -> T;
}

fn each<T: Copy, G: Op1<T>>(out: &mut [T], a: &[T]) {
    each_by(out, a, G::default());
}

fn both<T: Copy, G: Op2<T>>(out: &mut [T], a: &[T], b: &[T]) {
    both_by(out, a, b, G::default());
}

simd! {
    fn each_by<T: Copy, G: Op1<T>>(out: &mut [T], a: &[T], _op: G) {
        for (o, a) in out.iter_mut().zip(a) {
            *o = G::of(*a);
        }
    }

    fn both_by<T: Copy, G: Op2<T>>(out: &mut [T], a: &[T], b: &[T], _op: G) {
        for ((o, a), b) in out.iter_mut().zip(a).zip(b) {
            *o = G::of(*a, *b);
        }
    }

    pub fn choose<T: Lane>(out: &mut [T], condition: &[T], yes: &[T], no: &[T]) {
        for (((o, c), a), b) in out.iter_mut().zip(condition).zip(yes).zip(no) {
            *o = T::pick(*c, *a, *b);
        }
    }

    fn load_f32<A: Element>(out: &mut [f32], pixels: &[A]) {
        for (o, v) in out.iter_mut().zip(pixels) {
            *o = v.to_f32();
        }
    }

    fn load_bytes<T: From<u8>>(out: &mut [T], pixels: &[u8]) {
        for (o, v) in out.iter_mut().zip(pixels) {
            *o = T::from(*v);
        }
    }

    fn load_f64<A: Element>(out: &mut [f64], pixels: &[A]) {
        for (o, v) in out.iter_mut().zip(pixels) {
            *o = v.to_f64();
        }
    }

    fn put<T: Copy, B: Stored<T>>(out: &mut [B], values: &[T]) {
        for (o, v) in out.iter_mut().zip(values) {
            *o = B::stored(*v);
        }
    }
}

fn write<T: Copy, B: Stored<T>>(out: &mut [u8], values: &[T]) {
    put::<T, B>(bytemuck::cast_slice_mut(out), values);
}

/// A dtype that lanes of `T` can be stored as.
trait Stored<T>: Element {
    fn stored(value: T) -> Self;
}

macro_rules! op1 {
    ($out:ident, $t:ty, |$a:ident| $body:expr) => {{
        #[derive(Default)]
        struct G;
        impl Op1<$t> for G {
            #[inline(always)]
            fn of($a: $t) -> $t {
                $body
            }
        }
        $out::<$t, G>
    }};
}

macro_rules! op2 {
    ($t:ty, |$a:ident, $b:ident| $body:expr) => {{
        #[derive(Default)]
        struct G;
        impl Op2<$t> for G {
            #[inline(always)]
            fn of($a: $t, $b: $t) -> $t {
                $body
            }
        }
        both::<$t, G>
    }};
}

macro_rules! floats {
    ($($t:ident $bits:ident $functions:ident $load:ident),*) => {$(
        impl Lane for $t {
            const DTYPE: Option<Dtype> = <$t as Rare>::DTYPE;

            fn constant(value: f64) -> $t {
                value as $t
            }

            fn load(out: &mut [$t], pixels: &Pixels, from: usize) {
                each_dtype!(pixels, |p| $load(out, &p[from..from + out.len()]));
            }

            fn store(dtype: Dtype) -> Option<Write<$t>> {
                Some(match dtype {
                    Dtype::U8 => write::<$t, u8>,
                    Dtype::U16 => write::<$t, u16>,
                    Dtype::I16 => write::<$t, i16>,
                    Dtype::U32 => write::<$t, u32>,
                    Dtype::I32 => write::<$t, i32>,
                    Dtype::F32 => write::<$t, f32>,
                })
            }

            #[inline(always)]
            fn truth(self) -> bool {
                (self < 0.0) | (self > 0.0)
            }

            #[inline(always)]
            fn pick(condition: $t, yes: $t, no: $t) -> $t {
                let mask = (condition.truth() as $bits).wrapping_neg();
                <$t>::from_bits((yes.to_bits() & mask) | (no.to_bits() & !mask))
            }

            fn unary(op: Unary) -> Option<Fill<$t>> {
                Some(match op {
                    Unary::Neg => op1!(each, $t, |a| -a),
                    Unary::Abs => op1!(each, $t, |a| a.abs()),
                    Unary::Sqrt => op1!(each, $t, |a| a.sqrt()),
                    Unary::Floor => op1!(each, $t, |a| $functions::floor(a)),
                    Unary::Ceil => op1!(each, $t, |a| $functions::ceil(a)),
                    Unary::Round => op1!(each, $t, |a| $functions::round(a)),
                    Unary::Trunc => op1!(each, $t, |a| $functions::trunc(a)),
                    Unary::Sign => op1!(each, $t, |a| if a > 0.0 { 1.0 } else if a < 0.0 { -1.0 } else { a }),
                    Unary::Not => op1!(each, $t, |a| if a.truth() { 0.0 } else { 1.0 }),
                    Unary::IsNan => op1!(each, $t, |a| if a.is_nan() { 1.0 } else { 0.0 }),
                    _ => return Self::dear(op),
                })
            }

            fn binary(op: Binary) -> Option<Combine<$t>> {
                Some(match op {
                    Binary::Add => op2!($t, |a, b| a + b),
                    Binary::Sub => op2!($t, |a, b| a - b),
                    Binary::Mul => op2!($t, |a, b| a * b),
                    Binary::Div => op2!($t, |a, b| a / b),
                    Binary::Min => op2!($t, |a, b| if (b < a) | b.is_nan() { b } else { a }),
                    Binary::Max => op2!($t, |a, b| if (a < b) | b.is_nan() { b } else { a }),
                    Binary::Less => op2!($t, |a, b| if a < b { 1.0 } else { 0.0 }),
                    Binary::LessEqual => op2!($t, |a, b| if a <= b { 1.0 } else { 0.0 }),
                    Binary::Equal => op2!($t, |a, b| if a == b { 1.0 } else { 0.0 }),
                    Binary::NotEqual => op2!($t, |a, b| if a != b { 1.0 } else { 0.0 }),
                    Binary::And => op2!($t, |a, b| if a.truth() & b.truth() { 1.0 } else { 0.0 }),
                    Binary::Or => op2!($t, |a, b| if a.truth() | b.truth() { 1.0 } else { 0.0 }),
                    _ => return Self::dear_of_two(op),
                })
            }

            fn cast(dtype: Dtype) -> Option<Fill<$t>> {
                Some(match dtype {
                    Dtype::U8 => op1!(each, $t, |a| whole::$t(a, 0.0, 255.0)),
                    Dtype::U16 => op1!(each, $t, |a| whole::$t(a, 0.0, 65535.0)),
                    Dtype::I16 => op1!(each, $t, |a| whole::$t(a, -32768.0, 32767.0)),
                    _ => return Self::wide_cast(dtype),
                })
            }
        }
    )*};
}
floats!(f32 u32 functions_f32 load_f32, f64 u64 functions load_f64);

/// Rounding in float32.
mod functions_f32 {
    #[inline(always)]
    pub fn round(x: f32) -> f32 {
        const LAST: f32 = 8_388_608.0; // 2^23
        let size = x.abs();
        let near = (size + LAST) - LAST;
        let near = if size < LAST { near } else { size };
        near.copysign(x)
    }

    #[inline(always)]
    pub fn floor(x: f32) -> f32 {
        let near = round(x);
        let below = if near > x { near - 1.0 } else { near };
        below.copysign(x)
    }

    #[inline(always)]
    pub fn ceil(x: f32) -> f32 {
        let near = round(x);
        let above = if near < x { near + 1.0 } else { near };
        above.copysign(x)
    }

    #[inline(always)]
    pub fn trunc(x: f32) -> f32 {
        floor(x.abs()).copysign(x)
    }
}

/// Half to even, saturating, NaN as 0.
mod whole {
    #[inline(always)]
    pub fn f32(x: f32, low: f32, high: f32) -> f32 {
        const MAGIC: f32 = 12_582_912.0;
        let x = if x.is_nan() { 0.0 } else { x };
        let x = if x > low { x } else { low };
        let x = if x < high { x } else { high };
        (x + MAGIC) - MAGIC
    }

    #[inline(always)]
    pub fn f64(x: f64, low: f64, high: f64) -> f64 {
        const MAGIC: f64 = 6_755_399_441_055_744.0;
        let x = if x.is_nan() { 0.0 } else { x };
        let x = if x > low { x } else { low };
        let x = if x < high { x } else { high };
        (x + MAGIC) - MAGIC
    }
}

/// Functions that only one of the float types has.
trait Rare: Sized {
    const DTYPE: Option<Dtype>;
    fn dear(op: Unary) -> Option<Fill<Self>>;
    fn dear_of_two(op: Binary) -> Option<Combine<Self>>;
    fn wide_cast(dtype: Dtype) -> Option<Fill<Self>>;
}

impl Rare for f32 {
    const DTYPE: Option<Dtype> = Some(Dtype::F32);
    fn dear(_op: Unary) -> Option<Fill<f32>> {
        None
    }
    fn dear_of_two(_op: Binary) -> Option<Combine<f32>> {
        None
    }
    fn wide_cast(_dtype: Dtype) -> Option<Fill<f32>> {
        None
    }
}

impl Rare for f64 {
    const DTYPE: Option<Dtype> = None;
    fn dear(op: Unary) -> Option<Fill<f64>> {
        Some(match op {
            Unary::Exp => op1!(each, f64, |a| functions::exp(a)),
            Unary::Ln => op1!(each, f64, |a| functions::ln(a)),
            Unary::Log2 => op1!(each, f64, |a| functions::log2(a)),
            Unary::Exp2 => op1!(each, f64, |a| functions::exp2(a)),
            // By the standard library, one by one.
            Unary::ExpM1 => op1!(plain, f64, |a| a.exp_m1()),
            Unary::Ln1P => op1!(plain, f64, |a| a.ln_1p()),
            Unary::Log10 => op1!(plain, f64, |a| a.log10()),
            Unary::Cbrt => op1!(plain, f64, |a| a.cbrt()),
            Unary::Sin => op1!(plain, f64, |a| a.sin()),
            Unary::Cos => op1!(plain, f64, |a| a.cos()),
            Unary::Tan => op1!(plain, f64, |a| a.tan()),
            Unary::Asin => op1!(plain, f64, |a| a.asin()),
            Unary::Acos => op1!(plain, f64, |a| a.acos()),
            Unary::Atan => op1!(plain, f64, |a| a.atan()),
            Unary::Sinh => op1!(plain, f64, |a| a.sinh()),
            Unary::Cosh => op1!(plain, f64, |a| a.cosh()),
            Unary::Tanh => op1!(plain, f64, |a| a.tanh()),
            _ => return None,
        })
    }

    fn dear_of_two(op: Binary) -> Option<Combine<f64>> {
        Some(match op {
            Binary::Pow => op2!(f64, |a, b| functions::pow(a, b)),
            Binary::Mod => op2!(f64, |a, b| functions::modulo(a, b)),
            Binary::Atan2 => op2!(f64, |a, b| a.atan2(b)),
            Binary::Hypot => op2!(f64, |a, b| a.hypot(b)),
            _ => return None,
        })
    }

    fn wide_cast(dtype: Dtype) -> Option<Fill<f64>> {
        Some(match dtype {
            Dtype::U32 => op1!(each, f64, |a| whole::f64(a, 0.0, 4_294_967_295.0)),
            Dtype::I32 => op1!(each, f64, |a| whole::f64(a, -2_147_483_648.0, 2_147_483_647.0)),
            Dtype::F32 => op1!(each, f64, |a| a as f32 as f64),
            _ => return None,
        })
    }
}

/// For functions that are calls: one level is as good as another.
fn plain<T: Copy, G: Op1<T>>(out: &mut [T], a: &[T]) {
    for (o, a) in out.iter_mut().zip(a) {
        *o = G::of(*a);
    }
}

macro_rules! integers {
    ($($t:ident: $($signed:ident)?),*) => {$(
        impl Lane for $t {
            const DTYPE: Option<Dtype> = Some(<$t as Element>::DTYPE);

            fn constant(value: f64) -> $t {
                value as $t
            }

            fn load(out: &mut [$t], pixels: &Pixels, from: usize) {
                // Ports of the lane's own dtype are read where they lie.
                if let Pixels::U8(a) = pixels {
                    load_bytes(out, &volume::slice(a)[from..from + out.len()]);
                }
            }

            fn store(dtype: Dtype) -> Option<Write<$t>> {
                Some(match dtype {
                    Dtype::U8 => write::<$t, u8>,
                    _ if dtype == <$t as Element>::DTYPE => write::<$t, $t>,
                    _ => return None,
                })
            }

            #[inline(always)]
            fn truth(self) -> bool {
                self != 0
            }

            #[inline(always)]
            fn pick(condition: $t, yes: $t, no: $t) -> $t {
                let mask = (condition.truth() as $t).wrapping_neg();
                (yes & mask) | (no & !mask)
            }

            fn unary(op: Unary) -> Option<Fill<$t>> {
                Some(match op {
                    Unary::Not => op1!(each, $t, |a| (a == 0) as $t),
                    $(
                        Unary::Abs => op1!(each, $signed, |a| a.saturating_abs()),
                        Unary::Neg => op1!(each, $signed, |a| a.saturating_neg()),
                    )?
                    _ => return None,
                })
            }

            fn binary(op: Binary) -> Option<Combine<$t>> {
                Some(match op {
                    Binary::Add => op2!($t, |a, b| a.saturating_add(b)),
                    Binary::Sub => op2!($t, |a, b| a.saturating_sub(b)),
                    Binary::Min => op2!($t, |a, b| if b < a { b } else { a }),
                    Binary::Max => op2!($t, |a, b| if a < b { b } else { a }),
                    Binary::Less => op2!($t, |a, b| (a < b) as $t),
                    Binary::LessEqual => op2!($t, |a, b| (a <= b) as $t),
                    Binary::Equal => op2!($t, |a, b| (a == b) as $t),
                    Binary::NotEqual => op2!($t, |a, b| (a != b) as $t),
                    Binary::And => op2!($t, |a, b| ((a != 0) & (b != 0)) as $t),
                    Binary::Or => op2!($t, |a, b| ((a != 0) | (b != 0)) as $t),
                    _ => return None,
                })
            }

            fn cast(_dtype: Dtype) -> Option<Fill<$t>> {
                None
            }
        }

        impl Stored<$t> for $t {
            #[inline(always)]
            fn stored(value: $t) -> $t {
                value
            }
        }
    )*};
}
integers!(u8:, u16:, i16: i16, u32:, i32: i32);

macro_rules! stored {
    ($($from:ident => $($to:ident)*, |$v:ident| $body:expr);* $(;)?) => {$($(
        impl Stored<$from> for $to {
            #[inline(always)]
            fn stored($v: $from) -> $to {
                ($body) as $to
            }
        }
    )*)*};
}
// Flags, or what is known to fit.
stored! { u16 => u8, |v| v; i16 => u8, |v| v; u32 => u8, |v| v; i32 => u8, |v| v; }

macro_rules! small {
    ($($to:ident $low:expr, $high:expr);*) => {$(
        impl Stored<f32> for $to {
            /// The whole number stands in the lowest bits of 1.5 · 2^23 and it.
            #[inline(always)]
            fn stored(x: f32) -> $to {
                let x = if x.is_nan() { 0.0 } else { x };
                let x = if x > $low { x } else { $low };
                let x = if x < $high { x } else { $high };
                (x + 12_582_912.0).to_bits() as $to
            }
        }
        impl Stored<f64> for $to {
            #[inline(always)]
            fn stored(x: f64) -> $to {
                let x = if x.is_nan() { 0.0 } else { x };
                let x = if x > $low { x } else { $low };
                let x = if x < $high { x } else { $high };
                // By way of float32, which holds it: there conversions are twice as many at a time.
                let x = ((x + 6_755_399_441_055_744.0) - 6_755_399_441_055_744.0) as f32;
                (x + 12_582_912.0).to_bits() as $to
            }
        }
    )*};
}
small!(u8 0.0, 255.0; u16 0.0, 65535.0; i16 -32768.0, 32767.0);

macro_rules! large {
    ($($to:ident $low:expr, $high:expr);*) => {$(
        impl Stored<f32> for $to {
            #[inline(always)]
            fn stored(x: f32) -> $to {
                <$to as Stored<f64>>::stored(x as f64)
            }
        }
        impl Stored<f64> for $to {
            #[inline(always)]
            fn stored(x: f64) -> $to {
                let x = if x.is_nan() { 0.0 } else { x };
                let x = if x > $low { x } else { $low };
                let x = if x < $high { x } else { $high };
                (x + 6_755_399_441_055_744.0).to_bits() as $to
            }
        }
    )*};
}
large!(u32 0.0, 4_294_967_295.0; i32 -2_147_483_648.0, 2_147_483_647.0);

impl Stored<f64> for f32 {
    #[inline(always)]
    fn stored(x: f64) -> f32 {
        x as f32
    }
}

impl Stored<f32> for f32 {
    #[inline(always)]
    fn stored(x: f32) -> f32 {
        x
    }
}
