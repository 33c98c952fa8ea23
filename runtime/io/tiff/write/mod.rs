//! OME-TIFF that ImageJ reads, too.
//!
//! The planes come first and the directories last. Planes that are not compressed follow each other without a gap, in
//! the order of the directories: ImageJ reads the first directory only and counts on that.

mod codec;
mod describe;
mod directory;
mod pyramid;

use crate::io::atomic::{AtomicFile, unwritable};
use crate::io::write_options::{Compression, WriteOptions};
use crate::io::{RGB, file_error};
use codec::Codec;
use directory::{Directories, Value};
use rayon::prelude::*;
use rotifer_registry::{Code, Dtype, Error, Image, ImageMeta, Kind, Volume};
use std::collections::BTreeMap;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

pub fn write(path: &Path, image: &Image, options: &WriteOptions) -> Result<(), Error> {
    let mut writer = ImageWriter::new(path, &image.meta(), options)?;
    for (t, volumes) in image.volumes().chunks(image.c()).enumerate() {
        writer.write(Start { t, ..Start::default() }, volumes)?;
    }
    writer.finish()
}

/// The header of a BigTIFF; a classic one takes the first half.
const HEADER: u64 = 16;

/// Bytes of pixels in a strip that is compressed.
const STRIP: usize = 256 << 10;

/// Most bytes of one strip that is not: some readers count in 31 bits.
const LARGEST_STRIP: usize = 1 << 30;

/// Bytes of strips and tiles that wait to be compressed together.
const BATCH: usize = 64 << 20;

/// Where a block of pixels begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    pub t: usize,
    pub c: usize,
    pub z: usize,
    pub y: usize,
}

/// Writes a TIFF block by block, so that an image larger than memory can be written. Strips and tiles are compressed
/// on all cores; about 64 MiB of them wait at a time.
///
/// The file has its name after [`ImageWriter::finish`]. A writer that is dropped before leaves nothing behind.
pub struct ImageWriter {
    path: PathBuf,
    target: AtomicFile,
    meta: ImageMeta,
    rgb: bool,
    bigtiff: bool,
    tiled: bool,
    codec: Codec,
    /// The plane, then halves of it.
    levels: Vec<Level>,
    /// Planes that have some of their rows, by number; those that have all are only counted.
    open: BTreeMap<usize, Vec<Rows>>,
    done: Vec<bool>,
    waiting: Vec<Band>,
    waiting_bytes: usize,
    /// Where the file ends.
    end: u64,
    /// Where the next byte goes without a seek.
    at: u64,
}

/// A plane at one size.
struct Level {
    height: usize,
    width: usize,
    /// Height and width of strips or tiles.
    chunk: [usize; 2],
    /// Where the strips or tiles of all planes stand, and their lengths.
    chunks: Vec<(u64, u64)>,
    /// Planes follow each other from the header on.
    contiguous: bool,
}

impl Level {
    fn across(&self) -> usize {
        self.width.div_ceil(self.chunk[1])
    }

    fn chunks_of_a_plane(&self) -> usize {
        self.across() * self.height.div_ceil(self.chunk[0])
    }
}

/// Rows of one plane at one size that have come.
#[derive(Default)]
struct Rows {
    count: usize,
    /// Those that fill no strip or row of tiles yet.
    pending: Vec<u8>,
    /// One that waits for the next, to make a row of the next level.
    odd: Option<Vec<u8>>,
}

/// A strip or a row of tiles.
struct Band {
    level: usize,
    plane: usize,
    /// Of the first strip or tile in the plane.
    chunk: usize,
    bytes: Vec<u8>,
}

impl ImageWriter {
    /// Begins a file of this shape, dtype, kind, channel names and pixel size. Missing folders are made.
    pub fn new(path: &Path, meta: &ImageMeta, options: &WriteOptions) -> Result<ImageWriter, Error> {
        let [planes, height, width] = meta.volume.shape;
        if meta.volume.is_empty() || meta.axes.t * meta.axes.c == 0 {
            return Err(file_error(path, "an image without pixels cannot be written").value(format!(
                "{} times, {} channels, {}",
                meta.axes.t,
                meta.axes.c,
                meta.volume.shape_text()
            )));
        }
        if [height, width].iter().any(|n| u32::try_from(*n).is_err()) {
            return Err(file_error(path, "a TIFF has no such size").value(meta.volume.shape_text()));
        }
        if let Some([h, w]) = options.tile.filter(|t| t.iter().any(|n| *n == 0 || n % 16 != 0 || *n > 65536))
        {
            return Err(file_error(path, "the sides of tiles are multiples of 16")
                .argument("tile")
                .value(format!("{h}, {w}"))
                .allowed("16 to 65536"));
        }
        let dtype = meta.volume.dtype;
        let colors = meta.axes.c == 3 && meta.axes.channels == RGB && meta.volume.kind == Kind::Image;
        // ImageJ 1.52 mixes up stacks of 16-bit colours: those are channels, with the names of colours.
        let rgb = colors && (dtype == Dtype::U8 || dtype == Dtype::U16 && meta.axes.t * planes == 1);
        let samples = if rgb { 3 } else { 1 };
        let default = match meta.volume.kind {
            Kind::Image => Compression::None,
            Kind::Mask | Kind::Labels => Compression::Deflate(6),
        };
        let compression = options.compression.unwrap_or(default);
        let packed = compression != Compression::None;
        let for_imagej = options.tile.is_none() && compression != Compression::Zstd;
        let smooth = options.predictor.unwrap_or(!for_imagej && meta.volume.kind == Kind::Image);
        let codec = Codec { compression, predictor: packed && smooth, dtype, samples };
        let n = meta.axes.t * planes * meta.axes.c / samples;
        let levels: Vec<Level> = pyramid::sizes(height, width, options.pyramid)
            .into_iter()
            .enumerate()
            .map(|(i, [height, width])| {
                let row = width * samples * dtype.size();
                let rows = if packed || i > 0 { STRIP } else { LARGEST_STRIP } / row;
                let chunk = options.tile.unwrap_or([rows.clamp(1, height), width]);
                let contiguous = i == 0 && !packed && options.tile.is_none();
                let mut level = Level { height, width, chunk, chunks: Vec::new(), contiguous };
                level.chunks = vec![(0, 0); n * level.chunks_of_a_plane()];
                level
            })
            .collect();
        let plane_bytes = (height * width * samples * dtype.size()) as u64;
        let end = HEADER + if levels[0].contiguous { n as u64 * plane_bytes } else { 0 };
        let target = AtomicFile::new(path, options.durability).map_err(|e| unwritable(path, e))?;
        Ok(ImageWriter {
            path: path.to_path_buf(),
            target,
            meta: meta.clone(),
            rgb,
            bigtiff: options.bigtiff,
            tiled: options.tile.is_some(),
            codec,
            levels,
            open: BTreeMap::new(),
            done: vec![false; n],
            waiting: Vec::new(),
            waiting_bytes: 0,
            end: end.next_multiple_of(2),
            at: 0,
        })
    }

    /// Writes whole rows: a volume for each channel from `start.c` on, of planes from `start.z` and rows from `start.y`
    /// on. Planes come in any order, the rows of a plane from top to bottom, and the colours of an RGB image together.
    ///
    /// Errors: [`Code::Shape`] where a block does not fit the image or does not follow the rows before it, and
    /// [`Code::File`].
    pub fn write(&mut self, start: Start, block: &[Volume]) -> Result<(), Error> {
        let Some(first) = block.first() else { return Ok(()) };
        let [depth, rows, width] = first.shape();
        let meta = &self.meta;
        let [planes, height, whole_width] = meta.volume.shape;
        let alike = |v: &Volume| v.shape() == first.shape() && v.dtype() == meta.volume.dtype;
        let fits = |from: usize, n: usize, all: usize| from.checked_add(n).is_some_and(|end| end <= all);
        if !block.iter().all(alike)
            || width != whole_width
            || !fits(start.t, 1, meta.axes.t)
            || !fits(start.c, block.len(), meta.axes.c)
            || !fits(start.z, depth, planes)
            || !fits(start.y, rows, height)
            || (self.rgb && block.len() != 3)
        {
            return Err(Error::new(Code::Shape, "the block does not fit the image")
                .value(format!(
                    "{} channels of {depth}x{rows}x{width} {} from {start:?}",
                    block.len(),
                    first.dtype()
                ))
                .allowed(format!(
                    "{} times, {} channels of {planes}x{height}x{whole_width} {}",
                    meta.axes.t, meta.axes.c, meta.volume.dtype
                )));
        }
        let bytes = rows * width * self.codec.dtype.size();
        if bytes == 0 {
            return Ok(());
        }
        for z in 0..depth {
            let part = z * bytes..(z + 1) * bytes;
            if self.rgb {
                let planes = [0, 1, 2].map(|c| &block[c].bytes()[part.clone()]);
                let interleaved = interleave(&planes, self.codec.dtype.size());
                self.rows(start.t * planes_of(&self.meta) + start.z + z, start.y, &interleaved)?;
            } else {
                for (c, volume) in block.iter().enumerate() {
                    let plane =
                        (start.t * planes_of(&self.meta) + start.z + z) * self.meta.axes.c + start.c + c;
                    self.rows(plane, start.y, &volume.bytes()[part.clone()])?;
                }
            }
        }
        Ok(())
    }

    /// Takes the next rows of a plane.
    fn rows(&mut self, plane: usize, y: usize, bytes: &[u8]) -> Result<(), Error> {
        let levels = self.levels.len();
        let mut open = match (self.done[plane], self.open.remove(&plane)) {
            (true, _) => Vec::new(),
            (_, Some(open)) => open,
            (_, None) => std::iter::repeat_with(Rows::default).take(levels).collect(),
        };
        let next = open.first().map_or(self.levels[0].height, |rows| rows.count);
        if y != next {
            self.open.insert(plane, open);
            return Err(Error::new(Code::Shape, "the rows of a plane are written from top to bottom, once")
                .value(format!("row {y} of plane {plane}"))
                .allowed(format!("row {next}")));
        }
        self.feed(&mut open, plane, 0, bytes).map_err(|e| unwritable(&self.path, e))?;
        if open[0].count == self.levels[0].height {
            self.done[plane] = true;
        } else {
            self.open.insert(plane, open);
        }
        Ok(())
    }

    /// Rows of one size: to the file or to the strips that wait, and halved to the next size.
    fn feed(&mut self, open: &mut [Rows], plane: usize, index: usize, bytes: &[u8]) -> io::Result<()> {
        let Codec { dtype, samples, .. } = self.codec;
        let level = &self.levels[index];
        let (height, row) = (level.height, level.width * samples * dtype.size());
        let before = open[index].count;
        open[index].count += bytes.len() / row;
        let last = open[index].count == height;
        if level.contiguous {
            let at = HEADER + (plane * height + before) as u64 * row as u64;
            self.put(at, bytes)?;
        } else {
            let (full, across) = (level.chunk[0] * row, level.across());
            let mut pending = std::mem::take(&mut open[index].pending);
            let mut chunk = (before * row - pending.len()) / full * across;
            let mut rest = bytes;
            loop {
                let (more, after) = rest.split_at(rest.len().min(full - pending.len()));
                pending.extend_from_slice(more);
                rest = after;
                if pending.is_empty() || (pending.len() < full && !last) {
                    break;
                }
                self.waiting_bytes += pending.len();
                self.waiting.push(Band { level: index, plane, chunk, bytes: std::mem::take(&mut pending) });
                chunk += across;
                if self.waiting_bytes > BATCH {
                    self.flush()?;
                }
            }
            open[index].pending = pending;
        }
        if index + 1 < self.levels.len() {
            let kind = self.meta.volume.kind;
            let mut half = Vec::with_capacity(bytes.len() / 3);
            for from in bytes.chunks_exact(row) {
                match open[index].odd.take() {
                    Some(odd) => half.extend(pyramid::halve(kind, dtype, samples, &odd, Some(from))),
                    None => open[index].odd = Some(from.to_vec()),
                }
            }
            if let Some(odd) = open[index].odd.take_if(|_| last) {
                half.extend(pyramid::halve(kind, dtype, samples, &odd, None));
            }
            self.feed(open, plane, index + 1, &half)?;
        }
        Ok(())
    }

    /// Compresses the strips and tiles that wait, and writes them in the order in which they came.
    fn flush(&mut self) -> io::Result<()> {
        self.waiting_bytes = 0;
        let bands = std::mem::take(&mut self.waiting);
        let (levels, codec, tiled) = (&self.levels, &self.codec, self.tiled);
        let encode = |band: Band| -> io::Result<(usize, usize, Vec<Vec<u8>>)> {
            let level = &levels[band.level];
            let pixel = codec.samples * codec.dtype.size();
            let (index, row) = (band.plane * level.chunks_of_a_plane() + band.chunk, level.width * pixel);
            if !tiled {
                return Ok((band.level, index, vec![codec.encode(band.bytes, row)?]));
            }
            let [height, width] = level.chunk;
            let tile = |i: usize| {
                // Pixels beyond the image are 0.
                let mut tile = vec![0; height * width * pixel];
                for (to, from) in tile.chunks_exact_mut(width * pixel).zip(band.bytes.chunks_exact(row)) {
                    let from = &from[i * width * pixel..row.min((i + 1) * width * pixel)];
                    to[..from.len()].copy_from_slice(from);
                }
                codec.encode(tile, width * pixel)
            };
            Ok((band.level, index, (0..level.across()).map(tile).collect::<Result<_, _>>()?))
        };
        let encoded: Vec<_> = bands.into_par_iter().map(encode).collect::<Result<_, _>>()?;
        for (level, index, chunks) in encoded {
            for (i, chunk) in chunks.iter().enumerate() {
                let at = self.end;
                self.put(at, chunk)?;
                self.levels[level].chunks[index + i] = (at, chunk.len() as u64);
                self.end = (at + chunk.len() as u64).next_multiple_of(2);
            }
        }
        Ok(())
    }

    fn put(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.target.file();
        if at != self.at {
            file.seek(SeekFrom::Start(at))?;
        }
        self.at = at + bytes.len() as u64;
        file.write_all(bytes)
    }

    /// Writes the directories and gives the file its name. Errors: [`Code::Shape`] where rows were not written, and
    /// [`Code::File`].
    pub fn finish(mut self) -> Result<(), Error> {
        if let Some(plane) = self.done.iter().position(|done| !done) {
            let written = self.done.iter().filter(|done| **done).count();
            let c = self.done.len() / (self.meta.axes.t * planes_of(&self.meta));
            let (rest, c) = (plane / c, plane % c);
            let (t, z) = (rest / planes_of(&self.meta), rest % planes_of(&self.meta));
            let rows = self.open.get(&plane).map_or(0, |open| open[0].count);
            return Err(Error::new(Code::Shape, "the image is not written whole")
                .value(format!("{written} of {} planes", self.done.len()))
                .help(format!("row {rows} of t = {t}, c = {c}, z = {z} is the first that is missing")));
        }
        let path = std::mem::take(&mut self.path);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.close(&name).map_err(|e| unwritable(&path, e))
    }

    fn close(mut self, name: &str) -> io::Result<()> {
        self.flush()?;
        let mut directories = self.directories(name, self.bigtiff);
        if directories.end() > u64::from(u32::MAX) {
            directories = self.directories(name, true);
        }
        let (header, bytes) = directories.finish();
        self.put(self.end, &bytes)?;
        self.put(0, &header)?;
        self.target.commit()
    }

    fn directories(&self, name: &str, big: bool) -> Directories {
        let mut directories = Directories::new(self.end, big);
        for plane in 0..self.done.len() {
            let subs = (1..self.levels.len()).map(|level| {
                let tags = self.tags(level, plane, Vec::new());
                directories.sub(&tags)
            });
            let subs: Vec<u64> = subs.collect();
            let mut more = Vec::new();
            if !subs.is_empty() {
                more.push((330, Value::Places(subs)));
            }
            if plane == 0 {
                more.push((270, Value::Text(describe::ome(&self.meta, self.rgb, name))));
                // ImageJ reads no tiles and no BigTIFF.
                if !self.tiled && !directories.is_big() {
                    more.push((270, Value::Text(describe::imagej(&self.meta, self.rgb))));
                    if !self.rgb && !self.meta.axes.channels.is_empty() {
                        more.extend(describe::imagej_labels(&self.meta));
                    }
                }
            }
            directories.chain(&self.tags(0, plane, more));
        }
        directories
    }

    /// The tags of one plane at one size.
    fn tags(&self, index: usize, plane: usize, more: Vec<(u16, Value)>) -> Vec<(u16, Value)> {
        let level = &self.levels[index];
        let Codec { dtype, samples, .. } = self.codec;
        let n = level.chunks_of_a_plane();
        let (places, counts): (Vec<u64>, Vec<u64>) = if level.contiguous {
            let row = (level.width * samples * dtype.size()) as u64;
            let rows = (0..level.height).step_by(level.chunk[0]);
            let place = |y: usize| HEADER + (plane * level.height + y) as u64 * row;
            rows.map(|y| (place(y), level.chunk[0].min(level.height - y) as u64 * row)).unzip()
        } else {
            level.chunks[plane * n..(plane + 1) * n].iter().copied().unzip()
        };
        let format = match dtype {
            Dtype::U8 | Dtype::U16 | Dtype::U32 => 1,
            Dtype::I16 | Dtype::I32 => 2,
            Dtype::F32 => 3,
        };
        // Strips and tiles are shorter than 4 GiB.
        let counts = Value::Long(counts.into_iter().map(|n| n as u32).collect());
        let mut tags = vec![
            (256, Value::Long(vec![level.width as u32])),
            (257, Value::Long(vec![level.height as u32])),
            (258, Value::Short(vec![8 * dtype.size() as u16; samples])),
            (259, Value::Short(vec![self.codec.compression_tag()])),
            (262, Value::Short(vec![if self.rgb { 2 } else { 1 }])),
            (277, Value::Short(vec![samples as u16])),
            (284, Value::Short(vec![1])),
            (339, Value::Short(vec![format; samples])),
        ];
        if index > 0 {
            tags.push((254, Value::Long(vec![1])));
        }
        let [rows, columns] = level.chunk.map(|n| n as u32);
        if self.tiled {
            tags.push((322, Value::Long(vec![columns])));
            tags.push((323, Value::Long(vec![rows])));
            tags.push((324, Value::Places(places)));
            tags.push((325, counts));
        } else {
            tags.push((273, Value::Places(places)));
            tags.push((278, Value::Long(vec![rows])));
            tags.push((279, counts));
        }
        if let Some(predictor) = self.codec.predictor_tag() {
            tags.push((317, Value::Short(vec![predictor])));
        }
        if let Some(spacing) = self.meta.volume.spacing.filter(|_| index == 0) {
            let [_, y, x] = spacing.um.map(describe::resolution);
            if let (Some(x), Some(y)) = (x, y) {
                tags.extend([(282, x), (283, y), (296, Value::Short(vec![1]))]);
            }
        }
        tags.extend(more);
        // Stable: of two descriptions the first stays first.
        tags.sort_by_key(|(tag, _)| *tag);
        tags
    }
}

fn planes_of(meta: &ImageMeta) -> usize {
    meta.volume.shape[0]
}

/// Samples of the planes side by side.
fn interleave(planes: &[&[u8]; 3], size: usize) -> Vec<u8> {
    let mut bytes = vec![0; 3 * planes[0].len()];
    for (i, plane) in planes.iter().enumerate() {
        let to = bytes.chunks_exact_mut(size).skip(i).step_by(3);
        to.zip(plane.chunks_exact(size)).for_each(|(to, from)| to.copy_from_slice(from));
    }
    bytes
}
