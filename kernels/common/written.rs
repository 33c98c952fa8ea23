//! New pixels that threads write row by row, each row from front to back: no pass zeroes them first.

use rayon::prelude::*;
use std::mem::MaybeUninit;

/// What is not yet written of a row.
pub struct Row<'a, T> {
    rest: &'a mut [MaybeUninit<T>],
}

impl<T: Copy> Row<'_, T> {
    /// Pixels that are missing.
    pub fn missing(&self) -> usize {
        self.rest.len()
    }

    fn next(&mut self, count: usize) -> &mut [MaybeUninit<T>] {
        let (next, rest) = std::mem::take(&mut self.rest).split_at_mut(count);
        self.rest = rest;
        next
    }

    /// Writes the next `count` pixels.
    #[inline(always)]
    pub fn fill(&mut self, count: usize, value: T) {
        const WIDE: usize = 16;
        // Whole blocks while the row has room: the pixels behind are written later.
        if count <= 4 * WIDE && count.next_multiple_of(WIDE) <= self.rest.len() {
            for block in self.rest[..count.next_multiple_of(WIDE)].as_chunks_mut::<WIDE>().0 {
                *block = [MaybeUninit::new(value); WIDE];
            }
            self.next(count);
        } else {
            self.next(count).fill(MaybeUninit::new(value));
        }
    }

    /// Writes the next pixels.
    #[inline(always)]
    pub fn copy(&mut self, from: &[T]) {
        self.write(from.len(), from.iter().copied());
    }

    /// Writes the next `count` pixels; of fewer values than that the last ones are missing still.
    #[inline(always)]
    pub fn write(&mut self, count: usize, values: impl Iterator<Item = T>) {
        let mut written = 0;
        for (to, value) in self.rest[..count].iter_mut().zip(values) {
            to.write(value);
            written += 1;
        }
        self.next(written);
    }
}

/// Rows that a thread takes at once.
fn block_of_rows(width: usize) -> usize {
    (1usize << 14).div_ceil(width.max(1))
}

/// `rows` rows of `width` pixels, in parallel: `write` writes all of a row. `default` stands where it left pixels out.
pub fn rows<T: Copy + Default + Send>(
    rows: usize,
    width: usize,
    write: impl Fn(usize, &mut Row<T>) + Sync,
) -> Vec<T> {
    rows_with(rows, width, || (), |(), row, to| write(row, to))
}

/// As [`rows`]; each thread keeps one `init()`.
pub fn rows_with<T: Copy + Default + Send, S>(
    rows: usize,
    width: usize,
    init: impl Fn() -> S + Sync + Send,
    write: impl Fn(&mut S, usize, &mut Row<T>) + Sync,
) -> Vec<T> {
    let n = rows * width;
    let mut pixels = Vec::with_capacity(n);
    if n == 0 {
        return pixels;
    }
    let height = block_of_rows(width);
    pixels.spare_capacity_mut()[..n].par_chunks_mut(height * width).enumerate().for_each_init(
        init,
        |state, (block, to)| {
            for (i, rest) in to.chunks_mut(width).enumerate() {
                let mut row = Row { rest };
                write(state, block * height + i, &mut row);
                let missing = row.missing();
                debug_assert_eq!(missing, 0, "a row is written whole");
                row.fill(missing, T::default());
            }
        },
    );
    // SAFETY: `for_each_init` has visited every chunk, and each of its rows was written to its end.
    unsafe { pixels.set_len(n) };
    pixels
}
