//! Walks the folder, puts shared parts in, and writes one constant for each shader.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap());
    println!("cargo::rerun-if-changed={}", root.display());
    let mut families: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for folder in sorted(&root).into_iter().filter(|p| p.is_dir()) {
        let family = folder.file_name().unwrap().to_string_lossy().into_owned();
        for file in sorted(&folder).into_iter().filter(|p| p.extension().is_some_and(|e| e == "wgsl")) {
            println!("cargo::rerun-if-changed={}", file.display());
            if family != "shared" {
                let name = file.file_stem().unwrap().to_string_lossy().into_owned();
                let mut source = String::new();
                expand(&root, &file, &mut Vec::new(), &mut source);
                families.entry(family.clone()).or_default().push((name, source));
            }
        }
    }
    let mut code = String::new();
    let mut all = String::new();
    for (family, shaders) in &families {
        writeln!(code, "pub mod {family} {{\n    use super::Shader;").unwrap();
        for (name, source) in shaders {
            let constant = name.to_uppercase();
            let key = key(source);
            let item = format!("Shader::of_file({:?}, {source:?}, {key:#x})", format!("{family}/{name}"));
            writeln!(code, "    pub static {constant}: Shader = {item};").unwrap();
            write!(all, "&{family}::{constant}, ").unwrap();
        }
        code.push_str("}\n");
    }
    writeln!(code, "/// Every shader.\npub static ALL: &[&Shader] = &[{all}];").unwrap();
    fs::write(PathBuf::from(env::var("OUT_DIR").unwrap()).join("shaders.rs"), code).unwrap();
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Appends a file with its includes, each at most once.
fn expand(root: &Path, file: &Path, seen: &mut Vec<PathBuf>, out: &mut String) {
    let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    for line in text.lines() {
        match line.trim().strip_prefix("#include ") {
            Some(path) => {
                let path = root.join(path.trim().trim_matches('"'));
                if !seen.contains(&path) {
                    seen.push(path.clone());
                    expand(root, &path, seen, out);
                }
            }
            None => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
}

/// The result of `Shader::key`, which this cannot call: a build script that needed the registry would build it twice. A test holds
/// them equal.
fn key(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, b| (hash ^ b as u64).wrapping_mul(0x0000_0100_0000_01b3))
}
