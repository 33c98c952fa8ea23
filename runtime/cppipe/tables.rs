//! Arithmetic on measurements, classes, and tables as files.

use super::convert::{Conversion, Result};
use super::measure::column;
use super::settings::{Settings, given};
use rotifer_registry::{Step, Value};

/// One operand of a calculation.
struct Operand {
    objects: Option<String>,
    feature: String,
    times: f64,
    power: f64,
}

/// The number of the image that a measurement is: one that was measured, or the count of objects.
pub fn number(c: &mut Conversion, feature: &str) -> Result<String> {
    if let Some(number) = c.numbers.get(feature) {
        return Ok(number.clone());
    }
    let objects =
        feature.strip_prefix("Count_").ok_or_else(|| format!("no number is the measurement {feature}"))?;
    let labels = c.labels(objects)?;
    let numbered = c.call("relabel_sequential", &[&labels], &[], &format!("{objects}_numbered"))?;
    let count = c.result("maximum_of_all_pixels", &numbered, &[], &format!("{objects}_count"))?;
    c.numbers.insert(feature.into(), count.clone());
    Ok(count)
}

pub fn calculate(c: &mut Conversion, m: &Settings) -> Result<()> {
    let name = m.get("Name the output measurement");
    let operation = m.get("Operation");
    c.about(format!("{name}: {}", operation.to_lowercase()));
    let mut operands: Vec<Operand> = Vec::new();
    let mut rounding = None;
    for (text, value) in m.each() {
        let operand = operands.last_mut();
        if text.starts_with("Select the") && text.ends_with("measurement type") {
            let objects = (value == "Object").then(String::new);
            operands.push(Operand { objects, feature: String::new(), times: 1.0, power: 1.0 });
        } else if let Some(operand) = operand {
            if text.starts_with("Select the") && text.ends_with("objects") {
                operand.objects = operand.objects.take().map(|_| value.to_string());
            } else if text.starts_with("Select the") && text.ends_with("measurement") {
                operand.feature = value.to_string();
            } else if text == "Multiply the above operand by" {
                operand.times = value.parse().unwrap_or(1.0);
            } else if text == "Raise the power of above operand by" {
                operand.power = value.parse().unwrap_or(1.0);
            }
        }
    }
    if operation == "None" {
        operands.truncate(1);
    }
    if !["Not rounded", ""].contains(&m.get("How should the output value be rounded?")) {
        let to = m.get("How should the output value be rounded?");
        let digits = m.number("Enter how many decimal places the value should be rounded to").unwrap_or(0.0);
        rounding = Some((to.to_string(), digits));
    }
    // All of objects, in one table; or all of the image, as numbers.
    let mut terms = Vec::new();
    let mut table: Option<(String, String)> = None;
    for operand in &operands {
        let term = match &operand.objects {
            Some(objects) => {
                let (found, expression) = column(c, objects, &operand.feature)?;
                match &table {
                    None => {
                        table = Some((objects.clone(), found));
                        expression
                    }
                    Some((_, first)) if *first == found => expression,
                    Some((first_objects, first)) => {
                        let value = [
                            ("name", Value::from(format!("value_{}", terms.len()))),
                            ("expression", expression.into()),
                        ];
                        let second = c.call("calculate", &[&found], &value, &format!("{name}_operand"))?;
                        let joined =
                            c.call("join_tables", &[first, &second], &[], &format!("{name}_joined"))?;
                        if objects != first_objects {
                            c.note(format!("{first_objects} and {objects} belong together by their numbers"));
                        }
                        table = Some((first_objects.clone(), joined));
                        format!("value_{}", terms.len())
                    }
                }
            }
            None => number(c, &operand.feature)?,
        };
        let term = if operand.times == 1.0 { term } else { format!("({} * {term})", operand.times) };
        terms.push(if operand.power == 1.0 { term } else { format!("({term}) ^ {}", operand.power) });
    }
    let mixed = operands.iter().any(|o| o.objects.is_some()) && operands.iter().any(|o| o.objects.is_none());
    if mixed || terms.is_empty() {
        return Err("objects and images in one calculation have no counterpart: it is left out".into());
    }
    let sign = match operation {
        "Multiply" => " * ",
        "Divide" => " / ",
        "Add" => " + ",
        "Subtract" => " - ",
        _ => "",
    };
    let bracketed: Vec<String> = terms.iter().map(|t| format!("({t})")).collect();
    let mut text = bracketed.join(sign);
    let value = |text: &str, default: f64| m.number(text).unwrap_or(default);
    if m.yes("Take log10 of result?") {
        text = format!("log10({text})");
    }
    for (of, neutral, sign) in [
        ("Multiply the result by", 1.0, "*"),
        ("Raise the power of result by", 1.0, "^"),
        ("Add to the result", 0.0, "+"),
    ] {
        let operand = value(of, neutral);
        if operand != neutral {
            text = format!("({text}) {sign} {operand}");
        }
    }
    if m.yes("Constrain the result to a lower bound?") {
        text = format!("max({text}, {})", value("Enter the lower bound", 0.0));
    }
    if m.yes("Constrain the result to an upper bound?") {
        text = format!("min({text}, {})", value("Enter the upper bound", 1.0));
    }
    if let Some((to, digits)) = rounding {
        let scale = 10_f64.powi(digits as i32);
        let scaled =
            if to.contains("decimal") && digits > 0.0 { format!("({text}) * {scale}") } else { text };
        let whole = match () {
            () if to.contains("down") || to.contains("lower") => format!("floor({scaled})"),
            () if to.contains("up to") || to.contains("higher") => format!("ceil({scaled})"),
            () => format!("round({scaled})"),
        };
        text = if to.contains("decimal") && digits > 0.0 { format!("{whole} / {scale}") } else { whole };
    }
    match table {
        Some((objects, table)) => {
            let feature = format!("Math_{name}");
            let args = [("name", Value::from(feature.as_str())), ("expression", text.into())];
            let made = c.call("calculate", &[&table], &args, &format!("{objects}_{name}"));
            c.table(&objects, &feature, made)?;
        }
        None => {
            let like = c.any_step().ok_or("there is no image to compute on")?;
            let made = c.computed(&text, &like, name)?;
            c.numbers.insert(format!("Math_{name}"), made);
            c.note("the number is computed as the value of an image, as numbers are where steps take them");
        }
    }
    Ok(())
}

pub fn classify(c: &mut Conversion, m: &Settings) -> Result<()> {
    let by = m.get("Make each classification decision on how many measurements?");
    if by.starts_with("Pair") || by.starts_with("Two") {
        return by_two(c, m);
    }
    if by.starts_with("Class") || by.contains("model") {
        return Err("no counterpart yet: classes of a trained model; they are left out".into());
    }
    let groups = m.groups("Select the object to be classified");
    c.about(
        groups.iter().map(|g| g.get("Select the object to be classified")).collect::<Vec<_>>().join(", "),
    );
    for group in &groups {
        let objects = group.get("Select the object to be classified");
        let feature = group.get("Select the measurement to classify by");
        let (table, expression) = column(c, objects, feature)?;
        // The first version counted the bins beyond the thresholds, which it always had.
        let first = m.revision == 1;
        let mut edges: Vec<f64> = match group.get("Select bin spacing").starts_with("Custom") {
            true => {
                let text = group.get("Enter the custom thresholds separating the values between bins");
                text.split(',').filter_map(|t| t.trim().parse().ok()).collect()
            }
            false => {
                let count = group.number("Number of bins").unwrap_or(3.0) - if first { 2.0 } else { 0.0 };
                let count = count.clamp(1.0, 1000.0) as usize;
                let (low, high) = (group.number("Lower threshold"), group.number("Upper threshold"));
                let (low, high) = (low.unwrap_or(0.0), high.unwrap_or(1.0));
                (0..=count).map(|i| low + (high - low) * i as f64 / count as f64).collect()
            }
        };
        edges.sort_by(f64::total_cmp);
        let (below, above) = (
            first || group.yes("Use a bin for objects below the threshold?"),
            first || group.yes("Use a bin for objects above the threshold?"),
        );
        let names: Vec<&str> = match group.yes("Give each bin a name?") {
            true => group.get("Enter the bin names separated by commas").split(',').map(str::trim).collect(),
            false => Vec::new(),
        };
        // A class is how many thresholds a value exceeds; what lies in no bin has none.
        let value = format!("({expression})");
        let steps: Vec<String> = edges.iter().map(|e| format!("({value} > {e})")).collect();
        let first = usize::from(!below);
        let sum = if steps.is_empty() { "0".into() } else { steps.join(" + ") };
        let mut text = if first == 1 { format!("({sum}) - 1") } else { sum.clone() };
        if !below {
            text = format!("select({sum} > 0, {text}, nan)");
        }
        if !above {
            text = format!("select({sum} < {}, {text}, nan)", edges.len());
        }
        let class = "class";
        let named: Vec<String> = names.iter().enumerate().map(|(i, n)| format!("{i} {n}")).collect();
        c.note(format!(
            "{objects} by {feature}: column `{class}`{}{}",
            if named.is_empty() { "" } else { ", " },
            named.join(", ")
        ));
        let args = [("name", Value::from(class)), ("expression", text.into())];
        let made = c.call("calculate", &[&table], &args, &format!("{objects}_classes"));
        let made = c.table(objects, &format!("Classify_{feature}"), made)?;
        let counts = format!("{objects}_class_counts");
        let counts = c.call("group_rows", &[&made], &[("by", class.into())], &counts);
        c.table("Image", &format!("Classify_{objects}"), counts)?;
        let image = group.get("Name the output image");
        if group.yes("Retain an image of the classified objects?") && given(image) {
            c.differs(format!("{image} has the colors of labels, not of classes"));
            let labels = c.labels(objects)?;
            let drawn = vec![c.call("label_to_rgb", &[&labels], &[], image)?];
            c.images.insert(image.into(), super::convert::Picture { drawn, ..Default::default() });
        }
    }
    Ok(())
}

/// Classes by whether two measurements are above their cutoffs.
fn by_two(c: &mut Conversion, m: &Settings) -> Result<()> {
    let objects = m.get("Select the object name");
    let features = [m.get("Select the first measurement"), m.get("Select the second measurement")];
    c.about(format!("{objects} by {}", features.join(" and ")));
    let (first, a) = column(c, objects, features[0])?;
    let (second, b) = column(c, objects, features[1])?;
    let named = |name: &str, text: String| [("name", Value::from(name)), ("expression", text.into())];
    let name = format!("{objects}_pair");
    let one = c.call("calculate", &[&first], &named("first", a), &name)?;
    let two = c.call("calculate", &[&second], &named("second", b), &name)?;
    let both = c.call("join_tables", &[&one, &two], &[], &name)?;
    let methods: Vec<&str> = m.all("Method to select the cutoff").collect();
    let values: Vec<&str> = m.all("Enter the cutoff value").collect();
    let mut both = c.call("calculate", &[&both], &named("all", "1".into()), &name)?;
    let mut text = Vec::new();
    for (i, column) in ["first", "second"].iter().enumerate() {
        let method = methods.get(i).copied().unwrap_or("Mean").to_lowercase();
        if method.starts_with("custom") {
            let cutoff = values.get(i).and_then(|v| super::settings::number(v)).unwrap_or(0.5);
            text.push(format!("({column} >= {cutoff})"));
            continue;
        }
        let statistic = if method.starts_with("median") { "median" } else { "mean" };
        let args =
            [("by", Value::from("all")), ("columns", (*column).into()), ("statistics", statistic.into())];
        let cutoff = c.call("group_rows", &[&both], &args, &format!("{objects}_cutoff"))?;
        both = c.call("join_tables", &[&both, &cutoff], &[("by", "all".into())], &name)?;
        text.push(format!("({column} >= {column}_{statistic})"));
    }
    let corner = |which: &str, default: &str| match m.yes("Use custom names for the bins?") {
        true => m.get(&format!("Enter the {which} bin name")).to_string(),
        false => default.to_string(),
    };
    c.note(format!(
        "column `class`: 0 {}, 1 {}, 2 {}, 3 {}",
        corner("low-low", "low, low"),
        corner("high-low", "high, low"),
        corner("low-high", "low, high"),
        corner("high-high", "high, high")
    ));
    let class = format!("{} + 2 * {}", text[0], text[1]);
    let made = c.call("calculate", &[&both], &named("class", class), &format!("{objects}_classes"));
    let made = c.table(objects, &format!("Classify_{}_{}", features[0], features[1]), made)?;
    let counts =
        c.call("group_rows", &[&made], &[("by", "class".into())], &format!("{objects}_class_counts"));
    c.table("Image", &format!("Classify_{objects}"), counts)?;
    let image = m.get("Enter the image name");
    if m.yes("Retain an image of the classified objects?") && given(image) {
        c.differs(format!("{image} has the colors of labels, not of classes"));
        let labels = c.labels(objects)?;
        let drawn = vec![c.call("label_to_rgb", &[&labels], &[], image)?];
        c.images.insert(image.into(), super::convert::Picture { drawn, ..Default::default() });
    }
    Ok(())
}

/// Flags of the image: 1 where it is flagged, which may end its steps.
pub fn flag(c: &mut Conversion, m: &Settings) -> Result<()> {
    let groups = m.groups("Name the flag");
    c.about(groups.iter().map(|g| g.get("Name the flag")).collect::<Vec<_>>().join(", "));
    let categories: Vec<&str> = m.all("Name the flag's category").collect();
    for (i, group) in groups.iter().enumerate() {
        let name = group.get("Name the flag");
        let mut fails = Vec::new();
        for one in group.groups("Flag is based on") {
            let feature = one.get("Which measurement?");
            if one.get("Flag is based on") != "Whole-image measurement" {
                c.missing(format!(
                    "no counterpart yet: a flag by \"{}\" is left out",
                    one.get("Flag is based on")
                ));
            } else if feature.starts_with("Metadata_") {
                c.differs(format!(
                    "{feature} is no measurement: choose sites where the run is given its images"
                ));
            } else {
                let value = match number(c, feature) {
                    Ok(value) => Some(value),
                    Err(_) => match column(c, "Image", feature) {
                        Ok((table, value)) => {
                            let args = [("name", Value::from("value")), ("expression", value.into())];
                            let made = c.call("calculate", &[&table], &args, &format!("{name}_{feature}"))?;
                            Some(format!("{made}.value"))
                        }
                        Err(_) => None,
                    },
                };
                let Some(value) = value else {
                    c.missing(format!("nothing measures {feature}: it does not flag"));
                    continue;
                };
                let end = |text: &str| one.number(text).unwrap_or(0.0);
                let low = one.yes("Flag images based on low values?");
                let high = one.yes("Flag images based on high values?");
                let low = low.then(|| format!("{value} < {}", end("Minimum value")));
                let high = high.then(|| format!("{value} > {}", end("Maximum value")));
                let both: Vec<String> = low.into_iter().chain(high).collect();
                if !both.is_empty() {
                    fails.push(format!("({})", both.join(" or ")));
                }
            }
        }
        if fails.is_empty() {
            continue;
        }
        let all = group.get("How should measurements be linked?") == "Flag if all fail";
        let text = fails.join(if all { " and " } else { " or " });
        let skip = group.yes("Skip image set if flagged?");
        let step = Step::new("flag").named(name).arg("where", text.as_str()).arg("skip", skip);
        let step = c.add(step)?;
        c.keep(&step);
        let category = categories.get(i).unwrap_or(&"Metadata");
        c.numbers.insert(format!("{category}_{name}"), format!("{step}.flag"));
    }
    Ok(())
}

pub fn export(c: &mut Conversion, m: &Settings) -> Result<()> {
    // The rest says where files lie and which columns they have: Rotifer writes all.
    _ = m.each().count();
    c.note("every table is a .csv of all images, and numbers of an image stand in images.csv");
    if m.name == "ExportToDatabase" {
        c.differs("tables are .csv, no database");
    }
    let asked = |word: &str| {
        let yes = |of: &str| {
            m.yes(&format!("Calculate the per-{of} {word} values for object measurements?"))
                || m.yes(&format!("Calculate the per-{of} {word} values of object measurements?"))
        };
        yes("image")
    };
    let means = [("mean", "mean"), ("median", "median"), ("standard deviation", "sd")];
    let wanted: Vec<&str> = means.iter().filter(|(word, _)| asked(word)).map(|(_, name)| *name).collect();
    if !wanted.is_empty() {
        let tables: Vec<String> =
            c.tables.iter().filter(|t| t.objects != "Image").map(|t| t.table.clone()).collect();
        for table in tables {
            let args = [("statistics", Value::from(wanted.join(", ")))];
            let name = format!("{}_per_image", table.replace('.', "_"));
            // A table of texts alone has no means.
            if let Ok(made) = c.call("group_rows", &[&table], &args, &name) {
                c.table("Image", &name, Ok(made))?;
            }
        }
        c.note("the tables that end in `_per_image` have the means of objects");
    }
    // Objects that no module measured have their places.
    let bare: Vec<String> = c
        .objects
        .keys()
        .filter(|o| **o != "Image" && !c.tables.iter().any(|t| t.objects == **o))
        .cloned()
        .collect();
    for objects in bare {
        let labels = c.labels(&objects)?;
        if let Ok(table) = c.call(
            "regionprops_table",
            &[&labels],
            &[("properties", "centroid".into())],
            &format!("{objects}_places"),
        ) {
            c.table(&objects, "Location", Ok(table))?;
        }
    }
    Ok(())
}
