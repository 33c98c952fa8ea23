use crate::common::rows::Extended;
use crate::common::separable;
use crate::filters::gaussian_filter::{f32s, weights};
use bytemuck::{Pod, Zeroable};
use rotifer_registry::*;
use rotifer_shaders::filters::DIFFERENCE_OF_GAUSSIANS;

op! {
    /// Finds structures between two sizes: the image blurred by a small Gaussian minus the image blurred by a large one.
    ///
    /// Both windows end at round(truncate·σ). A constant image becomes 0.
    pub struct DifferenceOfGaussians {
        /// Standard deviation of the small Gaussian along z, y, x. 0 leaves that axis as it is.
        low_sigma: PerAxis<Length> = px(1.0), range(0.0, 512.0);
        /// Standard deviation of the large Gaussian, nowhere below `low_sigma`; 1.6 times it where left out.
        high_sigma: Option<PerAxis<Length>> = None, range(0.0, 820.0);
        /// Radius of the windows, in standard deviations.
        truncate: f64 = 4.0, range(1.0, 8.0);
        ..Border(edge: Nearest, constant);
    }
    id: "difference_of_gaussians", revision: 1, family: Filters,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-5), follows: "skimage.filters.difference_of_gaussians 0.26",
    python: "ski.filters.difference_of_gaussians(f64(image), low_sigma, high_sigma, mode=edge, cval=constant, truncate=truncate)",
    examples: ["low_sigma = 1.5\nhigh_sigma = 4.0", "low_sigma = [0.0, 1.0]\nhigh_sigma = [1.0, 2.5]\nedge = \"mirror\"", "low_sigma = 0.7\nedge = \"constant\"\nconstant = 20.0", "low_sigma = [0.5, 1.0, 1.0]\nedge = \"reflect\""],
}

impl DifferenceOfGaussians {
    /// Weights of the small and of the large Gaussian.
    fn weights(&self, meta: &VolumeMeta) -> Result<[[Vec<f64>; 3]; 2], Error> {
        let low = self.low_sigma.pixels(meta)?;
        let high = match &self.high_sigma {
            Some(sigma) => sigma.pixels(meta)?,
            None => low.map(|s| 1.6 * s),
        };
        match (0..3).find(|&a| high[a] < low[a]) {
            Some(axis) => Err(Error::new(Code::OutOfRange, "below `low_sigma`")
                .argument("high_sigma")
                .value(high[axis])
                .allowed(format!("{} or more", low[axis]))),
            None => Ok([low, high].map(|sigma| sigma.map(|s| dyadic(weights(s, self.truncate))))),
        }
    }
}

/// Weights as multiples of 2⁻²⁹ whose sum is 1: float64 sums a constant image of 24 bits without rounding.
fn dyadic(weights: Vec<f64>) -> Vec<f64> {
    const ONE: f64 = (1u64 << 29) as f64;
    let mut units: Vec<f64> = weights.iter().map(|w| (w * ONE).round()).collect();
    let rest = ONE - units.iter().sum::<f64>();
    let middle = units.len() / 2;
    units.iter_mut().skip(middle).take(1).for_each(|unit| *unit += rest);
    units.into_iter().map(|unit| unit / ONE).collect()
}

impl Host for DifferenceOfGaussians {
    fn reach(&self, inputs: &Metas) -> Result<Reach, Error> {
        let [low, high] = self.weights(inputs.volume("image")?)?;
        Ok(Reach::Window([0, 1, 2].map(|a| low[a].len().max(high[a].len()) / 2)))
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let [low, high] = self.weights(&image.meta())?;
        let (shape, edge, constant) = (image.shape(), self.edge, self.constant);
        let out = each_dtype!(image.pixels(), |pixels| {
            let extended = Extended { pixels, shape, edge, constant };
            separable::correlate_difference(extended, &low, &high)
        });
        Ok(vec![Datum::Volume(image.image(out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let difference = || {
            let image = inputs.volume("image")?;
            let grid = Grid::from(image);
            // Relative to one pixel, so that a constant image is exactly 0.
            let first = grid.data.first().copied().filter(|v| v.is_finite()).unwrap_or(0.0);
            let [low, high] = self.weights(&image.meta())?.map(|weights| {
                let mut grid = grid.map(|v| v - first);
                for (axis, weights) in weights.iter().enumerate().filter(|(_, w)| !w.is_empty()) {
                    grid = grid.correlate_axis(axis, weights, self.edge, self.constant - first);
                }
                grid
            });
            let data = low.data.iter().zip(&high.data).map(|(a, b)| a - b).collect();
            Ok(vec![Plain::Image(Grid { data, ..low })])
        };
        Some(difference())
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    len: u32,
    is_bordered: u32,
    border: f32,
    padding: u32,
}

impl Device for DifferenceOfGaussians {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let n = image.buffer.len;
        let is_bordered = self.edge == Edge::Constant;
        let border = self.constant as f32;
        let params = Params { len: n as u32, is_bordered: is_bordered as u32, border, padding: 0 };
        let mut pixels = image.buffer;
        // An infinite border leaves no image beside it.
        let has_level = !is_bordered || border.is_finite();
        if has_level {
            pixels = recorder.buffer(n);
            let pass = recorder.pass(&DIFFERENCE_OF_GAUSSIANS).entry("subtract_level").uniform(&params);
            pass.bind(&[image.buffer, pixels]).over(n)?;
        }
        let constant = if has_level { 0.0 } else { border };
        let mut blurred = Vec::new();
        for weights in self.weights(&image.meta)? {
            let (shape, weights) = (image.meta.shape, f32s(&weights));
            blurred
                .push(separable::record_correlate(recorder, pixels, shape, &weights, self.edge, constant)?);
        }
        let out = recorder.buffer(n);
        let pass = recorder.pass(&DIFFERENCE_OF_GAUSSIANS).entry("subtract").uniform(&params);
        pass.bind(&[blurred[0], blurred[1], out]).over(n)?;
        Ok(vec![DeviceOutput::volume(out)])
    }
}
