//! The text of a `.cppipe` file: a header, and modules with their settings.

use rotifer_registry::{Code, Error};
use std::collections::BTreeMap;
use std::path::Path;

/// A pipeline of CellProfiler as its file has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CpPipeline {
    /// Version of the file's format.
    pub version: u32,
    /// Version of CellProfiler, such as 300 or 424; 0 where the file has none.
    pub date_revision: u64,
    pub modules: Vec<Module>,
    /// Texts of the files beside it that modules name, by their names.
    pub files: BTreeMap<String, String>,
}

impl CpPipeline {
    /// Reads the files in a folder that modules take numbers from: sets of worms to train with.
    pub fn beside(mut self, folder: &Path) -> CpPipeline {
        let settings = self.modules.iter().flat_map(|m| &m.settings);
        for (_, name) in settings.filter(|(text, _)| text == TRAINING_FILE) {
            // A name alone: the folder is that of the pipeline.
            let path = Path::new(name).file_name().map(|name| folder.join(name));
            if let Some(Ok(text)) = path.map(std::fs::read_to_string) {
                self.files.insert(name.clone(), text);
            }
        }
        self
    }
}

/// The setting that names a file of numbers.
pub const TRAINING_FILE: &str = "Training set file name";

/// One module: its settings by their texts, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Module {
    pub name: String,
    pub number: u32,
    /// Version of the module's settings.
    pub revision: u32,
    pub enabled: bool,
    /// Notes of the author about it.
    pub notes: Vec<String>,
    pub settings: Vec<(String, String)>,
}

/// Keys between the brackets behind a module's name.
const ATTRIBUTES: [&str; 8] = [
    "module_num",
    "svn_version",
    "variable_revision_number",
    "show_window",
    "notes",
    "batch_state",
    "enabled",
    "wants_pause",
];

/// Reads the text of a file.
pub fn read(text: &str) -> Result<CpPipeline, Error> {
    let wrong = |line: usize, what: &str| Error::new(Code::Syntax, what).line(line + 1);
    let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    match lines.next() {
        Some((_, first)) if first.starts_with("CellProfiler Pipeline") => {}
        Some((_, first)) if first.trim_start().starts_with('{') => {
            return Err(wrong(0, "pipelines of format 6, in JSON, are not read")
                .help("export the pipeline from CellProfiler 4 as .cppipe"));
        }
        _ => {
            return Err(wrong(
                0,
                "no pipeline of CellProfiler: its first line is `CellProfiler Pipeline: ...`",
            ));
        }
    }
    let mut pipeline = CpPipeline::default();
    for (i, line) in lines {
        if line.trim().is_empty() {
        } else if line.starts_with([' ', '\t']) {
            let module = pipeline.modules.last_mut().ok_or_else(|| wrong(i, "a setting without a module"))?;
            let (text, value) =
                line.trim_start().split_once(':').ok_or_else(|| wrong(i, "a setting is `text:value`"))?;
            module.settings.push((unescaped(text), unescaped(value)));
        } else if let Some((name, rest)) = line.split_once(":[") {
            let rest = rest.trim_end().strip_suffix(']').ok_or_else(|| wrong(i, "no `]` behind a module"))?;
            pipeline.modules.push(module(name, rest, pipeline.modules.len() as u32 + 1));
        } else if pipeline.modules.is_empty() {
            let (key, value) = line.split_once(':').ok_or_else(|| wrong(i, "a header is `key:value`"))?;
            match key {
                "Version" => {
                    pipeline.version =
                        value.trim().parse().map_err(|_| wrong(i, "no version").value(value.trim()))?;
                }
                "DateRevision" => pipeline.date_revision = value.trim().parse().unwrap_or(0),
                _ => {}
            }
        } else {
            return Err(wrong(i, "neither a module, `Name:[...]`, nor a setting, which is indented"));
        }
    }
    if !(1..=5).contains(&pipeline.version) {
        return Err(Error::new(Code::Syntax, "the version of the format is not known")
            .value(pipeline.version)
            .allowed("1 to 5"));
    }
    Ok(pipeline)
}

fn module(name: &str, attributes: &str, place: u32) -> Module {
    let mut module = Module { name: name.into(), number: place, enabled: true, ..Module::default() };
    let mut parts: Vec<(&str, String)> = Vec::new();
    for part in attributes.split('|') {
        match part.split_once(':').filter(|(key, _)| ATTRIBUTES.contains(key)) {
            Some((key, value)) => parts.push((key, value.into())),
            // A bar within a text.
            None => {
                if let Some((_, value)) = parts.last_mut() {
                    *value += &format!("|{part}");
                }
            }
        }
    }
    for (key, value) in parts {
        match key {
            "module_num" => module.number = value.parse().unwrap_or(place),
            "variable_revision_number" => module.revision = value.parse().unwrap_or(0),
            "enabled" => module.enabled = value != "False",
            "notes" => module.notes = texts(&unescaped(&value)),
            _ => {}
        }
    }
    module
}

/// The texts of a list of Python, `['one', "two"]`.
fn texts(list: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = list;
    while let Some(at) = rest.find(['\'', '"']) {
        let quote = rest.as_bytes()[at] as char;
        let inner = &rest[at + 1..];
        let ends = |after: &str| after.is_empty() || after.trim_start().starts_with([',', ']']);
        let end = inner.char_indices().find(|(i, c)| *c == quote && ends(&inner[i + 1..]));
        let end = end.map_or(inner.len(), |(i, _)| i);
        // Texts of Python 2 are bytes, escaped once more.
        let text = unescaped(inner[..end].trim());
        let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or(text);
        if !text.is_empty() {
            all.push(text);
        }
        rest = inner.get(end + 1..).unwrap_or("");
    }
    all
}

/// Undoes the escapes of the format; format 4 has its values in UTF-16 within them.
fn unescaped(text: &str) -> String {
    let mut out: Vec<char> = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let hex = |rest: &std::str::Chars, digits: usize| {
            let code = rest.as_str().get(..digits)?;
            char::from_u32(u32::from_str_radix(code, 16).ok()?)
        };
        let mut ahead = rest.clone();
        match ahead.next() {
            Some(kind @ ('x' | 'u')) => {
                let digits = if kind == 'x' { 2 } else { 4 };
                match hex(&ahead, digits) {
                    Some(code) => {
                        out.push(code);
                        rest = ahead;
                        rest.nth(digits - 1);
                    }
                    None => out.push('\\'),
                }
            }
            Some(c @ ('\\' | '\'' | '"')) => {
                out.push(c);
                rest = ahead;
            }
            Some(c @ ('n' | 't' | 'r')) => {
                out.push(if c == 't' { '\t' } else { '\n' });
                rest = ahead;
            }
            _ => out.push('\\'),
        }
    }
    if out.starts_with(&['\u{ff}', '\u{fe}']) && out.iter().all(|c| (*c as u32) < 256) {
        let units = out[2..].chunks(2).map(|pair| match *pair {
            [low, high] => low as u16 | (high as u16) << 8,
            _ => 0xfffd,
        });
        return char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect();
    }
    out.into_iter().collect()
}
