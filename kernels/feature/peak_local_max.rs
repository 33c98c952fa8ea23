mod plain;

use crate::common::fresh;
use crate::common::order::{Ordered, value};
use crate::common::peaks::{Search, Window, brightest, place};
use crate::common::readback::words;
use crate::common::shape::same_shape;
use crate::common::written;
use crate::simd;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::*;
use rotifer_shaders::feature::PEAK_LOCAL_MAX;
use std::sync::atomic::{AtomicU32, Ordering};

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

    /// Pixels that are far enough from the border.
    fn inner(&self, meta: &VolumeMeta) -> [std::ops::Range<usize>; 3] {
        let mut inner = meta.shape.map(|n| 0..n);
        for a in meta.axes() {
            let end = meta.shape[a].saturating_sub(self.border());
            inner[a] = self.border().min(end)..end;
        }
        inner
    }

    /// First key that lies above the threshold.
    fn floor(&self, dtype: Dtype, least: u32, largest: u32) -> u32 {
        let mut threshold = self.threshold_abs.unwrap_or(value(least, dtype));
        if let Some(share) = self.threshold_rel {
            threshold = threshold.max(share * value(largest, dtype));
        }
        // No number is NaN.
        let (mut lo, mut hi) = ((dtype == Dtype::F32) as u64, 1u64 << 32);
        while lo < hi {
            let mid = (lo + hi) / 2;
            if value(mid as u32, dtype) > threshold { hi = mid } else { lo = mid + 1 }
        }
        lo.min(u32::MAX as u64) as u32
    }

    /// Indices of the peaks in their order. `is_max` are the maxima where they are known.
    fn peaks(
        &self,
        meta: &VolumeMeta,
        Keys { keys, range: [least, largest], is_alone }: &Keys,
        labels: Option<&[u32]>,
        is_max: Option<&[u32]>,
    ) -> Result<Vec<usize>, Error> {
        let window = self.window(meta)?;
        let distance = self.min_distance as usize;
        let search = Search {
            keys,
            labels,
            is_alone: *is_alone,
            shape: meta.shape,
            ndim: meta.ndim,
            inner: self.inner(meta),
            window: &window,
            floor: self.floor(meta.dtype, *least, *largest),
            distance,
            most_of_object: self.num_peaks_per_label,
        };
        if let Some(labels) = labels {
            let mut peaks = search.peaks_of_objects(labels);
            if self.num_peaks.is_some_and(|n| peaks.len() > n as usize) {
                peaks.sort_unstable();
                peaks = brightest(keys, peaks, meta.shape, distance, self.num_peaks);
            }
            return Ok(peaks);
        }
        let candidates = match is_max {
            None => search.candidates(),
            Some(bits) => search.candidates_among(|i| bits[i / 32] >> (i % 32) & 1 == 1),
        };
        Ok(brightest(keys, candidates, meta.shape, distance, self.num_peaks))
    }

    fn outputs(&self, meta: &VolumeMeta, peaks: &[usize]) -> Result<[Datum; 2], Error> {
        let mut points = Table::new();
        for axis in meta.axes() {
            let column = peaks.iter().map(|&i| place(i, meta.shape)[axis] as i64).collect();
            points.push(["z", "y", "x"][axis], Values::Int(column))?;
        }
        let [nz, ny, nx] = meta.shape;
        let mut markers = written::rows(nz * ny, nx, |_, to| to.fill(nx, 0u32));
        for (n, &i) in peaks.iter().enumerate() {
            markers[i] = n as u32 + 1;
        }
        let markers = Volume::from_vec(&meta.with(Kind::Labels, Dtype::U32), markers)?;
        Ok([Datum::Table(points), Datum::Volume(markers)])
    }
}

/// Pixels in an order of unsigned integers, and what is known of them.
struct Keys {
    /// 0 outside objects, where there are some.
    keys: Vec<u32>,
    /// Smallest and largest key of a number, outside objects too.
    range: [u32; 2],
    /// Whether the labels are those of one object.
    is_alone: bool,
}

/// The key of NaN here, below that of every float.
const NAN: u32 = 0;

simd! {
    /// Writes keys; gives the least and the largest. One less, NaN is the largest.
    fn write_keys<A: Copy, F: Fn(A) -> u32>(out: &mut [u32], pixels: &[A], key: &F, nan: u32) -> [u32; 2] {
        let mut range = [u32::MAX, 0];
        for (o, v) in out.iter_mut().zip(pixels) {
            *o = key(*v);
            range = [range[0].min(o.wrapping_sub(nan)), range[1].max(*o)];
        }
        range
    }

    /// [`write_keys`] with 0 outside objects; gives the least and the largest label, less 1, of these, too.
    fn write_keys_of<A: Copy, F: Fn(A) -> u32>(
        out: &mut [u32],
        pixels: &[A],
        labels: &[u32],
        key: &F,
        nan: u32
    ) -> [[u32; 2]; 2] {
        let (mut range, mut objects) = ([u32::MAX, 0], [u32::MAX, 0]);
        for ((o, v), label) in out.iter_mut().zip(pixels).zip(labels) {
            let key = key(*v);
            *o = if *label == 0 { 0 } else { key };
            range = [range[0].min(key.wrapping_sub(nan)), range[1].max(key)];
            objects = [objects[0].min(label.wrapping_sub(1)), objects[1].max(*label)];
        }
        [range, [objects[0], objects[1].wrapping_sub(1)]]
    }
}

/// The ends of values that threads see.
struct Ends([AtomicU32; 2]);

impl Ends {
    fn new() -> Ends {
        Ends([AtomicU32::new(u32::MAX), AtomicU32::new(0)])
    }

    fn take(&self, [least, largest]: [u32; 2]) {
        self.0[0].fetch_min(least, Ordering::Relaxed);
        self.0[1].fetch_max(largest, Ordering::Relaxed);
    }

    fn get(self) -> [u32; 2] {
        self.0.map(AtomicU32::into_inner)
    }
}

impl Keys {
    /// Of pixels of a dtype, by a key of each.
    fn new<A: Copy + Sync>(
        pixels: &[A],
        labels: Option<&[u32]>,
        dtype: Dtype,
        key: impl Fn(A) -> u32 + Sync,
    ) -> Keys {
        let nan = (dtype == Dtype::F32) as u32;
        let (range, objects) = (Ends::new(), Ends::new());
        let keys = match labels {
            None => fresh::map(pixels, |out, pixels| range.take(write_keys(out, pixels, &key, nan))),
            Some(labels) => fresh::map2(pixels, labels, |out, pixels, labels| {
                let [of_keys, of_labels] = write_keys_of(out, pixels, labels, &key, nan);
                range.take(of_keys);
                if of_labels[0] < u32::MAX {
                    objects.take(of_labels);
                }
            }),
        };
        let ([least, largest], [first, last]) = (range.get(), objects.get());
        let range = [if least == u32::MAX { least } else { least + nan }, largest];
        Keys { keys, range, is_alone: first == last }
    }
}

impl Host for PeakLocalMax {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "labels"])?;
        self.window(inputs.volume("image")?).map(|_| ())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let labels = inputs.optional_volume("labels").map(Volume::label_slice).transpose()?;
        let meta = image.meta();
        let keys = each_dtype!(image.pixels(), |pixels| {
            Keys::new(pixels, labels, meta.dtype, |v| {
                if meta.dtype == Dtype::F32 && v.to_f32().is_nan() { NAN } else { v.ordered() }
            })
        });
        let peaks = self.peaks(&meta, &keys, labels, None)?;
        Ok(self.outputs(&meta, &peaks)?.into())
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(self.plain(inputs))
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
        let (keys, second): (Vec<u32>, Vec<u32>) = (words(keys), words(second));
        let (labels, is_max) = match inputs.get("labels") {
            Some(_) => (Some(&second[..]), None),
            None => (None, Some(&second[..])),
        };
        let keys = Keys::new(&keys, labels, meta.dtype, |key| key);
        let peaks = self.peaks(&meta, &keys, labels, is_max)?;
        let [points, markers] = self.outputs(&meta, &peaks)?;
        Ok(if output == 0 { points } else { markers })
    }
}
