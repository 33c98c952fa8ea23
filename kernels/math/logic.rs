//! Masks of masks, and images inside masks.

use rotifer_registry::*;

op! {
    /// Mask of the pixels that are in both of two masks.
    pub struct LogicalAnd {}
    id: "logical_and", revision: 1, family: Math,
    kernel: pixel |mask, other| mask.and(other),
    inputs: { mask: Mask, other: Mask },
    outputs: { mask: Mask },
    agrees: Exact, follows: "numpy.logical_and 2.4",
    python: "np.logical_and(mask, other)",
    examples: [],
}

op! {
    /// Mask of the pixels that are in one of two masks or in both.
    pub struct LogicalOr {}
    id: "logical_or", revision: 1, family: Math,
    kernel: pixel |mask, other| mask.or(other),
    inputs: { mask: Mask, other: Mask },
    outputs: { mask: Mask },
    agrees: Exact, follows: "numpy.logical_or 2.4",
    python: "np.logical_or(mask, other)",
    examples: [],
}

op! {
    /// Mask of the pixels that are in one of two masks and not in both.
    pub struct LogicalXor {}
    id: "logical_xor", revision: 1, family: Math,
    kernel: pixel |mask, other| mask.not_equal(other),
    inputs: { mask: Mask, other: Mask },
    outputs: { mask: Mask },
    agrees: Exact, follows: "numpy.logical_xor 2.4",
    python: "np.logical_xor(mask, other)",
    examples: [],
}

op! {
    /// Mask of the pixels that are in the first of two masks and not in the second.
    pub struct LogicalSubtract {}
    id: "logical_subtract", revision: 1, family: Math,
    kernel: pixel |mask, other| mask.and(other.not()),
    inputs: { mask: Mask, other: Mask },
    outputs: { mask: Mask },
    agrees: Exact, follows: "numpy.logical_and 2.4",
    python: "np.logical_and(mask, ~other)",
    examples: [],
}

op! {
    /// Mask of the pixels that are not in a mask.
    pub struct LogicalNot {}
    id: "logical_not", revision: 1, family: Math,
    kernel: pixel |mask| mask.not(),
    inputs: { mask: Mask },
    outputs: { mask: Mask },
    agrees: Exact, follows: "numpy.logical_not 2.4",
    python: "np.logical_not(mask)",
    examples: [],
}

op! {
    /// Keeps the pixels inside a mask and fills the others with one value.
    pub struct ApplyMask {
        /// The value outside the mask, stored as the image's dtype.
        fill: f64 = 0.0;
    }
    id: "apply_mask", revision: 1, family: Math,
    kernel: pixel |image, mask| mask.select(&image, image.dtype().quantize(fill)),
    inputs: { image: Image, mask: Mask },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.where 2.4",
    python: "np.where(mask, f64(image), fill)",
    examples: ["fill = 7"],
}

op! {
    /// Keeps the pixels of one label and fills the others with one value.
    pub struct ApplyLabelMask {
        /// The label that is kept.
        label: u32 = 1;
        /// The value outside the label, stored as the image's dtype.
        fill: f64 = 0.0;
    }
    id: "apply_label_mask", revision: 1, family: Math,
    kernel: pixel |image, labels| labels.equal(f64::from(label)).select(&image, image.dtype().quantize(fill)),
    inputs: { image: Image, labels: Labels },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.where 2.4",
    python: "np.where(labels == label, f64(image), fill)",
    examples: ["label = 3\nfill = 7"],
}
