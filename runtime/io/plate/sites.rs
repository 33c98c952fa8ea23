//! Makes the site table of files: from index files, else from names.

use super::index::{self, Indexed};
use super::names::{self, RULES};
use super::{Group, Grouped, Missing, Pattern, Row, Site, Status, Table, groups, imagexpress, unread};
use crate::io::inputs::{self, Unit};
use crate::io::{PartInfo, file_error, parts};
use rayon::prelude::*;
use rotifer_registry::{Code, Error};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// How files become sites.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// In place of the rules of instruments and of index files.
    pub pattern: Option<Pattern>,
    /// Each file is an image of its own.
    pub no_group: bool,
    /// Files of which nothing tells a site are an error.
    pub strict: bool,
}

/// The site table of files, folders and patterns.
///
/// Index files come first. Where there is none the names vote: of those that fit any rule, 95 % fit the same one. Files
/// whose names fit no rule are images of their own. Names that fit a rule by chance, so that no site has two files and
/// the channels differ, are so too.
pub fn sites(inputs: &[impl AsRef<OsStr>], choice: &Choice) -> Result<Table, Vec<Error>> {
    let found = inputs::find(inputs)?;
    let mut table = Table { rows: Vec::new(), notes: found.notes };
    let mut errors = Vec::new();
    for unit in &found.units {
        match of_unit(unit, choice, &mut table.notes) {
            Ok(rows) => table.rows.extend(rows),
            Err(wrong) => errors.extend(wrong),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let told = |row: &Row| row.site != Site::default() || row.c.is_some() || row.channel.is_some();
    if choice.strict && !table.rows.iter().any(told) {
        let paths: Vec<&PathBuf> = table.rows.iter().filter_map(|row| row.path.as_ref()).collect();
        return Err(vec![no_rule(&paths, "no index file, and the names fit no rule")]);
    }
    super::group::number_channels(&mut table.rows);
    let mut absent = super::group::absent(&table.rows);
    table.rows.append(&mut absent);
    Ok(table)
}

/// The images of files given one by one: [`sites`] by names or a pattern alone, then [`groups`]. A site that lacks a
/// file, and a name that does not fit the pattern, is an error; all are gathered.
pub fn group(paths: &[PathBuf], pattern: Option<&Pattern>) -> Result<Vec<Group>, Vec<Error>> {
    let choice = Choice { pattern: pattern.cloned(), ..Choice::default() };
    let unit = Unit { files: paths.to_vec(), ..Unit::default() };
    let mut notes = Vec::new();
    let rows = by_names(&unit, &Indexed::default(), &choice, &mut notes)?;
    drop(unit);
    let Grouped { groups, .. } = groups(Table { rows, notes }, Missing::Error);
    let errors: Vec<Error> = groups.iter().filter_map(Group::error).collect();
    if errors.is_empty() { Ok(groups) } else { Err(errors) }
}

fn of_unit(unit: &Unit, choice: &Choice, notes: &mut Vec<String>) -> Result<Vec<Row>, Vec<Error>> {
    let mut indexed = index::read(unit);
    notes.append(&mut indexed.notes);
    if !choice.no_group {
        let unread = match unit.folder {
            Some(_) => unit.unread.clone(),
            None => index::beside(&unit.files, unread::is_unread),
        };
        let said: Result<Vec<Option<String>>, Error> = unread.iter().map(|path| unread::note(path)).collect();
        notes.extend(said.map_err(|error| vec![error])?.into_iter().flatten());
    }
    if choice.no_group || choice.pattern.is_some() {
        let mut rows = match &choice.pattern {
            Some(_) => by_names(unit, &indexed, choice, notes)?,
            None => loose(&unit.files.iter().collect::<Vec<_>>()),
        };
        let known: HashMap<&PathBuf, &Row> =
            indexed.rows.iter().filter_map(|row| Some((row.path.as_ref()?, row))).collect();
        for row in &mut rows {
            if let Some(known) = row.path.as_ref().and_then(|path| known.get(path)) {
                (row.pixel, row.pixel_source) = (known.pixel, known.pixel_source.clone());
                (row.stage, row.exposure_ms, row.time) = (known.stage, known.exposure_ms, known.time.clone());
            }
        }
        return Ok(rows);
    }
    let claimed: HashSet<&PathBuf> = indexed.rows.iter().filter_map(|row| row.path.as_ref()).collect();
    let mut rest = Vec::new();
    let mut beside: BTreeMap<&PathBuf, Vec<&PathBuf>> = BTreeMap::new();
    for file in unit.files.iter().filter(|file| !claimed.contains(file)) {
        let of = indexed.folders.iter().find(|(folder, _)| unit.folder.is_some() && file.starts_with(folder));
        match of {
            Some((_, index)) => beside.entry(index).or_default().push(file),
            None => rest.push(file.clone()),
        }
    }
    for (index, files) in beside {
        notes.push(format!(
            "{}: left out images that it does not name: {}, such as {}",
            index.display(),
            files.len(),
            files[0].display()
        ));
    }
    let rest = Unit { folder: unit.folder.clone(), files: rest, ..Unit::default() };
    let mut rows = by_names(&rest, &indexed, choice, notes)?;
    rows.append(&mut indexed.rows);
    Ok(rows)
}

/// Images of their own. Each series of a file is one; files of one set are one together.
fn loose(files: &[&PathBuf]) -> Vec<Row> {
    let row = |path: &PathBuf| Row { path: Some(path.clone()), ..Row::default() };
    let plain = |path: &Path| {
        path.extension()
            .is_some_and(|e| ["png", "jpg", "jpeg"].iter().any(|plain| e.eq_ignore_ascii_case(plain)))
    };
    // PNG and JPEG have one image, and a file that cannot be read fails when it is.
    let of = |path: &PathBuf| if plain(path) { Vec::new() } else { parts(path).unwrap_or_default() };
    let parts: Vec<Vec<PartInfo>> = files.par_iter().map(|path| of(path)).collect();
    let mut rows = Vec::new();
    let mut sets = HashSet::new();
    for (path, parts) in files.iter().zip(parts) {
        if parts.len() < 2 && parts.iter().all(|info| info.files.len() < 2) {
            rows.push(row(path));
            continue;
        }
        let several = parts.len() > 1;
        for info in parts {
            if info.files.len() < 2 || sets.insert((info.files.clone(), info.part.series)) {
                let [z, y, x] = info.position_um.map_or([None; 3], |um| um.map(Some));
                let series = several.then_some(info.part.series as u32);
                rows.push(Row { series, stage: [x, y, z], ..row(path) });
            }
        }
    }
    rows
}

/// A file whose name fits a rule.
struct Told {
    place: PathBuf,
    kind: Option<String>,
    minutes: Option<i64>,
    /// Whether a folder `ZStep_0` or `ZStep_n` tells the plane.
    step: Option<u32>,
    /// Whether it stands in a folder of projections.
    projected: bool,
    row: Row,
}

fn by_names(
    unit: &Unit,
    indexed: &Indexed,
    choice: &Choice,
    notes: &mut Vec<String>,
) -> Result<Vec<Row>, Vec<Error>> {
    // There may be very many files: one list is made of another where it lies.
    let mut told = Vec::with_capacity(unit.files.len());
    let rule = match &choice.pattern {
        Some(_) => None,
        None => match vote(&unit.files).map_err(|e| vec![e])? {
            Some(rule) => Some(rule),
            None => return Ok(loose(&unit.files.iter().collect::<Vec<_>>())),
        },
    };
    let mut errors = Vec::new();
    let mut strangers: Vec<&PathBuf> = Vec::new();
    for path in &unit.files {
        let named = match (&choice.pattern, rule) {
            (Some(pattern), _) => pattern.named(path),
            (None, Some(rule)) => names::by_rule(&names::patterns()[rule], path),
            (None, None) => None,
        };
        let Some(named) = named else {
            if choice.pattern.is_some() {
                errors.push(file_error(path, "its name does not fit the pattern"));
            } else {
                strangers.push(path);
            }
            continue;
        };
        let folders = names::folders(path, rule);
        let site = Site {
            plate: named.plate,
            well: named.well.or(folders.well),
            field: named.field.or(folders.field),
            acquisition: None,
        };
        let (z, step) = match (named.z, folders.z) {
            (None, Some(0)) => (None, Some(0)),
            (named, folder) => (named.or(folder), folder),
        };
        told.push(Told {
            place: folders.place,
            kind: named.kind,
            minutes: named.minutes.or(folders.minutes),
            step,
            projected: folders.projected,
            row: Row {
                site,
                t: named.t.or(folders.t),
                z,
                c: named.c,
                channel: named.channel.or(named.c.map(|c| c.to_string())),
                path: Some(path.clone()),
                ..Row::default()
            },
        });
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    if let Some(rule) = rule {
        if by_chance(&told) {
            notes.push(format!(
                "the names fit `{}`, but no two files would be one image: each is an image of its own",
                RULES[rule].name
            ));
            return Ok(loose(&unit.files.iter().collect::<Vec<_>>()));
        }
        if let Some(first) = strangers.first() {
            notes.push(format!(
                "images of their own, as their names do not fit `{}`: {}, such as {}",
                RULES[rule].name,
                strangers.len(),
                first.display()
            ));
        }
    }
    clocks(&mut told);
    kinds(&mut told);
    projections(&mut told);
    let mut of_names: Vec<(PathBuf, Row)> = told.into_iter().map(|t| (t.place, t.row)).collect();
    if rule.is_some_and(|rule| RULES[rule].is_imagexpress()) {
        imagexpress::complete(&mut of_names, &indexed.htd, unit.folder.is_some(), notes);
    }
    places(&mut of_names);
    let mut rows: Vec<Row> = of_names.into_iter().map(|(_, row)| row).collect();
    if !strangers.is_empty() {
        rows.splice(0..0, loose(&strangers));
    }
    Ok(rows)
}

/// The rule that the names choose; `None` where they fit none.
fn vote(files: &[PathBuf]) -> Result<Option<usize>, Error> {
    const SHARE: f64 = 0.95;
    let mut any = vec![false; files.len()];
    let mut votes = vec![0; RULES.len()];
    for (rule, pattern) in names::patterns().iter().enumerate() {
        for (file, any) in files.iter().zip(&mut any) {
            if pattern.fits(file) {
                votes[rule] += 1;
                *any = true;
            }
        }
        if !files.is_empty() && f64::from(votes[rule]) >= SHARE * files.len() as f64 {
            return Ok(Some(rule));
        }
    }
    let all = any.iter().filter(|any| **any).count();
    let Some(best) = (0..RULES.len()).rev().max_by_key(|&rule| votes[rule]).filter(|_| all > 0) else {
        return Ok(None);
    };
    if f64::from(votes[best]) >= SHARE * all as f64 {
        return Ok(Some(best));
    }
    // Several rules fit some of the names each. Where that joins no files, it is chance.
    let mut sites: HashMap<(usize, Site, PathBuf), usize> = HashMap::new();
    for file in files {
        if let Some((rule, named)) = names::by_any_rule(file) {
            let site = Site { plate: named.plate, well: named.well, field: named.field, acquisition: None };
            *sites.entry((rule, site, names::folders(file, Some(rule)).place)).or_default() += 1;
        }
    }
    if sites.values().all(|n| *n == 1) {
        return Ok(None);
    }
    let fitting: Vec<&PathBuf> = files.iter().zip(&any).filter(|(_, any)| **any).map(|(f, _)| f).collect();
    Err(no_rule(&fitting, "the names fit several rules"))
}

fn no_rule(paths: &[&PathBuf], why: &str) -> Error {
    let name = |path: &&PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    // Names from the beginning, the middle and the end differ most.
    let picks = BTreeSet::from([0, paths.len() / 2, paths.len().saturating_sub(1)]);
    let names: Vec<String> = picks.into_iter().filter_map(|i| paths.get(i)).map(name).collect();
    let rules: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    Error::new(Code::File, format!("it is not known which site each file is of: {why}"))
        .value(names.join(", "))
        .allowed(rules.join("; "))
        .help("--pattern '{plate}_{well}_{channel}' or '(?P<well>...)' says it; --no-group takes each file as an image")
}

/// Whether no two files are of one site though their channels differ.
fn by_chance(told: &[Told]) -> bool {
    let mut sites = HashSet::new();
    let alone = told.iter().all(|t| sites.insert((&t.place, &t.row.site)));
    let channels: HashSet<&Option<String>> = told.iter().map(|t| &t.row.channel).collect();
    alone && channels.len() > 1
}

/// Times of the clock become numbers from 0.
fn clocks(told: &mut [Told]) {
    let times: BTreeSet<i64> = told.iter().filter_map(|t| t.minutes).collect();
    let index: HashMap<i64, u32> = times.into_iter().zip(0..).collect();
    for t in told {
        if let (None, Some(minutes)) = (t.row.t, t.minutes) {
            t.row.t = index.get(&minutes).copied();
        }
    }
}

/// Channels whose numbers do not tell them apart get the letter before.
fn kinds(told: &mut [Told]) {
    let kinds: HashSet<&String> = told.iter().filter_map(|t| t.kind.as_ref()).collect();
    if kinds.len() > 1 {
        for t in told {
            if let (Some(kind), Some(channel)) = (&t.kind, &mut t.row.channel) {
                *channel = format!("{kind}{channel}");
            }
        }
    }
}

/// A file in `ZStep_0`, or beside the folders `ZStep_n`, is the projection of these planes, and left out beside them; so is
/// one in `Projection` beside those in `Image`.
fn projections(told: &mut [Told]) {
    type Key = (PathBuf, Site, Option<u32>, Option<String>);
    let key = |t: &Told| -> Key { (t.place.clone(), t.row.site.clone(), t.row.t, t.row.channel.clone()) };
    let stacks: HashSet<Key> = told.iter().filter(|t| t.step.is_some_and(|z| z > 0)).map(key).collect();
    let planes: HashSet<Key> = told.iter().filter(|t| !t.projected).map(key).collect();
    for t in told {
        let of_steps = t.step.is_none_or(|z| z == 0) && stacks.contains(&key(t));
        if of_steps || t.projected && planes.contains(&key(t)) {
            t.row.status = Status::LeftOut("projection".into());
        }
    }
}

/// Plates whose names do not tell them apart: by their folders. A site in two folders was measured twice.
fn places(rows: &mut [(PathBuf, Row)]) {
    let all: BTreeSet<PathBuf> = rows.iter().map(|(place, _)| place.clone()).collect();
    if all.len() < 2 {
        return;
    }
    let name = |place: &Path| place.file_name().map(|n| n.to_string_lossy().into_owned());
    let distinct: HashSet<Option<String>> = all.iter().map(|place| name(place)).collect();
    if distinct.len() == all.len() && rows.iter().all(|(_, row)| row.site.plate.is_none()) {
        for (place, row) in rows.iter_mut() {
            row.site.plate = name(place);
        }
        return;
    }
    type Folders = BTreeSet<PathBuf>;
    let mut of_site: HashMap<&Site, Folders> = HashMap::new();
    let mut of_plate: HashMap<Option<String>, Folders> = HashMap::new();
    for (place, row) in rows.iter() {
        of_site.entry(&row.site).or_default().insert(place.clone());
        of_plate.entry(row.site.plate.clone()).or_default().insert(place.clone());
    }
    let twice: HashSet<Option<String>> =
        of_site.iter().filter(|(_, places)| places.len() > 1).map(|(site, _)| site.plate.clone()).collect();
    for (place, row) in rows.iter_mut().filter(|(_, row)| twice.contains(&row.site.plate)) {
        let position = of_plate[&row.site.plate].iter().position(|p| p == place);
        row.site.acquisition = position.map(|p| p as u32 + 1);
    }
}
