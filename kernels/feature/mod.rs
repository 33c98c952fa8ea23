//! Features: points of interest.

pub mod peak_local_max;
