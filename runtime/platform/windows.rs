//! Windows: what it has its own way of.

use memmap2::MmapRaw;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// Bytes of memory that are free now.
pub fn free_memory() -> Option<u64> {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    Some(System::new_with_specifics(memory).available_memory()).filter(|bytes| *bytes > 0)
}

/// Bytes that files in this folder may take yet: not asked for here.
pub fn free_space(_folder: &Path) -> Option<u64> {
    None
}

/// Processes that a worker starts outlive it here: that would take a job object.
pub fn tie_children() -> io::Result<()> {
    Ok(())
}

/// Processes that this machine's kernel has ended for want of memory, since it started: not counted here.
pub fn out_of_memory_kills() -> Option<u64> {
    None
}

/// Where shared files may lie, the best first.
pub fn folders() -> Vec<PathBuf> {
    vec![std::env::temp_dir()]
}

/// The name of a local socket: named pipes have a space of names of their own.
pub fn socket(folder: &Path, number: u64) -> PathBuf {
    let folder = folder.file_name().unwrap_or_default().to_string_lossy();
    format!(r"\\.\pipe\{folder}-{number}").into()
}

/// Makes a file so long, its bytes really there: here by writing them.
pub fn allocate(_: &File, _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Touches all pages of shared memory at once: here each by itself.
pub fn prefault(_: &MmapRaw) {}
