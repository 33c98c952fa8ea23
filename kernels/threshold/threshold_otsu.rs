use crate::common::fresh;
use crate::common::histogram::{self, Histogram, SourceRange, record_histogram};
use crate::simd;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::*;
use rotifer_shaders::threshold::THRESHOLD_OTSU;

op! {
    /// Finds the threshold that parts dark from bright pixels best, and the pixels above it.
    ///
    /// Otsu's method: the variance between the two classes is largest. The first of equal thresholds counts. Whole numbers have one
    /// bin for each value, floats (and 32-bit images of more than 65,536 values) `nbins` between the smallest and the
    /// largest. An image of one value has that as its threshold. Values that are not finite have no part in it;
    /// NaN is not above it.
    pub struct ThresholdOtsu {
        /// Bins of float images.
        nbins: u32 = 256, range(2, 65536);
    }
    id: "threshold_otsu", revision: 1, family: Threshold,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { mask: Mask, threshold: Number },
    agrees: Relative(1e-6), follows: "skimage.filters.threshold_otsu 0.26",
    python: "values = image.astype(np.uint8) if image.dtype == bool else image
if values.dtype.kind != 'f' and int(values.max()) - int(values.min()) >= 65536:
    counts, edges = np.histogram(f64(values), nbins, (int(values.min()), int(values.max())))
    t = ski.filters.threshold_otsu(hist=(counts, (edges[:-1] + edges[1:]) / 2))
else:
    t = ski.filters.threshold_otsu(values, nbins)
result = (decide(image, t) if image.dtype.kind == 'f' else image > t, float(t))",
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

fn threshold(image: &Volume, histogram: &Histogram) -> f64 {
    let only = || each_dtype!(image.pixels(), |p| p.iter().map(|v| v.to_f64()).find(|v| v.is_finite()));
    match best_bin(&histogram.counts) {
        Some(bin) => histogram.centers[bin],
        None => only().or(histogram.centers.first().copied()).unwrap_or(0.0),
    }
}

/// The largest pixel that is not above a threshold within the range of the dtype: as good to compare with.
fn not_above<T: Element>(threshold: f64) -> T {
    if T::DTYPE != Dtype::F32 {
        return T::from_f64(threshold.floor());
    }
    let nearest = threshold as f32;
    T::from_f32(if nearest as f64 > threshold { nearest.next_down() } else { nearest })
}

simd! {
    fn compare<T: Element>(mask: &mut [u8], pixels: &[T], limit: T) {
        for (m, v) in mask.iter_mut().zip(pixels) {
            *m = (*v > limit) as u8;
        }
    }
}

impl Host for ThresholdOtsu {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Statistic)
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let histogram = histogram::histogram(image, self.nbins as usize, SourceRange::Image, None);
        let threshold = threshold(image, &histogram);
        let mask = each_dtype!(image.pixels(), |p| {
            let limit = not_above(threshold);
            fresh::map(p, |mask, pixels| compare(mask, pixels, limit))
        });
        Ok(vec![Datum::Volume(image.mask(mask)?), Datum::Number(threshold)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let otsu = || {
            let image = inputs.volume("image")?;
            let histogram = histogram::reference(image, self.nbins as usize, SourceRange::Image, None);
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
            let grid = Grid::from(image);
            let first = grid.data.iter().copied().find(|v| v.is_finite());
            let t = best.1.map(|i| histogram.centers[i]).or(first).unwrap_or(histogram.centers[0]);
            let float = image.dtype() == Dtype::F32;
            let mask = grid.map(|v| {
                let unsure = float && v != t && (v - t).abs() < 1e-6 * t.abs();
                if unsure { f64::NAN } else { (v > t) as u8 as f64 }
            });
            Ok(vec![Plain::Image(mask), Plain::Number(t)])
        };
        Some(otsu())
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    len: u32,
    bins: u32,
    padding: [u32; 2],
}

impl Device for ThresholdOtsu {
    fn fits(&self, inputs: &Metas) -> Result<(), Error> {
        histogram::fits(inputs.volume("image")?)
    }

    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let histogram = record_histogram(recorder, image, self.nbins as usize, SourceRange::Image, None)?;
        let n = image.buffer.len;
        let params = Params { len: n as u32, bins: histogram.bins as u32, padding: [0; 2] };
        let (threshold, mask) = (recorder.buffer(1), recorder.buffer(n));
        let pass = recorder.pass(&THRESHOLD_OTSU).entry("find_threshold").uniform(&params);
        pass.bind(&[image.buffer, histogram.counts, histogram.centers, threshold]).groups(1)?;
        let pass = recorder.pass(&THRESHOLD_OTSU).entry("compare").uniform(&params);
        pass.bind(&[image.buffer, threshold, mask]).over(n)?;
        Ok(vec![DeviceOutput::volume(mask), DeviceOutput::Number(threshold)])
    }
}
