//! PNG, to be looked at and to hold numbers.

use super::atomic::{Durability, write_atomic_with};
use super::{file_error, is_rgb};
use png::{BitDepth, ColorType, PixelDimensions, Unit};
use rotifer_registry::{Dtype, Error, Image, Kind, Spacing, Volume};
use std::path::Path;

const TIFF: &str = "write it as .tif, which holds it as it is";

/// Writes one plane, or red, green and blue, with the pixel size to a millionth of it or finer.
pub fn write(path: &Path, image: &Image, durability: Durability) -> Result<(), Error> {
    let meta = image.meta();
    let rgb = is_rgb(image) && meta.volume.kind == Kind::Image;
    let one_plane = meta.axes.t == 1 && meta.volume.shape[0] == 1 && (meta.axes.c == 1 || rgb);
    if !one_plane {
        return Err(file_error(path, "a PNG has one plane, grey or red, green, blue")
            .value(format!(
                "{} with {} times, {} channels, {} planes",
                meta.names(),
                meta.axes.t,
                meta.axes.c,
                meta.volume.shape[0]
            ))
            .help(TIFF));
    }
    let [_, height, width] = meta.volume.shape;
    let volumes = image.volumes();
    let (depth, bytes) = match (meta.volume.kind, meta.volume.dtype) {
        (Kind::Mask, _) => (BitDepth::One, bits(volumes[0].bytes(), width)),
        (Kind::Labels, _) => (BitDepth::Sixteen, big_endian(&[labels(path, &volumes[0])?])),
        (_, Dtype::U8) => {
            let samples: Vec<&[u8]> = volumes.iter().map(Volume::bytes).collect();
            (BitDepth::Eight, side_by_side(&samples))
        }
        (_, Dtype::U16) => {
            let samples: Vec<&[u16]> = volumes.iter().filter_map(Volume::as_slice).collect();
            (BitDepth::Sixteen, big_endian(&samples))
        }
        (_, Dtype::F32) if rgb => (BitDepth::Eight, picture(path, volumes)?),
        (_, dtype) => {
            return Err(file_error(path, "a PNG holds no such numbers")
                .value(dtype)
                .allowed("uint8, uint16")
                .help(format!("{TIFF}, or give the last step dtype = \"uint16\"")));
        }
    };
    let too_large = || file_error(path, "a PNG has no such size").value(meta.volume.shape_text()).help(TIFF);
    let mut info = png::Info::with_size(
        width.try_into().map_err(|_| too_large())?,
        height.try_into().map_err(|_| too_large())?,
    );
    info.color_type = if rgb { ColorType::Rgb } else { ColorType::Grayscale };
    info.bit_depth = depth;
    info.pixel_dims = meta.volume.spacing.and_then(per_metre);
    write_atomic_with(path, durability, |file| -> Result<(), std::io::Error> {
        let mut png = png::Encoder::with_info(file, info)?.write_header()?;
        png.write_image_data(&bytes)?;
        Ok(png.finish()?)
    })
}

/// Pixels per metre, where a pixel of a thousandth of that precision is told from the next.
fn per_metre(Spacing { um: [_, y, x], .. }: Spacing) -> Option<PixelDimensions> {
    let per_metre = |um: f64| Some((1e6 / um).round()).filter(|n| (1e3..=2_147_483_647.0).contains(n));
    Some(PixelDimensions { xppu: per_metre(x)? as u32, yppu: per_metre(y)? as u32, unit: Unit::Meter })
}

/// Black and white, eight pixels in a byte; every row begins at a byte.
fn bits(pixels: &[u8], width: usize) -> Vec<u8> {
    let byte =
        |pixels: &[u8]| pixels.iter().enumerate().fold(0, |b, (i, p)| b | u8::from(*p != 0) << (7 - i));
    pixels.chunks(width.max(1)).flat_map(|row| row.chunks(8).map(byte)).collect()
}

fn labels(path: &Path, volume: &Volume) -> Result<Vec<u16>, Error> {
    let pixels = volume.label_slice()?;
    let fit: Result<Vec<u16>, _> = pixels.iter().map(|label| u16::try_from(*label)).collect();
    fit.map_err(|_| {
        file_error(path, "a PNG holds labels up to 65535")
            .value(pixels.iter().max().copied().unwrap_or(0))
            .help(TIFF)
    })
}

/// Colours from 0 to 1 in 8 bits.
fn picture(path: &Path, volumes: &[Volume]) -> Result<Vec<u8>, Error> {
    let planes: Vec<&[f32]> = volumes.iter().filter_map(Volume::as_slice).collect();
    // A share of 1 that was computed in float32 may lie beside it.
    let beyond = |v: &f32| !(-1e-5..=1.00001).contains(v) && !v.is_nan();
    if let Some(value) = planes.iter().flat_map(|plane| plane.iter()).find(|v| beyond(v)) {
        return Err(file_error(path, "colours of float32 are from 0 to 1")
            .value(value)
            .help(format!("{TIFF}, or give the last step dtype = \"uint8\" where 255 is full colour")));
    }
    let samples: Vec<Vec<u8>> = planes
        .iter()
        .map(|plane| plane.iter().map(|v| (v * 255.0).round_ties_even() as u8).collect())
        .collect();
    Ok(side_by_side(&samples))
}

/// Samples of the planes side by side.
fn side_by_side(planes: &[impl AsRef<[u8]>]) -> Vec<u8> {
    interleaved(planes).collect()
}

fn big_endian(planes: &[impl AsRef<[u16]>]) -> Vec<u8> {
    interleaved(planes).flat_map(u16::to_be_bytes).collect()
}

fn interleaved<T: Copy>(planes: &[impl AsRef<[T]>]) -> impl Iterator<Item = T> {
    let n = planes.first().map_or(0, |p| p.as_ref().len());
    (0..n).flat_map(move |i| planes.iter().map(move |plane| plane.as_ref()[i]))
}
