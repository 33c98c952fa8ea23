//! Parts that readers of index files share: texts, XML, numbers, and the files that an index names.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

/// The name of a file in lower case.
pub fn lower(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().to_lowercase()
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
