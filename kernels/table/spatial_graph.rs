use super::condition::{ColumnList, column, pick};
use super::points::{Point, distance, points};
use crate::common::threads;
use rayon::prelude::*;
use rotifer_registry::*;

op! {
    /// Joins points that are near to each other by edges.
    ///
    /// A row for each edge, which joins two points once: `source` and `target`, what `label` has in their rows, and `distance`; by the row
    /// of the source, then of the target, the source being the earlier row. The `method` tells which points are joined:
    ///
    /// - `knn`: one is among the `k` nearest others of the other; of equal distances the earlier rows.
    /// - `radius`: they are at most `radius` apart.
    /// - `delaunay`: there is a circle through both without a third point inside (Delaunay, 1934); of four points on an empty circle
    ///   all are joined. Two coordinates.
    /// - `gabriel`: no third point lies within the smallest circle (sphere) through both (Gabriel and Sokal, 1969).
    pub struct SpatialGraph {
        /// Columns of the coordinates, a list or parted by commas.
        coordinates: ColumnList = ColumnList(vec!["y".into(), "x".into()]);
        /// The column that names a point.
        label: String = "label".to_string();
        /// Which points are joined.
        method: Method = Method::Knn;
        /// Number of nearest points, for `knn`.
        k: u32 = 6, range(1, 10000);
        /// Greatest distance, in the unit of the coordinates, for `radius`.
        radius: f64 = 50.0, range(0.0, 1e9);
    }
    id: "spatial_graph", revision: 1, family: Table,
    memory: host,
    inputs: { points: Table },
    outputs: { edges: Table },
    agrees: Relative(1e-9), follows: "squidpy.gr.spatial_neighbors 1.6",
    python: "
columns = [c.strip() for c in coordinates.split(',')] if isinstance(coordinates, str) else coordinates
place, names = np.stack([f64(points[c]) for c in columns], axis=1), np.asarray(points[label])
n = len(names)
square = ((place[:, None] - place[None]) ** 2).sum(axis=2)
far = np.sqrt(square)
joined = np.zeros((n, n), bool)
for i in range(n):
    if method == 'knn':
        near = sorted((far[i, j], j) for j in range(n) if j != i)[:k]
        for _, j in near:
            joined[i, j] = joined[j, i] = True
    elif method == 'radius':
        joined[i] = far[i] <= radius
    elif method == 'delaunay':
        for a, b, c in scipy.spatial.Delaunay(place).simplices:
            joined[[a, b, c], [b, c, a]] = joined[[b, c, a], [a, b, c]] = True
    else:
        for j in range(n):
            rest = np.delete(np.arange(n), [i, j])
            joined[i, j] = i != j and not (square[i, rest] + square[j, rest] < square[i, j]).any()
a, b = np.nonzero(np.triu(joined, 1))
result = {'source': names[a], 'target': names[b], 'distance': far[a, b]}",
    examples: [
        "method = \"radius\"\nradius = 17.5",
        "method = \"gabriel\"",
        "method = \"delaunay\"",
        "k = 2\ncoordinates = \"t, x\"\nlabel = \"class\"",
    ],
}

choice! {
    /// Which points are joined.
    pub enum Method { Knn = "knn", Radius = "radius", Delaunay = "delaunay", Gabriel = "gabriel" }
}

fn square(a: &Point, b: &Point) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Whether a circle through two points has none of these inside. Its centre lies on the line between both sides; each point on one
/// side of the pair tells how far it can lie there at most, each on the other side at least.
fn has_empty_circle<'a>(a: &Point, b: &Point, others: impl Iterator<Item = &'a Point>) -> bool {
    let [dy, dx] = [b[0] - a[0], b[1] - a[1]];
    let (mut least, mut most) = (f64::NEG_INFINITY, f64::INFINITY);
    for point in others {
        let [y, x] = [point[0] - a[0], point[1] - a[1]];
        let (inside, side) = (y * (y - dy) + x * (x - dx), dy * x - dx * y);
        if side > 0.0 {
            most = most.min(inside / side);
        } else if side < 0.0 {
            least = least.max(inside / side);
        } else if inside < 0.0 {
            return false;
        }
        if least > most {
            return false;
        }
    }
    true
}

impl SpatialGraph {
    /// The other points with their squared distances, the nearest first.
    fn near(&self, places: &[Point], i: usize) -> Vec<(f64, usize)> {
        let others = (0..places.len()).filter(|j| *j != i);
        let mut near: Vec<(f64, usize)> = others.map(|j| (square(&places[i], &places[j]), j)).collect();
        near.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        near
    }

    /// The rows that are joined with a row, some of them perhaps known from the other side only.
    fn joined(&self, places: &[Point], i: usize) -> Vec<usize> {
        let others = || (0..places.len()).filter(|j| *j != i);
        match self.method {
            Method::Knn => {
                let mut near: Vec<(f64, usize)> =
                    others().map(|j| (distance(&places[i], &places[j]), j)).collect();
                let k = (self.k as usize).min(near.len());
                let order = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
                if k < near.len() {
                    near.select_nth_unstable_by(k, order);
                }
                near[..k].iter().map(|(_, j)| *j).collect()
            }
            Method::Radius => others().filter(|j| distance(&places[i], &places[*j]) <= self.radius).collect(),
            // A point that is in the way of many is near: those are tried first.
            Method::Delaunay => {
                let near = self.near(places, i);
                let free = |j: usize| {
                    let others = near.iter().filter(|(_, m)| *m != j).map(|(_, m)| &places[*m]);
                    has_empty_circle(&places[i], &places[j], others)
                };
                near.iter().filter(|(_, j)| *j > i && free(*j)).map(|(_, j)| *j).collect()
            }
            Method::Gabriel => {
                let near = self.near(places, i);
                let free = |far: f64, j: usize| {
                    let mut between = near.iter().take_while(|(d, _)| *d < far);
                    !between.any(|(d, m)| *m != j && d + square(&places[j], &places[*m]) < far)
                };
                near.iter().filter(|(far, j)| *j > i && free(*far, *j)).map(|(_, j)| *j).collect()
            }
        }
    }

    fn table(&self, table: &Table, pairs: impl Fn(&[Point]) -> Vec<(usize, usize)>) -> Result<Table, Error> {
        let places = points(table, &self.coordinates)?;
        if self.method == Method::Delaunay && self.coordinates.0.len() != 2 {
            let error =
                Error::new(Code::OutOfRange, "`delaunay` needs two coordinates").argument("coordinates");
            return Err(error.value(self.coordinates.0.len()).allowed("2 columns"));
        }
        let names = column(table, &self.label).map_err(|e| e.argument("label"))?;
        let (source, target): (Vec<usize>, Vec<usize>) = pairs(&places).into_iter().unzip();
        let far = source.iter().zip(&target).map(|(a, b)| distance(&places[*a], &places[*b])).collect();
        let edges =
            Table::new().with("source", pick(names, &source))?.with("target", pick(names, &target))?;
        edges.with("distance", Values::Float(far))
    }
}

impl Host for SpatialGraph {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let pairs = |places: &[Point]| {
            let of_row = |i: usize| -> Vec<(usize, usize)> {
                self.joined(places, i).into_iter().map(|j| (i.min(j), i.max(j))).collect()
            };
            let mut pairs = threads::collect(0..places.len(), of_row).concat();
            pairs.par_sort_unstable();
            pairs.dedup();
            pairs
        };
        Ok(vec![Datum::Table(self.table(inputs.table("points")?, pairs)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let pairs = |places: &[Point]| {
            let all = 0..places.len();
            let rank = |i: usize, j: usize| {
                let before = |m: usize| {
                    let [a, b] = [m, j].map(|m| distance(&places[i], &places[m]));
                    m != i && (a < b || a == b && m < j)
                };
                all.clone().filter(|m| before(*m)).count()
            };
            let are = |i: usize, j: usize| match self.method {
                Method::Knn => rank(i, j).min(rank(j, i)) < self.k as usize,
                Method::Radius => distance(&places[i], &places[j]) <= self.radius,
                Method::Delaunay => {
                    let others = all.clone().filter(|m| *m != i && *m != j).map(|m| &places[m]);
                    has_empty_circle(&places[i], &places[j], others)
                }
                Method::Gabriel => all.clone().filter(|m| *m != i && *m != j).all(|m| {
                    let [a, b, far] = [(i, m), (j, m), (i, j)].map(|(a, b)| square(&places[a], &places[b]));
                    a + b >= far
                }),
            };
            all.clone()
                .flat_map(|i| (i + 1..places.len()).map(move |j| (i, j)))
                .filter(|(i, j)| are(*i, *j))
                .collect()
        };
        let table = || self.table(inputs.table("points")?, pairs);
        Some(table().map(|table| vec![Plain::Table(table)]))
    }
}
