use super::method::Method;
use crate::common::fresh;
use crate::common::global_threshold::{Bounds, Counted};
use crate::common::shape::same_shape;
use crate::common::threads;
use rotifer_registry::*;
use std::ops::Range;

op! {
    /// Finds a threshold for each block of the image, and the pixels above the smooth surface through these.
    ///
    /// Along each axis of n pixels there are n / `block_size` blocks, rounded down but at least one, of equal size but for
    /// rounding; each has the threshold that `method` makes of its pixels, one without pixels that count that of the whole image.
    /// The surface is the cubic spline (not-a-knot) through the thresholds in the middles of the blocks, along each axis; three
    /// blocks make a parabola, two a line. It is multiplied by `factor`, and lies between `lowest` and `highest` times the
    /// threshold of the whole image, then between `minimum` and `maximum`. The definition is CellProfiler's, who asks for two
    /// blocks along each axis, and takes the curve of the axis with the fewest. Values that are not finite, and those outside the
    /// mask, do not count.
    pub struct ThresholdAdaptiveBlock {
        /// How pixels make a threshold.
        method: Method = Method::Otsu;
        /// Width of a block along z, y, x in pixels.
        block_size: PerAxis<u32> = PerAxis::All(50), range(2, 1048576);
        /// Least threshold, in parts of that of the whole image.
        lowest: f64 = 0.7, range(0.0, 1e6);
        /// Largest threshold, in parts of that of the whole image.
        highest: f64 = 1.5, range(0.0, 1e6);
        /// Bins of float images.
        nbins: u32 = 256, range(2, 65536);
        /// The thresholds are multiplied by this.
        factor: f64 = 1.0, range(0.0, 1e6);
        /// Least threshold, after the factor.
        minimum: Option<f64> = None;
        /// Largest threshold, after the factor.
        maximum: Option<f64> = None;
    }
    id: "threshold_adaptive_block", revision: 1, family: Threshold,
    memory: host,
    inputs: { image: Image, mask: Mask optional },
    outputs: { mask: Mask, threshold: Image(F32) },
    agrees: Relative(2e-6), follows: "scipy.interpolate.CubicSpline 1.17",
    python: "size = block_size if isinstance(block_size, list) else [block_size] * image.ndim
count = [max(n // s, 1) for n, s in zip(image.shape, size)]
step = [n / k for n, k in zip(image.shape, count)]
inside = np.isfinite(f64(image)) if mask is None else mask & np.isfinite(f64(image))
g = above(image, threshold_of(counted(image, mask), method, nbins), factor, minimum, maximum)[1]
whole = threshold_of(counted(image, mask), method, nbins)
t = np.zeros(count)
for at in np.ndindex(*count):
    block = tuple(slice(int(i * s), int((i + 1) * s)) for i, s in zip(at, step))
    t[at] = threshold_of(counted(image[block], inside[block]), method, nbins) if inside[block].any() else whole
for axis, (n, k, s) in enumerate(zip(image.shape, count, step)):
    x = np.linspace(int(s / 2), int((k - 0.5) * s), k)
    t = scipy.interpolate.CubicSpline(x, t, axis)(np.arange(n) + 0.5) if k > 1 else np.repeat(t, n, axis)
t = np.minimum(np.maximum(t * factor, min(lowest * g, highest * g)), max(lowest * g, highest * g))
t = np.float32(np.clip(t, minimum, maximum) if (minimum, maximum) != (None, None) else t)
v = f64(image)
result = (np.ma.masked_array(v > t, (v != t) & (abs(v - t) <= 2e-6 * abs(t).max())), t)",
    examples: ["block_size = 20", "method = \"li\"\nblock_size = 30\nlowest = 0.5\nhighest = 2.0", "method = \"mean\"\nblock_size = 12\nfactor = 0.9\nminimum = 20.0", "method = \"robust_background\"\nmaximum = 90.0\nblock_size = 25", "block_size = [20, 30]", "block_size = [4, 10, 30]\nnbins = 64"],
}

/// The blocks along an axis, and the spline through their middles.
struct Axis {
    pixels: usize,
    blocks: usize,
    step: f64,
}

impl Axis {
    fn new(pixels: usize, size: u32) -> Axis {
        let blocks = (pixels / size as usize).max(1);
        Axis { pixels, blocks, step: pixels as f64 / blocks as f64 }
    }

    fn block(&self, i: usize) -> Range<usize> {
        let edge = |i: usize| if i == self.blocks { self.pixels } else { (i as f64 * self.step) as usize };
        edge(i)..edge(i + 1)
    }

    /// The spline through these thresholds at every pixel.
    fn spline(&self, y: &[f64], out: &mut [f64]) {
        let n = y.len();
        if n == 1 {
            return out.fill(y[0]);
        }
        let (first, last) = ((self.step / 2.0).floor(), ((n as f64 - 0.5) * self.step).floor());
        let h = (last - first) / (n - 1) as f64;
        // Second derivatives. At the second middle and the last but one they are those of a parabola through three
        // points; between these the first derivatives meet.
        let mut bend = vec![0.0; n];
        if n > 2 {
            let second = |i: usize| (y[i - 1] - 2.0 * y[i] + y[i + 1]) / (h * h);
            (bend[1], bend[n - 2]) = (second(1), second(n - 2));
            let mut share = vec![0.0; n];
            for i in 2..n.saturating_sub(2) {
                let pivot = 4.0 - share[i - 1];
                share[i] = 1.0 / pivot;
                bend[i] = (6.0 * second(i) - bend[i - 1]) / pivot;
            }
            for i in (2..n.saturating_sub(2)).rev() {
                bend[i] -= share[i] * bend[i + 1];
            }
            (bend[0], bend[n - 1]) = match n {
                3 => (bend[1], bend[1]),
                _ => (2.0 * bend[1] - bend[2], 2.0 * bend[n - 2] - bend[n - 3]),
            };
        }
        for (x, o) in out.iter_mut().enumerate() {
            let away = (x as f64 + 0.5 - first) / h;
            let i = (away.max(0.0) as usize).min(n - 2);
            let (b, a) = (away - i as f64, 1.0 - (away - i as f64));
            let curve = (a * a * a - a) * bend[i] + (b * b * b - b) * bend[i + 1];
            *o = a * y[i] + b * y[i + 1] + curve * h * h / 6.0;
        }
    }
}

/// Blocks along x, and their thresholds in every row of pixels.
type Rows = (Axis, Vec<f64>);

impl ThresholdAdaptiveBlock {
    fn bounds(&self) -> Bounds {
        Bounds { factor: self.factor, minimum: self.minimum, maximum: self.maximum }
    }

    /// The threshold of every block.
    fn of_blocks<T: Element>(
        &self,
        pixels: &[T],
        mask: Option<&[u8]>,
        axes: &[Axis; 3],
        plain: bool,
    ) -> Result<Vec<Option<f64>>, Error>
    where
        Pixels: From<ndarray::Array3<T>>,
    {
        let [z, y, x] = axes;
        let one = |i: usize| {
            let mut block = Vec::new();
            let columns = x.block(i % x.blocks);
            for plane in z.block(i / x.blocks / y.blocks) {
                for row in y.block(i / x.blocks % y.blocks) {
                    let first = (plane * y.pixels + row) * x.pixels;
                    let part = first + columns.start..first + columns.end;
                    let on = |i: &usize| mask.is_none_or(|mask| mask[*i] != 0);
                    block.extend(part.filter(on).map(|i| pixels[i]));
                }
            }
            self.method.of(block, self.nbins, plain)
        };
        threads::collect(0..z.blocks * y.blocks * x.blocks, one).into_iter().collect()
    }

    /// The thresholds of blocks along x in every row of pixels, and what becomes of a value of the surface.
    fn surface(&self, inputs: &Inputs, plain: bool) -> Result<(Rows, impl Fn(f64) -> f64 + Sync), Error> {
        let image = inputs.volume("image")?;
        let mask = inputs.optional_volume("mask").map(Volume::mask_slice).transpose()?;
        let (size, shape) = (self.block_size.resolve(image.ndim(), 1)?, image.shape());
        let axes = [0, 1, 2].map(|a| Axis::new(shape[a], size[a]));
        let whole = self.method.threshold(&Counted::new(image, mask, plain), self.nbins).unwrap_or(0.0);
        let blocks = each_dtype!(image.pixels(), |p| self.of_blocks(p, mask, &axes, plain))?;
        let blocks: Vec<f64> = blocks.into_iter().map(|t| t.unwrap_or(whole)).collect();
        let [z, y, x] = &axes;
        // Along z, then along y.
        let mut along_z = vec![0.0; y.blocks * x.blocks * z.pixels];
        for (i, out) in along_z.chunks_mut(z.pixels).enumerate() {
            let line: Vec<f64> = blocks.iter().skip(i).step_by(y.blocks * x.blocks).copied().collect();
            z.spline(&line, out);
        }
        let mut rows = vec![0.0; z.pixels * y.pixels * x.blocks];
        let mut line = vec![0.0; y.pixels];
        for (plane, out) in rows.chunks_mut(y.pixels * x.blocks).enumerate() {
            for column in 0..x.blocks {
                let of_plane = |row: usize| along_z[(row * x.blocks + column) * z.pixels + plane];
                y.spline(&(0..y.blocks).map(of_plane).collect::<Vec<_>>(), &mut line);
                line.iter().enumerate().for_each(|(row, t)| out[row * x.blocks + column] = *t);
            }
        }
        let (bounds, whole) = (self.bounds(), self.bounds().of(whole));
        let ends = [self.lowest * whole, self.highest * whole];
        let ends = Bounds {
            factor: self.factor,
            minimum: Some(ends[0].min(ends[1])),
            maximum: Some(ends[0].max(ends[1])),
        };
        let bounds = Bounds { factor: 1.0, ..bounds };
        let [_, _, x] = axes;
        Ok(((x, rows), move |t| bounds.of(ends.of(t))))
    }
}

impl Host for ThresholdAdaptiveBlock {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        self.bounds().check()?;
        self.block_size.resolve(inputs.volume("image")?.ndim, 1)?;
        same_shape(inputs, &["image", "mask"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let ((x, rows), bounded) = self.surface(inputs, false)?;
        let threshold = fresh::blocks(
            image.shape(),
            16,
            || vec![0.0; x.pixels],
            |line, z, top, block| {
                for (y, out) in block.rows(x.pixels).enumerate() {
                    let row = z * image.shape()[1] + top + y;
                    x.spline(&rows[row * x.blocks..][..x.blocks], line);
                    out.iter_mut().zip(line.iter()).for_each(|(o, t)| *o = bounded(*t) as f32);
                }
            },
        );
        let mask = each_dtype!(image.pixels(), |p| {
            fresh::map2(p, &threshold, |mask, pixels, threshold| {
                for ((m, v), t) in mask.iter_mut().zip(pixels).zip(threshold) {
                    *m = (v.to_f64() > *t as f64) as u8;
                }
            })
        });
        Ok(vec![Datum::Volume(image.mask(mask)?), Datum::Volume(image.image(threshold)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let plain = || {
            let image = inputs.volume("image")?;
            let ((x, rows), bounded) = self.surface(inputs, true)?;
            let mut line = vec![0.0; x.pixels];
            let mut data = Vec::new();
            for row in rows.chunks(x.blocks) {
                x.spline(row, &mut line);
                data.extend(line.iter().map(|t| bounded(*t)));
            }
            let decide = |(v, t): (f64, &f64)| {
                let unsure = v != *t as f32 as f64 && (v - t).abs() < 1e-6 * t.abs();
                if unsure { f64::NAN } else { (v > *t as f32 as f64) as u8 as f64 }
            };
            let mask = image.f64s().into_iter().zip(&data).map(decide).collect();
            let mask = Grid { data: mask, ..Grid::from(image) };
            Ok(vec![Plain::Image(mask), Plain::Image(Grid { data, ..Grid::from(image) })])
        };
        Some(plain())
    }
}
