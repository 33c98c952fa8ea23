//! The memory allocator of the system.

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

/// Asks for pages of 2 MiB for large outputs, as numpy does for its arrays. A library calls this, since the allocator is
/// its host's: outputs are new memory each time there. Elsewhere than on Linux nothing happens.
pub fn use_large_pages() {
    rotifer_kernels::common::large_pages::use_for_outputs(true);
}
