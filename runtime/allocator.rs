//! The memory allocator of the system.

use std::alloc::{GlobalAlloc, Layout, System};

/// Tells the allocator to keep the memory of images that were dropped for the next ones.
///
/// By default glibc gives buffers of many megabytes back to the system, which makes their pages anew at the next image:
/// about 5 ms for 8 MiB, more than most functions take. Up to 2 GiB at the end of the heap are kept. The command line and
/// workers call this first; a program that runs pipelines in its own process does well to. Elsewhere nothing happens.
pub fn keep_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for (parameter, value) in [
        // Large buffers from the heap, not each from the system.
        (libc::M_MMAP_THRESHOLD, 1 << 30),
        (libc::M_TRIM_THRESHOLD, i32::MAX),
        // One heap: the others are too small for an image.
        (libc::M_ARENA_MAX, 1),
    ] {
        // SAFETY: sets a number under the allocator's own lock.
        unsafe { libc::mallopt(parameter, value) };
    }
}

/// The allocator of the system, which is asked for huge pages for what is as large as an image.
///
/// Work that jumps about in a large image waits for the addresses of its pages; of huge ones there are 512 times fewer, and they
/// are made in one go. A program that runs pipelines names it as its `#[global_allocator]`; the command line does.
pub struct HugePages;

/// Buffers of fewer bytes stay as they are.
#[cfg(target_os = "linux")]
const LARGE: usize = 8 << 20;

#[cfg(target_os = "linux")]
fn advised(pointer: *mut u8, bytes: usize) -> *mut u8 {
    use rustix::mm::{Advice, madvise};
    const PAGE: usize = 2 << 20;
    if bytes >= LARGE && !pointer.is_null() {
        let skip = pointer.addr().next_multiple_of(PAGE) - pointer.addr();
        let whole = (bytes - skip) / PAGE * PAGE;
        // SAFETY: whole pages within the allocation; the advice changes nothing that they hold.
        let _ = unsafe { madvise(pointer.add(skip).cast(), whole, Advice::LinuxHugepage) };
    }
    pointer
}

#[cfg(not(target_os = "linux"))]
fn advised(pointer: *mut u8, _bytes: usize) -> *mut u8 {
    pointer
}

// SAFETY: all memory is the system's allocator's, which is passed what is passed here.
unsafe impl GlobalAlloc for HugePages {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps to the contract of the system's.
        advised(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps to the contract of the system's.
        advised(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller keeps to the contract of the system's.
        advised(unsafe { System.realloc(pointer, layout, size) }, size)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps to the contract of the system's.
        unsafe { System.dealloc(pointer, layout) }
    }
}
