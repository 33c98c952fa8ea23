use crate::common::label_values::look_up_all;
use crate::table::condition::numbers;
use rotifer_registry::*;

op! {
    /// Gives every pixel of an object a number that a table has for its label.
    ///
    /// Each row of the table says a label and its number; of several rows of one label the last counts. Pixels of labels without a
    /// row, the background among them, become `elsewhere`. Numbers are rounded to float32.
    pub struct ReplaceValuesByIndex {
        /// The column of the numbers.
        column: String;
        /// The column that holds the labels.
        label: String = "label".to_string();
        /// The number of pixels whose label has no row.
        elsewhere: f64 = 0.0;
    }
    id: "replace_values_by_index", revision: 1, family: Measure,
    memory: host,
    inputs: { labels: Labels, table: Table },
    outputs: { image: Image(F32) },
    agrees: Exact, follows: "numpy.take 2.4",
    python: "
names = np.asarray(table[label]).astype(np.int64)
values = np.full(max(labels.max(), names.max(initial=0)) + 1, elsewhere)
for name, value in zip(names, f64(table[column])):
    values[name] = value
result = values[labels].astype(np.float32)",
    examples: ["column = \"area\"", "column = \"label\"\nelsewhere = -1.5"],
}

impl ReplaceValuesByIndex {
    /// The number of every label that has a row.
    fn rows(&self, table: &Table) -> Result<Vec<(u32, f64)>, Error> {
        let labels = numbers(table, &self.label).map_err(|e| e.argument("label"))?;
        let values = numbers(table, &self.column).map_err(|e| e.argument("column"))?;
        let row = |(label, value): (f64, f64)| {
            let fits = label.fract() == 0.0 && (0.0..=u32::MAX as f64).contains(&label);
            fits.then_some((label as u32, value)).ok_or_else(|| {
                Error::new(Code::Table, "labels are whole numbers").argument("label").value(label)
            })
        };
        labels.into_iter().zip(values).map(row).collect()
    }
}

impl Host for ReplaceValuesByIndex {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let mut rows = self.rows(inputs.table("table")?)?;
        rows.sort_by_key(|row| row.0);
        let value = |label| match rows.partition_point(|row| row.0 <= label).checked_sub(1) {
            Some(i) if rows[i].0 == label => rows[i].1 as f32,
            _ => self.elsewhere as f32,
        };
        Ok(vec![Datum::Volume(labels.image(look_up_all(labels.label_slice()?, value))?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let replace = || {
            let rows = self.rows(inputs.table("table")?)?;
            let value = |label: f64| {
                rows.iter().rev().find(|row| row.0 as f64 == label).map_or(self.elsewhere, |row| row.1)
            };
            Ok(vec![Plain::Image(Grid::from(inputs.volume("labels")?).map(value))])
        };
        Some(replace())
    }
}
