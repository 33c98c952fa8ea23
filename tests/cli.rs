//! The program as a user meets it: what it prints, and how it ends.

use serde_json::Value as Json;
use std::path::Path;
use std::process::Command;

/// Exit code, stdout and stderr of the program.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> Json {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}\n{}", self.out, self.err))
    }
}

fn rotifer_in(dir: &Path, args: &[&str]) -> Ran {
    let done = Command::new(env!("CARGO_BIN_EXE_rotifer")).args(args).current_dir(dir).output().unwrap();
    Ran {
        code: done.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&done.stdout).into_owned(),
        err: String::from_utf8_lossy(&done.stderr).into_owned(),
    }
}

fn rotifer(args: &[&str]) -> Ran {
    rotifer_in(Path::new("."), args)
}

#[test]
fn list_shows_every_function_under_its_family() {
    let all = rotifer(&["list"]);
    assert_eq!(all.code, 0, "{}", all.err);
    let entries = rotifer::registry::entries();
    for entry in entries {
        let line = all.out.lines().find(|l| l.split_whitespace().next() == Some(entry.spec.id));
        assert!(line.is_some_and(|l| l.ends_with(entry.spec.summary())), "{}", entry.spec.id);
    }
    let json = rotifer(&["list", "--json"]).json();
    assert_eq!(json.as_array().map(Vec::len), Some(entries.len()));
    let filters = rotifer(&["list", "--family", "filters", "--memory", "device", "--json"]).json();
    for op in filters.as_array().unwrap() {
        assert_eq!((op["family"].as_str(), op["memory"][1].as_str()), (Some("filters"), Some("device")));
    }
    assert!(filters.as_array().unwrap().iter().any(|op| op["id"] == "gaussian_filter"));
    assert_eq!(rotifer(&["list", "--family", "filtres"]).code, 2);
}

#[test]
fn doc_tells_all_of_every_function() {
    for entry in rotifer::registry::entries() {
        let spec = entry.spec;
        let text = rotifer(&["doc", spec.id]);
        assert_eq!(text.code, 0, "{}", text.err);
        for said in [spec.summary(), spec.follows].into_iter().chain(spec.params.iter().map(|p| p.name)) {
            assert!(text.out.contains(said), "{}: {said}\n{}", spec.id, text.out);
        }
        let json = rotifer(&["doc", spec.id, "--json"]).json();
        let schema = &json["schema"]["properties"];
        assert_eq!(schema.as_object().map(|p| p.len()), Some(spec.params.len()), "{}", spec.id);
        for param in spec.params {
            assert_eq!(
                schema[param.name].get("default").is_some(),
                param.default.is_some(),
                "{}",
                param.name
            );
        }
    }
    let wrong = rotifer(&["doc", "gausian_filter"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("did you mean gaussian_filter"), "{}", wrong.err);
}

#[test]
fn usage_errors_end_with_2() {
    for args in [&[][..], &["frobnicate"], &["doc"], &["list", "--colour"]] {
        let ran = rotifer(args);
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(!ran.err.is_empty());
    }
    assert_eq!(rotifer(&["--help"]).code, 0);
}

#[test]
fn check_names_every_mistake_at_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let toml = "name = \"wrong\"\n\n[[steps]]\nop = \"gausian_filter\"\n\n[[steps]]\nop = \"gaussian_filter\"\nsigmaa = 1.0\n\
                truncate = 99.0\nedge = \"reflekt\"\non = \"gpu\"\nfrom = \"smooth\"\n";
    std::fs::write(dir.path().join("wrong.toml"), toml).unwrap();
    let ran = rotifer_in(dir.path(), &["check", "wrong.toml"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let expected = [
        (4, "did you mean gaussian_filter?"),
        (8, "did you mean sigma?"),
        (9, "allowed 1 to 8"),
        (10, "did you mean reflect?"),
        (11, "allowed host, device"),
        (12, "no earlier step gives `smooth`"),
    ];
    for (line, said) in expected {
        let at =
            ran.err.find(&format!("wrong.toml:{line}: ")).unwrap_or_else(|| panic!("{line}\n{}", ran.err));
        let excerpt = toml.lines().nth(line - 1).unwrap();
        let block: String = ran.err[at..].lines().take(3).collect::<Vec<_>>().join("\n");
        assert!(block.contains(said) && block.contains(&format!("{line} | {excerpt}")), "{said}\n{block}");
    }
    assert_eq!(ran.err.matches("wrong.toml:").count(), expected.len(), "{}", ran.err);

    let json = rotifer_in(dir.path(), &["check", "wrong.toml", "--json"]);
    assert_eq!(json.code, 3);
    let lines: Vec<_> =
        json.json()["errors"].as_array().unwrap().iter().map(|e| e["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, expected.map(|(line, _)| line as u64));

    std::fs::write(dir.path().join("right.json"), r#"{"steps": [{"op": "gaussian_filter", "sigma": 2}]}"#)
        .unwrap();
    let right = rotifer_in(dir.path(), &["check", "right.json"]);
    assert_eq!((right.code, right.err.as_str()), (0, ""), "{}", right.out);
    assert_eq!(rotifer_in(dir.path(), &["check", "absent.toml"]).code, 3);
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let line = format!("{} list | head -1", env!("CARGO_BIN_EXE_rotifer"));
    let done = Command::new("sh").args(["-c", &line]).output().unwrap();
    assert!(done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
}
