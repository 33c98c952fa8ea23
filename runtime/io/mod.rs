//! Images and tables on disk.
//!
//! Files are known by their first bytes, not by their extension. Values are read as they are stored: nothing is
//! rescaled. Everything written is written beside its target and renamed into place.

pub mod atomic;
mod in_file;
pub mod inputs;
mod output;
mod part;
pub mod plate;
mod png;
mod raster;
mod reading;
mod role;
pub mod table;
mod tiff;
mod write_options;

use rotifer_registry::{Code, Error, Image};
use std::path::Path;

pub use atomic::{Durability, sweep, write_atomic, write_atomic_with};
pub use inputs::expand;
pub use output::{Format, ImageWriter, Start, write_image, write_image_with};
pub use part::{Part, PartInfo, split};
pub use plate::{Group, Missing, Pattern, Site, group};
pub use reading::{parts, read, read_meta, read_noted, read_part, read_part_meta, read_region};
pub use role::{extension, read_role, role_of, write_roles};
pub use table::{read_table, read_value, read_value_meta, write_table};
pub use write_options::{Compression, WriteOptions};

/// An error that names the file first.
pub(crate) fn file_error(path: &Path, why: impl std::fmt::Display) -> Error {
    Error::new(Code::File, format!("{}: {why}", path.display()))
}

/// The error of a file that the system or a decoder does not give.
pub(crate) fn unreadable(path: &Path, cause: &dyn std::error::Error) -> Error {
    file_error(path, "cannot be read").because(cause)
}

/// A colour image: three channels called red, green, blue.
pub(crate) fn is_rgb(image: &Image) -> bool {
    image.c() == 3 && image.channels() == RGB
}

pub(crate) use rotifer_registry::image::RGB;

pub(crate) fn rgb_names() -> Vec<String> {
    RGB.map(String::from).to_vec()
}
