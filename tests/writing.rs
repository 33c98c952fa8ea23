//! Files that are written: held by the programs that will read them, and by what an interruption leaves.
//!
//! `ROTIFER_PYTHON` names a Python with tifffile, `ROTIFER_IMAGEJ` the ij.jar of ImageJ; tests/run installs both. Where
//! ImageJ is absent the test says so, in CI it fails.

use rotifer::io::{self, Compression, Durability, ImageWriter, Start, WriteOptions};
use rotifer::registry::{
    Axes, Code, Dtype, Image, Kind, Pixels, Spacing, SpacingSource, Table, Values, Volume, VolumeMeta,
};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Height and width: an odd number of bytes a plane.
const SMALL: [usize; 2] = [5, 7];
/// Two levels of a pyramid, with odd sides, and several tiles.
const TALL: [usize; 2] = [531, 45];
/// More than one strip.
const LARGE: [usize; 2] = [601, 531];

const UM: [f64; 3] = [0.4, 0.325, 0.65];
/// The place of the first pixel, in µm.
const ORIGIN: [f64; 3] = [-12.5, 1030.25, 7.8125];
/// Seconds.
const INTERVAL: f64 = 0.35;

/// An image whose values tell where they stand, the least and the largest of the dtype among them.
fn image(dtype: Dtype, [t, c, z]: [usize; 3], [height, width]: [usize; 2]) -> Image {
    // In some of the files.
    let origin = if (t + c + z) % 2 == 1 { ORIGIN } else { [0.0; 3] };
    let spacing = Some(Spacing { origin, ..Spacing::new(UM, SpacingSource::Given) });
    let ndim = if z > 1 { 3 } else { 2 };
    let meta = VolumeMeta { kind: Kind::Image, dtype, shape: [z, height, width], ndim, spacing };
    let n = meta.len();
    let value = |i: usize| -> u32 {
        match i {
            3 => 0,
            4 => u32::MAX,
            i => (i as u32).wrapping_mul(2_654_435_761) ^ (i as u32) << 7,
        }
    };
    let volume = |v: usize| {
        let values = (v * n..(v + 1) * n).map(value);
        match dtype {
            Dtype::U8 => Volume::from_vec(&meta, values.map(|v| (v >> 24) as u8).collect()),
            Dtype::U16 => Volume::from_vec(&meta, values.map(|v| (v >> 16) as u16).collect()),
            Dtype::I16 => Volume::from_vec(&meta, values.map(|v| (v >> 16) as u16 as i16).collect()),
            Dtype::U32 => Volume::from_vec(&meta, values.collect()),
            Dtype::I32 => Volume::from_vec(&meta, values.map(|v| v as i32).collect()),
            Dtype::F32 => Volume::from_vec(&meta, values.map(|v| (v as f32 - 2e9) * 3.7e-9).collect()),
        }
    };
    let volumes = (0..t * c).map(|v| volume(v).unwrap()).collect();
    let axes = Axes::new((t > 1).then_some(t), (c > 1).then_some(c));
    Image::over(volumes, Axes { interval: (t > 1).then_some(INTERVAL), ..axes }).unwrap()
}

fn with_names(image: Image, names: &[&str]) -> Image {
    image.with_channels(names.iter().map(|n| n.to_string()).collect())
}

fn rgb(dtype: Dtype, t: usize, z: usize, size: [usize; 2]) -> Image {
    with_names(image(dtype, [t, 3, z], size), &["red", "green", "blue"])
}

/// Masks or labels in runs.
fn regions(kind: Kind, z: usize, size: [usize; 2]) -> Image {
    let like = image(Dtype::U8, [1, 1, z], size);
    let like = like.volume(0, 0);
    let run = |i: usize| i / 5 % 7 * (i / 900 + 1);
    match kind {
        Kind::Mask => like.mask((0..like.len()).map(|i| u8::from(run(i) % 3 > 0)).collect()),
        _ => like.labels((0..like.len()).map(|i| run(i) as u32).collect()),
    }
    .unwrap()
    .into()
}

/// A file that is written, with what its readers are to find.
struct Case {
    name: String,
    image: Image,
    options: WriteOptions,
}

impl Case {
    /// Whether the pages are colours: ImageJ mixes up stacks of 16-bit ones.
    fn is_rgb(&self) -> bool {
        let meta = self.image.meta();
        let planes = meta.axes.t * meta.volume.shape[0];
        let colours = meta.axes.channels == ["red", "green", "blue"];
        colours && (meta.volume.dtype == Dtype::U8 || meta.volume.dtype == Dtype::U16 && planes == 1)
    }

    fn compression(&self) -> Compression {
        let packed = self.image.meta().volume.kind != Kind::Image;
        let default = if packed { Compression::Deflate(6) } else { Compression::None };
        self.options.compression.unwrap_or(default)
    }

    fn predictor(&self) -> u16 {
        let meta = self.image.meta();
        let zstd_or_tiles = self.compression() == Compression::Zstd || self.options.tile.is_some();
        let default = zstd_or_tiles && meta.volume.kind == Kind::Image;
        match self.options.predictor.unwrap_or(default) && self.compression() != Compression::None {
            false => 1,
            true if meta.volume.dtype == Dtype::F32 => 3,
            true => 2,
        }
    }

    /// Whether ImageJ 1.5 reads files of this kind.
    fn for_imagej(&self) -> bool {
        let zstd = self.compression() == Compression::Zstd;
        !(self.options.tile.is_some() || self.options.bigtiff || zstd || self.predictor() > 1)
    }

    fn json(&self) -> Json {
        let meta = self.image.meta();
        let [z, y, x] = meta.volume.shape;
        json!({
            "file": format!("{}.tif", self.name), "dtype": meta.volume.dtype.name(), "sizes": [meta.axes.t, meta.axes.c, z, y, x],
            "channels": meta.axes.channels, "um": meta.volume.spacing.map(|s| s.um), "origin": meta.volume.spacing.map(|s| s.origin), "interval": meta.axes.interval, "rgb": self.is_rgb(),
            "bigtiff": self.options.bigtiff, "tiled": self.options.tile.is_some(),
            "compression": match self.compression() {
                Compression::None => 1,
                Compression::Deflate(_) => 8,
                Compression::Zstd => 50000,
            },
            "predictor": self.predictor(), "pyramid": self.options.pyramid,
            "contiguous": self.compression() == Compression::None && self.options.tile.is_none(),
            "first": meta.volume.kind != Kind::Image,
        })
    }

    /// Writes the file, and its pixels beside it.
    fn write(&self, folder: &Path) {
        let path = folder.join(format!("{}.tif", self.name));
        let options = self.options.clone().durability(Durability::Fast);
        io::write_image_with(&path, &self.image, &options).unwrap_or_else(|e| panic!("{}: {e}", self.name));
        let raw: Vec<u8> = self.image.volumes().iter().flat_map(|v| v.bytes().to_vec()).collect();
        std::fs::write(path.with_extension("raw"), raw).unwrap();
    }

    /// Rotifer itself gives back what was written.
    fn read_back(&self, folder: &Path) {
        let path = folder.join(format!("{}.tif", self.name));
        let read = io::read(&path).unwrap_or_else(|e| panic!("{}: {e}", self.name));
        let (a, b) = (read.meta(), self.image.meta());
        assert_eq!(
            (a.names(), a.axes.t, a.axes.c, a.volume.shape, a.volume.dtype),
            (b.names(), b.axes.t, b.axes.c, b.volume.shape, b.volume.dtype),
            "{}",
            self.name
        );
        assert_eq!(a.axes, b.axes, "{}", self.name);
        let um = |meta: &VolumeMeta| meta.spacing.map(|s| s.um[meta.axes()].to_vec());
        assert_eq!(um(&a.volume), um(&b.volume), "{}", self.name);
        let origin = |meta: &VolumeMeta| meta.spacing.map(|s| s.origin);
        assert_eq!(origin(&a.volume), origin(&b.volume), "{}", self.name);
        let same = read.volumes().iter().zip(self.image.volumes()).all(|(a, b)| a.pixels() == b.pixels());
        assert!(same, "{}: other pixels", self.name);
        assert_eq!(io::read_meta(&path).unwrap(), a, "{}", self.name);
    }

    /// The macro's report of the file.
    fn in_imagej(&self) -> (Vec<String>, Vec<Vec<f64>>) {
        let meta = self.image.meta();
        let [z, y, x] = meta.volume.shape;
        let wide = self.is_rgb() && meta.volume.dtype == Dtype::U16;
        let c = if self.is_rgb() && !wide { 1 } else { meta.axes.c };
        let bits = if self.is_rgb() && !wide { 24 } else { 8 * meta.volume.dtype.size() };
        let um = |axis: usize| meta.volume.spacing.map_or(1.0, |s| s.um[axis]);
        let place = |axis: usize| meta.volume.spacing.map_or(0.0, |s| s.origin[axis]);
        let deep = if z > 1 { um(0) } else { 1.0 };
        let unit = if meta.volume.spacing.is_some() { "microns" } else { "pixels" };
        let head = vec![
            format!("{x} {y} {c} {z} {} {bits}", meta.axes.t),
            format!(
                "{:.9} {:.9} {deep:.9} {unit} {:.9} {:.6} {:.6}",
                um(2),
                um(1),
                meta.axes.interval.unwrap_or(0.0),
                place(2),
                place(1)
            ),
        ];
        let mut planes = Vec::new();
        for (t, z) in (0..meta.axes.t).flat_map(|t| (0..z).map(move |z| (t, z))) {
            let all: Vec<Vec<f64>> = (0..meta.axes.c)
                .map(|c| match self.image.volume(t, c).plane(z).pixels() {
                    // ImageJ takes 32 bits without a sign for signed ones, and has floats in memory.
                    Pixels::U32(p) => p.iter().map(|v| f64::from(*v as i32 as f32)).collect(),
                    Pixels::I32(p) => p.iter().map(|v| f64::from(*v as f32)).collect(),
                    _ => self.image.volume(t, c).plane(z).f64s(),
                })
                .collect();
            match all.as_slice() {
                [r, g, b] if bits == 24 => {
                    planes.push((0..r.len()).map(|i| r[i] * 65536.0 + g[i] * 256.0 + b[i]).collect());
                }
                _ => planes.extend(all),
            }
        }
        (head, planes)
    }
}

/// Every dtype on every set of axes with 1, 2, 3 and 5 planes, stored in every way; and every way on larger images.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: String, image: Image, options: WriteOptions| {
        cases.push(Case { name: format!("{:03}_{name}", cases.len()), image, options });
    };
    let plain = WriteOptions::default;
    let deflate = || plain().compression(Compression::Deflate(6));
    for dtype in Dtype::ALL {
        for n in [1, 2, 3, 5] {
            for (axes, sizes) in [
                ("yx", [1, 1, 1]),
                ("zyx", [1, 1, n]),
                ("cyx", [1, n, 1]),
                ("tyx", [n, 1, 1]),
                ("czyx", [1, n, 2]),
                ("tczyx", [2, 3, n]),
            ] {
                let mut written = image(dtype, sizes, SMALL);
                if sizes[1] == 3 {
                    written = with_names(written, &["DNA", "α \"tubulin\" <&>", "ER"]);
                }
                if n == 5 {
                    let bare = written.volumes().iter().map(|v| v.clone().with_spacing(None)).collect();
                    let names = written.channels().to_vec();
                    let (t, c) =
                        (written.has_t().then_some(written.t()), written.has_c().then_some(written.c()));
                    written = Image::new(bare, t, c).unwrap().with_channels(names);
                }
                add(format!("{dtype}_{axes}{n}"), written.clone(), plain());
                add(format!("{dtype}_{axes}{n}_deflate"), written, deflate());
            }
        }
        let zstd = plain().compression(Compression::Zstd);
        for (name, options) in [
            ("plain", plain()),
            ("deflate", deflate()),
            ("predictor", deflate().predictor(true)),
            ("zstd", zstd.clone()),
            ("zstd_values", zstd.predictor(false)),
            ("tiles", plain().tile([128, 256])),
            ("tiles_deflate", deflate().tile([64, 64])),
            ("pyramid", plain().pyramid()),
            ("pyramid_tiles_deflate", deflate().pyramid().tile([128, 128])),
            ("big", plain().bigtiff()),
            ("big_pyramid_deflate", deflate().bigtiff().pyramid()),
        ] {
            let imagej_reads = ["plain", "deflate", "pyramid"].contains(&name) && dtype != Dtype::U16;
            let size = if imagej_reads { TALL } else { LARGE };
            add(format!("{dtype}_{name}"), image(dtype, [1, 2, 1], size), options);
        }
    }
    for dtype in [Dtype::U8, Dtype::U16] {
        for (t, z) in [(1, 1), (1, 2), (2, 1), (2, 3)] {
            add(format!("rgb_{dtype}_{t}_{z}"), rgb(dtype, t, z, SMALL), plain());
            add(format!("rgb_{dtype}_{t}_{z}_deflate"), rgb(dtype, t, z, SMALL), deflate());
        }
        let tiles = deflate().tile([64, 128]).pyramid();
        add(format!("rgb_{dtype}_pyramid"), rgb(dtype, 1, 1, LARGE), tiles);
        add(format!("rgb_{dtype}_large"), rgb(dtype, 1, 2, LARGE), deflate().predictor(true));
    }
    for (name, kind) in [("mask", Kind::Mask), ("labels", Kind::Labels)] {
        add(name.into(), regions(kind, 3, SMALL), plain());
        add(format!("{name}_pyramid"), regions(kind, 2, TALL), plain().pyramid());
        add(format!("{name}_raw"), regions(kind, 1, SMALL), plain().compression(Compression::None));
    }
    cases
}

#[test]
fn others_read_what_is_written() {
    let dir = folder();
    let cases = cases();
    for case in &cases {
        case.write(dir.path());
        case.read_back(dir.path());
    }
    let list: Vec<Json> = cases.iter().map(Case::json).collect();
    std::fs::write(dir.path().join("cases.json"), json!(list).to_string()).unwrap();
    let out = Command::new(python())
        .arg(Path::new(ROOT).join("tests/writing/check.py"))
        .arg(dir.path())
        .output()
        .expect("Python starts");
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    let faults: Vec<&str> = said.lines().filter(|line| line.parse() != Ok(cases.len())).collect();
    assert!(out.status.success(), "{said}{}", String::from_utf8_lossy(&out.stderr));
    assert!(faults.is_empty(), "{} faults of tifffile:\n{}", faults.len(), faults.join("\n"));
    assert_eq!(said.lines().count(), 1, "tifffile read all");
    in_imagej(dir.path(), &cases);
}

fn python() -> PathBuf {
    std::env::var_os("ROTIFER_PYTHON")
        .map_or_else(|| Path::new(ROOT).join("target/parity-venv/bin/python"), PathBuf::from)
}

/// One start of ImageJ opens all files that it can.
fn in_imagej(dir: &Path, cases: &[Case]) {
    let jar = std::env::var_os("ROTIFER_IMAGEJ").unwrap_or("/usr/share/java/ij.jar".into());
    if !Path::new(&jar).exists() || Command::new("java").arg("-version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "ImageJ or Java is absent: tests/run installs them");
        eprintln!("skipped: ImageJ does not read the files, {} or java is not here", jar.display());
        return;
    }
    let cases: Vec<&Case> = cases.iter().filter(|case| case.for_imagej()).collect();
    let names: Vec<String> = cases.iter().map(|case| format!("{}.tif", case.name)).collect();
    std::fs::write(dir.join("list.txt"), names.join("\n")).unwrap();
    let out = Command::new("java")
        .args(["-Djava.awt.headless=true", "-Xmx1g", "-cp"])
        .arg(&jar)
        .args(["ij.ImageJ", "-batch"])
        .arg(Path::new(ROOT).join("tests/writing/imagej.ijm"))
        .arg(format!("{}/", dir.display()))
        .output()
        .expect("java starts");
    let words =
        || format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    let done = std::fs::read_to_string(dir.join("done.txt"));
    assert_eq!(done.unwrap_or_else(|_| panic!("ImageJ did not end: {}", words())), names.len().to_string());
    let mut faults = Vec::new();
    for (case, name) in cases.iter().zip(&names) {
        let said = std::fs::read_to_string(dir.join(format!("{name}.txt"))).expect("the macro wrote it");
        let lines: Vec<&str> = said.lines().collect();
        let (head, planes) = case.in_imagej();
        if lines[..2] != head {
            faults.push(format!("{name}: {:?}, {head:?} was written", &lines[..2]));
            continue;
        }
        let found = lines[2..].iter().map(|line| {
            // ImageJ has 32 bits in memory, and says ten digits of them.
            line.split_whitespace().map(|v| f64::from(v.parse::<f32>().unwrap())).collect::<Vec<f64>>()
        });
        let found: Vec<Vec<f64>> = found.filter(|plane| !plane.is_empty()).collect();
        if let Some(i) = (0..planes.len()).find(|i| found.get(*i) != Some(&planes[*i])) {
            let start = |p: Option<&Vec<f64>>| p.map(|p| p[..4.min(p.len())].to_vec());
            faults.push(format!(
                "{name}: plane {i} of {}: {:?}, {:?} was written",
                planes.len(),
                start(found.get(i)),
                start(planes.get(i))
            ));
        }
    }
    assert!(faults.is_empty(), "{} faults of ImageJ:\n{}", faults.len(), faults.join("\n"));
    assert!(cases.len() > 200, "ImageJ read {} files only", cases.len());
}

/// Blocks of rows of an image, in the order in which a computation may give them: channels apart unless they are colours.
fn blocks(image: &Image, rows: usize, together: bool) -> Vec<(Start, Vec<Volume>)> {
    let [planes, height, _] = image.meta().volume.shape;
    let mut blocks = Vec::new();
    for t in (0..image.t()).rev() {
        for z in 0..planes {
            for y in (0..height).step_by(rows) {
                let part = |c: usize| {
                    let volume = image.volume(t, c).cut(0, z..z + 1);
                    volume.cut(1, y..(y + rows).min(height))
                };
                if together {
                    blocks.push((Start { t, z, y, c: 0 }, (0..image.c()).map(part).collect()));
                } else {
                    blocks.extend((0..image.c()).map(|c| (Start { t, z, y, c }, vec![part(c)])));
                }
            }
        }
    }
    blocks
}

#[test]
fn an_image_can_be_written_block_by_block() {
    let dir = folder();
    let plain = || WriteOptions::default().durability(Durability::Fast);
    let deflate = || plain().compression(Compression::Deflate(1));
    for (i, (image, options)) in [
        (image(Dtype::U16, [2, 2, 3], SMALL), plain()),
        (image(Dtype::U16, [1, 2, 2], LARGE), deflate()),
        (image(Dtype::F32, [2, 1, 2], LARGE), deflate().tile([64, 96]).pyramid()),
        (image(Dtype::U8, [1, 3, 2], LARGE), plain().pyramid()),
        (rgb(Dtype::U8, 2, 1, LARGE), deflate().predictor(true)),
        (regions(Kind::Labels, 3, LARGE), plain().pyramid()),
    ]
    .into_iter()
    .enumerate()
    {
        let together = image.channels() == ["red", "green", "blue"];
        for rows in [1, 3, 64, 1000] {
            let path = dir.path().join(format!("{i}.tif"));
            let mut writer = ImageWriter::new(&path, &image.meta(), &options).unwrap();
            for (start, block) in blocks(&image, rows, together) {
                writer.write(start, &block).unwrap();
            }
            assert!(!path.exists(), "it has its name before it is whole");
            writer.finish().unwrap();
            let read = io::read(&path).unwrap();
            let same = read.volumes().iter().zip(image.volumes()).all(|(a, b)| a.pixels() == b.pixels());
            assert!(same && read.meta().names() == image.meta().names(), "{i} by {rows} rows");
            // Levels are the same, too: files hold the same strips, at other places.
            let whole = dir.path().join("whole").join(path.file_name().unwrap());
            io::write_image_with(&whole, &image, &options).unwrap();
            let size = |path: &Path| path.metadata().unwrap().len();
            assert_eq!(size(&path), size(&whole), "{i} by {rows} rows");
            std::fs::remove_file(&path).unwrap();
        }
    }
    assert_eq!(dir.path().read_dir().unwrap().count(), 1);
}

#[test]
fn blocks_that_do_not_fit_are_refused() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    let image = image(Dtype::U16, [2, 2, 3], SMALL);
    let options = WriteOptions::default();
    let new = || ImageWriter::new(&path, &image.meta(), &options).unwrap();
    let volume = image.volume(0, 0);
    let refused = |start: Start, block: &[Volume]| {
        let error = new().write(start, block).unwrap_err();
        assert_eq!(error.code, Code::Shape, "{error}");
    };
    let start = Start::default();
    refused(Start { t: 2, ..start }, std::slice::from_ref(volume));
    refused(Start { c: 1, ..start }, image.volumes());
    refused(Start { z: 1, ..start }, std::slice::from_ref(volume));
    refused(Start { y: 1, ..start }, std::slice::from_ref(volume));
    refused(Start { y: 2, ..start }, &[volume.cut(1, 2..3)]);
    refused(start, &[volume.cut(2, 0..3)]);
    refused(start, &[volume.cast(Dtype::F32)]);
    let mut writer = new();
    writer.write(start, std::slice::from_ref(volume)).unwrap();
    assert_eq!(writer.write(start, std::slice::from_ref(volume)).unwrap_err().code, Code::Shape);
    assert_eq!(writer.write(start, &[volume.cut(1, 0..2)]).unwrap_err().code, Code::Shape);
    writer.write(Start { c: 1, ..start }, &[volume.cut(0, 0..1)]).unwrap();
    let error = writer.finish().unwrap_err();
    assert_eq!((error.code, error.value.as_deref()), (Code::Shape, Some("4 of 12 planes")), "{error}");
    assert!(error.help.unwrap().contains("t = 0, c = 1, z = 1"));
    assert_eq!(dir.path().read_dir().unwrap().count(), 0, "something is left");
    let odd = WriteOptions::default().tile([100, 64]);
    assert_eq!(io::write_image_with(&path, &image, &odd).unwrap_err().argument.as_deref(), Some("tile"));
}

#[test]
fn masks_and_labels_are_small() {
    let dir = folder();
    let path = dir.path().join("a.tif");
    for kind in [Kind::Mask, Kind::Labels] {
        let image = regions(kind, 1, [512, 512]);
        io::write_image(&path, &image).unwrap();
        assert!(path.metadata().unwrap().len() * 4 < image.meta().bytes() as u64);
        let read = io::read(&path).unwrap();
        assert_eq!(read.volume(0, 0).pixels(), image.volume(0, 0).pixels());
    }
}

/// Mode and pixels as Pillow reads them.
fn pillow(path: &Path) -> Json {
    let code = "import json, sys, numpy as np\nfrom PIL import Image\ni = Image.open(sys.argv[1])\n\
        print(json.dumps([i.mode, np.asarray(i).astype(int).ravel().tolist(), i.info.get('dpi')]))";
    let out = Command::new(python()).args(["-c", code]).arg(path).output().expect("Python starts");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

#[test]
fn png_shows_pictures_and_keeps_numbers() {
    let dir = folder();
    let path = dir.path().join("a.png");
    for dtype in [Dtype::U8, Dtype::U16] {
        for written in [image(dtype, [1, 1, 1], SMALL), rgb(dtype, 1, 1, SMALL)] {
            io::write_image(&path, &written).unwrap();
            let read = io::read(&path).unwrap();
            let same = read.volumes().iter().zip(written.volumes()).all(|(a, b)| a.pixels() == b.pixels());
            assert!(same && read.channels() == written.channels());
            let um = read.meta().volume.spacing.unwrap().um;
            assert!((um[1] - UM[1]).abs() < 1e-6 && (um[2] - UM[2]).abs() < 1e-6, "{um:?}");
            assert_eq!(io::read_meta(&path).unwrap(), read.meta());
        }
    }
    // A mask is black and white, labels are numbers of 16 bits, colours of float32 are shown.
    let mask = regions(Kind::Mask, 1, SMALL);
    io::write_image(&path, &mask).unwrap();
    let found = pillow(&path);
    assert_eq!((&found[0], &found[1]), (&json!("1"), &json!(mask.volume(0, 0).mask_slice().unwrap())));
    assert_eq!(io::read(&path).unwrap().volume(0, 0).to_mask().pixels(), mask.volume(0, 0).pixels());
    let labels = regions(Kind::Labels, 1, SMALL);
    io::write_image(&path, &labels).unwrap();
    let found = pillow(&path);
    assert_eq!((&found[0], &found[1]), (&json!("I;16"), &json!(labels.volume(0, 0).label_slice().unwrap())));
    let meta = VolumeMeta { shape: [1, 1, 3], ..labels.meta().volume.with(Kind::Image, Dtype::F32) };
    let plane = |v: [f32; 3]| Volume::from_vec(&meta, v.to_vec()).unwrap();
    let colours = |red| {
        let volumes = vec![plane(red), plane([0.5, 0.0, 0.25]), plane([1.0; 3])];
        with_names(Image::new(volumes, None, Some(3)).unwrap(), &["red", "green", "blue"])
    };
    io::write_image(&path, &colours([0.0, 1.0, f32::NAN])).unwrap();
    let found = pillow(&path);
    assert_eq!((&found[0], &found[1]), (&json!("RGB"), &json!([0, 128, 255, 255, 0, 255, 0, 64, 255])));
    let many = labels.volume(0, 0).labels(vec![65536; 35]).unwrap();
    for (bad, value) in [
        (colours([0.0, 200.0, 0.0]), "200"),
        (many.into(), "65536"),
        (image(Dtype::F32, [1, 1, 1], SMALL), "float32"),
        (image(Dtype::I16, [1, 1, 1], SMALL), "int16"),
        (image(Dtype::U8, [1, 1, 2], SMALL), "zyx with 1 times, 1 channels, 2 planes"),
        (image(Dtype::U8, [1, 2, 1], SMALL), "cyx with 1 times, 2 channels, 1 planes"),
    ] {
        let error = io::write_image(&path, &bad).unwrap_err();
        assert_eq!(
            (error.code, error.value.as_deref(), error.help.is_some()),
            (Code::File, Some(value), true)
        );
    }
    assert!(io::write_image(&dir.path().join("a.bmp"), &image(Dtype::U8, [1, 1, 1], SMALL)).is_err());
    assert_eq!(pillow(&path)[0], "RGB", "the old file is whole");
}

#[test]
fn names_of_255_bytes_and_of_any_bytes_are_whole() {
    let dir = folder();
    let image = image(Dtype::U8, [1, 1, 1], SMALL);
    let mut names: Vec<std::ffi::OsString> = vec![
        format!("{}.tif", "a".repeat(251)).into(),
        format!("{}a.tif", "é".repeat(125)).into(),
        format!("{}.ome.tif", "b".repeat(247)).into(),
    ];
    #[cfg(target_os = "linux")]
    names.push(std::os::unix::ffi::OsStringExt::from_vec([b"\xff\xfe caf\xe9.tif".to_vec()].concat()));
    for name in &names {
        let path = dir.path().join(name);
        io::write_image(&path, &image).unwrap();
        assert_eq!(io::read(&path).unwrap().volume(0, 0).pixels(), image.volume(0, 0).pixels());
    }
    let mut found: Vec<_> = dir.path().read_dir().unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    found.sort();
    assert_eq!(found, names);
}

#[test]
fn labels_in_colours_are_a_picture() {
    let dir = folder();
    let labels = dir.path().join("labels.tif");
    let written = regions(Kind::Labels, 1, [60, 120]);
    io::write_image(&labels, &written).unwrap();
    let apply = |op: &str, inputs: &[&Path], output: &Path, more: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_rotifer"))
            // The regions are scattered as those of no object are.
            .args(["apply", op, "--labels"])
            .args(inputs)
            .arg("-o")
            .arg(output)
            .args(more)
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        io::read(output).unwrap()
    };
    // Label 1 is red, label 2 blue.
    let at =
        |label: u32| written.volume(0, 0).label_slice().unwrap().iter().position(|l| *l == label).unwrap();
    for (name, more) in [("a.png", &[][..]), ("b.png", &["--dtype", "uint8"]), ("c.tif", &[])] {
        let picture = apply("label_to_rgb", &[&labels], &dir.path().join(name), more);
        assert_eq!((picture.channels().len(), picture.meta().volume.dtype), (3, Dtype::U8));
        let color = |i: usize| [0, 1, 2].map(|c| picture.volume(0, c).f64s()[i]);
        assert_eq!(
            (color(at(1)), color(at(2)), color(at(0))),
            ([255.0, 0.0, 0.0], [0.0, 0.0, 255.0], [0.0; 3])
        );
    }
    let output = dir.path().join("overlay.png");
    let picture = apply("overlay", &[&labels, &labels], &output, &["--scale_bar", "false"]);
    assert_eq!((picture.channels().len(), picture.meta().volume.shape), (3, [1, 60, 120]));
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
    let images: Vec<Image> = (0..8).map(|i| image(Dtype::U16, [1, 1, i + 2], SMALL)).collect();
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
