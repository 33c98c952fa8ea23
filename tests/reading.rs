//! Images that are read: every kind of file, and every kind of damage.

mod tiffs;

use rotifer::io::{self, Part};
use rotifer::registry::{Code, Dtype, Image, Kind, SpacingSource, Volume, VolumeMeta};
use std::path::{Path, PathBuf};
use tiffs::{Tag, Tiff};

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
        |text| vec![(262, Tag::Short(vec![3])), (320, Tag::Short(assorted.clone())), (270, Tag::from(text))];
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
    let text = "ImageJ=1.53c\nimages=12\nchannels=2\nslices=3\nframes=2\nunit=\\u00B5m\nspacing=-0.5\nxorigin=-8\nzorigin=2\nfinterval=1.5\ntunit=min\n";
    let tags = vec![(270, Tag::from(text)), (282, Tag::Ratio(4, 1)), (283, Tag::Ratio(2, 1))];
    Tiff::new().page(1, 1, 8, &planes, tags).write(&path);
    let read = io::read(&path).unwrap();
    assert_eq!(read.meta().names(), "tczyx");
    assert_eq!(read.volume(0, 1).f64s(), [1.0, 3.0, 5.0]);
    assert_eq!(read.volume(1, 0).f64s(), [6.0, 8.0, 10.0]);
    assert_eq!(um(&path), Some(([0.5, 0.5, 0.25], SpacingSource::Imagej)));
    assert_eq!(read.axes().interval, Some(90.0));
    // The pixel that ImageJ has at 0 is 8 pixels before the first one.
    assert_eq!(read.meta().volume.spacing.unwrap().origin, [-1.0, 0.0, 2.0]);
}

#[test]
fn ome_xml_tells_the_place_of_the_first_pixel() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    let size = r#"PhysicalSizeX="0.5""#;
    let stage = r#"<Plane PositionX="1.5" PositionXUnit="mm" PositionY="-20" PositionYUnit="&#181;m"/>"#;
    for (size, plane, expected) in [
        (size, stage.into(), Some([0.0, -20.0, 1500.0])),
        // Without a unit the frame is not known, without a pixel size there is nothing to place.
        (size, r#"<Plane PositionX="1" PositionY="2"/>"#.into(), Some([0.0; 3])),
        (size, String::new(), Some([0.0; 3])),
        (size, stage.replace("-20", "NaN"), Some([0.0; 3])),
        (size, stage.replace("1.5", "1e308"), Some([0.0; 3])),
        ("", stage.into(), None),
    ] {
        let text = format!(
            r#"<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image>
            <Pixels DimensionOrder="XYZCT" SizeX="1" SizeY="1" SizeZ="1" SizeC="1" SizeT="1" Type="uint8" {size}>
            <TiffData/>{plane}</Pixels></Image></OME>"#
        );
        Tiff::new().page(1, 1, 8, &[1], vec![(270, Tag::from(text.as_str()))]).write(&path);
        let found = io::read(&path).unwrap().meta().volume.spacing.map(|s| s.origin);
        assert_eq!(found, expected, "{size} {plane}");
    }
}

#[test]
fn ome_xml_tells_the_time_between_frames() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    let cases = [
        (r#"TimeIncrement="250" TimeIncrementUnit="ms""#, Some(0.25)),
        (r#"TimeIncrement="3""#, Some(3.0)),
        (r#"TimeIncrement="2" TimeIncrementUnit="min""#, Some(120.0)),
        (r#"TimeIncrement="0""#, None),
        (r#"TimeIncrement="-1""#, None),
        (r#"TimeIncrement="2" TimeIncrementUnit="frames""#, None),
        ("", None),
    ];
    for (times, (attributes, expected)) in [3, 1].into_iter().flat_map(|t| cases.map(|case| (t, case))) {
        let text = format!(
            r#"<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image>
            <Pixels DimensionOrder="XYZCT" SizeX="1" SizeY="1" SizeZ="1" SizeC="1" SizeT="{times}" Type="uint8"
            {attributes}><TiffData/></Pixels></Image></OME>"#
        );
        let mut tiff = Tiff::new();
        for i in 0..times as u8 {
            let tags = if i == 0 { vec![(270, Tag::from(text.as_str()))] } else { vec![] };
            tiff = tiff.page(1, 1, 8, &[i], tags);
        }
        tiff.write(&path);
        // One time point has no other to be apart from.
        let expected = expected.filter(|_| times > 1);
        assert_eq!(io::read_meta(&path).unwrap().axes.interval, expected, "{attributes}, {times}");
        assert_eq!(io::read(&path).unwrap().axes().interval, expected, "{attributes}, {times}");
    }
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
        let tags = if i == 0 { vec![(270, Tag::from(text))] } else { vec![] };
        tiff = tiff.page(1, 1, 8, &[i], tags);
    }
    tiff.write(&path);
    let read = io::read(&path).unwrap();
    assert_eq!(
        (read.meta().names(), read.channels()),
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
    assert!(error(&path).contains("60 bytes of pixels are promised, 4 are there"));
    page(vec![(339, Tag::Short(vec![6])), (258, Tag::Short(vec![64]))]).write(&path);
    assert!(error(&path).contains("complex"));
    page(vec![(339, Tag::Short(vec![3])), (258, Tag::Short(vec![24]))]).write(&path);
    assert!(error(&path).contains("floats of 24 bits"));
    for (compression, name) in [(6, "old-style JPEG"), (34712, "JPEG 2000"), (34887, "LERC"), (50001, "WebP")]
    {
        page(vec![(259, Tag::Short(vec![compression]))]).write(&path);
        assert!(error(&path).contains(name), "{}", error(&path));
    }
    page(vec![(270, Tag::from("{\"shape\": [2, 3, 2, 2]}"))]).write(&path);
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

/// Planes of one pixel with a text in the first: what their order means is all there is to see.
fn stack(text: &str, planes: u8) -> Tiff {
    let mut tiff = Tiff::new();
    for i in 0..planes {
        let tags = if i == 0 { vec![(270, Tag::from(text))] } else { vec![] };
        tiff = tiff.page(1, 1, 8, &[i], tags);
    }
    tiff
}

fn ome(images: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><OME xmlns=\"http://www.openmicroscopy.org/Schemas/OME/2016-06\" UUID=\"urn:uuid:1\">{images}</OME>"
    )
}

fn ome_image(name: &str, sizes: &str, inner: &str) -> String {
    format!(
        "<Image Name=\"{name}\"><Pixels DimensionOrder=\"XYZCT\" SizeX=\"1\" SizeY=\"1\" {sizes}>{inner}</Pixels></Image>"
    )
}

fn notes(path: &Path) -> String {
    io::read_noted(path).unwrap().1.join("\n")
}

#[test]
fn bits_of_bytes_may_be_reversed_whatever_the_compression() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    let values: Vec<u16> = (0..12).map(|i| 480 + i * 37).collect();
    for big_endian in [false, true] {
        let plain: Vec<u8> =
            values.iter().flat_map(|v| if big_endian { v.to_be_bytes() } else { v.to_le_bytes() }).collect();
        let deflated = {
            use std::io::Write;
            let mut stream = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
            stream.write_all(&plain).unwrap();
            stream.finish().unwrap()
        };
        for (compression, mut bytes) in [(1, plain), (8, deflated)] {
            bytes.iter_mut().for_each(|b| *b = b.reverse_bits());
            let tags = vec![(266, Tag::Short(vec![2])), (259, Tag::Short(vec![compression]))];
            let mut tiff = Tiff::new();
            tiff.big_endian = big_endian;
            tiff.page(4, 3, 16, &bytes, tags).write(&path);
            assert_eq!(pixels(&path), values.iter().map(|v| f64::from(*v)).collect::<Vec<_>>());
        }
    }
}

#[test]
fn sizes_of_strips_may_be_missing() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    let bytes: Vec<u8> = (0..24).collect();
    let (first, second) = bytes.split_at(12);
    let expected: Vec<f64> = bytes.iter().map(|b| f64::from(*b)).collect();
    for counts in [Tag::Absent, Tag::Longs(vec![0, 0])] {
        let tags = vec![(279, counts), (278, Tag::Short(vec![2]))];
        Tiff::new().chunked(6, 4, 8, &[first, second], tags).write(&path);
        assert_eq!(pixels(&path), expected);
    }
    // Tiles under the tags of strips; a photometric interpretation that is not there.
    let tags = vec![
        (322, Tag::Short(vec![6])),
        (323, Tag::Short(vec![2])),
        (324, Tag::Absent),
        (325, Tag::Absent),
        (273, Tag::Longs(vec![8, 20])),
        (279, Tag::Longs(vec![12, 12])),
        (262, Tag::Absent),
    ];
    Tiff::new().chunked(6, 4, 8, &[first, second], tags).write(&path);
    assert_eq!(pixels(&path), expected);
}

#[test]
fn planes_that_are_promised_and_missing_are_counted() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    let planes: Vec<u8> = (0..6).collect();
    let cases = [
        "ImageJ=1.53c\nimages=10\nslices=10\n",
        "{\"shape\": [10, 1, 1], \"axes\": \"ZYX\", \"truncated\": true}",
        "{\"shape\": [10, 1, 1], \"axes\": \"ZYX\"}",
    ];
    for text in cases {
        // The planes end with the file, after the directory too.
        let whole = Tiff::new().page(1, 1, 8, &planes, vec![(270, Tag::from(text))]).bytes();
        std::fs::write(&path, &whole).unwrap();
        assert!(io::read(&path).is_ok(), "the bytes after the pixels are planes, too");
        let strip = u32::from_le_bytes([8, 0, 0, 0]);
        assert_eq!(strip, 8);
        // As an interrupted copy: the pixels stand last.
        let mut end = Tiff::new()
            .page(1, 1, 8, &[], vec![(270, Tag::from(text)), (273, Tag::Long(0)), (279, Tag::Long(1))])
            .bytes();
        let at = end.len() as u32;
        let entry = end.windows(4).position(|w| w == [17, 1, 4, 0]).unwrap();
        end[entry + 8..entry + 12].copy_from_slice(&at.to_le_bytes());
        end.extend(&planes);
        std::fs::write(&path, &end).unwrap();
        let error = error(&path);
        assert!(error.contains("10 planes are promised, 6 are there"), "{error}");
        end.extend([6, 7, 8, 9]);
        std::fs::write(&path, &end).unwrap();
        assert_eq!(pixels(&path), (0..10).map(f64::from).collect::<Vec<_>>());
    }
    // Directories of their own.
    stack("ImageJ=1.53c\nimages=4\nslices=4\n", 3).write(&path);
    assert!(error(&path).contains("promises 4 planes, 3 are there"));
    stack("{\"shape\": [4, 1, 1], \"axes\": \"ZYX\"}", 3).write(&path);
    assert!(error(&path).contains("4 planes are promised, 3 are there"));
    stack(&ome(&ome_image("a", "SizeZ=\"4\"", "<TiffData/>")), 3).write(&path);
    assert!(
        error(&path).contains("promises 4 planes (1 times, 1 channels, 4 z); 3 are there"),
        "{}",
        error(&path)
    );
    // Numbers that do not fit each other: the file's own truth, and a note.
    stack("ImageJ=1.53c\nimages=4\nchannels=3\n", 4).write(&path);
    assert_eq!((io::read(&path).unwrap().meta().names(), pixels(&path).len()), ("zyx".into(), 4));
    assert!(notes(&path).contains("3 channels"), "{}", notes(&path));
}

#[test]
fn imagej_says_the_order_of_its_axes() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    for (order, expected) in
        [("", [0, 2, 4, 1, 3, 5]), ("order=czt\n", [0, 2, 4, 1, 3, 5]), ("order=zct\n", [0, 1, 2, 3, 4, 5])]
    {
        stack(&format!("ImageJ=1.53c\nimages=6\nchannels=2\nslices=3\n{order}"), 6).write(&path);
        assert_eq!(io::read_meta(&path).unwrap().names(), "czyx");
        assert_eq!(pixels(&path), expected.map(f64::from), "{order}");
    }
}

#[test]
fn metamorph_counts_its_planes_in_a_tag() {
    let dir = folder();
    let path = dir.path().join("a.stk");
    // Distance along z as a fraction, date, time, date, time: of each plane.
    for (distance, seconds, axes) in [(3u32, 0u32, "zyx"), (0, 1, "tyx")] {
        let table: Vec<u8> =
            (0..4u32).flat_map(|i| [distance, 2, 0, i * seconds, 0, 0]).flat_map(u32::to_le_bytes).collect();
        let mut tiff = Tiff::new().page(2, 1, 8, &[0, 1], vec![]);
        tiff.pages[0].more = vec![2, 3, 4, 5, 6, 7];
        let at = 8 + 8;
        tiff.pages[0].more.extend(&table);
        tiff.pages[0].tags.push((33629, Tag::Wild(5, 4, at)));
        tiff.write(&path);
        assert_eq!(io::read_meta(&path).unwrap().names(), axes);
        assert_eq!(pixels(&path), (0..8).map(f64::from).collect::<Vec<_>>());
    }
}

#[test]
fn ome_images_are_series_and_their_planes_the_directories_that_they_name() {
    let dir = folder();
    let path = dir.path().join("a.ome.tif");
    // A thumbnail between the planes, and ImageJ's text beside OME-XML.
    let data = |ifds: [u8; 2]| {
        let [a, b] = ifds;
        format!("<TiffData IFD=\"{a}\" FirstT=\"0\"/><TiffData IFD=\"{b}\" FirstT=\"1\"/>")
    };
    let plane = "<Plane TheZ=\"0\" TheT=\"0\" TheC=\"0\" PositionX=\"12\" PositionXUnit=\"µm\" PositionY=\"0.5\" PositionYUnit=\"mm\"/>";
    let text = ome(&(ome_image("left", "SizeT=\"2\"", &data([0, 3]))
        + &ome_image("right", "SizeT=\"2\"", &(data([1, 4]) + plane))));
    let mut tiff = stack(&text, 5);
    tiff.pages[0].tags.push((270, Tag::from("ImageJ=1.53\nimages=5\nslices=5\n")));
    tiff.pages[2].tags.push((254, Tag::Long(1)));
    tiff.write(&path);
    let message = error(&path);
    assert!(message.contains("2 series") && message.contains("#0` to `#1"), "{message}");
    let parts = io::parts(&path).unwrap();
    let told: Vec<_> = parts.iter().map(|p| (p.name.as_deref(), p.part.series, p.position_um)).collect();
    assert_eq!(told, [(Some("left"), 0, None), (Some("right"), 1, Some([0.0, 500.0, 12.0]))]);
    assert!(
        parts.iter().all(|p| p.files == [path.clone()] && p.levels == [[1, 1, 1]] && p.meta.names() == "tyx")
    );
    for (series, expected) in [(0, [0.0, 3.0]), (1, [1.0, 4.0])] {
        let named = PathBuf::from(format!("{}#{series}", path.display()));
        assert_eq!(pixels(&named), expected);
        let read = io::read_part(&path, &Part { series, level: 0 }).unwrap();
        assert_eq!(read.volumes().iter().flat_map(Volume::f64s).collect::<Vec<_>>(), expected);
    }
    for (name, words) in [("#2", "no such series"), ("#1:1", "no such resolution")] {
        let error = io::read(&PathBuf::from(format!("{}{name}", path.display()))).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    // A file of this very name comes first.
    let named = dir.path().join("a.ome.tif#1");
    Tiff::new().page(1, 1, 8, &[77], vec![]).write(&named);
    assert_eq!(pixels(&named), [77.0]);
}

#[test]
fn an_ome_set_is_one_image_whichever_file_is_named() {
    let dir = folder();
    let file = |i: usize| dir.path().join(format!("set_{i}.ome.tif"));
    let data: String = (0..3)
        .map(|t| {
            format!("<TiffData FirstT=\"{t}\" IFD=\"0\" PlaneCount=\"1\"><UUID FileName=\"set_{t}.ome.tif\">urn:uuid:{t}</UUID></TiffData>")
        })
        .collect();
    let text = ome(&ome_image("set", "SizeT=\"3\"", &data)).replace("urn:uuid:1\">", "\">");
    for i in 0..3u8 {
        Tiff::new().page(1, 1, 8, &[10 + i], vec![(270, Tag::from(text.as_str()))]).write(&file(i.into()));
    }
    for i in 0..3 {
        assert_eq!(pixels(&file(i)), [10.0, 11.0, 12.0]);
        let parts = io::parts(&file(i)).unwrap();
        assert_eq!(parts.len(), 1);
        let mut files = parts[0].files.clone();
        files.sort();
        assert_eq!(files, [file(0), file(1), file(2)]);
    }
    // More files than a process may hold open.
    let many: String = (0..1500)
        .map(|t| {
            format!("<TiffData FirstT=\"{t}\" PlaneCount=\"1\"><UUID FileName=\"C:\\old\\many_{t}.tif\">urn:uuid:{t}</UUID></TiffData>")
        })
        .collect();
    let many = ome(&ome_image("many", "SizeT=\"1500\"", &many)).replace("urn:uuid:1\">", "\">");
    let path = |i: usize| dir.path().join(format!("many_{i}.tif"));
    for i in 0..1500 {
        let tags = if i == 0 { vec![(270, Tag::from(many.as_str()))] } else { vec![] };
        Tiff::new().page(1, 1, 16, &(i as u16).to_le_bytes(), tags).write(&path(i));
    }
    assert_eq!(pixels(&path(0)), (0..1500).map(f64::from).collect::<Vec<_>>());
    std::fs::remove_file(file(1)).unwrap();
    assert!(error(&file(0)).contains("`set_1.ome.tif` is not here"));
    // Metadata in a file beside, or not.
    let lone = dir.path().join("lone.ome.tif");
    let only = ome("<BinaryOnly MetadataFile=\"x.companion.ome\" UUID=\"urn:uuid:7\"/>");
    stack(&only, 2).write(&lone);
    assert_eq!(pixels(&lone), [0.0, 1.0]);
    assert!(notes(&lone).contains("x.companion.ome"));
    let channels = ome_image(
        "c",
        "SizeC=\"2\"",
        "<TiffData IFD=\"0\" PlaneCount=\"2\"><UUID FileName=\"lone.ome.tif\">urn:uuid:7</UUID></TiffData>",
    );
    std::fs::write(dir.path().join("x.companion.ome"), ome(&channels)).unwrap();
    assert_eq!((io::read_meta(&lone).unwrap().names(), notes(&lone)), ("cyx".into(), String::new()));
    let companion = dir.path().join("x.companion.ome");
    assert_eq!(
        (io::read_meta(&companion).unwrap().names(), pixels(&companion)),
        ("cyx".into(), vec![0.0, 1.0])
    );
    assert_eq!(io::parts(&companion).unwrap()[0].files, [lone]);
    std::fs::write(&companion, "<?xml version='1.0'?><svg/>").unwrap();
    assert!(error(&companion).contains("no OME-XML"));
}

#[test]
fn pages_of_other_forms_are_left_out_and_named() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    let page = |tags| Tiff::new().page(2, 2, 8, &[1, 2, 3, 4], tags);
    page(vec![]).page(1, 1, 8, &[9], vec![]).page(2, 2, 8, &[5, 6, 7, 8], vec![]).write(&path);
    assert_eq!((pixels(&path).len(), io::read_meta(&path).unwrap().names()), (8, "zyx".into()));
    assert_eq!(notes(&path), "page 2 left out: 1x1 uint8; page 1 is 2x2 uint8");
    let mut palette = vec![0u16; 768];
    (palette[1], palette[2]) = (9000, 100);
    let picture = vec![(262, Tag::Short(vec![3])), (320, Tag::Short(palette))];
    page(vec![]).page(2, 2, 8, &[5, 6, 7, 8], picture).write(&path);
    assert_eq!(notes(&path), "page 2 left out: 2x2 uint8, palette; page 1 is 2x2 uint8");
    // A chain that breaks off.
    let mut broken = page(vec![]);
    broken.last_link = 60_000;
    broken.write(&path);
    assert_eq!(pixels(&path), [1.0, 2.0, 3.0, 4.0]);
    assert!(notes(&path).contains("byte 60000 lies beyond the end"), "{}", notes(&path));
    let sizeless = vec![(256, Tag::Absent), (257, Tag::Absent)];
    page(vec![]).page(2, 2, 8, &[0; 4], sizeless).write(&path);
    assert_eq!(pixels(&path).len(), 4);
    assert!(notes(&path).contains("directory 2 has no size"));
    // Grey, whatever else the palette holds.
    let mut grey: Vec<u16> = (0..256).map(|i| if i < 200 { (i * 257) as u16 } else { 0 }).collect();
    grey = grey.repeat(3);
    page(vec![(262, Tag::Short(vec![3])), (320, Tag::Short(grey))]).write(&path);
    assert_eq!(pixels(&path), [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn ycbcr_without_jpeg_becomes_red_green_and_blue() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    let colour = |y: f64, cb: f64, cr: f64| {
        let (cb, cr) = (cb - 128.0, cr - 128.0);
        [y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb]
            .map(|v: f64| v.round().clamp(0.0, 255.0))
    };
    let tags = |h, v| {
        vec![
            (262, Tag::Short(vec![6])),
            (277, Tag::Short(vec![3])),
            (258, Tag::Short(vec![8, 8, 8])),
            (530, Tag::Short(vec![h, v])),
        ]
    };
    // One pair of colours to four pixels; the image ends inside a unit.
    let units =
        [[10, 20, 30, 40, 100, 150], [50, 60, 70, 80, 90, 200], [1, 2, 3, 4, 128, 128], [5, 6, 7, 8, 60, 70]];
    Tiff::new().page(3, 3, 8, &units.concat(), tags(2, 2)).write(&path);
    let read = io::read(&path).unwrap();
    assert_eq!(read.channels(), ["red", "green", "blue"]);
    for (y, x) in (0..3).flat_map(|y| (0..3).map(move |x| (y, x))) {
        let unit = units[y / 2 * 2 + x / 2].map(f64::from);
        let expected = colour(unit[y % 2 * 2 + x % 2], unit[4], unit[5]);
        let found = [0, 1, 2].map(|c| read.volume(0, c).f64s()[y * 3 + x]);
        assert!(
            found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1.0),
            "{y} {x}: {found:?} {expected:?}"
        );
    }
    let region = io::read_region(&path, &Part::default(), 0, 1, [0..1, 1..3, 2..3]).unwrap();
    assert_eq!(region, read.volume(0, 1).cut(1, 1..3).cut(2, 2..3));
    Tiff::new().page(2, 1, 8, &[10, 100, 150, 20, 128, 128], tags(1, 1)).write(&path);
    assert_eq!(pixels(&path)[1], 20.0);
}

#[test]
fn a_stack_of_more_than_four_gib_is_read_in_parts() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    // 2,200 planes of 2 MiB behind one directory; the file is mostly a hole.
    let text = "ImageJ=1.53c\nimages=2200\nslices=2200\n";
    let tags = vec![
        (256, Tag::Long(1024)),
        (257, Tag::Long(1024)),
        (258, Tag::Short(vec![16])),
        (278, Tag::Long(1024)),
        (273, Tag::Long(4096)),
        (279, Tag::Long(2 << 20)),
        (270, Tag::from(text)),
    ];
    Tiff::new().page(1, 1, 8, &[], tags).write(&path);
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    if file.set_len(4096 + 2200 * (2 << 20)).is_err() {
        eprintln!("skipped: no room for a file with holes");
        return;
    }
    // The last pixel of the last plane but one.
    let at = 4096 + 2199 * (2 << 20) - 2;
    std::io::Seek::seek(&mut &file, std::io::SeekFrom::Start(at)).unwrap();
    std::io::Write::write_all(&mut &file, &777u16.to_le_bytes()).unwrap();
    assert_eq!(io::read_meta(&path).unwrap().volume.shape, [2200, 1024, 1024]);
    let region =
        io::read_region(&path, &Part::default(), 0, 0, [2197..2200, 1022..1024, 1000..1024]).unwrap();
    assert_eq!(region.shape(), [3, 2, 24]);
    let values = region.f64s();
    assert_eq!((values[48 + 47], values.iter().sum::<f64>()), (777.0, 777.0));
    let outside = io::read_region(&path, &Part::default(), 0, 0, [2199..2201, 0..1, 0..1]).unwrap_err();
    assert!(outside.to_string().contains("outside the image"), "{outside}");
}

#[test]
fn micro_manager_says_of_every_page_where_it_belongs() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    // Two positions of two channels and two slices, in an order that only the pages know.
    let places = [(0, 1, 0), (1, 0, 0), (0, 0, 1), (1, 1, 1), (0, 0, 0), (1, 1, 0), (0, 1, 1), (1, 0, 1)];
    let pages = |places: &[(u8, u8, u8)]| {
        let mut tiff = stack("ImageJ=1.48v\nimages=8\nslices=8\n", 0);
        for (p, c, z) in places {
            let json = format!(
                "{{\"PositionIndex\": {p}, \"ChannelIndex\": {c}, \"SliceIndex\": {z}, \"FrameIndex\": 0, \"PositionName\": \"Pos{p}\",\
                 \"Channel\": \"{}\", \"PixelSizeUm\": 0.5, \"ZStepUm\": 2.0, \"XPositionUm\": 10.5, \"YPositionUm\": -3.0}}",
                ["DAPI", "GFP"][usize::from(*c)]
            );
            tiff = tiff.page(1, 1, 8, &[100 * p + 10 * c + z], vec![(51123, Tag::from(json.as_str()))]);
        }
        tiff
    };
    pages(&places).write(&path);
    let parts = io::parts(&path).unwrap();
    assert_eq!(parts.iter().map(|p| p.name.as_deref()).collect::<Vec<_>>(), [Some("Pos0"), Some("Pos1")]);
    assert_eq!(parts[1].position_um, Some([0.0, -3.0, 10.5]));
    let read = io::read_part(&path, &Part { series: 1, level: 0 }).unwrap();
    assert_eq!(
        (read.meta().names(), read.channels()),
        ("czyx".into(), &["DAPI".to_string(), "GFP".into()][..])
    );
    assert_eq!(
        read.volumes().iter().flat_map(Volume::f64s).collect::<Vec<_>>(),
        [100.0, 101.0, 110.0, 111.0]
    );
    assert_eq!(read.meta().volume.spacing.map(|s| s.um), Some([2.0, 0.5, 0.5]));
    pages(&places[..7]).write(&path);
    assert!(error(&path).contains("1 times, 2 channels, 2 slices at position 1; 3 planes are there"));
}

#[test]
fn zeiss_lsm_has_its_sizes_and_voxel_in_a_tag() {
    let dir = folder();
    let path = dir.path().join("a.lsm");
    let mut info = vec![0; 128];
    for (at, n) in [(8, 1u32), (12, 1), (16, 2), (20, 2), (24, 3)] {
        info[at..at + 4].copy_from_slice(&n.to_le_bytes());
    }
    for (at, metres) in [(40, 2.5e-7f64), (48, 5e-7), (56, 1e-6)] {
        info[at..at + 8].copy_from_slice(&metres.to_le_bytes());
    }
    let mut tiff = Tiff::new();
    for i in 0..6u8 {
        // Channels in planes, and a thumbnail after each page.
        let mut tags = vec![
            (277, Tag::Short(vec![2])),
            (258, Tag::Short(vec![8, 8])),
            (284, Tag::Short(vec![2])),
            (338, Tag::Short(vec![0])),
        ];
        if i == 0 {
            tags.push((34412, Tag::Bytes(info.clone())));
        }
        tiff = tiff.chunked(1, 1, 8, &[&[i], &[10 + i]], tags);
        tiff = tiff.page(1, 1, 8, &[99], vec![(254, Tag::Long(1))]);
    }
    tiff.write(&path);
    let read = io::read(&path).unwrap();
    assert_eq!(read.meta().names(), "tczyx");
    assert_eq!(read.volume(1, 0).f64s(), [2.0, 3.0]);
    assert_eq!(read.volume(2, 1).f64s(), [14.0, 15.0]);
    assert_eq!(um(&path).map(|s| s.0), Some([1.0, 0.5, 0.25]));
}

#[test]
fn a_block_is_read_without_the_rest_of_the_file() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    let tile = |value: u8| zstd::bulk::compress(&[value; 256], 3).unwrap();
    let (good, damaged) = (tile(7), vec![1, 2, 3]);
    let tags = vec![(259, Tag::Short(vec![50000])), (322, Tag::Short(vec![16])), (323, Tag::Short(vec![16]))];
    Tiff::new()
        .chunked(40, 20, 8, &[&good, &damaged, &damaged, &good, &damaged, &damaged], tags)
        .write(&path);
    let block = io::read_region(&path, &Part::default(), 0, 0, [0..1, 3..20, 2..16]).unwrap();
    assert_eq!((block.shape(), block.f64s().iter().all(|v| *v == 7.0)), ([1, 17, 14], true));
    let whole = error(&path);
    assert!(whole.contains(" of 6: Zstandard"), "{whole}");
    assert!(io::read_region(&path, &Part::default(), 0, 0, [0..1, 3..20, 2..17]).is_err());
}

#[test]
fn tiles_that_are_left_out_are_zero_and_said() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    let tile = zstd::bulk::compress(&[9; 256], 3).unwrap();
    let n = tile.len() as u32;
    let tiles = |offsets: [u32; 3], counts: [u32; 3]| {
        let tags = vec![
            (259, Tag::Short(vec![50000])),
            (322, Tag::Short(vec![16])),
            (323, Tag::Short(vec![16])),
            (324, Tag::Longs(offsets.to_vec())),
            (325, Tag::Longs(counts.to_vec())),
        ];
        Tiff::new().chunked(40, 16, 8, &[&tile], tags).write(&path);
    };
    tiles([8, 0, 8], [n, 0, n]);
    assert_eq!(pixels(&path).iter().sum::<f64>(), 9.0 * 24.0 * 16.0);
    assert_eq!(notes(&path), "1 tiles are left out of the file: they are 0");
    tiles([8, 8, 8], [n, 0, n]);
    assert!(error(&path).contains("tile 2 of 3: it is missing"), "{}", error(&path));
    tiles([0; 3], [0; 3]);
    assert!(error(&path).contains("pixels are missing"));
}

#[test]
fn pngs_and_jpegs_that_are_cut_off_are_errors() {
    let dir = folder();
    let path = dir.path().join("a.png");
    let meta =
        VolumeMeta { kind: Kind::Image, dtype: Dtype::U8, shape: [1, 90, 120], ndim: 2, spacing: None };
    let noisy = (0..10800u32).map(|i| (i.wrapping_mul(2654435761) >> 24) as u8).collect::<Vec<u8>>();
    io::write_image(&path, &Volume::from_vec(&meta, noisy).unwrap().into()).unwrap();
    let png = std::fs::read(&path).unwrap();
    let mut wholes = vec![("a.png", png)];
    if let Some(faults) = real("../faults/files") {
        wholes.push(("a.jpg", std::fs::read(faults.join("04_whole.jpg")).unwrap()));
    }
    for (name, whole) in wholes {
        let path = dir.path().join(name);
        // The last bytes say only that it ends.
        for n in (0..whole.len() - 16).step_by(41) {
            std::fs::write(&path, &whole[..n]).unwrap();
            assert!(io::read(&path).is_err(), "{name} of {n} bytes");
            let mut zeroed = whole.clone();
            zeroed[n..].fill(0);
            std::fs::write(&path, &zeroed).unwrap();
            assert!(io::read(&path).is_err(), "{name} with zeros from {n} on");
            // A cut that was mended: the end marker alone is there.
            let mended = [&whole[..n], &whole[whole.len() - 2..]].concat();
            std::fs::write(&path, &mended).unwrap();
            assert!(io::read(&path).is_err(), "{name} of {n} bytes, and its end");
        }
    }
}

#[cfg(unix)]
#[test]
fn pipes_are_refused_and_names_need_not_be_text() {
    use std::os::unix::ffi::OsStrExt;
    let dir = folder();
    let pipe = dir.path().join("pipe.tif");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    assert!(error(&pipe).contains("pipe"));
    let name = dir.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9.tif"));
    if std::fs::write(&name, []).is_err() {
        eprintln!("skipped: names are text here");
        return;
    }
    stack(&ome(&(ome_image("a", "", "") + &ome_image("b", "", ""))), 2).write(&name);
    let part = dir.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9.tif#1"));
    assert_eq!(io::read(&part).unwrap().volume(0, 0).f64s(), [1.0]);
    assert_eq!(io::parts(&name).unwrap().len(), 2);
}

/// Two planes of uint16 as a hyperstack, and deflated labels of three.
fn written(dir: &Path) -> Vec<Vec<u8>> {
    let meta = |dtype, z| VolumeMeta {
        kind: Kind::Image,
        dtype,
        shape: [z, 5, 7],
        ndim: 2 + (z > 1) as usize,
        spacing: None,
    };
    let plane =
        || Volume::from_vec(&meta(Dtype::U16, 2), (0..70).map(|i| i * 900).collect::<Vec<u16>>()).unwrap();
    let labels =
        Volume::from_vec(&meta(Dtype::U32, 3), (0..105).map(|i| i % 9).collect::<Vec<u32>>()).unwrap();
    let images =
        [Image::new(vec![plane(), plane()], None, Some(2)).unwrap(), labels.to_labels().unwrap().into()];
    let path = dir.join("whole.tif");
    let bytes = |image| {
        io::write_image(&path, image).unwrap();
        std::fs::read(&path).unwrap()
    };
    images.iter().map(bytes).collect()
}

#[test]
fn damaged_files_are_errors_and_no_panics() {
    let dir = folder();
    let damaged = dir.path().join("c.tif");
    for whole in written(dir.path()) {
        for i in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[i] ^= [0xff, 0x80, 0x01][i % 3];
            std::fs::write(&damaged, bytes).unwrap();
            let _ = io::read(&damaged);
            std::fs::write(&damaged, &whole[..i]).unwrap();
            // The last four bytes say that no directory follows.
            assert!(io::read(&damaged).is_err() || i + 4 >= whole.len(), "{i} of {} bytes", whole.len());
        }
    }
}

/// A file; its axes, and the sum that tifffile or Pillow gives; or words of the error.
type Fault = (&'static str, Result<(&'static str, f64), &'static str>);

/// Files of the kinds that were once read wrong.
const FAULTS: [Fault; 25] = [
    ("02_jpeg_ycbcr.tif", Ok(("cyx", 671410.0))),
    ("04_whole.jpg", Ok(("yx", f64::NAN))),
    ("04_cut_at_40_percent.jpg", Err("cut off")),
    ("05_miniswhite_g4.tif", Ok(("yx", 16.0))),
    ("05_miniswhite_raw.tif", Ok(("yx", 16.0))),
    ("06_deflate_1bit_mask.tif", Ok(("yx", 0.0))),
    ("06_g4_mask.tif", Ok(("yx", 10.0))),
    ("07_fillorder2_u16.tif", Ok(("yx", 999088.0))),
    ("08_g4_fillorder2.tif", Ok(("yx", 16.0))),
    ("09_metamorph_4_planes.tif", Ok(("zyx", 3802202.0))),
    ("10_imagej_cut.tif", Err("10 planes are promised")),
    ("11_ome_thumbnail_2z.ome.tif", Ok(("zyx", 1966330.0))),
    ("13_deflate_tail_zeroed.tif", Err("deflate")),
    ("14_next_directory_past_end.tif", Ok(("yx", 999088.0))),
    ("14_no_photometric.tif", Ok(("yx", 999088.0))),
    ("14_no_stripbytecounts.tif", Ok(("yx", 999088.0))),
    ("14_ome_binary_only.ome.tif", Ok(("yx", 999088.0))),
    ("14_stripbytecounts_0.tif", Ok(("yx", 999088.0))),
    ("17_imagej_order_zct.tif", Ok(("czyx", 7200.0))),
    ("17_two_descriptions_2_positions.ome.tif", Err("2 series")),
    ("17_two_descriptions_2_positions.ome.tif#0", Ok(("tyx", 2880.0))),
    ("17_two_descriptions_2_positions.ome.tif#1", Ok(("tyx", f64::NAN))),
    ("18_grey_palette_padded.tif", Ok(("yx", 21152.0))),
    ("20_field.tif", Ok(("yx", 344511.0))),
    ("20_tile_bomb_158_bytes.tif", Err("tiles of")),
];

#[test]
fn files_that_were_read_wrong_are_right_or_refused() {
    let Some(all) = real("../faults/files") else { return };
    for (name, expected) in FAULTS {
        let path = all.join(name);
        match (io::read(&path), expected) {
            (Ok(read), Ok((axes, sum))) => {
                assert_eq!(io::read_meta(&path).unwrap(), read.meta(), "{name}");
                assert_eq!(read.meta().names(), axes, "{name}");
                let total: f64 = read.volumes().iter().flat_map(Volume::f64s).sum();
                // IDCTs differ by a little.
                let near = if name.contains("jpeg") { 0.005 * sum } else { 0.0 };
                assert!(sum.is_nan() || (total - sum).abs() <= near, "{name}: {total}, not {sum}");
            }
            (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{name}: {error}"),
            (read, _) => panic!("{name}: {:?}", read.map(|i| i.meta())),
        }
    }
    let at = |name: &str, c: usize, y: usize, x: usize| {
        let read = io::read(&all.join(name)).unwrap();
        read.volume(0, c).f64s()[y * read.volume(0, c).shape()[2] + x]
    };
    let pixel: Vec<f64> = (0..3).map(|c| at("02_jpeg_ycbcr.tif", c, 10, 20)).collect();
    assert!(pixel.iter().zip([60.0, 40.0, 31.0]).all(|(a, b)| (a - b).abs() <= 2.0), "{pixel:?}");
    let planes = io::read(&all.join("17_imagej_order_zct.tif")).unwrap();
    let each: Vec<f64> = planes.volumes().iter().flat_map(|v| (0..3).map(|z| v.plane(z).f64s()[0])).collect();
    assert_eq!(each, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    let times = io::read(&all.join("17_two_descriptions_2_positions.ome.tif#0")).unwrap();
    let of = |t: usize| times.volume(t, 0).f64s()[0];
    let other = io::read(&all.join("17_two_descriptions_2_positions.ome.tif#1")).unwrap();
    assert_eq!([of(0), of(1), of(2)], [0.0, 2.0, 4.0]);
    assert_eq!((other.t(), other.volume(2, 0).f64s()[0]), (3, 5.0));
    let notes = |name: &str| io::read_noted(&all.join(name)).unwrap().1.join("\n");
    assert!(notes("14_next_directory_past_end.tif").contains("beyond the end"));
    assert!(notes("14_ome_binary_only.ome.tif").contains("plate.companion.ome"));
    assert_eq!(notes("20_field.tif"), "");
}

#[test]
fn pages_that_are_called_smaller_copies_and_are_none_are_planes() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    let reduced = || vec![(254, Tag::Long(1))];
    let tiff = Tiff::new().page(2, 1, 8, &[1, 2], vec![]).page(2, 1, 8, &[3, 4], reduced());
    tiff.page(1, 1, 8, &[9], reduced()).write(&path);
    assert_eq!((pixels(&path), notes(&path)), (vec![1.0, 2.0, 3.0, 4.0], String::new()));
    // The mask of a page is none of its planes.
    let mask = vec![(254, Tag::Long(5))];
    Tiff::new().page(2, 1, 8, &[1, 2], vec![]).page(2, 1, 8, &[3, 4], mask).write(&path);
    assert_eq!(pixels(&path), [1.0, 2.0]);
}

#[test]
fn volumes_and_ndtiff_are_refused_by_name() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    let deep = vec![(32997, Tag::Long(2))];
    Tiff::new().page(2, 1, 8, &[1, 2, 3, 4], deep).write(&path);
    assert!(error(&path).contains("2 planes in strips or tiles of volumes (ImageDepth)"), "{}", error(&path));
    // Its number stands behind the header, before the first pixels.
    let page = Tiff::new().page(4, 1, 8, &483_729u32.to_le_bytes(), vec![]);
    page.write(&path);
    assert!(error(&path).contains("NDTiff"), "{}", error(&path));
}

#[test]
fn a_description_that_is_cut_off_or_blank_is_not_passed_over() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    // OME-XML stands at the end of many files: without it channels would be planes.
    let text = ome(&ome_image("a", "SizeC=\"2\" SizeZ=\"1\" SizeT=\"1\"", "<TiffData/>"));
    stack(&text, 2).write(&path);
    assert_eq!(io::read_meta(&path).unwrap().names(), "cyx");
    for place in [60_000, u32::MAX] {
        let lost = vec![(270, Tag::Wild(2, 300, place))];
        Tiff::new().page(1, 1, 8, &[0], lost).page(1, 1, 8, &[1], vec![]).write(&path);
        assert!(error(&path).contains("description") && error(&path).contains("cut off"), "{}", error(&path));
    }
    stack(&"\0".repeat(300), 2).write(&path);
    assert_eq!(pixels(&path).len(), 2);
    assert!(notes(&path).contains("301 bytes of 0"), "{}", notes(&path));
    // A text that means no page.
    let shaped = vec![(270, Tag::from("{\"shape\": [1, 1]}")), (254, Tag::Long(1))];
    Tiff::new()
        .page(1, 1, 8, &[0], shaped)
        .page(1, 1, 8, &[1], vec![])
        .page(2, 1, 8, &[1, 2], vec![])
        .write(&path);
    let read = io::read_noted(&path);
    assert!(read.as_ref().map_or(true, |(_, notes)| !notes.is_empty()), "{read:?}");
}

/// LZW of bytes as they are: a clear code, a code of 9 bits each, and the end, where one is wanted.
fn lzw(bytes: &[u8], end: bool) -> Vec<u8> {
    assert!(bytes.len() < 250);
    let codes = std::iter::once(256).chain(bytes.iter().map(|b| u32::from(*b))).chain(end.then_some(257));
    let bits: Vec<bool> = codes.flat_map(|code| (0..9).rev().map(move |i| code >> i & 1 == 1)).collect();
    bits.chunks(8)
        .map(|byte| byte.iter().enumerate().fold(0, |b, (i, bit)| b | u8::from(*bit) << (7 - i)))
        .collect()
}

#[test]
fn lzw_that_never_reached_the_disk_is_an_error() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    let page = |bytes: &[u8]| Tiff::new().page(10, 20, 8, bytes, vec![(259, Tag::Short(vec![5]))]);
    let values: Vec<u8> = (0..200).map(|i| i as u8 ^ 91).collect();
    let expected: Vec<f64> = values.iter().map(|v| f64::from(*v)).collect();
    // With an end, without one, padded by what is no code, and padded by lines beyond the image.
    let more = [values.clone(), vec![7; 40]].concat();
    let padded = [lzw(&values, true), vec![0; 30]].concat();
    for bytes in [lzw(&values, true), lzw(&values, false), padded, lzw(&more, true)] {
        page(&bytes).write(&path);
        assert_eq!(pixels(&path), expected);
    }
    // Zeros are codes, too: where they give enough, no end follows.
    for kept in [0, 50, 120, 200] {
        let mut bytes = lzw(&more, true);
        bytes[kept..].fill(0);
        page(&bytes).write(&path);
        assert!(error(&path).contains("LZW: damaged"), "{kept}: {}", error(&path));
    }
}

#[test]
fn sizes_of_strips_may_promise_more_than_the_file_has() {
    use std::io::Write;
    let dir = folder();
    let path = dir.path().join("a.tif");
    let values: Vec<u8> = (0..200).map(|i| (i % 50) as u8).collect();
    let mut stream = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    stream.write_all(&values).unwrap();
    let deflated = stream.finish().unwrap();
    let tags = || vec![(259, Tag::Short(vec![8])), (279, Tag::Longs(vec![900_000]))];
    Tiff::new().page(10, 20, 8, &deflated, tags()).write(&path);
    assert_eq!(pixels(&path), values.iter().map(|v| f64::from(*v)).collect::<Vec<_>>());
    let cut = &deflated[..deflated.len() / 2];
    Tiff::new().page(10, 20, 8, cut, tags()).write(&path);
    assert!(error(&path).contains("the file is cut off: 900000 bytes are promised"), "{}", error(&path));
}

#[test]
fn a_jpeg_strip_that_is_cut_inside_a_tiff_is_an_error() {
    let Some(whole) = real("../faults/files/04_whole.jpg") else { return };
    let dir = folder();
    let path = dir.path().join("a.tif");
    let jpeg = std::fs::read(&whole).unwrap();
    let meta = io::read_meta(&whole).unwrap();
    let [_, height, width] = meta.volume.shape;
    let colour = meta.axes.c == 3;
    let write = |bytes: &[u8]| {
        let photometric = if colour { 6 } else { 1 };
        let samples = if colour { 3 } else { 1 };
        let tags = vec![
            (258, Tag::Short(vec![8; samples])),
            (259, Tag::Short(vec![7])),
            (262, Tag::Short(vec![photometric])),
            (277, Tag::Short(vec![samples as u16])),
            (530, Tag::Short(vec![2, 2])),
        ];
        Tiff::new().page(width as u16, height as u16, 8, bytes, tags).write(&path);
    };
    write(&jpeg);
    assert_eq!(pixels(&path), pixels(&whole));
    for tenths in 4..10 {
        let cut = &jpeg[..jpeg.len() * tenths / 10];
        // Cut off, mended with an end, and followed by what never reached the disk.
        let mended = [cut, &[0xff, 0xd9]].concat();
        let zeros = [cut, &vec![0; jpeg.len() - cut.len()]].concat();
        for bytes in [cut, &mended, &zeros] {
            write(bytes);
            assert!(error(&path).contains("JPEG"), "{tenths}: {}", error(&path));
        }
    }
}

#[test]
fn alpha_is_left_out_and_said() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    let tags = |extra| {
        vec![
            (258, Tag::Short(vec![8; 4])),
            (262, Tag::Short(vec![2])),
            (277, Tag::Short(vec![4])),
            (338, Tag::Short(vec![extra])),
        ]
    };
    let page = |extra| Tiff::new().page(2, 1, 8, &[1, 2, 3, 40, 5, 6, 7, 80], tags(extra));
    page(2).write(&path);
    assert_eq!(pixels(&path), [1.0, 5.0, 2.0, 6.0, 3.0, 7.0]);
    assert!(notes(&path).contains("opaque"), "{}", notes(&path));
    // A sample that is no alpha is a channel.
    page(0).write(&path);
    assert_eq!((pixels(&path).len(), notes(&path)), (8, String::new()));
}

fn python() -> PathBuf {
    let python = std::env::var_os("ROTIFER_PYTHON").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/parity-venv/bin/python"),
        PathBuf::from,
    );
    assert!(python.exists(), "no Python with tifffile at {}: run tests/run once", python.display());
    python
}

/// Every dtype, layout, compression, predictor, order of bytes; sets, pyramids, series: as tifffile reads them.
#[test]
fn a_corpus_reads_as_tifffile_reads_it() {
    let dir = folder();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reading/corpus.py");
    let made = std::process::Command::new(python()).arg(script).arg(dir.path()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let index = std::fs::read_to_string(dir.path().join("index.tsv")).unwrap();
    let expected = std::fs::read(dir.path().join("expected.bin")).unwrap();
    let (mut at, mut wrong) = (0, Vec::new());
    for (i, line) in index.lines().enumerate() {
        let fields: Vec<&str> = line.split('\t').collect();
        let number = |i: usize| fields[i].parse::<usize>().unwrap();
        let path = dir.path().join(fields[0]);
        let part = Part { series: number(1), level: number(2) };
        let dtype = Dtype::parse(fields[3]).unwrap();
        let [t, c, z, y, x, tolerance] = [4, 5, 6, 7, 8, 9].map(number);
        let bytes = t * c * z * y * x * dtype.size();
        let expected = &expected[at..at + bytes];
        at += bytes;
        let checked = compare(&path, &part, (dtype, [t, c, z, y, x], tolerance), expected, i);
        wrong.extend(checked.err().map(|why| format!("{} {part:?}: {why}", fields[0])));
    }
    assert_eq!(at, expected.len());
    assert!(index.lines().count() >= 2000);
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), index.lines().count(), wrong.join("\n"));
}

fn compare(
    path: &Path,
    part: &Part,
    (dtype, [t, c, z, y, x], tolerance): (Dtype, [usize; 5], usize),
    expected: &[u8],
    seed: usize,
) -> Result<(), String> {
    let read = io::read_part(path, part).map_err(|e| e.to_string())?;
    let meta = io::read_part_meta(path, part).map_err(|e| e.to_string())?;
    if meta != read.meta() {
        return Err("its metadata are not those of its pixels".into());
    }
    let found = (
        meta.volume.dtype,
        [meta.axes.t, meta.axes.c, meta.volume.shape[0], meta.volume.shape[1], meta.volume.shape[2]],
    );
    if found != (dtype, [t, c, z, y, x]) {
        return Err(format!("{found:?}"));
    }
    let block = z * y * x * dtype.size();
    for (volume, expected) in read.volumes().iter().zip(expected.chunks_exact(block)) {
        let far =
            volume.bytes().iter().zip(expected).filter(|(a, b)| usize::from(a.abs_diff(**b)) > tolerance);
        let far = if tolerance == 0 { (volume.bytes() != expected) as usize } else { far.count() };
        if far > 0 {
            return Err(format!("{far} values differ"));
        }
    }
    // A block somewhere inside.
    let span = |n: usize, k: usize| {
        let from = (seed * k) % n;
        from..(from + 1 + seed % 31).min(n)
    };
    let zyx = [span(z, 3), span(y, 7), span(x, 11)];
    let (it, ic) = (seed % t, seed % c);
    let region = io::read_region(path, part, it, ic, zyx.clone()).map_err(|e| e.to_string())?;
    let [rz, ry, rx] = zyx;
    if region != read.volume(it, ic).cut(0, rz).cut(1, ry).cut(2, rx) {
        return Err("a block differs".into());
    }
    Ok(())
}

#[test]
fn real_images_read_with_their_values() {
    // Axes, sizes, type, pixel size along x, and the sum of all values, taken with tifffile and Pillow.
    for (name, axes, form, um, sum) in REAL {
        let Some(path) = real(name) else { continue };
        let read = io::read(&path).unwrap();
        let meta = read.meta();
        assert_eq!(io::read_meta(&path).unwrap(), meta, "{name}");
        assert_eq!(meta.names(), axes, "{name}");
        assert_eq!(format!("{} {}", meta.volume.shape_text(), meta.volume.dtype), form, "{name}");
        let x = meta.volume.spacing.map(|s| (s.um[2] * 1e6).round() / 1e6);
        assert_eq!(x, um, "{name}");
        let total: f64 = read.volumes().iter().flat_map(Volume::f64s).sum();
        assert_eq!(total, sum, "{name}");
    }
    // All of them read.
    let Some(all) = real("") else { return };
    let mut read = 0;
    for folder in all.read_dir().unwrap().filter_map(|e| Some(e.ok()?.path())).filter(|p| p.is_dir()) {
        // Some hold no images of these formats.
        for file in io::expand(&[folder.display().to_string()]).unwrap_or_default() {
            io::read(&file).unwrap();
            read += 1;
        }
    }
    assert!(read > 20, "{read} images");
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
