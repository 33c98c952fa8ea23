use crate::common::label_reduce::{Gathered, by_rows};
use crate::common::threads;
use crate::common::touching::{centroids, plain_centroids};
use crate::segmentation::voronoi::ExtendLabelingViaVoronoi;
use rayon::prelude::*;
use rotifer_registry::*;
use std::collections::{BTreeMap, BTreeSet};

choice! {
    /// Which objects are neighbours.
    pub enum Neighborhood {
        /// Those with pixels that share a side.
        Adjacent = "adjacent",
        /// Those that share a side once all have grown until they meet.
        Expanded = "expanded",
        /// Those with a pixel at most `distance` from one of the object.
        Within = "within",
    }
}

op! {
    /// Measures the neighbourhood of every object: how many neighbours touch it, and how far the closest are.
    ///
    /// One row for each label that is present, ascending. `number_of_neighbors`: objects within reach r, which is 1 for `adjacent` and
    /// `expanded` (in that case of the objects grown as in `extend_labeling_via_voronoi`) and `distance` for `within`.
    /// `percent_touching`: of the object's outline, the share of pixels with another object within r + 1/2; the outline are the
    /// pixels with a neighbour of another label (corners count), and those at the border of the image.
    /// `first_closest_label`, `first_closest_distance`, `second_closest_label`, `second_closest_distance`: the objects whose centroids
    /// are nearest to its own, of equally near ones the smaller label; 0 where there is none. `angle_between_neighbors`: the angle in
    /// degrees at its centroid between those of both. The definitions are those of CellProfiler's MeasureObjectNeighbors, in
    /// pixels, in any number of axes.
    pub struct NeighborStatisticsTable {
        /// Which objects are neighbours: adjacent, expanded or within.
        method: Neighborhood = Neighborhood::Adjacent;
        /// Reach of `within`, in pixels.
        distance: u32 = 5, range(1, 512);
    }
    id: "neighbor_statistics_table", revision: 1, family: Graph,
    memory: host,
    inputs: { labels: Labels },
    outputs: { objects: Table },
    agrees: Relative(1e-7), follows: "cellprofiler.MeasureObjectNeighbors 4.2",
    python: "
nd, own = labels.ndim, labels.astype(np.int64)
present = np.unique(own[own > 0])
centers = np.array([np.argwhere(own == l).mean(axis=0) for l in present]).reshape(-1, nd)
r = distance if method == 'within' else 1
if method == 'expanded' and own.any():
    own = own[tuple(ndi.distance_transform_edt(own == 0, return_distances=False, return_indices=True))]
fp = np.ones((3,) * nd)
outline = (ndi.maximum_filter(own, footprint=fp) != ndi.minimum_filter(own, footprint=fp))
for axis in range(nd):
    np.moveaxis(outline, axis, 0)[[0, -1]] = True
names = ['number_of_neighbors', 'percent_touching', 'first_closest_label', 'first_closest_distance', 'second_closest_label',
    'second_closest_distance', 'angle_between_neighbors']
rows, boxes = [], ndi.find_objects(own)
for i, l in enumerate(present):
    part = tuple(slice(max(s.start - r, 0), s.stop + r) for s in boxes[l - 1])
    patch, here = own[part], own[part] == l
    near = np.unique(patch[(ndi.distance_transform_edt(~here) <= r) & (patch != 0) & ~here])
    others = (patch != 0) & ~here
    edge = here & outline[part]
    touching = edge & (ndi.distance_transform_edt(~others) <= r + 0.5) if others.any() else np.zeros_like(here)
    to = centers - centers[i]
    apart = np.sqrt((to ** 2).sum(axis=1))
    apart[i] = np.inf
    order = np.argsort(apart, kind='stable')[:min(2, len(present) - 1)]
    labels_, far = [*present[order], 0, 0], [*apart[order], 0.0, 0.0]
    angle = 0.0
    if len(order) == 2:
        a, b = to[order[0]], to[order[1]]
        angle = np.degrees(np.arccos(np.clip((a * b).sum() / np.sqrt((a ** 2).sum() * (b ** 2).sum()), -1, 1)))
    rows.append((len(near), 100 * touching.sum() / edge.sum(), labels_[0], far[0], labels_[1], far[1], angle))
result = {'label': present, **dict(zip(names, np.array(rows, float).reshape(-1, 7).T))}",
    examples: ["method = \"expanded\"", "method = \"within\"", "method = \"within\"\ndistance = 2"],
}

/// Pixels and neighbours of an object.
#[derive(Clone, Default)]
struct Around {
    outline: u64,
    touching: u64,
    neighbors: BTreeSet<u32>,
}

/// The two nearest other points of each, nearest first, of equally near ones the first.
fn closest(
    points: &[[f64; 3]],
    own: usize,
    sorted: &[(f64, usize)],
    rank: usize,
) -> [Option<(f64, usize)>; 2] {
    let mut best: [Option<(f64, usize)>; 2] = [None; 2];
    let (mut below, mut above) = (rank, rank + 1);
    loop {
        let down = below.checked_sub(1).map(|i| points[own][1] - sorted[i].0);
        let up = sorted.get(above).map(|(y, _)| y - points[own][1]);
        let (apart, next) = match (down, up) {
            (Some(a), Some(b)) if a <= b => (a, below - 1),
            (Some(a), None) => (a, below - 1),
            (_, Some(b)) => (b, above),
            (None, None) => return best,
        };
        if best[1].is_some_and(|(far, _)| apart > far) {
            return best;
        }
        if next < below {
            below -= 1
        } else {
            above += 1
        };
        let other = sorted[next].1;
        let found = (distance(&points[own], &points[other]), other);
        if best[0].is_none_or(|first| found < first) {
            best = [Some(found), best[0]];
        } else if best[1].is_none_or(|second| found < second) {
            best[1] = Some(found);
        }
    }
}

fn distance(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    (0..3).map(|i| (b[i] - a[i]) * (b[i] - a[i])).sum::<f64>().sqrt()
}

/// The angle at a point between two others, in degrees.
fn angle(at: &[f64; 3], a: &[f64; 3], b: &[f64; 3]) -> f64 {
    let [a, b] = [a, b].map(|p| [0, 1, 2].map(|i| p[i] - at[i]));
    let dot = |a: &[f64; 3], b: &[f64; 3]| (0..3).map(|i| a[i] * b[i]).sum::<f64>();
    (dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()).clamp(-1.0, 1.0).acos().to_degrees()
}

impl NeighborStatisticsTable {
    fn reach_of(&self) -> usize {
        if self.method == Neighborhood::Within { self.distance as usize } else { 1 }
    }

    fn table(
        &self,
        labels: &[u32],
        points: &[[f64; 3]],
        around: &[Around],
        closest: &[[Option<(f64, usize)>; 2]],
    ) -> Result<Table, Error> {
        let whole = |of: &dyn Fn(usize) -> i64| Values::Int((0..labels.len()).map(of).collect());
        let float = |of: &dyn Fn(usize) -> f64| Values::Float((0..labels.len()).map(of).collect());
        let name = |found: Option<(f64, usize)>| found.map_or(0, |(_, other)| labels[other] as i64);
        let far = |found: Option<(f64, usize)>| found.map_or(0.0, |(far, _)| far);
        let between = |i: usize| match closest[i] {
            [Some((_, a)), Some((_, b))] => angle(&points[i], &points[a], &points[b]),
            _ => 0.0,
        };
        Table::new()
            .with("label", whole(&|i| labels[i] as i64))?
            .with("number_of_neighbors", whole(&|i| around[i].neighbors.len() as i64))?
            .with(
                "percent_touching",
                float(&|i| 100.0 * around[i].touching as f64 / around[i].outline as f64),
            )?
            .with("first_closest_label", whole(&|i| name(closest[i][0])))?
            .with("first_closest_distance", float(&|i| far(closest[i][0])))?
            .with("second_closest_label", whole(&|i| name(closest[i][1])))?
            .with("second_closest_distance", float(&|i| far(closest[i][1])))?
            .with("angle_between_neighbors", float(&between))
    }
}

impl Host for NeighborStatisticsTable {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let volume = inputs.volume("labels")?;
        let ([nz, ny, nx], flat) = (volume.shape(), volume.ndim() == 2);
        let (index, points) = centroids(volume.label_slice()?, volume.shape());
        let grown = match self.method {
            Neighborhood::Expanded => (ExtendLabelingViaVoronoi {}).run(inputs)?.into_iter().next(),
            _ => None,
        };
        let labels = match &grown {
            Some(Datum::Volume(grown)) => grown.label_slice()?,
            _ => volume.label_slice()?,
        };
        let reach = self.reach_of() as isize;
        let depth = if flat { 0 } else { reach };
        // Rows within reach, and how far along x pixels count as touching and as neighbours.
        let mut rows: Vec<(isize, isize, usize, Option<usize>)> = Vec::new();
        for z in -depth..=depth {
            for y in -reach..=reach {
                let [touching, near] = [reach * reach + reach, reach * reach].map(|square| {
                    u64::try_from(square - z * z - y * y).ok().map(|rest| rest.isqrt() as usize)
                });
                rows.extend(touching.map(|touching| (z, y, touching, near)));
            }
        }
        let at = |z: usize, y: usize, x: usize| labels[(z * ny + y) * nx + x];
        let around = |i: usize, n: usize| i.saturating_sub(1)..n.min(i + 2);
        let visit = |row: usize, gathered: &mut Gathered<Around>| {
            let (z, y) = (row / ny, row % ny);
            for x in 0..nx {
                let own = at(z, y, x);
                let Some(place) = index.place(own) else { continue };
                let ends = [(z, nz), (y, ny), (x, nx)];
                let border = ends.iter().skip(flat as usize).any(|(i, n)| *i == 0 || i + 1 == *n);
                let differs =
                    |z: usize, y: usize| labels[(z * ny + y) * nx..][around(x, nx)].iter().any(|l| *l != own);
                if !border && !around(z, nz).any(|z| around(y, ny).any(|y| differs(z, y))) {
                    continue;
                }
                let found = gathered.of(place);
                found.outline += 1;
                let (mut touches, mut last) = (false, own);
                for (dz, dy, touching, near) in &rows {
                    let (z, y) = (z.wrapping_add_signed(*dz), y.wrapping_add_signed(*dy));
                    if z >= nz || y >= ny {
                        continue;
                    }
                    let first = x.saturating_sub(*touching);
                    let part = &labels[(z * ny + y) * nx..][first..nx.min(x + touching + 1)];
                    for (i, label) in part.iter().enumerate().filter(|(_, l)| **l != 0 && **l != own) {
                        touches = true;
                        if *label != last && near.is_some_and(|near| (first + i).abs_diff(x) <= near) {
                            found.neighbors.insert(*label);
                            last = *label;
                        }
                    }
                }
                found.touching += touches as u64;
            }
        };
        let merge = |a: &mut Around, b: Around| {
            a.outline += b.outline;
            a.touching += b.touching;
            a.neighbors.extend(b.neighbors);
        };
        let around = by_rows(nz * ny, &index, merge, visit);
        let mut sorted: Vec<(f64, usize)> = points.iter().enumerate().map(|(i, p)| (p[1], i)).collect();
        sorted.par_sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut nearest = vec![[None; 2]; points.len()];
        let found = threads::collect(sorted.iter().enumerate(), |(rank, (_, own))| {
            (*own, closest(&points, *own, &sorted, rank))
        });
        found.into_iter().for_each(|(own, two)| nearest[own] = two);
        Ok(vec![Datum::Table(self.table(&index.present, &points, &around, &nearest)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let measure = || {
            let labels = Grid::from(inputs.volume("labels")?);
            let points = plain_centroids(&labels);
            let grown = match self.method {
                Neighborhood::Expanded => (ExtendLabelingViaVoronoi {}).reference(inputs).transpose()?,
                _ => None,
            };
            let grown = grown.into_iter().flatten().find_map(|plain| match plain {
                Plain::Image(grid) => Some(grid),
                _ => None,
            });
            let labels = grown.unwrap_or(labels);
            let reach = self.reach_of() as f64;
            let mut around = BTreeMap::<u32, Around>::new();
            labels.map_at(|p| {
                let own = labels.at(p);
                if own == 0.0 {
                    return 0.0;
                }
                let far = reach as usize;
                let [zs, ys, xs] =
                    [0, 1, 2].map(|a| p[a].saturating_sub(far)..(p[a] + far + 1).min(labels.shape[a]));
                let (mut outline, mut touches) = (false, false);
                let found = around.entry(own as u32).or_default();
                let ends = p.iter().zip(labels.shape).skip(3 - labels.ndim);
                ends.for_each(|(i, n)| outline |= *i == 0 || i + 1 == n);
                for z in zs {
                    for y in ys.clone() {
                        for x in xs.clone() {
                            let (q, label) = ([z, y, x], labels.at([z, y, x]));
                            outline |= label != own && (0..3).all(|a| p[a].abs_diff(q[a]) <= 1);
                            let square: f64 = (0..3).map(|a| (p[a] as f64 - q[a] as f64).powi(2)).sum();
                            if label != 0.0 && label != own {
                                touches |= square.sqrt() <= reach + 0.5;
                                if square.sqrt() <= reach {
                                    found.neighbors.insert(label as u32);
                                }
                            }
                        }
                    }
                }
                found.outline += outline as u64;
                found.touching += (outline && touches) as u64;
                0.0
            });
            let (names, points): (Vec<u32>, Vec<[f64; 3]>) = points.into_iter().unzip();
            let nearest: Vec<[Option<(f64, usize)>; 2]> = (0..points.len())
                .map(|i| {
                    let mut others: Vec<(f64, usize)> = (0..points.len())
                        .filter(|j| *j != i)
                        .map(|j| (distance(&points[i], &points[j]), j))
                        .collect();
                    others.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                    [others.first().copied(), others.get(1).copied()]
                })
                .collect();
            let around: Vec<Around> = around.into_values().collect();
            Ok(vec![Plain::Table(self.table(&names, &points, &around, &nearest)?)])
        };
        Some(measure())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        let Some(meta) = inputs.first() else { return 1 };
        let around = (2 * self.reach_of() + 1).saturating_pow(meta.ndim as u32);
        let grows = if self.method == Neighborhood::Expanded { meta.len() / 4 } else { 0 };
        meta.len().saturating_mul(around.max(grows))
    }
}
