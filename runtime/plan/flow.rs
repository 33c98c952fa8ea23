//! Metadata of the values that flow between steps, and of those that a pipeline runs on.

use rotifer_registry::pipeline::Origin;
use rotifer_registry::{Datum, DatumMeta, Frames, ImageMeta};
use serde::Serialize;

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
