//! The forms of a pipeline: TOML, JSON, compiled, Rust code. Whichever it went through, it is the same pipeline.

use rotifer::code;
use rotifer::document::{self, Form};
use rotifer::registry::wire::{compile, decompile};
use rotifer::registry::{Pipeline, Step, Value};
use std::path::{Path, PathBuf};

mod nuclei {
    include!("golden/code/nuclei.rs");
}
mod every_value {
    include!("golden/code/every_value.rs");
}

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn from_text(text: &str, form: Form) -> Pipeline {
    document::pipeline(text, form).unwrap_or_else(|errors| panic!("{errors:?}\n{text}")).0
}

fn from_file(path: &Path) -> Pipeline {
    from_text(&std::fs::read_to_string(path).expect("a pipeline"), Form::Toml)
}

/// Equal to the bit: NaN is itself, and zero has a sign.
fn same(a: &Pipeline, b: &Pipeline) -> bool {
    compile(a) == compile(b)
}

fn not_finite(value: &Value) -> bool {
    match value {
        Value::Float(x) => !x.is_finite(),
        Value::List(items) => items.iter().any(not_finite),
        _ => false,
    }
}

/// There and back through a form; `None` where it cannot hold this.
fn through(form: &str, pipeline: &Pipeline) -> Option<Pipeline> {
    let text = |form| document::write(&pipeline.to_tree(), form).ok().map(|text| from_text(&text, form));
    match form {
        "TOML" => text(Form::Toml),
        "JSON" => text(Form::Json),
        _ => Some(decompile(&compile(pipeline)).expect("a compiled pipeline").pipeline),
    }
}

#[test]
fn forms_round_trip_into_each_other() {
    let examples = std::fs::read_dir(at("examples")).expect("examples").map(|f| f.expect("a file").path());
    let mut paths: Vec<PathBuf> = examples.filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
    assert!(paths.len() > 2);
    paths.push(at("tests/golden/code/every_value.toml"));
    for path in paths {
        let pipeline = from_file(&path);
        let unsaid = |step: &Step| step.args.iter().any(|(_, value)| not_finite(value));
        let (odd, steps): (Vec<_>, _) = pipeline.steps.iter().cloned().partition(unsaid);
        let finite = Pipeline { steps, ..pipeline.clone() };
        for first in ["TOML", "JSON", "wire"] {
            for second in ["TOML", "JSON", "wire"] {
                let before = if [first, second].contains(&"JSON") { &finite } else { &pipeline };
                let after = through(first, before).and_then(|p| through(second, &p));
                let after = after.unwrap_or_else(|| panic!("{first} or {second} refuses {}", path.display()));
                assert!(same(before, &after), "{} through {first} and {second}: {after:?}", path.display());
            }
        }
        // JSON has no such number, and says so.
        assert!(odd.is_empty() || through("JSON", &Pipeline::new(odd)).is_none());
    }
}

#[test]
fn code_makes_the_pipeline_it_was_made_from() {
    let made = [
        ("examples/nuclei.toml", "nuclei", nuclei::pipeline()),
        ("tests/golden/code/every_value.toml", "every_value", every_value::pipeline()),
    ];
    for (source, name, made) in made {
        let pipeline = from_file(&at(source));
        let file = format!("tests/golden/code/{name}.rs");
        let written = std::fs::read_to_string(at(&file)).expect("code");
        assert_eq!(code::write(&pipeline), written, "cargo run --release -- convert {source} -o {file}");
        assert!(same(&pipeline, &made), "{source}: {made:?}");
    }
}
