use crate::common::minmax::{self, Border, Pixel};
use crate::simd;
use rayon::prelude::*;
use rotifer_registry::*;
use rotifer_shaders::morphology::WHITE_TOPHAT;

op! {
    /// Keeps bright spots smaller than the footprint: the image minus its opening.
    ///
    /// The opening is an erosion, then a dilation by the mirrored footprint. Integers saturate: where an asymmetric
    /// footprint or a constant border lifts the opening above the image, the result is the smallest value, where
    /// scikit-image wraps around. Floats are subtracted in float32, as there. NaN ranks above every number, and stays NaN.
    pub struct WhiteTophat {
        /// Which neighbours count: box, disk, ball, diamond, or rows of 0 and 1 of odd length.
        footprint: Footprint = Footprint::Ball;
        /// Radius of the footprint along z, y, x, rounded to whole pixels.
        radius: PerAxis<Length> = px(1.0), range(0.0, 128.0);
        /// What the image is taken to be beyond its border.
        edge: Edge = Edge::Reflect;
        /// The value beyond the border where `edge` is constant, in the image's dtype.
        constant: f64 = 0.0;
    }
    id: "white_tophat", revision: 1, family: Morphology,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "skimage.morphology.white_tophat 0.26",
    python: "opened = ski.morphology.opening(image, footprint, mode=edge, cval=constant)
result = image - opened if image.dtype.kind == 'f' else f64(image) - f64(opened)",
    examples: [
        "radius = 4",
        "footprint = \"box\"\nradius = [1, 6]\nedge = \"nearest\"",
        "footprint = \"box\"\nradius = [2, 1, 3]\nedge = \"wrap\"",
        "footprint = \"disk\"\nradius = 3\nedge = \"constant\"\nconstant = 2",
        "footprint = \"diamond\"\nradius = 2\nedge = \"mirror\"",
        "footprint = [[0, 1, 1], [0, 1, 0], [1, 0, 1]]",
    ],
}

impl Host for WhiteTophat {
    fn reach(&self, inputs: &Metas) -> Result<Reach, Error> {
        let extent = self.footprint.extent(&self.radius, inputs.volume("image")?)?;
        Ok(Reach::Window(extent.map(|r| 2 * r)))
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        fn tophat<T: Subtract>(
            pixels: &[T],
            shape: [usize; 3],
            footprint: &footprint::Offsets,
            border: Border<T>,
        ) -> Vec<T> {
            let eroded = minmax::erode(pixels, shape, footprint, border);
            let mut opened = minmax::dilate(&eroded, shape, footprint, border);
            let parts = opened.par_chunks_mut(1 << 14).zip(pixels.par_chunks(1 << 14));
            parts.for_each(|(o, p)| subtract_from(o, p));
            opened
        }
        let image = inputs.volume("image")?;
        let footprint = self.footprint.offsets(&self.radius, &image.meta())?;
        let out = each_dtype!(image.pixels(), |pixels| {
            let border = Border { edge: self.edge, constant: Element::from_f64(self.constant) };
            image.image(tophat(pixels, image.shape(), &footprint, border))?
        });
        Ok(vec![Datum::Volume(out)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let tophat = || {
            let image = inputs.volume("image")?;
            let footprint = self.footprint.offsets(&self.radius, &image.meta())?;
            let border = Some(Border { edge: self.edge, constant: image.dtype().quantize(self.constant) });
            let grid = Grid::from(image);
            let eroded = minmax::erode_plain(&grid, &footprint, border);
            let opened = minmax::dilate_plain(&eroded, &footprint, border);
            let single = |v: f64| if image.dtype() == Dtype::F32 { v as f32 as f64 } else { v };
            let data = grid.data.iter().zip(&opened.data).map(|(v, o)| single(v - o)).collect();
            Ok(vec![Plain::Image(Grid { data, ..grid })])
        };
        Some(tophat())
    }
}

/// Differences that saturate in integers.
trait Subtract: Pixel {
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

simd! {
    fn subtract_from<T: Subtract>(opened: &mut [T], pixels: &[T]) {
        for (o, p) in opened.iter_mut().zip(pixels) {
            *o = p.minus(*o);
        }
    }
}

impl Device for WhiteTophat {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let shape = image.meta.shape;
        let footprint = self.footprint.offsets(&self.radius, &image.meta)?;
        let border = Border { edge: self.edge, constant: image.meta.dtype.quantize(self.constant) as f32 };
        let eroded = minmax::record_erode(recorder, image.buffer, shape, &footprint, border)?;
        let opened = minmax::record_dilate(recorder, eroded, shape, &footprint, border)?;
        let out = recorder.buffer(image.buffer.len);
        recorder.pass(&WHITE_TOPHAT).bind(&[image.buffer, opened, out]).over(out.len)?;
        Ok(vec![DeviceOutput::volume(out)])
    }
}
