//! TIFF: pages, and what their order means.
//!
//! The `tiff` crate reads the directories and decodes JPEG and CCITT strips; the rest is decoded here, because
//! palettes, odd bit depths and stacks behind one directory are everyday files of microscopes.

mod axes;
mod page;
mod write;

use super::part::{Part, PartInfo, check_region, no_such};
use super::{file_error, rgb_names};
use axes::Layout;
use page::{Color, Page, Reader, Stored};
use rotifer_registry::{Dtype, Element, Error, Image, ImageMeta, Kind, Pixels, Volume, VolumeMeta};
use std::fs::File;
use std::ops::Range;
use std::path::Path;

pub use write::write;

/// Resolutions that give larger pixels are those of screens and printers: 1000 pixels per cm.
pub const COARSEST_UM: f64 = 10.0;

pub fn parts(path: &Path, file: File) -> Result<Vec<PartInfo>, Error> {
    let meta = Opened::new(path, file)?.meta();
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

pub fn read_part_meta(path: &Path, file: File, part: &Part) -> Result<ImageMeta, Error> {
    if *part != Part::default() {
        return Err(no_such(path, part, 1, 1));
    }
    Ok(Opened::new(path, file)?.meta())
}

pub fn read_part(path: &Path, file: File, part: &Part) -> Result<Image, Error> {
    if *part != Part::default() {
        return Err(no_such(path, part, 1, 1));
    }
    let mut opened = Opened::new(path, file)?;
    let meta = opened.meta();
    let volumes = opened.volumes(&meta.volume)?;
    let image = Image::new(volumes, meta.has_t.then_some(meta.t), meta.has_c.then_some(meta.c))?;
    Ok(image.with_channels(meta.channels))
}

pub fn read_region(
    path: &Path,
    file: File,
    part: &Part,
    t: usize,
    c: usize,
    zyx: [Range<usize>; 3],
) -> Result<Volume, Error> {
    let image = read_part(path, file, part)?;
    check_region(path, &image.meta(), t, c, &zyx)?;
    let [z, y, x] = zyx;
    Ok(image.volume(t, c).cut(0, z).cut(1, y).cut(2, x))
}

struct Opened<'a> {
    path: &'a Path,
    reader: Reader,
    pages: Vec<Page>,
    layout: Layout,
}

impl<'a> Opened<'a> {
    fn new(path: &'a Path, file: File) -> Result<Opened<'a>, Error> {
        let (reader, mut pages) = Reader::open(file).map_err(|why| file_error(path, why))?;
        let first = &pages[0];
        if let Some((i, page)) = pages.iter().enumerate().find(|(_, p)| !p.same_form(first)) {
            let form = |p: &Page| format!("{}x{} {}", p.height, p.width, p.stored.name());
            return Err(file_error(
                path,
                format!("page {} is {}, page 1 is {}", i + 1, form(page), form(first)),
            )
            .help("save each size as a file of its own"));
        }
        let layout = axes::layout(&mut pages, &reader, path)?;
        Ok(Opened { path, reader, pages, layout })
    }

    /// Channels that one page gives.
    fn samples(&self) -> usize {
        self.pages[0].color_samples()
    }

    fn meta(&self) -> ImageMeta {
        let (page, layout) = (&self.pages[0], &self.layout);
        let c = layout.c * self.samples();
        let has_z = layout.z > 1;
        let channels = match &layout.channels {
            Some(names) if names.len() == c => names.clone(),
            None if page.is_color() && c == 3 => rgb_names(),
            _ => Vec::new(),
        };
        ImageMeta {
            volume: VolumeMeta {
                kind: Kind::Image,
                dtype: page.dtype(),
                shape: [layout.z, page.height, page.width],
                ndim: if has_z { 3 } else { 2 },
                spacing: layout.spacing,
            },
            t: layout.t,
            c,
            has_t: layout.t > 1,
            has_c: c > 1,
            channels,
        }
    }

    /// Volumes of every t and c. The stored type decides the type of the pixels.
    fn volumes(&mut self, meta: &VolumeMeta) -> Result<Vec<Volume>, Error> {
        if let Color::Palette(colors) = &self.pages[0].color {
            let colors = colors.clone();
            let entries = colors.len() / 3;
            // The high byte: palettes have 16 bits per colour, pictures 8.
            let color =
                |index: usize, c: usize| (index < entries).then(|| (colors[c * entries + index] >> 8) as u8);
            return match self.pages[0].stored {
                Stored::U16 => self.gather::<u16, u8>(meta, 3, |index, c| color(index.into(), c)),
                _ => self.gather::<u8, u8>(meta, 3, |index, c| color(index.into(), c)),
            };
        }
        let samples = self.samples();
        match self.pages[0].stored {
            Stored::Bits(1..=8) => self.gather::<u8, u8>(meta, samples, |v, _| Some(v)),
            Stored::Bits(_) | Stored::U16 => self.gather::<u16, u16>(meta, samples, |v, _| Some(v)),
            Stored::I8 => self.gather::<i8, i16>(meta, samples, |v, _| Some(v.into())),
            Stored::I16 => self.gather::<i16, i16>(meta, samples, |v, _| Some(v)),
            Stored::U32 => self.gather::<u32, u32>(meta, samples, |v, _| Some(v)),
            Stored::I32 => self.gather::<i32, i32>(meta, samples, |v, _| Some(v)),
            Stored::U64 => self.gather::<u64, u32>(meta, samples, |v, _| v.try_into().ok()),
            Stored::I64 => self.gather::<i64, i32>(meta, samples, |v, _| v.try_into().ok()),
            Stored::F16 => self.gather::<u16, f32>(meta, samples, |v, _| Some(page::half_to_f32(v))),
            Stored::F32 => self.gather::<f32, f32>(meta, samples, |v, _| Some(v)),
            Stored::F64 => self.gather::<f64, f32>(meta, samples, |v, _| {
                Some(v as f32).filter(|x| x.is_finite() || !v.is_finite())
            }),
        }
    }

    fn gather<S: bytemuck::AnyBitPattern, T: Element>(
        &mut self,
        meta: &VolumeMeta,
        channels: usize,
        convert: impl Fn(S, usize) -> Option<T>,
    ) -> Result<Vec<Volume>, Error>
    where
        Pixels: From<ndarray::Array3<T>>,
    {
        let Layout { t, c, z, .. } = self.layout;
        let (plane, size) = (meta.shape[1] * meta.shape[2], size_of::<S>());
        let mut volumes = Vec::with_capacity(t * c * channels);
        for first in (0..t * c).map(|i| i * z) {
            let mut pixels: Vec<Vec<T>> = vec![Vec::with_capacity(z * plane); channels];
            for place in &self.layout.planes[first..first + z] {
                let page = &self.pages[place.page];
                let wrong = |why: String| file_error(self.path, format!("page {}: {why}", place.page + 1));
                let raw = self.reader.decode(page, place.offset).map_err(wrong)?;
                // A palette gives three channels from one sample; extra samples (alpha) are passed over.
                let from_one = matches!(page.color, Color::Palette(_));
                let step = size * page.samples;
                for (channel, to) in pixels.iter_mut().enumerate() {
                    let at = if from_one { 0 } else { channel * size };
                    for pixel in raw.chunks_exact(step) {
                        let value: S = bytemuck::pod_read_unaligned(&pixel[at..at + size]);
                        to.push(convert(value, channel).ok_or_else(|| {
                            wrong(format!("a {} value does not fit in {}", page.stored.name(), T::DTYPE))
                                .help(if page.is_palette() {
                                    "the palette has no such entry"
                                } else {
                                    "store it as int32 or float32"
                                })
                        })?);
                    }
                }
            }
            for pixels in pixels {
                volumes.push(Volume::from_vec(meta, pixels)?);
            }
        }
        Ok(volumes)
    }
}

impl Page {
    /// The type its pixels take in an image; see [`super::read`].
    fn dtype(&self) -> Dtype {
        if matches!(self.color, Color::Palette(_)) {
            return Dtype::U8;
        }
        match self.stored {
            Stored::Bits(1..=8) => Dtype::U8,
            Stored::Bits(_) | Stored::U16 => Dtype::U16,
            Stored::I8 | Stored::I16 => Dtype::I16,
            Stored::U32 | Stored::U64 => Dtype::U32,
            Stored::I32 | Stored::I64 => Dtype::I32,
            Stored::F16 | Stored::F32 | Stored::F64 => Dtype::F32,
        }
    }
}
