//! Tables as .csv.

use super::{file_error, write_atomic};
use rotifer_registry::{Error, Table, Values};
use std::path::Path;

/// Writes a table as .csv: a line of names, then one line for each row; `\n` ends a line, a text with a comma,
/// quote or line break is quoted. Floats have as many digits as give the same number back. NaN is an empty field,
/// which R, pandas and spreadsheets take as missing; infinities are `inf` and `-inf`.
pub fn write_table(path: &Path, table: &Table) -> Result<(), Error> {
    if !path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv")) {
        return Err(file_error(path, "tables are written as .csv"));
    }
    write_atomic(path, |file| write_csv(file, table))
}

/// The text of [`write_table`].
pub fn write_csv(to: impl std::io::Write, table: &Table) -> Result<(), csv::Error> {
    let mut csv = csv::Writer::from_writer(to);
    if !table.columns().is_empty() {
        csv.write_record(table.columns().iter().map(|c| &c.name))?;
    }
    for row in 0..table.rows() {
        for column in table.columns() {
            match &column.values {
                Values::Float(v) => csv.write_field(float(v[row]))?,
                Values::Int(v) => csv.write_field(v[row].to_string())?,
                Values::Text(v) => csv.write_field(&v[row])?,
            }
        }
        csv.write_record(None::<&[u8]>)?;
    }
    csv.flush()?;
    Ok(())
}

/// The shortest text that reads back as the same number.
pub(crate) fn float(x: f64) -> String {
    let size = x.abs();
    if x.is_nan() {
        String::new()
    } else if size != 0.0 && x.is_finite() && !(1e-5..1e16).contains(&size) {
        format!("{x:e}")
    } else {
        x.to_string()
    }
}
