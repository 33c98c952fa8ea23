use crate::common::order;
use crate::common::per_object::{Measured, Object, PerObject};
use rotifer_registry::*;

op! {
    /// Measures the intensity of every object: sum, mean, spread, quantiles, edge and locations.
    ///
    /// The measurements of CellProfiler's MeasureObjectIntensity, one row for each label, ascending. Pixels that are NaN or infinite
    /// do not count; an object that has no others has the sum 0, and NaN elsewhere.
    ///
    /// - `integrated_intensity`, `mean_intensity`, `min_intensity`, `max_intensity`: sum, mean, least and greatest value;
    ///   `std_intensity`: the root of the mean squared distance from the mean.
    /// - The same with `_edge` of the edge: pixels that have a neighbour with a side in common, in the image, of another label.
    /// - `mass_displacement`: distance in pixels between the centroid and the centre of mass.
    /// - `lower_quartile_intensity`, `median_intensity`, `upper_quartile_intensity`: of n values in order, counted from 0, the one at
    ///   n / 4, n / 2 and 3 n / 4, between two by linear interpolation, the last one beyond the end.
    /// - `mad_intensity`: the median, as above, of the distances from the median. (CellProfiler takes the value at n / 3 in 3-D.)
    /// - `center_mass_intensity_x`, `_y`, `_z`: mean index of the pixels, weighted with their values.
    /// - `max_intensity_x`, `_y`, `_z`: index of the greatest value; of several the first in raster order.
    pub struct IntensityPerObject {}
    id: "intensity_per_object", revision: 1, family: Measure,
    kernel: PerObject(Intensity),
    inputs: { image: Image, labels: Labels },
    outputs: { objects: Table },
    agrees: Relative(1e-9), follows: "cellprofiler.modules.MeasureObjectIntensity 4.2",
    python: "
image, axes = f64(image), 'zyx'[-labels.ndim:]
edge = ski.segmentation.find_boundaries(labels.astype(np.int64), mode='inner')
def quantile(v, q):
    at = len(v) * q
    low = int(at)
    return v[low] + (v[low + 1] - v[low]) * (at - low) if low < len(v) - 1 else v[-1]
def spread(v, suffix):
    return {'integrated_intensity' + suffix: v.sum(), 'mean_intensity' + suffix: v.mean(), 'std_intensity' + suffix: v.std(),
        'min_intensity' + suffix: v.min(initial=np.inf) if len(v) else np.nan, 'max_intensity' + suffix: v.max(initial=-np.inf) if len(v) else np.nan}
ids, rows = np.unique(labels[labels > 0]), []
for label in ids:
    own = (labels == label) & np.isfinite(image)
    v, places = image[own], np.argwhere(own)
    s = np.sort(v)
    mass = (places * v[:, None]).sum(axis=0) / v.sum()
    row = {**spread(v, ''), **spread(image[own & edge], '_edge'), 'mass_displacement': np.linalg.norm(mass - places.mean(axis=0))}
    row.update(lower_quartile_intensity=quantile(s, 0.25), median_intensity=quantile(s, 0.5), upper_quartile_intensity=quantile(s, 0.75))
    row['mad_intensity'] = quantile(np.sort(np.abs(v - row['median_intensity'])), 0.5)
    row.update({'center_mass_intensity_' + a: mass[i] for i, a in enumerate(axes)})
    row.update({'max_intensity_' + a: places[np.argmax(v)][i] for i, a in enumerate(axes)})
    rows.append(row)
names = list(rows[0]) if rows else list(spread(np.zeros(1), '')) + list(spread(np.zeros(1), '_edge')) + ['mass_displacement',
    'lower_quartile_intensity', 'median_intensity', 'upper_quartile_intensity', 'mad_intensity'] + [
    w + '_intensity_' + a for w in ('center_mass', 'max') for a in axes]
result = {'label': ids, **{n: np.array([r[n] for r in rows], float) for n in names}}",
    examples: [],
}

const COLUMNS: [&str; 15] = [
    "integrated_intensity",
    "mean_intensity",
    "std_intensity",
    "min_intensity",
    "max_intensity",
    "integrated_intensity_edge",
    "mean_intensity_edge",
    "std_intensity_edge",
    "min_intensity_edge",
    "max_intensity_edge",
    "mass_displacement",
    "lower_quartile_intensity",
    "median_intensity",
    "mad_intensity",
    "upper_quartile_intensity",
];

struct Intensity;

/// Sum, mean, standard deviation, least and greatest value; the last four are NaN of nothing.
fn spread(values: &[f64]) -> [f64; 5] {
    let sum: f64 = values.iter().sum();
    let mean = sum / values.len() as f64;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    let [least, greatest] = [f64::min, f64::max].map(|pick| values.iter().copied().fold(f64::NAN, pick));
    [sum, mean, (squares / values.len() as f64).sqrt(), least, greatest]
}

/// The value at a share of all, of which the one at a place in their order is known.
fn at_share(count: usize, share: f64, ordered: impl Fn(usize) -> [Option<f64>; 2]) -> f64 {
    let at = count as f64 * share;
    match ordered((at as usize).min(count.saturating_sub(1))) {
        [Some(low), Some(high)] => low + (high - low) * at.fract(),
        [last, _] => last.unwrap_or(f64::NAN),
    }
}

/// The value at a share of all that are in order.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    at_share(sorted.len(), share, |i| [sorted.get(i).copied(), sorted.get(i + 1).copied()])
}

/// The median of the distances from the median, which grow to both sides of it.
fn median_distance(sorted: &[f64], median: f64) -> f64 {
    at_share(sorted.len(), 0.5, |i| {
        let mut right = sorted.partition_point(|v| *v < median);
        let mut left = right;
        let mut next = || {
            let below = left.checked_sub(1).map(|i| (sorted[i] - median).abs());
            let above = sorted.get(right).map(|v| (v - median).abs());
            let is_left = above.is_none_or(|above| below.is_some_and(|below| below < above));
            let (step, distance) = if is_left { (&mut left, below) } else { (&mut right, above) };
            *step = if is_left { step.saturating_sub(1) } else { *step + 1 };
            distance
        };
        for _ in 0..i {
            next();
        }
        [next(), next()]
    })
}

impl Measured for Intensity {
    fn columns(&self, ndim: usize, _images: usize) -> Vec<String> {
        let places = ["center_mass_intensity", "max_intensity"];
        let places = places
            .iter()
            .flat_map(|what| ["z", "y", "x"][3 - ndim..].iter().map(move |a| format!("{what}_{a}")));
        COLUMNS.iter().map(|name| name.to_string()).chain(places).collect()
    }

    fn row(&self, object: &Object, images: &[&Volume]) -> Vec<f64> {
        let axes = 3 - object.ndim..3;
        let (mut values, mut edge) = (Vec::with_capacity(object.count), Vec::new());
        let (mut places, mut masses, mut brightest) = ([0.0; 3], [0.0; 3], None);
        let pixels = object.pixels().zip(object.edges()).zip(object.values(images[0]));
        for ((p, is_edge), value) in pixels.filter(|(_, value)| value.is_finite()) {
            values.push(value);
            if is_edge {
                edge.push(value);
            }
            for a in axes.clone() {
                places[a] += p[a] as f64;
                masses[a] += value * p[a] as f64;
            }
            if brightest.is_none_or(|(most, _)| value > most) {
                brightest = Some((value, p));
            }
        }
        let all = spread(&values);
        let mass: Vec<f64> = axes.clone().map(|a| masses[a] / all[0]).collect();
        let centroid = axes.clone().map(|a| places[a] / values.len() as f64);
        let moved = centroid.zip(&mass).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        let sorted = order::sorted(&values);
        let [lower, median, upper] = [0.25, 0.5, 0.75].map(|share| quantile(&sorted, share));
        let mad = median_distance(&sorted, median);
        let mut row = [all, spread(&edge)].concat();
        row.extend([moved, lower, median, mad, upper]);
        row.extend(mass);
        row.extend(axes.map(|a| brightest.map_or(f64::NAN, |(_, p)| p[a] as f64)));
        row
    }
}
