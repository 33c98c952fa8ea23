//! Plates and other acquisitions of many files: which well, field, time point, channel and plane a file is of.
//!
//! Everything goes through one site table: a row for each plane or file. It is made from the index files of
//! instruments, else from file names, or a user gives it. Images are made from its rows.

mod group;
mod harmony;
mod imagexpress;
mod incell;
mod index;
mod index_file;
mod micromanager;
pub mod names;
mod ome;
pub(crate) mod path;
mod pattern;
mod sites;
pub mod table;
mod unread;
mod yokogawa;

pub use group::{Group, Grouped, Missing, groups};
pub use index::is_index;
pub use pattern::Pattern;
pub use sites::{Choice, group, sites};
pub use table::{Row, Status, Table};
pub use unread::is_unread;

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Where on a plate an image was taken. What nothing tells is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Site {
    pub plate: Option<String>,
    /// Row letters and a column of at least two digits: `B03`.
    pub well: Option<String>,
    pub field: Option<u32>,
    /// Which of several measurements of the plate, from 1; `None` where there is one.
    pub acquisition: Option<u32>,
}

impl Site {
    /// `plate AS_09047, well B03, field 1`.
    pub fn name(&self) -> String {
        let number = |n: Option<u32>| n.map(|n| n.to_string());
        let mut parts = Vec::new();
        for (what, value) in [
            ("plate", self.plate.clone()),
            ("acquisition", number(self.acquisition)),
            ("well", self.well.clone()),
            ("field", number(self.field)),
        ] {
            parts.extend(value.map(|value| format!("{what} {value}")));
        }
        if parts.is_empty() { "the image".into() } else { parts.join(", ") }
    }

    /// Rows in the order of a plate: Z comes before AA.
    fn order(&self, other: &Site) -> Ordering {
        fn well(site: &Site) -> (usize, &str) {
            let well = site.well.as_deref().unwrap_or_default();
            (well.find(|c: char| c.is_ascii_digit()).unwrap_or(well.len()), well)
        }
        (&self.plate, self.acquisition, well(self), self.field).cmp(&(
            &other.plate,
            other.acquisition,
            well(other),
            other.field,
        ))
    }
}

/// `B03` of row `b` or `2` and column `3`.
pub(crate) fn well_name(row: &str, column: &str) -> Option<String> {
    let letters = match row.parse() {
        Ok(number) => row_letters(number)?,
        Err(_) => row.to_uppercase(),
    };
    Some(format!("{letters}{:02}", column.parse::<u32>().ok()?))
}

/// The usual form of a well: `b3` and `B003` are `B03`. Other texts stay as they are.
pub(crate) fn well_text(text: &str) -> String {
    let digits = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    let (row, column) = text.split_at(digits);
    let usual = (1..=2).contains(&row.len())
        && row.chars().all(|c| c.is_ascii_alphabetic())
        && (1..=3).contains(&column.len());
    usual.then(|| well_name(row, column)).flatten().unwrap_or_else(|| text.into())
}

/// 1 is A, 27 is AA, 32 is AF: the last row of a plate of 1536 wells.
fn row_letters(row: u32) -> Option<String> {
    let letter = |n: u32| char::from(b'A' + (n % 26) as u8).to_string();
    match row.checked_sub(1)? {
        n @ 0..26 => Some(letter(n)),
        n @ 26..702 => Some(letter(n / 26 - 1) + &letter(n)),
        _ => None,
    }
}
