//! Planes of values on the device, for steps that run slice by slice.

use super::recording::{OnDevice, Recording};
use rotifer_registry::{Buffer, Code, Dtype, Error, Kind, VolumeMeta};

impl Recording {
    /// A value that is not in slices.
    pub(super) fn whole(&mut self, item: OnDevice) -> Result<OnDevice, Error> {
        match item {
            OnDevice::Slices(planes) => self.stacked(planes),
            other => Ok(other),
        }
    }

    /// A value with an element for each pixel: a plane of what is packed may begin within a word.
    pub(super) fn spread_out(&mut self, item: OnDevice) -> Result<OnDevice, Error> {
        let float = |meta: &VolumeMeta| meta.kind == Kind::Image;
        let element = |float| if float { Dtype::F32 } else { Dtype::U32 };
        Ok(match item {
            OnDevice::Volume { buffer, stored, meta } if stored.size() < 4 => {
                let float = float(&meta);
                let buffer = self.elements(buffer, stored, float, &meta)?;
                OnDevice::Volume { buffer, stored: element(float), meta }
            }
            OnDevice::Rgb { planes: [r, g, b], stored, meta } if stored.size() < 4 => {
                let mut spread = |buffer| self.elements(buffer, stored, true, &meta);
                let planes = [spread(r)?, spread(g)?, spread(b)?];
                OnDevice::Rgb { planes, stored: Dtype::F32, meta }
            }
            other => other,
        })
    }

    /// One z plane of a value.
    pub(super) fn plane(&mut self, item: &OnDevice, z: usize) -> Result<OnDevice, Error> {
        let mut cut = |buffer: Buffer, meta: &VolumeMeta| {
            let n = meta.shape[1] * meta.shape[2];
            let plane = self.recorder.buffer(n);
            self.recorder.copy_part(buffer, z * n, plane, 0, n);
            plane
        };
        let flat = |meta: &VolumeMeta| VolumeMeta {
            shape: [1, meta.shape[1], meta.shape[2]],
            ndim: 2,
            ..meta.clone()
        };
        Ok(match item {
            OnDevice::Volume { buffer, stored, meta } => {
                OnDevice::Volume { buffer: cut(*buffer, meta), stored: *stored, meta: flat(meta) }
            }
            OnDevice::Rgb { planes, stored, meta } => OnDevice::Rgb {
                planes: planes.map(|buffer| cut(buffer, meta)),
                stored: *stored,
                meta: flat(meta),
            },
            other => other.clone(),
        })
    }

    /// Planes as one volume again.
    pub(super) fn stacked(&mut self, planes: Vec<OnDevice>) -> Result<OnDevice, Error> {
        let depth = planes.len();
        let mixed = || Error::new(Code::Internal, "slices of different kinds");
        let mut solid = |buffers: Vec<Buffer>| {
            let n = buffers[0].len;
            let whole = self.recorder.buffer(n * depth);
            for (z, buffer) in buffers.into_iter().enumerate() {
                self.recorder.copy_part(buffer, 0, whole, z * n, n);
            }
            whole
        };
        match planes.first() {
            Some(OnDevice::Volume { stored, meta, .. }) => {
                let buffers: Vec<Buffer> = planes
                    .iter()
                    .filter_map(
                        |p| if let OnDevice::Volume { buffer, .. } = p { Some(*buffer) } else { None },
                    )
                    .collect();
                let mut meta = meta.clone();
                (meta.shape[0], meta.ndim) = (depth, 3);
                Ok(OnDevice::Volume { buffer: solid(buffers), stored: *stored, meta })
            }
            Some(OnDevice::Rgb { meta, stored, .. }) => {
                let mut meta = meta.clone();
                (meta.shape[0], meta.ndim) = (depth, 3);
                let channel = |c: usize| -> Vec<Buffer> {
                    planes
                        .iter()
                        .filter_map(
                            |p| if let OnDevice::Rgb { planes, .. } = p { Some(planes[c]) } else { None },
                        )
                        .collect()
                };
                let channels = [channel(0), channel(1), channel(2)];
                Ok(OnDevice::Rgb { planes: channels.map(&mut solid), stored: *stored, meta })
            }
            _ => Err(mixed()),
        }
    }
}
