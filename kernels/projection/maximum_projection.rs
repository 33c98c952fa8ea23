use crate::common::axis_fold::{self, Axis};
use crate::common::parts;
use crate::simd;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::*;
use rotifer_shaders::projection::MAXIMUM_PROJECTION;

op! {
    /// Largest value along one axis.
    ///
    /// A 3-D image becomes the 2-D image of its other two axes, in order and with their spacing, unless `keep_dims` is true.
    /// A 2-D image stays 2-D: along y or x it becomes one row or column, along z it is its own projection. A line with a NaN
    /// gives NaN.
    pub struct MaximumProjection {
        /// The axis to look along.
        axis: Axis = Axis::Z;
        /// True keeps the axis, one pixel long.
        keep_dims: bool = false;
    }
    id: "maximum_projection", revision: 1, family: Projection,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.max 2.4",
    python: "along = 'zyx'.index(axis) - (3 - image.ndim)
result = image if along < 0 else np.max(image, axis=along, keepdims=keep_dims or image.ndim == 2)",
    examples: ["axis = \"y\"", "axis = \"x\"\nkeep_dims = true", "axis = \"z\"\nkeep_dims = true"],
}

impl MaximumProjection {
    fn projected(&self, meta: &VolumeMeta) -> VolumeMeta {
        axis_fold::projected(meta, self.axis, self.keep_dims)
    }

    fn split(&self, shape: [usize; 3]) -> [usize; 3] {
        axis_fold::split(shape, self.axis)
    }
}

fn is_nan<T: Element>(v: T) -> bool {
    T::DTYPE == Dtype::F32 && v.to_f32().is_nan()
}

#[inline(always)]
fn larger<T: Element>(a: T, b: T) -> T {
    if b > a || is_nan(b) { b } else { a }
}

/// Lines along the axis that are compared at once: the result so far is read and written once for all.
const TOGETHER: usize = 4;

/// Bytes of the result that a thread works on: they stay in cache while the axis passes by, and are pages that memory
/// reads ahead.
const STRIP: usize = 128 << 10;

simd! {
    fn take_larger<T: Element>(out: &mut [T], lines: [&[T]; TOGETHER]) {
        let [a, b, c, d] = lines;
        for ((((o, a), b), c), d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *o = larger(*o, larger(larger(*a, *b), larger(*c, *d)));
        }
    }

    fn largest<T: Element>(line: &[T]) -> T {
        let mut lanes = [line[0]; 32];
        for block in line.chunks(32) {
            for (lane, v) in lanes.iter_mut().zip(block) {
                *lane = larger(*lane, *v);
            }
        }
        lanes.into_iter().fold(line[0], larger)
    }
}

fn project<T: Element>(pixels: &[T], [outer, n, inner]: [usize; 3]) -> Vec<T> {
    if inner == 1 {
        return parts::by_parts(
            1,
            outer,
            256,
            T::default(),
            || (),
            |_, _, first, out| {
                let lines = pixels[first * n..].chunks(n);
                out.iter_mut().zip(lines).for_each(|(o, line)| *o = largest(line));
            },
        );
    }
    let threads = rayon::current_num_threads();
    let strip = inner.div_ceil(outer.max(4 * threads)).clamp(256, STRIP / size_of::<T>());
    parts::by_parts(
        outer,
        inner,
        strip,
        T::default(),
        || (),
        |_, outer, first, out| {
            let len = out.len();
            let lines: Vec<&[T]> =
                (0..n).map(|k| &pixels[(outer * n + k) * inner + first..][..len]).collect();
            out.copy_from_slice(lines[0]);
            for some in lines[1..].chunks(TOGETHER) {
                // The last one again where there are fewer.
                take_larger(out, std::array::from_fn(|i| some[i.min(some.len() - 1)]));
            }
        },
    )
}

impl Host for MaximumProjection {
    fn infer(&self, inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        if let Some(out) = outputs.first_mut().and_then(DatumMeta::volume_mut) {
            *out = self.projected(inputs.volume("image")?);
        }
        Ok(())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let meta = self.projected(&image.meta());
        let split = self.split(image.shape());
        Ok(vec![Datum::Volume(each_dtype!(image.pixels(), |p| Volume::from_vec(&meta, project(p, split)))?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(inputs.volume("image").map(|image| {
            let grid = Grid::from(image);
            let axis = self.axis as usize;
            let out = self.projected(&image.meta());
            let mut shape = grid.shape;
            shape[axis] = 1;
            let line = |p: [usize; 3]| {
                (0..grid.shape[axis]).map(move |k| {
                    let mut q = p;
                    q[axis] = k;
                    q
                })
            };
            let data = Grid::from_fn(shape, 3, |p| {
                line(p).map(|q| grid.at(q)).fold(f64::NEG_INFINITY, |a, b| {
                    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
                })
            })
            .data;
            vec![Plain::Image(Grid { shape: out.shape, ndim: out.ndim, data })]
        }))
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    outer: u32,
    n: u32,
    inner: u32,
    part: u32,
    parts: u32,
    padding: [u32; 3],
}

impl Device for MaximumProjection {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let [outer, mut n, inner] = self.split(image.meta.shape);
        let mut pixels = image.buffer;
        loop {
            // Few long lines are cut into parts first, so that all threads have work.
            let part = if inner == 1 || n <= 64 || (outer * inner >= 1 << 16 && n <= 4096) { n } else { 32 };
            let parts = n.div_ceil(part);
            let out = recorder.buffer(outer * parts * inner);
            let params = Params {
                outer: outer as u32,
                n: n as u32,
                inner: inner as u32,
                part: part as u32,
                parts: parts as u32,
                padding: [0; 3],
            };
            let pass = recorder.pass(&MAXIMUM_PROJECTION).uniform(&params).bind(&[pixels, out]);
            if inner == 1 {
                pass.entry("lines").groups(outer)?
            } else {
                pass.over(out.len)?
            }
            if parts == 1 {
                return Ok(vec![DeviceOutput::whole(out)]);
            }
            (pixels, n) = (out, parts);
        }
    }
}
