use crate::common::label_index::LabelIndex;
use crate::common::order::{keys, value};
use crate::common::readback::words;
use crate::common::shape::same_shape;
use crate::simd;
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;
use rotifer_registry::*;
use rotifer_shaders::feature::PEAK_LOCAL_MAX;

op! {
    /// Finds local maxima, brightest first.
    ///
    /// A peak is a pixel above the threshold that equals the maximum of its window; an image (or object) whose every
    /// pixel is one has none. Of peaks closer than `min_distance` (largest difference of a coordinate), the brighter one
    /// stays, of equally bright ones the first in raster order. With `labels`, every object is searched by itself, as if
    /// nothing were around it, and its peaks follow those of the objects before; an object that is flat as a whole gives
    /// the pixels that an opening with a cross removes. `points` has one row a peak with its pixel indices (z,) y, x,
    /// `markers` the number of each peak, from 1 in the same order, at its pixel. NaN is no peak. On the device the
    /// maxima are found there; sorting and spacing depend on each other peak by peak and stay on the host.
    pub struct PeakLocalMax {
        /// Least distance between peaks, and radius of the window, in pixels.
        min_distance: u32 = 1, range(0, 4096);
        /// Peaks are brighter than this; the minimum of the image where left out.
        threshold_abs: Option<f64> = None;
        /// Peaks are brighter than this share of the image's maximum.
        threshold_rel: Option<f64> = None, range(-1e6, 1e6);
        /// Pixels along the border without peaks; `min_distance` where left out.
        exclude_border: Option<u32> = None, range(0, 1_000_000);
        /// Most peaks; all where left out.
        num_peaks: Option<u32> = None, range(1, 4_000_000_000u32);
        /// Most peaks of one object; all where left out.
        num_peaks_per_label: Option<u32> = None, range(1, 4_000_000_000u32);
        /// The window: a shape of radius `min_distance`, or explicit rows; a box where left out.
        footprint: Option<Footprint> = None;
    }
    id: "peak_local_max", revision: 1, family: Feature,
    memory: host_and_device,
    inputs: { image: Image, labels: Labels optional },
    outputs: { points: Table, markers: Labels },
    agrees: Exact, follows: "skimage.feature.peak_local_max 0.26",
    python: "
r, nd, few = min_distance, image.ndim, lambda n: np.inf if n is None else n
fp = footprint
if isinstance(fp, str):
    fp = {'box': np.ones((2*r+1,)*nd), 'disk': ski.morphology.disk(r)[(None,)*(nd-2)], 'ball': ski.morphology.ball(r) if nd == 3 else ski.morphology.disk(r), 'diamond': ski.morphology.octahedron(r) if nd == 3 else ski.morphology.diamond(r)}[fp]
elif fp is not None:
    fp = np.asarray(fp)
    fp = fp[(None,)*(nd-fp.ndim)]
p = ski.feature.peak_local_max(f64(image), min_distance=r, threshold_abs=threshold_abs, threshold_rel=threshold_rel, exclude_border=True if exclude_border is None else exclude_border, num_peaks=few(num_peaks), num_peaks_per_label=few(num_peaks_per_label), footprint=fp, labels=None if labels is None else labels.astype(np.int64)).reshape(-1, nd)
markers = np.zeros(image.shape, np.uint32)
markers[tuple(p.T)] = np.arange(1, len(p) + 1)
result = (dict(zip('zyx'[3-nd:], p.T)), markers)",
    examples: ["min_distance = 3", "min_distance = 2\nexclude_border = 0\nthreshold_rel = 0.3", "threshold_abs = 10.0\nnum_peaks = 5", "min_distance = 4\nfootprint = [[0, 1, 0], [1, 1, 1], [0, 1, 0]]\nexclude_border = 1", "min_distance = 2\nfootprint = \"ball\"\nnum_peaks_per_label = 1"],
}

/// The neighbourhood whose maximum a peak equals.
enum Window {
    Box([usize; 3]),
    Offsets(Vec<[i32; 3]>),
}

impl Window {
    fn is_single(&self) -> bool {
        match self {
            Window::Box(radius) => *radius == [0; 3],
            Window::Offsets(offsets) => offsets.len() == 1,
        }
    }
}

impl PeakLocalMax {
    fn window(&self, meta: &VolumeMeta) -> Result<Window, Error> {
        let radius = PerAxis::All(Length::Pixels(self.min_distance as f64));
        let footprint = self.footprint.clone().unwrap_or(Footprint::Box);
        if footprint == Footprint::Box {
            return Ok(Window::Box(radius.pixels(meta)?.map(|r| r as usize)));
        }
        Ok(Window::Offsets(footprint.offsets(&radius, meta)?.list()))
    }

    fn border(&self) -> usize {
        self.exclude_border.unwrap_or(self.min_distance) as usize
    }

    /// Whether a pixel is far enough from the border.
    fn within(&self, meta: &VolumeMeta, index: usize) -> bool {
        let border = self.border();
        let p = place(index, meta.shape);
        meta.axes().all(|a| p[a] >= border && p[a] + border < meta.shape[a])
    }

    /// First key that lies above the threshold.
    fn floor(&self, dtype: Dtype, least: u32, largest: u32) -> u32 {
        let mut threshold = self.threshold_abs.unwrap_or(value(least, dtype));
        if let Some(share) = self.threshold_rel {
            threshold = threshold.max(share * value(largest, dtype));
        }
        let (mut lo, mut hi) = ((dtype == Dtype::F32) as u64, 1u64 << 32);
        while lo < hi {
            let mid = (lo + hi) / 2;
            if value(mid as u32, dtype) > threshold { hi = mid } else { lo = mid + 1 }
        }
        lo.min(u32::MAX as u64) as u32
    }

    /// Indices of the peaks in their order.
    fn peaks(&self, meta: &VolumeMeta, keys: &[u32], labels: Option<&[u32]>) -> Result<Vec<usize>, Error> {
        let window = self.window(meta)?;
        let (least, largest) = keys
            .par_iter()
            .with_min_len(1 << 14)
            .filter(|k| is_number(**k, meta.dtype))
            .fold(|| (u32::MAX, 0), |(a, b), k| (a.min(*k), b.max(*k)))
            .reduce(|| (u32::MAX, 0), |a, b| (a.0.min(b.0), a.1.max(b.1)));
        let floor = self.floor(meta.dtype, least, largest);
        let Some(labels) = labels else {
            let is_max = match window {
                // A window that holds the neighbours makes every pixel a maximum only if all are equal.
                Window::Box(_) if !window.is_single() && keys.len() > 1 => {
                    if least >= largest {
                        return Ok(Vec::new());
                    }
                    maxima(keys, meta.shape, &window, |i| keys[i] >= floor)
                }
                _ => maxima(keys, meta.shape, &window, |_| true),
            };
            return Ok(self.select(meta, keys, &is_max, !window.is_single() && keys.len() > 1, floor));
        };
        let mut inner = labels.to_vec();
        let border = self.border();
        if border > 0 {
            inner.par_iter_mut().enumerate().with_min_len(1 << 14).for_each(|(i, l)| {
                if *l != 0 && !self.within(meta, i) {
                    *l = 0;
                }
            });
        }
        let index = LabelIndex::new(&inner);
        let boxes = index.boxes(&inner, meta.shape);
        let found: Vec<Vec<usize>> = boxes
            .par_iter()
            .zip(&index.present)
            .map(|(&[lo, hi], &label)| {
                self.peaks_of_object(meta, keys, &inner, label, lo, hi, &window, floor)
            })
            .collect();
        let mut peaks: Vec<usize> = found.concat();
        if let Some(most) = self.num_peaks.filter(|n| peaks.len() > *n as usize) {
            peaks.sort_unstable();
            peaks = self.brightest(keys, peaks, meta.shape, Some(most));
        }
        Ok(peaks)
    }

    /// Peaks of the whole image, given its maxima.
    fn select(
        &self,
        meta: &VolumeMeta,
        keys: &[u32],
        is_max: &[bool],
        can_be_flat: bool,
        floor: u32,
    ) -> Vec<usize> {
        if can_be_flat && is_max.par_iter().all(|m| *m) {
            return Vec::new();
        }
        let candidates = is_max
            .par_iter()
            .enumerate()
            .with_min_len(1 << 14)
            .filter(|(i, m)| {
                **m && keys[*i] >= floor && is_number(keys[*i], meta.dtype) && self.within(meta, *i)
            })
            .map(|(i, _)| i)
            .collect();
        self.brightest(keys, candidates, meta.shape, self.num_peaks)
    }

    #[allow(clippy::too_many_arguments)]
    fn peaks_of_object(
        &self,
        meta: &VolumeMeta,
        keys: &[u32],
        labels: &[u32],
        label: u32,
        lo: [usize; 3],
        hi: [usize; 3],
        window: &Window,
        floor: u32,
    ) -> Vec<usize> {
        let shape: [usize; 3] = std::array::from_fn(|a| hi[a] + 1 - lo[a]);
        let [_, ny, nx] = meta.shape;
        let outer = |i: usize| {
            let p = place(i, shape);
            ((p[0] + lo[0]) * ny + p[1] + lo[1]) * nx + p[2] + lo[2]
        };
        let n: usize = shape.iter().product();
        let mask: Vec<bool> = (0..n).map(|i| labels[outer(i)] == label).collect();
        let own: Vec<u32> = (0..n).map(|i| if mask[i] { keys[outer(i)] } else { 0 }).collect();
        let mut is_max = maxima(&own, shape, window, |i| mask[i]);
        if !window.is_single() && n > 1 && (0..n).all(|i| is_max[i] || !mask[i]) {
            is_max = isolated(&mask, shape, meta.ndim);
        }
        let candidates =
            (0..n).filter(|&i| is_max[i] && own[i] >= floor && is_number(own[i], meta.dtype)).collect();
        let peaks = self.brightest(&own, candidates, shape, self.num_peaks_per_label);
        peaks.into_iter().map(outer).collect()
    }

    /// Candidates (in raster order) by brightness, without those too close to a brighter one.
    fn brightest(
        &self,
        keys: &[u32],
        mut candidates: Vec<usize>,
        shape: [usize; 3],
        most: Option<u32>,
    ) -> Vec<usize> {
        candidates.par_sort_by_key(|&i| std::cmp::Reverse(keys[i]));
        let most = most.map_or(usize::MAX, |n| n as usize);
        let distance = self.min_distance as usize;
        if distance <= 1 {
            candidates.truncate(most);
            return candidates;
        }
        // Cells of the least distance hold at most one peak each.
        let cells = shape.map(|n| n.div_ceil(distance));
        let mut taken = vec![usize::MAX; cells.iter().product()];
        let mut kept = Vec::new();
        for i in candidates {
            if kept.len() == most {
                break;
            }
            let p = place(i, shape);
            let cell = p.map(|v| v / distance);
            let [zs, ys, xs] =
                std::array::from_fn(|a| cell[a].saturating_sub(1)..(cell[a] + 2).min(cells[a]));
            let free = zs.into_iter().all(|z| {
                ys.clone().all(|y| {
                    xs.clone().all(|x| match taken[(z * cells[1] + y) * cells[2] + x] {
                        usize::MAX => true,
                        other => {
                            let q = place(other, shape);
                            (0..3).any(|a| p[a].abs_diff(q[a]) >= distance)
                        }
                    })
                })
            });
            if free {
                taken[(cell[0] * cells[1] + cell[1]) * cells[2] + cell[2]] = i;
                kept.push(i);
            }
        }
        kept
    }

    fn outputs(&self, meta: &VolumeMeta, peaks: &[usize]) -> Result<[Datum; 2], Error> {
        let mut points = Table::new();
        for axis in meta.axes() {
            let column = peaks.iter().map(|&i| place(i, meta.shape)[axis] as i64).collect();
            points.push(["z", "y", "x"][axis], Values::Int(column))?;
        }
        let mut markers = vec![0u32; meta.len()];
        for (n, &i) in peaks.iter().enumerate() {
            markers[i] = n as u32 + 1;
        }
        let markers = Volume::from_vec(&meta.with(Kind::Labels, Dtype::U32), markers)?;
        Ok([Datum::Table(points), Datum::Volume(markers)])
    }
}

/// The key of NaN here, below that of every float.
const NAN: u32 = 0;

fn is_number(key: u32, dtype: Dtype) -> bool {
    key != NAN || dtype != Dtype::F32
}

fn place(index: usize, shape: [usize; 3]) -> [usize; 3] {
    [index / shape[2] / shape[1], index / shape[2] % shape[1], index % shape[2]]
}

/// Which pixels equal the maximum of their window, the image repeated beyond its border by its last pixel.
/// Pixels that are not considered are no maxima.
fn maxima(
    keys: &[u32],
    shape: [usize; 3],
    window: &Window,
    consider: impl Fn(usize) -> bool + Sync,
) -> Vec<bool> {
    let [nz, ny, nx] = shape;
    let mut out = vec![false; keys.len()];
    if keys.is_empty() {
        return out;
    }
    match window {
        Window::Box([rz, ry, rx]) => {
            let mut along_x = vec![0u32; keys.len()];
            along_x
                .par_chunks_mut(nx)
                .zip(keys.par_chunks(nx))
                .with_min_len(16)
                .for_each_init(Vec::new, |scratch, (to, row)| row_maximum(to, row, *rx, scratch));
            out.par_chunks_mut(nx).enumerate().with_min_len(16).for_each(|(row, out)| {
                let (z, y) = (row / ny, row % ny);
                let first = row * nx;
                for (x, out) in out.iter_mut().enumerate() {
                    let key = keys[first + x];
                    *out = along_x[first + x] == key
                        && consider(first + x)
                        && (z.saturating_sub(*rz)..(z + rz + 1).min(nz)).all(|z| {
                            (y.saturating_sub(*ry)..(y + ry + 1).min(ny))
                                .all(|y| along_x[(z * ny + y) * nx + x] <= key)
                        });
                }
            });
        }
        Window::Offsets(offsets) => {
            let last = shape.map(|n| n as i32 - 1);
            out.par_chunks_mut(nx).enumerate().with_min_len(4).for_each(|(row, out)| {
                let at = [(row / ny) as i32, (row % ny) as i32];
                for (x, out) in out.iter_mut().enumerate() {
                    let i = row * nx + x;
                    let highest = || {
                        offsets
                            .iter()
                            .map(|o| {
                                let z = (at[0] + o[0]).clamp(0, last[0]) as usize;
                                let y = (at[1] + o[1]).clamp(0, last[1]) as usize;
                                let x = (x as i32 + o[2]).clamp(0, last[2]) as usize;
                                keys[(z * ny + y) * nx + x]
                            })
                            .max()
                    };
                    *out = consider(i) && (offsets.len() == 1 || highest() == Some(keys[i]));
                }
            });
        }
    }
    out
}

/// Maximum of the pixels within `radius` along a row, by windows of doubling length.
fn row_maximum(to: &mut [u32], row: &[u32], radius: usize, scratch: &mut Vec<u32>) {
    let width = 2 * radius + 1;
    scratch.clear();
    scratch.resize(radius, 0);
    scratch.extend_from_slice(row);
    scratch.resize(row.len() + 2 * radius, 0);
    let mut length = 1;
    while 2 * length <= width {
        double(scratch, length);
        length *= 2;
    }
    combine(to, scratch, width - length);
}

simd! {
    /// Windows of twice the length, in place: what is read ahead has not been changed yet.
    fn double(values: &mut [u32], length: usize) {
        let n = values.len() - length;
        for i in 0..n {
            values[i] = values[i].max(values[i + length]);
        }
    }

    fn combine(to: &mut [u32], values: &[u32], ahead: usize) {
        for ((to, a), b) in to.iter_mut().zip(values).zip(&values[ahead..]) {
            *to = *a.max(b);
        }
    }
}

/// Pixels of a mask that its opening with a cross removes.
fn isolated(mask: &[bool], shape: [usize; 3], ndim: usize) -> Vec<bool> {
    let step = |i: usize, axis: usize, forward: bool| {
        let mut p = place(i, shape);
        if forward {
            p[axis] += 1;
        } else {
            p[axis] = p[axis].checked_sub(1)?;
        }
        (p[axis] < shape[axis]).then(|| (p[0] * shape[1] + p[1]) * shape[2] + p[2])
    };
    let cross = |i: usize| {
        let ends = (3 - ndim..3).flat_map(move |axis| [(axis, false), (axis, true)]);
        std::iter::once(Some(i)).chain(ends.map(move |(axis, forward)| step(i, axis, forward)))
    };
    let core: Vec<bool> = (0..mask.len()).map(|i| cross(i).all(|q| q.is_some_and(|q| mask[q]))).collect();
    (0..mask.len()).map(|i| mask[i] && !cross(i).flatten().any(|q| core[q])).collect()
}

impl Host for PeakLocalMax {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "labels"])?;
        self.window(inputs.volume("image")?).map(|_| ())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let labels = inputs.optional_volume("labels").map(Volume::label_slice).transpose()?;
        let mut keys = keys(image.pixels());
        if let Some(pixels) = image.as_slice::<f32>() {
            keys.par_iter_mut().zip(pixels).with_min_len(1 << 14).for_each(|(k, v)| {
                if v.is_nan() {
                    *k = NAN;
                }
            });
        }
        let meta = image.meta();
        let peaks = self.peaks(&meta, &keys, labels)?;
        Ok(self.outputs(&meta, &peaks)?.into())
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(self.plain(inputs))
    }
}

impl PeakLocalMax {
    /// The definition object by object, by lists of coordinates.
    fn plain(&self, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        type At = [usize; 3];
        let volume = inputs.volume("image")?;
        let meta = volume.meta();
        let image = Grid::from(volume);
        let offsets = match self.window(&meta)? {
            Window::Offsets(offsets) => offsets,
            Window::Box(r) => {
                let grid = Grid::from_fn(r.map(|r| 2 * r + 1), 3, |_| 0.0);
                let mut all = Vec::new();
                grid.map_at(|p| {
                    all.push(std::array::from_fn(|a| p[a] as i32 - r[a] as i32));
                    0.0
                });
                all
            }
        };
        let number = |v: f64| if v.is_nan() { f64::NEG_INFINITY } else { v };
        let finite = || image.data.iter().copied().filter(|v| !v.is_nan());
        let mut threshold = self.threshold_abs.unwrap_or(finite().fold(f64::INFINITY, f64::min));
        if let Some(share) = self.threshold_rel {
            threshold = threshold.max(share * finite().fold(f64::NEG_INFINITY, f64::max));
        }
        let labelled = inputs.optional_volume("labels");
        let labels = match labelled {
            Some(labels) => Grid::from(labels),
            None => image.map(|_| 1.0),
        };
        let border = self.border();
        let inside = |p: At| meta.axes().all(|a| p[a] >= border && p[a] + border < image.shape[a]);
        let mut places: Vec<At> = Vec::new();
        image.map_at(|p| {
            places.push(p);
            0.0
        });
        let by_brightness = |mut found: Vec<At>, most: Option<u32>| {
            found.sort();
            found.sort_by(|a, b| (image.at(*b) + 0.0).total_cmp(&(image.at(*a) + 0.0)));
            let mut kept: Vec<At> = Vec::new();
            let mut blocked = image.map(|_| 0.0);
            for p in found {
                if blocked.at(p) != 0.0 {
                    continue;
                }
                kept.push(p);
                let reach = self.min_distance.saturating_sub(1) as usize;
                let [zs, ys, xs]: [_; 3] = std::array::from_fn(|a| {
                    p[a].saturating_sub(reach)..(p[a] + reach + 1).min(image.shape[a])
                });
                for z in zs {
                    for y in ys.clone() {
                        xs.clone().for_each(|x| blocked.set([z, y, x], 1.0));
                    }
                }
            }
            kept.truncate(most.map_or(usize::MAX, |n| n as usize));
            kept
        };
        let mut objects = std::collections::BTreeMap::<u32, Vec<At>>::new();
        for p in places.iter().filter(|p| labelled.is_none() || inside(**p)) {
            objects.entry(labels.at(*p) as u32).or_default().push(*p);
        }
        objects.remove(&0);
        let mut peaks: Vec<At> = Vec::new();
        for (name, pixels) in objects {
            let own = |p: At| labels.at(p) == name as f64 && (labelled.is_none() || inside(p));
            let lo: At = std::array::from_fn(|a| pixels.iter().map(|p| p[a]).min().unwrap_or(0));
            let hi: At = std::array::from_fn(|a| pixels.iter().map(|p| p[a]).max().unwrap_or(0));
            let single = offsets.len() == 1 || lo == hi;
            let is_max = |p: &At| {
                single
                    || offsets.iter().all(|o| {
                        let q = std::array::from_fn(|a| {
                            (p[a] as i64 + o[a] as i64).clamp(lo[a] as i64, hi[a] as i64) as usize
                        });
                        !own(q) || number(image.at(q)) <= number(image.at(*p))
                    })
            };
            let mut found: Vec<At> = pixels.iter().copied().filter(is_max).collect();
            if !single && found.len() == pixels.len() {
                let core = |p: At| {
                    meta.axes().all(|a| {
                        [-1i64, 1].iter().all(|d| {
                            let mut q = p;
                            q[a] = (q[a] as i64 + d).max(-1) as usize;
                            q[a] < image.shape[a] && own(q)
                        })
                    }) && own(p)
                };
                let opened = |p: &At| {
                    meta.axes().any(|a| {
                        [-1i64, 0, 1].iter().any(|d| {
                            let mut q = *p;
                            q[a] = (q[a] as i64 + d).max(-1) as usize;
                            q[a] < image.shape[a] && core(q)
                        })
                    })
                };
                found.retain(|p| labelled.is_some() && !opened(p));
            }
            found.retain(|p| image.at(*p) > threshold && inside(*p));
            let most = if labelled.is_some() { self.num_peaks_per_label } else { self.num_peaks };
            peaks.extend(by_brightness(found, most));
        }
        if self.num_peaks.is_some_and(|n| peaks.len() > n as usize) {
            peaks = by_brightness(peaks, self.num_peaks);
        }
        let mut points = Table::new();
        for axis in meta.axes() {
            points
                .push(["z", "y", "x"][axis], Values::Int(peaks.iter().map(|p| p[axis] as i64).collect()))?;
        }
        let mut markers = image.map(|_| 0.0);
        for (n, p) in peaks.iter().enumerate() {
            markers.set(*p, n as f64 + 1.0);
        }
        Ok(vec![Plain::Table(points), Plain::Image(markers)])
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    shape: [u32; 3],
    axis: u32,
    radius: u32,
    offsets: u32,
    padding: [u32; 2],
}

impl Device for PeakLocalMax {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let meta = &image.meta;
        let n = meta.len();
        let mut params =
            Params { shape: meta.shape.map(|n| n as u32), axis: 0, radius: 0, offsets: 0, padding: [0; 2] };
        let keys = recorder.buffer(n);
        recorder
            .pass(&PEAK_LOCAL_MAX)
            .entry("to_keys")
            .uniform(&params)
            .bind(&[image.buffer, keys])
            .over(n)?;
        let mut read = vec![keys];
        match inputs.optional_volume("labels") {
            Some(labels) => read.push(labels.buffer),
            None => {
                let window = self.window(meta)?;
                let mut highest = keys;
                match &window {
                    Window::Box(radius) => {
                        // A pass along x in any case: keys and maxima are different buffers.
                        for axis in (0..3).filter(|&a| radius[a] > 0 || a == 2) {
                            params.axis = axis as u32;
                            params.radius = radius[axis] as u32;
                            let to = recorder.buffer(n);
                            recorder
                                .pass(&PEAK_LOCAL_MAX)
                                .entry("maximum")
                                .uniform(&params)
                                .bind(&[highest, to])
                                .over(n)?;
                            highest = to;
                        }
                    }
                    Window::Offsets(offsets) => {
                        let list: Vec<[i32; 4]> = offsets.iter().map(|o| [o[0], o[1], o[2], 0]).collect();
                        params.offsets = list.len() as u32;
                        let list = recorder.constant(&list);
                        highest = recorder.buffer(n);
                        recorder
                            .pass(&PEAK_LOCAL_MAX)
                            .entry("maximum_of_offsets")
                            .uniform(&params)
                            .bind(&[keys, highest, list])
                            .over(n)?;
                    }
                }
                let bits = recorder.buffer(n.div_ceil(32));
                recorder
                    .pass(&PEAK_LOCAL_MAX)
                    .entry("equal")
                    .uniform(&params)
                    .bind(&[keys, highest, bits])
                    .over(n.div_ceil(32))?;
                read.push(bits);
            }
        }
        Ok(vec![DeviceOutput::Readback(read.clone()), DeviceOutput::Readback(read)])
    }

    fn finish(&self, inputs: &Metas, output: usize, read: &[Vec<u8>]) -> Result<Datum, Error> {
        let mut meta = inputs.volume("image")?.clone();
        meta.dtype = Dtype::F32;
        let [keys, second] = read else {
            return Err(Error::new(Code::Internal, "keys and maxima are read back"));
        };
        let keys: Vec<u32> = words(keys);
        let second: Vec<u32> = words(second);
        let peaks = if inputs.get("labels").is_some() {
            self.peaks(&meta, &keys, Some(&second))?
        } else {
            let numbers = || keys.iter().copied().filter(|k| is_number(*k, Dtype::F32));
            let floor =
                self.floor(Dtype::F32, numbers().min().unwrap_or(NAN), numbers().max().unwrap_or(NAN));
            let is_max: Vec<bool> = (0..keys.len()).map(|i| second[i / 32] >> (i % 32) & 1 == 1).collect();
            let can_be_flat = !self.window(&meta)?.is_single() && keys.len() > 1;
            self.select(&meta, &keys, &is_max, can_be_flat, floor)
        };
        let [points, markers] = self.outputs(&meta, &peaks)?;
        Ok(if output == 0 { points } else { markers })
    }
}
