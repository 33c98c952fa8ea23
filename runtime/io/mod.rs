//! Images and tables on disk.
//!
//! Files are known by their first bytes, not by their extension. Values are read as they are stored: nothing is
//! rescaled. Everything written is written beside its target and renamed into place.

pub mod atomic;
pub mod inputs;
mod output;
mod part;
pub mod plate;
mod png;
mod raster;
mod role;
pub mod table;
mod tiff;

use rotifer_registry::{Code, Error, Image, ImageMeta};
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

pub use atomic::{Durability, sweep, write_atomic, write_atomic_with};
pub use inputs::expand;
pub use output::{Compression, Format, ImageWriter, Start, WriteOptions, write_image, write_image_with};
pub use part::{Part, PartInfo, parts, read_part, read_part_meta, read_region, split};
pub use plate::{Group, Missing, Pattern, Site, group};
pub use role::{extension, read_role, role_of, write_roles};
pub use table::{read_table, read_value, read_value_meta, write_table};

/// An error that names the file first.
pub(crate) fn file_error(path: &Path, why: impl std::fmt::Display) -> Error {
    Error::new(Code::File, format!("{}: {why}", path.display()))
}

/// The error of a file that the system or a decoder does not give.
pub(crate) fn unreadable(path: &Path, cause: &dyn std::error::Error) -> Error {
    file_error(path, "cannot be read").because(cause)
}

enum Kind {
    Tiff,
    Png,
    Jpeg,
}

fn format(path: &Path) -> Result<(Kind, File), Error> {
    // Asked before it is opened: a pipe without a writer would be waited for.
    let kind = std::fs::metadata(path).map_err(|e| unreadable(path, &e))?.file_type();
    if kind.is_dir() {
        return Err(file_error(path, "is a folder").help("give the images in it"));
    }
    if !kind.is_file() {
        return Err(file_error(path, "is a pipe or a device, no file").help("save the image as a file first"));
    }
    let mut file = File::open(path).map_err(|e| unreadable(path, &e))?;
    let mut head = Vec::new();
    (&mut file)
        .take(8)
        .read_to_end(&mut head)
        .and_then(|_| file.rewind())
        .map_err(|e| unreadable(path, &e))?;
    let format = match head.as_slice() {
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Kind::Tiff,
        // The companion of an OME set.
        [b'<', b'?' | b'O', b'x' | b'M', ..] | [0xef, 0xbb, 0xbf, b'<', ..] => Kind::Tiff,
        [0x89, b'P', b'N', b'G', ..] => Kind::Png,
        [0xff, 0xd8, 0xff, ..] => Kind::Jpeg,
        [] => return Err(file_error(path, "is empty")),
        _ => {
            return Err(file_error(path, "is no TIFF, PNG or JPEG")
                .help("export it as TIFF or OME-TIFF from the program that wrote it"));
        }
    };
    Ok((format, file))
}

/// Reads an image; `docs/formats.md` has the whole list.
///
/// - TIFF and BigTIFF: strips and tiles; uncompressed, PackBits, LZW, deflate, Zstandard, LZMA, JPEG, CCITT; 1 to 64
///   bits, float16 to float64; samples interleaved or in planes. Several pages are ordered by OME-XML, Micro-Manager,
///   ImageJ, tifffile, MetaMorph or LSM metadata; without any they are a z stack. Pages of reduced resolution are levels.
/// - A palette is how the picture is shown. Where it is a ramp (grey, or black to one colour) or the file was written
///   by ImageJ, the stored indices are the intensities; a palette of assorted colours gives red, green and blue.
/// - What is stored in a type that images do not have takes the next larger one: 1 to 7 bits uint8 (a 1-bit mask is
///   0 and 1), 9 to 15 bits uint16, 17 to 31 bits uint32, int8 int16, float16 float32. 64-bit integers become 32-bit
///   ones and float64 becomes float32, so that the type never depends on the values; a value that does not fit is an
///   error.
/// - PNG: grey of 8 or 16 bits (fewer bits are scaled to 8, as PNG defines), or colour. JPEG: grey or colour.
/// - Colour gives the channels red, green, blue; CMYK gives four channels. Alpha is dropped.
///
/// The pixel size comes from OME-XML, ImageJ, the maker's tags, or the resolution of TIFF or PNG, in this order.
/// Resolutions under 1000 pixels per cm are those of screens and printers (72 dpi) and no pixel size. Sizes that are not
/// finite and positive are skipped. Errors: [`Code::File`], naming the file and why.
///
/// A file of several series needs the number of one, counted from 0: `file.tif#1`; `file.tif#1:2` is its third
/// resolution. See [`parts`].
pub fn read(path: &Path) -> Result<Image, Error> {
    read_noted(path).map(|(image, _)| image)
}

/// What [`read`] would give, without decoding pixels.
pub fn read_meta(path: &Path) -> Result<ImageMeta, Error> {
    let (file, part) = split(path);
    part::meta_of_one(&file, part.as_ref())
}

/// [`read`], and what a user should know of how the file was read: pages left out, metadata that the pages contradict.
pub fn read_noted(path: &Path) -> Result<(Image, Vec<String>), Error> {
    let (file, part) = split(path);
    part::read_one(&file, part.as_ref())
}

/// A colour image: three channels called red, green, blue.
pub(crate) fn is_rgb(image: &Image) -> bool {
    image.c() == 3 && image.channels() == RGB
}

pub(crate) use rotifer_registry::image::RGB;

pub(crate) fn rgb_names() -> Vec<String> {
    RGB.map(String::from).to_vec()
}
