use crate::common::parts::by_pixels;
use crate::common::threads;
use rotifer_registry::*;
use std::f64::consts::PI;

op! {
    /// Estimates the uneven illumination that many images have in common, as BaSiC does.
    ///
    /// Peng et al. (Nat. Commun. 8:14836, 2017), without a dark field. The planes of the image are the images, as a step `over = "plate"` sees them; values
    /// below 0 and NaN count as 0. Each is averaged over `size` × `size` tiles (tile i of n along s pixels goes from ⌊i s / n⌋ to before ⌊(i + 1) s / n⌋), fewer where it
    /// has fewer pixels, and each tile's values are sorted over the images: D. Light W, which is sparse in its orthonormal cosine transform, times one
    /// number for each image, and a sparse rest E make D: by the inexact augmented Lagrange multiplier method,
    ///
    /// - μ begins at 12.5 / ‖D‖₂, grows by 1.5 a round up to 10⁷ times that, and Y at 0; the images' numbers a at 1. A round: the transform of W takes in the mean over
    ///   the images of D − W a − E + Y / μ, and shrinks by λ / μ; E becomes D − W a + Y / μ, shrunk by the weights by μ; a becomes the mean of
    ///   D − E in each image by that of all, not below 0; Y grows by μ (D − W a − E), with W and a of before that. It ends when that rest is below 10⁻⁶ of D by
    ///   the root of the sum of squares, or after 500 rounds.
    /// - λ is `smoothness` / 800 times the sum of the absolute transform of the mean of D by its mean. Weights begin at 1; after each run they are 1 / (|E| / m + 0.1), divided by
    ///   their mean, with m the mean of W a in each image and 10⁻⁶ of that of all. That is done until the light, divided by its mean, changes by at most 10⁻³
    ///   in the sum of absolute differences, at most 10 times.
    ///
    /// The result is the light at full size, linear between the centres of tiles, divided by its mean: divide images by it. Where all is 0, or less than 10⁻⁶ of D is
    /// light, it is 1.
    pub struct BasicFlatfield {
        /// Tiles along y and x on which the light is estimated.
        size: usize = 64, range(2, 256);
        /// How smooth the light is.
        smoothness: f64 = 1.0, range(0.001, 1000.0);
    }
    id: "basic_flatfield", revision: 1, family: Restoration,
    memory: host,
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-4), follows: "basicpy.BaSiC 1.2",
    python: "
from scipy.fft import dctn, idctn
v = np.nan_to_num(f64(image).reshape(-1, *image.shape[-2:])).clip(0)
n, H, W = v.shape
h, w = min(size, H), min(size, W)
edges = lambda s, m: np.arange(m) * s // m
sums = np.add.reduceat(np.add.reduceat(v, edges(H, h), axis=1), edges(W, w), axis=2)
counts = np.outer(np.diff(np.append(edges(H, h), H)), np.diff(np.append(edges(W, w), W)))
d = np.sort((sums / counts).reshape(n, h * w), axis=0)
shrink = lambda x, t: np.sign(x) * np.maximum(np.abs(x) - t, 0)
flat = np.ones((h, w))
if d.any():
    forth, back = (lambda x: dctn(x.reshape(h, w), norm='ortho')), (lambda x: idctn(x, norm='ortho').ravel())
    mean = d.mean(axis=0)
    lam = np.abs(forth(mean / mean.mean())).sum() * smoothness / 800
    norm, weights = np.linalg.norm(d, 2), np.ones_like(d)
    for _ in range(10):
        mu, most, y, e = 12.5 / norm, 12.5e7 / norm, np.zeros_like(d), np.zeros_like(d)
        t, a = np.zeros((h, w)), np.ones(n)
        for _ in range(500):
            t = shrink(t + forth((d - a[:, None] * back(t) - e + y / mu).mean(axis=0)), lam / mu)
            light = a[:, None] * back(t)
            e = shrink(d - light + y / mu, weights / mu)
            rest = d - light - e
            a = np.maximum((d - e).mean(axis=1) / (d - e).mean(), 0)
            y = y + mu * rest
            mu = min(mu * 1.5, most)
            if np.sqrt((rest ** 2).sum()) < 1e-6 * np.sqrt((d ** 2).sum()):
                break
        if light.mean() <= 1e-6 * d.mean():
            flat = np.ones((h, w))
            break
        weights = 1 / (np.abs(e) / (light.mean(axis=1, keepdims=True) + 1e-6 * light.mean()) + 0.1)
        weights = weights / weights.mean()
        now = light.mean(axis=0) / light.mean()
        change = np.abs(now - flat.ravel()).sum() / np.abs(flat).sum()
        flat = now.reshape(h, w)
        if change <= 1e-3:
            break
at = [np.clip((np.arange(s) + 0.5) * m / s - 0.5, 0, m - 1) for s, m in ((H, h), (W, w))]
full = ndi.map_coordinates(flat, np.meshgrid(*at, indexing='ij'), order=1, mode='nearest')
result = full / full.mean()",
    examples: ["size = 16\nsmoothness = 4"],
}

/// An orthonormal cosine transform of the second type along one axis: a matrix of frequencies by places.
type Cosines = Vec<Vec<f64>>;

fn cosines(n: usize) -> Cosines {
    let value = |k: usize, i: usize| {
        let scale = if k == 0 { 1.0 / n as f64 } else { 2.0 / n as f64 }.sqrt();
        scale * (PI * (2 * i + 1) as f64 * k as f64 / (2 * n) as f64).cos()
    };
    (0..n).map(|k| (0..n).map(|i| value(k, i)).collect()).collect()
}

/// The transform of a plane and its inverse.
trait Transform: Sync {
    fn forth(&self, plane: &[f64]) -> Vec<f64>;
    fn back(&self, spectrum: &[f64]) -> Vec<f64>;
}

/// Along rows, then along columns.
struct Separable {
    rows: Cosines,
    columns: Cosines,
}

impl Separable {
    /// Each row times a matrix, and the result with its axes exchanged.
    fn turned(plane: &[f64], matrix: &Cosines, width: usize) -> Vec<f64> {
        let height = plane.len() / width.max(1);
        let mut out = vec![0.0; plane.len()];
        threads::each(out.chunks_mut(height.max(1)).zip(matrix), |(line, weights)| {
            for (to, row) in line.iter_mut().zip(plane.chunks(width)) {
                *to = row.iter().zip(weights).map(|(v, w)| v * w).sum();
            }
        });
        out
    }

    fn transposed(matrix: &Cosines) -> Cosines {
        (0..matrix.len()).map(|i| matrix.iter().map(|row| row[i]).collect()).collect()
    }
}

impl Transform for Separable {
    fn forth(&self, plane: &[f64]) -> Vec<f64> {
        let turned = Separable::turned(plane, &self.columns, self.columns.len());
        Separable::turned(&turned, &self.rows, self.rows.len())
    }

    fn back(&self, spectrum: &[f64]) -> Vec<f64> {
        let turned = Separable::turned(spectrum, &Separable::transposed(&self.columns), self.columns.len());
        Separable::turned(&turned, &Separable::transposed(&self.rows), self.rows.len())
    }
}

/// By the definition: all pixels for each frequency.
struct Direct {
    rows: Cosines,
    columns: Cosines,
}

impl Transform for Direct {
    fn forth(&self, plane: &[f64]) -> Vec<f64> {
        let (h, w) = (self.rows.len(), self.columns.len());
        let term = |k: usize, i: usize| self.rows[k / w][i / w] * self.columns[k % w][i % w] * plane[i];
        (0..h * w).map(|k| (0..h * w).map(|i| term(k, i)).sum()).collect()
    }

    fn back(&self, spectrum: &[f64]) -> Vec<f64> {
        let (h, w) = (self.rows.len(), self.columns.len());
        let term = |k: usize, i: usize| self.rows[k / w][i / w] * self.columns[k % w][i % w] * spectrum[k];
        (0..h * w).map(|i| (0..h * w).map(|k| term(k, i)).sum()).collect()
    }
}

fn shrunk(v: f64, by: f64) -> f64 {
    v.signum() * (v.abs() - by).max(0.0)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The largest singular value of rows, from the larger of their products, by multiplying a vector until its length stays.
fn norm(rows: &[Vec<f64>]) -> f64 {
    let mut v = vec![1.0; rows.len()];
    let mut before = 0.0;
    for _ in 0..1000 {
        let mut sums = vec![0.0; rows[0].len()];
        for (row, factor) in rows.iter().zip(&v) {
            sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += factor * x);
        }
        v = rows.iter().map(|row| row.iter().zip(&sums).map(|(a, b)| a * b).sum()).collect();
        let length = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        if length == 0.0 {
            return 0.0;
        }
        v.iter_mut().for_each(|x| *x /= length);
        if (length - before).abs() <= 1e-14 * length {
            return length.sqrt();
        }
        before = length;
    }
    before.sqrt()
}

/// The first pixel of each tile along an axis.
fn first(tile: usize, pixels: usize, tiles: usize) -> usize {
    tile * pixels / tiles
}

impl BasicFlatfield {
    /// The tiles of each image, sorted over the images.
    fn tiles(&self, image: &Volume, [h, w]: [usize; 2]) -> Vec<Vec<f64>> {
        let ([n, ny, nx], pixels) = (image.shape(), image.f64s());
        let of_image = |z: usize| -> Vec<f64> {
            let tile = |i: usize| {
                let ys = first(i / w, ny, h)..first(i / w + 1, ny, h);
                let xs = first(i % w, nx, w)..first(i % w + 1, nx, w);
                let count = (ys.len() * xs.len()) as f64;
                let row = |y: usize| &pixels[(z * ny + y) * nx..][xs.clone()];
                // NaN is below nothing: the greater of both is 0.
                ys.map(|y| row(y).iter().map(|v| v.max(0.0)).sum::<f64>()).sum::<f64>() / count
            };
            (0..h * w).map(tile).collect()
        };
        let mut rows = threads::collect(0..n, of_image);
        for i in 0..h * w {
            let mut values: Vec<f64> = rows.iter().map(|row| row[i]).collect();
            values.sort_by(f64::total_cmp);
            rows.iter_mut().zip(values).for_each(|(row, value)| row[i] = value);
        }
        rows
    }

    /// The light on the tiles, divided by its mean.
    fn light(&self, d: &[Vec<f64>], transform: &dyn Transform) -> Vec<f64> {
        let (n, pixels) = (d.len(), d[0].len());
        let mut flat = vec![1.0; pixels];
        let norm = norm(d);
        if norm == 0.0 {
            return flat;
        }
        let average = |rows: &[Vec<f64>]| -> Vec<f64> {
            (0..pixels).map(|i| rows.iter().map(|row| row[i]).sum::<f64>() / n as f64).collect()
        };
        let level = average(d);
        let whole = mean(&level);
        let spectrum = transform.forth(&level.iter().map(|v| v / whole).collect::<Vec<_>>());
        let lambda = spectrum.iter().map(|v| v.abs()).sum::<f64>() * self.smoothness / 800.0;
        let size = d.iter().flatten().map(|v| v * v).sum::<f64>().sqrt();
        let mut weights = vec![vec![1.0; pixels]; n];
        for _ in 0..10 {
            let (mut mu, most) = (12.5 / norm, 12.5e7 / norm);
            let (mut y, mut e) = (vec![vec![0.0; pixels]; n], vec![vec![0.0; pixels]; n]);
            let (mut t, mut a) = (vec![0.0; pixels], vec![1.0; n]);
            let mut light = vec![0.0; pixels];
            let mut used = a.clone();
            for _ in 0..500 {
                let rest: Vec<Vec<f64>> = threads::collect(0..n, |k| {
                    (0..pixels).map(|i| d[k][i] - a[k] * light[i] - e[k][i] + y[k][i] / mu).collect()
                });
                let step = transform.forth(&average(&rest));
                t.iter_mut().zip(step).for_each(|(t, s)| *t = shrunk(*t + s, lambda / mu));
                light = transform.back(&t);
                used.clone_from(&a);
                // Sums of squares of what is left, and of what is not in the rest, image by image.
                let images = e.iter_mut().zip(&mut y).enumerate();
                let sums: Vec<[f64; 2]> = threads::collect(images, |(k, (e, y))| {
                    let mut sums = [0.0; 2];
                    for i in 0..pixels {
                        let made = d[k][i] - a[k] * light[i];
                        e[i] = shrunk(made + y[i] / mu, weights[k][i] / mu);
                        let left = made - e[i];
                        y[i] += mu * left;
                        sums = [sums[0] + left * left, sums[1] + d[k][i] - e[i]];
                    }
                    sums
                });
                let all = sums.iter().map(|s| s[1]).sum::<f64>() / n as f64;
                a.iter_mut().zip(&sums).for_each(|(a, s)| *a = (s[1] / all).max(0.0));
                mu = (mu * 1.5).min(most);
                if sums.iter().map(|s| s[0]).sum::<f64>().sqrt() < 1e-6 * size {
                    break;
                }
            }
            let of_light = mean(&light);
            let of_all = of_light * mean(&used);
            if of_all <= 1e-6 * whole {
                return vec![1.0; pixels];
            }
            for k in 0..n {
                let scale = of_light * used[k] + 1e-6 * of_all;
                weights[k].iter_mut().zip(&e[k]).for_each(|(w, e)| *w = 1.0 / (e.abs() / scale + 0.1));
            }
            let of_weights = mean(&weights.iter().map(|w| mean(w)).collect::<Vec<_>>());
            weights.iter_mut().flatten().for_each(|w| *w /= of_weights);
            let now: Vec<f64> = light.iter().map(|v| v / of_light).collect();
            let change = now.iter().zip(&flat).map(|(a, b)| (a - b).abs()).sum::<f64>();
            let before = flat.iter().map(|v| v.abs()).sum::<f64>();
            flat = now;
            if change <= 1e-3 * before {
                break;
            }
        }
        flat
    }

    /// The light at full size.
    fn flatfield(
        &self,
        image: &Volume,
        transform: impl Fn(Cosines, Cosines) -> Box<dyn Transform>,
    ) -> Vec<f64> {
        let [n, ny, nx] = image.shape();
        let (h, w) = (self.size.min(ny), self.size.min(nx));
        if n * h * w == 0 {
            return Vec::new();
        }
        let flat = self.light(&self.tiles(image, [h, w]), &*transform(cosines(h), cosines(w)));
        let place = |i: usize, n: usize, tiles: usize| {
            let at = ((i as f64 + 0.5) * tiles as f64 / n as f64 - 0.5).clamp(0.0, tiles as f64 - 1.0);
            let low = (at as usize).min(tiles.saturating_sub(2));
            (low, (low + 1).min(tiles - 1), at - low as f64)
        };
        let value = |i: usize| {
            let (y, x) = (place(i / nx, ny, h), place(i % nx, nx, w));
            let row = |y: usize| flat[y * w + x.0] * (1.0 - x.2) + flat[y * w + x.1] * x.2;
            row(y.0) * (1.0 - y.2) + row(y.1) * y.2
        };
        let full = by_pixels(ny * nx, value);
        let scale = mean(&full);
        full.into_iter().map(|v| v / scale).collect()
    }
}

impl Host for BasicFlatfield {
    fn infer(&self, _inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        if let Some(meta) = outputs.first_mut().and_then(DatumMeta::volume_mut) {
            (meta.shape[0], meta.ndim) = (1, 2);
        }
        Ok(())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let full = self.flatfield(image, |rows, columns| Box::new(Separable { rows, columns }));
        let meta = image.meta().with(Kind::Image, Dtype::F32);
        let meta = VolumeMeta { shape: [1, meta.shape[1], meta.shape[2]], ndim: 2, ..meta };
        let pixels: Vec<f32> = full.into_iter().map(|v| v as f32).collect();
        Ok(vec![Datum::Volume(Volume::from_vec(&meta, pixels)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let estimate = || {
            let image = inputs.volume("image")?;
            let data = self.flatfield(image, |rows, columns| Box::new(Direct { rows, columns }));
            let [_, ny, nx] = image.shape();
            Ok(vec![Plain::Image(Grid { shape: [1, ny, nx], ndim: 2, data })])
        };
        Some(estimate())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        let tiles = |n: usize| self.size.min(n);
        let pixels = inputs.first().map_or(1, |v| tiles(v.shape[1]) * tiles(v.shape[2]));
        pixels.saturating_mul(pixels).saturating_mul(200)
    }
}
