//! Outlines of objects over the image they were found in.

use crate::io::rgb_names;
use rotifer_registry::{Code, Dtype, Error, Image, Kind, Volume, VolumeMeta};
use std::collections::{BTreeMap, BTreeSet};

/// Bright colours that differ from each other and from grey.
const COLORS: [[u8; 3]; 8] = [
    [255, 210, 0],
    [0, 220, 255],
    [255, 70, 160],
    [90, 255, 90],
    [255, 130, 30],
    [120, 140, 255],
    [230, 100, 255],
    [0, 255, 180],
];

/// The image in grey with the outline of every object, as red, green, blue of uint8.
///
/// The grey is stretched from the 0.5th to the 99.8th percentile: a picture to look at, not numbers. Objects that
/// touch, or nearly, have different colours. Of a 3-D image the largest value along z is shown, of labels the largest
/// label. Errors: [`Code::Shape`] where the two differ in size, [`Code::WrongKind`] where labels are none.
pub fn overlay(image: &Volume, labels: &Volume) -> Result<Image, Error> {
    if image.shape() != labels.shape() {
        let (image, labels) = (image.meta().shape_text(), labels.meta().shape_text());
        return Err(Error::new(Code::Shape, format!("labels of {labels} on an image of {image}")));
    }
    let labels = labels.to_labels()?;
    let [_, height, width] = image.shape();
    let grey = stretched(&flat(&image.f32s(), height * width));
    let labels = flat(labels.label_slice()?, height * width);
    let colors = colors(&labels, height, width);
    let mut planes = [grey.clone(), grey.clone(), grey];
    for y in 0..height {
        for x in 0..width {
            let at = y * width + x;
            let label = labels[at];
            let differs = |dy: isize, dx: isize| {
                neighbour(&labels, height, width, y, x, dy, dx).is_some_and(|n| n != label)
            };
            if let Some(color) = colors.get(&label)
                && (differs(-1, 0) || differs(0, -1) || differs(0, 1) || differs(1, 0))
            {
                planes.iter_mut().zip(COLORS[*color]).for_each(|(plane, c)| plane[at] = c);
            }
        }
    }
    let meta = VolumeMeta { shape: [1, height, width], ndim: 2, ..image.meta().with(Kind::Image, Dtype::U8) };
    let volumes = planes.into_iter().map(|plane| Volume::from_vec(&meta, plane)).collect::<Result<_, _>>()?;
    Ok(Image::new(volumes, None, Some(3))?.with_channels(rgb_names()))
}

/// The largest value along z.
fn flat<T: PartialOrd + Copy>(pixels: &[T], plane: usize) -> Vec<T> {
    let mut planes = pixels.chunks_exact(plane.max(1));
    let mut flat = planes.next().unwrap_or(&[]).to_vec();
    for plane in planes {
        flat.iter_mut().zip(plane).for_each(|(a, b)| {
            if *b > *a {
                *a = *b
            }
        });
    }
    flat
}

fn stretched(pixels: &[f32]) -> Vec<u8> {
    let mut sorted: Vec<f32> = pixels.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let percentile =
        |p: f64| sorted.get((sorted.len().saturating_sub(1) as f64 * p) as usize).copied().unwrap_or(0.0);
    let (lo, hi) = (percentile(0.005), percentile(0.998));
    let scale = if hi > lo { 255.0 / (hi - lo) } else { 0.0 };
    // NaN becomes 0.
    pixels.iter().map(|v| ((v - lo) * scale).round_ties_even() as u8).collect()
}

fn neighbour(
    labels: &[u32],
    height: usize,
    width: usize,
    y: usize,
    x: usize,
    dy: isize,
    dx: isize,
) -> Option<u32> {
    let (y, x) = (y.checked_add_signed(dy)?, x.checked_add_signed(dx)?);
    (y < height && x < width).then(|| labels[y * width + x])
}

/// A colour for each label, none the same as that of a label within two pixels, as long as eight are enough.
fn colors(labels: &[u32], height: usize, width: usize) -> BTreeMap<u32, usize> {
    let mut near: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for y in 0..height {
        for x in 0..width {
            let label = labels[y * width + x];
            if label == 0 {
                continue;
            }
            let set = near.entry(label).or_default();
            for (dy, dx) in (-2..=2).flat_map(|dy| (-2..=2).map(move |dx| (dy, dx))) {
                set.extend(neighbour(labels, height, width, y, x, dy, dx).filter(|n| *n > 0 && *n != label));
            }
        }
    }
    let mut colors: BTreeMap<u32, usize> = BTreeMap::new();
    for (i, (label, near)) in near.iter().enumerate() {
        let taken: Vec<usize> = near.iter().filter_map(|n| colors.get(n)).copied().collect();
        // Begin at another colour each time, so that the picture uses them all.
        let color = (0..COLORS.len()).map(|k| (i + k) % COLORS.len()).find(|c| !taken.contains(c));
        colors.insert(*label, color.unwrap_or(i % COLORS.len()));
    }
    colors
}
