//! Classes of points, and edges between points by their names.

use super::condition::{Key, column, key};
use crate::common::order::ordered_f64;
use rotifer_registry::*;
use std::collections::{BTreeMap, HashMap};

/// The rows of the first points of each class, in the order of the classes, and the place of each row's class among them.
pub fn classes(values: &Values, rows: usize) -> (Vec<usize>, Vec<usize>) {
    let mut firsts = BTreeMap::<(u64, String), Vec<usize>>::new();
    for row in 0..rows {
        let class = match key(&[values], row).remove(0) {
            Key::Number(bits) => (ordered_f64(f64::from_bits(bits)), String::new()),
            Key::Text(text) => (0, text),
        };
        firsts.entry(class).or_default().push(row);
    }
    let mut places = vec![0; rows];
    for (place, members) in firsts.values().enumerate() {
        members.iter().for_each(|row| places[*row] = place);
    }
    (firsts.into_values().map(|rows| rows[0]).collect(), places)
}

/// The rows of the points that each edge joins; `label` is the column that names a point.
pub fn ends(points: &Table, edges: &Table, label: &str) -> Result<Vec<[usize; 2]>, Error> {
    let names = column(points, label).map_err(|e| e.argument("label"))?;
    let rows: HashMap<Vec<Key>, usize> = (0..names.len()).map(|row| (key(&[names], row), row)).collect();
    let end = |values: &Values, row: usize| {
        let name = key(&[values], row);
        rows.get(&name).copied().ok_or_else(|| {
            let error = Error::new(Code::Table, "an edge ends at a point that is not there");
            error.argument("label").value(format!("row {row}")).help("`edges` is made of `points`")
        })
    };
    let (source, target) = (column(edges, "source")?, column(edges, "target")?);
    (0..edges.rows()).map(|row| Ok([end(source, row)?, end(target, row)?])).collect()
}
