//! Segmentation: from pixels to objects.

pub mod clear_border;
pub mod connected_components;
pub mod expand_labels;
pub mod filter_labels_by_size;
pub mod inverse_gaussian_gradient;
pub mod mask_labels;
pub mod relabel_sequential;
pub mod relate_labels;
pub mod watershed;
