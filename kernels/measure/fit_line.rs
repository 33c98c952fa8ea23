use crate::table::condition::ColumnList;
use crate::table::points::points;
use rotifer_registry::*;

op! {
    /// Fits a straight line to points, so that the squared distances from it are least.
    ///
    /// One row: `origin_` of each coordinate, the mean of the points; `direction_` of each, the unit vector along which they spread most, of
    /// both the one whose first number other than 0 (beyond 10⁻⁹) is positive; `rms`, the root of the mean squared distance from
    /// the line, 0 where it is below 10⁻⁹ of that from the origin. NaN where there are no two different points.
    pub struct FitLine {
        /// Columns of the coordinates, a list or parted by commas.
        coordinates: ColumnList = ColumnList(vec!["y".into(), "x".into()]);
    }
    id: "fit_line", revision: 1, family: Measure,
    memory: host,
    inputs: { points: Table },
    outputs: { line: Table },
    agrees: Relative(1e-7), follows: "skimage.measure.LineModelND 0.26",
    python: "
columns = [c.strip() for c in coordinates.split(',')] if isinstance(coordinates, str) else coordinates
place = np.stack([f64(points[c]) for c in columns], axis=1)
if len(np.unique(place, axis=0)) < 2:
    origin, direction, rms = place.mean(axis=0), np.full(len(columns), np.nan), np.nan
else:
    line = ski.measure.LineModelND.from_estimate(place)
    origin, direction = line.origin, line.direction
    direction = direction * np.sign(direction[np.flatnonzero(np.abs(direction) > 1e-9)[0]])
    rms = np.sqrt((line.residuals(place) ** 2).mean())
    rms = 0.0 if rms < 1e-9 * np.sqrt(((place - origin) ** 2).sum(axis=1).mean()) else rms
result = {**{'origin_' + c: [v] for c, v in zip(columns, origin)}, **{'direction_' + c: [v] for c, v in zip(columns, direction)}, 'rms': [rms]}",
    examples: ["coordinates = \"x, y\""],
}

/// The eigenvector of the largest eigenvalue of a symmetric matrix, by Jacobi's rotations.
fn leading(mut m: Vec<Vec<f64>>) -> Vec<f64> {
    let n = m.len();
    let mut vectors: Vec<Vec<f64>> =
        (0..n).map(|i| (0..n).map(|j| (i == j) as u8 as f64).collect()).collect();
    for _ in 0..60 {
        for p in 0..n {
            for q in p + 1..n {
                if m[p][q] == 0.0 {
                    continue;
                }
                let theta = (m[q][q] - m[p][p]) / (2.0 * m[p][q]);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let (cos, sin) = (1.0 / (t * t + 1.0).sqrt(), t / (t * t + 1.0).sqrt());
                for row in m.iter_mut().chain(&mut vectors) {
                    (row[p], row[q]) = (cos * row[p] - sin * row[q], sin * row[p] + cos * row[q]);
                }
                (0..n).for_each(|k| {
                    (m[p][k], m[q][k]) = (cos * m[p][k] - sin * m[q][k], sin * m[p][k] + cos * m[q][k]);
                });
            }
        }
    }
    let most = (0..n).max_by(|a, b| m[*a][*a].total_cmp(&m[*b][*b])).unwrap_or(0);
    vectors.iter().map(|row| row[most]).collect()
}

/// [`leading`], by multiplying a vector with the matrix until it stays.
fn leading_plain(m: Vec<Vec<f64>>) -> Vec<f64> {
    let n = m.len();
    let mut best = (0.0, vec![f64::NAN; n]);
    // One of the axes is not at right angles to the eigenvector.
    for start in 0..n {
        let mut v: Vec<f64> = (0..n).map(|i| (i == start) as u8 as f64).collect();
        let mut length = 0.0;
        for _ in 0..20_000 {
            let next: Vec<f64> = m.iter().map(|row| row.iter().zip(&v).map(|(a, b)| a * b).sum()).collect();
            length = next.iter().map(|x| x * x).sum::<f64>().sqrt();
            if length == 0.0 {
                break;
            }
            v = next.into_iter().map(|x| x / length).collect();
        }
        if length > best.0 {
            best = (length, v);
        }
    }
    best.1
}

impl FitLine {
    fn fit(&self, table: &Table, leading: fn(Vec<Vec<f64>>) -> Vec<f64>) -> Result<Table, Error> {
        let (places, axes) = (points(table, &self.coordinates)?, self.coordinates.0.len());
        let n = places.len() as f64;
        let origin: Vec<f64> = (0..axes).map(|a| places.iter().map(|p| p[a]).sum::<f64>() / n).collect();
        let product =
            |a: usize, b: usize| places.iter().map(|p| (p[a] - origin[a]) * (p[b] - origin[b])).sum();
        let differ = places.iter().any(|p| *p != places[0]);
        let mut direction = vec![f64::NAN; axes];
        if differ {
            direction = leading((0..axes).map(|a| (0..axes).map(|b| product(a, b)).collect()).collect());
            if direction.iter().find(|v| v.abs() > 1e-9).is_some_and(|v| *v < 0.0) {
                direction.iter_mut().for_each(|v| *v = -*v);
            }
        }
        let squared = |p: &Vec<f64>| {
            let along: f64 = (0..axes).map(|a| (p[a] - origin[a]) * direction[a]).sum();
            (0..axes).map(|a| (p[a] - origin[a] - along * direction[a]).powi(2)).sum::<f64>()
        };
        let away = |p: &Vec<f64>| (0..axes).map(|a| (p[a] - origin[a]).powi(2)).sum::<f64>();
        let spread = (places.iter().map(away).sum::<f64>() / n).sqrt();
        // Points on a line leave rounding only.
        let rms = match (places.iter().map(squared).sum::<f64>() / n).sqrt() {
            _ if !differ => f64::NAN,
            rms if rms < 1e-9 * spread => 0.0,
            rms => rms,
        };
        let mut line = Table::new();
        for (what, values) in [("origin", &origin), ("direction", &direction)] {
            for (name, value) in self.coordinates.0.iter().zip(values) {
                line.push(format!("{what}_{name}"), Values::Float(vec![*value]))?;
            }
        }
        line.with("rms", Values::Float(vec![rms]))
    }
}

impl Host for FitLine {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Table(self.fit(inputs.table("points")?, leading)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let fit = || self.fit(inputs.table("points")?, leading_plain);
        Some(fit().map(|table| vec![Plain::Table(table)]))
    }
}
