//! A volume that is never whole in memory, nor anywhere else: its planes are computed when they are read.

mod balls;

use balls::{Balls, pipeline};
use rotifer::execute::store::{Item, whole};
use rotifer::execute::{On, Options, Watch, run_streamed};
use rotifer::plan::{FlowMeta, GivenMeta, plan_given};
use rotifer::registry::pipeline::check;
use rotifer::registry::*;
use std::sync::Arc;

/// Distances within objects, their centres, and the region nearest to each: values that go through the whole volume.
fn regions() -> Pipeline {
    Pipeline::new(vec![
        Step::new("greater").arg("value", 500.0).named("bright"),
        Step::new("distance_transform_edt").named("distance").saved(),
        Step::new("h_maxima").arg("h", 1.5).named("middles"),
        Step::new("connected_components").named("seeds"),
        Step::new("extend_labeling_via_voronoi").named("regions").saved(),
        Step::new("subtract").from(&["distance"]).arg("value", 1.5).named("lower"),
        Step::new("reconstruction").from(&["lower", "distance"]).named("flat").saved(),
    ])
}

fn run(
    pipeline: &Pipeline,
    shape: [usize; 3],
    memory: Option<u64>,
    source: Item,
) -> Vec<(String, Frames<Item>)> {
    let checked = check(pipeline).unwrap_or_else(|e| panic!("{}", e[0]));
    let options =
        Options { on: On::Cpu, memory, part: memory.is_none().then_some(usize::MAX), ..Options::default() };
    let frames = Frames { items: vec![source], axes: Axes::NONE };
    let volume = Balls::new(shape).meta;
    let image = ImageMeta { volume, axes: Axes::NONE };
    let given = GivenMeta { inputs: vec![FlowMeta::of_image(&image)], made: Vec::new() };
    let plan = plan_given(&checked, &given, None, &options).unwrap_or_else(|e| panic!("{}", e[0]));
    let parts = plan.parts.as_ref().expect("the volume does not fit");
    assert!(memory.is_none_or(|memory| plan.peak_bytes as u64 <= memory), "{} {parts:?}", plan.peak_bytes);
    for step in plan.steps.iter().filter(|_| memory.is_some()) {
        assert!(step.rows.is_some(), "{} is whole", step.op);
    }
    let (outputs, _) = run_streamed(&checked, &plan, vec![frames], &options, &Watch::default())
        .unwrap_or_else(|e| panic!("{e}"));
    outputs
}

/// Most bytes that this process had so far.
#[cfg(target_os = "linux")]
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the state of this process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().expect("a number");
    kib << 10
}

/// The labels, table and projection of a volume in little memory are those of the same volume whole, and the memory holds.
#[test]
fn a_volume_in_parts_is_the_volume() {
    let memory = 150 << 20;
    let cases = [(pipeline(), [144, 480, 512]), (regions(), [96, 320, 384])];
    let run_of = |(pipeline, shape): &(Pipeline, [usize; 3])| {
        run(pipeline, *shape, Some(memory), Item::Volume(Arc::new(Balls::new(*shape))))
    };
    let parts: Vec<_> = cases.iter().map(run_of).collect();
    #[cfg(target_os = "linux")]
    {
        let peak = peak();
        eprintln!("peak {} MiB of {} MiB", peak >> 20, memory >> 20);
        // The labels alone have 135 MiB.
        assert!(peak <= memory / 10 * 11, "{peak} bytes");
    }
    for ((pipeline, shape), parts) in cases.iter().zip(&parts) {
        let all = Balls::new(*shape);
        let held = Item::from(Datum::Volume(whole(&all).expect("a volume")));
        let once = run(pipeline, *shape, None, held);
        assert_eq!(parts.len(), once.len());
        parts.iter().zip(&once).for_each(|((name, a), (_, b))| same(name, a, b));
    }
}

fn same(name: &str, a: &Frames<Item>, b: &Frames<Item>) {
    let read = |frames: &Frames<Item>| frames.items[0].read(whole).expect("a value");
    let (a, b) = (read(a), read(b));
    match (&a, &b) {
        (Datum::Volume(a), Datum::Volume(b)) => {
            assert_eq!(a.meta(), b.meta(), "{name}");
            assert!(a.bytes() == b.bytes(), "{name}");
            let least = a.f64s().into_iter().fold(f64::INFINITY, f64::min);
            assert!(a.f64s().iter().any(|v| *v > least), "{name} is the same everywhere");
        }
        (a, b) => assert_eq!(format!("{a:?}"), format!("{b:?}"), "{name}"),
    }
    if let Datum::Table(table) = a {
        // A ball in each cell, but the small ones.
        assert!(table.rows() > 1500, "{}", table.rows());
    }
}
