//! Images and tables on disk.

use rotifer::io;
use rotifer::registry::{
    Code, Dtype, Image, Kind, Spacing, SpacingSource, Table, Values, Volume, VolumeMeta,
};
use std::path::{Path, PathBuf};

/// A folder of real images, or a word that it is absent.
fn real(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if !path.exists() {
        eprintln!("skipped: {} is not here", path.display());
        return None;
    }
    Some(path)
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A little-endian TIFF of single-strip pages, tag by tag: what no encoder writes on purpose.
struct Tiff {
    pages: Vec<(Tags, Vec<u8>)>,
}

type Tags = Vec<(u16, Tag)>;

enum Tag {
    Short(Vec<u16>),
    Long(u32),
    Text(&'static str),
    Ratio(u32, u32),
}

impl Tiff {
    fn new() -> Tiff {
        Tiff { pages: Vec::new() }
    }

    fn page(mut self, width: u16, height: u16, bits: u16, pixels: &[u8], more: Tags) -> Tiff {
        let mut tags = vec![
            (256, Tag::Short(vec![width])),
            (257, Tag::Short(vec![height])),
            (258, Tag::Short(vec![bits])),
            (259, Tag::Short(vec![1])),
            (262, Tag::Short(vec![1])),
            (277, Tag::Short(vec![1])),
            (278, Tag::Short(vec![height])),
        ];
        for (id, value) in more {
            tags.retain(|(known, _)| *known != id);
            tags.push((id, value));
        }
        self.pages.push((tags, pixels.to_vec()));
        self
    }

    fn write(self, path: &Path) {
        let mut file = b"II\x2a\0\0\0\0\0".to_vec();
        let mut link = 4;
        for (mut tags, pixels) in self.pages {
            let at = file.len() as u32;
            file.extend(&pixels);
            tags.push((273, Tag::Long(at)));
            tags.push((279, Tag::Long(pixels.len() as u32)));
            tags.sort_by_key(|(id, _)| *id);
            let mut entries = Vec::new();
            for (id, tag) in &tags {
                let (kind, count, bytes): (u16, usize, Vec<u8>) = match tag {
                    Tag::Short(v) => (3, v.len(), v.iter().flat_map(|v| v.to_le_bytes()).collect()),
                    Tag::Long(v) => (4, 1, v.to_le_bytes().to_vec()),
                    Tag::Text(t) => (2, t.len() + 1, [t.as_bytes(), b"\0"].concat()),
                    Tag::Ratio(n, d) => (5, 1, [n.to_le_bytes(), d.to_le_bytes()].concat()),
                };
                entries.extend(id.to_le_bytes());
                entries.extend(kind.to_le_bytes());
                entries.extend((count as u32).to_le_bytes());
                let mut value = bytes;
                if value.len() > 4 {
                    let at = file.len() as u32;
                    file.extend(&value);
                    value = at.to_le_bytes().to_vec();
                }
                value.resize(4, 0);
                entries.extend(value);
            }
            let here = file.len() as u32;
            file[link..link + 4].copy_from_slice(&here.to_le_bytes());
            file.extend((tags.len() as u16).to_le_bytes());
            file.extend(entries);
            link = file.len();
            file.extend([0; 4]);
        }
        std::fs::write(path, file).unwrap();
    }
}

fn pixels(path: &Path) -> Vec<f64> {
    assert_eq!(io::read_meta(path).unwrap(), io::read(path).unwrap().meta(), "{}", path.display());
    io::read(path).unwrap().volumes().iter().flat_map(Volume::f64s).collect()
}

fn error(path: &Path) -> String {
    let error = io::read(path).unwrap_err();
    assert_eq!(error.code, Code::File);
    assert!(error.message.starts_with(&path.display().to_string()), "{error}");
    error.to_string()
}

fn um(path: &Path) -> Option<([f64; 3], SpacingSource)> {
    io::read_meta(path).unwrap().volume.spacing.map(|s| (s.um, s.source))
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
fn a_palette_that_is_a_ramp_only_shows_the_numbers() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    let stored = [0, 1, 2, 200, 255, 7];
    let ramp: Vec<u16> = (0..256).map(|i| i * 257).collect();
    let black = vec![0; 256];
    for palette in [[&ramp, &ramp, &ramp], [&black, &ramp, &black]] {
        let palette = palette.into_iter().flatten().copied().collect();
        let tags = vec![(262, Tag::Short(vec![3])), (320, Tag::Short(palette))];
        Tiff::new().page(3, 2, 8, &stored, tags).write(&path);
        assert_eq!(pixels(&path), stored.map(f64::from));
    }
    // Assorted colours are a picture, unless ImageJ, whose lookup tables these are, wrote it.
    let mut assorted = vec![0u16; 768];
    (assorted[1], assorted[256 + 7], assorted[512 + 200]) = (0xff00, 0x8000, 0x1234);
    let tags =
        |text| vec![(262, Tag::Short(vec![3])), (320, Tag::Short(assorted.clone())), (270, Tag::Text(text))];
    Tiff::new().page(3, 2, 8, &stored, tags("a picture")).write(&path);
    let read = io::read(&path).unwrap();
    assert_eq!(read.channels(), ["red", "green", "blue"]);
    assert_eq!(read.volume(0, 0).f64s(), [0.0, 255.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(read.volume(0, 2).f64s(), [0.0, 0.0, 0.0, 18.0, 0.0, 0.0]);
    Tiff::new().page(3, 2, 8, &stored, tags("ImageJ=1.53f\n")).write(&path);
    assert_eq!(pixels(&path), stored.map(f64::from));
}

#[test]
fn odd_depths_take_the_next_type() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    Tiff::new().page(3, 2, 1, &[0b1010_0000, 0b0110_0000], vec![]).write(&path);
    assert_eq!(pixels(&path), [1.0, 0.0, 1.0, 0.0, 1.0, 1.0]);
    Tiff::new().page(2, 1, 12, &[0xab, 0xc1, 0x23], vec![]).write(&path);
    assert_eq!(pixels(&path), [f64::from(0xabc), f64::from(0x123)]);
    assert_eq!(io::read_meta(&path).unwrap().volume.dtype, Dtype::U16);
    let float = |values: &[f64]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let is_float = || vec![(339, Tag::Short(vec![3]))];
    Tiff::new().page(2, 1, 64, &float(&[2.0, f64::NAN]), is_float()).write(&path);
    assert_eq!((pixels(&path)[0], pixels(&path)[1].is_nan()), (2.0, true));
    Tiff::new().page(1, 1, 64, &float(&[1e300]), is_float()).write(&path);
    assert!(error(&path).contains("does not fit in float32"));
    Tiff::new().page(1, 1, 64, &(1u64 << 40).to_le_bytes(), vec![]).write(&path);
    assert!(error(&path).contains("does not fit in uint32"));
}

#[test]
fn a_stack_may_stand_behind_one_directory() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    // Channels fastest, then z, then t. All planes follow the first one, which alone has a directory.
    let planes: Vec<u8> = (0..12).collect();
    let text = "ImageJ=1.53c\nimages=12\nchannels=2\nslices=3\nframes=2\nunit=\\u00B5m\nspacing=-0.5\n";
    let tags = vec![(270, Tag::Text(text)), (282, Tag::Ratio(4, 1)), (283, Tag::Ratio(2, 1))];
    let mut first = Tiff::new().page(1, 1, 8, &planes, tags);
    first.pages[0].0.push((1, Tag::Short(vec![0])));
    first.write(&path);
    let read = io::read(&path).unwrap();
    assert_eq!(read.meta().axes(), "tczyx");
    assert_eq!(read.volume(0, 1).f64s(), [1.0, 3.0, 5.0]);
    assert_eq!(read.volume(1, 0).f64s(), [6.0, 8.0, 10.0]);
    assert_eq!(um(&path), Some(([0.5, 0.5, 0.25], SpacingSource::Imagej)));
}

#[test]
fn ome_xml_orders_the_pages() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    let text = r#"<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image>
        <Pixels DimensionOrder="XYZTC" SizeX="1" SizeY="1" SizeZ="2" SizeC="2" SizeT="1" Type="uint8"
         PhysicalSizeX="250" PhysicalSizeXUnit="nm" PhysicalSizeY="0.25" PhysicalSizeZ="1.5">
        <Channel Name="DNA"/><Channel Name="actin"/><TiffData/></Pixels></Image></OME>"#;
    let mut tiff = Tiff::new();
    for i in 0..4u8 {
        let tags = if i == 0 { vec![(270, Tag::Text(text))] } else { vec![] };
        tiff = tiff.page(1, 1, 8, &[i], tags);
    }
    tiff.write(&path);
    let read = io::read(&path).unwrap();
    assert_eq!(
        (read.meta().axes(), read.channels()),
        ("czyx".into(), &["DNA".to_string(), "actin".into()][..])
    );
    assert_eq!(read.volume(0, 1).f64s(), [2.0, 3.0]);
    assert_eq!(um(&path), Some(([1.5, 0.25, 0.25], SpacingSource::OmeXml)));
}

#[test]
fn the_density_of_a_screen_is_no_pixel_size() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    let cases = [
        (2, (72, 1), None),
        (1, (4, 1), None),
        (3, (20_000, 1), Some(0.5)),
        (2, (254_000, 10), Some(1.0)),
        (3, (0, 1), None),
        (3, (1, 0), None),
    ];
    for (unit, (n, d), expected) in cases {
        let tags = vec![(282, Tag::Ratio(n, d)), (283, Tag::Ratio(n, d)), (296, Tag::Short(vec![unit]))];
        Tiff::new().page(1, 1, 8, &[0], tags).write(&path);
        assert_eq!(um(&path).map(|s| s.0[2]), expected, "{n}/{d} in unit {unit}");
    }
}

#[test]
fn what_cannot_be_read_says_why() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    let page = |tags| Tiff::new().page(2, 2, 8, &[1, 2, 3, 4], tags);
    page(vec![(259, Tag::Short(vec![50000]))]).write(&path);
    assert!(error(&path).contains("Zstandard"));
    let huge = || Tag::Short(vec![60000]);
    page(vec![(256, huge()), (257, huge()), (278, huge())]).write(&path);
    assert!(error(&path).contains("cannot stand in a file"));
    page(vec![(257, Tag::Short(vec![30])), (278, Tag::Short(vec![30]))]).write(&path);
    assert!(error(&path).contains("60 are needed"));
    page(vec![(339, Tag::Short(vec![6])), (258, Tag::Short(vec![64]))]).write(&path);
    assert!(error(&path).contains("complex"));
    page(vec![]).page(1, 1, 8, &[1], vec![]).write(&path);
    assert!(error(&path).contains("page 2"));
    page(vec![(270, Tag::Text("{\"shape\": [2, 3, 2, 2]}"))]).write(&path);
    assert!(error(&path).contains("which axes"));
    std::fs::write(&path, b"II\x2a\0\x08\0\0\0\0\0").unwrap();
    error(&path);
    std::fs::write(&path, b"hello").unwrap();
    assert!(error(&path).contains("no TIFF, PNG or JPEG"));
    std::fs::write(&path, b"").unwrap();
    assert!(error(&path).contains("empty"));
    error(dir.path());
    error(&dir.path().join("missing.tif"));
}

#[test]
fn damaged_files_are_errors_and_no_panics() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    io::write_image(&path, &image(Dtype::U16, [1, 2, 2], None)).unwrap();
    let labels = image(Dtype::U8, [1, 1, 3], None).volume(0, 0).to_labels().unwrap();
    let deflated = dir.path().join("b.tif");
    io::write_image(&deflated, &Image::from(labels)).unwrap();
    for whole in [path, deflated].map(|p| std::fs::read(p).unwrap()) {
        let damaged = dir.path().join("c.tif");
        for i in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[i] ^= [0xff, 0x80, 0x01][i % 3];
            std::fs::write(&damaged, bytes).unwrap();
            let _ = io::read(&damaged);
            std::fs::write(&damaged, &whole[..i]).unwrap();
            assert!(io::read(&damaged).is_err());
        }
    }
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
fn real_images_read_with_their_values() {
    // Axes, sizes, type, pixel size along x, and the sum of all values, taken with tifffile and Pillow.
    for (name, axes, form, um, sum) in REAL {
        let Some(path) = real(name) else { continue };
        let read = io::read(&path).unwrap();
        let meta = read.meta();
        assert_eq!(io::read_meta(&path).unwrap(), meta, "{name}");
        assert_eq!(meta.axes(), axes, "{name}");
        assert_eq!(format!("{} {}", meta.volume.shape_text(), meta.volume.dtype), form, "{name}");
        let x = meta.volume.spacing.map(|s| (s.um[2] * 1e6).round() / 1e6);
        assert_eq!(x, um, "{name}");
        let total: f64 = read.volumes().iter().flat_map(Volume::f64s).sum();
        assert_eq!(total, sum, "{name}");
    }
    // All of them read.
    let Some(all) = real("") else { return };
    for folder in all.read_dir().unwrap().filter_map(|e| Some(e.ok()?.path())).filter(|p| p.is_dir()) {
        for file in io::expand(&[folder.display().to_string()]).unwrap() {
            io::read(&file).unwrap();
        }
    }
}

const REAL: [(&str, &str, &str, Option<f64>, f64); 8] = [
    ("plate/AS_09047_050428030001_O01f00d2.TIF", "yx", "512x512 uint8", None, 12853183.0),
    ("multichannel/AS_09125_050116030001_D03f00d0.tif", "yx", "512x512 uint8", None, 4533639.0),
    ("multichannel/hela-cells.tif", "cyx", "512x672 uint16", Some(0.051493), 393520446.0),
    ("stack/Bead_Image1_crop.tif", "zyx", "41x150x150 uint8", Some(0.022492), 1443760.0),
    ("stack/platynereis_labels.tif", "zyx", "103x256x256 int32", None, 1570072.0),
    ("timelapse/membrane_2d_timelapse.tif", "zyx", "5x256x256 uint16", None, 195947076.0),
    ("truth/bbbc007_crop3_truth.tif", "yx", "124x121 float32", None, 2127.0),
    ("rgb/ihc.png", "cyx", "512x512 uint8", None, 126084883.0),
];
