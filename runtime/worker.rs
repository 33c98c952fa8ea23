//! Worker mode: the same program, running tasks for a pool.

use crate::execute;
use crate::pool::messages::{FRAME_CAP, Hello, Recipe, Setup, TaskBody, kind, put_done};
use crate::pool::transport::{Home, WORKER_ARGUMENT};
use crate::pool::{linux, memory::Slab};
use rotifer_registry::wire::{Frame, Wire, peek_task, registry_fingerprint, verify, wrong};
use rotifer_registry::{Code, Error, pipeline};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

/// Turns this process into a worker if a pool has started it as one, and returns otherwise.
///
/// A program that uses a [`Pool`](crate::pool::Pool) calls this first in `main`: its workers are itself, so that
/// they know its own functions.
pub fn serve_if_asked() {
    let mut arguments = std::env::args_os().skip_while(|a| a != WORKER_ARGUMENT).skip(1);
    let Some(transport) = arguments.next() else { return };
    let home = match transport.to_str() {
        Some(linux::NAME) => linux::LinuxHome::new(),
        _ => Err(std::io::Error::other("no such transport")),
    };
    let served = home.map_err(|e| e.to_string()).and_then(|home| serve(&home).map_err(|e| e.to_string()));
    match served {
        Ok(()) => exit(0),
        Err(error) => {
            eprintln!("worker: {error}");
            exit(1)
        }
    }
}

/// Whether this process was started as a worker.
pub fn is_worker() -> bool {
    std::env::args_os().any(|a| a == WORKER_ARGUMENT)
}

/// A pipeline that tasks refer to, or why it cannot be run here.
struct Known {
    checked: Result<pipeline::Checked, Error>,
    options: execute::Options,
}

fn serve(home: &dyn Home) -> std::io::Result<()> {
    let hello = Hello { software: env!("CARGO_PKG_VERSION").into(), fingerprint: registry_fingerprint() };
    send(home, kind::HELLO, 0, 0, 0, &bytes_of(&hello))?;
    let mut recipes: HashMap<u64, Known> = HashMap::new();
    while let Some((bytes, slab)) = home.receive()? {
        let frame = match Frame::decode(&bytes, FRAME_CAP) {
            Ok(frame) => frame,
            Err(error) => {
                refuse(home, peek_task(&bytes).unwrap_or(0), &error)?;
                continue;
            }
        };
        match frame.kind {
            kind::SETUP => match Setup::get(frame.body) {
                Ok(setup) => {
                    // This thread is one of the pool's, so that work of one thread never changes threads.
                    let _ = rayon::ThreadPoolBuilder::new()
                        .num_threads(setup.threads.max(1))
                        .use_current_thread()
                        .build_global();
                }
                Err(error) => refuse(home, 0, &error)?,
            },
            kind::PIPELINE => match Recipe::get(frame.body) {
                Ok(recipe) => {
                    let checked = verify(&recipe.pipeline)
                        .and_then(|()| pipeline::check(&recipe.pipeline.pipeline))
                        .map_err(first);
                    recipes.insert(recipe.number, Known { checked, options: recipe.options });
                }
                Err(error) => refuse(home, 0, &error)?,
            },
            kind::TASK => {
                let mut shared = None;
                let (result, panicked) = match TaskBody::get(frame.body) {
                    Ok(task) => {
                        shared = slab.zip(task.slab).map(|(file, bytes)| linux::received(file, bytes));
                        catch_unwind(AssertUnwindSafe(|| run(&task, shared.as_deref(), &recipes)))
                            .map_or_else(|panic| (Err(panicked_with(panic)), true), |result| (result, false))
                    }
                    Err(error) => (Err(error), false),
                };
                let lost = false;
                let body = put_done(&result, shared.as_deref(), panicked, lost)
                    .or_else(|error| put_done(&Err(error), None, panicked, lost))
                    .unwrap_or_default();
                send(home, kind::DONE, frame.task, frame.attempt, frame.incarnation, &body)?;
                if panicked {
                    // What the panic left behind is not to be trusted.
                    return Ok(());
                }
            }
            kind::PING => send(home, kind::PONG, frame.task, 0, frame.incarnation, frame.body)?,
            other => refuse(home, 0, &wrong("no such kind of message").value(other))?,
        }
    }
    Ok(())
}

fn run(
    task: &TaskBody,
    slab: Option<&dyn Slab>,
    recipes: &HashMap<u64, Known>,
) -> Result<execute::Outcome, Error> {
    let known = recipes.get(&task.recipe).ok_or_else(|| wrong("a task of a pipeline that was not sent"))?;
    let checked = known.checked.as_ref().map_err(Clone::clone)?;
    let image = match &task.path {
        Some(path) => crate::io::read(path)?,
        None => task.image(slab)?,
    };
    execute::run(checked, &image, &known.options)
}

fn first(errors: Vec<Error>) -> Error {
    let more = errors.len().saturating_sub(1);
    let mut errors = errors.into_iter();
    let first = errors.next().unwrap_or_else(|| wrong("a pipeline is refused"));
    if more == 0 { first } else { Error { message: format!("{} (and {more} more)", first.message), ..first } }
}

fn panicked_with(panic: Box<dyn std::any::Any + Send>) -> Error {
    let what = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
        .to_string();
    // Dropping what was thrown may panic again.
    std::mem::forget(panic);
    Error::new(Code::Internal, format!("a function panicked: {what}"))
}

fn bytes_of(message: &impl Wire) -> Vec<u8> {
    let mut out = Vec::new();
    message.put(&mut out);
    out
}

fn send(
    home: &dyn Home,
    kind: u16,
    task: u64,
    attempt: u32,
    incarnation: u32,
    body: &[u8],
) -> std::io::Result<()> {
    home.send(&Frame { kind, task, attempt, incarnation, body }.encode())
}

/// Tells the pool that a frame could not be read; this worker goes on.
fn refuse(home: &dyn Home, task: u64, error: &Error) -> std::io::Result<()> {
    send(home, kind::REFUSED, task, 0, 0, &bytes_of(error))
}
