//! Tracks, a kind of data of this program, flow through checks, steps, workers and files like those that are built in.

use rotifer::registry::{Dtype, Image, Kind, Volume, VolumeMeta};
use std::path::Path;
use std::process::{Command, Output};

fn start(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_own_role")).args(args).current_dir(folder).output().unwrap()
}

fn program(folder: &Path, args: &[&str]) -> (String, String) {
    let out = start(folder, args);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(out.status.success(), "{args:?}: {:?}\n{}", out.status.code(), text(&out.stderr));
    (text(&out.stdout), text(&out.stderr))
}

fn refused(folder: &Path, args: &[&str]) -> String {
    let out = start(folder, args);
    assert!(!out.status.success(), "{args:?}");
    String::from_utf8_lossy(&out.stderr).into_owned()
}

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.as_ref().display()))
}

/// Two spots over four times: one goes 3 down and 4 right each time, the other stays, and is not there at the last.
fn film(path: &Path) {
    let meta =
        VolumeMeta { kind: Kind::Image, dtype: Dtype::U16, shape: [1, 30, 40], ndim: 2, spacing: None };
    let frame = |t: usize| {
        let mut pixels = vec![0u16; 30 * 40];
        pixels[(2 + 3 * t) * 40 + 5 + 4 * t] = 900;
        if t < 3 {
            pixels[25 * 40 + 3] = 700;
        }
        Volume::from_vec(&meta, pixels).unwrap()
    };
    let film = Image::new((0..4).map(frame).collect(), Some(4), None).unwrap();
    rotifer::io::write_image(path, &film).unwrap();
}

const FOLLOW: &str = r#"
[[steps]]
op = "own_role/peaks"
level = 100.0

[[steps]]
op = "own_role/link"
over = "time"
reach = 6.0
as = "ways"
save = true

[[steps]]
op = "own_role/lengths"
as = "lengths"
save = true
"#;

#[test]
fn it_is_listed_and_documented() {
    let here = Path::new(".");
    let (list, _) = program(here, &["list"]);
    for name in
        ["own_role/tracks", "own_role/random_walk", "own_role/peaks", "own_role/link", "gaussian_filter"]
    {
        assert!(list.contains(name), "{name}\n{list}");
    }
    let (doc, _) = program(here, &["doc", "own_role/tracks"]);
    assert!(doc.contains("Files     .tracks"), "{doc}");
    assert!(doc.contains("Made by   own_role/link, own_role/peaks, own_role/random_walk"), "{doc}");
    assert!(doc.contains("Taken by  own_role/lengths, own_role/link"), "{doc}");
    let (doc, _) = program(here, &["doc", "own_role/link"]);
    assert!(doc.contains("tracks  own_role/tracks") && doc.contains("-o out.tracks"), "{doc}");
    let (json, _) = program(here, &["doc", "own_role/peaks", "--json"]);
    assert!(
        json.contains("\"kind\": \"own_role/tracks\"") || json.contains("\"kind\":\"own_role/tracks\""),
        "{json}"
    );
}

#[test]
fn it_goes_from_an_image_over_time_to_files_and_tables() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    film(&at.join("a.tif"));
    std::fs::copy(at.join("a.tif"), at.join("b.tif")).unwrap();
    std::fs::write(at.join("p.toml"), FOLLOW).unwrap();
    program(at, &["check", "p.toml", "a.tif"]);
    let (plan, _) = program(at, &["plan", "p.toml", "a.tif"]);
    assert!(plan.contains("own_role/tracks × 4"), "{plan}");
    for (out, how) in [
        ("here", &["--in-process"][..]),
        ("there", &["--workers", "2"][..]),
        ("portable", &["--workers", "1", "--channel", "portable"][..]),
    ] {
        program(at, &[&["run", "p.toml", "a.tif", "b.tif", "-o", out], how].concat());
        for image in ["a", "b"] {
            let ways = read(at.join(out).join(image).join("ways.tracks"));
            assert_eq!(
                ways,
                "track,t,y,x\n1,0,2,5\n1,1,5,9\n1,2,8,13\n1,3,11,17\n2,0,25,3\n2,1,25,3\n2,2,25,3\n"
            );
        }
        let lengths = read(at.join(out).join("lengths.csv"));
        assert_eq!(
            lengths.lines().skip(1).collect::<Vec<_>>(),
            ["a,1,4,15", "a,2,3,0", "b,1,4,15", "b,2,3,0"],
            "{lengths}"
        );
    }
    let (said, _) = program(at, &["run", "p.toml", "a.tif", "b.tif", "-o", "there", "--resume", "--json"]);
    assert!(said.contains("\"resumed\": 2") || said.contains("\"resumed\":2"), "{said}");
    // Without `over` each time point has tracks of its own, and a file.
    std::fs::write(at.join("q.toml"), FOLLOW.replace("over = \"time\"\n", "")).unwrap();
    program(at, &["run", "q.toml", "a.tif", "-o", "apart"]);
    assert_eq!(read(at.join("apart/a/ways_t3.tracks")), "track,t,y,x\n1,0,11,17\n");
}

/// The numbers are numpy's, by seed, step and element; they are the same in workers.
#[test]
fn it_is_made_without_an_input() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let pipeline = "seed = 3\n[[steps]]\nop = \"own_role/random_walk\"\ntimes = 3\nas = \"walk\"\nsave = true\n\
                    [[steps]]\nop = \"own_role/lengths\"\nas = \"lengths\"\nsave = true\n";
    std::fs::write(at.join("walk.toml"), pipeline).unwrap();
    program(at, &["check", "walk.toml"]);
    let expected = [
        [1.0, 0.0, 1.537943439789745, -0.6698627081097879],
        [1.0, 1.0, 1.5051990474715784, -0.5468876660342036],
        [1.0, 2.0, 2.9432887108455184, -0.16628806551697367],
        [2.0, 0.0, 0.7135386505431665, 0.29447984166603625],
        [2.0, 1.0, 1.652550633050943, 0.7278641510377526],
        [2.0, 2.0, 3.1028848911517035, 1.5567920332083927],
    ];
    for (out, how) in [("here", "--in-process"), ("there", "--workers=1")] {
        program(at, &["run", "walk.toml", "-o", out, how]);
        let walk = read(at.join(out).join("pipeline/walk.tracks"));
        assert_eq!(walk.lines().count(), 7, "{walk}");
        for (line, expected) in walk.lines().skip(1).zip(expected) {
            for (found, expected) in line.split(',').zip(expected) {
                assert!((found.parse::<f64>().unwrap() - expected).abs() < 1e-12, "{line}");
            }
        }
    }
    assert_eq!(read(at.join("here/pipeline/walk.tracks")), read(at.join("there/pipeline/walk.tracks")));
    let (_, said) =
        program(at, &["apply", "own_role/random_walk", "-o", "w.tracks", "--count", "4", "--times", "2"]);
    assert!(said.contains("tracks: 4 tracks, 8 points"), "{said}");
    program(at, &["apply", "own_role/lengths", "w.tracks", "-o", "w.csv"]);
    assert_eq!(read(at.join("w.csv")).lines().count(), 5);
}

#[test]
fn its_files_are_inputs_of_pipelines_and_wrong_ones_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    film(&at.join("a.tif"));
    std::fs::write(at.join("known.tracks"), "track,t,y,x\n4,0,0,0\n4,1,3,4\n").unwrap();
    let pipeline = "[inputs]\nimage = {}\nknown = { file = \"known.tracks\" }\n\
                    [[steps]]\nop = \"own_role/lengths\"\nfrom = \"known\"\nas = \"lengths\"\nsave = true\n";
    std::fs::write(at.join("p.toml"), pipeline).unwrap();
    program(at, &["run", "p.toml", "a.tif", "-o", "out", "--workers", "1"]);
    assert_eq!(read(at.join("out/lengths.csv")).lines().nth(1), Some("a,4,2,5"));
    for (content, says) in [
        ("track,t,y\n", "its first line is not track,t,y,x"),
        ("track,t,y,x\n1,0,a,0\n", "a line is no point"),
        ("track,t,y,x\n1,0,0,0\n1,0,1,1\n", "track 1 is at two places at t 0"),
        ("track,t,y,x\n1,0,nan,0\n", "track 1 is nowhere at t 0"),
    ] {
        std::fs::write(at.join("bad.tracks"), content).unwrap();
        let said = refused(at, &["apply", "own_role/lengths", "bad.tracks", "-o", "no.csv"]);
        assert!(said.contains("bad.tracks") && said.contains(says), "{said}");
    }
    let said = refused(at, &["apply", "own_role/lengths", "a.tif", "-o", "no.csv"]);
    assert!(said.contains("of no kind of data"), "{said}");
    let said = refused(at, &["apply", "own_role/random_walk", "-o", "walk.tif"]);
    assert!(said.contains("`tracks` is own_role/tracks") && said.contains(".tracks"), "{said}");
    // Kinds are checked before any work, both ways.
    for (first, second, says) in [
        ("own_role/peaks", "gaussian_filter", "input `image` takes image, gets own_role/tracks"),
        ("gaussian_filter", "own_role/lengths", "input `tracks` takes own_role/tracks, gets image"),
    ] {
        let pipeline = format!("[[steps]]\nop = \"{first}\"\n[[steps]]\nop = \"{second}\"\nsave = true\n");
        std::fs::write(at.join("q.toml"), pipeline).unwrap();
        let said = refused(at, &["check", "q.toml"]);
        assert!(said.contains(says), "{said}");
    }
    // Only the image tells that it has no tracks.
    let pipeline = "[[steps]]\nop = \"own_role/lengths\"\nsave = true\n";
    std::fs::write(at.join("r.toml"), pipeline).unwrap();
    let said = refused(at, &["check", "r.toml", "a.tif"]);
    assert!(said.contains("takes own_role/tracks"), "{said}");
}
