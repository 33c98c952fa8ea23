//! A reader sees the old file or the new one, never a part.

use super::file_error;
use rotifer_registry::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use tempfile::{Builder, NamedTempFile};

/// How the names of unfinished files end.
const PART: &str = ".part";

/// Writes a file beside its target, under a name no one else has, and renames it into place. Missing folders are
/// made. Where writing fails the old file stays and nothing is left behind.
pub fn write_atomic<E: std::fmt::Display + From<io::Error>>(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&File>) -> Result<(), E>,
) -> Result<(), Error> {
    write_unnamed(path, fill).map_err(|e| file_error(path, format!("cannot be written: {e}")))
}

fn write_unnamed<E: From<io::Error>>(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&File>) -> Result<(), E>,
) -> Result<(), E> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let thread: String = format!("{:?}", std::thread::current().id()).matches(char::is_numeric).collect();
    let prefix = format!(".{name}.{}.{thread}.", std::process::id());
    let mut builder = Builder::new();
    builder.prefix(&prefix).suffix(PART);
    // The mode a plain create gives, less the umask; the default of temporary files is private.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let temporary = locked(&builder, folder)?;
    let mut out = BufWriter::with_capacity(1 << 18, temporary.as_file());
    fill(&mut out)?;
    out.flush()?;
    drop(out);
    temporary.persist(path).map_err(|e| e.error)?;
    Ok(())
}

/// A new temporary file that is locked as long as it is open, which says that its writer lives.
pub(crate) fn locked(builder: &Builder, folder: &Path) -> io::Result<NamedTempFile> {
    loop {
        let file = builder.tempfile_in(folder)?;
        // Where files cannot be locked nobody finds one abandoned.
        let _ = file.as_file().lock();
        // Before it was locked it looked abandoned.
        if file.path().exists() {
            return Ok(file);
        }
    }
}

/// The file, locked, if whoever held the lock is gone.
pub(crate) fn abandoned(path: &Path) -> Option<File> {
    if !path.symlink_metadata().is_ok_and(|m| m.is_file()) {
        return None;
    }
    let file = File::options().write(true).open(path).ok()?;
    file.try_lock().ok().map(|()| file)
}

/// Removes what writers that were killed left in a folder and in those directly in it. The files of living writers
/// stay.
pub fn sweep(folder: &Path) {
    let paths =
        |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    for path in paths(folder) {
        if path.is_dir() { paths(&path).for_each(|path| sweep_file(&path)) } else { sweep_file(&path) }
    }
}

/// Removes a file if it is named as [`write_atomic`] names unfinished ones, and its writer is gone.
fn sweep_file(path: &Path) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Some(name) = name.strip_prefix('.').and_then(|n| n.strip_suffix(PART)) else { return };
    let number = |text: Option<&str>| text.is_some_and(|t| t.parse::<u64>().is_ok());
    let mut ends = name.rsplit('.').skip(1);
    if number(ends.next())
        && number(ends.next())
        && let Some(_lock) = abandoned(path)
    {
        let _ = fs::remove_file(path);
    }
}
