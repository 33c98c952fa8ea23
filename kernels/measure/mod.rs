//! Measurement: numbers of every object.

pub mod find_contours;
pub mod label_mean;
pub mod label_statistics;
pub mod regionprops_table;
