use crate::common::extremes::{Greatest, Grey, Least, Taken};
use rotifer_registry::*;

op! {
    /// Keeps bright spots smaller than the footprint: the image minus its opening.
    ///
    /// The opening is an erosion, then a dilation by the mirrored footprint. Integers saturate: where an asymmetric
    /// footprint or a constant border lifts the opening above the image, the result is the smallest value, where
    /// scikit-image wraps around. Floats are subtracted in float32, as there. NaN ranks above every number, and stays NaN.
    pub struct WhiteTophat {
        /// Which neighbours count: box, disk, ball, diamond, or rows of 0 and 1 of odd length.
        footprint: Footprint = Footprint::Ball;
        /// Radius of the footprint along z, y, x, rounded to whole pixels.
        radius: PerAxis<Length> = px(1.0), range(0.0, 128.0);
        ..Border(edge, constant);
    }
    id: "white_tophat", revision: 1, family: Morphology,
    kernel: Grey { footprint, radius, edge, constant, passes: &[Least, Greatest], gives: Taken },
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "skimage.morphology.white_tophat 0.26",
    python: "opened = ski.morphology.opening(image, footprint, mode=edge, cval=constant)
result = image - opened if image.dtype.kind == 'f' else f64(image) - f64(opened)",
    examples: [
        "radius = 4",
        "footprint = \"box\"\nradius = [1, 6]\nedge = \"nearest\"",
        "footprint = \"box\"\nradius = [2, 1, 3]\nedge = \"wrap\"",
        "footprint = \"disk\"\nradius = 3\nedge = \"constant\"\nconstant = 2",
        "footprint = \"diamond\"\nradius = 2\nedge = \"mirror\"",
        "footprint = [[0, 1, 1], [0, 1, 0], [1, 0, 1]]",
    ],
}
