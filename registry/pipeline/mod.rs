//! A pipeline: steps of function ids and arguments. Checked before any work.

use crate::computed::{Computed, Earlier};
use crate::dtype::Dtype;
use crate::error::{Code, Error, suggestion};
use crate::op::{DatumKind, Op, OutKind, PortKind};
use crate::random::Random;
use crate::registration::{Entry, get};
use crate::value::Value;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Arguments by name, in the order they were written.
pub type Args = Vec<(String, Value)>;

/// A list of steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pipeline {
    pub name: Option<String>,
    /// Its inputs; none: the image it is run on, called `input`.
    pub inputs: Vec<Input>,
    pub steps: Vec<Step>,
    /// Of the random numbers of its steps.
    pub seed: u32,
}

/// Something that a pipeline reads, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    pub name: String,
    pub source: Source,
}

/// Where an input comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The image that the pipeline is run on.
    Run,
    /// Given by whoever runs it.
    Given,
    /// One file for all images.
    File(String),
    /// A file for each image: a path with `{plate}`, `{well}`, `{field}` or `{name}` in it.
    Pattern(String),
}

impl Input {
    /// The image that a pipeline is run on, where no input is named.
    pub fn usual() -> Input {
        Input { name: "input".into(), source: Source::Run }
    }

    /// The error of an input that nobody gave.
    pub fn not_given(&self) -> Error {
        let error = Error::new(Code::MissingArgument, format!("the input `{}` is not given", self.name));
        if self.source == Source::Run {
            return error.argument("from").help("a pipeline runs without an image where no step takes one");
        }
        error
            .argument("from")
            .help(format!("--input {}=PATH, or a `file` or `pattern` for it in [inputs]", self.name))
    }

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

/// One step: a function id, its arguments, and where its inputs come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    pub op: String,
    pub args: Args,
    /// Names of the inputs, port by port; empty: the output of the step before.
    pub from: Vec<String>,
    /// Name of the output.
    pub as_name: Option<String>,
    pub save: Save,
    /// Dtype of the image outputs, where another than the declared one is wanted.
    pub dtype: Option<DtypeRequest>,
    /// Every z plane is processed as a 2-D image.
    pub slice_by_slice: bool,
    /// Memory type this step must run on.
    pub on: Option<Memory>,
    /// The values that it sees at once: the images of a plate, a well, a channel or the run, those with one value in a column of the
    /// site table, or the time points of an image.
    pub over: Option<Over>,
}

/// The values that a step sees at once: those of a group of images of a run, or of the time points of one image.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Over {
    Plate,
    Well,
    Channel,
    All,
    Time,
    /// A column of the site table.
    Column(String),
}

impl Over {
    /// The groups that need no column of a table.
    pub const ALL: [Over; 5] = [Over::Plate, Over::Well, Over::Channel, Over::All, Over::Time];

    /// Whether other images are needed.
    pub fn is_group(&self) -> bool {
        *self != Over::Time
    }

    pub fn name(&self) -> &str {
        match self {
            Over::Plate => "plate",
            Over::Well => "well",
            Over::Channel => "channel",
            Over::All => "all",
            Over::Time => "time",
            Over::Column(name) => name,
        }
    }

    /// One of [`Over::ALL`] by its name; any other name is that of a column, but for one that a single slip makes of these.
    pub fn parse(text: &str) -> Option<Over> {
        let known = Over::ALL.into_iter().find(|over| over.name() == text);
        let slip = || Over::ALL.iter().any(|over| strsim::levenshtein(over.name(), text) == 1);
        let column = || (!text.trim().is_empty() && !slip()).then(|| Over::Column(text.into()));
        known.or_else(column)
    }
}

/// Which outputs of a step are saved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Save {
    #[default]
    Nothing,
    /// The first output, and every table and number: `save = true`.
    Usual,
    /// These outputs and no other: `save = ["markers"]`.
    Named(Vec<String>),
}

/// Where a step runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Memory {
    Host,
    Device,
}

impl Memory {
    pub fn name(self) -> &'static str {
        match self {
            Memory::Host => "host",
            Memory::Device => "device",
        }
    }
}

/// The dtype a step asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DtypeRequest {
    /// That of the step's first input.
    Preserve,
    /// The declared one.
    Native,
    To(Dtype),
}

impl DtypeRequest {
    pub fn parse(text: &str) -> Option<DtypeRequest> {
        match text {
            "preserve" => Some(DtypeRequest::Preserve),
            "native" => Some(DtypeRequest::Native),
            other => Dtype::parse(other).map(DtypeRequest::To),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            DtypeRequest::Preserve => "preserve",
            DtypeRequest::Native => "native",
            DtypeRequest::To(dtype) => dtype.name(),
        }
    }
}

/// Keys of a step that are not arguments; no argument may have one of these names.
pub const STEP_KEYS: [&str; 8] = ["op", "from", "as", "save", "dtype", "slice_by_slice", "on", "over"];

/// What names the function of a step: the id of a registered one, never the function itself, so that every pipeline
/// can leave the process.
///
/// ```compile_fail
/// let step = rotifer_registry::Step::new(|pixel: f32| pixel * 2.0); // closures are not registered
/// ```
#[diagnostic::on_unimplemented(
    message = "a step takes the id of a registered function, not `{Self}`",
    label = "this cannot leave the process",
    note = "declare the function with `rotifer::op!` and give its id: `Step::new(\"my_crate/my_function\")`"
)]
pub trait OpId {
    fn into_id(self) -> String;
}

impl OpId for &str {
    fn into_id(self) -> String {
        self.to_string()
    }
}

impl OpId for String {
    fn into_id(self) -> String {
        self
    }
}

impl Step {
    pub fn new(op: impl OpId) -> Step {
        Step { op: op.into_id(), ..Step::default() }
    }

    pub fn arg(mut self, name: &str, value: impl Into<Value>) -> Step {
        self.args.push((name.into(), value.into()));
        self
    }

    pub fn from(mut self, names: &[&str]) -> Step {
        self.from = names.iter().map(|n| n.to_string()).collect();
        self
    }

    pub fn named(mut self, name: &str) -> Step {
        self.as_name = Some(name.into());
        self
    }

    pub fn saved(mut self) -> Step {
        self.save = Save::Usual;
        self
    }

    /// Saves these outputs of the step and no other.
    pub fn saved_outputs(mut self, outputs: &[&str]) -> Step {
        self.save = Save::Named(outputs.iter().map(|n| n.to_string()).collect());
        self
    }

    pub fn dtype(mut self, dtype: DtypeRequest) -> Step {
        self.dtype = Some(dtype);
        self
    }

    pub fn slice_by_slice(mut self) -> Step {
        self.slice_by_slice = true;
        self
    }

    pub fn on(mut self, memory: Memory) -> Step {
        self.on = Some(memory);
        self
    }

    /// The step sees the values of all images of a group, or of all time points, at once.
    pub fn over(mut self, group: Over) -> Step {
        self.over = Some(group);
        self
    }
}

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

impl Pipeline {
    pub fn new(steps: Vec<Step>) -> Pipeline {
        Pipeline { steps, ..Pipeline::default() }
    }

    pub fn named(mut self, name: &str) -> Pipeline {
        self.name = Some(name.into());
        self
    }

    /// The pipeline with random numbers of this seed; 0 where none is given.
    pub fn seeded(mut self, seed: u32) -> Pipeline {
        self.seed = seed;
        self
    }

    /// The pipeline with one more input.
    pub fn input(mut self, name: &str, source: Source) -> Pipeline {
        self.inputs.push(Input { name: name.into(), source });
        self
    }

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

    /// What stands behind `c=`. A number is an index, a quoted text a name. Text without quotes is a name where
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

    fn of((step, output): (usize, usize)) -> Origin {
        Origin::Step { step, output }
    }
}

/// A step whose function and arguments are known to be right.
pub struct CheckedStep {
    pub entry: &'static Entry,
    pub op: Box<dyn Op>,
    /// One for each port that is wired, in order.
    pub wires: Vec<Option<Wire>>,
    /// Name of the output: as given, else the id.
    pub name: String,
    pub step: Step,
    /// The arguments that are computed when the pipeline runs.
    pub computed: Vec<Computed>,
    /// The arguments, with a number that fits in place of each computed one.
    pub args: Args,
    /// Its random numbers.
    pub random: Random,
}

impl CheckedStep {
    /// Whether it needs a value: at an input, or in an argument.
    pub fn reads(&self, origin: Origin) -> bool {
        self.wires.iter().flatten().any(|wire| wire.origin == origin)
            || self.computed.iter().any(|c| c.reads.iter().any(|read| read.origin == origin))
    }
}

/// A pipeline whose steps are known to be right as far as that can be said without an image.
pub struct Checked {
    pub name: String,
    /// The image that it is run on, and then the other inputs.
    pub inputs: Vec<Input>,
    pub steps: Vec<CheckedStep>,
    pub seed: u32,
}

impl Checked {
    /// Whether any output is asked to be saved.
    pub fn saves(&self) -> bool {
        self.steps.iter().any(|s| s.step.save != Save::Nothing)
    }

    /// Whether it needs an image to run on: false where all begins with steps that have no input.
    pub fn needs_image(&self) -> bool {
        let mut wires = self.steps.iter().flat_map(|step| step.wires.iter().flatten());
        self.inputs.len() > 1 || wires.any(|wire| matches!(wire.origin, Origin::Input(_)))
    }

    /// The outputs that are kept, in order: those that are saved, or where none is, those of the last step as
    /// `save = true` would keep them.
    pub fn kept(&self) -> Vec<Origin> {
        let usual = |step: usize, output: usize| {
            let port = &self.steps[step].entry.spec.outputs[output];
            output == 0 || matches!(port.kind.kind(), DatumKind::Table | DatumKind::Number)
        };
        let nothing = !self.saves();
        let kept = |step: usize, output: usize| match &self.steps[step].step.save {
            Save::Nothing => nothing && step + 1 == self.steps.len() && usual(step, output),
            Save::Usual => usual(step, output),
            Save::Named(names) => {
                names.iter().any(|name| name == self.steps[step].entry.spec.outputs[output].name)
            }
        };
        self.origins().filter(|&(step, output)| kept(step, output)).map(Origin::of).collect()
    }

    /// The files of its inputs beside the image that it is run on, where it names one for each.
    pub fn files(&self) -> Result<Vec<PathBuf>, Error> {
        let file = |input: &Input| match &input.source {
            Source::File(path) => Ok(path.into()),
            _ => Err(input.not_given()),
        };
        self.inputs[1..].iter().map(file).collect()
    }

    /// A step over a group of images, and the steps after it that take nothing but what it gives: their values are the same
    /// for each image of the group.
    pub fn of_group(&self, over: usize) -> Vec<usize> {
        let mut steps = vec![over];
        for (i, step) in self.steps.iter().enumerate().skip(over + 1) {
            let computed = step.computed.iter().flat_map(|c| c.reads.iter().map(|read| read.origin));
            let mut read = step.wires.iter().flatten().map(|wire| wire.origin).chain(computed).peekable();
            let inside = |origin: Origin| origin.step().is_some_and(|step| steps.contains(&step));
            // A step without inputs, such as a flag, is about each image.
            let of_image = step.entry.spec.inputs.is_empty();
            if step.step.over.is_none() && !of_image && read.peek().is_some() && read.all(inside) {
                steps.push(i);
            }
        }
        steps
    }

    /// Whether a value is one of a group of images, and the same for each of them.
    pub fn is_over(&self, origin: Origin) -> bool {
        let over =
            (0..self.steps.len()).filter(|i| self.steps[*i].step.over.as_ref().is_some_and(Over::is_group));
        origin.step().is_some_and(|step| over.into_iter().any(|over| self.of_group(over).contains(&step)))
    }

    /// For each step, whether values are needed of it when these are wanted and those of `made` are known.
    pub fn needed(&self, wanted: &[Origin], made: &[Origin]) -> Vec<bool> {
        let mut needed = vec![false; self.steps.len()];
        for i in (0..self.steps.len()).rev() {
            let of_step = |origin: &Origin| origin.step() == Some(i);
            let is_read = |origin: Origin| {
                wanted.contains(&origin) || self.steps.iter().zip(&needed).any(|(s, n)| *n && s.reads(origin))
            };
            let outputs = 0..self.steps[i].entry.spec.outputs.len();
            needed[i] = !made.iter().any(of_step) && outputs.map(|o| Origin::of((i, o))).any(is_read);
        }
        needed
    }

    /// The numbers that steps give.
    pub fn numbers(&self) -> Vec<Origin> {
        let number = |&(step, output): &(usize, usize)| {
            self.steps[step].entry.spec.outputs[output].kind.kind() == DatumKind::Number
        };
        self.origins().filter(number).map(Origin::of).collect()
    }

    fn origins(&self) -> impl Iterator<Item = (usize, usize)> {
        let outputs = |step: &CheckedStep| step.entry.spec.outputs.len();
        self.steps.iter().enumerate().flat_map(move |(i, s)| (0..outputs(s)).map(move |output| (i, output)))
    }

    /// The name of a kept output: that of its step, and for a further output `step.output`.
    pub fn output_name(&self, origin: Origin) -> String {
        let (step, output) = match origin {
            Origin::Input(input) => {
                return self.inputs.get(input).map_or_else(String::new, |i| i.name.clone());
            }
            Origin::Step { step, output } => (step, output),
        };
        let CheckedStep { name, entry, .. } = &self.steps[step];
        match output {
            0 => name.clone(),
            _ => format!("{name}.{}", entry.spec.outputs[output].name),
        }
    }
}

/// The name of an input, the channel and the time point that it takes.
type Selected<'a> = (&'a str, Option<ChannelSelector>, Option<usize>);

/// Splits `name[c=1,t=0]` into the name and its selectors.
fn selectors(text: &str) -> Result<Selected<'_>, Error> {
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

/// Checks ids, arguments, names and kinds of a whole pipeline, gathering every mistake.
pub fn check(pipeline: &Pipeline) -> Result<Checked, Vec<Error>> {
    let mut errors: Vec<Error> = Vec::new();
    let mut steps: Vec<Option<CheckedStep>> = Vec::new();
    let mut names: Vec<(String, usize)> = Vec::new();
    let mut first_inputs: Vec<Option<DatumKind>> = Vec::new();
    if pipeline.steps.is_empty() {
        errors.push(Error::new(Code::Syntax, "a pipeline has at least one step"));
    }
    let inputs = named_inputs(pipeline, &mut errors);
    for (i, step) in pipeline.steps.iter().enumerate() {
        let here = |e: Error| e.step(i).op(&step.op);
        let entry = match get(&step.op) {
            Ok(entry) => Some(entry),
            Err(error) => {
                errors.push(error.step(i).argument("op"));
                None
            }
        };
        let earlier = Earlier { named: &names, op: &|step| pipeline.steps[step].op.as_str() };
        let built = entry.and_then(|entry| {
            let (computed, args) = match Computed::read(entry, &step.args, &earlier) {
                Ok(read) => read,
                Err(wrong) => {
                    errors.extend(wrong.into_iter().map(here));
                    return None;
                }
            };
            match entry.build(&args) {
                Ok(op) => Some((op, computed, args)),
                Err(wrong) => {
                    errors.extend(wrong.into_iter().map(here));
                    None
                }
            }
        });
        // Wiring. A step that is itself wrong still gives its outputs, so that one mistake is said once.
        let mut wires = Vec::new();
        let froms: Vec<String> = if step.from.is_empty() && entry.is_some_and(|e| e.spec.inputs.is_empty()) {
            Vec::new()
        } else if step.from.is_empty() {
            vec![if i == 0 { inputs[0].name.clone() } else { String::new() }]
        } else {
            step.from.clone()
        };
        if froms.is_empty() {
            first_inputs.push(None);
        }
        for (port, from) in froms.iter().enumerate() {
            let wire = resolve(from, i, &names, pipeline, (&inputs, &first_inputs));
            if port == 0 {
                first_inputs.push(wire.as_ref().ok().and_then(|(_, kind)| *kind));
            }
            match wire {
                Ok((wire, kind)) => {
                    if let (Some(entry), Some(kind)) = (entry, kind)
                        && let Some(p) = entry.spec.inputs.get(port)
                        && !p.kind.accepts(kind)
                        && !(wire.channel.is_some() && p.kind == PortKind::Image && kind == DatumKind::Rgb)
                    {
                        let message =
                            format!("input `{}` takes {}, gets {}", p.name, p.kind.name(), kind.name());
                        let error = here(Error::new(Code::WrongKind, message).argument("from"));
                        errors.push(match way_out(p.kind, kind) {
                            Some(help) => error.help(help),
                            None => error,
                        });
                    }
                    wires.push(Some(wire));
                }
                Err(error) => {
                    errors.push(here(error));
                    wires.push(None);
                }
            }
        }
        if let Some(entry) = entry {
            let ports = entry.spec.inputs;
            let needed = ports.iter().filter(|p| !p.optional).count();
            if froms.len() > ports.len() || froms.len() < needed {
                let listed: Vec<String> = ports
                    .iter()
                    .map(|p| format!("{}{} ({})", p.name, if p.optional { "?" } else { "" }, p.kind.name()))
                    .collect();
                let error = here(Error::new(Code::InputCount, format!("takes {} inputs", ports.len())));
                let help = match ports {
                    [] => "leave `from` out: the function makes its output from its arguments".into(),
                    _ => format!("from = [{}]", listed.join(", ")),
                };
                errors.push(error.argument("from").value(froms.len()).help(help));
                wires.truncate(ports.len());
            }
        }
        if let (Some(entry), Save::Named(named)) = (entry, &step.save) {
            let outputs = entry.spec.outputs;
            for name in named.iter().filter(|name| !outputs.iter().any(|o| o.name == **name)) {
                let mut error = here(Error::new(Code::UnknownInput, "the function has no such output"))
                    .argument("save")
                    .value(format!("\"{name}\""));
                error.help = suggestion(name, outputs.iter().map(|o| o.name));
                errors.push(error);
            }
        }
        let name = step.as_name.clone().unwrap_or_else(|| step.op.replace('/', "_"));
        if let Some(as_name) = &step.as_name {
            let fits =
                as_name.chars().all(|c| c.is_alphanumeric() || "_-".contains(c)) && !as_name.is_empty();
            if !fits || inputs.iter().any(|input| input.name == *as_name) {
                errors.push(
                    here(Error::new(Code::DuplicateName, "not a name").argument("as"))
                        .value(format!("\"{as_name}\""))
                        .allowed(format!("letters, digits, _ and -, and not `{}`", listed(&inputs, "`, `"))),
                );
            }
            if let Some((_, first)) = names.iter().find(|(n, _)| n == as_name) {
                let message = format!("step {} has this name already", first + 1);
                errors.push(
                    here(Error::new(Code::DuplicateName, message).argument("as"))
                        .value(format!("\"{as_name}\"")),
                );
            }
            names.push((as_name.clone(), i));
        }
        if step.over.is_some() {
            let wrong = |message: &str| here(Error::new(Code::Unavailable, message).argument("over"));
            let computed = built.as_ref().is_some_and(|(_, computed, _)| !computed.is_empty());
            errors.extend(
                computed.then(|| wrong("a step that is over several images takes no computed argument")),
            );
            errors.extend(
                step.slice_by_slice.then(|| wrong("a step that is over several images sees no single slice")),
            );
            let alone = entry.is_some_and(|entry| entry.spec.inputs.is_empty());
            errors.extend(alone.then(|| wrong("a step without an input sees no images")));
            let on_device = step.on == Some(Memory::Device);
            errors.extend(on_device.then(|| wrong("a step that is over several images runs on the host")));
        }
        steps.push(match (entry, built) {
            (Some(entry), Some((op, computed, args))) => {
                let random = Random::new(pipeline.seed.into(), i);
                Some(CheckedStep { entry, op, wires, name, step: step.clone(), computed, args, random })
            }
            _ => None,
        });
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut checked = Checked {
        inputs,
        name: pipeline.name.clone().unwrap_or_else(|| "pipeline".into()),
        steps: steps.into_iter().flatten().collect(),
        seed: pipeline.seed,
    };
    // Unnamed outputs that are kept, and numbers, get distinct names: two never share a file or a column.
    let named: Vec<usize> =
        checked.kept().into_iter().chain(checked.numbers()).filter_map(Origin::step).collect();
    for i in 0..checked.steps.len() {
        let taken = |name: &str| (0..checked.steps.len()).any(|j| j != i && checked.steps[j].name == name);
        let own = &checked.steps[i].name;
        if named.contains(&i) && checked.steps[i].step.as_name.is_none() && taken(own) {
            let mut name = format!("{own}_{}", i + 1);
            while taken(&name) {
                name.push('_');
            }
            checked.steps[i].name = name;
        }
    }
    Ok(checked)
}

fn way_out(port: PortKind, kind: DatumKind) -> Option<&'static str> {
    match (port, kind) {
        (PortKind::Mask, DatumKind::Image) => Some("threshold it first, with threshold_otsu or greater"),
        (PortKind::MaskOrLabels, DatumKind::Image) => {
            Some("threshold it first, with threshold_otsu or greater")
        }
        (PortKind::Labels, DatumKind::Image) => Some("threshold it, then label it with connected_components"),
        (PortKind::Mask, DatumKind::Labels) => Some("make a mask of labels with greater, value = 0"),
        (PortKind::Image, DatumKind::Rgb) => Some("choose a channel, as in name[c=0], or use rgb_to_gray"),
        _ => None,
    }
}

type Resolved = (Wire, Option<DatumKind>);

/// The inputs of a pipeline, the image that it is run on first.
fn named_inputs(pipeline: &Pipeline, errors: &mut Vec<Error>) -> Vec<Input> {
    let mut inputs = pipeline.inputs.clone();
    match inputs.iter().position(|input| input.source == Source::Run) {
        Some(run) => inputs[..=run].rotate_right(1),
        None => inputs.insert(0, Input::usual()),
    }
    for (i, Input { name, source }) in inputs.iter().enumerate() {
        let wrong = |message: &str| Error::new(Code::DuplicateName, message).argument(name);
        if !name.chars().all(|c| c.is_alphanumeric() || "_-".contains(c)) || name.is_empty() {
            errors.push(wrong("not a name").allowed("letters, digits, _ and -"));
        }
        if inputs[..i].iter().any(|other| other.name == *name) {
            errors.push(wrong("two inputs have this name"));
        }
        if i > 0 && *source == Source::Run {
            errors.push(wrong("one input is the image that is run on"));
        }
    }
    inputs
}

fn listed(inputs: &[Input], between: &str) -> String {
    inputs.iter().map(|input| input.name.as_str()).collect::<Vec<_>>().join(between)
}

/// The meaning of a name in `from` at step `i`; the kind is `None` where only the image can tell. `first_inputs` has the kinds
/// at the first inputs of the steps before.
fn resolve(
    from: &str,
    i: usize,
    names: &[(String, usize)],
    pipeline: &Pipeline,
    (inputs, first_inputs): (&[Input], &[Option<DatumKind>]),
) -> Result<Resolved, Error> {
    let (name, channel, time) = selectors(from)?;
    let kind = |step: usize, output: usize| {
        let entry = get(&pipeline.steps[step].op).ok()?;
        let declared = entry.spec.outputs.get(output)?.kind;
        let kind = match (declared, first_inputs.get(step).copied().flatten()) {
            (OutKind::Like(_), None) => return None,
            (OutKind::Like(_), Some(first @ (DatumKind::Mask | DatumKind::Labels))) => first,
            _ => declared.kind(),
        };
        Some(match (kind, pipeline.steps[step].dtype) {
            // Another dtype than uint8 or uint32 makes an image of a mask or of labels.
            (DatumKind::Mask, Some(DtypeRequest::To(d))) if d != Dtype::U8 => DatumKind::Image,
            (DatumKind::Labels, Some(DtypeRequest::To(d))) if d != Dtype::U32 => DatumKind::Image,
            (kind, _) => kind,
        })
    };
    let wire = |origin| Wire { origin, channel: channel.clone(), time };
    if name.is_empty() {
        // A first step takes the image that is run on; a name is never empty.
        if i == 0 {
            return Err(Error::new(Code::UnknownInput, "a name is needed").argument("from"));
        }
        return Ok((wire(Origin::Step { step: i - 1, output: 0 }), kind(i - 1, 0)));
    }
    if let Some(input) = inputs.iter().position(|input| input.name == name) {
        return Ok((wire(Origin::Input(input)), None));
    }
    let (base, output) = name.split_once('.').map_or((name, None), |(b, o)| (b, Some(o)));
    let Some(&(_, step)) = names.iter().find(|(n, _)| n == base) else {
        let later = pipeline.steps.iter().skip(i).position(|s| s.as_name.as_deref() == Some(base));
        let mut error =
            Error::new(Code::UnknownInput, format!("no earlier step gives `{base}`")).argument("from");
        error.help = match later {
            Some(_) => Some("a later step has this name; order the steps".into()),
            None => suggestion(
                base,
                names.iter().map(|(n, _)| n.as_str()).chain(inputs.iter().map(|i| i.name.as_str())),
            ),
        };
        return Err(error);
    };
    let output = match (output, get(&pipeline.steps[step].op)) {
        (Some(output), Ok(entry)) => {
            let outputs = entry.spec.outputs;
            outputs.iter().position(|o| o.name == output).ok_or_else(|| {
                let mut error = Error::new(Code::UnknownInput, format!("`{base}` has no output `{output}`"))
                    .argument("from");
                error.help = suggestion(output, outputs.iter().map(|o| o.name));
                error
            })?
        }
        _ => 0,
    };
    Ok((wire(Origin::Step { step, output }), kind(step, output)))
}
