use crate::common::bank::{Bank, Beyond, gaussians};
use rotifer_registry::*;

op! {
    /// Divides an image by its background: the image blurred by a wide Gaussian. A constant image becomes 1.
    ///
    /// Where the background is 0, a number is infinite and 0 is NaN.
    pub struct DivideByGaussianBackground {
        /// Standard deviation of the Gaussian along z, y, x. 0 leaves that axis as it is.
        sigma: PerAxis<Length> = px(2.0), range(0.0, 512.0);
        /// Radius of the window, in standard deviations.
        truncate: f64 = 4.0, range(1.0, 8.0);
        ..Border(edge: Nearest, constant);
    }
    id: "divide_by_gaussian_background", revision: 1, family: Filters,
    kernel: Bank {
        beyond: Beyond { edge, constant, filtered: false },
        chains: move |meta: &VolumeMeta| Ok(vec![vec![], vec![gaussians(sigma.pixels(meta)?, [0; 3], truncate)]]),
        value: |of: &[f64]| of[0] / of[1],
    },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "scipy.ndimage.gaussian_filter 1.17",
    python: "f64(image) / ndi.gaussian_filter(f64(image), sigma, mode=edge, cval=constant, truncate=truncate)",
    examples: ["sigma = 5", "sigma = [1.0, 1.5]\nedge = \"wrap\"", "sigma = 1.2\nedge = \"constant\"\nconstant = 7.0"],
}
