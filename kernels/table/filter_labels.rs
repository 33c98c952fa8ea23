use super::condition::{ColumnText, numbers, take};
use crate::common::label_values::look_up;
use rotifer_registry::*;

op! {
    /// Keeps the objects whose row in a table meets a condition; the others become background.
    ///
    /// Labels keep their numbers. The table is one of these objects, with a row for each label, as measurements give it: labels
    /// without a row are removed, rows of labels that the image does not have change nothing. The second output holds the rows
    /// that are kept.
    pub struct FilterLabels {
        /// The condition, such as `area > 60 and solidity > 0.8`: an expression of columns, as in `calculate`. A row where one of
        /// them is NaN does not meet it.
        r#where: ColumnText;
        /// The column that holds the labels.
        label: String = "label".to_string();
    }
    id: "filter_labels", revision: 1, family: Table,
    memory: host,
    inputs: { labels: Labels, table: Table },
    outputs: { labels: Labels, table: Table },
    agrees: Exact, follows: "pandas.DataFrame.query 2.3",
    python: "
rows = [dict(zip(table, row)) for row in zip(*table.values())]
kept = np.array([bool(eval(where, {}, row)) for row in rows], bool)
result = (np.where(np.isin(labels, np.asarray(table['label'])[kept]), labels, 0),
    {name: np.asarray(values)[kept] for name, values in table.items()})",
    examples: ["where = \"area > 60\"", "where = \"area < 90 or label == 2\""],
}

impl FilterLabels {
    /// The labels that are kept, and their rows.
    fn kept(&self, table: &Table) -> Result<(Vec<u32>, Table), Error> {
        let rows = self.r#where.rows(table, "where")?;
        let labels = numbers(table, &self.label).map_err(|e| e.argument("label"))?;
        let label = |row: &usize| {
            let x = labels[*row];
            let fits = x.fract() == 0.0 && (1.0..=u32::MAX as f64).contains(&x);
            fits.then_some(x as u32).ok_or_else(|| {
                Error::new(Code::Table, "labels are whole numbers from 1").argument("label").value(x)
            })
        };
        Ok((rows.iter().map(label).collect::<Result<_, _>>()?, take(table, &rows)?))
    }
}

impl Host for FilterLabels {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let (mut kept, table) = self.kept(inputs.table("table")?)?;
        kept.sort_unstable();
        let stays = |label: u32| if kept.binary_search(&label).is_ok() { label } else { 0 };
        let out = look_up(labels.label_slice()?, stays);
        Ok(vec![Datum::Volume(labels.labels(out)?), Datum::Table(table)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let filter = || {
            let (kept, table) = self.kept(inputs.table("table")?)?;
            let labels = Grid::from(inputs.volume("labels")?);
            let out = labels.map(|l| if kept.contains(&(l as u32)) { l } else { 0.0 });
            Ok(vec![Plain::Image(out), Plain::Table(table)])
        };
        Some(filter())
    }
}
