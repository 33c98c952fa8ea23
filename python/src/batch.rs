//! A pipeline over many files: the same run as that of the command line, told as it happens.

use crate::convert::Settings;
use crate::errors::{raise, raise_all};
use crate::pipeline::Compiled;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rotifer::batch::{self, Existing};
use rotifer::io::{Missing, plate};
use serde_json::json;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// Time between two looks at signals.
const LOOK: Duration = Duration::from_millis(20);

/// The site table of files, folders and patterns, or of a table of sites, as JSON.
#[pyfunction]
#[pyo3(signature = (inputs, pattern = None, group = true))]
pub fn sites(py: Python, inputs: Vec<OsString>, pattern: Option<String>, group: bool) -> PyResult<String> {
    let table = py.detach(|| table(&inputs, None, pattern.as_deref(), group))?;
    Ok(table.json().to_string())
}

fn table(
    inputs: &[OsString],
    sites: Option<&PathBuf>,
    pattern: Option<&str>,
    group: bool,
) -> PyResult<plate::Table> {
    if let Some(path) = sites {
        return plate::Table::read(path).map_err(raise);
    }
    let pattern = pattern.map(plate::Pattern::parse).transpose().map_err(raise)?;
    plate::sites(inputs, &plate::Choice { pattern, no_group: !group, strict: false }).map_err(raise_all)
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

/// Runs; `tell` gets each event as JSON. Gives a summary as JSON. A signal, or an exception of `tell`, ends the run at
/// the edge of an image.
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
            let table =
                py.detach(|| table(&how.inputs, how.sites.as_ref(), how.pattern.as_deref(), how.group))?;
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
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (sender, mut events) = channel();
        let stop = &stop;
        let running = scope.spawn(move || {
            batch::run(&checked, groups, &settings, stop, &mut |event| {
                let _ = sender.send(serde_json::to_string(event).unwrap_or_default());
            })
        });
        let mut failed = None;
        loop {
            let found;
            (found, events) = py.detach(move || (events.recv_timeout(LOOK), events));
            let told = match found {
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => py.check_signals(),
                Ok(event) => match &tell {
                    Some(tell) if failed.is_none() => tell.call1(py, (event,)).map(drop),
                    _ => Ok(()),
                },
            };
            if let Err(error) = told {
                stop.store(true, Ordering::Relaxed);
                failed.get_or_insert(error);
            }
        }
        let done = py.detach(|| running.join());
        if let Some(error) = failed {
            return Err(error);
        }
        let done = done
            .map_err(|_| pyo3::exceptions::PyRuntimeError::new_err("a defect: the run panicked"))?
            .map_err(raise)?;
        let failures: Vec<_> =
            done.failures().map(|(image, error)| json!({ "image": image, "error": error })).collect();
        let notes: Vec<_> = notes.iter().chain(&done.notes).collect();
        Ok(json!({
            "out": done.out, "tables": done.tables, "done": done.done, "resumed": done.resumed,
            "failed": done.failed, "not_run": done.not_run, "objects": done.objects, "seconds": done.seconds,
            "notes": notes, "failures": failures, "unwritten": done.unwritten,
        })
        .to_string())
    })
}
