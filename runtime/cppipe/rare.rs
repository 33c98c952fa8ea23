//! Modules that few pipelines have.

use super::convert::{Conversion, Picture, Result};
use super::image::footprint;
use super::images::{group, outside};
use super::settings::{Settings, given};
use rotifer_registry::{Step, Value};

/// Operations on the pixels of an image, one after another.
pub fn morph(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input image"), m.get("Name the output image"));
    let picture = c.picture(from)?;
    let mut step = c.grey(from)?;
    let mut binary = picture.binary;
    let groups = m.groups("Select the operation to perform");
    let operations: Vec<&str> = groups.iter().map(|g| g.get("Select the operation to perform")).collect();
    c.about(format!("{to} of {from}: {}", operations.join(", ")));
    for group in &groups {
        let operation = group.get("Select the operation to perform");
        (step, binary) = one(c, group, operation, step, binary, to)?;
    }
    c.give_image(to, step, &picture);
    if binary {
        c.binary(to);
    }
    Ok(())
}

/// One operation of Morph; gives its step and whether that is a mask.
fn one(
    c: &mut Conversion,
    m: &Settings,
    operation: &str,
    step: String,
    binary: bool,
    to: &str,
) -> Result<(String, bool)> {
    let repeats = match m.get("Number of times to repeat operation") {
        "Forever" => None,
        "Custom" => {
            Some(m.first(&["Repetition number", "Number of repeats"]).parse().unwrap_or(2).clamp(1, 50))
        }
        _ => Some(1),
    };
    let scale = m.number("Scale").or(m.number("Diameter")).unwrap_or(3.0);
    let mask = |c: &mut Conversion| match binary {
        true => Ok(step.clone()),
        false => c.call("not_equal", &[&step], &[("value", 0.0.into())], &format!("{to}_mask")),
    };
    let grey = match operation {
        "close" => "closing",
        "open" => "opening",
        "erode" => "erosion",
        "dilate" => "dilation",
        "tophat" => "white_tophat",
        "bothat" => "black_tophat",
        _ => "",
    };
    if !grey.is_empty() {
        if !["", "disk"].contains(&m.get("Structuring element")) {
            c.differs(format!("a disk in place of the element \"{}\"", m.get("Structuring element")));
        }
        let mut now = step;
        let disk = [("footprint", Value::from("disk")), ("radius", (scale / 2.0).max(0.5).into())];
        let flat = binary && !grey.ends_with("tophat");
        for _ in 0..repeats.unwrap_or(1) {
            let op = if flat { format!("binary_{grey}") } else { grey.to_string() };
            now = c.call(&op, &[&now], &disk, to)?;
        }
        return Ok((now, flat));
    }
    match operation {
        "invert" if binary => return Ok((c.call("logical_not", &[&step], &[], to)?, true)),
        "invert" => {
            let text = Value::from("1 - image");
            return Ok((c.call("pixel_expression", &[&step], &[("expression", text)], to)?, false));
        }
        "distance" => {
            let mask = mask(c)?;
            let far = c.call("distance_transform_edt", &[&mask], &[], &format!("{to}_distance"))?;
            if m.get("Rescale values from 0 to 1?") == "No" {
                return Ok((far, false));
            }
            let most = c.call("maximum_of_all_pixels", &[&far], &[], &format!("{to}_farthest"))?;
            return Ok((c.call("divide", &[&far, &most], &[], to)?, false));
        }
        "skel" | "skelpe" | "thin" | "shrink" => {
            if operation != "skel" {
                c.differs(format!("\"{operation}\" is a skeleton, with other end points and rings"));
            }
            if repeats.is_some() && operation != "skel" && operation != "skelpe" {
                c.differs("thinning goes on until nothing changes");
            }
            let mask = mask(c)?;
            return Ok((c.call("skeletonize", &[&mask], &[], to)?, true));
        }
        "fill small" | "fill" | "clean" | "majority" | "remove" | "endpoints" | "branchpoints" => {}
        other => {
            c.missing(format!("no counterpart yet: \"{other}\"; the image stays as it is before"));
            return Ok((step, binary));
        }
    }
    // Rules on neighbours: `other` counts all eight in tens, and those along the axes in ones.
    let text = match operation {
        "fill" | "fill small" => "image > 0 or round(other) == 84",
        "clean" => "image > 0 and round(other) > 0",
        "majority" => "(image > 0) + floor(round(other) / 10) > 4",
        "remove" => "image > 0 and round(other) % 10 < 4",
        "endpoints" => "image > 0 and floor(round(other) / 10) == 1",
        _ => "image > 0 and floor(round(other) / 10) > 2",
    };
    if ["endpoints", "branchpoints"].contains(&operation) {
        c.differs(format!("{operation} are told by the number of neighbors alone"));
    }
    let rounds = repeats.unwrap_or_else(|| {
        c.differs(format!("\"{operation}\" is done 10 times, not until nothing changes"));
        10
    });
    let mut now = mask(c)?;
    let row = |values: [f64; 3]| Value::List(values.map(Value::from).into());
    let kernel = Value::List(vec![row([10.0, 11.0, 10.0]), row([11.0, 0.0, 11.0]), row([10.0, 11.0, 10.0])]);
    for _ in 0..rounds {
        let pixels = c.call("convert_float32", &[&now], &[], &format!("{to}_pixels"))?;
        let args = [("kernel", kernel.clone()), ("edge", "constant".into())];
        let around = c.call("convolve", &[&pixels], &args, &format!("{to}_neighbors"))?;
        let where_ = c.call(
            "pixel_expression",
            &[&pixels, &around],
            &[("expression", text.into())],
            &format!("{to}_where"),
        )?;
        now = c.call("greater", &[&where_], &[("value", 0.0.into())], to)?;
    }
    Ok((now, true))
}

/// Images side by side.
pub fn tile(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select an input image"), m.get("Name the output image"));
    let across = m.get("Tile assembly method").starts_with("Across");
    let automatic = |side: &str| m.yes(&format!("Automatically calculate number of {side}?"));
    let count =
        |side: &str| m.number(&format!("Final number of {side}")).unwrap_or(1.0).clamp(1.0, 1e4) as usize;
    let plain = m.get("Image corner to begin tiling") == "Top left"
        && m.get("Direction to begin tiling") == "Row"
        && !m.yes("Use meander mode?");
    if !plain {
        c.differs("images are laid in rows from the top left");
    }
    let planes = c.picture(from)?.planes;
    if across {
        c.about(format!("{to} of {from} of all cycles"));
        let mut tiled = Vec::new();
        for plane in &planes {
            let mut step = Step::new("montage").from(&[plane]).named(to).arg("constant", 0.0);
            match (automatic("rows"), automatic("columns")) {
                (false, false) => {
                    let shape = vec![Value::from(count("rows") as i64), (count("columns") as i64).into()];
                    step = step.arg("grid_shape", Value::List(shape));
                }
                (true, true) => {}
                _ => c.differs("the grid has as many rows as columns"),
            }
            tiled.push(c.add(step.over(group(c)))?);
        }
        c.images.insert(to.into(), Picture { planes: tiled, ..Picture::default() });
        return Ok(());
    }
    let mut names = vec![from.to_string()];
    names.extend(m.all("Select an additional image to tile").filter(|n| given(n)).map(String::from));
    c.about(format!("{to} of {}", names.join(", ")));
    let square = (names.len() as f64).sqrt().ceil() as usize;
    let columns = match (automatic("rows"), automatic("columns")) {
        (_, false) => count("columns"),
        (false, true) => names.len().div_ceil(count("rows")),
        (true, true) => square,
    };
    let mut tiled = Vec::new();
    for place in 0..planes.len() {
        let mut steps = Vec::new();
        for name in &names {
            let planes = c.picture(name)?.planes;
            steps.push(
                planes.get(place).or(planes.first()).cloned().ok_or("a picture to look at is not tiled")?,
            );
        }
        if !steps.len().is_multiple_of(columns) {
            let black = c.call("fill", &[&steps[0]], &[("value", 0.0.into())], &format!("{to}_black"))?;
            steps.resize(steps.len().next_multiple_of(columns), black);
        }
        let mut rows = Vec::new();
        for row in steps.chunks(columns) {
            rows.push(chain(c, row, "x", to)?);
        }
        tiled.push(chain(c, &rows, "y", to)?);
    }
    c.images.insert(to.into(), Picture { planes: tiled, ..Picture::default() });
    Ok(())
}

/// Images one after another along an axis.
fn chain(c: &mut Conversion, steps: &[String], axis: &str, to: &str) -> Result<String> {
    let (first, others) = steps.split_first().ok_or("there is no image to tile")?;
    others.iter().try_fold(first.clone(), |sum, next| {
        c.call("concatenate", &[&sum, next], &[("axis", axis.into())], to)
    })
}

/// One image of all images of a group.
pub fn projection(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input image"), m.get("Name the output image"));
    let kind = m.first(&["Type of projection", "What kind of projection would you like to make?"]);
    c.about(format!("{to}: {} of {from}", kind.to_lowercase()));
    let picture = c.picture(from)?;
    let op = match kind {
        "Average" | "" => "mean_projection",
        "Maximum" => "maximum_projection",
        "Minimum" | "Mask" => "minimum_projection",
        "Sum" => "sum_projection",
        "Variance" | "Standard Deviation" => "standard_deviation_projection",
        other => {
            c.missing(format!(
                "no counterpart yet: the projection \"{other}\"; the mean stands in its place"
            ));
            "mean_projection"
        }
    };
    let mut planes = Vec::new();
    for plane in &picture.planes {
        let name = if kind == "Variance" { format!("{to}_deviation") } else { to.to_string() };
        let mut step = c.add(Step::new(op).from(&[plane]).named(&name).over(group(c)))?;
        if kind == "Variance" {
            step = c.call("square", &[&step], &[], to)?;
        }
        planes.push(step);
    }
    c.images.insert(to.into(), Picture { planes, binary: kind == "Mask", ..Picture::default() });
    Ok(())
}

pub fn watershed(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) =
        (m.get("Select the input image"), m.first(&["Name the output object", "Name the output objects"]));
    let by = m.get("Generate from");
    c.about(format!("{to} of {from}, from {}", by.to_lowercase()));
    let number = |text: &str, default: f64| m.number(text).unwrap_or(default);
    let args = [
        ("connectivity", Value::from(number("Connectivity", 1.0).clamp(1.0, 3.0) as i64)),
        ("compactness", number("Compactness", 0.0).max(0.0).into()),
        ("watershed_line", m.yes("Separate watershed labels").into()),
    ];
    if by == "Markers" {
        let grey = c.grey(from)?;
        let seeds = c.mask_of(m.get("Markers"))?;
        let markers = c.call("connected_components", &[&seeds], &[], &format!("{to}_markers"))?;
        let labels = match given(m.get("Mask")) {
            true => {
                let mask = c.mask_of(m.get("Mask"))?;
                c.call("watershed", &[&grey, &markers, &mask], &args, to)?
            }
            false => c.call("watershed", &[&grey, &markers], &args, to)?,
        };
        c.give_objects(to, labels);
        return Ok(());
    }
    let mask = c.mask_of(from)?;
    let mut hills = c.call("distance_transform_edt", &[&mask], &[], &format!("{to}_distance"))?;
    if number("Downsample", 1.0) > 1.0 {
        c.differs("seeds are found on the whole image, not on a smaller one");
    }
    let advanced = m.yes("Use advanced settings?");
    let sigma = number("Segmentation distance transform smoothing factor", 1.0);
    if advanced && sigma > 0.0 {
        hills = c.call("gaussian_filter", &[&hills], &[("sigma", sigma.into())], &format!("{to}_hills"))?;
    }
    let reach = if advanced {
        number("Minimum distance between seeds", 1.0)
    } else {
        let side = number("Footprint", 8.0);
        if side % 2.0 == 0.0 {
            c.differs("the window around a seed is one pixel wider, so that it has a middle");
        }
        (side / 2.0).floor()
    };
    let mut peaks = vec![("min_distance", Value::from(reach.max(1.0) as i64))];
    let border = if advanced { number("Pixels from border to exclude", 0.0) } else { 0.0 };
    peaks.push(("exclude_border", Value::from(border.max(0.0) as i64)));
    if advanced {
        peaks.push(("threshold_abs", number("Minimum absolute internal distance", 0.0).into()));
        let most = number("Maximum number of seeds", -1.0);
        if most >= 1.0 {
            peaks.push(("num_peaks", Value::from(most as i64)));
        }
    }
    let parts = c.call("connected_components", &[&mask], &[], &format!("{to}_parts"))?;
    let summits = c.call("peak_local_max", &[&hills, &parts], &peaks, &format!("{to}_summits"))?;
    let mut markers = format!("{summits}.markers");
    if advanced && m.has("Structuring element for seed dilation") {
        let element = m.get("Structuring element for seed dilation");
        let size = element.rsplit(',').next().and_then(super::settings::number).unwrap_or(0.0);
        if size > 0.0 {
            let reach = [("distance", Value::from(size))];
            markers = c.call("expand_labels", &[&markers], &reach, &format!("{to}_seeds"))?;
        }
    }
    let relief = if advanced && m.get("Declump method") == "Intensity" {
        c.grey(m.get("Reference Image"))?
    } else {
        hills
    };
    let valleys = c.call("negate", &[&relief], &[], &format!("{to}_valleys"))?;
    let labels = c.call("watershed", &[&valleys, &markers, &mask], &args, to)?;
    c.give_objects(to, labels);
    Ok(())
}

/// Objects linked from frame to frame.
pub fn track(c: &mut Conversion, m: &Settings) -> Result<()> {
    let objects = m.first(&["Select the objects to track", "Enter the objects to track"]);
    let method = m.first(&["Choose a tracking method", "Choose a tracking method to use"]);
    c.about(format!("{objects}, {}", method.to_lowercase()));
    let labels = c.labels(objects)?;
    let overlap = method == "Overlap";
    if overlap {
        c.note("the first object to share most pixels with one before continues its track; others are its daughters");
    } else if method != "Distance" {
        c.differs(format!("objects are linked by the distance of their centroids, not by \"{method}\""));
    }
    if m.yes("Filter objects by lifetime?") {
        c.differs("tracks of any lifetime stay: their `lifetime` is a column of the table");
    }
    if m.yes("Save color-coded image?") {
        let name = m.get("Name the output image");
        c.differs(format!("{name} has the colors of labels, not of tracks"));
        let drawn = vec![c.call("label_to_rgb", &[&labels], &[], name)?];
        c.images.insert(name.into(), Picture { drawn, ..Picture::default() });
    }
    let lap = method == "LAP";
    let radius =
        m.pair("Search radius limit, in pixel units (Min,Max)").map(|(_, most)| most).filter(|_| lap);
    let reach = radius.or(m.number("Maximum pixel distance to consider matches")).unwrap_or(50.0);
    let second = lap && m.yes("Run the second phase of the LAP algorithm?");
    let gap = m.first(&["Maximum temporal gap, in frames", "Maximum temporal gap"]).parse().unwrap_or(5_i64);
    let place = [("properties", Value::from("area, centroid"))];
    let places = c.call("regionprops_table", &[&labels], &place, &format!("{objects}_places"))?;
    let coordinates = Value::List(vec!["centroid-0".into(), "centroid-1".into()]);
    let from = if overlap { vec![places.as_str(), labels.as_str()] } else { vec![places.as_str()] };
    let step = Step::new("track_objects").from(&from).named(&format!("{objects}_tracks"));
    let step = step.arg("coordinates", coordinates).arg("max_distance", reach.max(0.0));
    let step = step.arg("gap", if second { gap.clamp(0, 1000) } else { 0 });
    let step = step.arg("divisions", second || overlap);
    c.note("frames are the times of one image (`over = \"time\"`), as files of one place are read where their names tell the time");
    let table = c.add(step.over(rotifer_registry::pipeline::Over::Time));
    c.table(objects, "TrackObjects", table)?;
    Ok(())
}

/// Objects made larger by a structuring element.
pub fn dilate_objects(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = ends(m);
    c.about(format!("{to} of {from}"));
    let labels = c.labels(&from)?;
    let [_, (_, radius)] = footprint(c, m);
    c.differs("objects grow by a distance, up to each other, not over each other");
    let step = c.call("expand_labels", &[&labels], &[("distance", radius)], &to)?;
    c.give_objects(&to, step);
    Ok(())
}

pub fn erode_objects(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = ends(m);
    c.about(format!("{to} of {from}"));
    let labels = c.labels(&from)?;
    let element = footprint(c, m);
    if m.yes("Prevent object removal") {
        c.differs("objects that the element does not fit into vanish");
    }
    if m.yes("Relabel resulting objects") {
        c.differs("parts of one object keep its number");
    }
    let step = c.call("erode_labels", &[&labels], &element, &to)?;
    c.give_objects(&to, step);
    Ok(())
}

/// The objects that a module takes and those that it makes.
fn ends(m: &Settings) -> (String, String) {
    let from = m.first(&["Select the input object", "Select the input objects"]);
    let to = m.first(&["Name the output object", "Name the output objects"]);
    (from.into(), to.into())
}

pub fn fill_objects(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = ends(m);
    let method = m.get("Filling method");
    c.about(format!("{to} of {from}: {}", method.to_lowercase()));
    let labels = c.labels(&from)?;
    if method.starts_with("Convex") {
        c.give_objects(&to, labels);
        return Err(format!("no counterpart yet: convex hulls of objects; {to} are {from} as they are"));
    }
    if m.number("Minimum hole size").is_some_and(|size| size > 0.0) {
        c.differs("holes of every size are filled");
    }
    let mask = c.call("greater", &[&labels], &[("value", 0.0.into())], &format!("{to}_mask"))?;
    let filled = c.call("binary_fill_holes", &[&mask], &[], &format!("{to}_filled"))?;
    let wide = c.call("expand_labels", &[&labels], &[("distance", 1e6.into())], &format!("{to}_wide"))?;
    c.differs("a hole between several objects is filled, too, each pixel with the nearest of them");
    let step = c.call("mask_labels", &[&wide, &filled], &[], &to)?;
    c.give_objects(&to, step);
    Ok(())
}

pub fn split_or_merge(c: &mut Conversion, m: &Settings) -> Result<()> {
    let from = m.get("Select the input objects");
    let to = m.first(&["Name the new objects", "Name the output objects"]);
    let operation = m.first(&["Operation", "Select the operation", "Operation to perform"]);
    c.about(format!("{to} of {from}: {}", operation.to_lowercase()));
    let labels = c.labels(from)?;
    let mask = c.call("greater", &[&labels], &[("value", 0.0.into())], &format!("{to}_mask"))?;
    if matches!(operation, "Split") {
        c.differs("objects that touch get one number");
        let step = c.call("connected_components", &[&mask], &[], to)?;
        c.give_objects(to, step);
        return Ok(());
    }
    if m.get("Merging method") == "Per-parent" {
        let parent = c.labels(m.get("Select the parent object"))?;
        if m.get("Output object type").starts_with("Convex") {
            c.missing("no counterpart yet: convex hulls of objects; they stay apart under one number");
        }
        let step = c.call("mask_labels", &[&parent, &labels], &[], to)?;
        c.give_objects(to, step);
        return Ok(());
    }
    if m.yes("Merge using a grayscale image?") {
        c.missing("objects are merged by distance alone, whatever the image shows between them");
    }
    let reach = m.number("Maximum distance within which to merge objects").unwrap_or(0.0);
    let near = match reach > 0.0 {
        true => {
            let disk = [("footprint", Value::from("disk")), ("radius", (reach / 2.0).into())];
            c.call("binary_dilation", &[&mask], &disk, &format!("{to}_near"))?
        }
        false => mask.clone(),
    };
    let groups = c.call("connected_components", &[&near], &[], &format!("{to}_groups"))?;
    let step = c.call("mask_labels", &[&groups, &mask], &[], to)?;
    c.give_objects(to, step);
    Ok(())
}

pub fn combine(c: &mut Conversion, m: &Settings) -> Result<()> {
    let first = m.get("Select initial object set");
    let second = m.get("Select object set to combine");
    let to = m.get("Name the combined object set");
    let method = m.get("Select how to handle overlapping objects");
    c.about(format!("{to}: {first} and {second}, {}", method.to_lowercase()));
    let (a, b) = (c.labels(first)?, c.labels(second)?);
    let step = match method {
        // The first objects stay whole.
        "Preserve" => c.call("combine_labels", &[&b, &a], &[], to)?,
        "Discard" => {
            let list = c.call("label_overlap_count", &[&b, &a], &[], &format!("{to}_overlaps"))?;
            let rest = [("where", Value::from("count == 0"))];
            let alone = c.call("filter_labels", &[&b, &list], &rest, &format!("{to}_alone"))?;
            c.call("combine_labels", &[&a, &alone], &[], to)?
        }
        "Segment" => {
            c.differs("where objects overlap the second ones lie above, and are not parted anew");
            c.call("combine_labels", &[&a, &b], &[], to)?
        }
        _ => {
            c.differs("objects that overlap lie on each other, and do not become one");
            c.call("combine_labels", &[&a, &b], &[], to)?
        }
    };
    c.give_objects(to, step);
    Ok(())
}

pub fn overlay_objects(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.first(&["Input", "Select the input image"]), m.get("Name the output image"));
    let objects = m.get("Objects");
    c.about(format!("{to}: {objects} on {from}"));
    let (labels, grey) = (c.labels(objects)?, c.grey(from)?);
    c.differs("colors are Rotifer's own");
    let args = [("alpha", Value::from(m.number("Opacity").unwrap_or(0.3)))];
    let drawn = vec![c.call("label_to_rgb", &[&labels, &grey], &args, to)?];
    c.images.insert(to.into(), Picture { drawn, ..Picture::default() });
    Ok(())
}

/// Functions of an image with a few arguments.
pub fn simple(c: &mut Conversion, m: &Settings) -> Result<()> {
    let from = m.first(&["Select the input image", "Image"]);
    let to = m.first(&["Name the output image", "Output"]);
    c.about(format!("{to} of {from}"));
    let number = |text: &str, default: f64| m.number(text).unwrap_or(default);
    match m.name.as_str() {
        "ReduceNoise" => {
            let args = [
                ("patch_size", Value::from(number("Size", 7.0).clamp(1.0, 99.0) as i64)),
                ("patch_distance", (number("Distance", 11.0).clamp(1.0, 99.0) as i64).into()),
                ("h", number("Cut-off distance", 0.1).into()),
            ];
            c.each_plane(from, to, "denoise_nl_means", &args)
        }
        "HistogramEqualization" => {
            if m.get("Local").eq_ignore_ascii_case("yes") {
                c.differs("the histogram is that of the whole image");
            }
            c.each_plane(from, to, "equalize_histogram", &[])
        }
        "DistanceTransform" => {
            let picture = c.picture(from)?;
            let mask = c.mask_of(from)?;
            let step = c.call("distance_transform_edt", &[&mask], &[], to)?;
            c.give_image(to, step, &picture);
            Ok(())
        }
        "MedialAxis" => {
            c.differs("the skeleton is thinned, not the ridge of the distance");
            let picture = c.picture(from)?;
            let mask = c.mask_of(from)?;
            let step = c.call("skeletonize", &[&mask], &[], to)?;
            c.give_mask(to, step, &picture);
            Ok(())
        }
        _ => {
            // FindMaxima: one pixel for each summit.
            let picture = c.picture(from)?;
            let grey = c.grey(from)?;
            let reach = number("Minimum distance between maxima", 5.0).clamp(1.0, 4096.0) as i64;
            let mut args = vec![("min_distance", Value::from(reach)), ("exclude_border", 0.into())];
            if m.get("Method for excluding background") == "Threshold" {
                args.push(("threshold_abs", number("Specify the minimum intensity of a peak", 0.1).into()));
            }
            let within = match m.get("Method for excluding background") {
                "Mask" => {
                    let mask = c.mask_of(m.get("Select the image to use as a mask"))?;
                    Some(c.call("connected_components", &[&mask], &[], &format!("{to}_within"))?)
                }
                "Within Objects" => Some(c.labels(m.get("Select the objects to search within"))?),
                _ => None,
            };
            let inputs: Vec<&str> = std::iter::once(grey.as_str()).chain(within.as_deref()).collect();
            let peaks = c.call("peak_local_max", &inputs, &args, &format!("{to}_peaks"))?;
            let all = format!("{peaks}.markers");
            let step = c.call("greater", &[&all], &[("value", 0.0.into())], to)?;
            if m.yes("Individually label maxima?") {
                c.differs("maxima are a mask, without numbers");
            }
            c.give_mask(to, step, &picture);
            Ok(())
        }
    }
}

pub fn shrink_to_centers(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = ends(m);
    c.about(format!("{to} of {from}"));
    let labels = c.labels(&from)?;
    let step = c.call("reduce_labels_to_centroids", &[&labels], &[], &to)?;
    c.give_objects(&to, step);
    Ok(())
}

/// Objects of other programs: their labels are inputs.
pub fn labels_of_others(c: &mut Conversion, m: &Settings) -> Result<()> {
    let to = m.first(&[
        "Name the output object",
        "Name the output objects",
        "Name the edited objects",
        "Name the objects to be identified",
        "Name the primary objects to be identified",
        "Name the dead worm objects to be identified",
    ]);
    c.about(to.to_string());
    if !given(to) {
        return Err("the objects have no name: the module is left out".into());
    }
    _ = m.each().count();
    let input = outside(c, to);
    c.give_objects(to, input);
    match m.name.as_str() {
        "RunCellpose" | "RunStarDist" | "Runcellpose" => {
            c.differs(format!("{} runs by itself before; its labels are the input", &m.name[3..]));
            Ok(())
        }
        "EditObjectsManually" | "IdentifyObjectsManually" => {
            Err("no counterpart yet: objects that are drawn by hand; labels that another program wrote are the input".into())
        }
        name => Err(format!("no counterpart yet: {name}; labels that another program wrote are the input")),
    }
}

/// Maps of other programs: images that are inputs.
pub fn images_of_others(c: &mut Conversion, m: &Settings) -> Result<()> {
    let names = m.names(&["Name the output probability map", "Name the output image"]);
    c.about(names.join(", "));
    _ = m.each().count();
    for name in &names {
        super::images::second_file(c, name);
    }
    c.differs("the trained classifier runs by itself before; its maps are the inputs");
    Ok(())
}

/// Modules that only draw on the screen.
pub fn shown(c: &mut Conversion, m: &Settings) -> Result<()> {
    _ = m.each().count();
    c.note("drawn on the screen only: its numbers stand in the tables");
    Ok(())
}

/// How well two masks, or the areas of two kinds of objects, agree.
pub fn overlap(c: &mut Conversion, m: &Settings) -> Result<()> {
    let objects = m.name == "MeasureObjectOverlap";
    let (truth, test) = match objects {
        true => (
            "Select the objects to be used as the ground truth basis for calculating the amount of overlap",
            "Select the objects to be tested for overlap against the ground truth",
        ),
        false => (
            "Select the image to be used as the ground truth basis for calculating the amount of overlap",
            "Select the image to be used to test for overlap",
        ),
    };
    let (truth, test) = (m.get(truth).to_string(), m.get(test).to_string());
    c.about(format!("{test} against {truth}"));
    let mask = |c: &mut Conversion, name: &str| match objects {
        true => {
            let labels = c.labels(name)?;
            c.call("greater", &[&labels], &[("value", 0.0.into())], &format!("{name}_all"))
        }
        false => c.mask_of(name),
    };
    let (a, b) = (mask(c, &truth)?, mask(c, &test)?);
    let both = c.call("logical_and", &[&a, &b], &[], &format!("{test}_and_{truth}"))?;
    let count = |c: &mut Conversion, mask: &str, name: &str| {
        let sum = c.call("sum_of_all_pixels", &[mask], &[], &format!("{test}_{truth}_{name}"))?;
        c.number(&sum, 0).ok_or("a sum is no number".to_string())
    };
    let (hits, found, wanted) = (count(c, &both, "hits")?, count(c, &b, "found")?, count(c, &a, "wanted")?);
    for (feature, text) in [
        ("Precision", format!("{hits} / {found}")),
        ("Recall", format!("{hits} / {wanted}")),
        ("TruePosRate", format!("{hits} / {wanted}")),
        ("Ffactor", format!("2 * {hits} / ({found} + {wanted})")),
    ] {
        let number = c.computed(&text, &a, &format!("{test}_{truth}_{feature}"))?;
        c.numbers.insert(format!("Overlap_{feature}_{truth}_{test}"), number);
    }
    c.missing("no counterpart yet: the rates of negatives, the Rand indices and the earth mover's distance are left out");
    Ok(())
}

/// Branches and ends of a skeleton as a whole.
pub fn image_skeleton(c: &mut Conversion, m: &Settings) -> Result<()> {
    let image = m.first(&["Select an image to measure", "Select images to measure"]);
    c.about(image.to_string());
    let lines = c.mask_of(image)?;
    c.differs("branches and end points are counted for each part of the skeleton");
    let table =
        c.wired("skeleton_branch_analysis", &[("skeleton", &lines)], &[], &format!("{image}_skeleton"));
    c.table("Image", "Skeleton", table)?;
    Ok(())
}

/// An image mirrored and turned.
pub fn flip_and_rotate(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input image"), m.get("Name the output image"));
    c.about(format!("{to} of {from}"));
    let flip = m.first(&["Select method to flip image", "How do you want to flip the image?"]);
    let mut now = from.to_string();
    let axes: &[&str] = match flip {
        "Left to right" => &["x"],
        "Top to bottom" => &["y"],
        word if word.starts_with("Left to right and") => &["x", "y"],
        _ => &[],
    };
    for axis in axes {
        c.each_plane(&now, to, "flip", &[("axis", (*axis).into())])?;
        now = to.into();
    }
    let rotation = m.first(&["Select method to rotate image", "How do you want to rotate the image?"]);
    if rotation == "Enter angle" {
        let angle = m.number("Enter angle of rotation").unwrap_or(0.0);
        if m.yes("Crop away the rotated edges?") {
            c.differs("the image keeps its size, with 0 where nothing was turned to");
        }
        c.each_plane(&now, to, "rotate", &[("angle", angle.into())])?;
        now = to.into();
    } else if !["None", ""].contains(&rotation) {
        c.missing(format!("no counterpart yet: a rotation by \"{rotation}\": the image is not turned"));
    }
    if now == from {
        let picture = c.picture(from)?;
        c.images.insert(to.into(), picture);
    }
    Ok(())
}
