//! The coordinator against a simulated world with a virtual clock: random workers that start, answer, answer twice,
//! die and hang, and random tasks. What must hold is asked after every event.

use rotifer::pool::coordinator::*;
use rotifer::registry::{Code, Error};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

struct World {
    state: u64,
    now: Time,
    coordinator: Coordinator,
    limits: Limits,
    /// Tasks each worker was sent and has not answered, in order.
    workers: BTreeMap<Incarnation, Simulated>,
    bytes: HashMap<TaskId, u64>,
    /// Of the tasks whose pixels are being copied.
    attempts: HashMap<TaskId, u32>,
    verdicts: HashMap<TaskId, Result<(), Code>>,
    /// Times a task was running when its worker died by itself.
    charged: HashMap<TaskId, u32>,
    /// Answers that were given before, to be given again.
    old: Vec<(Incarnation, TaskId, u32)>,
}

#[derive(Default)]
struct Simulated {
    ready: bool,
    killed: bool,
    /// Killed because it was silent, which its task has to answer for.
    mute: bool,
    retired: bool,
    tasks: VecDeque<(TaskId, u32)>,
}

impl World {
    fn new(seed: u64) -> World {
        let mut world = World {
            state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            now: Duration::ZERO,
            limits: Limits {
                workers: 1,
                spares: 0,
                memory: 100,
                recycle: None,
                start: Duration::from_secs(5),
                silence: Duration::from_secs(1),
                restarts: 1_000_000,
            },
            coordinator: Coordinator::new(Limits {
                workers: 1,
                spares: 0,
                memory: 0,
                recycle: None,
                start: Duration::ZERO,
                silence: Duration::ZERO,
                restarts: 0,
            }),
            workers: BTreeMap::new(),
            bytes: HashMap::new(),
            attempts: HashMap::new(),
            verdicts: HashMap::new(),
            charged: HashMap::new(),
            old: Vec::new(),
        };
        world.limits.workers = 1 + world.random(4);
        world.limits.spares = world.random(2);
        world.limits.silence = Duration::from_millis([40, 1000, 30_000][world.random(3)]);
        world.limits.recycle = [None, None, Some(1), Some(3)][world.random(4)];
        world.coordinator = Coordinator::new(world.limits.clone());
        world
    }

    fn random(&mut self, below: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) as usize % below.max(1)
    }

    /// Tells the coordinator, and does what it says as the pool does.
    fn event(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            if let Event::Sent { worker, task } = event {
                // In the meantime it may have been taken back.
                if !self.coordinator.is_staging(worker, task) {
                    continue;
                }
                let w = self.workers.get_mut(&worker).expect("a worker that is there");
                w.tasks.push_back((task, self.attempts[&task]));
            }
            let actions = self.coordinator.handle(self.now, event);
            actions.into_iter().for_each(|action| events.extend(self.act(action)));
        }
        let alive = self.workers.values().filter(|w| !w.killed && !w.retired).count();
        assert!(alive <= self.limits.workers + self.limits.spares, "{alive} workers");
    }

    /// Does what the coordinator says; gives what comes of it.
    fn act(&mut self, action: Action) -> Option<Event> {
        match action {
            Action::Spawn(id) => {
                assert!(
                    self.workers.insert(id, Simulated::default()).is_none(),
                    "incarnations are not used twice"
                );
            }
            Action::Send { worker, task, attempt } => {
                let w = self.workers.get_mut(&worker).expect("a worker that is there");
                assert!(w.ready && !w.killed && !w.retired, "tasks go to workers that can run them");
                assert!(!self.verdicts.contains_key(&task), "a task with a verdict is not sent");
                if self.bytes[&task] == 0 {
                    w.tasks.push_back((task, attempt));
                    return None;
                }
                if self.state.is_multiple_of(13) {
                    let error = Error::new(Code::Unavailable, "no memory");
                    return Some(Event::NotStaged { worker, task, error });
                }
                self.attempts.insert(task, attempt);
                return Some(Event::Sent { worker, task });
            }
            Action::Deliver { task, .. } => self.verdict(task, Ok(())),
            Action::Fail(task, error) => self.verdict(task, Err(error.code)),
            Action::Retry(..) => {}
            Action::Abandon { worker, task, attempt } => {
                let w = self.workers.get(&worker).expect("a worker that is there");
                assert!(w.tasks.contains(&(task, attempt)), "a worker is asked to leave off what it has");
            }
            Action::Ping(id) => {
                let w = self.workers.get(&id).expect("a worker that is there");
                assert!(w.ready && !w.tasks.is_empty(), "idle workers are left alone");
                if self.state.is_multiple_of(3) {
                    return Some(Event::Heard(id));
                }
            }
            Action::Retire(id) => self.workers.get_mut(&id).expect("a worker that is there").retired = true,
            Action::Kill(id) => {
                let mute = !self.coordinator.is_ending(id);
                if let Some(w) = self.workers.get_mut(&id) {
                    w.mute |= mute && !w.killed;
                    w.killed = true;
                }
            }
        }
        None
    }

    fn verdict(&mut self, task: TaskId, verdict: Result<(), Code>) {
        if verdict == Err(Code::Poisoned) {
            assert!(
                self.charged.get(&task).is_some_and(|n| *n >= 2),
                "only what has ended two workers is given up"
            );
        }
        assert!(self.bytes.contains_key(&task));
        assert!(self.verdicts.insert(task, verdict).is_none(), "one verdict for a task");
    }

    fn some_worker(&mut self) -> Option<Incarnation> {
        let ids: Vec<Incarnation> = self.workers.keys().copied().collect();
        let i = self.random(ids.len());
        ids.get(i).copied()
    }

    fn answer(&mut self, worker: Incarnation, answer: Answer) {
        let Some((task, attempt)) = self.workers.get_mut(&worker).and_then(|w| w.tasks.pop_front()) else {
            return;
        };
        self.old.push((worker, task, attempt));
        self.event(Event::Answered { worker, task, attempt, answer });
    }

    fn die(&mut self, worker: Incarnation) {
        let Some(w) = self.workers.remove(&worker) else { return };
        let blame = w.mute || !w.killed && !w.retired;
        if let (true, Some((task, _))) = (blame, w.tasks.front()) {
            *self.charged.entry(*task).or_default() += 1;
        }
        self.event(Event::Died { worker, cause: Error::new(Code::WorkerDied, "simulated") });
    }

    fn step(&mut self, next: &mut TaskId, kind: usize) {
        let passed = self.random(5000) as u64;
        self.now += Duration::from_micros(passed);
        let worker = self.some_worker();
        match (kind, worker) {
            (0..=2, _) => {
                let bytes = [0, 0, 10, 60, 500][self.random(5)];
                let limit = [None, Some(Duration::from_millis(20))][self.random(2)];
                self.bytes.insert(*next, bytes);
                self.event(Event::Submit { task: *next, bytes, limit });
                *next += 1;
            }
            (3..=4, Some(id)) if !self.workers[&id].ready && !self.workers[&id].killed => {
                self.workers.get_mut(&id).expect("a worker that is there").ready = true;
                self.event(Event::Ready(id));
            }
            (5..=8, Some(id)) if !self.workers[&id].killed => {
                self.answer(id, Answer::Final { retire: false })
            }
            (9, Some(id)) if !self.workers[&id].killed => match self.random(6) {
                0 => self.answer(id, Answer::Final { retire: true }),
                1 => self.answer(id, Answer::Again { retire: true }),
                2 => self.answer(id, Answer::Again { retire: false }),
                _ => {}
            },
            (10, Some(id)) => self.die(id),
            (11, Some(id)) if self.workers[&id].killed || self.workers[&id].retired => self.die(id),
            (12, _) => {
                let i = self.random(self.old.len());
                if let Some(&(worker, task, attempt)) = self.old.get(i) {
                    self.event(Event::Answered {
                        worker,
                        task,
                        attempt,
                        answer: Answer::Final { retire: false },
                    });
                }
            }
            (13, _) => {
                let task = self.random(*next as usize) as TaskId;
                self.event(Event::Cancel(task));
            }
            (14, _) => {
                self.now += Duration::from_millis(30);
                self.event(Event::Tick);
            }
            _ => {}
        }
    }
}

#[test]
fn every_task_has_one_verdict_whatever_happens() {
    for seed in 0..3000 {
        let mut world = World::new(seed);
        world.event(Event::Tick);
        let mut next = 1;
        for _ in 0..400 {
            let kind = world.random(15);
            world.step(&mut next, kind);
        }
        // Now a world in which nothing more goes wrong.
        world.event(Event::Close);
        for round in 0.. {
            assert!(round < 100_000, "seed {seed}: {} tasks are never done", world.coordinator.open_tasks());
            if world.workers.is_empty() && world.coordinator.open_tasks() == 0 {
                break;
            }
            let kind = [3, 5, 11][round % 3];
            world.step(&mut next, kind);
            if round % 50 == 0 {
                world.now += Duration::from_secs(3);
                world.event(Event::Tick);
            }
        }
        assert_eq!(world.verdicts.len(), world.bytes.len(), "seed {seed}");
        assert_eq!(world.coordinator.memory_in_use(), 0, "seed {seed}");
        assert_eq!(world.coordinator.live_workers(), 0, "seed {seed}");
    }
}

fn limits(workers: usize) -> Limits {
    Limits {
        workers,
        spares: 0,
        memory: 100,
        recycle: None,
        start: Duration::from_secs(5),
        silence: Duration::from_secs(30),
        restarts: 3,
    }
}

fn died(worker: Incarnation) -> Event {
    Event::Died { worker, cause: Error::new(Code::WorkerDied, "it ended") }
}

#[test]
fn workers_that_cannot_start_are_not_started_for_ever() {
    let mut c = Coordinator::new(limits(2));
    let mut actions = c.handle(Duration::ZERO, Event::Submit { task: 1, bytes: 0, limit: None });
    let mut spawned = 0;
    let mut failed = Vec::new();
    while let Some(action) = actions.pop() {
        match action {
            Action::Spawn(id) => {
                spawned += 1;
                actions.extend(c.handle(Duration::from_secs(1), died(id)));
            }
            Action::Fail(task, error) => failed.push((task, error)),
            _ => {}
        }
    }
    assert!(spawned <= 6, "{spawned} workers");
    assert_eq!(failed.len(), 1);
    assert!(failed[0].1.message.contains("it ended"), "{}", failed[0].1);
    // A later task hears of it at once.
    let later = c.handle(Duration::from_secs(2), Event::Submit { task: 2, bytes: 0, limit: None });
    assert!(matches!(later.as_slice(), [Action::Fail(2, _)]), "{later:?}");
}

#[test]
fn workers_that_are_never_ready_are_given_up() {
    let mut c = Coordinator::new(limits(1));
    let mut now = Duration::ZERO;
    let mut worker = 0;
    c.handle(now, Event::Submit { task: 1, bytes: 0, limit: None });
    let error = loop {
        assert!(worker < 10, "started for ever");
        now += limits(1).start;
        assert_eq!(c.handle(now, Event::Tick), [Action::Kill(worker)]);
        match c.handle(now, died(worker)).as_slice() {
            [Action::Spawn(next)] => worker = *next,
            [Action::Fail(1, error)] => break error.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert!(error.message.contains("not ready within 5s"), "{error}");
}

#[test]
fn full_memory_holds_tasks_back_and_loses_none() {
    let mut c = Coordinator::new(limits(4));
    let mut sent = Vec::new();
    let mut actions = c.handle(Duration::ZERO, Event::Tick);
    for worker in 0..4 {
        actions.extend(c.handle(Duration::ZERO, Event::Ready(worker)));
    }
    for task in 0..10 {
        actions.extend(c.handle(Duration::ZERO, Event::Submit { task, bytes: 40, limit: None }));
    }
    let mut done = 0;
    let mut now = Duration::ZERO;
    loop {
        for action in actions.drain(..) {
            match action {
                Action::Send { worker, task, attempt } => sent.push((worker, task, attempt)),
                Action::Deliver { .. } => done += 1,
                Action::Fail(task, error) => panic!("task {task}: {error}"),
                _ => {}
            }
        }
        assert!(c.memory_in_use() <= 100 && sent.len() <= 2);
        let Some((worker, task, attempt)) = sent.pop() else { break };
        now += Duration::from_millis(1);
        actions.extend(c.handle(now, Event::Sent { worker, task }));
        let answer = Answer::Final { retire: false };
        actions.extend(c.handle(now, Event::Answered { worker, task, attempt, answer }));
    }
    assert_eq!(done, 10);
}

/// A worker that has one task, and the coordinator.
fn busy(limit: Option<Duration>) -> Coordinator {
    let mut c = Coordinator::new(limits(1));
    c.handle(Duration::ZERO, Event::Tick);
    c.handle(Duration::ZERO, Event::Ready(0));
    c.handle(Duration::ZERO, Event::Submit { task: 1, bytes: 10, limit });
    c.handle(Duration::ZERO, Event::Sent { worker: 0, task: 1 });
    c
}

#[test]
fn a_cancelled_task_ends_at_once_and_its_worker_only_if_it_goes_on() {
    for obeys in [true, false] {
        let mut c = busy(None);
        let actions = c.handle(Duration::from_secs(1), Event::Cancel(1));
        let [Action::Abandon { worker: 0, task: 1, attempt: 0 }, Action::Fail(1, error)] = actions.as_slice()
        else {
            panic!("{actions:?}")
        };
        assert_eq!(error.code, Code::Cancelled);
        assert_eq!((c.open_tasks(), c.memory_in_use()), (0, 10), "the worker may still write there");
        if obeys {
            let answer = Answer::Final { retire: false };
            let event = Event::Answered { worker: 0, task: 1, attempt: 0, answer };
            assert!(c.handle(Duration::from_millis(1100), event).is_empty());
            assert_eq!((c.live_workers(), c.memory_in_use()), (1, 0));
        } else {
            assert!(c.handle(Duration::from_millis(1400), Event::Tick).is_empty());
            let actions = c.handle(Duration::from_secs(1) + GRACE, Event::Tick);
            assert!(matches!(actions.as_slice(), [Action::Kill(0), Action::Spawn(1)]), "{actions:?}");
            c.handle(Duration::from_secs(2), died(0));
            assert_eq!(c.memory_in_use(), 0);
        }
    }
}

#[test]
fn a_silent_worker_is_asked_and_then_killed_and_its_task_runs_again() {
    let mut c = busy(None);
    assert_eq!(c.wake_at(0), Some(Duration::from_secs(15)));
    assert_eq!(c.handle(Duration::from_secs(15), Event::Tick), [Action::Ping(0)]);
    c.handle(Duration::from_secs(16), Event::Heard(0));
    assert!(c.handle(Duration::from_secs(30), Event::Tick).is_empty());
    assert_eq!(c.handle(Duration::from_secs(31), Event::Tick), [Action::Ping(0)]);
    assert_eq!(c.handle(Duration::from_secs(46), Event::Tick), [Action::Kill(0)]);
    let actions = c.handle(Duration::from_secs(46), died(0));
    let [Action::Retry(1, cause), Action::Spawn(1)] = actions.as_slice() else { panic!("{actions:?}") };
    assert!(cause.message.contains("no sign of life for 30s"), "{cause}");
}
