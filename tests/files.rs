//! Images, tables and plates on disk.

use rotifer::io::{self, Pattern};
use rotifer::registry::{
    Code, Dtype, Image, Kind, Spacing, SpacingSource, Table, Values, Volume, VolumeMeta,
};
use std::path::{Path, PathBuf};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// An image with every axis; the values tell where they stand.
fn image(dtype: Dtype, [t, c, z]: [usize; 3], spacing: Option<Spacing>) -> Image {
    let ndim = if z > 1 { 3 } else { 2 };
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape: [z, 5, 7], ndim, spacing };
    let (low, high) = if dtype == Dtype::F32 { (-1.5, 2.25) } else { dtype.range() };
    let volumes = (0..t * c).map(|v| {
        let values = (0..z * 35).map(|i| if i == 3 { low } else { (v * z * 35 + i) as f64 % 200.0 });
        let mut values: Vec<f32> = values.map(|x| x as f32).collect();
        values[4] = high as f32;
        Volume::from_vec(&meta, values).unwrap().cast(dtype)
    });
    Image::new(volumes.collect(), (t > 1).then_some(t), (c > 1).then_some(c)).unwrap()
}

#[test]
fn tiff_gives_back_what_was_written() {
    let dir = folder();
    for dtype in Dtype::ALL {
        for sizes in [[1, 1, 1], [1, 1, 4], [1, 3, 1], [3, 1, 1], [2, 3, 4]] {
            let spacing = Spacing { um: [0.4, 0.325, 0.65], source: SpacingSource::Imagej };
            let written = image(dtype, sizes, Some(spacing));
            let path = dir.path().join(format!("{dtype}{sizes:?}.tif"));
            io::write_image(&path, &written).unwrap();
            let read = io::read(&path).unwrap();
            let (a, b) = (read.meta(), written.meta());
            assert_eq!((a.axes(), a.t, a.c), (b.axes(), b.t, b.c));
            assert_eq!(a.volume.spacing.map(|s| (s.um[1], s.um[2])), Some((0.325, 0.65)));
            assert!(sizes[2] == 1 || a.volume.spacing.is_some_and(|s| s.um[0] == 0.4));
            assert!(read.volumes().iter().zip(written.volumes()).all(|(a, b)| a.pixels() == b.pixels()));
        }
    }
}

#[test]
fn channel_names_and_labels_come_back() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    let names = vec!["DNA".to_string(), "α, tubulin".into()];
    io::write_image(&path, &image(Dtype::U16, [1, 2, 1], None).with_channels(names.clone())).unwrap();
    assert_eq!(io::read(&path).unwrap().channels(), names);
    let labels = image(Dtype::U8, [1, 1, 1], None).volume(0, 0).to_labels().unwrap();
    io::write_image(&path, &Image::from(labels.clone())).unwrap();
    assert_eq!(io::read(&path).unwrap().volume(0, 0).pixels(), labels.pixels());
}

#[test]
fn png_holds_grey_and_colour_of_8_and_16_bits_only() {
    let dir = folder();
    let path = dir.path().join("a.png");
    let colours = ["red", "green", "blue"].map(String::from).to_vec();
    for dtype in [Dtype::U8, Dtype::U16] {
        for c in [1, 3] {
            let written = image(dtype, [1, c, 1], None).with_channels(colours.clone());
            io::write_image(&path, &written).unwrap();
            assert_eq!(io::read(&path).unwrap(), written);
            assert_eq!(io::read_meta(&path).unwrap(), written.meta());
        }
    }
    for bad in [image(Dtype::F32, [1, 1, 1], None), image(Dtype::U8, [1, 1, 2], None)] {
        let error = io::write_image(&path, &bad).unwrap_err();
        assert_eq!((error.code, error.help.is_some()), (Code::File, true));
    }
    assert!(io::write_image(&dir.path().join("a.bmp"), &image(Dtype::U8, [1, 1, 1], None)).is_err());
}

#[test]
fn a_failed_write_leaves_the_old_file_and_nothing_else() {
    let dir = folder();
    let path = dir.path().join("new/folder/a.txt");
    let write = |text: &'static str, fail: bool| {
        io::write_atomic(&path, |file| {
            std::io::Write::write_all(file, text.as_bytes())?;
            if fail { Err(std::io::Error::other("disk full")) } else { Ok(()) }
        })
    };
    write("old", false).unwrap();
    let error = write("new", true).unwrap_err();
    assert!(error.to_string().contains("disk full"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(path.parent().unwrap().read_dir().unwrap().count(), 1);
    assert!(
        io::write_atomic(&dir.path().join("new/folder/a.txt/b"), |_| Ok::<(), std::io::Error>(())).is_err()
    );
}

/// The writer that [`what_a_killed_writer_left_is_swept`] kills.
#[test]
#[ignore = "is started by another test"]
fn a_writer_that_never_ends() {
    let Some(path) = std::env::var_os("ROTIFER_TEST_WRITES") else { return };
    let _ = io::write_atomic::<std::io::Error>(path.as_ref(), |_| {
        loop {
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
    });
}

#[test]
fn what_a_killed_writer_left_is_swept() {
    let dir = folder();
    let inner = dir.path().join("image");
    let mut writer = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_writer_that_never_ends", "--ignored"])
        .env("ROTIFER_TEST_WRITES", inner.join("a.tif"))
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let files = || inner.read_dir().map_or(0, Iterator::count);
    let start = std::time::Instant::now();
    while files() == 0 {
        assert!(start.elapsed().as_secs() < 20, "it does not write");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    std::thread::sleep(std::time::Duration::from_millis(50));
    io::sweep(dir.path());
    assert_eq!(files(), 1, "it lives");
    writer.kill().unwrap();
    writer.wait().unwrap();
    assert_eq!(files(), 1, "a kill leaves it");
    io::sweep(dir.path());
    assert_eq!(files(), 0);
}

#[test]
fn readers_beside_eight_writers_see_whole_files() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    let images: Vec<Image> = (0..8).map(|i| image(Dtype::U16, [1, 1, i + 2], None)).collect();
    io::write_image(&path, &images[0]).unwrap();
    std::thread::scope(|scope| {
        for image in &images {
            scope.spawn(|| (0..30).for_each(|_| io::write_image(&path, image).unwrap()));
        }
        for _ in 0..100 {
            let read = io::read(&path).unwrap();
            assert!(images.iter().any(|i| i.volume(0, 0).pixels() == read.volume(0, 0).pixels()));
        }
    });
    assert_eq!(dir.path().read_dir().unwrap().count(), 1);
}

#[test]
fn tables_have_the_shortest_numbers_and_empty_nan() {
    let dir = folder();
    let path = dir.path().join("a.csv");
    let table = Table::new()
        .with("image", Values::Text(vec!["a, b".into(), "say \"c\"".into()]))
        .and_then(|t| t.with("label", Values::Int(vec![1, -2])))
        .and_then(|t| t.with("x", Values::Float(vec![0.1, f64::NAN])))
        .and_then(|t| t.with("y", Values::Float(vec![1e-12, 3.0])))
        .unwrap();
    io::write_table(&path, &table).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text, "image,label,x,y\n\"a, b\",1,0.1,1e-12\n\"say \"\"c\"\"\",-2,,3\n");
    assert!(io::write_table(&dir.path().join("a.txt"), &table).is_err());
}

#[test]
fn inputs_are_files_folders_and_patterns() {
    let dir = folder();
    for name in ["b.tif", "a.TIF", "c[1].png", "notes.txt", ".hidden.tif", "sub/d.tif"] {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    let at = |name: &str| dir.path().join(name).display().to_string();
    let names = |inputs: &[String]| -> Vec<String> {
        let files = io::expand(inputs).unwrap();
        files.iter().map(|f| f.file_name().unwrap().to_string_lossy().into_owned()).collect()
    };
    assert_eq!(names(&[at("")]), ["a.TIF", "b.tif", "c[1].png"]);
    assert_eq!(names(&[at("*.tif"), at("b.tif"), at("c[1].png")]), ["b.tif", "c[1].png"]);
    let errors = io::expand(&[at("x.tif"), at("b.tif"), at("*.jpg")]).unwrap_err();
    assert_eq!(errors.len(), 2);
    assert!(errors[0].message.contains("x.tif") && errors[1].message.contains("*.jpg"));
    assert!(io::expand(&[]).is_err());
}

#[test]
fn file_names_tell_well_field_and_channel() {
    let told = |name: &str| {
        let s = io::plate::site(Path::new(name));
        let number = |n: Option<u32>| n.map_or("-".into(), |n| n.to_string());
        let text = |t: Option<String>| t.unwrap_or("-".into());
        format!(
            "{} {} {} {} {} {}",
            text(s.plate),
            text(s.well),
            number(s.field),
            text(s.channel),
            number(s.z),
            number(s.t)
        )
    };
    for (name, expected) in [
        ("AS_09047_050428030001_O01f00d2.TIF", "AS_09047_050428030001 O01 0 2 - -"),
        ("sample_A01_f1_d0.tif", "sample A01 1 0 - -"),
        ("r02c11f03p04-ch2sk1fk1fl1.tiff", "- B11 3 2 4 1"),
        ("P1_B3_s2_w1.tif", "P1 B03 2 1 - -"),
        ("P1_B03_s2_w1A3F2E9C1-1234-4ABC-9DEF-0123456789AB.tif", "P1 B03 2 1 - -"),
        ("plate_C04_T0001F002L01A01Z03C01.tif", "plate C04 2 01 3 1"),
        ("B - 02(fld 3 wv DAPI - DAPI).tif", "- B02 3 DAPI - -"),
        ("coins.png", "- - - - - -"),
        ("a_1_b.tif", "- - - - - -"),
    ] {
        assert_eq!(told(name), expected, "{name}");
    }
    let own = Pattern::parse("{well}-*-{channel}").unwrap();
    let site = own.site(Path::new("x/A1-whatever-it-is-DAPI.tif")).unwrap();
    assert_eq!((site.well.as_deref(), site.channel.as_deref()), (Some("A01"), Some("DAPI")));
    assert!(own.site(Path::new("coins.png")).is_none());
    for bad in ["{wel}", "{well", "{well}{well}", "no fields"] {
        assert!(Pattern::parse(bad).is_err(), "{bad}");
    }
    assert!(Pattern::parse("{wel}").unwrap_err().help.unwrap().contains("well"));
}

#[test]
fn channels_of_a_site_become_one_image() {
    let dir = folder();
    let plane = image(Dtype::U8, [1, 1, 1], None);
    let write = |name: &str| {
        let path = dir.path().join(name);
        io::write_image(&path, &plane).unwrap();
        path
    };
    let names = ["P_A01_f0_d0.tif", "P_A01_f0_d1.tif", "P_A02_f0_d0.tif", "P_A02_f0_d1.tif", "alone.tif"];
    let mut files: Vec<PathBuf> = names.map(write).to_vec();
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
