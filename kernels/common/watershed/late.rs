//! The watershed with compact basins or with lines: a pixel gets its label when it leaves the queue, since a later way to
//! it may be better.

use super::flood::Frame;
use super::{Levels, neighbours};
use crate::common::order::ordered_f64;
use crate::common::written;

/// The parts of a pixel's place in the queue.
#[derive(Clone, Copy)]
pub enum Late<'a> {
    /// Its level; 0 stays where basins meet.
    Lines(&'a dyn Levels),
    /// Its value and the weighted distance from the marker.
    Compact { values: &'a [f64], weight: f64 },
}

/// As [`super::watershed`].
pub fn watershed(
    way: Late,
    markers: &[u32],
    mask: Option<&[u8]>,
    shape: [usize; 3],
    ndim: usize,
    connectivity: u32,
) -> Vec<u32> {
    let frame = Frame::new([0; 3], shape, ndim);
    let inside = match mask {
        Some(mask) => pad(&frame, |from, to: &mut [bool]| {
            to.iter_mut().zip(&mask[from..]).for_each(|(to, m)| *to = *m != 0);
        }),
        None => pad(&frame, |_, to| to.fill(true)),
    };
    let mut labels = pad(&frame, |from, to: &mut [u32]| to.copy_from_slice(&markers[from..][..to.len()]));
    for (label, inside) in labels.iter_mut().zip(&inside) {
        *label *= *inside as u32;
    }
    let neighbours = neighbours(ndim, connectivity.min(ndim as u32));
    let steps: Vec<i32> = neighbours.iter().map(|n| frame.step(n) as i32).collect();
    match way {
        Late::Compact { values, weight } => {
            let values = pad(&frame, |from, to: &mut [f64]| to.copy_from_slice(&values[from..][..to.len()]));
            let cost = |at: u32, source: u32| {
                ordered_f64(values[at as usize] + weight * distance(&frame, at, source))
            };
            settle(&mut labels, inside, &steps, |at| ordered_f64(values[at as usize]), cost, true);
        }
        Late::Lines(levels) => {
            let levels = pad(&frame, |from, to| levels.copy(from, to));
            let level = |at: u32| levels[at as usize] as u64;
            settle(&mut labels, inside, &steps, level, |at, _| level(at), false);
        }
    }
    let [nz, ny, nx] = shape;
    written::rows(nz * ny, nx, |row, to| {
        to.copy(&labels[frame.place([row / ny, row % ny, 0])..][..nx]);
    })
}

/// The rows of the image in the frame, `T::default()` around them. `copy(from, to)` copies the pixels from an index on.
fn pad<T: Copy + Default>(frame: &Frame, copy: impl Fn(usize, &mut [T])) -> Vec<T> {
    let [nz, ny, nx] = frame.shape;
    let mut padded = vec![T::default(); frame.len()];
    for row in 0..nz * ny {
        copy(row * nx, &mut padded[frame.place([row / ny, row % ny, 0])..][..nx]);
    }
    padded
}

fn distance(frame: &Frame, a: u32, b: u32) -> f64 {
    let [_, py, px] = frame.padded();
    let place = |i: u32| [i as usize / px / py, i as usize / px % py, i as usize % px].map(|v| v as i64);
    let (a, b) = (place(a), place(b));
    ((0..3).map(|i| (a[i] - b[i]).pow(2)).sum::<i64>() as f64).sqrt()
}

/// A pixel that waits, and the marker it was reached from.
#[derive(Clone, Copy)]
struct Waiting<K> {
    key: K,
    index: u32,
    source: u32,
}

/// A binary heap whose equal items leave in the order in which scikit-image's heap lets them go.
struct Heap<K> {
    items: Vec<Waiting<K>>,
}

impl<K: Copy + PartialOrd> Heap<K> {
    fn push(&mut self, item: Waiting<K>) {
        let mut child = self.items.len();
        self.items.push(item);
        while child > 0 {
            let parent = (child - 1) / 2;
            let above = self.items[parent];
            if item.key >= above.key {
                break;
            }
            self.items[child] = above;
            child = parent;
        }
        self.items[child] = item;
    }

    fn pop(&mut self) -> Option<Waiting<K>> {
        let item = self.items.pop()?;
        let Some(&top) = self.items.first() else { return Some(item) };
        let items = self.items.as_mut_slice();
        let mut at = 0;
        while 2 * at + 2 < items.len() {
            let left = 2 * at + 1;
            let child = left + (items[left + 1].key < items[left].key) as usize;
            if items[child].key >= item.key {
                items[at] = item;
                return Some(top);
            }
            items[at] = items[child];
            at = child;
        }
        let left = 2 * at + 1;
        if left < items.len() && items[left].key < item.key {
            items[at] = items[left];
            at = left;
        }
        items[at] = item;
        Some(top)
    }
}

/// Pixels that may wait for each pixel of the image because the neighbours of lines are asked again.
pub const ASKED_AGAIN: usize = 16;

/// The largest value of several markers: above it no two items of the queue are equal.
fn last_tie<K: Copy + Ord>(mut values: Vec<K>) -> Option<K> {
    values.sort_unstable();
    values.windows(2).rev().find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

/// A pixel is labelled when it leaves the queue.
fn settle(
    labels: &mut [u32],
    mut inside: Vec<bool>,
    neighbours: &[i32],
    start: impl Fn(u32) -> u64,
    cost: impl Fn(u32, u32) -> u64,
    compact: bool,
) {
    let mut heap = Heap { items: Vec::new() };
    for (at, _) in labels.iter().enumerate().filter(|(_, l)| **l != 0) {
        let at = at as u32;
        heap.push(Waiting { key: (start(at), 0u64), index: at, source: at });
    }
    let ties = last_tie(heap.items.iter().map(|marker| marker.key.0).collect());
    let mut age = 0;
    while let Some(top) = heap.pop() {
        let here = top.index as usize;
        if labels[here] != 0 && top.index != top.source {
            continue;
        }
        let label = labels[top.source as usize];
        let around = || neighbours.iter().map(|step| top.index.wrapping_add_signed(*step));
        if compact {
            labels[here] = label;
        } else if !inside[here] {
            // A line, reached again. Its neighbours wait since the first time, with lower keys than they would get
            // now. Asking them again moves only equal markers, whose order is that of the items in the heap.
            if ties.is_none_or(|ties| top.key.0 >= ties) || heap.items.len() > ASKED_AGAIN * labels.len() {
                continue;
            }
        } else {
            let foreign = |at: u32| {
                let l = labels[at as usize];
                inside[at as usize] && l != 0 && l != label
            };
            if around().any(foreign) {
                inside[here] = false;
            } else {
                labels[here] = label;
            }
        }
        for at in around() {
            if inside[at as usize] && labels[at as usize] == 0 {
                age += 1;
                let level = cost(at, top.source).max(top.key.0);
                heap.push(Waiting { key: (level, age), index: at, source: top.source });
            }
        }
    }
}
