//! The extension module `rotifer._core`: what Python cannot do by itself. Names, documentation and conversions of
//! foreign arrays are in the package `rotifer` beside it. A crate that makes the module calls [`fill`].

mod batch;
mod convert;
mod errors;
mod function;
mod pipeline;
mod plain;
mod pool;
mod settings;
mod watch;

use errors::raise;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rotifer::execute::Watch;
use rotifer::registry::{Code, Error, entries, get};
use rotifer::{context, machine, threads};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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

/// Time between two looks at signals.
const LOOK: Duration = Duration::from_millis(20);
/// Work on as many pixels is never done on the calling thread, where signals have to wait for its end: what the pixels are
/// may make it longer than it was.
const SMALL: usize = 1 << 23;
/// How long they may have to.
const MOMENT: Duration = Duration::from_millis(10);

/// Work that was over in a moment: with the same key, and on no more pixels, the calling thread does it, and the start of
/// another thread is saved, and the time until each of two is awake: half a millisecond.
struct Brief<K>(Mutex<Option<(K, usize)>>);

impl<K> Default for Brief<K> {
    fn default() -> Self {
        Brief(Mutex::new(None))
    }
}

impl<K: PartialEq> Brief<K> {
    fn seen(&self) -> MutexGuard<'_, Option<(K, usize)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_known(&self, key: &K, pixels: usize) -> bool {
        pixels < SMALL && matches!(&*self.seen(), Some((known, most)) if pixels <= *most && known == key)
    }

    fn took(&self, key: K, pixels: usize, time: Duration) {
        let mut seen = self.seen();
        let most = seen.take_if(|(known, _)| *known == key).map_or(0, |(_, most)| most);
        if time < MOMENT {
            *seen = Some((key, most.max(pixels)));
        }
    }
}

/// Computes without the interpreter's lock, on a thread of its own unless that is known to be brief. A signal such as
/// Ctrl-C on the main thread, and a watch that is cancelled, end the wait at once; the work leaves off before its next frame
/// or tile.
fn computed<K: PartialEq + Clone + Send, T: Send + 'static>(
    py: Python,
    (brief, key, pixels): (&Brief<K>, &K, usize),
    count: Option<usize>,
    watch: &Arc<Watch>,
    work: impl FnOnce(&Watch) -> Result<T, Error> + Send + 'static,
) -> PyResult<T> {
    let start = Instant::now();
    let known = brief.is_known(key, pixels);
    let result = match known {
        true => py.detach(|| threads::run(count, || work(watch))),
        false => {
            let seen = watch.clone();
            interruptible(py, watch, move || threads::run(count, || work(&seen)))?
        }
    };
    let time = start.elapsed();
    if known != (time < MOMENT) {
        brief.took(key.clone(), pixels, time);
    }
    result.map_err(raise)
}

/// Does work on a thread of its own, without the interpreter's lock. A signal, and a watch that is cancelled, end the wait
/// for it.
fn interruptible<T: Send + 'static>(
    py: Python,
    watch: &Watch,
    work: impl FnOnce() -> T + Send + 'static,
) -> PyResult<T> {
    let (sender, mut receiver) = channel();
    let worker = std::thread::Builder::new().name("rotifer".into()).spawn(move || {
        let _ = sender.send(work());
    });
    if let Err(error) = worker {
        return Err(PyRuntimeError::new_err(format!("no thread can be started: {error}")));
    }
    loop {
        let found;
        (found, receiver) = py.detach(move || (receiver.recv_timeout(LOOK), receiver));
        match found {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err("a defect: the computation panicked"));
            }
            Err(RecvTimeoutError::Timeout) => {
                if let Err(signal) = py.check_signals() {
                    watch.cancel();
                    return Err(signal);
                }
                if watch.is_cancelled() {
                    return Err(raise(Error::new(Code::Cancelled, "the call was cancelled")));
                }
            }
        }
    }
}

/// Reads an image file.
#[pyfunction]
fn read<'py>(py: Python<'py>, path: PathBuf) -> PyResult<Bound<'py, PyAny>> {
    let read = move || threads::run(None, || rotifer::io::read(&path));
    let image = interruptible(py, &Watch::default(), read)?.map_err(raise)?;
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
    let write = move || threads::run(None, || rotifer::io::write_image(&path, &image));
    interruptible(py, &Watch::default(), write)?.map_err(raise)
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

/// Puts everything into the module `_core`. That does not say of itself that it needs no GIL: no test runs without one.
pub fn fill(module: &Bound<PyModule>) -> PyResult<()> {
    rotifer::allocator::use_large_pages();
    module.add("version", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(ids, module)?)?;
    module.add_function(wrap_pyfunction!(spec, module)?)?;
    module.add_function(wrap_pyfunction!(function::apply, module)?)?;
    module.add_function(wrap_pyfunction!(settings::set_threads, module)?)?;
    module.add_function(wrap_pyfunction!(read, module)?)?;
    module.add_function(wrap_pyfunction!(write, module)?)?;
    module.add_function(wrap_pyfunction!(command, module)?)?;
    module.add_function(wrap_pyfunction!(worker, module)?)?;
    module.add_function(wrap_pyfunction!(workers_are, module)?)?;
    module.add_function(wrap_pyfunction!(info, module)?)?;
    module.add_function(wrap_pyfunction!(batch::sites, module)?)?;
    module.add_function(wrap_pyfunction!(batch::run, module)?)?;
    module.add_class::<function::Function>()?;
    module.add_class::<pipeline::Compiled>()?;
    module.add_class::<pool::Pool>()?;
    module.add_class::<pool::Handle>()?;
    module.add_class::<watch::Watch>()
}
