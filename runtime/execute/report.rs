//! Results of a run, and what happened on the way.

use rotifer_registry::pipeline::Memory;
use rotifer_registry::wire::{Wire, wrong};
use rotifer_registry::{Error, Frames};
use serde::{Deserialize, Serialize};

/// Outputs of a pipeline for one image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Kept outputs, by the name of their step; further outputs of a step are `name.output`.
    pub outputs: Vec<(String, Frames)>,
    pub report: Report,
    /// The files, where these were asked for in place of outputs.
    pub written: Option<Written>,
}

/// Events on the way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub steps: Vec<StepReport>,
    /// Things to be said once: a fallback to the host, a software adapter.
    pub notes: Vec<String>,
    /// Command buffers submitted; images moved to and from the device, and bytes.
    pub submissions: u64,
    pub uploads: u64,
    pub downloads: u64,
    pub upload_bytes: u64,
    pub download_bytes: u64,
    /// Most bytes of device memory in use at once.
    pub device_peak_bytes: u64,
    /// Shader and nanoseconds of every pass, where timing was asked for.
    pub passes: Vec<(String, f64)>,
    /// Why the steps after one were left out.
    pub skipped: Option<String>,
}

/// Where a step ran and how long. Device steps of one submission share its time by equal parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    pub name: String,
    pub op: String,
    pub memory: Memory,
    pub seconds: f64,
}

/// Files that a worker wrote of an image, and where its rows are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Written {
    /// Rows of the first table that has areas, else labels of the last label image.
    pub objects: Option<usize>,
    pub median_area: Option<f64>,
    /// Time of the steps.
    pub seconds: f64,
    /// Files, below the folder of the results.
    pub outputs: Vec<String>,
    /// Why steps were left out.
    pub skipped: Option<String>,
    /// Remarks on how its files were read; those on how it was run are in the report.
    pub read_notes: Vec<String>,
    /// The log of the worker, and where its rows lie there.
    pub log: String,
    pub(crate) place: Place,
}

impl Wire for Written {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend(postcard::to_stdvec(self).unwrap_or_default());
    }

    fn get(bytes: &[u8]) -> Result<Written, Error> {
        postcard::from_bytes(bytes).map_err(|_| wrong("what was written of an image is damaged"))
    }
}

/// Where a record lies in its log: its first byte, and the bytes of its head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub at: u64,
    pub head: u32,
}
