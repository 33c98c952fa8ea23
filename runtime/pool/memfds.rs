//! Shared memory of Linux: sealed memfds.

use super::memory::{Mapped, Memory, Slab, map};
use rustix::fs::{
    FallocateFlags, MemfdFlags, SealFlags, fallocate, fcntl_add_seals, fcntl_get_seals, memfd_create,
};
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::linux::fs::MetadataExt;
use std::sync::Arc;

/// Memory without a name or a path, that is really there.
pub struct Memfds;

pub type Memfd = Mapped<Pages>;

/// The pool's descriptor of a slab. Workers keep slabs mapped: when the pool drops one its pages go back all the same.
pub struct Pages(File);

impl AsFd for Pages {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        let bytes = self.0.metadata().map_or(0, |m| m.len());
        let _ = fallocate(&self.0, FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE, 0, bytes);
    }
}

impl Memory for Memfds {
    fn slab(&self, bytes: u64) -> io::Result<Box<dyn Slab>> {
        let file: File = memfd_create("rotifer", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?.into();
        file.set_len(bytes)?;
        fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        // Mapped first, for the large pages. Where there is not enough memory, `fallocate` says so and no signal.
        let slab = Mapped { map: map(&file)?, handle: Pages(file) };
        fallocate(&slab.handle.0, FallocateFlags::empty(), 0, bytes)?;
        Ok(Box::new(slab))
    }
}

/// Slabs that a worker keeps mapped: the pool lends it the same ones again, and to map 8 MiB takes as long as to copy them.
const MAPPED: usize = 8;

/// The slabs a worker has mapped, the latest last, by device and inode.
#[derive(Default)]
pub struct Slabs(VecDeque<((u64, u64), Arc<dyn Slab>)>);

impl Slabs {
    /// A slab that came with a task.
    pub fn received(&mut self, file: &File) -> io::Result<Arc<dyn Slab>> {
        let meta = file.metadata()?;
        let name = (meta.st_dev(), meta.st_ino());
        let known = self.0.iter().position(|(known, _)| *known == name).and_then(|i| self.0.remove(i));
        let slab = match known {
            Some((_, slab)) => slab,
            None if !fcntl_get_seals(file)?.contains(SealFlags::SHRINK) => {
                return Err(io::Error::other("shared memory could shrink under its reader"));
            }
            None => Arc::new(Mapped { map: map(file)?, handle: () }),
        };
        if self.0.len() == MAPPED {
            self.0.pop_front();
        }
        self.0.push_back((name, slab.clone()));
        Ok(slab)
    }
}
