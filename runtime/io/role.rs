//! Values of registered roles as files. The extension chooses the role.

use super::{Format, file_error, write_atomic};
use rotifer_registry::op::DatumKind;
use rotifer_registry::role::{self, RoleSpec};
use rotifer_registry::{Code, Error, Frames, RoleValue};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The role that a file is of, by its extension.
pub fn role_of(path: &Path) -> Option<&'static RoleSpec> {
    role::of_extension(path.extension()?.to_str()?)
}

/// Extension of the files of an output of this kind; images are of this format.
pub fn extension(kind: DatumKind, images: Format) -> Result<&'static str, Error> {
    match kind {
        DatumKind::Table | DatumKind::Number => Ok("csv"),
        DatumKind::Role(id) => role::get(id).map(|role| role.extension),
        _ => Ok(images.extension()),
    }
}

/// Reads a value of a role.
pub fn read_role(path: &Path) -> Result<RoleValue, Error> {
    let role = role_of(path).ok_or_else(|| {
        let known: Vec<_> =
            role::try_roles().into_iter().flatten().map(|r| format!(".{}", r.extension)).collect();
        file_error(path, "is of no kind of data that this program knows").allowed(known.join(", "))
    })?;
    let content = std::fs::read(path).map_err(|e| file_error(path, "cannot be read").because(&e))?;
    role.read(&content).map_err(|mut e| {
        e.message = format!("{}: no {}: {}", path.display(), role.id, e.message);
        e
    })
}

/// Writes values of a role, one for each time point and channel: `tracks.x` where there is one, else `tracks_t0_c1.x`.
/// Gives the files.
pub fn write_roles(path: &Path, frames: &Frames) -> Result<Vec<PathBuf>, Error> {
    let values =
        frames.roles().ok_or_else(|| Error::new(Code::Internal, "values of several kinds in one output"))?;
    let stem = path.file_stem().unwrap_or_default();
    let mut written = Vec::new();
    for (frame, value) in values {
        let own = role::get(value.id())?.extension;
        let given = path.extension().and_then(|e| e.to_str());
        if !given.is_some_and(|given| given.eq_ignore_ascii_case(own)) {
            return Err(file_error(path, format!("{} is written as .{own}", value.id())));
        }
        let mut name = stem.to_os_string();
        name.push(format!("{frame}.{own}"));
        let path = path.with_file_name(name);
        write_atomic(&path, |file| file.write_all(&value.write()))?;
        written.push(path);
    }
    Ok(written)
}
