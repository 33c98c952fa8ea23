//! Files of makers that say in their own tags what their planes are: MetaMorph, Zeiss LSM, Micro-Manager.

use super::page::tag;
use super::series::{Series, behind, main_pages, ordered, pages, plain, resolution, spacing};
use super::set::{Set, Tiff};
use super::source::Why;
use rotifer_registry::SpacingSource;
use rotifer_registry::spacing::unit_um;

/// MetaMorph STK: all planes behind one directory. UIC2 has an element a plane: distance along z, dates and times.
pub fn metamorph(set: &mut Set) -> Why<Series> {
    let file = set.file(0);
    let main = main_pages(file);
    let Some(uic2) = file.slots[main[0]].uic[1] else { return plain(set) };
    let planes = usize::try_from(uic2.count).unwrap_or(usize::MAX);
    if planes <= 1 || main.len() > 1 {
        return plain(set);
    }
    let planes = behind(set, main[0], planes)?;
    let n = planes.len();
    // Six numbers a plane; the type of the tag says two.
    let mut table = vec![0; if file.tags.source.size() < n as u64 * 24 { 0 } else { n * 24 }];
    let known = !table.is_empty() && file.tags.source.read(file.tags.place(&uic2), &mut table).is_ok();
    let long = |plane: &[u8], i: usize| file.tags.u32(&plane[4 * i..]);
    let each: Vec<[u32; 6]> = match known {
        true => table.chunks_exact(24).map(|p| [0, 1, 2, 3, 4, 5].map(|i| long(p, i))).collect(),
        false => Vec::new(),
    };
    let moved = each.iter().all(|p| p[0] != 0);
    let timed = each.windows(2).all(|w| (w[0][2], w[0][3]) != (w[1][2], w[1][3]));
    let over_time = known && !moved && timed;
    let step = each.get(1).filter(|_| moved).map(|p| f64::from(p[0]) / f64::from(p[1]));
    let um = calibration(file, main[0]);
    let sizes = if over_time { [n, 1, 1] } else { [1, 1, n] };
    let mut series = ordered(sizes, ['z', 'c', 't'], planes);
    series.spacing = um.and_then(|(x, y)| spacing(step, y, x, series.z, SpacingSource::TiffResolution));
    if series.spacing.is_none() {
        series.spacing = resolution(set.file(0), main[0], series.z);
    }
    Ok(series)
}

/// Micrometres of a pixel along x and y by UIC1: pairs of a number and a value, or where the value stands.
fn calibration(file: &Tiff, directory: usize) -> Option<(f64, f64)> {
    let uic1 = file.slots[directory].uic[0]?;
    let mut table = vec![0; usize::try_from(uic1.count).ok().filter(|n| *n < 4096)? * 8];
    file.tags.source.read(file.tags.place(&uic1), &mut table).ok()?;
    let value = |id: u32| {
        let mut pairs = table.chunks_exact(8).map(|p| (file.tags.u32(p), file.tags.u32(&p[4..])));
        pairs.find(|(known, _)| *known == id).map(|(_, v)| u64::from(v))
    };
    let fraction = |at: u64| {
        let mut bytes = [0; 8];
        file.tags.source.read(at, &mut bytes).ok()?;
        Some(f64::from(file.tags.u32(&bytes)) / f64::from(file.tags.u32(&bytes[4..])))
    };
    let text = |at: u64| {
        let mut length = [0; 4];
        file.tags.source.read(at, &mut length).ok()?;
        let mut bytes = vec![0; (file.tags.u32(&length) as usize).min(64)];
        file.tags.source.read(at + 4, &mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes).trim_end_matches('\0').trim().to_string())
    };
    let unit = unit_um(&value(6).and_then(text)?)?;
    let x = value(4).and_then(fraction)? * unit;
    Some((x, value(5).and_then(fraction).map_or(x, |y| y * unit)))
}

/// Zeiss LSM: CZ_LSMINFO holds the sizes and the voxel in metres. Channels are samples, z is faster than t.
pub fn lsm(set: &mut Set) -> Why<Series> {
    let file = set.file(0);
    let main = main_pages(file);
    let Some(entry) = file.slots[0].lsm else { return plain(set) };
    let info = file.tags.bytes(&entry, 64)?;
    if info.len() < 64 {
        return plain(set);
    }
    let size = |at: usize| (file.tags.u32(&info[at..]) as usize).max(1);
    let (z, t) = (size(16), size(24));
    let um = |at: usize| f64::from_bits(file.tags.u64(&info[at..])) * 1e6;
    let (x, y, dz) = (um(40), um(48), um(56));
    let there = main.len();
    if z.checked_mul(t) != Some(there) {
        return Err(format!("LSM promises {z} planes at {t} times; {there} planes are there"));
    }
    let planes = pages(set, &main)?;
    let mut series = ordered([t, 1, z], ['z', 'c', 't'], planes);
    series.spacing = spacing(Some(dz), y, x, z, SpacingSource::TiffResolution);
    // Its channels are samples, which it may call colours.
    series.channels = Some(Vec::new());
    Ok(series)
}

/// Micro-Manager: every page says in JSON where it belongs; each position is a series. `None`: not all pages do.
pub fn micro_manager(set: &Set) -> Why<Option<Vec<Series>>> {
    let file = set.file(0);
    let main = main_pages(file);
    let mut found = Vec::with_capacity(main.len());
    for i in &main {
        let Some(entry) = file.slots[*i].micro_manager else { return Ok(None) };
        debug_assert_eq!(entry.tag, tag::MICRO_MANAGER);
        let text = file.tags.text(&entry, 1 << 20)?;
        let Ok(json) = serde_json::from_str::<serde_json::Value>(&text) else { return Ok(None) };
        let index = |name: &str| json[name].as_u64().and_then(|n| usize::try_from(n).ok());
        let Some((c, z)) = index("ChannelIndex").zip(index("SliceIndex")) else { return Ok(None) };
        let t = index("FrameIndex").or(index("Frame")).unwrap_or(0);
        found.push((index("PositionIndex").unwrap_or(0), [t, c, z], *i, json));
    }
    let mut positions: Vec<usize> = found.iter().map(|f| f.0).collect();
    positions.sort_unstable();
    positions.dedup();
    let mut all = Vec::new();
    for position in positions {
        let of: Vec<_> = found.iter().filter(|f| f.0 == position).collect();
        let size = |axis: usize| of.iter().map(|f| f.1[axis]).max().map_or(1, |n| n.saturating_add(1));
        let sizes = [size(0), size(1), size(2)];
        let promised = sizes.iter().try_fold(1usize, |a, b| a.checked_mul(*b));
        let mut order: Vec<([usize; 3], usize)> = of.iter().map(|f| (f.1, f.2)).collect();
        order.sort_unstable();
        order.dedup_by_key(|(place, _)| *place);
        if promised != Some(order.len()) {
            let [t, c, z] = sizes;
            return Err(format!(
                "Micro-Manager promises {t} times, {c} channels, {z} slices at position {position}; \
                 {} planes are there",
                order.len()
            ));
        }
        let directories: Vec<usize> = order.iter().map(|(_, i)| *i).collect();
        let mut series = ordered(sizes, ['z', 'c', 't'], pages(set, &directories)?);
        let text = |json: &serde_json::Value, name: &str| json[name].as_str().map(String::from);
        series.name = of.first().and_then(|f| text(&f.3, "PositionName").or(text(&f.3, "Label")));
        let names: Option<Vec<String>> = (0..sizes[1])
            .map(|c| of.iter().find(|f| f.1[1] == c).and_then(|f| text(&f.3, "Channel")))
            .collect();
        series.channels = names.or(Some(Vec::new()));
        let um = |name: &str| of.first().and_then(|f| f.3[name].as_f64());
        if let Some(x) = um("PixelSizeUm") {
            let z_um = um("ZStepUm").or(um("z-step_um"));
            series.spacing = spacing(z_um, x, x, series.z, SpacingSource::TiffResolution);
        }
        series.position_um =
            um("XPositionUm").zip(um("YPositionUm")).map(|(x, y)| [um("ZPositionUm").unwrap_or(0.0), y, x]);
        all.push(series);
    }
    Ok(Some(all))
}
