//! The series of a file, and the order of their pages.
//!
//! Kinds of files, in the order in which they are recognised: OME-TIFF, Micro-Manager, ImageJ, tifffile's own,
//! MetaMorph, Zeiss LSM, and files that say nothing, whose pages of one form are a z stack.

use super::page::Color;
use super::series::{
    COARSEST_UM, Level, Series, behind, interval, is_smaller_copy, main_pages, ordered, pages, pitch, plain,
    resolution, spacing, sub_directories, sub_page,
};
use super::set::{self, Set};
use super::source::Why;
use super::{ome, vendors};
use rotifer_registry::SpacingSource;
use rotifer_registry::spacing::unit_um;
use std::collections::HashSet;
use std::sync::Arc;

/// The mark that Micro-Manager puts behind the header of NDTiff.
const NDTIFF: u32 = 483_729;

/// The series of the files of a set.
pub fn series(set: &mut Set) -> Why<Vec<Series>> {
    let descriptions = set.file(0).descriptions(0)?;
    // A file whose last blocks never reached the disk.
    let lost = set.file(0).slots[0].descriptions.iter().map(|e| e.count).find(|n| *n >= 16);
    if let Some(n) = lost.filter(|_| descriptions.iter().all(String::is_empty)) {
        set.note(format!("its description is {n} bytes of 0: what its pages are is not known"));
    }
    // A directory may have two: OME-XML comes before what else is said.
    let ome = descriptions.iter().find(|text| ome::is_ome(text)).cloned();
    if let Some(text) = ome {
        match ome::companion(&text) {
            None => return described(&text, set),
            Some(name) => {
                let path = set::beside(&set.file(0).path, &name);
                match path.map(std::fs::read_to_string) {
                    Some(Ok(text)) => return described(&text, set),
                    _ => set.note(format!("its metadata stand in `{name}`, which is not here")),
                }
            }
        }
        return plain(set).map(|one| with_levels(set, vec![one]));
    }
    let text = descriptions.into_iter().next().unwrap_or_default();
    let text = text.trim();
    let file = set.file(0);
    if file.tags.source.some(8, 4)?.try_into().is_ok_and(|bytes| u32::from_le_bytes(bytes) == NDTIFF) {
        return Err(
            "is NDTiff: the order of its planes stands in NDTiff.index, which is not read; save it as \
                    OME-TIFF"
                .into(),
        );
    }
    let all = if file.slots[0].micro_manager.is_some()
        && let Some(all) = vendors::micro_manager(set)?
    {
        all
    } else if text.starts_with("ImageJ=") {
        vec![imagej(text, set)?]
    } else if text.starts_with("{\"shape\"") {
        shaped(set)?
    } else if file.slots[0].uic[1].is_some() {
        vec![vendors::metamorph(set)?]
    } else if file.slots[0].lsm.is_some() {
        vec![vendors::lsm(set)?]
    } else {
        if file.slots[0].micro_manager.is_some() && file.slots.len() > 1 {
            set.note("Micro-Manager's text says no channel, slice and frame: its pages are read as z".into());
        }
        vec![plain(set)?]
    };
    Ok(with_levels(set, all))
}

/// The series that OME-XML describes.
pub fn described(text: &str, set: &mut Set) -> Why<Vec<Series>> {
    let all = ome::series(text, set)?;
    Ok(with_levels(set, all))
}

/// Finds the smaller copies of each series: in the directories of its planes, or in pages that say so.
fn with_levels(set: &Set, mut all: Vec<Series>) -> Vec<Series> {
    let lone = all.len() == 1;
    for series in &mut all {
        let Some(plane) = series.planes.first() else { continue };
        let (file, page) = (set.file(plane.file), plane.page.clone());
        for (i, at) in sub_directories(file, plane.number - 1).into_iter().enumerate() {
            if sub_page(file, at).is_ok_and(|sub| is_smaller_copy(&sub, &page)) {
                series.levels.push(Level::Sub(i));
            }
        }
        if lone && series.levels.is_empty() && set.files().len() == 1 {
            series.levels = marked(set, series);
        }
    }
    all
}

/// Pages that are called smaller copies, where there is one for each plane.
fn marked(set: &Set, series: &Series) -> Vec<Level> {
    let file = set.file(0);
    let used: HashSet<usize> = series.planes.iter().map(|p| p.number - 1).collect();
    let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
    for (i, slot) in file.slots.iter().enumerate().filter(|(i, _)| !used.contains(i)) {
        let Ok(page) = &slot.page else { continue };
        if slot.reduced && is_smaller_copy(page, &series.planes[0].page) {
            match groups.iter_mut().find(|(width, _)| *width == page.width) {
                Some((_, pages)) => pages.push(i),
                None => groups.push((page.width, vec![i])),
            }
        }
    }
    groups.retain(|(_, pages)| pages.len() == series.planes.len());
    groups.sort_by_key(|(width, _)| std::cmp::Reverse(*width));
    let planes = |pages: Vec<usize>| pages.into_iter().filter_map(|i| set.plane(0, i, 0).ok()).collect();
    groups.into_iter().map(|(_, pages)| Level::Pages(planes(pages))).collect()
}

/// The `key=value` lines of ImageJ. Channels are fastest, then z, then t, unless `order` says otherwise.
fn imagej(text: &str, set: &mut Set) -> Why<Series> {
    let value = |key: &str| {
        text.lines().filter_map(|line| line.split_once('=')).find(|(k, _)| *k == key).map(|(_, v)| v.trim())
    };
    let number = |key| value(key).and_then(|v| v.parse::<usize>().ok()).filter(|n| *n > 0);
    let main = main_pages(set.file(0));
    let first = set.file(0).page(main[0])?;
    let images = number("images").unwrap_or(main.len());
    let planes = match main.len() {
        1 if images > 1 => behind(set, main[0], images)?,
        there if there < images => {
            return Err(format!("is cut off: ImageJ promises {images} planes, {there} are there"));
        }
        there => {
            if there > images {
                set.note(format!("ImageJ's text says {images} planes, the file has {there}: all are read"));
            }
            pages(set, &main)?
        }
    };
    // Channels may stand side by side in a page.
    let samples = first.channels();
    let channels = number("channels").unwrap_or(1);
    let c = if samples > 1 && channels.is_multiple_of(samples) { channels / samples } else { channels };
    let (z, t) = (number("slices").unwrap_or(1), number("frames").unwrap_or(1));
    let n = planes.len();
    let order: Vec<char> = value("order").unwrap_or("czt").to_ascii_lowercase().chars().collect();
    let order: Vec<char> = order.into_iter().filter(|axis| !"xy".contains(*axis)).collect();
    let order = <[char; 3]>::try_from(order).ok().filter(|o| "czt".chars().all(|axis| o.contains(&axis)));
    let fits = c.checked_mul(z).and_then(|cz| cz.checked_mul(t)) == Some(n);
    let mut series = if fits {
        ordered([t, c, z], order.unwrap_or(['c', 'z', 't']), planes)
    } else {
        // As ImageJ itself does when the numbers do not fit.
        if channels.saturating_mul(z).saturating_mul(t) > 1 {
            set.note(format!(
                "ImageJ's text says {channels} channels, {z} slices, {t} frames, there are {n} planes: read as z"
            ));
        }
        ordered([1, 1, n], ['z', 'c', 't'], planes)
    };
    if let Some(names) = value("channel_names") {
        series.channels = serde_json::from_str(names).ok();
    } else if channels > 1 {
        series.channels = Some(Vec::new());
    }
    let file = set.file(0);
    series.spacing = imagej_unit(value("unit")).and_then(|unit| {
        let (x, y) = pitch(file, main[0])?;
        let z: f64 = value("spacing").and_then(|v| v.parse().ok()).unwrap_or(1.0);
        let (x, y) = (unit * x, unit * y);
        // ImageJ keeps the density of a screen as inches.
        let screen = unit == 25_400.0 && (x > COARSEST_UM || y > COARSEST_UM);
        if screen { None } else { spacing(Some(z.abs() * unit), y, x, series.z, SpacingSource::Imagej) }
    });
    // ImageJ says which pixel is at 0.
    let at_zero = ["zorigin", "yorigin", "xorigin"].map(|key| value(key).and_then(|v| v.parse::<f64>().ok()));
    series.spacing = series.spacing.map(|spacing| {
        let placed = spacing.moved(at_zero.map(|pixels| -pixels.unwrap_or(0.0)));
        if placed.origin.iter().all(|um| um.is_finite()) { placed } else { spacing }
    });
    if series.spacing.is_none() && value("unit").is_none() {
        series.spacing = resolution(file, main[0], series.z);
    }
    series.interval = interval(value("finterval"), value("tunit").unwrap_or("sec"));
    Ok(series)
}

/// Micrometres in ImageJ's unit, whose letters may be escaped as `\u00B5`.
fn imagej_unit(unit: Option<&str>) -> Option<f64> {
    let unit = unit?.replace("\\u00B5", "µ").replace("\\u03BC", "µ");
    unit_um(&unit)
}

/// The series of tifffile, each with `{"shape": [...], "axes": "..."}` in its first page.
fn shaped(set: &mut Set) -> Why<Vec<Series>> {
    let main = main_pages(set.file(0));
    let mut all = Vec::new();
    let mut at = 0;
    while at < main.len() {
        let text = set.file(0).descriptions(main[at])?.into_iter().next().unwrap_or_default();
        let json = serde_json::from_str::<serde_json::Value>(text.trim()).ok();
        let described = json.filter(|json| json["shape"].is_array());
        let Some(json) = described else {
            set.note(format!("pages from {} on are left out: nothing says what they are", main[at] + 1));
            break;
        };
        let (series, used) = shape(&json, set, &main[at..])?;
        all.push(series);
        at += used;
    }
    Ok(all)
}

/// One series of tifffile, and how many directories it takes. Without axes three dimensions are z, y, x; more are
/// ambiguous.
fn shape(json: &serde_json::Value, set: &mut Set, main: &[usize]) -> Why<(Series, usize)> {
    let first = set.file(0).page(main[0])?;
    let numbers = json["shape"].as_array().into_iter().flatten();
    let mut shape: Vec<usize> = numbers.filter_map(|n| n.as_u64()?.try_into().ok()).collect();
    let disagrees = {
        let text = format!("its shape {shape:?} disagrees with its pages of {}", first.form());
        move || text.clone()
    };
    let named = json["axes"].as_str().map(str::to_ascii_lowercase).unwrap_or_default();
    let mut axes: Vec<char> = named.chars().collect();
    if axes.len() != shape.len() {
        axes = vec!['?'; shape.len()];
    }
    // The axes within a page stand last: height, width, and samples before or after them.
    let page = [first.width, first.height, first.samples].iter().product::<usize>();
    let (mut inner, mut inner_axes) = (1usize, Vec::new());
    while inner < page {
        let (Some(n), Some(axis)) = (shape.pop(), axes.pop()) else { return Err(disagrees()) };
        inner = inner.saturating_mul(n.max(1));
        inner_axes.push((axis, n));
    }
    if inner != page {
        return Err(disagrees());
    }
    let planes = shape.iter().try_fold(1usize, |a, b| a.checked_mul(*b)).unwrap_or(usize::MAX);
    // tifffile takes an axis of length 3 or 4 for colours, whatever its name.
    let samples = inner_axes.iter().find(|(axis, n)| !"yx?".contains(*axis) && *n == first.samples);
    let mut channels = None;
    match samples {
        Some(('c', _)) if first.samples > 1 => channels = Some(Vec::new()),
        Some((axis, _)) if first.samples > 1 && *axis != 's' => {
            return Err(format!("keeps its axis {axis} as colours (write it with photometric='minisblack')"));
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
            _ => {
                let sizes: Vec<usize> = outer.iter().map(|(_, n)| *n).collect();
                return Err(format!(
                    "does not say which axes its pages are along, found {sizes:?} pages \
                     (write it with axes, as in tifffile.imwrite(..., metadata={{'axes': 'TZCYX'}}))"
                ));
            }
        }
    }
    order.extend("zct".chars().filter(|a| !outer.iter().any(|(axis, _)| axis == a)));
    let order = <[char; 3]>::try_from(order).map_err(|_| disagrees())?;
    // One directory for all, where it says so or nothing follows.
    let (mut planes, used) = if planes > 1 && (main.len() == 1 || json["truncated"] == true) {
        (behind(set, main[0], planes)?, 1)
    } else if planes > main.len() {
        return Err(format!("is cut off: {planes} planes are promised, {} are there", main.len()));
    } else {
        (pages(set, &main[..planes])?, planes)
    };
    if channels.is_some() && !first.is_palette() {
        for plane in &mut planes {
            let page = Arc::make_mut(&mut plane.page);
            page.alpha = false;
            page.color = Color::Plain;
        }
    }
    let mut series = ordered(sizes, order, planes);
    series.spacing = resolution(set.file(0), main[0], series.z);
    series.channels = channels;
    series.name = json["name"].as_str().map(String::from);
    Ok((series, used))
}
