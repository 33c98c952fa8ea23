//! `rotifer demo`: a generated plate, its nuclei found and measured, and how near that is to the truth.

use super::pipeline_file::File;
use super::report::{Failure, Source, say, say_json, tell};
use super::run::how::{how_flags, run_on};
use super::run::summary::{Report, done_text};
use super::{args, exit};
use crate::batch::{Existing, ImageDone, Status, names};
use crate::execute::{On, Options, apply};
use crate::io::{self, Group};
use crate::sample::{SampleField, write_plate};
use crate::truth::{Score, score};
use clap::{Arg, ArgMatches, Command};
use rotifer_registry::{Args, Code, Error, Frames, Image, Volume, get};
use serde_json::json;
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// The pipeline that the demo runs, and the name of its label images.
const PIPELINE: &str = include_str!("../../examples/nuclei.toml");
const LABELS: &str = "nuclei";

pub fn command() -> Command {
    Command::new("demo")
        .about("Generate a plate, find its nuclei, and compare them with the truth")
        .arg(
            Arg::new("out")
                .short('o')
                .long("out")
                .default_value("demo")
                .value_name("DIR")
                .help("Folder for all of it"),
        )
        .args(how_flags())
        .arg(args::json_flag())
}

pub fn run(matches: &ArgMatches) -> Result<u8, Failure> {
    let out = Path::new(matches.get_one::<String>("out").map_or("demo", |s| s));
    let quiet = args::json(matches);
    let (plate, pipeline) = (out.join("plate"), out.join("nuclei.toml"));
    let loaded = File::from(Source { path: pipeline.display().to_string(), text: PIPELINE.into() }).load()?;
    if !quiet {
        tell(&format!("writing a sample plate to {}\n", plate.display()));
    }
    io::sweep(out);
    let fields = write_plate(&plate)?;
    io::write_atomic(&pipeline, |file| std::io::Write::write_all(file, PIPELINE.as_bytes()))?;
    let files: Vec<PathBuf> = fields.iter().flat_map(|f| f.files.clone()).collect();
    let wrong = |errors| Failure { exit: exit::INPUT, errors, source: None };
    let groups = io::group(&files, None).map_err(wrong)?;
    let results = out.join("results");
    let mut done = run_on(&loaded, groups.clone(), &results, Existing::Overwrite, matches, quiet, None)?;
    let images: Vec<ImageDone> = done.images().collect();

    let mut scores: Vec<(String, Score)> = Vec::new();
    for (group, image) in groups.iter().zip(&images).filter(|(_, image)| image.status == Status::Done) {
        scores.push((image.image.clone(), look(group, image, &fields, &results)?));
    }
    let mut total = Score::default();
    scores.iter().for_each(|(_, score)| total.add(score));
    let of =
        |image: &ImageDone| scores.iter().find(|(name, _)| *name == image.image).map(|(_, score)| *score);
    if quiet {
        let each =
            |s: &Score| json!({ "truth": s.truth, "found": s.found, "matched": s.matched, "f1": s.f1() });
        let images: serde_json::Map<_, _> = scores.iter().map(|(name, s)| (name.clone(), each(s))).collect();
        let report = Report(RefCell::new(&mut done));
        say_json(&json!({ "run": report, "truth": { "all": each(&total), "images": images } }));
    } else {
        let columns = |image: &ImageDone| {
            of(image).map_or(Vec::new(), |s| vec![s.truth.to_string(), format!("{:.3}", s.f1())])
        };
        let mut text = done_text(&mut done, &["true objects", "F1"], columns);
        text += &format!(
            "\n{} of {} nuclei found, {} too many: F1 {:.3} at IoU 0.5\n",
            total.matched,
            total.truth,
            total.found - total.matched,
            total.f1()
        );
        text += &look_here(&images, &done.tables, &results, out);
        say(&text);
    }
    Ok(done.exit())
}

/// Writes the overlay of one field and compares its nuclei with the truth.
fn look(group: &Group, image: &ImageDone, fields: &[SampleField], results: &Path) -> Result<Score, Error> {
    let missing = |what: &str| Error::new(Code::Internal, format!("{what} of {} is missing", image.image));
    let folder = results.join(&image.image);
    let labels = io::read(&folder.join(format!("{LABELS}.tif")))?.volume(0, 0).to_labels()?;
    let field = fields.iter().find(|f| group.files().iter().all(|file| f.files.contains(file)));
    let field = field.ok_or_else(|| missing("the truth"))?;
    let nuclei = io::read(field.files.first().ok_or_else(|| missing("the first channel"))?)?;
    io::write_image(&folder.join("overlay.png"), &overlay(&nuclei, &labels)?)?;
    score(field.truth.label_slice()?, labels.label_slice()?, 0.5)
}

/// The nuclei outlined, by the function of that name.
fn overlay(image: &Image, labels: &Volume) -> Result<Image, Error> {
    let inputs = [Some(Frames::from(image)), Some(Frames::from(&Image::from(labels.clone())))];
    let options = Options { on: On::Cpu, ..Options::default() };
    let (pictures, _) = apply(get("overlay")?, &Args::new(), &inputs, &options)?;
    let picture = pictures.first().and_then(Frames::to_image);
    picture.unwrap_or_else(|| Err(Error::new(Code::Internal, "an overlay is an image")))
}

fn look_here(images: &[ImageDone], tables: &[PathBuf], results: &Path, out: &Path) -> String {
    let mut text = "\nWhere to look\n".to_string();
    if let Some(image) = images.iter().find(|i| i.status == Status::Done) {
        text += &format!(
            "  {}  what was found, drawn on the image\n",
            results.join(&image.image).join("overlay.png").display()
        );
    }
    for table in tables {
        let rows = match table.file_stem().and_then(|stem| stem.to_str()) {
            Some(names::IMAGES) => "image",
            Some(names::WELLS) => "well",
            _ => "nucleus",
        };
        text += &format!("  {}  a row for each {rows}\n", table.display());
    }
    text + &format!(
        "  {}  the pipeline: change it, then `rotifer run` it on your own images\n",
        out.join("nuclei.toml").display()
    )
}
