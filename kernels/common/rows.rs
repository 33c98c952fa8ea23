//! Rows of an image that may lie beyond its border, and blocks of rows that threads share out.

use rayon::prelude::*;
use rotifer_registry::{Edge, Element};

/// Pixels in z, y, x order, and what they are taken to be beyond the border.
#[derive(Clone, Copy)]
pub struct Extended<'a, T> {
    pub pixels: &'a [T],
    pub shape: [usize; 3],
    pub edge: Edge,
    pub constant: f64,
}

impl<'a, T: Element> Extended<'a, T> {
    /// The row at z, y; none where the constant stands.
    #[inline]
    pub fn row(&self, z: isize, y: isize) -> Option<&'a [T]> {
        let [nz, ny, nx] = self.shape;
        let (z, y) = (self.edge.index(z, nz)?, self.edge.index(y, ny)?);
        Some(&self.pixels[(z * ny + y) * nx..][..nx])
    }

    /// Writes the row at z, y with `radius` pixels more at either end into the start of `out`.
    pub fn padded<U: Copy>(
        &self,
        z: isize,
        y: isize,
        radius: usize,
        out: &mut [U],
        constant: U,
        convert: impl Fn(T) -> U,
    ) {
        let nx = self.shape[2];
        match self.row(z, y) {
            None => out[..nx + 2 * radius].fill(constant),
            Some(row) => {
                out[radius..radius + nx].iter_mut().zip(row).for_each(|(o, v)| *o = convert(*v));
                pad(&mut out[..nx + 2 * radius], radius, self.edge, constant);
            }
        }
    }
}

/// Fills `radius` pixels at either end of a row by what is between them.
pub fn pad<U: Copy>(row: &mut [U], radius: usize, edge: Edge, constant: U) {
    let n = row.len() - 2 * radius;
    for k in 0..radius {
        let read = |row: &[U], i: isize| edge.index(i, n).map_or(constant, |i| row[radius + i]);
        row[k] = read(row, k as isize - radius as isize);
        row[radius + n + k] = read(row, (n + k) as isize);
    }
}

/// Calls `body(z, first row, pixels)` for blocks of at most `rows` rows, in parallel; each thread keeps one `init()`.
pub fn for_blocks<U: Send, S>(
    output: &mut [U],
    shape: [usize; 3],
    rows: usize,
    init: impl Fn() -> S + Sync + Send,
    body: impl Fn(&mut S, usize, usize, &mut [U]) + Sync + Send,
) {
    let [_, ny, nx] = shape;
    if output.is_empty() {
        return;
    }
    let blocks: Vec<(usize, usize, &mut [U])> = output
        .chunks_mut(ny * nx)
        .enumerate()
        .flat_map(|(z, plane)| {
            plane.chunks_mut(rows.max(1) * nx).enumerate().map(move |(b, block)| (z, b * rows.max(1), block))
        })
        .collect();
    blocks.into_par_iter().for_each_init(init, |state, (z, y, block)| body(state, z, y, block));
}
