//! How an image is written.

use super::atomic::Durability;
use rotifer_registry::Error;
use rotifer_registry::wire::{Reader, Wire, Writer, wrong};

/// How the strips and tiles of a TIFF are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    None,
    /// zlib, by level 1 to 9.
    Deflate(u8),
    /// Zstandard, the fast level. ImageJ does not read it.
    Zstd,
}

/// How an image is written. The default is what every reader takes.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct WriteOptions {
    /// By default images are stored as they are, masks and labels by deflate.
    pub compression: Option<Compression>,
    /// Differences of neighbours are packed instead of values, of floats byte by byte: smaller where the image is
    /// smooth. By default images have it where ImageJ could not read the file anyway (Zstandard or tiles): ImageJ
    /// does not undo it.
    pub predictor: Option<bool>,
    /// Height and width of tiles, multiples of 16. By default rows stand together: ImageJ reads no tiles.
    pub tile: Option<[usize; 2]>,
    /// Each plane also at halves of its size, down to 256 pixels, in the SubIFDs of its directory. A pixel of an image
    /// is the mean of four, of a mask or labels the first of them.
    pub pyramid: bool,
    /// BigTIFF also where 4 GiB are enough. ImageJ reads none, Fiji does by Bio-Formats.
    pub bigtiff: bool,
    pub durability: Durability,
}

impl WriteOptions {
    pub fn compression(self, compression: Compression) -> WriteOptions {
        WriteOptions { compression: Some(compression), ..self }
    }

    pub fn predictor(self, predictor: bool) -> WriteOptions {
        WriteOptions { predictor: Some(predictor), ..self }
    }

    /// Tiles of so many pixels along y and x.
    pub fn tile(self, tile: [usize; 2]) -> WriteOptions {
        WriteOptions { tile: Some(tile), ..self }
    }

    pub fn pyramid(self) -> WriteOptions {
        WriteOptions { pyramid: true, ..self }
    }

    pub fn bigtiff(self) -> WriteOptions {
        WriteOptions { bigtiff: true, ..self }
    }

    pub fn durability(self, durability: Durability) -> WriteOptions {
        WriteOptions { durability, ..self }
    }
}

impl Wire for WriteOptions {
    fn put(&self, out: &mut Vec<u8>) {
        let WriteOptions { compression, predictor, tile, pyramid, bigtiff, durability } = self;
        let compression = compression.map(|c| match c {
            Compression::None => "none".to_string(),
            Compression::Deflate(level) => format!("deflate {level}"),
            Compression::Zstd => "zstd".to_string(),
        });
        Writer::new(out)
            .put_some(1, &compression)
            .put_some(2, predictor)
            .put_some(3, &tile.map(|tile| tile.map(|n| n as u64).to_vec()))
            .put_unless_default(4, pyramid)
            .put_unless_default(5, bigtiff)
            .put_some(6, &(*durability == Durability::Fast).then_some(true));
    }

    fn get(bytes: &[u8]) -> Result<WriteOptions, Error> {
        let mut r = Reader::new("write", bytes)?;
        let compression: Option<String> = r.optional(1, "compression")?;
        let compression = compression
            .map(|text| match text.split_once(' ') {
                None if text == "none" => Ok(Compression::None),
                None if text == "zstd" => Ok(Compression::Zstd),
                Some(("deflate", level)) => {
                    level.parse().map(Compression::Deflate).map_err(|_| wrong("no level"))
                }
                _ => Err(wrong("no such compression").value(format!("\"{text}\""))),
            })
            .transpose()?;
        let tile: Option<Vec<u64>> = r.optional(3, "tile")?;
        let tile = tile
            .map(|list| <[u64; 2]>::try_from(list).map_err(|_| wrong("a tile has two sides")))
            .transpose()?;
        let write = WriteOptions {
            compression,
            predictor: r.optional(2, "predictor")?,
            tile: tile.map(|tile| tile.map(|n| usize::try_from(n).unwrap_or(usize::MAX))),
            pyramid: r.or_default(4, "pyramid")?,
            bigtiff: r.or_default(5, "bigtiff")?,
            durability: match r.or_default(6, "fast")? {
                true => Durability::Fast,
                false => Durability::default(),
            },
        };
        r.finish()?;
        Ok(write)
    }
}
