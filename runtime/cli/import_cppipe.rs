//! `rotifer import-cppipe`: a pipeline of CellProfiler as one of Rotifer.

use super::report::{Failure, Source, columns, say, say_json};
use super::{args, exit};
use crate::cppipe::{self, Verdict};
use crate::io;
use clap::{Arg, ArgMatches, Command, value_parser};
use rotifer_registry::{Code, Error};
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};

pub fn command() -> Command {
    Command::new("import-cppipe")
        .about("Write a pipeline of CellProfiler as one of Rotifer, with every module as a comment beside its steps")
        .arg(
            Arg::new("file")
                .required(true)
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("A .cppipe file of CellProfiler 2 to 4"),
        )
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("OUTPUT")
                .value_parser(value_parser!(PathBuf))
                .help("The .toml file to write; stdout where not given"),
        )
        .arg(args::json_flag())
}

pub fn run(matches: &ArgMatches) -> Result<u8, Failure> {
    let empty = PathBuf::new();
    let file = matches.get_one::<PathBuf>("file").unwrap_or(&empty);
    let output = matches.get_one::<PathBuf>("output");
    let bytes = std::fs::read(file).map_err(|e| {
        let error = Error::new(Code::File, "cannot be read").because(&e).argument("file");
        Failure::new(exit::INPUT, error.value(file.display()))
    })?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let path = file.display().to_string();
    let read = cppipe::read(&text).map_err(|error| Failure {
        exit: exit::INPUT,
        errors: vec![error],
        source: Some(Source { path: path.clone(), text: text.clone() }),
    })?;
    let name = file.file_stem().map_or("cellprofiler".into(), |stem| stem.to_string_lossy());
    let read = read.beside(file.parent().unwrap_or(Path::new("")));
    let imported = cppipe::convert(&read, &name);
    if let Some(output) = output {
        io::write_atomic(output, |to| to.write_all(imported.toml.as_bytes()))?;
    }
    let count = |verdict| imported.count(verdict);
    let counts =
        [Verdict::Exact, Verdict::Differs, Verdict::Missing, Verdict::Disabled].map(|v| (v.name(), count(v)));
    if args::json(matches) {
        let modules: Vec<_> = imported
            .modules
            .iter()
            .map(|m| {
                json!({
                    "number": m.number, "module": m.module, "about": m.about, "verdict": m.verdict.name(),
                    "remarks": m.remarks, "steps": m.steps,
                })
            })
            .collect();
        let mut report = json!({
            "ok": true, "file": path, "format": read.version, "date_revision": read.date_revision,
            "output": output.map(|o| o.display().to_string()), "whole": imported.whole(),
            "counts": counts.iter().map(|(name, n)| (name.to_string(), json!(n))).collect::<serde_json::Map<_, _>>(),
            "steps": imported.pipeline.steps.len(), "modules": modules,
        });
        if output.is_none() {
            report["toml"] = imported.toml.into();
        }
        say_json(&report);
        return Ok(0);
    }
    let Some(output) = output else {
        say(&imported.toml);
        return Ok(0);
    };
    say(&summary(&imported, &counts, output));
    Ok(0)
}

/// The counts of modules, and a line for each module that has no counterpart.
fn summary(imported: &cppipe::Imported, counts: &[(&str, usize)], output: &Path) -> String {
    let counts: Vec<String> = counts.iter().map(|(name, n)| format!("{n} {name}")).collect();
    let rows: Vec<Vec<String>> = imported
        .modules
        .iter()
        .filter(|m| m.verdict == Verdict::Missing)
        .map(|m| vec![format!("{}", m.number), m.module.clone(), m.remarks.join("; ")])
        .collect();
    format!(
        "{}: {} steps of {} modules: {}\n{}",
        output.display(),
        imported.pipeline.steps.len(),
        imported.modules.len(),
        counts.join(", "),
        columns(&rows, "  ")
    )
}
