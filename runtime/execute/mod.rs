//! Runs a checked pipeline on one image, as its plan says.

mod expression;
mod forms;
mod fusion;
pub(crate) mod group;
mod host;
mod parts;
mod recording;
mod slices;
mod stage;
pub mod store;
mod stream;
mod submission;
mod values;

use crate::batch::Written;
use crate::context;
use crate::io;
use crate::plan::{self, FlowMeta, GivenMeta, Plan, PlannedStep};
use crate::player::{Budget, Played, play};
use crate::threads;
use recording::Window;
use rotifer_registry::computed::{self, Read};
use rotifer_registry::error::suggestion;
use rotifer_registry::op::{Op, Port, PortKind};
use rotifer_registry::pipeline::{Args, Checked, CheckedStep, Memory, Origin, Over, Source, Step, Wire};
use rotifer_registry::{Buffer, Code, Datum, Entry, Error, Frames, Image, Kind, Random, Volume};
use serde::{Deserialize, Serialize};
use stage::{Feed, Gathered, Member, Out};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;
use store::Item;
use submission::Recorded;

pub use crate::options::{On, Options};
pub(crate) use crate::plan::first;
pub(crate) use stream::{in_memory, items};
pub use submission::{Submission, submission, submissions};

/// What a pipeline gave for one image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Kept outputs, by the name of their step; further outputs of a step are `name.output`.
    pub outputs: Vec<(String, Frames)>,
    pub report: Report,
    /// What was written, where that was asked for in place of outputs.
    pub written: Option<Written>,
}

/// What happened on the way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub steps: Vec<StepReport>,
    /// Things to be said once: a fallback to the host, a software adapter.
    pub notes: Vec<String>,
    /// Command buffers submitted; images moved to and from the device, and bytes.
    pub submissions: u64,
    pub uploads: u64,
    pub downloads: u64,
    pub upload_bytes: u64,
    pub download_bytes: u64,
    /// Most bytes of device memory in use at once.
    pub device_peak_bytes: u64,
    /// Shader and nanoseconds of every pass, where timing was asked for.
    pub passes: Vec<(String, f64)>,
    /// Why the steps after one were left out.
    pub skipped: Option<String>,
}

/// Where a step ran and how long. Device steps of one submission share its time by equal parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    pub name: String,
    pub op: String,
    pub memory: Memory,
    pub seconds: f64,
}

/// How far a run is, and whether it is to go on. Shared between who runs and who looks on.
#[derive(Debug, Default)]
pub struct Watch {
    cancelled: AtomicBool,
    done: AtomicU32,
    of: AtomicU32,
}

impl Watch {
    /// Ends the run before its next frame or tile, with [`Code::Cancelled`].
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Frames done and frames in all, counted once for every step.
    pub fn progress(&self) -> (u32, u32) {
        (self.done.load(Ordering::Relaxed), self.of.load(Ordering::Relaxed))
    }

    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn go_on(&self) -> Result<(), Error> {
        if self.is_cancelled() {
            return Err(Error::new(Code::Cancelled, "the task was cancelled"));
        }
        Ok(())
    }

    fn add(&self, frames: usize) {
        self.done.fetch_add(frames as u32, Ordering::Relaxed);
    }
}

/// The values that a pipeline runs on: its inputs, in order, and those of steps that are known already.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    pub inputs: Vec<Frames>,
    pub made: Vec<(Origin, Frames)>,
}

impl From<&Image> for Given {
    fn from(image: &Image) -> Given {
        Given { inputs: vec![image.into()], made: Vec::new() }
    }
}

impl Given {
    /// An image, and the pipeline's other inputs: those of `named`, else the files that the pipeline names.
    pub fn new(pipeline: &Checked, image: &Image, named: &[(String, Frames)]) -> Result<Given, Error> {
        Given::with(pipeline, Some(image), named)
    }

    /// [`Given::new`] of a pipeline that may need no image.
    pub fn with(
        pipeline: &Checked,
        image: Option<&Image>,
        named: &[(String, Frames)],
    ) -> Result<Given, Error> {
        if image.is_none() && pipeline.needs_image() {
            return Err(pipeline.inputs[0].not_given());
        }
        let mut given = image.map(Given::from).unwrap_or_default();
        let known = |name: &str| pipeline.inputs[1..].iter().any(|input| input.name == name);
        if let Some((name, _)) = named.iter().find(|(name, _)| !known(name)) {
            let names = pipeline.inputs[1..].iter().map(|input| input.name.as_str());
            let mut error = Error::new(Code::UnknownInput, format!("the pipeline has no input `{name}`"));
            error.help = suggestion(name, names);
            return Err(error);
        }
        for input in &pipeline.inputs[1..] {
            let value = match (named.iter().find(|(name, _)| *name == input.name), &input.source) {
                (Some((_, frames)), _) => frames.clone(),
                (None, Source::File(path)) => io::read_value(Path::new(path))?,
                (None, _) => return Err(input.not_given()),
            };
            given.inputs.push(value);
        }
        Ok(given)
    }

    pub fn meta(&self) -> GivenMeta {
        let made = self.made.iter().map(|(origin, frames)| (*origin, FlowMeta::of_frames(frames)));
        GivenMeta { inputs: self.inputs.iter().map(FlowMeta::of_frames).collect(), made: made.collect() }
    }
}

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

/// The values that are wanted; where a step ended the run, those of later steps are absent.
fn outputs<'v, D: Clone + 'v>(
    wanted: &[Origin],
    report: &Report,
    value: impl Fn(Origin) -> Result<&'v Frames<D>, Error>,
) -> Result<Vec<Option<Frames<D>>>, Error> {
    let value = |origin: &Origin| match value(*origin) {
        Ok(frames) => Ok(Some(frames.clone())),
        Err(_) if report.skipped.is_some() => Ok(None),
        Err(error) => Err(error),
    };
    wanted.iter().map(value).collect()
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
    let values = values.map(|(origin, frames)| (origin, stream::items(frames.clone()))).collect();
    let start = Start { values, ports: None, may_end };
    let (frames, report) = run_in_parts(&pipeline.steps, plan, start, options, watch, wanted)?;
    let frames = frames.iter().map(|frames| frames.as_ref().map(stream::in_memory).transpose());
    Ok((frames.collect::<Result<_, _>>()?, report))
}

/// The outputs of a run in parts that were asked for: none where a step ended the run before.
pub(crate) type Streamed = (Vec<Option<Frames<Item>>>, Report);

/// The values that a run in parts begins with.
#[derive(Default)]
pub(crate) struct Start<'a> {
    pub values: HashMap<Origin, Frames<Item>>,
    /// Inputs by port, in place of wires.
    pub ports: Option<&'a [Option<Frames>]>,
    /// Whether a step may end the run.
    pub may_end: bool,
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

/// Runs steps as a plan in parts says, on values that need not be in memory; the outputs need not be, either.
pub(crate) fn run_in_parts(
    steps: &[CheckedStep],
    plan: &Plan,
    start: Start,
    options: &Options,
    watch: &Watch,
    wanted: &[Origin],
) -> Result<Streamed, Error> {
    let parts = plan.parts.as_ref().ok_or_else(|| Error::new(Code::Internal, "a plan without parts"))?;
    let report = Report { notes: plan.notes.clone(), ..Report::default() };
    watch.of.store(plan.frames() as u32, Ordering::Relaxed);
    let Start { values, ports, may_end } = start;
    let mut run = stream::Streams { steps, plan, parts, options, watch, ports, may_end, values, report };
    run.all(wanted)?;
    let outputs = outputs(wanted, &run.report, |origin| run.value(origin))?;
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

/// Whether a step takes an input for a mask or labels.
pub fn takes_labels(pipeline: &Checked) -> bool {
    labels_wires(pipeline).next().is_some()
}

/// The ports that take a mask or labels and get an input, each with its step.
fn labels_wires(pipeline: &Checked) -> impl Iterator<Item = (usize, &Port, &Wire)> {
    let labels =
        |port: &Port| matches!(port.kind, PortKind::Mask | PortKind::Labels | PortKind::MaskOrLabels);
    pipeline.steps.iter().enumerate().flat_map(move |(i, step)| {
        let ports = step.entry.spec.inputs.iter().zip(&step.wires);
        let wired = ports.filter_map(|(port, wire)| Some((port, wire.as_ref()?)));
        let from_image =
            wired.filter(move |(port, wire)| matches!(wire.origin, Origin::Input(_)) && labels(port));
        from_image.map(move |(port, wire)| (i, port, wire))
    })
}

/// Refuses an image of intensities where a step takes an input for a mask or labels, unless the options say that it
/// is.
pub fn check_inputs(pipeline: &Checked, given: &Given, options: &Options) -> Result<(), Error> {
    if options.labels {
        return Ok(());
    }
    for (i, port, wire) in labels_wires(pipeline) {
        let Origin::Input(input) = wire.origin else { continue };
        let frames = given.inputs.get(input).ok_or_else(|| pipeline.inputs[input].not_given())?;
        let found = select(frames, wire, planes_of).and_then(|frames| values::check(port, &frames));
        found.map_err(|e| e.step(i).op(&pipeline.steps[i].step.op).argument("from"))?;
    }
    Ok(())
}

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
pub(crate) fn apply_random(
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
        frames.as_ref().map_or(Ok(()), |frames| values::check(port, frames)).map_err(here)?;
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

/// Why a step ends the run, if it says so: its name, and what its arguments were computed from. `output` gives the data of
/// an output, of each time and channel.
fn ending<'d>(step: &CheckedStep, output: impl Fn(usize) -> Option<Vec<&'d Datum>>) -> Option<String> {
    let outputs: Vec<Vec<&Datum>> = (0..step.entry.spec.outputs.len()).filter_map(output).collect();
    let count = outputs.iter().map(Vec::len).min().unwrap_or(0);
    let ends = |n: usize| step.op.ends(&outputs.iter().map(|data| data[n]).collect::<Vec<_>>());
    if !(0..count).any(ends) {
        return None;
    }
    let texts = step.computed.iter().map(|c| c.text.trim().trim_start_matches('=').trim_start());
    let texts = texts.collect::<Vec<_>>().join(", ");
    Some(if texts.is_empty() { step.name.clone() } else { format!("{}: {texts}", step.name) })
}

/// The operation of a step whose arguments are computed, from the numbers of earlier steps.
fn operation_at(
    step: &CheckedStep,
    planned: &PlannedStep,
    number: impl Fn(&Read) -> Result<f64, Error>,
) -> Result<Option<Box<dyn Op>>, Error> {
    if step.computed.is_empty() {
        return Ok(None);
    }
    let (op, args) = computed::build(step.entry, &step.args, &step.computed, number)?;
    plan::fits_computed(step, &*op, &args, planned)?;
    Ok(Some(op))
}

/// Whether a step from `next` on needs a value.
fn is_read(steps: &[CheckedStep], plan: &Plan, next: usize, origin: Origin) -> bool {
    steps[next..]
        .iter()
        .zip(&plan.steps[next..])
        .any(|(step, planned)| !planned.skipped && step.reads(origin))
}

struct Run<'a> {
    steps: &'a [CheckedStep],
    plan: &'a Plan,
    options: &'a Options,
    values: HashMap<Origin, Frames>,
    /// Inputs by port, in place of wires.
    ports: Option<&'a [Option<Frames>]>,
    report: Report,
    watch: &'a Watch,
    /// Whether a step can end the run.
    may_end: bool,
}

impl<'a> Run<'a> {
    fn new(steps: &'a [CheckedStep], plan: &'a Plan, options: &'a Options, watch: &'a Watch) -> Run<'a> {
        let report = Report { notes: plan.notes.clone(), ..Report::default() };
        watch.of.store(plan.frames() as u32, Ordering::Relaxed);
        Run { steps, plan, options, values: HashMap::new(), ports: None, report, watch, may_end: false }
    }

    fn given(
        pipeline: &'a Checked,
        plan: &'a Plan,
        given: &Given,
        options: &'a Options,
        watch: &'a Watch,
    ) -> Result<Run<'a>, Error> {
        check_inputs(pipeline, given, options)?;
        let mut run = Run::new(&pipeline.steps, plan, options, watch);
        let inputs = given.inputs.iter().enumerate().map(|(i, frames)| (Origin::Input(i), frames.clone()));
        run.values.extend(inputs.chain(given.made.iter().cloned()));
        Ok(run)
    }

    fn all(&mut self, wanted: &[Origin]) -> Result<(), Error> {
        let mut next = 0;
        while next < self.steps.len() {
            if self.plan.steps[next].skipped {
                next += 1;
                continue;
            }
            let submission = self.plan.steps[next].submission;
            let mut end = next + 1;
            if self.plan.steps[next].memory == Memory::Device {
                while end < self.steps.len()
                    && submission.is_some()
                    && self.plan.steps[end].submission == submission
                {
                    end += 1;
                }
                self.segment(next, end, wanted)?;
            } else {
                let stage = self.plan.steps[next].stage;
                while stage.is_some() && end < self.steps.len() && self.plan.steps[end].stage == stage {
                    end += 1;
                }
                let together = stage.is_some() && end - next > 1;
                if together { self.stage(next, end, wanted)? } else { self.host_step(next)? }
            }
            self.report.skipped = self.ended(next, end);
            if self.report.skipped.is_some() {
                return Ok(());
            }
            self.drop_unread(end, wanted);
            next = end;
        }
        Ok(())
    }

    /// Why the run ends after these steps, if one of them says so.
    fn ended(&self, from: usize, to: usize) -> Option<String> {
        let outputs = |step: usize, output: usize| {
            let frames = self.values.get(&Origin::Step { step, output })?;
            Some(frames.items.iter().collect())
        };
        (from..to).filter(|_| self.may_end).find_map(|i| ending(&self.steps[i], |output| outputs(i, output)))
    }

    /// Frees what no later step reads.
    fn drop_unread(&mut self, next: usize, wanted: &[Origin]) {
        let (steps, plan) = (self.steps, self.plan);
        self.values.retain(|origin, _| wanted.contains(origin) || is_read(steps, plan, next, *origin));
    }

    fn value(&self, origin: Origin) -> Result<&Frames, Error> {
        self.values
            .get(&origin)
            .ok_or_else(|| Error::new(Code::Internal, "a value was dropped before its last reader"))
    }

    /// The frames at every port of a step, as the port sees them.
    fn at_ports(&self, i: usize) -> Result<Vec<Option<Frames>>, Error> {
        let step = &self.steps[i];
        let ports = step.entry.spec.inputs.iter().enumerate();
        ports
            .map(|(p, port)| match self.ports {
                Some(given) => {
                    given.get(p).and_then(Option::as_ref).map(|f| coerce(port, f.clone())).transpose()
                }
                None => match step.wires.get(p).and_then(Option::as_ref) {
                    Some(wire) => coerce(port, select(self.value(wire.origin)?, wire, planes_of)?).map(Some),
                    None => Ok(None),
                },
            })
            .collect()
    }

    fn host_step(&mut self, i: usize) -> Result<(), Error> {
        let start = Instant::now();
        let step = &self.steps[i];
        let inputs = self.at_ports(i).map_err(|e| e.step(i).op(&step.step.op))?;
        let op_at = |frame: usize| self.op_at(i, frame);
        let outputs = match &step.step.over {
            Some(Over::Time) => group::Members::times(inputs).reduce(step, self.options),
            // One image by itself is all of its group.
            Some(_) => group::Members::one(inputs).reduce(step, self.options),
            None => host::run_step(step, &self.plan.steps[i], &inputs, &op_at, self.watch),
        };
        let outputs = outputs.map_err(|e| e.step(i).op(&step.step.op))?;
        for (output, frames) in outputs.into_iter().enumerate() {
            self.values.insert(Origin::Step { step: i, output }, frames);
        }
        self.report_step(i, Memory::Host, start.elapsed().as_secs_f64());
        Ok(())
    }

    /// The operation of a step for one frame, where its arguments are computed.
    fn op_at(&self, i: usize, frame: usize) -> Result<Option<Box<dyn Op>>, Error> {
        let (step, planned) = (&self.steps[i], &self.plan.steps[i]);
        let (t, c) = (frame / planned.flows[0].c, frame % planned.flows[0].c);
        operation_at(step, planned, |read: &Read| {
            let frames = self.value(read.origin)?;
            read.of(frames.at(t.min(frames.t - 1), c.min(frames.c - 1)))
        })
    }

    /// Runs the steps of a stage together, frame by frame.
    fn stage(&mut self, from: usize, to: usize, wanted: &[Origin]) -> Result<(), Error> {
        let planned = &self.plan.steps[from];
        let axis = planned.axis().ok_or_else(|| Error::new(Code::Internal, "a stage without an image"))?;
        let outside = self.read_outside(from, to, wanted);
        let inner = |wire: &Wire| match wire.origin {
            Origin::Step { step, output } if step >= from => Some((step - from, output)),
            _ => None,
        };
        // Values from before the stage, by step and port.
        let mut given: Vec<Vec<Option<Frames>>> = Vec::new();
        for i in from..to {
            let step = &self.steps[i];
            let ports = step.entry.spec.inputs.iter().enumerate().map(|(p, port)| {
                let frames = match (self.ports, step.wires.get(p)) {
                    (Some(given), _) => given.get(p).cloned().flatten(),
                    (None, Some(Some(wire))) if inner(wire).is_none() => {
                        Some(select(self.value(wire.origin)?, wire, planes_of)?)
                    }
                    _ => None,
                };
                // Parts of other values are what the port sees when they are read.
                let is_rgb = port.kind == PortKind::Rgb;
                frames.map(|frames| if is_rgb { coerce(port, frames) } else { Ok(frames) }).transpose()
            });
            given.push(ports.collect::<Result<_, Error>>().map_err(|e| e.step(i).op(&step.step.op))?);
        }
        let mut items: Vec<Vec<Datum>> = vec![Vec::new(); outside.len()];
        let mut seconds = vec![0.0; to - from];
        for frame in 0..planned.frames() {
            let (t, c) = (frame / planned.flows[0].c, frame % planned.flows[0].c);
            let at =
                |frames: &Frames| Item::from(frames.at(t.min(frames.t - 1), c.min(frames.c - 1)).clone());
            let ports = |ports: &Vec<Option<Frames>>| ports.iter().map(|f| f.as_ref().map(at)).collect();
            let held: Vec<Vec<Option<Item>>> = given.iter().map(ports).collect();
            let mut gathered: Vec<(Origin, Gathered)> = Vec::new();
            for origin in &outside {
                let Origin::Step { step, output } = *origin else { continue };
                gathered.push((*origin, Gathered::new(&self.plan.steps[step].flows[output].datum)?));
            }
            let mut outs: HashMap<Origin, Out> =
                gathered.iter_mut().map(|(origin, gathered)| (*origin, gathered.out())).collect();
            let members = (from..to).map(|i| {
                let step = &self.steps[i];
                let wires = step.wires.iter().chain(std::iter::repeat(&None));
                let feeds = wires.zip(&held[i - from]).map(|(wire, held)| match (wire, held) {
                    (_, Some(held)) => Some(Feed::of(held)),
                    (Some(wire), None) => inner(wire).map(|(member, output)| Feed::Member { member, output }),
                    (None, None) => None,
                });
                let outputs = 0..self.plan.steps[i].flows.len();
                Member {
                    index: i,
                    step,
                    random: step.random.in_frame(t, c),
                    planned: &self.plan.steps[i],
                    feeds: feeds.collect(),
                    wanted: outputs.map(|output| outs.remove(&Origin::Step { step: i, output })).collect(),
                }
            });
            let spent = stage::run(members.collect(), axis, None, self.watch)?;
            seconds.iter_mut().zip(spent).for_each(|(all, spent)| *all += spent);
            for (items, (_, gathered)) in items.iter_mut().zip(gathered) {
                items.push(gathered.finish()?);
            }
            self.watch.add(to - from);
        }
        self.keep(&outside, items);
        (from..to).zip(seconds).for_each(|(i, seconds)| self.report_step(i, Memory::Host, seconds));
        Ok(())
    }

    fn report_step(&mut self, i: usize, memory: Memory, seconds: f64) {
        let step = &self.steps[i];
        self.report.steps.push(StepReport {
            name: step.name.clone(),
            op: step.step.op.clone(),
            memory,
            seconds,
        });
    }

    /// Runs consecutive device steps. Out of memory: in tiles, each time half as large; then on the host. What a step by
    /// itself has no room for goes to the host alone.
    fn segment(&mut self, from: usize, to: usize, wanted: &[Origin]) -> Result<(), Error> {
        let start = Instant::now();
        let planned = &self.plan.steps[from..to];
        let shape = planned[0].flows[0].datum.volume().map(|v| v.shape);
        let alike = planned.iter().all(|p| p.flows[0].datum.volume().map(|v| v.shape) == shape);
        let halo = planned.iter().try_fold([0usize; 3], |sum, p| {
            p.tileable.map(|halo| [sum[0] + halo[0], sum[1] + halo[1], sum[2] + halo[2]])
        });
        let limit = self.plan.adapter.as_ref().map_or(u64::MAX, |a| a.max_binding);
        let limit = limit.min(self.options.max_binding.unwrap_or(u64::MAX)) as usize;
        // Along the axis where most of a full tile is not halo.
        let tiling = shape.zip(halo).filter(|_| alike).map(|(shape, halo)| {
            let inner = |axis: usize| {
                let line = 4 * shape.iter().product::<usize>() / shape[axis].max(1);
                (limit / line.max(1)).min(shape[axis] / 2).saturating_sub(2 * halo[axis])
            };
            let axis = (0..3)
                .max_by_key(|&a| (1000 * inner(a) / (inner(a) + 2 * halo[a]).max(1), 3 - a))
                .unwrap_or(0);
            (axis, shape, halo[axis], inner(axis))
        });
        let mut tile = tiling.filter(|_| planned[0].tiled).map(|(.., inner)| inner);
        let (before, _) = self.watch.progress();
        loop {
            self.watch.done.store(before, Ordering::Relaxed);
            let result = match (tile, tiling) {
                (Some(0), _) => Err(Error::new(Code::DeviceMemory, "not even one line of the image fits")),
                (Some(tile), Some((axis, shape, halo, _))) => {
                    self.in_tiles(from, to, wanted, axis, shape[axis], tile, halo)
                }
                _ => self.in_chunks(from, to, wanted),
            };
            match result {
                Ok(()) => break,
                Err(error) if error.code == Code::DeviceMemory => {
                    let smaller = match (tile, tiling) {
                        (Some(tile), Some((_, _, halo, _))) => {
                            Some(tile / 2).filter(|t| *t > halo / 2 && *t > 0)
                        }
                        (None, Some((axis, shape, ..))) => {
                            Some(shape[axis].div_ceil(2)).filter(|t| *t < shape[axis])
                        }
                        _ => None,
                    };
                    if let Some(smaller) = smaller {
                        tile = Some(smaller);
                        continue;
                    }
                    // The step that failed, where it is known; the others stay on the device.
                    let failed = error.step.map_or(from..to, |i| i..i + 1);
                    let ops: Vec<&str> =
                        self.steps[failed.clone()].iter().map(|s| s.step.op.as_str()).collect();
                    self.report.notes.push(format!("{} ran on the host: {}", ops.join(", "), error.message));
                    if from < failed.start {
                        self.segment(from, failed.start, wanted)?;
                    }
                    failed.clone().try_for_each(|i| self.host_step(i))?;
                    if failed.end < to {
                        self.segment(failed.end, to, wanted)?;
                    }
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        let seconds = start.elapsed().as_secs_f64() / (to - from) as f64;
        (from..to).for_each(|i| self.report_step(i, Memory::Device, seconds));
        Ok(())
    }

    /// Outputs of these steps that are read outside them.
    fn read_outside(&self, from: usize, to: usize, wanted: &[Origin]) -> Vec<Origin> {
        let mut outside = Vec::new();
        for step in from..to {
            for output in 0..self.steps[step].entry.spec.outputs.len() {
                let origin = Origin::Step { step, output };
                if is_read(self.steps, self.plan, to, origin) || wanted.contains(&origin) {
                    outside.push(origin);
                }
            }
        }
        outside
    }

    /// Runs device steps whole, in groups of frames that fit into memory together.
    fn in_chunks(&mut self, from: usize, to: usize, wanted: &[Origin]) -> Result<(), Error> {
        const TOGETHER: usize = 512 << 20;
        let flow = &self.plan.steps[from].flows[0];
        let frames = self.plan.steps[from].frames();
        let bytes = flow.datum.volume().map_or(4, |v| 4 * v.len()).max(4) * (to - from);
        let together = (TOGETHER / bytes).clamp(1, frames);
        let outside = self.read_outside(from, to, wanted);
        let mut items: Vec<Vec<Datum>> = vec![Vec::new(); outside.len()];
        for first in (0..frames).step_by(together) {
            let chunk: Vec<usize> = (first..(first + together).min(frames)).collect();
            let read = self.submit(from, to, &outside, &chunk, None)?;
            for (all, some) in items.iter_mut().zip(read) {
                all.extend(some);
            }
            self.watch.add(chunk.len() * (to - from));
        }
        self.keep(&outside, items);
        Ok(())
    }

    /// Runs device steps tile by tile along one axis, each with a halo that is cut off afterwards.
    #[allow(clippy::too_many_arguments)]
    fn in_tiles(
        &mut self,
        from: usize,
        to: usize,
        wanted: &[Origin],
        axis: usize,
        length: usize,
        tile: usize,
        halo: usize,
    ) -> Result<(), Error> {
        let frames = self.plan.steps[from].frames();
        let outside = self.read_outside(from, to, wanted);
        let mut items: Vec<Vec<Datum>> = vec![Vec::new(); outside.len()];
        for frame in 0..frames {
            let mut parts: Vec<Vec<Volume>> = vec![Vec::new(); outside.len()];
            for begin in (0..length).step_by(tile) {
                let end = (begin + tile).min(length);
                let (low, high) = (begin.saturating_sub(halo), (end + halo).min(length));
                let window = Window { axis, from: low, to: high };
                let read = self.submit(from, to, &outside, &[frame], Some(window))?;
                for (parts, data) in parts.iter_mut().zip(read) {
                    for datum in data {
                        let Datum::Volume(volume) = datum else {
                            return Err(Error::new(Code::Internal, "a step in tiles gives images only"));
                        };
                        parts.push(volume.cut(axis, begin - low..end - low));
                    }
                }
            }
            for (all, parts) in items.iter_mut().zip(parts) {
                all.push(Datum::Volume(Volume::join(&parts, axis)?));
            }
            self.watch.add(to - from);
        }
        self.keep(&outside, items);
        Ok(())
    }

    fn keep(&mut self, outside: &[Origin], items: Vec<Vec<Datum>>) {
        for (origin, items) in outside.iter().zip(items) {
            let Origin::Step { step, output } = *origin else { continue };
            let frames = self.plan.steps[step].flows[output].frames(items);
            self.values.insert(*origin, frames);
        }
    }

    /// Records the steps for some frames, plays them in one submission, and gives the outputs asked for.
    fn submit(
        &mut self,
        from: usize,
        to: usize,
        outside: &[Origin],
        frames: &[usize],
        window: Option<Window>,
    ) -> Result<Vec<Vec<Datum>>, Error> {
        self.watch.go_on()?;
        let Recorded { recording, made, reads, spans } = self.recorded(from, to, outside, frames, window)?;
        let externals: Vec<(Buffer, &[u8])> =
            recording.uploads.iter().map(|(b, v)| (*b, v.bytes())).collect();
        let budget =
            Budget { bytes: self.options.device_memory.unwrap_or(u64::MAX), timed: self.options.timed };
        let mut played = context::with(|gpu| play(gpu, &recording.recorder, &externals, &reads, budget))?;
        self.account(&mut played);
        let mut bytes: Vec<Option<Vec<u8>>> = played.reads.into_iter().map(Some).collect();
        let mut spans = spans.into_iter();
        let mut results = Vec::new();
        for origin in outside {
            let Origin::Step { step, output } = *origin else { continue };
            let mut data = Vec::new();
            for &frame in frames {
                let (start, count) = spans.next().unwrap_or_default();
                let read: Vec<Vec<u8>> =
                    bytes[start..start + count].iter_mut().filter_map(Option::take).collect();
                let item = &made[&(*origin, frame)];
                let here = |e: Error| e.step(step).op(&self.steps[step].step.op);
                data.push(item.datum(&self.steps[step], output, read).map_err(here)?);
            }
            results.push(data);
        }
        Ok(results)
    }

    fn account(&mut self, played: &mut Played) {
        let report = &mut self.report;
        report.submissions += played.submissions;
        report.uploads += played.uploads;
        report.downloads += played.downloads;
        report.upload_bytes += played.upload_bytes;
        report.download_bytes += played.download_bytes;
        report.device_peak_bytes = report.device_peak_bytes.max(played.peak_bytes);
        let passes = played.passes.drain(..);
        report.passes.extend(passes.map(|p| {
            let name =
                if p.entry == "main" { p.shader.to_string() } else { format!("{}:{}", p.shader, p.entry) };
            (name, p.nanoseconds)
        }));
    }
}

/// One channel or time point of a value, where the wire asks for it. The planes of an rgb count as channels.
fn select<D: Clone>(
    frames: &Frames<D>,
    wire: &Wire,
    planes: impl Fn(&D) -> Option<[D; 3]>,
) -> Result<Frames<D>, Error> {
    let mut frames = frames.clone();
    if let Some(channel) = &wire.channel {
        let of_rgb: Option<Vec<[D; 3]>> =
            if frames.c == 1 { frames.items.iter().map(&planes).collect() } else { None };
        if let Some(planes) = of_rgb {
            let items = planes.into_iter().flatten().collect();
            frames = Frames { items, c: 3, has_c: true, channels: Vec::new(), ..frames };
        }
        frames = frames.channel(channel)?;
    }
    match wire.time {
        Some(t) => frames.time(t),
        None => Ok(frames),
    }
}

/// The planes of an rgb.
fn planes_of(datum: &Datum) -> Option<[Datum; 3]> {
    match datum {
        Datum::Rgb(planes) => Some(planes.clone().map(Datum::Volume)),
        _ => None,
    }
}

/// What a port sees of a value: three channels as rgb, numbers as a mask or labels.
fn coerce(port: &Port, frames: Frames) -> Result<Frames, Error> {
    match port.kind {
        PortKind::Rgb if frames.c == 3 && frames.items.iter().all(|d| matches!(d, Datum::Volume(_))) => {
            let volumes: Vec<Volume> = frames
                .items
                .into_iter()
                .filter_map(|d| if let Datum::Volume(v) = d { Some(v) } else { None })
                .collect();
            let items = volumes.chunks(3).map(|p| Datum::Rgb([p[0].clone(), p[1].clone(), p[2].clone()]));
            Ok(Frames { items: items.collect(), c: 1, has_c: false, channels: Vec::new(), ..frames })
        }
        PortKind::Mask | PortKind::Labels | PortKind::MaskOrLabels => {
            let convert = |datum| coerce_datum(port, datum);
            let items = frames.items.into_iter().map(convert).collect::<Result<_, _>>()?;
            Ok(Frames { items, ..frames })
        }
        _ => Ok(frames),
    }
}

/// What a port sees of one datum.
fn coerce_datum(port: &Port, datum: Datum) -> Result<Datum, Error> {
    match (datum, port.kind) {
        (Datum::Volume(v), PortKind::Mask) => Ok(Datum::Volume(v.to_mask())),
        (Datum::Volume(v), PortKind::Labels) => v.to_labels().map(Datum::Volume),
        (Datum::Volume(v), PortKind::MaskOrLabels) => v.to_mask_or_labels().map(Datum::Volume),
        (other, _) => Ok(other),
    }
}

/// A port's value as the device takes it: an image of labels as uint32.
fn for_device(port: &Port, frames: Frames) -> Result<Frames, Error> {
    let convert = |datum| match datum {
        Datum::Volume(v) if v.kind() == Kind::Image => v.to_labels().map(Datum::Volume),
        other => Ok(other),
    };
    if port.kind != PortKind::MaskOrLabels {
        return Ok(frames);
    }
    let items = frames.items.into_iter().map(convert).collect::<Result<_, _>>()?;
    Ok(Frames { items, ..frames })
}
