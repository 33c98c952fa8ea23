//! One image of a run: read, run and written in the worker. What goes back is a row.

use super::journal::{Head, Log, Place, Section};
use super::over::{self, Task};
use super::{names, paths};
use crate::execute::{Given, Options, Report, Watch, first, run_for};
use crate::io::{self, Format, Group, WriteOptions};
use crate::plan::{GivenMeta, Plan, plan_given};
use rotifer_registry::pipeline::{ChannelSelector, Checked, Origin};
use rotifer_registry::wire::{Reader, Wire, Writer, wrong};
use rotifer_registry::{Code, Datum, Error, Frames, Image, Kind, Spacing, SpacingSource, Table};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

/// Where workers write, and what they do with every image before they run it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    /// Folder of the results.
    pub out: PathBuf,
    /// Pixel sizes in um that take the place of a file's own: one, or y and x, or z, y and x; none: the file's.
    pub spacing: Vec<f64>,
    /// Number of the run in this folder.
    pub generation: u64,
    /// How images are written.
    pub write: WriteOptions,
    pub format: Format,
}

impl Wire for Target {
    fn put(&self, out: &mut Vec<u8>) {
        Writer::new(out)
            .put_with(1, |out| out.extend(paths::to_bytes(&self.out).unwrap_or_default()))
            .put(2, &self.spacing)
            .put(3, &self.generation)
            .put_unless_default(4, &self.format)
            .put_unless_default(5, &self.write);
    }

    fn get(bytes: &[u8]) -> Result<Target, Error> {
        let mut r = Reader::new("target", bytes)?;
        let out = r.bytes(1).ok_or_else(|| wrong("target.out is missing (record 1)"))?;
        let out = paths::from_bytes(out)?;
        let target = Target {
            out,
            spacing: r.required(2, "spacing")?,
            generation: r.required(3, "generation")?,
            format: r.or_default(4, "format")?,
            write: r.or_default(5, "write")?,
        };
        r.finish()?;
        Ok(target)
    }
}

/// An image of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// Its name in the results: that of its folder, and in tables.
    pub image: String,
    /// By which it is known again when a run is resumed.
    pub key: u64,
    pub group: Group,
    pub more: More,
}

/// Values that an image of a run takes beside its own pixels, and the work on it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct More {
    /// Files of the pipeline's inputs after the image.
    #[serde(with = "crate::io::plate::path")]
    pub inputs: Vec<PathBuf>,
    /// Steps over groups whose values are known, and the keys of these.
    pub made: Vec<(usize, u64)>,
    pub task: Task,
}

impl Wire for Unit {
    fn put(&self, out: &mut Vec<u8>) {
        Writer::new(out)
            .put(1, &self.image)
            .put(2, &self.key)
            .put_with(3, |out| out.extend(postcard::to_stdvec(&self.group).unwrap_or_default()))
            .put_with(4, |out| out.extend(postcard::to_stdvec(&self.more).unwrap_or_default()));
    }

    fn get(bytes: &[u8]) -> Result<Unit, Error> {
        let mut r = Reader::new("unit", bytes)?;
        let (image, key) = (r.required(1, "image")?, r.required(2, "key")?);
        let group = r.bytes(3).ok_or_else(|| wrong("unit.group is missing (record 3)"))?;
        let more = r.bytes(4);
        r.finish()?;
        let damaged = |_| wrong("the files of an image are damaged");
        let group = postcard::from_bytes(group).map_err(damaged)?;
        let more = more.map(postcard::from_bytes).transpose().map_err(damaged)?.unwrap_or_default();
        Ok(Unit { image, key, group, more })
    }
}

/// What a worker wrote of an image, and where its rows are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Written {
    /// Rows of the first table that has areas, else labels of the last label image.
    pub objects: Option<usize>,
    pub median_area: Option<f64>,
    /// Time of the steps.
    pub seconds: f64,
    /// Files, below the folder of the results.
    pub outputs: Vec<String>,
    /// Remarks on how its files were read; those on how it was run are in the report.
    pub read_notes: Vec<String>,
    /// The log of the worker, and where its rows lie there.
    pub log: String,
    pub(crate) place: Place,
}

impl Wire for Written {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend(postcard::to_stdvec(self).unwrap_or_default());
    }

    fn get(bytes: &[u8]) -> Result<Written, Error> {
        postcard::from_bytes(bytes).map_err(|_| wrong("what was written of an image is damaged"))
    }
}

/// Plan and files of the last image: those of a plate are alike.
#[derive(Default)]
pub struct Last {
    plan: Option<(GivenMeta, Option<Vec<Origin>>, Plan)>,
    /// Files that the last image took beside its own, and their values.
    files: Vec<(PathBuf, Vec<Frames>)>,
}

impl Last {
    /// The plan for what has this metadata.
    pub fn plan(
        &mut self,
        checked: &Checked,
        meta: GivenMeta,
        outputs: Option<&[Origin]>,
        options: &Options,
    ) -> Result<&Plan, Error> {
        let same = |(given, wanted, _): &(GivenMeta, Option<Vec<Origin>>, Plan)| {
            *given == meta && wanted.as_deref() == outputs
        };
        if !self.plan.as_ref().is_some_and(same) {
            let plan = plan_given(checked, &meta, outputs, options).map_err(first)?;
            self.plan = Some((meta, outputs.map(<[Origin]>::to_vec), plan));
        }
        self.plan.as_ref().map(|(.., plan)| plan).ok_or_else(|| wrong("there is no plan"))
    }

    /// All that an image is run with.
    pub fn given(
        &mut self,
        checked: &Checked,
        image: &Image,
        out: &Path,
        more: &More,
    ) -> Result<Given, Error> {
        let mut given = Given::from(image);
        let before = std::mem::take(&mut self.files);
        let mut values = |path: PathBuf, read: &dyn Fn(&Path) -> Result<Vec<Frames>, Error>| {
            let known = before.iter().find(|(known, _)| *known == path).map(|(_, frames)| frames.clone());
            let frames = known.map_or_else(|| read(&path), Ok)?;
            self.files.push((path, frames.clone()));
            Ok::<_, Error>(frames)
        };
        for path in &more.inputs {
            given.inputs.extend(values(path.clone(), &|path| Ok(vec![io::read_value(path)?]))?);
        }
        for (step, key) in &more.made {
            let read = |path: &Path| Ok(over::restore(path)?.into_iter().flatten().collect());
            given
                .made
                .extend(over::values(checked, *step).into_iter().zip(values(over::file(out, *key), &read)?));
        }
        Ok(given)
    }
}

/// Reads an image, runs the pipeline on it, writes what is kept, and then its rows to the log. Where something cannot be
/// written, what was is removed.
pub(crate) fn work(
    checked: &Checked,
    last: &mut Last,
    options: &Options,
    target: &Target,
    log: &mut Option<Log>,
    unit: &Unit,
    watch: &Watch,
) -> Result<(Written, Report), Error> {
    let (image, noted) = unit.group.read_noted()?;
    let read_notes = [unit.group.notes.clone(), noted].concat();
    let image = spaced(image, &target.spacing)?;
    let given = last.given(checked, &image, &target.out, &unit.more)?;
    match &unit.more.task {
        Task::Run => {}
        Task::Gather { step } => {
            return over::gather(checked, options, target, unit, (last, &given, *step), watch);
        }
        Task::Reduce { step, members } => {
            return over::reduce(checked, options, target, unit, members, (last, given, *step), watch);
        }
    }
    let numbers = checked.numbers();
    // Values of a group are saved once.
    let kept: Vec<Origin> = checked.kept().into_iter().filter(|origin| !checked.is_over(*origin)).collect();
    let mut wanted = kept.clone();
    wanted.extend(numbers.iter().filter(|n| !kept.contains(n)));
    let needed = (!given.made.is_empty()).then_some(wanted.as_slice());
    let plan = last.plan(checked, given.meta(), needed, options)?;
    let (frames, report) = run_for(checked, plan, &given, options, watch, &wanted)?;
    let value = |origin: &Origin| wanted.iter().position(|w| w == origin).map(|i| &frames[i]);
    let kept: Vec<(Origin, &Frames)> = kept.iter().filter_map(|o| Some((*o, value(o)?))).collect();
    let (objects, median_area) = objects(kept.iter().map(|(_, frames)| *frames)).unzip();
    let mut head = Head {
        image: unit.image.clone(),
        key: unit.key,
        generation: target.generation,
        objects,
        median_area,
        seconds: report.steps.iter().map(|s| s.seconds).sum(),
        steps: report.steps.clone(),
        read_notes,
        notes: report.notes.clone(),
        ..Head::default()
    };
    for origin in &numbers {
        let name = checked.output_name(*origin);
        head.numbers.extend(value(origin).into_iter().flat_map(|frames| each_number(&name, frames)));
    }
    let files = names::files(checked);
    let mut tables: Vec<Table> = Vec::new();
    let written = kept.iter().try_for_each(|(origin, frames)| {
        let name = checked.output_name(*origin);
        match frames.to_table(name.rsplit('.').next().unwrap_or(&name)) {
            Some(_) if numbers.contains(origin) => {}
            Some(table) => {
                let table = table?;
                let channel = channel(checked, *origin, &unit.group, &image);
                head.tables.push(Section::of(&name, channel, &table));
                tables.push(table);
            }
            None => {
                let file = files.iter().find(|(o, _)| o == origin).map_or(&name, |(_, file)| file);
                let file = format!("{}/{file}.{}", unit.image, target.format.extension());
                let path = target.out.join(&file);
                let image = frames
                    .to_image()
                    .ok_or_else(|| Error::new(Code::Internal, "images and tables in one output"))?;
                io::write_image_with(&path, &image?, &target.write)?;
                let bytes = std::fs::metadata(&path).map_or(0, |m| m.len());
                head.outputs.push((file, bytes));
            }
        }
        Ok::<(), Error>(())
    });
    let place = written.and_then(|()| {
        if log.is_none() {
            *log = Some(Log::create(&target.out)?);
        }
        let log = log.as_mut().ok_or_else(|| wrong("there is no log"))?;
        Ok((log.append(&mut head, &tables)?, log.name().to_string()))
    });
    let (place, log) = place.inspect_err(|_| remove(&target.out, &unit.image, &head.outputs))?;
    let outputs = head.outputs.into_iter().map(|(file, _)| file).collect();
    let (seconds, read_notes) = (head.seconds, head.read_notes);
    Ok((Written { objects, median_area, seconds, outputs, read_notes, log, place }, report))
}

/// Removes outputs of an image, and its folder if nothing else is in it.
pub(super) fn remove(out: &Path, image: &str, outputs: &[(String, u64)]) {
    for (file, _) in outputs {
        let _ = std::fs::remove_file(out.join(file));
    }
    let _ = std::fs::remove_dir(out.join(image));
}

/// A number for each frame: `name`, or `name[c=DNA]` and `name[t=3]` where the image has those axes.
fn each_number(name: &str, frames: &Frames) -> Vec<(String, f64)> {
    let numbers = frames.numbers().unwrap_or_default();
    let named = |(i, x): (usize, f64)| {
        let (t, c) = (i / frames.c.max(1), i % frames.c.max(1));
        let channel = frames.channels.get(c).cloned().unwrap_or_else(|| c.to_string());
        let axes: Vec<String> = [(frames.has_t, format!("t={t}")), (frames.has_c, format!("c={channel}"))]
            .into_iter()
            .filter_map(|(has, axis)| has.then_some(axis))
            .collect();
        (if axes.is_empty() { name.to_string() } else { format!("{name}[{}]", axes.join(",")) }, x)
    };
    numbers.into_iter().enumerate().map(named).collect()
}

/// The pixel size that is given, for an image of this many axes.
pub fn spacing(um: &[f64], ndim: usize) -> Result<Option<Spacing>, Error> {
    let um = match um {
        [] => return Ok(None),
        &[all] => [all; 3],
        &[y, x] if ndim == 2 => [1.0, y, x],
        &[z, y, x] => [z, y, x],
        _ => {
            return Err(Error::new(Code::Shape, "two pixel sizes for an image of three spatial axes")
                .argument("spacing")
                .allowed("one size, or three for z, y, x"));
        }
    };
    Ok(Some(Spacing { um, source: SpacingSource::Given }))
}

/// The image with this pixel size, or with its own where none is given.
pub fn spaced(image: Image, um: &[f64]) -> Result<Image, Error> {
    let Some(spacing) = spacing(um, image.meta().volume.ndim)? else { return Ok(image) };
    let (t, c) = (image.has_t().then_some(image.t()), image.has_c().then_some(image.c()));
    let channels = image.channels().to_vec();
    let volumes = image.into_volumes().into_iter().map(|v| v.with_spacing(Some(spacing))).collect();
    Ok(Image::new(volumes, t, c)?.with_channels(channels))
}

/// Which channel an output was measured in, as its table says it.
fn channel(checked: &Checked, origin: Origin, group: &Group, image: &Image) -> Option<String> {
    let Origin::Step { step, .. } = origin else { return None };
    let mut channels = channels_read(checked, step);
    let names = if group.channels.is_empty() { image.channels() } else { &group.channels };
    if channels.is_empty() && names.len() == 1 {
        channels = vec![ChannelSelector::Index(0)];
    }
    let channels: Vec<String> = channels.iter().map(|c| c.name(names)).collect();
    (!channels.is_empty()).then(|| channels.join("+"))
}

/// Channels of the input that a step reads: by its own wires, or else by those of the steps it reads.
fn channels_read(checked: &Checked, step: usize) -> Vec<ChannelSelector> {
    let wires = || checked.steps[step].wires.iter().flatten();
    let mut channels: Vec<ChannelSelector> =
        wires().filter(|w| w.origin == Origin::Input(0)).filter_map(|w| w.channel.clone()).collect();
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
fn objects<'f>(kept: impl DoubleEndedIterator<Item = &'f Frames> + Clone) -> Option<(usize, f64)> {
    let areas = |frames: &Frames| {
        let table = frames.to_table("")?.ok()?;
        table.column("area")?.to_f64()
    };
    let mut areas = kept.clone().find_map(areas).or_else(|| kept.rev().find_map(label_areas))?;
    areas.sort_by(f64::total_cmp);
    Some((areas.len(), super::tables::median(&areas)))
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
