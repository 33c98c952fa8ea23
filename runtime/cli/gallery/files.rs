//! Files of the gallery: pages, and pictures of values.

use super::trial::{Shown, Trial};
use crate::io::{Durability, write_atomic_with};
use rotifer_registry::{Entry, Error};
use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;

/// The file of a function's page; a name of it alone, since ids of crates have a slash.
pub fn page_path(entry: &Entry) -> String {
    format!("ops/{}.html", entry.spec.id.replace('/', "."))
}

/// An example as a page shows it.
pub struct Views<'a> {
    pub trial: &'a Trial,
    pub inputs: Vec<View<'a>>,
    pub outputs: Vec<View<'a>>,
}

/// A value, and the file of its picture.
pub struct View<'a> {
    pub name: &'static str,
    pub shown: &'a Shown,
    pub file: Option<String>,
}

/// The files of a gallery as they are written.
pub struct Files<'a> {
    folder: &'a Path,
    /// Pictures that are written, so that a shared one is written once.
    known: HashMap<&'a [u8], String>,
    pub pictures: usize,
    pub bytes: usize,
}

impl<'a> Files<'a> {
    pub fn new(folder: &'a Path) -> Files<'a> {
        Files { folder, known: HashMap::new(), pictures: 0, bytes: 0 }
    }

    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.folder.join(name);
        self.bytes += bytes.len();
        write_atomic_with::<std::io::Error>(&path, Durability::Fast, |file| file.write_all(bytes))
    }

    /// The values of an example; their pictures are written.
    pub fn views(&mut self, entry: &Entry, trial: &'a Trial) -> Result<Views<'a>, Error> {
        let mut all = |values: &'a [(&'static str, Shown)], side: &str| {
            let view = |(name, shown): &'a (&'static str, Shown)| {
                let file = match shown {
                    Shown::Picture(picture) | Shown::Points(_, picture) => Some(self.picture(
                        &picture.png,
                        &format!("{}.{side}.{name}", entry.spec.id.replace('/', ".")),
                    )?),
                    Shown::Table(_) | Shown::Number(_) => None,
                };
                Ok(View { name, shown, file })
            };
            values.iter().map(view).collect::<Result<Vec<_>, Error>>()
        };
        Ok(Views { trial, inputs: all(&trial.inputs, "in")?, outputs: all(&trial.outputs, "out")? })
    }

    fn picture(&mut self, png: &'a [u8], name: &str) -> Result<String, Error> {
        if let Some(name) = self.known.get(png) {
            return Ok(name.clone());
        }
        let name = format!("pictures/{name}.png");
        self.write(&name, png)?;
        self.known.insert(png, name.clone());
        self.pictures += 1;
        Ok(name)
    }
}
