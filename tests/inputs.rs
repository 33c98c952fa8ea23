//! Named inputs, and values of groups of images, beside the image that a pipeline is run on.

use rotifer::execute::{Options, run};
use rotifer::io;
use rotifer::registry::pipeline::check;
use rotifer::registry::{
    Datum, Dtype, DtypeRequest, Image, Kind, Over, Pipeline, Step, Values, Volume, VolumeMeta,
};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

fn rotifer(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rotifer")).args(arguments).output().expect("starts")
}

fn right(arguments: &[&str]) -> String {
    let out = rotifer(arguments);
    assert!(out.status.success(), "{arguments:?}\n{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

fn wrong(arguments: &[&str]) -> (Option<i32>, String) {
    let out = rotifer(arguments);
    assert!(!out.status.success(), "{arguments:?}");
    (out.status.code(), String::from_utf8_lossy(&out.stderr).into_owned())
}

fn image(value: impl Fn(usize) -> u16) -> Image {
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::U16, shape: [1, 6, 8], ndim: 2, spacing: None };
    Volume::from_vec(&meta, (0..48).map(value).collect::<Vec<u16>>()).expect("a volume").into()
}

fn floats(path: &Path) -> Vec<f32> {
    let image = io::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    image.volumes().iter().flat_map(|v| v.f32s().into_owned()).collect()
}

/// A folder with these images and a pipeline.
struct Place(TempDir);

impl Place {
    fn new(pipeline: &str, images: &[(&str, Image)]) -> Place {
        let place = Place(tempfile::tempdir().expect("a folder"));
        std::fs::write(place.path("p.toml"), pipeline).expect("written");
        for (name, image) in images {
            io::write_image(&place.path(name), image).expect("written");
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().expect("text").into()
    }
}

const FLAT: &str = r#"
[inputs]
image = {}
flat = { file = "flat.tif" }

[[steps]]
op = "subtract"
from = ["image", "flat"]
as = "less"
save = true
"#;

/// 72: one file for all images, beside the pipeline; another in its place; one for each image, by its site.
#[test]
fn a_pipeline_names_its_inputs() {
    let images: Vec<(String, Image)> = ["A01", "B12"]
        .iter()
        .zip([100, 200])
        .flat_map(|(well, base)| {
            [(format!("in/P1_{well}_s1.tif"), base), (format!("dark/{well}_001.tif"), base / 10)]
        })
        .map(|(name, base)| (name, image(|i| base + i as u16)))
        .collect();
    let mut images: Vec<(&str, Image)> = images.iter().map(|(n, i)| (n.as_str(), i.clone())).collect();
    images.extend([("flat.tif", image(|i| i as u16)), ("other.tif", image(|_| 1))]);
    let place = Place::new(FLAT, &images);
    let (pipeline, folder) = (place.text("p.toml"), place.text("in"));
    let run = |out: &str, more: &[&str]| {
        let out = place.text(out);
        right(&[&["run", &pipeline, &folder, "-o", &out, "--workers", "2"], more].concat());
    };
    let less = |out: &str, well: &str| floats(&place.path(out).join(format!("P1_{well}_s1/less.tif")));
    run("one", &[]);
    assert_eq!(less("one", "A01"), vec![100.0; 48]);
    assert_eq!(less("one", "B12"), vec![200.0; 48]);
    run("other", &["--input", &format!("flat={}", place.text("other.tif"))]);
    assert_eq!(less("other", "A01"), (0..48).map(|i| 99.0 + i as f32).collect::<Vec<_>>());
    let each = format!("flat={}/{{well}}_{{field:003}}.tif", place.text("dark"));
    run("each", &["--input", &each]);
    assert_eq!(less("each", "A01"), vec![90.0; 48]);
    assert_eq!(less("each", "B12"), vec![180.0; 48]);
    assert!(right(&["plan", &pipeline, &folder, "--input", &each]).contains("subtract"));

    // A missing file is named before any work; so are names that the pipeline does not have.
    std::fs::remove_file(place.path("dark/B12_001.tif")).expect("removed");
    let out = place.text("none");
    let (code, error) = wrong(&["run", &pipeline, &folder, "-o", &out, "--input", &each]);
    assert_eq!(code, Some(4), "{error}");
    assert!(error.contains("B12_001.tif") && error.contains("`flat`"), "{error}");
    let (_, error) = wrong(&["run", &pipeline, &folder, "-o", &out, "--input", "flatt=x.tif"]);
    assert!(error.contains("`flatt`") && error.contains("did you mean flat?"), "{error}");
    let (_, error) = wrong(&["run", &pipeline, &folder, "-o", &out, "--input", "flat={wel}.tif"]);
    assert!(error.contains("{well}") && error.contains("no such field"), "{error}");
    assert!(!place.path("none").exists());
    // A file that changed makes its images anew, and no other option does.
    let again = |out: &str| right(&["run", &pipeline, &folder, "-o", &place.text(out), "--resume", "--json"]);
    let resumed =
        |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON")["resumed"].as_u64();
    assert_eq!(resumed(&again("one")), Some(2));
    io::write_image(&place.path("flat.tif"), &image(|_| 7)).expect("written");
    assert_eq!(resumed(&again("one")), Some(0));
    assert_eq!(less("one", "A01")[3], 96.0);
}

/// Labels and tables that others made.
#[test]
fn labels_and_tables_are_inputs() {
    let pipeline = r#"
[inputs]
cells = { pattern = "{folder}/{name}_cells.tif" }
wells = { file = "wells.csv" }

[[steps]]
op = "regionprops_table"
from = ["cells", "input"]
properties = ["area", "intensity_mean"]
as = "t"

[[steps]]
op = "join_tables"
from = ["t", "wells"]
by = "label"
as = "joined"
save = true
"#;
    let images = [
        ("in/a.tif", image(|i| i as u16)),
        (
            "in/a_cells.tif",
            image(|i| {
                if i < 8 {
                    3
                } else if i >= 40 {
                    5
                } else {
                    0
                }
            }),
        ),
    ];
    let place = Place::new(pipeline, &images);
    std::fs::write(place.path("wells.csv"), "label,dose\n3,0.5\n5,2\n").expect("written");
    let out = place.text("out");
    right(&["run", &place.text("p.toml"), &place.text("in/a.tif"), "-o", &out]);
    let table = std::fs::read_to_string(place.path("out/joined.csv")).expect("a table");
    let rows: Vec<&str> = table.lines().collect();
    assert!(rows[0].contains("label") && rows[0].ends_with("dose"), "{table}");
    assert!(rows[1].contains("3,8,3.5,0.5") && rows[2].contains("5,8,43.5,2"), "{table}");
}

const OVER: &str = r#"
[[steps]]
op = "mean_projection"
over = "well"
as = "mean"
save = true

[[steps]]
op = "mean_of_all_pixels"
as = "level"

[[steps]]
op = "subtract"
from = ["input", "mean"]
dtype = "float32"
as = "less"
save = true
"#;

fn plate() -> Place {
    let name = |well: usize, field: usize| format!("in/P1_A0{well}_s{field}.tif");
    let images: Vec<(String, Image)> = (1..=2)
        .flat_map(|well| (1..=3).map(move |field| (well, field)))
        .map(|(well, field)| (name(well, field), image(move |i| (100 * well + 10 * field + i) as u16)))
        .collect();
    Place::new(OVER, &images.iter().map(|(n, i)| (n.as_str(), i.clone())).collect::<Vec<_>>())
}

/// 74: a value of a group serves each image of it, is saved once, and does not depend on the workers.
#[test]
fn a_step_over_a_group_sees_all_its_images() {
    let place = plate();
    let (pipeline, folder) = (place.text("p.toml"), place.text("in"));
    for (out, more) in
        [("one", &["--workers", "1"][..]), ("three", &["--workers", "3"]), ("here", &["--in-process"])]
    {
        right(&[&["run", &pipeline, &folder, "-o", &place.text(out)], more].concat());
        for well in [1, 2] {
            let mean = floats(&place.path(out).join(format!("well_P1_A0{well}/mean.tif")));
            assert_eq!(mean, (0..48).map(|i| (100 * well + 20 + i) as f32).collect::<Vec<_>>());
            for field in 1..=3 {
                let folder = place.path(out).join(format!("P1_A0{well}_s{field}"));
                assert_eq!(floats(&folder.join("less.tif")), vec![10.0 * field as f32 - 20.0; 48]);
                assert!(!folder.join("mean.tif").exists());
            }
        }
        let images = std::fs::read_to_string(place.path(out).join("images.csv")).expect("a table");
        let level = images.lines().next().and_then(|l| l.split(',').position(|n| n == "level"));
        let levels: Vec<&str> = images.lines().skip(1).filter_map(|l| l.split(',').nth(level?)).collect();
        assert_eq!(levels, ["143.5", "143.5", "143.5", "243.5", "243.5", "243.5"], "{images}");
        assert!(!place.path(out).join(".rotifer/over").exists());
    }
    for file in ["images.csv", "well_P1_A01/mean.tif", "P1_A02_s3/less.tif"] {
        let bytes = |out: &str| std::fs::read(place.path(out).join(file)).expect("a file");
        // Seconds differ.
        if file.ends_with(".tif") {
            assert_eq!(bytes("one"), bytes("three"), "{file}");
        }
    }
    // Finished images stay; another image of the group changes what it gives to the others.
    let resume = || {
        let text = right(&["run", &pipeline, &folder, "-o", &place.text("one"), "--resume", "--json"]);
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON")["resumed"].as_u64()
    };
    assert_eq!(resume(), Some(6));
    io::write_image(&place.path("in/P1_A02_s3.tif"), &image(|_| 0)).expect("written");
    assert_eq!(resume(), Some(3));
    assert_eq!(floats(&place.path("one/well_P1_A02/mean.tif"))[0], (210.0 + 220.0) / 3.0);
}

/// 74: a group by a column of the site table, or by what names tell.
#[test]
fn a_step_over_a_column_of_the_site_table_groups_by_its_values() {
    let place = plate();
    std::fs::write(place.path("p.toml"), OVER.replace("\"well\"", "\"treatment\"")).expect("written");
    // Both wells have images of either treatment; one image has none.
    let treatment = |well: usize, field: usize| ["drug A", "control", ""][(well + field) % 3];
    let rows = (1..=2).flat_map(|well| (1..=3).map(move |field| (well, field)));
    let rows = rows.map(|(well, field)| {
        format!("P1,A0{well},{field},in/P1_A0{well}_s{field}.tif,{}\n", treatment(well, field))
    });
    let table = format!("plate,well,field,path,treatment\n{}", rows.collect::<String>());
    std::fs::write(place.path("sites.csv"), &table).expect("written");
    let (pipeline, sites) = (place.text("p.toml"), place.text("sites.csv"));
    right(&["check", &pipeline, "--sites", &sites]);
    for (out, workers) in [("one", "1"), ("three", "3")] {
        right(&["run", &pipeline, "--sites", &sites, "-o", &place.text(out), "--workers", workers]);
        // Pixel i of field f in well w is 100 w + 10 f + i.
        for group in ["treatment_drug A", "treatment_control", "treatment"] {
            let found = floats(&place.path(out).join(group).join("mean.tif"));
            let of_group = |well: &usize, field: &usize| match treatment(*well, *field) {
                "" => group == "treatment",
                name => group == format!("treatment_{name}"),
            };
            let members: Vec<f32> = (1..=2)
                .flat_map(|well| (1..=3).map(move |field| (well, field)))
                .filter(|(well, field)| of_group(well, field))
                .map(|(well, field)| (100 * well + 10 * field) as f32)
                .collect();
            assert_eq!(members.len(), 2);
            let mean = members.iter().sum::<f32>() / 2.0;
            assert_eq!(found, (0..48).map(|i| mean + i as f32).collect::<Vec<_>>(), "{group}");
        }
    }
    // A LoadData file of CellProfiler has the column as metadata.
    let load = table.replace(
        "plate,well,field,path,treatment",
        "Metadata_Plate,Metadata_Well,Metadata_Site,FileName_DNA,Metadata_treatment",
    );
    std::fs::write(place.path("load.csv"), load).expect("written");
    right(&[
        "run",
        &pipeline,
        "--sites",
        &place.text("load.csv"),
        "-o",
        &place.text("load"),
        "--workers",
        "2",
    ]);
    assert_eq!(
        floats(&place.path("load/treatment_control/mean.tif")),
        floats(&place.path("one/treatment_control/mean.tif"))
    );
    // The field that file names tell is a column, too.
    std::fs::write(place.path("p.toml"), OVER.replace("\"well\"", "\"field\"")).expect("written");
    right(&["run", &pipeline, &place.text("in"), "-o", &place.text("fields"), "--workers", "2"]);
    assert_eq!(floats(&place.path("fields/field_3/mean.tif"))[0], (130.0 + 230.0) / 2.0);
    // A column that no image has is a mistake of the step, before any work.
    std::fs::write(place.path("p.toml"), OVER.replace("\"well\"", "\"treatmnt\"")).expect("written");
    for command in [&["check"][..], &["run", "-o", &place.text("none")]] {
        let (_, error) = wrong(&[command, &[&pipeline, "--sites", &sites]].concat());
        assert!(error.contains("no image has a value in a column `treatmnt`"), "{error}");
        assert!(error.contains("did you mean treatment?"), "{error}");
    }
    assert!(!place.path("none").exists());
}

/// An image that cannot be read is an error of its group, by name; other groups run.
#[test]
fn a_group_without_one_of_its_images_is_an_error() {
    let place = plate();
    std::fs::write(place.path("in/P1_A02_s2.tif"), b"II*\0damaged").expect("written");
    let out = place.text("out");
    let (code, _) = wrong(&["run", &place.text("p.toml"), &place.text("in"), "-o", &out, "--workers", "2"]);
    assert_eq!(code, Some(5));
    let images = std::fs::read_to_string(place.path("out/images.csv")).expect("a table");
    let of = |name: &str| images.lines().find(|l| l.contains(name)).unwrap_or_default().to_string();
    assert!(of("P1_A01_s1").contains("done"), "{images}");
    assert!(of("P1_A02_s1").contains("failed") && of("P1_A02_s1").contains("P1_A02_s2 failed"), "{images}");
    assert!(place.path("out/well_P1_A01/mean.tif").exists() && !place.path("out/well_P1_A02").exists());
}

/// Time points lie on each other; tables of all times are one, with their `t`.
#[test]
fn a_step_over_time_sees_all_time_points() {
    let steps = vec![
        Step::new("mean_projection").over(Over::Time).named("background"),
        Step::new("subtract")
            .from(&["input", "background"])
            .dtype(DtypeRequest::To(Dtype::F32))
            .named("moving")
            .saved(),
        Step::new("greater").from(&["input"]).arg("value", 40),
        Step::new("connected_components").named("l"),
        Step::new("regionprops_table").from(&["l"]).arg("properties", "area").named("t"),
        Step::new("group_rows").over(Over::Time).arg("by", "t").arg("columns", "area").named("sizes").saved(),
    ];
    let checked = check(&Pipeline::new(steps)).unwrap_or_else(|e| panic!("{}", e[0]));
    let frame = |base: u16| image(move |i| base + i as u16).into_volumes().remove(0);
    let movie = Image::new(vec![frame(0), frame(10), frame(26)], Some(3), None).expect("a movie");
    let outcome = run(&checked, &movie, &Options::default()).unwrap_or_else(|e| panic!("{e}"));
    let (moving, sizes) = (&outcome.outputs[0].1, &outcome.outputs[1].1);
    let first: Vec<f32> = moving
        .items
        .iter()
        .filter_map(|d| match d {
            Datum::Volume(v) => Some(v.f32s()[5]),
            _ => None,
        })
        .collect();
    assert_eq!(first, [-12.0, -2.0, 14.0]);
    assert_eq!((sizes.axes.t, sizes.axes.has_t, sizes.items.len()), (1, false, 1));
    let Datum::Table(table) = &sizes.items[0] else { panic!("a table") };
    assert_eq!(table.column("t"), Some(&Values::Int(vec![0, 1, 2])));
    // Pixels above 40: those from 41, 31 and 15 on.
    assert_eq!(table.column("area_mean").and_then(Values::to_f64), Some(vec![7.0, 17.0, 33.0]));
}

/// One image by itself is all of its group; mistakes are found before any image is read.
#[test]
fn mistakes_of_groups_are_found_by_check() {
    let place = plate();
    let check = |text: &str| {
        std::fs::write(place.path("q.toml"), text).expect("written");
        wrong(&["check", &place.text("q.toml")]).1
    };
    let error = check("[[steps]]\nop = \"mean_projection\"\nover = \"plat\"\nsave = true\n");
    assert!(error.contains("plate, well, channel, all, time") && error.contains("q.toml:3"), "{error}");
    let error =
        check("[[steps]]\nop = \"mean_projection\"\nover = \"plate\"\nslice_by_slice = true\nsave = true\n");
    assert!(error.contains("no single slice"), "{error}");
    let error = check("[inputs]\na = {}\nb = {}\n\n[[steps]]\nop = \"absolute\"\nsave = true\n");
    assert!(error.contains("one input is the image"), "{error}");
    let error = check("[inputs]\nflat = { fil = \"a.tif\" }\n\n[[steps]]\nop = \"absolute\"\nsave = true\n");
    assert!(error.contains("did you mean file?") && error.contains("q.toml:2"), "{error}");
    let plan = right(&["plan", &place.text("p.toml"), &place.text("in/P1_A01_s1.tif")]);
    assert!(plan.contains("mean_projection") && plan.contains("host, over the well"), "{plan}");
    // A step that keeps every image of the group is no step over it.
    std::fs::write(
        place.path("q.toml"),
        "[[steps]]\nop = \"mean_projection\"\naxis = \"x\"\nover = \"plate\"\nsave = true\n",
    )
    .expect("written");
    let (_, error) = wrong(&["plan", &place.text("q.toml"), &place.text("in/P1_A01_s1.tif")]);
    assert!(error.contains("makes one of them"), "{error}");
}
