//! JPEG: decoded by `zune-jpeg`, strictly, with colours as they are stored.
//!
//! The decoder fills in what a stream lacks where an end marker comes too early, as after a copy that was mended, and
//! passes over what is too much. So the codes of baseline streams are counted first, and the scans of progressive ones:
//! ITU-T T.81, annexes F and G.

use super::source::{Why, short};
use std::panic::{AssertUnwindSafe, catch_unwind};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// A JPEG stream whose header is read.
pub struct Jpeg<'a> {
    bytes: &'a [u8],
    decoder: JpegDecoder<ZCursor<&'a [u8]>>,
    space: ColorSpace,
    pub width: usize,
    pub height: usize,
    pub samples: usize,
}

impl<'a> Jpeg<'a> {
    pub fn open(bytes: &'a [u8]) -> Why<Jpeg<'a>> {
        // Strict: damage is an error. By default the rest of a damaged image is grey.
        let options = DecoderOptions::default()
            .set_strict_mode(true)
            .set_max_width(usize::from(u16::MAX))
            .set_max_height(usize::from(u16::MAX));
        guarded(|| {
            let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
            decoder.decode_headers().map_err(|e| format!("JPEG: {e:?}"))?;
            let (info, space) = (decoder.info(), decoder.input_colorspace());
            let (info, space) = info.zip(space).ok_or("JPEG: no header")?;
            if usize::from(info.components) != space.num_components() {
                return Err(format!("JPEG of {} samples is not read", info.components));
            }
            // A block of 64 samples takes a bit at least; shared colours count fourfold.
            let samples = usize::from(info.width) * usize::from(info.height) * space.num_components();
            if samples / 2048 > bytes.len() {
                return Err(format!(
                    "JPEG: {}x{} pixels cannot stand in {} bytes",
                    info.height,
                    info.width,
                    bytes.len()
                ));
            }
            // Colours as they are stored: what they are stands in the tags of a TIFF.
            decoder.set_options(options.jpeg_set_out_colorspace(space));
            let (width, height) = (usize::from(info.width), usize::from(info.height));
            Ok(Jpeg { bytes, decoder, space, width, height, samples: space.num_components() })
        })
    }

    /// Whether the samples are Y, Cb and Cr by the stream's own word.
    pub fn is_ycbcr(&self) -> bool {
        self.space == ColorSpace::YCbCr
    }

    pub fn is_cmyk(&self) -> bool {
        matches!(self.space, ColorSpace::CMYK | ColorSpace::YCCK)
    }

    /// Samples side by side, colours as they are stored.
    pub fn decode(mut self) -> Why<Vec<u8>> {
        let needed = self.width * self.height * self.samples;
        complete(self.bytes)?;
        let pixels =
            guarded(|| self.decoder.decode().map_err(|e| format!("JPEG: damaged or cut off: {e:?}")))?;
        if pixels.len() < needed { Err(short(needed, pixels.len())) } else { Ok(pixels) }
    }
}

/// A panic of a decoder is damage of the file.
fn guarded<T>(f: impl FnOnce() -> Why<T>) -> Why<T> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|_| Err("JPEG: damaged".into()))
}

/// The Huffman codes of one table, by length.
struct Huffman {
    /// Length and symbol of each code of at most 8 bits, by the bits that begin with it; length 0 for longer ones.
    short: [(u8, u8); 256],
    /// First code, number of codes, and index of the first symbol, of each length.
    lengths: [(u32, u32, usize); 17],
    symbols: Vec<u8>,
}

impl Huffman {
    fn new(counts: &[u8], symbols: &[u8]) -> Huffman {
        let mut table = Huffman { short: [(0, 0); 256], lengths: [(0, 0, 0); 17], symbols: symbols.to_vec() };
        let (mut code, mut index) = (0u32, 0);
        for (length, n) in (1..=16).zip(counts) {
            table.lengths[length] = (code, u32::from(*n), index);
            for symbol in symbols.iter().skip(index).take(usize::from(*n)) {
                if length <= 8 {
                    let from = (code as usize) << (8 - length);
                    let to = (from + (1 << (8 - length))).min(256);
                    table.short[from.min(256)..to].fill((length as u8, *symbol));
                }
                code += 1;
            }
            index += usize::from(*n);
            code <<= 1;
        }
        table
    }
}

/// Bits of entropy-coded data, up to the next marker.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    held: u64,
    n: u32,
}

impl Bits<'_> {
    /// At least 32 bits, zeros after the last; `n` counts those that are there.
    fn fill(&mut self) {
        while self.n <= 48 {
            match (self.bytes.get(self.at), self.bytes.get(self.at + 1)) {
                (Some(0xff), Some(0)) => {
                    self.held |= 0xff << (56 - self.n);
                    self.at += 2;
                }
                (Some(0xff), _) | (None, _) => return,
                (Some(byte), _) => {
                    self.held |= u64::from(*byte) << (56 - self.n);
                    self.at += 1;
                }
            }
            self.n += 8;
        }
    }

    /// Whether the data end here, but for padding: to a byte, and at most two bytes more.
    fn end(&mut self) -> bool {
        self.fill();
        self.n < 24 && self.bytes.get(self.at).is_none_or(|b| *b == 0xff)
    }

    fn take(&mut self, n: u32) -> Option<()> {
        self.n = self.n.checked_sub(n)?;
        self.held <<= n;
        Some(())
    }

    fn symbol(&mut self, table: &Huffman) -> Option<u8> {
        self.fill();
        let (length, symbol) = table.short[(self.held >> 56) as usize];
        if length > 0 {
            self.take(length.into())?;
            return Some(symbol);
        }
        for length in 9..=16 {
            let code = (self.held >> (64 - length)) as u32;
            let (first, count, index) = table.lengths[length as usize];
            if code.wrapping_sub(first) < count {
                self.take(length)?;
                return table.symbols.get(index + (code - first) as usize).copied();
            }
        }
        None
    }

    /// The codes of one block of 64 coefficients.
    fn block(&mut self, dc: &Huffman, ac: &Huffman) -> Option<()> {
        let bits = self.symbol(dc)?;
        self.take(u32::from(bits.min(16)))?;
        let mut k = 1;
        while k < 64 {
            let symbol = self.symbol(ac)?;
            match (symbol >> 4, symbol & 15) {
                (15, 0) => k += 16,
                (_, 0) => break,
                (run, bits) => {
                    k += usize::from(run) + 1;
                    self.take(bits.into())?;
                }
            }
        }
        // A run beyond the last coefficient is damage.
        (k <= 64).then_some(())
    }
}

/// An error where a baseline stream has other blocks than its size asks for, or a progressive one lacks scans. How much
/// of the last progressive scan is there is left to the decoder.
fn complete(bytes: &[u8]) -> Why<()> {
    let number = |at: usize| bytes.get(at..at + 2).map(|b| usize::from(b[0]) << 8 | usize::from(b[1]));
    let mut tables: [Option<Huffman>; 32] = [const { None }; 32];
    // Id, and samples across and down, of each component.
    let mut parts: Vec<(u8, usize, usize)> = Vec::new();
    let (mut width, mut height, mut interval) = (0, 0, 0);
    // Of each component, the lowest bit that is given of each coefficient.
    let mut given = [[u8::MAX; 64]; 256];
    let mut progressive = false;
    let mut at = 2;
    while let Some(marker) = next_marker(bytes, &mut at) {
        if matches!(marker, 0x01 | 0xd0..=0xd8) {
            continue;
        }
        let (Some(length @ 2..), false) = (number(at), marker == 0xd9) else { break };
        let Some(body) = bytes.get(at + 2..at + length) else { break };
        at += length;
        match marker {
            0xc0..=0xc2 if body.len() >= 6 => {
                (height, width) = (
                    usize::from(body[1]) << 8 | usize::from(body[2]),
                    usize::from(body[3]) << 8 | usize::from(body[4]),
                );
                progressive = marker == 0xc2;
                parts = body[6..]
                    .chunks_exact(3)
                    .map(|c| (c[0], usize::from(c[1] >> 4), usize::from(c[1] & 15)))
                    .collect();
            }
            // Lossless and arithmetic ones.
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcf => return Ok(()),
            0xc4 => {
                let mut rest = body;
                while let [class, tail @ ..] = rest {
                    let Some((counts, tail)) = tail.split_at_checked(16) else { break };
                    let n = counts.iter().map(|n| usize::from(*n)).sum();
                    let Some((symbols, tail)) = tail.split_at_checked(n) else { break };
                    tables[usize::from(class & 31)] = Some(Huffman::new(counts, symbols));
                    rest = tail;
                }
            }
            0xdd if body.len() >= 2 => interval = usize::from(body[0]) << 8 | usize::from(body[1]),
            0xda if !body.is_empty() => {
                let chosen: Vec<_> = body[1..].chunks_exact(2).take(usize::from(body[0])).collect();
                if progressive {
                    let Some([from, to, bits]) = body.last_chunk::<3>() else { break };
                    for c in &chosen {
                        let band = usize::from(*from)..usize::from(*to).min(63) + 1;
                        given[usize::from(c[0])]
                            .iter_mut()
                            .take(band.end)
                            .skip(band.start)
                            .for_each(|g| *g = bits & 15);
                    }
                    continue;
                }
                let of = |c: &[u8]| {
                    let part = parts.iter().find(|p| p.0 == c[0])?;
                    let (dc, ac) = (usize::from(c[1] >> 4), usize::from(c[1] & 15));
                    Some((*part, tables.get(dc)?.as_ref()?, tables.get(16 + ac)?.as_ref()?))
                };
                let Some(scan) = chosen.iter().map(|c| of(c)).collect::<Option<Vec<_>>>() else {
                    return Ok(());
                };
                let most =
                    |f: fn(&(u8, usize, usize)) -> usize| parts.iter().map(f).max().unwrap_or(1).max(1);
                let (h, v) = (most(|p| p.1), most(|p| p.2));
                // Alone, a component has the blocks of its own size; together they come in units.
                let (across, down) = match scan.as_slice() {
                    [((_, ph, pv), ..)] => {
                        ((width * ph).div_ceil(h).div_ceil(8), (height * pv).div_ceil(v).div_ceil(8))
                    }
                    _ => (width.div_ceil(8 * h), height.div_ceil(8 * v)),
                };
                let alone = scan.len() == 1;
                let mut bits = Bits { bytes, at, held: 0, n: 0 };
                for unit in 0..across * down {
                    if interval > 0 && unit > 0 && unit % interval == 0 {
                        let number = (unit / interval - 1) as u8 & 7;
                        if !bits.end() || bytes.get(bits.at + 1) != Some(&(0xd0 + number)) {
                            return Err(cut(unit, across * down));
                        }
                        bits = Bits { bytes, at: bits.at + 2, held: 0, n: 0 };
                    }
                    for ((_, ph, pv), dc, ac) in &scan {
                        for _ in 0..if alone { 1 } else { ph * pv } {
                            bits.block(dc, ac).ok_or_else(|| cut(unit, across * down))?;
                        }
                    }
                }
                if !bits.end() {
                    return Err("JPEG: damaged: more data than its size asks for".into());
                }
                at = bits.at;
            }
            _ => {}
        }
    }
    if progressive && parts.iter().any(|p| given[usize::from(p.0)].iter().any(|low| *low > 0)) {
        return Err("JPEG: damaged or cut off: scans are missing".into());
    }
    Ok(())
}

fn cut(there: usize, promised: usize) -> String {
    format!("JPEG: damaged or cut off: {promised} blocks are promised, {there} are there")
}

/// The next marker from a place on, and the place after it.
fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        let from = *at + bytes.get(*at..)?.iter().position(|b| *b == 0xff)?;
        let code = *bytes.get(from + 1)?;
        *at = from + if code == 0xff { 1 } else { 2 };
        if code != 0xff && code != 0 {
            return Some(code);
        }
    }
}
