//! Skeletons: the common part of operations of one kind. `kernel: Grey { .. }` in a declaration names a value of one; loops,
//! shaders, reach, shape and reference come from it.

use crate::error::{Code, Error};
use crate::op::{Datum, DatumMeta, DeviceInputs, DeviceOutput, Inputs, Metas, Reach, Spec};
use crate::plain::Plain;
use crate::recorder::Recorder;
use crate::streamed::Streamed;

/// An operation as its skeleton knows it, with its arguments. The methods are those of [`Host`](crate::Host) and
/// [`Device`](crate::Device), and see the declaration.
pub trait Kernel: Send + Sync {
    /// Whether there is a device kernel.
    const DEVICE: bool;

    fn reach(&self, _spec: &'static Spec, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Whole)
    }

    fn infer(&self, _spec: &'static Spec, _inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        Ok(())
    }

    fn run(&self, spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error>;

    fn streamed(self, _spec: &'static Spec, _inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error>
    where
        Self: Sized,
    {
        Ok(None)
    }

    fn reference(&self, spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error>;

    /// Steps of the reference, where they are not one for each pixel and each pixel that it reaches.
    fn effort(&self, _spec: &'static Spec, _inputs: &Metas) -> Option<usize> {
        None
    }

    fn fits(&self, _spec: &'static Spec, _inputs: &Metas) -> Result<(), Error> {
        Ok(())
    }

    fn record(
        &self,
        _spec: &'static Spec,
        _inputs: &DeviceInputs,
        _recorder: &mut Recorder,
    ) -> Result<Vec<DeviceOutput>, Error> {
        Err(Error::new(Code::Unavailable, "this function has no device kernel"))
    }

    fn finish(
        &self,
        _spec: &'static Spec,
        _inputs: &Metas,
        _output: usize,
        _read: &[Vec<u8>],
    ) -> Result<Datum, Error> {
        Err(Error::new(Code::Internal, "nothing to finish"))
    }
}

/// Whether the skeleton that a declaration names has a device kernel.
#[doc(hidden)]
pub const fn device_of<Op, K: Kernel>(_kernel: fn(&Op) -> K) -> bool {
    K::DEVICE
}
