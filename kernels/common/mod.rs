//! Parts that several operations share.

pub mod column_histograms;
pub mod components;
pub mod convex_hull;
pub mod device_fft;
pub mod edt;
pub mod fft;
pub mod fresh;
pub mod histogram;
pub mod label_index;
pub mod label_reduce;
pub mod label_sums;
pub mod minmax;
pub mod order;
pub mod pointwise;
pub mod rank;
pub mod readback;
pub mod rows;
pub mod separable;
pub mod shape;
pub mod simd;
pub mod small_median;
pub mod union_find;
pub mod window_mean;
