//! Messages to a program that watches its pool.

use super::coordinator::TaskId;
use rotifer_registry::Error;

/// A change in the state of a task on its way: [`Pool::watch`](super::Pool::watch).
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// Frames done and frames in all, counted once for every step; told some times a second at most, and not of
    /// tasks that take less than about 0.1 s.
    Progress { task: TaskId, attempt: u32, done: u32, of: u32 },
    /// It is tried again: its worker ended, or lost the GPU.
    Retried { task: TaskId, cause: Error },
    /// It has its outcome.
    Done { task: TaskId },
}
