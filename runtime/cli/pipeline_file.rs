//! The pipeline that a command line names: read, checked, and its mistakes at their lines.

use super::exit;
use super::report::{Failure, Source};
use crate::batch::{self, Named};
use crate::document::{self, Form};
use crate::execute::Options;
use crate::io::{self, Group};
use crate::plan::{FlowMeta, GivenMeta, Plan, plan_given};
use clap::{Arg, ArgMatches, value_parser};
use rotifer_registry::pipeline::{self, Checked, Lines};
use rotifer_registry::wire::{MAGIC, decompile, read_pipeline};
use rotifer_registry::{Code, Error, ImageMeta, Pipeline};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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

    /// The work of the pipeline on an image, planned.
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
