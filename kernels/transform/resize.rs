use crate::common::rows::Extended;
use crate::common::separable;
use crate::common::shape;
use crate::filters::gaussian_filter;
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;
use rotifer_registry::*;
use rotifer_shaders::transform::RESIZE;
use std::borrow::Cow;

op! {
    /// Resamples an image to another number of pixels.
    ///
    /// Pixels are areas: output pixel i of n is read at (i + ½)·m/n − ½ of the m input pixels. Where an axis shrinks,
    /// the image is first blurred along it with a Gaussian of σ = (m/n − 1)/2, unless `order` is 0. The spacing grows
    /// by m/n. Values keep their scale.
    pub struct Resize {
        /// Pixels of the output along z, y, x (y, x in 2-D). Left out: `scale` decides.
        shape: Option<Vec<i64>> = None;
        /// Output pixels for each input pixel, where `shape` is left out; the number of pixels is rounded half to even.
        scale: PerAxis<f64> = PerAxis::All(1.0), range(1e-4, 1e4);
        /// 0: the nearest pixel, at a tie the next one. 1: linear between pixels.
        order: u32 = 1, range(0, 1);
        /// Blurs before shrinking, so that fine structure does not turn into false patterns.
        anti_aliasing: bool = true;
        /// What the image is taken to be beyond its border.
        edge: Edge = Edge::Reflect;
        /// The value beyond the border where `edge` is constant.
        constant: f64 = 0.0;
    }
    id: "resize", revision: 1, family: Transform,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(2e-6), follows: "skimage.transform.resize 0.26",
    python: "
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

/// What one output position reads along one axis: two pixels (none where the constant stands) and the second's weight.
#[derive(Clone, Copy)]
struct Tap {
    at: [Option<usize>; 2],
    weight: f64,
}

impl Resize {
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
        let mut output = VolumeMeta { shape, ..meta.clone() };
        if let Some(spacing) = &mut output.spacing {
            for (um, (from, to)) in spacing.um.iter_mut().zip(meta.shape.iter().zip(shape)) {
                *um *= *from as f64 / to as f64;
            }
        }
        Ok(output)
    }

    /// Weights of the blur along axes that shrink; none elsewhere.
    fn blur(&self, from: [usize; 3], to: [usize; 3]) -> [Vec<f32>; 3] {
        std::array::from_fn(|axis| {
            if !self.anti_aliasing || self.order == 0 || to[axis] >= from[axis] {
                return Vec::new();
            }
            let sigma = (from[axis] as f64 / to[axis] as f64 - 1.0) / 2.0;
            gaussian_filter::weights(sigma, 4.0).into_iter().map(|w| w as f32).collect()
        })
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
        let (from, to) = (meta.shape, self.output_shape(&meta)?);
        let blur = self.blur(from, to);
        let pixels = if blur.iter().all(Vec::is_empty) {
            image.f32s()
        } else {
            let (shape, edge, constant) = (from, self.edge, self.constant);
            Cow::Owned(each_dtype!(image.pixels(), |pixels| {
                separable::correlate(Extended { pixels, shape, edge, constant }, &blur)
            }))
        };
        let taps: [Vec<Tap>; 3] = std::array::from_fn(|a| self.taps(from[a], to[a]));
        let constant = self.constant as f32;
        let mut out = vec![0.0f32; to.iter().product()];
        out.par_chunks_mut(to[2]).enumerate().with_min_len(16).for_each_init(
            || vec![0.0f32; from[2]],
            |line, (row, out)| {
                // The input rows around this output row are blended once, then read along x.
                let (z, y) = (taps[0][row / to[1]], taps[1][row % to[1]]);
                line.fill(0.0);
                for (pz, wz) in [(z.at[0], 1.0 - z.weight), (z.at[1], z.weight)] {
                    for (py, wy) in [(y.at[0], 1.0 - y.weight), (y.at[1], y.weight)] {
                        let weight = (wz * wy) as f32;
                        if weight == 0.0 {
                            continue;
                        }
                        match pz.zip(py) {
                            Some((pz, py)) => {
                                let source = &pixels[(pz * from[1] + py) * from[2]..][..from[2]];
                                line.iter_mut().zip(source).for_each(|(l, s)| *l += weight * s);
                            }
                            None => line.iter_mut().for_each(|l| *l += weight * constant),
                        }
                    }
                }
                let read = |at: Option<usize>| at.map_or(constant, |i| line[i]);
                for (o, tap) in out.iter_mut().zip(&taps[2]) {
                    let first = read(tap.at[0]);
                    *o = if tap.weight == 0.0 {
                        first
                    } else {
                        first + tap.weight as f32 * (read(tap.at[1]) - first)
                    };
                }
            },
        );
        let meta = self.output_meta(&meta)?.with(Kind::Image, Dtype::F32);
        Ok(vec![Datum::Volume(Volume::from_vec(&meta, out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let resize = || {
            let image = inputs.volume("image")?;
            let to = self.output_shape(&image.meta())?;
            let mut grid = Grid::from(image);
            let from = grid.shape;
            for axis in 0..3 {
                if self.anti_aliasing && self.order > 0 && to[axis] < from[axis] {
                    let sigma = (from[axis] as f64 / to[axis] as f64 - 1.0) / 2.0;
                    let weights = gaussian_filter::weights(sigma, 4.0);
                    if !weights.is_empty() {
                        grid = grid.correlate_axis(axis, &weights, self.edge, self.constant);
                    }
                }
            }
            let place =
                |axis: usize, i: usize| (i as f64 + 0.5) * (from[axis] as f64 / to[axis] as f64) - 0.5;
            Ok(vec![Plain::Image(Grid::from_fn(to, grid.ndim, |p| {
                let at: [f64; 3] = std::array::from_fn(|a| place(a, p[a]));
                if self.order == 0 {
                    return grid.sample(at.map(|c| (c + 0.5).floor() as isize), self.edge, self.constant);
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
                        sum += weight * grid.sample(q, self.edge, self.constant);
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
        let (from, to) = (image.meta.shape, self.output_shape(&image.meta)?);
        let blur = self.blur(from, to);
        let constant = self.constant as f32;
        let blurred = separable::record_correlate(recorder, image.buffer, from, &blur, self.edge, constant)?;
        // Positions are worked out here in f64: ties fall as on the host.
        let taps: Vec<Tap> = (0..3).flat_map(|a| self.taps(from[a], to[a])).collect();
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
