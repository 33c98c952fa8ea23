//! One image of a run: read, run and written in the worker. What goes back is a row.

use super::journal::Log;
use super::last::Last;
use super::reduce::{gather, reduce};
use super::save::{save, wanted};
use super::spacing::{spaced, spacing};
use super::task::{Target, Task, Unit};
use crate::execute::{Options, Report, Start, Wanted, Watch, Written, items, run_for, run_in_parts};
use crate::plan::{FlowMeta, GivenMeta, Plan, first, plan_given};
use crate::store::{Item, Spaced};
use rotifer_registry::pipeline::{Checked, Origin};
use rotifer_registry::{Error, Frames, Image, ImageMeta};
use std::sync::Arc;

/// Reads an image, runs the pipeline on it, writes what is kept, and then its rows to the log. Where something cannot be
/// written, what was is removed.
pub fn work(
    checked: &Checked,
    last: &mut Last,
    options: &Options,
    target: &Target,
    log: &mut Option<Log>,
    unit: &Unit,
    watch: &Watch,
) -> Result<(Written, Report), Error> {
    if let Some(lazy) = Lazy::new(checked, last, options, target, unit)? {
        let (frames, report) = lazy.run(checked, options, watch)?;
        return save(
            checked,
            target,
            log,
            unit,
            &lazy.meta.axes.channels,
            frames,
            unit.group.notes.clone(),
            report,
        );
    }
    // A pipeline that makes its images itself is run on none.
    let (image, noted) = match unit.group.is_none() {
        true => (None, Vec::new()),
        false => unit.group.read_noted().map(|(image, notes)| (Some(image), notes))?,
    };
    let read_notes = [unit.group.notes.clone(), noted].concat();
    let image = image.map(|image| spaced(image, &target.spacing)).transpose()?;
    let given = last.given(checked, image.as_ref(), &target.out, &unit.more)?;
    match &unit.more.task {
        Task::Run => {}
        Task::Gather { step } => {
            return gather(checked, options, target, unit, (last, &given, *step), watch);
        }
        Task::Reduce { step, members } => {
            return reduce(checked, options, target, unit, members, (last, given, *step), watch);
        }
    }
    let wanted = wanted(checked);
    let needed = (!given.made.is_empty()).then_some(wanted.as_slice());
    let plan = last.plan(checked, given.meta(), needed, options)?;
    let (frames, report) = run_for(checked, plan, &given, options, watch, &wanted)?;
    let frames = frames.into_iter().map(|frames| frames.map(items)).collect();
    let channels = image.as_ref().map_or(&[][..], Image::channels);
    save(checked, target, log, unit, channels, frames, read_notes, report)
}

/// An image that is not read whole, as it would not fit into memory.
struct Lazy {
    plan: Plan,
    inputs: Vec<Frames<Item>>,
    meta: ImageMeta,
}

/// Files of so many bytes are planned before they are read.
const LARGE: u64 = 64 << 20;

impl Lazy {
    /// None where the image is run in memory.
    fn new(
        checked: &Checked,
        last: &mut Last,
        options: &Options,
        target: &Target,
        unit: &Unit,
    ) -> Result<Option<Lazy>, Error> {
        let plain = matches!(unit.more.task, Task::Run) && unit.more.made.is_empty() && !unit.group.is_none();
        if !plain || (options.memory.is_none() && unit.group.file_bytes() < LARGE) {
            return Ok(None);
        }
        let mut meta = unit.group.meta()?;
        let given = spacing(&target.spacing, &meta.volume)?;
        meta.volume.spacing = given.or(meta.volume.spacing);
        let others = last.others(&unit.more)?;
        let flows = std::iter::once(FlowMeta::of_image(&meta)).chain(others.iter().map(FlowMeta::of_frames));
        let all = GivenMeta { inputs: flows.collect(), made: Vec::new() };
        let options =
            Options { scratch: options.scratch.clone().or(Some(target.out.clone())), ..options.clone() };
        let plan = plan_given(checked, &all, None, &options).map_err(first)?;
        if plan.parts.is_none() {
            return Ok(None);
        }
        let mut image = unit.group.sources()?;
        for item in &mut image.items {
            if let (Item::Volume(source), Some(_)) = (&*item, given) {
                *item = Item::Volume(Arc::new(Spaced::new(source.clone(), given)));
            }
        }
        let inputs = std::iter::once(image).chain(others.into_iter().map(items)).collect();
        Ok(Some(Lazy { plan, inputs, meta }))
    }

    fn run(&self, checked: &Checked, options: &Options, watch: &Watch) -> Result<Wanted, Error> {
        let values = self.inputs.iter().enumerate().map(|(i, frames)| (Origin::Input(i), frames.clone()));
        let start = Start { values: values.collect(), may_end: true, ..Start::default() };
        run_in_parts(&checked.steps, &self.plan, start, options, watch, &wanted(checked))
    }
}
