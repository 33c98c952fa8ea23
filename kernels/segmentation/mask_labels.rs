use rotifer_registry::*;

op! {
    /// Keeps the labels where a mask or other labels are, or where they are not; elsewhere is background.
    ///
    /// Labels keep their numbers: the cells where the nuclei are not are the cytoplasm of each.
    pub struct MaskLabels {
        /// Keeps the labels where the mask is not.
        invert: bool = false;
    }
    id: "mask_labels", revision: 1, family: Segmentation,
    kernel: pixel |labels, mask| if invert { mask.select(0.0, &labels) } else { mask.select(&labels, 0.0) },
    inputs: { labels: Labels, mask: MaskOrLabels },
    outputs: { labels: Labels },
    agrees: Exact, follows: "numpy.where 2.4",
    python: "np.where((mask != 0) != invert, labels, 0)",
    examples: ["invert = true"],
}
