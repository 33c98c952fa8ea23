//! Every function of the registry in a worker: the same bits as in this process, and again in a worker of another pool,
//! though this process has used its GPU on several threads before.
//!
//! A program of its own, since it is its own worker.

use rotifer::document;
use rotifer::execute::{On, Options, Outcome, run};
use rotifer::pool::{Config, Pool, Prepared};
use rotifer::registry::pipeline::{Args, check};
use rotifer::registry::*;

/// Three channels of small whole numbers.
fn image() -> Image {
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::U8, shape: [1, 33, 40], ndim: 2, spacing: None };
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1664525).wrapping_add(1013904223);
        // A third of the pixels is background.
        (state >> 24) as u8 % 12 * !(state >> 16).is_multiple_of(3) as u8
    };
    let planes = (0..3).map(|_| {
        Volume::from_vec(&meta, (0..33 * 40).map(|_| next()).collect::<Vec<u8>>()).expect("a plane")
    });
    Image::new(planes.collect(), None, Some(3)).expect("an image")
}

/// The function on channels of the image, and on a mask and labels made of it.
fn pipeline(entry: &Entry, args: Args) -> Pipeline {
    let mut images = 0;
    let ports = entry.spec.inputs.iter().map_while(|port| match port.kind {
        PortKind::Image => {
            images += 1;
            Some(format!("input[c={}]", images - 1))
        }
        PortKind::Mask => Some("mask".into()),
        PortKind::Labels | PortKind::MaskOrLabels => Some("labels".into()),
        PortKind::Rgb => Some("input".into()),
        PortKind::Table if port.name.ends_with("points") => Some("points".into()),
        PortKind::Table => Some("table".into()),
        // Optional wherever there is one.
        PortKind::Number | PortKind::ImageOrNumber => None,
        kind => panic!("no value for a port of {}", kind.name()),
    });
    let from: Vec<String> = ports.collect();
    let from: Vec<&str> = from.iter().map(String::as_str).collect();
    let mask = Step::new("greater").arg("value", 5.0).from(&["input[c=0]"]).named("mask");
    let labels = Step::new("connected_components").from(&["mask"]).named("labels");
    let mut step = Step::new(entry.spec.id).from(&from).named("out").saved();
    step.args = args;
    let table = Step::new("regionprops_table").arg("properties", "area").from(&["labels"]).named("table");
    let points = Step::new("centroids_of_labels").from(&["labels"]).named("points");
    Pipeline::new(vec![mask, labels, table, points, step])
}

/// All of a result that says something of pixels and numbers, NaN included; or what went wrong.
fn bits(result: Result<Outcome, Error>) -> String {
    let outcome = match result {
        Ok(outcome) => outcome,
        Err(error) => return error.to_string(),
    };
    let datum = |datum: &Datum| match datum {
        Datum::Volume(v) => format!("{:?} {:?}", v.meta(), v.bytes()),
        Datum::Rgb(planes) => format!("{:?}", planes.each_ref().map(|v| (v.meta(), v.bytes().to_vec()))),
        Datum::Number(x) => format!("{:x}", x.to_bits()),
        other => format!("{other:?}"),
    };
    let frames = |frames: &Frames| frames.items.iter().map(datum).collect::<Vec<_>>().join(";");
    outcome.outputs.iter().map(|(name, f)| format!("{name}: {}\n", frames(f))).collect()
}

fn main() {
    rotifer::worker::serve_if_asked();
    let image = image();
    let gpu = rotifer::context::adapter().is_ok();
    assert!(gpu || std::env::var_os("ROTIFER_REQUIRE_DEVICE").is_none(), "a GPU adapter is required");
    if gpu {
        let blurred =
            check(&Pipeline::new(vec![Step::new("gaussian_filter")])).unwrap_or_else(|e| panic!("{}", e[0]));
        let options = Options { on: On::Gpu, ..Options::default() };
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| run(&blurred, &image, &options).expect("a GPU on this thread"));
            }
        });
    }
    let places = if gpu { vec![On::Cpu, On::Gpu] } else { vec![On::Cpu] };
    let pools = [(); 2].map(|()| Pool::new(Config::workers(2)).expect("a pool"));
    let (mut compared, mut right) = (0, 0);
    for entry in entries() {
        let examples = entry
            .spec
            .examples
            .iter()
            .map(|text| document::arguments(text).unwrap_or_else(|e| panic!("{}", e[0])));
        for args in std::iter::once(Args::default()).chain(examples) {
            let pipeline = pipeline(entry, args);
            // An argument without a default.
            let Ok(checked) = check(&pipeline) else { continue };
            for &on in &places {
                let options = Options { on, ..Options::default() };
                let prepared = Prepared::new(&pipeline, &options).expect("it was checked");
                let handles = pools.each_ref().map(|pool| pool.submit(&prepared, image.clone()));
                let here = run(&checked, &image, &options);
                right += here.is_ok() as usize;
                let here = bits(here);
                for handle in handles {
                    let there = bits(handle.wait());
                    assert!(
                        here == there,
                        "{} {:?} on {on:?}:\n{here}\n{there}",
                        entry.spec.id,
                        pipeline.steps[2].args
                    );
                }
                compared += 1;
            }
        }
    }
    // The others are refused alike: arguments for 3-D.
    assert!(right * 4 > compared * 3, "{right} of {compared} give a result");
    println!("test every_function_runs_in_workers ... ok ({compared} pipelines, {right} with a result)");
}
