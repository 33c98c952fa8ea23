//! A queue of pixels by level, those of one level in the order in which they came.

/// A pixel that waits.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    pub level: u32,
    pub at: u32,
    pub label: u32,
    /// The batch in which it was reached; 0 where batches do not matter.
    pub batch: u32,
}

/// Bits of a digit.
const BITS: usize = 4;
const WAYS: usize = 1 << BITS;
const DIGITS: usize = u32::BITS as usize / BITS;

/// Items of a bucket that are popped soon when it is opened, and more than are in reach anyway.
const SOON: std::ops::RangeInclusive<usize> = 12..=64;

/// A radix heap (Ahuja, Mehlhorn, Orlin and Tarjan, J. ACM 37, 1990): no level is pushed below the last one that was
/// popped, so a level belongs to a bucket by its highest digit that differs from that one. Buckets keep the order.
pub struct Queue {
    last: u32,
    /// Items at the last level, of which the first `head` are popped already.
    first: Vec<Waiting>,
    head: usize,
    /// Bit d: a bucket of digit d is not empty.
    digits: u32,
    /// For each digit, bit w: its bucket w is not empty.
    ways: [u32; DIGITS],
    buckets: [Vec<Waiting>; DIGITS * WAYS],
}

impl Default for Queue {
    fn default() -> Queue {
        Queue {
            last: 0,
            first: Vec::new(),
            head: 0,
            digits: 0,
            ways: [0; DIGITS],
            buckets: [const { Vec::new() }; DIGITS * WAYS],
        }
    }
}

impl Queue {
    /// Makes an empty queue ready for lower levels again.
    pub fn restart(&mut self) {
        (self.last, self.head) = (0, 0);
        self.first.clear();
    }

    #[inline(always)]
    pub fn push(&mut self, item: Waiting) {
        let differs = item.level ^ self.last;
        if differs == 0 {
            if self.first.len() == self.first.capacity() {
                self.drop_popped();
            }
            self.first.push(item);
        } else {
            let digit = differs.ilog2() as usize / BITS;
            let way = (item.level >> (BITS * digit)) as usize % WAYS;
            self.digits |= 1 << digit;
            self.ways[digit] |= 1 << way;
            self.buckets[digit * WAYS + way].push(item);
        }
    }

    /// On a plateau as much is popped as pushed: the memory is used again.
    #[cold]
    fn drop_popped(&mut self) {
        if self.head > self.first.len() / 2 {
            self.first.drain(..self.head);
            self.head = 0;
        }
    }

    /// The lowest item; those that come soon after it are `opened` some time before.
    #[inline(always)]
    pub fn pop(&mut self, opened: impl FnMut(&Waiting)) -> Option<Waiting> {
        if self.head == self.first.len() {
            self.open(opened)?;
        }
        let item = self.first[self.head];
        self.head += 1;
        Some(item)
    }

    /// The item that is popped after so many others, if it waits at their level.
    #[inline(always)]
    pub fn soon(&self, after: usize) -> Option<&Waiting> {
        self.first.get(self.head + after)
    }

    /// Moves the lowest bucket into those below it.
    fn open(&mut self, opened: impl FnMut(&Waiting)) -> Option<()> {
        self.first.clear();
        self.head = 0;
        if self.digits == 0 {
            return None;
        }
        let digit = self.digits.trailing_zeros() as usize;
        let way = self.ways[digit].trailing_zeros() as usize;
        self.ways[digit] &= self.ways[digit] - 1;
        self.digits ^= ((self.ways[digit] == 0) as u32) << digit;
        let bucket = digit * WAYS + way;
        let mut moved = std::mem::take(&mut self.buckets[bucket]);
        self.last = moved.iter().map(|item| item.level).min()?;
        if SOON.contains(&moved.len()) {
            moved.iter().for_each(opened);
        }
        moved.iter().for_each(|item| self.push(*item));
        moved.clear();
        self.buckets[bucket] = moved;
        Some(())
    }
}
