use crate::common::per_object::{Measured, Object, PerObject};
use rotifer_registry::*;

op! {
    /// Measures the texture of every object: Haralick's 13 features of grey levels that lie `scale` pixels apart.
    ///
    /// The measurements of CellProfiler's MeasureTexture as mahotas computes them, one row for each label, ascending. Grey values from
    /// `minimum` to `maximum` become 0 to 255, rounded half to even, and those times (levels − 1) / 255, cut off, the levels; values
    /// beyond are the ends, NaN is 0. Level 0 and pixels of other objects take no part. In each direction the pairs of pixels that
    /// lie `scale` steps apart are counted both ways, and p(i, j) is the share of pairs with levels i and j. With the shares x(i) of
    /// one level, s(k) of sums i + j, d(k) of distances |i − j|, and entropies H in bits:
    ///
    /// - `angular_second_moment`: Σp²; `contrast`: Σk² d(k); `correlation`: (Σij p − μ²) / σ² by mean and variance of x, 1 where the
    ///   variance is 0; `variance`: σ²; `inverse_difference_moment`: Σp / (1 + (i − j)²); `sum_average`: Σk s(k);
    ///   `sum_variance`: the variance of sums; `sum_entropy`: H(s); `entropy`: H(p); `difference_entropy`: H(d);
    /// - `difference_variance`: the variance of the numbers d(0) to d(greatest level of the object), as mahotas has it;
    /// - `info_meas1`: (H(p) − 2 H(x)) / H(x), the upper part alone where H(x) is 0; `info_meas2`: √(1 − exp(−2 (2 H(x) − H(p)))).
    ///
    /// Directions are numbered as in CellProfiler. In 2-D `00` to `03` are (y, x) = (0, 1), (1, 1), (1, 0), (1, −1); in 3-D `00` to
    /// `12` are (z, y, x) = (1, 0, 0), (1, 1, 0), (0, 1, 0), (1, −1, 0), (0, 0, 1), (1, 0, 1), (0, 1, 1), (1, 1, 1), (1, −1, 1),
    /// (1, 0, −1), (0, 1, −1), (1, 1, −1), (1, −1, −1). An object without a pair in one of the directions has NaN in all columns.
    pub struct HaralickTexturePerObject {
        /// Distance of the pixels of a pair, in steps along the direction.
        scale: u32 = 3, range(1, 512);
        /// Number of grey levels, with level 0.
        levels: u32 = 256, range(2, 256);
        /// Grey value that becomes 0.
        minimum: f64 = 0.0;
        /// Grey value that becomes 255; `none` is the greatest of the dtype, and 1 for float32.
        maximum: Option<f64> = None;
        /// Columns for `each` direction, with its number at their end, or the `mean` over all directions.
        directions: Directions = Directions::Each;
    }
    id: "haralick_texture_per_object", revision: 1, family: Measure,
    kernel: PerObject(Haralick { scale, levels, minimum, maximum, directions }),
    inputs: { image: Image, labels: Labels },
    outputs: { objects: Table },
    agrees: Relative(1e-9), follows: "mahotas.features.haralick 1.4",
    python: "
names = '''angular_second_moment contrast correlation variance inverse_difference_moment sum_average sum_variance sum_entropy
    entropy difference_variance difference_entropy info_meas1 info_meas2'''.split()
flat = [(0, 1), (1, 1), (1, 0), (1, -1)]
deep = [(1, 0, 0), (1, 1, 0), (0, 1, 0), (1, -1, 0), (0, 0, 1), (1, 0, 1), (0, 1, 1), (1, 1, 1), (1, -1, 1), (1, 0, -1), (0, 1, -1),
    (1, 1, -1), (1, -1, -1)]
steps = flat if image.ndim == 2 else deep
top = maximum if maximum is not None else 1.0 if image.dtype.kind == 'f' else np.iinfo(image.dtype).max
byte = np.rint(np.clip((f64(image) - minimum) / (top - minimum), 0, 1) * 255)
level = np.floor(byte / 255 * (levels - 1)).astype(int)
entropy = lambda p: -(p[p > 0] * np.log2(p[p > 0])).sum()
def features(own, step):
    ends = [[slice(max(0, -sign * d * scale), n - max(0, sign * d * scale)) for d, n in zip(step, own.shape)] for sign in (1, -1)]
    if any(s.stop <= s.start for s in ends[0]):
        return None
    a, b = (own[tuple(e)].ravel() for e in ends)
    a, b = a[(a > 0) & (b > 0)], b[(a > 0) & (b > 0)]
    if not len(a):
        return None
    n = own.max() + 1
    p = np.zeros((n, n))
    np.add.at(p, (a, b), 1)
    p = (p + p.T) / (2 * len(a))
    i, j = np.mgrid[:n, :n]
    x, k = p.sum(axis=0), np.arange(n)
    s, d = np.bincount((i + j).ravel(), p.ravel(), 2 * n), np.bincount(np.abs(i - j).ravel(), p.ravel(), n)
    mean = (x * k).sum()
    variance = (x * (k - mean) ** 2).sum()
    average = (s * np.arange(2 * n)).sum()
    h, hx = entropy(p), entropy(x)
    return [(p ** 2).sum(), (k ** 2 * d).sum(), ((i - mean) * (j - mean) * p).sum() / variance if (x > 0).sum() > 1 else 1.0, variance,
        (p / (1 + (i - j) ** 2)).sum(), average, (s * (np.arange(2 * n) - average) ** 2).sum(), entropy(s), h, d.var(), entropy(d),
        (h - 2 * hx) / (hx or 1.0), np.sqrt(max(0.0, 1 - np.exp(-2 * (2 * hx - h))))]
ids, rows = np.unique(labels[labels > 0]), []
for label, box in zip(range(1, 1 + int(labels.max())), ndi.find_objects(labels.astype(np.int64))):
    if box is not None:
        own = np.where(labels[box] == label, level[box], 0)
        found = [features(own, step) for step in steps]
        found = np.full((len(steps), 13), np.nan) if None in found else np.array(found)
        rows.append(found.mean(axis=0) if directions == 'mean' else found.ravel())
columns = names if directions == 'mean' else ['%s_%02d' % (n, i) for i in range(len(steps)) for n in names]
rows = np.array(rows, float).reshape(-1, len(columns))
result = {'label': ids, **{n: rows[:, i] for i, n in enumerate(columns)}}",
    examples: ["directions = \"mean\"\nscale = 1", "scale = 2\nlevels = 8\nminimum = 10\nmaximum = 250.0"],
}

choice! {
    /// How the directions are summed up.
    pub enum Directions { Each = "each", Mean = "mean" }
}

const FEATURES: [&str; 13] = [
    "angular_second_moment",
    "contrast",
    "correlation",
    "variance",
    "inverse_difference_moment",
    "sum_average",
    "sum_variance",
    "sum_entropy",
    "entropy",
    "difference_variance",
    "difference_entropy",
    "info_meas1",
    "info_meas2",
];

/// Steps along z, y, x.
const FLAT: [[i64; 3]; 4] = [[0, 0, 1], [0, 1, 1], [0, 1, 0], [0, 1, -1]];
const DEEP: [[i64; 3]; 13] = [
    [1, 0, 0],
    [1, 1, 0],
    [0, 1, 0],
    [1, -1, 0],
    [0, 0, 1],
    [1, 0, 1],
    [0, 1, 1],
    [1, 1, 1],
    [1, -1, 1],
    [1, 0, -1],
    [0, 1, -1],
    [1, 1, -1],
    [1, -1, -1],
];

fn steps(ndim: usize) -> &'static [[i64; 3]] {
    if ndim == 2 { &FLAT } else { &DEEP }
}

struct Haralick {
    scale: u32,
    levels: u32,
    minimum: f64,
    maximum: Option<f64>,
    directions: Directions,
}

/// Entropy in bits.
fn entropy(shares: impl Iterator<Item = f64>) -> f64 {
    -shares.filter(|p| *p > 0.0).map(|p| p * p.log2()).sum::<f64>()
}

/// Mean and variance of whole numbers with these shares.
fn moments(shares: &[f64]) -> (f64, f64) {
    let sum =
        |term: &dyn Fn(f64) -> f64| shares.iter().enumerate().map(|(k, p)| p * term(k as f64)).sum::<f64>();
    let mean = sum(&|k| k);
    (mean, sum(&|k| (k - mean).powi(2)))
}

/// How often levels form a pair, whichever comes first.
struct Pairs {
    /// Levels, with level 0.
    wide: usize,
    /// Rows of the smaller level, columns of the greater.
    counts: Vec<u32>,
}

impl Pairs {
    fn new(greatest: usize) -> Pairs {
        let wide = greatest + 1;
        Pairs { wide, counts: vec![0; wide * wide] }
    }

    /// Counts the levels of two rows at the same places.
    fn add(&mut self, a: &[u8], b: &[u8]) {
        for (a, b) in a.iter().zip(b) {
            let (low, high) = (*a.min(b) as usize, *a.max(b) as usize);
            self.counts[low * self.wide + high] += 1;
        }
    }

    /// The features of the pairs without level 0, each of which stands there both ways, or `None` without any. Empties the counts.
    fn features(&mut self) -> Option<[f64; 13]> {
        let wide = self.wide;
        self.counts[..wide].fill(0);
        let pairs: u64 = self.counts.iter().map(|n| u64::from(*n)).sum();
        if pairs == 0 {
            return None;
        }
        let both_ways = 2.0 * pairs as f64;
        let share = |count: u64| count as f64 / both_ways;
        let bits = |count: u64| share(count) * share(count).log2();
        let few: Vec<f64> = (0..64).map(|count| if count > 0 { bits(count) } else { 0.0 }).collect();
        let bits = |count: u64| few.get(count as usize).copied().unwrap_or_else(|| bits(count));
        let (mut x, mut sums, mut distances) = (vec![0u64; wide], vec![0u64; 2 * wide], vec![0u64; wide]);
        let (mut squares, mut h) = (0u64, 0.0);
        for (i, row) in self.counts.chunks_mut(wide).enumerate().skip(1) {
            for (j, count) in row.iter_mut().enumerate().skip(i).filter(|(_, count)| **count > 0) {
                let count = u64::from(std::mem::take(count));
                let cells = if i == j { [2 * count, 0] } else { [count; 2] };
                x[i] += cells[0];
                x[j] += cells[1];
                sums[i + j] += 2 * count;
                distances[j - i] += 2 * count;
                squares += cells[0] * cells[0] + cells[1] * cells[1];
                h -= if i == j { bits(2 * count) } else { 2.0 * bits(count) };
            }
        }
        let [x, sums, distances] =
            [x, sums, distances].map(|counts| counts.into_iter().map(share).collect::<Vec<f64>>());
        let (_, variance) = moments(&x);
        let (average, sum_variance) = moments(&sums);
        let uniform = x.iter().filter(|p| **p > 0.0).count() == 1;
        let weighted = |term: &dyn Fn(f64) -> f64| {
            distances.iter().enumerate().map(|(k, p)| p * term(k as f64)).sum::<f64>()
        };
        // The mean of (i − j)² is twice the difference of the variance and the covariance.
        let contrast = weighted(&|k| k * k);
        let correlation = if uniform { 1.0 } else { 1.0 - contrast / (2.0 * variance) };
        let spread = {
            let mean = distances.iter().sum::<f64>() / distances.len() as f64;
            distances.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / distances.len() as f64
        };
        let hx = entropy(x.iter().copied());
        Some([
            squares as f64 / (both_ways * both_ways),
            contrast,
            correlation,
            variance,
            weighted(&|k| 1.0 / (1.0 + k * k)),
            average,
            sum_variance,
            entropy(sums.iter().copied()),
            h,
            spread,
            entropy(distances.iter().copied()),
            (h - 2.0 * hx) / if hx == 0.0 { 1.0 } else { hx },
            (1.0 - (-2.0 * (2.0 * hx - h)).exp()).max(0.0).sqrt(),
        ])
    }
}

impl Haralick {
    /// The grey value that becomes 255.
    fn top(&self, dtype: Dtype) -> f64 {
        self.maximum.unwrap_or(if dtype == Dtype::F32 { 1.0 } else { dtype.range().1 })
    }

    fn level(&self, value: f64, maximum: f64) -> u8 {
        let byte =
            (((value - self.minimum) / (maximum - self.minimum)).clamp(0.0, 1.0) * 255.0).round_ties_even();
        (byte / 255.0 * (self.levels as f64 - 1.0)) as u8
    }
}

impl Measured for Haralick {
    fn check(&self, inputs: &Metas) -> Result<(), Error> {
        let maximum = self.top(inputs.volume("image")?.dtype);
        if self.minimum < maximum {
            return Ok(());
        }
        Err(Error::new(Code::OutOfRange, "must lie below `maximum`")
            .argument("minimum")
            .value(self.minimum)
            .allowed(format!("less than {maximum}")))
    }

    fn columns(&self, ndim: usize, _images: usize) -> Vec<String> {
        if self.directions == Directions::Mean {
            return FEATURES.map(String::from).into();
        }
        let of_step = |i: usize| FEATURES.iter().map(move |name| format!("{name}_{i:02}"));
        (0..steps(ndim).len()).flat_map(of_step).collect()
    }

    fn row(&self, object: &Object, images: &[&Volume]) -> Vec<f64> {
        let crop = object.crop(false);
        let maximum = self.top(images[0].dtype());
        let mut levels = vec![0; crop.inside.len()];
        for (p, value) in object.pixels().zip(object.values(images[0])) {
            levels[crop.index(p)] = self.level(value, maximum);
        }
        let greatest = levels.iter().copied().max().unwrap_or(0) as usize;
        let steps = steps(object.ndim);
        let mut pairs = Pairs::new(greatest);
        let mut all = Vec::with_capacity(13 * steps.len());
        let [nz, ny, nx] = crop.shape;
        for step in steps {
            let [dz, dy, dx] = step.map(|d| d * self.scale as i64);
            // The first ones of pairs, along an axis.
            let firsts = |d: i64, n: usize| {
                let n = n as i64;
                let (from, to) = ((-d).clamp(0, n), (n - d).clamp(0, n));
                from as usize..to.max(from) as usize
            };
            for (z, y) in firsts(dz, nz).flat_map(|z| firsts(dy, ny).map(move |y| (z, y))) {
                let second = ((z as i64 + dz) as usize * ny + (y as i64 + dy) as usize) * nx;
                let first = (z * ny + y) * nx;
                let x = firsts(dx, nx);
                let ahead = (x.start as i64 + dx) as usize;
                let length = x.len();
                pairs.add(
                    &levels[first + x.start..first + x.end],
                    &levels[second + ahead..second + ahead + length],
                );
            }
            match pairs.features() {
                Some(features) => all.extend(features),
                None => return vec![f64::NAN; self.columns(object.ndim, 1).len()],
            }
        }
        match self.directions {
            Directions::Each => all,
            Directions::Mean => {
                let mean = |f: usize| all.iter().skip(f).step_by(13).sum::<f64>() / steps.len() as f64;
                (0..13).map(mean).collect()
            }
        }
    }
}
