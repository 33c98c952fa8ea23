//! Objects that go by their number, or by a number of their pixels.

use crate::common::label_values::{Relabel, StayByMean};
use rotifer_registry::*;

op! {
    /// Removes the objects of some labels; the others keep their numbers.
    pub struct RemoveLabels {
        /// The labels that become background; those that the image does not have change nothing.
        remove: Vec<i64> = Vec::new(), range(0, 4294967295u32);
    }
    id: "remove_labels", revision: 1, family: Segmentation,
    kernel: Relabel {
        labels: {
            let mut remove = remove;
            remove.sort_unstable();
            let stays = move |label: u32| remove.binary_search(&(label as i64)).is_err();
            move |present: &[(u32, usize)]| present.iter().map(|(l, _)| if stays(*l) { *l } else { 0 }).collect()
        },
    },
    inputs: { labels: Labels },
    outputs: { labels: Labels },
    agrees: Exact, follows: "numpy.isin 2.4",
    python: "np.where(np.isin(labels, remove), 0, labels)",
    examples: ["remove = [2, 4]", "remove = [9, 1, 3, 100000]"],
}

op! {
    /// Removes the objects whose value lies in a range, bounds included.
    ///
    /// The value of an object is the mean of the image over its pixels: its intensity, or any measurement as a map has it, such as
    /// `pixel_count_map`, `mean_intensity_map` or `replace_values_by_index`. An object whose value is NaN stays. Labels keep their
    /// numbers.
    pub struct RemoveLabelsWithValuesWithinRange {
        /// Least value that is removed.
        minimum_value: f64 = 0.0, range(-1e300, 1e300);
        /// Greatest value that is removed.
        maximum_value: f64 = 100.0, range(-1e300, 1e300);
    }
    id: "remove_labels_with_values_within_range", revision: 1, family: Segmentation,
    kernel: StayByMean { stays: move |value: f64| !(minimum_value <= value && value <= maximum_value) },
    inputs: { labels: Labels, image: Image },
    outputs: { labels: Labels },
    agrees: Exact, follows: "scipy.ndimage.mean 1.17",
    python: "
means = np.asarray(ndi.mean(f64(image), labels.astype(np.int64), np.arange(labels.max() + 1)))
result = np.where(((means >= minimum_value) & (means <= maximum_value))[labels], 0, labels)",
    examples: ["maximum_value = 300.0", "minimum_value = 60.0\nmaximum_value = 1e9", "minimum_value = 1.0\nmaximum_value = 0.5"],
}

op! {
    /// Keeps the objects whose value lies in a range, bounds included; the others become background.
    ///
    /// The value of an object is the mean of the image over its pixels: its intensity, or any measurement as a map has it, such as
    /// `pixel_count_map`, `mean_intensity_map` or `replace_values_by_index`. An object whose value is NaN is removed. Labels keep
    /// their numbers.
    pub struct RemoveLabelsWithValuesOutOfRange {
        /// Least value that stays.
        minimum_value: f64 = 0.0, range(-1e300, 1e300);
        /// Greatest value that stays.
        maximum_value: f64 = 100.0, range(-1e300, 1e300);
    }
    id: "remove_labels_with_values_out_of_range", revision: 1, family: Segmentation,
    kernel: StayByMean { stays: move |value: f64| minimum_value <= value && value <= maximum_value },
    inputs: { labels: Labels, image: Image },
    outputs: { labels: Labels },
    agrees: Exact, follows: "scipy.ndimage.mean 1.17",
    python: "
means = np.asarray(ndi.mean(f64(image), labels.astype(np.int64), np.arange(labels.max() + 1)))
result = np.where(((means >= minimum_value) & (means <= maximum_value))[labels], labels, 0)",
    examples: ["maximum_value = 300.0", "minimum_value = 60.0\nmaximum_value = 1e9", "minimum_value = 1.0\nmaximum_value = 0.5"],
}
