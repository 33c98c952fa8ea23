//! The runs of a label image, found in one pass over its pixels.

use crate::common::runs;
use crate::common::threads;

/// Pixels of one label next to each other in a row.
#[derive(Clone, Copy)]
pub struct Run {
    pub z: usize,
    pub y: usize,
    /// First pixel, and one past the last.
    pub x: [usize; 2],
    /// Index of the first pixel in the image.
    pub start: usize,
}

impl Run {
    pub fn length(&self) -> usize {
        self.x[1] - self.x[0]
    }

    /// Its pixels in the image.
    pub fn pixels(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.length()
    }
}

/// A run as it is kept.
#[derive(Clone, Copy)]
pub struct Kept {
    row: u32,
    start: u32,
    end: u32,
    pub label: u32,
}

/// Bands that are gathered apart. A fixed number: the order of additions does not depend on the threads.
pub const BANDS: usize = 32;

/// All runs of labels, in bands of rows.
pub struct LabelRuns {
    shape: [usize; 3],
    pub bands: Vec<Vec<Kept>>,
}

impl LabelRuns {
    pub fn new(labels: &[u32], shape: [usize; 3]) -> LabelRuns {
        LabelRuns::within(labels, shape, shape.map(|n| 0..n))
    }

    /// The runs of the pixels in a box.
    pub fn within(labels: &[u32], shape: [usize; 3], area: [std::ops::Range<usize>; 3]) -> LabelRuns {
        let [nz, ny, nx] = shape;
        let rows = nz * ny;
        let height = rows.div_ceil(BANDS).max(1);
        let bands = threads::gather(0..rows.div_ceil(height), Vec::new, |words, band| {
            let mut found = Vec::new();
            for row in band * height..rows.min((band + 1) * height) {
                if !area[0].contains(&(row / ny)) || !area[1].contains(&(row % ny)) || area[2].is_empty() {
                    continue;
                }
                let first = area[2].start;
                let pixels = &labels[row * nx..][area[2].clone()];
                runs::of_labels(pixels, words, |start, end, label| {
                    let [start, end] = [start, end].map(|x| (x + first) as u32);
                    found.push(Kept { row: row as u32, start, end, label });
                });
            }
            found
        });
        LabelRuns { shape, bands }
    }

    /// A run by its place.
    pub fn run(&self, run: &Kept) -> Run {
        let [_, ny, nx] = self.shape;
        let (row, x) = (run.row as usize, [run.start as usize, run.end as usize]);
        Run { z: row / ny, y: row % ny, x, start: row * nx + x[0] }
    }

    pub fn count(&self) -> usize {
        self.bands.iter().map(Vec::len).sum()
    }
}
