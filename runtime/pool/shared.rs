//! The state that the threads of a pool share, and the coordinator's actions.

use super::coordinator::{Action, Coordinator, Event, Incarnation, Limits, MOST_AHEAD, TaskId};
use super::memory::{Memory, Slab};
use super::messages::{INLINE, Job, kind, put_task};
use super::notice::Notice;
use super::prepared::Prepared;
use super::process::Program;
use super::transport::{Peer, Transport};
use crate::execute::Outcome;
use rotifer_registry::wire::{Frame, frames_pixels};
use rotifer_registry::{Code, Error};
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

/// The life of a worker, on a thread of its own.
pub type Life = fn(&Arc<Shared>, Incarnation);

/// The state that the threads of a pool share.
pub struct Shared {
    state: Mutex<State>,
    /// Signalled when a worker has ended.
    pub(super) ended: Condvar,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) memory: Arc<dyn Memory>,
    pub(super) program: Program,
    /// The work of a worker's thread.
    life: Life,
    pub(super) budget: u64,
    start: Instant,
}

pub(super) struct State {
    pub(super) coordinator: Coordinator,
    pub(super) tasks: HashMap<TaskId, Task>,
    pub(super) workers: HashMap<Incarnation, Worker>,
    pub(super) free: Vec<Arc<dyn Slab>>,
    next: TaskId,
    watchers: Vec<Sender<Notice>>,
    /// The last words of the coordinator; empty between events.
    actions: Vec<Action>,
    /// Outcomes that are to be delivered.
    verdicts: Vec<(Sink, Vec<Finished>)>,
}

pub(super) struct Task {
    pub(super) prepared: Prepared,
    pub(super) load: Load,
    pub(super) slab: Option<Arc<dyn Slab>>,
    /// Has a deadline.
    limited: bool,
    sink: Sink,
}

/// The load of a task.
pub(super) enum Load {
    /// Its body, pixels and all.
    Body(Vec<u8>),
    /// So many bytes of shared memory, for its pixels and its result.
    Shared(Arc<Job>, u64),
}

#[derive(Default)]
pub(super) struct Worker {
    pub(super) peer: Option<Arc<dyn Peer>>,
    /// Pipelines it has been sent.
    known: HashSet<u64>,
    /// Frames that leave together.
    parcel: Vec<u8>,
    /// Tasks among them.
    tasks: usize,
    /// Tasks whose pixels are to be copied.
    pub(super) to_stage: VecDeque<(TaskId, u32)>,
    /// It was sent a task since the last release.
    pub(super) given: bool,
    /// Where it is another program than this one.
    pub(super) differs: Option<String>,
    /// When its thread wakes at the latest.
    alarm: Duration,
}

impl Shared {
    pub fn new(
        limits: Limits,
        transport: Arc<dyn Transport>,
        memory: Arc<dyn Memory>,
        program: Program,
        life: Life,
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
            ended: Condvar::new(),
            transport,
            memory,
            program,
            life,
            budget,
            start: Instant::now(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
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

    /// Waits until every worker has ended.
    pub fn wait_empty(&self) {
        let mut state = self.lock();
        while state.coordinator.live_workers() > 0 {
            state = self.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Tells the coordinator what has happened, with the results of tasks that were answered, and does what it says.
    pub(super) fn handle(
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
                        .spawn(move || (shared.life)(&shared, worker));
                    if let Err(error) = started {
                        let cause = Error::new(Code::WorkerDied, "no thread for a worker").because(&error);
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
    pub(super) fn set_alarm(&self, worker: Incarnation) -> Option<Duration> {
        let now = self.start.elapsed();
        let mut state = self.lock();
        let alarm = state.coordinator.wake_at(worker).unwrap_or_else(|| now + state.coordinator.patience());
        if let Some(w) = state.workers.get_mut(&worker) {
            w.alarm = alarm;
        }
        Some(alarm.saturating_sub(now))
    }

    /// Sends what has been put together, unlocks, and delivers the outcomes.
    pub(super) fn release(&self, mut state: MutexGuard<State>) {
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
    pub(super) fn notify(&mut self, notice: impl FnOnce() -> Notice) {
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
    pub(super) fn post(&mut self) {
        if let (Some(peer), false) = (&self.peer, self.parcel.is_empty()) {
            self.tasks = 0;
            let parcel = Vec::with_capacity(self.parcel.len());
            peer.send(std::mem::replace(&mut self.parcel, parcel), None);
        }
    }
}

/// Gives a worker the pipeline of a task that it has not seen.
pub(super) fn introduce(w: &mut Worker, task: &Task, worker: Incarnation) {
    if w.known.insert(task.prepared.0.number) {
        let body = &task.prepared.0.body;
        Frame { kind: kind::PIPELINE, task: 0, attempt: 0, incarnation: worker, body }.append(&mut w.parcel);
    }
}
