//! The skeleton of filters that reduce the pixels under a footprint to one value.

use super::rows::Extended;
use super::{rank, window_mean};
use rotifer_registry::footprint::Offsets;
use rotifer_registry::*;

/// The value that stands for the pixels of a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    Mean,
    /// Of n pixels in order that of rank n · percentile / 100, rounded down, and the last one at 100. NaN is last.
    Percentile(f64),
}
pub use Statistic::{Mean, Percentile};

/// The upper one of two middle values, as scipy has it.
pub const MEDIAN: Statistic = Percentile(50.0);

/// A statistic of the pixels under a footprint around each pixel.
pub struct OverWindow {
    pub footprint: Footprint,
    pub radius: PerAxis<Length>,
    pub edge: Edge,
    pub constant: f64,
    pub gives: Statistic,
}

impl OverWindow {
    fn offsets(&self, meta: &VolumeMeta) -> Result<Offsets, Error> {
        self.footprint.offsets(&self.radius, meta)
    }
}

/// The rank, from 0, of a percentile among n values.
pub fn rank_of(percentile: f64, n: usize) -> usize {
    ((n as f64 * percentile / 100.0) as usize).min(n.saturating_sub(1))
}

impl Kernel for OverWindow {
    const DEVICE: bool = true;

    fn reach(&self, _spec: &'static Spec, inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Window(self.footprint.extent(&self.radius, inputs.volume("image")?)?))
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let offsets = self.offsets(&image.meta())?;
        let (shape, edge, constant) = (image.shape(), self.edge, self.constant);
        let out = each_dtype!(image.pixels(), |pixels| {
            let extended = Extended { pixels, shape, edge, constant };
            match self.gives {
                Mean => image.image(window_mean::mean(&extended, &offsets))?,
                Percentile(p) => image.image(rank::ranked(extended, &offsets, rank_of(p, offsets.len())))?,
            }
        });
        Ok(vec![Datum::Volume(out)])
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let image = inputs.volume("image")?;
        let (offsets, grid) = (self.offsets(&image.meta())?, Grid::from(image));
        Ok(vec![Plain::Image(match self.gives {
            Mean => window_mean::reference(&grid, &offsets, self.edge, self.constant),
            Percentile(p) => {
                let (rank, constant) = (rank_of(p, offsets.len()), image.dtype().quantize(self.constant));
                rank::ranked_plain(&grid, &offsets, rank, self.edge, constant)
            }
        })])
    }

    fn fits(&self, _spec: &'static Spec, inputs: &Metas) -> Result<(), Error> {
        let offsets = self.offsets(inputs.volume("image")?)?;
        match self.gives {
            Mean => window_mean::fits(&offsets),
            Percentile(_) => rank::fits(&offsets),
        }
    }

    fn record(
        &self,
        _spec: &'static Spec,
        inputs: &DeviceInputs,
        recorder: &mut Recorder,
    ) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let offsets = self.offsets(&image.meta)?;
        Ok(vec![match self.gives {
            Mean => {
                let means = window_mean::record_mean(recorder, image, &offsets, self.edge, self.constant)?;
                DeviceOutput::volume(means)
            }
            Percentile(p) => {
                let rank = rank_of(p, offsets.len());
                let values = rank::record_ranked(recorder, image, &offsets, rank, self.edge, self.constant)?;
                DeviceOutput::whole(values)
            }
        }])
    }
}
