use super::condition::{ColumnList, Key, column, key, numbers};
use crate::common::forest::{BestSplit, Samples, Settings, best_split, best_split_plain};
use crate::common::order::ordered_f64;
use rotifer_registry::*;
use std::collections::BTreeMap;

op! {
    /// Gives each row a class, as a random forest has learned it from rows whose class is known.
    ///
    /// `training` has the columns of numbers that are learned from, and the class; rows whose class is an empty text or NaN are left
    /// out. `points` gets two more columns: `name`, the class, and `confidence`. The forest is that of `pixel_classifier`, the classes in
    /// the order of numbers, then of texts. A split lies between two successive values of the training rows, in the middle. Missing
    /// numbers, NaN, are beyond the greatest.
    pub struct MlClassifier {
        /// Columns that are learned from, a list or parted by commas; none takes all columns of numbers of `training` but its class.
        columns: ColumnList = ColumnList(Vec::new());
        /// The column of `training` with the class.
        group: String = "class".to_string();
        /// Name of the new column.
        name: String = "predicted".to_string();
        /// Number of trees.
        trees: u32 = 100, range(1, 1000);
        /// Most splits from the root of a tree to a leaf.
        depth: u32 = 12, range(1, 64);
        /// Where the random numbers begin.
        seed: u32 = 0;
    }
    id: "ml_classifier", revision: 1, family: Table,
    memory: host,
    inputs: { points: Table, training: Table },
    outputs: { table: Table },
    agrees: Relative(1e-9), follows: "sklearn.ensemble.RandomForestClassifier 1.9",
    python: "
names = [c.strip() for c in columns.split(',') if c.strip()] if isinstance(columns, str) else list(columns)
names = names or [n for n, v in training.items() if n != group and not isinstance(v, list) and np.asarray(v).dtype.kind in 'if']
known = np.asarray(training[group])
order, y = np.unique(known, return_inverse=True)
train, test = (np.stack([f64(t[n]) for n in names], axis=1) for t in (training, points))
def level(v):
    found = []
    for f in range(len(names)):
        values = np.unique(train[:, f])
        found.append(np.searchsorted((values[1:] + values[:-1]) / 2, v[:, f], side='left'))
    return np.stack(found, axis=1)
found, share = forest(level(train), y, len(order), trees, depth, seed, level(test))
result = dict(points, **{name: order[found], 'confidence': share})",
    examples: [
        "trees = 5\ndepth = 3\nseed = 3",
        "trees = 7\ncolumns = \"y, x\"\ngroup = \"t\"\nname = \"time\"",
    ],
}

/// The bounds between the sorted, distinct values of a column.
fn bounds(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    sorted.windows(2).map(|pair| (pair[1] + pair[0]) / 2.0).collect()
}

/// The level of a value: how many bounds are below it. NaN is above all.
fn level(bounds: &[f64], value: f64) -> u16 {
    let below = if value.is_nan() { bounds.len() + 1 } else { bounds.partition_point(|b| *b < value) };
    below.min(u16::MAX as usize) as u16
}

impl MlClassifier {
    fn classify(&self, inputs: &Inputs, split: BestSplit) -> Result<Table, Error> {
        let (points, training) = (inputs.table("points")?, inputs.table("training")?);
        let known = column(training, &self.group).map_err(|e| e.argument("group"))?;
        let names: Vec<&str> = match self.columns.0.as_slice() {
            [] => {
                let columns = training.columns().iter();
                let numeric = |c: &&Column| c.name != self.group && !matches!(c.values, Values::Text(_));
                columns.filter(numeric).map(|c| c.name.as_str()).collect()
            }
            names => names.iter().map(String::as_str).collect(),
        };
        let read = |table: &Table| -> Result<Vec<Vec<f64>>, Error> {
            let read = names.iter().map(|name| numbers(table, name).map_err(|e| e.argument("columns")));
            read.collect()
        };
        let (train, test) = (read(training)?, read(points)?);
        if training.rows() > u16::MAX as usize {
            return Err(Error::new(Code::Table, "too many rows to learn from")
                .value(training.rows())
                .allowed(format!("up to {}", u16::MAX)));
        }
        // Numbers first, then texts.
        let mut rows = BTreeMap::<(u64, String), Vec<usize>>::new();
        for row in 0..known.len() {
            let class = match key(&[known], row).remove(0) {
                Key::Number(bits) if f64::from_bits(bits).is_nan() => continue,
                Key::Number(bits) => (ordered_f64(f64::from_bits(bits)), String::new()),
                Key::Text(text) if text.is_empty() => continue,
                Key::Text(text) => (u64::MAX, text),
            };
            rows.entry(class).or_default().push(row);
        }
        let mut class_of = vec![None; known.len()];
        for (class, rows) in rows.values().enumerate() {
            rows.iter().for_each(|row| class_of[*row] = Some(class));
        }
        let bounds: Vec<Vec<f64>> = train.iter().map(|values| bounds(values)).collect();
        let levels = |columns: &[Vec<f64>], row: usize| -> Vec<u16> {
            columns.iter().zip(&bounds).map(|(values, bounds)| level(bounds, values[row])).collect()
        };
        let learned: Vec<usize> = (0..known.len()).filter(|row| class_of[*row].is_some()).collect();
        let classes: Vec<usize> = learned.iter().filter_map(|row| class_of[*row]).collect();
        let all: Vec<u16> = learned.iter().flat_map(|row| levels(&train, *row)).collect();
        let samples = Samples { features: names.len(), levels: &all, classes: &classes, count: rows.len() };
        let forest = Settings { trees: self.trees, depth: self.depth, seed: self.seed }
            .grow(&samples, split)
            .map_err(|e| e.argument("group"))?;
        let (found, shares): (Vec<usize>, Vec<f64>) =
            (0..points.rows()).map(|row| forest.class(&levels(&test, row))).unzip();
        let firsts: Vec<usize> = rows.into_values().map(|rows| rows[0]).collect();
        let found: Vec<usize> = found.into_iter().map(|class| firsts[class]).collect();
        let table = points.clone().with(&self.name, super::condition::pick(known, &found));
        table.map_err(|e| e.argument("name"))?.with("confidence", Values::Float(shares))
    }
}

impl Host for MlClassifier {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Table(self.classify(inputs, best_split)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(self.classify(inputs, best_split_plain).map(|table| vec![Plain::Table(table)]))
    }
}
