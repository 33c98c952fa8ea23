use crate::common::extremes::{Binary, Least};
use rotifer_registry::*;

op! {
    /// Shrinks a mask: a pixel stays where the whole footprint around it is true.
    ///
    /// Pixels beyond the image's border do not count: they are true.
    pub struct BinaryErosion {
        /// Which neighbours count: box, disk, ball, diamond, or rows of 0 and 1 of odd length.
        footprint: Footprint = Footprint::Ball;
        /// Radius of the footprint along z, y, x, rounded to whole pixels.
        radius: PerAxis<Length> = px(1.0), range(0.0, 128.0);
    }
    id: "binary_erosion", revision: 1, family: Morphology,
    kernel: Binary { footprint, radius, passes: &[Least] },
    inputs: { mask: Mask },
    outputs: { mask: Mask },
    agrees: Exact, follows: "skimage.morphology.binary_erosion 0.26",
    python: "ski.morphology.binary_erosion(mask, footprint)",
    examples: [
        "radius = 3",
        "footprint = \"box\"\nradius = [1, 4]",
        "footprint = \"box\"\nradius = [1, 0, 2]",
        "footprint = \"disk\"\nradius = 2",
        "footprint = [[0, 1, 1], [0, 1, 0], [0, 0, 1]]",
    ],
}
