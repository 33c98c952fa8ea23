//! Measurement: numbers of every object.

pub mod block_reduce;
pub mod colocalization;
pub mod colocalization_per_object;
pub mod costes_randomisation;
pub mod feret_diameter;
pub mod find_contours;
pub mod fit_line;
pub mod geodesic_diameter;
pub mod granularity_spectrum;
pub mod haralick_texture_per_object;
pub mod image_quality_metrics;
pub mod intensity_per_object;
pub mod label_maps;
pub mod label_mean;
pub mod label_overlaps;
pub mod label_statistics;
pub mod points;
pub mod radial_distribution;
pub mod regionprops_table;
pub mod replace_values_by_index;
pub mod shape_per_object;
pub mod sholl_analysis;
pub mod skeleton_branch_analysis;
pub mod tile_grid_statistics;
pub mod zernike_moments;
