use super::sobel::Axis;
use crate::common::bank::{Bank, Beyond, Chain, gaussians, slope};
use rotifer_registry::*;

op! {
    /// Adds up the second derivatives along all axes: the discrete Laplacian.
    ///
    /// Along each axis the pixel before, less twice the pixel itself, plus the one after. Bright spots become negative.
    pub struct Laplace {
        ..Border(edge, constant);
    }
    id: "laplace", revision: 1, family: Filters,
    kernel: Bank {
        beyond: Beyond { edge, constant, filtered: false },
        chains: |meta: &VolumeMeta| Ok(each_axis(meta, |a| vec![slope(meta, a, &[1.0, -2.0, 1.0], &[])])),
        value: |along: &[f64]| along.iter().sum(),
    },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "scipy.ndimage.laplace 1.17",
    python: "ndi.laplace(f64(image), mode=edge, cval=constant)",
    examples: ["edge = \"wrap\"", "edge = \"constant\"\nconstant = 50", "edge = \"mirror\""],
}

op! {
    /// Gives the slope along one axis: the next pixel minus the one before.
    ///
    /// The difference is that over two pixels: half of it is the slope for each.
    pub struct Gradient {
        /// The axis along which neighbours are compared.
        axis: Axis = Axis::X;
        ..Border(edge: Nearest, constant);
    }
    id: "gradient", revision: 1, family: Filters,
    kernel: Bank {
        beyond: Beyond { edge, constant, filtered: false },
        chains: move |meta: &VolumeMeta| Ok(vec![vec![slope(meta, index(axis, meta)?, &[-1.0, 0.0, 1.0], &[])]]),
        value: |along: &[f64]| along[0],
    },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "scipy.ndimage.correlate1d 1.17",
    python: "ndi.correlate1d(f64(image), [-1, 0, 1], image.ndim - 1 - 'xyz'.index(axis), mode=edge, cval=constant)",
    examples: ["axis = \"y\"", "axis = \"z\"\nedge = \"wrap\"", "edge = \"constant\"\nconstant = 30"],
}

op! {
    /// Finds edges with the Prewitt filter: the gradient of the image, smoothed by the mean of three pixels.
    ///
    /// Along one axis: the next pixel minus the one before, weighted by a third each along each other axis.
    /// Without `axis`: the root of the mean of the squares over all axes.
    pub struct Prewitt {
        /// The derivative along this axis alone, with its sign.
        axis: Option<Axis> = None;
        ..Border(edge, constant);
    }
    id: "prewitt", revision: 1, family: Filters,
    kernel: Bank {
        beyond: Beyond { edge, constant, filtered: true },
        chains: move |meta: &VolumeMeta| edges(axis, meta, &[1.0 / 3.0; 3]),
        value: magnitude,
    },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "skimage.filters.prewitt 0.26",
    python: "ski.filters.prewitt(f64(image), axis=None if axis is None else image.ndim - 1 - 'xyz'.index(axis), mode=edge, cval=constant)",
    examples: ["axis = \"y\"\nedge = \"wrap\"", "axis = \"z\"", "edge = \"constant\"\nconstant = 30"],
}

op! {
    /// Finds edges with the Scharr filter: the gradient of the image, smoothed so that all directions count the same.
    ///
    /// Along one axis: the next pixel minus the one before, weighted by 3/16, 10/16, 3/16 along each other axis.
    /// Without `axis`: the root of the mean of the squares over all axes.
    pub struct Scharr {
        /// The derivative along this axis alone, with its sign.
        axis: Option<Axis> = None;
        ..Border(edge, constant);
    }
    id: "scharr", revision: 1, family: Filters,
    kernel: Bank {
        beyond: Beyond { edge, constant, filtered: true },
        chains: move |meta: &VolumeMeta| edges(axis, meta, &[3.0 / 16.0, 10.0 / 16.0, 3.0 / 16.0]),
        value: magnitude,
    },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "skimage.filters.scharr 0.26",
    python: "ski.filters.scharr(f64(image), axis=None if axis is None else image.ndim - 1 - 'xyz'.index(axis), mode=edge, cval=constant)",
    examples: ["axis = \"y\"\nedge = \"wrap\"", "axis = \"z\"", "edge = \"constant\"\nconstant = 30"],
}

op! {
    /// Finds blobs and edges of one size: the Laplacian of the image blurred by a Gaussian.
    ///
    /// The sum of the second derivatives along all axes, by derivatives of a Gaussian that is sampled and ends at
    /// round(truncate·σ). Bright spots of radius √2·σ become the lowest values. The units are those of the image for each
    /// pixel squared: times σ², sizes can be compared.
    pub struct LaplacianOfGaussian {
        /// Standard deviation of the Gaussian along z, y, x.
        sigma: PerAxis<Length> = px(1.0), range(0.1, 256.0);
        /// Radius of the window, in standard deviations.
        truncate: f64 = 4.0, range(1.0, 8.0);
        ..Border(edge, constant);
    }
    id: "laplacian_of_gaussian", revision: 1, family: Filters,
    kernel: Bank {
        beyond: Beyond { edge, constant, filtered: false },
        chains: move |meta: &VolumeMeta| derivatives(&sigma, meta, 2, truncate),
        value: |along: &[f64]| along.iter().sum(),
    },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "scipy.ndimage.gaussian_laplace 1.17",
    python: "ndi.gaussian_laplace(f64(image), sigma, mode=edge, cval=constant, truncate=truncate)",
    examples: ["sigma = 2.5", "sigma = [1.0, 2.0]\nedge = \"nearest\"", "sigma = 1.5\nedge = \"constant\"\nconstant = 40\ntruncate = 3"],
}

op! {
    /// Finds edges of one size: how steep the image is after it is blurred by a Gaussian.
    ///
    /// The root of the sum of the squared derivatives along all axes, by derivatives of a Gaussian that is sampled and ends
    /// at round(truncate·σ).
    pub struct GaussianGradientMagnitude {
        /// Standard deviation of the Gaussian along z, y, x.
        sigma: PerAxis<Length> = px(1.0), range(0.1, 256.0);
        /// Radius of the window, in standard deviations.
        truncate: f64 = 4.0, range(1.0, 8.0);
        ..Border(edge, constant);
    }
    id: "gaussian_gradient_magnitude", revision: 1, family: Filters,
    kernel: Bank {
        beyond: Beyond { edge, constant, filtered: false },
        chains: move |meta: &VolumeMeta| derivatives(&sigma, meta, 1, truncate),
        value: |along: &[f64]| along.iter().map(|v| v * v).sum::<f64>().sqrt(),
    },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "scipy.ndimage.gaussian_gradient_magnitude 1.17",
    python: "ndi.gaussian_gradient_magnitude(f64(image), sigma, mode=edge, cval=constant, truncate=truncate)",
    examples: ["sigma = 2.5", "sigma = [1.0, 2.0]\nedge = \"nearest\"", "sigma = 1.5\nedge = \"constant\"\nconstant = 40\ntruncate = 3"],
}

/// A chain for every axis of an image.
fn each_axis(meta: &VolumeMeta, chain: impl Fn(usize) -> Chain) -> Vec<Chain> {
    meta.axes().map(chain).collect()
}

/// The index of an axis that the image has.
pub fn index(axis: Axis, meta: &VolumeMeta) -> Result<usize, Error> {
    if meta.axes().contains(&(axis as usize)) {
        return Ok(axis as usize);
    }
    Err(Error::new(Code::Shape, "a 2-D image has no z axis").argument("axis").value("z").allowed("y, x"))
}

/// Derivatives along one axis or all, smoothed along the others.
fn edges(axis: Option<Axis>, meta: &VolumeMeta, smooth: &[f64]) -> Result<Vec<Chain>, Error> {
    let along = |a| vec![slope(meta, a, &[-1.0, 0.0, 1.0], smooth)];
    Ok(match axis {
        Some(axis) => vec![along(index(axis, meta)?)],
        None => each_axis(meta, along),
    })
}

/// Of one derivative itself, of several the root of the mean of their squares.
fn magnitude(along: &[f64]) -> f64 {
    match along {
        [alone] => *alone,
        all => (all.iter().map(|v| v * v).sum::<f64>() / all.len() as f64).sqrt(),
    }
}

/// Derivatives of this order along each axis of a blurred image.
pub fn derivatives(
    sigma: &PerAxis<Length>,
    meta: &VolumeMeta,
    order: usize,
    truncate: f64,
) -> Result<Vec<Chain>, Error> {
    let sigma = sigma.pixels(meta)?;
    let along = |a: usize| [0, 1, 2].map(|b| if a == b { order } else { 0 });
    Ok(each_axis(meta, |a| vec![gaussians(sigma, along(a), truncate)]))
}
