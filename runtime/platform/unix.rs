//! Calls that Linux and the other Unix systems share.

use rustix::fs::{Mode, OFlags, open, statvfs};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{ioctl_tiocsctty, setsid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::io;
use std::path::Path;

/// Bytes that files in this folder may take yet.
pub fn free_space(folder: &Path) -> Option<u64> {
    let system = statvfs(folder).ok()?;
    Some(system.f_bavail.saturating_mul(system.f_frsize))
}

/// From now on what this process starts ends with it, however it ends. It leads a session with a terminal of its own; at
/// the end of such a leader the kernel sends SIGHUP to all in its process group.
pub fn tie_children() -> io::Result<()> {
    // An ignored signal is inherited by children.
    // SAFETY: the default is no code of ours that would run in a signal.
    unsafe { libc::signal(libc::SIGHUP, libc::SIG_DFL) };
    setsid()?;
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    fcntl_setfd(&terminal, FdFlags::CLOEXEC)?;
    grantpt(&terminal)?;
    unlockpt(&terminal)?;
    let name = ptsname(&terminal, Vec::new())?;
    let end = open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
    ioctl_tiocsctty(&end)?;
    // It is there while both are open.
    std::mem::forget((terminal, end));
    Ok(())
}
