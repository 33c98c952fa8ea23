//! Thresholds for each pixel that the mean and the standard deviation around it give.

use crate::common::rows::Extended;
use crate::common::{fresh, window_moments};
use crate::threshold::threshold_local::{SLACK, above, block_radius};
use rotifer_registry::*;

/// `of(mean, standard deviation, scale)` is the threshold; `scale` is from the dtype.
struct LocalThreshold<F, S> {
    block_size: PerAxis<u32>,
    scale: S,
    of: F,
}

/// scikit-image's border.
const EDGE: Edge = Edge::Mirror;

impl<F: Fn(f64, f64, f64) -> f64 + Send + Sync, S: Fn(Dtype) -> f64 + Send + Sync> Kernel
    for LocalThreshold<F, S>
{
    const DEVICE: bool = false;

    fn reach(&self, _spec: &'static Spec, inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Window(block_radius(&self.block_size, inputs.volume("image")?)?))
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let radius = block_radius(&self.block_size, &image.meta())?;
        let scale = (self.scale)(image.dtype());
        let (mask, threshold) = each_dtype!(image.pixels(), |pixels| {
            let extended = Extended { pixels, shape: image.shape(), edge: EDGE, constant: 0.0 };
            let threshold =
                window_moments::map(&extended, radius, |mean, deviation| (self.of)(mean, deviation, scale));
            let mask = fresh::map2(pixels, &threshold, |mask, pixels, threshold| {
                above(mask, pixels, threshold, SLACK as f32);
            });
            (mask, threshold)
        });
        Ok(vec![Datum::Volume(image.mask(mask)?), Datum::Volume(image.image(threshold)?)])
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let image = inputs.volume("image")?;
        let (grid, scale) = (Grid::from(image), (self.scale)(image.dtype()));
        let radius = block_radius(&self.block_size, &image.meta())?;
        let threshold =
            window_moments::plain(&grid, radius, EDGE, |mean, deviation| (self.of)(mean, deviation, scale));
        let largest = threshold.data.iter().filter(|t| t.is_finite()).fold(0.0f64, |m, t| m.max(t.abs()));
        let decide = |(v, t): (&f64, &f64)| {
            let (over, slack) = (v - t, SLACK * v.abs());
            // Nearer to the border between yes and no than float32 tells.
            let unsure = (over - slack).abs() < 0.6 * slack + 1e-7 * largest.min(t.abs() * 3.0 + 1e-30);
            if unsure { f64::NAN } else { (over > slack) as u8 as f64 }
        };
        let mask = Grid { data: grid.data.iter().zip(&threshold.data).map(decide).collect(), ..grid };
        Ok(vec![Plain::Image(mask), Plain::Image(threshold)])
    }
}

op! {
    /// Finds pixels brighter than their surroundings by Niblack's rule: mean − k · standard deviation around each.
    ///
    /// Over the block around the pixel; beyond the border the image is mirrored at its outermost pixels. A pixel must be above
    /// the threshold by more than 10⁻⁶ of its own value, so that flat areas are background whatever the rounding.
    pub struct ThresholdNiblack {
        /// Width of the block along z, y, x in pixels, odd.
        block_size: PerAxis<u32> = PerAxis::All(15), range(1, 1025);
        /// Standard deviations from the mean down to the threshold.
        k: f64 = 0.2;
    }
    id: "threshold_niblack", revision: 1, family: Threshold,
    kernel: LocalThreshold {
        block_size, scale: |_| 1.0, of: move |mean: f64, deviation: f64, _| mean - k * deviation,
    },
    inputs: { image: Image },
    outputs: { mask: Mask, threshold: Image(F32) },
    agrees: Relative(2e-6), follows: "skimage.filters.threshold_niblack 0.26",
    python: "v = f64(image)
t = ski.filters.threshold_niblack(v, block_size, k)
slack = 1e-6 * abs(v)
result = (np.ma.masked_array(v - t > slack, abs(v - t - slack) < 0.5 * slack + 3e-7 * abs(t)), t)",
    examples: ["k = -0.5", "block_size = [5, 9]", "block_size = [1, 5, 3]"],
}

op! {
    /// Finds pixels brighter than their surroundings by Sauvola's rule: mean · (1 + k · (standard deviation / r − 1)).
    ///
    /// Over the block around the pixel; beyond the border the image is mirrored at its outermost pixels. A pixel must be above
    /// the threshold by more than 10⁻⁶ of its own value, so that flat areas are background whatever the rounding.
    pub struct ThresholdSauvola {
        /// Width of the block along z, y, x in pixels, odd.
        block_size: PerAxis<u32> = PerAxis::All(15), range(1, 1025);
        /// How much lower the threshold is where the surroundings are flat.
        k: f64 = 0.2;
        /// The largest standard deviation; left out, half the range of the dtype, of float32 1.
        r: Option<f64> = None, range(1e-30, 1e30);
    }
    id: "threshold_sauvola", revision: 1, family: Threshold,
    kernel: LocalThreshold {
        block_size,
        scale: move |dtype: Dtype| r.unwrap_or_else(|| match dtype {
            Dtype::F32 => 1.0,
            _ => (dtype.range().1 - dtype.range().0) / 2.0,
        }),
        of: move |mean: f64, deviation: f64, r: f64| mean * (1.0 + k * (deviation / r - 1.0)),
    },
    inputs: { image: Image },
    outputs: { mask: Mask, threshold: Image(F32) },
    agrees: Relative(2e-6), follows: "skimage.filters.threshold_sauvola 0.26",
    python: "v = f64(image)
half = 1.0 if image.dtype.kind == 'f' else 127.5 if image.dtype == bool else (float(np.iinfo(image.dtype).max) - float(np.iinfo(image.dtype).min)) / 2
t = ski.filters.threshold_sauvola(v, block_size, k, half if r is None else r)
slack = 1e-6 * abs(v)
result = (np.ma.masked_array(v - t > slack, abs(v - t - slack) < 0.5 * slack + 3e-7 * abs(t)), t)",
    examples: ["k = 0.5\nr = 30.0", "block_size = [5, 9]", "block_size = [1, 5, 3]"],
}

op! {
    /// Finds pixels brighter than their surroundings by Phansalkar's rule, for images of little contrast.
    ///
    /// The threshold is mean · (1 + p · exp(−q · mean) + k · (standard deviation / r − 1)), on values of which `white` is 1. Mean
    /// and standard deviation are those of the block around the pixel; beyond the border the image is mirrored at its outermost
    /// pixels. A pixel must be above the threshold by more than 10⁻⁶ of its own value, so that flat areas are background whatever
    /// the rounding.
    pub struct ThresholdPhansalkar {
        /// Width of the block along z, y, x in pixels, odd.
        block_size: PerAxis<u32> = PerAxis::All(15), range(1, 1025);
        /// How much lower the threshold is where the surroundings are flat.
        k: f64 = 0.25;
        /// The largest standard deviation, in parts of `white`.
        r: f64 = 0.5, range(1e-30, 1e30);
        /// How much higher the threshold is where the surroundings are dark.
        p: f64 = 2.0;
        /// How fast that falls as the surroundings become brighter.
        q: f64 = 10.0;
        /// The value that is 1; left out, the largest of the dtype, of float32 1.
        white: Option<f64> = None, range(1e-30, 1e30);
    }
    id: "threshold_phansalkar", revision: 1, family: Threshold,
    kernel: LocalThreshold {
        block_size,
        scale: move |dtype: Dtype| white.unwrap_or_else(|| dtype.range().1),
        of: move |mean: f64, deviation: f64, white: f64| {
            mean * (1.0 + p * (-q * mean / white).exp() + k * (deviation / white / r - 1.0))
        },
    },
    inputs: { image: Image },
    outputs: { mask: Mask, threshold: Image(F32) },
    agrees: Relative(2e-6), follows: "scipy.ndimage.generic_filter 1.17",
    python: "v = f64(image)
top = 1.0 if image.dtype.kind == 'f' else 255.0 if image.dtype == bool else float(np.iinfo(image.dtype).max)
top = top if white is None else white
size = block_size if isinstance(block_size, list) else [block_size] * v.ndim
m = ndi.uniform_filter(v / top, size, mode='mirror')
s = np.sqrt(np.maximum(ndi.uniform_filter((v / top - m.mean()) ** 2, size, mode='mirror') - (m - m.mean()) ** 2, 0))
t = top * m * (1 + p * np.exp(-q * m) + k * (s / r - 1))
slack = 1e-6 * abs(v)
result = (np.ma.masked_array(v - t > slack, abs(v - t - slack) < 0.5 * slack + 3e-7 * abs(t)), t)",
    examples: ["k = 0.5\nr = 0.3", "block_size = [5, 9]\np = 3.0", "block_size = [1, 5, 3]\nq = 4.0", "white = 20000.0"],
}
