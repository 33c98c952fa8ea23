use crate::common::global_threshold::{Bounds, Counted, above, above_plain};
use crate::common::histogram::Histogram;
use crate::common::pointwise;
use crate::common::shape::same_shape;
use rotifer_registry::*;

op! {
    /// Finds thresholds between several classes of brightness, and the pixels above one of them.
    ///
    /// Otsu's method for several classes: the variance between the classes is largest, in bins of the histogram. Whole numbers
    /// have one bin for each value, floats (and 32-bit images of more than 65,536 values) `nbins` between the smallest and the
    /// largest. With `background_classes` 1 the middle one of three classes is foreground, with 2 background. `classes` are 0 for
    /// the darkest; a pixel is above a threshold that it equals no more than in the mask. `factor`, `minimum` and `maximum`
    /// change `mask` and `threshold` alone. Of fewer values than classes all but the largest are thresholds, and classes beyond
    /// are empty. Values that are not finite, and those outside the mask, have no part in it. Sums are exact, where scikit-image
    /// has float32 and may miss the best thresholds by a bin.
    pub struct ThresholdMultiotsu {
        /// Classes of brightness.
        classes: u32 = 3, range(2, 6);
        /// Bins of float images.
        nbins: u32 = 256, range(2, 65536);
        /// So many of the darkest classes are background, the others are the mask.
        background_classes: u32 = 1, range(1, 5);
        /// The threshold is multiplied by this.
        factor: f64 = 1.0, range(0.0, 1e6);
        /// Least threshold, after the factor.
        minimum: Option<f64> = None;
        /// Largest threshold, after the factor.
        maximum: Option<f64> = None;
    }
    id: "threshold_multiotsu", revision: 1, family: Threshold,
    memory: host,
    inputs: { image: Image, mask: Mask optional },
    outputs: { mask: Mask, threshold: Number, classes: Labels, thresholds: Table },
    agrees: Relative(1e-6), follows: "skimage.filters.threshold_multiotsu 0.26",
    python: "counts, centers = bins(counted(image, mask), nbins)
used = f64(centers[counts > 0])
if len(used) <= classes:
    t = [used[min(i, len(used) - 1)] for i in range(classes - 1)]
else:
    n, i = f64(counts[counts > 0]), f64(np.flatnonzero(counts))
    N, S = np.concatenate([[0], np.cumsum(n)]), np.concatenate([[0], np.cumsum(n * i)])
    score, starts = np.where(N > 0, S ** 2 / np.maximum(N, 1), -np.inf), []
    for k in range(classes - 1):
        sums = [score[:j] + (S[j] - S[:j]) ** 2 / (N[j] - N[:j]) for j in range(1, len(N))]
        starts.append([0] + [int(s.argmax()) for s in sums])
        score = np.array([-np.inf] + [s.max() for s in sums])
    j, t = len(N) - 1, []
    for start in starts[::-1]:
        j = start[j]
        t.insert(0, used[j - 1])
    # scikit-image has float32 sums: its thresholds may be worse than the best, and are never better.
    if len(counts) ** (classes - 1) < 3e8:
        theirs = f64(ski.filters.threshold_multiotsu(hist=(counts, f64(centers)), classes=classes))
        ends = [0] + [int(np.searchsorted(used, x)) + 1 for x in theirs] + [len(used)]
        good = sum((S[b] - S[a]) ** 2 / (N[b] - N[a]) for a, b in zip(ends, ends[1:]))
        t = t if score[-1] >= good * (1 - 1e-9) else theirs
inside, one = above(image, t[background_classes - 1], factor, minimum, maximum)
values = f64(image)
part = np.ma.masked_array(np.digitize(np.nan_to_num(values, nan=-np.inf), t, right=True), np.min([abs(values - x) <= 1e-6 * abs(x) for x in t], 0) if image.dtype.kind == 'f' else False)
result = (decide(image, one) if image.dtype.kind == 'f' else inside, one, part, {'threshold': np.array(t)})",
    examples: ["background_classes = 2", "classes = 2\nnbins = 64", "classes = 4\nbackground_classes = 3\nnbins = 64", "factor = 0.9\nminimum = 20.0", "maximum = 90.0"],
}

/// The bins that have pixels: pixels up to each and sum of their indices, from nothing on.
fn moments(histogram: &Histogram) -> (Vec<usize>, Vec<(f64, f64)>) {
    let used: Vec<usize> = (0..histogram.counts.len()).filter(|i| histogram.counts[*i] > 0).collect();
    let mut up_to = vec![(0.0, 0.0)];
    for &i in &used {
        let (n, sum) = up_to[up_to.len() - 1];
        let count = histogram.counts[i] as f64;
        up_to.push((n + count, sum + count * i as f64));
    }
    (used, up_to)
}

/// The part of the variance between classes that a class of the bins `from..to` adds.
fn share(up_to: &[(f64, f64)], from: usize, to: usize) -> f64 {
    let (n, sum) = (up_to[to].0 - up_to[from].0, up_to[to].1 - up_to[from].1);
    sum * sum / n
}

/// Thresholds between classes. The best first bin of the last class never falls as more bins are taken in, so that each half of
/// the bins has only a part of them to try.
pub fn multiotsu(histogram: &Histogram, classes: usize) -> Vec<f64> {
    let (used, up_to) = moments(histogram);
    let center = |bin: usize| histogram.centers[used[bin]];
    let bins = used.len();
    if bins <= classes {
        return (0..classes - 1).map(|i| center(i.min(bins - 1))).collect();
    }
    let mut scores: Vec<f64> =
        (0..=bins).map(|to| if to == 0 { f64::NEG_INFINITY } else { share(&up_to, 0, to) }).collect();
    let mut starts = Vec::new();
    for _ in 1..classes {
        let (mut next, mut start) = (vec![f64::NEG_INFINITY; bins + 1], vec![0; bins + 1]);
        let mut open = vec![(1, bins + 1, 0, bins)];
        while let Some((first, end, lowest, highest)) = open.pop() {
            if first >= end {
                continue;
            }
            let to = first + (end - first) / 2;
            for (from, before) in scores.iter().enumerate().take(highest.min(to - 1) + 1).skip(lowest) {
                let score = before + share(&up_to, from, to);
                if score > next[to] {
                    (next[to], start[to]) = (score, from);
                }
            }
            open.push((first, to, lowest, start[to].max(lowest)));
            open.push((to + 1, end, start[to].max(lowest), highest));
        }
        scores = next;
        starts.push(start);
    }
    let mut to = bins;
    let mut thresholds: Vec<f64> = starts
        .iter()
        .rev()
        .map(|start| {
            to = start[to];
            center(to - 1)
        })
        .collect();
    thresholds.reverse();
    thresholds
}

/// The same, every choice of first bins tried.
fn multiotsu_plain(histogram: &Histogram, classes: usize) -> Vec<f64> {
    let (used, up_to) = moments(histogram);
    let center = |bin: usize| histogram.centers[used[bin]];
    if used.len() <= classes {
        return (0..classes - 1).map(|i| center(i.min(used.len() - 1))).collect();
    }
    let mut best: Vec<(f64, Vec<usize>)> = (0..=used.len())
        .map(|to| (if to == 0 { f64::NEG_INFINITY } else { share(&up_to, 0, to) }, vec![]))
        .collect();
    for _ in 1..classes {
        let last = |to: usize| {
            let mut found = (f64::NEG_INFINITY, vec![]);
            for (from, (before, bins)) in best.iter().enumerate().take(to).skip(1) {
                let score = before + share(&up_to, from, to);
                if score > found.0 {
                    found = (score, [bins.as_slice(), &[from]].concat());
                }
            }
            found
        };
        best = (0..=used.len()).map(last).collect();
    }
    best[used.len()].1.iter().map(|first| center(first - 1)).collect()
}

impl ThresholdMultiotsu {
    fn bounds(&self) -> Bounds {
        Bounds { factor: self.factor, minimum: self.minimum, maximum: self.maximum }
    }

    /// The threshold of the mask, and all.
    fn thresholds(&self, inputs: &Inputs, plain: bool) -> Result<(f64, Vec<f64>), Error> {
        let mask = inputs.optional_volume("mask").map(Volume::mask_slice).transpose()?;
        let counted = Counted::new(inputs.volume("image")?, mask, plain);
        let classes = self.classes as usize;
        let all = match counted.bins(self.nbins) {
            Some(histogram) if plain => multiotsu_plain(&histogram, classes),
            Some(histogram) => multiotsu(&histogram, classes),
            None => vec![counted.only().unwrap_or(0.0); classes - 1],
        };
        Ok((self.bounds().of(all[self.background_classes as usize - 1]), all))
    }
}

fn class(value: f64, thresholds: &[f64]) -> u32 {
    thresholds.iter().map(|t| (value > *t) as u32).sum()
}

fn table(thresholds: Vec<f64>) -> Result<Table, Error> {
    Table::new().with("threshold", Values::Float(thresholds))
}

impl Host for ThresholdMultiotsu {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        self.bounds().check()?;
        if self.background_classes >= self.classes {
            let error = Error::new(Code::OutOfRange, "no class is left for the foreground");
            return Err(error
                .argument("background_classes")
                .value(self.background_classes)
                .allowed(format!("less than {}", self.classes)));
        }
        same_shape(inputs, &["image", "mask"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let (threshold, all) = self.thresholds(inputs, false)?;
        let classes = each_dtype!(image.pixels(), |p| pointwise::map(p, |v| class(v.to_f64(), &all)));
        Ok(vec![
            Datum::Volume(above(image, threshold)?),
            Datum::Number(threshold),
            Datum::Volume(image.labels(classes)?),
            Datum::Table(table(all)?),
        ])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let plain = || {
            let image = inputs.volume("image")?;
            let (threshold, all) = self.thresholds(inputs, true)?;
            let classes = Grid::from(image).map(|v| class(v, &all) as f64);
            Ok(vec![
                Plain::Image(above_plain(image, threshold)),
                Plain::Number(threshold),
                Plain::Image(classes),
                Plain::Table(table(all)?),
            ])
        };
        Some(plain())
    }
}
