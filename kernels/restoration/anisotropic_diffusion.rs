use crate::common::bank::f64s;
use crate::common::{fresh, threads};
use rotifer_registry::*;

choice! {
    /// How differences slow the flow down.
    pub enum Conduction {
        /// exp(−(d/κ)²): keeps edges of high contrast.
        Exponential = "exponential",
        /// 1/(1 + (d/κ)²): keeps wide regions.
        Quadratic = "quadratic",
    }
}

op! {
    /// Smooths an image but not across its edges: brightness flows between neighbours, less where they differ much.
    ///
    /// In each step a pixel gets `step` times the sum of c(d)·d over its neighbours along the axes, d being how much brighter a
    /// neighbour is (Perona and Malik 1990). Nothing flows across the border. With `step` up to 1/(2·axes) no new extremes arise.
    pub struct AnisotropicDiffusion {
        /// Steps; more smooth more.
        num_iter: u32 = 10, range(1, 100_000);
        /// The difference that counts as an edge, in units of the image.
        kappa: f64 = 20.0, range(1e-9, 1e12);
        /// The share of a difference that flows in one step.
        step: f64 = 0.15, range(1e-6, 0.25);
        /// How differences slow the flow down.
        conduction: Conduction = Conduction::Exponential;
    }
    id: "anisotropic_diffusion", revision: 1, family: Restoration,
    memory: host,
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "numpy.diff 2.4",
    python: "
result = f64(image)
for _ in range(num_iter):
    gain = 0
    for axis in range(image.ndim):
        d = np.diff(result, axis=axis)
        flow = d * (np.exp(-(d / kappa) ** 2) if conduction == 'exponential' else 1 / (1 + (d / kappa) ** 2))
        pads = [(0, 0)] * axis, [(0, 0)] * (image.ndim - axis - 1)
        gain = gain + np.pad(flow, pads[0] + [(0, 1)] + pads[1]) - np.pad(flow, pads[0] + [(1, 0)] + pads[1])
    result = result + step * gain",
    examples: ["num_iter = 3\nkappa = 100", "conduction = \"quadratic\"\nstep = 0.2", "num_iter = 20\nkappa = 5\nstep = 0.1"],
}

impl AnisotropicDiffusion {
    /// The flow along a difference.
    fn flow(&self, d: f64) -> f64 {
        let ratio = d / self.kappa;
        match self.conduction {
            Conduction::Exponential => d * (-ratio * ratio).exp(),
            Conduction::Quadratic => d / (1.0 + ratio * ratio),
        }
    }
}

impl Host for AnisotropicDiffusion {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let [nz, ny, nx] = image.shape();
        let mut now = f64s(image);
        let mut next = vec![0.0; now.len()];
        for _ in 0..self.num_iter {
            threads::each_row(&mut next, nx, |row, out| {
                let (z, y) = (row / ny, row % ny);
                let line = |row: usize| &now[row * nx..(row + 1) * nx];
                let here = line(row);
                out.fill(0.0);
                for (there, is_there) in [
                    (row.wrapping_sub(ny), z > 0),
                    (row + ny, z + 1 < nz),
                    (row.wrapping_sub(1), y > 0),
                    (row + 1, y + 1 < ny),
                ] {
                    if is_there {
                        let pairs = here.iter().zip(line(there));
                        out.iter_mut().zip(pairs).for_each(|(o, (a, b))| *o += self.flow(b - a));
                    }
                }
                for x in 1..nx {
                    let flow = self.flow(here[x] - here[x - 1]);
                    out[x - 1] += flow;
                    out[x] -= flow;
                }
                out.iter_mut().zip(here).for_each(|(o, v)| *o = v + self.step * *o);
            });
            std::mem::swap(&mut now, &mut next);
        }
        let out = fresh::map(&now, |out: &mut [f32], part| {
            out.iter_mut().zip(part).for_each(|(o, v)| *o = *v as f32);
        });
        Ok(vec![Datum::Volume(image.image(out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let diffuse = || {
            let mut grid = Grid::from(inputs.volume("image")?);
            for _ in 0..self.num_iter {
                grid = grid.map_at(|p| {
                    let here = grid.at(p);
                    let mut gain = 0.0;
                    for axis in 0..3 {
                        for step in [-1, 1] {
                            let mut q = p.map(|i| i as isize);
                            q[axis] += step;
                            gain += self.flow(grid.sample(q, Edge::Nearest, 0.0) - here);
                        }
                    }
                    here + self.step * gain
                });
            }
            Ok(vec![Plain::Image(grid)])
        };
        Some(diffuse())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        inputs.first().map_or(1, |image| image.len().saturating_mul(20 * self.num_iter as usize))
    }
}
