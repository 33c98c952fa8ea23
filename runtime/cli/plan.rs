//! `rotifer plan`: what a pipeline will do with an image, before it does it.

use super::pipeline_file::{Loaded, pipeline_arg};
use super::report::{Failure, bytes_text, columns, say, say_json};
use super::{args, exit, images};
use crate::io::Group;
use crate::plan::{Plan, PlannedOutput};
use clap::{ArgMatches, Command};
use rotifer_registry::ImageMeta;
use rotifer_registry::pipeline::Memory;
use serde_json::json;

pub fn command() -> Command {
    Command::new("plan")
        .about(
            "Show what a pipeline will do with the first image: memory types, shapes, transfers, peak memory",
        )
        .arg(pipeline_arg())
        .arg(images::inputs_arg())
        .args(images::site_flags())
        .arg(args::named_inputs_flag())
        .arg(args::on_flag(&["auto", "cpu", "gpu"]))
        .arg(args::memory_flag())
        .arg(args::spacing_flag())
        .arg(args::json_flag())
}

pub fn run(matches: &ArgMatches) -> Result<u8, Failure> {
    let loaded = Loaded::from_args(matches)?;
    let groups = images::of_run(&loaded, matches)?;
    let group = groups.into_iter().next().unwrap_or_else(|| Group::none(&loaded.checked.name));
    let meta = match group.is_none() {
        true => None,
        false => Some(images::meta(&group, matches).map_err(|e| Failure::new(exit::INPUT, e))?),
    };
    let plan = loaded.plan(&group, meta.as_ref(), &args::named_inputs(matches), &args::options(matches))?;
    if args::json(matches) {
        say_json(
            &json!({ "pipeline": loaded.checked.name, "image": group.stem(), "input": meta, "plan": plan }),
        );
    } else {
        say(&text(&loaded.checked.name, &group.stem(), meta.as_ref(), &plan));
    }
    Ok(0)
}

fn text(pipeline: &str, image: &str, meta: Option<&ImageMeta>, plan: &Plan) -> String {
    let frames = |n: usize| if n == 1 { String::new() } else { format!(" × {n}") };
    let mut text = match meta {
        None => format!("{pipeline}, on no image"),
        Some(meta) => {
            let (volume, times) = (&meta.volume, frames(meta.axes.frames()));
            let shape = volume.shape_text();
            format!("{pipeline} on {image}: {shape} {}{times}, axes {}", volume.dtype, meta.names())
        }
    };
    if let Some((volume, spacing)) = meta.and_then(|meta| Some((&meta.volume, meta.volume.spacing?))) {
        let sizes: Vec<String> = volume.axes().map(|a| spacing.um[a].to_string()).collect();
        text += &format!(", pixel {} um ({})", sizes.join(", "), spacing.source.name());
        if spacing.origin != [0.0; 3] {
            let place: Vec<String> = volume.axes().map(|a| spacing.origin[a].to_string()).collect();
            text += &format!(", at {} um", place.join(", "));
        }
    }
    if let Some(seconds) = meta.and_then(|meta| meta.axes.interval) {
        text += &format!(", a frame every {seconds} s");
    }
    text += "\n\n";
    let mut rows = vec![
        ["step", "op", "runs on", "output", "reach", "to device", "from device"].map(String::from).to_vec(),
    ];
    for (i, step) in plan.steps.iter().enumerate() {
        let described = |o: &PlannedOutput| {
            let parts = [Some(o.kind.name().to_string()), o.shape.clone(), o.dtype.map(|d| d.to_string())];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" ") + &frames(o.frames)
        };
        let memory = match (step.memory, step.submission) {
            (memory, _) if step.over.is_some() => {
                format!("{}, over the {}", memory.name(), step.over.as_deref().unwrap_or_default())
            }
            (Memory::Device, Some(n)) => {
                format!("device, submission {}{}", n + 1, if step.tiled { ", in tiles" } else { "" })
            }
            // Steps of a stage are made together.
            (memory, _) => {
                let volume = step.outputs.first().and_then(|o| o.shape.as_ref());
                let lines =
                    if volume.is_some_and(|s| s.matches('x').count() > 1) { "planes" } else { "rows" };
                let strip = step.strip.map(|rows| format!(" of {rows} rows")).unwrap_or_default();
                let rows = step.rows.map(|rows| format!(", {rows} {lines}{strip} at a time"));
                let stage = step.stage.filter(|_| shares_stage(plan, i));
                let stage = stage.map(|stage| format!(", stage {}", stage + 1));
                let whole = plan.parts.is_some() && rows.is_none();
                let whole = if whole { ", whole" } else { "" };
                format!("{}{}{}{whole}", memory.name(), stage.unwrap_or_default(), rows.unwrap_or_default())
            }
        };
        let moved = |bytes: usize| if bytes == 0 { "-".to_string() } else { bytes_text(bytes) };
        rows.push(vec![
            format!("{} {}", i + 1, step.name),
            step.op.to_string(),
            memory,
            step.outputs.first().map(described).unwrap_or_default(),
            step.reach.clone(),
            moved(step.upload_bytes),
            moved(step.download_bytes),
        ]);
        for output in step.outputs.iter().skip(1) {
            let name = format!("{}: {}", output.name, described(output));
            rows.push(vec![String::new(), String::new(), String::new(), name]);
        }
        rows.extend(step.reason.iter().map(|why| vec![String::new(), String::new(), format!("({why})")]));
    }
    text += &columns(&rows, "");
    text += &format!("\npeak {}\n", bytes_text(plan.peak_bytes));
    if let Some(parts) = &plan.parts {
        let most = usize::try_from(parts.scratch_bytes).unwrap_or(usize::MAX);
        text += &format!("in parts: temporary files take at most {}\n", bytes_text(most));
    }
    if let Some(adapter) = &plan.adapter {
        text += &format!("device: {} ({})\n", adapter.name, adapter.backend);
    }
    text.extend(plan.notes.iter().map(|note| format!("note: {note}\n")));
    text
}

/// Whether a step's neighbours belong to its stage.
fn shares_stage(plan: &Plan, i: usize) -> bool {
    let stage = |i: usize| plan.steps.get(i).and_then(|s| s.stage);
    stage(i).is_some() && (stage(i) == stage(i + 1) || i > 0 && stage(i) == stage(i - 1))
}
