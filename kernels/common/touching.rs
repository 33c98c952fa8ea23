//! Pairs of labels that share sides of pixels, and where objects lie.

use super::label_index::LabelIndex;
use super::label_reduce::LabelRuns;
use crate::common::threads;
use rotifer_registry::Grid;
use std::collections::{BTreeMap, HashMap};

/// Something gathered of every pair of labels, the smaller one first.
pub type Pairs<A> = BTreeMap<(u32, u32), A>;

/// Rows that are gathered apart; a fixed number, so that the order of additions does not depend on threads.
const BANDS: usize = 32;

/// Calls `add` for every two pixels of different labels that share a side, with their indices.
pub fn pairs<A: Default + Send>(
    labels: &[u32],
    [nz, ny, nx]: [usize; 3],
    add: impl Fn(&mut A, usize, usize) + Sync,
    merge: impl Fn(&mut A, A),
) -> Pairs<A> {
    let rows = nz * ny;
    let height = rows.div_ceil(BANDS).max(1);
    let bands: Vec<HashMap<(u32, u32), A>> = threads::collect(0..rows.div_ceil(height), |band| {
        let mut found: HashMap<(u32, u32), A> = HashMap::new();
        let mut meet = |i: usize, j: usize| {
            let (a, b) = (labels[i], labels[j]);
            if a != b && a != 0 && b != 0 {
                add(found.entry((a.min(b), a.max(b))).or_default(), i, j);
            }
        };
        for row in band * height..rows.min((band + 1) * height) {
            let own = row * nx..(row + 1) * nx;
            own.clone().skip(1).for_each(|i| meet(i - 1, i));
            let steps = [(row % ny + 1 < ny).then_some(nx), (row / ny + 1 < nz).then_some(ny * nx)];
            for step in steps.into_iter().flatten() {
                own.clone().for_each(|i| meet(i, i + step));
            }
        }
        found
    });
    let mut all = BTreeMap::new();
    for (pair, found) in bands.into_iter().flatten() {
        merge(all.entry(pair).or_default(), found);
    }
    all
}

/// [`pairs`] pixel by pixel, for reference implementations: the places of both pixels.
pub fn plain_pairs(labels: &Grid) -> Pairs<Vec<[[usize; 3]; 2]>> {
    let mut found = Pairs::<Vec<_>>::new();
    labels.map_at(|p| {
        for axis in 0..3 {
            let mut q = p;
            q[axis] += 1;
            if q[axis] < labels.shape[axis]
                && labels.at(p) != labels.at(q)
                && labels.at(p) * labels.at(q) != 0.0
            {
                let [a, b] = [labels.at(p) as u32, labels.at(q) as u32];
                found.entry((a.min(b), a.max(b))).or_default().push([p, q]);
            }
        }
        0.0
    });
    found
}

/// The labels that are present, and the mean z, y, x of the pixels of each.
pub fn centroids(labels: &[u32], shape: [usize; 3]) -> (LabelIndex, Vec<[f64; 3]>) {
    let runs = LabelRuns::new(labels, shape);
    let index = LabelIndex::new(&runs);
    // Whole numbers: the order of additions does not matter.
    let sums = runs.gather(
        &index,
        |sums: &mut [u64; 4], run| {
            let n = run.length() as u64;
            let along = (run.x[0] as u64 + run.x[1] as u64 - 1) * n / 2;
            for (sum, more) in sums.iter_mut().zip([n, run.z as u64 * n, run.y as u64 * n, along]) {
                *sum += more;
            }
        },
        |a, b| (0..4).for_each(|i| a[i] += b[i]),
    );
    let mean = |[n, z, y, x]: [u64; 4]| [z, y, x].map(|sum| sum as f64 / n as f64);
    (index, sums.into_iter().map(mean).collect())
}

/// [`centroids`] by lists of pixels, for reference implementations.
pub fn plain_centroids(labels: &Grid) -> BTreeMap<u32, [f64; 3]> {
    let mut pixels = BTreeMap::<u32, Vec<[usize; 3]>>::new();
    labels.map_at(|p| {
        pixels.entry(labels.at(p) as u32).or_default().push(p);
        0.0
    });
    pixels.remove(&0);
    let mean = |places: &[[usize; 3]]| {
        [0, 1, 2].map(|a| places.iter().map(|p| p[a] as f64).sum::<f64>() / places.len() as f64)
    };
    pixels.into_iter().map(|(label, places)| (label, mean(&places))).collect()
}
