//! The operations, in a folder per family: a file each, or a file for those that are rows of one table. What several share is in
//! [`common`].

pub mod common;

pub mod color;
pub mod draw;
pub mod exposure;
pub mod feature;
pub mod filters;
pub mod graph;
pub mod math;
pub mod measure;
pub mod metrics;
pub mod morphology;
pub mod noise;
pub mod projection;
pub mod registration;
pub mod restoration;
pub mod segmentation;
pub mod table;
pub mod threshold;
pub mod transform;
pub mod util;
