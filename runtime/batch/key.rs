//! By which a finished image is known again: whatever could change its results changes its key.

use super::settings::Settings;
use crate::execute::Options;
use crate::io::{Durability, Format, Group, WriteOptions, split};
use rotifer_registry::Pipeline;
use rotifer_registry::wire::{Stamped, Wire, fnv};
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

/// The keys of one run.
pub struct Keys(Vec<u8>);

impl Keys {
    /// Of a pipeline with the revisions and fingerprints of its functions, and of how it is run.
    pub fn new(pipeline: &Pipeline, settings: &Settings) -> Keys {
        let mut bytes = Vec::new();
        Stamped::new(pipeline.clone()).put(&mut bytes);
        // Parts of an image give the bits of the whole.
        let options = Options { memory: None, scratch: None, part: None, ..settings.options.clone() };
        options.put(&mut bytes);
        settings.spacing.iter().for_each(|um| bytes.extend(um.to_bits().to_le_bytes()));
        // How files reach the disk is no part of what stands in them.
        let write = settings.write.clone().durability(Durability::default());
        if (&write, settings.format) != (&WriteOptions::default(), Format::default()) {
            settings.format.put(&mut bytes);
            write.put(&mut bytes);
        }
        Keys(fnv(&bytes).to_le_bytes().to_vec())
    }

    /// Of an image: its files and those of the pipeline's other inputs, with their sizes and times of change, and how
    /// they are put together.
    pub fn of(&self, group: &Group, inputs: &[PathBuf]) -> u64 {
        let mut bytes = self.0.clone();
        bytes.extend(postcard::to_stdvec(group).unwrap_or_default());
        inputs.iter().for_each(|path| bytes.extend(path.as_os_str().as_encoded_bytes()));
        let inputs = inputs.iter().map(|path| split(path).0).collect::<Vec<_>>();
        for file in group.files().iter().chain(&inputs) {
            let meta = std::fs::metadata(file).ok();
            let changed = meta.as_ref().and_then(|m| m.modified().ok()?.duration_since(UNIX_EPOCH).ok());
            bytes.extend(meta.map_or(u64::MAX, |m| m.len()).to_le_bytes());
            bytes.extend(changed.map_or(0, |t| t.as_nanos()).to_le_bytes());
        }
        // 0 is the key of what is not finished.
        fnv(&bytes).max(1)
    }
}
