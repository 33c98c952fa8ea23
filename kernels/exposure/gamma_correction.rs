use rotifer_registry::*;

op! {
    /// Raises every pixel to a power, as a fraction of the range of its dtype.
    ///
    /// The result is gain · scale · (value / scale)^gamma, where scale is the largest value of the image's dtype, and 1 for
    /// float images: never one of the image's own values. Gamma above 1 darkens. Values below 0 are taken as 0 (the
    /// reference refuses them); integers are rounded half to even (the reference cuts 16-bit results off).
    pub struct GammaCorrection {
        /// The exponent.
        gamma: f64 = 1.0, range(0.0, 100.0);
        /// Factor of the result.
        gain: f64 = 1.0, range(0.0, 1e6);
    }
    id: "gamma_correction", revision: 1, family: Exposure,
    kernel: pixel |image| {
        let scale = image.dtype().range().1;
        (image.max(0.0) / scale).pow(gamma) * (scale * gain)
    },
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Relative(5e-6), follows: "skimage.exposure.adjust_gamma 0.26",
    python: "scale = 1.0 if image.dtype.kind == 'f' else 255.0 if image.dtype == bool else float(np.iinfo(image.dtype).max)
result = ski.exposure.adjust_gamma(np.maximum(f64(image), 0) / scale, gamma, gain) * scale",
    examples: ["gamma = 2.2", "gamma = 0.5\ngain = 0.9", "gamma = 0"],
}
