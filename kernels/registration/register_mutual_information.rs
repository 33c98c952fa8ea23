use crate::common::shape::same_shape;
use crate::common::threads;
use rotifer_registry::*;
use std::collections::BTreeMap;

op! {
    /// Finds the shift by whole pixels that lays `moving` on `reference`, where both tell most of each other.
    ///
    /// CellProfiler's Align with mutual information: from no shift on, one goes to the neighbouring shift (diagonal ones, too) with the
    /// greatest mutual information, until none has more than 10⁻⁹ more than the best, so that the images may show different things,
    /// such as two stains. Along no axis the shift is more than half the image. The information of a shift is that of the pixels
    /// that lie on each other: of each image they fall into `bins` equal bins from their least to their greatest value, the
    /// greatest into the last, and with the shares p of pairs of bins and of single ones it is Σ p(a, b) log₂(p(a, b) / p(a) p(b)),
    /// in bits. Pairs with NaN or an infinite value do not count. Of equal neighbours the first in raster order counts.
    ///
    /// One row: `shift-0`, ... in pixels along (z,) y, x, to be added to positions in `moving`, and `mutual_information`.
    pub struct RegisterMutualInformation {
        /// Bins of the values of each image.
        bins: u32 = 256, range(2, 1024);
    }
    id: "register_mutual_information", revision: 1, family: Registration,
    memory: host,
    inputs: { reference: Image, moving: Image },
    outputs: { shift: Table },
    agrees: Relative(1e-9), follows: "cellprofiler.modules.Align 4.2",
    python: "
from itertools import product
a, b = f64(reference), f64(moving)
def information(s):
    part = lambda way: tuple(slice(max(0, way * k), n + min(0, way * k)) for k, n in zip(s, a.shape))
    u, v = a[part(1)].ravel(), b[part(-1)].ravel()
    fine = np.isfinite(u) & np.isfinite(v)
    u, v = u[fine], v[fine]
    if not len(u):
        return 0.0
    level = lambda w: np.minimum((w - w.min()) / (np.ptp(w) or 1) * bins, bins - 1).astype(int)
    joint = np.bincount(level(u) * bins + level(v), minlength=bins * bins).reshape(bins, bins)
    rows, columns = joint.sum(axis=1), joint.sum(axis=0)
    i, j = np.nonzero(joint)
    c = joint[i, j].astype(float)
    return (c / len(u) * np.log2(c * len(u) / (rows[i].astype(float) * columns[j]))).sum()
best, at = information((0,) * a.ndim), (0,) * a.ndim
while True:
    start = at
    for step in product((-1, 0, 1), repeat=a.ndim):
        s = tuple(k + d for k, d in zip(start, step))
        if any(step) and all(2 * abs(k) <= n and abs(k) < n for k, n in zip(s, a.shape)):
            found = information(s)
            if found > best + 1e-9:
                best, at = found, s
    if at == start:
        break
result = {**{f'shift-{i}': [float(k)] for i, k in enumerate(at)}, 'mutual_information': [best]}",
    examples: ["bins = 16"],
}

type Shift = [isize; 3];

/// Pairs of values of pixels that lie on each other.
fn pairs(volumes: [&Volume; 2], pixels: [&[f64]; 2], shift: Shift) -> Vec<[f64; 2]> {
    let shape = volumes[0].shape().map(|n| n as isize);
    let inside = |a: usize| shift[a].max(0)..shape[a] + shift[a].min(0);
    let at = |[z, y, x]: Shift| ((z * shape[1] + y) * shape[2] + x) as usize;
    let mut all = Vec::new();
    for z in inside(0) {
        for y in inside(1) {
            let to = [z, y, inside(2).start];
            let from: Shift = std::array::from_fn(|a| to[a] - shift[a]);
            let count = inside(2).count();
            let row = pixels[0][at(to)..][..count].iter().zip(&pixels[1][at(from)..][..count]);
            all.extend(row.map(|(a, b)| [*a, *b]).filter(|pair| pair.iter().all(|v| v.is_finite())));
        }
    }
    all
}

/// The bin of each pair in both images.
fn binned(pairs: &[[f64; 2]], bins: usize) -> Vec<[usize; 2]> {
    let ends = |i: usize| {
        let fold = |(low, high): (f64, f64), p: &[f64; 2]| (low.min(p[i]), high.max(p[i]));
        let (low, high) = pairs.iter().fold((f64::INFINITY, f64::NEG_INFINITY), fold);
        (low, if high > low { high - low } else { 1.0 })
    };
    let ends = [ends(0), ends(1)];
    let bin =
        |v: f64, (low, range): (f64, f64)| ((v - low) / range * bins as f64).min(bins as f64 - 1.0) as usize;
    pairs.iter().map(|p| [bin(p[0], ends[0]), bin(p[1], ends[1])]).collect()
}

/// The information of pairs of bins, from their counts.
fn information(counts: impl Iterator<Item = ([usize; 2], f64)>, sides: [&[f64]; 2], n: f64) -> f64 {
    counts.map(|([a, b], c)| c / n * (c * n / (sides[0][a] * sides[1][b])).log2()).sum()
}

impl RegisterMutualInformation {
    fn of_shift(&self, volumes: [&Volume; 2], pixels: [&[f64]; 2], shift: Shift) -> f64 {
        let (pairs, bins) = (pairs(volumes, pixels, shift), self.bins as usize);
        let (mut joint, mut sides) = (vec![0.0; bins * bins], [vec![0.0; bins], vec![0.0; bins]]);
        for [a, b] in binned(&pairs, bins) {
            joint[a * bins + b] += 1.0;
            sides[0][a] += 1.0;
            sides[1][b] += 1.0;
        }
        let counts =
            joint.iter().enumerate().filter(|(_, c)| **c > 0.0).map(|(i, c)| ([i / bins, i % bins], *c));
        information(counts, [&sides[0], &sides[1]], pairs.len() as f64)
    }

    fn of_shift_plain(&self, volumes: [&Volume; 2], pixels: [&[f64]; 2], shift: Shift) -> f64 {
        let (pairs, bins) = (pairs(volumes, pixels, shift), self.bins as usize);
        let mut joint = BTreeMap::<[usize; 2], f64>::new();
        binned(&pairs, bins).into_iter().for_each(|pair| *joint.entry(pair).or_default() += 1.0);
        let side = |i: usize| -> Vec<f64> {
            (0..bins).map(|k| joint.iter().filter(|(pair, _)| pair[i] == k).map(|(_, c)| c).sum()).collect()
        };
        let (first, second) = (side(0), side(1));
        information(joint.into_iter(), [&first, &second], pairs.len() as f64)
    }

    fn search(
        &self,
        inputs: &Inputs,
        of: impl Fn(&Self, [&Volume; 2], [&[f64]; 2], Shift) -> f64 + Sync,
    ) -> Result<Table, Error> {
        let volumes = [inputs.volume("reference")?, inputs.volume("moving")?];
        let pixels = volumes.map(Volume::f64s);
        let pixels = [pixels[0].as_slice(), pixels[1].as_slice()];
        let meta = volumes[0].meta();
        let fits = |s: &Shift| {
            (0..3).all(|a| 2 * s[a].unsigned_abs() <= meta.shape[a] && s[a].unsigned_abs() < meta.shape[a])
        };
        let (mut at, mut best) = ([0; 3], of(self, volumes, pixels, [0; 3]));
        loop {
            let steps = (0..27).map(|i| [i / 9 - 1, i / 3 % 3 - 1, i % 3 - 1]);
            let steps = steps.filter(|s| *s != [0; 3] && (meta.ndim == 3 || s[0] == 0));
            let shifts: Vec<Shift> =
                steps.map(|s| std::array::from_fn(|a| at[a] + s[a])).filter(fits).collect();
            let found = threads::collect(&shifts, |s| of(self, volumes, pixels, *s));
            let before = at;
            for (shift, found) in shifts.into_iter().zip(found) {
                if found > best + 1e-9 {
                    (at, best) = (shift, found);
                }
            }
            if at == before {
                break;
            }
        }
        let mut table = Table::new();
        for (i, a) in meta.axes().enumerate() {
            table.push(format!("shift-{i}"), Values::Float(vec![at[a] as f64]))?;
        }
        table.with("mutual_information", Values::Float(vec![best]))
    }
}

impl Host for RegisterMutualInformation {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["reference", "moving"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Table(self.search(inputs, Self::of_shift)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(self.search(inputs, Self::of_shift_plain).map(|table| vec![Plain::Table(table)]))
    }

    fn effort(&self, inputs: &Metas) -> usize {
        inputs.volume("reference").map_or(1, |v| 100 * v.len() + 27 * (self.bins * self.bins) as usize)
    }
}
