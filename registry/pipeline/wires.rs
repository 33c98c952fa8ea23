//! Where the inputs of steps come from.

use crate::error::{Code, Error};

/// Where an input of a step comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Wire {
    pub origin: Origin,
    /// One channel of it: `input[c=1]`, `input[c='DNA']`.
    pub channel: Option<ChannelSelector>,
    /// One time point of it: `input[t=0]`.
    pub time: Option<usize>,
}

/// Which channel an input takes. A number is always an index, whatever the channels are called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ChannelSelector {
    /// From 0, in the order of the image.
    Index(usize),
    Name(String),
}

impl std::fmt::Display for ChannelSelector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ChannelSelector::Index(index) => write!(f, "{index}"),
            ChannelSelector::Name(name) => write!(f, "'{name}'"),
        }
    }
}

impl ChannelSelector {
    /// The index of the channel in an image of `count` channels with these names, or with none.
    pub fn find(&self, names: &[String], count: usize) -> Result<usize, Error> {
        let wrong = |message: &str| {
            let known: Vec<String> = match names {
                [] => (0..count).map(|c| c.to_string()).collect(),
                names => names.iter().enumerate().map(|(c, name)| format!("{c} or '{name}'")).collect(),
            };
            Error::new(Code::MissingChannel, message).argument("from").value(self).allowed(known.join(", "))
        };
        let missing = "the image has no such channel";
        match self {
            ChannelSelector::Index(index) if *index < count => Ok(*index),
            ChannelSelector::Index(index) if names.iter().any(|n| *n == index.to_string()) => {
                Err(wrong(missing).help(format!("a number is an index; the name is c='{index}'")))
            }
            ChannelSelector::Index(_) => Err(wrong(missing)),
            ChannelSelector::Name(name) => {
                let mut found = (0..names.len()).filter(|&c| names[c] == *name);
                match (found.next(), found.next()) {
                    (Some(c), None) => Ok(c),
                    (Some(_), Some(_)) => Err(wrong("several channels have this name")
                        .help("choose one by its index, as in input[c=0]")),
                    (None, _) if names.is_empty() => Err(wrong("the channels of the image have no names")
                        .help("choose one by its index, as in input[c=0]")),
                    (None, _) => Err(wrong(missing)),
                }
            }
        }
    }

    /// The name of the channel in an image whose channels have these names; an index where it has none.
    pub fn name(&self, names: &[String]) -> String {
        match self {
            ChannelSelector::Index(index) => names.get(*index).cloned().unwrap_or_else(|| index.to_string()),
            ChannelSelector::Name(name) => name.clone(),
        }
    }

    /// Reads the text behind `c=`. A number is an index, a quoted text a name. Text without quotes is a name where
    /// nothing else can be meant.
    fn parse(text: &str) -> Option<ChannelSelector> {
        let text = text.trim();
        for quote in ['\'', '"'] {
            if let Some(rest) = text.strip_prefix(quote) {
                let name =
                    rest.strip_suffix(quote).filter(|name| !name.is_empty() && !name.contains(quote))?;
                return Some(ChannelSelector::Name(name.into()));
            }
        }
        if let Ok(index) = text.parse() {
            return Some(ChannelSelector::Index(index));
        }
        let numeric = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        let plain = !text.is_empty() && !text.contains(['\'', '"', '[', ']', '=']);
        (plain && !(numeric && text.parse::<f64>().is_ok())).then(|| ChannelSelector::Name(text.into()))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// An input of the pipeline; 0 is the image that it is run on.
    Input(usize),
    /// An output of an earlier step.
    Step { step: usize, output: usize },
}

impl Origin {
    /// The step whose output it is.
    pub fn step(self) -> Option<usize> {
        if let Origin::Step { step, .. } = self { Some(step) } else { None }
    }

    pub(super) fn of((step, output): (usize, usize)) -> Origin {
        Origin::Step { step, output }
    }
}

/// The name of an input, the channel and the time point that it takes.
pub(super) type Selected<'a> = (&'a str, Option<ChannelSelector>, Option<usize>);

/// Splits `name[c=1,t=0]` into the name and its selectors.
pub(super) fn selectors(text: &str) -> Result<Selected<'_>, Error> {
    let Some((name, rest)) = text.split_once('[') else { return Ok((text, None, None)) };
    let wrong = |why: &str| Error::new(Code::UnknownInput, why).argument("from").value(format!("\"{text}\""));
    let bad = || {
        wrong("a selection is written `name[c=1]`, `name[c='DNA']` or `name[t=0]`")
            .help("c= takes the index of a channel from 0, or its name in quotes")
    };
    let inner = rest.strip_suffix(']').ok_or_else(bad)?;
    let (mut channel, mut time) = (None, None);
    for part in parts(inner) {
        match part.trim().split_once('=') {
            Some(("c", value)) => {
                if channel.replace(ChannelSelector::parse(value).ok_or_else(bad)?).is_some() {
                    return Err(wrong("a selection takes one channel: an index or a name, not both"));
                }
            }
            Some(("t", value)) => {
                if time.replace(value.parse().map_err(|_| bad())?).is_some() {
                    return Err(wrong("a selection takes one time point"));
                }
            }
            _ => return Err(bad()),
        }
    }
    Ok((name, channel, time))
}

/// The parts of a selection between commas that stand in no quotes.
fn parts(text: &str) -> Vec<&str> {
    let mut quote = None;
    let mut parts = Vec::new();
    let mut start = 0;
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (None, ',') => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
