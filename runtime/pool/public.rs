//! The pool as a program sees it.

use super::config::{Config, worker_program};
use super::coordinator::{Event, Limits, TaskId};
use super::messages::Job;
use super::notice::Notice;
use super::prepared::Prepared;
use super::process::Program;
use super::shared::{Finished, Shared, Sink};
use super::supervise::supervise;
use crate::execute::Outcome;
use crate::machine;
use rotifer_registry::{Code, Error};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// Short tasks of a batch that are handed in at one time, for each worker.
const AT_ONCE: usize = 512;

/// A quarter of the memory that this process may still take, at least 64 MiB.
fn free_quarter() -> u64 {
    (machine::free_memory().unwrap_or(1 << 30) / 4).max(64 << 20)
}

/// Worker processes that run tasks. Dropping it ends them at once; [`Pool::shutdown`] lets them finish.
///
/// A program is its own worker: that is what it is asked first.
///
/// ```standalone_crate
/// use rotifer::execute::Options;
/// use rotifer::pool::{Config, Pool, Prepared};
/// use rotifer::registry::{Datum, Kind, Pipeline, Step, Value, Volume};
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     rotifer::worker::serve_if_asked();
///     let clip = Step::new("clip").arg("maximum", 200);
///     let clip = Prepared::new(&Pipeline::new(vec![clip]), &Options::default()).map_err(|e| e[0].clone())?;
///     let image = Volume::new(ndarray::array![[[100u8, 255]]], 2, Kind::Image, None)?;
///
///     let pool = Pool::new(Config::workers(2))?;
///     let outcome = pool.submit(&clip, image).wait()?;
///     let Datum::Volume(clipped) = &outcome.outputs[0].1.items[0] else { panic!("an image") };
///     assert_eq!(clipped.as_slice::<u8>(), Some(&[100, 200][..]));
///     pool.shutdown();
///     Ok(())
/// }
/// ```
pub struct Pool {
    shared: Arc<Shared>,
    deadline: Option<Duration>,
    workers: usize,
    process: u32,
}

impl Pool {
    /// Starts the workers. Does not wait for them: a worker that cannot start fails the tasks, with its cause.
    pub fn new(config: Config) -> Result<Pool, Error> {
        if crate::worker::is_worker() {
            return Err(Error::new(Code::Unavailable, "a worker process does not start workers")
                .help("call rotifer::worker::serve_if_asked() first in main"));
        }
        let (program, arguments) = match (config.program, worker_program()) {
            (Some(program), _) => (program, config.arguments),
            (None, Some((program, arguments))) => (program.clone(), arguments.clone()),
            (None, None) => {
                let here = std::env::current_exe().map_err(|e| {
                    Error::new(Code::File, "this program cannot be found to start workers").because(&e)
                })?;
                (here, config.arguments)
            }
        };
        let (transport, slabs) = config.channel.open().map_err(|e| {
            Error::new(Code::File, "no folder for shared memory and sockets can be made").because(&e)
        })?;
        let workers = config.workers.max(1);
        let memory = config.memory.unwrap_or_else(free_quarter);
        let limits = Limits {
            workers,
            spares: config.spares,
            memory,
            recycle: config.recycle,
            start: config.start,
            silence: config.silence,
            restarts: 8 + 2 * workers,
        };
        let shared = Arc::new(Shared::new(
            limits,
            config.transport.unwrap_or(transport),
            config.slabs.unwrap_or(slabs),
            Program {
                path: program,
                arguments,
                environment: config.environment,
                threads: config.threads.unwrap_or_else(|| (machine::threads() / workers).max(1)),
            },
            supervise,
        ));
        shared.event(Event::Tick);
        Ok(Pool { shared, deadline: config.deadline, workers, process: std::process::id() })
    }

    /// Hands in one task and returns at once. A file is read by the worker.
    ///
    /// ```standalone_crate
    /// # use rotifer::execute::Options;
    /// # use rotifer::pool::{Config, Pool, Prepared};
    /// # use rotifer::registry::{Datum, Kind, Pipeline, Step, Volume};
    /// # use std::path::Path;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # rotifer::worker::serve_if_asked();
    /// # let absolute = Pipeline::new(vec![Step::new("absolute")]);
    /// # let absolute = Prepared::new(&absolute, &Options::default()).map_err(|e| e[0].clone())?;
    /// # let pool = Pool::new(Config::workers(2))?;
    /// let handle = pool.submit(&absolute, Path::new("absent.tif"));
    /// let error = handle.wait().unwrap_err();
    /// assert!(error.to_string().contains("absent.tif"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn submit(&self, pipeline: &Prepared, job: impl Into<Job>) -> Handle {
        let (sender, receiver) = channel();
        let id =
            self.send(pipeline, vec![job.into()], &Arc::new(sender)).first().copied().unwrap_or_default();
        Handle { id, receiver, shared: self.shared.clone(), process: self.process }
    }

    /// Hands in tasks, and gives their numbers.
    fn send(&self, pipeline: &Prepared, jobs: Vec<Job>, sink: &Sink) -> Vec<TaskId> {
        if let Err(error) = same_process(self.process) {
            // Away from those of the pool, and each another.
            static REFUSED: AtomicU64 = AtomicU64::new(u64::MAX);
            let refuse = |_| {
                let id = REFUSED.fetch_sub(1, Ordering::Relaxed);
                let _ = sink.send(vec![(id, Err(error.clone()))]);
                id
            };
            return jobs.iter().map(refuse).collect();
        }
        self.shared.submit(pipeline, jobs, self.deadline, sink)
    }

    /// Runs a pipeline on many images; results come as they are finished, with the index of their image.
    ///
    /// Images are taken from the iterator only as workers need them. Each has one result, whatever became of the others.
    ///
    /// ```standalone_crate
    /// # use rotifer::execute::Options;
    /// # use rotifer::pool::{Config, Pool, Prepared};
    /// # use rotifer::registry::{Datum, Kind, Pipeline, Step, Volume};
    /// # use std::path::Path;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # rotifer::worker::serve_if_asked();
    /// # let absolute = Pipeline::new(vec![Step::new("absolute")]);
    /// # let absolute = Prepared::new(&absolute, &Options::default()).map_err(|e| e[0].clone())?;
    /// # let pool = Pool::new(Config::workers(2))?;
    /// let images = (0..8).map(|i| Volume::new(ndarray::array![[[-i as f32]]], 2, Kind::Image, None).unwrap());
    /// let mut seen = [false; 8];
    /// for (index, result) in pool.run(&absolute, images) {
    ///     let Datum::Volume(v) = &result?.outputs[0].1.items[0] else { panic!("an image") };
    ///     assert_eq!(v.f32s()[0], index as f32);
    ///     seen[index] = true;
    /// }
    /// assert_eq!(seen, [true; 8]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn run<I>(&self, pipeline: &Prepared, jobs: I) -> Batch<'_, I::IntoIter>
    where
        I: IntoIterator,
        I::Item: Into<Job>,
    {
        let (sender, receiver) = channel();
        Batch {
            pool: self,
            pipeline: pipeline.clone(),
            jobs: jobs.into_iter().enumerate(),
            indices: HashMap::new(),
            sink: Arc::new(sender),
            receiver,
            finished: Vec::new().into_iter(),
            bytes: 0,
            stopped: false,
        }
    }

    /// Runs a pipeline on many images; results come in the order of the images.
    ///
    /// ```standalone_crate
    /// # use rotifer::execute::Options;
    /// # use rotifer::pool::{Config, Pool, Prepared};
    /// # use rotifer::registry::{Datum, Kind, Pipeline, Step, Volume};
    /// # use std::path::Path;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # rotifer::worker::serve_if_asked();
    /// # let absolute = Pipeline::new(vec![Step::new("absolute")]);
    /// # let absolute = Prepared::new(&absolute, &Options::default()).map_err(|e| e[0].clone())?;
    /// # let pool = Pool::new(Config::workers(2))?;
    /// let images = (0..8).map(|i| Volume::new(ndarray::array![[[-i as f32]]], 2, Kind::Image, None).unwrap());
    /// for (i, result) in pool.map(&absolute, images).enumerate() {
    ///     let Datum::Volume(v) = &result?.outputs[0].1.items[0] else { panic!("an image") };
    ///     assert_eq!(v.f32s()[0], i as f32);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn map<I>(&self, pipeline: &Prepared, jobs: I) -> impl Iterator<Item = Result<Outcome, Error>>
    where
        I: IntoIterator,
        I::Item: Into<Job>,
    {
        let mut batch = self.run(pipeline, jobs);
        let mut early: BTreeMap<usize, Result<Outcome, Error>> = BTreeMap::new();
        let mut next = 0;
        std::iter::from_fn(move || {
            while !early.contains_key(&next) {
                let (index, result) = batch.next()?;
                early.insert(index, result);
            }
            next += 1;
            early.remove(&(next - 1))
        })
    }

    /// Notices of tasks from now on: how far they are, that they are tried again and why, that they are done.
    pub fn watch(&self) -> Receiver<Notice> {
        match same_process(self.process) {
            Ok(()) => self.shared.watch(),
            // Nothing happens here: whoever listens is told so.
            Err(_) => channel().1,
        }
    }

    /// Waits until every task is done, then ends the workers.
    pub fn shutdown(self) {
        if same_process(self.process).is_ok() {
            self.shared.event(Event::Close);
            self.shared.wait_empty();
        }
    }

    /// Ends the workers at once; tasks that are not done are cancelled.
    pub fn kill(self) {}
}

impl Drop for Pool {
    fn drop(&mut self) {
        if same_process(self.process).is_ok() {
            self.shared.event(Event::Kill);
            self.shared.wait_empty();
        }
    }
}

/// A forked child has the memory of a pool, and none of its threads or workers: nothing would ever be answered.
fn same_process(maker: u32) -> Result<(), Error> {
    if std::process::id() == maker {
        return Ok(());
    }
    Err(Error::new(Code::Unavailable, "this pool belongs to the process that made it")
        .value(format!("process {}", std::process::id()))
        .allowed(format!("process {maker}"))
        .help("a forked child makes a pool of its own"))
}

/// A task that was handed in.
///
/// ```standalone_crate
/// # use rotifer::execute::Options;
/// # use rotifer::pool::{Config, Pool, Prepared};
/// # use rotifer::registry::{Code, Kind, Pipeline, Step, Volume};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # rotifer::worker::serve_if_asked();
/// # let absolute = Pipeline::new(vec![Step::new("absolute")]);
/// # let absolute = Prepared::new(&absolute, &Options::default()).map_err(|e| e[0].clone())?;
/// # let pool = Pool::new(Config::workers(1))?;
/// # let image = Volume::new(ndarray::array![[[-1f32]]], 2, Kind::Image, None)?;
/// let (wanted, other) = (pool.submit(&absolute, image.clone()), pool.submit(&absolute, image));
/// other.cancel();
/// assert!(wanted.wait().is_ok());
/// if let Err(error) = other.wait() {
///     assert_eq!(error.code, Code::Cancelled); // or it was done before
/// }
/// # Ok(())
/// # }
/// ```
pub struct Handle {
    id: TaskId,
    receiver: Receiver<Vec<Finished>>,
    shared: Arc<Shared>,
    process: u32,
}

impl Handle {
    /// Waits for the outcome.
    pub fn wait(self) -> Result<Outcome, Error> {
        let gone = || Error::new(Code::Cancelled, "the pool was ended");
        same_process(self.process)?;
        self.receiver
            .recv()
            .ok()
            .and_then(|mut one| one.pop())
            .map_or_else(|| Err(gone()), |(_, result)| result)
    }

    /// The outcome if it is there; then the handle has nothing more to give.
    pub fn poll(&self) -> Option<Result<Outcome, Error>> {
        self.receiver.try_recv().ok()?.pop().map(|(_, result)| result)
    }

    /// The number by which [`Notice`]s name the task.
    pub fn id(&self) -> TaskId {
        self.id
    }

    /// Ends the task at once, with [`Code::Cancelled`]. A worker that runs it leaves off before its next frame; one
    /// that does not within half a second is killed and replaced.
    pub fn cancel(&self) {
        if same_process(self.process).is_ok() {
            self.shared.event(Event::Cancel(self.id));
        }
    }
}

/// Results of many images as they are finished: [`Pool::run`].
pub struct Batch<'a, I> {
    pool: &'a Pool,
    pipeline: Prepared,
    jobs: std::iter::Enumerate<I>,
    /// Index and bytes of the tasks that are not done.
    indices: HashMap<TaskId, (usize, u64)>,
    bytes: u64,
    /// No more jobs are taken.
    stopped: bool,
    sink: Sink,
    receiver: Receiver<Vec<Finished>>,
    /// Outcomes that came together and are still to be given.
    finished: std::vec::IntoIter<Finished>,
}

/// The findings of [`Batch::next_within`].
#[derive(Debug)]
pub enum Waited {
    Result(usize, Result<Outcome, Error>),
    /// Nothing was finished in that time.
    Nothing,
    /// All have been given.
    End,
}

impl<I> Batch<'_, I>
where
    I: Iterator,
    I::Item: Into<Job>,
{
    /// Takes no more images, and cancels those that no worker has begun; what is under way is still given.
    pub fn stop(&mut self) {
        self.stopped = true;
        if same_process(self.pool.process).is_ok() {
            self.pool.shared.cancel_unbegun(|task| self.indices.contains_key(&task));
        }
    }

    /// The job of a task that is not given yet.
    pub fn index(&self, task: TaskId) -> Option<usize> {
        self.indices.get(&task).map(|(index, _)| *index)
    }

    /// The next result, if there is one within this time.
    pub fn next_within(&mut self, wait: Duration) -> Waited {
        self.wait(Some(wait))
    }

    /// Hands in as many images as are wanted.
    fn feed(&mut self) {
        // Short tasks many at a time, large images only as many as keep the workers busy.
        let (few, many) = (2 * self.pool.workers + 1, AT_ONCE * self.pool.workers);
        let mut jobs = Vec::new();
        let mut places = Vec::new();
        let open = self.indices.len();
        while !self.stopped
            && (open + jobs.len() < few
                || open < many / 2 && open + jobs.len() < many && self.bytes < self.pool.shared.budget() / 2)
        {
            let Some((index, job)) = self.jobs.next() else { break };
            let job = job.into();
            let bytes = (job.bytes() as u64).max(self.pipeline.0.output.load(Ordering::Relaxed));
            jobs.push(job);
            places.push((index, bytes));
            self.bytes += bytes;
        }
        if !jobs.is_empty() {
            let ids = self.pool.send(&self.pipeline, jobs, &self.sink);
            self.indices.extend(ids.into_iter().zip(places));
        }
    }

    fn wait(&mut self, limit: Option<Duration>) -> Waited {
        self.feed();
        let (id, result) = loop {
            if let Some(finished) = self.finished.next() {
                break finished;
            }
            let Some(&any) = self.indices.keys().next() else { return Waited::End };
            if let Err(error) = same_process(self.pool.process) {
                // Tasks that were under way when this child was forked are done for its parent.
                break (any, Err(error));
            }
            let received = match limit {
                Some(limit) => self.receiver.recv_timeout(limit),
                None => self.receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            self.finished = match received {
                Ok(finished) => finished.into_iter(),
                Err(RecvTimeoutError::Timeout) => return Waited::Nothing,
                Err(RecvTimeoutError::Disconnected) => return Waited::End,
            };
        };
        let Some((index, bytes)) = self.indices.remove(&id) else { return Waited::Nothing };
        self.bytes -= bytes;
        Waited::Result(index, result)
    }
}

impl<I> Iterator for Batch<'_, I>
where
    I: Iterator,
    I::Item: Into<Job>,
{
    type Item = (usize, Result<Outcome, Error>);

    fn next(&mut self) -> Option<Self::Item> {
        match self.wait(None) {
            Waited::Result(index, result) => Some((index, result)),
            Waited::Nothing | Waited::End => None,
        }
    }
}
