//! The brightest of points that keep a distance.

use super::place;
use rayon::prelude::*;

/// Points (in raster order) by brightness, of equally bright ones the first ones first, without those nearer to a brighter
/// one than `distance` along every axis; at most `most`.
pub fn brightest(
    keys: &[u32],
    mut points: Vec<usize>,
    shape: [usize; 3],
    distance: usize,
    most: Option<u32>,
) -> Vec<usize> {
    points.par_sort_by_key(|&i| std::cmp::Reverse(keys[i]));
    let most = most.map_or(usize::MAX, |n| n as usize);
    if distance <= 1 || points.len() <= 1 {
        points.truncate(most);
        return points;
    }
    let (mut first, mut last) = (shape, [0; 3]);
    for p in points.iter().map(|i| place(*i, shape)) {
        first = std::array::from_fn(|a| first[a].min(p[a]));
        last = std::array::from_fn(|a| last[a].max(p[a]));
    }
    // Cells of the least distance hold at most one point each.
    let cells: [usize; 3] = std::array::from_fn(|a| (last[a] - first[a]) / distance + 1);
    let mut taken = vec![usize::MAX; cells.iter().product()];
    let mut kept = Vec::new();
    for i in points {
        if kept.len() == most {
            break;
        }
        let p = place(i, shape);
        let cell: [usize; 3] = std::array::from_fn(|a| (p[a] - first[a]) / distance);
        let [zs, ys, xs] = std::array::from_fn(|a| cell[a].saturating_sub(1)..(cell[a] + 2).min(cells[a]));
        let free = zs.into_iter().all(|z| {
            ys.clone().all(|y| {
                xs.clone().all(|x| match taken[(z * cells[1] + y) * cells[2] + x] {
                    usize::MAX => true,
                    other => {
                        let q = place(other, shape);
                        (0..3).any(|a| p[a].abs_diff(q[a]) >= distance)
                    }
                })
            })
        });
        if free {
            taken[(cell[0] * cells[1] + cell[1]) * cells[2] + cell[2]] = i;
            kept.push(i);
        }
    }
    kept
}
