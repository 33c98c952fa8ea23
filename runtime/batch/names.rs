//! Names in the folder of the results. No two are the same, not even where case does not count.

use crate::io::Group;
use crate::io::inputs::RESULTS;
use rotifer_registry::OutKind;
use rotifer_registry::pipeline::{Checked, Origin};
use rotifer_registry::wire::fnv;
use std::collections::HashSet;

/// The folder of what a run must know to go on.
pub const JOURNAL: &str = ".rotifer";
/// A row for each image, and for each well.
pub const IMAGES: &str = "images";
pub const WELLS: &str = "wells";
/// Bytes of the longest name of an image: there is room for an ending within what file systems take.
const LONGEST: usize = 200;

/// A name, regardless of case. There may be very many: two that share a number by chance are told apart like equal ones.
fn key(name: &str) -> u64 {
    fnv(name.to_lowercase().as_bytes())
}

/// The first of some names that is not taken.
fn free(taken: &mut HashSet<u64>, mut names: impl Iterator<Item = String>) -> String {
    names.find(|name| taken.insert(key(name))).unwrap_or_default()
}

fn numbered(name: &str) -> impl Iterator<Item = String> {
    std::iter::once(name.to_string()).chain((2..).map(move |n| format!("{name}_{n}")))
}

/// Names of the files of an image's kept outputs, without their ending.
pub fn files(checked: &Checked) -> Vec<(Origin, String)> {
    let mut taken = HashSet::new();
    let kept = checked.kept().into_iter().filter(|origin| !checked.is_over(*origin));
    kept.map(|origin| (origin, free(&mut taken, numbered(&checked.output_name(origin))))).collect()
}

/// The joint tables that a pipeline gives: their outputs' names, and the names of their files.
pub fn tables(checked: &Checked) -> Vec<(String, String)> {
    let mut taken: HashSet<u64> = [IMAGES, WELLS].map(|name| key(&format!("{name}.csv"))).into();
    let is_table = |origin: &Origin| {
        matches!(*origin, Origin::Step { step, output }
            if checked.steps[step].entry.spec.outputs[output].kind == OutKind::Table)
    };
    let kept = checked.kept().into_iter().filter(|origin| !checked.is_over(*origin));
    let kept = kept.filter(is_table).map(|origin| checked.output_name(origin));
    kept.map(|name| {
        let file = free(&mut taken, numbered(&name).map(|name| format!("{name}.csv")));
        (name, file)
    })
    .collect()
}

/// A name for each image: that of its file, or of several what their names have in common; where that is taken, by
/// another image or by a table, with its folder's name, or with a number.
pub fn images(checked: &Checked, groups: &[Group]) -> Vec<String> {
    let mut taken: HashSet<u64> = [JOURNAL, RESULTS].map(key).into();
    taken.extend([IMAGES, WELLS].map(|name| key(&format!("{name}.csv"))));
    taken.extend(tables(checked).into_iter().map(|(_, file)| key(&file)));
    let mut name = |group: &Group| {
        let stem = plain(&group.stem());
        let parent = group.files().first().and_then(|f| f.parent()?.file_name());
        let with_parent = parent.map(|p| plain(&format!("{}_{stem}", p.to_string_lossy())));
        let mut names = numbered(&stem);
        free(&mut taken, names.next().into_iter().chain(with_parent).chain(names))
    };
    groups.iter().map(&mut name).collect()
}

/// A name that is one folder within the results: no `..`, no separator, not too long.
pub fn plain(name: &str) -> String {
    let mut name: String = name.chars().map(|c| if "/\\\0".contains(c) { '_' } else { c }).collect();
    if name.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|n| name.is_char_boundary(*n)).unwrap_or(0);
        name.truncate(end);
    }
    if name.trim_matches('.').trim().is_empty() {
        return format!("image{}", "_".repeat(name.len()));
    }
    name
}
