//! `rotifer help`: a page of the documentation, or how a command is used.

use super::report::{Failure, columns, say};
use super::{command, exit};
use clap::{Arg, ArgMatches, Command};
use rotifer_registry::error::suggestion;
use rotifer_registry::{Code, Error};

/// The pages of `docs/`, by their names.
const PAGES: [(&str, &str); 14] = [
    ("running", include_str!("../../docs/running.md")),
    ("cellprofiler", include_str!("../../docs/cellprofiler.md")),
    ("expressible", include_str!("../../docs/expressible.md")),
    ("plates", include_str!("../../docs/plates.md")),
    ("formats", include_str!("../../docs/formats.md")),
    ("numbers", include_str!("../../docs/numbers.md")),
    ("operations", include_str!("../../docs/operations.md")),
    ("architecture", include_str!("../../docs/architecture.md")),
    ("scheduling", include_str!("../../docs/scheduling.md")),
    ("passes", include_str!("../../docs/passes.md")),
    ("sizes", include_str!("../../docs/sizes.md")),
    ("names", include_str!("../../docs/names.md")),
    ("python", include_str!("../../docs/python.md")),
    ("wire", include_str!("../../docs/wire.md")),
];

pub fn command_line() -> Command {
    Command::new("help")
        .about("Read a page of the documentation, or how a command is used")
        .arg(Arg::new("topic").value_name("TOPIC").help("A page or a command; all pages where none is named"))
}

pub fn run(matches: &ArgMatches) -> Result<u8, Failure> {
    let mut all = command(&[]);
    let Some(topic) = matches.get_one::<String>("topic") else {
        let title = |text: &str| text.lines().next().unwrap_or_default().trim_start_matches("# ").to_string();
        let pages: Vec<Vec<String>> =
            PAGES.iter().map(|(name, text)| vec![name.to_string(), title(text)]).collect();
        say(&format!(
            "{}\nPages, each by `rotifer help PAGE`:\n{}",
            all.render_help(),
            columns(&pages, "  ")
        ));
        return Ok(0);
    };
    if let Some((_, text)) = PAGES.iter().find(|(name, _)| name == topic) {
        say(text);
        return Ok(0);
    }
    if let Some(found) = all.find_subcommand_mut(topic) {
        say(&found.render_long_help().to_string());
        return Ok(0);
    }
    let names = all.get_subcommands().map(|c| c.get_name().to_string());
    let names: Vec<String> = PAGES.iter().map(|(name, _)| name.to_string()).chain(names).collect();
    let mut error = Error::new(Code::UnknownArgument, "no page and no command has this name").value(topic);
    error.help = suggestion(topic, names.iter().map(String::as_str));
    Err(Failure::new(exit::USAGE, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_a_topic() {
        let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
        let mut found = 0;
        for path in std::fs::read_dir(docs).unwrap().map(|entry| entry.unwrap().path()) {
            if path.extension().is_none_or(|e| e != "md") {
                continue;
            }
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let page = PAGES.iter().find(|(known, _)| *known == name);
            assert_eq!(page.map(|(_, text)| text.to_string()), std::fs::read_to_string(&path).ok(), "{name}");
            found += 1;
        }
        assert_eq!(found, PAGES.len());
    }
}
