//! Shared memory: slabs that a pool lends to a worker with a task, and uses again when the task is answered.
//!
//! A slab's bytes are copied in and out; nothing refers into it, so another process that writes at the wrong time can
//! spoil pixels and nothing else.

use crate::platform;
use memmap2::{MmapOptions, MmapRaw};
use rotifer_registry::wire::wrong;
use rotifer_registry::{Error, Unfilled};
use std::any::Any;
use std::fs::File;
use std::io;

/// A piece of shared memory. A transport knows its own kind of slab, and how to hand it over.
pub trait Slab: Any + Send + Sync {
    fn capacity(&self) -> u64;
    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()>;
    fn read(&self, at: u64, bytes: usize, into: &mut Unfilled) -> Result<(), Error>;
}

/// Where slabs come from.
pub trait Memory: Send + Sync {
    /// A new slab whose bytes are really there.
    fn slab(&self, bytes: u64) -> io::Result<Box<dyn Slab>>;
}

/// Bytes from which on a copy is shared among the threads.
const SHARED: usize = 2 << 20;

/// # Safety
/// As for `std::ptr::copy_nonoverlapping`.
unsafe fn copy(from: *const u8, to: *mut u8, bytes: usize) {
    if bytes < SHARED {
        // SAFETY: as the caller says.
        return unsafe { std::ptr::copy_nonoverlapping(from, to, bytes) };
    }
    let half = bytes / 2;
    // Addresses, since pointers stay on their thread.
    let (first, second) =
        ((from as usize, to as usize), (from.wrapping_add(half) as usize, to.wrapping_add(half) as usize));
    // SAFETY: the two halves lie within what the caller says, and do not overlap.
    let part = |(from, to): (usize, usize), bytes| unsafe { copy(from as *const u8, to as *mut u8, bytes) };
    rayon::join(|| part(first, half), || part(second, bytes - half));
}

/// A file that both sides have mapped and touch by copies only, with what it is handed over by.
pub(super) struct Mapped<T> {
    pub map: MmapRaw,
    pub handle: T,
}

/// Maps all of a file. Nobody makes it shorter as long as it is mapped: see where it comes from.
pub(super) fn map(file: &File) -> io::Result<MmapRaw> {
    let map = MmapOptions::new().map_raw(file)?;
    platform::prefault(&map);
    Ok(map)
}

impl<T> Mapped<T> {
    /// Where a piece begins, if all of it is in here.
    fn piece(&self, at: u64, bytes: usize) -> io::Result<*mut u8> {
        let end = usize::try_from(at).ok().and_then(|at| at.checked_add(bytes));
        match end {
            Some(end) if end <= self.map.len() => Ok(self.map.as_mut_ptr().wrapping_add(end - bytes)),
            _ => Err(io::Error::other("beyond the end of a piece of shared memory")),
        }
    }
}

impl<T: Any + Send + Sync> Slab for Mapped<T> {
    fn capacity(&self) -> u64 {
        self.map.len() as u64
    }
    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let to = self.piece(at, bytes.len())?;
        // SAFETY: the piece is inside the mapping, whose file keeps its length; `bytes` is not in it.
        unsafe { copy(bytes.as_ptr(), to, bytes.len()) };
        Ok(())
    }
    fn read(&self, at: u64, bytes: usize, into: &mut Unfilled) -> Result<(), Error> {
        let from = self.piece(at, bytes).map_err(|e| wrong(e.to_string()))?;
        // SAFETY: the piece is inside the mapping, whose file keeps its length; new pixels are not in it, and have as
        // many bytes, which are all written.
        unsafe { into.put_with(bytes, |to| copy(from, to, bytes)) }
    }
}
