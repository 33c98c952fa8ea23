//! Pixels that come in parts, worked on in chunks of one size: as many, and in the order, as if all were there at once.

use crate::common::threads;

/// The findings of all chunks so far, and the pixels that fill none yet.
pub struct Chunks<T, R> {
    size: usize,
    pending: Vec<T>,
    found: Vec<R>,
}

impl<T: Copy + Send + Sync, R: Send> Chunks<T, R> {
    pub fn new(size: usize) -> Chunks<T, R> {
        Chunks { size, pending: Vec::with_capacity(size), found: Vec::new() }
    }

    /// Takes the next pixels.
    pub fn add(&mut self, mut pixels: &[T], work: impl Fn(&[T]) -> R + Sync) {
        if !self.pending.is_empty() {
            let (first, rest) = pixels.split_at(pixels.len().min(self.size - self.pending.len()));
            self.pending.extend_from_slice(first);
            pixels = rest;
            if self.pending.len() < self.size {
                return;
            }
            self.found.push(work(&self.pending));
            self.pending.clear();
        }
        let (whole, rest) = pixels.split_at(pixels.len() - pixels.len() % self.size);
        self.found.extend(threads::of_chunks(whole, self.size, |_, chunk| work(chunk)));
        self.pending.extend_from_slice(rest);
    }

    /// The findings of all chunks, in order; the last one may be shorter.
    pub fn finish(mut self, work: impl Fn(&[T]) -> R) -> Vec<R> {
        if !self.pending.is_empty() {
            self.found.push(work(&self.pending));
        }
        self.found
    }
}
