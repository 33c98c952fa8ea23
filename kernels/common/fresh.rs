//! Memory for the pixels of an output, and parts of it that threads share out.

use super::large_pages;
use super::threads::{each, share};
use rotifer_registry::Element;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Pixels that nothing has been written to. A row is set to zero when it is handed out: it is in the cache of the thread
/// that fills it then, where zeros cost next to nothing, and the image goes to memory once.
pub struct Fresh<'a, T> {
    rest: &'a mut [MaybeUninit<T>],
    /// Bytes.
    handed_out: &'a AtomicUsize,
}

/// `len` pixels; `fill` takes and fills them all.
pub fn fresh<T: Element>(len: usize, fill: impl FnOnce(Fresh<T>)) -> Vec<T> {
    let mut pixels = large_pages::output(len);
    let handed_out = AtomicUsize::new(0);
    fill(Fresh { rest: &mut pixels.spare_capacity_mut()[..len], handed_out: &handed_out });
    assert_eq!(handed_out.into_inner(), len * size_of::<T>(), "every pixel of an output is handed out");
    // SAFETY: `Fresh` is the only way to these elements, it hands each out once, and wrote to it before.
    unsafe { pixels.set_len(len) };
    pixels
}

impl<'a, T: Element> Fresh<'a, T> {
    pub fn len(&self) -> usize {
        self.rest.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next `n` pixels, 0 each.
    pub fn row(&mut self, n: usize) -> &'a mut [T] {
        let (row, rest) = std::mem::take(&mut self.rest).split_at_mut(n);
        self.rest = rest;
        row.fill(MaybeUninit::new(T::default()));
        self.handed_out.fetch_add(size_of_val(row), Ordering::Relaxed);
        // SAFETY: every element was written just now; the layout is the same.
        unsafe { &mut *(std::ptr::from_mut(row) as *mut [T]) }
    }

    /// The same memory as bytes: any bytes are a pixel.
    pub fn bytes(self) -> Fresh<'a, u8> {
        let len = size_of_val(self.rest);
        // SAFETY: the same memory, of as many bytes, which need no alignment; what is written by way of it is initialised.
        let rest = unsafe { std::slice::from_raw_parts_mut(self.rest.as_mut_ptr().cast(), len) };
        Fresh { rest, handed_out: self.handed_out }
    }

    /// The rest, row by row.
    pub fn rows(mut self, n: usize) -> impl Iterator<Item = &'a mut [T]> {
        std::iter::from_fn(move || (!self.is_empty()).then(|| self.row(n.min(self.len()))))
    }

    /// Parts of `n` pixels, the last one shorter.
    pub fn parts(self, n: usize) -> impl Iterator<Item = Fresh<'a, T>> {
        let handed_out = self.handed_out;
        self.rest.chunks_mut(n.max(1)).map(move |rest| Fresh { rest, handed_out })
    }
}

/// An image that `body(state, z, first row, pixels)` computes in blocks of at most `rows` rows.
pub fn blocks<T: Element, S>(
    [nz, ny, nx]: [usize; 3],
    rows: usize,
    init: impl Fn() -> S + Sync,
    body: impl Fn(&mut S, usize, usize, Fresh<T>) + Sync,
) -> Vec<T> {
    fresh(nz * ny * nx, |pixels| {
        if pixels.is_empty() {
            return;
        }
        let rows = rows.max(1);
        let planes = pixels.parts(ny * nx).enumerate();
        let blocks = planes.flat_map(|(z, plane)| {
            plane.parts(rows * nx).enumerate().map(move |(b, block)| (z, b * rows, block))
        });
        share(blocks, init, |state, (z, y, block)| body(state, z, y, block));
    })
}

/// Rows that follow each other, and columns of them, of one of several planes.
pub struct Tile<'a, T> {
    pub plane: usize,
    pub top: usize,
    pub left: usize,
    pub width: usize,
    pub rows: Vec<Fresh<'a, T>>,
}

/// `planes` times `rows` lines of `length` pixels in tiles of at most `high` rows and `wide` columns.
pub fn tiles<'a, T: Element>(
    pixels: Fresh<'a, T>,
    [_, rows, length]: [usize; 3],
    [high, wide]: [usize; 2],
) -> Vec<Tile<'a, T>> {
    let (high, wide) = (high.max(1), wide.max(1));
    let mut tiles = Vec::new();
    if pixels.is_empty() {
        return tiles;
    }
    for (plane, image) in pixels.parts(rows * length).enumerate() {
        for (band, lines) in image.parts(high * length).enumerate() {
            let first = tiles.len();
            for left in (0..length).step_by(wide) {
                let width = wide.min(length - left);
                tiles.push(Tile { plane, top: band * high, left, width, rows: Vec::with_capacity(high) });
            }
            for line in lines.parts(length) {
                tiles[first..].iter_mut().zip(line.parts(wide)).for_each(|(tile, part)| tile.rows.push(part));
            }
        }
    }
    tiles
}

/// Pixels that are worked on at a time, and those that a thread takes at a time.
const PART: usize = 1 << 12;
const SHARE: usize = 1 << 16;

/// An image of one pixel for each of another: `body` gets both in parts that stay in the first cache.
pub fn map<A: Sync, T: Element>(pixels: &[A], body: impl Fn(&mut [T], &[A]) + Sync) -> Vec<T> {
    fresh(pixels.len(), |out| {
        let parts = out.parts(SHARE).zip(pixels.chunks(SHARE));
        each(parts, |(out, pixels)| {
            out.rows(PART).zip(pixels.chunks(PART)).for_each(|(out, pixels)| body(out, pixels));
        });
    })
}

/// [`map`] of two images.
pub fn map2<A: Sync, B: Sync, T: Element>(
    a: &[A],
    b: &[B],
    body: impl Fn(&mut [T], &[A], &[B]) + Sync,
) -> Vec<T> {
    fresh(a.len(), |out| {
        let parts = out.parts(SHARE).zip(a.chunks(SHARE).zip(b.chunks(SHARE)));
        each(parts, |(out, (a, b))| {
            let parts = a.chunks(PART).zip(b.chunks(PART));
            out.rows(PART).zip(parts).for_each(|(out, (a, b))| body(out, a, b));
        });
    })
}
