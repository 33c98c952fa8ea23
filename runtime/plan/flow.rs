//! Metadata of the values that flow between steps, and of those that a pipeline runs on.

use rotifer_registry::pipeline::Origin;
use rotifer_registry::{Axes, Datum, DatumMeta, Frames, ImageMeta};
use serde::Serialize;

/// Metadata of what flows between steps: one datum's, and how many of them over t and c.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FlowMeta {
    pub datum: DatumMeta,
    pub axes: Axes,
}

impl FlowMeta {
    pub fn of_image(image: &ImageMeta) -> FlowMeta {
        FlowMeta { datum: DatumMeta::Volume(image.volume.clone()), axes: image.axes.clone() }
    }

    pub fn of_frames(frames: &Frames) -> FlowMeta {
        FlowMeta {
            datum: frames.items.first().map_or(DatumMeta::Table, Datum::meta),
            axes: frames.axes.clone(),
        }
    }

    /// These data, t slowest, as what was planned.
    pub fn frames(&self, items: Vec<Datum>) -> Frames {
        Frames { items, axes: self.axes.clone() }
    }

    fn planes(&self) -> usize {
        self.axes.frames() * if matches!(self.datum, DatumMeta::Rgb(_)) { 3 } else { 1 }
    }

    /// Bytes on the host.
    pub fn bytes(&self) -> usize {
        self.datum.volume().map_or(0, |v| v.bytes().saturating_mul(self.planes()))
    }

    /// Bytes on the device, 4 an element.
    pub(crate) fn device_bytes(&self) -> usize {
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
