//! Pipelines as bytes: to a worker, and as compiled files.

use super::record::{put_leaf, take_leaf};
use super::{Frame, Reader, Wire, Writer, body, wrong};
use crate::error::{Code, Error};
use crate::hash::Fnv;
use crate::op::Spec;
use crate::pipeline::{Input, Pipeline, Save, Source, Step};
use crate::registration::{entries, find};
use crate::value::Value;

/// Lists within lists of an argument, at most.
const DEPTH: usize = 32;
/// Kind of the frame of a compiled file.
const FILE: u16 = 100;
/// Largest compiled file.
const FILE_CAP: usize = 64 << 20;

/// The function of a step as it was when the pipeline was written, as far as the step uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub revision: u32,
    /// Of the arguments and inputs that the step uses; none in files from before there was one, where the revision tells.
    pub fingerprint: Option<u64>,
}

impl Stamp {
    fn of(step: &Step, spec: &Spec) -> Stamp {
        // A step without `from` takes the step before it.
        let fingerprint = Some(spec.stamp(&step.args, step.from.len().max(1)));
        Stamp { revision: spec.revision, fingerprint }
    }
}

/// A pipeline with the stamp of each step; none where the writer did not know the function.
#[derive(Clone, Debug, PartialEq)]
pub struct Stamped {
    pub pipeline: Pipeline,
    pub stamps: Vec<Option<Stamp>>,
}

impl Stamped {
    /// Stamps a pipeline with the functions of this program.
    pub fn new(pipeline: Pipeline) -> Stamped {
        let stamps =
            pipeline.steps.iter().map(|step| find(&step.op).map(|e| Stamp::of(step, e.spec))).collect();
        Stamped { pipeline, stamps }
    }
}

/// Holds the stamps against the functions of this program: every one that is another is refused, by id.
pub fn verify(stamped: &Stamped) -> Result<(), Vec<Error>> {
    let mut errors = Vec::new();
    for (i, (step, stamp)) in stamped.pipeline.steps.iter().zip(&stamped.stamps).enumerate() {
        let (Some(stamp), Some(entry)) = (stamp, find(&step.op)) else { continue };
        let here = Stamp::of(step, entry.spec);
        let same = stamp.revision == here.revision
            && (stamp.fingerprint.is_none() || stamp.fingerprint == here.fingerprint);
        if !same {
            let text = |s: &Stamp| match s.fingerprint {
                Some(fingerprint) => format!("revision {}, fingerprint {fingerprint:016x}", s.revision),
                None => format!("revision {}", s.revision),
            };
            errors.push(
                Error::new(Code::Unavailable, "the pipeline was made for another version of this function")
                    .step(i)
                    .op(&step.op)
                    .value(text(stamp))
                    .allowed(text(&here)),
            );
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// One number for all functions of this program: two programs with equal numbers agree on every id.
pub fn registry_fingerprint() -> u64 {
    static ALL: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    *ALL.get_or_init(|| {
        let mut hash = Fnv::default();
        entries().iter().for_each(|e| hash.number(e.spec.fingerprint()));
        hash.finish()
    })
}

/// The bytes of a compiled pipeline file: one frame, then the FNV-1a hash of all that is before it.
pub fn compile(pipeline: &Pipeline) -> Vec<u8> {
    let mut content = Vec::new();
    Stamped::new(pipeline.clone()).put(&mut content);
    let body = body(|w| {
        w.put_with(1, |out| out.extend_from_slice(&content));
    });
    let mut bytes = Frame { kind: FILE, task: 0, attempt: 0, incarnation: 0, body: &body }.encode();
    let hash = Fnv::of(&bytes);
    bytes.extend_from_slice(&hash.to_le_bytes());
    bytes
}

/// Reads a compiled pipeline file, whatever functions it was made for; [`verify`] says whether they are ours.
pub fn decompile(bytes: &[u8]) -> Result<Stamped, Error> {
    let (frame, hash) = bytes.split_last_chunk().ok_or_else(|| wrong("a compiled pipeline is cut off"))?;
    // The frame first: its errors tell a foreign file and another version from damage.
    let decoded = Frame::decode(frame, FILE_CAP)?;
    if Fnv::of(frame) != u64::from_le_bytes(*hash) {
        return Err(wrong("a compiled pipeline is damaged: its hash does not fit"));
    }
    if decoded.kind != FILE {
        return Err(wrong("this frame is no compiled pipeline").value(decoded.kind));
    }
    let mut r = Reader::new("file", decoded.body)?;
    let stamped = r.required(1, "pipeline")?;
    r.finish()?;
    Ok(stamped)
}

/// Reads a compiled pipeline file made for the functions of this program.
pub fn read_pipeline(bytes: &[u8]) -> Result<Pipeline, Vec<Error>> {
    let stamped = decompile(bytes).map_err(|e| vec![e])?;
    verify(&stamped)?;
    Ok(stamped.pipeline)
}

impl Wire for Stamped {
    fn put(&self, out: &mut Vec<u8>) {
        let steps: Vec<(Step, Option<Stamp>)> =
            self.pipeline.steps.iter().cloned().zip(self.stamps.iter().copied()).collect();
        let mut w = Writer::new(out);
        w.put_some(1, &self.pipeline.name).put(2, &steps);
        if !self.pipeline.inputs.is_empty() {
            w.put(3, &self.pipeline.inputs);
        }
        if self.pipeline.seed != 0 {
            w.put(4, &self.pipeline.seed);
        }
    }

    fn get(bytes: &[u8]) -> Result<Stamped, Error> {
        let mut r = Reader::new("pipeline", bytes)?;
        let name = r.optional(1, "name")?;
        let steps: Vec<(Step, Option<Stamp>)> = r.required(2, "steps")?;
        let inputs = r.or_default(3, "inputs")?;
        let seed = r.or_default(4, "seed")?;
        r.finish()?;
        let (steps, stamps) = steps.into_iter().unzip();
        Ok(Stamped { pipeline: Pipeline { name, inputs, steps, seed }, stamps })
    }
}

impl Wire for Input {
    fn put(&self, out: &mut Vec<u8>) {
        let mut w = Writer::new(out);
        w.put(1, &self.name);
        match &self.source {
            Source::Run => {}
            Source::Given => _ = w.put(2, &true),
            Source::File(path) => _ = w.put(3, path),
            Source::Pattern(path) => _ = w.put(4, path),
        }
    }

    fn get(bytes: &[u8]) -> Result<Input, Error> {
        let mut r = Reader::new("input", bytes)?;
        let name = r.required(1, "name")?;
        let given = r.or_default(2, "given")?;
        let (file, pattern) = (r.optional(3, "file")?, r.optional(4, "pattern")?);
        r.finish()?;
        let source = match (given, file, pattern) {
            (false, None, None) => Source::Run,
            (true, None, None) => Source::Given,
            (false, Some(path), None) => Source::File(path),
            (false, None, Some(path)) => Source::Pattern(path),
            _ => return Err(wrong("an input comes from one place")),
        };
        Ok(Input { name, source })
    }
}

impl Wire for (Step, Option<Stamp>) {
    fn put(&self, out: &mut Vec<u8>) {
        let (step, stamp) = self;
        let mut w = Writer::new(out);
        w.put(1, &step.op);
        w.put_some(2, &stamp.map(|s| s.revision));
        if !step.args.is_empty() {
            w.put(4, &step.args);
        }
        if !step.from.is_empty() {
            w.put(5, &step.from);
        }
        w.put_some(6, &step.as_name);
        w.put_some(7, &(step.save == Save::Usual).then_some(true));
        w.put_some(8, &step.dtype);
        w.put_some(9, &step.slice_by_slice.then_some(true));
        w.put_some(10, &step.on);
        if let Save::Named(outputs) = &step.save {
            w.put(11, outputs);
        }
        w.put_some(12, &step.over);
        w.put_some(13, &stamp.and_then(|s| s.fingerprint));
    }

    fn get(bytes: &[u8]) -> Result<(Step, Option<Stamp>), Error> {
        let mut r = Reader::new("step", bytes)?;
        let op = r.required(1, "op")?;
        let revision = r.optional(2, "revision")?;
        // Of the whole declaration: an optional argument that came later changed it.
        let _: Option<u64> = r.optional(3, "fingerprint")?;
        let mut step = Step {
            op,
            args: r.or_default(4, "args")?,
            from: r.or_default(5, "from")?,
            as_name: r.optional(6, "as")?,
            save: if r.or_default(7, "save")? { Save::Usual } else { Save::Nothing },
            dtype: r.optional(8, "dtype")?,
            slice_by_slice: r.or_default(9, "slice_by_slice")?,
            on: r.optional(10, "on")?,
            over: None,
        };
        if let Some(outputs) = r.optional(11, "saved outputs")? {
            step.save = Save::Named(outputs);
        }
        step.over = r.optional(12, "over")?;
        let fingerprint = r.optional(13, "stamp")?;
        r.finish()?;
        Ok((step, revision.map(|revision| Stamp { revision, fingerprint })))
    }
}

/// An argument: its name and its value.
impl Wire for (String, Value) {
    fn put(&self, out: &mut Vec<u8>) {
        Writer::new(out).put(1, &self.0).put(2, &self.1);
    }

    fn get(bytes: &[u8]) -> Result<(String, Value), Error> {
        let mut r = Reader::new("argument", bytes)?;
        let pair = (r.required(1, "name")?, r.required(2, "value")?);
        r.finish()?;
        Ok(pair)
    }
}

/// A value as a row of tokens in the order it is read aloud: a list says how many items follow.
impl Wire for Value {
    fn put(&self, out: &mut Vec<u8>) {
        let mut rest = vec![self];
        while let Some(value) = rest.pop() {
            match value {
                Value::Bool(b) => out.push(*b as u8),
                Value::Int(i) => {
                    out.push(2);
                    put_leaf(i, out);
                }
                Value::Float(x) => {
                    out.push(3);
                    put_leaf(x, out);
                }
                Value::Text(t) => {
                    out.push(4);
                    put_leaf(t, out);
                }
                Value::List(items) => {
                    out.push(5);
                    put_leaf(&(items.len() as u64), out);
                    rest.extend(items.iter().rev());
                }
            }
        }
    }

    fn get(bytes: &[u8]) -> Result<Value, Error> {
        // Lists that are not full yet, with the number of items still to come.
        let mut open: Vec<(Vec<Value>, u64)> = Vec::new();
        let mut rest = bytes;
        loop {
            let (token, after) = rest.split_first().ok_or_else(|| wrong("a value is cut off"))?;
            rest = after;
            let mut value = match token {
                0 | 1 => Value::Bool(*token == 1),
                2 => leaf(&mut rest).map(Value::Int)?,
                3 => leaf(&mut rest).map(Value::Float)?,
                4 => leaf(&mut rest).map(Value::Text)?,
                5 => {
                    let count: u64 = leaf(&mut rest)?;
                    if count > rest.len() as u64 {
                        return Err(wrong(format!("a list of {count} items in {} bytes", rest.len())));
                    }
                    if open.len() >= DEPTH {
                        return Err(wrong("lists within lists").allowed(format!("{DEPTH} deep")));
                    }
                    if count > 0 {
                        open.push((Vec::new(), count));
                        continue;
                    }
                    Value::List(Vec::new())
                }
                other => return Err(wrong("a value of an unknown kind").value(other)),
            };
            loop {
                let Some((items, left)) = open.last_mut() else {
                    return if rest.is_empty() {
                        Ok(value)
                    } else {
                        Err(wrong("bytes after the end of a value"))
                    };
                };
                items.push(value);
                *left -= 1;
                if *left > 0 {
                    break;
                }
                value = Value::List(open.pop().map(|(items, _)| items).unwrap_or_default());
            }
        }
    }
}

fn leaf<T: serde::de::DeserializeOwned>(rest: &mut &[u8]) -> Result<T, Error> {
    let (value, after) = take_leaf(rest)?;
    *rest = after;
    Ok(value)
}
