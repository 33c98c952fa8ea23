//! Runs one function on its inputs, without a pipeline.

use super::labels;
use super::report::Report;
use super::stream::{self, Start, run_in_parts};
use super::watch::Watch;
use super::whole::Run;
use crate::options::Options;
use crate::plan;
use crate::threads;
use rotifer_registry::pipeline::{Args, Origin, Step};
use rotifer_registry::{Entry, Error, Frames, Random};

/// Runs one function on its inputs, port by port; gives all its outputs.
///
/// Intensities count as a mask or as labels where one is needed, as a file's own do.
pub fn apply(
    entry: &'static Entry,
    args: &Args,
    inputs: &[Option<Frames>],
    options: &Options,
) -> Result<(Vec<Frames>, Report), Error> {
    apply_step(
        entry,
        &Step { op: entry.spec.id.into(), args: args.clone(), ..Step::default() },
        inputs,
        options,
    )
}

/// [`apply`] with the keys of a step beside the arguments: `dtype`, `slice_by_slice`, `on`.
pub fn apply_step(
    entry: &'static Entry,
    step: &Step,
    inputs: &[Option<Frames>],
    options: &Options,
) -> Result<(Vec<Frames>, Report), Error> {
    apply_watched(entry, step, inputs, options, &Watch::default())
}

/// [`apply_step`] with someone who looks on.
pub fn apply_watched(
    entry: &'static Entry,
    step: &Step,
    inputs: &[Option<Frames>],
    options: &Options,
    watch: &Watch,
) -> Result<(Vec<Frames>, Report), Error> {
    threads::run(None, || apply_random(entry, step, Random::default(), inputs, options, watch))
}

/// [`apply_watched`] with these random numbers.
pub fn apply_random(
    entry: &'static Entry,
    step: &Step,
    random: Random,
    inputs: &[Option<Frames>],
    options: &Options,
    watch: &Watch,
) -> Result<(Vec<Frames>, Report), Error> {
    let (checked, plan) = plan::alone(entry, step, random, inputs, options)?;
    let here = |e: Error| e.op(entry.spec.id);
    for (port, frames) in entry.spec.inputs.iter().zip(inputs).filter(|_| !options.labels) {
        frames.as_ref().map_or(Ok(()), |frames| labels::check(port, frames)).map_err(here)?;
    }
    let steps = [checked];
    let wanted: Vec<Origin> =
        (0..entry.spec.outputs.len()).map(|output| Origin::Step { step: 0, output }).collect();
    let alone = |mut e: Error| {
        e.step = None;
        here(e)
    };
    if plan.parts.is_some() {
        plan.holds(&wanted).map_err(alone)?;
        let start = Start { ports: Some(inputs), ..Start::default() };
        let (frames, report) = run_in_parts(&steps, &plan, start, options, watch, &wanted).map_err(alone)?;
        let frames = frames.iter().flatten().map(stream::in_memory);
        return Ok((frames.collect::<Result<_, _>>()?, report));
    }
    let mut run = Run::new(&steps, &plan, options, watch);
    run.ports = Some(inputs);
    run.all(&wanted).map_err(alone)?;
    let outputs = wanted.iter().map(|o| run.value(*o).cloned()).collect::<Result<_, _>>()?;
    Ok((outputs, run.report))
}
