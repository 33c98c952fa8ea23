//! Points of a table.

use super::condition::{ColumnList, numbers};
use rotifer_registry::*;

/// Coordinates in the order of their columns.
pub type Point = Vec<f64>;

/// The point of every row.
pub fn points(table: &Table, coordinates: &ColumnList) -> Result<Vec<Point>, Error> {
    let columns: Vec<Vec<f64>> = coordinates
        .0
        .iter()
        .map(|name| numbers(table, name))
        .collect::<Result<_, _>>()
        .map_err(|e| e.argument("coordinates"))?;
    if columns.iter().flatten().any(|v| !v.is_finite()) {
        return Err(Error::new(Code::Table, "coordinates are finite numbers")
            .argument("coordinates")
            .help("leave rows without a place out with filter_rows"));
    }
    Ok((0..table.rows()).map(|row| columns.iter().map(|c| c[row]).collect()).collect())
}

pub fn distance(a: &Point, b: &Point) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}
