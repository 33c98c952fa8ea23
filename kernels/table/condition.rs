//! Expressions over the columns of a table, and lists of columns, as arguments.

use rotifer_registry::error::suggestion;
use rotifer_registry::expr::{At, Dag, Names, Node, eval, parse};
use rotifer_registry::*;

/// An expression of columns by name, read when the pipeline is checked; the columns are looked up when there is a table.
#[derive(Clone, Debug)]
pub struct ColumnText {
    text: String,
    tree: Expr,
}

/// Any name may be a column but those of constants.
struct AnyColumn;

impl Names for AnyColumn {
    fn get(&self, name: &str) -> Option<Expr> {
        (!["pi", "inf", "nan", "true", "false"].contains(&name)).then(|| Expr::number(name))
    }
    fn all(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Param for ColumnText {
    const TYPE: ParamType = ParamType::Text;
    fn from_value(value: &Value) -> Result<ColumnText, Error> {
        let text = String::from_value(value)?;
        let tree = parse(&text, &AnyColumn)?;
        Ok(ColumnText { text, tree })
    }
    fn to_value(&self) -> Value {
        Value::Text(self.text.clone())
    }
}

/// One row of the columns that an expression names.
struct Row<'a> {
    columns: &'a [(String, Vec<f64>)],
    row: usize,
}

impl At for Row<'_> {
    fn port(&self, _index: usize) -> f64 {
        f64::NAN
    }
    fn number(&self, name: &str) -> f64 {
        self.columns.iter().find(|(n, _)| n == name).map_or(f64::NAN, |(_, values)| values[self.row])
    }
}

impl ColumnText {
    /// The value in every row.
    pub fn values(&self, table: &Table, argument: &str) -> Result<Vec<f64>, Error> {
        let dag = Dag::new(&self.tree);
        let mut columns = Vec::new();
        for node in dag.nodes() {
            let Node::Number(name) = node else { continue };
            let values = numbers(table, name).map_err(|e| e.argument(argument))?;
            columns.push((name.to_string(), values));
        }
        Ok((0..table.rows()).map(|row| eval(&dag, &Row { columns: &columns, row })).collect())
    }

    /// The value in one row, for reference implementations.
    pub fn at(&self, table: &Table, row: usize) -> Result<f64, Error> {
        let mut missing = None;
        let tree = self.tree.replace(|leaf| {
            let Node::Number(name) = leaf else { return None };
            match numbers(table, name) {
                Ok(values) => Some(Expr::from(values[row])),
                Err(error) => {
                    missing = Some(error);
                    None
                }
            }
        });
        match missing {
            Some(error) => Err(error),
            None => Ok(eval(&Dag::new(&tree), &Row { columns: &[], row })),
        }
    }

    /// The rows where the expression is true: neither 0 nor NaN.
    pub fn rows(&self, table: &Table, argument: &str) -> Result<Vec<usize>, Error> {
        let values = self.values(table, argument)?;
        Ok((0..values.len()).filter(|row| values[*row] != 0.0 && !values[*row].is_nan()).collect())
    }
}

/// A column by name, or an error that names the nearest ones.
pub fn column<'a>(table: &'a Table, name: &str) -> Result<&'a Values, Error> {
    table.column(name).ok_or_else(|| {
        let mut error = Error::new(Code::Table, format!("the table has no column `{name}`"));
        error.help = suggestion(name, table.columns().iter().map(|c| c.name.as_str()));
        error
    })
}

/// A column of numbers by name.
pub fn numbers(table: &Table, name: &str) -> Result<Vec<f64>, Error> {
    column(table, name)?
        .to_f64()
        .ok_or_else(|| Error::new(Code::Table, format!("column `{name}` is text, a number is needed")))
}

/// Some rows of a table, in this order.
pub fn take(table: &Table, rows: &[usize]) -> Result<Table, Error> {
    let mut taken = Table::new();
    for column in table.columns() {
        taken.push(&column.name, pick(&column.values, rows))?;
    }
    Ok(taken)
}

/// Some values of a column, in this order.
pub fn pick(values: &Values, rows: &[usize]) -> Values {
    match values {
        Values::Float(v) => Values::Float(rows.iter().map(|r| v[*r]).collect()),
        Values::Int(v) => Values::Int(rows.iter().map(|r| v[*r]).collect()),
        Values::Text(v) => Values::Text(rows.iter().map(|r| v[*r].clone()).collect()),
    }
}

/// Whether two cells hold the same, a NaN the same as a NaN: for reference implementations.
pub fn same_cell(a: &Values, i: usize, b: &Values, j: usize) -> bool {
    match (a, b) {
        (Values::Text(a), Values::Text(b)) => a[i] == b[j],
        (Values::Text(_), _) | (_, Values::Text(_)) => false,
        (a, b) => {
            let [a, b] = [(a, i), (b, j)].map(|(v, i)| v.to_f64().map_or(f64::NAN, |v| v[i]));
            a == b || a.is_nan() && b.is_nan()
        }
    }
}

/// Names of columns: a list, or a text with commas.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnList(pub Vec<String>);

impl Param for ColumnList {
    const TYPE: ParamType = ParamType::Text;
    fn from_value(value: &Value) -> Result<ColumnList, Error> {
        let names: Vec<String> = match value {
            Value::List(items) => items.iter().map(String::from_value).collect::<Result<_, _>>()?,
            other => String::from_value(other)?.split(',').map(|n| n.trim().to_string()).collect(),
        };
        Ok(ColumnList(names.into_iter().filter(|n| !n.is_empty()).collect()))
    }
    fn to_value(&self) -> Value {
        Value::Text(self.0.join(", "))
    }
}

/// A value that rows are grouped and joined by: a number by its bits, with one zero and one NaN.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    Number(u64),
    Text(String),
}

/// The key of a row.
pub fn key(columns: &[&Values], row: usize) -> Vec<Key> {
    let one = |values: &&Values| match values {
        Values::Text(v) => Key::Text(v[row].clone()),
        Values::Int(v) => Key::Number((v[row] as f64).to_bits()),
        Values::Float(v) if v[row].is_nan() => Key::Number(f64::NAN.to_bits()),
        Values::Float(v) => Key::Number((v[row] + 0.0).to_bits()),
    };
    columns.iter().map(one).collect()
}
