//! Runs a checked pipeline on an image that does not fit into memory: in parts, on the host.
//!
//! Steps that follow each other and reach no further than a window are a stage, whose parts roll through all of them
//! ([`stage`](super::stage)). Steps that gather from the whole image see it part by part, as often as they need
//! ([`Streamed`]). The others get it whole, if it fits. Values between them that are large wait in files without a name.

use super::ports::{coerce, coerce_datum, select};
use super::report::{Report, StepReport};
use super::stage::{self, Feed, Gathered, Member, Out};
use super::steps::{ending, is_read, known, operation_at, outputs};
use super::strip::{InnerOut, Stripped};
use super::watch::Watch;
use super::{group, host};
use crate::options::Options;
use crate::plan::{InParts, Plan, PlannedStep};
use crate::store::{self, Item, Scratch, Sink, Source};
use rotifer_registry::computed::Read;
use rotifer_registry::op::{Metas, Op, Port, PortKind, Ports};
use rotifer_registry::pipeline::{CheckedStep, Memory, Origin, Over, Wire};
use rotifer_registry::{Code, Datum, DatumMeta, Error, Frames, Random, Span, Spill, Streamed, VolumeMeta};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

/// The outputs of a run in parts that were asked for: none where a step ended the run before.
pub type Wanted = (Vec<Option<Frames<Item>>>, Report);

/// The values that a run in parts begins with.
#[derive(Default)]
pub struct Start<'a> {
    pub values: HashMap<Origin, Frames<Item>>,
    /// Inputs by port, in place of wires.
    pub ports: Option<&'a [Option<Frames>]>,
    /// Whether a step may end the run.
    pub may_end: bool,
}

/// Runs steps as a plan in parts says, on values that need not be in memory; the outputs need not be, either.
pub fn run_in_parts(
    steps: &[CheckedStep],
    plan: &Plan,
    start: Start,
    options: &Options,
    watch: &Watch,
    wanted: &[Origin],
) -> Result<Wanted, Error> {
    let parts = plan.parts.as_ref().ok_or_else(|| Error::new(Code::Internal, "a plan without parts"))?;
    let report = Report { notes: plan.notes.clone(), ..Report::default() };
    watch.begin(plan.frames());
    let Start { values, ports, may_end } = start;
    let mut run = Streams { steps, plan, parts, options, watch, ports, may_end, values, report };
    run.all(wanted)?;
    let outputs = outputs(wanted, &run.report, |origin| run.value(origin))?;
    Ok((outputs, run.report))
}

/// A run in parts under way.
struct Streams<'a> {
    steps: &'a [CheckedStep],
    plan: &'a Plan,
    parts: &'a InParts,
    options: &'a Options,
    watch: &'a Watch,
    /// Inputs by port, in place of wires.
    ports: Option<&'a [Option<Frames>]>,
    /// Whether a step may end the run.
    may_end: bool,
    values: HashMap<Origin, Frames<Item>>,
    report: Report,
}

/// A value in memory as one that need not be.
pub fn items(frames: Frames) -> Frames<Item> {
    let Frames { items, axes } = frames;
    Frames { items: items.into_iter().map(Item::from).collect(), axes }
}

/// A value as one in memory.
pub fn in_memory(frames: &Frames<Item>) -> Result<Frames, Error> {
    let items = frames.items.iter().map(|item| item.read(store::whole)).collect::<Result<_, _>>()?;
    Ok(Frames { items, axes: frames.axes.clone() })
}

/// Where a large output goes.
enum Store {
    Memory(Box<Gathered>),
    Volume(Box<Scratch>),
    Rgb(Box<[Scratch; 3]>),
}

impl Store {
    fn out(&mut self) -> Out<'_> {
        match self {
            Store::Memory(gathered) => gathered.out(),
            Store::Volume(scratch) => Out::Volume(&mut **scratch),
            Store::Rgb(planes) => Out::Rgb(planes.each_mut().map(|scratch| scratch as &mut dyn Sink)),
        }
    }

    fn finish(self) -> Result<Item, Error> {
        Ok(match self {
            Store::Memory(gathered) => Item::from(gathered.finish()?),
            Store::Volume(scratch) => Item::Volume(Arc::new(*scratch)),
            Store::Rgb(planes) => Item::Rgb(planes.map(|scratch| Arc::new(scratch) as Arc<dyn Source>)),
        })
    }
}

impl Streams<'_> {
    /// Runs all steps; values that nothing reads any more are dropped on the way.
    fn all(&mut self, wanted: &[Origin]) -> Result<(), Error> {
        let mut next = 0;
        while next < self.steps.len() {
            let planned = &self.plan.steps[next];
            let mut end = next + 1;
            if !planned.skipped {
                while planned.stage.is_some()
                    && end < self.steps.len()
                    && self.plan.steps[end].stage == planned.stage
                {
                    end += 1;
                }
                match planned.stage {
                    Some(_) => self.stage(next, end, wanted)?,
                    None => self.step(next).map_err(|e| self.here(e, next))?,
                }
            }
            self.report.skipped = self.ended(next, end);
            if self.report.skipped.is_some() {
                return Ok(());
            }
            let (steps, plan) = (self.steps, self.plan);
            self.values.retain(|origin, _| wanted.contains(origin) || is_read(steps, plan, end, *origin));
            next = end;
        }
        Ok(())
    }

    /// Why the run ends after these steps, if one of them says so.
    fn ended(&self, from: usize, to: usize) -> Option<String> {
        let outputs = |step: usize, output: usize| {
            let frames = self.values.get(&Origin::Step { step, output })?;
            // Images end nothing.
            let mut data = Vec::new();
            for item in &frames.items {
                if let Item::Fixed(datum) = item {
                    data.push(datum);
                }
            }
            Some(data)
        };
        (from..to).filter(|_| self.may_end).find_map(|i| ending(&self.steps[i], |output| outputs(i, output)))
    }

    fn here(&self, error: Error, i: usize) -> Error {
        if error.step.is_none() { error.step(i).op(&self.steps[i].step.op) } else { error }
    }

    fn value(&self, origin: Origin) -> Result<&Frames<Item>, Error> {
        let dropped = || Error::new(Code::Internal, "a value was dropped before its last reader");
        self.values.get(&origin).ok_or_else(dropped)
    }

    /// The value at a port, of three channels as rgb where it takes one.
    fn at_port(&self, i: usize, p: usize, port: &Port) -> Result<Option<Frames<Item>>, Error> {
        let frames = match (self.ports, self.steps[i].wires.get(p).and_then(Option::as_ref)) {
            (Some(given), _) => match given.get(p).and_then(Option::as_ref) {
                Some(frames) => items(frames.clone()),
                None => return Ok(None),
            },
            (None, Some(wire)) => select(self.value(wire.origin)?, wire, planes_of)?,
            (None, None) => return Ok(None),
        };
        let is_volume = |item: &Item| matches!(item, Item::Volume(_));
        if port.kind != PortKind::Rgb || frames.axes.c != 3 || !frames.items.iter().all(is_volume) {
            return Ok(Some(frames));
        }
        let volumes: Vec<Arc<dyn Source>> = frames
            .items
            .into_iter()
            .filter_map(|item| if let Item::Volume(source) = item { Some(source) } else { None })
            .collect();
        let items = volumes.chunks(3).map(|p| Item::Rgb([p[0].clone(), p[1].clone(), p[2].clone()]));
        let (items, mut axes) = (items.collect(), frames.axes);
        axes.drop_c();
        Ok(Some(Frames { items, axes }))
    }

    /// The items at all ports of a step for one of its frames.
    fn at_ports(&self, i: usize, frame: usize) -> Result<Vec<Option<Item>>, Error> {
        let flow = &self.plan.steps[i].flows[0];
        let (t, c) = (frame / flow.axes.c, frame % flow.axes.c);
        let ports = self.steps[i].entry.spec.inputs.iter().enumerate();
        ports
            .map(|(p, port)| {
                let frames = self.at_port(i, p, port)?;
                Ok(frames.map(|frames| frames.at(t.min(frames.axes.t - 1), c.min(frames.axes.c - 1)).clone()))
            })
            .collect()
    }

    /// Where an output of this shape goes.
    fn store(&self, meta: &DatumMeta, in_order: bool) -> Result<Store, Error> {
        let bytes = meta.volume().map_or(0, VolumeMeta::bytes);
        let scratch = |meta: &VolumeMeta| Scratch::new(meta, &self.parts.folder);
        match meta {
            _ if in_order && bytes as u64 <= self.parts.hold => {
                Gathered::new(meta).map(Box::new).map(Store::Memory)
            }
            DatumMeta::Volume(meta) => Ok(Store::Volume(Box::new(scratch(meta)?))),
            DatumMeta::Rgb(meta) => {
                Ok(Store::Rgb(Box::new([scratch(meta)?, scratch(meta)?, scratch(meta)?])))
            }
            other => Gathered::new(other).map(Box::new).map(Store::Memory),
        }
    }

    /// Outputs of steps that are read after them.
    fn read_after(&self, from: usize, to: usize, wanted: &[Origin]) -> Vec<Origin> {
        let outputs = |step: usize| 0..self.steps[step].entry.spec.outputs.len();
        let origins =
            (from..to).flat_map(|step| outputs(step).map(move |output| Origin::Step { step, output }));
        origins.filter(|o| is_read(self.steps, self.plan, to, *o) || wanted.contains(o)).collect()
    }

    /// Runs local steps together.
    fn stage(&mut self, from: usize, to: usize, wanted: &[Origin]) -> Result<(), Error> {
        let outside = self.read_after(from, to, wanted);
        let mut made: Vec<Vec<Item>> = vec![Vec::new(); outside.len()];
        let mut seconds = vec![0.0; to - from];
        let steps: Vec<&CheckedStep> = self.steps[from..to].iter().collect();
        for frame in 0..self.plan.steps[from].frames() {
            let (items, spent) = self.stage_of(from, &steps, &outside, frame)?;
            made.iter_mut().zip(items).for_each(|(made, item)| made.push(item));
            seconds.iter_mut().zip(spent).for_each(|(all, spent)| *all += spent);
            self.watch.add(to - from);
        }
        for (origin, items) in outside.into_iter().zip(made) {
            self.keep(origin, items);
        }
        (from..to).zip(seconds).for_each(|(i, seconds)| self.say(i, seconds));
        Ok(())
    }

    /// Runs local steps, the first of which is number `from`, on one frame: in strips along y where planes are large, and
    /// each strip in parts. Gives the outputs that are read after them, and the seconds of each step.
    fn stage_of(
        &self,
        from: usize,
        steps: &[&CheckedStep],
        outside: &[Origin],
        frame: usize,
    ) -> Result<(Vec<Item>, Vec<f64>), Error> {
        let planned = &self.plan.steps[from..from + steps.len()];
        let no_image = || Error::new(Code::Internal, "a stage without an image");
        let axis = planned[0].axis().ok_or_else(no_image)?;
        let height = planned[0].flows[0].datum.volume().ok_or_else(no_image)?.shape[1];
        let inner = |wire: &Wire| match wire.origin {
            Origin::Step { step, output } if step >= from => Some((step - from, output)),
            _ => None,
        };
        let mut given: Vec<Vec<Option<Item>>> = Vec::new();
        for (k, step) in steps.iter().enumerate() {
            let flow = &planned[k].flows[0];
            let (t, c) = (frame / flow.axes.c, frame % flow.axes.c);
            let ports = step.entry.spec.inputs.iter().enumerate().map(|(p, port)| {
                let wire = step.wires.get(p).and_then(Option::as_ref);
                if self.ports.is_none() && wire.is_none_or(|wire| inner(wire).is_some()) {
                    return Ok(None);
                }
                let frames = self.at_port(from + k, p, port)?;
                Ok(frames.map(|f| f.at(t.min(f.axes.t - 1), c.min(f.axes.c - 1)).clone()))
            });
            given.push(ports.collect::<Result<_, Error>>().map_err(|e| self.here(e, from + k))?);
        }
        let strip = planned[0].strip.unwrap_or(height).max(1);
        let reach: usize = planned.iter().map(|step| step.along[1].unwrap_or(0)).sum();
        let mut stores: Vec<Store> = Vec::new();
        for origin in outside {
            let Origin::Step { step, output } = *origin else { continue };
            stores.push(self.store(&self.plan.steps[step].flows[output].datum, strip >= height)?);
        }
        let mut seconds = vec![0.0; steps.len()];
        let (t, c) = (frame / planned[0].flows[0].axes.c, frame % planned[0].flows[0].axes.c);
        for first in (0..height).step_by(strip) {
            let rows = first..(first + strip).min(height);
            let outer = match rows == (0..height) {
                true => rows.clone(),
                false => rows.start.saturating_sub(reach)..(rows.end + reach).min(height),
            };
            let inside = rows.start - outer.start..rows.end - outer.start;
            let cropped: Vec<PlannedStep> = planned.iter().map(|step| step.with_rows(outer.len())).collect();
            let strips: Vec<Vec<Option<Stripped>>> = given
                .iter()
                .map(|ports| ports.iter().map(|item| Some(Stripped::of(item.as_ref()?, &outer))).collect())
                .collect();
            let inner_out = |store| InnerOut::new(Store::out(store), outer.start, &inside);
            let mut inners: Vec<InnerOut> = stores.iter_mut().map(inner_out).collect();
            let mut outs: HashMap<Origin, Out> =
                outside.iter().copied().zip(inners.iter_mut().map(InnerOut::out)).collect();
            let members = steps.iter().enumerate().map(|(k, step)| {
                let wires = step.wires.iter().chain(std::iter::repeat(&None));
                let feeds = wires.zip(&strips[k]).map(|(wire, strip)| match (wire, strip) {
                    (_, Some(strip)) => Some(strip.feed()),
                    (Some(wire), None) => inner(wire).map(|(member, output)| Feed::Member { member, output }),
                    (None, None) => None,
                });
                let outputs = 0..planned[k].flows.len();
                let origin = |output| Origin::Step { step: from + k, output };
                Member {
                    index: from + k,
                    step,
                    random: step.random.in_frame(t, c).from(1, outer.start),
                    planned: &cropped[k],
                    feeds: feeds.collect(),
                    wanted: outputs.map(|output| outs.remove(&origin(output))).collect(),
                }
            });
            let spent = stage::run(members.collect(), axis, planned[0].rows, self.watch)?;
            seconds.iter_mut().zip(spent).for_each(|(all, spent)| *all += spent);
        }
        let items = stores.into_iter().map(Store::finish).collect::<Result<_, _>>()?;
        Ok((items, seconds))
    }

    fn keep(&mut self, origin: Origin, items: Vec<Item>) {
        let Origin::Step { step, output } = origin else { return };
        let axes = self.plan.steps[step].flows[output].axes.clone();
        self.values.insert(origin, Frames { items, axes });
    }

    fn say(&mut self, i: usize, seconds: f64) {
        let (name, op) = (self.steps[i].name.clone(), self.steps[i].step.op.clone());
        self.report.steps.push(StepReport { name, op, memory: Memory::Host, seconds });
    }

    /// Runs a step that is in no stage.
    fn step(&mut self, i: usize) -> Result<(), Error> {
        let start = Instant::now();
        let (step, planned) = (&self.steps[i], &self.plan.steps[i]);
        let outputs = step.entry.spec.outputs.len();
        let mut made: Vec<Vec<Item>> = vec![Vec::new(); outputs];
        if let Some(over) = &step.step.over {
            let ports = step.entry.spec.inputs.iter().enumerate().map(|(p, port)| {
                let frames = self.at_port(i, p, port)?.as_ref().map(in_memory).transpose()?;
                frames.map(|frames| coerce(port, frames)).transpose()
            });
            let ports = ports.collect::<Result<Vec<_>, Error>>()?;
            let members =
                if *over == Over::Time { group::Members::times(ports) } else { group::Members::one(ports) };
            for (output, frames) in members.reduce(step, self.options)?.into_iter().enumerate() {
                self.values.insert(Origin::Step { step: i, output }, items(frames));
            }
            self.say(i, start.elapsed().as_secs_f64());
            return Ok(());
        }
        for frame in 0..planned.frames() {
            self.watch.go_on()?;
            let ports = self.at_ports(i, frame)?;
            let (t, c) = (frame / planned.flows[0].axes.c, frame % planned.flows[0].axes.c);
            let number = |read: &Read| {
                let frames = self.value(read.origin)?;
                match frames.at(t.min(frames.axes.t - 1), c.min(frames.axes.c - 1)) {
                    Item::Fixed(datum) => read.of(datum),
                    _ => Err(Error::new(Code::Internal, "an argument is computed from an image")),
                }
            };
            let mut own = operation_at(step, planned, number)?;
            if let Some(op) = own.take_if(|_| planned.is_computed_pixel()) {
                let alone = known(step, op);
                let outside: Vec<Origin> =
                    (0..outputs).map(|output| Origin::Step { step: i, output }).collect();
                let (items, _) = self.stage_of(i, &[&alone], &outside, frame)?;
                made.iter_mut().zip(items).for_each(|(made, item)| made.push(item));
                self.watch.add(1);
                continue;
            }
            let op = own.as_deref().unwrap_or(&*step.op);
            let streamed = if planned.in_parts {
                op.streamed(&Metas::new(step.entry.spec.inputs, &planned.inputs))?
            } else {
                None
            };
            let random = step.random.in_frame(t, c);
            let outputs = match streamed {
                Some(streamed) => self.streamed(i, streamed, &ports, random)?,
                None => self.whole(i, op, &ports, random)?,
            };
            made.iter_mut().zip(outputs).for_each(|(made, item)| made.push(item));
            self.watch.add(1);
        }
        for (output, items) in made.into_iter().enumerate() {
            self.keep(Origin::Step { step: i, output }, items);
        }
        self.say(i, start.elapsed().as_secs_f64());
        Ok(())
    }

    /// Runs a step on whole images.
    fn whole(
        &self,
        i: usize,
        op: &dyn Op,
        ports: &[Option<Item>],
        random: Random,
    ) -> Result<Vec<Item>, Error> {
        let (step, planned) = (&self.steps[i], &self.plan.steps[i]);
        let read = |(item, port): (&Option<Item>, &Port)| {
            let datum = item.as_ref().map(|item| item.read(store::whole)).transpose()?;
            datum.map(|datum| coerce_datum(port, datum)).transpose()
        };
        let inputs = ports.iter().zip(step.entry.spec.inputs).map(read).collect::<Result<Vec<_>, Error>>()?;
        let outputs = host::compute(step, op, &inputs, random, self.watch)?;
        let outputs = outputs.into_iter().zip(&planned.flows);
        outputs.map(|(datum, flow)| self.put(host::finish(datum, &flow.datum)?)).collect()
    }

    /// A value in memory, or in a file if it is large.
    fn put(&self, datum: Datum) -> Result<Item, Error> {
        let meta = datum.meta();
        if meta.volume().is_none_or(|v| v.bytes() as u64 <= self.parts.hold) {
            return Ok(Item::from(datum));
        }
        let mut store = self.store(&meta, true)?;
        store.out().take(0, 0, &datum)?;
        store.finish()
    }

    /// Runs a step that sees its image in parts.
    fn streamed(
        &self,
        i: usize,
        mut work: Box<dyn Streamed>,
        ports: &[Option<Item>],
        random: Random,
    ) -> Result<Vec<Item>, Error> {
        let (step, planned) = (&self.steps[i], &self.plan.steps[i]);
        let spec = step.entry.spec;
        let outputs = planned.flows.iter().map(|flow| &flow.datum);
        let image = planned.inputs.iter().flatten().chain(outputs).find_map(DatumMeta::volume);
        let image = image.ok_or_else(|| Error::new(Code::Internal, "a step in parts without an image"))?;
        let axis = Span::axis_of(image);
        let length = image.shape[axis];
        let spans = Span::all(axis, length, planned.rows.unwrap_or(length), work.halo());
        let read = |span: &Span| {
            let part = |source: &dyn Source| store::part(source, axis, span.outer.clone());
            let ports = ports.iter().zip(spec.inputs).map(|(item, port)| {
                let datum = item.as_ref().map(|item| item.read(part)).transpose()?;
                datum.map(|datum| coerce_datum(port, datum)).transpose()
            });
            ports.collect::<Result<Vec<_>, Error>>()
        };
        let random = |span: &Span| random.from(axis, span.outer.start);
        let room =
            |meta: &VolumeMeta| Scratch::new(meta, &self.parts.folder).map(|s| Box::new(s) as Box<dyn Spill>);
        work.begin(&room)?;
        loop {
            let is_backward = work.is_backward();
            for k in 0..spans.len() {
                let span = &spans[if is_backward { spans.len() - 1 - k } else { k }];
                self.watch.go_on()?;
                if !work.wants(span) {
                    continue;
                }
                work.see(span, &Ports::new(spec.inputs, &read(span)?).with_random(random(span)))?;
            }
            if !work.again()? {
                break;
            }
        }
        let mut outputs = Vec::new();
        if work.makes() {
            let meta = &planned.flows[0].datum;
            let mut store = self.store(meta, true)?;
            for span in &spans {
                self.watch.go_on()?;
                let made =
                    work.make(span, &Ports::new(spec.inputs, &read(span)?).with_random(random(span)))?;
                let made = host::part(made, meta, axis, 0..span.inner.len())?;
                store.out().take(axis, span.inner.start, &made)?;
            }
            outputs.push(store.finish()?);
        }
        let flows = &planned.flows[outputs.len()..];
        for (datum, flow) in work.finish()?.into_iter().zip(flows) {
            outputs.push(self.put(host::finish(datum, &flow.datum)?)?);
        }
        if outputs.len() != spec.outputs.len() {
            return Err(Error::new(Code::Internal, format!("{} outputs are declared", spec.outputs.len()))
                .value(outputs.len()));
        }
        Ok(outputs)
    }
}

/// The planes of an rgb as three items.
fn planes_of(item: &Item) -> Option<[Item; 3]> {
    match item {
        Item::Rgb(planes) => Some(planes.clone().map(Item::Volume)),
        _ => None,
    }
}
