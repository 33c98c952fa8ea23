//! The order in which a binary heap lets go of markers of one value.
//!
//! scikit-image's queue holds all markers with one age, so the shape of its heap decides, and that depends on all
//! that was pushed and popped before. The heap is therefore played, item by item, as far as it matters.

use super::{Levels, Marker, Neighbour};

/// A heap of levels and ages, and the pixels that it has not reached.
pub struct TieHeap<'a> {
    levels: &'a dyn Levels,
    shape: [usize; 3],
    neighbours: &'a [Neighbour],
    /// Bit i: pixel i can be reached.
    open: Vec<u64>,
    /// Level above, number below. Markers are numbered first; all of them have the age of the last.
    items: Vec<u64>,
    last_marker: u64,
    /// The pixel of each number.
    pixels: Vec<u32>,
    /// For each marker how many left before it.
    order: Vec<u32>,
    left: u32,
}

impl<'a> TieHeap<'a> {
    /// `open` are the pixels of the mask, without markers.
    pub fn new(
        levels: &'a dyn Levels,
        shape: [usize; 3],
        neighbours: &'a [Neighbour],
        open: Vec<u64>,
        markers: &[Marker],
    ) -> TieHeap<'a> {
        let pixels: Vec<u32> = markers.iter().map(|m| m.index).collect();
        let mut heap = TieHeap {
            levels,
            shape,
            neighbours,
            open,
            items: Vec::with_capacity(2 * markers.len()),
            last_marker: (markers.len() as u64).saturating_sub(1),
            order: vec![0; markers.len()],
            left: 0,
            pixels,
        };
        for (number, marker) in markers.iter().enumerate() {
            heap.push((levels.at(marker.index as usize) as u64) << 32 | number as u64);
        }
        heap
    }

    /// For each marker how many left before it, as far as the heap was played.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Plays until the markers up to `until` have left, or so many items. Markers up to the level that is returned are
    /// in order; none where no level is.
    pub fn play(&mut self, until: u32, mut items: usize) -> Option<u32> {
        let [nz, ny, nx] = self.shape;
        while let Some(&top) = self.items.first() {
            let level = (top >> 32) as u32;
            let number = top & u32::MAX as u64;
            let is_marker = number <= self.last_marker;
            if level > until || level == until && !is_marker {
                return Some(until);
            }
            if items == 0 {
                return level.checked_sub(1);
            }
            items -= 1;
            self.pop();
            if is_marker {
                self.order[number as usize] = self.left;
                self.left += 1;
            }
            let index = self.pixels[number as usize] as usize;
            let (row, x) = (index / nx, index % nx);
            let (z, y) = (row / ny, row % ny);
            for n in 0..self.neighbours.len() {
                let Neighbour([dz, dy, dx]) = self.neighbours[n];
                let place = [z.wrapping_add_signed(dz), y.wrapping_add_signed(dy), x.wrapping_add_signed(dx)];
                if place[0] >= nz || place[1] >= ny || place[2] >= nx {
                    continue;
                }
                let at = (place[0] * ny + place[1]) * nx + place[2];
                let bit = 1 << (at % 64);
                if self.open[at / 64] & bit != 0 {
                    self.open[at / 64] ^= bit;
                    let item = (self.levels.at(at).max(level) as u64) << 32 | self.pixels.len() as u64;
                    self.pixels.push(at as u32);
                    self.push(item);
                }
            }
        }
        Some(u32::MAX)
    }

    /// The key that items are compared by.
    #[inline(always)]
    fn key(&self, item: u64) -> u64 {
        item.max(item & !(u32::MAX as u64) | self.last_marker)
    }

    fn push(&mut self, item: u64) {
        let mut child = self.items.len();
        let key = self.key(item);
        self.items.push(item);
        while child > 0 {
            let parent = (child - 1) / 2;
            let above = self.items[parent];
            if key >= self.key(above) {
                break;
            }
            self.items[child] = above;
            child = parent;
        }
        self.items[child] = item;
    }

    /// Drops the first item: the last one takes its place and sinks.
    fn pop(&mut self) {
        let Some(item) = self.items.pop() else { return };
        let n = self.items.len();
        if n == 0 {
            return;
        }
        let key = self.key(item);
        let mut at = 0;
        loop {
            let left = 2 * at + 1;
            if left >= n {
                break;
            }
            let mut child = left;
            let mut lower = self.key(self.items[left]);
            if let Some(&right) = self.items.get(left + 1) {
                let right = self.key(right);
                child += (right < lower) as usize;
                lower = lower.min(right);
            }
            if lower >= key {
                break;
            }
            self.items[at] = self.items[child];
            at = child;
        }
        self.items[at] = item;
    }
}
