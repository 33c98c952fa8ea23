//! Images and tables on disk.

use rotifer::io;
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
