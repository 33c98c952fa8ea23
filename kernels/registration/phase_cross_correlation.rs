use crate::common::device_fft::{DeviceFft, pair};
use crate::common::fft::{Complex64, RealFft};
use crate::common::readback::{floats, words};
use crate::common::shape::same_shape;
use crate::common::threads;
use crate::simd;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::*;
use rotifer_shaders::registration::PHASE_CROSS_CORRELATION;
use std::f64::consts::TAU;

choice! {
    /// How the spectra are weighed before they are correlated.
    pub enum Normalization {
        /// Every frequency counts the same: indifferent to illumination, less robust to noise.
        Phase = "phase",
        /// As strong as it is in both images.
        Unweighted = "unweighted",
    }
}

op! {
    /// Finds the shift that lays `moving` on `reference`, by the peak of their cross-correlation.
    ///
    /// The images are taken as periodic; the peak is found to whole pixels by FFT, then to 1 / `upsample_factor` of a pixel by
    /// a DFT around it. Of equal peaks (to 10⁻⁹) the first in raster order counts, and
    /// frequencies below 10⁻¹² of the strongest are rounding and do not count. A table of one row: `shift-0`, ... in
    /// pixels along the axes (z,) y, x, to be added to positions in `moving`; `error`, √|1 − p² / (Σr²·Σm²)| with the peak
    /// p and the pixels r, m of both images; `phasediff`, the phase of the peak in radians, 0 below 10⁻⁹. Where frequencies
    /// are `unweighted`, p is Σr·m of the images laid on each other: `error` is 0 for equal images and the larger the less
    /// they have in common, up to 1. Where only the phase counts, p is 1 for equal images and less for others, while the
    /// sums are those of the images as they are: `error` is then near 1 for all images of usual brightness, equal ones too,
    /// and says nothing of how well they fit. An image with NaN or infinite pixels gives NaN. The device computes in pairs
    /// of floats and takes axes of up to 65,535 pixels where `upsample_factor` is above 1.
    pub struct PhaseCrossCorrelation {
        /// Steps to a pixel.
        upsample_factor: u32 = 1, range(1, 1000);
        /// How frequencies are weighed.
        normalization: Normalization = Normalization::Phase;
    }
    id: "phase_cross_correlation", revision: 1, family: Registration,
    memory: host_and_device,
    inputs: { reference: Image, moving: Image },
    outputs: { shift: Table },
    agrees: Relative(1e-6), follows: "skimage.registration.phase_cross_correlation 0.26",
    python: "
shift, error, phase = ski.registration.phase_cross_correlation(f64(reference), f64(moving), upsample_factor=upsample_factor, normalization='phase' if normalization == 'phase' else None)
phase = 0.0 if abs(phase) < 1e-9 else phase
result = {**{f'shift-{i}': np.array([s]) for i, s in enumerate(shift)}, 'error': np.array([error]), 'phasediff': np.array([phase])}",
    examples: ["upsample_factor = 10", "normalization = \"unweighted\"", "upsample_factor = 4\nnormalization = \"unweighted\""],
}

/// Spectra weaker than this are not raised to full weight.
const WEAKEST: f64 = 100.0 * f64::EPSILON;

/// Frequencies this much below the strongest are rounding.
const ROUNDING: f64 = 1e-12;

/// The absolute value. Spectra of float32 images are far from where their squares overflow.
fn norm(v: Complex64) -> f64 {
    v.norm_sqr().sqrt()
}

/// Whether a frequency is rounding, by the largest absolute value of all.
fn rounding(v: Complex64, largest: f64) -> bool {
    v.norm_sqr() < (ROUNDING * largest).powi(2)
}

fn largest(spectrum: &[Complex64]) -> f64 {
    let parts = threads::of_chunks(spectrum, 1 << 14, |_, part| {
        part.iter().map(Complex64::norm_sqr).fold(0.0, f64::max)
    });
    parts.into_iter().fold(0.0, f64::max).sqrt()
}

/// The sum of squares, in parts that do not depend on the number of threads; not finite where a pixel is not.
fn energy(image: &Volume) -> f64 {
    let square = |v: f64| v * v;
    let parts: Vec<f64> = each_dtype!(image.pixels(), |p| {
        threads::of_chunks(p, 1 << 14, |_, part| part.iter().map(|v| square(v.to_f64())).sum::<f64>())
    });
    parts.into_iter().sum()
}

/// The spectrum of an image.
fn spectrum(fft: &RealFft<f64>, image: &Volume) -> Vec<Complex64> {
    each_dtype!(image.pixels(), |p| fft
        .forward(|first, row| row.iter_mut().zip(&p[first..]).for_each(|(to, v)| *to = v.to_f64())))
}

/// Place of the largest absolute value; of values that are as large to 10⁻⁹, the first.
fn peak<T: Copy + Sync>(values: &[T], size: impl Fn(T) -> f64 + Sync) -> usize {
    const PART: usize = 1 << 12;
    let largest = |_, part: &[T]| part.iter().map(|v| size(*v)).fold(0.0, f64::max);
    let parts = threads::of_chunks(values, PART, largest);
    let least = parts.iter().copied().fold(0.0, f64::max) * (1.0 - 1e-9);
    let first = PART * parts.iter().position(|largest| *largest >= least).unwrap_or(0);
    first + values[first..].iter().position(|v| size(*v) >= least).unwrap_or(0)
}

/// The frequency of an index, negative from the middle on: `numpy.fft.fftfreq` times n.
fn frequency(k: usize, n: usize) -> f64 {
    if k < n.div_ceil(2) { k as f64 } else { k as f64 - n as f64 }
}

impl PhaseCrossCorrelation {
    /// The product of two spectra, whose largest absolute values are given.
    fn weighed(&self, a: Complex64, b: Complex64, largest: [f64; 2]) -> Complex64 {
        let product = a * b.conj();
        match self.normalization {
            Normalization::Unweighted => product,
            // Full weight would turn rounding into signal.
            _ if rounding(a, largest[0]) || rounding(b, largest[1]) => Complex64::ZERO,
            Normalization::Phase => product / norm(product).max(WEAKEST),
        }
    }

    /// The shift to whole pixels, from the place of the peak.
    fn whole(place: usize, shape: [usize; 3]) -> [f64; 3] {
        let p = [place / shape[2] / shape[1], place / shape[2] % shape[1], place % shape[2]];
        std::array::from_fn(|a| if p[a] > shape[a] / 2 { p[a] as f64 - shape[a] as f64 } else { p[a] as f64 })
    }

    /// The samples along each axis around a whole shift, in pixels.
    fn around(&self, shift: [f64; 3], ndim: usize) -> [Vec<f64>; 3] {
        let factor = self.upsample_factor as f64;
        let size = (factor * 1.5).ceil() as usize;
        std::array::from_fn(|a| {
            let count = if a < 3 - ndim { 1 } else { size };
            (0..count).map(|i| shift[a] + (i as f64 - (count as f64 / 2.0).trunc()) / factor).collect()
        })
    }

    fn unknown(&self, meta: &VolumeMeta) -> Result<Table, Error> {
        self.table(meta, [f64::NAN; 3], Complex64::new(f64::NAN, f64::NAN), 1.0)
    }

    fn table(&self, meta: &VolumeMeta, shift: [f64; 3], peak: Complex64, power: f64) -> Result<Table, Error> {
        let mut table = Table::new();
        for (i, a) in meta.axes().enumerate() {
            // Along one single pixel nothing can move.
            let shift = if meta.shape[a] == 1 && !peak.re.is_nan() { 0.0 } else { shift[a] };
            table.push(format!("shift-{i}"), Values::Float(vec![shift]))?;
        }
        // Equal images, and the phase of a real peak, leave rounding only.
        let left = (1.0 - peak.norm_sqr() / power).abs();
        let error = if left < 1e-12 { 0.0 } else { left.sqrt() };
        let im = if peak.im.abs() <= 1e-9 * peak.re.abs() { 0.0 } else { peak.im };
        table.push("error", Values::Float(vec![error]))?;
        table.push("phasediff", Values::Float(vec![im.atan2(peak.re)]))?;
        Ok(table)
    }
}

impl Host for PhaseCrossCorrelation {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["reference", "moving"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let (reference, moving) = (inputs.volume("reference")?, inputs.volume("moving")?);
        let meta = reference.meta();
        let shape = meta.shape;
        let energy = energy(reference) * energy(moving);
        if !energy.is_finite() {
            return Ok(vec![Datum::Table(self.unknown(&meta)?)]);
        }
        let fft = RealFft::new(shape, shape);
        let (mut product, other) = (spectrum(&fft, reference), spectrum(&fft, moving));
        let both = [largest(&product), largest(&other)];
        threads::each(product.chunks_mut(1 << 12).zip(other.chunks(1 << 12)), |(product, other)| {
            product.iter_mut().zip(other).for_each(|(a, b)| *a = self.weighed(*a, *b, both));
        });
        if self.upsample_factor == 1 {
            let correlation = fft.inverse(&product);
            let place = peak(&correlation, f64::abs);
            let (shift, height) = (Self::whole(place, shape), Complex64::new(correlation[place], 0.0));
            return Ok(vec![Datum::Table(self.table(&meta, shift, height, energy)?)]);
        }
        let place = peak(&fft.inverse(&product), f64::abs);
        let samples = self.around(Self::whole(place, shape), meta.ndim);
        let fine = sampled(&product, shape, &samples);
        let place = peak(&fine, norm);
        let counts = samples.each_ref().map(Vec::len);
        let p = [place / counts[2] / counts[1], place / counts[2] % counts[1], place % counts[2]];
        let shift = std::array::from_fn(|a| samples[a][p[a]]);
        let pixels = shape.iter().product::<usize>() as f64;
        Ok(vec![Datum::Table(self.table(&meta, shift, fine[place], energy * pixels * pixels)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(self.plain(inputs))
    }

    fn effort(&self, inputs: &Metas) -> usize {
        // Each of the sums over an axis has a sine and a cosine for each of its terms.
        inputs.volume("reference").map_or(1, |v| v.shape.iter().sum::<usize>().saturating_mul(20 * v.len()))
    }
}

/// exp(2πi·k·x/n) for the samples x, row by row of k.
fn waves(samples: &[f64], n: usize, frequencies: usize) -> Vec<Complex64> {
    let wave = |k: usize| samples.iter().map(move |x| Complex64::cis(TAU * frequency(k, n) * x / n as f64));
    (0..frequencies).flat_map(wave).collect()
}

/// Frequencies that are worked on together.
const LANES: usize = 64;

simd! {
    /// Adds these values times each wave to its sums, real and imaginary parts apart.
    fn add_waves(re: &mut [[f64; LANES]], im: &mut [[f64; LANES]], values: &[Complex64], waves: &[Complex64]) {
        let mut parts = [[0.0; LANES]; 2];
        for (i, v) in values.iter().enumerate() {
            (parts[0][i], parts[1][i]) = (v.re, v.im);
        }
        let [a, b] = &parts;
        for ((re, im), wave) in re.iter_mut().zip(im).zip(waves) {
            for i in 0..LANES {
                re[i] += a[i] * wave.re - b[i] * wave.im;
                im[i] += a[i] * wave.im + b[i] * wave.re;
            }
        }
    }
}

/// The correlation between pixels: the spectrum (half of it, as x, y, z) summed with the waves of every sample.
fn sampled(spectrum: &[Complex64], shape: [usize; 3], samples: &[Vec<f64>; 3]) -> Vec<Complex64> {
    let [nz, ny, nx] = shape;
    let [cz, cy, cx] = samples.each_ref().map(Vec::len);
    let half = nx / 2 + 1;
    let plane = ny * nz;
    let along_x = waves(&samples[2], nx, half);
    // The sum over x: frequencies that stand for themselves, and those whose mirror image is left out.
    let columns: Vec<[Vec<Complex64>; 2]> = threads::collect(0..plane.div_ceil(LANES), |block| {
        let range = block * LANES..plane.min(block * LANES + LANES);
        let zero = || vec![[0.0; LANES]; cx];
        let mut sums = [[zero(), zero()], [zero(), zero()]];
        for k in 0..half {
            let alone = k == 0 || 2 * k == nx;
            let [re, im] = &mut sums[!alone as usize];
            add_waves(re, im, &spectrum[k * plane..][range.clone()], &along_x[k * cx..][..cx]);
        }
        sums.map(|[re, im]| {
            let by_lane = |lane| (0..cx).map(move |i| (lane, i));
            let places = (0..range.len()).flat_map(by_lane);
            places.map(|(lane, i)| Complex64::new(re[i][lane], im[i][lane])).collect()
        })
    });
    let part = |which: usize| columns.iter().flat_map(|c| &c[which]).copied().collect::<Vec<_>>();
    let (alone, paired) = (part(0), part(1));
    // The mirror image of frequency (z, y, x) is the conjugate at (−z, −y, −x).
    let along_y = waves(&samples[1], ny, ny);
    let along_z = waves(&samples[0], nz, nz);
    let mut by_z = vec![Complex64::ZERO; nz * cy * cx];
    for y in 0..ny {
        for z in 0..nz {
            let here = (y * nz + z) * cx;
            let mirror = ((ny - y) % ny * nz + (nz - z) % nz) * cx;
            for j in 0..cy {
                let wave = along_y[y * cy + j];
                for i in 0..cx {
                    let v = alone[here + i] + paired[here + i] + paired[mirror + i].conj();
                    by_z[(z * cy + j) * cx + i] += v * wave;
                }
            }
        }
    }
    let mut out = vec![Complex64::ZERO; cz * cy * cx];
    for z in 0..nz {
        for l in 0..cz {
            let wave = along_z[z * cz + l];
            for (to, v) in out[l * cy * cx..][..cy * cx].iter_mut().zip(&by_z[z * cy * cx..]) {
                *to += v * wave;
            }
        }
    }
    out
}

impl PhaseCrossCorrelation {
    /// The definition with discrete Fourier sums, axis by axis.
    fn plain(&self, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let meta = inputs.volume("reference")?.meta();
        let shape = meta.shape;
        // Sums over one axis with waves of either sign at given places.
        let along = |data: &[Complex64],
                     shape: [usize; 3],
                     axis: usize,
                     sign: f64,
                     places: &[f64],
                     n: usize,
                     signed: bool| {
            let mut to = shape;
            to[axis] = places.len();
            let mut out = Vec::new();
            for i in 0..to.iter().product::<usize>() {
                let mut p = [i / to[2] / to[1], i / to[2] % to[1], i % to[2]];
                let place = places[p[axis]];
                let mut sum = Complex64::ZERO;
                for k in 0..shape[axis] {
                    p[axis] = k;
                    let frequency = if signed { frequency(k, n) } else { k as f64 };
                    let turn = (frequency * place / n as f64).fract();
                    sum +=
                        data[(p[0] * shape[1] + p[1]) * shape[2] + p[2]] * Complex64::cis(sign * TAU * turn);
                }
                out.push(sum);
            }
            (out, to)
        };
        let all = |n: usize| (0..n).map(|i| i as f64).collect::<Vec<_>>();
        let mut spectra = Vec::new();
        let mut energy = 1.0;
        for name in ["reference", "moving"] {
            let pixels = inputs.volume(name)?.f64s();
            if pixels.iter().any(|v| !v.is_finite()) {
                return Ok(vec![Plain::Table(self.unknown(&meta)?)]);
            }
            energy *= pixels.iter().map(|v| v * v).sum::<f64>();
            let mut data: Vec<Complex64> = pixels.into_iter().map(|v| Complex64::new(v, 0.0)).collect();
            for axis in 0..3 {
                data = along(&data, shape, axis, -1.0, &all(shape[axis]), shape[axis], false).0;
            }
            spectra.push(data);
        }
        let both = [largest(&spectra[0]), largest(&spectra[1])];
        let product: Vec<Complex64> =
            spectra[0].iter().zip(&spectra[1]).map(|(a, b)| self.weighed(*a, *b, both)).collect();
        let pixels = shape.iter().product::<usize>() as f64;
        let mut coarse = product.clone();
        for axis in 0..3 {
            coarse = along(&coarse, shape, axis, 1.0, &all(shape[axis]), shape[axis], false).0;
        }
        let place = peak(&coarse, norm);
        let shift = Self::whole(place, shape);
        let row = if self.upsample_factor == 1 {
            self.table(&meta, shift, coarse[place] / pixels, energy)?
        } else {
            let samples = self.around(shift, meta.ndim);
            let (mut fine, mut counts) = (product, shape);
            for axis in 0..3 {
                (fine, counts) = along(&fine, counts, axis, 1.0, &samples[axis], shape[axis], true);
            }
            let place = peak(&fine, norm);
            let p = [place / counts[2] / counts[1], place / counts[2] % counts[1], place % counts[2]];
            let shift = std::array::from_fn(|a| samples[a][p[a]]);
            self.table(&meta, shift, fine[place], energy * pixels * pixels)?
        };
        Ok(vec![Plain::Table(row)])
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    shape: [u32; 3],
    /// Image 0 or 1; the peak of the pixels, 0, or of the samples, 1.
    which: u32,
    out_shape: [u32; 3],
    axis: u32,
    image_shape: [u32; 3],
    len: u32,
    factor: u32,
    phase: u32,
    zero: u32,
    padding: u32,
}

/// Longest axis that the shader samples between pixels: the square must be below 2³².
const LONGEST: usize = 65_535;

/// Workgroups that add up or compare a whole image.
const PARTIALS: usize = 256;

/// Threads of a workgroup.
const THREADS: usize = 256;

/// exp(2πi·k/n) for k below `count`.
fn turns(count: usize, n: usize) -> Vec<[[f32; 2]; 2]> {
    let root = |k: usize| {
        let wave = Complex64::cis(TAU * k as f64 / n as f64);
        [pair(wave.re), pair(wave.im)]
    };
    (0..count).map(root).collect()
}

fn small(shape: [usize; 3]) -> [u32; 3] {
    shape.map(|n| n as u32)
}

impl PhaseCrossCorrelation {
    fn record_peak(
        recorder: &mut Recorder,
        params: Params,
        values: Buffer,
        totals: Buffer,
        taken: Buffer,
    ) -> Result<(), Error> {
        let len = params.len as usize;
        let groups = len.div_ceil(THREADS).min(PARTIALS);
        let (partial, peak) = (recorder.buffer(4 * groups), recorder.buffer(4));
        let mut pass = |entry, params: &Params, buffers: &[Buffer], groups: usize| {
            recorder.pass(&PHASE_CROSS_CORRELATION).entry(entry).uniform(params).bind(buffers).groups(groups)
        };
        pass("largest", &params, &[values, partial], groups)?;
        pass("largest", &Params { len: groups as u32, ..params }, &[partial, peak], 1)?;
        pass("place", &params, &[values, totals, peak], len.div_ceil(THREADS))?;
        pass("take", &params, &[values, totals, taken], 1)
    }
}

impl Device for PhaseCrossCorrelation {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let meta = &inputs.volume("reference")?.meta;
        let (shape, n) = (meta.shape, meta.len());
        if self.upsample_factor > 1 && shape.iter().any(|&n| n > LONGEST) {
            return Err(Error::new(Code::DeviceMemory, "an axis is too long to be sampled between pixels")
                .value(format!("{shape:?}"))
                .allowed(format!("up to {LONGEST} pixels")));
        }
        let mut params = Params {
            shape: small(shape),
            which: 0,
            out_shape: small(shape),
            axis: 0,
            image_shape: small(shape),
            len: n as u32,
            factor: self.upsample_factor,
            phase: matches!(self.normalization, Normalization::Phase) as u32,
            zero: 0,
            padding: 0,
        };
        let fft = DeviceFft::of_pairs(recorder, shape);
        let groups = n.div_ceil(THREADS).min(PARTIALS);
        let pass = |recorder: &mut Recorder, entry, params: &Params, buffers: &[Buffer]| {
            recorder.pass(&PHASE_CROSS_CORRELATION).entry(entry).uniform(params).bind(buffers).over(n)
        };
        let totals = recorder.zeros(6);
        let taken = recorder.zeros(8);
        let mut read = vec![totals, taken];
        let mut spectra = Vec::new();
        for (which, name) in ["reference", "moving"].into_iter().enumerate() {
            params.which = which as u32;
            let image = inputs.volume(name)?.buffer;
            let complex = recorder.buffer(fft.elements());
            let energy = recorder.buffer(2 * groups);
            pass(recorder, "survey", &params, &[image, totals])?;
            pass(recorder, "to_complex", &params, &[image, totals, complex])?;
            recorder
                .pass(&PHASE_CROSS_CORRELATION)
                .entry("energy")
                .uniform(&params)
                .bind(&[image, totals, energy])
                .groups(groups)?;
            read.push(energy);
            let spectrum = fft.forward(recorder, complex)?;
            pass(recorder, "survey_spectrum", &params, &[spectrum, totals])?;
            spectra.push(spectrum);
        }
        let product = recorder.buffer(fft.elements());
        pass(recorder, "weigh", &params, &[spectra[0], totals, spectra[1], product])?;
        let correlation = fft.inverse(recorder, product)?;
        params.which = 0;
        Self::record_peak(recorder, params, correlation, totals, taken)?;
        if self.upsample_factor > 1 {
            let factor = self.upsample_factor as usize;
            let counts = self.around([0.0; 3], meta.ndim).map(|samples| samples.len());
            let (mut samples, mut extents) = (product, shape);
            for axis in (0..3).rev() {
                let roots = recorder.constant(&turns(shape[axis], shape[axis]));
                let fine_roots = recorder.constant(&turns(factor, factor * shape[axis]));
                params.shape = small(extents);
                extents[axis] = counts[axis];
                params.out_shape = small(extents);
                params.axis = axis as u32;
                let len = extents.iter().product::<usize>();
                let to = recorder.buffer(4 * len);
                recorder
                    .pass(&PHASE_CROSS_CORRELATION)
                    .entry("sample")
                    .uniform(&params)
                    .bind(&[samples, totals, roots, fine_roots, to])
                    .over(len)?;
                samples = to;
            }
            params.which = 1;
            params.len = extents.iter().product::<usize>() as u32;
            Self::record_peak(recorder, params, samples, totals, taken)?;
        }
        Ok(vec![DeviceOutput::Readback(read)])
    }

    fn finish(&self, inputs: &Metas, _output: usize, read: &[Vec<u8>]) -> Result<Datum, Error> {
        let meta = inputs.volume("reference")?;
        let [totals, taken, energies @ ..] = read else {
            return Err(Error::new(Code::Internal, "peaks and energies are read back"));
        };
        let (totals, taken) = (words(totals), floats(taken));
        let largest = &totals[..2];
        if largest.iter().any(|bits| *bits >= f32::INFINITY.to_bits()) {
            return Ok(Datum::Table(self.unknown(meta)?));
        }
        // The shader divides each image by this power of two.
        let scale: f64 =
            largest.iter().map(|bits| (((bits >> 23) as i32 - 127).clamp(-126, 126) as f64).exp2()).product();
        let sum = |bytes: &Vec<u8>| floats(bytes).into_iter().map(f64::from).sum::<f64>();
        let energy = energies.iter().map(sum).product::<f64>() * scale * scale;
        let unit = if matches!(self.normalization, Normalization::Phase) { 1.0 } else { scale };
        let peak = |which: usize| {
            let [a, b, c, d] = std::array::from_fn(|i| taken[4 * which + i] as f64);
            Complex64::new(a + b, c + d) * unit
        };
        let pixels = meta.len() as f64;
        let whole = Self::whole(!totals[4] as usize, meta.shape);
        let table = if self.upsample_factor == 1 {
            let peak = Complex64::new(peak(0).re / pixels, 0.0);
            self.table(meta, whole, peak, energy)?
        } else {
            let samples = self.around(whole, meta.ndim);
            let [_, ny, nx] = samples.each_ref().map(Vec::len);
            let place = !totals[5] as usize;
            let p = [place / nx / ny, place / nx % ny, place % nx];
            let shift = std::array::from_fn(|a| samples[a].get(p[a]).copied().unwrap_or(f64::NAN));
            self.table(meta, shift, peak(1), energy * pixels * pixels)?
        };
        Ok(Datum::Table(table))
    }
}
