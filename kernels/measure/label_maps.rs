//! Images whose pixels are a number of their object.

use crate::common::label_values::LabelMap;
use crate::common::statistic::Statistic;
use rotifer_registry::*;

op! {
    /// Gives every pixel of an object the number of the object's pixels.
    ///
    /// Background is 0. Pixels of one label count together, connected or not.
    pub struct PixelCountMap {}
    id: "pixel_count_map", revision: 1, family: Measure,
    kernel: LabelMap { statistic: None },
    inputs: { labels: Labels },
    outputs: { image: Image(F32) },
    agrees: Exact, follows: "numpy.bincount 2.4",
    python: "np.where(labels > 0, np.bincount(labels.ravel())[labels], 0)",
    examples: [],
}

op! {
    /// Gives every pixel of an object the object's mean of an image.
    ///
    /// Background is 0; an object with a NaN has NaN. Sums are taken in float64.
    pub struct MeanIntensityMap {}
    id: "mean_intensity_map", revision: 1, family: Measure,
    kernel: LabelMap { statistic: Some(Statistic::Mean) },
    inputs: { image: Image, labels: Labels },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-7), follows: "scipy.ndimage.mean 1.17",
    python: "
index = np.arange(labels.max() + 1)
result = np.where(labels > 0, np.asarray(ndi.mean(f64(image), labels.astype(np.int64), index))[labels], 0)",
    examples: [],
}

op! {
    /// Gives every pixel of an object the least value of an image in the object.
    ///
    /// Background is 0; an object with a NaN has NaN.
    pub struct MinimumIntensityMap {}
    id: "minimum_intensity_map", revision: 1, family: Measure,
    kernel: LabelMap { statistic: Some(Statistic::Minimum) },
    inputs: { image: Image, labels: Labels },
    outputs: { image: Image(F32) },
    agrees: Exact, follows: "scipy.ndimage.minimum 1.17",
    python: "
index = np.arange(labels.max() + 1)
result = np.where(labels > 0, np.asarray(ndi.minimum(f64(image), labels.astype(np.int64), index))[labels], 0)",
    examples: [],
}

op! {
    /// Gives every pixel of an object the greatest value of an image in the object.
    ///
    /// Background is 0; an object with a NaN has NaN.
    pub struct MaximumIntensityMap {}
    id: "maximum_intensity_map", revision: 1, family: Measure,
    kernel: LabelMap { statistic: Some(Statistic::Maximum) },
    inputs: { image: Image, labels: Labels },
    outputs: { image: Image(F32) },
    agrees: Exact, follows: "scipy.ndimage.maximum 1.17",
    python: "
index = np.arange(labels.max() + 1)
result = np.where(labels > 0, np.asarray(ndi.maximum(f64(image), labels.astype(np.int64), index))[labels], 0)",
    examples: [],
}

op! {
    /// Gives every pixel of an object the standard deviation of an image in the object.
    ///
    /// Background is 0; an object with a NaN has NaN. Squared distances from the mean of the object are divided by the number
    /// of its pixels.
    pub struct StandardDeviationIntensityMap {}
    id: "standard_deviation_intensity_map", revision: 1, family: Measure,
    kernel: LabelMap { statistic: Some(Statistic::StandardDeviation { ddof: 0 }) },
    inputs: { image: Image, labels: Labels },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-7), follows: "scipy.ndimage.standard_deviation 1.17",
    python: "
index = np.arange(labels.max() + 1)
result = np.where(labels > 0, np.asarray(ndi.standard_deviation(f64(image), labels.astype(np.int64), index))[labels], 0)",
    examples: [],
}
