use crate::common::histogram::tally;
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;
use rotifer_registry::*;
use rotifer_shaders::math::PERCENTILE_OF_ALL_PIXELS;

op! {
    /// Percentile of all pixels of an image.
    ///
    /// Exact, by numpy's linear definition: with n sorted pixels the value at position (n - 1) · percentile / 100,
    /// in between two of them by linear interpolation. A NaN among the pixels makes the percentile NaN.
    pub struct PercentileOfAllPixels {
        /// Share of the pixels that are not above the result, in percent.
        percentile: f64 = 50.0, range(0.0, 100.0);
    }
    id: "percentile_of_all_pixels", revision: 1, family: Math,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { percentile: Number },
    agrees: Relative(3e-7), follows: "numpy.percentile 2.4",
    python: "np.percentile(f64(image), percentile)",
    examples: ["percentile = 0", "percentile = 99.8", "percentile = 100", "percentile = 33.3"],
}

impl PercentileOfAllPixels {
    /// Rank of the lower neighbour among n sorted pixels, and how far towards the next one the result lies.
    fn position(&self, n: usize) -> (usize, f64) {
        let at = (n.max(1) - 1) as f64 * (self.percentile / 100.0);
        let rank = (at.floor() as usize).min(n.max(1) - 1);
        (rank, if rank + 1 < n { at - rank as f64 } else { 0.0 })
    }
}

/// A point between neighbours, from the nearer one, as numpy takes it.
fn interpolate(a: f64, b: f64, t: f64) -> f64 {
    match t {
        0.0 => a,
        t if t < 0.5 => a + (b - a) * t,
        t => b - (b - a) * (1.0 - t),
    }
}

/// The pixels of this rank and the next in sorted order, from their counts in order.
fn ranked(counts: &[u64], rank: usize, first: i64) -> (f64, f64) {
    let mut above = counts.iter().scan(0, |sum, n| {
        *sum += *n as usize;
        Some(*sum)
    });
    let lower = above.position(|sum| sum > rank).unwrap_or(0);
    let upper = if counts[..=lower].iter().sum::<u64>() as usize > rank + 1 {
        lower
    } else {
        (lower + 1..counts.len()).find(|&i| counts[i] > 0).unwrap_or(lower)
    };
    ((first + lower as i64) as f64, (first + upper as i64) as f64)
}

/// The same of 32-bit pixels, by whole numbers that sort as they do: first the high half, then only the pixels that share it.
fn ranked_keys<T: Copy + Sync>(pixels: &[T], rank: usize, key: impl Fn(T) -> u32 + Sync) -> (u32, u32) {
    let counts = tally(pixels, None, 1 << 16, |v| (key(v) >> 16) as usize);
    let (lower, upper) = ranked(&counts, rank, 0);
    let before: u64 = counts[..lower as usize].iter().sum();
    let candidates = |half: f64| -> Vec<u32> {
        let parts = pixels.par_chunks(1 << 16).map(|part| {
            part.iter().map(|&v| key(v)).filter(|k| k >> 16 == half as u32).collect::<Vec<u32>>()
        });
        parts.collect::<Vec<_>>().concat()
    };
    let mut keys = candidates(lower);
    let rank = (rank - before as usize).min(keys.len() - 1);
    let (_, &mut a, above) = keys.select_nth_unstable(rank);
    let b = match above.iter().min() {
        Some(&b) => b,
        None if upper > lower => candidates(upper).into_iter().min().unwrap_or(a),
        None => a,
    };
    (a, b)
}

/// Whole numbers in the order of the floats, NaN last.
fn order_key(v: f32) -> u32 {
    let bits = v.to_bits();
    match v.is_nan() {
        true => u32::MAX,
        false if bits >> 31 == 1 => !bits,
        false => bits | 1 << 31,
    }
}

fn from_order_key(key: u32) -> f64 {
    match key {
        u32::MAX => f64::NAN,
        _ if key >> 31 == 1 => f32::from_bits(key & !(1 << 31)) as f64,
        _ => f32::from_bits(!key) as f64,
    }
}

impl Host for PercentileOfAllPixels {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Statistic)
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let (rank, t) = self.position(image.len());
        if image.is_empty() {
            return Ok(vec![Datum::Number(f64::NAN)]);
        }
        let (a, b) = match image.pixels() {
            Pixels::U8(p) => ranked(&tally(volume::slice(p), None, 1 << 8, |v| v as usize), rank, 0),
            Pixels::U16(p) => ranked(&tally(volume::slice(p), None, 1 << 16, |v| v as usize), rank, 0),
            Pixels::I16(p) => {
                let first = i16::MIN as i64;
                ranked(&tally(volume::slice(p), None, 1 << 16, |v| (v as i64 - first) as usize), rank, first)
            }
            Pixels::U32(p) => {
                let (a, b) = ranked_keys(volume::slice(p), rank, |v| v);
                (a as f64, b as f64)
            }
            Pixels::I32(p) => {
                let (a, b) = ranked_keys(volume::slice(p), rank, |v| v as u32 ^ 1 << 31);
                ((a ^ 1 << 31) as i32 as f64, (b ^ 1 << 31) as i32 as f64)
            }
            Pixels::F32(p) => {
                let pixels = volume::slice(p);
                if pixels.par_chunks(1 << 16).any(|part| part.iter().any(|v| v.is_nan())) {
                    return Ok(vec![Datum::Number(f64::NAN)]);
                }
                let (a, b) = ranked_keys(pixels, rank, order_key);
                (from_order_key(a), from_order_key(b))
            }
        };
        Ok(vec![Datum::Number(interpolate(a, b, t))])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(inputs.volume("image").map(|image| {
            let mut sorted = image.f64s();
            sorted.sort_by(f64::total_cmp);
            let nan = sorted.iter().any(|v| v.is_nan());
            let at = (sorted.len() - 1) as f64 * self.percentile / 100.0;
            let (lower, upper) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
            let between = if lower == upper { lower } else { lower + (upper - lower) * at.fract() };
            vec![Plain::Number(if nan { f64::NAN } else { between })]
        }))
    }
}

#[repr(C)]
#[derive(Clone, Copy, Default, Pod, Zeroable)]
struct Params {
    len: u32,
    values: u32,
    first: f32,
    digit_shift: u32,
    prefix_shift: u32,
    digits: u32,
    fraction: f32,
    padding: u32,
}

/// Most values of a digit, as in the shader.
const MOST_DIGITS: usize = 2048;

impl Device for PercentileOfAllPixels {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let pixels = image.buffer;
        let (rank, fraction) = self.position(pixels.len);
        // Digits from the highest, as the bit each begins at.
        let (values, bits, shifts): (bool, u32, &[u32]) = match image.meta.dtype {
            Dtype::U8 => (true, 8, &[0]),
            Dtype::U16 | Dtype::I16 => (true, 16, &[8, 0]),
            _ => (false, 32, &[21, 10, 0]),
        };
        let mut params = Params {
            len: pixels.len as u32,
            values: values as u32,
            first: if values { image.meta.dtype.range().0 as f32 } else { 0.0 },
            fraction: fraction as f32,
            ..Params::default()
        };
        let groups = (pixels.len / (256 * 32)).clamp(1, 2048);
        let state = recorder.constant(&[0, rank as u32, 0, u32::MAX, 0]);
        let counts = recorder.zeros(MOST_DIGITS);
        let mut prefix_shift = bits;
        for &shift in shifts {
            params.digit_shift = shift;
            params.prefix_shift = if prefix_shift == bits { 32 } else { prefix_shift };
            params.digits = 1 << (prefix_shift - shift);
            let pass = recorder.pass(&PERCENTILE_OF_ALL_PIXELS).entry("count_digit").uniform(&params);
            pass.bind(&[pixels, state, counts]).groups(groups)?;
            let pass = recorder.pass(&PERCENTILE_OF_ALL_PIXELS).entry("pick_digit").uniform(&params);
            pass.bind(&[state, counts]).groups(1)?;
            prefix_shift = shift;
        }
        if params.fraction > 0.0 {
            let pass = recorder.pass(&PERCENTILE_OF_ALL_PIXELS).entry("find_next").uniform(&params);
            pass.bind(&[pixels, state]).groups(groups)?;
        }
        let percentile = recorder.buffer(1);
        let pass = recorder.pass(&PERCENTILE_OF_ALL_PIXELS).entry("interpolate").uniform(&params);
        pass.bind(&[state, percentile]).groups(1)?;
        Ok(vec![DeviceOutput::Number(percentile)])
    }
}
