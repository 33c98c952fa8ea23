//! Worker mode: the same program, running tasks for a pool.

use crate::execute;
use crate::pool::messages::{FRAME_CAP, Hello, Recipe, Setup, TaskBody, kind, put_done};
use crate::pool::transport::{Home, WORKER_ARGUMENT};
use crate::pool::{linux, memory::Slab};
use rotifer_registry::wire::{Frame, Wire, registry_fingerprint, split_frame, verify, wrong};
use rotifer_registry::{Code, Error, pipeline};
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Answers to tasks shorter than this wait for those of the tasks that came with them.
const SHORT: Duration = Duration::from_micros(100);
/// The longest they wait.
const HOLD: Duration = Duration::from_millis(2);
/// Bytes of answers that leave together.
const PARCEL: usize = 48 << 10;

/// Turns this process into a worker if a pool has started it as one, and returns otherwise.
///
/// A program that uses a [`Pool`](crate::pool::Pool) calls this first in `main`: its workers are itself, so that
/// they know its own functions.
pub fn serve_if_asked() {
    let mut arguments = std::env::args_os().skip_while(|a| a != WORKER_ARGUMENT).skip(1);
    let Some(transport) = arguments.next() else { return };
    let served = match transport.to_str() {
        Some(linux::NAME) => linux::LinuxHome::new().and_then(serve),
        _ => Err(io::Error::other("no such transport")),
    };
    match served {
        Ok(()) => exit(0),
        Err(error) => {
            eprintln!("worker: {error}");
            exit(1)
        }
    }
}

/// Whether this process was started as a worker.
pub fn is_worker() -> bool {
    std::env::args_os().any(|a| a == WORKER_ARGUMENT)
}

/// A pipeline that tasks refer to, or why it cannot be run here.
struct Known {
    checked: Result<pipeline::Checked, Error>,
    options: execute::Options,
}

/// Answers on their way: those to short tasks leave together, none later than [`HOLD`].
struct Outbox<H> {
    home: H,
    held: Mutex<Vec<u8>>,
    filled: Condvar,
}

impl<H: Home> Outbox<H> {
    fn held(&self) -> MutexGuard<'_, Vec<u8>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a frame after those that are held; `hold` leaves it with them for a moment.
    fn send(&self, frame: &Frame, hold: bool) -> io::Result<()> {
        let mut held = self.held();
        let first = held.is_empty();
        frame.append(&mut held);
        if !hold || held.len() > PARCEL {
            return self.home.send(&std::mem::take(&mut *held));
        }
        if first {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Tells the pool that a frame could not be read; this worker goes on.
    fn refuse(&self, error: &Error) -> io::Result<()> {
        let body = bytes_of(error);
        self.send(&Frame { kind: kind::REFUSED, task: 0, attempt: 0, incarnation: 0, body: &body }, false)
    }

    /// Sends what would be held for too long, where a task takes longer than the one before it.
    fn flush(&self) {
        let mut held = self.held();
        loop {
            while held.is_empty() {
                held = self.filled.wait(held).unwrap_or_else(PoisonError::into_inner);
            }
            drop(held);
            std::thread::sleep(HOLD);
            held = self.held();
            if !held.is_empty() && self.home.send(&std::mem::take(&mut *held)).is_err() {
                return;
            }
        }
    }
}

fn serve(home: impl Home + 'static) -> io::Result<()> {
    let outbox = Arc::new(Outbox { home, held: Mutex::default(), filled: Condvar::new() });
    let hello = Hello { software: env!("CARGO_PKG_VERSION").into(), fingerprint: registry_fingerprint() };
    let hello = bytes_of(&hello);
    outbox.send(&Frame { kind: kind::HELLO, task: 0, attempt: 0, incarnation: 0, body: &hello }, false)?;
    let mut recipes: HashMap<u64, Known> = HashMap::new();
    let mut flushed = false;
    while let Some((parcel, mut slab)) = outbox.home.receive()? {
        let mut rest = parcel.as_slice();
        while !rest.is_empty() {
            let (bytes, after) = split_frame(rest);
            rest = after;
            let more = !rest.is_empty();
            if more && !flushed {
                flushed = true;
                let outbox = outbox.clone();
                std::thread::spawn(move || outbox.flush());
            }
            // A slab belongs to the last frame.
            let slab = if more { None } else { slab.take() };
            match Frame::decode(bytes, FRAME_CAP) {
                Ok(frame) => {
                    if !take(&outbox, &mut recipes, &frame, slab, more)? {
                        return Ok(());
                    }
                }
                Err(error) => outbox.refuse(&error)?,
            }
        }
    }
    Ok(())
}

/// Does what one frame says; false when this worker is to end.
fn take<H: Home>(
    outbox: &Outbox<H>,
    recipes: &mut HashMap<u64, Known>,
    frame: &Frame,
    slab: Option<File>,
    more: bool,
) -> io::Result<bool> {
    match frame.kind {
        kind::SETUP => match Setup::get(frame.body) {
            Ok(setup) => {
                // This thread is one of them, so that where there is one no work changes threads.
                let threads = rayon::ThreadPoolBuilder::new().num_threads(setup.threads.max(1));
                let _ = threads.use_current_thread().build_global();
            }
            Err(error) => outbox.refuse(&error)?,
        },
        kind::PIPELINE => match Recipe::get(frame.body) {
            Ok(recipe) => {
                let checked = verify(&recipe.pipeline)
                    .and_then(|()| pipeline::check(&recipe.pipeline.pipeline))
                    .map_err(first);
                recipes.insert(recipe.number, Known { checked, options: recipe.options });
            }
            Err(error) => outbox.refuse(&error)?,
        },
        kind::TASK => {
            let started = Instant::now();
            let mut shared = None;
            let mut panicked = false;
            let result = TaskBody::get(frame.body).and_then(|task| {
                if let (Some(file), Some(bytes)) = (slab, task.slab) {
                    let refused = |e| wrong(format!("shared memory cannot be used: {e}"));
                    shared = Some(linux::received(file, bytes).map_err(refused)?);
                }
                let result = catch_unwind(AssertUnwindSafe(|| run(&task, shared.as_deref(), recipes)));
                result.unwrap_or_else(|panic| {
                    panicked = true;
                    Err(panicked_with(panic))
                })
            });
            let body = put_done(&result, shared.as_deref(), panicked, false)
                .or_else(|error| put_done(&Err(error), None, panicked, false))
                .unwrap_or_default();
            let hold = more && !panicked && started.elapsed() < SHORT;
            outbox.send(&Frame { kind: kind::DONE, body: &body, ..*frame }, hold)?;
            // What a panic left behind is not to be trusted.
            return Ok(!panicked);
        }
        kind::PING => outbox.send(&Frame { kind: kind::PONG, ..*frame }, false)?,
        other => outbox.refuse(&wrong("no such kind of message").value(other))?,
    }
    Ok(true)
}

fn run(
    task: &TaskBody,
    slab: Option<&dyn Slab>,
    recipes: &HashMap<u64, Known>,
) -> Result<execute::Outcome, Error> {
    let known = recipes.get(&task.recipe).ok_or_else(|| wrong("a task of a pipeline that was not sent"))?;
    let checked = known.checked.as_ref().map_err(Clone::clone)?;
    let image = match &task.path {
        Some(path) => crate::io::read(path)?,
        None => task.image(slab)?,
    };
    execute::run(checked, &image, &known.options)
}

fn first(errors: Vec<Error>) -> Error {
    let more = errors.len().saturating_sub(1);
    let mut errors = errors.into_iter();
    let first = errors.next().unwrap_or_else(|| wrong("a pipeline is refused"));
    if more == 0 { first } else { Error { message: format!("{} (and {more} more)", first.message), ..first } }
}

fn panicked_with(panic: Box<dyn std::any::Any + Send>) -> Error {
    let what = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
        .to_string();
    // Dropping what was thrown may panic again.
    std::mem::forget(panic);
    Error::new(Code::Internal, format!("a function panicked: {what}"))
}

fn bytes_of(message: &impl Wire) -> Vec<u8> {
    let mut out = Vec::new();
    message.put(&mut out);
    out
}
