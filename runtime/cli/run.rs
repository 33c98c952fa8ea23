//! `rotifer run`: a pipeline on many images.

use super::apply::write;
use super::check::{Loaded, pipeline_arg};
use super::report::{Failure, columns, say, say_json, tell};
use super::tables::{Ids, Joint};
use super::{args, exit, images};
use crate::context;
use crate::execute::{On, Options, Outcome, Report, run as execute};
use crate::io::{self, Group};
use crate::pool::{Channel, Config, Job, Pool, Prepared};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use indicatif::{ProgressBar, ProgressStyle};
use rotifer_registry::pipeline::{ChannelSelector, Checked, Origin};
use rotifer_registry::{Code, Datum, Error, Frames, Kind, Pipeline, Table};
use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::io::IsTerminal;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

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
                .help("Folder for the results"),
        )
        .args(how_flags())
        .arg(args::spacing_flag())
        .arg(args::json_flag())
}

/// Flags that say how to run.
pub fn how_flags() -> [Arg; 4] {
    [
        Arg::new("workers")
            .long("workers")
            .value_name("N")
            .value_parser(value_parser!(u16).range(1..))
            .help("Worker processes; one for each core where not given"),
        Arg::new("channel")
            .long("channel")
            .value_parser(["native", "portable"])
            .default_value("native")
            .help("How workers are reached: as the platform does best, or as every platform can"),
        Arg::new("in-process").long("in-process").action(ArgAction::SetTrue).help("Without worker processes"),
        args::on_flag(&["auto", "cpu", "gpu"]),
    ]
}

pub fn run(matches: &ArgMatches) -> Result<u8, Failure> {
    let loaded = Loaded::from_args(matches)?;
    let groups = images::groups(matches)?;
    let out = Path::new(matches.get_one::<String>("out").map_or("", |s| s));
    let json = args::json(matches);
    let done = run_on(&loaded, groups, out, matches, json)?;
    if json {
        say_json(&done)
    } else {
        say(&done.text(&[], |_| Vec::new()))
    }
    Ok(if done.failed > 0 { exit::SOME_FAILED } else { 0 })
}

/// What a run gave.
#[derive(Debug, Serialize)]
pub struct Done {
    pub pipeline: String,
    pub out: PathBuf,
    pub images: Vec<ImageDone>,
    /// Tables with the rows of all images.
    pub tables: Vec<PathBuf>,
    pub steps: Vec<StepDone>,
    pub notes: Vec<String>,
    pub failed: usize,
}

/// What became of one image.
#[derive(Debug, Serialize)]
pub struct ImageDone {
    pub image: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub well: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<u32>,
    pub files: Vec<PathBuf>,
    /// Rows of the first table that has areas, else labels of the last label image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objects: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_area: Option<f64>,
    /// Time of the steps.
    pub seconds: f64,
    pub outputs: Vec<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
}

/// A step over all images.
#[derive(Debug, Serialize)]
pub struct StepDone {
    pub name: String,
    pub op: String,
    /// Memory types it ran on, and on how many images.
    pub memory: BTreeMap<&'static str, usize>,
    pub median_seconds: f64,
}

/// Runs a pipeline on these images and writes what it keeps.
pub fn run_on(
    loaded: &Loaded,
    groups: Vec<Group>,
    out: &Path,
    matches: &ArgMatches,
    quiet: bool,
) -> Result<Done, Failure> {
    let options = Options { on: args::on(matches), ..Options::default() };
    if options.on == On::Gpu {
        context::adapter()?;
    }
    io::sweep(out);
    io::inputs::mark_results(out)?;
    let mut run = Run {
        checked: &loaded.checked,
        out,
        stems: stems(&loaded.checked, &groups),
        progress: Progress::new(groups.len(), quiet),
        images: groups.iter().map(|_| None).collect(),
        rows: groups.iter().map(|_| Vec::new()).collect(),
        reports: Vec::new(),
        groups: &groups,
    };
    if matches.get_flag("in-process") {
        for (i, group) in groups.iter().enumerate() {
            let result = caught(|| execute(run.checked, &images::read(group, matches)?, &options));
            run.finish(i, result);
        }
    } else {
        in_workers(&mut run, &groups, matches, &options)?;
    }
    run.done()
}

/// A defect met by one image is that image's error; the others go on.
fn caught<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        Err(Error::new(Code::Internal, format!("a defect of this program: {text}")))
    })
}

/// Runs the images in worker processes. Images are read here, a few ahead of what the workers are at, unless the
/// worker can read the file by itself.
fn in_workers(
    run: &mut Run,
    groups: &[Group],
    matches: &ArgMatches,
    options: &Options,
) -> Result<(), Failure> {
    let mut config = Config::default();
    config.workers = matches.get_one::<u16>("workers").map_or(config.workers, |n| usize::from(*n));
    config.workers = config.workers.clamp(1, groups.len().max(1));
    if matches.get_one::<String>("channel").is_some_and(|c| c == "portable") {
        config.channel = Channel::Portable;
    }
    let ahead = 2 * config.workers + 2;
    let steps = run.checked.steps.iter().map(|s| s.step.clone()).collect();
    let pipeline = Pipeline { name: Some(run.checked.name.clone()), steps };
    let wrong = |errors| Failure { exit: exit::PIPELINE, errors, source: None };
    let prepared = Prepared::new(&pipeline, options).map_err(wrong)?;
    let pool = Pool::new(config)?;
    let spaced = matches.try_get_raw("spacing").is_ok_and(|given| given.is_some());
    let job = |group: &Group| match group.files() {
        [file] if group.is_file() && !spaced => Ok(Job::File(file.clone())),
        _ => caught(|| images::read(group, matches)).map(Job::Image),
    };
    let unread: RefCell<Vec<(usize, Error)>> = RefCell::default();
    // The image of each job: those that cannot be read never become one.
    let sent: RefCell<Vec<usize>> = RefCell::default();
    let finished = Cell::new(0);
    let mut waiting = groups.iter().enumerate();
    let jobs = std::iter::from_fn(|| {
        // Pausing, not ending: the pool asks again after each result.
        if sent.borrow().len() - finished.get() >= ahead {
            return None;
        }
        waiting.find_map(|(i, group)| match job(group) {
            Ok(job) => {
                sent.borrow_mut().push(i);
                Some(job)
            }
            Err(error) => {
                unread.borrow_mut().push((i, error));
                None
            }
        })
    });
    let mut batch = pool.run(&prepared, jobs);
    loop {
        let next = batch.next();
        for (i, error) in unread.borrow_mut().drain(..) {
            run.finish(i, Err(error));
        }
        let Some((index, result)) = next else { break };
        finished.set(finished.get() + 1);
        let image = sent.borrow()[index];
        run.finish(image, result);
    }
    drop(batch);
    pool.shutdown();
    Ok(())
}

/// A name for the outputs of each image; no two are the same, not even where case does not count, and none is
/// that of a joint table.
fn stems(checked: &Checked, groups: &[Group]) -> Vec<String> {
    let mut taken: HashSet<String> =
        checked.steps.iter().map(|s| format!("{}.csv", s.name.to_lowercase())).collect();
    let mut name = |group: &Group| {
        let stem = group.stem();
        let parent = group.files().first().and_then(|f| f.parent()?.file_name());
        let with_parent = parent.map(|p| format!("{}_{stem}", p.to_string_lossy()));
        let numbered = (2..).map(|n| format!("{stem}_{n}"));
        let mut free = std::iter::once(stem.clone()).chain(with_parent).chain(numbered);
        free.find(|name| taken.insert(name.to_lowercase())).unwrap_or(stem.clone())
    };
    groups.iter().map(&mut name).collect()
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

    fn step(&mut self, image: &ImageDone) {
        self.done += 1;
        let line = match (&image.error, image.objects) {
            (Some(error), _) => format!("{}: failed: {error}", image.image),
            (None, Some(n)) => format!("{}: {n} objects, {:.2} s", image.image, image.seconds),
            (None, None) => format!("{}: {:.2} s", image.image, image.seconds),
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

struct Run<'a> {
    checked: &'a Checked,
    groups: &'a [Group],
    out: &'a Path,
    stems: Vec<String>,
    progress: Progress,
    images: Vec<Option<ImageDone>>,
    /// Rows for the joint tables, by image: they are written in the order of the images.
    rows: Vec<Vec<(String, Ids, Table)>>,
    reports: Vec<Report>,
}

impl Run<'_> {
    /// Writes what one image gave and keeps its rows.
    fn finish(&mut self, i: usize, result: Result<Outcome, Error>) {
        let group = &self.groups[i];
        let mut image = ImageDone {
            image: self.stems[i].clone(),
            well: group.site.well.clone(),
            field: group.site.field,
            files: group.files().to_vec(),
            objects: None,
            median_area: None,
            seconds: 0.0,
            outputs: Vec::new(),
            error: None,
        };
        let written = result.and_then(|outcome| {
            image.seconds = outcome.report.steps.iter().map(|s| s.seconds).sum();
            (image.objects, image.median_area) = objects(&outcome).unzip();
            for (name, frames) in &outcome.outputs {
                match frames.to_table(name.rsplit('.').next().unwrap_or(name)) {
                    Some(table) => {
                        let ids = self.ids(i, name)?;
                        self.rows[i].push((name.clone(), ids, table?));
                    }
                    None => {
                        let path = self.out.join(&self.stems[i]).join(format!("{name}.tif"));
                        write(&path, name, frames)?;
                        image.outputs.push(path);
                    }
                }
            }
            self.reports.push(outcome.report);
            Ok(())
        });
        if let Err(error) = written {
            self.rows[i].clear();
            image.error = Some(error);
        }
        self.progress.step(&image);
        self.images[i] = Some(image);
    }

    /// Which image the rows of an output are of, and which channel was measured.
    fn ids(&self, i: usize, output: &str) -> Result<Ids, Error> {
        let group = &self.groups[i];
        let base = output.split('.').next().unwrap_or(output);
        let step = self.checked.steps.iter().position(|s| s.name == base);
        let mut channels = step.map_or(Vec::new(), |step| channels_read(self.checked, step));
        let mut names = group.channels.clone();
        if names.is_empty() && !channels.is_empty() {
            names = group.meta()?.channels;
        }
        if channels.is_empty() && names.len() == 1 {
            channels = vec![ChannelSelector::Index(0)];
        }
        let channels: Vec<String> = channels.iter().map(|c| c.name(&names)).collect();
        Ok(Ids {
            image: self.stems[i].clone(),
            plate: group.site.plate.clone(),
            well: group.site.well.clone(),
            field: group.site.field,
            channel: (!channels.is_empty()).then(|| channels.join("+")),
        })
    }

    /// Writes the joint tables and sums up.
    fn done(self) -> Result<Done, Failure> {
        if let Some(bar) = &self.progress.bar {
            bar.finish_and_clear();
        }
        let mut joint: Vec<Joint> = Vec::new();
        for (name, ids, table) in self.rows.into_iter().flatten() {
            match joint.iter_mut().find(|j| j.name == name) {
                Some(joint) => joint.add(ids, table),
                None => {
                    let mut first = Joint::new(&name);
                    first.add(ids, table);
                    joint.push(first);
                }
            }
        }
        let mut tables = Vec::new();
        for joint in joint {
            let path = self.out.join(format!("{}.csv", joint.name));
            io::write_table(&path, &joint.table()?)?;
            tables.push(path);
        }
        let images: Vec<ImageDone> = self.images.into_iter().flatten().collect();
        let mut notes: Vec<String> = Vec::new();
        let of_groups = self.groups.iter().flat_map(|group| &group.notes);
        for note in of_groups.chain(self.reports.iter().flat_map(|r| &r.notes)) {
            if !notes.contains(note) {
                notes.push(note.clone());
            }
        }
        Ok(Done {
            pipeline: self.checked.name.clone(),
            out: self.out.to_path_buf(),
            failed: images.iter().filter(|i| i.error.is_some()).count(),
            images,
            tables,
            steps: steps(self.checked, &self.reports),
            notes,
        })
    }
}

/// Channels of the input that a step reads: by its own wires, or else by those of the steps it reads.
fn channels_read(checked: &Checked, step: usize) -> Vec<ChannelSelector> {
    let wires = || checked.steps[step].wires.iter().flatten();
    let mut channels: Vec<ChannelSelector> =
        wires().filter(|w| w.origin == Origin::Input).filter_map(|w| w.channel.clone()).collect();
    if channels.is_empty() {
        for wire in wires() {
            if let Origin::Step { step, .. } = wire.origin {
                channels.extend(channels_read(checked, step));
            }
        }
    }
    let mut seen = HashSet::new();
    channels.retain(|c| seen.insert(c.clone()));
    channels
}

/// How many objects were found, and their median area in pixels.
fn objects(outcome: &Outcome) -> Option<(usize, f64)> {
    let areas = |frames: &Frames| {
        let table = frames.to_table("")?.ok()?;
        table.column("area")?.to_f64()
    };
    let tables = || outcome.outputs.iter().map(|(_, frames)| frames);
    let mut areas = tables().find_map(areas).or_else(|| tables().rev().find_map(label_areas))?;
    areas.sort_by(f64::total_cmp);
    Some((areas.len(), median(&areas)))
}

/// The middle of sorted numbers; 0 of none.
fn median(sorted: &[f64]) -> f64 {
    match (sorted.len() / 2, sorted.len() % 2) {
        (0, 0) => 0.0,
        (half, 0) => (sorted[half - 1] + sorted[half]) / 2.0,
        (half, _) => sorted[half],
    }
}

/// Pixels of every label.
fn label_areas(frames: &Frames) -> Option<Vec<f64>> {
    let mut areas = Vec::new();
    for item in &frames.items {
        let Datum::Volume(volume) = item else { return None };
        let mut counts: BTreeMap<u32, f64> = BTreeMap::new();
        for label in volume.as_slice::<u32>().filter(|_| volume.kind() == Kind::Labels)? {
            if *label > 0 {
                *counts.entry(*label).or_default() += 1.0;
            }
        }
        areas.extend(counts.into_values());
    }
    Some(areas)
}

fn steps(checked: &Checked, reports: &[Report]) -> Vec<StepDone> {
    let step = |i: usize| {
        let of_images: Vec<_> = reports.iter().filter_map(|r| r.steps.get(i)).collect();
        let mut seconds: Vec<f64> = of_images.iter().map(|s| s.seconds).collect();
        seconds.sort_by(f64::total_cmp);
        let mut memory = BTreeMap::new();
        for report in of_images {
            *memory.entry(report.memory.name()).or_insert(0) += 1;
        }
        StepDone {
            name: checked.steps[i].name.clone(),
            op: checked.steps[i].step.op.clone(),
            memory,
            median_seconds: median(&seconds),
        }
    };
    (0..checked.steps.len()).map(step).collect()
}

impl Done {
    /// The short table: images with further columns where there are any, steps, and where to look.
    pub fn text(&self, heads: &[&str], more: impl Fn(&ImageDone) -> Vec<String>) -> String {
        const SHOWN: usize = 24;
        let right = || self.images.iter().filter(|i| i.error.is_none());
        let mut text = String::new();
        let heads = ["image", "objects", "median area", "seconds"].iter().chain(heads);
        let mut rows = vec![heads.map(|head| head.to_string()).collect::<Vec<_>>()];
        let number = |x: Option<f64>| x.map_or("-".into(), |x| format!("{x}"));
        for image in right().take(SHOWN) {
            let mut row = vec![
                image.image.clone(),
                number(image.objects.map(|n| n as f64)),
                number(image.median_area),
                format!("{:.2}", image.seconds),
            ];
            row.extend(more(image));
            rows.push(row);
        }
        text += &columns(&rows, "");
        if right().count() > SHOWN {
            text += &format!("... and {} more\n", right().count() - SHOWN);
        }
        let total: usize = right().filter_map(|i| i.objects).sum();
        let seconds: f64 = right().map(|i| i.seconds).sum();
        text += &format!("{} images, {total} objects, {seconds:.2} s of steps\n\n", right().count());
        let mut rows = vec![["step", "op", "ran on", "median seconds"].map(String::from).to_vec()];
        for (i, step) in self.steps.iter().enumerate() {
            let memory = match step.memory.len() {
                0 => "-".into(),
                1 => step.memory.keys().copied().collect(),
                _ => {
                    step.memory.iter().map(|(name, n)| format!("{name} {n}x")).collect::<Vec<_>>().join(", ")
                }
            };
            rows.push(vec![
                format!("{} {}", i + 1, step.name),
                step.op.clone(),
                memory,
                format!("{:.4}", step.median_seconds),
            ]);
        }
        text += &columns(&rows, "");
        text.extend(self.notes.iter().map(|note| format!("note: {note}\n")));
        text.push('\n');
        for table in &self.tables {
            text += &format!("{}\n", table.display());
        }
        if right().any(|i| !i.outputs.is_empty()) {
            text += &format!("{}\n", self.out.join("<image>").display());
        }
        if self.failed > 0 {
            text += &format!("\n{} of {} images failed:\n", self.failed, self.images.len());
            for image in &self.images {
                if let Some(error) = &image.error {
                    text += &format!("  {}: {error}\n", image.image);
                }
            }
        }
        text
    }
}
