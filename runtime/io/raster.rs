//! PNG and JPEG, read.

use super::tiff::{Jpeg, YCbCr};
use super::{file_error, rgb_names, unreadable};
use image::{ColorType, DynamicImage, ImageDecoder, ImageReader};
use rotifer_registry::{
    Axes, Dtype, Error, Image, ImageMeta, Kind, Spacing, SpacingSource, Volume, VolumeMeta,
};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// A JPEG: grey, or colour, which is stored as YCbCr or RGB. Strict: one that is damaged or cut off is an error.
pub fn read_jpeg(path: &Path) -> Result<Image, Error> {
    let bytes = std::fs::read(path).map_err(|e| unreadable(path, &e))?;
    let meta = header(path, &bytes)?;
    let wrong = |why: String| file_error(path, why);
    let jpeg = Jpeg::open(&bytes).map_err(wrong)?;
    let (samples, is_ycbcr) = (jpeg.samples, jpeg.is_ycbcr());
    let mut pixels = jpeg.decode().map_err(wrong)?;
    pixels.truncate(meta.volume.len() * samples);
    if samples == 1 {
        return Volume::from_vec(&meta.volume, pixels).map(Image::from);
    }
    if is_ycbcr {
        YCbCr::jpeg().to_rgb(&mut pixels, samples);
    }
    let planes = (0..3)
        .map(|c| Volume::from_vec(&meta.volume, pixels.iter().skip(c).step_by(samples).copied().collect()))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Image::new(planes, None, Some(3))?.with_channels(rgb_names()))
}

pub fn jpeg_meta(path: &Path) -> Result<ImageMeta, Error> {
    header(path, &std::fs::read(path).map_err(|e| unreadable(path, &e))?)
}

fn header(path: &Path, bytes: &[u8]) -> Result<ImageMeta, Error> {
    let jpeg = Jpeg::open(bytes).map_err(|why| file_error(path, why))?;
    if jpeg.is_cmyk() || !matches!(jpeg.samples, 1 | 3) {
        return Err(file_error(path, "is a JPEG of inks (CMYK), which are no intensities")
            .help("save it as grey or RGB"));
    }
    Ok(plain_meta([1, jpeg.height, jpeg.width], Dtype::U8, jpeg.samples == 3, None))
}

pub fn read_png(path: &Path) -> Result<Image, Error> {
    let format = image::ImageFormat::Png;
    read(path, format, png_spacing(path))
}

pub fn png_meta(path: &Path) -> Result<ImageMeta, Error> {
    meta(path, image::ImageFormat::Png, png_spacing(path))
}

fn plain_meta(shape: [usize; 3], dtype: Dtype, rgb: bool, spacing: Option<Spacing>) -> ImageMeta {
    ImageMeta {
        volume: VolumeMeta { kind: Kind::Image, dtype, shape, ndim: 2, spacing },
        axes: Axes {
            c: if rgb { 3 } else { 1 },
            has_c: rgb,
            channels: if rgb { rgb_names() } else { Vec::new() },
            ..Axes::NONE
        },
    }
}

fn open(path: &Path, format: image::ImageFormat) -> Result<ImageReader<BufReader<File>>, Error> {
    let file = File::open(path).map_err(|e| unreadable(path, &e))?;
    let mut reader = ImageReader::with_format(BufReader::new(file), format);
    // Bounds what a damaged header can ask for.
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(8 << 30);
    reader.limits(limits);
    Ok(reader)
}

fn read(path: &Path, format: image::ImageFormat, spacing: Option<Spacing>) -> Result<Image, Error> {
    let held = std::fs::metadata(path).map_err(|e| unreadable(path, &e))?.len();
    let promised = meta(path, format, None)?;
    // Deflate gains 1032 at best, and a bit becomes a byte.
    if promised.bytes() as u64 / (8 * 1032) > held {
        let size = promised.volume.shape_text();
        return Err(file_error(path, format!("{size} pixels cannot stand in a file of {held} bytes")));
    }
    let decoded = open(path, format)?.decode().map_err(|e| unreadable(path, &e))?;
    let size = [1, decoded.height() as usize, decoded.width() as usize];
    let wide = decoded.color().bytes_per_pixel() / decoded.color().channel_count() > 1;
    let grey = matches!(decoded.color(), ColorType::L8 | ColorType::La8 | ColorType::L16 | ColorType::La16);
    let dtype = if wide { Dtype::U16 } else { Dtype::U8 };
    let meta = VolumeMeta { kind: Kind::Image, dtype, shape: size, ndim: 2, spacing };
    if grey {
        return match decoded {
            DynamicImage::ImageLuma8(p) => Volume::from_vec(&meta, p.into_raw()),
            wide_or_alpha if wide => Volume::from_vec(&meta, wide_or_alpha.into_luma16().into_raw()),
            alpha => Volume::from_vec(&meta, alpha.into_luma8().into_raw()),
        }
        .map(Image::from);
    }
    let planes = if wide {
        let pixels = decoded.into_rgb16().into_raw();
        (0..3).map(|c| Volume::from_vec(&meta, pixels.iter().skip(c).step_by(3).copied().collect())).collect()
    } else {
        let pixels = decoded.into_rgb8().into_raw();
        (0..3)
            .map(|c| Volume::from_vec(&meta, pixels.iter().skip(c).step_by(3).copied().collect()))
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(Image::new(planes?, None, Some(3))?.with_channels(rgb_names()))
}

fn meta(path: &Path, format: image::ImageFormat, spacing: Option<Spacing>) -> Result<ImageMeta, Error> {
    let decoder = open(path, format)?.into_decoder().map_err(|e| unreadable(path, &e))?;
    let (width, height) = decoder.dimensions();
    let color = decoder.color_type();
    let dtype = if color.bytes_per_pixel() > color.channel_count() { Dtype::U16 } else { Dtype::U8 };
    Ok(plain_meta([1, height as usize, width as usize], dtype, color.has_color(), spacing))
}

/// The pHYs chunk: pixels per metre. It stands before the pixels.
fn png_spacing(path: &Path) -> Option<Spacing> {
    let mut file = BufReader::new(File::open(path).ok()?);
    file.seek(SeekFrom::Start(8)).ok()?;
    loop {
        let mut head = [0; 8];
        file.read_exact(&mut head).ok()?;
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
        match &head[4..] {
            b"pHYs" => {
                let mut data = [0; 9];
                file.read_exact(&mut data).ok()?;
                let per_m = |i: usize| {
                    f64::from(u32::from_be_bytes([data[i], data[i + 1], data[i + 2], data[i + 3]]))
                };
                let um = [1.0, 1e6 / per_m(4), 1e6 / per_m(0)];
                // Coarser ones are of screens and printers.
                let pixel_size =
                    data[8] == 1 && um[1..].iter().all(|u| *u > 0.0 && *u <= super::tiff::COARSEST_UM);
                return pixel_size.then_some(Spacing::new(um, SpacingSource::PngPhys));
            }
            b"IDAT" | b"IEND" => return None,
            _ => file.seek_relative(i64::from(length) + 4).ok()?,
        }
    }
}
