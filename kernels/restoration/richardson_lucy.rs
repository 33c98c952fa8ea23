use crate::common::device_fft::DeviceFft;
use crate::common::fft::{Complex, Convolver, RealFft, Sweep, fast_length};
use crate::common::parts;
use crate::common::threads;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::*;
use rotifer_shaders::restoration::RICHARDSON_LUCY;

op! {
    /// Sharpens an image that was blurred by a known point spread function, by Richardson and Lucy's iterations.
    ///
    /// From an estimate of 0.5 everywhere, each iteration multiplies it by the image over the blurred estimate, itself
    /// blurred with the mirrored `psf`; beyond the border all is 0. The image is taken as it is: bring it to 0 to 1 before,
    /// since `clip` cuts the result at −1 and 1. Light is not negative: values below 0, and NaN, count as 0 in both inputs.
    /// The `psf` should sum to 1 and has as many axes as the image.
    pub struct RichardsonLucy {
        /// Iterations; more sharpen more, noise too.
        num_iter: u32 = 50, range(1, 100_000);
        /// Cuts the result at −1 and 1.
        clip: bool = true;
        /// Where the blurred estimate lies below this, the quotient is 0.
        filter_epsilon: Option<f64> = None, range(0.0, 1e30);
    }
    id: "richardson_lucy", revision: 1, family: Restoration,
    memory: host_and_device,
    inputs: { image: Image, psf: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(5e-5), follows: "skimage.restoration.richardson_lucy 0.26",
    python: "ski.restoration.richardson_lucy(np.fmax(f64(image), 0), np.fmax(f64(psf), 0), num_iter=num_iter, clip=clip, filter_epsilon=filter_epsilon)",
    examples: ["num_iter = 3\nclip = false", "num_iter = 4\nclip = false\nfilter_epsilon = 0.1"],
}

/// Added to the blurred estimate, against division by 0.
const EPSILON: f64 = 1e-12;

impl RichardsonLucy {
    fn quotient(&self, image: f64, blurred: f64) -> f64 {
        let blurred = blurred + EPSILON;
        match self.filter_epsilon {
            Some(least) if least > 0.0 && blurred < least => 0.0,
            _ => image / blurred,
        }
    }

    fn clipped(&self, value: f64) -> f64 {
        if self.clip { value.clamp(-1.0, 1.0) } else { value }
    }
}

/// Extents of the transforms. Pixels that wrap around must not reach the image: half of the psf beyond the border is enough.
fn padded(shape: [usize; 3], psf: [usize; 3]) -> [usize; 3] {
    std::array::from_fn(|a| match psf[a] {
        1 => shape[a],
        extent => fast_length(shape[a].max(extent) + extent / 2),
    })
}

/// The pixels, what is negative or NaN as 0.
fn numbers(volume: &Volume) -> Vec<f32> {
    parts::floats(volume, |v| v.max(0.0))
}

/// The spectrum of a point spread function whose middle lies at the origin; with `mirrored`, of its mirror image.
fn transfer(fft: &RealFft<f32>, psf: &Volume, shape: [usize; 3], mirrored: bool) -> Vec<Complex<f32>> {
    let [nz, ny, nx] = shape;
    let extent = psf.shape();
    let mut wrapped = vec![0.0; nz * ny * nx];
    for (i, v) in numbers(psf).into_iter().enumerate() {
        let p = [i / extent[2] / extent[1], i / extent[2] % extent[1], i % extent[2]];
        let at: [usize; 3] = std::array::from_fn(|a| {
            let p = if mirrored { extent[a] - 1 - p[a] } else { p[a] };
            (p as i64 - (extent[a] as i64 - 1) / 2).rem_euclid(shape[a] as i64) as usize
        });
        wrapped[(at[0] * ny + at[1]) * nx + at[2]] += v;
    }
    fft.forward(|first, row| row.copy_from_slice(&wrapped[first..first + row.len()]))
}

impl Host for RichardsonLucy {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let (image, psf) = (inputs.volume("image")?, inputs.volume("psf")?);
        if image.ndim != psf.ndim {
            return Err(Error::new(Code::Shape, "`psf` must have as many axes as `image`")
                .value(psf.shape_text())
                .allowed(format!("{} axes", image.ndim)));
        }
        Ok(())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let (volume, psf) = (inputs.volume("image")?, inputs.volume("psf")?);
        let image = numbers(volume);
        let shape = volume.shape();
        let padded = padded(shape, psf.shape());
        let [blur, spread] = {
            let whole = RealFft::new(padded, padded);
            [false, true].map(|mirrored| transfer(&whole, psf, padded, mirrored))
        };
        let mut estimate = parts::by_pixels(image.len(), |_| 0.5f32);
        let mut convolver = Convolver::new(shape, padded);
        convolver.sweep(Sweep::First, &mut estimate, |_, row, own| row.copy_from_slice(own));
        for i in 1..=self.num_iter {
            convolver.convolve(&blur);
            convolver.sweep(Sweep::Between, &mut estimate, |first, row, _| {
                for (blurred, image) in row.iter_mut().zip(&image[first..]) {
                    // Rounding of the transforms must not make it negative.
                    *blurred = self.quotient(*image as f64, blurred.max(0.0) as f64) as f32;
                }
            });
            convolver.convolve(&spread);
            let sweep = if i == self.num_iter { Sweep::Last } else { Sweep::Between };
            convolver.sweep(sweep, &mut estimate, |_, row, own| {
                for (factor, estimate) in row.iter_mut().zip(own) {
                    *estimate *= factor.max(0.0);
                    *factor = *estimate;
                }
            });
        }
        threads::each(estimate.chunks_mut(1 << 14), |part| {
            part.iter_mut().for_each(|v| *v = self.clipped(*v as f64) as f32);
        });
        Ok(vec![Datum::Volume(volume.image::<f32>(estimate)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let restore = || {
            let plain = |v: &Volume| Grid::from(v).map(|x| x.max(0.0));
            let (image, psf) = (plain(inputs.volume("image")?), plain(inputs.volume("psf")?));
            let convolve = |grid: &Grid, mirrored: bool| {
                grid.map_at(|p| {
                    let mut sum = 0.0;
                    psf.map_at(|k| {
                        // The middle of an even psf is the pixel before the true middle, mirrored or not.
                        let q: [i64; 3] = std::array::from_fn(|a| {
                            let middle = (psf.shape[a] as i64 - 1) / 2;
                            let k = if mirrored { psf.shape[a] - 1 - k[a] } else { k[a] };
                            p[a] as i64 + middle - k as i64
                        });
                        if (0..3).all(|a| q[a] >= 0 && q[a] < grid.shape[a] as i64) {
                            sum += psf.at(k) * grid.at(q.map(|v| v as usize));
                        }
                        0.0
                    });
                    sum
                })
            };
            let mut estimate = image.map(|_| 0.5);
            for _ in 0..self.num_iter {
                let blurred = convolve(&estimate, false);
                let ratio = image.map_at(|p| self.quotient(image.at(p), blurred.at(p)));
                let factor = convolve(&ratio, true);
                estimate = estimate.map_at(|p| estimate.at(p) * factor.at(p));
            }
            Ok(vec![Plain::Image(estimate.map(|v| self.clipped(v)))])
        };
        Some(restore())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        let pixels = |name| inputs.volume(name).map_or(1, VolumeMeta::len);
        [pixels("psf"), 2 * self.num_iter as usize].into_iter().fold(pixels("image"), usize::saturating_mul)
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    shape: [u32; 3],
    /// Of a psf: whether it is mirrored.
    clip: u32,
    padded: [u32; 3],
    epsilon: f32,
}

impl Device for RichardsonLucy {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let (image, psf) = (inputs.volume("image")?, inputs.volume("psf")?);
        let shape = image.meta.shape;
        let extents = padded(shape, psf.meta.shape);
        let fft = DeviceFft::new(recorder, extents);
        let pixels = fft.elements() / 2;
        let params = |shape: [usize; 3], clip: bool| Params {
            shape: shape.map(|n| n as u32),
            clip: clip as u32,
            padded: extents.map(|n| n as u32),
            epsilon: self.filter_epsilon.unwrap_or(0.0) as f32,
        };
        let pass = |recorder: &mut Recorder, entry, params: Params, buffers: &[Buffer], threads| {
            recorder.pass(&RICHARDSON_LUCY).entry(entry).uniform(&params).bind(buffers).over(threads)
        };
        let mut transfers = Vec::new();
        for mirrored in [false, true] {
            let wrapped = recorder.buffer(fft.elements());
            pass(recorder, "wrap", params(psf.meta.shape, mirrored), &[psf.buffer, wrapped], pixels)?;
            transfers.push(fft.forward(recorder, wrapped)?);
        }
        let own = params(shape, self.clip);
        let estimate = recorder.buffer(image.meta.len());
        let spread = recorder.buffer(fft.elements());
        pass(recorder, "begin", own, &[estimate, spread], pixels)?;
        for _ in 0..self.num_iter {
            let spectrum = fft.forward(recorder, spread)?;
            pass(recorder, "multiply", own, &[transfers[0], spectrum], pixels)?;
            let blurred = fft.inverse(recorder, spectrum)?;
            pass(recorder, "quotient", own, &[image.buffer, blurred], pixels)?;
            let spectrum = fft.forward(recorder, blurred)?;
            pass(recorder, "multiply", own, &[transfers[1], spectrum], pixels)?;
            let factor = fft.inverse(recorder, spectrum)?;
            pass(recorder, "improve", own, &[factor, estimate, spread], pixels)?;
        }
        if self.clip {
            pass(recorder, "cut", own, &[estimate], image.meta.len())?;
        }
        Ok(vec![DeviceOutput::volume(estimate)])
    }
}
