use crate::common::minimum_maximum::{NO_RANGE, finite_range, range_of};
use crate::common::pointwise;
use rotifer_registry::*;

op! {
    /// Stretches a range of intensities to another range, by default the image's to that of its dtype.
    ///
    /// Values are clipped to the first range, and made the second one's by a straight line: (v − in_minimum) / (in_maximum −
    /// in_minimum) · (out_maximum − out_minimum) + out_minimum. Where the first range is one value, the image is clipped to the
    /// second one. Values that are not finite do not count for the range of an image; NaN stays NaN.
    pub struct RescaleIntensity {
        /// The value that becomes the least; left out, the least value of the image.
        in_minimum: Option<f64> = None;
        /// The value that becomes the largest; left out, the largest value of the image.
        in_maximum: Option<f64> = None;
        /// The new least value; left out, the least value of the dtype, of float32 −1, but 0 where `in_minimum` is not
        /// below 0.
        out_minimum: Option<f64> = None;
        /// The new largest value; left out, the largest value of the dtype, of float32 1.
        out_maximum: Option<f64> = None;
    }
    id: "rescale_intensity", revision: 1, family: Exposure,
    memory: host,
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Relative(1e-6), follows: "skimage.exposure.rescale_intensity 0.26",
    python: "v = f64(image)
low, high = (-1, 1) if image.dtype.kind == 'f' else (int(np.iinfo(image.dtype).min), int(np.iinfo(image.dtype).max))
a, b = v.min() if in_minimum is None else in_minimum, v.max() if in_maximum is None else in_maximum
low = (0 if a >= 0 else low) if out_minimum is None else out_minimum
result = ski.exposure.rescale_intensity(v, (a, b), (low, high if out_maximum is None else out_maximum))",
    examples: ["in_minimum = 20.0\nin_maximum = 120.0", "out_minimum = 10.0\nout_maximum = 90.5", "in_minimum = 0.0\nin_maximum = 200.0\nout_minimum = 1.0\nout_maximum = 0.0"],
}

/// The straight line between two ranges.
struct Line {
    from: [f64; 2],
    to: [f64; 2],
}

impl Line {
    fn at(&self, value: f64) -> f64 {
        let (from, to) = (self.from, self.to);
        let clip = |v: f64, [low, high]: [f64; 2]| {
            let v = if v < low { low } else { v };
            if v > high { high } else { v }
        };
        if from[0] == from[1] {
            return clip(value, to);
        }
        (clip(value, from) - from[0]) / (from[1] - from[0]) * (to[1] - to[0]) + to[0]
    }
}

impl Line {
    fn apply(&self, image: &Volume) -> Result<Volume, Error> {
        each_dtype!(image.pixels(), |p| image.image(pointwise::map(p, |v| at(self, v))))
    }
}

/// The same on an image that comes in parts.
struct Parts {
    op: RescaleIntensity,
    dtype: Dtype,
    range: [f64; 2],
}

impl Streamed for Parts {
    fn see(&mut self, _span: &Span, inputs: &Inputs) -> Result<(), Error> {
        let [low, high] = range_of(inputs.volume("image")?, None);
        self.range = [self.range[0].min(low), self.range[1].max(high)];
        Ok(())
    }

    fn makes(&self) -> bool {
        true
    }

    fn make(&mut self, _span: &Span, inputs: &Inputs) -> Result<Datum, Error> {
        let line =
            self.op.line(self.dtype, || if self.range[0] <= self.range[1] { self.range } else { [0.0; 2] });
        line.apply(inputs.volume("image")?).map(Datum::Volume)
    }

    fn finish(&mut self) -> Result<Vec<Datum>, Error> {
        Ok(Vec::new())
    }
}

impl RescaleIntensity {
    fn line(&self, dtype: Dtype, range: impl FnOnce() -> [f64; 2]) -> Line {
        let from = match (self.in_minimum, self.in_maximum) {
            (Some(low), Some(high)) => [low, high],
            (low, high) => {
                let found = range();
                [low.unwrap_or(found[0]), high.unwrap_or(found[1])]
            }
        };
        let (least, most) = if dtype == Dtype::F32 { (-1.0, 1.0) } else { dtype.range() };
        let least = if from[0] >= 0.0 { 0.0 } else { least };
        Line { from, to: [self.out_minimum.unwrap_or(least), self.out_maximum.unwrap_or(most)] }
    }
}

impl Host for RescaleIntensity {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        let known = self.in_minimum.is_some() && self.in_maximum.is_some();
        Ok(if known { Reach::Point } else { Reach::Statistic })
    }

    fn infer(&self, _inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        match (self.in_minimum, self.in_maximum) {
            (Some(low), Some(high)) if low > high => {
                let error = Error::new(Code::OutOfRange, "the range ends before it begins");
                Err(error.argument("in_minimum").value(low).allowed(format!("at most {high}")))
            }
            _ => Ok(()),
        }
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let line = self.line(image.dtype(), || finite_range(image, None));
        Ok(vec![Datum::Volume(line.apply(image)?)])
    }

    fn streamed(&self, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let dtype = inputs.volume("image")?.dtype;
        Ok(Some(Box::new(Parts { op: self.clone(), dtype, range: NO_RANGE })))
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let plain = || {
            let image = Grid::from(inputs.volume("image")?);
            let finite = || image.data.iter().copied().filter(|v| v.is_finite());
            let range = || match finite().next() {
                Some(_) => [finite().fold(f64::MAX, f64::min), finite().fold(f64::MIN, f64::max)],
                None => [0.0; 2],
            };
            let line = self.line(inputs.volume("image")?.dtype(), range);
            Ok(vec![Plain::Image(image.map(|v| line.at(v)))])
        };
        Some(plain())
    }
}

fn at<T: Element>(line: &Line, value: T) -> T {
    T::from_f64(line.at(value.to_f64()))
}
