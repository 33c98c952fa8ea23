//! ScanR: a `metadata.ome.xml` with an image for each well and position. Plates of OME-XML give their wells, too.

use super::index_file::{self, Files, Node, attribute, below, int, number};
use super::{Row, Site, Status, names, well_name, well_text};
use rotifer_registry::spacing::unit_um;
use std::collections::HashMap;
use std::path::Path;

/// A length in µm; without a unit it is one.
fn length(node: &Node, name: &str) -> Option<f64> {
    let unit = attribute(node, &format!("{name}Unit")).map_or(Some(1.0), unit_um);
    Some(number(attribute(node, name))? * unit?)
}

pub fn read(path: &Path, files: &Files) -> Result<Vec<Row>, String> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let text = index_file::text(path)?;
    let document = index_file::xml(&text)?;
    let root = document.root_element();
    let mut plate = below(root, "Plate").next().and_then(|n| attribute(&n, "Name")).map(String::from);
    plate = plate.or_else(|| {
        // ScanR keeps the images in `data`; the acquisition is the folder above.
        let name = |folder: &Path| folder.file_name().map(|n| n.to_string_lossy().into_owned());
        match name(folder).as_deref() {
            Some("data") => folder.parent().and_then(name),
            _ => name(folder),
        }
    });
    let mut places: HashMap<&str, (Option<String>, u32)> = HashMap::new();
    for well in below(root, "Well") {
        let part = |name| int(attribute(&well, name)).map(|n| (n + 1).to_string());
        let name = part("Row").zip(part("Column")).and_then(|(row, column)| well_name(&row, &column));
        for (i, sample) in below(well, "WellSample").enumerate() {
            if let Some(id) = below(sample, "ImageRef").find_map(|n| attribute(&n, "ID")) {
                places.insert(id, (name.clone(), i as u32));
            }
        }
    }
    let mut rows = Vec::new();
    for image in below(root, "Image") {
        let Some(pixels) = below(image, "Pixels").next() else { continue };
        let channels: Vec<Option<&str>> = below(pixels, "Channel").map(|n| attribute(&n, "Name")).collect();
        let size = ["X", "Y", "Z"].map(|axis| length(&pixels, &format!("PhysicalSize{axis}")));
        let place = attribute(&image, "ID").and_then(|id| places.get(id));
        for data in below(pixels, "TiffData") {
            let at = |name| int(attribute(&data, name)).unwrap_or(0);
            let (t, c, z) = (at("FirstT"), at("FirstC"), at("FirstZ"));
            let Some(name) = below(data, "UUID").find_map(|n| attribute(&n, "FileName")) else { continue };
            let named = names::by_any_rule(Path::new(name)).map(|(_, named)| named).unwrap_or_default();
            let (well, field) = match place {
                Some((well, field)) => (well.clone(), Some(*field)),
                None => (named.well.or(attribute(&image, "Name").and_then(in_brackets)), named.field),
            };
            let plane = below(pixels, "Plane").find(|n| {
                let is = |name, value| int(attribute(n, name)) == Some(value);
                is("TheT", t) && is("TheC", c) && is("TheZ", z)
            });
            let of = |axis: &str| plane.and_then(|n| length(&n, &format!("Position{axis}")));
            let value = |name: &str| plane.and_then(|n| number(attribute(&n, name)));
            let file = files.find(folder, name);
            rows.push(Row {
                site: Site { plate: plate.clone(), well, field, acquisition: None },
                t: Some(t),
                z: Some(z),
                c: Some(c),
                status: if file.is_some() { Status::Ok } else { Status::Missing },
                path: file.or_else(|| Some(folder.join(name.replace('\\', "/")))),
                stage: ["X", "Y", "Z"].map(of),
                pixel: size,
                pixel_source: size[0].and(index_file::source(path)),
                channel: channels.get(c as usize).copied().flatten().map(String::from).or(named.channel),
                exposure_ms: value("ExposureTime").map(|s| (s * 1e9).round() / 1e6),
                time: value("DeltaT").map(|s| format!("{s} s")),
                ..Row::default()
            });
        }
    }
    Ok(rows)
}

/// `B02` of `Well 14, Position 1 (B2)`.
fn in_brackets(text: &str) -> Option<String> {
    let (_, rest) = text.rsplit_once('(')?;
    Some(well_text(rest.strip_suffix(')')?))
}
