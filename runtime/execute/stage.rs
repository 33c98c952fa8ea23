//! A stage: local steps that follow each other.
//!
//! Pixel steps are fused: one loop computes them all, and nothing between them is stored. Where so many rows (of an image) or
//! planes (of a volume) are asked for, a step makes these when a later step needs them and keeps as many as that one reaches,
//! so that nothing between the steps is ever whole. By default each step that is not fused is made at once: its own loop is
//! the faster one.

use super::fusion::{Candidate, Gives, Slot, Task, Work, fuse};
use super::host;
use super::parts::{cut, join, length};
use super::ports::coerce_datum;
use super::watch::Watch;
use crate::plan::PlannedStep;
use crate::store::{self, Gather, Item, Sink, Source};
use rotifer_registry::op::Port;
use rotifer_registry::pipeline::CheckedStep;
use rotifer_registry::pixel::{self, Ready};
use rotifer_registry::{Code, Datum, DatumMeta, Error, Random, Volume, VolumeMeta};
use std::collections::VecDeque;
use std::ops::Range;
use std::time::Instant;

/// Where a port of a step gets its parts.
pub enum Feed<'a> {
    /// A value from before the stage.
    Volume(&'a dyn Source),
    Rgb([&'a dyn Source; 3]),
    /// A number or a table.
    Fixed(Datum),
    /// An output of an earlier member of the stage.
    Member {
        member: usize,
        output: usize,
    },
}

impl<'a> Feed<'a> {
    pub fn of(item: &'a Item) -> Feed<'a> {
        match item {
            Item::Volume(source) => Feed::Volume(&**source),
            Item::Rgb([r, g, b]) => Feed::Rgb([&**r, &**g, &**b]),
            Item::Fixed(datum) => Feed::Fixed(datum.clone()),
        }
    }
}

impl Gives for Feed<'_> {
    fn member(&self) -> Option<usize> {
        if let Feed::Member { member, .. } = self { Some(*member) } else { None }
    }

    fn number(&self) -> Option<f64> {
        if let Feed::Fixed(Datum::Number(x)) = self { Some(*x) } else { None }
    }
}

/// One step of a stage, before it runs.
pub struct Member<'a> {
    /// Its place in the pipeline.
    pub index: usize,
    pub step: &'a CheckedStep,
    /// Its random numbers in this frame.
    pub random: Random,
    pub planned: &'a PlannedStep,
    pub feeds: Vec<Option<Feed<'a>>>,
    /// Where outputs go that are read after the stage.
    pub wanted: Vec<Option<Out<'a>>>,
}

/// Takes an output: of an rgb, each plane.
pub enum Out<'a> {
    Volume(&'a mut dyn Sink),
    Rgb([&'a mut dyn Sink; 3]),
}

impl Out<'_> {
    /// Takes the next part, which begins at a plane or row.
    pub fn take(&mut self, axis: usize, first: usize, part: &Datum) -> Result<(), Error> {
        let start = if axis == 0 { [first, 0] } else { [0, first] };
        match (self, part) {
            (Out::Volume(sink), Datum::Volume(part)) => sink.write(start, part),
            (Out::Rgb(sinks), Datum::Rgb(parts)) => {
                sinks.iter_mut().zip(parts).try_for_each(|(sink, part)| sink.write(start, part))
            }
            _ => Err(Error::new(Code::Internal, "an output is of another kind than was planned")),
        }
    }
}

/// An output that is put together in memory.
pub enum Gathered {
    Volume(Gather),
    Rgb(Box<[Gather; 3]>),
}

impl Gathered {
    pub fn new(meta: &DatumMeta) -> Result<Gathered, Error> {
        match meta {
            DatumMeta::Volume(meta) => Ok(Gathered::Volume(Gather::new(meta))),
            DatumMeta::Rgb(meta) => Ok(Gathered::Rgb(Box::new([(); 3].map(|()| Gather::new(meta))))),
            _ => Err(Error::new(Code::Internal, "a local step gives images only")),
        }
    }

    pub fn out(&mut self) -> Out<'_> {
        match self {
            Gathered::Volume(gather) => Out::Volume(gather),
            Gathered::Rgb(planes) => Out::Rgb(planes.each_mut().map(|gather| gather as &mut dyn Sink)),
        }
    }

    pub fn finish(self) -> Result<Datum, Error> {
        match self {
            Gathered::Volume(gather) => gather.finish().map(Datum::Volume),
            Gathered::Rgb(planes) => {
                let [r, g, b] = *planes;
                Ok(Datum::Rgb([r.finish()?, g.finish()?, b.finish()?]))
            }
        }
    }
}

/// The work of a node on the parts at its ports.
enum Kernel<'a> {
    Op(&'a CheckedStep, Random),
    /// Pixel steps that follow each other, as one expression.
    Pixel {
        ready: Box<dyn Ready>,
        slots: Vec<Slot>,
        meta: VolumeMeta,
    },
}

struct Node<'a> {
    kernel: Kernel<'a>,
    /// Place of the step in the pipeline, of the last one where steps are fused.
    index: usize,
    planned: &'a PlannedStep,
    feeds: Vec<(Option<Feed<'a>>, &'static Port)>,
    halo: usize,
    /// Parts are made up to here.
    done: usize,
    /// Parts of each output that may still be read.
    rings: Vec<Ring>,
    /// Where each output goes that is wanted.
    wanted: Vec<Option<Out<'a>>>,
    seconds: f64,
}

/// Parts that follow each other; the first begins at `first`.
#[derive(Default)]
struct Ring {
    first: usize,
    parts: VecDeque<Datum>,
}

impl Ring {
    fn read(&self, axis: usize, range: Range<usize>) -> Result<Datum, Error> {
        let mut at = self.first;
        let mut parts = Vec::new();
        for part in &self.parts {
            let n = length(part, axis);
            let (low, high) = (range.start.max(at), range.end.min(at + n));
            if low < high {
                parts.push(if high - low == n { part.clone() } else { cut(part, axis, low - at..high - at) });
            }
            at += n;
        }
        if range.start < self.first || range.end > at {
            return Err(Error::new(Code::Internal, "a part was dropped before its last reader"));
        }
        join(&parts, axis)
    }

    fn drop_before(&mut self, axis: usize, row: usize) {
        while let Some(part) = self.parts.front() {
            let n = length(part, axis);
            if self.first + n > row {
                break;
            }
            self.first += n;
            self.parts.pop_front();
        }
    }
}

/// Runs the steps along `axis`; gives the seconds that each took.
pub fn run(members: Vec<Member>, axis: usize, part: Option<usize>, watch: &Watch) -> Result<Vec<f64>, Error> {
    let mut stage = Stage::new(members, axis, part)?;
    stage.all(watch)?;
    Ok(stage.nodes.into_iter().map(|node| node.map_or(0.0, |node| node.seconds)).collect())
}

/// Nodes by member; a member that is part of another node has none.
struct Stage<'a> {
    nodes: Vec<Option<Node<'a>>>,
    /// The nodes that read each node.
    readers: Vec<Vec<usize>>,
    axis: usize,
    length: usize,
    /// Rows or planes that are asked for at a time.
    rows: usize,
}

impl<'a> Stage<'a> {
    fn new(members: Vec<Member<'a>>, axis: usize, part: Option<usize>) -> Result<Stage<'a>, Error> {
        let meta = members
            .first()
            .and_then(|m| m.planned.flows[0].datum.volume())
            .ok_or_else(|| Error::new(Code::Internal, "a stage without an image"))?;
        let length = meta.shape[axis];
        let nodes = nodes(members, axis)?;
        let rows = part.unwrap_or(length).clamp(1, length.max(1));
        let mut readers = vec![Vec::new(); nodes.len()];
        for (k, node) in nodes.iter().enumerate() {
            for input in node.iter().flat_map(Node::inputs) {
                if !readers[input].contains(&k) {
                    readers[input].push(k);
                }
            }
        }
        Ok(Stage { nodes, readers, axis, length, rows })
    }

    fn all(&mut self, watch: &Watch) -> Result<(), Error> {
        let is_end = |k: &usize| match &self.nodes[*k] {
            Some(node) => self.readers[*k].is_empty() || node.wanted.iter().any(Option::is_some),
            None => false,
        };
        let ends: Vec<usize> = (0..self.nodes.len()).filter(is_end).collect();
        let mut row = 0;
        while row < self.length {
            row = (row + self.rows).min(self.length);
            for &end in &ends {
                watch.go_on()?;
                self.advance(end, row, watch)?;
            }
        }
        Ok(())
    }

    fn node(&self, k: usize) -> Result<&Node<'a>, Error> {
        self.nodes[k].as_ref().ok_or_else(|| Error::new(Code::Internal, "a fused step is read by another"))
    }

    /// Makes the outputs of a node up to `to`.
    fn advance(&mut self, k: usize, to: usize, watch: &Watch) -> Result<(), Error> {
        let node = self.node(k)?;
        let from = node.done;
        if from >= to {
            return Ok(());
        }
        let (low, high) = (from.saturating_sub(node.halo), (to + node.halo).min(self.length));
        let inputs: Vec<usize> = node.inputs().collect();
        inputs.iter().try_for_each(|input| self.advance(*input, high, watch))?;
        let start = Instant::now();
        let node = self.node(k)?;
        let parts: Result<Vec<Option<Datum>>, Error> =
            node.feeds.iter().map(|(feed, port)| self.read(feed.as_ref(), port, low..high)).collect();
        let outputs = parts
            .and_then(|parts| node.compute(&parts, self.axis, low..high, from..to, watch))
            .map_err(|e| if e.step.is_none() { e.step(node.index).op(node.planned.op) } else { e })?;
        let is_read = !self.readers[k].is_empty();
        let axis = self.axis;
        if let Some(node) = &mut self.nodes[k] {
            for ((part, ring), out) in outputs.into_iter().zip(&mut node.rings).zip(&mut node.wanted) {
                if let Some(out) = out {
                    out.take(axis, from, &part)?;
                }
                if is_read {
                    ring.parts.push_back(part);
                }
            }
            node.done = to;
            node.seconds += start.elapsed().as_secs_f64();
        }
        inputs.into_iter().for_each(|input| self.forget(input));
        Ok(())
    }

    /// The part of an input that a port sees.
    fn read(&self, feed: Option<&Feed>, port: &Port, range: Range<usize>) -> Result<Option<Datum>, Error> {
        let datum = match feed {
            None => return Ok(None),
            Some(Feed::Fixed(datum)) => datum.clone(),
            Some(Feed::Volume(source)) => Datum::Volume(store::part(*source, self.axis, range)?),
            Some(Feed::Rgb([r, g, b])) => {
                let part = |source: &dyn Source| store::part(source, self.axis, range.clone());
                Datum::Rgb([part(*r)?, part(*g)?, part(*b)?])
            }
            Some(Feed::Member { member, output }) => {
                self.node(*member)?.rings[*output].read(self.axis, range)?
            }
        };
        coerce_datum(port, datum).map(Some)
    }

    /// Drops parts that no node will read.
    fn forget(&mut self, k: usize) {
        let needed = |k: &usize| match &self.nodes[*k] {
            Some(node) if node.done < self.length => node.done.saturating_sub(node.halo),
            _ => usize::MAX,
        };
        let row = self.readers[k].iter().map(needed).min().unwrap_or(0);
        let axis = self.axis;
        if let Some(node) = &mut self.nodes[k] {
            node.rings.iter_mut().for_each(|ring| ring.drop_before(axis, row));
        }
    }
}

impl Node<'_> {
    /// The nodes that it reads, one for each port that does.
    fn inputs(&self) -> impl Iterator<Item = usize> {
        self.feeds.iter().filter_map(|(feed, _)| feed.as_ref()?.member())
    }

    /// The outputs `inner` of parts that reach over `outer`.
    fn compute(
        &self,
        parts: &[Option<Datum>],
        axis: usize,
        outer: Range<usize>,
        inner: Range<usize>,
        watch: &Watch,
    ) -> Result<Vec<Datum>, Error> {
        let inner = inner.start - outer.start..inner.end - outer.start;
        match &self.kernel {
            Kernel::Pixel { ready, slots, meta } => {
                let volumes: Vec<Option<&Volume>> = slots
                    .iter()
                    .map(|slot| match &parts[slot.feed] {
                        Some(Datum::Volume(v)) => Some(v),
                        Some(Datum::Rgb(planes)) => planes.get(slot.plane),
                        _ => None,
                    })
                    .collect();
                let mut meta = meta.clone();
                meta.shape[axis] = outer.len();
                let out = ready.run(&volumes, &meta)?;
                Ok(vec![host::part(Datum::Volume(out), &self.planned.flows[0].datum, axis, inner)?])
            }
            Kernel::Op(step, random) => {
                let random = random.from(axis, outer.start);
                let outputs = host::compute(step, &*step.op, parts, random, watch)?
                    .into_iter()
                    .zip(&self.planned.flows);
                outputs.map(|(datum, flow)| host::part(datum, &flow.datum, axis, inner.clone())).collect()
            }
        }
    }
}

/// The nodes of a stage: steps that are one expression are one node.
fn nodes<'a>(mut members: Vec<Member<'a>>, axis: usize) -> Result<Vec<Option<Node<'a>>>, Error> {
    let candidates = members.iter_mut().map(|member| Candidate {
        index: member.index,
        step: member.step,
        planned: member.planned,
        feeds: std::mem::take(&mut member.feeds),
        wanted: member.wanted.iter().any(Option::is_some),
    });
    let tasks = fuse(candidates.collect(), usize::MAX)?;
    let node = |(task, member): (Option<Task<Feed<'a>>>, Member<'a>)| {
        let (index, op) = (member.index, member.planned.op);
        task.map(|task| node(task, member, axis).map_err(|e| e.step(index).op(op))).transpose()
    };
    tasks.into_iter().zip(members).map(node).collect()
}

fn node<'a>(task: Task<Feed<'a>>, member: Member<'a>, axis: usize) -> Result<Node<'a>, Error> {
    let planned = member.planned;
    let kernel = match (task.work, &planned.flows[0].datum) {
        (Work::Pixel { expr, slots }, DatumMeta::Volume(meta)) => {
            Kernel::Pixel { ready: pixel::ready(&expr, meta.dtype, meta.len())?, slots, meta: meta.clone() }
        }
        _ => Kernel::Op(member.step, member.random),
    };
    let halo = planned.along[axis].ok_or_else(|| Error::new(Code::Internal, "a step of a stage is local"))?;
    Ok(Node {
        kernel,
        index: member.index,
        planned,
        feeds: task.feeds,
        halo,
        done: 0,
        rings: planned.flows.iter().map(|_| Ring::default()).collect(),
        wanted: member.wanted,
        seconds: 0.0,
    })
}
