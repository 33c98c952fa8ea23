//! The tables of a run, put together from the logs in the order of the images: memory does not grow with them.

use super::events::Status;
use super::journal::{At, Head, Journal};
use super::names::{self, IMAGES, WELLS};
use crate::io::table::float;
use crate::io::{Group, Site, write_atomic};
use rotifer_registry::pipeline::Checked;
use rotifer_registry::{Error, Table, Values};
use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::path::{Path, PathBuf};

/// An image of a run, as its tables see it.
pub(super) struct Row<'a> {
    pub image: &'a str,
    pub group: &'a Group,
    pub status: Status,
    /// Where its rows are, if it is done.
    pub at: Option<At>,
    pub error: Option<&'a Error>,
}

/// The images of a run by their index.
type Rows<'r> = dyn Fn(usize) -> Option<Row<'r>> + 'r;

/// Columns that say which image a row is of, in front of every table.
type IdOf = fn(&str, &Site) -> Option<String>;
const IDS: [(&str, IdOf); 5] = [
    ("image", |image, _| Some(image.to_string())),
    ("plate", |_, site| site.plate.clone()),
    ("well", |_, site| site.well.clone()),
    ("field", |_, site| site.field.map(|f| f.to_string())),
    ("acquisition", |_, site| site.acquisition.map(|n| n.to_string())),
];
/// The column of remarks on how an image was read.
const READ_NOTES: &str = "read_notes";
/// Columns that name a row and measure nothing.
const NAMES: [&str; 9] =
    ["image", "plate", "acquisition", "well", "field", "channel", "t", "label", "parent"];

/// The columns that the tables of a run have.
#[derive(Default)]
struct Columns {
    /// Of the identifiers, those that an image has.
    ids: Vec<usize>,
    objects: bool,
    /// Whether there is a remark on how an image was read.
    read_notes: bool,
    numbers: Names,
    /// By table: whether the channel is known, and the columns in the order in which they were met.
    tables: Vec<(String, bool, Names)>,
}

/// Names in the order in which they were met; whether each has been a number.
#[derive(Default)]
struct Names {
    order: Vec<(String, bool)>,
    at: HashMap<String, usize>,
}

impl Names {
    fn add(&mut self, name: &str, numeric: bool) {
        match self.at.get(name) {
            Some(&i) => self.order[i].1 |= numeric,
            None => {
                self.at.insert(name.into(), self.order.len());
                self.order.push((name.into(), numeric));
            }
        }
    }

    fn has(&self, name: &str) -> bool {
        self.at.contains_key(name)
    }
}

/// Writes all tables of a run; gives their files.
pub(super) fn write(
    checked: &Checked,
    out: &Path,
    journal: &mut Journal,
    rows: &Rows,
) -> Result<Vec<PathBuf>, Error> {
    let files = names::tables(checked);
    let columns = columns(journal, rows)?;
    let mut written = Vec::new();
    for (name, file) in &files {
        let Some(n) = columns.tables.iter().position(|(table, ..)| table == name) else { continue };
        let path = out.join(file);
        csv_file(&path, |csv| joint(csv, journal, rows, &columns, n))?;
        written.push(path);
    }
    let path = out.join(format!("{IMAGES}.csv"));
    csv_file(&path, |csv| images(csv, journal, rows, &columns))?;
    written.push(path);
    if columns.ids.iter().any(|i| IDS[*i].0 == "well") {
        let path = out.join(format!("{WELLS}.csv"));
        csv_file(&path, |csv| wells(csv, journal, rows, &columns))?;
        written.push(path);
    }
    Ok(written)
}

type Csv<'a> = csv::Writer<&'a mut dyn Write>;

/// A failure while a table is written: a file, or rows that cannot be read again.
enum Wrong {
    Csv(csv::Error),
    Rows(Error),
}

impl From<csv::Error> for Wrong {
    fn from(error: csv::Error) -> Wrong {
        Wrong::Csv(error)
    }
}

impl From<std::io::Error> for Wrong {
    fn from(error: std::io::Error) -> Wrong {
        Wrong::Csv(error.into())
    }
}

impl From<Error> for Wrong {
    fn from(error: Error) -> Wrong {
        Wrong::Rows(error)
    }
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Wrong::Csv(error) => error.fmt(f),
            Wrong::Rows(error) => error.fmt(f),
        }
    }
}

fn csv_file(path: &Path, fill: impl FnOnce(&mut Csv) -> Result<(), Wrong>) -> Result<(), Error> {
    write_atomic(path, |file| {
        let file: &mut dyn Write = file;
        let mut csv = csv::Writer::from_writer(file);
        fill(&mut csv)?;
        csv.flush()?;
        Ok::<(), Wrong>(())
    })
}

/// Every image with its row, and its head if it is done.
fn each(
    journal: &mut Journal,
    rows: &Rows,
    mut take: impl FnMut(&mut Journal, &Row, Option<(At, Head)>) -> Result<(), Wrong>,
) -> Result<(), Wrong> {
    for row in (0..).map_while(rows) {
        let head = row.at.map(|at| journal.head(at).map(|head| (at, head))).transpose()?;
        take(journal, &row, head)?;
    }
    Ok(())
}

fn columns(journal: &mut Journal, rows: &Rows) -> Result<Columns, Error> {
    let mut columns = Columns::default();
    let mut ids = HashSet::new();
    let gathered = each(journal, rows, |_, row, head| {
        ids.extend((0..IDS.len()).filter(|&i| IDS[i].1(row.image, &row.group.site).is_some()));
        let Some((_, head)) = head else { return Ok(()) };
        columns.objects |= head.objects.is_some();
        columns.read_notes |= !head.read_notes.is_empty();
        head.numbers.iter().for_each(|(name, _)| columns.numbers.add(name, true));
        for section in &head.tables {
            let i = columns.tables.iter().position(|(name, ..)| *name == section.name).unwrap_or_else(|| {
                columns.tables.push((section.name.clone(), false, Names::default()));
                columns.tables.len() - 1
            });
            let (_, channel, names) = &mut columns.tables[i];
            *channel |= section.channel.is_some();
            section.columns.iter().for_each(|(name, numeric)| names.add(name, *numeric));
        }
        Ok(())
    });
    columns.ids = (0..IDS.len()).filter(|i| ids.contains(i)).collect();
    match gathered {
        Ok(()) => Ok(columns),
        Err(Wrong::Rows(error)) => Err(error),
        Err(Wrong::Csv(error)) => Err(Error::new(rotifer_registry::Code::Internal, error.to_string())),
    }
}

/// One row for each object. An image with none has a row of its names and nothing else; a column that an image does not
/// have is empty there.
fn joint(
    csv: &mut Csv,
    journal: &mut Journal,
    rows: &Rows,
    columns: &Columns,
    n: usize,
) -> Result<(), Wrong> {
    let (name, has_channel, names) = &columns.tables[n];
    let ids: Vec<usize> = columns.ids.iter().copied().filter(|i| !names.has(IDS[*i].0)).collect();
    let channel = *has_channel && !names.has("channel");
    // The channel stands before the acquisition, which is rare.
    let (last, first): (Vec<usize>, Vec<usize>) = ids.iter().partition(|i| IDS[**i].0 == "acquisition");
    let heads = first.iter().map(|i| IDS[*i].0).chain(channel.then_some("channel"));
    let heads = heads.chain(last.iter().map(|i| IDS[*i].0));
    csv.write_record(heads.chain(names.order.iter().map(|(name, _)| name.as_str())))?;
    each(journal, rows, |journal, row, head| {
        let Some((at, head)) = head else { return Ok(()) };
        let Some(section) = head.tables.iter().position(|s| s.name == *name) else { return Ok(()) };
        let table = journal.table(at, &head, section)?;
        let values: Vec<Option<&Values>> = names.order.iter().map(|(name, _)| table.column(name)).collect();
        for i in 0..table.rows().max(1) {
            for id in &first {
                csv.write_field(IDS[*id].1(row.image, &row.group.site).unwrap_or_default())?;
            }
            if channel {
                csv.write_field(head.tables[section].channel.as_deref().unwrap_or_default())?;
            }
            for id in &last {
                csv.write_field(IDS[*id].1(row.image, &row.group.site).unwrap_or_default())?;
            }
            for values in &values {
                match values.filter(|v| i < v.len()) {
                    Some(Values::Float(v)) => csv.write_field(float(v[i]))?,
                    Some(Values::Int(v)) => csv.write_field(v[i].to_string())?,
                    Some(Values::Text(v)) => csv.write_field(&v[i])?,
                    None => csv.write_field("")?,
                }
            }
            csv.write_record(None::<&[u8]>)?;
        }
        Ok(())
    })
}

/// Numbers of every image, with the names of the columns: counts of objects, and the numbers of steps.
fn measured(columns: &Columns) -> Vec<(String, Measure<'_>)> {
    let mut taken: HashSet<String> = ["seconds", "status", "error", READ_NOTES].map(String::from).into();
    taken.extend(IDS.map(|(name, _)| name.to_string()));
    let mut all = Vec::new();
    let counts = columns.tables.iter().map(|(table, ..)| (format!("{table}.rows"), Measure::Rows(table)));
    let numbers = columns.numbers.order.iter().map(|(name, _)| (name.clone(), Measure::Number(name)));
    let objects = columns.objects.then(|| ("objects".to_string(), Measure::Objects));
    for (mut name, measure) in objects.into_iter().chain(counts).chain(numbers) {
        while !taken.insert(name.clone()) {
            name.push('_');
        }
        all.push((name, measure));
    }
    all
}

enum Measure<'a> {
    Objects,
    Rows(&'a str),
    Number(&'a str),
}

impl Measure<'_> {
    fn of(&self, head: &Head) -> Option<f64> {
        match self {
            Measure::Objects => head.objects.map(|n| n as f64),
            Measure::Rows(table) => head.tables.iter().find(|s| s.name == *table).map(|s| s.rows as f64),
            Measure::Number(name) => head.numbers.iter().find(|(n, _)| n == name).map(|(_, x)| *x),
        }
    }
}

/// One row for each image.
fn images(csv: &mut Csv, journal: &mut Journal, rows: &Rows, columns: &Columns) -> Result<(), Wrong> {
    let measured = measured(columns);
    let names = columns.ids.iter().map(|i| IDS[*i].0).chain(measured.iter().map(|(name, _)| name.as_str()));
    let read_notes = columns.read_notes.then_some(READ_NOTES);
    csv.write_record(names.chain(["seconds", "status", "error"]).chain(read_notes))?;
    each(journal, rows, |_, row, head| {
        for id in &columns.ids {
            csv.write_field(IDS[*id].1(row.image, &row.group.site).unwrap_or_default())?;
        }
        let head = head.map(|(_, head)| head);
        for (_, measure) in &measured {
            csv.write_field(head.as_ref().and_then(|h| measure.of(h)).map_or(String::new(), float))?;
        }
        csv.write_field(head.as_ref().map_or(String::new(), |h| float(h.seconds)))?;
        let skipped = head.as_ref().and_then(|h| h.skipped.clone());
        csv.write_field(if skipped.is_some() { Status::Skipped } else { row.status }.name())?;
        csv.write_field(skipped.or_else(|| row.error.map(Error::to_string)).unwrap_or_default())?;
        if columns.read_notes {
            csv.write_field(head.map_or(String::new(), |h| h.read_notes.join("; ")))?;
        }
        csv.write_record(None::<&[u8]>)?;
        Ok(())
    })
}

/// One row for each well: how many images it has, and of every number of an image or an object the count, mean, median
/// and standard deviation. The values of one well are held at a time.
fn wells(csv: &mut Csv, journal: &mut Journal, rows: &Rows, columns: &Columns) -> Result<(), Wrong> {
    let places: Vec<usize> = columns
        .ids
        .iter()
        .copied()
        .filter(|i| ["plate", "acquisition", "well"].contains(&IDS[*i].0))
        .collect();
    let mut wells: Vec<(Vec<Option<String>>, Vec<u32>)> = Vec::new();
    let mut known = HashMap::new();
    for (i, row) in (0..).map_while(rows).enumerate() {
        let site = &row.group.site;
        if site.well.is_none() {
            continue;
        }
        let key: Vec<Option<String>> = places.iter().map(|i| IDS[*i].1(row.image, site)).collect();
        let at = *known.entry(key.clone()).or_insert_with(|| {
            wells.push((key, Vec::new()));
            wells.len() - 1
        });
        wells[at].1.push(i as u32);
    }
    let measured = measured(columns);
    // The columns of objects: the table, and the column there.
    let mut of_objects: Vec<(usize, &str)> = Vec::new();
    for (n, (_, _, names)) in columns.tables.iter().enumerate() {
        let numeric =
            names.order.iter().filter(|(name, numeric)| *numeric && !NAMES.contains(&name.as_str()));
        of_objects.extend(numeric.map(|(name, _)| (n, name.as_str())));
    }
    let object_names = of_objects.iter().map(|(n, column)| format!("{}.{column}", columns.tables[*n].0));
    let variables: Vec<String> = measured.iter().map(|(name, _)| name.clone()).chain(object_names).collect();
    let mut heads: Vec<String> = places.iter().map(|i| IDS[*i].0.to_string()).collect();
    heads.push("images".into());
    for name in &variables {
        heads.extend(["count", "mean", "median", "sd"].map(|statistic| format!("{name}_{statistic}")));
    }
    csv.write_record(&heads)?;
    for (place, images) in wells {
        let mut values: Vec<Vec<f64>> = vec![Vec::new(); variables.len()];
        let mut done = 0;
        for row in images.into_iter().filter_map(|i| rows(i as usize)) {
            let Some(at) = row.at else { continue };
            let head = journal.head(at)?;
            done += head.skipped.is_none() as usize;
            for (values, (_, measure)) in values.iter_mut().zip(&measured) {
                values.extend(measure.of(&head));
            }
            for section in 0..head.tables.len() {
                let name = &head.tables[section].name;
                let Some(n) = columns.tables.iter().position(|(table, ..)| table == name) else { continue };
                let table = journal.table(at, &head, section)?;
                for (values, (_, column)) in
                    values[measured.len()..].iter_mut().zip(&of_objects).filter(|(_, (of, _))| *of == n)
                {
                    values.extend(numbers(&table, column));
                }
            }
        }
        for part in place {
            csv.write_field(part.unwrap_or_default())?;
        }
        csv.write_field(done.to_string())?;
        for values in &mut values {
            for statistic in statistics(values) {
                csv.write_field(float(statistic))?;
            }
        }
        csv.write_record(None::<&[u8]>)?;
    }
    Ok(())
}

fn numbers(table: &Table, column: &str) -> Vec<f64> {
    table.column(column).and_then(Values::to_f64).unwrap_or_default()
}

/// Count, mean, median and standard deviation (of a sample: n - 1) of the values that are not NaN.
fn statistics(values: &mut Vec<f64>) -> [f64; 4] {
    values.retain(|x| !x.is_nan());
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    if values.is_empty() {
        return [0.0, f64::NAN, f64::NAN, f64::NAN];
    }
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
    let sd = if values.len() > 1 { (squares / (n - 1.0)).sqrt() } else { f64::NAN };
    [n, mean, median(values), sd]
}

/// The middle of sorted numbers; 0 of none.
pub(super) fn median(sorted: &[f64]) -> f64 {
    match (sorted.len() / 2, sorted.len() % 2) {
        (0, 0) => 0.0,
        (half, 0) => (sorted[half - 1] + sorted[half]) / 2.0,
        (half, _) => sorted[half],
    }
}
