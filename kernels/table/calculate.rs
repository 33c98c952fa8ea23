use super::condition::ColumnText;
use rotifer_registry::*;

op! {
    /// Adds a column that an expression of other columns gives.
    ///
    /// The expression names columns, `4 * pi * area / perimeter ^ 2`; names that are no words stand in quotes, `'centroid-0' * 2`.
    /// Operators and functions are those of `pixel_expression`. The column is float64; NaN marks what is missing.
    pub struct Calculate {
        /// Name of the new column.
        name: String;
        /// The expression, computed in float64 row by row.
        expression: ColumnText;
    }
    id: "calculate", revision: 1, family: Table,
    memory: host,
    inputs: { table: Table },
    outputs: { table: Table },
    agrees: Relative(1e-12), follows: "pandas.DataFrame.eval 2.3",
    python: "
import math
rows = [dict(zip(table, row)) for row in zip(*table.values())]
result = dict(table)
result[name] = np.array([float(eval(expression.replace('^', '**'), dict(vars(math)), row)) for row in rows])",
    examples: [
        "name = \"twice\"\nexpression = \"2 * area + label\"",
        "name = \"round\"\nexpression = \"sqrt(area / pi) ^ 2 - (label > 3) * 0.1\"",
    ],
}

impl Host for Calculate {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let table = inputs.table("table")?;
        if table.column(&self.name).is_some() {
            return Err(Error::new(Code::DuplicateName, "the table has this column already")
                .argument("name")
                .value(&self.name)
                .help("give the new column another name"));
        }
        let values = self.expression.values(table, "expression")?;
        Ok(vec![Datum::Table(table.clone().with(&self.name, Values::Float(values))?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let calculate = || {
            let table = inputs.table("table")?;
            let rows = 0..table.rows();
            let values = rows.map(|row| self.expression.at(table, row)).collect::<Result<_, _>>()?;
            Ok(vec![Plain::Table(table.clone().with(&self.name, Values::Float(values))?)])
        };
        Some(calculate())
    }
}
