//! A generated plate with known truth: what the demo and the tests run on.
//!
//! The numbers are the same on every machine: integers, `+ - * /` and square roots only, no function whose last
//! digit depends on the system's library.

use crate::io::write_image;
use rayon::prelude::*;
use rotifer_registry::{Dtype, Error, Image, Kind, Spacing, SpacingSource, Volume, VolumeMeta};
use std::path::{Path, PathBuf};

/// Wells of the plate; the marker of channel 1 rises from well to well.
pub const WELLS: [&str; 4] = ["A01", "A02", "B01", "B02"];
pub const FIELDS: usize = 2;
/// Micrometres from one pixel to the next.
pub const PIXEL_UM: f64 = 0.65;
/// Pixels along y and x.
pub const SIZE: usize = 512;

/// One field of view.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleField {
    pub well: &'static str,
    pub field: usize,
    /// The written files, channel by channel: 0 nuclei, 1 the marker in the cytoplasm.
    pub files: Vec<PathBuf>,
    /// The written labels.
    pub truth_file: PathBuf,
    /// The nuclei as they are, before optics and camera.
    pub truth: Volume,
}

/// Writes the plate: 4 wells × 2 fields × 2 channels as `sample_A01_f0_d0.tif`, uint16 with pixel size, and the
/// labels of the nuclei as `truth/sample_A01_f0.tif`.
pub fn write_plate(folder: &Path) -> Result<Vec<SampleField>, Error> {
    let places: Vec<(usize, usize)> =
        (0..WELLS.len()).flat_map(|w| (0..FIELDS).map(move |f| (w, f))).collect();
    // The labels are no images of the plate.
    crate::io::inputs::mark_results(&folder.join("truth"))?;
    places
        .into_par_iter()
        .map(|(w, field)| {
            let (channels, truth) = generate(w, field)?;
            let well = WELLS[w];
            let stem = format!("sample_{well}_f{field}");
            let truth_file = folder.join("truth").join(format!("{stem}.tif"));
            write_image(&truth_file, &Image::from(truth.clone()))?;
            let mut files = Vec::new();
            for (c, channel) in channels.into_iter().enumerate() {
                let file = folder.join(format!("{stem}_d{c}.tif"));
                write_image(&file, &Image::from(channel))?;
                files.push(file);
            }
            Ok(SampleField { well, field, files, truth_file, truth })
        })
        .collect()
}

/// Numbers that look random and are the same everywhere: splitmix64.
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn between(&mut self, lo: f64, hi: f64) -> f64 {
        lo + (hi - lo) * (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Mean 0, variance 1: twelve uniform numbers added.
    fn normal(&mut self) -> f64 {
        let sum: u64 =
            (0..3).map(|_| self.bits()).flat_map(|b| (0..4).map(move |i| (b >> (16 * i)) & 0xffff)).sum();
        (sum as f64 + 6.0) / 65536.0 - 6.0
    }

    /// A Poisson number of a mean that is not small, from a normal one with its skewness.
    fn poisson(&mut self, mean: f64) -> f64 {
        let n = self.normal();
        (mean + mean.sqrt() * n + (n * n - 1.0) / 6.0).round_ties_even().max(0.0)
    }

    /// Cosine and sine of a random angle.
    fn direction(&mut self) -> [f64; 2] {
        loop {
            let (x, y) = (self.between(-1.0, 1.0), self.between(-1.0, 1.0));
            let r2 = x * x + y * y;
            if r2 > 0.01 && r2 <= 1.0 {
                return [x / r2.sqrt(), y / r2.sqrt()];
            }
        }
    }
}

/// A cell seen from above.
struct Cell {
    y: f64,
    x: f64,
    /// Half axes of the nucleus, in pixels, the long one along `axis`.
    radii: [f64; 2],
    /// Cosine and sine of the long axis.
    axis: [f64; 2],
    /// How the outline departs from an ellipse: 2 and 3 lobes, cosine and sine.
    lobes: [f64; 4],
    dna: f64,
    marker: f64,
    /// Darker spots: y, x from the centre, and radius, in half axes.
    nucleoli: Vec<[f64; 3]>,
}

impl Cell {
    fn random(random: &mut Random, y: f64, x: f64, dose: f64) -> Cell {
        // One in four has copied its DNA: larger and brighter.
        let copied = random.between(0.0, 1.0) < 0.25;
        let size = random.between(8.0, 11.0) * if copied { 1.2 } else { 1.0 };
        let long = random.between(1.05, 1.45);
        let nucleoli = (0..2 + random.bits() % 3)
            .map(|_| [random.between(-0.5, 0.5), random.between(-0.5, 0.5), random.between(0.14, 0.24)])
            .collect();
        Cell {
            y,
            x,
            radii: [size * long, size],
            axis: random.direction(),
            lobes: [(); 4].map(|()| random.between(-0.05, 0.05)),
            dna: random.between(320.0, 640.0) * if copied { 1.4 } else { 1.0 },
            marker: dose * random.between(0.6, 1.4) * random.between(0.7, 1.3),
            nucleoli,
        }
    }

    /// Position in half axes, and distance from the centre where 1 is the outline.
    fn place(&self, y: f64, x: f64) -> ([f64; 2], f64) {
        let (dy, dx) = (y - self.y, x - self.x);
        let [cos, sin] = self.axis;
        let (u, v) = ((dx * cos + dy * sin) / self.radii[0], (dy * cos - dx * sin) / self.radii[1]);
        let r = (u * u + v * v).sqrt();
        let (c, s) = if r > 0.0 { (u / r, v / r) } else { (1.0, 0.0) };
        let [a, b, d, e] = self.lobes;
        let outline = 1.0
            + a * (2.0 * c * c - 1.0)
            + b * 2.0 * c * s
            + d * (4.0 * c * c * c - 3.0 * c)
            + e * (3.0 * s - 4.0 * s * s * s);
        ([v, u], r / outline)
    }

    fn touches(&self, other: &Cell, gap: f64) -> bool {
        let (dy, dx) = (self.y - other.y, self.x - other.x);
        let reach = (self.radii[0] + self.radii[1] + other.radii[0] + other.radii[1]) / 2.0 + gap;
        dy * dy + dx * dx < reach * reach
    }
}

/// Smooth noise from −1 to 1 that changes over `scale` pixels.
fn noise(seed: u64, y: f64, x: f64, scale: f64) -> f64 {
    let (y, x) = (y / scale, x / scale);
    let knot = |iy: f64, ix: f64| {
        let key =
            (iy as i64 as u64).wrapping_mul(0x0001_0001_0001) ^ (ix as i64 as u64).wrapping_mul(0x9e37_79b1);
        Random(seed ^ key).between(-1.0, 1.0)
    };
    let (fy, fx) = (y.floor(), x.floor());
    let ease = |t: f64| t * t * (3.0 - 2.0 * t);
    let (ty, tx) = (ease(y - fy), ease(x - fx));
    let along = |iy: f64| knot(iy, fx) * (1.0 - tx) + knot(iy, fx + 1.0) * tx;
    along(fy) * (1.0 - ty) + along(fy + 1.0) * ty
}

/// Cells apart from each other, a third of them with a neighbour that touches.
fn cells(random: &mut Random, wanted: usize, dose: f64) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for _ in 0..wanted * 40 {
        if cells.len() >= wanted {
            break;
        }
        let [y, x] = [(); 2].map(|()| random.between(-4.0, SIZE as f64 + 4.0));
        let cell = Cell::random(random, y, x, dose);
        if cells.iter().any(|other| cell.touches(other, 6.0)) {
            continue;
        }
        if random.between(0.0, 1.0) < 0.35 {
            let mut partner = Cell::random(random, 0.0, 0.0, dose);
            let [cos, sin] = random.direction();
            // As near as outlines allow along this line, and a little less.
            let mut distance = 60.0;
            let near = |partner: &mut Cell, distance: f64| {
                (partner.y, partner.x) = (cell.y + distance * sin, cell.x + distance * cos);
                (1..64).any(|i| {
                    let at = distance * f64::from(i) / 64.0;
                    let (y, x) = (cell.y + at * sin, cell.x + at * cos);
                    cell.place(y, x).1 < 1.0 && partner.place(y, x).1 < 1.0
                })
            };
            while distance > 4.0 && !near(&mut partner, distance) {
                distance -= 0.5;
            }
            near(&mut partner, distance - 1.0);
            if !cells.iter().any(|other| partner.touches(other, 6.0)) {
                cells.push(partner);
            }
        }
        cells.push(cell);
    }
    cells
}

type Plane = Vec<f64>;

/// Photons from each pixel, before optics: nuclei, marker; and the labels.
fn scene(random: &mut Random, cells: &[Cell], seed: u64) -> (Plane, Plane, Vec<u32>) {
    let mut nuclei = vec![0.0; SIZE * SIZE];
    let mut marker = vec![0.0; SIZE * SIZE];
    let mut nearest = vec![1.0; SIZE * SIZE];
    let mut nearest_cell = vec![f64::INFINITY; SIZE * SIZE];
    let mut labels = vec![0; SIZE * SIZE];
    for (i, cell) in cells.iter().enumerate() {
        let reach = cell.radii[0] * 3.0;
        let span = |centre: f64| {
            let clip = |v: f64| v.clamp(0.0, SIZE as f64) as usize;
            clip((centre - reach).floor())..clip((centre + reach).ceil() + 1.0)
        };
        for y in span(cell.y) {
            for x in span(cell.x) {
                let at = y * SIZE + x;
                let (fy, fx) = (y as f64, x as f64);
                let ([v, u], r) = cell.place(fy, fx);
                if r < 1.0 {
                    if r < nearest[at] {
                        nearest[at] = r;
                        labels[at] = i as u32 + 1;
                    }
                    let mut density =
                        1.0 + 0.22 * noise(seed ^ 1, fy, fx, 5.0) + 0.12 * noise(seed ^ 2, fy, fx, 2.5);
                    for [ny, nx, size] in &cell.nucleoli {
                        let d = ((v - ny) * (v - ny) + (u - nx) * (u - nx)) / (size * size);
                        density *= 1.0 - 0.5 / (1.0 + d * d);
                    }
                    // A flat lens: even in the middle, thin at the rim.
                    nuclei[at] += cell.dna * density * (1.0 - r * r * r * r).sqrt();
                }
                // The cytoplasm reaches to where another cell is nearer.
                let ragged = r / (1.0 + 0.25 * noise(seed ^ (i as u64 + 77), fy, fx, 11.0));
                if ragged < 2.5 && ragged < nearest_cell[at] {
                    nearest_cell[at] = ragged;
                    let grain =
                        1.0 + 0.35 * noise(seed ^ 3, fy, fx, 4.0) + 0.25 * noise(seed ^ 4, fy, fx, 2.0);
                    let fade = 1.0 - ragged / 2.5;
                    // Less of it in the nucleus.
                    let inside = if r < 1.0 { 0.45 } else { 1.0 };
                    marker[at] = cell.marker * grain * inside * (0.25 + fade);
                }
            }
        }
    }
    // Debris in the nuclear channel: smaller than any nucleus, and in no truth.
    for _ in 0..6 {
        let (y, x) = (random.between(4.0, SIZE as f64 - 5.0), random.between(4.0, SIZE as f64 - 5.0));
        let (size, light) = (random.between(0.8, 1.8), random.between(300.0, 800.0));
        for dy in -4..=4 {
            for dx in -4..=4 {
                let (py, px) = (y.floor() as i64 + dy, x.floor() as i64 + dx);
                let d =
                    ((py as f64 - y) * (py as f64 - y) + (px as f64 - x) * (px as f64 - x)) / (size * size);
                if d < 1.0 {
                    nuclei[py.clamp(0, SIZE as i64 - 1) as usize * SIZE
                        + px.clamp(0, SIZE as i64 - 1) as usize] += light;
                }
            }
        }
    }
    (nuclei, marker, labels)
}

/// Blurs with a binomial window of 2n + 1: nearly a Gaussian of σ² = n/2. The border is mirrored.
fn blur(plane: &mut Plane, n: usize) {
    let mut line = vec![0.0; SIZE];
    for _ in 0..n {
        for (start, step) in (0..SIZE).map(|y| (y * SIZE, 1)).chain((0..SIZE).map(|x| (x, SIZE))) {
            for (i, value) in line.iter_mut().enumerate() {
                *value = plane[start + i * step];
            }
            for i in 0..SIZE {
                let (before, after) = (line[i.saturating_sub(1)], line[(i + 1).min(SIZE - 1)]);
                plane[start + i * step] = 0.25 * before + 0.5 * line[i] + 0.25 * after;
            }
        }
    }
}

/// Light from out of focus: the scene in 8×8 blocks, blurred widely.
fn haze(plane: &Plane) -> impl Fn(usize, usize) -> f64 + use<> {
    const COARSE: usize = SIZE / 8;
    let mut blocks = vec![0.0; COARSE * COARSE];
    for (i, value) in plane.iter().enumerate() {
        blocks[i / SIZE / 8 * COARSE + i % SIZE / 8] += value / 64.0;
    }
    for _ in 0..8 {
        let before = blocks.clone();
        for y in 0..COARSE {
            for x in 0..COARSE {
                let mut sum = 0.0;
                for (dy, dx) in (0..3).flat_map(|dy| (0..3).map(move |dx| (dy, dx))) {
                    let (py, px) = ((y + dy).clamp(1, COARSE) - 1, (x + dx).clamp(1, COARSE) - 1);
                    sum += before[py * COARSE + px];
                }
                blocks[y * COARSE + x] = sum / 9.0;
            }
        }
    }
    move |y, x| {
        let part = |i: usize| {
            let at = (i as f64 + 0.5) / 8.0 - 0.5;
            let low = at.floor();
            let clip = |v: f64| v.clamp(0.0, COARSE as f64 - 1.0) as usize;
            (clip(low), clip(low + 1.0), at - low)
        };
        let ((y0, y1, ty), (x0, x1, tx)) = (part(y), part(x));
        let row = |y: usize| blocks[y * COARSE + x0] * (1.0 - tx) + blocks[y * COARSE + x1] * tx;
        row(y0) * (1.0 - ty) + row(y1) * ty
    }
}

/// The camera's picture of a scene: optics, uneven light, photons, read noise, offset.
fn expose(random: &mut Random, mut plane: Plane, background: f64) -> Vec<u16> {
    const OFFSET: f64 = 100.0;
    const COUNTS_PER_PHOTON: f64 = 2.2;
    const READ_NOISE: f64 = 3.5;
    let haze = haze(&plane);
    blur(&mut plane, 3);
    // Brightest a little off the centre, a third less light in the corners.
    let half = SIZE as f64 / 2.0;
    let mut counts = Vec::with_capacity(SIZE * SIZE);
    for y in 0..SIZE {
        for x in 0..SIZE {
            let (fy, fx) = ((y as f64 - half * 1.1) / half, (x as f64 - half * 0.9) / half);
            let light = 1.0 - 0.17 * (fy * fy + fx * fx);
            let photons = light * (background + 0.85 * plane[y * SIZE + x] + 0.3 * haze(y, x));
            let count = OFFSET + COUNTS_PER_PHOTON * random.poisson(photons) + READ_NOISE * random.normal();
            counts.push(count.round_ties_even().clamp(0.0, 65535.0) as u16);
        }
    }
    counts
}

/// The channels and the labels of a field.
pub(crate) fn generate(well: usize, field: usize) -> Result<([Volume; 2], Volume), Error> {
    let seed = 0x5eed_0000 + (well * FIELDS + field) as u64 * 7919;
    let mut random = Random(seed);
    let dose = [60.0, 120.0, 220.0, 380.0][well];
    let cells = cells(&mut random, [78, 72, 64, 52][well], dose);
    let (nuclei, marker, labels) = scene(&mut random, &cells, seed);
    let nuclei = expose(&mut random, nuclei, 60.0);
    let marker = expose(&mut random, marker, 45.0);
    let spacing = Spacing::new([1.0, PIXEL_UM, PIXEL_UM], SpacingSource::Given);
    let meta = VolumeMeta {
        kind: Kind::Image,
        dtype: Dtype::U16,
        shape: [1, SIZE, SIZE],
        ndim: 2,
        spacing: Some(spacing),
    };
    let labels = Volume::from_vec(&meta.with(Kind::Labels, Dtype::U32), whole(labels))?;
    Ok(([Volume::from_vec(&meta, nuclei)?, Volume::from_vec(&meta, marker)?], labels))
}

/// Labels without gaps: a nucleus may lie outside the picture, or be hidden.
fn whole(mut labels: Vec<u32>) -> Vec<u32> {
    let mut new = std::collections::BTreeMap::new();
    for label in labels.iter_mut().filter(|l| **l > 0) {
        let next = new.len() as u32 + 1;
        *label = *new.entry(*label).or_insert(next);
    }
    labels
}
