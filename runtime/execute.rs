//! Runs a checked pipeline on one image, as its plan says.

use crate::context;
use crate::plan::{self, FlowMeta, Placement, Plan, PlannedStep};
use crate::player::{Budget, Played, play};
use rotifer_registry::op::{DeviceDatum, DeviceOutput, DeviceVolume, Metas, Port, PortKind, Ports};
use rotifer_registry::pipeline::{Args, Checked, CheckedStep, Memory, Origin, Step, Wire};
use rotifer_registry::{
    Buffer, Code, Datum, DatumMeta, Dtype, Entry, Error, Frames, Image, Kind, OutKind, Recorder, Table,
    Values, Volume, VolumeMeta,
};
use rotifer_shaders::memory::{CONVERT, PACK, UNPACK};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;

/// Where device kernels may run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// On the device where the op has a kernel and a hardware adapter is there.
    #[default]
    Auto,
    /// On the host only.
    Cpu,
    /// On the device, a software adapter too; without any adapter the run fails at once.
    Gpu,
}

/// How to run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Options {
    pub on: On,
    /// Largest buffer to bind on the device, in bytes, where less than the adapter's limit is wanted.
    pub max_binding: Option<u64>,
    /// Most bytes of device memory to hold at once, where less than all of it is wanted.
    pub device_memory: Option<u64>,
    /// Times every pass on the device, where the adapter can.
    pub timed: bool,
}

/// What a pipeline gave for one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Kept outputs, by the name of their step; further outputs of a step are `name.output`.
    pub outputs: Vec<(String, Frames)>,
    pub report: Report,
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

    fn go_on(&self) -> Result<(), Error> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(Error::new(Code::Cancelled, "the task was cancelled"));
        }
        Ok(())
    }

    fn add(&self, frames: usize) {
        self.done.fetch_add(frames as u32, Ordering::Relaxed);
    }
}

/// Runs a pipeline on one image.
pub fn run(pipeline: &Checked, input: &Image, options: &Options) -> Result<Outcome, Error> {
    let plan = plan::plan(pipeline, &input.meta(), options).map_err(first)?;
    run_planned(pipeline, &plan, input, options, &Watch::default())
}

/// [`run`] by the plan for images with this one's metadata, with someone who looks on.
pub fn run_planned(
    pipeline: &Checked,
    plan: &Plan,
    input: &Image,
    options: &Options,
    watch: &Watch,
) -> Result<Outcome, Error> {
    let kept = pipeline.saved();
    let mut run = Run::new(&pipeline.steps, plan, options, watch);
    run.values.insert(Origin::Input, Frames::from(input));
    let mut wanted = Vec::new();
    for &step in &kept {
        // The primary output, and numbers and tables beside it; further images are kept where they are named.
        for (output, port) in pipeline.steps[step].entry.spec.outputs.iter().enumerate() {
            if output == 0 || matches!(port.kind, OutKind::Table | OutKind::Number) {
                wanted.push(Origin::Step { step, output });
            }
        }
    }
    run.all(&wanted)?;
    let mut outputs = Vec::new();
    for origin in wanted {
        let Origin::Step { step, output } = origin else { continue };
        let (name, spec) = (&pipeline.steps[step].name, pipeline.steps[step].entry.spec);
        let name = if output == 0 { name.clone() } else { format!("{name}.{}", spec.outputs[output].name) };
        outputs.push((name, run.value(origin)?.clone()));
    }
    Ok(Outcome { outputs, report: run.report })
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
    let op = entry.build(&step.args).map_err(first)?;
    let name = step.op.clone();
    let checked = CheckedStep { entry, op, wires: Vec::new(), name, step: step.clone() };
    let sources: Vec<Option<(FlowMeta, bool)>> =
        inputs.iter().map(|frames| frames.as_ref().map(|f| (flow_of(f), true))).collect();
    let placement = Placement::choose(options, entry.spec.device)?;
    let here = |e: Error| e.op(entry.spec.id);
    let planned = plan::step(&checked, &sources, &placement).map_err(here)?;
    let plan = Plan {
        steps: vec![planned],
        adapter: placement.adapter.cloned(),
        peak_bytes: 0,
        notes: placement.notes,
    };
    let steps = [checked];
    let watch = Watch::default();
    let mut run = Run::new(&steps, &plan, options, &watch);
    run.given = Some(inputs);
    let wanted: Vec<Origin> =
        (0..entry.spec.outputs.len()).map(|output| Origin::Step { step: 0, output }).collect();
    run.all(&wanted).map_err(|mut e| {
        e.step = None;
        here(e)
    })?;
    let outputs = wanted.iter().map(|o| run.value(*o).cloned()).collect::<Result<_, _>>()?;
    Ok((outputs, run.report))
}

pub(crate) fn first(mut errors: Vec<Error>) -> Error {
    if errors.is_empty() { Error::new(Code::Internal, "an error without a reason") } else { errors.remove(0) }
}

fn flow_of(frames: &Frames) -> FlowMeta {
    FlowMeta {
        datum: frames.items.first().map_or(DatumMeta::Table, Datum::meta),
        t: frames.t,
        c: frames.c,
        has_t: frames.has_t,
        has_c: frames.has_c,
        channels: frames.channels.clone(),
    }
}

struct Run<'a> {
    steps: &'a [CheckedStep],
    plan: &'a Plan,
    options: &'a Options,
    values: HashMap<Origin, Frames>,
    /// Inputs by port, in place of wires.
    given: Option<&'a [Option<Frames>]>,
    report: Report,
    watch: &'a Watch,
}

impl<'a> Run<'a> {
    fn new(steps: &'a [CheckedStep], plan: &'a Plan, options: &'a Options, watch: &'a Watch) -> Run<'a> {
        let report = Report { notes: plan.notes.clone(), ..Report::default() };
        let frames: usize = plan.steps.iter().map(PlannedStep::frames).sum();
        watch.of.store(frames as u32, Ordering::Relaxed);
        Run { steps, plan, options, values: HashMap::new(), given: None, report, watch }
    }

    fn all(&mut self, wanted: &[Origin]) -> Result<(), Error> {
        let mut next = 0;
        while next < self.steps.len() {
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
                self.host_step(next)?;
            }
            self.drop_unread(end, wanted);
            next = end;
        }
        Ok(())
    }

    /// Frees what no later step reads.
    fn drop_unread(&mut self, next: usize, wanted: &[Origin]) {
        let steps = self.steps;
        self.values.retain(|origin, _| {
            wanted.contains(origin)
                || steps[next..].iter().any(|s| s.wires.iter().flatten().any(|wire| wire.origin == *origin))
        });
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
            .map(|(p, port)| match self.given {
                Some(given) => {
                    given.get(p).and_then(Option::as_ref).map(|f| coerce(port, f.clone())).transpose()
                }
                None => match step.wires.get(p).and_then(Option::as_ref) {
                    Some(wire) => coerce(port, select(self.value(wire.origin)?, wire)?).map(Some),
                    None => Ok(None),
                },
            })
            .collect()
    }

    fn host_step(&mut self, i: usize) -> Result<(), Error> {
        let start = Instant::now();
        let step = &self.steps[i];
        let inputs = self.at_ports(i).map_err(|e| e.step(i).op(&step.step.op))?;
        let outputs = run_on_host(step, &self.plan.steps[i], &inputs, self.watch)
            .map_err(|e| e.step(i).op(&step.step.op))?;
        for (output, frames) in outputs.into_iter().enumerate() {
            self.values.insert(Origin::Step { step: i, output }, frames);
        }
        self.report_step(i, Memory::Host, start.elapsed().as_secs_f64());
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
                let later =
                    self.steps[to..].iter().any(|s| s.wires.iter().flatten().any(|w| w.origin == origin));
                if later || wanted.contains(&origin) {
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
            let flow = &self.plan.steps[step].flows[output];
            let frames = Frames {
                items,
                t: flow.t,
                c: flow.c,
                has_t: flow.has_t,
                has_c: flow.has_c,
                channels: flow.channels.clone(),
            };
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
        let mut recording =
            Recording { recorder: Recorder::new(), uploads: Vec::new(), uploaded: HashMap::new() };
        let mut made: HashMap<(Origin, usize), OnDevice> = HashMap::new();
        for i in from..to {
            let step = &self.steps[i];
            let here = |e: Error| e.step(i).op(&step.step.op);
            // Inputs that come from outside, as the ports see them.
            let inside = |wire: &Wire| matches!(wire.origin, Origin::Step { step, .. } if step >= from);
            let outer = match self.given {
                Some(_) => self.at_ports(i).map_err(here)?,
                None => {
                    let ports = step.entry.spec.inputs.iter().enumerate().map(|(p, port)| {
                        match step.wires.get(p).and_then(Option::as_ref) {
                            Some(wire) if !inside(wire) => {
                                coerce(port, select(self.value(wire.origin)?, wire)?).map(Some)
                            }
                            _ => Ok(None),
                        }
                    });
                    ports.collect::<Result<_, _>>().map_err(here)?
                }
            };
            for &frame in frames {
                let inputs: Vec<Option<OnDevice>> = (0..step.entry.spec.inputs.len())
                    .map(|p| {
                        if let Some(frames) = &outer[p] {
                            let flow = &self.plan.steps[i].flows[0];
                            let (t, c) =
                                ((frame / flow.c).min(frames.t - 1), (frame % flow.c).min(frames.c - 1));
                            let key = (i, p, t * frames.c + c);
                            return recording.upload(frames.at(t, c), key, window).map(Some);
                        }
                        let wire = step.wires.get(p).and_then(Option::as_ref);
                        Ok(wire.and_then(|wire| made.get(&(wire.origin, frame))).cloned())
                    })
                    .collect::<Result<_, _>>()
                    .map_err(here)?;
                let outputs = recording.step(step, &self.plan.steps[i], inputs, window).map_err(here)?;
                for (output, item) in outputs.into_iter().enumerate() {
                    made.insert((Origin::Step { step: i, output }, frame), item);
                }
            }
        }
        let mut reads = Vec::new();
        let mut spans = Vec::new();
        for origin in outside {
            for &frame in frames {
                let item = made
                    .get(&(*origin, frame))
                    .ok_or_else(|| Error::new(Code::Internal, "an output was not recorded"))?;
                let buffers = recording.download(item)?;
                spans.push((reads.len(), buffers.len()));
                reads.extend(buffers);
            }
        }
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

/// A range of one axis of the image.
#[derive(Clone, Copy)]
struct Window {
    axis: usize,
    from: usize,
    to: usize,
}

impl Window {
    fn of(self, meta: &mut DatumMeta) {
        if let Some(v) = meta.volume_mut() {
            v.shape[self.axis] = self.to - self.from;
        }
    }
}

/// One channel or time point of a value, where the wire asks for it.
fn select(frames: &Frames, wire: &Wire) -> Result<Frames, Error> {
    let mut frames = frames.clone();
    if let Some(channel) = &wire.channel {
        if frames.c == 1 && frames.items.iter().all(|d| matches!(d, Datum::Rgb(_))) {
            let planes = frames.items.into_iter().flat_map(|d| match d {
                Datum::Rgb(planes) => planes.map(Datum::Volume).to_vec(),
                other => vec![other],
            });
            frames =
                Frames { items: planes.collect(), c: 3, has_c: true, ..Frames::from(Datum::Number(0.0)) };
        }
        frames = frames.channel(channel)?;
    }
    match wire.time {
        Some(t) => frames.time(t),
        None => Ok(frames),
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
            let convert = |d: Datum| match (d, port.kind) {
                (Datum::Volume(v), PortKind::Mask) => Ok(Datum::Volume(v.to_mask())),
                (Datum::Volume(v), PortKind::MaskOrLabels) if v.kind() == Kind::Mask => Ok(Datum::Volume(v)),
                (Datum::Volume(v), _) => v.to_labels().map(Datum::Volume),
                (other, _) => Ok(other),
            };
            let items = frames.items.into_iter().map(convert).collect::<Result<_, _>>()?;
            Ok(Frames { items, ..frames })
        }
        _ => Ok(frames),
    }
}

/// Runs one step on the host, frame by frame.
fn run_on_host(
    step: &CheckedStep,
    planned: &PlannedStep,
    inputs: &[Option<Frames>],
    watch: &Watch,
) -> Result<Vec<Frames>, Error> {
    let spec = step.entry.spec;
    let mut outputs: Vec<Vec<Datum>> = vec![Vec::new(); spec.outputs.len()];
    let flow = &planned.flows[0];
    for frame in 0..planned.frames() {
        watch.go_on()?;
        let items: Vec<Option<Datum>> = inputs
            .iter()
            .map(|f| {
                f.as_ref().map(|f| f.at((frame / flow.c).min(f.t - 1), (frame % flow.c).min(f.c - 1)).clone())
            })
            .collect();
        let slices = step.step.slice_by_slice;
        let data = if slices { by_slices(step, &items, watch)? } else { compute(step, &items)? };
        for ((all, datum), flow) in outputs.iter_mut().zip(data).zip(&planned.flows) {
            all.push(finish(datum, &flow.datum)?);
        }
        watch.add(1);
    }
    let frames = outputs.into_iter().zip(&planned.flows).map(|(items, flow)| Frames {
        items,
        t: flow.t,
        c: flow.c,
        has_t: flow.has_t,
        has_c: flow.has_c,
        channels: flow.channels.clone(),
    });
    Ok(frames.collect())
}

fn compute(step: &CheckedStep, items: &[Option<Datum>]) -> Result<Vec<Datum>, Error> {
    let spec = step.entry.spec;
    let data = step.op.run(&Ports::new(spec.inputs, items))?;
    if data.len() != spec.outputs.len() {
        return Err(Error::new(Code::Internal, format!("{} outputs are declared", spec.outputs.len()))
            .value(data.len()));
    }
    Ok(data)
}

/// Runs a step on every z plane as a 2-D image. Images are stacked again; tables get a column `z`, numbers become one.
fn by_slices(step: &CheckedStep, items: &[Option<Datum>], watch: &Watch) -> Result<Vec<Datum>, Error> {
    let depth = |d: &Datum| match d {
        Datum::Volume(v) | Datum::Rgb([v, _, _]) => v.shape()[0],
        _ => 1,
    };
    let planes = items.iter().flatten().map(depth).max().unwrap_or(1);
    let solid = items
        .iter()
        .flatten()
        .any(|d| matches!(d, Datum::Volume(v) | Datum::Rgb([v, _, _]) if v.ndim() == 3));
    if !solid {
        return compute(step, items);
    }
    if let Some(odd) = items.iter().flatten().find(|d| d.meta().volume().is_some() && depth(d) != planes) {
        return Err(Error::new(Code::Shape, "the inputs differ in planes")
            .value(depth(odd))
            .allowed(planes.to_string()));
    }
    let mut slices: Vec<Vec<Datum>> = vec![Vec::new(); step.entry.spec.outputs.len()];
    for z in 0..planes {
        watch.go_on()?;
        let cut = |d: &Datum| match d {
            Datum::Volume(v) => Datum::Volume(v.plane(z)),
            Datum::Rgb(p) => Datum::Rgb(p.each_ref().map(|v| v.plane(z))),
            other => other.clone(),
        };
        let plane: Vec<Option<Datum>> = items.iter().map(|d| d.as_ref().map(cut)).collect();
        for (all, datum) in slices.iter_mut().zip(compute(step, &plane)?) {
            all.push(datum);
        }
    }
    slices.into_iter().zip(step.entry.spec.outputs).map(|(data, port)| rejoin(data, port.name)).collect()
}

fn rejoin(data: Vec<Datum>, name: &str) -> Result<Datum, Error> {
    match data.first() {
        Some(Datum::Volume(_)) => {
            let volumes: Vec<Volume> = data
                .into_iter()
                .filter_map(|d| if let Datum::Volume(v) = d { Some(v) } else { None })
                .collect();
            Volume::stack(&volumes).map(Datum::Volume)
        }
        Some(Datum::Rgb(_)) => {
            let planes: Vec<[Volume; 3]> =
                data.into_iter().filter_map(|d| if let Datum::Rgb(p) = d { Some(p) } else { None }).collect();
            let channel = |c: usize| Volume::stack(&planes.iter().map(|p| p[c].clone()).collect::<Vec<_>>());
            Ok(Datum::Rgb([channel(0)?, channel(1)?, channel(2)?]))
        }
        _ => {
            let mut whole = Table::new();
            for (z, datum) in data.into_iter().enumerate() {
                let mut table = match datum {
                    Datum::Table(table) => table,
                    Datum::Number(x) => Table::new().with(name, Values::Float(vec![x]))?,
                    _ => return Err(Error::new(Code::Internal, "slices of different kinds")),
                };
                table.insert(0, "slice", Values::Int(vec![z as i64; table.rows()]))?;
                whole.extend(&table)?;
            }
            Ok(Datum::Table(whole))
        }
    }
}

/// Gives an output the dtype the plan says, and holds it against the plan's shape.
fn finish(datum: Datum, planned: &DatumMeta) -> Result<Datum, Error> {
    let fit = |v: Volume, meta: &VolumeMeta| {
        if (v.shape(), v.ndim()) != (meta.shape, meta.ndim) {
            return Err(Error::new(Code::Internal, "an output has another shape than was planned")
                .value(v.meta().shape_text())
                .allowed(meta.shape_text()));
        }
        Ok(v.cast(meta.dtype).with_spacing(meta.spacing))
    };
    match (datum, planned) {
        (Datum::Volume(v), DatumMeta::Volume(meta)) => fit(v, meta).map(Datum::Volume),
        (Datum::Rgb([r, g, b]), DatumMeta::Rgb(meta)) => {
            Ok(Datum::Rgb([fit(r, meta)?, fit(g, meta)?, fit(b, meta)?]))
        }
        (datum @ Datum::Table(_), DatumMeta::Table) | (datum @ Datum::Number(_), DatumMeta::Number) => {
            Ok(datum)
        }
        (datum, planned) => Err(Error::new(Code::Internal, "an output is of another kind than was planned")
            .value(datum.meta().kind().name())
            .allowed(planned.kind().name())),
    }
}

/// A value on the device.
#[derive(Clone)]
enum OnDevice {
    /// Elements as f32 or as u32; the other is made when it is needed.
    Volume {
        buffer: Buffer,
        float: bool,
        meta: VolumeMeta,
    },
    Rgb {
        planes: [Buffer; 3],
        meta: VolumeMeta,
    },
    Number(Buffer),
    /// Bytes that the op turns into a table or number; metadata of the inputs for that.
    Unfinished {
        buffers: Vec<Buffer>,
        inputs: Vec<Option<DatumMeta>>,
    },
    /// Planes of a step that ran slice by slice.
    Slices(Vec<OnDevice>),
}

struct Recording {
    recorder: Recorder,
    uploads: Vec<(Buffer, Volume)>,
    /// What has been uploaded, by step, port and frame.
    uploaded: HashMap<(usize, usize, usize), OnDevice>,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct UnpackParams {
    len: u32,
    bits: u32,
    is_signed: u32,
    to_float: u32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct PackParams {
    len: u32,
    bits: u32,
    from_float: u32,
    padding: u32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct ConvertParams {
    len: u32,
    from_integer: u32,
    lowest: f32,
    highest: f32,
}

impl Recording {
    /// Brings a datum to the device: its bytes as they are, spread to 4-byte elements there.
    fn upload(
        &mut self,
        datum: &Datum,
        key: (usize, usize, usize),
        window: Option<Window>,
    ) -> Result<OnDevice, Error> {
        if let Some(item) = self.uploaded.get(&key) {
            return Ok(item.clone());
        }
        let cut = |v: &Volume| match window {
            Some(w) => v.cut(w.axis, w.from..w.to),
            None => v.clone(),
        };
        let item = match datum {
            Datum::Volume(v) => {
                let v = cut(v);
                let (buffer, float) = self.raw(&v)?;
                OnDevice::Volume { buffer, float, meta: v.meta() }
            }
            Datum::Rgb(planes) => {
                let planes = planes.each_ref().map(cut);
                let [r, g, b] = &planes;
                let buffers = [self.raw(r)?.0, self.raw(g)?.0, self.raw(b)?.0];
                OnDevice::Rgb { planes: buffers, meta: planes[0].meta() }
            }
            Datum::Number(x) => OnDevice::Number(self.recorder.constant(&[*x as f32])),
            Datum::Table(_) => return Err(Error::new(Code::Internal, "tables stay on the host")),
        };
        self.uploaded.insert(key, item.clone());
        Ok(item)
    }

    /// A volume as a buffer of elements; true where they are f32.
    fn raw(&mut self, v: &Volume) -> Result<(Buffer, bool), Error> {
        // The same pixels at several ports travel once.
        let same = self
            .uploads
            .iter()
            .position(|(_, u)| u.bytes().as_ptr() == v.bytes().as_ptr() && u.len() == v.len());
        let external = match same {
            Some(i) => self.uploads[i].0,
            None => {
                let buffer = self.recorder.external(v.bytes().len().div_ceil(4));
                self.uploads.push((buffer, v.clone()));
                buffer
            }
        };
        let float = v.kind() == Kind::Image;
        let bits = match v.dtype() {
            Dtype::F32 => return Ok((external, true)),
            Dtype::U32 if v.kind() == Kind::Labels => return Ok((external, false)),
            Dtype::U32 | Dtype::I32 => {
                return Err(Error::new(Code::Internal, "uint32 and int32 intensities stay on the host"));
            }
            dtype => 8 * dtype.size() as u32,
        };
        let output = self.recorder.buffer(v.len());
        let params = UnpackParams {
            len: v.len() as u32,
            bits,
            is_signed: (v.dtype() == Dtype::I16) as u32,
            to_float: float as u32,
        };
        self.recorder.pass(&UNPACK).uniform(&params).bind(&[external, output]).over(v.len())?;
        Ok((output, float))
    }

    fn as_float(&mut self, buffer: Buffer) -> Result<Buffer, Error> {
        let output = self.recorder.buffer(buffer.len);
        let params = ConvertParams { len: buffer.len as u32, from_integer: 1, lowest: 0.0, highest: 0.0 };
        self.recorder.pass(&CONVERT).uniform(&params).bind(&[buffer, output]).over(buffer.len)?;
        Ok(output)
    }

    fn quantize(&mut self, buffer: Buffer, dtype: Dtype) -> Result<Buffer, Error> {
        let output = self.recorder.buffer(buffer.len);
        let (lowest, highest) = dtype.range();
        let params = ConvertParams {
            len: buffer.len as u32,
            from_integer: 0,
            lowest: lowest as f32,
            highest: highest as f32,
        };
        self.recorder.pass(&CONVERT).uniform(&params).bind(&[buffer, output]).over(buffer.len)?;
        Ok(output)
    }

    /// Records one step for one frame.
    fn step(
        &mut self,
        step: &CheckedStep,
        planned: &PlannedStep,
        inputs: Vec<Option<OnDevice>>,
        window: Option<Window>,
    ) -> Result<Vec<OnDevice>, Error> {
        let inputs: Vec<Option<OnDevice>> = inputs
            .into_iter()
            .map(|item| match item {
                Some(OnDevice::Slices(planes)) => self.stacked(planes).map(Some),
                other => Ok(other),
            })
            .collect::<Result<_, _>>()?;
        let solid = |item: &OnDevice| match item {
            OnDevice::Volume { meta, .. } | OnDevice::Rgb { meta, .. } => {
                (meta.ndim == 3).then_some(meta.shape[0])
            }
            _ => None,
        };
        let depth = inputs.iter().flatten().filter_map(solid).max();
        match (step.step.slice_by_slice, depth) {
            (true, Some(depth)) => {
                let mut outputs: Vec<Vec<OnDevice>> = vec![Vec::new(); step.entry.spec.outputs.len()];
                for z in 0..depth {
                    let plane: Vec<Option<OnDevice>> = inputs
                        .iter()
                        .map(|item| item.as_ref().map(|item| self.plane(item, z)).transpose())
                        .collect::<Result<_, _>>()?;
                    for (all, item) in outputs.iter_mut().zip(self.flat_step(step, planned, plane, None)?) {
                        all.push(item);
                    }
                }
                Ok(outputs.into_iter().map(OnDevice::Slices).collect())
            }
            _ => self.flat_step(step, planned, inputs, window),
        }
    }

    /// One z plane of a value.
    fn plane(&mut self, item: &OnDevice, z: usize) -> Result<OnDevice, Error> {
        let mut cut = |buffer: Buffer, meta: &VolumeMeta| {
            let n = meta.shape[1] * meta.shape[2];
            let plane = self.recorder.buffer(n);
            self.recorder.copy_part(buffer, z * n, plane, 0, n);
            plane
        };
        let flat = |meta: &VolumeMeta| VolumeMeta {
            shape: [1, meta.shape[1], meta.shape[2]],
            ndim: 2,
            ..meta.clone()
        };
        Ok(match item {
            OnDevice::Volume { buffer, float, meta } => {
                OnDevice::Volume { buffer: cut(*buffer, meta), float: *float, meta: flat(meta) }
            }
            OnDevice::Rgb { planes, meta } => {
                OnDevice::Rgb { planes: planes.map(|buffer| cut(buffer, meta)), meta: flat(meta) }
            }
            other => other.clone(),
        })
    }

    /// Planes as one volume again.
    fn stacked(&mut self, planes: Vec<OnDevice>) -> Result<OnDevice, Error> {
        let depth = planes.len();
        let mixed = || Error::new(Code::Internal, "slices of different kinds");
        let mut solid = |buffers: Vec<Buffer>| {
            let n = buffers[0].len;
            let whole = self.recorder.buffer(n * depth);
            for (z, buffer) in buffers.into_iter().enumerate() {
                self.recorder.copy_part(buffer, 0, whole, z * n, n);
            }
            whole
        };
        match planes.first() {
            Some(OnDevice::Volume { float, meta, .. }) => {
                let buffers: Vec<Buffer> = planes
                    .iter()
                    .filter_map(
                        |p| if let OnDevice::Volume { buffer, .. } = p { Some(*buffer) } else { None },
                    )
                    .collect();
                let mut meta = meta.clone();
                (meta.shape[0], meta.ndim) = (depth, 3);
                Ok(OnDevice::Volume { buffer: solid(buffers), float: *float, meta })
            }
            Some(OnDevice::Rgb { meta, .. }) => {
                let mut meta = meta.clone();
                (meta.shape[0], meta.ndim) = (depth, 3);
                let channel = |c: usize| -> Vec<Buffer> {
                    planes
                        .iter()
                        .filter_map(
                            |p| if let OnDevice::Rgb { planes, .. } = p { Some(planes[c]) } else { None },
                        )
                        .collect()
                };
                let channels = [channel(0), channel(1), channel(2)];
                Ok(OnDevice::Rgb { planes: channels.map(&mut solid), meta })
            }
            _ => Err(mixed()),
        }
    }

    fn flat_step(
        &mut self,
        step: &CheckedStep,
        planned: &PlannedStep,
        inputs: Vec<Option<OnDevice>>,
        window: Option<Window>,
    ) -> Result<Vec<OnDevice>, Error> {
        let spec = step.entry.spec;
        let device = step
            .op
            .device()
            .ok_or_else(|| Error::new(Code::Internal, "a host step was planned on the device"))?;
        let mut items = Vec::new();
        for (item, port) in inputs.into_iter().zip(spec.inputs) {
            items.push(match item {
                None => None,
                Some(item) => Some(self.device_datum(item, port)?),
            });
        }
        let outputs = device.record(&Ports::new(spec.inputs, &items), &mut self.recorder)?;
        if outputs.len() != spec.outputs.len() {
            return Err(Error::new(Code::Internal, format!("{} outputs are declared", spec.outputs.len()))
                .value(outputs.len()));
        }
        let mut metas = planned.inputs.clone();
        if let Some(window) = window {
            metas.iter_mut().flatten().for_each(|meta| window.of(meta));
        }
        let mut made = Vec::new();
        for ((output, port), flow) in outputs.into_iter().zip(spec.outputs).zip(&planned.flows) {
            let mut meta = flow.datum.clone();
            if step.step.slice_by_slice
                && planned.inputs.iter().flatten().any(|m| m.volume().is_some_and(|v| v.ndim == 2))
                && let Some(v) = meta.volume_mut()
            {
                (v.shape[0], v.ndim) = (1, 2);
            }
            if let Some(window) = window {
                window.of(&mut meta);
            }
            made.push(self.output(output, port.kind, meta, &metas)?);
        }
        Ok(made)
    }

    fn device_datum(&mut self, item: OnDevice, port: &Port) -> Result<DeviceDatum, Error> {
        Ok(match item {
            OnDevice::Volume { buffer, float, meta } => {
                let wants_float =
                    !matches!(port.kind, PortKind::Mask | PortKind::Labels | PortKind::MaskOrLabels);
                let buffer = match (float, wants_float) {
                    (false, true) => self.as_float(buffer)?,
                    (true, false) => {
                        return Err(Error::new(Code::Internal, "intensities where a mask is needed"));
                    }
                    _ => buffer,
                };
                DeviceDatum::Volume(DeviceVolume { buffer, meta })
            }
            OnDevice::Rgb { planes, meta } => {
                DeviceDatum::Rgb(planes.map(|buffer| DeviceVolume { buffer, meta: meta.clone() }))
            }
            OnDevice::Number(buffer) => DeviceDatum::Number(buffer),
            OnDevice::Unfinished { .. } | OnDevice::Slices(_) => {
                return Err(Error::new(Code::Internal, "this value is read on the host"));
            }
        })
    }

    /// An op's output with the dtype the plan says.
    fn output(
        &mut self,
        output: DeviceOutput,
        kind: OutKind,
        meta: DatumMeta,
        inputs: &[Option<DatumMeta>],
    ) -> Result<OnDevice, Error> {
        let native = |first: Option<&VolumeMeta>| first.and_then(|v| kind.meta(v).volume().map(|m| m.dtype));
        let native = native(inputs.iter().flatten().find_map(DatumMeta::volume));
        match (output, meta) {
            (DeviceOutput::Volume { buffer, whole }, DatumMeta::Volume(meta)) => {
                let integers = matches!(kind, OutKind::Mask | OutKind::Labels);
                if integers && meta.kind != Kind::Image {
                    return Ok(OnDevice::Volume { buffer, float: false, meta });
                }
                let mut buffer = if integers { self.as_float(buffer)? } else { buffer };
                if meta.dtype.is_integer() && !(whole && native == Some(meta.dtype)) {
                    buffer = self.quantize(buffer, meta.dtype)?;
                }
                Ok(OnDevice::Volume { buffer, float: true, meta })
            }
            (DeviceOutput::Rgb(planes), DatumMeta::Rgb(meta)) => {
                let mut made = planes;
                if meta.dtype.is_integer() {
                    for plane in &mut made {
                        *plane = self.quantize(*plane, meta.dtype)?;
                    }
                }
                Ok(OnDevice::Rgb { planes: made, meta })
            }
            (DeviceOutput::Number(buffer), DatumMeta::Number) => Ok(OnDevice::Number(buffer)),
            (DeviceOutput::Number(buffer), DatumMeta::Table) => Ok(OnDevice::Number(buffer)),
            (DeviceOutput::Readback(buffers), _) => {
                Ok(OnDevice::Unfinished { buffers, inputs: inputs.to_vec() })
            }
            _ => Err(Error::new(Code::Internal, "an output is of another kind than was planned")),
        }
    }

    /// Buffers to read back for a value, packed to its dtype.
    fn download(&mut self, item: &OnDevice) -> Result<Vec<Buffer>, Error> {
        Ok(match item {
            OnDevice::Volume { buffer, float, meta } => vec![self.packed(*buffer, *float, meta)?],
            OnDevice::Rgb { planes, meta } => {
                let [r, g, b] = *planes;
                vec![self.packed(r, true, meta)?, self.packed(g, true, meta)?, self.packed(b, true, meta)?]
            }
            OnDevice::Number(buffer) => vec![*buffer],
            OnDevice::Unfinished { buffers, .. } => buffers.clone(),
            OnDevice::Slices(items) => {
                let mut buffers = Vec::new();
                for item in items {
                    buffers.extend(self.download(item)?);
                }
                buffers
            }
        })
    }

    fn packed(&mut self, buffer: Buffer, float: bool, meta: &VolumeMeta) -> Result<Buffer, Error> {
        if meta.dtype.size() == 4 {
            return Ok(buffer);
        }
        let per_word = 4 / meta.dtype.size();
        let words = meta.len().div_ceil(per_word);
        let output = self.recorder.buffer(words);
        let params = PackParams {
            len: meta.len() as u32,
            bits: 8 * meta.dtype.size() as u32,
            from_float: float as u32,
            padding: 0,
        };
        self.recorder.pass(&PACK).uniform(&params).bind(&[buffer, output]).over(words)?;
        Ok(output)
    }
}

impl OnDevice {
    /// How many buffers [`Recording::download`] reads for this value.
    fn reads(&self) -> usize {
        match self {
            OnDevice::Volume { .. } | OnDevice::Number(_) => 1,
            OnDevice::Rgb { .. } => 3,
            OnDevice::Unfinished { buffers, .. } => buffers.len(),
            OnDevice::Slices(items) => items.iter().map(OnDevice::reads).sum(),
        }
    }

    /// The value from the bytes that were read back.
    fn datum(&self, step: &CheckedStep, output: usize, mut read: Vec<Vec<u8>>) -> Result<Datum, Error> {
        let volume = |bytes: &[u8], float: bool, meta: &VolumeMeta| {
            let stored = if float && meta.dtype.size() == 4 {
                meta.with(Kind::Image, Dtype::F32)
            } else {
                meta.clone()
            };
            let bytes = bytes.get(..stored.bytes()).unwrap_or(bytes);
            Volume::from_bytes(&stored, bytes).map(|v| v.cast(meta.dtype))
        };
        match self {
            OnDevice::Volume { float, meta, .. } => volume(&read.remove(0), *float, meta).map(Datum::Volume),
            OnDevice::Rgb { meta, .. } => Ok(Datum::Rgb([
                volume(&read[0], true, meta)?,
                volume(&read[1], true, meta)?,
                volume(&read[2], true, meta)?,
            ])),
            OnDevice::Number(_) => {
                let bytes = read.first().and_then(|b| b.get(..4));
                let bytes = bytes.ok_or_else(|| Error::new(Code::Internal, "a number of no bytes"))?;
                Ok(Datum::Number(bytemuck::pod_read_unaligned::<f32>(bytes) as f64))
            }
            OnDevice::Unfinished { inputs, .. } => {
                let device =
                    step.op.device().ok_or_else(|| Error::new(Code::Internal, "no device kernel"))?;
                device.finish(&Metas::new(step.entry.spec.inputs, inputs), output, &read)
            }
            OnDevice::Slices(items) => {
                let mut read = read.into_iter();
                let data = items.iter().map(|item| {
                    let some: Vec<Vec<u8>> = read.by_ref().take(item.reads()).collect();
                    item.datum(step, output, some)
                });
                rejoin(data.collect::<Result<_, _>>()?, step.entry.spec.outputs[output].name)
            }
        }
    }
}
