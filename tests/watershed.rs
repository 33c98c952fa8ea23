//! The watershed equals scikit-image's pixel by pixel, in thousands of random images of every kind, on one thread and on
//! several.
//!
//! `ROTIFER_PYTHON` names the Python to use, as for the parity test.

use rotifer::registry::pipeline::Args;
use rotifer::registry::*;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const CASES: usize = 2400;

/// Pixels in the file of all arrays.
#[derive(Deserialize)]
struct Array {
    at: usize,
    dtype: String,
    shape: Vec<usize>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    args: BTreeMap<String, Value>,
    /// Without lines and compactness.
    plain: bool,
    /// In another order of equal markers, labels are others.
    decided: bool,
    image: Array,
    markers: Array,
    mask: Option<Array>,
    labels: Array,
}

impl Array {
    fn volume(&self, bytes: &[u8], kind: Kind) -> Volume {
        let dtype = Dtype::parse(&self.dtype).expect("one of our dtypes");
        let mut shape = [1; 3];
        shape[3 - self.shape.len()..].copy_from_slice(&self.shape);
        let meta = VolumeMeta { kind, dtype, shape, ndim: self.shape.len(), spacing: None };
        Volume::from_bytes(&meta, &bytes[self.at..][..meta.bytes()]).expect("all of the pixels")
    }
}

fn flood(args: &Args, items: &[Option<Datum>]) -> Volume {
    let entry = find("watershed").expect("registered");
    let op = entry.build(args).expect("arguments of the operation");
    match op.run(&Inputs::new(entry.spec.inputs, items)).expect("inputs that fit").remove(0) {
        Datum::Volume(labels) => labels,
        _ => panic!("labels are a volume"),
    }
}

#[test]
fn labels_are_those_of_scikit_image() {
    let python = std::env::var_os("ROTIFER_PYTHON")
        .map_or_else(|| Path::new(ROOT).join("target/parity-venv/bin/python"), PathBuf::from);
    let work = tempfile::tempdir().expect("a temporary folder");
    let file = work.path().join("arrays");
    let made = Command::new(&python)
        .arg(Path::new(ROOT).join("tests/parity/watershed.py"))
        .arg(&file)
        .arg(CASES.to_string())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stderr(Stdio::inherit())
        .output()
        .expect("a Python with the packages of tests/parity/requirements.txt: tests/run installs them");
    assert!(made.status.success(), "watershed.py failed");
    let cases: Vec<Case> = serde_json::from_slice(&made.stdout).expect("watershed.py prints JSON");
    let bytes = std::fs::read(&file).expect("watershed.py wrote it");

    let pools = [1, 3].map(|threads| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started")
    });
    let mut wrong = Vec::new();
    let (mut plain, mut decided) = (0, 0);
    for case in &cases {
        let args: Args = case.args.clone().into_iter().collect();
        let items = [
            Some(Datum::Volume(case.image.volume(&bytes, Kind::Image))),
            Some(Datum::Volume(case.markers.volume(&bytes, Kind::Labels))),
            case.mask.as_ref().map(|mask| Datum::Volume(mask.volume(&bytes, Kind::Mask))),
        ];
        let expected = case.labels.volume(&bytes, Kind::Labels);
        for pool in &pools {
            if pool.install(|| flood(&args, &items)) != expected {
                wrong.push(format!(
                    "{} ({:?}, {:?}, {} threads)",
                    case.name,
                    case.image.shape,
                    case.args,
                    pool.current_num_threads()
                ));
            }
        }
        plain += case.plain as usize;
        decided += (case.plain && case.decided) as usize;
    }
    println!("{} cases, {plain} plain; in {decided} the order of equal markers decides", cases.len());
    assert!(
        cases.len() >= 2000 && plain >= 1000 && decided >= 200,
        "{plain} plain, {decided} decided by ties"
    );
    wrong.truncate(20);
    assert!(wrong.is_empty(), "other labels than scikit-image in\n{}", wrong.join("\n"));
}

#[test]
fn images_without_pixels_have_no_labels() {
    for shape in [[1, 0, 5], [1, 5, 0], [0, 3, 4]] {
        let ndim = if shape[0] == 1 { 2 } else { 3 };
        let meta = |kind, dtype| VolumeMeta { kind, dtype, shape, ndim, spacing: None };
        let volume = |kind, dtype| Volume::from_bytes(&meta(kind, dtype), &[]).expect("no pixels");
        let image = volume(Kind::Image, Dtype::F32);
        let markers = volume(Kind::Labels, Dtype::U32);
        for mask in [None, Some(volume(Kind::Mask, Dtype::U8))] {
            let items = [image.clone(), markers.clone()].map(|v| Some(Datum::Volume(v)));
            let items = [&items[..], &[mask.map(Datum::Volume)]].concat();
            assert_eq!(flood(&Args::new(), &items), markers, "{shape:?}");
            let lines: Args = [("watershed_line".to_string(), Value::Bool(true))].into_iter().collect();
            assert_eq!(flood(&lines, &items), markers, "{shape:?} with lines");
        }
    }
}
