//! Image-processing pipelines as data, on every core and any GPU.

pub mod allocator;
pub mod batch;
pub mod bench;
pub mod cli;
pub mod code;
pub mod context;
pub mod cppipe;
pub mod document;
pub mod execute;
pub mod io;
pub mod machine;
mod options;
mod pipelines;
pub mod plan;
mod platform;
pub mod player;
pub mod pool;
pub mod sample;
pub mod signals;
pub mod store;
pub mod threads;
pub mod truth;
pub mod worker;

pub use rotifer_registry as registry;
pub use rotifer_registry::{op, role};

// Without this line the linker drops every registration and the registry is silently empty.
use rotifer_kernels as _;
