//! The work of a checked pipeline on an image, planned from metadata alone.

mod flow;
mod infer;
pub(crate) mod layers;
mod parts;
mod placement;
mod planned;
mod stages;
mod transfers;

use crate::options::Options;
use infer::{infer, numbers_fit, request_dtype, wired};
use placement::place;
use rotifer_registry::pipeline::{Checked, CheckedStep, Memory, Origin, Step};
use rotifer_registry::{Code, Entry, Error, Frames, ImageMeta, Random, Reach};
use stages::{group, stages};
use transfers::transfers;

pub use flow::{FlowMeta, GivenMeta};
pub(crate) use infer::fits_computed;
pub(crate) use placement::Placement;
pub use planned::{InParts, Plan, PlannedOutput, PlannedStep};

/// Plans a pipeline on an image, or says everything that does not fit.
pub fn plan(checked: &Checked, image: &ImageMeta, options: &Options) -> Result<Plan, Vec<Error>> {
    plan_given(checked, &image.into(), None, options)
}

/// [`plan`] on all that the pipeline reads. Where it is said which outputs are wanted, other steps are skipped.
pub fn plan_given(
    checked: &Checked,
    given: &GivenMeta,
    outputs: Option<&[Origin]>,
    options: &Options,
) -> Result<Plan, Vec<Error>> {
    let wanted = checked.steps.iter().any(|s| s.entry.spec.device && s.step.on != Some(Memory::Host))
        || checked.steps.iter().any(|s| s.step.on == Some(Memory::Device));
    let placement = Placement::choose(options, wanted).map_err(|e| vec![e])?;
    plan_on(checked, given, outputs, options, placement)
}

/// [`plan_given`] where the adapter is chosen.
pub(crate) fn plan_on(
    checked: &Checked,
    given: &GivenMeta,
    outputs: Option<&[Origin]>,
    options: &Options,
    placement: Placement,
) -> Result<Plan, Vec<Error>> {
    let made: Vec<Origin> = given.made.iter().map(|(origin, _)| *origin).collect();
    let needed = outputs.map(|outputs| checked.needed(outputs, &made));
    let mut steps: Vec<PlannedStep> = Vec::new();
    let mut errors = Vec::new();
    for (i, step) in checked.steps.iter().enumerate() {
        let sources: Result<Vec<Option<(FlowMeta, bool)>>, Error> = step
            .wires
            .iter()
            .map(|wire| wire.as_ref().map(|wire| wired(wire, checked, given, &steps)).transpose())
            .collect();
        let planned = sources.and_then(|sources| self::step(step, &sources, &placement));
        match planned.and_then(|planned| numbers_fit(step, &steps, planned)) {
            Ok(mut planned) => {
                planned.skipped = needed.as_ref().is_some_and(|needed| !needed[i]);
                for (output, flow) in planned.flows.iter_mut().enumerate() {
                    let known = given.made.iter().find(|(o, _)| *o == Origin::Step { step: i, output });
                    if let Some((_, known)) = known {
                        *flow = known.clone();
                    }
                }
                steps.push(planned);
            }
            // Later steps depend on this one; their mistakes show once it is mended.
            Err(error) => {
                errors.push(error.step(i).op(&step.step.op));
                break;
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut whole = steps.clone();
    group(checked, &mut whole);
    if options.part != Some(0) {
        stages(checked, &mut whole, false);
    }
    let peak_bytes = transfers(checked, given, &mut whole);
    let Some(memory) = parts::needed(peak_bytes, options) else {
        return Ok(placement.plan(whole, peak_bytes));
    };
    steps.iter_mut().for_each(PlannedStep::move_to_host);
    parts::gather(&mut steps, &checked.steps).map_err(|e| vec![e])?;
    stages(checked, &mut steps, true);
    let scratch_bytes = transfers(checked, given, &mut steps) as u64;
    let most = parts::cut(&mut steps, &checked.steps, memory, options).map_err(|e| vec![e])?;
    let mut plan = placement.plan(steps, most.memory);
    parts::set(&mut plan, memory, scratch_bytes.saturating_add(most.spilled), options);
    Ok(plan)
}

/// Plans one function by itself on inputs port by port, as [`execute::apply_step`](crate::execute::apply_step) runs it.
pub fn function(
    entry: &'static Entry,
    step: &Step,
    inputs: &[Option<Frames>],
    options: &Options,
) -> Result<Plan, Error> {
    alone(entry, step, Random::default(), inputs, options).map(|(_, plan)| plan)
}

/// A function as the one step of a pipeline, and its plan.
pub(crate) fn alone(
    entry: &'static Entry,
    step: &Step,
    random: Random,
    inputs: &[Option<Frames>],
    options: &Options,
) -> Result<(CheckedStep, Plan), Error> {
    alone_on(entry, step, random, inputs, options, Placement::choose(options, entry.spec.device)?)
}

/// [`alone`] where the adapter is chosen.
pub(crate) fn alone_on(
    entry: &'static Entry,
    step: &Step,
    random: Random,
    inputs: &[Option<Frames>],
    options: &Options,
    placement: Placement,
) -> Result<(CheckedStep, Plan), Error> {
    let op = entry.build(&step.args).map_err(first)?;
    let name = step.op.clone();
    let (step, args) = (step.clone(), step.args.clone());
    let checked =
        CheckedStep { entry, op, wires: Vec::new(), name, step, computed: Vec::new(), args, random };
    let sources: Vec<Option<(FlowMeta, bool)>> =
        inputs.iter().map(|frames| frames.as_ref().map(|f| (FlowMeta::of_frames(f), true))).collect();
    let mut planned = self::step(&checked, &sources, &placement).map_err(|e| e.op(entry.spec.id))?;
    let inputs = sources.iter().flatten().map(|(flow, _)| flow.bytes());
    let bytes = inputs.chain(planned.flows.iter().map(FlowMeta::bytes)).fold(0, usize::saturating_add);
    let Some(memory) = parts::needed(bytes, options) else {
        return Ok((checked, placement.plan(vec![planned], 0)));
    };
    planned.move_to_host();
    let alone = |mut e: Error| {
        e.step = None;
        e
    };
    let (mut steps, checked_steps) = (vec![planned], std::slice::from_ref(&checked));
    parts::gather(&mut steps, checked_steps).map_err(alone)?;
    steps[0].stage = steps[0].is_local(true).then_some(0);
    let most = parts::cut(&mut steps, checked_steps, memory, options).map_err(alone)?;
    let mut plan = placement.plan(steps, most.memory);
    parts::set(&mut plan, memory, (bytes as u64).saturating_add(most.spilled), options);
    Ok((checked, plan))
}

/// Plans one step from the metadata at its ports; `true` beside those that are a file's own.
fn step(
    step: &CheckedStep,
    sources: &[Option<(FlowMeta, bool)>],
    placement: &Placement,
) -> Result<PlannedStep, Error> {
    let mut work = infer(step, sources)?;
    request_dtype(&mut work, step.step.dtype);
    if step.step.over.is_some() || (!step.computed.is_empty() && step.op.pixel().is_none()) {
        // How far it reaches is not known before its arguments are.
        work.reach = Reach::Whole;
    }
    place(step, work, placement)
}

/// The first of the errors of a check.
pub(crate) fn first(mut errors: Vec<Error>) -> Error {
    if errors.is_empty() { Error::new(Code::Internal, "an error without a reason") } else { errors.remove(0) }
}
