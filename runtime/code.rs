//! A pipeline as Rust code, for programs that have theirs built in.

use rotifer_registry::pipeline::{Input, Save, Source};
use rotifer_registry::{DtypeRequest, Over, Pipeline, Step, Value};

/// Longest step on one line: that of rustfmt, where nothing else is asked for.
const CHAIN: usize = 60;

/// A function without arguments that gives the pipeline.
pub fn write(pipeline: &Pipeline) -> String {
    let mut code = String::from("use rotifer::registry::*;\n\n");
    if let Some(name) = &pipeline.name {
        code += &format!("/// The pipeline {name:?}.\n");
    }
    code += "pub fn pipeline() -> Pipeline {\n    Pipeline::new(vec![\n";
    for calls in pipeline.steps.iter().map(calls) {
        let chain = calls.concat();
        let line = if chain.len() <= CHAIN { chain } else { calls.join("\n            ") };
        code += &format!("        {line},\n");
    }
    code += "    ])\n";
    if pipeline.seed != 0 {
        code += &format!("    .seeded({})\n", pipeline.seed);
    }
    for Input { name, source } in &pipeline.inputs {
        let source = match source {
            Source::Run => "Run".into(),
            Source::Given => "Given".into(),
            Source::File(path) => format!("File({path:?}.into())"),
            Source::Pattern(path) => format!("Pattern({path:?}.into())"),
        };
        code += &format!("    .input({name:?}, Source::{source})\n");
    }
    if let Some(name) = &pipeline.name {
        code += &format!("    .named({name:?})\n");
    }
    code + "}\n"
}

/// The calls that make a step.
fn calls(step: &Step) -> Vec<String> {
    let Step { op, args, from, as_name, save, dtype, slice_by_slice, on, over } = step;
    let mut calls = vec![format!("Step::new({op:?})")];
    calls.extend(args.iter().map(|(name, value)| format!(".arg({name:?}, {})", literal(value))));
    if !from.is_empty() {
        let names: Vec<String> = from.iter().map(|name| format!("{name:?}")).collect();
        calls.push(format!(".from(&[{}])", names.join(", ")));
    }
    calls.extend(as_name.iter().map(|name| format!(".named({name:?})")));
    match save {
        Save::Nothing => {}
        Save::Usual => calls.push(".saved()".into()),
        Save::Named(outputs) => {
            let names: Vec<String> = outputs.iter().map(|name| format!("{name:?}")).collect();
            calls.push(format!(".saved_outputs(&[{}])", names.join(", ")));
        }
    }
    calls.extend(dtype.map(|dtype| match dtype {
        DtypeRequest::To(dtype) => format!(".dtype(DtypeRequest::To(Dtype::{dtype:?}))"),
        other => format!(".dtype(DtypeRequest::{other:?})"),
    }));
    if *slice_by_slice {
        calls.push(".slice_by_slice()".into());
    }
    calls.extend(on.map(|memory| format!(".on(Memory::{memory:?})")));
    calls.extend(over.as_ref().map(|group| match group {
        Over::Column(name) => format!(".over(Over::Column({name:?}.into()))"),
        group => format!(".over(Over::{group:?})"),
    }));
    calls
}

/// The Rust value that `Value::from` makes the value of.
fn literal(value: &Value) -> String {
    match value {
        Value::Bool(b) => b.to_string(),
        Value::Int(i) if i32::try_from(*i).is_ok() => i.to_string(),
        Value::Int(i) => format!("{i}_i64"),
        Value::Float(x) if x.is_nan() => "f64::NAN".into(),
        Value::Float(x) if x.is_infinite() => format!("f64::{}INFINITY", if *x < 0.0 { "NEG_" } else { "" }),
        Value::Float(x) => format!("{x:?}"),
        Value::Text(text) => format!("{text:?}"),
        Value::List(items) if items.is_empty() => "Value::List(vec![])".into(),
        Value::List(items) => {
            let first = rust_type(&items[0]);
            let alike = first.is_some() && items.iter().all(|item| rust_type(item) == first);
            let item = |item: &Value| match literal(item) {
                code if alike || code.starts_with("Value::") => code,
                code => format!("Value::from({code})"),
            };
            format!("[{}]", items.iter().map(item).collect::<Vec<_>>().join(", "))
        }
    }
}

/// The type of a literal, so that an array has one; `None` is `Value`.
fn rust_type(value: &Value) -> Option<String> {
    Some(match value {
        Value::Bool(_) => "bool".into(),
        Value::Int(i) if i32::try_from(*i).is_ok() => "i32".into(),
        Value::Int(_) => "i64".into(),
        Value::Float(_) => "f64".into(),
        Value::Text(_) => "&str".into(),
        Value::List(items) => {
            let first = rust_type(items.first()?)?;
            let alike = items.iter().all(|item| rust_type(item).as_ref() == Some(&first));
            alike.then(|| format!("[{first}; {}]", items.len()))?
        }
    })
}
