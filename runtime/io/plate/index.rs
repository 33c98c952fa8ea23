//! Index files of instruments: which there are, and what is common to reading them.

use super::{Row, harmony, imagexpress, incell, micromanager, ome, yokogawa};
use crate::io::inputs::Unit;
use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

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

fn lower(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// Whether a file is named as the index of an instrument.
pub fn is_index(path: &Path) -> bool {
    let name = lower(path);
    imagexpress::is_index(&name) || INSTRUMENTS.iter().any(|i| (i.is)(&name))
}

/// The images of a unit, to be found by the names that an index gives.
pub struct Files {
    by_name: HashMap<String, Vec<PathBuf>>,
}

impl Files {
    pub fn new(files: &[PathBuf]) -> Files {
        let mut by_name: HashMap<String, Vec<PathBuf>> = HashMap::new();
        for file in files {
            by_name.entry(lower(file)).or_default().push(file.clone());
        }
        Files { by_name }
    }

    /// The file that an index in `folder` names: the same folders, else the same name somewhere below. Instruments
    /// write `\` and other cases than the disk has.
    pub fn find(&self, folder: &Path, name: &str) -> Option<PathBuf> {
        let name = name.replace('\\', "/");
        let relative: PathBuf =
            Path::new(&name).components().filter(|c| matches!(c, Component::Normal(_))).collect();
        let all = self.by_name.get(&lower(&relative))?;
        let exact = folder.join(&relative);
        let beside = folder.join(relative.file_name()?);
        let below = || all.iter().filter(|file| file.starts_with(folder));
        let found =
            all.iter().find(|file| **file == exact).or_else(|| all.iter().find(|file| **file == beside));
        found.or_else(|| below().min_by_key(|file| file.components().count())).cloned()
    }
}

/// What the index files of a unit tell.
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

/// The text of an index file: UTF-8, UTF-16 with a mark, or else Latin-1.
pub fn text(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    Ok(match bytes.as_slice() {
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        _ => {
            let plain = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
            match std::str::from_utf8(plain) {
                Ok(text) => text.into(),
                Err(_) => plain.iter().map(|&b| char::from(b)).collect(),
            }
        }
    })
}

/// Parses XML; documents with a document type are refused, as they may expand without bound.
pub fn xml(text: &str) -> Result<roxmltree::Document<'_>, String> {
    roxmltree::Document::parse(text).map_err(|e| e.to_string())
}

pub type Node<'a> = roxmltree::Node<'a, 'a>;

/// An attribute by its name, whatever its namespace.
pub fn attribute<'a>(node: &Node<'a>, name: &str) -> Option<&'a str> {
    node.attributes().find(|a| a.name() == name).map(|a| a.value().trim()).filter(|v| !v.is_empty())
}

/// The elements of this name below a node, whatever their namespace.
pub fn below<'a>(node: Node<'a>, name: &'a str) -> impl Iterator<Item = Node<'a>> {
    node.descendants().filter(move |n| n.is_element() && n.tag_name().name() == name)
}

/// The text of a child.
pub fn child<'a>(node: Node<'a>, name: &str) -> Option<&'a str> {
    let found = node.children().find(|n| n.is_element() && n.tag_name().name() == name)?;
    found.text().map(str::trim).filter(|text| !text.is_empty())
}

/// A finite number.
pub fn number(text: Option<&str>) -> Option<f64> {
    text?.trim().parse::<f64>().ok().filter(|x| x.is_finite())
}

/// A whole number from 0.
pub fn int(text: Option<&str>) -> Option<u32> {
    text?.trim().parse().ok()
}

/// A length of a metre or so in µm, without the digits that a binary fraction adds.
pub fn micrometres(metres: Option<f64>) -> Option<f64> {
    metres.map(|m| (m * 1e12).round() / 1e6)
}

/// The name of a file, for the source of what it says.
pub fn source(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_string_lossy().into_owned())
}
