//! Mean and standard deviation over a box around every pixel, in float64.

use super::fresh;
use super::rows::Extended;
use crate::simd;
use rotifer_registry::*;

simd! {
    fn add<T: Element>(sums: &mut [f64], squares: &mut [f64], row: &[T]) {
        for ((sum, square), v) in sums.iter_mut().zip(squares).zip(row) {
            let v = v.to_f64();
            *sum += v;
            *square += v * v;
        }
    }

    /// Each sum becomes that of so many from it on.
    fn gather(out: &mut [f64], sums: &[f64], across: usize) {
        out.copy_from_slice(&sums[..out.len()]);
        for i in 1..across {
            for (o, v) in out.iter_mut().zip(&sums[i..]) {
                *o += v;
            }
        }
    }
}

/// `of(mean, standard deviation)` at every pixel. Nothing is ever taken out of a sum, so that each pixel has the same bits
/// wherever an image is cut, and what is no number leaves no trace.
pub fn map<T: Element>(
    image: &Extended<T>,
    [rz, ry, rx]: [usize; 3],
    of: impl Fn(f64, f64) -> f64 + Sync,
) -> Vec<f32> {
    const ROWS: usize = 8;
    let nx = image.shape[2];
    let scale = 1.0 / ((2 * rz + 1) * (2 * ry + 1) * (2 * rx + 1)) as f64;
    let padded = nx + 2 * rx;
    let init =
        || (vec![T::default(); padded], vec![0.0; padded], vec![0.0; padded], vec![0.0; nx], vec![0.0; nx]);
    fresh::blocks(image.shape, ROWS, init, |(row, sums, squares, sum, square), z, top, block| {
        for (y, out) in block.rows(nx).enumerate() {
            sums.fill(0.0);
            squares.fill(0.0);
            for dz in 0..=2 * rz {
                for dy in 0..=2 * ry {
                    let at = [(z + dz) as isize - rz as isize, (top + y + dy) as isize - ry as isize];
                    image.padded(at[0], at[1], rx, row, T::from_f64(image.constant), |v| v);
                    add(sums, squares, row);
                }
            }
            gather(sum, sums, 2 * rx + 1);
            gather(square, squares, 2 * rx + 1);
            for ((o, sum), square) in out.iter_mut().zip(sum.iter()).zip(square.iter()) {
                let mean = sum * scale;
                let (squares, variance) = (square * scale, square * scale - mean * mean);
                // So little is rounding: the window is flat. `max` would make 0 of NaN.
                *o = of(mean, if variance < 1e-13 * squares { 0.0 } else { variance }.sqrt()) as f32;
            }
        }
    })
}

/// The same one pixel at a time, distances from the mean squared.
pub fn plain(grid: &Grid, radius: [usize; 3], edge: Edge, of: impl Fn(f64, f64) -> f64) -> Grid {
    let [rz, ry, rx] = radius.map(|r| r as isize);
    grid.map_at(|p| {
        let mut values = Vec::new();
        for dz in -rz..=rz {
            for dy in -ry..=ry {
                for dx in -rx..=rx {
                    let at = [p[0] as isize + dz, p[1] as isize + dy, p[2] as isize + dx];
                    values.push(grid.sample(at, edge, 0.0));
                }
            }
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
        of(mean, variance.sqrt())
    })
}
