//! Modules that make images of images.

mod color;
mod filter;
mod geometry;
mod math;
mod morphology;
mod rescale;

pub use color::{color_to_gray, gray_to_color};
pub use filter::{edges, enhance, smooth};
pub use geometry::{align, crop, mask, resize};
pub use math::math;
pub use morphology::{footprint, morphology, remove_holes, skeleton};
pub use rescale::rescale;
