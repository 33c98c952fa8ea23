//! Values that spread from pixel to pixel until nothing changes, over an image that comes in parts.
//!
//! Each part is settled by itself, with the values at its sides as its neighbours left them. A part whose values at a side
//! change has the neighbour there settled again, to and fro, until no side changes: then no value spreads anywhere, and the
//! image is that of [`reconstruct`](super::reconstruct) on the whole.

use super::put_by::PutBy;
use bytemuck::Pod;
use rotifer_registry::{Datum, Error, Inputs, Room, Span, Streamed, Volume, VolumeMeta};
use std::collections::BTreeSet;

/// The values at the sides of a part as its neighbours left them: one plane or row each, none where nothing is known yet or
/// the image ends.
pub type Beside<V> = [Option<Vec<V>>; 2];

/// An operation whose values spread.
pub trait Spread: Send {
    type Value: Pod + PartialEq + Send + Sync;

    /// Planes or rows of the inputs that it needs to see beside a part.
    fn halo(&self) -> usize {
        0
    }

    /// Bytes for each pixel that [`Spread::settle`] takes.
    fn work(&self) -> usize;

    /// The values of a part, from those so far, of which the first time there are none: as far as they spread within the part
    /// and from its sides.
    fn settle(
        &mut self,
        span: &Span,
        inputs: &Inputs,
        so_far: Option<Vec<Self::Value>>,
        beside: Beside<Self::Value>,
    ) -> Result<Vec<Self::Value>, Error>;

    /// The output over a part from its values.
    fn paint(&self, span: &Span, inputs: &Inputs, values: Vec<Self::Value>) -> Result<Volume, Error>;
}

/// A [`Spread`] under way.
pub struct Spreading<S: Spread> {
    of: S,
    values: PutBy<S::Value>,
    /// The parts that were seen, by where they begin.
    seen: BTreeSet<usize>,
    /// Parts whose sides changed since they were settled.
    open: BTreeSet<usize>,
    is_first: bool,
    is_backward: bool,
}

impl<S: Spread> Spreading<S> {
    pub fn new(of: S, image: &VolumeMeta) -> Spreading<S> {
        let (seen, open) = (BTreeSet::new(), BTreeSet::new());
        Spreading { of, values: PutBy::new(image), seen, open, is_first: true, is_backward: false }
    }
}

impl<S: Spread> Streamed for Spreading<S> {
    fn halo(&self) -> usize {
        self.of.halo()
    }

    fn work(&self) -> usize {
        self.of.work()
    }

    fn spills(&self, _parts: usize) -> u64 {
        self.values.bytes(usize::MAX)
    }

    fn begin(&mut self, room: Room) -> Result<(), Error> {
        self.values.begin(room)
    }

    fn is_backward(&self) -> bool {
        self.is_backward
    }

    fn wants(&self, span: &Span) -> bool {
        self.is_first || self.open.contains(&span.inner.start)
    }

    fn see(&mut self, span: &Span, inputs: &Inputs) -> Result<(), Error> {
        let (start, end) = (span.inner.start, span.inner.end);
        self.open.remove(&start);
        let so_far = if self.is_first { None } else { Some(self.values.read(start..end)?) };
        let before = self.seen.range(..start).next_back().copied();
        let after = self.seen.range(start + 1..).next().copied();
        let line = |at: usize| self.values.read(at..at + 1);
        let beside = [before.map(|_| line(start - 1)).transpose()?, after.map(|_| line(end)).transpose()?];
        let sides = |values: &[S::Value]| {
            let line = values.len() / span.inner.len();
            [values[..line].to_vec(), values[values.len() - line..].to_vec()]
        };
        let old = so_far.as_deref().map(sides);
        let values = self.of.settle(span, inputs, so_far, beside)?;
        let new = sides(&values);
        let changed = |side: usize| old.as_ref().is_none_or(|old| old[side] != new[side]);
        if changed(0) {
            self.open.extend(before);
        }
        if changed(1) {
            self.open.extend(after);
        }
        self.seen.insert(start);
        self.values.write(start, &values)
    }

    fn again(&mut self) -> Result<bool, Error> {
        self.is_first = false;
        self.is_backward = !self.is_backward;
        Ok(!self.open.is_empty())
    }

    fn makes(&self) -> bool {
        true
    }

    fn make(&mut self, span: &Span, inputs: &Inputs) -> Result<Datum, Error> {
        let values = self.values.read(span.inner.clone())?;
        self.of.paint(span, inputs, values).map(Datum::Volume)
    }

    fn finish(&mut self) -> Result<Vec<Datum>, Error> {
        Ok(Vec::new())
    }
}
