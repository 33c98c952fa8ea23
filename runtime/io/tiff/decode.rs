//! Planes into volumes, in parallel: each strip, or row of tiles, goes straight to its place.

use super::codec::{self, Scratch};
use super::directory::Tags;
use super::page::{Chunks, Color, Page, YCbCr};
use super::samples::{spread, to_native, undo_differences, undo_float_differences, unpack_bits};
use super::set::{Plane, Tiff};
use super::source::{Why, room, zeroed};
use bytemuck::AnyBitPattern;
use rayon::prelude::*;
use rotifer_registry::{Dtype, Element};
use std::mem::MaybeUninit;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The part that is wanted of every plane.
pub struct Window {
    /// Channels that one page gives.
    pub channels: Range<usize>,
    pub y: Range<usize>,
    pub x: Range<usize>,
    /// Tiles that the file leaves out, which are 0 by definition: scanners of slides skip what is empty.
    pub absent: AtomicUsize,
}

impl Window {
    pub fn new(channels: Range<usize>, y: Range<usize>, x: Range<usize>) -> Window {
        Window { channels, y, x, absent: AtomicUsize::new(0) }
    }
}

/// Raw pixels are read in pieces of about this many bytes, so that they stay in the cache.
const PIECE: usize = 256 << 10;
/// Tiles of so many bytes are held by every thread, however small the image is.
const SMALL: usize = 4 << 20;
/// Strips and rows of tiles that are planned at a time.
const BATCH: usize = 2048;

/// The pixels of stacks of planes, stack by stack, channel by channel.
pub fn gather<S, T>(
    files: &[Tiff],
    stacks: &[&[Plane]],
    window: &Window,
    same: bool,
    convert: impl Fn(&Page, S, usize) -> Option<T> + Sync,
) -> Why<Vec<Vec<T>>>
where
    S: AnyBitPattern,
    T: Element,
{
    let area = window.y.len() * window.x.len();
    let mut volumes = Vec::new();
    for stack in stacks {
        for _ in window.channels.clone() {
            volumes.push(room::<T>(stack.len() * area)?);
        }
    }
    let lens: Vec<usize> =
        stacks.iter().flat_map(|s| window.channels.clone().map(|_| s.len() * area)).collect();
    let whole = lens.iter().sum::<usize>().saturating_mul(size_of::<T>()).max(SMALL);
    let mut jobs: Vec<Job<T>> = Vec::new();
    let run = |jobs: &mut Vec<Job<T>>| {
        let work = |scratch: &mut Scratch, job: Job<T>| {
            let number = job.plane.number;
            job.run(files, window, same, &convert, scratch).map_err(|why| format!("page {number}: {why}"))
        };
        // Tiles that reach far beyond the image are decoded one after the other: each thread holds one whole.
        let chunk = jobs.iter().map(|job| job.plane.page.chunk_bytes()).max().unwrap_or(0);
        if jobs.len().min(rayon::current_num_threads()).saturating_mul(chunk) > whole.saturating_mul(2) {
            let scratch = &mut Scratch::default();
            return std::mem::take(jobs).into_iter().try_for_each(|job| work(scratch, job));
        }
        if let [_] = jobs.as_slice() {
            return jobs.pop().map_or(Ok(()), |job| work(&mut Scratch::default(), job));
        }
        std::mem::take(jobs).into_par_iter().try_for_each_init(Scratch::default, work)
    };
    {
        let mut rest = volumes.iter_mut().zip(&lens);
        for stack in stacks {
            let mut planes: Vec<_> = rest
                .by_ref()
                .take(window.channels.len())
                .map(|(v, len)| v.spare_capacity_mut()[..*len].chunks_exact_mut(area))
                .collect();
            for plane in *stack {
                let page = &plane.page;
                let chunks = Arc::new(
                    page.chunks(&files[plane.file].tags)
                        .map_err(|why| format!("page {}: {why}", plane.number))?,
                );
                let mut outs: Vec<&mut [MaybeUninit<T>]> =
                    planes.iter_mut().filter_map(Iterator::next).collect();
                for rows in bands(page, &window.y) {
                    let n = rows.len() * window.x.len();
                    let mut out = Vec::with_capacity(outs.len());
                    for rest in &mut outs {
                        let (now, later) = std::mem::take(rest).split_at_mut(n);
                        *rest = later;
                        out.push(now);
                    }
                    jobs.push(Job { plane, chunks: chunks.clone(), rows, out });
                }
                if jobs.len() >= BATCH {
                    run(&mut jobs)?;
                }
            }
        }
        run(&mut jobs)?;
    }
    for (volume, len) in volumes.iter_mut().zip(lens) {
        // SAFETY: the jobs cover every plane from its first row to its last; each fills its part from the file, or
        // zeroes it before it writes it; all have ended without an error.
        unsafe { volume.set_len(len) };
    }
    Ok(volumes)
}

/// Rows that are decoded together: those of one row of strips or tiles; of raw strips, fewer.
fn bands(page: &Page, y: &Range<usize>) -> Vec<Range<usize>> {
    let mut bands = Vec::new();
    let mut at = y.start;
    let piece = if page.compression == 1 && !page.tiled && page.subsampling() == (1, 1) {
        (PIECE / page.row_bytes().max(1)).max(1)
    } else {
        usize::MAX
    };
    while at < y.end {
        let end = ((at / page.chunk.1 + 1) * page.chunk.1).min(y.end).min(at.saturating_add(piece));
        bands.push(at..end);
        at = end;
    }
    bands
}

/// A part of a plane, all its rows within one row of strips or tiles.
struct Job<'a, T> {
    plane: &'a Plane,
    chunks: Arc<Chunks>,
    rows: Range<usize>,
    /// One slice a channel.
    out: Vec<&'a mut [MaybeUninit<T>]>,
}

impl<T: Element> Job<'_, T> {
    fn run<S: AnyBitPattern>(
        self,
        files: &[Tiff],
        window: &Window,
        same: bool,
        convert: &impl Fn(&Page, S, usize) -> Option<T>,
        scratch: &mut Scratch,
    ) -> Why<()> {
        let Job { plane, chunks, rows, mut out } = self;
        let (tags, page) = (&files[plane.file].tags, &*plane.page);
        let (across, down) = page.grid();
        let row = rows.start / page.chunk.1;
        let inner = rows.start - row * page.chunk.1..rows.end - row * page.chunk.1;
        let kind = if page.tiled { "tile" } else { "strip" };
        let reader = ChunkReader { tags, page, chunks: &chunks, offset: plane.offset };
        let step = page.chunk_samples();
        let whole = window.x == (0..page.width) && page.chunk.0 == page.width;
        if let ([out], 1, true, 1, false) =
            (out.as_mut_slice(), page.compression, same && whole, step, page.stored.is_packed())
        {
            // Zeros first would be half of the work.
            let index = row * across;
            let bytes = reader.raw(index, inner.start * page.row_bytes(), bytes_of(out));
            let bytes =
                bytes.map_err(|why| format!("{kind} {} of {}: {why}", index + 1, page.chunk_count()))?;
            reader.finish(bytes, scratch);
            return Ok(());
        }
        let mut out: Vec<&mut [T]> = out.into_iter().map(zeroed).collect();
        let columns = window.x.start / page.chunk.0..window.x.end.div_ceil(page.chunk.0);
        for planar in 0..if page.planar { page.samples } else { 1 } {
            if page.planar && !window.channels.contains(&planar) && !matches!(page.color, Color::YCbCr(_)) {
                continue;
            }
            for column in columns.clone() {
                let index = (planar * down + row) * across + column;
                let named = |why: String| format!("{kind} {} of {}: {why}", index + 1, page.chunk_count());
                if page.tiled && (chunks.offsets[index], chunks.counts[index]) == (0, 0) {
                    window.absent.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
                // Planes of Y, Cb and Cr are put together below.
                let channel = if page.planar { planar.wrapping_sub(window.channels.start) } else { 0 };
                if same && whole && step == 1 && !page.stored.is_packed() && channel < out.len() {
                    let bytes = bytemuck::cast_slice_mut(out[channel]);
                    reader.rows(index, inner.clone(), bytes, scratch).map_err(named)?;
                    continue;
                }
                let left = column * page.chunk.0;
                let columns = window.x.start.max(left) - left..window.x.end.min(left + page.chunk.0) - left;
                let (bytes, first, width) =
                    reader.samples(index, inner.clone(), &columns, scratch).map_err(named)?;
                let size = size_of::<S>();
                let to = left + columns.start - window.x.start;
                for (y, from) in bytes.chunks_exact(width * step * size).enumerate() {
                    let from = &from[(columns.start - first) * step * size..][..columns.len() * step * size];
                    let place = y * window.x.len() + to..y * window.x.len() + to + columns.len();
                    for (channel, out) in window.channels.clone().zip(&mut out) {
                        if page.planar && channel != planar {
                            continue;
                        }
                        let out = &mut out[place.clone()];
                        if same && step == 1 {
                            bytemuck::cast_slice_mut(out).copy_from_slice(from);
                            continue;
                        }
                        // A palette gives three channels from one sample; extra samples (alpha) are passed over.
                        let at = if page.is_palette() || page.planar { 0 } else { channel * size };
                        for (to, pixel) in out.iter_mut().zip(from.chunks_exact(step * size)) {
                            let value: S = bytemuck::pod_read_unaligned(&pixel[at..at + size]);
                            *to = convert(page, value, channel).ok_or_else(|| unfit(page, T::DTYPE))?;
                        }
                    }
                }
            }
        }
        if let (Color::YCbCr(space), true) = (&page.color, page.planar) {
            planes_to_rgb(space, &mut out);
        }
        Ok(())
    }
}

fn unfit(page: &Page, dtype: Dtype) -> String {
    let way_out =
        if page.is_palette() { "the palette has no such entry" } else { "store it as int32 or float32" };
    format!("a {} value does not fit in {dtype} ({way_out})", page.stored.name())
}

/// Red, green and blue in the place of planes of Y, Cb and Cr.
fn planes_to_rgb<T: Element>(space: &YCbCr, out: &mut [&mut [T]]) {
    if T::DTYPE != Dtype::U8 || out.len() < 3 {
        return;
    }
    let mut pixels = vec![0; out[0].len() * 3];
    for (i, plane) in out.iter().take(3).enumerate() {
        let to = pixels.iter_mut().skip(i).step_by(3);
        to.zip(bytemuck::cast_slice::<T, u8>(plane)).for_each(|(to, from)| *to = *from);
    }
    space.to_rgb(&mut pixels, 3);
    for (i, plane) in out.iter_mut().take(3).enumerate() {
        let from = pixels.iter().skip(i).step_by(3);
        bytemuck::cast_slice_mut::<T, u8>(plane).iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    }
}

/// The memory of elements that were never written, as bytes.
fn bytes_of<T>(slice: &mut [MaybeUninit<T>]) -> &mut [MaybeUninit<u8>] {
    // SAFETY: the same memory, borrowed as long; such bytes may be anything.
    unsafe { std::slice::from_raw_parts_mut(slice.as_mut_ptr().cast(), size_of_val(slice)) }
}

/// The strips or tiles of one plane.
struct ChunkReader<'a> {
    tags: &'a Tags,
    page: &'a Page,
    chunks: &'a Chunks,
    offset: u64,
}

impl ChunkReader<'_> {
    /// Rows of one strip or tile in the machine's order, samples as wide as they are stored. Not of packed bits.
    fn rows(&self, index: usize, rows: Range<usize>, out: &mut [u8], scratch: &mut Scratch) -> Why<()> {
        let page = self.page;
        if page.compression == 1 {
            let at = self.place(index, rows.start * page.row_bytes(), out.len())?;
            self.tags.source.read(at, out)?;
            self.reverse(out);
        } else {
            let all = page.chunk_rows(index / page.grid().0 % page.grid().1);
            let bytes = page.stored_bytes(all);
            if bytes == out.len() {
                codec::decode(self.tags, page, self.chunks, index, all, out, scratch)?;
            } else {
                let mut chunk = std::mem::take(&mut scratch.chunk);
                chunk.try_reserve(bytes.saturating_sub(chunk.len())).map_err(|e| e.to_string())?;
                chunk.resize(bytes, 0);
                let result = codec::decode(self.tags, page, self.chunks, index, all, &mut chunk, scratch);
                let first = rows.start / page.subsampling().1 * page.row_bytes();
                out.copy_from_slice(&chunk[first..][..out.len()]);
                scratch.chunk = chunk;
                result?;
            }
        }
        self.finish(out, scratch);
        Ok(())
    }

    /// Undoes the predictor, in the machine's order.
    fn finish(&self, out: &mut [u8], scratch: &mut Scratch) {
        let page = self.page;
        let (samples, size, row) = (page.chunk_samples(), page.stored.size(), page.row_bytes());
        match page.predictor {
            // Bit fields go from the first byte on, whatever the order of bytes.
            _ if page.stored.is_packed() => {}
            2 => {
                to_native(out, size, self.tags.little);
                out.chunks_exact_mut(row).for_each(|row| undo_differences(row, samples, size));
            }
            3 => out
                .chunks_exact_mut(row)
                .for_each(|row| undo_float_differences(row, samples, size, &mut scratch.row)),
            _ => to_native(out, size, self.tags.little),
        }
    }

    /// Bytes of a strip or tile that is not compressed.
    fn raw<'a>(&self, index: usize, skip: usize, out: &'a mut [MaybeUninit<u8>]) -> Why<&'a mut [u8]> {
        let at = self.place(index, skip, out.len())?;
        let out = self.tags.source.read_new(at, out)?;
        self.reverse(out);
        Ok(out)
    }

    fn reverse(&self, out: &mut [u8]) {
        if self.page.reversed_bits {
            out.iter_mut().for_each(|b| *b = b.reverse_bits());
        }
    }

    /// Where so many bytes of a strip or tile that is not compressed stand.
    fn place(&self, index: usize, skip: usize, len: usize) -> Why<u64> {
        let (at, count) = (self.chunks.offsets[index], self.chunks.counts[index]);
        let end = (skip + len) as u64;
        if end > count {
            return Err(match count {
                0 => "it is missing: the file gives it no bytes".into(),
                _ => format!("{end} bytes of pixels are promised, {count} are there"),
            });
        }
        // A stack behind one directory goes on where its first plane ends.
        let at = at.checked_add(self.offset).and_then(|at| at.checked_add(skip as u64));
        at.ok_or_else(|| "damaged: its place in the file".into())
    }

    /// Rows of one strip or tile, one sample after the other: bits unpacked, colours as red, green and blue.
    ///
    /// Gives the samples, the column that they begin with, and how many columns they are.
    fn samples(
        &self,
        index: usize,
        rows: Range<usize>,
        columns: &Range<usize>,
        scratch: &mut Scratch,
    ) -> Why<(Vec<u8>, usize, usize)> {
        let page = self.page;
        let (width, step) = (page.chunk.0, page.chunk_samples());
        let pixel = step * page.stored.size();
        // A narrow piece of long raw rows is read by itself.
        let simple = page.compression == 1 && page.predictor == 1 && !page.stored.is_packed();
        if simple && page.color == Color::Plain && columns.len() * 4 < width && width * pixel > 16384 {
            let mut bytes = room(rows.len() * columns.len() * pixel)?;
            bytes.resize(rows.len() * columns.len() * pixel, 0);
            for (y, row) in rows.zip(bytes.chunks_exact_mut(columns.len() * pixel)) {
                let at = self.place(index, y * page.row_bytes() + columns.start * pixel, row.len())?;
                self.tags.source.read(at, row)?;
                self.reverse(row);
            }
            to_native(&mut bytes, page.stored.size(), self.tags.little);
            return Ok((bytes, columns.start, columns.len()));
        }
        let down = page.subsampling().1;
        // Rows that share their colours are read together.
        let read = rows.start / down * down..rows.end;
        let len = page.row_bytes() * read.len().div_ceil(down);
        let mut bytes = room(len)?;
        bytes.resize(len, 0);
        self.rows(index, read.clone(), &mut bytes, scratch)?;
        if page.stored.is_packed() {
            bytes = unpack_bits(&bytes, page.row_bytes(), width * step, page.stored.bits())?;
        }
        if page.subsampling() != (1, 1) {
            bytes = spread(&bytes, width, read.len(), page.subsampling())?;
            bytes.drain(..(rows.start - read.start) * width * pixel);
        }
        if let (Color::YCbCr(space), false) = (&page.color, page.planar) {
            space.to_rgb(&mut bytes, step);
        }
        Ok((bytes, 0, width))
    }
}
