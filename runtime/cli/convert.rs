//! `rotifer convert`: a pipeline in another form.

use super::pipeline_file::{File, pipeline_arg};
use super::report::{Failure, say};
use super::{args, exit};
use crate::code;
use crate::document::{self, Form};
use crate::io;
use clap::{Arg, ArgMatches, Command};
use rotifer_registry::wire::compile;
use rotifer_registry::{Code, Error};
use std::io::Write;
use std::path::Path;

pub fn command() -> Command {
    Command::new("convert")
        .about(
            "Write a pipeline in another form: TOML, JSON, Rust code, or compiled, with the version of every \
             function",
        )
        .arg(pipeline_arg())
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("OUTPUT")
                .help("A .toml, .json, .rs or, compiled, .rotifer file; TOML on stdout where not given"),
        )
        .arg(args::json_flag())
}

pub fn run(matches: &ArgMatches) -> Result<u8, Failure> {
    let file = File::from_args(matches)?;
    let pipeline = file.pipeline()?;
    let output = matches.get_one::<String>("output").map(Path::new);
    let text = |form| document::write(&pipeline.to_tree(), form).map_err(|e| Failure::new(exit::PIPELINE, e));
    let Some(output) = output else {
        say(&text(if args::json(matches) { Form::Json } else { Form::Toml })?);
        return Ok(0);
    };
    let ending = output.extension().map(|e| e.to_string_lossy().to_lowercase());
    let bytes = match ending.as_deref() {
        // Only what runs here is stamped with the functions of this program.
        Some("rotifer") => file.load().map(|_| compile(&pipeline))?,
        Some("rs") => code::write(&pipeline).into_bytes(),
        Some("toml" | "json") => text(Form::of(output))?.into_bytes(),
        _ => {
            let error = Error::new(Code::File, "the ending of a file says which form is written")
                .argument("output")
                .value(output.display())
                .allowed(".toml, .json, .rs, .rotifer");
            return Err(Failure::new(exit::USAGE, error));
        }
    };
    io::write_atomic(output, |to| to.write_all(&bytes))?;
    Ok(0)
}
