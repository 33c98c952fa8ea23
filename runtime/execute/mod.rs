//! Runs a checked pipeline on one image, as its plan says.

mod apply;
mod expression;
mod forms;
mod fusion;
mod given;
pub(crate) mod group;
mod host;
mod labels;
mod parts;
mod ports;
mod recording;
mod report;
mod slices;
mod stage;
mod steps;
mod stream;
mod strip;
mod watch;
mod whole;

use crate::plan::{self, Plan, first};
use crate::store::Item;
use crate::threads;
use rotifer_registry::pipeline::{Checked, Origin};
use rotifer_registry::{Error, Frames, Image};
use steps::outputs;
use whole::Run;

pub use crate::options::{On, Options};
pub use crate::store;
pub use apply::{apply, apply_step, apply_watched};
pub use given::Given;
pub use labels::{check_inputs, takes_labels};
pub(crate) use report::Place;
pub use report::{Outcome, Report, StepReport, Written};
pub(crate) use stream::{Start, Wanted, in_memory, items, run_in_parts};
pub use watch::Watch;
pub use whole::{Submission, submission, submissions};

/// Runs a pipeline on one image. Other inputs of it are the files that it names.
pub fn run(pipeline: &Checked, image: &Image, options: &Options) -> Result<Outcome, Error> {
    let given = Given::new(pipeline, image, &[])?;
    let plan = plan::plan_given(pipeline, &given.meta(), None, options).map_err(first)?;
    run_planned(pipeline, &plan, &given, options, &Watch::default())
}

/// Runs a pipeline all of whose first steps have no input.
pub fn run_alone(pipeline: &Checked, options: &Options) -> Result<Outcome, Error> {
    let given = Given::with(pipeline, None, &[])?;
    let plan = plan::plan_given(pipeline, &given.meta(), None, options).map_err(first)?;
    run_planned(pipeline, &plan, &given, options, &Watch::default())
}

/// [`run`] by the plan for what has this metadata, with someone who looks on.
pub fn run_planned(
    pipeline: &Checked,
    plan: &Plan,
    given: &Given,
    options: &Options,
    watch: &Watch,
) -> Result<Outcome, Error> {
    let kept = pipeline.kept();
    let done = threads::run(None, || run_for(pipeline, plan, given, options, watch, &kept));
    let (frames, mut report) = done?;
    let skipped = report.skipped.iter().map(|why| format!("the steps that follow are left out: {why}"));
    report.notes.extend(skipped.collect::<Vec<_>>());
    let names = kept.into_iter().map(|origin| pipeline.output_name(origin));
    let outputs = names.zip(frames).filter_map(|(name, frames)| Some((name, frames?)));
    Ok(Outcome { outputs: outputs.collect(), report, written: None })
}

/// [`run_planned`], giving these outputs and not those that are kept. Where a step ends the run, those of later steps are absent.
pub(crate) fn run_for(
    pipeline: &Checked,
    plan: &Plan,
    given: &Given,
    options: &Options,
    watch: &Watch,
    wanted: &[Origin],
) -> Result<(Vec<Option<Frames>>, Report), Error> {
    if plan.parts.is_some() {
        return in_parts(pipeline, plan, given, options, watch, wanted, true);
    }
    let mut run = Run::given(pipeline, plan, given, options, watch)?;
    run.may_end = true;
    run.all(wanted)?;
    let outputs = outputs(wanted, &run.report, |origin| run.value(origin))?;
    Ok((outputs, run.report))
}

/// [`run_for`] in parts, on values in memory.
fn in_parts(
    pipeline: &Checked,
    plan: &Plan,
    given: &Given,
    options: &Options,
    watch: &Watch,
    wanted: &[Origin],
    may_end: bool,
) -> Result<(Vec<Option<Frames>>, Report), Error> {
    check_inputs(pipeline, given, options)?;
    plan.holds(wanted)?;
    let inputs = given.inputs.iter().enumerate().map(|(i, frames)| (Origin::Input(i), frames));
    let values = inputs.chain(given.made.iter().map(|(origin, frames)| (*origin, frames)));
    let values = values.map(|(origin, frames)| (origin, items(frames.clone()))).collect();
    let start = Start { values, ports: None, may_end };
    let (frames, report) = run_in_parts(&pipeline.steps, plan, start, options, watch, wanted)?;
    let frames = frames.iter().map(|frames| frames.as_ref().map(in_memory).transpose());
    Ok((frames.collect::<Result<_, _>>()?, report))
}

/// [`run_for`], where no step ends the run.
pub(crate) fn run_through(
    pipeline: &Checked,
    plan: &Plan,
    given: &Given,
    options: &Options,
    watch: &Watch,
    wanted: &[Origin],
) -> Result<(Vec<Frames>, Report), Error> {
    if plan.parts.is_some() {
        let (frames, report) = in_parts(pipeline, plan, given, options, watch, wanted, false)?;
        return Ok((frames.into_iter().flatten().collect(), report));
    }
    let mut run = Run::given(pipeline, plan, given, options, watch)?;
    run.all(wanted)?;
    let outputs = wanted.iter().map(|origin| run.value(*origin).cloned()).collect::<Result<_, _>>()?;
    Ok((outputs, run.report))
}

/// Outputs by their names, in memory or not.
pub type Outputs = Vec<(String, Frames<Item>)>;

/// Runs a pipeline on one image that need not be in memory, as the plan for it says. The outputs need not be, either.
pub fn run_streamed(
    pipeline: &Checked,
    plan: &Plan,
    inputs: Vec<Frames<Item>>,
    options: &Options,
    watch: &Watch,
) -> Result<(Outputs, Report), Error> {
    let kept = pipeline.kept();
    let values = inputs.into_iter().enumerate().map(|(i, frames)| (Origin::Input(i), frames)).collect();
    let start = Start { values, ..Start::default() };
    let (frames, report) = run_in_parts(&pipeline.steps, plan, start, options, watch, &kept)?;
    let names = kept.into_iter().map(|origin| pipeline.output_name(origin));
    Ok((names.zip(frames.into_iter().flatten()).collect(), report))
}

/// The values at the ports of a step, where `wanted` are those that its wires name.
pub(crate) fn at_ports(
    pipeline: &Checked,
    plan: &Plan,
    given: &Given,
    options: &Options,
    watch: &Watch,
    wanted: &[Origin],
    step: usize,
) -> Result<(Vec<Option<Frames>>, Report), Error> {
    let mut run = Run::given(pipeline, plan, given, options, watch)?;
    run.all(wanted)?;
    let ports = run.at_ports(step).map_err(|e| e.step(step).op(&pipeline.steps[step].step.op))?;
    Ok((ports, run.report))
}
