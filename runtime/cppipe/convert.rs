//! The state of a conversion: the steps so far, what CellProfiler's names mean, and what is said of each module.

use super::MODULES;
use super::parse::CpPipeline;
use super::settings::{self, Settings};
use crate::document::{self, Form};
use rotifer_registry::op::DatumKind;
use rotifer_registry::pipeline::{Input, Save, check};
use rotifer_registry::{Dtype, DtypeRequest, Pipeline, Step, Value, find};
use std::collections::BTreeMap;

/// An error is the text that the module is left out with.
pub type Result<T> = std::result::Result<T, String>;

/// How a module came over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Its steps do the same.
    #[default]
    Exact,
    /// Its steps do the like, by another definition.
    Differs,
    /// Some of it has no counterpart.
    Missing,
    /// It is switched off in the file.
    Disabled,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Exact => "exact",
            Verdict::Differs => "differs",
            Verdict::Missing => "missing",
            Verdict::Disabled => "disabled",
        }
    }
}

/// The outcome of a module.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub number: u32,
    pub module: String,
    pub verdict: Verdict,
    /// Images and objects that it makes, in CellProfiler's names.
    pub about: String,
    pub remarks: Vec<String>,
    /// Notes of the author of the file.
    pub notes: Vec<String>,
    pub steps: usize,
}

/// A pipeline of CellProfiler as one of Rotifer.
pub struct Imported {
    pub pipeline: Pipeline,
    /// The pipeline as TOML, each module a comment before its steps.
    pub toml: String,
    pub modules: Vec<Report>,
}

impl Imported {
    /// How many modules came over so.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.modules.iter().filter(|m| m.verdict == verdict).count()
    }

    /// Whether every module has its counterpart.
    pub fn whole(&self) -> bool {
        self.count(Verdict::Missing) == 0
    }
}

/// An image by CellProfiler's name.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// The step of a grey image; the steps of red, green and blue.
    pub planes: Vec<String>,
    /// The pixels that count, where not all do.
    pub mask: Option<String>,
    /// True where it is a mask itself.
    pub binary: bool,
    /// The steps of finished pictures, which are only to look at.
    pub drawn: Vec<String>,
}

/// Objects by CellProfiler's name.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    pub labels: String,
    /// The labels before those at the border went, from which larger objects grow.
    pub seeds: String,
}

/// A grid: its points as labels, and how far they are apart.
#[derive(Clone, Debug)]
pub struct Grid {
    pub points: String,
    /// The pixels that belong to it.
    pub extent: String,
    pub apart: (f64, f64),
}

/// A table of objects.
#[derive(Clone, Debug)]
pub struct Measured {
    pub objects: String,
    /// The feature or the group of features, as CellProfiler names it: `AreaShape`, `Intensity_DNA`.
    pub what: String,
    pub table: String,
}

#[derive(Default)]
pub struct Conversion {
    steps: Vec<Step>,
    /// The module of each step.
    owners: Vec<usize>,
    /// Numbers that are results: their steps stay though nothing reads them.
    results: Vec<String>,
    pub images: BTreeMap<String, Picture>,
    pub objects: BTreeMap<String, Objects>,
    pub tables: Vec<Measured>,
    /// Numbers of the image by CellProfiler's names of measurements: expressions of steps.
    pub numbers: BTreeMap<String, String>,
    /// The images of a group: those of a `plate`, a `well`, or `all` where the file groups none.
    pub group: &'static str,
    /// Images keep the numbers of their files.
    pub unscaled: bool,
    /// Any name may be an image that a list of files names.
    pub any_image: bool,
    pub grids: BTreeMap<String, Grid>,
    /// Inputs of the pipeline beside the image.
    pub inputs: Vec<Input>,
    /// The rectangles of earlier crops.
    pub crops: BTreeMap<String, Settings>,
    /// Images of outlines by their names: the objects.
    pub outlines: BTreeMap<String, String>,
    /// Version of CellProfiler: 200, 300, 400.
    pub revision: u64,
    /// Texts of files beside the pipeline, by their names.
    pub files: BTreeMap<String, String>,
    reports: Vec<Report>,
    /// The result of the last module: it is saved where nothing else is.
    last: String,
}

/// Converts a pipeline; the result passes the check, whatever is missing.
pub fn convert(from: &CpPipeline, name: &str) -> Imported {
    let (revision, files) = (settings::version(from), from.files.clone());
    let mut c = Conversion { revision, files, group: "all", ..Conversion::default() };
    for module in &from.modules {
        c.reports.push(Report {
            number: module.number,
            module: module.name.clone(),
            notes: module.notes.clone(),
            ..Report::default()
        });
        if !module.enabled {
            c.report().verdict = Verdict::Disabled;
            continue;
        }
        let settings = Settings::of(module);
        let done = match MODULES.iter().find(|(name, _)| *name == module.name) {
            Some((_, converter)) => converter(&mut c, &settings),
            None => Err("the module is not known: it is left out".into()),
        };
        match done {
            Ok(()) => {
                for (text, value) in settings.left() {
                    c.differs(format!("the setting \"{text}\" ({value}) is not taken"));
                }
            }
            Err(why) => c.missing(why),
        }
    }
    c.finish(from, name)
}

impl Conversion {
    fn report(&mut self) -> &mut Report {
        if self.reports.is_empty() {
            self.reports.push(Report::default());
        }
        let last = self.reports.len() - 1;
        &mut self.reports[last]
    }

    /// Says what the module makes.
    pub fn about(&mut self, text: impl Into<String>) {
        self.report().about = text.into();
    }

    fn remark(&mut self, verdict: Verdict, text: String) {
        let report = self.report();
        report.verdict = report.verdict.max(verdict);
        if !report.remarks.contains(&text) {
            report.remarks.push(text);
        }
    }

    /// Says something that leaves the module exact.
    pub fn note(&mut self, text: impl Into<String>) {
        self.remark(Verdict::Exact, text.into());
    }

    /// Says where the steps differ from the module.
    pub fn differs(&mut self, text: impl Into<String>) {
        self.remark(Verdict::Differs, text.into());
    }

    /// Says what has no counterpart, and what is done instead.
    pub fn missing(&mut self, text: impl Into<String>) {
        self.remark(Verdict::Missing, text.into());
    }

    /// A name for a step that no other has, from one of CellProfiler's.
    pub fn free(&self, wanted: &str) -> String {
        let plain = |c: char| if c.is_alphanumeric() || c == '_' { c } else { '_' };
        let mut base: String = wanted.chars().map(plain).collect();
        if base.is_empty() || base == "input" || base.starts_with(|c: char| c.is_numeric()) {
            base = format!("image_{base}");
        }
        let taken = |name: &str| {
            self.steps.iter().any(|s| s.as_name.as_deref() == Some(name))
                || self.inputs.iter().any(|i| i.name == name)
        };
        let numbered = (2..).map(|n| format!("{base}_{n}"));
        std::iter::once(base.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
    }

    /// Adds a step whose name is free and that the check passes; gives its name.
    pub fn add(&mut self, mut step: Step) -> Result<String> {
        let name = self.free(step.as_name.as_deref().unwrap_or(&step.op));
        step.as_name = Some(name.clone());
        if find(&step.op).is_none() {
            return Err(format!("no counterpart yet: {}", step.op));
        }
        // Only what it reads matters for the check of one step.
        let read = reads(&step);
        let named = |s: &&Step| s.as_name.as_ref().is_some_and(|name| read.contains(name));
        let mut some: Vec<Step> = self.steps.iter().filter(named).cloned().collect();
        some.push(step.clone());
        let last = some.len() - 1;
        let inputs = self.inputs.clone();
        let errors = check(&Pipeline { inputs, ..Pipeline::new(some) }).err().unwrap_or_default();
        if let Some(mut error) = errors.into_iter().find(|e| e.step == Some(last)) {
            (error.step, error.op) = (None, None);
            return Err(format!("{} does not fit: {error}", step.op));
        }
        self.steps.push(step);
        self.owners.push(self.reports.len().saturating_sub(1));
        self.report().steps += 1;
        Ok(name)
    }

    /// Adds a step with those of the arguments that the function has, and says which it has not.
    pub fn call(&mut self, op: &str, from: &[&str], args: &[(&str, Value)], name: &str) -> Result<String> {
        let spec = find(op).map(|entry| entry.spec);
        let mut step = Step::new(op).from(from).named(name);
        let mut unknown = Vec::new();
        for (arg, value) in args {
            match spec.is_none_or(|spec| spec.param(arg).is_some()) {
                true => step.args.push((arg.to_string(), value.clone())),
                false => unknown.push(arg),
            }
        }
        let added = self.add(step)?;
        for arg in unknown {
            self.differs(format!("{op} has no argument `{arg}`: it is left out"));
        }
        Ok(added)
    }

    /// Adds a step with its inputs by the names of the ports, and says which the function does not have.
    pub fn wired(
        &mut self,
        op: &str,
        from: &[(&str, &str)],
        args: &[(&str, Value)],
        name: &str,
    ) -> Result<String> {
        let Some(entry) = find(op) else { return Err(format!("no counterpart yet: {op}")) };
        let ports: Vec<(&str, &str)> = entry
            .spec
            .inputs
            .iter()
            .map_while(|port| from.iter().find(|(name, _)| *name == port.name).copied())
            .collect();
        let wires: Vec<&str> = ports.iter().map(|(_, wire)| *wire).collect();
        let added = self.call(op, &wires, args, name)?;
        for (port, wire) in from.iter().filter(|from| !ports.contains(from)) {
            self.differs(format!("{op} has no input `{port}`: {wire} is left out"));
        }
        Ok(added)
    }

    /// Whether a function has an input of this name.
    pub fn has_input(op: &str, name: &str) -> bool {
        find(op).is_some_and(|entry| entry.spec.inputs.iter().any(|port| port.name == name))
    }

    /// A Gaussian of the pixels that count, as CellProfiler smooths what has a mask: the weights of the others go to them.
    pub fn smoothed_within(
        &mut self,
        grey: &str,
        mask: &str,
        args: &[(&str, Value)],
        name: &str,
    ) -> Result<String> {
        let mut args = args.to_vec();
        args.push(("edge", "constant".into()));
        let inside = self.call("apply_mask", &[grey, mask], &[], &format!("{name}_pixels"))?;
        let sum = self.call("gaussian_filter", &[&inside], &args, &format!("{name}_sum"))?;
        let ones = self.call("convert_float32", &[mask], &[], &format!("{name}_ones"))?;
        let weight = self.call("gaussian_filter", &[&ones], &args, &format!("{name}_weight"))?;
        let mean = self.call("divide", &[&sum, &weight], &[], &format!("{name}_mean"))?;
        self.call("apply_mask", &[&mean, mask], &[], name)
    }

    /// The number of this place among those that a step gives, as an expression.
    pub fn number(&self, step: &str, place: usize) -> Option<String> {
        let op = &self.steps.iter().find(|s| s.as_name.as_deref() == Some(step))?.op;
        let outputs = find(op)?.spec.outputs.iter().filter(|o| o.kind.kind() == DatumKind::Number);
        outputs.map(|o| format!("{step}.{}", o.name)).nth(place)
    }

    /// A number that an expression of earlier numbers gives, as a step that keeps it.
    pub fn computed(&mut self, expression: &str, like: &str, name: &str) -> Result<String> {
        let filled = Step::new("fill").from(&[like]).arg("value", format!("= {expression}").as_str());
        let filled = filled.named(&format!("{name}_everywhere")).dtype(DtypeRequest::To(Dtype::F32));
        let filled = self.add(filled)?;
        self.result("maximum_of_all_pixels", &filled, &[], name)
    }

    /// A number of an image that is a result; gives the expression that means it.
    pub fn result(&mut self, op: &str, image: &str, args: &[(&str, Value)], name: &str) -> Result<String> {
        let step = self.call(op, &[image], args, name)?;
        self.results.push(step.clone());
        self.number(&step, 0).ok_or_else(|| format!("{op} gives no number"))
    }

    /// Whether this is an input and no step.
    pub fn reads_input(&self, wire: &str) -> bool {
        !self.steps.iter().any(|s| s.as_name.as_deref() == Some(wire))
    }

    /// Keeps a step for its numbers.
    pub fn keep(&mut self, step: &str) {
        self.results.push(step.into());
    }

    /// Some step that gives an image, for what needs one and not its values.
    pub fn any_step(&self) -> Option<String> {
        self.images.values().find_map(|p| p.planes.first().cloned())
    }

    /// Gives a step another name, where that one is free.
    pub fn rename(&mut self, step: &str, wanted: &str) -> String {
        let name = self.free(wanted);
        for other in &mut self.steps {
            if other.as_name.as_deref() == Some(step) {
                other.as_name = Some(name.clone());
            }
            for from in &mut other.from {
                if from == step {
                    from.clone_from(&name);
                }
            }
        }
        name
    }

    /// Marks what a step gives as saved.
    pub fn save(&mut self, name: &str) {
        let name = name.split('.').next();
        if let Some(step) = self.steps.iter_mut().find(|s| s.as_name.as_deref() == name) {
            step.save = Save::Usual;
        }
    }

    /// Adds a step that gives a table of objects, and saves it.
    pub fn table(&mut self, objects: &str, what: &str, table: Result<String>) -> Result<String> {
        let table = table?;
        self.save(&table);
        self.tables.push(Measured { objects: objects.into(), what: what.into(), table: table.clone() });
        Ok(table)
    }

    /// The table of these objects with these features, where there is one.
    pub fn find_table(&self, objects: &str, what: &str) -> Option<String> {
        let found = self.tables.iter().rev().find(|t| t.objects == objects && t.what == what);
        found.map(|t| t.table.clone())
    }

    /// A channel of the image, scaled as CellProfiler scales it.
    pub fn channel(&mut self, name: &str, wire: &str) -> Result<String> {
        let step = self.call("convert_float32", &[wire], &[("rescale", (!self.unscaled).into())], name)?;
        self.give_image(name, step.clone(), &Picture::default());
        Ok(step)
    }

    /// An image by CellProfiler's name.
    pub fn picture(&mut self, name: &str) -> Result<Picture> {
        if let Some(objects) = self.outlines.get(name).cloned()
            && !self.images.contains_key(name)
        {
            let labels = self.labels(&objects)?;
            let lines = self.call("find_boundaries", &[&labels], &[("mode", "inner".into())], name)?;
            self.give_mask(name, lines, &Picture::default());
        }
        if !self.images.contains_key(name) && self.any_image {
            self.channel(name, &format!("input[c='{name}']"))?;
        }
        let found = self.images.get(name).cloned();
        found.ok_or_else(|| format!("no module before gives the image {name}: the module is left out"))
    }

    /// The step of a grey image.
    pub fn grey(&mut self, name: &str) -> Result<String> {
        let picture = self.picture(name)?;
        match picture.planes.as_slice() {
            [grey] => Ok(grey.clone()),
            // CellProfiler refuses others here.
            [red, ..] => {
                self.note(format!(
                    "{name} is a color image of which all colors are equal: the first is taken"
                ));
                Ok(red.clone())
            }
            _ => Err(format!("{name} is a picture to look at: the module is left out")),
        }
    }

    /// The step of a mask: a mask as it is, or the pixels of an image that are not 0.
    pub fn mask_of(&mut self, name: &str) -> Result<String> {
        let grey = self.grey(name)?;
        if self.images.get(name).is_some_and(|p| p.binary) {
            return Ok(grey);
        }
        self.call("greater", &[&grey], &[("value", 0.0.into())], &format!("{name}_mask"))
    }

    /// Objects by CellProfiler's name.
    pub fn objects(&self, name: &str) -> Result<Objects> {
        let found = self.objects.get(name).cloned();
        found.ok_or_else(|| format!("no module before gives the objects {name}: the module is left out"))
    }

    pub fn labels(&self, name: &str) -> Result<String> {
        self.objects(name).map(|o| o.labels)
    }

    /// Gives CellProfiler's name to the step of a grey image.
    pub fn give_image(&mut self, name: &str, step: String, like: &Picture) {
        self.last.clone_from(&step);
        let picture = Picture { planes: vec![step], mask: like.mask.clone(), ..Picture::default() };
        self.images.insert(name.into(), picture);
    }

    /// Gives CellProfiler's name to the step of a mask.
    pub fn give_mask(&mut self, name: &str, step: String, like: &Picture) {
        self.give_image(name, step, like);
        self.binary(name);
    }

    /// Says that an image is a mask.
    pub fn binary(&mut self, name: &str) {
        if let Some(picture) = self.images.get_mut(name) {
            picture.binary = true;
        }
    }

    pub fn give_objects(&mut self, name: &str, labels: String) {
        self.last.clone_from(&labels);
        self.objects.insert(name.into(), Objects { seeds: labels.clone(), labels });
    }

    /// Applies one step to every plane of an image and names the result.
    pub fn each_plane(&mut self, from: &str, to: &str, op: &str, args: &[(&str, Value)]) -> Result<()> {
        let picture = self.picture(from)?;
        let planes: Result<Vec<String>> =
            picture.planes.iter().map(|plane| self.call(op, &[plane], args, to)).collect();
        self.images.insert(to.into(), Picture { planes: planes?, mask: picture.mask, ..Picture::default() });
        Ok(())
    }

    /// Drops steps that nothing reads, and writes all down.
    fn finish(mut self, from: &CpPipeline, name: &str) -> Imported {
        if !self.steps.iter().any(|s| s.save != Save::Nothing) && self.results.is_empty() {
            if self.steps.is_empty() {
                let step = Step::new("convert_float32").from(&["input"]).arg("rescale", true).named("image");
                if self.add(step).is_ok() {
                    self.note("nothing else came over: the image itself is saved");
                }
            }
            let last = self.last.split('.').next().map(String::from);
            let named = self.steps.iter().rposition(|s| s.as_name == last);
            if let Some(place) = named.or(self.steps.len().checked_sub(1)) {
                self.steps[place].save = Save::Usual;
            }
        }
        self.drop_unread();
        if !self.steps.iter().any(|s| s.save != Save::Nothing) {
            // Numbers stand in images.csv, but a pipeline has to save something.
            let number = |s: &Step| s.op.ends_with("_of_all_pixels");
            let place = self.steps.iter().position(number).unwrap_or(self.steps.len().saturating_sub(1));
            if let Some(step) = self.steps.get_mut(place) {
                step.save = Save::Usual;
            }
        }
        let owners = self.owners.clone();
        for (i, report) in self.reports.iter_mut().enumerate() {
            report.steps = owners.iter().filter(|o| **o == i).count();
        }
        let mut pipeline = Pipeline::new(self.steps.clone()).named(name);
        pipeline.inputs = std::mem::take(&mut self.inputs);
        let mut imported = Imported { pipeline, toml: String::new(), modules: self.reports };
        imported.toml = write(&imported, from, &owners);
        imported
    }

    fn drop_unread(&mut self) {
        let mut read: Vec<String> = self.results.clone();
        let mut live = vec![false; self.steps.len()];
        for (i, step) in self.steps.iter().enumerate().rev() {
            let name = step.as_name.clone().unwrap_or_default();
            live[i] = step.save != Save::Nothing || read.contains(&name);
            if live[i] {
                read.extend(reads(step));
            }
        }
        let mut keep = live.iter();
        self.steps.retain(|_| *keep.next().unwrap_or(&true));
        let mut keep = live.iter();
        self.owners.retain(|_| *keep.next().unwrap_or(&true));
    }
}

/// The words in a step that may be names of earlier steps.
fn reads(step: &Step) -> Vec<String> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut read: Vec<String> =
        step.from.iter().map(|f| f.split(['.', '[']).next().unwrap_or(f).to_string()).collect();
    for (name, value) in &step.args {
        let texts = match value {
            Value::List(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        for text in texts {
            if let Value::Text(text) = text
                && (text.starts_with('=') || (step.op == "flag" && name == "where"))
            {
                read.extend(text.split(|c| !word(c)).map(String::from));
            }
        }
    }
    read
}

/// The pipeline as TOML, with the modules as comments.
fn write(imported: &Imported, from: &CpPipeline, owners: &[usize]) -> String {
    let count = |v| imported.count(v);
    let head = format!(
        "From a pipeline of CellProfiler (format {}, DateRevision {}) of {} modules: {} exact, {} differ, \
         {} miss something, {} disabled.",
        from.version,
        from.date_revision,
        from.modules.len(),
        count(Verdict::Exact),
        count(Verdict::Differs),
        count(Verdict::Missing),
        count(Verdict::Disabled)
    );
    let mut text = comment(&head, "", "");
    text += &comment(
        "Intensities are CellProfiler's, from 0 to 1: each channel is first divided by the largest value of its \
         dtype, so that thresholds are the numbers of the file. Objects keep their numbers when others are removed.",
        "",
        "",
    );
    let mut head = imported.pipeline.clone();
    let steps = std::mem::take(&mut head.steps);
    let head = document::write(&head.to_tree(), Form::Toml).unwrap_or_default();
    text += &head.replace("steps = []\n", "");
    let mut next = 0;
    for (i, report) in imported.modules.iter().enumerate() {
        let about = if report.about.is_empty() { String::new() } else { format!(": {}", report.about) };
        text += &comment(
            &format!("{}{about} ({})", report.module, report.verdict.name()),
            "\n",
            &format!("{}. ", report.number),
        );
        // The first modules have the same notes in every file.
        if !["Images", "Metadata", "NamesAndTypes", "Groups"].contains(&report.module.as_str()) {
            report.notes.iter().for_each(|note| text += &comment(&format!("\"{note}\""), "", "   "));
        }
        report.remarks.iter().for_each(|remark| text += &comment(remark, "", "   - "));
        while next < steps.len() && owners[next] == i {
            let one = Pipeline::new(vec![steps[next].clone()]);
            let step = document::write(&one.to_tree(), Form::Toml).unwrap_or_default();
            let gap = if next > 0 && owners[next - 1] == i { "\n" } else { "" };
            text += &format!("{gap}{step}");
            next += 1;
        }
    }
    text
}

/// A comment in lines of 100 characters; `lead` stands before the first, and as much blank before the others.
fn comment(text: &str, before: &str, lead: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let blank = " ".repeat(lead.chars().count());
    let mut out = before.to_string();
    let mut line = String::new();
    let mut start = lead.to_string();
    for word in clean.split_whitespace() {
        if !line.is_empty() && line.chars().count() + word.chars().count() > 100 {
            out += &format!("# {start}{}\n", line.trim_end());
            line.clear();
            start.clone_from(&blank);
        }
        line += word;
        line.push(' ');
    }
    out + &format!("# {start}{}\n", line.trim_end())
}
