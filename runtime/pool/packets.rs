//! Frames as packets of a SEQPACKET socket, with descriptors by SCM_RIGHTS.

use super::messages::FRAME_CAP;
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

/// Most bytes of a frame in one packet; the byte before them says whether more follow.
pub const PACKET: usize = 60 << 10;
/// A socket that takes no packets of so many bytes takes none.
pub const SMALLEST: usize = 256;
/// Most bytes of the frames that come together: one of the largest after some that were held for it.
const TOGETHER: usize = FRAME_CAP + 2 * PACKET;
/// Time after which a send is tried again that the kernel had no memory for.
pub const AGAIN: Duration = Duration::from_millis(5);
/// Time for which a side that waits stays awake,
const SOON: Duration = Duration::from_micros(50);
/// if what it waited for before came within this.
const QUICK: Duration = Duration::from_micros(150);

/// Sends a packet: one byte that says whether more follow, and a piece of a frame.
pub fn send_packet(
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

/// The fate of a packet.
pub enum Sent {
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
    pub fn of(sent: io::Result<()>) -> Sent {
        match sent.map_err(|e| (Errno::from_io_error(&e), e)) {
            Ok(()) => Sent::Yes,
            Err((Some(Errno::AGAIN), _)) => Sent::Full,
            Err((Some(Errno::NOBUFS | Errno::NOMEM | Errno::TOOMANYREFS), _)) => Sent::Later,
            Err((Some(Errno::MSGSIZE), _)) => Sent::TooLong,
            Err((_, error)) => Sent::Broken(error),
        }
    }
}

pub enum Received {
    /// A whole frame.
    Frame(Vec<u8>, Option<File>),
    Nothing,
    /// More than any frame has.
    Endless,
    End,
}

/// Puts frames together from packets.
#[derive(Default)]
pub struct Inbox {
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
    pub fn soon(&mut self, socket: BorrowedFd) -> io::Result<Received> {
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

    pub fn receive(&mut self, socket: BorrowedFd, flags: RecvFlags) -> io::Result<Received> {
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

/// Sends a frame, however long that takes.
pub fn send_all(socket: BorrowedFd, frame: &[u8]) -> io::Result<()> {
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
