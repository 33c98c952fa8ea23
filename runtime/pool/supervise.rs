//! The thin I/O around the coordinator: one thread for each worker, which starts it, listens to it and buries it.

use super::coordinator::{Action, Answer, Coordinator, Event, Incarnation, Limits, MOST_AHEAD, TaskId};
use super::memory::{Memory, Slab};
use super::messages::{
    DoneBody, FRAME_CAP, Hello, INLINE, Job, Pieces, Progress, Setup, fill, kind, put_task,
};
use super::process::{Process, Program};
use super::public::{Notice, Prepared};
use super::transport::{Next, Peer, Transport};
use crate::execute::Outcome;
use rotifer_registry::wire::{Frame, Wire, frames_pixels, split_frame, wrong};
use rotifer_registry::{Code, Error, Frames};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A task with its outcome.
pub type Finished = (TaskId, Result<Outcome, Error>);
/// Where outcomes go, those of one moment together: who waits for them is woken once.
pub type Sink = Arc<Sender<Vec<Finished>>>;

/// Slabs are whole multiples of this, so that they fit again.
const GRAIN: u64 = 1 << 20;

/// What the threads of a pool share.
pub struct Shared {
    state: Mutex<State>,
    /// Signalled when a worker is buried.
    buried: Condvar,
    transport: Arc<dyn Transport>,
    memory: Arc<dyn Memory>,
    program: Program,
    budget: u64,
    start: Instant,
}

struct State {
    coordinator: Coordinator,
    tasks: HashMap<TaskId, Task>,
    workers: HashMap<Incarnation, Worker>,
    free: Vec<Arc<dyn Slab>>,
    next: TaskId,
    watchers: Vec<Sender<Notice>>,
    /// What the coordinator said last; empty between events.
    actions: Vec<Action>,
    /// Outcomes that are to be delivered.
    verdicts: Vec<(Sink, Vec<Finished>)>,
}

struct Task {
    prepared: Prepared,
    load: Load,
    slab: Option<Arc<dyn Slab>>,
    /// Has a deadline.
    limited: bool,
    sink: Sink,
}

/// What a task carries.
enum Load {
    /// Its body, pixels and all.
    Body(Vec<u8>),
    /// So many bytes of shared memory, for its pixels and its result.
    Shared(Arc<Job>, u64),
}

#[derive(Default)]
struct Worker {
    peer: Option<Arc<dyn Peer>>,
    /// Pipelines it has been sent.
    known: HashSet<u64>,
    /// Frames that leave together.
    parcel: Vec<u8>,
    /// Tasks among them.
    tasks: usize,
    /// Tasks whose pixels are to be copied.
    to_stage: VecDeque<(TaskId, u32)>,
    /// It was sent a task since the last release.
    given: bool,
    /// Where it is another program than this one.
    differs: Option<String>,
    /// When its thread wakes at the latest.
    alarm: Duration,
}

impl Shared {
    pub fn new(
        limits: Limits,
        transport: Arc<dyn Transport>,
        memory: Arc<dyn Memory>,
        program: Program,
    ) -> Shared {
        let budget = limits.memory;
        let state = State {
            coordinator: Coordinator::new(limits),
            tasks: HashMap::new(),
            workers: HashMap::new(),
            free: Vec::new(),
            next: 1,
            watchers: Vec::new(),
            actions: Vec::new(),
            verdicts: Vec::new(),
        };
        Shared {
            state: Mutex::new(state),
            buried: Condvar::new(),
            transport,
            memory,
            program,
            budget,
            start: Instant::now(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes of shared memory there may be.
    pub fn budget(&self) -> u64 {
        self.budget
    }

    /// Tells from now on what happens to tasks.
    pub fn watch(&self) -> Receiver<Notice> {
        let (sender, receiver) = channel();
        self.lock().watchers.push(sender);
        receiver
    }

    /// Tells the coordinator something and does what it says.
    pub fn event(self: &Arc<Shared>, event: Event) {
        let mut state = self.lock();
        self.handle(&mut state, [event], Vec::new());
        self.release(state);
    }

    /// Takes tasks of one pipeline, and gives their numbers.
    pub fn submit(
        self: &Arc<Shared>,
        prepared: &Prepared,
        jobs: Vec<Job>,
        limit: Option<Duration>,
        sink: &Sink,
    ) -> Vec<TaskId> {
        let number = prepared.0.number;
        let output = prepared.0.output.load(Ordering::Relaxed);
        let encode = |job: Job| {
            let need = (job.bytes() as u64).max(output);
            if need > INLINE as u64 {
                return Ok(Load::Shared(Arc::new(job), need.next_multiple_of(GRAIN)));
            }
            put_task(number, &job, None).map(Load::Body)
        };
        let loads: Vec<_> = jobs.into_iter().map(encode).collect();
        let mut state = self.lock();
        let tasks: Vec<TaskId> = (state.next..).take(loads.len()).collect();
        state.next += tasks.len() as u64;
        let mut events = Vec::with_capacity(tasks.len());
        for (&task, load) in tasks.iter().zip(loads) {
            match load {
                Ok(load) => {
                    events.push(Event::Submit { task, bytes: load.bytes(), limit });
                    let (prepared, sink) = (prepared.clone(), sink.clone());
                    let new = Task { prepared, load, slab: None, limited: limit.is_some(), sink };
                    state.tasks.insert(task, new);
                }
                Err(error) => {
                    let _ = sink.send(vec![(task, Err(error))]);
                }
            }
        }
        self.handle(&mut state, events, Vec::new());
        self.release(state);
        tasks
    }

    /// Cancels the tasks among these that no worker has begun.
    pub fn cancel_unbegun(self: &Arc<Shared>, of: impl Fn(TaskId) -> bool) {
        let mut state = self.lock();
        let events: Vec<Event> =
            state.coordinator.unbegun().into_iter().filter(|task| of(*task)).map(Event::Cancel).collect();
        self.handle(&mut state, events, Vec::new());
        self.release(state);
    }

    /// Waits until every worker is buried.
    pub fn wait_empty(&self) {
        let mut state = self.lock();
        while state.coordinator.live_workers() > 0 {
            state = self.buried.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Tells the coordinator what has happened, with the results of tasks that were answered, and does what it says.
    fn handle(
        self: &Arc<Shared>,
        state: &mut State,
        events: impl IntoIterator<Item = Event>,
        results: Vec<(TaskId, u32, Result<Outcome, Error>)>,
    ) {
        let mut results = results.into_iter();
        let mut actions = std::mem::take(&mut state.actions);
        state.coordinator.handle_all(self.start.elapsed(), events, &mut actions);
        for action in actions.drain(..) {
            match action {
                Action::Spawn(worker) => {
                    state.workers.insert(worker, Worker::default());
                    let shared = self.clone();
                    let started = thread::Builder::new()
                        .name(format!("rotifer worker {worker}"))
                        .spawn(move || supervise(&shared, worker));
                    if let Err(error) = started {
                        let cause = Error::new(Code::WorkerDied, format!("no thread for a worker: {error}"));
                        state.workers.remove(&worker);
                        self.handle(state, [Event::Died { worker, cause }], Vec::new());
                    }
                }
                Action::Send { worker, task, attempt } => self.dispatch(state, worker, task, attempt),
                Action::Deliver { task, attempt } => {
                    // Results are in the order of the answers.
                    if let Some(mut t) = state.tasks.remove(&task)
                        && let Some((.., result)) = results.find(|(t, a, _)| (*t, *a) == (task, attempt))
                    {
                        if let Ok(outcome) = &result {
                            let bytes: usize = outcome
                                .outputs
                                .iter()
                                .flat_map(|(_, f)| frames_pixels(f))
                                .map(<[u8]>::len)
                                .sum();
                            t.prepared.0.output.store(bytes as u64, Ordering::Relaxed);
                        }
                        state.free.extend(t.slab.take());
                        state.deliver(task, t.sink, result);
                    }
                }
                Action::Fail(task, error) => {
                    // Its slab is dropped, not used again: the worker may still be writing there.
                    if let Some(t) = state.tasks.remove(&task) {
                        state.deliver(task, t.sink, Err(error));
                    }
                }
                Action::Retry(task, cause) => {
                    // Its worker is gone, or has answered.
                    if let Some(slab) = state.tasks.get_mut(&task).and_then(|t| t.slab.take()) {
                        state.free.push(slab);
                    }
                    state.notify(|| Notice::Retried { task, cause });
                }
                Action::Abandon { worker, task, attempt } => {
                    if let Some(w) = state.workers.get_mut(&worker) {
                        w.tell(Frame { kind: kind::ABANDON, task, attempt, incarnation: worker, body: &[] });
                    }
                }
                Action::Ping(worker) => {
                    if let Some(w) = state.workers.get_mut(&worker) {
                        w.tell(Frame {
                            kind: kind::PING,
                            task: 0,
                            attempt: 0,
                            incarnation: worker,
                            body: &[],
                        });
                    }
                }
                Action::Retire(worker) => {
                    if let Some(peer) = state.workers.get(&worker).and_then(|w| w.peer.as_ref()) {
                        peer.close();
                        // Its thread now has a deadline to watch: a worker that was stopped does not end by itself.
                        peer.wake();
                    }
                }
                Action::Kill(worker) => {
                    if let Some(peer) = state.workers.get(&worker).and_then(|w| w.peer.as_ref()) {
                        peer.kill();
                    }
                }
            }
        }
        state.actions = actions;
    }

    /// Sends a task, or leaves it to the worker's thread where pixels must be copied first.
    fn dispatch(self: &Arc<Shared>, state: &mut State, worker: Incarnation, task: TaskId, attempt: u32) {
        let (Some(w), Some(t)) = (state.workers.get_mut(&worker), state.tasks.get(&task)) else { return };
        let Some(peer) = &w.peer else { return };
        let Load::Body(body) = &t.load else {
            w.to_stage.push_back((task, attempt));
            peer.wake();
            return;
        };
        introduce(w, t, worker);
        Frame { kind: kind::TASK, task, attempt, incarnation: worker, body }.append(&mut w.parcel);
        w.given = true;
        w.tasks += 1;
        // While a worker runs one parcel we read the answers to the one before. The answer to a task with a deadline
        // must not wait for others: by the answers we know what is running.
        if w.tasks >= MOST_AHEAD / 2 || t.limited {
            w.post();
        }
    }

    /// How long a worker's thread may wait. For one without a task it is no longer than the next task will allow, so
    /// that it need not be woken for that.
    fn set_alarm(&self, worker: Incarnation) -> Option<Duration> {
        let now = self.start.elapsed();
        let mut state = self.lock();
        let alarm = state.coordinator.wake_at(worker).unwrap_or_else(|| now + state.coordinator.patience());
        if let Some(w) = state.workers.get_mut(&worker) {
            w.alarm = alarm;
        }
        Some(alarm.saturating_sub(now))
    }

    /// Copies the pixels of the tasks that wait for it, and sends them.
    fn stage(self: &Arc<Shared>, worker: Incarnation, peer: &dyn Peer) {
        loop {
            let mut state = self.lock();
            let Some((task, attempt)) = state.workers.get_mut(&worker).and_then(|w| w.to_stage.pop_front())
            else {
                return;
            };
            if !state.coordinator.is_staging(worker, task) {
                continue;
            }
            let Some(t) = state.tasks.get(&task) else { continue };
            let Load::Shared(job, bytes) = &t.load else { continue };
            let (job, bytes, number) = (job.clone(), *bytes, t.prepared.0.number);
            let found = self.free_slab(&mut state, bytes);
            drop(state);
            let filled = found.map_or_else(|| self.new_slab(bytes), Ok).and_then(|slab| {
                if let Job::Image(image) = &*job {
                    let frames = Frames::from(image);
                    fill(Some(&*slab), frames_pixels(&frames))?;
                }
                Ok(slab)
            });
            let ready = match filled {
                Ok(slab) => put_task(number, &job, Some(slab.capacity())).map(|body| (body, Some(slab))),
                // The memory was meant for its result, which then comes in the frame.
                Err(_) if job.bytes() <= INLINE => put_task(number, &job, None).map(|body| (body, None)),
                Err(e) => {
                    let message = format!("no shared memory of {bytes} bytes: {e}");
                    Err(Error::new(Code::Unavailable, message).help("use fewer workers or smaller images"))
                }
            };
            let mut state = self.lock();
            match ready {
                Ok((_, slab)) if !state.coordinator.is_staging(worker, task) => state.free.extend(slab),
                Ok((body, slab)) => {
                    let State { tasks, workers, .. } = &mut *state;
                    let (Some(t), Some(w)) = (tasks.get_mut(&task), workers.get_mut(&worker)) else {
                        continue;
                    };
                    introduce(w, t, worker);
                    w.post();
                    let frame = Frame { kind: kind::TASK, task, attempt, incarnation: worker, body: &body };
                    peer.send(frame.encode(), slab.as_deref());
                    t.slab = slab;
                    w.given = true;
                    self.handle(&mut state, [Event::Sent { worker, task }], Vec::new());
                }
                Err(error) => {
                    self.handle(&mut state, [Event::NotStaged { worker, task, error }], Vec::new());
                }
            }
            self.release(state);
        }
    }

    /// A slab that is large enough and not much too large; others make room for a new one.
    fn free_slab(&self, state: &mut State, bytes: u64) -> Option<Arc<dyn Slab>> {
        let fits = |s: &Arc<dyn Slab>| (bytes..=bytes.saturating_mul(2)).contains(&s.capacity());
        if let Some(i) = state.free.iter().rposition(fits) {
            return Some(state.free.swap_remove(i));
        }
        let mut free: u64 = state.free.iter().map(|s| s.capacity()).sum();
        while free > 0 && state.coordinator.memory_in_use() + free > self.budget {
            free -= state.free.remove(0).capacity();
        }
        None
    }

    fn new_slab(&self, bytes: u64) -> std::io::Result<Arc<dyn Slab>> {
        let slab = self.memory.slab(bytes).or_else(|_| {
            // What lies idle may be what is missing.
            self.lock().free.clear();
            self.memory.slab(bytes)
        })?;
        Ok(slab.into())
    }

    /// Reads answers and gives them to the coordinator. An answer to nothing is dropped.
    fn answered(self: &Arc<Shared>, worker: Incarnation, frames: Vec<(Frame, Pieces)>) {
        let slabs: Vec<Option<Arc<dyn Slab>>> = {
            let state = self.lock();
            frames.iter().map(|(f, _)| state.tasks.get(&f.task).and_then(|t| t.slab.clone())).collect()
        };
        let read = frames.into_iter().zip(slabs).map(|((frame, mut ahead), slab)| {
            let (result, answer) = match DoneBody::after(frame.body, slab.as_deref(), &mut ahead) {
                Ok(DoneBody { result, retire, lost: true }) => (result, Answer::Again { retire }),
                Ok(DoneBody { result, retire, lost: false }) => (result, Answer::Final { retire }),
                Err(error) => (Err(error), Answer::Final { retire: false }),
            };
            (frame.task, frame.attempt, result, answer)
        });
        let (events, mut results): (Vec<_>, Vec<_>) = read
            .map(|(task, attempt, result, answer)| {
                (Event::Answered { worker, task, attempt, answer }, (task, attempt, result))
            })
            .unzip();
        let mut state = self.lock();
        if let Some(differs) = state.workers.get(&worker).and_then(|w| w.differs.as_ref()) {
            let refused = results.iter_mut().filter_map(|(.., result)| result.as_mut().err());
            let missing = refused.filter(|e| matches!(e.code, Code::UnknownOp | Code::Unavailable));
            missing.for_each(|e| e.help = Some(differs.clone()));
        }
        self.handle(&mut state, events, results);
        self.release(state);
    }

    /// Sends what has been put together, unlocks, and delivers the outcomes.
    fn release(&self, mut state: MutexGuard<State>) {
        let State { workers, coordinator, .. } = &mut *state;
        for (id, w) in workers {
            w.post();
            if std::mem::take(&mut w.given)
                && coordinator.wake_at(*id).is_some_and(|at| at < w.alarm)
                && let Some(peer) = &w.peer
            {
                // Its thread now has an earlier deadline to watch.
                peer.wake();
            }
        }
        let verdicts = std::mem::take(&mut state.verdicts);
        drop(state);
        for (sink, together) in verdicts {
            let _ = sink.send(together);
        }
    }
}

impl Load {
    /// Bytes of shared memory.
    fn bytes(&self) -> u64 {
        match self {
            Load::Body(_) => 0,
            Load::Shared(_, bytes) => *bytes,
        }
    }
}

impl State {
    /// A task has its outcome.
    fn deliver(&mut self, task: TaskId, sink: Sink, result: Result<Outcome, Error>) {
        match self.verdicts.last_mut() {
            Some((last, together)) if Arc::ptr_eq(last, &sink) => together.push((task, result)),
            _ => self.verdicts.push((sink, vec![(task, result)])),
        }
        self.notify(|| Notice::Done { task });
    }

    /// Tells those who look on.
    fn notify(&mut self, notice: impl FnOnce() -> Notice) {
        if !self.watchers.is_empty() {
            let notice = notice();
            self.watchers.retain(|watcher| watcher.send(notice.clone()).is_ok());
        }
    }
}

impl Worker {
    /// Sends a frame by itself, after what has been put together.
    fn tell(&mut self, frame: Frame) {
        self.post();
        if let Some(peer) = &self.peer {
            peer.send(frame.encode(), None);
        }
    }

    /// Sends what has been put together.
    fn post(&mut self) {
        if let (Some(peer), false) = (&self.peer, self.parcel.is_empty()) {
            self.tasks = 0;
            let parcel = Vec::with_capacity(self.parcel.len());
            peer.send(std::mem::replace(&mut self.parcel, parcel), None);
        }
    }
}

/// Gives a worker the pipeline of a task that it has not seen.
fn introduce(w: &mut Worker, task: &Task, worker: Incarnation) {
    if w.known.insert(task.prepared.0.number) {
        let body = &task.prepared.0.body;
        Frame { kind: kind::PIPELINE, task: 0, attempt: 0, incarnation: worker, body }.append(&mut w.parcel);
    }
}

/// The life of one worker.
fn supervise(shared: &Arc<Shared>, worker: Incarnation) {
    let process = match start(shared, worker) {
        Ok(process) => process,
        Err(cause) => {
            bury(shared, worker, cause);
            return;
        }
    };
    let peer = &*process.peer;
    // Why we end it, where that says more than how it ended.
    let mut fault: Option<Error> = None;
    let mut ready = false;
    let mut ahead = Pieces::default();
    let status = loop {
        shared.stage(worker, peer);
        let heard = match peer.next(shared.set_alarm(worker)) {
            Next::Frame(bytes) if fault.is_none() => {
                listen(shared, worker, &bytes, &mut ahead).map(|()| ready = true)
            }
            Next::Fault(error) if fault.is_none() => Err(error),
            Next::Frame(_) | Next::Fault(_) | Next::Woken => Ok(()),
            Next::Timeout => {
                shared.event(Event::Tick);
                Ok(())
            }
            Next::Ended(status) => break status,
        };
        if let Err(error) = heard {
            fault = Some(error);
            ahead = Pieces::default();
            peer.kill();
        }
    };
    let ended = process.ended(&shared.program, ready, status);
    bury(shared, worker, fault.unwrap_or(ended));
}

/// Starts the process and says hello.
fn start(shared: &Arc<Shared>, worker: Incarnation) -> Result<Process, Error> {
    let process = shared.program.start(&*shared.transport)?;
    let mut setup = Vec::new();
    Setup { threads: shared.program.threads }.put(&mut setup);
    let frame = Frame { kind: kind::SETUP, task: 0, attempt: 0, incarnation: worker, body: &setup };
    process.peer.send(frame.encode(), None);
    let mut state = shared.lock();
    let ended = state.coordinator.is_ending(worker);
    if let Some(w) = state.workers.get_mut(&worker) {
        w.peer = Some(process.peer.clone());
    }
    if ended {
        process.peer.kill();
    }
    Ok(process)
}

/// Takes what a worker sent; an error is a worker that cannot be trusted any more.
fn listen(shared: &Arc<Shared>, worker: Incarnation, bytes: &[u8], ahead: &mut Pieces) -> Result<(), Error> {
    let mut answers = Vec::new();
    let mut rest = bytes;
    let mut fault = Ok(());
    while !rest.is_empty() && fault.is_ok() {
        let (frame, after) = split_frame(rest);
        rest = after;
        fault = Frame::decode(frame, FRAME_CAP).and_then(|frame| match frame.kind {
            kind::DONE | kind::PIXELS if frame.incarnation != worker => {
                Err(wrong("an answer meant for another worker"))
            }
            kind::DONE => {
                let pieces = ahead.take(&frame);
                answers.push((frame, pieces));
                Ok(())
            }
            // What nobody waits for is not kept.
            kind::PIXELS if !shared.lock().coordinator.has(worker, frame.task, frame.attempt) => Ok(()),
            kind::PIXELS => ahead.add(&frame),
            _ => other(shared, worker, &frame),
        });
    }
    shared.answered(worker, answers);
    fault
}

/// Takes a frame that is no answer.
fn other(shared: &Arc<Shared>, worker: Incarnation, frame: &Frame) -> Result<(), Error> {
    match frame.kind {
        kind::HELLO => {
            let hello = Hello::get(frame.body)?;
            hello.understood()?;
            if let Some(w) = shared.lock().workers.get_mut(&worker) {
                w.differs = hello.differs();
            }
            shared.event(Event::Ready(worker));
        }
        // Which task it was cannot be told from a damaged frame: all that this worker has run elsewhere.
        kind::REFUSED => return Err(Error::get(frame.body)?),
        kind::PONG => shared.event(Event::Heard(worker)),
        kind::PROGRESS => {
            let Progress { done, of } = Progress::get(frame.body)?;
            shared.event(Event::Heard(worker));
            let (task, attempt) = (frame.task, frame.attempt);
            let mut state = shared.lock();
            if state.coordinator.has(worker, task, attempt) {
                state.notify(|| Notice::Progress { task, attempt, done, of });
            }
        }
        other => return Err(wrong("no such kind of message").value(other)),
    }
    Ok(())
}

fn bury(shared: &Arc<Shared>, worker: Incarnation, cause: Error) {
    let mut state = shared.lock();
    state.workers.remove(&worker);
    shared.handle(&mut state, [Event::Died { worker, cause }], Vec::new());
    shared.release(state);
    shared.buried.notify_all();
}
