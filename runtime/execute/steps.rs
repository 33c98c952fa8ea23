//! Steps of a run under way, whole or in parts: the operation once its arguments are known, the end of the run, the
//! readers of a value, the outputs.

use super::report::Report;
use crate::plan::{self, Plan, PlannedStep};
use rotifer_registry::computed::{self, Read};
use rotifer_registry::op::Op;
use rotifer_registry::pipeline::{CheckedStep, Origin};
use rotifer_registry::{Datum, Error, Frames};

/// Why a step ends the run, if it says so: its name, and what its arguments were computed from. `output` gives the data of
/// an output, of each time and channel.
pub fn ending<'d>(step: &CheckedStep, output: impl Fn(usize) -> Option<Vec<&'d Datum>>) -> Option<String> {
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
pub fn operation_at(
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
pub fn is_read(steps: &[CheckedStep], plan: &Plan, next: usize, origin: Origin) -> bool {
    steps[next..]
        .iter()
        .zip(&plan.steps[next..])
        .any(|(step, planned)| !planned.skipped && step.reads(origin))
}

/// The values that are wanted; where a step ended the run, those of later steps are absent.
pub fn outputs<'v, D: Clone + 'v>(
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

/// A step whose arguments are known now.
pub fn known(step: &CheckedStep, op: Box<dyn Op>) -> CheckedStep {
    CheckedStep {
        entry: step.entry,
        op,
        wires: step.wires.clone(),
        name: step.name.clone(),
        step: step.step.clone(),
        computed: Vec::new(),
        args: step.args.clone(),
        random: step.random,
    }
}
