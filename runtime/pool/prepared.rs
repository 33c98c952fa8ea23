//! A pipeline as workers get it.

use super::messages::{Recipe, sized};
use crate::batch::Target;
use crate::execute::Options;
use rotifer_registry::Error;
use rotifer_registry::pipeline::{Pipeline, check};
use rotifer_registry::wire::{Stamped, Wire};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A checked pipeline with its options, encoded once and sent to each worker once.
///
/// ```
/// use rotifer::execute::Options;
/// use rotifer::pool::Prepared;
/// use rotifer::registry::{Pipeline, Step};
///
/// let prepared = |op: &str| Prepared::new(&Pipeline::new(vec![Step::new(op)]), &Options::default());
/// assert!(prepared("gaussian_filter").is_ok());
/// // What is wrong is said here, before any worker is asked.
/// let errors = prepared("gausian_filter").err().unwrap();
/// assert_eq!(errors[0].help.as_deref(), Some("did you mean gaussian_filter?"));
/// ```
#[derive(Clone)]
pub struct Prepared(pub(super) Arc<Ready>);

pub(super) struct Ready {
    pub number: u64,
    pub body: Vec<u8>,
    /// Bytes of pixels its last result had: what the next task is lent memory for.
    pub output: AtomicU64,
}

impl Prepared {
    /// Checks a pipeline and gets it ready to be sent.
    pub fn new(pipeline: &Pipeline, options: &Options) -> Result<Prepared, Vec<Error>> {
        Prepared::with(pipeline, options, None)
    }

    /// A pipeline whose workers write what is kept: its tasks are [`Job::Written`](super::Job::Written).
    pub(crate) fn writing(
        pipeline: &Pipeline,
        options: &Options,
        target: Target,
    ) -> Result<Prepared, Vec<Error>> {
        Prepared::with(pipeline, options, Some(target))
    }

    fn with(pipeline: &Pipeline, options: &Options, target: Option<Target>) -> Result<Prepared, Vec<Error>> {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        check(pipeline)?;
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let mut body = Vec::new();
        Recipe { number, pipeline: Stamped::new(pipeline.clone()), options: options.clone(), target }
            .put(&mut body);
        let body = sized(body, "a pipeline").map_err(|e| vec![e])?;
        Ok(Prepared(Arc::new(Ready { number, body, output: AtomicU64::new(0) })))
    }
}
