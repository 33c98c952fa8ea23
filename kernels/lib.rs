//! The operations: one file each, in a folder per family. What several share is in [`common`].

pub mod common;

pub mod color;
pub mod exposure;
pub mod feature;
pub mod filters;
pub mod math;
pub mod measure;
pub mod morphology;
pub mod projection;
pub mod registration;
pub mod restoration;
pub mod segmentation;
pub mod threshold;
pub mod transform;
