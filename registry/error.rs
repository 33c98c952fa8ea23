//! Errors as plain data: what is wrong, where, what was found, what is allowed, and the way out.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The kind of mistake; stable, for programs to act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Code {
    /// The pipeline text is no TOML or JSON, or not a pipeline's tree.
    Syntax,
    /// No registered function has this id.
    UnknownOp,
    /// The function has no argument of this name.
    UnknownArgument,
    /// An argument without a default was not given.
    MissingArgument,
    /// An argument has the wrong type.
    WrongType,
    /// An argument lies outside its range.
    OutOfRange,
    /// A step names an input that no earlier step gives.
    UnknownInput,
    /// A required input is absent, or there is one too many.
    InputCount,
    /// An input is of another kind: an image where a mask is needed.
    WrongKind,
    /// Two outputs have the same name.
    DuplicateName,
    /// Shapes do not fit each other or the function.
    Shape,
    /// A length is in physical units and the image has no spacing.
    NoSpacing,
    /// The image has no such channel or time point.
    MissingChannel,
    /// Columns or rows of a table do not fit.
    Table,
    /// The function cannot run as asked.
    Unavailable,
    /// The device is out of memory, a buffer is larger than it can bind, or there is more than was set aside for.
    DeviceMemory,
    /// The GPU was lost or gave up: the same work may succeed on it once it is opened again.
    Device,
    /// A file cannot be read or written.
    File,
    /// A message between processes is damaged, or of another version.
    Wire,
    /// A worker process died.
    WorkerDied,
    /// The task ended two workers and is not tried again.
    Poisoned,
    /// The task was cancelled, or its deadline passed.
    Cancelled,
    /// A defect of Rotifer itself.
    Internal,
}

/// The words of another library or of the system, as data: they go between processes with the error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cause: Option<Box<Cause>>,
}

impl Cause {
    /// An error and its sources; one whose text ends with that of its source is not told twice.
    pub fn of(error: &dyn std::error::Error) -> Cause {
        let cause = error.source().map(Cause::of).map(Box::new);
        let message = error.to_string();
        let message = match &cause {
            Some(cause) => {
                message.strip_suffix(&format!(": {cause}")).map_or(message.clone(), str::to_string)
            }
            None => message,
        };
        Cause { message, cause }
    }
}

/// The whole chain.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.cause.as_ref().map_or(Ok(()), |cause| write!(f, ": {cause}"))
    }
}

impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// One mistake. `Display` gives it in one line, with its cause; the fields serve programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Error {
    pub code: Code,
    pub message: String,
    /// The words of another library or of the system.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cause: Option<Cause>,
    /// Index of the step in the pipeline, from 0.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub op: Option<String>,
    /// Argument, or key of the step, that is meant.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub argument: Option<String>,
    /// The value that was found.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<String>,
    /// The values that are allowed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub allowed: Option<String>,
    /// The way out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub help: Option<String>,
    /// Line of the pipeline file, from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<usize>,
}

impl Error {
    pub fn new(code: Code, message: impl Into<String>) -> Error {
        Error {
            code,
            message: message.into(),
            cause: None,
            step: None,
            op: None,
            argument: None,
            value: None,
            allowed: None,
            help: None,
            line: None,
        }
    }

    /// The error with what led to it.
    pub fn because(mut self, cause: &dyn std::error::Error) -> Error {
        self.cause = Some(Cause::of(cause));
        self
    }

    pub fn step(mut self, step: usize) -> Error {
        self.step.get_or_insert(step);
        self
    }

    pub fn op(mut self, op: &str) -> Error {
        self.op.get_or_insert_with(|| op.to_string());
        self
    }

    pub fn argument(mut self, name: &str) -> Error {
        self.argument.get_or_insert_with(|| name.to_string());
        self
    }

    pub fn value(mut self, value: impl fmt::Display) -> Error {
        self.value = Some(value.to_string());
        self
    }

    pub fn allowed(mut self, allowed: impl Into<String>) -> Error {
        self.allowed = Some(allowed.into());
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Error {
        self.help = Some(help.into());
        self
    }

    pub fn line(mut self, line: usize) -> Error {
        self.line.get_or_insert(line);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.step, &self.op) {
            (Some(step), Some(op)) => write!(f, "step {} ({op}): ", step + 1)?,
            (Some(step), None) => write!(f, "step {}: ", step + 1)?,
            (None, Some(op)) => write!(f, "{op}: ")?,
            (None, None) => {}
        }
        if let Some(argument) = &self.argument {
            write!(f, "`{argument}`: ")?;
        }
        f.write_str(&self.message)?;
        if let Some(cause) = &self.cause {
            write!(f, ": {cause}")?;
        }
        if let Some(value) = &self.value {
            write!(f, ", found {value}")?;
        }
        if let Some(allowed) = &self.allowed {
            write!(f, ", allowed {allowed}")?;
        }
        if let Some(help) = &self.help {
            write!(f, " ({help})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}

/// The names nearest to a misspelt one, best first: at most three, none that is too far off.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut scored: Vec<(f64, &str)> = known
        .map(|k| {
            let parts = name.split('_').filter(|p| p.len() > 2 && k.split('_').any(|q| q == *p)).count();
            (strsim::jaro_winkler(name, k) + 0.1 * parts as f64, k)
        })
        .filter(|(score, _)| *score > 0.78)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let best = scored.first().map_or(0.0, |(score, _)| *score);
    scored.retain(|(score, _)| *score > best - 0.08);
    scored.truncate(3);
    scored.into_iter().map(|(_, k)| k).collect()
}

/// "did you mean a, b or c?", or the whole list where it is short, or nothing.
pub fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<String> {
    let near = nearest(name, known.clone());
    if near.is_empty() {
        let all: Vec<&str> = known.collect();
        return (1..=12).contains(&all.len()).then(|| format!("there are: {}", all.join(", ")));
    }
    Some(format!("did you mean {}?", near.join(" or ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    #[derive(Debug)]
    struct Outer(std::io::Error);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "the header: {}", self.0)
        }
    }

    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn causes_are_a_chain_and_are_told_once() {
        let error =
            Error::new(Code::File, "a.tif: cannot be read").because(&Outer(std::io::Error::other("gone")));
        assert_eq!(error.clone().value("x").to_string(), "a.tif: cannot be read: the header: gone, found x");
        let first = error.source().expect("a cause");
        assert_eq!(first.source().expect("another").to_string(), "gone");
        assert!(first.source().and_then(|cause| cause.source()).is_none());
        assert!(Error::new(Code::File, "x").source().is_none());
    }
}
