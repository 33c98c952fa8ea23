//! The images that a command line names.

use super::pipeline_file::Loaded;
use super::report::{Failure, tell};
use super::{args, exit};
use crate::batch;
use crate::io::{Group, Missing, Pattern, plate};
use clap::builder::{OsStringValueParser, PossibleValuesParser};
use clap::{Arg, ArgAction, ArgMatches};
use rotifer_registry::{Code, Error, Image, ImageMeta};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub fn inputs_arg() -> Arg {
    Arg::new("input")
        .num_args(1..)
        .value_name("INPUT")
        .value_parser(OsStringValueParser::new())
        .help("Files, folders or patterns such as 'plate/*.tif'")
}

/// Flags that say how files become images.
pub fn site_flags() -> [Arg; 4] {
    let [pattern, no_group] = name_flags();
    [
        sites_flag()
            .conflicts_with_all(["input", "pattern", "no_group"])
            .help("A table of `rotifer sites`, or a LoadData file of CellProfiler, in place of INPUT"),
        pattern,
        no_group,
        Arg::new("missing")
            .long("missing")
            .value_parser(PossibleValuesParser::new(Missing::NAMES))
            .default_value(Missing::NAMES[0])
            .help("A site without all its planes fails and the others run; is skipped; or has blank planes"),
    ]
}

pub fn sites_flag() -> Arg {
    Arg::new("sites").long("sites").value_name("TABLE").value_parser(clap::value_parser!(PathBuf))
}

/// Flags that say what names mean.
pub fn name_flags() -> [Arg; 2] {
    [
        Arg::new("pattern")
            .long("pattern")
            .value_name("PATTERN")
            .value_parser(|text: &str| Pattern::parse(text).map_err(|e| e.to_string()))
            .help("What file names tell: '{plate}_{well}f{field}d{channel}', or a regular expression with (?P<well>...)"),
        Arg::new("no_group")
            .long("no-group")
            .action(ArgAction::SetTrue)
            .conflicts_with("pattern")
            .help("Each file is an image of its own"),
    ]
}

fn wrong(errors: Vec<Error>) -> Failure {
    Failure { exit: exit::INPUT, errors, source: None }
}

/// The site table that the command line means. `strict` refuses files of which nothing tells a site.
pub fn table(matches: &ArgMatches, strict: bool) -> Result<plate::Table, Failure> {
    if let Some(path) = matches.try_get_one::<PathBuf>("sites").ok().flatten() {
        return plate::Table::read(path).map_err(|e| wrong(vec![e]));
    }
    let inputs: Vec<OsString> =
        matches.get_many::<OsString>("input").into_iter().flatten().cloned().collect();
    let choice = plate::Choice {
        pattern: matches.get_one::<Pattern>("pattern").cloned(),
        no_group: matches.get_flag("no_group"),
        strict: strict && !matches.get_flag("no_group"),
    };
    plate::sites(&inputs, &choice).map_err(wrong)
}

/// The images of a run: none where the command line names none, and the pipeline makes its images itself.
pub fn of_run(loaded: &Loaded, matches: &ArgMatches) -> Result<Vec<Group>, Failure> {
    if matches.contains_id("input") || matches.contains_id("sites") {
        return groups(matches);
    }
    if loaded.checked.needs_image() {
        let error = loaded.checked.inputs[0].not_given().argument("INPUT");
        return Err(Failure::new(exit::USAGE, error.help("files, folders or patterns, or --sites TABLE")));
    }
    Ok(Vec::new())
}

/// The images that the inputs mean: files, or the files of one field of view together. What was left out is told.
pub fn groups(matches: &ArgMatches) -> Result<Vec<Group>, Failure> {
    let missing =
        matches.get_one::<String>("missing").and_then(|text| Missing::parse(text)).unwrap_or_default();
    let plate::Grouped { groups, notes } = plate::groups(table(matches, false)?, missing);
    tell(&notes.iter().map(|note| format!("note: {note}\n")).collect::<String>());
    if groups.is_empty() {
        return Err(wrong(vec![Error::new(Code::File, "no image is left").help("the notes say why")]));
    }
    Ok(groups)
}

/// The one image that a word of a command line means: a file, or the files of one site.
pub fn one(path: &Path) -> Result<Group, Error> {
    let first = |mut errors: Vec<Error>| errors.remove(0);
    only(path, plate::sites(&[path], &plate::Choice::default()).map_err(first)?)
}

/// The one image of a site table.
pub fn of_table(path: &Path) -> Result<Group, Error> {
    only(path, plate::Table::read(path)?)
}

fn only(path: &Path, table: plate::Table) -> Result<Group, Error> {
    let plate::Grouped { mut groups, notes } = plate::groups(table, Missing::Error);
    tell(&notes.iter().map(|note| format!("note: {note}\n")).collect::<String>());
    match (groups.pop(), groups.len()) {
        (Some(group), 0) => Ok(group),
        (_, n) => Err(Error::new(Code::File, format!("{}: one image is needed here", path.display()))
            .value(format!("{} images", n + 1))
            .help("give one file, or the rows of one site; `rotifer run` runs a pipeline on all")),
    }
}

/// Reads an image; the pixel size is that of the command line where it gives one.
pub fn read(group: &Group, matches: &ArgMatches) -> Result<Image, Error> {
    let (image, notes) = group.read_noted()?;
    tell(&notes.iter().map(|note| format!("note: {note}\n")).collect::<String>());
    spaced(image, matches)
}

/// Metadata of the image that [`read`] gives, without decoding pixels.
pub fn meta(group: &Group, matches: &ArgMatches) -> Result<ImageMeta, Error> {
    let mut meta = group.meta()?;
    meta.volume.spacing = args::spacing(matches, &meta.volume)?.or(meta.volume.spacing);
    Ok(meta)
}

/// The image with the pixel size of the command line, or with its own where none is given.
pub fn spaced(image: Image, matches: &ArgMatches) -> Result<Image, Error> {
    batch::spaced(image, &args::sizes_given(matches))
}

/// How many images a table gives, and what is missing.
pub fn summary(table: plate::Table) -> String {
    let rows = table.rows.len();
    let plate::Grouped { groups, notes } = plate::groups(table, Missing::Error);
    let mut text: String = notes.iter().map(|note| format!("note: {note}\n")).collect();
    let failed: Vec<Error> = groups.iter().filter_map(Group::error).collect();
    text.extend(failed.iter().map(|error| format!("{error}\n")));
    text + &format!("{} images of {} rows, {} with something missing\n", groups.len(), rows, failed.len())
}
