//! Arrays, tables and numbers between Python and Rotifer.
//!
//! The package hands in arrays in the machine's byte order, contiguous and aligned, with axes in the order t, c, z, y, x;
//! it has made them so where they were not.

use crate::errors::raise;
use crate::plain;
use numpy::PyArray;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use rotifer::registry::{
    Code, Datum, Error, Frames, Image, Kind, Spacing, SpacingSource, Table, Value, Values,
};

/// An array with its axes, as the package hands it in and takes it out.
#[derive(FromPyObject)]
struct Array<'py> {
    #[pyo3(attribute)]
    data: Bound<'py, PyAny>,
    #[pyo3(attribute)]
    axes: String,
    #[pyo3(attribute)]
    kind: String,
    #[pyo3(attribute)]
    spacing: Option<Vec<f64>>,
    #[pyo3(attribute)]
    origin: Option<Vec<f64>>,
    #[pyo3(attribute)]
    channels: Option<Vec<String>>,
    #[pyo3(attribute)]
    interval: Option<f64>,
}

/// Reads one argument of a call: nothing, a number, a table (a dict of columns), or an array with its axes.
pub fn input(given: &Bound<PyAny>) -> PyResult<Option<Frames>> {
    if given.is_none() {
        return Ok(None);
    }
    if let Ok(number) = given.cast::<PyFloat>() {
        return Ok(Some(Datum::Number(number.value()).into()));
    }
    if let Ok(columns) = given.cast::<PyDict>() {
        return table(columns).map(|t| Some(Datum::Table(t).into()));
    }
    image(given.extract()?).map(|image| Some(Frames::from(&image)))
}

/// The other inputs of a pipeline, by name.
pub fn named(given: &Bound<PyDict>) -> PyResult<Vec<(String, Frames)>> {
    let value = |(name, value): (Bound<PyAny>, Bound<PyAny>)| {
        let frames = input(&value)?.ok_or_else(|| PyTypeError::new_err(format!("{name} is None")))?;
        Ok((name.extract()?, frames))
    };
    given.iter().map(value).collect()
}

/// Pixels of an input, or cells of a table: with their number work grows.
pub fn pixels(frames: &Frames) -> usize {
    let of = |d: &Datum| match d {
        Datum::Volume(v) => v.len(),
        Datum::Rgb(planes) => 3 * planes[0].len(),
        Datum::Table(table) => table.rows() * table.columns().len(),
        _ => 0,
    };
    frames.items.iter().map(of).sum()
}

pub fn image_of(given: &Bound<PyAny>) -> PyResult<Image> {
    image(given.extract()?)
}

/// An image, or nothing where Python hands in `None`.
pub fn optional_image(given: &Bound<PyAny>) -> PyResult<Option<Image>> {
    if given.is_none() { Ok(None) } else { image_of(given).map(Some) }
}

fn image(given: Array) -> PyResult<Image> {
    let kind = match given.kind.as_str() {
        "mask" => Kind::Mask,
        "labels" => Kind::Labels,
        _ => Kind::Image,
    };
    let of_axes = |given: &[f64], rest: f64| {
        let mut all = [rest; 3];
        all[3 - given.len().min(3)..].copy_from_slice(&given[given.len().saturating_sub(3)..]);
        all
    };
    let spacing = given.spacing.map(|um| Spacing {
        origin: of_axes(given.origin.as_deref().unwrap_or_default(), 0.0),
        ..Spacing::new(of_axes(&um, 1.0), SpacingSource::Given)
    });
    let channels = given.channels.unwrap_or_default();
    plain::image(&given.data, &given.axes, kind, spacing, channels, given.interval)
}

fn table(columns: &Bound<PyDict>) -> PyResult<Table> {
    let mut table = Table::new();
    for (name, values) in columns {
        let values = if let Ok(ints) = values.extract::<Vec<i64>>() {
            Values::Int(ints)
        } else if let Ok(floats) = values.extract::<Vec<f64>>() {
            Values::Float(floats)
        } else {
            Values::Text(values.extract()?)
        };
        table.push(name.extract::<String>()?, values).map_err(raise)?;
    }
    Ok(table)
}

/// An output: a float, a dict of columns, or `(array, axes, kind, spacing, channels, interval, origin)`.
pub fn output<'py>(py: Python<'py>, frames: Frames) -> PyResult<Bound<'py, PyAny>> {
    if let [Datum::Number(number)] = frames.items.as_slice()
        && !frames.axes.has_t
        && !frames.axes.has_c
    {
        return Ok(PyFloat::new(py, *number).into_any());
    }
    if let Some(table) = frames.to_table("value") {
        return columns(py, table.map_err(raise)?).map(Bound::into_any);
    }
    if let Some(Datum::Role(value)) = frames.items.first() {
        let message = format!("there is no Python type for {}", value.id());
        return Err(raise(
            Error::new(Code::Unavailable, message)
                .value(value.describe())
                .help("save it with `Pipeline.run`, or add a step that makes a table of it"),
        ));
    }
    let rgb = matches!(frames.items.first(), Some(Datum::Rgb(_)));
    let image = match frames.to_image() {
        Some(image) => image.map_err(raise)?,
        None => return Err(raise(Error::new(Code::Internal, "an output of no known kind"))),
    };
    drop(frames);
    let meta = image.meta();
    let kind = match (rgb, meta.volume.kind) {
        (true, _) => "rgb",
        (_, Kind::Image) => "image",
        (_, Kind::Mask) => "mask",
        (_, Kind::Labels) => "labels",
    };
    let mut shape = Vec::new();
    if meta.axes.has_t {
        shape.push(meta.axes.t);
    }
    if meta.axes.has_c {
        shape.push(meta.axes.c);
    }
    shape.extend(&meta.volume.shape[3 - meta.volume.ndim..]);
    let array = plain::joined(py, image.into_volumes(), &shape)?;
    let of_axes = |all: [f64; 3]| all[3 - meta.volume.ndim..].to_vec();
    let spacing = meta.volume.spacing.map(|s| of_axes(s.um));
    let origin = meta.volume.spacing.filter(|s| s.origin != [0.0; 3]).map(|s| of_axes(s.origin));
    let axes = meta.names();
    Ok(PyTuple::new(
        py,
        [
            array,
            axes.into_pyobject(py)?.into_any(),
            kind.into_pyobject(py)?.into_any(),
            spacing.into_pyobject(py)?.into_any(),
            meta.axes.channels.into_pyobject(py)?.into_any(),
            meta.axes.interval.into_pyobject(py)?.into_any(),
            origin.into_pyobject(py)?.into_any(),
        ],
    )?
    .into_any())
}

fn columns(py: Python, table: Table) -> PyResult<Bound<PyDict>> {
    let columns = PyDict::new(py);
    for column in table.columns() {
        let values = match &column.values {
            Values::Float(v) => PyArray::from_slice(py, v).into_any(),
            Values::Int(v) => PyArray::from_slice(py, v).into_any(),
            Values::Text(v) => PyList::new(py, v)?.into_any(),
        };
        columns.set_item(&column.name, values)?;
    }
    Ok(columns)
}

/// An argument: a boolean, number, text, or lists of these; numpy's scalars and arrays count as numbers and lists.
pub fn value(given: &Bound<PyAny>) -> PyResult<Value> {
    if given.is_none() {
        return Ok(Value::Text("none".into()));
    }
    if let Ok(b) = given.cast::<PyBool>() {
        return Ok(Value::Bool(b.is_true()));
    }
    if let Ok(text) = given.cast::<PyString>() {
        return Ok(Value::Text(text.to_cow()?.into_owned()));
    }
    if given.is_instance_of::<PyInt>() {
        return Ok(Value::Int(given.extract()?));
    }
    if given.is_instance_of::<PyFloat>() {
        return Ok(Value::Float(given.extract()?));
    }
    if given.hasattr("tolist")? {
        return value(&given.call_method0("tolist")?);
    }
    if given.is_instance_of::<PyList>() || given.is_instance_of::<PyTuple>() {
        return Ok(Value::List(given.try_iter()?.map(|item| value(&item?)).collect::<PyResult<_>>()?));
    }
    let name = given.get_type().name()?;
    Err(PyTypeError::new_err(format!("an argument is a number, a text or a list of these, not {name}")))
}

pub fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Bool(b) => b.into_pyobject(py)?.to_owned().into_any(),
        Value::Int(i) => i.into_pyobject(py)?.into_any(),
        Value::Float(x) => x.into_pyobject(py)?.into_any(),
        Value::Text(t) => t.into_pyobject(py)?.into_any(),
        Value::List(items) => {
            let items = items.iter().map(|i| to_python(py, i)).collect::<PyResult<Vec<_>>>()?;
            PyList::new(py, items)?.into_any()
        }
    })
}
