//! `rotifer run --each`: combinations of values, each in its folder, and their joint table.

use rotifer::io;
use rotifer::registry::{Dtype, Kind, Volume, VolumeMeta};
use std::path::Path;
use std::process::{Command, Output};

const PIPELINE: &str = r#"
[[steps]]
op = "greater"
value = 5
as = "bright"
save = true

[[steps]]
op = "sum_of_all_pixels"
as = "n"
"#;

fn run(place: &Path, each: &[&str], more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rotifer"));
    command.current_dir(place).args(["run", "p.toml", "in", "-o", "out", "--in-process"]);
    each.iter().for_each(|text| _ = command.args(["--each", text]));
    command.args(more).output().expect("starts")
}

fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("p.toml"), PIPELINE).unwrap();
    std::fs::create_dir(place.path().join("in")).unwrap();
    for (name, offset) in [("a.tif", 0), ("b.tif", 10)] {
        let meta =
            VolumeMeta { kind: Kind::Image, dtype: Dtype::U16, shape: [1, 4, 5], ndim: 2, spacing: None };
        let pixels = (0..20).map(|i| i + offset).collect::<Vec<u16>>();
        io::write_image(
            &place.path().join("in").join(name),
            &Volume::from_vec(&meta, pixels).unwrap().into(),
        )
        .unwrap();
    }
    place
}

#[test]
fn every_combination_has_its_folder_and_rows() {
    let place = place();
    let out = run(place.path(), &["bright.value=3,12.5", "sum_of_all_pixels.dtype=1"], &[]);
    assert!(!out.status.success(), "dtype is no argument");
    let out = run(place.path(), &["bright.value=3,12.5"], &[]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let out = place.path().join("out");
    assert!(out.join("bright.value=12.5/b/bright.tif").is_file());
    let mut table = csv::Reader::from_path(out.join("images.csv")).unwrap();
    let heads = table.headers().unwrap().clone();
    let at = |name: &str| heads.iter().position(|h| h == name).unwrap();
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    let found: Vec<[&str; 4]> =
        rows.iter().map(|r| [&r[0], &r[at("image")], &r[at("n")], &r[at("status")]]).collect();
    // Of 0 to 19 there are 16 above 3 and 7 above 12.5; of 10 to 29 all 20, and 17.
    let expected = [
        ["3", "a", "16", "done"],
        ["3", "b", "20", "done"],
        ["12.5", "a", "7", "done"],
        ["12.5", "b", "17", "done"],
    ];
    assert_eq!((&heads[0], found), ("bright.value", expected.to_vec()));
    let again = run(place.path(), &["bright.value=3,12.5"], &["--resume"]);
    assert!(again.status.success());
}

#[test]
fn mistakes_are_found_before_any_work() {
    let place = place();
    for (each, code, words) in [
        ("brigt.value=3", 2, "bright"),
        ("bright.valu=3", 2, "value"),
        ("bright.value", 2, "STEP.ARGUMENT"),
        ("bright.value=3,high", 3, "number"),
    ] {
        let out = run(place.path(), &[each], &[]);
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(code), "{each}: {text}");
        assert!(text.contains(words), "{each}: {text}");
        assert!(!place.path().join("out").exists(), "{each}");
    }
}
