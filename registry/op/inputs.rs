//! Inputs of a kernel by the names of their ports: host data, device data or metadata.

use super::datum::{Datum, DatumMeta};
use super::device::{DeviceDatum, DeviceVolume};
use super::port::Port;
use crate::error::{Code, Error};
use crate::random::Random;
use crate::recorder::Buffer;
use crate::role::Role;
use crate::table::Table;
use crate::volume::{Volume, VolumeMeta};

/// Items by port name: host data, device data or metadata.
#[derive(Clone, Copy)]
pub struct Ports<'a, T> {
    ports: &'static [Port],
    items: &'a [Option<T>],
    random: Random,
}

/// The inputs of a host kernel.
pub type Inputs<'a> = Ports<'a, Datum>;
/// Metadata of the inputs.
pub type Metas<'a> = Ports<'a, DatumMeta>;
/// The inputs of a device kernel.
pub type DeviceInputs<'a> = Ports<'a, DeviceDatum>;

impl<'a, T> Ports<'a, T> {
    /// Items in the order of the ports; those beyond the end are absent.
    pub fn new(ports: &'static [Port], items: &'a [Option<T>]) -> Ports<'a, T> {
        Ports { ports, items, random: Random::default() }
    }

    /// The same items for a step with these random numbers.
    pub fn with_random(self, random: Random) -> Ports<'a, T> {
        Ports { random, ..self }
    }

    /// The random numbers of the step, from the first pixel of its inputs on; those of seed 0 where no pipeline gives others.
    pub fn random(&self) -> Random {
        self.random
    }

    /// The item at a port, absent where it is optional and was not given.
    pub fn get(&self, name: &str) -> Option<&'a T> {
        let i = self.ports.iter().position(|p| p.name == name)?;
        self.items.get(i)?.as_ref()
    }

    pub fn items(&self) -> &'a [Option<T>] {
        self.items
    }

    /// The ports as they are declared.
    pub fn ports(&self) -> &'static [Port] {
        self.ports
    }

    fn need<U>(&self, name: &str, what: &str, found: Option<U>) -> Result<U, Error> {
        found.ok_or_else(|| Error::new(Code::WrongKind, format!("{what} is needed at input `{name}`")))
    }
}

impl<'a> Inputs<'a> {
    pub fn volume(&self, name: &str) -> Result<&'a Volume, Error> {
        self.need(name, "an image", self.optional_volume(name))
    }

    pub fn optional_volume(&self, name: &str) -> Option<&'a Volume> {
        if let Some(Datum::Volume(v)) = self.get(name) { Some(v) } else { None }
    }

    pub fn rgb(&self, name: &str) -> Result<&'a [Volume; 3], Error> {
        self.need(name, "an rgb image", if let Some(Datum::Rgb(v)) = self.get(name) { Some(v) } else { None })
    }

    pub fn optional_number(&self, name: &str) -> Option<f64> {
        if let Some(Datum::Number(x)) = self.get(name) { Some(*x) } else { None }
    }

    pub fn table(&self, name: &str) -> Result<&'a Table, Error> {
        self.need(name, "a table", if let Some(Datum::Table(t)) = self.get(name) { Some(t) } else { None })
    }

    /// The value of a role of its own type.
    pub fn role<T: Role>(&self, name: &str) -> Result<&'a T, Error> {
        let found = if let Some(Datum::Role(value)) = self.get(name) { value.get() } else { None };
        self.need(name, T::ID, found)
    }
}

impl<'a> Metas<'a> {
    /// Metadata of the image at a port.
    pub fn volume(&self, name: &str) -> Result<&'a VolumeMeta, Error> {
        self.need(name, "an image", self.get(name).and_then(DatumMeta::volume))
    }

    /// Metadata of the first image among the inputs.
    pub fn first(&self) -> Option<&'a VolumeMeta> {
        self.items.iter().flatten().find_map(DatumMeta::volume)
    }
}

impl<'a> DeviceInputs<'a> {
    pub fn volume(&self, name: &str) -> Result<&'a DeviceVolume, Error> {
        self.need(name, "an image", self.optional_volume(name))
    }

    pub fn optional_volume(&self, name: &str) -> Option<&'a DeviceVolume> {
        if let Some(DeviceDatum::Volume(v)) = self.get(name) { Some(v) } else { None }
    }

    pub fn rgb(&self, name: &str) -> Result<&'a [DeviceVolume; 3], Error> {
        self.need(
            name,
            "an rgb image",
            if let Some(DeviceDatum::Rgb(v)) = self.get(name) { Some(v) } else { None },
        )
    }

    pub fn optional_number(&self, name: &str) -> Option<Buffer> {
        if let Some(DeviceDatum::Number(b)) = self.get(name) { Some(*b) } else { None }
    }
}
