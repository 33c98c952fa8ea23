//! Outputs whose pixels are written once: zeroing them first would cost a pass over every image.

use super::threads::share;
use rotifer_registry::{Element, Volume, each_dtype};
use std::borrow::Cow;

/// Pixels of `planes` times `len`, computed in parallel in parts of at most `part` that do not cross planes.
///
/// `body(state, plane, first, part)` fills the part of a plane that begins at pixel `first`. It works in memory that stays
/// in cache, with any contents, from where the part is copied to its place. Threads keep an `init()` over several parts.
pub fn by_parts<T: Copy + Send + Sync, S>(
    planes: usize,
    len: usize,
    part: usize,
    blank: T,
    init: impl Fn() -> S + Sync,
    body: impl Fn(&mut S, usize, usize, &mut [T]) + Sync,
) -> Vec<T> {
    let all = planes * len;
    let part = part.clamp(1, len.max(1));
    let mut pixels = Vec::<T>::with_capacity(all);
    let parts = pixels.spare_capacity_mut()[..all].chunks_mut(len.max(1)).enumerate();
    let parts =
        parts.flat_map(|(plane, to)| to.chunks_mut(part).enumerate().map(move |(i, to)| (plane, i, to)));
    share(
        parts,
        || (init(), vec![blank; part]),
        |(state, scratch), (plane, i, to)| {
            let from = &mut scratch[..to.len()];
            body(state, plane, i * part, from);
            to.iter_mut().zip(from).for_each(|(to, from)| _ = to.write(*from));
        },
    );
    // SAFETY: the parts cover all of these elements, and each element of a part was written.
    unsafe { pixels.set_len(all) };
    pixels
}

/// One pixel for one, in parallel.
pub fn by_pixels<T: Copy + Send + Sync + Default>(len: usize, pixel: impl Fn(usize) -> T + Sync) -> Vec<T> {
    by_parts(
        1,
        len,
        4096,
        T::default(),
        || (),
        |_, _, first, part| {
            part.iter_mut().enumerate().for_each(|(i, to)| *to = pixel(first + i));
        },
    )
}

/// The pixels of any dtype as float32, each changed.
pub fn floats(volume: &Volume, change: impl Fn(f32) -> f32 + Sync) -> Vec<f32> {
    each_dtype!(volume.pixels(), |p| by_parts(
        1,
        p.len(),
        1 << 14,
        0.0,
        || (),
        |_, _, first, part| {
            part.iter_mut().zip(&p[first..]).for_each(|(to, v)| *to = change(v.to_f32()));
        }
    ))
}

/// The pixels as float32, converted in parallel where they are not.
pub fn f32s(volume: &Volume) -> Cow<'_, [f32]> {
    volume.as_slice().map_or_else(|| Cow::Owned(floats(volume, |v| v)), Cow::Borrowed)
}
