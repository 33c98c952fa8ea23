//! Micro-Manager: the `metadata.txt` beside single planes, of versions 1.4 and 2. Beside stacks it says nothing that
//! the stacks do not say themselves.

use super::index_file::{self, Files};
use super::{Row, Site, Status, names, well_text};
use serde_json::{Map, Value as Json};
use std::collections::HashSet;
use std::path::Path;

pub fn read(path: &Path, files: &Files) -> Result<Vec<Row>, String> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let text = index_file::text(path)?;
    // An acquisition that was stopped lacks the last brace.
    let whole: Map<String, Json> = serde_json::from_str(&text)
        .or_else(|_| serde_json::from_str(&(text.trim_end().trim_end_matches(',').to_string() + "}")))
        .map_err(|e| e.to_string())?;
    let Some(summary) = whole.get("Summary") else { return Ok(Vec::new()) };
    let number = |value: Option<&Json>| match value? {
        Json::String(text) => index_file::number(Some(text)),
        other => other.as_f64(),
    };
    let size = |of: &Json, names: [&str; 2]| {
        names.iter().find_map(|name| number(of.get(name))).filter(|um| um.is_finite() && *um > 0.0)
    };
    let plate = summary.get("Prefix").and_then(Json::as_str).filter(|t| !t.is_empty()).map(String::from);
    let z_step = size(summary, ["z-step_um", "z_step_um"]);
    let mut rows = Vec::new();
    let mut seen = HashSet::new();
    for (key, frame) in &whole {
        // Version 2 names the file in the key, too.
        let in_key = key.strip_prefix("Metadata-").map(|file| file.rsplit('/').next().unwrap_or(file));
        let is_frame = key.starts_with("FrameKey-") || in_key.is_some();
        let name = frame.get("FileName").and_then(Json::as_str).or(in_key);
        let (true, Some(name)) = (is_frame, name) else { continue };
        if !seen.insert(name) {
            return Ok(Vec::new());
        }
        let int = |names: &[&str]| {
            names.iter().find_map(|name| number(frame.get(name))).filter(|n| *n >= 0.0).map(|n| n as u32)
        };
        let position = frame.get("PositionName").and_then(Json::as_str);
        let well = position.and_then(|p| p.split_once("-Site_")).map(|(well, _)| well_text(well));
        let file = files.find(folder, name);
        let told = names::folders(&folder.join(name), None);
        let field = int(&["PositionIndex"]).or(told.field);
        let pixel =
            size(frame, ["PixelSizeUm", "PixelSize_um"]).or(size(summary, ["PixelSize_um", "PixelSizeUm"]));
        rows.push(Row {
            site: Site { plate: plate.clone(), well: well.or(told.well), field, acquisition: None },
            t: int(&["FrameIndex", "Frame"]),
            z: int(&["SliceIndex", "Slice"]),
            c: int(&["ChannelIndex"]),
            status: if file.is_some() { Status::Ok } else { Status::Missing },
            path: file.or_else(|| Some(folder.join(name))),
            stage: ["XPositionUm", "YPositionUm", "ZPositionUm"].map(|name| number(frame.get(name))),
            pixel: [pixel, pixel, z_step],
            pixel_source: pixel.and(index_file::source(path)),
            channel: frame.get("Channel").and_then(Json::as_str).map(String::from),
            exposure_ms: size(frame, ["Exposure-ms", "Exposure"]),
            time: number(frame.get("ElapsedTime-ms")).map(|ms| format!("{ms} ms")),
            ..Row::default()
        });
    }
    Ok(rows)
}
