//! The peaks of one object in a box of its own: the way for objects that may be flat as a whole.

use super::{Window, place};
use crate::common::threads;
use crate::simd;

/// Which pixels equal the maximum of their window, the image repeated beyond its border by its last pixel.
/// Pixels that are not considered are no maxima.
pub fn maxima(
    keys: &[u32],
    shape: [usize; 3],
    window: &Window,
    consider: impl Fn(usize) -> bool + Sync,
) -> Vec<bool> {
    let [nz, ny, nx] = shape;
    let mut out = vec![false; keys.len()];
    if keys.is_empty() {
        return out;
    }
    match window {
        Window::Box([rz, ry, rx]) => {
            let mut along_x = vec![0u32; keys.len()];
            let bands = along_x.chunks_mut(16 * nx).zip(keys.chunks(16 * nx));
            threads::share(bands, Vec::new, |scratch, (to, keys)| {
                for (to, row) in to.chunks_mut(nx).zip(keys.chunks(nx)) {
                    row_maximum(to, row, *rx, scratch);
                }
            });
            threads::each_row(&mut out, nx, |row, out| {
                let (z, y) = (row / ny, row % ny);
                let first = row * nx;
                for (x, out) in out.iter_mut().enumerate() {
                    let key = keys[first + x];
                    *out = along_x[first + x] == key
                        && consider(first + x)
                        && (z.saturating_sub(*rz)..(z + rz + 1).min(nz)).all(|z| {
                            (y.saturating_sub(*ry)..(y + ry + 1).min(ny))
                                .all(|y| along_x[(z * ny + y) * nx + x] <= key)
                        });
                }
            });
        }
        Window::Offsets(offsets) => {
            let last = shape.map(|n| n as i32 - 1);
            threads::each_row(&mut out, nx, |row, out| {
                let at = [(row / ny) as i32, (row % ny) as i32];
                for (x, out) in out.iter_mut().enumerate() {
                    let i = row * nx + x;
                    let highest = || {
                        offsets
                            .iter()
                            .map(|o| {
                                let z = (at[0] + o[0]).clamp(0, last[0]) as usize;
                                let y = (at[1] + o[1]).clamp(0, last[1]) as usize;
                                let x = (x as i32 + o[2]).clamp(0, last[2]) as usize;
                                keys[(z * ny + y) * nx + x]
                            })
                            .max()
                    };
                    *out = consider(i) && (offsets.len() == 1 || highest() == Some(keys[i]));
                }
            });
        }
    }
    out
}

/// Maximum of the pixels within `radius` along a row, by windows of doubling length.
fn row_maximum(to: &mut [u32], row: &[u32], radius: usize, scratch: &mut Vec<u32>) {
    let width = 2 * radius + 1;
    scratch.clear();
    scratch.resize(radius, 0);
    scratch.extend_from_slice(row);
    scratch.resize(row.len() + 2 * radius, 0);
    let mut length = 1;
    while 2 * length <= width {
        double(scratch, length);
        length *= 2;
    }
    combine(to, scratch, width - length);
}

simd! {
    /// Windows of twice the length, in place: what is read ahead has not been changed yet.
    fn double(values: &mut [u32], length: usize) {
        let n = values.len() - length;
        for i in 0..n {
            values[i] = values[i].max(values[i + length]);
        }
    }

    fn combine(to: &mut [u32], values: &[u32], ahead: usize) {
        for ((to, a), b) in to.iter_mut().zip(values).zip(&values[ahead..]) {
            *to = *a.max(b);
        }
    }
}

/// Pixels of a mask that its opening with a cross removes.
pub fn isolated(mask: &[bool], shape: [usize; 3], ndim: usize) -> Vec<bool> {
    let step = |i: usize, axis: usize, forward: bool| {
        let mut p = place(i, shape);
        if forward {
            p[axis] += 1;
        } else {
            p[axis] = p[axis].checked_sub(1)?;
        }
        (p[axis] < shape[axis]).then(|| (p[0] * shape[1] + p[1]) * shape[2] + p[2])
    };
    let cross = |i: usize| {
        let ends = (3 - ndim..3).flat_map(move |axis| [(axis, false), (axis, true)]);
        std::iter::once(Some(i)).chain(ends.map(move |(axis, forward)| step(i, axis, forward)))
    };
    let core: Vec<bool> = (0..mask.len()).map(|i| cross(i).all(|q| q.is_some_and(|q| mask[q]))).collect();
    (0..mask.len()).map(|i| mask[i] && !cross(i).flatten().any(|q| core[q])).collect()
}
