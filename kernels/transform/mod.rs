//! Transforms: resizing, rotating, warping.

pub mod affine_transform;
pub mod resize;
