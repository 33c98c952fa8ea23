//! The thread of one worker: it starts the process, listens to it, and reports its end.

use super::coordinator::{Answer, Event, Incarnation};
use super::memory::Slab;
use super::messages::{DoneBody, FRAME_CAP, Hello, Pieces, Progress, Setup, kind};
use super::notice::Notice;
use super::process::Process;
use super::shared::Shared;
use super::transport::Next;
use rotifer_registry::wire::{Frame, Wire, split_frame, wrong};
use rotifer_registry::{Code, Error};
use std::sync::Arc;

/// The life of one worker.
pub fn supervise(shared: &Arc<Shared>, worker: Incarnation) {
    let process = match start(shared, worker) {
        Ok(process) => process,
        Err(cause) => {
            end(shared, worker, cause);
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
    end(shared, worker, fault.unwrap_or(ended));
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
            // An answer that nobody waits for is not kept.
            kind::PIXELS if !shared.lock().coordinator.has(worker, frame.task, frame.attempt) => Ok(()),
            kind::PIXELS => ahead.add(&frame),
            _ => other(shared, worker, &frame),
        });
    }
    answered(shared, worker, answers);
    fault
}

/// Reads answers and gives them to the coordinator. An answer to nothing is dropped.
fn answered(shared: &Arc<Shared>, worker: Incarnation, frames: Vec<(Frame, Pieces)>) {
    let slabs: Vec<Option<Arc<dyn Slab>>> = {
        let state = shared.lock();
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
    let mut state = shared.lock();
    if let Some(differs) = state.workers.get(&worker).and_then(|w| w.differs.as_ref()) {
        let refused = results.iter_mut().filter_map(|(.., result)| result.as_mut().err());
        let missing = refused.filter(|e| matches!(e.code, Code::UnknownOp | Code::Unavailable));
        missing.for_each(|e| e.help = Some(differs.clone()));
    }
    shared.handle(&mut state, events, results);
    shared.release(state);
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

fn end(shared: &Arc<Shared>, worker: Incarnation, cause: Error) {
    let mut state = shared.lock();
    state.workers.remove(&worker);
    shared.handle(&mut state, [Event::Died { worker, cause }], Vec::new());
    shared.release(state);
    shared.ended.notify_all();
}
