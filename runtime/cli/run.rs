//! `rotifer run`: a pipeline on many images. Flags and text; the run itself is [`crate::batch`].

use super::check::{Loaded, pipeline_arg};
use super::each::{self, each_flag};
use super::report::{Failure, columns, say, say_json, tell, unwritten};
use super::{args, exit, images};
use crate::batch::{self, Done, Event, Existing, ImageDone, Settings, Status};
use crate::io::{Format, Group};
use crate::pool::Channel;
use crate::signals;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use indicatif::{ProgressBar, ProgressStyle};
use rotifer_registry::{Code, Error};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use std::cell::RefCell;
use std::fs::File;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Images that are listed on stdout.
const SHOWN: usize = 24;
/// Failures that are listed there.
const FAILURES: usize = 100;
/// Notes that are printed there.
const NOTES: usize = 100;
/// Time between two reports of progress in a file of events.
const PROGRESS: Duration = Duration::from_secs(1);

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
        .arg(each_flag())
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
    if let Some(bar) = &progress.bar {
        bar.finish_and_clear();
    }
    Ok(done?)
}

impl Done {
    /// The exit code that says how the run ended.
    pub(super) fn exit(&self) -> u8 {
        match self {
            Done { not_run: 1.., .. } => exit::STOPPED,
            Done { unwritten: Some(_), .. } => exit::INPUT,
            Done { failed: 1.., .. } => exit::SOME_FAILED,
            _ => 0,
        }
    }
}

/// Events as lines of JSON.
pub struct Events {
    to: Box<dyn Write>,
    told: Option<Instant>,
    /// The first that could not be written: no more are.
    failed: Option<Error>,
    /// Nobody reads on.
    closed: bool,
}

impl Events {
    fn open(path: &Path) -> Result<Events, Failure> {
        let to: Box<dyn Write> = if path.as_os_str() == "-" {
            Box::new(std::io::stdout())
        } else {
            let unwritten = |e: std::io::Error| {
                let message = format!("{}: events cannot be written: {e}", path.display());
                Failure::new(exit::INPUT, Error::new(Code::File, message))
            };
            Box::new(File::create(path).map_err(unwritten)?)
        };
        Ok(Events { to, told: None, failed: None, closed: false })
    }

    fn tell(&mut self, event: &Event) {
        if let Event::Progress { done, failed, of } = event {
            let last = done + failed == *of;
            if !last && self.told.is_some_and(|at| at.elapsed() < PROGRESS) {
                return;
            }
            self.told = Some(Instant::now());
        }
        if self.closed || self.failed.is_some() {
            return;
        }
        let line = serde_json::to_string(event).unwrap_or_default() + "\n";
        match self.to.write_all(line.as_bytes()).and_then(|()| self.to.flush()) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => self.closed = true,
            Err(error) => self.failed = Some(unwritten(&error)),
        }
    }
}

/// A bar on a terminal, plain lines elsewhere.
struct Progress {
    bar: Option<ProgressBar>,
    quiet: bool,
    done: usize,
    all: usize,
}

impl Progress {
    fn new(all: usize, quiet: bool) -> Progress {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::new(all as u64);
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} {eta}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Progress { bar, quiet, done: 0, all }
    }

    fn tell(&mut self, event: &Event) {
        match event {
            Event::Started { resumed, .. } if *resumed > 0 => {
                self.done = *resumed;
                match &self.bar {
                    Some(bar) => bar.inc(*resumed as u64),
                    None if self.quiet => {}
                    None => tell(&format!("{resumed} of {} images are finished\n", self.all)),
                }
            }
            Event::Image { image } => self.step(image),
            Event::Stopping => {
                let text = "stopping when the images under way are done; a second signal ends at once";
                match &self.bar {
                    Some(bar) => bar.println(text),
                    None => tell(&format!("{text}\n")),
                }
            }
            _ => {}
        }
    }

    fn step(&mut self, image: &ImageDone) {
        self.done += 1;
        let line = match (&image.error, &image.skipped, image.objects) {
            (Some(error), ..) => format!("{}: failed: {error}", image.image),
            (None, Some(why), _) => format!("{}: skipped: {why}", image.image),
            (None, None, Some(n)) => format!("{}: {n} objects, {:.2} s", image.image, image.seconds),
            (None, None, None) => format!("{}: {:.2} s", image.image, image.seconds),
        };
        match &self.bar {
            Some(bar) => {
                if image.error.is_some() {
                    bar.println(&line);
                }
                bar.set_message(image.image.clone());
                bar.inc(1);
            }
            // What failed is named on stderr even where stdout is JSON.
            None if self.quiet && image.error.is_none() => {}
            None => tell(&format!("[{}/{}] {line}\n", self.done, self.all)),
        }
    }
}

/// The report of a run as JSON. Images are read one by one as they are written.
pub struct Report<'a>(pub RefCell<&'a mut Done>);

impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let done = self.0.borrow();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("pipeline", &done.pipeline)?;
        map.serialize_entry("out", &done.out.to_string_lossy())?;
        drop(done);
        map.serialize_entry("images", &Images(&self.0))?;
        let done = self.0.borrow();
        let tables: Vec<_> = done.tables.iter().map(|table| table.to_string_lossy()).collect();
        map.serialize_entry("tables", &tables)?;
        map.serialize_entry("steps", &done.steps)?;
        map.serialize_entry("notes", &done.notes)?;
        map.serialize_entry("done", &done.done)?;
        map.serialize_entry("resumed", &done.resumed)?;
        map.serialize_entry("failed", &done.failed)?;
        map.serialize_entry("not_run", &done.not_run)?;
        map.end()
    }
}

struct Images<'a, 'd>(&'a RefCell<&'d mut Done>);

impl Serialize for Images<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut done = self.0.borrow_mut();
        let mut list = serializer.serialize_seq(None)?;
        for image in done.images() {
            list.serialize_element(&image)?;
        }
        list.end()
    }
}

/// The short table: images with further columns where there are any, steps, and where to look.
pub fn done_text(done: &mut Done, heads: &[&str], more: impl Fn(&ImageDone) -> Vec<String>) -> String {
    let mut text = String::new();
    let heads = ["image", "objects", "median area", "seconds"].iter().chain(heads);
    let mut rows = vec![heads.map(|head| head.to_string()).collect::<Vec<_>>()];
    let number = |x: Option<f64>| x.map_or("-".into(), |x| format!("{x}"));
    let mut any_output = false;
    for image in
        done.images().filter(|image| image.error.is_none() && image.status != Status::NotRun).take(SHOWN)
    {
        let mut row = vec![
            image.image.clone(),
            number(image.objects.map(|n| n as f64)),
            number(image.median_area),
            format!("{:.2}", image.seconds),
        ];
        row.extend(more(&image));
        rows.push(row);
        any_output |= !image.outputs.is_empty();
    }
    text += &columns(&rows, "");
    if done.done > SHOWN {
        text += &format!("... and {} more\n", done.done - SHOWN);
    }
    text += &format!("{} images, {} objects, {:.2} s of steps\n\n", done.done, done.objects, done.seconds);
    let mut rows = vec![["step", "op", "ran on", "median seconds"].map(String::from).to_vec()];
    for (i, step) in done.steps.iter().enumerate() {
        let memory = match step.memory.len() {
            0 => "-".into(),
            1 => step.memory.keys().copied().collect(),
            _ => step.memory.iter().map(|(name, n)| format!("{name} {n}x")).collect::<Vec<_>>().join(", "),
        };
        rows.push(vec![
            format!("{} {}", i + 1, step.name),
            step.op.clone(),
            memory,
            format!("{:.4}", step.median_seconds),
        ]);
    }
    text += &columns(&rows, "");
    text.extend(done.notes.iter().take(NOTES).map(|note| format!("note: {note}\n")));
    if done.notes.len() > NOTES {
        text += &format!("... and {} more notes, all of them in --json\n", done.notes.len() - NOTES);
    }
    text.push('\n');
    for table in &done.tables {
        text += &format!("{}\n", table.display());
    }
    if any_output {
        text += &format!("{}\n", done.out.join("<image>").display());
    }
    let all = done.done + done.failed + done.not_run;
    if done.failed > 0 {
        text += &format!("\n{} of {all} images failed:\n", done.failed);
        for (image, error) in done.failures().take(FAILURES) {
            text += &format!("  {image}: {error}\n");
        }
        if done.failed > FAILURES {
            text += &format!("  ... and {} more, each in images.csv\n", done.failed - FAILURES);
        }
    }
    if done.not_run > 0 {
        text += &format!("\nstopped: {} of {all} images were not run; --resume runs them\n", done.not_run);
    }
    text
}
