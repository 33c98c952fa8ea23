use crate::common::parts::by_parts;
use crate::common::points::{axes, coordinates};
use rotifer_registry::*;

op! {
    /// Measures the distance of every point to every other, or to every point of a second table.
    ///
    /// One row for each pair, those of the first point first: `label` and `other_label`, which are the column `label` of the tables,
    /// else the number of the row from 1, and `distance`. Points have columns x and y, and z where they are 3-D, in pixels; the
    /// axes of the first table count. A point is at distance 0 from itself.
    pub struct DistanceMatrix {}
    id: "distance_matrix", revision: 1, family: Graph,
    memory: host,
    inputs: { points: Table, other_points: Table optional },
    outputs: { distances: Table },
    agrees: Relative(1e-12), follows: "scipy.spatial.distance.cdist 1.17",
    python: "
other_points = points if other_points is None else other_points
names = [a for a in 'zyx' if a in points]
at, there = (np.stack([f64(t[a]) for a in names], axis=1) for t in (points, other_points))
numbers = lambda t, n: np.asarray(t['label'] if 'label' in t else np.arange(n) + 1)
result = {'label': np.repeat(numbers(points, len(at)), len(there)), 'other_label': np.tile(numbers(other_points, len(there)), len(at)),
    'distance': scipy.spatial.distance.cdist(at, there).ravel()}",
    examples: [],
}

/// Most rows of a table of distances.
const MOST: usize = 1 << 28;

impl DistanceMatrix {
    fn table(
        &self,
        inputs: &Inputs,
        far: impl Fn(&[f64; 3], &[f64; 3]) -> f64 + Sync,
    ) -> Result<Table, Error> {
        let points = inputs.table("points")?;
        let other = if inputs.get("other_points").is_some() { inputs.table("other_points")? } else { points };
        let names = axes(points);
        let (from, to) = (coordinates(points, names.clone())?, coordinates(other, names)?);
        let rows = from.len().saturating_mul(to.len());
        if rows > MOST {
            let error = Error::new(Code::Table, "too many pairs of points").value(rows);
            return Err(error.allowed(format!("{MOST} or less")));
        }
        let numbers = |table: &Table| match table.column("label") {
            Some(Values::Int(labels)) => labels.clone(),
            _ => (1..=table.rows() as i64).collect(),
        };
        let (own, others) = (numbers(points), numbers(other));
        let labels = own.iter().flat_map(|label| std::iter::repeat_n(*label, to.len())).collect();
        let other_labels = own.iter().flat_map(|_| others.iter().copied()).collect();
        let of_point = |_: &mut (), i: usize, first: usize, row: &mut [f64]| {
            row.iter_mut().zip(&to[first..]).for_each(|(distance, b)| *distance = far(&from[i], b));
        };
        let distances = by_parts(from.len(), to.len(), to.len(), 0.0, || (), of_point);
        let table = Table::new().with("label", Values::Int(labels))?;
        table.with("other_label", Values::Int(other_labels))?.with("distance", Values::Float(distances))
    }
}

impl Host for DistanceMatrix {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let far = |a: &[f64; 3], b: &[f64; 3]| {
            let [z, y, x] = [0, 1, 2].map(|i| (a[i] - b[i]) * (a[i] - b[i]));
            (z + y + x).sqrt()
        };
        Ok(vec![Datum::Table(self.table(inputs, far)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let far = |a: &[f64; 3], b: &[f64; 3]| (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt();
        Some(self.table(inputs, far).map(|table| vec![Plain::Table(table)]))
    }
}
