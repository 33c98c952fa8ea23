//! Filters: smooth images, enhanced features, edges.

use super::rescale::stretched;
use crate::cppipe::convert::{Conversion, Result};
use crate::cppipe::illumination::smoothed;
use crate::cppipe::settings::Settings;
use rotifer_registry::Value;

pub fn smooth(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input image"), m.get("Name the output image"));
    c.about(format!("{to} of {from}"));
    match m.name.as_str() {
        "GaussianFilter" => {
            return c.each_plane(
                from,
                to,
                "gaussian_filter",
                &[("sigma", m.number("Sigma").unwrap_or(1.0).into())],
            );
        }
        "MedianFilter" => {
            let radius = ((m.number("Window").unwrap_or(3.0) - 1.0) / 2.0).floor().max(1.0);
            return c.each_plane(from, to, "median_filter", &[("radius", radius.into())]);
        }
        _ => {}
    }
    let picture = c.picture(from)?;
    let grey = c.grey(from)?;
    let size = match m.yes("Calculate artifact diameter automatically?") {
        true => {
            c.differs("the automatic diameter is taken as 30, its value for images of 1200 pixels and more");
            30.0
        }
        false => m.number("Typical artifact diameter").unwrap_or(16.0),
    };
    let method = m.get("Select smoothing method");
    let mut step = match method {
        "Smooth Keeping Edges" => {
            let args = [
                ("sigma_spatial", Value::from(size / 2.35)),
                ("sigma_color", m.number("Edge intensity difference").unwrap_or(0.1).into()),
            ];
            c.call("bilateral_filter", &[&grey], &args, to).or_else(|why| {
                c.missing(format!("{why}; a Gaussian stands in its place"));
                c.call("gaussian_filter", &[&grey], &[("sigma", (size / 2.35).into())], to)
            })?
        }
        _ => smoothed(c, method, size, &grey, to)?,
    };
    if method == "Fit Polynomial"
        && (m.yes("Clip intensities to 0 and 1?") || !m.has("Clip intensities to 0 and 1?"))
    {
        step = c.call("clip", &[&step], &[("minimum", 0.0.into()), ("maximum", 1.0.into())], to)?;
    }
    if let Some(mask) = &picture.mask {
        c.differs("smoothing counts what the mask leaves out as 0");
        step = c.call("apply_mask", &[&step, mask], &[], &format!("{to}_in_mask"))?;
    }
    c.give_image(to, step, &picture);
    Ok(())
}

pub fn enhance(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input image"), m.get("Name the output image"));
    let picture = c.picture(from)?;
    let grey = c.grey(from)?;
    let radius = (m.number("Feature size").unwrap_or(10.0) / 2.0).max(1.0);
    let disk = [("footprint", Value::from("disk")), ("radius", radius.into())];
    let kind = m.get("Feature type");
    c.about(format!(
        "{to} of {from}: {}",
        if m.get("Select the operation") == "Suppress" { "suppress" } else { kind }
    ));
    let step = match kind {
        _ if m.get("Select the operation") == "Suppress" => c.call("opening", &[&grey], &disk, to)?,
        "Speckles" => {
            if m.get("Speed and accuracy") == "Fast" && radius > 3.0 {
                c.differs("the disk is exact, where CellProfiler's fast way takes an octagon");
            }
            c.call("white_tophat", &[&grey], &disk, to)?
        }
        "Neurites" if m.get("Enhancement method") == "Tubeness" => {
            let sigma = m.number("Smoothing scale").unwrap_or(2.0);
            let step = tubeness(c, &grey, sigma, to).or_else(|why| {
                c.missing(format!(
                    "{why}; what is left over a Gaussian four times as wide stands in its place"
                ));
                let args = [("low_sigma", Value::from(sigma)), ("high_sigma", (4.0 * sigma).into())];
                let left = c.call("difference_of_gaussians", &[&grey], &args, &format!("{to}_lines"))?;
                c.call("clip", &[&left], &[("minimum", 0.0.into())], to)
            })?;
            match m.yes("Rescale result image") {
                true => stretched(c, &step, to)?,
                false => step,
            }
        }
        "Neurites" => {
            // Bright lines of the radius, dark ones taken away, as CellProfiler's gradient method does.
            c.differs("line structures are a tophat; their gaps, the tophat of the dark, are not taken away");
            c.call("white_tophat", &[&grey], &disk, to)?
        }
        "Dark holes" => {
            c.differs("holes are those that a closing fills");
            c.call("black_tophat", &[&grey], &disk, to)?
        }
        "Texture" => {
            let sigma = m.number("Smoothing scale").unwrap_or(2.0);
            c.differs("the variance mirrors the image at its border, where CellProfiler takes the pixels that there are");
            let sigma = [("sigma", Value::from(sigma))];
            let mean = c.call("gaussian_filter", &[&grey], &sigma, &format!("{to}_mean"))?;
            let squares = c.call("square", &[&grey], &[], &format!("{to}_squares"))?;
            let wide = c.call("gaussian_filter", &[&squares], &sigma, &format!("{to}_mean_of_squares"))?;
            let text = Value::from("max(image - square(other), 0)");
            c.call("pixel_expression", &[&wide, &mean], &[("expression", text)], to)?
        }
        "Circles" if rotifer_registry::find("circle_hough_map").is_some() => {
            c.call("circle_hough_map", &[&grey], &[("radius", radius.into())], to)?
        }
        _ => {
            c.missing(format!("no counterpart yet: \"{kind}\"; a tophat stands in its place"));
            c.call("white_tophat", &[&grey], &disk, to)?
        }
    };
    c.give_image(to, step, &picture);
    Ok(())
}

/// Bright lines: minus the eigenvalue of the second derivatives that is farthest from 0, where it is negative, times sigma squared.
fn tubeness(c: &mut Conversion, grey: &str, sigma: f64, to: &str) -> Result<String> {
    const KERNELS: [(&str, &[&[f64]]); 3] = [
        ("xx", &[&[1.0, -2.0, 1.0]]),
        ("yy", &[&[1.0], &[-2.0], &[1.0]]),
        ("xy", &[&[0.25, 0.0, -0.25], &[0.0, 0.0, 0.0], &[-0.25, 0.0, 0.25]]),
    ];
    if rotifer_registry::find("tubeness").is_some() {
        return c.call("tubeness", &[grey], &[("sigma", sigma.into())], to);
    }
    let smooth = c.call("gaussian_filter", &[grey], &[("sigma", sigma.into())], &format!("{to}_smooth"))?;
    let mut second = Vec::new();
    for (name, kernel) in KERNELS {
        let rows = kernel.iter().map(|row| Value::List(row.iter().map(|x| Value::from(*x)).collect()));
        let args = [("kernel", Value::List(rows.collect()))];
        second.push(c.call("convolve", &[&smooth], &args, &format!("{to}_{name}"))?);
    }
    let text = format!(
        "max((hypot((image - other) / 2, third) - (image + other) / 2) * (image + other < 0), 0) * {}",
        sigma * sigma
    );
    let from: Vec<&str> = second.iter().map(String::as_str).collect();
    c.call("pixel_expression", &from, &[("expression", text.into())], to)
}

pub fn edges(c: &mut Conversion, m: &Settings) -> Result<()> {
    let (from, to) = (m.get("Select the input image"), m.get("Name the output image"));
    let method = m.get("Select an edge-finding method");
    c.about(format!("{to} of {from}: {method}"));
    let picture = c.picture(from)?;
    let grey = c.grey(from)?;
    let direction = match m.get("Select edge direction to enhance") {
        "Horizontal" => Some("y"),
        "Vertical" => Some("x"),
        _ => None,
    };
    let axis: Vec<(&str, Value)> = direction.map(|axis| ("axis", axis.into())).into_iter().collect();
    let sigma = match m.yes("Calculate Gaussian's sigma automatically?") {
        true if method == "Canny" => 1.0,
        true => 2.0,
        false => m.number("Gaussian's sigma value").unwrap_or(2.0),
    };
    let step = match method {
        "Sobel" | "Prewitt" => {
            let op = if method == "Sobel" { "sobel" } else { "prewitt" };
            let found = c.call(op, &[&grey], &axis, &format!("{to}_edges"))?;
            // Magnitudes here are the mean of two squares, there their sum.
            let factor = if direction.is_none() { std::f64::consts::SQRT_2 } else { 1.0 };
            c.call("multiply", &[&found], &[("value", factor.into())], to)?
        }
        "LoG" => c.call("laplacian_of_gaussian", &[&grey], &[("sigma", sigma.into())], to)?,
        "Canny" => {
            let mut args = vec![("sigma", Value::from(sigma))];
            if m.yes("Automatically calculate the threshold?") {
                c.differs(
                    "the thresholds of Canny's edges are those of the function, not Otsu's of the gradient",
                );
            } else {
                let high = m.number("Absolute threshold").unwrap_or(0.2);
                let low = match m.yes("Calculate value for low threshold automatically?") {
                    true => 0.4 * high,
                    false => m.number("Low threshold value").unwrap_or(0.1),
                };
                args.extend([("low_threshold", low.min(high).into()), ("high_threshold", high.into())]);
            }
            c.call("canny", &[&grey], &args, to)?
        }
        "Roberts" => {
            let row = |a: f64, b: f64| Value::List(vec![0.0.into(), a.into(), b.into()]);
            let none = Value::List(vec![0.0.into(); 3]);
            let mut parts = Vec::new();
            for rows in [[row(1.0, 0.0), row(0.0, -1.0)], [row(0.0, 1.0), row(-1.0, 0.0)]] {
                let [above, below] = rows;
                let kernel = Value::List(vec![none.clone(), above, below]);
                parts.push(c.call("convolve", &[&grey], &[("kernel", kernel)], &format!("{to}_diagonal"))?);
            }
            c.call("hypot", &[&parts[0], &parts[1]], &[], to)?
        }
        _ => {
            c.missing(format!("no counterpart yet: \"{method}\"; Sobel's edges stand in its place"));
            c.call("sobel", &[&grey], &[], to)?
        }
    };
    c.give_image(to, step, &picture);
    if method == "Canny" {
        c.binary(to);
    }
    Ok(())
}
