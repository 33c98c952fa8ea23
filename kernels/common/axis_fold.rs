//! The skeleton of projections: one number for each line along an axis.

use super::parts;
use super::statistic::{End, Greatest, Least, Statistic, further, furthest, squares};
use crate::common::threads;
use crate::simd;
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
        let mut axes = [0, 1, 2];
        axes[..=axis].rotate_right(1);
        out.shape = axes.map(|a| out.shape[a]);
        out.spacing = out.spacing.map(|spacing| spacing.of_axes(axes));
    }
    out
}

/// Pixels before, along and after an axis.
pub fn split(shape: [usize; 3], axis: Axis) -> [usize; 3] {
    let axis = axis as usize;
    [shape[..axis].iter().product(), shape[axis], shape[axis + 1..].iter().product()]
}

/// Lines along the axis that are compared at once: the result so far is read and written once for all.
const TOGETHER: usize = 4;

/// Bytes of the result that a thread works on: they stay in cache while the axis passes by, and are pages that memory
/// reads ahead.
const STRIP: usize = 128 << 10;

simd! {
    fn take_further<E: End, T: Element>(end: E, out: &mut [T], lines: [&[T]; TOGETHER]) {
        let [a, b, c, d] = lines;
        for ((((o, a), b), c), d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            let pairs = [further(end, *a, *b), further(end, *c, *d)];
            *o = further(end, *o, further(end, pairs[0], pairs[1]));
        }
    }

    fn add<T: Element>(out: &mut [f64], line: &[T]) {
        out.iter_mut().zip(line).for_each(|(o, v)| *o += v.to_f64());
    }

    fn add_squares<T: Element>(out: &mut [f64], line: &[T], means: &[f64]) {
        for ((o, v), mean) in out.iter_mut().zip(line).zip(means) {
            let distance = v.to_f64() - mean;
            *o += distance * distance;
        }
    }
}

/// The greatest or the least value of every line.
fn extremes<E: End, T: Element>(end: E, pixels: &[T], [outer, n, inner]: [usize; 3]) -> Vec<T> {
    if inner == 1 {
        let body = |_: &mut (), _, first: usize, out: &mut [T]| {
            let lines = pixels[first * n..].chunks(n);
            out.iter_mut().zip(lines).for_each(|(o, line)| *o = furthest(end, line));
        };
        return parts::by_parts(1, outer, 256, T::default(), || (), body);
    }
    let body = |_: &mut (), outer, first, out: &mut [T]| {
        let len = out.len();
        let lines: Vec<&[T]> = (0..n).map(|k| &pixels[(outer * n + k) * inner + first..][..len]).collect();
        out.copy_from_slice(lines[0]);
        for some in lines[1..].chunks(TOGETHER) {
            // The last one again where there are fewer.
            take_further(end, out, std::array::from_fn(|i| some[i.min(some.len() - 1)]));
        }
    };
    parts::by_parts(outer, inner, strip(outer, inner, size_of::<T>()), T::default(), || (), body)
}

/// Columns that a thread takes at a time.
fn strip(outer: usize, inner: usize, size: usize) -> usize {
    inner.div_ceil(outer.max(4 * rayon::current_num_threads())).clamp(256, STRIP / size)
}

/// The number of a line from its sum, or from that of its squares.
fn finished(statistic: Statistic, sum: f64, count: f64) -> f64 {
    match statistic {
        Statistic::Sum => sum,
        Statistic::Mean => sum / count,
        _ => (sum / count).sqrt(),
    }
}

/// The sum, the mean or the standard deviation of every line, in float64 from the first pixel to the last.
fn sums<T: Element>(pixels: &[T], [outer, n, inner]: [usize; 3], statistic: Statistic) -> Vec<f32> {
    let finish = |sum: f64, count: f64| finished(statistic, sum, count);
    let count = match statistic {
        Statistic::StandardDeviation { ddof } => n as f64 - ddof as f64,
        _ => n as f64,
    };
    let spread = matches!(statistic, Statistic::StandardDeviation { .. });
    if inner == 1 {
        let body = |_: &mut (), _, first: usize, out: &mut [f32]| {
            for (o, line) in out.iter_mut().zip(pixels[first * n..].chunks(n)) {
                let sum: f64 = line.iter().map(|v| v.to_f64()).sum();
                let sum = if spread { squares(line, sum / n as f64) } else { sum };
                *o = finish(sum, count) as f32;
            }
        };
        return parts::by_parts(1, outer, 256, 0.0, || (), body);
    }
    let body = |(sums, means): &mut (Vec<f64>, Vec<f64>), outer, first, out: &mut [f32]| {
        let lines = || (0..n).map(|k| &pixels[(outer * n + k) * inner + first..][..out.len()]);
        sums.clear();
        sums.resize(out.len(), 0.0);
        lines().for_each(|line| add(sums, line));
        if spread {
            sums.iter_mut().for_each(|sum| *sum /= n as f64);
            std::mem::swap(sums, means);
            sums.clear();
            sums.resize(out.len(), 0.0);
            lines().for_each(|line| add_squares(sums, line, means));
        }
        out.iter_mut().zip(&*sums).for_each(|(o, sum)| *o = finish(*sum, count) as f32);
    };
    parts::by_parts(outer, inner, strip(outer, inner, size_of::<f64>()), 0.0, Default::default, body)
}

/// A statistic along an axis: extremes are values of the image, all else is float32.
#[derive(Clone, Copy)]
pub struct AlongAxis {
    pub axis: Axis,
    pub keep_dims: bool,
    pub statistic: Statistic,
}

impl AlongAxis {
    /// The projection, with the geometry of `meta`.
    fn project(&self, image: &Volume, meta: &VolumeMeta) -> Result<Volume, Error> {
        let split = split(image.shape(), self.axis);
        each_dtype!(image.pixels(), |pixels| match self.statistic {
            Statistic::Minimum => Volume::from_vec(meta, extremes(Least, pixels, split)),
            Statistic::Maximum => Volume::from_vec(meta, extremes(Greatest, pixels, split)),
            other => Volume::from_vec(&meta.with(Kind::Image, Dtype::F32), sums(pixels, split, other)),
        })
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

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let meta = projected(&image.meta(), self.axis, self.keep_dims);
        Ok(vec![Datum::Volume(self.project(image, &meta)?)])
    }

    fn streamed(self, _spec: &'static Spec, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        fn of<T: Element>(along: AlongAxis, meta: &VolumeMeta) -> Box<dyn Streamed>
        where
            Pixels: From<ndarray::Array3<T>>,
        {
            let dtype = match along.statistic {
                Statistic::Minimum | Statistic::Maximum => T::DTYPE,
                _ => Dtype::F32,
            };
            let out = projected(meta, along.axis, along.keep_dims).with(Kind::Image, dtype);
            let across = Span::axis_of(meta) != along.axis as usize;
            let pixels = if across { 0 } else { out.len() };
            let length = meta.shape[along.axis as usize] as f64;
            Box::new(Parts::<T> {
                along,
                out,
                length,
                across,
                lines: Vec::new(),
                extremes: Vec::new(),
                sums: vec![0.0; pixels],
                means: None,
            })
        }
        let meta = inputs.volume("image")?;
        Ok(Some(match meta.dtype {
            Dtype::U8 => of::<u8>(self, meta),
            Dtype::U16 => of::<u16>(self, meta),
            Dtype::I16 => of::<i16>(self, meta),
            Dtype::U32 => of::<u32>(self, meta),
            Dtype::I32 => of::<i32>(self, meta),
            Dtype::F32 => of::<f32>(self, meta),
        }))
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let image = inputs.volume("image")?;
        let out = projected(&image.meta(), self.axis, self.keep_dims);
        let (values, [outer, n, inner]) = (image.f64s(), split(image.shape(), self.axis));
        let mut data = Vec::new();
        for o in 0..outer {
            for i in 0..inner {
                let line: Vec<f64> = (0..n).map(|k| values[(o * n + k) * inner + i]).collect();
                data.push(self.statistic.plain(&line));
            }
        }
        Ok(vec![Plain::Image(Grid { shape: out.shape, ndim: out.ndim, data })])
    }
}

/// [`AlongAxis`] of an image that comes in parts.
struct Parts<T> {
    along: AlongAxis,
    out: VolumeMeta,
    /// Pixels of a line.
    length: f64,
    /// Whether each part has whole lines: then it gives its own pixels of the projection.
    across: bool,
    lines: Vec<Volume>,
    extremes: Vec<T>,
    sums: Vec<f64>,
    /// Of the lines, while squares are summed.
    means: Option<Vec<f64>>,
}

impl<T: Element> Parts<T> {
    fn fold(&mut self, image: &Volume) -> Result<(), Error> {
        let wrong = || Error::new(Code::Internal, "a part of another dtype");
        let pixels = image.as_slice::<T>().ok_or_else(wrong)?;
        // Parts follow each other along the axis: what is before it has one index.
        let inner = split(image.shape(), self.along.axis)[2];
        for line in pixels.chunks_exact(inner.max(1)) {
            let strip = inner.div_ceil(rayon::current_num_threads()).max(1 << 12);
            match (self.along.statistic, &self.means) {
                (Statistic::Minimum | Statistic::Maximum, _) => {
                    if self.extremes.is_empty() {
                        self.extremes = line.to_vec();
                        continue;
                    }
                    let least = self.along.statistic == Statistic::Minimum;
                    threads::each(self.extremes.chunks_mut(strip).zip(line.chunks(strip)), |(out, line)| {
                        let further =
                            |a, b| if least { further(Least, a, b) } else { further(Greatest, a, b) };
                        out.iter_mut().zip(line).for_each(|(o, v)| *o = further(*o, *v));
                    });
                }
                (_, None) => {
                    threads::each(self.sums.chunks_mut(strip).zip(line.chunks(strip)), |(s, l)| add(s, l));
                }
                (_, Some(means)) => {
                    let means = means.chunks(strip);
                    let strips = self.sums.chunks_mut(strip).zip(line.chunks(strip)).zip(means);
                    threads::each(strips, |((sums, line), means)| add_squares(sums, line, means));
                }
            }
        }
        Ok(())
    }
}

impl<T: Element> Streamed for Parts<T>
where
    Pixels: From<ndarray::Array3<T>>,
{
    fn see(&mut self, _span: &Span, inputs: &Inputs) -> Result<(), Error> {
        let image = inputs.volume("image")?;
        if self.across {
            // The place of the projected axis is kept: parts are put together along their own.
            let whole = AlongAxis { keep_dims: true, ..self.along };
            let meta = projected(&image.meta(), whole.axis, true);
            self.lines.push(whole.project(image, &meta)?);
            return Ok(());
        }
        self.fold(image)
    }

    fn again(&mut self) -> Result<bool, Error> {
        if self.across || self.means.is_some() {
            return Ok(false);
        }
        let Statistic::StandardDeviation { .. } = self.along.statistic else { return Ok(false) };
        let zeros = vec![0.0; self.sums.len()];
        let sums = std::mem::replace(&mut self.sums, zeros);
        self.means = Some(sums.into_iter().map(|sum| sum / self.length).collect());
        Ok(true)
    }

    fn finish(&mut self) -> Result<Vec<Datum>, Error> {
        let lines = std::mem::take(&mut self.lines);
        let volume = match self.along.statistic {
            _ if self.across => {
                let axis = if lines.first().is_some_and(|v| v.ndim() == 3) && self.along.axis != Axis::Z {
                    0
                } else {
                    1
                };
                let all = Volume::join(&lines, axis)?;
                Volume::from_bytes(&self.out, all.bytes())?
            }
            Statistic::Minimum | Statistic::Maximum => {
                Volume::from_vec(&self.out, std::mem::take(&mut self.extremes))?
            }
            statistic => {
                let count = match statistic {
                    Statistic::StandardDeviation { ddof } => self.length - ddof as f64,
                    _ => self.length,
                };
                let pixels = self.sums.iter().map(|sum| finished(statistic, *sum, count) as f32).collect();
                Volume::from_vec::<f32>(&self.out, pixels)?
            }
        };
        Ok(vec![Datum::Volume(volume)])
    }
}
