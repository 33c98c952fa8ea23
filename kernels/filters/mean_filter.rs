use crate::common::over_window::{Mean, OverWindow};
use rotifer_registry::*;

op! {
    /// Replaces each pixel by the mean of its neighbourhood.
    ///
    /// Sums are exact to float64, and cost the same for every radius of a box. A pixel that is not a number makes those
    /// within reach of it so, and no others.
    pub struct MeanFilter {
        /// Which neighbours count.
        footprint: Footprint = Footprint::Box;
        /// Radius of the footprint along z, y, x; the window is 2·radius + 1 wide.
        radius: PerAxis<Length> = px(1.0), range(0.0, 512.0);
        ..Border(edge, constant);
    }
    id: "mean_filter", revision: 1, family: Filters,
    kernel: OverWindow { footprint, radius, edge, constant, gives: Mean },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(2e-6), follows: "scipy.ndimage.uniform_filter 1.17",
    python: "ndi.uniform_filter(f64(image), footprint.shape, mode=edge, cval=constant) if footprint.all() else ndi.correlate(f64(image), footprint / footprint.sum(), mode=edge, cval=constant)",
    examples: ["radius = 7\nedge = \"nearest\"", "radius = [2, 0]\nedge = \"wrap\"", "radius = [0, 3, 9]\nedge = \"mirror\"", "footprint = \"disk\"\nradius = 3", "footprint = \"ball\"\nradius = 2\nedge = \"constant\"\nconstant = 50.0", "footprint = [[1, 0, 1], [0, 0, 0], [1, 0, 0]]", "radius = 4\nedge = \"constant\"\nconstant = -5.0"],
}
