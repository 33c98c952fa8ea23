//! Runs a checked pipeline on one image.

use rotifer_registry::pipeline::{Checked, Memory};
use rotifer_registry::{Error, Frames, Image};
use serde::{Deserialize, Serialize};

/// Where device kernels may run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// On the device where the op has a kernel and a hardware adapter is there.
    #[default]
    Auto,
    /// On the host only.
    Cpu,
    /// On the device, a software adapter too; without any adapter the run fails at once.
    Gpu,
}

/// How to run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Options {
    pub on: On,
    /// Largest buffer to bind on the device, in bytes, where less than the adapter's limit is wanted.
    pub max_binding: Option<u64>,
}

/// What a pipeline gave for one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Kept outputs, by the name of their step.
    pub outputs: Vec<(String, Frames)>,
    pub report: Report,
}

/// What happened on the way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub steps: Vec<StepReport>,
    /// Things to be said once: a fallback to the host, a software adapter.
    pub notes: Vec<String>,
    /// Command buffers submitted, bytes moved.
    pub submissions: u64,
    pub uploads: u64,
    pub downloads: u64,
}

/// Where a step ran and how long. Device steps of one submission share its time by equal parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    pub name: String,
    pub op: String,
    pub memory: Memory,
    pub seconds: f64,
}

/// Runs a pipeline on one image.
pub fn run(pipeline: &Checked, input: &Image, options: &Options) -> Result<Outcome, Error> {
    let _ = (pipeline, input, options);
    todo!()
}
