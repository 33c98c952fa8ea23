//! New pixels that threads write row by row, each row from front to back: no pass zeroes them first.

use super::large_pages;
use super::threads::on_threads;
use std::mem::MaybeUninit;
use std::sync::{Mutex, PoisonError};

/// The part of a row that is still unwritten.
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

/// `rows` rows of `width` pixels, in parallel: `write` writes all of a row. `default` stands where it left pixels out.
pub fn rows<T: Copy + Default + Send>(
    rows: usize,
    width: usize,
    write: impl Fn(usize, &mut Row<T>) + Sync,
) -> Vec<T> {
    let height = (1usize << 14).div_ceil(width.max(1));
    bands(
        rows,
        width,
        height,
        || (),
        |(), band, to| {
            to.iter_mut().enumerate().for_each(|(i, to)| write(band * height + i, to));
        },
    )
}

/// As [`rows`], for bands of `height` rows; each thread keeps one `init()`.
pub fn bands<T: Copy + Default + Send, S>(
    rows: usize,
    width: usize,
    height: usize,
    init: impl Fn() -> S + Sync,
    write: impl Fn(&mut S, usize, &mut [Row<T>]) + Sync,
) -> Vec<T> {
    let n = rows * width;
    let mut pixels = large_pages::output(n);
    if n == 0 {
        return pixels;
    }
    let bands = Mutex::new(pixels.spare_capacity_mut()[..n].chunks_mut(height * width).enumerate());
    let next = || bands.lock().unwrap_or_else(PoisonError::into_inner).next();
    on_threads(rows.div_ceil(height), &|| {
        let mut state = None;
        while let Some((band, to)) = next() {
            let mut rows: Vec<Row<T>> = to.chunks_mut(width).map(|rest| Row { rest }).collect();
            write(state.get_or_insert_with(&init), band, &mut rows);
            for mut row in rows {
                let missing = row.missing();
                debug_assert_eq!(missing, 0, "a row is written whole");
                row.fill(missing, T::default());
            }
        }
    });
    // SAFETY: no band is left, and each row of every band was written to its end.
    unsafe { pixels.set_len(n) };
    pixels
}
