//! The images that a list of files, folders and patterns means.

use rotifer_registry::{Code, Error};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Extensions that are taken from a folder.
pub const EXTENSIONS: [&str; 5] = ["tif", "tiff", "png", "jpg", "jpeg"];

/// Turns files, folders and globs into files, each once, in the order given.
///
/// A folder gives the images in it, sorted by name, without those of its subfolders: results are often kept there.
/// A pattern such as `plate/*_d0.tif` gives its images, sorted. What gives nothing is an error that names it;
/// all such are gathered.
pub fn expand(inputs: &[String]) -> Result<Vec<PathBuf>, Vec<Error>> {
    let mut files = Vec::new();
    let mut errors = Vec::new();
    for input in inputs {
        match expand_one(input) {
            Ok(found) => files.extend(found),
            Err(error) => errors.push(error),
        }
    }
    if inputs.is_empty() {
        errors.push(Error::new(Code::File, "no input is given").help("give files, folders or patterns"));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut seen = HashSet::new();
    files.retain(|f| seen.insert(f.canonicalize().unwrap_or_else(|_| f.clone())));
    Ok(files)
}

fn expand_one(input: &str) -> Result<Vec<PathBuf>, Error> {
    let path = Path::new(input);
    let missing = |why: &str| Error::new(Code::File, format!("{input}: {why}"));
    if path.is_dir() {
        let entries = path.read_dir().map_err(|e| missing(&e.to_string()))?;
        let mut files: Vec<PathBuf> =
            entries.filter_map(|e| Some(e.ok()?.path())).filter(|p| is_image(p)).collect();
        files.sort();
        let names = EXTENSIONS.map(|e| format!(".{e}")).join(", ");
        return if files.is_empty() {
            Err(missing("no image in this folder").allowed(names))
        } else {
            Ok(files)
        };
    }
    // A file of this very name comes before a pattern: names may contain [ and ].
    if path.exists() || !input.contains(['*', '?', '[']) {
        return if path.exists() { Ok(vec![path.into()]) } else { Err(missing("no such file or folder")) };
    }
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
    let found = glob::glob_with(input, options).map_err(|e| missing(&format!("not a pattern: {}", e.msg)))?;
    let mut files: Vec<PathBuf> = found.filter_map(Result::ok).filter(|p| is_image(p)).collect();
    files.sort();
    if files.is_empty() { Err(missing("no image matches this pattern")) } else { Ok(files) }
}

fn is_image(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
    let known = path
        .extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(e)));
    known && !hidden && path.is_file()
}
