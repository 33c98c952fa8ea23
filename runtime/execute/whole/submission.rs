//! The steps of one submission as passes: steps that are one expression are one pass, on pixels as they are stored.

use super::Run;
use crate::context::AdapterInfo;
use crate::execute::forms::takes_float;
use crate::execute::fusion::{Candidate, Gives, Work, fuse};
use crate::execute::ports::{coerce, for_device, planes_of, select};
use crate::execute::recording::{OnDevice, Recording, Window};
use crate::execute::{Given, Options, Watch};
use crate::plan::{self, Placement, PlannedStep};
use rotifer_registry::pipeline::{Checked, Memory, Origin, Step, Wire};
use rotifer_registry::{Buffer, Code, Datum, Dtype, Entry, Error, Frames, Kind, Random, Recorder};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

/// Inputs of an expression: with the output as many storage buffers as every adapter binds.
const INPUTS: usize = 7;

/// Where a port of a step gets its value.
#[derive(Clone, Copy)]
enum Feed<'a> {
    /// A value from before the submission: its step, port and frame.
    Outer { key: (usize, usize, usize), datum: &'a Datum },
    /// An output of an earlier step of the submission.
    Member { member: usize, output: usize },
}

impl Gives for Feed<'_> {
    fn member(&self) -> Option<usize> {
        if let Feed::Member { member, .. } = self { Some(*member) } else { None }
    }

    fn number(&self) -> Option<f64> {
        if let Feed::Outer { datum: Datum::Number(x), .. } = self { Some(*x) } else { None }
    }
}

/// Readers of a value on the device.
#[derive(Clone, Copy, Default)]
struct Readers {
    /// Whether an expression does, or the host.
    stored: bool,
    floats: bool,
    words: bool,
}

/// A submission, ready to be played.
pub struct Recorded {
    pub recording: Recording,
    /// Outputs by frame. Those of a step that is part of another one's pass are absent.
    pub made: HashMap<(Origin, usize), OnDevice>,
    /// Buffers to read back.
    pub reads: Vec<Buffer>,
    /// Which of these are an output of a frame: the first and how many, in the order of outputs, then frames.
    pub spans: Vec<(usize, usize)>,
}

impl Run<'_> {
    /// Records steps for some frames, and what is read back of them.
    pub fn recorded(
        &self,
        from: usize,
        to: usize,
        outside: &[Origin],
        frames: &[usize],
        window: Option<Window>,
    ) -> Result<Recorded, Error> {
        let mut recording = Recording::default();
        let made = self.record(&mut recording, from, to, outside, frames, window)?;
        let mut all = Recorded { recording, made, reads: Vec::new(), spans: Vec::new() };
        for origin in outside {
            for &frame in frames {
                let item = all
                    .made
                    .get(&(*origin, frame))
                    .ok_or_else(|| Error::new(Code::Internal, "an output was not recorded"))?;
                let buffers = all.recording.download(item)?;
                all.spans.push((all.reads.len(), buffers.len()));
                all.reads.extend(buffers);
            }
        }
        Ok(all)
    }

    /// Records steps for some frames; gives their outputs, by frame.
    fn record(
        &self,
        recording: &mut Recording,
        from: usize,
        to: usize,
        outside: &[Origin],
        frames: &[usize],
        window: Option<Window>,
    ) -> Result<HashMap<(Origin, usize), OnDevice>, Error> {
        let here = |i: usize| move |e: Error| e.step(i).op(&self.steps[i].step.op);
        let outer: Vec<Vec<Option<Frames>>> =
            (from..to).map(|i| self.outer(i, from).map_err(here(i))).collect::<Result<_, _>>()?;
        let mut made: HashMap<(Origin, usize), OnDevice> = HashMap::new();
        for &frame in frames {
            let candidates = (from..to).map(|i| {
                let step = &self.steps[i];
                let flow = &self.plan.steps[i].flows[0];
                let feeds = outer[i - from].iter().enumerate().map(|(p, frames)| match frames {
                    Some(frames) => {
                        let (t, c) = (
                            (frame / flow.axes.c).min(frames.axes.t - 1),
                            (frame % flow.axes.c).min(frames.axes.c - 1),
                        );
                        Some(Feed::Outer { key: (i, p, t * frames.axes.c + c), datum: frames.at(t, c) })
                    }
                    None => match step.wires.get(p).and_then(Option::as_ref)?.origin {
                        Origin::Step { step, output } if step >= from => {
                            Some(Feed::Member { member: step - from, output })
                        }
                        _ => None,
                    },
                });
                Candidate {
                    index: i,
                    step,
                    planned: &self.plan.steps[i],
                    feeds: feeds.collect(),
                    wanted: self.options.part == Some(0)
                        || outside.iter().any(|o| matches!(o, Origin::Step { step, .. } if *step == i)),
                }
            });
            let tasks = fuse(candidates.collect(), INPUTS)?;
            let mut readers: HashMap<(usize, usize), Readers> = HashMap::new();
            for task in tasks.iter().flatten() {
                for (feed, port) in &task.feeds {
                    let Some(Feed::Member { member, output }) = feed else { continue };
                    let readers = readers.entry((*member, *output)).or_default();
                    match task.work {
                        Work::Pixel { .. } => readers.stored = true,
                        Work::Op if takes_float(port) => readers.floats = true,
                        Work::Op => readers.words = true,
                    }
                }
            }
            for (i, task) in (from..to).zip(tasks) {
                let Some(task) = task else { continue };
                let (step, planned) = (&self.steps[i], &self.plan.steps[i]);
                let is_pixel = matches!(task.work, Work::Pixel { .. });
                let item = |feed: &Option<Feed>| match feed {
                    None => Ok(None),
                    // The expression has it as a constant.
                    Some(feed) if is_pixel && feed.number().is_some() => Ok(None),
                    Some(Feed::Outer { key, datum }) => recording.upload(datum, *key, window).map(Some),
                    Some(Feed::Member { member, output }) => {
                        let origin = Origin::Step { step: from + member, output: *output };
                        Ok(made.get(&(origin, frame)).cloned())
                    }
                };
                let items: Vec<Option<OnDevice>> = task
                    .feeds
                    .iter()
                    .map(|(feed, _)| feed)
                    .map(item)
                    .collect::<Result<_, _>>()
                    .map_err(here(i))?;
                let meta = planned.flows[0].datum.volume();
                let outputs = match (task.work, meta) {
                    (Work::Pixel { expr, slots }, Some(meta)) => {
                        let mut meta = meta.clone();
                        if let Some(window) = window {
                            meta.shape[window.axis] = window.to - window.from;
                        }
                        let readers = readers.get(&(i - from, 0)).copied().unwrap_or_default();
                        let wanted = outside.contains(&Origin::Step { step: i, output: 0 });
                        let store = match (wanted || readers.stored, readers.floats, readers.words) {
                            // Where nothing needs them as they are stored, they are made as they are read.
                            (false, true, false) => Dtype::F32,
                            (false, false, true) if meta.kind != Kind::Image => Dtype::U32,
                            _ => meta.dtype,
                        };
                        let name = format!("pixel/{}", task.ops.join(", "));
                        vec![recording.pixel(name, &expr, &slots, items, meta, store).map_err(here(i))?]
                    }
                    _ => recording.step(step, planned, items, window).map_err(here(i))?,
                };
                for (output, item) in outputs.into_iter().enumerate() {
                    made.insert((Origin::Step { step: i, output }, frame), item);
                }
            }
        }
        Ok(made)
    }

    /// Values that a step gets from outside a submission that begins at `from`, port by port as the device takes them.
    fn outer(&self, i: usize, from: usize) -> Result<Vec<Option<Frames>>, Error> {
        let step = &self.steps[i];
        let inside = |wire: &Wire| matches!(wire.origin, Origin::Step { step, .. } if step >= from);
        let outer = match self.ports {
            Some(_) => self.at_ports(i)?,
            None => {
                let ports = step.entry.spec.inputs.iter().enumerate().map(|(p, port)| {
                    match step.wires.get(p).and_then(Option::as_ref) {
                        Some(wire) if !inside(wire) => {
                            coerce(port, select(self.value(wire.origin)?, wire, planes_of)?).map(Some)
                        }
                        _ => Ok(None),
                    }
                });
                ports.collect::<Result<_, _>>()?
            }
        };
        let outer = outer.into_iter().zip(step.entry.spec.inputs);
        outer.map(|(frames, port)| frames.map(|frames| for_device(port, frames)).transpose()).collect()
    }
}

/// The passes of device steps that follow each other.
pub struct Submission {
    /// The steps, by their place in the pipeline.
    pub steps: Range<usize>,
    pub recorder: Recorder,
    /// Bytes that are read back.
    pub download_bytes: usize,
}

/// An adapter that takes every step with a device kernel.
static ASSUMED: LazyLock<AdapterInfo> = LazyLock::new(|| AdapterInfo {
    name: "none".into(),
    backend: String::new(),
    driver: String::new(),
    software: true,
    max_binding: u64::MAX,
});

impl Submission {
    fn of(run: &Run, steps: Range<usize>, wanted: &[Origin]) -> Result<Submission, Error> {
        let outside = run.read_outside(steps.start, steps.end, wanted);
        let frames: Vec<usize> = (0..run.plan.steps[steps.start].frames()).collect();
        let recorded = run.recorded(steps.start, steps.end, &outside, &frames, None)?;
        let download_bytes = recorded.reads.iter().map(|buffer| 4 * buffer.len).sum();
        Ok(Submission { steps, recorder: recorded.recording.recorder, download_bytes })
    }
}

/// The submissions of a pipeline on a device that takes all of it whole. No GPU is needed: the values between are the host's.
pub fn submissions(pipeline: &Checked, given: &Given, options: &Options) -> Result<Vec<Submission>, Error> {
    let placement = Placement::assumed(&ASSUMED);
    let plan = plan::plan_on(pipeline, &given.meta(), None, options, placement).map_err(plan::first)?;
    let watch = Watch::default();
    let mut run = Run::given(pipeline, &plan, given, options, &watch)?;
    let kept = pipeline.kept();
    let mut all = Vec::new();
    let mut next = 0;
    while let Some(first) = plan.steps.get(next) {
        let alike = |step: &PlannedStep| first.submission.is_some() && step.submission == first.submission;
        let steps = next..next + 1 + plan.steps[next + 1..].iter().take_while(|step| alike(step)).count();
        next = steps.end;
        if first.memory == Memory::Device {
            all.push(Submission::of(&run, steps.clone(), &kept)?);
        }
        steps.into_iter().try_for_each(|i| run.host_step(i))?;
    }
    Ok(all)
}

/// The submission of one function on its inputs, port by port; none where its device kernel does not take them.
pub fn submission(
    entry: &'static Entry,
    step: &Step,
    inputs: &[Option<Frames>],
) -> Result<Option<Submission>, Error> {
    let (options, watch) = (Options::default(), Watch::default());
    let placement = Placement::assumed(&ASSUMED);
    let (checked, plan) = plan::alone_on(entry, step, Random::default(), inputs, &options, placement)?;
    if plan.steps[0].memory != Memory::Device {
        return Ok(None);
    }
    let steps = [checked];
    let mut run = Run::new(&steps, &plan, &options, &watch);
    run.ports = Some(inputs);
    let outputs = 0..entry.spec.outputs.len();
    let wanted: Vec<Origin> = outputs.map(|output| Origin::Step { step: 0, output }).collect();
    Submission::of(&run, 0..1, &wanted).map(Some)
}
