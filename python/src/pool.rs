//! The worker pool: processes of the Python interpreter that import this module and nothing more.

use crate::convert;
use crate::errors::{raise, raise_all};
use crate::pipeline::Compiled;
use crate::settings::Settings;
use crate::{LOOK, interruptible};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rotifer::execute::{Outcome, Watch};
use rotifer::pool::{self as native, Config, Prepared};
use rotifer::registry::Error;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

#[pyclass(frozen, module = "rotifer._core")]
pub struct Pool(Mutex<Option<native::Pool>>);

impl Pool {
    fn with<T>(&self, f: impl FnOnce(&native::Pool) -> T) -> PyResult<T> {
        let pool = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        pool.as_ref()
            .map(f)
            .ok_or_else(|| pyo3::exceptions::PyRuntimeError::new_err("the pool was shut down; make another"))
    }
}

#[pymethods]
impl Pool {
    /// Starts workers: `program arguments...` is a Python that calls `worker()`.
    #[new]
    #[pyo3(signature = (program, arguments, workers = None, threads = None, deadline = None, recycle = None))]
    fn new(
        program: PathBuf,
        arguments: Vec<String>,
        workers: Option<usize>,
        threads: Option<usize>,
        deadline: Option<f64>,
        recycle: Option<u64>,
    ) -> PyResult<Pool> {
        let mut config = Config { program: Some(program), arguments, threads, recycle, ..Config::default() };
        config.workers = workers.unwrap_or(config.workers).max(1);
        config.deadline = deadline.filter(|s| s.is_finite() && *s > 0.0).map(Duration::from_secs_f64);
        Ok(Pool(Mutex::new(Some(native::Pool::new(config).map_err(raise)?))))
    }

    /// Hands in one image, or a file that the worker reads.
    fn submit(
        &self,
        py: Python,
        pipeline: &Compiled,
        image: &Bound<PyAny>,
        settings: Settings,
    ) -> PyResult<Handle> {
        let prepared = Prepared::new(&pipeline.pipeline, &settings.options()).map_err(raise_all)?;
        let handle = if let Ok(path) = image.extract::<PathBuf>() {
            py.detach(|| self.with(|pool| pool.submit(&prepared, path.as_path())))?
        } else {
            let image = convert::image_of(image)?;
            py.detach(|| self.with(|pool| pool.submit(&prepared, image)))?
        };
        Ok(Handle { handle: Mutex::new(Some(handle)), outcome: Mutex::new(None) })
    }

    /// Waits until every task is done, or ends the workers at once. A signal ends the wait.
    fn shutdown(&self, py: Python, kill: bool) -> PyResult<()> {
        let pool = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        interruptible(py, &Watch::default(), move || match pool {
            Some(pool) if kill => pool.kill(),
            Some(pool) => pool.shutdown(),
            None => {}
        })
    }
}

/// One task that was handed in.
#[pyclass(frozen, module = "rotifer._core")]
pub struct Handle {
    handle: Mutex<Option<native::Handle>>,
    outcome: Mutex<Option<Result<Outcome, Error>>>,
}

impl Handle {
    /// Whether the outcome is here, after waiting for at most so long.
    fn wait(&self, py: Python, until: Option<Instant>) -> PyResult<bool> {
        loop {
            {
                let mut outcome = self.outcome.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                if outcome.is_none() {
                    let mut handle = self.handle.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                    *outcome = handle.as_ref().and_then(native::Handle::poll);
                    if outcome.is_some() {
                        *handle = None;
                    }
                }
                if outcome.is_some() {
                    return Ok(true);
                }
            }
            let left = until.map_or(LOOK, |until| until.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Ok(false);
            }
            py.detach(|| std::thread::sleep(left.min(Duration::from_micros(500))));
            py.check_signals()?;
        }
    }
}

#[pymethods]
impl Handle {
    fn done(&self, py: Python) -> PyResult<bool> {
        self.wait(py, Some(Instant::now()))
    }

    fn cancel(&self) {
        if let Some(handle) = &*self.handle.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) {
            handle.cancel();
        }
    }

    /// The outputs and notes; `None` where the time runs out before.
    fn result<'py>(
        &self,
        py: Python<'py>,
        timeout: Option<f64>,
    ) -> PyResult<Option<(Bound<'py, PyDict>, Vec<String>)>> {
        let until =
            timeout.and_then(|s| Duration::try_from_secs_f64(s.max(0.0)).ok()).map(|d| Instant::now() + d);
        if !self.wait(py, until)? {
            return Ok(None);
        }
        let outcome = self.outcome.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        let outcome = match outcome {
            Some(Ok(outcome)) => outcome,
            Some(Err(error)) => return Err(raise(error)),
            None => return Ok(None),
        };
        let outputs = PyDict::new(py);
        for (name, frames) in outcome.outputs {
            outputs.set_item(name, convert::output(py, frames)?)?;
        }
        Ok(Some((outputs, outcome.report.notes)))
    }
}
