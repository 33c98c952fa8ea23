//! Steps on the host, frame by frame.

use super::parts::{cut, length};
use super::watch::Watch;
use crate::plan::PlannedStep;
use rotifer_registry::op::{Op, Ports};
use rotifer_registry::pipeline::CheckedStep;
use rotifer_registry::{
    Code, Datum, DatumMeta, Error, Frames, Random, RoleValue, Table, Values, Volume, VolumeMeta,
};
use std::ops::Range;

/// The operation of a frame, where it is not the step's own.
pub type OpAt<'a> = &'a dyn Fn(usize) -> Result<Option<Box<dyn Op>>, Error>;

/// Runs one step on all its frames.
pub fn run_step(
    step: &CheckedStep,
    planned: &PlannedStep,
    inputs: &[Option<Frames>],
    op_at: OpAt,
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
                f.as_ref().map(|f| {
                    f.at((frame / flow.axes.c).min(f.axes.t - 1), (frame % flow.axes.c).min(f.axes.c - 1))
                        .clone()
                })
            })
            .collect();
        let own = op_at(frame)?;
        let random = step.random.in_frame(frame / flow.axes.c, frame % flow.axes.c);
        let data = compute(step, own.as_deref().unwrap_or(&*step.op), &items, random, watch)?;
        for ((all, datum), flow) in outputs.iter_mut().zip(data).zip(&planned.flows) {
            all.push(finish(datum, &flow.datum)?);
        }
        watch.add(1);
    }
    Ok(outputs.into_iter().zip(&planned.flows).map(|(items, flow)| flow.frames(items)).collect())
}

/// The outputs of a step for what is at its ports; plane by plane where it says so.
pub fn compute(
    step: &CheckedStep,
    op: &dyn Op,
    items: &[Option<Datum>],
    random: Random,
    watch: &Watch,
) -> Result<Vec<Datum>, Error> {
    if step.step.slice_by_slice {
        by_slices(step, op, items, random, watch)
    } else {
        once(step, op, items, random)
    }
}

fn once(
    step: &CheckedStep,
    op: &dyn Op,
    items: &[Option<Datum>],
    random: Random,
) -> Result<Vec<Datum>, Error> {
    let spec = step.entry.spec;
    let data = op.run(&Ports::new(spec.inputs, items).with_random(random))?;
    if data.len() != spec.outputs.len() {
        return Err(Error::new(Code::Internal, format!("{} outputs are declared", spec.outputs.len()))
            .value(data.len()));
    }
    Ok(data)
}

/// Runs a step on every z plane as a 2-D image. Images are stacked again; tables get a column `slice`, numbers
/// become a table with one; values of a role are put together as the role says.
fn by_slices(
    step: &CheckedStep,
    op: &dyn Op,
    items: &[Option<Datum>],
    random: Random,
    watch: &Watch,
) -> Result<Vec<Datum>, Error> {
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
        return once(step, op, items, random);
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
        for (all, datum) in slices.iter_mut().zip(once(step, op, &plane, random.from(0, z))?) {
            all.push(datum);
        }
    }
    slices.into_iter().zip(step.entry.spec.outputs).map(|(data, port)| rejoin(data, port.name)).collect()
}

/// The outputs of all planes as one.
pub fn rejoin(data: Vec<Datum>, name: &str) -> Result<Datum, Error> {
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
        Some(Datum::Role(_)) => {
            let names: Vec<String> = (0..data.len()).map(|z| z.to_string()).collect();
            let named = names.iter().map(String::as_str).zip(&data);
            let values: Vec<(&str, &RoleValue)> =
                named.filter_map(|(z, d)| if let Datum::Role(v) = d { Some((z, v)) } else { None }).collect();
            RoleValue::together(&values).map(Datum::Role)
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

/// Rows or planes of an output, of the dtype that the plan says.
pub fn part(datum: Datum, planned: &DatumMeta, axis: usize, range: Range<usize>) -> Result<Datum, Error> {
    let mut planned = planned.clone();
    if let Some(meta) = planned.volume_mut() {
        meta.shape[axis] = range.len();
    }
    finish(if length(&datum, axis) == range.len() { datum } else { cut(&datum, axis, range) }, &planned)
}

/// Gives an output the dtype the plan says, and holds it against the plan's shape.
pub fn finish(datum: Datum, planned: &DatumMeta) -> Result<Datum, Error> {
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
        (Datum::Role(value), DatumMeta::Role(id)) if value.id() == *id => {
            value.check()?;
            Ok(Datum::Role(value))
        }
        (datum, planned) => Err(Error::new(Code::Internal, "an output is of another kind than was planned")
            .value(datum.meta().kind().name())
            .allowed(planned.kind().name())),
    }
}
