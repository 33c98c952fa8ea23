//! Histograms, and intensities changed by them.

pub mod clahe;
pub mod equalize_histogram;
pub mod gamma_correction;
pub mod histogram;
pub mod invert_intensity;
pub mod normalize;
pub mod rescale_intensity;
