//! A pipeline that is known to be right as far as that can be said without an image.

use super::steps::{Input, Over, Save, Source, Step};
use super::wires::{Origin, Wire};
use crate::computed::Computed;
use crate::error::Error;
use crate::op::{DatumKind, Op};
use crate::random::Random;
use crate::registration::Entry;
use crate::value::Args;
use std::path::PathBuf;

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
