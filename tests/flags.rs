//! Flags: images that are marked by their numbers, and left out from there on.

use rotifer::document::{Form, checked};
use rotifer::execute::{On, Options, run};
use rotifer::io;
use rotifer::registry::*;
use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

fn image(value: impl Fn(usize) -> u16) -> Image {
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::U16, shape: [1, 4, 6], ndim: 2, spacing: None };
    Volume::from_vec(&meta, (0..24).map(value).collect::<Vec<u16>>()).unwrap().into()
}

/// Marks images whose mean is below 10, or that have no spread; the mask of the rest is saved.
const MARKS: &str = r#"
[[steps]]
op = "mean_of_all_pixels"
as = "m"

[[steps]]
op = "image_quality_metrics"
from = "input"
as = "quality"
save = true

[[steps]]
op = "flag"
as = "dim"
where = "m < 10"

[[steps]]
op = "flag"
as = "flat"
where = "quality.std_intensity == 0 or dim.flag == 1 and m.mean < 2"
skip = true

[[steps]]
op = "greater"
from = "input"
value = "= m"
as = "bright"
save = true
"#;

fn host() -> Options {
    Options { on: On::Cpu, ..Options::default() }
}

#[test]
fn a_flag_is_a_number_and_ends_the_steps() {
    let (pipeline, _) = checked(MARKS, Form::Toml).map_err(|e| e[0].to_string()).unwrap();
    let kept = |image: &Image| {
        let outcome = run(&pipeline, image, &host()).unwrap();
        let names: Vec<String> = outcome.outputs.into_iter().map(|(name, _)| name).collect();
        (names, outcome.report.skipped)
    };
    assert_eq!(kept(&image(|i| i as u16 * 3)), (vec!["quality".into(), "bright".into()], None));
    let (names, why) = kept(&image(|_| 40));
    assert_eq!(names, ["quality"]);
    assert_eq!(why.unwrap(), "flat: quality.std_intensity == 0 or dim.flag == 1 and m.mean < 2");
    // The other half of the condition: mean 0.5, not flat.
    assert_eq!(kept(&image(|i| (i % 2) as u16)).0, ["quality"]);
    // Below 10, but not below 2: marked, and not left out.
    assert_eq!(kept(&image(|i| (i % 8) as u16)).0, ["quality", "bright"]);
}

#[test]
fn mistakes_are_found_before_the_run() {
    let wrong = |from: &str, to: &str| {
        assert!(MARKS.contains(from), "{from}");
        checked(&MARKS.replacen(from, to, 1), Form::Toml).map(|_| ()).unwrap_err().remove(0)
    };
    let error = wrong("\"m < 10\"", "\"mm < 10\"");
    assert_eq!(
        (error.code, error.argument.as_deref(), error.line),
        (Code::UnknownInput, Some("where"), Some(15))
    );
    assert!(error.help.unwrap().contains('m'));
    assert_eq!(wrong("\"m < 10\"", "\"m <\"").code, Code::Syntax);
    assert_eq!(wrong("as = \"dim\"", "as = \"dim\"\nfrom = \"m\"").code, Code::InputCount);
    // Columns are known when the table is there; a wrong one is that image's error.
    let text = MARKS.replace("quality.std_intensity", "quality.std_intensty");
    let (pipeline, _) = checked(&text, Form::Toml).map_err(|e| e[0].to_string()).unwrap();
    let error = run(&pipeline, &image(|i| i as u16), &host()).unwrap_err();
    assert_eq!((error.code, error.argument.as_deref()), (Code::Table, Some("where")));
    assert!(error.help.unwrap().contains("std_intensity"));
}

/// Numbers of channels and times: one that is marked ends the image; a table has to have one row.
#[test]
fn frames_and_rows() {
    let volumes = |values: [u16; 2]| {
        let each = values.map(|v| image(|i| v + (i % 2) as u16).into_volumes().remove(0));
        Image::new(each.to_vec(), None, Some(2)).unwrap()
    };
    let text = MARKS.replace("dim.flag == 1 and m.mean < 2", "m.mean < 2");
    let (pipeline, _) = checked(&text, Form::Toml).map_err(|e| e[0].to_string()).unwrap();
    assert_eq!(run(&pipeline, &volumes([20, 30]), &host()).unwrap().report.skipped, None);
    assert!(run(&pipeline, &volumes([20, 1]), &host()).unwrap().report.skipped.is_some());
    let rows = r#"
[[steps]]
op = "connected_components"
from = "input"
as = "objects"

[[steps]]
op = "regionprops_table"
properties = "area"
as = "cells"
save = true

[[steps]]
op = "flag"
where = "cells.area < 3"
"#;
    let (pipeline, _) = checked(rows, Form::Toml).map_err(|e| e[0].to_string()).unwrap();
    let labels = |image: Image| run(&pipeline, &image, &Options { labels: true, ..host() });
    // One object; none, which is no mark; and two.
    labels(image(|i| (i < 2) as u16)).unwrap();
    labels(image(|_| 0)).unwrap();
    let error = labels(image(|i| (i == 0 || i == 20) as u16)).unwrap_err();
    assert!(
        error.message.contains("2 rows") && error.help.unwrap().contains("group_rows"),
        "{}",
        error.message
    );
}

/// Each axis of a shift by its own number of a table: what `phase_cross_correlation` finds is taken back.
#[test]
fn a_shift_table_moves_the_image() {
    let text = r#"
[[steps]]
op = "phase_cross_correlation"
from = ["input[c=0]", "input[c=1]"]
as = "drift"

[[steps]]
op = "translate"
from = "input[c=1]"
shift = ["= 'drift.shift-0'", "= 'drift.shift-1'"]
edge = "wrap"
"#;
    let meta =
        VolumeMeta { kind: Kind::Image, dtype: Dtype::U16, shape: [1, 16, 16], ndim: 2, spacing: None };
    let fixed: Vec<u16> = (0..256).map(|i| (i * i * 31 % 251) as u16).collect();
    let moved: Vec<u16> = (0..256).map(|i| fixed[(i / 16 + 13) % 16 * 16 + (i % 16 + 2) % 16]).collect();
    let both = [fixed.clone(), moved].map(|pixels| Volume::from_vec(&meta, pixels).unwrap());
    let image = Image::new(both.to_vec(), None, Some(2)).unwrap();
    let (pipeline, _) = checked(text, Form::Toml).map_err(|e| e[0].to_string()).unwrap();
    let outcome = run(&pipeline, &image, &host()).unwrap();
    let Datum::Volume(back) = outcome.outputs[0].1.at(0, 0) else { panic!("no image") };
    assert_eq!(back.f32s().iter().map(|v| v.round() as u16).collect::<Vec<_>>(), fixed);
}

fn rows(path: &Path) -> Vec<HashMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let heads = reader.headers().unwrap().clone();
    let row = |r: csv::StringRecord| heads.iter().zip(r.iter()).map(|(a, b)| (a.into(), b.into())).collect();
    reader.records().map(|r| row(r.unwrap())).collect()
}

#[test]
fn the_table_of_images_tells_why() {
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name);
    std::fs::write(path("p.toml"), MARKS).unwrap();
    std::fs::create_dir(path("in")).unwrap();
    for (name, image) in
        [("a.tif", image(|i| i as u16 * 3)), ("b.tif", image(|_| 40)), ("c.tif", image(|i| (i % 8) as u16))]
    {
        io::write_image(&path("in").join(name), &image).unwrap();
    }
    let run = |more: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_rotifer"))
            .args([
                "run".as_ref(),
                path("p.toml").as_os_str(),
                path("in").as_os_str(),
                "-o".as_ref(),
                path("out").as_os_str(),
            ])
            .args(["--workers", "2", "--json"])
            .args(more)
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice::<serde_json::Value>(&out.stdout).unwrap()
    };
    let told = run(&[]);
    assert_eq!(told["done"], 3);
    assert_eq!(told["images"][1]["status"], "skipped");
    assert!(told["images"][1]["skipped"].as_str().unwrap().starts_with("flat: "));
    let check = || {
        let images = rows(&path("out/images.csv"));
        let column = |name: &str| images.iter().map(|r| r[name].clone()).collect::<Vec<_>>();
        assert_eq!(column("status"), ["done", "skipped", "done"]);
        assert_eq!(column("dim"), ["0", "0", "1"]);
        assert_eq!(column("flat"), ["0", "1", "0"]);
        assert!(column("error")[1].starts_with("flat: quality.std_intensity == 0"), "{:?}", column("error"));
        assert_eq!(column("error")[0], "");
        assert_eq!(rows(&path("out/quality.csv")).len(), 3);
        assert!(path("out/a/bright.tif").is_file() && !path("out/b/bright.tif").exists());
    };
    check();
    let again = run(&["--resume"]);
    assert_eq!(again["resumed"], 3);
    assert_eq!(again["images"][1]["status"], "skipped");
    check();
}
