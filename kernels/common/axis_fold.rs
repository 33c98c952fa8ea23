//! The skeleton of projections: one number for each line along an axis.

use rayon::prelude::*;
use rotifer_registry::*;

choice! {
    /// An axis in space.
    pub enum Axis {
        Z = "z",
        Y = "y",
        X = "x",
    }
}

/// Metadata of an image without an axis: the 2-D image of a volume's other two, in order and with their spacing, unless the
/// axis is kept, one pixel long. A 2-D image stays 2-D.
pub fn projected(meta: &VolumeMeta, axis: Axis, keep: bool) -> VolumeMeta {
    let axis = axis as usize;
    let mut out = meta.with(Kind::Image, meta.dtype);
    out.shape[axis] = 1;
    if meta.ndim == 3 && !keep {
        // The projected axis goes to the front, where a 2-D image has its one plane.
        out.ndim = 2;
        out.shape[..=axis].rotate_right(1);
        if let Some(spacing) = &mut out.spacing {
            spacing.um[..=axis].rotate_right(1);
        }
    }
    out
}

/// Pixels before, along and after an axis.
pub fn split(shape: [usize; 3], axis: Axis) -> [usize; 3] {
    let axis = axis as usize;
    [shape[..axis].iter().product(), shape[axis], shape[axis + 1..].iter().product()]
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// NaN where the line has one.
    Minimum,
    Sum,
    Mean,
    /// Of all pixels of the line, or of a sample where `ddof` is 1: squares are divided by n − `ddof`.
    StandardDeviation {
        ddof: u32,
    },
}

impl Statistic {
    /// Of columns that stand side by side: lines of `out.len()` pixels, each one step along the axis.
    fn of_lines<'a, T: Element>(
        self,
        lines: impl Iterator<Item = &'a [T]> + Clone,
        n: usize,
        out: &mut [f64],
    ) {
        let add = |out: &mut [f64], f: &dyn Fn(usize, f64) -> f64| {
            for line in lines.clone() {
                out.iter_mut().zip(line).enumerate().for_each(|(i, (o, v))| *o += f(i, v.to_f64()));
            }
        };
        match self {
            Statistic::Minimum => {
                out.fill(f64::INFINITY);
                for line in lines {
                    for (o, v) in out.iter_mut().zip(line) {
                        let v = v.to_f64();
                        *o = if v < *o || v.is_nan() { v } else { *o };
                    }
                }
            }
            Statistic::Sum | Statistic::Mean => {
                for line in lines {
                    out.iter_mut().zip(line).for_each(|(o, v)| *o += v.to_f64());
                }
                if self == Statistic::Mean {
                    out.iter_mut().for_each(|o| *o /= n as f64);
                }
            }
            Statistic::StandardDeviation { ddof } => {
                let mut means = vec![0.0; out.len()];
                add(&mut means, &|_, v| v);
                means.iter_mut().for_each(|m| *m /= n as f64);
                add(out, &|i, v| (v - means[i]) * (v - means[i]));
                out.iter_mut().for_each(|o| *o = (*o / (n as f64 - ddof as f64)).sqrt());
            }
        }
    }
}

/// A statistic along an axis, in float64; stored as the output's dtype.
pub struct AlongAxis {
    pub axis: Axis,
    pub keep_dims: bool,
    pub statistic: Statistic,
}

/// Columns that a thread takes at a time.
const STRIP: usize = 1024;

impl AlongAxis {
    fn project<T: Element, O: Element>(&self, pixels: &[T], shape: [usize; 3]) -> Vec<O> {
        let [outer, n, inner] = split(shape, self.axis);
        let mut out = vec![O::default(); outer * inner];
        if inner == 1 {
            out.par_iter_mut().with_min_len(64).zip(pixels.par_chunks(n)).for_each(|(o, line)| {
                let mut value = [0.0];
                self.statistic.of_lines(line.chunks(1), n, &mut value);
                *o = O::from_f64(value[0]);
            });
            return out;
        }
        let strips = inner.div_ceil(STRIP);
        let parts: Vec<(usize, &mut [O])> =
            out.chunks_mut(inner).flat_map(|row| row.chunks_mut(STRIP)).enumerate().collect();
        parts.into_par_iter().for_each_init(Vec::new, |values, (i, out)| {
            let (z, first) = (i / strips, i % strips * STRIP);
            values.clear();
            values.resize(out.len(), 0.0);
            let width = out.len();
            let lines = (0..n).map(|k| &pixels[(z * n + k) * inner + first..][..width]);
            self.statistic.of_lines(lines, n, values);
            out.iter_mut().zip(&*values).for_each(|(o, v)| *o = O::from_f64(*v));
        });
        out
    }
}

impl Kernel for AlongAxis {
    const DEVICE: bool = false;

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let image = inputs.volume("image")?;
        if let Some(out) = outputs[0].volume_mut() {
            *out = projected(image, self.axis, self.keep_dims).with(Kind::Image, out.dtype);
        }
        Ok(())
    }

    fn run(&self, spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let meta = projected(&image.meta(), self.axis, self.keep_dims);
        let same = matches!(spec.outputs[0].kind, OutKind::Image(DtypeRule::Same));
        fn same_dtype<T: Element>(fold: &AlongAxis, pixels: &[T], shape: [usize; 3]) -> Vec<T> {
            fold.project::<T, T>(pixels, shape)
        }
        let out = each_dtype!(image.pixels(), |pixels| {
            if same {
                Volume::from_vec(&meta, same_dtype(self, pixels, image.shape()))?
            } else {
                let values: Vec<f32> = self.project(pixels, image.shape());
                Volume::from_vec(&meta.with(Kind::Image, Dtype::F32), values)?
            }
        });
        Ok(vec![Datum::Volume(out)])
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let image = inputs.volume("image")?;
        let out = projected(&image.meta(), self.axis, self.keep_dims);
        let (values, [outer, n, inner]) = (image.f64s(), split(image.shape(), self.axis));
        let mut data = Vec::new();
        for o in 0..outer {
            for i in 0..inner {
                let line: Vec<f64> = (0..n).map(|k| values[(o * n + k) * inner + i]).collect();
                let mean = line.iter().sum::<f64>() / n as f64;
                data.push(match self.statistic {
                    Statistic::Minimum if line.iter().any(|v| v.is_nan()) => f64::NAN,
                    Statistic::Minimum => line.iter().copied().fold(f64::INFINITY, f64::min),
                    Statistic::Sum => line.iter().sum(),
                    Statistic::Mean => mean,
                    Statistic::StandardDeviation { ddof } => {
                        let squares: f64 = line.iter().map(|v| (v - mean).powi(2)).sum();
                        (squares / (n as f64 - ddof as f64)).sqrt()
                    }
                });
            }
        }
        Ok(vec![Plain::Image(Grid { shape: out.shape, ndim: out.ndim, data })])
    }
}
