//! CellVoyager: `MeasurementData.mlf` names each plane, `MeasurementDetail.mrf` has the pixel sizes, the `.mes` named
//! there the channels.

use super::index_file::{self, Files, Node, attribute, below, int, number};
use super::{Row, Site, Status, well_name};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// Facts about a channel.
#[derive(Default)]
struct Channel {
    name: Option<String>,
    exposure_ms: Option<f64>,
    /// Pixel size along x and y.
    pixel: [Option<f64>; 2],
    z_step: Option<f64>,
}

pub fn read(path: &Path, files: &Files) -> Result<Vec<Row>, String> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let text = index_file::text(path)?;
    let document = index_file::xml(&text)?;
    if document.root_element().tag_name().name() != "MeasurementData" {
        return Ok(Vec::new());
    }
    let mut channels: HashMap<u32, Channel> = HashMap::new();
    let mut plate = None;
    let detail = path.with_file_name("MeasurementDetail.mrf");
    if detail.is_file() {
        let text = index_file::text(&detail)?;
        let document = index_file::xml(&text)?;
        let root = document.root_element();
        let sample = below(root, "MeasurementSamplePlate").next();
        plate = sample.and_then(|n| attribute(&n, "Name")).or(attribute(&root, "Title")).map(String::from);
        for node in below(root, "MeasurementChannel") {
            let Some(ch) = int(attribute(&node, "Ch")) else { continue };
            let size = |name| number(attribute(&node, name)).filter(|um| *um > 0.0);
            let pixel = [size("HorizontalPixelDimension"), size("VerticalPixelDimension")];
            channels.entry(ch).or_default().pixel = pixel;
        }
        if let Some(name) = attribute(&root, "MeasurementSettingFileName") {
            settings(&folder.join(name.replace('\\', "/")), &mut channels)?;
        }
    }
    let mut rows = Vec::new();
    let mut keys = HashSet::new();
    let mut twice = false;
    let mut actions = Vec::new();
    for node in below(document.root_element(), "MeasurementRecord") {
        let get = |name| attribute(&node, name);
        let ch = int(get("Ch"));
        let name = node.text().map(str::trim).unwrap_or_default();
        let well = get("Row").zip(get("Column")).and_then(|(row, column)| well_name(row, column));
        let site = Site { plate: plate.clone(), well, field: int(get("FieldIndex")), acquisition: None };
        let known = ch.and_then(|ch| channels.get(&ch));
        let file = files.find(folder, name);
        let status = match (get("Type"), &file) {
            (Some("IMG"), Some(_)) => Status::Ok,
            (Some("IMG"), None) => Status::Missing,
            // The text of an error is no file name.
            _ => Status::Failed(if name.is_empty() { "an image was not taken".into() } else { name.into() }),
        };
        let (t, z) = (int(get("TimePoint")), int(get("ZIndex")));
        twice |= !keys.insert((site.clone(), t, ch, z));
        actions.push((int(get("TimelineIndex")).unwrap_or(1), int(get("ActionIndex")).unwrap_or(1)));
        let pixel = known.map_or([None; 2], |channel| channel.pixel);
        rows.push(Row {
            site,
            t,
            z,
            c: ch,
            path: file.or_else(|| (status == Status::Missing && !name.is_empty()).then(|| folder.join(name))),
            // The stage's y points upwards.
            stage: [number(get("X")), number(get("Y")).map(|y| -y), number(get("Z"))],
            pixel: [pixel[0], pixel[1], known.and_then(|channel| channel.z_step)],
            pixel_source: pixel[0].and(index_file::source(&detail)),
            channel: known.and_then(|channel| channel.name.clone()).or(ch.map(|ch| ch.to_string())),
            exposure_ms: known.and_then(|channel| channel.exposure_ms),
            time: get("Time").map(String::from),
            status,
            ..Row::default()
        });
    }
    // Two actions on one channel are two measurements.
    if twice {
        let mut all = actions.clone();
        all.sort_unstable();
        all.dedup();
        for (row, action) in rows.iter_mut().zip(&actions) {
            row.site.acquisition = all.iter().position(|a| a == action).map(|i| i as u32 + 1);
        }
    }
    Ok(rows)
}

/// Channels and the step of stacks, from the `.mes`.
fn settings(path: &Path, channels: &mut HashMap<u32, Channel>) -> Result<(), String> {
    if !path.is_file() {
        return Ok(());
    }
    let text = index_file::text(path)?;
    let document = index_file::xml(&text)?;
    let root = document.root_element();
    for node in below(root, "Channel") {
        let Some(ch) = int(attribute(&node, "Ch")) else { continue };
        let channel = channels.entry(ch).or_default();
        let words: Vec<&str> =
            ["Target", "Acquisition"].iter().filter_map(|name| attribute(&node, name)).collect();
        let name = attribute(&node, "Fluorophore").map(String::from);
        channel.name = name.or((!words.is_empty()).then(|| words.join(" ")));
        channel.exposure_ms = number(attribute(&node, "ExposureTime"));
    }
    for action in below(root, "ActionAcquire3D") {
        let step = number(attribute(&action, "SliceLength")).filter(|um| *um > 0.0);
        let of_action = action.children().filter(|n: &Node| n.tag_name().name() == "Ch");
        for ch in of_action.filter_map(|n| int(n.text())) {
            channels.entry(ch).or_default().z_step = step;
        }
    }
    Ok(())
}
