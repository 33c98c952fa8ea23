//! File-name patterns: regular expressions with named groups, and the short form with fields in braces.

use super::{well_name, well_text};
use regex::Regex;
use rotifer_registry::error::suggestion;
use rotifer_registry::{Code, Error};
use std::path::Path;

/// A file-name pattern.
///
/// With `(?P<` or `(?<` in it, it is a regular expression, searched in the name without its extension and then in the
/// whole name. Otherwise it is a text that fits the whole name without its extension, with `*` for anything and
/// fields in braces. A pattern with `/` is compared with as many folders as it has.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
    folders: usize,
}

/// Facts that a name tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named {
    pub plate: Option<String>,
    pub well: Option<String>,
    pub field: Option<u32>,
    pub t: Option<u32>,
    pub z: Option<u32>,
    /// Number of the channel, where it has a name beside.
    pub c: Option<u32>,
    /// A number or a name, as in the file name.
    pub channel: Option<String>,
    /// Minutes, where the name has a time of the clock in place of a number.
    pub minutes: Option<i64>,
    /// A letter that tells kinds of channels apart.
    pub kind: Option<String>,
}

/// Fields of patterns, and what other programs call them.
const FIELDS: [(&str, &[&str]); 17] = [
    ("plate", &["assay"]),
    ("well", &[]),
    ("row", &["wellrow"]),
    ("column", &["col", "wellcolumn"]),
    ("field", &["site", "position", "fov"]),
    ("channel", &["channelname", "channelnumber", "wavelength", "wave"]),
    ("z", &["zindex", "zplane", "slice", "stack"]),
    ("t", &["time", "timepoint", "frame"]),
    ("c", &[]),
    ("year", &[]),
    ("month", &[]),
    ("day", &[]),
    ("hour", &[]),
    ("minute", &[]),
    ("kind", &[]),
    ("number", &[]),
    ("rest", &[]),
];
/// How many of them are for users.
const SHOWN: usize = 8;

const GUID: &str = "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}";

/// The expression of a field in braces.
fn field(name: &str) -> Option<String> {
    let inner = match name {
        "plate" => ".+",
        "well" => "[A-Za-z]{1,2}[0-9]{1,3}",
        "row" => "[A-Za-z]{1,2}|[0-9]{1,2}",
        "column" => "[0-9]{1,2}",
        "field" | "z" | "t" => "[0-9]{1,9}",
        // ImageXpress puts an identifier behind the channel.
        "channel" => return Some(format!(r"(?P<channel>[^\W_]+?)(?:{GUID})?")),
        _ => return None,
    };
    Some(format!("(?P<{name}>{inner})"))
}

impl Pattern {
    /// Reads a pattern such as `{plate}_{well}f{field}d{channel}` or `(?P<well>[A-H]\d\d)_(?P<channel>\w+)`.
    /// Fields: plate, well (`B03`), row, column, field, channel, z, t.
    pub fn parse(text: &str) -> Result<Pattern, Error> {
        let wrong =
            |why: &str| Error::new(Code::OutOfRange, why).argument("pattern").value(format!("\"{text}\""));
        let folders = text.matches('/').count();
        let known = || FIELDS[..SHOWN].iter().map(|(name, _)| *name);
        let unknown = |name: &str| {
            let mut error = wrong("no such field").allowed(known().collect::<Vec<_>>().join(", "));
            error.help = suggestion(name, known());
            error
        };
        if text.contains("(?P<") || text.contains("(?<") {
            let regex = Regex::new(text).map_err(|e| {
                let text = e.to_string();
                let last = text.lines().last().unwrap_or_default();
                wrong(last.trim_start_matches("error: "))
            })?;
            let names: Vec<&str> = regex.capture_names().flatten().collect();
            if let Some(odd) = names.iter().find(|name| canonical(name).is_none()) {
                return Err(unknown(odd));
            }
            return Ok(Pattern { regex, folders });
        }
        let mut expression = String::from("^");
        let mut rest = text;
        let mut fields: Vec<&str> = Vec::new();
        while !rest.is_empty() {
            if let Some(tail) = rest.strip_prefix('*') {
                expression += "[^/]*";
                rest = tail;
            } else if let Some(tail) = rest.strip_prefix('{') {
                let (name, tail) = tail.split_once('}').ok_or_else(|| wrong("a brace is not closed"))?;
                expression += &field(name).ok_or_else(|| unknown(name))?;
                if fields.contains(&name) {
                    return Err(wrong("a field stands twice"));
                }
                fields.push(name);
                rest = tail;
            } else {
                let end = rest.find(['*', '{']).unwrap_or(rest.len());
                expression += &regex::escape(&rest[..end]);
                rest = &rest[end..];
            }
        }
        if fields.is_empty() {
            return Err(wrong("a pattern has fields: in braces, or as named groups of a regular expression")
                .allowed("{well}, {field}, {channel}, ... or (?P<well>...)"));
        }
        let regex = Regex::new(&(expression + "$")).map_err(|e| wrong(&e.to_string()))?;
        Ok(Pattern { regex, folders })
    }

    /// A pattern of the table of rules.
    pub(super) fn rule(text: &str) -> Result<Pattern, regex::Error> {
        let well = r"(?P<well>(?:A[A-F]|[A-Z])[0-9]{1,2}|[a-p][0-9]{2})";
        let mut expression = text.replace("{well}", well).replace("{guid}", GUID);
        for name in ["plate", "row", "column", "field", "z", "t"] {
            expression = expression.replace(&format!("{{{name}}}"), &field(name).unwrap_or_default());
        }
        Ok(Pattern { regex: Regex::new(&format!("^(?:{expression})$"))?, folders: 0 })
    }

    /// Facts that a file name tells; `None` where it does not fit.
    pub fn named(&self, path: &Path) -> Option<Named> {
        let name = path.file_name()?.to_str()?;
        let stem = path.file_stem()?.to_str()?;
        let mut before = String::new();
        if self.folders > 0 {
            let parts: Vec<&str> = path.parent()?.iter().filter_map(|part| part.to_str()).collect();
            let from = parts.len().checked_sub(self.folders)?;
            before = parts[from..].join("/") + "/";
        }
        [stem, name].iter().find_map(|name| self.find(&format!("{before}{name}")))
    }

    /// Whether a file name, without folders, fits.
    pub(super) fn fits(&self, path: &Path) -> bool {
        let text =
            |name: Option<&std::ffi::OsStr>| name.and_then(|n| n.to_str()).map(|n| self.regex.is_match(n));
        [path.file_stem(), path.file_name()].into_iter().any(|name| text(name) == Some(true))
    }

    fn find(&self, text: &str) -> Option<Named> {
        let found = self.regex.captures(text)?;
        let get = |field: &str| {
            let mut names = self.regex.capture_names().flatten();
            names.find_map(|name| {
                (canonical(name) == Some(field)).then(|| found.name(name)).flatten().map(|m| m.as_str())
            })
        };
        let number = |field: &str| get(field).and_then(|text| text.parse::<u32>().ok());
        let well = match (get("well"), get("row"), get("column")) {
            (Some(well), ..) => Some(well_text(well)),
            (None, Some(row), Some(column)) => Some(well_name(row, column)?),
            _ => None,
        };
        let text = |field: &str| get(field).filter(|text| !text.is_empty()).map(String::from);
        let clock = |field: &str| get(field).and_then(|text| text.parse::<i64>().ok());
        let minutes = clock("minute").map(|minute| {
            let days = match (clock("year"), clock("month"), clock("day")) {
                (Some(year), Some(month), Some(day)) => days_of(year, month, day),
                (.., day) => day.unwrap_or(0),
            };
            (24 * days + clock("hour").unwrap_or(0)) * 60 + minute
        });
        Some(Named {
            plate: text("plate"),
            well,
            field: number("field"),
            t: number("t"),
            z: number("z"),
            c: number("c"),
            channel: text("channel"),
            minutes,
            kind: text("kind"),
        })
    }
}

/// The field that a named group is; a `_` behind the name is a second place for the same.
fn canonical(group: &str) -> Option<&'static str> {
    let group = group.trim_end_matches('_').to_lowercase();
    FIELDS.iter().find(|(name, others)| *name == group || others.contains(&group.as_str())).map(|(n, _)| *n)
}

/// Days from 1 January 1970 in the Gregorian calendar.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March have the leap day at their end.
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * month + 2) / 5
        + day
        - 719_469
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_by_the_calendar() {
        for (date, days) in
            [((1970, 1, 1), 0), ((1970, 3, 1), 59), ((2000, 2, 29), 11_016), ((2021, 5, 3), 18_750)]
        {
            assert_eq!(days_of(date.0, date.1, date.2), days, "{date:?}");
        }
    }
}
