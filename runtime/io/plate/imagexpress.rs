//! ImageXpress and MetaXpress: the plate's `.HTD`, which names no files, and the MetaSeries text in each TIFF.

use super::index_file::{self, attribute, below, number};
use super::{Row, Site, Status, names, well_name};
use rayon::prelude::*;
use rotifer_registry::spacing::unit_um;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use tiff::decoder::Decoder;
use tiff::tags::Tag;

pub fn is_index(name: &str) -> bool {
    name.ends_with(".htd")
}

/// Contents of a `.HTD`: lines of a key in quotes and its values.
#[derive(Debug, Default, PartialEq)]
struct Htd {
    times: Option<usize>,
    waves: Vec<String>,
    wells: Vec<String>,
    /// Numbers of the sites that were chosen: the chosen ones are counted row by row. None where wells have one.
    sites: Vec<u32>,
}

impl Htd {
    fn parse(text: &str) -> Htd {
        let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in text.lines() {
            let Some((key, values)) = line.split_once(',') else { continue };
            let plain = |text: &str| text.trim().trim_matches('"').to_string();
            keys.insert(plain(key), values.split(',').map(plain).collect());
        }
        let values = |key: &str| keys.get(key).map_or(&[][..], Vec::as_slice);
        let count = |key: &str| values(key).first().and_then(|v| v.parse::<usize>().ok());
        let is = |text: &String| text.eq_ignore_ascii_case("true");
        let rows = |key: &'static str| {
            (1..).map(move |n| format!("{key}{n}")).take_while(|key| keys.contains_key(key))
        };
        let mut wells = Vec::new();
        for (row, key) in rows("WellsSelection").enumerate() {
            for (column, chosen) in values(&key).iter().enumerate() {
                let well = || well_name(&(row + 1).to_string(), &(column + 1).to_string());
                wells.extend(is(chosen).then(well).flatten());
            }
        }
        let chosen: usize =
            rows("SiteSelection").map(|key| values(&key).iter().filter(|v| is(v)).count()).sum();
        let sites = if values("Sites").first().is_some_and(is) { chosen as u32 } else { 0 };
        let waves = (1..=count("NWavelengths").unwrap_or(0))
            .map(|n| values(&format!("WaveName{n}")).first().cloned().unwrap_or_default());
        Htd { times: count("TimePoints"), waves: waves.collect(), wells, sites: (1..=sites).collect() }
    }
}

/// Contents of the MetaSeries text of a TIFF.
#[derive(Clone, Debug, Default, PartialEq)]
struct MetaSeries {
    pixel: [Option<f64>; 2],
    stage: [Option<f64>; 3],
    channel: Option<String>,
    exposure_ms: Option<f64>,
    time: Option<String>,
}

impl MetaSeries {
    fn of(path: &Path) -> Option<MetaSeries> {
        if !path.metadata().is_ok_and(|m| m.is_file()) {
            return None;
        }
        let mut decoder = Decoder::new(BufReader::new(File::open(path).ok()?)).ok()?;
        let text = decoder.get_tag_ascii_string(Tag::ImageDescription).ok()?;
        MetaSeries::parse(&text)
    }

    fn parse(text: &str) -> Option<MetaSeries> {
        if !text.contains("<MetaData>") {
            return None;
        }
        let document = index_file::xml(text.trim_end_matches('\0').trim()).ok()?;
        let plane = below(document.root_element(), "PlaneInfo").next()?;
        let values: HashMap<&str, &str> = plane
            .children()
            .filter(|n| n.is_element())
            .filter_map(|n| Some((attribute(&n, "id")?, attribute(&n, "value")?)))
            .collect();
        let value = |id: &str| values.get(id).copied();
        let calibrated = value("spatial-calibration-state").is_none_or(|state| state == "on");
        let unit = value("spatial-calibration-units").and_then(unit_um).filter(|_| calibrated);
        let size = |id: &str| Some(number(value(id))? * unit?).filter(|um| *um > 0.0);
        let exposure = value("Exposure Time").and_then(|text| {
            let (number, unit) = text.split_once(' ')?;
            let factor = match unit.trim() {
                "ms" => 1.0,
                "s" | "sec" => 1e3,
                _ => return None,
            };
            Some(number.parse::<f64>().ok()? * factor)
        });
        Some(MetaSeries {
            pixel: [size("spatial-calibration-x"), size("spatial-calibration-y")],
            stage: ["stage-position-x", "stage-position-y", "z-position"].map(|id| number(value(id))),
            channel: value("_IllumSetting_").or(value("image-name")).map(String::from),
            exposure_ms: exposure,
            time: value("acquisition-time-local").map(String::from),
        })
    }
}

/// Puts in what the TIFFs and the `.HTD` of a place tell, and, where the whole folder is looked at, the sites that were
/// chosen and have no file. Files that only the `.HTD` would count are no errors: channels may be taken at some times.
pub fn complete(rows: &mut Vec<(PathBuf, Row)>, htds: &[PathBuf], whole: bool, notes: &mut Vec<String>) {
    let mut of_place: BTreeMap<PathBuf, (&PathBuf, Htd)> = BTreeMap::new();
    // Exports have copies in the folders of the times.
    let mut sorted: Vec<&PathBuf> = htds.iter().collect();
    sorted.sort_by_key(|path| path.components().count());
    for path in sorted {
        let place = names::folders(path, None).place;
        if !of_place.contains_key(&place)
            && let Ok(text) = index_file::text(path)
        {
            of_place.insert(place, (path, Htd::parse(&text)));
        }
    }
    let told: Vec<Option<MetaSeries>> =
        rows.par_iter().map(|(_, row)| MetaSeries::of(row.path.as_deref()?)).collect();
    let mut names: HashMap<(PathBuf, Option<u32>), String> = HashMap::new();
    for ((place, row), told) in rows.iter_mut().zip(&told) {
        // w1 is the first wavelength; a plate of one wavelength has no number in its names.
        row.c = row.channel.as_ref().map_or(Some(1), |channel| channel.parse().ok());
        if let Some(told) = told {
            row.stage = told.stage;
            row.pixel = [told.pixel[0], told.pixel[1], None];
            row.pixel_source = told.pixel[0].map(|_| "MetaSeries".into());
            (row.exposure_ms, row.time) = (told.exposure_ms, told.time.clone());
            if let Some(name) = &told.channel {
                names.entry((place.clone(), row.c)).or_insert_with(|| name.clone());
            }
        }
    }
    let mut given: HashSet<bool> = HashSet::new();
    for (place, row) in rows.iter_mut() {
        let index = row.c.and_then(|c| (c as usize).checked_sub(1));
        let of_htd = of_place.get(place).and_then(|(_, htd)| htd.waves.get(index?).cloned());
        let name = of_htd.filter(|n| !n.is_empty()).or_else(|| names.get(&(place.clone(), row.c)).cloned());
        given.insert(name.is_some());
        row.channel = name.or(row.channel.take());
    }
    if given.contains(&false) && !given.contains(&true) && rows.iter().all(|(_, row)| row.channel.is_none()) {
        rows.iter_mut().for_each(|(_, row)| row.c = None);
    }
    for (place, (path, htd)) in &of_place {
        let here: Vec<&Row> = rows.iter().filter(|(p, _)| p == place).map(|(_, row)| row).collect();
        let Some(first) = here.first() else { continue };
        let plate = first.site.plate.clone();
        let times = here.iter().map(|row| row.t).collect::<BTreeSet<_>>().len();
        let waves = here.iter().map(|row| row.c).collect::<BTreeSet<_>>().len();
        if whole && (htd.times.is_some_and(|n| n != times) || htd.waves.len() != waves) {
            notes.push(format!(
                "{}: times {}, wavelengths {}; there are files of {times} and {waves}",
                path.display(),
                htd.times.map_or("-".into(), |n| n.to_string()),
                htd.waves.len(),
            ));
        }
        if !whole {
            continue;
        }
        let present: HashSet<(Option<&str>, Option<u32>)> =
            here.iter().map(|row| (row.site.well.as_deref(), row.site.field)).collect();
        let fields: Vec<Option<u32>> = match htd.sites.as_slice() {
            // One site has no number in the names.
            [] | [1] if present.iter().all(|(_, field)| field.is_none()) => vec![None],
            [] => Vec::new(),
            sites => sites.iter().copied().map(Some).collect(),
        };
        let mut absent = Vec::new();
        for well in &htd.wells {
            for &field in &fields {
                if !present.contains(&(Some(well), field)) {
                    let site =
                        Site { plate: plate.clone(), well: Some(well.clone()), field, acquisition: None };
                    absent.push((place.clone(), Row { site, status: Status::Missing, ..Row::default() }));
                }
            }
        }
        rows.extend(absent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_sites_are_counted_row_by_row() {
        let htd = Htd::parse(
            "\"HTSInfoFile\", Version 1.0\n\"TimePoints\", 3\n\"XWells\", 2\n\"WellsSelection1\", FALSE, TRUE\n\
             \"WellsSelection2\", TRUE, FALSE\n\"Sites\", TRUE\n\"SiteSelection1\", TRUE, FALSE\n\
             \"SiteSelection2\", TRUE, TRUE\n\"NWavelengths\", 2\n\"WaveName1\", \"DAPI\"\n\"WaveName2\", \"Cy5\"\n",
        );
        let wells = ["A02", "B01"].map(String::from).to_vec();
        let waves = ["DAPI", "Cy5"].map(String::from).to_vec();
        assert_eq!(htd, Htd { times: Some(3), waves, wells, sites: vec![1, 2, 3] });
    }
}
