//! Site tables and the images made of them: index files of instruments, names, tables of users.

use rotifer::io::plate::{self, Choice, Row, Status, Table};
use rotifer::io::{self, Group, Missing, Pattern, inputs};
use rotifer::registry::pipeline::check;
use rotifer::registry::{
    Code, Dtype, Image, Kind, Pipeline, Spacing, SpacingSource, Step, Volume, VolumeMeta,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A folder of an instrument, or a word that it is absent.
fn instrument(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/instruments").join(name);
    if !path.exists() {
        eprintln!("skipped: {} is not here", path.display());
        return None;
    }
    Some(path)
}

/// A plane of 4×3 pixels of one value, at a name in a folder.
fn plane(dir: &Path, name: &str, value: u8) -> PathBuf {
    let path = dir.join(name);
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::U8, shape: [1, 4, 3], ndim: 2, spacing: None };
    let image = Image::from(Volume::from_vec(&meta, vec![value; 12]).unwrap());
    let plain = path.with_extension("tif");
    io::write_image(&plain, &image).unwrap();
    std::fs::rename(&plain, &path).unwrap();
    path
}

fn text(dir: &Path, name: &str, text: &str) -> PathBuf {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path
}

fn sites(path: &Path) -> Table {
    plate::sites(&[path], &Choice::default()).unwrap()
}

fn groups(table: &Table, missing: Missing) -> Vec<Group> {
    plate::groups(table.clone(), missing).groups
}

/// `plate well field t c channel z` of a row.
fn told(row: &Row) -> String {
    let number = |n: Option<u32>| n.map_or("-".into(), |n| n.to_string());
    let text = |t: &Option<String>| t.clone().unwrap_or("-".into());
    format!(
        "{} {} {} {} {} {} {}",
        text(&row.site.plate),
        text(&row.site.well),
        number(row.site.field),
        number(row.t),
        number(row.c),
        text(&row.channel),
        number(row.z)
    )
}

/// The rows by the names of their files.
fn rows(table: &Table) -> Vec<(String, &Row)> {
    let name = |row: &Row| {
        let path = row.path.as_ref().map(|p| p.file_name().unwrap().to_string_lossy().into_owned());
        path.unwrap_or_default()
    };
    let mut rows: Vec<(String, &Row)> = table.rows.iter().map(|row| (name(row), row)).collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows
}

/// The first values of the channels of an image, t by t.
fn values(image: &Image) -> Vec<f64> {
    image.volumes().iter().map(|v| v.f64s()[0]).collect()
}

fn rotifer(dir: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rotifer")).args(words).current_dir(dir).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn cellvoyager_tables_are_as_the_index_says() {
    let Some(dir) = instrument("cv8000") else { return };
    let table = sites(&dir);
    assert_eq!(table.rows.len(), 96);
    assert!(table.notes.iter().any(|n| n.contains("calibration images: 6")), "{:?}", table.notes);
    for (name, row) in rows(&table) {
        // The name says the same as the index: `..._D08_T0001F001L01A01Z02C01.tif`.
        let tail = name.strip_prefix("CV8000-Minimal-DataSet-2C-3W-4S-FP2-stack_").unwrap();
        let number = |at: usize, n: usize| tail[at..at + n].parse::<u32>().unwrap();
        assert_eq!(row.site.well.as_deref(), Some(&tail[..3]), "{name}");
        assert_eq!((row.t, row.site.field), (Some(number(5, 4)), Some(number(10, 3))), "{name}");
        assert_eq!((row.z, row.c.map(|c| c + 1)), (Some(number(20, 2)), Some(number(23, 2))), "{name}");
        assert_eq!(row.site.plate.as_deref(), Some("CV8000-Minimal-DataSet-2C-3W-4S-FP2-stack"));
        assert_eq!(row.pixel, [Some(0.325), Some(0.325), Some(3.0)]);
        assert_eq!(row.pixel_source.as_deref(), Some("MeasurementDetail.mrf"));
        assert_eq!((row.exposure_ms, &row.status), (Some(100.0), &Status::Ok));
        // y is negated: field 3 lies below field 1.
        let field = row.site.field.unwrap() as usize;
        let place = [[-567.1, -402.9], [82.8, -402.9], [-567.1, 247.0], [82.8, 247.0]][field - 1];
        assert_eq!(
            row.stage,
            [Some(place[0]), Some(place[1]), row.z.map(|z| 3.0 * f64::from(z - 1))],
            "{name}"
        );
    }
    let groups = groups(&table, Missing::Error);
    assert_eq!(groups.len(), 12);
    let wells: BTreeSet<_> = groups.iter().map(|g| g.site.well.clone().unwrap()).collect();
    assert_eq!(wells, BTreeSet::from(["D08", "E03", "F08"].map(String::from)));
    assert_eq!(groups[0].channels, ["405 BP445/45", "488 BP525/50"]);
    let meta = groups[0].meta().unwrap();
    assert_eq!((meta.names().as_str(), meta.axes.c, meta.volume.shape), ("czyx", 2, [4, 2000, 2000]));
    let spacing = Spacing::new([3.0, 0.325, 0.325], SpacingSource::Index);
    assert_eq!(meta.volume.spacing, Some(spacing));
    assert_eq!(groups[0].read().unwrap().meta(), meta);
}

#[test]
fn imagexpress_tables_are_as_the_files_say() {
    let Some(dir) = instrument("imagexpress") else { return };
    let table = sites(&dir);
    assert_eq!(table.rows.len(), 12);
    for (name, row) in rows(&table) {
        // `1well-3C-2S-Zmix-T_C07_s1_w1D5F8F51A-...`.
        let tail = name.strip_prefix("1well-3C-2S-Zmix-T_C07_s").unwrap();
        let number = |at: usize| tail[at..at + 1].parse::<u32>().unwrap();
        assert_eq!((row.site.field, row.c.map(|c| c + 1)), (Some(number(0)), Some(number(3))), "{name}");
        let folder = row.path.as_ref().unwrap().parent().unwrap().file_name().unwrap();
        assert_eq!(folder.to_str(), row.t.map(|t| format!("TimePoint_{t}")).as_deref());
        assert_eq!(row.channel.as_deref(), Some(["FITC", "Cy3", "Texas Red"][row.c.unwrap() as usize]));
        assert_eq!((row.pixel[0], row.pixel_source.as_deref()), (Some(13.5504), Some("MetaSeries")));
        assert_eq!(row.stage[0], Some(68300.0));
        assert!(
            (row.stage[1].unwrap() - [27625.7, 31094.5][row.site.field.unwrap() as usize - 1]).abs() < 0.2
        );
        assert_eq!(row.exposure_ms, Some([80.0, 100.0, 5.0][row.c.unwrap() as usize]), "{name}");
    }
    let groups = groups(&table, Missing::Error);
    assert_eq!(groups.len(), 2);
    let meta = groups[0].meta().unwrap();
    assert_eq!((meta.names().as_str(), meta.axes.t, meta.axes.c), ("tcyx", 2, 3));
    assert_eq!(meta.axes.channels, ["FITC", "Cy3", "Texas Red"]);
    assert_eq!(groups[0].read().unwrap().meta(), meta);
}

#[test]
fn exported_imagexpress_takes_its_channels_from_the_htd() {
    let Some(dir) = instrument("imagexpress_exported") else { return };
    let table = sites(&dir);
    let groups = groups(&table, Missing::Error);
    let names: Vec<String> = groups.iter().map(|g| g.site.name()).collect();
    let expected = ["B02, field 1", "B02, field 2", "B03, field 1", "B03, field 2"];
    assert_eq!(names, expected.map(|n| format!("plate 9987, well {n}")));
    for group in &groups {
        assert_eq!(group.channels, ["DAPI", "FITC"]);
        let meta = group.meta().unwrap();
        assert_eq!((meta.names().as_str(), meta.axes.t, meta.axes.c), ("tcyx", 2, 2));
        assert_eq!(meta.volume.spacing.map(|s| s.um[2]), Some(1.3672));
    }
    // It tells of 6 times and 4 wavelengths; those that are not there were not taken, which is said.
    assert!(table.notes.iter().any(|n| n.contains("times 6, wavelengths 4")), "{:?}", table.notes);
    // A chosen site without any file is missing.
    let copy = folder();
    for file in inputs::expand(&[&dir]).unwrap() {
        let to = copy.path().join(file.strip_prefix(&dir).unwrap());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        if !file.to_str().unwrap().contains("B03_s2") {
            std::fs::copy(&file, to).unwrap();
        }
    }
    let htd = "9987_Plate_3435/9987.HTD";
    std::fs::copy(dir.join(htd), copy.path().join(htd)).unwrap();
    let failed: Vec<String> = plate::groups(sites(copy.path()), Missing::Error)
        .groups
        .iter()
        .filter_map(|g| g.error())
        .map(|e| e.message)
        .collect();
    assert_eq!(failed.len(), 1);
    assert!(failed[0].contains("well B03, field 2"), "{failed:?}");
}

#[test]
fn scanr_tables_are_as_the_ome_xml_says() {
    let Some(dir) = instrument("scanr") else { return };
    let copy = folder();
    let name = "B2--W00014--P00001--Z00000--T00000--405 nm #1.tif";
    for sub in ["empty/data", "full/data"] {
        std::fs::create_dir_all(copy.path().join(sub)).unwrap();
        std::fs::copy(dir.join("metadata.ome.xml"), copy.path().join(sub).join("metadata.ome.xml")).unwrap();
    }
    plane(&copy.path().join("full/data"), name, 7);
    for (sub, status) in [("empty", Status::Missing), ("full", Status::Ok)] {
        let table = sites(&copy.path().join(sub));
        assert_eq!(table.rows.len(), 1);
        let row = &table.rows[0];
        assert_eq!(told(row), format!("{sub} B02 1 0 0 405 nm #1 0"));
        assert_eq!(row.status, status);
        assert_eq!(row.stage, [Some(100_090.0), Some(61_827.0), Some(6275.29)]);
        assert_eq!(row.pixel, [Some(0.325), Some(0.325), None]);
        assert_eq!((row.exposure_ms, row.time.as_deref()), (Some(100.0), Some("4.888 s")));
    }
    let group = &groups(&sites(&copy.path().join("full")), Missing::Error)[0];
    assert_eq!(
        (group.channels.as_slice(), values(&group.read().unwrap())),
        (&["405 nm #1".to_string()][..], vec![7.0])
    );
}

/// The index of a Harmony of this version: 2 wells, 1 field, 2 channels, 2 planes; one image failed.
fn harmony(version: u32, folder: &str) -> String {
    let channel = |c: u32| {
        format!(
            "<ChannelName>{}</ChannelName><ImageResolutionX Unit=\"m\">2.96E-07</ImageResolutionX>\
             <ImageResolutionY Unit=\"m\">2.96E-07</ImageResolutionY><ExposureTime Unit=\"s\">0.02</ExposureTime>\
             <OrientationMatrix>[[1.0,0,0,34.3],[0,-1.0,0,-15.1],[0,0,1.33,-6.01]]</OrientationMatrix>",
            ["HOECHST 33342", "Alexa 488"][c as usize - 1]
        )
    };
    let mut images = String::new();
    for (row, col) in [(2, 3), (32, 48)] {
        for c in [1, 2] {
            for z in [1, 2] {
                let own = if version < 6 { channel(c) } else { String::new() };
                images += &format!(
                    "<Image Version=\"1\"><id>x</id><State>{}</State>\
                     <URL>{folder}r{row:02}c{col:02}f01p{z:02}-ch{c}sk1fk1fl1.tiff</URL><Row>{row}</Row><Col>{col}</Col>\
                     <FieldID>1</FieldID><PlaneID>{z}</PlaneID><TimepointID>0</TimepointID><ChannelID>{c}</ChannelID>\
                     <PositionX Unit=\"m\">0.000325</PositionX><PositionY Unit=\"m\">0.00011</PositionY>\
                     <PositionZ Unit=\"m\">{}E-06</PositionZ><AbsTime>2024-01-02T03:04:05+01:00</AbsTime>{own}</Image>",
                    if (row, c, z) == (32, 2, 2) { "Failed" } else { "Ok" },
                    z * 2
                );
            }
        }
    }
    let maps = if version < 6 {
        String::new()
    } else {
        let entry = |c| format!("<Entry ChannelID=\"{c}\">{}</Entry>", channel(c));
        format!("<Maps><Map>{}{}</Map></Maps>", entry(1), entry(2))
    };
    format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EvaluationInputData Version=\"1\" \
         xmlns=\"http://www.perkinelmer.com/PEHH/HarmonyV{version}\"><Plates><Plate><PlateID>7</PlateID><Name>HeLa</Name>\
         </Plate></Plates>{maps}<Images>{images}</Images></EvaluationInputData>"
    )
}

#[test]
fn harmony_indices_of_every_version_are_read() {
    for (version, index, urls) in [
        (3, "Images/Index.idx.xml", ""),
        (5, "Images/Index.xml", ""),
        (6, "Images/Index.idx.xml", ""),
        (7, "Index.xml", "Images\\"),
    ] {
        let dir = folder();
        text(dir.path(), index, &harmony(version, urls));
        for (well, planes) in [("r02c03", 4), ("r32c48", 3)] {
            for i in 0..planes {
                let name = format!("Images/{well}f01p{:02}-ch{}sk1fk1fl1.tiff", i % 2 + 1, i / 2 + 1);
                plane(dir.path(), &name, i as u8);
            }
        }
        let table = sites(dir.path());
        let told: Vec<String> = table.rows.iter().map(told).collect();
        assert_eq!(told[0], "HeLa B03 1 0 0 HOECHST 33342 1", "V{version}");
        assert_eq!(told[7], "HeLa AF48 1 0 1 Alexa 488 2");
        let row = &table.rows[1];
        // Its y points upwards.
        assert_eq!(row.stage, [Some(325.0), Some(-110.0), Some(4.0)]);
        assert_eq!((row.pixel[0], row.exposure_ms), (Some(0.296), Some(20.0)));
        assert_eq!(table.rows[7].status, Status::Failed("Failed".into()));
        let groups = groups(&table, Missing::Error);
        let meta = groups[0].meta().unwrap();
        assert_eq!(
            (meta.names().as_str(), meta.volume.spacing.map(|s| s.um)),
            ("czyx", Some([2.0, 0.296, 0.296]))
        );
        let read = groups[0].read().unwrap();
        assert_eq!(read.meta(), meta);
        assert_eq!(read.volume(0, 1).f64s()[..1], [2.0]);
        assert_eq!(read.volume(0, 1).f64s()[12..13], [3.0]);
        let error = groups[1].read().unwrap_err();
        assert_eq!(error.code, Code::MissingChannel);
        assert!(error.message.contains("well AF48") && error.message.contains("Failed"), "{error}");
    }
}

#[test]
fn incell_and_micro_manager_indices_are_read() {
    let dir = folder();
    let image = |w: u32, name: &str| {
        format!(
            "<Image acquisition_time_ms=\"250\" filename=\"{name}\"><Well label=\"B - 3\"><Row number=\"2\"/>\
             <Column number=\"3\"/></Well><FocusPosition z=\"12.5\"/><PlatePosition_um x=\"10\" y=\"-20\"/>\
             <Exposure time=\"40\"/><EmissionFilter name=\"{0}\"/><ExcitationFilter name=\"{0}\"/>\
             <Identifier field_index=\"0\" time_index=\"0\" wave_index=\"{w}\" z_index=\"0\"/></Image>",
            ["DAPI", "FITC"][w as usize]
        )
    };
    let names = ["B - 3(fld 1 wv DAPI - DAPI).tif", "B - 3(fld 1 wv FITC - FITC).tif"];
    let xdce = format!(
        "<?xml version=\"1.0\"?><ImageStack xmlns=\"http://x\"><Images number=\"2\">{}{}</Images>\
         <ObjectiveCalibration pixel_width=\"0.65\" pixel_height=\"0.65\"/></ImageStack>",
        image(0, names[0]),
        image(1, names[1])
    );
    text(dir.path(), "screen.xdce", &xdce);
    names.iter().zip([5, 6]).for_each(|(name, value)| _ = plane(dir.path(), name, value));
    let table = sites(dir.path());
    assert_eq!(
        table.rows.iter().map(told).collect::<Vec<_>>(),
        ["screen B03 1 1 0 DAPI 1", "screen B03 1 1 1 FITC 1"]
    );
    assert_eq!(table.rows[0].stage, [Some(10.0), Some(-20.0), Some(12.5)]);
    assert_eq!((table.rows[0].pixel[1], table.rows[0].exposure_ms), (Some(0.65), Some(40.0)));
    let group = &groups(&table, Missing::Error)[0];
    assert_eq!(values(&group.read().unwrap()), [5.0, 6.0]);

    // Version 1.4, cut off before the last brace, and version 2.
    let dir = folder();
    let frame = |name: &str, c: u32, position: u32, keys: [&str; 2]| {
        format!(
            "{{\"FileName\": \"{name}\", \"Channel\": \"{}\", \"ChannelIndex\": {c}, \"{}\": 0, \"{}\": 0, \
             \"PositionIndex\": {position}, \"PixelSizeUm\": 0.108, \"XPositionUm\": 1.5, \"YPositionUm\": 2.5, \
             \"ZPositionUm\": 3.5, \"Exposure-ms\": 20}}",
            ["BF", "GFP"][c as usize],
            keys[0],
            keys[1]
        )
    };
    let summary = "\"Summary\": {\"Prefix\": \"run\", \"z-step_um\": 0.5}";
    let old = ["Frame", "Slice"];
    let (a, b) = ("img_000000000_BF_000.tif", "img_000000000_GFP_000.tif");
    let metadata = format!(
        "{{{summary},\n\"FrameKey-0-0-0\": {},\n\"FrameKey-0-1-0\": {}\n",
        frame(a, 0, 0, old),
        frame(b, 1, 0, old)
    );
    text(dir.path(), "Pos0/metadata.txt", &metadata);
    let (c, d) = (
        "img_channel000_position001_time000000000_z000.tif",
        "img_channel001_position001_time000000000_z000.tif",
    );
    let new = ["FrameIndex", "SliceIndex"];
    let metadata = format!(
        "{{{summary}, \"Coords-Default/{c}\": {{\"time\": 0}}, \"Metadata-Default/{c}\": {}, \"Metadata-Default/{d}\": {}}}",
        frame(c, 0, 1, new),
        frame(d, 1, 1, new)
    );
    text(dir.path(), "Default/metadata.txt", &metadata);
    for (i, name) in [("Pos0", a), ("Pos0", b), ("Default", c), ("Default", d)].iter().enumerate() {
        plane(dir.path(), &format!("{}/{}", name.0, name.1), i as u8);
    }
    let table = sites(dir.path());
    let groups = groups(&table, Missing::Error);
    let sites: Vec<(Option<u32>, Vec<f64>)> =
        groups.iter().map(|g| (g.site.field, values(&g.read().unwrap()))).collect();
    assert_eq!(sites, [(Some(0), vec![0.0, 1.0]), (Some(1), vec![2.0, 3.0])]);
    assert_eq!(groups[0].channels, ["BF", "GFP"]);
    assert_eq!(groups[0].meta().unwrap().volume.spacing.map(|s| s.um[2]), Some(0.108));
    assert!(table.rows.iter().all(|row| row.stage == [Some(1.5), Some(2.5), Some(3.5)]));
}

#[test]
fn records_of_errors_and_missing_planes_are_statuses() {
    let dir = folder();
    let record = |kind: &str, z: u32, c: &str, text: &str| {
        format!(
            "<bts:MeasurementRecord bts:Type=\"{kind}\" bts:Column=\"2\" bts:Row=\"1\" bts:TimePoint=\"1\" \
             bts:FieldIndex=\"1\" bts:ZIndex=\"{z}\" bts:X=\"0\" bts:Y=\"0\" bts:Z=\"{z}\" {c}>{text}</bts:MeasurementRecord>"
        )
    };
    let (one, two) = ("bts:Ch=\"1\"", "bts:Ch=\"2\"");
    let records = [
        record("IMG", 1, one, "p_A02_T0001F001L01A01Z01C01.tif"),
        record("IMG", 2, one, "p_A02_T0001F001L01A01Z02C01.tif"),
        record("IMG", 1, two, "p_A02_T0001F001L01A01Z01C02.tif"),
        record("ERR", 2, two, "autofocus failed"),
    ];
    text(
        dir.path(),
        "MeasurementData.mlf",
        &format!(
            "<bts:MeasurementData xmlns:bts=\"http://www.yokogawa.co.jp/BTS/BTSSchema/1.0\">{}</bts:MeasurementData>",
            records.concat()
        ),
    );
    plane(dir.path(), "p_A02_T0001F001L01A01Z01C01.tif", 1);
    plane(dir.path(), "p_A02_T0001F001L01A01Z01C02.tif", 3);
    let table = sites(dir.path());
    let statuses: Vec<&Status> = table.rows.iter().map(|row| &row.status).collect();
    let failed = Status::Failed("autofocus failed".into());
    assert_eq!(statuses, [&Status::Ok, &Status::Missing, &Status::Ok, &failed]);
    let error = groups(&table, Missing::Error)[0].error().unwrap();
    for word in ["A02", "channel 1 at z 2", "channel 2 at z 2", "autofocus failed"] {
        assert!(error.message.contains(word), "{error}");
    }
    let blank = &groups(&table, Missing::Blank)[0];
    assert!(blank.notes[0].contains("zeros"), "{:?}", blank.notes);
    let read = blank.read().unwrap();
    let z = |c: usize| read.volume(0, c).f64s().into_iter().step_by(12).collect::<Vec<_>>();
    assert_eq!((z(0), z(1)), (vec![1.0, 0.0], vec![3.0, 0.0]));
    assert_eq!(read.meta(), blank.meta().unwrap());
    let skipped = plate::groups(table.clone(), Missing::Skip);
    assert!(skipped.groups.is_empty() && skipped.notes[0].contains("A02"), "{:?}", skipped.notes);
}

/// The 22 usual names: of each 2 sites × 2 channels, or what the name has.
#[test]
fn usual_names_make_sites() {
    // Names of the files, sites and channels that they make.
    let cases: &[(&[&str], usize, &[&str])] = &[
        (&["r01c0{1,2}f01p01-ch{1,2}sk1fk1fl1.tiff"], 2, &["1", "2"]),
        (&["r01c0{1,2}f01p01-ch{1,2}t01.tiff"], 2, &["1", "2"]),
        (&["p_B0{1,2}_T0001F001L01A01Z01C0{1,2}.tif"], 2, &["01", "02"]),
        (&["W000{1,2}F0001T0001Z001C{1,2}.tif"], 2, &["1", "2"]),
        (&["p_B02_s{1,2}_w{1,2}12345678-1234-1234-1234-123456789ABC.tif"], 2, &["1", "2"]),
        (&["p_B02_s{1,2}_w{1,2}.tif", "p_B02_s1_w1_thumb.tif"], 2, &["1", "2"]),
        (&["p_B0{1,2}_w{1,2}.TIF"], 2, &["1", "2"]),
        (&["p_B02_s{1,2}.TIF"], 2, &[]),
        (&["p_B02_s{1,2}_w{1,2}_z1.TIF", "p_B02_s{1,2}_w{1,2}_z2.TIF"], 2, &["1", "2"]),
        (&["p_t0_C05_s{0,1}_w{0,1}_z0.tif"], 2, &["0", "1"]),
        (&["A - 01(fld {1,2} wv {DAPI - DAPI,FITC - FITC}).tif"], 2, &["DAPI", "FITC"]),
        (&["A - 1(fld {1,2} wv {DAPI - DAPI,FITC - FITC} z 1).tif"], 2, &["DAPI", "FITC"]),
        (
            &["A - 1(fld {1,2} wv {UV - DAPI,Blue - FITC} time 1 - 1000 ms).tif"],
            2,
            &["Blue - FITC", "UV - DAPI"],
        ),
        (&["A - 1(fld {1,2} wv {DAPI - DAPI,FITC - FITC} wix 1).tif"], 2, &["DAPI", "FITC"]),
        (&["A_1_f{1,2}_c{1,2}_x405_m450_z0_t0.tif"], 2, &["1", "2"]),
        (&["p_B03f0{0,1}d{0,1}.TIF"], 2, &["0", "1"]),
        (&["p_B03f0{0,1}o{0,1}.TIF"], 2, &["0", "1"]),
        (&["B2--W00014--P0000{1,2}--Z00000--T00000--{DAPI,GFP}.tif"], 2, &["DAPI", "GFP"]),
        (&["A1-{1,2}-{C1,Ph}.tif"], 2, &["C1", "Ph"]),
        (&["exp_{Green,Phase}_A1_{1,2}_00d04h00m.tif"], 2, &["Green", "Phase"]),
        (&["exp_{Green,Phase}_A1_{1,2}_2021y05m03d_12h00m.tif"], 2, &["Green", "Phase"]),
        (&["img_channel00{0,1}_position00{0,1}_time000000000_z000.tif"], 2, &["000", "001"]),
        (&["exp_w{1DAPI,2Cy5}_s{1,2}_t1.TIF"], 2, &["DAPI", "Cy5"]),
        (&["plate_A01_{1,2}_{1,2}.tif"], 2, &["1", "2"]),
    ];
    for (patterns, count, channels) in cases {
        let dir = folder();
        for name in patterns.iter().flat_map(|pattern| braces(pattern)) {
            text(dir.path(), &name, "");
        }
        let grouped = plate::groups(sites(dir.path()), Missing::Error);
        assert_eq!(grouped.groups.len(), *count, "{patterns:?}: {:?}", grouped.notes);
        for group in &grouped.groups {
            assert_eq!(group.error(), None, "{patterns:?}");
            assert_eq!(group.channels, *channels, "{patterns:?}");
        }
        let sites: BTreeSet<String> = grouped.groups.iter().map(|g| g.site.name()).collect();
        assert_eq!(sites.len(), *count, "{patterns:?}");
        let stems: BTreeSet<String> = grouped.groups.iter().map(Group::stem).collect();
        assert_eq!(stems.len(), *count, "{patterns:?}: {stems:?}");
        assert!(!stems.iter().any(|stem| stem.ends_with("C0")), "a number is cut: {stems:?}");
    }
}

/// `a{1,2}` is `a1`, `a2`.
fn braces(pattern: &str) -> Vec<String> {
    let Some((before, rest)) = pattern.split_once('{') else { return vec![pattern.into()] };
    let (choices, after) = rest.split_once('}').unwrap();
    let tails = braces(after);
    choices.split(',').flat_map(|c| tails.iter().map(move |tail| format!("{before}{c}{tail}"))).collect()
}

#[test]
fn folders_of_times_and_planes_are_axes_and_projections_are_left_out() {
    let dir = folder();
    // Channel 1 has stacks and their projections, channel 2 one plane in the first step, channel 3 a projection only.
    for t in [1, 2] {
        for z in [1, 2, 3] {
            plane(dir.path(), &format!("exp/TimePoint_{t}/ZStep_{z}/p_B02_s1_w1.tif"), 10 * t + z);
        }
        plane(dir.path(), &format!("exp/TimePoint_{t}/ZStep_1/p_B02_s1_w2.tif"), 50 + t);
        plane(dir.path(), &format!("exp/TimePoint_{t}/ZStep_0/p_B02_s1_w1.tif"), 99);
        plane(dir.path(), &format!("exp/TimePoint_{t}/p_B02_s1_w3.tif"), 70 + t);
    }
    let table = sites(dir.path());
    let left_out = table.rows.iter().filter(|row| row.status == Status::LeftOut("projection".into()));
    assert_eq!(left_out.count(), 2);
    let grouped = plate::groups(table.clone(), Missing::Error);
    assert_eq!(grouped.groups.len(), 1);
    for name in ["2", "3"] {
        assert!(
            grouped.notes.iter().any(|n| n.contains(&format!("channel {name} has one plane"))),
            "{:?}",
            grouped.notes
        );
    }
    assert!(grouped.notes.iter().any(|n| n.contains("`projection`: 2")), "{:?}", grouped.notes);
    let read = grouped.groups[0].read().unwrap();
    assert_eq!(read.meta().names(), "tczyx");
    let z = |t: usize, c: usize| read.volume(t, c).f64s().into_iter().step_by(12).collect::<Vec<_>>();
    assert_eq!((z(0, 0), z(1, 0)), (vec![11.0, 12.0, 13.0], vec![21.0, 22.0, 23.0]));
    assert_eq!((z(0, 1), z(1, 2)), (vec![51.0; 3], vec![72.0; 3]));
    assert_eq!(read.meta(), grouped.groups[0].meta().unwrap());
    // A plane that one site lacks and another has is missing.
    for z in [1, 2, 3] {
        plane(dir.path(), &format!("exp/TimePoint_1/ZStep_{z}/p_B03_s1_w1.tif"), z);
        plane(dir.path(), &format!("exp/TimePoint_1/ZStep_{z}/p_B03_s1_w2.tif"), z);
    }
    plane(dir.path(), "exp/TimePoint_1/p_B03_s1_w3.tif", 1);
    let failed: Vec<String> = groups(&sites(dir.path()), Missing::Error)
        .iter()
        .filter_map(Group::error)
        .map(|e| e.message)
        .collect();
    assert_eq!(failed.len(), 1);
    assert!(failed[0].contains("well B02") && failed[0].contains("channel 2 at t 1 at z 2"), "{failed:?}");
}

#[test]
fn plates_of_one_name_in_two_folders_are_acquisitions_and_plates_without_a_name_are_folders() {
    let dir = folder();
    for (i, measurement) in ["1697", "1698"].iter().enumerate() {
        for w in [1, 2] {
            plane(dir.path(), &format!("exp/{measurement}/p_AF48_w{w}.tif"), 10 * i as u8 + w);
            plane(dir.path(), &format!("two/plate{i}/B02_s1_w{w}.tif"), w);
        }
    }
    let twice = groups(&sites(&dir.path().join("exp")), Missing::Error);
    let told: Vec<(Option<u32>, Vec<f64>)> =
        twice.iter().map(|g| (g.site.acquisition, values(&g.read().unwrap()))).collect();
    assert_eq!(told, [(Some(1), vec![1.0, 2.0]), (Some(2), vec![11.0, 12.0])]);
    assert_eq!(twice[0].site.well.as_deref(), Some("AF48"));
    let two = groups(&sites(&dir.path().join("two")), Missing::Error);
    let plates: Vec<_> = two.iter().map(|g| g.site.plate.as_deref()).collect();
    assert_eq!(plates, [Some("plate0"), Some("plate1")]);
    // AA comes after Z.
    for well in ["AA01", "B01", "Z01"] {
        plane(dir.path(), &format!("order/q_{well}_s1.tif"), 1);
    }
    let order = groups(&sites(&dir.path().join("order")), Missing::Error);
    let wells: Vec<_> = order.iter().map(|g| g.site.well.clone().unwrap()).collect();
    assert_eq!(wells, ["B01", "Z01", "AA01"]);
}

#[test]
fn names_that_look_like_a_plate_by_chance_are_images() {
    for names in [["cells_a1_w2.tif", "cells_a2_w3.tif"], ["Cells_A01_w2.tif", "Cells_A02_w3.tif"]] {
        let dir = folder();
        for name in names {
            plane(dir.path(), name, 1);
        }
        let groups = groups(&sites(dir.path()), Missing::Error);
        assert_eq!(groups.len(), 2, "{names:?}");
        assert!(groups.iter().all(|g| g.error().is_none() && g.is_file() && g.site == io::Site::default()));
    }
    // Names of two instruments are not guessed at.
    let dir = folder();
    for name in ["p_A01_s1_w1.tif", "p_A01_s1_w2.tif", "p_A01f00d0.tif", "p_A01f00d1.tif"] {
        plane(dir.path(), name, 1);
    }
    let error = plate::sites(&[dir.path()], &Choice::default()).unwrap_err().remove(0);
    assert_eq!(error.code, Code::File);
    let text = error.to_string();
    for word in ["p_A01_s1_w1.tif", "p_A01f00d0.tif", "ImageXpress", "--pattern", "--no-group"] {
        assert!(text.contains(word), "{text}");
    }
    let choice = Choice { no_group: true, ..Choice::default() };
    assert_eq!(groups(&plate::sites(&[dir.path()], &choice).unwrap(), Missing::Error).len(), 4);
    let pattern = Pattern::parse(r"(?P<Plate>p)_(?P<Well>[A-P]\d\d).*[wd](?P<ChannelNumber>\d)").unwrap();
    let choice = Choice { pattern: Some(pattern), ..Choice::default() };
    let grouped = groups(&plate::sites(&[dir.path()], &choice).unwrap(), Missing::Error);
    // Two files are channel 1 then.
    assert!(grouped[0].error().unwrap().message.contains("same channel"), "{:?}", grouped[0].error());
}

#[test]
fn patterns_are_braces_or_regular_expressions() {
    let own = Pattern::parse("{well}-*-{channel}").unwrap();
    let named = own.named(Path::new("x/A1-whatever-it-is-DAPI.tif")).unwrap();
    assert_eq!((named.well.as_deref(), named.channel.as_deref()), (Some("A01"), Some("DAPI")));
    assert!(own.named(Path::new("coins.png")).is_none());
    let regex = Pattern::parse(r"^(?<well>[A-H]\d+)_(?P<site>\d+)_(?P<channel>\w+)\.tif$").unwrap();
    let named = regex.named(Path::new("B3_12_GFP.tif")).unwrap();
    assert_eq!(
        (named.well.as_deref(), named.field, named.channel.as_deref()),
        (Some("B03"), Some(12), Some("GFP"))
    );
    // Folders take part where the pattern has them.
    let folders = Pattern::parse("{plate}/{channel}/{well}_{field}").unwrap();
    let named = folders.named(Path::new("/data/P7/DAPI/B03_2.png")).unwrap();
    assert_eq!(
        (named.plate.as_deref(), named.channel.as_deref(), named.field),
        (Some("P7"), Some("DAPI"), Some(2))
    );
    for bad in ["{wel}", "{well", "{well}{well}", "no fields", "(?P<wel>.)", "(?P<well>["] {
        assert_eq!(Pattern::parse(bad).unwrap_err().argument.as_deref(), Some("pattern"), "{bad}");
    }
    assert!(Pattern::parse("{wel}").unwrap_err().help.unwrap().contains("well"));
}

#[test]
fn folders_are_walked_and_what_is_no_image_of_theirs_is_left_out_and_said() {
    let dir = folder();
    for name in
        ["b.tif", "a.TIF", "c[1].png", "notes.txt", ".hidden.tif", "sub/d.tif", "b_thumb.tif", "SC_x.tif"]
    {
        text(dir.path(), name, "");
    }
    text(dir.path(), "results/image/e.tif", "");
    inputs::mark_results(&dir.path().join("results")).unwrap();
    let at = |name: &str| dir.path().join(name).display().to_string();
    let names = |inputs: &[String]| -> Vec<String> {
        let files = io::expand(inputs).unwrap();
        files.iter().map(|f| f.file_name().unwrap().to_string_lossy().into_owned()).collect()
    };
    assert_eq!(names(&[at("")]), ["a.TIF", "b.tif", "c[1].png", "d.tif"]);
    assert_eq!(names(&[at("*.tif"), at("b.tif"), at("c[1].png")]), ["b.tif", "c[1].png"]);
    assert_eq!(names(&[at("**/*.tif")]), ["b.tif", "e.tif", "d.tif"]);
    assert_eq!(names(&[at("s?b/*")]), ["d.tif"]);
    // A file that is given by name is taken.
    assert_eq!(
        names(&[at("b_thumb.tif"), at("results"), at("SC_*.tif")]),
        ["e.tif", "b_thumb.tif", "SC_x.tif"]
    );
    let notes = inputs::find(&[at("")]).unwrap().notes.join("\n");
    for word in [
        "thumbnails: 1, such as b_thumb.tif",
        "calibration images: 1",
        "hidden files: 1",
        "folders of results: 1",
    ] {
        assert!(notes.contains(word), "{notes}");
    }
    let errors = io::expand(&[at("x.tif"), at("b.tif"), at("*.jpg")]).unwrap_err();
    assert_eq!(errors.len(), 2);
    assert!(errors[0].message.contains("x.tif") && errors[1].message.contains("*.jpg"));
    assert!(io::expand(&[] as &[String]).is_err());
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_and_odd_names_are_files() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let dir = folder();
    plane(dir.path(), "ok.tif", 3);
    std::os::unix::fs::symlink("nowhere/else", dir.path().join("gone.tif")).unwrap();
    // Where the disk takes such names.
    let odd = dir.path().join(OsStr::from_bytes(b"caf\xe9.tif"));
    let has_odd = std::fs::copy(dir.path().join("ok.tif"), &odd).is_ok();
    // A link back is walked once.
    std::os::unix::fs::symlink(dir.path(), dir.path().join("again")).unwrap();
    let all = groups(&sites(dir.path()), Missing::Error);
    assert_eq!(all.len(), 2 + usize::from(has_odd));
    let gone = all.iter().find(|g| g.files()[0].ends_with("gone.tif")).unwrap();
    assert!(gone.read().unwrap_err().message.contains("gone.tif"));
    let pattern = dir.path().join("*.tif").into_os_string();
    assert_eq!(io::expand(&[pattern]).unwrap().len(), all.len());
    assert_eq!(io::expand(&[dir.path().join("o*.tif")]).unwrap().len(), 1);
    if has_odd {
        let group = all.iter().find(|g| g.files()[0] == odd).unwrap();
        assert_eq!(values(&group.read().unwrap()), [3.0]);
        let table = dir.path().join("sites.csv");
        sites(dir.path()).write(&table).unwrap();
        assert!(Table::read(&table).unwrap().rows.iter().any(|row| row.path.as_ref() == Some(&odd)));
        // Groups travel to workers.
        let text = serde_json::to_string(group).unwrap();
        assert_eq!(serde_json::from_str::<Group>(&text).unwrap(), *group);
        let bytes = postcard::to_stdvec(group).unwrap();
        assert_eq!(postcard::from_bytes::<Group>(&bytes).unwrap(), *group);
    }
}

/// 76, 88: a channel by its index and by its name where names are numbers.
#[test]
fn a_number_is_an_index_and_a_quoted_text_a_name() {
    let dir = folder();
    for (w, value) in [(1, 10), (2, 20)] {
        plane(dir.path(), &format!("P_A01_w{w}.tif"), value);
    }
    let image = groups(&sites(dir.path()), Missing::Error)[0].read().unwrap();
    assert_eq!(image.channels(), ["1", "2"]);
    let mean = |from: &str| {
        let pipeline = Pipeline::new(vec![Step::new("mean_of_all_pixels").from(&[from]).named("m")]);
        let checked = check(&pipeline).map_err(|e| e[0].clone())?;
        let options = rotifer::execute::Options { on: rotifer::execute::On::Cpu, ..Default::default() };
        let outcome = rotifer::execute::run(&checked, &image, &options)?;
        Ok::<f64, rotifer::registry::Error>(outcome.outputs[0].1.numbers().unwrap()[0])
    };
    for (from, value) in [
        ("input[c=0]", 10.0),
        ("input[c=1]", 20.0),
        ("input[c='1']", 10.0),
        ("input[c=\"2\"]", 20.0),
        ("input[t=0,c='2']", 20.0),
    ] {
        assert_eq!(mean(from).unwrap(), value, "{from}");
    }
    let error = mean("input[c=2]").unwrap_err();
    assert_eq!(
        (error.code, error.help.as_deref()),
        (Code::MissingChannel, Some("a number is an index; the name is c='2'"))
    );
    assert_eq!(mean("input[c=DNA]").unwrap_err().code, Code::MissingChannel);
    for bad in [
        "input[c=1,c='2']",
        "input[c=]",
        "input[c='']",
        "input[c='1]",
        "input[c=-1]",
        "input[c=1.5]",
        "input[c=1",
    ] {
        assert_eq!(mean(bad).unwrap_err().code, Code::UnknownInput, "{bad}");
    }
    // Names may hold what separates selections.
    let named = image.clone().with_channels(vec!["a, b]".into(), "it's".into()]);
    let checked =
        check(&Pipeline::new(vec![Step::new("mean_of_all_pixels").from(&["input[c=\"it's\"]"])])).unwrap();
    let options = rotifer::execute::Options { on: rotifer::execute::On::Cpu, ..Default::default() };
    assert_eq!(
        rotifer::execute::run(&checked, &named, &options).unwrap().outputs[0].1.numbers(),
        Some(vec![20.0])
    );
}

#[test]
fn tables_come_back_and_are_edited_by_users() {
    let dir = folder();
    for well in ["A01", "A02"] {
        for w in [1, 2] {
            plane(dir.path(), &format!("P_{well}_w{w}.tif"), w);
        }
    }
    let table = sites(dir.path());
    let path = dir.path().join("sites.csv");
    table.write(&path).unwrap();
    assert_eq!(Table::read(&path).unwrap().rows, table.rows);
    let json = text(dir.path(), "sites.json", &table.json().to_string());
    assert_eq!(Table::read(&json).unwrap().rows, table.rows);
    // Relative to the table, so that both can be moved; a few columns are enough.
    let short = text(
        dir.path(),
        "short.csv",
        "path,well,channel,pixel_size_x_um,pixel_size_y_um,status,dose\n\
         P_A01_w2.tif,a1,DNA,0.5,0.5,ok,1\nP_A01_w1.tif,A1,actin,0.5,0.5,,1\nP_A02_w1.tif,A02,DNA,,,out of focus,2\n",
    );
    let table = Table::read(&short).unwrap();
    assert!(table.notes[0].contains("dose"), "{:?}", table.notes);
    let grouped = plate::groups(table.clone(), Missing::Error);
    assert_eq!(grouped.groups.len(), 1);
    assert!(grouped.notes.iter().any(|n| n.contains("out of focus")), "{:?}", grouped.notes);
    // Names in order, as no row has an index.
    assert_eq!(grouped.groups[0].channels, ["DNA", "actin"]);
    let read = grouped.groups[0].read().unwrap();
    assert_eq!(values(&read), [2.0, 1.0]);
    assert_eq!(read.meta().volume.spacing.map(|s| (s.um[2], s.source)), Some((0.5, SpacingSource::Index)));
    for (bad, word) in
        [("well\nA01\n", "column `path`"), ("path,t\na.tif,two\n", "line 2"), ("path\n", "no rows")]
    {
        let error = Table::read(&text(dir.path(), "bad.csv", bad)).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
    }
    // One file, several planes of it.
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::U8, shape: [3, 1, 2], ndim: 3, spacing: None };
    let stack = Volume::from_vec(&meta, vec![0u8, 0, 1, 1, 2, 2]).unwrap();
    io::write_image(&dir.path().join("stack.tif"), &stack.into()).unwrap();
    let pages = text(dir.path(), "pages.csv", "path,page,well,c\nstack.tif,2,A01,0\nstack.tif,0,A01,1\n");
    let group = &groups(&Table::read(&pages).unwrap(), Missing::Error)[0];
    assert_eq!(values(&group.read().unwrap()), [2.0, 0.0]);
    assert_eq!(group.read().unwrap().meta(), group.meta().unwrap());
}

#[test]
fn load_data_goes_out_and_comes_in() {
    let dir = folder();
    for well in ["A01", "A02"] {
        for (c, name) in ["DAPI", "405 nm"].iter().enumerate() {
            plane(dir.path(), &format!("images/B2--W00014--P00001--Z00000--T00000--{name}.tif"), c as u8);
            plane(dir.path(), &format!("images/P_{well}_s1_w{}.tif", c + 1), 10 + c as u8);
        }
    }
    std::fs::remove_file(dir.path().join("images/P_A02_s1_w2.tif")).unwrap();
    let pattern = dir.path().join("images/P_*").into_os_string();
    let table = plate::sites(&[pattern], &Choice::default()).unwrap();
    let (bytes, notes) = plate::table::load_data(&table).unwrap();
    let csv = String::from_utf8(bytes).unwrap();
    let images = std::path::absolute(dir.path().join("images")).unwrap();
    let expected = format!(
        "FileName_Ch1,PathName_Ch1,FileName_Ch2,PathName_Ch2,Metadata_Plate,Metadata_Well,Metadata_Site\n\
         P_A01_s1_w1.tif,{0},P_A01_s1_w2.tif,{0},P,A01,1\n",
        images.display()
    );
    assert_eq!(csv, expected);
    // CellProfiler refuses a line without all channels.
    assert!(notes.len() == 1 && notes[0].contains("A02"), "{notes:?}");
    let back = groups(&Table::read(&text(dir.path(), "load_data.csv", &csv)).unwrap(), Missing::Error);
    assert_eq!((back.len(), back[0].channels.as_slice()), (1, &["Ch1".to_string(), "Ch2".into()][..]));
    assert_eq!(back[0].site.name(), "plate P, well A01, field 1");
    assert_eq!(values(&back[0].read().unwrap()), [10.0, 11.0]);
    // As others write it: relative folders, text for sites, no plate, an empty file.
    let other = text(
        dir.path(),
        "other.csv",
        "Metadata_Well,Metadata_Site,FileName_DNA,PathName_DNA,Frame_DNA,FileName_ER,PathName_ER\n\
         a1,s3,P_A01_s1_w1.tif,images,0,P_A01_s1_w2.tif,images\na2,s3,P_A02_s1_w1.tif,images,0,,\n",
    );
    let groups = groups(&Table::read(&other).unwrap(), Missing::Error);
    assert_eq!(groups[0].site.name(), "well A01, field 3");
    assert_eq!(values(&groups[0].read().unwrap()), [10.0, 11.0]);
    assert!(groups[1].error().unwrap().message.contains("channel ER"), "{:?}", groups[1].error());
}

#[test]
fn load_data_may_have_urls_and_names_that_need_quotes() {
    let dir = folder();
    let at = dir.path().join("my, \"plate\" %");
    std::fs::create_dir(&at).unwrap();
    plane(&at, "a 1.tif", 3);
    plane(&at, "b,2.tif", 5);
    let whole = |name: &str| at.join(name).display().to_string();
    let url =
        format!("file://{}", whole("a 1.tif").replace('%', "%25").replace(' ', "%20").replace('"', "%22"));
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let urls = format!("URL_DNA,Metadata_Well,Metadata_Plate\r\n{},B2,\"P \"\"1\"\"\"\r\n", quoted(&url));
    let names = format!(
        "FileName_DNA,PathName_DNA,FileName_ER,PathName_ER,Metadata_Well,\"a, b\"\n\"a 1.tif\",{0},\"b,2.tif\",{0},b02,\"x\ny\"\n",
        quoted(&at.display().to_string())
    );
    let read = |name: &str, csv: &str| {
        let table = Table::read(&text(dir.path(), name, csv)).unwrap();
        let group = groups(&table, Missing::Error).remove(0);
        (group.site.clone(), values(&group.read().unwrap()))
    };
    let (site, value) = read("urls.csv", &urls);
    assert_eq!(
        (site.plate.as_deref(), site.well.as_deref(), value),
        (Some("P \"1\""), Some("B02"), vec![3.0])
    );
    let (site, value) = read("names.csv", &names);
    assert_eq!((site.well.as_deref(), value), (Some("B02"), vec![3.0, 5.0]));
}

#[test]
fn channels_of_a_site_become_one_image() {
    let dir = folder();
    let names = ["P_A01_f0_d0.tif", "P_A01_f0_d1.tif", "P_A02_f0_d0.tif", "P_A02_f0_d1.tif", "alone.tif"];
    let mut files: Vec<PathBuf> = names.iter().map(|name| plane(dir.path(), name, 1)).collect();
    let groups = io::group(&files, None).unwrap();
    assert_eq!(groups.len(), 3);
    let site = groups.iter().find(|g| g.site.well.as_deref() == Some("A02")).unwrap();
    assert_eq!((site.stem(), site.files().len()), ("P_A02_f0".into(), 2));
    let read = site.read().unwrap();
    assert_eq!((read.c(), read.channels()), (2, &["0".to_string(), "1".into()][..]));
    // A channel that is missing is named.
    files.remove(3);
    let errors = io::group(&files, None).unwrap_err();
    assert_eq!(errors.len(), 1);
    assert!(errors[0].message.contains("A02") && errors[0].message.contains("channel 1"), "{}", errors[0]);
    assert_eq!(errors[0].code, Code::MissingChannel);
}

const COUNT: &str = "name = \"t\"\n[[steps]]\nop = \"mean_of_all_pixels\"\nas = \"m\"\nsave = true\n";

#[test]
fn a_site_that_lacks_a_channel_fails_by_name_and_the_others_run() {
    let dir = folder();
    text(dir.path(), "p.toml", COUNT);
    for well in ["A01", "A02", "A03"] {
        for w in [1, 2] {
            plane(dir.path(), &format!("pl/P1_{well}_w{w}.tif"), w);
        }
    }
    std::fs::remove_file(dir.path().join("pl/P1_A02_w2.tif")).unwrap();
    let run = |more: &[&str]| {
        let out = format!("out{}", more.join(""));
        let words = [&["run", "p.toml", "pl", "--workers", "1", "-o", &out][..], more].concat();
        (rotifer(dir.path(), &words), dir.path().join(out))
    };
    // Which wells were done.
    let wells = |out: &Path| {
        let text = std::fs::read_to_string(out.join("images.csv")).unwrap();
        let text: String = text.lines().filter(|line| line.contains(",done,")).collect();
        ["A01", "A02", "A03"]
            .into_iter()
            .filter(|well| text.contains(&format!("P1_{well}")))
            .collect::<Vec<_>>()
    };
    for (more, exit, ran, word) in [
        (&[][..], 5, vec!["A01", "A03"], "well A02 has no file of channel 2"),
        (&["--missing", "skip"][..], 0, vec!["A01", "A03"], "left out"),
        (&["--missing", "blank"][..], 0, vec!["A01", "A02", "A03"], "zeros"),
    ] {
        let (output, folder) = run(more);
        assert_eq!(output.status.code(), Some(exit), "{}", out(&output));
        assert!(out(&output).contains("A02") && out(&output).contains(word), "{}", out(&output));
        assert_eq!(wells(&folder), ran, "{more:?}");
    }
    // Results are not images of the next run.
    let again = rotifer(dir.path(), &["sites", ".", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    // The plane that is not there has a row, too.
    let statuses: Vec<&str> =
        json["sites"].as_array().unwrap().iter().map(|row| row["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["ok", "ok", "ok", "ok", "ok", "missing"]);
    // The table of a user in place of the folder.
    let made = rotifer(dir.path(), &["sites", "pl", "-o", "t.csv", "--write-loaddata", "load.csv"]);
    assert_eq!(made.status.code(), Some(0), "{}", out(&made));
    for table in ["t.csv", "load.csv"] {
        let plan = rotifer(dir.path(), &["plan", "p.toml", "--sites", table]);
        assert_eq!(plan.status.code(), Some(0), "{}", out(&plan));
    }
    assert_eq!(
        rotifer(dir.path(), &["run", "p.toml", "pl", "--sites", "t.csv", "-o", "x"]).status.code(),
        Some(2)
    );
    assert_eq!(rotifer(dir.path(), &["plan", "p.toml"]).status.code(), Some(2));
    // Names that nothing tells the site of.
    plane(dir.path(), "plain/one.tif", 1);
    let refused = rotifer(dir.path(), &["sites", "plain"]);
    assert_eq!(refused.status.code(), Some(4));
    assert!(out(&refused).contains("one.tif") && out(&refused).contains("--pattern"), "{}", out(&refused));
    assert_eq!(rotifer(dir.path(), &["sites", "plain", "--no-group"]).status.code(), Some(0));
}

#[test]
fn lengths_are_physical_where_only_the_instrument_knows_the_pixel_size() {
    let Some(dir) = instrument("imagexpress_exported") else { return };
    let file = dir.join("9987_Plate_3435/TimePoint_1/9987_B02_s1_w1.TIF");
    let to = folder();
    let file = file.to_str().unwrap();
    let apply = |sigma: &str, name: &str| {
        let words = ["apply", "gaussian_filter", file, "-o", name, "--on", "cpu", "--sigma", sigma];
        let output = rotifer(to.path(), &words);
        assert_eq!(output.status.code(), Some(0), "{}", out(&output));
        io::read(&to.path().join(name)).unwrap()
    };
    let physical = apply("2 um", "a.tif");
    let pixels = apply(&(2.0 / 1.3672).to_string(), "b.tif");
    let both = physical.volume(0, 0).f64s().into_iter().zip(pixels.volume(0, 0).f64s());
    assert!(both.into_iter().all(|(a, b)| (a - b).abs() < 1e-2));
    let pipeline = text(to.path(), "p.toml", "[[steps]]\nop = \"gaussian_filter\"\nsigma = \"2 um\"\n");
    for name in ["cv8000", "imagexpress", "imagexpress_exported"] {
        let Some(dir) = instrument(name) else { continue };
        let plan = rotifer(to.path(), &["plan", pipeline.to_str().unwrap(), dir.to_str().unwrap()]);
        assert_eq!(plan.status.code(), Some(0), "{}", out(&plan));
        assert!(out(&plan).contains(", pixel "), "{}", out(&plan));
    }
}

#[test]
fn a_plane_that_other_sites_have_is_missing_where_it_lacks_in_the_middle() {
    let dir = folder();
    for (well, planes) in [("A01", [1, 2, 4].as_slice()), ("A02", &[1, 2, 3, 4]), ("A03", &[1, 2, 3])] {
        for z in planes {
            for t in [1, 2, 3].into_iter().filter(|t| (well, *t) != ("A03", 2)) {
                plane(dir.path(), &format!("P_{well}_s1_w1_z{z}_t{t}.tif"), *z as u8);
            }
        }
    }
    let table = sites(dir.path());
    let missing: Vec<String> = table.rows.iter().filter(|r| r.status == Status::Missing).map(told).collect();
    // Times of A01, and planes of A03 at its time.
    let of = |well: &str| missing.iter().filter(|row| row.contains(well)).count();
    assert_eq!((of("A01"), of("A02"), of("A03")), (3, 0, 3), "{missing:?}");
    let all = groups(&table, Missing::Error);
    let errors: Vec<String> = all.iter().filter_map(|g| Some(g.error()?.to_string())).collect();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].contains("A01") && errors[0].contains("at z 3"), "{errors:?}");
    assert!(errors[1].contains("A03") && errors[1].contains("at t 2"), "{errors:?}");
    // Fewer planes at the end are a choice.
    let blank = groups(&table, Missing::Blank);
    let depth: Vec<usize> = blank.iter().map(|g| g.read().unwrap().meta().volume.shape[0]).collect();
    assert_eq!(depth, [4, 4, 3]);
    assert_eq!(
        blank[0].read().unwrap().volume(0, 0).f64s().into_iter().step_by(12).collect::<Vec<_>>(),
        [1.0, 2.0, 0.0, 4.0]
    );
}

#[test]
fn projections_of_the_cq1_are_left_out_beside_their_planes() {
    let dir = folder();
    for folder in ["Image", "Projection"] {
        for c in [1, 2] {
            plane(dir.path(), &format!("m/{folder}/W0001F0001T0001Z001C{c}.tif"), c);
        }
    }
    let table = sites(&dir.path().join("m"));
    assert_eq!(groups(&table, Missing::Error).len(), 1);
    let left: Vec<&Row> =
        table.rows.iter().filter(|r| r.status == Status::LeftOut("projection".into())).collect();
    assert!(
        left.len() == 2
            && left.iter().all(|r| r.path.as_ref().unwrap().parent().unwrap().ends_with("Projection"))
    );
    // Alone they are the planes.
    std::fs::remove_dir_all(dir.path().join("m/Image")).unwrap();
    let alone = groups(&sites(&dir.path().join("m")), Missing::Error);
    assert_eq!(alone.iter().map(|g| g.channels.len()).collect::<Vec<_>>(), [2]);
}

#[test]
fn indices_and_formats_that_are_not_read_are_named() {
    let dir = folder();
    let refused = |name: &str| {
        let errors = plate::sites(&[dir.path().join(name)], &Choice::default()).unwrap_err();
        errors.into_iter().map(|e| e.to_string()).collect::<String>()
    };
    // The order of the planes stands in an index that is not read.
    plane(dir.path(), "nd/NDTiffStack.tif", 1);
    text(dir.path(), "nd/NDTiff.index", "x");
    assert!(refused("nd").contains("NDTiff"), "{}", refused("nd"));
    // Fields side by side in an image.
    plane(dir.path(), "bd/Well A01/DAPI - n000000.tif", 1);
    text(dir.path(), "bd/Experiment.exp", "[Image]\r\nMontageRows=2\r\nMontageCols=2\r\n");
    assert!(refused("bd").contains("BD Pathway") && refused("bd").contains("4 fields"), "{}", refused("bd"));
    let choice = Choice { no_group: true, ..Choice::default() };
    assert_eq!(plate::sites(&[dir.path().join("bd")], &choice).unwrap().rows.len(), 1);
    text(dir.path(), "bd/Experiment.exp", "[Image]\r\nMontageRows=1\r\nMontageCols=1\r\n");
    assert_eq!(told(&sites(&dir.path().join("bd")).rows[0]), "- A01 - 0 0 DAPI -");
    // Names say enough, but not all.
    plane(dir.path(), "hcs/p_t0_C05_s0_w1_z2.tif", 1);
    text(dir.path(), "hcs/p.jdce", "{}");
    plane(dir.path(), "as/P_A01f00d0.tif", 1);
    text(dir.path(), "as/P.mdb", "x");
    for (name, maker) in [("hcs", "HCS.ai"), ("as", "Cellomics")] {
        let notes = sites(&dir.path().join(name)).notes;
        assert!(notes.iter().any(|n| n.contains(maker) && n.contains("not read")), "{notes:?}");
    }
    // Other formats: an error where there is nothing else, a note where there is.
    text(dir.path(), "czi/a.czi", "x");
    text(dir.path(), "czi/b.CZI", "x");
    assert!(refused("czi").contains("2 of other formats, such as a.czi"), "{}", refused("czi"));
    plane(dir.path(), "czi/c.tif", 1);
    let notes = sites(&dir.path().join("czi")).notes;
    assert!(notes.iter().any(|n| n.contains("formats that are not read: 2")), "{notes:?}");
}

#[test]
fn apply_takes_the_planes_of_one_image_from_a_table() {
    let dir = folder();
    for (well, values) in [("A01", [3, 5]), ("A02", [7, 9])] {
        for (w, value) in values.iter().enumerate() {
            plane(dir.path(), &format!("P_{well}_w{}.tif", w + 1), *value);
        }
    }
    let all = text(dir.path(), "all.csv", "");
    sites(dir.path()).write(&all).unwrap();
    let several = rotifer(dir.path(), &["apply", "maximum_of_all_pixels", "--sites", "all.csv"]);
    let error = String::from_utf8_lossy(&several.stderr).into_owned();
    assert!(several.status.code() == Some(4) && error.contains("2 images"), "{error}");
    // As spreadsheets write it where a comma is the decimal sign.
    text(dir.path(), "one.csv", "path;well;c\nP_A02_w1.tif;A02;0\nP_A02_w2.tif;A02;1\n");
    let one = rotifer(dir.path(), &["apply", "maximum_of_all_pixels", "--sites", "one.csv"]);
    assert_eq!(String::from_utf8_lossy(&one.stdout).trim(), "{\"maximum\":[7.0,9.0]}", "{}", out(&one));
    // Words are the inputs after it.
    let sum = ["apply", "add", "--sites", "one.csv", "P_A01_w1.tif", "-o", "sum.tif"];
    assert!(rotifer(dir.path(), &sum).status.success());
    assert_eq!(values(&io::read(&dir.path().join("sum.tif")).unwrap()), [10.0, 12.0]);
}

/// Files of a site that have colors are as many channels.
#[test]
fn colors_of_the_files_of_a_site_are_channels() {
    let dir = folder();
    let colors = |name: &str, values: &[u8]| {
        let meta =
            VolumeMeta { kind: Kind::Image, dtype: Dtype::U8, shape: [1, 4, 3], ndim: 2, spacing: None };
        let volumes = values.iter().map(|v| Volume::from_vec(&meta, vec![*v; 12]).unwrap()).collect();
        let c = (values.len() > 1).then_some(values.len());
        io::write_image(&dir.path().join(name), &Image::new(volumes, None, c).unwrap()).unwrap();
    };
    for (well, first) in [("A01", 10), ("A02", 20)] {
        colors(&format!("{well}_grey.tif"), &[first]);
        colors(&format!("{well}_stain.tif"), &[first + 1, first + 2, first + 3]);
    }
    let path = text(
        dir.path(),
        "sites.csv",
        "well,c,channel,path\nA01,0,grey,A01_grey.tif\nA01,1,stain,A01_stain.tif\n\
         A02,0,grey,A02_grey.tif\nA02,1,stain,A02_stain.tif\n",
    );
    let found = groups(&Table::read(&path).unwrap(), Missing::Error);
    assert_eq!(found.len(), 2);
    for (group, first) in found.iter().zip([10.0, 20.0]) {
        let image = group.read().unwrap();
        assert_eq!(values(&image), [first, first + 1.0, first + 2.0, first + 3.0]);
        assert_eq!(image.meta(), group.meta().unwrap());
        let names = image.meta().axes.channels;
        assert_eq!((names.len(), names[0].as_str()), (4, "grey"));
        assert!(names[1..].iter().all(|name| name.starts_with("stain ")), "{names:?}");
        let sources = group.sources().unwrap();
        assert_eq!((sources.axes.c, sources.items.len()), (4, 4));
    }
    // The last color of a file that is read in parts.
    text(dir.path(), "p.toml", &COUNT.replace("as =", "from = [\"input[c=3]\"]\nas ="));
    let run = rotifer(dir.path(), &["run", "p.toml", "--sites", "sites.csv", "-o", "out"]);
    assert!(run.status.success(), "{}", out(&run));
    let table = std::fs::read_to_string(dir.path().join("out/images.csv")).unwrap();
    assert!(table.contains("13") && table.contains("23"), "{table}");
}

#[test]
fn an_empty_name_is_said_to_be_one() {
    let error = plate::sites(&[""], &Choice::default()).unwrap_err().remove(0);
    assert!(error.message.contains("empty") && error.help.is_some(), "{error}");
}
