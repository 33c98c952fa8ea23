use crate::common::bank::f64s;
use crate::common::threads;
use crate::simd;
use rotifer_registry::*;

op! {
    /// Removes noise: each pixel becomes the mean of pixels whose surroundings look like its own (non-local means).
    ///
    /// The weight of a pixel is exp(−D/h²), D the mean squared difference of the two surroundings, less 2σ², nothing below 0;
    /// where D/h² is above 5 it counts nothing. Fast: D is over `patch_size` − 1 pixels along each axis, one
    /// more after the pixel than before, divided by `patch_size` for each axis, and beyond the border the image is mirrored.
    /// Else: D is weighted by a Gaussian of standard deviation (`patch_size` − 1)/4 over the whole patch, pixels beyond the
    /// border are not averaged, and of D the last row (plane in 3-D) may pass 5. exp is Schraudolph's approximation, within
    /// 4 %; both as in scikit-image, which for the slow form gives random results where D is beyond 700: here the
    /// weight is 0.
    pub struct DenoiseNlMeans {
        /// How alike surroundings must be, in units of the image: about the standard deviation of the noise.
        h: f64, range(1e-9, 1e12);
        /// Width of the surroundings that are compared, in pixels; an even one is one more.
        patch_size: u32 = 7, range(2, 64);
        /// How far away pixels are looked for, in pixels along each axis.
        patch_distance: u32 = 11, range(1, 256);
        /// Whether all pixels of the surroundings count the same.
        fast_mode: bool = true;
        /// Standard deviation of the noise, where it is known.
        sigma: f64 = 0.0, range(0.0, 1e12);
    }
    id: "denoise_nl_means", revision: 1, family: Restoration,
    memory: host,
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "skimage.restoration.denoise_nl_means 0.26",
    python: "ski.restoration.denoise_nl_means(f64(image), patch_size, patch_distance, h, fast_mode, sigma, preserve_range=True)",
    examples: ["h = 20\npatch_size = 3\npatch_distance = 3", "h = 15\npatch_size = 4\npatch_distance = 2\nsigma = 5", "h = 20\npatch_size = 3\npatch_distance = 2\nfast_mode = false", "h = 200\npatch_size = 5\npatch_distance = 2\nfast_mode = false\nsigma = 3"],
}

/// Beyond this a pixel is another one.
const CUT: f64 = 5.0;

/// Schraudolph's exponential (1999): the exponent and the first 20 bits of the mantissa are a line.
#[inline(always)]
fn quick_exp(x: f64) -> f64 {
    let high = (1_048_576.0 / std::f64::consts::LN_2 * x.max(-700.0)) as i32 + 1_072_632_447;
    if x < -700.0 { 0.0 } else { f64::from_bits((high as u32 as u64) << 32) }
}

/// The patches that are compared.
struct Patch {
    /// Weights along an axis, and where the first one stands, counted from the pixel.
    weights: Vec<f64>,
    first: isize,
    /// The divisor of a sum.
    scale: f64,
}

impl DenoiseNlMeans {
    /// Half of the width of the surroundings.
    fn half(&self) -> usize {
        (self.patch_size / 2) as usize
    }

    fn patch(&self, ndim: usize) -> Patch {
        let half = self.half() as isize;
        let (size, axes, squared) = (2 * half + 1, ndim as i32, self.h * self.h);
        if self.fast_mode {
            let weights = vec![1.0; 2 * half as usize];
            return Patch { weights, first: 1 - half, scale: squared * (size as f64).powi(axes) };
        }
        let spread = (size - 1) as f64 / 4.0;
        let weight = |x: isize| (-((x * x) as f64) / (2.0 * spread * spread)).exp();
        let weights: Vec<f64> = (-half..=half).map(weight).collect();
        let sum: f64 = weights.iter().sum();
        Patch { weights, first: -half, scale: squared * sum.powi(axes) }
    }

    /// Pixels beyond the border that are looked at, along each axis.
    fn margin(&self, ndim: usize) -> [usize; 3] {
        let margin = self.half() + self.patch_distance as usize;
        [if ndim == 2 { 0 } else { margin }, margin, margin]
    }
}

simd! {
    fn squares(out: &mut [f64], a: &[f64], b: &[f64], less: f64) {
        for ((o, a), b) in out.iter_mut().zip(a).zip(b) {
            *o = (a - b) * (a - b) - less;
        }
    }

    fn add(out: &mut [f64], line: &[f64], weight: f64) {
        for (o, v) in out.iter_mut().zip(line) {
            *o += weight * v;
        }
    }

    fn mark(over: &mut [f64], sums: &[f64], cut: f64) {
        for (o, v) in over.iter_mut().zip(sums) {
            *o = if *v > cut { 1.0 } else { *o };
        }
    }

    fn gather(sums: &mut [f64], weights: &mut [f64], distances: &[f64], there: &[f64], over: &[f64], scale: f64, cut: f64) {
        for ((((sum, weight), d), v), over) in sums.iter_mut().zip(weights).zip(distances).zip(there).zip(over) {
            let distance = d.max(0.0) / scale;
            let w = if distance > cut || *over > 0.0 { 0.0 } else { quick_exp(-distance) };
            *sum += w * v;
            *weight += w;
        }
    }
}

/// Sums over the windows of `weights` along an axis of a block: `count` of them, from `lines` that lie `step` apart.
fn window(out: &mut [f64], from: &[f64], weights: &[f64], step: usize) {
    out.fill(0.0);
    let n = out.len();
    weights.iter().enumerate().for_each(|(k, w)| add(out, &from[k * step..k * step + n], *w));
}

impl Host for DenoiseNlMeans {
    fn reach(&self, inputs: &Metas) -> Result<Reach, Error> {
        // Beyond the border a tile would find its own pixels, and the slow form does not look there.
        inputs.volume("image").map(|_| Reach::Whole)
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        const ROWS: usize = 16;
        let image = inputs.volume("image")?;
        let (shape, ndim) = (image.shape(), image.ndim());
        let [nz, ny, nx] = shape;
        let margin = self.margin(ndim);
        let wide = [0, 1, 2].map(|a| shape[a] + 2 * margin[a]);
        let pixels = f64s(image);
        let mut mirrored = vec![0.0; wide.iter().product()];
        threads::each_row(&mut mirrored, wide[2], |row, line| {
            let inside = |i: usize, a: usize| {
                Edge::Mirror.index(i as isize - margin[a] as isize, shape[a]).unwrap_or(0)
            };
            let (z, y) = (inside(row / wide[1], 0), inside(row % wide[1], 1));
            line.iter_mut().enumerate().for_each(|(x, to)| *to = pixels[(z * ny + y) * nx + inside(x, 2)]);
        });
        drop(pixels);
        let patch = self.patch(ndim);
        let taps = patch.weights.len();
        let far = self.patch_distance as isize;
        let far_z = if ndim == 2 { 0 } else { far };
        let deep = if ndim == 2 { 1 } else { taps };
        let noise = 2.0 * self.sigma * self.sigma;
        let slow_cut = if self.fast_mode { f64::INFINITY } else { CUT * patch.scale };
        let cut = if self.fast_mode { CUT } else { f64::INFINITY };
        let mirrored = &mirrored;
        // Bands of rows through all planes: the sums along z are shared by what lies above each other.
        let bands: Vec<Vec<f32>> = threads::collect((0..ny).step_by(ROWS), |top| {
            let rows = ROWS.min(ny - top);
            let (high, long) = (rows + taps - 1, nx + taps - 1);
            let planes = nz + deep - 1;
            let [mut sums, mut weights] = [0, 1].map(|_| vec![0.0; nz * rows * nx]);
            let mut line = vec![0.0; long];
            let mut along_x = vec![0.0; planes * high * nx];
            let mut along_y = vec![0.0; planes * rows * nx];
            let (mut along_z, mut over) = (vec![0.0; rows * nx], vec![0.0; rows * nx]);
            let shifts = (-far_z..=far_z)
                .flat_map(|z| (-far..=far).flat_map(move |y| (-far..=far).map(move |x| [z, y, x])));
            for shift in shifts {
                let place = |z: isize, y: isize, x: isize| {
                    let [z, y, x] = [z, y, x].map(|i| i as usize);
                    (z * wide[1] + y) * wide[2] + x
                };
                let [mz, my, mx] = margin.map(|m| m as isize);
                let first_z = if ndim == 2 { 0 } else { patch.first };
                for (row, out) in along_x.chunks_mut(nx).enumerate() {
                    let z = mz + first_z + (row / high) as isize;
                    let y = my + patch.first + (top + row % high) as isize;
                    let x = mx + patch.first;
                    let (here, there) = (place(z, y, x), place(z + shift[0], y + shift[1], x + shift[2]));
                    squares(&mut line, &mirrored[here..here + long], &mirrored[there..there + long], noise);
                    window(out, &line, &patch.weights, 1);
                }
                let flat = ndim == 2;
                // The last axis summed, y of a plane and z of a volume, is where the slow form cuts.
                let cut_partial = |over: &mut [f64], out: &mut [f64], from: &[f64], step: usize| {
                    out.fill(0.0);
                    over.fill(0.0);
                    let n = out.len();
                    for (k, w) in patch.weights.iter().enumerate() {
                        add(out, &from[k * step..k * step + n], *w);
                        if k + 1 < taps && slow_cut.is_finite() {
                            mark(over, out, slow_cut);
                        }
                    }
                };
                if flat {
                    cut_partial(&mut over, &mut along_z, &along_x, nx);
                } else {
                    for (out, from) in along_y.chunks_mut(rows * nx).zip(along_x.chunks(high * nx)) {
                        window(out, from, &patch.weights, nx);
                    }
                }
                for z in 0..nz {
                    if !flat {
                        cut_partial(&mut over, &mut along_z, &along_y[z * rows * nx..], rows * nx);
                    }
                    for y in 0..rows {
                        let mut columns = 0..nx;
                        if !self.fast_mode {
                            let inside = |i: usize, a: usize| {
                                (0..shape[a] as isize).contains(&(i as isize + shift[a]))
                            };
                            if !inside(z, 0) || !inside(top + y, 1) {
                                continue;
                            }
                            let end = (nx as isize - shift[2].max(0)).max(0) as usize;
                            columns = (-shift[2]).max(0).min(nx as isize) as usize..end;
                            if columns.is_empty() {
                                continue;
                            }
                        }
                        let there = place(
                            mz + z as isize + shift[0],
                            my + (top + y) as isize + shift[1],
                            mx + columns.start as isize + shift[2],
                        );
                        let own = y * nx + columns.start..y * nx + columns.end;
                        let at = (z * rows) * nx;
                        let kept = at + own.start..at + own.end;
                        gather(
                            &mut sums[kept.clone()],
                            &mut weights[kept],
                            &along_z[own.clone()],
                            &mirrored[there..there + columns.len()],
                            &over[own],
                            patch.scale,
                            cut,
                        );
                    }
                }
            }
            sums.iter().zip(&weights).map(|(sum, weight)| (sum / weight) as f32).collect()
        });
        let mut out = Vec::with_capacity(image.len());
        for z in 0..nz {
            for band in &bands {
                let plane = band.len() / nz;
                out.extend_from_slice(&band[z * plane..(z + 1) * plane]);
            }
        }
        Ok(vec![Datum::Volume(image.image(out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let denoise = || {
            let image = inputs.volume("image")?;
            let grid = Grid::from(image);
            let patch = self.patch(image.ndim());
            let far = self.patch_distance as isize;
            let taps = patch.weights.len() as isize;
            let noise = 2.0 * self.sigma * self.sigma;
            let (far_z, flat) = if image.ndim() == 2 { (0, true) } else { (far, false) };
            let sample = |p: [usize; 3], o: [isize; 3]| {
                grid.sample([0, 1, 2].map(|a| p[a] as isize + o[a]), Edge::Mirror, 0.0)
            };
            let weight = |p: [usize; 3], shift: [isize; 3]| {
                let mut distance = 0.0;
                for i in 0..taps {
                    if !self.fast_mode && distance > CUT * patch.scale {
                        return 0.0;
                    }
                    // Along z of a plane there is one pixel.
                    for j in 0..if flat { 1 } else { taps } {
                        for k in 0..taps {
                            let [z, y, x] = if flat { [0, i, k] } else { [i, j, k] };
                            let at = |t: isize| patch.first + t;
                            let o = [if flat { 0 } else { at(z) }, at(y), at(x)];
                            let along = if flat { [i, k, k] } else { [i, j, k] };
                            let mut w = patch.weights[along[0] as usize] * patch.weights[along[2] as usize];
                            if !flat {
                                w *= patch.weights[along[1] as usize];
                            }
                            let apart = sample(p, o) - sample(p, [0, 1, 2].map(|a| o[a] + shift[a]));
                            distance += w * (apart * apart - noise);
                        }
                    }
                }
                let distance = distance.max(0.0) / patch.scale;
                if self.fast_mode && distance > CUT { 0.0 } else { quick_exp(-distance) }
            };
            Ok(vec![Plain::Image(grid.map_at(|p| {
                let (mut sum, mut weights) = (0.0, 0.0);
                for z in -far_z..=far_z {
                    for y in -far..=far {
                        for x in -far..=far {
                            let shift = [z, y, x];
                            let inside =
                                |a: usize| (0..grid.shape[a] as isize).contains(&(p[a] as isize + shift[a]));
                            if !self.fast_mode && !(0..3).all(inside) {
                                continue;
                            }
                            let w = weight(p, shift);
                            sum += w * sample(p, shift);
                            weights += w;
                        }
                    }
                }
                sum / weights
            }))])
        };
        Some(denoise())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        let Some(image) = inputs.first() else { return 1 };
        let one = (2 * self.patch_distance as usize + 1).saturating_mul(2 * self.half() + 1);
        (0..image.ndim).fold(image.len(), |n, _| n.saturating_mul(one))
    }
}
