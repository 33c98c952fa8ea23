//! Shared memory: slabs that a pool lends to a worker with a task, and uses again when the task is answered.
//!
//! Slabs are files without a name on any disk, read and written at positions and never mapped: full memory is an
//! error of a write, not a signal, and another process that writes at the wrong time cannot break ours.

use std::fs::File;
use std::io;

/// A piece of shared memory.
pub trait Slab: Send + Sync {
    fn capacity(&self) -> u64;
    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()>;
    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<()>;
    /// What is handed to the other process.
    fn file(&self) -> &File;
}

/// Where slabs come from.
pub trait Memory: Send + Sync {
    /// A new slab whose bytes are really there.
    fn slab(&self, bytes: u64) -> io::Result<Box<dyn Slab>>;
}
