//! The command line. What it knows of functions it reads from the registry.

mod args;
mod check;
mod doc;
mod list;
mod report;

use clap::{ArgMatches, Command};
use report::Failure;
use std::process::ExitCode;

/// Exit codes; 0 is success.
pub mod exit {
    /// The program failed by itself: a defect, or a GPU that gave up.
    pub const FAILED: u8 = 1;
    /// The command line cannot be understood or done.
    pub const USAGE: u8 = 2;
    /// The pipeline is wrong.
    pub const PIPELINE: u8 = 3;
    /// An input cannot be read, or an output cannot be written.
    pub const INPUT: u8 = 4;
    /// Some inputs failed, the others are done.
    pub const SOME_FAILED: u8 = 5;
}

/// The program `rotifer`. The binary of a crate with own operations calls this and nothing else.
pub fn main() -> ExitCode {
    let argv: Vec<String> = std::env::args_os().map(|a| a.to_string_lossy().into_owned()).collect();
    let matches = match command(&argv).try_get_matches_from(&argv) {
        Ok(matches) => matches,
        Err(error) => {
            let code = if error.use_stderr() { exit::USAGE } else { 0 };
            // A reader that is gone wants no help text.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let Some((name, matches)) = matches.subcommand() else { return ExitCode::from(exit::USAGE) };
    let done = rotifer_registry::registration::try_entries()
        .map_err(|error| Failure::new(exit::FAILED, error))
        .and_then(|_| run(name, matches));
    ExitCode::from(done.unwrap_or_else(|failure| failure.show(args::json(matches))))
}

fn command(_argv: &[String]) -> Command {
    Command::new("rotifer")
        .about("Image-processing pipelines as data, on every core and any GPU")
        .version(clap::crate_version!())
        .subcommand_required(true)
        .arg_required_else_help(true)
        .after_help("Exit codes: 0 done, 2 usage, 3 bad pipeline, 4 input, 5 some inputs failed")
        .subcommand(list::command())
        .subcommand(doc::command())
        .subcommand(check::command())
}

fn run(name: &str, matches: &ArgMatches) -> Result<u8, Failure> {
    match name {
        "list" => list::run(matches),
        "doc" => doc::run(matches),
        _ => check::run(matches),
    }
}
