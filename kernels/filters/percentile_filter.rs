use crate::common::over_window::{OverWindow, Percentile};
use rotifer_registry::*;

op! {
    /// Replaces each pixel by a percentile of its neighbourhood: 0 is the least value, 50 the median, 100 the greatest.
    ///
    /// Of the n pixels of the footprint in order, that of rank n · percentile / 100, rounded down, counted from 0, and the last
    /// one at 100: a value of the image, of any dtype. NaN counts as larger than every number.
    pub struct PercentileFilter {
        /// The share of pixels, in percent, that are darker.
        percentile: f64 = 50.0, range(0.0, 100.0);
        /// Which neighbours count.
        footprint: Footprint = Footprint::Box;
        /// Radius of the footprint along z, y, x; the window is 2·radius + 1 wide.
        radius: PerAxis<Length> = px(1.0), range(0.0, 256.0);
        ..Border(edge, constant);
    }
    id: "percentile_filter", revision: 1, family: Filters,
    kernel: OverWindow { footprint, radius, edge, constant, gives: Percentile(percentile) },
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "scipy.ndimage.percentile_filter 1.17",
    python: "ndi.percentile_filter(image, percentile, footprint=footprint, mode=edge, cval=constant)",
    examples: ["percentile = 20\nradius = 2", "percentile = 90\nradius = [0, 3]\nedge = \"nearest\"", "percentile = 0\nfootprint = \"disk\"\nradius = 2\nedge = \"mirror\"", "percentile = 100\nfootprint = [[0, 1, 0], [0, 1, 1], [1, 1, 0]]\nedge = \"wrap\"", "percentile = 33.3\nfootprint = \"ball\"\nradius = 4\nedge = \"constant\"\nconstant = 3.0", "percentile = 75\nradius = [8, 8]\nedge = \"wrap\"", "percentile = 10\nradius = [2, 3, 4]"],
}
