//! Images as another dtype.

use rotifer_registry::*;

/// With `rescale`, the largest value of the image's dtype becomes that of the new one; 1 is the largest of float32.
fn converted(image: &Expr, to: Dtype, rescale: bool) -> Expr {
    let (from, to) = (image.dtype().range().1, to.range().1);
    if rescale && from != to { image * to / from } else { image.clone() }
}

op! {
    /// Stores an image as float32.
    ///
    /// uint32 and int32 beyond 2^24 are rounded to the nearest float32.
    pub struct ToFloat32 {
        /// Makes the range of the image's dtype that of float32: 255 of uint8, 65535 of uint16 and 1 of float32 become each other.
        /// Without it numbers stay what they are.
        rescale: bool = false;
    }
    id: "convert_float32", revision: 1, family: Util,
    kernel: pixel |image| converted(&image, Dtype::F32, rescale),
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(5e-7), follows: "numpy.astype 2.4",
    python: "top = lambda d: 1.0 if d.kind == 'f' else 255.0 if d == bool else float(np.iinfo(d).max)
result = f64(image) * (top(np.dtype('float32')) / top(image.dtype) if rescale else 1)",
    examples: ["rescale = true"],
}

op! {
    /// Stores an image as uint16.
    ///
    /// Numbers are rounded half to even; what is beyond the range becomes its end, NaN becomes 0.
    pub struct ToUint16 {
        /// Makes the range of the image's dtype that of uint16: 255 of uint8, 65535 of uint16 and 1 of float32 become each other.
        /// Without it numbers stay what they are.
        rescale: bool = false;
    }
    id: "convert_uint16", revision: 1, family: Util,
    kernel: pixel |image| converted(&image, Dtype::U16, rescale),
    inputs: { image: Image },
    outputs: { image: Image(U16) },
    agrees: Relative(5e-7), follows: "numpy.astype 2.4",
    python: "top = lambda d: 1.0 if d.kind == 'f' else 255.0 if d == bool else float(np.iinfo(d).max)
result = f64(image) * (top(np.dtype('uint16')) / top(image.dtype) if rescale else 1)",
    examples: ["rescale = true"],
}

op! {
    /// Stores an image as uint8.
    ///
    /// Numbers are rounded half to even; what is beyond the range becomes its end, NaN becomes 0.
    pub struct ToUint8 {
        /// Makes the range of the image's dtype that of uint8: 255 of uint8, 65535 of uint16 and 1 of float32 become each other.
        /// Without it numbers stay what they are.
        rescale: bool = false;
    }
    id: "convert_uint8", revision: 1, family: Util,
    kernel: pixel |image| converted(&image, Dtype::U8, rescale),
    inputs: { image: Image },
    outputs: { image: Image(U8) },
    agrees: Relative(5e-7), follows: "numpy.astype 2.4",
    python: "top = lambda d: 1.0 if d.kind == 'f' else 255.0 if d == bool else float(np.iinfo(d).max)
result = f64(image) * (top(np.dtype('uint8')) / top(image.dtype) if rescale else 1)",
    examples: ["rescale = true"],
}

op! {
    /// Mask of the pixels that are not 0.
    ///
    /// NaN is not in the mask.
    pub struct ToBool {}
    id: "convert_bool", revision: 1, family: Util,
    kernel: pixel |image| image.not().not(),
    inputs: { image: Image },
    outputs: { mask: Mask },
    agrees: Exact, follows: "numpy.astype 2.4",
    python: "np.nan_to_num(image).astype(bool)",
    examples: [],
}
