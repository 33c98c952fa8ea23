//! The units of a file: one series at one resolution.

use super::file_error;
use rotifer_registry::{Error, ImageMeta};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A unit of a file: one series (an OME image, a position) at one resolution. Both count from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Part {
    pub series: usize,
    /// 0 is the full resolution.
    pub level: usize,
}

/// A file's share of one series.
#[derive(Clone, Debug, PartialEq)]
pub struct PartInfo {
    pub part: Part,
    /// The name that the metadata give.
    pub name: Option<String>,
    /// Of the full resolution.
    pub meta: ImageMeta,
    /// Pixels along z, y, x of every resolution, the full one first.
    pub levels: Vec<[usize; 3]>,
    /// All files that the series spans; they are one image, whichever of them is named.
    pub files: Vec<PathBuf>,
    /// Where the stage stood, in micrometres along z, y, x.
    pub position_um: Option<[f64; 3]>,
    /// Notes for users on how the file was read: directories left out, metadata that the file contradicts.
    pub notes: Vec<String>,
}

/// An error unless the block lies within the image and has pixels.
pub(super) fn check_region(
    path: &Path,
    meta: &ImageMeta,
    t: usize,
    c: usize,
    zyx: &[Range<usize>; 3],
) -> Result<(), Error> {
    let inside = zyx.iter().zip(meta.volume.shape).all(|(r, n)| r.start < r.end && r.end <= n);
    if inside && t < meta.axes.t && c < meta.axes.c {
        return Ok(());
    }
    Err(file_error(path, "the block lies outside the image")
        .value(format!("t {t}, c {c}, z, y, x {zyx:?}"))
        .allowed(format!("{} times, {} channels, z, y, x {:?}", meta.axes.t, meta.axes.c, meta.volume.shape)))
}

/// The error for a file of several series of which none is named.
pub(super) fn several(path: &Path, series: usize) -> Error {
    file_error(path, format!("holds {series} series")).help(format!(
        "name one of them, `{}#0` to `#{}`",
        path.display(),
        series - 1
    ))
}

/// The error for a part that is not there.
pub(super) fn no_such(path: &Path, part: &Part, series: usize, levels: usize) -> Error {
    let range = |n: usize| if n == 1 { "0".to_string() } else { format!("0 to {}", n - 1) };
    if part.series >= series {
        file_error(path, "has no such series").value(part.series).allowed(range(series))
    } else {
        file_error(path, "has no such resolution").value(part.level).allowed(range(levels))
    }
}

/// Splits `file.tif#1`, series 1, and `file.tif#1:2`, its level 2, unless a file has this very name.
///
/// `None`: the path names no part.
pub fn split(path: &Path) -> (PathBuf, Option<Part>) {
    let whole = || (path.to_path_buf(), None);
    if path.symlink_metadata().is_ok() {
        return whole();
    }
    let name = path.as_os_str().as_encoded_bytes();
    let Some(at) = name.iter().rposition(|b| *b == b'#') else { return whole() };
    let number = |text: &[u8]| -> Option<usize> {
        let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
        std::str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()
    };
    let mut numbers = name[at + 1..].splitn(2, |b| *b == b':');
    let series = numbers.next().and_then(number);
    let level = numbers.next().map_or(Some(0), number);
    match (series, level, before(path, at)) {
        (Some(series), Some(level), Some(file)) if file.exists() => (file, Some(Part { series, level })),
        _ => whole(),
    }
}

/// The path up to its byte `at`.
#[cfg(unix)]
fn before(path: &Path, at: usize) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(&path.as_os_str().as_bytes()[..at])))
}

#[cfg(not(unix))]
fn before(path: &Path, at: usize) -> Option<PathBuf> {
    path.to_str().map(|text| PathBuf::from(&text[..at]))
}
