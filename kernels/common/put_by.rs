//! Values of any plain type that an operation in parts puts by, one for each pixel of some planes or rows.

use bytemuck::Pod;
use rotifer_registry::{Code, Error, Kind, Room, Span, Spill, Volume, VolumeMeta};
use std::marker::PhantomData;
use std::ops::Range;

pub struct PutBy<T> {
    /// Its pixels are the bytes of the values.
    meta: VolumeMeta,
    axis: usize,
    spill: Option<Box<dyn Spill>>,
    values: PhantomData<fn() -> T>,
}

impl<T: Pod> PutBy<T> {
    /// Values of an image that comes in parts.
    pub fn new(image: &VolumeMeta) -> PutBy<T> {
        let [depth, height, width] = image.shape;
        let meta = VolumeMeta {
            shape: [depth, height, width * size_of::<T>()],
            spacing: None,
            ..image.with(Kind::Image, rotifer_registry::Dtype::U8)
        };
        PutBy { meta, axis: Span::axis_of(image), spill: None, values: PhantomData }
    }

    /// Bytes of the values of so many planes or rows; at most those of all.
    pub fn bytes(&self, lines: usize) -> u64 {
        let length = self.meta.shape[self.axis].max(1);
        (self.meta.bytes() / length * lines.min(length)) as u64
    }

    /// Takes room.
    pub fn begin(&mut self, room: Room) -> Result<(), Error> {
        self.spill = Some(room(&self.meta)?);
        Ok(())
    }

    /// Writes the values of planes or rows from `first` on.
    pub fn write(&mut self, first: usize, values: &[T]) -> Result<(), Error> {
        let bytes = bytemuck::cast_slice(values);
        let length = self.meta.shape[self.axis].max(1);
        let line = (self.meta.len() / length).max(1);
        let mut meta = self.meta.clone();
        meta.shape[self.axis] = bytes.len() / line;
        let part = Volume::from_bytes(&meta, bytes)?;
        let start = if self.axis == 0 { [first, 0] } else { [0, first] };
        self.spill.as_mut().ok_or_else(not_begun)?.write(start, &part)
    }

    /// The values of some planes or rows.
    pub fn read(&self, lines: Range<usize>) -> Result<Vec<T>, Error> {
        let mut zyx = self.meta.shape.map(|n| 0..n);
        zyx[self.axis] = lines;
        let part = self.spill.as_ref().ok_or_else(not_begun)?.read(zyx)?;
        let mut values = vec![T::zeroed(); part.bytes().len() / size_of::<T>()];
        bytemuck::cast_slice_mut(&mut values).copy_from_slice(part.bytes());
        Ok(values)
    }
}

fn not_begun() -> Error {
    Error::new(Code::Internal, "room for values is taken before the first part")
}
