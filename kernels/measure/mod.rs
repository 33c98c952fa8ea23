//! Measurement: numbers of every object.

pub mod block_reduce;
pub mod colocalization;
pub mod image_quality_metrics;
pub mod label_maps;
pub mod label_mean;
pub mod label_overlaps;
pub mod label_statistics;
pub mod points;
pub mod regionprops_table;
pub mod replace_values_by_index;
