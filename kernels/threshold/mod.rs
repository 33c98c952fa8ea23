//! Thresholds: what counts as an object.

pub mod threshold_local;
pub mod threshold_otsu;
