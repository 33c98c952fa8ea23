use crate::common::linear::has_nan;
use crate::common::reindex::Reindexed;
use crate::common::rows::{Extended, pad};
use crate::common::sampling::Sampling;
use crate::common::{parts, separable, shape};
use crate::filters::gaussian_filter;
use crate::simd;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::*;
use rotifer_shaders::transform::RESIZE;

op! {
    /// Resamples an image to another number of pixels.
    ///
    /// Pixels are areas: output pixel i of n is read at (i + ½)·m/n − ½ of the m input pixels. Where an axis shrinks,
    /// the image is first blurred along it with a Gaussian of σ = (m/n − 1)/2, unless `order` is 0. The spacing grows
    /// by m/n. Values keep their scale. Masks and labels stay such: they are read at the nearest pixel, without a blur,
    /// whatever `order` says.
    pub struct Resize {
        /// Pixels of the output along z, y, x (y, x in 2-D). Left out: `scale` decides.
        shape: Option<Vec<i64>> = None;
        /// Output pixels for each input pixel, where `shape` is left out; the number of pixels is rounded half to even.
        scale: PerAxis<f64> = PerAxis::All(1.0), range(1e-4, 1e4);
        /// 0: the nearest pixel, at a tie the next one. 1: linear between pixels.
        order: u32 = 1, range(0, 1);
        /// Blurs before shrinking, so that fine structure does not turn into false patterns.
        anti_aliasing: bool = true;
        ..Border(edge, constant);
    }
    id: "resize", revision: 1, family: Transform,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { image: Like(F32) },
    agrees: Relative(2e-6), follows: "skimage.transform.resize 0.26",
    python: "
order, constant = of_kind(kinds['image'], order, constant)
full = tuple(shape) if shape is not None else tuple(int(round(n * s)) for n, s in zip(image.shape, np.broadcast_to(scale, image.ndim)))
names = {'reflect': 'symmetric', 'mirror': 'reflect', 'nearest': 'edge'}
if edge in names:
    result = ski.transform.resize(f64(image), full, order=order, mode=names[edge], preserve_range=True, anti_aliasing=anti_aliasing and order > 0 and any(n < m for n, m in zip(full, image.shape)))
else:
    factors = np.divide(image.shape, full)
    blurred = ndi.gaussian_filter(f64(image), np.maximum(0, (factors - 1) / 2), mode=edge, cval=constant) if anti_aliasing and order > 0 else f64(image)
    result = ndi.zoom(blurred, 1 / factors, order=order, mode='grid-' + edge, cval=constant, grid_mode=True)
",
    examples: [
        "scale = 0.5",
        "scale = 1.7\nedge = \"mirror\"",
        "scale = [0.4, 2.0]\nedge = \"nearest\"",
        "scale = 0.31\norder = 0",
        "shape = [23, 31]",
        "shape = [5, 40, 20]\nanti_aliasing = false",
        "scale = 2.5\nedge = \"wrap\"",
        "scale = 0.6\nedge = \"constant\"\nconstant = 3.0",
    ],
}

/// The pixels that one output position reads along one axis: two pixels (none where the constant stands) and the second's weight.
#[derive(Clone, Copy)]
struct Tap {
    at: [Option<usize>; 2],
    weight: f64,
}

impl Resize {
    /// As this, for an image of this kind.
    fn of(&self, kind: Kind) -> Resize {
        let Sampling { order, edge, constant } =
            Sampling { order: self.order, edge: self.edge, constant: self.constant }.of(kind);
        Resize { order, edge, constant, ..self.clone() }
    }

    /// Where the nearest pixels stand.
    pub(crate) fn nearest(&self, meta: &VolumeMeta) -> Result<Reindexed, Error> {
        let output = self.output_meta(meta)?;
        let (from, to) = (meta.shape, output.shape);
        let index = |a: usize, i: usize| {
            let at = (i as f64 + 0.5) * (from[a] as f64 / to[a] as f64) - 0.5;
            self.edge.index((at + 0.5).floor() as isize, from[a])
        };
        Ok(Reindexed::along(meta, output, [0, 1, 2], self.constant, index))
    }

    fn output_shape(&self, meta: &VolumeMeta) -> Result<[usize; 3], Error> {
        if let Some(list) = &self.shape {
            return shape::asked_for(list, meta);
        }
        let scale = self.scale.resolve(meta.ndim, 1.0).map_err(|e| e.argument("scale"))?;
        let mut out = [1; 3];
        for axis in meta.axes() {
            out[axis] = ((meta.shape[axis] as f64 * scale[axis]).round_ties_even() as usize).max(1);
        }
        Ok(out)
    }

    /// The input's metadata with the shape and spacing of the output.
    fn output_meta(&self, meta: &VolumeMeta) -> Result<VolumeMeta, Error> {
        let shape = self.output_shape(meta)?;
        let times = std::array::from_fn(|a| meta.shape[a] as f64 / shape[a] as f64);
        Ok(VolumeMeta { shape, spacing: meta.spacing.map(|s| s.resampled(times)), ..meta.clone() })
    }

    /// Weights of the blur along an axis that shrinks; none elsewhere.
    fn blur(&self, from: usize, to: usize) -> Vec<f64> {
        if !self.anti_aliasing || self.order == 0 || to >= from {
            return Vec::new();
        }
        gaussian_filter::weights((from as f64 / to as f64 - 1.0) / 2.0, 4.0)
    }

    fn taps(&self, from: usize, to: usize) -> Vec<Tap> {
        let step = from as f64 / to as f64;
        let tap = |i: usize| {
            let at = (i as f64 + 0.5) * step - 0.5;
            if self.order == 0 {
                let nearest = self.edge.index((at + 0.5).floor() as isize, from);
                return Tap { at: [nearest, nearest], weight: 0.0 };
            }
            let below = at.floor();
            let read = |k: isize| self.edge.index(below as isize + k, from);
            Tap { at: [read(0), read(1)], weight: at - below }
        };
        (0..to).map(tap).collect()
    }
}

/// The filter of the output positions along one axis: blur and interpolation as one filter, so that nothing is computed
/// where no output is.
struct Filter {
    /// Pixels that the axis is extended by at either end.
    reach: usize,
    /// The first pixel that each output reads, on the extended axis.
    first: Vec<usize>,
    /// The most pixels that an output reads.
    width: usize,
    /// `width` weights for each output. Those at the end are 0 where it reads fewer: what is there does not count, even
    /// if it is not a number.
    weights: Vec<f32>,
    /// How many pixels each output reads.
    used: Vec<usize>,
}

impl Filter {
    fn new(resize: &Resize, from: usize, to: usize) -> Filter {
        let step = from as f64 / to as f64;
        let blur = resize.blur(from, to);
        // A shrinking axis is read between its pixels; others up to one beyond.
        let reach = if blur.is_empty() { 1 } else { blur.len() / 2 };
        let width = if resize.order == 0 { 1 } else { blur.len().max(1) + 1 };
        let mut filter = Filter {
            reach,
            first: Vec::with_capacity(to),
            width,
            weights: vec![0.0; to * width],
            used: Vec::with_capacity(to),
        };
        for (i, weights) in filter.weights.chunks_mut(width).enumerate() {
            let at = (i as f64 + 0.5) * step - 0.5;
            if resize.order == 0 {
                filter.first.push(((at + 0.5).floor() + reach as f64) as usize);
                filter.used.push(1);
                weights[0] = 1.0;
                continue;
            }
            let below = at.floor();
            let share = at - below;
            let one = if blur.is_empty() { &[1.0][..] } else { &blur[..] };
            for (k, weight) in weights.iter_mut().enumerate() {
                let near = one.get(k).copied().unwrap_or(0.0);
                let far = k.checked_sub(1).map_or(0.0, |k| one[k]);
                *weight = ((1.0 - share) * near + share * far) as f32;
            }
            // The middle of the blur lies at its pixel: its first weight is as far before it as the axis is extended.
            filter.first.push((below + if blur.is_empty() { reach as f64 } else { 0.0 }) as usize);
            filter.used.push(if share == 0.0 { width - 1 } else { width });
        }
        filter
    }

    /// The pixels that an output reads, by their place on the axis that is not extended, with their weights.
    fn taps(&self, output: usize) -> impl Iterator<Item = (isize, f32)> {
        let first = self.first[output] as isize - self.reach as isize;
        let weights = &self.weights[output * self.width..][..self.used[output]];
        weights.iter().enumerate().map(move |(k, w)| (first + k as isize, *w))
    }
}

/// Rows of the input, and most rows of the output, that are worked on together: what rows beside each other read is
/// converted once for all.
const ROWS: [usize; 2] = [64, 16];

/// Resamples along all axes, block by block of output rows.
fn resample<T: Element>(image: Extended<T>, to: [usize; 3], filters: &[Filter; 3]) -> Vec<f32> {
    let [_, _, nx] = image.shape;
    let [along_z, along_y, along_x] = filters;
    let constant = image.constant as f32;
    let packed = Packed::new(along_x);
    let flat: Option<&[f32]> = bytemuck::try_cast_slice(image.pixels)
        .ok()
        .filter(|_| T::DTYPE == Dtype::F32 && (0..to[0]).all(|z| along_z.taps(z).count() == 1));
    let init = || (Vec::new(), vec![0.0; nx + 2 * along_x.reach + packed.width]);
    let rows = (ROWS[0] * to[1] / image.shape[1]).clamp(1, ROWS[1]);
    parts::by_parts(to[0], to[1] * to[2], rows * to[2], 0.0, init, |(stage, line), z, first, out| {
        let rows = first / to[2]..(first + out.len()) / to[2];
        // The input rows between the first and the last that are read, as floats and summed along z.
        let reads = |y: usize| along_y.taps(y).map(|(row, _)| row);
        let low = rows.clone().filter_map(|y| reads(y).min()).min().unwrap_or(0);
        let high = rows.clone().filter_map(|y| reads(y).max()).max().unwrap_or(0);
        let count = (high - low + 1) as usize;
        if flat.is_none() {
            stage.resize(count * nx, 0.0);
            for (y, sum) in (low..).zip(stage.chunks_exact_mut(nx).take(count)) {
                if image.edge.index(y, image.shape[1]).is_some() {
                    sum_rows(sum, along_z.taps(z).map(|(z, w)| (image.row(z, y), w)), constant);
                }
            }
        }
        let plane = along_z.taps(z).next().map_or(0, |(z, _)| z);
        let row = |y: isize| match flat {
            Some(pixels) => {
                Extended { pixels, shape: image.shape, edge: image.edge, constant: 0.0 }.row(plane, y)
            }
            None => image.edge.index(y, image.shape[1]).map(|_| &stage[(y - low) as usize * nx..][..nx]),
        };
        for (y, out) in rows.zip(out.chunks_mut(to[2])) {
            let whole = &mut line[..nx + 2 * along_x.reach];
            sum_rows(
                &mut whole[along_x.reach..along_x.reach + nx],
                along_y.taps(y).map(|(y, w)| (row(y), w)),
                constant,
            );
            pad(whole, along_x.reach, image.edge, constant);
            packed.apply(&along_x.first, line, out);
            if has_nan(out) {
                // Numbers that are not finite may have been multiplied by a weight of 0 that does not count.
                for (x, out) in out.iter_mut().enumerate().filter(|(_, v)| v.is_nan()) {
                    let place = |x: isize| line[(x + along_x.reach as isize) as usize];
                    *out = along_x.taps(x).fold(0.0, |sum, (x, w)| sum + w * place(x));
                }
            }
        }
    })
}

/// Sums weighted rows; where there is none, the constant stands.
fn sum_rows<'a, T: Element>(
    out: &mut [f32],
    rows: impl Iterator<Item = (Option<&'a [T]>, f32)>,
    constant: f32,
) {
    let mut bias = 0.0;
    let mut taps = Vec::new();
    for (row, weight) in rows {
        match row {
            Some(row) => taps.push((row, weight)),
            None => bias += weight * constant,
        }
    }
    match taps[..] {
        [(row, 1.0)] if bias == 0.0 => out.iter_mut().zip(row).for_each(|(o, v)| *o = v.to_f32()),
        _ => weighted(out, &taps, bias),
    }
}

/// Pixels that stay in registers over all rows.
const LANES: usize = 64;

simd! {
    fn weighted<T: Element>(out: &mut [f32], taps: &[(&[T], f32)], bias: f32) {
        let whole = out.len() / LANES * LANES;
        for start in (0..whole).step_by(LANES) {
            let mut sum = [bias; LANES];
            for (row, w) in taps {
                let row = &row[start..start + LANES];
                for i in 0..LANES {
                    sum[i] += w * row[i].to_f32();
                }
            }
            out[start..start + LANES].copy_from_slice(&sum);
        }
        for i in whole..out.len() {
            out[i] = taps.iter().fold(bias, |sum, (row, w)| sum + w * row[i].to_f32());
        }
    }

    /// Outputs of two weights each.
    fn two(first: &[usize], weights: &[f32], line: &[f32], out: &mut [f32]) {
        for ((o, first), w) in out.iter_mut().zip(first).zip(weights.chunks_exact(2)) {
            let taps = &line[*first..*first + 2];
            *o = w[0] * taps[0] + w[1] * taps[1];
        }
    }

    /// Outputs of some eights of weights each.
    fn eights(first: &[usize], weights: &[f32], width: usize, line: &[f32], out: &mut [f32]) {
        for ((o, first), w) in out.iter_mut().zip(first).zip(weights.chunks_exact(width)) {
            let taps = &line[*first..*first + width];
            let mut sum = [0.0f32; 8];
            for (w, taps) in w.chunks_exact(8).zip(taps.chunks_exact(8)) {
                for k in 0..8 {
                    sum[k] += w[k] * taps[k];
                }
            }
            let half: [f32; 4] = std::array::from_fn(|k| sum[k] + sum[k + 4]);
            *o = (half[0] + half[2]) + (half[1] + half[3]);
        }
    }
}

/// A filter's weights filled up with zeros to numbers that vectors take.
struct Packed {
    width: usize,
    weights: Vec<f32>,
}

impl Packed {
    fn new(filter: &Filter) -> Packed {
        let width = if filter.width <= 2 { 2 } else { filter.width.next_multiple_of(8) };
        let mut weights = vec![0.0; filter.first.len() * width];
        for (to, from) in weights.chunks_mut(width).zip(filter.weights.chunks(filter.width)) {
            to[..from.len()].copy_from_slice(from);
        }
        Packed { width, weights }
    }

    fn apply(&self, first: &[usize], line: &[f32], out: &mut [f32]) {
        match self.width {
            2 => two(first, &self.weights, line, out),
            width => eights(first, &self.weights, width, line, out),
        }
    }
}

impl Host for Resize {
    fn infer(&self, inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let output = self.output_meta(inputs.volume("image")?)?;
        for meta in outputs.iter_mut().filter_map(DatumMeta::volume_mut) {
            (meta.shape, meta.spacing) = (output.shape, output.spacing);
        }
        Ok(())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let meta = image.meta();
        if meta.kind != Kind::Image {
            return Ok(vec![Datum::Volume(self.nearest(&meta)?.read(image)?)]);
        }
        let (from, to) = (meta.shape, self.output_shape(&meta)?);
        let filters = std::array::from_fn(|a| Filter::new(self, from[a], to[a]));
        let (shape, edge, constant) = (from, self.edge, self.constant);
        let out = each_dtype!(image.pixels(), |pixels| {
            resample(Extended { pixels, shape, edge, constant }, to, &filters)
        });
        let meta = self.output_meta(&meta)?.with(Kind::Image, Dtype::F32);
        Ok(vec![Datum::Volume(Volume::from_vec(&meta, out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let resize = || {
            let image = inputs.volume("image")?;
            let this = self.of(image.kind());
            let to = this.output_shape(&image.meta())?;
            let mut grid = Grid::from(image);
            let from = grid.shape;
            for axis in 0..3 {
                if this.anti_aliasing && this.order > 0 && to[axis] < from[axis] {
                    let sigma = (from[axis] as f64 / to[axis] as f64 - 1.0) / 2.0;
                    let weights = gaussian_filter::weights(sigma, 4.0);
                    if !weights.is_empty() {
                        grid = grid.correlate_axis(axis, &weights, this.edge, this.constant);
                    }
                }
            }
            let place =
                |axis: usize, i: usize| (i as f64 + 0.5) * (from[axis] as f64 / to[axis] as f64) - 0.5;
            Ok(vec![Plain::Image(Grid::from_fn(to, grid.ndim, |p| {
                let at: [f64; 3] = std::array::from_fn(|a| place(a, p[a]));
                if this.order == 0 {
                    return grid.sample(at.map(|c| (c + 0.5).floor() as isize), this.edge, this.constant);
                }
                let below = at.map(f64::floor);
                let mut sum = 0.0;
                for corner in 0..8 {
                    let up = [corner >> 2 & 1, corner >> 1 & 1, corner & 1];
                    let mut weight = 1.0;
                    for a in 0..3 {
                        let w = at[a] - below[a];
                        weight *= if up[a] == 1 { w } else { 1.0 - w };
                    }
                    if weight != 0.0 {
                        let q = std::array::from_fn(|a| below[a] as isize + up[a]);
                        sum += weight * grid.sample(q, this.edge, this.constant);
                    }
                }
                sum
            }))])
        };
        Some(resize())
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    from: [u32; 3],
    constant: f32,
    to: [u32; 3],
    padding: u32,
}

impl Device for Resize {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let this = self.of(image.meta.kind);
        let (from, to) = (image.meta.shape, self.output_shape(&image.meta)?);
        let blur = std::array::from_fn(|a| {
            this.blur(from[a], to[a]).into_iter().map(|w| w as f32).collect::<Vec<f32>>()
        });
        let constant = this.constant as f32;
        let blurred = separable::record_correlate(recorder, image.buffer, from, &blur, self.edge, constant)?;
        // Positions are worked out here in f64: ties fall as on the host.
        let taps: Vec<Tap> = (0..3).flat_map(|a| this.taps(from[a], to[a])).collect();
        let place = |i: Option<usize>| i.map_or(-1, |i| i as i32);
        let at: Vec<[i32; 2]> = taps.iter().map(|t| t.at.map(place)).collect();
        let weight: Vec<f32> = taps.iter().map(|t| t.weight as f32).collect();
        let (at, weight) = (recorder.constant(&at), recorder.constant(&weight));
        let n = to.iter().product();
        let output = recorder.buffer(n);
        let params = Params { from: from.map(|n| n as u32), constant, to: to.map(|n| n as u32), padding: 0 };
        recorder.pass(&RESIZE).uniform(&params).bind(&[blurred, at, weight, output]).over(n)?;
        Ok(vec![DeviceOutput::volume(output)])
    }
}
