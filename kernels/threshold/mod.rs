//! Thresholds: what counts as an object.

pub mod method;
pub mod of_deviation;
pub mod of_histogram;
pub mod of_values;
pub mod threshold_adaptive_block;
pub mod threshold_hysteresis;
pub mod threshold_local;
pub mod threshold_multiotsu;
pub mod threshold_otsu;
pub mod threshold_per_object;
