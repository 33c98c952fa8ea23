use crate::common::label_values::Relabel;
use rotifer_registry::*;

op! {
    /// Numbers the labels without gaps, in their order.
    pub struct RelabelSequential {
        /// The number of the first label.
        offset: u32 = 1, range(1, 65536);
    }
    id: "relabel_sequential", revision: 1, family: Segmentation,
    kernel: Relabel { labels: move |present: &[(u32, usize)]| (0..present.len() as u32).map(|i| i + offset).collect() },
    inputs: { labels: Labels },
    outputs: { labels: Labels },
    agrees: Exact, follows: "skimage.segmentation.relabel_sequential 0.26",
    python: "ski.segmentation.relabel_sequential(labels, offset=offset)[0]",
    examples: ["offset = 10"],
}
