use crate::common::fft::RealFft;
use crate::common::global_threshold::Counted;
use crate::common::histogram::Histogram;
use crate::common::threads;
use crate::threshold::of_values::{Sorted, median};
use rotifer_registry::*;
use std::f64::consts::TAU;

op! {
    /// Measures the focus, the saturation and the intensities of an image.
    ///
    /// One row; the definitions are CellProfiler's. `focus_score`: variance / mean. `local_focus_score`: the same ratio in
    /// squares of about `scale` pixels, and of these the variance / median; squares of mean 0 do not count. `correlation`: of the
    /// intensities in 8 steps between least and largest, the correlation of pixels with those `scale` pixels further along x.
    /// `power_log_log_slope`: the slope of the logarithm of the power spectrum's sum over the waves of each whole number r of
    /// periods in the image, r + 1 from 2 to below an eighth of the shorter side, against log(r + 1); of a volume the spectra of
    /// the planes are added. `percent_maximal` and `percent_minimal`: percent of the pixels that are the largest and the least
    /// one. Then `total_area`, the number of pixels, and total, mean, median, standard deviation, median absolute deviation,
    /// least and largest value of the intensities. What cannot be told is 0. Values that are not finite do not count; where
    /// neighbours matter, they are taken to be the mean of the others.
    pub struct ImageQualityMetrics {
        /// Width of the squares of the local score, and distance of the correlation, in pixels.
        scale: usize = 20, range(1, 65535);
    }
    id: "image_quality_metrics", revision: 1, family: Measure,
    memory: host,
    inputs: { image: Image },
    outputs: { metrics: Table },
    agrees: Relative(1e-6), follows: "numpy.fft.fft2 2.4",
    python: "v = f64(image)
out = dict(focus_score=v.var() / v.mean() if v.mean() else 0.0)
count = [-(-n // scale) for n in v.shape]
cell = np.zeros(v.shape, int)
for axis, (n, m) in enumerate(zip(v.shape, count)):
    cell = cell * m + (np.arange(n) * m // n).reshape([-1 if a == axis else 1 for a in range(v.ndim)])
cells = np.arange(np.prod(count))
means = ndi.mean(v, cell, cells)
local = (ndi.variance(v, cell, cells) / means)[means != 0]
out['local_focus_score'] = np.var(local) / np.median(local) if len(local) and np.median(local) > 0 else 0.0
q = np.minimum(np.floor((v - v.min()) / max(np.ptp(v), 1e-300) * 8), 7)
a, b = q[..., :-scale], q[..., scale:]
out['correlation'] = np.corrcoef(a.ravel(), b.ravel())[0, 1] if a.size and a.std() > 0 and b.std() > 0 else 0.0
h, w = v.shape[-2:]
fold = lambda n: np.minimum(np.arange(n), np.arange(n)[::-1]) ** 2
r = np.floor(np.sqrt(fold(h)[:, None] + fold(w))).astype(int) + 1
power = (abs(np.fft.fft2(v - v.mean())) ** 2).reshape(-1, h, w).sum(0)
labels = np.arange(2, int(min(h, w) / 8))
sums = np.array([power[r == l].sum() for l in labels])
out['power_log_log_slope'] = np.polyfit(np.log(labels), np.log(sums), 1)[0] if len(labels) > 1 and np.ptp(v) > 0 else 0.0
out.update(percent_maximal=100 * (v == v.max()).mean(), percent_minimal=100 * (v == v.min()).mean(), total_area=v.size,
    total_intensity=v.sum(), mean_intensity=v.mean(), median_intensity=np.median(v), std_intensity=v.std(),
    mad_intensity=np.median(abs(v - np.median(v))), min_intensity=v.min(), max_intensity=v.max())
result = {k: [x] for k, x in out.items()}",
    examples: ["scale = 7"],
}

/// Sum and squared distances from the mean of each value times its pixels.
fn moments(values: &Sorted) -> [f64; 3] {
    let n: f64 = values.iter().map(|(_, n)| *n as f64).sum();
    let sum: f64 = values.iter().map(|(v, n)| v * *n as f64).sum();
    let squares = values.iter().map(|(v, k)| (v - sum / n).powi(2) * *k as f64).sum();
    [n, sum, squares]
}

fn variance_by_mean(values: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    let variance = values.map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
    (mean != 0.0 && n > 0.0).then(|| variance / mean)
}

/// The pixels that fall into the square of an index, of `count` squares along an axis of `n` pixels.
fn square(i: usize, count: usize, n: usize) -> std::ops::Range<usize> {
    (i * n).div_ceil(count)..((i + 1) * n).div_ceil(count)
}

/// Pixels, of which those that are not finite are the mean.
struct Pixel<'a, T> {
    pixels: &'a [T],
    shape: [usize; 3],
    mean: f64,
}

impl<T: Element> Pixel<'_, T> {
    fn at(&self, i: usize) -> f64 {
        let v = self.pixels[i].to_f64();
        if v.is_finite() { v } else { self.mean }
    }

    fn local_focus_score(&self, scale: usize) -> f64 {
        let [nz, ny, nx] = self.shape;
        let [mz, my, mx] = self.shape.map(|n| n.div_ceil(scale));
        let score = |i: usize| {
            let (z, y) = (square(i / mx / my, mz, nz), square(i / mx % my, my, ny));
            let x = square(i % mx, mx, nx);
            let rows = z.flat_map(move |z| y.clone().map(move |y| (z * ny + y) * nx));
            variance_by_mean(rows.flat_map(move |row| x.clone().map(move |x| self.at(row + x))))
        };
        let row = |row: usize| (row * mx..(row + 1) * mx).filter_map(score).collect::<Vec<f64>>();
        let mut scores = threads::collect(0..mz * my, row).concat();
        scores.sort_by(f64::total_cmp);
        let n = scores.len();
        if n == 0 {
            return 0.0;
        }
        let middle = (scores[(n - 1) / 2] + scores[n / 2]) / 2.0;
        let mean = scores.iter().sum::<f64>() / n as f64;
        let variance = scores.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / n as f64;
        if middle > 0.0 { variance / middle } else { 0.0 }
    }

    /// The correlation of steps of intensity, `scale` pixels apart along x.
    fn correlation(&self, scale: usize, [least, most]: [f64; 2]) -> f64 {
        let [nz, ny, nx] = self.shape;
        let step =
            |i: usize| ((self.at(i) - least) / (most - least).max(1e-300) * 8.0).floor().min(7.0) as u64;
        // Sums of whole numbers, exact in any order.
        let row = |row: usize| {
            let mut sums = [0u64; 6];
            for x in row * nx..(row + 1) * nx - scale.min(nx) {
                let (a, b) = (step(x), step(x + scale));
                let terms = [1, a, b, a * a, b * b, a * b];
                sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
            }
            sums
        };
        let join = |a: [u64; 6], b: [u64; 6]| std::array::from_fn(|i| a[i] + b[i]);
        let sums: [u64; 6] = threads::collect(0..nz * ny, row).into_iter().fold([0; 6], join);
        let [n, a, b, aa, bb, ab] = sums.map(|sum| sum as i128);
        let spread = ((n * aa - a * a) as f64).sqrt() * ((n * bb - b * b) as f64).sqrt();
        if spread > 0.0 { (n * ab - a * b) as f64 / spread } else { 0.0 }
    }

    /// The power of each radius from 2 on, summed over the planes.
    fn power(&self) -> Vec<f64> {
        let [nz, ny, nx] = self.shape;
        let mut sums = vec![0.0; radii([ny, nx])];
        if sums.is_empty() {
            return sums;
        }
        let fft = RealFft::<f64>::new([1, ny, nx], [1, ny, nx]);
        for z in 0..nz {
            let spectrum = fft.forward(|first, row| {
                for (i, to) in row.iter_mut().enumerate() {
                    *to = self.at(z * ny * nx + first + i) - self.mean;
                }
            });
            // Columns of the other half mirror these.
            each_wave([ny, nx], |radius, [y, x]| {
                let [y, x] = if x <= nx / 2 { [y, x] } else { [(ny - y) % ny, nx - x] };
                sums[radius] += spectrum[x * ny + y].norm_sqr();
            });
        }
        sums
    }

    /// The same by the definition of the Fourier transform, rows first.
    fn power_plain(&self) -> Vec<f64> {
        let [nz, ny, nx] = self.shape;
        let mut sums = vec![0.0; radii([ny, nx])];
        let turn = |k: usize, i: usize, n: usize| (TAU * (k * i % n) as f64 / n as f64).sin_cos();
        for z in 0..nz {
            let mut columns = std::collections::BTreeMap::new();
            each_wave([ny, nx], |radius, [ky, kx]| {
                let column: &Vec<[f64; 2]> = columns.entry(kx).or_insert_with(|| {
                    let of_row = |y: usize| {
                        (0..nx).fold([0.0; 2], |[re, im], x| {
                            let (v, (sin, cos)) =
                                (self.at((z * ny + y) * nx + x) - self.mean, turn(kx, x, nx));
                            [re + v * cos, im - v * sin]
                        })
                    };
                    (0..ny).map(of_row).collect()
                });
                let [re, im] = column.iter().enumerate().fold([0.0; 2], |[re, im], (y, [a, b])| {
                    let (sin, cos) = turn(ky, y, ny);
                    [re + a * cos + b * sin, im + b * cos - a * sin]
                });
                sums[radius] += re * re + im * im;
            });
        }
        sums
    }
}

/// How many radii there are, from 2 on.
fn radii([ny, nx]: [usize; 2]) -> usize {
    (ny.min(nx) / 8).saturating_sub(2)
}

/// Every wave with its radius, counted from 2: `visit(radius − 2, [y, x])`. As in CellProfiler a wave beyond the middle is as far
/// from the end as its index is from the last one.
fn each_wave([ny, nx]: [usize; 2], mut visit: impl FnMut(usize, [usize; 2])) {
    let count = radii([ny, nx]);
    let near = |n: usize| (0..n).filter(move |i| (*i).min(n - 1 - i) <= count + 1);
    for y in near(ny) {
        for x in near(nx) {
            let squared = y.min(ny - 1 - y).pow(2) + x.min(nx - 1 - x).pow(2);
            if let Some(radius) = squared.isqrt().checked_sub(1).filter(|r| *r < count) {
                visit(radius, [y, x]);
            }
        }
    }
}

/// The slope of log(power) against log(radius).
fn slope(power: &[f64]) -> f64 {
    let points = power.iter().enumerate().filter(|(_, p)| **p > 0.0);
    let points: Vec<[f64; 2]> = points.map(|(i, p)| [((i + 2) as f64).ln(), p.ln()]).collect();
    let n = points.len() as f64;
    let [mx, my] = [0, 1].map(|a| points.iter().map(|p| p[a]).sum::<f64>() / n);
    let up: f64 = points.iter().map(|[x, y]| (x - mx) * (y - my)).sum();
    let across: f64 = points.iter().map(|[x, _]| (x - mx).powi(2)).sum();
    if points.len() > 1 { up / across } else { 0.0 }
}

impl ImageQualityMetrics {
    fn table(&self, inputs: &Inputs, plain: bool) -> Result<Table, Error> {
        let image = inputs.volume("image")?;
        let Histogram { counts, centers } = Counted::new(image, None, plain).distribution();
        let values: Sorted = centers.into_iter().zip(counts).collect();
        let [n, sum, squares] = moments(&values);
        let (ends, mean) = ([values.first(), values.last()], if n > 0.0 { sum / n } else { 0.0 });
        let [(least, minimal), (most, maximal)] = ends.map(|end| end.copied().unwrap_or_default());
        let middle = if values.is_empty() { 0.0 } else { median(&values) };
        let mut away: Sorted = values.iter().map(|(v, n)| ((v - middle).abs(), *n)).collect();
        away.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mad = if away.is_empty() { 0.0 } else { median(&away) };
        let (local, correlation, power) = each_dtype!(image.pixels(), |pixels| {
            let pixels = Pixel { pixels, shape: image.shape(), mean };
            let power = if plain { pixels.power_plain() } else { pixels.power() };
            (pixels.local_focus_score(self.scale), pixels.correlation(self.scale, [least, most]), power)
        });
        let variance = if n > 0.0 { squares / n } else { 0.0 };
        let percent = |count: u64| if n > 0.0 { 100.0 * count as f64 / n } else { 0.0 };
        let columns = [
            ("focus_score", if mean != 0.0 { variance / mean } else { 0.0 }),
            ("local_focus_score", local),
            ("correlation", correlation),
            ("power_log_log_slope", if least < most { slope(&power) } else { 0.0 }),
            ("percent_maximal", percent(maximal)),
            ("percent_minimal", percent(minimal)),
            ("total_area", n),
            ("total_intensity", sum),
            ("mean_intensity", mean),
            ("median_intensity", middle),
            ("std_intensity", variance.sqrt()),
            ("mad_intensity", mad),
            ("min_intensity", least),
            ("max_intensity", most),
        ];
        let column = |table: Table, (name, x): &(&str, f64)| match *name {
            "total_area" => table.with(name, Values::Int(vec![*x as i64])),
            _ => table.with(name, Values::Float(vec![*x])),
        };
        columns.iter().try_fold(Table::new(), column)
    }
}

impl Host for ImageQualityMetrics {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Table(self.table(inputs, false)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(self.table(inputs, true).map(|table| vec![Plain::Table(table)]))
    }
}
