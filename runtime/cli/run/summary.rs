//! A run that has ended: its exit code, and its report as text and as JSON.

use crate::batch::{Done, ImageDone, Status};
use crate::cli::exit;
use crate::cli::report::columns;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use std::cell::RefCell;

/// Images that are listed on stdout.
const SHOWN: usize = 24;
/// Failures that are listed there.
const FAILURES: usize = 100;
/// Notes that are printed there.
const NOTES: usize = 100;

impl Done {
    /// The exit code that says how the run ended.
    pub(in crate::cli) fn exit(&self) -> u8 {
        match self {
            Done { not_run: 1.., .. } => exit::STOPPED,
            Done { unwritten: Some(_), .. } => exit::INPUT,
            Done { failed: 1.., .. } => exit::SOME_FAILED,
            _ => 0,
        }
    }
}

/// The report of a run as JSON. Images are read one by one as they are written.
pub struct Report<'a>(pub RefCell<&'a mut Done>);

impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let done = self.0.borrow();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("pipeline", &done.pipeline)?;
        map.serialize_entry("out", &done.out.to_string_lossy())?;
        drop(done);
        map.serialize_entry("images", &Images(&self.0))?;
        let done = self.0.borrow();
        let tables: Vec<_> = done.tables.iter().map(|table| table.to_string_lossy()).collect();
        map.serialize_entry("tables", &tables)?;
        map.serialize_entry("steps", &done.steps)?;
        map.serialize_entry("notes", &done.notes)?;
        map.serialize_entry("done", &done.done)?;
        map.serialize_entry("resumed", &done.resumed)?;
        map.serialize_entry("failed", &done.failed)?;
        map.serialize_entry("not_run", &done.not_run)?;
        map.end()
    }
}

struct Images<'a, 'd>(&'a RefCell<&'d mut Done>);

impl Serialize for Images<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut done = self.0.borrow_mut();
        let mut list = serializer.serialize_seq(None)?;
        for image in done.images() {
            list.serialize_element(&image)?;
        }
        list.end()
    }
}

/// The short table: images with further columns where there are any, steps, and where to look.
pub fn done_text(done: &mut Done, heads: &[&str], more: impl Fn(&ImageDone) -> Vec<String>) -> String {
    let mut text = String::new();
    let heads = ["image", "objects", "median area", "seconds"].iter().chain(heads);
    let mut rows = vec![heads.map(|head| head.to_string()).collect::<Vec<_>>()];
    let number = |x: Option<f64>| x.map_or("-".into(), |x| format!("{x}"));
    let mut any_output = false;
    for image in
        done.images().filter(|image| image.error.is_none() && image.status != Status::NotRun).take(SHOWN)
    {
        let mut row = vec![
            image.image.clone(),
            number(image.objects.map(|n| n as f64)),
            number(image.median_area),
            format!("{:.2}", image.seconds),
        ];
        row.extend(more(&image));
        rows.push(row);
        any_output |= !image.outputs.is_empty();
    }
    text += &columns(&rows, "");
    if done.done > SHOWN {
        text += &format!("... and {} more\n", done.done - SHOWN);
    }
    text += &format!("{} images, {} objects, {:.2} s of steps\n\n", done.done, done.objects, done.seconds);
    let mut rows = vec![["step", "op", "ran on", "median seconds"].map(String::from).to_vec()];
    for (i, step) in done.steps.iter().enumerate() {
        let memory = match step.memory.len() {
            0 => "-".into(),
            1 => step.memory.keys().copied().collect(),
            _ => step.memory.iter().map(|(name, n)| format!("{name} {n}x")).collect::<Vec<_>>().join(", "),
        };
        rows.push(vec![
            format!("{} {}", i + 1, step.name),
            step.op.clone(),
            memory,
            format!("{:.4}", step.median_seconds),
        ]);
    }
    text += &columns(&rows, "");
    text.extend(done.notes.iter().take(NOTES).map(|note| format!("note: {note}\n")));
    if done.notes.len() > NOTES {
        text += &format!("... and {} more notes, all of them in --json\n", done.notes.len() - NOTES);
    }
    text.push('\n');
    for table in &done.tables {
        text += &format!("{}\n", table.display());
    }
    if any_output {
        text += &format!("{}\n", done.out.join("<image>").display());
    }
    let all = done.done + done.failed + done.not_run;
    if done.failed > 0 {
        text += &format!("\n{} of {all} images failed:\n", done.failed);
        for (image, error) in done.failures().take(FAILURES) {
            text += &format!("  {image}: {error}\n");
        }
        if done.failed > FAILURES {
            text += &format!("  ... and {} more, each in images.csv\n", done.failed - FAILURES);
        }
    }
    if done.not_run > 0 {
        text += &format!("\nstopped: {} of {all} images were not run; --resume runs them\n", done.not_run);
    }
    text
}
