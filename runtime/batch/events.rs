//! Events of a run while it goes on: of images, of steps, and how far it is.

use super::journal::At;
use super::paths;
use rotifer_registry::Error;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How an image stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Done,
    /// A step left out the steps after it.
    Skipped,
    Failed,
    /// The run ended before it.
    NotRun,
}

impl Status {
    pub(super) fn of(at: Option<At>, error: Option<&Error>) -> Status {
        match (at, error) {
            (Some(_), _) => Status::Done,
            (None, Some(_)) => Status::Failed,
            (None, None) => Status::NotRun,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Status::Done => "done",
            Status::Skipped => "skipped",
            Status::Failed => "failed",
            Status::NotRun => "not_run",
        }
    }
}

/// The end of one image.
#[derive(Clone, Debug, Serialize)]
pub struct ImageDone {
    pub image: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub well: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<u32>,
    #[serde(serialize_with = "paths::as_text")]
    pub files: Vec<PathBuf>,
    pub status: Status,
    /// Rows of the first table that has areas, else labels of the last label image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objects: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_area: Option<f64>,
    /// Time of the steps.
    pub seconds: f64,
    #[serde(serialize_with = "paths::as_text")]
    pub outputs: Vec<PathBuf>,
    /// Remarks on how its files were read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub read_notes: Vec<String>,
    /// Remarks on how it was run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Why steps were left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
}

impl ImageDone {
    /// Takes the reason why steps were left out, if they were.
    pub(super) fn skip(&mut self, reason: Option<String>) {
        if reason.is_some() {
            (self.status, self.skipped) = (Status::Skipped, reason);
        }
    }
}

/// A step over all images.
#[derive(Clone, Debug, Serialize)]
pub struct StepDone {
    pub name: String,
    pub op: String,
    /// Memory types it ran on, and on how many images.
    pub memory: BTreeMap<&'static str, usize>,
    pub median_seconds: f64,
}

/// Events of a run, as they happen.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event<'a> {
    Started {
        pipeline: &'a str,
        #[serde(serialize_with = "paths::one_as_text")]
        out: &'a Path,
        images: usize,
        /// Images that an earlier run has finished.
        resumed: usize,
        workers: usize,
    },
    /// An image is done, or has failed.
    Image {
        #[serde(flatten)]
        image: &'a ImageDone,
    },
    Progress {
        done: usize,
        failed: usize,
        of: usize,
    },
    /// An image runs again: its worker ended, or gave no sign.
    Retried {
        image: &'a str,
        error: &'a Error,
    },
    /// The run was asked to end: it does when the images under way are done.
    Stopping,
    Finished {
        done: usize,
        failed: usize,
        not_run: usize,
        #[serde(serialize_with = "paths::as_text")]
        tables: &'a [PathBuf],
    },
}
