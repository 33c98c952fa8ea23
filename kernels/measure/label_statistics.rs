//! One number of the image for each object.

use crate::common::label_statistics::OverLabels;
use crate::common::statistic::Statistic;
use rotifer_registry::*;

op! {
    /// Adds up the image over every object.
    ///
    /// A table with one row for each label that is present, ascending: `label` and `sum`, in float64. An object
    /// with a NaN has NaN.
    pub struct LabelSum {}
    id: "label_sum", revision: 1, family: Measure,
    kernel: OverLabels { column: "sum", statistic: Statistic::Sum },
    inputs: { image: Image, labels: Labels },
    outputs: { objects: Table },
    agrees: Relative(1e-9), follows: "scipy.ndimage.sum_labels 1.17",
    python: "
present = np.unique(labels[labels > 0])
result = {'label': present, 'sum': np.asarray(ndi.sum_labels(f64(image), labels.astype(np.int64), present))}",
    examples: [],
}

op! {
    /// Finds the least value of the image in every object.
    ///
    /// A table with one row for each label that is present, ascending: `label` and `minimum`, in float64. An object
    /// with a NaN has NaN.
    pub struct LabelMinimum {}
    id: "label_minimum", revision: 1, family: Measure,
    kernel: OverLabels { column: "minimum", statistic: Statistic::Minimum },
    inputs: { image: Image, labels: Labels },
    outputs: { objects: Table },
    agrees: Exact, follows: "scipy.ndimage.minimum 1.17",
    python: "
present = np.unique(labels[labels > 0])
result = {'label': present, 'minimum': np.asarray(ndi.minimum(f64(image), labels.astype(np.int64), present))}",
    examples: [],
}

op! {
    /// Finds the greatest value of the image in every object.
    ///
    /// A table with one row for each label that is present, ascending: `label` and `maximum`, in float64. An object
    /// with a NaN has NaN.
    pub struct LabelMaximum {}
    id: "label_maximum", revision: 1, family: Measure,
    kernel: OverLabels { column: "maximum", statistic: Statistic::Maximum },
    inputs: { image: Image, labels: Labels },
    outputs: { objects: Table },
    agrees: Exact, follows: "scipy.ndimage.maximum 1.17",
    python: "
present = np.unique(labels[labels > 0])
result = {'label': present, 'maximum': np.asarray(ndi.maximum(f64(image), labels.astype(np.int64), present))}",
    examples: [],
}

op! {
    /// Takes the standard deviation of the image in every object.
    ///
    /// A table with one row for each label that is present, ascending: `label` and `standard_deviation`, in float64. An object
    /// with a NaN has NaN. Squared distances from the mean of the object are divided by the number of its
    /// pixels.
    pub struct LabelStandardDeviation {}
    id: "label_standard_deviation", revision: 1, family: Measure,
    kernel: OverLabels { column: "standard_deviation", statistic: Statistic::StandardDeviation { ddof: 0 } },
    inputs: { image: Image, labels: Labels },
    outputs: { objects: Table },
    agrees: Relative(1e-7), follows: "scipy.ndimage.standard_deviation 1.17",
    python: "
present = np.unique(labels[labels > 0])
result = {'label': present, 'standard_deviation': np.asarray(ndi.standard_deviation(f64(image), labels.astype(np.int64), present))}",
    examples: [],
}
