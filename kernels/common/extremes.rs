//! The skeleton of morphology: least and greatest values over a footprint, one after another, on images and masks.

use super::minmax::{self, Border};
use crate::common::threads;
use crate::simd;
use rotifer_registry::footprint::Offsets;
use rotifer_registry::*;
use rotifer_shaders::morphology::WHITE_TOPHAT;

/// One pass over an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Extremum {
    Least,
    Greatest,
}
pub use Extremum::{Greatest, Least};

/// The passes of an operation.
pub type Passes = &'static [Extremum];

/// Passes over an image of any dtype. The second one takes the mirrored footprint.
pub struct Grey {
    pub footprint: Footprint,
    pub radius: PerAxis<Length>,
    pub edge: Edge,
    pub constant: f64,
    pub passes: Passes,
    pub gives: Gives,
}

/// The result of passes over an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gives {
    /// The values that they give.
    Values,
    /// How much they take from the image: the image minus their values, saturating in integers.
    Taken,
    /// How much they add to the image.
    Added,
}
pub use Gives::{Added, Taken, Values};

/// Passes over a mask, as sets are eroded and dilated: the greatest value is that of the mirrored footprint. Beyond its border lies what does not count: true for the least value, false for the greatest.
pub struct Binary {
    pub footprint: Footprint,
    pub radius: PerAxis<Length>,
    pub passes: Passes,
}

fn reach(
    footprint: &Footprint,
    radius: &PerAxis<Length>,
    passes: Passes,
    inputs: &Metas,
) -> Result<Reach, Error> {
    let meta = inputs.first().ok_or_else(|| Error::new(Code::WrongKind, "an image is needed"))?;
    Ok(Reach::Window(footprint.extent(radius, meta)?.map(|r| passes.len() * r)))
}

/// Each pass over an image with its footprint.
fn grey_passes(passes: Passes, footprint: &Offsets) -> impl Iterator<Item = (Extremum, Offsets)> {
    let turned = [footprint.clone(), footprint.mirrored()];
    passes.iter().enumerate().map(move |(i, pass)| (*pass, turned[i % 2].clone()))
}

/// Each pass over a mask with its footprint.
fn binary_passes(passes: Passes, footprint: &Offsets) -> impl Iterator<Item = (Extremum, Offsets)> {
    let turned = [footprint.clone(), footprint.mirrored()];
    passes.iter().map(move |pass| (*pass, turned[(*pass == Greatest) as usize].clone()))
}

/// Differences that saturate in integers.
trait Subtract: Copy {
    fn minus(self, other: Self) -> Self;
}

macro_rules! saturating {
    ($($t:ty),*) => {$(
        impl Subtract for $t {
            #[inline(always)]
            fn minus(self, other: $t) -> $t { self.saturating_sub(other) }
        }
    )*};
}
saturating!(u8, u16, i16, u32, i32);

impl Subtract for f32 {
    #[inline(always)]
    fn minus(self, other: f32) -> f32 {
        self - other
    }
}

/// Puts differences in place of the values after the passes.
fn subtract<T: Subtract + Send + Sync>(after: &mut [T], before: &[T], difference: impl Fn(T, T) -> T + Sync) {
    let parts = after.chunks_mut(1 << 14).zip(before.chunks(1 << 14));
    threads::each(parts, |(after, before)| in_place(after, before, &difference));
}

simd! {
    fn in_place<T: Subtract, F: Fn(T, T) -> T>(after: &mut [T], before: &[T], difference: F) {
        for (a, b) in after.iter_mut().zip(before) {
            *a = difference(*a, *b);
        }
    }
}

/// One pass over pixels.
fn pass<T: minmax::Pixel>(
    pixels: &[T],
    shape: [usize; 3],
    (extremum, footprint): (Extremum, Offsets),
    border: Border<T>,
) -> Vec<T> {
    match extremum {
        Least => minmax::erode(pixels, shape, &footprint, border),
        // It takes the mirrored footprint.
        Greatest => minmax::dilate(pixels, shape, &footprint.mirrored(), border),
    }
}

fn plain(grid: &Grid, (extremum, footprint): (Extremum, Offsets), border: Option<Border<f64>>) -> Grid {
    match extremum {
        Least => minmax::erode_plain(grid, &footprint, border),
        Greatest => minmax::dilate_plain(grid, &footprint.mirrored(), border),
    }
}

impl Kernel for Grey {
    const DEVICE: bool = true;

    fn reach(&self, _spec: &'static Spec, inputs: &Metas) -> Result<Reach, Error> {
        reach(&self.footprint, &self.radius, self.passes, inputs)
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let footprint = self.footprint.offsets(&self.radius, &image.meta())?;
        let out = each_dtype!(image.pixels(), |pixels| {
            let border = Border { edge: self.edge, constant: Element::from_f64(self.constant) };
            let mut out: Option<Vec<_>> = None;
            for next in grey_passes(self.passes, &footprint) {
                out = Some(pass(out.as_deref().unwrap_or(pixels), image.shape(), next, border));
            }
            let mut out = out.unwrap_or_else(|| pixels.to_vec());
            match self.gives {
                Values => {}
                Taken => subtract(&mut out, pixels, |after, before| before.minus(after)),
                Added => subtract(&mut out, pixels, |after, before| after.minus(before)),
            }
            image.image(out)?
        });
        Ok(vec![Datum::Volume(out)])
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let image = inputs.volume("image")?;
        let footprint = self.footprint.offsets(&self.radius, &image.meta())?;
        let border = Some(Border { edge: self.edge, constant: image.dtype().quantize(self.constant) });
        let grid = Grid::from(image);
        let mut out =
            grey_passes(self.passes, &footprint).fold(grid.clone(), |grid, next| plain(&grid, next, border));
        let single = |v: f64| if image.dtype() == Dtype::F32 { v as f32 as f64 } else { v };
        out.data.iter_mut().zip(&grid.data).for_each(|(o, v)| match self.gives {
            Values => {}
            Taken => *o = single(v - *o),
            Added => *o = single(*o - v),
        });
        Ok(vec![Plain::Image(out)])
    }

    fn record(
        &self,
        _spec: &'static Spec,
        inputs: &DeviceInputs,
        recorder: &mut Recorder,
    ) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let shape = image.meta.shape;
        let footprint = self.footprint.offsets(&self.radius, &image.meta)?;
        let border = Border { edge: self.edge, constant: image.meta.dtype.quantize(self.constant) as f32 };
        let mut out = image.buffer;
        for (extremum, footprint) in grey_passes(self.passes, &footprint) {
            out = match extremum {
                Least => minmax::record_erode(recorder, out, shape, &footprint, border)?,
                Greatest => minmax::record_dilate(recorder, out, shape, &footprint.mirrored(), border)?,
            };
        }
        let [more, less] = match self.gives {
            Values => return Ok(vec![DeviceOutput::whole(out)]),
            Taken => [image.buffer, out],
            Added => [out, image.buffer],
        };
        let difference = recorder.buffer(out.len);
        recorder.pass(&WHITE_TOPHAT).bind(&[more, less, difference]).over(out.len)?;
        Ok(vec![DeviceOutput::volume(difference)])
    }
}

impl Kernel for Binary {
    const DEVICE: bool = true;

    fn reach(&self, _spec: &'static Spec, inputs: &Metas) -> Result<Reach, Error> {
        reach(&self.footprint, &self.radius, self.passes, inputs)
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let mask = inputs.volume("mask")?;
        let footprint = self.footprint.offsets(&self.radius, &mask.meta())?;
        let pixels = mask.mask_slice()?;
        let mut out: Option<Vec<u8>> = None;
        for next in binary_passes(self.passes, &footprint) {
            let border = Border { edge: Edge::Constant, constant: (next.0 == Least) as u8 };
            out = Some(pass(out.as_deref().unwrap_or(pixels), mask.shape(), next, border));
        }
        let out = out.unwrap_or_else(|| pixels.to_vec());
        Ok(vec![Datum::Volume(mask.mask(out)?)])
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let mask = inputs.volume("mask")?;
        let footprint = self.footprint.offsets(&self.radius, &mask.meta())?;
        let passes = binary_passes(self.passes, &footprint);
        let out =
            passes.fold(Grid::from(mask), |grid, next| plain(&grid, next, None).map(|v| v.clamp(0.0, 1.0)));
        Ok(vec![Plain::Image(out)])
    }

    fn record(
        &self,
        _spec: &'static Spec,
        inputs: &DeviceInputs,
        recorder: &mut Recorder,
    ) -> Result<Vec<DeviceOutput>, Error> {
        let mask = inputs.volume("mask")?;
        let footprint = self.footprint.offsets(&self.radius, &mask.meta)?;
        let mut out = mask.buffer;
        for (extremum, footprint) in binary_passes(self.passes, &footprint) {
            out = minmax::record_mask(recorder, out, mask.meta.shape, &footprint, extremum == Greatest)?;
        }
        Ok(vec![DeviceOutput::volume(out)])
    }
}
