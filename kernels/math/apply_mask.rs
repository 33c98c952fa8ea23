use crate::common::pointwise::{self, Params};
use crate::common::shape::same_shape;
use rotifer_registry::*;
use rotifer_shaders::math::APPLY_MASK;

op! {
    /// Keeps the pixels inside a mask and fills the others with one value.
    pub struct ApplyMask {
        /// The value outside the mask, stored as the image's dtype.
        fill: f64 = 0.0;
    }
    id: "apply_mask", revision: 1, family: Math,
    memory: host_and_device,
    inputs: { image: Image, mask: Mask },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.where 2.4",
    python: "np.where(mask, f64(image), fill)",
    examples: ["fill = 7"],
}

impl Host for ApplyMask {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Point)
    }

    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "mask"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        fn select<T: Element>(pixels: &[T], mask: &[u8], fill: f64) -> Vec<T> {
            let fill = T::from_f64(fill);
            // A table rather than a branch: masks are as good as random to a processor.
            pointwise::zip(pixels, mask, |v, m| [fill, v][(m != 0) as usize])
        }
        let image = inputs.volume("image")?;
        let mask = inputs.volume("mask")?.mask_slice()?;
        Ok(vec![Datum::Volume(each_dtype!(image.pixels(), |p| image.image(select(p, mask, self.fill)))?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let select = || {
            let (image, mask) = (Grid::from(inputs.volume("image")?), Grid::from(inputs.volume("mask")?));
            let kept = image.map_at(|p| if mask.at(p) != 0.0 { image.at(p) } else { self.fill });
            Ok(vec![Plain::Image(kept)])
        };
        Some(select())
    }
}

impl Device for ApplyMask {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let (image, mask) = (inputs.volume("image")?, inputs.volume("mask")?.buffer);
        let fill = image.meta.dtype.quantize(self.fill) as f32;
        let out = recorder.buffer(mask.len);
        let params = Params { numbers: [fill, 0.0, 0.0, 0.0], ..Params::default() };
        pointwise::record(recorder, &APPLY_MASK, params, &[image.buffer, mask, out], mask.len)?;
        Ok(vec![DeviceOutput::whole(out)])
    }
}
