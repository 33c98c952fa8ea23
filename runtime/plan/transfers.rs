//! Bytes that cross between host and device, and the most that are held at once.

use super::flow::{FlowMeta, GivenMeta};
use super::planned::PlannedStep;
use rotifer_registry::pipeline::{Checked, Memory, Origin};

/// Fills in the bytes that cross, and gives the most bytes held at once.
pub fn transfers(checked: &Checked, given: &GivenMeta, steps: &mut [PlannedStep]) -> usize {
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
