use crate::common::global_threshold::{Bounds, Counted, Parted, above, above_plain};
use crate::common::histogram::{self, Histogram, SourceRange, record_histogram};
use crate::common::shape::same_shape;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::*;
use rotifer_shaders::threshold::THRESHOLD_OTSU;

op! {
    /// Finds the threshold that parts dark from bright pixels best, and the pixels above it.
    ///
    /// Otsu's method: the variance between the two classes is largest. The first of equal thresholds counts. Whole numbers have
    /// one bin for each value, floats (and 32-bit images of more than 65,536 values) `nbins` between the smallest and the
    /// largest. An image of one value has that as its threshold. Values that are not finite, and those outside the mask, have no
    /// part in it; NaN is not above it.
    pub struct ThresholdOtsu {
        /// Bins of float images.
        nbins: u32 = 256, range(2, 65536);
        /// The threshold is multiplied by this.
        factor: f64 = 1.0, range(0.0, 1e6);
        /// Least threshold, after the factor.
        minimum: Option<f64> = None;
        /// Largest threshold, after the factor.
        maximum: Option<f64> = None;
    }
    id: "threshold_otsu", revision: 1, family: Threshold,
    memory: host_and_device,
    inputs: { image: Image, mask: Mask optional },
    outputs: { mask: Mask, threshold: Number },
    agrees: Relative(1e-6), follows: "skimage.filters.threshold_otsu 0.26",
    python: "counts, centers = bins(counted(image, mask), nbins)
t = ski.filters.threshold_otsu(hist=(counts, f64(centers))) if len(counts) > 1 else centers[0]
inside, t = above(image, t, factor, minimum, maximum)
result = (decide(image, t) if image.dtype.kind == 'f' else inside, t)",
    examples: ["nbins = 64"],
}

/// The bin at which the variance between the classes is largest; none where all pixels are in one bin.
fn best_bin(counts: &[u64]) -> Option<usize> {
    let total: i128 = counts.iter().map(|&n| n as i128).sum();
    let moment: i128 = counts.iter().enumerate().map(|(i, &n)| i as i128 * n as i128).sum();
    let (mut below, mut moment_below) = (0i128, 0i128);
    let mut best: Option<(f64, usize)> = None;
    for (i, &n) in counts.iter().enumerate() {
        below += n as i128;
        moment_below += i as i128 * n as i128;
        if below == 0 || below == total || n == 0 {
            continue;
        }
        // (total·moment below − below·moment)² / (below·above) is the variance but for a factor; whole until here.
        let difference = (total * moment_below - below * moment) as f64;
        let variance = difference * difference / (below * (total - below)) as f64;
        if best.is_none_or(|(most, _)| variance > most) {
            best = Some((variance, i));
        }
    }
    best.map(|(_, i)| i)
}

pub fn otsu(histogram: &Histogram) -> Option<f64> {
    best_bin(&histogram.counts).map(|bin| histogram.centers[bin])
}

impl ThresholdOtsu {
    fn bounds(&self) -> Bounds {
        Bounds { factor: self.factor, minimum: self.minimum, maximum: self.maximum }
    }

    /// The bounded threshold that the best bin, if there is one, makes.
    fn threshold(&self, inputs: &Inputs, histogram: &Histogram, found: Option<f64>) -> Result<f64, Error> {
        let (image, mask) = Self::counted(inputs)?;
        let only = || Counted::new(image, mask, false).only();
        let empty = if mask.is_none() { histogram.centers[0] } else { 0.0 };
        Ok(self.bounds().of(found.or_else(only).unwrap_or(empty)))
    }

    fn counted<'a>(inputs: &Inputs<'a>) -> Result<(&'a Volume, Option<&'a [u8]>), Error> {
        let mask = inputs.optional_volume("mask").map(Volume::mask_slice).transpose()?;
        Ok((inputs.volume("image")?, mask))
    }
}

impl Host for ThresholdOtsu {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Statistic)
    }

    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        self.bounds().check()?;
        same_shape(inputs, &["image", "mask"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let (image, mask) = Self::counted(inputs)?;
        let histogram = histogram::histogram(image, self.nbins as usize, SourceRange::Image, mask);
        let threshold = self.threshold(inputs, &histogram, otsu(&histogram))?;
        Ok(vec![Datum::Volume(above(image, threshold)?), Datum::Number(threshold)])
    }

    fn streamed(&self, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let nbins = self.nbins;
        let rule = move |pixels: &Counted| otsu(&pixels.bins(nbins)?);
        let parted = Parted::new(rule, self.bounds(), inputs.volume("image")?.dtype);
        Ok(parted.map(|parted| Box::new(parted) as Box<dyn Streamed>))
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let plain = || {
            let (image, mask) = Self::counted(inputs)?;
            let histogram = histogram::reference(image, self.nbins as usize, SourceRange::Image, mask);
            let classes = |bins: std::ops::Range<usize>| {
                let n: f64 = histogram.counts[bins.clone()].iter().map(|&n| n as f64).sum();
                let sum: f64 = bins.map(|i| histogram.counts[i] as f64 * i as f64).sum();
                (n, sum / n)
            };
            let bins = histogram.counts.len();
            let variance = |i: usize| {
                let ((below, a), (above, b)) = (classes(0..i + 1), classes(i + 1..bins));
                if below > 0.0 && above > 0.0 { below * above * (a - b).powi(2) } else { 0.0 }
            };
            let used: Vec<usize> = (0..bins).filter(|&i| histogram.counts[i] > 0).collect();
            let mut best = (0.0, None);
            for (v, i) in used.iter().map(|&i| (variance(i), i)) {
                // Equal but for rounding: the first.
                if v > best.0 * (1.0 + 1e-13) {
                    best = (v, Some(i));
                }
            }
            let t = self.threshold(inputs, &histogram, best.1.map(|i| histogram.centers[i]))?;
            Ok(vec![Plain::Image(above_plain(image, t)), Plain::Number(t)])
        };
        Some(plain())
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    len: u32,
    bins: u32,
    masked: u32,
    padding: u32,
}

impl Device for ThresholdOtsu {
    fn fits(&self, inputs: &Metas) -> Result<(), Error> {
        if !self.bounds().leave_all() {
            return Err(Error::new(Code::Unavailable, "a factor and bounds are applied there"));
        }
        histogram::fits(inputs.volume("image")?)
    }

    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let inside = inputs.optional_volume("mask").map(|mask| mask.buffer);
        let histogram = record_histogram(recorder, image, self.nbins as usize, SourceRange::Image, inside)?;
        let n = image.buffer.len;
        let masked = inside.is_some() as u32;
        let params = Params { len: n as u32, bins: histogram.bins as u32, masked, padding: 0 };
        let (threshold, mask) = (recorder.buffer(1), recorder.buffer(n));
        let pass = recorder.pass(&THRESHOLD_OTSU).entry("find_threshold").uniform(&params);
        // Without a mask the binding is the image: it is not read.
        let inside = inside.unwrap_or(image.buffer);
        pass.bind(&[image.buffer, histogram.counts, histogram.centers, inside, threshold]).groups(1)?;
        let pass = recorder.pass(&THRESHOLD_OTSU).entry("compare").uniform(&params);
        pass.bind(&[image.buffer, threshold, mask]).over(n)?;
        Ok(vec![DeviceOutput::volume(mask), DeviceOutput::Number(threshold)])
    }
}
