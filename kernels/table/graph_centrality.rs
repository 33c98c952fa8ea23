use super::classes::{classes, ends};
use super::condition::{column, pick};
use rotifer_registry::*;
use std::collections::VecDeque;

op! {
    /// Measures how central each class of points is in a graph.
    ///
    /// Edges, such as those of `spatial_graph`, join points by what `label` has in their rows; two edges between the same points count
    /// once, and one from a point to itself not. A row for each class S in its order, in a graph of n points:
    ///
    /// - `degree_centrality`: the share of the points outside S that are joined with one of S;
    /// - `average_clustering`: the mean over S of the share of pairs of a point's neighbours that are joined, 0 with fewer than two;
    /// - `closeness_centrality`: the number of points outside S by the sum of their distances from S, in edges, those that cannot be
    ///   reached at no distance; 0 where the sum is 0 (Everett and Borgatti, 1999).
    ///
    /// The first is NaN where S is all points.
    pub struct GraphCentrality {
        /// The column of the class.
        group: String = "class".to_string();
        /// The column that names a point.
        label: String = "label".to_string();
    }
    id: "graph_centrality", revision: 1, family: Table,
    memory: host,
    inputs: { points: Table, edges: Table },
    outputs: { classes: Table },
    agrees: Relative(1e-12), follows: "squidpy.gr.centrality_scores 1.8",
    python: "
order, index = np.unique(np.asarray(points[group]), return_inverse=True)
place = {name: i for i, name in enumerate(points[label])}
n = len(index)
joined = np.zeros((n, n), bool)
for a, b in zip(edges['source'], edges['target']):
    joined[place[a], place[b]] = joined[place[b], place[a]] = True
np.fill_diagonal(joined, False)
degree = joined.sum(axis=1)
triangles = np.diag(np.linalg.matrix_power(joined.astype(int), 3))
clustering = np.where(degree > 1, triangles / np.maximum(degree * (degree - 1), 1), 0)
far = scipy.sparse.csgraph.shortest_path(scipy.sparse.csr_array(joined.astype(float)), unweighted=True)
rows = []
for k in range(len(order)):
    own = index == k
    rest = (~own).sum()
    way = far[own].min(axis=0)[~own]
    total = way[np.isfinite(way)].sum()
    rows.append((joined[own].any(axis=0)[~own].sum() / rest if rest else np.nan, clustering[own].mean(), rest / total if total else 0.0))
rows = np.array(rows).reshape(-1, 3)
result = {'class': order, 'degree_centrality': rows[:, 0], 'average_clustering': rows[:, 1], 'closeness_centrality': rows[:, 2]}",
    examples: ["group = \"t\""],
}

/// The neighbours of each point, ascending.
fn neighbours(ends: &[[usize; 2]], points: usize) -> Vec<Vec<usize>> {
    let mut near = vec![Vec::new(); points];
    for [a, b] in ends.iter().filter(|[a, b]| a != b) {
        near[*a].push(*b);
        near[*b].push(*a);
    }
    for list in &mut near {
        list.sort_unstable();
        list.dedup();
    }
    near
}

/// How many edges each point is away from the nearest of some, by a search in waves.
fn distances(near: &[Vec<usize>], from: impl Iterator<Item = usize>) -> Vec<Option<usize>> {
    let mut far = vec![None; near.len()];
    let mut queue: VecDeque<usize> = from.collect();
    queue.iter().for_each(|i| far[*i] = Some(0));
    while let Some(i) = queue.pop_front() {
        for j in &near[i] {
            if far[*j].is_none() {
                far[*j] = far[i].map(|d: usize| d + 1);
                queue.push_back(*j);
            }
        }
    }
    far
}

/// [`distances`], by lowering each until none can be lowered.
fn distances_plain(near: &[Vec<usize>], from: impl Iterator<Item = usize>) -> Vec<Option<usize>> {
    let mut far = vec![None; near.len()];
    from.for_each(|i| far[i] = Some(0));
    loop {
        let before = far.clone();
        for (i, list) in near.iter().enumerate() {
            let shorter = list.iter().filter_map(|j| far[*j]).min().map(|d: usize| d + 1);
            if shorter.is_some_and(|d| far[i].is_none_or(|known| d < known)) {
                far[i] = shorter;
            }
        }
        if far == before {
            return far;
        }
    }
}

impl GraphCentrality {
    fn table(&self, inputs: &Inputs, plain: bool) -> Result<Table, Error> {
        let (points, edges) = (inputs.table("points")?, inputs.table("edges")?);
        let kinds = column(points, &self.group).map_err(|e| e.argument("group"))?;
        let near = neighbours(&ends(points, edges, &self.label)?, points.rows());
        let (firsts, class) = classes(kinds, points.rows());
        let clustering = |i: usize| {
            let list = &near[i];
            let pairs = list.iter().enumerate().flat_map(|(k, a)| list[k + 1..].iter().map(move |b| (a, b)));
            let (joined, all) = pairs.fold((0, 0), |(joined, all), (a, b)| {
                let is = if plain { near[*a].contains(b) } else { near[*a].binary_search(b).is_ok() };
                (joined + is as usize, all + 1)
            });
            if all == 0 { 0.0 } else { joined as f64 / all as f64 }
        };
        let mut columns = [Vec::new(), Vec::new(), Vec::new()];
        for k in 0..firsts.len() {
            let own: Vec<usize> = (0..class.len()).filter(|i| class[*i] == k).collect();
            let from = own.iter().copied();
            let far = if plain { distances_plain(&near, from) } else { distances(&near, from) };
            let rest = (class.len() - own.len()) as f64;
            let beside = far.iter().filter(|d| **d == Some(1)).count() as f64;
            let total = far.iter().flatten().sum::<usize>() as f64;
            columns[0].push(beside / rest);
            columns[1].push(own.iter().map(|i| clustering(*i)).sum::<f64>() / own.len() as f64);
            columns[2].push(if total > 0.0 { rest / total } else { 0.0 });
        }
        let [degree, clustering, closeness] = columns.map(Values::Float);
        let table = Table::new().with("class", pick(kinds, &firsts))?.with("degree_centrality", degree)?;
        table.with("average_clustering", clustering)?.with("closeness_centrality", closeness)
    }
}

impl Host for GraphCentrality {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Table(self.table(inputs, false)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(self.table(inputs, true).map(|table| vec![Plain::Table(table)]))
    }
}
