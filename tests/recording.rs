//! The passes and bytes of device steps, counted from what they record: no GPU is needed. Those of every operation stand in
//! `docs/passes.md`, which a change renews.

use rotifer::context;
use rotifer::document;
use rotifer::execute::{Given, On, Options, Outcome, Submission, run, submission, submissions};
use rotifer::registry::expr::{Dag, Node};
use rotifer::registry::op::PortKind;
use rotifer::registry::pipeline::{DtypeRequest, check};
use rotifer::registry::recorder::Handle;
use rotifer::registry::{
    Args, Datum, DatumMeta, Dtype, Entry, Frames, Image, Kind, Metas, Pipeline, Shader, Step, Volume,
    VolumeMeta, entries, pixel,
};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

/// splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

fn image(dtype: Dtype, shape: [usize; 3], random: &mut Random) -> Volume {
    let ndim = if shape[0] > 1 { 3 } else { 2 };
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape, ndim, spacing: None };
    let pixels = (0..meta.len()).map(|i| (i % 37) as f32 * 3.5 + random.below(120) as f32 - 20.0).collect();
    Volume::from_vec::<f32>(&meta, pixels).unwrap().cast(dtype)
}

/// The defaults, if there is one for every argument, and every example.
fn argument_sets(entry: &Entry) -> Vec<Args> {
    let defaults = entry.spec.params.iter().all(|p| p.default.is_some()).then(Args::new);
    let examples = entry.spec.examples.iter().map(|e| document::arguments(e).expect("an example"));
    defaults.into_iter().chain(examples).collect()
}

/// A value for every port of an operation; of those that may be absent only where `given` says so.
fn inputs(entry: &Entry, dtype: Dtype, shape: [usize; 3], given: bool) -> Vec<Option<Datum>> {
    let mut random = Random(3);
    let ports = entry.spec.inputs.iter().map(|port| {
        if port.optional && !given {
            return None;
        }
        let mut next = || image(dtype, shape, &mut random);
        let one = next();
        let classes = |n: usize| one.f64s().into_iter().map(move |x| x.abs() as usize % n);
        Some(match port.kind {
            PortKind::Mask => Datum::Volume(one.mask(classes(2).map(|v| v as u8).collect()).unwrap()),
            PortKind::Labels | PortKind::MaskOrLabels => {
                Datum::Volume(one.labels(classes(7).map(|v| v as u32).collect()).unwrap())
            }
            PortKind::Rgb => Datum::Rgb([next(), next(), next()]),
            PortKind::Number => Datum::Number(50.0),
            _ if port.name == "psf" => Datum::Volume(one.cut(1, 0..5).cut(2, 0..5).cast(Dtype::F32)),
            _ => Datum::Volume(one),
        })
    });
    ports.collect()
}

fn frames(data: Vec<Option<Datum>>) -> Vec<Option<Frames>> {
    data.into_iter().map(|datum| datum.map(Frames::from)).collect()
}

/// Bytes of an image as it is stored, in whole words.
fn bytes(meta: &VolumeMeta) -> usize {
    meta.bytes().next_multiple_of(4)
}

/// Shaders that are made at run time are valid, translate for DirectX and Metal, and bind no more than every adapter does.
fn hold(found: &Submission, valid: &mut BTreeSet<u64>) {
    for pass in found.recorder.passes() {
        assert!(pass.buffers.len() <= 8, "{}: {} buffers", pass.shader.name, pass.buffers.len());
        if let Handle::Made(shader) = &pass.shader
            && valid.insert(shader.key)
            && let Err(error) = translate(shader)
        {
            panic!("{}: {error}\n{}", shader.name, shader.source);
        }
    }
}

fn translate(shader: &Shader) -> Result<(), String> {
    use naga::back::{hlsl, msl};
    use naga::valid::{Capabilities, ValidationFlags, Validator};
    let module =
        naga::front::wgsl::parse_str(&shader.source).map_err(|e| e.emit_to_string(&shader.source))?;
    let info = Validator::new(ValidationFlags::all(), Capabilities::default())
        .validate(&module)
        .map_err(|e| e.emit_to_string(&shader.source))?;
    let (options, pipeline) = (hlsl::Options::default(), hlsl::PipelineOptions::default());
    hlsl::Writer::new(&mut String::new(), &options, &pipeline)
        .write(&module, &info, None)
        .map_err(|error| format!("no HLSL: {error}"))?;
    let (options, pipeline) =
        (msl::Options { lang_version: (2, 0), ..msl::Options::default() }, msl::PipelineOptions::default());
    msl::write_string(&module, &info, &options, &pipeline).map_err(|error| format!("no MSL: {error}"))?;
    Ok(())
}

fn recorded(steps: &[Step], image: &Image) -> Vec<Submission> {
    let checked = check(&Pipeline::new(steps.to_vec())).unwrap_or_else(|e| panic!("{}", e[0]));
    submissions(&checked, &Given::from(image), &Options::default()).unwrap_or_else(|e| panic!("{e}"))
}

/// Clips, subtracts, and compares.
fn three() -> Vec<Step> {
    vec![
        Step::new("clip").arg("minimum", 10).arg("maximum", 200),
        Step::new("subtract").arg("value", 10.5),
        Step::new("greater").arg("value", 50),
    ]
}

#[test]
fn a_run_of_pixel_steps_is_one_pass_over_the_bytes_of_its_ends() {
    let shape = [1, 48, 64];
    let n = 48 * 64;
    let of = |steps: &[Step], dtype: Dtype| {
        let found = recorded(steps, &Image::from(image(dtype, shape, &mut Random(1))));
        found.iter().for_each(|one| hold(one, &mut BTreeSet::new()));
        assert_eq!(found.len(), 1);
        (found[0].recorder.passes().count(), found[0].recorder.bytes(), found[0].download_bytes)
    };
    // A byte a pixel is read, and one is written.
    assert_eq!(of(&three(), Dtype::U8), (1, 2 * n, n));
    assert_eq!(of(&three(), Dtype::U16), (1, 3 * n, n));
    assert_eq!(of(&three(), Dtype::F32), (1, 5 * n, n));
    // A value that is kept is stored, and read again.
    let mut kept = three();
    kept[0] = kept[0].clone().saved();
    kept[2] = kept[2].clone().saved();
    assert_eq!(of(&kept, Dtype::U8), (2, 4 * n, 2 * n));
    // A value that two steps read is stored.
    let twice = vec![
        Step::new("invert_intensity").named("a"),
        Step::new("square").from(&["a"]).named("b"),
        Step::new("add").from(&["b", "a"]),
    ];
    assert_eq!(of(&twice, Dtype::U8), (2, 2 * n + 5 * n, 4 * n));
    // Another step reads elements, which the pass before it makes at once.
    let mut blurred = three()[..2].to_vec();
    blurred.push(Step::new("gaussian_filter"));
    let found = recorded(&blurred, &Image::from(image(Dtype::U8, shape, &mut Random(1))));
    let names: Vec<&str> = found[0].recorder.passes().map(|pass| &*pass.shader.name).collect();
    assert!(names[0] == "pixel/clip, subtract" && !names.contains(&"memory/unpack"), "{names:?}");
    assert_eq!(found[0].recorder.passes().next().map(|pass| pass.bytes()), Some(5 * n));
}

/// An expression of more inputs than every adapter binds is several.
#[test]
fn a_pass_binds_no_more_than_every_adapter_does() {
    let mut random = Random(1);
    let mut steps = Vec::new();
    for k in 0..12 {
        // Each of these is read twice, so that it is stored.
        steps.push(Step::new("add").from(&["input"]).arg("value", k as f64 + 0.5).named(&format!("a{k}")));
        steps.push(Step::new("greater").from(&[&format!("a{k}")]).named(&format!("m{k}")).saved());
    }
    for k in 0..12 {
        let last = if k == 0 { "input".to_string() } else { format!("sum{}", k - 1) };
        steps.push(Step::new("add").from(&[&last, &format!("a{k}")]).named(&format!("sum{k}")));
    }
    steps[35] = steps[35].clone().saved();
    let found = recorded(&steps, &Image::from(image(Dtype::U8, [1, 8, 9], &mut random)));
    hold(&found[0], &mut BTreeSet::new());
    let sums = found[0].recorder.passes().filter(|pass| pass.shader.name.starts_with("pixel/add, add"));
    assert_eq!(sums.count(), 2);
}

#[test]
fn every_pixel_operation_alone_is_one_pass_over_what_it_reads_and_writes() {
    let (mut counted, mut valid) = (0, BTreeSet::new());
    for entry in entries() {
        for args in argument_sets(entry) {
            let Some(op) = entry.build(&args).ok().filter(|op| op.pixel().is_some()) else { continue };
            for (dtype, shape, given) in Dtype::ALL
                .iter()
                .flat_map(|d| [([1, 37, 53], true), ([3, 11, 16], false)].map(|(s, given)| (*d, s, given)))
            {
                let data = inputs(entry, dtype, shape, given);
                let metas: Vec<Option<DatumMeta>> =
                    data.iter().map(|d| d.as_ref().map(Datum::meta)).collect();
                let step = Step { op: entry.spec.id.into(), args: args.clone(), ..Step::default() };
                let case = format!("{} {args:?} {dtype} {given}", entry.spec.id);
                let found = match submission(entry, &step, &frames(data)) {
                    Ok(Some(found)) => found,
                    // Numbers of 32 bits are computed on the host.
                    Ok(None) if matches!(dtype, Dtype::U32 | Dtype::I32) => continue,
                    Err(error) if matches!(error.code, rotifer::registry::Code::InputCount) => continue,
                    Ok(None) => panic!("{case}: on the host"),
                    Err(error) => panic!("{case}: {error}"),
                };
                hold(&found, &mut valid);
                let metas = Metas::new(entry.spec.inputs, &metas);
                let tree = op.pixel().expect("an expression").tree(&metas).expect("an expression");
                let dag = Dag::new(&tree);
                let reads = |slot: usize| {
                    dag.nodes().iter().any(|n| matches!(n, Node::Port { index, .. } if *index == slot))
                };
                let mut expected = bytes(&pixel::output(entry.spec, &metas).expect("an image"));
                for port in entry.spec.inputs {
                    let planes = if port.kind == PortKind::Rgb { 3 } else { 1 };
                    let first = pixel::slot(entry.spec.inputs, port.name);
                    let read = (first..first + planes).filter(|slot| reads(*slot)).count();
                    expected += read * metas.get(port.name).and_then(DatumMeta::volume).map_or(0, bytes);
                }
                let passes = found.recorder.passes().count();
                assert_eq!((passes, found.recorder.bytes()), (1, expected), "{case}");
                counted += 1;
            }
        }
    }
    eprintln!("{counted} recordings, {} shaders", valid.len());
    assert!(counted > 400 && valid.len() > 100, "{counted} {}", valid.len());
}

/// Another value of an argument is no other shader.
#[test]
fn arguments_stand_in_the_uniform() {
    let image = Image::from(image(Dtype::U8, [1, 8, 9], &mut Random(1)));
    let keys = |low: f64, value: f64, threshold: f64| {
        let mut steps = three();
        steps[0] = Step::new("clip").arg("minimum", low).arg("maximum", 200);
        steps[1] = Step::new("subtract").arg("value", value);
        steps[2] = Step::new("greater").arg("value", threshold);
        let found = recorded(&steps, &image);
        found[0].recorder.passes().map(|pass| pass.shader.key).collect::<Vec<_>>()
    };
    let first = keys(10.0, 10.5, 50.0);
    assert_eq!(first, keys(11.0, 0.1, 50.7));
    assert_eq!(first, keys(3.0, -7.0, 1e-3));
}

/// Lists of pixel steps drawn from the registry: valid shaders, and on a device the values of step by step.
#[test]
fn fused_is_step_by_step() {
    let is_pixel = |e: &&&'static Entry| {
        let args = argument_sets(e);
        args.first().and_then(|args| e.build(args).ok()).is_some_and(|op| op.pixel().is_some())
            && e.spec.inputs.iter().all(|p| p.kind != PortKind::Rgb)
    };
    let choice: Vec<&&'static Entry> = entries().iter().filter(is_pixel).collect();
    let device = context::adapter().is_ok();
    assert!(device || std::env::var_os("ROTIFER_REQUIRE_DEVICE").is_none(), "no device");
    let mut random = Random(17);
    let (mut passes, mut steps_in_all, mut valid) = (0, 0, BTreeSet::new());
    let (mut compared, mut differ) = (0, 0);
    for round in 0..150 {
        let shape = [[1, 47, 31], [5, 12, 17]][round % 2];
        let dtype = [Dtype::U8, Dtype::U16, Dtype::F32, Dtype::I16][random.below(4)];
        let input = Image::from(image(dtype, shape, &mut random));
        let mut steps: Vec<Step> = Vec::new();
        let mut kinds = vec![rotifer::registry::DatumKind::Image];
        for k in 0..2 + random.below(5) {
            let last = kinds.len() - 1;
            let takes: Vec<_> =
                choice.iter().filter(|e| e.spec.inputs[0].kind.accepts(kinds[last])).collect();
            let entry = takes[random.below(takes.len())];
            let sets = argument_sets(entry);
            let from = |pick: usize| if pick == 0 { "input".to_string() } else { format!("s{}", pick - 1) };
            let mut step = Step { op: entry.spec.id.into(), ..Step::default() }.named(&format!("s{k}"));
            step.args = sets[random.below(sets.len())].clone();
            step.from = vec![from(last)];
            if let Some(port) = entry.spec.inputs.get(1)
                && (!port.optional || random.below(2) == 0)
            {
                let second: Vec<usize> = (0..kinds.len()).filter(|k| port.kind.accepts(kinds[*k])).collect();
                if second.is_empty() && !port.optional {
                    continue;
                }
                step.from.extend(second.get(random.below(second.len().max(1))).map(|k| from(*k)));
            }
            match random.below(8) {
                0 => step.dtype = Some(DtypeRequest::Preserve),
                1 => {
                    step.dtype = Some(DtypeRequest::To([Dtype::U8, Dtype::U16, Dtype::I16][random.below(3)]))
                }
                2 => step = step.saved(),
                _ => {}
            }
            let output = entry.spec.outputs[0].kind.kind();
            kinds.push(if step.dtype.is_some() { rotifer::registry::DatumKind::Image } else { output });
            steps.push(Step { as_name: Some(format!("s{}", steps.len())), ..step });
            if kinds.len() != steps.len() + 1 {
                break;
            }
        }
        let Some(last) = steps.pop() else { continue };
        steps.push(last.saved());
        let Ok(checked) = check(&Pipeline::new(steps.clone())) else { continue };
        let Ok(found) = submissions(&checked, &Given::from(&input), &Options::default()) else { continue };
        for one in &found {
            hold(one, &mut valid);
            passes += one.recorder.passes().count();
            steps_in_all += one.steps.len();
        }
        if !device {
            continue;
        }
        let on = |part| Options { on: On::Gpu, part, ..Options::default() };
        let go =
            |options: &Options| run(&checked, &input, options).unwrap_or_else(|e| panic!("{e}: {steps:#?}"));
        let (fused, apart) = (go(&on(None)), go(&on(Some(0))));
        let host = go(&Options { on: On::Cpu, ..Options::default() });
        for (which, other) in [("apart", &apart), ("host", &host)] {
            let (n, wrong) = difference(&fused, other);
            if which == "apart" {
                compared += n;
                differ += wrong;
            }
            // A float that rounds to the other side of a step is another mask there.
            assert!(wrong * 50 <= n, "{which}: {wrong} of {n} differ: {steps:#?}");
        }
    }
    eprintln!(
        "{steps_in_all} steps in {passes} passes, {} shaders; {differ} of {compared} differ",
        valid.len()
    );
    assert!(passes * 3 < steps_in_all * 2 && valid.len() > 50, "{passes} {steps_in_all} {}", valid.len());
    // No compiler joins what two steps compute.
    assert!(differ * 100_000 <= compared, "{differ} of {compared}");
}

/// Pixels of two outcomes, and how many of them differ beyond float32.
fn difference(a: &Outcome, b: &Outcome) -> (usize, usize) {
    let (mut n, mut wrong) = (0, 0);
    for ((name, a), (_, b)) in a.outputs.iter().zip(&b.outputs) {
        for (a, b) in a.items.iter().zip(&b.items) {
            let (Datum::Volume(a), Datum::Volume(b)) = (a, b) else { panic!("{name} is no image") };
            assert_eq!((a.kind(), a.dtype(), a.shape()), (b.kind(), b.dtype(), b.shape()), "{name}");
            let far = |(x, y): &(f64, f64)| {
                let same = x == y || x.is_nan() && y.is_nan();
                !(same || (x - y).abs() <= 1e-5 * y.abs().max(1e-30))
            };
            n += a.len();
            wrong += a.f64s().into_iter().zip(b.f64s()).filter(far).count();
        }
    }
    (n, wrong)
}

const PAGE: &str = "docs/passes.md";

const HEAD: &str = "# Passes

Records of each operation with a device kernel for an image of 256 × 256 pixels of uint8, and of float32: passes, and bytes of the buffers that
these bind and copy, for each pixel. Masks are uint8, labels uint32; arguments are the defaults or the first example. The numbers come
from the recording, without a GPU; `tests/recording.rs` renews the page.

| operation | uint8: passes | bytes | float32: passes | bytes |
|---|---|---|---|---|
";

#[test]
fn every_device_step_records_what_the_page_says() {
    let mut page = HEAD.to_string();
    let mut valid = BTreeSet::new();
    for entry in entries().iter().filter(|e| e.spec.device && !e.spec.id.contains('/')) {
        let args = argument_sets(entry).into_iter().next().expect("defaults or an example");
        let step = Step { op: entry.spec.id.into(), args, ..Step::default() };
        let mut row = format!("| {} |", entry.spec.id);
        for dtype in [Dtype::U8, Dtype::F32] {
            let data = frames(inputs(entry, dtype, [1, 256, 256], false));
            let cells = match submission(entry, &step, &data) {
                Ok(Some(found)) => {
                    hold(&found, &mut valid);
                    let bytes = found.recorder.bytes() as f64 / 65536.0;
                    format!(" {} | {:.1} |", found.recorder.passes().count(), bytes)
                }
                Ok(None) => " on the host | |".into(),
                Err(error) => format!(" {:?} | |", error.code),
            };
            row.push_str(&cells);
        }
        writeln!(page, "{row}").expect("a text");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    if there != page {
        assert!(std::env::var_os("CI").is_none(), "{PAGE} is stale: run the tests and commit it");
        std::fs::write(&path, &page).expect("the page");
        let differ = page.lines().filter(|line| !there.lines().any(|l| l == *line)).count();
        panic!("{PAGE} is renewed, {differ} lines differ: see that they are better, and commit it");
    }
}
