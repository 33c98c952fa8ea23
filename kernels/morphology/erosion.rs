use crate::common::extremes::{Grey, Least, Values};
use rotifer_registry::*;

op! {
    /// Takes the least value in each pixel's footprint.
    ///
    /// Bright objects shrink. Values are those of the image, unchanged. NaN ranks above every number: it goes where
    /// the footprint holds a number.
    pub struct Erosion {
        /// Which neighbours count: box, disk, ball, diamond, or rows of 0 and 1 of odd length.
        footprint: Footprint = Footprint::Ball;
        /// Radius of the footprint along z, y, x, rounded to whole pixels.
        radius: PerAxis<Length> = px(1.0), range(0.0, 128.0);
        ..Border(edge, constant);
    }
    id: "erosion", revision: 1, family: Morphology,
    kernel: Grey { footprint, radius, edge, constant, passes: &[Least], gives: Values },
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "skimage.morphology.erosion 0.26",
    python: "ski.morphology.erosion(image, footprint, mode=edge, cval=constant)",
    examples: [
        "radius = 3",
        "footprint = \"box\"\nradius = [4, 2]\nedge = \"nearest\"",
        "footprint = \"box\"\nradius = [1, 2, 5]\nedge = \"mirror\"",
        "footprint = \"disk\"\nradius = 5\nedge = \"constant\"\nconstant = 7",
        "footprint = \"diamond\"\nradius = 2\nedge = \"wrap\"",
        "footprint = [[0, 1, 1], [0, 1, 0], [1, 0, 1]]",
    ],
}
