//! Runs checked steps on values that are whole in memory, in the order of the plan.

mod device;
mod submission;

use super::given::Given;
use super::ports::{coerce, planes_of, select};
use super::report::{Report, StepReport};
use super::stage::{self, Feed, Gathered, Member, Out};
use super::steps::{ending, is_read, operation_at};
use super::watch::Watch;
use super::{group, host, labels};
use crate::options::Options;
use crate::plan::Plan;
use crate::store::Item;
use rotifer_registry::computed::Read;
use rotifer_registry::op::{Op, PortKind};
use rotifer_registry::pipeline::{Checked, CheckedStep, Memory, Origin, Over, Wire};
use rotifer_registry::{Code, Datum, Error, Frames};
use std::collections::HashMap;
use std::time::Instant;

pub use submission::{Submission, submission, submissions};

/// A run under way.
pub struct Run<'a> {
    steps: &'a [CheckedStep],
    plan: &'a Plan,
    options: &'a Options,
    values: HashMap<Origin, Frames>,
    /// Inputs by port, in place of wires.
    pub ports: Option<&'a [Option<Frames>]>,
    pub report: Report,
    watch: &'a Watch,
    /// Whether a step can end the run.
    pub may_end: bool,
}

impl<'a> Run<'a> {
    pub fn new(steps: &'a [CheckedStep], plan: &'a Plan, options: &'a Options, watch: &'a Watch) -> Run<'a> {
        let report = Report { notes: plan.notes.clone(), ..Report::default() };
        watch.begin(plan.frames());
        Run { steps, plan, options, values: HashMap::new(), ports: None, report, watch, may_end: false }
    }

    pub fn given(
        pipeline: &'a Checked,
        plan: &'a Plan,
        given: &Given,
        options: &'a Options,
        watch: &'a Watch,
    ) -> Result<Run<'a>, Error> {
        labels::check_inputs(pipeline, given, options)?;
        let mut run = Run::new(&pipeline.steps, plan, options, watch);
        let inputs = given.inputs.iter().enumerate().map(|(i, frames)| (Origin::Input(i), frames.clone()));
        run.values.extend(inputs.chain(given.made.iter().cloned()));
        Ok(run)
    }

    pub fn all(&mut self, wanted: &[Origin]) -> Result<(), Error> {
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

    pub fn value(&self, origin: Origin) -> Result<&Frames, Error> {
        self.values
            .get(&origin)
            .ok_or_else(|| Error::new(Code::Internal, "a value was dropped before its last reader"))
    }

    /// The frames at every port of a step, as the port sees them.
    pub fn at_ports(&self, i: usize) -> Result<Vec<Option<Frames>>, Error> {
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
        let (t, c) = (frame / planned.flows[0].axes.c, frame % planned.flows[0].axes.c);
        operation_at(step, planned, |read: &Read| {
            let frames = self.value(read.origin)?;
            read.of(frames.at(t.min(frames.axes.t - 1), c.min(frames.axes.c - 1)))
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
            let (t, c) = (frame / planned.flows[0].axes.c, frame % planned.flows[0].axes.c);
            let at = |frames: &Frames| {
                Item::from(frames.at(t.min(frames.axes.t - 1), c.min(frames.axes.c - 1)).clone())
            };
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

    fn keep(&mut self, outside: &[Origin], items: Vec<Vec<Datum>>) {
        for (origin, items) in outside.iter().zip(items) {
            let Origin::Step { step, output } = *origin else { continue };
            let frames = self.plan.steps[step].flows[output].frames(items);
            self.values.insert(*origin, frames);
        }
    }
}
