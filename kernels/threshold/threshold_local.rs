use crate::common::rows::Extended;
use crate::common::threads;
use crate::common::{fresh, rank, separable, window_mean};
use crate::filters::gaussian_filter::{f32s, weights};
use crate::simd;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::footprint::Offsets;
use rotifer_registry::*;
use rotifer_shaders::threshold::THRESHOLD_LOCAL;

choice! {
    /// The number that the neighbourhood is reduced to.
    pub enum LocalMethod {
        /// A Gaussian of sigma (block_size − 1)/6.
        Gaussian = "gaussian",
        Mean = "mean",
        Median = "median",
    }
}

op! {
    /// Finds pixels brighter than their surroundings: a threshold for each pixel from its neighbourhood.
    ///
    /// The threshold is the Gaussian-weighted mean, mean or median of the block around the pixel, less an offset. A pixel must be
    /// above it; above a mean by more than 10⁻⁶ of its own value, so that flat areas are background whatever the rounding.
    pub struct ThresholdLocal {
        /// How the neighbourhood makes the threshold.
        method: LocalMethod = LocalMethod::Gaussian;
        /// Width of the block along z, y, x in pixels, odd.
        block_size: PerAxis<u32> = PerAxis::All(3), range(1, 1025);
        /// Subtracted from the threshold.
        offset: f64 = 0.0;
        ..Border(edge, constant);
    }
    id: "threshold_local", revision: 1, family: Threshold,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { mask: Mask, threshold: Image(F32) },
    agrees: Relative(2e-6), follows: "skimage.filters.threshold_local 0.26",
    python: "v = f64(image)
t = ski.filters.threshold_local(v, block_size, method=method, offset=offset, mode=edge, cval=constant)
slack = 0 if method == 'median' else 1e-6 * abs(v)
rounding = 0.5 * slack + (0 if method == 'median' and offset == int(offset) else 3e-7 * abs(t))
result = (np.ma.masked_array(v - t > slack, abs(v - t - slack) < rounding), t)",
    examples: ["block_size = 9", "method = \"mean\"\nblock_size = 11\noffset = 2.0", "method = \"median\"\nblock_size = 5", "block_size = [5, 9]\nedge = \"nearest\"", "method = \"mean\"\nblock_size = [1, 5, 3]\nedge = \"mirror\"", "method = \"median\"\nblock_size = 3\nedge = \"wrap\"", "block_size = 7\nedge = \"constant\"\nconstant = 40.0"],
}

/// Part of a pixel's value that it must be above a mean.
pub(super) const SLACK: f64 = 1e-6;

/// Pixels from the middle of a block to its sides.
pub(super) fn block_radius(block_size: &PerAxis<u32>, meta: &VolumeMeta) -> Result<[usize; 3], Error> {
    let size = block_size.resolve(meta.ndim, 1)?;
    match size.iter().find(|n| *n % 2 == 0) {
        Some(n) => {
            let error = Error::new(Code::OutOfRange, "must be odd").argument("block_size").value(n);
            Err(error.allowed("1, 3, 5, ..."))
        }
        None => Ok(size.map(|n| n as usize / 2)),
    }
}

impl ThresholdLocal {
    fn radius(&self, meta: &VolumeMeta) -> Result<[usize; 3], Error> {
        block_radius(&self.block_size, meta)
    }

    fn offsets(&self, meta: &VolumeMeta) -> Result<Offsets, Error> {
        Ok(Offsets::of_box(self.radius(meta)?))
    }

    fn weights(&self, meta: &VolumeMeta) -> Result<[Vec<f64>; 3], Error> {
        Ok(self.radius(meta)?.map(|r| weights(2.0 * r as f64 / 6.0, 4.0)))
    }

    fn slack(&self) -> f64 {
        if self.method == LocalMethod::Median { 0.0 } else { SLACK }
    }

    fn threshold<T: rank::Ranked>(&self, image: Extended<T>, meta: &VolumeMeta) -> Result<Vec<f32>, Error> {
        let mut out = match self.method {
            LocalMethod::Gaussian => separable::correlate(image, &f32s(&self.weights(meta)?)),
            LocalMethod::Mean => window_mean::mean(&image, &self.offsets(meta)?),
            LocalMethod::Median => {
                let medians = rank::median(image, &self.offsets(meta)?);
                fresh::map(&medians, |out, part| out.iter_mut().zip(part).for_each(|(o, v)| *o = v.to_f32()))
            }
        };
        if self.offset != 0.0 {
            threads::each(out.chunks_mut(1 << 14), |part| lower(part, self.offset));
        }
        Ok(out)
    }
}

simd! {
    fn lower(threshold: &mut [f32], offset: f64) {
        for t in threshold {
            *t = (*t as f64 - offset) as f32;
        }
    }

    pub(super) fn above<T: Element>(mask: &mut [u8], pixels: &[T], threshold: &[f32], slack: f32) {
        for ((m, v), t) in mask.iter_mut().zip(pixels).zip(threshold) {
            let v = v.to_f32();
            *m = (v - t > slack * v.abs()) as u8;
        }
    }
}

impl Host for ThresholdLocal {
    fn reach(&self, inputs: &Metas) -> Result<Reach, Error> {
        let image = inputs.volume("image")?;
        Ok(Reach::Window(match self.method {
            LocalMethod::Gaussian => self.weights(image)?.map(|w| w.len() / 2),
            _ => self.radius(image)?,
        }))
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let (shape, edge, constant) = (image.shape(), self.edge, self.constant);
        let slack = self.slack() as f32;
        let (mask, threshold) = each_dtype!(image.pixels(), |pixels| {
            let threshold = self.threshold(Extended { pixels, shape, edge, constant }, &image.meta())?;
            let mask = fresh::map2(pixels, &threshold, |mask, pixels, threshold| {
                above(mask, pixels, threshold, slack);
            });
            (mask, threshold)
        });
        Ok(vec![Datum::Volume(image.mask(mask)?), Datum::Volume(image.image(threshold)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let threshold = || {
            let image = inputs.volume("image")?;
            let meta = image.meta();
            let grid = Grid::from(image);
            let blurred = match self.method {
                LocalMethod::Gaussian => {
                    let weights = self.weights(&meta)?;
                    let used = (0..3).filter(|&a| !weights[a].is_empty());
                    used.fold(grid.clone(), |grid, axis| {
                        grid.correlate_axis(axis, &weights[axis], self.edge, self.constant)
                    })
                }
                LocalMethod::Mean => {
                    window_mean::reference(&grid, &self.offsets(&meta)?, self.edge, self.constant)
                }
                LocalMethod::Median => {
                    let constant = meta.dtype.quantize(self.constant);
                    rank::reference(&grid, &self.offsets(&meta)?, self.edge, constant)
                }
            };
            let threshold = blurred.map(|t| t - self.offset);
            let scale = threshold.data.iter().filter(|t| t.is_finite()).fold(0.0f64, |m, t| m.max(t.abs()));
            let pairs = grid.data.iter().zip(&threshold.data);
            let mask = pairs.map(|(v, t)| {
                let (above, slack) = (v - t, self.slack() * v.abs());
                let whole = self.method == LocalMethod::Median && self.offset == 0.0;
                // Nearer to the border between yes and no than float32 tells.
                let rounding =
                    if whole { 0.0 } else { 0.6 * slack + 1e-7 * scale.min(t.abs() * 3.0 + 1e-30) };
                if (above - slack).abs() < rounding { f64::NAN } else { (above > slack) as u8 as f64 }
            });
            let mask = Grid { data: mask.collect(), ..grid };
            Ok(vec![Plain::Image(mask), Plain::Image(threshold)])
        };
        Some(threshold())
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    len: u32,
    offset: f32,
    slack: f32,
    padding: u32,
}

impl Device for ThresholdLocal {
    fn fits(&self, inputs: &Metas) -> Result<(), Error> {
        match self.method {
            LocalMethod::Median => rank::fits(&self.offsets(inputs.volume("image")?)?),
            _ => Ok(()),
        }
    }

    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let meta = &image.meta;
        let blurred = match self.method {
            LocalMethod::Gaussian => {
                let weights = f32s(&self.weights(meta)?);
                let constant = self.constant as f32;
                separable::record_correlate(
                    recorder,
                    image.buffer,
                    meta.shape,
                    &weights,
                    self.edge,
                    constant,
                )?
            }
            LocalMethod::Mean => {
                window_mean::record_mean(recorder, image, &self.offsets(meta)?, self.edge, self.constant)?
            }
            LocalMethod::Median => {
                rank::record_median(recorder, image, &self.offsets(meta)?, self.edge, self.constant)?
            }
        };
        let n = image.buffer.len;
        let (mask, threshold) = (recorder.buffer(n), recorder.buffer(n));
        let params =
            Params { len: n as u32, offset: self.offset as f32, slack: self.slack() as f32, padding: 0 };
        let pass = recorder.pass(&THRESHOLD_LOCAL).uniform(&params);
        pass.bind(&[image.buffer, blurred, mask, threshold]).over(n)?;
        Ok(vec![DeviceOutput::volume(mask), DeviceOutput::volume(threshold)])
    }
}
