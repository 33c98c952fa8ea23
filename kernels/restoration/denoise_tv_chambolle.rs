use crate::common::bank::f64s;
use crate::common::{fresh, threads};
use rotifer_registry::*;

op! {
    /// Removes noise but keeps edges: the image of least total variation that is close to the image.
    ///
    /// Chambolle's projection (2004), with steps of 1/(2·axes), from a field of zeros: until the mean of the squared changes
    /// plus `weight` times the mean length of the gradient changes by less than `eps` times its first value.
    pub struct DenoiseTvChambolle {
        /// How much is smoothed, in units of the image: the more, the flatter.
        weight: f64 = 0.1, range(1e-12, 1e12);
        /// When to stop.
        eps: f64 = 2e-4, range(0.0, 1.0);
        /// Most iterations.
        max_num_iter: u32 = 200, range(1, 100_000);
    }
    id: "denoise_tv_chambolle", revision: 1, family: Restoration,
    memory: host,
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "skimage.restoration.denoise_tv_chambolle 0.26",
    python: "ski.restoration.denoise_tv_chambolle(f64(image), weight, eps, max_num_iter)",
    examples: ["weight = 20", "weight = 5\neps = 1e-5\nmax_num_iter = 30", "weight = 100\nmax_num_iter = 5"],
}

/// Sum of numbers of rows, in the order of the rows.
fn total<I: Send>(rows: impl Iterator<Item = I>, of_row: impl Fn(I) -> f64 + Sync) -> f64 {
    threads::collect(rows, of_row).into_iter().sum()
}

impl Host for DenoiseTvChambolle {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let (shape, ndim) = (image.shape(), image.ndim());
        let [_, ny, nx] = shape;
        let steps = [ny * nx, nx, 1];
        let axes = image.meta().axes();
        let pixels = f64s(image);
        let n = pixels.len();
        let tau = 1.0 / (2.0 * ndim as f64);
        let mut field: Vec<Vec<f64>> = axes.clone().map(|_| vec![0.0; n]).collect();
        let mut smooth = pixels.clone();
        let (mut first, mut last) = (0.0, 0.0);
        let place = |row: usize| [row / ny, row % ny];
        for iteration in 0..self.max_num_iter {
            let mut energy = 0.0;
            if iteration > 0 {
                energy = total(smooth.chunks_mut(nx).enumerate(), |(row, out)| {
                    let ([z, y], start) = (place(row), row * nx);
                    let mut sum = 0.0;
                    for (x, out) in out.iter_mut().enumerate() {
                        let i = start + x;
                        let mut d = -field.iter().map(|p| p[i]).sum::<f64>();
                        for (p, axis) in field.iter().zip(axes.clone()) {
                            if [z, y, x][axis] > 0 {
                                d += p[i - steps[axis]];
                            }
                        }
                        *out = pixels[i] + d;
                        sum += d * d;
                    }
                    sum
                });
            }
            let (smooth, axes) = (&smooth, &axes);
            let step = |row: usize, field: &mut [&mut [f64]]| {
                let ([z, y], start) = (place(row), row * nx);
                let mut sum = 0.0;
                for x in 0..nx {
                    let i = start + x;
                    let mut slopes = [0.0; 3];
                    for (slope, axis) in slopes.iter_mut().zip(axes.clone()) {
                        if [z, y, x][axis] + 1 < shape[axis] {
                            *slope = smooth[i + steps[axis]] - smooth[i];
                        }
                    }
                    let norm = slopes.iter().map(|g| g * g).sum::<f64>().sqrt();
                    sum += norm;
                    let divisor = norm * (tau / self.weight) + 1.0;
                    for (p, g) in field.iter_mut().zip(slopes) {
                        p[x] = (p[x] - tau * g) / divisor;
                    }
                }
                sum
            };
            let lengths = match &mut field[..] {
                [a, b] => total(a.chunks_mut(nx).zip(b.chunks_mut(nx)).enumerate(), |(row, (a, b))| {
                    step(row, &mut [a, b])
                }),
                [a, b, c] => total(
                    a.chunks_mut(nx).zip(b.chunks_mut(nx)).zip(c.chunks_mut(nx)).enumerate(),
                    |(row, ((a, b), c))| step(row, &mut [a, b, c]),
                ),
                _ => 0.0,
            };
            energy = (energy + self.weight * lengths) / n as f64;
            if iteration == 0 {
                first = energy;
            } else if (last - energy).abs() < self.eps * first {
                break;
            }
            last = energy;
        }
        let out = fresh::map(&smooth, |out: &mut [f32], part| {
            out.iter_mut().zip(part).for_each(|(o, v)| *o = *v as f32);
        });
        Ok(vec![Datum::Volume(image.image(out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let denoise = || {
            let image = Grid::from(inputs.volume("image")?);
            let axes: Vec<usize> = (3 - image.ndim..3).collect();
            let tau = 1.0 / (2.0 * image.ndim as f64);
            let beside = |grid: &Grid, p: [usize; 3], axis: usize, step: isize| {
                let mut q = p;
                q[axis] = p[axis].wrapping_add_signed(step);
                (q[axis] < grid.shape[axis]).then(|| grid.at(q))
            };
            let mut field: Vec<Grid> = axes.iter().map(|_| image.map(|_| 0.0)).collect();
            let mut smooth = image.clone();
            let (mut first, mut last) = (0.0, 0.0);
            for iteration in 0..self.max_num_iter {
                let change = image.map_at(|p| {
                    let before = field.iter().zip(&axes).map(|(f, a)| beside(f, p, *a, -1).unwrap_or(0.0));
                    before.sum::<f64>() - field.iter().map(|f| f.at(p)).sum::<f64>()
                });
                smooth = image.map_at(|p| image.at(p) + change.at(p));
                let slope = |p, axis| beside(&smooth, p, axis, 1).map_or(0.0, |v| v - smooth.at(p));
                let norm = image.map_at(|p| axes.iter().map(|a| slope(p, *a).powi(2)).sum::<f64>().sqrt());
                let squares: f64 = change.data.iter().map(|d| d * d).sum();
                let energy =
                    (squares + self.weight * norm.data.iter().sum::<f64>()) / image.data.len() as f64;
                for (f, axis) in field.iter_mut().zip(&axes) {
                    *f = f.map_at(|p| {
                        (f.at(p) - tau * slope(p, *axis)) / (1.0 + norm.at(p) * tau / self.weight)
                    });
                }
                if iteration == 0 {
                    first = energy;
                } else if (last - energy).abs() < self.eps * first {
                    break;
                }
                last = energy;
            }
            Ok(vec![Plain::Image(smooth)])
        };
        Some(denoise())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        inputs.first().map_or(1, |image| image.len().saturating_mul(40 * self.max_num_iter as usize))
    }
}
