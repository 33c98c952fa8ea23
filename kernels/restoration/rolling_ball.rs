use crate::common::fresh::{Fresh, blocks};
use crate::common::rows::Extended;
use crate::simd;
use rotifer_registry::*;

op! {
    /// Estimates the background of an image: the height of a ball that is rolled under its surface.
    ///
    /// At each pixel, the least of image + radius − √(radius² − d²) over all pixels at distance d within the radius: how high
    /// the top of a ball at that pixel can be. Pixels beyond the border and NaN do not hold the ball back. Objects must be
    /// smaller than the ball; subtract the result to remove the background.
    pub struct RollingBall {
        /// Radius of the ball, in pixels and in units of the image.
        radius: f64, range(0.5, 512.0);
    }
    id: "rolling_ball", revision: 1, family: Restoration,
    memory: host,
    inputs: { image: Image },
    outputs: { background: Image(F32) },
    agrees: Relative(1e-6), follows: "skimage.restoration.rolling_ball 0.26",
    python: "ski.restoration.rolling_ball(f64(image), radius=radius)",
    examples: ["radius = 5", "radius = 2.5", "radius = 9"],
}

impl RollingBall {
    fn reach_of(&self, meta: &VolumeMeta) -> [usize; 3] {
        let r = self.radius.ceil() as usize;
        [if meta.ndim == 2 { 0 } else { r }, r, r]
    }

    /// How far the ball's surface lies below its top at an offset; none outside of the ball.
    fn drop_at(&self, offset: [isize; 3]) -> Option<f64> {
        let squares = offset.iter().map(|d| (d * d) as f64).sum::<f64>();
        let rest = self.radius * self.radius - squares;
        (squares.sqrt() <= self.radius).then(|| self.radius - rest.max(0.0).sqrt())
    }
}

simd! {
    fn lower(out: &mut [f32], line: &[f32], drop: f32) {
        for (o, v) in out.iter_mut().zip(line) {
            let height = v + drop;
            *o = if height < *o { height } else { *o };
        }
    }
}

impl Host for RollingBall {
    fn reach(&self, inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Window(self.reach_of(inputs.volume("image")?)))
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        const ROWS: usize = 16;
        let image = inputs.volume("image")?;
        let [rz, ry, rx] = self.reach_of(&image.meta());
        let (shape, nx) = (image.shape(), image.shape()[2]);
        let width = nx + 2 * rx;
        let middle = [rz, ry, rx].map(|r| r as isize);
        let out = each_dtype!(image.pixels(), |pixels| {
            let image = Extended { pixels, shape, edge: Edge::Constant, constant: 0.0 };
            let init = || (Vec::new(), vec![0.0f32; ROWS * nx]);
            blocks(shape, ROWS, init, |(lines, lowest): &mut (Vec<f32>, Vec<f32>), z, y, out: Fresh<f32>| {
                let rows = out.len() / nx;
                lines.resize((rows + 2 * ry) * width, 0.0);
                lowest.fill(f32::INFINITY);
                for dz in 0..=2 * rz {
                    for (i, line) in lines.chunks_mut(width).enumerate() {
                        let at = ((z + dz) as isize - middle[0], (y + i) as isize - middle[1]);
                        image.padded(at.0, at.1, rx, line, f32::INFINITY, |v| v.to_f32());
                    }
                    for (i, lowest) in lowest.chunks_mut(nx).take(rows).enumerate() {
                        for (dy, line) in lines.chunks(width).skip(i).take(2 * ry + 1).enumerate() {
                            for dx in 0..=2 * rx {
                                let offset = [dz, dy, dx].map(|d| d as isize);
                                let offset = [0, 1, 2].map(|a| offset[a] - middle[a]);
                                if let Some(drop) = self.drop_at(offset) {
                                    lower(lowest, &line[dx..dx + nx], drop as f32);
                                }
                            }
                        }
                    }
                }
                out.rows(nx).zip(lowest.chunks(nx)).for_each(|(out, lowest)| out.copy_from_slice(lowest));
            })
        });
        Ok(vec![Datum::Volume(inputs.volume("image")?.image(out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let roll = || {
            let image = inputs.volume("image")?;
            let grid = Grid::from(image);
            let [rz, ry, rx] = self.reach_of(&image.meta()).map(|r| r as isize);
            Ok(vec![Plain::Image(grid.map_at(|p| {
                let mut lowest = f64::INFINITY;
                for z in -rz..=rz {
                    for y in -ry..=ry {
                        for x in -rx..=rx {
                            let at = [p[0] as isize + z, p[1] as isize + y, p[2] as isize + x];
                            let Some(drop) = self.drop_at([z, y, x]) else { continue };
                            lowest = lowest.min(grid.sample(at, Edge::Constant, f64::INFINITY) + drop);
                        }
                    }
                }
                lowest
            }))])
        };
        Some(roll())
    }
}
