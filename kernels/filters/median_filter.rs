use crate::common::over_window::{MEDIAN, OverWindow};
use rotifer_registry::*;

op! {
    /// Replaces each pixel by the median of its neighbourhood.
    ///
    /// The value of rank n/2 of the n pixels of the footprint, counted from 0: a value of the image, of any dtype.
    /// NaN counts as larger than every number.
    pub struct MedianFilter {
        /// Which neighbours count.
        footprint: Footprint = Footprint::Box;
        /// Radius of the footprint along z, y, x; the window is 2·radius + 1 wide.
        radius: PerAxis<Length> = px(1.0), range(0.0, 256.0);
        ..Border(edge, constant);
    }
    id: "median_filter", revision: 1, family: Filters,
    kernel: OverWindow { footprint, radius, edge, constant, gives: MEDIAN },
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "scipy.ndimage.median_filter 1.17",
    python: "ndi.median_filter(image, footprint=footprint, mode=edge, cval=constant)",
    examples: ["radius = 2", "radius = [0, 3]\nedge = \"nearest\"", "footprint = \"disk\"\nradius = 2\nedge = \"mirror\"", "footprint = [[0, 1, 0], [0, 1, 1], [1, 1, 0]]\nedge = \"wrap\"", "footprint = \"ball\"\nradius = 4\nedge = \"constant\"\nconstant = 3.0", "radius = [1, 2, 1]", "radius = [8, 8]\nedge = \"wrap\"", "radius = [2, 3, 4]\nedge = \"constant\"\nconstant = 7.0"],
}
