use crate::common::fresh::{Fresh, blocks};
use crate::common::rows::Extended;
use crate::simd;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::*;
use rotifer_shaders::filters::SOBEL;

choice! {
    /// A spatial axis.
    pub enum Axis { Z = "z", Y = "y", X = "x" }
}

op! {
    /// Finds edges with the Sobel filter: the gradient of the image, slightly smoothed.
    ///
    /// Along one axis: the next pixel minus the one before, weighted by 1/4, 1/2, 1/4 along each other axis.
    /// Without `axis`: the root of the mean of the squares over all axes.
    pub struct Sobel {
        /// The derivative along this axis alone, with its sign.
        axis: Option<Axis> = None;
        ..Border(edge, constant);
    }
    id: "sobel", revision: 1, family: Filters,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(2e-6), follows: "skimage.filters.sobel 0.26",
    python: "ski.filters.sobel(f64(image), axis=None if axis is None else image.ndim - 1 - 'xyz'.index(axis), mode=edge, cval=constant)",
    examples: ["axis = \"y\"\nedge = \"wrap\"", "axis = \"x\"\nedge = \"mirror\"", "axis = \"z\"", "edge = \"constant\"\nconstant = 30.0", "edge = \"nearest\""],
}

impl Sobel {
    /// Which derivatives count, along z, y, x.
    fn along(&self, meta: &VolumeMeta) -> Result<[bool; 3], Error> {
        match self.axis {
            Some(Axis::Z) if meta.ndim == 2 => Err(Error::new(Code::Shape, "a 2-D image has no z axis")
                .argument("axis")
                .value("z")
                .allowed("y, x")),
            Some(axis) => Ok([0, 1, 2].map(|a| a == axis as usize)),
            None => Ok([meta.ndim == 3, true, true]),
        }
    }

    fn filter<T: Element>(&self, image: &Extended<T>, along: [bool; 3], ndim: usize) -> Vec<f32> {
        const ROWS: usize = 16;
        let [_, ny, nx] = image.shape;
        let width = nx + 2;
        let depth = if ndim == 3 { 3 } else { 1 };
        // Rows of the planes around z, then their smoothed sum and their difference.
        let init = || (vec![0.0f32; depth * width], vec![0.0; 2 * (ROWS + 2) * width], vec![0.0; 3 * width]);
        blocks(image.shape, ROWS, init, |(planes, stage, lines), z, y, out: Fresh<f32>| {
            // Without what the block has in common, sums lose no digits.
            let level =
                Some(image.pixels[(z * ny + y) * nx].to_f32()).filter(|v| v.is_finite()).unwrap_or(0.0);
            let constant = image.constant as f32 - level;
            let (smooth, slope) = stage.split_at_mut((ROWS + 2) * width);
            for i in 0..out.len() / nx + 2 {
                let at = (y + i) as isize - 1;
                let line = i * width..(i + 1) * width;
                if depth == 1 {
                    image.padded(z as isize, at, 1, &mut smooth[line], constant, |v| v.to_f32() - level);
                    continue;
                }
                for (k, plane) in planes.chunks_mut(width).enumerate() {
                    image.padded((z + k) as isize - 1, at, 1, plane, constant, |v| v.to_f32() - level);
                }
                let [a, b, c] = [0, 1, 2].map(|k| &planes[k * width..(k + 1) * width]);
                smooth_across(&mut smooth[line.clone()], a, b, c);
                slope_across(&mut slope[line], a, c);
            }
            for (i, out) in out.rows(nx).enumerate() {
                let row = |k: usize| (i + k) * width..(i + k + 1) * width;
                let (along_x, rest) = lines.split_at_mut(width);
                let (along_y, along_z) = rest.split_at_mut(width);
                smooth_across(along_x, &smooth[row(0)], &smooth[row(1)], &smooth[row(2)]);
                slope_across(along_y, &smooth[row(0)], &smooth[row(2)]);
                if along[0] {
                    smooth_across(along_z, &slope[row(0)], &slope[row(1)], &slope[row(2)]);
                }
                match along {
                    [true, true, true] => magnitude_3d(out, along_z, along_y, along_x),
                    [false, true, true] => magnitude_2d(out, along_y, along_x),
                    [true, ..] => smooth_along(out, along_z),
                    [_, true, _] => smooth_along(out, along_y),
                    _ => slope_along(out, along_x),
                }
            }
        })
    }
}

simd! {
    fn smooth_across(out: &mut [f32], a: &[f32], b: &[f32], c: &[f32]) {
        for (((o, a), b), c) in out.iter_mut().zip(a).zip(b).zip(c) {
            *o = 0.25 * (a + c) + 0.5 * b;
        }
    }

    fn slope_across(out: &mut [f32], before: &[f32], after: &[f32]) {
        for ((o, a), b) in out.iter_mut().zip(before).zip(after) {
            *o = b - a;
        }
    }

    fn smooth_along(out: &mut [f32], line: &[f32]) {
        for (((o, a), b), c) in out.iter_mut().zip(line).zip(&line[1..]).zip(&line[2..]) {
            *o = 0.25 * (a + c) + 0.5 * b;
        }
    }

    fn slope_along(out: &mut [f32], line: &[f32]) {
        for ((o, a), c) in out.iter_mut().zip(line).zip(&line[2..]) {
            *o = c - a;
        }
    }

    fn magnitude_2d(out: &mut [f32], along_y: &[f32], along_x: &[f32]) {
        let n = out.len();
        let (ya, yb, yc) = (&along_y[..n], &along_y[1..n + 1], &along_y[2..n + 2]);
        let (xa, xc) = (&along_x[..n], &along_x[2..n + 2]);
        for i in 0..n {
            let y = 0.25 * (ya[i] + yc[i]) + 0.5 * yb[i];
            let x = xc[i] - xa[i];
            out[i] = ((y * y + x * x) * 0.5).sqrt();
        }
    }

    fn magnitude_3d(out: &mut [f32], along_z: &[f32], along_y: &[f32], along_x: &[f32]) {
        let n = out.len();
        let (za, zb, zc) = (&along_z[..n], &along_z[1..n + 1], &along_z[2..n + 2]);
        let (ya, yb, yc) = (&along_y[..n], &along_y[1..n + 1], &along_y[2..n + 2]);
        let (xa, xc) = (&along_x[..n], &along_x[2..n + 2]);
        for i in 0..n {
            let z = 0.25 * (za[i] + zc[i]) + 0.5 * zb[i];
            let y = 0.25 * (ya[i] + yc[i]) + 0.5 * yb[i];
            let x = xc[i] - xa[i];
            out[i] = ((z * z + y * y + x * x) * (1.0 / 3.0)).sqrt();
        }
    }
}

impl Host for Sobel {
    fn reach(&self, inputs: &Metas) -> Result<Reach, Error> {
        let image = inputs.volume("image")?;
        self.along(image)?;
        Ok(Reach::Window([(image.ndim == 3) as usize, 1, 1]))
    }

    /// The level of float32.
    fn takes_statistic(&self, inputs: &Metas) -> bool {
        inputs.first().is_none_or(|image| !image.dtype.is_integer())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let along = self.along(&image.meta())?;
        let (shape, edge, constant) = (image.shape(), self.edge, self.constant);
        let out = each_dtype!(image.pixels(), |pixels| {
            self.filter(&Extended { pixels, shape, edge, constant }, along, image.ndim())
        });
        Ok(vec![Datum::Volume(image.image(out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let filter = || {
            let image = inputs.volume("image")?;
            let meta = image.meta();
            let along = self.along(&meta)?;
            let grid = Grid::from(image);
            let mut squares = grid.map(|_| 0.0);
            for axis in (0..3).filter(|&a| along[a]) {
                let mut slope = grid.map_at(|p| {
                    let [before, after] = [-1, 1].map(|step| {
                        let mut q = p.map(|i| i as isize);
                        q[axis] += step;
                        grid.sample(q, self.edge, self.constant)
                    });
                    after - before
                });
                // The constant has no slope.
                for other in meta.axes().filter(|&a| a != axis) {
                    slope = slope.correlate_axis(other, &[0.25, 0.5, 0.25], self.edge, 0.0);
                }
                if self.axis.is_some() {
                    return Ok(vec![Plain::Image(slope)]);
                }
                squares.data.iter_mut().zip(&slope.data).for_each(|(sum, v)| *sum += v * v);
            }
            Ok(vec![Plain::Image(squares.map(|sum| (sum / meta.ndim as f64).sqrt()))])
        };
        Some(filter())
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    shape: [u32; 3],
    ndim: u32,
    /// 0, 1, 2 for z, y, x; 3 for the magnitude.
    axis: u32,
    edge: u32,
    constant: f32,
    padding: u32,
}

impl Device for Sobel {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        self.along(&image.meta)?;
        let out = recorder.buffer(image.buffer.len);
        let params = Params {
            shape: image.meta.shape.map(|n| n as u32),
            ndim: image.meta.ndim as u32,
            axis: self.axis.map_or(3, |a| a as u32),
            edge: self.edge.code(),
            constant: self.constant as f32,
            padding: 0,
        };
        recorder.pass(&SOBEL).uniform(&params).bind(&[image.buffer, out]).over(out.len)?;
        Ok(vec![DeviceOutput::volume(out)])
    }
}
