//! Whether the values of a file are labels: nothing in most files says so.

use super::given::Given;
use super::ports::{planes_of, select};
use crate::options::Options;
use rayon::prelude::*;
use rotifer_registry::op::{Port, PortKind};
use rotifer_registry::pipeline::{Checked, Origin, Wire};
use rotifer_registry::{Code, Datum, Dtype, Error, Frames, Kind, Volume};
use std::collections::HashSet;

/// So many different values or fewer are a mask, or classes.
const CLASSES: usize = 8;
/// Regions of one value, for each value: an object is one region, or a few where it is concave or cut.
const REGIONS: usize = 8;

/// Whether a step takes an input for a mask or labels.
pub fn takes_labels(pipeline: &Checked) -> bool {
    labels_wires(pipeline).next().is_some()
}

/// The ports that take a mask or labels and get an input, each with its step.
fn labels_wires(pipeline: &Checked) -> impl Iterator<Item = (usize, &Port, &Wire)> {
    let labels =
        |port: &Port| matches!(port.kind, PortKind::Mask | PortKind::Labels | PortKind::MaskOrLabels);
    pipeline.steps.iter().enumerate().flat_map(move |(i, step)| {
        let ports = step.entry.spec.inputs.iter().zip(&step.wires);
        let wired = ports.filter_map(|(port, wire)| Some((port, wire.as_ref()?)));
        let from_image =
            wired.filter(move |(port, wire)| matches!(wire.origin, Origin::Input(_)) && labels(port));
        from_image.map(move |(port, wire)| (i, port, wire))
    })
}

/// Refuses an image of intensities where a step takes an input for a mask or labels, unless the options say that it
/// is.
pub fn check_inputs(pipeline: &Checked, given: &Given, options: &Options) -> Result<(), Error> {
    if options.labels {
        return Ok(());
    }
    for (i, port, wire) in labels_wires(pipeline) {
        let Origin::Input(input) = wire.origin else { continue };
        let frames = given.inputs.get(input).ok_or_else(|| pipeline.inputs[input].not_given())?;
        let found = select(frames, wire, planes_of).and_then(|frames| check(port, &frames));
        found.map_err(|e| e.step(i).op(&pipeline.steps[i].step.op).argument("from"))?;
    }
    Ok(())
}

/// Refuses intensities at a port that takes a mask or labels.
///
/// Integers of 32 bits pass; other numbers pass as labels where a file has at most 8 values beside 0; or where each value is at most 8
/// regions and most neighbours within objects are equal. Both hold for objects of any size, also for single pixels
/// that do not touch, and for no photograph: there a grey value is thousands of specks, and most neighbours differ.
pub fn check(port: &Port, frames: &Frames) -> Result<(), Error> {
    if !matches!(port.kind, PortKind::Mask | PortKind::Labels | PortKind::MaskOrLabels) {
        return Ok(());
    }
    for item in &frames.items {
        let Datum::Volume(volume) = item else { continue };
        if volume.kind() != Kind::Image {
            continue;
        }
        // No camera gives 32-bit integers: they are labels.
        if few(volume) {
            continue;
        }
        let counted = match volume.dtype() {
            Dtype::U8 => count(volume, volume.as_slice::<u8>(), |v| v.into()),
            Dtype::U16 => count(volume, volume.as_slice::<u16>(), |v| v.into()),
            Dtype::I16 => count(volume, volume.as_slice::<i16>(), |v| v as u32),
            Dtype::U32 | Dtype::I32 => continue,
            Dtype::F32 => count(volume, volume.as_slice::<f32>(), f32::to_bits),
        };
        if !counted.labels() {
            let message = format!("input `{}` takes {}, these are intensities", port.name, port.kind.name());
            let found = format!("{} values in {} regions", counted.values, counted.regions);
            return Err(Error::new(Code::WrongKind, message).value(found).help(
                "make a mask first, with threshold_otsu or greater, and labels of it with connected_components; \
                 or say --labels if these values are labels",
            ));
        }
    }
    Ok(())
}

/// Pixels that are compared at a time.
const BLOCK: usize = 64;

/// Whether a volume has so few values that it is a mask, or classes.
fn few(volume: &Volume) -> bool {
    fn distinct<T: Copy + PartialEq + Default + Sync>(pixels: &[T], bits: fn(T) -> u32) -> bool {
        let zero = T::default();
        let parts: Option<Vec<Vec<u32>>> = pixels
            .par_chunks(1 << 16)
            .map(|part| {
                let mut found = Vec::new();
                let mut last = zero;
                for block in part.chunks(BLOCK) {
                    // Most blocks have background and one value more.
                    if !block.iter().fold(false, |new, v| new | ((*v != zero) & (*v != last))) {
                        continue;
                    }
                    for &v in block {
                        if v != last && v != zero {
                            last = v;
                            if !found.contains(&bits(v)) {
                                found.push(bits(v));
                                if found.len() > CLASSES {
                                    return None;
                                }
                            }
                        }
                    }
                }
                Some(found)
            })
            .collect();
        parts.is_some_and(|parts| parts.into_iter().flatten().collect::<HashSet<_>>().len() <= CLASSES)
    }
    match volume.dtype() {
        Dtype::U8 => volume.as_slice::<u8>().is_some_and(|p| distinct(p, |v| v.into())),
        Dtype::U16 => volume.as_slice::<u16>().is_some_and(|p| distinct(p, |v| v.into())),
        Dtype::I16 => volume.as_slice::<i16>().is_some_and(|p| distinct(p, |v| v as u32)),
        Dtype::F32 => volume.as_slice::<f32>().is_some_and(|p| distinct(p, f32::to_bits)),
        Dtype::U32 | Dtype::I32 => true,
    }
}

/// Counts that tell labels from intensities.
#[derive(Debug, Default, PartialEq)]
struct Counted {
    /// Different values beside 0.
    values: usize,
    /// Rows of equal pixels that begin a region: none above them or in the plane before has their value.
    regions: usize,
    /// Neighbours along x, neither of them 0; and how many of these differ.
    neighbours: usize,
    differ: usize,
}

impl Counted {
    fn labels(&self) -> bool {
        self.values <= CLASSES || self.regions <= REGIONS * self.values && 2 * self.differ <= self.neighbours
    }
}

/// One pass over the pixels.
fn count<T: Copy + PartialEq + Default + Sync>(
    volume: &Volume,
    pixels: Option<&[T]>,
    bits: fn(T) -> u32,
) -> Counted {
    let ([_, height, width], Some(pixels)) = (volume.shape(), pixels) else { return Counted::default() };
    let (zero, width) = (T::default(), width.max(1));
    let strip = (1usize << 16).div_ceil(width);
    let parts: Vec<(Counted, HashSet<u32>)> = pixels
        .par_chunks(strip * width)
        .enumerate()
        .map(|(part, lines)| {
            let (mut regions, mut neighbours, mut differ, mut values) = (0, 0, 0, HashSet::new());
            for (row, line) in (part * strip..).zip(lines.chunks_exact(width)) {
                let start = row * width;
                let above = (row % height > 0).then(|| &pixels[start - width..start]);
                let before = (row >= height).then(|| &pixels[start - height * width..][..width]);
                let mut last = zero;
                // Whether the run of equal pixels that goes on here has met none of its value yet.
                let mut first = false;
                let mut end = |first: bool, last: T| {
                    // The first pixel of a value is in such a run.
                    if first {
                        regions += 1;
                        values.insert(bits(last));
                    }
                };
                for (block, from) in line.chunks(BLOCK).zip((0..).step_by(BLOCK)) {
                    // Within background there is nothing to see.
                    if last == zero && !block.iter().fold(false, |any, v| any | (*v != zero)) {
                        continue;
                    }
                    for (x, &v) in (from..).zip(block) {
                        if v != last {
                            end(first, last);
                            first = v != zero;
                        }
                        if v != zero {
                            if last != zero {
                                neighbours += 1;
                                differ += (v != last) as usize;
                            }
                            if first {
                                first = above.is_none_or(|a| a[x] != v) && before.is_none_or(|b| b[x] != v);
                            }
                        }
                        last = v;
                    }
                }
                end(first, last);
            }
            (Counted { values: 0, regions, neighbours, differ }, values)
        })
        .collect();
    let mut all = HashSet::new();
    let mut sum = Counted::default();
    for (part, values) in parts {
        sum.regions += part.regions;
        sum.neighbours += part.neighbours;
        sum.differ += part.differ;
        all.extend(values);
    }
    sum.values = all.len();
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;

    fn counted(side: usize, planes: usize, at: impl Fn(usize, usize, usize) -> u16) -> Counted {
        let array = Array3::from_shape_fn((planes, side, side), |(z, y, x)| at(z, y, x));
        let volume = Volume::new(array, if planes > 1 { 3 } else { 2 }, Kind::Image, None).unwrap();
        count(&volume, volume.as_slice::<u16>(), |v| v.into())
    }

    /// A number of 16 bits that looks random.
    fn noise(z: usize, y: usize, x: usize) -> u16 {
        let mut h = ((z * 1000 + y) * 1000 + x) as u64 + 1;
        for _ in 0..3 {
            h = (h ^ (h >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        (h >> 40) as u16
    }

    #[test]
    fn labels_pass_and_photographs_do_not() {
        let (grid, dots, slabs) = (
            counted(64, 1, |_, y, x| (y / 2 * 32 + x / 2 + 1) as u16),
            counted(64, 1, |_, y, x| if y % 2 == 0 && x % 2 == 0 { (y * 32 + x / 2 + 1) as u16 } else { 0 }),
            counted(32, 12, |_, y, x| (y / 4 * 8 + x / 4) as u16),
        );
        assert_eq!((grid.values, grid.regions, grid.labels()), (1024, 1024, true));
        assert_eq!((dots.values, dots.neighbours, dots.labels()), (1024, 0, true));
        // A region goes on in the next plane.
        assert_eq!((slabs.values, slabs.regions, slabs.labels()), (63, 63, true));
        assert!(counted(64, 1, |_, y, x| if noise(0, y, x) > 30000 { 255 } else { 0 }).labels());
        // Sensor noise on a gradient: of 8 bits and of 16, large and small, with a black background.
        for side in [24, 300] {
            for range in [12, 60, 3000] {
                let photo = |z, y, x| 100 + (y + x) as u16 + noise(z, y, x) % range;
                assert!(!counted(side, 1, photo).labels(), "{side} {range}: {:?}", counted(side, 1, photo));
                assert!(!counted(side, 2, photo).labels());
                let cut = |z, y, x| if (y / 9 + x / 9) % 3 == 0 { photo(z, y, x) } else { 0 };
                assert!(!counted(side, 1, cut).labels(), "{side} {range}: {:?}", counted(side, 1, cut));
            }
        }
    }
}
