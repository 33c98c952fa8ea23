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

/// The features of pairs of levels, each of which stands there both ways.
fn features(pairs: &mut [(u8, u8)], greatest: usize) -> [f64; 13] {
    pairs.sort_unstable();
    let shares: Vec<(f64, f64, f64)> = pairs
        .chunk_by(|a, b| a == b)
        .map(|same| (same[0].0 as f64, same[0].1 as f64, same.len() as f64 / pairs.len() as f64))
        .collect();
    let (mut x, mut sums, mut distances) =
        (vec![0.0; greatest + 1], vec![0.0; 2 * greatest + 2], vec![0.0; greatest + 1]);
    for (i, j, p) in &shares {
        x[*i as usize] += p;
        sums[(i + j) as usize] += p;
        distances[(i - j).abs() as usize] += p;
    }
    let sum =
        |term: &dyn Fn(f64, f64, f64) -> f64| shares.iter().map(|(i, j, p)| term(*i, *j, *p)).sum::<f64>();
    let (mean, variance) = moments(&x);
    let (average, sum_variance) = moments(&sums);
    let uniform = x.iter().filter(|p| **p > 0.0).count() == 1;
    let correlation = if uniform { 1.0 } else { sum(&|i, j, p| p * (i - mean) * (j - mean)) / variance };
    let spread = {
        let mean = distances.iter().sum::<f64>() / distances.len() as f64;
        distances.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / distances.len() as f64
    };
    let (h, hx) = (entropy(shares.iter().map(|s| s.2)), entropy(x.iter().copied()));
    [
        sum(&|_, _, p| p * p),
        sum(&|i, j, p| p * (i - j).powi(2)),
        correlation,
        variance,
        sum(&|i, j, p| p / (1.0 + (i - j).powi(2))),
        average,
        sum_variance,
        entropy(sums.iter().copied()),
        h,
        spread,
        entropy(distances.iter().copied()),
        (h - 2.0 * hx) / if hx == 0.0 { 1.0 } else { hx },
        (1.0 - (-2.0 * (2.0 * hx - h)).exp()).max(0.0).sqrt(),
    ]
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
        let mut all = Vec::with_capacity(13 * steps.len());
        for step in steps {
            let mut pairs = Vec::with_capacity(2 * object.count);
            for p in object.pixels() {
                let q: [i64; 3] = std::array::from_fn(|a| p[a] as i64 + step[a] * self.scale as i64);
                let inside = (0..3).all(|a| (0..crop.shape[a] as i64).contains(&(q[a] - crop.origin[a])));
                let (a, b) = (
                    levels[crop.index(p)],
                    if inside { levels[crop.index(q.map(|i| i as usize))] } else { 0 },
                );
                if a > 0 && b > 0 {
                    pairs.extend([(a, b), (b, a)]);
                }
            }
            if pairs.is_empty() {
                return vec![f64::NAN; self.columns(object.ndim, 1).len()];
            }
            all.extend(features(&mut pairs, greatest));
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
