//! Pixels that wait in a temporary file.

use super::{Sink, Source};
use ndarray::Array3;
use rayon::prelude::*;
use rotifer_registry::{Code, Dtype, Element, Error, Kind, Pixels, Spill, Volume, VolumeMeta};
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Pixels in a file without a name, which goes with the process. Masks and labels are packed.
pub struct Scratch {
    meta: VolumeMeta,
    file: File,
    /// Blocks of each plane in the order of their rows, and where the file ends.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    planes: Vec<Vec<Block>>,
    end: u64,
}

/// Rows of one plane.
#[derive(Clone)]
struct Block {
    rows: Range<usize>,
    at: u64,
    bytes: usize,
    packed: bool,
}

/// Rows in a block at most: as many as have so many bytes.
const BLOCK: usize = 1 << 20;

impl Scratch {
    /// A file in this folder.
    pub fn new(meta: &VolumeMeta, folder: &Path) -> Result<Scratch, Error> {
        let file = tempfile::tempfile_in(folder).map_err(|e| failed(folder, "made", e))?;
        let state = State { planes: vec![Vec::new(); meta.shape[0]], end: 0 };
        Ok(Scratch { meta: meta.clone(), file, state: Mutex::new(state) })
    }

    fn packs(&self) -> bool {
        self.meta.kind != Kind::Image
    }

    fn blocks(&self, z: usize, rows: &Range<usize>) -> Vec<Block> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let meets = |b: &&Block| b.rows.start < rows.end && rows.start < b.rows.end;
        state.planes[z].iter().filter(meets).cloned().collect()
    }

    /// Reads some rows of one plane.
    fn fill(&self, to: &mut [u8], z: usize, rows: &Range<usize>) -> Result<(), Error> {
        let row = self.meta.shape[2] * self.meta.dtype.size();
        let unreadable = |e| failed(Path::new("a temporary file"), "read", e);
        let mut missing = rows.len();
        for block in self.blocks(z, rows) {
            let (low, high) = (block.rows.start.max(rows.start), block.rows.end.min(rows.end));
            let to = &mut to[(low - rows.start) * row..(high - rows.start) * row];
            let first = (low - block.rows.start) * row;
            missing -= high - low;
            if !block.packed {
                read_at(&self.file, to, block.at + first as u64).map_err(unreadable)?;
                continue;
            }
            let mut packed = vec![0; block.bytes];
            read_at(&self.file, &mut packed, block.at).map_err(unreadable)?;
            let all = zstd::bulk::decompress(&packed, block.rows.len() * row).map_err(unreadable)?;
            to.copy_from_slice(&all[first..first + to.len()]);
        }
        match missing {
            0 => Ok(()),
            _ => Err(Error::new(Code::Internal, "pixels are read that were not written")),
        }
    }

    /// Writes some rows of one plane.
    fn put(&self, z: usize, rows: Range<usize>, bytes: &[u8]) -> Result<(), Error> {
        let packed = if self.packs() { zstd::bulk::compress(bytes, 1).ok() } else { None };
        let packed = packed.filter(|packed| packed.len() < bytes.len());
        let stored = packed.as_deref().unwrap_or(bytes);
        let block = |at| Block { rows: rows.clone(), at, bytes: stored.len(), packed: packed.is_some() };
        let at = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let State { planes, end } = &mut *state;
            let plane = &mut planes[z];
            let place = plane.partition_point(|b| b.rows.end <= rows.start);
            // Rows that were written before are written over where they have room.
            let before = plane.get(place).filter(|b| b.rows.start < rows.end);
            let at = match before {
                Some(before) if before.rows != rows => {
                    return Err(Error::new(Code::Internal, "rows are written anew in other parts"));
                }
                Some(before) if stored.len() <= before.bytes => before.at,
                _ => {
                    *end += stored.len() as u64;
                    *end - stored.len() as u64
                }
            };
            match before.is_some() {
                true => plane[place] = block(at),
                false => plane.insert(place, block(at)),
            }
            at
        };
        write_at(&self.file, stored, at).map_err(|e| failed(Path::new("a temporary file"), "written", e))
    }
}

/// A volume whose bytes `fill` writes.
fn filled<T: Element + bytemuck::Pod>(
    meta: &VolumeMeta,
    fill: impl FnOnce(&mut [u8]) -> Result<(), Error>,
) -> Result<Volume, Error>
where
    Pixels: From<Array3<T>>,
{
    let mut pixels = vec![T::default(); meta.len()];
    fill(bytemuck::cast_slice_mut(&mut pixels))?;
    Volume::from_vec(meta, pixels)
}

fn failed(folder: &Path, what: &str, error: std::io::Error) -> Error {
    Error::new(Code::File, format!("a temporary file cannot be {what}"))
        .because(&error)
        .value(folder.display())
        .help("the pipeline needs room for values that do not fit into memory")
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(windows)]
fn write_at(file: &File, mut bytes: &[u8], mut at: u64) -> std::io::Result<()> {
    while !bytes.is_empty() {
        let n = std::os::windows::fs::FileExt::seek_write(file, bytes, at)?;
        (bytes, at) = (&bytes[n..], at + n as u64);
    }
    Ok(())
}

#[cfg(windows)]
fn read_at(file: &File, mut bytes: &mut [u8], mut at: u64) -> std::io::Result<()> {
    while !bytes.is_empty() {
        let n = std::os::windows::fs::FileExt::seek_read(file, bytes, at)?;
        if n == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        (bytes, at) = (&mut bytes[n..], at + n as u64);
    }
    Ok(())
}

impl Sink for Scratch {
    fn write(&mut self, [z, y]: [usize; 2], part: &Volume) -> Result<(), Error> {
        let [depth, height, width] = part.shape();
        if part.dtype() != self.meta.dtype || width != self.meta.shape[2] {
            return Err(Error::new(Code::Internal, "a part of another dtype or width"));
        }
        let row = (width * self.meta.dtype.size()).max(1);
        let rows = (BLOCK / row).max(1);
        let blocks: Vec<(usize, usize)> =
            (0..depth).flat_map(|z| (0..height).step_by(rows).map(move |y| (z, y))).collect();
        let bytes = part.bytes();
        blocks.into_par_iter().try_for_each(|(dz, dy)| {
            let n = rows.min(height - dy);
            let first = (dz * height + dy) * row;
            self.put(z + dz, y + dy..y + dy + n, &bytes[first..first + n * row])
        })
    }
}

impl Spill for Scratch {
    fn read(&self, zyx: [Range<usize>; 3]) -> Result<Volume, Error> {
        Source::read(self, zyx)
    }

    fn write(&mut self, start: [usize; 2], part: &Volume) -> Result<(), Error> {
        Sink::write(self, start, part)
    }
}

impl Source for Scratch {
    fn meta(&self) -> &VolumeMeta {
        &self.meta
    }

    fn read(&self, [z, y, x]: [Range<usize>; 3]) -> Result<Volume, Error> {
        let width = self.meta.shape[2];
        let row = width * self.meta.dtype.size();
        let mut meta = self.meta.clone();
        meta.shape = [z.len(), y.len(), width];
        let plane = (y.len() * row).max(1);
        let fill = |bytes: &mut [u8]| {
            bytes.par_chunks_mut(plane).zip(z.into_par_iter()).try_for_each(|(to, z)| self.fill(to, z, &y))
        };
        let volume = match meta.dtype {
            Dtype::U8 => filled::<u8>(&meta, fill),
            Dtype::U16 => filled::<u16>(&meta, fill),
            Dtype::I16 => filled::<i16>(&meta, fill),
            Dtype::U32 => filled::<u32>(&meta, fill),
            Dtype::I32 => filled::<i32>(&meta, fill),
            Dtype::F32 => filled::<f32>(&meta, fill),
        }?;
        Ok(if x.len() == width { volume } else { volume.cut(2, x) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Boxes of any place come back from parts of any size, packed or not.
    #[test]
    fn scratch_gives_back_what_it_took() {
        for (kind, dtype) in [(Kind::Image, Dtype::U16), (Kind::Labels, Dtype::U32), (Kind::Mask, Dtype::U8)]
        {
            let meta = VolumeMeta { kind, dtype, shape: [7, 300, 2000], ndim: 3, spacing: None };
            let bytes: Vec<u8> = (0..meta.bytes()).map(|i| (i / 5000 % 2) as u8).collect();
            let all = Volume::from_bytes(&meta, &bytes).unwrap();
            let mut scratch = Scratch::new(&meta, &std::env::temp_dir()).unwrap();
            for (z, y) in [(3..7, 0..300), (0..3, 170..300), (0..3, 0..170)] {
                Sink::write(&mut scratch, [z.start, y.start], &all.cut(0, z).cut(1, y)).unwrap();
            }
            for zyx in [[0..7, 0..300, 0..2000], [2..5, 100..250, 7..9], [6..7, 299..300, 0..1]] {
                let [z, y, x] = zyx.clone();
                assert_eq!(Source::read(&scratch, zyx).unwrap(), all.cut(0, z).cut(1, y).cut(2, x));
            }
            // Rows are written over in the parts that they came in, in no more room where they are not packed.
            let end = scratch.state.lock().unwrap().end;
            let other: Vec<u8> = (0..meta.bytes()).map(|i| (i / 7 % 2) as u8).collect();
            let other = Volume::from_bytes(&meta, &other).unwrap();
            Sink::write(&mut scratch, [0, 170], &other.cut(0, 0..3).cut(1, 170..300)).unwrap();
            let read = Source::read(&scratch, [0..7, 0..300, 0..2000]).unwrap();
            assert_eq!(read.cut(0, 0..3).cut(1, 170..300), other.cut(0, 0..3).cut(1, 170..300));
            assert_eq!((read.cut(0, 3..7), read.cut(1, 0..170)), (all.cut(0, 3..7), all.cut(1, 0..170)));
            assert!(kind != Kind::Image || scratch.state.lock().unwrap().end == end);
            let odd = Sink::write(&mut scratch, [0, 160], &all.cut(0, 0..1).cut(1, 160..180));
            assert_eq!(odd.unwrap_err().code, Code::Internal);
        }
    }
}
