//! One page: its form, and its samples decoded into the machine's order.

use rayon::prelude::*;
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use tiff::decoder::{Decoder, Limits};
use tiff::tags::{ByteOrder, Tag};

/// How a sample is stored. Bits of 8 and fewer take a byte once decoded, 9 to 15 two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stored {
    Bits(u16),
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F16,
    F32,
    F64,
}

impl Stored {
    fn new(bits: u16, format: u16) -> Result<Stored, String> {
        Ok(match (bits, format) {
            (1..=15, 1 | 4) => Stored::Bits(bits),
            (8, 2) => Stored::I8,
            (16, 1 | 4) => Stored::U16,
            (16, 2) => Stored::I16,
            (32, 1 | 4) => Stored::U32,
            (32, 2) => Stored::I32,
            (64, 1 | 4) => Stored::U64,
            (64, 2) => Stored::I64,
            (16, 3) => Stored::F16,
            (32, 3) => Stored::F32,
            (64, 3) => Stored::F64,
            (_, 5 | 6) => {
                return Err("complex numbers are not read; store magnitude and phase as channels".into());
            }
            _ => return Err(format!("samples of {bits} bits in sample format {format} are not read")),
        })
    }

    /// Bytes once decoded.
    fn size(self) -> usize {
        match self {
            Stored::Bits(1..=8) | Stored::I8 => 1,
            Stored::Bits(_) | Stored::U16 | Stored::I16 | Stored::F16 => 2,
            Stored::U32 | Stored::I32 | Stored::F32 => 4,
            Stored::U64 | Stored::I64 | Stored::F64 => 8,
        }
    }

    /// Whether samples share bytes.
    fn is_packed(self) -> bool {
        matches!(self, Stored::Bits(bits) if bits != 8)
    }

    fn bits(self) -> usize {
        if let Stored::Bits(bits) = self { bits.into() } else { 8 * self.size() }
    }

    pub fn name(self) -> String {
        match self {
            Stored::Bits(bits) => format!("uint{bits}"),
            Stored::I8 => "int8".into(),
            Stored::U16 => "uint16".into(),
            Stored::I16 => "int16".into(),
            Stored::U32 => "uint32".into(),
            Stored::I32 => "int32".into(),
            Stored::U64 => "uint64".into(),
            Stored::I64 => "int64".into(),
            Stored::F16 => "float16".into(),
            Stored::F32 => "float32".into(),
            Stored::F64 => "float64".into(),
        }
    }
}

/// What the samples of a pixel are.
#[derive(Clone, Debug, PartialEq)]
pub enum Color {
    /// Intensities; a palette that is a ramp only colours them.
    Plain,
    Rgb,
    /// Assorted colours: all reds, all greens, all blues.
    Palette(Vec<u16>),
}

#[derive(Clone, Debug)]
pub struct Page {
    /// Its place among all directories of the file.
    directory: usize,
    pub width: usize,
    pub height: usize,
    /// Samples of a pixel, alpha too.
    pub samples: usize,
    /// The last sample is how opaque the pixel is.
    pub alpha: bool,
    pub stored: Stored,
    pub color: Color,
    compression: u16,
    predictor: u16,
    /// Samples stand in planes of their own.
    pub planar: bool,
    /// Width and height of the strips or tiles.
    chunk: (usize, usize),
    pub offsets: Vec<u64>,
    counts: Vec<u64>,
    reversed_bits: bool,
    pub description: String,
    /// Units from one pixel to the next along x and y: the inverse of what is stored.
    pub pitch: Option<(f64, f64)>,
    /// 1: no unit, 2: inch, 3: cm.
    pub resolution_unit: u16,
}

impl Page {
    pub fn same_form(&self, other: &Page) -> bool {
        (self.width, self.height, self.samples, self.stored)
            == (other.width, other.height, other.samples, other.stored)
            && self.color == other.color
    }

    pub fn color_samples(&self) -> usize {
        if self.is_palette() { 3 } else { self.samples - self.alpha as usize }
    }

    pub fn is_palette(&self) -> bool {
        matches!(self.color, Color::Palette(_))
    }

    pub fn is_color(&self) -> bool {
        self.color != Color::Plain
    }

    /// Bytes of the whole page once decoded.
    pub fn bytes(&self) -> usize {
        self.width * self.height * self.samples * self.stored.size()
    }

    /// Whether the pixels stand in the file one after the other, as they are.
    pub fn is_raw(&self) -> bool {
        let in_order = self.offsets.iter().zip(&self.counts).zip(self.offsets.iter().skip(1));
        self.compression == 1
            && !self.planar
            && self.chunk.0 == self.width
            && !self.stored.is_packed()
            && self.counts.iter().fold(0u64, |sum, n| sum.saturating_add(*n)) >= self.bytes() as u64
            && in_order.fold(true, |all, ((at, n), next)| all && at.checked_add(*n) == Some(*next))
    }
}

pub struct Reader {
    decoder: Decoder<BufReader<File>>,
    file_size: u64,
}

type Why<T> = Result<T, String>;

/// None, LZW, deflate (two numbers), PackBits.
const DECODED_HERE: [u16; 5] = [1, 5, 8, 32946, 32773];
/// Compressions whose strips the `tiff` crate decodes: CCITT group 4 and JPEG.
const BY_CRATE: [u16; 2] = [4, 7];

impl Reader {
    /// Opens a file and reads the form of its pages, those of reduced resolution left out.
    pub fn open(file: File) -> Why<(Reader, Vec<Page>)> {
        let file_size = file.metadata().map_err(|e| e.to_string())?.len();
        let cannot = |e: tiff::TiffError| format!("damaged, or a TIFF of a kind that is not read: {e}");
        let mut limits = Limits::default();
        // No tag is longer than the file.
        limits.ifd_value_size = file_size.try_into().unwrap_or(usize::MAX);
        limits.decoding_buffer_size = usize::MAX;
        limits.intermediate_buffer_size = usize::MAX;
        let mut decoder = Decoder::new(BufReader::new(file)).map_err(cannot)?.with_limits(limits);
        let mut at = decoder.ifd_pointer();
        let mut seen = HashSet::new();
        let mut reader = Reader { decoder, file_size };
        let mut pages: Vec<Page> = Vec::new();
        let mut directory = 0;
        while let Some(pointer) = at {
            if !seen.insert(pointer.0) {
                return Err("damaged: its directories form a circle".into());
            }
            let entries = reader.decoder.read_directory(pointer).map_err(cannot)?;
            at = entries.next();
            let tags = Tags { entries: &entries, file_size, decoder: &mut reader.decoder };
            if let Some(page) =
                tags.page(directory).map_err(|why| format!("page {}: {why}", directory + 1))?
            {
                pages.push(page);
            }
            directory += 1;
        }
        if pages.is_empty() {
            return Err("has no page of full resolution".into());
        }
        // Files of ImageJ store a lookup table as a palette: the numbers are the indices.
        if pages[0].description.starts_with("ImageJ=") {
            pages.iter_mut().filter(|p| p.is_palette()).for_each(|p| p.color = Color::Plain);
        }
        Ok((reader, pages))
    }

    pub fn file_size(&self) -> u64 {
        self.file_size
    }

    /// The samples of a page, interleaved, in the machine's order. `offset`: this many bytes after the page's pixels,
    /// where a stack stands behind one directory.
    pub fn decode(&mut self, page: &Page, offset: u64) -> Why<Vec<u8>> {
        if BY_CRATE.contains(&page.compression) {
            return self.decode_by_crate(page);
        }
        if page.is_raw() {
            let mut raw = self.bytes(page.offsets[0] + offset, page.bytes())?;
            self.to_native(&mut raw, page.stored.size());
            return Ok(raw);
        }
        let compressed: Vec<Vec<u8>> = page
            .offsets
            .iter()
            .zip(&page.counts)
            .map(|(&at, &n)| self.bytes(at, usize::try_from(n).map_err(|e| e.to_string())?))
            .collect::<Result<_, _>>()?;
        let chunks: Vec<Vec<u8>> = compressed
            .into_par_iter()
            .enumerate()
            .map(|(i, bytes)| {
                self.decode_chunk(page, i, bytes).map_err(|why| format!("strip or tile {}: {why}", i + 1))
            })
            .collect::<Result<_, _>>()?;
        // Chunks into the page.
        let size = page.stored.size();
        let (chunk_width, chunk_height) = page.chunk;
        let across = page.width.div_ceil(chunk_width);
        let per_plane = across * page.height.div_ceil(chunk_height);
        let samples = page.chunk_samples();
        let mut out = vec![0; page.bytes()];
        for (i, chunk) in chunks.iter().enumerate() {
            let (plane, i) = (i / per_plane, i % per_plane);
            let (x, y) = (i % across * chunk_width, i / across * chunk_height);
            let width = chunk_width.min(page.width - x);
            for (row, from) in chunk.chunks_exact(chunk_width * samples * size).enumerate() {
                if y + row >= page.height {
                    break;
                }
                let start = ((y + row) * page.width + x) * page.samples * size;
                let to = &mut out[start..start + width * page.samples * size];
                let from = &from[..width * samples * size];
                if samples == page.samples {
                    to.copy_from_slice(from);
                } else {
                    let to = to.chunks_exact_mut(size).skip(plane).step_by(page.samples);
                    to.zip(from.chunks_exact(size)).for_each(|(to, from)| to.copy_from_slice(from));
                }
            }
        }
        Ok(out)
    }

    fn bytes(&mut self, at: u64, n: usize) -> Why<Vec<u8>> {
        if at.checked_add(n as u64).is_none_or(|end| end > self.file_size) {
            return Err("the file ends before its pixels; it is truncated".into());
        }
        let file = self.decoder.inner();
        let mut bytes = vec![0; n];
        file.seek(SeekFrom::Start(at))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(|e| e.to_string())?;
        Ok(bytes)
    }

    fn decode_by_crate(&mut self, page: &Page) -> Why<Vec<u8>> {
        self.decoder.seek_to_image(page.directory).map_err(|e| e.to_string())?;
        let mut result = tiff::decoder::DecodingResult::U8(Vec::new());
        self.decoder.read_image_to_buffer(&mut result).map_err(|e| e.to_string())?;
        let bytes = result.as_buffer(0).as_bytes().to_vec();
        let row = (page.width * page.samples * page.stored.bits()).div_ceil(8);
        let needed = row * page.height;
        if bytes.len() < needed {
            return Err(format!("{} bytes of pixels, {needed} are needed", bytes.len()));
        }
        if page.stored.is_packed() {
            return Ok(unpack_bits(&bytes[..needed], row, page.width * page.samples, page.stored.bits()));
        }
        Ok(bytes)
    }

    fn decode_chunk(&self, page: &Page, index: usize, mut bytes: Vec<u8>) -> Why<Vec<u8>> {
        let (width, mut height) = page.chunk;
        let down = page.height.div_ceil(height);
        let across = page.width.div_ceil(width);
        if width == page.width {
            // The last strip may end with the image.
            height = height.min(page.height - index / across % down * height);
        }
        let row = (width * page.chunk_samples() * page.stored.bits()).div_ceil(8);
        let needed = row * height;
        if page.reversed_bits {
            bytes.iter_mut().for_each(|b| *b = b.reverse_bits());
        }
        let mut out = match page.compression {
            1 => bytes,
            32773 => packbits(&bytes, needed),
            5 => {
                let mut out = Vec::with_capacity(needed);
                let mut lzw = weezl::decode::Decoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
                lzw.into_vec(&mut out).decode(&bytes).status.map_err(|e| format!("LZW: {e}"))?;
                out
            }
            _ => {
                let mut out = Vec::with_capacity(needed);
                let inflate = flate2::read::ZlibDecoder::new(bytes.as_slice());
                inflate.take(needed as u64).read_to_end(&mut out).map_err(|e| format!("deflate: {e}"))?;
                out
            }
        };
        if out.len() < needed {
            return Err(format!("{} bytes of pixels, {needed} are needed", out.len()));
        }
        out.truncate(needed);
        let (samples, size) = (page.chunk_samples(), page.stored.size());
        match page.predictor {
            // Bit fields go from the first byte on, whatever the order of bytes.
            _ if page.stored.is_packed() => {
                return Ok(unpack_bits(&out, row, width * samples, page.stored.bits()));
            }
            2 => {
                self.to_native(&mut out, size);
                out.chunks_exact_mut(row).for_each(|row| undo_differences(row, samples, size));
            }
            3 => out.chunks_exact_mut(row).for_each(|row| undo_float_differences(row, samples, size)),
            _ => self.to_native(&mut out, size),
        }
        Ok(out)
    }

    fn to_native(&self, bytes: &mut [u8], size: usize) {
        let native =
            if cfg!(target_endian = "little") { ByteOrder::LittleEndian } else { ByteOrder::BigEndian };
        if size > 1 && self.decoder.byte_order() != native {
            bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
        }
    }
}

impl Page {
    /// Samples of a pixel in one chunk.
    fn chunk_samples(&self) -> usize {
        if self.planar { 1 } else { self.samples }
    }
}

fn packbits(bytes: &[u8], needed: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(needed);
    let mut rest = bytes;
    while let (true, [head, tail @ ..]) = (out.len() < needed, rest) {
        rest = match *head as i8 {
            n @ 0.. => {
                let n = (n as usize + 1).min(tail.len());
                out.extend_from_slice(&tail[..n]);
                &tail[n..]
            }
            -128 => tail,
            n => {
                let Some(byte) = tail.first() else { break };
                out.resize(out.len() + 1 + usize::from(n.unsigned_abs()), *byte);
                &tail[1..]
            }
        };
    }
    out
}

/// Undoes predictor 2: each sample is stored as the difference to the one of the pixel before.
fn undo_differences(row: &mut [u8], samples: usize, size: usize) {
    macro_rules! sum {
        ($t:ty) => {{
            let mut before = vec![0 as $t; samples];
            for pixel in row.chunks_exact_mut(samples * size) {
                for (before, bytes) in before.iter_mut().zip(pixel.chunks_exact_mut(size)) {
                    *before = before.wrapping_add(bytemuck::pod_read_unaligned(bytes));
                    bytes.copy_from_slice(&before.to_ne_bytes());
                }
            }
        }};
    }
    match size {
        1 => sum!(u8),
        2 => sum!(u16),
        4 => sum!(u32),
        _ => sum!(u64),
    }
}

/// Undoes predictor 3: the bytes of a row are parted by significance, highest first, then differences are taken.
fn undo_float_differences(row: &mut [u8], samples: usize, size: usize) {
    for i in samples..row.len() {
        row[i] = row[i].wrapping_add(row[i - samples]);
    }
    let parted = row.to_vec();
    let n = row.len() / size;
    for (i, value) in row.chunks_exact_mut(size).enumerate() {
        for (byte, to) in value.iter_mut().enumerate() {
            let significance = if cfg!(target_endian = "little") { size - 1 - byte } else { byte };
            *to = parted[significance * n + i];
        }
    }
}

/// Values of fewer than 8 bits into bytes, of 9 to 15 into two. Every row begins at a byte.
fn unpack_bits(bytes: &[u8], row: usize, values: usize, bits: usize) -> Vec<u8> {
    let wide = bits > 8;
    let mut out = Vec::with_capacity(bytes.len() / row.max(1) * values * (1 + wide as usize));
    for row in bytes.chunks_exact(row) {
        let (mut held, mut n, mut rest) = (0u32, 0, row.iter());
        for _ in 0..values {
            while n < bits {
                held = held << 8 | u32::from(*rest.next().unwrap_or(&0));
                n += 8;
            }
            n -= bits;
            let value = (held >> n & ((1 << bits) - 1)) as u16;
            if wide { out.extend(value.to_ne_bytes()) } else { out.push(value as u8) }
        }
    }
    out
}

pub fn half_to_f32(half: u16) -> f32 {
    let sign = if half & 0x8000 != 0 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(half >> 10 & 31), f32::from(half & 1023));
    sign * match exponent {
        0 => fraction * (-24f32).exp2(),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1024.0 + fraction) * 2f32.powi(exponent - 25),
    }
}

/// The tags of one directory.
struct Tags<'a> {
    entries: &'a tiff::Directory,
    file_size: u64,
    decoder: &'a mut Decoder<BufReader<File>>,
}

impl Tags<'_> {
    /// Whether a tag is there; no tag is longer than the file.
    fn has(&self, tag: Tag) -> bool {
        self.entries.get(tag).is_some_and(|e| (1..=self.file_size).contains(&e.count()))
    }

    fn numbers(&mut self, tag: Tag) -> Why<Option<Vec<u64>>> {
        if !self.has(tag) {
            return Ok(None);
        }
        let mut tags = self.decoder.read_directory_tags(self.entries);
        tags.find_tag_unsigned_vec(tag).map_err(|e| format!("tag {tag:?}: {e}"))
    }

    fn number(&mut self, tag: Tag) -> Why<Option<u64>> {
        Ok(self.numbers(tag)?.and_then(|v| v.first().copied()))
    }

    fn short(&mut self, tag: Tag, default: u16) -> Why<u16> {
        self.number(tag)?.map_or(Ok(default), |v| v.try_into().map_err(|_| format!("tag {tag:?} is {v}")))
    }

    fn size(&mut self, tag: Tag) -> Why<usize> {
        match self.number(tag)? {
            Some(v @ 1..=0x7fff_ffff) => Ok(v as usize),
            Some(v) => Err(format!("tag {tag:?} is {v}")),
            None => Err(format!("tag {tag:?} is missing")),
        }
    }

    /// The inverse of a fraction.
    fn inverse(&mut self, tag: Tag) -> Option<f64> {
        if !self.has(tag) {
            return None;
        }
        let mut tags = self.decoder.read_directory_tags(self.entries);
        match tags.find_tag(tag).ok()?? {
            tiff::decoder::ifd::Value::Rational(n, d) => Some(f64::from(d) / f64::from(n)),
            _ => None,
        }
    }

    /// A text; where it is not UTF-8 it is taken as Latin-1, which older microscopes write.
    fn text(&mut self, tag: Tag) -> String {
        let Some(entry) = self.entries.get(tag).filter(|_| self.has(tag)) else { return String::new() };
        let mut bytes = vec![0; usize::try_from(entry.count()).unwrap_or(0)];
        let mut tags = self.decoder.read_directory_tags(self.entries);
        let Ok(Some(n)) = tags.find_tag_bytes(tag, &mut bytes, 0) else { return String::new() };
        bytes.truncate(n);
        let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
        bytes.truncate(end);
        String::from_utf8(bytes).unwrap_or_else(|e| e.as_bytes().iter().map(|b| char::from(*b)).collect())
    }

    /// The form of the page; `None` of one of reduced resolution, or of a mask of another page.
    fn page(mut self, directory: usize) -> Why<Option<Page>> {
        if self.number(Tag::NewSubfileType)?.unwrap_or(0) & 5 != 0 {
            return Ok(None);
        }
        let (width, height) = (self.size(Tag::ImageWidth)?, self.size(Tag::ImageLength)?);
        let samples = usize::from(self.short(Tag::SamplesPerPixel, 1)?);
        let bits = self.numbers(Tag::BitsPerSample)?.unwrap_or_else(|| vec![1]);
        let formats = self.numbers(Tag::SampleFormat)?.unwrap_or_else(|| vec![1]);
        if samples == 0 || bits.iter().any(|b| *b != bits[0]) || formats.iter().any(|f| *f != formats[0]) {
            return Err(format!(
                "{samples} samples of {bits:?} bits in sample formats {formats:?} are not read"
            ));
        }
        let stored = Stored::new(bits[0].min(999) as u16, formats[0].min(999) as u16)?;
        let compression = self.short(Tag::Compression, 1)?;
        if !DECODED_HERE.contains(&compression) && !BY_CRATE.contains(&compression) {
            return Err(format!(
                "compression {} is not read; save it uncompressed, or with LZW or deflate",
                compression_name(compression)
            ));
        }
        let predictor = self.short(Tag::Predictor, 1)?;
        let float = matches!(stored, Stored::F16 | Stored::F32 | Stored::F64);
        if !(1..=3).contains(&predictor)
            || (predictor == 3 && !float)
            || (predictor > 1 && stored.is_packed())
        {
            return Err(format!("predictor {predictor} of {} is not read", stored.name()));
        }
        let photometric = self.short(Tag::PhotometricInterpretation, 1)?;
        let palette = self.numbers(Tag::ColorMap)?;
        let color = match (photometric, palette) {
            (0 | 1 | 4, _) => Color::Plain,
            (2, _) => Color::Rgb,
            (3, Some(palette)) if samples == 1 && stored.size() <= 2 => palette_color(palette)?,
            (3, _) => return Err("a palette page whose palette does not fit it".into()),
            (6, _) if compression == 7 => Color::Rgb,
            (other, _) => {
                return Err(format!("{} is not read; save it as grey or RGB", photometric_name(other)));
            }
        };
        if BY_CRATE.contains(&compression) && color != Color::Plain && color != Color::Rgb {
            return Err("a palette page compressed as JPEG or fax is not read".into());
        }
        // Extra samples 1 and 2 are alpha, 0 is a channel like the others.
        let extra = self.numbers(Tag::ExtraSamples)?.unwrap_or_default();
        let alpha = matches!(extra.last(), Some(1 | 2)) && samples > 1;
        let tiled = self.number(Tag::TileWidth)?.is_some();
        let chunk = if tiled {
            (self.size(Tag::TileWidth)?, self.size(Tag::TileLength)?)
        } else {
            let rows = self.number(Tag::RowsPerStrip)?.unwrap_or(u64::MAX);
            (width, usize::try_from(rows).unwrap_or(usize::MAX).clamp(1, height))
        };
        let (at, n) = if tiled {
            (Tag::TileOffsets, Tag::TileByteCounts)
        } else {
            (Tag::StripOffsets, Tag::StripByteCounts)
        };
        let offsets = self.numbers(at)?.ok_or("it has no pixels")?;
        let counts = self.numbers(n)?.ok_or("the sizes of its strips are missing")?;
        let planar = samples > 1 && self.short(Tag::PlanarConfiguration, 1)? == 2;
        let planes = if planar { samples } else { 1 };
        let chunks = width.div_ceil(chunk.0) * height.div_ceil(chunk.1) * planes;
        if offsets.len() != chunks || counts.len() != chunks {
            return Err(format!("{} strips or tiles where its size asks for {chunks}", offsets.len()));
        }
        // No compression that is read gains more than this: a header that asks for more is damaged.
        let decoded =
            [width, height, samples, stored.size()].iter().try_fold(1u64, |a, b| a.checked_mul(*b as u64));
        if decoded.is_none_or(|bytes| bytes / 4096 > self.file_size) {
            return Err(format!(
                "{height}x{width} pixels cannot stand in a file of {} bytes",
                self.file_size
            ));
        }
        let along_y = self.inverse(Tag::YResolution);
        let pitch = self.inverse(Tag::XResolution).map(|x| (x, along_y.unwrap_or(x)));
        Ok(Some(Page {
            directory,
            width,
            height,
            samples,
            alpha,
            stored,
            color,
            compression,
            predictor,
            planar,
            chunk,
            offsets,
            counts,
            reversed_bits: self.short(Tag::FillOrder, 1)? == 2 && !BY_CRATE.contains(&compression),
            description: self.text(Tag::ImageDescription),
            pitch,
            resolution_unit: self.short(Tag::ResolutionUnit, 2)?,
        }))
    }
}

/// A ramp in every colour only shows the numbers; anything else is a picture.
fn palette_color(palette: Vec<u64>) -> Why<Color> {
    let palette: Vec<u16> = palette.into_iter().map(|v| v.min(65535) as u16).collect();
    let entries = palette.len() / 3;
    if entries == 0 || !palette.len().is_multiple_of(3) {
        return Err(format!("a palette of {} numbers", palette.len()));
    }
    let ramp = |one: &[u16]| one.is_sorted() || one.iter().rev().is_sorted();
    Ok(if palette.chunks_exact(entries).all(ramp) { Color::Plain } else { Color::Palette(palette) })
}

fn compression_name(compression: u16) -> String {
    let name = match compression {
        2 | 3 => "CCITT group 3",
        6 => "old-style JPEG",
        33003 | 33005 | 34712 => "JPEG 2000",
        34887 => "LERC",
        34925 => "LZMA",
        34926 | 50000 => "Zstandard",
        34927 | 50001 => "WebP",
        34892 | 52546 => "JPEG (DNG)",
        34933 => "PNG",
        50002 => "JPEG XL",
        other => return other.to_string(),
    };
    format!("{name} ({compression})")
}

fn photometric_name(photometric: u16) -> String {
    let name = match photometric {
        5 => "CMYK",
        6 => "YCbCr without JPEG",
        8..=10 => "Lab",
        32803 => "raw camera (CFA)",
        other => return format!("photometric interpretation {other}"),
    };
    name.into()
}
