//! Assignment of tasks to workers: a state machine without I/O. Events go in, actions come out, time is an argument.
//!
//! It keeps true: every task has exactly one verdict; the death of a worker charges only the task it was
//! running; that task runs once more on a fresh worker and is then [`Code::Poisoned`]; no task is sent before there
//! is shared memory for it; workers that die before they do anything are not restarted for ever.

use rotifer_registry::{Code, Error};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Duration;

/// A task of a pool.
pub type TaskId = u64;
/// One life of a worker process; never used again.
pub type Incarnation = u32;
/// Time since the pool was made.
pub type Time = Duration;

/// Limits of a coordinator.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Workers that run tasks.
    pub workers: usize,
    /// Workers kept warm beside them, to take the place of one that dies.
    pub spares: usize,
    /// Bytes of shared memory at one time.
    pub memory: u64,
    /// Tasks a worker runs before it is replaced.
    pub recycle: Option<u64>,
    /// Time a worker has to report ready.
    pub start: Duration,
    /// Time a worker that runs a task may show no sign of life; half of it passes before it is asked for one.
    pub silence: Duration,
    /// Deaths without a task to blame that are allowed in [`STORM`].
    pub restarts: usize,
}

/// The window in which restarts are counted.
pub const STORM: Duration = Duration::from_secs(10);
/// Times each worker may be started in vain because it is not ready in time.
const LATE: usize = 2;
/// Time a worker has to end by itself.
const FAREWELL: Duration = Duration::from_secs(2);
/// Time a worker has to leave off a task that is no longer wanted.
pub const GRACE: Duration = Duration::from_millis(500);
/// Workers a task may end before it is given up.
const DEATHS: u32 = 2;
/// Times a task is tried again for what was not its fault.
const COLLATERAL: u32 = 3;
/// Tasks sent ahead to a worker so that it never waits: as many as take about this long.
const AHEAD: Duration = Duration::from_millis(1);
pub const MOST_AHEAD: usize = 128;

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Submit {
        task: TaskId,
        bytes: u64,
        limit: Option<Duration>,
    },
    /// A worker has reported and speaks our language.
    Ready(Incarnation),
    /// A task's pixels lie in shared memory and the task is on its way. Tasks of no bytes are sent at once.
    Sent {
        worker: Incarnation,
        task: TaskId,
    },
    /// There was no shared memory for a task.
    NotStaged {
        worker: Incarnation,
        task: TaskId,
        error: Error,
    },
    /// A worker has answered.
    Answered {
        worker: Incarnation,
        task: TaskId,
        attempt: u32,
        answer: Answer,
    },
    /// A worker has shown a sign of life.
    Heard(Incarnation),
    /// A worker is gone.
    Died {
        worker: Incarnation,
        cause: Error,
    },
    Cancel(TaskId),
    /// Time has passed.
    Tick,
    /// No more tasks will come: end the workers when all is done.
    Close,
    /// End now.
    Kill,
}

/// A worker's answer to a task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    /// Done, or a typed error: final.
    Final { retire: bool },
    /// Not done, and not the task's fault: the GPU was lost.
    Again { retire: bool },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Spawn(Incarnation),
    /// Send the task. One that has bytes: put its pixels into shared memory first, and report [`Event::Sent`].
    Send {
        worker: Incarnation,
        task: TaskId,
        attempt: u32,
    },
    /// The answer holds the outcome of the task.
    Deliver {
        task: TaskId,
        attempt: u32,
    },
    /// The task ends with this error.
    Fail(TaskId, Error),
    /// The task is tried again, for this reason.
    Retry(TaskId, Error),
    /// Ask the worker to leave off a task; what it answers is not waited for.
    Abandon {
        worker: Incarnation,
        task: TaskId,
        attempt: u32,
    },
    /// Ask the worker for a sign of life.
    Ping(Incarnation),
    /// Close the channel: the worker ends by itself.
    Retire(Incarnation),
    Kill(Incarnation),
}

struct Task {
    bytes: u64,
    limit: Option<Duration>,
    attempt: u32,
    deaths: u32,
    collateral: u32,
    worker: Option<Incarnation>,
    /// When it got its verdict while a worker had it. Its memory is not free before the worker is done with it.
    abandoned: Option<Time>,
}

#[derive(Clone, Copy, PartialEq)]
enum Life {
    Starting {
        since: Time,
        late: bool,
    },
    Ready,
    /// Told to end, or killed by us: what it still holds is not to blame.
    Ending {
        since: Time,
    },
}

struct Worker {
    life: Life,
    /// Tasks whose pixels are being copied.
    staging: Vec<TaskId>,
    /// Tasks sent, in order; the first is running.
    sent: VecDeque<TaskId>,
    /// When the first of them began.
    since: Time,
    served: u64,
    /// Time a task takes here, lately.
    pace: Duration,
    /// Runs a task that has ended another worker, and nothing beside it.
    alone: bool,
    /// Its last sign of life while it had something to do.
    heard: Time,
    /// It was asked for a sign of life since.
    asked: bool,
    /// It gave none, and was killed for that.
    mute: bool,
}

impl Worker {
    fn load(&self) -> usize {
        self.staging.len() + self.sent.len()
    }

    /// A task is on its way to this worker.
    fn sent(&mut self, now: Time, task: TaskId) {
        if self.sent.is_empty() {
            (self.since, self.heard, self.asked) = (now, now, false);
        }
        self.sent.push_back(task);
    }

    fn ending(&self) -> bool {
        matches!(self.life, Life::Ending { .. })
    }

    fn fresh(&self) -> bool {
        self.life == Life::Ready && self.served == 0 && self.load() == 0
    }
}

pub struct Coordinator {
    limits: Limits,
    tasks: HashMap<TaskId, Task>,
    queue: VecDeque<TaskId>,
    /// Tasks that have ended a worker, or lost a GPU, waiting for a fresh one.
    suspects: VecDeque<TaskId>,
    workers: BTreeMap<Incarnation, Worker>,
    next: Incarnation,
    in_use: u64,
    /// Bytes there seem to be: fewer than the limit after some could not be had.
    memory: u64,
    failures: VecDeque<Time>,
    /// Workers that were not ready in time, since one was.
    late: usize,
    closing: bool,
    /// Why no worker is started any more.
    stopped: Option<Error>,
}

impl Coordinator {
    pub fn new(limits: Limits) -> Coordinator {
        Coordinator {
            memory: limits.memory,
            limits,
            tasks: HashMap::new(),
            queue: VecDeque::new(),
            suspects: VecDeque::new(),
            workers: BTreeMap::new(),
            next: 0,
            in_use: 0,
            failures: VecDeque::new(),
            late: 0,
            closing: false,
            stopped: None,
        }
    }

    /// Tasks without a verdict.
    pub fn open_tasks(&self) -> usize {
        self.tasks.values().filter(|t| t.abandoned.is_none()).count()
    }

    /// Tasks without a verdict that no worker has begun.
    pub fn unbegun(&self) -> Vec<TaskId> {
        let begun: HashSet<TaskId> = self.workers.values().filter_map(|w| w.sent.front().copied()).collect();
        let waits =
            |(task, t): (&TaskId, &Task)| (t.abandoned.is_none() && !begun.contains(task)).then_some(*task);
        self.tasks.iter().filter_map(waits).collect()
    }

    /// Workers that are not known to be gone.
    pub fn live_workers(&self) -> usize {
        self.workers.len()
    }

    /// Bytes of shared memory given to tasks.
    pub fn memory_in_use(&self) -> u64 {
        self.in_use
    }

    /// When this worker's next deadline passes.
    pub fn wake_at(&self, worker: Incarnation) -> Option<Time> {
        let w = self.workers.get(&worker)?;
        match w.life {
            Life::Starting { since, .. } => Some(since + self.limits.start),
            Life::Ready => {
                let task = self.tasks.get(w.sent.front()?)?;
                let end = match task.abandoned {
                    Some(at) => Some(at.max(w.since) + GRACE),
                    None => task.limit.map(|limit| w.since + limit),
                };
                let silence = if w.asked { self.limits.silence } else { self.patience() };
                let sign = w.heard + silence;
                Some(end.map_or(sign, |end| end.min(sign)))
            }
            Life::Ending { since } => Some(since + FAREWELL),
        }
    }

    /// Time that a worker with a task may be silent before it is asked for a sign of life.
    pub fn patience(&self) -> Duration {
        self.limits.silence / 2
    }

    /// Whether a worker has been told to end.
    pub fn is_ending(&self, worker: Incarnation) -> bool {
        self.workers.get(&worker).is_none_or(Worker::ending)
    }

    /// Takes one event and says what to do.
    pub fn handle(&mut self, now: Time, event: Event) -> Vec<Action> {
        let mut out = Vec::new();
        self.handle_all(now, [event], &mut out);
        out
    }

    /// Takes events of one moment, and says what to do about all of them.
    pub fn handle_all(&mut self, now: Time, events: impl IntoIterator<Item = Event>, out: &mut Vec<Action>) {
        let mut changed = false;
        for event in events {
            changed |= self.take(now, event, out);
        }
        if changed {
            self.staff(now, out);
            self.hand_out(now, out);
        }
    }

    /// Takes an event; true if there may now be work for a worker, or a worker for work.
    fn take(&mut self, now: Time, event: Event, out: &mut Vec<Action>) -> bool {
        match event {
            Event::Submit { task, bytes, limit } => {
                if let Some(error) = &self.stopped {
                    out.push(Action::Fail(task, error.clone()));
                    return false;
                }
                let new = Task {
                    bytes,
                    limit,
                    attempt: 0,
                    deaths: 0,
                    collateral: 0,
                    worker: None,
                    abandoned: None,
                };
                self.tasks.insert(task, new);
                self.queue.push_back(task);
            }
            Event::Ready(worker) => {
                if let Some(w) = self.workers.get_mut(&worker)
                    && matches!(w.life, Life::Starting { .. })
                {
                    w.life = Life::Ready;
                    self.late = 0;
                }
            }
            Event::Sent { worker, task } => {
                if let Some(w) = self.workers.get_mut(&worker)
                    && let Some(i) = w.staging.iter().position(|t| *t == task)
                {
                    w.staging.swap_remove(i);
                    w.sent(now, task);
                }
                return false;
            }
            Event::NotStaged { worker, task, error } => self.not_staged(worker, task, error, out),
            Event::Answered { worker, task, attempt, answer } => {
                self.answered(now, worker, task, attempt, answer, out);
            }
            Event::Heard(worker) => {
                self.heard(now, worker);
                return false;
            }
            Event::Died { worker, cause } => self.died(now, worker, cause, out),
            Event::Cancel(task) => {
                let error = Error::new(Code::Cancelled, "the task was cancelled");
                self.end_task(now, task, error, out);
            }
            Event::Tick => self.tick(now, out),
            Event::Close => self.closing = true,
            Event::Kill => {
                self.closing = true;
                self.fail_all(&Error::new(Code::Cancelled, "the pool was ended"), out);
                for (id, w) in &mut self.workers {
                    w.life = Life::Ending { since: now };
                    out.push(Action::Kill(*id));
                }
            }
        }
        true
    }

    /// Whether this worker has this attempt at a task.
    pub fn has(&self, worker: Incarnation, task: TaskId, attempt: u32) -> bool {
        let fits = |t: &Task| t.worker == Some(worker) && t.attempt == attempt && t.abandoned.is_none();
        self.tasks.get(&task).is_some_and(fits)
    }

    /// Whether a task is still to be sent to this worker: pixels may have been copied for nothing.
    pub fn is_staging(&self, worker: Incarnation, task: TaskId) -> bool {
        self.workers.get(&worker).is_some_and(|w| w.staging.contains(&task))
    }

    /// Drops a task and gives back its memory.
    fn forget(&mut self, task: TaskId) -> Option<Task> {
        let known = self.tasks.remove(&task)?;
        match known.worker {
            Some(worker) => {
                self.in_use -= known.bytes;
                if let Some(w) = self.workers.get_mut(&worker) {
                    w.staging.retain(|t| *t != task);
                    w.sent.retain(|t| *t != task);
                }
            }
            None => {
                self.queue.retain(|t| *t != task);
                self.suspects.retain(|t| *t != task);
            }
        }
        Some(known)
    }

    /// Takes a task back from its worker to run it again.
    fn take_back(&mut self, task: TaskId, suspect: bool, cause: &Error, out: &mut Vec<Action>) {
        let Some(t) = self.tasks.get_mut(&task) else { return };
        if t.abandoned.is_some() {
            self.forget(task);
            return;
        }
        if t.worker.take().is_some() {
            self.in_use -= t.bytes;
        }
        t.attempt += 1;
        if suspect {
            self.suspects.push_back(task);
        } else {
            self.queue.push_front(task);
        }
        out.push(Action::Retry(task, cause.clone()));
    }

    /// Ends a task with an error. A worker that has it is asked to leave it off, and is killed if it does not.
    fn end_task(&mut self, now: Time, task: TaskId, error: Error, out: &mut Vec<Action>) {
        let Some(t) = self.tasks.get_mut(&task).filter(|t| t.abandoned.is_none()) else { return };
        let holder = t.worker.filter(|w| self.workers.get(w).is_some_and(|w| w.sent.contains(&task)));
        if let Some(worker) = holder {
            t.abandoned = Some(now);
            out.push(Action::Abandon { worker, task, attempt: t.attempt });
        } else {
            self.forget(task);
        }
        out.push(Action::Fail(task, error));
    }

    fn heard(&mut self, now: Time, worker: Incarnation) {
        if let Some(w) = self.workers.get_mut(&worker) {
            (w.heard, w.asked) = (now, false);
        }
    }

    fn kill(&mut self, now: Time, id: Incarnation, out: &mut Vec<Action>) {
        if let Some(w) = self.workers.get_mut(&id)
            && !w.ending()
        {
            w.life = Life::Ending { since: now };
            out.push(Action::Kill(id));
        }
    }

    fn not_staged(&mut self, worker: Incarnation, task: TaskId, error: Error, out: &mut Vec<Action>) {
        let Some(w) = self.workers.get_mut(&worker) else { return };
        let Some(i) = w.staging.iter().position(|t| *t == task) else { return };
        w.staging.swap_remove(i);
        let Some(t) = self.tasks.get_mut(&task) else { return };
        let others = self.in_use - t.bytes;
        if others > 0 {
            // There is less than we thought. Wait until some of it comes back.
            self.memory = others;
            t.worker = None;
            self.in_use = others;
            self.queue.push_front(task);
        } else {
            self.forget(task);
            out.push(Action::Fail(task, error));
        }
    }

    fn answered(
        &mut self,
        now: Time,
        worker: Incarnation,
        task: TaskId,
        attempt: u32,
        answer: Answer,
        out: &mut Vec<Action>,
    ) {
        // Duplicates and what comes too late fit no task of this worker and attempt.
        let Some(t) = self.tasks.get_mut(&task).filter(|t| t.worker == Some(worker) && t.attempt == attempt)
        else {
            return;
        };
        let Some(w) = self.workers.get_mut(&worker) else { return };
        let Some(place) = w.sent.iter().position(|sent| *sent == task) else { return };
        w.sent.remove(place);
        w.pace = (w.pace * 3 + now.saturating_sub(w.since)) / 4;
        (w.since, w.heard, w.asked) = (now, now, false);
        w.served += 1;
        let (Answer::Final { retire } | Answer::Again { retire }) = answer;
        if retire && w.life == Life::Ready {
            w.life = Life::Ending { since: now };
            out.push(Action::Retire(worker));
        }
        if matches!(answer, Answer::Again { .. }) && t.collateral < COLLATERAL {
            t.collateral += 1;
            self.take_back(task, true, &Error::new(Code::Device, "the GPU was lost"), out);
            return;
        }
        self.in_use -= t.bytes;
        if t.abandoned.is_none() {
            out.push(Action::Deliver { task, attempt });
        }
        self.tasks.remove(&task);
    }

    fn died(&mut self, now: Time, worker: Incarnation, mut cause: Error, out: &mut Vec<Action>) {
        let Some(w) = self.workers.remove(&worker) else { return };
        match w.life {
            Life::Starting { late: true, .. } => {
                cause.message =
                    format!("a worker was not ready within {:?}: {}", self.limits.start, cause.message);
            }
            _ if w.mute => {
                cause.message = format!("a worker gave no sign of life for {:?}", self.limits.silence);
                cause.cause = None;
            }
            _ => {}
        }
        let running = w.sent.front().copied().filter(|_| w.life == Life::Ready);
        // Backwards, as each goes to the front of the queue.
        let innocent: Vec<TaskId> =
            w.sent.iter().skip(running.is_some() as usize).chain(&w.staging).copied().collect();
        innocent.into_iter().rev().for_each(|task| self.take_back(task, false, &cause, out));
        if let Some(task) = running {
            let deaths = self.tasks.get_mut(&task).map_or(0, |t| {
                t.deaths += 1;
                t.deaths
            });
            if deaths < DEATHS {
                self.take_back(task, true, &cause, out);
            } else if self.forget(task).is_some_and(|t| t.abandoned.is_none()) {
                cause.message = format!("given up after ending {deaths} workers: {}", cause.message);
                cause.code = Code::Poisoned;
                out.push(Action::Fail(task, cause));
            }
        } else if !w.ending() {
            // Nothing to blame: it never started, or was killed while it waited.
            self.failures.retain(|t| now.saturating_sub(*t) < STORM);
            self.failures.push_back(now);
            self.late += matches!(w.life, Life::Starting { late: true, .. }) as usize;
            if self.failures.len() > self.limits.restarts || self.late > LATE * self.wanted() {
                self.stop(now, cause, out);
            }
        }
    }

    /// Workers keep dying: start no more, and say so to every task.
    fn stop(&mut self, now: Time, mut cause: Error, out: &mut Vec<Action>) {
        cause.message = format!("workers keep ending without having done anything: {}", cause.message);
        self.fail_all(&cause, out);
        let all: Vec<Incarnation> = self.workers.keys().copied().collect();
        all.into_iter().for_each(|id| self.kill(now, id, out));
    }

    /// Every task ends with this error, and so does every later one.
    fn fail_all(&mut self, error: &Error, out: &mut Vec<Action>) {
        self.queue.clear();
        self.suspects.clear();
        let mut open: Vec<TaskId> = self.tasks.keys().copied().collect();
        open.sort_unstable();
        for task in open {
            if self.forget(task).is_some_and(|t| t.abandoned.is_none()) {
                out.push(Action::Fail(task, error.clone()));
            }
        }
        self.stopped = Some(error.clone());
    }

    fn tick(&mut self, now: Time, out: &mut Vec<Action>) {
        let ids: Vec<Incarnation> = self.workers.keys().copied().collect();
        for id in ids {
            if self.wake_at(id).is_none_or(|at| now < at) {
                continue;
            }
            match self.workers.get(&id).map(|w| (w.life, w.sent.front().copied())) {
                // Not `Ending`: this counts as a failure to start.
                Some((Life::Starting { .. }, _)) => {
                    self.workers.entry(id).and_modify(|w| w.life = Life::Starting { since: now, late: true });
                    out.push(Action::Kill(id));
                }
                Some((Life::Ending { .. }, _)) => {
                    self.workers.entry(id).and_modify(|w| w.life = Life::Ending { since: now });
                    out.push(Action::Kill(id));
                }
                Some((Life::Ready, Some(task))) => self.overdue(now, id, task, out),
                _ => {}
            }
        }
    }

    /// A worker that runs a task has done so for too long, or has been silent for too long.
    fn overdue(&mut self, now: Time, id: Incarnation, task: TaskId, out: &mut Vec<Action>) {
        let patience = self.patience();
        let (Some(w), Some(t)) = (self.workers.get_mut(&id), self.tasks.get(&task)) else { return };
        if w.asked && now >= w.heard + self.limits.silence {
            // Not `Ending`: the task has this death to answer for.
            w.mute = true;
            w.heard = now;
            out.push(Action::Kill(id));
        } else if !w.asked && now >= w.heard + patience {
            w.asked = true;
            out.push(Action::Ping(id));
        }
        match (t.abandoned, t.limit) {
            (Some(at), _) if now >= at.max(w.since) + GRACE => self.kill(now, id, out),
            (None, Some(limit)) if now >= w.since + limit => {
                let message = format!("not done within {:.3} s", limit.as_secs_f64());
                let error = Error::new(Code::Cancelled, message).help("give it a longer deadline");
                self.end_task(now, task, error, out);
            }
            _ => {}
        }
    }

    /// Starts workers until there are enough; ends them when all is done.
    fn staff(&mut self, now: Time, out: &mut Vec<Action>) {
        if self.closing && self.tasks.is_empty() {
            for (id, w) in &mut self.workers {
                match w.life {
                    Life::Ready => out.push(Action::Retire(*id)),
                    Life::Starting { .. } => out.push(Action::Kill(*id)),
                    Life::Ending { .. } => continue,
                }
                w.life = Life::Ending { since: now };
            }
            return;
        }
        if self.stopped.is_some() {
            return;
        }
        if let Some(n) = self.limits.recycle {
            for (id, w) in &mut self.workers {
                if w.life == Life::Ready && w.load() == 0 && w.served >= n.max(1) {
                    w.life = Life::Ending { since: now };
                    out.push(Action::Retire(*id));
                }
            }
        }
        // A suspect needs a worker that has run nothing; if none is here or coming, one makes room.
        let coming = |w: &Worker| matches!(w.life, Life::Starting { .. }) || w.fresh();
        if !self.suspects.is_empty()
            && !self.workers.values().any(coming)
            && self.workers.values().filter(|w| !w.ending()).count() >= self.wanted()
            && let Some((id, w)) =
                self.workers.iter_mut().find(|(_, w)| w.life == Life::Ready && w.load() == 0)
        {
            w.life = Life::Ending { since: now };
            out.push(Action::Retire(*id));
        }
        let mut alive = self.workers.values().filter(|w| !w.ending()).count();
        while alive < self.wanted() {
            let id = self.next;
            self.next += 1;
            self.workers.insert(
                id,
                Worker {
                    life: Life::Starting { since: now, late: false },
                    staging: Vec::new(),
                    sent: VecDeque::new(),
                    since: now,
                    served: 0,
                    pace: Duration::from_millis(10),
                    alone: false,
                    heard: now,
                    asked: false,
                    mute: false,
                },
            );
            out.push(Action::Spawn(id));
            alive += 1;
        }
    }

    fn wanted(&self) -> usize {
        self.limits.workers + self.limits.spares
    }

    /// Gives waiting tasks to workers with room, the least loaded first.
    fn hand_out(&mut self, now: Time, out: &mut Vec<Action>) {
        if self.in_use == 0 {
            self.memory = self.limits.memory;
        }
        while let Some(&task) = self.suspects.front() {
            if !self.fits(task) {
                return;
            }
            let Some(id) = self.choose(|w| w.fresh(), 0) else { break };
            self.suspects.pop_front();
            self.give(now, id, task, true, out);
        }
        // A fresh worker is left to a suspect that waits for it.
        let reserved = !self.suspects.is_empty();
        while let Some(&task) = self.queue.front() {
            // Ahead only while there is enough for everyone, so that no worker idles at the end.
            let share = self.queue.len() / (2 * self.limits.workers.max(1));
            let Some(id) = self.choose(|w| !(reserved && w.fresh()), share) else { return };
            let most = self.workers.get(&id).map_or(1, |w| self.ahead(w, share));
            // A worker that needs tasks is filled at once: short ones travel together.
            let mut next = Some(task);
            while let Some(task) = next.filter(|t| self.fits(*t)) {
                self.queue.pop_front();
                self.give(now, id, task, false, out);
                let room = self.workers.get(&id).is_some_and(|w| w.load() < most);
                next = self.queue.front().copied().filter(|_| room);
            }
            if next.is_some() {
                return;
            }
        }
    }

    /// Tasks this worker may hold, where `share` is a fair part of what waits.
    fn ahead(&self, w: &Worker, share: usize) -> usize {
        let pace = w.pace.max(Duration::from_micros(1));
        let ahead = (1 + AHEAD.as_nanos() / pace.as_nanos()) as usize;
        let left = self.limits.recycle.map_or(usize::MAX, |n| (n.max(1) - w.served.min(n)) as usize);
        ahead.clamp(2, MOST_AHEAD).min(1 + share).min(left)
    }

    /// Whether there is memory for a task now. One that is larger than all of it may still run by itself.
    fn fits(&self, task: TaskId) -> bool {
        let bytes = self.tasks.get(&task).map_or(0, |t| t.bytes);
        bytes == 0 || self.in_use == 0 || self.in_use + bytes <= self.memory
    }

    /// The least loaded worker whose tasks run out.
    fn choose(&self, fit: impl Fn(&Worker) -> bool, share: usize) -> Option<Incarnation> {
        let busy = self.workers.values().filter(|w| w.load() > 0 && !w.ending()).count();
        let room = |w: &Worker| {
            w.life == Life::Ready
                && !w.mute
                && !(w.alone && w.load() > 0)
                && w.load() * 2 <= self.ahead(w, share)
                && w.load() < self.ahead(w, share)
                && (w.load() > 0 || busy < self.limits.workers)
                && fit(w)
        };
        let found = self.workers.iter().filter(|(_, w)| room(w));
        // Spares stay fresh as long as they can.
        found.min_by_key(|(id, w)| (w.load(), w.served == 0, **id)).map(|(id, _)| *id)
    }

    fn give(&mut self, now: Time, id: Incarnation, task: TaskId, alone: bool, out: &mut Vec<Action>) {
        let (Some(w), Some(t)) = (self.workers.get_mut(&id), self.tasks.get_mut(&task)) else { return };
        w.alone = alone;
        match t.bytes {
            0 => w.sent(now, task),
            _ => w.staging.push(task),
        }
        t.worker = Some(id);
        self.in_use += t.bytes;
        out.push(Action::Send { worker: id, task, attempt: t.attempt });
    }
}
