//! Modules that make images of images.

use super::convert::{Conversion, Picture, Result};
use super::illumination::smoothed;
use super::settings::{Settings, given};
use rotifer_registry::Value;

pub fn color_to_gray(c: &mut Conversion, m: &Settings) -> Result<()> {
    let from = m.get("Select the input image");
    let picture = c.picture(from)?;
    let planes = picture.planes.clone();
    let outputs: Vec<&str> = m.all("Name the output image").collect();
    if m.get("Conversion method") == "Combine" {
        let to = outputs.first().copied().unwrap_or("");
        c.about(format!("{to} of {from}"));
        let [red, green, blue] = planes.as_slice() else {
            c.give_image(to, planes.first().cloned().unwrap_or_default(), &picture);
            c.note(format!("{from} is grey"));
            return Ok(());
        };
        let weight =
            |color: &str| m.number(&format!("Relative weight of the {color} channel")).unwrap_or(1.0);
        let (r, g, b) = (weight("red"), weight("green"), weight("blue"));
        let text = format!("({r} * image + {g} * other + {b} * third) / {}", r + g + b);
        let step = c.call("pixel_expression", &[red, green, blue], &[("expression", text.into())], to)?;
        c.give_image(to, step, &picture);
        return Ok(());
    }
    c.about(format!("colors of {from}"));
    if m.get("Image type") == "Channels" {
        for group in m.groups("Channel number") {
            let digits: String = group.get("Channel number").chars().filter(char::is_ascii_digit).collect();
            let place = digits.parse::<usize>().unwrap_or(1).max(1) - 1;
            let plane = planes.get(place).ok_or_else(|| format!("{from} has no channel {place}"))?;
            c.give_image(group.get("Image name"), plane.clone(), &picture);
        }
        return Ok(());
    }
    if m.get("Image type") == "HSV" {
        return hue_and_others(c, m, &picture, &outputs);
    }
    for (i, color) in ["red", "green", "blue"].iter().enumerate() {
        let Some(name) = outputs.get(i + 1) else { continue };
        if m.yes(&format!("Convert {color} to gray?")) {
            let plane = planes.get(i).or(planes.first()).ok_or_else(|| format!("{from} has no color"))?;
            c.give_image(name, plane.clone(), &picture);
        }
    }
    c.note("each color is a channel of the image, no step is needed");
    Ok(())
}

/// Hue, saturation and value from 0 to 1 of three planes.
fn hue_and_others(c: &mut Conversion, m: &Settings, picture: &Picture, outputs: &[&str]) -> Result<()> {
    const MOST: &str = "max(max(image, other), third)";
    const LEAST: &str = "min(min(image, other), third)";
    let [red, green, blue] = picture.planes.as_slice() else {
        return Err("hue, saturation and value need a color image: they are left out".into());
    };
    let hue = format!(
        "select({MOST} == {LEAST}, 0, select({MOST} == image, ((other - third) / ({MOST} - {LEAST}) + 6) % 6, \
         select({MOST} == other, (third - image) / ({MOST} - {LEAST}) + 2, (image - other) / ({MOST} - {LEAST}) + 4)) / 6)"
    );
    let saturation = format!("select({MOST} == 0, 0, ({MOST} - {LEAST}) / {MOST})");
    let texts = [("hue", hue), ("saturation", saturation), ("value", MOST.to_string())];
    for (i, (what, text)) in texts.into_iter().enumerate() {
        // The names of red, green and blue stand before those of hue, saturation and value.
        let Some(name) = outputs.get(i + 4) else { continue };
        if m.yes(&format!("Convert {what} to gray?")) {
            let step =
                c.call("pixel_expression", &[red, green, blue], &[("expression", text.into())], name)?;
            c.give_image(name, step, picture);
        }
    }
    Ok(())
}

pub fn gray_to_color(c: &mut Conversion, m: &Settings) -> Result<()> {
    let to = m.get("Name the output image");
    c.about(to.to_string());
    let stretched = m.yes("Rescale intensity");
    if !["RGB", ""].contains(&m.get("Select a color scheme")) {
        return mixed(c, m, to);
    }
    let mut planes = Vec::new();
    let mut like: Option<String> = None;
    let names =
        ["red", "green", "blue"].map(|color| m.get(&format!("Select the image to be colored {color}")));
    for name in names.iter().filter(|n| given(n)) {
        like = Some(c.grey(name)?);
    }
    let like = like.ok_or("no image is given a color")?;
    for (name, color) in names.iter().zip(["red", "green", "blue"]) {
        let weight = m.number(&format!("Relative weight for the {color} image")).unwrap_or(1.0);
        planes.push(match given(name) {
            true if weight == 1.0 && !stretched => c.grey(name)?,
            true => {
                let mut grey = c.grey(name)?;
                if stretched {
                    grey = self::stretched(c, &grey, &format!("{to}_{color}"))?;
                }
                c.call("multiply", &[&grey], &[("value", weight.into())], &format!("{to}_{color}"))?
            }
            false => c.call("fill", &[&like], &[("value", 0.0.into())], &format!("{to}_{color}"))?,
        });
    }
    c.note("the color image is its three planes");
    c.images.insert(to.into(), Picture { planes, ..Picture::default() });
    Ok(())
}

/// A color image of images in other colors than red, green and blue.
fn mixed(c: &mut Conversion, m: &Settings, to: &str) -> Result<()> {
    // The share of each image in red, green and blue.
    let mut parts: Vec<(String, [f64; 3])> = Vec::new();
    let mut brightness: Option<String> = None;
    let scheme = m.get("Select a color scheme");
    if scheme == "CMYK" {
        let colors = [("cyan", [0.0, 1.0, 1.0]), ("magenta", [1.0, 0.0, 1.0]), ("yellow", [1.0, 1.0, 0.0])];
        for (color, rgb) in colors {
            let name = m.get(&format!("Select the image to be colored {color}"));
            if given(name) {
                let weight = m.number(&format!("Relative weight for the {color} image")).unwrap_or(1.0);
                parts.push((name.into(), rgb.map(|share| share * weight / 2.0)));
            }
        }
        let name = m.get("Select the image that determines brightness");
        brightness = given(name).then(|| name.to_string());
        let weight = m.number("Relative weight for the brightness image").unwrap_or(1.0);
        if let Some(name) = &brightness {
            parts.push((name.clone(), [weight / 3.0; 3]));
        }
    } else {
        for (i, group) in m.groups("Image name").iter().enumerate() {
            let name = group.get("Image name");
            if !given(name) {
                continue;
            }
            if scheme == "Stack" {
                let mut share = [0.0; 3];
                share[i.min(2)] = 1.0;
                if i > 2 {
                    c.differs(format!("{name} stands behind the three colors, and is left out"));
                    continue;
                }
                parts.push((name.into(), share));
                continue;
            }
            let weight = group.number("Weight").unwrap_or(1.0);
            parts.push((name.into(), super::images::rgb(group.get("Color")).map(|b| b / 255.0 * weight)));
        }
        if m.yes("Rescale intensity") {
            c.differs("the images are not stretched before they are mixed");
        }
    }
    let mut planes = Vec::new();
    for (i, color) in ["red", "green", "blue"].iter().enumerate() {
        let name = format!("{to}_{color}");
        let mut sum: Option<String> = None;
        for (image, share) in &parts {
            let grey = c.grey(image)?;
            let scaled = match share[i] {
                1.0 => grey,
                share => c.call("multiply", &[&grey], &[("value", share.into())], &name)?,
            };
            sum = Some(match sum {
                Some(before) => c.call("add", &[&before, &scaled], &[], &name)?,
                None => scaled,
            });
        }
        planes.push(sum.ok_or("no image is given a color")?);
    }
    if brightness.is_some() {
        c.differs("the image of the brightness is added to all three colors");
    }
    c.note("the color image is its three planes");
    c.images.insert(to.into(), Picture { planes, ..Picture::default() });
    Ok(())
}

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
                let number = super::tables::number(c, feature)?;
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
        let number = super::tables::number(c, m.get("Divisor measurement"))?;
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

pub fn resize(c: &mut Conversion, m: &Settings) -> Result<()> {
    let mut pairs = vec![(m.get("Select the input image"), m.get("Name the output image"))];
    let more: Vec<&str> =
        m.all("Select the additional image?").chain(m.all("Select the additional image")).collect();
    pairs.extend(more.into_iter().zip(m.all("Name the output image").skip(1)));
    c.about(pairs.iter().map(|p| p.1).collect::<Vec<_>>().join(", "));
    let order: i64 = if m.get("Interpolation method") == "Nearest Neighbor" { 0 } else { 1 };
    if m.get("Interpolation method") == "Bicubic" {
        c.differs("bilinear in place of bicubic");
    }
    let size = match m.get("Resizing method").starts_with("Resize by a fraction") {
        true => {
            let all = m.number("Resizing factor");
            let factor = |axis: &str| all.or(m.number(&format!("{axis} Resizing factor"))).unwrap_or(1.0);
            let (x, y) = (factor("X"), factor("Y"));
            ("scale", if x == y { Value::from(x) } else { Value::List(vec![y.into(), x.into()]) })
        }
        false => {
            if m.get("Method to specify the dimensions") == "Image" {
                return like_another(c, m, &pairs, order);
            } else {
                let side = |text: &str| Value::from(m.number(text).unwrap_or(100.0) as i64);
                let sides = ["Height of the final image", "Width of the final image"].map(side);
                ("shape", Value::List(sides.into()))
            }
        }
    };
    for (from, to) in pairs {
        c.each_plane(from, to, "resize", &[size.clone(), ("order", order.into())])?;
    }
    Ok(())
}

/// Images in the size of another: what that image has to be at each place is read from them.
fn like_another(c: &mut Conversion, m: &Settings, pairs: &[(&str, &str)], order: i64) -> Result<()> {
    let other = m.get("Select the image with the desired dimensions");
    let goal = c.grey(other)?;
    for (from, to) in pairs {
        let picture = c.picture(from)?;
        let args = [("order", Value::from(order))];
        let planes: Result<Vec<String>> = picture
            .planes
            .iter()
            .map(|plane| c.wired("resize", &[("image", plane), ("like", &goal)], &args, to))
            .collect();
        let planes = planes?;
        c.images.insert((*to).into(), Picture { planes, ..picture });
    }
    if !Conversion::has_input("resize", "like") {
        c.missing(format!("the size of {other} is not known before the run: the images keep their size"));
    }
    Ok(())
}

pub fn smooth(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input image"), m.get("Name the output image"));
    c.about(format!("{to} of {from}"));
    match m.name.as_str() {
        "GaussianFilter" => {
            return c.each_plane(
                from,
                to,
                "gaussian_filter",
                &[("sigma", m.number("Sigma").unwrap_or(1.0).into())],
            );
        }
        "MedianFilter" => {
            let radius = ((m.number("Window").unwrap_or(3.0) - 1.0) / 2.0).floor().max(1.0);
            return c.each_plane(from, to, "median_filter", &[("radius", radius.into())]);
        }
        _ => {}
    }
    let picture = c.picture(from)?;
    let grey = c.grey(from)?;
    let size = match m.yes("Calculate artifact diameter automatically?") {
        true => {
            c.differs("the automatic diameter is taken as 30, its value for images of 1200 pixels and more");
            30.0
        }
        false => m.number("Typical artifact diameter").unwrap_or(16.0),
    };
    let method = m.get("Select smoothing method");
    let mut step = match method {
        "Smooth Keeping Edges" => {
            let args = [
                ("sigma_spatial", Value::from(size / 2.35)),
                ("sigma_color", m.number("Edge intensity difference").unwrap_or(0.1).into()),
            ];
            c.call("bilateral_filter", &[&grey], &args, to).or_else(|why| {
                c.missing(format!("{why}; a Gaussian stands in its place"));
                c.call("gaussian_filter", &[&grey], &[("sigma", (size / 2.35).into())], to)
            })?
        }
        _ => smoothed(c, method, size, &grey, to)?,
    };
    if method == "Fit Polynomial"
        && (m.yes("Clip intensities to 0 and 1?") || !m.has("Clip intensities to 0 and 1?"))
    {
        step = c.call("clip", &[&step], &[("minimum", 0.0.into()), ("maximum", 1.0.into())], to)?;
    }
    if let Some(mask) = &picture.mask {
        c.differs("smoothing counts what the mask leaves out as 0");
        step = c.call("apply_mask", &[&step, mask], &[], &format!("{to}_in_mask"))?;
    }
    c.give_image(to, step, &picture);
    Ok(())
}

pub fn enhance(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input image"), m.get("Name the output image"));
    let picture = c.picture(from)?;
    let grey = c.grey(from)?;
    let radius = (m.number("Feature size").unwrap_or(10.0) / 2.0).max(1.0);
    let disk = [("footprint", Value::from("disk")), ("radius", radius.into())];
    let kind = m.get("Feature type");
    c.about(format!(
        "{to} of {from}: {}",
        if m.get("Select the operation") == "Suppress" { "suppress" } else { kind }
    ));
    let step = match kind {
        _ if m.get("Select the operation") == "Suppress" => c.call("opening", &[&grey], &disk, to)?,
        "Speckles" => {
            if m.get("Speed and accuracy") == "Fast" && radius > 3.0 {
                c.differs("the disk is exact, where CellProfiler's fast way takes an octagon");
            }
            c.call("white_tophat", &[&grey], &disk, to)?
        }
        "Neurites" if m.get("Enhancement method") == "Tubeness" => {
            let sigma = m.number("Smoothing scale").unwrap_or(2.0);
            let step = tubeness(c, &grey, sigma, to).or_else(|why| {
                c.missing(format!(
                    "{why}; what is left over a Gaussian four times as wide stands in its place"
                ));
                let args = [("low_sigma", Value::from(sigma)), ("high_sigma", (4.0 * sigma).into())];
                let left = c.call("difference_of_gaussians", &[&grey], &args, &format!("{to}_lines"))?;
                c.call("clip", &[&left], &[("minimum", 0.0.into())], to)
            })?;
            match m.yes("Rescale result image") {
                true => stretched(c, &step, to)?,
                false => step,
            }
        }
        "Neurites" => {
            // Bright lines of the radius, dark ones taken away, as CellProfiler's gradient method does.
            c.differs("line structures are a tophat; their gaps, the tophat of the dark, are not taken away");
            c.call("white_tophat", &[&grey], &disk, to)?
        }
        "Dark holes" => {
            c.differs("holes are those that a closing fills");
            c.call("black_tophat", &[&grey], &disk, to)?
        }
        "Texture" => {
            let sigma = m.number("Smoothing scale").unwrap_or(2.0);
            c.differs("the variance mirrors the image at its border, where CellProfiler takes the pixels that there are");
            let sigma = [("sigma", Value::from(sigma))];
            let mean = c.call("gaussian_filter", &[&grey], &sigma, &format!("{to}_mean"))?;
            let squares = c.call("square", &[&grey], &[], &format!("{to}_squares"))?;
            let wide = c.call("gaussian_filter", &[&squares], &sigma, &format!("{to}_mean_of_squares"))?;
            let text = Value::from("max(image - square(other), 0)");
            c.call("pixel_expression", &[&wide, &mean], &[("expression", text)], to)?
        }
        "Circles" if rotifer_registry::find("circle_hough_map").is_some() => {
            c.call("circle_hough_map", &[&grey], &[("radius", radius.into())], to)?
        }
        _ => {
            c.missing(format!("no counterpart yet: \"{kind}\"; a tophat stands in its place"));
            c.call("white_tophat", &[&grey], &disk, to)?
        }
    };
    c.give_image(to, step, &picture);
    Ok(())
}

/// Bright lines: minus the eigenvalue of the second derivatives that is farthest from 0, where it is negative, times sigma squared.
fn tubeness(c: &mut Conversion, grey: &str, sigma: f64, to: &str) -> Result<String> {
    const KERNELS: [(&str, &[&[f64]]); 3] = [
        ("xx", &[&[1.0, -2.0, 1.0]]),
        ("yy", &[&[1.0], &[-2.0], &[1.0]]),
        ("xy", &[&[0.25, 0.0, -0.25], &[0.0, 0.0, 0.0], &[-0.25, 0.0, 0.25]]),
    ];
    if rotifer_registry::find("tubeness").is_some() {
        return c.call("tubeness", &[grey], &[("sigma", sigma.into())], to);
    }
    let smooth = c.call("gaussian_filter", &[grey], &[("sigma", sigma.into())], &format!("{to}_smooth"))?;
    let mut second = Vec::new();
    for (name, kernel) in KERNELS {
        let rows = kernel.iter().map(|row| Value::List(row.iter().map(|x| Value::from(*x)).collect()));
        let args = [("kernel", Value::List(rows.collect()))];
        second.push(c.call("convolve", &[&smooth], &args, &format!("{to}_{name}"))?);
    }
    let text = format!(
        "max((hypot((image - other) / 2, third) - (image + other) / 2) * (image + other < 0), 0) * {}",
        sigma * sigma
    );
    let from: Vec<&str> = second.iter().map(String::as_str).collect();
    c.call("pixel_expression", &from, &[("expression", text.into())], to)
}

/// The range of an image made 0 to 1.
fn stretched(c: &mut Conversion, step: &str, to: &str) -> Result<String> {
    let least = c.call("minimum_of_all_pixels", &[step], &[], &format!("{to}_least"))?;
    let most = c.call("maximum_of_all_pixels", &[step], &[], &format!("{to}_most"))?;
    let text = Value::from("(image - other) / max(third - other, 1e-12)");
    c.call("pixel_expression", &[step, &least, &most], &[("expression", text)], &format!("{to}_stretched"))
}

pub fn edges(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input image"), m.get("Name the output image"));
    let method = m.get("Select an edge-finding method");
    c.about(format!("{to} of {from}: {method}"));
    let picture = c.picture(from)?;
    let grey = c.grey(from)?;
    let direction = match m.get("Select edge direction to enhance") {
        "Horizontal" => Some("y"),
        "Vertical" => Some("x"),
        _ => None,
    };
    let axis: Vec<(&str, Value)> = direction.map(|axis| ("axis", axis.into())).into_iter().collect();
    let sigma = match m.yes("Calculate Gaussian's sigma automatically?") {
        true if method == "Canny" => 1.0,
        true => 2.0,
        false => m.number("Gaussian's sigma value").unwrap_or(2.0),
    };
    let step = match method {
        "Sobel" | "Prewitt" => {
            let op = if method == "Sobel" { "sobel" } else { "prewitt" };
            let found = c.call(op, &[&grey], &axis, &format!("{to}_edges"))?;
            // Magnitudes here are the mean of two squares, there their sum.
            let factor = if direction.is_none() { std::f64::consts::SQRT_2 } else { 1.0 };
            c.call("multiply", &[&found], &[("value", factor.into())], to)?
        }
        "LoG" => c.call("laplacian_of_gaussian", &[&grey], &[("sigma", sigma.into())], to)?,
        "Canny" => {
            let mut args = vec![("sigma", Value::from(sigma))];
            if m.yes("Automatically calculate the threshold?") {
                c.differs(
                    "the thresholds of Canny's edges are those of the function, not Otsu's of the gradient",
                );
            } else {
                let high = m.number("Absolute threshold").unwrap_or(0.2);
                let low = match m.yes("Calculate value for low threshold automatically?") {
                    true => 0.4 * high,
                    false => m.number("Low threshold value").unwrap_or(0.1),
                };
                args.extend([("low_threshold", low.min(high).into()), ("high_threshold", high.into())]);
            }
            c.call("canny", &[&grey], &args, to)?
        }
        "Roberts" => {
            let row = |a: f64, b: f64| Value::List(vec![0.0.into(), a.into(), b.into()]);
            let none = Value::List(vec![0.0.into(); 3]);
            let mut parts = Vec::new();
            for rows in [[row(1.0, 0.0), row(0.0, -1.0)], [row(0.0, 1.0), row(-1.0, 0.0)]] {
                let [above, below] = rows;
                let kernel = Value::List(vec![none.clone(), above, below]);
                parts.push(c.call("convolve", &[&grey], &[("kernel", kernel)], &format!("{to}_diagonal"))?);
            }
            c.call("hypot", &[&parts[0], &parts[1]], &[], to)?
        }
        _ => {
            c.missing(format!("no counterpart yet: \"{method}\"; Sobel's edges stand in its place"));
            c.call("sobel", &[&grey], &[], to)?
        }
    };
    c.give_image(to, step, &picture);
    if method == "Canny" {
        c.binary(to);
    }
    Ok(())
}

pub fn crop(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input image"), m.get("Name the output image"));
    let shape = m.get("Select the cropping shape");
    c.about(format!("{to} of {from}: {}", shape.to_lowercase()));
    let trims = m.get("Remove empty rows and columns?") != "No";
    let source = match shape {
        "Previous cropping" => {
            let earlier = m.get("Select the image with a cropping mask");
            c.crops.get(earlier).cloned().ok_or_else(|| format!("no crop before gives {earlier}"))?
        }
        _ => m.clone(),
    };
    if m.get("Apply which cycle's cropping pattern?") == "First" {
        c.note("every image is cut by the same numbers");
    }
    if ["Rectangle", "Ellipse"].contains(&shape) && m.get("Select the cropping method") == "Mouse" {
        c.missing("no counterpart yet: a shape that is drawn with the mouse; the numbers of the file stand in its place");
    }
    let m = &source;
    c.crops.insert(to.into(), m.clone());
    let picture = c.picture(from)?;
    match m.get("Select the cropping shape") {
        "Rectangle" => {
            let ends = |text: &str| {
                let (a, b) = m.get(text).split_once(',').unwrap_or(("0", "end"));
                (
                    a.trim().parse::<f64>().unwrap_or(0.0).max(0.0),
                    b.trim().parse::<f64>().ok().filter(|b| *b > 0.0),
                )
            };
            let (x, y) =
                (ends("Left and right rectangle positions"), ends("Top and bottom rectangle positions"));
            if let ((x0, Some(x1)), (y0, Some(y1)), true) = (x, y, trims) {
                let row = |values: [f64; 3]| Value::List(values.map(Value::from).into());
                let matrix = Value::List(vec![row([1.0, 0.0, y0]), row([0.0, 1.0, x0])]);
                let side = |a: f64, b: f64| Value::from((b - a).max(1.0) as i64);
                let shape = Value::List(vec![side(y0, y1), side(x0, x1)]);
                let args = [("matrix", matrix), ("order", 0.into()), ("shape", shape)];
                return c.each_plane(from, to, "affine_transform", &args);
            }
            if (x, y) == ((0.0, None), (0.0, None)) {
                c.images.insert(to.into(), picture);
                return Ok(());
            }
            let upper =
                |axis: &str, end: Option<f64>| end.map_or(String::new(), |e| format!(" and {axis} < {e}"));
            let inside = format!("x >= {} and y >= {}{}{}", x.0, y.0, upper("x", x.1), upper("y", y.1));
            if trims {
                c.differs("what is cut off is masked, the image keeps its size");
            }
            if x.1.or(y.1).is_none() && m.get("Left and right rectangle positions").contains(",-") {
                c.differs("an end that is counted from the far border is taken as that border");
            }
            let first = picture.planes.first().ok_or("a picture to look at is not cut")?;
            let text = Value::from(inside);
            let inside =
                c.call("pixel_expression", &[first], &[("expression", text)], &format!("{to}_inside"))?;
            let mut mask = c.call("greater", &[&inside], &[("value", 0.0.into())], &format!("{to}_mask"))?;
            if let Some(earlier) = &picture.mask {
                mask = c.call("logical_and", &[&mask, earlier], &[], &format!("{to}_both"))?;
            }
            let planes: Result<Vec<String>> =
                picture.planes.iter().map(|plane| c.call("apply_mask", &[plane, &mask], &[], to)).collect();
            c.images.insert(to.into(), Picture { planes: planes?, mask: Some(mask), ..Picture::default() });
            Ok(())
        }
        other @ ("Image" | "Objects" | "Ellipse") => {
            let grey = c.grey(from)?;
            let mask = match other {
                "Image" => c.mask_of(m.get("Select the masking image"))?,
                "Objects" => {
                    let labels = c.labels(m.get("Select the objects"))?;
                    c.call("greater", &[&labels], &[("value", 0.0.into())], &format!("{to}_mask"))?
                }
                _ => {
                    let (x, y) = m.pair("Coordinates of ellipse center").unwrap_or((500.0, 500.0));
                    let radius =
                        |axis: &str| m.number(&format!("Ellipse radius, {axis} direction")).unwrap_or(400.0);
                    let text =
                        format!("square((x - {x}) / {}) + square((y - {y}) / {})", radius("X"), radius("Y"));
                    let far = c.call(
                        "pixel_expression",
                        &[&grey],
                        &[("expression", text.into())],
                        &format!("{to}_far"),
                    )?;
                    c.call("less_or_equal", &[&far], &[("value", 1.0.into())], &format!("{to}_mask"))?
                }
            };
            if trims {
                c.differs("empty rows and columns are not cut off: the image keeps its size");
            }
            let step = c.call("apply_mask", &[&grey, &mask], &[], to)?;
            let masked = Picture { mask: Some(mask), ..Picture::default() };
            c.give_image(to, step, &masked);
            Ok(())
        }
        other => Err(format!("no counterpart yet: a crop to \"{other}\"")),
    }
}

pub fn mask(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input image"), m.get("Name the output image"));
    let objects = m.get("Use objects or an image as a mask?") == "Objects";
    let by = m.get(if objects { "Select object for mask" } else { "Select image for mask" });
    c.about(format!("{to} of {from} by {by}"));
    let mut mask = match objects {
        true => {
            let labels = c.labels(by)?;
            c.call("greater", &[&labels], &[("value", 0.0.into())], &format!("{to}_mask"))?
        }
        false => {
            let picture = c.picture(by)?;
            let grey = c.grey(by)?;
            match picture.binary {
                true => grey,
                false => c.call("greater", &[&grey], &[("value", 0.5.into())], &format!("{to}_mask"))?,
            }
        }
    };
    if m.yes("Invert the mask?") {
        mask = c.call("logical_not", &[&mask], &[], &format!("{to}_outside"))?;
    }
    let picture = c.picture(from)?;
    if let Some(earlier) = &picture.mask {
        mask = c.call("logical_and", &[&mask, earlier], &[], &format!("{to}_both"))?;
    }
    let grey = c.grey(from)?;
    let step = c.call("apply_mask", &[&grey, &mask], &[], to)?;
    c.give_image(to, step, &Picture { mask: Some(mask), ..Picture::default() });
    Ok(())
}

/// Images of one place, laid on the first one by the shift that is measured.
pub fn align(c: &mut Conversion, m: &Settings) -> Result<()> {
    let inputs = ["Select the first input image", "Select the second input image"].map(|text| m.get(text));
    let outputs = ["Name the first output image", "Name the second output image"].map(|text| m.get(text));
    c.about(outputs.join(", "));
    let method = m.first(&["Select the alignment method", "Alignment method"]);
    let mutual = method.starts_with("Mutual");
    if !mutual {
        c.differs(
            "the correlation is that of periodic images, by Fourier transforms, not normalized at each shift",
        );
    }
    let first = c.grey(inputs[0])?;
    let shift = |c: &mut Conversion, moving: &str, to: &str| -> Result<Value> {
        let name = format!("{to}_shift");
        let step = match mutual {
            true => c.call("register_mutual_information", &[&first, moving], &[], &name)?,
            false => {
                let plain = [("normalization", Value::from("unweighted"))];
                c.call("phase_cross_correlation", &[&first, moving], &plain, &name)?
            }
        };
        c.save(&step);
        Ok(Value::List([0, 1].map(|axis| Value::from(format!("= '{step}.shift-{axis}'"))).into()))
    };
    let moving = c.grey(inputs[1])?;
    let by = shift(c, &moving, outputs[1])?;
    let mode = m.first(&["Crop mode", "Crop output images to retain just the aligned regions?"]);
    if !["Keep size", "No"].contains(&mode) {
        c.differs("images keep the size and place of the first, with 0 where nothing was moved to");
    }
    let picture = c.picture(inputs[0])?;
    c.images.insert(outputs[0].into(), picture);
    let moved = |c: &mut Conversion, from: &str, to: &str, by: &Value| {
        let binary = c.picture(from)?.binary;
        c.each_plane(from, to, "translate", &[("shift", by.clone()), ("order", 0.into())])?;
        if binary {
            c.binary(to);
        }
        Ok::<_, String>(())
    };
    moved(c, inputs[1], outputs[1], &by)?;
    let more: Vec<&str> = m.all("Select the additional image").collect();
    let names: Vec<&str> = m.all("Name the output image").collect();
    let ways: Vec<&str> = m.all("Select how the alignment is to be applied").collect();
    for (i, (from, to)) in more.into_iter().zip(names).enumerate() {
        let by = match ways.get(i) {
            Some(&"Separately") => {
                let moving = c.grey(from)?;
                shift(c, &moving, to)?
            }
            _ => by.clone(),
        };
        moved(c, from, to, &by)?;
    }
    Ok(())
}

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
