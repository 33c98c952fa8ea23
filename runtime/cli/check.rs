//! `rotifer check`: everything that is wrong with a pipeline, at its line.

use super::report::{Failure, Source, say, say_json};
use super::{args, exit, images};
use crate::batch;
use crate::batch::Named;
use crate::document::{self, Form};
use crate::execute::{Given, Options, check_inputs, takes_labels};
use crate::io::{self, Group};
use crate::plan::{FlowMeta, GivenMeta, Plan, plan_given};
use clap::{Arg, ArgMatches, Command, value_parser};
use rotifer_registry::pipeline::{self, Checked, Lines};
use rotifer_registry::wire::{MAGIC, decompile, read_pipeline};
use rotifer_registry::{Code, Error, ImageMeta, Pipeline};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub fn command() -> Command {
    Command::new("check")
        .about("Check a pipeline: ids, arguments, ranges, names, kinds; with an image, whether it fits")
        .arg(pipeline_arg())
        .arg(images::inputs_arg())
        .args(images::site_flags())
        .arg(args::named_inputs_flag())
        .arg(args::spacing_flag())
        .arg(args::labels_flag())
        .arg(args::json_flag())
}

pub fn pipeline_arg() -> Arg {
    Arg::new("pipeline")
        .required(true)
        .value_name("PIPELINE")
        .value_parser(value_parser!(PathBuf))
        .help("A pipeline: .toml, .json or compiled")
}

/// A pipeline file: a text, or a compiled one, which begins as every frame does and has no text to point into.
#[derive(Clone)]
pub struct File {
    source: Source,
    compiled: Option<Vec<u8>>,
}

impl File {
    /// The file that the command line names.
    pub fn from_args(matches: &ArgMatches) -> Result<File, Failure> {
        let given = matches.get_one::<PathBuf>("pipeline").cloned().unwrap_or_default();
        let path = given.display().to_string();
        let unread = |why: String| {
            let error = Error::new(Code::File, format!("{path}: the pipeline cannot be read: {why}"));
            Failure::new(exit::PIPELINE, error)
        };
        let bytes = std::fs::read(&given).map_err(|e| unread(e.to_string()))?;
        let (text, compiled) = match bytes.starts_with(&MAGIC) {
            true => (String::new(), Some(bytes)),
            false => (String::from_utf8(bytes).map_err(|e| unread(e.to_string()))?, None),
        };
        Ok(File { source: Source { path, text }, compiled })
    }

    /// The pipeline as it stands there, whatever functions it was compiled for.
    pub fn pipeline(&self) -> Result<Pipeline, Failure> {
        let read = match &self.compiled {
            Some(bytes) => decompile(bytes).map(|stamped| stamped.pipeline).map_err(|e| vec![e]),
            None => document::pipeline(&self.source.text, self.form()).map(|(pipeline, _)| pipeline),
        };
        read.map_err(|errors| self.wrong(errors))
    }

    /// The pipeline, if it is right and its functions are those of this program.
    pub fn load(self) -> Result<Loaded, Failure> {
        let checked = match &self.compiled {
            Some(bytes) => read_pipeline(bytes)
                .and_then(|pipeline| pipeline::check(&pipeline))
                .map(|checked| (checked, Lines::default())),
            None => document::checked(&self.source.text, self.form()),
        };
        self.loaded(checked)
    }

    /// [`File::load`] with a change made before the pipeline is checked.
    pub fn load_changed(self, change: impl Fn(&mut Pipeline)) -> Result<Loaded, Failure> {
        let read = match &self.compiled {
            Some(bytes) => read_pipeline(bytes).map(|pipeline| (pipeline, Lines::default())),
            None => document::pipeline(&self.source.text, self.form()),
        };
        let checked = read.and_then(|(mut pipeline, lines)| {
            change(&mut pipeline);
            match pipeline::check(&pipeline) {
                Ok(checked) => Ok((checked, lines)),
                Err(errors) => Err(errors.into_iter().map(|e| lines.locate(e)).collect()),
            }
        });
        self.loaded(checked)
    }

    fn loaded(self, checked: Result<(Checked, Lines), Vec<Error>>) -> Result<Loaded, Failure> {
        match checked {
            Ok((mut checked, lines)) => {
                // Files of a pipeline are beside it.
                let folder = Path::new(&self.source.path).parent().unwrap_or(Path::new(""));
                for input in &mut checked.inputs {
                    if let pipeline::Source::File(path) | pipeline::Source::Pattern(path) = &mut input.source
                        && !path.starts_with('{')
                    {
                        *path = folder.join(&*path).to_string_lossy().into_owned();
                    }
                }
                Ok(Loaded { checked, lines, source: self.source })
            }
            Err(errors) => Err(self.wrong(errors)),
        }
    }

    fn form(&self) -> Form {
        Form::of(Path::new(&self.source.path))
    }

    fn wrong(&self, errors: Vec<Error>) -> Failure {
        Failure { exit: exit::PIPELINE, errors, source: Some(self.source.clone()) }
    }
}

impl From<Source> for File {
    fn from(source: Source) -> File {
        File { source, compiled: None }
    }
}

/// A pipeline that was read and is right.
pub struct Loaded {
    pub checked: Checked,
    pub lines: Lines,
    pub source: Source,
}

impl Loaded {
    /// The pipeline that the command line names.
    pub fn from_args(matches: &ArgMatches) -> Result<Loaded, Failure> {
        File::from_args(matches)?.load()
    }

    /// An error of this pipeline at its line.
    pub fn wrong(&self, error: Error) -> Failure {
        let errors = vec![self.lines.locate(error)];
        Failure { exit: exit::PIPELINE, errors, source: Some(self.source.clone()) }
    }

    /// Refuses a pipeline that writes nothing where it is run.
    pub fn saves(&self) -> Result<(), Failure> {
        batch::saves(&self.checked).map_err(|error| self.wrong(error))
    }

    /// What the pipeline will do with an image.
    pub fn plan(
        &self,
        group: &Group,
        image: Option<&ImageMeta>,
        inputs: &BTreeMap<String, PathBuf>,
        options: &Options,
    ) -> Result<Plan, Failure> {
        let named = Named::new(&self.checked, inputs).and_then(|named| {
            named.check(std::slice::from_ref(group))?;
            named.of(group)?.iter().map(|path| io::read_value_meta(path)).collect()
        });
        let named: Vec<FlowMeta> = named.map_err(|e| Failure::new(exit::INPUT, e))?;
        let mut given = image.map(GivenMeta::from).unwrap_or_default();
        given.inputs.extend(named);
        plan_given(&self.checked, &given, None, options).map_err(|errors| {
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
    loaded.saves()?;
    let images = if matches.contains_id("input") || matches.contains_id("sites") {
        images::groups(matches)?
    } else {
        Vec::new()
    };
    let (options, unread) = (args::options(matches), |e| Failure::new(exit::INPUT, e));
    let inputs = args::named_inputs(matches);
    let named = Named::new(&loaded.checked, &inputs).map_err(unread)?;
    named.check(&images).map_err(unread)?;
    batch::over::check(&loaded.checked, &images).map_err(|error| loaded.wrong(error))?;
    if !loaded.checked.needs_image() {
        loaded.plan(&Group::none(&loaded.checked.name), None, &inputs, &Options::default())?;
    }
    for image in &images {
        let meta = images::meta(image, matches).map_err(unread)?;
        loaded.plan(image, Some(&meta), &inputs, &Options::default())?;
        // Only its values tell whether it is labels.
        if takes_labels(&loaded.checked) && !options.labels {
            let mut given = Given::from(&images::read(image, matches).map_err(unread)?);
            for path in named.of(image).map_err(unread)? {
                given.inputs.push(io::read_value(&path).map_err(unread)?);
            }
            check_inputs(&loaded.checked, &given, &options).map_err(|mut error| {
                error.message = format!("{}: {}", image.stem(), error.message);
                loaded.wrong(error)
            })?;
        }
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
