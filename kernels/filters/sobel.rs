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

    /// Differences come before sums: of numbers that are close to each other they lose no digits.
    fn filter<T: Element>(&self, image: &Extended<T>, along: [bool; 3], ndim: usize) -> Vec<f32> {
        const ROWS: usize = 16;
        let nx = image.shape[2];
        let width = nx + 2;
        let depth = if ndim == 3 { 3 } else { 1 };
        let constant = image.constant as f32;
        // Rows of each plane; the slopes of these along x and along z; one line along y and one along z.
        let init = || {
            let of = |lines: usize, width: usize| vec![0.0f32; lines * width];
            (of(depth * (ROWS + 2), width), of(ROWS + 2, nx), of(ROWS + 2, width), of(2, width))
        };
        blocks(image.shape, ROWS, init, |(planes, slopes_x, slopes_z, lines), z, y, out: Fresh<f32>| {
            let plane = |k: usize, i: usize| (k * (ROWS + 2) + i) * width..(k * (ROWS + 2) + i + 1) * width;
            for i in 0..out.len() / nx + 2 {
                let at = (y + i) as isize - 1;
                for k in 0..depth {
                    let z = (z + k) as isize - depth as isize / 2;
                    image.padded(z, at, 1, &mut planes[plane(k, i)], constant, |v| v.to_f32());
                }
                let rows = [0, 1, 2].map(|k| &planes[plane(k.min(depth - 1), i)]);
                if depth == 1 {
                    slope_along(&mut slopes_x[i * nx..][..nx], rows[0]);
                } else {
                    smooth_slope_along(&mut slopes_x[i * nx..][..nx], rows[0], rows[1], rows[2]);
                    slope_across(&mut slopes_z[i * width..][..width], rows[0], rows[2]);
                }
            }
            let (line_y, line_z) = lines.split_at_mut(width);
            for (i, out) in out.rows(nx).enumerate() {
                let [above, below] =
                    [i, i + 2].map(|i| [0, 1, 2].map(|k| &planes[plane(k.min(depth - 1), i)]));
                if along[1] && depth == 1 {
                    slope_across(line_y, above[0], below[0]);
                } else if along[1] {
                    smooth_slope_across(line_y, above, below);
                }
                if along[0] {
                    let [a, b, c] = [i, i + 1, i + 2].map(|i| &slopes_z[i * width..][..width]);
                    smooth_across(line_z, a, b, c);
                }
                let line_x = [i, i + 1, i + 2].map(|i| &slopes_x[i * nx..][..nx]);
                match along {
                    [true, true, true] => magnitude_3d(out, line_z, line_y, line_x),
                    [false, true, true] => magnitude_2d(out, line_y, line_x),
                    [true, ..] => smooth_along(out, line_z),
                    [_, true, _] => smooth_along(out, line_y),
                    _ => smooth_across(out, line_x[0], line_x[1], line_x[2]),
                }
            }
        })
    }
}

/// The smoothing weights.
#[inline(always)]
fn smooth(a: f32, b: f32, c: f32) -> f32 {
    0.25 * (a + c) + 0.5 * b
}

simd! {
    fn smooth_across(out: &mut [f32], a: &[f32], b: &[f32], c: &[f32]) {
        for (((o, a), b), c) in out.iter_mut().zip(a).zip(b).zip(c) {
            *o = smooth(*a, *b, *c);
        }
    }

    fn slope_across(out: &mut [f32], before: &[f32], after: &[f32]) {
        for ((o, a), b) in out.iter_mut().zip(before).zip(after) {
            *o = b - a;
        }
    }

    fn slope_along(out: &mut [f32], line: &[f32]) {
        for ((o, a), b) in out.iter_mut().zip(line).zip(&line[2..]) {
            *o = b - a;
        }
    }

    /// The slopes along three lines, smoothed across these.
    fn smooth_slope_along(out: &mut [f32], a: &[f32], b: &[f32], c: &[f32]) {
        let n = out.len();
        let (a, b, c) = (&a[..n + 2], &b[..n + 2], &c[..n + 2]);
        for i in 0..n {
            out[i] = smooth(a[i + 2] - a[i], b[i + 2] - b[i], c[i + 2] - c[i]);
        }
    }

    /// The slopes from one line to the other in three planes, smoothed across these.
    fn smooth_slope_across(out: &mut [f32], before: [&[f32]; 3], after: [&[f32]; 3]) {
        let n = out.len();
        let ([a, b, c], [d, e, f]) = (before.map(|line| &line[..n]), after.map(|line| &line[..n]));
        for i in 0..n {
            out[i] = smooth(d[i] - a[i], e[i] - b[i], f[i] - c[i]);
        }
    }

    fn smooth_along(out: &mut [f32], line: &[f32]) {
        for (((o, a), b), c) in out.iter_mut().zip(line).zip(&line[1..]).zip(&line[2..]) {
            *o = smooth(*a, *b, *c);
        }
    }

    fn magnitude_2d(out: &mut [f32], along_y: &[f32], along_x: [&[f32]; 3]) {
        let n = out.len();
        let (line, [a, b, c]) = (&along_y[..n + 2], along_x.map(|line| &line[..n]));
        for i in 0..n {
            let y = smooth(line[i], line[i + 1], line[i + 2]);
            let x = smooth(a[i], b[i], c[i]);
            out[i] = ((y * y + x * x) * 0.5).sqrt();
        }
    }

    fn magnitude_3d(out: &mut [f32], along_z: &[f32], along_y: &[f32], along_x: [&[f32]; 3]) {
        let n = out.len();
        let (line_z, line_y, [a, b, c]) = (&along_z[..n + 2], &along_y[..n + 2], along_x.map(|line| &line[..n]));
        for i in 0..n {
            let z = smooth(line_z[i], line_z[i + 1], line_z[i + 2]);
            let y = smooth(line_y[i], line_y[i + 1], line_y[i + 2]);
            let x = smooth(a[i], b[i], c[i]);
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
