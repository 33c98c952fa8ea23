use crate::common::geodesic::Distances;
use crate::common::per_object::{Measured, Object, PerObject, flat_only};
use rotifer_registry::*;

op! {
    /// Measures how the intensity of every object is spread over rings from its centre to its edge.
    ///
    /// CellProfiler's MeasureObjectIntensityDistribution of 2-D objects, one row for each label, ascending. The centre is the pixel
    /// farthest from the nearest pixel outside the object, the first of several in raster order; beyond the image there are no
    /// pixels. With c the length of the shortest way to the centre inside the object, with steps of 1 and √2, and e the distance
    /// from the nearest pixel outside, a pixel is at c / (c + e + 0.001) of the way, or, where `scaled` is false, at
    /// c / `maximum_radius`. Rings part the way equally; pixels beyond are `overflow`. Pixels that no way joins with the centre do
    /// not count.
    ///
    /// Ring 1 is the innermost. For each ring, and without `scaled` for `overflow`:
    ///
    /// - `frac_at_d_1`: the ring's share of the object's intensity.
    /// - `mean_frac_1`: that share divided by the ring's share of the pixels and 2⁻⁵².
    /// - `radial_cv_1`: coefficient of variation (standard deviation over mean) of the mean intensities of the ring's pixels in eight
    ///   wedges around the centre, those without pixels left out; 0 of a ring without pixels. A pixel's wedge is told by whether it
    ///   lies below the centre, right of it, and farther along y than along x.
    pub struct RadialDistribution {
        /// Number of rings.
        bins: u32 = 4, range(1, 1000);
        /// Rings reach from the centre to the edge of each object; else up to `maximum_radius`.
        scaled: bool = true;
        /// Where the last ring ends, in pixels, unless rings are scaled.
        maximum_radius: f64 = 100.0, range(1e-3, 1e6);
    }
    id: "radial_distribution", revision: 1, family: Measure,
    kernel: PerObject(Rings { bins: bins as usize, scaled, maximum_radius }),
    inputs: { image: Image, labels: Labels },
    outputs: { objects: Table },
    agrees: Relative(1e-9), follows: "cellprofiler.modules.MeasureObjectIntensityDistribution 4.2",
    python: "
image = f64(image)
ids, rows = np.unique(labels[labels > 0]), []
shown = bins + (not scaled)
names = [what + '_' + (str(i + 1) if i < bins else 'overflow') for what in ('frac_at_d', 'mean_frac', 'radial_cv') for i in range(shown)]
for label in ids:
    own = labels == label
    rest = np.argwhere(own)
    box = tuple(slice(max(0, a - 1), b + 2) for a, b in zip(rest.min(axis=0), rest.max(axis=0)))
    own, v = own[box], image[box]
    edge = np.full(own.shape, np.inf) if own.all() else ndi.distance_transform_edt(own)
    centre = np.unravel_index(np.argmax(np.where(own, edge, -1)), own.shape)
    way = np.asarray(ski.graph.MCP_Geometric(np.where(own, 1.0, -1.0), fully_connected=True).find_costs([centre])[0])
    good = own & np.isfinite(way)
    at = way[good] / (way[good] + edge[good] + 0.001) if scaled else way[good] / maximum_radius
    ring = np.minimum((at * bins).astype(int), bins)
    v, n, (y, x) = v[good], good.sum(), np.argwhere(good).T
    dy, dx = y - centre[0], x - centre[1]
    wedge = (dy > 0) + 2 * (dx > 0) + 4 * (np.abs(dy) > np.abs(dx))
    share = np.bincount(ring, v, bins + 1) / v.sum()
    mean = share / (np.bincount(ring, minlength=bins + 1) / n + np.finfo(float).eps)
    spread = []
    for i in range(shown):
        parts = [v[(ring == i) & (wedge == w)].mean() for w in range(8) if ((ring == i) & (wedge == w)).any()]
        spread.append(np.std(parts) / np.mean(parts) if parts else 0.0)
    rows.append([*share[:shown], *mean[:shown], *spread])
rows = np.array(rows, float).reshape(-1, len(names))
result = {'label': ids, **{n: rows[:, i] for i, n in enumerate(names)}}",
    examples: ["bins = 6\nscaled = false\nmaximum_radius = 12.5", "bins = 2"],
}

struct Rings {
    bins: usize,
    scaled: bool,
    maximum_radius: f64,
}

impl Rings {
    /// Rings that have columns.
    fn shown(&self) -> usize {
        self.bins + !self.scaled as usize
    }
}

impl Measured for Rings {
    fn check(&self, inputs: &Metas) -> Result<(), Error> {
        flat_only(inputs)
    }

    fn columns(&self, _ndim: usize, _images: usize) -> Vec<String> {
        let ring = |i: usize| if i < self.bins { (i + 1).to_string() } else { "overflow".into() };
        let of = |what: &'static str| (0..self.shown()).map(move |i| format!("{what}_{}", ring(i)));
        ["frac_at_d", "mean_frac", "radial_cv"].into_iter().flat_map(of).collect()
    }

    fn row(&self, object: &Object, images: &[&Volume]) -> Vec<f64> {
        let crop = object.crop(true);
        let edge = crop.distances(object.ndim);
        let centre = crop.middle(&edge);
        let ways = Distances::within(&crop, centre).lengths();
        let (_, centre_y, centre_x) = crop.place(centre).into();
        let (mut sums, mut counts) = (vec![[0.0; 8]; self.bins + 1], vec![[0.0; 8]; self.bins + 1]);
        for (p, v) in object.pixels().zip(object.values(images[0])) {
            let (c, e) = (ways[crop.index(p)], edge[crop.index(p)]);
            if c.is_infinite() {
                continue;
            }
            let at = if self.scaled { c / (c + e + 0.001) } else { c / self.maximum_radius };
            let ring = ((at * self.bins as f64) as usize).min(self.bins);
            let (dy, dx) = (p[1] as i64 - centre_y, p[2] as i64 - centre_x);
            let wedge = (dy > 0) as usize + 2 * (dx > 0) as usize + 4 * (dy.abs() > dx.abs()) as usize;
            sums[ring][wedge] += v;
            counts[ring][wedge] += 1.0;
        }
        let total = |rings: &[[f64; 8]]| rings.iter().flatten().sum::<f64>();
        let rings = || sums.iter().zip(&counts).take(self.shown());
        let shares: Vec<f64> = sums.iter().map(|s| s.iter().sum::<f64>() / total(&sums)).collect();
        let mean =
            |(share, n): (&f64, &[f64; 8])| share / (n.iter().sum::<f64>() / total(&counts) + f64::EPSILON);
        let spread = |(sums, counts): (&[f64; 8], &[f64; 8])| {
            let means = sums.iter().zip(counts).filter(|(_, n)| **n > 0.0).map(|(sum, n)| sum / n);
            let means: Vec<f64> = means.collect();
            let (n, mean) = (means.len() as f64, means.iter().sum::<f64>() / means.len() as f64);
            let squares: f64 = means.iter().map(|m| (m - mean).powi(2)).sum();
            if means.is_empty() { 0.0 } else { (squares / n).sqrt() / mean }
        };
        let mut row = shares[..self.shown()].to_vec();
        row.extend(shares.iter().zip(&counts).take(self.shown()).map(mean));
        row.extend(rings().map(spread));
        row
    }
}
