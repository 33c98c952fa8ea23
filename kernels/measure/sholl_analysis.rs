use crate::common::components::{Components, Part};
use rotifer_registry::*;

op! {
    /// Counts how often a skeleton crosses circles of growing radius around a centre.
    ///
    /// Sholl analysis: one row for each radius r from `first_radius` in steps of `radius_step` up to the farthest pixel of the mask,
    /// in pixels: `radius`, and `intersections`, the connected groups, with neighbours of every kind, of those pixels of the mask
    /// whose distance from the centre lies from r − ½ to less than r + ½. In 3-D circles are spheres. An empty mask gives no row.
    pub struct ShollAnalysis {
        /// The centre along z, y, x, in pixel indices; `none` is the centroid of the mask.
        center: Option<PerAxis<f64>> = None;
        /// The first radius, in pixels.
        first_radius: f64 = 1.0, range(0.0, 1e6);
        /// From one radius to the next, in pixels.
        radius_step: f64 = 1.0, range(0.1, 1e6);
    }
    id: "sholl_analysis", revision: 1, family: Measure,
    memory: host,
    inputs: { mask: Mask },
    outputs: { crossings: Table },
    agrees: Relative(1e-9), follows: "sc.fiji.snt.analysis.sholl 4.2",
    python: "
places = np.argwhere(mask)
if center is None:
    middle = places.mean(axis=0)
else:
    middle = np.broadcast_to(center, mask.ndim)
    if np.ndim(center) and len(center) != mask.ndim:
        raise ValueError
grids = np.meshgrid(*[np.arange(n) - m for n, m in zip(mask.shape, middle)], indexing='ij')
far = np.sqrt(sum(g ** 2 for g in grids))
count = 0 if not len(places) else max(0, int(np.floor((far[mask].max() - first_radius) / radius_step)) + 1)
radii = first_radius + radius_step * np.arange(count)
ring = lambda r: mask & (far >= r - 0.5) & (far < r + 0.5)
result = {'radius': radii, 'intersections': np.array([ndi.label(ring(r), np.ones((3,) * mask.ndim))[1] for r in radii], int)}",
    examples: ["center = 20.5\nfirst_radius = 2.0\nradius_step = 3.7", "center = [7, 40.25]\nradius_step = 5"],
}

impl ShollAnalysis {
    /// The table; `groups` counts those of a ring, from its mask and the indices of its pixels.
    fn table(
        &self,
        volume: &Volume,
        groups: impl Fn(&mut [u8], &[(f64, usize)]) -> usize,
    ) -> Result<Table, Error> {
        let (mask, meta) = (volume.mask_slice()?, volume.meta());
        let [_, ny, nx] = meta.shape;
        let pixels: Vec<[f64; 3]> = (0..mask.len())
            .filter(|i| mask[*i] == 1)
            .map(|i| [i / (ny * nx), i / nx % ny, i % nx].map(|v| v as f64))
            .collect();
        let centre = match &self.center {
            Some(center) => center.resolve(meta.ndim, 0.0).map_err(|e| e.argument("center"))?,
            None => [0, 1, 2].map(|a| pixels.iter().map(|p| p[a]).sum::<f64>() / pixels.len() as f64),
        };
        let far = |p: &[f64; 3]| (0..3).map(|a| (p[a] - centre[a]).powi(2)).sum::<f64>().sqrt();
        let mut distances: Vec<(f64, usize)> =
            (0..mask.len()).filter(|i| mask[*i] == 1).zip(&pixels).map(|(i, p)| (far(p), i)).collect();
        distances.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let (mut radii, mut crossings) = (Vec::new(), Vec::new());
        if let Some((farthest, _)) = distances.last() {
            let count = ((farthest - self.first_radius) / self.radius_step).floor() + 1.0;
            radii.extend((0..count as usize).map(|k| self.first_radius + self.radius_step * k as f64));
        }
        let mut ring = vec![0; mask.len()];
        for radius in &radii {
            let bound = |r: f64| distances.partition_point(|(far, _)| *far < r);
            let there = &distances[bound(radius - 0.5)..bound(radius + 0.5)];
            there.iter().for_each(|(_, i)| ring[*i] = 1);
            crossings.push(groups(&mut ring, there) as i64);
            there.iter().for_each(|(_, i)| ring[*i] = 0);
        }
        Table::new().with("radius", Values::Float(radii))?.with("intersections", Values::Int(crossings))
    }
}

impl Host for ShollAnalysis {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let ndim = inputs.volume("mask")?.ndim;
        self.center
            .iter()
            .try_for_each(|center| center.resolve(ndim, 0.0).map(|_| ()))
            .map_err(|e| e.argument("center"))
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let mask = inputs.volume("mask")?;
        Ok(vec![Datum::Table(self.table(mask, |ring, pixels| groups(ring, pixels, mask.shape()))?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let count = || {
            let mask = inputs.volume("mask")?;
            let (shape, connectivity) = (mask.shape(), mask.ndim() as u32);
            let groups = |ring: &mut [u8], _: &[_]| {
                Components::of_mask(ring, shape, connectivity, Part::Objects).count
            };
            Ok(vec![Plain::Table(self.table(mask, groups)?)])
        };
        Some(count())
    }
}

/// Connected groups of these pixels, each cleared as soon as it is found.
fn groups(ring: &mut [u8], pixels: &[(f64, usize)], [nz, ny, nx]: [usize; 3]) -> usize {
    let mut count = 0;
    let mut open = Vec::new();
    for (_, first) in pixels {
        count += ring[*first] as usize;
        open.push(*first);
        while let Some(i) = open.pop() {
            if std::mem::take(&mut ring[i]) == 0 {
                continue;
            }
            let near = |p: usize, n: usize| p.saturating_sub(1)..(p + 2).min(n);
            for z in near(i / (ny * nx), nz) {
                for y in near(i / nx % ny, ny) {
                    open.extend(near(i % nx, nx).map(|x| (z * ny + y) * nx + x));
                }
            }
        }
    }
    count
}
