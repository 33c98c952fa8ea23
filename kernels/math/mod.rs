//! Arithmetic and logic on pixels, and numbers of whole images.

pub mod absolute;
pub mod apply_mask;
pub mod clip;
pub mod greater;
pub mod logical_and;
pub mod mean_of_all_pixels;
pub mod percentile_of_all_pixels;
pub mod subtract;
