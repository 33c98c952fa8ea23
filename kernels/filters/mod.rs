//! Filters: smoothing, edges, ranks.

pub mod bilateral_filter;
pub mod convolve;
pub mod derivatives;
pub mod difference_of_gaussians;
pub mod divide_by_gaussian_background;
pub mod gaussian_filter;
pub mod maximum_filter;
pub mod mean_filter;
pub mod median_filter;
pub mod minimum_filter;
pub mod percentile_filter;
pub mod remove_outliers;
pub mod ridges;
pub mod sobel;
pub mod subtract_gaussian_background;
pub mod unsharp_mask;
