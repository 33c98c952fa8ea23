//! Pixels of a file that are read when they are needed.

use super::{Part, read_region};
use crate::store::Source;
use rotifer_registry::{Error, Volume, VolumeMeta};
use std::ops::Range;
use std::path::PathBuf;

/// One time point and channel of a file; its pixels are read when they are needed.
pub struct InFile {
    pub path: PathBuf,
    pub part: Part,
    pub t: usize,
    pub c: usize,
    /// The plane that is the image, of a file that has several.
    pub plane: Option<usize>,
    pub meta: VolumeMeta,
}

impl Source for InFile {
    fn meta(&self) -> &VolumeMeta {
        &self.meta
    }

    fn read(&self, zyx: [Range<usize>; 3]) -> Result<Volume, Error> {
        let [z, y, x] = zyx;
        let z = self.plane.map_or(z, |plane| plane..plane + 1);
        let volume = read_region(&self.path, &self.part, self.t, self.c, [z, y, x])?;
        let volume = if self.plane.is_some() { volume.plane(0) } else { volume };
        Ok(volume.with_spacing(self.meta.spacing))
    }
}
