//! The example pipelines against what is true: F1 at an intersection over union of one half.

use rotifer::document::{Form, checked};
use rotifer::execute::{On, Options, run};
use rotifer::registry::{Image, Volume};
use rotifer::truth::{Score, score, score_annotated};
use rotifer::{io, sample};
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The labels that an example finds.
fn nuclei(example: &str, image: &Image) -> Volume {
    let path = Path::new(ROOT).join("examples").join(example);
    let (pipeline, _) = checked(&std::fs::read_to_string(&path).unwrap(), Form::of(&path)).unwrap();
    let outcome = run(&pipeline, image, &Options { on: On::Cpu, ..Options::default() }).unwrap();
    let (_, labels) = outcome.outputs.into_iter().find(|(name, _)| name == "nuclei").unwrap();
    labels.to_image().unwrap().unwrap().volume(0, 0).clone()
}

fn truth_folder() -> Option<PathBuf> {
    let path = Path::new(ROOT).join("../shared/data/truth");
    if !path.exists() {
        eprintln!("skipped: {} is not here", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn nuclei_of_the_sample_plate() {
    let dir = tempfile::tempdir().unwrap();
    let mut all = Score::default();
    for field in sample::write_plate(dir.path()).unwrap() {
        let group = &io::group(&field.files, None).unwrap()[0];
        let found = nuclei("nuclei.toml", &group.read().unwrap());
        let one = score(field.truth.label_slice().unwrap(), found.label_slice().unwrap(), 0.5).unwrap();
        assert!(one.f1() >= 0.9, "{} {}: {one:?}", field.well, field.field);
        all.add(&one);
    }
    println!("F1 {:.3}: {all:?}", all.f1());
    assert!(all.f1() >= 0.97, "{all:?}");
}

#[test]
fn the_sample_plate_is_the_same_on_every_machine() {
    let dir = tempfile::tempdir().unwrap();
    let fields = sample::write_plate(dir.path()).unwrap();
    let sum =
        |image: &Volume| image.f64s().iter().enumerate().map(|(i, v)| v * (1 + i % 7) as f64).sum::<f64>();
    let pixels: f64 =
        fields.iter().flat_map(|f| &f.files).map(|f| sum(io::read(f).unwrap().volume(0, 0))).sum();
    let labels: f64 = fields.iter().map(|f| sum(&f.truth)).sum();
    assert_eq!((pixels, labels), PLATE);
}

/// Weighted sums of all pixels and of all labels.
const PLATE: (f64, f64) = (4_903_876_980.0, 27_210_046.0);

#[test]
fn nuclei2d() {
    let Some(folder) = truth_folder() else { return };
    let found = nuclei("nuclei2d.toml", &io::read(&folder.join("nuclei2d_image.tif")).unwrap());
    let truth = io::read(&folder.join("nuclei2d_truth.tif")).unwrap().volume(0, 0).to_labels().unwrap();
    let score = score(truth.label_slice().unwrap(), found.label_slice().unwrap(), 0.5).unwrap();
    println!("F1 {:.3}: {score:?}", score.f1());
    assert!(score.f1() >= 0.92, "{score:?}");
}

#[test]
fn bbbc007() {
    let Some(folder) = truth_folder() else { return };
    let mut all = Score::default();
    for crop in 1..=4 {
        let file = |what: &str| io::read(&folder.join(format!("bbbc007_crop{crop}_{what}.tif"))).unwrap();
        let found = nuclei("bbbc007.toml", &file("image"));
        let painted = file("truth").volume(0, 0).to_labels().unwrap();
        let (painted, labels) = (painted.label_slice().unwrap(), found.label_slice().unwrap());
        all.add(&score_annotated(painted, labels, found.shape(), 0.5).unwrap());
    }
    println!("F1 {:.3}: {all:?}", all.f1());
    assert!(all.f1() >= 0.87, "{all:?}");
}
