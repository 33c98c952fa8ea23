//! Linux: SEQPACKET socket pairs, descriptors by SCM_RIGHTS, sealed memfds, pidfds; and what else Linux has its own
//! way of.

use super::memory::{Mapped, Memory, Slab, map};
use super::messages::FRAME_CAP;
use super::transport::{Home, Incoming, Next, Peer, Transport, WORKER_ARGUMENT};
pub use super::unix::tie_children;
use memmap2::{Advice, MmapRaw};
use rotifer_registry::wire::wrong;
use rotifer_registry::{Code, Error};
use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::fs::{
    FallocateFlags, MemfdFlags, SealFlags, fallocate, fcntl_add_seals, fcntl_get_seals, memfd_create,
};
use rustix::io::{Errno, FdFlags, fcntl_dupfd_cloexec, fcntl_setfd};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, Shutdown, SocketFlags, SocketType, recvmsg, sendmsg, shutdown,
    socketpair,
};
use rustix::process::{
    Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal, set_parent_process_death_signal,
};
use std::any::Any;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::linux::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The name of this transport on a worker's command line.
pub const NAME: &str = "seqpacket";
/// Most bytes of a frame in one packet; the byte before them says whether more follow.
const PACKET: usize = 60 << 10;
/// A socket that takes no packets of so many bytes takes none.
const SMALLEST: usize = 256;
/// Most bytes of the frames that come together: one of the largest after some that were held for it.
const TOGETHER: usize = FRAME_CAP + 2 * PACKET;
/// Time after which a send is tried again that the kernel had no memory for.
const AGAIN: Duration = Duration::from_millis(5);
/// Time for which a side that waits stays awake,
const SOON: Duration = Duration::from_micros(50);
/// if what it waited for before came within this.
const QUICK: Duration = Duration::from_micros(150);
/// Time between the end of a worker's channel and its own.
const GRACE: Duration = Duration::from_secs(1);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Memory without a name or a path, that is really there.
pub struct Memfds;

type Memfd = Mapped<Pages>;

/// The pool's descriptor of a slab. Workers keep slabs mapped: when the pool drops one its pages go back all the same.
struct Pages(File);

impl Drop for Pages {
    fn drop(&mut self) {
        let bytes = self.0.metadata().map_or(0, |m| m.len());
        let _ = fallocate(&self.0, FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE, 0, bytes);
    }
}

impl Memory for Memfds {
    fn slab(&self, bytes: u64) -> io::Result<Box<dyn Slab>> {
        let file: File = memfd_create("rotifer", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?.into();
        file.set_len(bytes)?;
        fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        // Mapped first, for the large pages. Where there is not enough memory, `fallocate` says so and no signal.
        let slab = Mapped { map: map(&file)?, handle: Pages(file) };
        fallocate(&slab.handle.0, FallocateFlags::empty(), 0, bytes)?;
        Ok(Box::new(slab))
    }
}

/// Slabs that a worker keeps mapped: the pool lends it the same ones again, and to map 8 MiB takes as long as to copy them.
const MAPPED: usize = 8;

/// The slabs a worker has mapped, the latest last, by device and inode.
#[derive(Default)]
struct Slabs(VecDeque<((u64, u64), Arc<dyn Slab>)>);

impl Slabs {
    /// A slab that came with a task.
    fn received(&mut self, file: &File) -> io::Result<Arc<dyn Slab>> {
        let meta = file.metadata()?;
        let name = (meta.st_dev(), meta.st_ino());
        let known = self.0.iter().position(|(known, _)| *known == name).and_then(|i| self.0.remove(i));
        let slab = match known {
            Some((_, slab)) => slab,
            None if !fcntl_get_seals(file)?.contains(SealFlags::SHRINK) => {
                return Err(io::Error::other("shared memory could shrink under its reader"));
            }
            None => Arc::new(Mapped { map: map(file)?, handle: () }),
        };
        if self.0.len() == MAPPED {
            self.0.pop_front();
        }
        self.0.push_back((name, slab.clone()));
        Ok(slab)
    }
}

/// Sends a packet: one byte that says whether more follow, and a piece of a frame.
fn send_packet(
    socket: BorrowedFd,
    piece: &[u8],
    more: bool,
    fd: Option<BorrowedFd>,
    flags: SendFlags,
) -> io::Result<()> {
    let head = [more as u8];
    let fds: Vec<BorrowedFd> = fd.into_iter().collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() {
        control.push(SendAncillaryMessage::ScmRights(&fds));
    }
    loop {
        match sendmsg(
            socket,
            &[IoSlice::new(&head), IoSlice::new(piece)],
            &mut control,
            flags | SendFlags::NOSIGNAL,
        ) {
            Ok(_) => return Ok(()),
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
    }
}

/// What became of a packet.
enum Sent {
    Yes,
    /// The socket is full.
    Full,
    /// The kernel has no room for it now.
    Later,
    /// It is longer than the socket takes.
    TooLong,
    /// Nothing can be sent there any more.
    Broken(io::Error),
}

impl Sent {
    fn of(sent: io::Result<()>) -> Sent {
        match sent.map_err(|e| (Errno::from_io_error(&e), e)) {
            Ok(()) => Sent::Yes,
            Err((Some(Errno::AGAIN), _)) => Sent::Full,
            Err((Some(Errno::NOBUFS | Errno::NOMEM | Errno::TOOMANYREFS), _)) => Sent::Later,
            Err((Some(Errno::MSGSIZE), _)) => Sent::TooLong,
            Err((_, error)) => Sent::Broken(error),
        }
    }
}

enum Received {
    /// A whole frame.
    Frame(Vec<u8>, Option<File>),
    Nothing,
    /// More than any frame has.
    Endless,
    End,
}

/// Puts frames together from packets.
#[derive(Default)]
struct Inbox {
    packet: Vec<u8>,
    frame: Vec<u8>,
    slab: Option<File>,
    /// When the wait for the next frame began.
    since: Option<Instant>,
    /// The last one came quickly.
    quick: bool,
}

impl Inbox {
    /// Looks for a frame, and where they have been coming quickly, again for a while without going to sleep: to be
    /// woken takes longer than most that is waited for then.
    fn soon(&mut self, socket: BorrowedFd) -> io::Result<Received> {
        let start = Instant::now();
        let since = *self.since.get_or_insert(start);
        loop {
            let received = self.receive(socket, RecvFlags::DONTWAIT)?;
            if matches!(received, Received::Nothing) {
                if self.quick && start.elapsed() < SOON {
                    std::thread::yield_now();
                    continue;
                }
                self.quick = false;
            } else {
                self.quick = since.elapsed() < QUICK;
                self.since = None;
            }
            return Ok(received);
        }
    }

    fn receive(&mut self, socket: BorrowedFd, flags: RecvFlags) -> io::Result<Received> {
        self.packet.resize(PACKET + 1, 0);
        loop {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
            let mut control = RecvAncillaryBuffer::new(&mut space);
            let mut into = [IoSliceMut::new(&mut self.packet)];
            let got = match recvmsg(socket, &mut into, &mut control, flags | RecvFlags::CMSG_CLOEXEC) {
                Ok(message) => message.bytes,
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => return Ok(Received::Nothing),
                Err(Errno::CONNRESET | Errno::PIPE) => return Ok(Received::End),
                Err(error) => return Err(error.into()),
            };
            for message in control.drain() {
                if let RecvAncillaryMessage::ScmRights(fds) = message {
                    for fd in fds {
                        self.slab = Some(fd.into());
                    }
                }
            }
            let Some((more, piece)) = self.packet[..got].split_first() else { return Ok(Received::End) };
            if self.frame.len() + piece.len() > TOGETHER || *more != 0 && piece.is_empty() {
                self.frame = Vec::new();
                return Ok(Received::Endless);
            }
            self.frame.extend_from_slice(piece);
            if *more == 0 {
                return Ok(Received::Frame(std::mem::take(&mut self.frame), self.slab.take()));
            }
        }
    }
}

pub struct SocketPairs;

impl Transport for SocketPairs {
    fn spawn(&self, mut command: Command) -> Result<Box<dyn Peer>, Error> {
        let failed = |what: &str, e: io::Error| Error::new(Code::WorkerDied, format!("{what}: {e}"));
        let (socket, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
                .map_err(|e| failed("no socket for a worker", e.into()))?;
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
            .map_err(|e| failed("no event for a worker", e.into()))?;
        command.arg(WORKER_ARGUMENT).arg(NAME).stdin(Stdio::from(theirs));
        let mut child = command.spawn().map_err(|e| {
            failed("a worker does not start", e).value(command.get_program().to_string_lossy())
        })?;
        let pidfd = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or(Errno::SRCH);
        match pidfd.and_then(|pid| pidfd_open(pid, PidfdFlags::empty())) {
            Ok(pidfd) => Ok(Box::new(LinuxPeer {
                pid: child.id(),
                socket,
                wake,
                pidfd,
                child: Mutex::new(child),
                inbox: Mutex::default(),
                outbox: Mutex::default(),
            })),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(failed("a worker cannot be watched", error.into()))
            }
        }
    }
}

struct LinuxPeer {
    pid: u32,
    socket: OwnedFd,
    wake: OwnedFd,
    pidfd: OwnedFd,
    child: Mutex<Child>,
    inbox: Mutex<Inbox>,
    outbox: Mutex<Outbox>,
}

/// Frames that the socket had no room for.
struct Outbox {
    frames: VecDeque<Waiting>,
    /// Bytes of a packet: fewer where the socket takes no longer ones.
    packet: usize,
    closed: bool,
}

impl Default for Outbox {
    fn default() -> Outbox {
        Outbox { frames: VecDeque::new(), packet: PACKET, closed: false }
    }
}

/// A frame of which a part is sent.
struct Waiting {
    frame: Vec<u8>,
    sent: usize,
    fd: Option<OwnedFd>,
}

/// How far the frames that wait were sent.
#[derive(PartialEq)]
enum Flushed {
    All,
    /// Until the socket has room.
    Full,
    /// Until the kernel has memory.
    Later,
}

impl LinuxPeer {
    /// Sends what waits as far as there is room. What cannot be sent although the worker is there ends it: its tasks
    /// run elsewhere.
    fn flush(&self, outbox: &mut Outbox) -> Flushed {
        while let Some(Waiting { frame, sent, fd }) = outbox.frames.front_mut() {
            let end = frame.len().min(*sent + outbox.packet);
            let (piece, more) = (&frame[*sent..end], end < frame.len());
            let fd = fd.as_ref().filter(|_| *sent == 0).map(|fd| fd.as_fd());
            match Sent::of(send_packet(self.socket.as_fd(), piece, more, fd, SendFlags::DONTWAIT)) {
                Sent::Yes if more => *sent = end,
                Sent::Yes => drop(outbox.frames.pop_front()),
                Sent::Full => return Flushed::Full,
                Sent::Later => return Flushed::Later,
                Sent::TooLong if outbox.packet > SMALLEST => outbox.packet /= 2,
                Sent::TooLong | Sent::Broken(_) => {
                    outbox.frames.clear();
                    self.kill();
                }
            }
        }
        if outbox.closed {
            let _ = shutdown(&self.socket, Shutdown::Write);
        }
        Flushed::All
    }
}

impl Peer for LinuxPeer {
    fn pid(&self) -> u32 {
        self.pid
    }

    fn send(&self, frame: Vec<u8>, slab: Option<&dyn Slab>) {
        let mut outbox = lock(&self.outbox);
        let memfd = slab.and_then(|slab| (slab as &dyn Any).downcast_ref::<Memfd>());
        let fd = memfd.map(|memfd| memfd.handle.0.as_fd());
        if outbox.frames.is_empty() && frame.len() <= outbox.packet {
            let sent = send_packet(self.socket.as_fd(), &frame, false, fd, SendFlags::DONTWAIT);
            if let Sent::Yes = Sent::of(sent) {
                return;
            }
        }
        // A task without its slab is none.
        let Ok(fd) = fd.map(|fd| fd.try_clone_to_owned()).transpose() else {
            self.kill();
            return;
        };
        outbox.frames.push_back(Waiting { frame, sent: 0, fd });
        if self.flush(&mut outbox) != Flushed::All {
            drop(outbox);
            self.wake();
        }
    }

    fn next(&self, timeout: Option<Duration>) -> Next {
        let until = timeout.map(|t| Instant::now() + t);
        let mut inbox = lock(&self.inbox);
        let mut ended: Option<Instant> = None;
        loop {
            if ended.is_none() {
                match inbox.soon(self.socket.as_fd()) {
                    Ok(Received::Frame(frame, _)) => return Next::Frame(frame),
                    Ok(Received::Nothing) => {}
                    Ok(Received::Endless) => return Next::Fault(endless()),
                    // The channel is of no use any more; the process should end with it.
                    Ok(Received::End) | Err(_) => ended = Some(Instant::now() + GRACE),
                }
            }
            let flushed = self.flush(&mut lock(&self.outbox));
            let full = flushed == Flushed::Full;
            let socket = PollFlags::IN | if full { PollFlags::OUT } else { PollFlags::empty() };
            let mut fds =
                vec![PollFd::new(&self.pidfd, PollFlags::IN), PollFd::new(&self.wake, PollFlags::IN)];
            if ended.is_none() {
                fds.push(PollFd::new(&self.socket, socket));
            }
            let left = ended.or(until).map(|t| t.saturating_duration_since(Instant::now()));
            let again = (flushed == Flushed::Later).then_some(AGAIN);
            let (left, again) = match (left, again) {
                (Some(left), Some(again)) => (Some(left.min(again)), again < left),
                (left, again) => (left.or(again), again.is_some()),
            };
            let span = left.and_then(|t| rustix::event::Timespec::try_from(t).ok());
            let ready = match poll(&mut fds, span.as_ref()) {
                Ok(n) => n,
                Err(_) => continue,
            };
            let [dead, woken] = [0, 1].map(|i| !fds[i].revents().is_empty());
            drop(fds);
            if dead {
                // What it sent before its end still counts.
                if ended.is_none()
                    && let Ok(Received::Frame(frame, _)) =
                        inbox.receive(self.socket.as_fd(), RecvFlags::DONTWAIT)
                {
                    return Next::Frame(frame);
                }
                let mut child = lock(&self.child);
                match child.wait() {
                    Ok(status) => return Next::Ended(status),
                    Err(_) => return Next::Ended(Default::default()),
                }
            }
            if woken {
                let _ = rustix::io::read(&self.wake, &mut [0u8; 8]);
                if ended.is_none() {
                    return Next::Woken;
                }
            }
            if ready == 0 && !again {
                if ended.is_none() {
                    return Next::Timeout;
                }
                self.kill();
                ended = Some(Instant::now() + GRACE);
            }
        }
    }

    fn wake(&self) {
        let _ = rustix::io::write(&self.wake, &1u64.to_ne_bytes());
    }

    fn close(&self) {
        let mut outbox = lock(&self.outbox);
        outbox.closed = true;
        self.flush(&mut outbox);
    }

    fn kill(&self) {
        let _ = pidfd_send_signal(&self.pidfd, Signal::KILL);
    }
}

/// The worker's end: the socket that it finds as its standard input.
pub struct LinuxHome {
    socket: OwnedFd,
    inbox: Mutex<Inbox>,
    slabs: Mutex<Slabs>,
}

impl LinuxHome {
    /// Takes the socket from standard input, which becomes empty, and ties this process's life to the pool's.
    pub fn new() -> io::Result<LinuxHome> {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        let socket = fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?;
        rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
        fcntl_setfd(&socket, FdFlags::CLOEXEC)?;
        Ok(LinuxHome { socket, inbox: Mutex::default(), slabs: Mutex::default() })
    }
}

impl Home for LinuxHome {
    fn receive(&self, wait: bool) -> io::Result<Incoming> {
        let mut inbox = lock(&self.inbox);
        let socket = self.socket.as_fd();
        let received = loop {
            match inbox.soon(socket)? {
                Received::Nothing if wait => {
                    let _ = poll(&mut [PollFd::new(&socket, PollFlags::IN)], None);
                }
                received => break received,
            }
        };
        drop(inbox);
        Ok(match received {
            Received::Frame(frame, file) => {
                Incoming::Frame(frame, file.map(|file| lock(&self.slabs).received(&file)))
            }
            Received::Nothing => Incoming::Nothing,
            Received::Endless | Received::End => Incoming::End,
        })
    }

    fn send(&self, frame: &[u8]) -> io::Result<()> {
        send_all(self.socket.as_fd(), frame)
    }
}

/// Sends a frame, however long that takes.
fn send_all(socket: BorrowedFd, frame: &[u8]) -> io::Result<()> {
    let (mut sent, mut packet) = (0, PACKET);
    loop {
        let end = frame.len().min(sent + packet);
        let more = end < frame.len();
        match Sent::of(send_packet(socket, &frame[sent..end], more, None, SendFlags::empty())) {
            Sent::Yes if more => sent = end,
            Sent::Yes => return Ok(()),
            Sent::Full | Sent::Later => std::thread::sleep(AGAIN),
            Sent::TooLong if packet > SMALLEST => packet /= 2,
            Sent::TooLong => return Err(Errno::MSGSIZE.into()),
            Sent::Broken(error) => return Err(error),
        }
    }
}

/// The error of a frame that does not end.
fn endless() -> Error {
    wrong("a worker sends a frame without end").allowed(format!("{FRAME_CAP} bytes"))
}

/// Processes that this machine's kernel has ended for want of memory, since it started.
pub fn out_of_memory_kills() -> Option<u64> {
    let counters = std::fs::read_to_string("/proc/vmstat").ok()?;
    counters.lines().find_map(|l| l.strip_prefix("oom_kill ")).and_then(|n| n.trim().parse().ok())
}

/// Bytes of memory that are free now.
pub fn free_memory() -> Option<u64> {
    let info = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = info.lines().find_map(|l| l.strip_prefix("MemAvailable:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? << 10)
}

/// Where shared files may lie, the best first.
pub fn folders() -> Vec<PathBuf> {
    vec!["/dev/shm".into(), std::env::temp_dir()]
}

/// The name of a local socket.
pub fn socket(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number}.socket"))
}

/// Makes a file so long, its bytes really there.
pub fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    match fallocate(file, FallocateFlags::empty(), 0, bytes) {
        Err(Errno::OPNOTSUPP) => Err(io::ErrorKind::Unsupported.into()),
        other => Ok(other?),
    }
}

/// Touches all pages of shared memory at once, in large ones where they are to be had: first touch is what costs.
pub fn prefault(map: &MmapRaw) {
    let _ = map.advise(Advice::HugePage);
    let _ = map.advise(Advice::PopulateWrite);
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::net::sockopt::set_socket_send_buffer_size;

    fn pair() -> (OwnedFd, OwnedFd) {
        socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).expect("sockets")
    }

    fn received(socket: &OwnedFd) -> Vec<u8> {
        match Inbox::default().receive(socket.as_fd(), RecvFlags::empty()).expect("a frame") {
            Received::Frame(frame, _) => frame,
            _ => panic!("no frame"),
        }
    }

    /// A socket that takes short packets only gets them, and nothing is lost.
    #[test]
    fn a_frame_goes_through_a_small_socket() {
        let frame: Vec<u8> = (0..200_000).map(|i| (i % 251) as u8).collect();
        let (from, to) = pair();
        set_socket_send_buffer_size(&from, 4608).expect("a small buffer");
        let long = send_packet(from.as_fd(), &frame[..PACKET], false, None, SendFlags::empty());
        assert!(matches!(Sent::of(long), Sent::TooLong));
        let sender = std::thread::spawn({
            let frame = frame.clone();
            move || send_all(from.as_fd(), &frame).map(|()| from)
        });
        assert_eq!(received(&to), frame);
        let from = sender.join().expect("a thread").expect("all is sent");

        // The pool's side does not block.
        let child = Command::new("true").spawn().expect("a process");
        let pid = Pid::from_raw(child.id() as i32).expect("a process");
        let peer = LinuxPeer {
            pid: child.id(),
            socket: from,
            wake: eventfd(0, EventfdFlags::CLOEXEC).expect("an event"),
            pidfd: pidfd_open(pid, PidfdFlags::empty()).expect("a process"),
            child: Mutex::new(child),
            inbox: Mutex::default(),
            outbox: Mutex::default(),
        };
        peer.send(frame.clone(), None);
        let receiver = std::thread::spawn(move || (received(&to), to));
        while peer.flush(&mut lock(&peer.outbox)) != Flushed::All {
            std::thread::yield_now();
        }
        let (got, to) = receiver.join().expect("a thread");
        assert_eq!(got, frame);

        // A worker that is gone has got nothing.
        drop(to);
        peer.send(frame, None);
        assert!(lock(&peer.outbox).frames.is_empty());
        assert!(matches!(peer.next(None), Next::Ended(_)));
    }

    #[test]
    fn a_frame_without_end_is_seen() {
        let (from, to) = pair();
        send_packet(from.as_fd(), b"some", true, None, SendFlags::empty()).expect("a packet");
        send_packet(from.as_fd(), b"", true, None, SendFlags::empty()).expect("a packet");
        let received = Inbox::default().receive(to.as_fd(), RecvFlags::empty());
        assert!(matches!(received, Ok(Received::Endless)));
    }
}
