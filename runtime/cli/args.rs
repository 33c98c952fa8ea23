//! Arguments of functions on the command line: a text becomes a value by the type that is declared.

use super::report::Failure;
use crate::execute::{On, Options};
use crate::io::{Compression, Durability, WriteOptions};
use crate::{batch, document, machine};
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, value_parser};
use rotifer_registry::pipeline::Args;
use rotifer_registry::{Entry, Error, ParamSpec, ParamType, Spacing, Value, VolumeMeta, find};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// Flags of `apply` that are not arguments of the function.
pub const APPLY_FLAGS: &[&str] = &[
    "output",
    "on",
    "json",
    "spacing",
    "dtype",
    "slice_by_slice",
    "labels",
    "sites",
    "compression",
    "tiles",
    "pyramid",
    "durable",
    "fast",
    "help",
];
/// Flags of `bench` that are not arguments of functions.
pub const BENCH_FLAGS: &[&str] = &["input", "size", "dtype", "on", "threads", "json", "compare", "help"];

/// The flag `--json` of every command that prints results.
pub fn json_flag() -> Arg {
    Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON")
}

/// Whether JSON was asked for; false where the command has no such flag.
pub fn json(matches: &ArgMatches) -> bool {
    matches.try_get_one::<bool>("json").ok().flatten().copied().unwrap_or(false)
}

/// The value of a text as an argument of this type. A text that fits no type stays a text, for the check to refuse.
pub fn value(ty: &ParamType, text: &str) -> Value {
    let text = text.trim();
    match ty {
        ParamType::Text | ParamType::Dtype | ParamType::Choice(_) | ParamType::Condition => {
            Value::Text(text.into())
        }
        ParamType::Optional(_) if text == "none" => Value::Text(text.into()),
        ParamType::Optional(inner) => value(inner, text),
        ParamType::Bool | ParamType::Int | ParamType::Float | ParamType::Length => {
            match Value::from_cli(text) {
                Value::List(_) => Value::Text(text.into()),
                scalar => scalar,
            }
        }
        // Lists may also be written as TOML writes them; planes of rows have no other form.
        _ if text.starts_with('[') => literal(text).unwrap_or_else(|| Value::Text(text.into())),
        ParamType::PerAxis(inner) if text.contains(',') => {
            Value::List(text.split(',').map(|part| value(inner, part)).collect())
        }
        ParamType::PerAxis(inner) => value(inner, text),
        ParamType::Footprint | ParamType::Ints => Value::from_cli(text),
        ParamType::Matrix => match Value::from_cli(text) {
            Value::List(row) if !text.contains(';') => Value::List(vec![Value::List(row)]),
            other => other,
        },
    }
}

/// A value as TOML writes it.
fn literal(text: &str) -> Option<Value> {
    document::arguments(&format!("value = {text}")).ok()?.into_iter().next().map(|(_, value)| value)
}

/// How a value is written on the command line.
pub fn text(value: &Value) -> String {
    let flat = |items: &[Value]| !items.iter().any(|i| matches!(i, Value::List(_)));
    let row = |items: &[Value]| items.iter().map(text).collect::<Vec<_>>().join(",");
    match value {
        Value::Text(text) => text.clone(),
        Value::List(items) if flat(items) => row(items),
        Value::List(rows) => {
            let rows: Option<Vec<String>> = rows
                .iter()
                .map(|r| if let Value::List(items) = r { flat(items).then(|| row(items)) } else { None })
                .collect();
            rows.filter(|rows| rows.len() > 1).map_or(value.to_string(), |rows| rows.join(";"))
        }
        other => other.to_string(),
    }
}

/// `--sigma`; `--arg-size` where the command has a flag of that name itself.
pub fn flag(param: &str, taken: &[&str]) -> String {
    if taken.contains(&param) { format!("arg-{param}") } else { param.to_string() }
}

/// The functions that are named among the words of a command line.
pub fn named_ops(words: &[OsString]) -> Vec<&'static Entry> {
    words.iter().filter_map(|word| find(word.to_str()?)).collect()
}

/// A flag for each argument of these functions; an argument that several have is one flag.
pub fn op_flags(ops: &[&'static Entry], taken: &[&str]) -> Vec<Arg> {
    let mut params: Vec<&'static ParamSpec> = Vec::new();
    for param in ops.iter().flat_map(|op| op.spec.params) {
        if !params.iter().any(|p| p.name == param.name) {
            params.push(param);
        }
    }
    let flags = params.into_iter().map(|p| {
        let doc: Vec<&str> = p.doc.iter().map(|l| l.trim()).collect();
        let default = p.default_value().map_or("required".into(), |v| format!("default {v}"));
        let name = flag(p.name, taken);
        let mut arg = Arg::new(format!("op:{}", p.name)).long(name.clone()).value_name("VALUE");
        if name.contains('_') {
            arg = arg.alias(name.replace('_', "-"));
        }
        arg.allow_hyphen_values(true).help(format!(
            "{} [{}; {default}]",
            doc.join(" ").trim(),
            p.ty.describe()
        ))
    });
    flags.collect()
}

/// The arguments that the command line gives to a function.
pub fn op_args(op: &Entry, matches: &ArgMatches) -> Args {
    let given = |p: &ParamSpec| {
        let text = matches.try_get_one::<String>(&format!("op:{}", p.name)).ok().flatten()?;
        Some((p.name.to_string(), value(&p.ty, text)))
    };
    op.spec.params.iter().filter_map(given).collect()
}

/// The flag `--on`.
pub fn on_flag(values: &'static [&'static str]) -> Arg {
    Arg::new("on")
        .long("on")
        .value_parser(PossibleValuesParser::new(values))
        .default_value(values[0])
        .help("Where device kernels may run; gpu takes a software adapter, too")
}

pub fn on(matches: &ArgMatches) -> On {
    match matches.try_get_one::<String>("on").ok().flatten().map(String::as_str) {
        Some("cpu") => On::Cpu,
        Some("gpu") => On::Gpu,
        _ => On::Auto,
    }
}

/// Files of a pipeline's inputs beside the images.
pub fn named_inputs_flag() -> Arg {
    Arg::new("named_input")
        .long("input")
        .value_name("NAME=PATH")
        .action(ArgAction::Append)
        .value_parser(|text: &str| match text.split_once('=') {
            Some((name, path)) if !name.is_empty() && !path.is_empty() => {
                Ok((name.to_string(), PathBuf::from(path)))
            }
            _ => Err("an input is NAME=PATH".to_string()),
        })
        .help("File of an input that the pipeline names; {well}, {field} or {name} in it: one for each image")
}

/// The values of [`named_inputs_flag`].
pub fn named_inputs(matches: &ArgMatches) -> BTreeMap<String, PathBuf> {
    let given = matches.try_get_many::<(String, PathBuf)>("named_input").ok().flatten();
    given.into_iter().flatten().cloned().collect()
}

/// The flag `--labels`.
pub fn labels_flag() -> Arg {
    let help = "The values of the images are labels or a mask, whatever they look like";
    Arg::new("labels").long("labels").action(ArgAction::SetTrue).help(help)
}

/// How to run, as the command line says.
pub fn options(matches: &ArgMatches) -> Options {
    let labels = matches.try_get_one::<bool>("labels").ok().flatten().copied().unwrap_or(false);
    let memory = matches.try_get_one::<u64>("memory").ok().flatten().copied();
    Options { on: on(matches), labels, memory, ..Options::default() }
}

/// The flag `--memory`.
pub fn memory_flag() -> Arg {
    Arg::new("memory")
        .long("memory")
        .value_name("BYTES")
        .value_parser(bytes)
        .help("Memory that all processes take together, as 600MiB or 2GB: images that need more come in parts [default: what is free]")
}

/// A number of bytes, with a unit.
fn bytes(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = (text[..digits].parse::<f64>(), text[digits..].trim().to_ascii_lowercase());
    let factor = match unit.as_str() {
        // People who leave the unit out mean various ones.
        "" if number.is_ok() => {
            return Err(format!("the unit is missing: {0}GB or {0}MiB, or {0}B for so many bytes", text));
        }
        "" | "b" => 1.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "tb" => 1e12,
        "kib" => 1024.0,
        "mib" => 1024f64.powi(2),
        "gib" => 1024f64.powi(3),
        "tib" => 1024f64.powi(4),
        _ => return Err("the units are B, kB, MB, GB, TB, KiB, MiB, GiB, TiB".into()),
    };
    match number {
        Ok(number) if number * factor >= LEAST_MEMORY as f64 => Ok((number * factor) as u64),
        Ok(_) => Err(format!("at least {} MiB", LEAST_MEMORY >> 20)),
        Err(_) => Err("a number of bytes is needed, as 600MiB".into()),
    }
}

/// A process takes nearly as much before it holds a pixel.
const LEAST_MEMORY: u64 = 128 << 20;

/// The flag `--threads`.
pub fn threads_flag() -> Arg {
    Arg::new("threads").long("threads").value_name("N").value_parser(value_parser!(u16).range(1..)).help(
        "Threads in all; else ROTIFER_NUM_THREADS, SLURM_CPUS_PER_TASK, OMP_NUM_THREADS, or the processors",
    )
}

/// The number of threads: that of the command line, else that of the machine.
pub fn threads(matches: &ArgMatches) -> Result<usize, Failure> {
    if let Some(n) = matches.get_one::<u16>("threads") {
        return Ok(usize::from(*n));
    }
    machine::threads_told()?;
    Ok(machine::threads())
}

/// The flag `--spacing`.
pub fn spacing_flag() -> Arg {
    let help = "Size of a pixel in um, one number or a list z,y,x or y,x; takes the place of the file's";
    Arg::new("spacing").long("spacing").value_name("UM").value_parser(sizes).help(help)
}

/// One to three sizes, all positive.
#[derive(Clone, Debug)]
struct Sizes(Vec<f64>);

fn sizes(text: &str) -> Result<Sizes, String> {
    let sizes: Option<Vec<f64>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
    sizes
        .filter(|s| (1..=3).contains(&s.len()) && s.iter().all(|x| x.is_finite() && *x > 0.0))
        .map(Sizes)
        .ok_or_else(|| "one to three sizes in um, more than 0, are needed".into())
}

/// The sizes that the command line gives; none where it gives none or the command has no such flag.
pub fn sizes_given(matches: &ArgMatches) -> Vec<f64> {
    matches.try_get_one::<Sizes>("spacing").ok().flatten().map_or(Vec::new(), |sizes| sizes.0.clone())
}

/// The pixel size of the command line, for this image; none where the command has no such flag.
pub fn spacing(matches: &ArgMatches, image: &VolumeMeta) -> Result<Option<Spacing>, Error> {
    batch::spacing(&sizes_given(matches), image)
}

/// Flags that say how images are written.
pub fn write_flags() -> [Arg; 5] {
    let set = |name: &'static str, other: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).overrides_with(other).help(help)
    };
    [
        Arg::new("compression")
            .long("compression")
            .value_parser(["none", "deflate", "zstd"])
            .help("How TIFFs are packed; else images are not and masks and labels are, by deflate"),
        Arg::new("tiles")
            .long("tiles")
            .value_name("Y,X")
            .value_parser(tile)
            .help("TIFFs in tiles of so many pixels, multiples of 16, such as 256 or 256,512"),
        Arg::new("pyramid")
            .long("pyramid")
            .action(ArgAction::SetTrue)
            .help("TIFFs also at halves of their size, down to 256 pixels"),
        set("durable", "fast", "Files are on the disk before the next step is taken; as by default"),
        set("fast", "durable", "Files need not outlive a power cut: faster where there are many"),
    ]
}

/// The sides of a tile.
fn tile(text: &str) -> Result<[usize; 2], String> {
    let sides: Option<Vec<usize>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
    let sides = match sides.as_deref() {
        Some(&[side]) => Some([side; 2]),
        Some(&[y, x]) => Some([y, x]),
        _ => None,
    };
    let fits = |n: &usize| *n > 0 && n.is_multiple_of(16) && *n <= 65536;
    sides
        .filter(|sides| sides.iter().all(fits))
        .ok_or_else(|| "one or two multiples of 16 up to 65536 are needed".into())
}

/// How images are written, as the command line says.
pub fn write_options(matches: &ArgMatches) -> WriteOptions {
    let is_set = |name| matches.try_get_one::<bool>(name).ok().flatten().copied().unwrap_or(false);
    let compression = match matches.try_get_one::<String>("compression").ok().flatten().map(String::as_str) {
        Some("none") => Some(Compression::None),
        Some("deflate") => Some(Compression::Deflate(6)),
        Some("zstd") => Some(Compression::Zstd),
        _ => None,
    };
    let tile = matches.try_get_one::<[usize; 2]>("tiles").ok().flatten().copied();
    let usual = WriteOptions::default();
    let durability = if is_set("fast") { Durability::Fast } else { usual.durability };
    WriteOptions { compression, tile, pyramid: is_set("pyramid"), durability, ..usual }
}

/// A word of a shell command, quoted where it must be.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./,=:+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rotifer_registry::Param;
    use rotifer_registry::*;

    #[test]
    fn a_text_becomes_a_value_by_its_type() {
        assert_eq!(value(&ParamType::Text, "12"), Value::Text("12".into()));
        assert_eq!(value(&ParamType::Float, "12"), Value::Int(12));
        assert_eq!(value(&<Option<f64>>::TYPE, "none"), Value::Text("none".into()));
        let sigma = value(&<PerAxis<Length>>::TYPE, "0.5 um, 2");
        assert_eq!(
            <PerAxis<Length>>::from_value(&sigma).unwrap(),
            PerAxis::Each(vec![Length::Um(0.5), Length::Pixels(2.0)])
        );
        let rows = value(&ParamType::Matrix, "1,0;0,1");
        assert_eq!(rows, value(&ParamType::Matrix, "[[1, 0], [0, 1]]"));
        assert_eq!(Matrix::from_value(&value(&ParamType::Matrix, "1,2")).unwrap().rows, 1);
    }

    #[test]
    fn every_example_of_the_registry_survives_the_command_line() {
        for entry in entries() {
            for example in entry.spec.examples {
                for (name, given) in &document::arguments(example).unwrap() {
                    let ty =
                        &entry.spec.param(name).unwrap_or_else(|| panic!("{}: {name}", entry.spec.id)).ty;
                    let back = value(ty, &text(given));
                    assert_eq!(back.to_string(), given.to_string(), "{} {name}", entry.spec.id);
                }
            }
        }
    }
}
