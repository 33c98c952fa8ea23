//! The planes that sites have, and those that they should have: of which channel, time and z.

use crate::io::plate::{Row, Site, Status};
use std::collections::{BTreeSet, HashMap};

/// The channels' names: the first that a row gives, else the index.
pub fn channel_names<'a>(rows: impl Iterator<Item = &'a Row> + Clone) -> Vec<String> {
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
pub struct Plan {
    pub names: Vec<String>,
    /// Whether the channel has a stack anywhere.
    pub deep: Vec<bool>,
    /// Of each plate and measurement, the times and planes that any of its sites has.
    seen: HashMap<Measured, [BTreeSet<u32>; 2]>,
}

impl Plan {
    /// `deep` says whether a channel has a stack at any site.
    pub fn new<'a>(
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
pub fn depth<'a>(rows: impl IntoIterator<Item = &'a Row>, c: Option<u32>) -> usize {
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
pub struct Cells {
    pub channels: Vec<Option<u32>>,
    pub times: Vec<Option<u32>>,
    pub planes: Vec<Option<u32>>,
    /// Whether a site without channels has a stack.
    bare_stack: bool,
}

impl Cells {
    /// Of rows that all tell a channel, or of which none does.
    pub fn new(rows: &[&Row], plan: &Plan) -> Cells {
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
    pub fn deep(&self, plan: &Plan, c: Option<u32>) -> bool {
        c.map_or(self.bare_stack, |c| plan.deep[c as usize])
    }

    /// The row of each plane, those that are there first, and two rows of one plane.
    pub fn index<'a>(&self, rows: &[&'a Row], plan: &Plan) -> (HashMap<Cell, &'a Row>, Option<[&'a Row; 2]>) {
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
pub fn absent(rows: &[Row]) -> Vec<Row> {
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
