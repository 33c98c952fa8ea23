//! How a call runs: where, and on how many threads.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBool;
use rotifer::execute::{On, Options};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Threads of calls that do not say how many; 0 for those of the process.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// Sets the threads of calls that do not say how many; gives those set before.
#[pyfunction]
#[pyo3(signature = (count))]
pub fn set_threads(count: Option<usize>) -> Option<usize> {
    let before = THREADS.swap(count.unwrap_or(0), Ordering::Relaxed);
    (before > 0).then_some(before)
}

pub fn threads_told() -> Option<usize> {
    let count = THREADS.load(Ordering::Relaxed);
    (count > 0).then_some(count)
}

/// How a call runs: `{"on": ..., "threads": ...}`.
pub struct Settings {
    pub on: On,
    pub threads: Option<usize>,
}

impl<'py> FromPyObject<'_, 'py> for Settings {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Settings> {
        let threads = threads(&given.get_item("threads")?)?;
        Ok(Settings { on: on(&given.get_item("on")?)?, threads: threads.or_else(threads_told) })
    }
}

impl Settings {
    pub fn options(&self) -> Options {
        Options { on: self.on, ..Options::default() }
    }
}

/// Where a call runs.
pub fn on(given: &Bound<PyAny>) -> PyResult<On> {
    match given.extract::<&str>() {
        Ok("auto") => Ok(On::Auto),
        Ok("cpu") => Ok(On::Cpu),
        Ok("gpu") => Ok(On::Gpu),
        _ => Err(PyValueError::new_err(format!("on={}: one of 'auto', 'cpu', 'gpu'", given.repr()?))),
    }
}

/// How many threads are asked for.
pub fn threads(given: &Bound<PyAny>) -> PyResult<Option<usize>> {
    if given.is_none() {
        return Ok(None);
    }
    match given.extract::<usize>() {
        Ok(n) if n > 0 && !given.is_instance_of::<PyBool>() => Ok(Some(n)),
        _ => Err(PyValueError::new_err(format!("threads={}: a positive whole number", given.repr()?))),
    }
}
