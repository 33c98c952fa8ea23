//! Worker mode: the same program, running tasks for a pool.

use crate::batch::journal::Log;
use crate::batch::{Last, More, Target, work};
use crate::execute::{self, Watch};
use crate::platform::tie_children;
use crate::pool::memory::Slab;
use crate::pool::messages::{FRAME_CAP, Hello, Progress, Recipe, Setup, TaskBody, kind, put_answer};
use crate::pool::portable;
#[cfg(target_os = "linux")]
use crate::pool::socket_pairs;
use crate::pool::transport::{Home, Incoming, Lent, WORKER_ARGUMENT};
use rotifer_registry::wire::{Frame, HEADER, Wire, split_frame, verify, wrong};
use rotifer_registry::{Code, Error, pipeline};
use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::exit;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Answers to tasks shorter than this wait for those of the tasks that came with them.
const SHORT: Duration = Duration::from_micros(100);
/// The longest they wait.
const HOLD: Duration = Duration::from_millis(2);
/// Time between two looks at a task that runs.
const LOOK: Duration = Duration::from_millis(50);
/// Looks at nothing after which the lookout waits for a task.
const DOZE: u32 = 20;
/// Bytes of answers that leave together.
const PARCEL: usize = 48 << 10;

/// Turns this process into a worker if a pool has started it as one, and returns otherwise.
///
/// A program that uses a [`Pool`](crate::pool::Pool) calls this first in `main`: its workers are itself, so that
/// they know its own functions.
pub fn serve_if_asked() {
    let mut arguments = std::env::args_os().skip_while(|a| a != WORKER_ARGUMENT).skip(1);
    let Some(transport) = arguments.next() else { return };
    crate::allocator::keep_memory();
    crate::signals::leave_to_pool();
    // Without it a killed worker leaves what its functions started, and all else is as it was.
    let _ = tie_children();
    let served = match transport.to_str() {
        #[cfg(target_os = "linux")]
        Some(socket_pairs::NAME) => socket_pairs::LinuxHome::new().and_then(serve),
        Some(portable::NAME) => portable::PortableHome::new(arguments).and_then(serve),
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
    /// Where results are written, if this worker is to write them, and the log of their rows.
    target: Option<Target>,
    log: Option<Log>,
    last: Last,
}

/// State that the thread that runs tasks shares with those beside it.
struct Desk<H> {
    home: H,
    /// Answers to short tasks, which leave together.
    held: Mutex<Vec<u8>>,
    filled: Condvar,
    /// Messages that the lookout has received and left to be done.
    waiting: Mutex<VecDeque<io::Result<Incoming>>>,
    /// Tasks that were abandoned before they began.
    abandoned: Mutex<HashSet<(u64, u32)>>,
    shift: Mutex<Shift>,
    begun: Condvar,
}

#[derive(Default)]
struct Shift {
    running: Option<Running>,
    /// The lookout waits until a task begins.
    dormant: bool,
}

#[derive(Clone)]
struct Running {
    task: u64,
    attempt: u32,
    incarnation: u32,
    watch: Arc<Watch>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<H: Home> Desk<H> {
    fn new(home: H) -> Desk<H> {
        Desk {
            home,
            held: Mutex::default(),
            filled: Condvar::new(),
            waiting: Mutex::default(),
            abandoned: Mutex::default(),
            shift: Mutex::default(),
            begun: Condvar::new(),
        }
    }

    /// Sends a frame after those that are held; `hold` leaves it with them for a moment.
    fn send(&self, frame: &Frame, hold: bool) -> io::Result<()> {
        let mut held = lock(&self.held);
        let first = held.is_empty();
        frame.append(&mut held);
        if !hold || held.len() > PARCEL {
            let sent = self.home.send(&held);
            held.clear();
            return sent;
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
        let mut held = lock(&self.held);
        loop {
            while held.is_empty() {
                held = self.filled.wait(held).unwrap_or_else(PoisonError::into_inner);
            }
            drop(held);
            std::thread::sleep(HOLD);
            held = lock(&self.held);
            if !held.is_empty() && self.home.send(&held).is_err() {
                return;
            }
            held.clear();
        }
    }

    fn receive(&self) -> io::Result<Incoming> {
        let mut waiting = lock(&self.waiting);
        waiting.pop_front().unwrap_or_else(|| {
            // Nothing was read ahead: all that was abandoned has been passed.
            lock(&self.abandoned).clear();
            self.home.receive(true)
        })
    }

    /// Begins a task; `None` if it is not wanted any more.
    fn begin(&self, frame: &Frame) -> Option<Arc<Watch>> {
        if lock(&self.abandoned).remove(&(frame.task, frame.attempt)) {
            return None;
        }
        let watch = Arc::new(Watch::default());
        let Frame { task, attempt, incarnation, .. } = *frame;
        let mut shift = lock(&self.shift);
        shift.running = Some(Running { task, attempt, incarnation, watch: watch.clone() });
        if std::mem::take(&mut shift.dormant) {
            self.begun.notify_one();
        }
        Some(watch)
    }

    fn end(&self) {
        lock(&self.shift).running = None;
    }

    /// While a task runs for longer: tells how far it is, answers pings, and passes on that it is abandoned.
    fn look_out(&self) -> io::Result<()> {
        let mut last = None;
        let mut told = (0, 0);
        let mut idle = 0;
        loop {
            std::thread::sleep(LOOK);
            let mut shift = lock(&self.shift);
            idle = if shift.running.is_some() { 0 } else { idle + 1 };
            if idle == DOZE {
                shift.dormant = true;
                while shift.dormant {
                    shift = self.begun.wait(shift).unwrap_or_else(PoisonError::into_inner);
                }
                idle = 0;
            }
            let running = shift.running.clone();
            drop(shift);
            let id = running.as_ref().map(|r| (r.task, r.attempt));
            if id != last {
                (last, told) = (id, (0, 0));
                continue;
            }
            let Some(running) = running else { continue };
            self.read_ahead(&running)?;
            let (done, of) = running.watch.progress();
            if (done, of) != told {
                told = (done, of);
                let Running { task, attempt, incarnation, .. } = running;
                let body = bytes_of(&Progress { done, of });
                self.send(&Frame { kind: kind::PROGRESS, task, attempt, incarnation, body: &body }, false)?;
            }
        }
    }

    /// Takes what concerns the task that runs, and leaves the rest to the thread that runs it.
    fn read_ahead(&self, running: &Running) -> io::Result<()> {
        // If that thread has come back it reads for itself.
        let Ok(mut waiting) = self.waiting.try_lock() else { return Ok(()) };
        while !matches!(waiting.back(), Some(Ok(Incoming::End) | Err(_))) {
            let incoming = self.home.receive(false);
            if let Ok(Incoming::Nothing) = incoming {
                break;
            }
            if let Ok(Incoming::Frame(bytes, None)) = &incoming
                && bytes.len() == HEADER
                && let Ok(frame) = Frame::decode(bytes, FRAME_CAP)
            {
                match frame.kind {
                    kind::PING => {
                        self.send(&Frame { kind: kind::PONG, ..frame }, false)?;
                        continue;
                    }
                    kind::ABANDON => {
                        if (frame.task, frame.attempt) == (running.task, running.attempt) {
                            running.watch.cancel();
                        } else {
                            lock(&self.abandoned).insert((frame.task, frame.attempt));
                        }
                        continue;
                    }
                    _ => {}
                }
            }
            waiting.push_back(incoming);
        }
        Ok(())
    }
}

fn serve(home: impl Home + 'static) -> io::Result<()> {
    let desk = Arc::new(Desk::new(home));
    let hello = bytes_of(&Hello::ours());
    desk.send(&Frame { kind: kind::HELLO, task: 0, attempt: 0, incarnation: 0, body: &hello }, false)?;
    let lookout = desk.clone();
    std::thread::spawn(move || lookout.look_out());
    let mut recipes: HashMap<u64, Known> = HashMap::new();
    let mut flushed = false;
    while let Incoming::Frame(parcel, mut slab) = desk.receive()? {
        let mut rest = parcel.as_slice();
        while !rest.is_empty() {
            let (bytes, after) = split_frame(rest);
            rest = after;
            let more = !rest.is_empty();
            if more && !flushed {
                flushed = true;
                let desk = desk.clone();
                std::thread::spawn(move || desk.flush());
            }
            // A slab belongs to the last frame.
            let slab: Lent = if more { None } else { slab.take() };
            match Frame::decode(bytes, FRAME_CAP) {
                Ok(frame) => {
                    if !take(&desk, &mut recipes, &frame, slab, more)? {
                        return Ok(());
                    }
                }
                Err(error) => desk.refuse(&error)?,
            }
        }
    }
    Ok(())
}

/// Does what one frame says; false when this worker is to end.
fn take<H: Home>(
    desk: &Desk<H>,
    recipes: &mut HashMap<u64, Known>,
    frame: &Frame,
    slab: Lent,
    more: bool,
) -> io::Result<bool> {
    match frame.kind {
        kind::SETUP => match Setup::get(frame.body) {
            Ok(setup) => {
                // This thread is one of them, so that where there is one no work changes threads.
                let threads = rayon::ThreadPoolBuilder::new().num_threads(setup.threads.max(1));
                let _ = threads.use_current_thread().build_global();
            }
            Err(error) => desk.refuse(&error)?,
        },
        kind::PIPELINE => match Recipe::get(frame.body) {
            Ok(recipe) => {
                let checked = verify(&recipe.pipeline)
                    .and_then(|()| pipeline::check(&recipe.pipeline.pipeline))
                    .map_err(together);
                let Recipe { number, options, target, .. } = recipe;
                recipes.insert(number, Known { checked, options, target, log: None, last: Last::default() });
            }
            Err(error) => desk.refuse(&error)?,
        },
        kind::TASK => {
            let started = Instant::now();
            let mut shared = None;
            let mut panicked = false;
            let result = TaskBody::get(frame.body).and_then(|task| {
                if let (Some(slab), Some(bytes)) = (slab, task.slab) {
                    let refused = |e| wrong(format!("shared memory cannot be used: {e}"));
                    let slab = slab.map_err(refused)?;
                    if slab.capacity() < bytes {
                        return Err(wrong("a piece of shared memory is shorter than is said"));
                    }
                    shared = Some(slab);
                }
                let watch = desk.begin(frame);
                let watch = watch.ok_or_else(|| Error::new(Code::Cancelled, "the task was cancelled"))?;
                let run = || run(&task, shared.as_deref(), recipes, &watch);
                catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
                    panicked = true;
                    Err(panicked_with(panic))
                })
            });
            let lost = matches!(&result, Err(error) if error.code == Code::Device);
            // State that a panic left behind is not to be trusted; a lost GPU comes back surely only to a new process.
            let retire = panicked || lost;
            let failed;
            let answer = match put_answer(&result, shared.as_deref(), retire, lost) {
                Ok(answer) => answer,
                Err(error) => {
                    failed = Err(error);
                    put_answer(&failed, None, retire, lost).map_err(io::Error::other)?
                }
            };
            // While they travel the task still runs: another thread answers pings.
            for body in answer.pieces() {
                desk.send(&Frame { kind: kind::PIXELS, body: &body, ..*frame }, false)?;
            }
            desk.end();
            let hold = more && !retire && started.elapsed() < SHORT;
            desk.send(&Frame { kind: kind::DONE, body: &answer.body, ..*frame }, hold)?;
            return Ok(!retire);
        }
        kind::PING => desk.send(&Frame { kind: kind::PONG, ..*frame }, false)?,
        // The task is done: the lookout saw nothing of this in time.
        kind::ABANDON => {}
        other => desk.refuse(&wrong("no such kind of message").value(other))?,
    }
    Ok(true)
}

fn run(
    task: &TaskBody,
    slab: Option<&dyn Slab>,
    recipes: &mut HashMap<u64, Known>,
    watch: &Watch,
) -> Result<execute::Outcome, Error> {
    let Known { checked, options, target, log, last } =
        recipes.get_mut(&task.recipe).ok_or_else(|| wrong("a task of a pipeline that was not sent"))?;
    let checked = checked.as_ref().map_err(|error| error.clone())?;
    if let Some(unit) = &task.unit {
        let target =
            target.as_ref().ok_or_else(|| wrong("a task to write results, and it is not said where"))?;
        let (written, report) = work(checked, last, options, target, log, unit, watch)?;
        return Ok(execute::Outcome { outputs: Vec::new(), report, written: Some(written) });
    }
    let image = match &task.path {
        Some(path) => crate::io::read(path)?,
        None => task.image(slab)?,
    };
    let more = More { inputs: checked.files()?, ..More::default() };
    let given = last.given(checked, Some(&image), Path::new(""), &more)?;
    let plan = last.plan(checked, given.meta(), None, options)?;
    execute::run_planned(checked, plan, &given, options, watch)
}

/// All that is wrong with a pipeline, as one error: the first, with the words of the others.
fn together(errors: Vec<Error>) -> Error {
    let message = errors.iter().map(|e| e.message.as_str()).collect::<Vec<_>>().join("; ");
    match errors.into_iter().next() {
        Some(mut first) => {
            first.message = message;
            first
        }
        None => wrong("a pipeline is refused"),
    }
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
