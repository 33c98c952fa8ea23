//! Opera Phenix and Operetta: the `Index.idx.xml` of Harmony, versions 3 to 7.

use super::index_file::{self, Files, Node, attribute, below, child, int, micrometres, number};
use super::{Row, Site, Status, well_name};
use std::collections::HashMap;
use std::path::Path;

/// The texts that an image has itself, or, from version 6 on, its channel.
struct Values<'a> {
    image: Node<'a>,
    channel: Option<&'a HashMap<&'a str, &'a str>>,
}

impl<'a> Values<'a> {
    fn text(&self, name: &str) -> Option<&'a str> {
        child(self.image, name).or_else(|| self.channel?.get(name).copied())
    }

    fn um(&self, name: &str) -> Option<f64> {
        micrometres(number(self.text(name)))
    }
}

pub fn read(path: &Path, files: &Files) -> Result<Vec<Row>, String> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let text = index_file::text(path)?;
    let document = index_file::xml(&text)?;
    let root = document.root_element();
    let plate = below(root, "Plate").find_map(|n| child(n, "Name").or(child(n, "PlateID"))).map(String::from);
    let mut channels: HashMap<&str, HashMap<&str, &str>> = HashMap::new();
    for maps in below(root, "Maps") {
        for node in maps.descendants().filter(|n| n.is_element()) {
            if let Some(id) = attribute(&node, "ChannelID").or_else(|| child(node, "ChannelID")) {
                let texts = node.descendants().filter(|n| n.is_element());
                let texts = texts.filter_map(|n| Some((n.tag_name().name(), n.text()?.trim())));
                channels.entry(id).or_default().extend(texts.filter(|(_, text)| !text.is_empty()));
            }
        }
    }
    let mut rows = Vec::new();
    // Versions differ in what else is called an image; those that are planes have a file.
    for image in below(root, "Images").flat_map(|images| images.children()) {
        let Some(url) = child(image, "URL") else { continue };
        let channel = child(image, "ChannelID").and_then(|id| channels.get(id));
        let values = Values { image, channel };
        let well = values.text("Row").zip(values.text("Col")).and_then(|(row, col)| well_name(row, col));
        let file = files.find(folder, url);
        let status = match (&file, values.text("State")) {
            (Some(_), _) => Status::Ok,
            (None, Some(state)) if !state.eq_ignore_ascii_case("ok") => Status::Failed(state.into()),
            (None, _) => Status::Missing,
        };
        // The stage's y points upwards, unless the orientation says that the image is not flipped against it.
        let upwards = values.text("OrientationMatrix").and_then(diagonal).is_none_or(|[_, y]| y < 0.0);
        let leftwards = values.text("OrientationMatrix").and_then(diagonal).is_some_and(|[x, _]| x < 0.0);
        let sign = |flip: bool| move |um: f64| if flip { -um } else { um };
        let name = values.text("ChannelName").map(String::from);
        let c = int(values.text("ChannelID"));
        rows.push(Row {
            site: Site { plate: plate.clone(), well, field: int(values.text("FieldID")), acquisition: None },
            t: int(values.text("TimepointID")),
            z: int(values.text("PlaneID")),
            c,
            path: file
                .or_else(|| Some(folder.join(url.replace('\\', "/"))).filter(|_| status == Status::Missing)),
            stage: [
                values.um("PositionX").map(sign(leftwards)),
                values.um("PositionY").map(sign(upwards)),
                values.um("PositionZ").or(values.um("AbsPositionZ")),
            ],
            pixel: [values.um("ImageResolutionX"), values.um("ImageResolutionY"), None],
            pixel_source: values.um("ImageResolutionX").and(index_file::source(path)),
            channel: name.or(c.map(|c| c.to_string())),
            exposure_ms: number(values.text("ExposureTime")).map(|s| s * 1e3),
            time: values.text("AbsTime").map(String::from),
            status,
            ..Row::default()
        });
    }
    Ok(rows)
}

/// The signs of x and y of an orientation `[[a,b,c,d],[e,f,g,h],...]`. Its translation is the same for all images.
fn diagonal(text: &str) -> Option<[f64; 2]> {
    let rows: Vec<Vec<f64>> = text
        .split('[')
        .map(|row| row.split([',', ']']).filter_map(|x| x.trim().parse().ok()).collect())
        .filter(|row: &Vec<f64>| !row.is_empty())
        .collect();
    Some([*rows.first()?.first()?, *rows.get(1)?.get(1)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_orientation_has_signs() {
        let text = "[[1.009457,0,0,34.3],[0,-1.009457,0,-15.1],[0,0,1.33,-6.01]]";
        assert_eq!(diagonal(text), Some([1.009457, -1.009457]));
        assert_eq!(diagonal("[]"), None);
    }
}
