use super::condition::{ColumnList, Key, column, key, pick};
use rotifer_registry::*;
use std::collections::HashMap;

op! {
    /// Turns the values of one column into columns: a row for each key, a column for each of those values.
    ///
    /// Rows come in the order in which keys first appear, with the columns of the key; behind them the columns `value_name`, in the
    /// order in which names first appear, hold what `value` has in the row of that key and that name. Where there is none, numbers
    /// are NaN and texts are empty. Two rows of one key and one name are refused.
    pub struct PivotTable {
        /// Columns of the key, a list or parted by commas.
        by: ColumnList = ColumnList(vec!["label".to_string()]);
        /// The column whose values become names of columns.
        name: String;
        /// The column that fills them.
        value: String;
    }
    id: "pivot_table", revision: 1, family: Table,
    memory: host,
    inputs: { table: Table },
    outputs: { table: Table },
    agrees: Exact, follows: "pandas.DataFrame.pivot 2.3",
    python: "
by = [c.strip() for c in by.split(',')] if isinstance(by, str) else by
text = lambda v: str(int(v)) if float(v).is_integer() and not isinstance(v, float) else str(v)
keys, names = list(zip(*(table[c] for c in by))), [text(v) for v in table[name].tolist()]
rows = list(dict.fromkeys(keys))
cells = {(k, n): v for k, n, v in zip(keys, names, table[value])}
result = {c: np.array([k[i] for k in rows]) for i, c in enumerate(by)}
for n in dict.fromkeys(names):
    result[value + '_' + n] = np.array([cells.get((k, n), np.nan) for k in rows], float)",
    examples: ["name = \"label\"\nvalue = \"area\"", "by = \"area, label\"\nname = \"area\"\nvalue = \"label\""],
}

impl PivotTable {
    /// The table; `groups` numbers the keys of rows in the order in which they first appear.
    fn pivot(&self, table: &Table, groups: fn(&[&Values], usize) -> Vec<usize>) -> Result<Table, Error> {
        let by = self.by.0.iter().map(|name| column(table, name)).collect::<Result<Vec<_>, _>>();
        let by = by.map_err(|e| e.argument("by"))?;
        let names = column(table, &self.name).map_err(|e| e.argument("name"))?;
        let values = column(table, &self.value).map_err(|e| e.argument("value"))?;
        let (rows, columns) = (groups(&by, table.rows()), groups(&[names], table.rows()));
        let firsts = |groups: &[usize]| {
            let mut firsts = Vec::new();
            for (row, group) in groups.iter().enumerate() {
                if *group == firsts.len() {
                    firsts.push(row);
                }
            }
            firsts
        };
        let (first_rows, first_columns) = (firsts(&rows), firsts(&columns));
        let mut cells = vec![vec![None; first_rows.len()]; first_columns.len()];
        for i in 0..table.rows() {
            if cells[columns[i]][rows[i]].replace(i).is_some() {
                let error = Error::new(Code::Table, "two rows have the same key and the same name");
                return Err(error
                    .argument("by")
                    .value(format!("row {i}"))
                    .help("summarise them with group_rows"));
            }
        }
        let mut pivoted = Table::new();
        for (name, values) in self.by.0.iter().zip(by) {
            pivoted.push(name, pick(values, &first_rows))?;
        }
        for (cells, first) in cells.iter().zip(first_columns) {
            let name = match names {
                Values::Text(v) => v[first].clone(),
                Values::Int(v) => v[first].to_string(),
                Values::Float(v) => v[first].to_string(),
            };
            let found = || cells.iter().flatten().copied().collect::<Vec<usize>>();
            let values = match values {
                Values::Text(v) => Values::Text(
                    cells.iter().map(|cell| cell.map_or(String::new(), |i| v[i].clone())).collect(),
                ),
                values if found().len() == cells.len() => pick(values, &found()),
                values => {
                    let v = values.to_f64().unwrap_or_default();
                    Values::Float(cells.iter().map(|cell| cell.map_or(f64::NAN, |i| v[i])).collect())
                }
            };
            pivoted.push(format!("{}_{name}", self.value), values)?;
        }
        Ok(pivoted)
    }
}

fn groups(columns: &[&Values], rows: usize) -> Vec<usize> {
    let mut known = HashMap::<Vec<Key>, usize>::new();
    let group = |row| {
        let next = known.len();
        *known.entry(key(columns, row)).or_insert(next)
    };
    (0..rows).map(group).collect()
}

/// [`groups`], each row held against those before it.
fn groups_plain(columns: &[&Values], rows: usize) -> Vec<usize> {
    let mut keys = Vec::<Vec<Key>>::new();
    for row in 0..rows {
        let key = key(columns, row);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let place = |row| keys.iter().position(|k| *k == key(columns, row)).unwrap_or_default();
    (0..rows).map(place).collect()
}

impl Host for PivotTable {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Table(self.pivot(inputs.table("table")?, groups)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let pivot = || self.pivot(inputs.table("table")?, groups_plain);
        Some(pivot().map(|table| vec![Plain::Table(table)]))
    }
}
