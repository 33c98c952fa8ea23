//! Thresholds: one group of settings that several modules have.

use super::convert::{Conversion, Picture, Result};
use super::settings::Settings;
use super::tables;
use rotifer_registry::Value;

pub fn module(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input image"), m.get("Name the output image"));
    c.about(format!("{to} of {from}"));
    let picture = c.picture(from)?;
    let grey = c.grey(from)?;
    let found = value(c, m, &grey, &picture, to, false)?;
    if m.get("Select the output image type").starts_with("Gray") {
        return cut(c, m, &grey, &picture, found, to);
    }
    let mask = above(c, m, &grey, &picture, found, to, false)?;
    c.give_mask(to, mask, &picture);
    Ok(())
}

/// The image where it is above or below its threshold: what ApplyThreshold of CellProfiler 2 gives as grey.
fn cut(
    c: &mut Conversion,
    m: &Settings,
    grey: &str,
    picture: &Picture,
    found: Threshold,
    to: &str,
) -> Result<()> {
    let keeps_low = m.get("Set pixels below or above the threshold to zero?").starts_with("Above");
    let less = m.yes("Subtract the threshold value from the remaining pixel intensities?");
    let mut left = grey.to_string();
    if less && !keeps_low {
        let name = format!("{to}_above");
        left = match &found {
            Threshold::Of(value) => c.call("subtract", &[grey], &[("value", value.clone())], &name)?,
            Threshold::Image(step) => c.call("subtract", &[grey, step], &[], &name)?,
            Threshold::Mask(_) => {
                c.missing("the threshold is not subtracted: its function gives a mask alone");
                left
            }
        };
    }
    let mut mask = above(c, m, grey, picture, found, to, false)?;
    if keeps_low {
        let around = m.number(
            "Number of pixels by which to expand the thresholding around those excluded bright pixels",
        );
        if let Some(around) = around.filter(|pixels| *pixels > 0.0) {
            let disk = [("footprint", Value::from("disk")), ("radius", around.into())];
            mask = c.call("binary_dilation", &[&mask], &disk, &format!("{to}_around"))?;
        }
        mask = c.call("logical_not", &[&mask], &[], &format!("{to}_below"))?;
    }
    let step = c.call("apply_mask", &[&left, &mask], &[], to)?;
    c.give_image(to, step, picture);
    Ok(())
}

/// The mask of an image by the settings of a module, and the step of it.
pub fn mask(
    c: &mut Conversion,
    m: &Settings,
    grey: &str,
    picture: &Picture,
    name: &str,
    automatic: bool,
) -> Result<String> {
    let found = value(c, m, grey, picture, name, automatic)?;
    above(c, m, grey, picture, found, name, automatic)
}

/// The pixels above a threshold, of the image smoothed as the settings say.
fn above(
    c: &mut Conversion,
    m: &Settings,
    grey: &str,
    picture: &Picture,
    threshold: Threshold,
    name: &str,
    automatic: bool,
) -> Result<String> {
    let scale = match m.get("Select the smoothing method for thresholding") {
        _ if automatic || m.get("Threshold strategy") == "Automatic" => 1.3488,
        "No smoothing" => 0.0,
        "Automatic" => 1.3488,
        _ => m.number("Threshold smoothing scale").unwrap_or(0.0),
    };
    let mut smooth = grey.to_string();
    // A function that gives a mask has seen the image as it is, and a mask that was given has seen none.
    let compares = !matches!(threshold, Threshold::Mask(_));
    if scale > 0.0 && compares {
        let sigma = (scale / 0.6744 / 2.0 * 1e4).round() / 1e4;
        let (args, soft) = ([("sigma", Value::from(sigma))], format!("{name}_smooth"));
        smooth = match &picture.mask {
            Some(mask) => c.smoothed_within(grey, mask, &args, &soft)?,
            None => {
                c.differs(
                    "smoothing mirrors the image at its border, where CellProfiler takes the pixels that there are",
                );
                c.call("gaussian_filter", &[grey], &args, &soft)?
            }
        };
    }
    if scale > 0.0 && !compares && chosen(m).0 != "Binary image" {
        c.differs("pixels are compared as they are, not smoothed");
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

/// The strategy and the method, which CellProfiler 2.0 has in one setting: `Otsu Adaptive`.
fn chosen(m: &Settings) -> (String, String) {
    let text = "Thresholding method";
    let method = m.get(text).to_string();
    let whole = ["Manual", "Measurement", "Binary image", "Automatic"];
    let mut strategy = m.get("Threshold strategy").to_string();
    if strategy.is_empty() {
        if whole.contains(&method.as_str()) {
            return (method.clone(), method);
        }
        for (word, name) in [(" Global", "Global"), (" Adaptive", "Adaptive"), (" PerObject", "Per object")] {
            if let Some(method) = method.strip_suffix(word) {
                return (name.into(), method.into());
            }
        }
        strategy = "Global".into();
    }
    if strategy == "Adaptive" {
        // The second setting of this name is the method within a window.
        let local = m.all(text).nth(1).filter(|local| *local != "Default").map(String::from);
        return (strategy, local.unwrap_or(method));
    }
    if strategy == "Global" && whole.contains(&method.as_str()) {
        return (method.clone(), method);
    }
    (strategy, method)
}

/// One of CellProfiler's methods as a function with its arguments, its name within blocks and objects, and a factor of its own.
struct Method {
    op: &'static str,
    args: Vec<(&'static str, Value)>,
    local: Option<&'static str>,
    factor: f64,
}

fn method(c: &mut Conversion, m: &Settings, name: &str) -> Method {
    let word: String = name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let number = |text: &str, default: f64| Value::from(m.number(text).unwrap_or(default));
    let of = |op, args, local| Method { op, args, local, factor: 1.0 };
    match word.as_str() {
        word if word.starts_with("otsu") => {
            if m.get("Minimize the weighted variance or the entropy?") == "Entropy" {
                c.differs(
                    "the variance of the classes is minimized, as in CellProfiler 3 and 4, not their entropy",
                );
            }
            if !m.get("Two-class or three-class thresholding?").starts_with("Three") {
                return of("threshold_otsu", vec![], Some("otsu"));
            }
            let text = "Assign pixels in the middle intensity class to the foreground or the background?";
            let background = m.get(text) == "Background";
            let below: i64 = if background { 2 } else { 1 };
            let args = vec![
                ("classes", Value::from(3)),
                ("nbins", 128.into()),
                ("background_classes", below.into()),
            ];
            of("threshold_multiotsu", args, Some(if background { "multiotsu_high" } else { "multiotsu_low" }))
        }
        word if word.starts_with("minimumcross") || word.starts_with("mct") || word == "default" => {
            of("threshold_li", vec![], Some("li"))
        }
        word if word.starts_with("robustbackground") => {
            let default = m.get("Use default parameters?") == "Default";
            let number = |text: &str, value: f64| if default { value.into() } else { number(text, value) };
            let median = !default && m.get("Variance method").starts_with("Median");
            let average = m.get("Averaging method").to_lowercase();
            let average = if default || average.is_empty() { "mean".to_string() } else { average };
            let args = vec![
                ("lower_fraction", number("Lower outlier fraction", 0.05)),
                ("upper_fraction", number("Upper outlier fraction", 0.05)),
                ("average", average.into()),
                ("spread", if median { "median_absolute_deviation" } else { "standard_deviation" }.into()),
                ("deviations", number("# of deviations", 2.0)),
            ];
            of("threshold_robust_background", args, Some("robust_background"))
        }
        // As CellProfiler 3 opens files with it.
        "background" => {
            c.differs("twice the mode of the pixels without the outer 2 %, as CellProfiler 3 and 4 read this method");
            let args = vec![
                ("lower_fraction", Value::from(0.02)),
                ("upper_fraction", 0.02.into()),
                ("average", "mode".into()),
                ("spread", "standard_deviation".into()),
                ("deviations", 0.0.into()),
            ];
            Method { factor: 2.0, ..of("threshold_robust_background", args, Some("robust_background")) }
        }
        "mog" | "mixtureofgaussian" | "mixtureofgaussians" => {
            c.differs(
                "the mixture is fitted to the histogram of intensities, not to that of their logarithms",
            );
            let share = number("Approximate fraction of image covered by objects?", 0.2);
            of("threshold_mixture_of_gaussians", vec![("object_fraction", share)], None)
        }
        "kapur" => {
            c.differs("the histogram is that of intensities, not of their logarithms");
            of("threshold_max_entropy", vec![], None)
        }
        "ridlercalvard" => {
            c.differs("the histogram is that of intensities, not of their logarithms");
            of("threshold_isodata", vec![], Some("isodata"))
        }
        word if word.starts_with("sauvola") => of("threshold_sauvola", vec![], None),
        _ => {
            c.missing(format!("no counterpart yet: the threshold \"{name}\"; Otsu's stands in its place"));
            of("threshold_otsu", vec![], Some("otsu"))
        }
    }
}

fn value(
    c: &mut Conversion,
    m: &Settings,
    grey: &str,
    picture: &Picture,
    name: &str,
    automatic: bool,
) -> Result<Threshold> {
    let (strategy, word) = chosen(m);
    let automatic = automatic || strategy == "Automatic";
    let factor = if automatic { 1.0 } else { m.number("Threshold correction factor").unwrap_or(1.0) };
    let (low, high) = match automatic {
        true => (0.0, 1.0),
        false => m.pair("Lower and upper bounds on threshold").unwrap_or((0.0, 1.0)),
    };
    let bounded = |number: String, factor: f64| {
        let scaled = if factor == 1.0 { number } else { format!("{factor} * {number}") };
        match (low, high) != (0.0, 1.0) {
            true => format!("clamp({scaled}, {low}, {high})"),
            false => scaled,
        }
    };
    if !automatic {
        match strategy.as_str() {
            "Manual" => return Ok(Threshold::Of(m.number("Manual threshold").unwrap_or(0.0).into())),
            "Binary image" => return c.mask_of(m.get("Select binary image")).map(Threshold::Mask),
            "Measurement" => {
                let feature = m.get("Select the measurement to threshold with");
                match tables::number(c, feature) {
                    Ok(number) => return Ok(Threshold::Of(format!("= {}", bounded(number, factor)).into())),
                    Err(why) => c.missing(format!("{why}: Otsu's threshold stands in its place")),
                }
            }
            _ => {}
        }
    }
    let word = if automatic {
        "Minimum Cross-Entropy"
    } else if strategy == "Measurement" {
        "Otsu"
    } else {
        &word
    };
    let mut method = method(c, m, word);
    let factor = match method.factor {
        own if own != 1.0 => own * if factor == 0.0 { 1.0 } else { factor },
        _ => factor,
    };
    if matches!(strategy.as_str(), "Per object" | "Adaptive") && !automatic {
        let local = Local { grey, picture, name, method: &method, factor, low, high };
        return if strategy == "Adaptive" { window(c, m, &local) } else { per_object(c, m, &local) };
    }
    let three = m.get("Two-class or three-class thresholding?").starts_with("Three");
    // Versions before 3 found Otsu's thresholds on logarithms, version 3 those of three classes.
    let old = (c.revision < 300 || c.revision < 400 && three) && method.op.ends_with("otsu") && !automatic;
    let log = old || !automatic && m.yes("Log transform before thresholding?");
    if old {
        c.differs(
            "the histogram of logarithms has bins of its own, other than those of CellProfiler 2 and 3",
        );
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
    if method.op == "threshold_sauvola" {
        method.args = vec![("block_size", Value::from(window_size(m) | 1))];
    }
    let found = match found(c, method.op, &source, picture, &method.args, &step) {
        Err(why) if method.op != "threshold_otsu" => {
            c.missing(format!("{why}; Otsu's threshold of two classes stands in its place"));
            found(c, "threshold_otsu", &source, picture, &[], &step)?
        }
        found => found?,
    };
    let number = c.number(&found, 0);
    let Some(number) = number else { return Ok(Threshold::Mask(found)) };
    let number = if log { format!("exp({number})") } else { number };
    let last = bounded(number.clone(), factor);
    c.numbers.insert(format!("Threshold_OrigThreshold_{name}"), number);
    c.numbers.insert(format!("Threshold_FinalThreshold_{name}"), last.clone());
    Ok(Threshold::Of(format!("= {last}").into()))
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

fn window_size(m: &Settings) -> i64 {
    m.number("Size of adaptive window").unwrap_or(50.0).clamp(2.0, 1e5) as i64
}

/// Thresholds of an image that are not one for all of it.
struct Local<'a> {
    grey: &'a str,
    picture: &'a Picture,
    /// The name of what is made, from which those of the steps come.
    name: &'a str,
    method: &'a Method,
    factor: f64,
    low: f64,
    high: f64,
}

/// A threshold of its own for every object.
fn per_object(c: &mut Conversion, m: &Settings, local: &Local) -> Result<Threshold> {
    let Local { grey, name, method, factor, low, high, .. } = *local;
    let masking = m.get("Masking objects");
    let Ok(labels) = c.labels(masking) else {
        c.differs("no objects are named to threshold within: blocks of the image take their place");
        return window(c, m, local);
    };
    let local = method.local.unwrap_or_else(|| {
        c.differs("within objects the threshold is Otsu's");
        "otsu"
    });
    let args = [
        ("method", Value::from(local)),
        ("factor", factor.into()),
        ("minimum", low.into()),
        ("maximum", high.into()),
    ];
    c.differs("the thresholds of objects are not bound to that of the whole image");
    let step = format!("{name}_threshold");
    c.wired("threshold_per_object", &[("image", grey), ("labels", &labels)], &args, &step)
        .map(Threshold::Mask)
}

/// A threshold of its own for every place.
fn window(c: &mut Conversion, m: &Settings, local: &Local) -> Result<Threshold> {
    let Local { grey, picture, name, method, factor, low, high } = *local;
    let size = window_size(m);
    if m.get("Method to calculate adaptive window size") == "Image size" {
        c.differs(format!("blocks have {size} pixels along each side, not a tenth of the image"));
    }
    if m.yes("Log transform before thresholding?") {
        c.differs("thresholds of places are found on intensities, not on their logarithms");
    }
    if method.op == "threshold_sauvola" {
        let block = [("block_size", Value::from(size | 1))];
        let step = c.call("threshold_sauvola", &[grey], &block, &format!("{name}_local"))?;
        let all = format!("{step}.threshold");
        let scaled = match factor == 1.0 {
            true => all,
            false => c.call("multiply", &[&all], &[("value", factor.into())], &format!("{name}_scaled"))?,
        };
        let bounds = [("minimum", Value::from(low)), ("maximum", high.into())];
        return c.call("clip", &[&scaled], &bounds, &format!("{name}_threshold")).map(Threshold::Image);
    }
    let local = method.local.unwrap_or_else(|| {
        c.differs("within blocks the threshold is Otsu's");
        "otsu"
    });
    if method.op == "threshold_robust_background" {
        let own: [(&str, Value); 5] = [
            ("lower_fraction", 0.05.into()),
            ("upper_fraction", 0.05.into()),
            ("average", "mean".into()),
            ("spread", "standard_deviation".into()),
            ("deviations", 2.0.into()),
        ];
        if method.args != own {
            c.differs("within blocks the robust background is that of the default parameters");
        }
    }
    let args = [
        ("method", Value::from(local)),
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
