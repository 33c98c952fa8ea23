use rotifer_kernels::common::assignment::*;

/// By hand: greedy takes (0, 0) for 1 and then (1, 1) for 9; 2 + 3 is cheaper.
#[test]
fn the_sum_counts() {
    let edges = [(0, 0, 1.0), (0, 1, 2.0), (1, 0, 3.0), (1, 1, 9.0)];
    assert_eq!(cheapest(&edges, 20.0), [(0, 1), (1, 0)]);
    assert_eq!(cheapest_plain(&edges, 20.0), [(0, 1), (1, 0)]);
    // Staying alone for 1.5 is cheaper than 2 + 3 for both: row 0 takes column 0, row 1 none.
    assert_eq!(cheapest(&edges, 1.5), [(0, 0)]);
    assert_eq!(cheapest_plain(&edges, 1.5), [(0, 0)]);
    assert!(cheapest(&[], 1.0).is_empty());
}

/// Every assignment of small graphs, tried one by one.
#[test]
fn nothing_is_cheaper() {
    fn least(edges: &[Edge], row: usize, rows: usize, used: &mut Vec<usize>, alone: f64) -> f64 {
        if row == rows {
            return 0.0;
        }
        let mut best = alone + least(edges, row + 1, rows, used, alone);
        for (_, column, price) in edges.iter().filter(|e| e.0 == row) {
            if !used.contains(column) {
                used.push(*column);
                best = best.min(price + least(edges, row + 1, rows, used, alone));
                used.pop();
            }
        }
        best
    }
    let mut state = 7u64;
    let mut random = |n: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % n
    };
    for _ in 0..300 {
        let (rows, columns) = (1 + random(6) as usize, 1 + random(6) as usize);
        let mut edges: Vec<Edge> = Vec::new();
        for i in 0..rows {
            for j in 0..columns {
                if random(3) > 0 {
                    edges.push((i, j, random(1000) as f64));
                }
            }
        }
        // Rows without an edge stay alone in any case.
        let alone = 100.0 + random(500) as f64;
        let price = |pairs: &[(usize, usize)]| {
            let of = |p: &(usize, usize)| edges.iter().find(|e| (e.0, e.1) == *p).unwrap().2;
            pairs.iter().map(of).sum::<f64>() + alone * (rows - pairs.len()) as f64
        };
        let best = least(&edges, 0, rows, &mut Vec::new(), alone);
        assert_eq!(price(&cheapest(&edges, alone)), best);
        assert_eq!(price(&cheapest_plain(&edges, alone)), best);
    }
}
