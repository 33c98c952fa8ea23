//! `rotifer run`: a pipeline on many images. Flags and text; the run itself is [`crate::batch`].

mod each;
pub mod how;
mod progress;
pub mod summary;

use super::pipeline_file::{Loaded, pipeline_arg};
use super::report::{Failure, say, say_json, tell};
use super::{args, exit, images};
use crate::io::Format;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use how::{existing, how_flags, run_on};
use progress::Events;
use rotifer_registry::{Code, Error};
use std::cell::RefCell;
use std::path::PathBuf;
use summary::{Report, done_text};

pub fn command() -> Command {
    Command::new("run")
        .about("Run a pipeline on many images, in worker processes")
        .arg(pipeline_arg())
        .arg(images::inputs_arg())
        .args(images::site_flags())
        .arg(
            Arg::new("out")
                .short('o')
                .long("out")
                .required(true)
                .value_name("OUT")
                .value_parser(value_parser!(PathBuf))
                .help("Folder for the results"),
        )
        .arg(
            Arg::new("resume")
                .long("resume")
                .action(ArgAction::SetTrue)
                .conflicts_with("overwrite")
                .help("Go on with an earlier run: what is finished and has not changed stays"),
        )
        .arg(
            Arg::new("overwrite")
                .long("overwrite")
                .action(ArgAction::SetTrue)
                .help("Remove what an earlier run wrote, and begin anew"),
        )
        .arg(
            Arg::new("events")
                .long("events")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Write what happens as JSON, one event a line; - is stdout"),
        )
        .arg(args::named_inputs_flag())
        .arg(each::each_flag())
        .args(how_flags())
        .args(args::write_flags())
        .arg(
            Arg::new("format")
                .long("format")
                .value_parser(Format::EXTENSIONS)
                .help("Format of the saved images; png for one plane of uint8, uint16, a mask, labels or colour [default: tif]"),
        )
        .arg(args::spacing_flag())
        .arg(args::labels_flag())
        .arg(args::json_flag())
        .after_help("`rotifer help running` says what stands in OUT, and how a run is resumed")
}

pub fn run(matches: &ArgMatches) -> Result<u8, Failure> {
    if matches.contains_id("each") {
        return each::run(matches);
    }
    let loaded = Loaded::from_args(matches)?;
    loaded.saves()?;
    let out = matches.get_one::<PathBuf>("out").cloned().unwrap_or_default();
    let events = matches.get_one::<PathBuf>("events");
    let json = args::json(matches);
    let to_stdout = events.is_some_and(|path| path.as_os_str() == "-");
    if to_stdout && json {
        let error = Error::new(Code::OutOfRange, "events and --json cannot both go to stdout");
        return Err(Failure::new(exit::USAGE, error.argument("events").help("--events FILE")));
    }
    let groups = images::of_run(&loaded, matches)?;
    let existing = existing(matches);
    let mut events = events.map(|path| Events::open(path)).transpose()?;
    let mut done = run_on(&loaded, groups, &out, existing, matches, json || to_stdout, events.as_mut())?;
    let mut code = done.exit();
    if json {
        say_json(&Report(RefCell::new(&mut done)));
    } else {
        let text = done_text(&mut done, &[], |_| Vec::new());
        if to_stdout { tell(&text) } else { say(&text) }
    }
    for error in done.unwritten.iter().cloned().chain(events.and_then(|events| events.failed)) {
        code = code.max(Failure::new(exit::INPUT, error).show(false));
    }
    Ok(code)
}
