//! Colors: grey of colors, colors of grey, and mixtures.

use super::rescale;
use crate::cppipe::convert::{Conversion, Picture, Result};
use crate::cppipe::images;
use crate::cppipe::settings::{Settings, given};

pub fn color_to_gray(c: &mut Conversion, m: &Settings) -> Result<()> {
    let from = m.get("Select the input image");
    let picture = c.picture(from)?;
    let planes = picture.planes.clone();
    let outputs: Vec<&str> = m.all("Name the output image").collect();
    if m.get("Conversion method") == "Combine" {
        let to = outputs.first().copied().unwrap_or("");
        c.about(format!("{to} of {from}"));
        let [red, green, blue] = planes.as_slice() else {
            c.give_image(to, planes.first().cloned().unwrap_or_default(), &picture);
            c.note(format!("{from} is grey"));
            return Ok(());
        };
        let weight =
            |color: &str| m.number(&format!("Relative weight of the {color} channel")).unwrap_or(1.0);
        let (r, g, b) = (weight("red"), weight("green"), weight("blue"));
        let text = format!("({r} * image + {g} * other + {b} * third) / {}", r + g + b);
        let step = c.call("pixel_expression", &[red, green, blue], &[("expression", text.into())], to)?;
        c.give_image(to, step, &picture);
        return Ok(());
    }
    c.about(format!("colors of {from}"));
    if m.get("Image type") == "Channels" {
        for group in m.groups("Channel number") {
            let digits: String = group.get("Channel number").chars().filter(char::is_ascii_digit).collect();
            let place = digits.parse::<usize>().unwrap_or(1).max(1) - 1;
            let plane = planes.get(place).ok_or_else(|| format!("{from} has no channel {place}"))?;
            c.give_image(group.get("Image name"), plane.clone(), &picture);
        }
        return Ok(());
    }
    if m.get("Image type") == "HSV" {
        return hue_and_others(c, m, &picture, &outputs);
    }
    for (i, color) in ["red", "green", "blue"].iter().enumerate() {
        let Some(name) = outputs.get(i + 1) else { continue };
        if m.yes(&format!("Convert {color} to gray?")) {
            let plane = planes.get(i).or(planes.first()).ok_or_else(|| format!("{from} has no color"))?;
            c.give_image(name, plane.clone(), &picture);
        }
    }
    c.note("each color is a channel of the image, no step is needed");
    Ok(())
}

/// Hue, saturation and value from 0 to 1 of three planes.
fn hue_and_others(c: &mut Conversion, m: &Settings, picture: &Picture, outputs: &[&str]) -> Result<()> {
    const MOST: &str = "max(max(image, other), third)";
    const LEAST: &str = "min(min(image, other), third)";
    let [red, green, blue] = picture.planes.as_slice() else {
        return Err("hue, saturation and value need a color image: they are left out".into());
    };
    let hue = format!(
        "select({MOST} == {LEAST}, 0, select({MOST} == image, ((other - third) / ({MOST} - {LEAST}) + 6) % 6, \
         select({MOST} == other, (third - image) / ({MOST} - {LEAST}) + 2, (image - other) / ({MOST} - {LEAST}) + 4)) / 6)"
    );
    let saturation = format!("select({MOST} == 0, 0, ({MOST} - {LEAST}) / {MOST})");
    let texts = [("hue", hue), ("saturation", saturation), ("value", MOST.to_string())];
    for (i, (what, text)) in texts.into_iter().enumerate() {
        // The names of red, green and blue stand before those of hue, saturation and value.
        let Some(name) = outputs.get(i + 4) else { continue };
        if m.yes(&format!("Convert {what} to gray?")) {
            let step =
                c.call("pixel_expression", &[red, green, blue], &[("expression", text.into())], name)?;
            c.give_image(name, step, picture);
        }
    }
    Ok(())
}

pub fn gray_to_color(c: &mut Conversion, m: &Settings) -> Result<()> {
    let to = m.get("Name the output image");
    c.about(to.to_string());
    let stretched = m.yes("Rescale intensity");
    if !["RGB", ""].contains(&m.get("Select a color scheme")) {
        return mixed(c, m, to);
    }
    let mut planes = Vec::new();
    let mut like: Option<String> = None;
    let names =
        ["red", "green", "blue"].map(|color| m.get(&format!("Select the image to be colored {color}")));
    for name in names.iter().filter(|n| given(n)) {
        like = Some(c.grey(name)?);
    }
    let like = like.ok_or("no image is given a color")?;
    for (name, color) in names.iter().zip(["red", "green", "blue"]) {
        let weight = m.number(&format!("Relative weight for the {color} image")).unwrap_or(1.0);
        planes.push(match given(name) {
            true if weight == 1.0 && !stretched => c.grey(name)?,
            true => {
                let mut grey = c.grey(name)?;
                if stretched {
                    grey = rescale::stretched(c, &grey, &format!("{to}_{color}"))?;
                }
                c.call("multiply", &[&grey], &[("value", weight.into())], &format!("{to}_{color}"))?
            }
            false => c.call("fill", &[&like], &[("value", 0.0.into())], &format!("{to}_{color}"))?,
        });
    }
    c.note("the color image is its three planes");
    c.images.insert(to.into(), Picture { planes, ..Picture::default() });
    Ok(())
}

/// A color image of images in other colors than red, green and blue.
fn mixed(c: &mut Conversion, m: &Settings, to: &str) -> Result<()> {
    // The share of each image in red, green and blue.
    let mut parts: Vec<(String, [f64; 3])> = Vec::new();
    let mut brightness: Option<String> = None;
    let scheme = m.get("Select a color scheme");
    if scheme == "CMYK" {
        let colors = [("cyan", [0.0, 1.0, 1.0]), ("magenta", [1.0, 0.0, 1.0]), ("yellow", [1.0, 1.0, 0.0])];
        for (color, rgb) in colors {
            let name = m.get(&format!("Select the image to be colored {color}"));
            if given(name) {
                let weight = m.number(&format!("Relative weight for the {color} image")).unwrap_or(1.0);
                parts.push((name.into(), rgb.map(|share| share * weight / 2.0)));
            }
        }
        let name = m.get("Select the image that determines brightness");
        brightness = given(name).then(|| name.to_string());
        let weight = m.number("Relative weight for the brightness image").unwrap_or(1.0);
        if let Some(name) = &brightness {
            parts.push((name.clone(), [weight / 3.0; 3]));
        }
    } else {
        for (i, group) in m.groups("Image name").iter().enumerate() {
            let name = group.get("Image name");
            if !given(name) {
                continue;
            }
            if scheme == "Stack" {
                let mut share = [0.0; 3];
                share[i.min(2)] = 1.0;
                if i > 2 {
                    c.differs(format!("{name} stands behind the three colors, and is left out"));
                    continue;
                }
                parts.push((name.into(), share));
                continue;
            }
            let weight = group.number("Weight").unwrap_or(1.0);
            parts.push((name.into(), images::rgb(group.get("Color")).map(|b| b / 255.0 * weight)));
        }
        if m.yes("Rescale intensity") {
            c.differs("the images are not stretched before they are mixed");
        }
    }
    let mut planes = Vec::new();
    for (i, color) in ["red", "green", "blue"].iter().enumerate() {
        let name = format!("{to}_{color}");
        let mut sum: Option<String> = None;
        for (image, share) in &parts {
            let grey = c.grey(image)?;
            let scaled = match share[i] {
                1.0 => grey,
                share => c.call("multiply", &[&grey], &[("value", share.into())], &name)?,
            };
            sum = Some(match sum {
                Some(before) => c.call("add", &[&before, &scaled], &[], &name)?,
                None => scaled,
            });
        }
        planes.push(sum.ok_or("no image is given a color")?);
    }
    if brightness.is_some() {
        c.differs("the image of the brightness is added to all three colors");
    }
    c.note("the color image is its three planes");
    c.images.insert(to.into(), Picture { planes, ..Picture::default() });
    Ok(())
}
