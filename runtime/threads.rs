//! Threads of a computation: rayon's own pool in the process that started it, a pool of its own in a forked child or
//! where a number of threads is asked for. Every computation of `execute` passes here.
//!
//! A forked child has the memory of its parent's pool and none of its threads: work handed to it would wait for ever.

use crate::machine;
use std::ptr::null_mut;
use std::sync::Once;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// The process whose global pool works; 0 until the first computation.
static HOME: AtomicU32 = AtomicU32::new(0);
/// Rayon's own pool is as large as [`machine::threads`] says, unless the program has made it before.
static SIZED: Once = Once::new();
/// Pools that were made here, the newest first. They are never dropped: a child could not join its parent's threads.
static MADE: AtomicPtr<Made> = AtomicPtr::new(null_mut());

struct Made {
    process: u32,
    threads: usize,
    pool: rayon::ThreadPool,
    next: *const Made,
}

/// Runs a computation with so many threads, or with those of the process; works in a forked child, too.
pub fn run<R: Send>(threads: Option<usize>, work: impl FnOnce() -> R + Send) -> R {
    // A thread of a pool stays there: whoever took the work to it has chosen.
    if threads.is_none() && rayon::current_thread_index().is_some() {
        return work();
    }
    let here = std::process::id();
    let home =
        HOME.compare_exchange(0, here, Ordering::SeqCst, Ordering::SeqCst).map_or_else(|home| home, |_| here);
    if home == here {
        // Never in a child: it may have been forked in the midst of this.
        SIZED.call_once(|| machine::use_threads(machine::threads()));
        if threads.is_none_or(|n| n == rayon::current_num_threads()) {
            return work();
        }
    }
    match pool(here, threads.unwrap_or_else(machine::threads).max(1)) {
        Some(pool) => pool.install(work),
        // Without more threads the calling one does it all, as far as it is let.
        None => work(),
    }
}

fn pool(process: u32, threads: usize) -> Option<&'static rayon::ThreadPool> {
    let newest = MADE.load(Ordering::Acquire);
    let mut at = newest.cast_const();
    // SAFETY: entries are leaked boxes, written before they are published and never changed or freed.
    while let Some(made) = unsafe { at.as_ref() } {
        if (made.process, made.threads) == (process, threads) {
            return Some(&made.pool);
        }
        at = made.next;
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok()?;
    let made = Box::into_raw(Box::new(Made { process, threads, pool, next: null_mut() }));
    let mut newest = newest;
    loop {
        // SAFETY: no other thread knows the new entry before it is published below.
        unsafe { (*made).next = newest };
        match MADE.compare_exchange(newest, made, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: the entry is leaked, so the reference lasts.
            Ok(_) => return Some(unsafe { &(*made).pool }),
            Err(other) => newest = other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::run;

    #[test]
    fn so_many_threads_as_are_asked_for() {
        let counted = |n| run(Some(n), rayon::current_num_threads);
        assert_eq!([1, 3, 1, 2].map(counted), [1, 3, 1, 2]);
        assert_eq!(run(None, || 7), 7);
        // A request on the outside holds inside.
        assert_eq!(run(Some(3), || run(None, rayon::current_num_threads)), 3);
    }
}
