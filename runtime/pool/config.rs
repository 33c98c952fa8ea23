//! How a pool is made.

use super::memory::Memory;
use super::portable;
use super::transport::{Ends, Transport};
use crate::machine;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How a pool and its workers exchange messages and pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Channel {
    /// The way that is best on the platform. Linux: socket pairs and memory without a name, of which a kill leaves nothing.
    /// Elsewhere the same as `Portable`.
    #[default]
    Native,
    /// A local stream socket, and mapped files in a private folder. What a killed process leaves there, the next pool
    /// removes.
    Portable,
}

impl Channel {
    #[doc(hidden)]
    pub fn open(self) -> std::io::Result<Ends> {
        match self {
            #[cfg(target_os = "linux")]
            Channel::Native => {
                Ok((Arc::new(super::socket_pairs::SocketPairs), Arc::new(super::memfds::Memfds)))
            }
            _ => portable::open(),
        }
    }
}

/// How a pool is made. The default is a worker for each thread that this process may have: [`machine::threads`].
///
/// ```
/// use rotifer::pool::Config;
/// use std::time::Duration;
///
/// let config = Config { deadline: Some(Duration::from_secs(60)), recycle: Some(1000), ..Config::workers(4) };
/// assert_eq!((config.workers, config.spares), (4, 0));
/// ```
#[derive(Clone)]
pub struct Config {
    /// Worker processes.
    pub workers: usize,
    /// Workers kept warm beside them, to take the place of one that dies.
    pub spares: usize,
    /// Threads of a worker; none: the cores shared out among the workers.
    pub threads: Option<usize>,
    /// The program that is the worker; none: this one.
    pub program: Option<PathBuf>,
    /// Arguments of that program before those that make it a worker.
    pub arguments: Vec<String>,
    /// Environment of the workers beside the inherited one.
    pub environment: Vec<(String, String)>,
    /// Bytes of shared memory; none: a quarter of what is free now.
    pub memory: Option<u64>,
    /// Time a task may run.
    pub deadline: Option<Duration>,
    /// Tasks a worker runs before it is replaced by a fresh one.
    pub recycle: Option<u64>,
    /// Time a worker has to report ready.
    pub start: Duration,
    /// Time a worker that runs a task may show no sign of life before it is taken for stopped, killed and replaced.
    /// A slow function is no reason: another thread of the worker answers.
    pub silence: Duration,
    /// How messages and pixels travel.
    pub channel: Channel,
    /// In place of that of the channel, for tests that come between.
    #[doc(hidden)]
    pub transport: Option<Arc<dyn Transport>>,
    #[doc(hidden)]
    pub slabs: Option<Arc<dyn Memory>>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            workers: machine::threads(),
            spares: 0,
            threads: None,
            program: None,
            arguments: Vec::new(),
            environment: Vec::new(),
            memory: None,
            deadline: None,
            recycle: None,
            start: Duration::from_secs(20),
            silence: Duration::from_secs(30),
            channel: Channel::default(),
            transport: None,
            slabs: None,
        }
    }
}

impl Config {
    /// So many workers, all else as by default.
    pub fn workers(workers: usize) -> Config {
        Config { workers: workers.max(1), ..Config::default() }
    }
}

static WORKER_PROGRAM: OnceLock<(PathBuf, Vec<String>)> = OnceLock::new();

/// Says how workers are started where this library is loaded by another program, such as an interpreter: that program,
/// with arguments that make it call [`serve_if_asked`](crate::worker::serve_if_asked). The first call counts.
pub fn start_workers_as(program: PathBuf, arguments: Vec<String>) {
    let _ = WORKER_PROGRAM.set((program, arguments));
}

/// The answer of [`start_workers_as`].
pub(super) fn worker_program() -> Option<&'static (PathBuf, Vec<String>)> {
    WORKER_PROGRAM.get()
}
