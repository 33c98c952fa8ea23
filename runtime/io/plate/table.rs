//! The site table: a row for each plane or file; as .csv, as JSON, and as CellProfiler's LoadData.

use super::{Site, well_text};
use crate::io::{file_error, unreadable, write_atomic};
use rotifer_registry::error::suggestion;
use rotifer_registry::{Code, Error};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Whether a row's plane is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Status {
    #[default]
    Ok,
    /// The index names the plane, and it has no file.
    Missing,
    /// The instrument says that it failed.
    Failed(String),
    /// Not part of an image, and why.
    LeftOut(String),
}

impl Status {
    fn text(&self) -> String {
        match self {
            Status::Ok => "ok".into(),
            Status::Missing => "missing".into(),
            Status::Failed(why) => format!("error: {why}"),
            Status::LeftOut(why) => why.clone(),
        }
    }

    fn parse(text: &str) -> Status {
        match text {
            "" | "ok" => Status::Ok,
            "missing" => Status::Missing,
            other => match other.strip_prefix("error") {
                Some(why) => Status::Failed(why.trim_start_matches([':', ' ']).into()),
                None => Status::LeftOut(other.into()),
            },
        }
    }
}

/// One plane, or one file with its planes. What nothing tells is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    pub site: Site,
    /// Number of the time point, as the instrument counts.
    pub t: Option<u32>,
    /// Index of the channel from 0, as `input[c=...]` takes it.
    pub c: Option<u32>,
    /// Number of the plane, as the instrument counts.
    pub z: Option<u32>,
    pub path: Option<PathBuf>,
    /// Image of a file that has several, from 0.
    pub series: Option<u32>,
    /// Plane of a file that has several, from 0.
    pub page: Option<u32>,
    /// Position of the stage along x, y and z in µm, y downwards as in the image.
    pub stage: [Option<f64>; 3],
    /// Pixel size along x, y and z in µm.
    pub pixel: [Option<f64>; 3],
    pub pixel_source: Option<String>,
    pub channel: Option<String>,
    pub exposure_ms: Option<f64>,
    /// Time of the acquisition, as the instrument writes it.
    pub time: Option<String>,
    pub status: Status,
    /// Values in further columns, by name: a step can be over them.
    pub more: Vec<(String, String)>,
}

/// The rows of an acquisition, and what is to be said of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    pub rows: Vec<Row>,
    pub notes: Vec<String>,
}

/// The columns, in order.
pub const COLUMNS: [&str; 21] = [
    "plate",
    "acquisition",
    "well",
    "field",
    "t",
    "c",
    "z",
    "path",
    "series",
    "page",
    "stage_x_um",
    "stage_y_um",
    "stage_z_um",
    "pixel_size_x_um",
    "pixel_size_y_um",
    "pixel_size_z_um",
    "pixel_size_source",
    "channel",
    "exposure_ms",
    "time",
    "status",
];

impl Row {
    /// Whether nothing tells that other rows are of the same image.
    pub(super) fn is_alone(&self) -> bool {
        self.site == Site::default() && (self.t, self.c, self.z) == (None, None, None)
    }

    /// The cells of [`COLUMNS`]; the path as its own bytes.
    fn cells(&self, folder: Option<&Path>) -> [Vec<u8>; 21] {
        let text = |t: &Option<String>| t.clone().unwrap_or_default().into_bytes();
        let int = |n: Option<u32>| n.map(|n| n.to_string()).unwrap_or_default().into_bytes();
        let float = |x: Option<f64>| x.map(|x| x.to_string()).unwrap_or_default().into_bytes();
        let path = self.path.as_ref().map(|path| match folder {
            Some(folder) => relative(path, folder),
            None => path.clone(),
        });
        [
            text(&self.site.plate),
            int(self.site.acquisition),
            text(&self.site.well),
            int(self.site.field),
            int(self.t),
            int(self.c),
            int(self.z),
            path.map(|p| p.into_os_string().into_encoded_bytes()).unwrap_or_default(),
            int(self.series),
            int(self.page),
            float(self.stage[0]),
            float(self.stage[1]),
            float(self.stage[2]),
            float(self.pixel[0]),
            float(self.pixel[1]),
            float(self.pixel[2]),
            text(&self.pixel_source),
            text(&self.channel),
            float(self.exposure_ms),
            text(&self.time),
            self.status.text().into_bytes(),
        ]
    }

    fn json(&self) -> Json {
        let text = |t: &Option<String>| t.clone().map_or(Json::Null, Json::String);
        let cells: [Json; 21] = [
            text(&self.site.plate),
            json!(self.site.acquisition),
            text(&self.site.well),
            json!(self.site.field),
            json!(self.t),
            json!(self.c),
            json!(self.z),
            self.path.as_ref().map_or(Json::Null, |p| json!(p.to_string_lossy())),
            json!(self.series),
            json!(self.page),
            json!(self.stage[0]),
            json!(self.stage[1]),
            json!(self.stage[2]),
            json!(self.pixel[0]),
            json!(self.pixel[1]),
            json!(self.pixel[2]),
            text(&self.pixel_source),
            text(&self.channel),
            json!(self.exposure_ms),
            text(&self.time),
            json!(self.status.text()),
        ];
        Json::Object(COLUMNS.iter().map(|c| c.to_string()).zip(cells).collect::<Map<_, _>>())
    }
}

/// A path as seen from a folder that holds it, else the whole path.
fn relative(path: &Path, folder: &Path) -> PathBuf {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.into());
    let path = whole(path);
    path.strip_prefix(whole(folder)).map(Path::to_path_buf).unwrap_or(path)
}

impl Table {
    /// The table as .csv. Paths are as they were found.
    pub fn csv(&self) -> Result<Vec<u8>, csv::Error> {
        self.csv_in(None)
    }

    fn csv_in(&self, folder: Option<&Path>) -> Result<Vec<u8>, csv::Error> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record(COLUMNS)?;
        for row in &self.rows {
            csv.write_record(row.cells(folder))?;
        }
        csv.into_inner().map_err(|e| e.into_error().into())
    }

    pub fn json(&self) -> Json {
        json!({ "sites": self.rows.iter().map(Row::json).collect::<Vec<_>>(), "notes": self.notes })
    }

    /// Writes the table as .csv. Paths under the folder of the table are relative to it, so that both can be moved.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        if !path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv")) {
            return Err(file_error(path, "a site table is written as .csv"));
        }
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        write_atomic(path, |file| {
            std::io::Write::write_all(file, &self.csv_in(Some(folder))?).map_err(csv::Error::from)
        })
    }

    /// Reads a site table: .csv, the JSON of `rotifer sites --json`, or a LoadData file of CellProfiler.
    ///
    /// `path` is the one column that must be there. A relative path is one beside the table, else one of the current
    /// folder.
    pub fn read(path: &Path) -> Result<Table, Error> {
        let bytes = std::fs::read(path).map_err(|e| unreadable(path, &e))?;
        let (heads, rows) = if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json")) {
            json_cells(path, &bytes)?
        } else {
            csv_cells(path, &bytes)?
        };
        let load_data = heads.iter().any(|h| file_column(h).or(url_column(h)).is_some());
        let table =
            if load_data { read_load_data(path, &heads, &rows) } else { read_rows(path, &heads, &rows) };
        let table = table?;
        if table.rows.is_empty() {
            return Err(file_error(path, "this site table has no rows"));
        }
        Ok(table)
    }

    /// Rows that stand for planes of images, whether or not these are there.
    pub(super) fn used(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| !matches!(row.status, Status::LeftOut(_)))
    }
}

type Cells = (Vec<String>, Vec<Vec<Vec<u8>>>);

fn csv_cells(path: &Path, bytes: &[u8]) -> Result<Cells, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // Spreadsheets write `;` where a comma is the decimal sign.
    let line = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let delimiter = if line.contains(&b';') && !line.contains(&b',') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bytes);
    let heads = reader.byte_headers().map_err(|e| unreadable(path, &e))?;
    let heads = heads.iter().map(|h| String::from_utf8_lossy(h).trim().to_string()).collect();
    let rows = reader.byte_records().map(|row| Ok(row?.iter().map(<[u8]>::to_vec).collect()));
    let rows: Result<Vec<Vec<Vec<u8>>>, csv::Error> = rows.collect();
    Ok((heads, rows.map_err(|e| unreadable(path, &e))?))
}

fn json_cells(path: &Path, bytes: &[u8]) -> Result<Cells, Error> {
    let whole: Json = serde_json::from_slice(bytes).map_err(|e| unreadable(path, &e))?;
    let rows = whole.get("sites").unwrap_or(&whole).as_array();
    let rows =
        rows.ok_or_else(|| file_error(path, "a site table is a list of rows, or has one as `sites`"))?;
    let mut heads: Vec<String> = Vec::new();
    for row in rows {
        let row =
            row.as_object().ok_or_else(|| file_error(path, "a row of a site table has named values"))?;
        for name in row.keys() {
            if !heads.contains(name) {
                heads.push(name.clone());
            }
        }
    }
    let cell = |row: &Json, name: &String| match row.get(name) {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::String(text)) => text.clone().into_bytes(),
        Some(other) => other.to_string().into_bytes(),
    };
    let rows = rows.iter().map(|row| heads.iter().map(|name| cell(row, name)).collect()).collect();
    Ok((heads, rows))
}

/// A cell that says nothing.
fn is_empty(text: &str) -> bool {
    text.is_empty() || text.eq_ignore_ascii_case("nan") || text.eq_ignore_ascii_case("none")
}

/// One line of a table that is read.
struct Line<'a> {
    file: &'a Path,
    number: usize,
    cells: HashMap<&'a str, &'a [u8]>,
}

impl<'a> Line<'a> {
    fn new(file: &'a Path, index: usize, heads: &'a [String], cells: &'a [Vec<u8>]) -> Line<'a> {
        let cells = heads.iter().map(String::as_str).zip(cells.iter().map(Vec::as_slice)).collect();
        Line { file, number: index + 2, cells }
    }

    fn text(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(self.cells.get(name)?).trim().to_string();
        (!is_empty(&text)).then_some(text)
    }

    fn number<T: std::str::FromStr>(&self, name: &str, what: &str) -> Result<Option<T>, Error> {
        let Some(text) = self.text(name) else { return Ok(None) };
        // Spreadsheets and pandas write whole numbers as 1.0 where a cell of the column is empty.
        let whole = text.strip_suffix(".0").unwrap_or(&text);
        match text.parse().or_else(|_| whole.parse()) {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(file_error(self.file, format!("line {}: {what} is needed", self.number))
                .argument(name)
                .value(format!("\"{text}\""))),
        }
    }

    fn int(&self, name: &str) -> Result<Option<u32>, Error> {
        self.number(name, "a whole number from 0")
    }

    fn float(&self, name: &str) -> Result<Option<f64>, Error> {
        let number: Option<f64> = self.number(name, "a number")?;
        Ok(number.filter(|x| x.is_finite()))
    }

    /// A path as its bytes say.
    fn path(&self, name: &str) -> Option<PathBuf> {
        let bytes = self.cells.get(name)?.trim_ascii();
        if is_empty(&String::from_utf8_lossy(bytes)) {
            return None;
        }
        Some(PathBuf::from(os_string(bytes)))
    }

    /// A relative path beside the table, else of the current folder.
    fn found(&self, path: PathBuf) -> PathBuf {
        let beside = self.file.parent().map(|folder| folder.join(&path));
        match beside {
            Some(beside) if path.is_relative() && (beside.exists() || !path.exists()) => beside,
            _ => path,
        }
    }
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

fn read_rows(file: &Path, heads: &[String], rows: &[Vec<Vec<u8>>]) -> Result<Table, Error> {
    if !heads.iter().any(|h| h == "path") {
        let mut error = file_error(file, "a site table has a column `path`").allowed(COLUMNS.join(", "));
        error.help = suggestion("path", heads.iter().map(String::as_str));
        return Err(error);
    }
    let mut table = Table::default();
    let unknown: Vec<&str> = heads.iter().map(String::as_str).filter(|h| !COLUMNS.contains(h)).collect();
    if !unknown.is_empty() {
        table.notes.push(format!(
            "{}: columns that only a step over them uses: {}",
            file.display(),
            unknown.join(", ")
        ));
    }
    for (i, cells) in rows.iter().enumerate() {
        let line = Line::new(file, i, heads, cells);
        let mut status = Status::parse(&line.text("status").unwrap_or_default());
        let path = line.path("path").map(|path| line.found(path));
        if path.is_none() && status == Status::Ok {
            status = Status::Missing;
        }
        table.rows.push(Row {
            site: Site {
                plate: line.text("plate"),
                well: line.text("well").map(|well| well_text(&well)),
                field: line.int("field")?,
                acquisition: line.int("acquisition")?,
            },
            t: line.int("t")?,
            c: line.int("c")?,
            z: line.int("z")?,
            path,
            series: line.int("series")?,
            page: line.int("page")?,
            stage: [line.float("stage_x_um")?, line.float("stage_y_um")?, line.float("stage_z_um")?],
            pixel: [
                line.float("pixel_size_x_um")?,
                line.float("pixel_size_y_um")?,
                line.float("pixel_size_z_um")?,
            ],
            pixel_source: line.text("pixel_size_source"),
            channel: line.text("channel"),
            exposure_ms: line.float("exposure_ms")?,
            time: line.text("time"),
            status,
            more: unknown.iter().filter_map(|name| Some((name.to_string(), line.text(name)?))).collect(),
        });
    }
    Ok(table)
}

/// The image of a LoadData column `FileName_DNA`.
fn file_column(head: &str) -> Option<&str> {
    head.strip_prefix("FileName_").or_else(|| head.strip_prefix("Image_FileName_"))
}

/// The image of a LoadData column `URL_DNA`.
fn url_column(head: &str) -> Option<&str> {
    head.strip_prefix("URL_").or_else(|| head.strip_prefix("Image_URL_"))
}

/// The path of a URL `file:///data/my%20plate/a.tif`; other texts stay as they are.
fn of_url(url: &Path) -> PathBuf {
    let bytes = url.as_os_str().as_encoded_bytes();
    let Some(rest) = bytes.strip_prefix(b"file:") else { return url.into() };
    let rest = rest.strip_prefix(b"//localhost").or(rest.strip_prefix(b"//")).unwrap_or(rest);
    let mut path = Vec::with_capacity(rest.len());
    let mut at = 0;
    while let Some(byte) = rest.get(at) {
        let digits = rest.get(at + 1..at + 3).and_then(|two| std::str::from_utf8(two).ok());
        let code = digits.filter(|_| *byte == b'%').and_then(|two| u8::from_str_radix(two, 16).ok());
        path.push(code.unwrap_or(*byte));
        at += if code.is_some() { 3 } else { 1 };
    }
    PathBuf::from(os_string(&path))
}

/// Reads a LoadData file: a line for each image set, with the columns `FileName_X` and `PathName_X` or `URL_X`,
/// `Series_X`, `Frame_X` and `Metadata_...` as CellProfiler documents them.
fn read_load_data(file: &Path, heads: &[String], rows: &[Vec<Vec<u8>>]) -> Result<Table, Error> {
    let channels: Vec<(&String, &str)> =
        heads.iter().filter_map(|head| file_column(head).map(|name| (head, name))).collect();
    // Names come before URLs.
    let channels = match channels.is_empty() {
        true => heads.iter().filter_map(|head| url_column(head).map(|name| (head, name))).collect(),
        false => channels,
    };
    let metadata = |names: &[&str]| {
        heads.iter().find(|head| {
            let bare = head.strip_prefix("Image_").unwrap_or(head).strip_prefix("Metadata_");
            bare.is_some_and(|bare| names.iter().any(|name| bare.eq_ignore_ascii_case(name)))
        })
    };
    let plate = metadata(&["plate", "assay_plate_barcode"]);
    let (well, row, column) =
        (metadata(&["well"]), metadata(&["row", "wellrow"]), metadata(&["col", "column", "wellcolumn"]));
    let field = metadata(&["site", "field", "fieldid", "fov"]);
    let t = metadata(&["t", "time", "timepoint", "timepointid"]);
    let z = metadata(&["z", "zindex", "planeid", "zplane"]);
    // Further metadata, by the name that CellProfiler has for it.
    let known = [plate, well, row, column, field, t, z];
    let more: Vec<(&String, &str)> = heads
        .iter()
        .filter(|head| !known.contains(&Some(head)))
        .filter_map(|head| {
            Some((head, head.strip_prefix("Image_").unwrap_or(head).strip_prefix("Metadata_")?))
        })
        .collect();
    let mut table = Table::default();
    let mut seen: HashMap<(Site, Option<u32>, Option<u32>), u32> = HashMap::new();
    for (i, cells) in rows.iter().enumerate() {
        let line = Line::new(file, i, heads, cells);
        let text = |head: Option<&String>| head.and_then(|head| line.text(head));
        let int = |head: Option<&String>| match head {
            // CellProfiler takes any text; `s3` is 3.
            Some(head) => match line.text(head) {
                Some(text) => match text.trim_start_matches(|c: char| !c.is_ascii_digit()) {
                    digits if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                        Ok(digits.parse().ok())
                    }
                    _ => line.int(head),
                },
                None => Ok(None),
            },
            None => Ok(None),
        };
        let well =
            text(well).map(|well| well_text(&well)).or_else(|| super::well_name(&text(row)?, &text(column)?));
        let mut site = Site { plate: text(plate), well, field: int(field)?, acquisition: None };
        let (t, z) = (int(t)?, int(z)?);
        if site == Site::default() {
            // The lines are all that tells the image sets apart.
            site.field = Some(i as u32 + 1);
        }
        let times = seen.entry((site.clone(), t, z)).or_insert(0);
        *times += 1;
        if *times > 1 {
            site.acquisition = Some(*times);
        }
        for (c, (head, name)) in channels.iter().enumerate() {
            let prefix = if head.starts_with("Image_") { "Image_" } else { "" };
            let of = |what: &str| format!("{prefix}{what}_{name}");
            let path = line.path(head).map(|name| match line.path(&of("PathName")) {
                _ if url_column(head).is_some() => line.found(of_url(&name)),
                Some(folder) => line.found(folder.join(name)),
                None => line.found(name),
            });
            let status = if path.is_some() { Status::Ok } else { Status::Missing };
            table.rows.push(Row {
                site: site.clone(),
                t,
                c: Some(c as u32),
                z,
                path,
                series: line.int(&of("Series"))?,
                page: line.int(&of("Frame"))?,
                channel: Some(name.to_string()),
                status,
                more: more
                    .iter()
                    .filter_map(|(head, name)| Some((name.to_string(), line.text(head)?)))
                    .collect(),
                ..Row::default()
            });
        }
    }
    Ok(table)
}

/// The table as a LoadData file of CellProfiler: a line for each plate, well, site, time and plane, with a
/// `FileName_X` and a `PathName_X` for each channel. Lines with a missing channel are left out, and named in the notes,
/// since CellProfiler refuses them.
pub fn load_data(table: &Table) -> Result<(Vec<u8>, Vec<String>), Error> {
    // Plate, acquisition, well, field, t, and a number where rows stand for themselves.
    type Key<'a> =
        (Option<&'a String>, Option<u32>, Option<&'a String>, Option<u32>, Option<u32>, Option<usize>);
    type Channel<'a> = (Option<u32>, Option<&'a str>);
    let mut channels: BTreeMap<Channel, String> = BTreeMap::new();
    let mut sets: BTreeMap<Key, BTreeMap<Channel, Vec<&Row>>> = BTreeMap::new();
    let mut notes = Vec::new();
    let alone = table.used().filter(|row| row.is_alone()).count();
    let all_alone = alone == table.used().count();
    if alone > 0 && !all_alone {
        notes.push(format!("images of which no site is known, left out of the LoadData table: {alone}"));
    }
    let has_channel = table.used().any(|row| row.c.is_some() || row.channel.is_some());
    for (i, row) in table.used().enumerate().filter(|(_, row)| all_alone || !row.is_alone()) {
        let site = &row.site;
        let own = all_alone.then_some(i);
        let key = (site.plate.as_ref(), site.acquisition, site.well.as_ref(), site.field, row.t, own);
        // Where channels have an index, this is what tells them apart.
        let channel = (row.c, row.channel.as_deref().filter(|_| row.c.is_none()));
        let set = sets.entry(key).or_default();
        if has_channel && channel == (None, None) {
            continue;
        }
        let name = row.channel.clone().or_else(|| row.c.map(|c| c.to_string()));
        channels.entry(channel).or_insert_with(|| name.unwrap_or_else(|| "Image".into()));
        set.entry(channel).or_default().push(row);
    }
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let names: Vec<String> = channels
        .values()
        .map(|name| {
            // Names of images in CellProfiler are identifiers.
            let mut plain: String =
                name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            if !plain.starts_with(|c: char| c.is_ascii_alphabetic()) {
                plain = format!("Ch{plain}");
            }
            let mut free = std::iter::once(plain.clone()).chain((2..).map(|n| format!("{plain}_{n}")));
            free.find(|name| taken.insert(name.clone())).unwrap_or(plain)
        })
        .collect();
    let used = |of: fn(&Row) -> bool| table.used().any(of);
    let (series, frames) = (used(|r| r.series.is_some()), used(|r| r.page.is_some()));
    let several = |of: fn(&Row) -> Option<u32>| table.used().map(of).collect::<HashSet<_>>().len() > 1;
    let (times, planes) = (several(|r| r.t), several(|r| r.z));
    let acquisitions = used(|r| r.site.acquisition.is_some());
    let mut heads: Vec<String> = Vec::new();
    for name in &names {
        heads.extend([format!("FileName_{name}"), format!("PathName_{name}")]);
        heads.extend(series.then(|| format!("Series_{name}")));
        heads.extend(frames.then(|| format!("Frame_{name}")));
    }
    heads.extend(["Metadata_Plate", "Metadata_Well", "Metadata_Site"].map(String::from));
    for (here, name) in [(acquisitions, "Acquisition"), (times, "T"), (planes, "Z")] {
        heads.extend(here.then(|| format!("Metadata_{name}")));
    }
    let mut csv = csv::Writer::from_writer(Vec::new());
    let wrong = |e: csv::Error| Error::new(Code::File, "the LoadData table cannot be made").because(&e);
    csv.write_record(&heads).map_err(wrong)?;
    let lines = sets.into_iter().flat_map(|(key, rows)| {
        // A channel of one plane stands at each z of the others.
        let stacks = rows.values().filter(|rows| rows.len() > 1);
        let mut planes: BTreeSet<Option<u32>> = stacks.flatten().map(|row| row.z).collect();
        if planes.is_empty() {
            planes.insert(rows.values().flatten().find_map(|row| row.z));
        }
        planes.into_iter().map(move |z| (key, z, rows.clone()))
    });
    for ((plate, acquisition, well, field, t, _), z, rows) in lines {
        let mut cells: Vec<Vec<u8>> = Vec::new();
        let mut complete = true;
        for channel in channels.keys() {
            let row = rows.get(channel).and_then(|rows| match rows.as_slice() {
                [row] => Some(row),
                rows => rows.iter().find(|row| row.z == z),
            });
            let path = row.filter(|row| row.status == Status::Ok).and_then(|row| row.path.as_ref());
            let (Some(row), Some(path)) = (row, path) else {
                complete = false;
                break;
            };
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            cells.push(path.file_name().unwrap_or_default().as_encoded_bytes().to_vec());
            cells.push(path.parent().unwrap_or(Path::new("")).as_os_str().as_encoded_bytes().to_vec());
            cells.extend(series.then(|| row.series.unwrap_or(0).to_string().into_bytes()));
            cells.extend(frames.then(|| row.page.unwrap_or(0).to_string().into_bytes()));
        }
        let int = |n: Option<u32>| n.map(|n| n.to_string()).unwrap_or_default();
        if !complete {
            let site = Site { plate: plate.cloned(), well: well.cloned(), field, acquisition }.name();
            let at = [("t", t.filter(|_| times)), ("z", z.filter(|_| planes))];
            let at: String = at.iter().filter_map(|(name, n)| n.map(|n| format!(", {name} {n}"))).collect();
            notes.push(format!("{site}{at}: left out of the LoadData table, a channel is missing"));
            continue;
        }
        cells.push(plate.cloned().unwrap_or_default().into_bytes());
        cells.push(well.cloned().unwrap_or_default().into_bytes());
        cells.push(int(field).into_bytes());
        for (here, n) in [(acquisitions, acquisition), (times, t), (planes, z)] {
            cells.extend(here.then(|| int(n).into_bytes()));
        }
        csv.write_record(cells).map_err(wrong)?;
    }
    let bytes = csv.into_inner().map_err(|e| wrong(e.into_error().into()))?;
    Ok((bytes, notes))
}
