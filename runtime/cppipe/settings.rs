//! Settings of a module by their texts, which changed with the versions of CellProfiler, and what of them was taken.

use super::former::FORMER;
use super::parse::{CpPipeline, Module};
use super::silent::SILENT;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

/// The settings of a module, which remember those that were asked for.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub name: String,
    /// Version of the module's settings.
    pub revision: u32,
    settings: Vec<Setting>,
    asked: Rc<RefCell<BTreeSet<String>>>,
}

#[derive(Clone, Debug)]
struct Setting {
    key: String,
    text: String,
    value: String,
}

/// A text without what changes from one version to the next: capitals, signs, spaces.
fn key(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric() || *c == '#').flat_map(char::to_lowercase).collect()
}

/// The version of CellProfiler that wrote a file: 200, 300, 400. Versions before 3 wrote a date.
pub fn version(from: &CpPipeline) -> u64 {
    match from.date_revision {
        0..=299 => 200,
        revision @ 300..=9999 => revision / 100 * 100,
        _ => 200,
    }
}

impl Settings {
    pub fn of(module: &Module) -> Settings {
        let former = |found: &str| {
            let renamed = FORMER.iter().find(|(old, _)| key(old) == found);
            renamed.map_or(found.to_string(), |(_, new)| key(new))
        };
        let settings = module.settings.iter().map(|(text, value)| Setting {
            key: former(&key(text)),
            text: text.clone(),
            value: value.trim().to_string(),
        });
        Settings {
            name: module.name.clone(),
            revision: module.revision,
            settings: settings.collect(),
            ..Settings::default()
        }
    }

    fn ask(&self, text: &str) -> String {
        let key = key(text);
        self.asked.borrow_mut().insert(key.clone());
        key
    }

    /// The settings that were not asked for and that may change the outcome, each once.
    pub fn left(&self) -> Vec<(String, String)> {
        let asked = self.asked.borrow();
        let silent: BTreeSet<String> = SILENT
            .iter()
            .filter(|(module, _)| *module == "*" || *module == self.name)
            .flat_map(|(_, texts)| texts.iter().map(|text| key(text)))
            .collect();
        let mut left: Vec<(String, String)> = Vec::new();
        for Setting { key, text, value } in &self.settings {
            // Numbers of settings of one kind, and settings without a meaning.
            let counted = key.ends_with("count") || key.starts_with("hidden");
            let said = left.iter().any(|(other, _)| other == text);
            if !asked.contains(key) && !silent.contains(key) && !counted && given(value) && !said {
                left.push((text.clone(), value.clone()));
            }
        }
        left
    }

    /// The settings in order with their texts, all taken as asked for.
    pub fn each(&self) -> impl Iterator<Item = (&str, &str)> {
        self.asked.borrow_mut().extend(self.settings.iter().map(|s| s.key.clone()));
        self.settings.iter().map(|s| (s.text.as_str(), s.value.as_str()))
    }

    /// The settings whose text has this word, with their values, taken as asked for.
    pub fn asked_for(&self, word: &str) -> Vec<(String, String)> {
        let with: Vec<&Setting> = self.settings.iter().filter(|s| s.text.contains(word)).collect();
        self.asked.borrow_mut().extend(with.iter().map(|s| s.key.clone()));
        with.into_iter().map(|s| (s.text.clone(), s.value.clone())).collect()
    }

    /// Whether the module has a setting with this text.
    pub fn has(&self, text: &str) -> bool {
        self.all(text).next().is_some()
    }

    /// The value of the first setting with this text; empty where there is none.
    pub fn get(&self, text: &str) -> &str {
        self.all(text).next().unwrap_or("")
    }

    /// The value of the first of these settings that the module has: texts changed with the versions.
    pub fn first(&self, texts: &[&str]) -> &str {
        texts.iter().find_map(|text| self.all(text).next()).unwrap_or("")
    }

    pub fn all<'a>(&'a self, text: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let key = self.ask(text);
        self.settings.iter().filter(move |s| s.key == key).map(|s| s.value.as_str())
    }

    pub fn yes(&self, text: &str) -> bool {
        self.get(text).eq_ignore_ascii_case("yes")
    }

    pub fn number(&self, text: &str) -> Option<f64> {
        number(self.get(text))
    }

    /// Two numbers, such as `8,80`.
    pub fn pair(&self, text: &str) -> Option<(f64, f64)> {
        let (a, b) = self.get(text).trim_matches(['(', ')', '[', ']']).split_once(',')?;
        Some((number(a)?, number(b)?))
    }

    /// Names from settings with one of these texts, each one name or a list with commas.
    pub fn names(&self, texts: &[&str]) -> Vec<String> {
        let keys: Vec<String> = texts.iter().map(|text| self.ask(text)).collect();
        let chosen = self.settings.iter().filter(|s| keys.contains(&s.key));
        let mut names: Vec<String> = Vec::new();
        for name in chosen.flat_map(|s| s.value.split(',')).map(str::trim).filter(|n| given(n)) {
            if !names.iter().any(|n| n == name) {
                names.push(name.into());
            }
        }
        names
    }

    /// The settings from each one with this text to the next: the groups that a module repeats.
    pub fn groups(&self, text: &str) -> Vec<Settings> {
        let key = self.ask(text);
        let mut groups: Vec<Settings> = Vec::new();
        for setting in &self.settings {
            if setting.key == key {
                groups.push(Settings { settings: Vec::new(), ..self.clone() });
            }
            if let Some(group) = groups.last_mut() {
                group.settings.push(setting.clone());
            }
        }
        groups
    }
}

/// A number, or a share as percent.
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let found: f64 = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
        None => text.parse().ok()?,
    };
    Some(found).filter(|x| x.is_finite())
}

/// Whether a name is one, and not the word for none.
pub fn given(name: &str) -> bool {
    !["", "None", "Do not use", "Leave this black", "Leave this blank", "Other..."].contains(&name)
}
