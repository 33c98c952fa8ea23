use crate::common::extremes::{Grey, Least, Values};
use rotifer_registry::*;

op! {
    /// Takes the least value around each pixel.
    ///
    /// The window is a box unless another footprint is chosen. Values are those of the image, unchanged. NaN ranks above every
    /// number.
    pub struct MinimumFilter {
        /// Which neighbours count: box, disk, ball, diamond, or rows of 0 and 1 of odd length.
        footprint: Footprint = Footprint::Box;
        /// Radius of the footprint along z, y, x, rounded to whole pixels.
        radius: PerAxis<Length> = px(1.0), range(0.0, 128.0);
        ..Border(edge, constant);
    }
    id: "minimum_filter", revision: 1, family: Filters,
    kernel: Grey { footprint, radius, edge, constant, passes: &[Least], gives: Values },
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "scipy.ndimage.minimum_filter 1.17",
    python: "ndi.minimum_filter(image, footprint=footprint, mode=edge, cval=constant)",
    examples: [
        "radius = 3",
        "footprint = \"box\"\nradius = [4, 2]\nedge = \"nearest\"",
        "footprint = \"box\"\nradius = [1, 2, 5]\nedge = \"mirror\"",
        "footprint = \"disk\"\nradius = 5\nedge = \"constant\"\nconstant = 7",
        "footprint = [[0, 1, 1], [0, 1, 0], [1, 0, 1]]",
    ],
}
