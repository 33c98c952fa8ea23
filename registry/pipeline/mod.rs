//! A pipeline: steps of function ids and arguments. Checked before any work.

mod check;
mod checked;
mod steps;
mod tree;
mod wires;

pub use crate::value::Args;
pub use check::check;
pub use checked::{Checked, CheckedStep};
pub use steps::{DtypeRequest, Input, Memory, OpId, Over, Pipeline, STEP_KEYS, Save, Source, Step};
pub use tree::{Lines, Node, Tree};
pub use wires::{ChannelSelector, Origin, Wire};
