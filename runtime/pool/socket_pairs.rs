//! The channel of Linux: SEQPACKET socket pairs and pidfds.

use super::memfds::{Memfd, Slabs};
use super::memory::Slab;
use super::messages::FRAME_CAP;
use super::packets::{AGAIN, Inbox, PACKET, Received, SMALLEST, Sent, send_all, send_packet};
use super::transport::{Home, Incoming, Next, Peer, Transport, WORKER_ARGUMENT};
use rotifer_registry::wire::wrong;
use rotifer_registry::{Code, Error};
use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::io::{Errno, FdFlags, fcntl_dupfd_cloexec, fcntl_setfd};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, Shutdown, SocketFlags, SocketType, shutdown, socketpair,
};
use rustix::process::{
    Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal, set_parent_process_death_signal,
};
use std::any::Any;
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The name of this transport on a worker's command line.
pub const NAME: &str = "seqpacket";
/// Time between the end of a worker's channel and its own.
const GRACE: Duration = Duration::from_secs(1);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub struct SocketPairs;

impl Transport for SocketPairs {
    fn spawn(&self, mut command: Command) -> Result<Box<dyn Peer>, Error> {
        let failed = |what: &str, e: io::Error| Error::new(Code::WorkerDied, what).because(&e);
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
        let fd = memfd.map(|memfd| memfd.handle.as_fd());
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
                // Messages that it sent before its end still count.
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

/// The error of a frame that does not end.
fn endless() -> Error {
    wrong("a worker sends a frame without end").allowed(format!("{FRAME_CAP} bytes"))
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
