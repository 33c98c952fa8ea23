//! One image of a run: read, run and written in the worker. What goes back is a row.

use super::journal::{Head, Log, Section};
use super::over::{self, Task};
use super::{names, paths};
use crate::execute::store::{self, Item, Source, Spaced};
use crate::execute::{
    Given, Options, Report, Start as Begin, Wanted, Watch, Written, in_memory, items, run_for, run_in_parts,
};
use crate::io::{self, Format, Group, ImageWriter, Start, WriteOptions};
use crate::plan::{FlowMeta, GivenMeta, Plan, first, plan_given};
use rotifer_registry::op::DatumKind;
use rotifer_registry::pipeline::{ChannelSelector, Checked, Origin};
use rotifer_registry::wire::{Reader, Wire, Writer, wrong};
use rotifer_registry::{Code, Error, Frames, Image, ImageMeta, Kind, Spacing, SpacingSource, Table};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

    /// The values of a pipeline's inputs after the image.
    fn others(&self, more: &More) -> Result<Vec<Frames>, Error> {
        more.inputs.iter().map(|path| io::read_value(path)).collect()
    }

    /// All that an image is run with.
    pub fn given(
        &mut self,
        checked: &Checked,
        image: Option<&Image>,
        out: &Path,
        more: &More,
    ) -> Result<Given, Error> {
        let mut given = image.map(Given::from).unwrap_or_default();
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
    if let Some(lazy) = Lazy::new(checked, last, options, target, unit)? {
        let (frames, report) = lazy.run(checked, options, watch)?;
        return save(
            checked,
            target,
            log,
            unit,
            &lazy.meta.channels,
            frames,
            unit.group.notes.clone(),
            report,
        );
    }
    // A pipeline that makes its images itself is run on none.
    let (image, noted) = match unit.group.is_none() {
        true => (None, Vec::new()),
        false => unit.group.read_noted().map(|(image, notes)| (Some(image), notes))?,
    };
    let read_notes = [unit.group.notes.clone(), noted].concat();
    let image = image.map(|image| spaced(image, &target.spacing)).transpose()?;
    let given = last.given(checked, image.as_ref(), &target.out, &unit.more)?;
    match &unit.more.task {
        Task::Run => {}
        Task::Gather { step } => {
            return over::gather(checked, options, target, unit, (last, &given, *step), watch);
        }
        Task::Reduce { step, members } => {
            return over::reduce(checked, options, target, unit, members, (last, given, *step), watch);
        }
    }
    let wanted = wanted(checked);
    let needed = (!given.made.is_empty()).then_some(wanted.as_slice());
    let plan = last.plan(checked, given.meta(), needed, options)?;
    let (frames, report) = run_for(checked, plan, &given, options, watch, &wanted)?;
    let frames = frames.into_iter().map(|frames| frames.map(items)).collect();
    let channels = image.as_ref().map_or(&[][..], Image::channels);
    save(checked, target, log, unit, channels, frames, read_notes, report)
}

/// The outputs of an image of a run: those that are kept, but for values of a group, which are saved once; and numbers.
fn wanted(checked: &Checked) -> Vec<Origin> {
    let mut wanted: Vec<Origin> = checked.kept().into_iter().filter(|o| !checked.is_over(*o)).collect();
    wanted.extend(checked.numbers().into_iter().filter(|n| !wanted.contains(n)).collect::<Vec<_>>());
    wanted
}

/// An image that is not read whole, as it would not fit into memory.
struct Lazy {
    plan: Plan,
    inputs: Vec<Frames<Item>>,
    meta: ImageMeta,
}

/// Files of so many bytes are planned before they are read.
const LARGE: u64 = 64 << 20;

impl Lazy {
    /// None where the image is run in memory.
    fn new(
        checked: &Checked,
        last: &mut Last,
        options: &Options,
        target: &Target,
        unit: &Unit,
    ) -> Result<Option<Lazy>, Error> {
        let plain = matches!(unit.more.task, Task::Run) && unit.more.made.is_empty() && !unit.group.is_none();
        if !plain || (options.memory.is_none() && unit.group.file_bytes() < LARGE) {
            return Ok(None);
        }
        let mut meta = unit.group.meta()?;
        let given = spacing(&target.spacing, meta.volume.ndim)?;
        meta.volume.spacing = given.or(meta.volume.spacing);
        let others = last.others(&unit.more)?;
        let flows = std::iter::once(FlowMeta::of_image(&meta)).chain(others.iter().map(FlowMeta::of_frames));
        let all = GivenMeta { inputs: flows.collect(), made: Vec::new() };
        let options =
            Options { scratch: options.scratch.clone().or(Some(target.out.clone())), ..options.clone() };
        let plan = plan_given(checked, &all, None, &options).map_err(first)?;
        if plan.parts.is_none() {
            return Ok(None);
        }
        let mut image = unit.group.sources()?;
        for item in &mut image.items {
            if let (Item::Volume(source), Some(_)) = (&*item, given) {
                *item = Item::Volume(Arc::new(Spaced::new(source.clone(), given)));
            }
        }
        let inputs = std::iter::once(image).chain(others.into_iter().map(items)).collect();
        Ok(Some(Lazy { plan, inputs, meta }))
    }

    fn run(&self, checked: &Checked, options: &Options, watch: &Watch) -> Result<Wanted, Error> {
        let values = self.inputs.iter().enumerate().map(|(i, frames)| (Origin::Input(i), frames.clone()));
        let start = Begin { values: values.collect(), may_end: true, ..Begin::default() };
        run_in_parts(&checked.steps, &self.plan, start, options, watch, &wanted(checked))
    }
}

/// Writes what is kept of an image, and then its rows to the log. Where something cannot be written, what was is removed.
#[allow(clippy::too_many_arguments)]
fn save(
    checked: &Checked,
    target: &Target,
    log: &mut Option<Log>,
    unit: &Unit,
    channels: &[String],
    frames: Vec<Option<Frames<Item>>>,
    read_notes: Vec<String>,
    report: Report,
) -> Result<(Written, Report), Error> {
    let wanted = wanted(checked);
    let numbers = checked.numbers();
    let value = |origin: &Origin| wanted.iter().position(|w| w == origin).and_then(|i| frames[i].as_ref());
    let kept = wanted.iter().filter(|o| checked.kept().contains(o));
    let kept: Vec<(Origin, &Frames<Item>)> = kept.filter_map(|o| Some((*o, value(o)?))).collect();
    let (objects, median_area) = objects(kept.iter().map(|(_, frames)| *frames))?.unzip();
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
        skipped: report.skipped.clone(),
        ..Head::default()
    };
    for origin in &numbers {
        let name = checked.output_name(*origin);
        let frames = value(origin).map(in_memory).transpose()?;
        head.numbers.extend(frames.into_iter().flat_map(|frames| each_number(&name, &frames)));
    }
    let files = names::files(checked);
    let mut tables: Vec<Table> = Vec::new();
    let written = kept.iter().try_for_each(|(origin, frames)| {
        let name = checked.output_name(*origin);
        if frames.items.iter().all(|item| matches!(item, Item::Fixed(_))) {
            let table = in_memory(frames)?.to_table(name.rsplit('.').next().unwrap_or(&name));
            if let Some(table) = table.filter(|_| !numbers.contains(origin)) {
                let table = table?;
                let channel = channel(checked, *origin, &unit.group, channels);
                head.tables.push(Section::of(&name, channel, &table));
                tables.push(table);
                return Ok(());
            }
            if numbers.contains(origin) {
                return Ok(());
            }
        }
        let file = files.iter().find(|(o, _)| o == origin).map_or(&name, |(_, file)| file);
        let kind = frames.items.first().map(|item| item.meta().kind());
        let extension = io::extension(kind.unwrap_or(DatumKind::Image), target.format)?;
        let path = target.out.join(format!("{}/{file}.{extension}", unit.image));
        let paths = match kind {
            Some(DatumKind::Role(_)) => io::write_roles(&path, &in_memory(frames)?)?,
            _ => {
                write_frames(&path, frames, &target.write)?;
                vec![path]
            }
        };
        for path in paths {
            let bytes = std::fs::metadata(&path).map_or(0, |m| m.len());
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            head.outputs.push((format!("{}/{name}", unit.image), bytes));
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
    let skipped = report.skipped.clone();
    let (seconds, read_notes) = (head.seconds, head.read_notes);
    Ok((Written { objects, median_area, seconds, outputs, skipped, read_notes, log, place }, report))
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
fn channel(checked: &Checked, origin: Origin, group: &Group, own: &[String]) -> Option<String> {
    let Origin::Step { step, .. } = origin else { return None };
    let mut channels = channels_read(checked, step);
    // Files with colors have more channels than the site's files.
    let names = if own.len() > group.channels.len() { own } else { &group.channels };
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
fn objects<'f>(
    kept: impl DoubleEndedIterator<Item = &'f Frames<Item>> + Clone,
) -> Result<Option<(usize, f64)>, Error> {
    let areas = |frames: &Frames<Item>| {
        let tables = frames.items.iter().all(|item| matches!(item, Item::Fixed(_)));
        let table = if tables { in_memory(frames).ok()?.to_table("")?.ok()? } else { return None };
        table.column("area")?.to_f64()
    };
    let mut found = kept.clone().find_map(areas);
    let mut labels = kept.rev();
    while let (None, Some(frames)) = (&found, labels.next()) {
        found = label_areas(frames)?;
    }
    let Some(mut areas) = found else { return Ok(None) };
    areas.sort_by(f64::total_cmp);
    Ok(Some((areas.len(), super::tables::median(&areas))))
}

/// Pixels of every label; none of what is not labels.
fn label_areas(frames: &Frames<Item>) -> Result<Option<Vec<f64>>, Error> {
    let mut areas = Vec::new();
    for item in &frames.items {
        let Item::Volume(source) = item else { return Ok(None) };
        if source.meta().kind != Kind::Labels {
            return Ok(None);
        }
        let mut counts: BTreeMap<u32, f64> = BTreeMap::new();
        for block in store::blocks(&**source) {
            let part = source.read(block)?;
            for run in part.as_slice::<u32>().unwrap_or_default().chunk_by(|a, b| a == b) {
                if run[0] > 0 {
                    *counts.entry(run[0]).or_default() += run.len() as f64;
                }
            }
        }
        areas.extend(counts.into_values());
    }
    Ok(Some(areas))
}

/// Writes an image, block by block where it is not in memory.
fn write_frames(path: &Path, frames: &Frames<Item>, options: &WriteOptions) -> Result<(), Error> {
    let held = |item: &Item| match item {
        Item::Volume(source) => source.held().is_some(),
        Item::Rgb(planes) => planes.iter().all(|source| source.held().is_some()),
        Item::Fixed(_) => false,
    };
    let mixed = || Error::new(Code::Internal, "images and tables in one output");
    let is_tiff = path.extension().is_some_and(|e| e == Format::Tiff.extension());
    if !is_tiff || frames.items.iter().all(held) {
        let image = in_memory(frames)?.to_image().ok_or_else(mixed)??;
        return io::write_image_with(path, &image, options);
    }
    let mut sources: Vec<Vec<&dyn Source>> = Vec::new();
    for item in &frames.items {
        sources.push(match item {
            Item::Volume(source) => vec![&**source],
            Item::Rgb(planes) => planes.iter().map(|source| &**source).collect(),
            Item::Fixed(_) => return Err(mixed()),
        });
    }
    let colours = sources.first().map_or(1, Vec::len);
    let rgb = colours == 3;
    let volume = sources.first().and_then(|planes| planes.first()).ok_or_else(mixed)?.meta().clone();
    let meta = ImageMeta {
        volume,
        t: frames.t,
        c: frames.c * colours,
        has_t: frames.has_t,
        has_c: frames.has_c || rgb,
        channels: if rgb && frames.c == 1 { io::rgb_names() } else { frames.channels.clone() },
    };
    let mut writer = ImageWriter::new(path, &meta, options)?;
    for (i, planes) in sources.iter().enumerate() {
        let (t, c) = (i / frames.c, i % frames.c * colours);
        for block in store::blocks(planes[0]) {
            let volumes = planes.iter().map(|source| source.read(block.clone()));
            let volumes = volumes.collect::<Result<Vec<_>, Error>>()?;
            writer.write(Start { t, c, z: block[0].start, y: block[1].start }, &volumes)?;
        }
    }
    writer.finish()
}
