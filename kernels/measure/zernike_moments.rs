use crate::common::convex_hull::corners;
use crate::common::per_object::{Measured, Object, PerObject, flat_only};
use rotifer_registry::*;

op! {
    /// Describes the shape of every object, or its intensity, by the magnitudes of its Zernike moments.
    ///
    /// CellProfiler's Zernike features of 2-D objects, one row for each label, ascending. The smallest circle around the centres of the
    /// object's pixels, of radius ρ, is the unit disk. With r and φ of a pixel in it, the moment (n, m) is the sum over the pixels of
    /// R(r) exp(imφ), where R(r) = Σ_k (−1)^k (n − k)! / (k! ((n + m)/2 − k)! ((n − m)/2 − k)!) r^(n − 2k), for n up to `degree` and
    /// 0 ≤ m ≤ n with n − m even.
    ///
    /// Without an image `zernike_n_m` is the magnitude of the sum divided by πρ², as CellProfiler's AreaShape has it; with one,
    /// `zernike_magnitude_n_m` is that of the sum weighted with the image, divided by the number of pixels, as RadialDistribution has
    /// it. With `phase`, `zernike_phase_n_m` follow: of the weighted sum a + ib with the axes y and x as real and imaginary part the
    /// angle atan2(a, b), which is 90° less the usual one, and 0 where rounding alone makes the sum: below 10⁻⁹ of Σ|weight|. An object of a single pixel has NaN. All pixels count; CellProfiler leaves out those that rounding puts outside the circle.
    pub struct ZernikeMoments {
        /// Greatest n.
        degree: u32 = 9, range(0, 30);
        /// Adds the phases of the moments of the image, in radians.
        phase: bool = false;
    }
    id: "zernike_moments", revision: 1, family: Measure,
    kernel: PerObject(Zernike { degree, phase }),
    inputs: { labels: Labels, image: Image optional },
    outputs: { objects: Table },
    agrees: Relative(1e-9), follows: "centrosome.zernike.zernike 1.3",
    python: "
from itertools import combinations
from math import factorial
orders = [(n, m) for n in range(degree + 1) for m in range(n % 2, n + 1, 2)]
def circle(points):
    # The smallest circle around all is the largest of the smallest ones around three.
    if len(points) == 1:
        return points[0], 0.0
    if np.linalg.matrix_rank(points - points[0]) < 2:
        ends = points[[np.lexsort(points.T)[0], np.lexsort(points.T)[-1]]]
        return ends.mean(axis=0), np.linalg.norm(ends[1] - ends[0]) / 2
    hull = points[scipy.spatial.ConvexHull(points).vertices]
    a, b, c = hull[np.array(list(combinations(range(len(hull)), 3)))].transpose(1, 0, 2)
    sides = np.array([((p - q) ** 2).sum(axis=1) for p, q in ((b, c), (a, c), (a, b))])
    weights = sides * (sides.sum(axis=0) - 2 * sides)
    around = (weights[..., None] * np.array([a, b, c])).sum(axis=0) / weights.sum(axis=0)[:, None]
    middles = np.array([(b + c) / 2, (a + c) / 2, (a + b) / 2])[sides.argmax(axis=0), np.arange(len(a))]
    blunt = 2 * sides.max(axis=0) >= sides.sum(axis=0)
    centres = np.where(blunt[:, None], middles, around)
    radii = np.where(blunt, sides.max(axis=0) / 4, ((around - a) ** 2).sum(axis=1))
    best = radii.argmax()
    return centres[best], np.sqrt(radii[best])
ids, rows = np.unique(labels[labels > 0]), []
for label in ids:
    points = np.argwhere(labels == label).astype(float)
    centre, radius = circle(points)
    z = ((points - centre) / radius) @ np.array([1, 1j])
    weights = 1.0 if image is None else f64(image)[labels == label]
    row, angles = [], []
    for n, m in orders:
        radial = sum((-1) ** k * factorial(n - k) / (factorial(k) * factorial((n + m) // 2 - k) * factorial((n - m) // 2 - k))
            * np.abs(z) ** (n - m - 2 * k) for k in range((n - m) // 2 + 1))
        total = (weights * radial * z ** m).sum()
        row.append(np.abs(total) / (np.pi * radius ** 2 if image is None else len(z)))
        told = np.abs(total) >= 1e-9 * np.abs(weights).sum()
        angles.append(np.arctan2(total.real, total.imag) if told else 0.0)
    row += angles if phase and image is not None else []
    rows.append(row if radius > 0 else [np.nan] * len(row))
names = [('zernike_%d_%d' if image is None else 'zernike_magnitude_%d_%d') % o for o in orders]
names += ['zernike_phase_%d_%d' % o for o in orders] if phase and image is not None else []
rows = np.array(rows, float).reshape(-1, len(names))
result = {'label': ids, **{name: rows[:, i] for i, name in enumerate(names)}}",
    examples: ["degree = 4", "degree = 3\nphase = true"],
}

struct Zernike {
    degree: u32,
    phase: bool,
}

/// The smallest circle around points: its centre and radius. Points are added one by one; one that lies outside is on the circle
/// (Welzl, 1991).
fn enclosing_circle(points: &[[f64; 2]]) -> ([f64; 2], f64) {
    let distance = |[a, b]: [f64; 2], [c, d]: [f64; 2]| (a - c).hypot(b - d);
    let holds = |(centre, radius): ([f64; 2], f64), p| distance(centre, p) <= radius * (1.0 + 1e-12);
    let mut circle = (points[0], 0.0);
    for (i, &a) in points.iter().enumerate() {
        if holds(circle, a) {
            continue;
        }
        circle = (a, 0.0);
        for (j, &b) in points[..i].iter().enumerate() {
            if holds(circle, b) {
                continue;
            }
            circle = ([(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0], distance(a, b) / 2.0);
            for &c in &points[..j] {
                if !holds(circle, c) {
                    let ([by, bx], [cy, cx]) = ([b[0] - a[0], b[1] - a[1]], [c[0] - a[0], c[1] - a[1]]);
                    let (bb, cc, twice) = (by * by + bx * bx, cy * cy + cx * cx, 2.0 * (by * cx - bx * cy));
                    let centre = [a[0] + (cx * bb - bx * cc) / twice, a[1] + (by * cc - cy * bb) / twice];
                    circle = (centre, distance(centre, a));
                }
            }
        }
    }
    circle
}

impl Zernike {
    fn orders(&self) -> impl Iterator<Item = (u32, u32)> {
        (0..=self.degree).flat_map(|n| (n % 2..=n).step_by(2).map(move |m| (n, m)))
    }
}

impl Measured for Zernike {
    fn check(&self, inputs: &Metas) -> Result<(), Error> {
        flat_only(inputs)
    }

    fn columns(&self, _ndim: usize, images: usize) -> Vec<String> {
        let name = if images == 0 { "zernike" } else { "zernike_magnitude" };
        let phases = ["zernike_phase"].into_iter().filter(|_| self.phase && images > 0);
        let names = std::iter::once(name).chain(phases);
        names.flat_map(|name| self.orders().map(move |(n, m)| format!("{name}_{n}_{m}"))).collect()
    }

    fn row(&self, object: &Object, images: &[&Volume]) -> Vec<f64> {
        let hull = corners(&object.rows(), 0);
        let hull: Vec<[f64; 2]> = hull.iter().map(|p| p.map(|half| half as f64 / 2.0)).collect();
        let (centre, radius) = enclosing_circle(&hull);
        if radius == 0.0 {
            return vec![f64::NAN; self.columns(2, images.len()).len()];
        }
        let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
        let weights = images.first().map(|image| object.values(image));
        let below =
            if weights.is_none() { std::f64::consts::PI * radius * radius } else { object.count as f64 };
        let orders: Vec<(u32, u32)> = self.orders().collect();
        // Coefficients of r^m, r^(m + 2), ...
        let radial: Vec<Vec<f64>> = orders
            .iter()
            .map(|(n, m)| {
                let of = |k: u32| {
                    let below = factorial(k) * factorial((n + m) / 2 - k) * factorial((n - m) / 2 - k);
                    factorial(n - k) / below * if k.is_multiple_of(2) { 1.0 } else { -1.0 }
                };
                (0..=(n - m) / 2).rev().map(of).collect()
            })
            .collect();
        let mut sums = vec![[0.0; 2]; orders.len()];
        let mut powers = vec![[1.0, 0.0]; self.degree as usize + 1];
        for (i, p) in object.pixels().enumerate() {
            let [u, v] = [1, 2].map(|a| (p[a] as f64 - centre[a - 1]) / radius);
            for m in 1..powers.len() {
                let [a, b] = powers[m - 1];
                powers[m] = [a * u - b * v, a * v + b * u];
            }
            let (square, weight) = (u * u + v * v, weights.as_ref().map_or(1.0, |w| w[i]));
            for ((sum, (_, m)), radial) in sums.iter_mut().zip(&orders).zip(&radial) {
                let value = weight * radial.iter().rev().fold(0.0, |value, c| value * square + c);
                let [a, b] = powers[*m as usize];
                *sum = [sum[0] + value * a, sum[1] + value * b];
            }
        }
        let magnitudes = sums.iter().map(|[a, b]| a.hypot(*b) / below);
        let least = 1e-9 * weights.iter().flatten().map(|w| w.abs()).sum::<f64>();
        let phases = sums.iter().filter(|_| self.phase && weights.is_some());
        let phases = phases.map(|[a, b]| if a.hypot(*b) >= least { a.atan2(*b) } else { 0.0 });
        magnitudes.chain(phases).collect()
    }
}
