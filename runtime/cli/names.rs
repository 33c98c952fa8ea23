//! Functions by the names that other libraries have for them: the table of `docs/names.md`.

use rotifer_registry::{Entry, entries, find};

const PAGE: &str = include_str!("../../docs/names.md");

/// A line of the table: the id, and the names in the libraries of the head.
fn lines() -> impl Iterator<Item = (&'static str, Vec<(&'static str, &'static str)>)> {
    let mut rows = PAGE.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let libraries: Vec<&str> = rows.next().unwrap_or_default().split(" | ").skip(1).collect();
    rows.filter(|row| !row.starts_with("---")).filter_map(move |row| {
        let mut cells = row.split(" | ").map(str::trim);
        let id = cells.next()?;
        let names = libraries.clone().into_iter().zip(cells);
        let names = names.flat_map(|(library, cell)| cell.split(", ").map(move |name| (library, name)));
        Some((id, names.filter(|(_, name)| !name.is_empty()).collect()))
    })
}

/// The libraries that have a function by this id or another name, each with that name.
pub fn of(id: &str) -> Vec<(&'static str, &'static str)> {
    lines().find(|(known, _)| *known == id).map_or(Vec::new(), |(_, names)| names)
}

/// Functions that a word names: as another library does, else in part of a name, an id or a summary. The second is why.
pub fn search(word: &str) -> Vec<(&'static Entry, String)> {
    let word = word.to_lowercase();
    let word = ["skimage.", "cle."].iter().find_map(|prefix| word.strip_prefix(prefix)).unwrap_or(&word);
    let mut found: Vec<(usize, &'static Entry, String)> = Vec::new();
    let mut add = |rank: usize, entry: &'static Entry, why: String| match found
        .iter_mut()
        .find(|(_, known, _)| known.spec.id == entry.spec.id)
    {
        Some(known) if known.0 > rank => (known.0, known.2) = (rank, why),
        Some(_) => {}
        None => found.push((rank, entry, why)),
    };
    for (id, names) in lines() {
        let Some(entry) = find(id) else { continue };
        for (library, name) in names {
            let lower = name.to_lowercase();
            let last = lower.rsplit('.').next().unwrap_or_default();
            let why = || format!("{name} in {library}");
            if lower == word || last == word {
                add(0, entry, why());
            } else if last.split('_').any(|part| part == word) {
                add(1, entry, why());
            }
        }
    }
    for entry in entries() {
        let spec = entry.spec;
        let has =
            |text: &str| text.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|part| part == word);
        if has(spec.id) {
            add(1, entry, spec.summary().into());
        } else if has(spec.summary()) {
            add(2, entry, spec.summary().into());
        }
    }
    let best = found.iter().map(|(rank, ..)| *rank).min();
    // A name that another library has is what is meant.
    found.retain(|(rank, ..)| best != Some(0) || *rank == 0);
    found.sort_by_key(|(rank, ..)| *rank);
    found.into_iter().map(|(_, entry, why)| (entry, why)).collect()
}
