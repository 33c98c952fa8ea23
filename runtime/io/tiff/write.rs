//! TIFF as ImageJ describes it.

use crate::io::raster::interleave;
use crate::io::{is_rgb, write_atomic};
use rotifer_registry::{Dtype, Error, Image, Kind, Spacing, Volume};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::Path;
use tiff::encoder::colortype::{ColorType, Gray8, Gray16, Gray32, Gray32Float, GrayI16, GrayI32, RGB8};
use tiff::encoder::{
    Compression, DeflateLevel, Rational, TiffEncoder, TiffKind, TiffKindBig, TiffKindStandard, TiffValue,
};
use tiff::tags::{ResolutionUnit, Tag};
use tiff::{TiffError, TiffResult};

/// What a classic TIFF may hold, with room for its directories.
const CLASSIC_BYTES: usize = 4_000_000_000;

pub fn write(path: &Path, image: &Image) -> Result<(), Error> {
    let big = image.meta().bytes() > CLASSIC_BYTES;
    write_atomic(path, |file| {
        let written =
            if big { pages::<TiffKindBig>(file, image) } else { pages::<TiffKindStandard>(file, image) };
        written.map_err(|e| match e {
            TiffError::IoError(e) => e,
            other => std::io::Error::other(other),
        })
    })
}

fn pages<K: TiffKind>(file: &mut BufWriter<&File>, image: &Image) -> TiffResult<()> {
    let meta = image.meta();
    let whole = meta.volume.kind != Kind::Image;
    let compression =
        if whole { Compression::Deflate(DeflateLevel::Fast) } else { Compression::Uncompressed };
    let mut tiff = TiffEncoder::<_, K>::new_generic(file)?.with_compression(compression);
    // ImageJ has no colours of 16 bits: those are channels.
    let rgb = is_rgb(image) && meta.volume.dtype == Dtype::U8;
    let mut description = Some(describe(image, rgb));
    for t in 0..meta.t {
        for z in 0..meta.volume.shape[0] {
            let planes: Vec<Volume> = (0..meta.c).map(|c| image.volume(t, c).plane(z)).collect();
            let together = if rgb { planes.len() } else { 1 };
            for planes in planes.chunks(together) {
                let planes: Vec<&Volume> = planes.iter().collect();
                let bytes = interleave(&planes, meta.volume.dtype.size());
                let mut page =
                    Page { tiff: &mut tiff, bytes: &bytes, like: planes[0], description: description.take() };
                match (rgb, meta.volume.dtype) {
                    (true, _) => page.write::<RGB8>(),
                    (_, Dtype::U8) => page.write::<Gray8>(),
                    (_, Dtype::U16) => page.write::<Gray16>(),
                    (_, Dtype::I16) => page.write::<GrayI16>(),
                    (_, Dtype::U32) => page.write::<Gray32>(),
                    (_, Dtype::I32) => page.write::<GrayI32>(),
                    (_, Dtype::F32) => page.write::<Gray32Float>(),
                }?;
            }
        }
    }
    Ok(())
}

struct Page<'a, W: Write + Seek, K: TiffKind> {
    tiff: &'a mut TiffEncoder<W, K>,
    bytes: &'a [u8],
    like: &'a Volume,
    /// Of the whole stack, in its first page.
    description: Option<String>,
}

impl<W: Write + Seek, K: TiffKind> Page<'_, W, K> {
    fn write<C: ColorType>(&mut self) -> TiffResult<()>
    where
        C::Inner: bytemuck::Pod,
        [C::Inner]: TiffValue,
    {
        let [_, height, width] = self.like.shape();
        let mut page = self.tiff.new_image::<C>(width as u32, height as u32)?;
        if let Some(description) = &self.description {
            page.encoder().write_tag(Tag::ImageDescription, description.as_str())?;
        }
        if let Some(Spacing { um: [_, y, x], .. }) = self.like.spacing() {
            page.resolution_unit(ResolutionUnit::None);
            page.x_resolution(inverse(x));
            page.y_resolution(inverse(y));
        }
        page.write_data(bytemuck::cast_slice(self.bytes))
    }
}

/// The `key=value` lines of ImageJ: channels fastest, then z, then t. `channel_names` is ours; ImageJ passes over it.
fn describe(image: &Image, rgb: bool) -> String {
    let meta = image.meta();
    let (c, z, t) = (if rgb { 1 } else { meta.c }, meta.volume.shape[0], meta.t);
    let mut text = format!("ImageJ=1.54f\nimages={}\n", c * z * t);
    for (key, n) in [("channels", c), ("slices", z), ("frames", t)] {
        if n > 1 {
            let _ = writeln!(text, "{key}={n}");
        }
    }
    if c > 1 {
        text += "hyperstack=true\nmode=grayscale\n";
    }
    if let Some(Spacing { um: [z_um, ..], .. }) = meta.volume.spacing {
        text += "unit=micron\n";
        if z > 1 {
            let _ = writeln!(text, "spacing={z_um}");
        }
    }
    if !meta.channels.is_empty() && !rgb {
        let _ =
            writeln!(text, "channel_names={}", ascii(&serde_json::Value::from(meta.channels).to_string()));
    }
    text + "loop=false\n"
}

/// JSON in the 7 bits that a text of TIFF has.
fn ascii(json: &str) -> String {
    let mut text = String::new();
    for unit in json.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => text.push(byte.into()),
            _ => drop(write!(text, "\\u{unit:04x}")),
        }
    }
    text
}

/// Pixels per micrometre as the fraction nearest to it: the reader divides it back to the same size.
fn inverse(um: f64) -> Rational {
    let limit = f64::from(u32::MAX);
    // Continued fraction of um.
    let (mut before, mut now) = ((0.0f64, 1.0f64), (1.0f64, 0.0f64));
    let mut rest = um;
    for _ in 0..40 {
        let whole = rest.floor();
        let next = (whole * now.0 + before.0, whole * now.1 + before.1);
        if next.0 > limit || next.1 > limit {
            break;
        }
        (before, now) = (now, next);
        if now.0 / now.1 == um || rest == whole {
            break;
        }
        rest = 1.0 / (rest - whole);
    }
    Rational { n: now.1 as u32, d: now.0 as u32 }
}
