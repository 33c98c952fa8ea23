//! Morphology of images.

use crate::cppipe::convert::{Conversion, Result};
use crate::cppipe::settings::Settings;
use rotifer_registry::Value;

/// A structuring element, such as `disk,5`, as arguments.
pub fn footprint(c: &mut Conversion, m: &Settings) -> [(&'static str, Value); 2] {
    let (shape, size) = m.get("Structuring element").split_once(',').unwrap_or(("disk", "1"));
    let size: f64 = size.trim().parse().unwrap_or(1.0);
    let (name, radius) = match shape.to_lowercase().as_str() {
        "disk" => ("disk", size),
        "ball" => ("ball", size),
        "diamond" | "octahedron" => ("diamond", size),
        "square" | "cube" => ("box", ((size - 1.0) / 2.0).floor()),
        other => {
            c.differs(format!("a disk in place of the element \"{other}\""));
            ("disk", size)
        }
    };
    [("footprint", name.into()), ("radius", radius.max(0.0).into())]
}

pub fn morphology(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input image"), m.get("Name the output image"));
    c.about(format!("{to} of {from}"));
    let element = footprint(c, m);
    let grey = match m.name.as_str() {
        "Closing" => "closing",
        "Opening" => "opening",
        "Erosion" | "ErodeImage" => "erosion",
        _ => "dilation",
    };
    let binary = c.picture(from)?.binary;
    let op = if binary { format!("binary_{grey}") } else { grey.to_string() };
    c.each_plane(from, to, &op, &element)?;
    if binary {
        c.binary(to);
    }
    Ok(())
}

pub fn skeleton(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input image"), m.get("Name the output image"));
    c.about(format!("{to} of {from}"));
    let picture = c.picture(from)?;
    let mask = c.mask_of(from)?;
    let step = c.call("skeletonize", &[&mask], &[], to).or_else(|why| {
        c.missing(format!("{why}; the mask itself stands in its place"));
        Ok::<_, String>(mask)
    })?;
    c.give_mask(to, step, &picture);
    Ok(())
}

pub fn remove_holes(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input image"), m.get("Name the output image"));
    c.about(format!("{to} of {from}"));
    let picture = c.picture(from)?;
    let mask = c.mask_of(from)?;
    let diameter = m.number("Size of holes to fill").unwrap_or(1.0);
    let size = (std::f64::consts::PI * diameter * diameter / 4.0).floor() as i64;
    let step = c.call("remove_small_holes", &[&mask], &[("max_size", size.into())], to)?;
    c.give_mask(to, step, &picture);
    Ok(())
}
