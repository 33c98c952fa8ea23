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

/// A radix heap (Ahuja, Mehlhorn, Orlin and Tarjan, J. ACM 37, 1990): no level is pushed below the last one that was
/// popped, so a level belongs to the bucket of its highest bit that differs from that one. Buckets keep the order.
pub struct Queue {
    last: u32,
    /// Items of the first bucket that are popped already.
    head: usize,
    /// Bit k: bucket k is not empty; the first bucket does not count.
    used: u64,
    buckets: [Vec<Waiting>; 33],
}

impl Default for Queue {
    fn default() -> Queue {
        Queue { last: 0, head: 0, used: 0, buckets: [const { Vec::new() }; 33] }
    }
}

impl Queue {
    /// Makes an empty queue ready for lower levels again.
    pub fn restart(&mut self) {
        (self.last, self.head, self.used) = (0, 0, 0);
        self.buckets[0].clear();
    }

    #[inline(always)]
    fn bucket(&self, level: u32) -> usize {
        32 - (level ^ self.last).leading_zeros() as usize
    }

    #[inline(always)]
    pub fn push(&mut self, item: Waiting) {
        let k = self.bucket(item.level);
        self.used |= 1 << k;
        self.buckets[k].push(item);
    }

    #[inline(always)]
    pub fn pop(&mut self, opened: impl FnMut(&Waiting)) -> Option<Waiting> {
        if self.head == self.buckets[0].len() {
            self.open(opened)?;
        }
        let item = self.buckets[0][self.head];
        self.head += 1;
        Some(item)
    }

    /// The item that is popped after so many others, if it waits at their level.
    #[inline(always)]
    pub fn soon(&self, after: usize) -> Option<&Waiting> {
        self.buckets[0].get(self.head + after)
    }

    /// Moves the lowest bucket into those below it. The items that are at the lowest level now are `opened`.
    fn open(&mut self, mut opened: impl FnMut(&Waiting)) -> Option<()> {
        self.buckets[0].clear();
        self.head = 0;
        self.used &= !1;
        if self.used == 0 {
            return None;
        }
        let k = self.used.trailing_zeros() as usize;
        self.used &= self.used - 1;
        let mut moved = std::mem::take(&mut self.buckets[k]);
        self.last = moved.iter().map(|item| item.level).min()?;
        for item in &moved {
            opened(item);
            self.push(*item);
        }
        moved.clear();
        self.buckets[k] = moved;
        Some(())
    }
}
