//! How much there is of the program for each operation, by skeleton: lines with a share of what several use, and bytes of machine
//! code. The table stands in `docs/sizes.md`; `cargo test --test sizes -- --nocapture` prints it, and each operation.

use rotifer::registry::{Spec, entries};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const PAGE: &str = "docs/sizes.md";

/// Lines of an operation, on average, with its share of common parts and shaders.
const AVERAGE: f64 = 140.0;
/// Lines of an expression or a fold beside its documentation, on average.
const DECLARATION: f64 = 16.0;
/// Bytes of machine code of the whole program for each operation. 100 kB are the aim; a tenth more is room to work in.
const CODE: f64 = 110e3;
/// The skeletons that are one pixel's expression, or a fold over a domain.
const SHORT: [&str; 12] = [
    "pixel",
    "AllPixels",
    "AlongAxis",
    "Binary",
    "Blocks",
    "Grey",
    "LabelMap",
    "OverLabels",
    "OverNeighbors",
    "Pairs",
    "OverWindow",
    "Relabel",
];

/// A file of kernels or shaders: its lines, without blank ones, comments and tests.
struct File {
    path: String,
    lines: Vec<(usize, String)>,
}

fn files(folder: &Path, extension: &str, all: &mut Vec<File>) {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            if !path.ends_with("kernels/tests") {
                files(&path, extension, all);
            }
        } else if path.extension().is_some_and(|e| e == extension) {
            let text = std::fs::read_to_string(&path).expect("a text");
            let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            let lines = text.lines().enumerate().map(|(i, line)| (i + 1, line.trim().to_string()));
            let counts = |line: &str| !line.is_empty() && !line.starts_with("//");
            let path = path.strip_prefix(ROOT).expect("below the root").display().to_string();
            all.push(File { path, lines: lines.filter(|(_, line)| counts(line)).collect() });
        }
    }
}

/// Paths that a text names after `root::`, with the trees of `use` spread out: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn paths(text: &str, root: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(root) {
        if !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
            spread(&text[at + root.len()..], &mut Vec::new(), &mut found);
        }
    }
    found
}

/// Reads one tree of a path; gives how many bytes it took.
fn spread(text: &str, before: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    let (depth, mut at) = (before.len(), 0);
    loop {
        let rest = &text[at..];
        let word: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if let Some(inner) = rest.strip_prefix('{') {
            at += 1;
            let mut inner = inner;
            while !inner.is_empty() && !inner.starts_with('}') {
                let skipped = inner.len() - inner.trim_start_matches([' ', '\n', ',']).len();
                let took = skipped + spread(&inner[skipped..], before, found);
                at += took.max(1);
                inner = &inner[took.max(1).min(inner.len())..];
            }
            at += inner.starts_with('}') as usize;
            break;
        }
        if word.is_empty() {
            break;
        }
        at += word.len();
        before.push(word);
        found.push(before.clone());
        match text[at..].starts_with("::") {
            true => at += 2,
            false => break,
        }
    }
    before.truncate(depth);
    at
}

/// The files that a file uses: those of modules that it names, its own submodules, shaders, and what shaders include.
fn uses(file: &File, known: &BTreeMap<String, usize>) -> BTreeSet<usize> {
    let text = file.lines.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>().join("\n");
    let mut used = BTreeSet::new();
    if file.path.ends_with(".wgsl") {
        let included = text.lines().filter_map(|line| line.strip_prefix("#include "));
        return included
            .filter_map(|path| known.get(&format!("shaders/{}", path.trim().trim_matches('"'))).copied())
            .collect();
    }
    let module = |path: &[String]| {
        let path = path.join("/");
        known
            .get(&format!("kernels/{path}.rs"))
            .or_else(|| known.get(&format!("kernels/{path}/mod.rs")))
            .copied()
    };
    used.extend(paths(&text, "crate::").iter().filter_map(|path| module(path)));
    let folder: Vec<String> = Path::new(&file.path)
        .parent()
        .expect("a folder")
        .iter()
        .skip(1)
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    // `mod.rs` of a family or of `common` lists what is there; of a folder below it is the head of one thing.
    let is_list = file.path.ends_with("mod.rs") && folder.len() == 1;
    let above = if file.path.ends_with("mod.rs") { folder.len().saturating_sub(1) } else { folder.len() };
    for path in paths(&text, "super::") {
        used.extend(module(&[&folder[..above], &path[..]].concat()));
    }
    if !is_list {
        let stem = Path::new(&file.path).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let below = [&folder[..], stem.filter(|stem| stem != "mod").as_slice()].concat();
        let own = text
            .lines()
            .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
        used.extend(own.filter_map(|name| module(&[&below[..], &[name.to_string()]].concat())));
    }
    for path in paths(&text, "rotifer_shaders::") {
        used.extend(known.get(&format!("shaders/{}.wgsl", path.join("/").to_lowercase())).copied());
    }
    used
}

/// The lines of the declaration that begins at a line: to the end of its braces.
fn declaration(file: &File, first: usize) -> Vec<usize> {
    let (mut depth, mut lines) = (0i64, Vec::new());
    for (number, line) in file.lines.iter().filter(|(number, _)| *number >= first) {
        lines.push(*number);
        // Texts of Python and TOML have balanced braces.
        depth += line.matches('{').count() as i64 - line.matches('}').count() as i64;
        if depth <= 0 {
            break;
        }
    }
    lines
}

/// The name of what makes the bodies of an operation.
fn skeleton(spec: &Spec, file: &File, own: &[usize]) -> String {
    let text = file
        .lines
        .iter()
        .filter(|(number, _)| own.contains(number))
        .map(|(_, line)| line.as_str())
        .collect::<Vec<_>>()
        .join("\n");
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let Some(body) = text.split("\nkernel: ").nth(1) else {
        return if spec.device { "by hand, host and device" } else { "by hand, host" }.into();
    };
    // A block ends in the value that it makes: the first that is made by `of` or `new`.
    let named = match body.strip_prefix('{') {
        Some(block) => {
            let made = ["::of(", "::new("].iter().filter_map(|maker| block.find(maker)).min().unwrap_or(0);
            &block[block[..made].rfind(|c| !is_part(c)).map_or(0, |at| at + 1)..]
        }
        None => body,
    };
    named.chars().take_while(|c| is_part(*c)).collect()
}

struct Size {
    id: &'static str,
    skeleton: String,
    /// Lines of the declaration.
    own: usize,
    /// These, the rest of its file, and shares of the files that it uses.
    all: f64,
}

fn sizes() -> Vec<Size> {
    let mut all = Vec::new();
    files(&Path::new(ROOT).join("kernels"), "rs", &mut all);
    files(&Path::new(ROOT).join("shaders"), "wgsl", &mut all);
    let known: BTreeMap<String, usize> =
        all.iter().enumerate().map(|(i, file)| (file.path.clone(), i)).collect();
    let used: Vec<BTreeSet<usize>> = all.iter().map(|file| uses(file, &known)).collect();
    let specs: Vec<&Spec> =
        entries().iter().map(|entry| entry.spec).filter(|spec| !spec.id.contains('/')).collect();
    let homes: Vec<usize> = specs
        .iter()
        .map(|spec| {
            let path = spec.file.replace('\\', "/");
            let found = known.iter().find(|(name, _)| path.ends_with(name.as_str()));
            *found.unwrap_or_else(|| panic!("{}: no file {path}", spec.id)).1
        })
        .collect();
    let own: Vec<Vec<usize>> =
        specs.iter().zip(&homes).map(|(spec, home)| declaration(&all[*home], spec.line as usize)).collect();

    let skeletons: Vec<String> =
        (0..specs.len()).map(|i| skeleton(specs[i], &all[homes[i]], &own[i])).collect();

    // The files that each operation reaches, and how many operations reach each file.
    // Expressions name nothing: the registry hands them to what evaluates them.
    let evaluator = known["kernels/common/pixel/mod.rs"];
    let reached: Vec<BTreeSet<usize>> = homes
        .iter()
        .zip(&skeletons)
        .map(|(home, skeleton)| {
            let (mut seen, mut next) = (BTreeSet::new(), vec![*home]);
            next.extend((skeleton == "pixel").then_some(evaluator));
            while let Some(file) = next.pop() {
                if seen.insert(file) {
                    next.extend(&used[file]);
                }
            }
            seen
        })
        .collect();
    let users = |file: usize| reached.iter().filter(|files| files.contains(&file)).count();
    let declared = |file: usize| {
        own.iter().zip(&homes).filter(|(_, home)| **home == file).map(|(lines, _)| lines.len()).sum::<usize>()
    };
    let share: Vec<f64> = (0..all.len())
        .map(|file| (all[file].lines.len() - declared(file)) as f64 / users(file).max(1) as f64)
        .collect();
    // Runtime shaders that no operation names, and lists of modules, are nobody's.
    let nobodys: Vec<&str> = (0..all.len())
        .filter(|file| {
            users(*file) == 0
                && !all[*file].path.ends_with("mod.rs")
                && !all[*file].path.starts_with("shaders/")
        })
        .map(|file| all[file].path.as_str())
        .filter(|path| *path != "kernels/lib.rs")
        .collect();
    assert!(nobodys.is_empty(), "used by no operation: {nobodys:?}");
    specs
        .iter()
        .enumerate()
        .map(|(i, spec)| Size {
            id: spec.id,
            skeleton: skeletons[i].clone(),
            own: own[i].len(),
            all: own[i].len() as f64 + reached[i].iter().map(|file| share[*file]).sum::<f64>(),
        })
        .collect()
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (n, sum) = values.fold((0usize, 0.0), |(n, sum), value| (n + 1, sum + value));
    sum / n.max(1) as f64
}

const HEAD: &str = "# Sizes

Lines of Rust and WGSL for each operation, without blank ones, comments and tests, by what makes its bodies: a skeleton, or its author.
`declared` are the lines of the declaration. `all` are these, the rest of the operation's file, and its share of every file that it uses: a
file that ten operations use counts a tenth for each.

";

fn page(sizes: &[Size]) -> String {
    let mut by: BTreeMap<&str, Vec<&Size>> = BTreeMap::new();
    sizes.iter().for_each(|size| by.entry(&size.skeleton).or_default().push(size));
    let mut rows: Vec<(&str, Vec<&Size>)> = by.into_iter().collect();
    rows.sort_by_key(|(name, of)| (std::cmp::Reverse(of.len()), *name));
    let mut text = format!("{HEAD}| bodies by | operations | declared | all |\n|---|---|---|---|\n");
    let mut row = |name: &str, of: &[&Size]| {
        let (own, all) = (mean(of.iter().map(|s| s.own as f64)), mean(of.iter().map(|s| s.all)));
        writeln!(text, "| {name} | {} | {own:.0} | {all:.0} |", of.len()).expect("a text");
    };
    rows.iter().for_each(|(name, of)| row(name, of));
    let short: Vec<&Size> = sizes.iter().filter(|s| SHORT.contains(&s.skeleton.as_str())).collect();
    row("**pixels and folds**", &short);
    row("**all**", &sizes.iter().collect::<Vec<_>>());
    text
}

/// The numbers of a page, row by row.
fn numbers(page: &str) -> Vec<(String, Vec<f64>)> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let numbers: Option<Vec<f64>> = cells[1..].iter().map(|cell| cell.parse().ok()).collect();
        Some((cells[0].to_string(), numbers.filter(|n| !n.is_empty())?))
    };
    page.lines().filter(|line| line.starts_with('|')).filter_map(row).collect()
}

#[test]
fn operations_cost_what_makes_them_different() {
    let mut sizes = sizes();
    let page = page(&sizes);
    println!("{}", page.trim_start_matches(HEAD));
    sizes.sort_by(|a, b| b.all.total_cmp(&a.all));
    println!("the largest first:");
    for size in &sizes {
        println!("  {:5.0} lines, {:3} declared  {} ({})", size.all, size.own, size.id, size.skeleton);
    }

    let path = Path::new(ROOT).join(PAGE);
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    // A line more or less somewhere needs no new page.
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 0.1 * b.abs() + 1.0;
    let (before, now) = (numbers(&there), numbers(&page));
    let alike = before.len() == now.len()
        && before
            .iter()
            .zip(&now)
            .all(|((name, a), (new, b))| name == new && a.len() == b.len() && a.iter().zip(b).all(near));
    let stale = !alike || !there.starts_with(HEAD);
    if stale {
        assert!(std::env::var_os("CI").is_none(), "{PAGE} is stale: run the tests and commit it");
        std::fs::write(&path, &page).expect("the page");
    }

    let average = mean(sizes.iter().map(|s| s.all));
    assert!(average <= AVERAGE, "{average:.0} lines an operation, at most {AVERAGE} are meant");
    let short = mean(sizes.iter().filter(|s| SHORT.contains(&s.skeleton.as_str())).map(|s| s.own as f64));
    assert!(
        short <= DECLARATION,
        "{short:.1} lines a pixel operation or fold, at most {DECLARATION} are meant"
    );
}

#[test]
fn trees_of_use_are_spread_out() {
    let text = "use crate::common::{edge, rank::{self, median}, deep::er};\nlet x = crate::math::add(1) + notcrate::y;";
    let found: Vec<String> = paths(text, "crate::").iter().map(|p| p.join("::")).collect();
    for path in ["common::edge", "common::rank::median", "common::deep::er", "math::add"] {
        assert!(found.iter().any(|f| f == path), "{path}: {found:?}");
    }
    assert!(!found.iter().any(|f| f.ends_with('y')), "{found:?}");
}

/// Machine code, read from the program itself. Loops that other crates make of kernels' closures have the names of those crates:
/// the modules' numbers say which are large, not how large they are.
#[cfg(target_os = "linux")]
mod code {
    use super::*;

    fn number(bytes: &[u8], at: usize, size: usize) -> usize {
        bytes[at..at + size].iter().rev().fold(0, |n, b| n << 8 | *b as usize)
    }

    /// The size of `.text`, and each function with its size, of a 64-bit ELF file.
    fn read(elf: &[u8]) -> (usize, Vec<(String, usize)>) {
        let (table, size, count, names) =
            (number(elf, 0x28, 8), number(elf, 0x3a, 2), number(elf, 0x3c, 2), number(elf, 0x3e, 2));
        let field = |section: usize, at: usize, width: usize| number(elf, table + section * size + at, width);
        let text_at = |start: usize| {
            let end = elf[start..].iter().position(|b| *b == 0).map_or(elf.len(), |n| start + n);
            String::from_utf8_lossy(&elf[start..end]).into_owned()
        };
        let name = |section: usize| text_at(field(names, 0x18, 8) + field(section, 0, 4));
        let text = (0..count).filter(|s| name(*s) == ".text").map(|s| field(s, 0x20, 8)).sum();
        let mut symbols = Vec::new();
        for section in (0..count).filter(|s| field(*s, 4, 4) == 2) {
            let (start, bytes, strings) =
                (field(section, 0x18, 8), field(section, 0x20, 8), field(section, 0x28, 4));
            for at in (start..start + bytes).step_by(24) {
                if elf[at + 4] & 15 == 2 {
                    symbols.push((
                        text_at(field(strings, 0x18, 8) + number(elf, at, 4)),
                        number(elf, at + 16, 8),
                    ));
                }
            }
        }
        (text, symbols)
    }

    /// `filters::median_filter` of a mangled name that has it, as a path or in the type of an `impl`.
    fn module(symbol: &str) -> Option<String> {
        if let Some((_, rest)) = symbol.split_once("rotifer_kernels..") {
            let mut parts =
                rest.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|part| !part.is_empty());
            return Some(format!("{}::{}", parts.next()?, parts.next()?));
        }
        let (family, rest) = part(symbol.split_once("15rotifer_kernels")?.1)?;
        Some(format!("{family}::{}", part(rest)?.0))
    }

    /// The first part of a mangled path: its length, then so many letters.
    fn part(text: &str) -> Option<(&str, &str)> {
        let digits = text.find(|c: char| !c.is_ascii_digit())?;
        let length: usize = text[..digits].parse().ok()?;
        let rest = text[digits..].trim_start_matches('_');
        Some((rest.get(..length)?, rest.get(length..)?))
    }

    #[test]
    fn machine_code_stays_small() {
        let elf = std::fs::read(env!("CARGO_BIN_EXE_rotifer")).expect("the program");
        assert_eq!(&elf[..5], b"\x7fELF\x02");
        let (text, symbols) = read(&elf);
        let mut modules: BTreeMap<String, usize> = BTreeMap::new();
        for (name, size) in &symbols {
            if let Some(module) = module(name) {
                *modules.entry(module).or_default() += size;
            }
        }
        let n = entries().len();
        println!(
            "machine code: {:.1} MB, {:.1} kB for each of {n} operations; by the modules of kernels that symbols name:",
            text as f64 / 1e6,
            text as f64 / 1e3 / n as f64
        );
        let mut rows: Vec<(&String, &usize)> = modules.iter().collect();
        rows.sort_by_key(|(_, size)| std::cmp::Reverse(**size));
        for (module, size) in &rows[..30.min(rows.len())] {
            println!("  {:6.0} kB  {module}", **size as f64 / 1e3);
        }
        if cfg!(debug_assertions) {
            println!("not optimised: sizes are not held");
            return;
        }
        assert!(modules.len() > 50, "the symbols of kernels are not found: {modules:?}");
        assert!(text as f64 / n as f64 <= CODE, "{} bytes an operation, at most {CODE} are meant", text / n);
    }

    #[test]
    fn modules_are_read_from_mangled_names() {
        for (name, of) in [
            ("_ZN15rotifer_kernels7filters13median_filter3run17h0123456789abcdefE", "filters::median_filter"),
            (
                "_ZN82_$LT$rotifer_kernels..common..bank..Bank$LT$C$C$V$GT$17h0123456789abcdefE",
                "common::bank",
            ),
            ("_RNvNtNtCs1234_15rotifer_kernels6common4rank6median", "common::rank"),
        ] {
            assert_eq!(module(name).as_deref(), Some(of));
        }
        assert_eq!(module("_ZN4core3fmt5write17h0123456789abcdefE"), None);
    }
}
