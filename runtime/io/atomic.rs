//! A reader sees the old file or the new one, never a part.

use super::file_error;
use rotifer_registry::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

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
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".part");
    // The mode a plain create gives, less the umask; the default of temporary files is private.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let temporary = builder.tempfile_in(folder)?;
    let mut out = BufWriter::with_capacity(1 << 18, temporary.as_file());
    fill(&mut out)?;
    out.flush()?;
    drop(out);
    temporary.persist(path).map_err(|e| e.error)?;
    Ok(())
}
