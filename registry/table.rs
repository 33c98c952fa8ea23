//! Tables: columns of equal length. Points are tables with one column per axis.

use crate::error::{Code, Error};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    columns: Vec<Column>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub values: Values,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Values {
    Float(Vec<f64>),
    Int(Vec<i64>),
    Text(Vec<String>),
}

impl Values {
    pub fn len(&self) -> usize {
        match self {
            Values::Float(v) => v.len(),
            Values::Int(v) => v.len(),
            Values::Text(v) => v.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values as floats; `None` for text.
    pub fn to_f64(&self) -> Option<Vec<f64>> {
        match self {
            Values::Float(v) => Some(v.clone()),
            Values::Int(v) => Some(v.iter().map(|&x| x as f64).collect()),
            Values::Text(_) => None,
        }
    }

    fn extend(&mut self, other: &Values) -> bool {
        match (self, other) {
            (Values::Float(a), Values::Float(b)) => a.extend_from_slice(b),
            (Values::Int(a), Values::Int(b)) => a.extend_from_slice(b),
            (Values::Text(a), Values::Text(b)) => a.extend_from_slice(b),
            _ => return false,
        }
        true
    }
}

impl Table {
    pub fn new() -> Table {
        Table::default()
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |c| c.values.len())
    }

    pub fn column(&self, name: &str) -> Option<&Values> {
        self.columns.iter().find(|c| c.name == name).map(|c| &c.values)
    }

    /// Adds a column at the end. A repeated name or another length is refused.
    pub fn push(&mut self, name: impl Into<String>, values: Values) -> Result<(), Error> {
        self.insert(self.columns.len(), name, values)
    }

    pub fn insert(&mut self, at: usize, name: impl Into<String>, values: Values) -> Result<(), Error> {
        let name = name.into();
        if self.column(&name).is_some() {
            return Err(Error::new(Code::Table, format!("two columns are named `{name}`")));
        }
        if !self.columns.is_empty() && values.len() != self.rows() {
            return Err(Error::new(
                Code::Table,
                format!("column `{name}` has {} rows, the table has {}", values.len(), self.rows()),
            ));
        }
        self.columns.insert(at.min(self.columns.len()), Column { name, values });
        Ok(())
    }

    pub fn with(mut self, name: &str, values: Values) -> Result<Table, Error> {
        self.push(name, values)?;
        Ok(self)
    }

    /// Appends the rows of a table with the same columns.
    pub fn extend(&mut self, other: &Table) -> Result<(), Error> {
        if self.columns.is_empty() {
            *self = other.clone();
            return Ok(());
        }
        let same = self.columns.len() == other.columns.len()
            && self.columns.iter().zip(&other.columns).all(|(a, b)| a.name == b.name);
        if !same || !self.columns.iter_mut().zip(&other.columns).all(|(a, b)| a.values.extend(&b.values)) {
            return Err(Error::new(Code::Table, "tables with different columns cannot be joined"));
        }
        Ok(())
    }
}
