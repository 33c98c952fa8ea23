//! Shapes, as masks.

pub mod shapes;
