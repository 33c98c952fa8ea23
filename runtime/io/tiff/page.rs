//! The form of one page: size, samples, compression, and where its strips or tiles stand.

use super::directory::{Directory, Entry, Tags};
use super::source::Why;
use std::collections::HashMap;
use std::sync::Arc;

/// Tags, by the names of the TIFF 6.0 specification and of the makers.
pub mod tag {
    pub const NEW_SUBFILE_TYPE: u16 = 254;
    pub const SUBFILE_TYPE: u16 = 255;
    pub const IMAGE_WIDTH: u16 = 256;
    pub const IMAGE_LENGTH: u16 = 257;
    pub const BITS_PER_SAMPLE: u16 = 258;
    pub const COMPRESSION: u16 = 259;
    pub const PHOTOMETRIC: u16 = 262;
    pub const FILL_ORDER: u16 = 266;
    pub const IMAGE_DESCRIPTION: u16 = 270;
    pub const STRIP_OFFSETS: u16 = 273;
    pub const SAMPLES_PER_PIXEL: u16 = 277;
    pub const ROWS_PER_STRIP: u16 = 278;
    pub const STRIP_BYTE_COUNTS: u16 = 279;
    pub const X_RESOLUTION: u16 = 282;
    pub const Y_RESOLUTION: u16 = 283;
    pub const PLANAR_CONFIGURATION: u16 = 284;
    pub const T4_OPTIONS: u16 = 292;
    pub const RESOLUTION_UNIT: u16 = 296;
    pub const PREDICTOR: u16 = 317;
    pub const COLOR_MAP: u16 = 320;
    pub const TILE_WIDTH: u16 = 322;
    pub const TILE_LENGTH: u16 = 323;
    pub const TILE_OFFSETS: u16 = 324;
    pub const TILE_BYTE_COUNTS: u16 = 325;
    pub const SUB_IFDS: u16 = 330;
    pub const EXTRA_SAMPLES: u16 = 338;
    pub const SAMPLE_FORMAT: u16 = 339;
    pub const JPEG_TABLES: u16 = 347;
    pub const YCBCR_COEFFICIENTS: u16 = 529;
    pub const YCBCR_SUBSAMPLING: u16 = 530;
    pub const REFERENCE_BLACK_WHITE: u16 = 532;
    /// SGI: several planes in one directory.
    pub const IMAGE_DEPTH: u16 = 32997;
    /// MetaMorph.
    pub const UIC1: u16 = 33628;
    pub const UIC2: u16 = 33629;
    /// Zeiss LSM.
    pub const CZ_LSMINFO: u16 = 34412;
    /// Micro-Manager.
    pub const MICRO_MANAGER: u16 = 51123;
}

/// How a sample is stored. Bits of 8 and fewer take a byte once decoded, to 15 two, to 31 four.
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
    fn new(bits: u16, format: u16) -> Why<Stored> {
        Ok(match (bits, format) {
            (16, 1 | 4) => Stored::U16,
            (32, 1 | 4) => Stored::U32,
            (1..=31, 1 | 4) => Stored::Bits(bits),
            (8, 2) => Stored::I8,
            (16, 2) => Stored::I16,
            (32, 2) => Stored::I32,
            (64, 1 | 4) => Stored::U64,
            (64, 2) => Stored::I64,
            (16, 3) => Stored::F16,
            (32, 3) => Stored::F32,
            (64, 3) => Stored::F64,
            (_, 3) => {
                return Err(format!("floats of {bits} bits are not read; store them as 16, 32 or 64 bits"));
            }
            (_, 5 | 6) => {
                return Err("complex numbers are not read; store magnitude and phase as channels".into());
            }
            _ => return Err(format!("samples of {bits} bits in sample format {format} are not read")),
        })
    }

    /// Bytes once decoded.
    pub fn size(self) -> usize {
        match self {
            Stored::Bits(1..=8) | Stored::I8 => 1,
            Stored::Bits(9..=15) | Stored::U16 | Stored::I16 | Stored::F16 => 2,
            Stored::Bits(_) | Stored::U32 | Stored::I32 | Stored::F32 => 4,
            Stored::U64 | Stored::I64 | Stored::F64 => 8,
        }
    }

    /// Whether samples share bytes.
    pub fn is_packed(self) -> bool {
        matches!(self, Stored::Bits(bits) if bits != 8)
    }

    pub fn bits(self) -> usize {
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

/// The meaning of a pixel's samples.
#[derive(Clone, Debug, PartialEq)]
pub enum Color {
    /// Intensities; a palette that is a ramp only colours them.
    Plain,
    Rgb,
    /// Ink: cyan, magenta, yellow, black.
    Cmyk,
    /// Luma and two differences of colour, which become red, green and blue.
    YCbCr(YCbCr),
    /// Assorted colours: all reds, all greens, all blues.
    Palette(Arc<Vec<u16>>),
}

/// How YCbCr samples become red, green and blue, where they are not JPEG's own.
#[derive(Clone, Debug, PartialEq)]
pub struct YCbCr {
    /// Luma samples of a pair of colour differences, across and down.
    pub subsampling: (usize, usize),
    /// Parts of red, green and blue in the luma.
    pub luma: [f64; 3],
    /// The codes of black and white, of Y, Cb and Cr.
    pub reference: [f64; 6],
}

#[derive(Clone, Debug)]
pub struct Page {
    pub width: usize,
    pub height: usize,
    /// Samples of a pixel, alpha too.
    pub samples: usize,
    /// The last sample is how opaque the pixel is.
    pub alpha: bool,
    pub stored: Stored,
    pub color: Color,
    pub compression: u16,
    pub predictor: u16,
    /// Samples stand in planes of their own.
    pub planar: bool,
    pub tiled: bool,
    /// Width and height of the strips or tiles.
    pub chunk: (usize, usize),
    pub reversed_bits: bool,
    pub t4_options: u64,
    offsets: Entry,
    counts: Option<Entry>,
    /// Tables that its JPEG strips share.
    pub jpeg_tables: Option<Entry>,
}

/// The contents of a directory: a page, or why it is none that is read.
#[derive(Clone, Debug)]
pub struct Slot {
    pub page: Why<Arc<Page>>,
    /// Width and height, where they are given.
    pub size: Option<(usize, usize)>,
    /// The file calls it a smaller copy of another page.
    pub reduced: bool,
    /// The transparency mask of another page.
    pub mask: bool,
    pub descriptions: Vec<Entry>,
    pub sub_ifds: Option<Entry>,
    pub resolution: [Option<Entry>; 3],
    /// Tags of makers.
    pub uic: [Option<Entry>; 2],
    pub lsm: Option<Entry>,
    pub micro_manager: Option<Entry>,
}

/// Where the strips or tiles of a page stand.
pub struct Chunks {
    pub offsets: Vec<u64>,
    pub counts: Vec<u64>,
}

/// Palettes that were read, since pages share them.
pub type Palettes = HashMap<Entry, Arc<Vec<u16>>>;

impl Page {
    pub fn same_form(&self, other: &Page) -> bool {
        self.form() == other.form()
    }

    /// The form that pages of one image have in common, in words.
    pub fn form(&self) -> String {
        let color = match &self.color {
            Color::Plain if self.samples > 1 => format!(", {} samples", self.samples),
            Color::Plain => String::new(),
            Color::Rgb | Color::YCbCr(_) => ", colour".into(),
            Color::Cmyk => ", CMYK".into(),
            Color::Palette(_) => ", palette".into(),
        };
        let alpha = if self.alpha { " with alpha" } else { "" };
        format!("{}x{} {}{color}{alpha}", self.height, self.width, self.stored.name())
    }

    /// Channels that it gives.
    pub fn channels(&self) -> usize {
        if self.is_palette() { 3 } else { self.samples - self.alpha as usize }
    }

    pub fn is_palette(&self) -> bool {
        matches!(self.color, Color::Palette(_))
    }

    /// Samples of a pixel in one strip or tile.
    pub fn chunk_samples(&self) -> usize {
        if self.planar { 1 } else { self.samples }
    }

    /// Bytes that decoding one strip or tile takes; raw ones are read row by row.
    pub fn chunk_bytes(&self) -> usize {
        let sizes = [self.chunk.0, self.chunk.1, self.chunk_samples(), self.stored.size()];
        if self.compression == 1 { 0 } else { sizes.iter().fold(1, |all: usize, n| all.saturating_mul(*n)) }
    }

    /// Strips or tiles across, and down.
    pub fn grid(&self) -> (usize, usize) {
        (self.width.div_ceil(self.chunk.0), self.height.div_ceil(self.chunk.1))
    }

    pub fn chunk_count(&self) -> usize {
        let (across, down) = self.grid();
        across * down * if self.planar { self.samples } else { 1 }
    }

    /// Rows of pixels in the strips or tiles of one row of them.
    pub fn chunk_rows(&self, row: usize) -> usize {
        if self.tiled { self.chunk.1 } else { self.chunk.1.min(self.height - row * self.chunk.1) }
    }

    /// Luma samples of one pair of colour differences, where these are fewer and no codec hides it.
    pub fn subsampling(&self) -> (usize, usize) {
        match &self.color {
            Color::YCbCr(y) if self.compression != 7 => y.subsampling,
            _ => (1, 1),
        }
    }

    /// Bytes of one row of a strip or tile, as it is stored; of subsampled YCbCr of as many rows as share colours.
    pub fn row_bytes(&self) -> usize {
        let (h, v) = self.subsampling();
        if (h, v) != (1, 1) {
            return self.chunk.0.div_ceil(h) * (h * v + 2);
        }
        (self.chunk.0 * self.chunk_samples() * self.stored.bits()).div_ceil(8)
    }

    /// Bytes of so many rows of a strip or tile, as it is stored.
    pub fn stored_bytes(&self, rows: usize) -> usize {
        self.row_bytes() * rows.div_ceil(self.subsampling().1)
    }

    /// Bytes of the whole page, as it is stored, without compression.
    pub fn raw_bytes(&self) -> u64 {
        let row = (self.width * self.samples * self.stored.bits()).div_ceil(8) as u64;
        row * self.height as u64
    }

    /// Whether the pixels stand in the file one after the other.
    pub fn is_raw(&self, chunks: &Chunks) -> bool {
        let in_order = chunks.offsets.iter().zip(&chunks.counts).zip(chunks.offsets.iter().skip(1));
        self.compression == 1
            && !self.planar
            && !self.tiled
            && self.subsampling() == (1, 1)
            && in_order.fold(true, |all, ((at, n), next)| all && at.checked_add(*n) == Some(*next))
    }

    pub fn chunks(&self, tags: &Tags) -> Why<Chunks> {
        let n = self.chunk_count();
        let offsets = tags.numbers(&self.offsets, n)?;
        let mut counts = match &self.counts {
            Some(entry) if entry.count >= n as u64 => tags.numbers(entry, n)?,
            _ => vec![0; n],
        };
        if offsets.iter().all(|at| *at == 0) {
            return Err("its pixels are missing: no strip or tile has a place in the file".into());
        }
        // Old instruments give no sizes, or sizes of 0.
        if counts.iter().all(|n| *n == 0) {
            let (across, down) = self.grid();
            let mut ends = offsets.clone();
            ends.sort_unstable();
            let end = |at: u64| {
                let next = ends.partition_point(|e| *e <= at);
                ends.get(next).copied().unwrap_or(tags.source.size()).saturating_sub(at)
            };
            for (i, count) in counts.iter_mut().enumerate() {
                let rows = self.chunk_rows(i / across % down);
                *count = match self.compression {
                    1 => self.stored_bytes(rows) as u64,
                    _ => end(offsets[i]),
                };
            }
        }
        Ok(Chunks { offsets, counts })
    }
}

impl Slot {
    /// The form of the page in a directory.
    pub fn new(tags: &Tags, directory: &Directory, palettes: &mut Palettes, imagej: bool) -> Slot {
        let number = |tag| directory.get(tag).and_then(|e| tags.number(&e).ok());
        let side = |tag| number(tag).and_then(|n| usize::try_from(n).ok());
        let subfile = number(tag::NEW_SUBFILE_TYPE).unwrap_or(0);
        let reduced = subfile & 1 != 0 || number(tag::SUBFILE_TYPE) == Some(2);
        Slot {
            page: page(tags, directory, palettes, imagej).map(Arc::new),
            size: side(tag::IMAGE_WIDTH).zip(side(tag::IMAGE_LENGTH)),
            reduced,
            mask: subfile & 4 != 0,
            descriptions: directory.all(tag::IMAGE_DESCRIPTION).collect(),
            sub_ifds: directory.get(tag::SUB_IFDS),
            resolution: [tag::X_RESOLUTION, tag::Y_RESOLUTION, tag::RESOLUTION_UNIT]
                .map(|t| directory.get(t)),
            uic: [tag::UIC1, tag::UIC2].map(|t| directory.get(t)),
            lsm: directory.get(tag::CZ_LSMINFO),
            micro_manager: directory.get(tag::MICRO_MANAGER),
        }
    }
}

/// None, CCITT, LZW, JPEG, deflate (two numbers), PackBits, LZMA, Zstandard (two numbers).
const READ: [u16; 12] = [1, 2, 3, 4, 5, 7, 8, 32946, 32773, 34925, 34926, 50000];

fn page(tags: &Tags, directory: &Directory, palettes: &mut Palettes, imagej: bool) -> Why<Page> {
    let number = |tag: u16| directory.get(tag).map(|e| tags.number(&e)).transpose();
    let numbers = |tag: u16, at_most| directory.get(tag).map(|e| tags.numbers(&e, at_most)).transpose();
    let short = |tag: u16, default: u16| {
        number(tag)?.map_or(Ok(default), |v| u16::try_from(v).map_err(|_| format!("tag {tag} is {v}")))
    };
    let size = |tag: u16, name: &str| match number(tag)? {
        Some(v @ 1..=0x7fff_ffff) => Ok(v as usize),
        Some(v) => Err(format!("damaged: {name} is {v}")),
        None => Err(format!("damaged: {name} is missing")),
    };
    let (width, height) = (size(tag::IMAGE_WIDTH, "its width")?, size(tag::IMAGE_LENGTH, "its height")?);
    if let Some(depth @ 2..) = number(tag::IMAGE_DEPTH)? {
        return Err(format!(
            "{depth} planes in strips or tiles of volumes (ImageDepth) are not read; save a page a plane"
        ));
    }
    let samples = usize::from(short(tag::SAMPLES_PER_PIXEL, 1)?);
    let bits = numbers(tag::BITS_PER_SAMPLE, samples.max(1))?.unwrap_or_else(|| vec![1]);
    let formats = numbers(tag::SAMPLE_FORMAT, samples.max(1))?.unwrap_or_else(|| vec![1]);
    if samples == 0 || bits.iter().any(|b| *b != bits[0]) || formats.iter().any(|f| *f != formats[0]) {
        return Err(format!("{samples} samples of {bits:?} bits in sample formats {formats:?} are not read"));
    }
    let stored = Stored::new(bits[0].min(999) as u16, formats[0].min(999) as u16)?;
    let compression = short(tag::COMPRESSION, 1)?;
    if !READ.contains(&compression) {
        return Err(format!(
            "compression {} is not read; save it uncompressed, or with LZW, deflate or Zstandard",
            compression_name(compression)
        ));
    }
    let planar = samples > 1 && short(tag::PLANAR_CONFIGURATION, 1)? == 2;
    let fax = matches!(compression, 2..=4);
    if fax && (stored != Stored::Bits(1) || samples != 1) || compression == 7 && stored != Stored::Bits(8) {
        let name = compression_name(compression);
        return Err(format!("{name} of {samples} samples of {} is not read", stored.name()));
    }
    if fax && width > usize::from(u16::MAX) {
        return Err(format!("{} of {width} pixels across is not read", compression_name(compression)));
    }
    let predictor = if fax || compression == 7 { 1 } else { short(tag::PREDICTOR, 1)? };
    let float = matches!(stored, Stored::F16 | Stored::F32 | Stored::F64);
    if !(1..=3).contains(&predictor) || (predictor == 3 && !float) || (predictor > 1 && stored.is_packed()) {
        return Err(format!("predictor {predictor} of {} is not read", stored.name()));
    }
    let photometric = match number(tag::PHOTOMETRIC)? {
        Some(number) => number,
        // Old instruments leave it out.
        None if samples >= 3 && matches!(stored, Stored::Bits(8) | Stored::U16) => 2,
        None => 1,
    };
    let color = match photometric {
        0 | 1 | 4 => Color::Plain,
        2 if samples >= 3 => Color::Rgb,
        3 if samples == 1 && stored.size() <= 2 => {
            let entry = directory.get(tag::COLOR_MAP).ok_or("a palette page without a palette")?;
            palette(tags, entry, stored, palettes, imagej)?
        }
        5 if samples >= 4 => Color::Cmyk,
        6 if samples >= 3 && stored == Stored::Bits(8) => {
            let floats = |tag, default: &[f64]| -> Why<Vec<f64>> {
                let values = directory.get(tag).map(|e| tags.floats(&e, default.len())).transpose()?;
                Ok(values.filter(|v| v.len() == default.len()).unwrap_or_else(|| default.to_vec()))
            };
            let luma = floats(tag::YCBCR_COEFFICIENTS, &[0.299, 0.587, 0.114])?;
            let reference = floats(tag::REFERENCE_BLACK_WHITE, &[0.0, 255.0, 128.0, 255.0, 128.0, 255.0])?;
            let shared = numbers(tag::YCBCR_SUBSAMPLING, 2)?.unwrap_or_else(|| vec![2, 2]);
            let (h, v) = match shared.as_slice() {
                [h @ (1 | 2 | 4), v @ (1 | 2 | 4)] => (*h as usize, *v as usize),
                other => return Err(format!("damaged: a YCbCr subsampling of {other:?}")),
            };
            let subsampling = (h, v);
            if compression != 7 && subsampling != (1, 1) && (planar || predictor != 1 || samples != 3) {
                return Err("subsampled YCbCr in planes or with a predictor is not read".into());
            }
            let array = |v: Vec<f64>| [v[0], v[1], v[2]];
            let reference = [0, 1, 2, 3, 4, 5].map(|i| reference[i]);
            Color::YCbCr(YCbCr { subsampling, luma: array(luma), reference })
        }
        2 | 3 | 5 | 6 => {
            let name = photometric_name(photometric);
            return Err(format!("{name} of {samples} samples of {} is not read", stored.name()));
        }
        other => return Err(format!("{} is not read; save it as grey or RGB", photometric_name(other))),
    };
    // Extra samples 1 and 2 are alpha, 0 is a channel like the others.
    let extra = numbers(tag::EXTRA_SAMPLES, samples)?.unwrap_or_default();
    let alpha = matches!(extra.last(), Some(1 | 2)) && samples > 1;
    let tiled = number(tag::TILE_WIDTH)?.is_some();
    let chunk = if tiled {
        (size(tag::TILE_WIDTH, "the width of its tiles")?, size(tag::TILE_LENGTH, "the height of its tiles")?)
    } else {
        let rows = number(tag::ROWS_PER_STRIP)?.unwrap_or(u64::MAX);
        (width, usize::try_from(rows).unwrap_or(usize::MAX).clamp(1, height))
    };
    // Some writers put tiles under the tags of strips.
    let either = |tile, strip| {
        let (first, second) = if tiled { (tile, strip) } else { (strip, tile) };
        directory.get(first).or_else(|| directory.get(second))
    };
    let offsets = either(tag::TILE_OFFSETS, tag::STRIP_OFFSETS).ok_or("it has no pixels")?;
    let page = Page {
        width,
        height,
        samples,
        alpha,
        stored,
        color,
        compression,
        predictor,
        planar,
        tiled,
        chunk,
        // JPEG and its markers are bytes whatever the fill order is.
        reversed_bits: short(tag::FILL_ORDER, 1)? == 2 && compression != 7,
        t4_options: number(tag::T4_OPTIONS)?.unwrap_or(0),
        offsets,
        counts: either(tag::TILE_BYTE_COUNTS, tag::STRIP_BYTE_COUNTS),
        jpeg_tables: directory.get(tag::JPEG_TABLES),
    };
    plausible(tags, &page)?;
    Ok(page)
}

/// An error for a page that its file cannot hold.
fn plausible(tags: &Tags, page: &Page) -> Why<()> {
    let size = tags.source.size();
    let (across, down) = page.grid();
    let planes = if page.planar { page.samples } else { 1 };
    let chunks = across.checked_mul(down).and_then(|n| n.checked_mul(planes));
    if chunks.is_none_or(|n| n as u64 > page.offsets.count) {
        let kind = if page.tiled { "tiles" } else { "strips" };
        let asked = chunks.map_or("more".into(), |n| n.to_string());
        return Err(format!("{} {kind} where its size asks for {asked}", page.offsets.count));
    }
    let product = |n: [usize; 4]| n.iter().try_fold(1u64, |a, b| a.checked_mul(*b as u64));
    let pixels = [page.width, page.height, page.samples, page.stored.size()];
    let chunk = [page.chunk.0, page.chunk.1, page.chunk_samples(), page.stored.size()];
    let promised = product(pixels).filter(|n| *n < 1 << 46);
    let impossible =
        || format!("{}x{} pixels cannot stand in a file of {size} bytes", page.height, page.width);
    let promised = promised.ok_or_else(impossible)?;
    // Tiles may reach beyond the image, not far.
    if product(chunk).is_none_or(|n| n > (8 << 20).max(promised.saturating_add(promised / 2))) {
        return Err(format!(
            "damaged: tiles of {}x{} for an image of {}x{}",
            page.chunk.1, page.chunk.0, page.height, page.width
        ));
    }
    // Bytes that the codec makes of one, at best.
    let gain = match page.compression {
        1 => 1,
        // A line takes one bit at least.
        2..=4 if page.height as u64 > size.saturating_mul(8) => 0,
        2..=4 => 1 << 16,
        32773 => 64,
        5 => 3640,
        8 | 32946 => 1032,
        // 64 coefficients of up to 6 bits that are all said to be 0.
        7 => 1 << 12,
        _ => 1 << 16,
    };
    let decoded = page.raw_bytes() / if page.subsampling() == (1, 1) { 1 } else { 3 };
    if decoded > size.saturating_mul(gain) {
        return Err(impossible());
    }
    Ok(())
}

/// A ramp in every colour, or grey, only shows the numbers; anything else is a picture.
fn palette(tags: &Tags, entry: Entry, stored: Stored, palettes: &mut Palettes, imagej: bool) -> Why<Color> {
    // ImageJ stores a lookup table as a palette: the numbers are the indices.
    if imagej {
        return Ok(Color::Plain);
    }
    let palette = match palettes.get(&entry) {
        Some(known) => known.clone(),
        None => {
            let numbers = tags.numbers(&entry, 3 << stored.bits().min(16))?;
            let read = Arc::new(numbers.into_iter().map(|v| v.min(65535) as u16).collect::<Vec<_>>());
            palettes.insert(entry, read.clone());
            read
        }
    };
    let entries = palette.len() / 3;
    if entries == 0 || !palette.len().is_multiple_of(3) {
        return Err(format!("damaged: a palette of {} numbers", palette.len()));
    }
    let (red, rest) = palette.split_at(entries);
    let (green, blue) = rest.split_at(entries);
    let ramp = |one: &[u16]| one.is_sorted() || one.iter().rev().is_sorted();
    let plain = (red == green && green == blue) || [red, green, blue].into_iter().all(ramp);
    Ok(if plain { Color::Plain } else { Color::Palette(palette) })
}

pub fn compression_name(compression: u16) -> String {
    let name = match compression {
        1 => "none",
        2 => "CCITT modified Huffman",
        3 => "CCITT group 3",
        4 => "CCITT group 4",
        5 => "LZW",
        6 => "old-style JPEG",
        7 => "JPEG",
        8 | 32946 => "deflate",
        32773 => "PackBits",
        33003 | 33005 | 34712 => "JPEG 2000",
        34887 => "LERC",
        34925 => "LZMA",
        34926 | 50000 => "Zstandard",
        34927 | 50001 => "WebP",
        34892 | 52546 => "JPEG (DNG)",
        34933 => "PNG",
        34934 | 48124 | 22610 => "JPEG XR",
        50002 => "JPEG XL",
        32809 => "ThunderScan",
        34676 | 34677 => "SGI LogLuv",
        other => return other.to_string(),
    };
    format!("{name} ({compression})")
}

fn photometric_name(photometric: u64) -> String {
    let name = match photometric {
        2 => "RGB",
        3 => "a palette",
        5 => "CMYK",
        6 => "YCbCr",
        8..=10 => "Lab",
        32803 => "raw camera (CFA)",
        32844 | 32845 => "LogLuv",
        other => return format!("photometric interpretation {other}"),
    };
    name.into()
}
