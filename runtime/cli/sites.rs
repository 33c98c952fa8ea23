//! `rotifer sites`: which well, field, time, channel and plane each file is of.

use super::report::{Failure, say_bytes, say_json, tell};
use super::{args, exit, images};
use crate::io::{plate, write_atomic};
use clap::{Arg, ArgMatches, Command, value_parser};
use rotifer_registry::{Code, Error};
use std::path::PathBuf;

pub fn command() -> Command {
    let file = |name: &'static str, value: &'static str| {
        Arg::new(name).long(name).value_name(value).value_parser(value_parser!(PathBuf))
    };
    Command::new("sites")
        .about("Show which site, time, channel and plane each file is of: from index files, names or a table")
        .arg(images::inputs_arg())
        .arg(
            images::sites_flag()
                .conflicts_with_all(["input", "pattern", "no_group"])
                .help("A table in place of INPUT: of `rotifer sites`, or a LoadData file of CellProfiler"),
        )
        .args(images::name_flags())
        .arg(
            file("output", "FILE")
                .short('o')
                .help("Write the table as .csv; run, plan and check take it by --sites"),
        )
        .arg(file("write-loaddata", "FILE").help("Write a LoadData file of CellProfiler"))
        .arg(args::json_flag())
}

pub fn run(matches: &ArgMatches) -> Result<u8, Failure> {
    let table = images::table(matches, true)?;
    let input = |error| Failure::new(exit::INPUT, error);
    let mut told = images::summary(table.clone());
    let output = matches.get_one::<PathBuf>("output");
    if let Some(path) = output {
        table.write(path).map_err(input)?;
        told += &format!("{}\n", path.display());
    }
    let load_data = matches.get_one::<PathBuf>("write-loaddata");
    if let Some(path) = load_data {
        let (bytes, notes) = plate::table::load_data(&table).map_err(input)?;
        write_atomic(path, |file| std::io::Write::write_all(file, &bytes)).map_err(input)?;
        told.extend(notes.iter().map(|note| format!("note: {note}\n")));
        told += &format!("{}\n", path.display());
    }
    tell(&told);
    if args::json(matches) {
        say_json(&table.json());
    } else if output.is_none() && load_data.is_none() {
        say_bytes(&table.csv().map_err(|e| input(Error::new(Code::Internal, e.to_string())))?);
    }
    Ok(0)
}
