//! Operations on images that are not in memory: they see the image in parts that follow each other.

use crate::error::Error;
use crate::op::{Datum, Inputs};
use crate::volume::{Volume, VolumeMeta};
use std::ops::Range;

/// A part of an image: planes of a volume, or rows of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The axis that parts follow each other along: z (0) of a volume, y (1) of an image.
    pub axis: usize,
    /// Planes or rows of the whole image.
    pub length: usize,
    /// Those of this part.
    pub inner: Range<usize>,
    /// Those that the inputs hold: the part, and to each side as many as [`Streamed::halo`] says and there are.
    pub outer: Range<usize>,
}

impl Span {
    /// The axis that parts of such an image follow each other along.
    pub fn axis_of(meta: &VolumeMeta) -> usize {
        if meta.ndim == 3 && meta.shape[0] > 1 { 0 } else { 1 }
    }

    /// The part within what the inputs hold.
    pub fn inside(&self) -> Range<usize> {
        self.inner.start - self.outer.start..self.inner.end - self.outer.start
    }

    /// Pixel indices along z, y, x of the first pixel of the inputs.
    pub fn origin(&self) -> [usize; 3] {
        let mut origin = [0; 3];
        origin[self.axis] = self.outer.start;
        origin
    }

    pub fn is_last(&self) -> bool {
        self.inner.end == self.length
    }

    /// The parts of an image, each of `rows` planes or rows but the last.
    pub fn all(axis: usize, length: usize, rows: usize, halo: usize) -> Vec<Span> {
        let rows = rows.max(1);
        let starts = (0..length).step_by(rows);
        let span = |start: usize| {
            let end = (start + rows).min(length);
            let outer = start.saturating_sub(halo)..(end + halo).min(length);
            Span { axis, length, inner: start..end, outer }
        };
        starts.map(span).collect()
    }
}

/// Pixels that an operation puts by from one pass over the parts to the next, outside memory.
pub trait Spill: Send {
    /// The pixels of a box along z, y, x, all of which were written.
    fn read(&self, zyx: [Range<usize>; 3]) -> Result<Volume, Error>;

    /// Writes whole rows that begin at z, y: new ones, or those of an earlier part anew.
    fn write(&mut self, start: [usize; 2], part: &Volume) -> Result<(), Error>;
}

/// Makes room for pixels of this shape and dtype.
pub type Room<'a> = &'a dyn Fn(&VolumeMeta) -> Result<Box<dyn Spill>, Error>;

/// An operation under way on an image in parts. It gives the bits of [`Host::run`](crate::Host::run) on the whole.
///
/// It sees all parts, as often as it asks to, each time in the same parts; then it makes its first output part by part, from
/// the first part to the last, if that has a pixel for each pixel of the image; and in the end the other outputs.
pub trait Streamed: Send {
    /// How many planes or rows beside a part it needs to see.
    fn halo(&self) -> usize {
        0
    }

    /// Bytes for each pixel of a part that it takes beside its inputs and outputs, at most.
    fn work(&self) -> usize {
        12
    }

    /// Bytes that it puts by, at most, where there are so many parts.
    fn spills(&self, _parts: usize) -> u64 {
        0
    }

    /// Comes before all parts: room for pixels that it puts by is to be had here.
    fn begin(&mut self, _room: Room) -> Result<(), Error> {
        Ok(())
    }

    /// Whether the next pass goes from the last part to the first.
    fn is_backward(&self) -> bool {
        false
    }

    /// Whether this pass needs a part: one that it does not is not read.
    fn wants(&self, _span: &Span) -> bool {
        true
    }

    /// Takes in a part; the inputs are cut alike.
    fn see(&mut self, span: &Span, inputs: &Inputs) -> Result<(), Error>;

    /// All parts were seen. True: all have to be seen once more.
    fn again(&mut self) -> Result<bool, Error> {
        Ok(false)
    }

    /// Whether the first output is made part by part.
    fn makes(&self) -> bool {
        false
    }

    /// The first output over the inner part.
    fn make(&mut self, _span: &Span, _inputs: &Inputs) -> Result<Datum, Error> {
        Err(Error::new(crate::Code::Internal, "an output that is not made in parts"))
    }

    /// The outputs that are not made part by part, in order.
    fn finish(&mut self) -> Result<Vec<Datum>, Error>;
}
