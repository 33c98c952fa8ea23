//! Transforms: resizing, rotating, warping.

pub mod affine_transform;
pub mod concatenate;
pub mod downscale_local_mean;
pub mod moved;
pub mod placed;
pub mod reindexed;
pub mod resize;
pub mod resize_labels;
pub mod reslice_radial;
pub mod stitching;
pub mod straighten_objects;
