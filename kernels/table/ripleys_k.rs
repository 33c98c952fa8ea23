use super::condition::ColumnList;
use super::points::{Point, distance, points};
use crate::common::threads;
use rotifer_registry::*;
use std::f64::consts::PI;

op! {
    /// Measures whether points are clustered or spread at each distance: Ripley's K, L and H.
    ///
    /// One row for each radius r, `radius_step`, 2 · `radius_step`, ..., in the unit of the coordinates. With n points in a window of
    /// size A, K(r) = A / (n (n − 1)) · Σ w over the ordered pairs of two points at most r apart. The weight w is 1, or with the
    /// correction `translation` A / Π (window − |distance|) over the axes (Ohser, 1983): pairs far apart are seen less often. Random
    /// points have K = πr² in two dimensions and 4πr³ / 3 in three; `l` is the radius that has K there, `h` is l − r: above 0 where
    /// points are clustered. Fewer than two points have NaN.
    pub struct RipleysK {
        /// Columns of the coordinates, two or three, a list or parted by commas.
        coordinates: ColumnList = ColumnList(vec!["y".into(), "x".into()]);
        /// From one radius to the next.
        radius_step: f64 = 5.0, range(1e-9, 1e9);
        /// Number of radii.
        radii: u32 = 20, range(1, 10000);
        /// Size of the window along the coordinates; `none` is the range of the points.
        window: Option<PerAxis<f64>> = None;
        /// How pairs count whose surroundings reach beyond the window.
        correction: Correction = Correction::Translation;
    }
    id: "ripleys_k", revision: 1, family: Table,
    memory: host,
    inputs: { points: Table },
    outputs: { ripley: Table },
    agrees: Relative(1e-9), follows: "spatstat.explore.Kest 3.5",
    python: "
columns = [c.strip() for c in coordinates.split(',')] if isinstance(coordinates, str) else coordinates
place = np.stack([f64(points[c]) for c in columns], axis=1)
n, ndim = place.shape
size = np.ptp(place, axis=0) if window is None else np.broadcast_to(window, ndim).astype(float)
apart = np.abs(place[:, None] - place[None])
far = np.sqrt((apart ** 2).sum(axis=2))
weight = size.prod() / (size - apart).prod(axis=2) if correction == 'translation' else np.ones((n, n))
r = radius_step * np.arange(1, radii + 1)
other = ~np.eye(n, dtype=bool)
k = np.array([weight[other & (far <= s)].sum() for s in r]) * size.prod() / (n * (n - 1))
l = np.sqrt(k / np.pi) if ndim == 2 else np.cbrt(3 * k / (4 * np.pi))
result = {'radius': r, 'k': k, 'l': l, 'h': l - r}",
    examples: [
        "correction = \"none\"\nradius_step = 2.5\nradii = 12\nwindow = [120, 101.5]",
        "coordinates = \"t, y, x\"\nwindow = 150\nradius_step = 9.0",
    ],
}

choice! {
    /// Corrections for the border of the window.
    pub enum Correction { None = "none", Translation = "translation" }
}

impl RipleysK {
    /// The table; `sums` gives the summed weights of pairs of two different points within each radius.
    fn table(
        &self,
        table: &Table,
        sums: impl Fn(&[Point], &[f64], &[f64]) -> Vec<f64>,
    ) -> Result<Table, Error> {
        let places = points(table, &self.coordinates)?;
        let ndim = self.coordinates.0.len();
        if !(2..=3).contains(&ndim) {
            let error = Error::new(Code::OutOfRange, "two or three coordinates").argument("coordinates");
            return Err(error.value(ndim).allowed("2 or 3 columns"));
        }
        let range = |axis: usize| {
            let values = || places.iter().map(|p| p[axis]);
            values().fold(f64::NEG_INFINITY, f64::max) - values().fold(f64::INFINITY, f64::min)
        };
        let window: Vec<f64> = match &self.window {
            Some(window) => window.resolve(ndim, 0.0).map_err(|e| e.argument("window"))?[3 - ndim..].to_vec(),
            None => (0..ndim).map(range).collect(),
        };
        if let Some(axis) = (0..ndim).find(|axis| range(*axis) > window[*axis]) {
            let error = Error::new(Code::OutOfRange, "points lie beyond the window").argument("window");
            return Err(error.value(window[axis]).allowed(format!("{} or more", range(axis))));
        }
        let radii: Vec<f64> = (1..=self.radii).map(|i| self.radius_step * i as f64).collect();
        let (n, area) = (places.len() as f64, window.iter().product::<f64>());
        let k: Vec<f64> =
            sums(&places, &window, &radii).into_iter().map(|sum| sum * area / (n * (n - 1.0))).collect();
        let length = |k: &f64| if ndim == 2 { (k / PI).sqrt() } else { (3.0 * k / (4.0 * PI)).cbrt() };
        let l: Vec<f64> = k.iter().map(length).collect();
        let h = l.iter().zip(&radii).map(|(l, r)| l - r).collect();
        let table = Table::new().with("radius", Values::Float(radii))?.with("k", Values::Float(k))?;
        table.with("l", Values::Float(l))?.with("h", Values::Float(h))
    }

    fn weight(&self, a: &Point, b: &Point, window: &[f64]) -> f64 {
        let seen = |((a, b), size): ((&f64, &f64), &f64)| size / (size - (a - b).abs());
        match self.correction {
            Correction::None => 1.0,
            Correction::Translation => a.iter().zip(b).zip(window).map(seen).product(),
        }
    }
}

impl Host for RipleysK {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let sums = |places: &[Point], window: &[f64], radii: &[f64]| {
            // Weights between one radius and the next, of each point's pairs with later ones.
            let of_point = |i: usize| {
                let mut rings = vec![0.0; radii.len()];
                for other in &places[i + 1..] {
                    let far = distance(&places[i], other);
                    if let Some(ring) = rings.get_mut(radii.partition_point(|r| *r < far)) {
                        *ring += 2.0 * self.weight(&places[i], other, window);
                    }
                }
                rings
            };
            let rings = threads::collect(0..places.len(), of_point);
            let mut sum = 0.0;
            (0..radii.len())
                .map(|k| {
                    sum += rings.iter().map(|rings| rings[k]).sum::<f64>();
                    sum
                })
                .collect()
        };
        Ok(vec![Datum::Table(self.table(inputs.table("points")?, sums)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let sums = |places: &[Point], window: &[f64], radii: &[f64]| {
            let within = |r: &f64| {
                let pairs = places.iter().enumerate().flat_map(|(i, a)| {
                    places
                        .iter()
                        .enumerate()
                        .filter(move |(j, b)| *j != i && distance(a, b) <= *r)
                        .map(move |(_, b)| (a, b))
                });
                pairs.map(|(a, b)| self.weight(a, b, window)).sum()
            };
            radii.iter().map(within).collect()
        };
        let table = || self.table(inputs.table("points")?, sums);
        Some(table().map(|table| vec![Plain::Table(table)]))
    }
}
