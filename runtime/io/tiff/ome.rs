//! OME-XML: the images of a file or of a set of files, as the schema 2016-06 and those before it define them.

use super::series::{Series, interval, ordered, resolution, spacing};
use super::set::Set;
use super::source::Why;
use rotifer_registry::SpacingSource;
use rotifer_registry::spacing::unit_um;

/// One OME image.
struct Described {
    name: Option<String>,
    /// SizeT, SizeC, SizeZ.
    sizes: [usize; 3],
    /// SizeY, SizeX.
    plane: [usize; 2],
    /// The axes of the file, fastest first.
    order: [char; 3],
    data: Vec<Data>,
    /// Names of the channels.
    channels: Vec<Option<String>>,
    um: Option<[Option<f64>; 3]>,
    /// Seconds from one time point to the next.
    interval: Option<f64>,
    position_um: Option<[f64; 3]>,
}

/// One TiffData element: planes one after the other, from one directory on.
struct Data {
    /// FirstT, FirstC, FirstZ.
    first: [usize; 3],
    directory: Option<usize>,
    count: Option<usize>,
    /// Name and UUID of the file, where they are given.
    file: Option<(String, String)>,
}

/// Where a description says that the metadata stand in another file.
pub fn companion(text: &str) -> Option<String> {
    let document = parse(text).ok()?;
    let only = document.descendants().find(|n| n.is_called("BinaryOnly"))?;
    only.attribute("MetadataFile").map(String::from)
}

/// The first file whose planes a companion file describes.
pub fn first_file(text: &str) -> Why<String> {
    let document = parse(text)?;
    let mut names =
        document.descendants().filter(|n| n.is_called("UUID")).filter_map(|n| n.attribute("FileName"));
    names.next().map(String::from).ok_or_else(|| "its OME-XML names no file with pixels".into())
}

fn parse(text: &str) -> Why<roxmltree::Document<'_>> {
    let options = roxmltree::ParsingOptions { allow_dtd: false, ..Default::default() };
    roxmltree::Document::parse_with_options(text, options).map_err(|e| format!("its OME-XML is damaged: {e}"))
}

/// The series that an OME-XML block describes. `set` holds the file that was named; others are opened as it names them.
pub fn series(text: &str, set: &mut Set) -> Why<Vec<Series>> {
    let wrong = |why: String| format!("its OME-XML {why}");
    let document = parse(text)?;
    let own = document.root_element().attribute("UUID").unwrap_or("").to_string();
    let images: Vec<Described> = document
        .descendants()
        .filter(|n| n.is_called("Image"))
        .filter_map(|image| Some((image, image.children().find(|n| n.is_called("Pixels"))?)))
        .map(|(image, pixels)| described(image, pixels).map_err(wrong))
        .collect::<Why<_>>()?;
    if images.is_empty() {
        return Err(wrong("describes no pixels".into()));
    }
    // Images that only say "all directories" share them in turn.
    let bare = images.iter().all(|i| i.data.iter().all(|d| d.directory.is_none() && d.file.is_none()));
    // A lone file may have been renamed.
    let mut names = images.iter().flat_map(|i| &i.data).filter_map(|d| d.file.as_ref()).map(|(name, _)| name);
    let first = names.next().cloned();
    let lone = names.all(|name| Some(name) == first.as_ref());
    let mut base = 0;
    let mut all = Vec::new();
    let many = images.len() > 1;
    for (i, image) in images.into_iter().enumerate() {
        let planes = image.sizes.iter().try_fold(1usize, |a, b| a.checked_mul(*b)).unwrap_or(usize::MAX);
        let mut one = resolve(&image, set, (&own, lone), if bare { base } else { 0 })
            .map_err(|why| if many { format!("image {i} of {why}") } else { why })?;
        base = base.saturating_add(if bare { one.planes.len().min(planes) } else { 0 });
        one.name = image.name;
        all.push(one);
    }
    Ok(all)
}

fn described(image: roxmltree::Node, pixels: roxmltree::Node) -> Why<Described> {
    let size = |name: &str| match pixels.attribute(name).map(|v| v.trim().parse::<usize>()) {
        None => Ok(1),
        Some(Ok(n)) if (1..=1 << 31).contains(&n) => Ok(n),
        Some(_) => Err(format!("has a bad {name}, {:?}", pixels.attribute(name).unwrap_or(""))),
    };
    let order: Vec<char> =
        pixels.attribute("DimensionOrder").unwrap_or("XYZCT").to_ascii_lowercase().chars().skip(2).collect();
    let order = <[char; 3]>::try_from(order)
        .ok()
        .filter(|o| ['z', 'c', 't'].iter().all(|axis| o.contains(axis)))
        .ok_or("has a bad DimensionOrder")?;
    let number =
        |node: roxmltree::Node, name: &str| node.attribute(name).and_then(|v| v.trim().parse::<usize>().ok());
    let data = pixels.children().filter(|n| n.is_called("TiffData")).map(|data| Data {
        first: ["FirstT", "FirstC", "FirstZ"].map(|name| number(data, name).unwrap_or(0)),
        directory: number(data, "IFD"),
        count: number(data, "PlaneCount"),
        file: data.children().find(|n| n.is_called("UUID")).map(|uuid| {
            (uuid.attribute("FileName").unwrap_or("").into(), uuid.text().unwrap_or("").trim().into())
        }),
    });
    let channels = pixels.children().filter(|n| n.is_called("Channel"));
    let channels = channels.map(|n| n.attribute("Name").filter(|name| !name.is_empty()).map(String::from));
    let length = |node: roxmltree::Node, name: &str, default: &str| {
        let size: f64 = node.attribute(name)?.trim().parse().ok()?;
        let unit = node.attribute(format!("{name}Unit").as_str()).unwrap_or(default);
        Some(size * unit_um(unit)?)
    };
    let x = length(pixels, "PhysicalSizeX", "µm");
    let y = length(pixels, "PhysicalSizeY", "µm").or(x);
    // A position without a unit is in the frame of an unknown stage.
    let stage = |name| {
        let first = pixels.children().find(|n| n.is_called("Plane"))?;
        length(first, name, "").filter(|um| um.is_finite())
    };
    let (px, py, pz) = (stage("PositionX"), stage("PositionY"), stage("PositionZ"));
    Ok(Described {
        name: image.attribute("Name").filter(|n| !n.is_empty()).map(String::from),
        sizes: [size("SizeT")?, size("SizeC")?, size("SizeZ")?],
        plane: [size("SizeY")?, size("SizeX")?],
        order,
        data: data.collect(),
        channels: channels.collect(),
        um: x.map(|x| [length(pixels, "PhysicalSizeZ", "µm"), y, Some(x)]),
        interval: interval(
            pixels.attribute("TimeIncrement"),
            pixels.attribute("TimeIncrementUnit").unwrap_or("s"),
        ),
        position_um: px.zip(py).map(|(x, y)| [pz.unwrap_or(0.0), y, x]),
    })
}

/// Finds the planes of an image.
fn resolve(image: &Described, set: &mut Set, (own, lone): (&str, bool), base: usize) -> Why<Series> {
    let wrong = |why: String| format!("its OME-XML {why}");
    // The files that hold its planes.
    let mut files = Vec::with_capacity(image.data.len());
    for data in &image.data {
        files.push(match &data.file {
            Some((name, uuid)) => set.named(name, uuid, own, lone).map_err(wrong)?,
            None => 0,
        });
    }
    let first = files.first().copied().unwrap_or(0);
    let start = image.data.first().and_then(|d| d.directory).unwrap_or(base);
    let page = set.file(first).page(start)?;
    let [t, channels, z] = image.sizes;
    let samples = page.channels();
    let c = if samples > 1 && channels.is_multiple_of(samples) { channels / samples } else { channels };
    let n = t.checked_mul(c).and_then(|tc| tc.checked_mul(z)).unwrap_or(usize::MAX);
    let mut held: Vec<usize> = files.clone();
    held.push(first);
    held.sort_unstable();
    held.dedup();
    let there: usize = held.iter().map(|f| set.file(*f).slots.len()).sum();
    if n > there {
        return Err(wrong(format!(
            "promises {n} planes ({t} times, {c} channels, {z} z); {there} are there"
        )));
    }
    if [page.height, page.width] != image.plane {
        let [height, width] = image.plane;
        set.note(format!(
            "OME-XML says {height}x{width} pixels, the pages are {}x{}: read as they are",
            page.height, page.width
        ));
    }
    let mut planes: Vec<Option<(usize, usize)>> = vec![None; n];
    let mut work = 0;
    for (data, file) in image.data.iter().zip(files) {
        let [ft, fc, fz] = data.first;
        // Channels are counted in samples.
        let fc = if c == channels { fc } else { fc / samples };
        let of = |axis| match axis {
            't' => (ft, t),
            'c' => (fc, c),
            _ => (fz, z),
        };
        let [fast, middle, slow] = image.order.map(of);
        if [fast, middle, slow].iter().any(|(first, size)| first >= size) {
            return Err(wrong(format!(
                "names a plane outside the image: t {ft}, c {fc}, z {fz} of {t}, {c}, {z}"
            )));
        }
        let at = (slow.0 * middle.1 + middle.0) * fast.1 + fast.0;
        let count = data.count.unwrap_or(if data.directory.is_some() { 1 } else { n - at }).min(n - at);
        work += count;
        // A plane may be named again, but not all of them by every element.
        if work > 4 * n + image.data.len() {
            return Err(wrong("names its planes again and again".into()));
        }
        let from = data.directory.unwrap_or(base);
        for (i, place) in planes[at..at + count].iter_mut().enumerate() {
            *place = from.checked_add(i).map(|directory| (file, directory));
        }
    }
    if image.data.is_empty() {
        planes.iter_mut().enumerate().for_each(|(i, place)| *place = Some((0, base + i)));
    }
    let missing = |(file, directory): &(usize, usize)| *directory >= set.file(*file).slots.len();
    let named = planes.iter().flatten().filter(|place| !missing(place)).count();
    if named < n {
        return Err(wrong(format!(
            "promises {n} planes ({t} times, {c} channels, {z} z); {named} are there"
        )));
    }
    let planes = planes
        .into_iter()
        .flatten()
        .map(|(file, directory)| set.plane(file, directory, 0))
        .collect::<Why<Vec<_>>>()?;
    let mut series = ordered([t, c, z], image.order, planes);
    if image.channels.len() == channels {
        series.channels = image.channels.iter().cloned().collect();
    }
    if let Some([uz, Some(y), Some(x)]) = image.um {
        series.spacing = spacing(uz, y, x, z, SpacingSource::OmeXml);
    }
    if series.spacing.is_none() {
        series.spacing = resolution(set.file(first), start, z);
    }
    series.interval = image.interval;
    series.position_um = image.position_um;
    if let (Some(spacing), Some(origin)) = (&mut series.spacing, image.position_um) {
        spacing.origin = origin;
    }
    Ok(series)
}

/// Whether a text is OME-XML.
pub fn is_ome(text: &str) -> bool {
    let text = text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
    text.starts_with('<') && text.contains("<OME") || text.starts_with("<ome:OME")
}

/// Names without their namespace: OME's changes with every edition.
trait LocalName {
    fn is_called(&self, name: &str) -> bool;
}

impl LocalName for roxmltree::Node<'_, '_> {
    fn is_called(&self, name: &str) -> bool {
        self.is_element() && self.tag_name().name() == name
    }
}
