//! Numbers of all pixels.

use crate::common::all_pixels::AllPixels;
use crate::common::statistic::Statistic;
use rotifer_registry::*;

op! {
    /// Adds up all pixels of an image.
    ///
    /// Integers are summed exactly, floats in float64. A NaN among the pixels makes the sum NaN.
    pub struct SumOfAllPixels {}
    id: "sum_of_all_pixels", revision: 1, family: Math,
    kernel: AllPixels(Statistic::Sum),
    inputs: { image: Image },
    outputs: { sum: Number },
    agrees: Relative(1e-12), follows: "numpy.sum 2.4",
    python: "np.sum(image, dtype=np.float64)",
    examples: [],
}

op! {
    /// Finds the least pixel of an image; NaN where one is.
    pub struct MinimumOfAllPixels {}
    id: "minimum_of_all_pixels", revision: 1, family: Math,
    kernel: AllPixels(Statistic::Minimum),
    inputs: { image: Image },
    outputs: { minimum: Number },
    agrees: Exact, follows: "numpy.min 2.4",
    python: "np.min(f64(image))",
    examples: [],
}

op! {
    /// Finds the greatest pixel of an image; NaN where one is.
    pub struct MaximumOfAllPixels {}
    id: "maximum_of_all_pixels", revision: 1, family: Math,
    kernel: AllPixels(Statistic::Maximum),
    inputs: { image: Image },
    outputs: { maximum: Number },
    agrees: Exact, follows: "numpy.max 2.4",
    python: "np.max(f64(image))",
    examples: [],
}

op! {
    /// Takes the standard deviation of all pixels of an image.
    ///
    /// Squared distances from the mean are summed in float64. A NaN among the pixels makes it NaN.
    pub struct StandardDeviationOfAllPixels {
        /// Squares are divided by the number of pixels less this: 1 for a sample, which one pixel is not (NaN).
        ddof: u32 = 0, range(0, 1);
    }
    id: "standard_deviation_of_all_pixels", revision: 1, family: Math,
    kernel: AllPixels(Statistic::StandardDeviation { ddof }),
    inputs: { image: Image },
    outputs: { standard_deviation: Number },
    agrees: Relative(1e-9), follows: "numpy.std 2.4",
    python: "np.std(f64(image), ddof=ddof)",
    examples: ["ddof = 1"],
}
