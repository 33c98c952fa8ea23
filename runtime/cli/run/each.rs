//! `rotifer run --each`: a pipeline once for each of several values of its arguments.

use super::how::{existing, run_on};
use super::summary::done_text;
use crate::batch::names::IMAGES;
use crate::cli::pipeline_file::File;
use crate::cli::report::{Failure, say};
use crate::cli::{args, exit, images};
use crate::io::{file_error, write_atomic};
use clap::{Arg, ArgAction, ArgMatches};
use rotifer_registry::error::suggestion;
use rotifer_registry::{Code, Error, Pipeline, Value, get};
use std::path::{Path, PathBuf};

pub fn each_flag() -> Arg {
    Arg::new("each")
        .long("each")
        .value_name("STEP.ARGUMENT=VALUE,...")
        .action(ArgAction::Append)
        .conflicts_with_all(["events", "json"])
        .help("Run once for each of these values of an argument, into folders of their own; several: for each combination")
}

/// An argument of a step with one of its values.
#[derive(Clone)]
struct Choice {
    step: usize,
    argument: String,
    /// As the command line has it: `blur.sigma`, and the value.
    name: String,
    text: String,
    value: Value,
}

fn wrong(text: &str, code: Code, message: impl Into<String>, help: Option<String>) -> Failure {
    let mut error = Error::new(code, message).argument("each").value(format!("\"{text}\""));
    error.help = help;
    Failure::new(exit::USAGE, error)
}

/// The values of an argument, from `STEP.ARGUMENT=VALUE,...`.
fn choices(pipeline: &Pipeline, text: &str) -> Result<Vec<Choice>, Failure> {
    let form = || wrong(text, Code::Syntax, "values are written STEP.ARGUMENT=VALUE,VALUE", None);
    let (name, values) = text.split_once('=').ok_or_else(form)?;
    let (of, argument) = name.rsplit_once('.').ok_or_else(form)?;
    let named = |step: &usize| pipeline.steps[*step].as_name.as_deref() == Some(of);
    let by_name = (0..pipeline.steps.len()).find(named);
    let mut by_op = (0..pipeline.steps.len()).filter(|i| pipeline.steps[*i].op == of);
    let step = match (by_name, by_op.next(), by_op.next()) {
        (Some(step), ..) | (None, Some(step), None) => step,
        (None, Some(_), Some(_)) => {
            let help = "give the step a name: as = \"...\"".to_string();
            return Err(wrong(text, Code::DuplicateName, format!("several steps are `{of}`"), Some(help)));
        }
        (None, None, _) => {
            let names = pipeline.steps.iter().map(|s| s.as_name.as_deref().unwrap_or(&s.op));
            let names: Vec<&str> = names.collect();
            let help = suggestion(of, names.into_iter());
            return Err(wrong(text, Code::UnknownInput, format!("no step is `{of}`"), help));
        }
    };
    let entry = get(&pipeline.steps[step].op).map_err(|e| Failure::new(exit::PIPELINE, e.step(step)))?;
    let param = entry.spec.param(argument).ok_or_else(|| {
        let help = suggestion(argument, entry.spec.params.iter().map(|p| p.name));
        wrong(text, Code::UnknownArgument, format!("`{of}` has no argument `{argument}`"), help)
    })?;
    let choice = |value: &str| Choice {
        step,
        argument: argument.into(),
        name: name.into(),
        text: value.trim().into(),
        value: args::value(&param.ty, value),
    };
    Ok(values.split(',').map(choice).collect())
}

/// One value of each argument, in all combinations, the last argument's values going round first.
fn combinations(all: &[Vec<Choice>]) -> Vec<Vec<Choice>> {
    all.iter().fold(vec![Vec::new()], |so_far, choices| {
        let with = |before: &Vec<Choice>| {
            choices.iter().map(|c| [before.as_slice(), std::slice::from_ref(c)].concat()).collect::<Vec<_>>()
        };
        so_far.iter().flat_map(with).collect()
    })
}

/// The folder of a combination.
fn folder(combination: &[Choice]) -> String {
    let texts: Vec<String> = combination.iter().map(|c| format!("{}={}", c.name, c.text)).collect();
    let plain = |c: char| if c.is_alphanumeric() || "._-=,+".contains(c) { c } else { '_' };
    texts.join(",").chars().map(plain).collect()
}

pub fn run(matches: &ArgMatches) -> Result<u8, Failure> {
    let file = File::from_args(matches)?;
    let pipeline = file.pipeline()?;
    let texts = matches.get_many::<String>("each").into_iter().flatten();
    let all = texts.map(|text| choices(&pipeline, text)).collect::<Result<Vec<_>, Failure>>()?;
    let out = matches.get_one::<PathBuf>("out").cloned().unwrap_or_default();
    // All are checked before any work.
    let mut loaded = Vec::new();
    for combination in combinations(&all) {
        let change = |pipeline: &mut Pipeline| {
            for choice in &combination {
                let args = &mut pipeline.steps[choice.step].args;
                args.retain(|(name, _)| *name != choice.argument);
                args.push((choice.argument.clone(), choice.value.clone()));
            }
        };
        let one = file.clone().load_changed(change)?;
        one.saves()?;
        loaded.push((combination, one));
    }
    let groups = images::groups(matches)?;
    let (mut code, mut stopped) = (0, false);
    let mut rows: Vec<(Vec<Choice>, PathBuf)> = Vec::new();
    for (combination, loaded) in loaded {
        let own = out.join(folder(&combination));
        let mut done = run_on(&loaded, groups.clone(), &own, existing(matches), matches, false, None)?;
        say(&format!("{}\n", folder(&combination)));
        say(&done_text(&mut done, &[], |_| Vec::new()));
        code = code.max(done.exit());
        stopped |= done.exit() == exit::STOPPED;
        if let Some(error) = &done.unwritten {
            code = code.max(Failure::new(exit::INPUT, error.clone()).show(false));
        }
        rows.push((combination, own.join(format!("{IMAGES}.csv"))));
        if stopped {
            break;
        }
    }
    joint(&out.join(format!("{IMAGES}.csv")), &rows)?;
    Ok(code)
}

/// Writes the rows of the tables of images under each other, with the values in front.
fn joint(path: &Path, rows: &[(Vec<Choice>, PathBuf)]) -> Result<(), Error> {
    let unread = |path: &Path, e: csv::Error| file_error(path, "cannot be read").because(&e);
    let mut heads: Vec<String> = Vec::new();
    let mut tables = Vec::new();
    for (combination, file) in rows.iter().filter(|(_, file)| file.is_file()) {
        let mut reader = csv::Reader::from_path(file).map_err(|e| unread(file, e))?;
        let own: Vec<String> =
            reader.headers().map_err(|e| unread(file, e))?.iter().map(String::from).collect();
        // A column that a combination adds stands before the last ones, which all have.
        for (i, head) in own.iter().enumerate().filter(|(_, head)| !heads.contains(head)).collect::<Vec<_>>()
        {
            let after = own[..i].iter().rev().find_map(|h| heads.iter().position(|x| x == h));
            heads.insert(after.map_or(0, |at| at + 1), head.clone());
        }
        let records = reader.records().collect::<Result<Vec<_>, _>>().map_err(|e| unread(file, e))?;
        tables.push((combination, own, records));
    }
    write_atomic(path, |out| {
        let mut csv = csv::Writer::from_writer(out);
        let names = rows.first().map(|(combination, _)| combination.iter().map(|c| c.name.as_str()));
        csv.write_record(names.into_iter().flatten().chain(heads.iter().map(String::as_str)))?;
        for (combination, own, records) in &tables {
            for record in records {
                let cell = |head: &String| own.iter().position(|h| h == head).and_then(|i| record.get(i));
                let values = combination.iter().map(|c| c.text.as_str());
                csv.write_record(values.chain(heads.iter().map(|head| cell(head).unwrap_or_default())))?;
            }
        }
        csv.flush()?;
        Ok::<(), csv::Error>(())
    })
}
