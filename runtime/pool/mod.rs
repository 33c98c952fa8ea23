//! Worker processes: tasks go out, results come back, and what goes wrong stays where it happened.
//!
//! A task is a pipeline and an image. Ids and arguments travel as a message, pixels in shared memory. A worker that
//! dies takes nothing with it: what it was running is tried once more on a fresh worker, what was waiting goes to
//! another.

pub mod coordinator;
pub mod linux;
pub mod memory;
pub mod messages;
mod public;
mod supervise;
pub mod transport;

pub use messages::Job;
pub use public::{Batch, Config, Handle, Notice, Pool, Prepared};
