//! Images to disk: the format by the extension, and the choices there are.

use super::atomic::Durability;
use super::{file_error, png, tiff};
use rotifer_registry::wire::{Reader, Wire, Writer, wrong};
use rotifer_registry::{Error, Image};
use std::path::Path;

pub use tiff::{ImageWriter, Start};

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

/// The format of the images that a run saves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Tiff,
    Png,
}

impl Format {
    pub const EXTENSIONS: [&str; 2] = ["tif", "png"];

    pub fn extension(self) -> &'static str {
        Format::EXTENSIONS[self as usize]
    }

    pub fn parse(extension: &str) -> Option<Format> {
        [Format::Tiff, Format::Png].into_iter().find(|format| format.extension() == extension)
    }
}

impl Wire for Format {
    fn put(&self, out: &mut Vec<u8>) {
        self.extension().to_string().put(out);
    }

    fn get(bytes: &[u8]) -> Result<Format, Error> {
        let text = String::get(bytes)?;
        Format::parse(&text).ok_or_else(|| wrong("no such format").value(format!("\"{text}\"")))
    }
}

/// Writes an image, values as they are, in the format of the extension; [`WriteOptions`] by default.
///
/// - `.tif`, `.tiff`, `.ome.tif`: any dtype; t, c, z, channel names and pixel size as OME-XML and as ImageJ's text.
///   Red, green, blue of uint8, or of one plane of uint16, are a colour page. Above 4 GiB BigTIFF. [`ImageWriter`]
///   writes the same block by block.
/// - `.png`: one plane of uint8 or uint16, or red, green, blue of these, or of float32 from 0 to 1, which takes 8 bits.
///   A mask takes 1 bit, black and white; labels up to 65535 take 16.
///
/// A reader sees the old file or the new one. Errors: [`Code::File`](rotifer_registry::Code::File), naming the file
/// and why.
pub fn write_image(path: &Path, image: &Image) -> Result<(), Error> {
    write_image_with(path, image, &WriteOptions::default())
}

/// [`write_image`] with options. Of those, a PNG takes the durability.
pub fn write_image_with(path: &Path, image: &Image, options: &WriteOptions) -> Result<(), Error> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("").to_ascii_lowercase();
    match extension.as_str() {
        "tif" | "tiff" => tiff::write(path, image, options),
        "png" => png::write(path, image, options.durability),
        _ => Err(file_error(path, "images are written as .tif, .tiff or .png")
            .help("the extension of the output chooses the format")),
    }
}
