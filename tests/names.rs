//! `docs/names.md`: functions beside their names in other libraries, made from the catalogue of these names.

use rotifer::registry::{entries, find};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const LIBRARIES: [(&str, &str); 3] = [
    ("scikit-image", "scikit-image"),
    ("pyclesperanto", "pyclesperanto"),
    ("scipy.ndimage", "scipy.ndimage"),
];

const HEAD: &str = "# Names in other libraries

Functions beside their names in scikit-image, pyclesperanto, scipy.ndimage and CellProfiler. `rotifer doc NAME` finds a function by any of
them. Definitions can differ in borders, defaults and dtypes: the documentation of a function says which one it follows.

From scikit-image: arrays go in and come out as they do there, but nothing is rescaled to 0..1: `gaussian_filter` of uint8 gives float32 from 0 to
255, `median_filter` stays uint8. Lengths may be texts with a unit (`radius=\"2 um\"`), and labels are uint32. From pyclesperanto: no `device` and no
output argument; every function has a host kernel, `on=\"gpu\"` asks for the device. The notebooks `docs/notebooks/from_scikit_image.py` and
`docs/notebooks/from_pyclesperanto.py` have a workflow of each.

";

/// The page as the catalogue of names gives it; `None` where that is not here.
fn page() -> Option<String> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let mut names: BTreeMap<&str, [Vec<String>; 4]> =
        entries().iter().map(|e| (e.spec.id, Default::default())).collect();
    let mut map = csv::Reader::from_path(shared.join("catalog/names_map.csv")).ok()?;
    for row in map
        .records()
        .map(|row| row.expect("a table"))
        .filter(|row| ["op", "deprecated-alias"].contains(&&row[3]))
    {
        let library = LIBRARIES.iter().position(|(prefix, _)| row[0].starts_with(prefix));
        if let (Some(library), Some(names)) = (library, names.get_mut(&row[2])) {
            names[library].push(row[1].trim_start_matches("skimage.").to_string());
        }
    }
    let mut modules = csv::Reader::from_path(shared.join("pipelines/cp_modules.csv")).ok()?;
    for row in modules.records().map(|row| row.expect("a table")) {
        for id in row[5].split([' ', '|']).chain(row[6].split([' ', '|'])) {
            if let Some(names) = names.get_mut(id) {
                names[3].push(row[0].to_string());
            }
        }
    }
    let mut text = HEAD.to_string();
    let libraries = LIBRARIES.map(|(_, name)| name);
    text += &format!("| Rotifer | {} | CellProfiler |\n|---|---|---|---|---|\n", libraries.join(" | "));
    for (id, mut names) in names.into_iter().filter(|(_, names)| names.iter().any(|n| !n.is_empty())) {
        names.iter_mut().for_each(|names| {
            names.sort_unstable();
            names.dedup();
        });
        text += &format!("| {id} | {} |\n", names.map(|names| names.join(", ")).join(" | "));
    }
    Some(text)
}

#[test]
fn the_page_has_every_function() {
    let Some(page) = page() else {
        println!("skipped, the catalogue of names is absent");
        return;
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/names.md");
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    if there != page {
        assert!(std::env::var_os("CI").is_none(), "docs/names.md is stale: run the tests and commit it");
        std::fs::write(&path, page).expect("docs/names.md");
    }
}

#[test]
fn functions_are_found_by_other_names() {
    let doc = |word: &str| {
        let out = Command::new(env!("CARGO_BIN_EXE_rotifer")).args(["doc", word]).output().expect("starts");
        (out.status.success(), String::from_utf8_lossy(&out.stdout).into_owned())
    };
    for (word, id) in [
        ("blur", "gaussian_filter"),
        ("gaussian_blur", "gaussian_filter"),
        ("top_hat_box", "white_tophat"),
        ("skimage.filters.gaussian", "gaussian_filter"),
        ("filters.gaussian", "gaussian_filter"),
        ("IdentifyTertiaryObjects", "mask_labels"),
    ] {
        let (found, text) = doc(word);
        assert!(found && find(id).is_some() && text.contains(id), "{word}: {text}");
    }
    // One function is shown whole; a word that means nothing is an error.
    assert!(doc("gaussian_blur").1.contains("sigma"));
    assert!(!doc("qqq").0);
}
