//! The files of an image, with their directories: one, or all of an OME set.

use super::directory::Tags;
use super::page::{Page, Palettes, Slot};
use super::source::Why;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files of a set that are held open.
const HELD: usize = 64;

/// One file.
pub struct Tiff {
    pub path: PathBuf,
    pub tags: Tags,
    pub slots: Vec<Slot>,
    /// Why the chain of its directories breaks off.
    pub broken: Option<String>,
}

impl Tiff {
    pub fn open(path: &Path, file: File) -> Why<Tiff> {
        let (tags, first) = Tags::open(path, file)?;
        let (directories, broken) = tags.chain(first)?;
        let mut palettes = Palettes::new();
        let mut slots: Vec<Slot> = Vec::with_capacity(directories.len());
        let mut imagej = false;
        for directory in &directories {
            slots.push(Slot::new(&tags, directory, &mut palettes, imagej));
            if slots.len() == 1 {
                let is_imagej = |e| tags.text(e, 16).is_ok_and(|text| text.starts_with("ImageJ="));
                imagej = slots[0].descriptions.iter().any(is_imagej);
                if imagej {
                    slots[0] = Slot::new(&tags, directory, &mut palettes, true);
                }
            }
        }
        let mut broken = broken;
        // A directory that is no page ends the chain, as some Zeiss files have it.
        if let Some(end) = slots.iter().skip(1).position(|s| s.size.is_none()) {
            slots.truncate(end + 1);
            broken.get_or_insert_with(|| format!("directory {} has no size", end + 2));
        }
        Ok(Tiff { path: path.into(), tags, slots, broken })
    }

    pub fn page(&self, directory: usize) -> Why<Arc<Page>> {
        let slot = self
            .slots
            .get(directory)
            .ok_or_else(|| format!("page {} is promised, {} are there", directory + 1, self.slots.len()))?;
        slot.page.clone().map_err(|why| format!("page {}: {why}", directory + 1))
    }

    /// The descriptions of a directory, whole: without them nobody knows what its pages are.
    pub fn descriptions(&self, directory: usize) -> Why<Vec<String>> {
        let slot = self.slots.get(directory);
        let whole = |e| self.tags.text(e, u64::MAX).map_err(|why| format!("its description: {why}"));
        slot.iter().flat_map(|s| &s.descriptions).map(whole).collect()
    }
}

/// One plane of a volume: a page, or so many bytes after a page's pixels where a stack stands behind one directory.
#[derive(Clone)]
pub struct Plane {
    /// Index of its file.
    pub file: usize,
    /// Its directory, from 1, for messages.
    pub number: usize,
    pub page: Arc<Page>,
    pub offset: u64,
}

/// The files that an image spans; the first is the one that was named.
pub struct Set {
    files: Vec<Tiff>,
    pub notes: Vec<String>,
}

impl Set {
    pub fn new(first: Tiff) -> Set {
        let mut set = Set { files: Vec::new(), notes: Vec::new() };
        set.add(first);
        set
    }

    fn add(&mut self, mut file: Tiff) -> usize {
        if self.files.len() >= HELD {
            file.tags.source.close();
        }
        if let Some(why) = &file.broken {
            let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let n = file.slots.len();
            self.note(format!("{name}: {n} pages are read; what follows is damaged: {why}"));
        }
        self.files.push(file);
        self.files.len() - 1
    }

    pub fn file(&self, i: usize) -> &Tiff {
        &self.files[i]
    }

    pub fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    pub fn plane(&self, file: usize, directory: usize, offset: u64) -> Why<Plane> {
        let page = self.files[file].page(directory)?;
        Ok(Plane { file, number: directory + 1, page, offset })
    }

    /// The file that OME-XML names, opened. One that was renamed is known by its UUID, or as the only one there is.
    pub fn named(&mut self, name: &str, uuid: &str, own: &str, lone: bool) -> Why<usize> {
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let here = self.files[0].path.clone();
        let called = |path: &Path| path.file_name().is_some_and(|n| n.to_string_lossy() == name);
        if name.is_empty() || called(&here) || (!own.is_empty() && uuid == own) {
            return Ok(0);
        }
        if let Some(known) = self.files.iter().position(|f| called(&f.path)) {
            return Ok(known);
        }
        let path = beside(&here, name).filter(|p| p.is_file());
        let Some(path) = path else {
            if lone {
                return Ok(0);
            }
            return Err(format!("spreads the image over several files; `{name}` is not here"));
        };
        let opened = File::open(&path).map_err(|e| e.to_string()).and_then(|file| Tiff::open(&path, file));
        Ok(self.add(opened.map_err(|why| format!("names `{name}`: {why}"))?))
    }

    pub fn files(&self) -> &[Tiff] {
        &self.files
    }
}

/// The file that a name in OME-XML means: names have no folders, whoever wrote them.
pub fn beside(path: &Path, name: &str) -> Option<std::path::PathBuf> {
    let name = name.rsplit(['/', '\\']).next().filter(|n| !n.is_empty() && *n != "..")?;
    Some(path.parent().unwrap_or(Path::new("")).join(name))
}
