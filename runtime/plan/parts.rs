//! How an image comes in parts: how many rows or planes at a time, so that a run stays within its memory.

use super::placement::wraps;
use super::planned::{InParts, Plan, PlannedStep};
use crate::machine;
use crate::options::Options;
use crate::platform;
use rotifer_registry::op::Metas;
use rotifer_registry::pipeline::{CheckedStep, Origin};
use rotifer_registry::{Code, DatumMeta, Error, Span, Streamed, VolumeMeta};

/// Bytes of a process that holds no pixels.
const BASE: u64 = 48 << 20;
/// Values of fewer bytes are not held against the memory that is free.
const SMALL: usize = 256 << 20;
/// Bytes for each pixel that a kernel takes beside its inputs and outputs, at most of those that work on parts.
const WORK: usize = 12;
/// Bytes that a step in parts sees at once at most: larger parts are not faster.
const PART: u64 = 256 << 20;

/// The bytes that pixels may take, where the image has to come in parts.
pub fn needed(peak_bytes: usize, options: &Options) -> Option<u64> {
    if options.part == Some(0) {
        return None;
    }
    let free = || machine::free_memory().unwrap_or(u64::MAX);
    let short = match options.memory {
        // Beside the values between steps, a kernel holds about as much.
        Some(memory) => (2 * peak_bytes as u64).saturating_add(BASE) > memory,
        None => peak_bytes > SMALL && peak_bytes as u64 > free(),
    };
    let memory = || options.memory.unwrap_or_else(|| if short { free() } else { u64::MAX });
    (short || options.part.is_some()).then(|| memory().saturating_sub(BASE).max(8 << 20))
}

/// The plan says that the image comes in parts, and where temporary files may want for room.
pub fn set(plan: &mut Plan, memory: u64, scratch_bytes: u64, options: &Options) {
    let folder = options.scratch.clone().unwrap_or_else(std::env::temp_dir);
    // Masks and labels are packed, by how much nobody knows before: no reason to refuse a run.
    plan.notes.extend(platform::free_space(&folder).filter(|free| *free < scratch_bytes).map(|free| {
        let (most, free) = (amount(scratch_bytes), amount(free));
        format!("temporary files may take {most} in {}, where {free} are free", folder.display())
    }));
    plan.parts = Some(InParts { memory, hold: memory / 32, scratch_bytes, folder });
}

/// Steps whose window is large beside the image gather from its parts, where they can.
pub fn gather(steps: &mut [PlannedStep], checked: &[CheckedStep]) -> Result<(), Error> {
    for (i, (step, checked)) in steps.iter_mut().zip(checked).enumerate() {
        let Some(axis) = step.axis() else { continue };
        let Some(meta) = step.flows[0].datum.volume() else { continue };
        let is_large = step.along[axis].is_some_and(|halo| halo > 0 && 4 * halo > meta.shape[axis]);
        if is_large && streamed(step, checked).map_err(|e| e.step(i).op(step.op))?.is_some() {
            step.along = [None; 3];
        }
    }
    Ok(())
}

/// The most bytes that a run in parts takes.
pub struct Most {
    /// Of the process.
    pub memory: usize,
    /// Of temporary files, beside the values between steps.
    pub spilled: u64,
}

/// Sets the parts of every step. An error where a step needs more memory than there is.
pub fn cut(
    steps: &mut [PlannedStep],
    checked: &[CheckedStep],
    memory: u64,
    options: &Options,
) -> Result<Most, Error> {
    // A few small values are held beside.
    let budget = memory / 4 * 3;
    let (mut most, mut spilled) = (0, 0);
    let mut first = 0;
    while first < steps.len() {
        let stage = steps[first].stage;
        let end = (first + 1..steps.len()).find(|i| stage.is_none() || steps[*i].stage != stage);
        let range = first..end.unwrap_or(steps.len());
        first = range.end;
        if steps[range.start].skipped {
            continue;
        }
        let here = |e: Error| e.step(range.start).op(steps[range.start].op);
        let bytes = if stage.is_some() || steps[range.start].is_computed_pixel() {
            let (cut, bytes) =
                stage_parts(&steps[range.clone()], &checked[range.clone()], range.start, budget);
            if bytes > budget && options.part.is_none() {
                return Err(here(too_large(bytes, budget)));
            }
            let rows = options.part.unwrap_or(cut.rows).max(1);
            let strip = cut.strip.filter(|_| options.part.is_none());
            steps[range].iter_mut().for_each(|step| (step.rows, step.strip) = (Some(rows), strip));
            bytes
        } else {
            let (step, checked) = (&steps[range.start], &checked[range.start]);
            let streamed = streamed(step, checked).map_err(here)?;
            match streamed.zip(image(step)) {
                Some((work, meta)) => {
                    let (axis, halo) = (Span::axis_of(meta), work.halo());
                    let line = ((values(step) + work.work()) * (meta.len() / meta.shape[axis].max(1))) as u64;
                    let lines = (budget.min(PART) / line.max(1)) as usize;
                    let rows = options
                        .part
                        .unwrap_or(lines.saturating_sub(2 * halo))
                        .clamp(1, meta.shape[axis].max(1));
                    let bytes = line * (rows + 2 * halo).min(meta.shape[axis]) as u64;
                    spilled = spilled.max(work.spills(meta.shape[axis].div_ceil(rows)));
                    let step = &mut steps[range.start];
                    (step.in_parts, step.rows) = (true, Some(rows));
                    bytes
                }
                None => {
                    let bytes =
                        image(step).map_or(0, |meta| per_pixel(step).saturating_mul(meta.len())) as u64;
                    let result = step.flows.iter().fold(0usize, |sum, flow| sum.saturating_add(flow.bytes()));
                    if result as u64 > budget {
                        return Err(here(result_too_large(step, result, budget)));
                    }
                    if bytes > budget {
                        return Err(here(too_large(bytes, budget)));
                    }
                    bytes
                }
            }
        };
        most = most.max(bytes);
    }
    let memory = most.saturating_add(BASE).saturating_add(memory / 8);
    Ok(Most { memory: usize::try_from(memory).unwrap_or(usize::MAX), spilled })
}

impl Plan {
    /// An error where outputs that are to be whole in memory do not fit it.
    pub(crate) fn holds(&self, wanted: &[Origin]) -> Result<(), Error> {
        let free = machine::free_memory().unwrap_or(u64::MAX);
        for origin in wanted {
            let Origin::Step { step, output } = *origin else { continue };
            let planned = &self.steps[step];
            let bytes = planned.flows[output].bytes();
            if !planned.skipped && bytes as u64 > free {
                return Err(result_too_large(planned, bytes, free).step(step).op(planned.op));
            }
        }
        Ok(())
    }
}

fn result_too_large(step: &PlannedStep, bytes: usize, budget: u64) -> Error {
    let volumes = step.flows.iter().filter_map(|flow| flow.datum.volume());
    let largest = volumes.max_by_key(|meta| meta.bytes());
    let what = largest.map(|v| format!(" for {} {}", v.shape_text(), v.dtype)).unwrap_or_default();
    let bytes = match bytes {
        usize::MAX => "more bytes than can be counted".into(),
        bytes => amount(bytes as u64),
    };
    Error::new(Code::Unavailable, "the result is larger than the memory that is free")
        .value(format!("{bytes}{what}"))
        .allowed(format!("up to {}", amount(budget)))
}

fn too_large(bytes: u64, budget: u64) -> Error {
    Error::new(
        Code::Unavailable,
        "the step needs the whole image at once, which takes more memory than there is",
    )
    .value(format!("about {}", amount(bytes)))
    .allowed(format!("up to {}", amount(budget)))
    .help("with slice_by_slice a step sees one plane at a time")
}

/// The image that a step sees.
fn image(step: &PlannedStep) -> Option<&VolumeMeta> {
    let outputs = step.flows.iter().filter_map(|flow| flow.datum.volume());
    step.inputs.iter().flatten().filter_map(DatumMeta::volume).chain(outputs).max_by_key(|meta| meta.len())
}

/// The work of a step that sees its image in parts.
fn streamed(step: &PlannedStep, checked: &CheckedStep) -> Result<Option<Box<dyn Streamed>>, Error> {
    // Parts do not have the far side of the image, which a periodic border reads.
    if checked.step.over.is_some() || checked.step.slice_by_slice || wraps(checked) {
        return Ok(None);
    }
    checked.op.streamed(&Metas::new(checked.entry.spec.inputs, &step.inputs))
}

/// Bytes for each pixel that a step takes, with what its kernel works in.
fn per_pixel(step: &PlannedStep) -> usize {
    values(step) + WORK
}

/// Bytes for each pixel of a step's inputs, as they are read and as its ports see them, and of its outputs.
fn values(step: &PlannedStep) -> usize {
    let bytes = |meta: &DatumMeta| match meta {
        DatumMeta::Volume(meta) => meta.dtype.size() + 4,
        DatumMeta::Rgb(meta) => 3 * meta.dtype.size(),
        _ => 0,
    };
    let inputs = step.inputs.iter().flatten().map(bytes).sum::<usize>();
    inputs + step.flows.iter().map(|flow| bytes(&flow.datum)).sum::<usize>()
}

/// Rows (planes) that a stage makes at a time, and rows of each plane.
struct Cut {
    rows: usize,
    strip: Option<usize>,
}

/// The cut of a stage that recomputes least at the borders of its parts.
fn stage_parts(steps: &[PlannedStep], checked: &[CheckedStep], first: usize, budget: u64) -> (Cut, u64) {
    let axis = steps[0].axis().unwrap_or(1);
    let Some(meta) = steps[0].flows[0].datum.volume() else { return (Cut { rows: 1, strip: None }, 0) };
    let [_, height, width] = meta.shape;
    let length = meta.shape[axis];
    let reach = |axis: usize| move |step: &PlannedStep| step.along[axis].unwrap_or(0);
    // Lines that each step is ahead of the last one, for the steps that read it.
    let mut ahead = vec![0usize; steps.len()];
    for k in (0..steps.len()).rev() {
        let readers = (k + 1..steps.len()).filter(|j| reads(&checked[*j], first + k));
        ahead[k] = readers.map(|j| ahead[j] + reach(axis)(&steps[j])).max().unwrap_or(0);
    }
    let sideways: usize = if axis == 0 { steps.iter().map(reach(1)).sum() } else { 0 };
    let outputs = |step: &PlannedStep| {
        step.flows.iter().filter_map(|f| f.datum.volume()).map(|v| v.dtype.size()).sum::<usize>()
    };
    // Bytes of the lines of all steps, and of the largest one at work, for so many lines made at a time.
    let bytes = |rows: usize, pixels: usize| {
        let pixels = pixels as u64;
        let kept = steps.iter().zip(&ahead).map(|(step, ahead)| (outputs(step) * (rows + 2 * ahead)) as u64);
        let work = steps.iter().zip(&ahead).map(|(step, ahead)| {
            let lines = (rows + ahead + 2 * reach(axis)(step)).min(length + ahead);
            (per_pixel(step) * lines) as u64
        });
        pixels * (kept.sum::<u64>() + work.max().unwrap_or(0))
    };
    let halo = 2 * ahead.iter().zip(steps).map(|(a, step)| a + reach(axis)(step)).max().unwrap_or(0);
    let mut best: Option<(f64, Cut, u64)> = None;
    let mut strip = height;
    loop {
        let outer = if strip == height { height } else { (strip + 2 * sideways).min(height) };
        let pixels = if axis == 0 { outer * width } else { width };
        let per_row = bytes(2, pixels) - bytes(1, pixels);
        let fixed = bytes(1, pixels).saturating_sub(per_row);
        let rows = (budget.saturating_sub(fixed) / per_row.max(1)) as usize;
        let rows = rows.clamp(1, length.max(1));
        let taken = bytes(rows, pixels);
        // The share of the work that is not done again in the next part.
        let share = |inner: usize, outer: usize| inner as f64 / outer.max(1) as f64;
        let worth = share(strip, outer)
            * share(rows, rows + halo.min(length - rows))
            * if taken <= budget { 1.0 } else { 0.01 };
        if best.as_ref().is_none_or(|(most, ..)| worth > *most * 1.02) {
            best = Some((worth, Cut { rows, strip: (strip < height).then_some(strip) }, taken));
        }
        if axis != 0 || strip <= 16 {
            break;
        }
        strip = strip.div_ceil(2);
    }
    best.map_or((Cut { rows: 1, strip: None }, 0), |(_, cut, taken)| (cut, taken))
}

fn reads(step: &CheckedStep, other: usize) -> bool {
    let from = |origin: Origin| matches!(origin, Origin::Step { step, .. } if step == other);
    step.wires.iter().flatten().any(|wire| from(wire.origin))
}

/// A number of bytes as people write it.
fn amount(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let power = (bytes.max(1).ilog10() / 3) as usize;
    format!("{:.3} {}", bytes as f64 / 1000f64.powi(power as i32), units[power])
}
