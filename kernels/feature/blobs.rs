use crate::common::bank::{self, Beyond, Taps, combine, f64s, gaussians};
use crate::common::{parts, threads};
use rotifer_registry::*;

op! {
    /// Finds bright blobs and their sizes: maxima of the Laplacian of Gaussians of many sizes.
    ///
    /// For each size σ the image is filtered by −σ² times the Laplacian of a Gaussian (`laplacian_of_gaussian`, mirrored at the
    /// border). A blob is a pixel and a size above `threshold` that none of its neighbours exceeds, those of the next sizes
    /// included. Of two blobs that overlap by more than `overlap` of the smaller one, the one of smaller σ goes; of equal σ
    /// the brighter one. Overlaps are settled pair by pair in the order of the blobs; the order is that of the filtered
    /// values, highest first (scikit-image settles pairs in the order of a hash). The radius of a blob is about √2·σ in 2-D and √3·σ in 3-D. The
    /// threshold is in units of the image: scikit-image divides integers by the largest value of their dtype first.
    pub struct BlobLog {
        /// Standard deviation of the smallest Gaussian, in pixels.
        min_sigma: f64 = 1.0, range(0.1, 256.0);
        /// Standard deviation of the largest Gaussian, in pixels.
        max_sigma: f64 = 50.0, range(0.1, 256.0);
        /// How many sizes, the smallest and the largest included.
        num_sigma: u32 = 10, range(1, 1000);
        /// The filtered value above which a maximum counts.
        threshold: f64;
        /// Share of the smaller blob that may overlap.
        overlap: f64 = 0.5, range(0.0, 1.0);
        /// Whether sizes are spaced by factors, not by differences.
        log_scale: bool = false;
        /// Pixels along the border without blobs.
        exclude_border: u32 = 0, range(0, 1_000_000);
    }
    id: "blob_log", revision: 1, family: Feature,
    memory: host,
    inputs: { image: Image },
    outputs: { blobs: Table },
    agrees: Relative(1e-9), follows: "skimage.feature.blob_log 0.26",
    python: "
from skimage.feature.blob import _blob_overlap
b = ski.feature.blob_log(f64(image), min_sigma, max_sigma, num_sigma, threshold, 2, log_scale, exclude_border=exclude_border)
near = 2 * b[:, -1].max(initial=0) * image.ndim ** 0.5
for i, j in sorted(scipy.spatial.cKDTree(b[:, :-1]).query_pairs(near)) if len(b) else []:
    if _blob_overlap(b[i], b[j]) > overlap:
        b[j if b[i, -1] > b[j, -1] else i, -1] = 0
result = dict(zip(['z', 'y', 'x'][3 - image.ndim:] + ['sigma'], b[b[:, -1] > 0].T))",
    examples: ["max_sigma = 6\nnum_sigma = 6\nthreshold = 20", "min_sigma = 2\nmax_sigma = 12\nnum_sigma = 5\nlog_scale = true\nthreshold = 5\noverlap = 0.1", "max_sigma = 4\nnum_sigma = 3\nthreshold = 0.1\noverlap = 0.9\nexclude_border = 4"],
}

op! {
    /// Finds bright blobs and their sizes: maxima of differences of Gaussians of many sizes.
    ///
    /// Sizes grow from `min_sigma` by `sigma_ratio` until one is above `max_sigma`. The filtered image of a size is
    /// the image blurred by it less the image blurred by the next one, divided by `sigma_ratio` − 1. A blob is a pixel and a size above
    /// `threshold` that none of its neighbours exceeds, those of the next sizes included; overlaps, order, radius and the
    /// threshold are as in `blob_log`, which is slower and more precise.
    pub struct BlobDog {
        /// Standard deviation of the smallest Gaussian, in pixels.
        min_sigma: f64 = 1.0, range(0.1, 256.0);
        /// The standard deviation, in pixels, that the largest Gaussian is above.
        max_sigma: f64 = 50.0, range(0.1, 256.0);
        /// From one standard deviation to the next.
        sigma_ratio: f64 = 1.6, range(1.01, 16.0);
        /// The filtered value above which a maximum counts.
        threshold: f64;
        /// Share of the smaller blob that may overlap.
        overlap: f64 = 0.5, range(0.0, 1.0);
        /// Pixels along the border without blobs.
        exclude_border: u32 = 0, range(0, 1_000_000);
    }
    id: "blob_dog", revision: 1, family: Feature,
    memory: host,
    inputs: { image: Image },
    outputs: { blobs: Table },
    agrees: Relative(1e-9), follows: "skimage.feature.blob_dog 0.26",
    python: "
from skimage.feature.blob import _blob_overlap
b = ski.feature.blob_dog(f64(image), min_sigma, max_sigma, sigma_ratio, threshold, 2, exclude_border=exclude_border)
near = 2 * b[:, -1].max(initial=0) * image.ndim ** 0.5
for i, j in sorted(scipy.spatial.cKDTree(b[:, :-1]).query_pairs(near)) if len(b) else []:
    if _blob_overlap(b[i], b[j]) > overlap:
        b[j if b[i, -1] > b[j, -1] else i, -1] = 0
result = dict(zip(['z', 'y', 'x'][3 - image.ndim:] + ['sigma'], b[b[:, -1] > 0].T))",
    examples: ["max_sigma = 6\nthreshold = 20", "min_sigma = 2\nmax_sigma = 12\nsigma_ratio = 1.3\nthreshold = 5\noverlap = 0.1", "max_sigma = 4\nthreshold = 0.1\noverlap = 0.9\nexclude_border = 4"],
}

op! {
    /// Finds blobs, bright or dark, and their sizes: maxima of determinants of Hessians of many sizes, made of boxes.
    ///
    /// The detector of SURF (Bay et al., 2006) with the boxes of scikit-image, for 2-D images. With n = ⌊3 σ⌋, t = ⌊n / 3⌋ and half sizes rounded down, a box of
    /// r rows and c columns from a corner holds the pixels behind that corner, up to r rows and c columns further, where corners and ends beyond the border are
    /// moved to it; a sum below 0 is 0. Dxy is the sum of the t × t boxes below left and above right of the pixel less that of the other two; Dxx that
    /// of a (2t − 1) × n box less three times that of the t columns in its middle, Dyy the same upright; all are divided by n², and rounded to float32. A blob is a pixel and
    /// a size where Dxx·Dyy − 0.81·Dxy² is above `threshold` and no neighbour exceeds it, those of the next sizes included; overlaps,
    /// order and the units of the threshold are as in `blob_log`. The radius of a blob is about σ, from 3 pixels on.
    pub struct BlobDoh {
        /// The smallest σ, in pixels.
        min_sigma: f64 = 1.0, range(1.0, 256.0);
        /// The largest σ, in pixels.
        max_sigma: f64 = 30.0, range(1.0, 256.0);
        /// How many sizes, the smallest and the largest included.
        num_sigma: u32 = 10, range(1, 1000);
        /// The determinant above which a maximum counts.
        threshold: f64;
        /// Share of the smaller blob that may overlap.
        overlap: f64 = 0.5, range(0.0, 1.0);
        /// Whether sizes are spaced by factors, not by differences.
        log_scale: bool = false;
    }
    id: "blob_doh", revision: 1, family: Feature,
    memory: host,
    inputs: { image: Image },
    outputs: { blobs: Table },
    agrees: Relative(1e-9), follows: "skimage.feature.blob_doh 0.26",
    python: "
from skimage.feature.blob import _blob_overlap
b = ski.feature.blob_doh(f64(image), min_sigma, max_sigma, num_sigma, threshold, 2, log_scale)
near = 2 * b[:, -1].max(initial=0) * image.ndim ** 0.5
for i, j in sorted(scipy.spatial.cKDTree(b[:, :-1]).query_pairs(near)) if len(b) else []:
    if _blob_overlap(b[i], b[j]) > overlap:
        b[j if b[i, -1] > b[j, -1] else i, -1] = 0
result = dict(zip(['y', 'x', 'sigma'], b[b[:, -1] > 0].T))",
    examples: ["max_sigma = 8\nnum_sigma = 5\nthreshold = 20", "min_sigma = 3.1\nmax_sigma = 12.4\nnum_sigma = 4\nlog_scale = true\nthreshold = 0.5\noverlap = 0.1"],
}

const MIRRORED: Beyond = Beyond { edge: Edge::Reflect, constant: 0.0, filtered: false };

/// Refuses sizes of which the largest is the smaller one.
fn ordered(min_sigma: f64, max_sigma: f64) -> Result<(), Error> {
    if max_sigma >= min_sigma {
        return Ok(());
    }
    Err(Error::new(Code::OutOfRange, "below `min_sigma`").argument("max_sigma").value(max_sigma))
}

impl BlobLog {
    fn sigmas(&self) -> Vec<f64> {
        spaced(self.min_sigma, self.max_sigma, self.num_sigma, self.log_scale)
    }

    /// Taps of the second derivative along each axis, and the factor of their sum.
    fn filters(&self, sigma: f64, ndim: usize) -> (Vec<Taps>, f64) {
        let sigmas = blurred(sigma, ndim);
        let along = |a: usize| [0, 1, 2].map(|b| if a == b { 2 } else { 0 });
        ((3 - ndim..3).map(|a| gaussians(sigmas, along(a), 4.0)).collect(), -sigma * sigma)
    }
}

/// `count` sizes from the smallest to the largest.
pub fn spaced(min: f64, max: f64, count: u32, by_factors: bool) -> Vec<f64> {
    let (first, last) = if by_factors { (min.log10(), max.log10()) } else { (min, max) };
    let step = (last - first) / count.saturating_sub(1).max(1) as f64;
    let place = |i: u32| if i > 0 && i + 1 == count { last } else { first + step * i as f64 };
    let places = (0..count).map(place);
    if by_factors { places.map(|p| 10f64.powf(p)).collect() } else { places.collect() }
}

/// A standard deviation along each axis of an image.
fn blurred(sigma: f64, ndim: usize) -> [f64; 3] {
    [if ndim == 2 { 0.0 } else { sigma }, sigma, sigma]
}

/// A maximum of the filtered images.
#[derive(Clone, Copy)]
struct Blob {
    value: f64,
    pixel: usize,
    scale: usize,
}

/// Settings of the search in the filtered images.
struct Search {
    shape: [usize; 3],
    ndim: usize,
    threshold: f64,
    border: usize,
}

impl Search {
    fn new(image: &Volume, threshold: f64, border: u32) -> Search {
        Search { shape: image.shape(), ndim: image.ndim(), threshold, border: border as usize }
    }

    fn place(&self, i: usize) -> [usize; 3] {
        [i / self.shape[2] / self.shape[1], i / self.shape[2] % self.shape[1], i % self.shape[2]]
    }

    fn is_inner(&self, i: usize) -> bool {
        let p = self.place(i);
        (3 - self.ndim..3).all(|a| p[a] >= self.border && p[a] + self.border < self.shape[a])
    }

    /// Whether no neighbour of a pixel exceeds a value in these images.
    fn is_most(&self, i: usize, value: f64, images: &[&[f64]]) -> bool {
        let p = self.place(i);
        let [zs, ys, xs] = [0, 1, 2].map(|a| p[a].saturating_sub(1)..(p[a] + 2).min(self.shape[a]));
        images.iter().all(|image| {
            zs.clone().all(|z| {
                ys.clone().all(|y| {
                    let row = (z * self.shape[1] + y) * self.shape[2];
                    image[row + xs.start..row + xs.end].iter().all(|v| *v <= value || v.is_nan())
                })
            })
        })
    }

    /// The maxima of images of rising scale, highest first; none where every pixel of all is one.
    fn maxima(&self, images: impl Iterator<Item = Vec<f64>>) -> Vec<Blob> {
        let (mut found, mut varied, mut count) = (Vec::new(), false, 0);
        let mut images = images.peekable();
        let mut before: Option<Vec<f64>> = None;
        while let Some(image) = images.next() {
            let around: Vec<&[f64]> = [Some(&image), before.as_ref(), images.peek()]
                .into_iter()
                .flatten()
                .map(Vec::as_slice)
                .collect();
            let rows = threads::collect(image.chunks(self.shape[2]).enumerate(), |(row, line)| {
                let first = row * self.shape[2];
                let most = |(x, v): (usize, &f64)| {
                    let (pixel, value) = (first + x, *v);
                    // Few pixels are above the threshold; one that is exceeded says that the image is not flat.
                    let counts = value > self.threshold && self.is_inner(pixel);
                    let most = self.is_most(pixel, value, &around);
                    (counts && most, !most, Blob { value, pixel, scale: count })
                };
                let mut blobs = Vec::new();
                let mut exceeded = false;
                for at in line.iter().enumerate() {
                    if exceeded && *at.1 <= self.threshold {
                        continue;
                    }
                    let (is_blob, is_exceeded, blob) = most(at);
                    exceeded |= is_exceeded;
                    blobs.extend(is_blob.then_some(blob));
                }
                (blobs, exceeded)
            });
            for (blobs, exceeded) in rows {
                found.extend(blobs);
                varied |= exceeded;
            }
            count += 1;
            before = Some(image);
        }
        let single = count * self.shape.iter().product::<usize>() == 1;
        if !varied && !single {
            found.clear();
        }
        found.sort_by(|a, b| {
            (b.value + 0.0).total_cmp(&(a.value + 0.0)).then((a.pixel, a.scale).cmp(&(b.pixel, b.scale)))
        });
        found
    }

    /// The blobs that no overlapping one displaces, as a table.
    fn table(&self, blobs: &[Blob], sigmas: &[f64], overlap: f64) -> Result<Table, Error> {
        let mut kept: Vec<f64> = blobs.iter().map(|b| sigmas[b.scale]).collect();
        let places: Vec<[f64; 3]> = blobs.iter().map(|b| self.place(b.pixel).map(|i| i as f64)).collect();
        let near = 2.0 * kept.iter().copied().fold(0.0, f64::max) * (self.ndim as f64).sqrt();
        // Pairs that are near along y, by a sweep; then in the order of the blobs.
        let mut by_y: Vec<usize> = (0..blobs.len()).collect();
        by_y.sort_by(|a, b| places[*a][1].total_cmp(&places[*b][1]));
        let pairs = threads::collect(0..by_y.len(), |k| {
            let i = by_y[k];
            let beside = by_y[k + 1..].iter().take_while(|j| places[**j][1] - places[i][1] <= near);
            let overlapping = beside.filter_map(|&j| {
                let (i, j) = (i.min(j), i.max(j));
                let apart = distance(places[i], places[j]) <= near;
                (apart && shared([places[i], places[j]], [kept[i], kept[j]], self.ndim) > overlap)
                    .then_some((i, j))
            });
            overlapping.collect::<Vec<_>>()
        });
        let mut pairs = pairs.concat();
        pairs.sort_unstable();
        for (i, j) in pairs {
            // A blob that is gone displaces no other.
            if kept[i] > 0.0 && kept[j] > 0.0 {
                let goes = if kept[i] > kept[j] { j } else { i };
                kept[goes] = 0.0;
            }
        }
        let stays: Vec<usize> = (0..blobs.len()).filter(|i| kept[*i] > 0.0).collect();
        let mut table = Table::new();
        for axis in 3 - self.ndim..3 {
            let column = stays.iter().map(|i| places[*i][axis] as i64).collect();
            table.push(["z", "y", "x"][axis], Values::Int(column))?;
        }
        table.with("sigma", Values::Float(stays.iter().map(|i| kept[*i]).collect()))
    }

    /// [`Search::maxima`] of images that are all there, pixel by pixel.
    fn maxima_plain(&self, images: &[Grid]) -> Vec<Blob> {
        let (mut found, mut varied) = (Vec::new(), false);
        for (scale, image) in images.iter().enumerate() {
            let around: Vec<&[f64]> = images[scale.saturating_sub(1)..(scale + 2).min(images.len())]
                .iter()
                .map(|image| image.data.as_slice())
                .collect();
            for (pixel, &value) in image.data.iter().enumerate() {
                let most = self.is_most(pixel, value, &around);
                varied |= !most;
                if most && value > self.threshold && self.is_inner(pixel) {
                    found.push(Blob { value, pixel, scale });
                }
            }
        }
        if !varied && images.len() * images.first().map_or(0, |i| i.data.len()) != 1 {
            found.clear();
        }
        found.sort_by_key(|b| (b.pixel, b.scale));
        found.sort_by(|a, b| (b.value + 0.0).total_cmp(&(a.value + 0.0)));
        found
    }
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f64>().sqrt()
}

/// The share of the smaller of two discs or balls, of radius √axes·σ, that the other one holds.
fn shared(places: [[f64; 3]; 2], sigmas: [f64; 2], ndim: usize) -> f64 {
    let most = sigmas[0].max(sigmas[1]);
    // The larger one has radius 1.
    let (r, d) =
        (sigmas[0].min(sigmas[1]) / most, distance(places[0], places[1]) / (most * (ndim as f64).sqrt()));
    if d > 1.0 + r {
        return 0.0;
    }
    if d <= 1.0 - r {
        return 1.0;
    }
    if ndim == 3 {
        let sum = 1.0 + r;
        let cap = (sum - d).powi(2) * (d * d + 2.0 * d * sum - 3.0 * (1.0 + r * r) + 6.0 * r);
        return cap / (12.0 * d) / (4.0 / 3.0 * r.powi(3));
    }
    let angle = |own: f64, other: f64| {
        ((d * d + own * own - other * other) / (2.0 * d * own)).clamp(-1.0, 1.0).acos()
    };
    let kite = ((1.0 + r - d) * (d + 1.0 - r) * (d - 1.0 + r) * (d + 1.0 + r)).abs().sqrt();
    (angle(1.0, r) + r * r * angle(r, 1.0) - 0.5 * kite) / (std::f64::consts::PI * r * r)
}

impl Host for BlobLog {
    fn infer(&self, _inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        ordered(self.min_sigma, self.max_sigma)
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let (pixels, sigmas) = (f64s(image), self.sigmas());
        let images = sigmas.iter().map(|sigma| {
            let (filters, factor) = self.filters(*sigma, image.ndim());
            let along: Vec<Vec<f64>> =
                filters.iter().map(|taps| bank::correlate(&pixels, image.shape(), taps, MIRRORED)).collect();
            combine(&along, |v| v.iter().sum::<f64>() * factor)
        });
        let search = Search::new(image, self.threshold, self.exclude_border);
        Ok(vec![Datum::Table(search.table(&search.maxima(images), &sigmas, self.overlap)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let find = || {
            let image = inputs.volume("image")?;
            let (grid, sigmas) = (Grid::from(image), self.sigmas());
            let filtered = |sigma: &f64| {
                let (filters, factor) = self.filters(*sigma, image.ndim());
                let along: Vec<Grid> =
                    filters.iter().map(|taps| bank::correlate_plain(&grid, taps, MIRRORED)).collect();
                grid.map_at(|p| along.iter().map(|g| g.at(p)).sum::<f64>() * factor)
            };
            let images: Vec<Grid> = sigmas.iter().map(filtered).collect();
            let search = Search::new(image, self.threshold, self.exclude_border);
            Ok(vec![Plain::Table(search.table(&search.maxima_plain(&images), &sigmas, self.overlap)?)])
        };
        Some(find())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        let taps: f64 = self.sigmas().iter().map(|s| 8.0 * s + 30.0).sum();
        inputs.first().map_or(1, |image| image.len().saturating_mul(9 * taps as usize))
    }
}

impl BlobDog {
    fn sigmas(&self) -> Vec<f64> {
        let steps = ((self.max_sigma / self.min_sigma).ln() / self.sigma_ratio.ln() + 1.0) as i32;
        (0..=steps).map(|i| self.min_sigma * self.sigma_ratio.powi(i)).collect()
    }

    fn scale(&self) -> f64 {
        1.0 / (self.sigma_ratio - 1.0)
    }
}

impl Host for BlobDog {
    fn infer(&self, _inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        ordered(self.min_sigma, self.max_sigma)
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let (pixels, sigmas) = (f64s(image), self.sigmas());
        let blur = |sigma: f64| {
            let taps = gaussians(blurred(sigma, image.ndim()), [0; 3], 4.0);
            bank::correlate(&pixels, image.shape(), &taps, MIRRORED)
        };
        let mut fine = blur(sigmas[0]);
        let images = sigmas[1..].iter().map(|sigma| {
            let both = [std::mem::take(&mut fine), blur(*sigma)];
            let difference = combine(&both, |v| (v[0] - v[1]) * self.scale());
            let [_, coarse] = both;
            fine = coarse;
            difference
        });
        let search = Search::new(image, self.threshold, self.exclude_border);
        let blobs = search.maxima(images);
        Ok(vec![Datum::Table(search.table(&blobs, &sigmas, self.overlap)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let find = || {
            let image = inputs.volume("image")?;
            let (grid, sigmas) = (Grid::from(image), self.sigmas());
            let blur = |sigma: &f64| {
                let taps = gaussians(blurred(*sigma, image.ndim()), [0; 3], 4.0);
                bank::correlate_plain(&grid, &taps, MIRRORED)
            };
            let blurs: Vec<Grid> = sigmas.iter().map(blur).collect();
            let difference = |pair: &[Grid]| grid.map_at(|p| (pair[0].at(p) - pair[1].at(p)) * self.scale());
            let images: Vec<Grid> = blurs.windows(2).map(difference).collect();
            let search = Search::new(image, self.threshold, self.exclude_border);
            Ok(vec![Plain::Table(search.table(&search.maxima_plain(&images), &sigmas, self.overlap)?)])
        };
        Some(find())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        let taps: f64 = self.sigmas().iter().map(|s| 8.0 * s + 30.0).sum();
        inputs.first().map_or(1, |image| image.len().saturating_mul(3 * taps as usize))
    }
}

/// Sums of all pixels above and left of each one, itself included.
struct Integral {
    sums: Vec<f64>,
    size: [isize; 2],
}

impl Integral {
    fn new(image: &Volume) -> Integral {
        let [_, ny, nx] = image.shape();
        let mut sums = f64s(image);
        for i in nx..sums.len() {
            sums[i] += sums[i - nx];
        }
        for row in sums.chunks_mut(nx.max(1)) {
            (1..row.len()).for_each(|x| row[x] += row[x - 1]);
        }
        Integral { sums, size: [ny as isize, nx as isize] }
    }

    /// The sum of the pixels behind a corner.
    fn inside(&self, corner: [isize; 2], counts: [isize; 2]) -> f64 {
        let within = |v: isize, a: usize| v.clamp(0, self.size[a] - 1);
        let first = [within(corner[0], 0), within(corner[1], 1)];
        let last = [within(first[0] + counts[0], 0), within(first[1] + counts[1], 1)];
        let at = |y: isize, x: isize| self.sums[(y * self.size[1] + x) as usize];
        let sum =
            at(first[0], first[1]) + at(last[0], last[1]) - at(first[0], last[1]) - at(last[0], first[1]);
        if sum < 0.0 { 0.0 } else { sum }
    }

    /// The determinant at a pixel.
    fn determinant(&self, [y, x]: [isize; 2], sigma: f64) -> f64 {
        let n = (3.0 * sigma) as isize;
        let (half, t) = ((n - 1) / 2, n / 3);
        let scaled = |sum: f64| (-(sum as f32 as f64) * (1.0 / n as f64 / n as f64)) as f32;
        let corner = |dy: isize, dx: isize| self.inside([y + dy, x + dx], [t, t]);
        let xy = scaled(corner(-t, 1) + corner(1, -t) - corner(-t, -t) - corner(1, 1));
        let wide = self.inside([y - t + 1, x - half], [2 * t - 1, n]);
        let xx = scaled(wide - 3.0 * self.inside([y - t + 1, x - t / 2], [2 * t - 1, t]));
        let high = self.inside([y - half, x - t + 1], [n, 2 * t - 1]);
        let yy = scaled(high - 3.0 * self.inside([y - t / 2, x - t + 1], [t, 2 * t - 1]));
        (xx * yy) as f64 - 0.81 * (xy * xy) as f64
    }

    fn determinants(&self, sigma: f64) -> Vec<f64> {
        let [ny, nx] = self.size.map(|n| n as usize);
        parts::by_pixels(ny * nx, |i| self.determinant([(i / nx) as isize, (i % nx) as isize], sigma))
    }
}

impl BlobDoh {
    fn sigmas(&self) -> Vec<f64> {
        spaced(self.min_sigma, self.max_sigma, self.num_sigma, self.log_scale)
    }
}

impl Host for BlobDoh {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        if inputs.volume("image")?.ndim != 2 {
            return Err(Error::new(Code::Shape, "defined for 2-D images only")
                .help("go slice by slice: slice_by_slice = true"));
        }
        ordered(self.min_sigma, self.max_sigma)
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let (integral, sigmas) = (Integral::new(image), self.sigmas());
        let search = Search::new(image, self.threshold, 0);
        let maxima = search.maxima(sigmas.iter().map(|sigma| integral.determinants(*sigma)));
        Ok(vec![Datum::Table(search.table(&maxima, &sigmas, self.overlap)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let find = || {
            let image = inputs.volume("image")?;
            let (integral, sigmas) = (Integral::new(image), self.sigmas());
            let grid = |sigma: &f64| {
                Grid::from(image).map_at(|[_, y, x]| integral.determinant([y as isize, x as isize], *sigma))
            };
            let images: Vec<Grid> = sigmas.iter().map(grid).collect();
            let search = Search::new(image, self.threshold, 0);
            Ok(vec![Plain::Table(search.table(&search.maxima_plain(&images), &sigmas, self.overlap)?)])
        };
        Some(find())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        inputs.first().map_or(1, |image| image.len().saturating_mul(60 * self.num_sigma as usize))
    }
}
