//! Times of functions through the public API, beside a memcpy of the same run.

use crate::execute::{Options, Report, apply};
use rayon::prelude::*;
use rotifer_registry::pipeline::Args;
use rotifer_registry::{
    Code, Datum, DatumMeta, Dtype, Entry, Error, Frames, Kind, Port, PortKind, Spacing, SpacingSource, Table,
    Values, Volume, VolumeMeta,
};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// Shape and dtype of a generated image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Pixels along z, y, x.
    pub shape: [usize; 3],
    pub ndim: usize,
}

impl Size {
    /// Reads `2048x2048` or `64x512x512`.
    pub fn parse(text: &str) -> Option<Size> {
        let parts: Vec<usize> = text.split('x').map(|n| n.parse().ok()).collect::<Option<_>>()?;
        let shape = match parts[..] {
            [y, x] => [1, y, x],
            [z, y, x] => [z, y, x],
            _ => return None,
        };
        let pixels = shape.iter().try_fold(1usize, |product, n| product.checked_mul(*n))?;
        (1..=1 << 32).contains(&pixels).then_some(Size { shape, ndim: parts.len() })
    }
}

/// How long a function took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub min_ms: f64,
    pub median_ms: f64,
    pub runs: usize,
    /// Bytes of the inputs and outputs.
    pub bytes: usize,
    /// By the median, 10^6 bytes a second.
    pub mb_s: f64,
    /// That, as a share of the bytes that a memcpy reads and writes in the same time.
    pub memcpy_share: f64,
    /// Time of each shader of one run, where the adapter can tell, in the order of first use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passes: Vec<PassTime>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// The passes of one shader.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PassTime {
    pub shader: String,
    pub count: usize,
    pub ms: f64,
}

/// Runs a function once to warm up, then 5 to 50 times, about a second in all; a slow one at least twice.
pub fn measure(
    entry: &'static Entry,
    args: &Args,
    inputs: &[Option<Frames>],
    options: &Options,
) -> Result<Measured, Error> {
    let (outputs, report) = apply(entry, args, inputs, options)?;
    let size = |frames: &Frames| frames.items.iter().map(|d| bytes(&d.meta())).sum::<usize>();
    let bytes = inputs.iter().flatten().map(size).sum::<usize>() + outputs.iter().map(size).sum::<usize>();
    drop(outputs);
    let (mut times, start) = (Vec::new(), Instant::now());
    let enough = |runs: usize| match start.elapsed() {
        spent if spent < Duration::from_secs(1) => runs >= 50,
        spent if spent < Duration::from_secs(6) => runs >= 5,
        _ => runs >= 2,
    };
    while !enough(times.len()) {
        let start = Instant::now();
        let outputs = apply(entry, args, inputs, options)?;
        times.push(start.elapsed().as_secs_f64());
        drop(outputs);
    }
    times.sort_by(f64::total_cmp);
    let median = times[times.len() / 2];
    let Report { passes, notes, .. } = match report.submissions {
        0 => report,
        _ => apply(entry, args, inputs, &Options { timed: true, ..options.clone() })?.1,
    };
    let mb_s = bytes as f64 / median / 1e6;
    Ok(Measured {
        min_ms: times[0] * 1e3,
        median_ms: median * 1e3,
        runs: times.len(),
        bytes,
        mb_s,
        memcpy_share: mb_s / memcpy_mb_s(bytes / 2),
        passes: by_shader(passes),
        notes,
    })
}

fn by_shader(passes: Vec<(String, f64)>) -> Vec<PassTime> {
    let mut summed: Vec<PassTime> = Vec::new();
    for (shader, nanoseconds) in passes {
        let ms = nanoseconds / 1e6;
        match summed.iter_mut().find(|p| p.shader == shader) {
            Some(pass) => (pass.count, pass.ms) = (pass.count + 1, pass.ms + ms),
            None => summed.push(PassTime { shader, count: 1, ms }),
        }
    }
    summed
}

fn bytes(meta: &DatumMeta) -> usize {
    match meta {
        DatumMeta::Volume(v) => v.bytes(),
        DatumMeta::Rgb(v) => 3 * v.bytes(),
        _ => 0,
    }
}

/// 10^6 bytes read and written in a second by copying this many on all threads, at best of several times.
pub fn memcpy_mb_s(bytes: usize) -> f64 {
    let bytes = bytes.max(1 << 12);
    let from = vec![1u8; bytes];
    let mut to = vec![0u8; bytes];
    let share = bytes.div_ceil(rayon::current_num_threads()).max(1 << 16);
    let mut best = f64::INFINITY;
    for _ in 0..7 {
        let start = Instant::now();
        to.par_chunks_mut(share).zip(from.par_chunks(share)).for_each(|(to, from)| to.copy_from_slice(from));
        best = best.min(start.elapsed().as_secs_f64());
        std::hint::black_box(&mut to);
    }
    2.0 * bytes as f64 / best.max(1e-9) / 1e6
}

/// The arguments to time a function with where none are given: the defaults, or the first example if one is required.
pub fn usual_args(entry: &Entry) -> Args {
    let examples = entry.spec.examples.iter().filter_map(|e| crate::document::arguments(e).ok());
    std::iter::once(Args::new()).chain(examples).find(|args| entry.build(args).is_ok()).unwrap_or_default()
}

/// Generated inputs for every port that must be filled: round nuclei of 16 to 26 pixels on an uneven
/// background with noise, their mask, their labels, always the same. Optional ports stay empty.
pub fn inputs(entry: &Entry, size: Size, dtype: Dtype) -> Result<Vec<Option<Frames>>, Error> {
    let ports = entry.spec.inputs;
    let first_image = ports.iter().position(|p| matches!(p.kind, PortKind::Image | PortKind::ImageOrNumber));
    let fill = |(i, port): (usize, &Port)| {
        if port.optional {
            return Ok(None);
        }
        let seed = i as u64;
        let datum = match port.kind {
            // A window to correlate with, where a function asks for one beside the image.
            PortKind::Image if ["psf", "kernel"].contains(&port.name) => Datum::Volume(psf(size.ndim)?),
            PortKind::ImageOrNumber if first_image != Some(i) => Datum::Number(dtype_level(dtype)),
            PortKind::Image | PortKind::ImageOrNumber => Datum::Volume(intensities(size, dtype, seed)?),
            PortKind::Mask | PortKind::MaskOrLabels => Datum::Volume(labels(size, 1.0)?.to_mask()),
            PortKind::Labels if port.name == "markers" => Datum::Volume(labels(size, 0.3)?),
            PortKind::Labels => Datum::Volume(labels(size, 1.0)?),
            PortKind::Rgb => {
                let plane = |c| intensities(size, dtype, c);
                Datum::Rgb([plane(0)?, plane(1)?, plane(2)?])
            }
            PortKind::Number => Datum::Number(dtype_level(dtype)),
            PortKind::Table if port.name.ends_with("points") || port.name == "training" => {
                Datum::Table(points(size.ndim)?)
            }
            PortKind::Table if port.name == "edges" => Datum::Table(edges()?),
            PortKind::Table if port.name == "library" => Datum::Table(library()?),
            PortKind::Table => Datum::Table(objects()?),
            kind => {
                let error = Error::new(Code::Unavailable, format!("no input of {} is made up", kind.name()));
                return Err(error.op(entry.spec.id).argument(port.name));
            }
        };
        Ok(Some(Frames::from(datum)))
    };
    ports.iter().enumerate().map(fill).collect()
}

/// How many points and objects the tables have.
const ROWS: i64 = 1000;

/// Points of ten frames, in three classes.
fn points(ndim: usize) -> Result<Table, Error> {
    let column = |a: usize| (0..ROWS).map(|i| (i * [7919, 6101, 4447][a] % 251) as f64).collect();
    let labels = Table::new()
        .with("label", Values::Int((1..=ROWS).collect()))?
        .with("t", Values::Int((0..ROWS).map(|i| i * 10 / ROWS).collect()))?;
    let axes = ["z", "y", "x"].iter().enumerate().skip(3 - ndim);
    let placed =
        axes.into_iter().try_fold(labels, |table, (a, name)| table.with(name, Values::Float(column(a))))?;
    let class = |i: i64| ["one", "two", "three"][(i * 7919 % 3) as usize].to_string();
    placed.with("class", Values::Text((0..ROWS).map(class).collect()))
}

/// Three edges for each of those points.
fn edges() -> Result<Table, Error> {
    let ends = |step: i64| Values::Int((0..3 * ROWS).map(|i| (i * step + i / ROWS) % ROWS + 1).collect());
    Table::new().with("source", ends(1))?.with("target", ends(37))
}

/// Barcodes of eight letters, and their names.
pub fn library() -> Result<Table, Error> {
    let barcode = |i: i64| (0..8).map(|k| b"ACGT"[(((i * 7919) >> (2 * k)) & 3) as usize] as char).collect();
    let name = |i: i64| format!("gene {i}");
    Table::new()
        .with("barcode", Values::Text((1..=ROWS).map(barcode).collect()))?
        .with("name", Values::Text((1..=ROWS).map(name).collect()))
}

/// Labels and areas of objects.
fn objects() -> Result<Table, Error> {
    let labels: Vec<i64> = (1..=ROWS).collect();
    let areas = labels.iter().map(|l| (l * 7919 % 251) as f64).collect();
    Table::new().with("label", Values::Int(labels))?.with("area", Values::Float(areas))
}

/// A level between background and nuclei.
fn dtype_level(dtype: Dtype) -> f64 {
    1500.0 * brightness(dtype)
}

/// Generated images have 12 bits in uint16; in others they keep their place in the range.
fn brightness(dtype: Dtype) -> f64 {
    match dtype {
        Dtype::U8 => 1.0 / 16.0,
        Dtype::F32 => 1.0 / 4096.0,
        _ => 1.0,
    }
}

/// Nuclei stand on a grid of cells of this many pixels, each moved a little.
const CELL: i64 = 32;

/// A well mixed number between 0 and 1 of an index.
fn random(seed: u64, index: u64) -> f64 {
    let mut x = (index.wrapping_add(seed << 40)).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// The nucleus at a pixel: its number and how near the pixel is to its centre, from 0 at the rim to 1.
fn nucleus(at: [usize; 3], ndim: usize, cells: [i64; 3]) -> Option<(u32, f64)> {
    let home = at.map(|p| p as i64 / CELL);
    let mut nearest: Option<(u32, f64)> = None;
    let around = |axis: usize| if ndim == 2 && axis == 0 { 0..=0 } else { home[axis] - 1..=home[axis] + 1 };
    for z in around(0) {
        for y in around(1) {
            for x in around(2) {
                let cell = [z, y, x];
                if (0..3).any(|a| cell[a] < 0 || cell[a] >= cells[a]) {
                    continue;
                }
                let number = ((z * cells[1] + y) * cells[2] + x) as u64;
                let radius = 8.0 + 5.0 * random(7, 4 * number);
                let mut distance = 0.0;
                for a in 3 - ndim..3 {
                    let middle =
                        (cell[a] as f64 + 0.25 + 0.5 * random(7, 4 * number + 1 + a as u64)) * CELL as f64;
                    distance += (at[a] as f64 + 0.5 - middle).powi(2);
                }
                let depth = 1.0 - distance.sqrt() / radius;
                if depth > 0.0 && nearest.is_none_or(|(_, d)| depth > d) {
                    nearest = Some((number as u32 + 1, depth));
                }
            }
        }
    }
    nearest
}

fn by_pixel<T: Send + Default + Clone>(
    size: Size,
    pixel: impl Fn(Option<(u32, f64)>, [usize; 3], u64) -> T + Sync,
) -> Vec<T> {
    let [depth, height, width] = size.shape;
    let cells = size.shape.map(|n| n.div_ceil(CELL as usize) as i64);
    let mut pixels = vec![T::default(); depth * height * width];
    pixels.par_chunks_mut(width).enumerate().for_each(|(row, line)| {
        for (x, out) in line.iter_mut().enumerate() {
            let at = [row / height, row % height, x];
            *out = pixel(nucleus(at, size.ndim, cells), at, (row * width + x) as u64);
        }
    });
    pixels
}

/// Pixels that are of another length along each axis: a function of their size has something to do.
const SPACING: Spacing = Spacing::new([1.0, 0.5, 0.25], SpacingSource::Given);

fn meta(size: Size, kind: Kind, dtype: Dtype) -> VolumeMeta {
    VolumeMeta { kind, dtype, shape: size.shape, ndim: size.ndim, spacing: Some(SPACING) }
}

/// An image of nuclei.
pub fn intensities(size: Size, dtype: Dtype, seed: u64) -> Result<Volume, Error> {
    let [.., height, width] = size.shape;
    let scale = brightness(dtype);
    let pixels = by_pixel(size, |nucleus, [_, y, x], index| {
        let uneven = 300.0 + 200.0 * (y as f64 / height as f64 + x as f64 / width as f64);
        let signal = nucleus
            .map_or(0.0, |(n, depth)| (1500.0 + 1000.0 * random(9, n as u64)) * (3.0 * depth).min(1.0));
        let noise = (random(seed, 2 * index) + random(seed, 2 * index + 1) - 1.0) * (100.0 + 0.1 * signal);
        (scale * (uneven + signal + noise)) as f32
    });
    Ok(Volume::from_vec(&meta(size, Kind::Image, Dtype::F32), pixels)?.cast(dtype))
}

/// Labels of the nuclei, up to this share of their radius.
pub fn labels(size: Size, share: f64) -> Result<Volume, Error> {
    let pixels =
        by_pixel(size, |nucleus, _, _| nucleus.filter(|(_, d)| *d >= 1.0 - share).map_or(0, |(n, _)| n));
    Volume::from_vec(&meta(size, Kind::Labels, Dtype::U32), pixels)
}

/// A Gaussian of sigma 2 in a window of 15 pixels, its sum 1.
pub(crate) fn psf(ndim: usize) -> Result<Volume, Error> {
    let size = Size { shape: [if ndim == 2 { 1 } else { 15 }, 15, 15], ndim };
    let weight = |[z, y, x]: [usize; 3]| {
        let offsets = [z as f64 - (size.shape[0] / 2) as f64, y as f64 - 7.0, x as f64 - 7.0];
        (-offsets.iter().map(|o| o * o).sum::<f64>() / 8.0).exp() as f32
    };
    let mut pixels = by_pixel(size, |_, at, _| weight(at));
    let sum: f32 = pixels.iter().sum();
    pixels.iter_mut().for_each(|p| *p /= sum);
    Volume::from_vec(&meta(size, Kind::Image, Dtype::F32), pixels)
}
