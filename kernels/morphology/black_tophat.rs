use crate::common::extremes::{Added, Greatest, Grey, Least};
use rotifer_registry::*;

op! {
    /// Keeps dark details into which the footprint does not fit, as how much darker they are.
    ///
    /// The closing minus the image, of the image's dtype: dark spots smaller than the footprint become bright on black. NaN ranks
    /// above every number.
    pub struct BlackTophat {
        /// Which neighbours count: box, disk, ball, diamond, or rows of 0 and 1 of odd length.
        footprint: Footprint = Footprint::Ball;
        /// Radius of the footprint along z, y, x, rounded to whole pixels.
        radius: PerAxis<Length> = px(1.0), range(0.0, 128.0);
        ..Border(edge, constant);
    }
    id: "black_tophat", revision: 1, family: Morphology,
    kernel: Grey { footprint, radius, edge, constant, passes: &[Greatest, Least], gives: Added },
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "skimage.morphology.black_tophat 0.26",
    python: "closed = ski.morphology.closing(image, footprint, mode=edge, cval=constant)
result = closed - image if image.dtype == np.float32 else f64(closed) - f64(image)",
    examples: [
        "radius = 3",
        "footprint = \"box\"\nradius = [4, 2]\nedge = \"nearest\"",
        "footprint = \"box\"\nradius = [1, 2, 5]\nedge = \"mirror\"",
        "footprint = \"disk\"\nradius = 5\nedge = \"constant\"\nconstant = 7",
        "footprint = [[0, 1, 1], [0, 1, 0], [1, 0, 1]]",
    ],
}
