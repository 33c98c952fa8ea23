//! Arithmetic and logic on pixels, and numbers of whole images.

pub mod arithmetic;
pub mod comparison;
pub mod functions;
pub mod logic;
pub mod mean_of_all_pixels;
pub mod percentile_of_all_pixels;
pub mod pixel_expression;
pub mod statistics;
