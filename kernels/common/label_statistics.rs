//! The skeleton of one number of the pixels of each object.

use super::label_index::LabelIndex;
use super::label_reduce::LabelRuns;
use super::shape::same_shape;
use rotifer_registry::*;
use std::collections::BTreeMap;

/// A number of the pixels of an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    Sum,
    /// NaN where one is.
    Minimum,
    Maximum,
    /// Of all pixels of the object.
    StandardDeviation,
}

/// A table with a row for each label that is present, ascending: `label`, and the number under its name.
pub struct OverLabels {
    pub column: &'static str,
    pub statistic: Statistic,
}

/// The pixels of an object so far.
#[derive(Clone, Default)]
struct Gathered {
    count: f64,
    sum: f64,
    extreme: Option<f64>,
    squares: f64,
}

/// The lesser or the greater of two numbers, NaN where either is.
fn extreme(least: bool, a: Option<f64>, b: f64) -> f64 {
    match a {
        Some(a) if a.is_nan() || (least && a < b) || (!least && a > b) => a,
        _ => b,
    }
}

impl OverLabels {
    fn table(&self, rows: Vec<(u32, f64)>) -> Result<Table, Error> {
        let (labels, numbers) = rows.into_iter().map(|(label, x)| (label as i64, x)).unzip();
        Table::new().with("label", Values::Int(labels))?.with(self.column, Values::Float(numbers))
    }
}

impl Kernel for OverLabels {
    const DEVICE: bool = false;

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "labels"])
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let runs = LabelRuns::new(inputs.volume("labels")?.label_slice()?, image.shape());
        let index = LabelIndex::new(&runs);
        let least = self.statistic == Statistic::Minimum;
        let gathered: Vec<Gathered> = each_dtype!(image.pixels(), |pixels| {
            let sums = runs.gather(
                &index,
                |all: &mut Gathered, run| {
                    for v in &pixels[run.pixels()] {
                        let v = v.to_f64();
                        all.sum += v;
                        all.extreme = Some(extreme(least, all.extreme, v));
                    }
                    all.count += run.length() as f64;
                },
                |a, b| {
                    a.count += b.count;
                    a.sum += b.sum;
                    a.extreme = match b.extreme {
                        Some(x) => Some(extreme(least, a.extreme, x)),
                        None => a.extreme,
                    };
                },
            );
            if self.statistic == Statistic::StandardDeviation {
                // Distances from the mean, which has to be known first.
                let labels = inputs.volume("labels")?.label_slice()?;
                let squares = runs.gather(
                    &index,
                    |squares: &mut f64, run| {
                        let place = index.place(labels[run.start]).unwrap_or_default();
                        let mean = sums[place].sum / sums[place].count;
                        *squares +=
                            pixels[run.pixels()].iter().map(|v| (v.to_f64() - mean).powi(2)).sum::<f64>();
                    },
                    |a, b| *a += b,
                );
                sums.into_iter().zip(squares).map(|(sums, squares)| Gathered { squares, ..sums }).collect()
            } else {
                sums
            }
        });
        let number = |all: Gathered| match self.statistic {
            Statistic::Sum => all.sum,
            Statistic::Minimum | Statistic::Maximum => all.extreme.unwrap_or(f64::NAN),
            Statistic::StandardDeviation => (all.squares / all.count).sqrt(),
        };
        let rows = index.present.iter().copied().zip(gathered.into_iter().map(number)).collect();
        Ok(vec![Datum::Table(self.table(rows)?)])
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let (image, labels) = (inputs.volume("image")?.f64s(), inputs.volume("labels")?.f64s());
        let mut objects = BTreeMap::<u32, Vec<f64>>::new();
        for (value, label) in image.iter().zip(&labels).filter(|(_, l)| **l != 0.0) {
            objects.entry(*label as u32).or_default().push(*value);
        }
        let number = |values: &[f64]| {
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            match self.statistic {
                Statistic::Sum => values.iter().sum(),
                Statistic::StandardDeviation => {
                    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt()
                }
                _ if values.iter().any(|v| v.is_nan()) => f64::NAN,
                Statistic::Minimum => values.iter().copied().fold(f64::INFINITY, f64::min),
                Statistic::Maximum => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            }
        };
        let rows = objects.iter().map(|(label, values)| (*label, number(values))).collect();
        Ok(vec![Plain::Table(self.table(rows)?)])
    }
}
