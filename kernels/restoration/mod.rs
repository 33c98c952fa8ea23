//! Restoration: what the optics and the noise took.

pub mod convex_hull_background;
pub mod fit_polynomial_surface;
pub mod richardson_lucy;
