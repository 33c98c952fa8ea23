//! The images that a list of files, folders and patterns means.

use super::plate;
use rotifer_registry::{Code, Error};
use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

/// Extensions that are taken from a folder. `.ome.tif` ends like any TIFF.
pub const EXTENSIONS: [&str; 10] = ["tif", "tiff", "tf8", "btf", "stk", "lsm", "svs", "png", "jpg", "jpeg"];
/// Extensions of images that are not read, so that a folder of them is no empty one.
const FOREIGN: [&str; 21] = [
    "bmp", "c01", "czi", "dib", "dv", "flex", "gif", "ics", "ims", "jp2", "lif", "mrc", "nd2", "ndpi", "nii",
    "oib", "oif", "scn", "vsi", "webp", "zvi",
];
/// The file that says that a folder holds results, whose images are not taken with the images beside it.
pub const RESULTS: &str = ".rotifer-results";

/// Writes [`RESULTS`] into a folder.
pub fn mark_results(folder: &Path) -> Result<(), Error> {
    super::write_atomic(&folder.join(RESULTS), |_| Ok::<(), std::io::Error>(()))
}

/// Images that belong together as far as their places go: those of one folder, or those given one by one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unit {
    /// The folder; `None` of files that are given by name or by pattern.
    pub folder: Option<PathBuf>,
    pub files: Vec<PathBuf>,
    /// Index files of instruments in the folder.
    pub indices: Vec<PathBuf>,
    /// Those that are known and not read.
    pub unread: Vec<PathBuf>,
}

/// The files that inputs mean, and those that were left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    pub units: Vec<Unit>,
    pub notes: Vec<String>,
}

/// The images of files, folders and globs: [`find`] without the index files.
pub fn expand(inputs: &[impl AsRef<OsStr>]) -> Result<Vec<PathBuf>, Vec<Error>> {
    let found = find(inputs)?;
    Ok(found.units.into_iter().flat_map(|unit| unit.files).collect())
}

/// Turns files, folders and globs into files, each once, in the order given, folders first.
///
/// A folder gives the images in it and in its folders, sorted by path. Left out, and said in the notes, are folders of
/// results, hidden files, thumbnails (`_thumb`) and calibration images (`SC_`, `DC_`); given by name they are taken.
/// The index file of an instrument means its folder. A pattern such as `plate/*_d0.tif` gives its images, sorted.
/// An input that gives nothing is an error that names it; all such are gathered. A link that leads nowhere is a file here, and an
/// error when it is read.
pub fn find(inputs: &[impl AsRef<OsStr>]) -> Result<Found, Vec<Error>> {
    let mut found = Found::default();
    let mut errors = Vec::new();
    let mut given = Unit::default();
    for input in inputs {
        match find_one(input.as_ref(), &mut found.notes) {
            Ok(unit) if unit.folder.is_some() => found.units.push(unit),
            Ok(unit) => given.files.extend(unit.files),
            Err(error) => errors.push(error),
        }
    }
    if inputs.is_empty() {
        errors.push(Error::new(Code::File, "no input is given").help("give files, folders or patterns"));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    found.units.push(given);
    let mut seen = HashSet::new();
    for unit in &mut found.units {
        unit.files.retain(|f| seen.insert(f.canonicalize().unwrap_or_else(|_| f.clone())));
    }
    found.units.retain(|unit| !unit.files.is_empty() || !unit.indices.is_empty());
    Ok(found)
}

fn find_one(input: &OsStr, notes: &mut Vec<String>) -> Result<Unit, Error> {
    let path = Path::new(input);
    if input.is_empty() {
        return Err(
            Error::new(Code::File, "the name of an input is empty").help("give a file, folder or pattern")
        );
    }
    let missing = |why: &str| Error::new(Code::File, format!("{}: {why}", path.display()));
    let index = plate::is_index(path) && path.is_file();
    if path.is_dir() || index {
        let folder = if index { path.parent().unwrap_or(path) } else { path };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let mut walk = Walk::default();
        walk.folder(folder, true)?;
        let mut unit = Unit {
            folder: Some(folder.into()),
            files: walk.keep(notes, folder),
            indices: std::mem::take(&mut walk.indices),
            unread: std::mem::take(&mut walk.unread),
        };
        unit.files.sort();
        unit.indices.sort();
        unit.unread.sort();
        if unit.files.is_empty() && unit.indices.is_empty() {
            let names = EXTENSIONS.map(|e| format!(".{e}")).join(", ");
            let Some(first) = walk.foreign.iter().min() else {
                return Err(missing("no image in this folder").allowed(names));
            };
            let name = first.file_name().unwrap_or_default().to_string_lossy();
            return Err(missing("no image in this folder that is read")
                .value(format!("{} of other formats, such as {name}", walk.foreign.len()))
                .allowed(names)
                .help("export them as TIFF or OME-TIFF from the program that wrote them"));
        }
        return Ok(unit);
    }
    // A file of this very name comes before a pattern: names may contain [ and ].
    let pattern = input.to_str().filter(|text| text.contains(['*', '?', '[']));
    let given = |files| Unit { files, ..Unit::default() };
    let Some(pattern) = pattern.filter(|_| path.symlink_metadata().is_err()) else {
        return match path.symlink_metadata() {
            Ok(_) => Ok(given(vec![path.into()])),
            // `file.tif#1` names a series of a file.
            Err(_) if super::split(path).1.is_some() => Ok(given(vec![path.into()])),
            Err(_) => Err(missing("no such file or folder")),
        };
    };
    let mut walk = Walk { files: glob(pattern).map_err(|why| missing(&why))?, ..Walk::default() };
    walk.files.retain(|file| is_image(file));
    let mut files = walk.keep(notes, path);
    files.sort();
    if files.is_empty() { Err(missing("no image matches this pattern")) } else { Ok(given(files)) }
}

/// Files in a folder and its folders.
#[derive(Default)]
struct Walk {
    files: Vec<PathBuf>,
    indices: Vec<PathBuf>,
    unread: Vec<PathBuf>,
    /// Images of formats that are not read.
    foreign: Vec<PathBuf>,
    hidden: Vec<PathBuf>,
    results: Vec<PathBuf>,
    /// Folders that were walked: links may lead back.
    seen: HashSet<PathBuf>,
}

impl Walk {
    fn folder(&mut self, folder: &Path, top: bool) -> Result<(), Error> {
        if !self.seen.insert(folder.canonicalize().unwrap_or_else(|_| folder.into())) {
            return Ok(());
        }
        let unread = |e: std::io::Error| Error::new(Code::File, folder.display().to_string()).because(&e);
        if !top && folder.join(RESULTS).symlink_metadata().is_ok() {
            self.results.push(folder.into());
            return Ok(());
        }
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in folder.read_dir().map_err(unread)? {
            paths.push(entry.map_err(unread)?.path());
        }
        paths.sort();
        for path in paths {
            if path.is_dir() {
                if !is_hidden(&path) {
                    self.folder(&path, false)?;
                }
            } else if is_image(&path) {
                if is_hidden(&path) { self.hidden.push(path) } else { self.files.push(path) }
            } else if is_hidden(&path) {
                continue;
            } else if plate::is_index(&path) {
                self.indices.push(path);
            } else if plate::is_unread(&path) {
                self.unread.push(path);
            } else if has_extension(&path, &FOREIGN) {
                self.foreign.push(path);
            }
        }
        Ok(())
    }

    /// The images that are taken; what is left out is said, unless it is all there is.
    fn keep(&mut self, notes: &mut Vec<String>, from: &Path) -> Vec<PathBuf> {
        let mut left = |what: &str, files: &[PathBuf]| {
            if let Some(first) = files.first() {
                let name = first.file_name().unwrap_or_default().to_string_lossy();
                notes.push(format!("{}: left out {what}: {}, such as {name}", from.display(), files.len()));
            }
        };
        left("folders of results", &self.results);
        left("hidden files", &self.hidden);
        if !self.files.is_empty() {
            left("images of formats that are not read", &self.foreign);
        }
        let mut files = std::mem::take(&mut self.files);
        for (what, is) in
            [("thumbnails", is_thumbnail as fn(&str) -> bool), ("calibration images", is_calibration)]
        {
            let of = |path: &PathBuf| is(&path.file_name().unwrap_or_default().to_string_lossy());
            let (out, kept): (Vec<PathBuf>, Vec<PathBuf>) = files.into_iter().partition(of);
            files = if kept.is_empty() {
                out
            } else {
                left(what, &out);
                kept
            };
        }
        files
    }
}

/// ImageXpress writes them beside the images.
fn is_thumbnail(name: &str) -> bool {
    name.to_lowercase().contains("_thumb")
}

/// CellVoyager writes shading (`SC_`) and dark (`DC_`) images beside the images.
fn is_calibration(name: &str) -> bool {
    name.starts_with("SC_") || name.starts_with("DC_")
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|n| n.as_encoded_bytes().starts_with(b"."))
}

/// By its extension, and whatever it is but a folder: what is no file fails by name when it is read.
fn is_image(path: &Path) -> bool {
    has_extension(path, &EXTENSIONS) && !path.is_dir()
}

fn has_extension(path: &Path, any: &[&str]) -> bool {
    let own = path.extension().and_then(|e| e.to_str());
    own.is_some_and(|e| any.iter().any(|known| known.eq_ignore_ascii_case(e)))
}

/// The paths that a pattern means: `*`, `?` and `[...]` within a name, `**` for any folders. Hidden names need a
/// pattern that begins with a dot. Names that are no UTF-8 take part, with `?` for what cannot be read.
fn glob(pattern: &str) -> Result<Vec<PathBuf>, String> {
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
    let mut paths = vec![PathBuf::new()];
    for component in Path::new(pattern).components() {
        let text = component.as_os_str().to_string_lossy();
        let plain = !matches!(component, Component::Normal(_)) || !text.contains(['*', '?', '[']);
        let mut next = Vec::new();
        if plain {
            next.extend(
                paths.iter().map(|path| path.join(component)).filter(|p| p.symlink_metadata().is_ok()),
            );
        } else if text == "**" {
            let mut seen = HashSet::new();
            paths.iter().for_each(|path| below(path, &mut seen, &mut next));
        } else {
            let matcher = glob::Pattern::new(&text).map_err(|e| format!("not a pattern: {}", e.msg))?;
            for path in &paths {
                for child in children(path) {
                    let name = child.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    if matcher.matches_with(&name, options) {
                        next.push(child);
                    }
                }
            }
        }
        paths = next;
    }
    Ok(paths)
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let open = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let names = open.read_dir().into_iter().flatten().flatten().map(|entry| entry.file_name());
    let mut names: Vec<OsString> = names.collect();
    names.sort();
    names.into_iter().map(|name| folder.join(name)).collect()
}

/// A folder and all below it.
fn below(folder: &Path, seen: &mut HashSet<PathBuf>, to: &mut Vec<PathBuf>) {
    let open = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if !open.is_dir() || !seen.insert(open.canonicalize().unwrap_or_else(|_| open.into())) {
        return;
    }
    to.push(folder.into());
    for child in children(folder) {
        if !is_hidden(&child) {
            below(&child, seen, to);
        }
    }
}
