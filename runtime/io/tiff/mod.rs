//! TIFF: directories, what their order means, and their pixels.
//!
//! A file is opened as a [`set::Set`] of directories, [`layout`] makes [`series::Series`] of them, [`decode`] reads windows of
//! their planes. Palettes, odd bit depths, and stacks behind one directory are everyday files of microscopes.

mod codec;
mod decode;
mod directory;
mod jpeg;
mod layout;
mod lzw;
mod ome;
mod page;
mod samples;
mod series;
mod set;
mod source;
mod vendors;
mod write;

pub use jpeg::Jpeg;
pub use page::YCbCr;
pub use series::COARSEST_UM;

use super::part::{Part, PartInfo, check_region, no_such, several};
use super::{file_error, rgb_names};
use decode::{Window, gather};
use layout::series;
use page::{Color, Page, Stored};
use rotifer_registry::{Axes, Element, Error, Image, ImageMeta, Kind, Pixels, Volume, VolumeMeta};
use series::{Level, Series, alike, sub_directories, sub_page};
use set::{Plane, Set, Tiff};
use source::Why;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

pub use write::{ImageWriter, Start, write};

pub fn parts(path: &Path, file: File) -> Result<Vec<PartInfo>, Error> {
    let opened = Opened::new(path, file)?;
    (0..opened.series.len())
        .map(|i| {
            let one = &opened.series[i];
            let part = Part { series: i, level: 0 };
            let meta = opened.meta(&part)?;
            let levels = (0..=one.levels.len())
                .map(|level| Ok(opened.meta(&Part { series: i, level })?.volume.shape))
                .collect::<Result<_, Error>>()?;
            let mut held: Vec<usize> = one.planes.iter().map(|p| p.file).collect();
            held.sort_unstable();
            held.dedup();
            let files = held.into_iter().map(|f| opened.set.file(f).path.clone()).collect::<Vec<PathBuf>>();
            Ok(PartInfo {
                part,
                name: one.name.clone(),
                meta,
                levels,
                files,
                position_um: one.position_um,
                notes: opened.set.notes.clone(),
            })
        })
        .collect()
}

/// `None`: the only series there is.
pub fn read_part_meta(path: &Path, file: File, part: Option<&Part>) -> Result<ImageMeta, Error> {
    let opened = Opened::new(path, file)?;
    opened.meta(&opened.or_only(part)?)
}

/// The pixels, and what there is to say of how they were read. `None`: the only series there is.
pub fn read_part(path: &Path, file: File, part: Option<&Part>) -> Result<(Image, Vec<String>), Error> {
    let opened = Opened::new(path, file)?;
    let part = opened.or_only(part)?;
    let meta = opened.meta(&part)?;
    let planes = opened.planes(&part)?;
    let stacks: Vec<&[Plane]> = planes.chunks(meta.volume.shape[0]).collect();
    let page = &planes[0].page;
    let window = Window::new(0..page.channels(), 0..page.height, 0..page.width);
    let volumes = opened.volumes(&meta.volume, &stacks, &window)?;
    let image = Image::over(volumes, meta.axes)?;
    let mut notes = opened.set.notes;
    match window.absent.into_inner() {
        0 => {}
        n => notes.push(format!("{n} tiles are left out of the file: they are 0")),
    }
    if planes[0].page.alpha {
        notes.push("its last sample is how opaque a pixel is, and is left out".into());
    }
    Ok((image, notes))
}

pub fn read_region(
    path: &Path,
    file: File,
    part: &Part,
    t: usize,
    c: usize,
    zyx: [Range<usize>; 3],
) -> Result<Volume, Error> {
    let opened = Opened::new(path, file)?;
    let meta = opened.meta(part)?;
    check_region(path, &meta, t, c, &zyx)?;
    let planes = opened.planes(part)?;
    let [z, y, x] = zyx;
    let samples = planes[0].page.channels();
    let stack = (t * (meta.axes.c / samples) + c / samples) * meta.volume.shape[0];
    let stack = &planes[stack + z.start..stack + z.end];
    // Colours that are made of three planes are made together.
    let page = &planes[0].page;
    let together = page.planar && matches!(page.color, Color::YCbCr(_));
    let channels = if together { 0..samples } else { c % samples..c % samples + 1 };
    let shape = [z.len(), y.len(), x.len()];
    let meta = VolumeMeta { shape, ..meta.volume };
    let mut volumes = opened.volumes(&meta, &[stack], &Window::new(channels, y, x))?;
    Ok(volumes.swap_remove(if together { c % samples } else { 0 }))
}

struct Opened<'a> {
    path: &'a Path,
    set: Set,
    series: Vec<Series>,
}

impl<'a> Opened<'a> {
    fn new(path: &'a Path, file: File) -> Result<Opened<'a>, Error> {
        let open = || -> Why<(Set, Vec<Series>)> {
            let (set, series) = match companion(path, &file)? {
                Some(text) => {
                    let name = ome::first_file(&text)?;
                    let first = set::beside(path, &name).ok_or("names no file")?;
                    let file = File::open(&first).map_err(|e| format!("names `{name}`: {e}"))?;
                    let mut set =
                        Set::new(Tiff::open(&first, file).map_err(|why| format!("`{name}`: {why}"))?);
                    let series = layout::described(&text, &mut set)?;
                    (set, series)
                }
                None => {
                    let mut set = Set::new(Tiff::open(path, file)?);
                    let series = series(&mut set)?;
                    (set, series)
                }
            };
            if series.is_empty() {
                return Err("its text describes none of its pages".into());
            }
            for one in &series {
                alike(&one.planes)?;
            }
            Ok((set, series))
        };
        let (set, series) = open().map_err(|why| file_error(path, why))?;
        Ok(Opened { path, set, series })
    }

    fn or_only(&self, part: Option<&Part>) -> Result<Part, Error> {
        match (part, self.series.len()) {
            (Some(part), _) => Ok(part.clone()),
            (None, 1) => Ok(Part::default()),
            (None, n) => Err(several(self.path, n)),
        }
    }

    fn one(&self, part: &Part) -> Result<&Series, Error> {
        let none = |levels| no_such(self.path, part, self.series.len(), levels);
        let series = self.series.get(part.series).ok_or_else(|| none(1))?;
        if part.level > series.levels.len() {
            return Err(none(series.levels.len() + 1));
        }
        Ok(series)
    }

    /// The planes of a part; those of a smaller copy are looked for now.
    fn planes(&self, part: &Part) -> Result<Vec<Plane>, Error> {
        let series = self.one(part)?;
        let Some(level) = part.level.checked_sub(1).map(|i| &series.levels[i]) else {
            return Ok(series.planes.clone());
        };
        let planes = match level {
            Level::Pages(planes) => Ok(planes.clone()),
            Level::Sub(i) => series.planes.iter().map(|plane| self.sub_plane(plane, *i)).collect(),
        };
        let wrong = |why: String| file_error(self.path, why);
        let planes: Vec<Plane> = planes.map_err(wrong)?;
        alike(&planes).map_err(wrong)?;
        Ok(planes)
    }

    fn sub_plane(&self, plane: &Plane, i: usize) -> Why<Plane> {
        let file = self.set.file(plane.file);
        let places = sub_directories(file, plane.number - 1);
        let named = |why: String| format!("page {}, smaller copy {}: {why}", plane.number, i + 1);
        let at = places.get(i).ok_or_else(|| named("it is missing".into()))?;
        let page = sub_page(file, *at).map_err(named)?;
        Ok(Plane { page, offset: 0, ..plane.clone() })
    }

    /// The first page of a part, by which its form is known.
    fn page(&self, part: &Part) -> Result<std::sync::Arc<Page>, Error> {
        let series = self.one(part)?;
        let first = &series.planes[0];
        match part.level.checked_sub(1).map(|i| &series.levels[i]) {
            None => Ok(first.page.clone()),
            Some(Level::Pages(planes)) => Ok(planes[0].page.clone()),
            Some(Level::Sub(i)) => {
                Ok(self.sub_plane(first, *i).map_err(|why| file_error(self.path, why))?.page)
            }
        }
    }

    fn meta(&self, part: &Part) -> Result<ImageMeta, Error> {
        let series = self.one(part)?;
        let page = self.page(part)?;
        let full = &series.planes[0].page;
        let c = series.c * page.channels();
        let channels = match &series.channels {
            Some(names) if names.len() == c => names.clone(),
            None if matches!(page.color, Color::Cmyk) && c == 4 => {
                ["cyan", "magenta", "yellow", "black"].map(String::from).to_vec()
            }
            None if page.color != Color::Plain && c == 3 => rgb_names(),
            _ => Vec::new(),
        };
        // Pixels of a smaller copy are larger.
        let spacing = series.spacing.map(|s| {
            let grown = |n: usize, m: usize| n as f64 / m as f64;
            s.resampled([1.0, grown(full.height, page.height), grown(full.width, page.width)])
        });
        Ok(ImageMeta {
            volume: VolumeMeta {
                kind: Kind::Image,
                dtype: page.dtype(),
                shape: [series.z, page.height, page.width],
                ndim: if series.z > 1 { 3 } else { 2 },
                spacing,
            },
            axes: Axes {
                t: series.t,
                c,
                has_t: series.t > 1,
                has_c: c > 1,
                channels,
                interval: series.interval.filter(|_| series.t > 1),
            },
        })
    }

    /// Volumes of every stack and channel. The stored type decides the type of the pixels.
    fn volumes(&self, meta: &VolumeMeta, stacks: &[&[Plane]], window: &Window) -> Result<Vec<Volume>, Error> {
        let page = &stacks[0][0].page;
        let files = || self.set.files();
        macro_rules! pixels {
            ($s:ty, $t:ty, $same:expr, $convert:expr) => {
                volumes(self.path, meta, gather::<$s, $t>(files(), stacks, window, $same, $convert))
            };
        }
        if page.is_palette() {
            // The high byte: palettes have 16 bits per colour, pictures 8.
            let color = |page: &Page, index: usize, c: usize| {
                let Color::Palette(colors) = &page.color else { return None };
                let entries = colors.len() / 3;
                (index < entries).then(|| (colors[c * entries + index] >> 8) as u8)
            };
            return match page.stored.size() {
                1 => pixels!(u8, u8, false, |page, index, c| color(page, index.into(), c)),
                _ => pixels!(u16, u8, false, |page, index, c| color(page, index.into(), c)),
            };
        }
        match page.stored {
            Stored::Bits(1..=8) => pixels!(u8, u8, true, |_, v, _| Some(v)),
            Stored::Bits(9..=15) | Stored::U16 => pixels!(u16, u16, true, |_, v, _| Some(v)),
            Stored::I8 => pixels!(i8, i16, false, |_, v, _| Some(v.into())),
            Stored::I16 => pixels!(i16, i16, true, |_, v, _| Some(v)),
            Stored::Bits(_) | Stored::U32 => pixels!(u32, u32, true, |_, v, _| Some(v)),
            Stored::I32 => pixels!(i32, i32, true, |_, v, _| Some(v)),
            Stored::U64 => pixels!(u64, u32, false, |_, v, _| v.try_into().ok()),
            Stored::I64 => pixels!(i64, i32, false, |_, v, _| v.try_into().ok()),
            Stored::F16 => pixels!(u16, f32, false, |_, v, _| Some(samples::half_to_f32(v))),
            Stored::F32 => pixels!(f32, f32, true, |_, v, _| Some(v)),
            Stored::F64 => pixels!(f64, f32, false, |_, v: f64, _| {
                Some(v as f32).filter(|x| x.is_finite() || !v.is_finite())
            }),
        }
    }
}

/// The text of a companion file, OME-XML without pixels.
fn companion(path: &Path, mut file: &File) -> Why<Option<String>> {
    use std::io::{Read, Seek};
    let mut head = [0; 1];
    let read = file.read(&mut head).and_then(|_| file.rewind());
    read.map_err(|e| e.to_string())?;
    if matches!(head, [b'I' | b'M']) {
        return Ok(None);
    }
    let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
    if ome::is_ome(&text) { Ok(Some(text)) } else { Err("is XML, but no OME-XML".into()) }
}

fn volumes<T: Element>(path: &Path, meta: &VolumeMeta, pixels: Why<Vec<Vec<T>>>) -> Result<Vec<Volume>, Error>
where
    Pixels: From<ndarray::Array3<T>>,
{
    let pixels = pixels.map_err(|why| file_error(path, why))?;
    pixels.into_iter().map(|pixels| Volume::from_vec(meta, pixels)).collect()
}

impl Page {
    /// The type its pixels take in an image; see [`super::read`].
    fn dtype(&self) -> rotifer_registry::Dtype {
        use rotifer_registry::Dtype;
        if self.is_palette() {
            return Dtype::U8;
        }
        match self.stored {
            Stored::Bits(1..=8) => Dtype::U8,
            Stored::Bits(9..=15) | Stored::U16 => Dtype::U16,
            Stored::I8 | Stored::I16 => Dtype::I16,
            Stored::Bits(_) | Stored::U32 | Stored::U64 => Dtype::U32,
            Stored::I32 | Stored::I64 => Dtype::I32,
            Stored::F16 | Stored::F32 | Stored::F64 => Dtype::F32,
        }
    }
}
