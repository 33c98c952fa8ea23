//! The envelope of every message.

use super::wrong;
use crate::error::Error;

/// First bytes of every frame.
pub const MAGIC: [u8; 4] = *b"RTFR";
/// Version of the wire form. It changes only when a reader of the version before would misread a frame.
pub const VERSION: u16 = 1;
/// Bytes before the body.
pub const HEADER: usize = 32;

/// One message: who it is about, and its records.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame<'a> {
    pub kind: u16,
    pub task: u64,
    pub attempt: u32,
    pub incarnation: u32,
    pub body: &'a [u8],
}

impl<'a> Frame<'a> {
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER + self.body.len());
        self.append(&mut out);
        out
    }

    /// Writes the frame after what is there.
    pub fn append(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&self.kind.to_le_bytes());
        out.extend_from_slice(&(self.body.len() as u32).to_le_bytes());
        out.extend_from_slice(&self.task.to_le_bytes());
        out.extend_from_slice(&self.attempt.to_le_bytes());
        out.extend_from_slice(&self.incarnation.to_le_bytes());
        let sum = crc32c::crc32c_append(crc32c::crc32c(&out[start..]), self.body);
        out.extend_from_slice(&sum.to_le_bytes());
        out.extend_from_slice(self.body);
    }

    /// Reads exactly one frame of at most `cap` bytes.
    pub fn decode(bytes: &'a [u8], cap: usize) -> Result<Frame<'a>, Error> {
        if bytes.len() > cap {
            return Err(wrong("a frame is too large").value(bytes.len()).allowed(format!("{cap} bytes")));
        }
        let (header, body) = bytes
            .split_first_chunk::<HEADER>()
            .ok_or_else(|| wrong("a frame is cut off").value(format!("{} bytes", bytes.len())))?;
        if header[..4] != MAGIC {
            return Err(wrong("these bytes are no frame of Rotifer"));
        }
        let version = u16::from_le_bytes([header[4], header[5]]);
        if version != VERSION {
            return Err(wrong("the two sides speak different versions of the wire form")
                .value(version)
                .allowed(VERSION.to_string()));
        }
        let u32_at =
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let length = u32_at(8) as usize;
        if length != body.len() {
            return Err(wrong(format!("a frame says {length} bytes and has {}", body.len())));
        }
        if crc32c::crc32c_append(crc32c::crc32c(&header[..28]), body) != u32_at(28) {
            return Err(wrong("a frame is damaged: its checksum does not fit"));
        }
        Ok(Frame {
            kind: u16::from_le_bytes([header[6], header[7]]),
            task: u64::from(u32_at(12)) | u64::from(u32_at(16)) << 32,
            attempt: u32_at(20),
            incarnation: u32_at(24),
            body,
        })
    }
}

/// Splits the first frame off a row of frames. Bytes without a whole frame in front are given back as one piece.
pub fn split_frame(bytes: &[u8]) -> (&[u8], &[u8]) {
    let length = bytes.get(8..12).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes) as usize;
    match HEADER.checked_add(length) {
        Some(whole) if whole < bytes.len() && bytes.starts_with(&MAGIC) => bytes.split_at(whole),
        _ => (bytes, &[]),
    }
}
