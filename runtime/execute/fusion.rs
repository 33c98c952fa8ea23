//! Steps that are one expression, on the host and on the device: a pixel step that only another pixel step reads becomes one with it,
//! with a cast where the first stores its values.

use crate::plan::PlannedStep;
use rotifer_registry::expr::{Dag, Node};
use rotifer_registry::op::{Metas, Port, PortKind};
use rotifer_registry::pipeline::CheckedStep;
use rotifer_registry::pixel;
use rotifer_registry::{DatumMeta, Dtype, Error, Expr};

/// Where a port of a step gets its value.
pub trait Gives {
    /// The step of the run that gives it.
    fn member(&self) -> Option<usize>;

    /// The number that it is, where that is known.
    fn number(&self) -> Option<f64>;
}

/// A step of a run of steps.
pub struct Candidate<'a, F> {
    /// Its place in the pipeline.
    pub index: usize,
    pub step: &'a CheckedStep,
    pub planned: &'a PlannedStep,
    pub feeds: Vec<Option<F>>,
    /// Whether an output is read after the run.
    pub wanted: bool,
}

/// The work of a step, or of several that are one, and where its inputs come from.
pub struct Task<F> {
    pub work: Work,
    pub feeds: Vec<(Option<F>, &'static Port)>,
    /// The operations, in order.
    pub ops: Vec<&'static str>,
}

pub enum Work {
    Op,
    Pixel {
        /// Its ports are the slots. A number that is not known is named by its feed.
        expr: Expr,
        slots: Vec<Slot>,
    },
}

/// A feed as the expression reads it: which one, and the plane of an rgb.
#[derive(Clone, Copy, PartialEq)]
pub struct Slot {
    pub feed: usize,
    pub plane: usize,
}

/// The feed of a number that is not known.
pub fn feed_of(number: &str) -> Option<usize> {
    number.parse().ok()
}

/// The work of one step by itself.
fn task<F: Gives>(candidate: &Candidate<F>, feeds: Vec<Option<F>>) -> Result<Task<F>, Error> {
    let (step, planned) = (candidate.step, candidate.planned);
    let spec = step.entry.spec;
    let is_image = matches!(planned.flows[0].datum, DatumMeta::Volume(_));
    let work = match step.op.pixel().filter(|_| is_image && !step.step.slice_by_slice) {
        None => Work::Op,
        Some(op) => {
            let metas = Metas::new(spec.inputs, &planned.inputs);
            let native = pixel::output(spec, &metas)?;
            let number = |leaf: &Node<Expr>| {
                let Node::Number(name) = leaf else { return None };
                let port = spec.inputs.iter().position(|p| *p.name == **name)?;
                let known = feeds.get(port)?.as_ref().and_then(Gives::number);
                Some(known.map_or_else(|| Expr::number(&port.to_string()), Expr::from))
            };
            let expr = op.tree(&metas)?.replace(number).cast(native.dtype);
            let planes = |port: &Port| if port.kind == PortKind::Rgb { 3 } else { 1 };
            let slots = spec.inputs.iter().enumerate();
            let slots =
                slots.flat_map(|(feed, port)| (0..planes(port)).map(move |plane| Slot { feed, plane }));
            Work::Pixel { expr, slots: slots.collect() }
        }
    };
    let feeds = feeds.into_iter().chain(std::iter::repeat_with(|| None)).zip(spec.inputs).collect();
    Ok(Task { work, feeds, ops: vec![spec.id] })
}

impl<F> Task<F> {
    /// Inputs and numbers that the expression reads; none of a step that is no expression.
    fn reads(&self) -> Option<usize> {
        let Work::Pixel { expr, .. } = &self.work else { return None };
        let read = |node: &&Node<usize>| matches!(node, Node::Port { .. } | Node::Number(_));
        Some(Dag::new(expr).nodes().iter().filter(read).count())
    }

    /// Puts the expression of a step in place of what it gives to a port. Its value is stored as `stored` between the two.
    fn absorb(&mut self, feed: usize, other: Task<F>, stored: Dtype) {
        let (Work::Pixel { expr, slots }, Work::Pixel { expr: inner, slots: inner_slots }) =
            (&mut self.work, other.work)
        else {
            return;
        };
        let (first_feed, first_slot) = (self.feeds.len(), slots.len());
        let inner = inner.replace(|leaf| match leaf {
            Node::Port { index, dtype } => Some(Expr::port(index + first_slot, *dtype)),
            Node::Number(name) => Some(Expr::number(&(feed_of(name)? + first_feed).to_string())),
            _ => None,
        });
        let inner = inner.cast(stored);
        let given: Vec<Option<Expr>> =
            slots.iter().map(|slot| (slot.feed == feed).then(|| inner.clone())).collect();
        *expr = expr.after(&given);
        slots.extend(inner_slots.iter().map(|s| Slot { feed: s.feed + first_feed, ..*s }));
        self.feeds[feed].0 = None;
        self.feeds.extend(other.feeds);
        self.ops.splice(0..0, other.ops);
    }
}

/// The work of a run of steps, by step; none of a step that is part of a later one. An expression reads at most so many inputs.
pub fn fuse<F: Gives>(mut run: Vec<Candidate<F>>, most: usize) -> Result<Vec<Option<Task<F>>>, Error> {
    let mut reads = vec![0; run.len()];
    for feed in run.iter().flat_map(|step| step.feeds.iter().flatten()) {
        feed.member().into_iter().for_each(|member| reads[member] += 1);
    }
    let mut tasks: Vec<Option<Task<F>>> = Vec::new();
    for k in 0..run.len() {
        let feeds = std::mem::take(&mut run[k].feeds);
        let mut made = task(&run[k], feeds).map_err(|e| e.step(run[k].index).op(run[k].planned.op))?;
        for feed in 0..made.feeds.len() {
            let Some(member) = made.feeds[feed].0.as_ref().and_then(Gives::member) else { continue };
            let only_here = reads[member] == 1 && !run[member].wanted;
            let stored = run[member].planned.flows[0].datum.volume().map(|v| v.dtype);
            if only_here
                && let Some(stored) = stored
                && let Some(own) = made.reads()
                && let Some(inner) = tasks[member]
                    .take_if(|t| t.reads().is_some_and(|reads| own + reads <= most.saturating_add(1)))
            {
                made.absorb(feed, inner, stored);
            }
        }
        tasks.push(Some(made));
    }
    Ok(tasks)
}
