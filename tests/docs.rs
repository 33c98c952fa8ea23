//! The documentation is true: what it names is there, what it links to exists, and the commands of README.md do what they say.

use rotifer::document::{Form, checked};
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// README.md, those of parts, and the pages of `docs/`.
fn pages() -> Vec<(PathBuf, String)> {
    let docs = std::fs::read_dir(Path::new(ROOT).join("docs")).expect("docs");
    let docs = docs
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"));
    let mut paths: Vec<PathBuf> =
        docs.chain(["README.md", "python/README.md"].map(|name| Path::new(ROOT).join(name))).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a text");
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn links_and_files_that_are_named_exist() {
    let mut wrong = Vec::new();
    let mut named = 0;
    for (page, text) in pages() {
        let name = page.strip_prefix(ROOT).expect("below").display().to_string();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            let local = !target.is_empty() && !link.contains("://");
            if local && !page.parent().expect("a folder").join(target).exists() {
                wrong.push(format!("{name}: links to {link}"));
            }
        }
        // Files between backticks: of the checkout, of `runtime/`, or of a folder that a sentence has named.
        let folders =
            ["", "runtime", "runtime/execute", "runtime/pool", "runtime/batch", "docs", "tests", "kernels"];
        for code in text.split('`').skip(1).step_by(2) {
            let file = code.ends_with(".rs")
                || code.ends_with(".md")
                || code.ends_with(".wgsl")
                || code.ends_with(".py");
            let plain = code.chars().all(|c| c.is_ascii_alphanumeric() || "./_".contains(c));
            if file && plain && code != "nuclei.rs" && !code.starts_with("target/") {
                named += 1;
                if !folders.iter().any(|folder| Path::new(ROOT).join(folder).join(code).is_file()) {
                    wrong.push(format!("{name}: names {code}"));
                }
            }
        }
    }
    assert!(named > 5, "only {named} files are named");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_on_architecture_lists_every_test_and_folder() {
    let page = std::fs::read_to_string(Path::new(ROOT).join("docs/architecture.md")).expect("the page");
    let table: String = page.lines().filter(|line| line.starts_with("| `")).collect();
    let tests = std::fs::read_dir(Path::new(ROOT).join("tests")).expect("tests");
    for path in
        tests.map(|entry| entry.expect("a file").path()).filter(|p| p.extension().is_some_and(|e| e == "rs"))
    {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        assert!(table.contains(&format!("`{name}`")), "the table of tests lacks {name}");
    }
    let house =
        page.split("## The house").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a chapter");
    let members = std::fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).expect("the manifest");
    let members = members
        .split("members = [")
        .nth(1)
        .and_then(|rest| rest.split(']').next())
        .expect("members")
        .to_string();
    for member in members.split('"').skip(1).step_by(2).filter(|member| *member != ".") {
        let folder = member.split('/').next().unwrap_or_default();
        assert!(house.contains(&format!("    {folder}/")), "the house lacks {folder}/");
    }
}

/// Indented lines of README.md from the one that begins with a text on, to the next that is not indented.
fn block(text: &str, first: &str) -> Vec<String> {
    let lines = text.lines().skip_while(|line| !line.starts_with(&format!("    {first}")));
    let lines = lines.take_while(|line| line.is_empty() || line.starts_with("    "));
    lines.map(|line| line.trim_start_matches("    ").to_string()).collect()
}

#[test]
fn the_commands_of_the_readme_run() {
    let readme = std::fs::read_to_string(Path::new(ROOT).join("README.md")).expect("README.md");
    let pipeline = block(&readme, "name = \"nuclei\"").join("\n");
    if let Err(errors) = checked(&pipeline, Form::Toml) {
        panic!("the pipeline of README.md: {}", errors[0]);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    rotifer::sample::write_plate(&at("sample")).expect("a plate");
    std::fs::create_dir(at("plate")).expect("a folder");
    for well in ["A01", "A02"] {
        let name = format!("{well}_f0_d0.tif");
        std::fs::copy(at(&format!("sample/sample_{name}")), at("plate").join(name)).expect("copied");
    }
    let image = rotifer::io::read(&at("plate/A01_f0_d0.tif")).expect("an image");
    rotifer::io::write_image(&at("cell.png"), &image).expect("written");
    std::fs::write(at("nuclei.toml"), &pipeline).expect("written");

    let commands = block(&readme, "rotifer check");
    assert!(commands.len() >= 10, "{commands:?}");
    for line in commands.iter().filter(|line| !line.is_empty()) {
        let mut words = shell_words(line.split('#').next().unwrap_or_default());
        assert_eq!(words.remove(0), "rotifer", "{line}");
        let out = Command::new(env!("CARGO_BIN_EXE_rotifer"))
            .args(&words)
            .current_dir(folder.path())
            .output()
            .expect("starts");
        assert!(out.status.success(), "{line}\n{}", String::from_utf8_lossy(&out.stderr));
    }
    for file in ["out/images.csv", "out/cells.csv", "nuclei.rotifer", "nuclei.rs", "smooth.tif"] {
        assert!(at(file).is_file(), "no {file}");
    }
}

/// The plans of docs/scheduling.md are those that the program prints: outside of CI they are written there.
#[test]
fn the_plans_of_the_page_on_scheduling_are_printed() {
    let path = Path::new(ROOT).join("docs/scheduling.md");
    let mut page = std::fs::read_to_string(&path).expect("the page");
    let folder = tempfile::tempdir().expect("a folder");
    let pipeline = block(&page, "name = \"scheduled\"").join("\n");
    let large = pipeline.replace("[64, 64]", "[300, 2048, 2048]");
    assert_ne!(large, pipeline);
    std::fs::write(folder.path().join("scheduled.toml"), &pipeline).expect("written");
    std::fs::write(folder.path().join("large.toml"), large).expect("written");
    let commands = page.lines().filter(|line| line.starts_with("    $ rotifer ")).map(str::to_string);
    let commands: Vec<String> = commands.collect();
    assert_eq!(commands.len(), 2, "{commands:?}");
    for command in commands {
        let words = shell_words(command.trim_start_matches("    $ rotifer "));
        let out = Command::new(env!("CARGO_BIN_EXE_rotifer"))
            .args(&words)
            .current_dir(folder.path())
            .output()
            .expect("starts");
        assert!(out.status.success(), "{command}\n{}", String::from_utf8_lossy(&out.stderr));
        let printed = String::from_utf8_lossy(&out.stdout).into_owned();
        // Each step has a line, and the most memory one.
        assert!(
            printed.contains("threshold_otsu") && printed.contains("\npeak "),
            "{command} prints\n{printed}"
        );
        let indented = |line: &str| if line.is_empty() { String::new() } else { format!("    {line}") };
        let lines = printed.trim_end().lines().map(|line| indented(line.trim_end()));
        let lines: Vec<String> = [command.clone(), String::new()].into_iter().chain(lines).collect();
        let (before, rest) = page.split_once(&command).expect("the command");
        let after = rest.lines().position(|line| !line.is_empty() && !line.starts_with("    "));
        let after: Vec<&str> = rest.lines().skip(after.unwrap_or(usize::MAX)).collect();
        page = format!("{before}{}\n\n{}\n", lines.join("\n"), after.join("\n"));
    }
    let held = std::fs::read_to_string(&path).expect("the page");
    if std::env::var_os("CI").is_some() {
        assert!(
            held == page,
            "docs/scheduling.md is not what the program prints; run this test without CI:\n{page}"
        );
    } else if held != page {
        std::fs::write(&path, page).expect("written");
    }
}

/// Words of a command line; quotes hold several together.
fn shell_words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (i, part) in line.split('"').enumerate() {
        match i % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_string)),
            _ => words.push(part.to_string()),
        }
    }
    words
}
