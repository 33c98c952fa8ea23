//! Worker processes: tasks go out, results come back, and what goes wrong stays where it happened.
//!
//! A task is a pipeline and an image. Ids and arguments travel as a message, pixels in shared memory. A worker that
//! dies takes nothing with it: what it was running is tried once more on a fresh worker, what was waiting goes to
//! another.

mod config;
pub mod coordinator;
pub mod memory;
pub mod messages;
mod notice;
pub mod portable;
mod prepared;
mod process;
mod public;
mod shared;
mod stage;
mod supervise;
pub mod transport;

#[cfg(target_os = "linux")]
mod memfds;
#[cfg(target_os = "linux")]
mod packets;
#[cfg(target_os = "linux")]
pub mod socket_pairs;

pub use config::{Channel, Config, start_workers_as};
pub use messages::Job;
pub use notice::Notice;
pub use prepared::Prepared;
pub use public::{Batch, Handle, Pool, Waited};
