//! Neighbourhoods of objects: which of them touch, and how far apart they are.

pub mod distance_matrix;
pub mod neighbor_statistics_table;
pub mod proximal;
pub mod touching;
