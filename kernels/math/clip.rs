use crate::common::pointwise::{self, Params};
use rotifer_registry::*;
use rotifer_shaders::math::CLIP;

op! {
    /// Limits every pixel to a range.
    ///
    /// Bounds are stored as the image's dtype, half to even and saturating, before they are applied. NaN stays NaN.
    pub struct Clip {
        /// Smallest value of the result; without it there is no lower bound.
        minimum: Option<f64> = None;
        /// Largest value of the result; without it there is no upper bound.
        maximum: Option<f64> = None;
    }
    id: "clip", revision: 1, family: Math,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.clip 2.4",
    python: "np.clip(f64(image), minimum, maximum)",
    examples: ["minimum = 40", "maximum = 99.5", "minimum = 0.25\nmaximum = 120"],
}

impl Clip {
    /// Bounds as values of the dtype; infinite where there are none.
    fn bounds(&self, dtype: Dtype) -> (f64, f64) {
        let bound = |b: Option<f64>, none: f64| b.map_or(none, |b| dtype.quantize(b));
        (bound(self.minimum, f64::NEG_INFINITY), bound(self.maximum, f64::INFINITY))
    }
}

impl Host for Clip {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Point)
    }

    fn infer(&self, _inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        match (self.minimum, self.maximum) {
            (Some(lo), Some(hi)) if lo > hi => Err(Error::new(Code::OutOfRange, "is above `maximum`")
                .argument("minimum")
                .value(lo)
                .allowed(format!("{hi} or less"))),
            _ => Ok(()),
        }
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        fn clip<T: Element>(pixels: &[T], (lo, hi): (f64, f64)) -> Vec<T> {
            let (lo, hi) = (T::from_f64(lo), T::from_f64(hi));
            // NaN is neither below nor above.
            pointwise::map(pixels, |v| {
                let v = if v < lo { lo } else { v };
                if v > hi { hi } else { v }
            })
        }
        let image = inputs.volume("image")?;
        let bounds = self.bounds(image.dtype());
        Ok(vec![Datum::Volume(each_dtype!(image.pixels(), |p| image.image(clip(p, bounds)))?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let image = inputs.volume("image").map(Grid::from);
        Some(image.map(|image| {
            let above = |v: f64| self.minimum.map_or(v, |lo| if v < lo { lo } else { v });
            let below = |v: f64| self.maximum.map_or(v, |hi| if v > hi { hi } else { v });
            vec![Plain::Image(image.map(|v| below(above(v))))]
        }))
    }
}

impl Device for Clip {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let (lo, hi) = self.bounds(image.meta.dtype);
        let out = recorder.buffer(image.buffer.len);
        let params = Params { numbers: [lo as f32, hi as f32, 0.0, 0.0], ..Params::default() };
        pointwise::record(recorder, &CLIP, params, &[image.buffer, out], out.len)?;
        Ok(vec![DeviceOutput::whole(out)])
    }
}
