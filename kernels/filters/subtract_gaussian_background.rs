use crate::common::compose::{Compose, Operand};
use crate::filters::difference_of_gaussians::DifferenceOfGaussians;
use rotifer_registry::*;

op! {
    /// Subtracts the background: the image blurred by a wide Gaussian. A constant image becomes 0.
    pub struct SubtractGaussianBackground {
        /// Standard deviation of the Gaussian along z, y, x. 0 leaves that axis as it is.
        sigma: PerAxis<Length> = px(2.0), range(0.0, 512.0);
        /// Radius of the window, in standard deviations.
        truncate: f64 = 4.0, range(1.0, 8.0);
        ..Border(edge: Nearest, constant);
    }
    id: "subtract_gaussian_background", revision: 1, family: Filters,
    kernel: Compose::of(
        DifferenceOfGaussians { low_sigma: px(0.0), high_sigma: Some(sigma), truncate, edge, constant },
        [Operand::Input(0)],
    ),
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-5), follows: "scipy.ndimage.gaussian_filter 1.17",
    python: "f64(image) - ndi.gaussian_filter(f64(image), sigma, mode=edge, cval=constant, truncate=truncate)",
    examples: ["sigma = 2.0", "sigma = [1.0, 1.5]\nedge = \"wrap\"", "sigma = [1, 0, 2]\nedge = \"mirror\"\ntruncate = 3", "sigma = 1.2\nedge = \"constant\"\nconstant = 7.0"],
}
