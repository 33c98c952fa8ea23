//! Every operation × its examples × sizes and values, on the host at every SIMD level and on the device, against its
//! plain f64 reference. A new operation is tested by existing.
//!
//! `ROTIFER_OPS=erosion,sobel` runs only these.

use rotifer::context;
use rotifer::execute::{On, Options, apply};
use rotifer::registry::op::PortKind;
use rotifer::registry::{
    Agree, Args, Code, Datum, Dtype, Entry, Frames, Grid, Inputs, Kind, Plain, Table, Values, Volume,
    VolumeMeta, entries,
};
use rotifer_kernels::common::simd::{Level, set_level};

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
            (PortKind::Table, _) => unreachable!("no op takes a table yet"),
        })
    });
    ports.collect()
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

/// What differs between an output and the reference, if it is more than the op allows.
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

/// Runs every case of every chosen op in each of the ways, and gives the failures.
fn check_all(ways: &[(String, Options, Option<Level>)], device_only: bool) -> (usize, Vec<String>) {
    let mut failures = Vec::new();
    let mut compared = 0;
    for entry in chosen().into_iter().filter(|e| e.spec.device || !device_only) {
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
            let mut ran = 0;
            for (shape, content) in cases() {
                for sparse in [true, false] {
                    let optional = entry.spec.inputs.iter().any(|p| p.optional);
                    if !optional && !sparse {
                        continue;
                    }
                    let data = inputs(entry, shape, content, sparse);
                    let Some(reference) = op.reference(&Inputs::new(entry.spec.inputs, &data)) else {
                        if entry.spec.file.starts_with("kernels") {
                            failures.push(format!("{}: no reference", entry.spec.id));
                        }
                        break;
                    };
                    let frames: Vec<Option<Frames>> =
                        data.iter().cloned().map(|d| d.map(Frames::from)).collect();
                    let case = format!("{} {args:?} {shape:?} {content:?} sparse={sparse}", entry.spec.id);
                    for (way, options, level) in ways {
                        if let Some(level) = level {
                            assert!(set_level(*level));
                        }
                        match (apply(entry, args, &frames, options), &reference) {
                            (Ok((outputs, report)), Ok(want)) => {
                                ran += 1;
                                compared += 1;
                                if let Some(note) =
                                    report.notes.iter().find(|n| n.contains("ran on the host"))
                                {
                                    failures.push(format!("{case} on {way}: {note}"));
                                }
                                if outputs.len() != want.len() {
                                    failures.push(format!("{case} on {way}: {} outputs", outputs.len()));
                                }
                                for ((port, got), want) in entry.spec.outputs.iter().zip(&outputs).zip(want) {
                                    if let Some(d) = difference(entry.spec.agrees, &got.items[0], want) {
                                        failures.push(format!("{case} on {way}, {}: {d}", port.name));
                                    }
                                }
                            }
                            // Arguments that do not fit this image are refused by all.
                            (Err(error), _) => {
                                if !matches!(error.code, Code::Shape | Code::InputCount) {
                                    failures.push(format!("{case} on {way}: {error}"));
                                }
                            }
                            (Ok(_), Err(error)) => {
                                failures.push(format!("{case} on {way}: reference: {error}"))
                            }
                        }
                    }
                }
                if failures.len() - before > 40 {
                    break;
                }
            }
            if ran == 0 {
                failures.push(format!("{} {args:?}: no case ran", entry.spec.id));
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
    assert!(compared > 0, "nothing was compared");
}

#[test]
fn host_agrees_with_the_reference_at_every_simd_level() {
    let options = Options { on: On::Cpu, ..Options::default() };
    let ways: Vec<_> = Level::available()
        .into_iter()
        .map(|level| (format!("host {}", level.name()), options.clone(), Some(level)))
        .collect();
    let (compared, failures) = check_all(&ways, false);
    report("host", compared, failures);
}

#[test]
fn device_agrees_with_the_reference() {
    if chosen().iter().all(|e| !e.spec.device) {
        return;
    }
    let adapter =
        context::adapter().expect("device kernels are tested on any Vulkan adapter; lavapipe will do");
    eprintln!("device: {} ({})", adapter.name, adapter.driver);
    let ways = [("device".to_string(), Options { on: On::Gpu, ..Options::default() }, None)];
    let (compared, failures) = check_all(&ways, true);
    report("device", compared, failures);
}
