//! Images with an axis less.

pub mod maximum_projection;
pub mod statistics;
