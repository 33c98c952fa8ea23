//! Results that are there already: refused, removed, or taken over.

use super::Run;
use crate::batch::events::Event;
use crate::batch::journal::{Head, Journal, Log};
use crate::batch::{names, save};
use crate::io::Format;
use rotifer_registry::pipeline::Checked;
use rotifer_registry::{Code, Error};
use std::path::{Path, PathBuf};

/// An error where results would meet those of another run.
pub fn refuse(checked: &Checked, out: &Path, names: &[String], format: Format) -> Result<(), Error> {
    let refused = |what: String| {
        Err(Error::new(Code::Unavailable, format!("{}: {what}", out.display()))
            .argument("out")
            .help("--resume finishes what is not done, --overwrite begins anew; or give another folder"))
    };
    if Journal::exists(out) {
        return refused("has the results of an earlier run".into());
    }
    if std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_none()) {
        return Ok(());
    }
    let tables = names::tables(checked).into_iter().map(|(_, file)| file);
    let tables = tables.chain([names::IMAGES, names::WELLS].map(|name| format!("{name}.csv")));
    let files: Vec<String> =
        names::files(checked).into_iter().map(|(_, file)| format!("{file}.{}", format.extension())).collect();
    let of_images = names.iter().filter(|name| out.join(name).exists());
    let of_images = of_images.flat_map(|name| files.iter().map(move |file| format!("{name}/{file}")));
    match tables.chain(of_images).find(|file| out.join(file).symlink_metadata().is_ok()) {
        Some(file) => refused(format!("{file} is there already")),
        None => Ok(()),
    }
}

/// Removes the tables of an earlier run but for those that are kept.
pub fn remove_tables(out: &Path, tables: &[String], kept: &[PathBuf]) {
    for path in tables.iter().map(|table| out.join(table)).filter(|path| !kept.contains(path)) {
        let _ = std::fs::remove_file(path);
    }
}

impl Run<'_> {
    /// Takes over what an earlier run has finished. An image that is begun anew loses what it had first, and before that
    /// its record.
    pub fn resume(&mut self) -> Result<(), Error> {
        // Where there is no room the logs stay as they are.
        let _ = self.images.journal.compact();
        let mut found = self.images.journal.load();
        let mut log: Option<Log> = None;
        let inputs = self.images.inputs.clone();
        for (i, name) in inputs.names.iter().enumerate() {
            let Some(found) = found.remove(name) else { continue };
            let head = self.images.journal.head(found.at)?;
            let out = &self.target.out;
            let there = |(file, bytes): &(String, u64)| {
                std::fs::metadata(out.join(file)).is_ok_and(|m| m.is_file() && m.len() == *bytes)
            };
            if found.key != 0 && found.key == inputs.key(i) && head.outputs.iter().all(there) {
                self.images.at[i] = Some(found.at);
                self.counts.resumed += 1;
                self.count(&head.steps, [&head.read_notes, &head.notes], head.objects, head.seconds);
                continue;
            }
            if log.is_none() {
                log = Some(Log::create(out)?);
            }
            if let Some(log) = &mut log {
                let image = name.clone();
                let generation = self.target.generation;
                log.append(&mut Head { image, generation, ..Head::default() }, &[])?;
            }
            save::remove(out, name, &head.outputs);
        }
        let left = found.values().filter(|f| f.key != 0).count();
        if left > 0 {
            self.notes.add(&format!(
                "{left} images of an earlier run are not among these: what they gave stays, and is in no table"
            ));
        }
        Ok(())
    }

    /// Takes images that were cancelled when their workers had finished them already.
    pub fn take_late(&mut self) {
        let mut found = self.images.journal.load();
        let inputs = self.images.inputs.clone();
        for (i, name) in inputs.names.iter().enumerate() {
            let open = self.images.at[i].is_none() && !self.images.errors.contains_key(&i);
            let Some(found) = found.remove(name).filter(|found| open && found.key != 0) else { continue };
            let ours = found.generation == self.target.generation;
            if let (true, Ok(head)) = (ours, self.images.journal.head(found.at)) {
                self.images.at[i] = Some(found.at);
                self.count(&head.steps, [&head.read_notes, &head.notes], head.objects, head.seconds);
                let image = self.images.image(i, &self.target.out);
                (self.tell)(&Event::Image { image: &image });
            }
        }
    }
}
