//! Arguments of functions on the command line: a text becomes a value by the type that is declared.

use clap::{Arg, ArgAction, ArgMatches};
use rotifer_registry::Value;

/// Flags of `apply` and `bench` that are not arguments of a function.
const OWN_FLAGS: [&str; 10] =
    ["output", "on", "json", "spacing", "size", "dtype", "threads", "compare", "help", "version"];

/// The flag `--json` of every command that prints results.
pub fn json_flag() -> Arg {
    Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON")
}

/// Whether JSON was asked for; false where the command has no such flag.
pub fn json(matches: &ArgMatches) -> bool {
    matches.try_get_one::<bool>("json").ok().flatten().copied().unwrap_or(false)
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

/// `--sigma`; `--arg-size` where the commands have a flag of that name themselves.
pub fn flag_word(param: &str) -> String {
    format!("--{}", flag(param))
}

fn flag(param: &str) -> String {
    if OWN_FLAGS.contains(&param) { format!("arg-{param}") } else { param.to_string() }
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
