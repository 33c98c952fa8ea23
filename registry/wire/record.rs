//! Records: `tag, length, bytes`, ascending and unique. Leaf values are postcard's.

use super::wrong;
use crate::error::Error;
use serde::{Serialize, de::DeserializeOwned};

/// Bit of a tag: a reader that does not know the record may skip it.
pub const ANCILLARY: u16 = 0x8000;

/// Something that can be the content of a record.
pub trait Wire: Sized {
    fn put(&self, out: &mut Vec<u8>);
    fn get(bytes: &[u8]) -> Result<Self, Error>;
}

/// Writes the records of one message.
pub struct Writer<'a> {
    out: &'a mut Vec<u8>,
    last: u16,
}

impl<'a> Writer<'a> {
    pub fn new(out: &'a mut Vec<u8>) -> Writer<'a> {
        Writer { out, last: 0 }
    }

    /// Writes a record; tags come in ascending order, from 1.
    pub fn put<T: Wire>(&mut self, tag: u16, value: &T) -> &mut Self {
        self.put_with(tag, |out| value.put(out))
    }

    /// Writes a record if there is a value.
    pub fn put_some<T: Wire>(&mut self, tag: u16, value: &Option<T>) -> &mut Self {
        if let Some(value) = value {
            self.put(tag, value);
        }
        self
    }

    /// What [`Reader::or_default`] reads: a default is left out.
    pub fn put_unless_default<T: Wire + Default + PartialEq>(&mut self, tag: u16, value: &T) -> &mut Self {
        if *value != T::default() {
            self.put(tag, value);
        }
        self
    }

    pub fn put_with(&mut self, tag: u16, content: impl FnOnce(&mut Vec<u8>)) -> &mut Self {
        debug_assert!(tag & !ANCILLARY > self.last, "records are written in ascending order");
        self.last = tag & !ANCILLARY;
        self.out.extend_from_slice(&tag.to_le_bytes());
        counted(self.out, content);
        self
    }
}

/// A body made of one message's records.
pub fn body(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut Writer::new(&mut out));
    out
}

/// Four bytes of length, then the content.
fn counted(out: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    content(out);
    let length = u32::try_from(out.len() - at - 4).unwrap_or(u32::MAX);
    out[at..at + 4].copy_from_slice(&length.to_le_bytes());
}

/// The records of one message, held in order until all critical ones are read.
pub struct Reader<'a> {
    message: &'static str,
    records: Vec<(u16, &'a [u8])>,
}

impl<'a> Reader<'a> {
    /// Splits a body into records. `message` names it in errors.
    pub fn new(message: &'static str, mut bytes: &'a [u8]) -> Result<Reader<'a>, Error> {
        let mut records = Vec::new();
        let mut last = 0;
        while !bytes.is_empty() {
            let (tag, rest) =
                bytes.split_first_chunk().ok_or_else(|| wrong(format!("{message}: a tag is cut off")))?;
            let tag = u16::from_le_bytes(*tag);
            let (content, rest) = cut(rest).map_err(|e| wrong(format!("{message}: {}", e.message)))?;
            if tag & !ANCILLARY <= last {
                return Err(wrong(format!("{message}: records are not in ascending order")));
            }
            last = tag & !ANCILLARY;
            records.push((tag, content));
            bytes = rest;
        }
        Ok(Reader { message, records })
    }

    fn take(&mut self, tag: u16) -> Option<&'a [u8]> {
        let i = self.records.iter().position(|(t, _)| t & !ANCILLARY == tag & !ANCILLARY)?;
        Some(self.records.remove(i).1)
    }

    /// The content of a record as it is.
    pub fn bytes(&mut self, tag: u16) -> Option<&'a [u8]> {
        self.take(tag)
    }

    pub fn optional<T: Wire>(&mut self, tag: u16, name: &str) -> Result<Option<T>, Error> {
        let Some(bytes) = self.take(tag) else { return Ok(None) };
        let here = |e: Error| Error { message: format!("{}.{name}: {}", self.message, e.message), ..e };
        T::get(bytes).map(Some).map_err(here)
    }

    pub fn required<T: Wire>(&mut self, tag: u16, name: &str) -> Result<T, Error> {
        self.optional(tag, name)?
            .ok_or_else(|| wrong(format!("{}.{name} is missing (record {})", self.message, tag & !ANCILLARY)))
    }

    pub fn or_default<T: Wire + Default>(&mut self, tag: u16, name: &str) -> Result<T, Error> {
        Ok(self.optional(tag, name)?.unwrap_or_default())
    }

    /// Refuses what is left over if it is critical: it comes from a newer sender and changes the meaning.
    pub fn finish(self) -> Result<(), Error> {
        match self.records.iter().find(|(tag, _)| tag & ANCILLARY == 0) {
            None => Ok(()),
            Some((tag, _)) => Err(wrong(format!(
                "{}: record {tag} is not known here, and cannot be left out",
                self.message
            ))
            .help("the other side is newer; use the same version on both")),
        }
    }
}

/// Splits off a counted piece.
fn cut(bytes: &[u8]) -> Result<(&[u8], &[u8]), Error> {
    let (length, rest) = bytes.split_first_chunk().ok_or_else(|| wrong("a length is cut off"))?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > rest.len() {
        return Err(wrong(format!("a record of {length} bytes in {}", rest.len())));
    }
    Ok(rest.split_at(length))
}

/// A list: the number of items, then each counted.
impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self.len() as u32).to_le_bytes());
        for item in self {
            counted(out, |out| item.put(out));
        }
    }

    fn get(bytes: &[u8]) -> Result<Vec<T>, Error> {
        let (count, mut rest) = bytes.split_first_chunk().ok_or_else(|| wrong("a list is cut off"))?;
        let count = u32::from_le_bytes(*count);
        // Grows with the items that are there, never by what the count says.
        let mut items = Vec::new();
        for _ in 0..count {
            let (item, after) = cut(rest)?;
            items.push(T::get(item)?);
            rest = after;
        }
        if rest.is_empty() { Ok(items) } else { Err(wrong("bytes after the end of a list")) }
    }
}

pub(super) fn put_leaf<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    if let Ok(longer) = postcard::to_extend(value, std::mem::take(out)) {
        *out = longer;
    }
}

pub(super) fn take_leaf<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, &[u8]), Error> {
    postcard::take_from_bytes(bytes).map_err(|_| wrong("a value is damaged"))
}

macro_rules! leaves {
    ($($t:ty),*) => {$(
        impl Wire for $t {
            fn put(&self, out: &mut Vec<u8>) {
                put_leaf(self, out);
            }
            fn get(bytes: &[u8]) -> Result<$t, Error> {
                match take_leaf(bytes)? {
                    (value, []) => Ok(value),
                    _ => Err(wrong("bytes after the end of a value")),
                }
            }
        }
    )*};
}
leaves!(bool, u32, u64, i64, f64, String);

/// A count or an index, as a u64.
impl Wire for usize {
    fn put(&self, out: &mut Vec<u8>) {
        put_leaf(&(*self as u64), out);
    }
    fn get(bytes: &[u8]) -> Result<usize, Error> {
        usize::try_from(u64::get(bytes)?).map_err(|_| wrong("a count beyond this machine's memory"))
    }
}

/// Numbers along z, y, x.
impl<T: Wire + Copy> Wire for [T; 3] {
    fn put(&self, out: &mut Vec<u8>) {
        self.to_vec().put(out);
    }
    fn get(bytes: &[u8]) -> Result<[T; 3], Error> {
        Vec::get(bytes)?.try_into().map_err(|_| wrong("three values are needed"))
    }
}
