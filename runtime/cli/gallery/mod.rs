//! `rotifer doc --html DIR`: a page for every function, and an index that is searched.
//!
//! The pages work from `file://`: nothing is fetched, the data of the search are a script.

mod files;
mod page;
mod picture;
mod sample;
mod trial;

use super::names;
use files::{Files, Views, page_path};
use rayon::prelude::*;
use rotifer_registry::{Code, Entry, Error, entries};
use sample::Sample;
use serde_json::{Value as Json, json};
use std::path::Path;
use trial::Trial;

const STYLE: &str = include_str!("gallery.css");
const SCRIPT: &str = include_str!("gallery.js");

/// The data of the search, and how they begin.
const INDEX: &str = "index.js";
const INDEX_BEGINS: &str = "window.rotifer = ";
/// Folders of the gallery.
const PARTS: [&str; 2] = ["ops", "pictures"];

/// The files that were written.
pub struct Written {
    pub pages: usize,
    pub pictures: usize,
    pub bytes: usize,
    /// Functions whose examples gave no picture, and why.
    pub without_picture: Vec<Error>,
}

/// Writes the gallery of all functions of this program to a folder.
pub fn write(folder: &Path) -> Result<Written, Error> {
    let sample = Sample::new()?;
    let trials: Vec<Result<Trial, Error>> =
        entries().par_iter().map(|entry| trial::of(entry, &sample)).collect();
    clear(folder)?;
    let mut files = Files::new(folder);
    let mut index = Vec::new();
    let mut without_picture = Vec::new();
    for (i, (entry, trial)) in entries().iter().zip(&trials).enumerate() {
        let views = match trial {
            Ok(trial) => Some(files.views(entry, trial)?),
            Err(error) => {
                without_picture.push(error.clone().op(entry.spec.id));
                None
            }
        };
        let near = [i.checked_sub(1), Some(i + 1)].map(|i| entries().get(i?).copied());
        files.write(&page_path(entry), page::of(entry, views.as_ref(), near).as_bytes())?;
        index.push(indexed(entry, views.as_ref()));
    }
    files.write("index.html", page::index(&index).as_bytes())?;
    files.write(INDEX, format!("{INDEX_BEGINS}{};\n", Json::Array(index)).as_bytes())?;
    files.write("gallery.css", STYLE.as_bytes())?;
    files.write("gallery.js", SCRIPT.as_bytes())?;
    Ok(Written { pages: entries().len(), pictures: files.pictures, bytes: files.bytes, without_picture })
}

/// The words by which the search finds a function.
fn indexed(entry: &Entry, views: Option<&Views>) -> Json {
    let spec = entry.spec;
    let picture =
        views.and_then(|views| views.outputs.iter().chain(&views.inputs).find_map(|view| view.file.clone()));
    json!({
        "id": spec.id,
        "family": spec.family.name(),
        "summary": spec.summary(),
        "page": page_path(entry),
        "picture": picture,
        "names": names::of(spec.id),
    })
}

/// Removes the pages of an older gallery. A folder with anything else is refused.
fn clear(folder: &Path) -> Result<(), Error> {
    let failed = |what: &str, why: &dyn std::fmt::Display| {
        Error::new(Code::File, format!("{what}: {why}")).value(folder.display())
    };
    match std::fs::read_dir(folder).map(|mut there| there.next().is_none()) {
        Ok(true) => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed("the folder cannot be read", &error)),
        Ok(false) => {}
    }
    let index = std::fs::read_to_string(folder.join(INDEX)).unwrap_or_default();
    if !index.starts_with(INDEX_BEGINS) {
        return Err(failed(
            "the folder has other files",
            &"a gallery is written to a new folder or in place of an older one",
        ));
    }
    let gone = |name: &str| match std::fs::remove_dir_all(folder.join(name)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(failed("the older gallery stays", &error))
        }
        _ => Ok(()),
    };
    PARTS.iter().try_for_each(|part| gone(part))
}
