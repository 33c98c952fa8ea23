//! `rotifer check`: everything that is wrong with a pipeline, at its line.

use super::report::{Failure, Source, say, say_json};
use super::{args, exit, images};
use crate::document::{self, Form};
use crate::execute::{On, Options};
use crate::plan::{Plan, plan};
use clap::{Arg, ArgMatches, Command};
use rotifer_registry::pipeline::{Checked, Lines};
use rotifer_registry::{Code, Error, ImageMeta};
use serde_json::json;
use std::path::Path;

pub fn command() -> Command {
    Command::new("check")
        .about("Check a pipeline: ids, arguments, ranges, names, kinds; with an image, whether it fits")
        .arg(pipeline_arg())
        .arg(images::inputs_arg().required(false))
        .arg(args::spacing_flag())
        .arg(args::json_flag())
}

pub fn pipeline_arg() -> Arg {
    Arg::new("pipeline").required(true).value_name("PIPELINE").help("A pipeline, .toml or .json")
}

/// A pipeline that was read and is right.
pub struct Loaded {
    pub checked: Checked,
    pub lines: Lines,
    pub source: Source,
}

impl Loaded {
    /// Reads and checks a pipeline.
    pub fn new(source: Source) -> Result<Loaded, Failure> {
        match document::checked(&source.text, Form::of(Path::new(&source.path))) {
            Ok((checked, lines)) => Ok(Loaded { checked, lines, source }),
            Err(errors) => Err(Failure { exit: exit::PIPELINE, errors, source: Some(source) }),
        }
    }

    /// The pipeline that the command line names.
    pub fn from_args(matches: &ArgMatches) -> Result<Loaded, Failure> {
        let path = matches.get_one::<String>("pipeline").map_or("", |s| s);
        let text = std::fs::read_to_string(path).map_err(|e| {
            let error = Error::new(Code::File, format!("{path}: the pipeline cannot be read: {e}"));
            Failure::new(exit::PIPELINE, error)
        })?;
        Loaded::new(Source { path: path.into(), text })
    }

    /// What the pipeline will do with an image.
    pub fn plan(&self, image: &ImageMeta, on: On) -> Result<Plan, Failure> {
        plan(&self.checked, image, &Options { on, ..Options::default() }).map_err(|errors| {
            // Without a step it is the machine that does not fit, not the pipeline.
            let machine = errors.iter().all(|e| e.step.is_none());
            let errors = errors.into_iter().map(|e| self.lines.locate(e)).collect();
            Failure {
                exit: if machine { exit::USAGE } else { exit::PIPELINE },
                errors,
                source: (!machine).then(|| self.source.clone()),
            }
        })
    }
}

pub fn run(matches: &ArgMatches) -> Result<u8, Failure> {
    let loaded = Loaded::from_args(matches)?;
    let images = if matches.contains_id("input") { images::groups(matches)? } else { Vec::new() };
    for image in &images {
        let meta = images::meta(image, matches).map_err(|e| Failure::new(exit::INPUT, e))?;
        loaded.plan(&meta, On::Auto)?;
    }
    let (path, steps) = (&loaded.source.path, loaded.checked.steps.len());
    if args::json(matches) {
        let report = json!({
            "ok": true, "file": path, "name": loaded.checked.name, "steps": steps, "images": images.len(),
        });
        say_json(&report);
    } else {
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        let mut text = format!("{path}: right, {steps} step{}", plural(steps));
        if !images.is_empty() {
            text += &format!("; fits {} image{}", images.len(), plural(images.len()));
        }
        say(&(text + "\n"));
    }
    Ok(0)
}
