//! The labels of an image, numbered without gaps.

use rayon::prelude::*;

/// Largest label up to which a table is kept for every number.
const TABLE: u32 = 1 << 24;

/// The labels that are present, ascending; 0 is not one of them.
pub struct LabelIndex {
    pub present: Vec<u32>,
    /// Place of each label in `present`, counted from 1; empty where the labels are too large for a table.
    places: Vec<u32>,
}

impl LabelIndex {
    pub fn new(labels: &[u32]) -> LabelIndex {
        let largest = labels.par_iter().with_min_len(1 << 14).copied().max().unwrap_or(0);
        if largest > TABLE {
            let mut present: Vec<u32> = runs(labels).filter(|l| *l != 0).collect();
            present.par_sort_unstable();
            present.dedup();
            return LabelIndex { present, places: Vec::new() };
        }
        let mut places = vec![0; largest as usize + 1];
        for label in runs(labels) {
            places[label as usize] = 1;
        }
        places[0] = 0;
        let mut present = Vec::new();
        for (label, place) in places.iter_mut().enumerate().filter(|(_, p)| **p != 0) {
            present.push(label as u32);
            *place = present.len() as u32;
        }
        LabelIndex { present, places }
    }

    /// Place of a label among those present; none for 0 and for labels that are not there.
    #[inline(always)]
    pub fn place(&self, label: u32) -> Option<usize> {
        if self.places.is_empty() {
            return self.present.binary_search(&label).ok();
        }
        (*self.places.get(label as usize)? as usize).checked_sub(1)
    }

    /// Smallest box around each label: first and last pixel along z, y, x.
    pub fn boxes(&self, labels: &[u32], shape: [usize; 3]) -> Vec<[[usize; 3]; 2]> {
        let mut boxes = vec![[[usize::MAX; 3], [0; 3]]; self.present.len()];
        let [_, ny, nx] = shape;
        for (row, pixels) in labels.chunks(nx.max(1)).enumerate() {
            let mut x = 0;
            while x < nx {
                let label = pixels[x];
                let last = x + pixels[x..].iter().take_while(|l| **l == label).count() - 1;
                if let Some(place) = self.place(label) {
                    let [lo, hi] = &mut boxes[place];
                    for (a, (from, to)) in
                        [(row / ny, row / ny), (row % ny, row % ny), (x, last)].into_iter().enumerate()
                    {
                        lo[a] = lo[a].min(from);
                        hi[a] = hi[a].max(to);
                    }
                }
                x = last + 1;
            }
        }
        boxes
    }
}

/// The labels with repetitions in a row left out.
fn runs(labels: &[u32]) -> impl Iterator<Item = u32> {
    labels.chunk_by(|a, b| a == b).map(|run| run[0])
}
