//! Memory in pages of 2 MiB, where Linux has some left.

use bytemuck::Zeroable;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes from which on large pages are asked for, as numpy does.
#[cfg(target_os = "linux")]
const LARGE: usize = 4 << 20;

static FOR_OUTPUTS: AtomicBool = AtomicBool::new(false);

/// Makes [`output`] ask for large pages. A process that keeps the memory of its images has made its pages already and
/// gains nothing; in one whose images are new each time, making small pages takes longer than most functions.
pub fn use_for_outputs(on: bool) {
    FOR_OUTPUTS.store(on, Ordering::Relaxed);
}

/// Room for the pixels of an output.
pub fn output<T>(len: usize) -> Vec<T> {
    match FOR_OUTPUTS.load(Ordering::Relaxed) {
        true => room(len),
        false => Vec::with_capacity(len),
    }
}

/// So many zeros, for memory that is read here and there: a processor knows the places of some thousand pages, which are
/// 8 MiB of small ones.
pub fn zeros<T: Zeroable + Clone>(len: usize) -> Vec<T> {
    let mut all = room(len);
    all.resize(len, T::zeroed());
    all
}

/// Room in large pages.
fn room<T>(len: usize) -> Vec<T> {
    #[allow(unused_mut)]
    let mut all = Vec::with_capacity(len);
    #[cfg(target_os = "linux")]
    if len.saturating_mul(size_of::<T>()) >= LARGE {
        use rustix::mm::{Advice, madvise};
        const PAGE: usize = 1 << 12;
        let room: &mut [std::mem::MaybeUninit<T>] = all.spare_capacity_mut();
        let bytes = size_of_val(room);
        let start = room.as_mut_ptr().cast::<u8>();
        let skip = start.align_offset(PAGE);
        // SAFETY: whole pages of memory that this vector owns; the advice leaves what they hold.
        // Without such pages everything is as it was, so the answer does not matter.
        let _ =
            unsafe { madvise(start.add(skip).cast(), (bytes - skip) / PAGE * PAGE, Advice::LinuxHugepage) };
    }
    all
}
