use crate::common::histogram::tally;
use crate::common::ranks::{Ranks, interpolate, position};
use crate::common::threads;
use crate::simd;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::*;
use rotifer_shaders::math::PERCENTILE_OF_ALL_PIXELS;
use std::cmp::Ordering;

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

/// Percentiles of an image that comes in parts.
pub struct Percentiles {
    ranks: Ranks,
    fractions: Vec<f64>,
}

impl Percentiles {
    pub fn new(meta: &VolumeMeta, percentiles: &[f64]) -> Percentiles {
        let n = meta.len();
        let places: Vec<(usize, f64)> = percentiles.iter().map(|p| position(n, *p)).collect();
        let ranks = places.iter().flat_map(|(rank, _)| [*rank, (rank + 1).min(n.max(1) - 1)]).collect();
        let fractions = places.into_iter().map(|(_, fraction)| fraction).collect();
        Percentiles { ranks: Ranks::new(meta.dtype, ranks), fractions }
    }

    pub fn see(&mut self, image: &Volume) {
        self.ranks.see(image);
    }

    pub fn again(&mut self) -> bool {
        self.ranks.again()
    }

    pub fn values(&self) -> Vec<f64> {
        let values = self.ranks.values();
        values.chunks(2).zip(&self.fractions).map(|(ends, t)| interpolate(ends[0], ends[1], *t)).collect()
    }
}

impl Streamed for Percentiles {
    fn see(&mut self, _span: &Span, inputs: &Inputs) -> Result<(), Error> {
        self.ranks.see(inputs.volume("image")?);
        Ok(())
    }

    fn again(&mut self) -> Result<bool, Error> {
        Ok(self.ranks.again())
    }

    fn finish(&mut self) -> Result<Vec<Datum>, Error> {
        Ok(self.values().into_iter().map(Datum::Number).collect())
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

/// How the pixels lie to two values.
struct Parted<T> {
    below: usize,
    /// As the lower value, and as the upper one where that is another.
    lower: usize,
    upper: usize,
    between: Vec<T>,
    nan: usize,
}

simd! {
    fn part<T: Element>(pixels: &[T], lower: T, upper: T) -> Parted<T> {
        const LANES: usize = 16;
        let (mut below, mut as_lower, mut as_upper) = ([0u32; LANES], [0u32; LANES], [0u32; LANES]);
        let mut ordered = [0u32; LANES];
        let mut between = Vec::new();
        let (blocks, rest) = pixels.as_chunks::<LANES>();
        for block in blocks {
            let mut inside = [0u32; LANES];
            let mut any = 0;
            for i in 0..LANES {
                let v = block[i];
                below[i] += (v < lower) as u32;
                as_lower[i] += (v == lower) as u32;
                as_upper[i] += (v == upper) as u32;
                ordered[i] += ((v <= lower) | (v >= lower)) as u32;
                inside[i] = ((v > lower) & (v < upper)) as u32;
                any |= inside[i];
            }
            if any != 0 {
                for i in 0..LANES {
                    if inside[i] != 0 {
                        between.push(block[i]);
                    }
                }
            }
        }
        for v in rest {
            below[0] += (*v < lower) as u32;
            as_lower[0] += (*v == lower) as u32;
            as_upper[0] += (*v == upper) as u32;
            ordered[0] += ((*v <= lower) | (*v >= lower)) as u32;
            if *v > lower && *v < upper {
                between.push(*v);
            }
        }
        let sum = |lanes: [u32; LANES]| lanes.iter().map(|n| *n as usize).sum::<usize>();
        let upper = if upper > lower { sum(as_upper) } else { 0 };
        Parted { below: sum(below), lower: sum(as_lower), upper, between, nan: pixels.len() - sum(ordered) }
    }
}

impl<T: Element> Parted<T> {
    fn join(mut self, mut other: Parted<T>) -> Parted<T> {
        self.between.append(&mut other.between);
        self.below += other.below;
        self.lower += other.lower;
        self.upper += other.upper;
        self.nan += other.nan;
        self
    }

    /// The pixels of this rank and the next, where both are in what was parted.
    fn ranked(&mut self, rank: usize, bounds: (T, T)) -> Option<(T, T)> {
        let from_lower = rank.checked_sub(self.below)?;
        let from_between = from_lower.checked_sub(self.lower);
        let after = self.between.len();
        let of_upper = |i: usize| (i < self.upper).then_some(bounds.1);
        Some(match from_between {
            None if from_lower + 1 < self.lower => (bounds.0, bounds.0),
            None if after > 0 => (bounds.0, select(&mut self.between, 0).0),
            None => (bounds.0, of_upper(0)?),
            Some(i) if i < after => {
                let (value, next) = select(&mut self.between, i);
                (value, next.or(of_upper(0))?)
            }
            Some(i) => (of_upper(i - after)?, of_upper(i - after + 1)?),
        })
    }
}

/// The value of this rank, and the next one.
fn select<T: Element>(values: &mut [T], rank: usize) -> (T, Option<T>) {
    // No NaN is among them.
    let order = |a: &T, b: &T| a.partial_cmp(b).unwrap_or(Ordering::Equal);
    let (_, &mut value, above) = values.select_nth_unstable_by(rank, order);
    (value, above.iter().copied().min_by(order))
}

/// The pixels of this rank and the next in sorted order; none where a pixel is NaN. A sample tells between which values
/// they are, so that only the pixels there are put in order.
fn ranked_pixels<T: Element>(pixels: &[T], rank: usize) -> Option<(T, T)> {
    const SAMPLE: usize = 1 << 14;
    let n = pixels.len();
    if n > SAMPLE {
        // Anywhere, but always at the same places.
        let place = |i: u64| ((i.wrapping_mul(0x9e37_79b9_7f4a_7c15) as u128 * n as u128) >> 64) as usize;
        let mut sample: Vec<T> = (0..SAMPLE as u64).map(|i| pixels[place(i)]).collect();
        if sample.iter().any(is_nan) {
            return None;
        }
        // The last pixel has none after it.
        let last = rank == n - 1;
        let rank = rank.min(n - 2);
        let share = rank as f64 / n as f64;
        let (at, spread) =
            (share * SAMPLE as f64, 4.0 * (share * (1.0 - share) * SAMPLE as f64).sqrt() + 4.0);
        let mut bound = |at: f64| match at {
            ..0.0 => T::from_f64(f64::NEG_INFINITY),
            at if at as usize >= SAMPLE => T::from_f64(f64::INFINITY),
            at => select(&mut sample, at as usize).0,
        };
        let bounds = (bound(at - spread), bound(at + spread));
        let parts = threads::collect(pixels.chunks(1 << 16), |some| part(some, bounds.0, bounds.1));
        let mut parted = parts.into_iter().reduce(Parted::join)?;
        if parted.nan > 0 {
            return None;
        }
        if let Some((value, next)) = parted.ranked(rank, bounds) {
            return Some(if last { (next, next) } else { (value, next) });
        }
    }
    // The ends of the order, a small image, or a sample that misled.
    let mut all = pixels.to_vec();
    if all.iter().any(is_nan) {
        return None;
    }
    let (value, next) = select(&mut all, rank);
    Some((value, next.unwrap_or(value)))
}

#[allow(clippy::eq_op)]
fn is_nan<T: Element>(v: &T) -> bool {
    v != v
}

impl Host for PercentileOfAllPixels {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Statistic)
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let (rank, t) = position(image.len(), self.percentile);
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
            other => each_dtype!(other, |p| match ranked_pixels(p, rank) {
                Some((a, b)) => (a.to_f64(), b.to_f64()),
                None => (f64::NAN, f64::NAN),
            }),
        };
        Ok(vec![Datum::Number(interpolate(a, b, t))])
    }

    fn streamed(&self, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let meta = inputs.volume("image")?;
        let streamed = || Box::new(Percentiles::new(meta, &[self.percentile])) as Box<dyn Streamed>;
        Ok((!meta.is_empty()).then(streamed))
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(inputs.volume("image").map(|image| {
            let mut sorted = image.f64s();
            sorted.sort_by(f64::total_cmp);
            let nan = sorted.iter().any(|v| v.is_nan());
            let at = (sorted.len() - 1) as f64 * self.percentile / 100.0;
            let (lower, upper) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
            let between = match lower.is_infinite() || upper.is_infinite() {
                _ if lower == upper => lower,
                true => lower + upper,
                false => lower + (upper - lower) * at.fract(),
            };
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
        let (rank, fraction) = position(pixels.len, self.percentile);
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
