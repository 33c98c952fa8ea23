//! LZW as TIFF 6.0, section 13, defines it: codes of 9 to 12 bits, highest bit first, one entry early.
//!
//! A string of the table is a piece of what was already decoded: the previous string and the byte after it stand there
//! side by side, so an entry is a place and a length. Images of microscopes take two fifths of the time that `weezl`
//! takes, and it never writes more than it is given room for.

use super::source::Why;

const CLEAR: usize = 256;
const END: usize = 257;
const FIRST: usize = 258;
const MOST: usize = 4096;
/// Bytes after the last string that need no code of the end: some writers leave it out, and end at even places.
const PADDING: usize = 1;

/// Place and length of each string.
pub struct Lzw {
    table: Box<[(u32, u32); MOST]>,
}

impl Lzw {
    pub fn new() -> Lzw {
        Lzw { table: Box::new([(0, 0); MOST]) }
    }

    /// Fills `out`, or says how much there is. Codes after that are padding, up to the code of the end.
    pub fn decode(&mut self, bytes: &[u8], out: &mut [u8]) -> Why<()> {
        if bytes.starts_with(&[0, 1]) {
            return Err("LZW of TIFF before version 5 is not read".into());
        }
        if u32::try_from(out.len()).is_err() {
            return Err("LZW: a strip of 4 GiB is not read".into());
        }
        let damaged = |code: usize, at: usize| format!("LZW: damaged after {at} bytes, code {code}");
        let needed = out.len();
        let (mut held, mut bits, mut from) = (0u64, 0u32, 0);
        let (mut next, mut width) = (FIRST, 9u32);
        // The previous string, none after a clear code.
        let mut last: Option<(usize, usize)> = None;
        let mut at = 0;
        while at < needed {
            if bits < width {
                match bytes.get(from..from + 4).and_then(|b| b.try_into().ok()) {
                    Some(four) => {
                        held = held << 32 | u64::from(u32::from_be_bytes(four));
                        bits += 32;
                        from += 4;
                    }
                    None => {
                        while let (true, Some(byte)) = (bits <= 56, bytes.get(from)) {
                            held = held << 8 | u64::from(*byte);
                            bits += 8;
                            from += 1;
                        }
                    }
                }
                if bits < width {
                    return Err(format!("{needed} bytes of pixels are promised, {at} are there"));
                }
            }
            bits -= width;
            let code = (held >> bits) as usize & ((1 << width) - 1);
            let string = match code {
                0..CLEAR => {
                    out[at] = code as u8;
                    (at, 1)
                }
                CLEAR => {
                    (next, width, last) = (FIRST, 9, None);
                    continue;
                }
                END => return Err(format!("{needed} bytes of pixels are promised, {at} are there")),
                _ if code < next => {
                    let (start, len) = self.table[code];
                    let (start, len) = (start as usize, (len as usize).min(needed - at));
                    copy(out, start, at, len);
                    (at, len)
                }
                _ if code == next => {
                    // The string that is being made: the last one and its own first byte.
                    let (start, len) = last.ok_or_else(|| damaged(code, at))?;
                    let len = (len + 1).min(needed - at);
                    for i in 0..len {
                        out[at + i] = out[start + i];
                    }
                    (at, len)
                }
                _ => return Err(damaged(code, at)),
            };
            // A table that is full stays as it is until it is cleared.
            if let (Some((start, len)), FIRST..MOST) = (last, next) {
                self.table[next] = (start as u32, len as u32 + 1);
                next += 1;
                width = width_of(next);
            }
            last = Some(string);
            at += string.1;
        }
        let rest = bytes.len().saturating_sub(from) + bits as usize / 8;
        // Old writers give the code of the end as many bits as the last string had.
        let mut widths = [width, width_of(next - 1)].into_iter();
        if rest <= PADDING || widths.any(|w| ends(bytes, (held, bits, from), (next, w), last.is_some())) {
            return Ok(());
        }
        Err(format!("LZW: damaged: {needed} bytes of pixels are followed by {rest} bytes without an end"))
    }
}

/// Whether codes from a place on, of which nothing is kept, come to the code of the end: a last strip may be padded to a
/// whole one. What never reached the disk is zeros, which are codes like others and have no end.
fn ends(
    bytes: &[u8],
    (mut held, mut bits, mut from): (u64, u32, usize),
    (mut next, mut width): (usize, u32),
    mut follows: bool,
) -> bool {
    loop {
        while let (true, Some(byte)) = (bits < width, bytes.get(from)) {
            held = held << 8 | u64::from(*byte);
            bits += 8;
            from += 1;
        }
        if bits < width {
            return false;
        }
        bits -= width;
        match (held >> bits) as usize & ((1 << width) - 1) {
            END => return true,
            CLEAR => (next, width, follows) = (FIRST, 9, false),
            code if code > next => return false,
            _ => {
                if follows && next < MOST {
                    next += 1;
                    width = width_of(next);
                }
                follows = true;
            }
        }
    }
}

/// Bits of a code once the table has so many entries.
fn width_of(next: usize) -> u32 {
    match next + 1 {
        0..=511 => 9,
        512..=1023 => 10,
        1024..=2047 => 11,
        _ => 12,
    }
}

/// Copies a string that ends before `at`.
#[inline(always)]
fn copy(out: &mut [u8], start: usize, at: usize, len: usize) {
    // Short ones at once; the bytes beyond are written again by the next string.
    if len <= 16 && at + 16 <= out.len() {
        let (before, after) = out.split_at_mut(at);
        if let (Some(from), Some(to)) = (before.get(start..start + 16), after.first_chunk_mut::<16>()) {
            to.copy_from_slice(from);
            return;
        }
    }
    out.copy_within(start..start + len, at);
}
