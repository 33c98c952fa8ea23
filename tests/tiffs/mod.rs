//! TIFF files made tag by tag: what no encoder writes on purpose.

use std::path::Path;

pub struct Tiff {
    pub big_endian: bool,
    pub pages: Vec<Page>,
    /// Where the last directory says that the next one is.
    pub last_link: u32,
}

#[derive(Clone)]
pub struct Page {
    pub tags: Tags,
    /// Strips or tiles.
    pub chunks: Vec<Vec<u8>>,
    /// Bytes after the pixels, as planes without a directory are.
    pub more: Vec<u8>,
}

pub type Tags = Vec<(u16, Tag)>;

#[derive(Clone, Debug)]
#[allow(dead_code)]
pub enum Tag {
    Short(Vec<u16>),
    Long(u32),
    Longs(Vec<u32>),
    Text(String),
    Ratio(u32, u32),
    Bytes(Vec<u8>),
    /// Type, count, and what stands in the field.
    Wild(u16, u32, u32),
    /// Left out, though it would be written.
    Absent,
}

impl From<&str> for Tag {
    fn from(text: &str) -> Tag {
        Tag::Text(text.into())
    }
}

impl Tiff {
    pub fn new() -> Tiff {
        Tiff { big_endian: false, pages: Vec::new(), last_link: 0 }
    }

    /// One strip of `bits` a sample.
    pub fn page(self, width: u16, height: u16, bits: u16, pixels: &[u8], more: Tags) -> Tiff {
        self.chunked(width, height, bits, &[pixels], more)
    }

    pub fn chunked(mut self, width: u16, height: u16, bits: u16, chunks: &[&[u8]], more: Tags) -> Tiff {
        let mut tags = vec![
            (256, Tag::Short(vec![width])),
            (257, Tag::Short(vec![height])),
            (258, Tag::Short(vec![bits])),
            (259, Tag::Short(vec![1])),
            (262, Tag::Short(vec![1])),
            (277, Tag::Short(vec![1])),
            (278, Tag::Short(vec![height])),
        ];
        for (id, value) in more {
            // Two descriptions are two entries.
            if id != 270 {
                tags.retain(|(known, _)| *known != id);
            }
            tags.push((id, value));
        }
        let chunks = chunks.iter().map(|c| c.to_vec()).collect();
        self.pages.push(Page { tags, chunks, more: Vec::new() });
        self
    }

    pub fn bytes(self) -> Vec<u8> {
        let u16s = |v: u16| if self.big_endian { v.to_be_bytes() } else { v.to_le_bytes() };
        let u32s = |v: u32| if self.big_endian { v.to_be_bytes() } else { v.to_le_bytes() };
        let mut file = if self.big_endian { b"MM\0\x2a".to_vec() } else { b"II\x2a\0".to_vec() };
        file.extend([0; 4]);
        let mut link = 4;
        for Page { mut tags, chunks, more } in self.pages {
            let (mut offsets, mut counts) = (Vec::new(), Vec::new());
            for chunk in &chunks {
                offsets.push(file.len() as u32);
                counts.push(chunk.len() as u32);
                file.extend(chunk);
            }
            file.extend(more);
            let tiled = tags.iter().any(|(id, _)| *id == 322);
            let (at, n) = if tiled { (324, 325) } else { (273, 279) };
            for (id, tag) in [(at, Tag::Longs(offsets)), (n, Tag::Longs(counts))] {
                if !tags.iter().any(|(known, _)| *known == id) {
                    tags.push((id, tag));
                }
            }
            tags.retain(|(_, tag)| !matches!(tag, Tag::Absent));
            tags.sort_by_key(|(id, _)| *id);
            let mut entries = Vec::new();
            for (id, tag) in &tags {
                let (kind, count, bytes): (u16, usize, Vec<u8>) = match tag {
                    Tag::Short(v) => (3, v.len(), v.iter().flat_map(|v| u16s(*v)).collect()),
                    Tag::Long(v) => (4, 1, u32s(*v).to_vec()),
                    Tag::Longs(v) => (4, v.len(), v.iter().flat_map(|v| u32s(*v)).collect()),
                    Tag::Text(t) => (2, t.len() + 1, [t.as_bytes(), b"\0"].concat()),
                    Tag::Ratio(n, d) => (5, 1, [u32s(*n), u32s(*d)].concat()),
                    Tag::Bytes(v) => (7, v.len(), v.clone()),
                    Tag::Wild(kind, count, field) => (*kind, *count as usize, u32s(*field).to_vec()),
                    Tag::Absent => continue,
                };
                entries.extend(u16s(*id));
                entries.extend(u16s(kind));
                entries.extend(u32s(count as u32));
                let mut value = bytes;
                if value.len() > 4 {
                    let at = file.len() as u32;
                    file.extend(&value);
                    value = u32s(at).to_vec();
                }
                value.resize(4, 0);
                entries.extend(value);
            }
            let here = file.len() as u32;
            file[link..link + 4].copy_from_slice(&u32s(here));
            file.extend(u16s(tags.len() as u16));
            file.extend(entries);
            link = file.len();
            file.extend([0; 4]);
        }
        file[link..link + 4].copy_from_slice(&u32s(self.last_link));
        file
    }

    pub fn write(self, path: &Path) {
        std::fs::write(path, self.bytes()).unwrap();
    }
}
