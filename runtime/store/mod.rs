//! Pixels that are read and written in boxes: in memory, in a file, or made when they are read.

mod scratch;

use rotifer_registry::volume::Assembly;
use rotifer_registry::{Code, Datum, DatumMeta, Error, Spacing, Volume, VolumeMeta};
use std::ops::Range;
use std::sync::Arc;

pub use scratch::Scratch;

/// Pixels of one time point and channel that need not be in memory.
pub trait Source: Send + Sync {
    /// Of the whole.
    fn meta(&self) -> &VolumeMeta;

    /// The pixels of a box along z, y, x; a box of one plane of a volume is a volume.
    fn read(&self, zyx: [Range<usize>; 3]) -> Result<Volume, Error>;

    /// The whole, where it is in memory.
    fn held(&self) -> Option<&Volume> {
        None
    }
}

/// Takes pixels in boxes of whole rows.
pub trait Sink: Send {
    /// Takes the pixels that begin at z, y.
    fn write(&mut self, start: [usize; 2], part: &Volume) -> Result<(), Error>;
}

/// One datum, in memory or not.
#[derive(Clone)]
pub enum Item {
    Volume(Arc<dyn Source>),
    Rgb([Arc<dyn Source>; 3]),
    /// A number or a table.
    Fixed(Datum),
}

impl From<Datum> for Item {
    fn from(datum: Datum) -> Item {
        match datum {
            Datum::Volume(volume) => Item::Volume(Arc::new(Held::from(volume))),
            Datum::Rgb(planes) => {
                Item::Rgb(planes.map(|plane| Arc::new(Held::from(plane)) as Arc<dyn Source>))
            }
            other => Item::Fixed(other),
        }
    }
}

impl Item {
    pub fn meta(&self) -> DatumMeta {
        match self {
            Item::Volume(source) => DatumMeta::Volume(source.meta().clone()),
            Item::Rgb([source, ..]) => DatumMeta::Rgb(source.meta().clone()),
            Item::Fixed(datum) => datum.meta(),
        }
    }

    /// A part, or a number or table, which is the same in every part.
    pub fn read(&self, part: impl Fn(&dyn Source) -> Result<Volume, Error>) -> Result<Datum, Error> {
        Ok(match self {
            Item::Volume(source) => Datum::Volume(part(&**source)?),
            Item::Rgb([r, g, b]) => Datum::Rgb([part(&**r)?, part(&**g)?, part(&**b)?]),
            Item::Fixed(datum) => datum.clone(),
        })
    }
}

/// Planes (axis 0) or rows (axis 1) of a source, whole in the other axes.
pub fn part(source: &dyn Source, axis: usize, range: Range<usize>) -> Result<Volume, Error> {
    let mut zyx = source.meta().shape.map(|n| 0..n);
    zyx[axis] = range;
    source.read(zyx)
}

/// The boxes of whole rows that a source is read in, front to back: of about 64 MiB, and of one plane or whole planes.
pub fn blocks(source: &dyn Source) -> Vec<[Range<usize>; 3]> {
    const BYTES: usize = 64 << 20;
    let [depth, height, width] = source.meta().shape;
    let row = (width * source.meta().dtype.size()).max(1);
    let rows = (BYTES / row).clamp(1, height.max(1));
    let planes = if rows < height { 1 } else { (BYTES / (row * height.max(1))).max(1) };
    let starts = (0..depth).step_by(planes).flat_map(|z| (0..height).step_by(rows).map(move |y| (z, y)));
    starts.map(|(z, y)| [z..(z + planes).min(depth), y..(y + rows).min(height), 0..width]).collect()
}

/// All of a source.
pub fn whole(source: &dyn Source) -> Result<Volume, Error> {
    source.read(source.meta().shape.map(|n| 0..n))
}

/// Pixels in memory.
pub struct Held {
    volume: Volume,
    meta: VolumeMeta,
}

impl From<Volume> for Held {
    fn from(volume: Volume) -> Held {
        Held { meta: volume.meta(), volume }
    }
}

impl Source for Held {
    fn meta(&self) -> &VolumeMeta {
        &self.meta
    }

    fn read(&self, [z, y, x]: [Range<usize>; 3]) -> Result<Volume, Error> {
        Ok(self.volume.cut(0, z).cut(1, y).cut(2, x))
    }

    fn held(&self) -> Option<&Volume> {
        Some(&self.volume)
    }
}

/// Another pixel size than the source's own.
pub struct Spaced {
    source: Arc<dyn Source>,
    meta: VolumeMeta,
}

impl Spaced {
    pub fn new(source: Arc<dyn Source>, spacing: Option<Spacing>) -> Spaced {
        let meta = VolumeMeta { spacing, ..source.meta().clone() };
        Spaced { source, meta }
    }
}

impl Source for Spaced {
    fn meta(&self) -> &VolumeMeta {
        &self.meta
    }

    fn read(&self, zyx: [Range<usize>; 3]) -> Result<Volume, Error> {
        Ok(self.source.read(zyx)?.with_spacing(self.meta.spacing))
    }
}

/// Rows of a source in a range of y, as a source.
pub struct Strip<'a> {
    source: &'a dyn Source,
    rows: Range<usize>,
    meta: VolumeMeta,
}

impl<'a> Strip<'a> {
    pub fn new(source: &'a dyn Source, rows: Range<usize>) -> Strip<'a> {
        let mut meta = source.meta().clone();
        meta.shape[1] = rows.len();
        Strip { source, rows, meta }
    }
}

impl Source for Strip<'_> {
    fn meta(&self) -> &VolumeMeta {
        &self.meta
    }

    fn read(&self, [z, y, x]: [Range<usize>; 3]) -> Result<Volume, Error> {
        self.source.read([z, y.start + self.rows.start..y.end + self.rows.start, x])
    }
}

/// Takes the inner rows of a strip and gives them on.
pub struct Inner<'a> {
    pub sink: &'a mut dyn Sink,
    /// Row of the whole where the strip begins.
    pub first: usize,
    /// Rows of the strip that are given on.
    pub rows: Range<usize>,
}

impl Sink for Inner<'_> {
    fn write(&mut self, [z, y]: [usize; 2], part: &Volume) -> Result<(), Error> {
        let height = part.shape()[1];
        let (low, high) = (self.rows.start.max(y), self.rows.end.min(y + height));
        if low >= high {
            return Ok(());
        }
        let rows = if high - low == height { part.clone() } else { part.cut(1, low - y..high - y) };
        self.sink.write([z, self.first + low], &rows)
    }
}

/// Gathers the parts of a volume in memory. They come from front to back.
pub struct Gather {
    meta: VolumeMeta,
    parts: Gathered,
}

enum Gathered {
    /// The one part that is all of it.
    All(Volume),
    Some(Box<Assembly>),
}

impl Gather {
    pub fn new(meta: &VolumeMeta) -> Gather {
        Gather { meta: meta.clone(), parts: Gathered::Some(Box::new(Assembly::new(meta))) }
    }

    pub fn finish(self) -> Result<Volume, Error> {
        match self.parts {
            Gathered::All(volume) => Ok(volume),
            Gathered::Some(parts) => parts.finish(),
        }
    }
}

impl Sink for Gather {
    fn write(&mut self, _start: [usize; 2], part: &Volume) -> Result<(), Error> {
        if part.shape() == self.meta.shape {
            // Nothing to put together.
            self.parts = Gathered::All(part.clone());
            return Ok(());
        }
        match &mut self.parts {
            Gathered::Some(parts) => parts.add(part),
            Gathered::All(_) => Err(Error::new(Code::Internal, "a part of a volume that is there")),
        }
    }
}
