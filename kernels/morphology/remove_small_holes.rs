use crate::common::components::Part;
use crate::common::small_parts::SmallParts;
use rotifer_registry::*;

op! {
    /// Fills the small holes of a mask.
    ///
    /// A hole is a connected part of the background, at the border of the image, too.
    pub struct RemoveSmallHoles {
        /// Holes of this many pixels or fewer are filled.
        max_size: u64 = 63, range(0, 4294967295u32);
        /// Along how many axes at once neighbours may differ: 1 is faces only (4 neighbours in 2-D, 6 in 3-D), the number of
        /// spatial axes is all (8, 26).
        connectivity: u32 = 1, range(1, 3);
    }
    id: "remove_small_holes", revision: 1, family: Morphology,
    kernel: SmallParts { part: Part::Background, connectivity, max_size },
    inputs: { mask: Mask },
    outputs: { mask: Mask },
    agrees: Exact, follows: "skimage.morphology.remove_small_holes 0.26",
    python: "ski.morphology.remove_small_holes(mask, max_size=max_size, connectivity=connectivity)",
    examples: ["max_size = 5", "max_size = 20\nconnectivity = 2"],
}
