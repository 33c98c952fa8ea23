//! Numbers that the differences of two images give.

use crate::common::pairs::{Pairs, Sums};
use rotifer_registry::*;

op! {
    /// Takes the mean of the squared differences of two images.
    ///
    /// Numbers are compared as they are, whatever the dtypes. NaN makes it NaN.
    pub struct MeanSquaredError {}
    id: "mean_squared_error", revision: 1, family: Metrics,
    kernel: Pairs {
        ports: ["image", "other"],
        centered: false,
        of: |sums: &Sums, _| sums.difference_squared / sums.n,
    },
    inputs: { image: Image, other: Image },
    outputs: { error: Number },
    agrees: Relative(1e-9), follows: "skimage.metrics.mean_squared_error 0.26",
    python: "ski.metrics.mean_squared_error(f64(image), f64(other))",
    examples: [],
}

op! {
    /// Takes the ratio of the largest signal to the mean squared error of two images, in decibels.
    ///
    /// 10 · log10(`data_range`² / mean squared difference); infinite where the images are equal.
    pub struct PeakSignalNoiseRatio {
        /// Difference of the largest and the least possible value. Left out, the largest value of the first image's dtype, 1 of
        /// float32; where the first image has values below 0, the whole range of the dtype, 2 of float32.
        data_range: Option<f64> = None, range(1e-30, 1e30);
    }
    id: "peak_signal_noise_ratio", revision: 1, family: Metrics,
    kernel: Pairs {
        ports: ["image", "other"],
        centered: false,
        of: move |sums: &Sums, dtype: Dtype| {
            let (least, most) = if dtype == Dtype::F32 { (-1.0, 1.0) } else { dtype.range() };
            let whole = if sums.negative > 0.0 { most - least } else { most };
            10.0 * (data_range.unwrap_or(whole).powi(2) / (sums.difference_squared / sums.n)).log10()
        },
    },
    inputs: { image: Image, other: Image },
    outputs: { ratio: Number },
    agrees: Relative(1e-9), follows: "skimage.metrics.peak_signal_noise_ratio 0.26",
    python: "low, high = (-1, 1) if image.dtype.kind == 'f' else (0, 255) if image.dtype == bool else (int(np.iinfo(image.dtype).min), int(np.iinfo(image.dtype).max))
whole = high - low if (f64(image) < 0).any() else high
result = ski.metrics.peak_signal_noise_ratio(f64(image), f64(other), data_range=whole if data_range is None else data_range)",
    examples: ["data_range = 100.0"],
}

op! {
    /// Takes the pixels that are in both masks, in parts of those that are in one or both.
    ///
    /// 1 where both masks are empty.
    pub struct JaccardIndex {}
    id: "jaccard_index", revision: 1, family: Metrics,
    kernel: Pairs {
        ports: ["mask", "other"],
        centered: false,
        of: |sums: &Sums, _| match sums.first + sums.second - sums.product {
            0.0 => 1.0,
            either => sums.product / either,
        },
    },
    inputs: { mask: Mask, other: Mask },
    outputs: { index: Number },
    agrees: Relative(1e-9), follows: "scipy.spatial.distance.jaccard 1.17",
    python: "1 - __import__('scipy.spatial.distance').spatial.distance.jaccard(mask.ravel(), other.ravel())",
    examples: [],
}
