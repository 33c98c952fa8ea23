//! Uneven light: functions of it, and images without it.

use super::convert::{Conversion, Picture, Result};
use super::images;
use super::settings::Settings;
use rotifer_registry::{Step, Value};

/// The image that a function of all images of a group is made of: their mean.
fn across(c: &mut Conversion, image: String, to: &str) -> Result<String> {
    let group = images::group(c);
    c.add(Step::new("mean_projection").from(&[&image]).named(&format!("{to}_average")).over(group))
}

pub fn calculate(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input image"), m.get("Name the output image"));
    let each = m.get("Calculate function for each image individually, or based on all images?") == "Each";
    let method = m.get("Smoothing method");
    c.about(format!("{to} of {from}, {}", method.to_lowercase()));
    let picture = c.picture(from)?;
    let mut step = c.grey(from)?;
    if m.get("Select how the illumination function is calculated") == "Background" {
        let block = m.number("Block size").unwrap_or(60.0);
        let args = [("footprint", Value::from("box")), ("radius", (block / 2.0).floor().max(1.0).into())];
        step = c.call("minimum_filter", &[&step], &args, &format!("{to}_background"))?;
        c.differs("the background of a pixel is the minimum around it, not that of the block it lies in");
    }
    if !each {
        step = across(c, step, to)?;
    }
    if m.get("Calculate function for each image individually, or based on all images?") == "All: First cycle"
    {
        c.note("the function is made before the images of its group, whatever cycle needs it first");
    }
    if m.yes("Dilate objects in the final averaged image?") {
        let sigma = m.number("Dilation radius").unwrap_or(1.0);
        step = c.call("gaussian_filter", &[&step], &[("sigma", sigma.into())], &format!("{to}_dilated"))?;
        if m.yes("Retain the dilated image?") {
            c.give_image(m.get("Name the dilated image"), step.clone(), &picture);
        }
    }
    if m.yes("Retain the averaged image?") {
        c.give_image(m.get("Name the averaged image"), step.clone(), &picture);
    }
    let size = match m.get("Method to calculate smoothing filter size") {
        "Automatic" => {
            if ["Median Filter", "Gaussian Filter"].contains(&method) {
                c.differs("the automatic size of the filter is taken as 30, its value for images of 1200 pixels and more");
            }
            30.0
        }
        "Object size" => m.number("Approximate object diameter").unwrap_or(10.0) * 2.35 / 3.5,
        _ => m.number("Smoothing filter size").unwrap_or(10.0),
    };
    step = smoothed(c, method, size, &step, to)?;
    step = match m.get("Rescale the illumination function?") {
        "Yes" => {
            c.note("the function is divided by its 2nd percentile, below which it is that percentile");
            let low = c.call(
                "percentile_of_all_pixels",
                &[&step],
                &[("percentile", 2.0.into())],
                &format!("{to}_low"),
            )?;
            let least = Value::from(format!("= {low}.percentile"));
            let clipped =
                c.call("maximum", &[&step], &[("value", least.clone())], &format!("{to}_clipped"))?;
            c.call("divide", &[&clipped], &[("value", least)], to)?
        }
        "Median" => {
            let half = c.call("percentile_of_all_pixels", &[&step], &[], &format!("{to}_median"))?;
            c.call("divide", &[&step], &[("value", format!("= {half}.percentile").into())], to)?
        }
        _ => step,
    };
    // The function reaches beyond the mask of its image.
    c.give_image(to, step, &Picture::default());
    Ok(())
}

/// An image smoothed by one of CellProfiler's methods with a filter of this size.
pub fn smoothed(c: &mut Conversion, method: &str, size: f64, step: &str, to: &str) -> Result<String> {
    let sigma = (size / 2.35 * 1e4).round() / 1e4;
    let name = format!("{to}_smooth");
    match method {
        "No smoothing" => Ok(step.to_string()),
        "Gaussian Filter" => {
            c.differs("the filter mirrors the image at its border, where CellProfiler takes the pixels that there are");
            c.call("gaussian_filter", &[step], &[("sigma", sigma.into())], &name)
        }
        "Median Filter" => {
            c.differs("the filter mirrors the image at its border, where CellProfiler takes the pixels that there are");
            let radius = (sigma + 0.5).floor().max(1.0);
            c.call(
                "median_filter",
                &[step],
                &[("footprint", "disk".into()), ("radius", radius.into())],
                &name,
            )
        }
        "Smooth to Average" => {
            let mean = c.call("mean_of_all_pixels", &[step], &[], &format!("{to}_mean"))?;
            c.call("fill", &[step], &[("value", format!("= {mean}.mean").into())], &name)
        }
        "Circular Average Filter" => {
            let args = [("footprint", Value::from("disk")), ("radius", (size / 2.0).max(1.0).floor().into())];
            c.call("mean_filter", &[step], &args, &name)
        }
        "Convex Hull" => c.call("convex_hull_background", &[step], &[], &name).or_else(|why| {
            c.missing(format!("{why}; a closing and a Gaussian stand in its place"));
            let args = [("footprint", Value::from("box")), ("radius", 50.0.into())];
            let closed = c.call("closing", &[step], &args, &format!("{to}_closed"))?;
            c.call("gaussian_filter", &[&closed], &[("sigma", 25.0.into())], &name)
        }),
        _ => {
            if method != "Fit Polynomial" {
                c.missing(format!("no counterpart yet: \"{method}\"; a polynomial stands in its place"));
            }
            c.call("fit_polynomial_surface", &[step], &[("degree", 2.into())], &name).or_else(|why| {
                c.missing(format!("{why}; a Gaussian of 100 pixels stands in its place"));
                c.call("gaussian_filter", &[step], &[("sigma", 100.0.into())], &name)
            })
        }
    }
}

pub fn apply(c: &mut Conversion, m: &Settings) -> Result<()> {
    let groups = m.groups("Select the input image");
    c.about(groups.iter().map(|g| g.get("Name the output image")).collect::<Vec<_>>().join(", "));
    for group in &groups {
        let (from, to) = (group.get("Select the input image"), group.get("Name the output image"));
        let picture = c.picture(from)?;
        let light = group.get("Select the illumination function");
        if c.any_image && !c.images.contains_key(light) {
            images::second_file(c, light);
        }
        let (image, light) = (c.grey(from)?, c.grey(light)?);
        let divide = group.get("Select how the illumination function is applied") == "Divide";
        if !["No rescaling", ""].contains(&group.get("Select the rescaling method")) {
            c.differs("the image is not rescaled, as in CellProfiler 2.1 and later");
        }
        let op = if divide { "divide" } else { "subtract" };
        // Versions without the settings cut off what a difference has below 0.
        let asked = m.has("Set output image values less than 0 equal to 0?");
        let low = if asked { m.yes("Set output image values less than 0 equal to 0?") } else { !divide };
        let high = m.yes("Set output image values greater than 1 equal to 1?");
        let mut step =
            c.call(op, &[&image, &light], &[], &if low || high { format!("{to}_raw") } else { to.into() })?;
        if low || high {
            let mut bounds = vec![];
            if low {
                bounds.push(("minimum", Value::from(0.0)));
            }
            if high {
                bounds.push(("maximum", Value::from(1.0)));
            }
            step = c.call("clip", &[&step], &bounds, to)?;
        }
        c.give_image(to, step, &picture);
    }
    Ok(())
}
