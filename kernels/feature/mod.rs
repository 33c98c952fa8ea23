//! Features: points of interest.

pub mod blobs;
pub mod canny;
pub mod circle_hough_map;
pub mod peak_local_max;
pub mod tensors;
