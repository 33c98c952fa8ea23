//! Strips and tiles, decoded into memory of the size that they promise.
//!
//! Every codec fills its output or says how many bytes are there; none fills in, and none writes more.

use super::directory::Tags;
use super::jpeg::Jpeg;
use super::lzw::Lzw;
use super::page::{Chunks, Page, compression_name};
use super::source::{Why, room, short};
use fax::decoder::{DecodeStatus, Group3Decoder, Group4Decoder};
use fax::{BitReader, ByteReader, maps};
use std::convert::Infallible;
use std::io::Read;

/// Memory and state that strips and tiles share, one for each thread.
#[derive(Default)]
pub struct Scratch {
    compressed: Vec<u8>,
    /// Memory for decoded bytes before they are put in their place.
    pub chunk: Vec<u8>,
    pub row: Vec<u8>,
    lzw: Option<Lzw>,
    deflate: Option<libdeflater::Decompressor>,
    zstd: Option<zstd::bulk::Decompressor<'static>>,
}

/// Reads one strip or tile that is compressed, its bytes as they were before compression.
pub fn decode(
    tags: &Tags,
    page: &Page,
    chunks: &Chunks,
    index: usize,
    rows: usize,
    out: &mut [u8],
    scratch: &mut Scratch,
) -> Why<()> {
    let (at, count) = (chunks.offsets[index], chunks.counts[index]);
    if count == 0 {
        return Err("it is missing: the file gives it no bytes".into());
    }
    // Data that gain nothing grow a little; what stands after that is not pixels. JPEG carries markers.
    let most = out.len() as u64 * 2 + (1 << 20);
    // Some writers promise more than they wrote: each codec says whether its pixels are there.
    let there = tags.source.size().saturating_sub(at);
    let cut = || format!("the file is cut off: {count} bytes are promised at byte {at}, {there} are there");
    if there == 0 {
        return Err(cut());
    }
    let len = count.min(most).min(there) as usize;
    let mut compressed = std::mem::take(&mut scratch.compressed);
    compressed.clear();
    compressed.try_reserve(len).map_err(|e| e.to_string())?;
    compressed.resize(len, 0);
    let result = tags.source.read(at, &mut compressed).and_then(|()| {
        if page.reversed_bits {
            compressed.iter_mut().for_each(|b| *b = b.reverse_bits());
        }
        scratch.decompress(tags, page, &compressed, rows, out)
    });
    scratch.compressed = compressed;
    result.map_err(|why| if count <= there { why } else { format!("{}: {why}", cut()) })
}

impl Scratch {
    fn decompress(&mut self, tags: &Tags, page: &Page, bytes: &[u8], rows: usize, out: &mut [u8]) -> Why<()> {
        match page.compression {
            2..=4 => fax(page, bytes, out),
            5 => self.lzw.get_or_insert_with(Lzw::new).decode(bytes, out),
            7 => {
                let decoded = jpeg_chunk(tags, page, bytes, rows)?;
                out.copy_from_slice(&decoded[..out.len()]);
                Ok(())
            }
            8 | 32946 => self.inflate(page, bytes, out),
            32773 => packbits(bytes, out),
            34925 => lzma(bytes, out),
            34926 | 50000 => self.zstd(page, bytes, out),
            other => Err(format!("compression {} is not read", compression_name(other))),
        }
    }

    /// To the end of the stream, whose sum is checked.
    fn inflate(&mut self, page: &Page, bytes: &[u8], out: &mut [u8]) -> Why<()> {
        use libdeflater::DecompressionError::{BadData, InsufficientSpace};
        let deflate = self.deflate.get_or_insert_with(libdeflater::Decompressor::new);
        let mut longer = Vec::new();
        let mut there = deflate.zlib_decompress(bytes, out);
        if there == Err(InsufficientSpace) {
            longer = padded(page, out.len())?;
            there = deflate.zlib_decompress(bytes, &mut longer);
        }
        match there {
            Ok(there) if there < out.len() => Err(short(out.len(), there)),
            Ok(_) => {
                if !longer.is_empty() {
                    out.copy_from_slice(&longer[..out.len()]);
                }
                Ok(())
            }
            Err(BadData) => {
                let whole = match inflated(bytes, out.len()) {
                    there if there < out.len() => short(out.len(), there),
                    _ => "its checksum is wrong".into(),
                };
                Err(format!("deflate: damaged: {whole}"))
            }
            Err(InsufficientSpace) => Err("deflate: more bytes than its size promises".into()),
        }
    }

    fn zstd(&mut self, page: &Page, bytes: &[u8], out: &mut [u8]) -> Why<()> {
        let wrong = |e: std::io::Error| format!("Zstandard: {e}");
        if self.zstd.is_none() {
            self.zstd = Some(zstd::bulk::Decompressor::new().map_err(wrong)?);
        }
        let Some(decoder) = &mut self.zstd else { return Ok(()) };
        let there = match decoder.decompress_to_buffer(bytes, out) {
            Ok(there) => there,
            Err(first) => {
                // Perhaps only padded to a whole strip.
                let mut longer = padded(page, out.len())?;
                let there =
                    decoder.decompress_to_buffer(bytes, longer.as_mut_slice()).map_err(|_| wrong(first))?;
                out.copy_from_slice(&longer[..out.len()]);
                there
            }
        };
        if there < out.len() { Err(short(out.len(), there)) } else { Ok(()) }
    }
}

/// Room for a last strip that was padded to a whole one, and for the few bytes that some writers add.
fn padded(page: &Page, needed: usize) -> Why<Vec<u8>> {
    let whole = page.stored_bytes(page.chunk.1).max(needed) + 65536;
    let mut vec = room(whole)?;
    vec.resize(whole, 0);
    Ok(vec)
}

/// How many bytes a damaged stream gives before it breaks, for the message.
fn inflated(bytes: &[u8], most: usize) -> usize {
    let mut stream = flate2::read::ZlibDecoder::new(bytes).take(most as u64);
    let (mut there, mut block) = (0, [0; 8192]);
    while let Ok(n @ 1..) = stream.read(&mut block) {
        there += n;
    }
    there
}

fn packbits(bytes: &[u8], out: &mut [u8]) -> Why<()> {
    let (mut at, mut rest) = (0, bytes);
    while let (true, [head, tail @ ..]) = (at < out.len(), rest) {
        let room = out.len() - at;
        rest = match *head as i8 {
            n @ 0.. => {
                let n = (n as usize + 1).min(tail.len());
                let kept = n.min(room);
                out[at..at + kept].copy_from_slice(&tail[..kept]);
                at += kept;
                &tail[n..]
            }
            -128 => tail,
            n => {
                let Some(byte) = tail.first() else { break };
                let n = (1 + usize::from(n.unsigned_abs())).min(room);
                out[at..at + n].fill(*byte);
                at += n;
                &tail[1..]
            }
        };
    }
    if at < out.len() { Err(short(out.len(), at)) } else { Ok(()) }
}

/// An xz stream, to its end.
fn lzma(bytes: &[u8], out: &mut [u8]) -> Why<()> {
    // A dictionary needs no more than what is decoded; presets go up to 64 MiB.
    let mut stream = lzma_rust2::XzReader::new_mem_limit(bytes, false, 96 << 10);
    let mut there = 0;
    let mut rest = [0; 4096];
    loop {
        let to = if there < out.len() { &mut out[there..] } else { &mut rest[..] };
        match stream.read(to).map_err(|e| format!("LZMA: {e}"))? {
            0 => break,
            n => there += n,
        }
        if there > out.len() + (1 << 20) {
            return Err("LZMA: more bytes than its size promises".into());
        }
    }
    if there < out.len() { Err(short(out.len(), there)) } else { Ok(()) }
}

/// Lines of black and white; black is 1, as TIFF 6.0 defines it, whatever the page shows it as.
fn fax(page: &Page, bytes: &[u8], out: &mut [u8]) -> Why<()> {
    let row = page.row_bytes();
    let rows = out.len() / row;
    // Codes are looked for in 16 bits, the last ones too. Group 3 ends each line with a code that the last may lack.
    let tail: &[u8] = if page.compression == 3 { &[0, 0, 1, 0xff, 0xff] } else { &[0; 4] };
    let input = bytes.iter().chain(tail).map(|b| Ok::<u8, Infallible>(*b));
    let width = page.chunk.0 as u16;
    let mut lines = out.chunks_exact_mut(row);
    let mut there = 0;
    let wrong = |there: usize| format!("CCITT: {rows} lines are promised, {there} are there");
    match page.compression {
        4 => {
            let mut decoder = Group4Decoder::new(input, width).map_err(|_| wrong(0))?;
            for line in &mut lines {
                match decoder.advance() {
                    Ok(DecodeStatus::Incomplete) => draw(decoder.transition(), page.chunk.0, line),
                    _ => return Err(wrong(there)),
                }
                there += 1;
            }
        }
        3 if page.t4_options & 1 != 0 => return Err("CCITT group 3 in two dimensions is not read".into()),
        3 => {
            let mut decoder = Group3Decoder::new(input).map_err(|_| wrong(0))?;
            for line in &mut lines {
                let status = decoder.advance().map_err(|_| wrong(there))?;
                let ends = decoder.transitions();
                if ends.last() != Some(&width) {
                    return Err(wrong(there));
                }
                draw(ends, page.chunk.0, line);
                there += 1;
                if status == DecodeStatus::End && there < rows {
                    return Err(wrong(there));
                }
            }
        }
        _ => {
            let mut reader = ByteReader::new(input).map_err(|_| wrong(0))?;
            let mut ends = Vec::new();
            for line in &mut lines {
                ends.clear();
                let (mut at, mut black) = (0u16, false);
                while at < width {
                    let run = run_length(&mut reader, black).ok_or_else(|| wrong(there))?;
                    at = at.checked_add(run).filter(|at| *at <= width).ok_or_else(|| wrong(there))?;
                    ends.push(at);
                    black = !black;
                }
                // Every line begins at a byte.
                let _ = reader.consume(reader.bits_to_byte_boundary());
                draw(&ends, page.chunk.0, line);
                there += 1;
            }
        }
    }
    Ok(())
}

fn run_length(reader: &mut impl BitReader, black: bool) -> Option<u16> {
    let mut sum = 0u16;
    loop {
        let part = if black { maps::black::decode(reader)? } else { maps::white::decode(reader)? };
        sum = sum.checked_add(part)?;
        if part < 64 {
            return Some(sum);
        }
    }
}

/// Sets the bits of black runs: `ends` are where white and black runs end in turn.
fn draw(ends: &[u16], width: usize, line: &mut [u8]) {
    line.fill(0);
    for pair in ends.chunks(2) {
        let from = usize::from(pair[0]).min(width);
        let to = pair.get(1).map_or(width, |e| usize::from(*e).min(width));
        for x in from..to {
            line[x / 8] |= 0x80 >> (x % 8);
        }
    }
}

/// The samples of a JPEG strip or tile, colours as they are stored.
fn jpeg_chunk(tags: &Tags, page: &Page, bytes: &[u8], rows: usize) -> Why<Vec<u8>> {
    let mut stream;
    let mut whole = bytes;
    if let Some(entry) = &page.jpeg_tables {
        // Tables and image are streams of their own: one ends where the other begins.
        let tables = tags.bytes(entry, 1 << 20)?;
        if let (Some(tables), Some(image)) = (tables.strip_suffix(&[0xff, 0xd9]), bytes.get(2..)) {
            stream = room(tables.len() + image.len())?;
            stream.extend_from_slice(tables);
            stream.extend_from_slice(image);
            whole = &stream;
        }
    }
    let jpeg = Jpeg::open(whole)?;
    let (wide, samples) = (page.chunk.0, page.chunk_samples());
    if jpeg.width != wide
        || jpeg.height < rows
        || jpeg.height > rows.max(page.chunk.1)
        || jpeg.samples != samples
    {
        return Err(format!(
            "JPEG: {rows}x{wide} pixels of {samples} samples are promised, {}x{} of {} are there",
            jpeg.height, jpeg.width, jpeg.samples
        ));
    }
    jpeg.decode()
}
