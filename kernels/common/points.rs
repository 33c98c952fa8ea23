//! Tables of points: columns y and x, and z where they are 3-D, in pixels.

use crate::table::condition::numbers;
use rotifer_registry::*;

const NAMES: [&str; 3] = ["z", "y", "x"];

/// The axes of the points in a table: those of 3-D where it has a column z.
pub fn axes(table: &Table) -> std::ops::Range<usize> {
    if table.column("z").is_some() { 0..3 } else { 1..3 }
}

/// Coordinates z, y, x of every point; 0 along axes that are not asked for.
pub fn coordinates(table: &Table, axes: std::ops::Range<usize>) -> Result<Vec<[f64; 3]>, Error> {
    let mut points = vec![[0.0; 3]; table.rows()];
    for axis in axes {
        let column = numbers(table, NAMES[axis]).map_err(|e| {
            if e.help.is_some() { e } else { e.help("points are rows with columns (z,) y, x") }
        })?;
        points.iter_mut().zip(column).for_each(|(point, value)| point[axis] = value);
    }
    Ok(points)
}

/// Adds the columns of points on these axes.
pub fn with_places(
    mut table: Table,
    axes: std::ops::Range<usize>,
    places: &[[usize; 3]],
) -> Result<Table, Error> {
    for axis in axes {
        table.push(NAMES[axis], Values::Int(places.iter().map(|p| p[axis] as i64).collect()))?;
    }
    Ok(table)
}

/// Adds the columns of points between pixels.
pub fn with_points(
    mut table: Table,
    axes: std::ops::Range<usize>,
    points: &[[f64; 3]],
) -> Result<Table, Error> {
    for axis in axes {
        table.push(NAMES[axis], Values::Float(points.iter().map(|p| p[axis]).collect()))?;
    }
    Ok(table)
}
