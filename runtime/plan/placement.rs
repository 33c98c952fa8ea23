//! Chooses the memory type of a step, by the adapter that there is and by what the step takes.

use super::infer::Work;
use super::planned::{Plan, PlannedOutput, PlannedStep};
use crate::context;
use crate::options::{On, Options};
use rotifer_registry::op::{Metas, Port, PortKind};
use rotifer_registry::pipeline::{CheckedStep, Memory};
use rotifer_registry::{Code, DatumMeta, Dtype, Edge, Error, Param, ParamType, Reach, Value, VolumeMeta};

/// Which memory type device kernels get: the adapter to use, or why there is none.
pub struct Placement {
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

    /// The plan of steps that were placed so.
    pub fn plan(self, steps: Vec<PlannedStep>, peak_bytes: usize) -> Plan {
        let mut notes = self.notes;
        for step in steps.iter().filter(|step| step.declined) {
            let note =
                format!("{} runs on the host: {}", step.op, step.reason.as_deref().unwrap_or_default());
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        Plan { steps, adapter: self.adapter.cloned(), peak_bytes, notes, parts: None }
    }
}

/// uint32 and int32 numbers do not fit the f32 that images are on the device: neither intensities nor labels at the port
/// of an image. Where labels are expected, they are whole numbers there, too.
fn wide(port: &Port, meta: &DatumMeta) -> bool {
    let as_numbers = !matches!(port.kind, PortKind::Mask | PortKind::Labels | PortKind::MaskOrLabels);
    as_numbers && meta.volume().is_some_and(|v| matches!(v.dtype, Dtype::U32 | Dtype::I32))
}

/// Whether the image is taken to be periodic, by an argument or its default.
pub fn wraps(step: &CheckedStep) -> bool {
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
pub fn place(step: &CheckedStep, work: Work, placement: &Placement) -> Result<PlannedStep, Error> {
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
    let along = along(step, &work, wraps);
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
                frames: flow.axes.frames(),
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
