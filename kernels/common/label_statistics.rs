//! The skeleton of one number of the pixels of each object.

use super::label_index::LabelIndex;
use super::label_reduce::LabelRuns;
use super::shape::same_shape;
use super::statistic::{End, Greatest, Least, Statistic, further, furthest, squares};
use rotifer_registry::*;
use std::collections::BTreeMap;

/// A table with a row for each label that is present, ascending: `label`, and the number under its name.
pub struct OverLabels {
    pub column: &'static str,
    pub statistic: Statistic,
}

/// Runs of pixels by object.
struct Objects<'a> {
    labels: &'a [u32],
    runs: LabelRuns,
    index: LabelIndex,
}

impl Objects<'_> {
    /// Pixels and sum of each object.
    fn sums<T: Element>(&self, pixels: &[T]) -> Vec<(usize, f64)> {
        self.runs.gather(
            &self.index,
            |(count, sum): &mut (usize, f64), run| {
                *count += run.length();
                *sum += pixels[run.pixels()].iter().map(|v| v.to_f64()).sum::<f64>();
            },
            |a, b| *a = (a.0 + b.0, a.1 + b.1),
        )
    }

    fn extremes<E: End, T: Element>(&self, end: E, pixels: &[T]) -> Vec<f64> {
        let nearer = |a: &mut Option<T>, b: T| *a = Some(a.map_or(b, |a| further(end, a, b)));
        let found = self.runs.gather(
            &self.index,
            |all: &mut Option<T>, run| nearer(all, furthest(end, &pixels[run.pixels()])),
            |a, b| b.into_iter().for_each(|b| nearer(a, b)),
        );
        found.into_iter().map(|v| v.map_or(f64::NAN, T::to_f64)).collect()
    }

    fn standard_deviations<T: Element>(&self, pixels: &[T], ddof: u32) -> Vec<f64> {
        // Distances from the mean, which has to be known first.
        let sums = self.sums(pixels);
        let squares = self.runs.gather(
            &self.index,
            |all: &mut f64, run| {
                let (count, sum) = sums[self.index.place(self.labels[run.start]).unwrap_or_default()];
                *all += squares(&pixels[run.pixels()], sum / count as f64);
            },
            |a, b| *a += b,
        );
        let deviation = |(squares, (n, _)): (f64, (usize, f64))| (squares / (n as f64 - ddof as f64)).sqrt();
        squares.into_iter().zip(sums).map(deviation).collect()
    }
}

/// The labels that are present, and a number of the pixels of each.
pub fn numbers(statistic: Statistic, image: &Volume, labels: &[u32]) -> (LabelIndex, Vec<f64>) {
    let runs = LabelRuns::new(labels, image.shape());
    let objects = Objects { labels, index: LabelIndex::new(&runs), runs };
    let numbers = each_dtype!(image.pixels(), |pixels| match statistic {
        Statistic::Sum => objects.sums(pixels).into_iter().map(|(_, sum)| sum).collect(),
        Statistic::Mean => objects.sums(pixels).into_iter().map(|(n, sum)| sum / n as f64).collect(),
        Statistic::Minimum => objects.extremes(Least, pixels),
        Statistic::Maximum => objects.extremes(Greatest, pixels),
        Statistic::StandardDeviation { ddof } => objects.standard_deviations(pixels, ddof),
    });
    (objects.index, numbers)
}

/// [`numbers`] by the definition, for reference implementations.
pub fn plain_numbers(statistic: Statistic, image: &Volume, labels: &Volume) -> BTreeMap<u32, f64> {
    let mut objects = BTreeMap::<u32, Vec<f64>>::new();
    for (value, label) in image.f64s().iter().zip(&labels.f64s()).filter(|(_, l)| **l != 0.0) {
        objects.entry(*label as u32).or_default().push(*value);
    }
    objects.into_iter().map(|(label, values)| (label, statistic.plain(&values))).collect()
}

impl OverLabels {
    /// The table of some labels.
    pub fn table(&self, labels: &[u32], numbers: Vec<f64>) -> Result<Table, Error> {
        let labels = labels.iter().map(|label| *label as i64).collect();
        Table::new().with("label", Values::Int(labels))?.with(self.column, Values::Float(numbers))
    }
}

impl Kernel for OverLabels {
    const DEVICE: bool = false;

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "labels"])
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?.label_slice()?;
        let (index, numbers) = numbers(self.statistic, inputs.volume("image")?, labels);
        Ok(vec![Datum::Table(self.table(&index.present, numbers)?)])
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let numbers = plain_numbers(self.statistic, inputs.volume("image")?, inputs.volume("labels")?);
        let (labels, numbers): (Vec<u32>, Vec<f64>) = numbers.into_iter().unzip();
        Ok(vec![Plain::Table(self.table(&labels, numbers)?)])
    }
}
