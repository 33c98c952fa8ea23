use super::classes::classes;
use super::condition::{ColumnList, column, pick};
use super::points::{Point, distance, points};
use crate::common::threads;
use rotifer_registry::*;

op! {
    /// Tells how much more often points of one class are near points of another than by chance.
    ///
    /// For each of the distances r, `maximum_distance` in `steps` equal steps, the pairs of different points at most r apart count, both ways.
    /// A row for each r and pair of classes, r first, then the classes in their order: `distance`, `class_a`, `class_b`, and `ratio`:
    /// the share of class b among the partners of points of class a, by the share of class b among the partners of all; 0 where
    /// one of both has no pair.
    pub struct CoOccurrence {
        /// Columns of the coordinates, a list or parted by commas.
        coordinates: ColumnList = ColumnList(vec!["y".into(), "x".into()]);
        /// The column of the class.
        group: String = "class".to_string();
        /// The greatest distance, in the unit of the coordinates.
        maximum_distance: f64 = 100.0, range(1e-9, 1e9);
        /// How many distances.
        steps: u32 = 10, range(1, 1000);
    }
    id: "co_occurrence", revision: 1, family: Table,
    memory: host,
    inputs: { points: Table },
    outputs: { pairs: Table },
    agrees: Relative(1e-12), follows: "squidpy.gr.co_occurrence 1.8",
    python: "
columns = [c.strip() for c in coordinates.split(',')] if isinstance(coordinates, str) else coordinates
place = np.stack([f64(points[c]) for c in columns], axis=1)
order, index = np.unique(np.asarray(points[group]), return_inverse=True)
far = np.sqrt(((place[:, None] - place[None]) ** 2).sum(axis=2))
np.fill_diagonal(far, np.inf)
one = np.eye(len(order))[index]
radii = [maximum_distance * (k + 1) / steps for k in range(steps)]
found = []
for r in radii:
    counts = one.T @ (far <= r) @ one
    sums = counts.sum(axis=1)
    with np.errstate(all='ignore'):
        ratio = counts / sums[:, None] / (sums / sums.sum())
    found.append(np.where((sums[:, None] > 0) & (sums > 0), ratio, 0).ravel())
k, a, b = np.indices((steps, len(order), len(order))).reshape(3, -1)
result = {'distance': np.array(radii)[k], 'class_a': order[a], 'class_b': order[b], 'ratio': np.concatenate(found)}",
    examples: ["maximum_distance = 40\nsteps = 4", "group = \"t\"\ncoordinates = \"x\"\nmaximum_distance = 9.5"],
}

impl CoOccurrence {
    fn radius(&self, k: usize) -> f64 {
        self.maximum_distance * (k + 1) as f64 / self.steps as f64
    }

    /// Pairs of points by step and classes, not summed up over the steps.
    fn counts(&self, places: &[Point], class: &[usize], n: usize) -> Vec<Vec<f64>> {
        let steps = self.steps as usize;
        let radii: Vec<f64> = (0..steps).map(|k| self.radius(k)).collect();
        let of_point = |i: usize| {
            let mut counts = vec![0u32; steps * n];
            for j in (0..places.len()).filter(|j| *j != i) {
                let step = radii.partition_point(|r| *r < distance(&places[i], &places[j]));
                if step < steps {
                    counts[step * n + class[j]] += 1;
                }
            }
            counts
        };
        let all = threads::collect(0..places.len(), of_point);
        let mut counts = vec![vec![0.0; n * n]; steps];
        for (i, own) in all.iter().enumerate() {
            for (k, of_step) in own.chunks(n.max(1)).enumerate() {
                of_step.iter().enumerate().for_each(|(b, c)| counts[k][class[i] * n + b] += *c as f64);
            }
        }
        for k in 1..steps {
            let before = counts[k - 1].clone();
            counts[k].iter_mut().zip(before).for_each(|(c, b)| *c += b);
        }
        counts
    }

    fn counts_plain(&self, places: &[Point], class: &[usize], n: usize) -> Vec<Vec<f64>> {
        let of = |k: usize, a: usize, b: usize| {
            let pairs = (0..places.len()).flat_map(|i| (0..places.len()).map(move |j| (i, j)));
            let near = |(i, j): &(usize, usize)| {
                i != j
                    && (class[*i], class[*j]) == (a, b)
                    && distance(&places[*i], &places[*j]) <= self.radius(k)
            };
            pairs.filter(near).count() as f64
        };
        (0..self.steps as usize).map(|k| (0..n * n).map(|i| of(k, i / n, i % n)).collect()).collect()
    }

    fn table(&self, table: &Table, plain: bool) -> Result<Table, Error> {
        let places = points(table, &self.coordinates)?;
        let kinds = column(table, &self.group).map_err(|e| e.argument("group"))?;
        let (firsts, class) = classes(kinds, table.rows());
        let n = firsts.len();
        let counts =
            if plain { self.counts_plain(&places, &class, n) } else { self.counts(&places, &class, n) };
        let mut ratios = Vec::new();
        for counts in &counts {
            let sums: Vec<f64> = (0..n).map(|a| counts[a * n..(a + 1) * n].iter().sum()).collect();
            let total: f64 = sums.iter().sum();
            ratios.extend((0..n * n).map(|i| match (sums[i / n], sums[i % n]) {
                (a, b) if a > 0.0 && b > 0.0 => counts[i] / a / (b / total),
                _ => 0.0,
            }));
        }
        let rows = 0..ratios.len();
        let square = (n * n).max(1);
        let far = rows.clone().map(|i| self.radius(i / square)).collect();
        let of = |place: &dyn Fn(usize) -> usize| {
            pick(kinds, &rows.clone().map(|i| firsts[place(i % square)]).collect::<Vec<_>>())
        };
        let out = Table::new().with("distance", Values::Float(far))?.with("class_a", of(&|i| i / n))?;
        out.with("class_b", of(&|i| i % n))?.with("ratio", Values::Float(ratios))
    }
}

impl Host for CoOccurrence {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Table(self.table(inputs.table("points")?, false)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let table = || self.table(inputs.table("points")?, true);
        Some(table().map(|table| vec![Plain::Table(table)]))
    }
}
