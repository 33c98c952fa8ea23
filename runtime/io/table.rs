//! Tables as .csv.

use super::role::{read_role, role_of};
use super::{file_error, write_atomic};
use crate::plan::FlowMeta;
use rotifer_registry::{Datum, Error, Frames, Table, Values};
use std::path::Path;

fn is_csv(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"))
}

/// Reads an input of a pipeline: a table from .csv, a value of a registered role from its files, else an image.
pub fn read_value(path: &Path) -> Result<Frames, Error> {
    if role_of(path).is_some() {
        return read_role(path).map(|value| Datum::Role(value).into());
    }
    if is_csv(path) {
        return read_table(path).map(|table| Datum::Table(table).into());
    }
    super::read(path).map(|image| Frames::from(&image))
}

/// Metadata of what [`read_value`] gives, without decoding pixels.
pub fn read_value_meta(path: &Path) -> Result<FlowMeta, Error> {
    if is_csv(path) || role_of(path).is_some() {
        return read_value(path).map(|value| FlowMeta::of_frames(&value));
    }
    super::read_meta(path).map(|meta| FlowMeta::of_image(&meta))
}

/// Reads a table from .csv with a line of names. A column of integers is integers, one of numbers is numbers, where an
/// empty field is NaN; every other is text.
pub fn read_table(path: &Path) -> Result<Table, Error> {
    let wrong = |e: csv::Error| file_error(path, "cannot be read as a table").because(&e);
    let mut csv = csv::Reader::from_path(path).map_err(wrong)?;
    let names = csv.headers().map_err(wrong)?.clone();
    let mut columns: Vec<Vec<String>> = vec![Vec::new(); names.len()];
    for row in csv.records() {
        let row = row.map_err(wrong)?;
        columns.iter_mut().zip(&row).for_each(|(column, field)| column.push(field.trim().into()));
    }
    let mut table = Table::new();
    for (name, texts) in names.iter().zip(columns) {
        table.push(name.trim_start_matches('\u{feff}').trim(), typed(texts))?;
    }
    Ok(table)
}

fn typed(texts: Vec<String>) -> Values {
    let integers: Option<Vec<i64>> = texts.iter().map(|text| text.parse().ok()).collect();
    if let Some(integers) = integers {
        return Values::Int(integers);
    }
    let number = |text: &String| if text.is_empty() { Some(f64::NAN) } else { text.parse().ok() };
    let numbers: Option<Vec<f64>> = texts.iter().map(number).collect();
    numbers.map_or(Values::Text(texts), Values::Float)
}

/// Writes a table as .csv: a line of names, then one line for each row; `\n` ends a line, a text with a comma,
/// quote or line break is quoted. Floats have as many digits as give the same number back. NaN is an empty field,
/// which R, pandas and spreadsheets take as missing; infinities are `inf` and `-inf`.
pub fn write_table(path: &Path, table: &Table) -> Result<(), Error> {
    if !is_csv(path) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.csv");
        let table = Table::new()
            .with("label", Values::Int(vec![1, -2]))
            .and_then(|t| t.with("area", Values::Float(vec![f64::NAN, 0.1])))
            .and_then(|t| t.with("well", Values::Text(vec!["A01, \"left\"".into(), String::new()])))
            .expect("a table");
        write_table(&path, &table).expect("written");
        assert_eq!(format!("{:?}", read_table(&path).expect("read")), format!("{table:?}"));
        std::fs::write(&path, "a,b\n1\n").expect("written");
        assert!(read_table(&path).expect_err("a short row").to_string().contains("t.csv"));
    }
}
