//! Metadata of a step's outputs from those of its inputs, and refusals of inputs that do not fit.

use super::flow::{FlowMeta, GivenMeta};
use super::layers;
use super::planned::PlannedStep;
use rotifer_registry::computed::Read;
use rotifer_registry::op::{Metas, Op, Port, PortKind};
use rotifer_registry::param::range_text;
use rotifer_registry::pipeline::{Args, Checked, CheckedStep, DtypeRequest, Origin, Over, Wire};
use rotifer_registry::{
    Axes, Code, DatumKind, DatumMeta, Dtype, Entry, Error, Kind, Length, OutKind, Param, PerAxis, Reach,
    Value, VolumeMeta,
};

/// The metadata at the end of a wire, and whether it is a file's own.
pub fn wired(
    wire: &Wire,
    checked: &Checked,
    given: &GivenMeta,
    steps: &[PlannedStep],
) -> Result<(FlowMeta, bool), Error> {
    let (mut flow, own) = match wire.origin {
        Origin::Input(input) => {
            let flow = given.inputs.get(input);
            (flow.cloned().ok_or_else(|| checked.inputs[input].not_given())?, true)
        }
        Origin::Step { step, output } => (steps[step].flows[output].clone(), false),
    };
    if let Some(channel) = &wire.channel {
        if let (DatumMeta::Rgb(meta), 1) = (&flow.datum, flow.axes.c) {
            flow.datum = DatumMeta::Volume(meta.clone());
            (flow.axes.c, flow.axes.has_c) = (3, true);
        }
        channel.find(&flow.axes.channels, flow.axes.c)?;
        flow.axes.drop_c();
    }
    if let Some(time) = wire.time {
        if time >= flow.axes.t {
            return Err(Error::new(Code::MissingChannel, "the image has no such time point")
                .argument("from")
                .value(time)
                .allowed(format!("0 to {}", flow.axes.t - 1)));
        }
        flow.axes.drop_t();
    }
    Ok((flow, own))
}

/// A step's inputs as its ports see them, and its outputs.
pub struct Work {
    pub inputs: Vec<Option<DatumMeta>>,
    pub flows: Vec<FlowMeta>,
    pub reach: Reach,
}

/// A flow as a port sees it. A file's own numbers count as a mask or as labels where one is needed.
fn at_port(port: &Port, flow: &FlowMeta, own: bool) -> Result<FlowMeta, Error> {
    let mut flow = flow.clone();
    let found = flow.datum.kind();
    match (port.kind, &mut flow.datum) {
        (PortKind::Rgb, DatumMeta::Volume(meta)) if flow.axes.c == 3 => {
            flow.datum = DatumMeta::Rgb(meta.clone());
            flow.axes.drop_c();
        }
        (PortKind::Mask, DatumMeta::Volume(meta)) if own && meta.dtype.is_integer() => {
            *meta = meta.with(Kind::Mask, Dtype::U8);
        }
        (PortKind::MaskOrLabels, DatumMeta::Volume(meta)) if own && meta.kind == Kind::Image => {
            if !matches!(meta.dtype, Dtype::U8 | Dtype::U16) {
                *meta = meta.with(Kind::Labels, Dtype::U32);
            }
        }
        (PortKind::Labels, DatumMeta::Volume(meta)) if own || meta.kind != Kind::Image => {
            *meta = meta.with(Kind::Labels, Dtype::U32);
        }
        _ if port.kind.accepts(found) => {}
        _ => {
            let mut error =
                Error::new(Code::WrongKind, format!("input `{}` takes {}", port.name, port.kind.name()))
                    .value(match found {
                        DatumKind::Image if port.kind == PortKind::Rgb => {
                            format!("an image of {} channels", flow.axes.c)
                        }
                        kind => kind.name().to_string(),
                    });
            if port.kind == PortKind::Mask {
                error = error.help("threshold it first, with threshold_otsu or greater");
            }
            return Err(error);
        }
    }
    Ok(flow)
}

/// An image whose shape is still to be given.
const ONE_PIXEL: VolumeMeta =
    VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape: [1; 3], ndim: 2, spacing: None };

/// Metadata of a step's outputs from those of its inputs.
pub fn infer(step: &CheckedStep, sources: &[Option<(FlowMeta, bool)>]) -> Result<Work, Error> {
    let (entry, op, args, spec) = (step.entry, &*step.op, &step.args, step.entry.spec);
    let mut inputs: Vec<Option<FlowMeta>> = Vec::new();
    for (i, port) in spec.inputs.iter().enumerate() {
        match sources.get(i) {
            Some(Some((flow, own))) => inputs.push(Some(at_port(port, flow, *own)?)),
            _ if port.optional => inputs.push(None),
            _ => return Err(Error::new(Code::InputCount, format!("input `{}` is missing", port.name))),
        }
    }
    let given = || inputs.iter().flatten();
    let (t, c) = (given().map(|f| f.axes.t).max().unwrap_or(1), given().map(|f| f.axes.c).max().unwrap_or(1));
    if let Some(odd) = given().find(|f| (f.axes.t != t && f.axes.t != 1) || (f.axes.c != c && f.axes.c != 1))
    {
        return Err(Error::new(Code::Shape, "the inputs differ in time points or channels")
            .value(format!("t {} c {} beside t {t} c {c}", odd.axes.t, odd.axes.c))
            .help("choose one, as in name[c=0]"));
    }
    let in_time = step.step.over == Some(Over::Time);
    let mut axes = Axes {
        t,
        c,
        has_t: given().any(|f| f.axes.has_t),
        has_c: given().any(|f| f.axes.has_c),
        channels: given()
            .find(|f| f.axes.c == c && !f.axes.channels.is_empty())
            .map(|f| f.axes.channels.clone())
            .unwrap_or_default(),
        interval: given().filter(|f| f.axes.t == t).find_map(|f| f.axes.interval),
    };
    if in_time {
        axes.drop_t();
    }
    let depth = given().filter_map(|f| f.datum.volume()).map(|v| v.shape[0]).max().unwrap_or(1);
    let sliced = step.step.slice_by_slice && given().any(|f| f.datum.volume().is_some_and(|v| v.ndim == 3));
    let metas: Vec<Option<DatumMeta>> = inputs
        .iter()
        .map(|flow| {
            flow.as_ref().map(|flow| {
                let mut datum = flow.datum.clone();
                match datum.volume_mut() {
                    Some(v) if sliced => (v.shape[0], v.ndim) = (1, 2),
                    Some(v) if step.step.over.is_some() => *v = layers::layer(v),
                    _ => {}
                }
                datum
            })
        })
        .collect();
    let ports = Metas::new(spec.inputs, &metas);
    if let Some(first) = ports.first() {
        check_lengths(entry, args, first)?;
    }
    let mut data: Vec<DatumMeta> = Vec::new();
    for output in spec.outputs {
        data.push(match (output.kind, ports.first()) {
            (OutKind::Table, _) => DatumMeta::Table,
            (OutKind::Number, _) => DatumMeta::Number,
            (OutKind::Role(id), _) => DatumMeta::Role(id),
            (kind, Some(first)) => kind.meta(first),
            // The operation gives the geometry of what it makes of its arguments.
            (kind, None) if spec.inputs.is_empty() => kind.meta(&ONE_PIXEL),
            (_, None) => return Err(Error::new(Code::InputCount, "an image is needed among the inputs")),
        });
    }
    op.infer(&ports, &mut data)?;
    let reach = op.reach(&ports)?;
    let image = given().find_map(|f| f.datum.volume());
    let flows = data
        .into_iter()
        .map(|mut datum| {
            if let (Some(image), Some(v), true) = (image, datum.volume_mut(), step.step.over.is_some()) {
                *v = layers::unlayered(v, image)?;
            }
            if sliced {
                match &mut datum {
                    DatumMeta::Volume(v) | DatumMeta::Rgb(v) => (v.shape[0], v.ndim) = (depth, 3),
                    DatumMeta::Role(_) => {}
                    other => *other = DatumMeta::Table,
                }
            }
            Ok(FlowMeta { datum, axes: axes.clone() })
        })
        .collect::<Result<_, Error>>()?;
    Ok(Work { inputs: metas, flows, reach })
}

/// Refuses an operation whose arguments were computed where they do not fit the inputs, or give another shape than was
/// planned.
pub fn fits_computed(
    step: &CheckedStep,
    op: &dyn Op,
    args: &Args,
    planned: &PlannedStep,
) -> Result<(), Error> {
    let ports = Metas::new(step.entry.spec.inputs, &planned.inputs);
    let first = match ports.first() {
        Some(first) => {
            check_lengths(step.entry, args, first)?;
            first
        }
        None if step.entry.spec.inputs.is_empty() => &ONE_PIXEL,
        None => return Ok(()),
    };
    let outputs =
        || -> Vec<DatumMeta> { step.entry.spec.outputs.iter().map(|o| o.kind.meta(first)).collect() };
    let (mut planned, mut now) = (outputs(), outputs());
    step.op.infer(&ports, &mut planned)?;
    op.infer(&ports, &mut now)?;
    if planned != now {
        let names: Vec<&str> = step.computed.iter().map(|c| c.argument).collect();
        return Err(Error::new(
            Code::Shape,
            "a computed argument changes the shape of the output, which has to be known before the run",
        )
        .argument(&names.join(", ")));
    }
    Ok(())
}

/// Lengths in physical units are held against their ranges once the pixel size is known.
fn check_lengths(entry: &Entry, args: &Args, meta: &VolumeMeta) -> Result<(), Error> {
    for param in entry.spec.params.iter().filter(|p| p.ty.takes_length()) {
        let Some((_, value)) = args.iter().find(|(name, _)| name == param.name) else { continue };
        if matches!(value, Value::Text(t) if t == "none") {
            continue;
        }
        let lengths = PerAxis::<Length>::from_value(value).map_err(|e| e.argument(param.name))?;
        let pixels = lengths.pixels(meta).map_err(|e| e.argument(param.name).value(value))?;
        if let Some((lo, hi)) = param.range
            && let Some(axis) = meta.axes().find(|&a| !(lo..=hi).contains(&pixels[a]))
        {
            return Err(Error::new(Code::OutOfRange, "out of range in pixels of this image")
                .argument(param.name)
                .value(format!("{value} = {} px", pixels[axis]))
                .allowed(range_text(lo, hi)));
        }
    }
    Ok(())
}

/// Changes the dtype of a step's image outputs as the step asks.
pub fn request_dtype(work: &mut Work, request: Option<DtypeRequest>) {
    let first = work.inputs.iter().flatten().find_map(DatumMeta::volume).map(|v| v.dtype);
    for flow in &mut work.flows {
        let Some(meta) = flow.datum.volume_mut() else { continue };
        let dtype = match request {
            None | Some(DtypeRequest::Native) => continue,
            Some(DtypeRequest::Preserve) if meta.kind == Kind::Image => first.unwrap_or(meta.dtype),
            Some(DtypeRequest::Preserve) => continue,
            Some(DtypeRequest::To(dtype)) => dtype,
        };
        let kind = if dtype == meta.dtype { meta.kind } else { Kind::Image };
        *meta = meta.with(kind, dtype);
    }
}

/// Refuses numbers in arguments that are not one for each time and channel of the step, or one for all.
pub fn numbers_fit(
    step: &CheckedStep,
    steps: &[PlannedStep],
    mut planned: PlannedStep,
) -> Result<PlannedStep, Error> {
    if step.wires.is_empty() {
        // Times and channels are those of the numbers alone.
        let reads = step.computed.iter().flat_map(|c| &c.reads);
        for read in reads {
            let Origin::Step { step, output } = read.origin else { continue };
            let from = &steps[step].flows[output];
            for flow in &mut planned.flows {
                if from.axes.t > flow.axes.t || from.axes.has_t && !flow.axes.has_t {
                    flow.axes.set_t(&from.axes);
                }
                if from.axes.c > flow.axes.c || from.axes.has_c && !flow.axes.has_c {
                    flow.axes.set_c(&from.axes);
                }
            }
        }
    }
    let (t, c) = (planned.flows[0].axes.t, planned.flows[0].axes.c);
    for computed in &step.computed {
        for Read { name, origin, column } in &computed.reads {
            let Origin::Step { step, output } = *origin else { continue };
            let flow = &steps[step].flows[output];
            let wrong =
                |code, message| Err(Error::new(code, message).argument(computed.argument).value(name));
            if column.is_none() && flow.datum != DatumMeta::Number {
                return wrong(Code::WrongKind, "a number for each slice is a table, and no argument");
            }
            if (flow.axes.t != t && flow.axes.t != 1) || (flow.axes.c != c && flow.axes.c != 1) {
                let found = format!("{name}: t {} c {} beside t {t} c {c}", flow.axes.t, flow.axes.c);
                return Err(Error::new(
                    Code::Shape,
                    "the number differs from the image in time points or channels",
                )
                .argument(computed.argument)
                .value(found)
                .help("choose a channel where the number is made, as in name[c=0]"));
            }
        }
    }
    Ok(planned)
}
