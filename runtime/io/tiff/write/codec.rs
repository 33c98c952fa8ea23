//! One strip or tile: differences, then compression.

use crate::io::write_options::Compression;
use libdeflater::{CompressionLvl, Compressor};
use rotifer_registry::Dtype;
use std::io;

#[derive(Clone, Copy, Debug)]
pub struct Codec {
    pub compression: Compression,
    pub predictor: bool,
    pub dtype: Dtype,
    /// Samples of a pixel.
    pub samples: usize,
}

impl Codec {
    /// The number of the tag Compression.
    pub fn compression_tag(&self) -> u16 {
        match self.compression {
            Compression::None => 1,
            Compression::Deflate(_) => 8,
            Compression::Zstd => 50000,
        }
    }

    /// The number of the tag Predictor, where there is one.
    pub fn predictor_tag(&self) -> Option<u16> {
        self.predictor.then_some(if self.dtype == Dtype::F32 { 3 } else { 2 })
    }

    /// Packs rows of `row` bytes.
    pub fn encode(&self, mut bytes: Vec<u8>, row: usize) -> io::Result<Vec<u8>> {
        match self.predictor_tag() {
            Some(2) => bytes.chunks_exact_mut(row).for_each(|row| self.differences(row)),
            Some(_) => bytes.chunks_exact_mut(row).for_each(|row| self.float_differences(row)),
            None => {}
        }
        match self.compression {
            Compression::None => Ok(bytes),
            Compression::Deflate(level) => {
                let level = CompressionLvl::new(i32::from(level.clamp(1, 9))).unwrap_or_default();
                let mut packer = Compressor::new(level);
                let mut out = vec![0; packer.zlib_compress_bound(bytes.len())];
                let n = packer.zlib_compress(&bytes, &mut out).map_err(io::Error::other)?;
                out.truncate(n);
                Ok(out)
            }
            Compression::Zstd => zstd::bulk::compress(&bytes, zstd::DEFAULT_COMPRESSION_LEVEL),
        }
    }

    /// Predictor 2: each sample less the one of the pixel before.
    fn differences(&self, row: &mut [u8]) {
        macro_rules! subtract {
            ($t:ty) => {{
                let size = size_of::<$t>();
                let at =
                    |row: &[u8], i: usize| <$t>::from_ne_bytes(std::array::from_fn(|k| row[i * size + k]));
                for i in (self.samples..row.len() / size).rev() {
                    let less = at(row, i).wrapping_sub(at(row, i - self.samples));
                    row[i * size..(i + 1) * size].copy_from_slice(&less.to_ne_bytes());
                }
            }};
        }
        match self.dtype.size() {
            1 => subtract!(u8),
            2 => subtract!(u16),
            _ => subtract!(u32),
        }
    }

    /// Predictor 3 (Adobe Photoshop TIFF Technical Note 3): the bytes of a row are parted by significance, highest
    /// first, then each byte less the one of the pixel before.
    fn float_differences(&self, row: &mut [u8]) {
        let size = self.dtype.size();
        let n = row.len() / size;
        let values = row.to_vec();
        for (i, value) in values.chunks_exact(size).enumerate() {
            for (byte, from) in value.iter().enumerate() {
                let significance = if cfg!(target_endian = "little") { size - 1 - byte } else { byte };
                row[significance * n + i] = *from;
            }
        }
        for i in (self.samples..row.len()).rev() {
            row[i] = row[i].wrapping_sub(row[i - self.samples]);
        }
    }
}
