//! Flags that say how to run, and a run as they say.

use super::progress::{Events, Progress};
use crate::batch::{self, Done, Existing, Settings};
use crate::cli::args;
use crate::cli::pipeline_file::Loaded;
use crate::cli::report::Failure;
use crate::io::{Format, Group};
use crate::pool::Channel;
use crate::signals;
use clap::{Arg, ArgAction, ArgMatches, value_parser};
use std::path::Path;

/// Flags that say how to run.
pub fn how_flags() -> [Arg; 6] {
    [
        Arg::new("workers")
            .long("workers")
            .value_name("N")
            .value_parser(value_parser!(u16).range(1..))
            .help("Worker processes; one for each thread where not given"),
        args::threads_flag(),
        Arg::new("channel")
            .long("channel")
            .value_parser(["native", "portable"])
            .default_value("native")
            .help("How workers are reached: as the platform does best, or as every platform can"),
        Arg::new("in-process").long("in-process").action(ArgAction::SetTrue).help("Without worker processes"),
        args::on_flag(&["auto", "cpu", "gpu"]),
        args::memory_flag(),
    ]
}

/// The choice about results that are there already.
pub fn existing(matches: &ArgMatches) -> Existing {
    match (matches.get_flag("resume"), matches.get_flag("overwrite")) {
        (true, _) => Existing::Resume,
        (_, true) => Existing::Overwrite,
        _ => Existing::Refuse,
    }
}

/// Runs a pipeline on these images and writes what it saves, until a signal says to end.
pub fn run_on(
    loaded: &Loaded,
    groups: Vec<Group>,
    out: &Path,
    existing: Existing,
    matches: &ArgMatches,
    quiet: bool,
    mut events: Option<&mut Events>,
) -> Result<Done, Failure> {
    let portable = matches.get_one::<String>("channel").is_some_and(|c| c == "portable");
    let settings = Settings {
        out: out.to_path_buf(),
        existing,
        options: args::options(matches),
        workers: matches.get_one::<u16>("workers").map(|n| usize::from(*n)),
        threads: Some(args::threads(matches)?),
        channel: if portable { Channel::Portable } else { Channel::Native },
        in_process: matches.get_flag("in-process"),
        spacing: args::sizes_given(matches),
        write: args::write_options(matches),
        format: matches
            .try_get_one::<String>("format")
            .ok()
            .flatten()
            .and_then(|text| Format::parse(text))
            .unwrap_or_default(),
        inputs: args::named_inputs(matches),
    };
    let stop = signals::stop();
    let mut progress = Progress::new(groups.len(), quiet);
    let done = batch::run(&loaded.checked, groups, &settings, &stop, &mut |event| {
        progress.tell(event);
        if let Some(events) = &mut events {
            events.tell(event);
        }
    });
    progress.end();
    Ok(done?)
}
