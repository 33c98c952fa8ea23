//! `rotifer check`: everything that is wrong with a pipeline, at its line.

use super::pipeline_file::{Loaded, pipeline_arg};
use super::report::{Failure, say, say_json};
use super::{args, exit, images};
use crate::batch::{self, Named};
use crate::execute::{Given, Options, check_inputs, takes_labels};
use crate::io::{self, Group};
use clap::{ArgMatches, Command};
use serde_json::json;

pub fn command() -> Command {
    Command::new("check")
        .about("Check a pipeline: ids, arguments, ranges, names, kinds; with an image, whether it fits")
        .arg(pipeline_arg())
        .arg(images::inputs_arg())
        .args(images::site_flags())
        .arg(args::named_inputs_flag())
        .arg(args::spacing_flag())
        .arg(args::labels_flag())
        .arg(args::json_flag())
}

pub fn run(matches: &ArgMatches) -> Result<u8, Failure> {
    let loaded = Loaded::from_args(matches)?;
    loaded.saves()?;
    let images = if matches.contains_id("input") || matches.contains_id("sites") {
        images::groups(matches)?
    } else {
        Vec::new()
    };
    let (options, unread) = (args::options(matches), |e| Failure::new(exit::INPUT, e));
    let inputs = args::named_inputs(matches);
    let named = Named::new(&loaded.checked, &inputs).map_err(unread)?;
    named.check(&images).map_err(unread)?;
    batch::over::check(&loaded.checked, &images).map_err(|error| loaded.wrong(error))?;
    if !loaded.checked.needs_image() {
        loaded.plan(&Group::none(&loaded.checked.name), None, &inputs, &Options::default())?;
    }
    for image in &images {
        let meta = images::meta(image, matches).map_err(unread)?;
        loaded.plan(image, Some(&meta), &inputs, &Options::default())?;
        // Only its values tell whether it is labels.
        if takes_labels(&loaded.checked) && !options.labels {
            let mut given = Given::from(&images::read(image, matches).map_err(unread)?);
            for path in named.of(image).map_err(unread)? {
                given.inputs.push(io::read_value(&path).map_err(unread)?);
            }
            check_inputs(&loaded.checked, &given, &options).map_err(|mut error| {
                error.message = format!("{}: {}", image.stem(), error.message);
                loaded.wrong(error)
            })?;
        }
    }
    let (path, steps) = (&loaded.source.path, loaded.checked.steps.len());
    if args::json(matches) {
        let report = json!({
            "ok": true, "file": path, "name": loaded.checked.name, "steps": steps, "images": images.len(),
        });
        say_json(&report);
    } else {
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        let mut text = format!("{path}: right, {steps} step{}", plural(steps));
        if !images.is_empty() {
            text += &format!("; fits {} image{}", images.len(), plural(images.len()));
        }
        say(&(text + "\n"));
    }
    Ok(0)
}
