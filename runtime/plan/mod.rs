//! What a checked pipeline will do with an image, worked out from metadata alone.

use crate::context;
use crate::options::{On, Options};
use rotifer_registry::computed::Read;
use rotifer_registry::op::{Metas, Port, PortKind};
use rotifer_registry::param::range_text;
use rotifer_registry::pipeline::{
    Args, Checked, CheckedStep, DtypeRequest, Memory, Origin, Over, Step, Wire,
};
use rotifer_registry::{
    Code, Datum, DatumKind, DatumMeta, Dtype, Edge, Entry, Error, Frames, ImageMeta, Kind, Length, Op,
    OutKind, Param, ParamType, PerAxis, Random, Reach, Value, VolumeMeta,
};
use serde::Serialize;
use std::path::PathBuf;

pub(crate) mod layers;
mod parts;

/// Metadata of what flows between steps: one datum's, and how many of them over t and c.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FlowMeta {
    pub datum: DatumMeta,
    pub t: usize,
    pub c: usize,
    pub has_t: bool,
    pub has_c: bool,
    pub channels: Vec<String>,
}

impl FlowMeta {
    pub fn of_image(image: &ImageMeta) -> FlowMeta {
        FlowMeta {
            datum: DatumMeta::Volume(image.volume.clone()),
            t: image.t,
            c: image.c,
            has_t: image.has_t,
            has_c: image.has_c,
            channels: image.channels.clone(),
        }
    }

    pub fn of_frames(frames: &Frames) -> FlowMeta {
        FlowMeta {
            datum: frames.items.first().map_or(DatumMeta::Table, Datum::meta),
            t: frames.t,
            c: frames.c,
            has_t: frames.has_t,
            has_c: frames.has_c,
            channels: frames.channels.clone(),
        }
    }

    /// These data, t slowest, as what was planned.
    pub fn frames(&self, items: Vec<Datum>) -> Frames {
        let FlowMeta { t, c, has_t, has_c, channels, .. } = self;
        Frames { items, t: *t, c: *c, has_t: *has_t, has_c: *has_c, channels: channels.clone() }
    }

    fn planes(&self) -> usize {
        self.t * self.c * if matches!(self.datum, DatumMeta::Rgb(_)) { 3 } else { 1 }
    }

    /// Bytes on the host.
    pub fn bytes(&self) -> usize {
        self.datum.volume().map_or(0, |v| v.bytes().saturating_mul(self.planes()))
    }

    /// Bytes on the device, 4 an element.
    fn device_bytes(&self) -> usize {
        self.datum.volume().map_or(4, |v| v.len().saturating_mul(4 * self.planes()))
    }
}

/// Metadata of what a pipeline runs on: of its inputs, in order, and of the values of steps that are known already.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GivenMeta {
    pub inputs: Vec<FlowMeta>,
    pub made: Vec<(Origin, FlowMeta)>,
}

impl From<&ImageMeta> for GivenMeta {
    fn from(image: &ImageMeta) -> GivenMeta {
        GivenMeta { inputs: vec![FlowMeta::of_image(image)], made: Vec::new() }
    }
}

/// What one step will do.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedStep {
    pub name: String,
    pub op: &'static str,
    pub memory: Memory,
    /// Why a step with a device kernel runs on the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Consecutive device steps of one number share a submission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submission: Option<usize>,
    /// Consecutive host steps of one number are made together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<usize>,
    /// Rows of an image or planes of a volume that the stage makes at a time, where its inner values would not fit whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
    /// Rows of each plane that a stage of a volume makes at a time, where planes are too large.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strip: Option<usize>,
    /// Whether the step gathers from the whole image, and sees it in parts.
    pub in_parts: bool,
    /// The group of images that the step is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over: Option<String>,
    pub outputs: Vec<PlannedOutput>,
    pub halo: Option<[usize; 3]>,
    pub reach: String,
    /// Bytes moved to the device before, and from the device after this step.
    pub upload_bytes: usize,
    pub download_bytes: usize,
    /// True where that is because the device kernel does not take such inputs: the run says so.
    #[serde(skip)]
    pub(crate) declined: bool,
    #[serde(skip)]
    pub(crate) inputs: Vec<Option<DatumMeta>>,
    #[serde(skip)]
    pub(crate) flows: Vec<FlowMeta>,
    /// How far a part of the outputs reaches along z, y, x; none where it needs all of an axis.
    #[serde(skip)]
    pub(crate) along: [Option<usize>; 3],
    /// True where arguments are computed from numbers of earlier steps.
    #[serde(skip)]
    pub(crate) computed: bool,
    /// Halo of a step that can be cut into tiles and stay exact.
    #[serde(skip)]
    pub(crate) tileable: Option<[usize; 3]>,
    /// True where a buffer is larger than the adapter binds, so that the step runs in tiles.
    pub tiled: bool,
    /// True where nothing of it is needed: its values are known already, or nobody asks for them.
    #[serde(skip)]
    pub(crate) skipped: bool,
}

impl PlannedStep {
    /// Time points times channels that the step is run for.
    pub(crate) fn frames(&self) -> usize {
        self.flows[0].t * self.flows[0].c
    }

    /// The axis that parts follow each other along: z of a volume, y of an image. None where the step gives no image.
    pub(crate) fn axis(&self) -> Option<usize> {
        let meta = self.flows[0].datum.volume()?;
        Some(if meta.ndim == 3 && meta.shape[0] > 1 { 0 } else { 1 })
    }

    /// The step on images of so many rows.
    pub(crate) fn with_rows(&self, rows: usize) -> PlannedStep {
        let mut step = self.clone();
        let metas = step.inputs.iter_mut().flatten().chain(step.flows.iter_mut().map(|flow| &mut flow.datum));
        metas.filter_map(DatumMeta::volume_mut).for_each(|meta| meta.shape[1] = rows);
        step
    }

    /// Whether the step is made in a stage: it reaches no further than a window, one that is small beside the image where
    /// the image is there whole.
    fn is_local(&self, in_parts: bool) -> bool {
        let Some((axis, meta)) = self.axis().zip(self.flows[0].datum.volume()) else { return false };
        let near = |halo: usize| in_parts || 4 * halo <= meta.shape[axis];
        self.memory == Memory::Host && !self.skipped && !self.computed && self.along[axis].is_some_and(near)
    }

    /// Whether the step works on pixels by themselves, with arguments that are not known before it runs.
    pub(crate) fn is_computed_pixel(&self) -> bool {
        self.computed && self.axis().is_some_and(|axis| self.along[axis] == Some(0))
    }

    /// Moves the step to the host: parts of an image are there.
    fn move_to_host(&mut self) {
        if self.memory == Memory::Device {
            self.memory = Memory::Host;
            self.reason = Some("the image comes in parts".into());
            self.declined = true;
            self.tiled = false;
        }
    }
}

/// Name, kind, shape and dtype of an output.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedOutput {
    pub name: &'static str,
    pub kind: DatumKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dtype: Option<Dtype>,
    /// Time points times channels.
    pub frames: usize,
}

/// A pipeline's work on one image.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    pub steps: Vec<PlannedStep>,
    /// The adapter that device steps run on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapter: Option<context::AdapterInfo>,
    /// Most bytes of pixels held at once between steps, host and device together.
    pub peak_bytes: usize,
    /// Things to be said once.
    pub notes: Vec<String>,
    /// How the image comes in parts, where it would not fit into memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<InParts>,
}

/// A run on an image in parts.
#[derive(Clone, Debug, Serialize)]
pub struct InParts {
    /// Bytes that pixels may take at once.
    pub memory: u64,
    /// Values of so many bytes or fewer stay in memory between steps.
    #[serde(skip)]
    pub(crate) hold: u64,
    /// Most bytes of temporary files at once, before they are packed.
    pub scratch_bytes: u64,
    /// Folder of these files.
    #[serde(skip)]
    pub(crate) folder: PathBuf,
}

impl Plan {
    /// Times and channels of all steps.
    pub(crate) fn frames(&self) -> usize {
        self.steps.iter().filter(|s| !s.skipped).map(PlannedStep::frames).sum()
    }

    pub(crate) fn new(steps: Vec<PlannedStep>, placement: Placement, peak_bytes: usize) -> Plan {
        let mut notes = placement.notes;
        for step in steps.iter().filter(|step| step.declined) {
            let note =
                format!("{} runs on the host: {}", step.op, step.reason.as_deref().unwrap_or_default());
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        Plan { steps, adapter: placement.adapter.cloned(), peak_bytes, notes, parts: None }
    }
}

/// Which memory type device kernels get: the adapter to use, or why there is none.
pub(crate) struct Placement {
    pub adapter: Option<&'static context::AdapterInfo>,
    pub notes: Vec<String>,
    limit: u64,
}

impl Placement {
    /// Looks for an adapter only if one is wanted.
    pub fn choose(options: &Options, wanted: bool) -> Result<Placement, Error> {
        let mut notes = Vec::new();
        let adapter = match options.on {
            On::Cpu => None,
            On::Gpu => {
                let info = context::adapter()?;
                if info.software {
                    notes.push(format!("{} is a software adapter: the host kernels are faster", info.name));
                }
                Some(info)
            }
            On::Auto if !wanted => None,
            On::Auto => context::adapter().ok().filter(|info| !info.software),
        };
        if options.on == On::Auto && wanted && adapter.is_none() {
            let why = context::left_behind().unwrap_or_else(|| "no hardware GPU adapter".into());
            notes.push(format!("{why}: all steps run on the host"));
        }
        let limit = adapter.map_or(u64::MAX, |a| a.max_binding).min(options.max_binding.unwrap_or(u64::MAX));
        Ok(Placement { adapter, notes, limit })
    }

    /// An adapter without limits, which need not be there.
    pub fn assumed(adapter: &'static context::AdapterInfo) -> Placement {
        Placement { adapter: Some(adapter), notes: Vec::new(), limit: u64::MAX }
    }

    pub fn limit(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }
}

/// Plans a pipeline on an image, or says everything that does not fit.
pub fn plan(checked: &Checked, image: &ImageMeta, options: &Options) -> Result<Plan, Vec<Error>> {
    plan_given(checked, &image.into(), None, options)
}

/// [`plan`] on all that the pipeline reads. Where it is said which outputs are wanted, other steps are skipped.
pub fn plan_given(
    checked: &Checked,
    given: &GivenMeta,
    outputs: Option<&[Origin]>,
    options: &Options,
) -> Result<Plan, Vec<Error>> {
    let wanted = checked.steps.iter().any(|s| s.entry.spec.device && s.step.on != Some(Memory::Host))
        || checked.steps.iter().any(|s| s.step.on == Some(Memory::Device));
    let placement = Placement::choose(options, wanted).map_err(|e| vec![e])?;
    plan_on(checked, given, outputs, options, placement)
}

/// [`plan_given`] where the adapter is chosen.
pub(crate) fn plan_on(
    checked: &Checked,
    given: &GivenMeta,
    outputs: Option<&[Origin]>,
    options: &Options,
    placement: Placement,
) -> Result<Plan, Vec<Error>> {
    let made: Vec<Origin> = given.made.iter().map(|(origin, _)| *origin).collect();
    let needed = outputs.map(|outputs| checked.needed(outputs, &made));
    let mut steps: Vec<PlannedStep> = Vec::new();
    let mut errors = Vec::new();
    for (i, step) in checked.steps.iter().enumerate() {
        let sources: Result<Vec<Option<(FlowMeta, bool)>>, Error> = step
            .wires
            .iter()
            .map(|wire| wire.as_ref().map(|wire| wired(wire, checked, given, &steps)).transpose())
            .collect();
        let planned = sources.and_then(|sources| self::step(step, &sources, &placement));
        match planned.and_then(|planned| numbers_fit(step, &steps, planned)) {
            Ok(mut planned) => {
                planned.skipped = needed.as_ref().is_some_and(|needed| !needed[i]);
                for (output, flow) in planned.flows.iter_mut().enumerate() {
                    let known = given.made.iter().find(|(o, _)| *o == Origin::Step { step: i, output });
                    if let Some((_, known)) = known {
                        *flow = known.clone();
                    }
                }
                steps.push(planned);
            }
            // What follows depends on this step; its mistakes show once this one is mended.
            Err(error) => {
                errors.push(error.step(i).op(&step.step.op));
                break;
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut whole = steps.clone();
    group(checked, &mut whole);
    if options.part != Some(0) {
        stages(checked, &mut whole, false);
    }
    let peak_bytes = transfers(checked, given, &mut whole);
    let Some(memory) = parts::needed(peak_bytes, options) else {
        return Ok(Plan::new(whole, placement, peak_bytes));
    };
    steps.iter_mut().for_each(PlannedStep::move_to_host);
    parts::gather(&mut steps, &checked.steps).map_err(|e| vec![e])?;
    stages(checked, &mut steps, true);
    let scratch_bytes = transfers(checked, given, &mut steps) as u64;
    let most = parts::cut(&mut steps, &checked.steps, memory, options).map_err(|e| vec![e])?;
    let mut plan = Plan::new(steps, placement, most.memory);
    plan.parts = Some(parts::settings(memory, scratch_bytes.saturating_add(most.spilled), options));
    Ok(plan)
}

/// Plans one function by itself on inputs port by port, as [`execute::apply_step`](crate::execute::apply_step) runs it.
pub fn function(
    entry: &'static Entry,
    step: &Step,
    inputs: &[Option<Frames>],
    options: &Options,
) -> Result<Plan, Error> {
    alone(entry, step, Random::default(), inputs, options).map(|(_, plan)| plan)
}

/// A function as the one step of a pipeline, and its plan.
pub(crate) fn alone(
    entry: &'static Entry,
    step: &Step,
    random: Random,
    inputs: &[Option<Frames>],
    options: &Options,
) -> Result<(CheckedStep, Plan), Error> {
    alone_on(entry, step, random, inputs, options, Placement::choose(options, entry.spec.device)?)
}

/// [`alone`] where the adapter is chosen.
pub(crate) fn alone_on(
    entry: &'static Entry,
    step: &Step,
    random: Random,
    inputs: &[Option<Frames>],
    options: &Options,
    placement: Placement,
) -> Result<(CheckedStep, Plan), Error> {
    let op = entry.build(&step.args).map_err(first)?;
    let name = step.op.clone();
    let (step, args) = (step.clone(), step.args.clone());
    let checked =
        CheckedStep { entry, op, wires: Vec::new(), name, step, computed: Vec::new(), args, random };
    let sources: Vec<Option<(FlowMeta, bool)>> =
        inputs.iter().map(|frames| frames.as_ref().map(|f| (FlowMeta::of_frames(f), true))).collect();
    let mut planned = self::step(&checked, &sources, &placement).map_err(|e| e.op(entry.spec.id))?;
    let inputs = sources.iter().flatten().map(|(flow, _)| flow.bytes());
    let bytes = inputs.chain(planned.flows.iter().map(FlowMeta::bytes)).fold(0, usize::saturating_add);
    let Some(memory) = parts::needed(bytes, options) else {
        return Ok((checked, Plan::new(vec![planned], placement, 0)));
    };
    planned.move_to_host();
    let alone = |mut e: Error| {
        e.step = None;
        e
    };
    let (mut steps, checked_steps) = (vec![planned], std::slice::from_ref(&checked));
    parts::gather(&mut steps, checked_steps).map_err(alone)?;
    steps[0].stage = steps[0].is_local(true).then_some(0);
    let most = parts::cut(&mut steps, checked_steps, memory, options).map_err(alone)?;
    let mut plan = Plan::new(steps, placement, most.memory);
    plan.parts = Some(parts::settings(memory, (bytes as u64).saturating_add(most.spilled), options));
    Ok((checked, plan))
}

/// Refuses numbers in arguments that are not one for each time and channel of the step, or one for all.
fn numbers_fit(
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
                if from.t > flow.t || from.has_t && !flow.has_t {
                    (flow.t, flow.has_t) = (from.t, from.has_t);
                }
                if from.c > flow.c || from.has_c && !flow.has_c {
                    (flow.c, flow.has_c, flow.channels) = (from.c, from.has_c, from.channels.clone());
                }
            }
        }
    }
    let (t, c) = (planned.flows[0].t, planned.flows[0].c);
    for computed in &step.computed {
        for Read { name, origin, column } in &computed.reads {
            let Origin::Step { step, output } = *origin else { continue };
            let flow = &steps[step].flows[output];
            let wrong =
                |code, message| Err(Error::new(code, message).argument(computed.argument).value(name));
            if column.is_none() && flow.datum != DatumMeta::Number {
                return wrong(Code::WrongKind, "a number for each slice is a table, and no argument");
            }
            if (flow.t != t && flow.t != 1) || (flow.c != c && flow.c != 1) {
                let found = format!("{name}: t {} c {} beside t {t} c {c}", flow.t, flow.c);
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

/// Plans one step from the metadata at its ports; `true` beside those that are a file's own.
pub(crate) fn step(
    step: &CheckedStep,
    sources: &[Option<(FlowMeta, bool)>],
    placement: &Placement,
) -> Result<PlannedStep, Error> {
    let mut work = infer(step, sources)?;
    request_dtype(&mut work, step.step.dtype);
    if step.step.over.is_some() || (!step.computed.is_empty() && step.op.pixel().is_none()) {
        // How far it reaches is not known before its arguments are.
        work.reach = Reach::Whole;
    }
    place(step, work, placement)
}

/// The first of the errors of a check.
pub(crate) fn first(mut errors: Vec<Error>) -> Error {
    if errors.is_empty() { Error::new(Code::Internal, "an error without a reason") } else { errors.remove(0) }
}

/// A number of bytes as people write it.
pub(crate) fn amount(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let power = (bytes.max(1).ilog10() / 3) as usize;
    format!("{:.3} {}", bytes as f64 / 1000f64.powi(power as i32), units[power])
}

/// The metadata at the end of a wire, and whether it is a file's own.
fn wired(
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
        if let (DatumMeta::Rgb(meta), 1) = (&flow.datum, flow.c) {
            flow.datum = DatumMeta::Volume(meta.clone());
            (flow.c, flow.has_c) = (3, true);
        }
        channel.find(&flow.channels, flow.c)?;
        (flow.c, flow.has_c, flow.channels) = (1, false, Vec::new());
    }
    if let Some(time) = wire.time {
        if time >= flow.t {
            return Err(Error::new(Code::MissingChannel, "the image has no such time point")
                .argument("from")
                .value(time)
                .allowed(format!("0 to {}", flow.t - 1)));
        }
        (flow.t, flow.has_t) = (1, false);
    }
    Ok((flow, own))
}

/// A step's inputs as its ports see them, and its outputs.
struct Work {
    inputs: Vec<Option<DatumMeta>>,
    flows: Vec<FlowMeta>,
    reach: Reach,
}

/// What a port sees of a flow. A file's own numbers count as a mask or as labels where one is needed.
fn at_port(port: &Port, flow: &FlowMeta, own: bool) -> Result<FlowMeta, Error> {
    let mut flow = flow.clone();
    let found = flow.datum.kind();
    match (port.kind, &mut flow.datum) {
        (PortKind::Rgb, DatumMeta::Volume(meta)) if flow.c == 3 => {
            flow.datum = DatumMeta::Rgb(meta.clone());
            (flow.c, flow.has_c, flow.channels) = (1, false, Vec::new());
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
                            format!("an image of {} channels", flow.c)
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
fn infer(step: &CheckedStep, sources: &[Option<(FlowMeta, bool)>]) -> Result<Work, Error> {
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
    let (t, c) = (given().map(|f| f.t).max().unwrap_or(1), given().map(|f| f.c).max().unwrap_or(1));
    if let Some(odd) = given().find(|f| (f.t != t && f.t != 1) || (f.c != c && f.c != 1)) {
        return Err(Error::new(Code::Shape, "the inputs differ in time points or channels")
            .value(format!("t {} c {} beside t {t} c {c}", odd.t, odd.c))
            .help("choose one, as in name[c=0]"));
    }
    let in_time = step.step.over == Some(Over::Time);
    let (has_t, t) = if in_time { (false, 1) } else { (given().any(|f| f.has_t), t) };
    let has_c = given().any(|f| f.has_c);
    let channels =
        given().find(|f| f.c == c && !f.channels.is_empty()).map(|f| f.channels.clone()).unwrap_or_default();
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
            Ok(FlowMeta { datum, t, c, has_t, has_c, channels: channels.clone() })
        })
        .collect::<Result<_, Error>>()?;
    Ok(Work { inputs: metas, flows, reach })
}

/// Refuses an operation whose arguments were computed where they do not fit the inputs, or give another shape than was
/// planned.
pub(crate) fn fits_computed(
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
fn request_dtype(work: &mut Work, request: Option<DtypeRequest>) {
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

/// uint32 and int32 numbers do not fit the f32 that images are on the device: neither intensities nor labels at the port
/// of an image. Where labels are expected, they are whole numbers there, too.
fn wide(port: &Port, meta: &DatumMeta) -> bool {
    let as_numbers = !matches!(port.kind, PortKind::Mask | PortKind::Labels | PortKind::MaskOrLabels);
    as_numbers && meta.volume().is_some_and(|v| matches!(v.dtype, Dtype::U32 | Dtype::I32))
}

/// Whether the image is taken to be periodic, by an argument or its default.
fn wraps(step: &CheckedStep) -> bool {
    fn names_edge(ty: &ParamType) -> bool {
        match ty {
            ParamType::Optional(inner) | ParamType::PerAxis(inner) => names_edge(inner),
            ty => *ty == Edge::TYPE,
        }
    }
    let periodic = Edge::Wrap.to_value();
    let is_periodic = |value: &Value| match value {
        Value::List(items) => items.contains(&periodic),
        value => *value == periodic,
    };
    step.entry.spec.params.iter().filter(|p| names_edge(&p.ty)).any(|param| {
        let given = step.args.iter().find(|(name, _)| name == param.name).map(|(_, value)| value.clone());
        given.or_else(|| param.default_value()).is_some_and(|value| is_periodic(&value))
    })
}

/// Chooses the memory type of a step.
fn place(step: &CheckedStep, work: Work, placement: &Placement) -> Result<PlannedStep, Error> {
    let spec = step.entry.spec;
    let same = {
        let mut volumes = work.inputs.iter().flatten().chain(work.flows.iter().map(|f| &f.datum));
        let first = work.inputs.iter().flatten().find_map(DatumMeta::volume).map(|v| v.shape);
        volumes.all(|d| d.volume().map(|v| v.shape) == first && first.is_some())
    };
    // Wrapping reads the far side of the image, which a tile does not have.
    let wraps = wraps(step);
    let halo = match work.reach {
        Reach::Point => Some([0; 3]),
        Reach::Window(halo) => Some(halo),
        _ => None,
    };
    // Tiles are put together of volumes only.
    let volumes = work.flows.iter().all(|flow| matches!(flow.datum, DatumMeta::Volume(_)));
    let tileable = halo.filter(|_| same && volumes && !wraps && !step.step.slice_by_slice);
    let statistic = step.op.takes_statistic(&Metas::new(spec.inputs, &work.inputs));
    let along = if statistic { [None; 3] } else { along(step, &work, wraps) };
    let largest = work
        .inputs
        .iter()
        .flatten()
        .chain(work.flows.iter().map(|f| &f.datum))
        .filter_map(DatumMeta::volume)
        .map(|v| v.len().saturating_mul(4))
        .max()
        .unwrap_or(0);
    let mut reason = None;
    let asks = placement.adapter.and(step.op.device()).filter(|_| step.step.on != Some(Memory::Host));
    let declines = asks.and_then(|kernel| kernel.fits(&Metas::new(spec.inputs, &work.inputs)).err());
    let mut declined = false;
    let memory = match (step.step.on, placement.adapter) {
        (Some(Memory::Device), _) if !spec.device => {
            return Err(Error::new(Code::Unavailable, "this function has no device kernel").argument("on"));
        }
        (Some(Memory::Device), None) => {
            context::adapter()?;
            return Err(Error::new(Code::Unavailable, "the step is to run on the device, the run is not")
                .argument("on")
                .help("run with --on gpu"));
        }
        (Some(Memory::Host), _) | (_, None) => Memory::Host,
        _ if step.step.over.is_some() => Memory::Host,
        (_, Some(_)) if !spec.device => Memory::Host,
        (_, Some(_)) if !step.computed.is_empty() => {
            reason = Some("its arguments are computed when it runs".to_string());
            Memory::Host
        }
        (_, Some(_))
            if spec.inputs.iter().zip(&work.inputs).any(|(p, m)| m.as_ref().is_some_and(|m| wide(p, m))) =>
        {
            reason = Some("uint32 and int32 numbers are exact on the host only".to_string());
            declined = true;
            Memory::Host
        }
        (_, Some(_)) if declines.is_some() => {
            reason = declines.map(|error| match error.value {
                Some(value) => format!("{} ({value})", error.message),
                None => error.message,
            });
            declined = true;
            Memory::Host
        }
        (_, Some(_)) if largest > placement.limit() && tileable.is_none() => {
            reason =
                Some(format!("{largest} bytes exceed the {} that the adapter can bind", placement.limit()));
            Memory::Host
        }
        (_, Some(_)) => Memory::Device,
    };
    Ok(PlannedStep {
        name: step.name.clone(),
        op: spec.id,
        memory,
        reason,
        declined,
        submission: None,
        stage: None,
        rows: None,
        strip: None,
        in_parts: false,
        computed: !step.computed.is_empty(),
        over: step.step.over.as_ref().map(|over| over.name().to_string()),
        outputs: spec
            .outputs
            .iter()
            .zip(&work.flows)
            .map(|(port, flow)| PlannedOutput {
                name: port.name,
                kind: flow.datum.kind(),
                shape: flow.datum.volume().map(VolumeMeta::shape_text),
                dtype: flow.datum.volume().map(|v| v.dtype),
                frames: flow.t * flow.c,
            })
            .collect(),
        halo: halo.filter(|h| *h != [0; 3]),
        reach: work.reach.describe(),
        upload_bytes: 0,
        download_bytes: 0,
        inputs: work.inputs,
        flows: work.flows,
        along,
        tileable,
        tiled: memory == Memory::Device && largest > placement.limit(),
        skipped: false,
    })
}

/// How far a part of a step's outputs reaches into its inputs along z, y, x.
fn along(step: &CheckedStep, work: &Work, wraps: bool) -> [Option<usize>; 3] {
    let images = work.flows.iter().all(|f| matches!(f.datum, DatumMeta::Volume(_) | DatumMeta::Rgb(_)));
    let inputs = || work.inputs.iter().flatten().filter_map(DatumMeta::volume);
    let Some(output) = work.flows[0].datum.volume().filter(|_| images) else { return [None; 3] };
    // Slice by slice a step sees one plane, and no plane sees another.
    let sliced = step.step.slice_by_slice && output.ndim == 3;
    let alike =
        |v: &VolumeMeta| if sliced { v.shape[1..] == output.shape[1..] } else { v.shape == output.shape };
    let outputs = || work.flows.iter().filter_map(|f| f.datum.volume());
    if inputs().next().is_none() || !inputs().chain(outputs()).all(alike) {
        return [None; 3];
    }
    let halo = match work.reach {
        Reach::Point => [Some(0); 3],
        Reach::Window(halo) if !wraps => halo.map(Some),
        _ => [None; 3],
    };
    if sliced { [Some(0), halo[1], halo[2]] } else { halo }
}

/// Whether a step takes its input from a part of a value: of its channels or times, or three channels as rgb.
fn regroups(wire: &Wire, port: &Port, steps: &[PlannedStep]) -> bool {
    let Origin::Step { step, output } = wire.origin else { return false };
    let datum = &steps[step].flows[output].datum;
    wire.channel.is_some()
        || wire.time.is_some()
        || (port.kind == PortKind::Rgb && !matches!(datum, DatumMeta::Rgb(_)))
        || matches!(datum, DatumMeta::Table | DatumMeta::Role(_))
}

/// Numbers the stages: runs of local host steps on images of one shape that loop over the same frames.
fn stages(checked: &Checked, steps: &mut [PlannedStep], in_parts: bool) {
    let mut number = 0;
    let mut first = 0;
    for i in 0..steps.len() {
        let (before, here) = (&steps[first], &steps[i]);
        let frames = |s: &PlannedStep| (s.flows[0].t, s.flows[0].c);
        let shape = |s: &PlannedStep| s.flows[0].datum.volume().map(|v| (v.shape, v.ndim));
        let inside = |wire: &Wire| matches!(wire.origin, Origin::Step { step, .. } if step >= first);
        let mut wires = checked.steps[i].wires.iter().zip(checked.steps[i].entry.spec.inputs);
        let goes_on = i > first
            && before.is_local(in_parts)
            && here.is_local(in_parts)
            && (frames(before), shape(before)) == (frames(here), shape(here))
            && !wires.any(|(wire, port)| {
                wire.as_ref().is_some_and(|wire| inside(wire) && regroups(wire, port, steps))
            });
        if !goes_on {
            first = i;
            number += 1;
        }
        steps[i].stage = steps[i].is_local(in_parts).then_some(number - 1);
    }
}

/// Numbers the submissions: runs of consecutive device steps that loop over the same frames.
fn group(checked: &Checked, steps: &mut [PlannedStep]) {
    let mut number = 0;
    let mut open: Option<(usize, usize, usize)> = None; // first step, t, c
    for i in 0..steps.len() {
        if steps[i].memory != Memory::Device || steps[i].skipped {
            open = None;
            continue;
        }
        let (t, c) = (steps[i].flows[0].t, steps[i].flows[0].c);
        // A channel or an rgb made of channels of a value in the same submission is taken on the host.
        let parts = |first: usize| {
            let mut wires = checked.steps[i].wires.iter().zip(checked.steps[i].entry.spec.inputs);
            wires.any(|(wire, port)| {
                let inside = |w: &&Wire| matches!(w.origin, Origin::Step { step, .. } if step >= first);
                wire.as_ref().filter(inside).is_some_and(|wire| regroups(wire, port, steps))
            })
        };
        // Steps that run in tiles share them only with steps on images of the same shape.
        let shape = |s: &PlannedStep| s.flows[0].datum.volume().map(|v| v.shape);
        let tiles_differ = |first: usize| {
            steps[i].tiled != steps[first].tiled
                || (steps[i].tiled && shape(&steps[i]) != shape(&steps[first]))
        };
        if !open.is_some_and(|(first, ot, oc)| (ot, oc) == (t, c) && !parts(first) && !tiles_differ(first)) {
            number += 1;
            open = Some((i, t, c));
        }
        steps[i].submission = Some(number - 1);
    }
}

/// Fills in the bytes that cross, and gives the most bytes held at once.
fn transfers(checked: &Checked, given: &GivenMeta, steps: &mut [PlannedStep]) -> usize {
    let last = steps.len();
    let kept = checked.kept();
    // Last reader of every value; kept outputs are read by the caller.
    let mut readers: Vec<(Origin, Vec<usize>)> =
        (0..given.inputs.len()).map(|input| (Origin::Input(input), Vec::new())).collect();
    for (i, step) in steps.iter().enumerate() {
        for output in 0..step.flows.len() {
            let origin = Origin::Step { step: i, output };
            readers.push((origin, if kept.contains(&origin) { vec![last] } else { Vec::new() }));
        }
    }
    for (i, step) in checked.steps.iter().enumerate().filter(|(i, _)| !steps[*i].skipped) {
        for (_, list) in readers.iter_mut().filter(|(origin, _)| step.reads(*origin)) {
            list.push(i);
        }
    }
    let bytes_of = |origin: Origin, steps: &[PlannedStep]| match origin {
        Origin::Input(input) => given.inputs.get(input).map_or(0, FlowMeta::bytes),
        Origin::Step { step, output } => steps[step].flows[output].bytes(),
    };
    for (origin, list) in &readers {
        let bytes = bytes_of(*origin, steps);
        let home = match origin {
            Origin::Step { step, .. } => steps[*step].submission,
            Origin::Input(_) => None,
        };
        let mut seen = vec![home];
        for &reader in list.iter().filter(|r| **r < last) {
            let there = steps[reader].submission;
            if there.is_some() && !seen.contains(&there) {
                seen.push(there);
                steps[reader].upload_bytes += bytes;
            }
        }
        if let (Origin::Step { step, .. }, Some(_)) = (origin, home)
            && list.iter().any(|&r| r == last || steps[r].submission != home)
        {
            steps[*step].download_bytes += bytes;
        }
    }
    let mut peak = 0;
    for i in 0..steps.len() {
        let live: usize = readers
            .iter()
            .filter(|(origin, list)| {
                let born = if let Origin::Step { step, .. } = origin { *step } else { 0 };
                born <= i && (born == i || list.iter().any(|&r| r >= i))
            })
            .map(|(origin, _)| match origin {
                Origin::Step { step, output } if steps[*step].memory == Memory::Device => {
                    steps[*step].flows[*output].device_bytes()
                }
                other => bytes_of(*other, steps),
            })
            .fold(0, usize::saturating_add);
        peak = peak.max(live);
    }
    peak
}
