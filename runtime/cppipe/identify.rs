//! Objects of an image: primary, secondary, tertiary.

use super::convert::{Conversion, Objects, Result};
use super::settings::Settings;
use super::threshold;
use rotifer_registry::Value;

pub fn primary(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input image"), m.get("Name the primary objects to be identified"));
    c.about(format!("{to} of {from}"));
    outlined(c, m, to);
    if m.yes("Try to merge too small objects with nearby larger objects?") {
        c.differs("objects that are too small are discarded, not merged, as in CellProfiler 3 and 4");
    }
    let picture = c.picture(from)?;
    let grey = c.grey(from)?;
    // Without advanced settings all but the size is automatic.
    let basic = m.get("Use advanced settings?") == "No";
    let (least, most) =
        m.pair("Typical diameter of objects, in pixel units (Min,Max)").unwrap_or((10.0, 40.0));
    let mask = if picture.binary { grey.clone() } else { threshold::mask(c, m, &grey, &picture, to, basic)? };
    let fill = m.get("Fill holes in identified objects?");
    let (before, after) =
        (basic || fill.starts_with("After both") || fill == "Yes", basic || !["Never", "No"].contains(&fill));
    let mut ground = mask;
    if before {
        let filled = c.call("binary_fill_holes", &[&ground], &[], &format!("{to}_filled"))?;
        if most < 1000.0 {
            // Only holes smaller than the square of the largest diameter.
            let size = [("max_size", Value::from((most * most - 1.0).max(0.0) as i64))];
            let small = c.call("remove_small_holes", &[&ground], &size, &format!("{to}_small_holes"))?;
            ground = c.call("logical_and", &[&filled, &small], &[], &format!("{to}_ground"))?;
        } else {
            ground = filled;
        }
    }
    let split = m.get("Method to distinguish clumped objects");
    let line = m.get("Method to draw dividing lines between clumped objects");
    let mut labels = if !basic && (split == "None" || line == "None") {
        c.call("connected_components", &[&ground], &[], &format!("{to}_parts"))?
    } else {
        parted(c, m, &grey, picture.mask.as_deref(), &ground, fill, basic, least, to)?
    };
    let parts = labels.clone();
    if basic || m.yes("Discard objects outside the diameter range?") {
        let area = |diameter: f64| std::f64::consts::PI * diameter * diameter / 4.0;
        let sizes = [
            ("minimum_size", Value::from(area(least).ceil() as i64)),
            ("maximum_size", Value::from(area(most).floor().min(f64::from(u32::MAX)) as i64)),
        ];
        labels = c.call("filter_labels_by_size", &[&labels], &sizes, &format!("{to}_sized"))?;
    }
    if basic || m.yes("Discard objects touching the border of the image?") {
        labels = c.call("clear_border", &[&labels], &[], &format!("{to}_inner"))?;
        if let Some(mask) = &picture.mask {
            // The pixels of the mask that touch others are its border.
            let cross = [("footprint", Value::from("diamond")), ("radius", 1.0.into())];
            let inner = c.call("binary_erosion", &[mask], &cross, &format!("{to}_in_border"))?;
            labels = c.call("clear_border", &[&labels, &inner], &[], &format!("{to}_within"))?;
            c.differs("objects at the border of the mask go, too, where CellProfiler keeps them if others touch that of the image");
        }
    }
    // Larger objects grow from those that stay and from all at the border, which only take their place.
    let seeds = if labels == parts {
        labels.clone()
    } else {
        let inner = c.call("clear_border", &[&parts], &[], &format!("{to}_off_border"))?;
        let outer = [("invert", Value::from(true))];
        let outer = c.call("mask_labels", &[&parts, &inner], &outer, &format!("{to}_at_border"))?;
        let zero = [("value", Value::from(0.0))];
        let outer = c.call("greater", &[&outer], &zero, &format!("{to}_at_border_mask"))?;
        let own = c.call("greater", &[&labels], &zero, &format!("{to}_kept"))?;
        let both = c.call("logical_or", &[&own, &outer], &[], &format!("{to}_seeds_mask"))?;
        c.call("mask_labels", &[&parts, &both], &[], &format!("{to}_seeds"))?
    };
    labels = match after {
        true => without_holes(c, &labels, to)?,
        false if labels != parts => c.rename(&labels, to),
        false => labels,
    };
    match m.get("Handling of objects if excessive number of objects identified") {
        "Erase" => {
            // As many objects as the image has, everywhere: where these are too many, all go.
            let most = m.number("Maximum number of objects").unwrap_or(500.0);
            let numbered = c.call("relabel_sequential", &[&labels], &[], &format!("{to}_numbered"))?;
            let count = c.call("maximum_of_all_pixels", &[&numbered], &[], &format!("{to}_number"))?;
            let count = c.number(&count, 0).ok_or("the number of objects is no number")?;
            let args = [("value", Value::from(format!("= {count}")))];
            let pixels = c.call("convert_float32", &[&labels], &[], &format!("{to}_pixels"))?;
            let all = c.call("fill", &[&pixels], &args, &format!("{to}_count_everywhere"))?;
            let range = [("minimum_value", Value::from(0.0)), ("maximum_value", most.into())];
            let op = "remove_labels_with_values_out_of_range";
            labels = c.wired(op, &[("labels", &labels), ("image", &all)], &range, &format!("{to}_few"))?;
        }
        "Truncate" => c.differs("objects above the maximum number stay, as in CellProfiler 3 and 4"),
        _ => {}
    }
    c.give_objects(to, labels.clone());
    c.objects.insert(to.into(), Objects { labels, seeds });
    Ok(())
}

/// Clumps parted into objects, each around a summit of the image or of the distance to the background.
#[allow(clippy::too_many_arguments)]
fn parted(
    c: &mut Conversion,
    m: &Settings,
    grey: &str,
    mask: Option<&str>,
    ground: &str,
    fill: &str,
    basic: bool,
    least: f64,
    to: &str,
) -> Result<String> {
    let clumps = c.call("connected_components", &[ground], &[], &format!("{to}_clumps"))?;
    let by_shape = !basic && m.get("Method to distinguish clumped objects") == "Shape";
    if !basic && m.get("Method to distinguish clumped objects").starts_with("Laplacian") {
        c.differs(
            "summits are those of intensity, as CellProfiler 3 and 4 read this method, not of a Laplacian",
        );
    }
    let line = match m.get("Method to draw dividing lines between clumped objects") {
        "Distance" => "Shape",
        other => other,
    };
    let mut distance = None;
    if by_shape || (!basic && line == "Shape") {
        // Where no hole is filled, summits are those of objects without holes all the same.
        let hull = match by_shape && ["Never", "No"].contains(&fill) {
            true => c.call("binary_fill_holes", &[ground], &[], &format!("{to}_hull"))?,
            false => ground.to_string(),
        };
        distance = Some(c.call("distance_transform_edt", &[&hull], &[], &format!("{to}_distance"))?);
    }
    let hills = match &distance {
        Some(distance) if by_shape => distance.clone(),
        _ => {
            let automatic =
                basic || m.yes("Automatically calculate size of smoothing filter for declumping?");
            let size = if automatic {
                2.35 * least / 3.5
            } else {
                m.number("Size of smoothing filter").unwrap_or(10.0)
            };
            match size > 0.0 {
                true => {
                    let sigma = size / 2.35;
                    let cut = ((size / 2.0).floor().max(1.0) / sigma).clamp(1.0, 8.0);
                    let rounded = |x: f64| Value::from((x * 1e4).round() / 1e4);
                    let args = [("sigma", rounded(sigma)), ("truncate", rounded(cut))];
                    let hills = format!("{to}_hills");
                    match mask {
                        Some(mask) => c.smoothed_within(grey, mask, &args, &hills)?,
                        None => c.call("gaussian_filter", &[grey], &args, &hills)?,
                    }
                }
                false => grey.to_string(),
            }
        }
    };
    let automatic = basic || m.yes("Automatically calculate minimum allowed distance between local maxima?");
    let coarse =
        least > 10.0 && (basic || m.yes("Speed up by using lower-resolution image to find local maxima?"));
    let text = "Suppress local maxima that are closer than this minimum allowed distance";
    // Of the smaller image that CellProfiler looks for summits in, the distance is that in the image itself.
    let apart = match (automatic, coarse) {
        (true, true) => 0.65 * least,
        (true, false) => least / 1.5 - 0.5,
        (false, true) => m.number(text).unwrap_or(7.0),
        (false, false) => m.number(text).unwrap_or(7.0) - 0.5,
    }
    .max(1.0);
    // Distances are often equal: of those, too, one summit stays within the distance.
    let exact = !by_shape && apart < 16.0;
    let peaks = [
        ("min_distance", Value::from(if exact { 1 } else { apart.round() as i64 })),
        ("footprint", if exact { disk(apart) } else { "disk".into() }),
        ("exclude_border", 0.into()),
    ];
    let summits = c.call("peak_local_max", &[&hills, &clumps], &peaks, &format!("{to}_summits"))?;
    let mut markers = format!("{summits}.markers");
    if exact {
        // A plateau is one summit.
        let tops = c.call("greater", &[&markers], &[("value", 0.0.into())], &format!("{to}_tops"))?;
        markers = c.call("connected_components", &[&tops], &[], &format!("{to}_markers"))?;
    }
    if coarse || !exact {
        c.differs(
            "declumping: summits are looked for in the image in full, and of those within the least distance the highest stays; \
             CellProfiler looks at a smaller image, and breaks ties by noise",
        );
    }
    let parts = format!("{to}_parts");
    let valleys = match (line, &distance) {
        ("Propagate", _) if !basic => {
            let flat = c.call("fill", &[grey], &[("value", 0.0.into())], &format!("{to}_flat"))?;
            c.differs("lines halfway between summits are those of a flat watershed");
            flat
        }
        ("Shape", Some(distance)) => c.call("negate", &[distance], &[], &format!("{to}_valleys"))?,
        _ => c.call("negate", &[grey], &[], &format!("{to}_valleys"))?,
    };
    c.call("watershed", &[&valleys, &markers, ground], &[("connectivity", 2.into())], &parts)
}

/// The pixels of a window within a distance, as rows.
fn disk(radius: f64) -> Value {
    let reach = radius as i64;
    let row = |y: i64| {
        let inside = |x: i64| Value::from(i64::from((x * x + y * y) as f64 <= radius * radius));
        Value::List((-reach..=reach).map(inside).collect())
    };
    Value::List((-reach..=reach).map(row).collect())
}

/// Labels without holes: background that touches one object alone, and not the border, becomes part of that object.
fn without_holes(c: &mut Conversion, labels: &str, to: &str) -> Result<String> {
    let zero = [("value", Value::from(0.0))];
    let inside = c.call("greater", &[labels], &zero, &format!("{to}_inside"))?;
    let outside = c.call("logical_not", &[&inside], &[], &format!("{to}_outside"))?;
    let side = [("connectivity", Value::from(1))];
    let gaps = c.call("connected_components", &[&outside], &side, &format!("{to}_gaps"))?;
    let wide =
        c.call("expand_labels", &[&gaps], &[("distance", 1.0.into())], &format!("{to}_around_gaps"))?;
    let touched = c.call("label_overlap_count", &[&wide, labels], &[], &format!("{to}_around"))?;
    let alone = [("where", Value::from("count == 1"))];
    let holes = c.call("filter_labels", &[&gaps, &touched], &alone, &format!("{to}_in_one"))?;
    let holes = c.call("clear_border", &[&holes], &[], &format!("{to}_holes"))?;
    let holes = c.call("greater", &[&holes], &zero, &format!("{to}_holes_mask"))?;
    let whole = c.call("logical_or", &[&inside, &holes], &[], &format!("{to}_whole"))?;
    let grown =
        c.call("expand_labels", &[labels], &[("distance", 1e6.into())], &format!("{to}_everywhere"))?;
    c.call("mask_labels", &[&grown, &whole], &[], to)
}

pub fn secondary(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input objects"), m.get("Name the objects to be identified"));
    let image = m.get("Select the input image");
    let method = m.first(&["Select the method to identify the secondary objects"]);
    c.about(format!("{to} around {from}, {method}"));
    outlined(c, m, to);
    let Objects { labels: own, seeds } = c.objects(from)?;
    let reach = m.number("Number of pixels by which to expand the primary objects").unwrap_or(10.0);
    let name = format!("{to}_grown");
    let mut labels = if method == "Distance - N" {
        c.call("expand_labels", &[&seeds], &[("distance", reach.into())], &name)?
    } else {
        let picture = c.picture(image)?;
        let grey = c.grey(image)?;
        let mask = threshold::mask(c, m, &grey, &picture, to, false)?;
        grown(c, m, method, &grey, &mask, &seeds, reach, to)?
    };
    if method != "Distance - N" && m.yes("Fill holes in identified objects?") {
        labels = without_holes(c, &labels, to)?;
    }
    if m.yes("Discard secondary objects touching the border of the image?") {
        labels = c.call("clear_border", &[&labels], &[], &format!("{to}_inner"))?;
    }
    if own != seeds {
        // Those of which the primary object was discarded have only taken their place.
        labels = kept_by(c, &labels, &own, to)?;
    }
    c.give_objects(to, labels.clone());
    if m.yes("Discard the associated primary objects?") {
        let new = m.get("Name the new primary objects");
        let kept = kept_by(c, &own, &labels, new)?;
        c.give_objects(new, kept);
        if m.yes("Retain outlines of the new primary objects?") {
            c.outlines.insert(m.get("Name the new primary object outlines").into(), new.into());
        }
    }
    Ok(())
}

/// The name of an image of outlines stands for the outlines of these objects.
pub fn outlined(c: &mut Conversion, m: &Settings, objects: &str) {
    let asked: Vec<(String, String)> = m
        .asked_for("outlines")
        .into_iter()
        .filter(|(text, _)| text.starts_with("Retain") || text.starts_with("Save"))
        .collect();
    let name = m.get("Name the outline image");
    if asked.iter().any(|(_, value)| value == "Yes") && super::settings::given(name) {
        c.outlines.insert(name.into(), objects.into());
    }
}

/// Seeds grown within a mask.
#[allow(clippy::too_many_arguments)]
fn grown(
    c: &mut Conversion,
    m: &Settings,
    method: &str,
    grey: &str,
    mask: &str,
    seeds: &str,
    reach: f64,
    to: &str,
) -> Result<String> {
    let seeded = c.call("greater", &[seeds], &[("value", 0.0.into())], &format!("{to}_seeded"))?;
    let ground = c.call("logical_or", &[mask, &seeded], &[], &format!("{to}_ground"))?;
    let name = format!("{to}_grown");
    let eight = [("connectivity", Value::from(2))];
    match method {
        "Watershed - Gradient" => {
            let slope = c.call("sobel", &[grey], &[("axis", "x".into())], &format!("{to}_slope"))?;
            let steep = c.call("absolute", &[&slope], &[], &format!("{to}_steep"))?;
            c.call("watershed", &[&steep, seeds, &ground], &eight, &name)
        }
        "Watershed - Image" => {
            let valleys = c.call("negate", &[grey], &[], &format!("{to}_valleys"))?;
            c.call("watershed", &[&valleys, seeds, &ground], &eight, &name)
        }
        "Distance - B" => {
            let from = [("image", grey), ("markers", seeds), ("mask", ground.as_str())];
            let found =
                c.wired("propagate_labels", &from, &[("regularization", 1.0.into())], &format!("{to}_wide"));
            let (wide, near) = match found {
                Ok(wide) => {
                    let far = format!("{wide}.distances");
                    let value = [("value", reach.into())];
                    (wide, c.call("less_or_equal", &[&far], &value, &format!("{to}_near"))?)
                }
                Err(why) => {
                    c.missing(format!("{why}; objects grow straight, not along the brightness of the image"));
                    let distance = [("distance", reach.into())];
                    (c.call("expand_labels", &[seeds], &distance, &format!("{to}_wide"))?, ground)
                }
            };
            c.call("mask_labels", &[&wide, &near], &[], &name)
        }
        _ => {
            let weight = Value::from(m.number("Regularization factor").unwrap_or(0.05));
            let from = [("image", grey), ("markers", seeds), ("mask", ground.as_str())];
            let args = [("regularization", weight)];
            c.wired("propagate_labels", &from, &args, &name).or_else(|why| {
                c.missing(format!("{why}; a watershed of the image stands in its place"));
                let valleys = c.call("negate", &[grey], &[], &format!("{to}_valleys"))?;
                c.call("watershed", &[&valleys, seeds, &ground], &eight, &name)
            })
        }
    }
}

/// The labels that others have, too.
pub fn kept_by(c: &mut Conversion, labels: &str, others: &str, to: &str) -> Result<String> {
    let list =
        c.call("regionprops_table", &[others], &[("properties", "area".into())], &format!("{to}_list"))?;
    c.call("filter_labels", &[labels, &list], &[("where", "area > 0".into())], to)
}

pub fn tertiary(c: &mut Conversion, m: &Settings) -> Result<()> {
    let to = m.get("Name the tertiary objects to be identified");
    let (larger, smaller) =
        (m.get("Select the larger identified objects"), m.get("Select the smaller identified objects"));
    c.about(format!("{to}: {larger} without {smaller}"));
    outlined(c, m, to);
    let (large, mut small) = (c.labels(larger)?, c.labels(smaller)?);
    // The first version had no such setting, and always shrank them.
    let shrink = "Shrink smaller object prior to subtraction?";
    if m.yes(shrink) || !m.has(shrink) {
        small = shrunk(c, &small, "box", 1.0, to)?;
    }
    let labels = c.call("mask_labels", &[&large, &small], &[("invert", true.into())], to)?;
    c.give_objects(to, labels);
    Ok(())
}

/// Objects without their outermost pixels.
pub fn shrunk(c: &mut Conversion, labels: &str, shape: &str, pixels: f64, to: &str) -> Result<String> {
    let name = format!("{to}_shrunk");
    let args = [("radius", Value::from(pixels)), ("footprint", shape.into())];
    c.call("erode_labels", &[labels], &args, &name).or_else(|why| {
        c.missing(format!("{why}; objects that touch are eroded as one"));
        let mask = c.call("greater", &[labels], &[("value", 0.0.into())], &format!("{to}_all"))?;
        let inner = c.call("binary_erosion", &[&mask], &args, &format!("{to}_inside"))?;
        c.call("mask_labels", &[labels, &inner], &[], &name)
    })
}
