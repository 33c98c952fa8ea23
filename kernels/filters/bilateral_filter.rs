use crate::common::fresh::{Fresh, blocks};
use crate::common::pixel::functions::exp;
use crate::common::rows::Extended;
use crate::simd;
use rotifer_registry::*;

op! {
    /// Smooths an image but not across its edges: each pixel is the mean of its neighbours that are like it.
    ///
    /// A neighbour at distance d whose value differs by v has the weight exp(-d²/2σs²) · exp(-v²/2σc²), σs being `sigma_spatial`
    /// and σc `sigma_color` (Tomasi and Manduchi 1998); the window is a box. Where all pixels are
    /// equal and `sigma_color` is left out, values do not count.
    /// The weights are those of the formula: `denoise_bilateral` of scikit-image 0.26 reads its table of exp(-d²/2σs²) at the
    /// wrong places and shifts what is bright.
    pub struct BilateralFilter {
        /// Standard deviation of the distance, in pixels.
        sigma_spatial: f64 = 1.0, range(0.01, 64.0);
        /// Standard deviation of values, in units of the image; that of all its pixels where left out.
        sigma_color: Option<f64> = None, range(1e-9, 1e12);
        /// Radius of the window in pixels; 3 times `sigma_spatial`, rounded up, and at least 2 where left out.
        radius: Option<u32> = None, range(0, 192);
        ..Border(edge, constant);
    }
    id: "bilateral_filter", revision: 1, family: Filters,
    memory: host,
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "numpy.exp 2.4",
    python: "
image, r = f64(image), max(2, int(np.ceil(3 * sigma_spatial))) if radius is None else radius
color = image.std() if sigma_color is None else sigma_color
fall = 0 if color == 0 else 1 / (2 * color ** 2)
mode = {'reflect': 'symmetric', 'mirror': 'reflect', 'nearest': 'edge'}.get(edge, edge)
padded = np.pad(image, r, mode, **({'constant_values': constant} if edge == 'constant' else {}))
sums = weights = 0
for at in np.ndindex(*[2 * r + 1] * image.ndim):
    v = padded[tuple(slice(a, a + n) for a, n in zip(at, image.shape))]
    w = np.exp(-sum((a - r) ** 2 for a in at) / (2 * sigma_spatial ** 2) - (v - image) ** 2 * fall)
    sums, weights = sums + w * v, weights + w
result = sums / weights",
    examples: ["sigma_color = 20", "sigma_spatial = 2.5\nsigma_color = 100\nedge = \"wrap\"", "radius = 3\nedge = \"constant\"\nconstant = 20", "radius = 1\nedge = \"nearest\"\nsigma_color = 0.2"],
}

impl BilateralFilter {
    fn radius(&self, meta: &VolumeMeta) -> [usize; 3] {
        let radius = self.radius.unwrap_or(((3.0 * self.sigma_spatial).ceil() as u32).max(2)) as usize;
        [if meta.ndim == 2 { 0 } else { radius }, radius, radius]
    }

    /// -1/2σ² of values, 0 where all are equal.
    fn falloff(&self, image: &Volume) -> f64 {
        let sigma = self.sigma_color.unwrap_or_else(|| {
            let values = image.f64s();
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt()
        });
        if sigma == 0.0 { 0.0 } else { -0.5 / (sigma * sigma) }
    }

    /// -d²/2σ² of an offset.
    fn far(&self, offset: [f64; 3]) -> f64 {
        -offset.iter().map(|d| d * d).sum::<f64>() / (2.0 * self.sigma_spatial * self.sigma_spatial)
    }
}

simd! {
    fn add(sums: &mut [f64], weights: &mut [f64], here: &[f64], there: &[f64], far: f64, falloff: f64) {
        for (((sum, weight), a), b) in sums.iter_mut().zip(weights).zip(here).zip(there) {
            let w = exp(far + falloff * ((b - a) * (b - a)));
            *sum += w * b;
            *weight += w;
        }
    }
}

impl Host for BilateralFilter {
    fn reach(&self, inputs: &Metas) -> Result<Reach, Error> {
        Ok(match self.sigma_color {
            Some(_) => Reach::Window(self.radius(inputs.volume("image")?)),
            None => Reach::Whole,
        })
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        const ROWS: usize = 8;
        let image = inputs.volume("image")?;
        let (shape, edge, constant) = (image.shape(), self.edge, self.constant);
        let nx = shape[2];
        let radius = self.radius(&image.meta());
        let [rz, ry, rx] = radius;
        let (width, falloff) = (nx + 2 * rx, self.falloff(image));
        let out = each_dtype!(image.pixels(), |pixels| {
            let image = Extended { pixels, shape, edge, constant };
            let init = || (Vec::new(), vec![0.0f64; 3 * ROWS * nx]);
            blocks(shape, ROWS, init, |(lines, kept): &mut (Vec<f64>, Vec<f64>), z, y, out: Fresh<f32>| {
                let rows = out.len() / nx;
                lines.resize((rows + 2 * ry) * width, 0.0);
                let (here, rest) = kept.split_at_mut(ROWS * nx);
                let (sums, weights) = rest.split_at_mut(ROWS * nx);
                sums.fill(0.0);
                weights.fill(0.0);
                for (i, here) in here.chunks_mut(nx).take(rows).enumerate() {
                    image.padded(z as isize, (y + i) as isize, 0, here, constant, |v| v.to_f64());
                }
                for dz in 0..=2 * rz {
                    for (i, line) in lines.chunks_mut(width).enumerate() {
                        let at = ((z + dz) as isize - rz as isize, (y + i) as isize - ry as isize);
                        image.padded(at.0, at.1, rx, line, constant, |v| v.to_f64());
                    }
                    for i in 0..rows {
                        let row = i * nx..(i + 1) * nx;
                        for (dy, line) in lines.chunks(width).skip(i).take(2 * ry + 1).enumerate() {
                            for dx in 0..=2 * rx {
                                let offset =
                                    [dz as f64 - rz as f64, dy as f64 - ry as f64, dx as f64 - rx as f64];
                                let (sums, weights) = (&mut sums[row.clone()], &mut weights[row.clone()]);
                                let there = &line[dx..dx + nx];
                                add(sums, weights, &here[row.clone()], there, self.far(offset), falloff);
                            }
                        }
                    }
                }
                for ((out, sums), weights) in out.rows(nx).zip(sums.chunks(nx)).zip(weights.chunks(nx)) {
                    out.iter_mut().zip(sums).zip(weights).for_each(|((o, s), w)| *o = (s / w) as f32);
                }
            })
        });
        Ok(vec![Datum::Volume(inputs.volume("image")?.image(out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let smooth = || {
            let image = inputs.volume("image")?;
            let (grid, falloff) = (Grid::from(image), self.falloff(image));
            let [rz, ry, rx] = self.radius(&image.meta()).map(|r| r as isize);
            Ok(vec![Plain::Image(grid.map_at(|p| {
                let (mut sum, mut weights, here) = (0.0, 0.0, grid.at(p));
                for z in -rz..=rz {
                    for y in -ry..=ry {
                        for x in -rx..=rx {
                            let at = [p[0] as isize + z, p[1] as isize + y, p[2] as isize + x];
                            let there = grid.sample(at, self.edge, self.constant);
                            let far = self.far([z as f64, y as f64, x as f64]);
                            let weight = (far + falloff * (there - here).powi(2)).exp();
                            sum += weight * there;
                            weights += weight;
                        }
                    }
                }
                sum / weights
            }))])
        };
        Some(smooth())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        let Some(image) = inputs.first() else { return 1 };
        self.radius(image).iter().fold(image.len().saturating_mul(4), |n, r| n.saturating_mul(2 * r + 1))
    }
}
