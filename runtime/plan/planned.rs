//! A plan: the work of every step on one image, in figures.

use super::flow::FlowMeta;
use crate::context;
use rotifer_registry::pipeline::Memory;
use rotifer_registry::{DatumKind, DatumMeta, Dtype};
use serde::Serialize;
use std::path::PathBuf;

/// The work of one step, planned.
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
        self.flows[0].axes.frames()
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
    pub(crate) fn is_local(&self, in_parts: bool) -> bool {
        let Some((axis, meta)) = self.axis().zip(self.flows[0].datum.volume()) else { return false };
        let near = |halo: usize| in_parts || 4 * halo <= meta.shape[axis];
        self.memory == Memory::Host && !self.skipped && !self.computed && self.along[axis].is_some_and(near)
    }

    /// Whether the step works on pixels by themselves, with arguments that are not known before it runs.
    pub(crate) fn is_computed_pixel(&self) -> bool {
        self.computed && self.axis().is_some_and(|axis| self.along[axis] == Some(0))
    }

    /// Moves the step to the host: parts of an image are there.
    pub(crate) fn move_to_host(&mut self) {
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
}
