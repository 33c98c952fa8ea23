use crate::common::label_values::Relabel;
use rotifer_registry::*;

op! {
    /// Keeps objects of a size in a range; the others become background.
    ///
    /// The size is the number of pixels that have the label, connected or not. Labels keep their numbers.
    pub struct FilterLabelsBySize {
        /// Objects of fewer pixels are removed.
        minimum_size: u64 = 0, range(0, 4294967295u32);
        /// Objects of more pixels are removed.
        maximum_size: u64 = 4294967295, range(0, 4294967295u32);
    }
    id: "filter_labels_by_size", revision: 1, family: Segmentation,
    kernel: Relabel {
        labels: move |present: &[(u32, usize)]| {
            let fits = |size: usize| (minimum_size..=maximum_size).contains(&(size as u64));
            present.iter().map(|(label, size)| if fits(*size) { *label } else { 0 }).collect()
        },
    },
    inputs: { labels: Labels },
    outputs: { labels: Labels },
    agrees: Exact, follows: "numpy.bincount 2.4",
    python: "
sizes = np.bincount(labels.ravel())
kept = (sizes >= minimum_size) & (sizes <= maximum_size)
result = np.where(kept[labels], labels, 0)",
    examples: ["minimum_size = 60", "minimum_size = 10\nmaximum_size = 400"],
}
