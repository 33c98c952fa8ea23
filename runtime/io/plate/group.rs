//! Images from the rows of a site table: the planes of one field of view together.

use super::{Row, Site, Status, Table, path};
use crate::execute::store::{InFile, Item, Source};
use crate::io::part::read_one;
use crate::io::{Part, file_error, read_meta, read_noted, read_part_meta};
use rotifer_registry::wire::fnv;
use rotifer_registry::{Code, Error, Frames, Image, ImageMeta, Spacing, SpacingSource, Volume, VolumeMeta};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What becomes of a site that lacks planes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Missing {
    /// It fails by name, and the others run.
    #[default]
    Error,
    /// It is left out, by name.
    Skip,
    /// Planes of zeros take their places, by name.
    Blank,
}

impl Missing {
    pub const NAMES: [&str; 3] = ["error", "skip", "blank"];

    pub fn parse(text: &str) -> Option<Missing> {
        let all = [Missing::Error, Missing::Skip, Missing::Blank];
        Missing::NAMES.iter().zip(all).find(|(name, _)| **name == text).map(|(_, missing)| missing)
    }
}

/// The files of one field of view: one image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub site: Site,
    /// Names of the channels, in order; none where nothing tells a channel.
    pub channels: Vec<String>,
    /// What is to be said of this image.
    pub notes: Vec<String>,
    /// Position of the stage along x, y and z in µm, y downwards as in the image.
    pub stage: [Option<f64>; 3],
    /// Pixel size along x, y and z in µm, as the index or table says; that of the files comes before it.
    pub pixel: [Option<f64>; 3],
    /// Its values in the columns of the site table that have no meaning of their own. They stay with who reads the table.
    #[serde(skip)]
    pub more: Vec<(String, String)>,
    stem: String,
    #[serde(with = "path")]
    files: Vec<PathBuf>,
    /// In t, channel, z order, z fastest; `None` is a plane of zeros.
    planes: Vec<Option<Plane>>,
    t: Option<usize>,
    z: Option<usize>,
    failure: Option<Box<Failure>>,
}

/// What a file gives to an image.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Plane {
    /// Index in the files.
    file: usize,
    series: Option<u32>,
    page: Option<u32>,
}

impl Plane {
    /// The series, where one is named.
    fn part(&self) -> Option<Part> {
        self.series.map(|series| Part { series: series as usize, level: 0 })
    }
}

/// Why a site is no image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Failure {
    code: Code,
    message: String,
    help: Option<String>,
}

/// The images of a table, and what is to be said of those that are none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grouped {
    pub groups: Vec<Group>,
    pub notes: Vec<String>,
}

/// Gives every row that tells a channel the index of it, from 0, in the order of the table: by its numbers, else by
/// its names, numbers among them by value.
pub(super) fn number_channels(rows: &mut [Row]) {
    let told = |row: &&Row| row.c.is_some() || row.channel.is_some();
    let by_number = rows.iter().filter(told).all(|row| row.c.is_some());
    type Key = (u64, Option<String>);
    let key = |row: &Row| -> Option<Key> {
        match (row.c, &row.channel) {
            (Some(c), _) if by_number => Some((c.into(), None)),
            (_, Some(name)) => Some((name.parse().unwrap_or(u64::MAX), Some(name.clone()))),
            (Some(c), None) => Some((c.into(), Some(c.to_string()))),
            (None, None) => None,
        }
    };
    let keys: BTreeSet<Key> = rows.iter().filter_map(key).collect();
    let index: HashMap<Key, u32> = keys.into_iter().zip(0..).collect();
    for row in rows {
        row.c = key(row).and_then(|key| index.get(&key).copied());
    }
}

/// Puts the rows of each site together. Sites are in order of plate, well and field, after the images that have none.
///
/// Every site has all channels of the table, and every z at each of its times; `missing` says what becomes of one that
/// has not. A channel with one plane at every site, beside channels with stacks, stands at each z.
pub fn groups(table: Table, missing: Missing) -> Grouped {
    let Table { mut rows, notes } = table;
    let mut grouped = Grouped { notes, groups: Vec::new() };
    let mut left_out: BTreeMap<String, usize> = BTreeMap::new();
    rows.retain(|row| match &row.status {
        Status::LeftOut(why) => {
            *left_out.entry(why.clone()).or_default() += 1;
            false
        }
        _ => true,
    });
    rows.shrink_to_fit();
    grouped.notes.extend(left_out.iter().map(|(why, n)| format!("rows left out as `{why}`: {n}")));
    // Where none tells a channel, or the channels have their indices, rows are taken as they are.
    let plain = |row: &Row| row.c.is_none() && row.channel.is_none();
    let indices: BTreeSet<u32> = rows.iter().filter_map(|row| row.c).collect();
    let has_indices = indices.last().is_none_or(|last| *last as usize + 1 == indices.len());
    if !has_indices || rows.iter().any(|row| row.c.is_none() && !plain(row)) {
        number_channels(&mut rows);
    }
    let names = channel_names(rows.iter());
    // There may be very many rows: they stay where they lie, and each goes when its image is made.
    let mut order: Vec<u32> = (0..rows.len() as u32).collect();
    order.sort_by(|a, b| {
        let (a, b) = (&rows[*a as usize], &rows[*b as usize]);
        match (a.is_alone(), b.is_alone()) {
            (false, false) => a.site.order(&b.site),
            (a, b) => b.cmp(&a),
        }
    });
    let together = |a: &u32, b: &u32| {
        let (a, b) = (&rows[*a as usize], &rows[*b as usize]);
        !a.is_alone() && a.site == b.site
    };
    let sites: Vec<&[u32]> = order.chunk_by(together).collect();
    let of_site = |site: &[u32]| site.iter().map(|i| &rows[*i as usize]).collect::<Vec<_>>();
    let is_alone = |site: &[u32]| rows[site[0] as usize].is_alone();
    let plan = Plan::new(names, rows.iter(), |c| {
        sites.iter().any(|site| !is_alone(site) && depth(of_site(site), c) > 1)
    });
    for (name, deep) in plan.names.iter().zip(&plan.deep) {
        if !deep && plan.deep.contains(&true) {
            grouped
                .notes
                .push(format!("channel {name} has one plane: it stands at each z of the other channels"));
        }
    }
    grouped.groups.reserve_exact(sites.len());
    let none = Plan::default();
    for site in sites {
        let of_site: Vec<Row> = site.iter().map(|i| std::mem::take(&mut rows[*i as usize])).collect();
        let plan = if of_site[0].is_alone() { &none } else { &plan };
        grouped.groups.extend(image(of_site.iter().collect(), plan, missing, &mut grouped.notes));
    }
    drop(rows);
    name(&mut grouped.groups);
    grouped
}

/// The channels' names: the first that a row gives, else the index.
fn channel_names<'a>(rows: impl Iterator<Item = &'a Row> + Clone) -> Vec<String> {
    let count = rows.clone().filter_map(|row| row.c).max().map_or(0, |c| c as usize + 1);
    let name = |c: usize| {
        let mut of_channel = rows.clone().filter(|row| row.c == Some(c as u32));
        of_channel.find_map(|row| row.channel.clone()).unwrap_or_else(|| c.to_string())
    };
    (0..count).map(name).collect()
}

/// A plate, and which of its measurements.
type Measured = (Option<String>, Option<u32>);

/// The channels of a table.
#[derive(Default)]
struct Plan {
    names: Vec<String>,
    /// Whether the channel has a stack anywhere.
    deep: Vec<bool>,
    /// Of each plate and measurement, the times and planes that any of its sites has.
    seen: HashMap<Measured, [BTreeSet<u32>; 2]>,
}

impl Plan {
    /// `deep` says whether a channel has a stack at any site.
    fn new<'a>(
        names: Vec<String>,
        rows: impl Iterator<Item = &'a Row>,
        deep: impl Fn(Option<u32>) -> bool,
    ) -> Plan {
        let deep = (0..names.len()).map(|c| deep(Some(c as u32))).collect();
        let mut seen: HashMap<Measured, [BTreeSet<u32>; 2]> = HashMap::new();
        for row in rows.filter(|row| row.t.is_some() || row.z.is_some()) {
            let [times, planes] = seen.entry(plate(&row.site)).or_default();
            times.extend(row.t);
            planes.extend(row.z);
        }
        Plan { names, deep, seen }
    }

    /// Adds to the times (0) or planes (1) of a site those between them that other sites of its plate have: a site may
    /// have fewer than others, but none in the middle.
    fn complete(&self, site: Option<&Site>, axis: usize, own: &mut Vec<Option<u32>>) {
        let ends = own.iter().flatten().min().copied().zip(own.iter().flatten().max().copied());
        let seen = site.and_then(|site| self.seen.get(&plate(site)));
        if let (Some((first, last)), Some(seen)) = (ends, seen) {
            own.extend(seen[axis].range(first..=last).map(|n| Some(*n)));
            own.sort_unstable();
            own.dedup();
        }
    }
}

fn plate(site: &Site) -> Measured {
    (site.plate.clone(), site.acquisition)
}

/// The most planes that a channel has at one time.
fn depth<'a>(rows: impl IntoIterator<Item = &'a Row>, c: Option<u32>) -> usize {
    let mut planes: HashMap<Option<u32>, BTreeSet<Option<u32>>> = HashMap::new();
    for row in rows.into_iter().filter(|row| row.c == c) {
        planes.entry(row.t).or_default().insert(row.z);
    }
    planes.values().map(BTreeSet::len).max().unwrap_or(0)
}

fn distinct<T: Ord>(of: impl Iterator<Item = T>) -> Vec<T> {
    of.collect::<BTreeSet<T>>().into_iter().collect()
}

/// t, channel and z of a plane.
type Cell = (Option<u32>, Option<u32>, Option<u32>);

/// The planes that a site has or should have.
struct Cells {
    channels: Vec<Option<u32>>,
    times: Vec<Option<u32>>,
    planes: Vec<Option<u32>>,
    /// Whether a site without channels has a stack.
    bare_stack: bool,
}

impl Cells {
    /// Of rows that all tell a channel, or of which none does.
    fn new(rows: &[&Row], plan: &Plan) -> Cells {
        let has_channel = rows.iter().any(|row| row.c.is_some());
        let channels =
            if has_channel { (0..plan.names.len() as u32).map(Some).collect() } else { vec![None] };
        let site = rows.first().map(|row| &row.site);
        let mut times = distinct(rows.iter().map(|row| row.t));
        plan.complete(site, 0, &mut times);
        let bare_stack = !has_channel && depth(rows.iter().copied(), None) > 1;
        let mut cells = Cells { channels, times, planes: Vec::new(), bare_stack };
        cells.planes = distinct(rows.iter().filter(|row| cells.deep(plan, row.c)).map(|row| row.z));
        plan.complete(site, 1, &mut cells.planes);
        if cells.planes.is_empty() {
            cells.planes = vec![None];
        }
        cells
    }

    /// Whether a channel has a stack, so that its z counts.
    fn deep(&self, plan: &Plan, c: Option<u32>) -> bool {
        c.map_or(self.bare_stack, |c| plan.deep[c as usize])
    }

    /// The row of each plane, those that are there first, and two rows of one plane.
    fn index<'a>(&self, rows: &[&'a Row], plan: &Plan) -> (HashMap<Cell, &'a Row>, Option<[&'a Row; 2]>) {
        let mut index: HashMap<Cell, &Row> = HashMap::new();
        let mut twice = None;
        for &row in rows {
            let cell = (row.t, row.c, row.z.filter(|_| self.deep(plan, row.c)));
            match index.get(&cell) {
                Some(other) if other.status == Status::Ok => {
                    if row.status == Status::Ok {
                        twice.get_or_insert([*other, row]);
                    }
                }
                _ => _ = index.insert(cell, row),
            }
        }
        (index, twice)
    }
}

/// Rows for the planes that sites lack and no row stands for.
pub(super) fn absent(rows: &[Row]) -> Vec<Row> {
    let told = |row: &&Row| !matches!(row.status, Status::LeftOut(_));
    let mut sites: HashMap<&Site, Vec<&Row>> = HashMap::new();
    for row in rows.iter().filter(told).filter(|row| !row.is_alone()) {
        sites.entry(&row.site).or_default().push(row);
    }
    let deep = |c| sites.values().any(|rows| depth(rows.iter().copied(), c) > 1);
    let names = channel_names(rows.iter().filter(told));
    let plan = Plan::new(names, rows.iter().filter(told), deep);
    let mut absent = Vec::new();
    for (site, mut rows) in sites {
        rows.retain(|row| row.c.is_some());
        if rows.is_empty() {
            continue;
        }
        let cells = Cells::new(&rows, &plan);
        let (index, _) = cells.index(&rows, &plan);
        for &t in &cells.times {
            for &c in &cells.channels {
                for (i, &z) in cells.planes.iter().enumerate() {
                    let deep = cells.deep(&plan, c);
                    if (deep || i == 0) && !index.contains_key(&(t, c, z.filter(|_| deep))) {
                        let channel = c.map(|c| plan.names[c as usize].clone());
                        let z = z.filter(|_| deep);
                        let site = site.clone();
                        absent.push(Row {
                            site,
                            t,
                            c,
                            z,
                            channel,
                            status: Status::Missing,
                            ..Row::default()
                        });
                    }
                }
            }
        }
    }
    absent.sort_by(|a, b| a.site.order(&b.site).then((a.t, a.c, a.z).cmp(&(b.t, b.c, b.z))));
    absent
}

/// The image of a site; `None` where it is left out.
fn image(rows: Vec<&Row>, plan: &Plan, missing: Missing, notes: &mut Vec<String>) -> Option<Group> {
    let site = &rows.first()?.site;
    let has_channel = rows.iter().any(|row| row.c.is_some());
    let mut lacks: Vec<String> = Vec::new();
    // What the instrument says of the site as a whole.
    for row in &rows {
        if let Status::Failed(why) = &row.status
            && (has_channel && row.c.is_none())
        {
            lacks.push(format!("the instrument says: {why}"));
        }
    }
    let rows: Vec<&Row> = rows.into_iter().filter(|row| row.c.is_some() || !has_channel).collect();
    let cells = Cells::new(&rows, plan);
    let Cells { channels, times, planes, .. } = &cells;
    let deep = |c: Option<u32>| cells.deep(plan, c);
    let mut group = Group {
        site: site.clone(),
        channels: if has_channel { plan.names.clone() } else { Vec::new() },
        notes: Vec::new(),
        stage: rows.iter().map(|row| row.stage).find(|s| s.iter().any(Option::is_some)).unwrap_or_default(),
        pixel: rows.iter().map(|row| row.pixel).find(|p| p.iter().any(Option::is_some)).unwrap_or_default(),
        more: rows.first().map(|row| row.more.clone()).unwrap_or_default(),
        stem: String::new(),
        files: Vec::new(),
        planes: Vec::new(),
        t: (times.len() > 1).then_some(times.len()),
        z: (planes.len() > 1).then_some(planes.len()),
        failure: None,
    };
    if group.z.is_some() && group.pixel[2].is_none() {
        group.pixel[2] = z_step(&rows, deep);
    }
    let (index, twice) = cells.index(&rows, plan);
    let mut of_path: HashMap<&Path, usize> = HashMap::new();
    for &t in times {
        for &c in channels {
            for &z in planes {
                let row = index.get(&(t, c, z.filter(|_| deep(c))));
                let plane = match row {
                    Some(Row { status: Status::Ok, path: Some(path), series, page, .. }) => {
                        let file = *of_path.entry(path).or_insert_with(|| {
                            group.files.push(path.clone());
                            group.files.len() - 1
                        });
                        Some(Plane { file, series: *series, page: *page })
                    }
                    other => {
                        let name = c.map(|c| plan.names[c as usize].as_str());
                        let place =
                            place(name, t.filter(|_| times.len() > 1), z.filter(|_| planes.len() > 1));
                        let file = other.and_then(|row| row.path.as_ref()?.file_name());
                        let file = file.map_or(String::new(), |f| format!(" ({})", f.to_string_lossy()));
                        lacks.push(match other.map(|row| &row.status) {
                            Some(Status::Failed(why)) => format!("an error of the instrument{place}: {why}"),
                            _ => format!("no file{place}{file}"),
                        });
                        None
                    }
                };
                group.planes.push(plane);
            }
        }
    }
    if let Some([a, b]) = twice {
        let name = |row: &Row| row.path.as_ref().map_or(String::new(), |p| p.display().to_string());
        let message =
            format!("{}: {} and {} are of the same channel, t and z", site.name(), name(a), name(b));
        let help = "tell them apart with --pattern, or take each file as an image with --no-group";
        group.failure = Some(Box::new(Failure { code: Code::File, message, help: Some(help.into()) }));
    } else if !lacks.is_empty() {
        let more = if lacks.len() > 3 { format!(" and {} more", lacks.len() - 3) } else { String::new() };
        let what = format!("{} has {}{more}", site.name(), lacks[..lacks.len().min(3)].join(", "));
        match missing {
            Missing::Skip => {
                notes.push(format!("{what}: left out"));
                return None;
            }
            Missing::Blank if group.planes.iter().any(Option::is_some) => {
                let note = format!("{what}: zeros stand for it");
                notes.push(note.clone());
                group.notes.push(note);
            }
            _ => {
                let help = "add the file, or choose --missing skip or --missing blank";
                let failure = Failure { code: Code::MissingChannel, message: what, help: Some(help.into()) };
                group.failure = Some(Box::new(failure));
            }
        }
    }
    group.stem = group.common_stem();
    // Most images have one file, and there may be very many.
    group.files.shrink_to_fit();
    group.planes.shrink_to_fit();
    Some(group)
}

/// ` of channel 2 at t 1 at z 3`.
fn place(channel: Option<&str>, t: Option<u32>, z: Option<u32>) -> String {
    let mut text = channel.map_or(String::new(), |name| format!(" of channel {name}"));
    for (name, n) in [("t", t), ("z", z)] {
        if let Some(n) = n {
            text += &format!(" at {name} {n}");
        }
    }
    text
}

/// The step between planes: the median of the differences of the stage along z.
fn z_step(rows: &[&Row], deep: impl Fn(Option<u32>) -> bool) -> Option<f64> {
    let first = rows.iter().find(|row| deep(row.c) && row.stage[2].is_some())?;
    let of_stack = rows.iter().filter(|row| (row.c, row.t) == (first.c, first.t));
    let mut stack: Vec<(Option<u32>, f64)> =
        of_stack.filter_map(|row| Some((row.z, row.stage[2]?))).collect();
    stack.sort_by_key(|(z, _)| *z);
    let mut steps: Vec<f64> = stack.windows(2).map(|pair| (pair[1].1 - pair[0].1).abs()).collect();
    steps.sort_by(f64::total_cmp);
    let step = *steps.get(steps.len() / 2)?;
    // Differences of decimals: 0.1 µm is not 0.09999999999990905.
    let step = (step * 1e6).round() / 1e6;
    (step > 0.0).then_some(step)
}

/// Names for the outputs. Where what the files have in common is common to several sites, the site is the name.
fn name(groups: &mut [Group]) {
    // Numbers in place of names: there may be very many.
    let key = |group: &Group| fnv(group.stem.to_lowercase().as_bytes());
    let mut times: HashMap<u64, u32> = HashMap::new();
    for group in groups.iter() {
        *times.entry(key(group)).or_default() += 1;
    }
    for group in groups {
        let Site { plate, well, field, acquisition } = &group.site;
        let known = well.is_some() || field.is_some();
        let part = group.files.is_empty() || (group.files.len() == 1 && group.planes.len() > 1);
        if known && (part || times[&key(group)] > 1) {
            let number = |letter: char, n: &Option<u32>| n.map(|n| format!("{letter}{n}"));
            let parts = [plate.clone(), number('m', acquisition), well.clone(), number('f', field)]
                .into_iter()
                .flatten();
            let stem = parts.collect::<Vec<_>>().join("_");
            group.stem = stem.replace(['/', '\\', ':', '*', '?', '"', '<', '>', '|'], "_");
        }
    }
}

impl Group {
    /// No image: a pipeline that makes its images itself runs on it. `name` is that of its results.
    pub fn none(name: &str) -> Group {
        Group {
            site: Site::default(),
            channels: Vec::new(),
            notes: Vec::new(),
            stage: [None; 3],
            pixel: [None; 3],
            more: Vec::new(),
            stem: name.into(),
            files: Vec::new(),
            planes: Vec::new(),
            t: None,
            z: None,
            failure: None,
        }
    }

    /// Whether it is [`Group::none`].
    pub fn is_none(&self) -> bool {
        self.files.is_empty() && self.planes.is_empty() && self.failure.is_none()
    }

    /// The files, in the order in which the image takes them, each once.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Why this site is no image; reading it gives the same.
    pub fn error(&self) -> Option<Error> {
        let failure = self.failure.as_ref()?;
        let error = Error::new(failure.code, failure.message.clone());
        Some(match &failure.help {
            Some(help) => error.help(help),
            None => error,
        })
    }

    /// Whether the image is one whole file and nothing else is known of it.
    pub fn is_file(&self) -> bool {
        let whole = matches!(self.planes.as_slice(), [Some(Plane { series: None, page: None, .. })]);
        // The name of a file travels to a worker as text.
        let text = self.files.iter().all(|file| file.to_str().is_some());
        whole && text && self.channels.is_empty() && self.pixel == [None; 3] && self.failure.is_none()
    }

    /// A name for outputs: the file's own, or, of several, what their names have in common at the beginning.
    pub fn stem(&self) -> String {
        self.stem.clone()
    }

    fn common_stem(&self) -> String {
        let stems: Vec<String> =
            self.files.iter().filter_map(|f| Some(f.file_stem()?.to_string_lossy().into_owned())).collect();
        let Some(first) = stems.first() else { return "image".into() };
        if stems.len() == 1 {
            let series = self.planes.iter().flatten().next().and_then(|plane| plane.series);
            return series.map_or(first.clone(), |series| format!("{first}_series{series}"));
        }
        let same =
            |n: &usize| first.is_char_boundary(*n) && stems.iter().all(|s| s.starts_with(&first[..*n]));
        let common = &first[..(0..=first.len()).rev().find(same).unwrap_or(0)];
        // Without a number that goes on, and without the letters that announce a channel or plane.
        let goes_on = stems.iter().any(|s| s[common.len()..].starts_with(|c: char| c.is_ascii_digit()));
        let whole = if goes_on { common.trim_end_matches(|c: char| c.is_ascii_digit()) } else { common };
        let cut = whole.trim_end_matches(|c: char| !c.is_ascii_digit());
        let stem = if cut.is_empty() { common.trim_end_matches(['_', '-', ' ', '.']) } else { cut };
        if stem.is_empty() { first.clone() } else { stem.into() }
    }

    /// Reads the files into one image, with a channel axis where there are several channels.
    pub fn read(&self) -> Result<Image, Error> {
        self.read_noted().map(|(image, _)| image)
    }

    /// [`Group::read`], and what a user should know of how the files were read, each note once.
    pub fn read_noted(&self) -> Result<(Image, Vec<String>), Error> {
        let mut notes = Vec::new();
        let image = self.read_to(&mut notes)?;
        Ok((image, notes))
    }

    fn read_to(&self, notes: &mut Vec<String>) -> Result<Image, Error> {
        if let Some(error) = self.error() {
            return Err(error);
        }
        if let [Some(plane)] = self.planes.as_slice() {
            let image = self.read_plane(plane, notes)?;
            let image = if image.c() == 1 { image.with_channels(self.channels.clone()) } else { image };
            return self.spaced(image);
        }
        let mut planes: Vec<Option<Vec<Volume>>> = Vec::with_capacity(self.planes.len());
        let mut first: Option<VolumeMeta> = None;
        // How many channels the files of each channel have, and their names.
        let mut own: Vec<Vec<String>> = vec![Vec::new(); self.channels.len().max(1)];
        for (i, plane) in self.planes.iter().enumerate() {
            let Some(plane) = plane else {
                planes.push(None);
                continue;
            };
            // A plane that stands at each z is read once.
            if let Some(before) = i.checked_sub(1)
                && self.planes[before].as_ref() == Some(plane)
            {
                planes.push(planes[before].clone());
                continue;
            }
            let file = &self.files[plane.file];
            let image = self.read_plane(plane, notes)?;
            let channel = i / self.z.unwrap_or(1) % own.len();
            let names = self.names_of(channel, &image.meta(), file)?;
            if own[channel].is_empty() {
                own[channel] = names;
            } else if own[channel].len() != names.len() {
                return Err(own_axes(file));
            }
            for volume in image.volumes() {
                let first = first.get_or_insert_with(|| volume.meta());
                if (first.shape, first.dtype) != (volume.shape(), volume.dtype()) {
                    let form = |shape: [usize; 3], dtype| format!("{shape:?} {dtype}");
                    return Err(file_error(file, "differs from the first file of its site")
                        .value(form(volume.shape(), volume.dtype()))
                        .allowed(form(first.shape, first.dtype)));
                }
            }
            planes.push(Some(image.into_volumes()));
        }
        let first =
            first.ok_or_else(|| Error::new(Code::File, format!("{} has no file", self.site.name())))?;
        let blank = Volume::from_bytes(&first, vec![0; first.bytes()].as_slice())?;
        for (channel, names) in own.iter_mut().enumerate().filter(|(_, names)| names.is_empty()) {
            names.extend(self.channels.get(channel).cloned());
            names.resize(1, String::new());
        }
        let depth = self.z.unwrap_or(1);
        let whole = planes.into_iter().enumerate().flat_map(|(i, volumes)| {
            let count = own[i / depth % own.len()].len();
            volumes.unwrap_or_else(|| vec![blank.clone(); count])
        });
        let planes: Vec<Volume> = whole.collect();
        let volumes = match self.z {
            Some(z) => planes.chunks(z).map(Volume::stack).collect::<Result<_, _>>()?,
            None => planes,
        };
        let c = own.iter().map(Vec::len).sum::<usize>();
        let channels = if c > own.len() { own.concat() } else { self.channels.clone() };
        self.spaced(Image::new(volumes, self.t, (c > 1).then_some(c))?.with_channels(channels))
    }

    /// The names of the channels that a file of a channel has: its own, or one for each color.
    fn names_of(&self, channel: usize, file: &ImageMeta, path: &Path) -> Result<Vec<String>, Error> {
        if file.t != 1 || (file.c != 1 && self.z.is_some()) {
            return Err(own_axes(path));
        }
        let name = self.channels.get(channel).cloned().unwrap_or_default();
        if file.c == 1 {
            return Ok(vec![name]);
        }
        let own = |c: usize| file.channels.get(c).cloned().unwrap_or_else(|| c.to_string());
        Ok((0..file.c).map(|c| format!("{name} {}", own(c)).trim().to_string()).collect())
    }

    /// The names of all channels of several files, channel by channel. Files of a stack have one each.
    fn own_channels(&self) -> Result<Vec<Vec<String>>, Error> {
        let count = self.channels.len().max(1);
        let one = |channel: usize| vec![self.channels.get(channel).cloned().unwrap_or_default()];
        let names = |channel: usize| {
            let mut of_channel = self.planes.iter().skip(channel).step_by(count).flatten();
            match of_channel.next() {
                Some(plane) if self.z.is_none() => {
                    self.names_of(channel, &self.plane_meta(plane)?, &self.files[plane.file])
                }
                _ => Ok(one(channel)),
            }
        };
        (0..count).map(names).collect()
    }

    /// What [`Group::read`] gives, without decoding pixels. Of several files the first one speaks for all.
    pub fn meta(&self) -> Result<ImageMeta, Error> {
        if let Some(error) = self.error() {
            return Err(error);
        }
        let first = self.planes.iter().flatten().next();
        let first =
            first.ok_or_else(|| Error::new(Code::File, format!("{} has no file", self.site.name())))?;
        let mut meta = self.plane_meta(first)?;
        if self.planes.len() == 1 {
            if meta.c == 1 && self.channels.len() == 1 {
                meta.channels = self.channels.clone();
            }
        } else {
            if meta.t != 1 || (meta.c != 1 && self.z.is_some()) {
                return Err(own_axes(&self.files[first.file]));
            }
            let own = self.own_channels()?;
            let c = own.iter().map(Vec::len).sum();
            if let Some(z) = self.z {
                meta.volume.shape[0] *= z;
                meta.volume.ndim = 3;
            }
            (meta.t, meta.has_t) = (self.t.unwrap_or(1), self.t.is_some());
            (meta.c, meta.has_c) = (c, c > 1);
            meta.channels = if c > own.len() { own.concat() } else { self.channels.clone() };
        }
        meta.volume.spacing = self.spacing(&meta.volume);
        Ok(meta)
    }

    /// The image of [`Group::read`], with pixels that are read when they are needed.
    pub fn sources(&self) -> Result<Frames<Item>, Error> {
        let meta = self.meta()?;
        // The channel and the color of each.
        let own = if self.planes.len() > 1 { self.own_channels()? } else { Vec::new() };
        let colors: Vec<(usize, usize)> = own
            .iter()
            .enumerate()
            .flat_map(|(channel, own)| (0..own.len()).map(move |c| (channel, c)))
            .collect();
        let source = |t: usize, c: usize| -> Result<Item, Error> {
            let volume = meta.volume.clone();
            let [Some(plane)] = self.planes.as_slice() else {
                let (channel, color) = colors.get(c).copied().unwrap_or((c, 0));
                let first = (t * own.len().max(1) + channel) * self.z.unwrap_or(1);
                return Ok(Item::Volume(Arc::new(Stack { group: self.clone(), first, color, meta: volume })));
            };
            let path = self.files[plane.file].clone();
            let part = plane.part().unwrap_or_default();
            let at = match plane.page {
                None => (t, c, None),
                Some(page) => {
                    let own = read_part_meta(&path, &part)?;
                    let (t, c, z) = at_page(&own, page, &path)?;
                    (t, c, (own.volume.ndim == 3).then_some(z))
                }
            };
            let (t, c, plane) = at;
            Ok(Item::Volume(Arc::new(InFile { path, part, t, c, plane, meta: volume })))
        };
        let frames = (0..meta.t).flat_map(|t| (0..meta.c).map(move |c| (t, c)));
        let items = frames.map(|(t, c)| source(t, c)).collect::<Result<_, _>>()?;
        let ImageMeta { t, c, has_t, has_c, channels, .. } = meta;
        Ok(Frames { items, t, c, has_t, has_c, channels })
    }

    /// Bytes of the files.
    pub fn file_bytes(&self) -> u64 {
        self.files.iter().filter_map(|file| Some(file.metadata().ok()?.len())).sum()
    }

    fn read_plane(&self, plane: &Plane, notes: &mut Vec<String>) -> Result<Image, Error> {
        let file = &self.files[plane.file];
        let (image, told) = match plane.part() {
            Some(part) => read_one(file, Some(&part))?,
            None => read_noted(file)?,
        };
        for note in told {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        match plane.page {
            None => Ok(image),
            Some(page) => {
                let (t, c, z) = at_page(&image.meta(), page, file)?;
                Ok(Image::from(image.volume(t, c).plane(z)))
            }
        }
    }

    fn plane_meta(&self, plane: &Plane) -> Result<ImageMeta, Error> {
        let file = &self.files[plane.file];
        let mut meta = match plane.part() {
            Some(part) => read_part_meta(file, &part)?,
            None => read_meta(file)?,
        };
        if let Some(page) = plane.page {
            at_page(&meta, page, file)?;
            (meta.volume.shape[0], meta.volume.ndim) = (1, 2);
            meta = ImageMeta { t: 1, c: 1, has_t: false, has_c: false, channels: Vec::new(), ..meta };
        }
        Ok(meta)
    }

    /// The pixel size of the files, else that of the index. Planes that are stacked have no step but the index's.
    fn spacing(&self, volume: &VolumeMeta) -> Option<Spacing> {
        let [x, y, z] = self.pixel;
        let fine = |um: f64| um.is_finite() && um > 0.0;
        let stacked = self.z.is_some();
        let (mut um, source) = match volume.spacing {
            Some(own) => (own.um, own.source),
            None => ([f64::NAN, y.or(x)?, x.or(y)?], SpacingSource::Index),
        };
        if stacked || volume.spacing.is_none() {
            um[0] = match z {
                Some(z) => z,
                None if volume.ndim == 2 => 1.0,
                None => return None,
            };
        }
        um.iter().all(|um| fine(*um)).then_some(Spacing { um, source })
    }

    fn spaced(&self, image: Image) -> Result<Image, Error> {
        let meta = image.meta();
        let spacing = self.spacing(&meta.volume);
        if spacing == meta.volume.spacing {
            return Ok(image);
        }
        let volumes = image.into_volumes().into_iter().map(|v| v.with_spacing(spacing)).collect();
        let (t, c) = (meta.has_t.then_some(meta.t), meta.has_c.then_some(meta.c));
        Ok(Image::new(volumes, t, c)?.with_channels(meta.channels))
    }
}

/// Planes of several files as one volume.
struct Stack {
    group: Group,
    /// Its first plane in the group.
    first: usize,
    /// The channel in its file.
    color: usize,
    meta: VolumeMeta,
}

impl Source for Stack {
    fn meta(&self) -> &VolumeMeta {
        &self.meta
    }

    fn read(&self, [z, y, x]: [Range<usize>; 3]) -> Result<Volume, Error> {
        let [_, height, width] = self.meta.shape;
        let plane = |z: usize| -> Result<Volume, Error> {
            let Some(plane) = &self.group.planes[self.first + z] else {
                let meta = VolumeMeta { shape: [1, height, width], ..self.meta.clone() };
                return Volume::from_bytes(&meta, &vec![0; meta.bytes()]);
            };
            let file = &self.group.files[plane.file];
            let image = self.group.read_plane(plane, &mut Vec::new())?;
            let Some(volume) = image.volumes().get(self.color) else { return Err(own_axes(file)) };
            if (volume.shape(), volume.dtype()) != ([1, height, width], self.meta.dtype) {
                return Err(file_error(file, "differs from the first file of its site")
                    .value(format!("{:?} {}", volume.shape(), volume.dtype()))
                    .allowed(format!("{:?} {}", [1, height, width], self.meta.dtype)));
            }
            Ok(volume.clone())
        };
        // A 2-D image has one plane.
        let planes = z.map(|z| Ok(plane(z)?.cut(1, y.clone()).cut(2, x.clone())));
        let planes = planes.collect::<Result<Vec<_>, Error>>()?;
        let volume = if self.meta.ndim == 3 { Volume::stack(&planes)? } else { planes[0].clone() };
        Ok(volume.with_spacing(self.meta.spacing))
    }
}

/// Where a page of a file is in its image: channels are fastest, then z, then t.
fn at_page(meta: &ImageMeta, page: u32, file: &Path) -> Result<(usize, usize, usize), Error> {
    let (page, z) = (page as usize, meta.volume.shape[0]);
    let count = meta.t * meta.c * z;
    if page >= count {
        return Err(file_error(file, "has no such plane").value(page).allowed(format!("0 to {}", count - 1)));
    }
    Ok((page / (meta.c * z), page % meta.c, page / meta.c % z))
}

fn own_axes(file: &Path) -> Error {
    file_error(file, "has channels or times of its own")
        .help("a file of a site has one time; as many channels as that channel's other files have, and one where files are planes of a stack")
}
