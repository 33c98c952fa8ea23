//! Steps in a row that go together: the stages on the host, the submissions to the device.

use super::planned::PlannedStep;
use rotifer_registry::DatumMeta;
use rotifer_registry::op::{Port, PortKind};
use rotifer_registry::pipeline::{Checked, Memory, Origin, Wire};

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
pub fn stages(checked: &Checked, steps: &mut [PlannedStep], in_parts: bool) {
    let mut number = 0;
    let mut first = 0;
    for i in 0..steps.len() {
        let (before, here) = (&steps[first], &steps[i]);
        let frames = |s: &PlannedStep| (s.flows[0].axes.t, s.flows[0].axes.c);
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
pub fn group(checked: &Checked, steps: &mut [PlannedStep]) {
    let mut number = 0;
    let mut open: Option<(usize, usize, usize)> = None; // first step, t, c
    for i in 0..steps.len() {
        if steps[i].memory != Memory::Device || steps[i].skipped {
            open = None;
            continue;
        }
        let (t, c) = (steps[i].flows[0].axes.t, steps[i].flows[0].axes.c);
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
