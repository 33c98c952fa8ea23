use crate::common::threads;
use rotifer_registry::*;
use std::f64::consts::TAU;

op! {
    /// Tells for each pixel how bright the circle around it is: circles have a peak at their centre.
    ///
    /// The circular Hough transform of an image of edges: the mean of the image at `angles` places that lie evenly on the circle of this
    /// radius around the pixel, from the x axis on, rounded to whole pixels (to 10⁻⁹ at halves to the even one). Places beyond the
    /// border do not count; 0 where none counts. In 3-D each plane by itself.
    pub struct CircleHoughMap {
        /// Radius of the circle, in pixels.
        radius: f64 = 10.0, range(0.0, 1024.0);
        /// How many places; none takes the circumference, 2π times the radius, rounded up, at least 1.
        angles: Option<u32> = None, range(1, 100000);
    }
    id: "circle_hough_map", revision: 1, family: Feature,
    memory: host,
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "centrosome.filter.circular_hough 1.3",
    python: "
count = angles or max(1, int(np.ceil(2 * np.pi * radius)))
turns = 2 * np.pi * np.arange(count) / count
whole = lambda v: np.rint(np.round(v, 9)).astype(int)
v = f64(image)
sums, seen = np.zeros(v.shape), np.zeros(v.shape)
h, w = v.shape[-2:]
for y, x in zip(whole(radius * np.sin(turns)), whole(radius * np.cos(turns))):
    if abs(y) < h and abs(x) < w:
        to = np.s_[..., max(0, -y):h - max(0, y), max(0, -x):w - max(0, x)]
        sums[to] += v[..., max(0, y):h + min(0, y), max(0, x):w + min(0, x)]
        seen[to] += 1
result = np.where(seen > 0, sums / np.maximum(seen, 1), 0)",
    examples: ["radius = 4.5\nangles = 17", "radius = 25"],
}

impl CircleHoughMap {
    /// Steps to the places on the circle.
    fn places(&self) -> Vec<[isize; 2]> {
        let count = self.angles.unwrap_or_else(|| (TAU * self.radius).ceil().max(1.0) as u32);
        let whole = |v: f64| ((v * 1e9).round_ties_even() / 1e9).round_ties_even() as isize;
        let place = |i: u32| {
            let turn = TAU * i as f64 / count as f64;
            [whole(self.radius * turn.sin()), whole(self.radius * turn.cos())]
        };
        (0..count).map(place).collect()
    }
}

impl Host for CircleHoughMap {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        let radius = self.radius.ceil() as usize + 1;
        Ok(Reach::Window([0, radius, radius]))
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let (places, pixels, [_, ny, nx]) = (self.places(), image.f64s(), image.shape());
        let mut out = vec![0f32; pixels.len()];
        threads::each_row(&mut out, nx, |row, line| {
            let (z, y) = (row / ny, row % ny);
            let (mut sums, mut counts) = (vec![0.0; nx], vec![0.0; nx]);
            for [dy, dx] in &places {
                let Some(from) = y.checked_add_signed(*dy).filter(|y| *y < ny) else { continue };
                let source = &pixels[(z * ny + from) * nx..][..nx];
                let left = dx.unsigned_abs().min(nx);
                let (to, first) = if *dx < 0 { (left, 0) } else { (0, left) };
                for (i, v) in source[first..nx - to].iter().enumerate() {
                    sums[to + i] += v;
                    counts[to + i] += 1.0;
                }
            }
            for ((out, sum), count) in line.iter_mut().zip(sums).zip(counts) {
                *out = if count > 0.0 { (sum / count) as f32 } else { 0.0 };
            }
        });
        Ok(vec![Datum::Volume(image.image(out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let mean = || {
            let grid = Grid::from(inputs.volume("image")?);
            let places = self.places();
            let value = |p: [usize; 3]| {
                let at = |[dy, dx]: &[isize; 2]| {
                    let y = p[1].checked_add_signed(*dy).filter(|y| *y < grid.shape[1])?;
                    let x = p[2].checked_add_signed(*dx).filter(|x| *x < grid.shape[2])?;
                    Some(grid.at([p[0], y, x]))
                };
                let found: Vec<f64> = places.iter().filter_map(at).collect();
                if found.is_empty() { 0.0 } else { found.iter().sum::<f64>() / found.len() as f64 }
            };
            Ok(vec![Plain::Image(grid.map_at(value))])
        };
        Some(mean())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        inputs.first().map_or(1, |v| v.len().saturating_mul(self.places().len()))
    }
}
