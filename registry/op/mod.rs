//! An operation: the traits it implements, its declaration as data, and what flows in and out of it.

mod datum;
mod device;
mod inputs;
mod operation;
mod port;
mod spec;

pub use datum::{Datum, DatumKind, DatumMeta};
pub use device::{DeviceDatum, DeviceOutput, DeviceVolume};
pub use inputs::{DeviceInputs, Inputs, Metas, Ports};
pub use operation::{Device, Host, Op, Pixel, Reach, usual_effort};
pub use port::{DtypeRule, OutKind, OutPort, Port, PortKind, words};
pub use spec::{Agree, Family, Spec};
