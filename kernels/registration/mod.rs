//! Registration: how one image lies on another.

pub mod phase_cross_correlation;
pub mod register_mutual_information;
