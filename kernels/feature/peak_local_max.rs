mod plain;

use crate::common::order::{self, Ordered, value};
use crate::common::peaks::{Search, Window, brightest, place};
use crate::common::readback::words;
use crate::common::shape::same_shape;
use crate::common::written;
use crate::common::{pointwise, threads};
use bytemuck::{Pod, Zeroable};
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
        keys: &[u32],
        labels: Option<&[u32]>,
        is_max: Option<&[u32]>,
    ) -> Result<Vec<usize>, Error> {
        let window = self.window(meta)?;
        let [least, largest] = range(keys, meta.dtype);
        let distance = self.min_distance as usize;
        let search = Search {
            keys,
            labels,
            shape: meta.shape,
            ndim: meta.ndim,
            inner: self.inner(meta),
            window: &window,
            floor: self.floor(meta.dtype, least, largest),
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

/// The key of NaN here, below that of every float.
const NAN: u32 = 0;

/// The keys of pixels; see [`order::keys`].
fn keys(pixels: &Pixels) -> Vec<u32> {
    match pixels {
        Pixels::F32(pixels) => {
            pointwise::map(volume::slice(pixels), |v: f32| if v.is_nan() { NAN } else { v.ordered() })
        }
        whole => order::keys(whole),
    }
}

/// Smallest and largest key of a number.
fn range(keys: &[u32], dtype: Dtype) -> [u32; 2] {
    // One less, NaN is the largest key.
    let nan = (dtype == Dtype::F32) as u32;
    let parts = threads::of_chunks(keys, 1 << 14, |_, part| {
        let least = part.iter().fold(u32::MAX, |a, k| a.min(k.wrapping_sub(nan)));
        [least, part.iter().fold(0, |a, k| a.max(*k))]
    });
    let [least, largest] = parts.into_iter().fold([u32::MAX, 0], |a, b| [a[0].min(b[0]), a[1].max(b[1])]);
    [if least == u32::MAX { least } else { least + nan }, largest]
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
        let peaks = self.peaks(&meta, &keys(image.pixels()), labels, None)?;
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
        let keys: Vec<u32> = words(keys);
        let second: Vec<u32> = words(second);
        let peaks = match inputs.get("labels") {
            Some(_) => self.peaks(&meta, &keys, Some(&second), None)?,
            None => self.peaks(&meta, &keys, None, Some(&second))?,
        };
        let [points, markers] = self.outputs(&meta, &peaks)?;
        Ok(if output == 0 { points } else { markers })
    }
}
