//! The check of a pipeline before any work.

use super::checked::{Checked, CheckedStep};
use super::steps::{DtypeRequest, Input, Memory, Pipeline, Save, Source};
use super::wires::{Origin, Wire, selectors};
use crate::computed::{Computed, Earlier};
use crate::dtype::Dtype;
use crate::error::{Code, Error, suggestion};
use crate::op::{DatumKind, OutKind, PortKind};
use crate::random::Random;
use crate::registration::get;

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
