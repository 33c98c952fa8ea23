//! `rotifer check`: everything that is wrong with a pipeline, at its line.

use super::report::{Failure, Source, say, say_json};
use super::{args, exit};
use crate::document::{self, Form};
use clap::{Arg, ArgMatches, Command};
use rotifer_registry::pipeline::Checked;
use rotifer_registry::{Code, Error};
use serde_json::json;
use std::path::Path;

pub fn command() -> Command {
    Command::new("check")
        .about("Check a pipeline: ids, arguments, ranges, names, kinds")
        .arg(pipeline_arg())
        .arg(args::json_flag())
}

pub fn pipeline_arg() -> Arg {
    Arg::new("pipeline").required(true).value_name("PIPELINE").help("A pipeline, .toml or .json")
}

/// A pipeline file that was read and is right.
pub struct Loaded {
    pub checked: Checked,
    pub source: Source,
}

/// Reads the pipeline of a command line.
pub fn load(matches: &ArgMatches) -> Result<Loaded, Failure> {
    let path = matches.get_one::<String>("pipeline").map_or("", |s| s);
    let text = std::fs::read_to_string(path).map_err(|e| {
        let error = Error::new(Code::File, format!("the pipeline cannot be read: {e}")).value(path);
        Failure::new(exit::PIPELINE, error)
    })?;
    let source = Source { path: path.into(), text };
    match document::checked(&source.text, Form::of(Path::new(path))) {
        Ok((checked, _)) => Ok(Loaded { checked, source }),
        Err(errors) => Err(Failure { exit: exit::PIPELINE, errors, source: Some(source) }),
    }
}

pub fn run(matches: &ArgMatches) -> Result<u8, Failure> {
    let loaded = load(matches)?;
    let steps = loaded.checked.steps.len();
    if args::json(matches) {
        say_json(
            &json!({ "ok": true, "file": loaded.source.path, "name": loaded.checked.name, "steps": steps }),
        );
    } else {
        let plural = if steps == 1 { "" } else { "s" };
        say(&format!("{}: right, {steps} step{plural}\n", loaded.source.path));
    }
    Ok(0)
}
