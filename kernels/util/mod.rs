//! Images of other dtypes, of given values, of places.

pub mod convert;
pub mod create;
pub mod fill;
pub mod flag;
pub mod map_values;
pub mod montage;
