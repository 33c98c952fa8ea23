//! Work that threads share out. Their machine code is one function's: that of rayon's parallel iterators is made anew for
//! each closure, is long, and there are hundreds of them.

use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Calls `work` for each item, on all threads: each takes the next one when it is ready, and keeps one `init()`. An item
/// is worth a lock: a row or an object, not a pixel.
pub fn share<I: Send, S>(
    items: impl IntoIterator<Item = I>,
    init: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, I) + Sync,
) {
    let items: Vec<I> = items.into_iter().collect();
    let most = items.len();
    let items = Mutex::new(items.into_iter());
    let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    on_threads(most, &|| {
        let mut state = None;
        while let Some(item) = next() {
            work(state.get_or_insert_with(&init), item);
        }
    });
}

/// [`share`] without a state.
pub fn each<I: Send>(items: impl IntoIterator<Item = I>, work: impl Fn(I) + Sync) {
    share(items, || (), |(), item| work(item));
}

/// The results of `work`, in the order of the items; shared out as by [`share`].
pub fn gather<I: Send, S, R: Send>(
    items: impl IntoIterator<Item = I>,
    init: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, I) -> R + Sync,
) -> Vec<R> {
    let items: Vec<I> = items.into_iter().collect();
    let mut results = Vec::new();
    results.resize_with(items.len(), || None);
    share(items.into_iter().zip(&mut results), init, |state, (item, result)| {
        *result = Some(work(state, item));
    });
    results.into_iter().flatten().collect()
}

/// [`gather`] without a state.
pub fn collect<I: Send, R: Send>(items: impl IntoIterator<Item = I>, work: impl Fn(I) -> R + Sync) -> Vec<R> {
    gather(items, || (), |(), item| work(item))
}

/// Whether all items pass a test; none is tested once another is known to fail.
pub fn all<I: Send>(items: impl IntoIterator<Item = I>, test: impl Fn(I) -> bool + Sync) -> bool {
    let fails = AtomicBool::new(false);
    each(items, |item| {
        if !fails.load(Ordering::Relaxed) && !test(item) {
            fails.store(true, Ordering::Relaxed);
        }
    });
    !fails.into_inner()
}

/// How many of so many lines of `length` pixels a thread takes at a time: few, but of `most` pixels at most.
fn taken(lines: usize, length: usize, most: usize) -> usize {
    lines.div_ceil(4 * rayon::current_num_threads()).min(most / length).max(1)
}

/// Calls `work(row, its pixels)` for all rows.
pub fn each_row<T: Send>(pixels: &mut [T], width: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    let width = width.max(1);
    let some = taken(pixels.len().div_ceil(width), width, 1 << 14);
    each(pixels.chunks_mut(some * width).enumerate(), |(group, pixels)| {
        pixels.chunks_mut(width).enumerate().for_each(|(i, row)| work(group * some + i, row));
    });
}

/// The results of `work(chunk, its pixels)`, in order, for chunks of `size` pixels.
pub fn of_chunks<T: Sync, R: Send>(
    pixels: &[T],
    size: usize,
    work: impl Fn(usize, &[T]) -> R + Sync,
) -> Vec<R> {
    let size = size.max(1);
    let mut results = Vec::new();
    results.resize_with(pixels.len().div_ceil(size), || None);
    let some = taken(results.len(), size, 1 << 16);
    let groups = pixels.chunks(some * size).zip(results.chunks_mut(some)).enumerate();
    each(groups, |(group, (pixels, results))| {
        for (i, (chunk, result)) in pixels.chunks(size).zip(results).enumerate() {
            *result = Some(work(group * some + i, chunk));
        }
    });
    results.into_iter().flatten().collect()
}

/// Does `work` on all threads, but at most so many times.
pub fn on_threads(most: usize, work: &(dyn Fn() + Sync)) {
    match most.min(rayon::current_num_threads()) {
        0 => {}
        1 => work(),
        times => (0..times).into_par_iter().with_max_len(1).for_each(|_| work()),
    }
}
