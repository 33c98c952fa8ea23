//! Facts and calls that Linux has its own way of.

pub use super::unix::{free_space, tie_children};
use memmap2::{Advice, MmapRaw};
use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Processes that this machine's kernel has ended for want of memory, since it started.
pub fn out_of_memory_kills() -> Option<u64> {
    let counters = std::fs::read_to_string("/proc/vmstat").ok()?;
    counters.lines().find_map(|l| l.strip_prefix("oom_kill ")).and_then(|n| n.trim().parse().ok())
}

/// Bytes of memory that are free now.
pub fn free_memory() -> Option<u64> {
    let info = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = info.lines().find_map(|l| l.strip_prefix("MemAvailable:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? << 10)
}

/// Where shared files may lie, the best first.
pub fn folders() -> Vec<PathBuf> {
    vec!["/dev/shm".into(), std::env::temp_dir()]
}

/// The name of a local socket.
pub fn socket(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number}.socket"))
}

/// Makes a file so long, its bytes really there.
pub fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    match fallocate(file, FallocateFlags::empty(), 0, bytes) {
        Err(Errno::OPNOTSUPP) => Err(io::ErrorKind::Unsupported.into()),
        other => Ok(other?),
    }
}

/// Touches all pages of shared memory at once, in large ones where they are to be had: first touch is what costs.
pub fn prefault(map: &MmapRaw) {
    let _ = map.advise(Advice::HugePage);
    let _ = map.advise(Advice::PopulateWrite);
}
