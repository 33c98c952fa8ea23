//! `registry.lock`: every function by id, revision, arguments, types and defaults, as they were when they were first
//! committed. New functions, revisions and optional arguments are appended; anything else needs a new revision.

use rotifer::registry::{Spec, entries};
use std::collections::BTreeMap;
use std::path::Path;

/// The lines of one function at one revision; arguments in the order of their declaration.
fn lines(spec: &Spec) -> (String, Vec<String>) {
    let argument = |p: &rotifer::registry::ParamSpec| {
        let default = p.default_value().map_or("required".to_string(), |v| format!("= {v}"));
        format!("    {}: {:?} {default}", p.name, p.ty)
    };
    (format!("{} {}", spec.id, spec.revision), spec.params.iter().map(argument).collect())
}

fn parse(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut at = String::new();
    for line in text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        if line.starts_with(' ') {
            all.entry(at.clone()).or_default().push(line.to_string());
        } else {
            at = line.to_string();
            all.entry(at.clone()).or_default();
        }
    }
    all
}

/// What of a function's lines is no longer as it was locked.
fn edits(locked: &[String], now: &[String]) -> Vec<String> {
    let mut wrong: Vec<String> =
        locked.iter().filter(|l| !now.contains(l)).map(|l| format!("changed or gone:{l}")).collect();
    let new = now.iter().filter(|l| !locked.contains(l));
    wrong.extend(new.filter(|l| l.ends_with(" required")).map(|l| format!("new and required:{l}")));
    wrong
}

#[test]
fn functions_are_as_they_were_locked() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("registry.lock");
    let text = std::fs::read_to_string(&path).expect("registry.lock");
    let mut locked = parse(&text);
    let (mut wrong, mut new) = (Vec::new(), Vec::new());
    for entry in entries() {
        let (head, now) = lines(entry.spec);
        match locked.get(&head) {
            Some(then) => {
                wrong.extend(edits(then, &now).into_iter().map(|e| format!("{head}: {e}")));
                if now.iter().any(|l| !then.contains(l)) {
                    new.push(head.clone());
                }
            }
            None => new.push(head.clone()),
        }
        if !wrong.iter().any(|w| w.starts_with(&format!("{head}: "))) {
            locked.insert(head, now);
        }
    }
    assert!(wrong.is_empty(), "give a new revision to what has changed:\n{}", wrong.join("\n"));
    if new.is_empty() {
        return;
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "registry.lock lacks {}; run the tests and commit it",
        new.join(", ")
    );
    let comment: Vec<&str> = text.lines().filter(|l| l.starts_with('#')).collect();
    let functions = locked.iter().map(|(head, arguments)| {
        format!("{head}\n{}", arguments.iter().map(|a| format!("{a}\n")).collect::<String>())
    });
    std::fs::write(&path, format!("{}\n{}", comment.join("\n"), functions.collect::<String>()))
        .expect("registry.lock");
}

#[test]
fn edits_are_told_from_appends() {
    let lines = |l: &[&str]| l.iter().map(|l| l.to_string()).collect::<Vec<_>>();
    let locked = lines(&["    a: Int = 1", "    b: Int = 2"]);
    assert!(edits(&locked, &locked).is_empty());
    assert!(edits(&locked, &lines(&["    a: Int = 1", "    b: Int = 2", "    c: Int = 3"])).is_empty());
    assert_eq!(edits(&locked, &lines(&["    a: Int = 9", "    b: Int = 2"])).len(), 1);
    assert_eq!(edits(&locked, &lines(&["    a: Int = 1"])).len(), 1);
    assert_eq!(edits(&locked, &lines(&["    a: Int = 1", "    b: Int = 2", "    c: Int required"])).len(), 1);
}
