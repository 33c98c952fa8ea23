//! Measurement: numbers of every object.

pub mod colocalization;
pub mod image_quality_metrics;
pub mod label_mean;
pub mod label_statistics;
pub mod regionprops_table;
