//! `registry.lock`: every function by id, revision, arguments, types and defaults, as they were when they were first
//! committed. New functions, revisions and optional arguments are appended; anything else needs a new revision.

use rotifer::registry::{ParamSpec, ParamType, Spec, entries};
use std::collections::BTreeMap;
use std::path::Path;

/// The lines of one function at one revision; arguments in the order of their declaration.
fn lines(spec: &Spec) -> (String, Vec<String>) {
    let argument = |p: &ParamSpec| {
        let default = p.default_value().map_or("required".to_string(), |v| format!("= {v}"));
        format!("    {}: {} {default}", p.name, p.ty.signature())
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

/// Whether a line says all that a locked one says: the same, or with further choices.
fn stands(locked: &str, now: &str, ty: Option<&ParamType>) -> bool {
    let parts = |line: &str| {
        let (name, rest) = line.split_once(": ")?;
        let (signature, default) = rest.split_once(' ')?;
        Some((name.to_string(), signature.to_string(), default.to_string()))
    };
    match (parts(locked), parts(now), ty) {
        (Some((name, signature, default)), Some((now, _, is)), Some(ty)) => {
            (name, default) == (now, is) && ty.extends(&signature)
        }
        _ => false,
    }
}

/// The lines of a function that are no longer as they were locked. `types` has the type of an argument by its line.
fn edits<'a>(
    locked: &[String],
    now: &[String],
    types: impl Fn(&str) -> Option<&'a ParamType> + Copy,
) -> Vec<String> {
    let stands = |then: &&String| now.iter().any(|now| now == *then || stands(then, now, types(now)));
    let mut wrong: Vec<String> =
        locked.iter().filter(|l| !stands(l)).map(|l| format!("changed or gone:{l}")).collect();
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
                let line = |p: &ParamSpec| format!("    {}: ", p.name);
                let ty = |l: &str| entry.spec.params.iter().find(|p| l.starts_with(&line(p))).map(|p| &p.ty);
                wrong.extend(edits(then, &now, ty).into_iter().map(|e| format!("{head}: {e}")));
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
    let ways = ParamType::Choice(&["up", "down", "left"]);
    let edits = |locked: &[String], now: &[String]| {
        edits(locked, now, |line| line.starts_with("    way: ").then_some(&ways))
    };
    let locked = lines(&["    a: int = 1", "    b: int = 2", "    way: up|down = \"up\""]);
    let now = |changed: &[&str]| lines(changed);
    assert!(edits(&locked, &locked).is_empty());
    let more = ["    a: int = 1", "    b: int = 2", "    way: up|down|left = \"up\"", "    c: int = 3"];
    assert!(edits(&locked, &now(&more)).is_empty());
    for (at, wrong) in [
        (0, "    a: int = 9"),
        (0, "    a: float = 1"),
        (2, "    way: up|down|left = \"down\""),
        (3, "    c: int required"),
    ] {
        let mut changed = more;
        changed[at] = wrong;
        assert_eq!(edits(&locked, &now(&changed)).len(), 1, "{wrong}");
    }
    assert_eq!(edits(&locked, &now(&more[1..])).len(), 1);
}
