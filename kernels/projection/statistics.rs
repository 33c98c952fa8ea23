//! Projections that are one statistic of each line.

use crate::common::axis_fold::{AlongAxis, Axis};
use crate::common::axis_percentile::PercentileAlongAxis;
use crate::common::statistic::Statistic;
use rotifer_registry::*;

op! {
    /// Takes the least value along one axis.
    ///
    /// A 3-D image becomes the 2-D image of its other two axes, in order and with their spacing, unless `keep_dims` is true.
    /// A 2-D image stays 2-D: along z it is its own projection. A line with a NaN gives NaN.
    pub struct MinimumProjection {
        /// The axis to look along.
        axis: Axis = Axis::Z;
        /// True keeps the axis, one pixel long.
        keep_dims: bool = false;
    }
    id: "minimum_projection", revision: 1, family: Projection,
    kernel: AlongAxis { axis, keep_dims, statistic: Statistic::Minimum },
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.min 2.4",
    python: "along = 'zyx'.index(axis) - (3 - image.ndim)
result = image if along < 0 else np.min(image, axis=along, keepdims=keep_dims or image.ndim == 2)",
    examples: ["axis = \"y\"", "axis = \"x\"\nkeep_dims = true"],
}

op! {
    /// Averages along one axis.
    ///
    /// A 3-D image becomes the 2-D image of its other two axes, in order and with their spacing, unless `keep_dims` is true.
    /// A 2-D image stays 2-D: along z it is its own projection. Sums are taken in float64, the mean is float32.
    pub struct MeanProjection {
        /// The axis to look along.
        axis: Axis = Axis::Z;
        /// True keeps the axis, one pixel long.
        keep_dims: bool = false;
    }
    id: "mean_projection", revision: 1, family: Projection,
    kernel: AlongAxis { axis, keep_dims, statistic: Statistic::Mean },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(2e-7), follows: "numpy.mean 2.4",
    python: "along = 'zyx'.index(axis) - (3 - image.ndim)
result = f64(image) if along < 0 else np.mean(f64(image), axis=along, keepdims=keep_dims or image.ndim == 2)",
    examples: ["axis = \"y\"", "axis = \"x\"\nkeep_dims = true"],
}

op! {
    /// Adds up along one axis.
    ///
    /// A 3-D image becomes the 2-D image of its other two axes, in order and with their spacing, unless `keep_dims` is true.
    /// A 2-D image stays 2-D: along z it is its own projection. Sums are taken in float64 and stored as float32.
    pub struct SumProjection {
        /// The axis to look along.
        axis: Axis = Axis::Z;
        /// True keeps the axis, one pixel long.
        keep_dims: bool = false;
    }
    id: "sum_projection", revision: 1, family: Projection,
    kernel: AlongAxis { axis, keep_dims, statistic: Statistic::Sum },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(2e-7), follows: "numpy.sum 2.4",
    python: "along = 'zyx'.index(axis) - (3 - image.ndim)
result = f64(image) if along < 0 else np.sum(f64(image), axis=along, keepdims=keep_dims or image.ndim == 2)",
    examples: ["axis = \"y\"", "axis = \"x\"\nkeep_dims = true"],
}

op! {
    /// Takes the standard deviation along one axis.
    ///
    /// A 3-D image becomes the 2-D image of its other two axes, in order and with their spacing, unless `keep_dims` is true.
    /// A 2-D image stays 2-D: along z every line is one pixel. It is computed in float64 and stored as float32.
    pub struct StandardDeviationProjection {
        /// The axis to look along.
        axis: Axis = Axis::Z;
        /// True keeps the axis, one pixel long.
        keep_dims: bool = false;
        /// Squares are divided by the length of the line less this: 1 for a sample, which one pixel is not (NaN).
        ddof: u32 = 0, range(0, 1);
    }
    id: "standard_deviation_projection", revision: 1, family: Projection,
    kernel: AlongAxis { axis, keep_dims, statistic: Statistic::StandardDeviation { ddof } },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "numpy.std 2.4",
    python: "along = 'zyx'.index(axis) - (3 - image.ndim)
lines = f64(image)[None] if along < 0 else f64(image)
result = np.std(lines, axis=max(along, 0), ddof=ddof, keepdims=along >= 0 and (keep_dims or image.ndim == 2))",
    examples: ["axis = \"y\"", "axis = \"x\"\nkeep_dims = true\nddof = 1"],
}

op! {
    /// Takes the median along one axis.
    ///
    /// A 3-D image becomes the 2-D image of its other two axes, in order and with their spacing, unless `keep_dims` is true.
    /// A 2-D image stays 2-D: along z it is its own projection. Of an even number of pixels it is the mean of the middle two;
    /// the result is float32. A line with a NaN gives NaN.
    pub struct MedianProjection {
        /// The axis to look along.
        axis: Axis = Axis::Z;
        /// True keeps the axis, one pixel long.
        keep_dims: bool = false;
    }
    id: "median_projection", revision: 1, family: Projection,
    kernel: PercentileAlongAxis { axis, keep_dims, percentile: 50.0 },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(2e-7), follows: "numpy.median 2.4",
    python: "along = 'zyx'.index(axis) - (3 - image.ndim)
result = f64(image) if along < 0 else np.median(f64(image), axis=along, keepdims=keep_dims or image.ndim == 2)",
    examples: ["axis = \"y\"", "axis = \"x\"\nkeep_dims = true"],
}

op! {
    /// Takes a percentile along one axis: 0 is the least value of each line, 50 the median, 100 the greatest.
    ///
    /// By numpy's linear definition: of the n pixels of a line in order, the value at position (n - 1) · percentile / 100,
    /// between two of them by linear interpolation; the result is float32. A 3-D image becomes the 2-D image of its other two
    /// axes, in order and with their spacing, unless `keep_dims` is true. A 2-D image stays 2-D: along z it is its own
    /// projection. A line with a NaN gives NaN.
    pub struct PercentileProjection {
        /// The share of a line's pixels, in percent, that are not above the result.
        percentile: f64 = 50.0, range(0.0, 100.0);
        /// The axis to look along.
        axis: Axis = Axis::Z;
        /// True keeps the axis, one pixel long.
        keep_dims: bool = false;
    }
    id: "percentile_projection", revision: 1, family: Projection,
    kernel: PercentileAlongAxis { axis, keep_dims, percentile },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(3e-7), follows: "numpy.percentile 2.4",
    python: "along = 'zyx'.index(axis) - (3 - image.ndim)
result = f64(image) if along < 0 else np.percentile(f64(image), percentile, axis=along, keepdims=keep_dims or image.ndim == 2)",
    examples: ["percentile = 25\naxis = \"y\"", "percentile = 99.8\naxis = \"x\"\nkeep_dims = true", "percentile = 0\naxis = \"y\"", "percentile = 100"],
}
