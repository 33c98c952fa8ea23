//! Paths as bytes: names of files need not be UTF-8.

use rotifer_registry::Error;
#[cfg(not(unix))]
use rotifer_registry::wire::wrong;
use serde::Serializer;
use std::path::{Path, PathBuf};

/// The bytes of a path: on Unix those that the system has, elsewhere UTF-8.
pub fn to_bytes(path: &Path) -> Result<Vec<u8>, Error> {
    #[cfg(unix)]
    return Ok(std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec());
    #[cfg(not(unix))]
    match path.to_str() {
        Some(text) => Ok(text.as_bytes().to_vec()),
        None => Err(wrong("the name of a file that a worker reads is Unicode").value(path.display())),
    }
}

/// The path of [`to_bytes`].
pub fn from_bytes(bytes: &[u8]) -> Result<PathBuf, Error> {
    #[cfg(unix)]
    return Ok(PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes)));
    #[cfg(not(unix))]
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(PathBuf::from(text)),
        Err(_) => Err(wrong("the name of a file is not UTF-8")),
    }
}

/// For `#[serde(serialize_with = "...")]` where people read it: what is no Unicode in a name is replaced.
pub fn as_text<S: Serializer>(paths: &[PathBuf], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(paths.iter().map(|path| path.to_string_lossy()))
}

/// [`as_text`] of one path.
pub fn one_as_text<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&path.to_string_lossy())
}
