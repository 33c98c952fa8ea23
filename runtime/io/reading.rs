//! Images from disk: the format by the first bytes, whole or one part.

use super::part::{Part, PartInfo, check_region, no_such, split};
use super::{file_error, raster, tiff, unreadable};
use rotifer_registry::{Error, Image, ImageMeta, Volume};
use std::fs::File;
use std::io::{Read, Seek};
use std::ops::Range;
use std::path::Path;

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
/// finite and positive are skipped. Errors: [`Code::File`](rotifer_registry::Code::File), naming the file and why.
///
/// A file of several series needs the number of one, counted from 0: `file.tif#1`; `file.tif#1:2` is its third
/// resolution. See [`parts`].
pub fn read(path: &Path) -> Result<Image, Error> {
    read_noted(path).map(|(image, _)| image)
}

/// Metadata of the image that [`read`] gives, without decoding pixels.
pub fn read_meta(path: &Path) -> Result<ImageMeta, Error> {
    let (file, part) = split(path);
    meta_of_one(&file, part.as_ref())
}

/// [`read`], and what a user should know of how the file was read: pages left out, metadata that the pages contradict.
pub fn read_noted(path: &Path) -> Result<(Image, Vec<String>), Error> {
    let (file, part) = split(path);
    read_one(&file, part.as_ref())
}

/// The series of a file, in its order.
pub fn parts(path: &Path) -> Result<Vec<PartInfo>, Error> {
    let (format, file) = format(path)?;
    let meta = match format {
        Kind::Tiff => return tiff::parts(path, file),
        Kind::Png => raster::png_meta(path)?,
        Kind::Jpeg => raster::jpeg_meta(path)?,
    };
    let levels = vec![meta.volume.shape];
    Ok(vec![PartInfo {
        part: Part::default(),
        name: None,
        meta,
        levels,
        files: vec![path.into()],
        position_um: None,
        notes: Vec::new(),
    }])
}

/// Reads one series at one resolution.
pub fn read_part(path: &Path, part: &Part) -> Result<Image, Error> {
    read_one(path, Some(part)).map(|(image, _)| image)
}

/// Metadata of the image that [`read_part`] gives, without decoding pixels.
pub fn read_part_meta(path: &Path, part: &Part) -> Result<ImageMeta, Error> {
    meta_of_one(path, Some(part))
}

/// A part, or the first series of a file that has no other, and the notes of the file.
pub(super) fn read_one(path: &Path, part: Option<&Part>) -> Result<(Image, Vec<String>), Error> {
    let (format, file) = format(path)?;
    match format {
        Kind::Tiff => tiff::read_part(path, file, part),
        Kind::Png => only(path, part).and_then(|_| Ok((raster::read_png(path)?, Vec::new()))),
        Kind::Jpeg => only(path, part).and_then(|_| Ok((raster::read_jpeg(path)?, Vec::new()))),
    }
}

/// Metadata of the image that [`read_one`] gives, without decoding pixels.
pub(super) fn meta_of_one(path: &Path, part: Option<&Part>) -> Result<ImageMeta, Error> {
    let (format, file) = format(path)?;
    match format {
        Kind::Tiff => tiff::read_part_meta(path, file, part),
        Kind::Png => only(path, part).and_then(|_| raster::png_meta(path)),
        Kind::Jpeg => only(path, part).and_then(|_| raster::jpeg_meta(path)),
    }
}

/// Reads a block of one time point and channel, without the rest of the file where it is a TIFF.
pub fn read_region(
    path: &Path,
    part: &Part,
    t: usize,
    c: usize,
    zyx: [Range<usize>; 3],
) -> Result<Volume, Error> {
    let (format, file) = format(path)?;
    if matches!(format, Kind::Tiff) {
        return tiff::read_region(path, file, part, t, c, zyx);
    }
    let image = read_part(path, part)?;
    check_region(path, &image.meta(), t, c, &zyx)?;
    let [z, y, x] = zyx;
    Ok(image.volume(t, c).cut(0, z).cut(1, y).cut(2, x))
}

fn only(path: &Path, part: Option<&Part>) -> Result<(), Error> {
    match part {
        Some(part) if *part != Part::default() => Err(no_such(path, part, 1, 1)),
        _ => Ok(()),
    }
}
