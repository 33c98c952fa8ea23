//! The last image as a worker remembers it: those of a plate are alike.

use super::over;
use super::task::More;
use crate::execute::{Given, Options};
use crate::io;
use crate::plan::{GivenMeta, Plan, first, plan_given};
use rotifer_registry::pipeline::{Checked, Origin};
use rotifer_registry::wire::wrong;
use rotifer_registry::{Error, Frames, Image};
use std::path::{Path, PathBuf};

/// Plan and files of the last image: those of a plate are alike.
#[derive(Default)]
pub struct Last {
    plan: Option<(GivenMeta, Option<Vec<Origin>>, Plan)>,
    /// Files that the last image took beside its own, and their values.
    files: Vec<(PathBuf, Vec<Frames>)>,
}

impl Last {
    /// The plan for what has this metadata.
    pub fn plan(
        &mut self,
        checked: &Checked,
        meta: GivenMeta,
        outputs: Option<&[Origin]>,
        options: &Options,
    ) -> Result<&Plan, Error> {
        let same = |(given, wanted, _): &(GivenMeta, Option<Vec<Origin>>, Plan)| {
            *given == meta && wanted.as_deref() == outputs
        };
        if !self.plan.as_ref().is_some_and(same) {
            let plan = plan_given(checked, &meta, outputs, options).map_err(first)?;
            self.plan = Some((meta, outputs.map(<[Origin]>::to_vec), plan));
        }
        self.plan.as_ref().map(|(.., plan)| plan).ok_or_else(|| wrong("there is no plan"))
    }

    /// The values of a pipeline's inputs after the image.
    pub(super) fn others(&self, more: &More) -> Result<Vec<Frames>, Error> {
        more.inputs.iter().map(|path| io::read_value(path)).collect()
    }

    /// All that an image is run with.
    pub fn given(
        &mut self,
        checked: &Checked,
        image: Option<&Image>,
        out: &Path,
        more: &More,
    ) -> Result<Given, Error> {
        let mut given = image.map(Given::from).unwrap_or_default();
        let before = std::mem::take(&mut self.files);
        let mut values = |path: PathBuf, read: &dyn Fn(&Path) -> Result<Vec<Frames>, Error>| {
            let known = before.iter().find(|(known, _)| *known == path).map(|(_, frames)| frames.clone());
            let frames = known.map_or_else(|| read(&path), Ok)?;
            self.files.push((path, frames.clone()));
            Ok::<_, Error>(frames)
        };
        for path in &more.inputs {
            given.inputs.extend(values(path.clone(), &|path| Ok(vec![io::read_value(path)?]))?);
        }
        for (step, key) in &more.made {
            let read = |path: &Path| Ok(over::restore(path)?.into_iter().flatten().collect());
            given
                .made
                .extend(over::values(checked, *step).into_iter().zip(values(over::file(out, *key), &read)?));
        }
        Ok(given)
    }
}
