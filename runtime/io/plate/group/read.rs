//! Reads the image of a group: whole, its metadata, or pixels when they are needed.

use super::{Group, Plane};
use crate::io::in_file::InFile;
use crate::io::reading::read_one;
use crate::io::{file_error, read_meta, read_noted, read_part_meta};
use crate::store::{Item, Source};
use rotifer_registry::{
    Axes, Code, Error, Frames, Image, ImageMeta, Spacing, SpacingSource, Volume, VolumeMeta,
};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

impl Group {
    /// Reads the files into one image, with a channel axis where there are several channels.
    pub fn read(&self) -> Result<Image, Error> {
        self.read_noted().map(|(image, _)| image)
    }

    /// [`Group::read`], and what a user should know of how the files were read, each note once.
    pub fn read_noted(&self) -> Result<(Image, Vec<String>), Error> {
        let mut notes = Vec::new();
        let image = self.read_to(&mut notes)?;
        Ok((image, notes))
    }

    fn read_to(&self, notes: &mut Vec<String>) -> Result<Image, Error> {
        if let Some(error) = self.error() {
            return Err(error);
        }
        if let [Some(plane)] = self.planes.as_slice() {
            let image = self.read_plane(plane, notes)?;
            let image = if image.c() == 1 { image.with_channels(self.channels.clone()) } else { image };
            return self.spaced(image);
        }
        let mut planes: Vec<Option<Vec<Volume>>> = Vec::with_capacity(self.planes.len());
        let mut first: Option<VolumeMeta> = None;
        // How many channels the files of each channel have, and their names.
        let mut own: Vec<Vec<String>> = vec![Vec::new(); self.channels.len().max(1)];
        for (i, plane) in self.planes.iter().enumerate() {
            let Some(plane) = plane else {
                planes.push(None);
                continue;
            };
            // A plane that stands at each z is read once.
            if let Some(before) = i.checked_sub(1)
                && self.planes[before].as_ref() == Some(plane)
            {
                planes.push(planes[before].clone());
                continue;
            }
            let file = &self.files[plane.file];
            let image = self.read_plane(plane, notes)?;
            let channel = i / self.z.unwrap_or(1) % own.len();
            let names = self.names_of(channel, &image.meta(), file)?;
            if own[channel].is_empty() {
                own[channel] = names;
            } else if own[channel].len() != names.len() {
                return Err(own_axes(file));
            }
            for volume in image.volumes() {
                let first = first.get_or_insert_with(|| volume.meta());
                if (first.shape, first.dtype) != (volume.shape(), volume.dtype()) {
                    let form = |shape: [usize; 3], dtype| format!("{shape:?} {dtype}");
                    return Err(file_error(file, "differs from the first file of its site")
                        .value(form(volume.shape(), volume.dtype()))
                        .allowed(form(first.shape, first.dtype)));
                }
            }
            planes.push(Some(image.into_volumes()));
        }
        let first =
            first.ok_or_else(|| Error::new(Code::File, format!("{} has no file", self.site.name())))?;
        let blank = Volume::from_bytes(&first, vec![0; first.bytes()].as_slice())?;
        for (channel, names) in own.iter_mut().enumerate().filter(|(_, names)| names.is_empty()) {
            names.extend(self.channels.get(channel).cloned());
            names.resize(1, String::new());
        }
        let depth = self.z.unwrap_or(1);
        let whole = planes.into_iter().enumerate().flat_map(|(i, volumes)| {
            let count = own[i / depth % own.len()].len();
            volumes.unwrap_or_else(|| vec![blank.clone(); count])
        });
        let planes: Vec<Volume> = whole.collect();
        let volumes = match self.z {
            Some(z) => planes.chunks(z).map(Volume::stack).collect::<Result<_, _>>()?,
            None => planes,
        };
        let c = own.iter().map(Vec::len).sum::<usize>();
        let channels = if c > own.len() { own.concat() } else { self.channels.clone() };
        self.spaced(Image::new(volumes, self.t, (c > 1).then_some(c))?.with_channels(channels))
    }

    /// The names of the channels that a file of a channel has: its own, or one for each color.
    fn names_of(&self, channel: usize, file: &ImageMeta, path: &Path) -> Result<Vec<String>, Error> {
        if file.axes.t != 1 || (file.axes.c != 1 && self.z.is_some()) {
            return Err(own_axes(path));
        }
        let name = self.channels.get(channel).cloned().unwrap_or_default();
        if file.axes.c == 1 {
            return Ok(vec![name]);
        }
        let own = |c: usize| file.axes.channels.get(c).cloned().unwrap_or_else(|| c.to_string());
        Ok((0..file.axes.c).map(|c| format!("{name} {}", own(c)).trim().to_string()).collect())
    }

    /// The names of all channels of several files, channel by channel. Files of a stack have one each.
    fn own_channels(&self) -> Result<Vec<Vec<String>>, Error> {
        let count = self.channels.len().max(1);
        let one = |channel: usize| vec![self.channels.get(channel).cloned().unwrap_or_default()];
        let names = |channel: usize| {
            let mut of_channel = self.planes.iter().skip(channel).step_by(count).flatten();
            match of_channel.next() {
                Some(plane) if self.z.is_none() => {
                    self.names_of(channel, &self.plane_meta(plane)?, &self.files[plane.file])
                }
                _ => Ok(one(channel)),
            }
        };
        (0..count).map(names).collect()
    }

    /// Metadata of the image that [`Group::read`] gives, without decoding pixels. Of several files the first one speaks for all.
    pub fn meta(&self) -> Result<ImageMeta, Error> {
        if let Some(error) = self.error() {
            return Err(error);
        }
        let first = self.planes.iter().flatten().next();
        let first =
            first.ok_or_else(|| Error::new(Code::File, format!("{} has no file", self.site.name())))?;
        let mut meta = self.plane_meta(first)?;
        if self.planes.len() == 1 {
            if meta.axes.c == 1 && self.channels.len() == 1 {
                meta.axes.channels = self.channels.clone();
            }
        } else {
            if meta.axes.t != 1 || (meta.axes.c != 1 && self.z.is_some()) {
                return Err(own_axes(&self.files[first.file]));
            }
            let own = self.own_channels()?;
            let c = own.iter().map(Vec::len).sum();
            if let Some(z) = self.z {
                meta.volume.shape[0] *= z;
                meta.volume.ndim = 3;
            }
            (meta.axes.t, meta.axes.has_t) = (self.t.unwrap_or(1), self.t.is_some());
            (meta.axes.c, meta.axes.has_c) = (c, c > 1);
            meta.axes.channels = if c > own.len() { own.concat() } else { self.channels.clone() };
        }
        meta.volume.spacing = self.spacing(&meta.volume);
        Ok(meta)
    }

    /// The image of [`Group::read`], with pixels that are read when they are needed.
    pub fn sources(&self) -> Result<Frames<Item>, Error> {
        let meta = self.meta()?;
        // The channel and the color of each.
        let own = if self.planes.len() > 1 { self.own_channels()? } else { Vec::new() };
        let colors: Vec<(usize, usize)> = own
            .iter()
            .enumerate()
            .flat_map(|(channel, own)| (0..own.len()).map(move |c| (channel, c)))
            .collect();
        let source = |t: usize, c: usize| -> Result<Item, Error> {
            let volume = meta.volume.clone();
            let [Some(plane)] = self.planes.as_slice() else {
                let (channel, color) = colors.get(c).copied().unwrap_or((c, 0));
                let first = (t * own.len().max(1) + channel) * self.z.unwrap_or(1);
                return Ok(Item::Volume(Arc::new(Stack { group: self.clone(), first, color, meta: volume })));
            };
            let path = self.files[plane.file].clone();
            let part = plane.part().unwrap_or_default();
            let at = match plane.page {
                None => (t, c, None),
                Some(page) => {
                    let own = read_part_meta(&path, &part)?;
                    let (t, c, z) = at_page(&own, page, &path)?;
                    (t, c, (own.volume.ndim == 3).then_some(z))
                }
            };
            let (t, c, plane) = at;
            Ok(Item::Volume(Arc::new(InFile { path, part, t, c, plane, meta: volume })))
        };
        let frames = (0..meta.axes.t).flat_map(|t| (0..meta.axes.c).map(move |c| (t, c)));
        let items = frames.map(|(t, c)| source(t, c)).collect::<Result<_, _>>()?;
        Ok(Frames { items, axes: meta.axes })
    }

    /// Bytes of the files.
    pub fn file_bytes(&self) -> u64 {
        self.files.iter().filter_map(|file| Some(file.metadata().ok()?.len())).sum()
    }

    fn read_plane(&self, plane: &Plane, notes: &mut Vec<String>) -> Result<Image, Error> {
        let file = &self.files[plane.file];
        let (image, told) = match plane.part() {
            Some(part) => read_one(file, Some(&part))?,
            None => read_noted(file)?,
        };
        for note in told {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        match plane.page {
            None => Ok(image),
            Some(page) => {
                let (t, c, z) = at_page(&image.meta(), page, file)?;
                Ok(Image::from(image.volume(t, c).plane(z)))
            }
        }
    }

    fn plane_meta(&self, plane: &Plane) -> Result<ImageMeta, Error> {
        let file = &self.files[plane.file];
        let mut meta = match plane.part() {
            Some(part) => read_part_meta(file, &part)?,
            None => read_meta(file)?,
        };
        if let Some(page) = plane.page {
            at_page(&meta, page, file)?;
            (meta.volume.shape[0], meta.volume.ndim) = (1, 2);
            meta.axes = Axes::NONE;
        }
        Ok(meta)
    }

    /// The pixel size of the files, else that of the index. Planes that are stacked have no step but the index's.
    fn spacing(&self, volume: &VolumeMeta) -> Option<Spacing> {
        let [x, y, z] = self.pixel;
        let fine = |um: f64| um.is_finite() && um > 0.0;
        let stacked = self.z.is_some();
        let (mut um, source) = match volume.spacing {
            Some(own) => (own.um, own.source),
            None => ([f64::NAN, y.or(x)?, x.or(y)?], SpacingSource::Index),
        };
        if stacked || volume.spacing.is_none() {
            um[0] = match z {
                Some(z) => z,
                None if volume.ndim == 2 => 1.0,
                None => return None,
            };
        }
        um.iter().all(|um| fine(*um)).then_some(Spacing::new(um, source).at_place_of(volume.spacing))
    }

    fn spaced(&self, image: Image) -> Result<Image, Error> {
        let meta = image.meta();
        let spacing = self.spacing(&meta.volume);
        if spacing == meta.volume.spacing {
            return Ok(image);
        }
        let volumes = image.into_volumes().into_iter().map(|v| v.with_spacing(spacing)).collect();
        Image::over(volumes, meta.axes)
    }
}

/// Planes of several files as one volume.
struct Stack {
    group: Group,
    /// Its first plane in the group.
    first: usize,
    /// The channel in its file.
    color: usize,
    meta: VolumeMeta,
}

impl Source for Stack {
    fn meta(&self) -> &VolumeMeta {
        &self.meta
    }

    fn read(&self, [z, y, x]: [Range<usize>; 3]) -> Result<Volume, Error> {
        let [_, height, width] = self.meta.shape;
        let plane = |z: usize| -> Result<Volume, Error> {
            let Some(plane) = &self.group.planes[self.first + z] else {
                let meta = VolumeMeta { shape: [1, height, width], ..self.meta.clone() };
                return Volume::from_bytes(&meta, &vec![0; meta.bytes()]);
            };
            let file = &self.group.files[plane.file];
            let image = self.group.read_plane(plane, &mut Vec::new())?;
            let Some(volume) = image.volumes().get(self.color) else { return Err(own_axes(file)) };
            if (volume.shape(), volume.dtype()) != ([1, height, width], self.meta.dtype) {
                return Err(file_error(file, "differs from the first file of its site")
                    .value(format!("{:?} {}", volume.shape(), volume.dtype()))
                    .allowed(format!("{:?} {}", [1, height, width], self.meta.dtype)));
            }
            Ok(volume.clone())
        };
        // A 2-D image has one plane.
        let planes = z.map(|z| Ok(plane(z)?.cut(1, y.clone()).cut(2, x.clone())));
        let planes = planes.collect::<Result<Vec<_>, Error>>()?;
        let volume = if self.meta.ndim == 3 { Volume::stack(&planes)? } else { planes[0].clone() };
        Ok(volume.with_spacing(self.meta.spacing))
    }
}

/// Where a page of a file is in its image: channels are fastest, then z, then t.
fn at_page(meta: &ImageMeta, page: u32, file: &Path) -> Result<(usize, usize, usize), Error> {
    let (page, z) = (page as usize, meta.volume.shape[0]);
    let count = meta.axes.t * meta.axes.c * z;
    if page >= count {
        return Err(file_error(file, "has no such plane").value(page).allowed(format!("0 to {}", count - 1)));
    }
    Ok((page / (meta.axes.c * z), page % meta.axes.c, page / meta.axes.c % z))
}

fn own_axes(file: &Path) -> Error {
    file_error(file, "has channels or times of its own")
        .help("a file of a site has one time; as many channels as that channel's other files have, and one where files are planes of a stack")
}
