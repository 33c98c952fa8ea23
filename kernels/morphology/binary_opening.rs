use crate::common::extremes::{Binary, Greatest, Least};
use rotifer_registry::*;

op! {
    /// Removes the parts of a mask into which the footprint does not fit.
    ///
    /// An erosion, then a dilation by the mirrored footprint. Pixels beyond the image's border do not count:
    /// it is true for the erosion and false for the dilation.
    pub struct BinaryOpening {
        /// Which neighbours count: box, disk, ball, diamond, or rows of 0 and 1 of odd length.
        footprint: Footprint = Footprint::Ball;
        /// Radius of the footprint along z, y, x, rounded to whole pixels.
        radius: PerAxis<Length> = px(1.0), range(0.0, 128.0);
    }
    id: "binary_opening", revision: 1, family: Morphology,
    kernel: Binary { footprint, radius, passes: &[Least, Greatest] },
    inputs: { mask: Mask },
    outputs: { mask: Mask },
    agrees: Exact, follows: "skimage.morphology.binary_opening 0.26",
    python: "ski.morphology.binary_opening(mask, footprint)",
    examples: [
        "radius = 3",
        "footprint = \"box\"\nradius = [1, 4]",
        "footprint = \"box\"\nradius = [1, 0, 2]",
        "footprint = \"disk\"\nradius = 2",
        "footprint = \"diamond\"\nradius = 2",
        "footprint = [[0, 1, 1], [0, 1, 0], [0, 0, 1]]",
    ],
}
