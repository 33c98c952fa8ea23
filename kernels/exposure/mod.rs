//! Histograms, and intensities changed by them.

pub mod histogram;
