//! Rows of an image that may lie beyond its border.

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

    /// Writes pixels of the row at z, y from column `left` on; each may lie beyond the border.
    pub fn part<U: Copy>(
        &self,
        [z, y]: [isize; 2],
        left: isize,
        out: &mut [U],
        constant: U,
        convert: impl Fn(T) -> U,
    ) {
        let Some(row) = self.row(z, y) else { return out.fill(constant) };
        let n = row.len() as isize;
        let from = left.clamp(0, n);
        let to = (left + out.len() as isize).clamp(from, n);
        let inner = (from - left) as usize..(to - left) as usize;
        let pixels = &row[from as usize..to as usize];
        out[inner.clone()].iter_mut().zip(pixels).for_each(|(o, v)| *o = convert(*v));
        for i in (0..inner.start).chain(inner.end..out.len()) {
            out[i] = self.edge.index(left + i as isize, row.len()).map_or(constant, |x| convert(row[x]));
        }
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
