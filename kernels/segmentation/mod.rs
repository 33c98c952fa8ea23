//! Segmentation: from pixels to objects.

pub mod clear_border;
pub mod connected_components;
pub mod expand_labels;
pub mod watershed;
