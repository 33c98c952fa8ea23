use super::condition::{ColumnList, Key, column, key, pick, same_cell, take};
use rotifer_registry::*;
use std::collections::HashMap;

op! {
    /// Puts the columns of another table beside the rows that have the same key.
    ///
    /// Rows come in the order of `table`; where several rows of `other` match, in their order, a row for each. Rows of `other`
    /// that match nothing are left out.
    pub struct JoinTables {
        /// The columns that must be equal in both, a list or parted by commas.
        by: ColumnList = ColumnList(vec!["label".to_string()]);
        /// Rows of `table` without a match are kept, with NaN for numbers and the empty text for texts; or left out.
        keep: Keep = Keep::All;
        /// Stands before the name of a column of `other` that `table` has, too.
        prefix: String = "other_".to_string();
    }
    id: "join_tables", revision: 1, family: Table,
    memory: host,
    inputs: { table: Table, other: Table },
    outputs: { table: Table },
    agrees: Exact, follows: "pandas.merge 2.3",
    python: "
on = [c.strip() for c in by.split(',')] if isinstance(by, str) else by
rest = [c for c in other if c not in on]
pairs = []
for i in range(len(table[on[0]])):
    matches = [j for j in range(len(other[on[0]])) if all(table[c][i] == other[c][j] for c in on)]
    pairs += [(i, j) for j in matches] if matches or keep == 'matched' else [(i, None)]
result = {c: np.array([table[c][i] for i, _ in pairs]) for c in table}
for c in rest:
    result[(prefix if c in table else '') + c] = np.array([np.nan if j is None else other[c][j] for _, j in pairs])",
    examples: ["prefix = \"second_\"", "prefix = \"o_\"\nkeep = \"matched\"\nby = \"label\""],
}

/// The rows that a join keeps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Keep {
    All,
    Matched,
}

impl Param for Keep {
    const TYPE: ParamType = ParamType::Choice(&["all", "matched"]);
    fn from_value(value: &Value) -> Result<Keep, Error> {
        match value {
            Value::Text(text) if text == "all" => Ok(Keep::All),
            Value::Text(text) if text == "matched" => Ok(Keep::Matched),
            other => Err(Error::new(Code::WrongType, "no such choice").value(other).allowed("all | matched")),
        }
    }
    fn to_value(&self) -> Value {
        Value::Text(if *self == Keep::All { "all" } else { "matched" }.into())
    }
}

impl JoinTables {
    /// The joined table; `matches` gives the rows of `other` that belong to each row of `table`, from the key columns of both.
    fn join(
        &self,
        inputs: &Inputs,
        matches: impl Fn(&[&Values], &[&Values]) -> Vec<Vec<usize>>,
    ) -> Result<Table, Error> {
        let (table, other) = (inputs.table("table")?, inputs.table("other")?);
        if self.by.0.is_empty() {
            return Err(Error::new(Code::Table, "a join needs a column that both tables have").argument("by"));
        }
        let keys = |table| self.by.0.iter().map(|name| column(table, name)).collect::<Result<Vec<_>, _>>();
        let (left, right) =
            (keys(table).map_err(|e| e.argument("by"))?, keys(other).map_err(|e| e.argument("by"))?);
        let mut pairs: Vec<(usize, Option<usize>)> = Vec::new();
        for (row, matches) in matches(&left, &right).into_iter().enumerate() {
            if matches.is_empty() && self.keep == Keep::All {
                pairs.push((row, None));
            }
            pairs.extend(matches.into_iter().map(|m| (row, Some(m))));
        }
        let mut joined = take(table, &pairs.iter().map(|(row, _)| *row).collect::<Vec<_>>())?;
        let missing = pairs.iter().any(|(_, m)| m.is_none());
        for column in other.columns().iter().filter(|c| !self.by.0.contains(&c.name)) {
            let found: Vec<usize> = pairs.iter().filter_map(|(_, m)| *m).collect();
            let values = match &column.values {
                Values::Text(v) => Values::Text(
                    pairs.iter().map(|(_, m)| m.map(|m| v[m].clone()).unwrap_or_default()).collect(),
                ),
                values if missing => {
                    let v = values.to_f64().unwrap_or_default();
                    Values::Float(pairs.iter().map(|(_, m)| m.map_or(f64::NAN, |m| v[m])).collect())
                }
                values => pick(values, &found),
            };
            let prefix = if table.column(&column.name).is_some() { self.prefix.as_str() } else { "" };
            let name = format!("{prefix}{}", column.name);
            joined.push(&name, values).map_err(|e| {
                e.argument("prefix")
                    .help("a prefix parts the columns of the other table from those of the first")
            })?;
        }
        Ok(joined)
    }
}

/// Rows of a column.
fn rows(columns: &[&Values]) -> usize {
    columns.first().map_or(0, |c| c.len())
}

impl Host for JoinTables {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let joined = self.join(inputs, |left, right| {
            let mut by_key: HashMap<Vec<Key>, Vec<usize>> = HashMap::new();
            for row in 0..rows(right) {
                by_key.entry(key(right, row)).or_default().push(row);
            }
            (0..rows(left)).map(|row| by_key.get(&key(left, row)).cloned().unwrap_or_default()).collect()
        });
        Ok(vec![Datum::Table(joined?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let joined = self.join(inputs, |left, right| {
            let same = |i: usize, j: usize| left.iter().zip(right).all(|(a, b)| same_cell(a, i, b, j));
            (0..rows(left)).map(|i| (0..rows(right)).filter(|j| same(i, *j)).collect()).collect()
        });
        Some(joined.map(|table| vec![Plain::Table(table)]))
    }
}
