use crate::common::shape;
use crate::simd;
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;
use rotifer_registry::*;
use rotifer_shaders::transform::AFFINE_TRANSFORM;

op! {
    /// Moves an image by a linear map and an offset.
    ///
    /// The pixel at index p of the output (z, y, x; y, x in 2-D) is read at A·p + b of the input, so the matrix maps
    /// the output to the input. With `edge = "constant"` a place beyond the outermost pixel centres has the constant;
    /// `wrap` repeats the image with its own period (`grid-wrap` in scipy). On the device places are good to 10⁻⁶
    /// pixels: at a tie, `order = 0` may take the other neighbour there,
    /// unless the numbers of the matrix have few binary digits.
    pub struct AffineTransform {
        /// For n spatial axes: n rows of n numbers (A), n rows of n + 1 (A and b), or n + 1 rows of n + 1 (homogeneous).
        matrix: Matrix;
        /// 0: the nearest pixel, at a tie the next one. 1: linear between pixels.
        order: u32 = 1, range(0, 1);
        /// Pixels of the output along the spatial axes. Left out: those of the input.
        shape: Option<Vec<i64>> = None;
        /// What the image is taken to be beyond its border.
        edge: Edge = Edge::Constant;
        /// The value beyond the border where `edge` is constant.
        constant: f64 = 0.0;
    }
    id: "affine_transform", revision: 1, family: Transform,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(5e-6), follows: "scipy.ndimage.affine_transform 1.17",
    python: "ndi.affine_transform(f64(image), np.asarray(matrix), order=order, output_shape=None if shape is None else tuple(shape), mode='grid-wrap' if edge == 'wrap' else edge, cval=constant)",
    examples: [
        "matrix = [[0.9327, -0.3119], [0.2913, 1.0703]]",
        "matrix = [[0.866, 0.5, -3.3], [-0.5, 0.866, 12.7]]\nedge = \"nearest\"",
        "matrix = [[1.13, 0.0, 2.21], [0.17, 0.71, -4.3], [0.0, 0.0, 1.0]]\nedge = \"reflect\"\nshape = [31, 40]",
        "matrix = [[0.0, 0.75, -7.5], [-1.25, 0.0, 40.5]]\norder = 0\nedge = \"mirror\"",
        "matrix = [[0.0, 1.5, -9.5], [-0.5, 0.0, 70.25]]\norder = 0\nedge = \"reflect\"",
        "matrix = [[0.83, -0.31, 7.3], [0.29, 1.27, -9.7]]\nedge = \"wrap\"",
        "matrix = [[0.9517, 0.1113, 0.0, 0.3071], [-0.1019, 0.8731, 0.2137, 2.3311], [0.0311, -0.2039, 1.1093, -1.7177]]\nconstant = 5.0",
        "matrix = [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]\nshape = [3, 20, 15]\nedge = \"nearest\"",
    ],
}

/// The map from output to input along z, y, x; a 2-D image keeps its plane.
#[derive(Clone, Copy)]
struct Affine {
    linear: [[f64; 3]; 3],
    offset: [f64; 3],
}

impl AffineTransform {
    fn affine(&self, meta: &VolumeMeta) -> Result<Affine, Error> {
        let n = meta.ndim;
        let Matrix { rows, columns, values } = &self.matrix;
        let fits = matches!((*rows, *columns), (r, c) if (r == n && (c == n || c == n + 1)) || (r == n + 1 && c == n + 1));
        if !fits {
            return Err(Error::new(Code::Shape, format!("the matrix does not fit {n} spatial axes"))
                .argument("matrix")
                .value(format!("{rows} x {columns}"))
                .allowed(format!("{n} x {n}, {n} x {}, {} x {}", n + 1, n + 1, n + 1)));
        }
        if *rows == n + 1 {
            let last = &values[n * columns..];
            if (0..=n).any(|i| last[i] != if i == n { 1.0 } else { 0.0 }) {
                return Err(Error::new(Code::Shape, "the last row of a homogeneous matrix is 0 ... 0 1")
                    .argument("matrix")
                    .value(format!("{last:?}")));
            }
        }
        let mut affine = Affine { linear: [[1.0, 0.0, 0.0], [0.0; 3], [0.0; 3]], offset: [0.0; 3] };
        for (i, a) in meta.axes().enumerate() {
            for (j, b) in meta.axes().enumerate() {
                affine.linear[a][b] = values[i * columns + j];
            }
            affine.offset[a] = if columns > &n { values[i * columns + n] } else { 0.0 };
        }
        if n == 2 {
            affine.linear[0] = [1.0, 0.0, 0.0];
        }
        Ok(affine)
    }

    fn output_shape(&self, meta: &VolumeMeta) -> Result<[usize; 3], Error> {
        self.shape.as_ref().map_or(Ok(meta.shape), |list| shape::asked_for(list, meta))
    }

    /// The value at a place that may lie anywhere.
    fn read(&self, pixels: &[f32], shape: [usize; 3], at: [f64; 3]) -> f32 {
        let constant = self.constant as f32;
        if self.edge == Edge::Constant && (0..3).any(|a| at[a] < 0.0 || at[a] > (shape[a] - 1) as f64) {
            return constant;
        }
        let pixel = |q: [isize; 3]| {
            let mut i = 0;
            for a in 0..3 {
                match self.edge.index(q[a], shape[a]) {
                    Some(k) => i = i * shape[a] + k,
                    None => return constant,
                }
            }
            pixels[i]
        };
        if self.order == 0 {
            return pixel(std::array::from_fn(|a| self.edge.nearest(at[a], shape[a])));
        }
        let below = at.map(f64::floor);
        let weight: [f32; 3] = std::array::from_fn(|a| (at[a] - below[a]) as f32);
        let mut sum = 0.0;
        for corner in 0..8usize {
            let up = [corner >> 2 & 1, corner >> 1 & 1, corner & 1];
            let w: f32 = (0..3).map(|a| if up[a] == 1 { weight[a] } else { 1.0 - weight[a] }).product();
            if w != 0.0 {
                sum += w * pixel(std::array::from_fn(|a| below[a] as isize + up[a] as isize));
            }
        }
        sum
    }
}

/// Where the pixels of one row of the output are read.
struct Line {
    start: [f64; 3],
    step: [f64; 3],
}

impl Line {
    fn at(&self, x: usize) -> [f64; 3] {
        std::array::from_fn(|a| self.start[a] + self.step[a] * x as f64)
    }

    /// The pixels, of this many, whose neighbours are all there: those of one row are next to each other. A single plane
    /// has no neighbours along z.
    fn inside(&self, shape: [usize; 3], count: usize) -> std::ops::Range<usize> {
        let axes = if shape[0] == 1 { 1..3 } else { 0..3 };
        let fits = |x: usize| {
            let at = self.at(x);
            (shape[0] > 1 || at[0] == 0.0)
                && axes.clone().all(|a| at[a] >= 0.0 && at[a] < (shape[a] - 1) as f64)
        };
        let (mut first, mut end) = (0.0, count as f64);
        for a in axes.clone().filter(|a| self.step[*a] != 0.0) {
            let (zero, last) =
                (-self.start[a] / self.step[a], ((shape[a] - 1) as f64 - self.start[a]) / self.step[a]);
            first = zero.min(last).max(first);
            end = (zero.max(last) + 1.0).min(end);
        }
        // Rounding may be out by one; a range that begins and ends inside is inside.
        let (mut first, mut end) = (first.ceil() as usize, end.max(0.0) as usize);
        while first < end && !fits(first) {
            first += 1;
        }
        while first < end && !fits(end - 1) {
            end -= 1;
        }
        if first < end { first..end } else { 0..0 }
    }
}

/// Pixels that are worked on together.
const LANES: usize = 16;

/// Whole parts and fractions of the places of pixels from x on, along one axis.
#[inline(always)]
fn places(line: &Line, axis: usize, x: usize) -> ([i32; LANES], [f32; LANES]) {
    let (mut whole, mut part) = ([0; LANES], [0.0; LANES]);
    for k in 0..LANES {
        let at = line.start[axis] + line.step[axis] * (x + k) as f64;
        whole[k] = at as i32;
        part[k] = (at - whole[k] as f64) as f32;
    }
    (whole, part)
}

simd! {
    /// Reads a plane between four neighbours, at places that are all inside; `out` begins at `first`.
    fn bilinear(pixels: &[f32], nx: usize, line: &Line, first: usize, out: &mut [f32]) {
        for (block, out) in out.chunks_mut(LANES).enumerate() {
            let x = first + block * LANES;
            let ((iy, wy), (ix, wx)) = (places(line, 1, x), places(line, 2, x));
            let mut near = [[0.0; LANES]; 4];
            for k in 0..out.len() {
                let i = iy[k] as usize * nx + ix[k] as usize;
                [near[0][k], near[1][k]] = [pixels[i], pixels[i + 1]];
                [near[2][k], near[3][k]] = [pixels[i + nx], pixels[i + nx + 1]];
            }
            let mut blend = [0.0; LANES];
            for k in 0..LANES {
                blend[k] = (1.0 - wy[k]) * ((1.0 - wx[k]) * near[0][k] + wx[k] * near[1][k])
                    + wy[k] * ((1.0 - wx[k]) * near[2][k] + wx[k] * near[3][k]);
            }
            out.copy_from_slice(&blend[..out.len()]);
        }
    }

    /// Reads a volume between eight neighbours, at places that are all inside; `out` begins at `first`.
    fn trilinear(pixels: &[f32], shape: [usize; 3], line: &Line, first: usize, out: &mut [f32]) {
        let [_, ny, nx] = shape;
        for (block, out) in out.chunks_mut(LANES).enumerate() {
            let x = first + block * LANES;
            let ((iz, wz), (iy, wy), (ix, wx)) = (places(line, 0, x), places(line, 1, x), places(line, 2, x));
            let mut near = [[0.0; LANES]; 8];
            for k in 0..out.len() {
                let i = (iz[k] as usize * ny + iy[k] as usize) * nx + ix[k] as usize;
                for (corner, at) in [i, i + nx, i + ny * nx, i + ny * nx + nx].into_iter().enumerate() {
                    [near[2 * corner][k], near[2 * corner + 1][k]] = [pixels[at], pixels[at + 1]];
                }
            }
            let mut blend = [0.0; LANES];
            for k in 0..LANES {
                let along_x = |corner: usize| (1.0 - wx[k]) * near[2 * corner][k] + wx[k] * near[2 * corner + 1][k];
                let along_y = |plane: usize| (1.0 - wy[k]) * along_x(2 * plane) + wy[k] * along_x(2 * plane + 1);
                blend[k] = (1.0 - wz[k]) * along_y(0) + wz[k] * along_y(1);
            }
            out.copy_from_slice(&blend[..out.len()]);
        }
    }
}

impl Host for AffineTransform {
    fn infer(&self, inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let image = inputs.volume("image")?;
        self.affine(image)?;
        let shape = self.output_shape(image)?;
        outputs.iter_mut().filter_map(DatumMeta::volume_mut).for_each(|meta| meta.shape = shape);
        Ok(())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let meta = image.meta();
        let (from, to) = (meta.shape, self.output_shape(&meta)?);
        let affine = self.affine(&meta)?;
        let pixels = image.f32s();
        let mut out = vec![0.0f32; to.iter().product()];
        out.par_chunks_mut(to[2]).enumerate().with_min_len(8).for_each(|(row, out)| {
            let (z, y) = ((row / to[1]) as f64, (row % to[1]) as f64);
            let line = Line {
                start: std::array::from_fn(|a| {
                    affine.offset[a] + affine.linear[a][0] * z + affine.linear[a][1] * y
                }),
                step: affine.linear.map(|row| row[2]),
            };
            let inside = if self.order == 1 { line.inside(from, out.len()) } else { 0..0 };
            if from[0] == 1 {
                bilinear(&pixels, from[2], &line, inside.start, &mut out[inside.clone()]);
            } else {
                trilinear(&pixels, from, &line, inside.start, &mut out[inside.clone()]);
            }
            for (x, o) in out.iter_mut().enumerate() {
                // A neighbour of weight 0 does not count, even if it is NaN.
                if !inside.contains(&x) || o.is_nan() {
                    *o = self.read(&pixels, from, line.at(x));
                }
            }
        });
        let meta = VolumeMeta { shape: to, ..meta.with(Kind::Image, Dtype::F32) };
        Ok(vec![Datum::Volume(Volume::from_vec(&meta, out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let transform = || {
            let image = inputs.volume("image")?;
            let (grid, affine) = (Grid::from(image), self.affine(&image.meta())?);
            let to = self.output_shape(&image.meta())?;
            Ok(vec![Plain::Image(Grid::from_fn(to, grid.ndim, |p| {
                // In scipy's order: whether a place is beyond the border hangs on the last bit.
                let at: [f64; 3] = std::array::from_fn(|a| {
                    (0..3).fold(affine.offset[a], |sum, b| sum + affine.linear[a][b] * p[b] as f64)
                });
                let outside = (0..3).any(|a| at[a] < 0.0 || at[a] > (grid.shape[a] - 1) as f64);
                if outside && self.edge == Edge::Constant {
                    return self.constant;
                }
                if self.order == 0 {
                    // The place is mirrored first, then rounded, as in scipy.
                    let folded = std::array::from_fn(|a| {
                        let n = grid.shape[a] as f64;
                        let fold = |c: f64, period: f64| {
                            let c = c.rem_euclid(period);
                            if c > period / 2.0 { period - c } else { c }
                        };
                        let c = match self.edge {
                            Edge::Mirror if n > 1.0 => fold(at[a], 2.0 * n - 2.0),
                            Edge::Reflect => fold(at[a] + 0.5, 2.0 * n) - 0.5,
                            _ => at[a],
                        };
                        (c + 0.5).floor() as isize
                    });
                    return grid.sample(folded, self.edge, self.constant);
                }
                let mut sum = 0.0;
                for z in 0..2 {
                    for y in 0..2 {
                        for x in 0..2 {
                            let q = [z, y, x];
                            let near = |a: usize| 1.0 - (at[a] - (at[a].floor() + q[a] as f64)).abs();
                            let weight = near(0) * near(1) * near(2);
                            if weight != 0.0 {
                                let q = std::array::from_fn(|a| at[a].floor() as isize + q[a] as isize);
                                sum += weight * grid.sample(q, self.edge, self.constant);
                            }
                        }
                    }
                }
                sum
            }))])
        };
        Some(transform())
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    from: [u32; 3],
    edge: u32,
    to: [u32; 3],
    order: u32,
    /// Rows of the matrix with the offset: leading bits, then the rest.
    leading: [[f32; 4]; 3],
    rest: [[f32; 4]; 3],
    constant: f32,
    padding: [u32; 3],
}

/// The leading 11 bits of a number, so that its product with an index below 2^13 is exact in f32.
fn leading(x: f64) -> f32 {
    f32::from_bits((x as f32).to_bits() & !0x1fff)
}

impl Device for AffineTransform {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let (from, to) = (image.meta.shape, self.output_shape(&image.meta)?);
        let affine = self.affine(&image.meta)?;
        let row =
            |a: usize| [affine.linear[a][0], affine.linear[a][1], affine.linear[a][2], affine.offset[a]];
        let params = Params {
            from: from.map(|n| n as u32),
            edge: self.edge.code(),
            to: to.map(|n| n as u32),
            order: self.order,
            leading: std::array::from_fn(|a| row(a).map(leading)),
            rest: std::array::from_fn(|a| row(a).map(|x| (x - leading(x) as f64) as f32)),
            constant: self.constant as f32,
            padding: [0; 3],
        };
        let n = to.iter().product();
        let output = recorder.buffer(n);
        recorder.pass(&AFFINE_TRANSFORM).uniform(&params).bind(&[image.buffer, output]).over(n)?;
        Ok(vec![DeviceOutput::volume(output)])
    }
}
