//! A pipeline on many images, with its results in a folder.
//!
//! Workers read their images and write their results; here are names and where rows lie, no pixels. Whatever is
//! finished stays finished: a run that was ended goes on where it was, and gives the same files.

mod done;
mod events;
mod images;
pub(crate) mod journal;
mod key;
mod last;
pub mod named;
pub mod names;
pub(crate) mod over;
pub mod paths;
mod reduce;
mod run;
mod save;
mod settings;
mod spacing;
mod tables;
mod task;
mod work;

pub use crate::execute::Written;
pub use done::Done;
pub use events::{Event, ImageDone, Status, StepDone};
pub use last::Last;
pub use named::Named;
pub use run::{run, saves};
pub use settings::{Existing, Settings};
pub use spacing::{spaced, spacing};
pub use task::{More, Target, Unit};
pub(crate) use work::work;
