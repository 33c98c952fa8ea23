use super::classes::{classes, ends};
use super::condition::{column, pick};
use crate::common::random::Random;
use rotifer_registry::*;

op! {
    /// Tells which classes of points are neighbours more or less often than by chance.
    ///
    /// Edges, such as those of `spatial_graph`, join points by what `label` has in their rows. A row for each pair of classes, in the order
    /// of the classes: `class_a`, `class_b`, `count`, the edges between both; and from the counts with the classes dealt out anew
    /// among the points, `permutations` times: `expected`, their mean, `sd`, their standard deviation (divided by their number),
    /// `z`, (count − expected) / sd, and `p_value`, one more than the permutations that are at least as far from the mean, by one
    /// more than all.
    ///
    /// Each permutation is made of the one before, first of the order of rows, by exchanging row i, from the last to the second, with
    /// row ⌊(i + 1) · r / 2⁶⁴⌋, where r are the numbers of splitmix64 started at `seed`.
    pub struct NeighborhoodEnrichment {
        /// The column of the class.
        group: String = "class".to_string();
        /// The column that names a point.
        label: String = "label".to_string();
        /// How often classes are dealt out anew.
        permutations: u32 = 1000, range(1, 1000000);
        /// Where the random numbers begin.
        seed: u32 = 0;
    }
    id: "neighborhood_enrichment", revision: 1, family: Table,
    memory: host,
    inputs: { points: Table, edges: Table },
    outputs: { pairs: Table },
    agrees: Relative(1e-9), follows: "squidpy.gr.nhood_enrichment 1.6",
    python: "
names, kinds = list(points[label]), np.asarray(points[group])
order = np.unique(kinds)
place = {name: i for i, name in enumerate(names)}
ends = np.array([[place[a], place[b]] for a, b in zip(edges['source'], edges['target'])]).reshape(-1, 2)
index = np.searchsorted(order, kinds)
m = len(order)
couples = [(a, b) for a in range(m) for b in range(a, m)]
def count(index):
    a, b = index[ends[:, 0]], index[ends[:, 1]]
    found = np.bincount(np.minimum(a, b) * m + np.maximum(a, b), minlength=m * m)
    return np.array([found[a * m + b] for a, b in couples])
state, mask = seed, (1 << 64) - 1
def random():
    global state
    state = (state + 0x9e3779b97f4a7c15) & mask
    z = state
    z = ((z ^ (z >> 30)) * 0xbf58476d1ce4e5b9) & mask
    z = ((z ^ (z >> 27)) * 0x94d049bb133111eb) & mask
    return z ^ (z >> 31)
real, drawn, dealt = count(index), [], list(index)
for _ in range(permutations):
    for i in range(len(dealt) - 1, 0, -1):
        j = ((i + 1) * random()) >> 64
        dealt[i], dealt[j] = dealt[j], dealt[i]
    drawn.append(count(np.array(dealt)))
drawn = np.array(drawn)
expected = drawn.sum(axis=0) / permutations
sd = np.sqrt(((drawn - expected) ** 2).sum(axis=0) / permutations)
farther = (np.abs(drawn - expected) >= np.abs(real - expected)).sum(axis=0)
result = {'class_a': order[[a for a, _ in couples]], 'class_b': order[[b for _, b in couples]], 'count': real, 'expected': expected,
    'sd': sd, 'z': (real - expected) / sd, 'p_value': (farther + 1) / (permutations + 1)}",
    examples: ["permutations = 37\nseed = 5"],
}

/// Edges between each two classes of so many.
type Count = fn(&[[usize; 2]], &[usize], usize) -> Vec<f64>;

fn count(edges: &[[usize; 2]], class: &[usize], classes: usize) -> Vec<f64> {
    let mut counts = vec![0.0; classes * classes];
    for ends in edges {
        let [a, b] = ends.map(|row| class[row]);
        counts[a.min(b) * classes + a.max(b)] += 1.0;
    }
    pairs(classes).map(|(a, b)| counts[a * classes + b]).collect()
}

/// [`count`], one pair of classes after another.
fn count_plain(edges: &[[usize; 2]], class: &[usize], classes: usize) -> Vec<f64> {
    let joins = |ends: &[usize; 2], a: usize, b: usize| {
        let [c, d] = ends.map(|row| class[row]);
        (a, b) == (c, d) || (a, b) == (d, c)
    };
    pairs(classes).map(|(a, b)| edges.iter().filter(|ends| joins(ends, a, b)).count() as f64).collect()
}

fn pairs(classes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..classes).flat_map(move |a| (a..classes).map(move |b| (a, b)))
}

impl NeighborhoodEnrichment {
    fn table(&self, inputs: &Inputs, count: Count) -> Result<Table, Error> {
        let (points, edges) = (inputs.table("points")?, inputs.table("edges")?);
        let kinds = column(points, &self.group).map_err(|e| e.argument("group"))?;
        let ends = ends(points, edges, &self.label)?;
        let (firsts, mut class) = classes(kinds, points.rows());
        let real = count(&ends, &class, firsts.len());
        let mut random = Random(self.seed as u64);
        let mut drawn = Vec::new();
        for _ in 0..self.permutations {
            for i in (1..class.len()).rev() {
                class.swap(i, random.below(i + 1));
            }
            drawn.push(count(&ends, &class, firsts.len()));
        }
        let n = self.permutations as f64;
        let all = 0..real.len();
        let over = |sum: &dyn Fn(&Vec<f64>) -> f64| drawn.iter().map(sum).sum::<f64>() / n;
        let expected: Vec<f64> = all.clone().map(|i| over(&|counts| counts[i])).collect();
        let sd: Vec<f64> =
            all.clone().map(|i| over(&|counts| (counts[i] - expected[i]).powi(2)).sqrt()).collect();
        let z = all.clone().map(|i| (real[i] - expected[i]) / sd[i]).collect();
        let p_value = |i: usize| {
            let far = |counts: &[f64]| (counts[i] - expected[i]).abs();
            (drawn.iter().filter(|counts| far(counts) >= far(&real)).count() as f64 + 1.0) / (n + 1.0)
        };
        let p_values = all.map(p_value).collect();
        let class_of = |place: fn((usize, usize)) -> usize| {
            pick(kinds, &pairs(firsts.len()).map(|pair| firsts[place(pair)]).collect::<Vec<_>>())
        };
        let table = Table::new().with("class_a", class_of(|p| p.0))?.with("class_b", class_of(|p| p.1))?;
        let table = table.with("count", Values::Int(real.iter().map(|n| *n as i64).collect()))?;
        let table = table.with("expected", Values::Float(expected))?.with("sd", Values::Float(sd))?;
        table.with("z", Values::Float(z))?.with("p_value", Values::Float(p_values))
    }
}

impl Host for NeighborhoodEnrichment {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Table(self.table(inputs, count)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(self.table(inputs, count_plain).map(|table| vec![Plain::Table(table)]))
    }
}
