//! Objects that share sides of pixels, and statistics of an object's neighbours.

use crate::common::label_index::LabelIndex;
use crate::common::label_reduce::LabelRuns;
use crate::common::label_statistics::{numbers, plain_numbers};
use crate::common::shape::same_shape;
use crate::common::statistic::Statistic;
use crate::common::touching::{Pairs, pairs, plain_pairs};
use rotifer_registry::*;
use std::collections::BTreeMap;

op! {
    /// Lists the objects that touch, and how long their common border is.
    ///
    /// One row for each pair of objects with pixels that share a side: `label`, `neighbor`, which is larger, and `border`, how many
    /// sides of pixels they share. Rows are ascending. Background is no neighbour.
    pub struct TouchMatrix {}
    id: "touch_matrix", revision: 1, family: Graph,
    memory: host,
    inputs: { labels: Labels },
    outputs: { pairs: Table },
    agrees: Exact, follows: "numpy.unique 2.4",
    python: "
sides = []
for axis in range(labels.ndim):
    along = np.moveaxis(labels.astype(np.int64), axis, 0)
    sides.append(np.sort(np.stack([along[:-1].ravel(), along[1:].ravel()]), axis=0))
sides = np.concatenate(sides, axis=1)
found, counts = np.unique(sides[:, (sides[0] != sides[1]) & (sides[0] > 0)], axis=1, return_counts=True)
result = {'label': found[0], 'neighbor': found[1], 'border': counts}",
    examples: [],
}

impl TouchMatrix {
    fn table(&self, pairs: Pairs<usize>) -> Result<Table, Error> {
        let column = |f: fn((&(u32, u32), &usize)) -> i64| Values::Int(pairs.iter().map(f).collect());
        let table = Table::new().with("label", column(|row| row.0.0 as i64))?;
        table.with("neighbor", column(|row| row.0.1 as i64))?.with("border", column(|row| *row.1 as i64))
    }
}

impl Host for TouchMatrix {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let pairs =
            pairs(labels.label_slice()?, labels.shape(), |n: &mut usize, _, _| *n += 1, |a, b| *a += b);
        Ok(vec![Datum::Table(self.table(pairs)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let list = || {
            let pairs = plain_pairs(&Grid::from(inputs.volume("labels")?));
            let counts = pairs.into_iter().map(|(pair, sides)| (pair, sides.len())).collect();
            Ok(vec![Plain::Table(self.table(counts)?)])
        };
        Some(list())
    }
}

/// The neighbours of each object, ascending.
fn neighbours<A>(pairs: &Pairs<A>) -> BTreeMap<u32, Vec<u32>> {
    let mut found = BTreeMap::<u32, Vec<u32>>::new();
    for (a, b) in pairs.keys() {
        found.entry(*a).or_default().push(*b);
        found.entry(*b).or_default().push(*a);
    }
    found.values_mut().for_each(|list| list.sort_unstable());
    found
}

op! {
    /// Counts the objects that each object touches.
    ///
    /// One row for each label that is present, ascending: `label` and `count`, the other objects with a pixel that shares a side
    /// with one of its pixels. Background does not count.
    pub struct TouchingNeighborCount {}
    id: "touching_neighbor_count", revision: 1, family: Graph,
    memory: host,
    inputs: { labels: Labels },
    outputs: { objects: Table },
    agrees: Exact, follows: "scipy.ndimage.binary_dilation 1.17",
    python: "
present = np.unique(labels[labels > 0])
around = [np.setdiff1d(labels[ndi.binary_dilation(labels == l)], [0, l]) for l in present]
result = {'label': present, 'count': np.array([len(a) for a in around], np.int64)}",
    examples: [],
}

impl Host for TouchingNeighborCount {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let pixels = labels.label_slice()?;
        let around = neighbours(&pairs(pixels, labels.shape(), |_: &mut (), _, _| {}, |_, ()| {}));
        let present = LabelIndex::new(&LabelRuns::new(pixels, labels.shape())).present;
        let count = |label: &u32| around.get(label).map_or(0, |list| list.len() as i64);
        let counts = Values::Int(present.iter().map(count).collect());
        let labels = Values::Int(present.iter().map(|l| *l as i64).collect());
        Ok(vec![Datum::Table(Table::new().with("label", labels)?.with("count", counts)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let count = || {
            let grid = Grid::from(inputs.volume("labels")?);
            let pairs = plain_pairs(&grid);
            let mut counts: BTreeMap<u32, i64> = grid.data.iter().map(|l| (*l as u32, 0)).collect();
            counts.remove(&0);
            for (label, count) in &mut counts {
                *count = pairs.keys().filter(|(a, b)| a == label || b == label).count() as i64;
            }
            let labels = Values::Int(counts.keys().map(|l| *l as i64).collect());
            let counts = Values::Int(counts.into_values().collect());
            Ok(vec![Plain::Table(Table::new().with("label", labels)?.with("count", counts)?)])
        };
        Some(count())
    }
}

/// A statistic of the values of the objects that each object touches; the value of an object is its mean of `image`.
pub struct OverNeighbors {
    pub column: &'static str,
    pub statistic: Statistic,
}

impl OverNeighbors {
    /// The table, from the value of every object and the neighbours of those that have one.
    fn table(&self, values: &BTreeMap<u32, f64>, around: &BTreeMap<u32, Vec<u32>>) -> Result<Table, Error> {
        let number = |label: &u32| match around.get(label) {
            Some(list) => self.statistic.plain(&list.iter().map(|n| values[n]).collect::<Vec<_>>()),
            None => f64::NAN,
        };
        let labels = Values::Int(values.keys().map(|l| *l as i64).collect());
        let numbers = Values::Float(values.keys().map(number).collect());
        Table::new().with("label", labels)?.with(self.column, numbers)
    }
}

impl Kernel for OverNeighbors {
    const DEVICE: bool = false;

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "labels"])
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let pixels = labels.label_slice()?;
        let (index, means) = numbers(Statistic::Mean, inputs.volume("image")?, pixels);
        let values = index.present.into_iter().zip(means).collect();
        let around = neighbours(&pairs(pixels, labels.shape(), |_: &mut (), _, _| {}, |_, ()| {}));
        Ok(vec![Datum::Table(self.table(&values, &around)?)])
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let (image, labels) = (inputs.volume("image")?, inputs.volume("labels")?);
        let values = plain_numbers(Statistic::Mean, image, labels);
        let around = neighbours(&plain_pairs(&Grid::from(labels)));
        Ok(vec![Plain::Table(self.table(&values, &around)?)])
    }
}

op! {
    /// Takes the least value among the objects that each object touches.
    ///
    /// One row for each label that is present, ascending: `label` and `minimum`, NaN where it touches none. Objects touch where
    /// pixels share a side. The value of an object is the mean of the image over its pixels: its intensity, or a measurement as a
    /// map has it, such as `pixel_count_map`.
    pub struct MinimumOfTouchingNeighbors {}
    id: "minimum_of_touching_neighbors", revision: 1, family: Graph,
    kernel: OverNeighbors { column: "minimum", statistic: Statistic::Minimum },
    inputs: { image: Image, labels: Labels },
    outputs: { objects: Table },
    agrees: Relative(1e-9), follows: "numpy.min 2.4",
    python: "
present = np.unique(labels[labels > 0])
means = np.asarray(ndi.mean(f64(image), labels.astype(np.int64), np.arange(labels.max() + 1)))
around = [np.setdiff1d(labels[ndi.binary_dilation(labels == l)], [0, l]) for l in present]
result = {'label': present, 'minimum': np.array([np.min(means[a]) if len(a) else np.nan for a in around], float)}",
    examples: [],
}

op! {
    /// Takes the greatest value among the objects that each object touches.
    ///
    /// One row for each label that is present, ascending: `label` and `maximum`, NaN where it touches none. Objects touch where
    /// pixels share a side. The value of an object is the mean of the image over its pixels: its intensity, or a measurement as a
    /// map has it, such as `pixel_count_map`.
    pub struct MaximumOfTouchingNeighbors {}
    id: "maximum_of_touching_neighbors", revision: 1, family: Graph,
    kernel: OverNeighbors { column: "maximum", statistic: Statistic::Maximum },
    inputs: { image: Image, labels: Labels },
    outputs: { objects: Table },
    agrees: Relative(1e-9), follows: "numpy.max 2.4",
    python: "
present = np.unique(labels[labels > 0])
means = np.asarray(ndi.mean(f64(image), labels.astype(np.int64), np.arange(labels.max() + 1)))
around = [np.setdiff1d(labels[ndi.binary_dilation(labels == l)], [0, l]) for l in present]
result = {'label': present, 'maximum': np.array([np.max(means[a]) if len(a) else np.nan for a in around], float)}",
    examples: [],
}

op! {
    /// Takes the mean of the values among the objects that each object touches.
    ///
    /// One row for each label that is present, ascending: `label` and `mean`, NaN where it touches none. Objects touch where
    /// pixels share a side. The value of an object is the mean of the image over its pixels: its intensity, or a measurement as a
    /// map has it, such as `pixel_count_map`.
    pub struct MeanOfTouchingNeighbors {}
    id: "mean_of_touching_neighbors", revision: 1, family: Graph,
    kernel: OverNeighbors { column: "mean", statistic: Statistic::Mean },
    inputs: { image: Image, labels: Labels },
    outputs: { objects: Table },
    agrees: Relative(1e-9), follows: "numpy.mean 2.4",
    python: "
present = np.unique(labels[labels > 0])
means = np.asarray(ndi.mean(f64(image), labels.astype(np.int64), np.arange(labels.max() + 1)))
around = [np.setdiff1d(labels[ndi.binary_dilation(labels == l)], [0, l]) for l in present]
result = {'label': present, 'mean': np.array([np.mean(means[a]) if len(a) else np.nan for a in around], float)}",
    examples: [],
}

op! {
    /// Takes the standard deviation of the values among the objects that each object touches.
    ///
    /// One row for each label that is present, ascending: `label` and `standard_deviation`, NaN where it touches none. Objects touch where
    /// pixels share a side. The value of an object is the mean of the image over its pixels: its intensity, or a measurement as a
    /// map has it, such as `pixel_count_map`. Squared distances from the mean are divided by the number of neighbours.
    pub struct StandardDeviationOfTouchingNeighbors {}
    id: "standard_deviation_of_touching_neighbors", revision: 1, family: Graph,
    kernel: OverNeighbors { column: "standard_deviation", statistic: Statistic::StandardDeviation { ddof: 0 } },
    inputs: { image: Image, labels: Labels },
    outputs: { objects: Table },
    agrees: Relative(1e-9), follows: "numpy.std 2.4",
    python: "
present = np.unique(labels[labels > 0])
means = np.asarray(ndi.mean(f64(image), labels.astype(np.int64), np.arange(labels.max() + 1)))
around = [np.setdiff1d(labels[ndi.binary_dilation(labels == l)], [0, l]) for l in present]
result = {'label': present, 'standard_deviation': np.array([np.std(means[a]) if len(a) else np.nan for a in around], float)}",
    examples: [],
}
