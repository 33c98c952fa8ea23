//! Thresholds that the histogram of an image gives: a rule each.

use crate::common::global_threshold::{Bounds, Counted, GlobalThreshold};
use crate::common::histogram::Histogram;
use crate::common::threads;
use crate::threshold::threshold_otsu::otsu;
use rotifer_registry::*;

/// Counts and centers of the bins that have pixels.
fn used(histogram: &Histogram) -> (Vec<f64>, Vec<f64>) {
    let all = histogram.counts.iter().zip(&histogram.centers);
    all.filter(|(n, _)| **n > 0).map(|(n, c)| (*n as f64, *c)).unzip()
}

/// Sums up to each element.
fn sums(values: impl Iterator<Item = f64>) -> Vec<f64> {
    values
        .scan(0.0, |sum, v| {
            *sum += v;
            Some(*sum)
        })
        .collect()
}

/// The index of the largest score, the first of equal ones; NaN is none.
fn best(scores: impl Iterator<Item = f64>) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (i, score) in scores.enumerate() {
        if !score.is_nan() && best.is_none_or(|(_, most)| score > most) {
            best = Some((i, score));
        }
    }
    best.map(|(i, _)| i)
}

op! {
    /// Finds the threshold at which the correlation of both classes is largest, and the pixels above it.
    ///
    /// Yen's criterion: of P, the share of the pixels up to the threshold, and S and S', the sums of the squared shares of the
    /// bins up to it and above it, (P·(1 − P))² / (S·S') is largest. Whole numbers have one bin for each value, floats (and
    /// 32-bit images of more than 65,536 values) `nbins` between the smallest and the largest. Values that are not finite, and
    /// those outside the mask, have no part in it; an image of one value has that as its threshold.
    pub struct ThresholdYen {
        /// Bins of float images.
        nbins: u32 = 256, range(2, 65536);
        /// The threshold is multiplied by this.
        factor: f64 = 1.0, range(0.0, 1e6);
        /// Least threshold, after the factor.
        minimum: Option<f64> = None;
        /// Largest threshold, after the factor.
        maximum: Option<f64> = None;
    }
    id: "threshold_yen", revision: 1, family: Threshold,
    kernel: GlobalThreshold {
        rule: move |pixels: &Counted| yen(&pixels.bins(nbins)?),
        bounds: Bounds { factor, minimum, maximum },
    },
    inputs: { image: Image, mask: Mask optional },
    outputs: { mask: Mask, threshold: Number },
    agrees: Exact, follows: "skimage.filters.threshold_yen 0.26",
    python: "counts, centers = bins(counted(image, mask), nbins)
t = ski.filters.threshold_yen(hist=(counts, f64(centers)))
result = above(image, t, factor, minimum, maximum)",
    examples: ["nbins = 64", "factor = 0.8\nminimum = 20.0", "maximum = 90.0"],
}

pub fn yen(histogram: &Histogram) -> Option<f64> {
    let (counts, centers) = used(histogram);
    let total: f64 = counts.iter().sum();
    let shares = sums(counts.iter().map(|n| n / total));
    let squares = sums(counts.iter().map(|n| (n / total).powi(2)));
    let mut above = sums(counts.iter().rev().map(|n| (n / total).powi(2)));
    above.reverse();
    let score = |i: usize| (shares[i] * (1.0 - shares[i])).powi(2) / (squares[i] * above[i + 1]);
    best((0..counts.len() - 1).map(score)).map(|i| centers[i])
}

op! {
    /// Finds the threshold at the corner of a histogram with one peak, and the pixels above it.
    ///
    /// Zack's triangle: a line from the peak of the histogram to the end of its longer tail; the threshold is the bin whose count
    /// is farthest below that line. Whole numbers have one bin for each value, floats (and 32-bit images of more than 65,536
    /// values) `nbins` between the smallest and the largest. Values that are not finite, and those outside the mask, have no part
    /// in it; an image of one value has that as its threshold.
    pub struct ThresholdTriangle {
        /// Bins of float images.
        nbins: u32 = 256, range(2, 65536);
        /// The threshold is multiplied by this.
        factor: f64 = 1.0, range(0.0, 1e6);
        /// Least threshold, after the factor.
        minimum: Option<f64> = None;
        /// Largest threshold, after the factor.
        maximum: Option<f64> = None;
    }
    id: "threshold_triangle", revision: 1, family: Threshold,
    kernel: GlobalThreshold {
        rule: move |pixels: &Counted| triangle(&pixels.bins(nbins)?),
        bounds: Bounds { factor, minimum, maximum },
    },
    inputs: { image: Image, mask: Mask optional },
    outputs: { mask: Mask, threshold: Number },
    agrees: Exact, follows: "skimage.filters.threshold_triangle 0.26",
    python: "counts, centers = bins(counted(image, mask), nbins)
if len(counts) > 1:
    t = centers[ski.filters.threshold_triangle(np.repeat(np.arange(len(counts)), counts))]
else:
    t = centers[0]
result = above(image, t, factor, minimum, maximum)",
    examples: ["nbins = 64", "factor = 0.8\nminimum = 20.0", "maximum = 90.0"],
}

pub fn triangle(histogram: &Histogram) -> Option<f64> {
    let Histogram { counts, centers } = histogram;
    let peak = best(counts.iter().map(|n| *n as f64))?;
    let (low, high) = (counts.iter().position(|n| *n > 0)?, counts.iter().rposition(|n| *n > 0)?);
    let right = peak - low < high - peak;
    let width = if right { high - peak } else { peak - low };
    let bin = |x: usize| if right { high - x } else { low + x };
    let height = |x: usize| counts[peak] as f64 * x as f64 - width as f64 * counts[bin(x)] as f64;
    best((0..width).map(height)).map(|x| centers[bin(x)])
}

op! {
    /// Finds the threshold in the middle between the means of both classes, and the pixels above it.
    ///
    /// Ridler and Calvard's method: the lowest center of a bin that lies at most one bin below the middle of the means. Whole
    /// numbers have one bin for each value, floats (and 32-bit images of more than 65,536 values) `nbins` between the smallest
    /// and the largest. Values that are not finite, and those outside the mask, have no part in it; an image of one value has
    /// that as its threshold.
    pub struct ThresholdIsodata {
        /// Bins of float images.
        nbins: u32 = 256, range(2, 65536);
        /// The threshold is multiplied by this.
        factor: f64 = 1.0, range(0.0, 1e6);
        /// Least threshold, after the factor.
        minimum: Option<f64> = None;
        /// Largest threshold, after the factor.
        maximum: Option<f64> = None;
    }
    id: "threshold_isodata", revision: 1, family: Threshold,
    kernel: GlobalThreshold {
        rule: move |pixels: &Counted| isodata(&pixels.bins(nbins)?),
        bounds: Bounds { factor, minimum, maximum },
    },
    inputs: { image: Image, mask: Mask optional },
    outputs: { mask: Mask, threshold: Number },
    agrees: Exact, follows: "skimage.filters.threshold_isodata 0.26",
    python: "counts, centers = bins(counted(image, mask), nbins)
t = ski.filters.threshold_isodata(hist=(counts, f64(centers)))
result = above(image, t, factor, minimum, maximum)",
    examples: ["nbins = 64", "factor = 0.8\nminimum = 20.0", "maximum = 90.0"],
}

pub fn isodata(histogram: &Histogram) -> Option<f64> {
    let Histogram { counts, centers } = histogram;
    let below = sums(counts.iter().map(|n| *n as f64));
    let moments = sums(counts.iter().zip(centers).map(|(n, c)| *n as f64 * c));
    let (total, moment) = (below[below.len() - 1], moments[moments.len() - 1]);
    let width = centers.get(1)? - centers[0];
    let fits = |i: &usize| {
        let means = moments[*i] / below[*i] + (moment - moments[*i]) / (total - below[*i]);
        (0.0..width).contains(&(means / 2.0 - centers[*i]))
    };
    (0..counts.len() - 1).find(fits).map(|i| centers[i])
}

op! {
    /// Finds the threshold between the two peaks of a histogram, and the pixels above it.
    ///
    /// Prewitt's method: the counts are smoothed, each with its two neighbours, until at most two peaks are left; the threshold
    /// is the first bin with the least count from one to the other. A histogram that does not come to two peaks has no such
    /// threshold: it is NaN, and no pixel is above it. Whole numbers have one bin for each value, floats (and 32-bit images of
    /// more than 65,536 values) `nbins` between the smallest and the largest. Values that are not finite, and those outside the
    /// mask, have no part in it; an image of one value has that as its threshold.
    pub struct ThresholdMinimum {
        /// Bins of float images.
        nbins: u32 = 256, range(2, 65536);
        /// Smoothings at most.
        iterations: u32 = 10000, range(1, 1000000);
        /// The threshold is multiplied by this.
        factor: f64 = 1.0, range(0.0, 1e6);
        /// Least threshold, after the factor.
        minimum: Option<f64> = None;
        /// Largest threshold, after the factor.
        maximum: Option<f64> = None;
    }
    id: "threshold_minimum", revision: 1, family: Threshold,
    kernel: GlobalThreshold {
        rule: move |pixels: &Counted| between_peaks(&pixels.bins(nbins)?, iterations),
        bounds: Bounds { factor, minimum, maximum },
    },
    inputs: { image: Image, mask: Mask optional },
    outputs: { mask: Mask, threshold: Number },
    agrees: Exact, follows: "skimage.filters.threshold_minimum 0.26",
    python: "counts, centers = bins(counted(image, mask), nbins)
t = centers[0] if len(counts) == 1 else np.nan
h = np.float32(counts)
for k in range(iterations if len(counts) > 1 else 0):
    h = ndi.uniform_filter1d(h, 3)
    at = np.flatnonzero(np.diff(h))
    turn = np.sign(np.diff(h)[at])
    peaks = at[(turn < 0) & (np.concatenate([[1], turn[:-1]]) > 0)]
    if len(peaks) < 3:
        break
if len(counts) > 1 and len(peaks) == 2 and k < iterations - 1:
    t = centers[peaks[0] + np.argmin(h[peaks[0]:peaks[1] + 1])]
if 1 < len(counts) <= 256:
    try:
        t = ski.filters.threshold_minimum(hist=(counts, f64(centers)), max_num_iter=iterations)
    except RuntimeError:
        t = np.nan
result = above(image, t, factor, minimum, maximum)",
    examples: ["nbins = 64\niterations = 1000", "factor = 0.8\nminimum = 20.0\niterations = 500", "maximum = 90.0\niterations = 20"],
}

/// Peaks of counts, but not one at the end.
fn peaks(counts: &[f32]) -> Vec<usize> {
    let (mut found, mut rises) = (Vec::new(), true);
    for (i, pair) in counts.windows(2).enumerate() {
        if rises && pair[1] < pair[0] {
            found.push(i);
            rises = false;
        } else if !rises && pair[1] > pair[0] {
            rises = true;
        }
    }
    found
}

/// The counts are float32 as in scikit-image: how peaks vanish depends on it.
fn between_peaks(histogram: &Histogram, iterations: u32) -> Option<f64> {
    let first = histogram.counts.iter().position(|n| *n > 0)?;
    let last = histogram.counts.iter().rposition(|n| *n > 0)?;
    let mut counts: Vec<f32> = histogram.counts[first..=last].iter().map(|n| *n as f32).collect();
    let mut smooth = counts.clone();
    for done in 1..=iterations {
        let n = counts.len();
        let mean = |a: f32, b: f32, c: f32| ((a as f64 + b as f64 + c as f64) / 3.0) as f32;
        smooth[0] = mean(counts[0], counts[0], counts[1]);
        smooth[n - 1] = mean(counts[n - 2], counts[n - 1], counts[n - 1]);
        for (to, around) in smooth[1..].iter_mut().zip(counts.windows(3)) {
            *to = mean(around[0], around[1], around[2]);
        }
        std::mem::swap(&mut counts, &mut smooth);
        match peaks(&counts)[..] {
            [a, b] if done < iterations => {
                let least = best(counts[a..=b].iter().map(|n| -*n as f64))?;
                return Some(histogram.centers[first + a + least]);
            }
            [] | [_] | [_, _] => break,
            _ => {}
        }
    }
    Some(f64::NAN)
}

op! {
    /// Finds the threshold that makes classes least fuzzy, and the pixels above it.
    ///
    /// Huang and Wang's method: a pixel belongs to its class by m = 1 / (1 + distance / range), where the distance is that from
    /// the bin that is nearest to the mean of the class, and the range that of the image, and the sum of the entropies −m·log m −
    /// (1 − m)·log(1 − m) over all pixels is least. Whole numbers have one bin for each value, floats (and 32-bit images of more
    /// than 65,536 values) `nbins` between the smallest and the largest. Values that are not finite, and those outside the mask,
    /// have no part in it; an image of one value has that as its threshold.
    pub struct ThresholdHuang {
        /// Bins of float images.
        nbins: u32 = 256, range(2, 65536);
        /// The threshold is multiplied by this.
        factor: f64 = 1.0, range(0.0, 1e6);
        /// Least threshold, after the factor.
        minimum: Option<f64> = None;
        /// Largest threshold, after the factor.
        maximum: Option<f64> = None;
    }
    id: "threshold_huang", revision: 1, family: Threshold,
    kernel: GlobalThreshold {
        rule: move |pixels: &Counted| huang(&pixels.bins(nbins)?),
        bounds: Bounds { factor, minimum, maximum },
    },
    inputs: { image: Image, mask: Mask optional },
    outputs: { mask: Mask, threshold: Number },
    agrees: Exact, follows: "numpy.log 2.4",
    python: "counts, centers = bins(counted(image, mask), nbins)
n, i, c = f64(counts[counts > 0]), np.flatnonzero(counts), f64(centers[counts > 0])
t = c[0]
if len(n) > 1:
    N, S = np.cumsum(n), np.cumsum(n * i)
    a, b = np.floor(S / N + 0.5), np.floor((S[-1] - S[:-1]) / (N[-1] - N[:-1]) + 0.5)
    def entropy(mean, part):
        m = 1 / (1 + abs(i[part] - mean) / (i[-1] - i[0]))
        return (n[part] * -(scipy.special.xlogy(m, m) + scipy.special.xlogy(1 - m, 1 - m))).sum()
    e = [entropy(a[k], slice(0, k + 1)) + entropy(b[k], slice(k + 1, None)) for k in range(len(n) - 1)]
    t = c[int(np.argmax(np.less_equal(e, min(e) * (1 + 1e-12))))]
result = above(image, t, factor, minimum, maximum)",
    examples: ["nbins = 64", "factor = 0.8\nminimum = 20.0", "maximum = 90.0"],
}

pub fn huang(histogram: &Histogram) -> Option<f64> {
    let used: Vec<usize> = (0..histogram.counts.len()).filter(|i| histogram.counts[*i] > 0).collect();
    let counts: Vec<f64> = used.iter().map(|i| histogram.counts[*i] as f64).collect();
    let (last, range) = (used.len() - 1, used[used.len() - 1] - used[0]);
    let below = sums(counts.iter().copied());
    let moments = sums(counts.iter().zip(&used).map(|(n, i)| n * *i as f64));
    let entropy = |distance: usize| {
        let m = 1.0 / (1.0 + distance as f64 / range as f64);
        let other = 1.0 - m;
        -m * m.ln() - if other > 0.0 { other * other.ln() } else { 0.0 }
    };
    let entropies: Vec<f64> = (0..=range).map(entropy).collect();
    let part = |mean: f64, bins: std::ops::Range<usize>| {
        let nearest = (mean + 0.5) as usize;
        bins.map(|k| counts[k] * entropies[used[k].abs_diff(nearest)]).sum::<f64>()
    };
    let fuzzy = |k: usize| {
        let above = (moments[last] - moments[k]) / (below[last] - below[k]);
        part(moments[k] / below[k], 0..k + 1) + part(above, k + 1..last + 1)
    };
    let fuzziness = threads::collect(0..last, fuzzy);
    // Equal but for rounding: the first.
    let least = fuzziness.iter().copied().fold(f64::INFINITY, f64::min);
    fuzziness.iter().position(|e| *e <= least * (1.0 + 1e-12)).map(|k| histogram.centers[used[k]])
}

op! {
    /// Finds the threshold at which both classes have the most entropy, and the pixels above it.
    ///
    /// Kapur's method: the sum of the entropies −Σ q·log q of both classes, where q is a bin's share of the pixels of its class,
    /// is largest. Whole numbers have one bin for each value, floats (and 32-bit images of more than 65,536 values) `nbins`
    /// between the smallest and the largest. Values that are not finite, and those outside the mask, have no part in it; an image
    /// of one value has that as its threshold.
    pub struct ThresholdMaxEntropy {
        /// Bins of float images.
        nbins: u32 = 256, range(2, 65536);
        /// The threshold is multiplied by this.
        factor: f64 = 1.0, range(0.0, 1e6);
        /// Least threshold, after the factor.
        minimum: Option<f64> = None;
        /// Largest threshold, after the factor.
        maximum: Option<f64> = None;
    }
    id: "threshold_max_entropy", revision: 1, family: Threshold,
    kernel: GlobalThreshold {
        rule: move |pixels: &Counted| max_entropy(&pixels.bins(nbins)?),
        bounds: Bounds { factor, minimum, maximum },
    },
    inputs: { image: Image, mask: Mask optional },
    outputs: { mask: Mask, threshold: Number },
    agrees: Exact, follows: "scipy.stats.entropy 1.17",
    python: "counts, centers = bins(counted(image, mask), nbins)
n, c = f64(counts[counts > 0]), f64(centers[counts > 0])
from scipy.stats import entropy
e = [entropy(n[:i]) + entropy(n[i:]) for i in range(1, len(n))] or [0]
t = c[int(np.argmax(np.greater_equal(e, max(e) - 1e-10)))]
result = above(image, t, factor, minimum, maximum)",
    examples: ["nbins = 64", "factor = 0.8\nminimum = 20.0", "maximum = 90.0"],
}

pub fn max_entropy(histogram: &Histogram) -> Option<f64> {
    let (counts, centers) = used(histogram);
    let total: f64 = counts.iter().sum();
    let shares = sums(counts.iter().copied());
    let logs = sums(counts.iter().map(|n| n * n.ln()));
    let (all, last) = (logs[logs.len() - 1], counts.len() - 1);
    let score = |i: usize| {
        let (below, above) = (shares[i], total - shares[i]);
        below.ln() - logs[i] / below + above.ln() - (all - logs[i]) / above
    };
    let scores: Vec<f64> = (0..last).map(score).collect();
    // Equal but for rounding: the first.
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    scores.iter().position(|s| *s >= most - 1e-10).map(|i| centers[i])
}

op! {
    /// Finds the threshold that errs least between two Gaussians, and the pixels above it.
    ///
    /// Kittler and Illingworth's method: of the shares P and Q of both classes and their standard deviations s and r, each of
    /// more than 0, P·log(s/P) + Q·log(r/Q) is least; where no threshold leaves such classes, Otsu's method has the word. Whole
    /// numbers have one bin for each value, floats (and 32-bit images of more than 65,536 values) `nbins` between the smallest
    /// and the largest. Values that are not finite, and those outside the mask, have no part in it; an image of one value has
    /// that as its threshold.
    pub struct ThresholdMinimumError {
        /// Bins of float images.
        nbins: u32 = 256, range(2, 65536);
        /// The threshold is multiplied by this.
        factor: f64 = 1.0, range(0.0, 1e6);
        /// Least threshold, after the factor.
        minimum: Option<f64> = None;
        /// Largest threshold, after the factor.
        maximum: Option<f64> = None;
    }
    id: "threshold_minimum_error", revision: 1, family: Threshold,
    kernel: GlobalThreshold {
        rule: move |pixels: &Counted| minimum_error(&pixels.bins(nbins)?),
        bounds: Bounds { factor, minimum, maximum },
    },
    inputs: { image: Image, mask: Mask optional },
    outputs: { mask: Mask, threshold: Number },
    agrees: Exact, follows: "numpy.var 2.4",
    python: "counts, centers = bins(counted(image, mask), nbins)
n, c = f64(counts[counts > 0]), f64(centers[counts > 0])
def error(i):
    parts = [(n[:i].sum() / n.sum(), np.cov(c[:i], fweights=counts[counts > 0][:i], ddof=0)), (n[i:].sum() / n.sum(), np.cov(c[i:], fweights=counts[counts > 0][i:], ddof=0))]
    return sum(p * np.log(np.sqrt(v) / p) for p, v in parts)
e = [error(i) for i in range(2, len(n) - 1)]
t = c[1 + int(np.argmax(np.less_equal(e, min(e) + 1e-10)))] if e else ski.filters.threshold_otsu(hist=(counts, f64(centers))) if len(n) > 1 else c[0]
result = above(image, t, factor, minimum, maximum)",
    examples: ["nbins = 64", "factor = 0.8\nminimum = 20.0", "maximum = 90.0"],
}

pub fn minimum_error(histogram: &Histogram) -> Option<f64> {
    let (counts, centers) = used(histogram);
    let last = counts.len() - 1;
    if last < 3 {
        return otsu(histogram);
    }
    let middle = centers[last] / 2.0 + centers[0] / 2.0;
    let part = |bins: &mut dyn Iterator<Item = usize>| {
        let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
        let mut found = Vec::with_capacity(counts.len());
        for i in bins {
            // The mean and the squared distances from it, one bin more at a time.
            n += counts[i];
            let away = centers[i] - middle - mean;
            mean += away * counts[i] / n;
            squares += counts[i] * away * (centers[i] - middle - mean);
            found.push((n, squares / n));
        }
        found
    };
    let (below, mut above) = (part(&mut (0..last + 1)), part(&mut (0..last + 1).rev()));
    above.reverse();
    let total = below[last].0;
    let error = |(n, variance): (f64, f64)| n / total * (variance.sqrt() / (n / total)).ln();
    let errors: Vec<f64> = (1..last - 1).map(|i| error(below[i]) + error(above[i + 1])).collect();
    // Equal but for rounding: the first.
    let least = errors.iter().copied().fold(f64::INFINITY, f64::min);
    errors.iter().position(|e| *e <= least + 1e-10).map(|i| centers[i + 1])
}
