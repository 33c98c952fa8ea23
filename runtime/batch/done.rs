//! The outcome of a run.

use super::events::{ImageDone, StepDone};
use super::images::Images;
use rotifer_registry::Error;
use std::path::PathBuf;

/// The outcome of a run.
pub struct Done {
    pub pipeline: String,
    pub out: PathBuf,
    /// Tables with the rows of all images.
    pub tables: Vec<PathBuf>,
    pub steps: Vec<StepDone>,
    /// Things to be said once.
    pub notes: Vec<String>,
    pub done: usize,
    /// Of these, the ones that an earlier run has finished.
    pub resumed: usize,
    pub failed: usize,
    pub not_run: usize,
    /// Objects of all images, and seconds of all steps.
    pub objects: usize,
    pub seconds: f64,
    /// Why tables are missing, where they could not be written.
    pub unwritten: Option<Error>,
    pub(super) images: Images,
}

impl Done {
    /// All images, in order. They are read from disk one by one.
    pub fn images(&mut self) -> impl Iterator<Item = ImageDone> {
        let Done { images, out, .. } = self;
        (0..images.at.len()).map(move |i| images.image(i, out))
    }

    /// Those that failed.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &Error)> {
        let failed =
            move |i: usize| Some((self.images.inputs.names[i].as_str(), self.images.errors.get(&i)?));
        (0..self.images.at.len()).filter_map(failed)
    }
}
