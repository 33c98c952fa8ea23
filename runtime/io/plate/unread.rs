//! Index files that are known and not read: some matter to nobody who goes by names, some make the files unreadable.

use super::index_file;
use crate::io::file_error;
use rotifer_registry::Error;
use std::path::Path;

/// The meaning of an unread index for the images beside it.
enum Means {
    /// Names say enough; this is what they lack.
    Lacks(&'static str),
    /// The order of the planes stands nowhere else.
    Order,
    /// Where an image is several fields side by side, none is cut out.
    Montage,
}

struct Unread {
    /// Whether a file name, in lower case, is that of such an index.
    is: fn(&str) -> bool,
    of: &'static str,
    means: Means,
}

const UNREAD: [Unread; 4] = [
    Unread { is: |name| name == "ndtiff.index", of: "NDTiff", means: Means::Order },
    Unread {
        is: |name| name.ends_with(".mxprotocol") || name.ends_with(".jdce"),
        of: "ImageXpress HCS.ai",
        means: Means::Lacks("channels have their numbers as names, pixel sizes are those of the files"),
    },
    Unread {
        is: |name| name.ends_with(".mdb"),
        of: "Cellomics, ArrayScan",
        means: Means::Lacks("channels have their numbers as names, pixel sizes are those of the files"),
    },
    Unread { is: |name| name == "experiment.exp", of: "BD Pathway", means: Means::Montage },
];

fn find(path: &Path) -> Option<&'static Unread> {
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    UNREAD.iter().find(|unread| (unread.is)(&name))
}

/// Whether a file is named as an index that is known and not read.
pub fn is_unread(path: &Path) -> bool {
    find(path).is_some()
}

/// A note on such an index, or why its images cannot be taken by their names.
pub fn note(path: &Path) -> Result<Option<String>, Error> {
    let Some(Unread { of, means, .. }) = find(path) else { return Ok(None) };
    match means {
        Means::Lacks(what) => Ok(Some(format!("{}: {of} is not read: {what}", path.display()))),
        Means::Order => Err(file_error(path, format!("the order of the planes of {of} is not read"))
            .help("save the acquisition as OME-TIFF, or its planes as files")),
        Means::Montage => match montage(&index_file::text(path).unwrap_or_default()) {
            None => Ok(None),
            Some(fields) => Err(file_error(path, format!("montages of {of} are not cut into their fields"))
                .value(format!("{fields} fields in an image"))
                .help("export the fields as files, or take each montage as an image with --no-group")),
        },
    }
}

/// Fields side by side in an image, more than one, by lines such as `MontageRows=2` or `FieldCols=3`.
fn montage(text: &str) -> Option<u32> {
    let sides = text.lines().filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        let key = key.trim().to_lowercase();
        let is = |words: &[&str]| words.iter().any(|word| key.contains(word));
        let of_fields = is(&["field", "montage"]) && is(&["row", "col"]);
        value.trim().trim_matches('"').parse::<u32>().ok().filter(|_| of_fields)
    });
    Some(sides.fold(1u32, u32::saturating_mul)).filter(|n| *n > 1)
}

#[cfg(test)]
mod tests {
    use super::montage;

    #[test]
    fn a_montage_has_rows_and_columns_of_fields() {
        assert_eq!(montage("[Image]\r\nMontageRows=2\r\nMontageCols = 3\r\n"), Some(6));
        assert_eq!(montage("[Image]\nMontageRows=1\nMontageCols=1\nRows=8\n"), None);
        assert_eq!(montage(""), None);
    }
}
