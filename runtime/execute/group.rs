//! Steps over the images of a group, or over the time points of one: images lie on each other as planes along z, tables
//! under each other.

use super::apply::apply_random;
use super::watch::Watch;
use crate::machine;
use crate::options::Options;
use crate::plan::layers::{layer, unlayered};
use rotifer_registry::pipeline::{CheckedStep, Step};
use rotifer_registry::{
    Code, Datum, Error, Family, Frames, OutKind, RoleValue, Table, Value, Values, Volume, VolumeMeta,
};

/// Gives the values of one image, port by port.
pub type Load<'a> = Box<dyn Fn(usize) -> Result<Vec<Option<Frames>>, Error> + 'a>;

/// The images of a group, loaded one at a time as a step sees them, port by port.
pub struct Members<'a> {
    pub names: Vec<String>,
    /// The column that tells the rows of tables apart.
    pub column: &'static str,
    pub load: Load<'a>,
}

/// Bytes of planes that are together at one time, where a step makes each row by itself.
const TOGETHER: u64 = 1 << 30;

impl<'a> Members<'a> {
    /// One image that is a group by itself.
    pub fn one(ports: Vec<Option<Frames>>) -> Members<'a> {
        Members { names: vec![String::new()], column: "image", load: Box::new(move |_| Ok(ports.clone())) }
    }

    /// The time points of an image; values that have none are the same at each.
    pub fn times(ports: Vec<Option<Frames>>) -> Members<'a> {
        let times = ports.iter().flatten().map(|frames| frames.axes.t).max().unwrap_or(1);
        let load = move |t: usize| {
            let at = |frames: &Frames| frames.time(t.min(frames.axes.t - 1));
            ports.iter().map(|port| port.as_ref().map(at).transpose()).collect()
        };
        Members { names: (0..times).map(|t| t.to_string()).collect(), column: "t", load: Box::new(load) }
    }

    /// The outputs of a step for the group.
    pub fn reduce(&self, step: &CheckedStep, options: &Options) -> Result<Vec<Frames>, Error> {
        let room = machine::free_memory().map_or(TOGETHER, |free| (free / 4).min(TOGETHER));
        self.reduce_in(step, options, room)
    }

    /// [`Members::reduce`] with so many bytes of planes at one time, where they can be fewer than all.
    fn reduce_in(&self, step: &CheckedStep, options: &Options, room: u64) -> Result<Vec<Frames>, Error> {
        let first = (self.load)(0)?;
        let image = first.iter().flatten().find_map(|f| f.items.first()?.meta().volume().cloned());
        let rows = image.as_ref().map_or(1, |v| v.shape[0] * v.shape[1]);
        let bytes: u64 = first.iter().flatten().flat_map(|f| &f.items).map(bytes).sum();
        let all = bytes.saturating_mul(self.names.len() as u64);
        // A projection along z makes no row of another; one along y does.
        let along_z =
            step.args.iter().all(|(name, value)| name != "axis" || *value == Value::Text("z".into()));
        let by_rows = step.entry.spec.family == Family::Projection
            && along_z
            && step.entry.spec.outputs.iter().all(|o| matches!(o.kind, OutKind::Image(_)));
        let parts = if by_rows && all > room { all.div_ceil(room).min(rows as u64) as usize } else { 1 };
        let mut made: Vec<Vec<Frames>> = Vec::new();
        for part in 0..parts {
            let range = rows * part / parts..rows * (part + 1) / parts;
            let stacked = self.stack(range, parts > 1)?;
            let alone = Step { from: Vec::new(), as_name: None, over: None, ..step.step.clone() };
            made.push(apply_random(step.entry, &alone, step.random, &stacked, options, &Watch::default())?.0);
        }
        let outputs = (0..step.entry.spec.outputs.len()).map(|output| {
            let parts: Vec<&Frames> = made.iter().map(|outputs| &outputs[output]).collect();
            let frame = |i: usize| match (&parts[0].items[i], &image) {
                (Datum::Volume(_), Some(image)) => {
                    let volumes = parts.iter().filter_map(|f| match &f.items[i] {
                        Datum::Volume(v) => Some(v.clone()),
                        _ => None,
                    });
                    let whole = Volume::join(&volumes.collect::<Vec<_>>(), 1)?;
                    reshaped(&whole, &unlayered(&whole.meta(), image)?).map(Datum::Volume)
                }
                (other, _) => Ok(other.clone()),
            };
            let items = (0..parts[0].items.len()).map(frame).collect::<Result<_, Error>>()?;
            Ok(Frames { items, ..parts[0].clone() })
        });
        outputs.collect()
    }

    /// These rows of all images, frame by frame on each other; tables under each other.
    fn stack(&self, rows: std::ops::Range<usize>, cut: bool) -> Result<Vec<Option<Frames>>, Error> {
        let mut ports: Vec<Option<(Frames, Vec<Vec<Datum>>)>> = Vec::new();
        for (i, name) in self.names.iter().enumerate() {
            let values = (self.load)(i)?;
            for (p, frames) in values.into_iter().enumerate() {
                if i == 0 {
                    ports.push(frames.as_ref().map(|f| (f.clone(), vec![Vec::new(); f.items.len()])));
                }
                let (Some((first, items)), Some(frames)) = (&mut ports[p], frames) else { continue };
                let alike = (frames.axes.t, frames.axes.c) == (first.axes.t, first.axes.c)
                    && frames.items.iter().zip(&first.items).all(|(a, b)| alike(a, b));
                if !alike {
                    return Err(Error::new(
                        Code::Shape,
                        format!("{} {name} differs from the first, {}", self.column, self.names[0]),
                    )
                    .value(text(&frames))
                    .allowed(text(first)));
                }
                for (items, item) in items.iter_mut().zip(frames.items) {
                    items.push(match item {
                        Datum::Volume(v) => {
                            let flat = reshaped(&v, &layer(&v.meta()))?;
                            Datum::Volume(if cut { flat.cut(1, rows.clone()) } else { flat })
                        }
                        Datum::Table(table) => Datum::Table(table),
                        Datum::Number(x) => Datum::Number(x),
                        Datum::Role(value) => Datum::Role(value),
                        _ => {
                            return Err(Error::new(Code::WrongKind, "a step over a group takes no colours")
                                .help("choose a channel, as in name[c=0]"));
                        }
                    });
                }
            }
        }
        let whole = |(first, items): (Frames, Vec<Vec<Datum>>)| {
            let items = items.into_iter().map(|of_frame| self.together(of_frame));
            Ok(Frames { items: items.collect::<Result<_, Error>>()?, ..first })
        };
        ports.into_iter().map(|port| port.map(whole).transpose()).collect()
    }

    /// The values of all images in one frame as one.
    fn together(&self, items: Vec<Datum>) -> Result<Datum, Error> {
        let volumes: Vec<Volume> = items
            .iter()
            .filter_map(|d| if let Datum::Volume(v) = d { Some(v.clone()) } else { None })
            .collect();
        if volumes.len() == items.len() {
            return Volume::join(&volumes, 0).map(Datum::Volume);
        }
        let named = self.names.iter().zip(&items);
        let values: Vec<(&str, &RoleValue)> = named
            .filter_map(|(name, d)| if let Datum::Role(v) = d { Some((name.as_str(), v)) } else { None })
            .collect();
        if values.len() == items.len() {
            return RoleValue::together(&values).map(Datum::Role);
        }
        let mut whole = Table::new();
        for (name, item) in self.names.iter().zip(items) {
            let Datum::Table(mut table) = item else {
                return Err(Error::new(Code::WrongKind, "a step over a group takes images and tables"));
            };
            if table.column(self.column).is_none() {
                let rows = table.rows();
                let number = name.parse::<i64>().ok().filter(|_| self.column == "t");
                let values = number
                    .map_or_else(|| Values::Text(vec![name.clone(); rows]), |t| Values::Int(vec![t; rows]));
                table.insert(0, self.column, values)?;
            }
            whole.extend(&table)?;
        }
        Ok(Datum::Table(whole))
    }
}

fn bytes(datum: &Datum) -> u64 {
    match datum {
        Datum::Volume(v) => v.bytes().len() as u64,
        _ => 0,
    }
}

fn alike(a: &Datum, b: &Datum) -> bool {
    match (a, b) {
        (Datum::Volume(a), Datum::Volume(b)) => {
            (a.shape(), a.ndim(), a.dtype(), a.kind()) == (b.shape(), b.ndim(), b.dtype(), b.kind())
        }
        (a, b) => a.meta().kind() == b.meta().kind(),
    }
}

fn text(frames: &Frames) -> String {
    let one = frames.items.first().map_or_else(String::new, |datum| match datum.meta().volume() {
        Some(v) => format!("{} {}", v.shape_text(), v.dtype),
        None => datum.meta().kind().name().into(),
    });
    if frames.items.len() == 1 { one } else { format!("{one}, t {} c {}", frames.axes.t, frames.axes.c) }
}

/// The same pixels in another shape.
fn reshaped(volume: &Volume, meta: &VolumeMeta) -> Result<Volume, Error> {
    Volume::from_bytes(meta, volume.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{self, Form};
    use rotifer_registry::pipeline::check;
    use rotifer_registry::{Kind, entries};

    /// The image of a group that a projection makes of five images of 6 x 7 pixels, with so much room.
    fn projected(op: &str, axis: &str, room: u64) -> Result<Vec<Frames>, Code> {
        let text = format!("[[steps]]\nop = \"{op}\"\nover = \"all\"\naxis = \"{axis}\"\nsave = true\n");
        let (pipeline, _) = document::pipeline(&text, Form::Toml).expect("a pipeline");
        let checked = check(&pipeline).expect("a pipeline that holds");
        let load = |i: usize| {
            let pixel = |(_, y, x): (usize, usize, usize)| ((i * 31 + y * 17 + x * 11) % 23) as u16;
            let image = ndarray::Array3::from_shape_fn((1, 6, 7), pixel);
            Ok(vec![Some(Frames::from(Datum::Volume(Volume::new(image, 2, Kind::Image, None)?)))])
        };
        let members =
            Members { names: (0..5).map(|i| i.to_string()).collect(), column: "image", load: Box::new(load) };
        members.reduce_in(&checked.steps[0], &Options::default(), room).map_err(|error| error.code)
    }

    #[test]
    fn projections_by_rows_are_those_of_the_whole_stack() {
        let projections = entries().iter().filter(|entry| entry.spec.family == Family::Projection);
        let ids: Vec<&str> = projections.map(|entry| entry.spec.id).collect();
        assert!(ids.len() > 5);
        for (op, axis) in ids.iter().flat_map(|op| ["z", "y", "x"].map(|axis| (*op, axis))) {
            let whole = projected(op, axis, u64::MAX);
            // Along another axis it makes no image that stands for all.
            assert_eq!(whole.is_ok(), axis == "z", "{op} along {axis}");
            // Rows of two images, then each by itself.
            for room in [300, 1] {
                assert_eq!(projected(op, axis, room), whole, "{op} along {axis}, {room} bytes");
            }
        }
    }
}
