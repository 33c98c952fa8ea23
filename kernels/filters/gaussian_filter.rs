use crate::common::rows::Extended;
use crate::common::separable;
use rotifer_registry::*;

op! {
    /// Blurs an image with a Gaussian, one axis at a time.
    ///
    /// Weights are exp(-x²/2σ²) for |x| ≤ round(truncate·σ), normalised to sum to 1: a constant image stays constant.
    pub struct GaussianFilter {
        /// Standard deviation along z, y, x. 0 leaves that axis as it is.
        sigma: PerAxis<Length> = px(1.0), range(0.0, 512.0);
        /// Radius of the window, in standard deviations.
        truncate: f64 = 4.0, range(1.0, 8.0);
        ..Border(edge, constant);
    }
    id: "gaussian_filter", revision: 1, family: Filters,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(2e-6), follows: "scipy.ndimage.gaussian_filter 1.17",
    python: "ndi.gaussian_filter(f64(image), sigma, mode=edge, cval=constant, truncate=truncate)",
    examples: ["sigma = 2.0", "sigma = [0.0, 1.5]\nedge = \"wrap\"", "sigma = 1.2\nedge = \"constant\"\nconstant = 7.0"],
}

impl GaussianFilter {
    /// Weights along z, y, x; none where sigma is 0.
    fn weights(&self, meta: &VolumeMeta) -> Result<[Vec<f64>; 3], Error> {
        Ok(self.sigma.pixels(meta)?.map(|sigma| weights(sigma, self.truncate)))
    }
}

/// Weights as the kernels take them.
pub fn f32s(weights: &[Vec<f64>; 3]) -> separable::Weights {
    weights.each_ref().map(|w| w.iter().map(|&w| w as f32).collect())
}

/// Normalised weights of a Gaussian window; none where sigma is 0.
pub fn weights(sigma: f64, truncate: f64) -> Vec<f64> {
    if sigma <= 1e-15 {
        return Vec::new();
    }
    let radius = (truncate * sigma + 0.5) as isize;
    let raw: Vec<f64> = (-radius..=radius).map(|x| (-0.5 * (x as f64 / sigma).powi(2)).exp()).collect();
    let sum: f64 = raw.iter().sum();
    raw.into_iter().map(|w| w / sum).collect()
}

impl Host for GaussianFilter {
    fn reach(&self, inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Window(self.weights(inputs.volume("image")?)?.map(|w| w.len() / 2)))
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let weights = f32s(&self.weights(&image.meta())?);
        let (shape, edge, constant) = (image.shape(), self.edge, self.constant);
        let out = each_dtype!(image.pixels(), |pixels| {
            separable::correlate(Extended { pixels, shape, edge, constant }, &weights)
        });
        Ok(vec![Datum::Volume(image.image(out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let blur = || {
            let image = inputs.volume("image")?;
            let mut grid = Grid::from(image);
            for (axis, weights) in
                self.weights(&image.meta())?.iter().enumerate().filter(|(_, w)| !w.is_empty())
            {
                grid = grid.correlate_axis(axis, weights, self.edge, self.constant);
            }
            Ok(vec![Plain::Image(grid)])
        };
        Some(blur())
    }
}

impl Device for GaussianFilter {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let weights = f32s(&self.weights(&image.meta)?);
        let (shape, constant) = (image.meta.shape, self.constant as f32);
        let out = separable::record_correlate(recorder, image.buffer, shape, &weights, self.edge, constant)?;
        Ok(vec![DeviceOutput::volume(out)])
    }
}
