//! Thresholds that the values of an image give, each by itself: a rule each.

use crate::common::global_threshold::{Bounds, Counted, GlobalThreshold};
use crate::common::histogram::Histogram;
use rotifer_registry::*;

op! {
    /// Finds the mean of all pixels, and the pixels above it.
    ///
    /// Values that are not finite, and those outside the mask, have no part in it; an image of one value has that as its
    /// threshold.
    pub struct ThresholdMean {
        /// The threshold is multiplied by this.
        factor: f64 = 1.0, range(0.0, 1e6);
        /// Least threshold, after the factor.
        minimum: Option<f64> = None;
        /// Largest threshold, after the factor.
        maximum: Option<f64> = None;
    }
    id: "threshold_mean", revision: 1, family: Threshold,
    kernel: GlobalThreshold {
        rule: move |pixels: &Counted| pixels.mean(),
        bounds: Bounds { factor, minimum, maximum },
    },
    inputs: { image: Image, mask: Mask optional },
    outputs: { mask: Mask, threshold: Number },
    agrees: Relative(1e-6), follows: "skimage.filters.threshold_mean 0.26",
    python: "inside, t = above(image, ski.filters.threshold_mean(f64(counted(image, mask))), factor, minimum, maximum)
result = (decide(image, t) if image.dtype.kind == 'f' else inside, t)",
    examples: ["factor = 0.8\nminimum = 20.0", "maximum = 90.0"],
}

op! {
    /// Finds the threshold at which the cross entropy is least, and the pixels above it.
    ///
    /// Li and Tam's method on the values less the least one: from the mean on, with a and b the means of the pixels up to the
    /// threshold and above it, the next threshold is (a − b) / (log a − log b), until it moves no more than `tolerance`, or a is
    /// 0. Values that are not finite, and those outside the mask, have no part in it; an image of one value has that as its
    /// threshold.
    pub struct ThresholdLi {
        /// Where the search begins; left out, or not between the least and the largest value, at the mean.
        initial_guess: Option<f64> = None;
        /// Largest last step; left out, half the least difference of two values, of whole numbers 0.5.
        tolerance: Option<f64> = None, range(1e-12, 1e9);
        /// The threshold is multiplied by this.
        factor: f64 = 1.0, range(0.0, 1e6);
        /// Least threshold, after the factor.
        minimum: Option<f64> = None;
        /// Largest threshold, after the factor.
        maximum: Option<f64> = None;
    }
    id: "threshold_li", revision: 1, family: Threshold,
    kernel: GlobalThreshold {
        rule: move |pixels: &Counted| li(&pixels.values()?, pixels.dtype(), initial_guess, tolerance),
        bounds: Bounds { factor, minimum, maximum },
    },
    inputs: { image: Image, mask: Mask optional },
    outputs: { mask: Mask, threshold: Number },
    agrees: Relative(1e-6), follows: "skimage.filters.threshold_li 0.26",
    python: "v = counted(image, mask)
v = f64(v) if v.dtype.kind == 'f' else v.astype(np.int64)
guess = initial_guess if initial_guess is not None and v.min() < initial_guess < v.max() else None
inside, t = above(image, ski.filters.threshold_li(v, tolerance=tolerance, initial_guess=guess), factor, minimum, maximum)
result = (decide(image, t) if image.dtype.kind == 'f' else inside, t)",
    examples: ["initial_guess = 60.0", "tolerance = 3.0", "factor = 0.8\nminimum = 20.0", "maximum = 90.0"],
}

pub fn li(found: &Histogram, dtype: Dtype, guess: Option<f64>, tolerance: Option<f64>) -> Option<f64> {
    let Histogram { counts, centers } = found;
    let (least, largest) = (centers[0], centers[centers.len() - 1]);
    let (mut n, mut sum) = (0, 0.0);
    // Pixels up to each value, and their sum.
    let add = |(count, value): (&u64, &f64)| {
        n += count;
        sum += *count as f64 * (value - least);
        (n as f64, sum)
    };
    let up_to: Vec<(f64, f64)> = counts.iter().zip(centers).map(add).collect();
    let all = up_to[up_to.len() - 1];
    let closest = || centers.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min) / 2.0;
    let tolerance = tolerance.unwrap_or_else(|| if dtype == Dtype::F32 { closest() } else { 0.5 });
    let inside = guess.filter(|guess| least < *guess && *guess < largest);
    let mut next = inside.map_or(all.1 / all.0, |guess| guess - least);
    let mut now = f64::NEG_INFINITY;
    while (next - now).abs() > tolerance {
        now = next;
        let below = up_to[centers.partition_point(|c| c - least <= now).max(1) - 1];
        let (a, b) = (below.1 / below.0, (all.1 - below.1) / (all.0 - below.0));
        if a == 0.0 {
            break;
        }
        next = (a - b) / (a.ln() - b.ln());
    }
    Some(next + least)
}

choice! {
    /// The middle of some values.
    pub enum Average {
        Mean = "mean",
        Median = "median",
        /// The mean of the fullest of ⌈√n⌉ bins of equal width, n being the number of values.
        Mode = "mode",
    }
}

choice! {
    /// How far values lie from their middle.
    pub enum Spread {
        StandardDeviation = "standard_deviation",
        /// The median distance from the median.
        MedianAbsoluteDeviation = "median_absolute_deviation",
    }
}

op! {
    /// Finds the threshold some deviations above the background, and the pixels above it.
    ///
    /// For images that are background for the most part: of the sorted pixels a share at either end is left out, and the
    /// threshold is the average of the others and so many times their spread. Shares are rounded to whole pixels, half to even.
    /// The definition is CellProfiler's. Values that are not finite, and those outside the mask, have no part in it; an image of
    /// one value has that as its threshold.
    pub struct ThresholdRobustBackground {
        /// Share of the darkest pixels that is left out.
        lower_fraction: f64 = 0.05, range(0.0, 0.49);
        /// Share of the brightest pixels that is left out.
        upper_fraction: f64 = 0.05, range(0.0, 0.49);
        /// The middle of the others.
        average: Average = Average::Mean;
        /// How their spread is measured.
        spread: Spread = Spread::StandardDeviation;
        /// Spreads from the average to the threshold.
        deviations: f64 = 2.0, range(-100.0, 100.0);
        /// The threshold is multiplied by this.
        factor: f64 = 1.0, range(0.0, 1e6);
        /// Least threshold, after the factor.
        minimum: Option<f64> = None;
        /// Largest threshold, after the factor.
        maximum: Option<f64> = None;
    }
    id: "threshold_robust_background", revision: 1, family: Threshold,
    kernel: GlobalThreshold {
        rule: move |pixels: &Counted| robust_background(pixels.values()?, [lower_fraction, upper_fraction], average, spread, deviations),
        bounds: Bounds { factor, minimum, maximum },
    },
    inputs: { image: Image, mask: Mask optional },
    outputs: { mask: Mask, threshold: Number },
    agrees: Relative(1e-6), follows: "numpy.std 2.4",
    python: "v = np.sort(f64(counted(image, mask)))
n = len(v)
v = v[round(n * lower_fraction):n - round(n * upper_fraction)]
bins_ = int(np.ceil(np.sqrt(len(v))))
place = np.minimum(((v - v[0]) / max(v[-1] - v[0], 1e-300) * bins_).astype(int), bins_ - 1)
middle = {'mean': np.mean, 'median': np.median, 'mode': lambda v: v[place == np.bincount(place).argmax()].mean()}[average](v)
wide = np.std(v) if spread == 'standard_deviation' else np.median(abs(v - np.median(v)))
inside, t = above(image, middle + deviations * wide, factor, minimum, maximum)
result = (decide(image, t) if image.dtype.kind == 'f' else inside, t)",
    examples: ["average = \"median\"\nspread = \"median_absolute_deviation\"", "average = \"mode\"", "lower_fraction = 0.2\nupper_fraction = 0.0\ndeviations = -0.5", "factor = 0.8\nminimum = 20.0", "maximum = 90.0"],
}

/// Values and the number of each, ascending.
pub type Sorted = Vec<(f64, u64)>;

/// The median; there is a value at least.
pub fn median(values: &Sorted) -> f64 {
    let n: u64 = values.iter().map(|(_, n)| n).sum();
    let of_rank = |rank: u64| {
        let mut up_to = 0;
        let place = values.iter().find(|(_, n)| {
            up_to += n;
            up_to > rank
        });
        place.map_or(f64::NAN, |(v, _)| *v)
    };
    (of_rank((n - 1) / 2) + of_rank(n / 2)) / 2.0
}

/// Pixels and mean.
fn mean<'a>(values: impl Iterator<Item = &'a (f64, u64)>) -> (f64, f64) {
    let (n, sum) = values.fold((0.0, 0.0), |(n, sum), (v, k)| (n + *k as f64, sum + v * *k as f64));
    (n, sum / n)
}

fn mode(values: &Sorted) -> f64 {
    let n: u64 = values.iter().map(|(_, n)| n).sum();
    let bins = (n as f64).sqrt().ceil() as usize;
    let (least, largest) = (values[0].0, values[values.len() - 1].0);
    let bin = |v: f64| (((v - least) / (largest - least).max(1e-300) * bins as f64) as usize).min(bins - 1);
    let parts = values.chunk_by(|a, b| bin(a.0) == bin(b.0)).map(|part| mean(part.iter()));
    parts.reduce(|a, b| if b.0 > a.0 { b } else { a }).map_or(f64::NAN, |(_, mean)| mean)
}

pub fn robust_background(
    found: Histogram,
    fractions: [f64; 2],
    average: Average,
    spread: Spread,
    deviations: f64,
) -> Option<f64> {
    let total: u64 = found.counts.iter().sum();
    let cut = |fraction: f64| (total as f64 * fraction).round_ties_even() as u64;
    let kept = cut(fractions[0])..total - cut(fractions[1]);
    if kept.is_empty() {
        return None;
    }
    let mut before = 0;
    let mut values = Sorted::new();
    for (value, n) in found.centers.into_iter().zip(found.counts) {
        let inside = kept.end.min(before + n).saturating_sub(kept.start.max(before));
        before += n;
        if inside > 0 {
            values.push((value, inside));
        }
    }
    let middle = match average {
        Average::Mean => mean(values.iter()).1,
        Average::Median => median(&values),
        Average::Mode => mode(&values),
    };
    let from = match spread {
        Spread::StandardDeviation => mean(values.iter()).1,
        Spread::MedianAbsoluteDeviation => median(&values),
    };
    let mut away: Sorted = values.into_iter().map(|(v, n)| ((v - from).abs(), n)).collect();
    let wide = match spread {
        Spread::StandardDeviation => {
            away.iter_mut().for_each(|(v, _)| *v *= *v);
            mean(away.iter()).1.sqrt()
        }
        Spread::MedianAbsoluteDeviation => {
            away.sort_by(|a, b| a.0.total_cmp(&b.0));
            median(&away)
        }
    };
    Some(middle + deviations * wide)
}

op! {
    /// Finds the threshold between two Gaussians that the histogram is the sum of, and the pixels above it.
    ///
    /// Two Gaussians are fitted to the histogram by 200 rounds of expectation and maximisation, from the brightest
    /// `object_fraction` of the pixels and the others on; a standard deviation is at least a thousandth of the range. The
    /// threshold is where both are equally likely, between their means, or else in the middle of these. Whole numbers have one
    /// bin for each value, floats (and 32-bit images of more than 65,536 values) `nbins`. Values that are not finite, and those
    /// outside the mask, have no part in it; an image of one value has that as its threshold.
    pub struct ThresholdMixtureOfGaussians {
        /// About what share of the pixels is bright.
        object_fraction: f64 = 0.2, range(0.01, 0.99);
        /// Bins of float images.
        nbins: u32 = 256, range(2, 65536);
        /// The threshold is multiplied by this.
        factor: f64 = 1.0, range(0.0, 1e6);
        /// Least threshold, after the factor.
        minimum: Option<f64> = None;
        /// Largest threshold, after the factor.
        maximum: Option<f64> = None;
    }
    id: "threshold_mixture_of_gaussians", revision: 1, family: Threshold,
    kernel: GlobalThreshold {
        rule: move |pixels: &Counted| gaussians(&pixels.bins(nbins)?, object_fraction),
        bounds: Bounds { factor, minimum, maximum },
    },
    inputs: { image: Image, mask: Mask optional },
    outputs: { mask: Mask, threshold: Number },
    agrees: Relative(1e-5), follows: "scipy.optimize.brentq 1.17",
    python: "counts, centers = bins(counted(image, mask), nbins)
n, c = f64(counts[counts > 0]), f64(centers[counts > 0])
t = c[0]
if len(n) > 1:
    lo, width = c[0], c[-1] - c[0]
    x = (c - lo) / width
    bright = f64(np.cumsum(n) > (1 - object_fraction) * n.sum())
    bright[0], bright[-1] = 0, 1
    def density(x):
        return [w * np.exp(-(x - m) ** 2 / (2 * s * s)) / s for w, m, s in parts]
    for i in range(201):
        parts = []
        for r in (1 - bright, bright):
            k = n * r
            m = (k * x).sum() / k.sum()
            parts.append((k.sum(), m, max(np.sqrt((k * (x - m) ** 2).sum() / k.sum()), 1e-3)))
        a, b = density(x)
        bright = np.where(a + b > 0, b / np.where(a + b > 0, a + b, 1), x > (parts[0][1] + parts[1][1]) / 2)
    (p, u, s), (q, v, r) = parts
    f = lambda x: np.log(p / s) - (x - u) ** 2 / (2 * s * s) - np.log(q / r) + (x - v) ** 2 / (2 * r * r)
    t = scipy.optimize.brentq(f, u, v, xtol=1e-14) if u < v and f(u) > 0 > f(v) else (u + v) / 2
    t = lo + width * t
inside, t = above(image, t, factor, minimum, maximum)
result = (inside if len(n) == 1 else decide(image, t, 2e-5), t)",
    examples: ["object_fraction = 0.5", "nbins = 64", "factor = 0.8\nminimum = 20.0", "maximum = 90.0"],
}

/// Weight, mean and standard deviation.
struct Gaussian([f64; 3]);

impl Gaussian {
    fn fit(points: &[(f64, f64)], share: impl Fn(usize) -> f64) -> Gaussian {
        let (mut weight, mut moment) = (0.0, 0.0);
        for (i, (x, n)) in points.iter().enumerate() {
            weight += n * share(i);
            moment += n * share(i) * x;
        }
        let mean = moment / weight;
        let squares: f64 =
            points.iter().enumerate().map(|(i, (x, n))| n * share(i) * (x - mean) * (x - mean)).sum();
        Gaussian([weight, mean, (squares / weight).sqrt().max(1e-3)])
    }

    fn at(&self, x: f64) -> f64 {
        let Gaussian([weight, mean, deviation]) = self;
        weight * (-(x - mean) * (x - mean) / (2.0 * deviation * deviation)).exp() / deviation
    }

    fn log(&self, x: f64) -> f64 {
        let Gaussian([weight, mean, deviation]) = self;
        (weight / deviation).ln() - (x - mean) * (x - mean) / (2.0 * deviation * deviation)
    }
}

pub fn gaussians(found: &Histogram, object_fraction: f64) -> Option<f64> {
    let used = found.counts.iter().zip(&found.centers).filter(|(n, _)| **n > 0);
    let (counts, centers): (Vec<f64>, Vec<f64>) = used.map(|(n, c)| (*n as f64, *c)).unzip();
    let (least, last) = (centers[0], centers.len() - 1);
    let range = centers[last] - least;
    let points: Vec<(f64, f64)> =
        centers.iter().zip(&counts).map(|(c, n)| ((c - least) / range, *n)).collect();
    let dark = (1.0 - object_fraction) * counts.iter().sum::<f64>();
    let mut up_to = 0.0;
    let start = |n: &f64| {
        up_to += n;
        (up_to > dark) as u8 as f64
    };
    let mut bright: Vec<f64> = counts.iter().map(start).collect();
    (bright[0], bright[last]) = (0.0, 1.0);
    let fit =
        |bright: &[f64]| (Gaussian::fit(&points, |i| 1.0 - bright[i]), Gaussian::fit(&points, |i| bright[i]));
    for _ in 0..200 {
        let (a, b) = fit(&bright);
        let middle = (a.0[1] + b.0[1]) / 2.0;
        for (share, (x, _)) in bright.iter_mut().zip(&points) {
            let (a, b) = (a.at(*x), b.at(*x));
            *share = if a + b > 0.0 { b / (a + b) } else { (*x > middle) as u8 as f64 };
        }
    }
    let (a, b) = fit(&bright);
    let (mut low, mut high) = (a.0[1], b.0[1]);
    let sign = |x: f64| a.log(x) - b.log(x);
    if low < high && sign(low) > 0.0 && sign(high) < 0.0 {
        // Between the means the sign changes once.
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if sign(middle) > 0.0 { low = middle } else { high = middle }
        }
    }
    Some(least + range * (low + high) / 2.0)
}
