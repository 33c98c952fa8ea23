use super::condition::{ColumnList, Key, column, key, numbers, pick, same_cell};
use crate::common::statistic::Statistic;
use rotifer_registry::error::suggestion;
use rotifer_registry::*;
use std::collections::HashMap;

op! {
    /// Summarises the rows that have the same key: their count, and statistics of columns.
    ///
    /// One row for each key, in the order in which keys first appear, with the columns of the key, `count`, and `column_statistic`
    /// for every column and statistic. NaN is left out of a statistic, not out of `count`; a statistic of nothing is NaN. `sd` is
    /// the sample's standard deviation, with n − 1; quantiles are interpolated linearly. Sums are taken in row order in float64.
    pub struct GroupRows {
        /// Columns of the key, a list or parted by commas; none puts all rows into one group.
        by: ColumnList = ColumnList(Vec::new());
        /// Columns that are summarised; none takes all columns of numbers that are not in the key.
        columns: ColumnList = ColumnList(Vec::new());
        /// Statistics: sum, mean, sd, minimum, maximum, median, q25, q75, a list or parted by commas.
        statistics: ColumnList = ColumnList(vec!["mean".to_string()]);
    }
    id: "group_rows", revision: 1, family: Table,
    memory: host,
    inputs: { table: Table },
    outputs: { table: Table },
    agrees: Relative(1e-12), follows: "pandas.DataFrame.groupby 2.3",
    python: "
words = lambda x: [w.strip() for w in x.split(',') if w.strip()] if isinstance(x, str) else list(x)
by, columns, statistics = words(by), words(columns), words(statistics)
columns = columns or [c for c in table if c not in by and np.asarray(table[c]).dtype.kind != 'U']
keys = list(zip(*(table[c] for c in by))) if by else [()] * len(next(iter(table.values())))
groups = list(dict.fromkeys(keys))
pick = lambda c, g: np.array([v for v, k in zip(table[c], keys) if k == g])
result = {c: np.array([g[i] for g in groups]) for i, c in enumerate(by)}
result['count'] = np.array([keys.count(g) for g in groups])
take = dict(sum=np.sum, mean=np.mean, sd=lambda v: np.std(v, ddof=1), minimum=np.min, maximum=np.max, median=np.median,
    q25=lambda v: np.quantile(v, 0.25), q75=lambda v: np.quantile(v, 0.75))
for c in columns:
    for s in statistics:
        result[c + '_' + s] = np.array([take[s](f64(pick(c, g))) for g in groups])",
    examples: [
        "statistics = \"sum, mean, sd, minimum, maximum, median, q25, q75\"\ncolumns = \"area\"",
        "by = \"label\"\nstatistics = \"maximum\"",
    ],
}

const STATISTICS: [&str; 8] = ["sum", "mean", "sd", "minimum", "maximum", "median", "q25", "q75"];

/// A quantile of values none of which is NaN: interpolated linearly, NaN of none.
fn quantile(q: f64, values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = q * last as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    if low == high { low } else { low + (high - low) * place.fract() }
}

/// [`quantile`], by counting how many values lie below and at each.
fn plain_quantile(q: f64, values: &[f64]) -> f64 {
    let at = |rank: f64| {
        let below = |v: f64| values.iter().filter(|w| **w < v).count() as f64;
        let up_to = |v: f64| values.iter().filter(|w| **w <= v).count() as f64;
        values.iter().copied().find(|v| below(*v) <= rank && rank < up_to(*v)).unwrap_or(f64::NAN)
    };
    let place = q * (values.len() as f64 - 1.0);
    let (low, high) = (at(place.floor()), at(place.ceil()));
    if low == high { low } else { low + (high - low) * place.fract() }
}

/// A statistic of values none of which is NaN.
fn statistic(name: &str, values: &[f64], quantile: fn(f64, &[f64]) -> f64) -> f64 {
    match name {
        _ if values.is_empty() => f64::NAN,
        "sum" => Statistic::Sum.plain(values),
        "mean" => Statistic::Mean.plain(values),
        "sd" => Statistic::StandardDeviation { ddof: 1 }.plain(values),
        "minimum" => Statistic::Minimum.plain(values),
        "maximum" => Statistic::Maximum.plain(values),
        "median" => quantile(0.5, values),
        "q25" => quantile(0.25, values),
        _ => quantile(0.75, values),
    }
}

/// The groups of rows with equal keys, in the order of their first rows.
fn groups(by: &[&Values], rows: usize) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut known: HashMap<Vec<Key>, usize> = HashMap::new();
    for row in 0..rows {
        let group = *known.entry(key(by, row)).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(row);
    }
    groups
}

/// [`groups`], each row held against the first of every group.
fn plain_groups(by: &[&Values], rows: usize) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for row in 0..rows {
        let same = |group: &&mut Vec<usize>| by.iter().all(|v| same_cell(v, row, v, group[0]));
        match groups.iter_mut().find(same) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups
}

impl GroupRows {
    fn group(
        &self,
        table: &Table,
        groups: fn(&[&Values], usize) -> Vec<Vec<usize>>,
        quantile: fn(f64, &[f64]) -> f64,
    ) -> Result<Table, Error> {
        if let Some(odd) = self.statistics.0.iter().find(|s| !STATISTICS.contains(&s.as_str())) {
            let mut error =
                Error::new(Code::OutOfRange, "no such statistic").argument("statistics").value(odd);
            error = error.allowed(STATISTICS.join(", "));
            error.help = suggestion(odd, STATISTICS.into_iter()).filter(|s| s.starts_with("did"));
            return Err(error);
        }
        let by: Vec<&Values> = self
            .by
            .0
            .iter()
            .map(|n| column(table, n))
            .collect::<Result<_, _>>()
            .map_err(|e| e.argument("by"))?;
        let groups = groups(&by, table.rows());
        let firsts: Vec<usize> = groups.iter().map(|rows| rows[0]).collect();
        let mut out = Table::new();
        for (name, values) in self.by.0.iter().zip(&by) {
            out.push(name, pick(values, &firsts))?;
        }
        out.push("count", Values::Int(groups.iter().map(|rows| rows.len() as i64).collect()))?;
        let is_summarised =
            |c: &&Column| !self.by.0.contains(&c.name) && !matches!(c.values, Values::Text(_));
        let names: Vec<String> = match self.columns.0.as_slice() {
            [] => table.columns().iter().filter(is_summarised).map(|c| c.name.clone()).collect(),
            names => names.to_vec(),
        };
        for name in &names {
            let values = numbers(table, name).map_err(|e| e.argument("columns"))?;
            let groups: Vec<Vec<f64>> = groups
                .iter()
                .map(|rows| rows.iter().map(|r| values[*r]).filter(|v| !v.is_nan()).collect())
                .collect();
            for s in &self.statistics.0 {
                let column = groups.iter().map(|values| statistic(s, values, quantile)).collect();
                out.push(format!("{name}_{s}"), Values::Float(column))?;
            }
        }
        Ok(out)
    }
}

impl Host for GroupRows {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Table(self.group(inputs.table("table")?, groups, quantile)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let group = || self.group(inputs.table("table")?, plain_groups, plain_quantile);
        Some(group().map(|table| vec![Plain::Table(table)]))
    }
}
