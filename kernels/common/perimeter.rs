//! Perimeters of 2-D objects through the centres of their border pixels (Benkrid and Crookes, 2000).

use crate::common::label_index::LabelIndex;
use crate::common::label_reduce::by_rows;
use crate::common::threads;
use std::f64::consts::SQRT_2;

/// The perimeter of every 2-D object.
pub fn perimeters(labels: &[u32], shape: [usize; 3], index: &LabelIndex) -> Vec<f64> {
    border_counts(labels, shape, index, 0..shape[1]).into_iter().map(border_length).collect()
}

/// Rows beside a pixel that its part in a border depends on.
pub const REACH: usize = 2;

/// How many border pixels of a 2-D object, in some rows of the image, count 1, √2 and (1 + √2) / 2.
pub fn border_counts(
    labels: &[u32],
    [_, ny, nx]: [usize; 3],
    index: &LabelIndex,
    rows: std::ops::Range<usize>,
) -> Vec<[f64; 3]> {
    let at = |y: usize, x: usize| if y < ny && x < nx { labels[y * nx + x] } else { 0 };
    let mut border = vec![false; labels.len()];
    threads::each_row(&mut border, nx, |y, row| {
        for (x, border) in row.iter_mut().enumerate() {
            let l = at(y, x);
            let sides = [(y.wrapping_sub(1), x), (y + 1, x), (y, x.wrapping_sub(1)), (y, x + 1)];
            *border = l != 0 && sides.iter().any(|&(y, x)| at(y, x) != l);
        }
    });
    by_rows(
        ny,
        index,
        |a: &mut [f64; 3], b| *a = std::array::from_fn(|i| a[i] + b[i]),
        |y, gathered| {
            for x in (0..nx).filter(|x| rows.contains(&y) && border[y * nx + x]) {
                let l = at(y, x);
                let count = |places: [(usize, usize); 4]| {
                    places.iter().filter(|&&(y, x)| at(y, x) == l && border[y * nx + x]).count()
                };
                let (up, left) = (y.wrapping_sub(1), x.wrapping_sub(1));
                let sides = count([(up, x), (y + 1, x), (y, left), (y, x + 1)]);
                let diagonals = count([(up, left), (up, x + 1), (y + 1, left), (y + 1, x + 1)]);
                let kind = match 1 + 2 * sides + 10 * diagonals {
                    5 | 7 | 15 | 17 | 25 | 27 => 0,
                    21 | 33 => 1,
                    13 | 23 => 2,
                    _ => continue,
                };
                if let Some(place) = index.place(l) {
                    gathered.of(place)[kind] += 1.0;
                }
            }
        },
    )
}

/// Length of a border with so many pixels that count 1, √2 and (1 + √2) / 2.
pub fn border_length([a, b, c]: [f64; 3]) -> f64 {
    a + SQRT_2 * b + (1.0 + SQRT_2) / 2.0 * c
}
