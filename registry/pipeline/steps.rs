//! A pipeline and its steps, as they are written.

use crate::dtype::Dtype;
use crate::error::{Code, Error};
use crate::value::{Args, Value};
use serde::{Deserialize, Serialize};

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

/// The function of a step by name: the id of a registered one, never the function itself, so that every pipeline
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
}
