//! Segmentation: from pixels to objects.

pub mod connected_components;
pub mod watershed;
