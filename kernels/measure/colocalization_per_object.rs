use crate::common::order;
use crate::common::per_object::{Measured, Object, PerObject};
use rotifer_registry::*;

op! {
    /// Measures how two images colocalize in every object.
    ///
    /// The measurements of CellProfiler's MeasureColocalization, one row for each label, ascending. Pixels where one image is NaN or
    /// infinite do not count. A pixel is bright in an image where its value is at least `threshold` percent of the greatest value
    /// that the object has there; sums below go over the pixels that are bright in both.
    ///
    /// - `pearson`: correlation of all pixels; `slope`: of the line fitted to `other` over `image` by least squares.
    /// - `overlap`: Σab / √(Σa² Σb²); `k1`: Σab / Σa²; `k2`: Σab / Σb².
    /// - `manders1`: Σa / the sum of `image` where it is bright; `manders2`: the same of `other`.
    /// - `rwc1`, `rwc2`: the same with each term of the upper sum weighted with 1 − d / r (Singan et al., BMC Bioinformatics 12:407,
    ///   2011): equal values have equal ranks, counted from 0 without gaps, d is the distance of both ranks, r one more than the
    ///   greatest.
    ///
    /// All but the first two are 0 where no pixel is bright in both. NaN stands where a sum below the line is 0, and for objects
    /// without a pixel that counts.
    ///
    /// With `costes`, `costes1` and `costes2` follow: Σa over the pixels above both of two thresholds, by the sum of `image` where it is
    /// at least its threshold, and the same of `other`. The thresholds are those of Costes et al. (Biophys. J. 86:3993, 2004): a pair
    /// of them lies on the line b = p·a + q of the orthogonal regression over the pixels where one image is above 0, and below one
    /// of the best pair the images are not correlated any more. It is looked for as in CellProfiler's mode "Faster", on `steps`
    /// equal steps from 0 to `maximum`: of the bounds l = 1 and r = steps the step m = ⌊(r − l) / 1.2⌋ + l is tried (/ 2 where
    /// r − l ≤ 6) until it is the same again; where the pixels below either threshold have a correlation of at least 0, r becomes
    /// m + 1 and m is the last that held, else, and with two or fewer of them, l becomes m − 1. The threshold is the step before
    /// the last that held, which 1 is in the beginning. NaN where one image is constant over the pixels of the regression or both
    /// have no covariance; a correlation that is not defined counts as below 0.
    pub struct ColocalizationPerObject {
        /// Percent of the greatest value in the object from which a pixel is bright.
        threshold: f64 = 15.0, range(0.0, 100.0);
        /// Adds Costes' coefficients.
        costes: bool = false;
        /// Grey value of the last step, for Costes' thresholds; `none` is the greatest of the dtypes, 1 of float32.
        maximum: Option<f64> = None, range(1e-9, 1e12);
        /// Number of steps of Costes' thresholds: 255 for 8 bits.
        steps: u32 = 65535, range(2, 4294967295.0);
    }
    id: "colocalization_per_object", revision: 1, family: Measure,
    kernel: PerObject(Colocalization { threshold, costes: costes.then_some((maximum, steps as i64)) }),
    inputs: { image: Image, other: Image, labels: Labels },
    outputs: { objects: Table },
    agrees: Relative(1e-9), follows: "cellprofiler.modules.MeasureColocalization 4.2",
    python: "
names = ['pearson', 'slope', 'overlap', 'k1', 'k2', 'manders1', 'manders2', 'rwc1', 'rwc2']
ids, rows = np.unique(labels[labels > 0]), []
for label in ids:
    a, b = f64(image)[labels == label], f64(other)[labels == label]
    counts = np.isfinite(a) & np.isfinite(b)
    a, b = a[counts], b[counts]
    da, db = a - a.mean(), b - b.mean()
    row = [(da * db).sum() / np.sqrt((da ** 2).sum() * (db ** 2).sum()), (da * db).sum() / (da ** 2).sum()]
    bright = [v >= threshold / 100 * v.max() for v in (a, b)]
    both = bright[0] & bright[1]
    ranks = [np.unique(v, return_inverse=True)[1] for v in (a, b)]
    top = max(r.max() for r in ranks) + 1
    weight = (top - np.abs(ranks[0] - ranks[1])) / top
    x, y, w = a[both], b[both], weight[both]
    if both.any():
        row += [(x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum()), (x * y).sum() / (x * x).sum(), (x * y).sum() / (y * y).sum()]
        below = a[bright[0]].sum(), b[bright[1]].sum()
        row += [x.sum() / below[0], y.sum() / below[1], (x * w).sum() / below[0], (y * w).sum() / below[1]]
    row += [0.0] * (9 - len(row))
    if costes:
        top_value = maximum or max(1.0 if i.dtype.kind == 'f' else float(np.iinfo(i.dtype).max) for i in (image, other))
        a, b = a / top_value, b / top_value
        some = (a > 0) | (b > 0)
        x, y = a[some], b[some]
        var = lambda v: np.var(v, ddof=1) if len(v) > 1 else np.nan
        covar = ((x - x.mean()) * (y - y.mean())).sum() / (len(x) - 1) if len(x) > 1 else np.nan
        p = ((var(y) - var(x)) + np.sqrt((var(y) - var(x)) ** 2 + 4 * covar ** 2)) / (2 * covar)
        q = y.mean() - p * x.mean()
        def correlation(below):
            if not np.ptp(a[below]) or not np.ptp(b[below]):
                return -1
            u, v = a[below] - a[below].mean(), b[below] - b[below].mean()
            return (u * v).sum() / np.sqrt((u * u).sum() * (v * v).sum())
        left, right, last, valid = 1, steps, 0, 1
        middle = int((right - left) // 1.2) + left
        tries = 0
        while last != middle and tries < 256:
            tries += 1
            below = (a < middle / steps) | (b < p * (middle / steps) + q)
            if below.sum() > 2 and correlation(below) >= 0:
                right, valid = middle + 1, middle
            else:
                left = middle - 1
            last, middle = middle, int((right - left) // (1.2 if right - left > 6 else 2)) + left
        at = (valid - 1) / steps
        least = at, p * at + q
        both = (a > least[0]) & (b > least[1])
        line = len(x) > 1 and np.ptp(x) and np.ptp(y) and np.abs(covar) > 8 * np.finfo(float).eps * max(var(x), var(y))
        row += [v[both].sum() / v[v >= t].sum() if line else np.nan for v, t in zip((a, b), least)]
    rows.append(row)
names += ['costes1', 'costes2'] if costes else []
rows = np.array(rows, float).reshape(-1, len(names))
result = {'label': ids, **{n: rows[:, i] for i, n in enumerate(names)}}",
    examples: ["threshold = 60.0", "threshold = 0.0", "costes = true", "costes = true\nmaximum = 255.0\nsteps = 255"],
}

struct Colocalization {
    threshold: f64,
    /// The grey value of the last step, and their number.
    costes: Option<(Option<f64>, i64)>,
}

/// Whether a number changes over some pairs.
fn varies(pairs: &[(f64, f64)], of: fn(&(f64, f64)) -> f64) -> bool {
    pairs.iter().any(|p| of(p) != of(&pairs[0]))
}

/// Correlation of some pairs; −1 where it is not defined.
fn correlation(pairs: &[(f64, f64)]) -> f64 {
    if !varies(pairs, |p| p.0) || !varies(pairs, |p| p.1) {
        return -1.0;
    }
    let n = pairs.len() as f64;
    let sum = |term: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|(a, b)| term(*a, *b)).sum::<f64>();
    let (ma, mb) = (sum(&|a, _| a) / n, sum(&|_, b| b) / n);
    let squares = sum(&|a, _| (a - ma).powi(2)) * sum(&|_, b| (b - mb).powi(2));
    sum(&|a, b| (a - ma) * (b - mb)) / squares.sqrt()
}

/// Sums of terms of pairs, in four parts that a processor adds side by side.
fn total<const N: usize>(a: &[f64], b: &[f64], term: impl Fn(f64, f64) -> [f64; N]) -> [f64; N] {
    let mut lanes = [[0.0; 4]; N];
    let mut add = |lane: usize, a: f64, b: f64| {
        let terms = term(a, b);
        lanes.iter_mut().zip(terms).for_each(|(sums, term)| sums[lane] += term);
    };
    let (fours, others) = (a.chunks_exact(4), a.len() / 4 * 4..a.len());
    for (a, b) in fours.zip(b.chunks_exact(4)) {
        (0..4).for_each(|lane| add(lane, a[lane], b[lane]));
    }
    others.for_each(|i| add(i % 4, a[i], b[i]));
    lanes.map(|sums| (sums[0] + sums[1]) + (sums[2] + sums[3]))
}

/// 1 where it holds.
fn one(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

/// Costes' coefficients of pixels on a scale up to 1.
fn costes(a: &[f64], b: &[f64], steps: i64) -> [f64; 2] {
    let pairs = || a.iter().copied().zip(b.iter().copied());
    let some: Vec<(f64, f64)> = pairs().filter(|(a, b)| *a > 0.0 || *b > 0.0).collect();
    let n = some.len() as f64;
    let (xs, ys): (Vec<f64>, Vec<f64>) = some.iter().copied().unzip();
    let [ma, mb] = total(&xs, &ys, |a, b| [a, b]).map(|sum| sum / n);
    let products = |a: f64, b: f64| [(a - ma) * (a - ma), (b - mb) * (b - mb), (a - ma) * (b - mb)];
    let [va, vb, covariance] = total(&xs, &ys, products).map(|sum| sum / (n - 1.0));
    let varies = varies(&some, |p| p.0) && varies(&some, |p| p.1);
    if !varies || covariance.abs() <= 8.0 * f64::EPSILON * va.max(vb) {
        return [f64::NAN; 2];
    }
    let slope = ((vb - va) + ((vb - va).powi(2) + 4.0 * covariance.powi(2)).sqrt()) / (2.0 * covariance);
    let offset = mb - slope * ma;
    let thresholds = |step: i64| {
        let at = step as f64 / steps as f64;
        (at, slope * at + offset)
    };
    // Whether the pixels below either threshold are correlated: that has the sign of their covariance.
    let correlated = |(least_a, least_b): (f64, f64)| {
        let [count, sum_a, sum_b, sum_ab, size] = total(a, b, |a, b| {
            let below = one((a < least_a) | (b < least_b));
            let (a, b) = (below * (a - ma), below * (b - mb));
            [below, a, b, a * b, (a * b).abs()]
        });
        let common = sum_a * sum_b / count;
        let covariance = sum_ab - common;
        if count <= 2.0 {
            return false;
        }
        if covariance.abs() > 1e-11 * (size + common.abs()) {
            return covariance > 0.0;
        }
        // Rounding might decide.
        let below: Vec<(f64, f64)> = pairs().filter(|(a, b)| *a < least_a || *b < least_b).collect();
        correlation(&below) >= 0.0
    };
    let (mut left, mut right, mut last, mut valid) = (1, steps, 0, 1);
    let mut middle = ((right - left) as f64 / 1.2) as i64 + left;
    // At the lower end of the scale the search may go round in circles.
    for _ in 0..256 {
        if last == middle {
            break;
        }
        if correlated(thresholds(middle)) {
            (right, valid) = (middle + 1, middle);
        } else {
            left = middle - 1;
        }
        let part = if right - left > 6 { 1.2 } else { 2.0 };
        (last, middle) = (middle, ((right - left) as f64 / part).floor() as i64 + left);
    }
    let (least_a, least_b) = thresholds(valid - 1);
    let [both_a, both_b, all_a, all_b] = total(a, b, |a, b| {
        let both = one(a > least_a && b > least_b);
        [both * a, both * b, one(a >= least_a) * a, one(b >= least_b) * b]
    });
    [both_a / all_a, both_b / all_b]
}

/// Ranks of values, equal ones of one rank, without gaps from 0.
fn ranks(values: &[f64]) -> Vec<f64> {
    if order::are_singles(values) && values.len() <= u32::MAX as usize {
        return ranks_of_singles(values);
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.dedup();
    values.iter().map(|v| sorted.partition_point(|s| s < v) as f64).collect()
}

/// [`ranks`] of values that float32 holds, sorted by their keys with the places behind.
fn ranks_of_singles(values: &[f64]) -> Vec<f64> {
    let key = |v: f64| u64::from(order::ordered_f32(v as f32)) << 32;
    let mut sorted: Vec<u64> = values.iter().enumerate().map(|(i, v)| key(*v) | i as u64).collect();
    order::sort_by_key(&mut sorted, |item| (item >> 32) as u32);
    let mut ranks = vec![0.0; values.len()];
    let (mut rank, mut last) = (0.0, sorted.first().map_or(0, |first| first >> 32));
    for pair in sorted {
        if pair >> 32 != last {
            (rank, last) = (rank + 1.0, pair >> 32);
        }
        ranks[(pair & u64::from(u32::MAX)) as usize] = rank;
    }
    ranks
}

impl Measured for Colocalization {
    fn columns(&self, _ndim: usize, _images: usize) -> Vec<String> {
        let names = ["pearson", "slope", "overlap", "k1", "k2", "manders1", "manders2", "rwc1", "rwc2"];
        let costes = self.costes.iter().flat_map(|_| ["costes1", "costes2"]);
        names.into_iter().chain(costes).map(String::from).collect()
    }

    fn row(&self, object: &Object, images: &[&Volume]) -> Vec<f64> {
        let (mut a, mut b) = (object.values(images[0]), object.values(images[1]));
        if !a.iter().chain(&b).all(|v| v.is_finite()) {
            let pairs = a.into_iter().zip(b);
            (a, b) = pairs.filter(|(a, b)| a.is_finite() && b.is_finite()).unzip();
        }
        let n = a.len();
        if n == 0 {
            return vec![f64::NAN; self.columns(object.ndim, 2).len()];
        }
        let mut row = self.bright_pixels(&a, &b);
        if let Some((maximum, steps)) = self.costes {
            let most =
                |image: &&Volume| if image.dtype() == Dtype::F32 { 1.0 } else { image.dtype().range().1 };
            let top = maximum.unwrap_or(images.iter().map(most).fold(0.0, f64::max));
            a.iter_mut().chain(&mut b).for_each(|v| *v /= top);
            row.extend(costes(&a, &b, steps));
        }
        row
    }
}

impl Colocalization {
    /// All but Costes' coefficients.
    fn bright_pixels(&self, a: &[f64], b: &[f64]) -> Vec<f64> {
        let n = a.len() as f64;
        let [ma, mb] = total(a, b, |a, b| [a, b]).map(|sum| sum / n);
        let products = |a: f64, b: f64| [(a - ma) * (a - ma), (b - mb) * (b - mb), (a - ma) * (b - mb)];
        let [aa, bb, ab] = total(a, b, products);
        let mut row = vec![ab / (aa * bb).sqrt(), ab / aa];
        let [least_a, least_b] =
            [a, b].map(|v| self.threshold / 100.0 * v.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        let both = |a: f64, b: f64| one(a >= least_a && b >= least_b);
        let [count, aa, bb, ab, sum_a, sum_b, below_a, below_b] = total(a, b, |a, b| {
            let (x, y) = (both(a, b) * a, both(a, b) * b);
            [both(a, b), x * x, y * y, x * y, x, y, one(a >= least_a) * a, one(b >= least_b) * b]
        });
        if count == 0.0 {
            row.resize(9, 0.0);
            return row;
        }
        let (rank_a, rank_b) = (ranks(a), ranks(b));
        let top = 1.0 + rank_a.iter().chain(&rank_b).copied().fold(0.0, f64::max);
        let weights: Vec<f64> =
            rank_a.iter().zip(&rank_b).map(|(x, y)| (top - (x - y).abs()) / top).collect();
        let bright: Vec<f64> = a.iter().zip(b).zip(weights).map(|((a, b), w)| both(*a, *b) * w).collect();
        let [weighted_a] = total(a, &bright, |a, w| [a * w]);
        let [weighted_b] = total(b, &bright, |b, w| [b * w]);
        row.extend([ab / (aa * bb).sqrt(), ab / aa, ab / bb]);
        row.extend([sum_a / below_a, sum_b / below_b, weighted_a / below_a, weighted_b / below_b]);
        row
    }
}
