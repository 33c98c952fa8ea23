//! A run: hands the images out, counts what comes back, and sums up.

mod crew;
mod existing;

use super::done::Done;
use super::events::{Event, Status, StepDone};
use super::images::{Images, Inputs};
use super::journal::{Journal, RunFile};
use super::key::Keys;
use super::named::Named;
use super::over::{self, Groups};
use super::settings::{Existing, Settings};
use super::task::Target;
use super::{names, save, tables};
use crate::context;
use crate::execute::{On, Options, StepReport};
use crate::io::{self, Group};
use crate::machine;
use crate::pool::Config;
use crew::{Crew, Outcome};
use existing::{refuse, remove_tables};
use rotifer_registry::pipeline::{Checked, CheckedStep};
use rotifer_registry::{Code, Error, Pipeline};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Memory of a worker, where it is not said how many there are.
const SHARE: u64 = 256 << 20;
/// Memory of the process that hands images out.
const COORDINATOR: u64 = 32 << 20;

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
                save::remove(out, image, &head.outputs);
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

/// A run under way.
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
        let step = |(step, mut of): (&CheckedStep, Step)| {
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
