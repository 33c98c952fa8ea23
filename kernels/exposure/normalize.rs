use crate::common::pointwise;
use crate::math::percentile_of_all_pixels::{PercentileOfAllPixels, Percentiles};
use rotifer_registry::*;

op! {
    /// Makes the range between two percentiles of an image 0 to 1.
    ///
    /// (v − low) / (high − low), where low and high are percentiles of all pixels, by default the least and the largest value; 0
    /// everywhere where both are equal. A NaN among the pixels makes all NaN.
    pub struct Normalize {
        /// The percentile that becomes 0.
        low_percentile: f64 = 0.0, range(0.0, 100.0);
        /// The percentile that becomes 1.
        high_percentile: f64 = 100.0, range(0.0, 100.0);
        /// Whether values below 0 become 0, and those above 1 become 1.
        clip: bool = false;
    }
    id: "normalize", revision: 1, family: Exposure,
    memory: host,
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "numpy.percentile 2.4",
    python: "v = f64(image)
a, b = np.percentile(v, [low_percentile, high_percentile])
v = (v - a) / (b - a) if b > a else v * 0
result = np.clip(v, 0, 1) if clip else v",
    examples: ["low_percentile = 2.0\nhigh_percentile = 99.8", "low_percentile = 10.0\nhigh_percentile = 90.0\nclip = true"],
}

impl Normalize {
    fn map(&self, [low, high]: [f64; 2]) -> impl Fn(f64) -> f64 + Sync + use<> {
        let (clip, range) = (self.clip, high - low);
        move |v| match (v - low) / range {
            _ if range == 0.0 => 0.0,
            share if clip => share.clamp(0.0, 1.0),
            share => share,
        }
    }
}

impl Normalize {
    fn apply(&self, image: &Volume, ends: [f64; 2]) -> Result<Volume, Error> {
        let map = self.map(ends);
        image.image(each_dtype!(image.pixels(), |p| pointwise::map(p, |v| map(v.to_f64()) as f32)))
    }
}

/// The same on an image that comes in parts.
struct Parts {
    op: Normalize,
    percentiles: Percentiles,
}

impl Streamed for Parts {
    fn see(&mut self, _span: &Span, inputs: &Inputs) -> Result<(), Error> {
        self.percentiles.see(inputs.volume("image")?);
        Ok(())
    }

    fn again(&mut self) -> Result<bool, Error> {
        Ok(self.percentiles.again())
    }

    fn makes(&self) -> bool {
        true
    }

    fn make(&mut self, _span: &Span, inputs: &Inputs) -> Result<Datum, Error> {
        let ends = self.percentiles.values();
        self.op.apply(inputs.volume("image")?, [ends[0], ends[1]]).map(Datum::Volume)
    }

    fn finish(&mut self) -> Result<Vec<Datum>, Error> {
        Ok(Vec::new())
    }
}

/// A percentile of all pixels.
fn percentile(image: &Volume, percentile: f64) -> Result<f64, Error> {
    let items = [Some(Datum::Volume(image.clone()))];
    let inputs = Inputs::new(PercentileOfAllPixels::SPEC.inputs, &items);
    let found = (PercentileOfAllPixels { percentile }).run(&inputs)?;
    match found[..] {
        [Datum::Number(x)] => Ok(x),
        _ => Err(Error::new(Code::Internal, "a percentile is a number")),
    }
}

impl Host for Normalize {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Statistic)
    }

    fn infer(&self, _inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        if self.low_percentile > self.high_percentile {
            let error = Error::new(Code::OutOfRange, "the range ends before it begins");
            let error = error.argument("low_percentile").value(self.low_percentile);
            return Err(error.allowed(format!("at most {}", self.high_percentile)));
        }
        Ok(())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let ends = [percentile(image, self.low_percentile)?, percentile(image, self.high_percentile)?];
        Ok(vec![Datum::Volume(self.apply(image, ends)?)])
    }

    fn streamed(&self, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let meta = inputs.volume("image")?;
        let percentiles = Percentiles::new(meta, &[self.low_percentile, self.high_percentile]);
        let streamed = || Box::new(Parts { op: self.clone(), percentiles }) as Box<dyn Streamed>;
        Ok((!meta.is_empty()).then(streamed))
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let plain = || {
            let image = Grid::from(inputs.volume("image")?);
            let mut sorted = image.data.clone();
            sorted.sort_by(f64::total_cmp);
            let at = |percent: f64| {
                let at = (sorted.len() - 1) as f64 * percent / 100.0;
                let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
                low + (high - low) * at.fract()
            };
            let nan = image.data.iter().any(|v| v.is_nan());
            let ends =
                [at(self.low_percentile), at(self.high_percentile)].map(|v| if nan { f64::NAN } else { v });
            Ok(vec![Plain::Image(image.map(self.map(ends)))])
        };
        Some(plain())
    }
}
