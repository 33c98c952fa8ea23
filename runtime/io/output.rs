//! Images to disk: the format by the extension.

use super::write_options::WriteOptions;
use super::{file_error, png, tiff};
use rotifer_registry::wire::{Wire, wrong};
use rotifer_registry::{Error, Image};
use std::path::Path;

pub use tiff::{ImageWriter, Start};

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
