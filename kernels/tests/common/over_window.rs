use rotifer_kernels::common::over_window::*;
use rotifer_kernels::common::rank;

#[test]
fn percentiles_are_ranks() {
    for (percentile, n, rank) in
        [(50.0, 9, 4), (50.0, 4, 2), (0.0, 5, 0), (100.0, 5, 4), (33.3, 9, 2), (75.0, 1, 0)]
    {
        assert_eq!(rank_of(percentile, n), rank, "{percentile} of {n}");
    }
    assert!((1..500).all(|n| rank_of(50.0, n) == rank::middle(n)));
}
