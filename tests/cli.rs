//! The program as a user meets it: what it prints, and how it ends.

use rotifer::bench::{self, Size};
use rotifer::execute::{On, Options, apply};
use rotifer::registry::{Dtype, Kind, Volume};
use serde_json::Value as Json;
use std::path::Path;
use std::process::Command;

/// Exit code, stdout and stderr of the program.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> Json {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}\n{}", self.out, self.err))
    }
}

fn rotifer_in(dir: &Path, args: &[&str]) -> Ran {
    let done = Command::new(env!("CARGO_BIN_EXE_rotifer")).args(args).current_dir(dir).output().unwrap();
    Ran {
        code: done.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&done.stdout).into_owned(),
        err: String::from_utf8_lossy(&done.stderr).into_owned(),
    }
}

fn rotifer(args: &[&str]) -> Ran {
    rotifer_in(Path::new("."), args)
}

/// A number of bytes has a unit, since people mean various ones by none.
#[test]
fn memory_without_a_unit_is_refused_with_the_units() {
    for command in ["plan", "run"] {
        let ran = rotifer(&[command, "examples/nuclei.toml", "none.tif", "--memory", "12"]);
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains("the unit is missing: 12GB or 12MiB, or 12B"), "{}", ran.err);
    }
    let ran = rotifer(&["plan", "examples/nuclei.toml", "none.tif", "--memory", "12B"]);
    assert!(ran.code == 2 && ran.err.contains("at least 128 MiB"), "{}", ran.err);
    let ran = rotifer(&["plan", "examples/nuclei.toml", "none.tif", "--memory", "1.5 GiB"]);
    assert!(!ran.err.contains("unit"), "{}", ran.err);
}

#[test]
fn list_shows_every_function_under_its_family() {
    let all = rotifer(&["list"]);
    assert_eq!(all.code, 0, "{}", all.err);
    let entries = rotifer::registry::entries();
    for entry in entries {
        let line = all.out.lines().find(|l| l.split_whitespace().next() == Some(entry.spec.id));
        assert!(line.is_some_and(|l| l.ends_with(entry.spec.summary())), "{}", entry.spec.id);
    }
    let json = rotifer(&["list", "--json"]).json();
    assert_eq!(json.as_array().map(Vec::len), Some(entries.len()));
    let filters = rotifer(&["list", "--family", "filters", "--memory", "device", "--json"]).json();
    for op in filters.as_array().unwrap() {
        assert_eq!((op["family"].as_str(), op["memory"][1].as_str()), (Some("filters"), Some("device")));
    }
    assert!(filters.as_array().unwrap().iter().any(|op| op["id"] == "gaussian_filter"));
    assert_eq!(rotifer(&["list", "--family", "filtres"]).code, 2);
}

#[test]
fn doc_tells_all_of_every_function() {
    for entry in rotifer::registry::entries() {
        let spec = entry.spec;
        let text = rotifer(&["doc", spec.id]);
        assert_eq!(text.code, 0, "{}", text.err);
        for said in [spec.summary(), spec.follows].into_iter().chain(spec.params.iter().map(|p| p.name)) {
            assert!(text.out.contains(said), "{}: {said}\n{}", spec.id, text.out);
        }
        let json = rotifer(&["doc", spec.id, "--json"]).json();
        let schema = &json["schema"]["properties"];
        assert_eq!(schema.as_object().map(|p| p.len()), Some(spec.params.len()), "{}", spec.id);
        for param in spec.params {
            assert_eq!(
                schema[param.name].get("default").is_some(),
                param.default.is_some(),
                "{}",
                param.name
            );
        }
    }
    let wrong = rotifer(&["doc", "gausian_filter"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("did you mean gaussian_filter"), "{}", wrong.err);
}

#[test]
fn usage_errors_end_with_2() {
    for args in [&[][..], &["frobnicate"], &["doc"], &["list", "--colour"]] {
        let ran = rotifer(args);
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(!ran.err.is_empty());
    }
    assert_eq!(rotifer(&["--help"]).code, 0);
}

#[test]
fn check_names_every_mistake_at_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let toml = "name = \"wrong\"\n\n[[steps]]\nop = \"gausian_filter\"\n\n[[steps]]\nop = \"gaussian_filter\"\nsigmaa = 1.0\n\
                truncate = 99.0\nedge = \"reflekt\"\non = \"gpu\"\nfrom = \"smooth\"\n";
    std::fs::write(dir.path().join("wrong.toml"), toml).unwrap();
    let ran = rotifer_in(dir.path(), &["check", "wrong.toml"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let expected = [
        (4, "did you mean gaussian_filter?"),
        (8, "did you mean sigma?"),
        (9, "allowed 1 to 8"),
        (10, "did you mean reflect?"),
        (11, "allowed host, device"),
        (12, "no earlier step gives `smooth`"),
    ];
    for (line, said) in expected {
        let at =
            ran.err.find(&format!("wrong.toml:{line}: ")).unwrap_or_else(|| panic!("{line}\n{}", ran.err));
        let excerpt = toml.lines().nth(line - 1).unwrap();
        let block: String = ran.err[at..].lines().take(3).collect::<Vec<_>>().join("\n");
        assert!(block.contains(said) && block.contains(&format!("{line} | {excerpt}")), "{said}\n{block}");
    }
    assert_eq!(ran.err.matches("wrong.toml:").count(), expected.len(), "{}", ran.err);

    let json = rotifer_in(dir.path(), &["check", "wrong.toml", "--json"]);
    assert_eq!(json.code, 3);
    let lines: Vec<_> =
        json.json()["errors"].as_array().unwrap().iter().map(|e| e["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, expected.map(|(line, _)| line as u64));

    std::fs::write(
        dir.path().join("right.json"),
        r#"{"steps": [{"op": "gaussian_filter", "sigma": 2, "save": true}]}"#,
    )
    .unwrap();
    let right = rotifer_in(dir.path(), &["check", "right.json"]);
    assert_eq!((right.code, right.err.as_str()), (0, ""), "{}", right.out);
    assert_eq!(rotifer_in(dir.path(), &["check", "absent.toml"]).code, 3);
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let line = format!("{} list | head -1", env!("CARGO_BIN_EXE_rotifer"));
    let done = Command::new("sh").args(["-c", &line]).output().unwrap();
    assert!(done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// A 4 × 6 image: 100 · row + column, and two blobs of 60000 that touch at a corner.
fn small_image(path: &Path) -> Vec<u16> {
    let mut pixels: Vec<u16> = (0..24).map(|i| 100 * (i / 6) + i % 6).collect();
    for (y, x) in [(0, 1), (1, 2), (3, 4), (3, 5)] {
        pixels[6 * y + x] = 60000;
    }
    write_u16(path, [4, 6], &pixels);
    pixels
}

fn write_u16(path: &Path, [h, w]: [usize; 2], pixels: &[u16]) {
    let array = ndarray::Array3::from_shape_vec((1, h, w), pixels.to_vec()).unwrap();
    let volume = Volume::new(array, 2, Kind::Image, None).unwrap();
    rotifer::io::write_image(path, &volume.into()).unwrap();
}

fn read_volume(path: &Path) -> Volume {
    rotifer::io::read(path).unwrap().volume(0, 0).clone()
}

#[test]
fn apply_writes_values_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let pixels = small_image(&dir.join("a.tif"));
    let ran = rotifer_in(
        dir,
        &["apply", "clip", "a.tif", "-o", "clip.png", "--minimum", "101.0", "--maximum", "302"],
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    let clipped: Vec<u16> = pixels.iter().map(|v| (*v).clamp(101, 302)).collect();
    assert_eq!(read_volume(&dir.join("clip.png")).as_slice::<u16>(), Some(clipped.as_slice()));

    let ran = rotifer_in(dir, &["apply", "greater", "a.tif", "50000", "-o", "mask.tif"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let mask: Vec<u8> = pixels.iter().map(|v| (*v > 50000) as u8).collect();
    assert_eq!(read_volume(&dir.join("mask.tif")).as_slice::<u8>(), Some(mask.as_slice()));

    let ran = rotifer_in(dir, &["apply", "connected_components", "mask.tif", "-o", "labels.tif"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.json(), serde_json::json!({ "count": 2.0 }));
    let labels = read_volume(&dir.join("labels.tif"));
    let labels = labels.as_slice::<u32>().expect("labels are uint32");
    assert_eq!((labels[1], labels[8], labels[22], labels[23], labels[0]), (1, 1, 2, 2, 0));

    let ran = rotifer_in(dir, &["apply", "subtract", "a.tif", "a.tif", "-o", "zero.tif"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(read_volume(&dir.join("zero.tif")).f64s().iter().all(|x| *x == 0.0));

    let ran = rotifer_in(dir, &["apply", "histogram", "mask.tif", "-o", "histogram.csv", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.json()["files"]["histogram"], "histogram.csv");
    let csv = std::fs::read_to_string(dir.join("histogram.csv")).unwrap();
    assert!(csv.lines().any(|l| l.ends_with(",20") || l.contains(",20,")), "{csv}");
}

#[test]
fn apply_refuses_what_cannot_be_meant() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    small_image(&dir.join("a.tif"));
    let cases: &[(&[&str], i32, &str)] = &[
        (&["gaussian_filter", "a.tif", "-o", "b.tif", "--sigmaa", "1"], 2, "--sigma"),
        (&["gaussian_filter", "a.tif", "-o", "b.tif", "--sigma", "-1"], 2, "0 to 512"),
        (&["gaussian_filter", "a.tif", "-o", "b.tif", "--sigma", "wide"], 2, "um"),
        (&["gaussian_filter", "a.tif", "-o", "b.tif", "--edge", "reflekt"], 2, "did you mean reflect"),
        (&["gaussian_filter", "a.tif", "-o", "b.csv"], 2, ".tif"),
        (&["gaussian_filter", "a.tif"], 2, "-o"),
        (&["gaussian_filter", "a.tif", "-o", "a.tif"], 2, "replace an input"),
        (&["gaussian_filter", "a.tif", "a.tif", "-o", "b.tif"], 2, "takes 1"),
        (&["gausian_filter", "a.tif", "-o", "b.tif"], 2, "did you mean gaussian_filter"),
        (&["gaussian_filter", "absent.tif", "-o", "b.tif"], 4, "absent.tif"),
        (&["gaussian_filter", "a.tif", "-o", "b.tif", "--sigma", "0.5 um"], 4, "--spacing"),
        (&["gaussian_filter", "a.tif", "-o", "b.tif", "--sigma", "1,1,1"], 4, "two for y, x"),
    ];
    for (args, code, said) in cases {
        let ran = rotifer_in(dir, &[&["apply"], *args].concat());
        assert_eq!(ran.code, *code, "{args:?}: {}", ran.err);
        assert!(ran.err.contains(said), "{args:?}: {}", ran.err);
    }
    assert!(!dir.join("b.tif").exists());
    let spaced =
        ["apply", "gaussian_filter", "a.tif", "-o", "b.tif", "--sigma", "0.5 um,2 px", "--spacing", "0.25"];
    assert_eq!(rotifer_in(dir, &spaced).code, 0);
    assert_eq!(
        rotifer_in(dir, &["apply", "gaussian_filter", "a.tif", "-o", "c.tif", "--sigma", "2"]).code,
        0
    );
    assert_eq!(read_volume(&dir.join("b.tif")).f64s(), read_volume(&dir.join("c.tif")).f64s());
}

#[test]
fn plan_and_check_with_an_image() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    small_image(&dir.join("a.tif"));
    let toml = "[[steps]]\nop = \"gaussian_filter\"\nsigma = \"1 um\"\n\n[[steps]]\nop = \"greater\"\nvalue = 3.0\nas = \"bright\"\nsave = true\n";
    std::fs::write(dir.join("p.toml"), toml).unwrap();
    let check = rotifer_in(dir, &["check", "p.toml", "a.tif"]);
    assert_eq!(check.code, 3, "{}", check.out);
    assert!(check.err.contains("p.toml:3: ") && check.err.contains("--spacing"), "{}", check.err);
    assert_eq!(rotifer_in(dir, &["check", "p.toml", "a.tif", "--spacing", "0.5"]).code, 0);
    let plan = rotifer_in(dir, &["plan", "p.toml", "a.tif", "--spacing", "0.5", "--on", "cpu", "--json"]);
    assert_eq!(plan.code, 0, "{}", plan.err);
    let plan = plan.json();
    let steps = plan["plan"]["steps"].as_array().unwrap();
    assert_eq!(steps[0]["memory"], "host");
    assert_eq!(steps[0]["halo"], serde_json::json!([0, 8, 8]));
    assert_eq!(steps[0]["outputs"][0]["dtype"], "float32");
    assert_eq!((&steps[1]["name"], &steps[1]["outputs"][0]["kind"]), (&"bright".into(), &"mask".into()));
    let text = rotifer_in(dir, &["plan", "p.toml", "a.tif", "--spacing", "0.5", "--on", "cpu"]);
    assert!(text.out.contains("window, halo 0,8,8") && text.out.contains("peak"), "{}", text.out);
}

const SPOTS: &str = r#"
name = "spots"

[[steps]]
op = "greater"
value = 30000.0

[[steps]]
op = "connected_components"
as = "blobs"
save = true

[[steps]]
op = "peak_local_max"
from = "input"
min_distance = 1
threshold_abs = 30000.0
exclude_border = 0
as = "spots"
save = true
"#;

#[test]
fn a_run_writes_all_that_is_kept_and_names_what_failed() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    std::fs::write(dir.join("spots.toml"), SPOTS).unwrap();
    std::fs::create_dir_all(dir.join("in/again")).unwrap();
    small_image(&dir.join("in/p_A01f0d0.tif"));
    write_u16(&dir.join("in/p_A02f0d0.tif"), [4, 6], &[7; 24]);
    std::fs::write(dir.join("in/p_A03f0d0.tif"), b"II*\0 not really").unwrap();
    small_image(&dir.join("in/again/p_A01f0d0.tif"));
    let ran = rotifer_in(
        dir,
        &["run", "spots.toml", "in", "in/again/*.tif", "-o", "out", "--in-process", "--json"],
    );
    assert_eq!(ran.code, 5, "{}", ran.err);
    assert!(ran.err.contains("p_A03f0d0"), "{}", ran.err);
    let report = ran.json();
    assert_eq!(report["failed"], 1);
    let images = report["images"].as_array().unwrap();
    assert_eq!(images.len(), 4);
    let failed: Vec<&Json> = images.iter().filter(|i| i.get("error").is_some()).collect();
    assert!(failed.len() == 1 && failed[0]["image"] == "p_A03f0d0", "{failed:?}");
    assert_eq!(report["steps"][1]["memory"], serde_json::json!({ "host": 3 }));

    // Two images of one name do not share a file; an image without objects has its row.
    let mut written: Vec<&str> =
        images.iter().flat_map(|i| i["outputs"].as_array().unwrap()).map(|p| p.as_str().unwrap()).collect();
    written.sort_unstable();
    assert_eq!(written.len(), 3);
    written.dedup();
    assert_eq!(written.len(), 3);
    for path in written {
        assert_eq!(read_volume(&dir.join(path)).dtype().name(), "uint32");
    }
    let csv = std::fs::read_to_string(dir.join("out/spots.csv")).unwrap();
    let mut lines = csv.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert_eq!(header[..6], ["image", "plate", "well", "field", "channel", "acquisition"]);
    let rows: Vec<Vec<&str>> = lines.map(|l| l.split(',').collect()).collect();
    let of = |image: &str| rows.iter().filter(|r| r[0] == image).collect::<Vec<_>>();
    // The folder in the folder has the same wells once more.
    for (image, acquisition) in [("p_m1_A01_f0", "1"), ("p_m2_A01_f0", "2")] {
        let rows = of(image);
        assert!(rows.len() == 4 && rows[0][1..6] == ["p", "A01", "0", "0", acquisition], "{csv}");
    }
    let empty = of("p_A02f0d0");
    assert_eq!(empty.len(), 1, "{csv}");
    assert!(empty[0][6..].iter().all(|cell| cell.is_empty()), "{csv}");
    assert!(of("p_A03f0d0").is_empty());

    // Workers give the same files, and fail the same image.
    for channel in ["native", "portable"] {
        let workers = ["--workers", "2", "--channel", channel];
        let run = ["run", "spots.toml", "in", "in/again/*.tif", "-o", channel];
        let ran = rotifer_in(dir, &[&run[..], &workers].concat());
        assert_eq!(ran.code, 5, "{}", ran.err);
        assert!(
            ran.out.contains("1 of 4 images failed") && ran.err.contains("p_A03f0d0"),
            "{}\n{}",
            ran.out,
            ran.err
        );
        for file in ["spots.csv", "p_m1_A01_f0/blobs.tif", "p_A02f0d0/blobs.tif", "p_m2_A01_f0/blobs.tif"] {
            let read = |out: &str| std::fs::read(dir.join(out).join(file)).unwrap();
            assert!(read("out") == read(channel), "{channel}: {file}");
        }
    }

    let text =
        rotifer_in(dir, &["run", "spots.toml", "in/again", "-o", "out2", "--in-process", "--on", "cpu"]);
    assert_eq!(text.code, 0, "{}", text.err);
    assert!(text.out.contains("connected_components") && text.out.contains("out2/spots.csv"), "{}", text.out);
    assert!(text.err.contains("[1/1] p_A01f0d0: 2 objects"), "{}", text.err);
    assert_eq!(rotifer_in(dir, &["run", "spots.toml", "nowhere", "-o", "out3", "--in-process"]).code, 4);
    assert_eq!(rotifer_in(dir, &["run", "spots.toml", "in"]).code, 2);
}

/// A compiled pipeline is the same pipeline wherever one is taken, and a damaged one is refused.
#[test]
fn compiled_pipelines_are_pipelines() {
    use rotifer::document::{Form, pipeline};
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut converted = 0;
    for file in std::fs::read_dir(examples).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        let path = path.to_str().unwrap();
        for (from, to) in [(path, "p.rotifer"), ("p.rotifer", "p.json"), ("p.json", "q.rotifer")] {
            let ran = rotifer_in(dir, &["convert", from, "-o", to]);
            assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
        }
        let read = |file: &str| std::fs::read(dir.join(file)).unwrap();
        assert_eq!(read("p.rotifer"), read("q.rotifer"));
        let before = pipeline(&std::fs::read_to_string(path).unwrap(), Form::Toml).unwrap().0;
        let printed = rotifer_in(dir, &["convert", "p.rotifer"]);
        assert_eq!(pipeline(&printed.out, Form::Toml).unwrap().0, before);
        assert_eq!(
            pipeline(&rotifer_in(dir, &["convert", path, "--json"]).out, Form::Json).unwrap().0,
            before
        );
        assert_eq!(rotifer_in(dir, &["convert", "p.rotifer", "-o", "p.rs"]).code, 0);
        assert_eq!(String::from_utf8(read("p.rs")).unwrap(), rotifer::code::write(&before));
        converted += 1;
    }
    assert!(converted > 0);

    std::fs::write(dir.join("spots.toml"), SPOTS).unwrap();
    small_image(&dir.join("a.tif"));
    assert_eq!(rotifer_in(dir, &["convert", "spots.toml", "-o", "spots.rotifer"]).code, 0);
    assert_eq!(rotifer_in(dir, &["check", "spots.rotifer", "a.tif"]).code, 0);
    let of = |args: &[&str]| {
        ["spots.toml", "spots.rotifer"].map(|file| {
            let ran = rotifer_in(dir, &[&args[..1], &[file], &args[1..]].concat());
            assert_eq!(ran.code, 0, "{}", ran.err);
            ran.out
        })
    };
    let [text, compiled] = of(&["plan", "a.tif", "--on", "cpu"]);
    assert!(text == compiled && text.contains("peak_local_max"), "{compiled}");
    let tables = [("spots.toml", "out_t"), ("spots.rotifer", "out_c")].map(|(file, out)| {
        let ran = rotifer_in(dir, &["run", file, "a.tif", "-o", out, "--workers", "1"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        std::fs::read_to_string(dir.join(out).join("spots.csv")).unwrap()
    });
    assert_eq!(tables[0], tables[1]);

    let whole = std::fs::read(dir.join("spots.rotifer")).unwrap();
    for at in (0..whole.len()).step_by(7).chain([whole.len() - 1]) {
        for damaged in [whole[..at].to_vec(), [&whole[..at], &[whole[at] ^ 4], &whole[at + 1..]].concat()] {
            std::fs::write(dir.join("damaged.rotifer"), &damaged).unwrap();
            let ran = rotifer_in(dir, &["check", "damaged.rotifer", "--json"]);
            assert_eq!(ran.code, 3, "byte {at}: {}", ran.out);
            // Without its first bytes it is taken for a text.
            let expected = if damaged.starts_with(b"RTFR") { "wire" } else { "syntax" };
            let code = &ran.json()["errors"][0]["code"];
            assert!(code == expected || code == "file", "byte {at}: {}", ran.out);
        }
    }

    let ran = rotifer_in(dir, &["convert", "spots.toml", "-o", "spots.yaml"]);
    assert!(ran.code == 2 && ran.err.contains("spots.yaml") && ran.err.contains(".rotifer"), "{}", ran.err);
    assert!(!dir.join("spots.yaml").exists());

    // A pipeline that does not run here is not stamped as if it did; one that was compiled for other functions can still be read.
    std::fs::write(dir.join("wrong.toml"), "[[steps]]\nop = \"gausian_filter\"\n").unwrap();
    let ran = rotifer_in(dir, &["convert", "wrong.toml", "-o", "wrong.rotifer"]);
    assert!(ran.code == 3 && ran.err.contains("wrong.toml:2: "), "{}", ran.err);
    assert!(!dir.join("wrong.rotifer").exists());
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/wire-1/pipeline.rotifer");
    let ran = rotifer_in(dir, &["check", golden]);
    assert!(ran.code == 3 && ran.err.contains("not/here"), "{}", ran.err);
    let ran = rotifer_in(dir, &["convert", golden]);
    assert!(ran.code == 0 && ran.out.contains("op = \"not/here\""), "{}", ran.err);
}

/// A file system is full for one image: that one is named, the others finish, and no part of a file is left.
#[cfg(unix)]
#[test]
fn a_full_disk_fails_the_image_that_does_not_fit() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    std::fs::write(dir.join("p.toml"), "[[steps]]\nop = \"gaussian_filter\"\nas = \"out\"\nsave = true\n")
        .unwrap();
    std::fs::create_dir(dir.join("in")).unwrap();
    // Noise, since files are compressed.
    let noise = |i: u32| (i.wrapping_mul(2654435761) >> 13) as u16;
    for (name, side) in [("a", 16), ("b", 700), ("c", 16)] {
        let pixels: Vec<u16> = (0..(side * side) as u32).map(noise).collect();
        write_u16(&dir.join(format!("in/{name}.tif")), [side, side], &pixels);
    }
    for how in ["--workers=2", "--in-process"] {
        // No more than 128 or 256 KiB in a file, by what the shell takes for a block; the signal that would say so
        // gives an error instead, as a full disk does.
        let line = format!(
            "trap '' XFSZ; ulimit -f 256; exec '{}' run p.toml in -o out --on cpu {how}",
            env!("CARGO_BIN_EXE_rotifer")
        );
        let ran = Command::new("sh").args(["-c", &line]).current_dir(dir).output().unwrap();
        let err = String::from_utf8_lossy(&ran.stderr);
        let said = err.lines().filter(|line| line.contains("failed")).collect::<Vec<_>>();
        assert_eq!(ran.status.code(), Some(5), "{err}");
        assert!(said.len() == 1 && said[0].contains("b: failed") && said[0].contains("out.tif"), "{err}");
        let mut left: Vec<String> = walk(&dir.join("out"));
        left.sort();
        left.retain(|name| !name.starts_with(".rotifer"));
        assert_eq!(left, ["a/out.tif", "c/out.tif", "images.csv"]);
        std::fs::remove_dir_all(dir.join("out")).unwrap();
    }
}

/// Files below a folder.
fn walk(folder: &Path) -> Vec<String> {
    fn below(folder: &Path, at: &str, all: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{at}{}", entry.file_name().to_string_lossy());
            match entry.file_type().unwrap().is_dir() {
                true => below(&entry.path(), &format!("{name}/"), all),
                false => all.push(name),
            }
        }
    }
    let mut all = Vec::new();
    below(folder, "", &mut all);
    all
}

/// Unfinished files of a run that was killed are gone after the next; those of a run that lives are not.
#[test]
fn a_run_removes_what_a_killed_one_left() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    std::fs::write(dir.join("spots.toml"), SPOTS).unwrap();
    small_image(&dir.join("a.tif"));
    std::fs::create_dir_all(dir.join("out/a")).unwrap();
    let left = ["out/.spots.csv.12.1.aB3xY9.part", "out/a/.blobs.tif.12.1.aB3xY9.part"];
    let others = ["out/.notes.part", "out/spots.csv.12.1.aB3xY9.part", "out/.spots.csv.12.1.aB3xY9"];
    for name in left.iter().chain(&others) {
        std::fs::write(dir.join(name), "half").unwrap();
    }
    let path = dir.join("out/a/writing");
    rotifer::io::write_atomic(&path, |_| {
        let ran = rotifer_in(dir, &["run", "spots.toml", "a.tif", "-o", "out", "--workers", "1"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        Ok::<(), std::io::Error>(())
    })
    .unwrap();
    assert!(path.exists() && others.iter().all(|name| dir.join(name).exists()));
    assert!(!left.iter().any(|name| dir.join(name).exists()));
}

/// In 2-D, or in 3-D where a function has no 2-D.
#[test]
fn every_function_can_be_timed() {
    let sizes = ["48x64", "12x48x64"].map(|text| Size::parse(text).unwrap());
    let mut failures = Vec::new();
    for entry in rotifer::registry::entries() {
        let args = bench::usual_args(entry);
        let run = |size: &Size| {
            let inputs = bench::inputs(entry, *size, Dtype::U16)?;
            apply(entry, &args, &inputs, &Options { on: On::Cpu, ..Options::default() })
        };
        let results: Vec<_> = sizes.iter().map(run).collect();
        if results.iter().all(Result::is_err) {
            failures.extend(results[0].as_ref().err().map(|e| format!("{}: {e}", entry.spec.id)));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    // An image of the bench has a pixel size.
    let dir = tempfile::tempdir().unwrap();
    let ran =
        rotifer_in(dir.path(), &["bench", "make_isotropic", "--size", "48x64", "--dtype", "u16", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.json()["results"][0]["size"], "48x64");
}

#[test]
fn bench_times_what_it_is_asked_to() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let first = rotifer_in(
        dir,
        &["bench", "clip", "subtract", "--size", "64x96", "--dtype", "u8", "--minimum", "3", "--json"],
    );
    assert_eq!(first.code, 0, "{}", first.err);
    let rows = first.json()["results"].clone();
    assert_eq!((&rows[0]["op"], &rows[0]["args"]), (&"clip".into(), &"minimum=3".into()));
    assert_eq!(
        (&rows[1]["op"], &rows[1]["size"], &rows[1]["dtype"]),
        (&"subtract".into(), &"64x96".into(), &"uint8".into())
    );
    // uint8 in and out.
    assert_eq!(rows[0]["bytes"], 2 * 64 * 96);
    assert!(rows[0]["min_ms"].as_f64() <= rows[0]["median_ms"].as_f64());
    std::fs::write(dir.join("before.json"), &first.out).unwrap();
    let second = [
        "bench",
        "clip",
        "--size",
        "64x96",
        "--dtype",
        "u8",
        "--minimum",
        "3",
        "--compare",
        "before.json",
        "--json",
    ];
    let second = rotifer_in(dir, &second);
    assert!(
        second.json()["results"][0]["time_over_before"].as_f64().is_some_and(|r| r > 0.0),
        "{}",
        second.out
    );
    small_image(&dir.join("a.tif"));
    let given = rotifer_in(dir, &["bench", "clip", "--input", "a.tif", "--threads", "1"]);
    assert!(given.code == 0 && given.out.contains("4x6 uint16"), "{}{}", given.out, given.err);
    assert_eq!(rotifer_in(dir, &["bench", "clip", "--size", "12"]).code, 2);
    assert_eq!(rotifer_in(dir, &["bench", "clip", "--input", "absent.tif"]).code, 4);
}

#[test]
fn further_outputs_go_beside_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    small_image(&dir.join("a.tif"));
    let ran = rotifer_in(
        dir,
        &[
            "apply",
            "peak_local_max",
            "a.tif",
            "-o",
            "peaks.csv",
            "--threshold-abs",
            "30000",
            "--exclude_border",
            "0",
        ],
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    let csv = std::fs::read_to_string(dir.join("peaks.csv")).unwrap();
    let markers = read_volume(&dir.join("peaks.markers.tif"));
    let marked = markers.as_slice::<u32>().unwrap().iter().filter(|m| **m > 0).count();
    assert!(marked > 0 && csv.lines().count() == marked + 1, "{csv}");
}

#[test]
fn a_missing_gpu_is_said_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    small_image(&dir.join("a.tif"));
    std::fs::write(dir.join("spots.toml"), SPOTS).unwrap();
    for args in [&["run", "spots.toml", "a.tif", "-o", "out"][..], &["apply", "clip", "a.tif", "-o", "b.tif"]]
    {
        let done = Command::new(env!("CARGO_BIN_EXE_rotifer"))
            .args(args)
            .args(["--on", "gpu"])
            .current_dir(dir)
            // No driver for the Vulkan loader to find.
            .envs([("VK_DRIVER_FILES", "/nonexistent"), ("VK_ICD_FILENAMES", "/nonexistent")])
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.code() == Some(2) && err.contains("no GPU adapter was found"), "{err}");
    }
    assert!(!dir.join("out").exists());
}

#[test]
fn a_list_is_there_in_no_time() {
    let time = |_| {
        let start = std::time::Instant::now();
        assert_eq!(rotifer(&["list"]).code, 0);
        start.elapsed()
    };
    // The best of a few: other programs run on this machine, too.
    let best = (0..10).map(time).min().unwrap();
    assert!(best < std::time::Duration::from_millis(50), "{best:?}");
}

/// The README's first command, whole.
#[test]
fn the_demo_finds_the_nuclei() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let left = dir.join("demo/plate/.sample_A01f0d0.tif.12.1.aB3xY9.part");
    std::fs::create_dir_all(dir.join("demo/plate")).unwrap();
    std::fs::write(&left, "what a killed demo left").unwrap();
    let ran = rotifer_in(dir, &["demo", "--on", "cpu", "--json"]);
    assert!(!left.exists());
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let report = ran.json();
    let all = &report["truth"]["all"];
    assert!(all["f1"].as_f64().unwrap() >= 0.9, "{all}");
    assert_eq!(report["run"]["images"].as_array().map(Vec::len), Some(8));
    let csv = std::fs::read_to_string(dir.join("demo/results/cells.csv")).unwrap();
    let rows: Vec<Vec<&str>> = csv.lines().map(|l| l.split(',').collect()).collect();
    assert_eq!(rows[0][..6], ["image", "plate", "well", "field", "channel", "label"]);
    assert_eq!(rows.len() - 1, all["found"].as_u64().unwrap() as usize);
    assert_eq!(rows[1][..6], ["sample_A01_f0", "sample", "A01", "0", "0", "1"]);
    for image in report["run"]["images"].as_array().unwrap() {
        let overlay = dir.join("demo/results").join(image["image"].as_str().unwrap()).join("overlay.png");
        assert_eq!(rotifer::io::read(&overlay).unwrap().c(), 3);
    }
}
