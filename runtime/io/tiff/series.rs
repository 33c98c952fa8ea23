//! One image of a file: its planes in order, its smaller copies, and how large a pixel is.

use super::page::{Page, Slot};
use super::set::{Plane, Set, Tiff};
use super::source::Why;
use rotifer_registry::spacing::unit_s;
use rotifer_registry::{Spacing, SpacingSource};
use std::sync::Arc;

/// Resolutions that give larger pixels are those of screens and printers: 1000 pixels per cm.
pub const COARSEST_UM: f64 = 10.0;

/// One image of a file. Planes in t, c, z order, z fastest; `c` counts planes: a colour page gives several channels.
pub struct Series {
    pub name: Option<String>,
    pub planes: Vec<Plane>,
    pub t: usize,
    pub c: usize,
    pub z: usize,
    /// `None`: colours where the pages are colours. Some files put channels side by side as if they were.
    pub channels: Option<Vec<String>>,
    pub spacing: Option<Spacing>,
    /// Seconds from one time point to the next.
    pub interval: Option<f64>,
    pub position_um: Option<[f64; 3]>,
    /// Smaller copies, the largest first.
    pub levels: Vec<Level>,
}

/// Where the planes of a smaller copy are.
pub enum Level {
    /// In this place of each plane's own list of directories.
    Sub(usize),
    Pages(Vec<Plane>),
}

/// The pages that are images of their own: not masks of others, nor smaller copies. A page that is called a smaller copy
/// and has the form of the first page is none.
pub fn main_pages(file: &Tiff) -> Vec<usize> {
    let all = 0..file.slots.len();
    let Some(first) = all.clone().find(|i| !file.slots[*i].reduced && !file.slots[*i].mask) else {
        return all.collect();
    };
    let first = &file.slots[first].page;
    let as_first =
        |page: &Why<Arc<Page>>| matches!((page, first), (Ok(page), Ok(first)) if page.same_form(first));
    all.filter(|i| {
        let slot = &file.slots[*i];
        !slot.mask && (!slot.reduced || as_first(&slot.page))
    })
    .collect()
}

/// A file that says nothing: its pages of the first one's form, as a z stack.
pub fn plain(set: &mut Set) -> Why<Series> {
    let file = set.file(0);
    let main = main_pages(file);
    let first = file.page(main[0])?;
    let mut same = Vec::new();
    let mut left_out: Vec<(String, Vec<usize>)> = Vec::new();
    let mut smaller: Vec<Vec<usize>> = Vec::new();
    for i in main.iter().copied() {
        let form = match &file.slots[i].page {
            Ok(page) if page.same_form(&first) => {
                same.push(i);
                continue;
            }
            Ok(page) if first.tiled && page.tiled && is_smaller_copy(page, &first) => {
                smaller.push(vec![i]);
                continue;
            }
            Ok(page) => page.form(),
            Err(why) if file.slots[i].size == Some((first.width, first.height)) => {
                return Err(format!("page {}: {why}", i + 1));
            }
            Err(why) => why.clone(),
        };
        match left_out.iter_mut().find(|(known, _)| *known == form) {
            Some((_, pages)) => pages.push(i + 1),
            None => left_out.push((form, vec![i + 1])),
        }
    }
    let spacing = resolution(file, main[0], same.len());
    let planes = same.iter().map(|i| set.plane(0, *i, 0)).collect::<Why<Vec<_>>>()?;
    let mut levels = Vec::new();
    for pages in if same.len() == 1 { smaller } else { Vec::new() } {
        let planes = pages.iter().map(|i| set.plane(0, *i, 0)).collect::<Why<Vec<_>>>()?;
        levels.push(Level::Pages(planes));
    }
    for (form, pages) in left_out {
        let list = pages.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        let pages = if pages.len() == 1 { "page" } else { "pages" };
        set.note(format!("{pages} {list} left out: {form}; page {} is {}", main[0] + 1, first.form()));
    }
    let z = planes.len();
    Ok(Series { spacing, levels, ..ordered([1, 1, z], ['z', 'c', 't'], planes) })
}

/// Whether a page shows the same at a lower resolution, by its form.
pub fn is_smaller_copy(page: &Page, of: &Page) -> bool {
    let near = |n: usize, whole: usize, scale: f64| (n as f64 - whole as f64 * scale).abs() < 2.0;
    let scale = page.width as f64 / of.width as f64;
    page.width < of.width
        && page.stored == of.stored
        && page.channels() == of.channels()
        && (near(page.height, of.height, scale)
            || (page.height as f64 / (of.height as f64 * scale) - 1.0).abs() < 0.02)
}

/// Places of the directories that hang on a page; no pyramid has more than 64.
pub fn sub_directories(file: &Tiff, directory: usize) -> Vec<u64> {
    let entry = file.slots.get(directory).and_then(|s| s.sub_ifds);
    entry.and_then(|e| file.tags.numbers(&e, 64).ok()).unwrap_or_default()
}

pub fn sub_page(file: &Tiff, at: u64) -> Why<Arc<Page>> {
    let directory = file.tags.directory(at)?;
    Slot::new(&file.tags, &directory, &mut Default::default(), false).page
}

/// Brings planes into t, c, z order. `sizes` of t, c, z; `order` names the axes of the file, fastest first.
pub fn ordered([t, c, z]: [usize; 3], order: [char; 3], places: Vec<Plane>) -> Series {
    let size = |axis| match axis {
        't' => t,
        'c' => c,
        _ => z,
    };
    let in_order = order == ['z', 'c', 't'] || places.len() != t * c * z;
    let planes = if in_order {
        places
    } else {
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
            let at = (index(slow) * size(middle) + index(middle)) * size(fast) + index(fast);
            planes.push(places[at].clone());
        }
        planes
    };
    Series {
        name: None,
        planes,
        t,
        c,
        z,
        channels: None,
        spacing: None,
        interval: None,
        position_um: None,
        levels: Vec::new(),
    }
}

/// So many planes behind the directory of the first: the pixels follow one another without directories of their own.
pub fn behind(set: &Set, directory: usize, planes: usize) -> Why<Vec<Plane>> {
    let file = set.file(0);
    if let Some(why) = &file.broken {
        return Err(format!("is cut off: {planes} planes are promised, 1 is there: {why}"));
    }
    let page = file.page(directory)?;
    let chunks = page.chunks(&file.tags)?;
    if !page.is_raw(&chunks) {
        return Err(format!("promises {planes} planes behind one directory, which are compressed or tiled"));
    }
    let first = chunks.offsets.first().copied().unwrap_or(0);
    let step = page.raw_bytes();
    let there = file.tags.source.size().saturating_sub(first) / step.max(1);
    if (planes as u64) > there {
        return Err(format!("is cut off: {planes} planes are promised, {there} are there"));
    }
    let number = directory + 1;
    Ok((0..planes as u64).map(|i| Plane { file: 0, number, page: page.clone(), offset: i * step }).collect())
}

/// Pages of one form, or an error that names the one that differs.
pub fn pages(set: &Set, directories: &[usize]) -> Why<Vec<Plane>> {
    let planes = directories.iter().map(|i| set.plane(0, *i, 0)).collect::<Why<Vec<_>>>()?;
    alike(&planes)?;
    Ok(planes)
}

/// An error where planes of one image differ in form.
pub fn alike(planes: &[Plane]) -> Why<()> {
    let Some(first) = planes.first() else { return Err("has no planes".into()) };
    match planes.iter().find(|p| !Arc::ptr_eq(&p.page, &first.page) && !p.page.same_form(&first.page)) {
        None => Ok(()),
        Some(other) => Err(format!(
            "page {} is {}, page {} is {}, and the metadata call them one image",
            other.number,
            other.page.form(),
            first.number,
            first.page.form()
        )),
    }
}

/// A spacing if it is finite and positive along every axis that exists. `z` of a 2-D image does not matter.
pub fn spacing(
    z_um: Option<f64>,
    y_um: f64,
    x_um: f64,
    planes: usize,
    source: SpacingSource,
) -> Option<Spacing> {
    let fine = |um: &f64| um.is_finite() && *um > 0.0;
    let z_um = match z_um.filter(fine) {
        None if planes == 1 => 1.0,
        z => z?,
    };
    let um = [z_um, y_um, x_um];
    um.iter().all(fine).then_some(Spacing::new(um, source))
}

/// Seconds from one time point to the next, of a number in some unit.
pub fn interval(number: Option<&str>, unit: &str) -> Option<f64> {
    let seconds = number?.trim().parse::<f64>().ok()? * unit_s(unit)?;
    (seconds.is_finite() && seconds > 0.0).then_some(seconds)
}

/// Units from one pixel to the next along x and y: the inverse of what is stored.
pub fn pitch(file: &Tiff, directory: usize) -> Option<(f64, f64)> {
    let value = |i: usize| {
        let entry = file.slots.get(directory)?.resolution[i]?;
        file.tags.inverse(&entry)
    };
    let x = value(0)?;
    Some((x, value(1).unwrap_or(x)))
}

/// The resolution tags alone: they know nothing of z, and most writers leave the density of a screen in them.
pub fn resolution(file: &Tiff, directory: usize, planes: usize) -> Option<Spacing> {
    let entry = file.slots.get(directory)?.resolution[2];
    let unit = match entry.map_or(Some(2), |e| file.tags.number(&e).ok())? {
        2 => 25_400.0,
        3 => 10_000.0,
        _ => return None,
    };
    let (x, y) = pitch(file, directory)?;
    let (x, y) = (unit * x, unit * y);
    let fine = |um: f64| um <= COARSEST_UM;
    (fine(x) && fine(y)).then(|| spacing(None, y, x, planes, SpacingSource::TiffResolution))?
}
