//! The traits an operation implements.

use super::datum::{Datum, DatumMeta};
use super::device::DeviceOutput;
use super::inputs::{DeviceInputs, Inputs, Metas};
use super::spec::Spec;
use crate::error::{Code, Error};
use crate::expr::Expr;
use crate::plain::Plain;
use crate::recorder::Recorder;
use crate::streamed::Streamed;
use crate::volume::VolumeMeta;

/// The pixels that one pixel of the output depends on. By them a plan cuts an image into tiles and stays exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The pixel itself.
    Point,
    /// Pixels at most this far along z, y, x.
    Window([usize; 3]),
    /// Numbers of the whole image, then the pixel itself.
    Statistic,
    /// Computed tile by tile, then merged at the seams.
    Seams,
    /// The whole image.
    Whole,
}

impl Reach {
    pub fn describe(&self) -> String {
        match self {
            Reach::Point => "point".into(),
            Reach::Window([z, y, x]) => format!("window, halo {z},{y},{x}"),
            Reach::Statistic => "statistic of the whole image".into(),
            Reach::Seams => "tiles merged at their seams".into(),
            Reach::Whole => "whole image".into(),
        }
    }
}

/// The work of an operation on the host: every one has it.
pub trait Host: Send + Sync {
    /// The pixels that a pixel of the output depends on. The default, `Whole`, is always right.
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Whole)
    }

    /// Changes the outputs' metadata from the default (geometry of the first image, dtype by the declaration),
    /// and refuses inputs that do not fit: all that can be said without pixels.
    fn infer(&self, _inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        Ok(())
    }

    /// Computes the outputs. Images may come as float32 where the declaration says `Same`: the caller rounds them.
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error>;

    /// The work on an image that comes in parts, where the operation can be had so although a pixel reaches further than a
    /// window. The image is the first input that has pixels, or the first output where none has; the others with pixels are of
    /// its shape.
    fn streamed(&self, _inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        Ok(None)
    }

    /// Whether these outputs say that the steps after this one are left out for the image.
    fn ends(&self, _outputs: &[&Datum]) -> bool {
        false
    }

    /// The same by the plainest means in f64, for tests. Every built-in has one.
    fn reference(&self, _inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>>
    where
        Self: Sized,
    {
        None
    }

    /// About how many steps [`Host::reference`] takes: tests make images smaller where it is slow. The default is one for
    /// each pixel and each pixel that it reaches.
    fn effort(&self, inputs: &Metas) -> usize {
        usual_effort(self, inputs)
    }
}

/// One step for each pixel and each pixel that it reaches.
#[doc(hidden)]
pub fn usual_effort<H: Host + ?Sized>(op: &H, inputs: &Metas) -> usize {
    let pixels = inputs.first().map_or(1, VolumeMeta::len);
    match op.reach(inputs) {
        Ok(Reach::Window(halo)) => halo.iter().fold(pixels, |n, radius| n.saturating_mul(2 * radius + 1)),
        _ => pixels,
    }
}

/// The work on the device of an operation that runs there, too.
pub trait Device: Host {
    /// Refuses what [`Device::record`] cannot take, as far as metadata tells, with the reason. Such a step runs on the
    /// host, and the plan says so once.
    fn fits(&self, _inputs: &Metas) -> Result<(), Error> {
        Ok(())
    }

    /// Records the passes that compute the outputs, of all inputs that [`Device::fits`] takes.
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error>;

    /// Turns the bytes of a [`DeviceOutput::Readback`] into the output.
    fn finish(&self, _inputs: &Metas, _output: usize, _read: &[Vec<u8>]) -> Result<Datum, Error> {
        Err(Error::new(Code::Internal, "nothing to finish"))
    }
}

/// An operation whose output pixel is an expression of the input pixels at the same place.
pub trait Pixel: Send + Sync {
    /// The expression for inputs like these. Inputs are [`Expr::port`]s by [`slot`](crate::pixel::slot), numbers [`Expr::number`]s by name.
    fn tree(&self, inputs: &Metas) -> Result<Expr, Error>;
}

/// An operation with its arguments. Implemented by [`op!`](crate::op!).
pub trait Op: Host {
    /// The device kernel, where there is one.
    fn device(&self) -> Option<&dyn Device>;

    /// The declaration.
    fn spec(&self) -> &'static Spec;

    /// [`Host::reference`] in a program with the feature `references`, as tests are; else there is none, and the program is
    /// smaller by all of them.
    fn plain(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>>;

    /// The expression of a pixel, where the operation is one.
    fn pixel(&self) -> Option<&dyn Pixel> {
        None
    }
}
