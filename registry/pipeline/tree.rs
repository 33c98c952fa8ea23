//! The form of a pipeline's document, and how a pipeline is read from it and written to it.

use super::steps::{DtypeRequest, Input, Memory, Over, Pipeline, Save, Source, Step};
use crate::dtype::Dtype;
use crate::error::{Code, Error, suggestion};
use crate::value::Value;

/// A parsed document before it is known to be a pipeline; TOML and JSON give the same tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    pub node: Node,
    /// Line from 1; 0 where the form has none.
    pub line: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
    /// Something no pipeline has, such as a date or null.
    Other(&'static str),
}

impl Tree {
    fn kind(&self) -> &'static str {
        match &self.node {
            Node::Bool(_) => "a boolean",
            Node::Int(_) => "an integer",
            Node::Float(_) => "a number",
            Node::Text(_) => "a text",
            Node::List(_) => "a list",
            Node::Map(_) => "a table",
            Node::Other(what) => what,
        }
    }

    /// The argument that this is.
    pub fn value(&self) -> Result<Value, Error> {
        Ok(match &self.node {
            Node::Bool(b) => Value::Bool(*b),
            Node::Int(i) => Value::Int(*i),
            Node::Float(x) => Value::Float(*x),
            Node::Text(t) => Value::Text(t.clone()),
            Node::List(items) => Value::List(items.iter().map(Tree::value).collect::<Result<_, _>>()?),
            Node::Map(_) | Node::Other(_) => {
                return Err(Error::new(Code::WrongType, "no argument is of this type")
                    .value(self.kind())
                    .line(self.line));
            }
        })
    }
}

/// Lines of a pipeline's file, so that errors point at them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lines {
    steps: Vec<(usize, Vec<(String, usize)>)>,
}

impl Lines {
    /// Gives an error the line of the step or key that it names.
    pub fn locate(&self, mut error: Error) -> Error {
        let step = error.step.and_then(|s| self.steps.get(s));
        if let (None, Some((line, keys))) = (error.line, step) {
            let key = error.argument.as_ref().and_then(|a| keys.iter().find(|(k, _)| k == a));
            let op = keys.iter().find(|(k, _)| k == "op");
            let at = key.or(op).map_or(*line, |(_, line)| *line);
            error.line = (at > 0).then_some(at);
        }
        error
    }
}

impl Input {
    fn from_tree(name: &str, tree: &Tree) -> Result<Input, Error> {
        let here = |error: Error| if tree.line > 0 { error.line(tree.line) } else { error };
        let Node::Map(keys) = &tree.node else {
            let error = Error::new(Code::WrongType, "an input is a table").value(tree.kind());
            return Err(here(
                error.argument(name).help("{}, { file = \"flat.tif\" } or { pattern = \"{well}.tif\" }"),
            ));
        };
        let mut source = Source::Run;
        for (key, value) in keys {
            let text = match &value.node {
                Node::Text(text) => Some(text.clone()),
                _ => None,
            };
            let read = match (key.as_str(), text, &value.node) {
                ("file", Some(text), _) => Source::File(text),
                ("pattern", Some(text), _) => Source::Pattern(text),
                ("given", _, Node::Bool(true)) => Source::Given,
                _ => {
                    let mut error =
                        Error::new(Code::Syntax, format!("no input has `{key} = {}`", value.kind()));
                    error.help = suggestion(key, ["file", "pattern", "given"].into_iter());
                    return Err(here(error.argument(name).allowed("file and pattern, texts; given = true")));
                }
            };
            if source != Source::Run {
                let error = Error::new(Code::DuplicateName, "an input comes from one place");
                return Err(here(error.argument(name)));
            }
            source = read;
        }
        Ok(Input { name: name.into(), source })
    }

    fn to_tree(&self) -> Tree {
        let text = |t: &str| tree(Node::Text(t.into()));
        tree(Node::Map(match &self.source {
            Source::Run => Vec::new(),
            Source::Given => vec![("given".into(), tree(Node::Bool(true)))],
            Source::File(path) => vec![("file".into(), text(path))],
            Source::Pattern(path) => vec![("pattern".into(), text(path))],
        }))
    }
}

impl Pipeline {
    /// Reads the tree of a TOML or JSON document, or gives every mistake of form.
    pub fn from_tree(tree: &Tree) -> Result<(Pipeline, Lines), Vec<Error>> {
        let (pipeline, lines, errors) = Pipeline::gather(tree);
        if errors.is_empty() { Ok((pipeline, lines)) } else { Err(errors) }
    }

    /// The readable part of a tree, and every mistake of form, so that the rest can be checked as well.
    pub fn gather(tree: &Tree) -> (Pipeline, Lines, Vec<Error>) {
        let mut errors = Vec::new();
        let mut pipeline = Pipeline::default();
        let mut lines = Lines::default();
        let Node::Map(keys) = &tree.node else {
            errors.push(Error::new(Code::Syntax, "a pipeline is a table with `steps`").value(tree.kind()));
            return (pipeline, lines, errors);
        };
        let at = |tree: &Tree, error: Error| if tree.line > 0 { error.line(tree.line) } else { error };
        let mut has_steps = false;
        for (key, value) in keys {
            match (key.as_str(), &value.node) {
                ("name", Node::Text(name)) => pipeline.name = Some(name.clone()),
                ("steps", Node::List(steps)) => {
                    has_steps = true;
                    for (i, step) in steps.iter().enumerate() {
                        let (step, keys, wrong) = Step::from_tree(step);
                        lines.steps.push((steps[i].line, keys));
                        errors.extend(wrong.into_iter().map(|e| e.step(i).op(&step.op)));
                        pipeline.steps.push(step);
                    }
                }
                ("inputs", Node::Map(inputs)) => {
                    for (name, input) in inputs {
                        match Input::from_tree(name, input) {
                            Ok(input) => pipeline.inputs.push(input),
                            Err(error) => errors.push(error),
                        }
                    }
                    let plain = pipeline.inputs.iter().filter(|i| i.source == Source::Run).count();
                    if plain > 1 {
                        let error = Error::new(Code::DuplicateName, "one input is the image that is run on");
                        errors.push(at(
                            value,
                            error.value(plain).help("the others have file, pattern or given = true"),
                        ));
                    }
                }
                ("seed", Node::Int(seed)) => match u32::try_from(*seed) {
                    Ok(seed) => pipeline.seed = seed,
                    Err(_) => {
                        let error = Error::new(Code::OutOfRange, "`seed` is out of range").value(seed);
                        errors.push(at(value, error.allowed(format!("0 to {}", u32::MAX))));
                    }
                },
                ("seed", _) => errors
                    .push(at(value, Error::new(Code::WrongType, "`seed` is an integer").value(value.kind()))),
                ("name", _) => errors
                    .push(at(value, Error::new(Code::WrongType, "`name` is a text").value(value.kind()))),
                ("inputs", _) => errors
                    .push(at(value, Error::new(Code::WrongType, "`inputs` is a table").value(value.kind()))),
                ("steps", _) => {
                    has_steps = true;
                    errors.push(at(
                        value,
                        Error::new(Code::WrongType, "`steps` is a list").value(value.kind()),
                    ));
                }
                _ => {
                    let mut error = Error::new(Code::Syntax, format!("a pipeline has no key `{key}`"));
                    error.help = suggestion(key, ["name", "seed", "inputs", "steps"].into_iter());
                    errors.push(at(value, error));
                }
            }
        }
        if !has_steps {
            errors.push(
                Error::new(Code::Syntax, "a pipeline has steps")
                    .help("begin with [[steps]] and op = \"...\""),
            );
        }
        let errors = errors.into_iter().map(|e| lines.locate(e)).collect();
        (pipeline, lines, errors)
    }

    /// The tree that [`Pipeline::from_tree`] reads.
    pub fn to_tree(&self) -> Tree {
        let text = |t: &str| tree(Node::Text(t.into()));
        let mut keys = Vec::new();
        if let Some(name) = &self.name {
            keys.push(("name".to_string(), text(name)));
        }
        if self.seed != 0 {
            keys.push(("seed".into(), tree(Node::Int(self.seed.into()))));
        }
        if !self.inputs.is_empty() {
            let inputs = self.inputs.iter().map(|input| (input.name.clone(), input.to_tree()));
            keys.push(("inputs".into(), tree(Node::Map(inputs.collect()))));
        }
        let steps = self.steps.iter().map(|step| {
            let mut keys = vec![("op".to_string(), text(&step.op))];
            keys.extend(step.args.iter().map(|(k, v)| (k.clone(), value_tree(v))));
            if !step.from.is_empty() {
                keys.push(("from".into(), tree(Node::List(step.from.iter().map(|n| text(n)).collect()))));
            }
            if let Some(name) = &step.as_name {
                keys.push(("as".into(), text(name)));
            }
            match &step.save {
                Save::Nothing => {}
                Save::Usual => keys.push(("save".into(), tree(Node::Bool(true)))),
                Save::Named(outputs) => {
                    let outputs = outputs.iter().map(|n| text(n)).collect();
                    keys.push(("save".into(), tree(Node::List(outputs))));
                }
            }
            if let Some(dtype) = step.dtype {
                keys.push(("dtype".into(), text(dtype.name())));
            }
            if step.slice_by_slice {
                keys.push(("slice_by_slice".into(), tree(Node::Bool(true))));
            }
            if let Some(on) = step.on {
                keys.push(("on".into(), text(on.name())));
            }
            if let Some(over) = &step.over {
                keys.push(("over".into(), text(over.name())));
            }
            tree(Node::Map(keys))
        });
        keys.push(("steps".into(), tree(Node::List(steps.collect()))));
        tree(Node::Map(keys))
    }
}

fn tree(node: Node) -> Tree {
    Tree { node, line: 0 }
}

fn value_tree(value: &Value) -> Tree {
    tree(match value {
        Value::Bool(b) => Node::Bool(*b),
        Value::Int(i) => Node::Int(*i),
        Value::Float(x) => Node::Float(*x),
        Value::Text(t) => Node::Text(t.clone()),
        Value::List(items) => Node::List(items.iter().map(value_tree).collect()),
    })
}

impl Step {
    fn from_tree(tree: &Tree) -> (Step, Vec<(String, usize)>, Vec<Error>) {
        let mut step = Step::default();
        let mut lines = Vec::new();
        let mut errors = Vec::new();
        let Node::Map(keys) = &tree.node else {
            errors.push(Error::new(Code::WrongType, "a step is a table with `op`").value(tree.kind()));
            return (step, lines, errors);
        };
        for (key, value) in keys {
            lines.push((key.clone(), value.line));
            let wrong =
                |what: &str| Error::new(Code::WrongType, what.to_string()).argument(key).value(value.kind());
            match (key.as_str(), &value.node) {
                ("op", Node::Text(op)) => step.op = op.clone(),
                ("op", _) => errors.push(wrong("the id of a function is needed")),
                ("from", Node::Text(name)) => step.from = vec![name.clone()],
                ("from", Node::List(names)) => {
                    for name in names {
                        match &name.node {
                            Node::Text(name) => step.from.push(name.clone()),
                            _ => errors.push(wrong("a name or a list of names is needed")),
                        }
                    }
                }
                ("from", _) => errors.push(wrong("a name or a list of names is needed")),
                ("as", Node::Text(name)) => step.as_name = Some(name.clone()),
                ("as", _) => errors.push(wrong("a name is needed")),
                ("save", Node::Bool(true)) => step.save = Save::Usual,
                ("save", Node::Bool(false)) => step.save = Save::Nothing,
                ("save", Node::Text(output)) => step.save = Save::Named(vec![output.clone()]),
                ("save", Node::List(outputs)) => {
                    let mut named = Vec::new();
                    for output in outputs {
                        match &output.node {
                            Node::Text(output) => named.push(output.clone()),
                            _ => errors.push(wrong("true, false or a list of outputs is needed")),
                        }
                    }
                    step.save = if named.is_empty() { Save::Nothing } else { Save::Named(named) };
                }
                ("save", _) => errors.push(wrong("true, false or a list of outputs is needed")),
                ("slice_by_slice", Node::Bool(on)) => step.slice_by_slice = *on,
                ("slice_by_slice", _) => errors.push(wrong("true or false is needed")),
                ("dtype", Node::Text(name)) if DtypeRequest::parse(name).is_some() => {
                    step.dtype = DtypeRequest::parse(name);
                }
                ("dtype", node) => {
                    let mut error = wrong("no such dtype")
                        .allowed(format!("preserve, native, {}", Dtype::ALL.map(Dtype::name).join(", ")));
                    if let Node::Text(name) = node {
                        error = error.value(format!("\"{name}\""));
                    }
                    errors.push(error);
                }
                ("on", Node::Text(name)) if name == "host" => step.on = Some(Memory::Host),
                ("on", Node::Text(name)) if name == "device" => step.on = Some(Memory::Device),
                ("on", _) => errors.push(wrong("a memory type is needed").allowed("host, device")),
                ("over", Node::Text(name)) if Over::parse(name).is_some() => step.over = Over::parse(name),
                ("over", node) => {
                    let error = wrong("a group of images, or the time, is needed")
                        .allowed("plate, well, channel, all, time, or a column of the site table");
                    errors.push(match node {
                        Node::Text(name) => error.value(format!("\"{name}\"")),
                        _ => error,
                    });
                }
                _ => match value.value() {
                    Ok(value) => step.args.push((key.clone(), value)),
                    Err(error) => errors.push(error.argument(key)),
                },
            }
        }
        if step.op.is_empty() && errors.is_empty() {
            errors.push(Error::new(Code::MissingArgument, "a step names its function").argument("op"));
        }
        (step, lines, errors)
    }
}
