//! `rotifer doc`: all that a declaration says about one function, or about all as a folder of pages.

use super::declaration::{as_text, role_json, role_text};
use super::report::{Failure, columns, say, say_json, tell};
use super::{args, exit, gallery, names};
use clap::{Arg, ArgMatches, Command, value_parser};
use rotifer_registry::{find, get, role};
use serde_json::json;
use std::path::{Path, PathBuf};

pub use super::declaration::as_json;

pub fn command() -> Command {
    Command::new("doc")
        .about("Describe a function: inputs, arguments, outputs, definition, examples")
        .arg(Arg::new("op").required_unless_present("html").value_name("OP").help(
            "Id of a function or of a kind of data, as `rotifer list` shows it, or a function's name in another library, or a word",
        ))
        .arg(
            Arg::new("html")
                .long("html")
                .value_name("DIR")
                .conflicts_with("op")
                .value_parser(value_parser!(PathBuf))
                .help("Write a page for every function, with pictures and a search, that browsers open from the folder"),
        )
        .arg(args::json_flag())
}

pub fn run(matches: &ArgMatches) -> Result<u8, Failure> {
    if let Some(folder) = matches.get_one::<PathBuf>("html") {
        return html(folder, args::json(matches));
    }
    let id = matches.get_one::<String>("op").map_or("", |s| s);
    if let (None, Ok(role)) = (find(id), role::get(id)) {
        if args::json(matches) {
            say_json(&role_json(role))
        } else {
            say(&role_text(role))
        }
        return Ok(0);
    }
    let near = if find(id).is_none() { names::search(id) } else { Vec::new() };
    let entry = match near.as_slice() {
        [] => get(id).map_err(|e| Failure::new(exit::USAGE, e))?,
        [(entry, why)] => {
            tell(&format!("{id}: {}, {why}\n\n", entry.spec.id));
            entry
        }
        several => {
            let rows = several.iter().map(|(entry, why)| vec![entry.spec.id.to_string(), why.clone()]);
            let rows: Vec<Vec<String>> = rows.collect();
            say(&format!("no function is called `{id}`; these come near:\n{}", columns(&rows, "  ")));
            return Ok(0);
        }
    };
    if args::json(matches) {
        say_json(&as_json(entry))
    } else {
        say(&as_text(entry))
    }
    Ok(0)
}

fn html(folder: &Path, as_json: bool) -> Result<u8, Failure> {
    let written = gallery::write(folder)?;
    let index = folder.join("index.html");
    if as_json {
        say_json(&json!({
            "index": index.to_string_lossy(), "pages": written.pages, "pictures": written.pictures, "bytes": written.bytes,
            "without_picture": written.without_picture,
        }));
        return Ok(0);
    }
    for error in &written.without_picture {
        tell(&format!("note: no picture: {error}\n"));
    }
    say(&format!(
        "{}: {} pages, {} pictures, {:.1} MB\n",
        index.display(),
        written.pages,
        written.pictures,
        written.bytes as f64 / 1e6
    ));
    Ok(0)
}
