//! What the order of the pages means, and how large a pixel is: OME-XML, ImageJ, tifffile, plain resolution.

use super::page::{Color, Page, Reader};
use super::{COARSEST_UM, file_error};
use rotifer_registry::spacing::unit_um;
use rotifer_registry::{Error, Spacing, SpacingSource};
use std::path::Path;

/// Planes in t, c, z order, z fastest. `c` counts planes: a colour page gives several channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    pub planes: Vec<Place>,
    pub t: usize,
    pub c: usize,
    pub z: usize,
    /// `None`: colours where the pages are colours. Some files put channels side by side as if they were.
    pub channels: Option<Vec<String>>,
    pub spacing: Option<Spacing>,
}

/// Where a plane stands: so many bytes after the pixels of a page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub page: usize,
    pub offset: u64,
}

pub fn layout(pages: &mut [Page], reader: &Reader, path: &Path) -> Result<Layout, Error> {
    let description = pages[0].description.clone();
    let text = description.trim();
    let layout = if text.contains("<OME") && text.starts_with('<') {
        ome(text, pages, path)?
    } else if text.starts_with("ImageJ=") {
        imagej(text, pages, reader)
    } else {
        let sizes = if text.starts_with("{\"shape\"") { shaped(text, pages, reader, path)? } else { None };
        let layout = match sizes {
            Some((sizes, order)) => ordered(sizes, order, places(pages, reader, sizes.iter().product())),
            None => ordered([1, 1, pages.len()], ['z', 'c', 't'], places(pages, reader, pages.len())),
        };
        Layout { spacing: resolution(&pages[0], layout.z), ..layout }
    };
    if layout.planes.len() != layout.t * layout.c * layout.z {
        return Err(file_error(path, "its metadata and its pages disagree")
            .value(format!("{} pages", layout.planes.len()))
            .allowed(format!("{} times, {} channels, {} planes", layout.t, layout.c, layout.z)));
    }
    Ok(layout)
}

/// Where each of so many planes stands. A stack of more planes than pages stands behind its only directory.
fn places(pages: &[Page], reader: &Reader, planes: usize) -> Vec<Place> {
    let first = &pages[0];
    let bytes = first.bytes() as u64;
    let fits = (planes as u64).checked_mul(bytes).and_then(|b| b.checked_add(first.offsets[0]));
    if pages.len() == 1 && planes > 1 && first.is_raw() && fits.is_some_and(|end| end <= reader.file_size()) {
        return (0..planes as u64).map(|i| Place { page: 0, offset: i * bytes }).collect();
    }
    (0..pages.len()).map(|page| Place { page, offset: 0 }).collect()
}

/// Brings planes into t, c, z order. `sizes` of t, c, z; `order` names the axes of the file, fastest first.
fn ordered([t, c, z]: [usize; 3], order: [char; 3], places: Vec<Place>) -> Layout {
    let planes = if places.len() == t * c * z {
        let size = |axis| match axis {
            't' => t,
            'c' => c,
            _ => z,
        };
        let mut planes = Vec::with_capacity(places.len());
        for (it, ic, iz) in
            (0..t).flat_map(|it| (0..c).flat_map(move |ic| (0..z).map(move |iz| (it, ic, iz))))
        {
            let index = |axis| match axis {
                't' => it,
                'c' => ic,
                _ => iz,
            };
            let [fast, middle, slow] = order;
            planes.push(places[(index(slow) * size(middle) + index(middle)) * size(fast) + index(fast)]);
        }
        planes
    } else {
        places
    };
    Layout { planes, t, c, z, channels: None, spacing: None }
}

/// A spacing if it is finite and positive along every axis that exists. `z` of a 2-D image does not matter.
fn spacing(z_um: Option<f64>, y_um: f64, x_um: f64, planes: usize, source: SpacingSource) -> Option<Spacing> {
    let fine = |um: &f64| um.is_finite() && *um > 0.0;
    let z_um = match z_um.filter(fine) {
        None if planes == 1 => 1.0,
        z => z?,
    };
    let um = [z_um, y_um, x_um];
    um.iter().all(fine).then_some(Spacing { um, source })
}

/// The resolution tags alone: they know nothing of z, and most writers leave the density of a screen in them.
fn resolution(page: &Page, planes: usize) -> Option<Spacing> {
    let unit = match page.resolution_unit {
        2 => 25_400.0,
        3 => 10_000.0,
        _ => return None,
    };
    let (x, y) = page.pitch?;
    let (x, y) = (unit * x, unit * y);
    let fine = |um: f64| um <= COARSEST_UM;
    (fine(x) && fine(y)).then(|| spacing(None, y, x, planes, SpacingSource::TiffResolution))?
}

/// The `key=value` lines of ImageJ. Channels are fastest, then z, then t.
fn imagej(text: &str, pages: &[Page], reader: &Reader) -> Layout {
    let first = &pages[0];
    let value = |key: &str| {
        text.lines().filter_map(|line| line.split_once('=')).find(|(k, _)| *k == key).map(|(_, v)| v.trim())
    };
    let number = |key| value(key).and_then(|v| v.parse::<usize>().ok()).filter(|n| *n > 0);
    let images = number("images").unwrap_or(1).max(pages.len());
    let places = places(pages, reader, images);
    // Channels may stand side by side in a page.
    let samples = first.color_samples();
    let channels = number("channels").unwrap_or(1);
    let c = if samples > 1 && channels % samples == 0 { channels / samples } else { channels };
    let (z, t) = (number("slices").unwrap_or(1), number("frames").unwrap_or(1));
    let n = places.len();
    let mut layout = if c.checked_mul(z).and_then(|cz| cz.checked_mul(t)) == Some(n) {
        ordered([t, c, z], ['c', 'z', 't'], places)
    } else {
        // As ImageJ itself does when the numbers do not fit.
        ordered([1, 1, n], ['z', 'c', 't'], places)
    };
    if let Some(names) = value("channel_names") {
        layout.channels = serde_json::from_str(names).ok();
    } else if channels > 1 {
        layout.channels = Some(Vec::new());
    }
    layout.spacing = imagej_unit(value("unit")).and_then(|unit| {
        let (x, y) = first.pitch?;
        let z: f64 = value("spacing").and_then(|v| v.parse().ok()).unwrap_or(1.0);
        let (x, y) = (unit * x, unit * y);
        // ImageJ keeps the density of a screen as inches.
        let screen = unit == 25_400.0 && (x > COARSEST_UM || y > COARSEST_UM);
        if screen { None } else { spacing(Some(z.abs() * unit), y, x, layout.z, SpacingSource::Imagej) }
    });
    if layout.spacing.is_none() && value("unit").is_none() {
        layout.spacing = resolution(first, layout.z);
    }
    layout
}

/// Micrometres in ImageJ's unit, whose letters may be escaped as `\u00B5`.
fn imagej_unit(unit: Option<&str>) -> Option<f64> {
    let unit = unit?.replace("\\u00B5", "µ").replace("\\u03BC", "µ");
    unit_um(&unit)
}

/// Sizes of t, c, z and the order of the axes, fastest first.
type Sizes = ([usize; 3], [char; 3]);

/// `{"shape": [...], "axes": "..."}` of tifffile. Without axes three dimensions are z, y, x; more are ambiguous.
fn shaped(text: &str, pages: &mut [Page], reader: &Reader, path: &Path) -> Result<Option<Sizes>, Error> {
    let Ok(json) = serde_json::from_str::<serde_json::Value>(text) else { return Ok(None) };
    let Some(shape) = json["shape"].as_array() else { return Ok(None) };
    let mut shape: Vec<usize> = shape.iter().filter_map(|n| n.as_u64()?.try_into().ok()).collect();
    let named = json["axes"].as_str().map(str::to_ascii_lowercase).unwrap_or_default();
    let mut axes: Vec<char> = named.chars().collect();
    if axes.len() != shape.len() {
        axes = vec!['?'; shape.len()];
    }
    // What one page holds stands last: height, width, and samples before or after them.
    let page = [pages[0].width, pages[0].height, pages[0].samples].iter().product::<usize>();
    let (mut inner, mut inner_axes) = (1, Vec::new());
    while inner < page {
        let (Some(n), Some(axis)) = (shape.pop(), axes.pop()) else { return Ok(None) };
        inner *= n.max(1);
        inner_axes.push((axis, n));
    }
    let planes: usize = shape.iter().product();
    if inner != page || places(pages, reader, planes).len() != planes {
        return Ok(None);
    }
    let ambiguous = |axes: &[(char, usize)]| {
        let sizes: Vec<usize> = axes.iter().map(|(_, n)| *n).collect();
        file_error(path, "does not say which axes its pages are along")
            .value(format!("{sizes:?} pages"))
            .help("write it with axes, as in tifffile.imwrite(..., metadata={'axes': 'TZCYX'})")
    };
    // tifffile takes an axis of length 3 or 4 for colours, whatever its name.
    let samples = inner_axes.iter().find(|(axis, n)| !"yx?".contains(*axis) && *n == pages[0].samples);
    match samples {
        Some(('c', _)) if pages[0].samples > 1 => {
            pages.iter_mut().filter(|p| !p.is_palette()).for_each(|p| {
                p.alpha = false;
                p.color = Color::Plain;
            })
        }
        Some((axis, _)) if pages[0].samples > 1 && *axis != 's' => {
            return Err(file_error(path, format!("keeps its axis {axis} as colours"))
                .help("write it with photometric='minisblack'"));
        }
        _ => {}
    }
    let mut outer: Vec<(char, usize)> = axes.into_iter().zip(shape).filter(|(_, n)| *n != 1).collect();
    if let [(axis @ ('?' | 'q' | 'i'), _)] = outer.as_mut_slice() {
        *axis = 'z';
    }
    let mut sizes = [1; 3];
    let mut order = Vec::new();
    for (axis, n) in outer.iter().rev() {
        match "tcz".find(*axis) {
            Some(i) if !order.contains(axis) => {
                sizes[i] = *n;
                order.push(*axis);
            }
            _ => return Err(ambiguous(&outer)),
        }
    }
    order.extend("zct".chars().filter(|a| !outer.iter().any(|(axis, _)| axis == a)));
    Ok(<[char; 3]>::try_from(order).ok().map(|order| (sizes, order)))
}

/// The first image of an OME-XML block.
fn ome(text: &str, pages: &[Page], path: &Path) -> Result<Layout, Error> {
    let wrong = |why: String| file_error(path, format!("its OME-XML {why}"));
    let options = roxmltree::ParsingOptions { allow_dtd: false, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, options)
        .map_err(|e| wrong(format!("is damaged: {e}")))?;
    let pixels = document
        .descendants()
        .find(|n| n.has_tag_name_ending("Pixels"))
        .ok_or_else(|| wrong("describes no pixels".into()))?;
    let size = |name: &str| match pixels.attribute(name).map(str::parse::<usize>) {
        None => Ok(1),
        Some(Ok(n)) if (1..=1 << 24).contains(&n) => Ok(n),
        Some(_) => Err(wrong(format!("has a bad {name}")).value(pixels.attribute(name).unwrap_or(""))),
    };
    let (t, channels, z) = (size("SizeT")?, size("SizeC")?, size("SizeZ")?);
    let samples = pages[0].color_samples();
    let c = if samples > 1 && channels % samples == 0 { channels / samples } else { channels };
    let n = t.checked_mul(c).and_then(|tc| tc.checked_mul(z)).filter(|n| *n <= 1 << 24);
    let n = n.ok_or_else(|| wrong("asks for too many planes".into()))?;
    let order: Vec<char> =
        pixels.attribute("DimensionOrder").unwrap_or("XYZCT").to_ascii_lowercase().chars().skip(2).collect();
    let order = <[char; 3]>::try_from(order)
        .ok()
        .filter(|o| ['z', 'c', 't'].iter().all(|axis| o.contains(axis)))
        .ok_or_else(|| wrong("has a bad DimensionOrder".into()))?;
    // Which directory each plane is, in the order of the file: counted, unless TiffData says otherwise.
    let mut directories: Vec<Option<usize>> = vec![None; n];
    let mut described = false;
    for data in pixels.children().filter(|n| n.has_tag_name_ending("TiffData")) {
        let number = |name| data.attribute(name).and_then(|v: &str| v.trim().parse::<usize>().ok());
        let here = path.file_name().unwrap_or_default().to_string_lossy();
        let elsewhere = data
            .children()
            .find(|n| n.has_tag_name_ending("UUID"))
            .and_then(|uuid| uuid.attribute("FileName"))
            .filter(|name| *name != here);
        if let (Some(name), true) = (elsewhere, pages.len() < n) {
            return Err(wrong(format!("spreads the image over several files, `{name}` among them"))
                .help("save it as one file, from Fiji or with bfconvert"));
        }
        let position = |axis| match axis {
            't' => (number("FirstT"), t),
            'c' => (number("FirstC").map(|f| if c == channels { f } else { f / samples }), c),
            _ => (number("FirstZ"), z),
        };
        let [fast, middle, slow] = order.map(position);
        let first = (slow.0.unwrap_or(0) * middle.1 + middle.0.unwrap_or(0)) * fast.1 + fast.0.unwrap_or(0);
        let ifd = number("IFD");
        let count = number("PlaneCount").unwrap_or(if ifd.is_some() { 1 } else { n });
        for i in 0..count.min(n) {
            if let Some(directory) = directories.get_mut(first + i) {
                *directory = Some(ifd.unwrap_or(0) + i);
                described = true;
            }
        }
    }
    let places: Option<Vec<Place>> = if described {
        directories
            .into_iter()
            .map(|d| d.filter(|d| *d < pages.len()).map(|page| Place { page, offset: 0 }))
            .collect()
    } else {
        (n == pages.len()).then(|| (0..n).map(|page| Place { page, offset: 0 }).collect())
    };
    let places = places.ok_or_else(|| {
        wrong("names planes that are not in the file".into())
            .value(format!("{} pages", pages.len()))
            .allowed(n.to_string())
    })?;
    let mut layout = ordered([t, c, z], order, places);
    let names: Vec<Option<&str>> = pixels
        .children()
        .filter(|n| n.has_tag_name_ending("Channel"))
        .map(|n| n.attribute("Name").filter(|name| !name.is_empty()))
        .collect();
    if names.len() == channels && names.iter().all(Option::is_some) {
        layout.channels = Some(names.into_iter().flatten().map(String::from).collect());
    }
    let um = |axis: &str| {
        let size: f64 = pixels.attribute(format!("PhysicalSize{axis}").as_str())?.trim().parse().ok()?;
        let unit = pixels.attribute(format!("PhysicalSize{axis}Unit").as_str()).unwrap_or("µm");
        Some(size * unit_um(unit)?)
    };
    if let (Some(x), Some(y)) = (um("X"), um("Y").or(um("X"))) {
        layout.spacing = spacing(um("Z"), y, x, z, SpacingSource::OmeXml);
    }
    if layout.spacing.is_none() {
        layout.spacing = resolution(&pages[0], z);
    }
    Ok(layout)
}

/// Names without their namespace: OME's changes with every edition.
trait LocalName {
    fn has_tag_name_ending(&self, name: &str) -> bool;
}

impl LocalName for roxmltree::Node<'_, '_> {
    fn has_tag_name_ending(&self, name: &str) -> bool {
        self.is_element() && self.tag_name().name() == name
    }
}
