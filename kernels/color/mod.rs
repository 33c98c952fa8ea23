//! Colors from intensities and labels, and back.

pub mod hed;
pub mod label_to_rgb;
pub mod overlay;
pub mod rgb_to_gray;
mod scale_bar;
