//! A pipeline on many images, with its results in a folder.
//!
//! Workers read their images and write their results; here are names and where rows lie, no pixels. Whatever is
//! finished stays finished: a run that was ended goes on where it was, and gives the same files.

pub(crate) mod journal;
mod key;
pub mod named;
pub mod names;
pub(crate) mod over;
pub mod paths;
mod tables;
mod unit;

pub use crate::execute::Written;
pub use named::Named;
pub(crate) use unit::work;
pub use unit::{Last, More, Target, Unit, spaced, spacing};

use crate::context;
use crate::execute::{On, Options, StepReport, Watch};
use crate::io::{self, Format, Group, WriteOptions};
use crate::machine;
use crate::pool::{Channel, Config, Job, Notice, Pool, Prepared, Waited};
use journal::{At, Head, Journal, Log, RunFile};
use key::Keys;
use over::{Groups, Task};
use rotifer_registry::pipeline::Checked;
use rotifer_registry::{Code, Error, Pipeline};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// Time between two looks at whether the run is to end.
const LOOK: Duration = Duration::from_millis(100);
/// Memory of a worker, where it is not said how many there are.
const SHARE: u64 = 256 << 20;
/// Memory of the process that hands images out.
const COORDINATOR: u64 = 32 << 20;

/// The choice about results that are there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// They are an error.
    #[default]
    Refuse,
    /// Images that are finished stay as they are; all whose pipeline, functions, options or files differ run again.
    Resume,
    /// What the earlier run wrote is removed.
    Overwrite,
}

/// How to run a batch.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Folder of the results.
    pub out: PathBuf,
    pub existing: Existing,
    pub options: Options,
    /// Worker processes; none: one for each thread, as far as there are images.
    pub workers: Option<usize>,
    /// Threads in all, shared out among the workers; none: [`machine::threads`].
    pub threads: Option<usize>,
    pub channel: Channel,
    /// Without worker processes: a function that ends its process ends the run.
    pub in_process: bool,
    /// As [`Target::spacing`].
    pub spacing: Vec<f64>,
    /// How images are written.
    pub write: WriteOptions,
    pub format: Format,
    /// Files of inputs of the pipeline, by name, in place of those that it names; with `{well}` and the like in it, a path
    /// is one for each image.
    pub inputs: BTreeMap<String, PathBuf>,
}

/// How an image stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Done,
    /// A step left out the steps after it.
    Skipped,
    Failed,
    /// The run ended before it.
    NotRun,
}

impl Status {
    fn of(at: Option<At>, error: Option<&Error>) -> Status {
        match (at, error) {
            (Some(_), _) => Status::Done,
            (None, Some(_)) => Status::Failed,
            (None, None) => Status::NotRun,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Status::Done => "done",
            Status::Skipped => "skipped",
            Status::Failed => "failed",
            Status::NotRun => "not_run",
        }
    }
}

/// What became of one image.
#[derive(Clone, Debug, Serialize)]
pub struct ImageDone {
    pub image: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub well: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<u32>,
    #[serde(serialize_with = "paths::as_text")]
    pub files: Vec<PathBuf>,
    pub status: Status,
    /// Rows of the first table that has areas, else labels of the last label image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objects: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_area: Option<f64>,
    /// Time of the steps.
    pub seconds: f64,
    #[serde(serialize_with = "paths::as_text")]
    pub outputs: Vec<PathBuf>,
    /// Remarks on how its files were read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub read_notes: Vec<String>,
    /// Remarks on how it was run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Why steps were left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
}

impl ImageDone {
    /// Takes the reason why steps were left out, if they were.
    fn skip(&mut self, reason: Option<String>) {
        if reason.is_some() {
            (self.status, self.skipped) = (Status::Skipped, reason);
        }
    }
}

/// A step over all images.
#[derive(Clone, Debug, Serialize)]
pub struct StepDone {
    pub name: String,
    pub op: String,
    /// Memory types it ran on, and on how many images.
    pub memory: BTreeMap<&'static str, usize>,
    pub median_seconds: f64,
}

/// What happens in a run, as it happens.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event<'a> {
    Started {
        pipeline: &'a str,
        #[serde(serialize_with = "paths::one_as_text")]
        out: &'a Path,
        images: usize,
        /// Images that an earlier run has finished.
        resumed: usize,
        workers: usize,
    },
    /// An image is done, or has failed.
    Image {
        #[serde(flatten)]
        image: &'a ImageDone,
    },
    Progress {
        done: usize,
        failed: usize,
        of: usize,
    },
    /// An image runs again: its worker ended, or gave no sign.
    Retried {
        image: &'a str,
        error: &'a Error,
    },
    /// The run was asked to end: it does when the images under way are done.
    Stopping,
    Finished {
        done: usize,
        failed: usize,
        not_run: usize,
        #[serde(serialize_with = "paths::as_text")]
        tables: &'a [PathBuf],
    },
}

/// What a run gave.
pub struct Done {
    pub pipeline: String,
    pub out: PathBuf,
    /// Tables with the rows of all images.
    pub tables: Vec<PathBuf>,
    pub steps: Vec<StepDone>,
    /// Things to be said once.
    pub notes: Vec<String>,
    pub done: usize,
    /// Of these, the ones that an earlier run has finished.
    pub resumed: usize,
    pub failed: usize,
    pub not_run: usize,
    /// Objects of all images, and seconds of all steps.
    pub objects: usize,
    pub seconds: f64,
    /// Why tables are missing, where they could not be written.
    pub unwritten: Option<Error>,
    images: Images,
}

/// What a run is given.
struct Inputs {
    groups: Vec<Group>,
    names: Vec<String>,
    keys: Keys,
    named: Named,
    over: Groups,
}

impl Inputs {
    fn files(&self, i: usize) -> Vec<PathBuf> {
        // They were all found before the run.
        self.named.of(&self.groups[i]).unwrap_or_default()
    }

    /// By which an image is known again.
    fn key(&self, i: usize) -> u64 {
        self.over.key(i, self.keys.of(&self.groups[i], &self.files(i)))
    }

    fn unit(&self, i: usize) -> Unit {
        let more = More { inputs: self.files(i), made: self.over.made(i), task: Task::Run };
        Unit { image: self.names[i].clone(), key: self.key(i), group: self.groups[i].clone(), more }
    }

    /// The work of keeping what a step over a group, the `n`th, sees of an image.
    fn gathered(&self, n: usize, i: usize) -> Unit {
        let of = &self.over.0[n];
        let made = self.over.made(i).into_iter().take(n).collect();
        let more = More { inputs: self.files(i), made, task: Task::Gather { step: of.step } };
        Unit { image: self.names[i].clone(), key: of.seen[i], group: self.groups[i].clone(), more }
    }

    /// The work of making the `n`th step over a group.
    fn reduced(&self, n: usize, group: usize) -> Unit {
        let of = &self.over.0[n];
        let members = of.members(group).map(|i| (self.names[i].clone(), of.seen[i])).collect();
        let first = of.members(group).next().unwrap_or_default();
        let made = self.over.made(first).into_iter().take(n).collect();
        let more = More { inputs: self.files(first), made, task: Task::Reduce { step: of.step, members } };
        Unit { image: of.labels[group].clone(), key: of.keys[group], group: self.groups[first].clone(), more }
    }
}

/// The images of a run: names and places, no rows.
struct Images {
    inputs: Arc<Inputs>,
    at: Vec<Option<At>>,
    errors: HashMap<usize, Error>,
    journal: Journal,
}

impl Images {
    /// What is known of an image without its rows.
    fn bare(&self, i: usize) -> ImageDone {
        let Inputs { groups, names, .. } = &*self.inputs;
        let site = &groups[i].site;
        ImageDone {
            image: names[i].clone(),
            well: site.well.clone(),
            field: site.field,
            files: groups[i].files().to_vec(),
            status: Status::of(self.at[i], self.errors.get(&i)),
            objects: None,
            median_area: None,
            seconds: 0.0,
            outputs: Vec::new(),
            read_notes: Vec::new(),
            notes: Vec::new(),
            skipped: None,
            error: self.errors.get(&i).cloned(),
        }
    }

    fn image(&mut self, i: usize, out: &Path) -> ImageDone {
        let mut image = self.bare(i);
        match self.at[i].map(|at| self.journal.head(at)) {
            Some(Ok(head)) => {
                (image.objects, image.median_area) = (head.objects, head.median_area);
                image.seconds = head.seconds;
                (image.read_notes, image.notes) = (head.read_notes, head.notes);
                image.skip(head.skipped);
                image.outputs = head.outputs.iter().map(|(file, _)| out.join(file)).collect();
            }
            Some(Err(error)) => image.error = Some(error),
            None => {}
        }
        image
    }
}

impl Done {
    /// All images, in order. They are read from disk one by one.
    pub fn images(&mut self) -> impl Iterator<Item = ImageDone> {
        let Done { images, out, .. } = self;
        (0..images.at.len()).map(move |i| images.image(i, out))
    }

    /// Those that failed.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &Error)> {
        let failed =
            move |i: usize| Some((self.images.inputs.names[i].as_str(), self.images.errors.get(&i)?));
        (0..self.images.at.len()).filter_map(failed)
    }
}

/// Runs a pipeline on images and writes what it saves below `settings.out`.
///
/// A pipeline that needs no image is run once without one, where none is given; its results have the pipeline's name.
///
/// Each image has a folder of its name with its images; tables of all images are joined in their order, `images.csv` has
/// a row for each image and `wells.csv` one for each well. The error of one image is that image's; the others go on. When
/// `stop` is set the run ends as soon as the images that are under way are done.
///
/// Errors: a pipeline that saves nothing; a folder that cannot be written, that another run writes to, or that has
/// results already and `existing` refuses them. All are found before any work.
pub fn run(
    checked: &Checked,
    groups: Vec<Group>,
    settings: &Settings,
    stop: &AtomicBool,
    tell: &mut dyn FnMut(&Event),
) -> Result<Done, Error> {
    saves(checked)?;
    let groups = match groups.is_empty() && !checked.needs_image() {
        true => vec![Group::none(&checked.name)],
        false => groups,
    };
    if settings.options.on == On::Gpu {
        context::adapter()?;
    }
    let named = Named::new(checked, &settings.inputs)?;
    named.check(&groups)?;
    over::check(checked, &groups)?;
    let steps = checked.steps.iter().map(|s| s.step.clone()).collect();
    let pipeline = Pipeline {
        name: Some(checked.name.clone()),
        inputs: checked.inputs.clone(),
        steps,
        seed: checked.seed,
    };
    let names = names::images(checked, &groups);
    let out = &settings.out;
    let failed = |e: std::io::Error| {
        Error::new(Code::File, format!("{}: no folder for the results can be made", out.display()))
            .because(&e)
    };
    std::fs::create_dir_all(out).map_err(failed)?;
    let leftovers = io::sweep(out);
    if settings.existing == Existing::Refuse {
        refuse(checked, out, &names, settings.format)?;
    }
    let mut journal = Journal::open(out)?;
    io::inputs::mark_results(out)?;
    let before = journal.run();
    let generation = before.generation + 1;
    if settings.existing == Existing::Overwrite {
        let all = journal.load();
        for (image, found) in &all {
            if let Ok(head) = journal.head(found.at) {
                unit::remove(out, image, &head.outputs);
            }
        }
        journal.clear();
        remove_tables(out, &before.tables, &[]);
    }
    let target = Target {
        out: out.clone(),
        spacing: settings.spacing.clone(),
        generation,
        write: settings.write.clone(),
        format: settings.format,
    };
    let keys = Keys::new(&pipeline, settings);
    let own = |i: usize| keys.of(&groups[i], &named.of(&groups[i]).unwrap_or_default());
    let over = Groups::new(checked, &groups, own);
    let tables = names::tables(checked).into_iter().map(|(_, file)| file);
    let tables = tables.chain(over::saved_files(checked, &over, &target));
    let this = RunFile {
        pipeline: checked.name.clone(),
        rotifer: env!("CARGO_PKG_VERSION").into(),
        generation,
        images: groups.len(),
        tables: tables.chain([names::IMAGES, names::WELLS].map(|n| format!("{n}.csv"))).collect(),
    };
    journal.set_run(&RunFile {
        tables: [this.tables.clone(), before.tables.clone()].concat(),
        ..this.clone()
    })?;
    let at = vec![None; groups.len()];
    let mut run = Run {
        images: Images {
            inputs: Arc::new(Inputs { groups, names, keys, named, over }),
            at,
            errors: HashMap::new(),
            journal,
        },
        target,
        checked,
        stop,
        steps: checked.steps.iter().map(|_| Step::default()).collect(),
        notes: Notes::default(),
        counts: Counts::default(),
        tell,
    };
    if settings.existing == Existing::Resume {
        run.resume()?;
    }
    let todo: Vec<usize> = (0..run.images.at.len()).filter(|i| run.images.at[*i].is_none()).collect();
    let threads = settings.threads.unwrap_or_else(machine::threads).max(1);
    let most = settings.options.memory.map_or(usize::MAX, |memory| (memory / SHARE) as usize).max(1);
    let workers = settings.workers.unwrap_or(threads.min(most)).clamp(1, todo.len().max(1));
    // The share of each worker.
    let memory = settings.options.memory.map(|memory| match settings.in_process {
        true => memory,
        false => memory.saturating_sub(COORDINATOR) / workers as u64,
    });
    let options = Options { memory, ..settings.options.clone() };
    (run.tell)(&Event::Started {
        pipeline: &checked.name,
        out,
        images: run.images.at.len(),
        resumed: run.counts.resumed,
        workers: if settings.in_process { 0 } else { workers },
    });
    if !todo.is_empty() {
        let mut crew = if settings.in_process {
            machine::use_threads(threads);
            Crew::here(&options)
        } else {
            let config = Config {
                workers,
                threads: Some((threads / workers).max(1)),
                channel: settings.channel,
                ..Config::workers(workers)
            };
            Crew::pool(&pipeline, &options, &run.target, config)?
        };
        for n in 0..run.images.inputs.over.0.len() {
            run.over(&mut crew, n, &todo);
        }
        let inputs = run.images.inputs.clone();
        let todo: Vec<usize> = todo.into_iter().filter(|i| !run.images.errors.contains_key(i)).collect();
        if !run.counts.stopped {
            run.perform(&mut crew, todo.len(), &|n| inputs.unit(todo[n]), &mut |run, n, result| {
                run.took(todo[n], result);
            });
        }
        crew.end();
        if run.counts.stopped {
            run.take_late();
        }
    }
    // A worker of a run that was killed may have outlived the start of this one.
    if leftovers {
        io::sweep(out);
    }
    run.finish(checked, &before, this)
}

/// Refuses a pipeline that writes nothing.
pub fn saves(checked: &Checked) -> Result<(), Error> {
    if checked.saves() {
        return Ok(());
    }
    let last = checked.steps.len().saturating_sub(1);
    let error = Error::new(Code::MissingArgument, "the pipeline saves nothing: its results would be lost");
    let error = checked.steps.get(last).map_or(error.clone(), |step| error.step(last).op(&step.step.op));
    Err(error.help("add `save = true` to the steps whose results are wanted"))
}

/// An error where results would meet those of another run.
fn refuse(checked: &Checked, out: &Path, names: &[String], format: Format) -> Result<(), Error> {
    let refused = |what: String| {
        Err(Error::new(Code::Unavailable, format!("{}: {what}", out.display()))
            .argument("out")
            .help("--resume finishes what is not done, --overwrite begins anew; or give another folder"))
    };
    if Journal::exists(out) {
        return refused("has the results of an earlier run".into());
    }
    if std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_none()) {
        return Ok(());
    }
    let tables = names::tables(checked).into_iter().map(|(_, file)| file);
    let tables = tables.chain([names::IMAGES, names::WELLS].map(|name| format!("{name}.csv")));
    let files: Vec<String> =
        names::files(checked).into_iter().map(|(_, file)| format!("{file}.{}", format.extension())).collect();
    let of_images = names.iter().filter(|name| out.join(name).exists());
    let of_images = of_images.flat_map(|name| files.iter().map(move |file| format!("{name}/{file}")));
    match tables.chain(of_images).find(|file| out.join(file).symlink_metadata().is_ok()) {
        Some(file) => refused(format!("{file} is there already")),
        None => Ok(()),
    }
}

/// Removes the tables of an earlier run but for those that are kept.
fn remove_tables(out: &Path, tables: &[String], kept: &[PathBuf]) {
    for path in tables.iter().map(|table| out.join(table)).filter(|path| !kept.contains(path)) {
        let _ = std::fs::remove_file(path);
    }
}

#[derive(Default)]
struct Step {
    seconds: Vec<f64>,
    memory: BTreeMap<&'static str, usize>,
}

/// Things to be said once, in the order in which they were met.
#[derive(Default)]
struct Notes {
    order: Vec<String>,
    known: HashSet<String>,
}

impl Notes {
    fn add(&mut self, note: &str) {
        if self.known.insert(note.into()) {
            self.order.push(note.into());
        }
    }
}

#[derive(Default)]
struct Counts {
    done: usize,
    resumed: usize,
    failed: usize,
    objects: usize,
    seconds: f64,
    stopped: bool,
}

/// The outcome of a task: what was written, where the steps ran, and what is to be said.
type Outcome = Result<(Written, Vec<StepReport>, Vec<String>), Error>;

/// Workers, or this process, that do the work.
enum Crew<'a> {
    /// This process.
    Here {
        last: Box<Last>,
        log: Option<Log>,
        options: &'a Options,
    },
    Pool {
        pool: Pool,
        prepared: Prepared,
        watch: Receiver<Notice>,
    },
}

impl<'a> Crew<'a> {
    fn here(options: &'a Options) -> Crew<'a> {
        Crew::Here { last: Box::default(), log: None, options }
    }

    fn pool(
        pipeline: &Pipeline,
        options: &Options,
        target: &Target,
        config: Config,
    ) -> Result<Crew<'a>, Error> {
        let prepared = Prepared::writing(pipeline, options, target.clone()).map_err(crate::plan::first)?;
        let pool = Pool::new(config)?;
        let watch = pool.watch();
        Ok(Crew::Pool { pool, prepared, watch })
    }

    fn end(self) {
        if let Crew::Pool { pool, .. } = self {
            pool.shutdown();
        }
    }
}

struct Run<'a> {
    images: Images,
    target: Target,
    checked: &'a Checked,
    stop: &'a AtomicBool,
    steps: Vec<Step>,
    notes: Notes,
    counts: Counts,
    tell: &'a mut dyn FnMut(&Event),
}

impl Run<'_> {
    /// Takes over what an earlier run has finished. An image that is begun anew loses what it had first, and before that
    /// its record.
    fn resume(&mut self) -> Result<(), Error> {
        // Where there is no room the logs stay as they are.
        let _ = self.images.journal.compact();
        let mut found = self.images.journal.load();
        let mut log: Option<Log> = None;
        let inputs = self.images.inputs.clone();
        for (i, name) in inputs.names.iter().enumerate() {
            let Some(found) = found.remove(name) else { continue };
            let head = self.images.journal.head(found.at)?;
            let out = &self.target.out;
            let there = |(file, bytes): &(String, u64)| {
                std::fs::metadata(out.join(file)).is_ok_and(|m| m.is_file() && m.len() == *bytes)
            };
            if found.key != 0 && found.key == inputs.key(i) && head.outputs.iter().all(there) {
                self.images.at[i] = Some(found.at);
                self.counts.resumed += 1;
                self.count(&head.steps, [&head.read_notes, &head.notes], head.objects, head.seconds);
                continue;
            }
            if log.is_none() {
                log = Some(Log::create(out)?);
            }
            if let Some(log) = &mut log {
                let image = name.clone();
                let generation = self.target.generation;
                log.append(&mut Head { image, generation, ..Head::default() }, &[])?;
            }
            unit::remove(out, name, &head.outputs);
        }
        let left = found.values().filter(|f| f.key != 0).count();
        if left > 0 {
            self.notes.add(&format!(
                "{left} images of an earlier run are not among these: what they gave stays, and is in no table"
            ));
        }
        Ok(())
    }

    fn count(
        &mut self,
        steps: &[StepReport],
        notes: [&Vec<String>; 2],
        objects: Option<usize>,
        seconds: f64,
    ) {
        self.counts.done += 1;
        self.counts.objects += objects.unwrap_or(0);
        self.counts.seconds += seconds;
        // Reports are in the order of the steps; those of steps that did not run are left out.
        let mut all = self.steps.iter_mut().zip(&self.checked.steps);
        for report in steps {
            if let Some((step, _)) = all.find(|(_, of)| of.name == report.name && of.step.op == report.op) {
                step.seconds.push(report.seconds);
                *step.memory.entry(report.memory.name()).or_insert(0) += 1;
            }
        }
        notes.into_iter().flatten().for_each(|note| self.notes.add(note));
    }

    /// An image has its outcome.
    fn took(&mut self, i: usize, result: Outcome) {
        let mut image;
        match result {
            Ok((written, steps, notes)) => {
                let log = self.images.journal.number(&written.log);
                self.images.at[i] = Some((log, written.place));
                self.count(&steps, [&written.read_notes, &notes], written.objects, written.seconds);
                image = self.images.bare(i);
                (image.objects, image.median_area) = (written.objects, written.median_area);
                image.seconds = written.seconds;
                (image.read_notes, image.notes) = (written.read_notes, notes);
                image.skip(written.skipped);
                image.outputs = written.outputs.iter().map(|file| self.target.out.join(file)).collect();
            }
            Err(error) => {
                self.counts.failed += 1;
                self.images.errors.insert(i, error);
                image = self.images.bare(i);
            }
        }
        (self.tell)(&Event::Image { image: &image });
        let Counts { done, failed, .. } = self.counts;
        (self.tell)(&Event::Progress { done, failed, of: self.images.at.len() });
    }

    /// Makes a step over groups, the `n`th, for the images that are to be run.
    fn over(&mut self, crew: &mut Crew, n: usize, todo: &[usize]) {
        let inputs = self.images.inputs.clone();
        let (of, out) = (&inputs.over.0[n], self.target.out.clone());
        let is_there = |key: u64| over::file(&out, key).is_file();
        let mut wanted: Vec<usize> = todo.iter().map(|i| of.of_image[*i]).collect();
        wanted.sort_unstable();
        wanted.dedup();
        wanted.retain(|group| !is_there(of.keys[*group]));
        let is_wanted = |i: &usize| wanted.binary_search(&of.of_image[*i]).is_ok() && !is_there(of.seen[*i]);
        let images: Vec<usize> = (0..of.of_image.len()).filter(is_wanted).collect();
        // The first image of each group that failed, and why.
        let mut failed: BTreeMap<usize, (String, Error)> = BTreeMap::new();
        for i in &images {
            if let Some(error) = self.images.errors.get(i) {
                failed.entry(of.of_image[*i]).or_insert((inputs.names[*i].clone(), error.clone()));
            }
        }
        let images: Vec<usize> = images.into_iter().filter(|i| !self.images.errors.contains_key(i)).collect();
        self.perform(crew, images.len(), &|k| inputs.gathered(n, images[k]), &mut |run, k, result| {
            if let Err(error) = result {
                let i = images[k];
                failed.entry(of.of_image[i]).or_insert((inputs.names[i].clone(), error.clone()));
                if run.images.at[i].is_none() {
                    run.took(i, Err(error));
                }
            }
        });
        if self.counts.stopped {
            return;
        }
        let complete: Vec<usize> =
            wanted.iter().copied().filter(|group| !failed.contains_key(group)).collect();
        self.perform(crew, complete.len(), &|k| inputs.reduced(n, complete[k]), &mut |run, k, result| {
            let group = complete[k];
            match result {
                Ok(_) => {
                    of.members(group).for_each(|i| _ = std::fs::remove_file(over::file(&out, of.seen[i])))
                }
                Err(error) => {
                    let open = of.members(group).filter(|i| run.images.at[*i].is_none());
                    for i in open.collect::<Vec<_>>() {
                        run.took(i, Err(error.clone()));
                    }
                }
            }
        });
        for (group, (image, error)) in failed {
            let label = &of.labels[group];
            let open = |i: &usize| self.images.at[*i].is_none() && !self.images.errors.contains_key(i);
            for i in of.members(group).filter(open).collect::<Vec<_>>() {
                self.took(i, Err(over::incomplete(self.checked, of.step, label, &image, &error)));
            }
        }
    }

    /// Has tasks done, until a signal says to end.
    fn perform(
        &mut self,
        crew: &mut Crew,
        count: usize,
        unit: &dyn Fn(usize) -> Unit,
        took: &mut dyn FnMut(&mut Self, usize, Outcome),
    ) {
        match crew {
            Crew::Here { last, log, options } => {
                for n in 0..count {
                    if self.stop.load(Ordering::SeqCst) {
                        self.counts.stopped = true;
                        (self.tell)(&Event::Stopping);
                        return;
                    }
                    let (unit, watch) = (unit(n), Watch::default());
                    let work = || work(self.checked, last, options, &self.target, log, &unit, &watch);
                    let result = caught(work).map(|(written, report)| (written, report.steps, report.notes));
                    took(self, n, result);
                }
            }
            Crew::Pool { pool, prepared, watch } => {
                let jobs = (0..count).map(|n| Job::Written(Box::new(unit(n))));
                let mut batch = pool.run(prepared, jobs);
                loop {
                    if !self.counts.stopped && self.stop.load(Ordering::SeqCst) {
                        self.counts.stopped = true;
                        (self.tell)(&Event::Stopping);
                        batch.stop();
                    }
                    let waited = batch.next_within(LOOK);
                    let given = if let Waited::Result(n, _) = &waited { Some(*n) } else { None };
                    for notice in watch.try_iter() {
                        // The image of a task that is not waited for any more is the one that came just now.
                        if let Notice::Retried { task, cause } = notice
                            && let Some(n) = batch.index(task).or(given)
                        {
                            (self.tell)(&Event::Retried { image: &unit(n).image, error: &cause });
                        }
                    }
                    let (n, result) = match waited {
                        Waited::Result(n, result) => (n, result),
                        Waited::Nothing => continue,
                        Waited::End => break,
                    };
                    let result = result.and_then(|outcome| match outcome.written {
                        Some(written) => Ok((written, outcome.report.steps, outcome.report.notes)),
                        None => Err(Error::new(Code::Internal, "a worker says nothing of what it wrote")),
                    });
                    match result {
                        // It was not begun, or was left off.
                        Err(error) if self.counts.stopped && error.code == Code::Cancelled => {}
                        result => took(self, n, result),
                    }
                }
            }
        }
    }

    /// Takes images that were cancelled when their workers had finished them already.
    fn take_late(&mut self) {
        let mut found = self.images.journal.load();
        let inputs = self.images.inputs.clone();
        for (i, name) in inputs.names.iter().enumerate() {
            let open = self.images.at[i].is_none() && !self.images.errors.contains_key(&i);
            let Some(found) = found.remove(name).filter(|found| open && found.key != 0) else { continue };
            let ours = found.generation == self.target.generation;
            if let (true, Ok(head)) = (ours, self.images.journal.head(found.at)) {
                self.images.at[i] = Some(found.at);
                self.count(&head.steps, [&head.read_notes, &head.notes], head.objects, head.seconds);
                let image = self.images.image(i, &self.target.out);
                (self.tell)(&Event::Image { image: &image });
            }
        }
    }

    /// Joins the tables and sums up.
    fn finish(mut self, checked: &Checked, before: &RunFile, this: RunFile) -> Result<Done, Error> {
        let out = self.target.out.clone();
        if self.counts.done == self.images.at.len() {
            // Nothing that would take them is left to be done.
            let _ = std::fs::remove_dir_all(over::folder(&out));
        }
        let Images { inputs, at, errors, journal } = &mut self.images;
        let row = |i: usize| {
            Some(tables::Row {
                image: inputs.names.get(i)?,
                group: &inputs.groups[i],
                status: Status::of(at[i], errors.get(&i)),
                at: at[i],
                error: errors.get(&i),
            })
        };
        let written = tables::write(checked, &out, journal, &row);
        let (tables, unwritten) = match written {
            Ok(tables) => {
                let stale: Vec<String> = [before.tables.clone(), this.tables.clone()].concat();
                let saved = over::saved_files(checked, &inputs.over, &self.target);
                let kept: Vec<PathBuf> =
                    saved.iter().map(|file| out.join(file)).chain(tables.clone()).collect();
                remove_tables(&out, &stale, &kept);
                let name = |path: &PathBuf| Some(path.file_name()?.to_string_lossy().into_owned());
                let tables_now = tables.iter().filter_map(name).chain(saved).collect();
                let _ = journal.set_run(&RunFile { tables: tables_now, ..this });
                (tables, None)
            }
            Err(error) => {
                let help = "the rows are kept: make room, and run again with --resume";
                (Vec::new(), Some(if error.help.is_some() { error } else { error.help(help) }))
            }
        };
        let Counts { done, resumed, failed, objects, seconds, .. } = self.counts;
        let not_run = inputs.names.len() - done - failed;
        (self.tell)(&Event::Finished { done, failed, not_run, tables: &tables });
        let step = |(step, mut of): (&rotifer_registry::pipeline::CheckedStep, Step)| {
            of.seconds.sort_by(f64::total_cmp);
            StepDone {
                name: step.name.clone(),
                op: step.step.op.clone(),
                memory: of.memory,
                median_seconds: tables::median(&of.seconds),
            }
        };
        let mut notes = Notes::default();
        let all = inputs.groups.iter().flat_map(|group| &group.notes).chain(&self.notes.order);
        all.for_each(|note| notes.add(note));
        Ok(Done {
            pipeline: checked.name.clone(),
            out,
            tables,
            steps: checked.steps.iter().zip(self.steps).map(step).collect(),
            notes: notes.order,
            done,
            resumed,
            failed,
            not_run,
            objects,
            seconds,
            unwritten,
            images: self.images,
        })
    }
}

/// A defect met by one image is that image's error; the others go on.
fn caught<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        Err(Error::new(Code::Internal, format!("a defect of this program: {text}")))
    })
}
