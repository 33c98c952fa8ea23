//! Output on stdout and stderr, and errors.

use crate::cli::exit;
use rotifer_registry::{Code, Error};
use serde_json::json;
use std::fmt::Write as _;
use std::io::Write as _;

/// Prints to stdout. A reader that is gone (`| head`) ends the program quietly; any other failure ends it with an error.
pub fn say(text: &str) {
    say_bytes(text.as_bytes());
}

/// [`say`] for a text whose names may be no UTF-8.
pub fn say_bytes(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    ended_by(out.write_all(bytes).and_then(|()| out.flush()));
}

/// Ends the program where stdout could not be written.
pub fn ended_by(written: std::io::Result<()>) {
    match written {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            tell(&render(&unwritten(&error), None));
            std::process::exit(exit::INPUT.into());
        }
    }
}

/// The error of results that could not be printed.
pub fn unwritten(error: &std::io::Error) -> Error {
    Error::new(Code::File, "the standard output cannot be written").because(&error)
}

/// Prints to stderr. Nobody is to be told where it is closed.
pub fn tell(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Prints a JSON document to stdout.
pub fn say_json(value: &impl serde::Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => say(&(text + "\n")),
        Err(error) => say(&format!("{}\n", json!({ "errors": [error.to_string()] }))),
    }
}

/// A text file that errors point into.
#[derive(Clone, Debug)]
pub struct Source {
    pub path: String,
    pub text: String,
}

/// Why a command ends early, with the exit code that says so.
#[derive(Debug)]
pub struct Failure {
    pub exit: u8,
    pub errors: Vec<Error>,
    pub source: Option<Source>,
}

impl Failure {
    pub fn new(exit: u8, error: Error) -> Failure {
        Failure { exit, errors: vec![error], source: None }
    }

    /// Prints the errors, to stdout as JSON where that is asked for, and gives the exit code.
    pub fn show(&self, json: bool) -> u8 {
        if json {
            let file = self.source.as_ref().map(|s| &s.path);
            say_json(&json!({ "ok": false, "file": file, "errors": self.errors }));
        } else {
            let text: String = self.errors.iter().map(|e| render(e, self.source.as_ref())).collect();
            tell(&text);
        }
        self.exit
    }
}

impl From<Error> for Failure {
    /// The exit code by what kind of mistake it is.
    fn from(error: Error) -> Failure {
        let exit = match error.code {
            Code::File
            | Code::Shape
            | Code::WrongKind
            | Code::NoSpacing
            | Code::MissingChannel
            | Code::Table => exit::INPUT,
            Code::DeviceMemory
            | Code::Device
            | Code::Wire
            | Code::WorkerDied
            | Code::Cancelled
            | Code::Internal => exit::FAILED,
            _ => exit::USAGE,
        };
        Failure::new(exit, error)
    }
}

/// An error with its place, the line it means, and the way out.
pub fn render(error: &Error, source: Option<&Source>) -> String {
    let mut text = String::new();
    let mut headline = error.clone();
    headline.help = None;
    let line = error.line.and_then(|n| source.and_then(|s| s.text.lines().nth(n - 1)).map(|line| (n, line)));
    match (source, error.line) {
        (Some(source), Some(n)) => _ = writeln!(text, "{}:{n}: {headline}", source.path),
        (Some(source), None) => _ = writeln!(text, "{}: {headline}", source.path),
        (None, _) => _ = writeln!(text, "error: {headline}"),
    }
    let gutter = line.map_or(2, |(n, _)| n.to_string().len() + 2);
    if let Some((n, line)) = line {
        _ = writeln!(text, "{n:>gutter$} | {}", line.trim_end());
    }
    if let Some(help) = &error.help {
        _ = writeln!(text, "{:>gutter$} = {help}", "");
    }
    text
}

/// Columns padded to their widest cell; the last is left as it is.
pub fn columns(rows: &[Vec<String>], indent: &str) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |c: usize| rows.iter().filter_map(|r| r.get(c)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        let line = format!("{indent}{}", cells.collect::<Vec<_>>().join("  "));
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// `1.5 MB`.
pub fn bytes_text(bytes: usize) -> String {
    match bytes as f64 {
        b if b < 1e3 => format!("{bytes} B"),
        b if b < 1e6 => format!("{:.1} kB", b / 1e3),
        b if b < 1e9 => format!("{:.1} MB", b / 1e6),
        b => format!("{:.1} GB", b / 1e9),
    }
}
