//! `rotifer list`: what there is.

use super::report::{Failure, columns, say, say_json};
use super::{args, declaration, exit};
use clap::{Arg, ArgMatches, Command};
use rotifer_registry::{Entry, entries, role};
use serde_json::json;

pub fn command() -> Command {
    let families: Vec<&'static str> = families();
    Command::new("list")
        .about("List all functions")
        .arg(
            Arg::new("family").long("family").value_name("F").value_parser(families).help("Only this family"),
        )
        .arg(
            Arg::new("memory")
                .long("memory")
                .value_parser(["host", "device"])
                .help("Only functions with a kernel for this memory type"),
        )
        .arg(args::json_flag())
}

fn families() -> Vec<&'static str> {
    let mut names: Vec<&str> = entries().iter().map(|e| e.spec.family.name()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

pub fn run(matches: &ArgMatches) -> Result<u8, Failure> {
    let family = matches.get_one::<String>("family");
    let device = matches.get_one::<String>("memory").is_some_and(|m| m == "device");
    let chosen: Vec<&Entry> = entries()
        .iter()
        .copied()
        .filter(|e| family.is_none_or(|f| e.spec.family.name() == f) && (!device || e.spec.device))
        .collect();
    if args::json(matches) {
        let all: Vec<_> = chosen
            .iter()
            .map(|e| {
                json!({
                    "id": e.spec.id, "revision": e.spec.revision, "family": e.spec.family,
                    "memory": declaration::memory(e.spec), "summary": e.spec.summary(),
                    "fingerprint": format!("{:016x}", e.spec.fingerprint()),
                })
            })
            .collect();
        say_json(&all);
        return Ok(0);
    }
    let mut text = String::new();
    let rows: Vec<Vec<String>> = chosen
        .iter()
        .map(|e| vec![e.spec.id.into(), declaration::memory(e.spec).join(", "), e.spec.summary().into()])
        .collect();
    let lines = columns(&rows, "  ");
    for family in families() {
        let of_family = chosen.iter().zip(lines.lines()).filter(|(e, _)| e.spec.family.name() == family);
        let block: Vec<&str> = of_family.map(|(_, line)| line).collect();
        if !block.is_empty() {
            text += &format!("{family}\n{}\n", block.join("\n"));
        }
    }
    let roles = role::try_roles().map_err(|e| Failure::new(exit::FAILED, e))?;
    if !roles.is_empty() {
        let rows =
            roles.iter().map(|r| vec![r.id.to_string(), format!(".{}", r.extension), r.doc.to_string()]);
        text += &format!("kinds of data\n{}", columns(&rows.collect::<Vec<_>>(), "  "));
    }
    text += &format!("\n{} functions; `rotifer doc NAME` tells more\n", chosen.len());
    say(&text);
    Ok(0)
}
