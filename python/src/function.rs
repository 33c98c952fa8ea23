//! An operation as Python calls it. Plain arrays go in and out here; what is not plain the package converts.

use crate::errors::raise;
use crate::settings::{self, Settings, threads_told};
use crate::{Brief, computed, convert, interruptible, pipeline, plain, watch};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyFloat, PyList, PyString, PyTuple};
use rotifer::execute::{self, On, Options, Watch};
use rotifer::registry::{Datum, DtypeRequest, Entry, Frames, PortKind, Spec, Step, get};
use rotifer::threads;

/// An operation as a callable.
#[pyclass(frozen, module = "rotifer._core")]
pub struct Function {
    entry: &'static Entry,
    /// The named tuple of several outputs.
    result: PyOnceLock<Py<PyAny>>,
    brief: Brief<(Step, On)>,
}

/// The arguments of a call by what they are for.
struct Call<'py> {
    values: Vec<Option<Bound<'py, PyAny>>>,
    keys: Vec<(String, Bound<'py, PyAny>)>,
    axes: Option<Bound<'py, PyAny>>,
    spacing: Option<Bound<'py, PyAny>>,
    dtype: Option<String>,
    slice_by_slice: bool,
    on: On,
    threads: Option<usize>,
    out: Option<Bound<'py, PyAny>>,
}

#[pymethods]
impl Function {
    #[new]
    fn new(id: &str) -> PyResult<Function> {
        Ok(Function { entry: get(id).map_err(raise)?, result: PyOnceLock::new(), brief: Brief::default() })
    }

    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let entry = self.entry;
        let call = Call::new(entry.spec, args, kwargs)?;
        let step = call.step(py, entry.spec)?;
        let mut like = None;
        let mut inputs = Vec::with_capacity(call.values.len());
        for (port, value) in entry.spec.inputs.iter().zip(&call.values) {
            let value = value.as_ref().map(|value| call.port(port.kind, value, &mut like)).transpose()?;
            inputs.push(value.flatten());
        }
        if inputs.iter().flatten().any(is_empty) {
            return package(py)?.call_method1("_nothing", (entry.spec.id, args, kwargs));
        }
        let pixels = inputs.iter().flatten().map(convert::pixels).sum();
        let options = Options { on: call.on, ..Options::default() };
        let key = (step, call.on);
        let step = key.0.clone();
        let work = move |watch: &Watch| execute::apply_watched(entry, &step, &inputs, &options, watch);
        let (outputs, report) =
            computed(py, (&self.brief, &key, pixels), call.threads, &watch::current(), work)?;
        if !report.notes.is_empty() {
            package(py)?.call_method1("_say", (report.notes,))?;
        }
        let mut found = outputs
            .into_iter()
            .map(|frames| taken(py, frames, like.as_ref()))
            .collect::<PyResult<Vec<_>>>()?;
        if let (Some(out), Some(first)) = (&call.out, found.first_mut()) {
            let keys = PyDict::new(py);
            keys.set_item("casting", "same_kind")?;
            py.import("numpy")?.call_method("copyto", (out, &*first), Some(&keys))?;
            *first = out.clone();
        }
        if found.len() == 1
            && let Some(one) = found.pop()
        {
            return Ok(one);
        }
        let class = self.result.get_or_try_init(py, || {
            Ok::<_, PyErr>(package(py)?.call_method1("_result", (entry.spec.id,))?.unbind())
        })?;
        class.bind(py).call1(PyTuple::new(py, found)?)
    }
}

fn package(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    py.import("rotifer._functions")
}

/// Whether an input is an array without pixels.
fn is_empty(frames: &Frames) -> bool {
    frames.items.iter().any(|item| match item {
        Datum::Volume(volume) => volume.is_empty(),
        Datum::Rgb([volume, _, _]) => volume.is_empty(),
        _ => false,
    })
}

/// An output as users see it.
fn taken<'py>(
    py: Python<'py>,
    frames: Frames,
    like: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    if like.is_none() && plain::is_array(&frames) {
        return plain::output(py, frames);
    }
    let output = convert::output(py, frames)?;
    package(py)?.call_method1("taken", (output, like))
}

impl<'py> Call<'py> {
    fn new(
        spec: &'static Spec,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Call<'py>> {
        let id = spec.id;
        let ports = spec.inputs;
        if args.len() > ports.len() {
            let names: Vec<&str> = ports.iter().map(|port| port.name).collect();
            let count = ports.len();
            return Err(PyTypeError::new_err(format!(
                "{id}() takes {count} input{} by position ({}); options have names",
                if count == 1 { "" } else { "s" },
                names.join(", ")
            )));
        }
        let mut call = Call {
            values: vec![None; ports.len()],
            keys: Vec::new(),
            axes: None,
            spacing: None,
            dtype: None,
            slice_by_slice: false,
            on: On::Auto,
            threads: threads_told(),
            out: None,
        };
        for (slot, value) in call.values.iter_mut().zip(args.iter()) {
            *slot = Some(value);
        }
        for (name, value) in kwargs.into_iter().flatten() {
            let text = name.cast::<PyString>()?.to_str()?;
            if let Some(at) = ports.iter().position(|port| port.name == text) {
                if call.values[at].is_some() {
                    return Err(PyTypeError::new_err(format!("{id}() has two values for '{text}'")));
                }
                call.values[at] = Some(value);
            } else if spec.param(text).is_some() || !call.common(text, &value)? {
                // The registry says which names are near one that is unknown.
                call.keys.push((text.to_owned(), value));
            }
        }
        for (port, slot) in ports.iter().zip(&mut call.values) {
            *slot = slot.take().filter(|value| !value.is_none());
            if slot.is_none() && !port.optional {
                return Err(PyTypeError::new_err(format!("{id}() needs '{}'", port.name)));
            }
        }
        Ok(call)
    }

    /// Takes one of the options that every operation has; false where it is none of them.
    fn common(&mut self, name: &str, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        let given = (!value.is_none()).then(|| value.clone());
        match name {
            "axes" => self.axes = given,
            "spacing" => self.spacing = given,
            "out" => self.out = given,
            "slice_by_slice" => self.slice_by_slice = value.is_truthy()?,
            "dtype" => {
                self.dtype = given.map(|dtype| dtype_name(&dtype)).transpose()?;
            }
            "on" => self.on = settings::on(value)?,
            "threads" => self.threads = settings::threads(value)?.or_else(threads_told),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn step(&self, py: Python<'py>, spec: &'static Spec) -> PyResult<Step> {
        let dtype = self.dtype.as_deref().map(DtypeRequest::parse);
        let known = |(name, value): &(String, Bound<PyAny>)| {
            spec.param(name).is_some() && !value.is_instance_of::<PyDict>()
        };
        if dtype != Some(None) && self.keys.iter().all(known) {
            let args = self.keys.iter().map(|(name, value)| Ok((name.clone(), convert::value(value)?)));
            return Ok(Step {
                op: spec.id.into(),
                args: args.collect::<PyResult<_>>()?,
                dtype: dtype.flatten(),
                slice_by_slice: self.slice_by_slice,
                ..Step::default()
            });
        }
        // The reader of pipelines says what is wrong.
        let keys = PyDict::new(py);
        for (name, value) in &self.keys {
            keys.set_item(name, value)?;
        }
        if let Some(dtype) = &self.dtype {
            keys.set_item("dtype", dtype)?;
        }
        if self.slice_by_slice {
            keys.set_item("slice_by_slice", true)?;
        }
        pipeline::step(spec.id, &keys)
    }

    /// The value that a port is handed; `like` becomes the first input whose kind the outputs are to be of.
    fn port(
        &self,
        kind: PortKind,
        value: &Bound<'py, PyAny>,
        like: &mut Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Frames>> {
        let images = matches!(
            kind,
            PortKind::Image
                | PortKind::Mask
                | PortKind::Labels
                | PortKind::MaskOrLabels
                | PortKind::ImageOrNumber
        );
        if images
            && self.axes.is_none()
            && self.spacing.is_none()
            && let Some(frames) = plain::input(value)?
        {
            return Ok(Some(frames));
        }
        let py = value.py();
        let given = package(py)?
            .call_method1("_port", (kind.name(), value, self.axes.as_ref(), self.spacing.as_ref()))?;
        if like.is_none() && !given.is_instance_of::<PyDict>() && !given.is_instance_of::<PyFloat>() {
            *like = given.getattr_opt("like")?.filter(|like| !like.is_none());
        }
        convert::input(&given)
    }
}

/// `numpy.uint16`, `dtype('uint16')` and `"uint16"` are one.
fn dtype_name(dtype: &Bound<PyAny>) -> PyResult<String> {
    if let Ok(text) = dtype.cast::<PyString>() {
        return Ok(text.to_cow()?.into_owned());
    }
    match dtype.getattr_opt("__name__")? {
        Some(name) => name.extract(),
        None => Ok(dtype.str()?.to_cow()?.into_owned()),
    }
}

/// Runs one operation on its inputs, port by port; gives all its outputs with what is known of them, and the notes.
#[pyfunction]
pub fn apply<'py>(
    py: Python<'py>,
    id: &str,
    inputs: &Bound<'py, PyList>,
    keys: &Bound<'py, PyDict>,
    settings: Settings,
) -> PyResult<(Bound<'py, PyList>, Vec<String>)> {
    let entry = get(id).map_err(raise)?;
    let step = pipeline::step(id, keys)?;
    let inputs: Vec<_> = inputs.iter().map(|i| convert::input(&i)).collect::<PyResult<_>>()?;
    let (options, watch) = (settings.options(), watch::current());
    let seen = watch.clone();
    let work = move || {
        threads::run(settings.threads, || execute::apply_watched(entry, &step, &inputs, &options, &seen))
    };
    let (outputs, report) = interruptible(py, &watch, work)?.map_err(raise)?;
    let outputs =
        outputs.into_iter().map(|frames| convert::output(py, frames)).collect::<PyResult<Vec<_>>>()?;
    Ok((PyList::new(py, outputs)?, report.notes))
}
