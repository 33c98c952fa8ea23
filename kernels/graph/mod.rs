//! Neighbourhoods of objects: which of them touch, and how far apart they are.

pub mod central_pixel;
pub mod distance_matrix;
pub mod neighbor_statistics_table;
pub mod pixel_graph;
pub mod proximal;
pub mod touching;
