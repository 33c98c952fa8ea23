//! The files of one field of view as one image.

mod cells;
mod read;
mod rows;

use super::{Site, path};
use crate::io::Part;
use rotifer_registry::{Code, Error};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

pub use cells::absent;
pub use rows::{Grouped, Missing, groups, number_channels};

/// The files of one field of view: one image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub site: Site,
    /// Names of the channels, in order; none where nothing tells a channel.
    pub channels: Vec<String>,
    /// Notes on this image.
    pub notes: Vec<String>,
    /// Position of the stage along x, y and z in µm, y downwards as in the image.
    pub stage: [Option<f64>; 3],
    /// Pixel size along x, y and z in µm, as the index or table says; that of the files comes before it.
    pub pixel: [Option<f64>; 3],
    /// Its values in the columns of the site table that have no meaning of their own. They stay with who reads the table.
    #[serde(skip)]
    pub more: Vec<(String, String)>,
    stem: String,
    #[serde(with = "path")]
    files: Vec<PathBuf>,
    /// In t, channel, z order, z fastest; `None` is a plane of zeros.
    planes: Vec<Option<Plane>>,
    t: Option<usize>,
    z: Option<usize>,
    failure: Option<Box<Failure>>,
}

/// The part of an image that a file gives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Plane {
    /// Index in the files.
    file: usize,
    series: Option<u32>,
    page: Option<u32>,
}

impl Plane {
    /// The series, where one is named.
    fn part(&self) -> Option<Part> {
        self.series.map(|series| Part { series: series as usize, level: 0 })
    }
}

/// Why a site is no image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Failure {
    code: Code,
    message: String,
    help: Option<String>,
}

impl Group {
    /// No image: a pipeline that makes its images itself runs on it. `name` is that of its results.
    pub fn none(name: &str) -> Group {
        Group {
            site: Site::default(),
            channels: Vec::new(),
            notes: Vec::new(),
            stage: [None; 3],
            pixel: [None; 3],
            more: Vec::new(),
            stem: name.into(),
            files: Vec::new(),
            planes: Vec::new(),
            t: None,
            z: None,
            failure: None,
        }
    }

    /// Whether it is [`Group::none`].
    pub fn is_none(&self) -> bool {
        self.files.is_empty() && self.planes.is_empty() && self.failure.is_none()
    }

    /// The files, in the order in which the image takes them, each once.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Why this site is no image; reading it gives the same.
    pub fn error(&self) -> Option<Error> {
        let failure = self.failure.as_ref()?;
        let error = Error::new(failure.code, failure.message.clone());
        Some(match &failure.help {
            Some(help) => error.help(help),
            None => error,
        })
    }

    /// Whether the image is one whole file and nothing else is known of it.
    pub fn is_file(&self) -> bool {
        let whole = matches!(self.planes.as_slice(), [Some(Plane { series: None, page: None, .. })]);
        // The name of a file travels to a worker as text.
        let text = self.files.iter().all(|file| file.to_str().is_some());
        whole && text && self.channels.is_empty() && self.pixel == [None; 3] && self.failure.is_none()
    }

    /// A name for outputs: the file's own, or, of several, what their names have in common at the beginning.
    pub fn stem(&self) -> String {
        self.stem.clone()
    }
}
