//! The extension module `rotifer._core`: what Python cannot do by itself. Names, documentation and conversions of
//! foreign arrays are in the package `rotifer` beside it.

mod batch;
mod convert;
mod errors;
mod pipeline;
mod pool;

use convert::Settings;
use errors::raise;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use rotifer::execute::{self, Watch};
use rotifer::registry::{Error, entries, get};
use rotifer::{context, machine, threads};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// Ids of all operations with their families, in the order of ids.
#[pyfunction]
fn ids() -> PyResult<Vec<(&'static str, &'static str)>> {
    let entries = rotifer::registry::registration::try_entries().map_err(raise)?;
    Ok(entries.iter().map(|e| (e.spec.id, e.spec.family.name())).collect())
}

/// All that a declaration says, as JSON.
#[pyfunction]
fn spec(id: &str) -> PyResult<String> {
    Ok(rotifer::cli::doc::as_json(get(id).map_err(raise)?).to_string())
}

/// Runs one operation on its inputs, port by port; gives all its outputs.
#[pyfunction]
fn apply<'py>(
    py: Python<'py>,
    id: &str,
    inputs: &Bound<'py, PyList>,
    keys: &Bound<'py, PyDict>,
    settings: Settings,
) -> PyResult<Bound<'py, PyTuple>> {
    let entry = get(id).map_err(raise)?;
    let step = pipeline::step(id, keys)?;
    let inputs: Vec<_> = inputs.iter().map(|i| convert::input(&i)).collect::<PyResult<_>>()?;
    let pixels = inputs.iter().flatten().map(convert::pixels).max().unwrap_or(usize::MAX);
    let options = settings.options();
    let (outputs, report) = interruptible(py, pixels, settings.threads, move |_| {
        execute::apply_step(entry, &step, &inputs, &options)
    })?;
    let notes = PyList::new(py, report.notes)?;
    let mut outputs: Vec<_> =
        outputs.into_iter().map(|frames| convert::output(py, frames)).collect::<PyResult<_>>()?;
    outputs.push(notes.into_any());
    PyTuple::new(py, outputs)
}

/// Work on fewer pixels is not worth a thread of its own.
const SHORT: usize = 1 << 18;
/// Time between two looks at signals.
const LOOK: Duration = Duration::from_millis(20);

/// Computes without the interpreter's lock. On the main thread a signal such as Ctrl-C ends the wait at once; the work
/// leaves off before its next frame or tile.
fn interruptible<T: Send + 'static>(
    py: Python,
    pixels: usize,
    count: Option<usize>,
    work: impl FnOnce(&Watch) -> Result<T, Error> + Send + 'static,
) -> PyResult<T> {
    let watch = Arc::new(Watch::default());
    if pixels < SHORT {
        return py.detach(|| threads::run(count, || work(&watch))).map_err(raise);
    }
    let (sender, mut receiver) = channel();
    let seen = watch.clone();
    let worker = std::thread::Builder::new().name("rotifer".into()).spawn(move || {
        let _ = sender.send(threads::run(count, || work(&seen)));
    });
    if let Err(error) = worker {
        return Err(pyo3::exceptions::PyRuntimeError::new_err(format!("no thread can be started: {error}")));
    }
    loop {
        let found;
        (found, receiver) = py.detach(move || (receiver.recv_timeout(LOOK), receiver));
        match found {
            Ok(result) => return result.map_err(raise),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(pyo3::exceptions::PyRuntimeError::new_err("a defect: the computation panicked"));
            }
            Err(RecvTimeoutError::Timeout) => {
                if let Err(signal) = py.check_signals() {
                    watch.cancel();
                    return Err(signal);
                }
            }
        }
    }
}

/// Reads an image file.
#[pyfunction]
fn read<'py>(py: Python<'py>, path: PathBuf) -> PyResult<Bound<'py, PyAny>> {
    let image = py.detach(|| threads::run(None, || rotifer::io::read(&path))).map_err(raise)?;
    convert::output(py, (&image).into())
}

/// Writes an image; the extension chooses the format.
#[pyfunction]
fn write(py: Python, path: PathBuf, image: &Bound<PyAny>) -> PyResult<()> {
    let frames = convert::input(image)?
        .ok_or_else(|| pyo3::exceptions::PyTypeError::new_err("an image is needed, not None"))?;
    let image = frames
        .to_image()
        .ok_or_else(|| pyo3::exceptions::PyTypeError::new_err("an image is needed"))?
        .map_err(raise)?;
    py.detach(|| threads::run(None, || rotifer::io::write_image(&path, &image))).map_err(raise)
}

/// The command line; gives the exit code.
#[pyfunction]
fn command(py: Python, words: Vec<OsString>) -> PyResult<i32> {
    Ok(i32::from(py.detach(|| rotifer::cli::status(words))))
}

/// Serves a pool; returns only where this process was not started by one.
#[pyfunction]
fn worker(py: Python) {
    py.detach(rotifer::worker::serve_if_asked);
}

/// Says how this interpreter is started as a worker.
#[pyfunction]
fn workers_are(program: PathBuf, arguments: Vec<String>) {
    rotifer::pool::start_workers_as(program, arguments);
}

/// Version, threads and adapter of this process.
#[pyfunction]
fn info(py: Python) -> PyResult<Bound<PyDict>> {
    let info = PyDict::new(py);
    info.set_item("version", env!("CARGO_PKG_VERSION"))?;
    info.set_item("operations", entries().len())?;
    info.set_item("threads", machine::threads())?;
    match py.detach(context::adapter) {
        Ok(adapter) => {
            info.set_item("adapter", &adapter.name)?;
            info.set_item("backend", &adapter.backend)?;
            info.set_item("driver", &adapter.driver)?;
            info.set_item("software", adapter.software)?;
        }
        Err(error) => {
            info.set_item("adapter", py.None())?;
            info.set_item("why", error.to_string())?;
        }
    }
    Ok(info)
}

#[pymodule(gil_used = false)]
fn _core(module: &Bound<PyModule>) -> PyResult<()> {
    module.add("version", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(ids, module)?)?;
    module.add_function(wrap_pyfunction!(spec, module)?)?;
    module.add_function(wrap_pyfunction!(apply, module)?)?;
    module.add_function(wrap_pyfunction!(read, module)?)?;
    module.add_function(wrap_pyfunction!(write, module)?)?;
    module.add_function(wrap_pyfunction!(command, module)?)?;
    module.add_function(wrap_pyfunction!(worker, module)?)?;
    module.add_function(wrap_pyfunction!(workers_are, module)?)?;
    module.add_function(wrap_pyfunction!(info, module)?)?;
    module.add_function(wrap_pyfunction!(batch::sites, module)?)?;
    module.add_function(wrap_pyfunction!(batch::run, module)?)?;
    module.add_class::<pipeline::Compiled>()?;
    module.add_class::<pool::Pool>()?;
    module.add_class::<pool::Handle>()
}
