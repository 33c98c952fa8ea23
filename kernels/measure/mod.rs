//! Measurement: numbers of every object.

pub mod block_reduce;
pub mod label_mean;
pub mod label_statistics;
pub mod regionprops_table;
