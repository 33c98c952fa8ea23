//! Steps over groups of images. Workers keep what such a step sees of each image in a file; when all of a group are there, a
//! worker makes the step from these files, and what it gives is known for each image of the group. Files are called by
//! keys, so that a run that goes on makes none again.

use super::named::{FIELDS, field};
use super::names::{JOURNAL, plain};
use super::task::Target;
use crate::io::{self, Durability, Group, file_error};
use rotifer_registry::error::suggestion;
use rotifer_registry::pipeline::{Checked, Origin, Over};
use rotifer_registry::wire::{fnv, frames_pixels, get_frames, put_frames, wrong};
use rotifer_registry::{Code, Error, Frames, Volume, VolumeMeta};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A step over groups, and the groups.
pub struct Of {
    pub step: usize,
    pub labels: Vec<String>,
    /// The group of each image.
    pub of_image: Vec<usize>,
    /// Of each image, what the step sees of it; of each group, what the step makes of it.
    pub seen: Vec<u64>,
    pub keys: Vec<u64>,
}

impl Of {
    /// The images of a group, in order.
    pub fn members(&self, group: usize) -> impl Iterator<Item = usize> {
        (0..self.of_image.len()).filter(move |i| self.of_image[*i] == group)
    }
}

/// The groups of all steps that have some, in the order of the steps.
pub struct Groups(pub Vec<Of>);

impl Groups {
    /// `key` is that of an image by itself.
    pub fn new(checked: &Checked, groups: &[Group], key: impl Fn(usize) -> u64) -> Groups {
        let mut all = Groups(Vec::new());
        let over = checked
            .steps
            .iter()
            .enumerate()
            .filter_map(|(i, s)| Some((i, s.step.over.as_ref().filter(|over| over.is_group())?)));
        for (step, over) in over {
            let mut labels: Vec<String> = Vec::new();
            let mut index: HashMap<String, usize> = HashMap::new();
            let of_image = groups.iter().map(|group| {
                let label = label(over, group);
                *index.entry(label.clone()).or_insert_with(|| {
                    labels.push(label);
                    labels.len() - 1
                })
            });
            let of_image: Vec<usize> = of_image.collect();
            let seen = (0..groups.len()).map(|i| mixed(key(i), step, &all.made(i)));
            let seen = seen.collect();
            let mut of = Of { step, of_image, labels, seen, keys: Vec::new() };
            let mut members = vec![Vec::new(); of.labels.len()];
            of.of_image.iter().enumerate().for_each(|(i, group)| members[*group].push((i, of.seen[i])));
            of.keys = members.iter().map(|seen| mixed(0, step, seen)).collect();
            all.0.push(of);
        }
        all
    }

    /// The values that are known of an image, by step and key.
    pub fn made(&self, i: usize) -> Vec<(usize, u64)> {
        self.0.iter().map(|of| (of.step, of.keys[of.of_image[i]])).collect()
    }

    /// The key of an image with all that its groups give to it.
    pub fn key(&self, i: usize, own: u64) -> u64 {
        if self.0.is_empty() { own } else { mixed(own, usize::MAX, &self.made(i)) }
    }
}

fn mixed(own: u64, step: usize, others: &[(usize, u64)]) -> u64 {
    let mut bytes = own.to_le_bytes().to_vec();
    bytes.extend((step as u64).to_le_bytes());
    for (i, key) in others {
        bytes.extend((*i as u64).to_le_bytes());
        bytes.extend(key.to_le_bytes());
    }
    fnv(&bytes).max(1)
}

/// The name of the group that an image is in, and of the folder of what is saved of it.
fn label(over: &Over, group: &Group) -> String {
    let text = match over {
        Over::All | Over::Time => return "all".into(),
        Over::Plate => group.site.plate.clone(),
        Over::Well => {
            let parts = [group.site.plate.clone(), group.site.well.clone()];
            Some(parts.into_iter().flatten().collect::<Vec<_>>().join("_")).filter(|text| !text.is_empty())
        }
        Over::Channel => Some(group.channels.join("+")).filter(|text| !text.is_empty()),
        over => field(group, over.name()),
    };
    plain(&text.map_or(over.name().into(), |text| format!("{}_{text}", over.name())))
}

/// Refuses a step over a column that no image has.
pub fn check(checked: &Checked, groups: &[Group]) -> Result<(), Error> {
    for (i, step) in checked.steps.iter().enumerate() {
        let Some(Over::Column(name)) = &step.step.over else { continue };
        if groups.is_empty() || groups.iter().any(|group| field(group, name).is_some()) {
            continue;
        }
        let mut known: Vec<&str> = ["channel", "all", "time"].into_iter().chain(FIELDS).collect();
        known.extend(groups.iter().flat_map(|group| group.more.iter().map(|(column, _)| column.as_str())));
        known.sort_unstable();
        known.dedup();
        let help = suggestion(name, known.iter().copied()).filter(|help| help.starts_with("did"));
        let help = help.unwrap_or_else(|| "--sites TABLE names a table with that column".into());
        let error = Error::new(Code::UnknownInput, format!("no image has a value in a column `{name}`"));
        return Err(error.step(i).op(&step.step.op).argument("over").allowed(known.join(", ")).help(help));
    }
    Ok(())
}

/// Folder of the files.
pub fn folder(out: &Path) -> PathBuf {
    out.join(JOURNAL).join("over")
}

pub fn file(out: &Path, key: u64) -> PathBuf {
    folder(out).join(format!("{key:016x}"))
}

/// Writes values, their pixels in one piece each.
pub fn store(path: &Path, values: &[Option<Frames>]) -> Result<(), Error> {
    io::write_atomic_with(path, Durability::Fast, |out| {
        for frames in values {
            let mut head = Vec::new();
            frames.iter().for_each(|frames| put_frames(frames, &mut head));
            out.write_all(&[frames.is_some() as u8])?;
            out.write_all(&(head.len() as u64).to_le_bytes())?;
            out.write_all(&head)?;
            frames.iter().flat_map(frames_pixels).try_for_each(|pixels| out.write_all(pixels))?;
        }
        Ok::<(), std::io::Error>(())
    })
}

/// Reads what [`store`] wrote.
pub fn restore(path: &Path) -> Result<Vec<Option<Frames>>, Error> {
    let cut = || wrong(format!("{} is cut off", path.display()));
    let bytes = std::fs::read(path).map_err(|e| file_error(path, "cannot be read").because(&e))?;
    let mut rest = bytes.as_slice();
    let mut values = Vec::new();
    while let Some((there, after)) = rest.split_first() {
        let (length, after) = after.split_first_chunk().ok_or_else(cut)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| cut())?;
        let (head, mut pixels) = after.split_at_checked(length).ok_or_else(cut)?;
        let mut source = |meta: &VolumeMeta| {
            let (own, after) = pixels.split_at_checked(meta.bytes()).ok_or_else(cut)?;
            pixels = after;
            Volume::from_bytes(meta, own)
        };
        values.push(if *there == 1 { Some(get_frames(head, &mut source)?) } else { None });
        rest = pixels;
    }
    Ok(values)
}

/// The values in the file of a group: the outputs of the step, and those of the steps that take nothing else.
pub fn values(checked: &Checked, step: usize) -> Vec<Origin> {
    let outputs = |step: usize| 0..checked.steps[step].entry.spec.outputs.len();
    let steps = checked.of_group(step).into_iter();
    steps.flat_map(|step| outputs(step).map(move |output| Origin::Step { step, output })).collect()
}

/// Those of them that are saved. Numbers are columns of the table of images.
pub fn saved(checked: &Checked, step: usize) -> Vec<Origin> {
    let (kept, numbers) = (checked.kept(), checked.numbers());
    let all = values(checked, step).into_iter();
    all.filter(|origin| kept.contains(origin) && !numbers.contains(origin)).collect()
}

/// The file of a value of a group, below the folder of the results.
pub fn path(checked: &Checked, origin: Origin, label: &str, extension: &str) -> String {
    format!("{label}/{}.{extension}", checked.output_name(origin))
}

/// The files that are saved of all groups.
pub fn saved_files(checked: &Checked, groups: &Groups, target: &Target) -> Vec<String> {
    let mut files = Vec::new();
    for of in &groups.0 {
        for origin in saved(checked, of.step) {
            let Origin::Step { step, output } = origin else { continue };
            let kind = checked.steps[step].entry.spec.outputs[output].kind.kind();
            let Ok(extension) = io::extension(kind, target.format) else { continue };
            files.extend(of.labels.iter().map(|label| path(checked, origin, label, extension)));
        }
    }
    files
}

/// The error of an image whose group lacks another one.
pub fn incomplete(checked: &Checked, step: usize, label: &str, image: &str, error: &Error) -> Error {
    let message = format!("the step is over all images of {label}, and {image} failed: {}", error.message);
    let of_step = &checked.steps[step].step;
    Error::new(Code::Unavailable, message)
        .step(step)
        .op(&of_step.op)
        .argument("over")
        .help("mend that image, or leave it out")
}
