//! Index files of instruments: which there are, and the reader of each.

use super::index_file::{Files, lower};
use super::{Row, harmony, imagexpress, incell, micromanager, ome, yokogawa};
use crate::io::inputs::Unit;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// An instrument whose index names every file.
struct Instrument {
    /// Whether a file name, in lower case, is that of an index.
    is: fn(&str) -> bool,
    read: fn(&Path, &Files) -> Result<Vec<Row>, String>,
}

const INSTRUMENTS: [Instrument; 5] = [
    Instrument { is: |name| name.ends_with(".mlf"), read: yokogawa::read },
    Instrument { is: |name| name == "index.xml" || name == "index.idx.xml", read: harmony::read },
    Instrument { is: |name| name.ends_with(".xdce"), read: incell::read },
    Instrument { is: |name| name == "metadata.ome.xml", read: ome::read },
    Instrument {
        is: |name| name == "metadata.txt" || name.ends_with("_metadata.txt"),
        read: micromanager::read,
    },
];

/// Whether a file is named as the index of an instrument.
pub fn is_index(path: &Path) -> bool {
    let name = lower(path);
    imagexpress::is_index(&name) || INSTRUMENTS.iter().any(|i| (i.is)(&name))
}

/// Facts that the index files of a unit tell.
#[derive(Default)]
pub struct Indexed {
    pub rows: Vec<Row>,
    /// The folders whose files an index names, and the index.
    pub folders: Vec<(PathBuf, PathBuf)>,
    /// Index files that name no files.
    pub htd: Vec<PathBuf>,
    pub notes: Vec<String>,
}

/// Reads the index files of a folder. Of files that are given one by one, those beside them and one folder above are
/// read; their other files are no part of the images then.
pub fn read(unit: &Unit) -> Indexed {
    let files = Files::new(&unit.files);
    let mut indexed = Indexed::default();
    let mut indices = unit.indices.clone();
    if unit.folder.is_none() {
        indices = beside(&unit.files, is_index);
    }
    let named = |path: &Path| INSTRUMENTS.iter().find(|i| (i.is)(&lower(path)));
    indexed.htd = indices.iter().filter(|path| imagexpress::is_index(&lower(path))).cloned().collect();
    // Of Index.xml and Index.idx.xml in one folder the second is the measurement itself.
    let twice =
        |path: &Path| lower(path) == "index.xml" && indices.contains(&path.with_file_name("Index.idx.xml"));
    for path in indices.iter().filter(|path| !twice(path)) {
        let Some(instrument) = named(path) else { continue };
        let folder = path.parent().unwrap_or(Path::new(""));
        match (instrument.read)(path, &files) {
            // A file of this name that is no index, or one that leaves its planes to the images.
            Ok(rows) if rows.is_empty() => {}
            Ok(rows) => {
                indexed.folders.push((folder.into(), path.clone()));
                indexed.rows.extend(rows);
            }
            Err(why) => {
                indexed.notes.push(format!("{}: not read, {why}; file names are taken", path.display()));
            }
        }
    }
    if unit.folder.is_none() {
        let given: HashSet<&PathBuf> = unit.files.iter().collect();
        indexed.rows.retain(|row| row.path.as_ref().is_some_and(|path| given.contains(path)));
    }
    indexed
}

/// The files of a kind in the folders of files, and in those above.
pub fn beside(files: &[PathBuf], is: fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for file in files {
        for folder in file.ancestors().skip(1).take(2) {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            if !folders.iter().any(|f| f == folder) {
                folders.push(folder.into());
            }
        }
    }
    let mut indices: Vec<PathBuf> = Vec::new();
    for folder in folders {
        let entries = folder.read_dir().into_iter().flatten().flatten().map(|entry| entry.file_name());
        let plain = |name| if folder == Path::new(".") { PathBuf::from(name) } else { folder.join(name) };
        indices.extend(entries.map(plain).filter(|path| is(path) && path.is_file()));
    }
    indices.sort();
    indices
}
