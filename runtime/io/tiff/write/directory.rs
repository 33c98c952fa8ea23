//! Directories: tags in ascending order, values that do not fit behind them first, all at even offsets.

/// A value of a tag.
pub enum Value {
    Short(Vec<u16>),
    Long(Vec<u32>),
    /// Places in the file: 4 bytes each, 8 in a BigTIFF.
    Places(Vec<u64>),
    Text(String),
    Bytes(Vec<u8>),
    Ratio(u32, u32),
}

/// The directories of a file, in the order in which they stand, from an offset on.
pub struct Directories {
    big: bool,
    start: u64,
    bytes: Vec<u8>,
    /// Where the offset of the next directory of the chain belongs.
    link: Option<usize>,
    first: u64,
}

impl Directories {
    pub fn new(start: u64, big: bool) -> Directories {
        Directories { big, start, bytes: Vec::new(), link: None, first: 0 }
    }

    pub fn is_big(&self) -> bool {
        self.big
    }

    /// Where the last directory ends.
    pub fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    /// The next directory of the chain.
    pub fn chain(&mut self, tags: &[(u16, Value)]) {
        let (at, link) = self.put(tags);
        match self.link.replace(link) {
            Some(before) => {
                let size = self.place_size();
                let place = self.place(at);
                self.bytes[before..before + size].copy_from_slice(&place);
            }
            None => self.first = at,
        }
    }

    /// A directory outside the chain; its offset.
    pub fn sub(&mut self, tags: &[(u16, Value)]) -> u64 {
        self.put(tags).0
    }

    /// The header of the file, and the directories.
    pub fn finish(self) -> (Vec<u8>, Vec<u8>) {
        let order = if cfg!(target_endian = "little") { *b"II" } else { *b"MM" };
        let mut header = order.to_vec();
        if self.big {
            header.extend([43u16, 8, 0].iter().flat_map(|v| v.to_ne_bytes()));
        } else {
            header.extend(42u16.to_ne_bytes());
        }
        header.extend(self.place(self.first));
        (header, self.bytes)
    }

    fn place_size(&self) -> usize {
        if self.big { 8 } else { 4 }
    }

    /// The caller asks for a BigTIFF where a place is beyond 4 bytes.
    fn place(&self, place: u64) -> Vec<u8> {
        if self.big { place.to_ne_bytes().to_vec() } else { (place as u32).to_ne_bytes().to_vec() }
    }

    /// Gives the offset of a directory, and where the offset of the next one belongs.
    fn put(&mut self, tags: &[(u16, Value)]) -> (u64, usize) {
        debug_assert!(tags.is_sorted_by_key(|(tag, _)| *tag));
        let room = self.place_size();
        let mut entries = Vec::new();
        for (tag, value) in tags {
            let (kind, count, mut bytes): (u16, usize, Vec<u8>) = match value {
                Value::Short(v) => (3, v.len(), v.iter().flat_map(|v| v.to_ne_bytes()).collect()),
                Value::Long(v) => (4, v.len(), v.iter().flat_map(|v| v.to_ne_bytes()).collect()),
                Value::Places(v) => {
                    (if self.big { 16 } else { 4 }, v.len(), v.iter().flat_map(|v| self.place(*v)).collect())
                }
                Value::Text(text) => (2, text.len() + 1, [text.as_bytes(), b"\0"].concat()),
                Value::Bytes(v) => (1, v.len(), v.clone()),
                Value::Ratio(n, d) => (5, 1, [n.to_ne_bytes(), d.to_ne_bytes()].concat()),
            };
            if bytes.len() > room {
                let at = self.end();
                self.bytes.extend(bytes);
                self.align();
                bytes = self.place(at);
            }
            bytes.resize(room, 0);
            entries.extend(tag.to_ne_bytes());
            entries.extend(kind.to_ne_bytes());
            entries.extend(self.place(count as u64));
            entries.extend(bytes);
        }
        let at = self.end();
        if self.big {
            self.bytes.extend((tags.len() as u64).to_ne_bytes());
        } else {
            self.bytes.extend((tags.len() as u16).to_ne_bytes());
        }
        self.bytes.extend(entries);
        let link = self.bytes.len();
        self.bytes.extend(self.place(0));
        (at, link)
    }

    fn align(&mut self) {
        let odd = self.bytes.len() % self.place_size();
        if odd > 0 {
            self.bytes.resize(self.bytes.len() + self.place_size() - odd, 0);
        }
    }
}
