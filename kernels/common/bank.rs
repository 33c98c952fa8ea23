//! The skeleton of linear filters: an image correlated one axis at a time, in float64, by several sets of weights, then an
//! expression of the responses.

use super::parts::by_parts;
use super::rows::pad;
use crate::common::threads;
use crate::simd;
use rotifer_registry::*;

/// Weights along z, y, x, the middle one at the pixel itself; an empty list leaves the axis as it is.
pub type Taps = [Vec<f64>; 3];

/// Correlations one after another.
pub type Chain = Vec<Taps>;

/// The values of an image beyond its border.
#[derive(Clone, Copy, Debug)]
pub struct Beyond {
    pub edge: Edge,
    pub constant: f64,
    /// Whether the constant is filtered with the image: else each axis finds the constant itself beyond the border.
    pub filtered: bool,
}

/// `kernel: Bank { .. }`: a pixel is the `value` of its responses to the chains that `chains` gives.
pub struct Bank<C, V> {
    pub beyond: Beyond,
    pub chains: C,
    pub value: V,
}

/// Derivative of this order of a Gaussian, sampled, as weights to correlate with; none where sigma is 0. The Gaussian itself
/// sums to 1.
pub fn gaussian(sigma: f64, order: usize, truncate: f64) -> Vec<f64> {
    if sigma <= 1e-15 {
        return Vec::new();
    }
    let radius = (truncate * sigma + 0.5) as isize;
    let (falloff, inverse) = (-0.5 / (sigma * sigma), 1.0 / (sigma * sigma));
    let places = || (-radius..=radius).map(|x| x as f64);
    let raw: Vec<f64> = places().map(|x| (falloff * (x * x)).exp()).collect();
    let sum = eightfold_sum(&raw);
    let factor = |x: f64| match order {
        0 => 1.0,
        1 => x * inverse,
        _ => x * x * (inverse * inverse) - inverse,
    };
    places().zip(raw).map(|(x, w)| factor(x) * (w / sum)).collect()
}

/// The sum in numpy's order, so that weights have the bits of scipy's: where pixels are equal there, they are here.
fn eightfold_sum(values: &[f64]) -> f64 {
    if values.len() > 128 {
        let half = values.len() / 2;
        let (a, b) = values.split_at(half - half % 8);
        return eightfold_sum(a) + eightfold_sum(b);
    }
    let (eights, rest) = values.as_chunks::<8>();
    let Some((first, eights)) = eights.split_first() else { return values.iter().sum() };
    let mut sums = *first;
    eights.iter().for_each(|e| sums.iter_mut().zip(e).for_each(|(sum, v)| *sum += v));
    let [a, b, c, d, e, f, g, h] = sums;
    rest.iter().fold(((a + b) + (c + d)) + ((e + f) + (g + h)), |sum, v| sum + v)
}

/// Weights of a Gaussian, derived along the axes that `orders` says.
pub fn gaussians(sigma: [f64; 3], orders: [usize; 3], truncate: f64) -> Taps {
    [0, 1, 2].map(|a| gaussian(sigma[a], orders[a], truncate))
}

/// The derivative by `slope` along an axis, by `smooth` along the other ones that an image has.
pub fn slope(meta: &VolumeMeta, axis: usize, slope: &[f64], smooth: &[f64]) -> Taps {
    [0, 1, 2].map(|a| match a {
        _ if !meta.axes().contains(&a) => Vec::new(),
        _ if a == axis => slope.to_vec(),
        _ => smooth.to_vec(),
    })
}

/// How weights at equal distances on both sides belong together.
#[derive(Clone, Copy, PartialEq)]
enum Sides {
    Equal,
    Opposite,
    Any,
}

fn sides(weights: &[f64]) -> Sides {
    let pairs = || weights.iter().zip(weights.iter().rev());
    if pairs().all(|(a, b)| (a - b).abs() <= f64::EPSILON) {
        Sides::Equal
    } else if pairs().all(|(a, b)| (a + b).abs() <= f64::EPSILON) {
        Sides::Opposite
    } else {
        Sides::Any
    }
}

/// The sum at one pixel. Of equal or opposite weights, pixels on both sides are added or subtracted first, the farthest
/// pair first: the order of `scipy.ndimage`, and its bits.
#[inline(always)]
fn sum_of(weights: &[f64], kind: Sides, at: impl Fn(usize) -> f64) -> f64 {
    let middle = weights.len() / 2;
    let pair = |k: usize| (at(k), at(weights.len() - 1 - k));
    match kind {
        Sides::Any => (0..weights.len()).fold(0.0, |sum, k| sum + weights[k] * at(k)),
        Sides::Equal => (0..middle).fold(weights[middle] * at(middle), |sum, k| {
            let (a, b) = pair(k);
            sum + (a + b) * weights[k]
        }),
        Sides::Opposite => (0..middle).fold(weights[middle] * at(middle), |sum, k| {
            let (a, b) = pair(k);
            sum + (a - b) * weights[k]
        }),
    }
}

/// Pixels that stay in registers over all weights.
const LANES: usize = 32;

/// [`sum_of`] at pixels from `x` on, from the row that each weight is for.
#[inline(always)]
fn block_of(x: usize, rows: &[&[f64]], weights: &[f64], kind: Sides, start: f64) -> [f64; LANES] {
    let last = weights.len() - 1;
    let middle = weights.len() / 2;
    let part = |k: usize| &rows[k][x..x + LANES];
    let mut sum = [0.0; LANES];
    if kind == Sides::Any {
        for (k, w) in weights.iter().enumerate() {
            let row = part(k);
            for i in 0..LANES {
                sum[i] += w * row[i];
            }
        }
        return sum;
    }
    let row = part(middle);
    for i in 0..LANES {
        sum[i] = weights[middle] * row[i] + start;
    }
    for (k, w) in weights.iter().enumerate().take(middle) {
        let (a, b) = (part(k), part(last - k));
        if kind == Sides::Equal {
            for i in 0..LANES {
                sum[i] += (a[i] + b[i]) * w;
            }
        } else {
            for i in 0..LANES {
                sum[i] += (a[i] - b[i]) * w;
            }
        }
    }
    sum
}

simd! {
    /// One row of sums, from the rows that the weights are for, all as long as it. The middle weight's product is added to
    /// `start`.
    fn sum_rows(out: &mut [f64], rows: &[&[f64]], weights: &[f64], kind: Sides, start: f64) {
        let n = out.len();
        let mut x = 0;
        while n >= LANES && x < n {
            // The last block overlaps the one before.
            x = x.min(n - LANES);
            out[x..x + LANES].copy_from_slice(&block_of(x, rows, weights, kind, start));
            x += LANES;
        }
        for x in x..n {
            let sum = sum_of(weights, kind, |k| rows[k][x]);
            out[x] = if kind == Sides::Any { sum } else { sum + start };
        }
    }

    fn all_finite(pixels: &[f64]) -> bool {
        pixels.iter().fold(true, |all, v| all & (v.abs() < f64::INFINITY))
    }
}

/// The weights without those at both ends that are 0: far out, a Gaussian is less than the least float64.
fn used(weights: &[f64]) -> &[f64] {
    let zeros =
        weights.iter().zip(weights.iter().rev()).take_while(|(a, b)| **a == 0.0 && **b == 0.0).count();
    let none = zeros.min(weights.len() / 2);
    &weights[none..weights.len() - none]
}

/// Correlates along one axis.
fn correlate_axis(
    pixels: &[f64],
    shape: [usize; 3],
    axis: usize,
    weights: &[f64],
    Beyond { edge, constant, .. }: Beyond,
) -> Vec<f64> {
    let [nz, ny, nx] = shape;
    let short = used(weights);
    // Infinity times 0 is NaN.
    let cut = short.len() < weights.len()
        && constant.is_finite()
        && threads::all(pixels.chunks(1 << 16), all_finite);
    // Sums that begin with a product of 0 are not −0; −0 as a start leaves them as they are.
    let (weights, start) = if cut { (short, 0.0) } else { (weights, -0.0) };
    let (half, kind) = (weights.len() / 2, sides(weights));
    let init = || (vec![0.0; nx + 2 * half], vec![constant; nx]);
    by_parts(nz * ny, nx, nx, 0.0, init, |(line, blank), row, _, out| {
        if axis == 2 {
            line[half..half + nx].copy_from_slice(&pixels[row * nx..][..nx]);
            pad(line, half, edge, constant);
            let rows: Vec<&[f64]> = (0..weights.len()).map(|k| &line[k..k + nx]).collect();
            return sum_rows(out, &rows, weights, kind, start);
        }
        let mut place = [row / ny, row % ny];
        let here = place[axis];
        let rows = (0..weights.len()).map(|k| {
            let Some(at) = edge.index((here + k) as isize - half as isize, shape[axis]) else {
                return &blank[..];
            };
            place[axis] = at;
            &pixels[(place[0] * ny + place[1]) * nx..][..nx]
        });
        sum_rows(out, &rows.collect::<Vec<_>>(), weights, kind, start)
    })
}

/// The constant beyond the border after a pass with these weights.
fn beyond_after(beyond: Beyond, weights: &[f64]) -> Beyond {
    let factor = if beyond.filtered { weights.iter().sum() } else { 1.0 };
    Beyond { constant: beyond.constant * factor, ..beyond }
}

/// One correlation of an image.
pub fn correlate(pixels: &[f64], shape: [usize; 3], taps: &Taps, mut beyond: Beyond) -> Vec<f64> {
    let mut out: Option<Vec<f64>> = None;
    for (axis, weights) in taps.iter().enumerate().filter(|(_, w)| !w.is_empty()) {
        let pixels = out.as_deref().unwrap_or(pixels);
        out = Some(correlate_axis(pixels, shape, axis, weights, beyond));
        beyond = beyond_after(beyond, weights);
    }
    out.unwrap_or_else(|| pixels.to_vec())
}

/// [`correlate`], pixel by pixel.
pub fn correlate_plain(image: &Grid, taps: &Taps, mut beyond: Beyond) -> Grid {
    let mut grid = image.clone();
    for (axis, weights) in taps.iter().enumerate().filter(|(_, w)| !w.is_empty()) {
        let (half, kind) = (weights.len() as isize / 2, sides(weights));
        grid = grid.map_at(|p| {
            sum_of(weights, kind, |k| {
                let mut q = p.map(|i| i as isize);
                q[axis] += k as isize - half;
                grid.sample(q, beyond.edge, beyond.constant)
            })
        });
        beyond = beyond_after(beyond, weights);
    }
    grid
}

/// The pixels of any dtype as float64, converted in parallel.
pub fn f64s(volume: &Volume) -> Vec<f64> {
    each_dtype!(volume.pixels(), |p| by_parts(
        1,
        p.len(),
        1 << 14,
        0.0,
        || (),
        |_, _, first, part| part.iter_mut().zip(&p[first..]).for_each(|(to, v)| *to = v.to_f64())
    ))
}

/// Most responses that a pixel is made of.
pub const MOST: usize = 6;

/// A pixel from its value in each of a few images.
pub fn combine<T: Copy + Default + Send + Sync>(
    images: &[Vec<f64>],
    value: impl Fn(&[f64]) -> T + Sync,
) -> Vec<T> {
    let len = images.first().map_or(0, Vec::len);
    by_parts(
        1,
        len,
        1 << 12,
        T::default(),
        || [0.0; MOST],
        |values, _, first, part| {
            for (i, to) in part.iter_mut().enumerate() {
                values.iter_mut().zip(images).for_each(|(v, image)| *v = image[first + i]);
                *to = value(&values[..images.len()]);
            }
        },
    )
}

/// How far taps reach along each axis.
pub fn halo(taps: &Taps) -> [usize; 3] {
    taps.each_ref().map(|w| w.len() / 2)
}

impl<C, V> Kernel for Bank<C, V>
where
    C: Fn(&VolumeMeta) -> Result<Vec<Chain>, Error> + Send + Sync,
    V: Fn(&[f64]) -> f64 + Send + Sync,
{
    const DEVICE: bool = false;

    fn reach(&self, _spec: &'static Spec, inputs: &Metas) -> Result<Reach, Error> {
        let mut most = [0; 3];
        for chain in (self.chains)(inputs.volume("image")?)? {
            let far = chain.iter().map(halo).fold([0; 3], |sum, h| [0, 1, 2].map(|a| sum[a] + h[a]));
            most = [0, 1, 2].map(|a| usize::max(most[a], far[a]));
        }
        Ok(Reach::Window(most))
    }

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        (self.chains)(inputs.volume("image")?).map(drop)
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let pixels = f64s(image);
        let mut responses = Vec::new();
        for chain in (self.chains)(&image.meta())? {
            let mut response: Option<Vec<f64>> = None;
            for taps in &chain {
                let from = response.as_deref().unwrap_or(&pixels);
                response = Some(correlate(from, image.shape(), taps, self.beyond));
            }
            responses.push(response.unwrap_or_else(|| pixels.clone()));
        }
        let out = combine(&responses, |values| (self.value)(values) as f32);
        Ok(vec![Datum::Volume(image.image(out)?)])
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let image = inputs.volume("image")?;
        let mut responses = Vec::new();
        for chain in (self.chains)(&image.meta())? {
            let all = chain.iter().fold(Grid::from(image), |g, taps| correlate_plain(&g, taps, self.beyond));
            responses.push(all);
        }
        let at = |p| responses.iter().map(|r| r.at(p)).collect::<Vec<f64>>();
        Ok(vec![Plain::Image(Grid::from(image).map_at(|p| (self.value)(&at(p))))])
    }

    fn effort(&self, _spec: &'static Spec, inputs: &Metas) -> Option<usize> {
        let image = inputs.volume("image").ok()?;
        let chains = (self.chains)(image).ok()?;
        let taps: usize = chains.iter().flatten().flatten().map(|weights| 4 * weights.len()).sum();
        Some(image.len().saturating_mul(taps + 1))
    }
}
