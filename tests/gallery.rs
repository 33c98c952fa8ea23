//! `rotifer doc --html`: every function has its page, its picture shows what it does, links lead somewhere, and a browser finds
//! functions by the names that `rotifer doc` knows.

use rotifer::document::{Form, checked};
use rotifer::registry::{Entry, OutKind, entries};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// Kilobytes that a function may take in the gallery, pictures and pages.
const KB_EACH: u64 = 40;
/// Functions whose result is one value everywhere: the only pictures that may be flat.
const FLAT: [&str; 3] = ["create", "create_like", "fill"];

struct Gallery {
    folder: tempfile::TempDir,
    report: serde_json::Value,
}

impl Gallery {
    fn page(&self, entry: &Entry) -> String {
        let name = format!("ops/{}.html", entry.spec.id.replace('/', "."));
        self.read(&name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }
}

static GALLERY: LazyLock<Gallery> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let report = written(folder.path());
    Gallery { folder, report }
});

fn written(folder: &Path) -> serde_json::Value {
    let out = Command::new(env!("CARGO_BIN_EXE_rotifer"))
        .args(["doc", "--json", "--html"])
        .arg(folder)
        .output()
        .expect("starts");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).expect("JSON")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn plain(html: &str) -> String {
    html.replace("&quot;", "\"").replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")
}

/// Every text between two others.
fn between<'a>(text: &'a str, open: &'a str, close: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(open).skip(1).filter_map(move |rest| rest.split_once(close).map(|(inner, _)| inner))
}

fn none(failures: Vec<String>) {
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_function_has_a_page_that_says_all_of_it() {
    let gallery = &*GALLERY;
    assert_eq!(gallery.report["without_picture"], serde_json::json!([]), "functions without a picture");
    let index = gallery.read("index.html");
    let mut failures = Vec::new();
    for entry in entries() {
        let (spec, page) = (entry.spec, gallery.page(entry));
        let mut needed = vec![spec.id.to_string(), escaped(spec.follows), spec.family.name().into()];
        for p in spec.params {
            needed.push(format!("<td><code>{}</code></td>", p.name));
            needed.extend(p.default_value().map(|value| escaped(&value.to_string())));
        }
        needed.extend(spec.inputs.iter().map(|p| format!("<td><code>{}</code></td>", p.name)));
        needed.extend(spec.outputs.iter().map(|o| format!("<td><code>{}</code></td>", o.name)));
        let python = spec.python.lines().map(str::trim).filter(|l| !l.is_empty());
        needed.extend(python.map(escaped));
        let missing = needed.iter().filter(|text| !page.contains(text.as_str()));
        failures.extend(missing.map(|text| format!("{}: the page lacks {text}", spec.id)));
        if index.matches(&format!("data-id=\"{}\"", spec.id)).count() != 1 {
            failures.push(format!("{}: not once in the index", spec.id));
        }
    }
    none(failures);
}

#[test]
fn pictures_show_what_functions_do() {
    let gallery = &*GALLERY;
    let mut failures = Vec::new();
    for entry in entries() {
        let (id, page) = (entry.spec.id, gallery.page(entry));
        let figures = |side: &str| {
            let open = format!("<figure class=\"{side}\">");
            between(&page, &open, "</figure>").map(str::to_string).collect::<Vec<_>>()
        };
        let (before, after) = (figures("before"), figures("after"));
        if after.len() != entry.spec.outputs.len() {
            failures.push(format!("{id}: {} of {} outputs are shown", after.len(), entry.spec.outputs.len()));
        }
        for (output, figure) in entry.spec.outputs.iter().zip(&after) {
            let shown = match output.kind {
                OutKind::Number => figure.contains("<output>"),
                OutKind::Table => figure.matches("<tr>").count() > 1,
                _ => figure.contains("<img "),
            };
            if !shown {
                failures.push(format!("{id}: `{}` is not shown:\n{figure}", output.name));
            }
        }
        // An input is drawn on a scale: its picture with another one is another image.
        let seen = |figure: &str| {
            let file = between(figure, "<img src=\"../", "\"").next()?.to_string();
            Some((
                std::fs::read(gallery.folder.path().join(&file)).ok()?,
                between(figure, "<figcaption>", "</figcaption>")
                    .next()?
                    .replace(|c: char| c.is_alphabetic(), ""),
            ))
        };
        let inputs: Vec<_> = before.iter().filter_map(|figure| seen(figure)).collect();
        if let Some(output) = after.first().and_then(|figure| seen(figure)) {
            if inputs.contains(&output) {
                failures.push(format!("{id}: the picture after is one before"));
            }
            let image = image::load_from_memory(&output.0).expect("a PNG").to_rgb8();
            let (width, height) = image.dimensions();
            if width.max(height) > 256 {
                failures.push(format!("{id}: a picture of {width} x {height}"));
            }
            let colours: BTreeSet<_> = image.pixels().map(|p| p.0).collect();
            if colours.len() < 2 && !FLAT.contains(&id) {
                failures.push(format!("{id}: the picture is one colour"));
            }
        }
    }
    none(failures);
}

#[test]
fn what_pages_tell_to_write_is_right() {
    let gallery = &*GALLERY;
    let (mut failures, mut python) = (Vec::new(), BTreeMap::new());
    for entry in entries() {
        let (spec, page) = (entry.spec, gallery.page(entry));
        let samples = |language: &str| {
            let open = format!("<pre data-language=\"{language}\">");
            between(&page, &open, "</pre>").map(plain).collect::<Vec<_>>()
        };
        let pipelines = samples("Pipeline");
        if pipelines.len() < spec.examples.len().max(1) {
            failures.push(format!("{}: {} pipelines", spec.id, pipelines.len()));
        }
        for text in pipelines {
            if let Err(errors) = checked(&text, Form::Toml) {
                failures.push(format!("{}: {}\n{text}", spec.id, errors[0]));
            }
        }
        for line in samples("Command line") {
            let words = line.split_whitespace().take(3).collect::<Vec<_>>();
            if words != ["rotifer", "apply", spec.id] {
                failures.push(format!("{}: {line}", spec.id));
            }
        }
        python.insert(spec.id, samples("Python"));
    }
    none(failures);
    let names = ["ROTIFER_PYTHON"].iter().filter_map(std::env::var_os).map(PathBuf::from);
    let Some(interpreter) =
        names.chain(["python3".into()]).find(|p| Command::new(p).arg("-V").output().is_ok())
    else {
        println!("skipped: without Python its lines are not parsed");
        return;
    };
    let script = "import ast, json, sys\nfor op, texts in json.load(sys.stdin).items():\n for text in texts:\n  call = ast.parse(text).body[1].value\n  assert call.func.attr == op, text\n";
    let mut child = Command::new(interpreter)
        .args(["-c", script])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .expect("Python starts");
    serde_json::to_writer(child.stdin.take().expect("a pipe"), &python).expect("written");
    assert!(child.wait().expect("ends").success(), "Python does not read its examples");
}

#[test]
fn links_lead_somewhere_and_nothing_is_fetched() {
    let root = GALLERY.folder.path();
    let mut files = Vec::new();
    for folder in ["", "ops", "pictures"] {
        let there = std::fs::read_dir(root.join(folder))
            .expect("a folder")
            .map(|entry| entry.expect("a file").path());
        files.extend(there.filter(|path| path.is_file()));
    }
    let (mut failures, mut used) = (Vec::new(), BTreeSet::new());
    let size: u64 = files.iter().map(|path| path.metadata().map_or(0, |m| m.len())).sum();
    for path in &files {
        let name = path.strip_prefix(root).expect("below").display().to_string();
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        if text.contains("fetch(")
            || text.contains("XMLHttpRequest")
            || text.contains("import(")
            || text.contains("@import")
        {
            failures.push(format!("{name}: fetches"));
        }
        if !name.ends_with(".html") {
            continue;
        }
        for attribute in ["href=\"", "src=\"", "action=\""] {
            for link in between(&text, attribute, "\"").map(plain) {
                let (file, place) = link.split_once('#').unwrap_or((&link, ""));
                let target =
                    if file.is_empty() { path.clone() } else { path.parent().expect("a folder").join(file) };
                let Ok(target) = target.canonicalize() else {
                    failures.push(format!("{name}: {link}"));
                    continue;
                };
                if !place.is_empty()
                    && !std::fs::read_to_string(&target).is_ok_and(|t| t.contains(&format!("id=\"{place}\"")))
                {
                    failures.push(format!("{name}: no place {link}"));
                }
                used.insert(target);
            }
        }
    }
    let unused = files.iter().filter(|path| !used.contains(&path.canonicalize().expect("there")));
    failures.extend(unused.map(|path| format!("{} is linked from nowhere", path.display())));
    none(failures);
    println!("gallery: {} files, {:.1} MB for {} functions", files.len(), size as f64 / 1e6, entries().len());
    assert!(size < KB_EACH * 1000 * entries().len() as u64, "{size} bytes");
    assert_eq!(GALLERY.report["bytes"].as_u64(), Some(size));
}

#[test]
fn a_gallery_takes_the_place_of_an_older_one_and_of_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("notes.txt"), "mine").expect("written");
    let refused = Command::new(env!("CARGO_BIN_EXE_rotifer"))
        .args(["doc", "--html"])
        .arg(folder.path())
        .output()
        .expect("starts");
    assert_eq!(refused.status.code(), Some(4), "{}", String::from_utf8_lossy(&refused.stderr));
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "something was written");

    std::fs::remove_file(folder.path().join("notes.txt")).expect("removed");
    written(folder.path());
    let page = folder.path().join("ops/gone.html");
    std::fs::write(&page, "an operation that is no more").expect("written");
    written(folder.path());
    assert!(!page.exists());
    // The same bytes from another process, whatever its threads did first.
    for entry in entries() {
        let name = format!("ops/{}.html", entry.spec.id.replace('/', "."));
        assert!(
            GALLERY.read(&name) == std::fs::read_to_string(folder.path().join(&name)).expect("a page"),
            "{name} differs"
        );
    }
}

/// The browser, or `None` where there is none; in CI on Linux there has to be one.
fn chromium() -> Option<PathBuf> {
    let names = std::env::var_os("ROTIFER_CHROMIUM").into_iter().map(PathBuf::from);
    let found = names
        .chain(["chromium", "chromium-browser", "google-chrome"].map(PathBuf::from))
        .find(|name| Command::new(name).arg("--version").output().is_ok_and(|out| out.status.success()));
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none() || !cfg!(target_os = "linux"),
            "no Chromium: tests/run installs it, or ROTIFER_CHROMIUM names one"
        );
        println!("skipped: no Chromium to open the gallery with");
    }
    found
}

/// The page as it is after its scripts ran.
fn opened(browser: &Path, url: &str) -> String {
    let profile = tempfile::tempdir().expect("a folder");
    let out = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--virtual-time-budget=3000",
            "--enable-logging=stderr",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(["--dump-dom", url])
        .output()
        .expect("the browser starts");
    let errors = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{url}: {errors}");
    let said: Vec<&str> = errors.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert!(said.is_empty(), "{url}: {said:?}");
    String::from_utf8_lossy(&out.stdout).into_owned()
}

#[test]
fn a_browser_finds_what_the_command_line_finds() {
    let Some(browser) = chromium() else { return };
    let index = format!("file://{}", GALLERY.folder.path().join("index.html").display());
    let all = opened(&browser, &index);
    assert_eq!(between(&all, "data-id=\"", "\"").count(), entries().len(), "without a search all are shown");
    for word in
        ["blur", "skimage.filters.gaussian", "IdentifyTertiaryObjects", "tophat", "median_filter", "OTSU"]
    {
        let page = opened(&browser, &format!("{index}?q={word}"));
        let list = between(&page, "id=\"found\"", "</ol>").next().unwrap_or_default();
        let found: BTreeSet<String> = between(list, "data-id=\"", "\"").map(str::to_string).collect();
        let doc = Command::new(env!("CARGO_BIN_EXE_rotifer")).args(["doc", word]).output().expect("starts");
        let told = String::from_utf8_lossy(&doc.stdout).into_owned();
        // One function is told whole, and begins with its id; several are a list under a line.
        let several = told.starts_with("no function");
        let lines = told.lines().skip(several as usize).take(if several { usize::MAX } else { 1 });
        let known: BTreeSet<String> =
            lines.filter_map(|line| Some(line.split_whitespace().next()?.to_string())).collect();
        assert!(
            !known.is_empty() && found == known,
            "{word}: the browser finds {found:?}, `rotifer doc` {known:?}"
        );
        assert!(page.contains("<div id=\"all\" hidden"), "{word}: the families stay");
    }
    let nothing = opened(&browser, &format!("{index}?q=qqq"));
    assert!(nothing.contains("No function is found"), "{nothing}");
    // A part of a word finds the words that it is a part of.
    assert!(opened(&browser, &format!("{index}?q=gaussi")).contains("data-id=\"gaussian_filter\""));
    // A page by itself.
    let entry = entries()[0];
    let page =
        format!("file://{}/ops/{}.html", GALLERY.folder.path().display(), entry.spec.id.replace('/', "."));
    assert!(opened(&browser, &page).contains(&format!("<h1>{}</h1>", entry.spec.id)));
}
