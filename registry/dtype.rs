//! Element types of images, and the one rule by which numbers change from one to another.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Element type of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Dtype {
    #[serde(rename = "uint8")]
    U8,
    #[serde(rename = "uint16")]
    U16,
    #[serde(rename = "int16")]
    I16,
    #[serde(rename = "uint32")]
    U32,
    #[serde(rename = "int32")]
    I32,
    #[serde(rename = "float32")]
    F32,
}

impl Dtype {
    pub const ALL: [Dtype; 6] = [Dtype::U8, Dtype::U16, Dtype::I16, Dtype::U32, Dtype::I32, Dtype::F32];

    /// Name as numpy spells it.
    pub fn name(self) -> &'static str {
        match self {
            Dtype::U8 => "uint8",
            Dtype::U16 => "uint16",
            Dtype::I16 => "int16",
            Dtype::U32 => "uint32",
            Dtype::I32 => "int32",
            Dtype::F32 => "float32",
        }
    }

    /// Accepts numpy's names and the short ones (`u8`, `f32`).
    pub fn parse(text: &str) -> Option<Dtype> {
        Some(match text {
            "uint8" | "u8" => Dtype::U8,
            "uint16" | "u16" => Dtype::U16,
            "int16" | "i16" => Dtype::I16,
            "uint32" | "u32" => Dtype::U32,
            "int32" | "i32" => Dtype::I32,
            "float32" | "f32" => Dtype::F32,
            _ => return None,
        })
    }

    /// Bytes per element.
    pub fn size(self) -> usize {
        match self {
            Dtype::U8 => 1,
            Dtype::U16 | Dtype::I16 => 2,
            Dtype::U32 | Dtype::I32 | Dtype::F32 => 4,
        }
    }

    pub fn is_integer(self) -> bool {
        self != Dtype::F32
    }

    /// Smallest and largest value; for float32 the range images are displayed in by convention, 0 to 1.
    pub fn range(self) -> (f64, f64) {
        match self {
            Dtype::U8 => (0.0, 255.0),
            Dtype::U16 => (0.0, 65535.0),
            Dtype::I16 => (-32768.0, 32767.0),
            Dtype::U32 => (0.0, 4294967295.0),
            Dtype::I32 => (-2147483648.0, 2147483647.0),
            Dtype::F32 => (0.0, 1.0),
        }
    }

    /// The value a number takes when stored as this type: half to even, saturating, NaN becomes 0 in integers.
    pub fn quantize(self, value: f64) -> f64 {
        match self {
            Dtype::F32 => value as f32 as f64,
            _ if value.is_nan() => 0.0,
            _ => {
                let (lo, hi) = self.range();
                value.round_ties_even().clamp(lo, hi)
            }
        }
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A Rust type that images are made of.
///
/// Conversion from floats rounds half to even, saturates, and turns NaN into 0 for integers.
pub trait Element:
    bytemuck::Pod + PartialOrd + PartialEq + Default + Send + Sync + fmt::Debug + 'static
{
    const DTYPE: Dtype;
    fn to_f32(self) -> f32;
    fn to_f64(self) -> f64;
    fn from_f32(value: f32) -> Self;
    fn from_f64(value: f64) -> Self;
    /// As [`Element::from_f64`], of a number that is whole where this type is: nothing is rounded to one.
    fn from_whole(value: f64) -> Self;
}

macro_rules! element {
    ($($t:ty => $dtype:ident),*) => {$(
        impl Element for $t {
            const DTYPE: Dtype = Dtype::$dtype;
            #[inline(always)]
            fn to_f32(self) -> f32 { self as f32 }
            #[inline(always)]
            fn to_f64(self) -> f64 { self as f64 }
            #[inline(always)]
            fn from_f32(value: f32) -> Self { value.round_ties_even() as $t }
            #[inline(always)]
            fn from_f64(value: f64) -> Self { value.round_ties_even() as $t }
            #[inline(always)]
            fn from_whole(value: f64) -> Self { value as $t }
        }
    )*};
}
element!(u8 => U8, u16 => U16, i16 => I16, u32 => U32, i32 => I32);

impl Element for f32 {
    const DTYPE: Dtype = Dtype::F32;
    #[inline(always)]
    fn to_f32(self) -> f32 {
        self
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self as f64
    }
    #[inline(always)]
    fn from_f32(value: f32) -> Self {
        value
    }
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value as f32
    }
    #[inline(always)]
    fn from_whole(value: f64) -> Self {
        value as f32
    }
}
