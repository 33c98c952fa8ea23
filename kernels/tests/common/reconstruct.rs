use rotifer_kernels::common::reconstruct::*;
use rotifer_registry::Grid;

/// Any number of strips gives the image that sweeps to and fro give, plateaus that wind across seams too.
#[test]
fn strips_do_not_show() {
    let mut state = 3u64;
    let mut random = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as u32
    };
    for (k, shape) in
        [[1, 17, 13], [5, 6, 7], [1, 1, 9], [3, 1, 4], [1, 24, 1]].into_iter().cycle().take(60).enumerate()
    {
        let n: usize = shape.iter().product();
        let limits: Vec<u32> = (0..n).map(|_| 1 + random() % (2 + k as u32 % 9)).collect();
        let seeds: Vec<u32> = limits.iter().map(|l| if random() % 9 == 0 { *l } else { 1 }).collect();
        let grid =
            |values: &[u32]| Grid { shape, ndim: 3, data: values.iter().map(|v| f64::from(*v)).collect() };
        for connectivity in 1..=3 {
            let expected = reconstruct_plain(&grid(&seeds), &grid(&limits), connectivity);
            for strips in [1, 2, 3, 7] {
                let found = in_strips(shape, connectivity, 0, |i| seeds[i], |i| limits[i], strips);
                assert!(
                    found.iter().zip(&expected.data).all(|(a, b)| f64::from(*a) == *b),
                    "{shape:?} {strips}"
                );
            }
        }
    }
}
