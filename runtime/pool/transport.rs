//! The channel between a pool and one worker process. What differs between channels is behind these traits.

use super::memory::{Memory, Slab};
use rotifer_registry::Error;
use std::io;
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::time::Duration;

/// The first argument that makes a program a worker; the second names the transport.
pub const WORKER_ARGUMENT: &str = "--rotifer-worker";

/// The next message of a worker.
pub enum Next {
    Frame(Vec<u8>),
    /// [`Peer::wake`] was called.
    Woken,
    Timeout,
    /// Its bytes make no sense any more.
    Fault(Error),
    /// The process is gone and everything it sent has been read.
    Ended(ExitStatus),
}

/// The pool's end of a worker process.
pub trait Peer: Send + Sync {
    fn pid(&self) -> u32;
    /// Sends a frame, with a slab where the task has one. Never blocks; a worker that is gone is seen by `next`.
    fn send(&self, frame: Vec<u8>, slab: Option<&dyn Slab>);
    /// Waits for what comes next. Called by one thread.
    fn next(&self, timeout: Option<Duration>) -> Next;
    /// Makes `next` return.
    fn wake(&self);
    /// No more frames will be sent: the worker ends when it has read what there is.
    fn close(&self);
    fn kill(&self);
}

/// A slab as the worker gets it: one that cannot be used is its task's error.
pub type Lent = Option<io::Result<Arc<dyn Slab>>>;

/// The next message of the pool.
pub enum Incoming {
    Frame(Vec<u8>, Lent),
    Nothing,
    /// The pool has closed the channel, or is gone.
    End,
}

/// The worker's end. When the pool is gone its process ends within a second, whatever it is at.
pub trait Home: Send + Sync {
    /// The next frame and its slab. Where `wait` is false, `Nothing` if there is none yet.
    fn receive(&self, wait: bool) -> io::Result<Incoming>;
    fn send(&self, frame: &[u8]) -> io::Result<()>;
}

/// The transport that starts workers, and where shared memory comes from.
pub type Ends = (Arc<dyn Transport>, Arc<dyn Memory>);

/// Starts workers.
pub trait Transport: Send + Sync {
    /// Starts a worker; `command` has its program, arguments and output already.
    fn spawn(&self, command: Command) -> Result<Box<dyn Peer>, Error>;
}
