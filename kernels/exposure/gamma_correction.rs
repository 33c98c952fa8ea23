use crate::common::fresh;
use crate::common::pointwise::{self, Params};
use crate::simd;
use rotifer_registry::*;
use rotifer_shaders::exposure::GAMMA_CORRECTION;
use std::f64::consts::{FRAC_1_SQRT_2, LN_2, LOG2_E};

op! {
    /// Raises every pixel to a power, as a fraction of the range of its dtype.
    ///
    /// The result is gain · scale · (value / scale)^gamma, where scale is the largest value of the image's dtype, and 1 for
    /// float images: never one of the image's own values. Gamma above 1 darkens. Values below 0 are taken as 0 (the
    /// reference refuses them); integers are rounded half to even (the reference cuts 16-bit results off).
    pub struct GammaCorrection {
        /// The exponent.
        gamma: f64 = 1.0, range(0.0, 100.0);
        /// Factor of the result.
        gain: f64 = 1.0, range(0.0, 1e6);
    }
    id: "gamma_correction", revision: 1, family: Exposure,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Relative(5e-6), follows: "skimage.exposure.adjust_gamma 0.26",
    python: "scale = 1.0 if image.dtype.kind == 'f' else 255.0 if image.dtype == bool else float(np.iinfo(image.dtype).max)
result = ski.exposure.adjust_gamma(np.maximum(f64(image), 0) / scale, gamma, gain) * scale",
    examples: ["gamma = 2.2", "gamma = 0.5\ngain = 0.9", "gamma = 0"],
}

impl GammaCorrection {
    fn value(&self, value: f64, scale: f64) -> f64 {
        let value = if value < 0.0 { 0.0 } else { value };
        (value / scale).powf(self.gamma) * scale * self.gain
    }

    /// The result for every value of a dtype of at most 16 bits.
    fn table<T: Element>(&self) -> Vec<T> {
        let (lo, hi) = T::DTYPE.range();
        (lo as i64..=hi as i64).map(|v| T::from_f64(self.value(v as f64, hi))).collect()
    }

    fn direct<T: Element>(&self, pixels: &[T]) -> Vec<T> {
        let scale = T::DTYPE.range().1;
        let (gamma, factor) = (self.gamma, self.gain * scale);
        if gamma == 0.0 {
            return vec![T::from_f64(factor); pixels.len()];
        }
        fresh::map(pixels, |out, pixels| raise(out, pixels, scale, gamma, factor))
    }
}

simd! {
    fn raise<T: Element>(out: &mut [T], pixels: &[T], scale: f64, gamma: f64, factor: f64) {
        for (o, v) in out.iter_mut().zip(pixels) {
            *o = T::from_f64(power(v.to_f64() / scale, gamma) * factor);
        }
    }
}

/// x to the power g > 0 within 1e-11 of the result, 0 for x below 0: all plain arithmetic, so that loops run in vectors.
#[inline(always)]
fn power(x: f64, g: f64) -> f64 {
    const MAGIC: f64 = 6_755_399_441_055_744.0; // 1.5 · 2^52: whole numbers stand in its lowest bits
    const INVERSE_FACTORIALS: [f64; 12] = [
        1.0,
        1.0,
        1.0 / 2.0,
        1.0 / 6.0,
        1.0 / 24.0,
        1.0 / 120.0,
        1.0 / 720.0,
        1.0 / 5040.0,
        1.0 / 40320.0,
        1.0 / 362880.0,
        1.0 / 3628800.0,
        1.0 / 39916800.0,
    ];
    let bits = x.to_bits();
    // x = 2^e · m with m around 1.
    let shifted = bits.wrapping_sub(FRAC_1_SQRT_2.to_bits());
    // The exponent, biased to be positive, in the lowest bits of 2^52.
    let e = f64::from_bits(((shifted as i64 >> 52) + 2048) as u64 | 0x433 << 52)
        - (4_503_599_627_370_496.0 + 2048.0);
    let m = f64::from_bits((shifted & ((1 << 52) - 1)).wrapping_add(FRAC_1_SQRT_2.to_bits()));
    let s = (m - 1.0) / (m + 1.0);
    let q = s * s;
    let series =
        1.0 + q * (1.0 / 3.0 + q * (0.2 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q / 13.0)))));
    let y = (g * (e + s * series * (2.0 * LOG2_E))).clamp(-1000.0, 1000.0);
    let rounded = y + MAGIC;
    let f = (y - (rounded - MAGIC)) * LN_2;
    let exp = INVERSE_FACTORIALS.iter().rev().fold(0.0, |sum, c| sum * f + c);
    let two_n = f64::from_bits(rounded.to_bits().wrapping_add(1023) << 52);
    let result = exp * two_n;
    let result = if x > 0.0 { result } else { 0.0 };
    if x < f64::INFINITY { result } else { x }
}

impl Host for GammaCorrection {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Point)
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let out = match image.pixels() {
            Pixels::U8(a) => {
                let table = self.table::<u8>();
                image.image(pointwise::map(volume::slice(a), |v| table[v as usize]))
            }
            Pixels::U16(a) => {
                let table = self.table::<u16>();
                image.image(pointwise::map(volume::slice(a), |v| table[v as usize]))
            }
            Pixels::I16(a) => {
                let table = self.table::<i16>();
                image
                    .image(pointwise::map(volume::slice(a), |v| table[(v as i32 - i16::MIN as i32) as usize]))
            }
            Pixels::U32(a) => image.image(self.direct(volume::slice(a))),
            Pixels::I32(a) => image.image(self.direct(volume::slice(a))),
            Pixels::F32(a) => image.image(self.direct(volume::slice(a))),
        };
        Ok(vec![Datum::Volume(out?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(inputs.volume("image").map(|image| {
            let scale = image.dtype().range().1;
            vec![Plain::Image(Grid::from(image).map(|v| self.value(v, scale)))]
        }))
    }
}

impl Device for GammaCorrection {
    fn fits(&self, inputs: &Metas) -> Result<(), Error> {
        match inputs.volume("image")?.dtype {
            dtype @ (Dtype::U32 | Dtype::I32) => {
                Err(Error::new(Code::Unavailable, "32-bit integers are raised there").value(dtype))
            }
            _ => Ok(()),
        }
    }

    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        fn floats<T: Element>(table: Vec<T>) -> Vec<f32> {
            table.into_iter().map(T::to_f32).collect()
        }
        let dtype = image.meta.dtype;
        let table = match dtype {
            Dtype::U8 => Some(floats(self.table::<u8>())),
            Dtype::U16 => Some(floats(self.table::<u16>())),
            Dtype::I16 => Some(floats(self.table::<i16>())),
            Dtype::F32 | Dtype::U32 | Dtype::I32 => None,
        };
        let params = Params {
            flags: [table.is_some() as u32, 0],
            numbers: [self.gamma as f32, self.gain as f32, dtype.range().0 as f32, 0.0],
            ..Params::default()
        };
        let table = recorder.constant(&table.unwrap_or(vec![0.0]));
        let out = recorder.buffer(image.buffer.len);
        pointwise::record(recorder, &GAMMA_CORRECTION, params, &[image.buffer, table, out], out.len)?;
        Ok(vec![DeviceOutput::whole(out)])
    }
}
