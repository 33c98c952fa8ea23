//! Histograms, and intensities changed by them.

pub mod gamma_correction;
pub mod histogram;
