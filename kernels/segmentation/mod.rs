//! Segmentation: from pixels to objects.

pub mod watershed;
