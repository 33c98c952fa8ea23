//! The cheapest assignment of rows to columns, each at most once (linear assignment problem).

use super::union_find::UnionFind;

/// A row and a column that may be joined, and what that costs.
pub type Edge = (usize, usize, f64);

/// The pairs of the cheapest assignment, where each row that stays alone costs `alone`; by row. Parts of the graph that no edge joins
/// are solved one by one.
pub fn cheapest(edges: &[Edge], alone: f64) -> Vec<(usize, usize)> {
    let rows = edges.iter().map(|e| e.0 + 1).max().unwrap_or(0);
    let columns = edges.iter().map(|e| e.1 + 1).max().unwrap_or(0);
    let mut sets = UnionFind::default();
    sets.grow(rows + columns);
    edges.iter().for_each(|(row, column, _)| sets.union(*row as u32, (rows + column) as u32));
    let (part, count) = sets.number();
    let mut by_part: Vec<Vec<Edge>> = vec![Vec::new(); count];
    edges.iter().for_each(|edge| by_part[part[edge.0] as usize].push(*edge));
    let mut pairs: Vec<(usize, usize)> = by_part.iter().flat_map(|edges| solved(edges, alone)).collect();
    pairs.sort_unstable();
    pairs
}

/// The places of sorted, distinct numbers.
fn distinct(numbers: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut all: Vec<usize> = numbers.collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// One part, by shortest augmenting paths in a dense matrix (Jonker and Volgenant, 1987). Behind the columns stands one for each row,
/// which it takes when it stays alone.
fn solved(edges: &[Edge], alone: f64) -> Vec<(usize, usize)> {
    let (rows, columns) = (distinct(edges.iter().map(|e| e.0)), distinct(edges.iter().map(|e| e.1)));
    let (n, m) = (rows.len(), columns.len() + rows.len());
    let place = |all: &[usize], x: usize| all.binary_search(&x).unwrap_or_default();
    let mut cost = vec![f64::INFINITY; n * m];
    for (row, column, price) in edges {
        cost[place(&rows, *row) * m + place(&columns, *column)] = *price;
    }
    (0..n).for_each(|i| cost[i * m + columns.len() + i] = alone);
    let (mut u, mut v) = (vec![0.0; n], vec![0.0; m]);
    let mut owner: Vec<Option<usize>> = vec![None; m];
    for start in 0..n {
        let (mut shortest, mut before) = (vec![f64::INFINITY; m], vec![start; m]);
        let mut visited = vec![false; m];
        let (mut row, mut reached) = (start, 0.0);
        // Dijkstra over columns with reduced costs, until one has no owner.
        let end = loop {
            let mut next: Option<usize> = None;
            for j in (0..m).filter(|j| !visited[*j]) {
                let through = reached + cost[row * m + j] - u[row] - v[j];
                if through < shortest[j] {
                    (shortest[j], before[j]) = (through, row);
                }
                if next.is_none_or(|k| shortest[j] < shortest[k]) {
                    next = Some(j);
                }
            }
            // The row's own last column can always be reached.
            let Some(j) = next else { return Vec::new() };
            visited[j] = true;
            reached = shortest[j];
            match owner[j] {
                Some(taken) => row = taken,
                None => break j,
            }
        };
        u[start] += reached;
        for j in (0..m).filter(|j| visited[*j] && *j != end) {
            if let Some(i) = owner[j] {
                u[i] += reached - shortest[j];
            }
            v[j] -= reached - shortest[j];
        }
        let mut j = end;
        loop {
            let i = before[j];
            let taken = (0..m).find(|k| *k != j && owner[*k] == Some(i));
            owner[j] = Some(i);
            match taken {
                Some(k) if i != start => {
                    owner[k] = None;
                    j = k;
                }
                _ => break,
            }
        }
    }
    let joined = owner.into_iter().enumerate().take(columns.len());
    joined.filter_map(|(j, i)| Some((rows[i?], columns[j]))).collect()
}

/// [`cheapest`] of the whole graph by Bellman and Ford's paths, for reference implementations.
pub fn cheapest_plain(edges: &[Edge], alone: f64) -> Vec<(usize, usize)> {
    let rows = distinct(edges.iter().map(|e| e.0));
    // The column of each row, and what it costs there.
    let mut taken: Vec<(usize, usize, f64)> = Vec::new();
    for start in rows {
        // The cost of leaving each row without a column, and the edges that rows before take instead.
        let mut paths: Vec<(usize, f64, Vec<Edge>)> = vec![(start, 0.0, Vec::new())];
        let mut changed = true;
        while changed {
            changed = false;
            for (row, column, price) in edges {
                let Some((_, spent, path)) = paths.iter().find(|p| p.0 == *row).cloned() else { continue };
                let Some((owner, _, saved)) = taken.iter().find(|t| t.1 == *column).copied() else {
                    continue;
                };
                let total = spent + price - saved;
                if owner == *row || path.iter().any(|e| e.0 == owner) || owner == start {
                    continue;
                }
                let longer = [path, vec![(*row, *column, *price)]].concat();
                match paths.iter_mut().find(|p| p.0 == owner) {
                    Some(known) if known.1 > total + 1e-12 * alone => {
                        (known.1, known.2) = (total, longer);
                        changed = true;
                    }
                    Some(_) => {}
                    None => {
                        paths.push((owner, total, longer));
                        changed = true;
                    }
                }
            }
        }
        let mut best: Option<(f64, Vec<Edge>)> = None;
        for (row, spent, path) in paths {
            let free = |column: usize| taken.iter().all(|t| t.1 != column);
            let ends = edges.iter().filter(|e| e.0 == row && free(e.1)).map(|e| (e.2, Some(*e)));
            for (price, edge) in ends.chain([(alone, None)]) {
                // A row that stays alone is the last of its path: its former column goes to the row before.
                if best.as_ref().is_none_or(|b| spent + price < b.0) {
                    let last = edge.unwrap_or((row, usize::MAX, alone));
                    best = Some((spent + price, [path.clone(), vec![last]].concat()));
                }
            }
        }
        for (row, column, price) in best.into_iter().flat_map(|b| b.1) {
            taken.retain(|t| t.0 != row && t.1 != column);
            if column != usize::MAX {
                taken.push((row, column, price));
            }
        }
    }
    let mut pairs: Vec<(usize, usize)> = taken.into_iter().map(|t| (t.0, t.1)).collect();
    pairs.sort_unstable();
    pairs
}
