//! A declaration as data.

use super::port::{OutPort, Port};
use crate::hash::Fnv;
use crate::param::ParamSpec;
use crate::value::Args;
use serde::{Deserialize, Serialize};

/// All that a declaration says.
#[derive(Debug)]
pub struct Spec {
    pub id: &'static str,
    /// Bumped when results or a default change.
    pub revision: u32,
    pub family: Family,
    /// Paragraphs of the documentation, one line each as written.
    pub doc: &'static [&'static str],
    pub params: &'static [ParamSpec],
    pub inputs: &'static [Port],
    pub outputs: &'static [OutPort],
    /// True where a device kernel exists beside the host kernel.
    pub device: bool,
    /// Tolerance against the definition that is followed.
    pub agrees: Agree,
    /// Library, function and version whose definition is followed.
    pub follows: &'static str,
    /// Python that computes the same with that library: an expression, or statements that set `result`.
    /// Names in scope: the inputs and arguments by name, np, ndi, ski, rotifer_parity's helpers.
    pub python: &'static str,
    /// Arguments as TOML lines (`sigma = 2.0`), one entry an example; shown in docs, run by tests.
    pub examples: &'static [&'static str],
    pub file: &'static str,
    pub line: u32,
}

impl Spec {
    /// First sentence of the documentation.
    pub fn summary(&self) -> &'static str {
        self.doc.first().map_or("", |line| line.trim())
    }

    pub fn param(&self, name: &str) -> Option<&'static ParamSpec> {
        self.params.iter().find(|p| p.name == name)
    }

    /// Hash of all that the declaration says of meaning: two programs with equal fingerprints mean the same by an id.
    pub fn fingerprint(&self) -> u64 {
        let mut hash = self.meaning(self.inputs.len());
        for p in self.params {
            hash.text(p.name);
            hash.text(&p.ty.signature());
            hash.text(&p.default_value().map_or("required".into(), |v| v.to_string()));
            hash.text(&p.range.map_or(String::new(), |(low, high)| format!("{low} to {high}")));
        }
        hash.finish()
    }

    /// Hash of the part that a step uses which gives these arguments and wires so many inputs. Optional arguments, inputs and
    /// choices that are added later leave it as it is; another default is another revision.
    pub fn stamp(&self, args: &Args, wired: usize) -> u64 {
        let mut hash = self.meaning(wired);
        let mut given: Vec<&ParamSpec> = args.iter().filter_map(|(name, _)| self.param(name)).collect();
        given.sort_by_key(|p| p.name);
        for p in given {
            hash.text(p.name);
            hash.text(p.ty.family());
        }
        hash.finish()
    }

    /// Id, revision, the first inputs, and the outputs.
    fn meaning(&self, inputs: usize) -> Fnv {
        let mut hash = Fnv::default();
        hash.text(self.id);
        hash.number(self.revision as u64);
        for p in self.inputs.iter().take(inputs) {
            hash.text(p.name);
            hash.text(p.kind.name());
        }
        for p in self.outputs {
            hash.text(p.name);
            hash.text(&p.kind.signature());
        }
        hash
    }
}

/// Shelf of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    Color,
    Draw,
    Exposure,
    Feature,
    Fft,
    Filters,
    Graph,
    Math,
    Measure,
    Metrics,
    Morphology,
    Noise,
    /// One number of each line of pixels along the argument `axis`: of a group of images these are made some rows at a time.
    Projection,
    Registration,
    Restoration,
    Segmentation,
    Table,
    Threshold,
    Transform,
    Util,
}

impl Family {
    /// As the catalogue spells it.
    pub fn name(self) -> &'static str {
        match self {
            Family::Color => "color",
            Family::Draw => "draw",
            Family::Exposure => "exposure",
            Family::Feature => "feature",
            Family::Fft => "fft",
            Family::Filters => "filters",
            Family::Graph => "graph",
            Family::Math => "math",
            Family::Measure => "measure",
            Family::Metrics => "metrics",
            Family::Morphology => "morphology",
            Family::Noise => "noise",
            Family::Projection => "projection",
            Family::Registration => "registration",
            Family::Restoration => "restoration",
            Family::Segmentation => "segmentation",
            Family::Table => "table",
            Family::Threshold => "threshold",
            Family::Transform => "transform",
            Family::Util => "util",
        }
    }
}

/// How closely host, device and the plain f64 reference agree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Agree {
    /// Equal values.
    Exact,
    /// |a − b| ≤ tolerance.
    Absolute(f64),
    /// |a − b| ≤ tolerance · the largest |b| of the output.
    Relative(f64),
    /// Equal labels up to renumbering.
    Relabelled,
}
