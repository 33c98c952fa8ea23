//! Steps over groups in a worker: what they see of each image, and what they make of all.

use super::last::Last;
use super::over::{file, path, restore, saved, store, values};
use super::task::{Target, Unit};
use crate::execute::group::Members;
use crate::execute::{self, Given, Options, Report, Watch, Written};
use crate::io;
use rotifer_registry::pipeline::{Checked, Origin};
use rotifer_registry::{Error, Frames};

/// Keeps what a step sees of an image.
pub fn gather(
    checked: &Checked,
    options: &Options,
    target: &Target,
    unit: &Unit,
    (last, given, step): (&mut Last, &Given, usize),
    watch: &Watch,
) -> Result<(Written, Report), Error> {
    let wanted: Vec<Origin> = checked.steps[step].wires.iter().flatten().map(|wire| wire.origin).collect();
    let plan = last.plan(checked, given.meta(), Some(&wanted), options)?;
    let (ports, report) = execute::at_ports(checked, plan, given, options, watch, &wanted, step)?;
    store(&file(&target.out, unit.key), &ports)?;
    Ok((Written::default(), report))
}

/// Makes a step from what was kept of the images of a group, and the steps that take nothing else; writes what is saved of
/// them.
pub fn reduce(
    checked: &Checked,
    options: &Options,
    target: &Target,
    unit: &Unit,
    members: &[(String, u64)],
    (last, mut given, step): (&mut Last, Given, usize),
    watch: &Watch,
) -> Result<(Written, Report), Error> {
    let of_step = &checked.steps[step];
    let images = Members {
        names: members.iter().map(|(name, _)| name.clone()).collect(),
        column: "image",
        load: Box::new(|i| restore(&file(&target.out, members[i].1))),
    };
    let made = images.reduce(of_step, options).map_err(|e| e.step(step).op(&of_step.step.op))?;
    let own = made.into_iter().enumerate().map(|(output, frames)| (Origin::Step { step, output }, frames));
    given.made.extend(own.clone());
    let wanted: Vec<Origin> = values(checked, step).into_iter().filter(|o| o.step() != Some(step)).collect();
    let plan = last.plan(checked, given.meta(), Some(&wanted), options)?;
    let (frames, report) = execute::run_through(checked, plan, &given, options, watch, &wanted)?;
    let all: Vec<(Origin, Frames)> = own.chain(wanted.into_iter().zip(frames)).collect();
    let kept = saved(checked, step);
    for (origin, frames) in all.iter().filter(|(origin, _)| kept.contains(origin)) {
        let path = |extension: &str| target.out.join(path(checked, *origin, &unit.image, extension));
        if let Some(image) = frames.to_image() {
            io::write_image_with(&path(target.format.extension()), &image?, &target.write)?;
        } else if let Some(table) = frames.to_table(&checked.output_name(*origin)) {
            io::write_table(&path("csv"), &table?)?;
        } else if let Some(datum) = frames.items.first() {
            io::write_roles(&path(io::extension(datum.meta().kind(), target.format)?), frames)?;
        }
    }
    store(
        &file(&target.out, unit.key),
        &all.into_iter().map(|(_, frames)| Some(frames)).collect::<Vec<_>>(),
    )?;
    Ok((Written::default(), report))
}
