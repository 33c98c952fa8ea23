//! An image with named axes: volumes (z, y, x) over time and channels.

use crate::error::{Code, Error};
use crate::volume::{Volume, VolumeMeta};

/// The names of the channels of a colour image.
pub const RGB: [&str; 3] = ["red", "green", "blue"];

/// Volumes of one shape over t and c. The axes that a file does not name have size 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    volumes: Vec<Volume>,
    t: usize,
    c: usize,
    has_t: bool,
    has_c: bool,
    channels: Vec<String>,
}

/// What is known of an image without its pixels.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ImageMeta {
    pub volume: VolumeMeta,
    pub t: usize,
    pub c: usize,
    pub has_t: bool,
    pub has_c: bool,
    /// Names of the channels, where the file gives them.
    pub channels: Vec<String>,
}

impl ImageMeta {
    /// Axes in order, a subset of `tczyx`.
    pub fn axes(&self) -> String {
        let mut axes = String::new();
        for (here, name) in [(self.has_t, 't'), (self.has_c, 'c'), (self.volume.ndim == 3, 'z')] {
            if here {
                axes.push(name);
            }
        }
        axes + "yx"
    }

    pub fn bytes(&self) -> usize {
        self.volume.bytes() * self.t * self.c
    }
}

impl From<Volume> for Image {
    fn from(volume: Volume) -> Image {
        Image { volumes: vec![volume], t: 1, c: 1, has_t: false, has_c: false, channels: Vec::new() }
    }
}

impl Image {
    /// An image from its volumes, channels fastest: t0c0, t0c1, t1c0... `None` for an axis that does not exist.
    pub fn new(volumes: Vec<Volume>, t: Option<usize>, c: Option<usize>) -> Result<Image, Error> {
        let (nt, nc) = (t.unwrap_or(1), c.unwrap_or(1));
        let first =
            volumes.first().ok_or_else(|| Error::new(Code::Shape, "an image has at least one plane"))?;
        if volumes.len() != nt * nc {
            return Err(Error::new(
                Code::Shape,
                format!("{} volumes for {nt} times {nc} of t, c", volumes.len()),
            ));
        }
        let meta = first.meta();
        if volumes.iter().any(|v| (v.shape(), v.dtype(), v.ndim()) != (meta.shape, meta.dtype, meta.ndim)) {
            return Err(Error::new(Code::Shape, "the volumes of an image have one shape and dtype"));
        }
        Ok(Image { volumes, t: nt, c: nc, has_t: t.is_some(), has_c: c.is_some(), channels: Vec::new() })
    }

    /// Names the channels; ignored unless there is one name for each.
    pub fn with_channels(mut self, names: Vec<String>) -> Image {
        if names.len() == self.c {
            self.channels = names;
        }
        self
    }

    pub fn volumes(&self) -> &[Volume] {
        &self.volumes
    }

    pub fn into_volumes(self) -> Vec<Volume> {
        self.volumes
    }

    pub fn volume(&self, t: usize, c: usize) -> &Volume {
        &self.volumes[t * self.c + c]
    }

    pub fn t(&self) -> usize {
        self.t
    }

    pub fn c(&self) -> usize {
        self.c
    }

    pub fn has_t(&self) -> bool {
        self.has_t
    }

    pub fn has_c(&self) -> bool {
        self.has_c
    }

    pub fn channels(&self) -> &[String] {
        &self.channels
    }

    pub fn meta(&self) -> ImageMeta {
        ImageMeta {
            volume: self.volumes[0].meta(),
            t: self.t,
            c: self.c,
            has_t: self.has_t,
            has_c: self.has_c,
            channels: self.channels.clone(),
        }
    }
}
