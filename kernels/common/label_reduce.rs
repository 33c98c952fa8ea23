//! One pass over a label image that gathers something of every object.

use crate::common::label_index::LabelIndex;
use rayon::prelude::*;

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

/// Bands that are gathered apart. A fixed number: the order of additions does not depend on the threads.
const BANDS: usize = 32;

/// Gathers the runs of every object, in the order of `index`. Bands of rows are gathered apart and merged from the
/// first to the last.
pub fn by_runs<A: Clone + Default + Send>(
    labels: &[u32],
    shape: [usize; 3],
    index: &LabelIndex,
    add: impl Fn(&mut A, Run) + Sync,
    merge: impl Fn(&mut A, A),
) -> Vec<A> {
    let [nz, ny, nx] = shape;
    by_rows(nz * ny, index, merge, |row, gathered| {
        let pixels = &labels[row * nx..][..nx];
        let mut x = 0;
        while x < nx {
            let label = pixels[x];
            let end = x + pixels[x..].iter().take_while(|l| **l == label).count();
            if let Some(place) = index.place(label) {
                add(gathered.of(place), Run { z: row / ny, y: row % ny, x: [x, end], start: row * nx + x });
            }
            x = end;
        }
    })
}

/// Lets `visit` gather from every row of so many; see [`by_runs`].
pub fn by_rows<A: Clone + Default + Send>(
    rows: usize,
    index: &LabelIndex,
    merge: impl Fn(&mut A, A),
    visit: impl Fn(usize, &mut Gathered<A>) + Sync,
) -> Vec<A> {
    let height = rows.div_ceil(BANDS).max(1);
    let bands: Vec<Gathered<A>> = (0..rows.div_ceil(height))
        .into_par_iter()
        .map(|band| {
            let mut gathered = Gathered { slots: vec![0; index.present.len()], found: Vec::new() };
            for row in band * height..rows.min((band + 1) * height) {
                visit(row, &mut gathered);
            }
            gathered
        })
        .collect();
    let mut all = vec![A::default(); index.present.len()];
    for (place, part) in bands.into_iter().flat_map(|b| b.found) {
        merge(&mut all[place], part);
    }
    all
}

/// What a band knows of the objects it meets.
pub struct Gathered<A> {
    /// Place in `found` of each object, counted from 1.
    slots: Vec<u32>,
    found: Vec<(usize, A)>,
}

impl<A: Default> Gathered<A> {
    /// What is gathered of the object at this place of the index.
    #[inline(always)]
    pub fn of(&mut self, place: usize) -> &mut A {
        if self.slots[place] == 0 {
            self.found.push((place, A::default()));
            self.slots[place] = self.found.len() as u32;
        }
        &mut self.found[self.slots[place] as usize - 1].1
    }
}
