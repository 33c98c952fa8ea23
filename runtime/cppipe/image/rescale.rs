//! Intensities in another range.

use crate::cppipe::convert::{Conversion, Result};
use crate::cppipe::settings::Settings;
use crate::cppipe::tables;
use rotifer_registry::Value;

pub fn rescale(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input image"), m.get("Name the output image"));
    c.about(format!("{to} of {from}"));
    let picture = c.picture(from)?;
    let grey = c.grey(from)?;
    let method = m.get("Rescaling method");
    let step = if method.starts_with("Stretch") || method.starts_with("Choose specific values") {
        let ends = [("minimum_of_all_pixels", "least"), ("maximum_of_all_pixels", "most")];
        let mut ends = ends.iter().map(|(op, word)| c.call(op, &[&grey], &[], &format!("{to}_{word}")));
        let (least, most) = (ends.next().ok_or("")??, ends.next().ok_or("")??);
        let (low, high) = match method.starts_with("Stretch") {
            true => (0.0, 1.0),
            false => m.pair("Intensity range for the output image").unwrap_or((0.0, 1.0)),
        };
        let single = |texts: [&str; 2]| texts.iter().find_map(|text| m.number(text));
        let low_end = single([
            "Lower intensity limit for the input image",
            "Lower intensity limit from the input image",
        ]);
        let high_end = single([
            "Upper intensity limit for the input image",
            "Upper intensity limit from the input image",
        ]);
        let range = m.pair("Intensity range for the input image").unwrap_or((0.0, 1.0));
        let both =
            |texts: [&str; 2]| texts.iter().all(|text| m.get(text).starts_with("Custom") || !m.has(text));
        // A range holds both ends, where both are given.
        let ends = ["Method to calculate the minimum intensity", "Method to calculate the maximum intensity"];
        let custom =
            if both(ends) { range } else { (low_end.unwrap_or(range.0), high_end.unwrap_or(range.1)) };
        // The first version asked whether the ends are automatic.
        let own = |text: &str| {
            let value = m.get(text);
            (value.starts_with("Custom") || value == "No" || value.is_empty())
                && !method.starts_with("Stretch")
        };
        if ends.iter().any(|text| m.get(text).contains("all images")) {
            c.differs("the ends are those of each image, not of all images of the cycle");
        }
        for text in [
            "Method to rescale values below the lower limit",
            "Method to rescale values above the upper limit",
        ] {
            if !["", "Set to zero", "Set to one", "Mask pixels"].contains(&m.get(text)) {
                c.differs("what lies beyond the ends becomes the end, as in CellProfiler 3 and 4");
            }
        }
        let a = if own("Method to calculate the minimum intensity") {
            custom.0.to_string()
        } else {
            "other".into()
        };
        let b = if own("Method to calculate the maximum intensity") {
            custom.1.to_string()
        } else {
            "third".into()
        };
        let share = format!("clamp((image - {a}) / max({b} - {a}, 1e-12), 0, 1)");
        let text =
            if (low, high) == (0.0, 1.0) { share } else { format!("{low} + {} * {share}", high - low) };
        c.call("pixel_expression", &[&grey, &least, &most], &[("expression", text.into())], to)?
    } else if method.starts_with("Divide by the image's m") {
        let least = method.contains("minimum");
        let op = if least { "minimum_of_all_pixels" } else { "maximum_of_all_pixels" };
        let end = c.call(op, &[&grey], &[], &format!("{to}_divisor"))?;
        c.call("divide", &[&grey, &end], &[], to)?
    } else if method.starts_with("Divide each image by the same") {
        c.call("divide", &[&grey], &[("value", m.number("Divisor value").unwrap_or(1.0).into())], to)?
    } else if method.starts_with("Divide each image by a previously") {
        let number = tables::number(c, m.get("Divisor measurement"))?;
        c.call("divide", &[&grey], &[("value", format!("= {number}").into())], to)?
    } else if method.starts_with("Match") {
        let other = c.grey(m.get("Select image to match in maximum intensity"))?;
        let own = c.call("maximum_of_all_pixels", &[&grey], &[], &format!("{to}_maximum"))?;
        let goal = c.call("maximum_of_all_pixels", &[&other], &[], &format!("{to}_goal"))?;
        let text = Value::from("image / other * third");
        c.call("pixel_expression", &[&grey, &own, &goal], &[("expression", text)], to)?
    } else {
        c.missing(format!("no counterpart yet: \"{method}\"; {to} is {from} as it is"));
        grey
    };
    c.give_image(to, step, &picture);
    Ok(())
}

/// The range of an image made 0 to 1.
pub fn stretched(c: &mut Conversion, step: &str, to: &str) -> Result<String> {
    let least = c.call("minimum_of_all_pixels", &[step], &[], &format!("{to}_least"))?;
    let most = c.call("maximum_of_all_pixels", &[step], &[], &format!("{to}_most"))?;
    let text = Value::from("(image - other) / max(third - other, 1e-12)");
    c.call("pixel_expression", &[step, &least, &most], &[("expression", text)], &format!("{to}_stretched"))
}
