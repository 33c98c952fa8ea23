//! The pixels that an operation sees: one z, y, x block of pixels. Time and channels are looped outside.

use crate::dtype::{Dtype, Element};
use crate::error::{Code, Error};
use crate::held::Held;
use crate::spacing::Spacing;
use crate::unfilled::{PART, Unfilled, filled, mapped};
use ndarray::{Array3, ArrayView3};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The meaning of a volume's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Intensities, of any dtype.
    Image,
    /// uint8, 0 or 1.
    Mask,
    /// uint32, 0 is background.
    Labels,
}

/// Pixels in z, y, x order, next to each other.
#[derive(Clone, Debug, PartialEq)]
pub enum Pixels {
    U8(Held<u8>),
    U16(Held<u16>),
    I16(Held<i16>),
    U32(Held<u32>),
    I32(Held<i32>),
    F32(Held<f32>),
}

/// Runs an expression with the pixels of any dtype as a slice: `each_dtype!(pixels, |p| p.len())`.
#[macro_export]
macro_rules! each_dtype {
    ($pixels:expr, |$p:ident| $body:expr) => {
        match $pixels {
            $crate::Pixels::U8(a) => {
                let $p = $crate::volume::slice(a);
                $body
            }
            $crate::Pixels::U16(a) => {
                let $p = $crate::volume::slice(a);
                $body
            }
            $crate::Pixels::I16(a) => {
                let $p = $crate::volume::slice(a);
                $body
            }
            $crate::Pixels::U32(a) => {
                let $p = $crate::volume::slice(a);
                $body
            }
            $crate::Pixels::I32(a) => {
                let $p = $crate::volume::slice(a);
                $body
            }
            $crate::Pixels::F32(a) => {
                let $p = $crate::volume::slice(a);
                $body
            }
        }
    };
}

#[doc(hidden)]
pub fn slice<T>(pixels: &Held<T>) -> &[T] {
    pixels
}

macro_rules! from_arrays {
    ($($t:ty => $variant:ident),*) => {
        /// A volume that is written from front to back, part by part.
        pub struct Assembly {
            meta: VolumeMeta,
            pixels: Assembled,
        }

        enum Assembled {
            $($variant(Vec<$t>),)*
        }

        impl Assembly {
            pub fn new(meta: &VolumeMeta) -> Assembly {
                let pixels = match meta.dtype {
                    $(Dtype::$variant => Assembled::$variant(Vec::new()),)*
                };
                Assembly { meta: meta.clone(), pixels }
            }

            /// Shape of the whole.
            pub fn shape(&self) -> [usize; 3] {
                self.meta.shape
            }

            /// Adds the next planes, or rows of the one plane.
            pub fn add(&mut self, part: &Volume) -> Result<(), Error> {
                match (&mut self.pixels, part.pixels()) {
                    $((Assembled::$variant(all), Pixels::$variant(a)) => {
                        all.reserve_exact(self.meta.len().saturating_sub(all.len()));
                        all.extend_from_slice(slice(a));
                    })*
                    _ => {
                        return Err(Error::new(Code::Internal, "a part of another dtype")
                            .value(part.dtype())
                            .allowed(self.meta.dtype.name()));
                    }
                }
                Ok(())
            }

            /// The volume; an error where pixels are missing.
            pub fn finish(self) -> Result<Volume, Error> {
                match self.pixels {
                    $(Assembled::$variant(all) => Volume::from_vec(&self.meta, all),)*
                }
            }
        }
        $(
        impl From<Held<$t>> for Pixels {
            fn from(pixels: Held<$t>) -> Pixels {
                Pixels::$variant(pixels)
            }
        }
        impl From<Array3<$t>> for Pixels {
            fn from(array: Array3<$t>) -> Pixels {
                Pixels::$variant(array.into())
            }
        }
    )*};
}
from_arrays!(u8 => U8, u16 => U16, i16 => I16, u32 => U32, i32 => I32, f32 => F32);

/// The facts about a volume without its pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VolumeMeta {
    pub kind: Kind,
    pub dtype: Dtype,
    /// Pixels along z, y, x. A 2-D image has one plane.
    pub shape: [usize; 3],
    /// Spatial axes: 2 (y, x) or 3 (z, y, x).
    pub ndim: usize,
    pub spacing: Option<Spacing>,
}

impl VolumeMeta {
    /// Pixels; `usize::MAX` where there are more than can be counted.
    pub fn len(&self) -> usize {
        self.shape.iter().fold(1, |product: usize, n| product.saturating_mul(*n))
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of the pixels; `usize::MAX` where there are more than can be counted.
    pub fn bytes(&self) -> usize {
        self.len().saturating_mul(self.dtype.size())
    }

    /// The spatial axes that exist: `1..3` of a 2-D image, `0..3` of a 3-D one, as indices into z, y, x.
    pub fn axes(&self) -> std::ops::Range<usize> {
        3 - self.ndim..3
    }

    /// The same geometry with another meaning and dtype.
    pub fn with(&self, kind: Kind, dtype: Dtype) -> VolumeMeta {
        VolumeMeta { kind, dtype, ..self.clone() }
    }

    /// Shape as people write it: `512x512` or `41x150x150`.
    pub fn shape_text(&self) -> String {
        self.shape[self.axes()].iter().map(|n| n.to_string()).collect::<Vec<_>>().join("x")
    }
}

/// One z, y, x block of pixels with its meaning and spacing. Cloning shares the pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Volume {
    pixels: Pixels,
    kind: Kind,
    ndim: usize,
    spacing: Option<Spacing>,
}

impl Volume {
    /// A volume from an array of z, y, x, copied if it is not contiguous, or from memory of others. `ndim` 2 asks for one plane.
    pub fn new(
        pixels: impl Into<Pixels>,
        ndim: usize,
        kind: Kind,
        spacing: Option<Spacing>,
    ) -> Result<Volume, Error> {
        let pixels = pixels.into();
        let volume = Volume { pixels, kind, ndim, spacing };
        let shape = volume.shape();
        if !(2..=3).contains(&ndim) || (ndim == 2 && shape[0] != 1) {
            return Err(Error::new(
                Code::Shape,
                format!("{ndim} spatial axes do not fit the shape {shape:?}"),
            ));
        }
        let dtype = volume.dtype();
        match kind {
            Kind::Mask if dtype != Dtype::U8 => {
                Err(Error::new(Code::WrongKind, format!("a mask is uint8, found {dtype}")))
            }
            Kind::Labels if dtype != Dtype::U32 => {
                Err(Error::new(Code::WrongKind, format!("labels are uint32, found {dtype}")))
            }
            _ => Ok(volume),
        }
    }

    /// A volume with the geometry of `meta` and these pixels; kind and dtype follow the element type and `meta.kind`.
    pub fn from_vec<T: Element>(meta: &VolumeMeta, pixels: Vec<T>) -> Result<Volume, Error>
    where
        Pixels: From<Array3<T>>,
    {
        let found = pixels.len();
        let array = Array3::from_shape_vec(meta.shape, pixels).map_err(|_| {
            Error::new(Code::Shape, format!("{found} pixels do not fill the shape {:?}", meta.shape))
        })?;
        Volume::new(array, meta.ndim, meta.kind, meta.spacing)
    }

    /// An image of this volume's geometry with these pixels.
    pub fn image<T: Element>(&self, pixels: Vec<T>) -> Result<Volume, Error>
    where
        Pixels: From<Array3<T>>,
    {
        Volume::from_vec(&self.meta().with(Kind::Image, T::DTYPE), pixels)
    }

    /// A mask of this volume's geometry.
    pub fn mask(&self, pixels: Vec<u8>) -> Result<Volume, Error> {
        Volume::from_vec(&self.meta().with(Kind::Mask, Dtype::U8), pixels)
    }

    /// Labels of this volume's geometry.
    pub fn labels(&self, pixels: Vec<u32>) -> Result<Volume, Error> {
        Volume::from_vec(&self.meta().with(Kind::Labels, Dtype::U32), pixels)
    }

    pub fn into_pixels(self) -> Pixels {
        self.pixels
    }

    pub fn pixels(&self) -> &Pixels {
        &self.pixels
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn ndim(&self) -> usize {
        self.ndim
    }

    pub fn spacing(&self) -> Option<Spacing> {
        self.spacing
    }

    pub fn with_spacing(mut self, spacing: Option<Spacing>) -> Volume {
        self.spacing = spacing;
        self
    }

    pub fn dtype(&self) -> Dtype {
        match &self.pixels {
            Pixels::U8(_) => Dtype::U8,
            Pixels::U16(_) => Dtype::U16,
            Pixels::I16(_) => Dtype::I16,
            Pixels::U32(_) => Dtype::U32,
            Pixels::I32(_) => Dtype::I32,
            Pixels::F32(_) => Dtype::F32,
        }
    }

    /// Pixels along z, y, x.
    pub fn shape(&self) -> [usize; 3] {
        match &self.pixels {
            Pixels::U8(a) => a.shape(),
            Pixels::U16(a) => a.shape(),
            Pixels::I16(a) => a.shape(),
            Pixels::U32(a) => a.shape(),
            Pixels::I32(a) => a.shape(),
            Pixels::F32(a) => a.shape(),
        }
    }

    pub fn len(&self) -> usize {
        self.shape().iter().product()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn meta(&self) -> VolumeMeta {
        VolumeMeta {
            kind: self.kind,
            dtype: self.dtype(),
            shape: self.shape(),
            ndim: self.ndim,
            spacing: self.spacing,
        }
    }

    /// The pixels if they are of this type.
    pub fn as_slice<T: Element>(&self) -> Option<&[T]> {
        each_dtype!(&self.pixels, |p| bytemuck::try_cast_slice(p).ok().filter(|_| T::DTYPE == self.dtype()))
    }

    /// The pixels as an array view, if they are of this type.
    pub fn view<T: Element>(&self) -> Option<ArrayView3<'_, T>> {
        ArrayView3::from_shape(self.shape(), self.as_slice()?).ok()
    }

    /// The pixels as float32; uint32 and int32 beyond 2^24 are rounded to the nearest float.
    pub fn f32s(&self) -> Cow<'_, [f32]> {
        match &self.pixels {
            Pixels::F32(a) => Cow::Borrowed(slice(a)),
            other => Cow::Owned(each_dtype!(other, |p| mapped(p, |v| v.to_f32()))),
        }
    }

    pub fn f64s(&self) -> Vec<f64> {
        each_dtype!(&self.pixels, |p| p.iter().map(|v| v.to_f64()).collect())
    }

    /// The pixels of a mask or of labels: what the ports `Mask` and `Labels` give.
    pub fn mask_slice(&self) -> Result<&[u8], Error> {
        self.as_slice().ok_or_else(|| Error::new(Code::WrongKind, "a mask is uint8").value(self.dtype()))
    }

    pub fn label_slice(&self) -> Result<&[u32], Error> {
        self.as_slice().ok_or_else(|| Error::new(Code::WrongKind, "labels are uint32").value(self.dtype()))
    }

    /// The raw bytes of the pixels, in the machine's order.
    pub fn bytes(&self) -> &[u8] {
        each_dtype!(&self.pixels, |p| bytemuck::cast_slice(p))
    }

    /// A volume from raw bytes in the machine's order.
    pub fn from_bytes(meta: &VolumeMeta, bytes: &[u8]) -> Result<Volume, Error> {
        Volume::from_fill(meta, |pixels| pixels.put(bytes))
    }

    /// A volume whose raw bytes, in the machine's order, `fill` writes, all of them.
    pub fn from_fill(
        meta: &VolumeMeta,
        fill: impl FnOnce(&mut Unfilled) -> Result<(), Error>,
    ) -> Result<Volume, Error> {
        let n = meta.len();
        match meta.dtype {
            Dtype::U8 => Volume::from_vec(meta, filled::<u8>(n, fill)?),
            Dtype::U16 => Volume::from_vec(meta, filled::<u16>(n, fill)?),
            Dtype::I16 => Volume::from_vec(meta, filled::<i16>(n, fill)?),
            Dtype::U32 => Volume::from_vec(meta, filled::<u32>(n, fill)?),
            Dtype::I32 => Volume::from_vec(meta, filled::<i32>(n, fill)?),
            Dtype::F32 => Volume::from_vec(meta, filled::<f32>(n, fill)?),
        }
    }

    /// Another dtype by the one rule: half to even, saturating, NaN becomes 0 in integers. Never rescaled.
    pub fn cast(&self, dtype: Dtype) -> Volume {
        fn convert<S: Element, T: Element>(volume: &Volume, from: &[S]) -> Pixels
        where
            Pixels: From<Array3<T>>,
        {
            // MAGIC, added to a number below 2^51, leaves the nearest whole number, half to even; beyond, integers saturate.
            // Rounding by the standard library is a call for each pixel where the instruction set has none.
            const MAGIC: f64 = 6_755_399_441_055_744.0;
            let to: Vec<T> = match (S::DTYPE, T::DTYPE) {
                (Dtype::F32, _) => mapped(from, |v| T::from_whole((v.to_f64() + MAGIC) - MAGIC)),
                _ => mapped(from, |v| T::from_whole(v.to_f64())),
            };
            Array3::from_shape_vec(volume.shape(), to).expect("one pixel for one pixel").into()
        }
        if dtype == self.dtype() {
            return self.clone();
        }
        let pixels = each_dtype!(&self.pixels, |p| match dtype {
            Dtype::U8 => convert::<_, u8>(self, p),
            Dtype::U16 => convert::<_, u16>(self, p),
            Dtype::I16 => convert::<_, i16>(self, p),
            Dtype::U32 => convert::<_, u32>(self, p),
            Dtype::I32 => convert::<_, i32>(self, p),
            Dtype::F32 => convert::<_, f32>(self, p),
        });
        let kind = match (self.kind, dtype) {
            (Kind::Mask, Dtype::U8) | (Kind::Labels, Dtype::U32) => self.kind,
            _ => Kind::Image,
        };
        Volume { pixels, kind, ..*self }
    }

    /// The volume as a mask: what is not 0 is 1, NaN is 0. uint8 of 0 and 1 is shared.
    pub fn to_mask(&self) -> Volume {
        if self.kind == Kind::Mask {
            return self.clone();
        }
        if let Pixels::U8(a) = &self.pixels
            && slice(a).par_chunks(PART).all(|part| part.iter().fold(0, |all, v| all | v) <= 1)
        {
            return Volume { kind: Kind::Mask, ..self.clone() };
        }
        fn convert<T: Element>(pixels: &[T]) -> Vec<u8> {
            // `!=` would take NaN.
            let zero = T::default();
            mapped(pixels, |v| ((v > zero) | (v < zero)) as u8)
        }
        let mask = each_dtype!(&self.pixels, |p| convert(p));
        self.mask(mask).expect("one pixel for one pixel")
    }

    /// The volume as labels: whole non-negative numbers are kept, anything else is refused by value. uint32 is shared.
    pub fn to_labels(&self) -> Result<Volume, Error> {
        fn whole<T: Element>(pixels: &[T]) -> Result<Vec<u32>, Error> {
            // Saturated, so that only whole numbers in range come back as they were.
            let label = |v: T| v.to_f64() as u32;
            let kept = |v: &T| label(*v) as f64 == v.to_f64();
            let odd = pixels.par_chunks(PART).find_map_first(|part| part.iter().find(|v| !kept(v)));
            match odd {
                None => Ok(mapped(pixels, label)),
                Some(odd) => Err(Error::new(Code::WrongKind, "labels are whole numbers from 0")
                    .value(odd.to_f64())
                    .help("label a mask first")),
            }
        }
        let labels = match &self.pixels {
            Pixels::U32(_) => return Ok(Volume { kind: Kind::Labels, ..self.clone() }),
            Pixels::U8(a) => mapped(slice(a), u32::from),
            Pixels::U16(a) => mapped(slice(a), u32::from),
            Pixels::I16(a) => whole(slice(a))?,
            Pixels::I32(a) => whole(slice(a))?,
            Pixels::F32(a) => whole(slice(a))?,
        };
        self.labels(labels)
    }

    /// The volume where a mask or labels are taken: uint8 and uint16 stay as they are, since their numbers are labels
    /// already; other numbers become labels.
    pub fn to_mask_or_labels(&self) -> Result<Volume, Error> {
        match self.dtype() {
            Dtype::U8 | Dtype::U16 => Ok(self.clone()),
            _ => self.to_labels(),
        }
    }

    /// One z plane as a 2-D volume.
    pub fn plane(&self, z: usize) -> Volume {
        Volume { ndim: 2, ..self.cut(0, z..z + 1) }
    }

    /// The part of the volume in a range of one axis (z, y, x as 0, 1, 2). It shares the pixels where they lie next to each
    /// other: planes, and rows of one plane.
    pub fn cut(&self, axis: usize, range: std::ops::Range<usize>) -> Volume {
        let pixels = match &self.pixels {
            Pixels::U8(a) => Pixels::U8(a.cut(axis, range)),
            Pixels::U16(a) => Pixels::U16(a.cut(axis, range)),
            Pixels::I16(a) => Pixels::I16(a.cut(axis, range)),
            Pixels::U32(a) => Pixels::U32(a.cut(axis, range)),
            Pixels::I32(a) => Pixels::I32(a.cut(axis, range)),
            Pixels::F32(a) => Pixels::F32(a.cut(axis, range)),
        };
        Volume { pixels, ..*self }
    }

    /// Volumes joined along one axis. All have one kind and dtype, and one shape but for that axis.
    pub fn join(parts: &[Volume], axis: usize) -> Result<Volume, Error> {
        let first = parts.first().ok_or_else(|| Error::new(Code::Shape, "nothing to join"))?;
        let alike = |v: &Volume| {
            let (mut a, mut b) = (v.shape(), first.shape());
            (a[axis], b[axis]) = (0, 0);
            (a, v.dtype(), v.kind) == (b, first.dtype(), first.kind)
        };
        if !parts.iter().all(alike) {
            return Err(Error::new(Code::Shape, "volumes of different shape or dtype cannot be joined"));
        }
        let mut meta = first.meta();
        meta.shape[axis] = parts.iter().map(|v| v.shape()[axis]).sum();
        if axis == 0 && meta.shape[0] > 1 {
            meta.ndim = 3;
        }
        let size = meta.dtype.size();
        let inner = |v: &Volume| v.shape()[axis..].iter().product::<usize>() * size;
        let outer: usize = meta.shape[..axis].iter().product();
        let mut bytes = Vec::with_capacity(meta.bytes());
        for i in 0..outer {
            for part in parts {
                let n = inner(part);
                bytes.extend_from_slice(&part.bytes()[i * n..(i + 1) * n]);
            }
        }
        Volume::from_bytes(&meta, &bytes)
    }

    /// Planes stacked along z as a 3-D volume, one plane too.
    pub fn stack(planes: &[Volume]) -> Result<Volume, Error> {
        Volume::join(planes, 0).map(|v| Volume { ndim: 3, ..v })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image<T: Element>(pixels: &[T]) -> Volume
    where
        Pixels: From<Array3<T>>,
    {
        let array = Array3::from_shape_vec((1, 1, pixels.len()), pixels.to_vec()).unwrap();
        Volume::new(array, 2, Kind::Image, None).unwrap()
    }

    /// Every dtype as every other one is what the one rule says of the number.
    #[test]
    fn casts_follow_the_rule() {
        let floats = [
            0.0,
            0.5,
            1.5,
            2.5,
            -0.5,
            -1.5,
            0.499_999_97,
            254.5,
            255.5,
            65_534.5,
            65_535.5,
            32_767.5,
            -32_768.5,
            8_388_609.0,
            16_777_216.0,
            2_147_483_520.0,
            2_147_483_648.0,
            -2_147_483_648.0,
            4_294_967_040.0,
            4_294_967_296.0,
            1e10,
            -1e30,
            f32::MIN_POSITIVE,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::NAN,
        ];
        let all = [
            image(&floats),
            image(&[0u8, 1, 127, 128, 255]),
            image(&[0u16, 255, 256, 32_768, 65_535]),
            image(&[-32_768i16, -1, 0, 255, 32_767]),
            image(&[0u32, 255, 65_536, 16_777_217, u32::MAX]),
            image(&[i32::MIN, -1, 0, 16_777_217, i32::MAX]),
        ];
        for from in &all {
            for dtype in Dtype::ALL {
                let expected: Vec<f64> = from.f64s().into_iter().map(|v| dtype.quantize(v)).collect();
                let found = from.cast(dtype);
                assert_eq!(found.dtype(), dtype);
                for (a, b) in found.f64s().into_iter().zip(expected) {
                    assert!(
                        a == b || a.is_nan() && b.is_nan(),
                        "{} as {dtype}: {a} instead of {b}",
                        from.dtype()
                    );
                }
            }
        }
    }

    #[test]
    fn labels_are_whole_and_not_negative() {
        assert_eq!(
            image(&[0.0f32, -0.0, 3.0, 4_294_967_040.0]).to_labels().unwrap().label_slice().unwrap(),
            [0, 0, 3, 4_294_967_040]
        );
        assert_eq!(image(&[0i16, 7]).to_labels().unwrap().label_slice().unwrap(), [0, 7]);
        assert_eq!(image(&[0u8, 255]).to_labels().unwrap().label_slice().unwrap(), [0, 255]);
        for odd in [0.5f32, -1.0, 4_294_967_296.0, f32::INFINITY] {
            let error = image(&[1.0, odd, -7.0]).to_labels().unwrap_err();
            assert_eq!(
                error.value.as_deref(),
                Some(f64::from(odd).to_string().as_str()),
                "the first that is none"
            );
        }
        assert!(image(&[f32::NAN]).to_labels().is_err() && image(&[3i32, -1]).to_labels().is_err());
        let numbers = image(&[0u32, u32::MAX]);
        let labels = numbers.to_labels().unwrap();
        assert_eq!(
            (labels.kind(), labels.bytes().as_ptr()),
            (Kind::Labels, numbers.bytes().as_ptr()),
            "shared"
        );
    }

    #[test]
    fn masks_are_0_and_1() {
        assert_eq!(
            image(&[0.0f32, -0.0, -2.0, f32::NAN, f32::INFINITY]).to_mask().mask_slice().unwrap(),
            [0, 0, 1, 0, 1]
        );
        assert_eq!(image(&[0u8, 255, 1]).to_mask().mask_slice().unwrap(), [0, 1, 1]);
        let ones = image(&[0u8, 1, 1]);
        let mask = ones.to_mask();
        assert_eq!((mask.kind(), mask.bytes().as_ptr()), (Kind::Mask, ones.bytes().as_ptr()), "shared");
    }

    #[test]
    fn sizes_beyond_counting_are_the_largest() {
        let shape = [1 << 24; 3];
        let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape, ndim: 3, spacing: None };
        assert_eq!((meta.len(), meta.bytes()), (usize::MAX, usize::MAX));
        let held = VolumeMeta { shape: [1 << 20; 3], ..meta };
        assert_eq!((held.len(), held.bytes()), (1 << 60, 1 << 62));
    }
}
