use crate::common::parts::by_pixels;
use crate::common::shape::same_shape;
use rotifer_registry::*;

op! {
    /// Takes out of each channel the light that leaks into it from the others.
    ///
    /// For two to four channels. Of the pixels (inside the mask, where there is one) those are a channel's own where it is brighter than
    /// all others, the first of equal ones. Their median in every channel, divided by the sum of these medians, is a row of the matrix M:
    /// the colours of each channel's light. The compensated channels are the pixels times the inverse of M transposed, so that
    /// Mᵀ times them gives the pixels back (Feldman et al., Cell 179:787, 2019, as the module CompensateColors of
    /// CellProfiler's plugins). Values can be negative; clip them with `maximum`. Those below 10⁻¹⁰ of the largest of all channels are
    /// rounding, and 0. Pixels with NaN in a channel do not count for the
    /// medians. A channel without pixels of its own, or of medians that add up to 0, is taken to leak nowhere; where M has no
    /// inverse, the channels stay as they are. Outputs of absent channels are 0.
    pub struct CompensateChannels {}
    id: "compensate_channels", revision: 1, family: Restoration,
    memory: host,
    inputs: { image: Image, second: Image, third: Image optional, fourth: Image optional, mask: Mask optional },
    outputs: { image: Image(F32), second: Image(F32), third: Image(F32), fourth: Image(F32) },
    agrees: Relative(1e-5), follows: "numpy.linalg.inv 2.4",
    python: "
there = [c for c in (image, second, third, fourth) if c is not None]
x = np.stack([f64(c).ravel() for c in there], axis=1)
inside = np.isfinite(x).all(axis=1)
if mask is not None:
    inside &= mask.ravel()
own = x[inside].argmax(axis=1) if inside.any() else np.zeros(0, int)
m = np.eye(len(there))
for i in range(len(there)):
    if (own == i).any():
        row = np.median(x[inside][own == i], axis=0)
        if row.sum():
            m[i] = row / row.sum()
if abs(np.linalg.det(m)) > 1e-9:
    least = 1e-10 * np.abs(x[np.isfinite(x)]).max(initial=0)
    x = x @ np.linalg.inv(m)
    x[np.abs(x) < least] = 0
absent = np.zeros(image.shape)
parts = iter(x.T.reshape((len(there), *image.shape)))
result = tuple(absent if c is None else next(parts) for c in (image, second, third, fourth))",
    examples: [],
}

const PORTS: [&str; 4] = ["image", "second", "third", "fourth"];

/// The inverse of a matrix by Gauss and Jordan's elimination with pivots, and its determinant.
fn inverse(mut m: Vec<Vec<f64>>) -> (Vec<Vec<f64>>, f64) {
    let n = m.len();
    let mut inverse: Vec<Vec<f64>> =
        (0..n).map(|i| (0..n).map(|j| (i == j) as u8 as f64).collect()).collect();
    let mut determinant = 1.0;
    for k in 0..n {
        let pivot = (k..n).max_by(|a, b| m[*a][k].abs().total_cmp(&m[*b][k].abs())).unwrap_or(k);
        if pivot != k {
            m.swap(pivot, k);
            inverse.swap(pivot, k);
            determinant = -determinant;
        }
        let scale = m[k][k];
        determinant *= scale;
        if scale == 0.0 {
            return (inverse, 0.0);
        }
        for row in [&mut m[k], &mut inverse[k]] {
            row.iter_mut().for_each(|v| *v /= scale);
        }
        for i in (0..n).filter(|i| *i != k) {
            let factor = m[i][k];
            for all in [&mut m, &mut inverse] {
                let source = all[k].clone();
                all[i].iter_mut().zip(source).for_each(|(v, s)| *v -= factor * s);
            }
        }
    }
    (inverse, determinant)
}

/// The middle value; the mean of both where there are two.
fn median(values: &mut [f64]) -> f64 {
    let n = values.len();
    let (low, middle, _) = values.select_nth_unstable_by(n / 2, f64::total_cmp);
    let middle = *middle;
    if n % 2 == 1 { middle } else { (low.iter().copied().fold(f64::NEG_INFINITY, f64::max) + middle) / 2.0 }
}

/// [`median`] by sorting.
fn median_plain(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    (values[(values.len() - 1) / 2] + values[values.len() / 2]) / 2.0
}

impl CompensateChannels {
    /// The compensated pixels of the channels that are there; of each the place among the outputs.
    fn compensated(
        &self,
        inputs: &Inputs,
        median: fn(&mut [f64]) -> f64,
    ) -> Result<Vec<(usize, Vec<f64>)>, Error> {
        let there: Vec<(usize, Vec<f64>)> = PORTS
            .iter()
            .enumerate()
            .filter_map(|(i, port)| Some((i, inputs.optional_volume(port)?.f64s())))
            .collect();
        let mask = inputs.optional_volume("mask").map(Volume::mask_slice).transpose()?;
        let (n, pixels) = (there.len(), inputs.volume("image")?.len());
        let mut own: Vec<Vec<usize>> = vec![Vec::new(); n];
        for i in (0..pixels).filter(|i| mask.is_none_or(|mask| mask[*i] != 0)) {
            // −0 is 0.
            let value = |k: usize| there[k].1[i] + 0.0;
            if (0..n).all(|k| value(k).is_finite()) {
                let most = (0..n).rev().max_by(|a, b| value(*a).total_cmp(&value(*b))).unwrap_or(0);
                own[most].push(i);
            }
        }
        let row = |i: usize| {
            let of = |k: usize| median(&mut own[i].iter().map(|p| there[k].1[*p]).collect::<Vec<_>>());
            let medians: Vec<f64> = if own[i].is_empty() { Vec::new() } else { (0..n).map(of).collect() };
            let sum: f64 = medians.iter().sum();
            match sum != 0.0 {
                true => medians.into_iter().map(|m| m / sum).collect(),
                false => (0..n).map(|k| (k == i) as u8 as f64).collect::<Vec<f64>>(),
            }
        };
        let (weights, determinant) = inverse((0..n).map(row).collect());
        let finite = there.iter().flat_map(|(_, pixels)| pixels).filter(|v| v.is_finite());
        let least = 1e-10 * finite.fold(0.0, |most: f64, v| most.max(v.abs()));
        let mixed = |k: usize| {
            let sum = |i: usize| (0..n).map(|j| there[j].1[i] * weights[j][k]).sum::<f64>();
            let one = |i: usize| Some(sum(i)).filter(|v| v.abs() >= least || v.is_nan()).unwrap_or(0.0);
            by_pixels(pixels, one)
        };
        if determinant.abs() <= 1e-9 {
            return Ok(there);
        }
        Ok((0..n).map(|k| (there[k].0, mixed(k))).collect())
    }
}

impl Host for CompensateChannels {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "second", "third", "fourth", "mask"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let mut all = PORTS.map(|_| vec![0f32; image.len()]);
        for (i, pixels) in self.compensated(inputs, median)? {
            all[i] = pixels.into_iter().map(|v| v as f32).collect();
        }
        all.into_iter().map(|pixels| image.image(pixels).map(Datum::Volume)).collect()
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let compensated = || {
            let image = inputs.volume("image")?;
            let mut all = PORTS.map(|_| vec![0.0; image.len()]);
            for (i, pixels) in self.compensated(inputs, median_plain)? {
                all[i] = pixels;
            }
            let grid = |data| Plain::Image(Grid { shape: image.shape(), ndim: image.ndim(), data });
            Ok(all.into_iter().map(grid).collect())
        };
        Some(compensated())
    }
}
