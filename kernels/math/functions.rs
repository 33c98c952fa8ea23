//! Functions of one pixel.

use rotifer_registry::*;

op! {
    /// Absolute value of every pixel.
    ///
    /// The smallest value of a signed integer dtype has no counterpart and becomes the largest. NaN stays NaN.
    pub struct AbsoluteValue {}
    id: "absolute", revision: 1, family: Math,
    kernel: pixel |image| image.abs(),
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.absolute 2.4",
    python: "np.absolute(f64(image))",
    examples: [],
}

op! {
    /// Every pixel with the opposite sign.
    pub struct Negate {}
    id: "negate", revision: 1, family: Math,
    kernel: pixel |image| -image,
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(2e-7), follows: "numpy.negative 2.4",
    python: "np.negative(f64(image))",
    examples: [],
}

op! {
    /// Sign of every pixel: −1, 0 or 1.
    ///
    /// NaN stays NaN.
    pub struct Sign {}
    id: "sign", revision: 1, family: Math,
    kernel: pixel |image| image.sign(),
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.sign 2.4",
    python: "np.sign(f64(image))",
    examples: [],
}

op! {
    /// Square of every pixel.
    pub struct Square {}
    id: "square", revision: 1, family: Math,
    kernel: pixel |image| image.square(),
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(2e-7), follows: "numpy.square 2.4",
    python: "np.square(f64(image))",
    examples: [],
}

op! {
    /// Square root of every pixel.
    ///
    /// Negative pixels give NaN.
    pub struct SquareRoot {}
    id: "square_root", revision: 1, family: Math,
    kernel: pixel |image| image.sqrt(),
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(5e-7), follows: "numpy.sqrt 2.4",
    python: "np.sqrt(f64(image))",
    examples: [],
}

op! {
    /// 1 divided by every pixel.
    ///
    /// Of 0 it is infinite.
    pub struct Reciprocal {}
    id: "reciprocal", revision: 1, family: Math,
    kernel: pixel |image| 1.0 / image,
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(5e-7), follows: "numpy.reciprocal 2.4",
    python: "np.reciprocal(f64(image))",
    examples: [],
}

op! {
    /// Exponential of every pixel: e to its power.
    ///
    /// Above 88.7 the result is beyond float32, infinite.
    pub struct Exponential {}
    id: "exponential", revision: 1, family: Math,
    kernel: pixel |image| image.exp(),
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(5e-7), follows: "numpy.exp 2.4",
    python: "np.exp(f64(image)).astype(np.float32)",
    examples: [],
}

op! {
    /// Natural logarithm of every pixel.
    ///
    /// Of 0 it is −∞, of negative pixels NaN.
    pub struct Logarithm {}
    id: "logarithm", revision: 1, family: Math,
    kernel: pixel |image| image.ln(),
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(5e-7), follows: "numpy.log 2.4",
    python: "np.log(f64(image))",
    examples: [],
}

op! {
    /// Natural logarithm of 1 + every pixel, precise for small ones.
    ///
    /// Of −1 it is −∞, of smaller pixels NaN.
    pub struct Logarithm1Plus {}
    id: "logarithm_1_plus", revision: 1, family: Math,
    kernel: pixel |image| image.ln_1p(),
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(5e-7), follows: "numpy.log1p 2.4",
    python: "np.log1p(f64(image))",
    examples: [],
}

op! {
    /// Every pixel rounded to the nearest whole number, half to even.
    pub struct Round {}
    id: "round", revision: 1, family: Math,
    kernel: pixel |image| image.round(),
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.rint 2.4",
    python: "np.rint(f64(image))",
    examples: [],
}

op! {
    /// The largest whole number that is not above each pixel.
    pub struct Floor {}
    id: "floor", revision: 1, family: Math,
    kernel: pixel |image| image.floor(),
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.floor 2.4",
    python: "np.floor(f64(image))",
    examples: [],
}

op! {
    /// The smallest whole number that is not below each pixel.
    pub struct Ceil {}
    id: "ceil", revision: 1, family: Math,
    kernel: pixel |image| image.ceil(),
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.ceil 2.4",
    python: "np.ceil(f64(image))",
    examples: [],
}

op! {
    /// Every pixel without what is behind the decimal point.
    pub struct Truncate {}
    id: "truncate", revision: 1, family: Math,
    kernel: pixel |image| image.trunc(),
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.trunc 2.4",
    python: "np.trunc(f64(image))",
    examples: [],
}

op! {
    /// Replaces NaN and infinities with numbers.
    pub struct NanToNum {
        /// The number that replaces NaN.
        nan: f64 = 0.0;
        /// The number that replaces ∞; without it the largest float32.
        posinf: Option<f64> = None;
        /// The number that replaces −∞; without it the smallest float32.
        neginf: Option<f64> = None;
    }
    id: "nan_to_num", revision: 1, family: Math,
    kernel: pixel |image| {
        let below = posinf.unwrap_or(f32::MAX.into());
        let above = neginf.unwrap_or(f32::MIN.into());
        let finite = image.equal(f64::INFINITY).select(below, image.equal(f64::NEG_INFINITY).select(above, &image));
        image.is_nan().select(nan, finite)
    },
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.nan_to_num 2.4",
    python: "np.nan_to_num(image, nan=nan, posinf=posinf, neginf=neginf)",
    examples: ["nan = 7", "posinf = 1\nneginf = -1"],
}

op! {
    /// Replaces NaN and infinities with 0.
    pub struct UndefinedToZero {}
    id: "undefined_to_zero", revision: 1, family: Math,
    kernel: pixel |image| image.is_nan().or(image.abs().equal(f64::INFINITY)).select(0.0, &image),
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.isfinite 2.4",
    python: "np.where(np.isfinite(f64(image)), image, 0)",
    examples: [],
}
