//! Findings of every object, gathered from the runs of a label image.

use crate::common::label_index::LabelIndex;
use crate::common::label_runs::BANDS;
pub use crate::common::label_runs::{LabelRuns, Run};
use crate::common::runs;
use crate::common::threads;
use rotifer_registry::Span;
use std::collections::{BTreeMap, HashMap};

impl LabelRuns {
    /// Gathers the runs of every object, in the order of `index`. Bands of rows are gathered apart and merged from the
    /// first to the last.
    pub fn gather<A: Clone + Default + Send>(
        &self,
        index: &LabelIndex,
        add: impl Fn(&mut A, Run) + Sync,
        merge: impl Fn(&mut A, A),
    ) -> Vec<A> {
        let bands = threads::collect(&self.bands, |band| {
            let mut gathered = Gathered::new(index);
            for run in band {
                if let Some(place) = index.place(run.label) {
                    add(gathered.of(place), self.run(run));
                }
            }
            gathered
        });
        merged(bands, index, merge)
    }

    /// Findings of `visit` in all runs, in raster order.
    pub fn collect<T: Send + Clone>(&self, visit: impl Fn(Run, &mut Vec<T>) + Sync) -> Vec<T> {
        let bands = threads::collect(&self.bands, |band| {
            let mut found = Vec::new();
            band.iter().for_each(|run| visit(self.run(run), &mut found));
            found
        });
        bands.concat()
    }

    /// The ends of every object's rows, from its first row to its last.
    pub fn ends_of_rows(&self, index: &LabelIndex) -> Vec<Vec<Ends>> {
        let mut runs = vec![0; index.present.len()];
        let placed =
            || self.bands.iter().flatten().filter_map(|run| Some((index.place(run.label)?, self.run(run))));
        placed().for_each(|(place, _)| runs[place] += 1);
        let mut objects: Vec<Vec<Ends>> = runs.into_iter().map(Vec::with_capacity).collect();
        for (place, run) in placed() {
            let (z, y, x) = (run.z as u32, run.y as u32, [run.x[0] as u32, run.x[1] as u32 - 1]);
            match objects[place].last_mut() {
                Some(row) if (row.z, row.y) == (z, y) => row.x[1] = x[1],
                _ => objects[place].push(Ends { z, y, x }),
            }
        }
        objects
    }

    /// Smallest box around each object: first and last pixel along z, y, x.
    pub fn boxes(&self, index: &LabelIndex) -> Vec<[[usize; 3]; 2]> {
        let grow = |found: &mut Corners, Corners([lo, hi]): Corners| {
            for a in 0..3 {
                found.0[0][a] = found.0[0][a].min(lo[a]);
                found.0[1][a] = found.0[1][a].max(hi[a]);
            }
        };
        let add = |found: &mut Corners, Run { z, y, x: [first, end], .. }: Run| {
            grow(found, Corners([[z, y, first], [z, y, end - 1]]));
        };
        self.gather(index, add, grow).into_iter().map(|corners| corners.0).collect()
    }
}

/// Sums over the objects of labels that come in parts: in the bands, and so with the additions, of
/// [`LabelRuns::gather`] on the whole.
pub struct GatherParts<A> {
    shape: [usize; 3],
    /// Each thread has the objects of some labels.
    shares: Vec<Share<A>>,
}

struct Share<A> {
    band: usize,
    /// Of the objects in the band so far.
    in_band: HashMap<u32, A>,
    all: BTreeMap<u32, A>,
}

const SHARES: usize = 8;

impl<A: Clone + Default + Send> GatherParts<A> {
    /// `shape` is that of the whole.
    pub fn new(shape: [usize; 3]) -> GatherParts<A> {
        let share = || Share { band: 0, in_band: HashMap::new(), all: BTreeMap::new() };
        GatherParts { shape, shares: (0..SHARES).map(|_| share()).collect() }
    }

    /// Takes the inner part. Runs know their place in the whole, but `start`, which is that in the labels given.
    pub fn add(
        &mut self,
        span: &Span,
        labels: &[u32],
        add: impl Fn(&mut A, Run) + Sync,
        merge: impl Fn(&mut A, A) + Sync,
    ) {
        let [nz, ny, nx] = self.shape;
        let height = (nz * ny).div_ceil(BANDS).max(1);
        let (per_plane, first) = if span.axis == 0 { (ny, span.outer.start) } else { (1, 0) };
        let rows = span.inside();
        let rows = rows.start * per_plane..rows.end * per_plane;
        let offset = if span.axis == 0 { first * ny } else { span.outer.start };
        threads::share(self.shares.iter_mut().enumerate(), Vec::new, |words, (share, held)| {
            for row in rows.clone() {
                let whole = row + offset;
                if whole / height != held.band {
                    held.end_band(&merge);
                    held.band = whole / height;
                }
                runs::of_labels(&labels[row * nx..][..nx], words, |start, end, label| {
                    if label as usize % SHARES == share {
                        let (z, y) = (whole / ny, whole % ny);
                        let run = Run { z, y, x: [start, end], start: row * nx + start };
                        add(held.in_band.entry(label).or_default(), run);
                    }
                });
            }
        });
    }

    /// All objects by their labels, ascending.
    pub fn finish(&mut self, merge: impl Fn(&mut A, A)) -> BTreeMap<u32, A> {
        let mut all = BTreeMap::new();
        for share in &mut self.shares {
            share.end_band(&merge);
            all.append(&mut share.all);
        }
        all
    }
}

impl<A: Default> Share<A> {
    fn end_band(&mut self, merge: &impl Fn(&mut A, A)) {
        for (label, found) in self.in_band.drain() {
            merge(self.all.entry(label).or_default(), found);
        }
    }
}

/// First and last pixel of a box.
#[derive(Clone, Copy)]
struct Corners([[usize; 3]; 2]);

impl Default for Corners {
    fn default() -> Corners {
        Corners([[usize::MAX; 3], [0; 3]])
    }
}

/// First and last pixel of an object in a row of the image.
#[derive(Clone, Copy)]
pub struct Ends {
    pub z: u32,
    pub y: u32,
    pub x: [u32; 2],
}

/// Lets `visit` gather from every row of so many; see [`LabelRuns::gather`].
pub fn by_rows<A: Clone + Default + Send>(
    rows: usize,
    index: &LabelIndex,
    merge: impl Fn(&mut A, A),
    visit: impl Fn(usize, &mut Gathered<A>) + Sync,
) -> Vec<A> {
    let height = rows.div_ceil(BANDS).max(1);
    let bands = threads::collect(0..rows.div_ceil(height), |band| {
        let mut gathered = Gathered::new(index);
        for row in band * height..rows.min((band + 1) * height) {
            visit(row, &mut gathered);
        }
        gathered
    });
    merged(bands, index, merge)
}

fn merged<A: Clone + Default>(
    bands: Vec<Gathered<A>>,
    index: &LabelIndex,
    merge: impl Fn(&mut A, A),
) -> Vec<A> {
    let mut all = vec![A::default(); index.present.len()];
    for (place, part) in bands.into_iter().flat_map(|b| b.found) {
        merge(&mut all[place], part);
    }
    all
}

/// The findings of a band about the objects it meets.
pub struct Gathered<A> {
    /// Place in `found` of each object, counted from 1.
    slots: Vec<u32>,
    found: Vec<(usize, A)>,
}

impl<A: Default> Gathered<A> {
    fn new(index: &LabelIndex) -> Gathered<A> {
        Gathered { slots: vec![0; index.present.len()], found: Vec::new() }
    }

    /// The findings about the object at this place of the index.
    #[inline(always)]
    pub fn of(&mut self, place: usize) -> &mut A {
        if self.slots[place] == 0 {
            self.found.push((place, A::default()));
            self.slots[place] = self.found.len() as u32;
        }
        &mut self.found[self.slots[place] as usize - 1].1
    }
}
