//! The work that a worker is given: an image or a group, and where the results go.

use super::paths;
use crate::io::{Format, Group, WriteOptions};
use rotifer_registry::Error;
use rotifer_registry::wire::{Reader, Wire, Writer, wrong};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Where workers write, and what they do with every image before they run it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    /// Folder of the results.
    pub out: PathBuf,
    /// Pixel sizes in um that take the place of a file's own: one, or y and x, or z, y and x; none: the file's.
    pub spacing: Vec<f64>,
    /// Number of the run in this folder.
    pub generation: u64,
    /// How images are written.
    pub write: WriteOptions,
    pub format: Format,
}

impl Wire for Target {
    fn put(&self, out: &mut Vec<u8>) {
        Writer::new(out)
            .put_with(1, |out| out.extend(paths::to_bytes(&self.out).unwrap_or_default()))
            .put(2, &self.spacing)
            .put(3, &self.generation)
            .put_unless_default(4, &self.format)
            .put_unless_default(5, &self.write);
    }

    fn get(bytes: &[u8]) -> Result<Target, Error> {
        let mut r = Reader::new("target", bytes)?;
        let out = r.bytes(1).ok_or_else(|| wrong("target.out is missing (record 1)"))?;
        let out = paths::from_bytes(out)?;
        let target = Target {
            out,
            spacing: r.required(2, "spacing")?,
            generation: r.required(3, "generation")?,
            format: r.or_default(4, "format")?,
            write: r.or_default(5, "write")?,
        };
        r.finish()?;
        Ok(target)
    }
}

/// An image of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// Its name in the results: that of its folder, and in tables.
    pub image: String,
    /// By which it is known again when a run is resumed.
    pub key: u64,
    pub group: Group,
    pub more: More,
}

/// Values that an image of a run takes beside its own pixels, and the work on it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct More {
    /// Files of the pipeline's inputs after the image.
    #[serde(with = "crate::io::plate::path")]
    pub inputs: Vec<PathBuf>,
    /// Steps over groups whose values are known, and the keys of these.
    pub made: Vec<(usize, u64)>,
    pub task: Task,
}

impl Wire for Unit {
    fn put(&self, out: &mut Vec<u8>) {
        Writer::new(out)
            .put(1, &self.image)
            .put(2, &self.key)
            .put_with(3, |out| out.extend(postcard::to_stdvec(&self.group).unwrap_or_default()))
            .put_with(4, |out| out.extend(postcard::to_stdvec(&self.more).unwrap_or_default()));
    }

    fn get(bytes: &[u8]) -> Result<Unit, Error> {
        let mut r = Reader::new("unit", bytes)?;
        let (image, key) = (r.required(1, "image")?, r.required(2, "key")?);
        let group = r.bytes(3).ok_or_else(|| wrong("unit.group is missing (record 3)"))?;
        let more = r.bytes(4);
        r.finish()?;
        let damaged = |_| wrong("the files of an image are damaged");
        let group = postcard::from_bytes(group).map_err(damaged)?;
        let more = more.map(postcard::from_bytes).transpose().map_err(damaged)?.unwrap_or_default();
        Ok(Unit { image, key, group, more })
    }
}

/// The work on an image, or on the images of a group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Task {
    /// Run the pipeline and write what is kept.
    #[default]
    Run,
    /// Keep what a step over its group sees of it.
    Gather { step: usize },
    /// Make a step over a group from what was kept of these images, by name and key.
    Reduce { step: usize, members: Vec<(String, u64)> },
}
