//! Size and place: resized, cropped, masked, aligned.

use crate::cppipe::convert::{Conversion, Picture, Result};
use crate::cppipe::settings::Settings;
use rotifer_registry::Value;

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
