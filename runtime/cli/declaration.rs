//! A declaration as text and as JSON.

use super::args;
use super::report::columns;
use crate::document;
use rotifer_registry::op::Metas;
use rotifer_registry::param::range_text;
use rotifer_registry::pipeline::Args;
use rotifer_registry::{
    Agree, DatumMeta, Dtype, DtypeRule, Entry, Footprint, Kind, OutKind, ParamSpec, ParamType, PortKind,
    RoleSpec, Spec, VolumeMeta, entries, role,
};
use serde_json::{Map, Value as Json, json};

/// Memory types that a function has kernels for.
pub fn memory(spec: &Spec) -> &'static [&'static str] {
    if spec.device { &["host", "device"] } else { &["host"] }
}

pub fn agrees(agree: Agree) -> String {
    match agree {
        Agree::Exact => "equal values".into(),
        Agree::Absolute(t) => format!("|difference| ≤ {t:e}"),
        Agree::Relative(t) => format!("|difference| ≤ {t:e} of the largest value"),
        Agree::Relabelled => "equal labels up to renumbering".into(),
    }
}

pub fn output(kind: OutKind) -> String {
    let dtype = |rule| match rule {
        DtypeRule::Same => "dtype of the input",
        DtypeRule::Fixed(dtype) => dtype.name(),
    };
    match kind {
        OutKind::Image(rule) => format!("image, {}", dtype(rule)),
        OutKind::Like(rule) => format!("mask, labels or image as the input; image: {}", dtype(rule)),
        OutKind::Rgb(rule) => format!("rgb, {}", dtype(rule)),
        OutKind::Mask => "mask, uint8 0 or 1".into(),
        OutKind::Labels => "labels, uint32".into(),
        other => other.kind().name().into(),
    }
}

fn default_text(param: &ParamSpec) -> String {
    param.default_value().map_or("required".into(), |v| format!("default {v}"))
}

/// `gaussian_filter(image, sigma = 1.0, ...) -> image`.
pub fn signature(spec: &Spec) -> String {
    let inputs = spec.inputs.iter().map(|p| format!("{}{}", p.name, if p.optional { "?" } else { "" }));
    let params = spec.params.iter().map(|p| match p.default_value() {
        Some(value) => format!("{} = {value}", p.name),
        None => p.name.to_string(),
    });
    let outputs: Vec<&str> = spec.outputs.iter().map(|o| o.name).collect();
    format!("{}({}) -> {}", spec.id, inputs.chain(params).collect::<Vec<_>>().join(", "), outputs.join(", "))
}

/// Reach with the defaults, or with the first example where an argument has none.
pub fn reach(entry: &Entry) -> Option<String> {
    let defaults = entry.build_default().ok();
    let example = || entry.spec.examples.iter().find_map(|e| entry.build(&document::arguments(e).ok()?).ok());
    let op = defaults.or_else(example)?;
    let volume = |kind, dtype| VolumeMeta { kind, dtype, shape: [1, 512, 512], ndim: 2, spacing: None };
    let metas: Vec<Option<DatumMeta>> = entry
        .spec
        .inputs
        .iter()
        .map(|p| {
            Some(match p.kind {
                PortKind::Image | PortKind::ImageOrNumber => {
                    DatumMeta::Volume(volume(Kind::Image, Dtype::F32))
                }
                PortKind::Mask => DatumMeta::Volume(volume(Kind::Mask, Dtype::U8)),
                PortKind::Labels | PortKind::MaskOrLabels => {
                    DatumMeta::Volume(volume(Kind::Labels, Dtype::U32))
                }
                PortKind::Rgb => DatumMeta::Rgb(volume(Kind::Image, Dtype::U8)),
                PortKind::Number => DatumMeta::Number,
                PortKind::Role(id) => DatumMeta::Role(id),
                _ => DatumMeta::Table,
            })
        })
        .collect();
    op.reach(&Metas::new(entry.spec.inputs, &metas)).ok().map(|r| r.describe())
}

fn role_extension(id: &str) -> &'static str {
    role::get(id).map_or("dat", |role| role.extension)
}

/// All that is known of a kind of data that a crate registers.
pub fn role_text(role: &RoleSpec) -> String {
    let (makers, takers) = functions_of(role);
    let of = |ids: &[&str]| if ids.is_empty() { "none".into() } else { ids.join(", ") };
    format!(
        "{} (a kind of data)\n{}\n\nFiles     .{}\nMade by   {}\nTaken by  {}\n",
        role.id,
        role.doc,
        role.extension,
        of(&makers),
        of(&takers)
    )
}

/// The functions that give a kind of data, and those that take it.
fn functions_of(role: &RoleSpec) -> (Vec<&'static str>, Vec<&'static str>) {
    let ids = |is: &dyn Fn(&Spec) -> bool| {
        entries().iter().map(|e| e.spec).filter(|s| is(s)).map(|s| s.id).collect()
    };
    (
        ids(&|spec| spec.outputs.iter().any(|o| o.kind == OutKind::Role(role.id))),
        ids(&|spec| spec.inputs.iter().any(|p| p.kind == PortKind::Role(role.id))),
    )
}

/// A kind of data as JSON.
pub fn role_json(role: &RoleSpec) -> Json {
    let (makers, takers) = functions_of(role);
    json!({
        "id": role.id, "doc": role.doc, "extension": role.extension, "made_by": makers, "taken_by": takers,
    })
}

/// A command line that runs an example.
pub fn cli_line(spec: &Spec, given: &Args) -> String {
    let mut words = vec!["rotifer".to_string(), "apply".into(), spec.id.into()];
    for port in spec.inputs.iter().filter(|p| !p.optional) {
        words.push(match port.kind {
            PortKind::Number => "2.0".into(),
            PortKind::Table => format!("{}.csv", port.name),
            PortKind::Role(id) => format!("{}.{}", port.name, role_extension(id)),
            _ => format!("{}.tif", port.name),
        });
    }
    match spec.outputs.first().map(|o| o.kind) {
        Some(OutKind::Number) => {}
        Some(OutKind::Table) => words.extend(["-o".into(), "out.csv".into()]),
        Some(OutKind::Role(id)) => words.extend(["-o".into(), format!("out.{}", role_extension(id))]),
        _ => words.extend(["-o".into(), "out.tif".into()]),
    }
    for (name, value) in given {
        words
            .extend([format!("--{}", args::flag(name, args::APPLY_FLAGS)), args::quoted(&args::text(value))]);
    }
    words.join(" ")
}

pub fn as_text(entry: &Entry) -> String {
    let spec = entry.spec;
    let mut text = format!("{} ({}, revision {})\n", spec.id, spec.family.name(), spec.revision);
    for line in spec.doc {
        text += &format!("{}\n", line.trim());
    }
    text += &format!("\n  {}\n", signature(spec));
    let ports = spec.inputs.iter().map(|p| {
        vec![
            p.name.to_string(),
            format!("{}{}", p.kind.name(), if p.optional { ", may be left out" } else { "" }),
        ]
    });
    match spec.inputs {
        [] => text += "\nInputs\n  none: it makes its output of its arguments\n",
        _ => text += &format!("\nInputs\n{}", columns(&ports.collect::<Vec<_>>(), "  ")),
    }
    if !spec.params.is_empty() {
        let mut rows = Vec::new();
        for p in spec.params {
            rows.push(vec![p.name.to_string(), p.doc.iter().map(|l| l.trim()).collect::<Vec<_>>().join(" ")]);
            rows.push(vec![String::new(), p.ty.describe()]);
            let range = p.range.map(|(lo, hi)| {
                format!(", range {}{}", range_text(lo, hi), if p.ty.takes_length() { " px" } else { "" })
            });
            rows.push(vec![String::new(), default_text(p) + &range.unwrap_or_default()]);
        }
        text += &format!("\nArguments\n{}", columns(&rows, "  "));
    }
    let outputs = spec.outputs.iter().map(|o| vec![o.name.to_string(), output(o.kind)]);
    text += &format!("\nOutputs\n{}\n", columns(&outputs.collect::<Vec<_>>(), "  "));
    let mut facts = vec![("Runs on", memory(spec).join(", "))];
    facts.extend(reach(entry).map(|r| ("Reach", r)));
    facts.extend([("Follows", spec.follows.to_string()), ("Agrees", agrees(spec.agrees))]);
    let facts: Vec<Vec<String>> = facts.into_iter().map(|(name, fact)| vec![name.into(), fact]).collect();
    text += &columns(&facts, "");
    let python: Vec<String> = spec.python.lines().map(|l| format!("  {l}\n")).collect();
    text += &format!("\nThe same in Python\n{}", python.concat());
    text += "\nExamples\n";
    for example in spec.examples {
        text += &format!("  [[steps]]\n  op = \"{}\"\n", spec.id);
        text.extend(
            example.lines().filter(|l| !l.trim().is_empty()).map(|line| format!("  {}\n", line.trim())),
        );
        text += &format!("\n  {}\n\n", cli_line(spec, &document::arguments(example).unwrap_or_default()));
    }
    text.truncate(text.trim_end().len());
    text + "\n"
}

/// All that a declaration says, as JSON.
pub fn as_json(entry: &Entry) -> Json {
    let spec = entry.spec;
    let text =
        |lines: &[&str]| lines.iter().map(|l| l.trim()).collect::<Vec<_>>().join("\n").trim().to_string();
    json!({
        "id": spec.id,
        "revision": spec.revision,
        "fingerprint": format!("{:016x}", spec.fingerprint()),
        "family": spec.family,
        "memory": memory(spec),
        "doc": text(spec.doc),
        "signature": signature(spec),
        "inputs": spec.inputs.iter().map(|p| json!({
            "name": p.name, "kind": p.kind.name(), "optional": p.optional,
        })).collect::<Vec<_>>(),
        "arguments": spec.params.iter().map(|p| json!({
            "name": p.name, "doc": text(p.doc), "type": p.ty.describe(), "default": p.default_value(),
            "required": p.default.is_none(),
            "range": p.range.map(|(lo, hi)| range_text(lo, hi)),
        })).collect::<Vec<_>>(),
        "outputs": spec.outputs.iter().map(|o| json!({
            "name": o.name, "kind": o.kind.kind(), "description": output(o.kind),
        })).collect::<Vec<_>>(),
        "reach": reach(entry),
        "follows": spec.follows,
        "agrees": agrees(spec.agrees),
        "python": spec.python,
        "examples": spec.examples.iter().map(|example| {
            let given = document::arguments(example).unwrap_or_default();
            json!({ "toml": example, "cli": cli_line(spec, &given) })
        }).collect::<Vec<_>>(),
        "schema": schema(spec),
    })
}

/// JSON schema of a function's arguments.
fn schema(spec: &Spec) -> Json {
    let mut properties = Map::new();
    for p in spec.params {
        let mut of_type = type_schema(&p.ty, p.range);
        let doc: Vec<&str> = p.doc.iter().map(|l| l.trim()).collect();
        of_type["description"] = json!(doc.join(" ").trim());
        if let Some(value) = p.default_value() {
            of_type["default"] = json!(value);
        }
        properties.insert(p.name.into(), of_type);
    }
    let required: Vec<&str> = spec.params.iter().filter(|p| p.default.is_none()).map(|p| p.name).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": spec.id,
        "description": spec.summary(),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn type_schema(ty: &ParamType, range: Option<(f64, f64)>) -> Json {
    let number = |name: &str| {
        let mut schema = json!({ "type": name });
        for (key, bound) in range.map_or(vec![], |(lo, hi)| vec![("minimum", lo), ("maximum", hi)]) {
            if bound.is_finite() {
                // A whole bound of integers is written as one.
                schema[key] = if name == "integer" { json!(bound as i64) } else { json!(bound) };
            }
        }
        schema
    };
    match ty {
        ParamType::Bool => json!({ "type": "boolean" }),
        ParamType::Int => number("integer"),
        ParamType::Float => number("number"),
        ParamType::Text => json!({ "type": "string" }),
        ParamType::Condition => json!({ "type": ["boolean", "number", "string"] }),
        ParamType::Dtype => json!({ "enum": Dtype::ALL.map(Dtype::name) }),
        ParamType::Length => json!({ "anyOf": [number("number"), {
            "type": "string", "pattern": "^ *[-+0-9.eE]+ *(px|pixels?|nm|um|µm|mm|cm|m)$",
        }] }),
        ParamType::Footprint => json!({ "anyOf": [{ "enum": Footprint::NAMES }, { "type": "array" }] }),
        ParamType::Matrix => json!({
            "type": "array", "minItems": 1,
            "items": { "type": "array", "minItems": 1, "items": { "type": "number" } },
        }),
        ParamType::Ints => {
            json!({ "anyOf": [{ "type": "integer" }, { "type": "array", "items": { "type": "integer" } }] })
        }
        ParamType::Choice(names) => json!({ "enum": names }),
        ParamType::PerAxis(inner) => {
            let one = type_schema(inner, range);
            let each = json!({ "type": "array", "minItems": 2, "maxItems": 3, "items": one });
            json!({ "anyOf": [one, each] })
        }
        ParamType::Optional(inner) => json!({ "anyOf": [type_schema(inner, range), { "const": "none" }] }),
    }
}
