//! Worms, by what a file of training knows of them.

use super::convert::{Conversion, Picture, Result};
use super::parse::TRAINING_FILE;
use super::settings::{Settings, given};
use rotifer_registry::Value;
use roxmltree::{Document, Node};

type Arguments = Vec<(&'static str, Value)>;

/// The numbers of CellProfiler's file of training, as arguments of `untangle_worms`.
fn model(text: &str) -> Option<Arguments> {
    let document = Document::parse(text).ok()?;
    let find = |tag: &str| document.root_element().children().find(|n| n.tag_name().name() == tag);
    let number = |node: Node| node.text()?.trim().parse::<f64>().ok();
    let row = |node: Node| -> Option<Value> {
        let values = node.children().filter(|n| n.tag_name().name() == "value");
        Some(Value::List(values.map(|n| number(n).map(Value::from)).collect::<Option<_>>()?))
    };
    let mut args = Arguments::new();
    for (argument, tag) in [
        ("min_area", "min-area"),
        ("max_area", "max-area"),
        ("median_area", "median-worm-area"),
        ("min_length", "min-path-length"),
        ("max_length", "max-path-length"),
        ("max_segment_length", "max-skel-length"),
        ("max_radius", "max-radius"),
        ("max_cost", "cost-threshold"),
        ("overlap_weight", "overlap-weight"),
        ("leftover_weight", "leftover-weight"),
    ] {
        args.push((argument, number(find(tag)?)?.into()));
    }
    args.push(("control_points", Value::Int(number(find("num-control-points")?)? as i64)));
    args.push(("mean", Value::List(vec![row(find("mean-angles")?)?])));
    args.push(("radii", Value::List(vec![row(find("radii-from-training")?)?])));
    let rows = find("inv-angles-covariance-matrix")?;
    let rows = rows.children().filter(|n| n.tag_name().name() == "values");
    args.push(("inverse_covariance", Value::List(rows.map(row).collect::<Option<_>>()?)));
    Some(args)
}

/// The numbers of the file that the module names, if it lies beside the pipeline.
fn trained(c: &mut Conversion, m: &Settings) -> Option<Arguments> {
    let name = m.get(TRAINING_FILE);
    let read = c.files.get(name).map(|text| model(text));
    match read {
        Some(Some(args)) => return Some(args),
        Some(None) => c.missing(format!("{name} is no file of training")),
        None => c.missing(format!("{name} does not lie beside the pipeline")),
    }
    None
}

pub fn untangle(c: &mut Conversion, m: &Settings) -> Result<()> {
    let from = m.get("Select the input binary image");
    if m.get("Train or untangle worms?") == "Train" {
        _ = m.each().count();
        c.about(format!("a model of the worms in {from}"));
        return Err("no counterpart yet: a file of training is not made".into());
    }
    let names = [
        ("Name the output overlapping worm objects", "Without overlap", "overlapping"),
        ("Name the output non-overlapping worm objects", "With overlap", "labels"),
    ];
    let style = m.get("Overlap style");
    let [overlapping, alone] = names.map(|(text, other, _)| if style == other { "" } else { m.get(text) });
    let outputs = [overlapping, alone];
    c.about(format!("{} of {from}", outputs.into_iter().filter(|o| given(o)).collect::<Vec<_>>().join(", ")));
    let model = trained(c, m);
    let mut args = model.clone().unwrap_or_default();
    if model.is_none() {
        c.missing("the worms are of the size and shape that `untangle_worms` takes by itself: give it the file's numbers");
    }
    if m.get("Use training set weights?") == "No" || model.is_none() {
        args.retain(|(name, _)| !name.ends_with("_weight"));
        for (argument, text) in [("overlap_weight", "Overlap weight"), ("leftover_weight", "Leftover weight")]
        {
            args.extend(m.number(text).map(|weight| (argument, Value::from(weight.max(0.0)))));
        }
    }
    let segments = match m.get("Maximum complexity") {
        "Medium" => 200,
        "High" => 600,
        "Very high" => 1000,
        "Custom" => m.number("Custom complexity").unwrap_or(400.0).clamp(1.0, 1e6) as i64,
        _ => 1_000_000,
    };
    args.push(("max_segments", segments.into()));
    // The rest are the limits of a training.
    _ = m.each().count();
    let mask = c.mask_of(from)?;
    let name = outputs.into_iter().find(|o| given(o)).unwrap_or("worms");
    let step = c.call("untangle_worms", &[&mask], &args, name)?;
    c.differs("the skeleton is scikit-image's, and a worm is what lies within its radius of the lines between its points");
    for (to, (_, _, output)) in outputs.into_iter().zip(names).filter(|(to, _)| given(to)) {
        c.give_objects(to, format!("{step}.{output}"));
        c.table(to, "Worm", Ok(format!("{step}.worms")))?;
    }
    if given(overlapping) {
        c.differs(format!("where worms cross, {overlapping} have the one with the smaller number"));
    }
    let lines = [
        ("Retain outlines of the overlapping objects?", "Name the overlapped outline image"),
        ("Retain outlines of the non-overlapping worms?", "Name the non-overlapped outlines image"),
    ];
    for ((asked, name), of) in lines.into_iter().zip(outputs) {
        if m.yes(asked) && given(of) {
            c.outlines.insert(m.get(name).into(), of.into());
        }
    }
    Ok(())
}

/// Rows and strips of straightened images where nothing says how many there are.
const ROWS: f64 = 512.0;
const STRIPS: i64 = 100;

pub fn straighten(c: &mut Conversion, m: &Settings) -> Result<()> {
    let from = m.get("Select the input untangled worm objects");
    let to = m.get("Name the output straightened worm objects");
    c.about(format!("{to} of {from}"));
    let labels = c.labels(from)?;
    let width = m.number("Worm width").unwrap_or(20.0).clamp(1.0, 1e4);
    // Without the file the lines have their usual number of points.
    let model = c.files.get(m.get(TRAINING_FILE)).and_then(|text| model(text)).unwrap_or_default();
    let known =
        |name: &str| model.iter().find(|(argument, _)| *argument == name).map(|(_, value)| value.clone());
    let rows =
        known("max_length").and_then(|v| v.as_f64()).map_or(ROWS, |length| length.ceil() + width + 1.0);
    let mut args: Arguments = vec![
        ("width", Value::Int(width as i64)),
        ("length", Value::Int(rows.clamp(1.0, 1e5) as i64)),
        ("count", Value::Int(STRIPS)),
    ];
    args.extend(known("control_points").map(|n| ("control_points", n)));
    c.differs(format!("{STRIPS} strips of {rows} rows, whatever there is: `count` and `length` of the step; images are linear between pixels"));
    if m.yes("Measure intensity distribution?") {
        let parts = m.number("Number of transverse segments").unwrap_or(1.0).clamp(1.0, 1000.0);
        args.push(("segments", Value::Int(parts as i64)));
        c.differs("the means of segments are those of whole rows");
        if m.number("Number of longitudinal stripes").is_some_and(|n| n > 1.0) {
            c.missing("no counterpart yet: means of stripes along the worm");
        }
    }
    let align = m.get("Align worms?");
    let guide = match align {
        "Top brightest" | "Bottom brightest" => {
            args.push(("align", if align.starts_with("Top") { "top" } else { "bottom" }.into()));
            Some(c.grey(m.get("Alignment image"))?)
        }
        "Flip manually" => {
            c.missing("no counterpart yet: worms that are turned by hand; they stay as they come");
            None
        }
        _ => None,
    };
    _ = m.each().count();
    let inputs: Vec<&str> = m.all("Select an input image to straighten").collect();
    let outputs: Vec<&str> = m.all("Name the output straightened image").collect();
    for (i, (input, output)) in inputs.into_iter().zip(outputs).enumerate() {
        let picture = c.picture(input)?;
        let mut planes = Vec::new();
        for plane in &picture.planes {
            let mut from = vec![plane.as_str(), labels.as_str()];
            from.extend(guide.as_deref());
            planes.push(c.call("straighten_objects", &from, &args, output)?);
        }
        if let (0, Some(step)) = (i, planes.first()) {
            c.give_objects(to, format!("{step}.labels"));
        }
        if let [step] = planes.as_slice() {
            c.table(from, &format!("Worm_MeanIntensity_{output}"), Ok(format!("{step}.objects")))?;
        }
        let planes = planes.into_iter().map(|step| format!("{step}.image")).collect();
        c.images.insert(output.into(), Picture { planes, ..Picture::default() });
    }
    Ok(())
}
