//! Arithmetic and logic of images.

use crate::cppipe::convert::{Conversion, Picture, Result};
use crate::cppipe::settings::{Settings, given};
use crate::cppipe::tables;
use rotifer_registry::Value;

pub fn math(c: &mut Conversion, m: &Settings) -> Result<()> {
    let to = m.get("Name the output image");
    let op = m.get("Operation");
    let mut names = Vec::new();
    let mut factors = Vec::new();
    let mut kind = "Image";
    for (text, value) in m.each() {
        if text == "Image or measurement?" {
            kind = if value.is_empty() { "Image" } else { value };
        } else if text.starts_with("Select the") && text.ends_with("image") && given(value) {
            if kind != "Measurement" {
                names.push(Operand::Image(value.to_string()));
            }
        } else if text == "Measurement" && kind == "Measurement" && given(value) {
            names.push(Operand::Measurement(value.to_string()));
        } else if text.starts_with("Multiply the") && text.ends_with("image by") {
            factors.push(value.parse::<f64>().unwrap_or(1.0));
        }
    }
    let unary = ["Invert", "None", "Log transform (base 2)", "Log transform (legacy)", "Complement", "Not"];
    if unary.contains(&op) {
        names.truncate(1);
    }
    c.about(format!(
        "{to}: {} {}",
        op.to_lowercase(),
        names.iter().map(Operand::name).collect::<Vec<_>>().join(", ")
    ));
    // An image comes first where the order does not matter; a number stands in the expression.
    let operands = names;
    let names: Vec<String> = operands.iter().filter_map(|o| o.image().cloned()).collect();
    let first = names.first().ok_or("no image is named: the module is left out")?.clone();
    let like = c.picture(&first)?;
    if m.yes("Ignore the image masks?") && like.mask.is_some() {
        c.differs("what the mask of the first image leaves out is 0, not its value before");
    }
    if ["And", "Or", "Not"].contains(&op) {
        return logic(c, op, &names, to, &like);
    }
    let number = |text: &str, default: f64| m.number(text).unwrap_or(default);
    let power = number("Raise the power of the result by", 1.0);
    let (times, plus) = (number("Multiply the result by", 1.0), number("Add to result", 0.0));
    let (low, high) =
        (m.yes("Set values less than 0 equal to 0?"), m.yes("Set values greater than 1 equal to 1?"));
    let words = ["image", "other", "third"];
    let mut all: Vec<String> = Vec::new();
    // Inputs for the ports of an expression: images, and numbers, which are an image of one value.
    let mut sources: Vec<Vec<String>> = Vec::new();
    for (i, operand) in operands.iter().enumerate() {
        let mut steps = match operand {
            Operand::Image(name) if like.planes.len() == 3 => c.picture(name)?.planes,
            Operand::Image(name) => vec![c.grey(name)?],
            Operand::Measurement(feature) => {
                let number = tables::number(c, feature)?;
                let args = [("value", Value::from(format!("= {number}")))];
                vec![c.call("fill", &[&like.planes[0]], &args, &format!("{to}_{feature}"))?]
            }
        };
        if sources.len() == 3 {
            if !["Add", "Multiply", "Minimum", "Maximum", "Average"].contains(&op) {
                c.missing("of more than three images the first three are taken");
                break;
            }
            // Three ports: what there is becomes one image first.
            let merged = merged(c, op, &all, &sources, like.planes.len(), to)?;
            sources = vec![merged];
            all = vec![words[0].into()];
        }
        let factor = factors.get(i).copied().unwrap_or(1.0);
        let word = words[sources.len()];
        all.push(if factor == 1.0 { word.to_string() } else { format!("({factor} * {word})") });
        if steps.is_empty() {
            steps.push(like.planes.first().cloned().unwrap_or_default());
        }
        sources.push(steps);
    }
    let operand_count = operands.len();
    let nested = |name: &str| all[1..].iter().fold(all[0].clone(), |a, b| format!("{name}({a}, {b})"));
    let mut text = match op {
        "Add" => all.join(" + "),
        "Subtract" => all.join(" - "),
        "Absolute Difference" => format!("abs({})", all.join(" - ")),
        "Multiply" => all.join(" * "),
        "Divide" => all.join(" / "),
        "Average" => format!("({}) / {operand_count}", all.join(" + ")),
        "Minimum" => nested("min"),
        "Maximum" => nested("max"),
        "Equals" => all.join(" == "),
        "Invert" | "Complement" => format!("1 - {}", all[0]),
        "Log transform (base 2)" => format!("log2({} + 1)", all[0]),
        "Log transform (legacy)" => format!("log2({})", all[0]),
        "None" => all[0].clone(),
        "Standard Deviation" => {
            let mean = format!("({}) / {}", all.join(" + "), all.len());
            let squares: Vec<String> = all.iter().map(|a| format!("square({a} - {mean})")).collect();
            format!("sqrt(({}) / {})", squares.join(" + "), all.len())
        }
        _ => return Err(format!("no counterpart yet: \"{op}\" of images; {to} is left out")),
    };
    if power != 1.0 {
        text = format!("({text}) ^ {power}");
    }
    if times != 1.0 {
        text = format!("({text}) * {times}");
    }
    if plus != 0.0 {
        text = format!("({text}) + {plus}");
    }
    text = match (low, high) {
        (true, true) => format!("clamp({text}, 0, 1)"),
        (true, false) => format!("max({text}, 0)"),
        (false, true) => format!("min({text}, 1)"),
        _ => text,
    };
    let undefined = m.yes("Replace invalid values with 0?") && (power.fract() != 0.0 || op == "Divide");
    let mut planes = Vec::new();
    for i in 0..like.planes.len() {
        let from: Vec<&str> =
            sources.iter().filter_map(|s| s.get(i).or(s.first())).map(String::as_str).collect();
        let mut step = c.call("pixel_expression", &from, &[("expression", text.clone().into())], to)?;
        if undefined {
            step = c.call("undefined_to_zero", &[&step], &[], &format!("{to}_defined"))?;
        }
        planes.push(step);
    }
    if planes.is_empty() {
        return Err(format!("{first} is a picture to look at: the module is left out"));
    }
    c.images.insert(to.into(), Picture { planes, mask: like.mask, ..Picture::default() });
    Ok(())
}

/// An operand of ImageMath.
enum Operand {
    Image(String),
    Measurement(String),
}

impl Operand {
    fn image(&self) -> Option<&String> {
        match self {
            Operand::Image(name) => Some(name),
            Operand::Measurement(_) => None,
        }
    }

    fn name(&self) -> &str {
        let (Operand::Image(name) | Operand::Measurement(name)) = self;
        name
    }
}

/// The first three operands as one image, plane by plane.
fn merged(
    c: &mut Conversion,
    op: &str,
    all: &[String],
    sources: &[Vec<String>],
    planes: usize,
    to: &str,
) -> Result<Vec<String>> {
    let text = match op {
        "Add" | "Average" => all.join(" + "),
        "Multiply" => all.join(" * "),
        "Minimum" => all[1..].iter().fold(all[0].clone(), |a, b| format!("min({a}, {b})")),
        _ => all[1..].iter().fold(all[0].clone(), |a, b| format!("max({a}, {b})")),
    };
    let one = |i: usize| {
        let from: Vec<&str> =
            sources.iter().filter_map(|s| s.get(i).or(s.first())).map(String::as_str).collect();
        c.call("pixel_expression", &from, &[("expression", text.clone().into())], &format!("{to}_first"))
    };
    (0..planes).map(one).collect()
}

fn logic(c: &mut Conversion, op: &str, names: &[String], to: &str, like: &Picture) -> Result<()> {
    let mut step = c.mask_of(&names[0])?;
    if op == "Not" {
        step = c.call("logical_not", &[&step], &[], to)?;
    }
    for name in &names[1..] {
        let other = c.mask_of(name)?;
        step = c.call(if op == "And" { "logical_and" } else { "logical_or" }, &[&step, &other], &[], to)?;
    }
    c.give_mask(to, step, like);
    Ok(())
}
