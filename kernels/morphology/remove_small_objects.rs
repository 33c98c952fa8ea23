use crate::common::components::Part;
use crate::common::small_parts::SmallParts;
use rotifer_registry::*;

op! {
    /// Removes the small objects of a mask.
    ///
    /// An object is a connected part of the mask. Labels are kept by size with `filter_labels_by_size`.
    pub struct RemoveSmallObjects {
        /// Objects of this many pixels or fewer are removed.
        max_size: u64 = 63, range(0, 4294967295u32);
        /// Along how many axes at once neighbours may differ: 1 is faces only (4 neighbours in 2-D, 6 in 3-D), the number of
        /// spatial axes is all (8, 26).
        connectivity: u32 = 1, range(1, 3);
    }
    id: "remove_small_objects", revision: 1, family: Morphology,
    kernel: SmallParts { part: Part::Objects, connectivity, max_size },
    inputs: { mask: Mask },
    outputs: { mask: Mask },
    agrees: Exact, follows: "skimage.morphology.remove_small_objects 0.26",
    python: "ski.morphology.remove_small_objects(mask, max_size=max_size, connectivity=connectivity)",
    examples: ["max_size = 5", "max_size = 20\nconnectivity = 2"],
}
