//! The flood of one connected part of an image, in a box of its own.

use super::queue::{Queue, Waiting};
use super::{Levels, Neighbour};
use crate::common::large_pages::zeros;
use crate::common::order::sort_by_key;
use crate::common::prefetch::prefetch;

/// A part of the image with a rim of one pixel that is never flooded, so that neighbours need no bounds.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// First pixel along z, y, x.
    pub first: [usize; 3],
    /// Pixels along z, y, x.
    pub shape: [usize; 3],
    /// Pixels of the rim.
    rim: [usize; 3],
}

impl Frame {
    /// The pixels from `first` on; in 2-D there is no rim along z.
    pub fn new(first: [usize; 3], shape: [usize; 3], ndim: usize) -> Frame {
        Frame { first, shape, rim: [(ndim == 3) as usize, 1, 1] }
    }

    pub fn padded(&self) -> [usize; 3] {
        std::array::from_fn(|a| self.shape[a] + 2 * self.rim[a])
    }

    /// Pixels with the rim.
    pub fn len(&self) -> usize {
        self.padded().iter().product()
    }

    /// The place of a pixel of the image.
    #[inline(always)]
    pub fn place(&self, at: [usize; 3]) -> usize {
        let [_, py, px] = self.padded();
        let [z, y, x] = std::array::from_fn(|a| at[a] - self.first[a] + self.rim[a]);
        (z * py + y) * px + x
    }

    /// The number that leads from a place to a neighbour's.
    pub fn step(&self, Neighbour([z, y, x]): &Neighbour) -> u32 {
        let [_, py, px] = self.padded().map(|n| n as isize);
        ((z * py + y) * px + x) as u32
    }

    /// The row of the image that stands in a row of the frame.
    pub fn row_at(&self, padded: usize) -> Option<usize> {
        let ([_, py, _], [nz, ny, _]) = (self.padded(), self.shape);
        let z = (padded / py).checked_sub(self.rim[0]).filter(|z| *z < nz)?;
        let y = (padded % py).checked_sub(1).filter(|y| *y < ny)?;
        Some(z * ny + y)
    }

    /// Places between rows.
    pub fn pitch(&self) -> usize {
        self.padded()[2]
    }
}

/// A marker in its frame.
#[derive(Clone, Copy, Debug, Default)]
pub struct Source {
    pub level: u32,
    /// Among markers of its level.
    pub order: u32,
    pub at: u32,
    pub label: u32,
}

/// State of a pixel, in two bits.
const CLOSED: u64 = 0;
const OPEN: u64 = 1;
/// Reached in the batch that is being popped.
const FRESH: u64 = 2;
/// Pixels in a word.
const PER_WORD: usize = 32;

fn close(states: &mut [u64], at: u32) {
    states[at as usize / PER_WORD] &= !(3 << (2 * (at as usize % PER_WORD)));
}

/// Words that stay in a core's own cache beside what else is there.
const NEAR: usize = 1 << 17;
/// How many pixels ahead memory is asked for: the states first, since they tell which words will be needed.
const AHEAD: usize = 8;
const STATES_AHEAD: usize = 3 * AHEAD;

/// Memory of a flood. It is kept: after a flood all pixels are closed.
#[derive(Default)]
pub struct Scratch {
    /// The level of a pixel, from when it is reached on its label.
    pub words: Vec<u32>,
    states: Vec<u64>,
    queue: Queue,
    fresh: Vec<u32>,
    /// For each batch that matters the level of the markers it began with.
    roots: Vec<u32>,
}

impl Scratch {
    /// Words that are worth keeping between images.
    const KEPT: usize = 1 << 24;

    /// Makes room for a frame.
    pub fn reserve(&mut self, frame: &Frame) {
        if self.words.len() < frame.len() {
            self.words = zeros(frame.len());
            self.states = zeros(frame.len().div_ceil(PER_WORD));
        }
    }

    pub fn is_worth_keeping(&self) -> bool {
        self.words.len() <= Scratch::KEPT
    }

    /// Opens the pixels from a place on.
    pub fn open(&mut self, at: usize, count: usize) {
        const ALL: u64 = u64::MAX / 3;
        let (mut at, end) = (at, at + count);
        while at < end {
            let (word, from) = (at / PER_WORD, at % PER_WORD);
            let n = (PER_WORD - from).min(end - at);
            self.states[word] |= ALL >> (2 * (PER_WORD - n)) << (2 * from);
            at += n;
        }
    }

    /// Copies a run of the image's pixels to their place, and opens them.
    pub fn load(&mut self, levels: &dyn Levels, from: usize, to: usize, count: usize) {
        levels.copy(from, &mut self.words[to..to + count]);
        self.open(to, count);
    }

    /// Floods all open pixels from markers, which come in raster order. The order of those that share a level counts where
    /// the level is at most `known`. Gives the largest level at which the order of markers of one level might decide; none
    /// where it cannot.
    pub fn flood(
        &mut self,
        frame: &Frame,
        neighbours: &[Neighbour],
        sources: &mut Vec<Source>,
        known: Option<u32>,
    ) -> Option<u32> {
        if known.is_some() {
            sort_by_key(sources, |s| if Some(s.level) <= known { s.order } else { 0 });
        }
        sort_by_key(sources, |s| s.level);
        self.queue.restart();
        self.roots.clear();
        for together in sources.chunk_by(|a, b| a.level == b.level) {
            let level = together[0].level;
            let matters = Some(level) > known && together.iter().any(|s| s.label != together[0].label);
            if matters {
                self.roots.push(level);
            }
            let batch = if matters { self.roots.len() as u32 } else { 0 };
            for &Source { at, label, .. } in together {
                close(&mut self.states, at);
                self.words[at as usize] = label;
                self.queue.push(Waiting { level, at, label, batch });
            }
        }
        let far = frame.len() > NEAR;
        let steps = |n: usize| frame.step(&neighbours[n]);
        match (neighbours.len(), self.roots.is_empty()) {
            (4, true) => self.run::<false, 4>(std::array::from_fn(steps), far),
            (4, false) => self.run::<true, 4>(std::array::from_fn(steps), far),
            (6, true) => self.run::<false, 6>(std::array::from_fn(steps), far),
            (6, false) => self.run::<true, 6>(std::array::from_fn(steps), far),
            (8, true) => self.run::<false, 8>(std::array::from_fn(steps), far),
            (8, false) => self.run::<true, 8>(std::array::from_fn(steps), far),
            (18, _) => self.run::<true, 18>(std::array::from_fn(steps), far),
            _ => self.run::<true, 26>(std::array::from_fn(steps), far),
        }
    }

    /// A *batch* are the pixels that are popped one after the other at one level and were reached from one batch; all
    /// markers of one level are a first batch. Batches follow each other in one order whatever the order of equal
    /// markers is. Two pixels of one batch do not, where they come from different markers. So the order of markers
    /// decides only where a pixel meets one that was reached in the same batch from another label: where that
    /// does not happen, every order gives the same labels.
    fn run<const TIES: bool, const N: usize>(&mut self, steps: [u32; N], far: bool) -> Option<u32> {
        let Scratch { words, states, queue, fresh, roots } = self;
        // The batch that is popped: where it was reached and at which level, its number, and its first level.
        let (mut reached, mut level, mut batch, mut root) = (0, 0, 0, 0);
        let mut decided = None;
        // Asks for the neighbours that the pixel will reach as it looks now.
        let ask = |words: &[u32], states: &[u64], item: &Waiting| {
            for step in steps {
                let at = item.at.wrapping_add(step) as usize;
                let open = states[at / PER_WORD] >> (2 * (at % PER_WORD)) & 3 == OPEN;
                prefetch(words, if open { at } else { item.at as usize });
            }
        };
        loop {
            let item = match far {
                true => queue.pop(|opened| ask(words, states, opened)),
                false => queue.pop(|_| ()),
            };
            let Some(item) = item else { break };
            if far && let Some(next) = queue.soon(AHEAD) {
                ask(words, states, next);
                if let Some(later) = queue.soon(STATES_AHEAD) {
                    steps
                        .iter()
                        .for_each(|step| prefetch(states, later.at.wrapping_add(*step) as usize / PER_WORD));
                }
            }
            let matters = TIES && item.batch != 0;
            if matters && (item.batch, item.level) != (reached, level) {
                (reached, level) = (item.batch, item.level);
                root = roots[reached as usize - 1];
                roots.push(root);
                batch = roots.len() as u32;
                fresh.drain(..).for_each(|at| close(states, at));
            }
            for step in steps {
                let at = item.at.wrapping_add(step);
                let (word, shift) = (&mut states[at as usize / PER_WORD], 2 * (at as usize % PER_WORD));
                let state = *word >> shift & 3;
                if state == OPEN {
                    let held = &mut words[at as usize];
                    let level = item.level.max(std::mem::replace(held, item.label));
                    if matters {
                        *word ^= (OPEN ^ FRESH) << shift;
                        fresh.push(at);
                        queue.push(Waiting { level, at, label: item.label, batch });
                    } else {
                        *word ^= (OPEN ^ CLOSED) << shift;
                        queue.push(Waiting { level, at, label: item.label, batch: 0 });
                    }
                } else if matters && state == FRESH && words[at as usize] != item.label {
                    decided = decided.max(Some(root));
                }
            }
        }
        fresh.drain(..).for_each(|at| close(states, at));
        decided
    }
}
