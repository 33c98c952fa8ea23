//! macOS, and other Unix systems that are not Linux: what they have their own way of.

pub use super::unix::{free_space, tie_children};
use memmap2::MmapRaw;
use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// Bytes of memory that are free now.
pub fn free_memory() -> Option<u64> {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    Some(System::new_with_specifics(memory).available_memory()).filter(|bytes| *bytes > 0)
}

/// Processes that this machine's kernel has ended for want of memory, since it started: not counted here.
pub fn out_of_memory_kills() -> Option<u64> {
    None
}

/// Where shared files may lie, the best first.
pub fn folders() -> Vec<PathBuf> {
    vec![std::env::temp_dir()]
}

/// The name of a local socket.
pub fn socket(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number}.socket"))
}

/// Makes a file so long, its bytes really there.
pub fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    match fallocate(file, FallocateFlags::empty(), 0, bytes) {
        Err(Errno::OPNOTSUPP | Errno::INVAL) => Err(io::ErrorKind::Unsupported.into()),
        // Apple's reserves and leaves the length as it is.
        other => file.set_len(bytes).and(Ok(other?)),
    }
}

/// Touches all pages of shared memory at once: here each by itself.
pub fn prefault(_: &MmapRaw) {}
