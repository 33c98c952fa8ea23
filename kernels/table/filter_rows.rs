use super::condition::{ColumnText, take};
use rotifer_registry::*;

op! {
    /// Keeps the rows of a table where a condition on its columns holds.
    ///
    /// A row where a column of the condition is NaN is left out, as the condition is not known to hold.
    pub struct FilterRows {
        /// The condition, such as `area > 60 and solidity > 0.8`: an expression of columns, as in `calculate`.
        r#where: ColumnText;
    }
    id: "filter_rows", revision: 1, family: Table,
    memory: host,
    inputs: { table: Table },
    outputs: { table: Table },
    agrees: Exact, follows: "pandas.DataFrame.query 2.3",
    python: "
rows = [dict(zip(table, row)) for row in zip(*table.values())]
kept = np.array([bool(eval(where, {}, row)) for row in rows], bool)
result = {name: np.asarray(values)[kept] for name, values in table.items()}",
    examples: ["where = \"area > 60 and label < 9\"", "where = \"not (area > 60) or label == 3\""],
}

impl Host for FilterRows {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let table = inputs.table("table")?;
        let rows = self.r#where.rows(table, "where")?;
        Ok(vec![Datum::Table(take(table, &rows)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let filter = || {
            let table = inputs.table("table")?;
            let mut kept = take(table, &[])?;
            for row in 0..table.rows() {
                let holds = self.r#where.at(table, row)?;
                if holds != 0.0 && !holds.is_nan() {
                    kept.extend(&take(table, &[row])?)?;
                }
            }
            Ok(vec![Plain::Table(kept)])
        };
        Some(filter())
    }
}
