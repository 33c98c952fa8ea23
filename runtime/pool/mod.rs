//! Worker processes: tasks go out, results come back, and what goes wrong stays where it happened.
//!
//! A task is a pipeline and an image. Ids and arguments travel as a message, pixels in shared memory. A worker that
//! dies takes nothing with it: what it was running is tried once more on a fresh worker, what was waiting goes to
//! another.

pub mod coordinator;
pub mod memory;
pub mod messages;
pub mod portable;
mod process;
mod public;
mod supervise;
pub mod transport;

#[cfg(target_os = "linux")]
pub mod linux;
#[cfg(all(unix, not(target_os = "linux")))]
mod macos;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
use linux as platform;
#[cfg(all(unix, not(target_os = "linux")))]
use macos as platform;
#[cfg(windows)]
use windows as platform;

pub(crate) use platform::{free_memory, tie_children};

pub use messages::Job;
pub use public::{Batch, Channel, Config, Handle, Notice, Pool, Prepared, Waited, start_workers_as};
