//! Enumerations travel by name: a variant added or moved changes no byte of the others.

use super::{Wire, wrong};
use crate::dtype::Dtype;
use crate::error::{Code, Error};
use crate::pipeline::{DtypeRequest, Memory, Over};
use crate::spacing::SpacingSource;
use crate::volume::Kind;

/// An enumeration with a name for every variant.
pub trait Named: Sized + Copy {
    const WHAT: &'static str;
    fn word(self) -> &'static str;
    fn from_word(word: &str) -> Option<Self>;
}

macro_rules! named {
    ($($t:ident, $what:literal: { $($variant:ident = $word:literal),* $(,)? })*) => {$(
        impl Named for $t {
            const WHAT: &'static str = $what;
            fn word(self) -> &'static str {
                match self { $($t::$variant => $word),* }
            }
            fn from_word(word: &str) -> Option<$t> {
                match word { $($word => Some($t::$variant),)* _ => None }
            }
        }
        by_name!($t);
    )*};
}

macro_rules! by_name {
    ($t:ty) => {
        impl Wire for $t {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(Named::word(*self).as_bytes());
            }
            fn get(bytes: &[u8]) -> Result<$t, Error> {
                std::str::from_utf8(bytes).ok().and_then(<$t as Named>::from_word).ok_or_else(|| {
                    let word = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
                    wrong(format!("no such {}", <$t as Named>::WHAT)).value(format!("\"{word}\""))
                })
            }
        }
    };
}

named! {
    Kind, "kind of volume": { Image = "image", Mask = "mask", Labels = "labels" }
    Memory, "memory type": { Host = "host", Device = "device" }
    SpacingSource, "source of a spacing": {
        OmeXml = "ome_xml", Imagej = "imagej", TiffResolution = "tiff_resolution", PngPhys = "png_phys",
        Given = "given", Index = "index",
    }
    Code, "error code": {
        Syntax = "syntax", UnknownOp = "unknown_op", UnknownArgument = "unknown_argument",
        MissingArgument = "missing_argument", WrongType = "wrong_type", OutOfRange = "out_of_range",
        UnknownInput = "unknown_input", InputCount = "input_count", WrongKind = "wrong_kind",
        DuplicateName = "duplicate_name", Shape = "shape", NoSpacing = "no_spacing",
        MissingChannel = "missing_channel", Table = "table", Unavailable = "unavailable",
        DeviceMemory = "device_memory", Device = "device", File = "file", Wire = "wire",
        WorkerDied = "worker_died", Poisoned = "poisoned", Cancelled = "cancelled", Internal = "internal",
    }
}

impl Named for Dtype {
    const WHAT: &'static str = "dtype";
    fn word(self) -> &'static str {
        self.name()
    }
    fn from_word(word: &str) -> Option<Dtype> {
        Dtype::parse(word)
    }
}
by_name!(Dtype);

impl Named for DtypeRequest {
    const WHAT: &'static str = "dtype";
    fn word(self) -> &'static str {
        self.name()
    }
    fn from_word(word: &str) -> Option<DtypeRequest> {
        DtypeRequest::parse(word)
    }
}
by_name!(DtypeRequest);

impl Wire for Over {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.name().as_bytes());
    }
    fn get(bytes: &[u8]) -> Result<Over, Error> {
        let text = std::str::from_utf8(bytes).map_err(|_| wrong("a group of images is no text"))?;
        Over::parse(text).ok_or_else(|| wrong("no such group of images").value(format!("\"{text}\"")))
    }
}
