//! Shared memory: slabs that a pool lends to a worker with a task, and uses again when the task is answered.
//!
//! A slab is a file, so that it can be handed over. Its bytes are copied in and out; nothing refers into it, so another
//! process that writes at the wrong time can spoil pixels and nothing else.

use rotifer_registry::{Error, Unfilled};
use std::fs::File;
use std::io;

/// A piece of shared memory.
pub trait Slab: Send + Sync {
    fn capacity(&self) -> u64;
    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()>;
    fn read(&self, at: u64, bytes: usize, into: &mut Unfilled) -> Result<(), Error>;
    /// What is handed to the other process.
    fn file(&self) -> &File;
}

/// Where slabs come from.
pub trait Memory: Send + Sync {
    /// A new slab whose bytes are really there.
    fn slab(&self, bytes: u64) -> io::Result<Box<dyn Slab>>;
}
