use crate::common::compose::{Compose, Operand};
use crate::filters::gaussian_filter::GaussianFilter;
use crate::filters::minimum_filter::MinimumFilter;
use crate::util::convert::ToFloat32;
use rotifer_registry::*;

op! {
    /// Estimates the background as the smoothed least value around each pixel.
    ///
    /// `minimum_filter`, then `gaussian_filter`, both mirrored at the border. Objects that are narrower than the footprint leave no trace;
    /// subtract the result from the image to level it.
    pub struct BackgroundByLocalMinimum {
        /// Which neighbours count: box, disk, ball, diamond, or rows of 0 and 1 of odd length.
        footprint: Footprint = Footprint::Box;
        /// Radius of the footprint along z, y, x, rounded to whole pixels: larger than that of objects.
        radius: PerAxis<Length> = px(25.0), range(0.0, 128.0);
        /// Standard deviation of the Gaussian along z, y, x.
        sigma: PerAxis<Length> = px(10.0), range(0.0, 512.0);
    }
    id: "background_by_local_minimum", revision: 1, family: Restoration,
    kernel: Compose::of(ToFloat32 { rescale: false }, [Operand::Input(0)])
        .then(
            MinimumFilter { footprint, radius, edge: Edge::Reflect, constant: 0.0 },
            [Operand::Part(0)],
        )
        .then(
            GaussianFilter { sigma, truncate: 4.0, edge: Edge::Reflect, constant: 0.0 },
            [Operand::Part(1)],
        ),
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-5), follows: "scipy.ndimage.minimum_filter 1.17",
    python: "ndi.gaussian_filter(f64(ndi.minimum_filter(image, footprint=footprint, mode='reflect')), sigma, mode='reflect', truncate=4)",
    examples: ["radius = 4\nsigma = 2.5", "footprint = \"disk\"\nradius = 7\nsigma = 3"],
}
