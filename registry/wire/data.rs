//! Errors, geometry, tables and frames. Pixels travel beside the records, in the order of the volumes.

use super::{ANCILLARY, Reader, Wire, Writer, wrong};
use crate::axes::Axes;
use crate::error::{Cause, Error};
use crate::frames::Frames;
use crate::op::Datum;
use crate::role;
use crate::spacing::Spacing;
use crate::table::{Table, Values};
use crate::volume::{Volume, VolumeMeta};

impl Wire for Error {
    fn put(&self, out: &mut Vec<u8>) {
        let mut w = Writer::new(out);
        w.put(1, &self.code).put(2, &self.message);
        w.put_some(3 | ANCILLARY, &self.step).put_some(4 | ANCILLARY, &self.op);
        w.put_some(5 | ANCILLARY, &self.argument).put_some(6 | ANCILLARY, &self.value);
        w.put_some(7 | ANCILLARY, &self.allowed).put_some(8 | ANCILLARY, &self.help);
        w.put_some(9 | ANCILLARY, &self.line).put_some(10 | ANCILLARY, &self.cause);
    }

    fn get(bytes: &[u8]) -> Result<Error, Error> {
        let mut r = Reader::new("error", bytes)?;
        let error = Error {
            code: r.required(1, "code")?,
            message: r.required(2, "message")?,
            step: r.optional(3, "step")?,
            op: r.optional(4, "op")?,
            argument: r.optional(5, "argument")?,
            value: r.optional(6, "value")?,
            allowed: r.optional(7, "allowed")?,
            help: r.optional(8, "help")?,
            line: r.optional(9, "line")?,
            cause: r.optional(10, "cause")?,
        };
        r.finish()?;
        Ok(error)
    }
}

/// The messages of the chain, the outermost first.
impl Wire for Cause {
    fn put(&self, out: &mut Vec<u8>) {
        let chain: Vec<String> = std::iter::successors(Some(self), |cause| cause.cause.as_deref())
            .map(|c| c.message.clone())
            .collect();
        Writer::new(out).put(1, &chain);
    }

    fn get(bytes: &[u8]) -> Result<Cause, Error> {
        let mut r = Reader::new("cause", bytes)?;
        let chain: Vec<String> = r.required(1, "chain")?;
        r.finish()?;
        let link = |cause: Option<Cause>, message| Some(Cause { message, cause: cause.map(Box::new) });
        chain.into_iter().rev().fold(None, link).ok_or_else(|| wrong("a cause without a message"))
    }
}

impl Wire for Spacing {
    fn put(&self, out: &mut Vec<u8>) {
        let mut w = Writer::new(out);
        w.put(1, &self.um).put(2, &self.source);
        w.put_unless_default(3 | ANCILLARY, &self.origin);
    }

    fn get(bytes: &[u8]) -> Result<Spacing, Error> {
        let mut r = Reader::new("spacing", bytes)?;
        let spacing = Spacing {
            um: r.required(1, "um")?,
            source: r.required(2, "source")?,
            origin: r.or_default(3, "origin")?,
        };
        r.finish()?;
        Ok(spacing)
    }
}

impl Wire for VolumeMeta {
    fn put(&self, out: &mut Vec<u8>) {
        let mut w = Writer::new(out);
        w.put(1, &self.kind).put(2, &self.dtype).put(3, &self.shape).put(4, &self.ndim);
        w.put_some(5, &self.spacing);
    }

    fn get(bytes: &[u8]) -> Result<VolumeMeta, Error> {
        let mut r = Reader::new("volume", bytes)?;
        let meta = VolumeMeta {
            kind: r.required(1, "kind")?,
            dtype: r.required(2, "dtype")?,
            shape: r.required(3, "shape")?,
            ndim: r.required(4, "ndim")?,
            spacing: r.optional(5, "spacing")?,
        };
        r.finish()?;
        let bytes = meta.shape.iter().try_fold(meta.dtype.size(), |n, side| n.checked_mul(*side));
        if bytes.is_none_or(|n| n > isize::MAX as usize) {
            return Err(wrong("a volume beyond this machine's memory").value(format!("{:?}", meta.shape)));
        }
        Ok(meta)
    }
}

impl Wire for Values {
    fn put(&self, out: &mut Vec<u8>) {
        let mut w = Writer::new(out);
        match self {
            Values::Float(v) => {
                w.put_with(1, |out| v.iter().for_each(|x| out.extend_from_slice(&x.to_le_bytes())))
            }
            Values::Int(v) => {
                w.put_with(2, |out| v.iter().for_each(|x| out.extend_from_slice(&x.to_le_bytes())))
            }
            Values::Text(v) => w.put(3, v),
        };
    }

    fn get(bytes: &[u8]) -> Result<Values, Error> {
        let mut r = Reader::new("column", bytes)?;
        let eights = |bytes: &[u8]| match bytes.as_chunks::<8>() {
            (chunks, []) => Ok(chunks.to_vec()),
            _ => Err(wrong("a column is cut off")),
        };
        let values = if let Some(bytes) = r.bytes(1) {
            Values::Float(eights(bytes)?.into_iter().map(f64::from_le_bytes).collect())
        } else if let Some(bytes) = r.bytes(2) {
            Values::Int(eights(bytes)?.into_iter().map(i64::from_le_bytes).collect())
        } else {
            Values::Text(r.required(3, "text")?)
        };
        r.finish()?;
        Ok(values)
    }
}

/// A name and a number.
impl Wire for (String, f64) {
    fn put(&self, out: &mut Vec<u8>) {
        Writer::new(out).put(1, &self.0).put(2, &self.1);
    }

    fn get(bytes: &[u8]) -> Result<(String, f64), Error> {
        let mut r = Reader::new("measure", bytes)?;
        let pair = (r.required(1, "name")?, r.required(2, "number")?);
        r.finish()?;
        Ok(pair)
    }
}

impl Wire for Table {
    fn put(&self, out: &mut Vec<u8>) {
        Writer::new(out).put_each(1, self.columns(), |column, out| {
            Writer::new(out).put(1, &column.name).put(2, &column.values);
        });
    }

    fn get(bytes: &[u8]) -> Result<Table, Error> {
        let mut r = Reader::new("table", bytes)?;
        let columns = r.each(1, "columns", |bytes| {
            let mut r = Reader::new("column", bytes)?;
            let column: (String, Values) = (r.required(1, "name")?, r.required(2, "values")?);
            r.finish()?;
            Ok(column)
        })?;
        r.finish()?;
        let mut table = Table::new();
        for (name, values) in columns {
            table.push(name, values)?;
        }
        Ok(table)
    }
}

/// Gives the pixels of the volumes of a message, one after the other.
pub type PixelSource<'a> = dyn FnMut(&VolumeMeta) -> Result<Volume, Error> + 'a;

/// Writes frames without their pixels, which are [`frames_pixels`].
pub fn put_frames(frames: &Frames, out: &mut Vec<u8>) {
    let mut w = Writer::new(out);
    w.put_each(1, &frames.items, |datum, out| {
        let mut w = Writer::new(out);
        match datum {
            Datum::Volume(v) => w.put(1, &v.meta()),
            Datum::Rgb(planes) => w.put_each(2, planes, |plane, out| plane.meta().put(out)),
            Datum::Table(table) => w.put(3, table),
            Datum::Number(x) => w.put(4, x),
            Datum::Role(value) => {
                w.put(5, &value.id().to_string()).put_with(6, |out| out.extend(value.encode()))
            }
        };
    });
    w.put_some(2, &frames.axes.has_t.then_some(frames.axes.t));
    w.put_some(3, &frames.axes.has_c.then_some(frames.axes.c));
    if !frames.axes.channels.is_empty() {
        w.put(4 | ANCILLARY, &frames.axes.channels);
    }
    if let Some(interval) = &frames.axes.interval {
        w.put(5 | ANCILLARY, interval);
    }
}

/// The pixels of frames, in the order [`get_frames`] asks for them.
pub fn frames_pixels(frames: &Frames) -> impl Iterator<Item = &[u8]> {
    fn volumes(datum: &Datum) -> &[Volume] {
        match datum {
            Datum::Volume(v) => std::slice::from_ref(v),
            Datum::Rgb(planes) => planes,
            Datum::Table(_) | Datum::Number(_) | Datum::Role(_) => &[],
        }
    }
    frames.items.iter().flat_map(volumes).map(Volume::bytes)
}

/// Reads frames; their pixels come from `source`.
pub fn get_frames(bytes: &[u8], source: &mut PixelSource) -> Result<Frames, Error> {
    let mut r = Reader::new("frames", bytes)?;
    let mut datum = |bytes| {
        let mut r = Reader::new("datum", bytes)?;
        let datum = if let Some(meta) = r.optional(1, "volume")? {
            Datum::Volume(source(&meta)?)
        } else if let Some(metas) = r.optional::<Vec<VolumeMeta>>(2, "rgb")? {
            let planes: Vec<Volume> = metas.iter().map(&mut *source).collect::<Result<_, Error>>()?;
            Datum::Rgb(planes.try_into().map_err(|_| wrong("an rgb has three planes"))?)
        } else if let Some(table) = r.optional(3, "table")? {
            Datum::Table(table)
        } else if let Some(number) = r.optional(4, "number")? {
            Datum::Number(number)
        } else {
            let id: String = r.required(5, "role")?;
            let bytes = r.bytes(6).ok_or_else(|| wrong("datum.value is missing (record 6)"))?;
            Datum::Role(role::get(&id)?.decode(bytes)?)
        };
        r.finish()?;
        Ok(datum)
    };
    let items = r.each(1, "items", &mut datum)?;
    let (t, c): (Option<usize>, Option<usize>) = (r.optional(2, "t")?, r.optional(3, "c")?);
    let channels: Vec<String> = r.or_default(4, "channels")?;
    let interval = r.optional(5, "interval")?;
    r.finish()?;
    let axes = Axes { channels, interval, ..Axes::new(t, c) };
    let (t, c) = (axes.t, axes.c);
    if t.checked_mul(c) != Some(items.len()) {
        return Err(wrong(format!("{} items for {t} times {c} of t, c", items.len())));
    }
    Ok(Frames { items, axes })
}
