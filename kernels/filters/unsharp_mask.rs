use crate::common::compose::{Compose, Operand};
use crate::filters::difference_of_gaussians::DifferenceOfGaussians;
use crate::math::arithmetic::AddWeighted;
use rotifer_registry::*;

op! {
    /// Sharpens an image: adds what a Gaussian blur takes away, times a factor.
    ///
    /// Values keep their scale and are not clipped, as with `preserve_range` in scikit-image.
    pub struct UnsharpMask {
        /// Standard deviation of the Gaussian along z, y, x. 0 leaves that axis as it is.
        radius: PerAxis<Length> = px(1.0), range(0.0, 512.0);
        /// The factor. Below 0 the image is smoothed.
        amount: f64 = 1.0;
    }
    id: "unsharp_mask", revision: 1, family: Filters,
    kernel: {
        let (truncate, edge, constant) = (4.0, Edge::Reflect, 0.0);
        let detail = DifferenceOfGaussians { low_sigma: px(0.0), high_sigma: Some(radius), truncate, edge, constant };
        Compose::of(detail, [Operand::Input(0)]).then(
            AddWeighted { factor: 1.0, other_factor: amount, offset: 0.0 },
            [Operand::Input(0), Operand::Part(0)],
        )
    },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-5), follows: "skimage.filters.unsharp_mask 0.26",
    python: "ski.filters.unsharp_mask(f64(image), radius, amount, preserve_range=True)",
    examples: ["radius = 2.0", "radius = 1.0\namount = 2.5", "radius = 1.5\namount = -0.5"],
}
