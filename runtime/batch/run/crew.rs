//! Processes that do the work of a run: workers, or this one.

use super::Run;
use crate::batch::events::Event;
use crate::batch::journal::Log;
use crate::batch::last::Last;
use crate::batch::task::{Target, Unit};
use crate::batch::work::work;
use crate::execute::{Options, StepReport, Watch, Written};
use crate::plan::first;
use crate::pool::{Config, Job, Notice, Pool, Prepared, Waited};
use rotifer_registry::{Code, Error, Pipeline};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// Time between two looks at whether the run is to end.
const LOOK: Duration = Duration::from_millis(100);

/// The outcome of a task: what was written, where the steps ran, and what is to be said.
pub type Outcome = Result<(Written, Vec<StepReport>, Vec<String>), Error>;

/// Workers, or this process, that do the work.
pub enum Crew<'a> {
    /// This process.
    Here {
        last: Box<Last>,
        log: Option<Log>,
        options: &'a Options,
    },
    Pool {
        pool: Pool,
        prepared: Prepared,
        watch: Receiver<Notice>,
    },
}

impl<'a> Crew<'a> {
    pub fn here(options: &'a Options) -> Crew<'a> {
        Crew::Here { last: Box::default(), log: None, options }
    }

    pub fn pool(
        pipeline: &Pipeline,
        options: &Options,
        target: &Target,
        config: Config,
    ) -> Result<Crew<'a>, Error> {
        let prepared = Prepared::writing(pipeline, options, target.clone()).map_err(first)?;
        let pool = Pool::new(config)?;
        let watch = pool.watch();
        Ok(Crew::Pool { pool, prepared, watch })
    }

    pub fn end(self) {
        if let Crew::Pool { pool, .. } = self {
            pool.shutdown();
        }
    }
}

impl Run<'_> {
    /// Has tasks done, until a signal says to end.
    pub fn perform(
        &mut self,
        crew: &mut Crew,
        count: usize,
        unit: &dyn Fn(usize) -> Unit,
        took: &mut dyn FnMut(&mut Self, usize, Outcome),
    ) {
        match crew {
            Crew::Here { last, log, options } => {
                for n in 0..count {
                    if self.stop.load(Ordering::SeqCst) {
                        self.counts.stopped = true;
                        (self.tell)(&Event::Stopping);
                        return;
                    }
                    let (unit, watch) = (unit(n), Watch::default());
                    let work = || work(self.checked, last, options, &self.target, log, &unit, &watch);
                    let result = caught(work).map(|(written, report)| (written, report.steps, report.notes));
                    took(self, n, result);
                }
            }
            Crew::Pool { pool, prepared, watch } => {
                let jobs = (0..count).map(|n| Job::Written(Box::new(unit(n))));
                let mut batch = pool.run(prepared, jobs);
                loop {
                    if !self.counts.stopped && self.stop.load(Ordering::SeqCst) {
                        self.counts.stopped = true;
                        (self.tell)(&Event::Stopping);
                        batch.stop();
                    }
                    let waited = batch.next_within(LOOK);
                    let given = if let Waited::Result(n, _) = &waited { Some(*n) } else { None };
                    for notice in watch.try_iter() {
                        // The image of a task that is not waited for any more is the one that came just now.
                        if let Notice::Retried { task, cause } = notice
                            && let Some(n) = batch.index(task).or(given)
                        {
                            (self.tell)(&Event::Retried { image: &unit(n).image, error: &cause });
                        }
                    }
                    let (n, result) = match waited {
                        Waited::Result(n, result) => (n, result),
                        Waited::Nothing => continue,
                        Waited::End => break,
                    };
                    let result = result.and_then(|outcome| match outcome.written {
                        Some(written) => Ok((written, outcome.report.steps, outcome.report.notes)),
                        None => Err(Error::new(Code::Internal, "a worker says nothing of what it wrote")),
                    });
                    match result {
                        // It was not begun, or was left off.
                        Err(error) if self.counts.stopped && error.code == Code::Cancelled => {}
                        result => took(self, n, result),
                    }
                }
            }
        }
    }
}

/// A defect met by one image is that image's error; the others go on.
fn caught<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        Err(Error::new(Code::Internal, format!("a defect of this program: {text}")))
    })
}
