use super::classes::{classes, ends};
use super::condition::{column, numbers, pick};
use rotifer_registry::*;

op! {
    /// Counts the edges between each two classes of points.
    ///
    /// Edges, such as those of `spatial_graph`, join points by what `label` has in their rows; each counts once from either end. A row for
    /// each pair of classes in the order of the classes, those of `class_a` first: `class_a`, `class_b`, and `count`, the edges that
    /// go from a point of one to a point of the other, or the sum of their weights. With `normalized` the counts of a class are divided by their sum,
    /// NaN where it is 0.
    pub struct InteractionMatrix {
        /// The column of the class.
        group: String = "class".to_string();
        /// The column that names a point.
        label: String = "label".to_string();
        /// The column of `edges` with their weights; none takes 1.
        weight: Option<String> = None;
        /// Whether the counts of a class add up to 1.
        normalized: bool = false;
    }
    id: "interaction_matrix", revision: 1, family: Table,
    memory: host,
    inputs: { points: Table, edges: Table },
    outputs: { pairs: Table },
    agrees: Relative(1e-12), follows: "squidpy.gr.interaction_matrix 1.8",
    python: "
order, index = np.unique(np.asarray(points[group]), return_inverse=True)
place = {name: i for i, name in enumerate(points[label])}
a, b = (np.array([index[place[p]] for p in edges[e]], int) for e in ('source', 'target'))
weights = np.ones(len(a)) if weight is None else f64(edges[weight])
m = np.zeros((len(order), len(order)))
np.add.at(m, (a, b), weights)
np.add.at(m, (b, a), weights)
m = m / m.sum(axis=1, keepdims=True) if normalized else m
i, j = np.indices(m.shape).reshape(2, -1)
result = {'class_a': order[i], 'class_b': order[j], 'count': m.ravel()}",
    examples: ["normalized = true", "weight = \"target\"\nnormalized = true"],
}

impl InteractionMatrix {
    fn matrix(&self, inputs: &Inputs, plain: bool) -> Result<Table, Error> {
        let (points, edges) = (inputs.table("points")?, inputs.table("edges")?);
        let kinds = column(points, &self.group).map_err(|e| e.argument("group"))?;
        let ends = ends(points, edges, &self.label)?;
        let weights = match &self.weight {
            Some(name) => numbers(edges, name).map_err(|e| e.argument("weight"))?,
            None => vec![1.0; ends.len()],
        };
        let (firsts, class) = classes(kinds, points.rows());
        let n = firsts.len();
        let mut counts = vec![0.0; n * n];
        if plain {
            for (i, count) in counts.iter_mut().enumerate() {
                let from = |a: usize, b: usize| (class[a], class[b]) == (i / n, i % n);
                for ([a, b], weight) in ends.iter().zip(&weights) {
                    *count += weight * (from(*a, *b) as u8 + from(*b, *a) as u8) as f64;
                }
            }
        } else {
            for ([a, b], weight) in ends.iter().zip(&weights) {
                counts[class[*a] * n + class[*b]] += weight;
                counts[class[*b] * n + class[*a]] += weight;
            }
        }
        for row in counts.chunks_mut(n.max(1)).filter(|_| self.normalized) {
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|count| *count /= sum);
        }
        let of = |place: &dyn Fn(usize) -> usize| {
            pick(kinds, &(0..n * n).map(|i| firsts[place(i)]).collect::<Vec<_>>())
        };
        let table = Table::new().with("class_a", of(&|i| i / n))?.with("class_b", of(&|i| i % n))?;
        table.with("count", Values::Float(counts))
    }
}

impl Host for InteractionMatrix {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Table(self.matrix(inputs, false)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(self.matrix(inputs, true).map(|table| vec![Plain::Table(table)]))
    }
}
