//! Writes what is kept of an image, and then its row.

use super::journal::{Head, Log, Section};
use super::names;
use super::task::{Target, Unit};
use crate::execute::{Report, Written, in_memory};
use crate::io::{self, Format, Group, ImageWriter, Start, WriteOptions};
use crate::store::{self, Item, Source};
use rotifer_registry::op::DatumKind;
use rotifer_registry::pipeline::{ChannelSelector, Checked, Origin};
use rotifer_registry::wire::wrong;
use rotifer_registry::{Code, Error, Frames, ImageMeta, Kind, Table};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

/// The outputs of an image of a run: those that are kept, but for values of a group, which are saved once; and numbers.
pub fn wanted(checked: &Checked) -> Vec<Origin> {
    let mut wanted: Vec<Origin> = checked.kept().into_iter().filter(|o| !checked.is_over(*o)).collect();
    wanted.extend(checked.numbers().into_iter().filter(|n| !wanted.contains(n)).collect::<Vec<_>>());
    wanted
}

/// Writes what is kept of an image, and then its rows to the log. Where something cannot be written, what was is removed.
#[allow(clippy::too_many_arguments)]
pub fn save(
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
pub fn remove(out: &Path, image: &str, outputs: &[(String, u64)]) {
    for (file, _) in outputs {
        let _ = std::fs::remove_file(out.join(file));
    }
    let _ = std::fs::remove_dir(out.join(image));
}

/// A number for each frame: `name`, or `name[c=DNA]` and `name[t=3]` where the image has those axes.
fn each_number(name: &str, frames: &Frames) -> Vec<(String, f64)> {
    let numbers = frames.numbers().unwrap_or_default();
    let named = |(i, x): (usize, f64)| {
        let (t, c) = (i / frames.axes.c.max(1), i % frames.axes.c.max(1));
        let channel = frames.axes.channels.get(c).cloned().unwrap_or_else(|| c.to_string());
        let axes: Vec<String> =
            [(frames.axes.has_t, format!("t={t}")), (frames.axes.has_c, format!("c={channel}"))]
                .into_iter()
                .filter_map(|(has, axis)| has.then_some(axis))
                .collect();
        (if axes.is_empty() { name.to_string() } else { format!("{name}[{}]", axes.join(",")) }, x)
    };
    numbers.into_iter().enumerate().map(named).collect()
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
    let mut axes = frames.axes.clone();
    if rgb {
        axes.spread_rgb();
    }
    let meta = ImageMeta { volume, axes };
    let mut writer = ImageWriter::new(path, &meta, options)?;
    for (i, planes) in sources.iter().enumerate() {
        let (t, c) = (i / frames.axes.c, i % frames.axes.c * colours);
        for block in store::blocks(planes[0]) {
            let volumes = planes.iter().map(|source| source.read(block.clone()));
            let volumes = volumes.collect::<Result<Vec<_>, Error>>()?;
            writer.write(Start { t, c, z: block[0].start, y: block[1].start }, &volumes)?;
        }
    }
    writer.finish()
}
