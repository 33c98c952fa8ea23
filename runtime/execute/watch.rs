//! How far a run is, and whether it is to go on.

use rotifer_registry::{Code, Error};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// How far a run is, and whether it is to go on. Shared between who runs and who looks on.
#[derive(Debug, Default)]
pub struct Watch {
    cancelled: AtomicBool,
    done: AtomicU32,
    of: AtomicU32,
}

impl Watch {
    /// Ends the run before its next frame or tile, with [`Code::Cancelled`].
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Frames done and frames in all, counted once for every step.
    pub fn progress(&self) -> (u32, u32) {
        (self.done.load(Ordering::Relaxed), self.of.load(Ordering::Relaxed))
    }

    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// An error once the run is cancelled.
    pub(crate) fn go_on(&self) -> Result<(), Error> {
        if self.is_cancelled() {
            return Err(Error::new(Code::Cancelled, "the task was cancelled"));
        }
        Ok(())
    }

    pub(crate) fn add(&self, frames: usize) {
        self.done.fetch_add(frames as u32, Ordering::Relaxed);
    }

    /// A run of so many frames begins.
    pub(crate) fn begin(&self, frames: usize) {
        self.of.store(frames as u32, Ordering::Relaxed);
    }

    /// Goes back to so many frames done: what came after them is done anew.
    pub(crate) fn back_to(&self, done: u32) {
        self.done.store(done, Ordering::Relaxed);
    }
}
