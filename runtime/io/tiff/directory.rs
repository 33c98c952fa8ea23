//! Directories of a TIFF and the values of their tags.

use super::source::{Source, Why, room};
use std::collections::HashSet;
use std::fs::File;
use std::path::Path;

/// One tag: what it is, and its value, or where that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    pub tag: u16,
    kind: u16,
    pub count: u64,
    field: [u8; 8],
}

#[derive(Debug, Default)]
pub struct Directory {
    entries: Vec<Entry>,
    /// Where the next one is; `None` where the file ends before it says so.
    next: Option<u64>,
    /// Bytes that it takes.
    size: u64,
}

impl Directory {
    pub fn get(&self, tag: u16) -> Option<Entry> {
        self.all(tag).next()
    }

    /// Every entry of a tag: some writers give two descriptions.
    pub fn all(&self, tag: u16) -> impl Iterator<Item = Entry> {
        self.entries.iter().filter(move |e| e.tag == tag && e.count > 0).copied()
    }
}

/// The numbers of a file, in its order of bytes.
pub struct Tags {
    pub source: Source,
    pub little: bool,
    big: bool,
}

impl Tags {
    /// Reads the header; the directories follow with [`Tags::chain`].
    pub fn open(path: &Path, file: File) -> Why<(Tags, u64)> {
        let source = Source::new(path, file)?;
        let head = source.some(0, 16)?;
        let little = head.starts_with(b"II");
        let mut tags = Tags { source, little, big: false };
        let short = |at: usize| head.get(at..at + 2).map(|b| tags.u16(b));
        let version = short(2);
        let first = match version {
            Some(42) if head.len() >= 8 => u64::from(tags.u32(&head[4..])),
            Some(43) if head.len() >= 16 && (short(4), short(6)) == (Some(8), Some(0)) => {
                tags.u64(&head[8..])
            }
            _ => return Err("damaged: its header is no TIFF's".into()),
        };
        tags.big = version == Some(43);
        Ok((tags, first))
    }

    /// The directories from one on, and why the rest of the chain cannot be followed, if so.
    pub fn chain(&self, first: u64) -> Why<(Vec<Directory>, Option<String>)> {
        let mut directories = Vec::new();
        let (mut seen, mut at, mut total) = (HashSet::new(), first, 0u64);
        loop {
            if at == 0 && !directories.is_empty() {
                return Ok((directories, None));
            }
            if !seen.insert(at) {
                return Err("damaged: its directories form a circle".into());
            }
            match self.directory(at) {
                Ok(directory) => {
                    total += directory.size;
                    if total > self.source.size() {
                        return Err("damaged: its directories overlap".into());
                    }
                    let next = directory.next;
                    directories.push(directory);
                    let Some(next) = next else {
                        let n = directories.len();
                        return Ok((directories, Some(format!("the file ends inside directory {n}"))));
                    };
                    at = next;
                }
                Err(why) if directories.is_empty() => return Err(why),
                Err(why) => return Ok((directories, Some(why))),
            }
        }
    }

    pub fn directory(&self, at: u64) -> Why<Directory> {
        let gone = || format!("its directory at byte {at} lies beyond the end of the file; it is cut off");
        let (head, each, link) = if self.big { (8, 20, 8) } else { (2, 12, 4) };
        // Enough for most directories at once.
        let mut bytes = self.source.some(at, head + 32 * each + link)?;
        if (bytes.len() as u64) < head || at == 0 {
            return Err(gone());
        }
        let n = if self.big { self.u64(&bytes) } else { u64::from(self.u16(&bytes)) };
        let size = n.checked_mul(each).and_then(|n| n.checked_add(head)).ok_or_else(gone)?;
        if at.checked_add(size).is_none_or(|end| end > self.source.size()) {
            return Err(gone());
        }
        if size + link > bytes.len() as u64 {
            bytes = self.source.some(at, size + link)?;
        }
        let list = bytes[head as usize..size as usize].chunks_exact(each as usize);
        let entries = list
            .map(|e| {
                let mut field = [0; 8];
                let count = if self.big {
                    field.copy_from_slice(&e[12..20]);
                    self.u64(&e[4..])
                } else {
                    field[..4].copy_from_slice(&e[8..12]);
                    u64::from(self.u32(&e[4..]))
                };
                Entry { tag: self.u16(e), kind: self.u16(&e[2..]), count, field }
            })
            .collect();
        let link = bytes.get(size as usize..(size + link) as usize);
        let next = link.map(|link| if self.big { self.u64(link) } else { u64::from(self.u32(link)) });
        Ok(Directory { entries, next, size })
    }

    /// The first bytes of a value, at most so many elements.
    pub fn bytes(&self, entry: &Entry, at_most: u64) -> Why<Vec<u8>> {
        let each = size_of_kind(entry.kind).ok_or_else(|| format!("tag {} has no known type", entry.tag))?;
        let whole = entry.count.checked_mul(each).ok_or_else(|| format!("tag {} is damaged", entry.tag))?;
        let len = whole.min(at_most.saturating_mul(each));
        if whole <= if self.big { 8 } else { 4 } {
            return Ok(entry.field[..len as usize].to_vec());
        }
        let at = self.place(entry);
        if at.checked_add(whole).is_none_or(|end| end > self.source.size()) {
            return Err(format!("tag {} lies beyond the end of the file; it is cut off", entry.tag));
        }
        let mut bytes = room(len as usize)?;
        bytes.resize(len as usize, 0);
        self.source.read(at, &mut bytes)?;
        Ok(bytes)
    }

    /// Where a value stands that is no part of its directory.
    pub fn place(&self, entry: &Entry) -> u64 {
        if self.big { self.u64(&entry.field) } else { u64::from(self.u32(&entry.field)) }
    }

    /// Non-negative whole numbers, at most so many.
    pub fn numbers(&self, entry: &Entry, at_most: usize) -> Why<Vec<u64>> {
        let bytes = self.bytes(entry, at_most as u64)?;
        let whole = |v: i64| u64::try_from(v).map_err(|_| format!("tag {} is {v}", entry.tag));
        Ok(match entry.kind {
            1 | 7 => bytes.iter().map(|b| u64::from(*b)).collect(),
            3 => bytes.chunks_exact(2).map(|b| u64::from(self.u16(b))).collect(),
            4 | 13 => bytes.chunks_exact(4).map(|b| u64::from(self.u32(b))).collect(),
            16 | 18 => bytes.chunks_exact(8).map(|b| self.u64(b)).collect(),
            6 => bytes.iter().map(|b| whole((*b as i8).into())).collect::<Why<_>>()?,
            8 => bytes.chunks_exact(2).map(|b| whole((self.u16(b) as i16).into())).collect::<Why<_>>()?,
            9 => bytes.chunks_exact(4).map(|b| whole((self.u32(b) as i32).into())).collect::<Why<_>>()?,
            17 => bytes.chunks_exact(8).map(|b| whole(self.u64(b) as i64)).collect::<Why<_>>()?,
            _ => return Err(format!("tag {} is no whole number", entry.tag)),
        })
    }

    pub fn number(&self, entry: &Entry) -> Why<u64> {
        self.numbers(entry, 1)?.first().copied().ok_or_else(|| format!("tag {} is empty", entry.tag))
    }

    /// Fractions and floats, at most so many.
    pub fn floats(&self, entry: &Entry, at_most: usize) -> Why<Vec<f64>> {
        if !matches!(entry.kind, 5 | 10..=12) {
            return Ok(self.numbers(entry, at_most)?.into_iter().map(|v| v as f64).collect());
        }
        let bytes = self.bytes(entry, at_most as u64)?;
        Ok(match entry.kind {
            11 => bytes.chunks_exact(4).map(|b| f32::from_bits(self.u32(b)).into()).collect(),
            12 => bytes.chunks_exact(8).map(|b| f64::from_bits(self.u64(b))).collect(),
            5 => {
                let part = |b: &[u8]| f64::from(self.u32(b));
                bytes.chunks_exact(8).map(|b| part(b) / part(&b[4..])).collect()
            }
            _ => {
                let part = |b: &[u8]| f64::from(self.u32(b) as i32);
                bytes.chunks_exact(8).map(|b| part(b) / part(&b[4..])).collect()
            }
        })
    }

    /// The inverse of the first fraction, as near as the file gives it: divided once.
    pub fn inverse(&self, entry: &Entry) -> Option<f64> {
        if entry.kind != 5 {
            return self.floats(entry, 1).ok()?.first().map(|v| 1.0 / v);
        }
        let bytes = self.bytes(entry, 1).ok()?;
        Some(f64::from(self.u32(bytes.get(4..8)?)) / f64::from(self.u32(&bytes)))
    }

    /// A text up to its first zero; where it is not UTF-8 it is taken as Latin-1, which older microscopes write.
    pub fn text(&self, entry: &Entry, at_most: u64) -> Why<String> {
        let mut bytes = self.bytes(entry, at_most)?;
        bytes.truncate(bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len()));
        let latin = |e: std::string::FromUtf8Error| e.as_bytes().iter().map(|b| char::from(*b)).collect();
        Ok(String::from_utf8(bytes).unwrap_or_else(latin))
    }

    pub fn u16(&self, b: &[u8]) -> u16 {
        let b = [b[0], b[1]];
        if self.little { u16::from_le_bytes(b) } else { u16::from_be_bytes(b) }
    }

    pub fn u32(&self, b: &[u8]) -> u32 {
        let b = [b[0], b[1], b[2], b[3]];
        if self.little { u32::from_le_bytes(b) } else { u32::from_be_bytes(b) }
    }

    pub fn u64(&self, b: &[u8]) -> u64 {
        let b = [b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]];
        if self.little { u64::from_le_bytes(b) } else { u64::from_be_bytes(b) }
    }
}

/// Bytes of one element of a type of tag.
fn size_of_kind(kind: u16) -> Option<u64> {
    Some(match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16 | 17 | 18 => 8,
        _ => return None,
    })
}
