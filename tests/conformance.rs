//! Every operation × its examples × sizes and values, on the host at every SIMD level and on the device, against its
//! plain f64 reference, which is computed once for all. A new operation is tested by existing; where its reference says
//! that it takes many steps, images are smaller.
//!
//! `ROTIFER_OPS=erosion,sobel` runs only these.

use rayon::prelude::*;
use rotifer::context;
use rotifer::execute::{On, Options, Report, apply};
use rotifer::plan;
use rotifer::registry::op::{OutKind, PortKind};
use rotifer::registry::{
    Agree, Args, Code, Datum, DatumMeta, Dtype, Entry, Error, Family, Frames, Grid, Inputs, Kind, Memory,
    Metas, Op, Plain, Spacing, SpacingSource, Step, Table, Values, Volume, VolumeMeta, entries,
};
use rotifer_kernels::common::simd::{Level, set_level};
use std::collections::BTreeSet;

/// A small generator, the same everywhere (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Content {
    /// Blobs on a slope with noise, in the middle of the dtype's range.
    Blobs(Dtype),
    /// Every value anywhere in the dtype's range; floats from -1000 to 1000.
    Noise(Dtype),
    Constant(Dtype),
    /// Only the smallest and the largest value.
    Extremes(Dtype),
    /// Floats with NaN here and there.
    Nan,
}

impl Content {
    fn volume(self, shape: &[usize], seed: u64) -> Volume {
        let (ndim, s) = solid(shape);
        let mut random = Random(seed);
        let dtype = match self {
            Content::Blobs(d) | Content::Noise(d) | Content::Constant(d) | Content::Extremes(d) => d,
            Content::Nan => Dtype::F32,
        };
        let (lo, hi) = if dtype == Dtype::F32 { (-1000.0, 1000.0) } else { dtype.range() };
        let centres: Vec<[f64; 3]> =
            (0..12).map(|_| [0, 1, 2].map(|a| random.unit() * s[a] as f64)).collect();
        let grid = Grid::from_fn(s, ndim, |p| match self {
            Content::Blobs(_) => {
                let near = centres
                    .iter()
                    .map(|c| (0..3).map(|a| (p[a] as f64 - c[a]).powi(2)).sum::<f64>())
                    .fold(f64::INFINITY, f64::min);
                let blob =
                    (-near / 18.0).exp() * 0.5 + p[2] as f64 / s[2] as f64 * 0.1 + random.unit() * 0.05;
                (if dtype == Dtype::F32 { 0.0 } else { lo.max(0.0) }) + hi.min(4000.0) * (0.1 + blob)
            }
            Content::Noise(_) => lo + (hi - lo) * random.unit(),
            Content::Constant(_) => 7.0,
            Content::Extremes(_) => {
                if random.next() & 1 == 0 {
                    lo
                } else {
                    hi
                }
            }
            Content::Nan => {
                let x = random.unit();
                if x < 0.03 { f64::NAN } else { x * 100.0 - 50.0 }
            }
        });
        let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape: s, ndim, spacing: None };
        match dtype {
            Dtype::U8 => Volume::from_vec(&meta, grid.data.iter().map(|x| *x as u8).collect()),
            Dtype::U16 => Volume::from_vec(&meta, grid.data.iter().map(|x| *x as u16).collect()),
            Dtype::I16 => Volume::from_vec(&meta, grid.data.iter().map(|x| *x as i16).collect()),
            Dtype::U32 => Volume::from_vec(&meta, grid.data.iter().map(|x| *x as u32).collect()),
            Dtype::I32 => Volume::from_vec(&meta, grid.data.iter().map(|x| *x as i32).collect()),
            Dtype::F32 => Volume::from_vec(&meta, grid.data.iter().map(|x| *x as f32).collect::<Vec<f32>>()),
        }
        .unwrap()
    }
}

fn solid(shape: &[usize]) -> (usize, [usize; 3]) {
    match *shape {
        [y, x] => (2, [1, y, x]),
        [z, y, x] => (3, [z, y, x]),
        _ => unreachable!(),
    }
}

const SHAPES: &[&[usize]] = &[
    &[1, 1],
    &[1, 9],
    &[7, 1],
    &[5, 3],
    &[37, 53],
    &[130, 259],
    &[1, 1, 1],
    &[2, 1, 5],
    &[1, 6, 7],
    &[9, 21, 34],
];

const CONTENTS: &[Content] = &[
    Content::Blobs(Dtype::F32),
    Content::Blobs(Dtype::U16),
    Content::Blobs(Dtype::U8),
    Content::Noise(Dtype::U8),
    Content::Noise(Dtype::I16),
    Content::Noise(Dtype::F32),
    Content::Noise(Dtype::U32),
    Content::Noise(Dtype::I32),
    Content::Constant(Dtype::U16),
    Content::Constant(Dtype::F32),
    Content::Extremes(Dtype::U16),
    Content::Extremes(Dtype::I16),
    Content::Extremes(Dtype::U8),
    Content::Nan,
];

/// Sizes with plain values, and one middling 2-D and 3-D size with every kind of value.
fn cases() -> Vec<(&'static [usize], Content)> {
    let mut cases = Vec::new();
    for shape in SHAPES {
        let every = shape.len() == 2 && shape[0] == 37 || shape.len() == 3 && shape[0] == 9;
        for content in CONTENTS.iter().take(if every { CONTENTS.len() } else { 2 }) {
            cases.push((*shape, *content));
        }
    }
    cases
}

/// A datum for every port. With `sparse`, optional ports stay empty and `ImageOrNumber` is an image.
fn inputs(entry: &Entry, shape: &[usize], content: Content, sparse: bool) -> Vec<Option<Datum>> {
    let (_, s) = solid(shape);
    let has_edges = entry.spec.inputs.iter().any(|p| p.name == "edges");
    let of_tables = entry.spec.family == Family::Table || has_edges;
    let ports = entry.spec.inputs.iter().enumerate().map(|(i, port)| {
        if port.optional && sparse {
            return None;
        }
        let seed = 1 + i as u64 * 77 + s.iter().fold(0, |h, n| h * 31 + *n as u64);
        let image = content.volume(shape, seed);
        let floor = |v: &Volume| {
            let mut sorted: Vec<f64> = v.f64s().into_iter().filter(|x| !x.is_nan()).collect();
            sorted.sort_by(f64::total_cmp);
            sorted.get(sorted.len() * 6 / 10).copied().unwrap_or(0.0)
        };
        Some(match (port.kind, port.name) {
            (PortKind::Image, "psf") => {
                let (ndim, _) = solid(shape);
                let s = if ndim == 2 { [1, 5, 7] } else { [3, 5, 5] };
                let kernel = Grid::from_fn(s, ndim, |p| {
                    (-(0..3).map(|a| (p[a] as f64 - (s[a] / 2) as f64).powi(2)).sum::<f64>() / 3.0).exp()
                });
                let sum: f64 = kernel.data.iter().sum();
                let meta = VolumeMeta { shape: s, ..image.meta().with(Kind::Image, Dtype::F32) };
                let pixels: Vec<f32> = kernel.data.iter().map(|x| (x / sum) as f32).collect();
                Datum::Volume(Volume::from_vec(&meta, pixels).unwrap())
            }
            (PortKind::Image, _) => Datum::Volume(image),
            (PortKind::Mask, _) | (PortKind::MaskOrLabels, _)
                if port.kind == PortKind::Mask || s[2] % 2 == 1 =>
            {
                let floor = floor(&image);
                Datum::Volume(image.mask(image.f64s().iter().map(|x| (*x > floor) as u8).collect()).unwrap())
            }
            (PortKind::Labels, "markers") => {
                let mut next = 0;
                let mut random = Random(seed);
                let labels = (0..image.len()).map(|_| {
                    let here = random.next().is_multiple_of(41);
                    next += here as u32;
                    if here { next } else { 0 }
                });
                Datum::Volume(image.labels(labels.collect()).unwrap())
            }
            (PortKind::Labels | PortKind::MaskOrLabels | PortKind::Mask, _) => {
                // Blocks of labels with gaps, each cut by the image's own structure; 3 is used twice, 5 not at all.
                let floor = floor(&image);
                let values = image.f64s();
                let labels = (0..image.len()).map(|i| {
                    let (z, y, x) = (i / (s[1] * s[2]), i / s[2] % s[1], i % s[2]);
                    let block = (z / 4) * 35 + (y / 11) * 7 + x / 9 + 1;
                    let block = if block == 5 { 3 } else { block };
                    if values[i] > floor { block as u32 } else { 0 }
                });
                Datum::Volume(image.labels(labels.collect()).unwrap())
            }
            (PortKind::Rgb, _) => Datum::Rgb([0, 1, 2].map(|c| content.volume(shape, seed + c))),
            (PortKind::Number, _) => Datum::Number(floor(&image)),
            (PortKind::ImageOrNumber, _) if s[2] % 2 == 1 => Datum::Volume(image),
            (PortKind::ImageOrNumber, _) => Datum::Number(floor(&image)),
            (PortKind::Table, name) if name.ends_with("points") && !of_tables => {
                // Points in and around the image, some between pixels, one of two halves.
                let axes = ["z", "y", "x"].iter().zip(s).skip(3 - solid(shape).0);
                let at = |n: usize, i: usize| (i * 37 % 29) as f64 * n as f64 / 26.0 - 1.0;
                let column = |n: usize| (0..23 + i).map(|i| (4.0 * at(n, i)).round() / 4.0).collect();
                let points =
                    axes.fold(Table::new(), |t, (a, n)| t.with(a, Values::Float(column(n))).unwrap());
                Datum::Table(points)
            }
            (PortKind::Table, "points" | "training") => Datum::Table(points(shape)),
            (PortKind::Table, "library") => {
                let barcodes = ["AG", "TC", "CA", "GG", "AT", "CT"].map(String::from);
                let names = barcodes.iter().map(|b| b.to_lowercase()).collect();
                let table = Table::new().with("name", Values::Text(names));
                Datum::Table(table.and_then(|t| t.with("barcode", Values::Text(barcodes.into()))).unwrap())
            }
            (PortKind::Table, "edges") => {
                let points = points(shape).rows() as i64;
                let source: Vec<i64> = (1..2 * points - 1).map(|i| i % points + 1).collect();
                let target =
                    source.iter().enumerate().map(|(i, s)| (s + 3 * i as i64) % points + 1).collect();
                let table = Table::new().with("source", Values::Int(source));
                Datum::Table(table.and_then(|t| t.with("target", Values::Int(target))).unwrap())
            }
            (_, name) => {
                let labels: Vec<i64> = (1..9 + name.len() as i64).collect();
                let areas = labels.iter().map(|l| (l * l * 37 % 113) as f64 + 0.25).collect();
                let table = Table::new().with("label", Values::Int(labels));
                Datum::Table(table.and_then(|t| t.with("area", Values::Float(areas))).unwrap())
            }
        })
    });
    ports.collect()
}

/// The inputs, with a pixel size where the function asks for one.
fn measured(entry: &Entry, op: &dyn Op, data: Vec<Option<Datum>>) -> Vec<Option<Datum>> {
    let metas: Vec<Option<DatumMeta>> = data.iter().map(|d| d.as_ref().map(Datum::meta)).collect();
    let metas = Metas::new(entry.spec.inputs, &metas);
    let Some(first) = metas.first() else { return data };
    let mut outputs: Vec<DatumMeta> = entry.spec.outputs.iter().map(|o| o.kind.meta(first)).collect();
    if !op.infer(&metas, &mut outputs).is_err_and(|error| error.code == Code::NoSpacing) {
        return data;
    }
    let spacing = Some(Spacing::new([0.5, 0.2, 0.3], SpacingSource::Given));
    let with = |datum| match datum {
        Datum::Volume(v) => Datum::Volume(v.with_spacing(spacing)),
        other => other,
    };
    data.into_iter().map(|d| d.map(with)).collect()
}

/// Points of a few frames in two classes, as many as the image is wide; some lie at the same place, or as far apart as others.
fn points(shape: &[usize]) -> Table {
    let rows = 0..shape[shape.len() - 1] as i64;
    let mut random = Random(rows.end as u64);
    let mut place = || Values::Float(rows.clone().map(|_| (random.unit() * 40.0).round() / 2.0).collect());
    let (y, x) = (place(), place());
    let classes = rows.clone().map(|i| ["one", "two"][(i * i % 5 % 2) as usize].to_string()).collect();
    let columns = [
        ("label", Values::Int(rows.clone().map(|i| i + 1).collect())),
        ("t", Values::Int(rows.map(|i| i % 5).collect())),
        ("y", y),
        ("x", x),
        ("class", Values::Text(classes)),
    ];
    columns.into_iter().fold(Table::new(), |table, (name, values)| table.with(name, values).unwrap())
}

/// Defaults, then the examples.
fn argument_sets(entry: &Entry) -> Vec<Args> {
    let mut sets = Vec::new();
    if entry.spec.params.iter().all(|p| p.default.is_some()) {
        sets.push(Args::new());
    }
    for example in entry.spec.examples {
        sets.push(
            rotifer::document::arguments(example).unwrap_or_else(|e| panic!("{}: {}", entry.spec.id, e[0])),
        );
    }
    sets
}

/// The difference between an output and the reference, if it is more than the op allows.
fn difference(agree: Agree, got: &Datum, want: &Plain) -> Option<String> {
    match (got, want) {
        (Datum::Volume(v), Plain::Image(grid)) => volume_difference(agree, v, grid),
        (Datum::Rgb(v), Plain::Rgb(grids)) => {
            v.iter().zip(grids).find_map(|(v, grid)| volume_difference(agree, v, grid))
        }
        (Datum::Number(a), Plain::Number(b)) => {
            number_difference(agree, *a, *b, b.abs()).map(|d| format!("number {d}"))
        }
        (Datum::Table(a), Plain::Table(b)) => table_difference(agree, a, b),
        _ => Some("kinds differ".into()),
    }
}

fn tolerance(agree: Agree, scale: f64) -> f64 {
    match agree {
        Agree::Exact | Agree::Relabelled => 0.0,
        Agree::Absolute(tolerance) => tolerance,
        Agree::Relative(tolerance) => tolerance * scale,
    }
}

fn number_difference(agree: Agree, got: f64, want: f64, scale: f64) -> Option<String> {
    // The device's numbers are f32.
    let rounding = if agree == Agree::Exact { 0.0 } else { scale * 1e-7 };
    let same = got == want
        || got.is_nan() && want.is_nan()
        || (got - want).abs() <= tolerance(agree, scale) + rounding;
    (!same).then(|| format!("{got} against {want}"))
}

fn volume_difference(agree: Agree, got: &Volume, want: &Grid) -> Option<String> {
    if (got.shape(), got.ndim()) != (want.shape, want.ndim) {
        return Some(format!("shape {:?} against {:?}", got.shape(), want.shape));
    }
    let values = got.f64s();
    if got.kind() == Kind::Labels && agree == Agree::Relabelled {
        let mut forth = std::collections::HashMap::new();
        let mut back = std::collections::HashMap::new();
        let same = values.iter().zip(&want.data).all(|(a, b)| {
            (*a == 0.0) == (*b == 0.0)
                && *forth.entry(a.to_bits()).or_insert(*b) == *b
                && *back.entry(b.to_bits()).or_insert(*a) == *a
        });
        return (!same).then(|| "labels differ".into());
    }
    if got.kind() != Kind::Image {
        let undecided = want.data.iter().filter(|x| x.is_nan()).count();
        if got.kind() == Kind::Mask && undecided > 8 + values.len() / 20 {
            return Some(format!("the reference leaves {undecided} of {} pixels undecided", values.len()));
        }
        let wrong = values.iter().zip(&want.data).position(|(a, b)| a != b && !b.is_nan());
        return wrong.map(|i| format!("pixel {i}: {} against {}", values[i], want.data[i]));
    }
    let finite = |x: &f64| if x.is_finite() { x.abs() } else { 0.0 };
    let scale = want.data.iter().map(finite).fold(0.0, f64::max);
    let allowed = tolerance(agree, scale);
    let dtype = got.dtype();
    let mut worst: Option<(f64, usize)> = None;
    for (i, (a, b)) in values.iter().zip(&want.data).enumerate() {
        let ok = match dtype {
            Dtype::F32 => {
                a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= allowed || *a == *b as f32 as f64
            }
            // An integer may be the other neighbour where the unrounded values are within the tolerance.
            _ => {
                *a == dtype.quantize(*b) || {
                    let (lo, hi) = dtype.range();
                    (a - b.clamp(lo, hi)).abs() <= if allowed > 0.0 { 0.5 + allowed } else { 0.0 }
                }
            }
        };
        let off = if (a - b).is_nan() { f64::INFINITY } else { (a - b).abs() };
        if !ok && worst.is_none_or(|(w, _)| off > w) {
            worst = Some((off, i));
        }
    }
    worst.map(|(_, i)| format!("pixel {i}: {} against {} (allowed {allowed:.3e})", values[i], want.data[i]))
}

fn table_difference(agree: Agree, got: &Table, want: &Table) -> Option<String> {
    let names = |t: &Table| t.columns().iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    if names(got) != names(want) || got.rows() != want.rows() {
        return Some(format!(
            "{} rows of {:?} against {} of {:?}",
            got.rows(),
            names(got),
            want.rows(),
            names(want)
        ));
    }
    got.columns().iter().zip(want.columns()).find_map(|(a, b)| {
        if let (Values::Text(x), Values::Text(y)) = (&a.values, &b.values) {
            return (x != y).then(|| format!("column {}", a.name));
        }
        let (x, y) = (a.values.to_f64()?, b.values.to_f64()?);
        let scale = y.iter().filter(|v| v.is_finite()).fold(0.0f64, |m, v| m.max(v.abs()));
        x.iter().zip(&y).enumerate().find_map(|(row, (p, q))| {
            number_difference(agree, *p, *q, scale).map(|d| format!("column {} row {row}: {d}", a.name))
        })
    })
}

fn chosen() -> Vec<&'static Entry> {
    let only = std::env::var("ROTIFER_OPS").ok().filter(|list| !list.is_empty());
    let wanted = |id: &str| only.as_ref().is_none_or(|list| list.split(',').any(|o| o == id));
    entries().iter().copied().filter(|e| wanted(e.spec.id)).collect()
}

/// Where a function ran. On the host in spite of its device kernel only with the plan's reason: `None` without.
fn ran_on(
    entry: &'static Entry,
    args: &Args,
    frames: &[Option<Frames>],
    options: &Options,
    report: &Report,
) -> Option<Memory> {
    let memory = report.steps.first()?.memory;
    if options.on == On::Cpu || !entry.spec.device || memory == Memory::Device {
        return Some(memory);
    }
    let step = Step { op: entry.spec.id.into(), args: args.clone(), ..Step::default() };
    let planned = plan::function(entry, &step, frames, options).ok()?.steps.remove(0);
    (planned.memory == memory && planned.reason.is_some()).then_some(memory)
}

/// Whether the plan says from metadata alone that the arguments do not fit the image.
fn refused_by_plan(entry: &'static Entry, args: &Args, frames: &[Option<Frames>], options: &Options) -> bool {
    let step = Step { op: entry.spec.id.into(), args: args.clone(), ..Step::default() };
    plan::function(entry, &step, frames, options).is_err_and(|error| error.code == Code::Shape)
}

/// Most steps that the reference of one case may take, by its own estimate.
const EFFORT: usize = 1 << 22;

/// One case: inputs and what the reference makes of them.
struct Case {
    name: String,
    frames: Vec<Option<Frames>>,
    reference: Option<Result<Vec<Plain>, Error>>,
}

impl Case {
    /// A case of this size, or of a smaller one where the reference is slow.
    fn new(entry: &Entry, op: &dyn Op, args: &Args, shape: &[usize], content: Content, sparse: bool) -> Case {
        let mut shape = shape.to_vec();
        let data = loop {
            let data = measured(entry, op, inputs(entry, &shape, content, sparse));
            let metas: Vec<Option<DatumMeta>> = data.iter().map(|d| d.as_ref().map(Datum::meta)).collect();
            let longest = shape.iter_mut().max().unwrap();
            if *longest <= 9 || op.effort(&Metas::new(entry.spec.inputs, &metas)) <= EFFORT {
                break data;
            }
            *longest = *longest * 2 / 3;
        };
        let reference = op.plain(&Inputs::new(entry.spec.inputs, &data));
        let name = format!("{} {args:?} {shape:?} {content:?} sparse={sparse}", entry.spec.id);
        Case { name, frames: data.into_iter().map(|d| d.map(Frames::from)).collect(), reference }
    }
}

/// Runs every case of every chosen op in each of the ways that it has, and gives how many were compared by way, and the
/// failures.
fn check_all(ways: &[(String, Options, Option<Level>)]) -> (Vec<usize>, Vec<String>) {
    let mut failures = Vec::new();
    let mut compared = vec![0; ways.len()];
    for entry in chosen() {
        let started = std::time::Instant::now();
        let before = failures.len();
        for (number, args) in argument_sets(entry).iter().enumerate() {
            let op = match entry.build(args) {
                Ok(op) => op,
                Err(errors) => {
                    failures.push(format!("{} example {number}: {}", entry.spec.id, errors[0]));
                    continue;
                }
            };
            let optional = entry.spec.inputs.iter().any(|p| p.optional);
            let tried: Vec<Case> = cases()
                .into_iter()
                .flat_map(|(shape, content)| [true, false].map(|sparse| (shape, content, sparse)))
                .filter(|(.., sparse)| optional || *sparse)
                .collect::<Vec<_>>()
                .into_par_iter()
                .map(|(shape, content, sparse)| Case::new(entry, &*op, args, shape, content, sparse))
                .collect();
            let (mut ran, mut refused, mut on_device) = (vec![0; ways.len()], vec![0; ways.len()], 0);
            for Case { name, frames, reference } in &tried {
                let Some(reference) = reference else {
                    if entry.spec.file.starts_with("kernels") {
                        failures.push(format!("{}: no reference", entry.spec.id));
                    }
                    break;
                };
                for ((way, options, level), (ran, refused)) in
                    ways.iter().zip(ran.iter_mut().zip(&mut refused))
                {
                    if options.on == On::Gpu && !entry.spec.device {
                        continue;
                    }
                    if let Some(level) = level {
                        assert!(set_level(*level));
                    }
                    match (apply(entry, args, frames, options), reference) {
                        (Ok((outputs, report)), Ok(want)) => {
                            *ran += 1;
                            let memory = ran_on(entry, args, frames, options, &report);
                            match memory {
                                Some(memory) => on_device += (memory == Memory::Device) as usize,
                                None => failures.push(format!("{name} on {way}: ran on the host, no reason")),
                            }
                            if let Some(note) = report.notes.iter().find(|n| n.contains("ran on the host")) {
                                failures.push(format!("{name} on {way}: {note}"));
                            }
                            if outputs.len() != want.len() {
                                failures.push(format!("{name} on {way}: {} outputs", outputs.len()));
                            }
                            for ((port, got), want) in entry.spec.outputs.iter().zip(&outputs).zip(want) {
                                if let Some(d) = difference(entry.spec.agrees, &got.items[0], want) {
                                    failures.push(format!("{name} on {way}, {}: {d}", port.name));
                                }
                            }
                        }
                        // Arguments that do not fit this image are refused by all, or by the plan before any work.
                        (Err(a), Err(b))
                            if a.code == b.code && matches!(a.code, Code::Shape | Code::InputCount) => {}
                        (Err(_), Ok(_)) if refused_by_plan(entry, args, frames, options) => *refused += 1,
                        (Err(error), _) => failures.push(format!("{name} on {way}: {error}")),
                        (Ok(_), Err(error)) => failures.push(format!("{name} on {way}: reference: {error}")),
                    }
                }
                if failures.len() - before > 40 {
                    break;
                }
            }
            let counts = ran.iter().zip(&refused).zip(&mut compared);
            for ((way, options, _), ((ran, refused), compared)) in ways.iter().zip(counts) {
                *compared += ran;
                if options.on == On::Gpu && !entry.spec.device {
                    continue;
                }
                if *ran == 0 || refused > ran {
                    let case = format!("{} {args:?} on {way}", entry.spec.id);
                    failures.push(format!("{case}: {ran} cases ran, the plan alone refused {refused}"));
                }
                // uint32 and int32 intensities are placed on the host.
                if options.on == On::Gpu && 2 * on_device < *ran {
                    let case = format!("{} {args:?}", entry.spec.id);
                    failures.push(format!("{case}: {on_device} of {ran} cases ran on the device"));
                }
            }
        }
        eprintln!(
            "{:28} {:6.1} s {}",
            entry.spec.id,
            started.elapsed().as_secs_f64(),
            failures.len() - before
        );
    }
    (compared, failures)
}

fn report(what: &str, compared: usize, failures: Vec<String>) {
    eprintln!("{what}: {compared} comparisons");
    let shown: Vec<&str> = failures.iter().take(60).map(String::as_str).collect();
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), shown.join("\n"));
    assert!(compared > 0 || std::env::var_os("ROTIFER_OPS").is_some(), "nothing was compared");
}

#[test]
fn host_and_device_agree_with_the_reference() {
    let host = Options { on: On::Cpu, ..Options::default() };
    let levels = Level::available().into_iter();
    let mut ways: Vec<_> =
        levels.map(|level| (format!("host {}", level.name()), host.clone(), Some(level))).collect();
    let device = chosen().iter().any(|e| e.spec.device);
    if device {
        let adapter =
            context::adapter().expect("device kernels are tested on any Vulkan adapter; lavapipe will do");
        eprintln!("device: {} ({})", adapter.name, adapter.driver);
        ways.push(("device".to_string(), Options { on: On::Gpu, ..Options::default() }, None));
    }
    let (compared, failures) = check_all(&ways);
    for ((way, ..), compared) in ways.iter().zip(&compared) {
        report(way, *compared, Vec::new());
    }
    report("all", compared.iter().sum(), failures);
}

/// The values at the ports that take numbers, of an image or by themselves.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Filling {
    Mask,
    /// Labels from 0 on, or around 2^24 and at the end of uint32.
    Labels(bool),
    /// uint32 intensities around 2^24 and at the end of the range.
    Wide,
    /// A number, beside an image of float32 values around it.
    Number(f64),
    /// An image where infinity stands here and there, of either sign.
    Infinite,
}

impl Filling {
    const ALL: &[Filling] = &[
        Filling::Mask,
        Filling::Labels(false),
        Filling::Labels(true),
        Filling::Wide,
        Filling::Number(100.3),
        Filling::Number(0.1),
        Filling::Number(-0.1),
        Filling::Number(16777217.0),
        Filling::Infinite,
    ];

    fn volume(self, shape: &[usize], seed: u64) -> Volume {
        let image = Content::Blobs(Dtype::F32).volume(shape, seed);
        let mut random = Random(seed);
        let mut wide = |large: bool| -> Vec<u32> {
            let around = [0, 1, (1 << 24) - 1, 1 << 24, (1 << 24) + 1, (1 << 24) + 3, u32::MAX - 1, u32::MAX];
            let pick = |i: u64| if large { around[i as usize] } else { i as u32 };
            (0..image.len()).map(|_| pick(random.next() % 8)).collect()
        };
        match self {
            Filling::Mask => image.mask(wide(false).into_iter().map(|v| (v % 2) as u8).collect()),
            Filling::Labels(large) => image.labels(wide(large)),
            Filling::Wide => image.image(wide(true)),
            Filling::Number(x) => {
                let near = [x as f32, (x as f32).next_up(), (x as f32).next_down(), 0.0, -1.0, 1e6];
                image.image(wide(false).into_iter().map(|i| near[i as usize % 6]).collect::<Vec<f32>>())
            }
            Filling::Infinite => {
                let values = [f32::INFINITY, f32::NEG_INFINITY];
                let pixels = image.f32s().into_owned().into_iter().enumerate();
                image.image(pixels.map(|(i, v)| if i % 41 == 7 { values[i / 41 % 2] } else { v }).collect())
            }
        }
        .unwrap()
    }
}

/// Functions whose result is defined by a float32 image of theirs: a mask of what lies above it is no more exact.
const BY_FLOAT32: [&str; 4] =
    ["threshold_local", "threshold_niblack", "threshold_phansalkar", "threshold_sauvola"];

/// Masks, labels, large whole numbers and numbers that float32 cannot hold, at every port that takes them: the same on
/// the host and on the device, and on the device unless its numbers cannot hold them.
#[test]
fn numbers_are_the_same_everywhere() {
    let mut failures = Vec::new();
    let mut counts = vec![[0usize; 2]; Filling::ALL.len()];
    let device = context::adapter().is_ok();
    assert!(device || std::env::var_os("ROTIFER_REQUIRE_DEVICE").is_none(), "no device");
    for entry in chosen() {
        let takes = |k: PortKind| matches!(k, PortKind::Image | PortKind::ImageOrNumber | PortKind::Number);
        if !entry.spec.inputs.iter().any(|p| takes(p.kind)) {
            continue;
        }
        for (filling, counts) in Filling::ALL.iter().zip(&mut counts) {
            let number = entry.spec.inputs.iter().any(|p| p.kind != PortKind::Image && takes(p.kind));
            // The effect of infinite pixels on others is for each family to say; these say it by weights and by order.
            let linear = matches!(entry.spec.family, Family::Transform | Family::Projection);
            match filling {
                Filling::Number(_) if !number => continue,
                Filling::Infinite if !linear => continue,
                Filling::Labels(true) | Filling::Wide if BY_FLOAT32.contains(&entry.spec.id) => continue,
                _ => {}
            }
            for args in argument_sets(entry) {
                let Ok(op) = entry.build(&args) else { continue };
                let shape: &[usize] = &[12, 17];
                let mut data = inputs(entry, shape, Content::Blobs(Dtype::F32), false);
                for (i, (port, datum)) in entry.spec.inputs.iter().zip(&mut data).enumerate() {
                    *datum = match (port.kind, filling) {
                        (PortKind::Image, _) if port.name == "psf" => continue,
                        (PortKind::Number | PortKind::ImageOrNumber, Filling::Number(x)) => {
                            Some(Datum::Number(*x))
                        }
                        (PortKind::Image | PortKind::ImageOrNumber, _) => {
                            Some(Datum::Volume(filling.volume(shape, i as u64)))
                        }
                        _ => continue,
                    };
                }
                let data = measured(entry, &*op, data);
                let Some(reference) = op.plain(&Inputs::new(entry.spec.inputs, &data)) else { continue };
                let frames: Vec<Option<Frames>> = data.into_iter().map(|d| d.map(Frames::from)).collect();
                for on in [On::Cpu, On::Gpu] {
                    if on == On::Gpu && !(device && entry.spec.device) {
                        continue;
                    }
                    let options = Options { on, ..Options::default() };
                    let case = format!("{} {args:?} {filling:?} on {on:?}", entry.spec.id);
                    let (outputs, report) = match (apply(entry, &args, &frames, &options), &reference) {
                        (Ok(done), Ok(_)) => done,
                        (Err(a), Err(b)) if (a.code, b.code) == (Code::Shape, Code::Shape) => continue,
                        (Err(error), _) => {
                            failures.push(format!("{case}: {error}"));
                            continue;
                        }
                        (Ok(_), Err(error)) => {
                            failures.push(format!("{case}: reference: {error}"));
                            continue;
                        }
                    };
                    let memory = ran_on(entry, &args, &frames, &options, &report);
                    let exact = matches!(filling, Filling::Labels(_) | Filling::Wide);
                    let expected = if on == On::Cpu || exact { Memory::Host } else { Memory::Device };
                    // A mask that is moved may need places that the device's numbers do not hold: the plan says so.
                    let moved = entry.spec.outputs.iter().any(|o| matches!(o.kind, OutKind::Like(_)));
                    let placed = moved && *filling == Filling::Mask && memory == Some(Memory::Host);
                    if memory != Some(expected) && !placed {
                        failures.push(format!("{case}: ran on {:?}, {memory:?}", report.steps));
                    }
                    counts[(on == On::Gpu) as usize] += 1;
                    let Ok(want) = &reference else { continue };
                    for ((port, got), want) in entry.spec.outputs.iter().zip(&outputs).zip(want) {
                        if let Some(d) = difference(entry.spec.agrees, &got.items[0], want) {
                            failures.push(format!("{case}, {}: {d}", port.name));
                        }
                    }
                }
            }
        }
    }
    for (filling, [host, device]) in Filling::ALL.iter().zip(&counts) {
        eprintln!("{filling:?}: {host} on the host, {device} on the GPU or placed on the host instead");
    }
    report("numbers", counts.iter().flatten().sum(), failures);
    if std::env::var_os("ROTIFER_OPS").is_none() {
        assert!(counts.iter().all(|[host, gpu]| *host >= 2 && (*gpu >= 2 || !device)), "{counts:?}");
    }
}

/// An operation's reach is held against what it reads: tiles with that halo give the whole image.
#[test]
fn tiles_give_the_whole_image() {
    if context::adapter().is_err() {
        assert!(std::env::var_os("ROTIFER_REQUIRE_DEVICE").is_none(), "no device");
        return;
    }
    let mut failures = Vec::new();
    let mut tiled = BTreeSet::new();
    let mut compared = 0;
    for entry in chosen().into_iter().filter(|e| e.spec.device) {
        for (args, shape) in argument_sets(entry)
            .into_iter()
            .flat_map(|args| [vec![61, 37], vec![23, 18, 19]].map(|shape| (args.clone(), shape)))
        {
            let data = inputs(entry, &shape, Content::Blobs(Dtype::U16), false);
            let frames: Vec<Option<Frames>> = data.into_iter().map(|d| d.map(Frames::from)).collect();
            let whole = Options { on: On::Gpu, ..Options::default() };
            let step = Step { op: entry.spec.id.into(), args: args.clone(), ..Step::default() };
            let limit = shape.iter().product::<usize>() as u64 * 4 / 2;
            let parts = Options { max_binding: Some(limit), ..whole.clone() };
            let in_tiles = |plan: plan::Plan| plan.steps[0].tiled;
            if !plan::function(entry, &step, &frames, &parts).is_ok_and(in_tiles) {
                continue;
            }
            let case = format!("{} {args:?} {shape:?}", entry.spec.id);
            let run = |options: &Options| apply(entry, &args, &frames, options);
            let (whole, parts) = match (run(&whole), run(&parts)) {
                (Ok((whole, _)), Ok((parts, report))) if report.submissions > 1 => (whole, parts),
                (whole, parts) => {
                    let reports =
                        [whole, parts].map(|r| r.map(|(_, report)| (report.submissions, report.notes)));
                    // A halo as large as the image leaves no tile: then the step goes to the host, and says so.
                    if !matches!(&reports[1], Ok((0, notes)) if !notes.is_empty()) {
                        failures.push(format!("{case}: {reports:?}"));
                    }
                    continue;
                }
            };
            tiled.insert(entry.spec.id);
            for (a, b) in whole.iter().zip(&parts) {
                compared += 1;
                let want = match &a.items[0] {
                    Datum::Volume(v) => Plain::Image(Grid::from(v)),
                    Datum::Rgb(planes) => Plain::Rgb(planes.each_ref().map(Grid::from)),
                    _ => continue,
                };
                if let Some(d) = difference(entry.spec.agrees, &b.items[0], &want) {
                    failures.push(format!("{case}: {d}"));
                }
            }
        }
    }
    eprintln!("in tiles: {tiled:?}");
    report("tiles", compared, failures);
    assert!(tiled.len() >= 10 || std::env::var_os("ROTIFER_OPS").is_some(), "{tiled:?}");
}

/// On the host, an operation that says how far it reaches, or how it gathers from parts, gives the bits of the whole image
/// when this comes in parts.
#[test]
fn parts_give_the_whole_image() {
    let mut failures = Vec::new();
    let (mut local, mut gathered) = (BTreeSet::new(), BTreeSet::new());
    let mut compared = 0;
    for entry in chosen() {
        for (number, args) in argument_sets(entry).into_iter().enumerate() {
            for (k, (shape, dtype)) in [
                (vec![61, 37], Dtype::U16),
                (vec![40, 33], Dtype::F32),
                (vec![23, 18, 19], Dtype::U8),
                (vec![17, 20, 21], Dtype::F32),
                (vec![19, 21, 17], Dtype::U32),
            ]
            .into_iter()
            .enumerate()
            {
                let data = inputs(entry, &shape, Content::Blobs(dtype), false);
                let frames: Vec<Option<Frames>> = data.into_iter().map(|d| d.map(Frames::from)).collect();
                let with = |part| Options { on: On::Cpu, part, ..Options::default() };
                let step = Step { op: entry.spec.id.into(), args: args.clone(), ..Step::default() };
                let rows = [1, 3, 7, 16][(number + k) % 4];
                let Ok(plan) = plan::function(entry, &step, &frames, &with(Some(rows))) else { continue };
                let planned = &plan.steps[0];
                if planned.stage.is_none() && !planned.in_parts {
                    continue;
                }
                if planned.in_parts { &mut gathered } else { &mut local }.insert(entry.spec.id);
                compared += 1;
                let run = |part| apply(entry, &args, &frames, &with(part)).map(|(outputs, _)| outputs);
                let (whole, parts) = (run(None), run(Some(rows)));
                if !same_bits(&whole, &parts) {
                    failures.push(format!(
                        "{} {args:?} {shape:?} {dtype}: {rows} rows at a time differ: {:?} {:?}",
                        entry.spec.id,
                        whole.as_ref().err(),
                        parts.as_ref().err()
                    ));
                }
            }
        }
    }
    eprintln!("in parts: {local:?}\ngathered from parts: {gathered:?}");
    report("parts", compared, failures);
    let all = std::env::var_os("ROTIFER_OPS").is_none();
    assert!(!all || (local.len() >= 60 && gathered.len() >= 30), "{local:?} {gathered:?}");
}

/// Equal outcomes; NaN equals NaN.
fn same_bits(a: &Result<Vec<Frames>, Error>, b: &Result<Vec<Frames>, Error>) -> bool {
    let bytes = |frames: &Frames| -> Vec<(Vec<u8>, [usize; 3])> {
        let volumes = frames.items.iter().flat_map(|d| match d {
            Datum::Volume(v) => vec![v],
            Datum::Rgb(planes) => planes.iter().collect(),
            _ => Vec::new(),
        });
        volumes.map(|v| (v.bytes().to_vec(), v.shape())).collect()
    };
    // The text of a number is another for other bits.
    let others = |frames: &Frames| -> Vec<String> {
        let others = frames.items.iter().filter(|d| matches!(d, Datum::Table(_) | Datum::Number(_)));
        others.map(|d| format!("{d:?}")).collect()
    };
    match (a, b) {
        (Ok(a), Ok(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| bytes(a) == bytes(b) && others(a) == others(b))
        }
        (Err(a), Err(b)) => a.code == b.code,
        _ => false,
    }
}
