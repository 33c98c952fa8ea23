//! Random forests of rows of levels (Breiman, 2001).

use super::random::Random;
use crate::common::threads;
use rotifer_registry::{Code, Error};

/// How a forest is grown.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub trees: u32,
    pub depth: u32,
    pub seed: u32,
}

/// Rows of so many levels each, and the class of each row.
pub struct Samples<'a> {
    pub features: usize,
    pub levels: &'a [u16],
    pub classes: &'a [usize],
    pub count: usize,
}

enum Node {
    /// Shares of the classes.
    Leaf(Vec<f64>),
    /// Rows whose level of the feature is at most this go to the first, others to the second.
    Split { feature: usize, level: u16, nodes: [usize; 2] },
}

pub struct Forest {
    trees: Vec<Vec<Node>>,
    count: usize,
}

/// The best split of some rows by a feature: its score, and the greatest level of the first part.
pub type BestSplit = fn(&Samples, &[usize], usize) -> Option<(f64, u16)>;

/// Sums of squared counts by the numbers of rows: the greater, the purer are both parts.
fn score(first: &[usize], all: &[usize]) -> f64 {
    let square = |counts: &mut dyn Iterator<Item = usize>| {
        let (squares, n) = counts.fold((0, 0), |(squares, n), c| (squares + c * c, n + c));
        squares as f64 / n as f64
    };
    square(&mut first.iter().copied()) + square(&mut first.iter().zip(all).map(|(a, b)| b - a))
}

fn counts(samples: &Samples, rows: &[usize]) -> Vec<usize> {
    let mut counts = vec![0; samples.count];
    rows.iter().for_each(|row| counts[samples.classes[*row]] += 1);
    counts
}

/// By one pass over the rows in the order of their levels.
pub fn best_split(samples: &Samples, rows: &[usize], feature: usize) -> Option<(f64, u16)> {
    let level = |row: &usize| samples.levels[row * samples.features + feature];
    let mut order: Vec<(u16, usize)> = rows.iter().map(|row| (level(row), samples.classes[*row])).collect();
    order.sort_unstable();
    let (all, mut first) = (counts(samples, rows), vec![0; samples.count]);
    let mut best: Option<(f64, u16)> = None;
    for pair in order.windows(2) {
        first[pair[0].1] += 1;
        if pair[0].0 != pair[1].0 {
            let score = score(&first, &all);
            if best.is_none_or(|b| score > b.0) {
                best = Some((score, pair[0].0));
            }
        }
    }
    best
}

/// [`best_split`], counting anew for each level.
pub fn best_split_plain(samples: &Samples, rows: &[usize], feature: usize) -> Option<(f64, u16)> {
    let level = |row: usize| samples.levels[row * samples.features + feature];
    let mut levels: Vec<u16> = rows.iter().map(|row| level(*row)).collect();
    levels.sort_unstable();
    levels.dedup();
    levels.pop();
    let all = counts(samples, rows);
    let mut best: Option<(f64, u16)> = None;
    for most in levels {
        let first: Vec<usize> = rows.iter().copied().filter(|row| level(*row) <= most).collect();
        let score = score(&counts(samples, &first), &all);
        if best.is_none_or(|b| score > b.0) {
            best = Some((score, most));
        }
    }
    best
}

impl Settings {
    /// A forest from samples, of which there is at least one.
    pub fn grow(&self, samples: &Samples, split: BestSplit) -> Result<Forest, Error> {
        let rows = samples.classes.len();
        if rows == 0 || samples.features == 0 {
            return Err(Error::new(Code::Table, "nothing to learn from: there is no sample or no feature"));
        }
        let tree = |k: u32| {
            let mut random = Random(((k as u64) << 32) + self.seed as u64);
            let drawn = (0..rows).map(|_| random.below(rows)).collect();
            let mut nodes = Vec::new();
            self.node(samples, drawn, 0, split, &mut random, &mut nodes);
            nodes
        };
        Ok(Forest { trees: threads::collect(0..self.trees, tree), count: samples.count })
    }

    /// Adds a node and those below it; gives its place.
    fn node(
        &self,
        samples: &Samples,
        rows: Vec<usize>,
        depth: u32,
        split: BestSplit,
        random: &mut Random,
        nodes: &mut Vec<Node>,
    ) -> usize {
        let counts = counts(samples, &rows);
        let at = nodes.len();
        nodes.push(Node::Leaf(counts.iter().map(|c| *c as f64 / rows.len() as f64).collect()));
        if depth == self.depth || counts.iter().filter(|c| **c > 0).count() < 2 {
            return at;
        }
        // As many features as the root of their number are tried, more while none of them splits.
        let tried = samples.features.isqrt().max(1);
        let mut features: Vec<usize> = (0..samples.features).collect();
        let mut best: Option<(f64, usize, u16)> = None;
        for i in 0..features.len() {
            if i >= tried && best.is_some() {
                break;
            }
            let j = i + random.below(features.len() - i);
            features.swap(i, j);
            if let Some((score, level)) = split(samples, &rows, features[i])
                && best.is_none_or(|b| score > b.0)
            {
                best = Some((score, features[i], level));
            }
        }
        let Some((_, feature, level)) = best else { return at };
        let (first, second): (Vec<usize>, Vec<usize>) =
            rows.into_iter().partition(|row| samples.levels[row * samples.features + feature] <= level);
        let first = self.node(samples, first, depth + 1, split, random, nodes);
        let second = self.node(samples, second, depth + 1, split, random, nodes);
        nodes[at] = Node::Split { feature, level, nodes: [first, second] };
        at
    }
}

impl Forest {
    /// The class of a row, the first of equally likely ones, and the mean share that the trees give it.
    pub fn class(&self, levels: &[u16]) -> (usize, f64) {
        let mut sums = vec![0.0; self.count];
        for tree in &self.trees {
            let mut at = 0;
            let shares = loop {
                match &tree[at] {
                    Node::Leaf(shares) => break shares,
                    Node::Split { feature, level, nodes } => at = nodes[(levels[*feature] > *level) as usize],
                }
            };
            sums.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
        }
        let best = (0..self.count).rev().max_by(|a, b| sums[*a].total_cmp(&sums[*b])).unwrap_or(0);
        (best, sums[best] / self.trees.len() as f64)
    }
}
