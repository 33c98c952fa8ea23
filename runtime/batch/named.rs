//! Files of a pipeline's inputs beside the image that it is run on.

use crate::io::Group;
use rotifer_registry::error::suggestion;
use rotifer_registry::pipeline::{Checked, Source};
use rotifer_registry::{Code, Error};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Fields of an image that a pattern may name.
pub(super) const FIELDS: [&str; 8] =
    ["plate", "well", "row", "column", "field", "acquisition", "name", "folder"];

/// Where the inputs are, in the order of the pipeline, each by its name.
pub struct Named(Vec<(String, Place)>);

enum Place {
    One(PathBuf),
    /// A path for each image.
    Each(Vec<Part>),
}

enum Part {
    Text(String),
    /// A field, and the digits that a number has at least.
    Field {
        name: &'static str,
        digits: usize,
    },
}

impl Named {
    /// Of a pipeline; `given` takes the place of what it says itself.
    pub fn new(checked: &Checked, given: &BTreeMap<String, PathBuf>) -> Result<Named, Error> {
        let inputs = &checked.inputs[1..];
        if let Some(name) = given.keys().find(|name| !inputs.iter().any(|input| input.name == **name)) {
            let names = inputs.iter().map(|input| input.name.as_str());
            let mut error = Error::new(Code::UnknownInput, format!("the pipeline has no input `{name}`"));
            error = error.argument("input");
            error.help = suggestion(name, names)
                .or(Some("name it in the pipeline: [inputs], then flat = { file = \"flat.tif\" }".into()));
            return Err(error);
        }
        let place = |path: &Path| match path.to_str().filter(|text| text.contains('{')) {
            Some(text) if !path.exists() => parts(text).map(Place::Each),
            _ => Ok(Place::One(path.to_path_buf())),
        };
        let named = inputs.iter().map(|input| {
            let place = match (given.get(&input.name), &input.source) {
                (Some(path), _) => place(path),
                (None, Source::File(path)) => Ok(Place::One(path.into())),
                (None, Source::Pattern(text)) => parts(text).map(Place::Each),
                (None, Source::Given | Source::Run) => Err(input.not_given()),
            };
            Ok((input.name.clone(), place?))
        });
        named.collect::<Result<_, Error>>().map(Named)
    }

    /// The files of an image.
    pub fn of(&self, group: &Group) -> Result<Vec<PathBuf>, Error> {
        let path = |(input, place): &(String, Place)| match place {
            Place::One(path) => Ok(path.clone()),
            Place::Each(parts) => {
                let mut path = String::new();
                for part in parts {
                    match part {
                        Part::Text(text) => path += text,
                        Part::Field { name, digits } => {
                            let value = field(group, name).ok_or_else(|| {
                                let message = format!(
                                    "{}: nothing tells its {name}, by which the input \
                                    `{input}` is found",
                                    group.stem()
                                );
                                Error::new(Code::File, message).argument("input")
                            })?;
                            path += &format!("{value:0>digits$}");
                        }
                    }
                }
                Ok(PathBuf::from(path))
            }
        };
        self.0.iter().map(path).collect()
    }

    /// Holds that every image has its files.
    pub fn check(&self, groups: &[Group]) -> Result<(), Error> {
        let mut missing: Vec<String> = Vec::new();
        let mut count = 0;
        for group in groups {
            for ((input, place), path) in self.0.iter().zip(self.of(group)?) {
                let (file, _) = crate::io::split(&path);
                if file.is_file() {
                    continue;
                }
                let one = match place {
                    Place::One(_) => format!("{}, the input `{input}`", path.display()),
                    Place::Each(_) => format!("{}, the input `{input}` of {}", path.display(), group.stem()),
                };
                if !missing.contains(&one) {
                    count += 1;
                    if missing.len() < 3 {
                        missing.push(one);
                    }
                }
            }
        }
        if count == 0 {
            return Ok(());
        }
        let more = if count > missing.len() {
            format!(", and {} more", count - missing.len())
        } else {
            String::new()
        };
        Err(Error::new(Code::File, format!("no such file: {}{more}", missing.join("; ")))
            .argument("input")
            .help("--input NAME=PATH takes the place of what the pipeline says"))
    }
}

/// A field of an image, or its value in a further column of the site table.
pub(super) fn field(group: &Group, name: &str) -> Option<String> {
    let site = &group.site;
    let well = || {
        site.well
            .as_deref()
            .map(|well| well.split_at(well.find(|c: char| c.is_ascii_digit()).unwrap_or(well.len())))
    };
    match name {
        "plate" => site.plate.clone(),
        "well" => site.well.clone(),
        "row" => well().map(|(row, _)| row.into()),
        "column" => well().map(|(_, column)| column.into()),
        "field" => site.field.map(|n| n.to_string()),
        "acquisition" => site.acquisition.map(|n| n.to_string()),
        "name" => Some(group.stem()),
        "folder" => group
            .files()
            .first()?
            .parent()?
            .to_str()
            .map(|folder| if folder.is_empty() { ".".into() } else { folder.into() }),
        _ => group.more.iter().find(|(column, _)| column == name).map(|(_, value)| value.clone()),
    }
}

/// The parts of a pattern such as `masks/{well}_f{field:03}.tif`.
fn parts(text: &str) -> Result<Vec<Part>, Error> {
    let wrong = |message: &str| {
        Error::new(Code::OutOfRange, message)
            .argument("pattern")
            .value(format!("\"{text}\""))
            .allowed(FIELDS.map(|name| format!("{{{name}}}")).join(", "))
            .help("a number has so many digits at least as in {field:03}")
    };
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (inner, after) = after.split_once('}').ok_or_else(|| wrong("a `{` without its `}`"))?;
        let (name, digits) = inner.split_once(':').unwrap_or((inner, "0"));
        let name = FIELDS.into_iter().find(|field| *field == name).ok_or_else(|| wrong("no such field"))?;
        let digits: usize = digits.parse().map_err(|_| wrong("no number of digits"))?;
        parts.push(Part::Text(before.into()));
        parts.push(Part::Field { name, digits: digits.min(64) });
        rest = after;
    }
    parts.push(Part::Text(rest.into()));
    Ok(parts)
}
