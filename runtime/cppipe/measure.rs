//! Measurements, each a table or a number that is saved; and which column is which of CellProfiler's features.

use super::convert::{Conversion, Result};
use super::settings::{Settings, given};
use rotifer_registry::{Value, find};

/// The table and the expression of its columns that a measurement of objects is; a missing table of shapes or
/// intensities is made.
pub fn column(c: &mut Conversion, objects: &str, feature: &str) -> Result<(String, String)> {
    let unknown = || format!("no table has the measurement {feature} of {objects}");
    // A whole feature that a module before has made a column of.
    if let Some(table) = c.find_table(objects, feature) {
        let column = match feature.split('_').next() {
            Some("Children") => "children",
            Some("Parent") => "parent",
            _ => feature,
        };
        return Ok((table, column.into()));
    }
    let (group, rest) = feature.split_once('_').ok_or_else(unknown)?;
    if let Some(found) = measured(c, objects, group, rest) {
        return Ok(found);
    }
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

/// A column of the tables that the less frequent modules make.
fn measured(c: &Conversion, objects: &str, group: &str, rest: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = rest.split('_').collect();
    let of = |what: String| c.find_table(objects, &what);
    match group {
        "Number" => Some((c.find_table(objects, "AreaShape")?, "label".into())),
        "Neighbors" => Some((of("Neighbors".into())?, snake(parts[0]).replace("_object_number", "_label"))),
        // Contrast_DNA_3_00_256: image, scale, direction, levels.
        "Texture" if parts.len() >= 4 => {
            let levels = parts.len() - usize::from(parts[parts.len() - 1].len() > 2);
            let (scale, direction) = (parts[levels - 2], parts[levels - 1]);
            let image = parts[1..levels - 2].join("_");
            Some((
                of(format!("haralick_texture_per_object_{image}_{scale}"))?,
                format!("{}_{direction}", snake(parts[0])),
            ))
        }
        // FracAtD_DNA_1of4, or ZernikeMagnitude_DNA_4_2.
        "RadialDistribution" if parts.len() >= 3 => {
            let last = parts[parts.len() - 1];
            if parts[0].starts_with("Zernike") && parts.len() >= 4 {
                let image = parts[1..parts.len() - 2].join("_");
                let column = format!("{}_{}_{last}", snake(parts[0]), parts[parts.len() - 2]);
                return Some((of(format!("zernike_moments_{image}"))?, column));
            }
            let ring = last.split("of").next().unwrap_or(last).to_lowercase();
            let table = of(format!("radial_distribution_{}", parts[1..parts.len() - 1].join("_")))?;
            Some((table, format!("{}_{ring}", snake(parts[0]))))
        }
        "Granularity" if parts.len() >= 2 => Some((
            of(format!("granularity_spectrum_{}", parts[1..].join("_")))?,
            format!("granularity_{}", parts[0]),
        )),
        "Correlation" if parts.len() >= 3 => {
            let between = |a: &str, b: &str| of(format!("colocalization_per_object_{a}_{b}"));
            let cut = (2..parts.len()).find_map(|i| {
                let (a, b) = (parts[1..i].join("_"), parts[i..].join("_"));
                between(&a, &b).map(|t| (t, "1")).or_else(|| between(&b, &a).map(|t| (t, "2")))
            });
            let (table, first) = cut?;
            let column = match parts[0] {
                "Correlation" => "pearson".into(),
                "Slope" => "slope".into(),
                "Overlap" => "overlap".into(),
                other => format!("{}{first}", other.to_lowercase()),
            };
            Some((table, column))
        }
        "Location" if parts[0] == "CenterMassIntensity" || parts[0] == "MaxIntensity" => {
            let table = of(format!("Intensity_{}", parts.get(2..)?.join("_")))?;
            Some((table, format!("{}_{}", snake(parts[0]), parts[1].to_lowercase())))
        }
        "AreaShape" if parts[0] == "Zernike" => {
            Some((of("Zernike".into())?, format!("zernike_{}", parts[1..].join("_"))))
        }
        _ => None,
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
    let name = format!("{objects}_intensity_{image}");
    let table = within(c, &labels, &grey, &name);
    c.table(objects, &format!("Intensity_{image}"), table)
}

/// The intensities of an image in objects: as CellProfiler measures them where there is a function for it.
fn within(c: &mut Conversion, labels: &str, grey: &str, name: &str) -> Result<String> {
    let from = [("labels", labels), ("image", grey)];
    if find(INTENSITY).is_some() {
        return c.wired(INTENSITY, &from, &[], name);
    }
    let properties =
        Value::from("area, centroid_weighted, intensity_mean, intensity_min, intensity_max, intensity_std");
    c.wired("regionprops_table", &from, &[("properties", properties)], name)
}

const OBJECTS: [&str; 6] = [
    "Select the input objects",
    "Select an object to measure",
    "Select the object to measure",
    "Select objects to measure",
    "Select object sets to measure",
    "Select input object sets",
];
const IMAGES: [&str; 3] =
    ["Select images to measure", "Select an image to measure", "Select the image to measure"];

pub fn shape(c: &mut Conversion, m: &Settings) -> Result<()> {
    let objects = m.names(&OBJECTS);
    c.about(objects.join(", "));
    for name in &objects {
        let labels = c.labels(name)?;
        if c.find_table(name, "AreaShape").is_none() {
            shapes(c, name)?;
        }
        if m.get("Calculate the advanced features?") == "No" {
            c.note("moments, which are asked for as advanced features, are measured all the same");
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

pub fn intensity(c: &mut Conversion, m: &Settings) -> Result<()> {
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
            let scaled = args.iter().find(|(name, _)| *name == "scale");
            let what = scaled.map_or(format!("{op}_{image}"), |(_, scale)| format!("{op}_{image}_{scale}"));
            if let Err(why) = c.table(object, &what, table) {
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

pub fn texture(c: &mut Conversion, m: &Settings) -> Result<()> {
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
    if m.yes("Measure Gabor features?") {
        c.differs("Gabor features, which CellProfiler 3 and 4 do not measure any more, are left out");
    }
    let angles = m.names(&["Angles to measure"]);
    if !angles.is_empty() && angles.len() < 4 {
        c.note("textures are measured along all four directions");
    }
    if m.revision < 6 {
        c.differs("grey levels are 256 from 0 to 1, as in CellProfiler 3 and 4");
    }
    let levels = m.number("Enter how many gray levels to measure the texture at").unwrap_or(256.0) as i64;
    for scale in m.names(&["Texture scale to measure"]) {
        let scale = super::settings::number(&scale).unwrap_or(3.0).max(1.0) as i64;
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

pub fn granularity(c: &mut Conversion, m: &Settings) -> Result<()> {
    let images = m.names(&IMAGES);
    // Versions without the question measured within the objects that they named.
    let asked = "Measure within objects?";
    let objects = if m.yes(asked) || !m.has(asked) { m.names(&OBJECTS) } else { Vec::new() };
    c.about(images.join(", "));
    let each = m.groups("Select an image to measure");
    let samples: Vec<&str> =
        each.iter().map(|g| g.get("Subsampling factor for granularity measurements")).collect();
    if samples.iter().any(|s| *s != samples[0]) {
        c.differs("the factors and ranges are those of the first image");
    }
    let number = |text: &str, default: f64| m.number(text).unwrap_or(default);
    let args = [
        ("subsample", Value::from(number("Subsampling factor for granularity measurements", 0.25))),
        ("background_subsample", number("Subsampling factor for background reduction", 0.25).into()),
        ("background_radius", (number("Radius of structuring element", 10.0) as i64).into()),
        ("length", (number("Range of the granular spectrum", 16.0) as i64).into()),
    ];
    for image in &images {
        let grey = c.grey(image)?;
        let from = [("image", grey.as_str())];
        let table = c.wired("granularity_spectrum", &from, &args, &format!("Image_granularity_{image}"));
        c.table("Image", &format!("granularity_spectrum_{image}"), table)?;
    }
    each_object(c, "granularity_spectrum", &images, &objects, &args, "granularities are left out")
}

pub fn distribution(c: &mut Conversion, m: &Settings) -> Result<()> {
    let images = m.names(&IMAGES);
    let objects = m.groups("Select objects to measure");
    c.about(images.join(", "));
    let bins = m.groups("Scale the bins?");
    for group in &objects {
        let name = vec![group.get("Select objects to measure").to_string()];
        let center = group.get("Object to use as center?");
        if center != "These objects" && !center.is_empty() {
            let others = group.get("Select objects to use as centers");
            c.differs(format!("rings are around the centers of the objects themselves, not around {others}"));
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
        let zernikes = m.get("Calculate intensity Zernikes?");
        if zernikes.starts_with("Magnitudes") {
            let degree = m.number("Maximum zernike moment").unwrap_or(9.0) as i64;
            let mut args = vec![("degree", Value::from(degree))];
            if zernikes.contains("phase") {
                args.push(("phase", true.into()));
            }
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
    for shown in m.groups("Color map") {
        let name = shown.get("Output image name");
        if shown.yes("Save display as image?") && given(name) {
            c.missing(format!("no counterpart yet: {name}, an image of a measurement of rings"));
        }
    }
    Ok(())
}

pub fn colocalization(c: &mut Conversion, m: &Settings) -> Result<()> {
    let images = m.names(&IMAGES);
    let place = m.get("Select where to measure correlation");
    let mut objects = if place == "Across entire image" { Vec::new() } else { m.names(&OBJECTS) };
    c.about(images.join(", "));
    if place != "Within objects" && !images.is_empty() {
        everywhere(c, &images[0])?;
        objects.push("Image".into());
    }
    // Versions without the questions measured correlation and slope alone.
    let all = m.yes("Run all metrics?") || m.name == "MeasureCorrelation" && !m.has("Run all metrics?");
    let asked = |text: &str| all || m.yes(text);
    let costes = asked("Calculate the Manders coefficients using Costes auto threshold?");
    if costes && !["Faster", ""].contains(&m.get("Method for Costes thresholding")) {
        c.differs("Costes' thresholds are looked for in CellProfiler's way \"Faster\"");
    }
    let share = m.number("Set threshold as percentage of maximum intensity for the images").unwrap_or(15.0);
    let op = "colocalization_per_object";
    for object in &objects {
        for (i, first) in images.iter().enumerate() {
            for second in &images[i + 1..] {
                let (labels, a, b) = (c.labels(object)?, c.grey(first)?, c.grey(second)?);
                let from = [("labels", labels.as_str()), ("image", a.as_str()), ("other", b.as_str())];
                let name = format!("{object}_colocalization_{first}_{second}");
                let table =
                    c.wired(op, &from, &[("threshold", share.into()), ("costes", costes.into())], &name);
                if let Err(why) = c.table(object, &format!("{op}_{first}_{second}"), table) {
                    c.missing(format!("{why}: correlations are left out"));
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

pub fn neighbors(c: &mut Conversion, m: &Settings) -> Result<()> {
    let objects = m.get("Select objects to measure");
    let others = m.get("Select neighboring objects to measure");
    c.about(format!("{objects} and {others}"));
    let labels = c.labels(objects)?;
    let method = match m.get("Method to determine neighbors") {
        "Adjacent" => "adjacent",
        "Expand until adjacent" => "expanded",
        _ => "within",
    };
    let distance = m.number("Neighbor distance").unwrap_or(5.0).clamp(1.0, 512.0) as i64;
    if others != objects && !others.is_empty() {
        let other = c.labels(others)?;
        let reach = match method {
            "within" => distance as f64,
            "adjacent" => 1.5,
            _ => 1e6,
        };
        c.differs(format!(
            "of the neighbors among {others} the number is measured alone: how many the objects overlap when they are grown up to each other"
        ));
        let name = format!("{objects}_reach");
        let grown = c.call("expand_labels", &[&labels], &[("distance", reach.into())], &name)?;
        let counts =
            c.call("label_overlap_count", &[&grown, &other], &[], &format!("{objects}_{others}_overlaps"))?;
        let args = [("name", Value::from("number_of_neighbors")), ("expression", "count".into())];
        let table = c.call("calculate", &[&counts], &args, &format!("{objects}_{others}_neighbors"));
        c.table(objects, "Neighbors", table)?;
        if m.yes("Consider objects discarded for touching image border?") {
            c.differs("objects that were discarded at the border are no neighbors");
        }
        return shown(c, m, &labels);
    }
    if m.yes("Consider objects discarded for touching image border?") && c.objects(objects)?.seeds != labels {
        c.differs("objects that were discarded at the border are no neighbors");
    }
    let args = [("method", Value::from(method)), ("distance", distance.into())];
    let table =
        c.wired("neighbor_statistics_table", &[("labels", &labels)], &args, &format!("{objects}_neighbors"));
    if let Err(why) = c.table(objects, "Neighbors", table) {
        c.missing(format!("{why}: neighbours are left out"));
    }
    shown(c, m, &labels)
}

/// Images of objects in the colors of their neighborhood.
fn shown(c: &mut Conversion, m: &Settings, labels: &str) -> Result<()> {
    let shown = [
        "Retain the image of objects colored by numbers of neighbors?",
        "Retain the image of objects colored by percent of touching pixels?",
    ];
    for (text, name) in shown.iter().zip(m.all("Name the output image").collect::<Vec<_>>()) {
        if m.yes(text) {
            c.differs(format!("{name} has the colors of labels, not of a measurement"));
            let drawn = vec![c.call("label_to_rgb", &[labels], &[], name)?];
            c.images.insert(name.into(), super::convert::Picture { drawn, ..Default::default() });
        }
    }
    Ok(())
}

pub fn skeleton(c: &mut Conversion, m: &Settings) -> Result<()> {
    let seeds = m.first(&["Select the seed objects", "Select the seed objects "]);
    let image = m.first(&["Select the skeletonized image"]);
    c.about(format!("{image} around {seeds}"));
    let (labels, lines) = (c.labels(seeds)?, c.mask_of(image)?);
    c.differs("branches belong to the nearest seed, and trunks are counted with the others");
    if m.yes("Retain the branchpoint image?") {
        let name = m.get("Name the branchpoint image");
        c.missing(format!("no counterpart yet: {name}, an image of branch points"));
    }
    if m.yes("Fill small holes?") {
        c.differs("small holes of the skeleton are not filled");
    }
    if m.yes("Export the skeleton graph relationships?")
        || m.yes("Do you want the neuron graph relationship?")
    {
        c.missing("no counterpart yet: the graph of vertices and edges as files");
    }
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

pub fn image_intensity(c: &mut Conversion, m: &Settings) -> Result<()> {
    let images = m.names(&[&IMAGES[..], &["Select the image to measure"][..]].concat());
    c.about(images.join(", "));
    let inside = m.yes("Measure the intensity only from areas enclosed by objects?");
    let percentiles: Vec<f64> = match m.first(&["Calculate custom percentiles", "Calculate percentiles"]) {
        "Yes" => {
            m.get("Specify percentiles to measure").split(',').filter_map(super::settings::number).collect()
        }
        _ => Vec::new(),
    };
    for image in &images {
        let grey = c.grey(image)?;
        let mut masks: Vec<(String, String)> = Vec::new();
        if let Some(mask) = c.picture(image)?.mask {
            masks.push((image.clone(), mask));
        } else if !inside {
            statistics(c, "Intensity", image, &grey)?;
            saturation(c, "Intensity", image, &grey)?;
        }
        for percentile in percentiles.iter().filter(|p| (0.0..=100.0).contains(*p)) {
            if inside {
                c.differs("percentiles are those of whole images");
            }
            let args = [("percentile", Value::from(*percentile))];
            let feature = format!("Percentile_{percentile}");
            let number = c.result("percentile_of_all_pixels", &grey, &args, &format!("{image}_{feature}"))?;
            c.numbers.insert(format!("Intensity_{feature}_{image}"), number);
        }
        for object in m.names(&OBJECTS).iter().filter(|_| inside) {
            let labels = c.labels(object)?;
            let mask = c.call("greater", &[&labels], &[("value", 0.0.into())], &format!("{object}_all"))?;
            masks.push((format!("{image}_{object}"), mask));
        }
        // A mask is one object.
        for (name, mask) in masks {
            let name = format!("{name}_intensity");
            let table = within(c, &mask, &grey, &name);
            c.table("Image", &name, table)?;
            if find(INTENSITY).is_some() {
                continue;
            }
            c.differs("of a part of an image the mean, deviation, minimum, maximum and area are measured, no quantiles");
        }
    }
    Ok(())
}

/// Thresholds of whole images by CellProfiler's names.
const METHODS: [(&str, &str); 7] = [
    ("Otsu", "threshold_otsu"),
    ("MoG", "threshold_mixture_of_gaussians"),
    ("Background", "threshold_robust_background"),
    ("RobustBackground", "threshold_robust_background"),
    ("RidlerCalvard", "threshold_isodata"),
    ("Kapur", "threshold_max_entropy"),
    ("MCT", "threshold_li"),
];

pub fn image_quality(c: &mut Conversion, m: &Settings) -> Result<()> {
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
            let scales = m.names(&["Spatial scale for blur measurements"]);
            let scale =
                scales.first().and_then(|s| super::settings::number(s)).unwrap_or(20.0).max(1.0) as i64;
            if scales.len() > 1 {
                c.differs(format!("blur is measured at the scale {scale} alone"));
            }
            let args = [("scale", Value::from(scale))];
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
            let all = m.yes("Use all thresholding methods?");
            let named: Vec<String> = m
                .names(&["Select a thresholding method", "Thresholding method"])
                .into_iter()
                .filter(|_| !all)
                .collect();
            for (method, op) in METHODS {
                let wanted =
                    |n: &String| n.to_lowercase().replace(' ', "").starts_with(&method.to_lowercase());
                if !all && !named.iter().any(wanted) {
                    continue;
                }
                let step = c.call(op, &[&grey], &[], &format!("{image}_Threshold{method}"))?;
                c.keep(&step);
                if let Some(number) = c.number(&step, 0) {
                    for end in ["", "_2W"] {
                        c.numbers
                            .insert(format!("ImageQuality_Threshold{method}_{image}{end}"), number.clone());
                    }
                }
            }
            c.differs("thresholds are those of the functions' own definitions, of two classes by variance");
        }
    }
    Ok(())
}

pub fn area_occupied(c: &mut Conversion, m: &Settings) -> Result<()> {
    let objects = m.names(&[
        "Select object sets to measure",
        "Select objects to measure",
        "Select the objects to measure",
    ]);
    let images = m.names(&["Select binary images to measure", "Select a binary image to measure"]);
    let places = m.first(&[
        "Measure the area occupied by",
        "Measure the area occupied in a binary image, or in objects?",
    ]);
    for (group, name) in m.groups("Retain a binary image of the object regions?").iter().zip(&objects) {
        let image = group.get("Name the output image");
        if group.yes("Retain a binary image of the object regions?") && given(image) {
            let labels = c.labels(name)?;
            let mask = c.call("greater", &[&labels], &[("value", 0.0.into())], image)?;
            c.give_mask(image, mask, &Default::default());
        }
    }
    c.about([objects.clone(), images.clone()].concat().join(", "));
    let mut masks = Vec::new();
    if places != "Binary Image" {
        for name in objects {
            let labels = c.labels(&name)?;
            masks.push((
                c.call("greater", &[&labels], &[("value", 0.0.into())], &format!("{name}_all"))?,
                name,
            ));
        }
    }
    if places != "Objects" {
        for name in images {
            masks.push((c.mask_of(&name)?, name));
        }
    }
    for (mask, name) in masks {
        let area = c.result("sum_of_all_pixels", &mask, &[], &format!("{name}_AreaOccupied"))?;
        c.numbers.insert(format!("AreaOccupied_AreaOccupied_{name}"), area);
        c.result("mean_of_all_pixels", &mask, &[], &format!("{name}_ShareOccupied"))?;
        let perimeter = [("properties", Value::from("perimeter"))];
        let table = c.call("regionprops_table", &[&mask], &perimeter, &format!("{name}_perimeter"));
        c.table("Image", &format!("AreaOccupied_{name}"), table)?;
        c.note("the share of the image stands beside the area");
    }
    Ok(())
}
