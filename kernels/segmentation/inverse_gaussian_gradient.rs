use crate::common::bank::{Bank, Beyond};
use crate::filters::derivatives::derivatives;
use rotifer_registry::*;

op! {
    /// Turns an image into one that is dark at edges and bright elsewhere, 0 to 1: where active contours stop and go.
    ///
    /// 1/√(1 + `alpha`·g), g being `gaussian_gradient_magnitude`.
    pub struct InverseGaussianGradient {
        /// How dark edges are: the larger, the darker, in one by units of the image.
        alpha: f64 = 100.0, range(0.0, 1e12);
        /// Standard deviation of the Gaussian along z, y, x.
        sigma: PerAxis<Length> = px(5.0), range(0.1, 256.0);
        ..Border(edge: Nearest, constant);
    }
    id: "inverse_gaussian_gradient", revision: 1, family: Segmentation,
    kernel: Bank {
        beyond: Beyond { edge, constant, filtered: false },
        chains: move |meta: &VolumeMeta| derivatives(&sigma, meta, 1, 4.0),
        value: move |along: &[f64]| {
            let magnitude = along.iter().map(|v| v * v).sum::<f64>().sqrt();
            1.0 / (1.0 + alpha * magnitude).sqrt()
        },
    },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Absolute(1e-6), follows: "skimage.segmentation.inverse_gaussian_gradient 0.26",
    python: "1 / np.sqrt(1 + alpha * ndi.gaussian_gradient_magnitude(f64(image), sigma, mode=edge, cval=constant)) if edge != 'nearest' else ski.segmentation.inverse_gaussian_gradient(f64(image), alpha, sigma)",
    examples: ["sigma = 2\nalpha = 0.5", "sigma = 1.5\nalpha = 0.1\nedge = \"wrap\""],
}
