//! Morphology: shapes changed by a footprint, holes, distances.

pub mod binary_fill_holes;
pub mod binary_opening;
pub mod distance_transform_edt;
pub mod erosion;
pub mod white_tophat;
