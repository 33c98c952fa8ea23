//! Arrays, tables and numbers between Python and Rotifer.
//!
//! The package hands in arrays in the machine's byte order, contiguous and aligned, with axes in the order t, c, z, y, x;
//! it has made them so where they were not.

use crate::errors::raise;
use numpy::ndarray::{Array3, ArrayD, IxDyn};
use numpy::{Element, PyArray, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyList, PyTuple};
use rotifer::execute::{On, Options};
use rotifer::registry::{
    Code, Datum, Error, Frames, Image, Kind, Pixels, Spacing, SpacingSource, Table, Value, Values, Volume,
};

/// How a call runs: `(on, threads)`.
#[derive(FromPyObject)]
pub struct Settings {
    #[pyo3(item)]
    on: String,
    #[pyo3(item)]
    pub threads: Option<usize>,
}

impl Settings {
    pub fn options(&self) -> Options {
        let on = match self.on.as_str() {
            "cpu" => On::Cpu,
            "gpu" => On::Gpu,
            _ => On::Auto,
        };
        Options { on, ..Options::default() }
    }
}

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
    channels: Option<Vec<String>>,
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

/// Pixels of an input, by which the length of the work is guessed.
pub fn pixels(frames: &Frames) -> usize {
    let of = |d: &Datum| match d {
        Datum::Volume(v) => v.len(),
        Datum::Rgb(planes) => 3 * planes[0].len(),
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
    let data = &given.data;
    let parts = Parts { axes: &given.axes, kind, spacing: given.spacing.as_deref() };
    let image = if let Ok(a) = data.cast::<PyArrayDyn<u8>>() {
        parts.image(a.try_readonly()?)
    } else if let Ok(a) = data.cast::<PyArrayDyn<u16>>() {
        parts.image(a.try_readonly()?)
    } else if let Ok(a) = data.cast::<PyArrayDyn<i16>>() {
        parts.image(a.try_readonly()?)
    } else if let Ok(a) = data.cast::<PyArrayDyn<u32>>() {
        parts.image(a.try_readonly()?)
    } else if let Ok(a) = data.cast::<PyArrayDyn<i32>>() {
        parts.image(a.try_readonly()?)
    } else if let Ok(a) = data.cast::<PyArrayDyn<f32>>() {
        parts.image(a.try_readonly()?)
    } else {
        let dtype = data.getattr("dtype")?.str()?;
        return Err(PyTypeError::new_err(format!("arrays of {dtype} are converted before they come here")));
    }?;
    Ok(image.with_channels(given.channels.unwrap_or_default()))
}

struct Parts<'a> {
    axes: &'a str,
    kind: Kind,
    spacing: Option<&'a [f64]>,
}

impl Parts<'_> {
    fn image<T: Element + Copy>(&self, array: PyReadonlyArrayDyn<T>) -> PyResult<Image>
    where
        Pixels: From<Array3<T>>,
    {
        let all = array.as_slice().map_err(|_| PyTypeError::new_err("the array is not contiguous"))?;
        let shape = array.shape();
        if shape.len() != self.axes.len() {
            return Err(PyTypeError::new_err(format!(
                "an array of {} axes for {:?}",
                shape.len(),
                self.axes
            )));
        }
        let length = |axis: char| self.axes.find(axis).map(|at| shape[at]);
        let (t, c) = (length('t'), length('c'));
        let size = [length('z').unwrap_or(1), length('y').unwrap_or(1), length('x').unwrap_or(1)];
        let ndim = if length('z').is_some() { 3 } else { 2 };
        let spacing = self.spacing.map(|um| {
            let mut all = [1.0; 3];
            all[3 - um.len().min(3)..].copy_from_slice(&um[um.len().saturating_sub(3)..]);
            Spacing { um: all, source: SpacingSource::Given }
        });
        let n: usize = size.iter().product();
        let volume = |i: usize| {
            let pixels = Array3::from_shape_vec(size, all[i * n..(i + 1) * n].to_vec())
                .map_err(|e| PyTypeError::new_err(e.to_string()))?;
            Volume::new(pixels, ndim, self.kind, spacing).map_err(raise)
        };
        let volumes = (0..t.unwrap_or(1) * c.unwrap_or(1)).map(volume).collect::<PyResult<_>>()?;
        Image::new(volumes, t, c).map_err(raise)
    }
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

/// An output: a float, a dict of columns, or `(array, axes, kind, spacing, channels)`.
pub fn output<'py>(py: Python<'py>, frames: Frames) -> PyResult<Bound<'py, PyAny>> {
    if let [Datum::Number(number)] = frames.items.as_slice()
        && !frames.has_t
        && !frames.has_c
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
    if meta.has_t {
        shape.push(meta.t);
    }
    if meta.has_c {
        shape.push(meta.c);
    }
    shape.extend(&meta.volume.shape[3 - meta.volume.ndim..]);
    let array = joined(py, image.into_volumes(), shape)?;
    let spacing = meta.volume.spacing.map(|s| s.um[3 - meta.volume.ndim..].to_vec());
    let axes = meta.axes();
    Ok(PyTuple::new(
        py,
        [
            array,
            axes.into_pyobject(py)?.into_any(),
            kind.into_pyobject(py)?.into_any(),
            spacing.into_pyobject(py)?.into_any(),
            meta.channels.into_pyobject(py)?.into_any(),
        ],
    )?
    .into_any())
}

/// Volumes of one dtype as one array; the pixels of a single one are handed over, not copied.
fn joined<'py>(py: Python<'py>, volumes: Vec<Volume>, shape: Vec<usize>) -> PyResult<Bound<'py, PyAny>> {
    macro_rules! of {
        ($($variant:ident),*) => {
            match volumes[0].pixels() {
                $(Pixels::$variant(_) => {
                    let n: usize = volumes.iter().map(Volume::len).sum();
                    let mut all = Vec::new();
                    for volume in volumes {
                        let Pixels::$variant(pixels) = volume.into_pixels() else { continue };
                        let (part, _) = pixels.into_owned().into_raw_vec_and_offset();
                        if all.is_empty() && part.len() == n {
                            all = part;
                        } else {
                            all.reserve_exact(n - all.len());
                            all.extend_from_slice(&part);
                        }
                    }
                    let array = ArrayD::from_shape_vec(IxDyn(&shape), all)
                        .map_err(|e| PyTypeError::new_err(e.to_string()))?;
                    Ok(PyArray::from_owned_array(py, array).into_any())
                })*
            }
        };
    }
    of!(U8, U16, I16, U32, I32, F32)
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
    use pyo3::types::{PyBool, PyInt, PyString};
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
