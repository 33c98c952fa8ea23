//! The watershed from markers: lowest values first, those of one value in the order in which they were reached, ties
//! between markers as scikit-image's heap decides them.
//!
//! Each connected part of the mask is flooded by itself, and only where markers of several labels stand in it.

mod flood;
pub mod late;
mod queue;
mod ties;

use crate::common::components::{Components, Part};
use crate::common::order::{Ordered, sort_by_key};
use crate::common::threads;
use crate::common::written;
use flood::{Frame, Scratch, Source};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use ties::TieHeap;

/// Pixels as unsigned integers that keep their order.
pub trait Levels: Sync {
    fn at(&self, index: usize) -> u32;
    /// Those from an index on.
    fn copy(&self, from: usize, to: &mut [u32]);
}

/// The levels of pixels.
pub struct Of<'a, T>(pub &'a [T]);

impl<T: Ordered> Levels for Of<'_, T> {
    fn at(&self, index: usize) -> u32 {
        self.0[index].ordered()
    }

    fn copy(&self, from: usize, to: &mut [u32]) {
        let pixels = &self.0[from..from + to.len()];
        to.iter_mut().zip(pixels).for_each(|(to, v)| *to = v.ordered());
    }
}

/// A neighbour along z, y, x.
#[derive(Clone, Copy, Debug)]
pub struct Neighbour(pub [isize; 3]);

/// Neighbours within so many orthogonal steps, nearest first, then in raster order.
pub fn neighbours(ndim: usize, connectivity: u32) -> Vec<Neighbour> {
    let deep = (ndim == 3) as isize;
    let mut found: Vec<Neighbour> = (-deep..=deep)
        .flat_map(|z| (-1..=1).flat_map(move |y| (-1..=1).map(move |x| Neighbour([z, y, x]))))
        .collect();
    let steps = |n: &Neighbour| n.0.iter().map(|d| d.unsigned_abs() as u32).sum::<u32>();
    found.retain(|n| (1..=connectivity).contains(&steps(n)));
    found.sort_by_key(steps);
    found
}

/// A marker pixel.
#[derive(Clone, Copy, Debug)]
pub struct Marker {
    pub index: u32,
    pub label: u32,
    /// Of the mask.
    component: u32,
}

/// An image to flood.
struct Image<'a> {
    levels: &'a dyn Levels,
    markers: &'a [u32],
    shape: [usize; 3],
    ndim: usize,
    neighbours: Vec<Neighbour>,
}

/// The label of every pixel; 0 outside the mask and in its parts without marker. The image has at most 2^32 pixels
/// with a rim of one around it.
pub fn watershed(
    levels: &dyn Levels,
    markers: &[u32],
    mask: Option<&[u8]>,
    shape: [usize; 3],
    ndim: usize,
    connectivity: u32,
) -> Vec<u32> {
    let connectivity = connectivity.min(ndim as u32);
    let image = Image { levels, markers, shape, ndim, neighbours: neighbours(ndim, connectivity) };
    match mask {
        None => image.flood_whole(),
        Some(mask) => {
            let components = Components::of_mask(mask, shape, connectivity, Part::Objects);
            image.flood_components(&components)
        }
    }
}

/// Pixels of an image with a rim of one around it.
pub fn padded_pixels(shape: [usize; 3], ndim: usize) -> usize {
    Frame::new([0; 3], shape, ndim).len()
}

/// Markers of a connected part of the mask.
#[derive(Clone, Copy, PartialEq)]
enum Found {
    Label(u32),
    /// Several labels: the number of the flood.
    Flood(u32),
}

/// A part that is flooded.
struct Job {
    pixels: usize,
    first: [usize; 3],
    last: [usize; 3],
    /// Among the runs and among the markers that are sorted by job.
    runs: std::ops::Range<usize>,
    markers: std::ops::Range<usize>,
}

/// A run of a part that is flooded.
#[derive(Clone, Copy, Default)]
struct Piece {
    row: u32,
    start: u32,
    count: u32,
}

thread_local! {
    static SCRATCH: Cell<Scratch> = Cell::default();
}

/// Lends the thread's scratch. Another job that the thread takes up meanwhile gets one of its own.
fn with_scratch<R>(work: impl FnOnce(&mut Scratch) -> R) -> R {
    let mut scratch = SCRATCH.take();
    let result = work(&mut scratch);
    if scratch.is_worth_keeping() {
        SCRATCH.set(scratch);
    }
    result
}

/// The largest level that markers of different labels share.
fn last_tie(mut sources: Vec<(u32, u32)>) -> Option<u32> {
    sort_by_key(&mut sources, |(level, _)| level);
    let tied = |a: &&[(u32, u32)]| a[0].0 == a[1].0 && a[0].1 != a[1].1;
    sources.windows(2).rev().find(tied).map(|pair| pair[0].0)
}

impl Image<'_> {
    /// Pixels that the heap may pop before the floods: few, and they settle nearly all ties that matter.
    fn budget(pixels: usize) -> usize {
        pixels / 64
    }

    /// The markers where `runs` of a row lie, as index of the first pixel, number of pixels and component.
    fn find_markers<I: Iterator<Item = (usize, usize, u32)>>(
        &self,
        runs: impl Fn(usize) -> I + Sync,
    ) -> Vec<Marker> {
        const ROWS: usize = 32;
        let rows = self.shape[0] * self.shape[1];
        let blocks = threads::collect(0..rows.div_ceil(ROWS), |block| {
            let mut found = Vec::new();
            for row in block * ROWS..rows.min((block + 1) * ROWS) {
                for (first, count, component) in runs(row) {
                    for (part, pixels) in self.markers[first..first + count].chunks(32).enumerate() {
                        if pixels.iter().fold(0, |any, label| any | label) == 0 {
                            continue;
                        }
                        for (i, &label) in pixels.iter().enumerate().filter(|(_, l)| **l != 0) {
                            let index = (first + 32 * part + i) as u32;
                            found.push(Marker { index, label, component });
                        }
                    }
                }
            }
            found
        });
        blocks.concat()
    }

    fn coordinates(&self, index: usize) -> [usize; 3] {
        let [_, ny, nx] = self.shape;
        [index / nx / ny, index / nx % ny, index % nx]
    }

    fn source(&self, frame: &Frame, marker: &Marker, order: u32) -> Source {
        let index = marker.index as usize;
        Source {
            level: self.levels.at(index),
            order,
            at: frame.place(self.coordinates(index)) as u32,
            label: marker.label,
        }
    }

    /// Without a mask: one part of all pixels.
    fn flood_whole(&self) -> Vec<u32> {
        let [nz, ny, nx] = self.shape;
        let rows = nz * ny;
        let markers = self.find_markers(|row| std::iter::once((row * nx, nx, 0)));
        let label = markers.first().map_or(0, |m| m.label);
        if markers.iter().all(|m| m.label == label) {
            return written::rows(rows, nx, |_, to| to.fill(nx, label));
        }
        let levels = markers.iter().map(|m| (self.levels.at(m.index as usize), m.label)).collect();
        let tie = last_tie(levels);
        let mut heap = tie.map(|_| {
            let n = rows * nx;
            let mut open = vec![u64::MAX; n.div_ceil(64)];
            markers.iter().for_each(|m| open[m.index as usize / 64] ^= 1 << (m.index % 64));
            TieHeap::new(self.levels, self.shape, &self.neighbours, open, &markers)
        });
        let frame = Frame::new([0; 3], self.shape, self.ndim);
        with_scratch(|scratch| {
            let mut until = tie;
            let mut budget = Image::budget(rows * nx);
            let mut known = None;
            loop {
                if let (Some(heap), Some(until)) = (&mut heap, until) {
                    known = heap.play(until, budget);
                }
                scratch.load_whole(&frame, self.levels);
                let order = heap.as_ref().map_or(&[][..], |h| h.order());
                let mut sources: Vec<Source> = markers
                    .iter()
                    .enumerate()
                    .map(|(i, m)| self.source(&frame, m, order.get(i).copied().unwrap_or(0)))
                    .collect();
                until = scratch.flood(&frame, &self.neighbours, &mut sources, known);
                if until.is_none() {
                    break;
                }
                budget = usize::MAX;
            }
            written::rows(rows, nx, |row, to| {
                let at = frame.place([row / ny, row % ny, 0]);
                to.copy(&scratch.words[at..at + nx]);
            })
        })
    }

    /// Each part of the mask by itself.
    fn flood_components(&self, components: &Components) -> Vec<u32> {
        let [nz, ny, nx] = self.shape;
        let rows = nz * ny;
        let (runs, component_of) = (components.all_runs(), components.component_of_runs());
        let markers = self.find_markers(|row| {
            components.row(row).map(move |i| {
                let run = runs[i];
                (row * nx + run.start as usize, (run.end - run.start) as usize, component_of[i])
            })
        });
        let mut found = vec![Found::Label(0); components.count];
        let mut jobs: Vec<Job> = Vec::new();
        for marker in &markers {
            let found = &mut found[marker.component as usize];
            match *found {
                Found::Label(0) => *found = Found::Label(marker.label),
                Found::Label(label) if label != marker.label => {
                    *found = Found::Flood(jobs.len() as u32);
                    jobs.push(Job {
                        pixels: 0,
                        first: [usize::MAX; 3],
                        last: [0; 3],
                        runs: 0..0,
                        markers: 0..0,
                    });
                }
                _ => {}
            }
        }
        let (pieces, offsets) = sort_runs(components, self.shape, &found, &mut jobs);
        let sorted = sort_markers(&markers, &found, &mut jobs);

        let ties = threads::collect(&jobs, |job| {
            let level = |i: &u32| {
                let marker = &markers[*i as usize];
                (self.levels.at(marker.index as usize), marker.label)
            };
            last_tie(sorted[job.markers.clone()].iter().map(level).collect())
        });
        let tie = ties.into_iter().flatten().max();
        let mut heap = tie.map(|_| {
            let open = open_pixels(components, self.shape, &markers);
            TieHeap::new(self.levels, self.shape, &self.neighbours, open, &markers)
        });
        let mut budget = Image::budget(jobs.iter().map(|job| job.pixels).sum());
        let mut until = tie;
        let mut known = None;
        let mut open: Vec<usize> = (0..jobs.len()).collect();
        // The largest first, so that threads end together.
        open.sort_by_key(|j| std::cmp::Reverse(jobs[*j].pixels));
        let mut done: Vec<Vec<u32>> = jobs.iter().map(|_| Vec::new()).collect();
        while !open.is_empty() {
            if let (Some(heap), Some(until)) = (&mut heap, until) {
                known = heap.play(until, budget);
            }
            let order = heap.as_ref().map_or(&[][..], |h| h.order());
            let flooded = each(&open, |scratch, j| {
                let job = &jobs[j];
                let shape = std::array::from_fn(|a| job.last[a] + 1 - job.first[a]);
                let frame = Frame::new(job.first, shape, self.ndim);
                scratch.reserve(&frame);
                let pieces = || {
                    pieces[job.runs.clone()].iter().map(|p| {
                        let (row, x) = (p.row as usize, p.start as usize);
                        (row * nx + x, frame.place([row / ny, row % ny, x]), p.count as usize)
                    })
                };
                for (from, to, count) in pieces() {
                    scratch.load(self.levels, from, to, count);
                }
                let source = |i: &u32| {
                    let order = order.get(*i as usize).copied().unwrap_or(0);
                    self.source(&frame, &markers[*i as usize], order)
                };
                let mut sources: Vec<Source> = sorted[job.markers.clone()].iter().map(source).collect();
                let undecided = scratch.flood(&frame, &self.neighbours, &mut sources, known);
                let mut labels = Vec::with_capacity(job.pixels);
                for (_, at, count) in pieces() {
                    labels.extend_from_slice(&scratch.words[at..at + count]);
                }
                (labels, undecided)
            });
            open.clear();
            until = None;
            for (j, (labels, undecided)) in flooded {
                done[j] = labels;
                if undecided.is_some() {
                    open.push(j);
                    until = until.max(undecided);
                }
            }
            open.sort_by_key(|j| std::cmp::Reverse(jobs[*j].pixels));
            budget = usize::MAX;
        }

        written::rows(rows, nx, |row, to| {
            for i in components.row(row) {
                let run = runs[i];
                to.fill(run.start as usize - (nx - to.missing()), 0);
                let count = (run.end - run.start) as usize;
                match found[component_of[i] as usize] {
                    Found::Label(label) => to.fill(count, label),
                    Found::Flood(j) => to.copy(&done[j as usize][offsets[i] as usize..][..count]),
                }
            }
            to.fill(to.missing(), 0);
        })
    }
}

impl Scratch {
    /// All pixels of an image.
    fn load_whole(&mut self, frame: &Frame, levels: &dyn Levels) {
        self.reserve(frame);
        let [nz, ny, nx] = frame.shape;
        let words = &mut self.words[..frame.len()];
        threads::each_row(words, frame.pitch(), |padded, words| {
            if let Some(row) = frame.row_at(padded) {
                levels.copy(row * nx, &mut words[1..1 + nx]);
            }
        });
        for row in 0..nz * ny {
            self.open(frame.place([row / ny, row % ny, 0]), nx);
        }
    }
}

/// The runs of each job one after the other, and for each run of the mask where its pixels begin among those of its job.
fn sort_runs(
    components: &Components,
    [nz, ny, _]: [usize; 3],
    found: &[Found],
    jobs: &mut [Job],
) -> (Vec<Piece>, Vec<u32>) {
    let (runs, component_of) = (components.all_runs(), components.component_of_runs());
    if jobs.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let job_of = |i: usize| match found[component_of[i] as usize] {
        Found::Flood(j) => Some(j as usize),
        Found::Label(_) => None,
    };
    for row in 0..nz * ny {
        let (z, y) = (row / ny, row % ny);
        for i in components.row(row) {
            let Some(j) = job_of(i) else { continue };
            let job = &mut jobs[j];
            job.runs.end += 1;
            let (from, to) = ([z, y, runs[i].start as usize], [z, y, runs[i].end as usize - 1]);
            for a in 0..3 {
                job.first[a] = job.first[a].min(from[a]);
                job.last[a] = job.last[a].max(to[a]);
            }
        }
    }
    let mut total = 0;
    for job in jobs.iter_mut() {
        let count = job.runs.end;
        job.runs = total..total;
        total += count;
    }
    let mut pieces = vec![Piece::default(); total];
    let mut offsets = vec![0; runs.len()];
    for row in 0..nz * ny {
        for i in components.row(row) {
            let Some(j) = job_of(i) else { continue };
            let job = &mut jobs[j];
            let count = runs[i].end - runs[i].start;
            pieces[job.runs.end] = Piece { row: row as u32, start: runs[i].start, count };
            job.runs.end += 1;
            offsets[i] = job.pixels as u32;
            job.pixels += count as usize;
        }
    }
    (pieces, offsets)
}

/// The numbers of each job's markers one after the other.
fn sort_markers(markers: &[Marker], found: &[Found], jobs: &mut [Job]) -> Vec<u32> {
    let of_jobs = || {
        markers.iter().enumerate().filter_map(|(i, m)| match found[m.component as usize] {
            Found::Flood(j) => Some((i, j as usize)),
            Found::Label(_) => None,
        })
    };
    of_jobs().for_each(|(_, j)| jobs[j].markers.end += 1);
    let mut total = 0;
    for job in jobs.iter_mut() {
        let count = job.markers.end;
        job.markers = total..total;
        total += count;
    }
    let mut sorted = vec![0; total];
    for (i, j) in of_jobs() {
        sorted[jobs[j].markers.end] = i as u32;
        jobs[j].markers.end += 1;
    }
    sorted
}

/// Bit i: pixel i is in the mask and no marker.
fn open_pixels(components: &Components, [nz, ny, nx]: [usize; 3], markers: &[Marker]) -> Vec<u64> {
    let mut open = vec![0u64; (nz * ny * nx).div_ceil(64)];
    for row in 0..nz * ny {
        for run in &components.all_runs()[components.row(row)] {
            let (mut at, end) = (row * nx + run.start as usize, row * nx + run.end as usize);
            while at < end {
                let n = (64 - at % 64).min(end - at);
                open[at / 64] |= u64::MAX >> (64 - n) << (at % 64);
                at += n;
            }
        }
    }
    markers.iter().for_each(|m| open[m.index as usize / 64] ^= 1 << (m.index % 64));
    open
}

/// `work` on each of the numbers, which threads take one after the other; each thread has one scratch.
fn each<R: Send>(numbers: &[usize], work: impl Fn(&mut Scratch, usize) -> R + Sync) -> Vec<(usize, R)> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(numbers.len()));
    threads::on_threads(numbers.len(), &|| {
        with_scratch(|scratch| {
            while let Some(&number) = numbers.get(next.fetch_add(1, Ordering::Relaxed)) {
                let result = (number, work(scratch, number));
                results.lock().unwrap_or_else(PoisonError::into_inner).push(result);
            }
        });
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}
