//! Pipeline files: TOML and JSON text read into one tree, with the line of every value, and written from it.

use rotifer_registry::pipeline::{Args, Checked, Lines, Node, Tree, check};
use rotifer_registry::{Code, Error, Pipeline, Value};
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::fmt;
use std::io::Read;
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// How a tree is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Toml,
    Json,
}

impl Form {
    /// A `.json` file is JSON, every other is TOML.
    pub fn of(path: &Path) -> Form {
        let json = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
        if json { Form::Json } else { Form::Toml }
    }
}

/// Reads a text into a tree, or says where it is no TOML or JSON.
pub fn read(text: &str, form: Form) -> Result<Tree, Vec<Error>> {
    match form {
        Form::Toml => read_toml(text),
        Form::Json => read_json(text).map_err(|error| vec![error]),
    }
}

/// Reads a pipeline, or everything that is wrong with its form.
pub fn pipeline(text: &str, form: Form) -> Result<(Pipeline, Lines), Vec<Error>> {
    Pipeline::from_tree(&read(text, form)?)
}

/// Reads and checks a pipeline; errors come in the order of their lines, mistakes of form and of sense together.
pub fn checked(text: &str, form: Form) -> Result<(Checked, Lines), Vec<Error>> {
    let (pipeline, lines, mut errors) = Pipeline::gather(&read(text, form)?);
    match check(&pipeline) {
        Ok(checked) if errors.is_empty() => return Ok((checked, lines)),
        Ok(_) => {}
        Err(more) => {
            // A mistake of form is not said a second time for its sense.
            let said: Vec<_> = errors.iter().map(|e| (e.step, e.argument.clone())).collect();
            errors.extend(
                more.into_iter()
                    .map(|e| lines.locate(e))
                    .filter(|e| !said.contains(&(e.step, e.argument.clone()))),
            );
        }
    }
    errors.sort_by_key(|e| e.line);
    Err(errors)
}

/// Reads the arguments of an example: lines such as `sigma = 2.0`.
pub fn arguments(lines: &str) -> Result<Args, Vec<Error>> {
    let Node::Map(keys) = read_toml(lines)?.node else { return Ok(Args::new()) };
    keys.into_iter().map(|(key, tree)| tree.value().map(|value| (key, value)).map_err(|e| vec![e])).collect()
}

/// Writes a tree. Values that the form cannot hold are refused: a date, or in JSON a number that is not finite.
pub fn write(tree: &Tree, form: Form) -> Result<String, Error> {
    match form {
        Form::Toml => write_toml(tree),
        Form::Json => Ok(format!("{:#}\n", to_json(tree)?)),
    }
}

fn read_toml(text: &str) -> Result<Tree, Vec<Error>> {
    let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect();
    let line = |at: usize| starts.partition_point(|start| *start <= at);
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(toml_table(table.get_ref(), 1, &line));
    }
    let mut errors: Vec<Error> = errors
        .iter()
        .map(|e| {
            let error = Error::new(Code::Syntax, format!("no TOML: {}", e.message().replace('\n', ", ")));
            e.span().map_or(error.clone(), |span| error.line(line(span.start)))
        })
        .collect();
    errors.dedup_by_key(|e| e.line);
    Err(errors)
}

/// Keys in the order of the text: the parser keeps them by name.
fn toml_table(table: &DeTable, line: usize, lines: &dyn Fn(usize) -> usize) -> Tree {
    let mut keys: Vec<_> = table.iter().collect();
    keys.sort_by_key(|(key, _)| key.span().start);
    let keys = keys.into_iter().map(|(key, value)| {
        (key.get_ref().to_string(), toml_value(value.get_ref(), lines(key.span().start), lines))
    });
    Tree { node: Node::Map(keys.collect()), line }
}

fn toml_value(value: &DeValue, line: usize, lines: &dyn Fn(usize) -> usize) -> Tree {
    let node = match value {
        DeValue::String(text) => Node::Text(text.to_string()),
        DeValue::Integer(i) => match i64::from_str_radix(i.as_str(), i.radix()) {
            Ok(i) => Node::Int(i),
            Err(_) => Node::Other("an integer of more than 64 bits"),
        },
        DeValue::Float(x) => match x.as_str().parse() {
            Ok(x) => Node::Float(x),
            Err(_) => Node::Other("a number too long to read"),
        },
        DeValue::Boolean(b) => Node::Bool(*b),
        DeValue::Datetime(_) => Node::Other("a date"),
        DeValue::Array(items) => Node::List(
            items.iter().map(|item| toml_value(item.get_ref(), lines(item.span().start), lines)).collect(),
        ),
        DeValue::Table(table) => return toml_table(table, line, lines),
    };
    Tree { node, line }
}

fn write_toml(tree: &Tree) -> Result<String, Error> {
    let Node::Map(keys) = &tree.node else {
        return Err(Error::new(Code::WrongType, "a TOML document is a table"));
    };
    let is_map = |tree: &Tree| matches!(tree.node, Node::Map(_));
    let mut text = String::new();
    let (blocks, plain): (Vec<_>, Vec<_>) = keys.iter().partition(|(_, value)| match &value.node {
        Node::List(items) => !items.is_empty() && items.iter().all(is_map),
        _ => false,
    });
    let (sections, plain): (Vec<_>, Vec<_>) = plain.into_iter().partition(|(_, value)| is_map(value));
    for (key, value) in plain {
        text += &format!("{} = {}\n", toml_key(key), toml_inline(value)?);
    }
    for (key, value) in sections {
        let Node::Map(keys) = &value.node else { continue };
        let gap = if text.is_empty() { "" } else { "\n" };
        text += &format!("{gap}[{}]\n", toml_key(key));
        for (key, value) in keys {
            text += &format!("{} = {}\n", toml_key(key), toml_inline(value)?);
        }
    }
    for (key, value) in blocks {
        let Node::List(items) = &value.node else { continue };
        for item in items {
            let Node::Map(keys) = &item.node else { continue };
            let gap = if text.is_empty() { "" } else { "\n" };
            text += &format!("{gap}[[{}]]\n", toml_key(key));
            for (key, value) in keys {
                text += &format!("{} = {}\n", toml_key(key), toml_inline(value)?);
            }
        }
    }
    Ok(text)
}

fn toml_key(key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    if bare { key.to_string() } else { Value::Text(key.into()).to_string() }
}

fn toml_inline(tree: &Tree) -> Result<String, Error> {
    let joined = |items: Result<Vec<String>, Error>| items.map(|items| items.join(", "));
    Ok(match &tree.node {
        Node::Bool(b) => Value::Bool(*b).to_string(),
        Node::Int(i) => Value::Int(*i).to_string(),
        Node::Float(x) => Value::Float(*x).to_string(),
        Node::Text(t) => Value::Text(t.clone()).to_string(),
        Node::List(items) => format!("[{}]", joined(items.iter().map(toml_inline).collect())?),
        Node::Map(keys) => {
            let pair = |(k, v): &(String, Tree)| Ok(format!("{} = {}", toml_key(k), toml_inline(v)?));
            let pairs = joined(keys.iter().map(pair).collect())?;
            if pairs.is_empty() { "{}".into() } else { format!("{{ {pairs} }}") }
        }
        Node::Other(what) => return Err(unwritable(what)),
    })
}

fn unwritable(what: &str) -> Error {
    Error::new(Code::WrongType, "a pipeline cannot hold this").value(what)
}

fn to_json(tree: &Tree) -> Result<serde_json::Value, Error> {
    use serde_json::Value as Json;
    Ok(match &tree.node {
        Node::Bool(b) => Json::Bool(*b),
        Node::Int(i) => Json::from(*i),
        Node::Float(x) if !x.is_finite() => {
            return Err(unwritable(&format!("{x}, which JSON does not have")));
        }
        Node::Float(x) => Json::from(*x),
        Node::Text(t) => Json::from(t.as_str()),
        Node::List(items) => Json::Array(items.iter().map(to_json).collect::<Result<_, _>>()?),
        Node::Map(keys) => Json::Object(
            keys.iter().map(|(k, v)| Ok((k.clone(), to_json(v)?))).collect::<Result<_, Error>>()?,
        ),
        Node::Other(what) => return Err(unwritable(what)),
    })
}

fn read_json(text: &str) -> Result<Tree, Error> {
    let line = Cell::new(1);
    let mut reader = serde_json::Deserializer::from_reader(Lined { text: text.as_bytes(), line: &line });
    let tree = JsonTree { line: &line, at: None }.deserialize(&mut reader);
    tree.and_then(|tree| reader.end().map(|()| tree)).map_err(|e| {
        let message = e.to_string();
        let message = message.split(" at line ").next().unwrap_or(&message);
        Error::new(Code::Syntax, format!("no JSON: {message}")).line(e.line())
    })
}

/// Counts lines as the parser, which reads byte by byte, passes them.
struct Lined<'a> {
    text: &'a [u8],
    line: &'a Cell<usize>,
}

impl Read for Lined<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let (Some((&byte, rest)), Some(slot)) = (self.text.split_first(), buffer.first_mut()) else {
            return Ok(0);
        };
        self.text = rest;
        *slot = byte;
        self.line.set(self.line.get() + (byte == b'\n') as usize);
        Ok(1)
    }
}

/// Builds a tree; a value stands on the line of its key, an item of a list where it begins.
struct JsonTree<'a> {
    line: &'a Cell<usize>,
    at: Option<usize>,
}

impl JsonTree<'_> {
    fn tree<E>(self, node: Node) -> Result<Tree, E> {
        Ok(Tree { node, line: self.at.unwrap_or(self.line.get()) })
    }
}

impl<'de> DeserializeSeed<'de> for JsonTree<'_> {
    type Value = Tree;
    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for JsonTree<'_> {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_bool<E>(self, b: bool) -> Result<Tree, E> {
        self.tree(Node::Bool(b))
    }
    fn visit_i64<E>(self, i: i64) -> Result<Tree, E> {
        self.tree(Node::Int(i))
    }
    fn visit_u64<E>(self, u: u64) -> Result<Tree, E> {
        self.tree(i64::try_from(u).map_or(Node::Other("an integer of more than 64 bits"), Node::Int))
    }
    fn visit_f64<E>(self, x: f64) -> Result<Tree, E> {
        self.tree(Node::Float(x))
    }
    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        self.tree(Node::Text(text.into()))
    }
    fn visit_unit<E>(self) -> Result<Tree, E> {
        self.tree(Node::Other("null"))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
        let at = self.at.unwrap_or(self.line.get());
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(JsonTree { line: self.line, at: None })? {
            items.push(item);
        }
        Ok(Tree { node: Node::List(items), line: at })
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let at = self.at.unwrap_or(self.line.get());
        let mut keys = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            let at = Some(self.line.get());
            keys.push((key, map.next_value_seed(JsonTree { line: self.line, at })?));
        }
        Ok(Tree { node: Node::Map(keys), line: at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUCLEI: &str = r#"name = "tricky \"names\""

[[steps]]
op = "gaussian_filter"
sigma = [0.0, 1.5e-7]
edge = "wrap"
from = "input[c=DNA]"
as = "smooth"

[[steps]]
op = "own/op"
flag = true
count = -3
matrix = [[1.0, 0.0], [0.0, 1.0]]
length = "0.5 um"
from = ["input", "smooth"]
save = true
dtype = "uint16"
slice_by_slice = true
on = "host"
"#;

    #[test]
    fn every_key_knows_its_line() {
        let (_, toml) = pipeline(NUCLEI, Form::Toml).unwrap();
        let json = write(&pipeline(NUCLEI, Form::Toml).unwrap().0.to_tree(), Form::Json).unwrap();
        let (_, lines) = pipeline(&json, Form::Json).unwrap();
        let line = |lines: &Lines, step, key: &str| {
            lines.locate(Error::new(Code::OutOfRange, "").step(step).argument(key)).line.unwrap()
        };
        for (step, key) in [(0, "op"), (0, "edge"), (1, "op"), (1, "matrix"), (1, "count"), (1, "on")] {
            let starts = |text: &str, at: usize, start: &str| {
                text.lines().nth(at - 1).unwrap().trim_start().starts_with(start)
            };
            assert!(starts(NUCLEI, line(&toml, step, key), key), "{key} in TOML");
            assert!(starts(&json, line(&lines, step, key), &format!("\"{key}\"")), "{key} in JSON");
        }
    }

    #[test]
    fn all_mistakes_are_gathered_in_the_order_of_lines() {
        let text = "[[steps]]\nop = \"gausian_filter\"\n\n[[steps]]\nop = \"gaussian_filter\"\nsigmaa = 1\non = \"gpu\"\n";
        let errors = checked(text, Form::Toml).err().unwrap();
        assert_eq!(
            errors.iter().map(|e| e.line).collect::<Vec<_>>(),
            [Some(2), Some(6), Some(7)],
            "{errors:?}"
        );
        let syntax = checked("[[steps]\nop = \n", Form::Toml).err().unwrap();
        assert_eq!(syntax[0].line, Some(1));
        assert_eq!(checked("{\n \"steps\": [,]\n}", Form::Json).err().unwrap()[0].line, Some(2));
    }
}
