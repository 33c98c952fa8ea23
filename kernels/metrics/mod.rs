//! How much two images differ.

pub mod of_pairs;
