//! A reader sees the old file or the new one, never a part.

use super::file_error;
use rotifer_registry::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// How the names of unfinished files end.
const PART: &str = ".part";

/// Bytes of the target's name that an unfinished file's name begins with. Process, thread, random letters and
/// [`PART`] take 45 more at most, so that every target has an unfinished name of less than 255 bytes.
const NAME_BYTES: usize = 100;

/// Which interruption a written file outlives. Either way a reader sees the old file or the new one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The end of the process and of the machine: pixels and name are on the disk before the call returns. Costs two
    /// waits for the disk a file, 5 ms on a cloud disk, which writers on several threads share.
    #[default]
    Synced,
    /// The end of the process. After a power cut the file may be the old one, empty, or cut.
    Fast,
}

/// A new file under a name no one else has, beside its target, until [`AtomicFile::commit`] renames it. Dropped
/// before that, it is removed, and the old file stays.
pub(crate) struct AtomicFile {
    temporary: NamedTempFile,
    path: PathBuf,
    durability: Durability,
    /// Folders that hold a new name: the target's, and the parents of folders that were made.
    folders: Vec<PathBuf>,
}

impl AtomicFile {
    /// Missing folders are made.
    pub fn new(path: &Path, durability: Durability) -> io::Result<AtomicFile> {
        let parent = |path: &Path| match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        let mut folders = vec![parent(path)];
        while let Some(missing) = folders.last().filter(|folder| !folder.exists()) {
            folders.push(parent(missing));
        }
        fs::create_dir_all(&folders[0])?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let thread: String = format!("{:?}", std::thread::current().id()).matches(char::is_numeric).collect();
        let prefix = format!(".{}.{}.{thread}.", beginning(&name), std::process::id());
        let mut builder = Builder::new();
        builder.prefix(&prefix).suffix(PART);
        // The mode a plain create gives, less the umask; the default of temporary files is private.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let temporary = locked(&builder, &folders[0])?;
        Ok(AtomicFile { temporary, path: path.to_path_buf(), durability, folders })
    }

    pub fn file(&self) -> &File {
        self.temporary.as_file()
    }

    /// Gives the file its name.
    pub fn commit(self) -> io::Result<()> {
        let synced = self.durability == Durability::Synced;
        if synced {
            where_possible(self.file().sync_all())?;
        }
        self.temporary.persist(&self.path).map_err(|e| e.error)?;
        if synced {
            self.folders.iter().try_for_each(|folder| sync_folder(folder))?;
        }
        Ok(())
    }
}

/// The beginning of a name: whole characters, at most [`NAME_BYTES`].
fn beginning(name: &str) -> &str {
    let end = (0..=NAME_BYTES.min(name.len())).rev().find(|i| name.is_char_boundary(*i));
    &name[..end.unwrap_or(0)]
}

/// Some file systems, and folders that may not be read, cannot be synced: the file is written all the same.
fn where_possible(synced: io::Result<()>) -> io::Result<()> {
    use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    synced.or_else(|e| {
        if matches!(e.kind(), InvalidInput | Unsupported | PermissionDenied) { Ok(()) } else { Err(e) }
    })
}

/// A name is on the disk once its folder is.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    where_possible(File::open(folder).and_then(|folder| folder.sync_all()))
}

/// Windows has no handle of a folder to sync; its file systems keep a journal of names.
#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Writes a file beside its target, under a name no one else has, and renames it into place, on the disk before the
/// call returns. Missing folders are made. Where writing fails the old file stays and nothing is left behind.
pub fn write_atomic<E: std::fmt::Display + From<io::Error>>(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&File>) -> Result<(), E>,
) -> Result<(), Error> {
    write_atomic_with(path, Durability::default(), fill)
}

/// [`write_atomic`] with another [`Durability`].
pub fn write_atomic_with<E: std::fmt::Display + From<io::Error>>(
    path: &Path,
    durability: Durability,
    fill: impl FnOnce(&mut BufWriter<&File>) -> Result<(), E>,
) -> Result<(), Error> {
    let write = || -> Result<(), E> {
        let target = AtomicFile::new(path, durability)?;
        let mut out = BufWriter::with_capacity(1 << 18, target.file());
        fill(&mut out)?;
        out.flush()?;
        drop(out);
        Ok(target.commit()?)
    };
    write().map_err(|e| unwritable(path, e))
}

pub(crate) fn unwritable(path: &Path, why: impl std::fmt::Display) -> Error {
    file_error(path, format!("cannot be written: {why}"))
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
/// stay; whether there are any is the result.
pub fn sweep(folder: &Path) -> bool {
    let paths =
        |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut living = false;
    for path in paths(folder) {
        let inner = if path.is_dir() { paths(&path).collect() } else { vec![path] };
        inner.iter().for_each(|path| living |= sweep_file(path));
    }
    living
}

/// Removes a file if it is named as [`AtomicFile`] names unfinished ones, and its writer is gone. True if the writer lives.
fn sweep_file(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Some(name) = name.strip_prefix('.').and_then(|n| n.strip_suffix(PART)) else { return false };
    let number = |text: Option<&str>| text.is_some_and(|t| t.parse::<u64>().is_ok());
    let mut ends = name.rsplit('.').skip(1);
    if !(number(ends.next()) && number(ends.next())) {
        return false;
    }
    let Some(_lock) = abandoned(path) else { return true };
    let _ = fs::remove_file(path);
    false
}
