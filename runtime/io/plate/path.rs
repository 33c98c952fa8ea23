//! Paths in data that leave the process: exact, also those that are no UTF-8.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

#[derive(Serialize, Deserialize)]
enum Text {
    Utf8(String),
    /// Bytes on Unix, UTF-16 units on Windows.
    Units(Vec<u16>),
}

pub fn serialize<S: Serializer>(paths: &[PathBuf], to: S) -> Result<S::Ok, S::Error> {
    let text = |path: &PathBuf| match path.to_str() {
        Some(text) => Text::Utf8(text.into()),
        None => Text::Units(units(path.as_os_str())),
    };
    paths.iter().map(text).collect::<Vec<Text>>().serialize(to)
}

pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<PathBuf>, D::Error> {
    let texts: Vec<Text> = Vec::deserialize(from)?;
    let path = |text| match text {
        Text::Utf8(text) => PathBuf::from(text),
        Text::Units(units) => PathBuf::from(from_units(units)),
    };
    Ok(texts.into_iter().map(path).collect())
}

#[cfg(windows)]
fn units(text: &OsStr) -> Vec<u16> {
    std::os::windows::ffi::OsStrExt::encode_wide(text).collect()
}

#[cfg(windows)]
fn from_units(units: Vec<u16>) -> OsString {
    std::os::windows::ffi::OsStringExt::from_wide(&units)
}

#[cfg(not(windows))]
fn units(text: &OsStr) -> Vec<u16> {
    text.as_encoded_bytes().iter().copied().map(u16::from).collect()
}

#[cfg(not(windows))]
fn from_units(units: Vec<u16>) -> OsString {
    let bytes = units.into_iter().map(|u| u as u8).collect();
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}
