use crate::common::label_index::LabelIndex;
use crate::common::label_reduce::{LabelRuns, Run};
use crate::common::minmax::{self, Border};
use crate::common::parts::by_pixels;
use crate::common::reconstruct as spread;
use crate::common::shape::same_shape;
use crate::common::threads;
use rotifer_registry::footprint::Offsets;
use rotifer_registry::*;
use std::cell::OnceCell;
use std::collections::BTreeMap;

op! {
    /// Measures how much of the intensity is in bright structures of each size, of the image or of every object.
    ///
    /// CellProfiler's MeasureGranularity. The image is sampled on a coarser grid of ⌊n · subsample⌋ pixels, at index / subsample, linearly
    /// between pixels and as at the border beyond it. Its background is that grid sampled once more in the same way, opened with a
    /// ball of `background_radius`, and sampled back; the image less the background, not below 0, is the start. Then, `length`
    /// times, what was eroded so far is eroded with a pixel and its neighbours side by side, and reconstructed under the start:
    /// bright structures up to that size are gone.
    ///
    /// `granularity_1` to `granularity_<length>`: the mean before the step less the mean after it, in percent of a first mean. Without
    /// labels there is one row, of the mean over the grid, and the first mean is that of the start. With labels there is a row for
    /// each label, ascending, with `label`: the reconstruction is sampled back to the size of the image, and the first mean, which
    /// the first step begins with, is that of the image in the object; where it is not above 0, all columns are NaN. Pixels that are
    /// NaN or infinite count as 0. (In 3-D CellProfiler samples the background by `subsample`, too.)
    pub struct GranularitySpectrum {
        /// Size of the coarser grid as a share of the image's.
        subsample: f64 = 0.25, range(0.01, 1.0);
        /// Size of the grid for the background as a share of the coarser grid's.
        background_subsample: f64 = 0.25, range(0.01, 1.0);
        /// Radius of the opening that makes the background, in pixels of its grid.
        background_radius: u32 = 10, range(1, 256);
        /// Number of steps.
        length: u32 = 16, range(1, 256);
    }
    id: "granularity_spectrum", revision: 1, family: Measure,
    memory: host,
    inputs: { image: Image, labels: Labels optional },
    outputs: { spectrum: Table },
    agrees: Absolute(1e-9), follows: "cellprofiler.modules.MeasureGranularity 4.2",
    python: "
ball = ski.morphology.disk if image.ndim == 2 else ski.morphology.ball
whole = f64(image)
def sample(a, counts, factors):
    places = [np.clip(np.arange(c) * f, 0, n - 1) for c, f, n in zip(counts, factors, a.shape)]
    return ndi.map_coordinates(a, np.meshgrid(*places, indexing='ij'), order=1, mode='nearest')
grid = [max(1, int(n * subsample)) for n in whole.shape]
start = sample(whole, grid, [1 / subsample] * whole.ndim)
back = [n * background_subsample for n in grid]
ground = sample(start, [max(1, int(np.ceil(b))) for b in back], [1 / background_subsample] * whole.ndim)
# With mode 'reflect' some footprints much larger than the image go wrong in scipy.
ground = ski.morphology.erosion(ground, ball(background_radius), mode='ignore')
ground = ski.morphology.dilation(ground, ball(background_radius), mode='ignore')
start = np.maximum(start - sample(ground, grid, [(b - 1) / (n - 1) if n > 1 else 0 for b, n in zip(back, grid)]), 0)
ids = None if labels is None else np.unique(labels[labels > 0])
def means(a):
    if ids is None:
        return np.array([a.mean()])
    if a.shape != whole.shape or a is not whole:
        a = sample(a, whole.shape, [(g - 1) / (n - 1) if n > 1 else 0 for g, n in zip(grid, whole.shape)])
    return np.asarray(ndi.mean(a, labels.astype(np.int64), ids), float).reshape(-1)
first = mean = means(start if ids is None else whole)
result = {} if ids is None else {'label': ids}
eroded = start
for i in range(length):
    eroded = ski.morphology.erosion(eroded, ball(1))
    after = means(ski.morphology.reconstruction(eroded, start, footprint=ball(1)))
    result['granularity_%d' % (i + 1)] = np.where(first > 0, (mean - after) * 100 / first, np.nan)
    mean = after",
    examples: [
        "subsample = 0.5\nbackground_subsample = 0.3\nbackground_radius = 3\nlength = 5",
        "subsample = 1.0\nbackground_subsample = 1.0\nbackground_radius = 6\nlength = 3",
    ],
}

/// Values on a grid.
type Values3 = (Vec<f64>, [usize; 3]);

/// The value at a place, linearly between pixels, as at the border beyond it.
fn value_at(pixels: &[f64], shape: [usize; 3], at: [f64; 3]) -> f64 {
    let place: [f64; 3] = std::array::from_fn(|a| at[a].clamp(0.0, (shape[a] - 1) as f64));
    let low = place.map(|p| p as usize);
    let mut value = 0.0;
    for corner in 0..8usize {
        let (mut weight, mut index) = (1.0, 0);
        for a in 0..3 {
            let (t, upper) = (place[a] - low[a] as f64, corner >> a & 1);
            weight *= if upper == 1 { t } else { 1.0 - t };
            index = index * shape[a] + (low[a] + upper).min(shape[a] - 1);
        }
        if weight > 0.0 {
            value += weight * pixels[index];
        }
    }
    value
}

fn sample((pixels, shape): &Values3, counts: [usize; 3], factors: [f64; 3]) -> Values3 {
    let [_, ny, nx] = counts;
    let pixel = |i: usize| {
        let p = [i / (ny * nx), i / nx % ny, i % nx];
        value_at(pixels, *shape, std::array::from_fn(|a| p[a] as f64 * factors[a]))
    };
    (by_pixels(counts.iter().product(), pixel), counts)
}

/// Factors from the indices of one grid to those of another so that the ends meet.
fn onto(from: [f64; 3], to: [usize; 3]) -> [f64; 3] {
    std::array::from_fn(|a| if to[a] > 1 { (from[a] - 1.0) / (to[a] - 1) as f64 } else { 0.0 })
}

/// Neighbours of a pixel that have a side in common with it.
fn beside(i: usize, [nz, ny, nx]: [usize; 3]) -> impl Iterator<Item = usize> {
    let place = [(i / (ny * nx), nz, ny * nx), (i / nx % ny, ny, nx), (i % nx, nx, 1)];
    place.into_iter().flat_map(move |(p, n, stride)| {
        [(p > 0).then(|| i - stride), (p + 1 < n).then(|| i + stride)].into_iter().flatten()
    })
}

/// The least value of each pixel and its neighbours side by side, row by row.
fn erode((pixels, [nz, ny, nx]): &Values3) -> Values3 {
    let mut out = pixels.clone();
    let row = |z: usize, y: usize| &pixels[(z * ny + y) * nx..][..*nx];
    threads::each_row(&mut out, *nx, |i, line| {
        let (z, y) = (i / ny, i % ny);
        let rows = [
            (y > 0).then(|| row(z, y - 1)),
            (y + 1 < *ny).then(|| row(z, y + 1)),
            (z > 0).then(|| row(z - 1, y)),
            (z + 1 < *nz).then(|| row(z + 1, y)),
        ];
        let less = |to: &mut f64, from: &f64| *to = if *from < *to { *from } else { *to };
        for other in rows.into_iter().flatten() {
            line.iter_mut().zip(other).for_each(|(to, from)| less(to, from));
        }
        let own = row(z, y);
        line[1..].iter_mut().zip(own).for_each(|(to, from)| less(to, from));
        line.iter_mut().zip(&own[1..]).for_each(|(to, from)| less(to, from));
    });
    (out, [*nz, *ny, *nx])
}

/// Reconstruction by dilation. No value lies below 0, so that the bits of floats have their order.
fn reconstruct((marker, shape): &Values3, (mask, _): &Values3) -> Vec<f64> {
    let key = |values: &[f64], i: usize| (values[i] + 0.0).to_bits();
    let keys = spread::reconstruct(*shape, 1, 0u64, |i| key(marker, i), |i| key(mask, i));
    keys.into_iter().map(f64::from_bits).collect()
}

/// [`reconstruct`], by dilations until nothing changes.
fn reconstruct_plain((marker, shape): &Values3, (mask, _): &Values3) -> Vec<f64> {
    let mut out = marker.clone();
    loop {
        let grown = |i: usize| beside(i, *shape).map(|j| out[j]).fold(out[i], f64::max).min(mask[i]);
        let next: Vec<f64> = (0..out.len()).map(grown).collect();
        if next == out {
            return out;
        }
        out = next;
    }
}

/// Opening with what lies outside left out: done on ranks, whose order is that of the values.
fn open((pixels, shape): &Values3, footprint: &Offsets) -> Values3 {
    let mut sorted = pixels.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.dedup();
    let rank = |v: &f64| sorted.partition_point(|s| s < v) as u32;
    let ranks: Vec<u32> = pixels.iter().map(rank).collect();
    let border = |constant| Border { edge: Edge::Constant, constant };
    let eroded = minmax::erode(&ranks, *shape, footprint, border(u32::MAX));
    let opened = minmax::dilate(&eroded, *shape, footprint, border(0));
    (opened.into_iter().map(|rank| sorted[rank as usize]).collect(), *shape)
}

/// [`open`], one pixel at a time.
fn open_plain((pixels, shape): &Values3, footprint: &Offsets) -> Values3 {
    let grid = Grid { shape: *shape, ndim: 3, data: pixels.clone() };
    let eroded = minmax::erode_plain(&grid, footprint, None);
    (minmax::dilate_plain(&eroded, footprint, None).data, *shape)
}

impl GranularitySpectrum {
    /// The table.
    fn spectrum(
        &self,
        image: &Volume,
        objects: Option<&Objects>,
        open: fn(&Values3, &Offsets) -> Values3,
        reconstruct: fn(&Values3, &Values3) -> Vec<f64>,
    ) -> Result<Table, Error> {
        let meta = image.meta();
        let finite = |v: f64| if v.is_finite() { v } else { 0.0 };
        let whole = (image.f64s().into_iter().map(finite).collect(), meta.shape);
        let is_axis = |a: usize| meta.axes().contains(&a);
        let on_axes = |of: &dyn Fn(usize) -> f64| [0, 1, 2].map(|a| if is_axis(a) { of(a) } else { 1.0 });
        let grid = on_axes(&|a| meta.shape[a] as f64 * self.subsample).map(|n| (n as usize).max(1));
        let coarse = sample(&whole, grid, [1.0 / self.subsample; 3]);
        let back = on_axes(&|a| grid[a] as f64 * self.background_subsample);
        let counts = back.map(|n| (n.ceil() as usize).max(1));
        let radius = px(self.background_radius as f64);
        let footprint = Footprint::Ball.offsets(&radius, &VolumeMeta { shape: counts, ..meta.clone() })?;
        let ground = open(&sample(&coarse, counts, [1.0 / self.background_subsample; 3]), &footprint);
        let ground = sample(&ground, grid, onto(back, grid));
        let start: Vec<f64> = coarse.0.iter().zip(&ground.0).map(|(v, b)| (v - b).max(0.0)).collect();
        let start = (start, grid);
        let factors = onto(grid.map(|n| n as f64), meta.shape);
        let means = |values: &[f64]| match objects {
            Some(objects) => (objects.on_grid)(values, grid, factors),
            None => vec![values.iter().sum::<f64>() / values.len() as f64],
        };
        let first = match objects {
            Some(objects) => (objects.of_pixels)(&whole.0),
            None => means(&start.0),
        };
        let mut table = Table::new();
        if let Some(objects) = objects {
            table.push("label", Values::Int(objects.labels.iter().map(|l| *l as i64).collect()))?;
        }
        let (mut eroded, mut before) = (start.clone(), first.clone());
        for step in 1..=self.length {
            eroded = erode(&eroded);
            let after = means(&reconstruct(&eroded, &start));
            let lost =
                |i: usize| if first[i] > 0.0 { (before[i] - after[i]) * 100.0 / first[i] } else { f64::NAN };
            table.push(format!("granularity_{step}"), Values::Float((0..first.len()).map(lost).collect()))?;
            before = after;
        }
        Ok(table)
    }
}

/// Means over objects.
struct Objects<'a> {
    labels: &'a [u32],
    /// Of the pixels of an image.
    of_pixels: &'a dyn Fn(&[f64]) -> Vec<f64>,
    /// Of a grid sampled to the size of the image: its values, its shape, and its pixels for one of the image along each axis.
    on_grid: &'a OnGrid<'a>,
}

type OnGrid<'a> = dyn Fn(&[f64], [usize; 3], [f64; 3]) -> Vec<f64> + 'a;

/// Pixels of a grid with the shares that they have in the mean of what an object's pixels read from it.
fn shares(runs: &[Run], grid: [usize; 3], factors: [f64; 3]) -> Vec<(usize, f64)> {
    let place = |a: usize, i: usize| (i as f64 * factors[a]).clamp(0.0, (grid[a] - 1) as f64);
    let ends = |a: usize, first: usize, last: usize| {
        let low = place(a, first) as usize;
        (low, ((place(a, last) as usize) + 2).min(grid[a]) - low)
    };
    let outer = |of: &dyn Fn(&Run) -> [usize; 2]| {
        let both = runs.iter().map(of);
        both.reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]).unwrap_or_default()
    };
    let sides = [outer(&|r| [r.z, r.z]), outer(&|r| [r.y, r.y]), outer(&|r| [r.x[0], r.x[1] - 1])];
    let [(z0, nz), (y0, ny), (x0, nx)] = std::array::from_fn(|a| ends(a, sides[a][0], sides[a][1]));
    let count: usize = runs.iter().map(Run::length).sum();
    let mut sums = vec![0.0; nz * ny * nx];
    // The two neighbours along an axis, and the share of the upper one.
    let near = |a: usize, i: usize| {
        let p = place(a, i);
        (p as usize, (p as usize + 1).min(grid[a] - 1), p - (p as usize) as f64)
    };
    let mut line = vec![0.0; nx];
    for run in runs {
        line.fill(0.0);
        for x in run.x[0]..run.x[1] {
            let (low, high, t) = near(2, x);
            line[low - x0] += 1.0 - t;
            line[high - x0] += t;
        }
        let ((zl, zh, tz), (yl, yh, ty)) = (near(0, run.z), near(1, run.y));
        for (z, wz) in [(zl, 1.0 - tz), (zh, tz)] {
            for (y, wy) in [(yl, 1.0 - ty), (yh, ty)] {
                let weight = wz * wy;
                if weight > 0.0 {
                    let row = &mut sums[((z - z0) * ny + y - y0) * nx..][..nx];
                    row.iter_mut().zip(&line).for_each(|(sum, w)| *sum += weight * w);
                }
            }
        }
    }
    let index = |i: usize| ((i / (ny * nx) + z0) * grid[1] + i / nx % ny + y0) * grid[2] + i % nx + x0;
    let some = sums.iter().enumerate().filter(|(_, w)| **w > 0.0);
    some.map(|(i, w)| (index(i), w / count as f64)).collect()
}

impl Host for GranularitySpectrum {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "labels"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let Some(labels) = inputs.optional_volume("labels") else {
            return Ok(vec![Datum::Table(self.spectrum(image, None, open, reconstruct)?)]);
        };
        let runs = LabelRuns::new(labels.label_slice()?, labels.shape());
        let index = LabelIndex::new(&runs);
        let members: Vec<Vec<Run>> =
            runs.gather(&index, |own: &mut Vec<Run>, run| own.push(run), |own, more| own.extend(more));
        let of_pixels = |values: &[f64]| -> Vec<f64> {
            let mean = |own: &Vec<Run>| {
                let count: usize = own.iter().map(Run::length).sum();
                own.iter().map(|run| values[run.pixels()].iter().sum::<f64>()).sum::<f64>() / count as f64
            };
            threads::collect(&members, mean)
        };
        let known: OnceCell<Vec<Vec<(usize, f64)>>> = OnceCell::new();
        let on_grid = |values: &[f64], grid: [usize; 3], factors: [f64; 3]| -> Vec<f64> {
            let all = || threads::collect(&members, |own| shares(own, grid, factors));
            let mean = |own: &Vec<(usize, f64)>| own.iter().map(|(i, w)| w * values[*i]).sum::<f64>();
            known.get_or_init(all).iter().map(mean).collect()
        };
        let objects = Objects { labels: &index.present, of_pixels: &of_pixels, on_grid: &on_grid };
        let table = self.spectrum(image, Some(&objects), open, reconstruct)?;
        Ok(vec![Datum::Table(table)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let measure = || {
            let image = inputs.volume("image")?;
            let mut members = BTreeMap::<u32, Vec<[usize; 3]>>::new();
            if let Some(labels) = inputs.optional_volume("labels") {
                let grid = Grid::from(labels);
                grid.map_at(|p| {
                    members.entry(grid.at(p) as u32).or_default().push(p);
                    0.0
                });
            }
            members.remove(&0);
            let mean = |value: &dyn Fn([usize; 3]) -> f64| -> Vec<f64> {
                let mean = |pixels: &Vec<[usize; 3]>| {
                    pixels.iter().map(|p| value(*p)).sum::<f64>() / pixels.len() as f64
                };
                members.values().map(mean).collect()
            };
            let [_, ny, nx] = image.meta().shape;
            let of_pixels = |values: &[f64]| mean(&|p| values[(p[0] * ny + p[1]) * nx + p[2]]);
            let on_grid = |values: &[f64], grid: [usize; 3], factors: [f64; 3]| {
                mean(&|p| value_at(values, grid, std::array::from_fn(|a| p[a] as f64 * factors[a])))
            };
            let labels: Vec<u32> = members.keys().copied().collect();
            let objects = Objects { labels: &labels, of_pixels: &of_pixels, on_grid: &on_grid };
            let objects = inputs.get("labels").map(|_| &objects);
            let table = self.spectrum(image, objects, open_plain, reconstruct_plain)?;
            Ok(vec![Plain::Table(table)])
        };
        Some(measure())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        let pixels = inputs.first().map_or(1, VolumeMeta::len);
        let coarse = (pixels as f64 * self.subsample * self.subsample) as usize + 1;
        let back = (coarse as f64 * self.background_subsample * self.background_subsample) as usize + 1;
        let footprint = (2 * self.background_radius as usize + 1).pow(2);
        (pixels + 40 * coarse) * self.length as usize + back * footprint
    }
}
