//! Measurements, each a table or a number that is saved; and which column is which of CellProfiler's features.

use super::convert::{Conversion, Result};
use super::parse::Module;
use rotifer_registry::{Value, find};

/// The table and the expression of its columns that a measurement of objects is; a missing table of shapes or
/// intensities is made.
pub fn column(c: &mut Conversion, objects: &str, feature: &str) -> Result<(String, String)> {
    let unknown = || format!("no table has the measurement {feature} of {objects}");
    // A whole feature that a module before has made a column of.
    if let Some(table) = c.find_table(objects, feature) {
        let column = if feature.starts_with("Children_") { "children" } else { feature };
        return Ok((table, column.into()));
    }
    let (group, rest) = feature.split_once('_').ok_or_else(unknown)?;
    match group {
        "AreaShape" | "Location" => {
            let snake = snake(rest);
            let expression = match rest {
                _ if find(SHAPE).is_some() => snake.as_str(),
                "Area" | "Volume" => "area",
                "Perimeter" => "perimeter",
                "Eccentricity" => "eccentricity",
                "Solidity" => "solidity",
                "Extent" => "extent",
                "EulerNumber" => "euler_number",
                "MajorAxisLength" => "axis_major_length",
                "MinorAxisLength" => "axis_minor_length",
                "EquivalentDiameter" => "equivalent_diameter_area",
                "Orientation" => "orientation * 180 / pi",
                "FormFactor" => "4 * pi * area / square(perimeter)",
                "Compactness" => "square(perimeter) / (4 * pi * area)",
                "BoundingBoxArea" => "area / extent",
                "ConvexArea" => "area / solidity",
                "Center_X" => "'centroid-1'",
                "Center_Y" => "'centroid-0'",
                _ => return Err(unknown()),
            };
            let table = match c.find_table(objects, "AreaShape") {
                Some(table) => table,
                None => shapes(c, objects)?,
            };
            Ok((table, expression.into()))
        }
        "Intensity" => {
            let (kind, image) = rest.split_once('_').ok_or_else(unknown)?;
            let snake = snake(kind);
            let expression = match kind {
                _ if find(INTENSITY).is_some() => snake.as_str(),
                "MeanIntensity" => "intensity_mean",
                "MinIntensity" => "intensity_min",
                "MaxIntensity" => "intensity_max",
                "StdIntensity" => "intensity_std",
                "IntegratedIntensity" => "intensity_mean * area",
                _ => return Err(unknown()),
            };
            let table = match c.find_table(objects, &format!("Intensity_{image}")) {
                Some(table) => table,
                None => intensities(c, objects, image)?,
            };
            Ok((table, expression.into()))
        }
        "ImageQuality" => {
            let (kind, image) = rest.split_once('_').ok_or_else(unknown)?;
            let table = c.find_table("Image", &format!("ImageQuality_{image}")).ok_or_else(unknown)?;
            Ok((table, snake(kind)))
        }
        _ => Err(unknown()),
    }
}

/// Functions whose columns have CellProfiler's names, in lower case.
const SHAPE: &str = "shape_per_object";
const INTENSITY: &str = "intensity_per_object";

/// `form_factor` of `FormFactor`.
fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (i, c) in chars.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| chars[i]);
        let starts = before.is_some_and(|b| b.is_lowercase())
            || before.is_some_and(|b| b.is_uppercase()) && chars.get(i + 1).is_some_and(|c| c.is_lowercase());
        if c.is_uppercase() && starts {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// Sizes and shapes of objects: as CellProfiler measures them where there is a function for it, else of regions.
fn shapes(c: &mut Conversion, objects: &str) -> Result<String> {
    let labels = c.labels(objects)?;
    let op = if find(SHAPE).is_some() { SHAPE } else { "regionprops_table" };
    let table = c.wired(op, &[("labels", &labels)], &[], &format!("{objects}_shape"));
    c.table(objects, "AreaShape", table)
}

fn intensities(c: &mut Conversion, objects: &str, image: &str) -> Result<String> {
    let (labels, grey) = (c.labels(objects)?, c.grey(image)?);
    let properties =
        Value::from("area, centroid_weighted, intensity_mean, intensity_min, intensity_max, intensity_std");
    let name = format!("{objects}_intensity_{image}");
    let op = if find(INTENSITY).is_some() { INTENSITY } else { "regionprops_table" };
    let table = c.wired(op, &[("labels", &labels), ("image", &grey)], &[("properties", properties)], &name);
    c.table(objects, &format!("Intensity_{image}"), table)
}

const OBJECTS: [&str; 4] = [
    "Select objects to measure",
    "Select object sets to measure",
    "Select input object sets",
    "Select an object to measure",
];
const IMAGES: [&str; 2] = ["Select images to measure", "Select an image to measure"];

pub fn shape(c: &mut Conversion, m: &Module) -> Result<()> {
    let objects = m.names(&OBJECTS);
    c.about(objects.join(", "));
    for name in &objects {
        let labels = c.labels(name)?;
        if c.find_table(name, "AreaShape").is_none() {
            shapes(c, name)?;
        }
        if find(SHAPE).is_none() {
            c.missing(format!("no counterpart yet: {SHAPE}: no diameters of Feret, radii and moments"));
        }
        if m.yes("Calculate the Zernike features?") {
            let moments = c.wired("zernike_moments", &[("labels", &labels)], &[], &format!("{name}_zernike"));
            if let Err(why) = c.table(name, "Zernike", moments) {
                c.missing(format!("{why}: the Zernike features are left out"));
            }
        }
    }
    Ok(())
}

pub fn intensity(c: &mut Conversion, m: &Module) -> Result<()> {
    let (images, objects) = (m.names(&IMAGES), m.names(&OBJECTS));
    c.about(format!("{} in {}", images.join(", "), objects.join(", ")));
    for name in &objects {
        for image in &images {
            if c.find_table(name, &format!("Intensity_{image}")).is_none() {
                intensities(c, name, image)?;
            }
        }
    }
    if find(INTENSITY).is_none() {
        c.missing(format!("no counterpart yet: {INTENSITY}: no quantiles, edges and displacements"));
    }
    Ok(())
}

/// One table for each image and kind of object.
fn each_object(
    c: &mut Conversion,
    op: &str,
    images: &[String],
    objects: &[String],
    args: &[(&str, Value)],
    otherwise: &str,
) -> Result<()> {
    for object in objects {
        for image in images {
            let (labels, grey) = (c.labels(object)?, c.grey(image)?);
            let word = match op {
                "haralick_texture_per_object" => "texture",
                "granularity_spectrum" => "granularity",
                "radial_distribution" => "distribution",
                _ => "zernike",
            };
            let distance = args.iter().find(|(name, _)| *name == "scale").map(|(_, v)| format!("_{v}"));
            let name = format!("{object}_{word}{}_{image}", distance.unwrap_or_default());
            let table = c.wired(op, &[("labels", &labels), ("image", &grey)], args, &name);
            if let Err(why) = c.table(object, &format!("{op}_{image}"), table) {
                c.missing(format!("{why}: {otherwise}"));
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The image as one object, for measurements of whole images.
fn everywhere(c: &mut Conversion, image: &str) -> Result<()> {
    if c.objects.contains_key("Image") {
        return Ok(());
    }
    let grey = c.grey(image)?;
    let all = c.call("greater_or_equal", &[&grey], &[("value", (-1e30).into())], "Image_everywhere")?;
    c.give_objects("Image", all);
    Ok(())
}

pub fn texture(c: &mut Conversion, m: &Module) -> Result<()> {
    let (images, mut objects) = (m.names(&IMAGES), m.names(&OBJECTS));
    c.about(format!("{} in {}", images.join(", "), objects.join(", ")));
    let whole = m.get("Measure whole images or objects?");
    if whole == "Images" {
        objects.clear();
    }
    if whole != "Objects" && !whole.is_empty() && !images.is_empty() {
        everywhere(c, &images[0])?;
        objects.push("Image".into());
    }
    let levels = m.number("Enter how many gray levels to measure the texture at").unwrap_or(256.0) as i64;
    for scale in m.names(&["Texture scale to measure"]) {
        let scale = scale.parse::<i64>().unwrap_or(3);
        let args = [
            ("scale", Value::from(scale)),
            ("levels", levels.into()),
            ("minimum", 0.0.into()),
            ("maximum", 1.0.into()),
        ];
        each_object(c, "haralick_texture_per_object", &images, &objects, &args, "textures are left out")?;
    }
    Ok(())
}

pub fn granularity(c: &mut Conversion, m: &Module) -> Result<()> {
    let images = m.names(&IMAGES);
    let mut objects = if m.yes("Measure within objects?") { m.names(&OBJECTS) } else { Vec::new() };
    c.about(images.join(", "));
    let number = |text: &str, default: f64| m.number(text).unwrap_or(default);
    let args = [
        ("subsample", Value::from(number("Subsampling factor for granularity measurements", 0.25))),
        ("background_subsample", number("Subsampling factor for background reduction", 0.25).into()),
        ("background_radius", (number("Radius of structuring element", 10.0) as i64).into()),
        ("length", (number("Range of the granular spectrum", 16.0) as i64).into()),
    ];
    if let Some(first) = images.first() {
        everywhere(c, first)?;
        objects.push("Image".into());
    }
    each_object(c, "granularity_spectrum", &images, &objects, &args, "granularities are left out")
}

pub fn distribution(c: &mut Conversion, m: &Module) -> Result<()> {
    let images = m.names(&IMAGES);
    let objects = m.groups("Select objects to measure");
    c.about(images.join(", "));
    let bins = m.groups("Scale the bins?");
    for group in &objects {
        let name = vec![group.get("Select objects to measure").to_string()];
        let center = group.get("Object to use as center?");
        if center != "These objects" && !center.is_empty() {
            c.differs("rings are around the centers of the objects themselves, not of other objects");
        }
        for bin in &bins {
            let args = [
                ("bins", Value::from(bin.number("Number of bins").unwrap_or(4.0) as i64)),
                ("scaled", bin.yes("Scale the bins?").into()),
                ("maximum_radius", bin.number("Maximum radius").unwrap_or(100.0).into()),
            ];
            each_object(
                c,
                "radial_distribution",
                &images,
                &name,
                &args,
                "radial distributions are left out",
            )?;
        }
        if m.get("Calculate intensity Zernikes?").starts_with("Magnitudes") {
            let degree = m.number("Maximum zernike moment").unwrap_or(9.0) as i64;
            let args = [("degree", Value::from(degree))];
            each_object(
                c,
                "zernike_moments",
                &images,
                &name,
                &args,
                "Zernike moments of intensities are left out",
            )?;
        }
    }
    Ok(())
}

pub fn colocalization(c: &mut Conversion, m: &Module) -> Result<()> {
    let images = m.names(&IMAGES);
    let place = m.get("Select where to measure correlation");
    let mut objects = if place == "Across entire image" { Vec::new() } else { m.names(&OBJECTS) };
    c.about(images.join(", "));
    if place != "Within objects" && !images.is_empty() {
        everywhere(c, &images[0])?;
        objects.push("Image".into());
    }
    let share = m.number("Set threshold as percentage of maximum intensity for the images").unwrap_or(15.0);
    let op = "colocalization_per_object";
    for object in &objects {
        for (i, first) in images.iter().enumerate() {
            for second in &images[i + 1..] {
                let (labels, a, b) = (c.labels(object)?, c.grey(first)?, c.grey(second)?);
                let from = [("labels", labels.as_str()), ("image", a.as_str()), ("other", b.as_str())];
                let name = format!("{object}_colocalization_{first}_{second}");
                let table = c.wired(op, &from, &[("threshold", share.into())], &name);
                if let Err(why) = c.table(object, &format!("{op}_{first}_{second}"), table) {
                    c.missing(format!("{why}: correlations are left out"));
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

pub fn neighbors(c: &mut Conversion, m: &Module) -> Result<()> {
    let objects = m.get("Select objects to measure");
    let others = m.get("Select neighboring objects to measure");
    c.about(format!("{objects} and {others}"));
    let labels = c.labels(objects)?;
    if others != objects && !others.is_empty() {
        c.missing(format!("neighbours are {objects}, not {others}"));
    }
    let method = match m.get("Method to determine neighbors") {
        "Adjacent" => "adjacent",
        "Expand until adjacent" => "expanded",
        _ => "within",
    };
    let distance = m.number("Neighbor distance").unwrap_or(5.0) as i64;
    let args = [("method", Value::from(method)), ("distance", distance.into())];
    let table =
        c.wired("neighbor_statistics_table", &[("labels", &labels)], &args, &format!("{objects}_neighbors"));
    if let Err(why) = c.table(objects, "Neighbors", table) {
        c.missing(format!("{why}: neighbours are left out"));
    }
    let shown = [
        "Retain the image of objects colored by numbers of neighbors?",
        "Retain the image of objects colored by percent of touching pixels?",
    ];
    for (text, name) in shown.iter().zip(m.all("Name the output image").collect::<Vec<_>>()) {
        if m.yes(text) {
            c.differs(format!("{name} has the colors of labels, not of a measurement"));
            let drawn = vec![c.call("label_to_rgb", &[&labels], &[], name)?];
            c.images.insert(name.into(), super::convert::Picture { drawn, ..Default::default() });
        }
    }
    Ok(())
}

pub fn skeleton(c: &mut Conversion, m: &Module) -> Result<()> {
    let seeds = m.first(&["Select the seed objects", "Select the seed objects "]);
    let image = m.first(&["Select the skeletonized image"]);
    c.about(format!("{image} around {seeds}"));
    let (labels, lines) = (c.labels(seeds)?, c.mask_of(image)?);
    c.differs("branches belong to the nearest seed, and trunks are counted with the others");
    let near = c.call("expand_labels", &[&labels], &[("distance", 1e6.into())], &format!("{seeds}_near"))?;
    let from = [("skeleton", lines.as_str()), ("labels", near.as_str())];
    let table = c.wired("skeleton_branch_analysis", &from, &[], &format!("{seeds}_skeleton"));
    c.table(seeds, "ObjectSkeleton", table).map(|_| ()).map_err(|why| format!("{why}: branches are left out"))
}

/// The statistics of an image that CellProfiler names, as numbers of the image.
fn statistics(c: &mut Conversion, group: &str, image: &str, grey: &str) -> Result<()> {
    const NUMBERS: [(&str, &str, f64); 8] = [
        ("TotalIntensity", "sum_of_all_pixels", 0.0),
        ("MeanIntensity", "mean_of_all_pixels", 0.0),
        ("StdIntensity", "standard_deviation_of_all_pixels", 0.0),
        ("MinIntensity", "minimum_of_all_pixels", 0.0),
        ("MaxIntensity", "maximum_of_all_pixels", 0.0),
        ("MedianIntensity", "percentile_of_all_pixels", 50.0),
        ("LowerQuartileIntensity", "percentile_of_all_pixels", 25.0),
        ("UpperQuartileIntensity", "percentile_of_all_pixels", 75.0),
    ];
    for (feature, op, percentile) in NUMBERS {
        let args = [("percentile", Value::from(percentile))];
        let args = if percentile > 0.0 { &args[..] } else { &[] };
        let number = c.result(op, grey, args, &format!("{image}_{feature}"))?;
        c.numbers.insert(format!("{group}_{feature}_{image}"), number);
    }
    Ok(())
}

/// The share of pixels that have the greatest value.
fn saturation(c: &mut Conversion, group: &str, image: &str, grey: &str) -> Result<()> {
    let most = c.call("maximum_of_all_pixels", &[grey], &[], &format!("{image}_maximum"))?;
    let full = c.call("greater_or_equal", &[grey, &most], &[], &format!("{image}_saturated"))?;
    let percent =
        c.call("multiply", &[&full], &[("value", 100.0.into())], &format!("{image}_saturated_percent"))?;
    let number = c.result("mean_of_all_pixels", &percent, &[], &format!("{image}_PercentMaximal"))?;
    c.numbers.insert(format!("{group}_PercentMaximal_{image}"), number);
    Ok(())
}

pub fn image_intensity(c: &mut Conversion, m: &Module) -> Result<()> {
    let images = m.names(&[&IMAGES[..], &["Select the image to measure"][..]].concat());
    c.about(images.join(", "));
    let within = m.yes("Measure the intensity only from areas enclosed by objects?");
    for image in &images {
        let grey = c.grey(image)?;
        let mut masks: Vec<(String, String)> = Vec::new();
        if let Some(mask) = c.picture(image)?.mask {
            masks.push((image.clone(), mask));
        } else if !within {
            statistics(c, "Intensity", image, &grey)?;
            saturation(c, "Intensity", image, &grey)?;
        }
        for object in m.names(&OBJECTS).iter().filter(|_| within) {
            let labels = c.labels(object)?;
            let mask = c.call("greater", &[&labels], &[("value", 0.0.into())], &format!("{object}_all"))?;
            masks.push((format!("{image}_{object}"), mask));
        }
        // A mask is one object.
        for (name, mask) in masks {
            let properties = Value::from("area, intensity_mean, intensity_min, intensity_max, intensity_std");
            let name = format!("{name}_intensity");
            let op = if find(INTENSITY).is_some() { INTENSITY } else { "regionprops_table" };
            let from = [("labels", mask.as_str()), ("image", grey.as_str())];
            let table = c.wired(op, &from, &[("properties", properties)], &name);
            c.table("Image", &name, table)?;
            if op == INTENSITY {
                continue;
            }
            c.differs("of a part of an image the mean, deviation, minimum, maximum and area are measured, no quantiles");
        }
    }
    Ok(())
}

pub fn image_quality(c: &mut Conversion, m: &Module) -> Result<()> {
    let mut images: Vec<String> =
        c.images.iter().filter(|(_, p)| p.planes.len() == 1).map(|(n, _)| n.clone()).collect();
    let groups = m.groups("Select the images to measure");
    if m.get("Calculate metrics for which images?").starts_with("Select") {
        images = m.names(&["Select the images to measure"]);
    }
    images.dedup();
    c.about(images.join(", "));
    for image in &images {
        let grey = c.grey(image)?;
        let asked = |text: &str| {
            let own = groups.iter().find(|g| g.names(&["Select the images to measure"]).contains(image));
            own.unwrap_or(m).yes(text)
        };
        if asked("Calculate intensity metrics?") {
            statistics(c, "ImageQuality", image, &grey)?;
        }
        if asked("Calculate saturation metrics?") {
            saturation(c, "ImageQuality", image, &grey)?;
        }
        if asked("Calculate blur metrics?") {
            let op = "image_quality_metrics";
            let scale = m.number("Spatial scale for blur measurements").unwrap_or(20.0) as i64;
            let args = [("scale", Value::from(scale)), ("window", scale.into())];
            let step = c.wired(op, &[("image", &grey)], &args, &format!("{image}_quality"));
            match step {
                Ok(step)
                    if find(op).is_some_and(|e| {
                        e.spec
                            .outputs
                            .first()
                            .is_some_and(|o| o.kind.kind() == rotifer_registry::op::DatumKind::Table)
                    }) =>
                {
                    _ = c.table("Image", &format!("ImageQuality_{image}"), Ok(step))?
                }
                Ok(step) => c.keep(&step),
                Err(why) => {
                    c.missing(format!("{why}: focus scores, correlations and power spectra are left out"))
                }
            }
        }
        if asked("Calculate thresholds?") {
            let step = c.call("threshold_otsu", &[&grey], &[], &format!("{image}_ThresholdOtsu"))?;
            c.keep(&step);
            if m.yes("Use all thresholding methods?") {
                c.differs("of the thresholds Otsu's is measured");
            }
        }
    }
    Ok(())
}

pub fn area_occupied(c: &mut Conversion, m: &Module) -> Result<()> {
    let objects = m.names(&[
        "Select object sets to measure",
        "Select objects to measure",
        "Select the objects to measure",
    ]);
    let images = m.names(&["Select binary images to measure", "Select a binary image to measure"]);
    c.about([objects.clone(), images.clone()].concat().join(", "));
    let mut masks = Vec::new();
    if m.get("Measure the area occupied by") != "Binary Image" {
        for name in objects {
            let labels = c.labels(&name)?;
            masks.push((
                c.call("greater", &[&labels], &[("value", 0.0.into())], &format!("{name}_all"))?,
                name,
            ));
        }
    }
    if m.get("Measure the area occupied by") != "Objects" {
        for name in images {
            masks.push((c.mask_of(&name)?, name));
        }
    }
    for (mask, name) in masks {
        let area = c.result("sum_of_all_pixels", &mask, &[], &format!("{name}_AreaOccupied"))?;
        c.numbers.insert(format!("AreaOccupied_AreaOccupied_{name}"), area);
        c.result("mean_of_all_pixels", &mask, &[], &format!("{name}_ShareOccupied"))?;
        c.differs("the perimeter of the area is left out; the share of the image stands beside the area");
    }
    Ok(())
}
