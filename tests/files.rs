//! Images and plates on disk, read.

use rotifer::io::{self, Pattern};
use rotifer::registry::{Code, Dtype, Image, Kind, Spacing, SpacingSource, Volume, VolumeMeta};
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
