use crate::common::random::Random;
use crate::common::shape::same_shape;
use crate::common::threads;
use rotifer_registry::*;

op! {
    /// Tests whether two images correlate more than by chance: `other` is scrambled block by block, many times.
    ///
    /// Costes et al. (Biophys. J. 86:3993, 2004). Both images are cut into blocks of `block` pixels along y and x (in 3-D plane by plane); an
    /// incomplete block at the end of a row or column is left out. Pixels count that are finite in both and, with a mask, inside it,
    /// the mask staying where it is. One row: `pearson`, the correlation; `random_mean` and `random_sd` (divided by their number) of the
    /// correlations with the blocks of `other` in another order; `p_value`, one more than the number of these that are not below `pearson` (to
    /// 10⁻⁹), by one more than all; NaN where an image is constant.
    ///
    /// Each order is made of the one before, first of that of rows, by exchanging block i, from the last to the second, with block
    /// ⌊(i + 1) r / 2⁶⁴⌋, where r are the numbers of splitmix64 started at `seed`.
    pub struct CostesRandomisation {
        /// Side of the blocks in pixels: about that of the smallest thing that the optics resolve.
        block: usize = 4, range(1, 1024);
        /// How often blocks are scrambled.
        permutations: u32 = 200, range(1, 100000);
        /// Where the random numbers begin.
        seed: u32 = 0;
    }
    id: "costes_randomisation", revision: 1, family: Measure,
    memory: host,
    inputs: { image: Image, other: Image, mask: Mask optional },
    outputs: { test: Table },
    agrees: Absolute(1e-9), follows: "numpy.corrcoef 2.4",
    python: "
def blocks(v):
    v = v.reshape(-1, *v.shape[-2:])
    n, h, w = v.shape[0], v.shape[1] // block, v.shape[2] // block
    return v[:, :h * block, :w * block].reshape(n, h, block, w, block).swapaxes(2, 3).reshape(n * h * w, -1)
a, b, inside = blocks(f64(image)), blocks(f64(other)), None if mask is None else blocks(mask)
def pearson(order):
    c = b[order]
    fine = np.isfinite(a) & np.isfinite(c) & (True if mask is None else inside)
    u, v = a[fine], c[fine]
    if len(u) < 2 or not np.ptp(u) or not np.ptp(v):
        return np.nan
    u, v = u - u.mean(), v - v.mean()
    return (u * v).sum() / np.sqrt((u * u).sum() * (v * v).sum())
draw, order = splitmix64(seed), np.arange(len(a))
real, found = pearson(order), []
for _ in range(permutations):
    for i in range(len(order) - 1, 0, -1):
        j = draw(i + 1)
        order[i], order[j] = order[j], order[i]
    found.append(pearson(order))
found = np.array(found)
p = ((found >= real - 1e-9).sum() + 1) / (permutations + 1) if np.isfinite(real) else np.nan
result = {'pearson': [real], 'random_mean': [found.mean()], 'random_sd': [found.std()], 'p_value': [p]}",
    examples: ["permutations = 20\nblock = 7\nseed = 5", "permutations = 15\nblock = 1"],
}

/// Indices of the pixels of each whole block, all in one order.
fn blocks(shape: [usize; 3], block: usize) -> Vec<Vec<usize>> {
    let [nz, ny, nx] = shape;
    let (h, w) = (ny / block, nx / block);
    let pixels = |i: usize| {
        let (z, y, x) = (i / w / h, i / w % h * block, i % w * block);
        (0..block * block).map(move |k| (z * ny + y + k / block) * nx + x + k % block).collect()
    };
    (0..nz * h * w).map(pixels).collect()
}

/// The correlation of pairs.
fn pearson(pairs: &[[f64; 2]]) -> f64 {
    let n = pairs.len() as f64;
    let mean = |i: usize| pairs.iter().map(|p| p[i]).sum::<f64>() / n;
    let differ = |i: usize| pairs.iter().any(|p| p[i] != pairs[0][i]);
    if !differ(0) || !differ(1) {
        return f64::NAN;
    }
    let means = [mean(0), mean(1)];
    let mut sums = [0.0; 3];
    for [a, b] in pairs {
        let (x, y) = (a - means[0], b - means[1]);
        sums.iter_mut().zip([x * y, x * x, y * y]).for_each(|(sum, term)| *sum += term);
    }
    sums[0] / (sums[1] * sums[2]).sqrt()
}

/// [`pearson`] from sums of the values as they are, less the first ones.
fn pearson_plain(pairs: &[[f64; 2]]) -> f64 {
    let Some([first, second]) = pairs.first().copied() else { return f64::NAN };
    let from: Vec<[f64; 2]> = pairs.iter().map(|[a, b]| [a - first, b - second]).collect();
    let (n, sum) = (pairs.len() as f64, |f: &dyn Fn(&[f64; 2]) -> f64| from.iter().map(f).sum::<f64>());
    if from.iter().all(|p| p[0] == 0.0) || from.iter().all(|p| p[1] == 0.0) {
        return f64::NAN;
    }
    let (a, b) = (sum(&|p| p[0]), sum(&|p| p[1]));
    let (aa, bb) = (sum(&|p| p[0] * p[0]) - a * a / n, sum(&|p| p[1] * p[1]) - b * b / n);
    (sum(&|p| p[0] * p[1]) - a * b / n) / (aa * bb).sqrt()
}

impl CostesRandomisation {
    fn test(&self, inputs: &Inputs, pearson: fn(&[[f64; 2]]) -> f64) -> Result<Table, Error> {
        let (image, other) = (inputs.volume("image")?, inputs.volume("other")?);
        let mask = inputs.optional_volume("mask").map(Volume::mask_slice).transpose()?;
        let (a, b, blocks) = (image.f64s(), other.f64s(), blocks(image.shape(), self.block));
        let of_order = |order: &Vec<usize>| {
            let both = blocks.iter().zip(order);
            let pixels = both.flat_map(|(to, from)| to.iter().zip(&blocks[*from]));
            let inside = pixels.filter(|(i, _)| mask.is_none_or(|mask| mask[**i] != 0));
            let pairs = inside.map(|(i, j)| [a[*i], b[*j]]).filter(|p| p.iter().all(|v| v.is_finite()));
            pearson(&pairs.collect::<Vec<_>>())
        };
        let mut order: Vec<usize> = (0..blocks.len()).collect();
        let real = of_order(&order);
        let (mut random, mut orders) = (Random(self.seed as u64), Vec::new());
        let mut found: Vec<f64> = Vec::new();
        for done in 1..=self.permutations {
            for i in (1..order.len()).rev() {
                order.swap(i, random.below(i + 1));
            }
            orders.push(order.clone());
            // Some at a time: orders of many blocks are large.
            if orders.len() == 64 || done == self.permutations {
                found.extend(threads::collect(&orders, of_order));
                orders.clear();
            }
        }
        let n = self.permutations as f64;
        let mean = found.iter().sum::<f64>() / n;
        let sd = (found.iter().map(|r| (r - mean) * (r - mean)).sum::<f64>() / n).sqrt();
        let reached = found.iter().filter(|r| **r >= real - 1e-9).count() as f64;
        let p_value = if real.is_finite() { (reached + 1.0) / (n + 1.0) } else { f64::NAN };
        let columns = [("pearson", real), ("random_mean", mean), ("random_sd", sd), ("p_value", p_value)];
        columns.iter().try_fold(Table::new(), |t, (name, x)| t.with(name, Values::Float(vec![*x])))
    }
}

impl Host for CostesRandomisation {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "other", "mask"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Table(self.test(inputs, pearson)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(self.test(inputs, pearson_plain).map(|table| vec![Plain::Table(table)]))
    }

    fn effort(&self, inputs: &Metas) -> usize {
        inputs.first().map_or(1, |v| v.len().saturating_mul(2 * self.permutations as usize))
    }
}
