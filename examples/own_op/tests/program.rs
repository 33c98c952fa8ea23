//! The program lists, documents, checks and runs its own operation, in workers too.

use rotifer::registry::{Dtype, Image, Kind, Volume, VolumeMeta};
use std::path::Path;
use std::process::Command;

fn program(folder: &Path, args: &[&str]) -> String {
    let out = Command::new(env!("CARGO_BIN_EXE_own_op")).args(args).current_dir(folder).output().unwrap();
    let err = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{args:?}: {:?}\n{err}", out.status.code());
    String::from_utf8_lossy(&out.stdout).into_owned()
}

fn image(folder: &Path, name: &str, first: u16) {
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::U16, shape: [1, 3, 4], ndim: 2, spacing: None };
    let volume = Volume::from_vec(&meta, (first..first + 12).collect::<Vec<u16>>()).unwrap();
    rotifer::io::write_image(&folder.join(name), &Image::from(volume)).unwrap();
}

fn stable(path: &Path, first: u16) {
    let image = rotifer::io::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let found = image.volume(0, 0).f32s().into_owned();
    for (i, value) in found.iter().enumerate() {
        let counts = (first as f64 + i as f64) / 2.5;
        assert!((*value as f64 - 2.0 * (counts + 0.375).sqrt()).abs() < 1e-4, "{value} at {i}");
    }
    assert_eq!(found.len(), 12);
}

#[test]
fn its_operation_is_listed_and_documented() {
    let here = Path::new(".");
    assert!(program(here, &["list"]).contains("own_op/anscombe"));
    assert!(program(here, &["list"]).contains("gaussian_filter"));
    let doc = program(here, &["doc", "own_op/anscombe"]);
    assert!(doc.contains("Grey values of one photon.") && doc.contains("gain"), "{doc}");
}

#[test]
fn its_operation_runs_in_this_process_and_in_workers() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    image(at, "a.tif", 100);
    image(at, "b.tif", 40000);
    program(at, &["apply", "own_op/anscombe", "a.tif", "-o", "one.tif", "--gain", "2.5"]);
    stable(&at.join("one.tif"), 100);

    let pipeline = "[[steps]]\nop = \"own_op/anscombe\"\ngain = 2.5\nas = \"stable\"\nsave = true\n";
    std::fs::write(at.join("stable.toml"), pipeline).unwrap();
    program(at, &["check", "stable.toml"]);
    for (out, how) in [("here", &["--in-process"][..]), ("there", &["--workers", "2"][..])] {
        program(at, &[&["run", "stable.toml", "a.tif", "b.tif", "-o", out], how].concat());
        stable(&at.join(out).join("a/stable.tif"), 100);
        stable(&at.join(out).join("b/stable.tif"), 40000);
    }
}
