//! The skeleton of one number of the pixels of each object.

use super::label_index::LabelIndex;
use super::label_reduce::{GatherParts, LabelRuns};
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

/// [`numbers`] of an image and labels that come in parts.
pub struct NumbersInParts {
    statistic: Statistic,
    sums: GatherParts<(usize, f64)>,
    extremes: GatherParts<Option<f64>>,
    squares: GatherParts<f64>,
    /// After the first pass.
    found: Option<BTreeMap<u32, (usize, f64)>>,
    numbers: BTreeMap<u32, f64>,
}

impl NumbersInParts {
    pub fn new(statistic: Statistic, shape: [usize; 3]) -> NumbersInParts {
        NumbersInParts {
            statistic,
            sums: GatherParts::new(shape),
            extremes: GatherParts::new(shape),
            squares: GatherParts::new(shape),
            found: None,
            numbers: BTreeMap::new(),
        }
    }

    /// Whether a value takes the place of another.
    fn is_further(statistic: Statistic, a: f64, b: f64) -> bool {
        b.is_nan() || if statistic == Statistic::Minimum { b < a } else { b > a }
    }

    pub fn see(&mut self, span: &Span, image: &Volume, labels: &[u32]) {
        let statistic = self.statistic;
        let nearer = |a: &mut Option<f64>, b: f64| {
            if a.is_none_or(|a| Self::is_further(statistic, a, b)) {
                *a = Some(b);
            }
        };
        each_dtype!(image.pixels(), |pixels| match (statistic, &self.found) {
            (Statistic::Minimum | Statistic::Maximum, _) => self.extremes.add(
                span,
                labels,
                |all, run| {
                    let pixels = &pixels[run.pixels()];
                    let end = match statistic {
                        Statistic::Minimum => furthest(Least, pixels),
                        _ => furthest(Greatest, pixels),
                    };
                    nearer(all, end.to_f64());
                },
                |a, b| b.into_iter().for_each(|b| nearer(a, b)),
            ),
            (_, None) => self.sums.add(
                span,
                labels,
                |(count, sum), run| {
                    *count += run.length();
                    *sum += pixels[run.pixels()].iter().map(|v| v.to_f64()).sum::<f64>();
                },
                |a, b| *a = (a.0 + b.0, a.1 + b.1),
            ),
            (_, Some(found)) => self.squares.add(
                span,
                labels,
                |all, run| {
                    let (count, sum) = found.get(&labels[run.start]).copied().unwrap_or_default();
                    *all += squares(&pixels[run.pixels()], sum / count as f64);
                },
                |a, b| *a += b,
            ),
        });
    }

    pub fn again(&mut self) -> bool {
        let statistic = self.statistic;
        match (statistic, self.found.take()) {
            (Statistic::Minimum | Statistic::Maximum, _) => {
                let nearer = |a: &mut Option<f64>, b: Option<f64>| {
                    if let Some(b) = b.filter(|b| a.is_none_or(|a| Self::is_further(statistic, a, *b))) {
                        *a = Some(b);
                    }
                };
                let all = self.extremes.finish(nearer).into_iter();
                self.numbers = all.map(|(label, v)| (label, v.unwrap_or(f64::NAN))).collect();
            }
            (Statistic::StandardDeviation { ddof }, Some(found)) => {
                let squares = self.squares.finish(|a, b| *a += b).into_iter();
                let deviation = |(label, squares): (u32, f64)| {
                    let n = found.get(&label).map_or(0, |(n, _)| *n) as f64;
                    (label, (squares / (n - ddof as f64)).sqrt())
                };
                self.numbers = squares.map(deviation).collect();
            }
            _ => {
                let sums = self.sums.finish(|a, b| *a = (a.0 + b.0, a.1 + b.1));
                if let Statistic::StandardDeviation { .. } = statistic {
                    self.found = Some(sums);
                    return true;
                }
                let number = |(n, sum): (usize, f64)| {
                    if statistic == Statistic::Sum { sum } else { sum / n as f64 }
                };
                self.numbers = sums.into_iter().map(|(label, sums)| (label, number(sums))).collect();
            }
        }
        false
    }

    /// The number of each label.
    pub fn numbers(&self) -> &BTreeMap<u32, f64> {
        &self.numbers
    }
}

/// [`OverLabels`] in parts.
struct TableInParts {
    table: OverLabels,
    numbers: NumbersInParts,
}

impl Streamed for TableInParts {
    fn see(&mut self, span: &Span, inputs: &Inputs) -> Result<(), Error> {
        self.numbers.see(span, inputs.volume("image")?, inputs.volume("labels")?.label_slice()?);
        Ok(())
    }

    fn again(&mut self) -> Result<bool, Error> {
        Ok(self.numbers.again())
    }

    fn finish(&mut self) -> Result<Vec<Datum>, Error> {
        let (labels, numbers): (Vec<u32>, Vec<f64>) =
            self.numbers.numbers().iter().map(|(l, x)| (*l, *x)).unzip();
        Ok(vec![Datum::Table(self.table.table(&labels, numbers)?)])
    }
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

    fn streamed(self, _spec: &'static Spec, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let numbers = NumbersInParts::new(self.statistic, inputs.volume("labels")?.shape);
        Ok(Some(Box::new(TableInParts { table: self, numbers })))
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let numbers = plain_numbers(self.statistic, inputs.volume("image")?, inputs.volume("labels")?);
        let (labels, numbers): (Vec<u32>, Vec<f64>) = numbers.into_iter().unzip();
        Ok(vec![Plain::Table(self.table(&labels, numbers)?)])
    }
}
