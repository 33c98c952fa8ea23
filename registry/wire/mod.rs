//! How pipelines, data and errors are written as bytes: between processes and in compiled pipeline files.
//!
//! A [`Frame`] is a header with a checksum and a body of records; `docs/wire.md` gives every byte. Nothing here does I/O.
//! Bytes that are read are never trusted: a length is held against the bytes that are there before anything is allocated, and
//! damage, a newer critical record or a missing required one is an [`Error`] that names it.

mod data;
mod frame;
mod names;
mod pipeline;
mod record;

pub use data::{PixelSource, frames_pixels, get_frames, put_frames};
pub use frame::{Frame, HEADER, MAGIC, VERSION, split_frame};
pub use names::Named;
pub use pipeline::{Stamp, Stamped, compile, decompile, read_pipeline, registry_fingerprint, verify};
pub use record::{ANCILLARY, Reader, Wire, Writer, body};

use crate::error::{Code, Error};

/// An error of this module.
pub fn wrong(message: impl Into<String>) -> Error {
    Error::new(Code::Wire, message)
}

/// The 64-bit FNV-1a hash.
pub fn fnv(bytes: &[u8]) -> u64 {
    crate::hash::Fnv::of(bytes)
}
