//! Skeletons: what operations of one kind share. `kernel: Windowed { .. }` in a declaration names a value of one; loops, shaders,
//! reach, shape and reference come from it.

use crate::error::{Code, Error};
use crate::op::{Datum, DatumMeta, DeviceInputs, DeviceOutput, Inputs, Metas, Op, Reach};
use crate::plain::Plain;
use crate::recorder::Recorder;
use crate::registration::Spec;
use std::sync::Arc;

/// Where an input of a part comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// The input of the whole operation at this index.
    Input(usize),
    /// The primary output of the part at this index, which stands before.
    Part(usize),
}

/// One operation in an operation that is a pipeline. Its id and arguments are those that [`Op::spec`] and [`Op::args`] give.
#[derive(Clone)]
pub struct Part {
    pub op: Arc<dyn Op>,
    /// In the order of the operation's ports; those beyond the end are absent.
    pub inputs: Vec<Operand>,
}

/// An operation as a pipeline of others. The primary output of the last part, in the dtype that the operation declares, is the
/// operation's only output; those between have the dtypes that the parts declare. Run part by part, they give the bits of the whole.
#[derive(Clone, Default)]
pub struct Parts {
    pub parts: Vec<Part>,
}

/// An operation as its skeleton knows it, with its arguments. The methods are those of [`Host`](crate::Host) and
/// [`Device`](crate::Device), and see the declaration.
pub trait Kernel: Send + Sync {
    /// Whether there is a device kernel.
    const DEVICE: bool;

    fn reach(&self, _spec: &'static Spec, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Whole)
    }

    fn takes_statistic(&self, _spec: &'static Spec, _inputs: &Metas) -> bool {
        false
    }

    fn infer(&self, _spec: &'static Spec, _inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        Ok(())
    }

    /// The operations that this one is a pipeline of, where it is one.
    fn parts(&self, _spec: &'static Spec, _inputs: &Metas) -> Option<Parts> {
        None
    }

    fn run(&self, spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error>;

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
