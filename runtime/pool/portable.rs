//! Any platform: local stream sockets (Unix domain sockets, named pipes of Windows) and mapped files in a private
//! folder.
//!
//! A kill leaves the folder. The file beside it that was locked as long as its pool lived is free then, and by that the
//! next pool finds it and removes both.

use super::memory::{Mapped, Memory, Slab, map};
use super::messages::FRAME_CAP;
use super::transport::{Ends, Home, Incoming, Next, Peer, Transport, WORKER_ARGUMENT};
use crate::io::atomic::{abandoned, locked};
use crate::platform;
use interprocess::local_socket::{
    GenericFilePath, Listener, ListenerOptions, Name, Stream, ToFsName, traits::Listener as _,
    traits::Stream as _,
};
use rotifer_registry::wire::wrong;
use rotifer_registry::{Code, Error};
use shared_child::SharedChild;
use std::any::Any;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::{Builder, NamedTempFile, TempDir, TempPath};

/// The name of this transport on a worker's command line.
pub const NAME: &str = "stream";
/// Folders of pools are named by this, the process and a random part.
const PREFIX: &str = "rotifer-";
const LOCK: &str = ".lock";
const RANDOM: usize = 6;
/// Bytes by which a worker proves that it is the one that was started.
const TOKEN: usize = 16;
/// Bytes before a frame: its length (4) and that of the path of its slab (2), which follows.
const HEAD: usize = 6;
/// Frames up to this many bytes leave in one write with their head.
const SMALL: usize = 64 << 10;
/// Most bytes of the frames that come together: one of the largest after some that were held for it.
const TOGETHER: usize = FRAME_CAP + (128 << 10);
/// Time between the end of a worker's channel and its own.
const GRACE: Duration = Duration::from_secs(1);
/// Time a worker has to end in good order when its pool is gone.
const ORPHANED: Duration = Duration::from_millis(500);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The sockets and slabs of a pool.
struct Folder {
    folder: TempDir,
    /// Beside the folder, and dropped after it.
    _lock: NamedTempFile,
    /// The next name in it.
    next: AtomicU64,
}

impl Folder {
    fn new(base: &Path) -> io::Result<Folder> {
        let prefix = format!("{PREFIX}{}-", std::process::id());
        let lock = locked(Builder::new().prefix(&prefix).rand_bytes(RANDOM).suffix(LOCK), base)?;
        let name = lock.path().file_stem().unwrap_or_default();
        let mut builder = Builder::new();
        // Windows: it lies in the user's own folder.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let folder = builder.prefix(name).rand_bytes(0).tempdir_in(base)?;
        Ok(Folder { folder, _lock: lock, next: AtomicU64::new(1) })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }
}

/// Opens the channel in the first folder that can be had, and removes what killed pools have left.
pub(super) fn open() -> io::Result<Ends> {
    let bases = platform::folders();
    bases.iter().for_each(|base| sweep(base));
    let none = Err(io::Error::new(ErrorKind::InvalidInput, "a path that is UTF-8 is needed"));
    let usable = bases.iter().filter(|base| base.to_str().is_some());
    let folder = usable.fold(none, |found, base| found.or_else(|_| Folder::new(base)));
    let folder = Arc::new(folder?);
    Ok((Arc::new(LocalSockets(folder.clone())), Arc::new(Files(folder))))
}

/// Removes the folders whose pools are gone.
fn sweep(base: &Path) {
    for path in fs::read_dir(base).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.strip_prefix(PREFIX).and_then(|name| name.strip_suffix(LOCK));
        // A folder of someone else's is not taken for one of these.
        let ours = name.and_then(|name| name.split_once('-')).is_some_and(|(process, random)| {
            process.parse::<u32>().is_ok()
                && random.len() == RANDOM
                && random.chars().all(char::is_alphanumeric)
        });
        if ours && let Some(_lock) = abandoned(&path) {
            match fs::remove_dir_all(path.with_extension("")) {
                Err(error) if error.kind() != ErrorKind::NotFound => {}
                _ => drop(fs::remove_file(&path)),
            }
        }
    }
}

/// Mapped files.
struct Files(Arc<Folder>);

/// The pool's side of a slab: the file is removed when it is dropped.
type Owned = Mapped<TempPath>;

impl Memory for Files {
    fn slab(&self, bytes: u64) -> io::Result<Box<dyn Slab>> {
        let path = self.0.path().join(format!("{}.slab", self.0.number()));
        let mut file = File::options().read(true).write(true).create_new(true).open(&path)?;
        let handle = TempPath::try_from_path(path)?;
        match platform::allocate(&file, bytes) {
            // A file of zeros that are written is as good, and takes longer.
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                io::copy(&mut io::repeat(0).take(bytes), &mut file)?;
            }
            done => done?,
        }
        Ok(Box::new(Mapped { map: map(&file)?, handle }))
    }
}

/// Sends a frame. One without bytes says that no more will come.
fn put(mut stream: &Stream, frame: &[u8], slab: &str) -> io::Result<()> {
    let length = u32::try_from(frame.len()).map_err(io::Error::other)?;
    let path = u16::try_from(slab.len()).map_err(io::Error::other)?;
    let (with, rest) = frame.split_at(if frame.len() <= SMALL { frame.len() } else { 0 });
    let mut first = Vec::with_capacity(HEAD + slab.len() + with.len());
    first.extend_from_slice(&length.to_le_bytes());
    first.extend_from_slice(&path.to_le_bytes());
    first.extend_from_slice(slab.as_bytes());
    first.extend_from_slice(with);
    stream.write_all(&first)?;
    stream.write_all(rest)
}

/// A frame and the path of its slab, empty where it has none.
type Letter = (Vec<u8>, String);

/// The next frame.
fn get(stream: &mut impl Read) -> io::Result<Letter> {
    let (mut length, mut path) = ([0; 4], [0; 2]);
    stream.read_exact(&mut length)?;
    stream.read_exact(&mut path)?;
    let mut slab = vec![0; u16::from_le_bytes(path).into()];
    stream.read_exact(&mut slab)?;
    let length = u32::from_le_bytes(length);
    if length as usize > TOGETHER {
        return Err(io::Error::new(ErrorKind::InvalidData, "a frame is too large"));
    }
    let mut frame = Vec::with_capacity((length as usize).min(SMALL));
    if stream.take(length.into()).read_to_end(&mut frame)? < length as usize {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok((frame, String::from_utf8(slab).map_err(io::Error::other)?))
}

struct LocalSockets(Arc<Folder>);

impl Transport for LocalSockets {
    fn spawn(&self, mut command: Command) -> Result<Box<dyn Peer>, Error> {
        let failed = |what: &str, e: io::Error| Error::new(Code::WorkerDied, what).because(&e);
        let socket = platform::socket(self.0.path(), self.0.number());
        let name = socket.clone().to_fs_name::<GenericFilePath>();
        let bound =
            name.and_then(|name| Ok((ListenerOptions::new().name(name.clone()).create_sync()?, name)));
        let (listener, name) = bound.map_err(|e| failed("no socket for a worker", e))?;
        let mut token = [0; TOKEN];
        getrandom::fill(&mut token).map_err(|e| failed("no random number for a worker", e.into()))?;
        command.arg(WORKER_ARGUMENT).arg(NAME).arg(socket).stdin(Stdio::piped());
        let child = SharedChild::spawn(&mut command).map_err(|e| {
            failed("a worker does not start", e).value(command.get_program().to_string_lossy())
        })?;
        if let Some(mut input) = child.take_stdin() {
            // A program that does not read it does not connect either.
            let _ = input.write_all(&token);
        }
        let child = Arc::new(child);
        let (outbox, letters) = channel();
        let (events, inbox) = channel();
        let threads =
            Threads { listener, name, token, child: child.clone(), letters, events: events.clone() };
        threads.start().map_err(|e| {
            let _ = child.kill();
            let _ = child.wait();
            failed("no threads for a worker", e)
        })?;
        let inbox = Mutex::new(Inbox { events: inbox, closed: false, status: None, until: None });
        Ok(Box::new(PortablePeer { pid: child.id(), child, outbox, events, inbox, _folder: self.0.clone() }))
    }
}

/// An event at a worker's side.
enum Happened {
    Frame(Vec<u8>),
    Woken,
    /// Its bytes make no sense.
    Endless,
    /// Nothing more comes from it.
    Closed,
    Exited(ExitStatus),
}

/// Threads that wait for a worker: one thread for its end, one reads, one writes.
struct Threads {
    listener: Listener,
    name: Name<'static>,
    token: [u8; TOKEN],
    child: Arc<SharedChild>,
    letters: Receiver<Letter>,
    events: Sender<Happened>,
}

impl Threads {
    fn start(self) -> io::Result<()> {
        let Threads { listener, name, token, child, letters, events } = self;
        let spawn = |what: &str| thread::Builder::new().name(format!("rotifer {what} {}", child.id()));
        let gone = Arc::new(AtomicBool::new(false));
        let (connected, connection) = channel::<Arc<Stream>>();
        spawn("end of").spawn({
            let (child, gone, events) = (child.clone(), gone.clone(), events.clone());
            move || {
                let status = child.wait().unwrap_or_default();
                gone.store(true, Ordering::SeqCst);
                let _ = events.send(Happened::Exited(status));
                // Whoever still waits for it to connect waits no longer. If it did connect this fails, on Windows when
                // its stream is dropped.
                let _ = Stream::connect(name);
            }
        })?;
        spawn("from").spawn(move || {
            if let Some(stream) = accept(listener, &token, &gone).map(Arc::new) {
                let _ = connected.send(stream.clone());
                let mut stream = BufReader::with_capacity(SMALL, &*stream);
                loop {
                    let happened = match get(&mut stream) {
                        Ok((frame, _)) => Happened::Frame(frame),
                        Err(error) if error.kind() == ErrorKind::InvalidData => Happened::Endless,
                        Err(_) => break,
                    };
                    let last = matches!(happened, Happened::Endless);
                    if events.send(happened).is_err() {
                        return;
                    }
                    if last {
                        break;
                    }
                }
            }
            let _ = events.send(Happened::Closed);
        })?;
        spawn("to").spawn(move || {
            let Ok(stream) = connection.recv() else { return };
            for (frame, slab) in letters {
                if put(&stream, &frame, &slab).is_err() {
                    // Tasks that were not sent run elsewhere.
                    let _ = child.kill();
                    return;
                }
            }
        })?;
        Ok(())
    }
}

/// The stream of the worker that knows the token; none where it ended before. After that no one can connect.
fn accept(listener: Listener, token: &[u8], gone: &AtomicBool) -> Option<Stream> {
    loop {
        let stream = listener.accept().ok()?;
        let mut said = [0; TOKEN];
        if (&stream).read_exact(&mut said).is_ok() && said == token {
            return Some(stream);
        }
        if gone.load(Ordering::SeqCst) {
            return None;
        }
    }
}

struct PortablePeer {
    pid: u32,
    child: Arc<SharedChild>,
    outbox: Sender<Letter>,
    events: Sender<Happened>,
    inbox: Mutex<Inbox>,
    /// Its socket lies there until it connects.
    _folder: Arc<Folder>,
}

struct Inbox {
    events: Receiver<Happened>,
    closed: bool,
    status: Option<ExitStatus>,
    /// When we no longer wait for the other of the two.
    until: Option<Instant>,
}

impl Peer for PortablePeer {
    fn pid(&self) -> u32 {
        self.pid
    }

    fn send(&self, frame: Vec<u8>, slab: Option<&dyn Slab>) {
        let owned = slab.and_then(|slab| (slab as &dyn Any).downcast_ref::<Owned>());
        let path = owned.and_then(|slab| slab.handle.to_str()).unwrap_or_default();
        let _ = self.outbox.send((frame, path.into()));
    }

    fn next(&self, timeout: Option<Duration>) -> Next {
        let asked = timeout.map(|t| Instant::now() + t);
        let mut inbox = lock(&self.inbox);
        loop {
            if let (true, Some(status)) = (inbox.closed, inbox.status) {
                return Next::Ended(status);
            }
            let happened = match inbox.until.or(asked) {
                Some(at) => inbox.events.recv_timeout(at.saturating_duration_since(Instant::now())),
                None => inbox.events.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match happened {
                Ok(Happened::Frame(frame)) => return Next::Frame(frame),
                Ok(Happened::Endless) => {
                    return Next::Fault(
                        wrong("a worker sends a frame without end").allowed(format!("{FRAME_CAP} bytes")),
                    );
                }
                Ok(Happened::Woken) if inbox.until.is_none() => return Next::Woken,
                Ok(Happened::Woken) => {}
                Ok(Happened::Closed) => {
                    inbox.closed = true;
                    inbox.until = Some(Instant::now() + GRACE);
                }
                Ok(Happened::Exited(status)) => {
                    inbox.status = Some(status);
                    inbox.until = Some(Instant::now() + GRACE);
                }
                Err(_) if inbox.until.is_none() => return Next::Timeout,
                // A process of its own may hold the stream open.
                Err(_) if inbox.status.is_some() => inbox.closed = true,
                Err(_) => {
                    self.kill();
                    inbox.until = Some(Instant::now() + GRACE);
                }
            }
        }
    }

    fn wake(&self) {
        let _ = self.events.send(Happened::Woken);
    }

    fn close(&self) {
        let _ = self.outbox.send(Letter::default());
    }

    fn kill(&self) {
        let _ = self.child.kill();
    }
}

/// The worker's end.
pub struct PortableHome {
    stream: Arc<Stream>,
    sending: Mutex<()>,
    letters: Mutex<Receiver<Letter>>,
}

impl PortableHome {
    /// Connects: the socket is the next argument, the token is the standard input.
    pub fn new(mut arguments: impl Iterator<Item = OsString>) -> io::Result<PortableHome> {
        let socket = PathBuf::from(arguments.next().unwrap_or_default());
        let mut token = [0; TOKEN];
        io::stdin().read_exact(&mut token)?;
        let stream = Arc::new(Stream::connect(socket.to_fs_name::<GenericFilePath>()?)?);
        (&*stream).write_all(&token)?;
        let (sender, letters) = channel();
        let from = stream.clone();
        thread::Builder::new().name("rotifer pool".into()).spawn(move || read(&from, sender))?;
        Ok(PortableHome { stream, sending: Mutex::default(), letters: Mutex::new(letters) })
    }
}

/// Reads what the pool sends, and ends this process when the pool is gone.
fn read(stream: &Stream, letters: Sender<Letter>) {
    let mut stream = BufReader::with_capacity(SMALL, stream);
    let mut letters = Some(letters);
    while let Ok((frame, slab)) = get(&mut stream) {
        if frame.is_empty() {
            letters = None;
        } else if let Some(letters) = &letters {
            let _ = letters.send((frame, slab));
        }
    }
    // Work at the end of a process may hang, in the midst of a task.
    let watch = thread::Builder::new().spawn(|| {
        thread::sleep(ORPHANED);
        std::process::abort();
    });
    if watch.is_err() {
        std::process::abort();
    }
    std::process::exit(1);
}

impl Home for PortableHome {
    fn receive(&self, wait: bool) -> io::Result<Incoming> {
        let letters = lock(&self.letters);
        let letter =
            if wait { letters.recv().map_err(|_| TryRecvError::Disconnected) } else { letters.try_recv() };
        let (frame, slab) = match letter {
            Ok(letter) => letter,
            Err(TryRecvError::Empty) => return Ok(Incoming::Nothing),
            Err(TryRecvError::Disconnected) => return Ok(Incoming::End),
        };
        let opened = || {
            let file = File::options().read(true).write(true).open(&slab)?;
            Ok(Arc::new(Mapped { map: map(&file)?, handle: () }) as Arc<dyn Slab>)
        };
        Ok(Incoming::Frame(frame, (!slab.is_empty()).then(opened)))
    }

    fn send(&self, frame: &[u8]) -> io::Result<()> {
        let _alone = lock(&self.sending);
        put(&self.stream, frame, "")
    }
}
