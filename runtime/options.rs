//! How to run.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

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
    /// Most bytes of device memory to hold at once, where less than all of it is wanted.
    pub device_memory: Option<u64>,
    /// Times every pass on the device, where the adapter can.
    pub timed: bool,
    /// The values of the image are labels or a mask, whatever they look like.
    pub labels: bool,
    /// Rows or planes that steps see and make at a time, where the image is to come in parts of another size than the
    /// plan's; 0 makes each step by itself and whole.
    pub part: Option<usize>,
    /// Bytes of memory that the process may take. Where the image would need more, it comes in parts; where a step cannot
    /// have it so, the run is refused before any work. By default what is free.
    pub memory: Option<u64>,
    /// Folder for values that do not fit into memory; by default that of temporary files.
    pub scratch: Option<PathBuf>,
}
