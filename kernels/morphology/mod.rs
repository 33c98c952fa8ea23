//! Morphology: shapes changed by a footprint, holes, distances.

pub mod binary_opening;
pub mod erosion;
pub mod white_tophat;
