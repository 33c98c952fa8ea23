//! How far the calls of a thread are, and a way to end them from another.

use pyo3::prelude::*;
use rotifer::execute;
use std::cell::RefCell;
use std::sync::Arc;

thread_local! {
    static WATCHES: RefCell<Vec<Arc<execute::Watch>>> = const { RefCell::new(Vec::new()) };
}

/// Looks on while a thread computes: `with watch: ...` takes in the calls of the block, and another thread reads `progress`
/// or calls `cancel()`.
#[pyclass(frozen, module = "rotifer")]
#[derive(Default)]
pub struct Watch(Arc<execute::Watch>);

#[pymethods]
impl Watch {
    #[new]
    fn new() -> Watch {
        Watch::default()
    }

    /// Ends the calls: they raise `rotifer.errors.Cancelled` at once, and what they began leaves off at its next frame or
    /// tile.
    fn cancel(&self) {
        self.0.cancel();
    }

    /// Whether it was cancelled.
    #[getter]
    fn cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Frames that are done, and frames in all, of the call under way; every step of a pipeline counts its own.
    #[getter]
    fn progress(&self) -> (u32, u32) {
        self.0.progress()
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        WATCHES.with_borrow_mut(|watches| watches.push(slf.0.clone()));
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<pyo3::types::PyTuple>) {
        WATCHES.with_borrow_mut(|watches| {
            if let Some(at) = watches.iter().rposition(|watch| Arc::ptr_eq(watch, &self.0)) {
                watches.remove(at);
            }
        });
    }
}

/// The watch of this thread's innermost block, or one that nobody sees.
pub fn current() -> Arc<execute::Watch> {
    WATCHES.with_borrow(|watches| watches.last().cloned()).unwrap_or_default()
}
