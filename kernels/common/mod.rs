//! Parts that several operations share.

pub mod components;
pub mod edt;
pub mod device_fft;
pub mod fft;
pub mod histogram;
pub mod label_index;
pub mod label_reduce;
pub mod minmax;
pub mod order;
pub mod pointwise;
pub mod readback;
pub mod rows;
pub mod separable;
pub mod shape;
pub mod simd;
pub mod union_find;
