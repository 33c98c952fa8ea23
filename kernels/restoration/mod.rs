//! Restoration: what the optics and the noise took.

pub mod richardson_lucy;
