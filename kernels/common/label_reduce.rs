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
    by_rows(shape[0] * shape[1], index, merge, |row, gathered| {
        each_run(labels, shape, row, index, |place, run| add(gathered.of(place), run));
    })
}

/// The runs of one row of the image, with the place of their object.
#[inline(always)]
fn each_run(
    labels: &[u32],
    [_, ny, nx]: [usize; 3],
    row: usize,
    index: &LabelIndex,
    mut visit: impl FnMut(usize, Run),
) {
    let pixels = &labels[row * nx..][..nx];
    let mut x = 0;
    while x < nx {
        let label = pixels[x];
        let end = x + pixels[x..].iter().take_while(|l| **l == label).count();
        if let Some(place) = index.place(label) {
            visit(place, Run { z: row / ny, y: row % ny, x: [x, end], start: row * nx + x });
        }
        x = end;
    }
}

/// First and last pixel of an object in a row of the image.
#[derive(Clone, Copy)]
pub struct Ends {
    pub z: u32,
    pub y: u32,
    pub x: [u32; 2],
}

/// The ends of every object's rows, from its first row to its last.
pub fn ends_of_rows(labels: &[u32], shape: [usize; 3], index: &LabelIndex) -> Vec<Vec<Ends>> {
    const BAND: usize = 64;
    let rows = shape[0] * shape[1];
    let bands: Vec<Vec<(usize, Ends)>> = (0..rows.div_ceil(BAND))
        .into_par_iter()
        .map(|band| {
            let mut found = Vec::new();
            for row in band * BAND..rows.min((band + 1) * BAND) {
                each_run(labels, shape, row, index, |place, Run { z, y, x: [begin, end], .. }| {
                    let x = [begin as u32, end as u32 - 1];
                    found.push((place, Ends { z: z as u32, y: y as u32, x }));
                });
            }
            found
        })
        .collect();
    let mut runs = vec![0; index.present.len()];
    bands.iter().flatten().for_each(|(place, _)| runs[*place] += 1);
    let mut objects: Vec<Vec<Ends>> = runs.into_iter().map(Vec::with_capacity).collect();
    for (place, run) in bands.into_iter().flatten() {
        match objects[place].last_mut() {
            Some(row) if (row.z, row.y) == (run.z, run.y) => row.x[1] = run.x[1],
            _ => objects[place].push(run),
        }
    }
    objects
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
