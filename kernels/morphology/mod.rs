//! Morphology: shapes changed by a footprint, holes, distances.

pub mod binary_closing;
pub mod binary_dilation;
pub mod binary_erosion;
pub mod binary_fill_holes;
pub mod binary_opening;
pub mod black_tophat;
pub mod closing;
pub mod dilation;
pub mod distance_transform_edt;
pub mod erosion;
pub mod extrema;
pub mod opening;
pub mod reconstruction;
pub mod remove_objects_by_distance;
pub mod remove_small_holes;
pub mod remove_small_objects;
pub mod skeletonize;
pub mod white_tophat;
