//! Parts that several operations share.

pub mod separable;
pub mod shape;
pub mod simd;
