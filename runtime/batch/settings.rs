//! How to run a batch.

use crate::execute::Options;
use crate::io::{Format, WriteOptions};
use crate::pool::Channel;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The choice about results that are there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// They are an error.
    #[default]
    Refuse,
    /// Images that are finished stay as they are; all whose pipeline, functions, options or files differ run again.
    Resume,
    /// Files of the earlier run are removed.
    Overwrite,
}

/// How to run a batch.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Folder of the results.
    pub out: PathBuf,
    pub existing: Existing,
    pub options: Options,
    /// Worker processes; none: one for each thread, as far as there are images.
    pub workers: Option<usize>,
    /// Threads in all, shared out among the workers; none: [`machine::threads`](crate::machine::threads).
    pub threads: Option<usize>,
    pub channel: Channel,
    /// Without worker processes: a function that ends its process ends the run.
    pub in_process: bool,
    /// As [`Target::spacing`](super::Target::spacing).
    pub spacing: Vec<f64>,
    /// How images are written.
    pub write: WriteOptions,
    pub format: Format,
    /// Files of inputs of the pipeline, by name, in place of those that it names; with `{well}` and the like in it, a path
    /// is one for each image.
    pub inputs: BTreeMap<String, PathBuf>,
}
