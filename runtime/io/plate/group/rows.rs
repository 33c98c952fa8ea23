//! Images from the rows of a site table: the planes of each site together.

use super::cells::{Cells, Plan, channel_names, depth};
use super::{Failure, Group, Plane};
use crate::io::plate::{Row, Site, Status, Table};
use rotifer_registry::Code;
use rotifer_registry::wire::fnv;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// The treatment of a site that lacks planes.
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

/// The images of a table, and what is to be said of those that are none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grouped {
    pub groups: Vec<Group>,
    pub notes: Vec<String>,
}

/// Gives every row that tells a channel the index of it, from 0, in the order of the table: by its numbers, else by
/// its names, numbers among them by value.
pub fn number_channels(rows: &mut [Row]) {
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

/// The image of a site; `None` where it is left out.
fn image(rows: Vec<&Row>, plan: &Plan, missing: Missing, notes: &mut Vec<String>) -> Option<Group> {
    let site = &rows.first()?.site;
    let has_channel = rows.iter().any(|row| row.c.is_some());
    let mut lacks: Vec<String> = Vec::new();
    // Facts that the instrument gives of the site as a whole.
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
}
