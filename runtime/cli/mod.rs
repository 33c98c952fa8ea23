//! The command line. What it knows of functions it reads from the registry.

mod apply;
mod args;
mod bench;
mod check;
mod convert;
mod declaration;
mod demo;
pub mod doc;
mod gallery;
mod help;
mod images;
mod import_cppipe;
mod list;
mod names;
mod pipeline_file;
mod plan;
mod report;
mod run;
mod sites;

use clap::{ArgMatches, Command};
use report::Failure;
use std::ffi::OsString;
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
    /// A signal ended the run: what is finished is written, the rest can be resumed.
    pub const STOPPED: u8 = 75;
}

/// The program `rotifer`. The binary of a crate with own operations calls this and nothing else.
pub fn main() -> ExitCode {
    crate::context::without_device_select_layer();
    crate::allocator::keep_memory();
    crate::worker::serve_if_asked();
    crate::signals::writes_fail();
    main_with(std::env::args_os())
}

/// [`main`] with these words, the name of the program first.
pub fn main_with(argv: impl IntoIterator<Item = impl Into<OsString>>) -> ExitCode {
    ExitCode::from(status(argv))
}

/// [`main_with`], as the number that the program would exit with.
pub fn status(argv: impl IntoIterator<Item = impl Into<OsString>>) -> u8 {
    let argv: Vec<OsString> = argv.into_iter().map(Into::into).collect();
    let entries = rotifer_registry::registration::try_entries().err();
    if let Some(error) = entries.or(rotifer_registry::role::try_roles().err()) {
        return Failure::new(exit::FAILED, error).show(false);
    }
    let matches = match command(&argv).try_get_matches_from(&argv) {
        Ok(matches) => matches,
        Err(error) => {
            let code = if error.use_stderr() { exit::USAGE } else { 0 };
            let printed = error.print().and_then(|()| std::io::Write::flush(&mut std::io::stdout()));
            if !error.use_stderr() {
                report::ended_by(printed);
            }
            return code;
        }
    };
    let Some((name, matches)) = matches.subcommand() else { return exit::USAGE };
    run(name, matches).unwrap_or_else(|failure| failure.show(args::json(matches)))
}

/// Flags for arguments are made for the functions that the command line names, not for all.
fn command(argv: &[OsString]) -> Command {
    let of = |command: &str| match argv {
        [_, first, words @ ..] if first == command => words,
        _ => &[],
    };
    Command::new("rotifer")
        .about("Image-processing pipelines as data, on every core and any GPU")
        .version(clap::crate_version!())
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .after_help(
            "Exit codes: 0 done, 2 usage, 3 bad pipeline, 4 input or output, 5 some inputs failed, 75 stopped by a signal\n\
             `rotifer help running` is the guide to runs, `rotifer help` lists all pages",
        )
        .subcommand(list::command())
        .subcommand(doc::command())
        .subcommand(check::command())
        .subcommand(plan::command())
        .subcommand(sites::command())
        .subcommand(convert::command())
        .subcommand(import_cppipe::command())
        .subcommand(apply::command(of("apply")))
        .subcommand(run::command())
        .subcommand(demo::command())
        .subcommand(bench::command(of("bench")))
        .subcommand(help::command_line())
}

fn run(name: &str, matches: &ArgMatches) -> Result<u8, Failure> {
    match name {
        "list" => list::run(matches),
        "doc" => doc::run(matches),
        "run" => run::run(matches),
        "demo" => demo::run(matches),
        "plan" => plan::run(matches),
        "sites" => sites::run(matches),
        "convert" => convert::run(matches),
        "import-cppipe" => import_cppipe::run(matches),
        "apply" => apply::run(matches),
        "bench" => bench::run(matches),
        "help" => help::run(matches),
        _ => check::run(matches),
    }
}
