//! The images of a run: the work on each, and where its rows lie. No pixels, no rows.

use super::events::{ImageDone, Status};
use super::journal::{At, Journal};
use super::key::Keys;
use super::named::Named;
use super::over::Groups;
use super::task::{More, Task, Unit};
use crate::io::Group;
use rotifer_registry::Error;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Settings of a run.
pub struct Inputs {
    pub groups: Vec<Group>,
    pub names: Vec<String>,
    pub keys: Keys,
    pub named: Named,
    pub over: Groups,
}

impl Inputs {
    pub fn files(&self, i: usize) -> Vec<PathBuf> {
        // They were all found before the run.
        self.named.of(&self.groups[i]).unwrap_or_default()
    }

    /// By which an image is known again.
    pub fn key(&self, i: usize) -> u64 {
        self.over.key(i, self.keys.of(&self.groups[i], &self.files(i)))
    }

    pub fn unit(&self, i: usize) -> Unit {
        let more = More { inputs: self.files(i), made: self.over.made(i), task: Task::Run };
        Unit { image: self.names[i].clone(), key: self.key(i), group: self.groups[i].clone(), more }
    }

    /// The work of keeping what a step over a group, the `n`th, sees of an image.
    pub fn gathered(&self, n: usize, i: usize) -> Unit {
        let of = &self.over.0[n];
        let made = self.over.made(i).into_iter().take(n).collect();
        let more = More { inputs: self.files(i), made, task: Task::Gather { step: of.step } };
        Unit { image: self.names[i].clone(), key: of.seen[i], group: self.groups[i].clone(), more }
    }

    /// The work of making the `n`th step over a group.
    pub fn reduced(&self, n: usize, group: usize) -> Unit {
        let of = &self.over.0[n];
        let members = of.members(group).map(|i| (self.names[i].clone(), of.seen[i])).collect();
        let first = of.members(group).next().unwrap_or_default();
        let made = self.over.made(first).into_iter().take(n).collect();
        let more = More { inputs: self.files(first), made, task: Task::Reduce { step: of.step, members } };
        Unit { image: of.labels[group].clone(), key: of.keys[group], group: self.groups[first].clone(), more }
    }
}

/// The images of a run: names and places, no rows.
pub struct Images {
    pub inputs: Arc<Inputs>,
    pub at: Vec<Option<At>>,
    pub errors: HashMap<usize, Error>,
    pub journal: Journal,
}

impl Images {
    /// The facts of an image without its rows.
    pub fn bare(&self, i: usize) -> ImageDone {
        let Inputs { groups, names, .. } = &*self.inputs;
        let site = &groups[i].site;
        ImageDone {
            image: names[i].clone(),
            well: site.well.clone(),
            field: site.field,
            files: groups[i].files().to_vec(),
            status: Status::of(self.at[i], self.errors.get(&i)),
            objects: None,
            median_area: None,
            seconds: 0.0,
            outputs: Vec::new(),
            read_notes: Vec::new(),
            notes: Vec::new(),
            skipped: None,
            error: self.errors.get(&i).cloned(),
        }
    }

    pub fn image(&mut self, i: usize, out: &Path) -> ImageDone {
        let mut image = self.bare(i);
        match self.at[i].map(|at| self.journal.head(at)) {
            Some(Ok(head)) => {
                (image.objects, image.median_area) = (head.objects, head.median_area);
                image.seconds = head.seconds;
                (image.read_notes, image.notes) = (head.read_notes, head.notes);
                image.skip(head.skipped);
                image.outputs = head.outputs.iter().map(|(file, _)| out.join(file)).collect();
            }
            Some(Err(error)) => image.error = Some(error),
            None => {}
        }
        image
    }
}
