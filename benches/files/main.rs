//! How fast files are read, beside tifffile with imagecodecs, both on two threads: `cargo bench --bench files`.
//!
//! Times are taken in pairs, one of each in turn; the ratio is the median of the pairs' ratios. `ROTIFER_PYTHON` names a
//! Python with tifffile and imagecodecs; else it is the one that tests/run makes.

use rotifer::io;
use rotifer::registry::Volume;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

const PAIRS: usize = 21;

fn main() {
    rotifer::allocator::keep_memory();
    rayon::ThreadPoolBuilder::new().num_threads(2).build_global().expect("two threads");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("target/files-bench");
    std::fs::create_dir_all(&folder).expect("a folder");
    let python = std::env::var_os("ROTIFER_PYTHON")
        .map_or_else(|| root.join("target/parity-venv/bin/python"), PathBuf::from);
    let mut peer = Command::new(python)
        .arg(root.join("benches/files/peers.py"))
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a Python with tifffile");
    let mut ask = peer.stdin.take().expect("a pipe");
    let mut lines = BufReader::new(peer.stdout.take().expect("a pipe")).lines().map(|l| l.expect("a line"));
    let names: Vec<String> = lines.by_ref().take_while(|name| !name.is_empty()).collect();
    println!("{:<28} {:>10} {:>10} {:>7}", "", "rotifer ms", "tifffile", "ratio");
    for name in names {
        let path = folder.join(&name);
        let mut times = Vec::new();
        for _ in 0..PAIRS + 2 {
            let start = Instant::now();
            let image = io::read(&path).expect("an image");
            let own = start.elapsed().as_secs_f64();
            writeln!(ask, "{}", path.display()).expect("the peer");
            let answer = lines.next().expect("an answer");
            let (seconds, sum) = answer.split_once(' ').expect("seconds and a sum");
            let total: f64 = image.volumes().iter().flat_map(Volume::f64s).sum();
            assert_eq!(total, sum.parse::<f64>().expect("a sum"), "{name}");
            times.push((own, seconds.parse::<f64>().expect("seconds")));
        }
        // The first fill the caches.
        let times = &times[2..];
        let median = |mut v: Vec<f64>| {
            v.sort_by(f64::total_cmp);
            v[v.len() / 2]
        };
        let own = median(times.iter().map(|t| t.0).collect());
        let peer = median(times.iter().map(|t| t.1).collect());
        let ratio = median(times.iter().map(|t| t.0 / t.1).collect());
        println!(
            "{:<28} {:>10.2} {:>10.2} {:>7.2}",
            name.trim_end_matches(".tif"),
            own * 1e3,
            peer * 1e3,
            ratio
        );
    }
    drop(ask);
    let _ = peer.wait();
}
