//! Euler numbers of objects, from what is around each corner between pixels.

use crate::common::label_index::LabelIndex;
use crate::common::label_reduce::by_rows;
use crate::common::runs::bits;
use crate::simd;

/// Weights of the corners of pixels in the Euler number of the union of closed pixels, times 2^ndim: corners less edges
/// plus faces less cubes, each shared among the corners it has. Indexed by which of the pixels around belong.
pub fn corner_weights(ndim: usize) -> [i32; 256] {
    std::array::from_fn(|around| {
        let mut weight = 0;
        // A cell at the corner extends along some axes, to one side each; it is there if a pixel that touches it is.
        for extends in 0..1usize << ndim {
            for side in (0..1usize << ndim).filter(|side| side & !extends == 0) {
                let there = (0..1usize << ndim).any(|p| p & extends == side && around >> p & 1 == 1);
                let dimension = extends.count_ones();
                let share = 1 << (ndim as u32 - dimension);
                weight += there as i32 * share * if dimension % 2 == 0 { 1 } else { -1 };
            }
        }
        weight
    })
}

/// From the sum of [`corner_weights`].
pub fn euler_number(sum: i64, ndim: usize) -> i64 {
    sum >> ndim
}

/// Euler number of every object.
pub fn euler_numbers(labels: &[u32], shape: [usize; 3], ndim: usize, index: &LabelIndex) -> Vec<i64> {
    let sums = euler_sums(labels, shape, ndim, index, |_| true);
    sums.into_iter().map(|sum| euler_number(sum, ndim)).collect()
}

/// Sums of [`corner_weights`] for every object over the rows of corners, z and y, that count. Row y of corners is above row y of
/// pixels, and plane z of a volume before plane z of pixels.
pub fn euler_sums(
    labels: &[u32],
    shape: [usize; 3],
    ndim: usize,
    index: &LabelIndex,
    counts: impl Fn([usize; 2]) -> bool + Sync,
) -> Vec<i64> {
    let [nz, ny, nx] = shape;
    let weights = corner_weights(ndim);
    let all = if ndim == 2 { 15 } else { 255 };
    let outside = vec![0; nx];
    by_rows(
        (nz + (ndim == 3) as usize) * (ny + 1),
        index,
        |a: &mut i64, b| *a += b,
        |row, gathered| {
            let (z, y) = (row / (ny + 1), row % (ny + 1));
            let pixels = |dz: usize, dy: usize| {
                let y = (y + dy).checked_sub(1).filter(|y| *y < ny);
                let z = if ndim == 2 { Some(0) } else { (z + dz).checked_sub(1).filter(|z| *z < nz) };
                z.zip(y).map_or(&outside[..], |(z, y)| &labels[(z * ny + y) * nx..][..nx])
            };
            // The rows of pixels that meet at this row of corners, above before below, front before back.
            let rows = [pixels(0, 0), pixels(0, 1), pixels(1, 0), pixels(1, 1)];
            let mut visit = |x: usize| {
                let mut around = [0u32; 8];
                for (k, row) in rows.iter().enumerate() {
                    around[2 * k] = if x > 0 { row[x - 1] } else { 0 };
                    around[2 * k + 1] = if x < nx { row[x] } else { 0 };
                }
                let equal = |label: u32| {
                    around.iter().enumerate().fold(0, |bits, (p, l)| bits | ((*l == label) as usize) << p)
                };
                // Each label once, where it comes first.
                let mut rest = all & !equal(0);
                while rest != 0 {
                    let label = around[rest.trailing_zeros() as usize];
                    let belongs = equal(label);
                    rest &= !belongs;
                    if let Some(place) = index.place(label) {
                        *gathered.of(place) += weights[belongs] as i64;
                    }
                }
            };
            if nx == 0 || !counts([z, y]) {
                return;
            }
            visit(0);
            let mut differs = [0; 64];
            for first in (1..nx).step_by(64) {
                let count = (nx - first).min(64);
                let part = rows.map(|row| &row[first - 1..first + count]);
                mark(&part, &mut differs[..count]);
                let mut found = bits(&differs[..count]);
                while found != 0 {
                    visit(first + found.trailing_zeros() as usize);
                    found &= found - 1;
                }
            }
            visit(nx);
        },
    )
}

simd! {
    /// Byte i: the pixels i and i + 1 of the rows are not all one label. Inside an object and in the background nothing
    /// is added.
    fn mark(rows: &[&[u32]; 4], differs: &mut [u8]) {
        let n = differs.len();
        let [a, b, c, d] = rows.map(|row| &row[..n + 1]);
        for i in 0..n {
            let label = a[i];
            let before = (b[i] ^ label) | (c[i] ^ label) | (d[i] ^ label);
            let after = (a[i + 1] ^ label) | (b[i + 1] ^ label) | (c[i + 1] ^ label) | (d[i + 1] ^ label);
            differs[i] = (before | after != 0) as u8;
        }
    }
}
