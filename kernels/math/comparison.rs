//! Masks of the pixels that compare with another image or a number.

use rotifer_registry::*;

op! {
    /// Mask of the pixels that are greater than another image or a number.
    ///
    /// With a number this is a fixed threshold. Numbers are compared as they are, whatever the dtypes. NaN is never greater.
    pub struct Greater {
        /// The number to compare with where `other` is not given.
        value: f64 = 0.0;
    }
    id: "greater", revision: 1, family: Math,
    kernel: pixel |image, other| image.greater(other),
    inputs: { image: Image, other: ImageOrNumber = value },
    outputs: { mask: Mask },
    agrees: Exact, follows: "numpy.greater 2.4",
    python: "np.greater(f64(image), value if other is None else np.float64(other))",
    examples: ["value = 100", "value = 0.1"],
}

op! {
    /// Mask of the pixels that are greater than, or equal to, another image or a number.
    ///
    /// Numbers are compared as they are, whatever the dtypes. NaN never is.
    pub struct GreaterOrEqual {
        /// The number to compare with where `other` is not given.
        value: f64 = 0.0;
    }
    id: "greater_or_equal", revision: 1, family: Math,
    kernel: pixel |image, other| image.greater_equal(other),
    inputs: { image: Image, other: ImageOrNumber = value },
    outputs: { mask: Mask },
    agrees: Exact, follows: "numpy.greater_equal 2.4",
    python: "np.greater_equal(f64(image), value if other is None else np.float64(other))",
    examples: ["value = 100", "value = 0.1"],
}

op! {
    /// Mask of the pixels that are less than another image or a number.
    ///
    /// Numbers are compared as they are, whatever the dtypes. NaN is never less.
    pub struct Less {
        /// The number to compare with where `other` is not given.
        value: f64 = 0.0;
    }
    id: "less", revision: 1, family: Math,
    kernel: pixel |image, other| image.less(other),
    inputs: { image: Image, other: ImageOrNumber = value },
    outputs: { mask: Mask },
    agrees: Exact, follows: "numpy.less 2.4",
    python: "np.less(f64(image), value if other is None else np.float64(other))",
    examples: ["value = 100", "value = 0.1"],
}

op! {
    /// Mask of the pixels that are less than, or equal to, another image or a number.
    ///
    /// Numbers are compared as they are, whatever the dtypes. NaN never is.
    pub struct LessOrEqual {
        /// The number to compare with where `other` is not given.
        value: f64 = 0.0;
    }
    id: "less_or_equal", revision: 1, family: Math,
    kernel: pixel |image, other| image.less_equal(other),
    inputs: { image: Image, other: ImageOrNumber = value },
    outputs: { mask: Mask },
    agrees: Exact, follows: "numpy.less_equal 2.4",
    python: "np.less_equal(f64(image), value if other is None else np.float64(other))",
    examples: ["value = 100", "value = 0.1"],
}

op! {
    /// Mask of the pixels that are equal to another image or a number.
    ///
    /// Numbers are compared as they are, whatever the dtypes: 0.1 equals no float32. NaN equals nothing.
    pub struct Equal {
        /// The number to compare with where `other` is not given.
        value: f64 = 0.0;
    }
    id: "equal", revision: 1, family: Math,
    kernel: pixel |image, other| image.equal(other),
    inputs: { image: Image, other: ImageOrNumber = value },
    outputs: { mask: Mask },
    agrees: Exact, follows: "numpy.equal 2.4",
    python: "np.equal(f64(image), value if other is None else np.float64(other))",
    examples: ["value = 100", "value = 0.1"],
}

op! {
    /// Mask of the pixels that are not equal to another image or a number.
    ///
    /// Numbers are compared as they are, whatever the dtypes: 0.1 equals no float32. NaN equals nothing.
    pub struct NotEqual {
        /// The number to compare with where `other` is not given.
        value: f64 = 0.0;
    }
    id: "not_equal", revision: 1, family: Math,
    kernel: pixel |image, other| image.not_equal(other),
    inputs: { image: Image, other: ImageOrNumber = value },
    outputs: { mask: Mask },
    agrees: Exact, follows: "numpy.not_equal 2.4",
    python: "np.not_equal(f64(image), value if other is None else np.float64(other))",
    examples: ["value = 100", "value = 0.1"],
}
