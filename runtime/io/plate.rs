//! Plates: which well, field and channel a file is of.

use super::{file_error, read};
use rotifer_registry::error::suggestion;
use rotifer_registry::{Code, Error, Image, Volume};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where on a plate an image was taken. What the name does not tell is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Site {
    pub plate: Option<String>,
    /// Row letters and a column of at least two digits: `B03`.
    pub well: Option<String>,
    pub field: Option<u32>,
    pub t: Option<u32>,
    pub z: Option<u32>,
    /// A number or a name, as in the file name.
    pub channel: Option<String>,
}

/// A file-name pattern: text, `*` for anything, and fields in braces.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Any,
    Field(Key),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Key {
    Plate,
    Well,
    /// The row of a well: a letter, or a number from 1.
    Row,
    Column,
    Field,
    Channel,
    Z,
    T,
}

const FIELDS: [(&str, Key); 8] = [
    ("plate", Key::Plate),
    ("well", Key::Well),
    ("row", Key::Row),
    ("column", Key::Column),
    ("field", Key::Field),
    ("channel", Key::Channel),
    ("z", Key::Z),
    ("t", Key::T),
];

/// Names of common instruments, tried in this order.
const COMMON: [&str; 11] = [
    // Opera Phenix, Operetta.
    "r{row}c{column}f{field}p{z}-ch{channel}sk{t}fk*",
    "r{row}c{column}f{field}p{z}-ch{channel}",
    // Yokogawa CellVoyager.
    "{plate}_{well}_T{t}F{field}L*A*Z{z}C{channel}",
    // ImageXpress; after the channel stands an identifier.
    "{plate}_{well}_s{field}_w{channel}",
    "{well}_s{field}_w{channel}",
    "{plate}_{well}_w{channel}",
    // The generated sample plate.
    "{plate}_{well}_f{field}_d{channel}",
    // ArrayScan.
    "{plate}_{well}f{field}d{channel}",
    // InCell Analyzer.
    "{row} - {column}(fld {field} wv {channel} - *",
    "{row} - {column}(fld {field} wv {channel})",
    "{well}_f{field}_c{channel}",
];

impl Pattern {
    /// Reads a pattern such as `{plate}_{well}f{field}d{channel}`, matched against the name without its extension.
    /// Fields: plate, well (`B03`), row, column, field, channel, z, t.
    pub fn parse(text: &str) -> Result<Pattern, Error> {
        let wrong =
            |why: &str| Error::new(Code::OutOfRange, why).argument("pattern").value(format!("\"{text}\""));
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(tail) = rest.strip_prefix('*') {
                parts.push(Part::Any);
                rest = tail;
            } else if let Some(tail) = rest.strip_prefix('{') {
                let (name, tail) = tail.split_once('}').ok_or_else(|| wrong("a brace is not closed"))?;
                let known = FIELDS.iter().find(|(n, _)| *n == name);
                let Some((_, field)) = known else {
                    let names = FIELDS.map(|(n, _)| n);
                    let mut error = wrong("no such field").allowed(names.join(", "));
                    error.help = suggestion(name, names.into_iter());
                    return Err(error);
                };
                if parts.contains(&Part::Field(*field)) {
                    return Err(wrong("a field stands twice"));
                }
                parts.push(Part::Field(*field));
                rest = tail;
            } else {
                let end = rest.find(['*', '{']).unwrap_or(rest.len());
                parts.push(Part::Text(rest[..end].into()));
                rest = &rest[end..];
            }
        }
        if !parts.iter().any(|p| matches!(p, Part::Field(_))) {
            return Err(wrong("a pattern has fields in braces").allowed("{well}, {field}, {channel}, ..."));
        }
        Ok(Pattern(parts))
    }

    /// The site that a file name tells; `None` where the name does not match.
    pub fn site(&self, path: &Path) -> Option<Site> {
        let mut found = Found::default();
        matches(&self.0, path.file_stem()?.to_str()?, &mut found).then(|| found.site())
    }
}

/// The site that a file name tells by one of the common patterns; one that knows nothing for any other name.
pub fn site(path: &Path) -> Site {
    let common = COMMON.iter().filter_map(|text| Pattern::parse(text).ok());
    common.into_iter().find_map(|pattern| pattern.site(path)).unwrap_or_default()
}

/// What the fields stood for.
#[derive(Clone, Default)]
struct Found {
    texts: Vec<(&'static str, String)>,
}

impl Found {
    fn take(&mut self, name: &str) -> Option<String> {
        let i = self.texts.iter().position(|(n, _)| *n == name)?;
        Some(self.texts.swap_remove(i).1)
    }

    fn number(&mut self, name: &str) -> Option<u32> {
        self.take(name)?.parse().ok()
    }

    fn site(mut self) -> Site {
        let rows_and_columns = (self.take("row"), self.take("column"));
        let well = match (self.take("well"), rows_and_columns) {
            (Some(well), _) => {
                let digits = well.find(|c: char| c.is_ascii_digit()).unwrap_or(well.len());
                Some(well_name(&well[..digits], &well[digits..]))
            }
            (None, (Some(row), Some(column))) => {
                let letters = row.parse().map_or(row.clone(), row_letters);
                Some(well_name(&letters, &column))
            }
            _ => None,
        };
        Site {
            well,
            plate: self.take("plate"),
            field: self.number("field"),
            t: self.number("t"),
            z: self.number("z"),
            channel: self.take("channel").map(without_guid),
        }
    }
}

/// ImageXpress puts an identifier of 36 characters behind the channel.
fn without_guid(channel: String) -> String {
    match channel.len().checked_sub(36) {
        Some(n @ 1..) if channel.matches('-').count() == 4 => channel.chars().take(n).collect(),
        _ => channel,
    }
}

fn well_name(row: &str, column: &str) -> String {
    format!("{}{:02}", row.to_uppercase(), column.parse::<u32>().unwrap_or(0))
}

/// 1 is A, 27 is AA.
fn row_letters(row: u32) -> String {
    let letter = |n: u32| char::from(b'A' + (n % 26) as u8).to_string();
    match row.saturating_sub(1) {
        n @ 0..26 => letter(n),
        n => letter(n / 26 - 1) + &letter(n),
    }
}

impl Key {
    fn name(self) -> &'static str {
        FIELDS.iter().find(|(_, f)| *f == self).map_or("", |(n, _)| n)
    }

    /// How many bytes of a text this field can be, the longest first.
    fn lengths(self, text: &str) -> Vec<usize> {
        let run = |fits: fn(char) -> bool| text.find(|c| !fits(c)).unwrap_or(text.len());
        let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        match self {
            // Lazily cut: what follows may stand in the name of the plate, too.
            Key::Plate => (1..=text.len()).rev().filter(|n| text.is_char_boundary(*n)).collect(),
            Key::Channel => {
                let letters = run(char::is_alphanumeric);
                let with_guid = run(|c| c.is_alphanumeric() || c == '-');
                let guid =
                    (with_guid > 36 && text[..with_guid].matches('-').count() == 4).then_some(with_guid);
                guid.into_iter().chain((1..=letters).rev().filter(|n| text.is_char_boundary(*n))).collect()
            }
            Key::Field | Key::Column | Key::Z | Key::T => (1..=digits(text).min(9)).rev().collect(),
            Key::Row => match run(|c| c.is_ascii_alphabetic()) {
                0 => (1..=digits(text).min(2)).rev().collect(),
                letters => (1..=letters.min(2)).rev().collect(),
            },
            Key::Well => {
                let letters = run(|c| c.is_ascii_alphabetic());
                if !(1..=2).contains(&letters) {
                    return Vec::new();
                }
                (1..=digits(&text[letters..]).min(3)).rev().map(|n| letters + n).collect()
            }
        }
    }
}

fn matches(parts: &[Part], text: &str, found: &mut Found) -> bool {
    let Some((part, rest)) = parts.split_first() else { return text.is_empty() };
    match part {
        Part::Text(literal) => text.strip_prefix(literal.as_str()).is_some_and(|t| matches(rest, t, found)),
        Part::Any => {
            (0..=text.len()).filter(|n| text.is_char_boundary(*n)).any(|n| matches(rest, &text[n..], found))
        }
        Part::Field(field) => field.lengths(text).into_iter().any(|n| {
            let before = found.texts.len();
            found.texts.push((field.name(), text[..n].into()));
            let fits = matches(rest, &text[n..], found);
            if !fits {
                found.texts.truncate(before);
            }
            fits
        }),
    }
}

/// The files of one field of view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its `t`, `z` and `channel` are `None`.
    pub site: Site,
    /// Names of the channels, in order; none where the names tell no channel.
    pub channels: Vec<String>,
    /// Files in t, channel, z order, z fastest.
    #[serde(with = "crate::batch::paths")]
    files: Vec<PathBuf>,
    t: Option<usize>,
    z: Option<usize>,
}

/// Puts the files of each site together: those that differ in channel, z or t only. The sites are in order of
/// plate, well and field; files whose name tells no channel, z or t are a group each. Every site must have the same
/// channels, and every z and t of its own: what is missing is an error that names the site; all are gathered.
pub fn group(paths: &[PathBuf], pattern: Option<&Pattern>) -> Result<Vec<Group>, Vec<Error>> {
    let mut errors = Vec::new();
    let mut sites: BTreeMap<(Site, PathBuf), BTreeMap<Place, PathBuf>> = BTreeMap::new();
    for path in paths {
        let site = match pattern {
            None => site(path),
            Some(pattern) => match pattern.site(path) {
                Some(site) => site,
                None => {
                    errors.push(file_error(path, "its name does not fit the pattern"));
                    continue;
                }
            },
        };
        let alone = site.channel.is_none() && site.z.is_none() && site.t.is_none();
        // Two folders may hold files of the same names.
        let place = if alone { path.clone() } else { path.parent().unwrap_or(Path::new("")).into() };
        let key = (site.t.unwrap_or(0), ChannelOrder::new(site.channel.clone()), site.z.unwrap_or(0));
        let common = Site { channel: None, z: None, t: None, ..site };
        if let Some(other) = sites.entry((common, place)).or_default().insert(key, path.clone()) {
            let message =
                format!("{} and {} are of the same site and channel", other.display(), path.display());
            errors.push(Error::new(Code::File, message));
        }
    }
    let mut all_channels: Vec<ChannelOrder> =
        sites.values().flat_map(|f| f.keys().map(|k| k.1.clone())).collect();
    all_channels.sort();
    all_channels.dedup();
    let named = all_channels.iter().filter(|c| c.name.is_some()).count();
    let mut groups = Vec::new();
    for ((site, _), files) in sites {
        let has_channel = files.keys().any(|k| k.1.name.is_some());
        let channels =
            if has_channel { &all_channels[all_channels.len() - named..] } else { &all_channels[..1] };
        let steps = |of: fn(&Place) -> u32| {
            let mut steps: Vec<u32> = files.keys().map(of).collect();
            steps.sort_unstable();
            steps.dedup();
            steps
        };
        let (times, planes) = (steps(|k| k.0), steps(|k| k.2));
        let mut ordered = Vec::new();
        for &t in &times {
            for channel in channels {
                for &z in &planes {
                    match files.get(&(t, channel.clone(), z)) {
                        Some(file) => ordered.push(file.clone()),
                        None => {
                            errors.push(missing(&site, channel, (times.len() > 1, t), (planes.len() > 1, z)))
                        }
                    }
                }
            }
        }
        groups.push(Group {
            site,
            channels: channels.iter().filter_map(|c| c.name.clone()).collect(),
            files: ordered,
            t: (times.len() > 1).then_some(times.len()),
            z: (planes.len() > 1).then_some(planes.len()),
        });
    }
    if errors.is_empty() { Ok(groups) } else { Err(errors) }
}

/// t, channel and z of a file.
type Place = (u32, ChannelOrder, u32);

/// Channels by number where they are numbers, then by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ChannelOrder {
    known: bool,
    number: Option<u64>,
    name: Option<String>,
}

impl ChannelOrder {
    fn new(name: Option<String>) -> ChannelOrder {
        ChannelOrder { known: name.is_some(), number: name.as_ref().and_then(|n| n.parse().ok()), name }
    }
}

fn missing(site: &Site, channel: &ChannelOrder, (has_t, t): (bool, u32), (has_z, z): (bool, u32)) -> Error {
    let mut message = format!("{} has no file", site.name());
    for (here, what) in [
        (channel.known, format!(" of channel {}", channel.name.as_deref().unwrap_or(""))),
        (has_t, format!(" at t {t}")),
        (has_z, format!(" at z {z}")),
    ] {
        if here {
            message += &what;
        }
    }
    Error::new(Code::MissingChannel, message).help("add the file, or leave the site out")
}

impl Site {
    /// `plate AS_09047, well B03, field 1`.
    pub fn name(&self) -> String {
        let mut parts = Vec::new();
        for (what, value) in [
            ("plate", self.plate.clone()),
            ("well", self.well.clone()),
            ("field", self.field.map(|f| f.to_string())),
        ] {
            parts.extend(value.map(|value| format!("{what} {value}")));
        }
        if parts.is_empty() { "the image".into() } else { parts.join(", ") }
    }
}

impl Group {
    /// Files in t, channel, z order.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// A name for outputs: the file's own, or, of several, what their names have in common at the beginning.
    pub fn stem(&self) -> String {
        let stems: Vec<String> =
            self.files.iter().filter_map(|f| Some(f.file_stem()?.to_string_lossy().into_owned())).collect();
        let Some(first) = stems.first() else { return "image".into() };
        if stems.len() == 1 {
            return first.clone();
        }
        let same =
            |n: &usize| first.is_char_boundary(*n) && stems.iter().all(|s| s.starts_with(&first[..*n]));
        let common = &first[..(0..=first.len()).rev().find(same).unwrap_or(0)];
        // Without the letters that announce a channel or plane.
        let cut = common.trim_end_matches(|c: char| !c.is_ascii_digit());
        let stem = if cut.is_empty() { common.trim_end_matches(['_', '-', ' ', '.']) } else { cut };
        if stem.is_empty() { first.clone() } else { stem.into() }
    }

    /// Reads the files into one image, with a channel axis where there are several channels.
    pub fn read(&self) -> Result<Image, Error> {
        if let [file] = self.files.as_slice() {
            let image = read(file)?;
            return Ok(if image.c() == 1 { image.with_channels(self.channels.clone()) } else { image });
        }
        let mut planes = Vec::with_capacity(self.files.len());
        for file in &self.files {
            let image = read(file)?;
            let [plane] = image.volumes() else {
                return Err(file_error(file, "has channels or times of its own")
                    .help("an image of a site has one channel in each file"));
            };
            if let Some(first) = planes.first().map(Volume::meta)
                && (first.shape, first.dtype) != (plane.shape(), plane.dtype())
            {
                let form = |shape: [usize; 3], dtype| format!("{shape:?} {dtype}");
                return Err(file_error(file, "differs from the first file of its site")
                    .value(form(plane.shape(), plane.dtype()))
                    .allowed(form(first.shape, first.dtype)));
            }
            planes.push(plane.clone());
        }
        let volumes = match self.z {
            Some(z) => planes.chunks(z).map(Volume::stack).collect::<Result<_, _>>()?,
            None => planes,
        };
        let c = (self.channels.len() > 1).then_some(self.channels.len());
        Ok(Image::new(volumes, self.t, c)?.with_channels(self.channels.clone()))
    }
}
