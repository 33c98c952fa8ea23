//! Arithmetic of two images, or of an image and a number.

use rotifer_registry::*;

op! {
    /// Adds an image or a number to an image.
    ///
    /// The sum is float32 whatever the inputs are; with `dtype = "preserve"` on the step it is stored as the first input.
    pub struct Add {
        /// The number to add where `other` is not given.
        value: f64 = 0.0;
    }
    id: "add", revision: 1, family: Math,
    kernel: pixel |image, other| image + other,
    inputs: { image: Image, other: ImageOrNumber = value },
    outputs: { image: Image(F32) },
    agrees: Relative(2e-7), follows: "numpy.add 2.4",
    python: "f64(image) + (value if other is None else f64(other))",
    examples: ["value = 10.5", "value = -0.1"],
}

op! {
    /// Adds two images, each times a factor, and a number.
    pub struct AddWeighted {
        /// Factor of `image`.
        factor: f64 = 1.0;
        /// Factor of `other`.
        other_factor: f64 = 1.0;
        /// The number that is added.
        offset: f64 = 0.0;
    }
    id: "add_weighted", revision: 1, family: Math,
    kernel: pixel |image, other| image * factor + other * other_factor + offset,
    inputs: { image: Image, other: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(5e-7), follows: "numpy.add 2.4",
    python: "f64(image) * factor + f64(other) * other_factor + offset",
    examples: ["factor = 0.7\nother_factor = 0.3", "factor = 2.5\nother_factor = 0.1\noffset = 10.1"],
}

op! {
    /// Subtracts an image or a number from an image.
    ///
    /// The difference has a sign, so it is float32 whatever the inputs are. With `dtype = "preserve"` on the step it is
    /// stored as the first input: what is below the range of an integer dtype becomes its smallest value.
    pub struct Subtract {
        /// The number to subtract where `other` is not given.
        value: f64 = 0.0;
    }
    id: "subtract", revision: 1, family: Math,
    kernel: pixel |image, other| image - other,
    inputs: { image: Image, other: ImageOrNumber = value },
    outputs: { image: Image(F32) },
    agrees: Relative(2e-7), follows: "numpy.subtract 2.4",
    python: "f64(image) - (value if other is None else np.float64(other))",
    examples: ["value = 10.5", "value = -0.1"],
}

op! {
    /// Multiplies an image by an image or a number.
    pub struct Multiply {
        /// The factor where `other` is not given.
        value: f64 = 1.0;
    }
    id: "multiply", revision: 1, family: Math,
    kernel: pixel |image, other| image * other,
    inputs: { image: Image, other: ImageOrNumber = value },
    outputs: { image: Image(F32) },
    agrees: Relative(2e-7), follows: "numpy.multiply 2.4",
    python: "f64(image) * (value if other is None else f64(other))",
    examples: ["value = 0.1", "value = -2"],
}

op! {
    /// Divides an image by an image or a number.
    ///
    /// A number divided by 0 is infinite, 0 divided by 0 is NaN.
    pub struct Divide {
        /// The divisor where `other` is not given.
        value: f64 = 1.0;
    }
    id: "divide", revision: 1, family: Math,
    kernel: pixel |image, other| image / other,
    inputs: { image: Image, other: ImageOrNumber = value },
    outputs: { image: Image(F32) },
    agrees: Relative(5e-7), follows: "numpy.divide 2.4",
    python: "np.divide(f64(image), value if other is None else f64(other))",
    examples: ["value = 3", "value = 0.1"],
}

op! {
    /// Raises every pixel to a power that an image or a number gives.
    ///
    /// A negative pixel has whole powers only, others are NaN; any pixel to the power 0 is 1.
    pub struct Power {
        /// The exponent where `other` is not given.
        exponent: f64 = 1.0;
    }
    id: "power", revision: 1, family: Math,
    kernel: pixel |image, other| image.pow(other),
    inputs: { image: Image, other: ImageOrNumber = exponent },
    outputs: { image: Image(F32) },
    agrees: Relative(5e-6), follows: "numpy.power 2.4",
    python: "np.power(f64(image), exponent if other is None else f64(other)).astype(np.float32)",
    examples: ["exponent = 2", "exponent = 0.7", "exponent = -1.5", "exponent = 3"],
}

op! {
    /// The larger of an image and another image or a number, pixel by pixel.
    ///
    /// The result has the dtype of the first image: what is beyond its range becomes its largest value. NaN in either is NaN.
    pub struct Maximum {
        /// The number to compare with where `other` is not given.
        value: f64 = 0.0;
    }
    id: "maximum", revision: 1, family: Math,
    kernel: pixel |image, other| image.max(other),
    inputs: { image: Image, other: ImageOrNumber = value },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.maximum 2.4",
    python: "np.maximum(f64(image), value if other is None else f64(other))",
    examples: ["value = 100", "value = 99.5", "value = 0.1"],
}

op! {
    /// The smaller of an image and another image or a number, pixel by pixel.
    ///
    /// The result has the dtype of the first image: what is below its range becomes its smallest value. NaN in either is NaN.
    pub struct Minimum {
        /// The number to compare with where `other` is not given.
        value: f64 = 0.0;
    }
    id: "minimum", revision: 1, family: Math,
    kernel: pixel |image, other| image.min(other),
    inputs: { image: Image, other: ImageOrNumber = value },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.minimum 2.4",
    python: "np.minimum(f64(image), value if other is None else f64(other))",
    examples: ["value = 100", "value = 99.5", "value = 0.1"],
}

op! {
    /// How far an image is from another image or a number, pixel by pixel.
    pub struct AbsoluteDifference {
        /// The number to compare with where `other` is not given.
        value: f64 = 0.0;
    }
    id: "absolute_difference", revision: 1, family: Math,
    kernel: pixel |image, other| (image - other).abs(),
    inputs: { image: Image, other: ImageOrNumber = value },
    outputs: { image: Image(F32) },
    agrees: Relative(2e-7), follows: "numpy.subtract 2.4",
    python: "np.abs(f64(image) - (value if other is None else f64(other)))",
    examples: ["value = 100", "value = 0.1"],
}

op! {
    /// The square of the difference of an image and another image or a number, pixel by pixel.
    pub struct SquaredDifference {
        /// The number to compare with where `other` is not given.
        value: f64 = 0.0;
    }
    id: "squared_difference", revision: 1, family: Math,
    kernel: pixel |image, other| (image - other).square(),
    inputs: { image: Image, other: ImageOrNumber = value },
    outputs: { image: Image(F32) },
    agrees: Relative(5e-7), follows: "numpy.subtract 2.4",
    python: "(f64(image) - (value if other is None else f64(other))) ** 2",
    examples: ["value = 100", "value = 0.1"],
}

op! {
    /// Length of the vector whose two components are images, or an image and a number: √(image² + other²).
    pub struct Hypotenuse {
        /// The second component where `other` is not given.
        value: f64 = 0.0;
    }
    id: "hypot", revision: 1, family: Math,
    kernel: pixel |image, other| image.hypot(other),
    inputs: { image: Image, other: ImageOrNumber = value },
    outputs: { image: Image(F32) },
    agrees: Relative(5e-7), follows: "numpy.hypot 2.4",
    python: "np.hypot(f64(image), value if other is None else f64(other))",
    examples: ["value = 100"],
}

op! {
    /// Limits every pixel to a range.
    ///
    /// Bounds are stored as the image's dtype, half to even and saturating, before they are applied. NaN stays NaN.
    pub struct Clip {
        /// Smallest value of the result; without it there is no lower bound.
        minimum: Option<f64> = None;
        /// Largest value of the result; without it there is no upper bound.
        maximum: Option<f64> = None;
    }
    id: "clip", revision: 1, family: Math,
    kernel: pixel |image| {
        let bound = |b: f64| image.dtype().quantize(b);
        let above = minimum.map_or(image.clone(), |lo| image.max(bound(lo)));
        let within = maximum.map_or(above.clone(), |hi| above.min(bound(hi)));
        match (minimum, maximum) {
            (Some(lo), Some(hi)) if lo > hi => Err(crossed(lo, hi)),
            _ => Ok(within),
        }
    },
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.clip 2.4",
    python: "np.clip(f64(image), minimum, maximum)",
    examples: ["minimum = 40", "maximum = 99.5", "minimum = 0.25\nmaximum = 120"],
}

fn crossed(minimum: f64, maximum: f64) -> Error {
    Error::new(Code::OutOfRange, "is above `maximum`")
        .argument("minimum")
        .value(minimum)
        .allowed(format!("{maximum} or less"))
}
