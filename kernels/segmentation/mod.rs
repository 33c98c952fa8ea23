//! Segmentation: from pixels to objects.

pub mod boundaries;
pub mod clear_border;
pub mod combine_labels;
pub mod connected_components;
pub mod expand_labels;
pub mod filter_labels_by_size;
pub mod inverse_gaussian_gradient;
pub mod label_spots;
pub mod mask_labels;
pub mod merge_labels_by_border_intensity;
pub mod pixel_classifier;
pub mod points;
pub mod propagate_labels;
pub mod relabel_sequential;
pub mod relate_labels;
pub mod remove_labels;
pub mod untangle_worms;
pub mod voronoi;
pub mod watershed;
