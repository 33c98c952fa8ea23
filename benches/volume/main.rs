//! A volume that does not fit into memory, through a pipeline of every kind of step:
//! `cargo bench --bench volume -- [GIB] [MIB OF MEMORY] [FOLDER]`. The volume is computed plane by plane; nothing of it is on disk.

#[path = "../../tests/balls/mod.rs"]
mod balls;

use balls::{Balls, pipeline};
use rotifer::execute::store::{Item, blocks};
use rotifer::execute::{On, Options, Watch, run_streamed};
use rotifer::plan::{FlowMeta, GivenMeta, plan_given};
use rotifer::registry::pipeline::check;
use rotifer::registry::*;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|a| a.parse::<f64>().ok());
    let (gib, mib) = (numbers.next().unwrap_or(1.0), numbers.next().unwrap_or(600.0));
    let folder = std::env::args().skip(1).find(|a| a.contains('/')).map(PathBuf::from);
    let planes = (gib * f64::from(1 << 30) / f64::from(2 * 1024 * 1024)) as usize;
    let source = Balls::new([planes.max(1), 1024, 1024]);
    let options = Options {
        on: On::Cpu,
        memory: Some((mib * f64::from(1 << 20)) as u64),
        scratch: folder,
        ..Options::default()
    };
    let checked = check(&pipeline()).expect("a pipeline");
    let volume = source.meta.clone();
    let voxels = volume.len() as f64;
    let image = ImageMeta { volume, axes: Axes::NONE };
    let given = GivenMeta { inputs: vec![FlowMeta::of_image(&image)], made: Vec::new() };
    let plan = plan_given(&checked, &given, None, &options).unwrap_or_else(|e| panic!("{}", e[0]));
    for step in &plan.steps {
        println!("{:<24} {:?} planes at a time, strips of {:?} rows", step.op, step.rows, step.strip);
    }
    let items = vec![Item::Volume(Arc::new(source))];
    let frames = Frames { items, axes: Axes::NONE };
    let start = Instant::now();
    let (outputs, report) = run_streamed(&checked, &plan, vec![frames], &options, &Watch::default())
        .unwrap_or_else(|e| panic!("{e}"));
    let seconds = start.elapsed().as_secs_f64();
    for step in &report.steps {
        println!("{:<24} {:8.1} s", step.op, step.seconds);
    }
    for (name, frames) in &outputs {
        match &frames.items[0] {
            Item::Volume(source) => {
                println!("{name}: {} in {} blocks", source.meta().shape_text(), blocks(&**source).len())
            }
            Item::Fixed(Datum::Table(table)) => println!("{name}: {} rows", table.rows()),
            _ => {}
        }
    }
    println!("{gib} GiB: {seconds:.1} s, {:.1} ns a voxel", seconds * 1e9 / voxels);
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string("/proc/self/status").expect("the state of this process");
        let peak = status.lines().find(|line| line.starts_with("VmHWM")).expect("its peak");
        println!("{peak}, planned {} MiB", plan.peak_bytes >> 20);
    }
}
