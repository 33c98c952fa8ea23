//! Memory and pace of a run of very many small images: `cargo bench --bench batch [IMAGES]`. The images are one file
//! under so many names, each of a field of a plate of 384 wells. The run and the one that resumes it each have a process of
//! their own, as from the command line.

use rotifer::batch::{Event, Existing, Settings, run};
use rotifer::execute::{On, Options};
use rotifer::io::{expand, group, write_image};
use rotifer::registry::pipeline::check;
use rotifer::registry::*;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

const IMAGES: usize = 100_000;
/// Most bytes of memory that the process may take which hands the images out.
const MOST: u64 = 150_000_000;

fn main() {
    rotifer::worker::serve_if_asked();
    let words: Vec<String> = std::env::args().collect();
    if let [_, way, dir, count] = &words[..]
        && way.starts_with("--as-")
    {
        return one(Path::new(dir), way == "--as-resumed", count.parse().expect("a count"));
    }
    let count = words.iter().skip(1).find_map(|a| a.parse().ok()).unwrap_or(IMAGES);
    let dir = tempfile::tempdir().expect("a folder");
    let plate = dir.path().join("plate");
    std::fs::create_dir(&plate).expect("a folder");
    let name = |i: usize| {
        let (well, field) = (i % 384, i / 384 + 1);
        plate.join(format!("P1_{}{:02}_s{field}_w1.tif", (b'A' + (well / 24) as u8) as char, well % 24 + 1))
    };
    let first = name(0);
    let spot = |i: usize| if (i / 16 % 16 + i % 16) % 9 < 3 { 900 + i as u16 } else { 100 };
    let meta =
        VolumeMeta { kind: Kind::Image, dtype: Dtype::U16, shape: [1, 16, 16], ndim: 2, spacing: None };
    let pixels: Vec<u16> = (0..256).map(spot).collect();
    write_image(&first, &Volume::from_vec(&meta, pixels).expect("an image").into()).expect("a file");
    // A file has a limited number of names.
    let mut base = first.clone();
    for i in 1..count {
        let name = name(i);
        if i % 10_000 == 0 || std::fs::hard_link(&base, &name).is_err() {
            std::fs::copy(&first, &name).expect("a copy");
            base = name;
        }
    }
    let this = std::env::current_exe().expect("this program");
    for way in ["--as-new", "--as-resumed"] {
        let done =
            Command::new(&this).arg(way).arg(dir.path()).arg(count.to_string()).status().expect("a run");
        assert!(done.success(), "{way}: {done}");
    }
    println!("{} MB of rows", size(&dir.path().join("out/.rotifer")) / 1_000_000);
}

/// Runs over the plate in the folder, or resumes that.
fn one(dir: &Path, resumed: bool, count: usize) {
    let steps = vec![
        Step::new("threshold_otsu").named("bright"),
        Step::new("connected_components").named("spots"),
        Step::new("regionprops_table").from(&["spots", "input"]).named("cells").saved(),
    ];
    let checked = check(&Pipeline::new(steps)).expect("a pipeline");
    let files = expand(&[dir.join("plate").to_string_lossy().into_owned()]).expect("files");
    let groups = group(&files, None).expect("images");
    drop(files);
    let before = memory("VmRSS");
    let settings = Settings {
        out: dir.join("out"),
        existing: if resumed { Existing::Resume } else { Existing::Refuse },
        options: Options { on: On::Cpu, ..Options::default() },
        ..Settings::default()
    };
    let start = Instant::now();
    let mut finished = 0;
    let done = run(&checked, groups, &settings, &AtomicBool::new(false), &mut |event| {
        if let Event::Started { resumed: n, .. } = event {
            finished = *n;
        }
    })
    .expect("a run");
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!((done.done, done.failed, finished), (count, 0, if resumed { count } else { 0 }));
    let most = memory("VmHWM");
    println!(
        "{count} images, {finished} of them finished before: {seconds:.1} s, {:.0} images/s; memory {:.0} MB with the \
         names of all images, {:.0} MB at most   <= {} MB",
        count as f64 / seconds,
        before as f64 / 1e6,
        most as f64 / 1e6,
        MOST / 1_000_000
    );
    assert!(most <= MOST, "the memory of a run grows");
}

/// Bytes, by what the kernel says of this process.
fn memory(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':')).unwrap_or("0 kB");
    line.trim().trim_end_matches("kB").trim().parse::<u64>().map_or(0, |kb| kb << 10)
}

fn size(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| Some(file.metadata().ok()?.len())).sum()
}
