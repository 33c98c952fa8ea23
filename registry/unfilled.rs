//! Memory for pixels that is written before it is read: zeroing it first would cost a pass over every image.

use crate::error::{Code, Error};
use rayon::prelude::*;
use std::mem::MaybeUninit;

/// Pixels that a thread takes at a time.
pub(crate) const PART: usize = 1 << 16;

/// The part of new pixels that is still unwritten. It is written from front to back.
pub struct Unfilled<'a> {
    rest: &'a mut [MaybeUninit<u8>],
}

impl Unfilled<'_> {
    /// Bytes that are missing.
    pub fn missing(&self) -> usize {
        self.rest.len()
    }

    /// Writes the next bytes; an error where they are more than are missing.
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let copy = |to| {
            // SAFETY: both have this length; a slice is not part of what is borrowed mutably here.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) }
        };
        // SAFETY: all bytes are written.
        unsafe { self.put_with(bytes.len(), copy) }
    }

    /// [`Unfilled::put`] from memory that no reference may be made to.
    ///
    /// # Safety
    /// `write` writes `len` bytes to the place it is given.
    pub unsafe fn put_with(&mut self, len: usize, write: impl FnOnce(*mut u8)) -> Result<(), Error> {
        let Some((next, rest)) = std::mem::take(&mut self.rest).split_at_mut_checked(len) else {
            return Err(Error::new(Code::Shape, "more bytes than pixels to take them").value(len));
        };
        write(next.as_mut_ptr().cast());
        self.rest = rest;
        Ok(())
    }
}

/// `len` elements whose bytes `fill` writes, all of them.
pub(crate) fn filled<T: bytemuck::Pod>(
    len: usize,
    fill: impl FnOnce(&mut Unfilled) -> Result<(), Error>,
) -> Result<Vec<T>, Error> {
    let mut elements = Vec::<T>::with_capacity(len);
    let spare = &mut elements.spare_capacity_mut()[..len];
    // SAFETY: the same memory, of as many bytes; bytes need no alignment.
    let rest = unsafe { std::slice::from_raw_parts_mut(spare.as_mut_ptr().cast(), size_of_val(spare)) };
    let mut unfilled = Unfilled { rest };
    fill(&mut unfilled)?;
    if unfilled.missing() > 0 {
        return Err(Error::new(Code::Shape, "pixels are missing").value(unfilled.missing()));
    }
    // SAFETY: every byte has been written, and any bytes are a `T`.
    unsafe { elements.set_len(len) };
    Ok(elements)
}

/// One element for each of others, made on all threads.
pub(crate) fn mapped<S: Copy + Sync, T: Copy + Send>(from: &[S], make: impl Fn(S) -> T + Sync) -> Vec<T> {
    let mut elements = Vec::with_capacity(from.len());
    let spare = &mut elements.spare_capacity_mut()[..from.len()];
    spare.par_chunks_mut(PART).zip(from.par_chunks(PART)).for_each(|(to, from)| {
        for (to, v) in to.iter_mut().zip(from) {
            to.write(make(*v));
        }
    });
    // SAFETY: the parts of both are as long as each other, so that every element was written.
    unsafe { elements.set_len(from.len()) };
    elements
}
