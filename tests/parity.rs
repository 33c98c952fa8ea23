//! Every operation against the library function that it names, on real and generated images.
//!
//! Operations, arguments and tolerances come from the registry. `ROTIFER_OPS=erosion,white_tophat` runs only some,
//! `ROTIFER_PYTHON` names the Python to use, `ROTIFER_REQUIRE_DEVICE` makes the lack of an adapter a failure. The results are written to `target/parity.md` and `target/parity.json`.

use rotifer::context::adapter;
use rotifer::execute::{On, Options, apply};
use rotifer::plan;
use rotifer::registry::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// Failures of one operation that are printed.
const SHOWN: usize = 5;

#[test]
fn every_operation_agrees_with_its_reference() {
    let python = python();
    let work = tempfile::tempdir().expect("a temporary folder");
    let samples = samples(&python, work.path());
    let wanted: Option<Vec<String>> = std::env::var("ROTIFER_OPS")
        .ok()
        .filter(|list| !list.is_empty())
        .map(|ops| ops.split(',').map(|op| op.trim().into()).collect());
    for op in wanted.iter().flatten() {
        assert!(find(op).is_some(), "ROTIFER_OPS: no function is named {op}");
    }
    let listed: Vec<&'static Entry> = entries()
        .iter()
        .copied()
        .filter(|e| wanted.as_ref().is_none_or(|w| w.iter().any(|op| op == e.spec.id)))
        .collect();

    match adapter() {
        Ok(adapter) => println!("device: {}", adapter.name),
        Err(error) if std::env::var_os("ROTIFER_REQUIRE_DEVICE").is_none() => {
            println!("skipped, no device: {error}");
        }
        Err(error) => panic!("{error}"),
    }
    let next = AtomicUsize::new(0);
    let rows: Mutex<Vec<Row>> = Mutex::default();
    let workers = std::thread::available_parallelism().map_or(1, |n| n.get()).min(listed.len());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let mut reference = Reference::start(&python);
                while let Some(entry) = listed.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let row = examine(entry, &samples, work.path(), &mut reference);
                    rows.lock().expect("no worker panicked").push(row);
                }
            });
        }
    });
    let mut rows = rows.into_inner().expect("no worker panicked");
    rows.sort_by_key(|row| row.op);
    report(&rows, wanted.is_none());

    let compared: usize = rows.iter().flat_map(|r| r.memories.values()).map(|m| m.cases).sum();
    let failures: Vec<&String> = rows.iter().flat_map(|r| &r.failures).collect();
    assert!(compared > 0, "nothing was compared");
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.into_iter().fold(String::new(), |all, f| all + f + "\n")
    );
}

/// A Python with the reference libraries.
fn python() -> PathBuf {
    let python = std::env::var_os("ROTIFER_PYTHON")
        .map_or_else(|| Path::new(ROOT).join("target/parity-venv/bin/python"), PathBuf::from);
    let ready = Command::new(&python).args(["-c", "import skimage, scipy, tifffile, imageio"]).output();
    assert!(
        ready.is_ok_and(|out| out.status.success()),
        "{} has not the packages of tests/parity/requirements.txt: run tests/run, which installs them, \
         or name another Python with ROTIFER_PYTHON",
        python.display()
    );
    python
}

// Samples

#[derive(Deserialize)]
struct Samples {
    samples: Vec<Sample>,
    skipped: Vec<String>,
}

/// Arrays of one geometry, from which each input port takes its own.
#[derive(Deserialize)]
struct Sample {
    name: String,
    real: bool,
    ndim: usize,
    spacing: Option<Vec<f64>>,
    number: f64,
    arrays: BTreeMap<String, Array>,
}

/// Raw pixels in a file.
#[derive(Clone, Serialize, Deserialize)]
struct Array {
    file: PathBuf,
    dtype: String,
    shape: Vec<usize>,
    #[serde(default)]
    kind: String,
}

fn samples(python: &Path, work: &Path) -> Vec<Sample> {
    let out = Command::new(python)
        .arg(Path::new(ROOT).join("tests/parity/samples.py"))
        .args([&Path::new(ROOT).join("../shared/data"), work])
        .stderr(Stdio::inherit())
        .output()
        .expect("Python starts");
    assert!(out.status.success(), "samples.py failed");
    let made: Samples = serde_json::from_slice(&out.stdout).expect("samples.py prints JSON");
    for name in &made.skipped {
        println!("skipped, the file is absent: {name}");
    }
    let real = made.samples.iter().filter(|s| s.real).count();
    assert!(real >= 5 || !made.skipped.is_empty(), "only {real} real images");
    made.samples
}

impl Sample {
    fn volume(&self, array: &Array, kind: Kind) -> Volume {
        let dtype = Dtype::parse(&array.dtype).expect("samples have our dtypes");
        let mut shape = [1; 3];
        shape[3 - array.shape.len()..].copy_from_slice(&array.shape);
        let spacing = self.spacing.as_ref().map(|list| {
            let mut um = [1.0; 3];
            um[3 - list.len()..].copy_from_slice(list);
            Spacing::new(um, SpacingSource::Given)
        });
        let meta = VolumeMeta { kind, dtype, shape, ndim: self.ndim, spacing };
        let bytes = std::fs::read(&array.file).expect("samples.py wrote it");
        Volume::from_bytes(&meta, &bytes).expect("samples.py wrote all of it")
    }

    /// Every way to fill the ports: without and with the optional ones, numbers and images where both may stand, and masks
    /// and labels where they stay such.
    fn fillings(&self, spec: &Spec) -> Vec<Vec<Option<(Datum, Json)>>> {
        let keeps = spec.outputs.iter().any(|o| matches!(o.kind, OutKind::Like(_)));
        let mut fillings: Vec<Vec<Option<(Datum, Json)>>> = vec![Vec::new()];
        let (mut images, mut regions, mut tables) = (0, 0, 0);
        for port in spec.inputs {
            use PortKind as P;
            let mut choices = Vec::new();
            if port.optional {
                choices.push(None);
            }
            if matches!(port.kind, P::Image | P::ImageOrNumber) {
                let key = match port.name {
                    "psf" | "moving" => port.name.to_string(),
                    _ => format!("image{}", images.min(2)),
                };
                images += 1;
                choices.push(Some(self.array(&key, Kind::Image, "image")));
                if images == 1 && keeps {
                    choices.push(Some(self.array("labels0", Kind::Labels, "labels")));
                    choices.push(Some(self.array("mask0", Kind::Mask, "mask")));
                }
            }
            if matches!(port.kind, P::Number | P::ImageOrNumber) {
                choices.push(Some((Datum::Number(self.number), json!(self.number))));
            }
            if matches!(port.kind, P::Labels | P::MaskOrLabels) {
                let name = if ["markers", "annotations"].contains(&port.name) { port.name } else { "labels" };
                choices.push(Some(self.array(&format!("{name}{}", regions.min(2)), Kind::Labels, "labels")));
            }
            if matches!(port.kind, P::Mask | P::MaskOrLabels) {
                choices.push(Some(self.array(&format!("mask{}", regions.min(2)), Kind::Mask, "mask")));
            }
            regions += matches!(port.kind, P::Mask | P::Labels | P::MaskOrLabels) as usize;
            if port.kind == PortKind::Rgb {
                let (planes, arrays): (Vec<Datum>, Vec<Json>) =
                    (0..3).map(|i| self.array(&format!("image{i}"), Kind::Image, "image")).unzip();
                let planes: Vec<Volume> = planes
                    .into_iter()
                    .filter_map(|d| if let Datum::Volume(v) = d { Some(v) } else { None })
                    .collect();
                let planes = planes.try_into().expect("three planes");
                choices.push(Some((Datum::Rgb(planes), json!({ "planes": arrays }))));
            }
            if port.kind == PortKind::Table {
                let has_edges = spec.inputs.iter().any(|p| p.name == "edges");
                let of_tables = spec.family == Family::Table || has_edges;
                choices.push(Some(match port.name {
                    "points" | "training" if of_tables => points(),
                    "library" => library(),
                    "edges" => edges(),
                    name if name.ends_with("points") => self.points(tables),
                    _ => table(tables),
                }));
                tables += 1;
            }
            fillings = fillings
                .iter()
                .flat_map(|f| choices.iter().map(|c| f.iter().cloned().chain([c.clone()]).collect()))
                .collect();
        }
        fillings
    }

    /// A table of points in and around the images, some between pixels.
    fn points(&self, which: usize) -> (Datum, Json) {
        let shape = &self.arrays["image0"].shape;
        let at = |n: usize, i: usize| (i * 37 % 29) as f64 * n as f64 / 26.0 - 1.0;
        let column = |n: usize| (which..23).map(|i| (4.0 * at(n, i)).round() / 4.0).collect::<Vec<f64>>();
        let columns = ["z", "y", "x"].iter().skip(3 - self.ndim).zip(shape);
        let columns: Vec<(&str, Vec<f64>)> = columns.map(|(name, n)| (*name, column(*n))).collect();
        let json =
            columns.iter().map(|(name, values)| json!([name, { "values": values }])).collect::<Vec<_>>();
        let table = columns.into_iter().try_fold(Table::new(), |t, (name, v)| t.with(name, Values::Float(v)));
        (Datum::Table(table.expect("a column for each axis")), json!({ "table": json }))
    }

    fn array(&self, key: &str, kind: Kind, name: &str) -> (Datum, Json) {
        let array = Array { kind: name.into(), ..self.arrays[key].clone() };
        (Datum::Volume(self.volume(&array, kind)), json!(array))
    }
}

/// A table of objects: their labels, some of which a second table does not have, and areas.
fn table(which: usize) -> (Datum, Json) {
    let labels: Vec<i64> = (1 + 2 * which as i64..12 + which as i64).collect();
    let areas: Vec<f64> = labels.iter().map(|l| (l * l * 37 % 113) as f64 + 0.25).collect();
    let json = json!({ "table": [["label", { "values": labels }], ["area", { "values": areas }]] });
    let table =
        Table::new().with("label", Values::Int(labels)).and_then(|t| t.with("area", Values::Float(areas)));
    (Datum::Table(table.expect("two columns")), json)
}

/// Points of four frames, of which each moves a little, in three classes. One is missing in a frame, two have a daughter.
fn points() -> (Datum, Json) {
    let rows = 0..50i64;
    let labels: Vec<i64> = rows.clone().map(|i| i + 1).collect();
    let time = |i: i64| match i {
        17 => 0,
        48.. => i - 46,
        _ => i / 12,
    };
    let times: Vec<i64> = rows.clone().map(time).collect();
    let place = |i: i64, far: i64, step: f64, noise: i64| {
        (i % 12 * far % 101) as f64 + step * (i / 12) as f64 + (i * i * noise % 17) as f64 / 10.0
    };
    let y: Vec<f64> = rows.clone().map(|i| place(i, 37, 1.5, 31)).collect();
    let x: Vec<f64> = rows.clone().map(|i| place(i, 53, -0.75, 13)).collect();
    let classes: Vec<String> =
        rows.map(|i| ["one", "two", "three"][(i * i % 7 % 3) as usize].into()).collect();
    let json = json!({ "table": [
        ["label", { "values": labels }], ["t", { "values": times }], ["y", { "values": y }], ["x", { "values": x }],
        ["class", { "text": classes }],
    ] });
    let columns = [("label", Values::Int(labels)), ("t", Values::Int(times)), ("y", Values::Float(y))];
    let columns = columns.into_iter().chain([("x", Values::Float(x)), ("class", Values::Text(classes))]);
    let table =
        columns.fold(Table::new(), |table, (name, values)| table.with(name, values).expect("a column"));
    (Datum::Table(table), json)
}

/// Barcodes with their names.
fn library() -> (Datum, Json) {
    let barcodes = ["AG", "TC", "CA", "GG", "AT", "CT"].map(String::from).to_vec();
    let names: Vec<String> = (1..7).map(|i| format!("gene {i}")).collect();
    let json = json!({ "table": [["name", { "text": names }], ["barcode", { "text": barcodes }]] });
    let table = Table::new().with("name", Values::Text(names));
    (Datum::Table(table.and_then(|t| t.with("barcode", Values::Text(barcodes))).expect("two columns")), json)
}

/// Edges between those points.
fn edges() -> (Datum, Json) {
    let source: Vec<i64> = (1..90).map(|i| i % 47 + 1).collect();
    let target: Vec<i64> = source.iter().enumerate().map(|(i, s)| (s + 1 + 7 * i as i64) % 48 + 1).collect();
    let json = json!({ "table": [["source", { "values": source }], ["target", { "values": target }]] });
    let table = Table::new().with("source", Values::Int(source));
    (Datum::Table(table.and_then(|t| t.with("target", Values::Int(target))).expect("two columns")), json)
}

// One operation

/// A line of the parity table.
#[derive(Serialize)]
struct Row {
    op: &'static str,
    reference: &'static str,
    agrees: String,
    memories: BTreeMap<String, Tally>,
    failures: Vec<String>,
    /// Seconds on our side and in the reference.
    seconds: [f64; 2],
}

#[derive(Default, Serialize, Deserialize)]
struct Tally {
    cases: usize,
    error: f64,
    wrong: usize,
}

fn examine(entry: &'static Entry, samples: &[Sample], work: &Path, reference: &mut Reference) -> Row {
    let spec = entry.spec;
    let began = Instant::now();
    let (kind, tolerance) = match spec.agrees {
        Agree::Exact => ("exact", None),
        Agree::Absolute(t) => ("absolute", Some(t)),
        Agree::Relative(t) => ("relative", Some(t)),
        Agree::Relabelled => ("relabelled", None),
    };
    let mut row = Row {
        op: spec.id,
        reference: spec.follows,
        agrees: tolerance.map_or(kind.into(), |t| format!("{t:e} {kind}")),
        memories: BTreeMap::new(),
        failures: Vec::new(),
        seconds: [0.0; 2],
    };
    if spec.python.trim().is_empty() {
        if spec.follows != "Rotifer" {
            row.failures
                .push(format!("{} ({}:{}): no python to compare with", spec.id, spec.file, spec.line));
        }
        return row;
    }
    let folder = work.join(spec.id.replace('/', "_"));
    std::fs::create_dir_all(&folder).expect("a folder in the temporary one");
    let mut files = Files { folder: &folder, count: 0 };
    let (mut cases, mut unplanned) = (Vec::new(), Vec::new());
    for (example, args) in argument_sets(entry, &mut row.failures) {
        let mut refused = Vec::new();
        let before = cases.len();
        for sample in samples {
            for filling in sample.fillings(spec) {
                let (items, described): (Vec<_>, Vec<_>) = filling.into_iter().map(Option::unzip).unzip();
                match case(entry, &args, &items, &mut files) {
                    Ok(tried) => {
                        let inputs = spec.inputs.iter().map(|p| p.name).zip(described).collect();
                        let failed = tried.device_error.as_ref().map(|e| one_line(&e.to_string()));
                        row.failures.extend(
                            failed
                                .map(|e| format!("{} on device ({}, {example}): {e}", spec.id, sample.name)),
                        );
                        if tried.unplanned {
                            unplanned.push(format!(
                                "{} ({}, {example}): ran on the host, the plan gives no reason",
                                spec.id, sample.name
                            ));
                        }
                        let spacing = sample.spacing.as_deref();
                        cases.push(Case {
                            sample: &sample.name,
                            example: example.clone(),
                            spacing,
                            inputs,
                            tried,
                        });
                    }
                    // An example for 3-D does not fit a 2-D image, nor a length in µm one without spacing, nor an expression of
                    // an input that is absent.
                    Err(e) if matches!(e.code, Code::Shape | Code::NoSpacing | Code::InputCount) => {
                        refused.push(e.to_string())
                    }
                    Err(e) => row.failures.push(format!("{} ({}, {example}): {e}", spec.id, sample.name)),
                }
            }
        }
        if cases.len() == before {
            let why = refused.first().cloned().unwrap_or_default();
            row.failures.push(format!("{} ({example}): fits no sample: {why}", spec.id));
        }
    }
    row.seconds[0] = began.elapsed().as_secs_f64();
    let kind_of =
        |o: &OutPort| if matches!(o.kind, OutKind::Like(_)) { "like" } else { o.kind.kind().name() };
    let outputs: Vec<Json> =
        spec.outputs.iter().map(|o| json!({ "name": o.name, "kind": kind_of(o) })).collect();
    let answer = reference.compare(
        &folder,
        &json!({
            "op": spec.id,
            "python": spec.python,
            "agrees": { "kind": kind, "tolerance": tolerance },
            "outputs": outputs,
            "cases": cases,
        }),
    );
    row.seconds[1] = answer.seconds;
    row.memories = answer.memories;
    for failure in answer.failures {
        let Failure { memory, case, message } = failure;
        row.failures.push(format!("{} on {memory} ({case}): {message}", spec.id));
    }
    if std::env::var_os("ROTIFER_REQUIRE_DEVICE").is_some() && spec.device {
        // A step may be placed on the host by the plan, with a reason: not all of them.
        if !row.memories.contains_key("device") {
            row.failures.push(format!("{}: never ran on the device", spec.id));
        }
        row.failures.extend(unplanned);
    }
    if let Some(more) = row.failures.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        row.failures.truncate(SHOWN);
        row.failures.push(format!("{}: {more} more", spec.id));
    }
    let _ = std::fs::remove_dir_all(&folder);
    row
}

/// The defaults and every example, with the text that says which.
fn argument_sets(entry: &Entry, failures: &mut Vec<String>) -> Vec<(String, Args)> {
    let mut sets = Vec::new();
    if entry.spec.params.iter().all(|p| p.default.is_some()) {
        sets.push(("defaults".into(), Args::new()));
    }
    for example in entry.spec.examples {
        match toml::from_str::<BTreeMap<String, Value>>(example) {
            Ok(args) => sets.push((example.replace('\n', ", "), args.into_iter().collect())),
            Err(error) => failures.push(format!("{} ({example}): {error}", entry.spec.id)),
        }
    }
    sets
}

/// The facts of one run for the reference.
#[derive(Serialize)]
struct Case<'a> {
    sample: &'a str,
    example: String,
    spacing: Option<&'a [f64]>,
    inputs: BTreeMap<&'static str, Option<Json>>,
    #[serde(flatten)]
    tried: Tried,
}

/// The arguments of a case as the reference sees them, and our results by memory type.
#[derive(Serialize)]
struct Tried {
    args: BTreeMap<&'static str, Json>,
    results: BTreeMap<&'static str, Vec<Json>>,
    #[serde(skip)]
    device_error: Option<Error>,
    /// Whether what was to run on the device ran on the host without the plan's reason.
    #[serde(skip)]
    unplanned: bool,
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Runs one case wherever it can run.
fn case(
    entry: &'static Entry,
    args: &Args,
    items: &[Option<Datum>],
    files: &mut Files,
) -> Result<Tried, Error> {
    let metas: Vec<Option<DatumMeta>> = items.iter().map(|i| i.as_ref().map(Datum::meta)).collect();
    let metas = Metas::new(entry.spec.inputs, &metas);
    let named = named_arguments(entry, args, metas.first())?;
    let frames: Vec<Option<Frames>> = items.iter().map(|i| i.clone().map(Frames::from)).collect();
    let mut tried = Tried { args: named, results: BTreeMap::new(), device_error: None, unplanned: false };
    let mut run = |on| -> Result<(), Error> {
        let options = Options { on, ..Options::default() };
        let (outputs, report) = apply(entry, args, &frames, &options)?;
        let data = outputs.iter().flat_map(|frames| &frames.items);
        let memory = report.steps.first().map_or("host", |step| step.memory.name());
        if on == On::Gpu && memory == "host" {
            let step = Step { op: entry.spec.id.into(), args: args.clone(), ..Step::default() };
            let planned = plan::function(entry, &step, &frames, &options)?;
            tried.unplanned = planned.steps.iter().all(|s| s.reason.is_none());
        }
        tried.results.insert(memory, data.map(|datum| files.write(datum)).collect());
        Ok(())
    };
    run(On::Cpu)?;
    if entry.spec.device && adapter().is_ok() {
        let device = run(On::Gpu);
        tried.device_error = device.err();
    }
    Ok(tried)
}

/// The arguments with defaults, lengths in pixels and footprints as arrays.
fn named_arguments(
    entry: &Entry,
    args: &Args,
    meta: Option<&VolumeMeta>,
) -> Result<BTreeMap<&'static str, Json>, Error> {
    let mut named = BTreeMap::new();
    let value = |p: &ParamSpec| {
        args.iter().find(|(n, _)| n == p.name).map(|(_, v)| v.clone()).or_else(|| p.default_value())
    };
    for param in entry.spec.params {
        let Some(given) = value(param) else { continue };
        let json = match (param.ty, meta) {
            (ParamType::Footprint, Some(meta)) => {
                let radius = entry.spec.param("radius").and_then(value);
                let radius = radius.map_or(Ok(px(1.0)), |r| PerAxis::from_value(&r))?;
                footprint(&Footprint::from_value(&given)?, &radius, meta)?
            }
            _ => in_pixels(param.ty, &given, meta)?,
        };
        named.insert(param.name, json);
    }
    Ok(named)
}

/// A value as the reference sees it: lists stay lists, lengths become pixels, `none` becomes None.
fn in_pixels(ty: ParamType, value: &Value, meta: Option<&VolumeMeta>) -> Result<Json, Error> {
    Ok(match (ty, meta) {
        (ParamType::Optional(_), _) if *value == Value::Text("none".into()) => Json::Null,
        (ParamType::Optional(inner), _) => in_pixels(*inner, value, meta)?,
        (ParamType::PerAxis(ParamType::Length), Some(meta)) if with_unit(value) => {
            let pixels = PerAxis::<Length>::from_value(value)?.pixels(meta)?;
            json!(pixels[meta.axes()])
        }
        (ParamType::Length, Some(meta)) if with_unit(value) => {
            let x = meta.spacing.map(|s| s.um[2]);
            let pixels = Length::from_value(value)?.pixels(x);
            json!(pixels.ok_or_else(|| Error::new(Code::NoSpacing, "a length in µm, and no spacing"))?)
        }
        _ => serde_json::to_value(value).expect("values are JSON"),
    })
}

fn with_unit(value: &Value) -> bool {
    match value {
        Value::Text(_) => true,
        Value::List(items) => items.iter().any(with_unit),
        _ => false,
    }
}

fn footprint(shape: &Footprint, radius: &PerAxis<Length>, meta: &VolumeMeta) -> Result<Json, Error> {
    let offsets = shape.offsets(radius, meta)?;
    let list = offsets.list();
    let [rz, ry, rx] = offsets.radius.map(|r| r as i32);
    let bit = |z, y, x| list.contains(&[z, y, x]) as u8;
    let row = |z, y| (-rx..=rx).map(|x| bit(z, y, x)).collect::<Vec<_>>();
    let plane = |z| (-ry..=ry).map(|y| row(z, y)).collect::<Vec<_>>();
    Ok(match meta.ndim {
        2 => json!({ "footprint": plane(0) }),
        _ => json!({ "footprint": (-rz..=rz).map(plane).collect::<Vec<_>>() }),
    })
}

/// Writes results for the reference to read.
struct Files<'a> {
    folder: &'a Path,
    count: usize,
}

impl Files<'_> {
    fn raw(&mut self, bytes: &[u8], dtype: &str, shape: &[usize], kind: &str) -> Json {
        let file = self.folder.join(self.count.to_string());
        self.count += 1;
        std::fs::write(&file, bytes).expect("room in the temporary folder");
        json!({ "file": file, "dtype": dtype, "shape": shape, "kind": kind })
    }

    fn write(&mut self, datum: &Datum) -> Json {
        match datum {
            Datum::Volume(v) => {
                let meta = v.meta();
                self.raw(v.bytes(), v.dtype().name(), &meta.shape[meta.axes()], datum.meta().kind().name())
            }
            Datum::Rgb(planes) => {
                let planes: Vec<Json> =
                    planes.iter().map(|v| self.write(&Datum::Volume(v.clone()))).collect();
                json!({ "planes": planes })
            }
            Datum::Number(x) => self.raw(&x.to_ne_bytes(), "float64", &[1], "number"),
            Datum::Table(table) => {
                let columns = table.columns().iter().map(|column| {
                    let rows = [column.values.len()];
                    let values = match &column.values {
                        Values::Float(v) => self.raw(bytemuck::cast_slice(v), "float64", &rows, "column"),
                        Values::Int(v) => self.raw(bytemuck::cast_slice(v), "int64", &rows, "column"),
                        Values::Text(v) => json!({ "text": v }),
                    };
                    json!([column.name, values])
                });
                json!({ "table": columns.collect::<Vec<_>>() })
            }
            other => panic!("no file for {}", other.meta().kind().name()),
        }
    }
}

// The reference

/// `compare.py`, which answers one operation at a time.
struct Reference {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

#[derive(Deserialize)]
struct Answer {
    memories: BTreeMap<String, Tally>,
    failures: Vec<Failure>,
    seconds: f64,
}

#[derive(Deserialize)]
struct Failure {
    memory: String,
    case: String,
    message: String,
}

impl Reference {
    fn start(python: &Path) -> Reference {
        let mut child = Command::new(python)
            .arg(Path::new(ROOT).join("tests/parity/compare.py"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("OMP_NUM_THREADS", "1")
            .env("OPENBLAS_NUM_THREADS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let (ask, answers) = (child.stdin.take(), child.stdout.take());
        let answers = BufReader::new(answers.expect("piped"));
        Reference { child, ask: ask.expect("piped"), answers }
    }

    fn compare(&mut self, folder: &Path, batch: &Json) -> Answer {
        let file = folder.join("batch.json");
        std::fs::write(&file, batch.to_string()).expect("room in the temporary folder");
        writeln!(self.ask, "{}", file.display()).expect("compare.py listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("compare.py answers");
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("compare.py answered {line:?}: {e}"))
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Prints the table and, after a whole run, writes it.
fn report(rows: &[Row], whole: bool) {
    let mut text = String::from("| op | reference | cases | max error | tolerance | host | device |\n");
    text += "|---|---|---|---|---|---|---|\n";
    for row in rows {
        let cases: usize = row.memories.values().map(|m| m.cases).sum();
        let error = row.memories.values().map(|m| m.error).fold(0.0, f64::max);
        let verdict = |memory: &str| match row.memories.get(memory) {
            None => "–".to_string(),
            Some(m) if m.wrong == 0 => "ok".into(),
            Some(m) => format!("{} of {} wrong", m.wrong, m.cases),
        };
        let error = if error == 0.0 { "0".into() } else { format!("{error:.1e}") };
        let (host, device) = (verdict("host"), verdict("device"));
        let Row { op, reference, agrees, .. } = row;
        let _ = writeln!(text, "| {op} | {reference} | {cases} | {error} | {agrees} | {host} | {device} |");
    }
    println!("{text}");
    for row in rows.iter().filter(|r| r.seconds.iter().sum::<f64>() > 5.0) {
        println!("{}: {:.1} s here, {:.1} s in the reference", row.op, row.seconds[0], row.seconds[1]);
    }
    if whole {
        let target = Path::new(ROOT).join("target");
        let json = serde_json::to_string_pretty(rows).expect("rows are JSON");
        let written = std::fs::create_dir_all(&target)
            .and_then(|()| std::fs::write(target.join("parity.md"), text))
            .and_then(|()| std::fs::write(target.join("parity.json"), json));
        written.expect("target can be written");
    }
}
