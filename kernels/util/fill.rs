//! Images of given values.

use rotifer_registry::*;

op! {
    /// An image of the same size and dtype with one value everywhere.
    pub struct Fill {
        /// The value, stored as the image's dtype.
        value: f64 = 0.0;
    }
    id: "fill", revision: 1, family: Util,
    kernel: pixel |image| Expr::from(image.dtype().quantize(value)),
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.full_like 2.4",
    python: "np.full(image.shape, quantize(value, image.dtype))",
    examples: ["value = 99.5", "value = -0.1"],
}

op! {
    /// Makes an image like another one, with one value everywhere.
    ///
    /// Shape, pixel size and dtype are those of the image.
    pub struct CreateLike {
        /// The value, stored as the image's dtype.
        value: f64 = 0.0;
    }
    id: "create_like", revision: 1, family: Util,
    kernel: pixel |image| Expr::from(image.dtype().quantize(value)),
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.full_like 2.4",
    python: "np.full_like(image, quantize(value, image.dtype))",
    examples: ["value = 7"],
}

op! {
    /// Replaces one value with another.
    pub struct ReplaceValue {
        /// The value that is replaced, stored as the image's dtype.
        value: f64 = 0.0;
        /// The new value, stored as the image's dtype.
        replacement: f64 = 1.0;
    }
    id: "replace_value", revision: 1, family: Util,
    kernel: pixel |image| {
        let stored = |x: f64| image.dtype().quantize(x);
        image.equal(stored(value)).select(stored(replacement), &image)
    },
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.where 2.4",
    python: "np.where(image == quantize(value, image.dtype), quantize(replacement, image.dtype), image)",
    examples: ["value = 100\nreplacement = 7", "value = 0.5\nreplacement = 0.1"],
}

choice! {
    /// An axis of an image.
    pub enum Axis { X = "x", Y = "y", Z = "z" }
}

op! {
    /// An image of the same size whose pixels are their index along an axis, from 0.
    pub struct SetRamp {
        /// The axis along which the values rise.
        axis: Axis = Axis::X;
    }
    id: "set_ramp", revision: 1, family: Util,
    kernel: pixel |_image| Expr::position(match axis {
        Axis::Z => 0,
        Axis::Y => 1,
        Axis::X => 2,
    }),
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Exact, follows: "numpy.indices 2.4",
    python: "np.indices((1,) * (3 - image.ndim) + image.shape)['zyx'.index(axis)].reshape(image.shape)",
    examples: ["axis = \"y\"", "axis = \"z\""],
}
