//! Data in and out of a device kernel.

use crate::recorder::Buffer;
use crate::volume::VolumeMeta;

/// A volume on the device: f32 per pixel at ports `Image` and `Rgb`, u32 at ports `Mask` and `Labels`.
#[derive(Clone, Debug)]
pub struct DeviceVolume {
    pub buffer: Buffer,
    pub meta: VolumeMeta,
}

/// One input of a device kernel.
#[derive(Clone, Debug)]
pub enum DeviceDatum {
    Volume(DeviceVolume),
    Rgb([DeviceVolume; 3]),
    /// A buffer of two f32 whose sum is the number: the largest f32 that is not above it, and the rest, not negative.
    /// A f32 is greater than the number if and only if it is greater than the first.
    Number(Buffer),
}

/// One output of a device kernel. Its shape and dtype are those that [`Host::infer`](crate::Host::infer) gives.
#[derive(Clone, Debug)]
pub enum DeviceOutput {
    /// f32 per pixel for images, u32 for masks and labels. Images of an integer dtype are rounded and
    /// saturated afterwards unless `whole` says that the values are whole numbers of the dtype already.
    Volume {
        buffer: Buffer,
        whole: bool,
    },
    Rgb([Buffer; 3]),
    /// A buffer whose first element is the number, f32.
    Number(Buffer),
    /// Bytes that [`Device::finish`](crate::Device::finish) turns into a table or a number on the host.
    Readback(Vec<Buffer>),
}

impl DeviceOutput {
    /// An image that may need rounding, a mask or labels.
    pub fn volume(buffer: Buffer) -> DeviceOutput {
        DeviceOutput::Volume { buffer, whole: false }
    }

    /// An image whose values are taken from the input as they are.
    pub fn whole(buffer: Buffer) -> DeviceOutput {
        DeviceOutput::Volume { buffer, whole: true }
    }
}
