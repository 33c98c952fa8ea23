//! InCell Analyzer: the `.xdce`. Its indices count from 0, file names from 1; the table counts as the names do.

use super::index_file::{self, Files, attribute, below, int, number};
use super::{Row, Site, Status, well_name};
use std::collections::HashMap;
use std::path::Path;

pub fn read(path: &Path, files: &Files) -> Result<Vec<Row>, String> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let text = index_file::text(path)?;
    let document = index_file::xml(&text)?;
    let root = document.root_element();
    let plate = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let objective = below(root, "ObjectiveCalibration").next();
    let size = |name| objective.and_then(|n| number(attribute(&n, name))).filter(|um| *um > 0.0);
    let pixel = [size("pixel_width"), size("pixel_height")];
    let mut offsets: HashMap<u32, [Option<f64>; 2]> = HashMap::new();
    for node in below(root, "offset_point") {
        if let Some(index) = int(attribute(&node, "index")) {
            offsets.insert(index, ["x", "y"].map(|name| number(attribute(&node, name))));
        }
    }
    let mut rows = Vec::new();
    for image in below(root, "Image") {
        let Some(name) = attribute(&image, "filename") else { continue };
        let of = |element: &str, value: &str| {
            below(image, element).find_map(|n| attribute(&n, value).map(String::from))
        };
        let well = of("Row", "number").zip(of("Column", "number"));
        let well = well.and_then(|(row, column)| well_name(&row, &column));
        let index = |name: &str| int(of("Identifier", name).as_deref());
        let field = index("field_index");
        let wave = index("wave_index");
        let place = ["x", "y"].map(|axis| number(of("PlatePosition_um", axis).as_deref()));
        let place = match place {
            [None, None] => field.and_then(|field| offsets.get(&field).copied()).unwrap_or_default(),
            place => place,
        };
        let filters = (of("ExcitationFilter", "name"), of("EmissionFilter", "name"));
        let channel = match filters {
            (Some(a), Some(b)) if a != b => Some(format!("{a} - {b}")),
            (a, b) => b.or(a),
        };
        let file = files.find(folder, name);
        rows.push(Row {
            site: Site { plate: plate.clone(), well, field: field.map(|n| n + 1), acquisition: None },
            t: index("time_index").map(|n| n + 1),
            z: index("z_index").map(|n| n + 1),
            c: wave,
            status: if file.is_some() { Status::Ok } else { Status::Missing },
            path: file.or_else(|| Some(folder.join(name.replace('\\', "/")))),
            stage: [place[0], place[1], number(of("FocusPosition", "z").as_deref())],
            pixel: [pixel[0], pixel[1], None],
            pixel_source: pixel[0].and(index_file::source(path)),
            channel: channel.or(wave.map(|n| n.to_string())),
            exposure_ms: number(of("Exposure", "time").as_deref()),
            time: attribute(&image, "acquisition_time_ms").map(|ms| format!("{ms} ms")),
            ..Row::default()
        });
    }
    Ok(rows)
}
