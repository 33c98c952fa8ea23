//! A pipeline over many files: the same run as that of the command line, told as it happens.

use crate::errors::{raise, raise_all};
use crate::pipeline::Compiled;
use crate::settings::Settings;
use crate::{LOOK, interruptible};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use rotifer::batch::{self, Existing};
use rotifer::execute::Watch;
use rotifer::io::{Missing, plate};
use rotifer::registry::Error;
use serde_json::json;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// The site table of files, folders and patterns, or of a table of sites, as JSON.
#[pyfunction]
#[pyo3(signature = (inputs, pattern = None, group = true))]
pub fn sites(py: Python, inputs: Vec<OsString>, pattern: Option<String>, group: bool) -> PyResult<String> {
    let pattern = parsed(pattern.as_deref())?;
    let find = move || plate::sites(&inputs, &plate::Choice { pattern, no_group: !group, strict: false });
    let table = interruptible(py, &Watch::default(), find)?.map_err(raise_all)?;
    Ok(table.json().to_string())
}

fn parsed(pattern: Option<&str>) -> PyResult<Option<plate::Pattern>> {
    pattern.map(plate::Pattern::parse).transpose().map_err(raise)
}

/// Which images, where to, and how.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Run {
    inputs: Vec<OsString>,
    sites: Option<PathBuf>,
    pattern: Option<String>,
    group: bool,
    missing: String,
    out: PathBuf,
    existing: String,
    workers: Option<usize>,
    spacing: Option<Vec<f64>>,
    labels: bool,
    named: BTreeMap<String, PathBuf>,
}

/// Runs; `tell` gets each event as JSON. Gives a summary as JSON. A signal, and an exception of `tell`, are raised at once;
/// the run takes no further images, and finishes those that are under way.
#[pyfunction]
pub fn run(
    py: Python,
    pipeline: &Compiled,
    how: Run,
    settings: Settings,
    tell: Option<Py<PyAny>>,
) -> PyResult<String> {
    let missing = Missing::parse(&how.missing).ok_or_else(|| {
        PyValueError::new_err(format!("missing={:?}: one of {:?}", how.missing, Missing::NAMES))
    })?;
    let existing = match how.existing.as_str() {
        "refuse" => Existing::Refuse,
        "resume" => Existing::Resume,
        "overwrite" => Existing::Overwrite,
        other => {
            return Err(PyValueError::new_err(format!(
                "existing={other:?}: one of 'refuse', 'resume', 'overwrite'"
            )));
        }
    };
    let alone = how.inputs.is_empty() && how.sites.is_none() && !pipeline.checked().needs_image();
    let plate::Grouped { groups, notes } = match alone {
        true => plate::Grouped::default(),
        false => {
            let (inputs, sites) = (how.inputs, how.sites);
            let choice = plate::Choice {
                pattern: parsed(how.pattern.as_deref())?,
                no_group: !how.group,
                strict: false,
            };
            let find = move || match sites {
                Some(path) => plate::Table::read(&path).map_err(|error| vec![error]),
                None => plate::sites(&inputs, &choice),
            };
            let table = interruptible(py, &Watch::default(), find)?.map_err(raise_all)?;
            plate::groups(table, missing)
        }
    };
    let mut options = settings.options();
    options.labels = how.labels;
    let settings = batch::Settings {
        out: how.out,
        existing,
        options,
        workers: how.workers,
        threads: settings.threads,
        spacing: how.spacing.unwrap_or_default(),
        inputs: how.named,
        ..batch::Settings::default()
    };
    let checked = pipeline.checked();
    let out = settings.out.clone();
    // An earlier run into this folder that Ctrl-C ended may still finish its last images.
    let before = ENDING.take(&out);
    interruptible(py, &Watch::default(), move || before.into_iter().for_each(|run| _ = run.join()))?;
    let stop = Arc::new(AtomicBool::new(false));
    let (sender, mut events) = channel();
    let asked = stop.clone();
    let running = std::thread::Builder::new().name("rotifer".into()).spawn(move || {
        batch::run(&checked, groups, &settings, &asked, &mut |event| {
            let _ = sender.send(serde_json::to_string(event).unwrap_or_default());
        })
    });
    let running = running.map_err(|e| PyRuntimeError::new_err(format!("no thread can be started: {e}")))?;
    loop {
        let found;
        (found, events) = py.detach(move || (events.recv_timeout(LOOK), events));
        let told = match found {
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Ok(event) => match &tell {
                Some(tell) => tell.call1(py, (event,)).map(drop),
                None => Ok(()),
            },
        };
        if let Err(error) = told.and_then(|()| py.check_signals()) {
            stop.store(true, Ordering::Relaxed);
            ENDING.put(out, running);
            return Err(error);
        }
    }
    let done = py.detach(|| running.join());
    let done = done.map_err(|_| PyRuntimeError::new_err("a defect: the run panicked"))?.map_err(raise)?;
    let failures: Vec<_> =
        done.failures().map(|(image, error)| json!({ "image": image, "error": error })).collect();
    let notes: Vec<_> = notes.iter().chain(&done.notes).collect();
    Ok(json!({
        "out": done.out, "tables": done.tables, "done": done.done, "resumed": done.resumed,
        "failed": done.failed, "not_run": done.not_run, "objects": done.objects, "seconds": done.seconds,
        "notes": notes, "failures": failures, "unwritten": done.unwritten,
    })
    .to_string())
}

type Running = JoinHandle<Result<batch::Done, Error>>;

/// Runs that were asked to end, by their folders; each finishes the images that are under way.
struct Ending(Mutex<Vec<(PathBuf, Running)>>);

static ENDING: Ending = Ending(Mutex::new(Vec::new()));

impl Ending {
    fn runs(&self) -> MutexGuard<'_, Vec<(PathBuf, Running)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, out: PathBuf, run: Running) {
        let mut runs = self.runs();
        runs.retain(|(_, run)| !run.is_finished());
        runs.push((out, run));
    }

    fn take(&self, out: &Path) -> Vec<Running> {
        let mut runs = self.runs();
        let (of, others) = std::mem::take(&mut *runs).into_iter().partition(|(folder, _)| folder == out);
        *runs = others;
        of.into_iter().map(|(_, run)| run).collect()
    }
}
