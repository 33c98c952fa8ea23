//! The process of a worker: what it is started as, what it prints, how it ended.

use super::transport::{Peer, Transport};
use crate::platform;
use rotifer_registry::{Code, Error};
use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, PipeReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Lines of a worker's last words that are kept.
const LAST_WORDS: usize = 6;
/// Longest line, in bytes; a longer one is cut into several.
const LINE: u64 = 4 << 10;

/// The program that a worker is started as.
pub struct Program {
    pub path: PathBuf,
    pub arguments: Vec<String>,
    pub environment: Vec<(String, String)>,
    pub threads: usize,
}

/// A worker that was started.
pub struct Process {
    pub peer: Arc<dyn Peer>,
    words: Arc<Mutex<Words>>,
    reader: JoinHandle<()>,
    /// Processes that the kernel had ended for want of memory before.
    kills: Option<u64>,
}

/// The output that a worker printed.
#[derive(Default)]
struct Words {
    last: VecDeque<String>,
    /// It said that memory was refused.
    out_of_memory: bool,
}

impl Program {
    pub fn start(&self, transport: &dyn Transport) -> Result<Process, Error> {
        let no_pipe = |e: io::Error| Error::new(Code::WorkerDied, "no pipe for a worker").because(&e);
        let (read, write) = io::pipe().map_err(no_pipe)?;
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).envs(self.environment.iter().cloned());
        command.stdout(write.try_clone().map_err(no_pipe)?).stderr(write);
        let kills = platform::out_of_memory_kills();
        let peer = transport.spawn(command)?.into();
        let words = Arc::<Mutex<Words>>::default();
        let kept = words.clone();
        let reader = thread::spawn(move || forward(read, io::stderr(), &kept));
        Ok(Process { peer, words, reader, kills })
    }
}

impl Process {
    /// How it ended, in words. One that was not `ready` had not said hello.
    pub fn ended(self, program: &Program, ready: bool, status: ExitStatus) -> Error {
        let Process { peer, words, reader, kills } = self;
        drop(peer);
        // Its last words are complete when its end of the pipe is closed; a child of its own may hold it open.
        let waited = Instant::now();
        while !reader.is_finished() && waited.elapsed() < Duration::from_millis(50) {
            thread::sleep(Duration::from_micros(200));
        }
        let Words { last, out_of_memory } =
            std::mem::take(&mut *words.lock().unwrap_or_else(PoisonError::into_inner));
        let signal = signal(status);
        let killed = signal.is_some_and(|s| s.0 == 9) && platform::out_of_memory_kills() > kills;
        let who = match ready {
            true => "a worker".to_string(),
            false => format!("a worker, `{}`, was not ready yet when it", program.path.display()),
        };
        let how = match (status.code(), signal) {
            (Some(code), _) => format!("{who} ended with exit code {code}"),
            (None, Some((number, name))) => format!("{who} ended by signal {number}{name}"),
            (None, None) => format!("{who} ended"),
        };
        let how = if out_of_memory || killed { format!("{how}: out of memory") } else { how };
        let error = Error::new(Code::WorkerDied, how);
        if last.is_empty() {
            return error;
        }
        error.help(format!("its last words: {}", Vec::from(last).join(" | ")))
    }
}

/// Passes on what a worker prints, and keeps the last of it.
fn forward(read: PipeReader, mut to: impl Write, words: &Mutex<Words>) {
    let mut read = BufReader::new(read);
    let mut line = Vec::new();
    while matches!(read.by_ref().take(LINE).read_until(b'\n', &mut line), Ok(1..)) {
        let text = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(&line)).into_owned();
        line.clear();
        let _ = writeln!(to, "{text}");
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        words.out_of_memory |= text.starts_with("memory allocation of") && text.ends_with("failed");
        if words.last.len() == LAST_WORDS {
            words.last.pop_front();
        }
        words.last.push_back(text);
    }
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<(i32, &'static str)> {
    let number = std::os::unix::process::ExitStatusExt::signal(&status)?;
    let name = match number {
        4 => " (illegal instruction)",
        6 => " (aborted)",
        7 => " (bus error)",
        9 => " (killed)",
        11 => " (segmentation fault)",
        15 => " (terminated)",
        _ => "",
    };
    Some((number, name))
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<(i32, &'static str)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_end_is_kept_in_part() {
        let (read, mut write) = io::pipe().expect("a pipe");
        let long = vec![b'x'; 1 << 20];
        let worker = thread::spawn(move || write.write_all(&long));
        let (mut passed, words) = (Vec::new(), Mutex::<Words>::default());
        forward(read, &mut passed, &words);
        worker.join().expect("a thread").expect("a reader");
        assert_eq!(passed.iter().filter(|b| **b == b'x').count(), 1 << 20);
        let last = &words.lock().expect("words").last;
        assert_eq!((last.len(), last.iter().map(String::len).max()), (LAST_WORDS, Some(LINE as usize)));
    }
}
