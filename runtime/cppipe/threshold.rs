//! Thresholds: one group of settings that several modules have.

use super::convert::{Conversion, Picture, Result};
use super::parse::Module;
use rotifer_registry::Value;

pub fn module(c: &mut Conversion, m: &Module) -> Result<()> {
    let (from, to) = (m.get("Select the input image"), m.get("Name the output image"));
    c.about(format!("{to} of {from}"));
    let picture = c.picture(from)?;
    let grey = c.grey(from)?;
    let mask = mask(c, m, &grey, &picture, to, false)?;
    c.give_mask(to, mask, &picture);
    Ok(())
}

/// The mask of an image by the settings of a module, and the step of it.
pub fn mask(
    c: &mut Conversion,
    m: &Module,
    grey: &str,
    picture: &Picture,
    name: &str,
    automatic: bool,
) -> Result<String> {
    let scale = if automatic { 1.3488 } else { m.number("Threshold smoothing scale").unwrap_or(0.0) };
    let mut smooth = grey.to_string();
    let threshold = value(c, m, grey, picture, name, automatic)?;
    if scale > 0.0 {
        let sigma = (scale / 0.6744 / 2.0 * 1e4).round() / 1e4;
        smooth = c.call("gaussian_filter", &[grey], &[("sigma", sigma.into())], &format!("{name}_smooth"))?;
        c.differs(
            "smoothing mirrors the image at its border, where CellProfiler takes the pixels that there are",
        );
    }
    let all = format!("{name}_mask");
    let mask = match threshold {
        Threshold::Of(value) => c.call("greater_or_equal", &[&smooth], &[("value", value)], &all)?,
        Threshold::Image(step) => c.call("greater_or_equal", &[&smooth, &step], &[], &all)?,
        Threshold::Mask(mask) => mask,
    };
    match &picture.mask {
        Some(outer) => c.call("logical_and", &[&mask, outer], &[], &format!("{name}_in_mask")),
        None => Ok(mask),
    }
}

enum Threshold {
    Of(Value),
    Image(String),
    /// Where a function gives the pixels above its threshold and not the threshold.
    Mask(String),
}

fn value(
    c: &mut Conversion,
    m: &Module,
    grey: &str,
    picture: &Picture,
    name: &str,
    automatic: bool,
) -> Result<Threshold> {
    const METHODS: [&str; 3] =
        ["Thresholding method", "Select the thresholding method", "Select the threshold method"];
    let adaptive = !automatic && m.get("Threshold strategy").starts_with("Adaptive");
    let method = match () {
        () if automatic => "Minimum Cross-Entropy",
        // The second setting of this name is the method within a window.
        () if adaptive => m.all("Thresholding method").nth(1).unwrap_or_else(|| m.first(&METHODS)),
        () => m.first(&METHODS),
    };
    let three = m.get("Two-class or three-class thresholding?").starts_with("Three");
    let background = m
        .get("Assign pixels in the middle intensity class to the foreground or the background?")
        == "Background";
    // Versions before 3 found Otsu's thresholds on logarithms, version 3 those of three classes.
    let old = c.revision < 300 || c.revision < 400 && three;
    let old = old && !automatic && method.starts_with("Otsu");
    let log = old || !automatic && m.yes("Log transform before thresholding?");
    let factor = if automatic { 1.0 } else { m.number("Threshold correction factor").unwrap_or(1.0) };
    let (low, high) = match automatic {
        true => (0.0, 1.0),
        false => m.pair("Lower and upper bounds on threshold").unwrap_or((0.0, 1.0)),
    };
    if method == "Manual" {
        return Ok(Threshold::Of(m.number("Manual threshold").unwrap_or(0.0).into()));
    }
    let word = method.to_lowercase();
    let (op, args): (&str, Vec<(&str, Value)>) = match () {
        () if word.starts_with("otsu") && three => {
            let below: i64 = if background { 2 } else { 1 };
            let args = vec![
                ("classes", Value::from(3)),
                ("nbins", 128.into()),
                ("background_classes", below.into()),
            ];
            ("threshold_multiotsu", args)
        }
        () if word.starts_with("otsu") => ("threshold_otsu", vec![]),
        () if word.starts_with("minimum cross") || word.starts_with("mct") => ("threshold_li", vec![]),
        () if word.replace(' ', "").starts_with("robustbackground") => {
            let number = |text: &str, default: f64| Value::from(m.number(text).unwrap_or(default));
            let median = m.get("Variance method").starts_with("Median");
            let args = vec![
                ("lower_fraction", number("Lower outlier fraction", 0.05)),
                ("upper_fraction", number("Upper outlier fraction", 0.05)),
                ("average", m.get("Averaging method").to_lowercase().into()),
                ("spread", if median { "median_absolute_deviation" } else { "standard_deviation" }.into()),
                ("deviations", number("# of deviations", 2.0)),
            ];
            ("threshold_robust_background", args)
        }
        () if word.starts_with("sauvola") => ("threshold_sauvola", vec![]),
        () => {
            c.missing(format!("no counterpart yet: the threshold \"{method}\"; Otsu's stands in its place"));
            ("threshold_otsu", vec![])
        }
    };
    if adaptive {
        return window(c, m, grey, picture, name, &word, factor, low, high);
    }
    if old {
        c.differs("the histogram of logarithms has bins of its own, other than CellProfiler 3's");
    }
    let step = format!("{name}_threshold");
    let mut source = grey.to_string();
    if log {
        // Logarithms of the image, from 1/256 of its range above its minimum on.
        let least = c.call("minimum_of_all_pixels", &[grey], &[], &format!("{name}_minimum"))?;
        let most = c.call("maximum_of_all_pixels", &[grey], &[], &format!("{name}_maximum"))?;
        let floor =
            Value::from(format!("= {least}.minimum + ({most}.maximum - {least}.minimum) / 256 + 1e-7"));
        let floored = c.call("maximum", &[grey], &[("value", floor)], &format!("{name}_floored"))?;
        source = c.call("logarithm", &[&floored], &[], &format!("{name}_logarithms"))?;
    }
    let found = found(c, op, &source, picture, &args, &step);
    let found = match found {
        Err(why) if op != "threshold_otsu" => {
            c.missing(format!("{why}; Otsu's threshold of two classes stands in its place"));
            self::found(c, "threshold_otsu", &source, picture, &[], &step)?
        }
        found => found?,
    };
    let number = c.number(&found, 0);
    let Some(number) = number else { return Ok(Threshold::Mask(found)) };
    let number = if log { format!("exp({number})") } else { number };
    let scaled = if factor == 1.0 { number } else { format!("{factor} * {number}") };
    let bounded = (low, high) != (0.0, 1.0);
    let expression =
        if bounded { format!("= clamp({scaled}, {low}, {high})") } else { format!("= {scaled}") };
    Ok(Threshold::Of(expression.into()))
}

/// The threshold's step, of the pixels that count where the function can take a mask.
fn found(
    c: &mut Conversion,
    op: &str,
    source: &str,
    picture: &Picture,
    args: &[(&str, Value)],
    name: &str,
) -> Result<String> {
    match &picture.mask {
        Some(mask) if Conversion::has_input(op, "mask") => {
            c.wired(op, &[("image", source), ("mask", mask)], args, name)
        }
        Some(_) => {
            c.differs("the threshold is found on the whole image, in which what the mask leaves out is 0");
            c.call(op, &[source], args, name)
        }
        None => c.call(op, &[source], args, name),
    }
}

/// A threshold of its own for every place.
#[allow(clippy::too_many_arguments)]
fn window(
    c: &mut Conversion,
    m: &Module,
    grey: &str,
    picture: &Picture,
    name: &str,
    method: &str,
    factor: f64,
    low: f64,
    high: f64,
) -> Result<Threshold> {
    let size = m.number("Size of adaptive window").unwrap_or(50.0).max(2.0) as i64;
    if method.starts_with("sauvola") {
        let step = c.call(
            "threshold_sauvola",
            &[grey],
            &[("block_size", (size | 1).into())],
            &format!("{name}_local"),
        )?;
        let all = format!("{step}.threshold");
        return c
            .call("multiply", &[&all], &[("value", factor.into())], &format!("{name}_threshold"))
            .map(Threshold::Image);
    }
    let method = match method.replace(' ', "").as_str() {
        word if word.starts_with("minimum") || word.starts_with("mct") => "li",
        word if word.starts_with("robust") => "robust_background",
        _ => "otsu",
    };
    let args = [
        ("method", Value::from(method)),
        ("block_size", size.into()),
        ("factor", factor.into()),
        ("minimum", low.into()),
        ("maximum", high.into()),
    ];
    let op = "threshold_adaptive_block";
    let step = format!("{name}_threshold");
    let from = [("image", grey), ("mask", picture.mask.as_deref().unwrap_or(""))];
    let from = if picture.mask.is_some() { &from[..] } else { &from[..1] };
    match c.wired(op, from, &args, &step) {
        Ok(found) => {
            c.differs("the threshold of each block is blended with its neighbours' in a way of its own");
            let spec = rotifer_registry::find(op).map(|entry| entry.spec.outputs);
            let output =
                spec.and_then(|o| o.iter().find(|o| o.name == "threshold" || o.name == "thresholds"));
            Ok(match output {
                Some(output) => Threshold::Image(format!("{found}.{}", output.name)),
                None => Threshold::Mask(found),
            })
        }
        Err(why) => {
            c.missing(format!("{why}; the mean of the surroundings is the threshold"));
            let args = [("method", Value::from("mean")), ("block_size", (size | 1).into())];
            c.call("threshold_local", &[grey], &args, &step).map(Threshold::Mask)
        }
    }
}
