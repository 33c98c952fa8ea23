//! Restoration: what the optics and the noise took.

pub mod anisotropic_diffusion;
pub mod background_by_local_minimum;
pub mod basic_flatfield;
pub mod compensate_channels;
pub mod convex_hull_background;
pub mod denoise_nl_means;
pub mod denoise_tv_chambolle;
pub mod fit_polynomial_surface;
pub mod richardson_lucy;
pub mod rolling_ball;
