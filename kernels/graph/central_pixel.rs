use crate::common::threads;
use crate::table::classes::ends;
use crate::table::condition::{column, numbers, pick};
use rotifer_registry::*;

op! {
    /// Finds the point of a graph that is nearest to all others.
    ///
    /// Points and edges as `pixel_graph` or `spatial_graph` give them. Of the largest connected part, of equal ones that of the earliest row,
    /// it is the point whose ways to all others, along edges, have the least sum, of equal sums (to 10⁻⁹) the earliest row. One row: `label`, what
    /// the point has in that column, and `mean_distance`, the mean length of its ways to the others, 0 of a point alone. No point gives no row.
    pub struct CentralPixel {
        /// The column that names a point.
        label: String = "label".to_string();
        /// The column of `edges` with their lengths, not below 0; none takes 1.
        weight: Option<String> = None;
    }
    id: "central_pixel", revision: 1, family: Graph,
    memory: host,
    inputs: { points: Table, edges: Table },
    outputs: { center: Table },
    agrees: Relative(1e-9), follows: "skimage.graph.central_pixel 0.26",
    python: "
place = {name: i for i, name in enumerate(points[label])}
n = len(place)
weights = np.ones(len(edges['source'])) if weight is None else f64(edges[weight])
graph = np.full((n, n), np.inf)
for a, b, w in zip(edges['source'], edges['target'], weights):
    a, b = place[a], place[b]
    graph[a, b] = graph[b, a] = min(graph[a, b], w)
graph = scipy.sparse.csgraph.csgraph_from_dense(graph, null_value=np.inf)
count, part = scipy.sparse.csgraph.connected_components(graph)
own = np.flatnonzero(part == np.argmax(np.bincount(part)))
total = scipy.sparse.csgraph.shortest_path(graph, directed=False)[np.ix_(own, own)].sum(axis=1)
best = np.flatnonzero(total <= total.min() * (1 + 1e-9))[0]
result = {'label': np.asarray(points[label])[own[[best]]], 'mean_distance': [total[best] / max(len(own) - 1, 1)]}",
    examples: ["weight = \"target\""],
}

/// The neighbours of each point, with the lengths of the edges.
type Near = Vec<Vec<(usize, f64)>>;

/// The length of the shortest way to each point by Dijkstra's algorithm.
fn ways(near: &Near, from: usize) -> Vec<f64> {
    let mut far = vec![f64::INFINITY; near.len()];
    far[from] = 0.0;
    // Lengths that are not negative have the order of their bits.
    let mut heap = std::collections::BinaryHeap::from([std::cmp::Reverse((0u64, from))]);
    while let Some(std::cmp::Reverse((bits, i))) = heap.pop() {
        let way = f64::from_bits(bits);
        if way > far[i] {
            continue;
        }
        for (j, length) in &near[i] {
            let longer = way + length;
            if longer < far[*j] {
                far[*j] = longer;
                heap.push(std::cmp::Reverse((longer.to_bits(), *j)));
            }
        }
    }
    far
}

/// [`ways`], by lowering each until none can be lowered.
fn ways_plain(near: &Near, from: usize) -> Vec<f64> {
    let mut far = vec![f64::INFINITY; near.len()];
    far[from] = 0.0;
    loop {
        let before = far.clone();
        for (i, list) in near.iter().enumerate() {
            far[i] = list.iter().fold(far[i], |least, (j, length)| least.min(far[*j] + length));
        }
        if far == before {
            return far;
        }
    }
}

impl CentralPixel {
    fn center(&self, inputs: &Inputs, ways: fn(&Near, usize) -> Vec<f64>) -> Result<Table, Error> {
        let (points, edges) = (inputs.table("points")?, inputs.table("edges")?);
        let names = column(points, &self.label).map_err(|e| e.argument("label"))?;
        let ends = ends(points, edges, &self.label)?;
        let weights = match &self.weight {
            Some(name) => numbers(edges, name).map_err(|e| e.argument("weight"))?,
            None => vec![1.0; ends.len()],
        };
        if let Some(row) = weights.iter().position(|w| w.is_nan() || *w < 0.0) {
            return Err(Error::new(Code::Table, "lengths of edges are not below 0")
                .argument("weight")
                .value(weights[row]));
        }
        let mut near: Near = vec![Vec::new(); points.rows()];
        for ([a, b], weight) in ends.iter().zip(&weights) {
            near[*a].push((*b, *weight));
            near[*b].push((*a, *weight));
        }
        let sums: Vec<(usize, f64)> = threads::collect(0..points.rows(), |i| {
            let far = ways(&near, i);
            let reached = far.iter().filter(|way| way.is_finite());
            reached.fold((0, 0.0), |(count, sum), way| (count + 1, sum + way))
        });
        let largest = sums.iter().map(|(count, _)| *count).max().unwrap_or(0);
        let mut found = (Vec::new(), Vec::new());
        if let Some(first) = sums.iter().position(|(count, _)| *count == largest) {
            let part = ways(&near, first);
            let own = || (0..sums.len()).filter(|i| part[*i].is_finite());
            let least = own().map(|i| sums[i].1).fold(f64::INFINITY, f64::min);
            let best = own().find(|i| sums[*i].1 <= least * (1.0 + 1e-9));
            found = best.map(|i| (i, sums[i].1 / (largest - 1).max(1) as f64)).into_iter().unzip();
        }
        let (rows, means) = found;
        Table::new().with("label", pick(names, &rows))?.with("mean_distance", Values::Float(means))
    }
}

impl Host for CentralPixel {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Table(self.center(inputs, ways)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(self.center(inputs, ways_plain).map(|table| vec![Plain::Table(table)]))
    }
}
