//! `rotifer apply`: one function on files.

use super::report::{Failure, say, say_json, tell};
use super::{args, exit, images};
use crate::execute::apply_step;
use crate::{io, machine};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use rotifer_registry::pipeline::{DtypeRequest, Step};
use rotifer_registry::{Code, Datum, DatumKind, Entry, Error, Frames, OutPort, Port, PortKind, get};
use serde_json::{Map, Value as Json, json};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

pub fn command(words: &[OsString]) -> Command {
    let op = args::named_ops(words).into_iter().next();
    let ops: Vec<&'static Entry> = op.into_iter().collect();
    let usage = op.map_or("rotifer apply <OP> <INPUT>... -o <OUTPUT> [--ARG VALUE]".to_string(), usage);
    Command::new("apply")
        .about("Run one function on files")
        .override_usage(usage)
        .arg(Arg::new("op").required(true).value_name("OP").help("Id of a function"))
        .arg(
            Arg::new("input")
                .num_args(0..)
                .value_name("INPUT")
                .value_parser(value_parser!(OsString))
                .help("A file for each input in order; a number where one is taken; `none` for one that may be left out"),
        )
        .arg(images::sites_flag().help(
            "A table of `rotifer sites`, or a LoadData file of CellProfiler, with the planes of one image: the first input",
        ))
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("OUTPUT")
                .value_parser(value_parser!(PathBuf))
                .help("Images .tif or .png, tables .csv; further outputs go beside it, numbers to stdout"),
        )
        .arg(args::on_flag(&["auto", "cpu", "gpu"]))
        .arg(
            Arg::new("dtype")
                .long("dtype")
                .value_parser(|text: &str| DtypeRequest::parse(text).ok_or("preserve, native or a dtype is needed"))
                .help("Dtype of image outputs: preserve, native, uint8, uint16, ..."),
        )
        .arg(
            Arg::new("slice_by_slice")
                .long("slice_by_slice")
                .alias("slice-by-slice")
                .action(ArgAction::SetTrue)
                .help("Each z plane as a 2-D image"),
        )
        .arg(args::spacing_flag())
        .arg(args::labels_flag())
        .args(args::write_flags())
        .arg(args::json_flag())
        .args(args::op_flags(&ops, args::APPLY_FLAGS))
        .after_help("`rotifer apply OP --help` shows the arguments of a function, `rotifer doc OP` all of it")
}

fn usage(op: &Entry) -> String {
    let ports = op
        .spec
        .inputs
        .iter()
        .map(|p| if p.optional { format!("[{}]", p.name) } else { format!("<{}>", p.name) });
    let ports: String = ports.map(|port| port + " ").collect();
    format!("rotifer apply {} {ports}-o <OUTPUT> [OPTIONS]", op.spec.id)
}

pub fn run(matches: &ArgMatches) -> Result<u8, Failure> {
    let usage = |error: Error| Failure::new(exit::USAGE, error);
    let entry = get(matches.get_one::<String>("op").map_or("", |s| s)).map_err(usage)?;
    let step = Step {
        op: entry.spec.id.into(),
        args: args::op_args(entry, matches),
        dtype: matches.get_one::<DtypeRequest>("dtype").copied(),
        slice_by_slice: matches.get_flag("slice_by_slice"),
        ..Step::default()
    };
    entry.build(&step.args).map_err(|errors| Failure { exit: exit::USAGE, errors, source: None })?;
    let words: Vec<&OsString> = matches.get_many::<OsString>("input").into_iter().flatten().collect();
    let output = matches.get_one::<PathBuf>("output").cloned();
    check_output(entry, output.as_deref(), &words).map_err(usage)?;
    machine::threads_told().map_err(usage)?;
    machine::use_threads(machine::threads());
    let inputs = read_inputs(entry, &words, matches)?;
    let (outputs, report) = apply_step(entry, &step, &inputs, &args::options(matches))?;

    let mut told = String::new();
    let mut numbers = Map::new();
    let mut files = Map::new();
    for (i, (port, frames)) in entry.spec.outputs.iter().zip(&outputs).enumerate() {
        let path = output.as_deref().map(|o| if i == 0 { o.to_path_buf() } else { beside(o, port, frames) });
        let table = path.as_deref().is_some_and(|p| has_extension(p, &["csv"]));
        match (frames.numbers(), path) {
            // A number is written only where it is the one output and a table is asked for.
            (Some(values), _) if i > 0 || !table => {
                _ = numbers.insert(port.name.into(), number_json(&values, frames))
            }
            (_, Some(path)) => {
                write(&path, port.name, frames, &args::write_options(matches))?;
                for (frame, value) in frames.roles().into_iter().flatten() {
                    told.push_str(&format!("{}{frame}: {}\n", port.name, value.describe()));
                }
                // JSON is UTF-8; names need not be.
                files.insert(port.name.into(), json!(path.to_string_lossy()));
            }
            (_, None) => {}
        }
    }
    let seconds: f64 = report.steps.iter().map(|s| s.seconds).sum();
    let memory = report.steps.first().map(|s| s.memory);
    if args::json(matches) {
        say_json(&json!({
            "op": entry.spec.id, "numbers": numbers, "files": files, "seconds": seconds, "memory": memory,
            "notes": report.notes,
        }));
        return Ok(0);
    }
    if !numbers.is_empty() {
        say(&format!("{}\n", Json::Object(numbers)));
    }
    tell(&told);
    for note in &report.notes {
        tell(&format!("note: {note}\n"));
    }
    for (name, path) in &files {
        tell(&format!("{name}: {}\n", path.as_str().unwrap_or_default()));
    }
    tell(&format!("{} on the {}, {seconds:.3} s\n", entry.spec.id, memory.map_or("host", |m| m.name())));
    Ok(0)
}

fn has_extension(path: &Path, any: &[&str]) -> bool {
    path.extension().is_some_and(|e| any.iter().any(|x| e.eq_ignore_ascii_case(x)))
}

/// The output must fit what the function gives, and be none of the inputs.
fn check_output(entry: &Entry, output: Option<&Path>, inputs: &[&OsString]) -> Result<(), Error> {
    let Some(primary) = entry.spec.outputs.first() else { return Ok(()) };
    let own;
    let (what, allowed): (&str, &[&str]) = match primary.kind.kind() {
        DatumKind::Number => ("a number", &["csv"]),
        DatumKind::Table => ("a table", &["csv"]),
        kind @ DatumKind::Role(_) => {
            own = [io::extension(kind, io::Format::default())?];
            (kind.name(), &own)
        }
        kind => (kind.name(), &["tif", "tiff", "png"]),
    };
    let allowed_text = || allowed.iter().map(|e| format!(".{e}")).collect::<Vec<_>>().join(", ");
    let wrong = |message: String| Error::new(Code::OutOfRange, message).op(entry.spec.id).argument("output");
    match output {
        None if primary.kind.kind() == DatumKind::Number => Ok(()),
        None => Err(wrong(format!("`{}` is {what}: a file for it is needed", primary.name))
            .allowed(allowed_text())
            .help("-o FILE")),
        Some(path) if !has_extension(path, allowed) => {
            Err(wrong(format!("`{}` is {what}", primary.name)).value(path.display()).allowed(allowed_text()))
        }
        Some(path) => {
            let same = |other: &OsString| {
                let files = (path.canonicalize(), Path::new(other).canonicalize());
                matches!(files, (Ok(a), Ok(b)) if a == b)
            };
            match inputs.iter().any(|i| same(i)) {
                true => Err(wrong("the output would replace an input".into()).value(path.display())),
                false => Ok(()),
            }
        }
    }
}

/// Reads the inputs of a function: a file for each port in order, or a number, or `none`.
pub fn read_inputs(
    entry: &Entry,
    words: &[&OsString],
    matches: &ArgMatches,
) -> Result<Vec<Option<Frames>>, Failure> {
    // The image of a site table stands for the first input; words are the others.
    let sites = matches.try_get_one::<PathBuf>("sites").ok().flatten();
    let ports = &entry.spec.inputs[sites.iter().count().min(entry.spec.inputs.len())..];
    let needed = ports.iter().filter(|p| !p.optional).count();
    if words.len() > ports.len() || words.len() < needed {
        let error = Error::new(Code::InputCount, format!("takes {} inputs", ports.len())).op(entry.spec.id);
        return Err(Failure::new(exit::USAGE, error.value(words.len()).help(usage(entry))));
    }
    let mut inputs = Vec::new();
    if let Some(path) = sites {
        let image = images::read(&images::of_table(path)?, matches).map_err(|e| e.op(entry.spec.id))?;
        inputs.push(Some(Frames::from(&image)));
    }
    for (port, word) in ports.iter().zip(words) {
        inputs
            .push(read_input(port, word.as_ref(), matches).map_err(|e| Failure::from(e.op(entry.spec.id)))?);
    }
    Ok(inputs)
}

fn read_input(port: &Port, word: &OsStr, matches: &ArgMatches) -> Result<Option<Frames>, Error> {
    let path = Path::new(word);
    let word = word.to_string_lossy();
    if word == "none" && port.optional && !path.exists() {
        return Ok(None);
    }
    let number = word.trim().parse::<f64>().ok();
    let datum = match (port.kind, number) {
        (PortKind::Number, Some(x)) => Datum::Number(x),
        (PortKind::ImageOrNumber, Some(x)) if !path.exists() => Datum::Number(x),
        (PortKind::Number, None) => {
            return Err(Error::new(Code::WrongType, "a number is needed")
                .argument(port.name)
                .value(format!("\"{word}\"")));
        }
        (PortKind::Table, _) => Datum::Table(io::read_table(path)?),
        (PortKind::Role(_), _) => Datum::Role(io::read_role(path)?),
        _ => return Ok(Some(Frames::from(&images::read(&images::one(path)?, matches)?))),
    };
    Ok(Some(Frames::from(datum)))
}

/// One number as it is, of several frames a list.
fn number_json(values: &[f64], frames: &Frames) -> Json {
    match values {
        [x] if !frames.axes.has_t && !frames.axes.has_c => json!(x),
        _ => json!(values),
    }
}

/// `labels.tif` and output `count` give `labels.count.csv`.
fn beside(output: &Path, port: &OutPort, frames: &Frames) -> PathBuf {
    let is_table = frames.items.iter().any(|d| matches!(d, Datum::Table(_) | Datum::Number(_)));
    let role = match port.kind.kind() {
        kind @ DatumKind::Role(_) => io::extension(kind, io::Format::default()).ok(),
        _ => None,
    };
    let own = output.extension().filter(|_| has_extension(output, &["tif", "tiff", "png"]));
    let extension = match own {
        _ if is_table => "csv".as_ref(),
        _ if role.is_some() => role.unwrap_or_default().as_ref(),
        // Labels and floats do not fit a PNG.
        Some(own) if !frames.items.iter().any(is_deep) => own,
        _ => "tif".as_ref(),
    };
    let mut name = output.file_stem().unwrap_or_default().to_os_string();
    name.push(format!(".{}.", port.name));
    name.push(extension);
    output.with_file_name(name)
}

fn is_deep(datum: &Datum) -> bool {
    datum.meta().volume().is_some_and(|v| v.dtype.size() > 2)
}

/// Writes what a port gave.
pub fn write(path: &Path, name: &str, frames: &Frames, options: &io::WriteOptions) -> Result<(), Error> {
    match frames.to_table(name) {
        Some(table) => io::write_table(path, &table?),
        None => match frames.to_image() {
            Some(image) => io::write_image_with(path, &image?, options),
            None => io::write_roles(path, frames).map(drop),
        },
    }
}
