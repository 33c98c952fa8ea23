//! An image with named axes: volumes (z, y, x) over time and channels.

use crate::axes::Axes;
use crate::error::{Code, Error};
use crate::volume::{Volume, VolumeMeta};

/// The names of the channels of a colour image.
pub const RGB: [&str; 3] = ["red", "green", "blue"];

/// Volumes of one shape over t and c. The axes that a file does not name have size 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    volumes: Vec<Volume>,
    axes: Axes,
}

/// The facts about an image without its pixels.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ImageMeta {
    pub volume: VolumeMeta,
    pub axes: Axes,
}

impl ImageMeta {
    /// Names of the axes in order, a subset of `tczyx`.
    pub fn names(&self) -> String {
        let mut axes = String::new();
        for (here, name) in [(self.axes.has_t, 't'), (self.axes.has_c, 'c'), (self.volume.ndim == 3, 'z')] {
            if here {
                axes.push(name);
            }
        }
        axes + "yx"
    }

    pub fn bytes(&self) -> usize {
        self.volume.bytes() * self.axes.frames()
    }
}

impl From<Volume> for Image {
    fn from(volume: Volume) -> Image {
        Image { volumes: vec![volume], axes: Axes::NONE }
    }
}

impl Image {
    /// An image from its volumes, channels fastest: t0c0, t0c1, t1c0... `None` for an axis that does not exist.
    pub fn new(volumes: Vec<Volume>, t: Option<usize>, c: Option<usize>) -> Result<Image, Error> {
        Image::over(volumes, Axes::new(t, c))
    }

    /// An image from its volumes, channels fastest. Names of channels are ignored unless there is one for each.
    pub fn over(volumes: Vec<Volume>, mut axes: Axes) -> Result<Image, Error> {
        let (nt, nc) = (axes.t, axes.c);
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
        if axes.channels.len() != nc {
            axes.channels = Vec::new();
        }
        Ok(Image { volumes, axes })
    }

    /// Names the channels; ignored unless there is one name for each.
    pub fn with_channels(mut self, names: Vec<String>) -> Image {
        if names.len() == self.axes.c {
            self.axes.channels = names;
        }
        self
    }

    /// Time and channels.
    pub fn axes(&self) -> &Axes {
        &self.axes
    }

    pub fn volumes(&self) -> &[Volume] {
        &self.volumes
    }

    pub fn into_volumes(self) -> Vec<Volume> {
        self.volumes
    }

    pub fn volume(&self, t: usize, c: usize) -> &Volume {
        &self.volumes[t * self.axes.c + c]
    }

    pub fn t(&self) -> usize {
        self.axes.t
    }

    pub fn c(&self) -> usize {
        self.axes.c
    }

    pub fn has_t(&self) -> bool {
        self.axes.has_t
    }

    pub fn has_c(&self) -> bool {
        self.axes.has_c
    }

    pub fn channels(&self) -> &[String] {
        &self.axes.channels
    }

    pub fn meta(&self) -> ImageMeta {
        ImageMeta { volume: self.volumes[0].meta(), axes: self.axes.clone() }
    }
}
