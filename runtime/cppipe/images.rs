//! Where images come from, and where they go: files, channels, saved images, pictures to look at.

use super::convert::{Conversion, Picture, Result};
use super::settings::{Settings, given};
use rotifer_registry::Value;
use rotifer_registry::pipeline::{Input, Over, Source};

/// Modules that select and describe files: `rotifer run` is told the folder, and reads plate, well and field from names.
pub fn files(c: &mut Conversion, m: &Settings) -> Result<()> {
    if m.name != "Metadata" {
        c.note("the images are those that `rotifer run` is given");
        let rules = m.get("Filter images?");
        if m.name == "Images" && rules == "Custom" {
            c.note(format!("the rule of the file: {}", m.get("Select the rule criteria")));
        }
    } else if m.yes("Extract metadata?") {
        c.note("plate, well and field are read from the names of the files (`rotifer help plates`)");
        for group in m.groups("Metadata extraction method") {
            let file = group.get("Metadata source") == "File name";
            let pattern = group.get("Regular expression to extract from file name");
            let folder = group.get("Regular expression to extract from folder name");
            if group.get("Metadata source") == "Folder name" && given(folder) {
                c.note(format!("from the names of folders: '{folder}'"));
            }
            if group.get("Metadata extraction method").starts_with("Import") {
                c.differs("metadata of a list are columns of the table of sites, which you add");
            }
            if file && group.get("Metadata extraction method").contains("names") && given(pattern) {
                c.note(format!("as in CellProfiler with --pattern '{pattern}'"));
            }
        }
    }
    Ok(())
}

pub fn groups(c: &mut Conversion, m: &Settings) -> Result<()> {
    if m.yes("Do you want to group your images?") {
        let by: Vec<&str> = m.all("Metadata category").filter(|v| given(v)).collect();
        c.about(format!("by {}", by.join(", ")));
        let tags: Vec<String> = by.iter().map(|tag| tag.to_string()).collect();
        grouped(c, &tags);
        c.note("images are grouped by plate, well and field, as their names tell");
    }
    Ok(())
}

/// A file that the pipeline reads beside the image, such as an illumination function.
pub fn second_file(c: &mut Conversion, name: &str) {
    let input = c.free(name);
    c.note(format!("{name} is an input, with its values as they are: --input {input}=FILE, or a `file` for it in [inputs]"));
    c.inputs.push(Input { name: input.clone(), source: Source::Given });
    c.give_image(name, input, &Picture::default());
}

/// Labels of another program as an input of the pipeline.
pub fn outside(c: &mut Conversion, name: &str) -> String {
    let input = c.free(name);
    c.note(format!("{name} are labels that are an input: --input {input}=FILE, or a `file` or `pattern` for it in [inputs]"));
    c.inputs.push(Input { name: input.clone(), source: Source::Given });
    input
}

/// The images that belong together.
pub fn group(c: &Conversion) -> Over {
    match c.group {
        "plate" => Over::Plate,
        "well" => Over::Well,
        _ => Over::All,
    }
}

/// The group by one of CellProfiler's tags.
fn grouped(c: &mut Conversion, tags: &[String]) {
    let has = |word: &str| tags.iter().any(|tag| tag.to_lowercase().contains(word));
    c.group = if has("well") || has("row") && has("col") { "well" } else { "plate" };
    let known = |tag: &&String| {
        let tag = tag.to_lowercase();
        !["plate", "well", "site", "field", "row", "col", "fov", "time", "frame"]
            .iter()
            .any(|word| tag.contains(word))
    };
    let other: Vec<&str> = tags.iter().filter(known).map(String::as_str).collect();
    if !other.is_empty() {
        c.differs(format!("the groups by {} are those of the {}", other.join(", "), c.group));
    }
}

/// One image that the file names.
struct Named<'a> {
    name: &'a str,
    kind: &'a str,
    rule: &'a str,
    maximum: Option<f64>,
}

fn give(c: &mut Conversion, images: &[Named]) -> Result<()> {
    c.about(images.iter().map(|i| i.name).collect::<Vec<_>>().join(", "));
    let alone = images.len() == 1;
    // A color image has three channels.
    let mut place = 0;
    for image in images {
        let name = image.name;
        if c.images.contains_key(name) {
            // Named twice: the first rule that fits a file counts.
            continue;
        }
        let wire = if alone { "input".to_string() } else { format!("input[c='{name}']") };
        if !image.rule.is_empty() && !alone {
            c.note(format!("{name}: {}", image.rule));
        }
        match image.kind {
            "Color image" => {
                c.note(format!("{name} is channels {place} to {} of the image: red, green, blue", place + 2));
                let planes: Result<Vec<String>> = ["red", "green", "blue"]
                    .iter()
                    .enumerate()
                    .map(|(i, color)| {
                        c.channel(&format!("{name}_{color}"), &format!("input[c={}]", place + i))
                    })
                    .collect();
                c.images.insert(name.into(), Picture { planes: planes?, ..Picture::default() });
                place += 2;
            }
            "Illumination function" => second_file(c, name),
            "Binary mask" => {
                let step = c.call("convert_bool", &[&wire], &[], name)?;
                c.give_mask(name, step, &Picture::default());
            }
            "Objects" => c.give_objects(name, wire),
            _ => match image.maximum {
                Some(maximum) if maximum > 0.0 => {
                    let step = c.call("divide", &[&wire], &[("value", maximum.into())], name)?;
                    c.give_image(name, step, &Picture::default());
                }
                _ => _ = c.channel(name, &wire)?,
            },
        }
        place += 1;
    }
    Ok(())
}

pub fn names_and_types(c: &mut Conversion, m: &Settings) -> Result<()> {
    if m.get("Image set matching method") == "Metadata" {
        c.note(format!(
            "files belong together by plate, well and field, in CellProfiler by {}",
            m.get("Match metadata")
        ));
    }
    if m.yes("Process as 3D?") {
        c.note("stacks of TIFF are volumes as they are");
    }
    let maximum = |g: &Settings| {
        let manual = g.get("Set intensity range from") == "Manual";
        manual.then(|| g.number("Maximum intensity")).flatten()
    };
    if m.get("Assign a name to") == "All images" {
        let (name, kind) = (m.get("Name to assign these images"), m.get("Select the image type"));
        return give(c, &[Named { name, kind, rule: "", maximum: maximum(m) }]);
    }
    let groups = m.groups("Select the rule criteria");
    let named = groups.iter().map(|g| {
        let kind = g.get("Select the image type");
        let objects = kind == "Objects";
        let name =
            g.get(if objects { "Name to assign these objects" } else { "Name to assign these images" });
        Named { name, kind, rule: g.get("Select the rule criteria"), maximum: maximum(g) }
    });
    give(c, &named.filter(|n| given(n.name)).collect::<Vec<_>>())
}

pub fn load_images(c: &mut Conversion, m: &Settings) -> Result<()> {
    const NAMES: [&str; 5] = [
        "Name this loaded image",
        "Name the image to load",
        "What do you want to call this image in CellProfiler?",
        "Name the image that will be loaded",
        "Name the image to be loaded",
    ];
    let names = m.names(&NAMES);
    if names.is_empty() && m.names(&["Name this loaded object"]).is_empty() {
        return Err("no image is named".into());
    }
    let mut named: Vec<Named> =
        names.iter().map(|name| Named { name, kind: "", rule: "", maximum: None }).collect();
    let as_objects = m.all("Load the input as images or objects?").any(|kind| kind == "Objects");
    let objects = m.names(&["Name this loaded object"]);
    if as_objects {
        named.extend(objects.iter().map(|name| Named { name, kind: "Objects", rule: "", maximum: None }));
    }
    if m.yes("Group images by metadata?") {
        let tags =
            m.names(&["Specify metadata fields to group by", "What metadata tags do you want to group by?"]);
        grouped(c, &tags);
    }
    if m.has("Rescale intensities?") && m.all("Rescale intensities?").all(|asked| asked == "No") {
        c.unscaled = true;
    }
    for (text, value) in m.each().map(|(t, v)| (t.to_string(), v.to_string())).collect::<Vec<_>>() {
        if text.starts_with("Text that these images have in common") && given(&value) {
            c.note(format!("files with \"{value}\" in their names"));
        }
    }
    give(c, &named)
}

pub fn load_data(c: &mut Conversion, m: &Settings) -> Result<()> {
    c.about(m.get("Name of the file").to_string());
    c.any_image = true;
    if m.yes("Group images by metadata?") {
        let tags = m.names(&["Select metadata tags for grouping"]);
        grouped(c, &tags);
    }
    if m.get("Load images based on this data?") == "No" {
        c.note("the list has measurements alone: they are a table of their own");
    }
    if m.yes("Process just a range of rows?") {
        c.differs(format!(
            "the rows {} of the list are chosen in the table of sites",
            m.get("Rows to process")
        ));
    }
    c.unscaled = m.get("Rescale intensities?") == "No";
    c.note("the list of files becomes a table of sites for `rotifer run --sites` (`rotifer help plates`); each image that a module names is a channel of that name");
    Ok(())
}

pub fn not_needed(c: &mut Conversion, m: &Settings) -> Result<()> {
    _ = m.each().count();
    c.note("not needed: `rotifer run` shares out the images itself");
    Ok(())
}

/// Saves an image in the bits that the file asks for.
pub fn save(c: &mut Conversion, m: &Settings) -> Result<()> {
    let kind = m.get("Select the type of image to save");
    if kind.starts_with("Movie") {
        c.differs("the frames are saved one by one, not as a movie");
    }
    if kind == "Module window" {
        return Err("no counterpart yet: a window of the screen is no image, and is not saved".into());
    }
    let name = match kind {
        "Objects" if m.has("Select the objects to save") => m.get("Select the objects to save"),
        "Crop mask" | "Cropping" | "Mask" => {
            let name = m.first(&["Select the image to save", "Select the cropping mask image to save"]);
            c.about(name.to_string());
            let picture = c.picture(name)?;
            match picture.mask {
                Some(mask) => c.save(&mask),
                None => c.note(format!("{name} has no mask: all pixels count")),
            }
            return Ok(());
        }
        _ => m.first(&["Select the image to save", "Select the movie to save"]),
    };
    c.about(name.to_string());
    if ["Last cycle", "First cycle"].contains(&m.first(&["When to save", "Select how often to save"])) {
        c.note("an image that a group shares is saved once, others for every image");
    }
    if m.yes("Rescale the images?") {
        c.differs("the image is not stretched before it is saved");
    }
    if let Ok(labels) = c.labels(name)
        && !c.images.contains_key(name)
    {
        c.save(&labels);
        return Ok(());
    }
    let picture = c.picture(name)?;
    for drawn in &picture.drawn {
        c.save(drawn);
    }
    if m.get("Saved file format") == "npy" {
        c.note("saved as TIFF of float32, which `rotifer run` reads again");
    }
    let op = match m.first(&["Image bit depth", "Select image bit depth"]) {
        _ if picture.binary || m.get("Saved file format") == "npy" => None,
        bits if bits.starts_with('8') => Some("convert_uint8"),
        bits if bits.starts_with("16") => Some("convert_uint16"),
        _ => None,
    };
    if picture.planes.len() == 3 && picture.drawn.is_empty() {
        c.note("the three colors are saved as an image each");
    }
    for plane in &picture.planes {
        let saved = format!("{plane}_saved");
        let step = match op {
            Some(op) => c.call(op, &[plane], &[("rescale", true.into())], &saved)?,
            None if c.reads_input(plane) => c.call("convert_float32", &[plane], &[], &saved)?,
            None => plane.clone(),
        };
        c.save(&step);
    }
    Ok(())
}

/// Red, green and blue from 0 to 255 of one of CellProfiler's colors, by name, as `#RRGGBB`, or as `(r, g, b)`.
pub fn rgb(text: &str) -> [f64; 3] {
    let text = text.trim().to_lowercase();
    let hex = |i: usize| text.get(i..i + 2).and_then(|t| i64::from_str_radix(t, 16).ok());
    if let (true, Some(r), Some(g), Some(b)) = (text.starts_with('#'), hex(1), hex(3), hex(5)) {
        return [r, g, b].map(|byte| byte as f64);
    }
    let numbers: Vec<f64> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|part| part.parse().ok())
        .filter(|n| *n <= 255.0)
        .collect();
    if let [r, g, b, ..] = numbers[..] {
        return [r, g, b];
    }
    let named = COLORS.iter().find(|(name, _)| *name == text);
    named.map_or([255.0; 3], |(_, rgb)| rgb.map(|byte| byte as f64))
}

static COLORS: [(&str, [i64; 3]); 7] = [
    ("white", [255, 255, 255]),
    ("red", [255, 0, 0]),
    ("green", [0, 255, 0]),
    ("blue", [0, 0, 255]),
    ("cyan", [0, 255, 255]),
    ("magenta", [255, 0, 255]),
    ("yellow", [255, 255, 0]),
];

/// The color of `overlay` that is nearest to one of CellProfiler's.
fn color(text: &str) -> &'static str {
    let wanted = rgb(text);
    let distance = |rgb: &[i64; 3]| rgb.iter().zip(wanted).map(|(a, b)| (*a as f64 - b).powi(2)).sum::<f64>();
    let near = COLORS.iter().min_by(|a, b| distance(&a.1).total_cmp(&distance(&b.1)));
    near.map_or("white", |(name, _)| *name)
}

pub fn outlines(c: &mut Conversion, m: &Settings) -> Result<()> {
    let output = m.get("Name the output image");
    let mut objects = m.names(&["Select objects to display"]);
    for name in m.names(&["Select outlines to display"]) {
        match c.outlines.get(&name).cloned() {
            Some(of) => objects.push(of),
            None if m.has("Select objects to display")
                && objects.len() >= m.all("Select outlines to display").count() => {}
            None => c.missing(format!("no module before gives the outlines {name}: they are left out")),
        }
    }
    objects.dedup();
    let colors: Vec<&str> = m.all("Select outline color").collect();
    c.about(format!("{output} of {}", objects.join(", ")));
    let blank = m.yes("Display outlines on a blank image?");
    let mut drawn = Vec::new();
    for (i, name) in objects.iter().enumerate() {
        let labels = c.labels(name)?;
        let base: Picture = match blank {
            true => c.call("fill", &[&labels], &[("value", 0.0.into())], &format!("{output}_blank"))?.into(),
            false => c.picture(m.get("Select image on which to display outlines"))?,
        };
        let mut from: Vec<&str> = vec![base.planes.first().map_or("input", String::as_str), &labels];
        let rgb = base.planes.len() == 3;
        from.extend(base.planes.iter().skip(1).map(String::as_str));
        let outline = color(colors.get(i).copied().unwrap_or("white"));
        let wide = m.number("Width of outlines").unwrap_or(1.0).clamp(1.0, 16.0) as i64;
        let width: i64 = if m.get("How to outline") == "Thick" { 2 } else { wide };
        let args = [
            ("low", Value::from(0.0)),
            ("high", 100.0.into()),
            ("color", if rgb { "red" } else { "gray" }.into()),
            ("color_2", "green".into()),
            ("color_3", "blue".into()),
            ("outline", outline.into()),
            ("width", width.into()),
            ("scale_bar", false.into()),
        ];
        let alone = if objects.len() == 1 { output.to_string() } else { format!("{output}_{name}") };
        drawn.push(c.call("overlay", &from, &args, &alone)?);
    }
    if objects.len() > 1 {
        c.differs("one picture for each kind of object");
    }
    if !blank {
        c.differs("the image is shown from its least to its greatest value");
    }
    c.images.insert(output.into(), Picture { drawn, ..Picture::default() });
    Ok(())
}

impl From<String> for Picture {
    fn from(plane: String) -> Picture {
        Picture { planes: vec![plane], ..Picture::default() }
    }
}

pub fn display(c: &mut Conversion, m: &Settings) -> Result<()> {
    let feature = m.get("Measurement to display");
    // The rest says how numbers are drawn.
    _ = m.each().count();
    let output = m.get("Name the output image that has the measurements displayed");
    c.about(format!("{output}: {feature}"));
    let base = c.grey(m.get("Select the image on which to display the measurements"));
    let base = base.or_else(|_| c.any_step().ok_or("there is no image to draw on".to_string()))?;
    let drawn = match c.labels(m.get("Select the input objects")) {
        Ok(labels) => c.call("label_to_rgb", &[&labels, &base], &[], output)?,
        Err(_) => return Err("numbers are not written into images".into()),
    };
    c.differs(
        "objects are painted by their numbers; their measurements stand in the table, not in the picture",
    );
    c.images.insert(output.into(), Picture { drawn: vec![drawn], ..Picture::default() });
    Ok(())
}
