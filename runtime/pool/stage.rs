//! Pixels of tasks on their way into shared memory.

use super::coordinator::{Event, Incarnation};
use super::memory::Slab;
use super::messages::{INLINE, Job, fill, kind, put_task};
use super::shared::{Load, Shared, State, introduce};
use super::transport::Peer;
use rotifer_registry::wire::{Frame, frames_pixels};
use rotifer_registry::{Code, Error, Frames};
use std::sync::Arc;

impl Shared {
    /// Copies the pixels of the tasks that wait for it, and sends them.
    pub(super) fn stage(self: &Arc<Shared>, worker: Incarnation, peer: &dyn Peer) {
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
                    let message = format!("no shared memory of {bytes} bytes");
                    Err(Error::new(Code::Unavailable, message)
                        .because(&e)
                        .help("use fewer workers or smaller images"))
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
            // Idle slabs may be those that are missing.
            self.lock().free.clear();
            self.memory.slab(bytes)
        })?;
        Ok(slab.into())
    }
}
