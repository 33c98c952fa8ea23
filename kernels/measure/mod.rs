//! Measurement: numbers of every object.

pub mod label_mean;
pub mod regionprops_table;
