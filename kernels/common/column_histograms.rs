//! The median of bytes over a box, in a time that does not grow with it: a histogram of every column slides down the
//! image, and their sum along the row (S. Perreault and P. Hébert, "Median Filtering in Constant Time", IEEE Trans.
//! Image Processing 16, 2007).

use crate::common::rows::{Extended, for_blocks};
use crate::simd;

/// Columns whose histograms fit into the cache together.
const STRIP: usize = 512;

/// How often bytes occur: all 16 that begin alike, and each.
#[derive(Clone, Default)]
struct Counts {
    coarse: [u16; 16],
    fine: [[u16; 16]; 16],
}

impl Counts {
    #[inline(always)]
    fn add(&mut self, byte: u8, times: u16) {
        let (high, low) = ((byte >> 4) as usize, (byte & 15) as usize);
        self.coarse[high] = self.coarse[high].wrapping_add(times);
        self.fine[high][low] = self.fine[high][low].wrapping_add(times);
    }
}

#[inline(always)]
fn add(sum: &mut [u16; 16], counts: &[u16; 16]) {
    sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum = sum.wrapping_add(*count));
}

#[inline(always)]
fn slide(sum: &mut [u16; 16], gone: &[u16; 16], come: &[u16; 16]) {
    let change = gone.iter().zip(come);
    sum.iter_mut().zip(change).for_each(|(sum, (gone, come))| {
        *sum = sum.wrapping_add(*come).wrapping_sub(*gone);
    });
}

/// The bin of the value with this rank, and how many are in the bins before it.
#[inline(always)]
fn select(counts: &[u16; 16], rank: u32) -> (usize, u32) {
    let mut below = 0;
    for (bin, count) in counts.iter().enumerate() {
        if below + u32::from(*count) > rank {
            return (bin, below);
        }
        below += u32::from(*count);
    }
    (15, below)
}

/// Whether a window of so many pixels can be counted here.
pub fn counts(pixels: usize) -> bool {
    pixels <= u16::MAX as usize
}

/// The value of this rank among the pixels of the box around every pixel.
pub fn of_box(image: &Extended<u8>, radius: [usize; 3], rank: usize, output: &mut [u8]) {
    let [rz, ry, rx] = radius;
    let nx = image.shape[2];
    let width = nx + 2 * rx;
    let constant = image.constant as u8;
    let init = || (Vec::new(), Vec::new());
    for_blocks(output, image.shape, (4 * ry).clamp(64, 512), init, |(lines, columns), z, y, out| {
        let high = out.len() / nx + 2 * ry;
        lines.resize((2 * rz + 1) * high * width, 0);
        for (i, line) in lines.chunks_mut(width).enumerate() {
            let at = ((z + i / high) as isize - rz as isize, (y + i % high) as isize - ry as isize);
            image.padded(at.0, at.1, rx, line, constant, |v| v);
        }
        let planes: Vec<&[u8]> = lines.chunks(high * width).collect();
        for first in (0..nx).step_by(STRIP) {
            let strip = Strip { first, size: STRIP.min(nx - first), nx, rx, ry, rank: rank as u32 };
            columns.clear();
            columns.resize(strip.size + 2 * rx, Counts::default());
            strip_of(&strip, &planes, columns, out);
        }
    });
}

/// Columns of a block of rows.
struct Strip {
    first: usize,
    size: usize,
    nx: usize,
    rx: usize,
    ry: usize,
    rank: u32,
}

simd! {
    fn strip_of(strip: &Strip, planes: &[&[u8]], columns: &mut [Counts], out: &mut [u8]) {
        let Strip { first, size, nx, rx, ry, rank } = *strip;
        let (width, wide) = (nx + 2 * rx, 2 * rx + 1);
        for (row, out) in out.chunks_mut(nx).enumerate() {
            for plane in planes {
                let line = |y: usize| &plane[y * width + first..][..size + 2 * rx];
                if row == 0 {
                    for y in 0..2 * ry + 1 {
                        columns.iter_mut().zip(line(y)).for_each(|(counts, byte)| counts.add(*byte, 1));
                    }
                } else {
                    let bytes = line(row - 1).iter().zip(line(row + 2 * ry));
                    for (counts, (gone, come)) in columns.iter_mut().zip(bytes) {
                        counts.add(*gone, 1u16.wrapping_neg());
                        counts.add(*come, 1);
                    }
                }
            }
            let mut coarse = [0; 16];
            columns[..wide].iter().for_each(|counts| add(&mut coarse, &counts.coarse));
            // Sums of fine counts, each right for the window of some pixel.
            let mut fine = [[0; 16]; 16];
            let mut right_for = [usize::MAX; 16];
            for (x, out) in out[first..first + size].iter_mut().enumerate() {
                if x > 0 {
                    slide(&mut coarse, &columns[x - 1].coarse, &columns[x + 2 * rx].coarse);
                }
                let (high, below) = select(&coarse, rank);
                let sum = &mut fine[high];
                let last = std::mem::replace(&mut right_for[high], x);
                if last == usize::MAX || 2 * (x - last) > wide {
                    *sum = [0; 16];
                    columns[x..x + wide].iter().for_each(|counts| add(sum, &counts.fine[high]));
                } else {
                    for x in last + 1..=x {
                        slide(sum, &columns[x - 1].fine[high], &columns[x + 2 * rx].fine[high]);
                    }
                }
                let (low, _) = select(sum, rank - below);
                *out = (high << 4 | low) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::rank::reference;
    use rotifer_registry::{Dtype, Edge, Footprint, Grid, Kind, Length, PerAxis, Volume, VolumeMeta};

    /// Wider than a strip, higher than a block.
    #[test]
    fn strips_and_blocks_meet() {
        let shape = [2, 150, 2 * STRIP + 70];
        let mut state = 1u32;
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1664525).wrapping_add(1013904223);
            (state >> 24) as u8
        })
        .take(shape.iter().product())
        .collect();
        let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::U8, shape, ndim: 3, spacing: None };
        let image = Volume::from_vec(&meta, bytes.clone()).expect("an image");
        let radius = [0, 3, 6];
        let offsets = Footprint::Box
            .offsets(&PerAxis::Each(radius.map(|r| Length::Pixels(r as f64)).to_vec()), &meta)
            .expect("a box");
        let mut medians = vec![0; bytes.len()];
        let extended = Extended { pixels: &bytes, shape, edge: Edge::Mirror, constant: 0.0 };
        of_box(&extended, radius, offsets.offsets.len() / 2, &mut medians);
        let expected = reference(&Grid::from(&image), &offsets, Edge::Mirror, 0.0);
        let wrong = medians.iter().zip(&expected.data).position(|(a, b)| f64::from(*a) != *b);
        assert_eq!(wrong, None);
    }
}
