//! Signals: a run ends in good order, and a worker leaves it to its pool when to end.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The exit code of a process that a signal ended is this more than the signal's number.
const SIGNALLED: i32 = 128;

/// The flag that is set when this process is asked to end, by SIGINT or SIGTERM. A second signal ends it at once.
pub fn stop() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal finds the flag not set yet.
        let ends = flag::register_conditional_shutdown(signal, SIGNALLED + signal, stop.clone());
        // Where it cannot be had the signal ends the process as ever.
        let _ = ends.and_then(|_| flag::register(signal, stop.clone()));
    }
    writes_fail();
    stop
}

/// For a worker: SIGINT and SIGTERM, which batch systems send to all processes of a job, are its pool's to act on. Programs
/// that a function starts have them as by default.
pub fn leave_to_pool() {
    for signal in [SIGINT, SIGTERM] {
        let _ = flag::register(signal, Arc::default());
    }
    writes_fail();
}

/// A file that grows beyond what is allowed is an error of the write, not the end of the process.
pub fn writes_fail() {
    #[cfg(unix)]
    let _ = flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
}
