//! Runs of many images with the real program: what stands on disk, whatever ends a run.

use rotifer::registry::*;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Labels, a table, and numbers of two steps that are not saved.
const PIPELINE: &str = r#"
name = "spots"
[[steps]]
op = "gaussian_filter"
sigma = 2
[[steps]]
op = "threshold_otsu"
as = "bright"
[[steps]]
op = "connected_components"
as = "nuclei"
save = true
[[steps]]
op = "regionprops_table"
from = ["nuclei", "input"]
as = "cells"
save = true
"#;

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn rotifer(dir: &Path, args: &[impl AsRef<OsStr>]) -> Ran {
    with_env(dir, args, &[])
}

fn with_env(dir: &Path, args: &[impl AsRef<OsStr>], env: &[(&str, &str)]) -> Ran {
    let done = command(dir, args).envs(env.iter().copied()).output().unwrap();
    Ran {
        code: done.status.code(),
        out: String::from_utf8_lossy(&done.stdout).into_owned(),
        err: String::from_utf8_lossy(&done.stderr).into_owned(),
    }
}

fn command(dir: &Path, args: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rotifer"));
    command.args(args).current_dir(dir).env_remove("ROTIFER_NUM_THREADS");
    command.env_remove("SLURM_CPUS_PER_TASK").env_remove("OMP_NUM_THREADS");
    command
}

/// A field of `side` pixels with soft spots on noise, another for each seed.
fn field(path: &Path, side: usize, seed: u64) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut pixels: Vec<f32> = (0..side * side).map(|_| 300.0 + (next() % 64) as f32).collect();
    for _ in 0..6 + seed % 5 {
        let (cy, cx, r) =
            ((next() % side as u64) as i64, (next() % side as u64) as i64, 5 + (next() % 4) as i64);
        for (y, x) in (cy - 2 * r..cy + 2 * r).flat_map(|y| (cx - 2 * r..cx + 2 * r).map(move |x| (y, x))) {
            if (0..side as i64).contains(&y) && (0..side as i64).contains(&x) {
                let d = ((y - cy).pow(2) + (x - cx).pow(2)) as f32 / (r * r) as f32;
                pixels[y as usize * side + x as usize] += 2000.0 * (-d).exp();
            }
        }
    }
    let pixels: Vec<u16> = pixels.into_iter().map(|v| v as u16).collect();
    write(path, [side, side], pixels);
}

fn write<T>(path: &Path, [h, w]: [usize; 2], pixels: Vec<T>)
where
    ndarray::Array3<T>: Into<Pixels>,
{
    let array = ndarray::Array3::from_shape_vec((1, h, w), pixels).unwrap();
    rotifer::io::write_image(path, &Volume::new(array, 2, Kind::Image, None).unwrap().into()).unwrap();
}

/// A folder with a pipeline and a plate of two wells.
fn plate(images: usize, side: usize) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("p.toml"), PIPELINE).unwrap();
    std::fs::create_dir(dir.path().join("in")).unwrap();
    for i in 0..images {
        let name = format!("in/p_{}f{i:02}d0.tif", if i % 2 == 0 { "A01" } else { "B02" });
        field(&dir.path().join(name), side, i as u64 + 1);
    }
    dir
}

/// Every file of a folder but what is kept to resume, with its bytes; of `images.csv` all but the seconds.
fn contents(out: &Path) -> BTreeMap<String, Vec<u8>> {
    fn below(folder: &Path, at: &str, all: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = format!("{at}{}", entry.file_name().to_string_lossy());
            if name.starts_with(".rotifer") {
                continue;
            }
            match entry.file_type().unwrap().is_dir() {
                true => below(&entry.path(), &format!("{name}/"), all),
                false => _ = all.insert(name, std::fs::read(entry.path()).unwrap()),
            }
        }
    }
    let mut all = BTreeMap::new();
    below(out, "", &mut all);
    if let Some(bytes) = all.get_mut("images.csv") {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let at = text.lines().next().unwrap().split(',').position(|c| c == "seconds").expect("a column");
        let line = |line: &str| {
            let cells = line.split(',').enumerate().filter(|(i, _)| *i != at).map(|(_, cell)| cell);
            cells.collect::<Vec<_>>().join(",")
        };
        *bytes = text.lines().map(line).collect::<Vec<_>>().join("\n").into_bytes();
    }
    all
}

fn same(a: &Path, b: &Path) {
    let (a, b) = (contents(a), contents(b));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (name, bytes) in &a {
        assert!(b[name] == *bytes, "{name} differs");
    }
}

/// Rows of a table by their columns.
fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let heads = reader.headers().unwrap().clone();
    let row = |row: csv::StringRecord| -> BTreeMap<String, String> {
        heads.iter().map(String::from).zip(row.iter().map(String::from)).collect()
    };
    reader.records().map(|r| row(r.unwrap())).collect()
}

fn events(path: &Path) -> Vec<Json> {
    let text = std::fs::read_to_string(path).unwrap();
    // A process that is killed may leave half a line.
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Images that were finished before the run began.
fn resumed(path: &Path) -> Option<u64> {
    events(path).iter().find(|e| e["event"] == "started").and_then(|e| e["resumed"].as_u64())
}

#[test]
fn a_kill_at_any_moment_loses_nothing_that_is_finished() {
    let dir = plate(24, 220);
    let dir = dir.path();
    let whole = rotifer(dir, &["run", "p.toml", "in", "-o", "whole", "--workers", "2"]);
    assert_eq!(whole.code, Some(0), "{}", whole.err);
    let run = ["run", "p.toml", "in", "-o", "out", "--workers", "2", "--resume", "--events", "events"];
    let (mut before, mut killed, mut midway) = (0, 0, 0);
    for kill in 0..30 {
        let _ = std::fs::remove_file(dir.join("events"));
        let mut child = command(dir, &run).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // From before the first worker is there to after some images, and a moment more.
        let log = dir.join("events");
        let finished =
            || if log.exists() { events(&log).iter().filter(|e| e["event"] == "image").count() } else { 0 };
        while child.try_wait().unwrap().is_none() && finished() < kill % 4 {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(kill as u64 * 11 % 30));
        child.kill().unwrap();
        let ended = child.wait().unwrap().code();
        killed += (ended != Some(0)) as usize;
        if let Some(now) = dir.join("events").exists().then(|| resumed(&dir.join("events"))).flatten() {
            assert!(now >= before, "{before} images were finished, then {now}");
            before = now;
            midway += (0 < now && now < 24) as usize;
        }
        if ended == Some(0) {
            // Begin again, so that there is something to lose.
            std::fs::remove_dir_all(dir.join("out")).unwrap();
            before = 0;
        }
    }
    assert!(killed >= 10 && midway >= 3, "{killed} of 30 runs were killed, {midway} found images finished");
    let last = rotifer(dir, &run);
    assert_eq!(last.code, Some(0), "{}", last.err);
    same(&dir.join("whole"), &dir.join("out"));
    let rows = table(&dir.join("out/images.csv"));
    assert!(rows.len() == 24 && rows.iter().all(|r| r["status"] == "done"));
}

/// Starts a run and gives its events as they come.
fn started(dir: &Path, args: &[&str]) -> (Child, impl Iterator<Item = Json>) {
    let mut child = command(dir, args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, lines.map_while(Result::ok).filter_map(|line| serde_json::from_str(&line).ok()))
}

#[cfg(unix)]
fn signal(child: &Child, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(child.id() as i32).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_run_at_the_edge_of_an_image() {
    use rustix::process::Signal;
    let dir = plate(40, 300);
    let dir = dir.path();
    let whole = rotifer(dir, &["run", "p.toml", "in", "-o", "whole", "--workers", "1"]);
    assert_eq!(whole.code, Some(0), "{}", whole.err);
    for (name, how, sent) in [
        ("i", "--workers=1", Signal::INT),
        ("t", "--workers=2", Signal::TERM),
        ("p", "--in-process", Signal::TERM),
    ] {
        let run = ["run", "p.toml", "in", "-o", name, how, "--events", "-", "--resume"];
        let (mut child, mut told) = started(dir, &run);
        assert!(told.any(|e| e["event"] == "image"));
        signal(&child, sent);
        let finished = told.find(|e| e["event"] == "finished").expect("a run that ends in good order");
        drop(told);
        assert_eq!(child.wait().unwrap().code(), Some(75));
        let (done, not_run) = (finished["done"].as_u64().unwrap(), finished["not_run"].as_u64().unwrap());
        assert!(done > 0 && not_run > 0 && done + not_run == 40, "{finished}");
        let rows = table(&dir.join(name).join("images.csv"));
        let count = |status: &str| rows.iter().filter(|r| r["status"] == status).count() as u64;
        assert_eq!((count("done"), count("not_run")), (done, not_run));
        let cells = table(&dir.join(name).join("cells.csv"));
        let of_done = |r: &BTreeMap<String, String>| {
            rows.iter().any(|row| row["image"] == r["image"] && row["status"] == "done")
        };
        assert!(!cells.is_empty() && cells.iter().all(of_done));
        let refused = rotifer(dir, &["run", "p.toml", "in", "-o", name]);
        assert!(refused.code == Some(2) && refused.err.contains("--resume"), "{}", refused.err);
        let ran = rotifer(dir, &["run", "p.toml", "in", "-o", name, how, "--resume"]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(ran.err.contains(&format!("{done} of 40 images are finished")), "{}", ran.err);
        same(&dir.join("whole"), &dir.join(name));
    }
    // A second signal does not wait for the image.
    let slow = "[[steps]]\nop = \"median_filter\"\nradius = 100\nsave = true\n";
    std::fs::write(dir.join("slow.toml"), slow).unwrap();
    field(&dir.join("large.tif"), 2500, 1);
    let run = ["run", "slow.toml", "large.tif", "-o", "slow", "--in-process", "--on", "cpu", "--events", "-"];
    let (mut child, mut told) = started(dir, &run);
    assert!(told.any(|e| e["event"] == "started"));
    for _ in 0..2 {
        std::thread::sleep(Duration::from_millis(200));
        signal(&child, Signal::INT);
    }
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn what_differs_runs_again_and_nothing_else() {
    let dir = plate(6, 64);
    let dir = dir.path();
    let run = |more: &[&str]| {
        let base = ["run", "p.toml", "in", "-o", "out", "--workers", "1", "--events", "events"];
        let ran = rotifer(dir, &[&base[..], more].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        resumed(&dir.join("events")).expect("a run")
    };
    let image = "in/p_A01f00d0.tif";
    assert_eq!(run(&["--resume"]), 0, "into a folder without a run it is a first run");
    assert_eq!(run(&["--resume"]), 6);
    let first = contents(&dir.join("out"));
    // Another file, an output that is gone, one that is cut off, a table that is gone.
    field(&dir.join(image), 64, 99);
    assert_eq!(run(&["--resume"]), 5);
    assert!(contents(&dir.join("out"))["cells.csv"] != first["cells.csv"]);
    field(&dir.join(image), 64, 1);
    assert_eq!(run(&["--resume"]), 5);
    std::fs::remove_file(dir.join("out/p_A01f00d0/nuclei.tif")).unwrap();
    assert_eq!(run(&["--resume"]), 5);
    std::fs::write(dir.join("out/p_A01f00d0/nuclei.tif"), "half").unwrap();
    assert_eq!(run(&["--resume"]), 5);
    std::fs::remove_file(dir.join("out/cells.csv")).unwrap();
    assert_eq!(run(&["--resume"]), 6);
    assert!(contents(&dir.join("out")) == first);
    // Options and arguments.
    assert_eq!(run(&["--resume", "--spacing", "0.5"]), 0);
    assert_eq!(run(&["--resume", "--spacing", "0.5"]), 6);
    assert_eq!(run(&["--resume"]), 0, "the spacing is another");
    std::fs::write(dir.join("p.toml"), PIPELINE.replace("sigma = 2", "sigma = 3")).unwrap();
    assert_eq!(run(&["--resume"]), 0);
    // Outputs of another pipeline take the place of those that the one before gave.
    std::fs::write(dir.join("p.toml"), PIPELINE.replace("nuclei", "seeds").replace("cells", "rows")).unwrap();
    assert_eq!(run(&["--resume"]), 0);
    let names: Vec<String> = contents(&dir.join("out")).into_keys().collect();
    assert!(
        names.contains(&"rows.csv".into()) && names.contains(&"p_A01f00d0/seeds.tif".into()),
        "{names:?}"
    );
    assert!(!names.iter().any(|n| n.contains("nuclei") || n.contains("cells")), "{names:?}");
    std::fs::write(dir.join("p.toml"), PIPELINE).unwrap();
    assert_eq!(run(&["--resume"]), 0, "and back again");
    assert!(contents(&dir.join("out")) == first);
    // Fewer images: the others stay, and that is said.
    std::fs::rename(dir.join(image), dir.join("elsewhere.tif")).unwrap();
    let ran = rotifer(dir, &["run", "p.toml", "in", "-o", "out", "--resume"]);
    assert!(ran.code == Some(0) && ran.out.contains("1 images of an earlier run"), "{}{}", ran.out, ran.err);
    assert!(dir.join("out/p_A01f00d0/nuclei.tif").exists());
}

#[test]
fn a_second_run_is_refused_or_replaces() {
    let dir = plate(3, 48);
    let dir = dir.path();
    let run = |more: &[&str]| rotifer(dir, &[&["run", "p.toml", "in", "-o", "out"], more].concat());
    std::fs::create_dir(dir.join("out")).unwrap();
    std::fs::write(dir.join("out/notes.txt"), "of someone").unwrap();
    assert_eq!(run(&[]).code, Some(0), "what is not in the way is none of its business");
    let again = run(&[]);
    assert_eq!(again.code, Some(2));
    assert!(again.err.contains("--resume") && again.err.contains("--overwrite"), "{}", again.err);
    std::fs::remove_file(dir.join("in/p_A01f00d0.tif")).unwrap();
    assert_eq!(run(&["--overwrite"]).code, Some(0));
    let names: Vec<String> = contents(&dir.join("out")).into_keys().collect();
    assert!(!names.iter().any(|n| n.starts_with("p_A01f00d0/")), "{names:?}");
    assert!(
        names.contains(&"notes.txt".into()) && names.contains(&"p_B02f01d0/nuclei.tif".into()),
        "{names:?}"
    );
    assert_eq!(run(&["--overwrite", "--resume"]).code, Some(2));
    // Files of the same names that are of no run.
    for name in ["images.csv", "cells.csv", "p_B02f01d0/nuclei.tif"] {
        let out = dir.join("foreign");
        std::fs::create_dir_all(out.join("p_B02f01d0")).unwrap();
        std::fs::write(out.join(name), "of someone").unwrap();
        let ran = rotifer(dir, &["run", "p.toml", "in", "-o", "foreign"]);
        assert!(ran.code == Some(2) && ran.err.contains(name), "{}", ran.err);
        assert_eq!(std::fs::read(out.join(name)).unwrap(), b"of someone");
        std::fs::remove_dir_all(out).unwrap();
    }
    // A folder that cannot be made is found out before any work.
    std::fs::write(dir.join("file"), "").unwrap();
    for out in ["file", "file/below"] {
        let ran = rotifer(dir, &["run", "p.toml", "in", "-o", out]);
        assert!(ran.code == Some(4) && ran.err.contains("file") && !ran.err.contains("[1/"), "{}", ran.err);
    }
}

#[test]
fn names_meet_no_others() {
    let dir = plate(0, 0);
    let dir = dir.path();
    std::fs::create_dir_all(dir.join("a/b")).unwrap();
    let files = [
        "nuclei.count.csv.tif",
        "cells.csv.tif",
        "images.csv.tif",
        "Wells.CSV.tif",
        "...tif",
        "....tif",
        "x.tif",
        "X.png",
        "a/x.tif",
        "a/b/x.tif",
        ".rotifer.tif",
    ];
    let long = format!("{}.tif", "n".repeat(240));
    let files: Vec<&str> = files.into_iter().chain([long.as_str()]).collect();
    for (i, file) in files.iter().enumerate() {
        // No name as long as the longest can be written with an ending.
        let written = dir.join(if file.ends_with("png") { "written.png" } else { "written.tif" });
        field(&written, 48, i as u64 + 1);
        std::fs::rename(written, dir.join(file)).unwrap();
    }
    let ran = rotifer(
        dir,
        &[&["run", "p.toml", "-o", "out/results", "--workers", "1", "--json"], &files[..]].concat(),
    );
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let report: Json = serde_json::from_str(&ran.out).unwrap();
    let outputs: Vec<&str> = report["images"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|i| i["outputs"].as_array().unwrap())
        .map(|p| p.as_str().unwrap())
        .collect();
    let mut lower: Vec<String> = outputs.iter().map(|p| p.to_lowercase()).collect();
    lower.sort();
    lower.dedup();
    assert_eq!((outputs.len(), lower.len()), (files.len(), files.len()), "{outputs:?}");
    let out = dir.join("out").canonicalize().unwrap();
    for path in outputs {
        let path = dir.join(path).canonicalize().unwrap();
        assert_eq!(path.parent().unwrap().parent().unwrap(), out.join("results"), "{}", path.display());
    }
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1, "nothing is written beside the folder");
    assert_eq!(table(&dir.join("out/results/images.csv")).len(), files.len());
    let images: std::collections::BTreeSet<String> = table(&dir.join("out/results/cells.csv"))
        .into_iter()
        .map(|mut r| r.remove("image").unwrap())
        .collect();
    assert_eq!(images.len(), files.len());

    // Two outputs without a name, and a third that has the name one of them would be given.
    let steps = "[[steps]]\nop = \"gaussian_filter\"\nsigma = 1\nsave = true\n[[steps]]\nop = \"gaussian_filter\"\nsigma = 3\nsave = true\n\
                 [[steps]]\nop = \"gaussian_filter\"\nsigma = 5\nas = \"gaussian_filter_1\"\nsave = true\n\
                 [[steps]]\nop = \"regionprops_table\"\nfrom = \"seeds\"\nas = \"images\"\nsave = true\n\
                 [[steps]]\nop = \"gaussian_filter\"\nfrom = \"input\"\nsigma = 7\nas = \"GAUSSIAN_FILTER_1\"\nsave = true\n";
    let seeds = "[[steps]]\nop = \"threshold_otsu\"\n[[steps]]\nop = \"connected_components\"\nas = \"seeds\"\n[[steps]]\nop = \"absolute\"\nfrom = \"input\"\n";
    std::fs::write(dir.join("q.toml"), format!("{seeds}{steps}")).unwrap();
    let ran = rotifer(dir, &["run", "q.toml", "x.tif", "-o", "q", "--workers", "1", "--on", "cpu"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let all = contents(&dir.join("q"));
    let images: Vec<(&String, &Vec<u8>)> = all.iter().filter(|(name, _)| name.ends_with(".tif")).collect();
    let mut names: Vec<String> = images.iter().map(|(name, _)| name.to_lowercase()).collect();
    names.dedup();
    let mut pixels: Vec<&Vec<u8>> = images.iter().map(|(_, bytes)| *bytes).collect();
    pixels.sort();
    pixels.dedup();
    assert_eq!((names.len(), pixels.len()), (4, 4), "{:?}", all.keys());
    // A table that is called like the table of images has another file.
    assert!(all["images_2.csv"].starts_with(b"image,label"), "{:?}", all.keys());
    assert_eq!(table(&dir.join("q/images.csv"))[0]["status"], "done");
}

#[test]
fn tables_have_a_row_for_each_image_and_each_well() {
    let dir = plate(5, 96);
    let dir = dir.path();
    write(&dir.join("in/p_C03f05d0.tif"), [32, 32], vec![7u16; 1024]);
    std::fs::write(dir.join("in/p_B02f06d0.tif"), "no image").unwrap();
    let ran = rotifer(dir, &["run", "p.toml", "in", "-o", "out", "--workers", "2"]);
    assert_eq!(ran.code, Some(5), "{}", ran.err);
    let (images, cells) = (table(&dir.join("out/images.csv")), table(&dir.join("out/cells.csv")));
    let header = std::fs::read_to_string(dir.join("out/images.csv")).unwrap();
    assert_eq!(
        header.lines().next().unwrap(),
        "image,plate,well,field,objects,cells.rows,bright.threshold,nuclei.count,seconds,status,error"
    );
    assert_eq!(images.len(), 7);
    // No file of one number each.
    let names: Vec<String> = contents(&dir.join("out")).into_keys().filter(|n| n.ends_with(".csv")).collect();
    assert_eq!(names, ["cells.csv", "images.csv", "wells.csv"]);
    for row in &images {
        let of_image = cells.iter().filter(|c| c["image"] == row["image"] && !c["label"].is_empty()).count();
        match row["image"].as_str() {
            "p_B02f06d0" => {
                assert_eq!((row["status"].as_str(), row["objects"].as_str()), ("failed", ""));
                assert!(row["error"].contains("p_B02f06d0.tif"), "{row:?}");
            }
            _ => {
                assert_eq!((row["status"].as_str(), row["error"].as_str()), ("done", ""));
                for column in ["objects", "cells.rows", "nuclei.count"] {
                    assert_eq!(row[column], of_image.to_string(), "{row:?}");
                }
                assert!(row["seconds"].parse::<f64>().unwrap() > 0.0);
            }
        }
    }
    // The threshold is that of the step by itself.
    let blurred =
        rotifer(dir, &["apply", "gaussian_filter", "in/p_A01f00d0.tif", "-o", "b.tif", "--sigma", "2"]);
    assert_eq!(blurred.code, Some(0), "{}", blurred.err);
    let alone = rotifer(dir, &["apply", "threshold_otsu", "b.tif", "-o", "m.tif"]);
    let alone: Json = serde_json::from_str(&alone.out).unwrap();
    let threshold: f64 = images[0]["bright.threshold"].parse().unwrap();
    assert!((alone["threshold"].as_f64().unwrap() - threshold).abs() < 1e-3, "{alone} {threshold}");

    let wells = table(&dir.join("out/wells.csv"));
    assert_eq!(wells.iter().map(|w| w["well"].as_str()).collect::<Vec<_>>(), ["A01", "B02", "C03"]);
    assert_eq!(wells.iter().map(|w| w["images"].as_str()).collect::<Vec<_>>(), ["3", "2", "1"]);
    for well in &wells {
        let of = |rows: &[BTreeMap<String, String>], column: &str| -> Vec<f64> {
            let rows = rows.iter().filter(|r| r["well"] == well["well"]);
            rows.filter_map(|r| r[column].parse().ok()).collect()
        };
        for (name, values) in [
            ("nuclei.count", of(&images, "nuclei.count")),
            ("bright.threshold", of(&images, "bright.threshold")),
            ("cells.area", of(&cells, "area")),
            ("cells.intensity_mean", of(&cells, "intensity_mean")),
        ] {
            let got = |statistic: &str| well[&format!("{name}_{statistic}")].parse::<f64>().ok();
            let n = values.len() as f64;
            assert_eq!(got("count"), Some(n), "{name}");
            if values.is_empty() {
                assert_eq!((got("mean"), got("median"), got("sd")), (None, None, None));
                continue;
            }
            let mean = values.iter().sum::<f64>() / n;
            let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let middle = (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2.0;
            let close = |a: Option<f64>, b: f64| a.is_some_and(|a| (a - b).abs() <= 1e-9 * b.abs().max(1.0));
            assert!(close(got("mean"), mean) && close(got("median"), middle), "{name} {well:?}");
            assert!(if n < 2.0 { got("sd").is_none() } else { close(got("sd"), variance.sqrt()) }, "{name}");
        }
    }
    assert!(!wells[0].keys().any(|k| k.starts_with("cells.label") || k.starts_with("seconds")));
}

#[test]
fn a_pipeline_that_saves_nothing_is_refused_and_any_output_can_be_saved() {
    let dir = plate(1, 48);
    let dir = dir.path();
    std::fs::write(dir.join("none.toml"), PIPELINE.replace("save = true", "")).unwrap();
    for args in [&["run", "none.toml", "in", "-o", "out"][..], &["check", "none.toml"]] {
        let ran = rotifer(dir, args);
        assert!(ran.code == Some(3) && ran.err.contains("save = true"), "{args:?}: {}", ran.err);
        assert!(ran.err.contains("none.toml:14: "), "{}", ran.err);
    }
    assert!(!dir.join("out").exists());
    let peaks = "[[steps]]\nop = \"peak_local_max\"\nmin_distance = 3\nas = \"peaks\"\nsave = ";
    for (save, files) in [
        ("true", &["peaks.csv"][..]),
        ("[\"markers\"]", &["p_A01f00d0/peaks.markers.tif"]),
        ("\"markers\"", &["p_A01f00d0/peaks.markers.tif"]),
        ("[\"markers\", \"points\"]", &["p_A01f00d0/peaks.markers.tif", "peaks.csv"]),
    ] {
        std::fs::write(dir.join("peaks.toml"), format!("{peaks}{save}\n")).unwrap();
        let ran = rotifer(dir, &["run", "peaks.toml", "in", "-o", "peaks", "--workers", "1"]);
        assert_eq!(ran.code, Some(0), "{save}: {}", ran.err);
        let all = contents(&dir.join("peaks"));
        let names: Vec<&str> =
            all.keys().map(String::as_str).filter(|n| !["images.csv", "wells.csv"].contains(n)).collect();
        assert_eq!(names, files, "{save}");
        std::fs::remove_dir_all(dir.join("peaks")).unwrap();
    }
    std::fs::write(dir.join("peaks.toml"), format!("{peaks}[\"marker\"]\n")).unwrap();
    let ran = rotifer(dir, &["check", "peaks.toml"]);
    assert!(ran.code == Some(3) && ran.err.contains("markers"), "{}", ran.err);
    // The key goes through every form.
    std::fs::write(dir.join("peaks.toml"), format!("{peaks}[\"markers\"]\n")).unwrap();
    for (from, to) in
        [("peaks.toml", "p.rotifer"), ("p.rotifer", "p.json"), ("p.json", "q.toml"), ("q.toml", "p.rs")]
    {
        assert_eq!(rotifer(dir, &["convert", from, "-o", to]).code, Some(0));
    }
    assert!(std::fs::read_to_string(dir.join("q.toml")).unwrap().contains("save = [\"markers\"]"));
    assert!(std::fs::read_to_string(dir.join("p.rs")).unwrap().contains(".saved_outputs(&[\"markers\"])"));
}

#[test]
fn a_photograph_is_not_taken_for_labels() {
    let dir = plate(1, 120);
    let dir = dir.path();
    let pipeline = "[[steps]]\nop = \"regionprops_table\"\nas = \"cells\"\nsave = true\n";
    std::fs::write(dir.join("labels.toml"), pipeline).unwrap();
    let check = rotifer(dir, &["check", "labels.toml", "in"]);
    assert!(check.code == Some(3) && check.err.contains("labels.toml:2: "), "{}", check.err);
    assert!(check.err.contains("threshold_otsu") && check.err.contains("--labels"), "{}", check.err);
    let ran = rotifer(dir, &["run", "labels.toml", "in", "-o", "out", "--workers", "1"]);
    assert!(ran.code == Some(5) && ran.err.contains("threshold_otsu"), "{}", ran.err);
    let applied = rotifer(dir, &["apply", "connected_components", "in/p_A01f00d0.tif", "-o", "x.tif"]);
    assert!(applied.code == Some(4) && applied.err.contains("connected_components"), "{}", applied.err);
    assert!(!dir.join("x.tif").exists());
    for how in ["--workers=1", "--in-process"] {
        let ran = rotifer(dir, &["run", "labels.toml", "in", "-o", "out", "--overwrite", "--labels", how]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
    }
    assert_eq!(rotifer(dir, &["check", "labels.toml", "in", "--labels"]).code, Some(0));
    // Labels of a run are labels of the next, with their numbers.
    assert_eq!(rotifer(dir, &["run", "p.toml", "in", "-o", "first", "--workers", "1"]).code, Some(0));
    let labels = ["run", "labels.toml", "first/p_A01f00d0/nuclei.tif", "-o", "second", "--workers", "1"];
    assert_eq!(rotifer(dir, &labels).code, Some(0));
    let areas = |out: &str| -> Vec<String> {
        table(&dir.join(out).join("cells.csv")).into_iter().map(|mut r| r.remove("area").unwrap()).collect()
    };
    assert!(areas("first").len() > 2 && areas("first") == areas("second"));
}

/// Real label images pass, and real photographs do not.
#[test]
fn real_images_are_told_apart() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let (labels, photos) = (data.join("truth"), data.join("single"));
    if !labels.is_dir() || !photos.is_dir() {
        println!("not seen: no ../shared/data");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let pipeline = "[[steps]]\nop = \"regionprops_table\"\nas = \"cells\"\nsave = true\n";
    std::fs::write(dir.path().join("p.toml"), pipeline).unwrap();
    let list = |folder: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect()
    };
    let is = |path: &Path, part: &str| path.file_name().unwrap().to_string_lossy().contains(part);
    let mut seen = [0, 0];
    for path in list(&labels).into_iter().chain(list(&photos)) {
        if path.extension().is_none_or(|e| e != "tif" && e != "png") || rotifer::io::read_meta(&path).is_err()
        {
            continue;
        }
        let meta = rotifer::io::read_meta(&path).unwrap();
        let label =
            is(&path, "label") || is(&path, "mask") || is(&path, "truth") && path.starts_with(&labels);
        if meta.axes.c > 1
            || path.starts_with(&labels) && !label && !is(&path, "image")
            || !meta.volume.dtype.is_integer()
        {
            continue;
        }
        let check = rotifer(dir.path(), &[OsStr::new("check"), OsStr::new("p.toml"), path.as_os_str()]);
        assert_eq!(check.code, Some(if label { 0 } else { 3 }), "{}: {}", path.display(), check.err);
        seen[label as usize] += 1;
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
}

/// A standard output that takes nothing is an error of every command.
#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_an_error() {
    let dir = plate(1, 48);
    let dir = dir.path();
    let image = "in/p_A01f00d0.tif";
    for args in [
        &["list"][..],
        &["--help"],
        &["help", "running"],
        &["doc", "clip"],
        &["check", "p.toml"],
        &["plan", "p.toml", image],
        &["convert", "p.toml"],
        &["apply", "mean_of_all_pixels", image],
        &["bench", "clip", "--size", "8x8"],
        &["run", "p.toml", image, "-o", "o1", "--workers", "1"],
        &["run", "p.toml", image, "-o", "o2", "--workers", "1", "--json"],
        &["run", "p.toml", image, "-o", "o3", "--workers", "1", "--events", "-"],
        &["run", "absent.toml", image, "-o", "o4", "--json"],
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let ran = command(dir, args).stdout(full).output().unwrap();
        let err = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(4), "{args:?}: {err}");
        assert!(err.contains("standard output"), "{args:?}: {err}");
    }
    // The results are there all the same.
    assert!(dir.join("o1/cells.csv").exists() && dir.join("o3/images.csv").exists());
}

#[test]
fn threads_are_those_that_are_granted() {
    let dir = plate(12, 32);
    let dir = dir.path();
    let workers = |env: &[(&str, &str)], more: &[&str]| {
        let run = ["run", "p.toml", "in", "-o", "out", "--overwrite", "--events", "events"];
        let ran = with_env(dir, &[&run[..], more].concat(), env);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let started = events(&dir.join("events")).remove(0);
        started["workers"].as_u64().unwrap()
    };
    let (rotifer_says, slurm) = (("ROTIFER_NUM_THREADS", "2"), ("SLURM_CPUS_PER_TASK", "3"));
    assert_eq!(workers(&[("OMP_NUM_THREADS", "4,2")], &[]), 4);
    assert_eq!(workers(&[slurm, ("OMP_NUM_THREADS", "4")], &[]), 3);
    assert_eq!(workers(&[slurm, rotifer_says], &[]), 2);
    assert_eq!(workers(&[slurm, rotifer_says], &["--threads", "5"]), 5);
    assert_eq!(workers(&[slurm], &["--workers", "1"]), 1);
    assert_eq!(workers(&[], &[]), (std::thread::available_parallelism().unwrap().get() as u64).min(12));
    let wrong = with_env(dir, &["run", "p.toml", "in", "-o", "out"], &[("ROTIFER_NUM_THREADS", "many")]);
    assert!(wrong.code == Some(2) && wrong.err.contains("ROTIFER_NUM_THREADS"), "{}", wrong.err);
}

#[test]
fn events_tell_what_happens() {
    let dir = plate(4, 48);
    let dir = dir.path();
    std::fs::write(dir.join("in/p_A01f09d0.tif"), "no image").unwrap();
    let ran = rotifer(dir, &["run", "p.toml", "in", "-o", "out", "--workers", "2", "--events", "e.jsonl"]);
    assert_eq!(ran.code, Some(5));
    let all = events(&dir.join("e.jsonl"));
    let of = |kind: &str| all.iter().filter(|e| e["event"] == kind).collect::<Vec<_>>();
    assert_eq!((&all[0]["event"], &all[0]["images"]), (&"started".into(), &5.into()));
    assert_eq!(all.last().unwrap()["event"], "finished");
    let finished = of("finished")[0];
    assert_eq!(
        (&finished["done"], &finished["failed"], &finished["not_run"]),
        (&4.into(), &1.into(), &0.into())
    );
    assert_eq!(of("image").len(), 5);
    for image in of("image") {
        let failed = image["image"] == "p_A01f09d0";
        assert_eq!(image["status"], if failed { "failed" } else { "done" });
        assert_eq!(image["error"]["code"].as_str(), failed.then_some("file"));
        for path in image["outputs"].as_array().unwrap() {
            assert!(dir.join(path.as_str().unwrap()).is_file());
        }
        assert_eq!(image["outputs"].as_array().unwrap().len(), !failed as usize);
    }
    let last = *of("progress").last().unwrap();
    assert_eq!((&last["done"], &last["failed"], &last["of"]), (&4.into(), &1.into(), &5.into()));
    let both = rotifer(dir, &["run", "p.toml", "in", "-o", "o", "--events", "-", "--json"]);
    assert!(both.code == Some(2) && !dir.join("o").exists(), "{}", both.err);
}

/// The processes that a process has started.
#[cfg(target_os = "linux")]
fn children(of: &Child) -> Vec<i32> {
    let threads = std::fs::read_dir(format!("/proc/{}/task", of.id())).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

/// Whether a process has computed for half a second: it is past its start.
#[cfg(target_os = "linux")]
fn is_at_work(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name before may hold anything; then come state, numbers, and as the 12th the ticks of a hundredth second.
    let ticks = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(11)?.parse::<u64>().ok());
    ticks.is_some_and(|ticks| ticks >= 50)
}

/// An image whose worker ends is told, and runs once more; after that it is given up, and the run goes on.
#[cfg(target_os = "linux")]
#[test]
fn an_image_whose_worker_ends_is_told_and_runs_again() {
    use rustix::process::{Pid, Signal, kill_process};
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    // Seconds on any machine: it is killed while it works.
    let slow = "[[steps]]\nop = \"median_filter\"\nradius = 100\n".repeat(10) + "save = true\n";
    std::fs::write(dir.join("slow.toml"), slow).unwrap();
    field(&dir.join("large.tif"), 2500, 1);
    let run =
        ["run", "slow.toml", "large.tif", "-o", "out", "--workers", "1", "--on", "cpu", "--events", "-"];
    let (mut child, told) = started(dir, &run);
    let (to, from) = std::sync::mpsc::channel();
    let heard = std::thread::scope(|scope| {
        scope.spawn(move || told.for_each(|event| _ = to.send(event)));
        let mut heard: Vec<Json> = Vec::new();
        let ended = |heard: &[Json]| heard.last().is_some_and(|e| e["event"] == "finished");
        while !ended(&heard) {
            match from.recv_timeout(Duration::from_millis(200)) {
                Ok(event) => heard.push(event),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
                Err(_) => {
                    for pid in children(&child).into_iter().filter(|pid| is_at_work(*pid)) {
                        let _ = Pid::from_raw(pid).map(|pid| kill_process(pid, Signal::KILL));
                    }
                }
            }
        }
        heard
    });
    assert_eq!(child.wait().unwrap().code(), Some(5), "{heard:?}");
    let of = |kind: &str| heard.iter().filter(|e| e["event"] == kind).collect::<Vec<_>>();
    let [retried] = of("retried")[..] else { panic!("{heard:?}") };
    assert_eq!(retried["image"], "large");
    assert!(retried["error"]["message"].is_string(), "{retried}");
    let [image] = of("image")[..] else { panic!("{heard:?}") };
    assert_eq!(image["status"], "failed");
    assert_eq!(of("finished")[0]["failed"], 1);
}

/// Rows that the disk has no room for fail their image, and what stands is whole.
#[cfg(unix)]
#[test]
fn a_full_disk_fails_the_rows_that_do_not_fit() {
    let dir = plate(0, 0);
    let dir = dir.path();
    for i in 0..4 {
        // One with a table that is longer than files may be.
        let side = if i == 2 { 900 } else { 40 };
        let spot = |at: usize| {
            if (at / side).is_multiple_of(3) && (at % side).is_multiple_of(3) { 900u16 } else { 100 }
        };
        write(&dir.join(format!("in/{i}.tif")), [side, side], (0..side * side).map(spot).collect());
    }
    let pipeline =
        PIPELINE.replace("as = \"nuclei\"\nsave = true", "as = \"nuclei\"").replace("sigma = 2", "sigma = 0");
    std::fs::write(dir.join("p.toml"), pipeline).unwrap();
    for how in ["--workers=1", "--in-process"] {
        // The signal is not ignored by the shell: the program does it.
        let run = format!(
            "ulimit -f 1024; exec '{}' run p.toml in -o out --overwrite --on cpu {how}",
            env!("CARGO_BIN_EXE_rotifer")
        );
        let ran = Command::new("sh").args(["-c", &run]).current_dir(dir).output().unwrap();
        let err = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(5), "{err}");
        assert!(err.contains("2: failed") && err.contains("rows of an image"), "{err}");
        let rows = table(&dir.join("out/images.csv"));
        let status: Vec<&str> = rows.iter().map(|r| r["status"].as_str()).collect();
        assert_eq!(status, ["done", "done", "failed", "done"]);
        let done =
            |image: &str| table(&dir.join("out/cells.csv")).iter().filter(|r| r["image"] == image).count();
        assert!(done("0") > 100 && done("3") > 100 && done("2") == 0);
        // With room it goes on.
        let ran = rotifer(dir, &["run", "p.toml", "in", "-o", "out", "--on", "cpu", "--resume", how]);
        assert!(ran.code == Some(0) && ran.err.contains("3 of 4 images are finished"), "{}", ran.err);
        assert!(done("2") > 50_000);
    }
}

/// A result that is larger than its shared memory, or has none, comes back whole.
#[test]
fn results_of_any_size_come_back() {
    use rotifer::execute::{On, Options, run};
    use rotifer::pool::{Channel, Config, Pool, Prepared};
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.tif");
    field(&path, 2100, 5);
    let steps = vec![
        Step::new("gaussian_filter").arg("sigma", 1).named("smooth").saved(),
        Step::new("threshold_otsu").named("mask").saved(),
        Step::new("connected_components").named("labels").saved(),
    ];
    let pipeline = Pipeline::new(steps);
    let options = Options { on: On::Cpu, ..Options::default() };
    let checked = pipeline::check(&pipeline).unwrap();
    let here = run(&checked, &rotifer::io::read(&path).unwrap(), &options).unwrap();
    for channel in [Channel::Native, Channel::Portable] {
        let program = Some(env!("CARGO_BIN_EXE_rotifer").into());
        let pool = Pool::new(Config { program, channel, ..Config::workers(1) }).unwrap();
        let prepared = Prepared::new(&pipeline, &options).unwrap();
        // Without shared memory, then with some that an image of another size needs, then with enough.
        for _ in 0..2 {
            let there = pool.submit(&prepared, path.as_path()).wait().unwrap();
            assert!(there.outputs == here.outputs, "{channel:?}");
        }
        let small = dir.path().join("b.tif");
        field(&small, 300, 6);
        pool.submit(&prepared, small.as_path()).wait().unwrap();
        let there = pool.submit(&prepared, path.as_path()).wait().unwrap();
        assert!(there.outputs == here.outputs, "{channel:?}");
        pool.shutdown();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_utf_8_open() {
    use std::os::unix::ffi::OsStrExt;
    let dir = plate(0, 0);
    let dir = dir.path();
    let name = OsStr::from_bytes(b"in/caf\xe9.tif");
    field(&dir.join("in/a.tif"), 48, 3);
    std::fs::rename(dir.join("in/a.tif"), dir.join(name)).unwrap();
    let apply = ["apply", "mean_of_all_pixels"].map(OsStr::new);
    let ran = rotifer(dir, &[&apply[..], &[name]].concat());
    assert!(ran.code == Some(0) && ran.out.contains("mean"), "{}{}", ran.out, ran.err);
    let out = OsStr::from_bytes(b"out\xb5");
    for how in ["--workers=1", "--in-process"] {
        let run = ["run", "p.toml", "--overwrite", how, "--json", "--events", "e", "-o"].map(OsStr::new);
        let ran = rotifer(dir, &[&run[..], &[out, name]].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let report: Json = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(report["images"][0]["files"][0], "in/caf\u{fffd}.tif");
        assert!(events(&dir.join("e")).iter().any(|e| e["event"] == "image"));
        assert_eq!(table(&dir.join(out).join("images.csv"))[0]["image"], "caf\u{fffd}");
    }
}

#[test]
fn help_shows_pages_and_commands() {
    let dir = Path::new(".");
    let pages = rotifer(dir, &["help"]);
    assert!(pages.code == Some(0) && pages.out.contains("running") && pages.out.contains("architecture"));
    let page = rotifer(dir, &["help", "running"]);
    assert!(page.out.contains("--resume") && page.out.contains("images.csv"), "{}", page.out);
    assert!(rotifer(dir, &["help", "run"]).out.contains("--overwrite"));
    let wrong = rotifer(dir, &["help", "runing"]);
    assert!(wrong.code == Some(2) && wrong.err.contains("running"), "{}", wrong.err);
}

#[test]
fn images_are_written_as_asked() {
    let dir = plate(2, 64);
    let dir = dir.path();
    let run = |out: &str, more: &[&str]| {
        let ran = rotifer(dir, &[&["run", "p.toml", "in", "-o", out, "--workers", "1"], more].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        ran
    };
    run("plain", &[]);
    run("tiles", &["--compression", "zstd", "--tiles", "32", "--fast"]);
    run("png", &["--format", "png"]);
    let file = |out: &str, ending: &str| dir.join(format!("{out}/p_A01f00d0/nuclei.{ending}"));
    let read = |path: &Path| rotifer::io::read(path).unwrap();
    let plain = read(&file("plain", "tif"));
    let labels: Vec<u32> = plain.volumes()[0].to_labels().unwrap().as_slice::<u32>().unwrap().to_vec();
    assert!(labels.iter().any(|l| *l > 0));
    assert_eq!(plain, read(&file("tiles", "tif")));
    assert!(std::fs::read(file("plain", "tif")).unwrap() != std::fs::read(file("tiles", "tif")).unwrap());
    let png = read(&file("png", "png"));
    let png: Vec<u32> = png.volumes()[0].as_slice::<u16>().unwrap().iter().map(|v| u32::from(*v)).collect();
    assert_eq!(png, labels);
    // Another way of writing is another result; another durability is not.
    let again = |more: &[&str]| {
        run("plain", &[&["--resume", "--events", "events"], more].concat());
        resumed(&dir.join("events")).unwrap()
    };
    assert_eq!(again(&["--fast"]), 2);
    assert_eq!(again(&["--compression", "zstd"]), 0);
    let ran = rotifer(dir, &["run", "p.toml", "in", "-o", "o", "--tiles", "100"]);
    assert!(ran.code == Some(2) && ran.err.contains("multiples of 16"), "{}", ran.err);
}

/// A page of 4 x 4 bytes whose next directory is said to lie beyond the end.
fn cut_off() -> Vec<u8> {
    let tags: [(u16, u32); 9] =
        [(256, 4), (257, 4), (258, 8), (259, 1), (262, 1), (273, 126), (277, 1), (278, 4), (279, 16)];
    let mut bytes = b"II\x2a\0\x08\0\0\0\x09\0".to_vec();
    for (tag, value) in tags {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(4u16.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(100_000u32.to_le_bytes());
    bytes.resize(126, 0);
    bytes.extend(0..16u8);
    bytes
}

#[test]
fn what_reading_notes_is_said_and_told_with_its_image() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    std::fs::create_dir(dir.join("in")).unwrap();
    let smooth = "name = \"p\"\n[[steps]]\nop = \"gaussian_filter\"\nsigma = 1\nas = \"g\"\nsave = true\n";
    std::fs::write(dir.join("p.toml"), smooth).unwrap();
    // Endings that instruments give to TIFFs are found in a folder.
    let endings = ["stk", "lsm", "svs", "btf", "tf8", "ome.tif"];
    for ending in endings {
        std::fs::write(dir.join(format!("in/{}.{ending}", &ending[..3])), cut_off()).unwrap();
    }
    for how in [&["--workers", "2"][..], &["--in-process"]] {
        let base = ["run", "p.toml", "in", "-o", "out", "--overwrite", "--events", "e.jsonl"];
        let ran = rotifer(dir, &[&base[..], how].concat());
        assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
        let images: Vec<Json> =
            events(&dir.join("e.jsonl")).into_iter().filter(|e| e["event"] == "image").collect();
        assert_eq!(images.len(), endings.len());
        for image in images {
            let notes = image["read_notes"].as_array().unwrap();
            let note = notes.iter().filter_map(Json::as_str).find(|n| n.contains("beyond the end"));
            let note = note.unwrap_or_else(|| panic!("{image}"));
            assert_eq!(ran.out.matches(note).count(), 1, "{}", ran.out);
        }
        let rows = table(&dir.join("out/images.csv"));
        assert!(
            rows.len() == endings.len() && rows.iter().all(|r| r["read_notes"].contains("beyond the end"))
        );
    }
    // Remarks on how a step ran are no remarks on files.
    field(&dir.join("clean.tif"), 40, 1);
    let ran = rotifer(dir, &["run", "p.toml", "clean.tif", "-o", "clean", "--events", "e.jsonl"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(!table(&dir.join("clean/images.csv"))[0].contains_key("read_notes"));
    assert!(events(&dir.join("e.jsonl")).iter().all(|e| e["read_notes"].is_null()));
    let ran = rotifer(dir, &["apply", "gaussian_filter", "in/stk.stk", "-o", "o.tif", "--sigma", "1"]);
    assert!(ran.code == Some(0) && ran.err.contains("beyond the end"), "{}", ran.err);
}
