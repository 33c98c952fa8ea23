//! Records: `tag, length, bytes`, ascending and unique. Leaf values are postcard's.

use super::wrong;
use crate::error::Error;
use serde::{Serialize, de::DeserializeOwned};

/// Bit of a tag: a reader that does not know the record may skip it.
pub const ANCILLARY: u16 = 0x8000;

/// Bytes that the body of most messages has room in.
const USUAL: usize = 512;

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

    /// Writes a list, each item by `item`.
    pub fn put_each<T>(&mut self, tag: u16, items: &[T], item: impl Fn(&T, &mut Vec<u8>)) -> &mut Self {
        self.put_with(tag, |out| put_list(items, out, item))
    }

    /// A record for [`Reader::or_default`]: a default is left out.
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
    let mut out = Vec::with_capacity(USUAL);
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

/// The records of one message. They are taken in ascending order, like they are written.
pub struct Reader<'a> {
    message: &'static str,
    /// The rest, whole records in ascending order.
    rest: &'a [u8],
    /// The first critical record that nobody asked for.
    unknown: Option<u16>,
}

impl<'a> Reader<'a> {
    /// Holds the records of a body against each other. `message` names it in errors.
    pub fn new(message: &'static str, bytes: &'a [u8]) -> Result<Reader<'a>, Error> {
        let mut rest = bytes;
        let mut last = 0;
        while !rest.is_empty() {
            let (tag, _, after) = record(rest).map_err(|e| wrong(format!("{message}: {}", e.message)))?;
            if tag & !ANCILLARY <= last {
                return Err(wrong(format!("{message}: records are not in ascending order")));
            }
            (last, rest) = (tag & !ANCILLARY, after);
        }
        Ok(Reader { message, rest: bytes, unknown: None })
    }

    /// The content of a record as it is.
    pub fn bytes(&mut self, tag: u16) -> Option<&'a [u8]> {
        while let Ok((found, content, after)) = record(self.rest) {
            let beyond = (found & !ANCILLARY).cmp(&(tag & !ANCILLARY));
            if beyond.is_gt() {
                break;
            }
            self.rest = after;
            if beyond.is_eq() {
                return Some(content);
            }
            self.pass(found);
        }
        None
    }

    /// Notes a record that nobody asked for.
    fn pass(&mut self, tag: u16) {
        if tag & ANCILLARY == 0 {
            self.unknown.get_or_insert(tag);
        }
    }

    pub fn optional<T: Wire>(&mut self, tag: u16, name: &str) -> Result<Option<T>, Error> {
        let Some(bytes) = self.bytes(tag) else { return Ok(None) };
        T::get(bytes).map(Some).map_err(|e| self.within(name, e))
    }

    fn within(&self, name: &str, error: Error) -> Error {
        Error { message: format!("{}.{name}: {}", self.message, error.message), ..error }
    }

    fn missing(&self, tag: u16, name: &str) -> Error {
        wrong(format!("{}.{name} is missing (record {})", self.message, tag & !ANCILLARY))
    }

    pub fn required<T: Wire>(&mut self, tag: u16, name: &str) -> Result<T, Error> {
        self.optional(tag, name)?.ok_or_else(|| self.missing(tag, name))
    }

    /// The items of a list, each read by `item`.
    pub fn each<T>(
        &mut self,
        tag: u16,
        name: &str,
        item: impl FnMut(&'a [u8]) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let bytes = self.bytes(tag).ok_or_else(|| self.missing(tag, name))?;
        get_list(bytes, item).map_err(|e| self.within(name, e))
    }

    pub fn or_default<T: Wire + Default>(&mut self, tag: u16, name: &str) -> Result<T, Error> {
        Ok(self.optional(tag, name)?.unwrap_or_default())
    }

    /// Refuses what nobody asked for if it is critical: it comes from a newer sender and changes the meaning.
    pub fn finish(mut self) -> Result<(), Error> {
        while let Ok((tag, _, after)) = record(self.rest) {
            self.rest = after;
            self.pass(tag);
        }
        match self.unknown {
            None => Ok(()),
            Some(tag) => Err(wrong(format!(
                "{}: record {tag} is not known here, and cannot be left out",
                self.message
            ))
            .help("the other side is newer; use the same version on both")),
        }
    }
}

/// Splits off a record: its tag, its content, and what comes after it.
fn record(bytes: &[u8]) -> Result<(u16, &[u8], &[u8]), Error> {
    let (tag, rest) = bytes.split_first_chunk().ok_or_else(|| wrong("a tag is cut off"))?;
    let (content, rest) = cut(rest)?;
    Ok((u16::from_le_bytes(*tag), content, rest))
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

/// Writes a list: the number of items, then each counted.
fn put_list<T>(items: &[T], out: &mut Vec<u8>, item: impl Fn(&T, &mut Vec<u8>)) {
    out.extend_from_slice(&(items.len() as u32).to_le_bytes());
    for each in items {
        counted(out, |out| item(each, out));
    }
}

fn get_list<'a, T>(
    bytes: &'a [u8],
    mut item: impl FnMut(&'a [u8]) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let (count, mut rest) = bytes.split_first_chunk().ok_or_else(|| wrong("a list is cut off"))?;
    let count = u32::from_le_bytes(*count);
    // Grows with the items that are there, never by what the count says.
    let mut items = Vec::new();
    for _ in 0..count {
        let (each, after) = cut(rest)?;
        items.push(item(each)?);
        rest = after;
    }
    if rest.is_empty() { Ok(items) } else { Err(wrong("bytes after the end of a list")) }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(self, out, T::put);
    }

    fn get(bytes: &[u8]) -> Result<Vec<T>, Error> {
        get_list(bytes, T::get)
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
        put_list(self, out, T::put);
    }
    fn get(bytes: &[u8]) -> Result<[T; 3], Error> {
        let rest = bytes.strip_prefix(&3u32.to_le_bytes()).ok_or_else(|| wrong("three values are needed"))?;
        let ((z, rest), get) = (cut(rest)?, T::get);
        let (y, rest) = cut(rest)?;
        match cut(rest)? {
            (x, []) => Ok([get(z)?, get(y)?, get(x)?]),
            _ => Err(wrong("bytes after the end of a list")),
        }
    }
}
