use super::condition::{ColumnList, numbers};
use rotifer_registry::*;

op! {
    /// Puts every row into a class by the bounds between which a column lies.
    ///
    /// `table` gets one more column: the class, as a whole number from 0, or its name where there are `names`. With ascending bounds
    /// b₁ to bₙ class 0 lies below b₁, class k from b_k to less than the next, class n from bₙ on; NaN is in class −1, whose name is
    /// empty. `counts` has a row for each class from 0: `class`, `count`, and `percent` of all rows, NaN of none.
    pub struct ClassifyByMeasurement {
        /// The column that decides.
        column: String;
        /// Bounds between classes, ascending: a number, a list, or a text of numbers parted by commas.
        bounds: Bounds;
        /// Names of the classes, one more than bounds, a list or parted by commas; none takes numbers.
        names: ColumnList = ColumnList(Vec::new());
        /// Name of the new column.
        name: String = "class".to_string();
    }
    id: "classify_by_measurement", revision: 1, family: Table,
    memory: host,
    inputs: { table: Table },
    outputs: { table: Table, counts: Table },
    agrees: Relative(1e-12), follows: "numpy.digitize 2.4",
    python: "
words = [w.strip() for w in names.split(',') if w.strip()] if isinstance(names, str) else list(names)
edges = [float(b) for b in bounds.split(',')] if isinstance(bounds, str) else np.atleast_1d(bounds)
values = f64(table[column])
found = np.where(np.isnan(values), -1, np.digitize(values, edges))
label = lambda k: (words[k] if k >= 0 else '') if words else k
counts = [int((found == k).sum()) for k in range(len(edges) + 1)]
result = (dict(table, **{name: np.array([label(k) for k in found])}), {'class': np.array([label(k) for k in range(len(counts))]),
    'count': np.array(counts), 'percent': 100 * np.array(counts) / len(found)})",
    examples: [
        "column = \"area\"\nbounds = \"60\"",
        "column = \"area\"\nbounds = \"10.5, 37.25, 90\"\nnames = \"small, middle, large, huge\"\nname = \"size\"",
        "column = \"label\"\nbounds = \"3, 7\"",
    ],
}

/// Ascending numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounds(Vec<f64>);

impl Param for Bounds {
    const TYPE: ParamType = ParamType::Text;
    fn from_value(value: &Value) -> Result<Bounds, Error> {
        let bounds: Vec<f64> = match value {
            Value::List(items) => items.iter().map(f64::from_value).collect::<Result<_, _>>()?,
            Value::Text(text) => {
                let number = |part: &str| f64::from_value(&Value::from_cli(part));
                text.split(',').map(number).collect::<Result<_, _>>()?
            }
            number => vec![f64::from_value(number)?],
        };
        match bounds.is_sorted_by(|a, b| a < b) && !bounds.is_empty() {
            true => Ok(Bounds(bounds)),
            false => {
                Err(Error::new(Code::OutOfRange, "bounds are ascending numbers, at least one").value(value))
            }
        }
    }
    fn to_value(&self) -> Value {
        Value::List(self.0.iter().map(|b| Value::Float(*b)).collect())
    }
}

impl ClassifyByMeasurement {
    fn classify(&self, table: &Table, class: impl Fn(f64) -> usize) -> Result<[Table; 2], Error> {
        let classes = self.bounds.0.len() + 1;
        if !self.names.0.is_empty() && self.names.0.len() != classes {
            let error = Error::new(Code::OutOfRange, "there is one name more than bounds").argument("names");
            return Err(error.value(self.names.0.len()).allowed(classes.to_string()));
        }
        let values = numbers(table, &self.column).map_err(|e| e.argument("column"))?;
        let found: Vec<i64> = values.iter().map(|v| if v.is_nan() { -1 } else { class(*v) as i64 }).collect();
        let named = |classes: Vec<i64>| {
            let name = |k: &i64| usize::try_from(*k).map_or(String::new(), |k| self.names.0[k].clone());
            let as_text = !self.names.0.is_empty();
            if as_text { Values::Text(classes.iter().map(name).collect()) } else { Values::Int(classes) }
        };
        let all = 0..classes as i64;
        let counts: Vec<i64> =
            all.clone().map(|k| found.iter().filter(|f| **f == k).count() as i64).collect();
        let percent = counts.iter().map(|n| 100.0 * *n as f64 / found.len() as f64).collect();
        let table = table.clone().with(&self.name, named(found)).map_err(|e| e.argument("name"))?;
        let summary = Table::new().with("class", named(all.collect()))?.with("count", Values::Int(counts))?;
        Ok([table, summary.with("percent", Values::Float(percent))?])
    }
}

impl Host for ClassifyByMeasurement {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let class = |v: f64| self.bounds.0.partition_point(|b| *b <= v);
        Ok(self.classify(inputs.table("table")?, class)?.map(Datum::Table).into())
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let class = |v: f64| self.bounds.0.iter().filter(|b| v >= **b).count();
        let classify = || Ok(self.classify(inputs.table("table")?, class)?.map(Plain::Table).into());
        Some(classify())
    }
}
