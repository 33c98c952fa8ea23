use crate::common::linear::{self, Line};
use crate::common::sampling::{Sampling, by_rows};
use crate::common::{parts, shape};
use bytemuck::{Pod, Zeroable};
use rotifer_registry::*;
use rotifer_shaders::transform::AFFINE_TRANSFORM;
use std::ops::Range;

op! {
    /// Moves an image by a linear map and an offset.
    ///
    /// The pixel at index p of the output (z, y, x; y, x in 2-D) is read at A·p + b of the input, so the matrix maps
    /// the output to the input. With `edge = "constant"` a place beyond the outermost pixel centres has the constant;
    /// `wrap` repeats the image with its own period (`grid-wrap` in scipy). Places are float64 and weights float32,
    /// where OpenCV rounds places to 1/32 pixel. On the device places are good to 10⁻⁶
    /// pixels: at a tie, `order = 0` may take the other neighbour there,
    /// unless the numbers of the matrix have few binary digits. Masks and labels stay such: they are read at the nearest
    /// pixel, whatever `order` says.
    pub struct AffineTransform {
        /// For n spatial axes: n rows of n numbers (A), n rows of n + 1 (A and b), or n + 1 rows of n + 1 (homogeneous).
        matrix: Matrix;
        /// 0: the nearest pixel, at a tie the next one. 1: linear between pixels.
        order: u32 = 1, range(0, 1);
        /// Pixels of the output along the spatial axes. Left out: those of the input.
        shape: Option<Vec<i64>> = None;
        ..Border(edge: Constant, constant);
    }
    id: "affine_transform", revision: 1, family: Transform,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { image: Like(F32) },
    agrees: Relative(5e-6), follows: "scipy.ndimage.affine_transform 1.17",
    python: "
order, constant = of_kind(kinds['image'], order, constant)
mode = 'grid-wrap' if edge == 'wrap' else edge
result = ndi.affine_transform(f64(image), np.asarray(matrix), order=order, output_shape=None if shape is None else tuple(shape), mode=mode, cval=constant)
",
    examples: [
        "matrix = [[0.9327, -0.3119], [0.2913, 1.0703]]",
        "matrix = [[0.866, 0.5, -3.3], [-0.5, 0.866, 12.7]]\nedge = \"nearest\"",
        "matrix = [[1.13, 0.0, 2.21], [0.17, 0.71, -4.3], [0.0, 0.0, 1.0]]\nedge = \"reflect\"\nshape = [31, 40]",
        "matrix = [[0.0, 0.75, -7.5], [-1.25, 0.0, 40.5]]\norder = 0\nedge = \"mirror\"",
        "matrix = [[0.0, 1.5, -9.5], [-0.5, 0.0, 70.25]]\norder = 0\nedge = \"reflect\"",
        "matrix = [[0.8317131, -0.3109271, 7.3039137], [0.2903117, 1.2705773, -9.7071319]]\nedge = \"wrap\"",
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

    fn sampling(&self, kind: Kind) -> Sampling {
        Sampling { order: self.order, edge: self.edge, constant: self.constant }.of(kind)
    }
}

impl Affine {
    /// Where the pixels of one row of the output are read.
    fn line(&self, z: usize, y: usize) -> Line {
        let start = |a: usize| self.offset[a] + self.linear[a][0] * z as f64 + self.linear[a][1] * y as f64;
        Line { start: std::array::from_fn(start), step: self.linear.map(|row| row[2]) }
    }
}

/// A row of the output where it is not read between two pixels that are there.
fn rest_of_row<T: Element>(
    how: Sampling,
    from: [usize; 3],
    line: Line,
    done: Range<usize>,
    out: &mut [T],
    read: impl Fn([f64; 3]) -> T,
) {
    let mut rest = 0..out.len();
    if how.edge == Edge::Constant {
        rest = line.within(from, out.len());
        out[..rest.start].fill(T::from_f64(how.constant));
        out[rest.end..].fill(T::from_f64(how.constant));
    }
    for x in rest.filter(|x| !done.contains(x)) {
        out[x] = read(line.at(x));
    }
}

fn nearest<T: Element>(
    how: Sampling,
    pixels: &[T],
    from: [usize; 3],
    affine: Affine,
    to: [usize; 3],
) -> Vec<T> {
    by_rows(to, |z, y, out| {
        rest_of_row(how, from, affine.line(z, y), 0..0, out, |at| how.nearest(pixels, from, at));
    })
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
        let (affine, how) = (self.affine(&meta)?, self.sampling(meta.kind));
        let meta = VolumeMeta { shape: to, ..meta };
        if meta.kind != Kind::Image {
            let out = each_dtype!(image.pixels(), |pixels| {
                Volume::from_vec(&meta, nearest(how, pixels, from, affine, to))
            });
            return Ok(vec![Datum::Volume(out?)]);
        }
        let pixels = parts::f32s(image);
        let out = by_rows(to, |z, y, out| {
            let line = affine.line(z, y);
            let inside = if how.order == 1 { line.inside(from, out.len()) } else { 0..0 };
            linear::read(&pixels, from, &line, inside.start, &mut out[inside.clone()]);
            if linear::has_nan(&out[inside.clone()]) {
                // A neighbour of weight 0 does not count, even if it is NaN.
                for x in inside.clone().filter(|x| out[*x].is_nan()).collect::<Vec<_>>() {
                    out[x] = how.read(&pixels, from, line.at(x));
                }
            }
            rest_of_row(how, from, line, inside, out, |at| how.read(&pixels, from, at));
        });
        Ok(vec![Datum::Volume(Volume::from_vec(&meta.with(Kind::Image, Dtype::F32), out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let transform = || {
            let image = inputs.volume("image")?;
            let (grid, affine) = (Grid::from(image), self.affine(&image.meta())?);
            let to = self.output_shape(&image.meta())?;
            let how = self.sampling(image.kind());
            Ok(vec![Plain::Image(Grid::from_fn(to, grid.ndim, |p| {
                // In scipy's order: whether a place is beyond the border hangs on the last bit.
                let at = std::array::from_fn(|a| {
                    (0..3).fold(affine.offset[a], |sum, b| sum + affine.linear[a][b] * p[b] as f64)
                });
                how.plain(&grid, at)
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

/// Places up to here, in pixels, are whole i32 on the device.
const FARTHEST: f64 = (1 << 30) as f64;

/// The leading 11 bits of a number, so that its product with an index below 2^13 is exact in f32.
fn leading(x: f64) -> f32 {
    f32::from_bits((x as f32).to_bits() & !0x1fff)
}

impl Device for AffineTransform {
    fn fits(&self, inputs: &Metas) -> Result<(), Error> {
        let image = inputs.volume("image")?;
        let affine = self.affine(image)?;
        let mut numbers = affine.linear.iter().flatten().chain(&affine.offset);
        if image.kind == Kind::Image || numbers.all(|x| leading(*x) as f64 == *x) {
            return Ok(());
        }
        // Of an image a place that is out by a rounding changes little, of a mask or labels all.
        Err(Error::new(Code::Unavailable, "its places have more digits than the device's numbers"))
    }

    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let (from, to) = (image.meta.shape, self.output_shape(&image.meta)?);
        let (affine, how) = (self.affine(&image.meta)?, self.sampling(image.meta.kind));
        let row =
            |a: usize| [affine.linear[a][0], affine.linear[a][1], affine.linear[a][2], affine.offset[a]];
        let farthest = |a: usize| {
            let [z, y, x, offset] = row(a).map(f64::abs);
            z * to[0] as f64 + y * to[1] as f64 + x * to[2] as f64 + offset
        };
        if let Some(far) = (0..3).map(farthest).find(|far| far.is_nan() || *far > FARTHEST) {
            return Err(Error::new(
                Code::DeviceMemory,
                "places are too far from the image for the device's numbers",
            )
            .value(format!("{far} pixels"))
            .allowed(format!("up to {FARTHEST}")));
        }
        // Which pixels are read beyond the border hangs on the last bit of a place: the host says it for every row.
        let rows = if self.edge == Edge::Constant { to[0] * to[1] } else { 0 };
        let mut spans: Vec<[u32; 2]> = (0..rows)
            .map(|i| affine.line(i / to[1], i % to[1]).within(from, to[2]))
            .map(|span| [span.start as u32, span.end as u32])
            .collect();
        spans.resize(rows.max(1), [0; 2]);
        let spans = recorder.constant(&spans);
        let params = Params {
            from: from.map(|n| n as u32),
            edge: self.edge.code(),
            to: to.map(|n| n as u32),
            order: how.order,
            leading: std::array::from_fn(|a| row(a).map(leading)),
            rest: std::array::from_fn(|a| row(a).map(|x| (x - leading(x) as f64) as f32)),
            constant: how.constant as f32,
            padding: [0; 3],
        };
        let n = to.iter().product();
        let output = recorder.buffer(n);
        recorder.pass(&AFFINE_TRANSFORM).uniform(&params).bind(&[image.buffer, spans, output]).over(n)?;
        Ok(vec![DeviceOutput::volume(output)])
    }
}
