//! Modules that make objects of objects.

use super::convert::{Conversion, Grid, Result};
use super::identify::{kept_by, shrunk};
use super::measure;
use super::settings::Settings;
use rotifer_registry::Value;

pub fn filter(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the objects to filter"), m.get("Name the output objects"));
    let mode = m.get("Select the filtering mode");
    // The first version filtered by measurements alone.
    let mode = if mode.is_empty() { "Measurements" } else { mode };
    super::identify::outlined(c, m, to);
    c.about(format!("{to} of {from}: {}", mode.to_lowercase()));
    let labels = c.labels(from)?;
    let kept = match mode {
        "Image or mask border" => c.call("clear_border", &[&labels], &[], to)?,
        "Measurements" if m.get("Select the filtering method") == "Limits" => {
            limits(c, m, from, &labels, to)?
        }
        "Measurements" => extreme(c, m, from, &labels, to)?,
        other => {
            c.missing(format!("no counterpart yet: filtering by \"{other}\"; all objects stay"));
            labels.clone()
        }
    };
    c.give_objects(to, kept.clone());
    if m.yes("Keep removed objects as a separate set?") {
        let name = m.get("Name the objects removed by the filter");
        let removed = c.call("mask_labels", &[&labels, &kept], &[("invert", true.into())], name)?;
        c.give_objects(name, removed);
    }
    let more = m.all("Select additional object to relabel").zip(m.all("Name the relabeled objects"));
    for (other, name) in more.collect::<Vec<_>>() {
        let others = c.labels(other)?;
        let kept = kept_by(c, &others, &kept, name)?;
        c.give_objects(name, kept);
        c.note(format!("{name} are those of {other} that have the number of one of {to}"));
    }
    Ok(())
}

/// Objects of which every measurement is between its limits, one table after another.
fn limits(c: &mut Conversion, m: &Settings, from: &str, labels: &str, to: &str) -> Result<String> {
    let mut kept = labels.to_string();
    for group in m.groups("Select the measurement to filter by") {
        let feature = group.get("Select the measurement to filter by");
        if feature.starts_with("Metadata_") {
            c.differs("metadata are no measurement: choose sites where the run is given its images");
            continue;
        }
        let (table, column) = measure::column(c, from, feature)?;
        let mut wanted = Vec::new();
        if group.yes("Filter using a minimum measurement value?") {
            wanted.push(format!("{column} >= {}", group.number("Minimum value").unwrap_or(0.0)));
        }
        if group.yes("Filter using a maximum measurement value?") {
            wanted.push(format!("{column} <= {}", group.number("Maximum value").unwrap_or(1.0)));
        }
        if !wanted.is_empty() {
            let condition = wanted.join(" and ").into();
            kept = c.call("filter_labels", &[&kept, &table], &[("where", condition)], to)?;
        }
    }
    Ok(kept)
}

/// The objects with the least or greatest measurement, in all or in each parent.
fn extreme(c: &mut Conversion, m: &Settings, from: &str, labels: &str, to: &str) -> Result<String> {
    let method = m.get("Select the filtering method");
    let statistic = if method.starts_with("Max") { "maximum" } else { "minimum" };
    let (table, column) = measure::column(c, from, m.get("Select the measurement to filter by"))?;
    let value = [("name", Value::from("value")), ("expression", column.into())];
    let table = c.call("calculate", &[&table], &value, &format!("{to}_values"))?;
    let (table, by, inside) = if method.ends_with("per object") {
        let parents = m.get("Select the objects that contain the filtered objects");
        if m.get("Assign overlapping child to").starts_with("Both") {
            c.differs("a child belongs to the parent that it overlaps most");
        }
        let related = related(c, from, parents)?;
        let joined = c.call("join_tables", &[&table, &related], &[], &format!("{to}_parents"))?;
        (joined, "parent", "parent > 0 and ")
    } else {
        let one = [("name", Value::from("all")), ("expression", "1".into())];
        (c.call("calculate", &[&table], &one, &format!("{to}_all"))?, "all", "")
    };
    let args = [("by", Value::from(by)), ("columns", "value".into()), ("statistics", statistic.into())];
    let best = c.call("group_rows", &[&table], &args, &format!("{to}_best"))?;
    let beside = c.call("join_tables", &[&table, &best], &[("by", by.into())], &format!("{to}_beside"))?;
    let condition = format!("{inside}value == value_{statistic}");
    c.differs("of equal measurements all stay");
    c.call("filter_labels", &[labels, &beside], &[("where", condition.into())], to)
}

/// The table of children with their parents.
fn related(c: &mut Conversion, children: &str, parents: &str) -> Result<String> {
    if let Some(table) = c.find_table(children, &format!("Parent_{parents}")) {
        return Ok(table);
    }
    let (child, parent) = (c.labels(children)?, c.labels(parents)?);
    let step = c.call("relate_labels", &[&child, &parent], &[], &format!("{children}_in_{parents}"))?;
    c.table(children, &format!("Parent_{parents}"), Ok(step.clone()))?;
    c.table(parents, &format!("Children_{children}_Count"), Ok(format!("{step}.parents")))?;
    Ok(step)
}

pub fn relate(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (parents, children) = (m.get("Parent objects"), m.get("Child objects"));
    c.about(format!("{children} in {parents}"));
    let table = related(c, children, parents)?;
    let asked = m.get("Calculate child-parent distances?");
    if ["Centroid", "Both"].contains(&asked) {
        centroid_distances(c, children, parents, &table)?;
    }
    if ["Minimum", "Both"].contains(&asked) {
        edge_distances(c, children, parents, &table)?;
    }
    if m.yes("Calculate distances to other parents?") && asked != "None" {
        for other in m.names(&["Parent name"]) {
            let table = related(c, children, &other)?;
            if ["Centroid", "Both"].contains(&asked) {
                centroid_distances(c, children, &other, &table)?;
            }
            if ["Minimum", "Both"].contains(&asked) {
                edge_distances(c, children, &other, &table)?;
            }
        }
    }
    if m.yes("Calculate per-parent means for all child measurements?") {
        let measured: Vec<_> = c.tables.iter().filter(|t| t.objects == children).cloned().collect();
        for one in measured.iter().filter(|t| !t.what.starts_with("Parent_")) {
            let joined =
                c.call("join_tables", &[&one.table, &table], &[], &format!("{}_parents", one.table))?;
            let name = format!("{parents}_mean_{}", one.table);
            let means = c.call("group_rows", &[&joined], &[("by", "parent".into())], &name);
            c.table(parents, &format!("Mean_{children}_{}", one.what), means)?;
        }
    }
    if m.yes("Do you want to save the children with parents as a new object set?") {
        let name = m.get("Name the output object");
        let labels = c.labels(children)?;
        let kept = c.call("filter_labels", &[&labels, &table], &[("where", "parent > 0".into())], name)?;
        c.give_objects(name, kept);
    }
    Ok(())
}

/// The distance of every child's centroid to that of its parent.
fn centroid_distances(c: &mut Conversion, children: &str, parents: &str, related: &str) -> Result<()> {
    let name = format!("{children}_to_{parents}");
    let [child, parent] = [children, parents].map(|objects| c.labels(objects));
    let place = [("properties", Value::from("centroid"))];
    let own = c.call("regionprops_table", &[&child?], &place, &format!("{name}_places"))?;
    let theirs = c.call("regionprops_table", &[&parent?], &place, &format!("{name}_parents"))?;
    let args = [("name", Value::from("parent")), ("expression", "label".into())];
    let theirs = c.call("calculate", &[&theirs], &args, &format!("{name}_numbered"))?;
    let both = c.call("join_tables", &[&own, related], &[], &format!("{name}_joined"))?;
    let both =
        c.call("join_tables", &[&both, &theirs], &[("by", "parent".into())], &format!("{name}_joined"))?;
    let text = "hypot('centroid-0' - 'other_centroid-0', 'centroid-1' - 'other_centroid-1')";
    let args = [("name", Value::from("distance_centroid")), ("expression", text.into())];
    let table = c.call("calculate", &[&both], &args, &name);
    c.table(children, &format!("Distance_Centroid_{parents}"), table)?;
    Ok(())
}

/// The distance of every child's centroid to the outline of the parents.
fn edge_distances(c: &mut Conversion, children: &str, parents: &str, related: &str) -> Result<()> {
    let name = format!("{children}_to_edge_of_{parents}");
    let (child, parent) = (c.labels(children)?, c.labels(parents)?);
    let lines =
        c.call("find_boundaries", &[&parent], &[("mode", "inner".into())], &format!("{name}_lines"))?;
    let rest = c.call("logical_not", &[&lines], &[], &format!("{name}_rest"))?;
    let far = c.call("distance_transform_edt", &[&rest], &[], &format!("{name}_distances"))?;
    c.differs("the distance is that of the pixel nearest to the centroid to the outline of any parent");
    let points = c.call("centroids_of_labels", &[&child], &[], &format!("{name}_places"))?;
    let args = [("column", Value::from("distance_minimum"))];
    let read = c.wired("read_values_at_positions", &[("image", &far), ("points", &points)], &args, &name)?;
    let table = c.call("join_tables", &[related, &read], &[], &name);
    c.table(children, &format!("Distance_Minimum_{parents}"), table)?;
    Ok(())
}

pub fn expand_or_shrink(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input objects"), m.get("Name the output objects"));
    let operation = m.get("Select the operation");
    super::identify::outlined(c, m, to);
    c.about(format!("{to} of {from}: {}", operation.to_lowercase()));
    let labels = c.labels(from)?;
    let pixels = m.number("Number of pixels by which to expand or shrink").unwrap_or(1.0);
    let step = match operation {
        "Expand objects by a specified number of pixels" => {
            c.call("expand_labels", &[&labels], &[("distance", pixels.into())], to)?
        }
        "Expand objects until touching" => {
            c.call("expand_labels", &[&labels], &[("distance", 1e6.into())], to)?
        }
        "Shrink objects by a specified number of pixels" => {
            c.differs(
                "objects narrower than that vanish, where CellProfiler leaves a line or a point of them",
            );
            shrunk(c, &labels, "diamond", pixels, to)?
        }
        "Shrink objects to a point" => {
            c.differs("the point of an object is its innermost pixel");
            let mask = c.call("greater", &[&labels], &[("value", 0.0.into())], &format!("{to}_mask"))?;
            let depth = c.call("distance_transform_edt", &[&mask], &[], &format!("{to}_depth"))?;
            let args = [("num_peaks_per_label", Value::from(1)), ("exclude_border", 0.into())];
            let peaks = c.call("peak_local_max", &[&depth, &labels], &args, &format!("{to}_points"))?;
            c.call("mask_labels", &[&labels, &format!("{peaks}.markers")], &[], to)?
        }
        "Skeletonize each object" => {
            let mask = c.call("greater", &[&labels], &[("value", 0.0.into())], &format!("{to}_mask"))?;
            let lines = c.call("skeletonize", &[&mask], &[], &format!("{to}_lines"))?;
            c.call("mask_labels", &[&labels, &lines], &[], to)?
        }
        "Remove spurs" => {
            c.missing(format!("no counterpart yet: spurs that are removed; {to} are {from} as they are"));
            labels
        }
        "Add partial dividing lines between objects" => {
            // Objects that touch lose the pixels of their common border.
            c.differs("the dividing lines go through both objects, and along all of their common border");
            let args = [("mode", Value::from("thick")), ("background", 0.into())];
            let lines = c.call("find_boundaries", &[&labels], &args, &format!("{to}_lines"))?;
            let mask = c.call("greater", &[&labels], &[("value", 0.0.into())], &format!("{to}_all"))?;
            let core = [("footprint", Value::from("box")), ("radius", 1.0.into())];
            let inner = c.call("binary_erosion", &[&mask], &core, &format!("{to}_inside"))?;
            let between = c.call("logical_and", &[&lines, &inner], &[], &format!("{to}_between"))?;
            c.call("mask_labels", &[&labels, &between], &[("invert", true.into())], to)?
        }
        "Expand or shrink by measurement" | "Expand objects by measurement" => {
            c.missing(format!("no counterpart yet: a distance for each object; {to} are {from} as they are"));
            labels
        }
        other => {
            c.missing(format!("no counterpart yet: \"{other}\"; {to} are {from} as they are"));
            labels
        }
    };
    if operation == "Shrink objects to a point"
        && m.yes("Fill holes in objects so that all objects shrink to a single point?")
    {
        c.note("an object has one point, whatever holes it has");
    }
    c.give_objects(to, step);
    Ok(())
}

pub fn mask(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select objects to be masked"), m.get("Name the masked objects"));
    c.about(format!("{to} of {from}"));
    let labels = c.labels(from)?;
    let image = m.get("Mask using a region defined by other objects or by binary image?") == "Image";
    let by = match image {
        true => c.mask_of(m.get("Select the masking image"))?,
        false => c.labels(m.get("Select the masking object"))?,
    };
    super::identify::outlined(c, m, to);
    if m.get("Numbering of resulting objects") == "Renumber" {
        c.note("objects keep their numbers");
    }
    let handling = m.get("Handling of objects that are partially masked");
    let invert = m.yes("Invert the mask?");
    let inside =
        c.call("mask_labels", &[&labels, &by], &[("invert", invert.into())], &format!("{to}_inside"))?;
    let step = match handling {
        "Keep overlapping region" => inside,
        "Keep" => kept_by(c, &labels, &inside, to)?,
        _ => {
            let least = match handling {
                "Remove depending on overlap" => {
                    m.number("Fraction of object that must overlap").unwrap_or(0.5)
                }
                _ => 1.0,
            };
            let area = [("properties", Value::from("area"))];
            let whole = c.call("regionprops_table", &[&labels], &area, &format!("{to}_areas"))?;
            let parts = c.call("regionprops_table", &[&inside], &area, &format!("{to}_parts"))?;
            let both = c.call("join_tables", &[&whole, &parts], &[], &format!("{to}_both"))?;
            let condition = Value::from(format!("other_area / area >= {least}"));
            c.call("filter_labels", &[&labels, &both], &[("where", condition)], to)?
        }
    };
    c.give_objects(to, step);
    Ok(())
}

pub fn to_image(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input objects"), m.get("Name the output image"));
    let format = m.get("Select the color format");
    c.about(format!("{to} of {from}: {format}"));
    let labels = c.labels(from)?;
    if format.starts_with("Color") {
        c.differs("colors are Rotifer's own");
        let drawn = vec![c.call("label_to_rgb", &[&labels], &[], to)?];
        c.images.insert(to.into(), super::convert::Picture { drawn, ..Default::default() });
        return Ok(());
    }
    if !format.starts_with("Binary") {
        c.note("labels are an image of uint32");
        c.give_objects(to, labels);
        return Ok(());
    }
    let step = c.call("greater", &[&labels], &[("value", 0.0.into())], to)?;
    c.give_mask(to, step, &Default::default());
    Ok(())
}

pub fn from_image(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input image"), m.get("Name the output object"));
    c.about(format!("{to} of {from}"));
    if m.get("Convert to boolean image") == "No" {
        if m.yes("Preserve original labels") {
            let picture = c.picture(from)?;
            let grey = c.grey(from)?;
            c.differs("the values of the image are its labels only where they are whole numbers");
            if picture.binary {
                c.give_objects(to, grey);
                return Ok(());
            }
        }
        c.differs("parts of different values that touch are one object");
    }
    if m.number("Background label").is_some_and(|label| label != 0.0) {
        c.differs("the background is 0");
    }
    let connectivity = m.number("Connectivity").filter(|n| (1.0..=3.0).contains(n)).unwrap_or(2.0) as i64;
    let mask = c.mask_of(from)?;
    let labels = c.call("connected_components", &[&mask], &[("connectivity", connectivity.into())], to)?;
    c.give_objects(to, labels);
    Ok(())
}

pub fn resize(c: &mut Conversion, m: &Settings) -> Result<()> {
    let from = m.first(&["Select the input object", "Select the input objects"]);
    let to = m.first(&["Name the output object", "Name the output objects"]);
    c.about(format!("{to} of {from}"));
    let labels = c.labels(from)?;
    let step = match m.get("Method") {
        "Match Image" => {
            let like = c.grey(m.get("Select the image with the desired dimensions"))?;
            c.wired("resize_labels", &[("labels", &labels), ("image", &like)], &[], to)?
        }
        "Dimensions" => {
            let side = |texts: [&str; 2]| {
                let found = texts.iter().find_map(|text| m.number(text)).unwrap_or(100.0);
                Value::from(found.max(1.0) as i64)
            };
            let shape = Value::List(vec![side(["Height (Y)", "Height"]), side(["Width (X)", "Width"])]);
            c.call("resize_labels", &[&labels], &[("shape", shape)], to)?
        }
        _ => {
            let all = m.number("Factor");
            let of = |axis: &str| all.or(m.number(&format!("{axis} Factor"))).unwrap_or(1.0);
            let (x, y) = (of("X"), of("Y"));
            let scale = if x == y { Value::from(x) } else { Value::List(vec![y.into(), x.into()]) };
            c.call("resize_labels", &[&labels], &[("scale", scale)], to)?
        }
    };
    c.give_objects(to, step);
    Ok(())
}

pub fn grid(c: &mut Conversion, m: &Settings) -> Result<()> {
    let to = m.get("Name the grid");
    c.about(to.to_string());
    if m.yes("Retain an image of the grid?") {
        c.missing("no counterpart yet: an image of the grid");
    }
    let manual = m.get("Select the method to define the grid") == "Manual"
        && m.get("Select the method to define the grid manually") == "Coordinates";
    if !manual {
        return Err("no counterpart yet: a grid that objects or a mouse define; it is left out".into());
    }
    if m.get("Location of the first spot") != "Top left" || m.get("Order of the spots") != "Rows" {
        c.differs("tiles are numbered along rows, from the top left");
    }
    let like = c.any_step().ok_or("there is no image for the grid")?;
    let number = |text: &str| m.number(text).unwrap_or(1.0);
    let cell = |which: &str| m.pair(&format!("Coordinates of the {which} cell")).unwrap_or((0.0, 0.0));
    let place = |which: &str, axis: &str| number(&format!("{axis} number of the {which} cell"));
    let (first, second) = (cell("first"), cell("second"));
    let apart = |a: f64, b: f64, axis: &str| (b - a) / (place("second", axis) - place("first", axis));
    let (dx, dy) = (apart(first.0, second.0, "Column"), apart(first.1, second.1, "Row"));
    if !(dx.is_finite() && dy.is_finite() && dx >= 1.0 && dy >= 1.0) {
        return Err("the cells of the grid do not lie apart: it is left out".into());
    }
    let (x, y) =
        (first.0 - dx * (place("first", "Column") - 1.0), first.1 - dy * (place("first", "Row") - 1.0));
    let on = |axis: &str, from: f64, step: f64| {
        format!("abs({axis} - {from} - {step} * round(({axis} - {from}) / {step})) <= 0.5")
    };
    let within = |axis: &str, from: f64, step: f64, count: f64| {
        format!("{axis} >= {} and {axis} < {}", from - step / 2.0, from + (count - 0.5) * step)
    };
    let (columns, rows) = (number("Number of columns"), number("Number of rows"));
    let inside = format!("{} and {}", within("x", x, dx, columns), within("y", y, dy, rows));
    let mut mask = |text: String, name: &str| {
        let step = c.call(
            "pixel_expression",
            &[&like],
            &[("expression", text.into())],
            &format!("{to}_{name}_where"),
        )?;
        c.call("greater", &[&step], &[("value", 0.0.into())], &format!("{to}_{name}"))
    };
    let extent = mask(inside.clone(), "extent")?;
    // Two pixels along each axis, so that no pixel lies halfway between two points.
    let spots = mask(format!("{} and {} and {inside}", on("x", x - 0.5, dx), on("y", y - 0.5, dy)), "spots")?;
    let points = c.call("connected_components", &[&spots], &[], to)?;
    c.grids.insert(to.into(), Grid { points, extent, apart: (dx, dy) });
    Ok(())
}

pub fn in_grid(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the defined grid"), m.get("Name the objects to be identified"));
    let shape = m.get("Select object shapes and locations");
    let guide = m.get("Select the guiding objects");
    c.about(format!("{to} in {from}: {shape}"));
    let Some(grid) = c.grids.get(from).cloned() else {
        let labels = c.labels(guide)?;
        c.give_objects(to, labels);
        return Err(format!("there is no grid: {to} are {guide}"));
    };
    let apart = grid.apart;
    if shape.starts_with("Circle") {
        let manual = m.get("Specify the circle diameter automatically?") == "Manual";
        let diameter = if manual { m.number("Circle diameter") } else { None };
        if !manual {
            c.differs("the automatic diameter is the distance of the spots");
        }
        if shape.contains("Natural") {
            c.differs("circles are around the points of the grid");
        }
        let reach = [("distance", Value::from(diameter.unwrap_or(apart.0.min(apart.1)) / 2.0))];
        let circles = c.call("expand_labels", &[&grid.points], &reach, to)?;
        c.give_objects(to, circles);
        return Ok(());
    }
    let reach = [("distance", Value::from(apart.0.hypot(apart.1) / 2.0 + 1.0))];
    let wide = c.call("expand_labels", &[&grid.points], &reach, &format!("{to}_wide"))?;
    let tiles = c.call("mask_labels", &[&wide, &grid.extent], &[], &format!("{to}_tiles"))?;
    let labels = match shape.starts_with("Natural") {
        true => {
            c.differs("objects are cut at the borders of their tiles");
            let objects = c.labels(guide)?;
            c.call("mask_labels", &[&tiles, &objects], &[], to)?
        }
        false => tiles,
    };
    c.give_objects(to, labels);
    Ok(())
}
